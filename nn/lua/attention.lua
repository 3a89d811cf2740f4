--- attention.lua: multi-head attention and the Transformer's layers; Vaswani et al. 2017, arXiv:1706.03762.
-- Sequences are [N, T, D].  A mask is bool (true: may be seen) or is added to the scores.

local arguments, whole = nn.arguments, lunette.whole

local MultiheadAttention = nn.class "MultiheadAttention"
nn.MultiheadAttention = MultiheadAttention
--- nn.MultiheadAttention(d, heads, {dropout, bias}): one matrix [d, 3d] projects queries, keys and values.
function MultiheadAttention:init(...)
  local what = "nn.MultiheadAttention"
  local opt, d, heads = arguments(what, { dropout = 0, bias = true }, 2, ...)
  whole(what, "d", d)
  if d % whole(what, "heads", heads) ~= 0 then
    lunette.raise(("%s: %d features do not split into %d heads"):format(what, d, heads))
  end
  rawset(self, "d", d)
  rawset(self, "heads", heads)
  rawset(self, "dropout", opt.dropout)
  self.weight = nn.init.xavier_uniform(tensor.empty(d, 3 * d)):requires_grad()
  if opt.bias then self.bias = tensor.zeros(3 * d):requires_grad() end
  self.out = nn.Linear { d, d, bias = opt.bias }
  if opt.bias then nn.init.zeros(self.out.bias) end
end

-- Parts first to last (of 3) of the projection, of x.
local function project(self, x, first, last)
  local d = self.d
  if first == 1 and last == 3 then return nn.linear(x, self.weight, self.bias) end
  local columns = { (first - 1) * d + 1, last * d }
  return nn.linear(x, self.weight[{ {}, columns }], self.bias and self.bias[{ columns }])
end

local function part(y, k, d) return y:narrow(3, (k - 1) * d + 1, d) end

--- net(x), or net(q, {key =, value =, mask =, causal =}): value is key unless given.
function MultiheadAttention:forward(q, opt)
  opt = lunette.checked("MultiheadAttention", opt,
    { key = lunette.none, value = lunette.none, mask = lunette.none, causal = false })
  local d, key = self.d, opt.key or q
  local value = opt.value or key
  local pq, pk, pv
  if rawequal(key, q) and rawequal(value, q) then
    local all = project(self, q, 1, 3)
    pq, pk, pv = part(all, 1, d), part(all, 2, d), part(all, 3, d)
  else
    pq = project(self, q, 1, 1)
    if rawequal(key, value) then
      local both = project(self, key, 2, 3)
      pk, pv = part(both, 1, d), part(both, 2, d)
    else
      pk, pv = project(self, key, 2, 2), project(self, value, 3, 3)
    end
  end
  local p = self.training and self.dropout or 0
  return self.out(nn.attention { pq, pk, pv, mask = opt.mask, heads = self.heads, causal = opt.causal, dropout = p })
end
function MultiheadAttention:label() return ("MultiheadAttention(%d,heads=%d)"):format(self.d, self.heads) end
function MultiheadAttention:input_shape() return { 1, 1, self.d } end

-- --- layers ---------------------------------------------------------------------------------------------------------

local known = { dropout = 0.1, norm_first = false, act = "relu" }

local function activation_of(what, name)
  local f = tensor[name] or nn[name]
  if type(f) ~= "function" then lunette.raise(("%s: no activation '%s'"):format(what, tostring(name))) end
  return f
end

-- The two linear maps of every layer, and the dropout after each.
local function feed_forward(self, what, d, ff, opt)
  self.up = nn.Linear(d, ff)
  self.down = nn.Linear(ff, d)
  rawset(self, "act", activation_of(what, opt.act))
  rawset(self, "p", opt.dropout)
  rawset(self, "norm_first", opt.norm_first)
end
local function drop(self, x)
  if not self.training or self.p == 0 then return x end
  return nn.dropout { x, p = self.p }
end
local function expand(self, x) return self.down(drop(self, self.act(self.up(x)))) end

-- x + f(x) with the norm behind it (as in the paper) or before f.
local function residual(self, x, norm, f)
  if self.norm_first then return x + drop(self, f(norm(x))) end
  return norm(x + drop(self, f(x)))
end

