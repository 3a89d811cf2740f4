--- conv.lua: layers of images and of sequences seen as rows: convolution, pooling, padding, enlargement.
-- Images are [N, H, W, C], sequences [N, T, C]; kernels [kh, kw, in / groups, out].

local arguments = nn.arguments

local whole = lunette.whole

-- One number or {y, x} as two.
local function pair(what, name, v)
  if type(v) == "table" then return whole(what, name, v[1]), whole(what, name, v[2] or v[1]) end
  return whole(what, name, v), v
end

local function groups_fit(what, i, o, groups)
  whole(what, "groups", groups)
  if i % groups ~= 0 or o % groups ~= 0 then
    lunette.raise(("%s: %d and %d channels do not split into %d groups"):format(what, i, o, groups))
  end
end

-- padding = "same" is the op's option of that name.
local function geometry(what, opt)
  local same = opt.padding == "same"
  if type(opt.padding) == "string" and not same then
    lunette.raise(("%s: padding must be a number, a list or 'same', got '%s'"):format(what, opt.padding))
  end
  pair(what, "stride", opt.stride)
  pair(what, "dilation", opt.dilation)
  return { stride = opt.stride, padding = not same and opt.padding or nil, dilation = opt.dilation,
    groups = opt.groups, same = same or nil, act = opt.act, slope = opt.slope }
end

local function text_of(v)
  if type(v) == "table" then return table.concat(v, "x") end
  return tostring(v)
end

