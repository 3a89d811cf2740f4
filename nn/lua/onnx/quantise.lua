--- quantise.lua: ONNX's whole-number arithmetic: values are right; sums are taken in f64, which holds them exactly.
local operators = require "nn.onnx.operators"
local conv = require "nn.onnx.conv"
local v = require "nn.onnx.values"
local add = operators.add

-- scale or zero point of an axis, so that it broadcasts.
local function on_axis(p, axis, nd)
  if p == nil or p:numel() == 1 then return p and p:reshape(v.filled(0, 1)) end
  return p:dim() == 1 and v.along(p, v.dim(axis, nd), nd) or p
end

-- Scale and zero point of blocks of the node's `block_size` along its axis, one for each element of x.
local function of_blocks(n, x, ...)
  local size = n.attr.block_size or 0
  if size == 0 then return ... end
  local d = v.dim(n.attr.axis or 1, x:dim())
  local ids, spread = v.count(x:size(d)):floordiv(size) + 1, { n = select("#", ...) }
  local count = (x:size(d) + size - 1) // size
  for i = 1, spread.n do
    local p = select(i, ...)
    if p and (p:dim() ~= x:dim() or p:size(d) ~= count) then
      lunette.raise(("blocks of %d along axis %d of %s want %d there, got %s"):format(size, d - 1, lunette.typename(x),
        count, lunette.typename(p)))
    end
    spread[i] = p and p:index_select(ids, d)
  end
  return table.unpack(spread, 1, spread.n)
end

local function quantised(x, scale, zero, kind, axis)
  local nd = x:dim()
  local y = (x / on_axis(scale, axis, nd)):round()
  if zero then y = y + on_axis(zero, axis, nd):to(y.dtype) end
  local range = v.range[kind or 2]
  return y:clamp(range[1], range[2]):to(v.dtype[kind or 2])
end
add("QuantizeLinear", { 10, function(n, x, scale, zero)
  scale, zero = of_blocks(n, x, scale, zero)
  return quantised(x, scale, zero, n.kinds[3] or n.attr.output_dtype or 2, n.attr.axis or 1)
end })

local function real(x, zero, axis)
  local y = x:to "f64"
  return zero and y - on_axis(zero, axis, x:dim()):to "f64" or y
end
add("DequantizeLinear", { 10, function(n, x, scale, zero)
  local axis, dtype = n.attr.axis or 1, scale.dtype
  scale, zero = of_blocks(n, x, scale, zero)
  return (real(x, zero, axis) * on_axis(scale, axis, x:dim()):to "f64"):to(dtype)
end })

add("DynamicQuantizeLinear", { 11, function(_, x)
  local low, high = math.min(0, x:min():item()), math.max(0, x:max():item())
  local scale = tensor((high - low) / 255)
  local s = scale:item()
  local zero = s == 0 and 0 or math.max(0, math.min(255, tensor(-low / s):round():item()))
  local y = ((x / (s == 0 and 1 or s)):round() + zero):clamp(0, 255):to "u8"
  return y, scale, tensor(zero):to "u8"
end })

-- A zero point for each row of a matrix (its axis before last), for each column, or one.
local function of_rows(zero, a, column)
  if not zero or zero:numel() == 1 then return zero and zero:reshape(v.filled(0, 1)):to "f64" or 0 end
  if zero:dim() > 1 then return zero:to "f64" end
  return v.along(zero:to "f64", column and a:dim() or a:dim() - 1, a:dim())
end
local function product(a, b, za, zb)
  return (a:to "f64" - of_rows(za, a)):mm(b:to "f64" - of_rows(zb, b, true))
end
add("MatMulInteger", { 10, function(_, a, b, za, zb) return product(a, b, za, zb):to "i32" end })
add("QLinearMatMul", { 10, function(n, a, sa, za, b, sb, zb, sy, zy)
  local y = product(a, b, za, zb) * (of_rows(sa, a) * of_rows(sb, b, true))
  return quantised(y, sy:to "f64", zy, n.kinds[8] or 2, 1)
end })

local function convolved(n, x, w, zx, zw)
  local a = x:to "f64"
  if zx then a = a - zx:reshape(v.filled(0, 1)):to "f64" end
  local b = w:to "f64"
  if zw then b = b - on_axis(zw, 0, w:dim()):to "f64" end
  return conv.forward(n, a, b)
end
add("ConvInteger", { 10, function(n, x, w, zx, zw) return convolved(n, x, w, zx, zw):to "i32" end })
add("QLinearConv", { 10, function(n, x, sx, zx, w, sw, zw, sy, zy, b)
  local y = convolved(n, x, w, zx, zw)
  if b then y = y + v.along(b:to "f64", 2, y:dim()) end
  local scale = sx:reshape(v.filled(0, 1)):to "f64" * on_axis(sw, 1, y:dim()):to "f64"
  return quantised(y * scale, sy:to "f64", zy, n.kinds[8] or 2, 1)
end })
