--- attention.lua: multi-head attention and the Transformer's layers; Vaswani et al. 2017, arXiv:1706.03762.
-- Sequences are [N, T, D].  A mask is bool (true: may be seen) or is added to the scores.

local layer = require "nn.layer"
local record = require "nn.record"

local whole, none = lunette.whole, lunette.none

-- Parts first to last (of 3) of the projection, of x.
local function project(self, x, first, last)
  local d = self.d
  if first == 1 and last == 3 then return nn.linear(x, self.weight, self.bias) end
  local columns = { (first - 1) * d + 1, last * d }
  return nn.linear(x, self.weight[{ {}, columns }], self.bias and self.bias[{ columns }])
end

local function part(y, k, d) return y:narrow(3, (k - 1) * d + 1, d) end

-- How much of each key [N,Tk,d] every query has: attention to the rows of the unit matrix, so that masks mean the same.
-- weights true: the mean of the heads [N,Tq,Tk]; "heads": each, [N,heads,Tq,Tk].
local function weights_of(q, k, opt, heads)
  local n, t = k:size(1), k:size(2)
  local unit = tensor.eye(t, { dtype = k.dtype }):reshape(1, t, 1, t):expand(n, t, heads, t)
  unit = unit:reshape(n, t, heads * t)
  local y = nn.attention { q, k, unit, mask = opt.mask, heads = heads, causal = opt.causal }
  y = y:reshape(n, q:size(2), heads, t):transpose(2, 3)
  return opt.weights == "heads" and y or y:mean(2)
end

local mask = { "mask", none, "true: may be seen; or numbers that are added to the scores", "any" }
local causal = { "causal", false, "no place sees those behind it" }
local given = { { "key", none, "[N,Tk,d] to attend to", shown = "x" },
  { "value", none, "[N,Tk,d] that is collected", shown = "key" }, mask, causal,
  { "weights", none, "true: gives the weights too, [N,Tq,Tk], before dropout; 'heads': of each, [N,heads,Tq,Tk]",
    { true, false, "heads" } } }

local function attend(self, q, opt)
  opt = record.checked("MultiheadAttention", opt, given)
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
  local y = nn.attention { pq, pk, pv, mask = opt.mask, heads = self.heads, causal = opt.causal, dropout = p }
  y = self.out(y)
  if opt.weights then return y, weights_of(pq, pk, opt, self.heads) end
  return y
end

layer { name = "MultiheadAttention", args = { "d", "heads" },
  doc = "attention of [N,T,d] to itself, or to a key and a value; one matrix [d, 3d] projects queries, keys and "
    .. "values; Vaswani et al. 2017", given = { "x", given },
  options = { { "dropout", 0, "of the weights", { 0, 1 } }, { "bias", true, "adds biases" } },
  call = "(4, 2)", input = "tensor.randn(1, 3, 4)", see = "nn.attention",
  init = function(self, opt, d, heads)
    if d % heads ~= 0 then
      lunette.raise(("nn.MultiheadAttention: %d features do not split into %d heads"):format(d, heads))
    end
    rawset(self, "d", d)
    rawset(self, "heads", heads)
    rawset(self, "dropout", opt.dropout)
    self.weight = nn.init.xavier_uniform(tensor.empty(d, 3 * d)):requires_grad()
    if opt.bias then self.bias = tensor.zeros(3 * d):requires_grad() end
    self.out = nn.Linear { d, d, bias = opt.bias }
    if opt.bias then nn.init.zeros(self.out.bias) end
  end,
  forward = attend,
  label = function(self) return ("MultiheadAttention(%d,heads=%d)"):format(self.d, self.heads) end,
  input_shape = function(self) return { 1, 1, self.d } end }

-- --- layers ---------------------------------------------------------------------------------------------------------

local options = { { "dropout", 0.1, "after each part", { 0, 1 } },
  { "norm_first", false, "norm before instead of behind" }, { "act", "relu", "of the linear maps", "any" } }

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

local encoding = { "x", { mask, causal } }
local decoding = { "x, memory", { mask, { "causal", true, causal[3] },
  { "memory_mask", none, "the same of the places of memory", "any" } } }

