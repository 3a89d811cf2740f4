--- What is played is really heard: PulseAudio with a sink that leads nowhere, whose monitor is the microphone, and that
-- microphone unplugged.  Runs where pulseaudio is installed.
local test = dofile "tests/check.lua"

local server, why_not = dofile "tests/pulse.lua"(test)
if not server then
  print("ok a loop from speakers to microphone # skipped: " .. why_not)
  test.done()
  return
end

-- Ten parts of a chirp, each told by its own pitch; a busy machine leaves gaps, that take a part or two.
test("a chirp comes back: its parts in their order, as loud as they were played", function()
  local text = server:run [[
    local mic = assert(audio.listen{rate = 16000, seconds = 0.05})
    for _ = 1, 4 do mic() end                                            -- it runs
    local t = tensor.arange(8000):to "f32" / 16000
    local chirp, most = ((t * 3000 + 300) * t * (2 * math.pi)):sin() * 0.3, 0
    for _ = 1, 5 do
      assert(audio.play(chirp, 16000))
      local parts, found, last = {}, 0, 0
      for k = 1, 30 do parts[k] = assert(mic()) end
      local x = tensor.cat(parts)
      for k = 1, 8000, 800 do
        local part = chirp:narrow(1, k, 800)
        local score = nn.conv1d { x:view(1, -1, 1), part:contiguous():view(800, 1, 1) }:view(-1) / part:square():sum()
        local loud, at = score:max():item(), score:argmax():item()
        if loud > 0.9 and loud < 1.5 and at > last then found, last = found + 1, at end
      end
      most = math.max(most, found)
      if most >= 8 then break end
    end
    print(most)
  ]]
  test.truth((tonumber(text) or 0) >= 8, text .. ": 8 parts of 10")
end)

test("a microphone that is unplugged ends the loop with a message, at once", function()
  local text = server:run(([[
    local _, microphones = assert(audio.devices())
    local mic = assert(audio.listen{rate = 16000, seconds = 0.05, device = microphones[1]})
    for _ = 1, 4 do assert(mic()) end
    os.execute "%s"
    local from, n = lunette.clock(), 0
    for _ in mic do n = n + 1 end
    print(n < 40 and lunette.clock() - from < 3, select(2, mic()))
  ]]):format(server.unplug))
  local gone = "audio.listen: the microphone has been unplugged"
  test.equal(text, ("%s\ntrue\t%s\n"):format(gone, gone))
end)

test("without any microphone left there is one clear line", function()
  local text = server:run "print(audio.listen{device = 'Remapped Monitor of Null Output'})"
  test.truth(text:find("^nil\taudio.listen: no microphone 'Remapped Monitor of Null Output': [^\n]+\n$"), text)
end)

test("speakers that are unplugged before the end are told by who waits", function()
  local text = server:run(([[
    os.execute "(sleep 1; %s) &"
    print(audio.play(tensor.zeros(16000 * 8), 16000, {wait = true}))
  ]]):format(server.unplug_speakers))
  test.equal(text, "nil\taudio.play: the speakers have been unplugged before the end\n")
end)

server:stop()
test.done()
