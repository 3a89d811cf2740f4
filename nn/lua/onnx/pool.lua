--- pool.lua: ONNX's pools, in one to three dimensions.
local operators = require "nn.onnx.operators"
local conv = require "nn.onnx.conv"
local v = require "nn.onnx.values"
local add = operators.add

-- Sizes, and the padding that the windows reach; a last window that would start in the padding is dropped.
local function windows(n, sizes)
  local k = #sizes
  local kernel = n.attr.kernel_shape
  local strides, dilations = n.attr.strides or v.filled(k, 1), n.attr.dilations or v.filled(k, 1)
  local pads = conv.pads(n, sizes, kernel, strides, dilations)
  local out, reach = {}, {}
  for i = 1, k do
    local extent = (kernel[i] - 1) * dilations[i] + 1
    local room = sizes[i] + pads[i][1] + pads[i][2] - extent
    out[i] = (n.attr.ceil_mode == 1 and -(-room // strides[i]) or room // strides[i]) + 1
    if n.attr.ceil_mode == 1 and (out[i] - 1) * strides[i] >= sizes[i] + pads[i][1] then out[i] = out[i] - 1 end
    if out[i] < 1 then lunette.raise(("a window of %d in %d"):format(kernel[i], sizes[i])) end
    reach[i] = { pads[i][1], (out[i] - 1) * strides[i] + extent - sizes[i] - pads[i][1] }
  end
  return { kernel = kernel, strides = strides, dilations = dilations, pads = pads, out = out, reach = reach }
end

-- The elements of x [N, ..., C] that tap number `at` (a place for each dimension) of every window sees.
local function tap(x, w, at)
  local ranges = { {} }
  for i, k in ipairs(at) do
    local first = k * w.dilations[i] + 1
    ranges[i + 1] = { first, first + (w.out[i] - 1) * w.strides[i], w.strides[i] }
  end
  return x[ranges]
end

-- Calls f with every place in the window.
local function each_tap(kernel, f)
  local at = v.filled(#kernel, 0)
  while true do
    f(at)
    local i = #kernel
    while i > 0 and at[i] == kernel[i] - 1 do
      at[i] = 0
      i = i - 1
    end
    if i == 0 then return end
    at[i] = at[i] + 1
  end
end

local function max_of_taps(x, w)
  local y
  each_tap(w.kernel, function(at)
    local z = tap(x, w, at)
    y = y and y:maximum(z) or z
  end)
  return y
end

-- Where the greatest was: the number of the element in [N, C, ...] as the file counts, from 0.
local function max_with_places(n, x, w, sizes)
  local z, rank = v.last(x), #sizes
  local shape = z.shape
  local flat
  for i = 1, rank do
    local size = sizes[i]
    local row = v.along(v.count(size), i + 1, rank + 2)
    local step = v.product(sizes, i + 1)
    if n.attr.storage_order == 1 then step = v.product(sizes, 1, i - 1) end
    flat = flat and flat + row * step or row * step
  end
  local area = v.product(sizes)
  local planes = v.along(v.count(shape[1]), 1, rank + 2) * shape[#shape] + v.along(v.count(shape[#shape]), rank + 2,
    rank + 2)
  flat = (flat + planes * area):expand(shape):contiguous()
  z = conv.padded(z, w.reach, v.is_float(x) and -math.huge or 0)
  flat = conv.padded(flat, w.reach, 0)
  local best, where
  each_tap(w.kernel, function(at)
    local a, i = tap(z, w, at), tap(flat, w, at)
    if not best then
      best, where = a, i
    else
      local more = a:gt(best)
      best, where = tensor.where(more, a, best), tensor.where(more, i, where)
    end
  end)
  return v.first(best), v.first(where)
end

local function plain(w)
  for i = 1, #w.kernel do
    local p, r = w.pads[i], w.reach[i]
    if w.dilations[i] ~= 1 or p[1] ~= p[2] or r[2] > p[2] or p[1] * 2 > w.kernel[i] then return false end
  end
  return #w.kernel == 2
end

add("MaxPool", { 1, function(n, x)
  local sizes = v.part(x.shape, 3, x:dim())
  local w = windows(n, sizes)
  if #n.outputs > 1 then return max_with_places(n, x, w, sizes) end
  local z = v.last(x)
  if plain(w) and v.is_float(x) then
    return v.first(nn.max_pool2d { z, kernel = w.kernel, stride = w.strides, padding = { w.pads[1][1], w.pads[2][1] } })
  end
  z = conv.padded(z, w.reach, v.is_float(x) and -math.huge or x.dtype == "u8" and 0 or -2147483648)
  local simple = #sizes == 2 and v.is_float(x) and w.dilations[1] == 1 and w.dilations[2] == 1
  return v.first(simple and nn.max_pool2d { z, kernel = w.kernel, stride = w.strides } or max_of_taps(z, w))
end })

add("MaxUnpool", { 9, function(n, x, places, shape)
  local sizes, k = v.part(x.shape, 1, 2), x:dim() - 2
  for i = 1, k do
    local stride, pads = n.attr.strides and n.attr.strides[i] or 1, n.attr.pads
    sizes[i + 2] = (x:size(i + 2) - 1) * stride + n.attr.kernel_shape[i] - (pads and pads[i] + pads[k + i] or 0)
  end
  local y = tensor.zeros { v.product(sizes), dtype = x.dtype }
  y[places:reshape(-1) + 1] = x:reshape(-1)
  y = y:reshape(sizes)
  if not shape then return y end
  local wanted, pads = v.list(shape), {} -- what a larger result has more is at the ends
  for d = 1, #sizes do pads[2 * d - 1], pads[2 * d] = 0, wanted[d] - sizes[d] end
  return y:pad { pads = pads }
end })

local function sum_of_taps(x, w)
  local y
  each_tap(w.kernel, function(at)
    local z = tap(x, w, at)
    y = y and y + z or z
  end)
  return y
end

-- How many elements of the picture (and of its given padding) each window has.
local function counts(w, sizes, include, dtype)
  local shape = v.join({ 1 }, sizes, { 1 })
  shape.dtype = dtype
  local ones = tensor.ones(shape)
  if include then ones = conv.padded(ones, w.pads, 1) end
  local rest = {}
  for i = 1, #sizes do rest[i] = include and { 0, w.reach[i][2] - w.pads[i][2] } or w.reach[i] end
  return sum_of_taps(conv.padded(ones, rest), w)
end

add("AveragePool", { 1, function(n, x)
  local sizes = v.part(x.shape, 3, x:dim())
  local w = windows(n, sizes)
  local z, include = v.last(x), n.attr.count_include_pad == 1
  if plain(w) and n.attr.ceil_mode ~= 1 then
    return v.first(nn.avg_pool2d { z, kernel = w.kernel, stride = w.strides, count_include_pad = include,
      padding = { w.pads[1][1], w.pads[2][1] } })
  end
  return v.first(sum_of_taps(conv.padded(z, w.reach), w) / counts(w, sizes, include, x.dtype))
end })

add("LpPool", { 1, function(n, x)
  local w = windows(n, v.part(x.shape, 3, x:dim()))
  local p = n.attr.p or 2
  return v.first(sum_of_taps(conv.padded(v.last(x):abs() ^ p, w.reach), w) ^ (1 / p))
end })

local function over_space(f)
  return function(n, x)
    local dims = {}
    for d = 3, x:dim() do dims[#dims + 1] = d end
    return f(x, dims, n)
  end
end
add("GlobalAveragePool", { 1, over_space(function(x, dims) return x:mean { dim = dims, keepdim = true } end) })
add("GlobalMaxPool", { 1, over_space(function(x, dims)
  for _, d in ipairs(dims) do x = tensor.max(x, { dim = d, keepdim = true }) end
  return x
end) })
add("GlobalLpPool", { 1, over_space(function(x, dims, n)
  local p = n.attr.p or 2
  return (x:abs() ^ p):sum { dim = dims, keepdim = true } ^ (1 / p)
end) })
