--- emit_windows.lua: convolutions, pools and other sizes of pictures as ONNX's operators.
local tools = require "nn.onnx.emit_tools"
local v = require "nn.onnx.values"
local act, is_open, to_first, to_last = tools.act, tools.is_open, tools.to_first, tools.to_last

local emit = {}

-- A list of an op's parameter with one number for each of n dimensions; a sequence takes the last of two, as its op.
local function each(list, n, default)
  local out, many = {}, list and #list >= n
  for i = 1, n do out[i] = list and list[many and #list - n + i or 1] or default end
  return out
end
-- ONNX's begins, then ends, of padding in n dimensions: one number, n of them, or both ends of each (of a sequence the
-- first two of four).
local function all_pads(list, n)
  local out, both = {}, list and #list >= 2 * n
  for i = 1, n do
    local k = both and 2 * i - 1 or i
    out[i] = list and (list[k] or list[1]) or 0
    out[n + i] = both and list[k + 1] or out[i]
  end
  return out
end
local orders = { [3] = { { 3, 2, 1 }, { 2, 3, 1 } }, [4] = { { 4, 3, 1, 2 }, { 3, 4, 1, 2 } },
  [5] = { { 5, 4, 1, 2, 3 }, { 4, 5, 1, 2, 3 } } } -- kernels as Conv and ConvTranspose have them
-- Where every output has its input, but for those that are left out between: pads of a stride of 1 are the same for all
-- sizes; those of another one are left to ONNX, which ONNX Runtime does without gaps alone.
local function same_pads(b, c, attr, w)
  local n, pads = #attr.strides, {}
  if v.product(attr.strides) == 1 then
    for i = 1, n do
      local total = (w:size(i) - 1) * attr.dilations[i]
      pads[i], pads[n + i] = total // 2, total - total // 2
    end
    attr.pads = pads
  elseif v.product(attr.dilations) == 1 then
    attr.auto_pad = "SAME_UPPER"
  else
    b:fail(c, "by padding=same with stride and dilation is not done: give the padding in numbers")
  end
end
local function convolution(b, c)
  local nd = c.x[1]:dim()
  local n = nd - 2
  local attr = { group = c.p.groups, strides = each(c.p.stride, n, 1), dilations = each(c.p.dilation, n, 1) }
  if c.p.same then same_pads(b, c, attr, c.x[2]) else attr.pads = all_pads(c.p.padding, n) end
  local w = b:turned(c, 2, orders[nd][1])
  local y = b:node("Conv", { to_first(b, c[1], nd), w, c[3] }, attr)
  if c[4] then y = b:node("Add", { y, to_first(b, c[4], nd) }) end
  return to_last(b, act(b, y, c), nd)
end
emit.conv1d, emit.conv2d, emit.conv3d = convolution, convolution, convolution
local function transposed(b, c)
  local nd = c.x[1]:dim()
  local n = nd - 2
  local attr = { group = c.p.groups, strides = each(c.p.stride, n, 1), dilations = each(c.p.dilation, n, 1) }
  if c.p.same then
    attr.auto_pad = "SAME_UPPER"
  else
    attr.pads, attr.output_padding = all_pads(c.p.padding, n), each(c.p.output_padding, n, 0)
  end
  local w = b:turned(c, 2, orders[nd][2])
  return to_last(b, b:node("ConvTranspose", { to_first(b, c[1], nd), w, c[3] }, attr), nd)
end
emit.conv_transpose1d, emit.conv_transpose2d, emit.conv_transpose3d = transposed, transposed, transposed

-- --- pools -----------------------------------------------------------------------------------------------------------

-- Sums of windows: a convolution with ones, a channel at a time.  For a divisor they are parted by it; else by the
-- window's size, or by how much of it lies in the picture.
local function mean_by_sums(b, c, call)
  local nd, C, dtype = c.x[1]:dim(), c.x[1]:size(-1), c.x[1].dtype
  if call.ceil_mode == 1 then return nil end -- the overhang never counts
  local kernel = v.join({ C, 1 }, call.kernel_shape)
  kernel.dtype = dtype
  local sums = b:node("Conv", { to_first(b, c[1], nd), b:constant(tensor.ones(kernel), "ones") }, { group = C,
    strides = call.strides, pads = call.pads, dilations = call.dilations })
  local area = v.product(call.kernel_shape)
  if c.p.divisor then return to_last(b, b:node("Div", { sums, b:number(c.p.divisor, dtype) }), nd) end
  if c.p.count_include_pad or math.max(table.unpack(call.pads)) == 0 then
    return to_last(b, b:node("Div", { sums, b:number(area, dtype) }), nd)
  end
  local had = v.join({ 1, 1 }, v.part(b:sizes_of(c, 1), 2, nd - 1))
  local inside = b:node("Expand", { b:number(1, dtype), b:shape(had) })
  kernel[1] = 1
  local count = b:node("Conv", { inside, b:constant(tensor.ones(kernel), "ones") }, { strides = call.strides,
    pads = call.pads, dilations = call.dilations })
  return to_last(b, b:node("Div", { sums, count }), nd)
