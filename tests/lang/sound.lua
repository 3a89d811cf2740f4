--- Speakers and microphone, through SDL's disk driver: what is played is in a file, what is heard comes from one.
local test = dofile "tests/check.lua"
local program = os.getenv "LUNETTE" or "build/lunette"
local folder = os.tmpname() .. ".d"
assert(os.execute("mkdir -p " .. folder))

-- What a program of its own prints, with the disk driver's files; `how`: more of its environment.
local function run(code, how)
  local path = folder .. "/script.lua"
  local f = assert(io.open(path, "w"))
  f:write(code)
  f:close()
  return test.output(("cd %s && SDL_AUDIODRIVER=disk SDL_DISKAUDIODELAY=5 SDL_DISKAUDIOFILE=out.raw "
    .. "SDL_DISKAUDIOFILEIN=in.raw %s '%s' script.lua 2>&1"):format(folder, how or "",
    program:sub(1, 1) == "/" and program or os.getenv "PWD" .. "/" .. program))
end
local function floats(path)
  local f = assert(io.open(path, "rb"))
  local bytes = f:read "a"
  f:close()
  local list = {}
  for k = 1, #bytes // 4 do list[k] = string.unpack("<f", bytes, 4 * k - 3) end
  return list
end
local function write_floats(path, list)
  local parts = {}
  for k, v in ipairs(list) do parts[k] = string.pack("<f", v) end
  test.write(path, table.concat(parts))
end

test("what is played arrives whole and in order; what is beyond -1..1 is cut", function()
  test.equal(run [[
    local x = tensor.arange(4000):to "f32" / 4000
    x[4000] = 7
    print(audio.play(x, 8000, {wait = true}))
  ]], "audio.play: 1 of 4000 values lie beyond -1..1, up to 7; they are cut\ntrue\n")
  local got, first = floats(folder .. "/out.raw"), 1
  while got[first] == 0 do first = first + 1 end
  for k = 1, 3999 do
    local v = got[first + k - 1]
    if math.abs(v - k / 4000) > 1e-6 then test.fail(("sample %d is %g"):format(k, v)) end
  end
  test.equal(got[first + 3999], 1.0)
  test.truth(got[first + 4000] == 0, "then silence")
end)

test("more goes on after what plays, without a gap; what does not fit is named; seconds are left, then none", function()
  test.equal(run [[
    local x = tensor.arange(3000):to "f32" / 3000
    print(audio.left())
    for from = 1, 3000, 600 do assert(audio.play(x:narrow(1, from, 600), 8000, {more = true})) end
    local left = audio.left()
    print(left > 0.2 and left <= 0.375)
    print(audio.play(tensor.zeros(10), 16000, {more = true}))
    print(audio.play(tensor.zeros(10, 2), 8000, {more = true}))
    audio.play(tensor.zeros(1), 8000, {more = true, wait = true})
    print(audio.left())
    audio.stop()
    print(audio.left())
  ]], "0.0\ntrue\nnil\taudio.play: 1 channels at 16000 a second cannot follow 1 at 8000\n"
    .. "nil\taudio.play: 2 channels at 8000 a second cannot follow 1 at 8000\n0.0\n0.0\n")
  local got, first = floats(folder .. "/out.raw"), 1
  while got[first] == 0 do first = first + 1 end
  for k = 1, 3000 do
    if math.abs(got[first + k - 1] - k / 3000) > 1e-6 then
      test.fail(("sample %d is %g"):format(k, got[first + k - 1]))
    end
  end
end)

test("stereo goes out frame by frame; a second sound ends the first; stop is silence", function()
  run [[audio.play(tensor{{0.25, -0.5}, {0.75, -1}}, 8000, {wait = true})]]
  local got, first = floats(folder .. "/out.raw"), 1
  while got[first] == 0 do first = first + 1 end
  test.equal(table.concat({ table.unpack(got, first, first + 3) }, " "), "0.25 -0.5 0.75 -1.0")
  run [[
    audio.play(tensor.ones(8000 * 60) * 0.5, 8000)
    audio.play(tensor.ones(80) * 0.25, 8000, {wait = true})
    audio.play(tensor.ones(8000 * 60) * 0.5, 8000)
    audio.stop()
    audio.stop()
  ]]
end)

