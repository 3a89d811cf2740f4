--- The DistilBERT encoder of scripts/lib/distilbert.lua against an independent one in PyTorch, f64
-- (tests/golden/make_distilbert.py), and what it says of files that are none.
local test = dofile "tests/check.lua"
local distilbert = require "lib.distilbert"

local folder = "tests/golden/distilbert/"
local expected = assert(tensor.load(folder .. "expected.safetensors"))
local ids, mask = expected.ids + 1, expected.mask:ne(0)

test("hidden states and scores as in PyTorch; padding is not looked at", function()
  local net, rest = distilbert.load(folder .. "model.safetensors")
  net:eval()
  local h = tensor.no_grad(function() return net(ids, mask) end)
  local there = mask:unsqueeze(3):to "f32"
  test.close(h * there, expected.hidden * there, 1e-5)
  local scores = h:mm(rest["qa_outputs.weight"]:t()) + rest["qa_outputs.bias"]
  test.close(scores * there, expected.scores * there, 1e-5)
  local other = ids:clone()
  other["2, 6:7"] = 9
  local again = tensor.no_grad(function() return net(other, mask) end)
  test.close(again["2, 1:5"], h["2, 1:5"], 1e-6)
end)

-- A copy of the file with other tensors.
local function changed(change)
  local path = os.tmpname() .. ".safetensors"
  local t = assert(tensor.load(folder .. "model.safetensors"))
  change(t)
  assert(tensor.save(path, t))
  return path
end

test("names without distilbert., gamma and beta; two heads told by config.json alone", function()
  local path = changed(function(t)
    for name, value in pairs(tensor.load(folder .. "model.safetensors")) do
      t[name] = nil
      t[(name:gsub("^distilbert%.", ""):gsub("LayerNorm%.weight", "LayerNorm.gamma")
        :gsub("LayerNorm%.bias", "LayerNorm.beta"))] = value
    end
  end)
  local net = distilbert.load(path)
  test.equal(net.encoder.layers[1].attention.heads, 1, "without config.json a head for 64 features")
  test.same(net.norm.weight, distilbert.load(folder .. "model.safetensors").norm.weight)
end)

test("a tensor that is missing, one too many, a file that is none", function()
  local lin = "distilbert.transformer.layer.1.attention.k_lin.bias"
  test.fails_with({ "'transformer.layer.1.attention.k_lin.bias' is missing" }, distilbert.load,
    changed(function(t) t[lin] = nil end))
  test.fails_with({ "no place for transformer.pooler" }, distilbert.load,
    changed(function(t) t["transformer.pooler"] = tensor.ones(2) end))
  local path = os.tmpname() .. ".safetensors"
  assert(tensor.save(path, { x = tensor.ones(2) }))
  test.fails_with({ path, "no DistilBERT", "found x" }, distilbert.load, path)
  test.fails_with({ "--weights", "no/such" }, distilbert.load, "no/such.safetensors")
  local net = distilbert.load(folder .. "model.safetensors")
  test.fails_with({ "13 tokens, the model has 12 places" }, net, tensor.ones(1, 13):to "i64", tensor.ones(1, 13):gt(0))
end)

test("the top layer alone learns when the others are held", function()
  local net = distilbert.load(folder .. "model.safetensors", { dropout = 0 })
  distilbert.top(net, 1)
  local adam = optim.Adam { net, lr = 1e-2 }
  local low, high = net.encoder.layers[1].up.weight:clone(), net.encoder.layers[2].up.weight:clone()
  local first, last
  for _ = 1, 20 do
    local loss = (net(ids, mask) - 0.5):pow(2):mean()
    adam:step(loss)
    first, last = first or loss:item(), loss:item()
  end
  test.truth(last < first, "that the loss falls")
  test.same(net.encoder.layers[1].up.weight, low)
  test.truth(net.encoder.layers[2].up.weight:ne(high):any():item(), "that the top layer has moved")
end)