local Encoder = nn.class "TransformerEncoderLayer"
nn.TransformerEncoderLayer = Encoder
--- nn.TransformerEncoderLayer(d, heads, ff, {dropout, norm_first, act}): self-attention, then two linear maps.
function Encoder:init(...)
  local what = "nn.TransformerEncoderLayer"
  local opt, d, heads, ff = arguments(what, known, 3, ...)
  self.attention = nn.MultiheadAttention { d, heads, dropout = opt.dropout }
  feed_forward(self, what, d, whole(what, "ff", ff), opt)
  self.norm1 = nn.LayerNorm(d)
  self.norm2 = nn.LayerNorm(d)
end
--- layer(x, {mask =, causal =})
function Encoder:forward(x, opt)
  x = residual(self, x, self.norm1, function(v) return self.attention(v, opt) end)
  return residual(self, x, self.norm2, function(v) return expand(self, v) end)
end

local Decoder = nn.class "TransformerDecoderLayer"
nn.TransformerDecoderLayer = Decoder
--- nn.TransformerDecoderLayer(d, heads, ff, {...}): causal self-attention, attention to the memory, linear maps.
function Decoder:init(...)
  local what = "nn.TransformerDecoderLayer"
  local opt, d, heads, ff = arguments(what, known, 3, ...)
  self.attention = nn.MultiheadAttention { d, heads, dropout = opt.dropout }
  self.cross = nn.MultiheadAttention { d, heads, dropout = opt.dropout }
  feed_forward(self, what, d, whole(what, "ff", ff), opt)
  self.norm1 = nn.LayerNorm(d)
  self.norm2 = nn.LayerNorm(d)
  self.norm3 = nn.LayerNorm(d)
end
--- layer(x, memory, {mask =, causal =, memory_mask =})
function Decoder:forward(x, memory, opt)
  opt = lunette.checked("TransformerDecoderLayer", opt,
    { mask = lunette.none, causal = true, memory_mask = lunette.none })
  x = residual(self, x, self.norm1, function(v)
    return self.attention(v, { mask = opt.mask, causal = opt.causal })
  end)
  x = residual(self, x, self.norm2, function(v)
    return self.cross(v, { key = memory, mask = opt.memory_mask })
  end)
  return residual(self, x, self.norm3, function(v) return expand(self, v) end)
end

-- --- stacks ---------------------------------------------------------------------------------------------------------

local sizes = { layers = 6, d = lunette.none, heads = 8, ff = lunette.none, dropout = 0.1, norm_first = false,
  act = "relu", norm = false }

local function stack(name, layer)
  local class = nn.class(name)
  nn[name] = class
  function class:init(...)
    local opt = arguments("nn." .. name, sizes, 0, ...)
    whole("nn." .. name, "d", opt.d)
    self.layers = {}
    for i = 1, whole("nn." .. name, "layers", opt.layers) do
      self.layers[i] = nn[layer] { opt.d, opt.heads, opt.ff or 4 * opt.d, dropout = opt.dropout,
        norm_first = opt.norm_first, act = opt.act }
    end
    if opt.norm then self.norm = nn.LayerNorm(opt.d) end
  end
  function class:forward(x, ...)
    for _, l in ipairs(self.layers) do x = l(x, ...) end
    return self.norm and self.norm(x) or x
  end
end
--- nn.TransformerEncoder{layers =, d =, heads =, ff =, dropout =, norm =}: net(x, {mask =}).
stack("TransformerEncoder", "TransformerEncoderLayer")
--- nn.TransformerDecoder{layers =, d =, heads =, ff =, dropout =, norm =}: net(x, memory, {mask =, memory_mask =}).
stack("TransformerDecoder", "TransformerDecoderLayer")

--- nn.positions(T, d, {base = 10000}) -> f32[T, d]: sine in the first of each pair of features, cosine in the second.
function nn.positions(T, d, opt)
  opt = lunette.checked("nn.positions", opt, { base = 10000 })
  whole("nn.positions", "T", T)
  whole("nn.positions", "d", d)
  local at = tensor.arange(0, T - 1, { dtype = "f64" }):view(T, 1)
  local pairs_of = (d + 1) // 2
  local power = tensor.arange(0, pairs_of - 1, { dtype = "f64" }) * (-2 * math.log(opt.base) / d)
  local rate = power:exp():view(1, pairs_of)
  local angle = at * rate
  local both = tensor.stack { angle:sin(), angle:cos(), dim = 3 }
  return both:reshape(T, 2 * pairs_of)[{ {}, { 1, d } }]:to("f32"):contiguous()
end
