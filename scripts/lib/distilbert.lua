--- distilbert.lua: the encoder of Sanh et al. 2019, arXiv:1910.01108, of the engine's modules, with the weights of a
-- file of its layout: model.safetensors, and config.json beside it for the number of heads.
--   x = LayerNorm(W[ids] + P[1..T]);  layers of self-attention and two linear maps with GELU, a norm behind each sum
local results = require "lib.results"
local distilbert = {}

local Encoder = nn.class "DistilBERT"

local function exact_norm(d)
  return nn.LayerNorm { d, eps = 1e-12 }
end

--- DistilBERT{ words =, places =, d =, layers =, heads =, ff =, dropout = }
function Encoder:init(c)
  self.word, self.place, self.norm = nn.Embedding(c.words, c.d), nn.Embedding(c.places, c.d), exact_norm(c.d)
  self.encoder = nn.TransformerEncoder { layers = c.layers, d = c.d, heads = c.heads, ff = c.ff, act = "gelu",
    dropout = c.dropout }
  for _, layer in ipairs(self.encoder.layers) do layer.norm1, layer.norm2 = exact_norm(c.d), exact_norm(c.d) end
  rawset(self, "places", c.places)
  rawset(self, "heads", c.heads)
  rawset(self, "dropout", c.dropout)
end

--- ids i64[n, T] from 1 on, mask bool[n, T] -> [n, T, d]
function Encoder:forward(ids, mask)
  local T = ids:size(2)
  if T > self.places then
    lunette.raise(("DistilBERT: %d tokens, the model has %d places"):format(T, self.places))
  end
  local x = self.norm(self.word(ids) + self.place.weight[{ { 1, T } }])
  if self.training and self.dropout > 0 then x = nn.dropout { x, p = self.dropout } end
  return self.encoder(x, { mask = mask:unsqueeze(2):unsqueeze(2) })
end

-- What a file may hold beside: heads of the tasks it was trained for.
local others = { "^qa_outputs%.", "^classifier%.", "^pre_classifier%.", "^vocab_" }

