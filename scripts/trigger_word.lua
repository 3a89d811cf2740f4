--- Trigger word: a convolution and a recurrent layer listen for one word.  Arik et al. 2017, arXiv:1703.05390
-- Claim: F1 of at least 0.90 over words spoken by voices, over backgrounds and among words never heard before, with one
-- false alarm at most in ten minutes of talk full of what rhymes with it or begins like it; it hears a word within
-- 0.3 s of its end, and takes less than a quarter of one core.
-- Takes: 380 s.
local opt = lunette.options {
  word = "activate",           -- what to listen for
  data = false,                -- the course's folder: raw_data/{activates,negatives,backgrounds}, XY_train, XY_dev
  course = false,              -- the course's spectrogram, labels and network, at 44.1 kHz
  weights = false,             -- with these instead of learning: what --out wrote; a folder of openWakeWord's .onnx
  wav = false,                 -- a sound file: when the word ends in it; with --out a copy with a chime at each
  listen = false,              -- listens to the microphone and chimes, until ^C
  epochs = 12,                 -- passes over the scenes
  batch = 16,                  -- scenes in a step
  lr = 4e-3,                   -- first rate of AdamW, falling to 0 along a cosine
  filters = 64,                -- of the convolution
  units = 128,                 -- of the recurrent layer
  train = 6400,                -- scenes of ten seconds to learn from
  test = 120,                  -- held out, and three times as many of talk without the word
  snr = 6,                     -- decibels of each word over what is behind it, at least; 24 at most
  seed = 1,                    -- of voices, scenes and weights
  range = { snr = { -20, 24 } },
  needs = { weights = "wav listen" },
  not_with = { listen = "course" },
  quick = { train = 90, test = 18, snr = 20, epochs = 50, filters = 32, units = 32, lr = 1e-2 },
}
local spoken, soundscape, events = require "lib.spoken", require "lib.soundscape", require "lib.events"
if not opt.word:find "%a" then error(("--word: '%s' has no letters to speak"):format(opt.word), 0) end
local course, live, results = require "lib.trigger_course", require "lib.trigger_live", require "lib.results"
local averaged, dice, is = require "lib.averaged", require "lib.dice", require "lib.shapes" ()

-- 1 Data --------------------------------------------------------------------------------------------------------------
-- Scenes of ten seconds at 16 kHz: the word among other words, words much like it and sentences, in a room, over
-- babble, music, hum, clicks or noise.  Voices, words, words much like it and pieces of music are split before anything
-- is spoken; the test also has rain, which nobody heard before.  Words with one sound another ("actidate"), of which no
-- ear is sure in noise, are learnt from as well, and others of them have a figure of their own.

local rate, seconds, bands = opt.course and course.rate or 16000, 10, opt.course and course.bins or 40
local size, hop, stride = 400, 160, 4                                    -- samples, samples, frames
if opt.course then size, hop = 200, 80 end
local frames = (seconds * rate - size) // hop + 1
local T = opt.course and (frames - 15) // stride + 1 or (frames + stride - 1) // stride
local step, first = stride * hop / rate, (opt.course and 15 * hop or size) / rate
local mel = { rate = rate, bands = bands, size = size, hop = hop, low = 60, high = 7600, log = true }

--- x [samples] -> [frames, bands]: logarithms of power in 40 bands, 100 frames a second.
local function features(x)
  if opt.course then return course.features(x) end
  local call = { x }
  for k, v in pairs(mel) do call[k] = v end
  return live.scaled(audio.mel(call))
end

--- Ones [T] for 0.36 s from each word's end on; ends: seconds.
local function labels(ends)
  if opt.course then return course.labels(ends) end
  local y = tensor.zeros(T)
  for _, at in ipairs(ends) do
    local e = math.floor((at - first) / step) + 2                        -- the first step that has heard all of it
    if e <= T then y[{ { e, math.min(e + 8, T) } }] = 1 end
  end
  return y
end

local usual, splitting = { "babble", "music", "hum", "clicks", "noise", "filtered" }, dice(tensor.rng(1000 * opt.seed))
local split = not opt.data and not opt.weights and spoken.split_all(opt.word, { 0.55, 0.2, 0.25 }, splitting)

