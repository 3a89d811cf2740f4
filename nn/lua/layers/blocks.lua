--- blocks.lua: what image networks are built of: convolution with norm and activation, residual, bottleneck,
-- inverted residual, inception; and Parallel, which joins branches.

local layer = require "nn.layer"
local record = require "nn.record"
local of_op = record.of_op

local whole, none = lunette.whole, lunette.none

local stride = { "stride", 1, "step", "sizes" }

local ConvNorm

-- Weight w and bias of convolution and norm in one: what scale, shift = make(self) gives, w scale and shift; made again
-- when one of the tensors `sources`, of which w is the first, has changed.
local function fold(self, sources, make)
  local kept = rawget(self, "_folded")
  local same = kept ~= nil
  for i, t in ipairs(sources) do same = same and rawequal(kept[i], t) and kept.versions[i] == t.version end
  if same then return kept.weight, kept.bias end
  local scale, shift = make(self)
  kept = { weight = (sources[1] * scale):contiguous(), bias = shift, versions = {} }
  for i, t in ipairs(sources) do kept[i], kept.versions[i] = t, t.version end
  rawset(self, "_folded", kept)
  return kept.weight, kept.bias
end

-- g / s and b - m g / s with s = sqrt(var + eps).
local function norm_of(self)
  local n = self.norm
  local scale = n.weight / (n.running_var + n.opt.eps):sqrt()
  return scale, n.bias - n.running_mean * scale
end

local function folded(self)
  local n = self.norm
  return fold(self, { self.conv.weight, n.weight, n.bias, n.running_mean, n.running_var }, norm_of)
end

local function differentiates(self, x, residual)
  return tensor.is_recording() and (x.needs_grad or self.conv.weight.needs_grad or self.norm.weight.needs_grad
    or residual ~= nil and residual.needs_grad)
end

-- block(x), or block(x, residual): act(norm(conv(x)) + residual).
local function conv_norm(self, x, residual)
  if not self.training and not differentiates(self, x, residual) then
    local w, b = tensor.no_grad(folded, self)
    local p = self.conv.opt
    return nn.conv2d { x, w, b, residual = residual, stride = p.stride, padding = p.padding, groups = p.groups,
      act = self.act, slope = self.slope }
  end
  rawset(self, "_folded", nil)
  local n = self.norm
  return nn.batch_norm { self.conv(x), gamma = n.weight, beta = n.bias, mean = n.running_mean, var = n.running_var,
    residual = residual, train = self.training, momentum = n.opt.momentum, eps = n.opt.eps, sync = n.opt.sync,
    act = self.act, slope = self.slope }
end

ConvNorm = layer { name = "ConvNorm", args = { "in", "out", "kernel" },
  doc = "convolution without bias, batch norm and activation; without gradients and in eval mode one pass: the norm is "
    .. "folded into the weights",
  options = { { "kernel", 3, "size", "whole" }, stride, { "padding", none, "half the kernel by default", "any" },
    { "groups", 1, "channels in separate parts", "whole" },
    { "act", "relu", "relu, relu6, leaky or none", of_op("batch_norm", "act")[4] },
    of_op("batch_norm", "slope", "of leaky"), of_op("batch_norm", "momentum", "of the norm", { 0 }),
    of_op("batch_norm", "eps", "of the norm", { 0 }),
    { "sync", false, "statistics over the batches of all processes (mpirun), not of each" } },
  call = "(3, 4, 3)", input = "tensor.randn(1, 6, 6, 3)", see = "nn.Conv2d, nn.BatchNorm",
  init = function(self, opt, i, o)
    self.conv = nn.Conv2d { i, o, opt.kernel, stride = opt.stride, padding = opt.padding or opt.kernel // 2,
      groups = opt.groups, bias = false }
    self.norm = nn.BatchNorm { o, momentum = opt.momentum, eps = opt.eps, sync = opt.sync }
    rawset(self, "act", opt.act)
    rawset(self, "slope", opt.slope)
  end,
  forward = conv_norm,
  label = function(self) return ("ConvNorm %s %s"):format(self.conv:label(), self.act) end }

