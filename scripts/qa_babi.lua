--- Questions about stories: a Transformer points at the words that answer.  Weston et al. 2015, arXiv:1502.05698
-- Claim: at least 0.95 of unseen questions of tasks 1 and 4 are answered exactly, and alike whatever a batch holds.
-- Takes: 100 s.
local opt = lunette.options {
  data = false,                -- the official text: a folder of qaN_..._train.txt and _test.txt, or one such file
  tasks = "all",               -- which of the twenty, as "1 4"; all: those of --data, or 1 to 4 (--quick: 1 and 4)
  train = 4000,                -- questions of task 1 to learn from; twice as many of task 4, a fifth of 2 and of 3
  test = 500,                  -- questions of each task held out; up to 200 others show how training goes
  epochs = 6,                  -- passes over them
  batch = 32,                  -- questions in a step
  lr = 1e-3,                   -- highest rate of AdamW
  width = 96,                  -- features of a word
  layers = 2,                  -- of the encoder
  longest = 320,               -- words of a story that are read, its last ones
  course = false,              -- label the first mention of the answer, and keep test items that stand in training
  weights = false,             -- what --out has written, instead of learning; or DistilBERT's, to learn on from
  vocab = false,               -- DistilBERT's vocab.txt; its config.json is looked for beside the weights
  top = 6,                     -- its layers that learn; the rate is then 3 % of --lr
  ask = false,                 -- a prompt at the end: type a story and a question
  seed = 1,                    -- of stories and weights
  range = { epochs = { 0 }, layers = { 1, 24 }, width = { 4, 1024, 4 } },
  needs = { vocab = "weights", top = "vocab" },
  quick = { train = 1800, test = 200, epochs = 3, width = 64, lr = 3e-3 },
}
local babi, tokens, saved = require "lib.babi", require "lib.tokens", require "lib.saved"
local is = require "lib.shapes" ()     -- is(x, "m 4"): x must have this shape; a letter is one size everywhere

-- 1 Data --------------------------------------------------------------------------------------------------------------
-- Stories that a small world writes while people walk about in it, in the official layout; or the official files.  The
-- answer is a span of the story: where it begins and where it ends.  It stands in a sentence that the answer follows
-- from, which need not be the first that has the word.

local sets = babi.sets(opt)
local known = opt.weights and saved.read(opt.weights, "qa_babi", opt.vocab)
local vocabulary = tokens.vocabulary(known and { known.lists.words } or babi.all_words(sets))
local pretrained = opt.weights and not known and require "lib.distilbert".pointer(opt.weights, opt.vocab, opt.top)
local AGES, PLACES = 80, 16                                  -- what is older, or further behind, counts alike

