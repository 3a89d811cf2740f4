--- picture_files.lua: a user's picture of any size and kind, as a network sees it.
local files = {}

local LEAST, OBLONG = 32, 16             -- pixels of the shorter side; longest to shortest

--- files.size(h, w, size): height and width with the longer side `size`, the shorter at least 32.
function files.size(h, w, size)
  local scale = math.max(size / math.max(h, w), LEAST / math.min(h, w))
  return math.max(LEAST, math.floor(h * scale + 0.5)), math.max(LEAST, math.floor(w * scale + 0.5))
end

--- files.middle(x [h, w, c]) -> the square in its middle.
function files.middle(x)
  local h, w = x:size(1), x:size(2)
  local side = math.min(h, w)
  local top, left = (h - side) // 2, (w - side) // 2
  return x[{ { top + 1, top + side }, { left + 1, left + side } }]
end

--- files.on_white(x u8 [h, w, 1 to 4]) -> u8 [h, w, 3]: grey becomes three channels, what is transparent white: the
-- colours that lie hidden there are seen by nobody.
function files.on_white(x)
  local h, w, c = x:size(1), x:size(2), x:size(3)
  if c == 2 or c == 4 then
    local cover = x[{ "...", { c, c } }]:to "f32" / 255
    x = (x[{ "...", { 1, c - 1 } }]:to "f32" * cover + 255 * (1 - cover) + 0.5):to "u8"
  end
  return x:size(3) == 1 and x:expand(h, w, 3):contiguous() or x
end

--- files.load(path) -> u8 [h, w, 3] on white; nil and why.
function files.load(path)
  local x, why = data.image.load(path)
  if not x then return nil, why end
  return files.on_white(x)
end

--- files.read(option, path, size, square) -> f32 [h, w, 3] of 0..1: grey becomes three channels, what is
-- transparent white.
-- option: where the path comes from, for messages; square: only the square in its middle.
function files.read(option, path, size, square)
  local x, why = files.load(path)
  if not x then lunette.raise(("--%s: %s"):format(option, why)) end
  local h, w = x:size(1), x:size(2)
  if math.max(h, w) > OBLONG * math.min(h, w) then
    lunette.raise(("--%s: %s: a picture at most %d times as long as wide expected, got %d x %d"):format(option, path,
      OBLONG, h, w))
  end
  x = x:to "f32" / 255
  if square then x = files.middle(x) end
  local height, width = files.size(x:size(1), x:size(2), size)
  return data.image.resize(x:contiguous(), height, width):clamp(0, 1)
end

return files
