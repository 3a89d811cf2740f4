--- conv.lua: ONNX's convolutions, by the engine's: values are [N, C, ...] as views of what lies channels last, so that
-- a chain of convolutions turns nothing round.
local operators = require "nn.onnx.operators"
local v = require "nn.onnx.values"
local add = operators.add

local conv = {}

-- `total` cells parted to both ends: SAME_UPPER puts the odd one at the end, SAME_LOWER at the beginning.
local function parted(auto, total)
  local small = total // 2
  if auto == "SAME_UPPER" then return small, total - small end
  return total - small, small
end

--- {begin, end} of padding for each spatial dimension.
function conv.pads(n, sizes, kernel, strides, dilations)
  local k, auto, pads = #sizes, n.attr.auto_pad or "NOTSET", {}
  for i = 1, k do
    if auto == "SAME_UPPER" or auto == "SAME_LOWER" then
      local out = (sizes[i] + strides[i] - 1) // strides[i]
      local total = math.max(0, (out - 1) * strides[i] + (kernel[i] - 1) * dilations[i] + 1 - sizes[i])
      pads[i] = { parted(auto, total) }
    else
      local given = auto ~= "VALID" and n.attr.pads
      pads[i] = given and { given[i], given[k + i] } or { 0, 0 }
    end
  end
  return pads
end

local function negative(pads)
  for _, p in ipairs(pads) do
    if p[1] < 0 or p[2] < 0 then return true end
  end
  return false
end

