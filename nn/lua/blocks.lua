--- blocks.lua: what image networks are built of: convolution with norm and activation, residual, bottleneck,
-- inverted residual, inception; and Parallel, which joins branches.

local arguments, whole = nn.arguments, lunette.whole

local ACTS = { none = true, relu = true, relu6 = true, leaky = true }

local ConvNorm = nn.class "ConvNorm"
nn.ConvNorm = ConvNorm
--- nn.ConvNorm(in, out, kernel, {stride, padding, groups, act, slope}): convolution without bias, batch norm,
-- activation ("relu", "relu6", "leaky" or "none").  Without gradients and in eval mode it is one pass: the norm is
-- folded into the weights.
function ConvNorm:init(...)
  local what = "nn.ConvNorm"
  local opt, i, o, k = arguments(what, { kernel = 3, stride = 1, padding = lunette.none, groups = 1, act = "relu",
    slope = 0.1, momentum = 0.1, eps = 1e-5 }, 3, ...)
  k = whole(what, "kernel", k or opt.kernel)
  if not ACTS[opt.act] then
    lunette.raise(("%s: act must be relu, relu6, leaky or none, got '%s'"):format(what, tostring(opt.act)))
  end
  self.conv = nn.Conv2d { i, o, k, stride = opt.stride, padding = opt.padding or k // 2, groups = opt.groups,
    bias = false }
  self.norm = nn.BatchNorm { o, momentum = opt.momentum, eps = opt.eps }
  rawset(self, "act", opt.act)
  rawset(self, "slope", opt.slope)
end

-- Weight and bias of convolution and norm in one: w g / s, b - m g / s with s = sqrt(var + eps); made again when one
-- of them has changed.
local function folded(self)
  local w, n = self.conv.weight, self.norm
  local sources = { w, n.weight, n.bias, n.running_mean, n.running_var }
  local kept = rawget(self, "_folded")
  local same = kept ~= nil
  for i, t in ipairs(sources) do same = same and rawequal(kept[i], t) and kept.versions[i] == t.version end
  if same then return kept.weight, kept.bias end
  local scale = n.weight / (n.running_var + n.opt.eps):sqrt()
  kept = { weight = (w * scale):contiguous(), bias = n.bias - n.running_mean * scale, versions = {} }
  for i, t in ipairs(sources) do kept[i], kept.versions[i] = t, t.version end
  rawset(self, "_folded", kept)
  return kept.weight, kept.bias
end

local function differentiates(self, x, residual)
  return tensor.is_recording() and (x.needs_grad or self.conv.weight.needs_grad or self.norm.weight.needs_grad
    or residual ~= nil and residual.needs_grad)
end

--- block(x), or block(x, residual): act(norm(conv(x)) + residual).
function ConvNorm:forward(x, residual)
  if not self.training and not differentiates(self, x, residual) then
    local w, b = tensor.no_grad(folded, self)
    local p = self.conv.opt
    return nn.conv2d { x, w, b, residual = residual, stride = p.stride, padding = p.padding, groups = p.groups,
      act = self.act, slope = self.slope }
  end
  rawset(self, "_folded", nil)
  local n = self.norm
  return nn.batch_norm { self.conv(x), gamma = n.weight, beta = n.bias, mean = n.running_mean, var = n.running_var,
    residual = residual, train = self.training, momentum = n.opt.momentum, eps = n.opt.eps, act = self.act,
    slope = self.slope }
end
function ConvNorm:label() return ("ConvNorm %s %s"):format(self.conv:label(), self.act) end

-- --- containers ---------------------------------------------------------------------------------------------------

local Residual = nn.class "Residual"
nn.Residual = Residual
--- nn.Residual{body, skip = module, act = "relu"}: act(body(x) + skip(x)); skip is x itself by default.
function Residual:init(...)
  local opt, body = arguments("nn.Residual", { skip = lunette.none, act = lunette.none }, 1, ...)
  if not nn.is_module(body) then lunette.raise "nn.Residual: a module expected first" end
  self.body = body
  if opt.skip then self.skip = opt.skip end
  rawset(self, "act", opt.act and (tensor[opt.act] or nn[opt.act]))
end
function Residual:forward(x)
  local y = self.body(x) + (self.skip and self.skip(x) or x)
  return self.act and self.act(y) or y
end

