--- Reading: the training steps of qa_babi and ner_resumes; forward, backward and update.
local bench = ...

-- A convolution over nine words, then an encoder: what both networks have in common.
local Words = nn.class "Words"
function Words:init(d, layers)
  self.beside = nn.Conv1d { d, d, 9, padding = 4, act = "relu" }
  self.encoder = nn.TransformerEncoder { layers = layers, d = d, heads = 4, ff = 2 * d, dropout = 0, norm_first = true,
    norm = true }
end
function Words:forward(x, mask) return self.encoder(x + self.beside(x), { mask = mask }) end

-- All words are there; the mask is computed all the same.
local function mask_of(ids) return ids:ne(0):unsqueeze(2):unsqueeze(2) end

bench("babi_pointer", "stories: convolution of 9, 2 layers, d 96, 4 heads, two pointers; batch 32, 60 words", function()
  local n, T, d = 32, 60, 96
  local ids, first, last = tensor.randint(1, 60, n, T), tensor.randint(1, T, n), tensor.randint(1, T, n)
  local Net = nn.class "Pointers"
  function Net:init()
    self.word, self.words = nn.Embedding(60, d), Words(d, 2)
    self.key, self.query = nn.Linear(d, 2 * d), nn.Linear(d, 2 * d)
  end
  function Net:forward(x)
    local h = self.words(self.word(x), mask_of(x))
    return (self.key(h) * self.query(h[":, 1:1"])):reshape(n, T, 2, d):sum(4) / math.sqrt(d)
  end
  local net = Net()
  local adam = optim.AdamW { net, lr = 1e-3 }
  return function()
    local s = net(ids)
    assert(s:size(3) == 2, "the output has another shape")
    adam:step((nn.cross_entropy(s["..., 1"], first) + nn.cross_entropy(s["..., 2"], last)) / 2)
  end
end)

bench("ner_tagger", "resumes: spelling by convolution, convolution of 9, 2 layers, d 96, 21 labels; batch 8, 200 words",
  function()
    local n, T, d, L = 8, 200, 96, 21
    local ids, labels = tensor.randint(1, 1000, n, T), tensor.randint(1, L, n * T)
    local letters, word = tensor.randint(1, 100, 400, 14), tensor.randint(1, 400, n, T)
    local gaps = tensor.randint(1, 5, n, T)
    local Net = nn.class "Tags"
    function Net:init()
      self.word, self.letter, self.words = nn.Embedding(1000, d), nn.Embedding(100, 16), Words(d, 2)
      self.spelling, self.gap, self.out = nn.Conv1d { 16, d, 3, padding = 1 }, nn.Embedding(5, d), nn.Linear(d, L)
    end
    function Net:forward(x)
      local spelt = self.spelling(self.letter(letters)):max(2)
      return self.out(self.words(self.word(x) + nn.embedding(word, spelt) + self.gap(gaps), mask_of(x)))
    end
    local net = Net()
    local adam = optim.AdamW { net, lr = 1e-3 }
    return function() adam:step(nn.cross_entropy(net(ids):reshape(n * T, L), labels)) end
  end)
