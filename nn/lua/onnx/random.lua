--- random.lua: ONNX's random numbers, and Dropout, which is made of them.  Without a seed in the file they come from
-- tensor.seed's generator.  A node with one of its own draws NumPy's numbers (RandomState), as ONNX's reference
-- implementation does, from there on in every run of the network.
local operators = require "nn.onnx.operators"
local v = require "nn.onnx.values"

local function add(name, ...)
  local row = operators.add(name, ...)
  row.pure = false
  return row
end

-- The generator of a node: its attributes are its own, whatever copies of it a folded graph has.
local generators = setmetatable({}, { __mode = "k" })
local function generator_of(n)
  local seed = n.attr.seed
  if not seed or seed ~= seed then return nil end
  local g = generators[n.attr]
  if not g then
    g = lunette.io.mersenne(math.tointeger(math.abs(seed) // 1 % 2 ^ 32) or 0)
    generators[n.attr] = g
  end
  return g
end

-- Numbers in [0, 1), or normal ones, of that shape and dtype.  like: what gave the shape; where it is one alone, as in
-- net:summary, nothing is drawn.
local function draw(n, shape, dtype, like, normal)
  local g = generator_of(n)
  shape = v.bounded(v.join(shape))
  if like and like.is_meta then
    shape.dtype = dtype
    return tensor.meta(shape)
  end
  shape.dtype = g and "f64" or dtype
  if not g then return (normal and tensor.randn or tensor.rand)(shape) end
  local x = lunette.io.mersenne_draw(g, tensor.zeros(shape), normal)
  return dtype == "f64" and x or x:to(dtype)
end

local function uniform(n, shape, dtype, like)
  local low, high = n.attr.low or 0, n.attr.high or 1
  return draw(n, shape, dtype, like) * (high - low) + low
end
local function normal(n, shape, dtype, like)
  return draw(n, shape, dtype, like, true) * (n.attr.scale or 1) + (n.attr.mean or 0)
end
local function type_of(n, x)
  if n.attr.dtype then return v.dtype[n.attr.dtype] end
  return x and v.is_float(x) and x.dtype or "f32"
end
for name, f in pairs { RandomUniform = uniform, RandomNormal = normal } do
  add(name, { 1, function(n) return f(n, n.attr.shape, type_of(n)) end })
  add(name .. "Like", { 1, function(n, x) return f(n, x.shape, type_of(n, x), x) end })
end

-- 1 with probability p, by NumPy's inversion: 1 where u > 1 - p; counted from the other end where p > 1/2.
add("Bernoulli", { 1, function(n, p)
  local u, wide = draw(n, p.shape, "f64", p), p:to "f64"
  return tensor.where(wide:gt(0.5), u:le(wide), u:gt(1 - wide)):to(type_of(n, p))
end })

-- In use nothing is dropped, unless the graph is told at run time that it is trained: an input, and no constant that
-- stands where an exporter stood.  While the network is in training its own mode counts.
local function dropout(n, x, rate, asked)
  local masked = #n.outputs > 1 and n.outputs[2] ~= ""
  if rate == 0 or not (operators.training or asked) then
    return x, masked and tensor.ones_like(x, { dtype = "bool" }) or nil
  end
  if rate < 0 or rate >= 1 then lunette.raise(("a ratio of %g, but 0 <= ratio < 1 expected"):format(rate)) end
  local kept = draw(n, x.shape, "f64", x):ge(rate)
  return tensor.where(kept, x / (1 - rate), tensor.zeros_like(x)), masked and kept or nil
end
add("Dropout", { 1, function(n, x) return dropout(n, x, n.attr.ratio or 0.5) end },
  { 12, function(n, x, ratio, training)
    local asked = training and not n.fixed[3] and not training.is_meta and training:item() == true
    return dropout(n, x, ratio and not ratio.is_meta and ratio:item() or 0.5, asked)
  end })
