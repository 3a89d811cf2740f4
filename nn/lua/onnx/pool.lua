--- pool.lua: ONNX's pools, in one to three dimensions.
local operators = require "nn.onnx.operators"
local conv = require "nn.onnx.conv"
local v = require "nn.onnx.values"
local add = operators.add

-- The engine's call for a node: kernel, stride, dilation, both ends of the padding.
local function call_of(n, x)
  local sizes = v.part(x.shape, 3, x:dim())
  local k, kernel = #sizes, n.attr.kernel_shape
  local strides, dilations = n.attr.strides or v.filled(k, 1), n.attr.dilations or v.filled(k, 1)
  local pads = conv.flat(conv.pads(n, sizes, kernel, strides, dilations))
  -- whole numbers pass through f64, which holds those of 32 bits and less as they are
  return { v.last(v.is_float(x) and x or x:to "f64"), kernel = kernel, stride = strides, dilation = dilations,
    padding = pads, ceil_mode = n.attr.ceil_mode == 1 }
end
local max_pool = { nn.max_pool1d, nn.max_pool2d, nn.max_pool3d }
local avg_pool = { nn.avg_pool1d, nn.avg_pool2d, nn.avg_pool3d }

-- The engine's places, from 1 in a picture row by row, as the file counts: from 0 in all of [N, C, ...].
local function file_places(n, places, x)
  local rank, area = x:dim() - 2, v.product(x.shape, 3)
  local at = places - 1
  if n.attr.storage_order == 1 then -- column by column
    local turned, step, rest = nil, 1, area
    for d = 1, rank do
      rest = rest // x:size(d + 2)
      local digit = at:floordiv(rest):remainder(x:size(d + 2)) * step
      turned, step = turned and turned + digit or digit, step * x:size(d + 2)
    end
    at = turned
  end
  local shape = v.join({ x:size(1), x:size(2) }, v.filled(rank, 1))
  local planes = tensor.arange(0, x:size(1) * x:size(2) - 1):reshape(shape)
  return v.first(at) + planes * area
end

add("MaxPool", { 1, function(n, x)
  local call = call_of(n, x)
  call.indices = #n.outputs > 1
  local y, places = max_pool[x:dim() - 2](call)
  y = v.first(v.is_float(x) and y or y:to(x.dtype))
  if places then return y, file_places(n, places, x) end
  return y
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

add("AveragePool", { 1, function(n, x)
  local call = call_of(n, x)
  call.count_include_pad = n.attr.count_include_pad == 1
  return v.first(avg_pool[x:dim() - 2](call))
end })

add("LpPool", { 1, function(n, x)
  local call, p = call_of(n, x), n.attr.p or 2
  call[1], call.divisor = call[1]:abs() ^ p, 1
  return v.first(avg_pool[x:dim() - 2](call) ^ (1 / p))
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
