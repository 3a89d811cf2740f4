--- skipgram.lua: word vectors by the skip-gram model with negative sampling.  Mikolov et al. 2013, arXiv:1310.4546
--   X_ij = sum over places of word i of 1 / d, for every word j that stands d <= window words away in its sentence
--   frequent words are skipped: word i stays with r_i = min(1, (t / f_i)^0.5), so that X_ij r_i r_j are left
--   L = -sum_ij (X_ij log sigmoid(w_i . c_j) + k X_i q_j log sigmoid(-w_i . c_j)),   q_j ~ (sum_i X_ij)^0.75
-- The vocabulary here is small enough to take the expectation over all draws instead of drawing: every step sees all
-- pairs of words, and the only chance left is the start.
local skipgram = {}

--- skipgram.vocabulary(sentences) -> words by falling count (equal ones by their letters), index by word, f [size].
function skipgram.vocabulary(sentences)
  local count, words, index, f = {}, {}, {}, {}
  for _, sentence in ipairs(sentences) do
    for word in sentence:gmatch "%S+" do count[word] = (count[word] or 0) + 1 end
  end
  for word in pairs(count) do words[#words + 1] = word end
  table.sort(words, function(a, b)
    if count[a] ~= count[b] then return count[a] > count[b] end
    return a < b
  end)
  for i, word in ipairs(words) do index[word], f[i] = i, count[word] end
  f = tensor(f)
  return words, index, f / f:sum()
end

--- skipgram.counts(sentences, index, size, window) -> X [size, size], symmetric.
function skipgram.counts(sentences, index, size, window)
  local flat = {}
  for _, sentence in ipairs(sentences) do
    for word in sentence:gmatch "%S+" do flat[#flat + 1] = index[word] end
    for _ = 1, window do flat[#flat + 1] = 0 end            -- no neighbour across the end
  end
  local ids, X = tensor(flat, { dtype = "i64" }), tensor.zeros(size * size)
  for d = 1, window do
    local left, right = ids:narrow(1, 1, #flat - d), ids:narrow(1, 1 + d, #flat - d)
    local both = left:gt(0) & right:gt(0)
    local cell = (left[both] - 1) * size + right[both]
    X:add_(cell:bincount { minlength = size * size }:to "f32" / d)
  end
  X = X:view(size, size)
  return X + X:t()
end

--- skipgram.expected(X, f, skip, negatives) -> what each pair of words weighs: as neighbours, and as neighbours and
-- noise together; f [size]: share of each word in the text.  The neighbours' add up to 1.
function skipgram.expected(X, f, skip, negatives)
  local n = X:size(1)
  local r = (skip / f):sqrt():clamp(0, 1)
  X = X * r:view(n, 1) * r:view(1, n)
  X = X / X:sum()
  local q = X:sum(1):view(1, n) ^ 0.75
  return X, X + X:sum(2):view(n, 1) * (q / q:sum()) * negatives
end

--- L, in nats for a pair of neighbours.  -log sigmoid(s) = softplus(s) - s and -log sigmoid(-s) = softplus(s).
function skipgram.loss(w, c, X, both)
  local s = w:mm(c:t())
  return (both * s:softplus() - X * s):sum()
end

--- skipgram.train(X, f, {dim=, negatives=, skip=, steps=, lr=, rng=, show=}) -> vectors w [size, dim].
-- show(step, loss), a few times.
function skipgram.train(X, f, opt)
  local n, d = X:size(1), opt.dim
  local near, both = skipgram.expected(X, f, opt.skip, opt.negatives)
  local function start() return (tensor.randn { n, d, rng = opt.rng } * 0.3):requires_grad() end
  local w, c = start(), start()
  local adam = optim.Adam { { w, c }, lr = opt.lr }
  for step = 1, opt.steps do
    local loss = skipgram.loss(w, c, near, both)
    adam.lr = opt.lr * 0.5 * (1 + math.cos(math.pi * (step - 1) / opt.steps))
    adam:step(loss)
    if opt.show and step % math.max(opt.steps // 6, 1) == 0 then opt.show(step, loss:item()) end
    viz.gate()
  end
  return w:detach()
end

--- skipgram.words(text, {seed=, sentences=40000, window=8, dim=50, steps=180, show=}) -> words, w [size, dim], index by
-- word, from the sentences text(count, rng).
function skipgram.words(text, opt)
  local rng = tensor.rng(opt.seed)
  local sentences = text(opt.sentences or 40000, rng)
  local words, index, f = skipgram.vocabulary(sentences)
  local X = skipgram.counts(sentences, index, #words, opt.window or 8)
  local w = skipgram.train(X, f, { dim = opt.dim or 50, negatives = 5, skip = 1e-4, steps = opt.steps or 180, lr = 0.05,
    rng = rng, show = opt.show })
  return words, w, index
end

return skipgram
