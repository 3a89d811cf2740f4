--- Transparent pictures are seen on white by every reader of a user's pictures: the colours hidden there by nobody.
local test = dofile "tests/check.lua"
local files = require "lib.picture_files"

local root = os.tmpname() .. ".d"

-- A picture [32, 32, 4] whose cover grows from nothing to all, and the same on white [32, 32, 3].
local function pair(seed)
  local x = tensor.randint(0, 255, 32, 32, 4, { rng = tensor.rng(seed) }):to "u8"
  x["..., 4"] = ((tensor.arange(32):reshape(32, 1):expand(32, 32) - 1) / 31 * 255):floor()
  local cover = x["..., 4:4"]:to "f32" / 255
  return x, (x["..., 1:3"]:to "f32" * cover + 255 * (1 - cover) + 0.5):to "u8"
end

-- Writes both at the same path under hidden/ and white/.
local function put(path, seed)
  for k, x in ipairs { pair(seed) } do
    local file = ("%s/%s/%s"):format(root, k == 1 and "hidden" or "white", path)
    assert(lunette.mkdir(file:match "^(.*)/"))
    assert(data.image.save(file, x))
  end
end

test("on_white: nothing covers white, everything the colour; grey becomes three channels", function()
  local x, white = pair(1)
  test.same(files.on_white(x), white)
  test.truth(files.on_white(x)[1]:eq(255):all():item(), "that what is transparent is white")
  test.same(files.on_white(x)[32], x[{ 32, {}, { 1, 3 } }])
  test.same(files.on_white(white), white)
  local grey = files.on_white(x["..., 1:1"]:contiguous())
  test.same(grey["..., 3"], x["..., 1"])
  test.same(files.on_white(x["..., 3:4"]:contiguous())["..., 2"], white["..., 3"])
  local found, why = files.load(root .. "/nosuch.png")
  test.truth(not found and why:find("nosuch.png", 1, true), tostring(why))
end)

for i = 1, 24 do
  put(("lfw/P%02d/%d.png"):format((i + 1) // 2, i), i)
  put(("yolo/images/%02d.png"):format(i), i)
  put(("classes/%d/%02d.png"):format(i % 2, i), i)
  put(("carla/CameraRGB/%02d.png"):format(i), i)
end
for _, kind in ipairs { "hidden", "white" } do
  for _, folder in ipairs { "yolo/labels", "carla/CameraMask" } do
    assert(lunette.mkdir(("%s/%s/%s"):format(root, kind, folder)))
  end
  for i = 1, 24 do
    test.write(("%s/%s/yolo/labels/%02d.txt"):format(root, kind, i), "0 0.5 0.5 0.4 0.4\n")
    local mask = tensor.zeros { 32, 32, 3, dtype = "u8" }
    mask["1:16, :, 1"] = 7
    assert(data.image.save(("%s/%s/carla/CameraMask/%02d.png"):format(root, kind, i), mask))
  end
end

local readers = {
  lfw = function(path) return (require "lib.people_files".read(path, 32, 1)) end,
  yolo = function(path) return require "lib.box_files".read(path, 32, 32).train.x end,
  classes = function(path) return select(2, require "lib.picture_classes".read(path, 32))[1] end,
  carla = function(path) return (require "lib.mask_files".read(path, 32, 32)) end,
  ["classes as a course's"] = function(path)
    return (require "lib.course".pictures(path:gsub(" as.*", ""), "catvnoncat", 32, 2))
  end,
}
for name, read in pairs(readers) do
  test("transparent pictures are read as on white: " .. name, function()
    local _, _, ok, hidden = test.caught(read, root .. "/hidden/" .. name)
    test.truth(ok, tostring(hidden))
    local _, _, _, white = test.caught(read, root .. "/white/" .. name)
    test.same(hidden, white)
  end)
end

test("masks of one class alone, in which all that is said is right, are refused", function()
  for i = 1, 24 do
    assert(data.image.save(("%s/white/carla/CameraMask/%02d.png"):format(root, i), tensor.zeros { 32, 32, 3,
      dtype = "u8" }))
  end
  test.fails_with({ "--data: " .. root, "/carla: two classes at least expected in the masks, found 'none' alone" },
    require "lib.mask_files".read, root .. "/white/carla", 32, 32)
end)

test.done()