local function names_of(t)
  local names = {}
  for name in pairs(t) do names[#names + 1] = name end
  table.sort(names)
  return #names > 5 and table.concat(names, ", ", 1, 5) .. (" and %d more"):format(#names - 5)
    or table.concat(names, ", ")
end

local function heads_of(path, d)
  local file = io.open((path:match "^(.*/)" or "") .. "config.json", "rb")
  local text = file and file:read "a" or ""
  if file then file:close() end
  local heads = math.tointeger(tonumber(text:match '"n_heads"%s*:%s*(%d+)')) or math.max(1, d // 64)
  if d % heads ~= 0 then lunette.raise(("--weights: %d heads do not share %d features"):format(heads, d)) end
  return heads
end

--- distilbert.load(path, {dropout = 0.1}) -> the encoder, and the file's other tensors by name.  Names may begin with
-- distilbert.; a norm's may be gamma and beta.  What is missing, left over or of another shape is an error.
function distilbert.load(path, options)
  local file, why = tensor.load(path)
  if not file then lunette.raise("--weights: " .. why) end
  if type(file) ~= "table" then lunette.raise(("--weights: %s: tensors by name expected"):format(path)) end
  local t, rest = {}, {}
  for name, value in pairs(file) do
    local key = name:gsub("^distilbert%.", ""):gsub("%.gamma$", ".weight"):gsub("%.beta$", ".bias")
    local other = false
    for _, pattern in ipairs(others) do other = other or key:find(pattern) ~= nil end
    if other then rest[key] = value else t[key] = value:to "f32" end
  end
  local word, place = t["embeddings.word_embeddings.weight"], t["embeddings.position_embeddings.weight"]
  local up = t["transformer.layer.0.ffn.lin1.weight"]
  if not (word and place and up) then
    lunette.raise(("--weights: %s: no DistilBERT: embeddings.word_embeddings.weight, embeddings.position_embeddings"
      .. ".weight and transformer.layer.0.ffn.lin1.weight expected, found %s"):format(path, names_of(file)))
  end
  local d, layers = word:size(2), 0
  while t[("transformer.layer.%d.ffn.lin1.weight"):format(layers)] do layers = layers + 1 end
  local net = Encoder { words = word:size(1), places = place:size(1), d = d, layers = layers, ff = up:size(1),
    heads = heads_of(path, d), dropout = options and options.dropout or 0.1 }
  net:load_state(distilbert.state(t, layers, path))
  return net, rest
end

--- The engine's names for the file's tensors: matrices are in x out here, and one holds queries, keys and values.
function distilbert.state(t, layers, path)
  local state = {}
  local function take(name)
    local value = t[name]
    if not value then lunette.raise(("--weights: %s: '%s' is missing"):format(path, name)) end
    t[name] = nil
    return value
  end
  local function put(to, from, transposed)
    local weight, bias = take(from .. ".weight"), take(from .. ".bias")
    state[to .. ".weight"], state[to .. ".bias"] = transposed and weight:t():contiguous() or weight, bias
  end
  state["word.weight"] = take "embeddings.word_embeddings.weight"
  state["place.weight"] = take "embeddings.position_embeddings.weight"
  put("norm", "embeddings.LayerNorm")
  for i = 1, layers do
    local to, from = ("encoder.layers.%d."):format(i), ("transformer.layer.%d."):format(i - 1)
    local weights, biases = {}, {}
    for k, name in ipairs { "q_lin", "k_lin", "v_lin" } do
      weights[k] = take(from .. "attention." .. name .. ".weight"):t()
      biases[k] = take(from .. "attention." .. name .. ".bias")
    end
    state[to .. "attention.weight"], state[to .. "attention.bias"] = tensor.cat(weights, 2), tensor.cat(biases, 1)
    put(to .. "attention.out", from .. "attention.out_lin", true)
    put(to .. "norm1", from .. "sa_layer_norm")
    put(to .. "up", from .. "ffn.lin1", true)
    put(to .. "down", from .. "ffn.lin2", true)
    put(to .. "norm2", from .. "output_layer_norm")
  end
  if next(t) then lunette.raise(("--weights: %s: no place for %s"):format(path, names_of(t))) end
  return state
end

--- distilbert.save(net, path): a pointer or marker in the file's own names and layouts, its head as qa_outputs or
-- classifier, and config.json beside it: what distilbert.load reads.
function distilbert.save(net, path)
  local state, encoder, out = {}, net.encoder, net.head .. "."
  for name, value in pairs(encoder:state()) do state[name] = value end
  local t = { [out .. "weight"] = net.out.weight:t():contiguous(), [out .. "bias"] = net.out.bias:detach() }
  local function put(to, from, transposed)
    local weight = state[from .. ".weight"]
    t["distilbert." .. to .. ".weight"] = transposed and weight:t():contiguous() or weight
    t["distilbert." .. to .. ".bias"] = state[from .. ".bias"]
  end
  t["distilbert.embeddings.word_embeddings.weight"] = state["word.weight"]
  t["distilbert.embeddings.position_embeddings.weight"] = state["place.weight"]
  put("embeddings.LayerNorm", "norm")
  local layers = encoder.encoder.layers
  for i = 1, #layers do
    local from, to = ("encoder.layers.%d."):format(i), ("transformer.layer.%d."):format(i - 1)
    local weights = { state[from .. "attention.weight"]:chunk(3, 2) }
    local biases = { state[from .. "attention.bias"]:chunk(3, 1) }
    for k, name in ipairs { "q_lin", "k_lin", "v_lin" } do
      t["distilbert." .. to .. "attention." .. name .. ".weight"] = weights[k]:t():contiguous()
      t["distilbert." .. to .. "attention." .. name .. ".bias"] = biases[k]:contiguous()
    end
    put(to .. "attention.out_lin", from .. "attention.out", true)
    put(to .. "sa_layer_norm", from .. "norm1")
    put(to .. "ffn.lin1", from .. "up", true)
    put(to .. "ffn.lin2", from .. "down", true)
    put(to .. "output_layer_norm", from .. "norm2")
  end
  assert(tensor.save(path, t))
  local config = ('{ "activation": "gelu", "dim": %d, "n_layers": %d, "n_heads": %d }\n'):format(
    net.out.weight:size(1), #layers, encoder.heads)
  assert(results.write((path:match "^(.*/)" or "") .. "config.json", config))
end

--- distilbert.top(net, layers): all but the uppermost layers keep their weights.
function distilbert.top(net, layers)
  local frozen = { net.word, net.place, net.norm }
  for i = 1, #net.encoder.layers - layers do frozen[#frozen + 1] = net.encoder.layers[i] end
  for _, module in ipairs(frozen) do module:freeze() end
end

-- --- pointing at an answer, as in qa_babi ----------------------------------------------------------------------------

local Pointer = nn.class "Pointer"

--- b.ids [n, T] with 1 behind the end, b.outside [n, T, 1] (added) -> scores of the answer's first and last piece,
-- [n, T] each.
function Pointer:forward(b)
  local s = self.out(self.encoder(b.ids, b.ids:ne(1))) + b.outside
  return s["..., 1"], s["..., 2"]
end

--- [CLS] story [SEP] question [SEP] in pieces: ids, at[t] = { sentence, word }, first and last of the answer, which is
-- words a to b of a sentence (nil: nowhere).
function Pointer:encode(item, first_kept, sentence, a, b)
  local babi, tok = require "lib.babi", self.tok
  local e = { ids = { tok.first }, at = { {} }, from = 2, item = item }
  for k = first_kept, #item.story do
    local _, from, to = babi.words(item.story[k])
    local ids, first = tok:ids(item.story[k])
    local word = 1
    for i, id in ipairs(ids) do
      while to[word] and to[word] < first[i] do word = word + 1 end
      local n = #e.ids + 1
      e.ids[n], e.at[n] = id, { k, from[word] and from[word] <= first[i] and word or nil }
      if k == sentence and e.at[n][2] == a then e.first = e.first or n end
      if k == sentence and e.at[n][2] == b then e.last = n end
    end
  end
  e.to = #e.ids
  e.ids[#e.ids + 1] = tok.between
  local question = tok:ids(item.question)
  table.move(question, 1, #question, #e.ids + 1, e.ids)
  e.ids[#e.ids + 1] = tok.between
  return e
end

-- The encoder of which `top` layers learn (all of it with as many as it has), the tokenizer of its vocabulary, and the
-- head, `labels` scores a token: the file's when it has one of this size, or a new one.
local function open(net, weights, vocab, top, labels)
  if not vocab then lunette.raise "--weights: --vocab vocab.txt is wanted with it" end
  local rest
  net.encoder, rest = distilbert.load(weights)
  local d = net.encoder.word.weight:size(2)
  net.out = nn.Linear(d, labels)
  local weight, bias = rest[net.head .. ".weight"], rest[net.head .. ".bias"]
  if weight and bias and weight:dim() == 2 and weight:size(1) == labels and weight:size(2) == d then
    net.out:load_state { weight = weight:to "f32":t():contiguous(), bias = bias:to "f32" }
  end
  if top < #net.encoder.encoder.layers then distilbert.top(net.encoder, top) end
  local tok, why = data.tokenizer { vocab = vocab }
  if not tok then lunette.raise("--vocab: " .. why) end
  if not (tok.first and tok.between and tok.pad == 1) then
    lunette.raise(("--vocab: %s: [PAD] first, [CLS] and [SEP] expected"):format(vocab))
  end
  local words = net.encoder.word.weight:size(1)
  if #tok > words then lunette.raise(("--vocab: %d pieces, the model knows %d"):format(#tok, words)) end
  rawset(net, "tok", tok)
end

--- distilbert.pointer(weights, vocab, top) -> a network with :encode(item, ...).
function distilbert.pointer(weights, vocab, top)
  local net = Pointer()
  rawset(net, "head", "qa_outputs")
  open(net, weights, vocab, top, 2)
  return net
end

-- --- labelling words, as in ner_resumes ------------------------------------------------------------------------------

local Marker = nn.class "Marker"
local MOST_PIECES = 4                                         -- of a word that are read

--- b.list of { words } -> scores [n, longest, labels]: a word has those of its first piece.
function Marker:forward(b)
  local rows, first, longest = {}, {}, 1
  for k, x in ipairs(b.list) do
    rows[k], first[k] = { self.tok.first }, {}
    for i, word in ipairs(x.words) do
      local ids = self.tok:ids(word)
      first[k][i] = #rows[k] + 1
      if #ids == 0 then ids[1] = self.tok.unknown end
      table.move(ids, 1, math.min(#ids, MOST_PIECES), #rows[k] + 1, rows[k])
    end
    rows[k][#rows[k] + 1] = self.tok.between
    longest = math.max(longest, #rows[k])
  end
  local tokens = require "lib.tokens"
  local ids, at = tokens.pad(rows), tokens.pad(first)
  at = at + (tensor.arange(0, #rows - 1):to "i64" * longest):unsqueeze(2)
  local h = self.encoder(ids, ids:ne(1))
  return self.out(nn.embedding(at, h:reshape(#rows * longest, h:size(3))))
end

--- distilbert.marker(weights, vocab, top, labels) -> a network; .longest words fit in it.
function distilbert.marker(weights, vocab, top, labels)
  local net = Marker()
  rawset(net, "head", "classifier")
  open(net, weights, vocab, top, labels)
  rawset(net, "longest", (net.encoder.places - 2) // MOST_PIECES)
  if net.longest < 1 then lunette.raise("--weights: the model has too few places for a word") end
  return net
end

return distilbert
