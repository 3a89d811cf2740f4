--- product.lua: ONNX's products of matrices.
local operators = require "nn.onnx.operators"
local v = require "nn.onnx.values"
local add = operators.add

-- Products of whole numbers are i64 with us, of their own dtype there.
local function mm(a, b)
  local y = a:mm(b)
  return v.is_float(a) and y or y:to(a.dtype)
end
add("MatMul", { 1, function(_, a, b) return mm(a, b) end }).weights = { 1, 2 }

add("Gemm", { 1, function(n, a, b, c)
  local alpha, beta = n.attr.alpha or 1, n.attr.beta or 1
  if n.attr.transA == 1 then a = a:t() end
  if n.attr.transB == 1 then b = b:t() end
  if c and alpha == 1 and beta == 1 and c:dim() == 1 and v.is_float(a) and c:numel() == b:size(2) then
    return nn.linear(a, b, c)
  end
  local y = mm(a, b)
  if alpha ~= 1 then y = (y * alpha):to(a.dtype) end
  if c and beta ~= 0 then y = y + (beta == 1 and c or (c * beta):to(c.dtype)) end
  return y
end }).weights = { 1, 2, 3 }

-- Sums of whole numbers are i64 with us, too.
add("Einsum", { 12, function(n, x, ...)
  local y = tensor.einsum(n.attr.equation, x, ...)
  return y.dtype == x.dtype and y or y:to(x.dtype)
end }).weights = { 1, 2 }

-- By elimination with pivots: a product of what is on the diagonal.
local function det(x)
  local m, n, value = x:to("f64"):totable(), x:size(1), 1.0
  for k = 1, n do
    local pivot = k
    for i = k + 1, n do
      if math.abs(m[i][k]) > math.abs(m[pivot][k]) then pivot = i end
    end
    if m[pivot][k] == 0 then return 0.0 end
    if pivot ~= k then m[pivot], m[k], value = m[k], m[pivot], -value end
    value = value * m[k][k]
    for i = k + 1, n do
      local f = m[i][k] / m[k][k]
      for j = k, n do m[i][j] = m[i][j] - f * m[k][j] end
    end
  end
  return value
end
add("Det", { 11, function(_, x)
  local s = x.shape
  local n = s[#s]
  local flat, list = x:reshape { -1, n, n }, {}
  for i = 1, flat:size(1) do list[i] = det(flat[i]) end
  return tensor(list):to(x.dtype):reshape(v.part(s, 1, #s - 2))
end })
