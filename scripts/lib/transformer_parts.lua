--- transformer_parts.lua: parts of a Transformer written by hand against the engine's fused layers on the same weights.
local same = require "lib.same"

--- The whole model of the engine's layers.
local Engine = nn.class "Engine"
function Engine:init(words, opt)
  local form = { opt.d, opt.heads, opt.ff, dropout = 0 }
  self.embedding, self.top = tensor.zeros(words, opt.d):requires_grad(), nn.Linear(opt.d, words)
  self.encoder, self.decoder = {}, {}
  for i = 1, opt.layers do
    self.encoder[i], self.decoder[i] = nn.TransformerEncoderLayer(form), nn.TransformerDecoderLayer(form)
  end
end
function Engine:embed(ids)
  local d = self.embedding:size(2)
  return nn.embedding(ids, self.embedding) * math.sqrt(d) + nn.positions(ids:size(2), d)
end
--- seen, given: masks of padding; that nothing looks ahead is the engine's own affair.
function Engine:forward(source, target, seen, given)
  local x, y = self:embed(source), self:embed(target)
  for _, l in ipairs(self.encoder) do x = l(x, { mask = seen }) end
  for _, l in ipairs(self.decoder) do y = l(y, x, { mask = given, causal = true, memory_mask = seen }) end
  return self.top(y)
end

--- parts(own, P, opt, source, target) -> the largest difference, names, differences; own: the functions by name, and
-- PAD; P: the weights in nested tables named as the engine's; opt: d heads ff layers; source and target: ids [N, T]
-- with padding.
return function(own, P, opt, source, target)
  local engine = Engine(P.embedding:size(1), opt)
  engine:load_state(same.named(P))
  local N, S, T, d = source:size(1), source:size(2), target:size(2), opt.d
  local rng = tensor.rng(1)
  local x, y = tensor.randn { N, S, d, rng = rng }, tensor.randn { N, T, d, rng = rng }
  local seen, given = own.padding_mask(source), own.padding_mask(target)
  local both = given & own.look_ahead_mask(T)
  local E, D, e, f = P.encoder[1], P.decoder[1], engine.encoder[1], engine.decoder[1]
  local function heads(t) return t:view(N, -1, opt.heads, d // opt.heads):permute(1, 3, 2, 4):contiguous() end

  local short, n = 1, S                                    -- the sequence with most padding, and its length
  for i = 1, N do
    local own_length = source[i]:ne(own.PAD):to "i64":sum():item() // 1
    if own_length < n then short, n = i, own_length end
  end
  if n == S then lunette.raise "transformer_parts: a sequence with padding expected" end

  local list = {
    { "positions", function(a) return a + own.positions(S, d) end,
      function(a) return a + nn.positions(S, d) end, { x } },
    { "attention", function(q, k, v) return (own.attention(q, k, v, seen)) end,
      function(q, k, v) return nn.attention { q, k, v, mask = seen } end, { heads(y), heads(x), heads(2 * x) } },
    { "norm", function(a) return own.norm(E.norm1, a) end, function(a) return e.norm1(a) end, { x }, E.norm1, e.norm1 },
    { "multi-head", function(a, b) return own.multi_head(D.cross, a, b, seen) end,
      function(a, b) return f.cross(a, { key = b, mask = seen }) end, { y, x }, D.cross, f.cross },
    { "encoder layer", function(a) return own.encoder_layer(E, a, seen) end,
      function(a) return e(a, { mask = seen }) end, { x }, E, e },
    { "decoder layer", function(a, b) return own.decoder_layer(D, a, b, both, seen) end,
      function(a, b) return f(a, b, { mask = given, causal = true, memory_mask = seen }) end, { y, x }, D, f },
    { "whole model", function() return own.decode(P, target, own.encode(P, source)) end,
      function() return engine(source, target, seen, given) end, {}, P, engine },
    -- a sequence alone, and beside longer ones
    { "padding", function() return (own.encode(P, source))[{ { short, short }, { 1, n } }] end,
      function() return (own.encode(P, source[{ { short, short }, { 1, n } }])) end, {} },
  }
  local worst, names, apart = 0, {}, {}
  for i, p in ipairs(list) do
    names[i], apart[i] = p[1], same.difference(p[2], p[3], p[4], p[5], p[6])
    worst = math.max(worst, apart[i])
    print(("%-14s outputs and gradients apart by %.1e"):format(p[1], apart[i]))
  end
  return worst, names, apart
end