-- x [N, ..., C] with zeros around, where the engine's own padding does not do.
function conv.padded(x, pads, value)
  local list, dims = {}, {}
  for i, p in ipairs(pads) do
    if p[1] ~= 0 or p[2] ~= 0 then
      dims[#dims + 1] = i + 1
      list[#list + 1], list[#list + 2] = p[1], p[2]
    end
  end
  return #dims == 0 and x or x:pad { pads = list, dims = dims, value = value or 0 }
end

-- Kernels [O, C, k...] seen as [k..., C, O].
local kernel_order = { [3] = { 3, 2, 1 }, [4] = { 3, 4, 2, 1 }, [5] = { 3, 4, 5, 2, 1 } }
conv.kernel_order = kernel_order
local function kernel_of(w) return w:permute(kernel_order[w:dim()]) end

-- A convolution of x [N, D, H, W, C] is a sum of those of its slices in depth.
local function conv3d(x, w, b, strides, pads, dilations, groups)
  x = conv.padded(x, { pads[1], { 0, 0 }, { 0, 0 } })
  local s = x.shape
  local depth = (s[2] - (w:size(1) - 1) * dilations[1] - 1) // strides[1] + 1
  if depth < 1 then lunette.raise(("the kernel %s is deeper than %s"):format(w.shape, x.shape)) end
  local y
  for k = 1, w:size(1) do
    local from = (k - 1) * dilations[1] + 1
    local part = x[{ {}, { from, from + (depth - 1) * strides[1], strides[1] } }]
    local rows = part:reshape { s[1] * depth, s[3], s[4], s[5] }
    y = nn.conv2d { rows, w[k], k == 1 and b or nil, y, stride = { strides[2], strides[3] },
      dilation = { dilations[2], dilations[3] }, groups = groups,
      padding = { pads[2][1], pads[2][2], pads[3][1], pads[3][2] } }
  end
  local t = y.shape
  return y:view { s[1], depth, t[2], t[3], t[4] }
end

--- x, w as ONNX has them; act and residual as the engine's conv2d takes them.
function conv.forward(n, x, w, b, act, slope, residual)
  local rank = x:dim() - 2
  if rank < 1 or rank > 3 or w:dim() ~= rank + 2 then
    lunette.raise(("convolution of %s with %s is not done"):format(lunette.typename(x), lunette.typename(w)))
  end
  local strides, dilations = n.attr.strides or v.filled(rank, 1), n.attr.dilations or v.filled(rank, 1)
  local groups = n.attr.group or 1
  local z, k = v.last(x), kernel_of(w)
  local pads = conv.pads(n, v.part(x.shape, 3, rank + 2), v.part(k.shape, 1, rank), strides, dilations)
  if negative(pads) then
    z = conv.padded(z, pads)
    pads = v.filled(rank, { 0, 0 })
  end
  if rank == 3 then return v.first(conv3d(z, k, b, strides, pads, dilations, groups)) end
  local call = { z, k, b, residual and v.last(residual), stride = strides, dilation = dilations, groups = groups,
    act = act, slope = slope }
  if rank == 1 then
    call.padding = { pads[1][1], pads[1][2] }
    return v.first(nn.conv1d(call))
  end
  call.padding = { pads[1][1], pads[1][2], pads[2][1], pads[2][2] }
  return v.first(nn.conv2d(call))
end
local row = add("Conv", { 1, function(n, x, w, b) return conv.forward(n, x, w, b, n.act, n.slope) end })
row.weights, row.kernel = { 2, 3 }, true

-- --- transposed ------------------------------------------------------------------------------------------------------

-- How much of the full result falls off at both ends of each dimension, and what the end gains.
local function transposed_pads(n, sizes, kernel, strides, dilations)
  local k, auto, begins, ends = #sizes, n.attr.auto_pad or "NOTSET", {}, {}
  local extra, wanted = n.attr.output_padding or v.filled(k, 0), n.attr.output_shape
  if wanted and #wanted > k then wanted = v.part(wanted, #wanted - k + 1, #wanted) end
  for i = 1, k do
    local full = strides[i] * (sizes[i] - 1) + (kernel[i] - 1) * dilations[i] + 1 + extra[i]
    local out = wanted and wanted[i] or auto:find "^SAME" and sizes[i] * strides[i]
    if out then
      begins[i], ends[i] = parted(auto, full - out)
    else
      begins[i] = auto ~= "VALID" and n.attr.pads and n.attr.pads[i] or 0
      ends[i] = auto ~= "VALID" and n.attr.pads and n.attr.pads[k + i] or 0
    end
  end
  return begins, ends, extra
end

-- One group, rank 2: x [N, H, W, C], w [kh, kw, C, O], the whole result.
local function transposed2d(x, w, strides, dilations)
  return nn.conv_transpose2d { x, w, stride = strides, dilation = dilations }
end
-- Depth by depth, added where it belongs.
local function transposed3d(x, w, strides, dilations)
  local s, kd = x.shape, w:size(1)
  local flat, rows = x:reshape { s[1] * s[2], s[3], s[4], s[5] }, nil
  local depth = strides[1] * (s[2] - 1) + (kd - 1) * dilations[1] + 1
  for k = 1, kd do
    local y = transposed2d(flat, w[k], { strides[2], strides[3] }, { dilations[2], dilations[3] })
    local t = y.shape
    y = y:reshape { s[1], s[2], t[2] * t[3] * t[4] }
    rows = rows or tensor.zeros { s[1], depth, t[2] * t[3] * t[4], dtype = x.dtype }
    rows = rows:index_add(v.count(s[2]) * strides[1] + (1 + (k - 1) * dilations[1]), y, { dim = 2 })
    if k == kd then return rows:view { s[1], depth, t[2], t[3], t[4] } end
  end
end

local transposed_order = { [3] = { 3, 1, 2 }, [4] = { 3, 4, 1, 2 }, [5] = { 3, 4, 5, 1, 2 } }
add("ConvTranspose", { 1, function(n, x, w, b)
  local rank = x:dim() - 2
  local strides, dilations = n.attr.strides or v.filled(rank, 1), n.attr.dilations or v.filled(rank, 1)
  local groups = n.attr.group or 1
  local z, k = v.last(x), w:permute(transposed_order[w:dim()]) -- [k..., C, O / groups]
  local begins, ends, extra = transposed_pads(n, v.part(x.shape, 3, rank + 2), v.part(k.shape, 1, rank), strides,
    dilations)
  local xs, ks = { z }, { k }
  if groups > 1 then xs, ks = { z:chunk(groups, rank + 2) }, { k:chunk(groups, rank + 1) } end
  local ys = { dim = rank + 2 }
  for g = 1, groups do
    local y
    if rank == 1 then
      y = transposed2d(xs[g]:unsqueeze(2), ks[g]:unsqueeze(1), { 1, strides[1] }, { 1, dilations[1] }):squeeze(2)
    elseif rank == 2 then
      y = transposed2d(xs[g], ks[g], strides, dilations)
    else
      y = transposed3d(xs[g], ks[g], strides, dilations)
    end
    ys[g] = y
  end
  local y = groups == 1 and ys[1] or tensor.cat(ys)
  local pads = {}
  for i = 1, rank do pads[i] = { -begins[i], extra[i] - ends[i] } end
  y = conv.padded(y, pads)
  return v.first(b and y + b or y)
end }).weights = { 2, 3 }

return conv
