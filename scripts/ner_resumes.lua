--- Resumes: a network marks names, employers, skills and dates in running text.  Ma and Hovy 2016, arXiv:1603.01354
-- Claim: F1 of exact spans at least 0.85 on resumes whose sentences, names, employers, places and schools are all new;
-- a resume is marked alike whatever stands in a batch with it.
-- Takes: 80 s.
local opt = lunette.options {
  data = false,                -- Dataturks' resumes: JSON lines of content and annotation
  train = 4000,                -- resumes to learn from
  test = 150,                  -- resumes held out
  epochs = 3,                  -- passes over them
  batch = 8,                   -- resumes in a step
  lr = 2e-3,                   -- highest rate of AdamW
  width = 96,                  -- features of a word
  longest = 400,               -- words of a resume that are learnt from at once
  forget = 0.25,               -- share of known words read as unknown in training
  weights = false,             -- what --out has written, instead of learning; or DistilBERT's, to learn on from
  vocab = false,               -- DistilBERT's vocab.txt; its config.json is looked for beside the weights
  top = 6,                     -- its layers that learn; the rate is then 2 % of --lr
  text = false,                -- a file: marks its text and prints what was found
  seed = 1,                    -- of resumes and weights
  range = { forget = { 0, 1 }, epochs = { 0 }, width = { 4, 1024, 4 } },
  needs = { vocab = "weights", top = "vocab" }, paths = { text = "file" },
  quick = { train = 300, test = 40, epochs = 6, width = 64, lr = 3e-3 },
}
local resumes, spans, tokens = require "lib.resumes", require "lib.spans", require "lib.tokens"
local marked, saved = require "lib.marked", require "lib.saved"
local is = require "lib.shapes" ()     -- is(x, "m 4"): x must have this shape; a letter is one size everywhere
local asked = opt.text and { text = marked.read(opt.text) }

-- 1 Data --------------------------------------------------------------------------------------------------------------
-- Texts with spans { tag, first, last }.  Each word gets a label: 1 for none, 2k for the first word of a span of tag k,
-- 2k + 1 for its other words (Ramshaw and Marcus 1995, cmp-lg/9505040), so that neighbours of one tag stay apart.