--- The question and the last `longest` words of the story as three lists: words, how many sentences ago, which word
-- of its sentence.  first, last: where the answer stands in them, nil if nowhere.
local function encode(item)
  local first_kept, sentence, a, b = babi.first_kept(item.story, opt.longest), babi.span(item, opt.course)
  if pretrained then return pretrained:encode(item, first_kept, sentence, a, b) end
  local e = { ids = {}, age = {}, place = {}, item = item, at = {} }
  local function add(text, age, k)
    for i, word in ipairs((babi.words(text))) do
      local n = #e.ids + 1
      e.ids[n], e.age[n], e.place[n] = vocabulary:id(word), math.min(age, AGES), math.min(i, PLACES)
      e.at[n] = { k, i }
    end
  end
  add(item.question, 1)
  e.from = #e.ids + 1
  for k = first_kept, #item.story do
    if k == sentence then e.first, e.last = #e.ids + a, #e.ids + b end
    add(item.story[k], #item.story - k + 2, k)
  end
  e.to = #e.ids
  return e
end

--- The encoded items whose answers can be pointed at.
local function answerable(items)
  local list = {}
  for _, item in ipairs(items) do
    local e = encode(item)
    list[#list + 1] = e.first and e or nil
  end
  return list
end

--- Encodes a task's items; false when no answer can be pointed at.
local function prepare(set)
  local test, repeated = babi.unseen(set.test, set.train)
  if opt.course then test = set.test end
  set.learn, set.seen, set.held = answerable(set.train), answerable((babi.unseen(set.val, set.train))), {}
  local none = 0
  for i, item in ipairs(test) do
    set.held[i] = encode(item)
    if not set.held[i].first then none = none + 1 end
  end
  print(("task %2d, %s: %d to learn from, %d held out (%d of the test stand in training: %s)"):format(set.task,
    babi.names[set.task], #set.learn, #test, repeated, opt.course and "kept" or "left out"))
  if none > 0 then
    print(("         %d of the held-out answers are no words of a sentence they follow from%s"):format(none,
      none == #test and ": this task cannot be answered by a span" or " and cannot be pointed at"))
  end
  return #set.learn > 0 and none < #test
end

local usable = {}
for _, set in ipairs(sets) do
  if prepare(set) then usable[#usable + 1] = set end
end
if #usable == 0 then
  lunette.raise "--data: no task there has held-out questions whose answers are spans of their stories"
end

-- 2 Model -------------------------------------------------------------------------------------------------------------
-- e_t = W[word_t]                                                                            [n, T, d]
-- x_t = e_t + relu(sum_o K_o e_(t+o)) + P[place in sentence] + A[sentences ago]      o = -4..4: words beside it;
-- the age as in Sukhbaatar et al. 2015, arXiv:1503.08895.  An encoder of self-attention lets every word look at all
-- others (convolution, then attention: QANet, Yu et al. 2018, arXiv:1804.09541).  Then two pointers, each with a query
-- made of the question's first word and a key of every word: p(begins at t) = softmax(k_t . q / sqrt(d)); so its end.

local Reader = nn.class "Reader"
function Reader:init(words, d, layers)
  self.word, self.place, self.age = nn.Embedding(words, d), nn.Embedding(PLACES, d), nn.Embedding(AGES, d)
  for _, one in ipairs { self.word, self.place, self.age } do tensor.no_grad(function() one.weight:mul_(0.3) end) end
  self.beside = nn.Conv1d { d, d, 9, padding = 4, act = "relu" }
  self.encoder = nn.TransformerEncoder { layers = layers, d = d, heads = 4, ff = 2 * d, dropout = 0,
    norm_first = true, norm = true }
  self.key, self.query = nn.Linear(d, 2 * d), nn.Linear(d, 2 * d)
end

--- A batch -> scores of the first and of the last word of the answer, [n, T] each.
function Reader:forward(b)
  local there = b.ids:ne(tokens.PAD)                                     -- padding is no word beside another
  local x = self.word(b.ids) * there:unsqueeze(3):to "f32"
  x = x + self.beside(x) + self.place(b.place) + self.age(b.age)
  local h = self.encoder(x, { mask = there:unsqueeze(2):unsqueeze(2) })
  local n, T, d = h:size(1), h:size(2), h:size(3)
  local s = (self.key(h) * self.query(h[":, 1:1"])):reshape(n, T, 2, d):sum(4) / math.sqrt(d)
  s = is(s + b.outside, "* * 2")
  return s["..., 1"], s["..., 2"]
end

local function batch_of(list)
  local function column(key)
    local lists = {}
    for k, e in ipairs(list) do lists[k] = e[key] or {} end
    return tokens.pad(lists)
  end
  local ids, outside, first, last = column "ids", {}, {}, {}
  for k, e in ipairs(list) do
    outside[k] = {}
    for t = 1, ids:size(2) do outside[k][t] = (t < e.from or t > e.to) and -1e9 or 0 end
    first[k], last[k] = e.first or 1, e.last or 1
  end
  return { ids = ids, age = column "age", place = column "place", outside = tensor(outside):unsqueeze(3),
    first = tensor(first, { dtype = "i64" }), last = tensor(last, { dtype = "i64" }) }
end

-- 3 Loss --------------------------------------------------------------------------------------------------------------
-- The mean of both cross-entropies: L = -(log p_first + log p_last) / 2.  The answer is the span with the largest
-- s_first + s_last of at most three words of one sentence; exact match compares its words with the answer's.

local function loss_of(net, b)
  local s, e = net(b)
  return (nn.cross_entropy(s, b.first) + nn.cross_entropy(e, b.last)) / 2
end

--- Shares of encoded items whose words are right, and whose place is right too.
local function evaluate(net, list)
  local _ <close> = tensor.no_grad()                                   -- no gradients until the block ends
  net:eval()
  local exact, place = 0, 0
  for i = 1, #list, 64 do
    local some = table.move(list, i, math.min(#list, i + 63), 1, {})
    local s, f = net(batch_of(some))
    s, f = s:totable(), f:totable()
    for k, e in ipairs(some) do
      local first, last, text = babi.best_span(e, s[k], f[k])
      if text == e.item.answer then exact = exact + 1 end
      if first == e.first and last == e.last then place = place + 1 end
    end
  end
  return exact / #list, place / #list
end

-- 4 Show --------------------------------------------------------------------------------------------------------------
-- A story, each word shaded by the probability that the answer begins there.

local function answer(net, item)
  local _ <close> = tensor.no_grad()
  net:eval()
  local e = encode(item)
  local s, f = net(batch_of { e })
  local p = s:softmax(2)[1]:totable()
  local first, _, text = babi.best_span(e, s[1]:totable(), f[1]:totable())
  return text, p[first], babi.shaded(item, e.at, p, babi.first_kept(item.story, opt.longest))
end

local function show_story(net, item)
  local text, _, story, p = answer(net, item)
  local shade, verdict = {}, text == item.answer and "right" or "it is: " .. item.answer
  local above = ("%s\n> %s  (%s)\n\n"):format(item.question, text, verdict)    -- the story may be long
  for i = 1, #above do shade[i] = 0.5 end                                -- 0.5 leaves the ground as it is
  for i = 1, #story do shade[#above + i] = 0.5 + 0.5 * p[i] end
  viz.text("story", above .. story, { shade = shade })
end

-- 5 Train, and the result ---------------------------------------------------------------------------------------------
-- A batch holds questions of one task, of like lengths.  The rate rises, then falls along half a cosine.

local net = pretrained or Reader(#vocabulary, known and known.width or opt.width, known and known.layers or opt.layers)
if known then saved.put(net, known) end
local epochs, rate = known and 0 or opt.epochs, pretrained and 0.03 * opt.lr or opt.lr
local adam, steps = optim.AdamW { net, lr = rate }, 0
adam.clip_norm = 1
for _, set in ipairs(usable) do steps = steps + (#set.learn + opt.batch - 1) // opt.batch end
adam.schedule = epochs > 0 and optim.cosine { rate, steps = steps * epochs, warmup = math.min(100, steps) } or nil

for epoch = 1, epochs do
  net:train()
  local batches, sum = {}, 0
  for _, set in ipairs(usable) do
    local some = tokens.buckets(set.learn, function(e) return #e.ids end, opt.batch)
    table.move(some, 1, #some, #batches + 1, batches)
  end
  for _, k in ipairs(tensor.randperm(#batches):totable()) do
    local loss = loss_of(net, batch_of(batches[k]))
    adam:step(loss)
    sum = sum + loss:item()
    viz.gate()                                                         -- the window's pause and step hold here
  end
  local line = {}
  for _, set in ipairs(usable) do
    if #set.seen > 0 then
      local share = evaluate(net, set.seen)
      line[#line + 1] = ("task %d %.3f"):format(set.task, share)
      viz.plot("exact match, validation/task " .. set.task, share, { step = epoch })
    end
  end
  viz.plot("loss/training", sum / #batches, { step = epoch })
  local shown = usable[epoch % #usable + 1].held
  show_story(net, shown[epoch % #shown + 1].item)
  print(("epoch %2d  loss %.4f  validation, exact match: %s"):format(epoch, sum / #batches, table.concat(line, "  ")))
end

local judged = babi.judged(usable, opt.data)
local moved = tokens.beside_longer(net, function(list) return (net(batch_of(list))) end, usable[1].held)
local claim = { measure = "exact", exact = math.huge, above = not opt.course and (opt.quick and 0.8 or 0.95) or nil,
  also = { { "padding", moved, below = 1e-3 } } }
if opt.course then print "the first mention need not follow from the question: figures to compare with, no claim" end
for _, set in ipairs(usable) do
  local exact, place = evaluate(net, set.held)
  local bag, majority = babi.baselines(set.train, set.held, vocabulary)
  print(("task %2d: exact match %.3f, in its place %.3f; bag of words %.3f, the commonest answer %.3f"):format(set.task,
    exact, place, bag, majority))
  if judged[set.task] and exact < claim.exact then claim.exact, claim.bag, claim.majority = exact, bag, majority end
  claim["task_" .. set.task] = exact
end
if opt.out and pretrained then
  require "lib.distilbert".save(net, opt.out .. "/qa_babi.safetensors")
elseif opt.out then
  saved.write(opt.out .. "/qa_babi.safetensors", "qa_babi", net, { words = vocabulary:words() })
end
if opt.ask then babi.prompt(function(item) return answer(net, item) end, vocabulary) end
return claim
