--- wrap.lua: arithmetic of int8, int16, uint16 and uint32, which stand in wider dtypes here: results wrap as theirs.
local v = require "nn.onnx.values"

local wrap = {}

-- Operators whose results may leave the range of the type that their inputs have.
local leaves = {}
for _, name in ipairs { "Add", "Sub", "Mul", "Div", "Pow", "Neg", "Abs", "Sum", "MatMul", "Gemm", "Einsum", "CumSum",
  "Range", "ReduceSum", "ReduceProd", "ReduceL1", "ReduceSumSquare", "BitwiseNot" } do
  leaves[name] = true
end

-- Element types narrower than their dtypes (u8 and i32 wrap by themselves).
local narrow = { [3] = true, [4] = true, [5] = true, [12] = true }

--- Makes a node whose numbers are of such a type give what that type holds.
function wrap.node(n)
  local kind, f = n.kinds[1], n.f
  if not f or not n.row or not leaves[n.op] or not narrow[kind] then return end
  n.f = function(node, ...)
    local y = f(node, ...)
    return y.dtype == v.dtype[kind] and v.wrapped(y, kind) or y
  end
end

return wrap
