--- A Transformer from primitives reverses and sorts digits.  Vaswani et al. 2017, arXiv:1706.03762
-- Claim: at least 0.998 of held-out sequences are written without a fault; all parts equal the engine's within 1e-5.
-- Takes: 35 s.
local opt = lunette.options {
  d = 64,                      -- features of a token
  heads = 4,                   -- of attention, each d / heads wide
  ff = 128,                    -- width between the two linear maps
  layers = 2,                  -- of the encoder, and of the decoder
  length = 10,                 -- most digits of a sequence to learn from
  steps = 1500,                -- of Adam
  batch = 64,                  -- sequences in a step
  lr = 2e-3,                   -- greatest rate: up to it, then down
  test = 1000,                 -- sequences held out
  beam = 4,                    -- width of the beam
  show = 50,                   -- steps between two pictures
  seed = 1,                    -- of sequences and weights
  range = { d = { 4, 1024, 2 }, heads = { 1, 64 }, layers = { 1, 24 }, length = { 4, 60 }, test = { 1, 4000 },
    beam = { 1, 100 } },       -- shorter sequences are too few to hold some out
  quick = { length = 6, steps = 300, test = 200, layers = 1 },
}
if opt.d % opt.heads ~= 0 then lunette.option("heads", error, ("%d of them do not share %d features"):format(opt.heads,
  opt.d)) end
local decoding, baseline, same = require "lib.decoding", require "lib.baseline", require "lib.same"
local digits, transformer_parts = require "lib.digits", require "lib.transformer_parts"

-- 1 Data --------------------------------------------------------------------------------------------------------------
-- The source is what to do and digits, the target the digits in their new order: `reverse 3 1 4` -> `4 1 3`, `sort 3 1
-- 4` -> `1 3 4`.  Learnt from are 3 to 10 digits, new ones in every step; no digits of a held-out sequence, nor of a
-- longer one, are ever among them.

local rng, set = tensor.rng(2 * opt.seed), digits()
local words, START, END, PAD = digits.words, digits.START, digits.END, digits.PAD
local V = #words