layer { name = "TransformerEncoderLayer", args = { "d", "heads", "ff" }, options = options, given = encoding,
  doc = "self-attention, then two linear maps, each with a skip and a norm",
  call = "(4, 2, 8)", input = "tensor.randn(1, 3, 4)", see = "nn.TransformerEncoder",
  init = function(self, opt, d, heads, ff)
    self.attention = nn.MultiheadAttention { d, heads, dropout = opt.dropout }
    feed_forward(self, "nn.TransformerEncoderLayer", d, ff, opt)
    self.norm1 = nn.LayerNorm(d)
    self.norm2 = nn.LayerNorm(d)
  end,
  forward = function(self, x, opt)
    opt = record.checked("TransformerEncoderLayer", opt, encoding[2])
    x = residual(self, x, self.norm1, function(v) return self.attention(v, opt) end)
    return residual(self, x, self.norm2, function(v) return expand(self, v) end)
  end }

layer { name = "TransformerDecoderLayer", args = { "d", "heads", "ff" }, options = options,
  given = decoding,
  doc = "causal self-attention, attention to the memory, linear maps", see = "nn.TransformerDecoder",
  example = "l = nn.TransformerDecoderLayer(4, 2, 8)\nprint(l(tensor.randn(1, 3, 4), tensor.randn(1, 5, 4)))",
  example2 = "print(nn.TransformerDecoderLayer(4, 2, 8):parameter_count())",
  init = function(self, opt, d, heads, ff)
    self.attention = nn.MultiheadAttention { d, heads, dropout = opt.dropout }
    self.cross = nn.MultiheadAttention { d, heads, dropout = opt.dropout }
    feed_forward(self, "nn.TransformerDecoderLayer", d, ff, opt)
    self.norm1 = nn.LayerNorm(d)
    self.norm2 = nn.LayerNorm(d)
    self.norm3 = nn.LayerNorm(d)
  end,
  forward = function(self, x, memory, opt)
    opt = record.checked("TransformerDecoderLayer", opt, decoding[2])
    x = residual(self, x, self.norm1, function(v)
      return self.attention(v, { mask = opt.mask, causal = opt.causal })
    end)
    x = residual(self, x, self.norm2, function(v)
      return self.cross(v, { key = memory, mask = opt.memory_mask })
    end)
    return residual(self, x, self.norm3, function(v) return expand(self, v) end)
  end }

-- --- stacks ---------------------------------------------------------------------------------------------------------

local sizes = { { "layers", 6, "one upon the other", "whole" }, { "d", none, "features", "whole" },
  { "heads", 8, "of the attention", "whole" }, { "ff", none, "of the linear maps, 4 d by default", "whole" },
  options[1], options[2], options[3], { "norm", false, "one at the end" } }

local function stack(name, doc, given_to, see, example, example2)
  layer { name = name, doc = doc, options = sizes, see = see, example = example, example2 = example2, given = given_to,
    init = function(self, opt)
      whole("nn." .. name, "d", opt.d)
      self.layers = {}
      for i = 1, opt.layers do
        self.layers[i] = nn[name .. "Layer"] { opt.d, opt.heads, opt.ff or 4 * opt.d, dropout = opt.dropout,
          norm_first = opt.norm_first, act = opt.act }
      end
      if opt.norm then self.norm = nn.LayerNorm(opt.d) end
    end,
    forward = function(self, x, ...)
      for _, l in ipairs(self.layers) do x = l(x, ...) end
      return self.norm and self.norm(x) or x
    end }
end
stack("TransformerEncoder", "a stack of encoder layers", encoding, "nn.TransformerEncoderLayer, nn.positions",
  "print(nn.TransformerEncoder{layers = 1, d = 4, heads = 2}(tensor.randn(1, 3, 4)))",
  "net = nn.TransformerEncoder{layers = 1, d = 4, heads = 2}\nprint(net(tensor.randn(2, 3, 4)).shape[1])")
stack("TransformerDecoder", "a stack of decoder layers", decoding, "nn.TransformerEncoder",
  "net = nn.TransformerDecoder{layers = 1, d = 4, heads = 2}\nprint(net(tensor.randn(1, 3, 4), tensor.randn(1, 5, 4)))",
  "print(nn.TransformerDecoder{layers = 2, d = 4, heads = 2}:parameter_count())")

local bases = { { "base", 10000, "of the wavelengths", { above = 0 } } }
record.declare { name = "nn.positions", sig = "nn.positions(T, d, {base=10000})", options = bases,
  doc = "f32[T,d]: sines and cosines that tell places apart: sine in the first of each pair of features, cosine in the "
    .. "second", see = "nn.TransformerEncoder",
  example = "print(nn.positions(2, 4))", example2 = "x = tensor.randn(1, 5, 8) + nn.positions(5, 8)" }
function nn.positions(T, d, opt)
  opt = record.checked("nn.positions", opt, bases)
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
