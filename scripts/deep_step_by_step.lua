--- A deep network step by step, forward and backward.  Rumelhart, Hinton and Williams 1986, doi:10.1038/323533a0
-- Claim: the gradients written here equal the engine's: difference at most 1e-12 in f64 (and 1e-6 in f32),
-- of the cost and nine gradients, none of which is all 0.
-- Takes: under a second.
local opt = lunette.options {
  batch = 32,                  -- samples
  seed = 1,                    -- of inputs and weights
  quick = { batch = 8 },
}

-- 1 Data --------------------------------------------------------------------------------------------------------------
-- Random inputs and labels, the same numbers in f32 and in f64.  The last layer begins small: where p is 0 or 1 but for
-- a rounding, 1 / p and 1 / (1 - p) of f32 say nothing.

local sizes = { 12, 20, 7, 5, 1 }
local L = #sizes - 1
local rng = tensor.rng(opt.seed)
local x = tensor.randn { opt.batch, sizes[1], rng = rng }
local y = tensor.rand { opt.batch, 1, rng = rng }:gt(0.5):to "f32"
local start = {}
for l = 1, L do
  start[l] = { W = tensor.randn { sizes[l], sizes[l + 1], rng = rng } * math.sqrt(2 / sizes[l]),
    b = tensor.randn { sizes[l + 1], rng = rng } * 0.1 }
end
start[L].W = start[L].W * 0.3

-- 2 Model: the parts, each with its backward --------------------------------------------------------------------------
-- A part returns its result and what its backward needs (the cache).  d followed by a name is dJ/dname.

local linear, relu, sigmoid = {}, {}, {}

--- z = a W + b               a [m, i], W [i, o], b [o], z [m, o]
function linear.forward(a, layer) return a:mm(layer.W) + layer.b, { a = a, W = layer.W } end
--- da = dz W';  dW = a' dz;  db = sum of the rows of dz
function linear.backward(dz, cache) return dz:mm(cache.W:t()), cache.a:t():mm(dz), dz:sum(1) end

--- a = max(z, 0);            dz = da where z > 0, else 0
function relu.forward(z) return z:relu(), { z = z } end
function relu.backward(da, cache) return da * cache.z:gt(0):to(da.dtype) end

--- a = 1 / (1 + e^-z);       dz = da a (1 - a)
function sigmoid.forward(z)
  local a = z:sigmoid()
  return a, { a = a }
end
function sigmoid.backward(da, cache) return da * cache.a * (1 - cache.a) end

--- (linear, relu) L - 1 times, then (linear, sigmoid).
local function activation(l) return l < L and relu or sigmoid end

local function model_forward(layers, a)
  local is, caches = require "lib.shapes" (), {}                            -- is(x, "m 4"): x must have this shape
  for l = 1, L do
    local z, linear_cache = linear.forward(a, layers[l])
    local activation_cache
    a, activation_cache = activation(l).forward(is(z, "m " .. sizes[l + 1]))
    caches[l] = { linear = linear_cache, activation = activation_cache }
  end
  return a, caches
end

local function model_backward(da, caches)
  local d = {}
  for l = L, 1, -1 do
    local dz = activation(l).backward(da, caches[l].activation)
    da, d["W" .. l], d["b" .. l] = linear.backward(dz, caches[l].linear)
    d["a" .. l - 1] = da
  end
  return d
end

-- 3 Loss --------------------------------------------------------------------------------------------------------------
-- J = -1/m sum y log p + (1 - y) log(1 - p);      dp = ((1 - y) / (1 - p) - y / p) / m

local function cost(p, want) return -(want * p:log() + (1 - want) * (1 - p):log()):mean() end
local function cost_backward(p, want) return ((1 - want) / (1 - p) - want / p) / p:size(1) end

-- 4 Show --------------------------------------------------------------------------------------------------------------

local function show(dtype, names, values, shapes)
  viz.bars("difference " .. dtype, values, { labels = names, threshold = dtype == "f64" and 1e-12 or 1e-6, log = true })
  for i, name in ipairs(names) do print(("%-4s %-11s %.2e"):format(name, shapes[i], values[i])) end
end

-- 5 Compare, and the result -------------------------------------------------------------------------------------------
-- The engine records a forward pass of its own ops and walks back.  Both start from the same numbers.

local function engine_gradients(layers, a)
  local leaves = { a0 = a:clone():requires_grad() }
  a = leaves.a0
  for l = 1, L do
    leaves["W" .. l], leaves["b" .. l] = layers[l].W:clone():requires_grad(), layers[l].b:clone():requires_grad()
    a = nn.linear(a, leaves["W" .. l], leaves["b" .. l])
    if l < L then a = a:relu() end
  end
  return leaves, a
end

local function compare(dtype)
  local layers = {}
  for l = 1, L do layers[l] = { W = start[l].W:to(dtype), b = start[l].b:to(dtype) } end
  local input, want = x:to(dtype), y:to(dtype)

  local p, caches = model_forward(layers, input)
  local d = model_backward(cost_backward(p, want), caches)

  local leaves, z = engine_gradients(layers, input)
  local loss = nn.bce_logits(z, want)
  loss:backward()

  local names, values, shapes, told = {}, {}, {}, 1
  for name in pairs(leaves) do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do
    values[i] = (d[name] - leaves[name].grad):abs():max():item()
    if leaves[name].grad:abs():max():item() > 0 then told = told + 1 end            -- 0 equals 0, and tells nothing
    names[i], shapes[i] = "d" .. name, lunette.typename(d[name])
  end
  names[#names + 1], values[#values + 1] = "J", math.abs(loss:item() - cost(p, want):item())
  shapes[#names] = dtype
  show(dtype, names, values, shapes)
  return tensor(values, { dtype = "f64" }):max():item(), told          -- NaN, too, is no small difference
end

local f32, f64, told = compare "f32", compare "f64"
if opt.out then
  local weights = {}
  for l = 1, L do weights["W" .. l], weights["b" .. l] = start[l].W, start[l].b end
  assert(tensor.save(opt.out .. "/deep_step_by_step.safetensors", weights))
end
return { measure = "difference", difference = f64, below = 1e-12, also = { { "f32", f32, below = 1e-6 },
  { "compared", told, above = 2 * L + 2 } } }                          -- J, dW and db of all layers, da0: none is 0
