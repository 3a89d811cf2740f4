--- prepare.lua: pictures as networks from elsewhere want them: sizes, ranges, means.
local record = require "nn.record"
local none = lunette.none

local refuse = lunette.refuse

-- [h,w,3] f32 from 0 to 255 of a picture [h,w] or [h,w,c], u8 or f32 from 0 to 1; alpha is dropped, grey is repeated.
local function colours(what, x)
  if not lunette.is_tensor(x) or x:dim() < 2 or x:dim() > 3 or (x:dim() == 3 and x:size(3) > 4) or x:numel() == 0 then
    refuse("%s: a picture [h,w,c] expected, got %s", what, lunette.typename(x))
  end
  if x:dim() == 2 then x = x:unsqueeze(3) end
  local c = x:size(3)
  x = x.dtype == "u8" and x:to "f32" or x:to "f32" * 255
  if c == 2 or c == 4 then x = x:narrow(3, 1, c - 1) end
  return x:size(3) == 1 and x:expand(x:size(1), x:size(2), 3) or x
end

-- --- sizes -----------------------------------------------------------------------------------------------------------

-- [to, from]: a triangle as wide as what one new pixel covers, about its middle (PIL's bilinear with antialiasing), in
-- whole parts of 2^22 as PIL counts, so that the same bytes come out.
local ONE = 1 << 22
local function triangle(from, to)
  local scale = from / to
  local support = math.max(scale, 1)
  local middle = ((tensor.arange(to):to "f64" - 0.5) * scale):view(to, 1)
  local at = (tensor.arange(from):to "f64" - 0.5):view(1, from)
  local w = (1 - (at - middle):abs() / support):relu()
  return (w / w:sum { dim = 2, keepdim = true } * ONE + 0.5):floor()
end

local function whole_numbers(x) return ((x + ONE / 2) / ONE):floor():clamp(0, 255) end

-- Columns first, then rows, each rounded to bytes, as PIL does it.
local function resized(x, h, w)
  local ih, iw = x:size(1), x:size(2)
  x = x:to "f64"
  if iw ~= w then
    x = whole_numbers(triangle(iw, w):mm(x:permute(2, 1, 3):reshape(iw, -1)):view(w, ih, 3):permute(2, 1, 3))
  end
  if ih ~= h then x = whole_numbers(triangle(ih, h):mm(x:reshape(ih, -1)):view(h, w, 3)) end
  return x:to "f32"
end

local function pair(what, name, v)
  if type(v) == "table" then return lunette.whole(what, name, v[1]), lunette.whole(what, name, v[2]) end
  return lunette.whole(what, name, v), v
end

-- The middle h x w; what is missing is black.
local function cropped(x, h, w)
  local ih, iw = x:size(1), x:size(2)
  if ih < h or iw < w then
    local dy, dx = math.max(h - ih, 0), math.max(w - iw, 0)
    x = x:pad { 0 + dy // 2, dy - dy // 2, dx // 2, dx - dx // 2, 0, 0 }
    ih, iw = x:size(1), x:size(2)
  end
  local top, left = (ih - h + 1) // 2, (iw - w + 1) // 2
  if (ih - h) % 2 == 1 and (ih - h) // 2 % 2 == 0 then top = (ih - h) // 2 end -- halves round to even
  if (iw - w) % 2 == 1 and (iw - w) // 2 % 2 == 0 then left = (iw - w) // 2 end
  return x[{ { top + 1, top + h }, { left + 1, left + w } }]
end

-- --- ranges ----------------------------------------------------------------------------------------------------------

local function row(...) return tensor { ... } end

local ranges = {
  -- BGR minus the means of ImageNet, unscaled: Keras's VGG and ResNet, Caffe
  caffe = function(x) return x:flip(4) - row(103.939, 116.779, 123.68) end,
  -- -1 to 1: Keras's MobileNet, Inception, Xception
  tf = function(x) return x / 127.5 - 1 end,
  -- 0 to 1, then mean and deviation of ImageNet: torchvision
  torch = function(x) return (x / 255 - row(0.485, 0.456, 0.406)) / row(0.229, 0.224, 0.225) end,
}

local about_prepare = record.declare { name = "data.prepare",
  sig = 'x = data.prepare(picture, "torch", {size=, crop=})', see = "data.image.load, nn.models, data.letterbox",
  doc = "f32[1,h,w,3] as a source's networks want it: \"torch\" 0..1 less mean by deviation of ImageNet, \"caffe\" "
    .. "BGR minus means (Keras's VGG and ResNet), \"tf\" -1..1 (Keras's MobileNet, Inception); grey becomes three "
    .. "channels, alpha is dropped",
  options = {
    { "size", none, "with crop the shorter side, else n x n or {h, w}; bilinear, antialiased as PIL does it" },
    { "crop", none, "the middle n x n or {h, w}" } },
  example = 'print(data.prepare(tensor.rand(30, 40, 3), "torch", {size = 16, crop = 12}))',
  example2 = 'print(data.prepare(tensor.rand(8, 8, 3), "caffe"))' }
local MOST <const> = 1 << 25                                             -- pixels before the middle is cut out
function data.prepare(picture, how, options)
  local what = "data.prepare"
  local opt = lunette.checked(what, options, record.known(about_prepare.options))
  if not ranges[how] then
    refuse("%s: how must be 'torch', 'caffe' or 'tf', got %s", what, type(how) == "string" and ("'%s'"):format(how)
      or lunette.typename(how))
  end
  local x = colours(what, picture)
  if opt.size and opt.crop and type(opt.size) == "number" then
    local h, w, n = x:size(1), x:size(2), lunette.whole(what, "size", opt.size)
    local high, wide = h <= w and n or n * h // w, w <= h and n or n * w // h
    if high * wide > MOST then
      refuse("%s: %s at %d x %d, of which %s is cut out, is too long", what, lunette.typename(picture), high, wide,
        tostring(opt.crop))
    end
    x = resized(x, high, wide)
  elseif opt.size then
    x = resized(x, pair(what, "size", opt.size))
  end
  if opt.crop then x = cropped(x, pair(what, "crop", opt.crop)) end
  return ranges[how](x:unsqueeze(1)):contiguous()
end

-- --- letterbox: Darknet's -----------------------------------------------------------------------------------------

-- Along dimension d to n: new pixel i lies at i (size - 1) / (n - 1), between two old ones.
local function stretched(x, d, n)
  local size = x:size(d)
  if size == n then return x end
  if size == 1 or n == 1 then return x:index_select(d, tensor.ones(n, { dtype = "i64" })) end
  local at = (tensor.arange(n):to "f64" - 1) * ((size - 1) / (n - 1))
  local low = at:floor():clamp(0, size - 2)
  local share = (at - low):to "f32"
  share = d == 1 and share:view(n, 1, 1) or share:view(1, n, 1)
  local ids = low:to "i64" + 1
  return x:index_select(d, ids) * (1 - share) + x:index_select(d, ids + 1) * share
end

local about_letterbox = record.declare { name = "data.letterbox",
  sig = "x, info = data.letterbox(picture, h, w, {fill=0.5})", see = "net:detect, data.prepare",
  doc = "f32[h,w,3] from 0 to 1: the picture in its own proportions in the middle of grey, as Darknet does it; info: "
    .. "{h, w, top, left, from_h, from_w}, its size and place within, and what it was",
  options = { { "fill", 0.5, "of what is left" } },
  example = "x, info = data.letterbox(tensor.rand(6, 9, 3), 8, 8)\nprint(info.h, info.w)",
  example2 = "print(data.letterbox(tensor.rand(6, 9, 3), 4, 4, {fill = 0}))" }
function data.letterbox(picture, h, w, options)
  local what = "data.letterbox"
  local opt = lunette.checked(what, options, record.known(about_letterbox.options))
  lunette.whole(what, "h", h)
  lunette.whole(what, "w", w)
  local x = colours(what, picture) / 255
  local ih, iw = x:size(1), x:size(2)
  local nh, nw
  if w / iw < h / ih then
    nh, nw = math.max(ih * w // iw, 1), w
  else
    nh, nw = h, math.max(iw * h // ih, 1)
  end
  x = stretched(stretched(x, 2, nw), 1, nh)
  local info = { h = nh, w = nw, top = (h - nh) // 2, left = (w - nw) // 2, from_h = ih, from_w = iw }
  local box = tensor.full({ h, w, 3 }, opt.fill)
  box[{ { info.top + 1, info.top + nh }, { info.left + 1, info.left + nw } }] = x
  return box, info
end
