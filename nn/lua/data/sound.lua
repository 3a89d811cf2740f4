--- sound.lua: the speakers and the microphone.
local record = require "nn.record"
local none = lunette.none
audio = audio or {}
local sound = lunette.io

local refuse = lunette.refuse

local function rate_of(what, rate)
  return lunette.whole(what, "rate (samples a second)", rate, 1000, 384000)
end

local function device_of(what, device)
  if device ~= nil and type(device) ~= "string" then
    refuse("%s: device must be a name of audio.devices(), got %s", what, lunette.typename(device))
  end
  return device
end

record.declare { name = "audio.devices", sig = "local speakers, microphones = audio.devices()",
  see = "audio.play, audio.listen",
  doc = "lists of names, empty without a card; nil and a message without SDL2 or a sound driver; "
    .. "what a desktop offers as its usual device may be in none",
  example = "print(audio.devices())",
  example2 = "for _, name in ipairs(audio.devices() or {}) do print(name) end" }
function audio.devices()
  local speakers, why = sound.sound_devices(false)
  if not speakers then return nil, "audio.devices: " .. why end
  return speakers, sound.sound_devices(true)
end

local about_play = record.declare { name = "audio.play",
  sig = "audio.play(x, rate, {wait=false, more=false, device=})",
  see = "audio.left, audio.stop, audio.devices, audio.listen",
  doc = "sound f32 [frames] or [frames, channels] through the speakers, at once or, with wait, until it has been "
    .. "heard; what played before ends; values beyond -1..1 are cut, which a line on stderr tells; true, or nil and "
    .. "a message without speakers",
  options = { { "wait", false, "returns when it has been heard" },
    { "more", false, "goes on after what plays, without a gap" }, { "device", none, "a name of audio.devices()" } },
  example = "print(audio.play(tensor.zeros(100), 8000))",
  example2 = 'audio.play((tensor.arange(800):to "f32" * 0.3):sin() * 0.2, 8000, {wait = true})' }
function audio.play(x, rate, options)
  local opt = lunette.checked("audio.play", options, record.known(about_play.options))
  local d = lunette.is_tensor(x) and x:dim()
  if not d or not (x.dtype == "f32" or x.dtype == "f64") or d < 1 or d > 2 or (d == 2 and not (x:size(2) >= 1
    and x:size(2) <= 8)) then
    refuse("audio.play: sound f32 [frames] or [frames, channels] with 1 to 8 channels expected, got %s",
      lunette.typename(x))
  end
  rate = rate_of("audio.play", rate)
  if not x:isfinite():all():item() then refuse("audio.play: %s has NaN or infinity", lunette.typename(x)) end
  local device = device_of("audio.play", opt.device)
  x = x:detach():to "f32"
  if sound.beyond("audio.play", x) then x = x:clamp(-1, 1) end
  if d == 1 then x = x:unsqueeze(2) end
  local ok, why = sound.sound_play(x:contiguous(), rate, device, opt.more)
  if not ok then return nil, "audio.play: " .. why end
  if opt.wait and not sound.sound_wait() then
    return nil, "audio.play: the speakers have been unplugged before the end"
  end
  return true
end

record.declare { name = "audio.left", sig = "audio.left()", see = "audio.play, audio.stop",
  doc = "seconds of what audio.play began that the speakers have not taken yet; 0.0 when nothing plays",
  example = "print(audio.left())",
  example2 = "audio.play(tensor.zeros(8000), 8000)\nprint(audio.left() <= 1)" }
function audio.left() return sound.sound_left() end

record.declare { name = "audio.stop", sig = "audio.stop()", see = "audio.play",
  doc = "ends what audio.play began",
  example = "audio.stop()",
  example2 = "audio.play(tensor.zeros(8000), 8000)\naudio.stop()" }
function audio.stop() sound.sound_stop() end

local Listener = {}
Listener.__index = Listener
Listener.__name = "listener"

--- The next block f32 [rate * seconds], and how many samples were lost before it: 0, unless blocks are asked for more
-- slowly than they come.  nil and a message at the end: the microphone is gone.
function Listener:__call()
  local x, lost = self.source:hear(self.samples)
  if x == nil then
    if lost then
      self.why = "audio.listen: " .. lost
      io.stderr:write(self.why .. "\n")
    end
    self:close()
    return nil, self.why
  end
  if lost > 0 then
    if self.lost == 0 then
      io.stderr:write(("audio.listen: %d samples were lost: blocks come faster than they are asked for\n")
        :format(lost))
    end
    self.lost = self.lost + lost
  end
  return x, lost
end
function Listener:close() self.source:close() end
Listener.__close = Listener.close
function Listener:__tostring() return ("listener at %d samples a second, %d lost"):format(self.rate, self.lost) end

local about_listen = record.declare { name = "audio.listen",
  sig = "for x, lost in audio.listen{rate=16000, seconds=0.1, device=} do", see = "audio.running, net:stream",
  doc = "blocks f32 [rate * seconds] from the microphone; lost: how many samples found no room in the ten seconds "
    .. "that wait for whoever is late; ends with a message when it is unplugged; nil and a message without one",
  options = { { "rate", 16000, "samples a second" }, { "seconds", 0.1, "of a block" },
    { "device", none, "a name of audio.devices()'s second list" } },
  example = "local mic = audio.listen{seconds = 0.05}\nif mic then print(mic()) mic:close() end",
  example2 = 'print(audio.listen{device = "nosuch"})' }
function audio.listen(options)
  local opt = lunette.checked("audio.listen", options, record.known(about_listen.options))
  local rate = rate_of("audio.listen", opt.rate)
  if type(opt.seconds) ~= "number" or not (opt.seconds >= 0.005 and opt.seconds <= 5) then
    refuse("audio.listen: seconds must be a number from 0.005 to 5, got %s", tostring(opt.seconds))
  end
  local source, why = sound.sound_listen(rate, device_of("audio.listen", opt.device))
  if not source then return nil, "audio.listen: " .. why end
  local mic = setmetatable({ source = source, rate = rate, lost = 0,
    samples = math.max(1, math.floor(rate * opt.seconds + 0.5)) }, Listener)
  return mic, nil, nil, mic
end
