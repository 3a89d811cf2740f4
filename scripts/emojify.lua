--- Emojify: the order of words tells.  Hochreiter and Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735
-- Claim: two LSTMs get at least 0.9 of held-out sentences right, and of those whose sense is in the order of the words
-- at least 40 points more than the average of the word vectors does.
-- Takes: 8 s.
local opt = lunette.options {
  data = false,                -- the course's train_emoji.csv, or the folder with it and tesss.csv
  vectors = "shipped",         -- word vectors: those of scripts/pretrain, or a file of GloVe, word2vec or fastText
  weights = false,             -- a file that --out has written, instead of learning
  text = "",                   -- a sentence of yours, read at the end
  units = 128,                 -- of each LSTM
  dropout = 0.5,               -- share of an LSTM's outputs that a step leaves out
  lr = 2e-3,                   -- first rate of Adam, falling to 0 along a cosine
  epochs = 60,                 -- passes over the sentences
  batch = 32,                  -- sentences in a step
  pairs = 220,                 -- of sentences that differ in the order of words only, to learn from
  seed = 1,                    -- of sentences and weights
  range = { dropout = { 0, 0.95 }, units = { 1, 1024 } },
  paths = { vectors = { "read", "shipped" } }, not_with = { lr = "weights", epochs = "weights" },
  quick = { epochs = 30, units = 64, lr = 4e-3 },
}
local emoji, vectors = require "lib.emoji", require "lib.vectors"
local baseline = require "lib.baseline"
local is = require "lib.shapes" ()     -- is(x, "m 4"): x must have this shape; a letter is one size everywhere

-- 1 Data --------------------------------------------------------------------------------------------------------------
-- Sentences of at most T words with one of five labels; patterns and half of the telling words of the held-out ones are
-- in no training sentence.  A word is a row of W, which stays as it is; row 1 is 0 and stands for no word.

lunette.option("text", require "lib.text".readable, opt.text)
local from_file = opt.vectors ~= "shipped"
local _, W, index = (from_file and vectors.read or vectors.shipped)("vectors", opt.vectors, 0)
W = W / W:std():item()
local train, test
if opt.data then
  train, test = emoji.read(opt.data)
else
  train = emoji.sentences("train", { turns = opt.pairs, denied = 80, plain = 150 }, tensor.rng(2 * opt.seed))
  test = emoji.sentences("test", { turns = 80, denied = 40, plain = 60 }, tensor.rng(2 * opt.seed + 1))
