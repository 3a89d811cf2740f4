--- Sequences: recurrent networks, attention, Transformers; forward, backward and update unless it says inference.
local bench, steps = ...
local trainer, shaped = steps.trainer, steps.shaped

bench("emojify_lstm", "frozen 50-d vectors, 2 x LSTM(128), dropout 0.5, 5 classes; batch 32, 10 words", function()
  local E, Y = tensor.randn(32, 10, 50), tensor.randint(1, 5, 32)
  local M = nn.class "Emojify"
  function M:init()
    self.l1, self.l2, self.fc = nn.LSTM(50, 128), nn.LSTM(128, 128), nn.Linear(128, 5)
  end
  function M:forward(x)
    local h = nn.dropout { self.l1(x), p = 0.5 }
    local _, last = self.l2(h)
    return self.fc(nn.dropout { last[1], p = 0.5 })
  end
  local net = M()
  return trainer(net, function() return nn.cross_entropy(shaped(net(E), 32, 5), Y) end)
end)

bench("skipgram", "word vectors: expected skip-gram loss over 1400 x 1400 pairs of words, 50 numbers each", function()
  local near, w, c = tensor.rand(1400, 1400) ^ 8, tensor.randn(1400, 50), tensor.randn(1400, 50)
  near = near / near:sum()
  local both = near + near:sum { dim = 2, keepdim = true } * near:sum { dim = 1, keepdim = true } * 5
  local adam = optim.Adam { { w:requires_grad(), c:requires_grad() }, lr = 1e-3 }
  return function()
    local s = w:mm(c:t())
    adam:step((both * s:softplus() - near * s):sum())
  end
end)

bench("jazz_lstm", "LSTM(64) over 30 steps of 90 values; batch 60", function()
  local ids = tensor.randint(1, 90, 60, 31)
  local x, y = ids[":, 1:30"]:one_hot(90):to "f32", ids[":, 2:31"]:reshape(-1)
  local M = nn.class "Jazz"
  function M:init() self.l, self.fc = nn.LSTM(90, 64), nn.Linear(64, 90) end
  function M:forward(v)
    local h = self.l(v)
    return self.fc(h)
  end
  local net = M()
  return trainer(net, function() return nn.cross_entropy(shaped(net(x), 60, 30, 90):view(-1, 90), y) end)
end)

bench("nmt_attention", "dates: BiLSTM(32) over 30 characters, additive attention, LSTM cell(64), 10 outputs; batch 100",
  function()
    local Tx, Ty, B, VX, VY = 30, 10, 100, 37, 11
    local x, y = tensor.randint(1, VX, B, Tx):one_hot(VX):to "f32", tensor.randint(1, VY, B, Ty)
    local M = nn.class "Dates"
    function M:init()
      self.enc = nn.LSTM { VX, 32, bidirectional = true }
      self.d1, self.d2 = nn.Linear(128, 10), nn.Linear(10, 1)
      self.dec, self.out = nn.LSTMCell(64, 64), nn.Linear(64, VY)
    end
    function M:forward(v)
      local a = self.enc(v)
      local h, c = tensor.zeros(B, 64), tensor.zeros(B, 64)
      local outs = { dim = 2 }
      for t = 1, Ty do
        local q = h:view(B, 1, 64):expand(B, Tx, 64)
        local e = self.d2(self.d1(tensor.cat { a, q, dim = 3 }):tanh()):relu()
        local context = (e:softmax(2) * a):sum(2)
        h, c = self.dec(context, h, c)
        outs[t] = self.out(h)
      end
      return tensor.stack(outs)
    end
    local net = M()
    return trainer(net, function()
      return nn.cross_entropy(shaped(net(x), B, Ty, VY):view(-1, VY), y:view(-1))
    end)
  end)

