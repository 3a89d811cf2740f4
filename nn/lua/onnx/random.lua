--- random.lua: ONNX's random numbers, from tensor.seed's generator: a file's own seed is not obeyed.
local operators = require "nn.onnx.operators"
local v = require "nn.onnx.values"

local function add(name, f)
  operators.add(name, { 1, f }).pure = false
end

local function uniform(n, shape, dtype)
  shape.dtype = dtype
  local low, high = n.attr.low or 0, n.attr.high or 1
  return tensor.rand(shape) * (high - low) + low
end
local function normal(n, shape, dtype)
  shape.dtype = dtype
  return tensor.randn(shape) * (n.attr.scale or 1) + (n.attr.mean or 0)
end
local function type_of(n, x)
  if n.attr.dtype then return v.dtype[n.attr.dtype] end
  return x and v.is_float(x) and x.dtype or "f32"
end
for name, f in pairs { RandomUniform = uniform, RandomNormal = normal } do
  add(name, function(n) return f(n, v.join(n.attr.shape), type_of(n)) end)
  add(name .. "Like", function(n, x) return f(n, v.join(x.shape), type_of(n, x)) end)
end
add("Bernoulli", function(n, p)
  local shape = v.join(p.shape)
  return tensor.rand(shape):to(p.dtype):lt(p):to(type_of(n, p))
end)
