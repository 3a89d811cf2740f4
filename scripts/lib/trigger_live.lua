--- trigger_live.lua: a net for a trigger word block by block: over sounds, over a file, at the microphone.
local events = require "lib.events"

local live = {}

--- live.scaled(x): logarithms of power, of a size that networks like.
function live.scaled(x) return x / 4 + 2 end

--- live.spelled(word): its bytes, f32 [64]; what --weights is told from.
function live.spelled(word)
  local bytes = { word:sub(1, 64):byte(1, -1) }
  for k = #bytes + 1, 64 do bytes[k] = 0 end
  return tensor(bytes)
end

--- live.sizes(opt) -> filters and units of the network: those asked for, or of the file of --weights, whose word is
-- taken, too, and its tensors by name.  A file of something else is an error.
function live.sizes(opt)
  if not opt.weights or lunette.folder(opt.weights) then return opt.filters, opt.units end
  local function fail(...) error(("--weights: %s: "):format(opt.weights) .. (...):format(select(2, ...)), 0) end
  if not opt.weights:lower():find "%.safetensors$" then
    fail "a .safetensors file that --out wrote expected, or a folder of openWakeWord's .onnx files"
  end
  local set = lunette.option("weights", tensor.load, opt.weights)
  local first, units, spelled = set["1.weight"], set["12.wh1"], set.word
  if not (lunette.is_tensor(spelled) and spelled:numel() == 64 and lunette.is_tensor(first) and first:dim() == 3) then
    fail "no network that --out wrote"
  end
  local course = first:size(1) == 15                                     -- steps of its convolution
  if course ~= opt.course then fail("it was learnt %s --course", course and "with" or "without") end
  local word = string.char(table.unpack(spelled:to("u8"):to("i64"):totable())):gsub("%z+$", "")
  if opt.word ~= "activate" and opt.word ~= word then fail("it listens for '%s', not '%s'", word, opt.word) end
  opt.word = word
  return first:size(3), units and units:size(1), set
end

