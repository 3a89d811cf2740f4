--- audio.lua: sound in files.
audio = audio or {}
local io = lunette.io

--- local x, rate = audio.load(path): f32[frames, channels] from -1 to 1 of a WAV, FLAC or OGG file.
function audio.load(path) return io.audio_load(path) end

--- audio.save(path, x, {rate=44100, bits=16}): .wav (bits 16, 24 or 32: float) or .flac (16 or 24).
function audio.save(path, x, options)
  local opt = lunette.checked("audio.save", options, { rate = 44100, bits = 16 })
  for _, name in ipairs { "rate", "bits" } do
    if math.type(opt[name]) ~= "integer" then
      lunette.raise(("audio.save: %s must be a whole number, got %s"):format(name, tostring(opt[name])))
    end
  end
  return io.audio_save(path, x, opt.rate, opt.bits)
end
