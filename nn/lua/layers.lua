--- layers.lua: layers: parameters plus calls of ops.  Shapes: N batch, C channels (last), T time, F features.

local function is_options(v) return type(v) == "table" and not lunette.is_tensor(v) and not nn.is_module(v) end

local function few_enough(what, known, most, n)
  if n <= most then return end
  local names = lunette.names_of(known)
  lunette.raise(("%s: %s, got %d%s"):format(what, most == 0 and "no values" or most == 1 and "one value at most"
    or most .. " values at most", n, #names > 0 and "; options go by name: " .. table.concat(names, " ") or ""))
end

-- nn.Name(a, b, {option = v}) or nn.Name{a, b, option = v}: at most `most` positional values, and checked options.
local function arguments(what, known, most, ...)
  local first, n = ..., select("#", ...)
  if n == 1 and is_options(first) then
    few_enough(what, known, most, #first)
    return lunette.checked(what, first, known), table.unpack(first)
  end
  local args = table.pack(...)
  local opt
  if is_options(args[n]) then
    opt = args[n]
    args[n], n = nil, n - 1
  end
  few_enough(what, known, most, n)
  return lunette.checked(what, opt, known), table.unpack(args, 1, n)
end
nn.arguments = arguments

local whole = lunette.whole

-- --- Linear ----------------------------------------------------------------------------------------------------

local Linear = nn.class "Linear"
nn.Linear = Linear
--- y = x w + b; x [..., i], w [i, o], b [o].
function Linear:init(...)
  local opt, i, o = arguments("nn.Linear", { bias = true, dtype = "f32" }, 2, ...)
  whole("nn.Linear", "in", i)
  whole("nn.Linear", "out", o)
  self.weight = nn.init.default(tensor.empty(i, o, { dtype = opt.dtype })):requires_grad()
  if opt.bias then self.bias = nn.init.default(tensor.empty(o, { dtype = opt.dtype }), i):requires_grad() end
end
function Linear:forward(x) return nn.linear(x, self.weight, self.bias) end
function Linear:label() return ("Linear(%d,%d)"):format(self.weight:size(1), self.weight:size(2)) end
function Linear:input_shape() return { 1, self.weight:size(1) } end

-- --- activations: stateless modules around ops --------------------------------------------------------------------

local function activation(name, op, known, order)
  local class = nn.class(name)
  nn[name] = class
  function class:init(...)
    if lunette.is_tensor((...)) then
      lunette.raise(("nn.%s makes a layer; of a tensor it is nn.%s(x), or nn.%s()(x)"):format(name, op, name))
    end
    local opt, first = arguments("nn." .. name, known or {}, order and 1 or 0, ...)
    rawset(self, "opt", opt)
    if order and first ~= nil then opt[order] = first end
  end
  local f = tensor[op] or nn[op]
  if next(known or {}) then
    function class:forward(x) return f(x, self.opt) end
  else
    function class:forward(x) return f(x) end
  end
end
activation("ReLU", "relu")
activation("ReLU6", "relu6")
activation("LeakyReLU", "leaky_relu", { slope = 0.01 }, "slope")
activation("ELU", "elu", { alpha = 1 }, "alpha")
activation("GELU", "gelu")
activation("SiLU", "silu")
activation("Softplus", "softplus", { beta = 1 }, "beta")
activation("Hardtanh", "hardtanh")
activation("Tanh", "tanh")
activation("Sigmoid", "sigmoid")
activation("Softmax", "softmax", { dim = -1 }, "dim")
activation("LogSoftmax", "log_softmax", { dim = -1 }, "dim")

-- Those that are a line of other ops.
local function composed(name, known, order, forward)
  local class = nn.class(name)
  nn[name] = class
  function class:init(...)
    local opt, first = arguments("nn." .. name, known, order and 1 or 0, ...)
    rawset(self, "opt", opt)
    if order and first ~= nil then opt[order] = first end
  end
  function class:forward(x) return forward(x, self.opt) end
end
-- Klambauer et al. 2017, arXiv:1706.02515; Barron 2017, arXiv:1704.07483; Misra 2019, arXiv:1908.08681;
-- Howard et al. 2019, arXiv:1905.02244; Dauphin et al. 2017, arXiv:1612.08083
composed("SELU", {}, nil, function(x) return x:elu(1.6732632423543772) * 1.0507009873554805 end)
composed("CELU", { alpha = 1 }, "alpha", function(x, o) return (x / o.alpha):elu() * o.alpha end)
composed("Mish", {}, nil, function(x) return x * x:softplus():tanh() end)
composed("Hardswish", {}, nil, function(x) return x * (x + 3):relu6() / 6 end)
composed("Hardsigmoid", {}, nil, function(x) return (x + 3):relu6() / 6 end)
composed("LogSigmoid", {}, nil, function(x) return -(-x):softplus() end)
composed("Softsign", {}, nil, function(x) return x / (x:abs() + 1) end)
composed("Tanhshrink", {}, nil, function(x) return x - x:tanh() end)
composed("GLU", { dim = -1 }, "dim", function(x, o)
  local d = o.dim < 0 and x:dim() + 1 + o.dim or o.dim
  local n = x:size(d)
  if n % 2 == 1 then lunette.raise(("nn.GLU: dimension %d of %s cannot be halved"):format(d, lunette.typename(x))) end
  return x:narrow(d, 1, n // 2) * x:narrow(d, n // 2 + 1, n // 2):sigmoid()
end)

local PReLU = nn.class "PReLU"
nn.PReLU = PReLU
--- x, or weight times x below 0; one weight, or one for each channel (last); He et al. 2015, arXiv:1502.01852.
function PReLU:init(...)
  local opt, channels = arguments("nn.PReLU", { channels = 1, slope = 0.25 }, 1, ...)
  self.weight = tensor.full({ channels or opt.channels }, opt.slope):requires_grad()
end
function PReLU:forward(x) return x:relu() - (-x):relu() * self.weight end

-- --- shapes --------------------------------------------------------------------------------------------------------

local Flatten = nn.class "Flatten"
nn.Flatten = Flatten
--- [N, ...] to [N, rest].
function Flatten:forward(x) return x:reshape(x:size(1), -1) end  -- luacheck: ignore self

local Identity = nn.class "Identity"
nn.Identity = Identity
function Identity:forward(x) return x end  -- luacheck: ignore self

local Lambda = nn.class "Lambda"
nn.Lambda = Lambda
--- nn.Lambda(f): a module of a function.
function Lambda:init(f) rawset(self, "f", f) end
function Lambda:forward(...) return self.f(...) end

-- --- containers ----------------------------------------------------------------------------------------------------

local Sequential = nn.class "Sequential"
nn.Sequential = Sequential
--- nn.Sequential{a, b, ...}: each module's result is the next one's input.
function Sequential:init(list, ...)
  if nn.is_module(list) or list == nil then list = { list, ... } end
  for i, m in ipairs(list) do
    if not nn.is_module(m) and type(m) ~= "function" then
      lunette.raise(("nn.Sequential: element %d is a %s, not a module"):format(i, lunette.typename(m)))
    end
    rawset(self, i, type(m) == "function" and Lambda(m) or m)
  end
end
function Sequential:forward(x)
  for i = 1, #self do x = self[i](x) end
  return x
end
--- net:push(module): one more at the end.
function Sequential:push(m)
  rawset(self, #self + 1, m)
  return self
end

-- --- embedding -----------------------------------------------------------------------------------------------------

local Embedding = nn.class "Embedding"
nn.Embedding = Embedding
--- ids (1-based, any shape) to rows of weight [count, features].
function Embedding:init(...)
  local _, count, features = arguments("nn.Embedding", {}, 2, ...)
  whole("nn.Embedding", "count", count)
  whole("nn.Embedding", "features", features)
  self.weight = tensor.randn(count, features):requires_grad()
end
function Embedding:forward(ids) return nn.embedding(ids, self.weight) end
function Embedding:label() return ("Embedding(%d,%d)"):format(self.weight:size(1), self.weight:size(2)) end