-- --- containers ---------------------------------------------------------------------------------------------------

layer { name = "Residual", args = { "body" }, doc = "act(body(x) + skip(x)); skip is x itself by default",
  options = { { "body", none, "a module", "any" }, { "skip", none, "a module for the other way", "any" },
    { "act", none, "name of an activation", "any" } },
  sig = "nn.Residual{body, skip=, act=}", call = "{nn.Linear(3, 3)}", input = "tensor.ones(1, 3)",
  see = "nn.BasicBlock",
  init = function(self, opt)
    if not nn.is_module(opt.body) then lunette.raise "nn.Residual: a module expected first" end
    self.body = opt.body
    if opt.skip then self.skip = opt.skip end
    local act = opt.act and (tensor[opt.act] or nn[opt.act])
    if opt.act and not act then lunette.raise(("nn.Residual: no activation '%s'"):format(tostring(opt.act))) end
    rawset(self, "act", act)
  end,
  forward = function(self, x)
    local y = self.body(x) + (self.skip and self.skip(x) or x)
    return self.act and self.act(y) or y
  end }

local Parallel = nn.class "Parallel"
nn.Parallel = Parallel
local joined = { { "dim", -1, "where they are joined" } }
record.declare { name = "nn.Parallel", sig = "nn.Parallel{a, b, ..., dim=-1}", options = joined,
  doc = "every branch sees x; their outputs are joined along dim", see = "nn.Inception",
  example = "print(nn.Parallel{nn.Linear(3, 1), nn.Linear(3, 2)}(tensor.ones(1, 3)))",
  example2 = "net = nn.Parallel{nn.Linear(3, 1), nn.Tanh()}\nprint(net(tensor.ones(2, 3)).shape[2])" }
function Parallel:init(list)
  local opt = record.checked("nn.Parallel", list, joined)
  for i, m in record.modules("nn.Parallel", list, 0) do rawset(self, i, m) end
  rawset(self, "dim", opt.dim)
end
function Parallel:forward(x)
  local out = { dim = self.dim }
  lunette.check_layers(self)
  for i = 1, #self do out[i] = self[i](x) end
  return tensor.cat(out)
end

-- --- blocks -------------------------------------------------------------------------------------------------------

local function skip_of(i, o, by)
  if i ~= o or by ~= 1 then return nn.ConvNorm { i, o, 1, stride = by, act = "none" } end
end

layer { name = "BasicBlock", args = { "in", "out" },
  doc = "two 3 x 3 convolutions around a skip (ResNet-18, -34); He et al. 2015, arXiv:1512.03385",
  options = { { "stride", 1, "of the first", "sizes" } }, call = "(2, 4)", input = "tensor.randn(1, 6, 6, 2)",
  see = "nn.Bottleneck",
  init = function(self, opt, i, o)
    self.a = nn.ConvNorm { i, o, 3, stride = opt.stride }
    self.b = nn.ConvNorm { o, o, 3 }
    self.skip = skip_of(i, o, opt.stride)
  end,
  forward = function(self, x) return self.b(self.a(x), self.skip and self.skip(x) or x) end }

layer { name = "Bottleneck", args = { "in", "mid" },
  doc = "1 x 1, 3 x 3, 1 x 1 around a skip (ResNet-50); He et al. 2015",
  options = { stride, { "expansion", 4, "out / mid", "whole" },
    { "stride_in", "first", "the convolution with the stride, first or second", { "first", "second" } } },
  call = "(4, 2)", input = "tensor.randn(1, 6, 6, 4)", see = "nn.BasicBlock",
  init = function(self, opt, i, mid)
    local o, first = mid * opt.expansion, opt.stride_in == "first"
    self.a = nn.ConvNorm { i, mid, 1, stride = first and opt.stride or 1 }
    self.b = nn.ConvNorm { mid, mid, 3, stride = first and 1 or opt.stride }
    self.c = nn.ConvNorm { mid, o, 1 }
    self.skip = skip_of(i, o, opt.stride)
  end,
  forward = function(self, x) return self.c(self.b(self.a(x)), self.skip and self.skip(x) or x) end }

