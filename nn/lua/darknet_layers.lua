--- darknet_layers.lua: the layers of Darknet for nn/lua/darknet.lua.
-- A section of the .cfg is s = {type, line, at = where it stands, for messages, keys = {key = value}}; the shape of a
-- layer's input is {h, w, c} or {n}.  Its batch norm is scale (x - mean) / (sqrt(var) + 1e-6) + bias; in eval mode it
-- is folded into the kernel.
local blocks = require "nn.layers.blocks"

local function fail(...) lunette.raise((...):format(select(2, ...))) end

local EPS = 1e-6 -- outside the root

-- --- numbers of a section --------------------------------------------------------------------------------------------

-- What a section says of a key; s.read notes that somebody asked.
local function given(s, key)
  s.read[key] = true
  return s.keys[key]
end

-- A number of a section: whole, from `least` on.
local function whole(s, key, default, least)
  local text = given(s, key)
  if text == nil then return default end
  local v = math.tointeger(tonumber(text))
  if not v or v < (least or 0) or v > 2 ^ 24 then
    fail("%s: %s = %s is no whole number from %d to %d", s.at, key, text, least or 0, 2 ^ 24)
  end
  return v
end

-- Options that would change the numbers, and are not done: none of them is set.
local function refuse(s, keys)
  for key in keys:gmatch "%S+" do
    local text = given(s, key)
    if text and tonumber(text) ~= 0 then fail("%s: %s is not read (%s=%s)", s.at, key, key, text) end
  end
end

local function real(s, key, default)
  local v = tonumber(given(s, key) or default)
  if not v or v ~= v or math.abs(v) == math.huge then fail("%s: %s = %s is no number", s.at, key, s.keys[key]) end
  return v
end

