--- init.lua: initialisers.  They fill a tensor in place, outside the tape, and return it.
-- Matrices are in x out, convolution kernels kh x kw x in x out: fan_in is the product of all but the last size.
local record = require "nn.record"
local init = {}
nn.init = init
record.declare { name = "nn.init", sig = "nn.init.NAME(w, ...)", see = "nn.init.he_normal",
  doc = "initialisers: fill a tensor in place, outside the tape, and return it",
  example = "print(nn.init.he_normal(tensor.empty(3, 2)).shape[1])",
  example2 = "net = nn.Linear(3, 2)\nnn.init.zeros(net.bias)" }
local function declare(name, args, doc, given)
  given = given or ""
  record.declare { name = "nn.init." .. name, sig = ("nn.init.%s(%s)"):format(name, args), doc = doc, see = "nn.init",
    example = ("print(nn.init.%s(tensor.empty(3, 2)%s).shape[1])"):format(name, given),
    example2 = ("net = nn.Linear(3, 2)\nnn.init.%s(net.weight%s)"):format(name, given) }
end

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

record.declare { name = "nn.init.normal", sig = "nn.init.normal(w, mean, std)", see = "nn.init",
  doc = "normal numbers; mean 0 and deviation 1 unless given",
  example = "print(nn.init.normal(tensor.empty(3, 2), 0, 0.02).shape[1])",
  example2 = "net = nn.Linear(3, 2)\nnn.init.normal(net.weight, 0, 0.02)" }
declare("normal", "w, mean, std", "normal numbers; mean 0 and deviation 1 unless given", ", 0, 0.02")
function init.normal(w, mean, std)
  want(w)
  return fill(w, tensor.randn(w.shape) * (std or 1) + (mean or 0))
end
record.declare { name = "nn.init.uniform", sig = "nn.init.uniform(w, lo, hi)", see = "nn.init",
  doc = "uniform numbers; 0..1 unless given",
  example = "print(nn.init.uniform(tensor.empty(3, 2), -1, 1).shape[1])",
  example2 = "net = nn.Linear(3, 2)\nnn.init.uniform(net.weight, -1, 1)" }
declare("uniform", "w, lo, hi", "uniform numbers; 0..1 unless given", ", -1, 1")
function init.uniform(w, lo, hi)
  want(w)
  lo, hi = lo or 0, hi or 1
  return fill(w, tensor.rand(w.shape) * (hi - lo) + lo)
end
record.declare { name = "nn.init.constant", sig = "nn.init.constant(w, value)", see = "nn.init",
  doc = "one value",
  example = "print(nn.init.constant(tensor.empty(3, 2), 3).shape[1])",
  example2 = "net = nn.Linear(3, 2)\nnn.init.constant(net.weight, 3)" }
declare("constant", "w, value", "one value", ", 3")
function init.constant(w, value)
  want(w)
  return tensor.no_grad(function() return w:fill_(value) end)
end
record.declare { name = "nn.init.zeros", sig = "nn.init.zeros(w)", see = "nn.init",
  doc = "zeros",
  example = "print(nn.init.zeros(tensor.empty(3, 2)).shape[1])",
  example2 = "net = nn.Linear(3, 2)\nnn.init.zeros(net.weight)" }
declare("zeros", "w", "zeros")
function init.zeros(w) return init.constant(w, 0) end
record.declare { name = "nn.init.ones", sig = "nn.init.ones(w)", see = "nn.init",
  doc = "ones",
  example = "print(nn.init.ones(tensor.empty(3, 2)).shape[1])",
  example2 = "net = nn.Linear(3, 2)\nnn.init.ones(net.weight)" }
declare("ones", "w", "ones")
function init.ones(w) return init.constant(w, 1) end

record.declare { name = "nn.init.he_normal", sig = "nn.init.he_normal(w)", see = "nn.init",
  doc = "deviation sqrt(2 / fan_in), for relu; He et al. 2015",
  example = "print(nn.init.he_normal(tensor.empty(3, 2)).shape[1])",
  example2 = "net = nn.Linear(3, 2)\nnn.init.he_normal(net.weight)" }
