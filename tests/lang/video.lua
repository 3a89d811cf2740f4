--- Moving pictures: written, read again, recorded from panels; damaged files.
local test = dofile "tests/check.lua"
local folder = os.tmpname() .. ".d"
assert(os.execute("mkdir -p " .. folder))
local function path(name) return folder .. "/" .. name end
local function write(name, bytes)
  test.write(path(name), bytes)
end

local there, why = data.video "lavfi:testsrc=size=16x16:rate=5:duration=1"
if not there then
  test("without FFmpeg the message says what to install", function()
    test.truth(why:find("built without FFmpeg.  apt install libavformat-dev", 1, true), why)
  end)
  test.done()
  return
end
there:close()

-- n frames on which a light square walks to the right over a plain ground.
local function walk(n, h, w)
  local frames = tensor.full({ n, h, w, 3 }, 0.25)
  for i = 1, n do frames[{ i, { 5, 16 }, { 2 * i, 2 * i + 11 }, {} }] = 0.75 end
  return frames
end
local function all(video)
  local frames, times = {}, {}
  for frame, at in video do frames[#frames + 1], times[#times + 1] = frame, at end
  return tensor.stack(frames), times
end

for _, ending in ipairs { "gif", "mp4" } do
  test("." .. ending .. ": frames come back in number, order, time and colour", function()
    local frames = walk(12, 32, 48)
    test.equal(data.video.save(path("walk." .. ending), frames, { fps = 10 }), true)
    local video = assert(data.video(path("walk." .. ending)))
    test.equal(video.height, 32)
    test.equal(video.width, 48)
    test.truth(math.abs(video.fps - 10) < 0.1, "10 frames a second")
    local again, times = all(video)
    test.shape(again, { 12, 32, 48, 3 })
    test.truth(((again:to "f32" / 255) - frames):abs():mean():item() < 0.02, "the same pictures")
    for i, t in ipairs(times) do test.truth(math.abs(t - (i - 1) / 10) < 0.01, "the time of frame " .. i) end
    test.equal(video(), nil)
  end)
end

-- The matrix of the track's head, 16.16: a pixel (x, y) is shown at (a x + c y, b x + d y).
local function turned(a, b, c, d)
  local f = assert(io.open(path "upright.mp4", "rb"))
  local bytes = f:read "a"
  f:close()
  local at = assert(bytes:find("tkhd\0", 1, true)) + 4 + 40
  local matrix = string.pack(">i4i4i4i4i4i4i4i4i4", a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)
  write("turned.mp4", bytes:sub(1, at - 1) .. matrix .. bytes:sub(at + 36))
end
test("a film is turned as its file says, and not with raw", function()
  local frame = tensor.zeros(32, 48, 3)
  frame["1:16, 1:24, 1"] = 1 -- red above on the left, blue below on the right
  frame["17:32, 25:48, 3"] = 1
  assert(data.video.save(path "upright.mp4", { frame, frame }))
  local function first(options)
    local video <close> = assert(data.video(path "turned.mp4", options))
    local x = video():to "f32" / 255
    test.shape(x, { video.height, video.width, 3 })
    return x
  end
  local plain = frame
  local function close(x, want) test.truth((x - want):abs():mean():item() < 0.05, "the picture") end
  turned(1, 0, 0, 1)
  close(first(), plain)
  turned(0, 1, -1, 0) -- a quarter clockwise: (x, y) is shown at (-y, x)
  close(first(), plain:permute(2, 1, 3):flip(2))
  close(first { raw = true }, plain)
  test.shape(first { size = { 24, 16 } }, { 24, 16, 3 })
  turned(-1, 0, 0, -1)
  close(first(), plain:flip(1):flip(2))
  turned(0, -1, 1, 0)
  close(first(), plain:permute(2, 1, 3):flip(1))
  turned(-1, 0, 0, 1) -- mirrored
  close(first(), plain:flip(2))
end)

test("frames are scaled, a list and a function of frames are written", function()
  local frames, i = walk(4, 32, 48), 0
  assert(data.video.save(path "list.mp4", { frames[1], frames[2], (frames[3] * 255):to "u8" }))
  test.shape(all(data.video(path "list.mp4", { size = { 16, 24 } })), { 3, 16, 24, 3 })
  assert(data.video.save(path "calls.gif", function()
    i = i + 1
    return i <= 4 and frames[i] or nil
  end))
  test.equal(#select(2, all(data.video(path "calls.gif"))), 4)
end)

test("live: frames that came while nobody asked are left out", function()
  local seen, last = 0, -1
  for _, at in data.video("lavfi:testsrc=size=32x32:rate=20:duration=1", { live = true }) do
    seen = seen + 1
    test.truth(at > last, "times rise")
    last = at
    lunette.sleep(0.12)
  end
  test.truth(seen >= 1 and seen < 15, seen .. " of 20 frames: some were left out")
end)

test("a file is closed in the middle, and by its end of scope", function()
  assert(data.video.save(path "long.gif", walk(10, 32, 48)))
  local video = data.video(path "long.gif")
  video()
  video:close()
  test.equal(video(), nil)
  do
    local scoped <close> = data.video(path "long.gif")
    scoped()
  end
end)

test("a recording shows its panel's curve", function()
  local was = viz.mode()
  viz.mode "files"
  viz.folder(folder)
  viz.plot("curve/a", 1)
  local recording = assert(viz.record(path "curve.gif", { panel = "curve", every = 2, size = { 120, 161 } }))
  for i = 1, 10 do viz.plot("curve/a", i % 3) end
  recording:frame()
  test.equal(recording:stop(), 6)
  local frames = all(data.video(path "curve.gif"))
  test.shape(frames, { 6, 120, 161, 3 })
  test.truth((frames[1]:to "f32" - frames[6]:to "f32"):abs():mean():item() > 0.5, "that the curve has grown")
  viz.record(path "all.mp4", { every = 1 })
  viz.plot("curve/a", 2)
  viz.record(false)
  test.shape(all(data.video(path "all.mp4")), { 1, 400, 640, 3 })
  viz.clear()
  viz.mode(was)
end)

test("what cannot be read says why, and costs nothing", function()
  write("junk.mp4", ("junk"):rep(999))
  write("empty.mp4", "")
  for name, want in pairs { ["nosuch.mp4"] = "No such file", ["junk.mp4"] = "Invalid data", ["empty.mp4"] = "" } do
    local video, message = data.video(path(name))
    test.equal(video, nil)
    test.truth(message:find(path(name), 1, true) and message:find(want, 1, true), message)
  end
  test.equal((data.video(folder)), nil)
  local f = assert(io.open(path "walk.mp4", "rb"))
  local whole = f:read "a"
  f:close()
  write("cut.mp4", whole:sub(1, #whole - 300))
  local cut = assert(data.video(path "cut.mp4"))
  test.fails_with({ path "cut.mp4", "of its 12 frames are there" }, all, cut)
  write("list.m3u8", "#EXTM3U\n#EXTINF:1,\n" .. path "walk.mp4" .. "\n")
  test.equal((data.video(path "list.m3u8")), nil)               -- no file that leads to others
end)

test("what cannot be written leaves nothing behind", function()
  local ok, message = data.video.save("/dev/null/nosuch/x.mp4", walk(2, 16, 48))
  test.equal(ok, nil)
  test.truth(message:find("/dev/null/nosuch/x.mp4: Not a directory", 1, true), message)
  test.truth(select(2, data.video.save(path "x.avi", walk(2, 16, 48))):find("does not end in .gif or .mp4", 1, true))
  test.fails_with({ "a frame of 16 x 20 after one of 32 x 48" }, data.video.save, path "two.gif",
    { walk(1, 32, 48)[1], tensor.zeros(16, 20, 3) })
  test.fails_with({ "no frames" }, data.video.save, path "none.gif", {})
  test.fails_with({ "size must be" }, data.video, path "walk.gif", { size = { 0, 4 } })
  test.fails_with({ "fps must be from" }, viz.record, path "r.gif", { fps = 0 })
end)

os.execute("rm -rf " .. folder)
test.done()
