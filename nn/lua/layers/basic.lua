--- basic.lua: linear layers, activations and what changes shapes: parameters plus calls of ops.  N batch, C channels
-- (last), T time, F features.
local layer = require "nn.layer"
local record = require "nn.record"
local of_op = record.of_op

-- --- Linear ----------------------------------------------------------------------------------------------------

layer { name = "Linear", args = { "in", "out" },
  doc = "y = x w + b over the last dimension; x [..., i], w [i, o], b [o]",
  options = { { "bias", true, "adds b" }, { "dtype", "f32", "f32 or f64", { "f32", "f64" } } },
  call = "(3, 2)", input = "tensor.ones(1, 3)", see = "nn.linear",
  init = function(self, opt, i, o)
    self.weight = nn.init.default(tensor.empty(i, o, { dtype = opt.dtype })):requires_grad()
    if opt.bias then self.bias = nn.init.default(tensor.empty(o, { dtype = opt.dtype }), i):requires_grad() end
  end,
  forward = function(self, x) return nn.linear(x, self.weight, self.bias) end,
  label = function(self) return ("Linear(%d,%d)"):format(self.weight:size(1), self.weight:size(2)) end,
  input_shape = function(self) return { 1, self.weight:size(1) } end }

-- --- activations: stateless modules around ops --------------------------------------------------------------------

-- option: {name, default, text, range}, which may also be given by place.
local function activation(name, op, doc, option)
  local f = tensor[op] or nn[op]
  layer { name = name, op = op, doc = "a layer of " .. doc, options = { option }, args = { option and option[1] },
    call = "()", input = "tensor{-1, 2}",
    forward = option and function(self, x) return f(x, self.opt) end or function(_, x) return f(x) end }
end
local dim = of_op("softmax", "dim", "along which dimension")
activation("ReLU", "relu", "max(x, 0)")
activation("ReLU6", "relu6", "x cut to 0..6")
activation("LeakyReLU", "leaky_relu", "x, or slope x below 0", of_op("leaky_relu", "slope", "below 0"))
activation("ELU", "elu", "x, or alpha (exp(x) - 1) below 0", of_op("elu", "alpha", "limit below 0"))
activation("GELU", "gelu", "x times the normal distribution at x")
activation("SiLU", "silu", "x sigmoid(x)")
activation("Softplus", "softplus", "log(1 + exp(beta x)) / beta", of_op("softplus", "beta", "sharpness"))
activation("Hardtanh", "hardtanh", "x cut to -1..1")
activation("Hardswish", "hardswish", "x relu6(x + 3) / 6; Howard et al. 2019, arXiv:1905.02244")
activation("Hardsigmoid", "hardsigmoid", "relu6(x + 3) / 6")
activation("Tanh", "tanh", "hyperbolic tangent")
activation("Sigmoid", "sigmoid", "1 / (1 + exp(-x))")
activation("Softmax", "softmax", "probabilities along dim", dim)
activation("LogSoftmax", "log_softmax", "logarithms of probabilities along dim", dim)

-- Those that are a line of other ops.
local function composed(name, doc, forward, option)
  layer { name = name, doc = "a layer of " .. doc, options = { option }, args = { option and option[1] },
    call = "()", input = "tensor{-1, 2}", forward = function(self, x) return forward(x, self.opt) end }
end
composed("SELU", "elu scaled so that variances stay; Klambauer et al. 2017, arXiv:1706.02515",
  function(x) return x:elu(1.6732632423543772) * 1.0507009873554805 end)
composed("CELU", "alpha elu(x / alpha); Barron 2017, arXiv:1704.07483",
  function(x, o) return o.alpha == 1 and x:elu() or (x / o.alpha):elu() * o.alpha end, { "alpha", 1, "limit below 0" })