declare("he_normal", "w", "deviation sqrt(2 / fan_in), for relu; He et al. 2015, arXiv:1502.01852")
function init.he_normal(w) return init.normal(w, 0, math.sqrt(2 / fans(w))) end
record.declare { name = "nn.init.he_uniform", sig = "nn.init.he_uniform(w)", see = "nn.init",
  doc = "uniform within sqrt(6 / fan_in), for relu; He et al. 2015",
  example = "print(nn.init.he_uniform(tensor.empty(3, 2)).shape[1])",
  example2 = "net = nn.Linear(3, 2)\nnn.init.he_uniform(net.weight)" }
declare("he_uniform", "w", "uniform within sqrt(6 / fan_in), for relu; He et al. 2015, arXiv:1502.01852")
function init.he_uniform(w)
  local bound = math.sqrt(6 / fans(w))
  return init.uniform(w, -bound, bound)
end

record.declare { name = "nn.init.xavier_normal", sig = "nn.init.xavier_normal(w)", see = "nn.init",
  doc = "deviation sqrt(2 / (fan_in + fan_out)); Glorot and Bengio 2010",
  example = "print(nn.init.xavier_normal(tensor.empty(3, 2)).shape[1])",
  example2 = "net = nn.Linear(3, 2)\nnn.init.xavier_normal(net.weight)" }
declare("xavier_normal", "w", "deviation sqrt(2 / (fan_in + fan_out)); Glorot and Bengio 2010")
function init.xavier_normal(w)
  local i, o = fans(w)
  return init.normal(w, 0, math.sqrt(2 / (i + o)))
end
record.declare { name = "nn.init.xavier_uniform", sig = "nn.init.xavier_uniform(w)", see = "nn.init",
  doc = "uniform within sqrt(6 / (fan_in + fan_out)); Glorot and Bengio 2010",
  example = "print(nn.init.xavier_uniform(tensor.empty(3, 2)).shape[1])",
  example2 = "net = nn.Linear(3, 2)\nnn.init.xavier_uniform(net.weight)" }
declare("xavier_uniform", "w", "uniform within sqrt(6 / (fan_in + fan_out)); Glorot and Bengio 2010")
function init.xavier_uniform(w)
  local i, o = fans(w)
  local bound = math.sqrt(6 / (i + o))
  return init.uniform(w, -bound, bound)
end

record.declare { name = "nn.init.lecun_normal", sig = "nn.init.lecun_normal(w)", see = "nn.init",
  doc = "deviation sqrt(1 / fan_in); LeCun et al. 1998",
  example = "print(nn.init.lecun_normal(tensor.empty(3, 2)).shape[1])",
  example2 = "net = nn.Linear(3, 2)\nnn.init.lecun_normal(net.weight)" }
declare("lecun_normal", "w", "deviation sqrt(1 / fan_in); LeCun et al. 1998")
function init.lecun_normal(w) return init.normal(w, 0, math.sqrt(1 / fans(w))) end

record.declare { name = "nn.init.default", sig = "nn.init.default(w, fan_in)", see = "nn.init",
  doc = "what layers begin with: uniform within 1 / sqrt(fan_in)",
  example = "print(nn.init.default(tensor.empty(3, 2)).shape[1])",
  example2 = "net = nn.Linear(3, 2)\nnn.init.default(net.weight)" }
declare("default", "w, fan_in", "what layers begin with, as in PyTorch: uniform within 1 / sqrt(fan_in)")
function init.default(w, fan_in)
  local bound = 1 / math.sqrt(math.max(fan_in or fans(w), 1))
  return init.uniform(w, -bound, bound)
end

record.declare { name = "nn.init.fans", sig = "nn.init.fans(w)", see = "nn.init.he_normal",
  doc = "numbers of inputs and outputs of one unit",
  example = "print(nn.init.fans(tensor.empty(3, 2)))", example2 = "print(nn.init.fans(tensor.empty(3, 3, 4, 8)))" }
init.fans = fans