test("what is heard is what the microphone's file holds, in blocks of one size, at the rate asked for", function()
  local list = {}
  for k = 1, 1600 do list[k] = k / 3200 end
  write_floats(folder .. "/in.raw", list)
  test.equal(run [[
    local mic = assert(audio.listen{rate = 8000, seconds = 0.05})
    local parts = {}
    for x, lost in mic do
      assert(x:numel() == 400 and x.dtype == "f32" and lost == 0)
      parts[#parts + 1] = x
      if #parts == 5 then break end
    end
    mic:close()
    local x = tensor.cat(parts)
    local apart = (x["1:1600"] - tensor.arange(1600):to "f32" / 3200):abs():max():item()
    print(apart < 1e-6, x["1601:2000"]:abs():max():item())
    print(mic(), mic.lost)
    for y in audio.listen{rate = 8000} do print(y:numel()) break end
  ]], "true\t0.0\nnil\t0\n800\n")
end)

test("blocks that nobody asks for are counted when they find no room", function()
  local text = run([[
    local mic = assert(audio.listen{rate = 384000, seconds = 1})
    lunette.sleep(3)                    -- SDL_DISKAUDIODELAY=0: hours pass in seconds
    local sum = 0
    for k = 1, 12 do local _, lost = mic() sum = sum + lost end
    print(sum > 0, sum == mic.lost)
  ]], "SDL_DISKAUDIODELAY=1")
  test.truth(text:find "^audio.listen: %d+ samples were lost: blocks come faster than they are asked for\n", text)
  test.truth(text:find "true\ttrue\n$", text)
end)

test("no device, no driver: one clear line, and the rest goes on", function()
  local text = run([[
    print(select(2, audio.play(tensor.zeros(8), 8000, {device = "nosuch"})))
    print(select(2, audio.listen{device = "nosuch"}))
    print "on"
  ]])
  test.truth(text:find "on\n$", text)                                    -- the disk driver takes any name
  text = run([[
    print(select(2, audio.play(tensor.zeros(8), 8000)))
    print(select(2, audio.listen()))
    print(select(2, audio.devices()))
    print "on"
  ]], "SDL_AUDIODRIVER=nosuch")
  test.truth(text:find("^audio.play: no sound on this machine: [^\n]+\naudio.listen: no sound on this machine: [^\n]+\n"
    .. "audio.devices: no sound on this machine: [^\n]+\non\n$"), text)
end)

test("a second listener where there is one microphone is told so; unknown devices are named", function()
  test.equal(run([[
    local mic = assert(audio.listen{rate = 8000})
    print(audio.listen{rate = 8000})
    mic:close()
    print((audio.listen{rate = 8000}))
    print(select(2, audio.play(tensor.zeros(8), 8000, {device = "nosuch"})))
    print(select(2, audio.listen{device = "nosuch"}))
  ]], "SDL_AUDIODRIVER=dummy"), "nil\taudio.listen: the microphone is already open in this program; close it first\n"
    .. "listener at 8000 samples a second, 0 lost\naudio.play: no speakers 'nosuch': No such device\n"
    .. "audio.listen: no microphone 'nosuch': No such device\n")
end)

test("^C ends a wait", function()
  local text = run [[
    local pid = io.open("/proc/self/stat"):read "n"
    os.execute(("(sleep 0.5; kill -INT %d) &"):format(pid))
    local from = lunette.clock()
    print(pcall(audio.play, tensor.zeros(8000 * 60), 8000, {wait = true}))
    print(lunette.clock() - from < 10)
  ]]
  test.truth(text:find "interrupted", text)
end)

test("wrong arguments are named", function()
  test.fails("audio.play: sound f32 [frames] or [frames, channels] with 1 to 8 channels expected, got f32[2,9]",
    audio.play, tensor.zeros(2, 9), 8000)
  test.fails_with({ "audio.play: f32[2] has NaN or infinity" }, audio.play, tensor { 0, 0 / 0 }, 8000)
  test.fails("audio.play: rate (samples a second) must be a whole number from 1000 to 384000, got nil", audio.play,
    tensor.zeros(2))
  test.fails("audio.listen: seconds must be a number from 0.005 to 5, got 6", audio.listen, { seconds = 6 })
  test.fails("audio.listen: rate (samples a second) must be a whole number from 1000 to 384000, got 0", audio.listen,
    { rate = 0 })
  test.fails("audio.listen: device must be a name of audio.devices(), got number", audio.listen, { device = 1 })
end)

os.execute("rm -r " .. folder)
test.done()
