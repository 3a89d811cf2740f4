--- pointwise.lua: ONNX's operators of single elements: arithmetic, comparison, logic, activations, casts.
local operators = require "nn.onnx.operators"
local number_text = require "nn.onnx.number_text"
local strings = require "nn.onnx.strings"
local v = require "nn.onnx.values"
local wrap = require "nn.onnx.wrap"
local pointwise, pair = v.pointwise, v.pair

-- Rows of this file say so: turn.lua asks.
local function add(...)
  local row = operators.add(...)
  row.pointwise = true
  return row
end
local function each(list, make)
  for name, value in pairs(list) do add(name, { 1, make(value) }) end
end

-- f(x) as an operator.
local function of_x(f)
  local g = pointwise(f)
  return function(_, x) return g(x) end
end

local methods = { Abs = "abs", Acos = "acos", Acosh = "acosh", Asin = "asin", Asinh = "asinh", Atan = "atan",
  Atanh = "atanh", Ceil = "ceil", Cos = "cos", Cosh = "cosh", Erf = "erf", Exp = "exp", Floor = "floor", Log = "log",
  Neg = "neg", Reciprocal = "reciprocal", Round = "round", Sigmoid = "sigmoid", Sign = "sign", Sin = "sin",
  Sinh = "sinh", Softplus = "softplus", Sqrt = "sqrt", Tan = "tan", Tanh = "tanh", Relu = "relu", Not = "logical_not",
  IsNaN = "isnan" }
each(methods, function(method) return of_x(tensor[method]) end)

local formulas = {
  Softsign = function(x) return x / (x:abs() + 1) end,
  HardSwish = tensor.hardswish,
  Mish = function(x) return x * x:softplus():tanh() end,
}
each(formulas, of_x)

-- Activations with numbers of their own: f(x, attributes).
local function with(attributes, f)
  local g = pointwise(f)
  return function(n, x)
    local a = {}
    for name, default in pairs(attributes) do a[name] = n.attr[name] or default end
    return g(x, a)
  end
end
local activations = {
  HardSigmoid = with({ alpha = 0.2, beta = 0.5 }, function(x, a) return (x * a.alpha + a.beta):clamp(0, 1) end),
  LeakyRelu = with({ alpha = 0.01 }, function(x, a) return x:leaky_relu { slope = a.alpha } end),
  Elu = with({ alpha = 1 }, function(x, a) return x:elu(a.alpha) end),
  Celu = with({ alpha = 1 }, function(x, a) return x:relu() + ((x / a.alpha):clamp(nil, 0)):elu() * a.alpha end),
  Selu = with({ alpha = 1.67326319217681884765625, gamma = 1.05070102214813232421875 }, function(x, a)
    return x:elu(a.alpha) * a.gamma
  end),
  -- 0 is no product of x: infinities and NaN are cut, too.
  ThresholdedRelu = with({ alpha = 1 }, function(x, a)
    return tensor.where(x:gt(a.alpha), x, tensor.zeros_like(x))
  end),
  Shrink = with({ lambd = 0.5, bias = 0 }, function(x, a)
    local zero = tensor.zeros_like(x)
    return tensor.where(x:gt(a.lambd), x - a.bias, tensor.where(x:lt(-a.lambd), x + a.bias, zero))
  end),
  Gelu = function(n, x) return pointwise(n.attr.approximate == "tanh" and tensor.gelu_tanh or tensor.gelu)(x) end,
}
each(activations, function(f) return f end)

local function infinite(n, x)
  local up, down = n.attr.detect_positive ~= 0, n.attr.detect_negative ~= 0
  if up and down then return x:isinf() end
  return x:isinf():logical_and(up and x:gt(0) or down and x:lt(0) or x:ne(x))
end
add("IsInf", { 10, infinite })

-- A slope for each channel may have fewer dimensions than x: it stands on the right, as numbers do.
-- Up to set 6 it was one number, or one for each channel.
local prelu = pair(function(a, b) return tensor.where(a:gt(0), a, a * b) end)
add("PRelu", { 1, function(_, x, slope)
  return prelu(x, slope:numel() == 1 and slope or slope:reshape(v.join({ -1 }, v.filled(x:dim() - 2, 1))))
end }, { 7, function(_, x, slope) return prelu(x, slope) end }).weights = { 2 }

-- --- two tensors -----------------------------------------------------------------------------------------------------

-- Up to set 6 the second one begins at `axis`, where `broadcast` is 1.
local function aligned(n, a, b)
  local axis = n.version < 7 and n.attr.broadcast == 1 and n.attr.axis
  if not axis or b:dim() == 0 then return b end
  return b:reshape(v.join(b.shape, v.filled(a:dim() - axis - b:dim(), 1)))
end
local function of_two(f)
  local g = pair(f)
  return function(n, a, b) return g(a, aligned(n, a, b)) end
end

-- Whole numbers divide towards zero: one more than the floor where signs differ and something is left.
local function divide(a, b)
  if v.is_float(a) then return a / b end
  local q = a:floordiv(b)
  if a.dtype == "u8" then return q end
  local cut = (q * b):ne(a):logical_and(q:lt(0))
  return q + cut:to(q.dtype)
end
-- Integers to negative powers are cut: 0, but for 1 and -1.
local function power(a, b)
  local y
  if v.is_float(a) or v.is_float(b) then y = a:pow(b)
  else y = tensor.where(b:lt(0), a:to "f64":pow(b):clamp(-1, 1):to(a.dtype), a:pow(b:clamp(0))) end
  return y.dtype == a.dtype and y or y:to(a.dtype)
