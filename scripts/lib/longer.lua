--- longer.lua: an LSTM writes on in the style of a text, character by character.  Graves 2013, arXiv:1308.0850
-- p(next | all so far) = softmax(h_t Wy + by), h_t from an LSTM over one-hot characters; learnt on windows of the text,
-- many at once, each from an empty memory.  The last tenth of the text is held out, and read in one go.
--   perplexity = exp(mean of -log p): among how many characters, all alike, the choice would be as hard.
local characters = require "lib.characters"
local sampling = require "lib.sampling"
local ngram = require "lib.ngram"

local WINDOW, BATCH, CHUNK = 64, 32, 5000

-- A list in pieces, forty at least: an n-gram model fits its weights on every tenth.
local function pieces(list)
  local out, size = {}, math.min(CHUNK, math.ceil(#list / 40))
  for from = 1, #list, size do out[#out + 1] = table.move(list, from, math.min(#list, from + size - 1), 1, {}) end
  return out
end

local function weight(...) return nn.init.xavier_uniform(tensor.empty(...)):requires_grad() end

-- The parameters, and scores(ids [N, T], state) -> [N, T, V], the last state.
local function network(V, H)
  local P = { Wx = weight(V, 4 * H), Wh = weight(H, 4 * H), b = tensor.zeros(4 * H):requires_grad(), Wy = weight(H, V),
    by = tensor.zeros(V):requires_grad() }
  return P, function(x, state)
    local y, h, c = nn.lstm { x:one_hot(V):to "f32", wx = P.Wx, wh = P.Wh, bx = P.b, h0 = state and state[1],
      c0 = state and state[2] }
    return y:mm(P.Wy) + P.by, { h, c }
  end
end

-- The loss of windows from anywhere in ids.
local function loss_of(scores, ids)
  local starts = tensor.randint(1, ids:numel() - WINDOW, BATCH, 1)
  local windows = ids[(starts + tensor.arange(0, WINDOW, { dtype = "i64" }):view(1, -1)):reshape(-1)]
  windows = windows:view(BATCH, WINDOW + 1)
  return nn.cross_entropy((scores(windows:narrow(2, 1, WINDOW))), windows:narrow(2, 2, WINDOW))
end

-- Of ids from behind `cut` on, each given all before it in the chunk and the memory.
local function perplexity_of(scores, ids, cut)
  local _ <close> = tensor.no_grad()
  local sum, state = 0, nil
  for from = cut, ids:numel() - 1, CHUNK do
    local n = math.min(CHUNK, ids:numel() - from)
    local z
    z, state = scores(ids:narrow(1, from, n):view(1, n), state)
    sum = sum + nn.cross_entropy(z[1], ids:narrow(1, from + 1, n), { reduction = "sum" }):item()
  end
  return math.exp(sum / (ids:numel() - cut))
end

-- n characters that follow the id `first`, and of each byte how likely it was.
local function written(scores, alphabet, first, n, heat, chance)
  local _ <close> = tensor.no_grad()
  local id, state, out, shade = first, nil, {}, {}
  for k = 1, n do
    local z, p
    z, state = scores(tensor({ { id } }, { dtype = "i64" }), state)
    id, p = sampling.draw(z[{ 1, 1 }], heat, chance)
    out[k] = alphabet[id]
    for _ = 1, #out[k] do shade[#shade + 1] = p end
  end
  return table.concat(out), shade
end

--- longer(text, opt) -> a claim: perplexity on held-out text, of 2000 characters at least, below a trigram's.  opt:
-- those of dinosaurus, of which data names the file; a step is the work of 20 names, the memory has 128 units at least.
return function(text, opt)
  local steps = math.max(1, opt.steps // 20)
  local show = math.max(1, steps // 10)
  local alphabet = characters.alphabet { text }
  local list = alphabet:encode(text)
  local V, H, cut = #alphabet, math.max(128, opt.units), #list * 9 // 10
  local ids, held = tensor(list, { dtype = "i64" }), { table.move(list, cut + 1, #list, 1, {}) }
  local learnt = ids:narrow(1, 1, cut)
  print(("%d characters to learn from, %d held out, %d different"):format(cut, #list - cut, V - 1))

  local P, scores = network(V, H)
  local temperature, chance = viz.slider("temperature", opt.temperature, { 0.1, 2 }), tensor.rng(opt.seed + 1)
  local trigram = 2 ^ ngram(pieces(table.move(list, 1, cut, 1, {})), V):bits(held)
  print(("trigram model: perplexity %.3f on held-out text"):format(trigram))
  local adam = optim.Adam { { P.Wx, P.Wh, P.b, P.Wy, P.by }, lr = 0.005 }
  adam.schedule, adam.clip_norm = optim.cosine { 0.005, steps = steps }, 1
  local sum = 0
  for step = 1, steps do
    local loss = loss_of(scores, learnt)
    adam:step(loss)
    sum = sum + loss:item()
    if step % show == 0 then
      local now = perplexity_of(scores, ids, cut)
      viz.plot("perplexity/training", math.exp(sum / show), { step = step })
      viz.plot("perplexity/held out", now, { step = step })
      viz.plot("perplexity/trigram", trigram, { step = step })
      local sample, shade = written(scores, alphabet, list[1], 300, temperature(), chance)
      viz.text("in its style", sample, { shade = shade })
      print(("step %5d  perplexity %.3f, held out %.3f  %s"):format(step, math.exp(sum / show), now,
        (sample:sub(1, utf8.offset(sample, 40) - 1):gsub("%s+", " "))))
      sum = 0
    end
  end
  local reached = perplexity_of(scores, ids, cut)
  print(("held out: perplexity %.3f, trigram %.3f\n%s"):format(reached, trigram,
    (written(scores, alphabet, list[1], 400, opt.temperature, chance))))
  if opt.out then assert(tensor.save(opt.out .. "/dinosaurus.safetensors", P)) end
  return { measure = "perplexity", perplexity = reached, below = trigram }
end