composed("Mish", "x tanh(softplus(x)); Misra 2019, arXiv:1908.08681", function(x) return x * x:softplus():tanh() end)
composed("LogSigmoid", "log(1 / (1 + exp(-x)))", function(x) return -(-x):softplus() end)
composed("Softsign", "x / (1 + |x|)", function(x) return x / (x:abs() + 1) end)
composed("Tanhshrink", "x - tanh(x)", function(x) return x - x:tanh() end)
composed("GLU", "one half times the sigmoid of the other; Dauphin et al. 2017, arXiv:1612.08083", function(x, o)
  local d = o.dim < 0 and x:dim() + 1 + o.dim or o.dim
  local n = x:size(d)
  if n % 2 == 1 then lunette.raise(("nn.GLU: dimension %d of %s cannot be halved"):format(d, lunette.typename(x))) end
  return x:narrow(d, 1, n // 2) * x:narrow(d, n // 2 + 1, n // 2):sigmoid()
end, { "dim", -1, "which is halved" })

layer { name = "PReLU", args = { "channels" },
  doc = "x, or a learned weight times x below 0; one weight, or one for each channel (last); He et al. 2015, "
    .. "arXiv:1502.01852",
  options = { { "channels", 1, "how many weights", "whole" }, { "slope", 0.25, "where they begin" } },
  call = "()", input = "tensor{-1, 2}", see = "nn.prelu",
  init = function(self, opt) self.weight = tensor.full({ opt.channels }, opt.slope):requires_grad() end,
  forward = function(self, x) return x:prelu(self.weight) end }

-- --- shapes --------------------------------------------------------------------------------------------------------

layer { name = "Flatten", doc = "[N, ...] to [N, rest]", call = "()", input = "tensor.ones(2, 3, 4)",
  forward = function(_, x) return x:reshape(x:size(1), -1) end }

layer { name = "Identity", doc = "x itself", call = "()", input = "tensor.ones(2)",
  forward = function(_, x) return x end }

local Lambda = layer { name = "Lambda", args = { "f" }, doc = "a module of a function",
  options = { { "f", lunette.none, "what it computes", "any" } },
  call = "(function(x) return x * 2 end)", input = "tensor.ones(2)",
  init = function(self, opt)
    if type(opt.f) ~= "function" then
      lunette.raise("nn.Lambda: f must be a function, got " .. lunette.typename(opt.f))
    end
    rawset(self, "f", opt.f)
  end,
  forward = function(self, ...) return self.f(...) end }

-- --- containers ----------------------------------------------------------------------------------------------------

local Sequential = nn.class "Sequential"
nn.Sequential = Sequential
record.declare { name = "nn.Sequential", sig = "nn.Sequential{a, b, ...}", see = "nn.class",
  doc = "each module's result is the next one's input; functions count as modules",
  example = "print(nn.Sequential{nn.Linear(3, 2), nn.ReLU()})",
  example2 = "net = nn.Sequential{nn.Linear(3, 2)}\nnet:push(nn.Tanh())\nprint(#net)" }
function Sequential:init(list, ...)
  local n = 0
  if nn.is_module(list) or type(list) ~= "table" then list, n = { list, ... }, select("#", ...) + 1 end
  lunette.checked("nn.Sequential", list, {})
  for i, m in record.modules("nn.Sequential", list, n, true) do
    rawset(self, i, type(m) == "function" and Lambda(m) or m)
  end
end
function Sequential:forward(x)
  lunette.check_layers(self)
  for i = 1, #self do x = self[i](x) end
  return x
end
--- net:push(module): one more at the end.
function Sequential:push(m)
  if type(m) == "function" then m = Lambda(m) end
  lunette.check_module("net:push", 1, m)
  rawset(self, #self + 1, m)
  return self
end

-- --- embedding -----------------------------------------------------------------------------------------------------

layer { name = "Embedding", args = { "count", "features" },
  doc = "rows of a table [count, features] by number (from 1), ids of any shape", call = "(5, 2)",
  input = 'tensor{1, 5, dtype="i64"}', see = "nn.embedding",
  init = function(self, _, count, features) self.weight = tensor.randn(count, features):requires_grad() end,
  forward = function(self, ids) return nn.embedding(ids, self.weight) end,
  label = function(self) return ("Embedding(%d,%d)"):format(self.weight:size(1), self.weight:size(2)) end }