-- Is m what the fused op computes in its place: a plain convolution k x k with this activation?
local function is_part(m, k, by, groups, act)
  if getmetatable(m) ~= ConvNorm or m.training or m.act ~= act then return false end
  local w, p = m.conv.weight, m.conv.opt
  return w:size(1) == k and w:size(2) == k and p.stride == by and p.padding == k // 2 and p.groups == groups
end
-- Without gradients and in eval mode the three go through the cache together, unless one was exchanged.
local function in_one(self, x)
  local widen, depth, narrow = self.widen, self.depth, self.narrow
  if self.training or x.is_meta then return end
  if widen and not is_part(widen, 1, 1, 1, "relu6") or not is_part(narrow, 1, 1, 1, "none")
    or not is_part(depth, 3, self.stride, narrow.conv.weight:size(3), "relu6") then return end
  local p = { x, stride = self.stride, skip = self.adds, act = "relu6" }
  for name, m in pairs { widen = widen, depth = depth, narrow = narrow } do
    if differentiates(m, x) then return end
    p[name], p[name .. "_b"] = tensor.no_grad(folded, m)
  end
  return nn.inverted_residual(p)
end
layer { name = "InvertedResidual", args = { "in", "out" },
  doc = "widen, depthwise 3 x 3, narrow (MobileNetV2); Sandler et al. 2018, arXiv:1801.04381",
  options = { stride, { "expand", 6, "of the channels", "whole" } }, call = "(2, 2)",
  input = "tensor.randn(1, 6, 6, 2)", see = "nn.ConvNorm",
  init = function(self, opt, i, o)
    local h = i * opt.expand
    if opt.expand > 1 then self.widen = nn.ConvNorm { i, h, 1, act = "relu6" } end
    self.depth = nn.ConvNorm { h, h, 3, stride = opt.stride, groups = h, act = "relu6" }
    self.narrow = nn.ConvNorm { h, o, 1, act = "none" }
    rawset(self, "adds", opt.stride == 1 and i == o)
    rawset(self, "stride", opt.stride)
  end,
  forward = function(self, x)
    local y = in_one(self, x)
    if y then return y end
    local h = self.widen and self.widen(x) or x
    return self.narrow(self.depth(h), self.adds and x or nil)
  end }

record.declare { name = "nn.Inception", sig = "nn.Inception(in, {b1, {r3, b3}, {r5, b5}, pool})",
  doc = "1 x 1, 3 x 3, 5 x 5 and pooled branches side by side; Szegedy et al. 2014, arXiv:1409.4842",
  example = "print(nn.Inception(3, {1, {1, 2}, {1, 2}, 1})(tensor.randn(1, 6, 6, 3)))",
  example2 = "print(nn.Inception(3, {1, {1, 2}, {1, 2}, 1}):parameter_count())", see = "nn.Parallel" }
function nn.Inception(i, widths)
  whole("nn.Inception", "in", i)
  local b1, three, five, pool = table.unpack(widths)
  return nn.Parallel {
    nn.ConvNorm(i, b1, 1),
    nn.Sequential { nn.ConvNorm(i, three[1], 1), nn.ConvNorm(three[1], three[2], 3) },
    nn.Sequential { nn.ConvNorm(i, five[1], 1), nn.ConvNorm(five[1], five[2], 5) },
    nn.Sequential { nn.MaxPool2d { 3, stride = 1, padding = 1 }, nn.ConvNorm(i, pool, 1) },
  }
end

--- conv_norm: what a class with fields conv, norm and act may take for its forward.
return { conv_norm = conv_norm, fold = fold }