end
local T, D, unknown = 1, W:size(2), {}
for _, s in ipairs(train) do T = math.max(T, #emoji.words(s.text)) end

--- The first T words of a sentence: their ids, 1 for none; how many they are; those without a vector.  A word with
-- signs around it that has no vector is looked for without them.
local function encode(text)
  local ids, none, list = {}, {}, emoji.words(text)
  for t = 1, T do
    local word = list[t]
    local row = word and (index[word] or index[emoji.bare(word)])
    if word and not row then unknown[word], none[#none + 1] = true, word end
    ids[t] = row and row + 1 or 1
  end
  return ids, math.max(1, math.min(#list, T)), none, #list
end

local function encode_all(sentences)
  local ids, n, labels, order = {}, {}, {}, {}
  for i, s in ipairs(sentences) do
    ids[i], n[i] = encode(s.text)
    labels[i], order[i] = s.label, s.order and 1 or 0
  end
  local function whole(list) return tensor(list, { dtype = "i64" }) end
  return whole(ids), whole(n), whole(labels), tensor(order):gt(0)
end
local ids, n, y = encode_all(train)
local tids, tn, ty, torder = encode_all(test)
local table_of = tensor.cat { tensor.zeros(1, D), W, dim = 1 }
local function look(i) return table_of[i] end                          -- [m, T] -> [m, T, D]
print(("%d sentences to learn from, %d held out%s; at most %d words"):format(#train, #test,
  opt.data and "" or (", of which the order alone tells %d"):format(torder:to "i64":sum():item()), T))

-- 2 Model -------------------------------------------------------------------------------------------------------------
-- average:  softmax(mean_t w_t A + b)                       the words alone
-- order:    h = LSTM(w_1 ... w_T), half of it dropped; the last of LSTM(h), half dropped; softmax(. V + c)

local Average = nn.class "Average"
function Average:init() self.out = nn.Linear(D, 5) end
function Average:forward(x, count) return self.out(x:sum(2) / count:to "f32":view(-1, 1)) end

local Order = nn.class "Order"
function Order:init()
  self.first, self.second = nn.LSTM(D, opt.units), nn.LSTM(opt.units, opt.units)
  self.drop, self.out = nn.Dropout(opt.dropout), nn.Linear(opt.units, 5)
end
function Order:forward(x, count)
  local h = is(self.drop((self.first(x, { lengths = count }))), "* T units")
  local _, last = self.second(h, { lengths = count })                  -- [1, m, units]: after each sentence's last word
  return self.out(self.drop(last[1]))
end

-- 3 Loss --------------------------------------------------------------------------------------------------------------
-- -log softmax(scores)[label], averaged; Adam.

local function predict(net, i, count)
  net:eval()
  local guess = tensor.no_grad(function() return net(look(i), count):argmax(2) end)
  net:train()
  return guess
end
local function accuracy(guess, labels, where)
  local right = guess:eq(labels)
  if where then right = right[where] end
  return right:numel() > 0 and right:to "f32":mean():item() or 0 / 0
end

local function learn(name, net, epochs, lr, after)
  local adam = optim.Adam { net, lr = lr }
  adam.clip_norm = 5
  adam.schedule = epochs > 0 and optim.cosine { lr, steps = epochs * ((#train + opt.batch - 1) // opt.batch) } or nil
  for epoch = 1, epochs do
    local sum, count = 0, 0
    for xs, ns, ys in data.loader { { ids, n, y }, batch = opt.batch, shuffle = true } do
      local loss = nn.cross_entropy(net(look(xs), ns), ys)
      adam:step(loss)
      sum, count = sum + loss:item(), count + 1
      viz.gate()                                                       -- the window's pause and step hold here
    end
    if after then after(epoch, sum / count) end
  end
  local guess = predict(net, tids, tn)
  local all, order = accuracy(guess, ty), accuracy(guess, ty, torder)
  print(("%-18s training %.3f   held out %.3f%s"):format(name, accuracy(predict(net, ids, n), y), all,
    opt.data and "" or ("   where the order tells %.3f"):format(order)))
  return all, order, guess
end

-- 4 Show --------------------------------------------------------------------------------------------------------------
-- What a word adds to the score of the emoji chosen: its gradient times its vector, d score / d w_t . w_t.

local function weigh(net, text)
  local i, count = encode(text)
  local x = look(tensor({ i }, { dtype = "i64" })):requires_grad()
  net:eval()
  local scores = net(x, tensor({ count }, { dtype = "i64" }))
  local p, class = scores:softmax(2):max(2)
  scores[{ 1, { class[1], class[1] } }]:sum():backward()
  net:train()
  return class[1], p[1], (x.grad * x:detach()):sum(3)[1]:totable(), count
end

--- Lines for viz.text: the emoji's name, how sure, and the sentence; blue speaks for it, orange against.
local function show_words(net, sentences)
  local lines, shade = {}, {}
  for _, text in ipairs(sentences) do
    local class, p, weights, count = weigh(net, text)
    local most, list = 1e-9, emoji.words(text)
    for t = 1, count do most = math.max(most, math.abs(weights[t])) end
    local head = ("%-6s %.2f  "):format(emoji.names[class], p)
    for _ = 1, #head do shade[#shade + 1] = 0.5 end
    for t = 1, count do
      for _ = 1, #list[t] do shade[#shade + 1] = 0.5 + 0.5 * weights[t] / most end
      shade[#shade + 1] = 0.5
    end
    lines[#lines + 1] = head .. table.concat(list, " ", 1, count) .. " \n"
    shade[#shade + 1] = 0.5
  end
  viz.text("what speaks for it", table.concat(lines), { shade = shade })
end

local samples = { "i was sad before but now i am happy", "i was happy before but now i am sad", "today i am not glad",
  "you want pizza instead of football", "you want football instead of pizza", "she gave him roses", "we won the match" }
if opt.text ~= "" then table.insert(samples, 1, opt.text) end

local function show(net)
  show_words(net, samples)
  local counts = nn.metrics.confusion(predict(net, tids, tn), ty, { classes = 5 })
  viz.confusion("confusion", counts, { classes = emoji.names })
end

-- 5 Train, and the result ---------------------------------------------------------------------------------------------

local majority = baseline.majority(ty)
local bag = emoji.bag_of_words(ids, y, tids, ty, table_of:size(1))
print(("the largest class alone %.3f   counts of words with softmax %.3f"):format(majority, bag))
local average, by_words = learn("average of vectors", Average(), 3 * opt.epochs, 0.01)
local net = Order()
print(net)
net:buffer("vector", W[1]:clone())                                     -- saved with it: whose vectors it reads
if opt.weights then lunette.option("weights", net.load, net, opt.weights) end
if net.vector ~= W[1] then
  error(("--weights: %s: has been learnt with other word vectors than --vectors %s"):format(opt.weights, opt.vectors),
    0)
end
local reached, by_order = learn("two LSTMs", net, opt.weights and 0 or opt.epochs, opt.lr, function(epoch, loss)
  viz.plot("loss/training", loss, { step = epoch })
  viz.plot("held out/two LSTMs", accuracy(predict(net, tids, tn), ty), { step = epoch })
  viz.plot("held out/average", average, { step = epoch })
  if epoch % 5 == 0 then show(net) end
end)
show(net)
local missing = 0
for _ in pairs(unknown) do missing = missing + 1 end
if missing > 0 then print(("%d words have no vector and count as none"):format(missing)) end
if opt.text ~= "" then
  local class, p = weigh(net, opt.text)
  local _, count, none, length = encode(opt.text)
  if length > T then print(("--text: only the first %d of %d words are read"):format(T, length)) end
  if #none > 0 then
    print(("--text: no vector for %s%s"):format(table.concat(none, " "), #none == count and ", which is all that was "
      .. "read: what follows means nothing" or ""))
  end
  print(("%s  %s  %s (%.2f)"):format(opt.text, emoji.signs[class], emoji.names[class], p))
end
if opt.out then assert(net:save(opt.out .. "/emojify.safetensors")) end
local claim = { measure = "accuracy", accuracy = reached, above = opt.quick and 0.8 or 0.9, majority = majority,
  linear = bag, average = average }
if not opt.data then claim.also = { { "gain", by_order - by_words, above = opt.quick and 0.25 or 0.4 } } end
return claim