end
local two = { Sub = tensor.sub, Mul = tensor.mul, Div = divide, Add = tensor.add, Pow = power,
  Equal = tensor.eq, Greater = tensor.gt, Less = tensor.lt, GreaterOrEqual = tensor.ge, LessOrEqual = tensor.le,
  And = tensor.logical_and, Or = tensor.logical_or, Xor = tensor.logical_xor }
each(two, of_two)
for _, name in ipairs { "Add", "Sub", "Mul", "Div" } do operators.rows[name].weights = { 1, 2, numbers = false } end

add("Mod", { 10, function(n, a, b)
  if n.attr.fmod ~= 1 then return a:remainder(b) end
  return v.is_float(a) and a:fmod(b) or a - divide(a, b) * b
end })
-- Bits beyond an element's width fall off.
add("BitShift", { 11, function(n, x, by)
  local wide, half = x:to "i64", by:to "i64":floordiv(2) -- in two steps: i64 has no 2^63
  local function factor(bits) return tensor(2, { dtype = "f64" }):pow(bits):to "i64" end
  local first, second = factor(half), factor(by:to "i64" - half)
  if n.attr.direction == "RIGHT" then return wide:floordiv(first):floordiv(second):to(x.dtype) end
  local range = v.range[n.kinds[1]]
  local y = wide * first * second
  return (range and y:remainder(range[2] + 1) or y):to(x.dtype)
end })

local function fold(f, finish)
  local g = pair(f)
  return function(_, x, ...)
    local y = x
    for _, z in ipairs { ... } do y = g(y, z) end
    return finish and finish(y, 1 + select("#", ...)) or y
  end
end
add("Sum", { 1, fold(tensor.add) })
add("Max", { 1, fold(tensor.maximum) })
add("Min", { 1, fold(tensor.minimum) })
add("Mean", { 1, fold(tensor.add, function(y, n) return y / n end) })

add("Where", { 9, function(_, c, a, b)
  local shape = v.broadcast(v.broadcast(c.shape, a.shape), b.shape)
  return tensor.where(c:expand(shape), a, b)
end })

local function limit(x, low, high)
  return pointwise(function(z) return z:clamp(low or -math.huge, high or math.huge) end)(x)
end
-- Bounds that are computed have no numbers while shapes are traced.
local function clip(_, x, low, high)
  if not (low and low.is_meta or high and high.is_meta) then
    return limit(x, low and low:item(), high and high:item())
  end
  x = low and pair(tensor.maximum)(x, low) or x
  return high and pair(tensor.minimum)(x, high) or x
end
add("Clip", { 1, function(n, x) return limit(x, n.attr.min, n.attr.max) end }, { 11, clip })

-- --- types -----------------------------------------------------------------------------------------------------------

-- Rounded to so many bits of a fraction (Veltkamp 1968), as the narrow floats of files are.
local function fraction(x, bits)
  local t = x * (2 ^ (24 - bits) + 1)
  return tensor.where(t:isfinite(), t - (t - x), x)
end

-- Below `least` narrow floats lie `step` apart, as those of f32 do round 2^23 step; y: the others.
local function evenly(x, least, step, y)
  local there = 1.5 * 2.0 ^ 23 * step
  return tensor.where(x:abs():lt(least), x + there - there, y)
end
local function half(x)
  local y = evenly(x, 2.0 ^ -14, 2.0 ^ -24, fraction(x, 11))
  return tensor.where(y:abs():gt(65504), y * math.huge, y)
end
-- The product in `fraction` must not overflow.
local function bfloat(x)
  local far = x:abs():gt(2.0 ^ 100)
  local y = tensor.where(far, fraction(x * 2.0 ^ -24, 8) * 2.0 ^ 24, fraction(x, 8))
  return evenly(x, 2.0 ^ -126, 2.0 ^ -133, y)
end

local function dtype_of(kind)
  return v.dtype[kind] or lunette.raise("no cast to " .. tostring(v.kind_name[kind] or kind))
end

local function cast(x, kind)
  local dtype = dtype_of(kind)
  if kind == 13 then -- floats from 2^63 on have no i64 at all
    if v.is_float(x) then x = x:masked_fill(x:ge(2.0 ^ 63), -1) end
    return wrap.unsigned(x:to(dtype))
  end
  if kind == 9 then return x:ne(0) end
  if kind == 10 then return half(x:to "f32") end
  if kind == 16 then return bfloat(x:to "f32") end
  if not v.range[kind] or kind == 2 or kind == 6 then return x:to(dtype) end
  return v.wrapped(x, kind)
end

-- kind: the element type of x in the file, 8 for strings.
local function cast_any(x, kind, to)
  if to == strings.KIND then
    return strings.is(x) and x or strings.new(number_text.of(x, kind), x.shape)
  end
  if strings.is(x) then x = number_text.numbers(x, dtype_of(to) and to) end
  return pointwise(cast)(x, to)
end
add("Cast", { 1, function(n, x)
  local to = n.attr.to
  if type(to) == "string" then -- set 1 wrote the name
    for kind, name in ipairs(v.kind_name) do
      if name == to:lower() then to = kind end
    end
  end
  return cast_any(x, n.kinds[1], to)
end })
local function no_cast(n)
  local to = n.attr.to
  return math.type(to) == "integer" and not v.dtype[to] and to ~= strings.KIND
    and ("to element type %d"):format(to) or nil
end
operators.rows.Cast.refuses = no_cast
add("CastLike", { 15, function(n, x, like)
  return cast_any(x, n.kinds[1], strings.is(like) and strings.KIND or n.kinds[2] or v.kind_of[like.dtype])
end })
add("Identity", { 1, function(_, x) return x end }).weights = { 1, numbers = false }
return cast
