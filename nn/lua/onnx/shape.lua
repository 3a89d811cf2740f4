--- shape.lua: ONNX's operators of shapes: they move nothing, or all of it.
local operators = require "nn.onnx.operators"
local v = require "nn.onnx.values"
local add = operators.add

-- 0 keeps a size (unless allowzero), -1 is what is left.
local function reshape(n, x, shape)
  local sizes, old = {}, x.shape
  for i, s in ipairs(shape) do
    sizes[i] = s == 0 and n.attr.allowzero ~= 1 and old[i] or s
  end
  return x:reshape(sizes)
end
add("Reshape", { 1, function(n, x) return reshape(n, x, n.attr.shape) end },
  { 5, function(n, x, shape) return reshape(n, x, v.list(shape)) end })

add("Transpose", { 1, function(n, x)
  local order = {}
  for d = 1, x:dim() do order[d] = n.attr.perm and n.attr.perm[d] + 1 or x:dim() - d + 1 end
  return x:permute(order)
end })

local function squeeze(x, axes)
  local gone, shape = {}, {}
  for _, axis in ipairs(axes or {}) do gone[v.dim(axis, x:dim())] = true end
  for d, size in ipairs(x.shape) do
    if axes and gone[d] and size ~= 1 then
      lunette.raise(("axis %d of %s is not 1"):format(d - 1, lunette.typename(x)))
    end
    if axes and not gone[d] or not axes and size ~= 1 then shape[#shape + 1] = size end
  end
  return x:reshape(shape)
end
add("Squeeze", { 1, function(n, x) return squeeze(x, n.attr.axes) end },
  { 13, function(_, x, axes) return squeeze(x, axes and v.list(axes)) end })

local function unsqueeze(x, axes)
  local nd, new, shape, at = x:dim() + #axes, {}, {}, 1
  for _, axis in ipairs(axes) do new[v.dim(axis, nd)] = true end
  for d = 1, nd do
    shape[d] = new[d] and 1 or x:size(at)
    if not new[d] then at = at + 1 end
  end
  return x:reshape(shape)
end
add("Unsqueeze", { 1, function(n, x) return unsqueeze(x, n.attr.axes) end },
  { 13, function(_, x, axes) return unsqueeze(x, v.list(axes)) end })

add("Flatten", { 1, function(n, x)
  local axis = n.attr.axis or 1
  if axis < -x:dim() or axis > x:dim() then lunette.raise(("axis %d of %d dimensions"):format(axis, x:dim())) end
  if axis < 0 then axis = axis + x:dim() end
  return x:reshape { v.product(x.shape, 1, axis), v.product(x.shape, axis + 1) }
end })

add("Shape", { 1, function(n, x)
  local shape = x.shape
  local nd = #shape
  local function bound(i) return math.max(0, math.min(nd, i < 0 and i + nd or i)) end
  local list = v.part(shape, bound(n.attr.start or 0) + 1, bound(n.attr["end"] or nd))
  return v.ints(list)
end }).shapes_only = true
add("Size", { 1, function(_, x) return v.scalar(x:numel(), "i64") end }).shapes_only = true

-- --- ranges ----------------------------------------------------------------------------------------------------------

-- start, stop and step of one axis, from 0, stop left out, as Python's.
local function slice_one(x, d, start, stop, step)
  local n = x:size(d)
  if step == 0 then lunette.raise "a step of 0" end
  if start < 0 then start = start + n end
  if stop < 0 then stop = stop + n end
  if step > 0 then
    start, stop = math.max(0, math.min(n, start)), math.max(0, math.min(n, stop))
  else
    start, stop = math.max(-1, math.min(n - 1, start)), math.max(-1, math.min(n - 1, stop))
  end
  local count = math.max(0, (stop - start + step - (step > 0 and 1 or -1)) // step)
  if count == 0 then
    local shape = x.shape
    shape[d] = 0
    shape.dtype = x.dtype
    return tensor.zeros(shape)
  end
  if step == 1 then return x:narrow(d, start + 1, count) end
  if step < 0 then return x:index_select(v.count(count) * step + (start + 1), d) end
  local ranges = v.filled(x:dim(), {})
  ranges[d] = { start + 1, start + (count - 1) * step + 1, step }
  return x[ranges]
end
local function slice(x, starts, ends, axes, steps)
  local cut = {}
  for i, start in ipairs(starts) do
    local d = axes and v.dim(axes[i], x:dim()) or i
    if cut[d] then lunette.raise(("axis %d stands twice in its axes"):format(d - 1)) end
    cut[d] = true
    local stop, step = ends[i], steps and steps[i] or 1
    if step < 0 and stop < -x:size(d) then stop = -x:size(d) - 1 end
    x = slice_one(x, d, start, stop, step)
  end
  return x
end
add("Slice", { 1, function(n, x) return slice(x, n.attr.starts, n.attr.ends, n.attr.axes) end },
  { 10, function(_, x, starts, ends, axes, steps)
    return slice(x, v.list(starts), v.list(ends), axes and v.list(axes), steps and v.list(steps))
  end })

local function split(n, x, sizes)
  local d = v.dim(n.attr.axis or 0, x:dim())
  if not sizes then
    local count, total = n.attr.num_outputs or #n.outputs, x:size(d)
    local size = (total + count - 1) // count
    sizes = v.filled(count, size)
    sizes[count] = total - size * (count - 1)
  end
  return x:split(sizes, d)
end
add("Split", { 1, function(n, x) return split(n, x, n.attr.split) end },
  { 13, function(n, x, sizes) return split(n, x, sizes and v.list(sizes)) end })

-- Beside values that lie channels last the rest is brought there, and stays.
add("Concat", { 1, function(n, ...)
  local parts, last = { ... }, false
  for _, x in ipairs(parts) do last = last or v.lies_last(x) end
  local d = v.dim(n.attr.axis or 1, parts[1]:dim())
  if #parts == 1 then return parts[1] end
  if not last then
    parts.dim = d
    return tensor.cat(parts)
  end
  for i, x in ipairs(parts) do parts[i] = v.last(x) end
  parts.dim = d == 1 and 1 or d == 2 and parts[1]:dim() or d - 1
  return v.first(tensor.cat(parts))
end })

add("Expand", { 8, function(_, x, shape)
  local sizes = v.list(shape)
  return x:expand(v.bounded(v.broadcast(x.shape, sizes)))
end })
add("Tile", { 6, function(_, x, reps)
  local list = v.list(reps)
  if #list == 0 then return x end
  local sizes = {}
  for i, reps_of in ipairs(list) do sizes[i] = reps_of * (x:size(i - #list - 1)) end
  v.bounded(sizes)
  return x:tile(list)
end })

local modes = { constant = "constant", reflect = "reflect", edge = "replicate" }
-- What goes out at one end of dimension d comes in at the other, as often as it takes; sizes below 0 cut first.
local function wrapped(x, d, before, behind)
  local first, size = math.max(0, -before), x:size(d) + math.min(0, before) + math.min(0, behind)
  if size <= 0 then lunette.raise(("padding by 'wrap' of dimension %d, which is empty"):format(d - 1)) end
  local outer = math.max(0, before)
  return x:index_select((v.count(outer + size + math.max(0, behind)) - outer):remainder(size) + first + 1, d)
end
local function pad(x, pads, mode, value, axes)
  local list, dims, wanted = {}, {}, false
  local half, sizes = #pads // 2, x.shape
  for i = 1, half do
    local d = axes and v.dim(axes[i], x:dim()) or i
    sizes[d] = math.max(0, sizes[d] + pads[i] + pads[half + i])
    if pads[i] ~= 0 or pads[half + i] ~= 0 then
      wanted = true
      dims[#dims + 1] = d
      list[#list + 1] = pads[i]
      list[#list + 1] = pads[half + i]
    end
  end
  if not wanted then return x end
  v.bounded(sizes)
  if mode == "wrap" then
    for i, d in ipairs(dims) do x = wrapped(x, d, list[2 * i - 1], list[2 * i]) end
    return x
  end
  return x:pad { pads = list, dims = dims, mode = modes[mode], value = value }
end
local function no_mode(n)
  local mode = n.attr.mode or "constant"
  return not modes[mode] and mode ~= "wrap" and ("mode '%s'"):format(mode) or nil
end
add("Pad", { 1, function(n, x)
  return pad(x, n.attr.pads or n.attr.paddings, n.attr.mode or "constant", n.attr.value or 0)
end }, { 11, function(n, x, pads, value, axes)
  return pad(x, v.list(pads), n.attr.mode or "constant", value and value:item() or 0, axes and v.list(axes))
end }).refuses = no_mode

-- --- blocks of pixels ------------------------------------------------------------------------------------------------

add("DepthToSpace", { 1, function(n, x)
  local s, b = x.shape, n.attr.blocksize
  local N, C, H, W = s[1], s[2] // (b * b), s[3], s[4]
  local y
  if n.attr.mode == "CRD" then
    y = x:reshape { N, C, b, b, H, W }:permute(1, 2, 5, 3, 6, 4)
  else
    y = x:reshape { N, b, b, C, H, W }:permute(1, 4, 5, 2, 6, 3)
  end
  return y:reshape { N, C, H * b, W * b }
end })
add("SpaceToDepth", { 1, function(n, x)
  local s, b = x.shape, n.attr.blocksize
  local N, C, H, W = s[1], s[2], s[3] // b, s[4] // b
  return x:reshape { N, C, H, b, W, b }:permute(1, 4, 6, 2, 3, 5):reshape { N, C * b * b, H, W }
end })

-- --- new tensors -----------------------------------------------------------------------------------------------------

add("ConstantOfShape", { 9, function(n, shape)
  local value, sizes = n.attr.value, v.bounded(v.list(shape))
  sizes.dtype = value and value.dtype or "f32"
  local y = tensor.zeros(sizes)
  if value then y:fill_(v.list(value)[1]) end
  return y
end })
-- Of ONNX's first years, where PyTorch writes it for the states of recurrent nets (sets 7 and 8).
add("ConstantFill", { 1, function(n, shape)
  local sizes = n.attr.input_as_shape == 1 and v.list(shape) or n.attr.shape or shape and shape.shape or {}
  for _, size in ipairs(n.attr.extra_shape or {}) do sizes[#sizes + 1] = size end
  sizes = v.bounded(sizes)
  sizes.dtype = v.dtype[n.attr.dtype or 1]
  return tensor.zeros(sizes):fill_(n.attr.value or 0)
end })
add("EyeLike", { 9, function(n, x)
  local rows, columns = x:size(1), x:size(2)
  local k = n.attr.k or 0
  local dtype = n.attr.dtype and v.dtype[n.attr.dtype] or x.dtype
  return (v.along(v.count(rows), 1, 2) + k):eq(v.along(v.count(columns), 2, 2)):to(dtype)
end })
add("Range", { 11, function(_, start, limit, delta)
  local a, b, s = start:item(), limit:item(), delta:item()
  local n = math.max(0, math.ceil((b - a) / s))
  v.bounded { n }
  return (v.count(n):to(start.dtype) * s + a):to(start.dtype)
end })
add("Trilu", { 14, function(n, x, k)
  local rows, columns = x:size(-2), x:size(-1)
  local apart = v.along(v.count(columns), 2, 2) - v.along(v.count(rows), 1, 2)
  local by = k and k:item() or 0
  local kept = n.attr.upper == 0 and apart:le(by) or n.attr.upper ~= 0 and apart:ge(by)
  return tensor.where(kept:expand(x.shape), x, tensor.zeros_like(x))
end })
add("OneHot", { 9, function(n, ids, depth, both)
  local d = v.dim(n.attr.axis or -1, ids:dim() + 1)
  local count, off, on = depth:reshape(-1):at(1):item() // 1 | 0, both:at(1):item(), both:at(2):item()
  v.bounded(v.join({ count }, ids.shape))
  local places = v.along(v.count(count), d, ids:dim() + 1)
  local shape = ids.shape
  table.insert(shape, d, 1)
  local hot = v.from_one(ids, count):reshape(shape):eq(places + 1)
  return (hot:to(both.dtype) * (on - off) + off):to(both.dtype)
end })
