--- trigger_course.lua: the course's way to trigger words: its spectrogram, its labels, its examples and its files.
-- raw_data/{activates,negatives,backgrounds}/*.wav, XY_train/{X,Y}.npy, XY_dev/{X_dev,Y_dev}.npy; X [n, 5511, 101],
-- Y [n, 1375, 1].
local course = { rate = 44100, seconds = 10, bins = 101, frames = 5511, steps = 1375 }

--- x [441000] within -1..1 -> [5511, 101]: power per Hz of 16-bit values, as matplotlib's specgram, linear.
function course.features(x)
  return audio.spectrogram { x:to "f64" * 32768, size = 200, hop = 80, rate = 8000, periodic = false }:to "f32"
end

--- Ones in the 50 steps after a word's last; ends: seconds, of whole milliseconds.  Step e from 0 is place e + 1.
function course.labels(ends)
  local y = tensor.zeros(course.steps)
  for _, seconds in ipairs(ends) do
    local e = math.floor(seconds * 1000 + 0.5) * course.steps // 10000
    local from, to = e + 2, math.min(e + 51, course.steps)
    if from <= to then y[{ { from, to } }] = 1 end
  end
  return y
end

local function decibels(x) return 10 * math.log(math.max(x:square():mean():item(), 1e-20), 10) end

--- course.example(pool, dice) -> [441000], seconds at which words end: a background 20 dB down, up to four words and
-- two negatives at places that are free, all at -20 dB full scale in the end.
function course.example(pool, dice)
  local rate, taken, ends = course.rate, {}, {}
  local x = dice:pick(pool.backgrounds) * 0.1
  local function put(clip)
    local ms = math.floor(clip:numel() * 1000 / rate)
    for _ = 1, 50 do
      local from = dice:int(0, 9999 - ms)
      local to, free = from + ms - 1, true
      for _, t in ipairs(taken) do free = free and (from > t[2] or to < t[1]) end
      if free then
        local n, at = math.min(clip:numel(), x:numel() - from * rate // 1000), from * rate // 1000
        x:narrow(1, at + 1, n):add_(clip:narrow(1, 1, n))
        taken[#taken + 1] = { from, to }
        return to
      end
    end
  end
  for _ = 1, #pool.activates > 0 and dice:int(0, 4) or 0 do
    local to = put(dice:pick(pool.activates))
    ends[#ends + 1] = to and to / 1000                                   -- none where all is taken
  end
  for _ = 1, dice:int(0, 2) do put(dice:pick(pool.negatives)) end
  local level = decibels(x)
  if level > -190 then x = x * 10 ^ ((-20 - level) / 20) end
  return x:clamp(-1, 1), ends
end

local function sized(bands, reset)
  return nn.Sequential {
    nn.Conv1d { bands, 196, 15, stride = 4 }, nn.BatchNorm(196), nn.ReLU(), nn.Dropout(0.8),
    nn.GRU { 196, 128, reset = reset }, nn.Dropout(0.8), nn.BatchNorm(128),
    nn.GRU { 128, 128, reset = reset }, nn.Dropout(0.8), nn.BatchNorm(128), nn.Dropout(0.8),
    nn.Linear(128, 1),
  }
end

--- course.net(bands) -> the course's network [n, 5511, bands] -> [n, 1375, 1], of the later GRU; prints and checks the
-- numbers of both.
function course.net(bands)
  local older = sized(bands, "before"):parameter_count()                 -- without the norms' running values
  local net = sized(bands, "after")
  local moments = 2 * (196 + 128 + 128)
  print(("course: %d numbers with the GRU of one bias and reset before the product, %d with the later one")
    :format(older + moments, net:parameter_count() + moments))
  assert(older + moments == 522561 and net:parameter_count() + moments == 523329, "the course's numbers")
  return net
end

-- --- files -----------------------------------------------------------------------------------------------------------

local function fail(...) error("--data: " .. (...):format(select(2, ...)), 0) end

-- Every .wav of a folder at 44.1 kHz, first channel.  check(x, file) -> whether it is taken.
local function sounds(path, check)
  local names = lunette.folder(path)
  if not names then fail("%s: a folder of .wav files expected", path) end
  local list = {}
  for _, name in ipairs(names) do
    if name:lower():find "%.wav$" then
      local x, rate = audio.load(path .. "/" .. name)
      if not x then fail("%s", rate) end
      x = x[":, 1"]:contiguous()
      if rate ~= course.rate then x = audio.resample(x, rate, course.rate) end
      if check(x, path .. "/" .. name) then list[#list + 1] = x end
    end
  end
  if #list == 0 then fail("%s: no .wav files", path) end
  return list
end

local long = course.rate * course.seconds

-- A word: something is heard, for ten seconds at most.
local function a_word(x, file)
  local lasts = x:numel() / course.rate
  if x:numel() > long then fail("%s: lasts %.1f s; a word alone, of 10 at most, expected", file, lasts) end
  if x:numel() == 0 or x:abs():max():item() < 1e-4 then fail("%s: is silent; a word expected", file) end
  return true
end
local function long_enough(x, file)
  if x:numel() >= long then return true end
  print(("%s: %.1f s, left out: a background lasts ten"):format(file, x:numel() / course.rate))
end

--- course.folders(path) -> {activates =, negatives =, backgrounds =}: lists of [n]; path: raw_data or what holds it.
function course.folders(path)
  if lunette.folder(path .. "/raw_data") then path = path .. "/raw_data" end
  return { activates = sounds(path .. "/activates", a_word), negatives = sounds(path .. "/negatives", a_word),
    backgrounds = sounds(path .. "/backgrounds", long_enough) }
end

-- Backgrounds in three parts: each file's first half, third and last quarter, since the course has two files alone; a
-- part of less than ten seconds is heard again and again.
local function backgrounds(list, part)
  local from, to = table.unpack(({ { 0, 0.5 }, { 0.5, 0.75 }, { 0.75, 1 } })[part])
  local out = {}
  for _, x in ipairs(list) do
    local a, b = math.floor(from * x:numel()), math.floor(to * x:numel())
    local piece, copies = x:narrow(1, a + 1, b - a), {}
    for at = 1, piece:numel() - long + 1, long do out[#out + 1] = piece:narrow(1, at, long) end
    if piece:numel() < long then
      for k = 1, math.ceil(long / piece:numel()) do copies[k] = piece end
      out[#out + 1] = tensor.cat(copies):narrow(1, 1, long)
    end
  end
  return out
end

--- course.drawer(path, part, dice, split) -> a function (words) of course.example over one of three parts of the
-- folders' clips, and of each background's time: half, a quarter and a quarter.
function course.drawer(path, part, dice, split)
  local pool = {}
  for name, list in pairs(course.folders(path)) do
    if name == "backgrounds" then
      if #list == 0 then fail("%s: none of its backgrounds is ten seconds long", path) end
      pool[name] = backgrounds(list, part)
    else
      if #list < 4 then fail("%s: %d %s; at least 4 are needed to hold some out", path, #list, name) end
      pool[name] = split(list, { 0.5, 0.25, 0.25 })[part]
    end
  end
  return function(words)
    return course.example({ activates = words and pool.activates or {}, negatives = pool.negatives,
      backgrounds = pool.backgrounds }, dice)
  end
end

--- course.arrays(path, "train" or "dev") -> X [n, 5511, 101], Y [n, 1375] of the .npy files; nil without them.
function course.arrays(path, part)
  local ending = part == "dev" and "_dev" or ""
  local folder = ("%s/XY_%s"):format(path, part)
  if not lunette.folder(folder) then return nil end
  local function read(name, ...)
    local file = ("%s/%s%s.npy"):format(folder, name, ending)
    local t, why = tensor.load(file)
    if not t then fail("%s", why) end
    if t:dim() ~= 3 or t:size(2) ~= select(1, ...) or t:size(3) ~= select(2, ...) then
      fail("%s: [n, %d, %d] expected, found %s", file, select(1, ...), select(2, ...), lunette.typename(t))
    end
    if not t:isfinite():all():item() then fail("%s: has NaN or infinity", file) end
    return t:to "f32"
  end
  local x, y = read("X", course.frames, course.bins), read("Y", course.steps, 1)
  if x:size(1) ~= y:size(1) then fail("%s: %d examples and %d labels", folder, x:size(1), y:size(1)) end
  return x, y:squeeze(3)
end

--- course.ends(y) -> for each row of labels [n, 1375] the seconds at which its words end.
function course.ends(y)
  local all = {}
  for k, row in ipairs(y:totable()) do
    local list, before = {}, 0
    for t, v in ipairs(row) do
      if v > 0.5 and before <= 0.5 then list[#list + 1] = (t - 1) * course.seconds / course.steps end
      before = v
    end
    all[k] = list
  end
  return all
end

return course
