--- conv.lua: layers of images and of sequences seen as rows: convolution, pooling, padding, enlargement.
-- Images are [N, H, W, C], volumes [N, D, H, W, C], sequences [N, T, C]; kernels [kh, kw, in / groups, out].
local layer = require "nn.layer"
local of_op = require "nn.record".of_op

local whole, none = lunette.whole, lunette.none

-- One number or {y, x} as two.
local function pair(what, name, v)
  if type(v) == "table" then return whole(what, name, v[1]), whole(what, name, v[2] or v[1]) end
  return whole(what, name, v), v
end

-- One number or {z, y, x} as three.
local function triple(what, name, v)
  if type(v) ~= "table" then return whole(what, name, v), v, v end
  return whole(what, name, v[1]), whole(what, name, v[2] or v[1]), whole(what, name, v[3] or v[2] or v[1])
end

local function groups_fit(what, i, o, groups)
  whole(what, "groups", groups)
  if i % groups ~= 0 or o % groups ~= 0 then
    lunette.raise(("%s: %d and %d channels do not split into %d groups"):format(what, i, o, groups))
  end
end

-- padding = "same" is the op's option of that name; "causal", of sequences: zeros before the first step alone, so that
-- no step sees a later one.
local function geometry(what, opt, kernel)
  local padding, same = opt.padding, opt.padding == "same"
  local sizes = #kernel == 3 and triple or pair
  sizes(what, "stride", opt.stride)
  sizes(what, "dilation", opt.dilation)
  if padding == "causal" and #kernel == 1 then
    padding = { (kernel[1] - 1) * pair(what, "dilation", opt.dilation), 0, 0, 0 }
  elseif type(padding) == "string" and not same then
    lunette.raise(("%s: padding must be a number, a list%s or 'same', got '%s'"):format(what,
      #kernel == 1 and ", 'causal'" or "", padding))
  end
  return { stride = opt.stride, padding = not same and padding or nil, dilation = opt.dilation,
    groups = opt.groups, same = same or nil, act = opt.act, slope = opt.slope }
end

local function text_of(v)
  if type(v) == "table" then return table.concat(v, "x") end
  return tostring(v)
end

-- What Conv1d, Conv2d and Conv3d have in common.  kernel: {k}, {kh, kw} or {kd, kh, kw}.
local function convolution(self, what, i, o, kernel, opt)
  groups_fit(what, i, o, opt.groups)
  local shape = { table.unpack(kernel) }
  shape[#shape + 1], shape[#shape + 2] = i // opt.groups, o
  self.weight = nn.init.default(tensor.empty(shape)):requires_grad()
  if opt.bias then self.bias = nn.init.default(tensor.empty(o), nn.init.fans(self.weight)):requires_grad() end
  rawset(self, "opt", geometry(what, opt, kernel))
  local text = ("%s(%d,%d,%s"):format(self.__name, i, o, text_of(kernel))
  for _, key in ipairs { "stride", "padding", "dilation", "groups" } do
    local v = opt[key]
    if v ~= nil and v ~= (key == "padding" and 0 or 1) then text = text .. "," .. key .. "=" .. text_of(v) end
  end
  rawset(self, "text", text .. (opt.act and opt.act ~= "none" and "," .. opt.act or "") .. ")")
end

local act = of_op("conv2d", "act", "relu, relu6 or leaky, in the same pass")
local slope = of_op("conv2d", "slope", "of leaky")
local bias = { "bias", true, "adds b" }
local kernel = { "kernel", none, "k or {kh, kw}", "any" }

local options = {
  kernel, { "stride", 1, "step", "sizes" },
  { "padding", 0, 'border of zeros, "same" or, of sequences, "causal"', "any" },
  { "dilation", 1, "gaps in the kernel", "sizes" }, { "groups", 1, "channels in separate parts", "whole" }, bias, act,
  slope,
}

-- sizes(what, kernel) gives the kernel's as a list; own: its options where they are others.
local function convolution_of(name, op, doc, sample, sizes, own)
  local what = "nn." .. name
  layer { name = name, args = { "in", "out", "kernel" }, doc = doc, options = own or options, see = "nn." .. op,
    call = sample[1], input = sample[2],
    init = function(self, opt, i, o) convolution(self, what, i, o, sizes(what, opt.kernel), opt) end,
    forward = function(self, x)
      local p = self.opt
      return nn[op] { x, self.weight, self.bias, stride = p.stride, padding = p.padding, dilation = p.dilation,
        groups = p.groups, same = p.same, act = p.act, slope = p.slope }
    end,
    label = function(self) return self.text end }
end
convolution_of("Conv2d", "conv2d", "convolution of [N,H,W,in] to [N,OH,OW,out]",
  { "(3, 4, 3, {padding = 1})", "tensor.randn(1, 6, 6, 3)" },
  function(what, k) return { pair(what, "kernel", k) } end)
convolution_of("Conv1d", "conv1d", "convolution of sequences [N,T,in] to [N,OT,out]",
  { "(3, 4, 3)", "tensor.randn(1, 6, 3)" }, function(what, k) return { whole(what, "kernel", k) } end)

convolution_of("Conv3d", "conv3d", "convolution of volumes [N,D,H,W,in] to [N,OD,OH,OW,out]",
  { "(2, 4, 3, {padding = 1})", "tensor.randn(1, 4, 6, 6, 2)" },
  function(what, k) return { triple(what, "kernel", k) } end,
  { { "kernel", none, "k or {kd, kh, kw}", "any" }, options[2], { "padding", 0, 'border of zeros, or "same"', "any" },
    options[4], options[5], bias }) -- no act: its op has none

local enlarging = { kernel, { "stride", 1, "factor of enlargement", "sizes" },
  { "padding", 0, 'cut off the border, or "same": the output is the input times the stride', "any" },
  { "output_padding", 0, "added at the end", "any" }, { "groups", 1, "channels in separate parts", "whole" }, bias,
  { "dilation", 1, "gaps in the kernel", "sizes" } }
local function transposed_of(name, op, doc, sample, sizes)
  local what = "nn." .. name
  layer { name = name, args = { "in", "out", "kernel" }, doc = doc, options = enlarging, see = "nn." .. op,
    call = sample[1], input = sample[2],
    init = function(self, opt, i, o)
      groups_fit(what, i, o, opt.groups)
      local shape, taps = { sizes(what, "kernel", opt.kernel) }, 1
      for _, k in ipairs(shape) do taps = taps * k end
      rawset(self, "text", ("%s(%d,%d,%s,stride=%s)"):format(name, i, o, table.concat(shape, "x"), text_of(opt.stride)))
      shape[#shape + 1], shape[#shape + 2] = i, o // opt.groups
      self.weight = nn.init.default(tensor.empty(shape), taps * o // opt.groups):requires_grad()
      if opt.bias then self.bias = nn.init.default(tensor.empty(o), taps * o // opt.groups):requires_grad() end
    end,
    forward = function(self, x)
      local p = self.opt
      local same = p.padding == "same"
      return nn[op] { x, self.weight, self.bias, stride = p.stride, padding = not same and p.padding or nil,
        output_padding = p.output_padding, dilation = p.dilation, groups = p.groups, same = same or nil }
    end,
    label = function(self) return self.text end }
end
transposed_of("ConvTranspose2d", "conv_transpose2d", "enlarges [N,H,W,in] by the stride",
  { "(3, 4, 2, {stride = 2})", "tensor.randn(1, 3, 3, 3)" }, pair)
transposed_of("ConvTranspose1d", "conv_transpose1d", "enlarges sequences [N,T,in] by the stride",
  { "(3, 4, 2, {stride = 2})", "tensor.randn(1, 5, 3)" }, whole)
transposed_of("ConvTranspose3d", "conv_transpose3d", "enlarges volumes [N,D,H,W,in] by the stride",
  { "(3, 4, 2, {stride = 2})", "tensor.randn(1, 2, 3, 3, 3)" }, triple)

-- --- pooling -------------------------------------------------------------------------------------------------------

-- A layer whose forward is op {x, options}; the first value, if any, is the option `first`, which must be given.
local function pooling(name, op, doc, opts, sample, first)
  layer { name = name, args = { first }, doc = doc, options = opts, call = sample[1], input = sample[2],
    see = "nn." .. op,
    init = function(_, opt)
      if first and opt[first] == nil then lunette.raise(("nn.%s: %s is missing"):format(name, first)) end
    end,
    forward = function(self, x)
      local call = { x }
      for k, v in pairs(self.opt) do call[k] = v end
      return nn[op](call)
    end,
    label = function(self) return first and ("%s(%s)"):format(name, text_of(self.opt[first])) or name end }
end

local steps = { { "stride", none, "the kernel by default", "any" },
  { "padding", none, "0 by default; both ends of each dimension may differ", "any" },
  { "ceil_mode", false, "keep a partial window" } }
-- The options of pools in n dimensions: `kernel`, those of all, and `more`.
local function pool_options(text, ...)
  return { { "kernel", none, text, "any" }, steps[1], steps[2], steps[3], ... }
end
local gaps = { "dilation", none, "gaps in the window", "any" }
local include = { "count_include_pad", true, "the border counts" }
local size = { { "size", none, "n or {h, w}", "any" } }
local images, odd = { "(2)", "tensor.randn(1, 4, 4, 1)" }, { "(2)", "tensor.randn(1, 5, 5, 1)" }
for d, sample in pairs { ["1d"] = { "k", "[N,T,C]", { "(2)", "tensor.randn(1, 6, 2)" } },
  ["2d"] = { "k or {kh, kw}", "[N,H,W,C]", images },
  ["3d"] = { "k or {kd, kh, kw}", "[N,D,H,W,C]", { "(2)", "tensor.randn(1, 4, 4, 4, 1)" } } } do
  pooling("MaxPool" .. d, "max_pool" .. d, "the greatest of each window of " .. sample[2],
    pool_options(sample[1], gaps), sample[3], "kernel")
  pooling("AvgPool" .. d, "avg_pool" .. d, "the mean of each window of " .. sample[2],
    pool_options(sample[1], include), sample[3], "kernel")
end
pooling("AdaptiveAvgPool2d", "adaptive_avg_pool2d", "means on a grid of the given size", size, odd, "size")
pooling("AdaptiveMaxPool2d", "adaptive_max_pool2d", "maxima on a grid of the given size", size, odd, "size")
pooling("Upsample", "upsample", "enlarges images [N,H,W,C]",
  { { "scale", none, "factor", "any" }, { "size", none, "instead of scale, {h, w}", "any" },
    { "mode", "nearest", "nearest or bilinear", { "nearest", "bilinear" } },
    { "align_corners", false, "for bilinear" } }, { "{scale = 2}", "tensor.randn(1, 2, 2, 1)" })

local function global_pool(name, what, reduce)
  layer { name = name, doc = "[N, ..., C] to [N, C]: " .. what .. " over all positions", call = "()",
    input = "tensor.randn(2, 4, 4, 3)", see = "nn.AdaptiveAvgPool2d",
    forward = function(_, x) return (reduce(x:reshape(x:size(1), -1, x:size(-1)))) end }
end
global_pool("GlobalAvgPool", "the mean", function(x) return x:mean(2) end)
global_pool("GlobalMaxPool", "the maximum", function(x) return x:max(2) end)

-- --- padding -------------------------------------------------------------------------------------------------------

local function padding(name, mode, text)
  layer { name = name, sig = ("nn.%s(p or {top, bottom, left, right})"):format(name),
    args = { "padding", "bottom", "left", "right" }, doc = "a border of " .. text .. " around [N,H,W,C]",
    options = { { "padding", none, "the sizes: p, or {top, bottom, left, right}", "any" },
      { "bottom", none, "when given one by one, padding being the top", "any" },
      { "left", none, "when given one by one", "any" }, { "right", none, "when given one by one", "any" },
      { "value", 0, "of a constant border" } },
    call = "(1)", input = "tensor.randn(1, 3, 3, 1)", see = "pad",
    init = function(self, opt)
      local p = opt.padding
      if opt.right then p = { p, opt.bottom, opt.left, opt.right } end
      if type(p) == "number" then p = { p, p, p, p } end
      if type(p) ~= "table" or #p ~= 4 then
        lunette.raise(("nn.%s: padding is p or {top, bottom, left, right}"):format(name))
      end
      rawset(self, "padding", p)
      rawset(self, "value", opt.value)
    end,
    forward = function(self, x)
      local p = self.padding
      return x:pad { { 0, 0, p[1], p[2], p[3], p[4], 0, 0 }, mode = mode, value = self.value }
    end,
    label = function(self) return ("%s(%s)"):format(name, table.concat(self.padding, ",")) end }
end
padding("ZeroPad2d", "constant", "zeros")
padding("ReflectionPad2d", "reflect", "the mirrored image")
padding("ReplicationPad2d", "replicate", "the edge repeated")
