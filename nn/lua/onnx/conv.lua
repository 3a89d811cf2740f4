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

--- {begin, end} of each dimension as one list, as the engine's ops take it.
function conv.flat(pads)
  local list = {}
  for _, p in ipairs(pads) do list[#list + 1], list[#list + 2] = p[1], p[2] end
  return list
end

--- x, w as ONNX has them; act and residual as the engine's conv2d takes them.
function conv.forward(n, x, w, b, act, slope, residual)
  local rank = x:dim() - 2
  if rank < 1 or rank > 3 or w:dim() ~= rank + 2 then
    lunette.raise(("convolution of %s with %s is not done"):format(lunette.typename(x), lunette.typename(w)))
  end
  local strides, dilations = n.attr.strides or v.filled(rank, 1), n.attr.dilations or v.filled(rank, 1)
  local groups = n.attr.group or 1
  local view <close> = v.last(x) -- would hold x's memory until it is collected
  local z, k = view, kernel_of(w)
  local pads = conv.pads(n, v.part(x.shape, 3, rank + 2), v.part(k.shape, 1, rank), strides, dilations)
  if negative(pads) then
    z = conv.padded(z, pads)
    pads = v.filled(rank, { 0, 0 })
  end
  local added <close> = residual and v.last(residual)
  local call = { z, k, b, stride = strides, dilation = dilations, groups = groups, padding = conv.flat(pads) }
  if rank == 3 then return v.first_of(nn.conv3d(call)) end -- fold.lua fuses nothing into it
  call[4], call.act, call.slope = added, act, slope
  return v.first_of(rank == 1 and nn.conv1d(call) or nn.conv2d(call))
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

local transposed = { nn.conv_transpose1d, nn.conv_transpose2d, nn.conv_transpose3d }
local transposed_order = { [3] = { 3, 1, 2 }, [4] = { 3, 4, 1, 2 }, [5] = { 3, 4, 5, 1, 2 } }
add("ConvTranspose", { 1, function(n, x, w, b)
  local rank = x:dim() - 2
  local strides, dilations = n.attr.strides or v.filled(rank, 1), n.attr.dilations or v.filled(rank, 1)
  local groups = n.attr.group or 1
  local z, k = v.last(x), w:permute(transposed_order[w:dim()]) -- [k..., C, O / groups]
  local begins, ends, extra = transposed_pads(n, v.part(x.shape, 3, rank + 2), v.part(k.shape, 1, rank), strides,
    dilations)
  -- What falls off is the op's; what is added beyond its output_padding comes behind it, as zeros before the bias.
  local cut, more, border, beyond = {}, {}, {}, false
  for i = 1, rank do
    cut[i] = { math.max(0, begins[i]), math.max(0, ends[i]) }
    more[i] = extra[i] < strides[i] and extra[i] or 0
    border[i] = { -math.min(0, begins[i]), extra[i] - more[i] - math.min(0, ends[i]) }
    beyond = beyond or border[i][1] ~= 0 or border[i][2] ~= 0
  end
  local y = transposed[rank] { z, k, not beyond and b or nil, stride = strides, dilation = dilations, groups = groups,
    padding = conv.flat(cut), output_padding = more }
  if beyond then
    y = conv.padded(y, border)
    y = b and y + b or y
  end
  return v.first(y)
end }).weights = { 2, 3 }

return conv
