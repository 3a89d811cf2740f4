--- image.lua: pictures: files, and what is done to them before a network sees them.
-- A picture is u8[h,w,c] (0 to 255) or f32 (0 to 1); a batch has one more dimension in front.
local record = require "nn.record"
local none = lunette.none
local image = {}
record.declare { name = "data.image", sig = "data.image.NAME(...)", see = "data.image.load, data.image.augment",
  doc = "pictures: files, and what is done to them before a network sees them",
  example = "print(data.image.flip(tensor.rand(4, 6, 3)).shape[2])",
  example2 = "print(data.image.resize(tensor.rand(4, 6, 3), 2, 3).shape[1])" }
data.image = image
local io = lunette.io

local about_load = record.declare { name = "data.image.load",
  sig = "data.image.load(path, {channels=0, raw=false, bits=8})",
  see = "data.image.save, data.image.info, data.image_folder",
  doc = "PNG, JPEG or WebP as u8[h,w,c]: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA; 16 bits round to 8; upright, as "
    .. "EXIF says",
  options = { { "channels", 0, "1 to 4; 0: as the file has it" }, { "raw", false, "as it lies in the file" },
    { "bits", 8, "16: a PNG of 16 bits a channel as it is, i32[h,w,c] from 0 to 65535" } },
  example = 'local path = os.tmpname() .. ".png"\ndata.image.save(path, tensor.rand(4, 4, 3))\n'
    .. 'print(data.image.load(path, {channels = 1}).shape[3])',
  example2 = 'print(data.image.load "nosuch.png")' }
function image.load(path, options)
  local opt = lunette.checked("data.image.load", options, record.known(about_load.options))
  if opt.bits ~= 8 and opt.bits ~= 16 then
    lunette.raise("data.image.load: bits must be 8 or 16, got " .. tostring(opt.bits))
  end
  if math.type(opt.channels) ~= "integer" or opt.channels < 0 or opt.channels > 4 then
    lunette.raise("data.image.load: channels must be 1, 2, 3 or 4, got " .. tostring(opt.channels))
  end
  if opt.bits == 16 and opt.channels ~= 0 then
    lunette.raise "data.image.load: 16 bits come with the channels of the file"
  end
  if opt.bits == 16 then return io.image_load16(path) end
  return io.image_load(path, opt.channels + (opt.raw and 16 or 0))
end

local about_save = record.declare { name = "data.image.save", sig = "data.image.save(path, x, {quality=90})",
  see = "data.image.load",
  doc = "writes [h,w] or [h,w,c], u8 or f32 from 0 to 1, as .png (c 1 to 4) or .jpg (c 1 or 3)",
  options = { { "quality", 90, "of JPEG, 1 to 100" } },
  example = 'print(data.image.save(os.tmpname() .. ".png", tensor.rand(4, 4, 3)))',
  example2 = 'print(data.image.save("/dev/null/nosuch/x.png", tensor.rand(4, 6, 3)))' }
function image.save(path, x, options)
  local opt = lunette.checked("data.image.save", options, record.known(about_save.options))
  return io.image_save(path, x, lunette.whole("data.image.save", "quality", opt.quality, 1, 100))
end

record.declare { name = "data.image.info", sig = "local h, w, c, format = data.image.info(path)",
  see = "data.image.load",
  doc = "what a picture's file says of itself; nothing is decoded",
  example = 'local path = os.tmpname() .. ".png"\ndata.image.save(path, tensor.rand(4, 5))\n'
    .. 'print(data.image.info(path))',
  example2 = 'print(data.image.info "nosuch.png")' }
function image.info(path) return io.image_info(path) end

-- --- changes: to a picture [h,w] or [h,w,c], or to each of a batch [n,h,w,c]; a new tensor of the same dtype ------

local augment = require "nn.data.augment"

local function change(what, x, list, seed, epoch)
  return io.augment(what, x, augment.encode(what, list), { seed = seed or 0, epoch = epoch or 0, first = 1 })
end

record.declare { name = "data.image.resize", sig = "data.image.resize(x, h, w)", see = "data.image.crop",
  doc = "bilinear, without aliasing when shrinking; [h,w], [h,w,c] or [n,h,w,c], u8 or f32",
  example = "print(data.image.resize(tensor.rand(8, 8, 3), 4, 2).shape[2])",
  example2 = "x = tensor.rand(4, 6, 3)\nbig = data.image.resize(x, 8, 12)" }
function image.resize(x, h, w) return change("data.image.resize", x, { { "resize", h, w } }) end

