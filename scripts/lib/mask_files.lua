--- mask_files.lua: pairs of pictures and masks as the CARLA simulator writes them: two folders of PNGs with the same
-- names; the class of a pixel, from 0, is the greatest of its mask's channels (CARLA puts it into the red one).
local streets, by_heart, on_white = require "lib.streets", require "lib.by_heart", require "lib.picture_files".on_white
local masks = {}

--- CARLA's classes, in the order of their numbers, and colours for them (Cityscapes' palette).
masks.carla = { "none", "building", "fence", "other", "pedestrian", "pole", "road line", "road", "pavement",
  "vegetation", "vehicle", "wall", "sign", "sky", "ground", "bridge", "rail track", "guard rail", "traffic light",
  "static", "dynamic", "water", "terrain" }
masks.colors = tensor { { 0, 0, 0 }, { 70, 70, 70 }, { 100, 40, 40 }, { 55, 90, 80 }, { 220, 20, 60 },
  { 153, 153, 153 }, { 157, 234, 50 }, { 128, 64, 128 }, { 244, 35, 232 }, { 107, 142, 35 }, { 0, 0, 142 },
  { 102, 102, 156 }, { 220, 220, 0 }, { 70, 130, 180 }, { 81, 0, 81 }, { 150, 100, 100 }, { 230, 150, 140 },
  { 180, 165, 180 }, { 250, 170, 30 }, { 110, 190, 160 }, { 170, 120, 50 }, { 45, 60, 150 }, { 145, 170, 100 } } / 255

--- masks.of_streets(y u8 [m, h, w]): classes of drawn streets (lib.streets) by CARLA's numbers, from 1.
function masks.of_streets(y)
  local like = { ["lane line"] = "road line" }                         -- of other names there
  local number, carla = {}, {}
  for c, name in ipairs(masks.carla) do number[name] = c end
  for c, name in ipairs(streets.classes) do carla[c] = number[like[name] or name] end
  return tensor(carla, { dtype = "u8" })[y:to "i64":reshape(-1)]:reshape(y:size(1), y:size(2), y:size(3))
end

local function stop(form, ...) lunette.raise("--data: " .. form:format(...)) end

-- The pictures of a folder by name without ending; nil when there is no such folder.  exact: every value counts.
local function pictures(path, exact)
  local names = lunette.folder(path)
  if not names then return nil end
  local found, n = {}, 0
  for _, name in ipairs(names) do
    local stem, ending = name:match "^(.+)%.(%w+)$"
    local jpeg = stem and ending:lower():match "^jpe?g$"
    if jpeg and exact then stop("%s/%s: masks as PNG expected: JPEG changes classes", path, name) end
    if stem and (jpeg or ending:lower() == "png") then
      found[stem], n = path .. "/" .. name, n + 1
    end
  end
  return found, n
end

local function read(path)
  local picture, why = data.image.load(path)
  if not picture then stop("%s", why) end
  return picture
end

-- Nearest neighbour: of every cell of an h x w grid the pixel at its middle.
local function shrink(mask, h, w)
  local function at(n, size) return ((tensor.arange(n):to "f64" - 0.5) * (size / n)):floor():to "i64" + 1 end
  return mask[at(h, mask:size(1))]:index_select(2, at(w, mask:size(2)))
end

-- The two folders under a path, or under its data/.
local function folders(path)
  for _, root in ipairs { path, path .. "/data" } do
    local rgb, n = pictures(root .. "/CameraRGB")
    local truth, m = pictures(root .. "/CameraMask", true)
    if not truth then truth, m = pictures(root .. "/CameraSeg", true) end
    if rgb and truth then return rgb, n, truth, m end
  end
  return stop("%s: folders CameraRGB and CameraMask (or CameraSeg) of pictures with the same names expected", path)
end

--- masks.read(path, h, w) -> x, y, xval, yval, xtest, ytest: pictures f32 [m, h, w, 3] of 0..1 and classes u8 [m, h, w]
-- from 1; of a mixed order every tenth is for validation, every fifth for the test.
function masks.read(path, h, w)
  local rgb, n, truth, m = folders(path)
  local stems = {}
  for stem, file in pairs(rgb) do
    if not truth[stem] then stop("%s has no mask of that name (%d pictures, %d masks)", file, n, m) end
    stems[#stems + 1] = stem
  end
  for stem, file in pairs(truth) do
    if not rgb[stem] then stop("%s has no picture of that name (%d pictures, %d masks)", file, n, m) end
  end
  if n < 10 then stop("%s: at least 10 pairs of picture and mask expected, found %d", path, n) end
  table.sort(stems)
  local x, y = tensor.zeros(n, h, w, 3), tensor.zeros { n, h, w, dtype = "u8" }
  for i, stem in ipairs(stems) do
    local picture, mask = read(rgb[stem]), data.image.load(truth[stem], { bits = 16 }) or read(truth[stem])
    if picture:size(3) < 3 then stop("%s: three channels expected, found %d", rgb[stem], picture:size(3)) end
    if picture:size(1) ~= mask:size(1) or picture:size(2) ~= mask:size(2) then
      stop("%s: %d x %d pixels as in its picture expected, found %d x %d", truth[stem], picture:size(1),
        picture:size(2), mask:size(1), mask:size(2))
    end
    local class = mask[{ {}, {}, { 1, math.min(3, mask:size(3)) } }]:max(3)
    if class:max():item() >= #masks.carla then
      stop("%s: classes from 0 to %d expected, found %d", truth[stem], #masks.carla - 1, class:max():item())
    end
    x[i] = data.image.resize(on_white(picture), h, w):to "f32" / 255
    y[i] = shrink(class:to "u8", h, w) + 1
  end
  if y:min():item() == y:max():item() then
    stop("%s: two classes at least expected in the masks, found '%s' alone", path, masks.carla[y:max():item()])
  end
  local order = tensor.randperm(n, { rng = tensor.rng(1) })
  local test, val = n // 5, n // 10
  local a, b, c = order[{ { 1, test } }], order[{ { test + 1, test + val } }], order[{ { test + val + 1, n } }]
  return x[c], y[c], x[b], y[b], by_heart.apart(x[c], path, x[a], y[a])
end

return masks
