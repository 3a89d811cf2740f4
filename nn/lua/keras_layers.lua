--- keras_layers.lua: the layers of Keras for nn/lua/keras.lua: what each makes of its configuration, channels last.
--   kinds.Dense = { build(self, c, shape, ...), forward(self, x, ...), vars = names in Keras's order }
-- build sees the configuration c and the shapes of its inputs, and makes self's tensors; a record without build has
-- none.  What is not read is refused by layer and option.
local kinds = {}

local function fail(...) lunette.raise((...):format(select(2, ...))) end
local null = data.null

local function given(v) if v ~= null then return v end end

-- --- activations ----------------------------------------------------------------------------------------------------

local acts = {
  linear = function(x) return x end, relu = function(x) return x:relu() end, relu6 = function(x) return x:relu6() end,
  softmax = function(x) return x:softmax(-1) end, sigmoid = function(x) return x:sigmoid() end,
  log_softmax = function(x) return x:log_softmax(-1) end,
  tanh = function(x) return x:tanh() end, elu = function(x) return x:elu() end,
  selu = function(x) return x:elu(1.6732632423543772) * 1.0507009873554805 end,
  softplus = function(x) return x:softplus() end, softsign = function(x) return x / (x:abs() + 1) end,
  swish = function(x) return x * x:sigmoid() end, silu = function(x) return x * x:sigmoid() end,
  gelu = function(x) return x:gelu() end, exponential = function(x) return x:exp() end,
  mish = function(x) return x * x:softplus():tanh() end,
  leaky_relu = function(x) return x:leaky_relu { slope = 0.2 } end,
  hard_sigmoid = function(x) return (x * 0.2 + 0.5):clamp(0, 1) end,          -- Keras 2
  hard_sigmoid3 = function(x) return x:hardsigmoid() end,                     -- Keras 3
  hard_silu = function(x) return x:hardswish() end,
}
acts.hard_swish = acts.hard_silu

local function act_of(self, v, otherwise)
  v = given(v) or otherwise or "linear"
  if type(v) == "table" then v = type(v.config) == "string" and v.config or v.registered_name or v.class_name end
  if v == "hard_sigmoid" and self.version >= 3 then v = "hard_sigmoid3" end
  return acts[v] or fail("%s: activation '%s' is not read", self.where, tostring(v)), v
end

-- --- configurations -------------------------------------------------------------------------------------------------

local function two(v)
  if type(v) == "table" then return { v[1], v[2] or v[1] } end
  return { v, v }
end

local function channels_last(self, c)
  if c.data_format == "channels_first" then fail("%s: data_format channels_first is not read", self.where) end
end

local function padding(self, c)
  if c.padding ~= "same" and c.padding ~= "valid" and c.padding ~= nil then
    fail("%s: padding '%s' is not read", self.where, tostring(c.padding))
  end
  return c.padding == "same"
end

local function param(self, name, ...)
  local t = tensor.empty(...)
  self[name] = (name:find "bias" or name == "beta") and nn.init.zeros(t) or nn.init.xavier_uniform(t)
  self[name]:requires_grad()
end

-- --- convolutions and Dense -----------------------------------------------------------------------------------------

kinds.Dense = {
  build = function(self, c, shape)
    rawset(self, "act", (act_of(self, c.activation)))
    param(self, "kernel", shape[#shape], c.units)
    if c.use_bias ~= false then param(self, "bias", c.units) end
  end,
  forward = function(self, x) return self.act(nn.linear(x, self.kernel, self.bias)) end }

local function conv(rank)
  return {
    build = function(self, c, shape)
      channels_last(self, c)
      rawset(self, "act", (act_of(self, c.activation)))
      local k, groups, i = c.kernel_size, given(c.groups) or 1, shape[#shape]
      local causal = rank == 1 and c.padding == "causal"
      rawset(self, "call", { stride = rank == 2 and two(c.strides) or c.strides[1] or c.strides,
        dilation = rank == 2 and two(c.dilation_rate or 1) or (c.dilation_rate or { 1 })[1], groups = groups,
        same = not causal and padding(self, c) })
      if rank == 2 then
        k = two(k)
        param(self, "kernel", k[1], k[2], i // groups, c.filters)
      else
        k = type(k) == "table" and k[1] or k
        param(self, "kernel", k, i // groups, c.filters)
      end
      rawset(self, "before", causal and (k - 1) * self.call.dilation or nil)
      if c.use_bias ~= false then param(self, "bias", c.filters) end
    end,
    forward = function(self, x)
      local p = self.call
      if self.before then x = x:pad { 0, 0, self.before, 0, 0, 0 } end
      return self.act(nn[rank == 2 and "conv2d" or "conv1d"] { x, self.kernel, self.bias, stride = p.stride,
        dilation = p.dilation, groups = p.groups, same = p.same })
    end }
end
kinds.Conv2D, kinds.Conv1D = conv(2), conv(1)
kinds.Convolution2D, kinds.Convolution1D = kinds.Conv2D, kinds.Conv1D

-- What layers with a depthwise kernel share; the channels that it gives.
local function build_depthwise(self, c, shape)
  channels_last(self, c)
  rawset(self, "act", (act_of(self, c.activation)))
  local k, m, i = two(c.kernel_size), given(c.depth_multiplier) or 1, shape[#shape]
  rawset(self, "call", { stride = two(c.strides), dilation = two(c.dilation_rate or 1), same = padding(self, c) })
  param(self, "depthwise_kernel", k[1], k[2], i, m)
  return i * m
end

-- [kh, kw, in, mult] as it lies in the file; the op wants [kh, kw, 1, in mult].
local function depthwise(x, kernel, bias, p)
  local kh, kw, i, m = table.unpack(kernel.shape)
  return nn.conv2d { x, kernel:reshape(kh, kw, 1, i * m), bias, stride = p.stride, dilation = p.dilation, groups = i,
    same = p.same }
end
kinds.DepthwiseConv2D = {
  build = function(self, c, shape)
    local o = build_depthwise(self, c, shape)
    if c.use_bias ~= false then param(self, "bias", o) end
  end,
  forward = function(self, x)
    return self.act(depthwise(x, self.depthwise_kernel, self.bias, self.call))
  end }
kinds.SeparableConv2D = {
  build = function(self, c, shape)
    param(self, "pointwise_kernel", 1, 1, build_depthwise(self, c, shape), c.filters)
    if c.use_bias ~= false then param(self, "bias", c.filters) end
  end,
  forward = function(self, x)
    return self.act(nn.conv2d { depthwise(x, self.depthwise_kernel, nil, self.call), self.pointwise_kernel, self.bias })
  end }
-- valid: (n - 1) s + max(k, s); same: n s, of which (k - s) // 2 are cut off before.  Kernels lie [kh, kw, out, in].
kinds.Conv2DTranspose = {
  build = function(self, c, shape)
    channels_last(self, c)
    rawset(self, "act", (act_of(self, c.activation)))
    if given(c.output_padding) then fail("%s: output_padding is not read", self.where) end
    local d = two(c.dilation_rate or 1)
    if d[1] ~= 1 or d[2] ~= 1 then fail("%s: dilation_rate is not read", self.where) end
    local k = two(c.kernel_size)
    rawset(self, "stride", two(c.strides))
    rawset(self, "same", padding(self, c))
    param(self, "kernel", k[1], k[2], c.filters, shape[#shape])
    if c.use_bias ~= false then param(self, "bias", c.filters) end
  end,
  forward = function(self, x)
    local k, s = self.kernel.shape, self.stride
    local more = { math.max(0, s[1] - k[1]), math.max(0, s[2] - k[2]) }
    return self.act(nn.conv_transpose2d { x, self.kernel:transpose(3, 4), self.bias, stride = s,
      same = self.same or nil, output_padding = not self.same and more or nil })
  end }

-- --- norms ----------------------------------------------------------------------------------------------------------

kinds.BatchNormalization = {
  build = function(self, c, shape)
    local axis = type(c.axis) == "table" and c.axis[1] or c.axis
    if axis ~= nil and axis ~= -1 and axis ~= #shape - 1 then
      fail("%s: axis %s is not the last, the only one that is read", self.where, tostring(axis))
    end
    local n = shape[#shape]
    rawset(self, "eps", c.epsilon or 1e-3)
    rawset(self, "momentum", 1 - (c.momentum or 0.99))
    if c.scale ~= false then self.gamma = tensor.ones(n):requires_grad() end
    if c.center ~= false then self.beta = tensor.zeros(n):requires_grad() end
    self:buffer("moving_mean", tensor.zeros(n))
    self:buffer("moving_variance", tensor.ones(n))
  end,
  forward = function(self, x)
    local n, dtype = x:size(-1), self.moving_mean.dtype
    return nn.batch_norm { x, gamma = self.gamma or tensor.ones(n, { dtype = dtype }),
      beta = self.beta or tensor.zeros(n, { dtype = dtype }), mean = self.moving_mean, var = self.moving_variance,
      train = self.training, momentum = self.momentum, eps = self.eps }
  end }
kinds.LayerNormalization = {
  build = function(self, c, shape)
    local axis = type(c.axis) == "table" and c.axis or { c.axis or -1 }
    if #axis ~= 1 or (axis[1] ~= -1 and axis[1] ~= #shape - 1) then
      fail("%s: axes other than the last are not read", self.where)
    end
    rawset(self, "eps", c.epsilon or 1e-3)
    if c.scale ~= false then self.gamma = tensor.ones(shape[#shape]):requires_grad() end
    if c.center ~= false then self.beta = tensor.zeros(shape[#shape]):requires_grad() end
  end,
  forward = function(self, x)
    local mean = x:mean { dim = -1, keepdim = true }
    local var = (x - mean):square():mean { dim = -1, keepdim = true }
    local y = (x - mean) / (var + self.eps):sqrt()
    if self.gamma then y = y * self.gamma end
    return self.beta and y + self.beta or y
  end }

-- --- without weights ------------------------------------------------------------------------------------------------

local function plain(forward, build) return { forward = forward, build = build } end

kinds.Activation = plain(function(self, x) return self.act(x) end,
  function(self, c) rawset(self, "act", (act_of(self, c.activation))) end)
kinds.ReLU = plain(function(self, x)
  local c = self.config
  local top, slope, at = given(c.max_value), given(c.negative_slope) or 0, given(c.threshold) or 0
  local y = at == 0 and x:relu() or x * x:ge(at):to(x.dtype)
  if slope ~= 0 then y = y - (at - x):relu() * slope end
  return top and y:clamp(-math.huge, top) or y
end)
kinds.LeakyReLU = plain(function(self, x)
  return x:leaky_relu { slope = given(self.config.negative_slope) or given(self.config.alpha) or 0.3 }
end)
kinds.ELU = plain(function(self, x) return x:elu(given(self.config.alpha) or 1) end)
kinds.Softmax = plain(function(self, x)
  local axis = given(self.config.axis) or -1
  return x:softmax(axis < 0 and axis or axis + 1)
end)
kinds.PReLU = {
  build = function(self, c, shape)
    local sizes = {}
    for d = 2, #shape do sizes[d - 1] = shape[d] end
    for _, axis in ipairs(given(c.shared_axes) or {}) do sizes[axis] = 1 end
    self.alpha = nn.init.zeros(tensor.empty(sizes)):requires_grad()
  end,
  forward = function(self, x) return x:prelu(self.alpha) end }

local function drop(op)
  return plain(function(self, x)
    local p = self.config.rate
    return self.training and p > 0 and nn[op] { x, p = p, train = true } or x
  end)
end
kinds.Dropout, kinds.SpatialDropout2D, kinds.SpatialDropout1D = drop "dropout", drop "dropout2d", drop "dropout2d"
for _, name in ipairs { "GaussianNoise", "GaussianDropout", "ActivityRegularization" } do
  kinds[name] = plain(function(self, x)
    if self.training then fail("%s: is not read for training", self.where) end
    return x
  end)
end

kinds.Flatten = plain(function(_, x) return x:reshape(x:size(1), -1) end)
kinds.Reshape = plain(function(self, x) return x:reshape(x:size(1), table.unpack(self.config.target_shape)) end)
kinds.Permute = plain(function(self, x)
  local order = { 1 }
  for i, d in ipairs(self.config.dims) do order[i + 1] = d + 1 end
  return x:permute(table.unpack(order))
end)
kinds.RepeatVector = plain(function(self, x) return x:unsqueeze(2):expand(x:size(1), self.config.n, x:size(2)) end)
kinds.Rescaling = plain(function(self, x)
  local function number(v) return type(v) == "table" and tensor(v):to(x.dtype) or v end
  return x * number(self.config.scale) + number(given(self.config.offset) or 0)
end)

-- Sizes of a border: p, {y, x} or {{top, bottom}, {left, right}}.
local function border(v)
  if type(v) ~= "table" then return { v, v, v, v } end
  local function pair(w) return type(w) == "table" and w or { w, w } end
  local y, x = pair(v[1]), pair(v[2])
  return { y[1], y[2], x[1], x[2] }
end
kinds.ZeroPadding2D = plain(function(self, x)
  local b = border(self.config.padding)
  return x:pad { 0, 0, b[1], b[2], b[3], b[4], 0, 0 }
end, function(self, c) channels_last(self, c) end)
kinds.ZeroPadding1D = plain(function(self, x)
  local p = self.config.padding
  if type(p) ~= "table" then p = { p, p } end
  return x:pad { 0, 0, p[1], p[2], 0, 0 }
end)
kinds.Cropping2D = plain(function(self, x)
  local b = border(self.config.cropping)
  return x[{ {}, { 1 + b[1], x:size(2) - b[2] }, { 1 + b[3], x:size(3) - b[4] } }]
end, function(self, c) channels_last(self, c) end)
kinds.UpSampling2D = plain(function(self, x)
  local s, how = two(self.config.size), self.config.interpolation or "nearest"
  if how ~= "nearest" and how ~= "bilinear" then fail("%s: interpolation %s is not read", self.where, how) end
  return nn.upsample { x, size = { x:size(2) * s[1], x:size(3) * s[2] }, mode = how }
end, function(self, c) channels_last(self, c) end)

-- Windows of `same`: ceil(n / s) of them, the odd cell of the border behind; what is outside counts nowhere.
local function pool(how, rank)
  return plain(function(self, x)
    local c = self.config
    local k = rank == 2 and two(c.pool_size) or { two(c.pool_size)[1], 1 }
    local s = rank == 2 and two(given(c.strides) or c.pool_size) or { two(given(c.strides) or c.pool_size)[1], 1 }
    if rank == 1 then x = x:unsqueeze(3) end
    local b = { 0, 0, 0, 0, 0, 0, 0, 0 }
    for d = 1, 2 do
      local n = x:size(d + 1)
      local total = self.same and math.max((((n + s[d] - 1) // s[d]) - 1) * s[d] + k[d] - n, 0) or 0
      b[2 * d + 1], b[2 * d + 2] = total // 2, total - total // 2
    end
    local padded = b[3] + b[4] + b[5] + b[6] > 0
    local y
    if how == "max" then
      if padded then x = x:pad { b, value = -math.huge } end
      y = nn.max_pool2d { x, kernel = k, stride = s }
    else
      y = nn.avg_pool2d { padded and x:pad(b) or x, kernel = k, stride = s }
      if padded then
        local inside = tensor.ones(1, x:size(2), x:size(3), 1, { dtype = x.dtype }):pad(b)
        y = y / nn.avg_pool2d { inside, kernel = k, stride = s }
      end
    end
    return rank == 1 and y:squeeze(3) or y
  end, function(self, c)
    channels_last(self, c)
    rawset(self, "same", padding(self, c))
  end)
end
kinds.MaxPooling2D, kinds.AveragePooling2D = pool("max", 2), pool("mean", 2)
kinds.MaxPooling1D, kinds.AveragePooling1D = pool("max", 1), pool("mean", 1)

local function global(reduce, dims)
  return plain(function(self, x)
    local keep = self.config.keepdims == true
    local y = x:reshape(x:size(1), -1, x:size(-1))
    y = reduce(y)
    if keep then y = dims == 2 and y:view(x:size(1), 1, 1, x:size(-1)) or y:view(x:size(1), 1, x:size(-1)) end
    return y
  end, function(self, c) channels_last(self, c) end)
end
local function mean(x) return x:mean(2) end
local function most(x) return (x:max(2)) end
kinds.GlobalAveragePooling2D, kinds.GlobalMaxPooling2D = global(mean, 2), global(most, 2)
kinds.GlobalAveragePooling1D, kinds.GlobalMaxPooling1D = global(mean, 1), global(most, 1)

-- --- several inputs -------------------------------------------------------------------------------------------------

local function fold(f)
  return plain(function(_, x, ...)
    for _, other in ipairs { ... } do x = f(x, other) end
    return x
  end)
end
kinds.Add = fold(function(a, b) return a + b end)
kinds.Multiply = fold(function(a, b) return a * b end)
kinds.Subtract = fold(function(a, b) return a - b end)
kinds.Maximum = fold(function(a, b) return tensor.maximum(a, b) end)
kinds.Minimum = fold(function(a, b) return tensor.minimum(a, b) end)
kinds.Average = plain(function(_, ...)
  local list, sum = { ... }, (...)
  for i = 2, #list do sum = sum + list[i] end
  return sum / #list
end)
kinds.Concatenate = plain(function(self, ...)
  local axis = given(self.config.axis) or -1
  return tensor.cat { dim = axis < 0 and axis or axis + 1, ... }
end)

-- --- Lambda ---------------------------------------------------------------------------------------------------------

-- A Lambda holds Python's code, which is not run.  One function is known by its bytes, or by its name where there is
-- nothing else: x * scale, in the residual blocks of FaceNet's Inception-ResNet.
local times_scale = {
  "\8\0\0\0|\0\0|\1\0\x14S",                                           -- up to Python 3.5
  "\8\0\0\0|\0|\1\x14\0S\0",                                           -- 3.6 to 3.10
  "\x0c\0\0\0\x97\0|\0|\1z\5\0\0S\0",                                 -- 3.11, 3.12
}

local digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local function from_base64(text)
  local bytes, bits, n = {}, 0, 0
  for c in text:gmatch "[%w+/]" do
    bits, n = (bits << 6 | digits:find(c, 1, true) - 1) & 0xffff, n + 6
    if n >= 8 then
      n = n - 8
      bytes[#bytes + 1] = string.char(bits >> n & 255)
    end
  end
  return table.concat(bytes)
end

-- The code of the configuration: text, {text, defaults, closure}, or version 3's {config = {code = text}}.
local function multiplies(f)
  if type(f) == "table" then f = type(f.config) == "table" and f.config.code or f[1] end
  if f == "scaling" then return true end
  for _, code in ipairs(type(f) == "string" and times_scale or {}) do
    if f:find(code, 1, true) or from_base64(f):find(code, 1, true) then return true end
  end
  return false
end

kinds.Lambda = plain(function(self, x) return x * self.scale end, function(self, c)
  local given_args = type(given(c.arguments)) == "table" and c.arguments or {}
  for name in pairs(given_args) do
    if name ~= "scale" then fail("%s: only x * scale is read: argument '%s'", self.where, tostring(name)) end
  end
  if type(given_args.scale) ~= "number" or not multiplies(c["function"]) then
    fail("%s: only x * scale is read: Python's code is not run", self.where)
  end
  rawset(self, "scale", given_args.scale)
end)

-- --- words and sequences --------------------------------------------------------------------------------------------

-- Keras's ids count from 0: those of a picture of words from elsewhere do too, so x + 1 here.
kinds.Embedding = {
  build = function(self, c) param(self, "embeddings", c.input_dim, c.output_dim) end,
  forward = function(self, x)
    if self.config.mask_zero == true then fail("%s: mask_zero is not read", self.where) end
    return nn.embedding(x:to "i64" + 1, self.embeddings)
  end }

local function columns(t, k, u) return t:narrow(-1, (k - 1) * u + 1, u) end

-- One step by the formula, for activations and forms that the ops have not.
local steps = {
  -- i f c o
  LSTM = function(self, a, state, h)
    local u, act, gate = self.units, self.act, self.gate
    local z = a + h:mm(self.recurrent_kernel)
    local c = gate(columns(z, 2, u)) * state + gate(columns(z, 1, u)) * act(columns(z, 3, u))
    return gate(columns(z, 4, u)) * act(c), c
  end,
  -- z r h
  GRU = function(self, a, _, h)
    local u, act, gate, w = self.units, self.act, self.gate, self.recurrent_kernel
    local n
    local bias = self.reset_after and self.bias and self.bias[2]
    local b = h:mm(self.reset_after and w or w:narrow(2, 1, 2 * u))
    if bias then b = b + bias end
    local z, r = gate(columns(a, 1, u) + columns(b, 1, u)), gate(columns(a, 2, u) + columns(b, 2, u))
    if self.reset_after then
      n = act(columns(a, 3, u) + r * columns(b, 3, u))
    else
      n = act(columns(a, 3, u) + (r * h):mm(columns(w, 3, u)))
    end
    return z * h + (1 - z) * n
  end,
  SimpleRNN = function(self, a, _, h) return self.act(a + h:mm(self.recurrent_kernel)) end,
}

local function by_steps(self, x, h, c)
  local n, T = x:size(1), x:size(2)
  local a = x:mm(self.kernel)
  local bias = self.bias and (self.bias:dim() == 2 and self.bias[1] or self.bias)
  if bias then a = a + bias end
  h = h or tensor.zeros { n, self.units, dtype = x.dtype }
  c = c or tensor.zeros { n, self.units, dtype = x.dtype }
  local out = { dim = 2 }
  for t = 1, T do
    h, c = self.step(self, a[{ {}, self.backward and T + 1 - t or t }], c, h)
    out[t] = h
  end
  return tensor.stack(out), h, c
end

local function z_to_r(t, u) return tensor.cat { columns(t, 2, u), columns(t, 1, u), columns(t, 3, u), dim = -1 } end

-- y [N, T, units], last h, last c; y in the order of the steps, as Keras has it.
local function run(self, x, h, c)
  if not self.usual then return by_steps(self, x, h, c) end
  local y, u
  if self.backward then x = x:flip(2) end
  u = self.units
  if self.op == "lstm" then
    y, h, c = nn.lstm { x, self.kernel, self.recurrent_kernel, bx = self.bias, bh = self.bias and self.bias * 0,
      h0 = h, c0 = c }
  else
    local bx, bh = self.bias and z_to_r(self.bias[1], u), self.bias and z_to_r(self.bias[2], u)
    y, h = nn.gru { x, z_to_r(self.kernel, u), z_to_r(self.recurrent_kernel, u), bx = bx, bh = bh, h0 = h }
  end
  return y, h, c
end

local function recurrent(name, gates)
  return {
    build = function(self, c, shape)
      local i, u = shape[#shape], c.units
      for _, key in ipairs { "stateful", "time_major" } do
        if c[key] == true then fail("%s: %s is not read", self.where, key) end
      end
      local act, act_name = act_of(self, c.activation, "tanh")
      local gate, gate_name = act_of(self, c.recurrent_activation, "sigmoid")
      rawset(self, "act", act)
      rawset(self, "gate", gate)
      rawset(self, "units", u)
      rawset(self, "backward", c.go_backwards == true)
      rawset(self, "step", steps[name])
      local after = c.reset_after == true or c.reset_after == nil and self.version >= 3
      rawset(self, "reset_after", name == "GRU" and after)
      rawset(self, "op", name:lower())
      rawset(self, "usual", act_name == "tanh" and gate_name == "sigmoid" and name ~= "SimpleRNN"
        and (name == "LSTM" or self.reset_after))
      param(self, "kernel", i, gates * u)
      param(self, "recurrent_kernel", u, gates * u)
      if c.use_bias ~= false then
        if self.reset_after then param(self, "bias", 2, gates * u) else param(self, "bias", gates * u) end
      end
    end,
    path = "cell/vars/%d", run = run,
    forward = function(self, x, h, c)
      local y
      y, h, c = run(self, x, h, c)
      local out = self.config.return_sequences == true and y or h
      if self.config.return_state ~= true then return out end
      if name == "LSTM" then return out, h, c end
      return out, h
    end }
end
kinds.LSTM, kinds.GRU, kinds.SimpleRNN = recurrent("LSTM", 4), recurrent("GRU", 3), recurrent("SimpleRNN", 1)

-- --- attention ------------------------------------------------------------------------------------------------------

-- softmax(q k' / sqrt(key_dim)) v in heads; kernels [in, heads, size], of the output [heads, size, out].
kinds.MultiHeadAttention = {
  build = function(self, c, q, v, k)
    local heads, kd = c.num_heads, c.key_dim
    local vd, out = given(c.value_dim) or kd, given(c.output_shape) or q[3]
    if type(out) == "table" then out = out[1] end
    if given(c.attention_axes) and #c.attention_axes > 1 then fail("%s: attention_axes is not read", self.where) end
    if #q ~= 3 then fail("%s: queries [N,T,D] are read, not %d dimensions", self.where, #q) end
    rawset(self, "key_dim", kd)
    for _, part in ipairs { { "query", q[3], kd }, { "key", (k or v or q)[3], kd }, { "value", (v or q)[3], vd } } do
      param(self, part[1] .. "_kernel", part[2], heads, part[3])
      if c.use_bias ~= false then param(self, part[1] .. "_bias", heads, part[3]) end
    end
    param(self, "output_kernel", heads, vd, out)
    if c.use_bias ~= false then param(self, "output_bias", out) end
  end,
  paths = function(self)
    local list = {}
    for _, part in ipairs { "query", "key", "value", "output" } do
      list[#list + 1] = part .. "_dense/vars/0"
      if self.output_bias then list[#list + 1] = part .. "_dense/vars/1" end
    end
    return list
  end,
  forward = function(self, q, v, k, options)
    v = v or q
    k = k or v
    local causal = options and options.use_causal_mask == true
    local function project(x, name)
      local w = self[name .. "_kernel"]
      local y = x:mm(w:reshape(w:size(1), -1)):view(x:size(1), x:size(2), w:size(2), w:size(3))
      local b = self[name .. "_bias"]
      return (b and y + b or y):permute(1, 3, 2, 4)                          -- [N, heads, T, size]
    end
    local score = project(q, "query"):mm(project(k, "key"):transpose(3, 4)) / math.sqrt(self.key_dim)
    if causal then
      local T, S = score:size(3), score:size(4)
      score = score:masked_fill(tensor.ones(T, S):triu(1):gt(0), -math.huge)
    end
    local p = score:softmax(4)
    local rate = self.config.dropout or 0
    if self.training and rate > 0 then p = nn.dropout { p, p = rate, train = true } end
    local w = self.output_kernel
    local y = p:mm(project(v, "value")):permute(1, 3, 2, 4):reshape(q:size(1), q:size(2), -1)
    y = y:mm(w:reshape(-1, w:size(3)))
    return self.output_bias and y + self.output_bias or y
  end }

return kinds
