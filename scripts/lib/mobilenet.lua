--- mobilenet.lua: MobileNetV2, its layers as Keras lists them, and what its weights are called elsewhere.
-- Sandler et al. 2018, arXiv:1801.04381.
--
-- A k x k convolution of a picture h x w from d to e channels costs h w k^2 d e multiplications.  MobileNet takes it
-- apart: one filter k x k for each channel (depthwise, h w k^2 d), then a 1 x 1 convolution that mixes them (h w d e).
-- Its block, an inverted residual, is thin at its ends and wide within (t = 6 times):
--   x  [h, w, d]  --1 x 1, ReLU6-->  [h, w, t d]  --3 x 3 depthwise, stride s, ReLU6-->  [h/s, w/s, t d]
--      --1 x 1, no activation-->  [h/s, w/s, e];      + x where s = 1 and d = e.
-- The last step is linear because ReLU on few channels destroys what they carry: the bottleneck; what a ReLU loses of
-- one of many channels the others still hold.  ReLU6(a) = min(max(a, 0), 6).  Every convolution is followed by batch
-- norm and has no bias.
local mobilenet = {}

--- Table 2 of the paper: t, channels, how often, stride of the first.
mobilenet.stages = { { 1, 16, 1, 1 }, { 6, 24, 2, 2 }, { 6, 32, 3, 2 }, { 6, 64, 4, 2 }, { 6, 96, 3, 1 },
  { 6, 160, 3, 2 }, { 6, 320, 1, 1 } }

--- Where the programs differ: their zeros around a convolution with stride 2 (Keras puts them right and below where the
-- size is even), the epsilon of batch norm, and what they make of a picture of 0..1.
mobilenet.forms = {
  torch = { eps = 1e-5, prepare = function(x)
    return (x - tensor { 0.485, 0.456, 0.406 }) / tensor { 0.229, 0.224, 0.225 }
  end },
  keras = { eps = 1e-3, after = true, prepare = function(x) return x * 2 - 1 end },
  own = { eps = 1e-5, prepare = function(x) return x * 2 - 1 end },
}