--- live.predict(net, x): x [n, frames, bands] -> probabilities, lists [n][T].
function live.predict(net, x)
  net:eval()
  local parts = {}
  for xs in data.loader { { x }, batch = 16 } do
    parts[#parts + 1] = tensor.no_grad(function() return net(xs):squeeze(3):sigmoid() end)
  end
  return tensor.cat(parts, 1):totable()
end

--- live.show(x, y, p, threshold, stride, power): a scene's spectrogram x [frames, bands] with where the labels y [T]
-- are one as a bright bar above it, the probability p and the threshold below; power: x is that, not its logarithm.
function live.show(x, y, p, threshold, stride, power)
  local picture = x[("1:%d:%d"):format(math.min(stride * y:numel(), x:size(1)), stride)]:clone()
  if power then picture = (picture + 1e-3):log() end
  local n = math.min(y:numel(), picture:size(1))
  picture = picture:narrow(1, 1, n)
  local bar = tensor.where(y:narrow(1, 1, n):gt(0.5), picture:max(), picture:min()):unsqueeze(2):expand(n, 3)
  picture = tensor.cat({ picture, bar }, 2)
  viz.spectrogram("scene", picture, { prob = tensor(p):narrow(1, 1, n), threshold = threshold })
end

--- A function of blocks of sound [n] -> {p, ...} for the steps that it completes, and the frames [t, bands], or nil.
local function hearing(net, mel)
  local how = { kind = "mel" }
  for k, v in pairs(mel) do how[k] = v end
  local spectrum, step = audio.running(how), net:eval():stream()
  return function(block)
    local frames = spectrum(block)
    if not frames then return {} end
    frames = live.scaled(frames)
    local y = step(frames:unsqueeze(1))
    return y and y:reshape(-1):sigmoid():totable() or {}, frames
  end
end

--- live.share(net, mel, sounds, p) -> processor seconds for a second of sound in blocks of 50 ms, and the largest
-- difference from p[k], the probabilities of the whole sound k.
function live.share(net, mel, sounds, p)
  local from, total, apart = os.clock(), 0, 0
  for k, x in ipairs(sounds) do
    local hear, t, n = hearing(net, mel), 0, mel.rate // 20
    for at = 1, x:numel() - n + 1, n do
      for _, v in ipairs((hear(x:narrow(1, at, n)))) do
        t = t + 1
        apart = math.max(apart, math.abs(v - p[k][t]))
      end
    end
    total = total + x:numel() / mel.rate
  end
  return (os.clock() - from) / total, apart
end

--- live.chime(rate) -> [n]: two tones.
function live.chime(rate)
  local t = tensor.arange(rate // 4):to "f32" / rate
  local fall = (t * -14):exp()
  return ((t * (2 * math.pi * 1318.5)):sin() + (t * (2 * math.pi * 1760)):sin() * t:gt(0.08):to "f32") * fall * 0.3
end

--- live.ear(net, mel, stride, features) -> an ear: rate, hop (samples a frame), stride (frames a step), all(sound [n])
-- -> {p, ...}, stream() -> a function of blocks as `hearing` gives.  features(sound [n]) -> [frames, bands]; a stream's
-- are mel's.
function live.ear(net, mel, stride, features)
  local function all(x)
    local _ <close> = tensor.no_grad()
    return net:eval()(features(x):unsqueeze(1)):reshape(-1):sigmoid():totable()
  end
  local function stream() return hearing(net, mel) end
  return { rate = mel.rate, hop = mel.hop, stride = stride, all = all, stream = stream }
end

-- Marks, and with --out chimes, a file.
local function mark(ear, opt, how, threshold)
  local x, rate = lunette.option("wav", audio.load, opt.wav)
  if x:size(1) / rate < 0.1 then
    error(("--wav: %s: %.2f s of sound, too little for a word"):format(opt.wav, x:size(1) / rate), 0)
  end
  local sound = x:mean(2)
  if rate ~= ear.rate then sound = audio.resample(sound, rate, ear.rate) end
  local found = events.find(ear.all(sound), threshold, how)
  for k, at in ipairs(found) do found[k] = math.max(0, at) end           -- of an ear with silence before the file
  for _, at in ipairs(found) do print(("%s\t%.2f s"):format(opt.wav, at)) end
  print(("%s: '%s' %d times in %.1f s"):format(opt.wav, opt.word, #found, x:size(1) / rate))
  if opt.out then
    local chime = live.chime(rate)
    for _, at in ipairs(found) do
      local from = math.floor(at * rate)
      local n = math.min(chime:numel(), x:size(1) - from)
      if n > 0 then x:narrow(1, from + 1, n):add_(chime:narrow(1, 1, n):unsqueeze(2)) end
    end
    assert(audio.save(opt.out .. "/chimed.wav", x:clamp(-1, 1), { rate = rate }))
  end
end

-- Seconds since the last frame that was within 17 dB of the loudest of the last second: the end of what was said.
local function quiet_for(frames, seconds)
  local loud = ((frames - 2) * 4):exp():sum(2):totable()                 -- scaled, undone
  local most, last = 0, 1
  for _, v in ipairs(loud) do most = math.max(most, v) end
  for k, v in ipairs(loud) do if v > 0.02 * most then last = k end end
  return (#loud - last) * seconds
end

-- Listens until ^C, or until the microphone is gone.
local function listen(ear, opt, how, threshold)
  local mic, why = audio.listen { rate = ear.rate, seconds = 0.02 }
  if not mic then error(why, 0) end
  print(("listening for '%s'; ^C ends"):format(opt.word))
  local hear, chime, stride, steps = ear.stream(), live.chime(ear.rate), ear.stride, how.steps or 2
  local kept, shown, above, since, hop, told = nil, {}, 0, math.huge, ear.hop / ear.rate, false
  for block in mic do
    local from = lunette.clock()
    local p, frames = hear(block)
    if frames then
      kept = kept and tensor.cat({ kept, frames }, 1) or frames
      local most = 200 * stride
      if kept:size(1) > most then kept = kept:narrow(1, kept:size(1) - most + 1, most):clone() end
    end
    for _, v in ipairs(p) do
      above, since = v > threshold and above + 1 or 0, since + how.step
      shown[#shown + 1] = v
      if #shown > 200 then table.remove(shown, 1) end
      if above >= steps and since >= 0.75 then
        local heard, silent = audio.play(chime, ear.rate)
        if not heard and not told then print("no chime can be heard: " .. silent) end
        told = not heard
        local second = kept:narrow(1, math.max(1, kept:size(1) - 99), math.min(100, kept:size(1)))
        print(("heard: %.0f ms from its end to the chime"):format(
          1000 * (quiet_for(second, hop) + mic.samples / ear.rate + lunette.clock() - from)))
        above, since = 0, 0
      end
    end
    if kept and #shown > 1 and kept:size(1) >= stride * #shown then
      viz.spectrogram("live", kept[("-%d:-1:%d"):format(stride * #shown, stride)], { prob = tensor(shown),
        threshold = threshold })
    end
    viz.gate()
  end
  if mic.lost > 0 then print(("%d samples were lost"):format(mic.lost)) end
end

--- live.run(ear, opt, {step=, first=, steps=}, threshold): what --wav and --listen ask for.
function live.run(ear, opt, how, threshold)
  if opt.wav then mark(ear, opt, how, threshold) end
  if opt.listen then listen(ear, opt, how, threshold) end
end

return live