--- set(part, n, talk) -> scenes of the part (1 to learn from, 2 to choose the threshold, 3 held out), of talk without
-- the word, and of part 3 with words of one sound another where the word was.
local function set(part, n, talk, kinds)
  local d, rng = dice(tensor.rng(1000 * opt.seed + 100 + part)), tensor.rng(1000 * opt.seed + 600 + part)
  local pool, draw                                                       -- share of words -> sound, where they end
  if opt.data then
    local example = course.drawer(opt.data, part, d, function(list, shares)
      return spoken.split(list, shares, dice(tensor.rng(1)))
    end)
    draw = function(with)
      local x, ends = example(with > 0)
      return opt.course and x or audio.resample(x, course.rate, rate), ends
    end
  else
    -- Held out, hardly a clip is heard twice: one that is mistaken for the word would decide the threshold.
    local m, like = math.max(40, part == 1 and n or 5 * n), part == 1 and 0.12 or 0.04
    pool = spoken.material(opt.word, split.voices[part], split.words[part], split.near[part],
      { word = m * 3 // 4, other = m, near = m * 3 // 4, talk = part == 1 and m // 3 or 2 * m, like = like }, rate, d)
    pool.music = soundscape.music(math.max(2, n // 80), 30, rate, d)
    draw = function(with)
      return soundscape.scene(pool, seconds, rate, d, rng, { word = with, near = part == 1 and 0.45 or 0.1,
        kinds = kinds, snr = { opt.snr, 24 } })
    end
  end
  local function scenes(count, with)
    local bytes = part == 1 and not opt.course
    local s = { x = is(tensor.zeros { count, frames, bands, dtype = bytes and "u8" or "f32" }, "* frames bands"),
      y = is(tensor.zeros(count, T), "* T"), ends = {}, sounds = {} }  -- is(y, "* T"): y must have this shape
    for k = 1, count do
      viz.preparing("scenes of sound", k - 1, count)
      local sound, ends = draw(with)
      local x = features(sound)
      s.x[k], s.y[k], s.ends[k] = bytes and soundscape.packed(x) or x, labels(ends), ends
      if part == 3 and k <= 6 then s.sounds[k] = sound end
    end
    return s
  end
  local words, others = scenes(n, 0.3), talk > 0 and scenes(talk, 0)
  if part ~= 3 or opt.data or #split.swapped[3] == 0 then return words, others end
  pool.word = spoken.clips(n, function() return d:pick(split.swapped[3]) end, split.voices[3], rate, d)
  return words, others, scenes(n, 0.3)
end

-- 2 Model -------------------------------------------------------------------------------------------------------------
-- Three convolutions over 5 steps, of which two take every second one, so that a step is 40 ms and sees 0.3 s; a GRU
-- over what they find, a probability for every step:
--   h_t = GRU(h_(t-1), dropout(conv(x)_t)),   p_t = s(w norm(h_t) + b)
-- No step sees a later one, so that it runs live, block by block.

local f, u, learnt = live.sizes(opt)
local net
if opt.course then
  net = course.net(bands)                                                -- x [n, 5511, 101] -> [n, 1375, 1]
else
  net = nn.Sequential {
    nn.Conv1d { bands, f, 5, stride = 2, padding = "causal" }, nn.BatchNorm(f), nn.ReLU(),
    nn.Conv1d { f, f, 5, stride = 2, padding = "causal" }, nn.BatchNorm(f), nn.ReLU(), nn.Dropout(0.3),
    nn.Conv1d { f, 2 * f, 5, padding = "causal" }, nn.BatchNorm(2 * f), nn.ReLU(), nn.Dropout(0.3),
    nn.GRU(2 * f, u), nn.BatchNorm(u), nn.Dropout(0.3), nn.Linear(u, 1),
  }
end
tensor.no_grad(function() net[#net].bias[1] = -3 end)                    -- most steps are no word's end
net:buffer("threshold", tensor { 0.5 })
net:buffer("word", live.spelled(opt.word))
--- What needs no memory: a line on the last 0.96 s of frames.
local line = nn.Sequential { nn.Conv1d { bands, 1, opt.course and 15 or 96, stride = stride,
  padding = opt.course and 0 or "causal" } }

-- 3 Loss --------------------------------------------------------------------------------------------------------------
-- Binary cross-entropy in every step, of scenes that are a little otherwise each time.

local function loss_of(model, x, y)
  return nn.bce_logits(model(opt.course and x or soundscape.varied(soundscape.unpacked(x))):squeeze(3), y)
end

-- 4 Show --------------------------------------------------------------------------------------------------------------
-- An event is a probability above the threshold for two steps; for 0.75 s there is no other.  It meets a word when it
-- comes from 0.15 s before to 0.7 s after its end.  The threshold is the validation's choice (lib/events.lua).

local how = { step = step, first = first, seconds = seconds, allowed = opt.quick and 20 or 0.5 }

local predict = live.predict                                             -- [n, frames, bands] -> lists [n][T]
local function show(x, y, p, threshold) live.show(x, y, p, threshold, stride, opt.course) end

-- 5 Train, and the result ---------------------------------------------------------------------------------------------

if opt.weights and lunette.folder(opt.weights) then
  local ear, steps = require "lib.trigger_onnx" (opt.weights, opt.word)
  return live.run(ear, opt, steps, 0.5)
elseif opt.weights then
  lunette.option("weights", net.load_state, net, learnt)
  return live.run(live.ear(net, mel, stride, features), opt, how, net.threshold[1])
end
local ok, why = audio.voices()
if not (ok or opt.data) then error(why .. "\ntrigger_word learns from spoken words; --data takes recorded ones", 0) end

local train = set(1, opt.course and math.min(opt.train, 300) or opt.train, 0, usual)   -- the course's take 2.2 MB each
local val, val_talk = set(2, opt.test * 3 // 2, opt.test * 3, usual)
local test, test_talk, test_swapped = set(3, opt.test, opt.test * 3, { "rain", table.unpack(usual) })
local ready = opt.course and opt.data and course.arrays(opt.data, "train")   -- XY_train, XY_dev, where they are
if ready then train = { x = ready, y = select(2, course.arrays(opt.data, "train")) } end
local dev, dev_y = course.arrays(opt.course and opt.data or "/dev/null", "dev")
if dev then test = { x = dev, y = dev_y, ends = course.ends(dev_y), sounds = {} } end
print(("data: %d scenes to learn from, in %.0f s of CPU time"):format(train.x:size(1), os.clock()))

--- Learns, and leaves a moving average of the weights; -> the threshold that goes with it.
local function fit(model, epochs, lr, name)
  local adam = opt.course and optim.Adam { model, lr = 1e-4 } or optim.AdamW { model, lr = lr, weight_decay = 0.02 }
  local per = math.ceil(train.x:size(1) / opt.batch)
  if not opt.course then adam.schedule = optim.cosine { lr, steps = epochs * per, warmup = math.min(10, per) } end
  adam.clip = 1
  local update, settle = averaged(model, per * epochs)
  local threshold, f1, alarms
  for epoch = 1, epochs do
    model:train()
    local sum, n = 0, 0
    for xs, ys in data.loader { { train.x, train.y }, batch = opt.batch, shuffle = true } do
      local l = loss_of(model, xs, ys)
      adam:step(l)
      update()
      sum, n = sum + l:item(), n + 1
      viz.gate()                                                       -- the window's pause and step hold here
    end
    if epoch == epochs then settle() end
    viz.plot("loss/" .. name, sum / n, { step = epoch })
    local said = ("%s: epoch %2d   loss %.4f"):format(name, epoch, sum / n)
    if epoch % 6 == 0 or epoch == epochs then
      threshold, f1, alarms = events.choose(predict(model, val.x), val.ends, predict(model, val_talk.x), how)
      viz.plot("validation F1/" .. name, f1, { step = epoch })
      viz.plot("false alarms in ten minutes/" .. name, alarms, { step = epoch })
      if model == net then show(val.x[1], val.y[1], predict(model, val.x:narrow(1, 1, 1))[1], threshold) end
      said = ("%s   validation: F1 %.3f, %.1f false alarms in ten minutes"):format(said, f1, alarms)
    end
    print(said)
  end
  return threshold
end

local threshold = fit(net, opt.epochs, opt.lr, "net")
tensor.no_grad(function() net.threshold[1] = threshold end)
local line_threshold = fit(line, opt.quick and 10 or 5, 2e-3, "line")
local p = predict(net, test.x)
local found = events.count(p, test.ends, threshold, how)
local talk = events.count(predict(net, test_talk.x), test_talk.ends, threshold, how)
local base = events.count(predict(line, test.x), test.ends, line_threshold, how)
local base_talk = events.count(predict(line, test_talk.x), test_talk.ends, line_threshold, how)
for _, row in ipairs { { "net", found, talk }, { "a line on the last frames", base, base_talk } } do
  local c = row[2]
  print(("%-26s F1 %.3f: %d words heard, %d missed, %d false alarms; %.2f in ten minutes of talk"):format(row[1], c.f1,
    c.hits, c.missed, c.wrong, row[3].per_ten))
end
if test_swapped then
  local c = events.count(predict(net, test_swapped.x), test_swapped.ends, threshold, how)
  print(("of %d words with one sound another, it takes %.0f %% for the word"):format(c.hits + c.missed,
    100 * c.hits / math.max(1, c.hits + c.missed)))
end
local late = found.late[math.ceil(#found.late * 0.95)] or 0
print(("from a word's end to its event: median %.0f ms, 95 %% within %.0f ms"):format(
  1000 * (found.late[#found.late // 2 + 1] or 0), 1000 * late))
local heard = 1                                                          -- a scene with the word in it
while #test.ends[heard] == 0 and heard < #test.ends do heard = heard + 1 end
show(test.x[heard], test.y[heard], p[heard], threshold)

local share = 0
if not opt.course then
  local same
  share, same = live.share(net, mel, test.sounds, p)
  print(("live, in blocks of 50 ms: %.1f %% of one core; probabilities within %.1e of the whole"):format(100 * share,
    same))
  assert(same < 1e-3, "block by block is another network")
end
if opt.out then
  assert(net:save(opt.out .. "/trigger_word.safetensors"))
  assert(results.table(opt.out .. "/trigger_word.csv", { "model", "F1", "heard", "missed", "false alarms",
    "in ten minutes of talk" }, { { "net", found.f1, found.hits, found.missed, found.wrong, talk.per_ten },
    { "line", base.f1, base.hits, base.missed, base.wrong, base_talk.per_ten } }))
  if test.sounds[1] then assert(audio.save(opt.out .. "/trigger_word.wav", test.sounds[1], { rate = rate })) end
end
live.run(live.ear(net, mel, stride, features), opt, how, threshold)
return { measure = "f1", f1 = found.f1, above = opt.quick and 0.5 or 0.9, linear = base.f1,
  also = { { "false_alarms", talk.per_ten, below = opt.quick and 60 or 1 }, { "share", share, below = 0.25 },
    { "late", late, below = 0.3 } } }
