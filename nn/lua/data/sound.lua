--- sound.lua: the speakers and the microphone.
audio = audio or {}
local sound = lunette.io

local function fail(...) lunette.raise((...):format(select(2, ...))) end

local function rate_of(what, rate)
  if math.type(rate) ~= "integer" or rate < 1000 or rate > 384000 then
    fail("%s: rate must be a whole number from 1000 to 384000 samples a second, got %s", what, tostring(rate))
  end
  return rate
end

local function device_of(what, device)
  if device ~= nil and type(device) ~= "string" then
    fail("%s: device must be a name of audio.devices(), got %s", what, lunette.typename(device))
  end
  return device
end

--- local speakers, microphones = audio.devices(): lists of names; nil and a message without sound.
function audio.devices()
  local speakers, why = sound.sound_devices(false)
  if not speakers then return nil, "audio.devices: " .. why end
  return speakers, sound.sound_devices(true)
end

--- audio.play(x, rate, {wait=false, more=false, device=}): f32 or f64 [frames] or [frames, channels] through the
-- speakers; values beyond -1..1 are cut, and a line on stderr says how many.  Returns at once, or with wait when it
-- has been heard.  What played before ends; with more x goes on after it, without a gap, at the same rate and channels;
-- when nothing plays it begins.  true, or nil and a message.
function audio.play(x, rate, options)
  local opt = lunette.checked("audio.play", options, { wait = false, more = false, device = lunette.none })
  local d = lunette.is_tensor(x) and x:dim()
  if not d or not (x.dtype == "f32" or x.dtype == "f64") or d < 1 or d > 2 or (d == 2 and not (x:size(2) >= 1
    and x:size(2) <= 8)) then
    fail("audio.play: sound f32 [frames] or [frames, channels] with 1 to 8 channels expected, got %s",
      lunette.typename(x))
  end
  rate_of("audio.play", rate)
  if not x:isfinite():all():item() then fail("audio.play: %s has NaN or infinity", lunette.typename(x)) end
  local device = device_of("audio.play", opt.device)
  x = x:detach():to "f32"
  if sound.beyond("audio.play", x) then x = x:clamp(-1, 1) end
  if d == 1 then x = x:unsqueeze(2) end
  local ok, why = sound.sound_play(x:contiguous(), rate, device, opt.more)
  if not ok then return nil, "audio.play: " .. why end
  if opt.wait then sound.sound_wait() end
  return true
end

--- audio.left() -> seconds of what audio.play began that the speakers have not taken yet; 0.0 when nothing plays.
function audio.left() return sound.sound_left() end

--- audio.stop(): silence.
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

--- for x, lost in audio.listen{rate=16000, seconds=0.1, device=} do: blocks f32 [rate * seconds] from the microphone.
-- Ten seconds wait for whoever is late; the field lost counts the samples that found no room.  nil and a message
-- without a microphone.
function audio.listen(options)
  local opt = lunette.checked("audio.listen", options, { rate = 16000, seconds = 0.1, device = lunette.none })
  rate_of("audio.listen", opt.rate)
  if type(opt.seconds) ~= "number" or not (opt.seconds >= 0.005 and opt.seconds <= 5) then
    fail("audio.listen: seconds must be a number from 0.005 to 5, got %s", tostring(opt.seconds))
  end
  local source, why = sound.sound_listen(opt.rate, device_of("audio.listen", opt.device))
  if not source then return nil, "audio.listen: " .. why end
  local mic = setmetatable({ source = source, rate = opt.rate, lost = 0,
    samples = math.max(1, math.floor(opt.rate * opt.seconds + 0.5)) }, Listener)
  return mic, nil, nil, mic
end
