--- layers.lua: layers: parameters plus calls of ops.  Shapes: N batch, C channels (last), T time, F features.

-- nn.Name(a, b, {option = v}) or nn.Name{a, b, option = v}: positional values and checked options.
local function arguments(what, known, ...)
  local first, n = ..., select("#", ...)
  if n == 1 and type(first) == "table" and not lunette.is_tensor(first) then
    return lunette.checked(what, first, known), table.unpack(first)
  end
  local args = table.pack(...)
  local opt
  if type(args[n]) == "table" and not lunette.is_tensor(args[n]) then
    opt = args[n]
    args[n] = nil
  end
  return lunette.checked(what, opt, known), table.unpack(args, 1, n)
end
nn.arguments = arguments

local function whole(what, name, v)
  if math.type(v) ~= "integer" or v < 1 then
    lunette.raise(("%s: %s must be a whole number from 1 on, got %s"):format(what, name, tostring(v)))
  end
  return v
end

-- --- Linear ----------------------------------------------------------------------------------------------------

local Linear = nn.class "Linear"
nn.Linear = Linear
--- y = x w + b; x [..., i], w [i, o], b [o].
function Linear:init(...)
  local opt, i, o = arguments("nn.Linear", { bias = true, dtype = "f32" }, ...)
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
    local opt, first = arguments("nn." .. name, known or {}, ...)
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

-- --- regularisation and normalisation ------------------------------------------------------------------------------

local Dropout = nn.class "Dropout"
nn.Dropout = Dropout
--- Zeroes with probability p in training and scales the rest by 1 / (1 - p); Srivastava et al. 2014.
function Dropout:init(...)
  local opt, p = arguments("nn.Dropout", { p = 0.5 }, ...)
  p = p or opt.p
  if type(p) ~= "number" or p < 0 or p >= 1 then lunette.raise("nn.Dropout: p must be in 0..1, got " .. tostring(p)) end
  rawset(self, "p", p)
end
function Dropout:forward(x)
  if not self.training or self.p == 0 then return x end
  return nn.dropout { x, p = self.p, train = true }
end
function Dropout:label() return ("Dropout(%g)"):format(self.p) end

local BatchNorm = nn.class "BatchNorm"
nn.BatchNorm, nn.BatchNorm1d, nn.BatchNorm2d = BatchNorm, BatchNorm, BatchNorm
--- Normalises each channel (last) over all else; running statistics serve eval.  Ioffe and Szegedy 2015.
function BatchNorm:init(...)
  local opt, c = arguments("nn.BatchNorm", { momentum = 0.1, eps = 1e-5, affine = true }, ...)
  whole("nn.BatchNorm", "channels", c)
  rawset(self, "opt", opt)
  if opt.affine then
    self.weight = tensor.ones(c):requires_grad()
    self.bias = tensor.zeros(c):requires_grad()
  end
  self:buffer("running_mean", tensor.zeros(c))
  self:buffer("running_var", tensor.ones(c))
end
function BatchNorm:forward(x)
  return nn.batch_norm { x, gamma = self.weight, beta = self.bias, mean = self.running_mean, var = self.running_var,
    train = self.training, momentum = self.opt.momentum, eps = self.opt.eps }
end
function BatchNorm:label() return ("BatchNorm(%d)"):format(self.running_mean:size(1)) end

local LayerNorm = nn.class "LayerNorm"
nn.LayerNorm = LayerNorm
--- Normalises the last dimension; Ba et al. 2016, arXiv:1607.06450.
function LayerNorm:init(...)
  local opt, c = arguments("nn.LayerNorm", { eps = 1e-5, affine = true }, ...)
  whole("nn.LayerNorm", "features", c)
  rawset(self, "eps", opt.eps)
  if opt.affine then
    self.weight = tensor.ones(c):requires_grad()
    self.bias = tensor.zeros(c):requires_grad()
  end
end
function LayerNorm:forward(x) return nn.layer_norm { x, gamma = self.weight, beta = self.bias, eps = self.eps } end

-- --- embedding -----------------------------------------------------------------------------------------------------

local Embedding = nn.class "Embedding"
nn.Embedding = Embedding
--- ids (1-based, any shape) to rows of weight [count, features].
function Embedding:init(...)
  local _, count, features = arguments("nn.Embedding", {}, ...)
  whole("nn.Embedding", "count", count)
  whole("nn.Embedding", "features", features)
  self.weight = tensor.randn(count, features):requires_grad()
end
function Embedding:forward(ids) return nn.embedding(ids, self.weight) end
function Embedding:label() return ("Embedding(%d,%d)"):format(self.weight:size(1), self.weight:size(2)) end