test("a marker: each word has the label of its first piece; it learns them", function()
  local path = os.tmpname()
  local f = assert(io.open(path, "w"))
  f:write "[PAD]\n[UNK]\n[CLS]\n[SEP]\nmary\nwent\nhall\n##way\n"
  f:close()
  local net = distilbert.marker(folder .. "model.safetensors", path, 6, 3)
  test.equal(net.longest, 2)
  local list = { { words = { "Hallway", "Mary" } }, { words = { "went" } } }
  test.shape(net { list = list }, { 2, 2, 3 })
  local adam, want = optim.Adam { net, lr = 1e-2 }, tensor({ 2, 3, 1, 0 }, { dtype = "i64" })
  for _ = 1, 60 do adam:step(nn.cross_entropy(net { list = list }:reshape(4, 3), want, { ignore = 0 })) end
  net:eval()
  test.same(net { list = list }:argmax(3):reshape(4)[{ { 1, 3 } }], { 2, 3, 1 })
end)

test("what was learnt is written in the file's own names, with its head, and read again", function()
  local path, out = os.tmpname(), os.tmpname() .. ".d"
  assert(lunette.mkdir(out))
  test.write(path, "[PAD]\n[UNK]\n[CLS]\n[SEP]\nmary\nwent\n")
  local net = distilbert.marker(folder .. "model.safetensors", path, 6, 3)
  local adam, batch = optim.Adam { net, lr = 1e-2 }, { list = { { words = { "Mary", "went" } } } }
  for _ = 1, 3 do adam:step(net(batch):square():mean()) end
  net:eval()
  distilbert.save(net, out .. "/model.safetensors")
  local again = distilbert.marker(out .. "/model.safetensors", path, 6, 3):eval()
  test.equal(again.encoder.heads, 4, "heads, by config.json")
  test.same(again(batch), net(batch))
  local names = data.weights(folder .. "model.safetensors")
  for name in pairs(data.weights(out .. "/model.safetensors")) do
    local there = names[name] or names[name:gsub("^distilbert%.", "")] or name:find "^classifier%."
    test.truth(there, name .. ": that it is a name there")
  end
end)

test("a pointer: [CLS] story [SEP] question [SEP], pieces know their words, it learns where to point", function()
  local path = os.tmpname()
  local f = assert(io.open(path, "w"))
  f:write "[PAD]\n[UNK]\n[CLS]\n[SEP]\nmary\nwent\nto\nhall\n##way\n.\nwhere\nis\n"
  f:close()
  local net = distilbert.pointer(folder .. "model.safetensors", path, 6)
  local item = { story = { "Mary went to hallway." }, question = "Where is Mary", answer = "hallway", support = { 1 } }
  local e = net:encode(item, 1, 1, 4, 4)
  test.equal(table.concat(e.ids, " "), "3 5 6 7 8 9 10 4 11 12 5 4")
  test.equal(("%d %d %d %d"):format(e.from, e.to, e.first, e.last), "2 7 5 6")
  test.equal(e.at[6][2], 4)
  test.equal(e.at[7][2], nil, "a full stop is no word")
  local batch = { ids = tensor({ e.ids }, { dtype = "i64" }), outside = tensor.zeros(1, 12, 1) }
  local adam = optim.Adam { net, lr = 1e-2 }
  local first, last = tensor({ e.first }, { dtype = "i64" }), tensor({ e.last }, { dtype = "i64" })
  for _ = 1, 60 do
    local s, t = net(batch)
    adam:step(nn.cross_entropy(s, first) + nn.cross_entropy(t, last))
  end
  net:eval()
  local s, t = net(batch)
  local from, to, text = require "lib.babi".best_span(e, s[1]:totable(), t[1]:totable())
  test.equal(("%d %d %s"):format(from, to, text), "5 6 hallway")
  test.fails_with({ "--vocab vocab.txt is wanted" }, distilbert.pointer, folder .. "model.safetensors", false, 6)
end)

test.done()
