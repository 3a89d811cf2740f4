--- midi.lua: notes in Standard MIDI Files.
local record = require "nn.record"
record.declare { name = "audio.midi", sig = "audio.midi.NAME(...)", see = "audio.midi.load",
  doc = "Standard MIDI Files (.mid, RIFF .rmi) of format 0 or 1: notes as rows of numbers",
  example = 'print(audio.midi.load "nosuch.mid")',
  example2 = 'print(audio.midi.save(os.tmpname() .. ".mid", {{0, 1, 60, 90, 1, 1}}))' }
audio.midi = {}
local console, io = io, lunette.io

local units = { beats = false, seconds = true }
local function in_seconds(what, unit)
  local seconds = units[unit]
  if seconds == nil then
    lunette.raise(('%s: unit must be "beats" or "seconds", got %s'):format(what, tostring(unit)))
  end
  return seconds
end

local about_load = record.declare { name = "audio.midi.load",
  sig = 'local notes, info = audio.midi.load(path, {unit="beats"})', see = "audio.midi.save",
  doc = "notes of a MIDI file (format 0 or 1) as f64[n, 6], by start: start, duration, pitch 0..127 (60: middle C), "
    .. "velocity 1..127, channel 1..16, program 1..128. info: track i64[n], tempo f64[k, 2] (beat, beats a minute), "
    .. "meter f64[k, 3] (beat, beats in a bar, unit), format, division (ticks a beat; 0: SMPTE time, a beat is 0.5 s). "
    .. "Of a file that is cut off, what is there, and a third value says what is missing",
  options = { { "unit", "beats", 'of times: "beats" (quarters) or "seconds"' } },
  example = 'local path = os.tmpname() .. ".mid"\n'
    .. 'audio.midi.save(path, {{0, 1, 60, 90, 1, 1}, {1, 2, 64, 90, 1, 1}})\nprint(audio.midi.load(path))',
  example2 = 'print(audio.midi.load "nosuch.mid")' }
function audio.midi.load(path, options)
  local opt = lunette.checked("audio.midi.load", options, record.known(about_load.options))
  local notes, track, tempo, meter, format, division, cut = io.midi_load(path,
    in_seconds("audio.midi.load", opt.unit))
  if not notes then return nil, track end
  local info = { track = track, tempo = tempo, meter = meter, format = format, division = division }
  return notes, info, cut and ("%s: cut off: %s"):format(path, cut)
end

-- A tempo or a meter as rows [beat, ...]: a tensor or table of rows, or what holds from beat 0 on.
local function rows(name, value, columns)
  if type(value) == "number" then value = { { 0, value } } end
  if type(value) == "table" and type(value[1]) == "number" then value = { { 0, value[1], value[2] } } end
  local t = lunette.is_tensor(value) and value:to "f64" or tensor(value, { dtype = "f64" })
  if t:dim() ~= 2 or t:size(2) ~= columns or t:size(1) == 0 then
    lunette.raise(("audio.midi.save: %s must be rows of %d numbers, got %s"):format(name, columns, lunette.typename(t)))
  end
  local beats = t[":, 1"]
  if beats[1] ~= 0 or (t:size(1) > 1 and not (beats["2:"] - beats["1:-2"]):gt(0):all():item()) then
    lunette.raise(("audio.midi.save: %s must begin at beat 0 and go forward"):format(name))
  end
  return t:contiguous()
end

local about_save = record.declare { name = "audio.midi.save",
  sig = "audio.midi.save(path, notes, {tempo=120, meter={4, 4}})", see = "audio.midi.load",
  doc = "writes rows [n, 6] as audio.midi.load gives them to .mid or .midi, as format 1: a track for tempo and meter, "
    .. "then one a channel; what such a file cannot tell, a line on stderr does",
  options = { { "unit", "beats", 'of times: "beats" or "seconds"' },
    { "tempo", 120, "beats a minute, or rows {beat, beats a minute}" },
    { "meter", {4, 4}, "beats in a bar and their unit, or rows {beat, beats, unit}" },
    { "division", 480, "ticks a beat" } },
  example = 'print(audio.midi.save(os.tmpname() .. ".mid", {{0, 1, 60, 90, 1, 1}}))',
  example2 = 'audio.midi.save("/tmp/lunette-help.mid", {{0, 0.5, 72, 64, 10, 1}}, {unit = "seconds", tempo = 100})' }
function audio.midi.save(path, notes, options)
  local opt = lunette.checked("audio.midi.save", options, record.known(about_save.options))
  if type(notes) == "table" and not lunette.is_tensor(notes) then
    notes = #notes == 0 and tensor.zeros(0, 6, { dtype = "f64" }) or tensor(notes, { dtype = "f64" })
  end
  if not lunette.is_tensor(notes) or notes:dim() ~= 2 or notes:size(2) ~= 6 then
    lunette.raise(("audio.midi.save: notes must be [n, 6]: start, duration, pitch, velocity, channel, program; got %s")
      :format(lunette.typename(notes)))
  end
  local division = lunette.whole("audio.midi.save", "division", opt.division, 1, 32767)
  if type(path) == "string" and not path:lower():find "%.midi?$" then
    return nil, ("%s: notes are saved as .mid or .midi"):format(path)
  end
  local ok, no_tick, within = io.midi_save(path, notes:detach():to "f64":contiguous(), rows("tempo", opt.tempo, 2),
    rows("meter", opt.meter, 3), in_seconds("audio.midi.save", opt.unit), division)
  if not ok then return nil, no_tick end
  for said, n in pairs { ["last less than a tick, and end where they begin"] = no_tick,
    ["end before an earlier one of their pitch and channel does: the two change ends"] = within } do
    if n > 0 then console.stderr:write(("audio.midi.save: %s: %d notes %s\n"):format(path, n, said)) end
  end
  return true
end
