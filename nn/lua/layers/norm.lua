--- norm.lua: layers that normalise, and layers that drop.
local layer = require "nn.layer"
local of_op = require "nn.record".of_op

-- Learned scale and shift.
local function affine(self, on, c)
  if not on then return end
  self.weight = tensor.ones(c):requires_grad()
  self.bias = tensor.zeros(c):requires_grad()
end

local function dropper(name, op, doc, input, also)
  layer { name = name, args = { "p" }, also = also, doc = doc, call = "(0.5)", input = input, see = "net:eval",
    options = { of_op(op, "p", "share that is dropped", { 0, 1 }) },
    init = function(self, opt) rawset(self, "p", opt.p) end,
    forward = function(self, x)
      if not self.training or self.p == 0 then return x end
      return nn[op] { x, p = self.p, train = true }
    end,
    label = function(self) return ("%s(%g)"):format(name, self.p) end }
end
dropper("Dropout", "dropout",
  "zeroes elements with probability p while training and scales the rest by 1 / (1 - p); Srivastava et al. 2014",
  "tensor.ones(2)")
dropper("Dropout2d", "dropout2d", "dropout of whole channels (last); Tompson et al. 2015, arXiv:1411.4280",
  "tensor.ones(1, 4, 4, 2)", { "Dropout1d" })

local function eps(op) return of_op(op, "eps", "under the root", { 0 }) end
local sync = { "sync", false, "statistics over the batches of all processes (mpirun), not of each" }
local scaled = { "affine", true, "learns scale and shift" }

layer { name = "BatchNorm", also = { "BatchNorm1d", "BatchNorm2d" }, args = { "channels" },
  doc = "normalises each channel (last) over all else; running statistics serve eval; Ioffe and Szegedy 2015",
  options = { of_op("batch_norm", "momentum", "of the running statistics", { 0 }), eps "batch_norm", scaled, sync },
  call = "(3)", input = "tensor.randn(4, 3)", see = "net:eval, nn.LayerNorm",
  init = function(self, opt, c)
    affine(self, opt.affine, c)
    self:buffer("running_mean", tensor.zeros(c))
    self:buffer("running_var", tensor.ones(c))
  end,
  forward = function(self, x)
    return nn.batch_norm { x, gamma = self.weight, beta = self.bias, mean = self.running_mean, var = self.running_var,
      train = self.training, momentum = self.opt.momentum, eps = self.opt.eps, sync = self.opt.sync }
  end,
  label = function(self) return ("BatchNorm(%d)"):format(self.running_mean:size(1)) end }

-- Layers over the last dimension, or over the last few.
local function last_layer(name, doc, options, see, init, forward)
  layer { name = name, args = { "features" }, sizes = true, doc = doc, options = options, call = "(3)",
    input = "tensor.randn(2, 3)", see = see,
    init = function(self, opt, ...)
      local sizes = { ... }
      rawset(self, "eps", opt.eps)
      rawset(self, "features", table.concat(sizes, ","))
      rawset(self, "dims", #sizes)
      init(self, opt.affine, sizes)
    end,
    forward = forward,
    label = function(self) return ("%s(%s)"):format(name, self.features) end }
end
last_layer("LayerNorm", "normalises the last dimension, or the last few; Ba et al. 2016, arXiv:1607.06450",
  { eps "layer_norm", scaled }, "nn.BatchNorm, nn.RMSNorm", affine, function(self, x)
    return nn.layer_norm { x, gamma = self.weight, beta = self.bias, eps = self.eps, dims = self.dims }
  end)
last_layer("RMSNorm", "scales the last dimension, or the last few, to a mean square of 1; Zhang and Sennrich 2019, "
  .. "arXiv:1910.07467", { of_op("rms_norm", "eps", "under the root; 1.2e-7, of f64 2.2e-16", { 0 }),
    { "affine", true, "learns a scale" } }, "nn.LayerNorm", function(self, on, c)
    if on then self.weight = tensor.ones(c):requires_grad() end
  end, function(self, x) return nn.rms_norm { x, gamma = self.weight, eps = self.eps, dims = self.dims } end)

layer { name = "GroupNorm", args = { "groups", "channels" },
  doc = "normalises groups of channels of each sample; Wu and He 2018, arXiv:1803.08494",
  options = { eps "group_norm", scaled },
  call = "(2, 4)", input = "tensor.randn(1, 5, 5, 4)", see = "nn.BatchNorm",
  init = function(self, opt, groups, c)
    if c % groups ~= 0 then
      lunette.raise(("nn.GroupNorm: %d channels do not split into %d groups"):format(c, groups))
    end
    rawset(self, "groups", groups)
    rawset(self, "channels", c)
    rawset(self, "eps", opt.eps)
    affine(self, opt.affine, c)
  end,
  forward = function(self, x)
    return nn.group_norm { x, gamma = self.weight, beta = self.bias, groups = self.groups, eps = self.eps }
  end,
  label = function(self) return ("GroupNorm(%d,%d)"):format(self.groups, self.channels) end }

layer { name = "InstanceNorm", also = { "InstanceNorm2d" }, args = { "channels" },
  doc = "normalises each channel of each sample; Ulyanov et al. 2016, arXiv:1607.08022",
  options = { eps "instance_norm", { "affine", false, "learns scale and shift" } },
  call = "(3)", input = "tensor.randn(1, 4, 4, 3)", see = "nn.GroupNorm",
  init = function(self, opt, c)
    rawset(self, "channels", c)
    rawset(self, "eps", opt.eps)
    affine(self, opt.affine, c)
  end,
  forward = function(self, x)
    return nn.instance_norm { x, gamma = self.weight, beta = self.bias, eps = self.eps }
  end,
  label = function(self) return ("InstanceNorm(%d)"):format(self.channels) end }