--- Channels are multiples of 8, at least 8, and never less than nine tenths of what was asked for.
function mobilenet.channels(c)
  local n = math.max(8, (c + 4) // 8 * 8)
  return math.tointeger(n < 0.9 * c and n + 8 or n)
end

--- Those of which Keras has files.
mobilenet.widths = { 0.35, 0.5, 0.75, 1, 1.3, 1.4 }
--- mobilenet.width(c): the width whose last block has c channels, or nil.
function mobilenet.width(c)
  for _, width in ipairs(mobilenet.widths) do
    if mobilenet.channels(320 * width) == c then return width end
  end
end

--- Convolution k x k, batch norm, and ReLU6 (or "none").
local Part = nn.class "Part"
function Part:init(i, o, k, stride, groups, act, form)
  rawset(self, "after", stride == 2 and form.after)
  self.body = nn.ConvNorm { i, o, k, stride = stride, groups = groups, act = act, eps = form.eps,
    padding = self.after and 0 or k // 2 }
  nn.init.he_normal(self.body.conv.weight)
end
function Part:forward(x)
  if self.after then                                                       -- (0, 1) on even sizes, (1, 1) on odd ones
    local t, l = x:size(2) % 2, x:size(3) % 2
    x = x:pad { 0, 0, t, 1, l, 1, 0, 0 }
  end
  return self.body(x)
end

local InvertedResidual = nn.class "InvertedResidual"
function InvertedResidual:init(d, e, t, stride, form)
  if t > 1 then self.expand = Part(d, t * d, 1, 1, 1, "relu6", form) end
  self.depthwise = Part(t * d, t * d, 3, stride, t * d, "relu6", form)
  self.project = Part(t * d, e, 1, 1, 1, "none", form)
  rawset(self, "adds", stride == 1 and d == e)
  if self.adds then nn.init.zeros(self.project.body.norm.weight) end       -- at first such a block is the identity
end
function InvertedResidual:forward(x)
  local wide = self.expand and self.expand(x) or x
  local y = self.project(self.depthwise(wide))
  return self.adds and x + y or y
end

local Net = nn.class "MobileNetV2"
function Net:init(width, form)
  local c = mobilenet.channels(32 * width)
  self.stem = Part(3, c, 3, 2, 1, "relu6", form)
  self.blocks = nn.Sequential {}
  for _, stage in ipairs(mobilenet.stages) do
    local e = mobilenet.channels(stage[2] * width)
    for k = 1, stage[3] do
      self.blocks:push(InvertedResidual(c, e, stage[1], k == 1 and stage[4] or 1, form))
      c = e
    end
  end
  local last = mobilenet.channels(1280 * math.max(1, width))
  self.last = Part(c, last, 1, 1, 1, "relu6", form)
  rawset(self, "features", last)
  rawset(self, "prepare", form.prepare)
  rawset(self, "eps", form.eps)
end

--- Pictures [n, h, w, 3] of 0..1 -> maps [n, h/32, w/32, 1280].
function Net:maps(x) return self.last(self.blocks(self.stem(self.prepare(x)))) end
--- ... -> features [n, 1280]: the mean over places.
function Net:forward(x) return self:maps(x):mean { dim = { 2, 3 } } end

--- mobilenet.new{width=1, form="own"} -> the net without its last layer; net.features is 1280 (more where width > 1).
function mobilenet.new(o) return Net(o.width or 1, mobilenet.forms[o.form or "own"]) end

-- --- layers and names -----------------------------------------------------------------------------------------------

--- The layers as `keras.applications.MobileNetV2(include_top=False).layers` has them, 154, counted from 0 there:
-- {name=, kind=, at = path of the module here, torch = path of torchvision's}; kinds without weights have no `at`.
function mobilenet.layers(net)
  local list = {}
  local function add(name, kind, at, torch) list[#list + 1] = { name = name, kind = kind, at = at, torch = torch } end
  local function part(name, norm, path, torch, norm_torch, depthwise, relu)
    add(name, depthwise and "depthwise" or "conv", path .. ".body.conv", torch)
    add(norm, "norm", path .. ".body.norm", norm_torch)
    if relu then add(relu, "relu") end
  end
  add("input_1", "input")
  part("Conv1", "bn_Conv1", "stem", "features.0.0", "features.0.1", false, "Conv1_relu")
  for k, block in ipairs(net.blocks) do
    local name = k == 1 and "expanded_conv_" or ("block_%d_"):format(k - 1)
    local at, torch, j = ("blocks.%d."):format(k), ("features.%d.conv."):format(k), 0
    if block.expand then
      part(name .. "expand", name .. "expand_BN", at .. "expand", torch .. "0.0", torch .. "0.1", false,
        name .. "expand_relu")
      j = 1
    end
    if block.depthwise.body.conv.opt.stride == 2 then add(name .. "pad", "pad") end
    part(name .. "depthwise", name .. "depthwise_BN", at .. "depthwise", torch .. j .. ".0", torch .. j .. ".1", true,
      name .. "depthwise_relu")
    part(name .. "project", name .. "project_BN", at .. "project", torch .. j + 1, torch .. j + 2)
    if block.adds then add(name .. "add", "add") end
  end
  local k = #net.blocks + 1
  part("Conv_1", "Conv_1_bn", "last", ("features.%d.0"):format(k), ("features.%d.1"):format(k), false, "out_relu")
  return list
end

--- Of a convolution and of a norm: our name, Keras', torchvision's; how Keras' and torchvision's kernels become ours
-- [height, width, in (1: depthwise), out].
mobilenet.weights = {
  conv = { { "weight", "kernel", "weight", nil, { 3, 4, 2, 1 } } },
  depthwise = { { "weight", "depthwise_kernel", "weight", { 1, 2, 4, 3 }, { 3, 4, 2, 1 } } },
  norm = { { "weight", "gamma", "weight" }, { "bias", "beta", "bias" },
    { "running_mean", "moving_mean", "running_mean" }, { "running_var", "moving_variance", "running_var" } },
}

--- mobilenet.names(net) -> rows {ours, keras, torch, keras_order, torch_order} of all tensors of the net.
function mobilenet.names(net)
  local rows = {}
  for _, layer in ipairs(mobilenet.layers(net)) do
    for _, w in ipairs(mobilenet.weights[layer.kind] or {}) do
      rows[#rows + 1] = { layer.at .. "." .. w[1], layer.name .. "/" .. w[2] .. ":0", layer.torch .. "." .. w[3], w[4],
        w[5] }
    end
  end
  return rows
end

--- mobilenet.freeze(net, from): layers before number `from` of Keras' list (counted from 0; nil: all) are not learnt;
-- the learnt tensors of the others are returned.  Batch norm keeps its running mean and variance in every layer:
-- net:eval() is left on, as in base_model(x, training=False).
function mobilenet.freeze(net, from)
  local at, learnt = {}, {}
  for k, layer in ipairs(mobilenet.layers(net)) do
    if layer.at then at[layer.at] = k - 1 end
  end
  for _, p in ipairs(net:named_parameters()) do
    local learns = from ~= nil and at[p[1]:match "^(.*)%.[^.]*$"] >= from
    p[2]:requires_grad(learns)
    if learns then learnt[#learnt + 1] = p[2] end
  end
  net:eval()
  return learnt
end

return mobilenet
