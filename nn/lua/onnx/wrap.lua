--- wrap.lua: arithmetic of int8, int16, uint16 and uint32, which stand in wider dtypes here: results wrap as theirs.
-- uint64 stands in i64, whose bits wrap alike: a result from 2^63 on, which i64 does not hold, is refused.
local v = require "nn.onnx.values"

local wrap = {}

-- Operators whose results may leave the range of the type that their inputs have.
local leaves = {}
for _, name in ipairs { "Add", "Sub", "Mul", "Div", "Pow", "Neg", "Abs", "Sum", "MatMul", "Gemm", "Einsum", "CumSum",
  "Range", "ReduceSum", "ReduceProd", "ReduceL1", "ReduceSumSquare", "BitwiseNot", "BitShift" } do
  leaves[name] = true
end

-- Element types narrower than their dtypes (u8 and i32 wrap by themselves).
local narrow = { [3] = true, [4] = true, [5] = true, [12] = true }
local UINT64 <const> = 13

--- x of uint64, which i64 holds; raises where it does not.
function wrap.unsigned(x)
  if x.dtype == "i64" and not x.is_meta and x:numel() > 0 and x:lt(0):any():item() then
    lunette.raise "a number of uint64 from 2^63 on, or below 0, which is not done"
  end
  return x
end

--- Makes a node whose numbers are of such a type give what that type holds.
function wrap.node(n)
  local kind, f = n.kinds[1], n.f
  if not f or not n.row or not leaves[n.op] or not (narrow[kind] or kind == UINT64) then return end
  n.f = function(node, ...)
    local y = f(node, ...)
    if kind == UINT64 then return wrap.unsigned(y) end
    return y.dtype == v.dtype[kind] and v.wrapped(y, kind) or y
  end
end

return wrap