local Parallel = nn.class "Parallel"
nn.Parallel = Parallel
--- nn.Parallel{a, b, ..., dim = -1}: every branch sees x; their outputs are joined along dim.
function Parallel:init(list)
  local opt = lunette.checked("nn.Parallel", list, { dim = -1 })
  for i, m in ipairs(list) do
    if not nn.is_module(m) then
      lunette.raise(("nn.Parallel: element %d is a %s, not a module"):format(i, lunette.typename(m)))
    end
    rawset(self, i, m)
  end
  rawset(self, "dim", opt.dim)
end
function Parallel:forward(x)
  local out = { dim = self.dim }
  for i = 1, #self do out[i] = self[i](x) end
  return tensor.cat(out)
end

-- --- blocks -------------------------------------------------------------------------------------------------------

local BasicBlock = nn.class "BasicBlock"
nn.BasicBlock = BasicBlock
--- nn.BasicBlock(in, out, {stride}): two 3 x 3 convolutions around a skip (ResNet-18, -34); He et al. 2015,
-- arXiv:1512.03385.
function BasicBlock:init(...)
  local opt, i, o = arguments("nn.BasicBlock", { stride = 1 }, 2, ...)
  self.a = nn.ConvNorm { i, o, 3, stride = opt.stride }
  self.b = nn.ConvNorm { o, o, 3 }
  if i ~= o or opt.stride ~= 1 then self.skip = nn.ConvNorm { i, o, 1, stride = opt.stride, act = "none" } end
end
function BasicBlock:forward(x) return self.b(self.a(x), self.skip and self.skip(x) or x) end

local Bottleneck = nn.class "Bottleneck"
nn.Bottleneck = Bottleneck
--- nn.Bottleneck(in, mid, {stride, expansion = 4, stride_in = "first"}): 1 x 1, 3 x 3, 1 x 1 around a skip
-- (ResNet-50); the stride sits in the first convolution (He et al. 2015) or in the 3 x 3 ("second").
function Bottleneck:init(...)
  local what = "nn.Bottleneck"
  local opt, i, mid = arguments(what, { stride = 1, expansion = 4, stride_in = "first" }, 2, ...)
  local o = whole(what, "mid", mid) * opt.expansion
  local first = opt.stride_in == "first"
  self.a = nn.ConvNorm { i, mid, 1, stride = first and opt.stride or 1 }
  self.b = nn.ConvNorm { mid, mid, 3, stride = first and 1 or opt.stride }
  self.c = nn.ConvNorm { mid, o, 1 }
  if i ~= o or opt.stride ~= 1 then self.skip = nn.ConvNorm { i, o, 1, stride = opt.stride, act = "none" } end
end
function Bottleneck:forward(x) return self.c(self.b(self.a(x)), self.skip and self.skip(x) or x) end

local InvertedResidual = nn.class "InvertedResidual"
nn.InvertedResidual = InvertedResidual
--- nn.InvertedResidual(in, out, {stride, expand = 6}): widen, depthwise 3 x 3, narrow (MobileNetV2); Sandler et al.
-- 2018, arXiv:1801.04381.
function InvertedResidual:init(...)
  local what = "nn.InvertedResidual"
  local opt, i, o = arguments(what, { stride = 1, expand = 6 }, 2, ...)
  local h = whole(what, "in", i) * whole(what, "expand", opt.expand)
  if opt.expand > 1 then self.widen = nn.ConvNorm { i, h, 1, act = "relu6" } end
  self.depth = nn.ConvNorm { h, h, 3, stride = opt.stride, groups = h, act = "relu6" }
  self.narrow = nn.ConvNorm { h, o, 1, act = "none" }
  rawset(self, "adds", opt.stride == 1 and i == o)
  rawset(self, "stride", opt.stride)
end
-- Is m what the fused op computes in its place: a plain convolution k x k with this activation?
local function is_part(m, k, stride, groups, act)
  if getmetatable(m) ~= ConvNorm or m.training or m.act ~= act then return false end
  local w, p = m.conv.weight, m.conv.opt
  return w:size(1) == k and w:size(2) == k and p.stride == stride and p.padding == k // 2 and p.groups == groups
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
function InvertedResidual:forward(x)
  local y = in_one(self, x)
  if y then return y end
  local h = self.widen and self.widen(x) or x
  return self.narrow(self.depth(h), self.adds and x or nil)
end

--- nn.Inception(in, {b1, {r3, b3}, {r5, b5}, pool}): 1 x 1, 3 x 3, 5 x 5 and pooled branches side by side;
-- Szegedy et al. 2014, arXiv:1409.4842.
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
