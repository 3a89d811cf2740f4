--- audio.lua: sound in files.
audio = audio or {}
local console, io = io, lunette.io

--- local x, rate = audio.load(path): f32[frames, channels] from -1 to 1 of a WAV, FLAC or OGG file.
function audio.load(path) return io.audio_load(path) end

--- io.beyond(what, x) -> true when values of x lie beyond -1..1, which a line on stderr tells then: they are cut.
function io.beyond(what, x)
  local most = x:numel() > 0 and x:abs():max():item() or 0
  local beyond = most > 1 and most < math.huge
  if beyond then
    console.stderr:write(("%s: %d of %d values lie beyond -1..1, up to %g; they are cut\n"):format(what,
      x:abs():gt(1):to "i64":sum():item(), x:numel(), most))
  end
  return beyond
end

--- audio.save(path, x, {rate=44100, bits=16}): .wav (bits 16, 24 or 32: float) or .flac (16 or 24).
-- Values beyond -1..1 are cut, and a line on stderr says how many.
function audio.save(path, x, options)
  local opt = lunette.checked("audio.save", options, { rate = 44100, bits = 16 })
  for _, name in ipairs { "rate", "bits" } do
    if math.type(opt[name]) ~= "integer" then
      lunette.raise(("audio.save: %s must be a whole number, got %s"):format(name, tostring(opt[name])))
    end
  end
  if lunette.is_tensor(x) and (x.dtype == "f32" or x.dtype == "f64") then
    io.beyond("audio.save: " .. tostring(path), x)
  end
  return io.audio_save(path, x, opt.rate, opt.bits)
end
