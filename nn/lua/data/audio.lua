--- audio.lua: sound in files.
local record = require "nn.record"
audio = audio or {}
local console, io = io, lunette.io

local function peak(x) return x:numel() > 0 and x:abs():max():item() or 0 end

record.declare { name = "audio.load", sig = "local x, rate = audio.load(path)", see = "audio.save",
  doc = "WAV, FLAC or OGG: f32[frames, channels] from -1 to 1, and frames a second; where a file of floats holds more, "
    .. "a third value says so",
  example = 'local path = os.tmpname() .. ".wav"\naudio.save(path, tensor.zeros(8, 1), {rate = 8000})\n'
    .. 'print(audio.load(path))',
  example2 = 'print(audio.load "nosuch.wav")' }
function audio.load(path, ...)
  if ... ~= nil then lunette.raise "audio.load: takes a path alone; audio.resample gives another rate" end
  local x, rate = io.audio_load(path)
  local most = x and peak(x) or 0
  if most > 1 then return x, rate, ("%s: values beyond -1..1, up to %g"):format(path, most) end
  return x, rate
end

--- io.beyond(what, x) -> true when values of x lie beyond -1..1, which a line on stderr tells then: they are cut.
function io.beyond(what, x)
  local most = peak(x)
  local beyond = most > 1 and most < math.huge
  if beyond then
    console.stderr:write(("%s: %d of %d values lie beyond -1..1, up to %g; they are cut\n"):format(what,
      x:abs():gt(1):to "i64":sum():item(), x:numel(), most))
  end
  return beyond
end

local about_save = record.declare { name = "audio.save", sig = "audio.save(path, x, {rate=44100, bits=16})",
  see = "audio.load",
  doc = "writes [frames] or [frames, channels] as .wav or .flac; beyond -1..1 is clamped",
  options = { { "rate", 44100, "frames a second" }, { "bits", 16, ".wav: 16, 24 or 32 (floats); .flac: 16 or 24" } },
  example = 'print(audio.save(os.tmpname() .. ".wav", (tensor.arange(100):to "f32" * 0.1):sin()))',
  example2 = 'audio.save("/tmp/lunette-help.wav", tensor.zeros(100, 2), {rate = 8000})' }
function audio.save(path, x, options)
  local opt = lunette.checked("audio.save", options, record.known(about_save.options))
  local rate, bits = lunette.whole("audio.save", "rate", opt.rate), lunette.whole("audio.save", "bits", opt.bits)
  if lunette.is_tensor(x) and (x.dtype == "f32" or x.dtype == "f64") then
    io.beyond("audio.save: " .. tostring(path), x)
  end
  return io.audio_save(path, x, rate, bits)
end