local function numbers(s, key)
  local list = {}
  for word in (given(s, key) or ""):gmatch "[^,%s]+" do
    list[#list + 1] = tonumber(word) or fail("%s: %s has '%s', which is no number", s.at, key, word)
  end
  return list
end

local activations = {
  linear = function(x) return x end,
  leaky = function(x) return x:leaky_relu { slope = 0.1 } end,
  relu = function(x) return x:relu() end, logistic = function(x) return x:sigmoid() end,
  tanh = function(x) return x:tanh() end, elu = function(x) return x:elu() end,
  selu = function(x) return x:elu(1.6732) * 1.0507 end, loggy = function(x) return x:sigmoid() * 2 - 1 end,
  relie = function(x) return x:leaky_relu { slope = 0.01 } end, ramp = function(x) return x:relu() + x * 0.1 end,
  hardtan = function(x) return x:clamp(-1, 1) end, mish = function(x) return x * x:softplus():tanh() end,
  swish = function(x) return x * x:sigmoid() end,
}
local fused = { linear = "none", leaky = "leaky", relu = "relu" } -- what the convolution does itself

local function activation(s, default)
  local name = given(s, "activation") or default
  if not activations[name] then fail("%s: activation=%s is not known", s.at, name) end
  return name
end

-- --- layers ---------------------------------------------------------------------------------------------------------

-- What a layer is made of: init(self, section, input {h,w,c} or {n}) returns its output's shape; take(self, reader)
-- reads its weights; forward(self, x, outputs).
local kinds = {}

local function layer_class(name, members)
  local class = nn.class("Darknet" .. name)
  for k, v in pairs(members) do class[k] = v end
  function class:label() return ("%s%s"):format(name:lower(), rawget(self, "text") or "") end
  return class
end

-- scale / (sqrt(var) + 1e-6), and bias - mean times it
local function fold(self)
  local scale = self.scales / (self.running_var:sqrt() + EPS)
  return scale, self.bias - self.running_mean * scale
end

local function add_norm(self, n)
  self.scales = tensor.ones(n):requires_grad()
  self:buffer("running_mean", tensor.zeros(n))
  self:buffer("running_var", tensor.ones(n))
end

local function need_picture(s, shape)
  if #shape ~= 3 then fail("%s: wants a picture, its input is a row of %d numbers", s.at, shape[1]) end
  return table.unpack(shape)
end

-- Steps down and to the right.
local function strides(s)
  local stride = whole(s, "stride", 1, 1)
  return whole(s, "stride_y", stride, 1), whole(s, "stride_x", stride, 1), stride
end

-- Zeros around, and the distance of the kernel's taps.  The fork that has it widens the padding with the taps, but
-- counts the output without them: both agree where the padding is (k - 1) / 2.
local function padding_of(s, k)
  local padding = whole(s, "pad", 0) ~= 0 and k // 2 or whole(s, "padding", 0)
  local dilation = whole(s, "dilation", 1, 1)
  if k == 1 then dilation = 1 end
  if dilation > 1 and 2 * padding ~= k - 1 then
    fail("%s: dilation = %d wants the padding (size - 1) / 2, not %d of size %d", s.at, dilation, padding, k)
  end
  return padding, dilation
end

-- Kernel and bias with the norm in them.
local function folded(self)
  return blocks.fold(self, { self.weight, self.bias, self.scales, self.running_mean, self.running_var }, fold)
end

local function normed(self, y)
  return nn.batch_norm { y, gamma = self.scales, beta = self.bias, mean = self.running_mean, var = self.running_var,
    train = true, momentum = 0.01, eps = EPS }
end

local Convolutional = layer_class("Convolutional", {
  init = function(self, s, shape)
    local h, w, c = need_picture(s, shape)
    local n, k = whole(s, "filters", 1, 1), whole(s, "size", 1, 1)
    local groups, sy, sx = whole(s, "groups", 1, 1), strides(s)
    local padding, dilation = padding_of(s, k)
    refuse(s, "antialiasing binary xnor flipped cbn bin_output sway rotate stretch stretch_sway coordconv")
    if given(s, "share_index") then fail("%s: share_index is not read", s.at) end
    if c % groups ~= 0 or n % groups ~= 0 then
      fail("%s: %d and %d channels do not split into %d groups", s.at, c, n, groups)
    end
    local oh, ow = (h + 2 * padding - k) // sy + 1, (w + 2 * padding - k) // sx + 1
    if oh < 1 or ow < 1 then fail("%s: nothing is left of %d x %d", s.at, h, w) end
    rawset(self, "norm", whole(s, "batch_normalize", 0) ~= 0)
    local step = sy ~= sx and (",stride=%dx%d"):format(sy, sx) or sy > 1 and ",stride=" .. sy or ""
    rawset(self, "text", ("(%d,%d,%d%s%s)"):format(c, n, k, step, dilation > 1 and ",dilation=" .. dilation or ""))
    rawset(self, "count", n * (c // groups) * k * k + n * (self.norm and 4 or 1))
    rawset(self, "make", function()
      self.weight = nn.init.he_normal(tensor.empty(k, k, c // groups, n)):requires_grad()
      self.bias = tensor.zeros(n):requires_grad()
      if self.norm then add_norm(self, n) end
    end)
    rawset(self, "act", activation(s, "logistic"))
    rawset(self, "call", { stride = { sy, sx }, padding = padding * dilation, dilation = dilation,
      groups = groups, act = fused[self.act] or "none",
      slope = self.act == "leaky" and 0.1 or nil })
    return { oh, ow, n }
  end,
  take = function(self, read)
    local k, _, i, o = table.unpack(self.weight.shape)
    read(self.bias)
    if self.norm then
      read(self.scales)
      read(self.running_mean)
      read(self.running_var)
    end
    read(self.weight, function(t) return t:view(o, i, k, k):permute(3, 4, 2, 1) end)
  end,
  forward = function(self, x)
    local p = self.call
    if self.norm and self.training then
      local y = nn.conv2d { x, self.weight, stride = p.stride, padding = p.padding, dilation = p.dilation,
        groups = p.groups }
      return activations[self.act](normed(self, y))
    end
    local w, b = self.weight, self.bias
    if self.norm and tensor.is_recording() and (w.needs_grad or x.needs_grad) then
      local scale, shift = fold(self)
      w, b = w * scale, shift
    elseif self.norm then
      w, b = tensor.no_grad(folded, self)
    end
    local y = nn.conv2d { x, w, b, stride = p.stride, padding = p.padding, dilation = p.dilation,
      groups = p.groups, act = p.act, slope = p.slope }
    return fused[self.act] and y or activations[self.act](y)
  end })
kinds.convolutional, kinds.conv = Convolutional, Convolutional

-- Rows of numbers in Darknet's order: channels first.
local function flat(x)
  if x:dim() == 4 then x = x:permute(1, 4, 2, 3) end
  return x:reshape(x:size(1), -1)
end

kinds.connected = layer_class("Connected", {
  init = function(self, s, shape)
    local i, o = 1, whole(s, "output", 1, 1)
    for _, n in ipairs(shape) do i = i * n end
    rawset(self, "norm", whole(s, "batch_normalize", 0) ~= 0)
    rawset(self, "act", activation(s, "logistic"))
    rawset(self, "text", ("(%d,%d)"):format(i, o))
    rawset(self, "count", i * o + o * (self.norm and 4 or 1))
    rawset(self, "make", function()
      self.weight = nn.init.he_normal(tensor.empty(i, o)):requires_grad()
      self.bias = tensor.zeros(o):requires_grad()
      if self.norm then add_norm(self, o) end
    end)
    return { o }
  end,
  take = function(self, read, transposed)
    local i, o = table.unpack(self.weight.shape)
    read(self.bias)
    read(self.weight, function(t) return transposed and t:view(i, o) or t:view(o, i):t() end)
    if self.norm then
      read(self.scales)
      read(self.running_mean)
      read(self.running_var)
    end
  end,
  forward = function(self, x)
    local y = flat(x):mm(self.weight)
    if not self.norm then
      y = y + self.bias
    elseif self.training then
      y = normed(self, y)
    else
      local scale, shift = fold(self)
      y = y * scale + shift
    end
    return activations[self.act](y)
  end })

-- Padded with -inf by padding // 2 before and the rest behind, so that size 2 with stride 1 keeps 13 x 13.
kinds.maxpool = layer_class("Maxpool", {
  init = function(self, s, shape)
    local h, w, c = need_picture(s, shape)
    local sy, sx, stride = strides(s)
    local k = whole(s, "size", stride, 1)
    local padding = whole(s, "padding", k - 1)
    refuse(s, "antialiasing maxpool_depth maxpool_zero_nonmax")
    local oh, ow = (h + padding - k) // sy + 1, (w + padding - k) // sx + 1
    if oh < 1 or ow < 1 then fail("%s: nothing is left of %d x %d", s.at, h, w) end
    -- what lies beyond the last window does not count
    local function behind(n, out, step) return math.max((out - 1) * step + k - n - padding // 2, 0) end
    rawset(self, "border", { 0, 0, padding // 2, behind(h, oh, sy), padding // 2, behind(w, ow, sx), 0, 0 })
    rawset(self, "size", { oh, ow })
    rawset(self, "k", k)
    rawset(self, "stride", { sy, sx })
    rawset(self, "text", ("(%d,stride=%s)"):format(k, sy == sx and sy or ("%dx%d"):format(sy, sx)))
    return { oh, ow, c }
  end,
  forward = function(self, x)
    local b = self.border
    if b[3] + b[4] + b[5] + b[6] > 0 then x = x:pad { b, value = -math.huge } end
    local y = nn.max_pool2d { x, kernel = self.k, stride = self.stride }
    local oh, ow = table.unpack(self.size)
    if y:size(2) ~= oh or y:size(3) ~= ow then y = y[{ {}, { 1, oh }, { 1, ow } }] end
    return y
  end })

kinds.avgpool = layer_class("Avgpool", {
  init = function(_, s, shape)
    local _, _, c = need_picture(s, shape)
    return { 1, 1, c }
  end,
  forward = function(_, x) return x:mean { dim = { 2, 3 }, keepdim = true } end })

local function identity(name)
  return layer_class(name, { init = function(_, _, shape) return shape end, forward = function(_, x) return x end })
end
kinds.dropout = layer_class("Dropout", {
  init = function(self, s, shape)
    rawset(self, "p", real(s, "probability", 0.5))
    if self.p < 0 or self.p >= 1 then fail("%s: probability = %g is not from 0 to below 1", s.at, self.p) end
    return shape
  end,
  forward = function(self, x)
    return self.training and self.p > 0 and nn.dropout { x, p = self.p, train = true } or x
  end })
kinds.cost = identity "Cost"

kinds.activation = layer_class("Activation", {
  init = function(self, s, shape)
    rawset(self, "act", activation(s, "linear"))
    return shape
  end,
  forward = function(self, x) return activations[self.act](x) end })

kinds.softmax = layer_class("Softmax", {
  init = function(self, s, shape)
    local n = 1
    for _, size in ipairs(shape) do n = n * size end
    rawset(self, "groups", whole(s, "groups", 1, 1))
    rawset(self, "temperature", real(s, "temperature", 1))
    if n % self.groups ~= 0 then fail("%s: %d numbers do not split into %d groups", s.at, n, self.groups) end
    refuse(s, "tree spatial")
    return { n }
  end,
  forward = function(self, x)
    local rows = flat(x)
    local n = rows:size(1)
    return (rows:reshape(n, self.groups, -1) / self.temperature):softmax(3):reshape(n, -1)
  end })

-- A layer by its number: negative ones count back from this.
local function layer_at(s, v, index)
  local at = v < 0 and index + v or v
  if math.type(at) ~= "integer" and not math.tointeger(at) or at < 0 or at >= index then
    fail("%s: there is no layer %g before layer %d", s.at, v, index)
  end
  return math.tointeger(at)
end

kinds.route = layer_class("Route", {
  init = function(self, s, _, shapes, index)
    local from, c, h, w = {}, 0, nil, nil
    for i, v in ipairs(numbers(s, "layers")) do
      from[i] = layer_at(s, v, index)
      local lh, lw, lc = need_picture(s, shapes[from[i]])
      if h and (h ~= lh or w ~= lw) then
        fail("%s: layer %d is %d x %d, layer %d is %d x %d", s.at, from[1], h, w, from[i], lh, lw)
      end
      h, w, c = lh, lw, c + lc
    end
    if #from == 0 then fail("%s: layers is missing", s.at) end
    local groups, id = whole(s, "groups", 1, 1), whole(s, "group_id", 0)
    if c % groups ~= 0 or id >= groups then fail("%s: no group %d of %d in %d channels", s.at, id, groups, c) end
    rawset(self, "from", from)
    rawset(self, "part", groups > 1 and { id, groups } or nil)
    rawset(self, "text", ("(%s)"):format(table.concat(from, ",")))
    return { h, w, c // groups }
  end,
  forward = function(self, _, outputs)
    local list = { dim = 4 }
    for i, k in ipairs(self.from) do
      local x = outputs[k]
      local part = self.part
      if part then
        local n = x:size(4) // part[2]
        x = x:narrow(4, part[1] * n + 1, n)
      end
      list[i] = x
    end
    return #list == 1 and list[1] or tensor.cat(list)
  end })

-- alpha x + beta times another layer's in the channels that both have, x in the rest; of other sizes every so many-th.
kinds.shortcut = layer_class("Shortcut", {
  init = function(self, s, shape, shapes, index)
    local h, w, c = need_picture(s, shape)
    local named = numbers(s, "from")
    if #named ~= 1 then fail("%s: from names %d layers, not one", s.at, #named) end
    local weighted = given(s, "weights_type") or "none"
    if weighted ~= "none" then fail("%s: weights_type is not read (weights_type=%s)", s.at, weighted) end
    local from = layer_at(s, named[1], index)
    local fh, fw, fc = need_picture(s, shapes[from])
    local step = fw // w
    if step < 1 or fh // h ~= step then
      fail("%s: layer %d is %d x %d, this is %d x %d: it must be as large, or a multiple", s.at, from, fh, fw, h, w)
    end
    rawset(self, "part", (fh ~= h or fw ~= w) and { {}, { 1, step * (h - 1) + 1, step },
      { 1, step * (w - 1) + 1, step } } or nil)
    rawset(self, "from", from)
    rawset(self, "channels", { c, fc })
    rawset(self, "alpha", real(s, "alpha", 1))
    rawset(self, "beta", real(s, "beta", 1))
    rawset(self, "act", activation(s, "linear"))
    rawset(self, "text", ("(%d)"):format(from))
    return shape
  end,
  forward = function(self, x, outputs)
    local other, c, fc = outputs[self.from], table.unpack(self.channels)
    if self.part then other = other[self.part] end
    if fc > c then other = other:narrow(4, 1, c) end
    if self.beta ~= 1 then other = other * self.beta end
    if fc < c then other = other:pad { 0, 0, 0, 0, 0, 0, 0, c - fc } end
    if self.alpha ~= 1 and fc < c then
      x = tensor.cat { x:narrow(4, 1, fc) * self.alpha, x:narrow(4, fc + 1, c - fc), dim = 4 }
    elseif self.alpha ~= 1 then
      x = x * self.alpha
    end
    return activations[self.act](x + other)
  end })

kinds.upsample = layer_class("Upsample", {
  init = function(self, s, shape)
    local h, w, c = need_picture(s, shape)
    rawset(self, "stride", whole(s, "stride", 2, 1))
    rawset(self, "scale", real(s, "scale", 1))
    return { h * self.stride, w * self.stride, c }
  end,
  forward = function(self, x)
    local y = nn.upsample { x, scale = self.stride, mode = "nearest" }
    return self.scale == 1 and y or y * self.scale
  end })

-- Memory [c,h,w] read as [c/s2, h s, w s], whose cells of s x s become channels, offset first, read as [c s2, h/s,
-- w/s].
kinds.reorg = layer_class("Reorg", {
  init = function(self, s, shape)
    local h, w, c = need_picture(s, shape)
    local k = whole(s, "stride", 1, 1)
    refuse(s, "reverse flatten extra")
    if c % (k * k) ~= 0 or h % k ~= 0 or w % k ~= 0 then
      fail("%s: %d x %d x %d does not split by %d", s.at, h, w, c, k)
    end
    rawset(self, "s", { h, w, c, k })
    rawset(self, "text", ("(%d)"):format(k))
    return { h // k, w // k, c * k * k }
  end,
  forward = function(self, x)
    local h, w, c, k = table.unpack(self.s)
    local n = x:size(1)
    local cells = x:permute(1, 4, 2, 3):reshape(n, c // (k * k), h, k, w, k)      -- c2, y, oy, x, ox
    local out = cells:permute(1, 4, 6, 2, 3, 5):reshape(n, c * k * k, h // k, w // k)
    return out:permute(1, 3, 4, 2):contiguous()
  end })

-- --- detection ------------------------------------------------------------------------------------------------------

-- Anchors a, columns (x, y, w, h, object, classes): [N,h,w,a,5+classes].
local function cells_of(self, x)
  local n, h, w = x:size(1), x:size(2), x:size(3)
  return x:reshape(n, h, w, self.anchors:size(1), 5 + self.classes)
end
local function joined(x, xy, wh, object, classes)
  return tensor.cat { xy, wh, object, classes, dim = 5 }:reshape(x.shape)
end

local function detector(self, s, shape, total, mask, anchors)
  local _, _, c = need_picture(s, shape)
  rawset(self, "classes", whole(s, "classes", 20, 1))
  local picked = {}
  for i, m in ipairs(mask) do
    if not math.tointeger(m) or not anchors[2 * m + 2] or m >= total then
      fail("%s: there is no anchor %g; anchors has %d of them", s.at, m, #anchors // 2)
    end
    picked[i] = { anchors[2 * math.tointeger(m) + 1], anchors[2 * math.tointeger(m) + 2] }
  end
  if #picked == 0 or c ~= #picked * (5 + self.classes) then
    fail("%s: %d channels, where %d anchors of 5 + %d numbers need %d", s.at, c, #picked, self.classes,
      #picked * (5 + self.classes))
  end
  rawset(self, "anchors", tensor(picked))
  rawset(self, "text", ("(%d anchors, %d classes)"):format(#picked, self.classes))
  return shape
end

-- x, y, object and classes come through a sigmoid, with new_coords as they are (the layer before is logistic); then
-- x s - (s - 1) / 2 with s = scale_x_y reaches beyond the cell.  As in AlexeyAB's fork.
kinds.yolo = layer_class("Yolo", {
  init = function(self, s, shape)
    local total = whole(s, "num", 1, 1)
    local mask = numbers(s, "mask")
    if #mask == 0 then for k = 0, total - 1 do mask[k + 1] = k end end
    rawset(self, "in_pixels", true)
    rawset(self, "scale", real(s, "scale_x_y", 1))
    rawset(self, "new_coords", whole(s, "new_coords", 0) ~= 0)
    local kind = given(s, "nms_kind") or "default" -- plain overlap, as these two have it, is what net:detect goes by
    s.read.nms_kind = kind == "default" or kind == "greedynms"
    return detector(self, s, shape, total, mask, numbers(s, "anchors"))
  end,
  forward = function(self, x)
    local v = cells_of(self, x)
    local xy, rest = v:narrow(5, 1, 2), v:narrow(5, 5, 1 + self.classes)
    if not self.new_coords then xy, rest = xy:sigmoid(), rest:sigmoid() end
    if self.scale ~= 1 then xy = xy * self.scale - (self.scale - 1) / 2 end
    return joined(x, xy, v:narrow(5, 3, 2), rest:narrow(5, 1, 1), rest:narrow(5, 2, self.classes))
  end })

kinds.region = layer_class("Region", {
  init = function(self, s, shape)
    local total, mask = whole(s, "num", 1, 1), {}
    if total > 4096 then fail("%s: %d anchors", s.at, total) end
    for k = 0, total - 1 do mask[k + 1] = k end
    refuse(s, "tree map background")
    if whole(s, "coords", 4) ~= 4 then fail("%s: coords is other than 4", s.at) end
    rawset(self, "softmax", whole(s, "softmax", 0) ~= 0)
    return detector(self, s, shape, total, mask, numbers(s, "anchors"))
  end,
  forward = function(self, x)
    local v = cells_of(self, x)
    local classes = v:narrow(5, 6, self.classes)
    return joined(x, v:narrow(5, 1, 2):sigmoid(), v:narrow(5, 3, 2), v:narrow(5, 5, 1):sigmoid(),
      self.softmax and classes:softmax(5) or classes:sigmoid())
  end })

return { kinds = kinds, whole = whole, refuse = refuse }