record.declare { name = "data.image.crop", sig = "data.image.crop(x, top, left, h, w)", see = "data.image.resize",
  doc = "a view of the part whose first pixel is at (top, left)",
  example = "print(data.image.crop(tensor.rand(8, 8), 3, 3, 2, 2))",
  example2 = "x = tensor.rand(4, 6, 3)\ncorner = data.image.crop(x, 1, 1, 2, 2)" }
function image.crop(x, top, left, h, w)
  if not lunette.is_tensor(x) then
    lunette.raise("data.image.crop: tensor expected, got " .. lunette.typename(x))
  end
  local part = { { top, top + h - 1 }, { left, left + w - 1 } }
  if x:dim() == 4 then table.insert(part, 1, {}) end
  return x[part]
end

local about_flip = record.declare { name = "data.image.flip", sig = "data.image.flip(x, {vertical=false})",
  see = "data.image.rotate",
  doc = "left and right change places",
  options = { { "vertical", false, "up and down instead" } },
  example = "print(data.image.flip(tensor{{0, 1}}))",
  example2 = "x = tensor.rand(4, 6, 3)\ny = data.image.flip(x, {vertical = true})" }
function image.flip(x, options)
  local opt = lunette.checked("data.image.flip", options, record.known(about_flip.options))
  return change("data.image.flip", x, { { "flip", p = 1, vertical = opt.vertical } })
end

local about_rotate = record.declare { name = "data.image.rotate", sig = "data.image.rotate(x, degrees, {fill=0})",
  see = "data.image.flip",
  doc = "counter-clockwise around the middle, bilinear, same size",
  options = { { "fill", 0, "what comes in at the corners" } },
  example = "print(data.image.rotate(tensor{{0, 1}, {0, 0}}, 90))",
  example2 = "x = tensor.rand(4, 6, 3)\ny = data.image.rotate(x, 90, {fill = 1})" }
function image.rotate(x, degrees, options)
  local opt = lunette.checked("data.image.rotate", options, record.known(about_rotate.options))
  return change("data.image.rotate", x, { { "rotate", { degrees, degrees }, fill = opt.fill } })
end

local about_colour = record.declare { name = "data.image.colour",
  sig = "data.image.colour(x, {brightness=1, contrast=1, saturation=1, hue=0})", see = "data.image.augment",
  doc = "changes colours by factors, in this order; alpha stays",
  options = { { "brightness", 1, "factor" }, { "contrast", 1, "distance from the mean" },
    { "saturation", 1, "distance from grey" }, { "hue", 0, "turn, as a share of the circle: -0.5 to 0.5" } },
  example = "print(data.image.colour(tensor{{{1, 0, 0}}}, {hue = 1/3}))",
  example2 = "x = tensor.rand(4, 6, 3)\ny = data.image.colour(x, {hue = 0.5})" }
function image.colour(x, options)
  local opt = lunette.checked("data.image.colour", options, record.known(about_colour.options))
  local list = { "colour" }
  for name, v in pairs(opt) do list[name] = { v, v } end
  return change("data.image.colour", x, { list })
end

local about_noise = record.declare { name = "data.image.noise", sig = "data.image.noise(x, deviation, {rng=})",
  see = "data.image.augment",
  doc = "adds normal numbers to every channel; 1 is the step from black to white",
  options = { { "rng", none, "a generator" } },
  example = "print(data.image.noise(tensor.zeros(2, 2), 0.1))",
  example2 = "x = tensor.rand(4, 6, 3)\ny = data.image.noise(x, 0.1, {rng = tensor.rng(1)})" }
function image.noise(x, deviation, options)
  local opt = lunette.checked("data.image.noise", options, record.known(about_noise.options))
  return change("data.image.noise", x, { { "noise", deviation } }, augment.seed(opt.rng))
end

local about_augment = record.declare { name = "data.image.augment",
  sig = 'data.image.augment(x, {{"flip"}, {"crop", 28, 28, pad=4}, ...}, {rng=})', see = "data.loader",
  doc = "random changes in order, drawn anew for each picture of a batch; the same list goes to "
    .. "data.loader{augment=}. A number d stands for -d..d (of colours: 1-d..1+d), {lo, hi} for itself",
  options = { { "rng", none, "a generator" }, table.unpack(augment.explained()) },
  example = 'print(data.image.augment(tensor.rand(4, 4), {{"flip"}, {"rotate", 10}, {"crop", 2, 2}}))',
  example2 = 'x = tensor.rand(4, 6, 3)\ny = data.image.augment(x, {{"colour", brightness = 0.2}})' }
function image.augment(x, list, options)
  local opt = lunette.checked("data.image.augment", options, record.known(about_augment.options))
  return change("data.image.augment", x, list, augment.seed(opt.rng))
end
