--- image.lua: pictures: files, and what is done to them before a network sees them.
-- A picture is u8[h,w,c] (0 to 255) or f32 (0 to 1); a batch has one more dimension in front.
local image = {}
data.image = image
local io = lunette.io

--- data.image.load(path, {channels=}) -> u8[h,w,c] of a PNG, JPEG or WebP file; c as the file has it, or as asked.
function image.load(path, options)
  local opt = lunette.checked("data.image.load", options, { channels = 0 })
  if math.type(opt.channels) ~= "integer" or opt.channels < 0 or opt.channels > 4 then
    lunette.raise("data.image.load: channels must be 1, 2, 3 or 4, got " .. tostring(opt.channels))
  end
  return io.image_load(path, opt.channels)
end

--- data.image.save(path, x, {quality=90}): .png (1 to 4 channels) or .jpg (1 or 3); f32 counts from 0 to 1.
function image.save(path, x, options)
  local opt = lunette.checked("data.image.save", options, { quality = 90 })
  if math.type(opt.quality) ~= "integer" or opt.quality < 1 or opt.quality > 100 then
    lunette.raise("data.image.save: quality must be a whole number from 1 to 100, got " .. tostring(opt.quality))
  end
  return io.image_save(path, x, opt.quality)
end
