--- init.lua: initialisers.  They fill a tensor in place, outside the tape, and return it.
-- Matrices are in x out, convolution kernels kh x kw x in x out: fan_in is the product of all but the last size.
local init = {}
nn.init = init

local function want(w)
  if not lunette.is_tensor(w) then lunette.raise("nn.init: tensor expected, got " .. lunette.typename(w)) end
end

local function fans(w)
  want(w)
  local shape = w.shape
  local out = shape[#shape] or 1
  local fan_in = w:numel() // math.max(out, 1)
  local receptive = 1
  for d = 1, #shape - 2 do receptive = receptive * shape[d] end
  return fan_in, out * receptive
end

local function fill(w, values)
  tensor.no_grad(function() w:copy_(values) end)
  return w
end

function init.normal(w, mean, std)
  want(w)
  return fill(w, tensor.randn(w.shape) * (std or 1) + (mean or 0))
end
function init.uniform(w, lo, hi)
  want(w)
  lo, hi = lo or 0, hi or 1
  return fill(w, tensor.rand(w.shape) * (hi - lo) + lo)
end
function init.constant(w, value)
  want(w)
  return tensor.no_grad(function() return w:fill_(value) end)
end
function init.zeros(w) return init.constant(w, 0) end
function init.ones(w) return init.constant(w, 1) end

--- He et al. 2015, arXiv:1502.01852: std sqrt(2 / fan_in), for relu networks.
function init.he_normal(w) return init.normal(w, 0, math.sqrt(2 / fans(w))) end
function init.he_uniform(w)
  local bound = math.sqrt(6 / fans(w))
  return init.uniform(w, -bound, bound)
end

--- Glorot and Bengio 2010: std sqrt(2 / (fan_in + fan_out)).
function init.xavier_normal(w)
  local i, o = fans(w)
  return init.normal(w, 0, math.sqrt(2 / (i + o)))
end
function init.xavier_uniform(w)
  local i, o = fans(w)
  local bound = math.sqrt(6 / (i + o))
  return init.uniform(w, -bound, bound)
end

--- LeCun et al. 1998: std sqrt(1 / fan_in).
function init.lecun_normal(w) return init.normal(w, 0, math.sqrt(1 / fans(w))) end

--- What layers start with: uniform within 1 / sqrt(fan_in), weights and biases alike, as in PyTorch.
function init.default(w, fan_in)
  local bound = 1 / math.sqrt(math.max(fan_in or fans(w), 1))
  return init.uniform(w, -bound, bound)
end

init.fans = fans