end

-- What a pool reads.  ONNX Runtime 1.30 makes Pad and the MaxPool behind it one, whose border is -infinity whatever
-- Pad's was: Max of one value, which is that value, between them keeps them two.
local function pooled(b, name, from, nd)
  local first = to_first(b, from, nd)
  local maker = b.by_name[first]
  while maker and maker.op == "Transpose" do maker = b.by_name[maker.inputs[1]] end
  return name == "MaxPool" and maker and maker.op == "Pad" and b:node("Max", { first }) or first
end

local function pool(name)
  return function(b, c)
    local nd = c.x[1]:dim()
    local n = nd - 2
    local kernel = each(c.p.kernel, n, 1)
    local stride = c.p.stride and #c.p.stride > 0 and each(c.p.stride, n, 1) or kernel
    local attr = { kernel_shape = kernel, strides = stride, pads = all_pads(c.p.padding, n),
      ceil_mode = c.p.ceil_mode and 1 or 0 }
    local gaps = each(c.p.dilation, n, 1)
    if v.product(gaps) > 1 then attr.dilations = gaps end
    if name == "AveragePool" and (attr.dilations or c.p.divisor) then return mean_by_sums(b, c, attr) end
    if name == "AveragePool" then attr.count_include_pad = c.p.count_include_pad and 1 or 0 end
    return to_last(b, b:node(name, { pooled(b, name, c[1], nd) }, attr), nd)
  end
end
for _, d in ipairs { "1d", "2d", "3d" } do
  emit["max_pool" .. d], emit["avg_pool" .. d] = pool "MaxPool", pool "AveragePool"
end
local function adaptive(name)
  return function(b, c)
    local x, y = c.x[1], c.y[1]
    local first, kernel = pooled(b, name, c[1], 4), {}
    if y:size(2) == 1 and y:size(3) == 1 then return to_last(b, b:node("Global" .. name, { first }), 4) end
    for i = 1, 2 do
      kernel[i] = x:size(i + 1) // y:size(i + 1)
      if is_open(c, i + 1) or kernel[i] * y:size(i + 1) ~= x:size(i + 1) then
        b:fail_open(c, "needs windows of one size")
      end
    end
    return to_last(b, b:node(name, { first }, { kernel_shape = kernel, strides = kernel }), 4)
  end
end
emit.adaptive_avg_pool2d, emit.adaptive_max_pool2d = adaptive "AveragePool", adaptive "MaxPool"

-- --- places between pixels -------------------------------------------------------------------------------------------

-- By its scale; where that leaves a part of a pixel, or sizes are given, by the ratio of the sizes.
function emit.upsample(b, c)
  local x, y, other = c.x[1], c.y[1], c.other
  local mode = c.p.mode == "nearest" and "nearest" or "linear"
  local attr = { mode = mode, nearest_mode = mode == "nearest" and "floor" or nil,
    coordinate_transformation_mode = mode == "nearest" and "asymmetric" or c.p.align_corners and "align_corners"
      or "half_pixel" }
  local first, s = to_first(b, c[1], 4), c.p.scale
  if s and (not c.p.align_corners or s == s // 1) then
    return to_last(b, b:node("Resize", { first, "", b:constant(tensor { 1, 1, s, s }, "scales") }, attr), 4)
  end
  local front = b:node("Slice", { b:node("Shape", { first }), b:ints { 0 }, b:ints { 2 } })
  local to = b:whole_numbers(c, { y:size(2), y:size(3) }, { other.y[1]:size(2), other.y[1]:size(3) })
  if not to then b:fail_open(c, ("has sizes that no open one explains, of %s"):format(lunette.typename(x))) end
  to = b:node("Concat", { front, to }, { axis = 0 })
  return to_last(b, b:node("Resize", { first, "", "", to }, attr), 4)
end
function emit.grid_sample(b, c)
  return to_last(b, b:node("GridSample", { to_first(b, c[1], 4), c[2] }, { mode = c.p.mode,
    padding_mode = c.p.padding, align_corners = c.p.align_corners and 1 or 0 }), 4)
end

return emit
