--- pulse.lua: a PulseAudio of a test's own: what is played into its sink comes out of its microphone.  No test itself.
local Server = {}
Server.__index = Server

--- What a program of its own prints, on stdout and stderr, with this server's speakers and microphone.
function Server:run(code)
  local path = self.test.write(self.folder .. "/script.lua", code)
  return self:shell(("'%s' '%s'"):format(os.getenv "LUNETTE" or "build/lunette", path))
end

--- What a command prints there.
function Server:shell(command)
  return self.test.output(("%s SDL_AUDIODRIVER=pulse timeout 60 %s 2>&1"):format(self.home, command))
end

function Server:stop()
  os.execute(("kill %s 2>/dev/null; rm -rf '%s'"):format(self.pid, self.folder))
end

--- start(test, of check.lua) -> a server; or nil and why not.
return function(test)
  for _, name in ipairs { "pulseaudio", "pactl" } do
    if test.output("command -v " .. name) == "" then return nil, name .. " is not installed" end
  end
  local folder = os.tmpname() .. ".d"
  assert(os.execute(("mkdir -p '%s'"):format(folder)))
  local home = ("HOME='%s' XDG_RUNTIME_DIR='%s' PULSE_SERVER='unix:%s/native'"):format(folder, folder, folder)
  local pid = test.output(("%s pulseaudio -n --daemonize=no --exit-idle-time=-1 --use-pid-file=no "
    .. "-L 'module-native-protocol-unix auth-anonymous=1 socket=%s/native' "
    .. "-L 'module-null-sink sink_name=out rate=48000' "
    .. "-L 'module-remap-source master=out.monitor source_name=mic' >'%s/log' 2>&1 & echo $!"):format(home, folder,
    folder)):match "%d+"
  local self = setmetatable({ test = test, folder = folder, pid = pid, home = home, unplug = home:gsub("'", "")
    .. " pactl unload-module module-remap-source", unplug_speakers = "kill " .. pid }, Server)
  for _ = 1, 50 do
    if os.execute(("%s pactl info >'%s/info' 2>&1"):format(home, folder)) then
      assert(os.execute(("%s pactl set-default-sink out && %s pactl set-default-source mic"):format(home, home)))
      return self
    end
    lunette.sleep(0.1)
  end
  local log = io.open(folder .. "/log")
  local why = log and log:read "l" or "no log"
  if log then log:close() end
  self:stop()
  return nil, "pulseaudio does not start: " .. why
end
