--- synth.lua: a small synthesiser: rows of notes to sound, with tensors only.
-- A tone is a sum of partials that die away, the higher the faster; drums are bursts of noise and a falling sine.
-- Notes of one instrument and length class are made in one batch, then added where they belong.
local synth = {}

local rate = 22050
synth.rate = rate

local function hertz(pitch) return 440 * 2 ^ ((pitch - 69) / 12) end

--- Envelope [t]: up within `attack` seconds, then exp(-decay s), and down over the last 20 ms.
local function envelope(t, seconds, attack, decay)
  local rise = (t / attack):clamp(0, 1)
  local fall = ((seconds - t) / 0.02):clamp(0, 1)
  return rise * fall * (t * -decay):exp()
end

-- Partials {share, multiple, decay}.
local instruments = {
  piano = { attack = 0.004, partials = { { 1, 1, 2.2 }, { 0.55, 2.001, 3 }, { 0.35, 3.003, 4 }, { 0.18, 4.008, 6 },
    { 0.12, 5.015, 8 }, { 0.06, 6.03, 11 } }, ring = 0.25 },
  bass = { attack = 0.008, partials = { { 1, 1, 1.6 }, { 0.5, 2, 3 }, { 0.18, 3, 6 } }, ring = 0.05 },
  horn = { attack = 0.03, partials = { { 1, 1, 0.3 }, { 0.7, 2, 0.5 }, { 0.5, 3, 0.8 }, { 0.3, 4, 1.2 },
    { 0.15, 5, 2 } }, ring = 0.03 },
}

local function tone(name, pitch, seconds)
  local made = instruments[name]
  local long = seconds + made.ring
  local n = math.max(1, math.floor(long * rate))
  local t = tensor.arange(n):to "f32" / rate
  local sum = tensor.zeros(n)
  for _, p in ipairs(made.partials) do
    local f = hertz(pitch) * p[2]
    if f < 0.45 * rate then sum:add_((t * (2 * math.pi * f)):sin() * (t * -p[3]):exp() * p[1]) end
  end
  return sum * envelope(t, long, made.attack, 0)
end

-- Strokes of the drum kit by General MIDI's keys: 36 bass drum, 42 closed and 51 ride cymbal, 38 snare.
local function stroke(key, rng)
  local n = math.floor((key == 51 and 0.5 or key == 36 and 0.25 or 0.12) * rate)
  local t = tensor.arange(n):to "f32" / rate
  if key == 36 then
    return (((t * -18):exp() * 120 + 45) * t * (2 * math.pi)):sin() * (t * -14):exp()
  end
  local noise = tensor.randn { n, rng = rng }
  local bright = noise["2:"] - noise["1:-2"]                             -- a difference keeps what is high
  local decay = key == 51 and -9 or key == 42 and -45 or -22
  local body = tensor.cat({ bright, tensor.zeros(1) }, 1) * (t * decay):exp()
  return body * 0.4
end

-- A function (note) -> its sound; one that comes again is made once.
local function maker(seed)
  local made, rng = {}, tensor.rng(seed)
  return function(n)
    local length = math.ceil(n[2] * 50) / 50
    local key = n[5] == "drums" and n[3] or ("%s %d %.2f"):format(n[5], n[3], length)
    made[key] = made[key] or (n[5] == "drums" and stroke(n[3], rng) or tone(n[5], n[3], length))
    return made[key]
  end
end

--- synth.render(notes, options) -> [frames] of -1..1 at synth.rate.  notes: {start, duration (seconds), pitch,
-- loudness 0..1, instrument: "piano", "bass", "horn" or "drums"}.
function synth.render(notes, options)
  local make, last = maker(options and options.seed or 1), 0
  for _, n in ipairs(notes) do last = math.max(last, n[1] + n[2]) end
  local out = tensor.zeros(math.floor((last + 1) * rate))
  for _, n in ipairs(notes) do
    local sound, at = make(n), math.floor(n[1] * rate)
    local size = math.min(sound:numel(), out:numel() - at)
    out:narrow(1, at + 1, size):add_(sound:narrow(1, 1, size) * n[4])
  end
  return out / math.max(1, out:abs():max():item() / 0.95)
end

--- synth.player(options) -> a function (notes, seconds) -> [frames] within -1..1: the next `seconds` of a sound without
-- end, with what still rings of the notes before.  Their starts count from now; loud moments are bent, not cut.
function synth.player(options)
  local make, tail, due = maker(options and options.seed or 1), tensor.zeros(1), 0
  return function(notes, seconds)
    due = due + seconds * rate
    local n = math.floor(due)
    local size = math.max(n + 1, tail:numel())
    due = due - n
    local function start(note) return math.max(0, math.floor(note[1] * rate + 1e-6)) end
    for _, note in ipairs(notes) do size = math.max(size, start(note) + make(note):numel()) end
    local out = tensor.zeros(size)
    out:narrow(1, 1, tail:numel()):add_(tail)
    for _, note in ipairs(notes) do
      local sound = make(note)
      out:narrow(1, start(note) + 1, sound:numel()):add_(sound * note[4])
    end
    tail = out:narrow(1, n + 1, size - n):clone()
    return (out:narrow(1, 1, n) * 0.8):tanh()
  end
end

--- synth.band(chords, kinds, bpm, swing) -> notes of bass, chords and drums under a solo: four in the bar, off-beats at
-- `swing` of the beat (1/2 straight, 2/3 triplets).
function synth.band(chords, kinds, bpm, swing)
  local notes, beat, second = {}, 0, 60 / bpm
  local function put(b, d, pitch, loud, who) notes[#notes + 1] = { b * second, d * second, pitch, loud, who } end
  for k, c in ipairs(chords) do
    local tones, following = kinds[c[2]].tones, chords[k + 1] or chords[1]
    local root = 36 + (c[1] + 8) % 12 - 8 + 4
    for b = 0, c[3] - 1 do
      local walk = b == 0 and root or b == c[3] - 1 and 36 + (following[1] + 8) % 12 - 8 + 3 or root + tones[b % 4 + 1]
      put(beat + b, 0.9, walk, 0.5, "bass")
      put(beat + b, 0.2, 51, 0.16, "drums")
      if b % 2 == 1 then
        put(beat + b + swing, 0.2, 51, 0.1, "drums")
        put(beat + b, 0.1, 42, 0.2, "drums")
      end
      if b == 0 then put(beat, 0.2, 36, 0.35, "drums") end
    end
    for b = 0, c[3] - 1, 4 do
      for t = 2, 4 do
        put(beat + b + (b % 8 == 0 and 0 or swing), 1.2, 52 + (c[1] + tones[t] - 4) % 12, 0.1, "piano")
      end
    end
    beat = beat + c[3]
  end
  return notes
end

return synth
