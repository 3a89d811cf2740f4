--- norm.lua: layers that normalise, and layers that drop.

local arguments = nn.arguments

local whole = lunette.whole

local function affine(self, on, c)
  if not on then return end
  self.weight = tensor.ones(c):requires_grad()
  self.bias = tensor.zeros(c):requires_grad()
end

-- Dropout and Dropout2d: whole(what) numbers, or whole channels, vanish in training.
local function dropper(name, op)
  local class = nn.class(name)
  nn[name] = class
  function class:init(...)
    local opt, p = arguments("nn." .. name, { p = 0.5 }, 1, ...)
    p = p or opt.p
    if type(p) ~= "number" or p < 0 or p >= 1 then
      lunette.raise(("nn.%s: p must be in 0..1, got %s"):format(name, tostring(p)))
    end
    rawset(self, "p", p)
  end
  function class:forward(x)
    if not self.training or self.p == 0 then return x end
    return nn[op] { x, p = self.p, train = true }
  end
  function class:label() return ("%s(%g)"):format(name, self.p) end
end
--- Zeroes with probability p in training and scales the rest by 1 / (1 - p); Srivastava et al. 2014.
dropper("Dropout", "dropout")
--- The same for whole channels of [N, ..., C]; Tompson et al. 2015, arXiv:1411.4280.
dropper("Dropout2d", "dropout2d")
nn.Dropout1d = nn.Dropout2d

local BatchNorm = nn.class "BatchNorm"
nn.BatchNorm, nn.BatchNorm1d, nn.BatchNorm2d = BatchNorm, BatchNorm, BatchNorm
--- Normalises each channel (last) over all else; running statistics serve eval.  Ioffe and Szegedy 2015.
function BatchNorm:init(...)
  local opt, c = arguments("nn.BatchNorm", { momentum = 0.1, eps = 1e-5, affine = true }, 1, ...)
  whole("nn.BatchNorm", "channels", c)
  rawset(self, "opt", opt)
  affine(self, opt.affine, c)
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
  local opt, c = arguments("nn.LayerNorm", { eps = 1e-5, affine = true }, 1, ...)
  whole("nn.LayerNorm", "features", c)
  rawset(self, "eps", opt.eps)
  rawset(self, "features", c)
  affine(self, opt.affine, c)
end
function LayerNorm:forward(x) return nn.layer_norm { x, gamma = self.weight, beta = self.bias, eps = self.eps } end
function LayerNorm:label() return ("LayerNorm(%d)"):format(self.features) end

local GroupNorm = nn.class "GroupNorm"
nn.GroupNorm = GroupNorm
--- nn.GroupNorm(groups, channels): normalises groups of channels of each sample; Wu and He 2018, arXiv:1803.08494.
function GroupNorm:init(...)
  local opt, groups, c = arguments("nn.GroupNorm", { eps = 1e-5, affine = true }, 2, ...)
  whole("nn.GroupNorm", "groups", groups)
  if whole("nn.GroupNorm", "channels", c) % groups ~= 0 then
    lunette.raise(("nn.GroupNorm: %d channels do not split into %d groups"):format(c, groups))
  end
  rawset(self, "groups", groups)
  rawset(self, "channels", c)
  rawset(self, "eps", opt.eps)
  affine(self, opt.affine, c)
end
function GroupNorm:forward(x)
  return nn.group_norm { x, gamma = self.weight, beta = self.bias, groups = self.groups, eps = self.eps }
end
function GroupNorm:label() return ("GroupNorm(%d,%d)"):format(self.groups, self.channels) end

local InstanceNorm = nn.class "InstanceNorm"
nn.InstanceNorm, nn.InstanceNorm2d = InstanceNorm, InstanceNorm
--- Normalises each channel of each sample; Ulyanov et al. 2016, arXiv:1607.08022.
function InstanceNorm:init(...)
  local opt, c = arguments("nn.InstanceNorm", { eps = 1e-5, affine = false }, 1, ...)
  rawset(self, "channels", whole("nn.InstanceNorm", "channels", c))
  rawset(self, "eps", opt.eps)
  affine(self, opt.affine, c)
end
function InstanceNorm:forward(x)
  return nn.instance_norm { x, gamma = self.weight, beta = self.bias, eps = self.eps }
end
function InstanceNorm:label() return ("InstanceNorm(%d)"):format(self.channels) end
