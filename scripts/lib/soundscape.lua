--- soundscape.lua: what a microphone hears: talk in a room, over babble, music, hum, clicks, noise or rain.
local jazz, synth = require "lib.jazz", require "lib.synth"

local soundscape = {}

local function power(x) return math.max(1e-12, x:square():mean():item()) end

--- Noise [n] whose power falls with f^-slope: 0 white, 1 pink, 2 brown, -1 blue.
local function noise(n, slope, rng)
  if slope == 0 then return tensor.randn { n, rng = rng } end
  local spectrum = tensor.randn { n, rng = rng }:rfft()
  local f = tensor.arange(spectrum:size(1)):to "f32"
  return (spectrum * (f ^ (-slope / 2)):unsqueeze(2)):irfft { n = n }
end

-- --- a room ----------------------------------------------------------------------------------------------------------

--- soundscape.echo(x, seconds, wet, rng) -> x [n] in a room whose sound dies to a thousandth within `seconds`: the
-- direct sound and a tail of noise with `wet` of its power.
function soundscape.echo(x, seconds, wet, rate, rng)
  local n, long = x:numel(), math.floor(seconds * rate)
  local tail = tensor.randn { long, rng = rng } * (tensor.arange(long):to "f32" * (-6.9 / long)):exp()
  tail[{ { 1, rate // 500 } }] = 0                                       -- nothing within 2 ms: the nearest wall
  tail = tail * math.sqrt(wet / tail:square():sum():item())
  tail[1] = 1
  local size = 1
  while size < n + long do size = size * 2 end
  local a, b = x:rfft { n = size }, tail:rfft { n = size }               -- a product of spectra, re and im apart
  local ar, ai, br, bi = a["..., 1"], a["..., 2"], b["..., 1"], b["..., 2"]
  return tensor.stack({ ar * br - ai * bi, ar * bi + ai * br }, 2):irfft { n = size }:narrow(1, 1, n)
end

-- --- backgrounds: (n, rate, dice, rng, pool) -> [n] ------------------------------------------------------------------

local kinds = {}

--- Three to six people at once.
function kinds.babble(n, rate, dice, _, pool)
  local x = tensor.zeros(n)
  for _ = 1, dice:int(3, 6) do
    local at, loud = -dice:int(0, rate), dice:number(0.4, 1)
    while at < n do
      local clip = dice:pick(pool.talk)
      local from, to = math.max(at, 0), math.min(at + clip:numel(), n)
      if to > from then x:narrow(1, from + 1, to - from):add_(clip:narrow(1, from - at + 1, to - from) * loud) end
      at = at + clip:numel() + dice:int(rate // 20, rate // 2)
    end
  end
  return x
end

--- A band from anywhere in one of the pool's pieces.
function kinds.music(n, _, dice, _, pool)
  local piece = dice:pick(pool.music)
  return piece:narrow(1, dice:int(1, piece:numel() - n + 1), n)
end

--- Mains of 50 or 60 Hz with its harmonics, and a fan.
function kinds.hum(n, rate, dice, rng)
  local t, x = tensor.arange(n):to "f32" / rate, noise(n, 2, rng)
  x = x * (0.3 / math.sqrt(power(x)))
  local base = dice:pick { 50, 60 } * dice:number(0.99, 1.01)
  for k = 1, dice:int(4, 12) do
    x:add_((t * (2 * math.pi * base * k) + dice:number(0, 6.28)):sin() * (dice:number() / k))
  end
  return x
end

--- Clicks, knocks and rings: sines that die away.
function kinds.clicks(n, rate, dice, rng)
  local x = tensor.randn { n, rng = rng } * 0.003
  for _ = 1, dice:int(6, 40) do
    local f, decay = dice:number(200, 6000), dice:number(20, 400)
    local long = math.min(n, math.floor(7 / decay * rate))
    local t = tensor.arange(long):to "f32" / rate
    local at = dice:int(0, n - long)
    x:narrow(1, at + 1, long):add_((t * (2 * math.pi * f)):sin() * (t * -decay):exp() * dice:number(0.1, 1))
  end
  return x
end

--- A wind, a road or a hiss that swells and fades.
function kinds.noise(n, rate, dice, rng)
  local t = tensor.arange(n):to "f32" / rate
  local swell = (t * dice:number(0.3, 3) + dice:number(0, 6.28)):sin() * dice:number(0, 0.8) + 1
  return noise(n, dice:number(-1, 2), rng) * swell
end

--- Rain: thousands of drops, above 1 kHz.
function kinds.rain(n, rate, dice, rng)
  local hits = tensor.rand { n, rng = rng }
  local drops = tensor.where(hits:lt(dice:number(40, 400) / rate), tensor.randn { n, rng = rng }, 0)
  local spectrum = (drops + tensor.randn { n, rng = rng } * 0.02):rfft()
  local f = (tensor.arange(spectrum:size(1)):to "f32" - 1) * (rate / n)
  return (spectrum * (f / (f + 1500)):unsqueeze(2)):irfft { n = n }
end

soundscape.kinds = kinds

--- soundscape.music(n, seconds, rate, dice) -> n pieces of a band over tunes of lib/jazz.lua.
function soundscape.music(n, seconds, rate, dice)
  local list = {}
  local function random(a, b) return dice:int(a, b) end
  for k = 1, n do
    local bpm, parts, long = dice:int(90, 200), {}, 0
    while long < seconds do
      local tune = jazz.tune(random)
      local notes = synth.band(tune.chords, jazz.kinds, bpm, 0.64)
      local beat = 0
      for _, note in ipairs(jazz.solo(tune.chords, random)) do
        if note[1] > 0 then
          notes[#notes + 1] = { beat * 60 / bpm, note[2] * 60 / bpm, note[1], 0.4, dice:pick { "horn", "piano" } }
        end
        beat = beat + note[2]
      end
      local within = {}
      for _, note in ipairs(notes) do
        if note[1] + long < seconds then within[#within + 1] = note end
      end
      parts[#parts + 1] = audio.resample(synth.render(within), synth.rate, rate, { window = "hann" })
      long = long + parts[#parts]:numel() / rate
    end
    list[k] = tensor.cat(parts, 1)
  end
  return list
end

--- Noise through a filter of one to five hills and valleys, that swells, fades and flickers: steam, a mill, a fire.
function kinds.filtered(n, rate, dice, rng)
  local spectrum = noise(n, dice:number(-1, 2), rng):rfft()
  local octave = ((tensor.arange(spectrum:size(1)):to "f32" * (rate / n)):log()) / math.log(2)
  local decibels = tensor.zeros(spectrum:size(1))
  for _ = 1, dice:int(1, 5) do
    local at = (octave - dice:number(6, 13)) / dice:number(0.2, 2)
    decibels:add_((at:square() * -1):exp() * dice:number(-25, 25))
  end
  local x = (spectrum * (decibels * (math.log(10) / 20)):exp():unsqueeze(2)):irfft { n = n }
  local grain = math.floor(rate / 10 ^ dice:number(0.7, 3.2))            -- samples: 5 to 1600 a second
  local loud = (tensor.randn { n // grain + 1, rng = rng } * dice:number(0, 1.5)):exp():unsqueeze(2)
  local swell = (tensor.arange(n):to "f32" * (dice:number(0.3, 6) / rate) + dice:number(0, 6.28)):sin()
  return x * loud:expand(loud:size(1), grain):reshape(-1):narrow(1, 1, n) * (swell * dice:number(0, 0.8) + 1)
end

-- --- a scene ---------------------------------------------------------------------------------------------------------

--- soundscape.scene(pool, seconds, rate, dice, rng, {word=, near=, kinds=, snr={low, high}}) -> [n] within -1..1, the
-- seconds at which the word ends, and the kind of background.  Clips follow one another and never overlap; `word`: the
-- share of them that are the word, `near` of the rest what is like it; snr: decibels of the clip that stands out
-- least over what is behind it.
function soundscape.scene(pool, seconds, rate, dice, rng, options)
  local n = math.floor(seconds * rate)
  local x, ends, said = tensor.zeros(n), {}, {}
  local at = dice:int(0, rate)
  while true do
    local draw = dice:number()
    local kind = draw < options.word and "word" or dice:chance(options.near) and "near"
      or dice:pick { "other", "talk", "talk" }
    local clip = dice:pick(pool[kind])
    if at + clip:numel() >= n - rate // 4 then break end
    local loud = 10 ^ (dice:number(-6, 0) / 20)
    x:narrow(1, at + 1, clip:numel()):add_(clip * loud)
    said[#said + 1] = { at + 1, clip:numel(), power(clip) * loud ^ 2 }
    at = at + clip:numel()
    if kind == "word" then ends[#ends + 1] = at / rate end
    at = at + math.floor(dice:number(0.1, 1) * rate)
  end
  if dice:chance(0.6) then x = soundscape.echo(x, dice:number(0.15, 0.6), dice:number(0.02, 0.5), rate, rng) end
  local name = dice:pick(options.kinds)
  local behind = kinds[name](n, rate, dice, rng, pool)
  local ratio = #said == 0 and 0.01 / power(behind) or math.huge
  for _, c in ipairs(said) do ratio = math.min(ratio, c[3] / power(behind:narrow(1, c[1], c[2]))) end
  x = x + behind * math.sqrt(ratio / 10 ^ (dice:number(options.snr[1], options.snr[2]) / 10))
  return x * (10 ^ (dice:number(-24, 0) / 20) * 0.95 / x:abs():max():item()), ends, name
end

-- --- for networks ---------------------------------------------------------------------------------------------------

--- soundscape.varied(x): spectrograms x [n, t, bands] each a little otherwise: louder or softer, with a gap of up to
-- eight bands, and with the bands moved by up to 14 %, as by a longer or shorter throat (Jaitly and Hinton 2013).
function soundscape.varied(x)
  local n, bands = x:size(1), x:size(3)
  x = x:bmm(soundscape.warps(bands)[tensor.randint(1, 15, n)]) + tensor.randn(n, 1, 1) * 0.4
  for k, wide in ipairs(tensor.randint(0, 8, n):totable()) do
    local from = tensor.randint(1, bands - 8, 1)[1]
    if wide > 0 then x[{ k, {}, { from, from + wide } }] = 0 end
  end
  return x
end

--- soundscape.packed(x): spectrograms from -4 to 3.97, as trigger_live.scaled gives them, in u8: 0.54 dB a step.
-- Thousands of scenes take a quarter of the room.
function soundscape.packed(x) return ((x + 4) * 32 + 0.5):clamp(0, 255):to "u8" end
--- soundscape.unpacked(x): f32 again; what is no u8 as it is.
function soundscape.unpacked(x) return x.dtype == "u8" and x:to "f32" / 32 - 4 or x end

local made = {}
--- 15 matrices [bands, bands] that move bands by -14 to 14 %, linearly between them.
function soundscape.warps(bands)
  if made[bands] then return made[bands] end
  local list = {}
  for k = 1, 15 do
    local factor, m = 1 + 0.14 * (k - 8) / 7, tensor.zeros(bands, bands)
    for b = 1, bands do
      local at = math.min(bands, math.max(1, 1 + (b - 1) * factor))
      local low = math.floor(at)
      m[{ low, b }] = 1 - (at - low)
      if low < bands then m[{ low + 1, b }] = at - low end
    end
    list[k] = m
  end
  made[bands] = tensor.stack(list)
  return made[bands]
end

return soundscape
