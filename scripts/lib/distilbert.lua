--- distilbert.lua: the encoder of Sanh et al. 2019, arXiv:1910.01108, of the engine's modules, with the weights of a
-- file of its layout: model.safetensors, and config.json beside it for the number of heads.
--   x = LayerNorm(W[ids] + P[1..T]);  layers of self-attention and two linear maps with GELU, a norm behind each sum
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

--- distilbert.top(net, layers): all but the uppermost layers keep their weights.
function distilbert.top(net, layers)
  local frozen = { net.word, net.place, net.norm }
  for i = 1, #net.encoder.layers - layers do frozen[#frozen + 1] = net.encoder.layers[i] end
  for _, module in ipairs(frozen) do module:freeze() end
end

return distilbert