bench("trigger_gru", "Conv1d 101-196 k15 s4, batch norm, 2 x GRU(128) with batch norm and dropout; batch 4, 5511 steps",
  function()
    local X, Y = tensor.randn(4, 5511, 101), tensor.randint(0, 1, 4, 1375, 1):to "f32"
    local M = nn.class "Trigger"
    function M:init()
      self.c, self.b1 = nn.Conv1d { 101, 196, 15, stride = 4 }, nn.BatchNorm(196)
      self.g1, self.b2 = nn.GRU(196, 128), nn.BatchNorm(128)
      self.g2, self.b3 = nn.GRU(128, 128), nn.BatchNorm(128)
      self.fc = nn.Linear(128, 1)
    end
    function M:forward(x)
      local function drop(v) return nn.dropout { v, p = 0.2 } end
      local h = drop(self.b1(self.c(x)):relu())
      local g = self.g1(h)
      h = self.b2(drop(g))
      g = self.g2(h)
      return self.fc(drop(self.b3(drop(g))))
    end
    local net = M()
    return trainer(net, function() return nn.bce_logits(shaped(net(X), 4, 1375, 1), Y) end)
  end)

-- Learns T of V tokens from T others; how: of encoder and decoder.
local function translation(V, batch, T, how)
  local s, t = tensor.randint(1, V, batch, T), tensor.randint(1, V, batch, T + 1)
  local M, root = nn.class "Seq2Seq", math.sqrt(how.d)
  function M:init()
    self.embed, self.out = nn.Embedding(V, how.d), nn.Linear(how.d, V)
    self.encoder, self.decoder = nn.TransformerEncoder(how), nn.TransformerDecoder(how)
  end
  function M:forward(source, target)
    local memory = self.encoder(self.embed(source) * root)
    return self.out(self.decoder(self.embed(target) * root, memory))
  end
  local net = M()
  local input, want = t[{ {}, { 1, T } }], t[{ {}, { 2, T + 1 } }]:reshape(-1)
  return trainer(net, function() return nn.cross_entropy(shaped(net(s, input), batch, T, V):view(-1, V), want) end)
end

bench("transformer_train", "4 + 4 layers, d 128, 8 heads, ff 512, dropout 0.1, 64 + 64 tokens; batch 16",
  function() return translation(1000, 16, 64, { layers = 4, d = 128, heads = 8, ff = 512, norm = true }) end)

bench("digits_transformer", "the project's: 2 + 2 layers, d 64, 4 heads, ff 128, 11 + 11 tokens; batch 64", function()
  return translation(15, 64, 11, { layers = 2, d = 64, heads = 4, ff = 128, dropout = 0 })
end)

bench("encoder_infer", "6-layer encoder, d 256, 8 heads, ff 1024, 128 tokens; batch 8, inference", function()
  local net = nn.Sequential { nn.Embedding(5000, 256),
    nn.TransformerEncoder { layers = 6, d = 256, heads = 8, ff = 1024 }, nn.Linear(256, 12) }
  net:eval()
  local x = tensor.randint(1, 5000, 8, 128)
  return function() return shaped(tensor.no_grad(net, x), 8, 128, 12) end
end)

bench("trigger_live", "a second of sound by 50 ms: mel bands, the project's Conv1d and GRU(128); 10 ms: 1 % of a core",
  function()
    local hop, x = 160, tensor.randn(16000) * 0.1
    local net = nn.Sequential { nn.Conv1d { 40, 64, 5, stride = 2, padding = "causal" }, nn.BatchNorm(64), nn.ReLU(),
      nn.Conv1d { 64, 64, 5, stride = 2, padding = "causal" }, nn.BatchNorm(64), nn.ReLU(),
      nn.Conv1d { 64, 128, 5, padding = "causal" }, nn.BatchNorm(128), nn.ReLU(),
      nn.GRU(128, 128), nn.BatchNorm(128), nn.Linear(128, 1) }
    local spectrum = audio.running { kind = "mel", rate = 16000, bands = 40, size = 400, hop = hop, low = 60,
      high = 7600, log = true }
    local step = net:eval():stream()
    return function()
      for at = 1, 16000, 800 do
        local frames = spectrum(x:narrow(1, at, 800))
        if frames then step((frames / 4 + 2):unsqueeze(1)) end
      end
    end
  end)