-- Each: sources [N, S]; targets behind <start>, and before <end>, [N, T]; targets as lists.
local test, long = { set:hold(opt.test, rng, 3, opt.length) }, {}
for n = 1, 3 do long[n] = { set:hold(math.max(20, opt.test // 5), rng, opt.length + n, opt.length + n) } end
local shown = { set:hold(1, rng, opt.length, opt.length) }

-- 2 Model -------------------------------------------------------------------------------------------------------------

--- PE(t, 2i) = sin(t / 10000^(2i/d)), PE(t, 2i+1) = cos of the same; t and i from 0           [T, d]
local function positions(T, d)
  local t = tensor.arange(0, T - 1, { dtype = "f64" }):view(T, 1)
  local angle = t / (tensor.arange(0, d - 2, 2, { dtype = "f64" }) / d * math.log(10000)):exp():view(1, -1)
  return tensor.stack({ angle:sin(), angle:cos() }, 3):view(T, d):to "f32"
end

--- true: may be seen.  Padding is hidden from all, and what comes later from what comes before.
local function padding_mask(ids) return ids:ne(PAD):view(ids:size(1), 1, 1, -1) end            -- [N, 1, 1, T]
local function look_ahead_mask(T) return tensor.ones(T, T):tril():to "bool":view(1, 1, T, T) end

--- P = softmax(q k' / sqrt(d)) over the keys that the mask lets be seen;  y = P v             [N, h, T, d / h]
local function attention(q, k, v, mask)
  local scores = q:mm(k:transpose(3, 4)) / math.sqrt(q:size(4))
  if mask then scores = scores:masked_fill(~mask, -1e9) end
  local p = scores:softmax(4)
  return p:mm(v), p
end

local function linear(P, x) return x:mm(P.weight) + P.bias end

--- y = [head_1 .. head_h] Wo, head_i = attention(q Wq_i, k Wk_i, v Wv_i): each head looks for something of its own.
local function multi_head(P, x, memory, mask, keep)
  local N, d, h = x:size(1), x:size(3), P.heads
  local function part(y, i)                                -- [N, T, d] -> [N, h, T, d / h]
    local w, b = P.weight:narrow(2, (i - 1) * d + 1, d), P.bias:narrow(1, (i - 1) * d + 1, d)
    return (y:mm(w) + b):view(N, -1, h, d // h):permute(1, 3, 2, 4)
  end
  local y, p = attention(part(x, 1), part(memory, 2), part(memory, 3), mask)
  if keep then keep[#keep + 1] = p:detach() end
  return linear(P.out, y:permute(1, 3, 2, 4):reshape(N, -1, d))
end

--- (x - mean) / sqrt(variance + 1e-5) gamma + beta, over the features
local function norm(P, x)
  local centred = x - x:mean(3, { keepdim = true })
  return centred / (centred:square():mean(3, { keepdim = true }) + 1e-5):sqrt() * P.weight + P.bias
end

local function feed_forward(P, x) return linear(P.down, linear(P.up, x):relu()) end

local function encoder_layer(P, x, mask, keep)
  x = norm(P.norm1, x + multi_head(P.attention, x, x, mask, keep))
  return norm(P.norm2, x + feed_forward(P, x))
end

local function decoder_layer(P, x, memory, mask, memory_mask, keep)
  x = norm(P.norm1, x + multi_head(P.attention, x, x, mask))
  x = norm(P.norm2, x + multi_head(P.cross, x, memory, memory_mask, keep))
  return norm(P.norm3, x + feed_forward(P, x))
end

local function embed(P, ids)
  local x = nn.embedding(ids, P.embedding) * math.sqrt(opt.d)
  return x + positions(ids:size(2), opt.d)
end

local function encode(P, source, keep)
  local x, mask = embed(P, source), padding_mask(source)
  for _, layer in ipairs(P.encoder) do x = encoder_layer(layer, x, mask, keep) end
  return x, mask
end

--- target [N, T] ids so far, the memory of the source -> scores of what comes next [N, T, V].
local function decode(P, target, memory, memory_mask, keep)
  local x, mask = embed(P, target), padding_mask(target) & look_ahead_mask(target:size(2))
  for _, layer in ipairs(P.decoder) do x = decoder_layer(layer, x, memory, mask, memory_mask, keep) end
  return linear(P.top, x)
end

local function matrix(...) return nn.init.xavier_uniform(tensor.empty(...)):requires_grad() end
local function zeros(n) return tensor.zeros(n):requires_grad() end
local function dense(i, o) return { weight = matrix(i, o), bias = zeros(o) } end
local function norm_weights() return { weight = tensor.ones(opt.d):requires_grad(), bias = zeros(opt.d) } end
local function attention_weights()
  return { weight = matrix(opt.d, 3 * opt.d), bias = zeros(3 * opt.d), out = dense(opt.d, opt.d), heads = opt.heads }
end
local function layer(norms, cross)
  local P = { attention = attention_weights(), cross = cross and attention_weights(), up = dense(opt.d, opt.ff),
    down = dense(opt.ff, opt.d) }
  for i = 1, norms do P["norm" .. i] = norm_weights() end
  return P
end

local P = { embedding = (tensor.randn(V, opt.d) / math.sqrt(opt.d)):requires_grad(), encoder = {}, decoder = {},
  top = dense(opt.d, V) }
for i = 1, opt.layers do P.encoder[i], P.decoder[i] = layer(2), layer(3, true) end

-- 3 Loss --------------------------------------------------------------------------------------------------------------
-- L = -mean log p(next | target so far, source) over all places at once; padding does not count.

local function loss_of(source, given, wanted)
  return nn.cross_entropy(decode(P, given, encode(P, source)), wanted, { ignore = PAD })
end

local function ahead_of(source)                            -- for decoding: prefixes [B, t] -> log p [B, V]
  local memory, mask = encode(P, source)
  return function(prefixes)
    local B, m, k = prefixes:size(1), memory, mask
    if m:size(1) ~= B then m, k = m:expand(B, -1, -1), k:expand(B, -1, -1, -1) end
    return decode(P, prefixes, m, k)[{ {}, -1 }]:log_softmax(2)
  end
end

local function share_right(outs, targets)
  local hits = 0
  for i, out in ipairs(outs) do
    if table.concat(out, " ") == table.concat(targets[i], " ") then hits = hits + 1 end
  end
  return hits / #outs
end

local MOST = opt.length + 5                                -- ids that decoding writes at most
local function greedy(source)
  local _ <close> = tensor.no_grad()                                   -- no gradients until the block ends
  return decoding.greedy(ahead_of(source), source:size(1), START, END, MOST)
end

-- 4 Show --------------------------------------------------------------------------------------------------------------

local function text(ids)
  local list = {}
  for i, id in ipairs(ids) do list[i] = words[id] end
  return list
end

viz.heatmap("positional encoding", positions(50, opt.d), { xname = "feature", yname = "position" })

local function show_heads(source, target)
  local _ <close> = tensor.no_grad()
  local keep, read, written = {}, text(source[1]:totable()), text(target[1]:totable())
  local memory, mask = encode(P, source)
  decode(P, target, memory, mask, keep)
  for h = 1, opt.heads do
    viz.heatmap(("head %d of the last layer"):format(h), keep[#keep][1][h], { x = read, y = written, xname = "read",
      yname = "written so far" })
  end
end

local function show_beam(source)
  local _ <close> = tensor.no_grad()
  local found, lines = decoding.beam(ahead_of(source), opt.beam, START, END, MOST), {}
  for k, h in ipairs(found) do lines[k] = ("p %.4f  %s"):format(math.exp(h.log_p), table.concat(text(h.ids), " ")) end
  viz.text("beam", table.concat(text(source[1]:totable()), " ") .. "\n" .. table.concat(lines, "\n"))
  return found
end

-- 5 Train, and the result ---------------------------------------------------------------------------------------------
-- Each part against the engine's, on the same weights.
local worst, names, apart = transformer_parts({ positions = positions, padding_mask = padding_mask, norm = norm,
  look_ahead_mask = look_ahead_mask, attention = attention, multi_head = multi_head, encoder_layer = encoder_layer,
  decoder_layer = decoder_layer, PAD = PAD, encode = encode, decode = decode }, P, opt,
  set:draw(8, tensor.rng(opt.seed), 1, opt.length))
viz.bars("difference to the engine", apart, { labels = names, threshold = 1e-5, log = true })

local some, weights = test[1][{ { 1, math.min(100, opt.test) } }], {}
for i, entry in ipairs(same.flat(P)) do weights[i] = entry[2] end
local adam = optim.Adam { weights, lr = opt.lr, betas = { 0.9, 0.98 } }
adam.schedule, adam.clip_norm = optim.one_cycle { opt.lr, steps = opt.steps }, 1
local sum = 0
for step = 1, opt.steps do
  local loss = loss_of(set:draw(opt.batch, rng, 3, opt.length))
  adam:step(loss)
  sum = sum + loss:item()
  viz.plot("loss/training", loss)
  if step % opt.show == 0 then show_heads(shown[1], shown[2]) end
  if step % (2 * opt.show) == 0 then
    local now = share_right(greedy(some), test[4])
    viz.plot("whole sequences held out/greedy", now, { step = step })
    print(("step %5d  loss %.4f  of %d held out %.2f whole"):format(step, sum / (2 * opt.show),
      some:size(1), now))
    sum = 0
  end
end

local reached, beams = share_right(greedy(test[1]), test[4]), {}
for k = 1, some:size(1) do beams[k] = show_beam(test[1][{ { k, k } }])[1].ids end
local beam = share_right(beams, test[4])
local chance = tensor.rng(opt.seed)
local drawn = tensor.no_grad(function()
  return decoding.draw(ahead_of(some), some:size(1), START, END, MOST, 1, chance)
end)
print(("whole sequences: greedy %.3f of %d, beam %.3f and drawn %.3f of %d"):format(reached, opt.test,
  beam, share_right(drawn, test[4]), some:size(1)))
for n, l in ipairs(long) do
  print(("%d digits, longer than any learnt from: %.3f"):format(opt.length + n, share_right(greedy(l[1]), l[4])))
end
local b = { set:draw(6000, rng, 3, opt.length) }
local flat, single = baseline.places(b[1], V, b[3], V, test[1], test[3])
print(("a linear model on places: %.3f of whole sequences, %.3f of tokens"):format(flat, single))

if opt.out then assert(tensor.save(opt.out .. "/transformer.safetensors", same.named(P))) end
return { measure = "sequences", sequences = reached, above = opt.quick and 0.8 or 0.998, linear = flat,
  also = { { "difference", worst, below = 1e-5 }, { "beam", beam, above = opt.quick and 0.8 or 0.99 } } }
