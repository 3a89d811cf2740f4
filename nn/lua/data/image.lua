--- image.lua: pictures: files, and what is done to them before a network sees them.
-- A picture is u8[h,w,c] (0 to 255) or f32 (0 to 1); a batch has one more dimension in front.
local image = {}
data.image = image
local io = lunette.io

--- data.image.load(path, {channels=, raw=false, bits=8}) -> u8[h,w,c] of a PNG, JPEG or WebP file; c as the file has
-- it, or as asked.  A photograph is turned upright as its EXIF data say; raw=true: as it lies in the file.  bits=16:
-- i32[h,w,c], 0 to 65535, of a PNG of 16 bits a channel as it lies in the file; they are otherwise rounded to 8.
function image.load(path, options)
  local opt = lunette.checked("data.image.load", options, { channels = 0, raw = false, bits = 8 })
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

--- data.image.save(path, x, {quality=90}): .png (1 to 4 channels) or .jpg (1 or 3); f32 counts from 0 to 1.
function image.save(path, x, options)
  local opt = lunette.checked("data.image.save", options, { quality = 90 })
  if math.type(opt.quality) ~= "integer" or opt.quality < 1 or opt.quality > 100 then
    lunette.raise("data.image.save: quality must be a whole number from 1 to 100, got " .. tostring(opt.quality))
  end
  return io.image_save(path, x, opt.quality)
end

--- data.image.info(path) -> h, w, c, format, as the file claims, upright; nothing is decoded.
function image.info(path) return io.image_info(path) end

-- --- changes: to a picture [h,w] or [h,w,c], or to each of a batch [n,h,w,c]; a new tensor of the same dtype ------

local augment = require "nn.data.augment"

local function change(what, x, list, seed, epoch)
  return io.augment(what, x, augment.encode(what, list), seed or 0, epoch or 0, 1)
end

--- data.image.resize(x, h, w): bilinear; when shrinking the mean of what falls together, so that nothing aliases.
function image.resize(x, h, w) return change("data.image.resize", x, { { "resize", h, w } }) end

--- data.image.crop(x, top, left, h, w): a view of the part whose first pixel is x[top, left].
function image.crop(x, top, left, h, w)
  if not lunette.is_tensor(x) then
    lunette.raise("data.image.crop: tensor expected, got " .. lunette.typename(x))
  end
  local part = { { top, top + h - 1 }, { left, left + w - 1 } }
  if x:dim() == 4 then table.insert(part, 1, {}) end
  return x[part]
end

--- data.image.flip(x, {vertical=false}): left and right change places, or up and down.
function image.flip(x, options)
  local opt = lunette.checked("data.image.flip", options, { vertical = false })
  return change("data.image.flip", x, { { "flip", p = 1, vertical = opt.vertical } })
end

--- data.image.rotate(x, degrees, {fill=0}): counter-clockwise around the middle, same size.
function image.rotate(x, degrees, options)
  local opt = lunette.checked("data.image.rotate", options, { fill = 0 })
  return change("data.image.rotate", x, { { "rotate", { degrees, degrees }, fill = opt.fill } })
end

--- data.image.colour(x, {brightness=1, contrast=1, saturation=1, hue=0}): factors; hue a share of the circle.
function image.colour(x, options)
  local opt = lunette.checked("data.image.colour", options, { brightness = 1, contrast = 1, saturation = 1, hue = 0 })
  local list = { "colour" }
  for name, v in pairs(opt) do list[name] = { v, v } end
  return change("data.image.colour", x, { list })
end

--- data.image.noise(x, deviation, {rng=}): adds normal numbers, 1 being white.
function image.noise(x, deviation, options)
  local opt = lunette.checked("data.image.noise", options, { rng = lunette.none })
  return change("data.image.noise", x, { { "noise", deviation } }, augment.seed(opt.rng))
end

--- data.image.augment(x, list, {rng=}): what a loader does to its pictures, each drawn anew:
--   {"flip", p=0.5, vertical=false}   {"rotate", degrees, fill=0}    {"crop", h, w, pad=0, centre=false, fill=0}
--   {"resize", h, w}                  {"noise", deviation}           {"colour", brightness=0, contrast=0,
--                                                                     saturation=0, hue=0}
-- A number d stands for -d..d (colours: 1-d..1+d), {lo, hi} for itself.
function image.augment(x, list, options)
  local opt = lunette.checked("data.image.augment", options, { rng = lunette.none })
  return change("data.image.augment", x, list, augment.seed(opt.rng))
end