-- What Conv1d and Conv2d have in common.  kernel: {k} or {kh, kw}.
local function convolution(self, what, i, o, kernel, opt)
  groups_fit(what, i, o, opt.groups)
  local shape = { table.unpack(kernel) }
  shape[#shape + 1], shape[#shape + 2] = i // opt.groups, o
  self.weight = nn.init.default(tensor.empty(shape)):requires_grad()
  if opt.bias then self.bias = nn.init.default(tensor.empty(o), nn.init.fans(self.weight)):requires_grad() end
  rawset(self, "opt", geometry(what, opt))
  local text = ("%s(%d,%d,%s"):format(self.__name, i, o, text_of(kernel))
  for _, key in ipairs { "stride", "padding", "dilation", "groups" } do
    local v = opt[key]
    if v ~= nil and v ~= (key == "padding" and 0 or 1) then text = text .. "," .. key .. "=" .. text_of(v) end
  end
  rawset(self, "text", text .. (opt.act ~= "none" and "," .. opt.act or "") .. ")")
end

local known = { stride = 1, padding = 0, dilation = 1, groups = 1, bias = true, kernel = lunette.none, act = "none",
  slope = 0.1 }

local Conv2d = nn.class "Conv2d"
nn.Conv2d = Conv2d
--- nn.Conv2d(in, out, kernel, {stride, padding, dilation, groups, bias, act}): x [N,H,W,in] to [N,OH,OW,out]; act
-- ("relu", "relu6", "leaky") happens before the result is stored.
function Conv2d:init(...)
  local opt, i, o, k = arguments("nn.Conv2d", known, 3, ...)
  whole("nn.Conv2d", "in", i)
  whole("nn.Conv2d", "out", o)
  convolution(self, "nn.Conv2d", i, o, { pair("nn.Conv2d", "kernel", k or opt.kernel) }, opt)
end
function Conv2d:forward(x)
  local p = self.opt
  return nn.conv2d { x, self.weight, self.bias, stride = p.stride, padding = p.padding, dilation = p.dilation,
    groups = p.groups, same = p.same, act = p.act, slope = p.slope }
end
function Conv2d:label() return self.text end

local Conv1d = nn.class "Conv1d"
nn.Conv1d = Conv1d
--- nn.Conv1d(in, out, kernel, {stride, padding, dilation, groups, bias, act}): x [N,T,in] to [N,OT,out].
function Conv1d:init(...)
  local opt, i, o, k = arguments("nn.Conv1d", known, 3, ...)
  whole("nn.Conv1d", "in", i)
  whole("nn.Conv1d", "out", o)
  convolution(self, "nn.Conv1d", i, o, { whole("nn.Conv1d", "kernel", k or opt.kernel) }, opt)
end
function Conv1d:forward(x)
  local p = self.opt
  return nn.conv1d { x, self.weight, self.bias, stride = p.stride, padding = p.padding, dilation = p.dilation,
    groups = p.groups, same = p.same, act = p.act, slope = p.slope }
end
function Conv1d:label() return self.text end

local ConvTranspose2d = nn.class "ConvTranspose2d"
nn.ConvTranspose2d = ConvTranspose2d
--- nn.ConvTranspose2d(in, out, kernel, {stride, padding, output_padding, dilation, bias}): enlarges by the stride.
function ConvTranspose2d:init(...)
  local what = "nn.ConvTranspose2d"
  local opt, i, o, k = arguments(what,
    { stride = 1, padding = 0, output_padding = 0, dilation = 1, bias = true, kernel = lunette.none }, 3, ...)
  local kh, kw = pair(what, "kernel", k or opt.kernel)
  self.weight = nn.init.default(tensor.empty(kh, kw, whole(what, "in", i), whole(what, "out", o)), kh * kw * o)
    :requires_grad()
  if opt.bias then self.bias = nn.init.default(tensor.empty(o), kh * kw * o):requires_grad() end
  rawset(self, "opt", opt)
end
function ConvTranspose2d:forward(x)
  local p = self.opt
  return nn.conv_transpose2d { x, self.weight, self.bias, stride = p.stride, padding = p.padding,
    output_padding = p.output_padding, dilation = p.dilation }
end
function ConvTranspose2d:label()
  local s = self.weight.shape
  return ("ConvTranspose2d(%d,%d,%dx%d,stride=%s)"):format(s[3], s[4], s[1], s[2], text_of(self.opt.stride))
end

-- --- pooling -------------------------------------------------------------------------------------------------------

-- A class whose forward is op {x, options}; the first value is the option `first`.
local function stateless(name, op, options, first)
  local class = nn.class(name)
  nn[name] = class
  function class:init(...)
    local opt, value = arguments("nn." .. name, options, first and 1 or 0, ...)
    if value ~= nil then opt[first] = value end
    if first and opt[first] == nil then lunette.raise(("nn.%s: %s is missing"):format(name, first)) end
    rawset(self, "opt", opt)
  end
  function class:forward(x)
    local call = { x }
    for k, v in pairs(self.opt) do call[k] = v end
    return nn[op](call)
  end
  function class:label() return first and ("%s(%s)"):format(name, text_of(self.opt[first])) or name end
  return class
end

local pool = { kernel = lunette.none, stride = lunette.none, padding = lunette.none, ceil_mode = false }
stateless("MaxPool2d", "max_pool2d", pool, "kernel")
stateless("AvgPool2d", "avg_pool2d", { kernel = lunette.none, stride = lunette.none, padding = lunette.none,
  ceil_mode = false, count_include_pad = true }, "kernel")
stateless("AdaptiveAvgPool2d", "adaptive_avg_pool2d", { size = lunette.none }, "size")
stateless("AdaptiveMaxPool2d", "adaptive_max_pool2d", { size = lunette.none }, "size")
stateless("Upsample", "upsample",
  { scale = lunette.none, size = lunette.none, mode = "nearest", align_corners = false })

local function global_pool(name, reduce)
  local class = nn.class(name)
  nn[name] = class
  function class:forward(x) return reduce(x) end  -- luacheck: ignore self
end
--- [N, ..., C] to [N, C]: the mean, or the maximum, over all positions.
global_pool("GlobalAvgPool", function(x) return x:reshape(x:size(1), -1, x:size(-1)):mean(2) end)
global_pool("GlobalMaxPool", function(x)
  local m = x:reshape(x:size(1), -1, x:size(-1)):max(2)
  return m
end)

-- --- padding -------------------------------------------------------------------------------------------------------

local function padding(name, mode)
  local class = nn.class(name)
  nn[name] = class
  function class:init(...)
    local opt, p, bottom, left, right = arguments("nn." .. name, { padding = lunette.none, value = 0 }, 4, ...)
    if right then p = { p, bottom, left, right } end
    p = p or opt.padding
    if type(p) == "number" then p = { p, p, p, p } end
    if type(p) ~= "table" or #p ~= 4 then
      lunette.raise(("nn.%s: padding is p or {top, bottom, left, right}"):format(name))
    end
    rawset(self, "padding", p)
    rawset(self, "value", opt.value)
  end
  function class:forward(x)
    local p = self.padding
    return x:pad { { 0, 0, p[1], p[2], p[3], p[4], 0, 0 }, mode = mode, value = self.value }
  end
  function class:label() return ("%s(%s)"):format(name, table.concat(self.padding, ",")) end
end
--- nn.ZeroPad2d{top, bottom, left, right} and its kin: a border around [N,H,W,C].
padding("ZeroPad2d", "constant")
padding("ReflectionPad2d", "reflect")
padding("ReplicationPad2d", "replicate")