-- Settings are chosen by F1 on validation texts, whose words are no more in training than the test's are (0.920 with
-- these).  On a test part that is now validation's F1 was 0.806, short by places learnt by heart; today's was new then.
local train, val, test, tags = {}, {}, {}, resumes.tags
if opt.data then
  local all, report
  all, tags, report = spans.dataturks(opt.data)
  local repairs = {}
  for key, n in pairs(report) do repairs[#repairs + 1] = ("%-26s %6d"):format(key, n) end
  table.sort(repairs)
  print(table.concat(repairs, "\n"))
  for i, k in ipairs(tensor.randperm(#all):totable()) do
    table.insert(i % 5 == 0 and test or i % 10 == 1 and val or train, all[k])
  end
else
  train = resumes.write(opt.train, "train", tensor.rng(3 * opt.seed))
  val = resumes.write(opt.test, "val", tensor.rng(3 * opt.seed + 1))
  test = resumes.write(opt.test, "test", tensor.rng(3 * opt.seed + 2))
end

local known, pretrained = opt.weights and saved.read(opt.weights, "ner_resumes", opt.vocab), nil
if known then tags = known.lists.tags
elseif opt.weights then
  pretrained = require "lib.distilbert".marker(opt.weights, opt.vocab, opt.top, 2 * #tags + 1)
  opt.longest = math.min(opt.longest, pretrained.longest)
end

local function split(x)
  x.words, x.first, x.last = spans.words(x.text)
  x.labels, x.cut = spans.label(x.first, x.last, x.spans or {}, tags)
  x.gaps, x.lower = spans.gaps(x.text, x.first, x.last), {}
  for i, word in ipairs(x.words) do x.lower[i] = word:lower() end
  return x
end
--- `longest` words of a text from one on: so much is read at once.
local function piece_of(x, from)
  local piece = {}
  for _, key in ipairs { "words", "lower", "labels", "gaps" } do
    piece[key] = table.move(x[key], from, math.min(#x.words, from + opt.longest - 1), 1, {})
  end
  return piece
end
local cut, lists, learn = 0, {}, {}
for _, x in ipairs(train) do
  cut = cut + split(x).cut
  lists[#lists + 1] = x.lower
  for from = 1, #x.words, opt.longest do learn[#learn + 1] = piece_of(x, from) end
end
for _, list in ipairs { val, test } do
  for _, x in ipairs(list) do split(x) end
end
local vocabulary = known and tokens.vocabulary { known.lists.words }
  or tokens.vocabulary(lists, 3)                              -- rarer words are told by their letters alone
local LABELS = 2 * #tags + 1
print(("%d resumes to learn from, %d held out, %d words known, %d tags; %d spans cut a word"):format(#train, #test,
  #vocabulary, #tags, cut))

-- 2 Model -------------------------------------------------------------------------------------------------------------
-- A word is what it is called, how it is written and what blank is before it (none, one, several, a new line):
--   e = W[word] + max_i (K * C[letters])_i + G[gap], a convolution over its letters that also reads words never met.
-- Then, as in qa_babi, words beside it and words far away:
--   x = e + relu(sum_o K_o e_(t+o)),  h = encoder(x),  scores = h V                     [n, T, labels]

local LETTERS, LONG = 100, 14

--- Ids of a word's letters: ASCII from the blank on, every other character alike, 1 behind the end.
local function letters(word)
  local ids = {}
  for c in word:gmatch "[%z\1-\127\xc2-\xf4]" do
    local byte = c:byte()
    ids[#ids + 1] = byte >= 33 and byte < 127 and byte - 31 or 96
    if #ids == LONG then break end
  end
  for i = #ids + 1, LONG do ids[i] = 1 end
  return ids
end

local Tagger = nn.class "Tagger"
function Tagger:init(words, d)
  self.word, self.letter, self.gap = nn.Embedding(words, d), nn.Embedding(LETTERS, 16), nn.Embedding(spans.GAPS, d)
  self.place = nn.positions(opt.longest, d)
  tensor.no_grad(function() self.word.weight:mul_(0.3) end)
  self.spelling = nn.Conv1d { 16, d, 3, padding = 1 }
  self.beside = nn.Conv1d { d, d, 9, padding = 4, act = "relu" }
  self.encoder = nn.TransformerEncoder { layers = 2, d = d, heads = 4, ff = 2 * d, dropout = 0.1, norm_first = true,
    norm = true }
  self.out = nn.Linear(d, LABELS)
end
function Tagger:forward(b)
  local spelt = self.spelling(self.letter(b.letters)):max(2)                  -- [different words, d]
  local e = self.word(b.ids) + nn.embedding(b.word, spelt) + self.gap(b.gaps)  -- [n, T, d]
  local there = b.ids:ne(tokens.PAD)                                           -- padding is no word beside another
  e = e * there:unsqueeze(3):to "f32"
  if self.training then e = nn.dropout { e, p = 0.2 } end
  local x = e + self.beside(e) + self.place[{ { 1, e:size(2) } }] * 0.3
  local h = self.encoder(x, { mask = there:unsqueeze(2):unsqueeze(2) })
  return is(self.out(h), "* * labels")
end

--- Texts -> ids and gaps [n, T], word [n, T] that numbers the batch's different words, their letters, labels (0 behind
-- the end).
local function batch_of(list, forget)
  local ids, word, labels, gaps, rows, number = {}, {}, {}, {}, {}, {}
  local coin = forget > 0 and tensor.rand(#list * opt.longest):totable()
  for k, x in ipairs(list) do
    ids[k], word[k], labels[k], gaps[k] = vocabulary:ids(x.lower), {}, x.labels, x.gaps
    for i = 1, #ids[k] do
      local w = x.words[i]
      if not number[w] then
        rows[#rows + 1] = letters(w)
        number[w] = #rows
      end
      word[k][i] = number[w]
      if coin and coin[(k - 1) * opt.longest + i] < forget then ids[k][i] = tokens.UNKNOWN end
    end
  end
  return { list = list, ids = tokens.pad(ids), word = tokens.pad(word), labels = tokens.pad(labels, 0),
    gaps = tokens.pad(gaps), letters = tensor(rows, { dtype = "i64" }) }
end

-- 3 Loss --------------------------------------------------------------------------------------------------------------
-- Cross-entropy of each word's label.  Spans are read off the likeliest sequence of labels in which no span goes on
-- that has not begun (Viterbi 1967); F1 counts a span only when its tag and both ends are right.

local function loss_of(net, b)
  return nn.cross_entropy(net(b):reshape(-1, LABELS), b.labels:reshape(-1), { ignore = 0 })
end

--- The spans that the network finds in a text, however long: pieces of `longest` words.
local function find(net, x)
  local _ <close> = tensor.no_grad()                                   -- no gradients until the block ends
  net:eval()
  local labels = {}
  for from = 1, #x.words, opt.longest do
    local rows = net(batch_of({ piece_of(x, from) }, 0)):log_softmax(3)[1]:totable()
    local some = spans.decode(rows)
    table.move(some, 1, #some, #labels + 1, labels)
  end
  return spans.of(labels, x.first, x.last, tags)
end

local function evaluate(find_in, list)
  local found, truth = {}, {}
  for k, x in ipairs(list) do found[k], truth[k] = find_in(x), x.spans end
  return spans.score(found, truth, tags)
end

-- 4 Show --------------------------------------------------------------------------------------------------------------
-- A held-out resume with what was found in colours, and F1 for each tag.

local function show(net, x, count)
  viz.image("resume", marked.draw(x.text, find(net, x), tags))
  local names, f1 = {}, {}
  for k, tag in ipairs(tags) do names[k], f1[k] = tag, count and count[tag].f1 or 0 end
  if count then viz.bars("F1", f1, { labels = names }) end
end

-- 5 Train, and the result ---------------------------------------------------------------------------------------------

local net = pretrained or Tagger(#vocabulary, known and known.width or opt.width)
if known then saved.put(net, known) end
local epochs, rate = known and 0 or opt.epochs, pretrained and 0.02 * opt.lr or opt.lr
local adam = optim.AdamW { net, lr = rate }
adam.clip_norm = 1
local steps = epochs * ((#learn + opt.batch - 1) // opt.batch)
adam.schedule = steps > 0 and optim.cosine { rate, steps = steps, warmup = 20 } or nil
for epoch = 1, epochs do
  net:train()
  local sum, n = 0, 0
  for _, list in ipairs(tokens.buckets(learn, function(x) return #x.words end, opt.batch)) do
    local loss = loss_of(net, batch_of(list, opt.forget))
    adam:step(loss)
    sum, n = sum + loss:item(), n + 1
    viz.gate()                                                         -- the window's pause and step hold here
  end
  local f1, count = evaluate(function(x) return find(net, x) end, val)
  viz.plot("loss/training", sum / n, { step = epoch })
  viz.plot("validation/F1", f1, { step = epoch })
  show(net, val[epoch % #val + 1], count)
  print(("epoch %2d  loss %.4f  validation F1 %.3f"):format(epoch, sum / n, f1))
end

local f1, count = evaluate(function(x) return find(net, x) end, test)
show(net, test[1], count)
for _, tag in ipairs(tags) do
  local c = count[tag]
  print(("%-20s F1 %.3f  precision %.3f  recall %.3f  of %d"):format(tag, c.f1, c.precision, c.recall, c.n))
end
local moved = tokens.beside_longer(net, function(list) return net(batch_of(list, 0)) end, learn)
local usual = spans.usual(train)
local baseline = evaluate(function(x) return spans.of(usual(x.lower), x.first, x.last, tags) end, test)
print(("F1 %.3f; each word by its commonest label in training %.3f"):format(f1, baseline))

if asked then
  local found = find(net, split(asked))
  viz.image("resume", marked.draw(asked.text, found, tags))
  for _, s in ipairs(found) do print(("%-20s %s"):format(s.tag, asked.text:sub(s.first, s.last))) end
  if #found == 0 then print(("--text: nothing was found in %d words"):format(#asked.words)) end
end
if opt.out and pretrained then
  require "lib.distilbert".save(net, opt.out .. "/ner_resumes.safetensors")
elseif opt.out then
  saved.write(opt.out .. "/ner_resumes.safetensors", "ner_resumes", net, { words = vocabulary:words(), tags = tags })
end
return { measure = "f1", f1 = f1, above = opt.quick and 0.74 or 0.85, baseline = baseline,
  also = { { "padding", moved, below = 1e-3 } } }
