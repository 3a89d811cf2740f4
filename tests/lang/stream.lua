--- Sequences block by block: convolutions and recurrent layers with their state, running spectrograms, against the
-- whole sequence; and the GRU whose reset comes before the product, against loops over numbers.
local test = dofile "tests/check.lua"

-- x [N,T,F] in blocks of the sizes of a list, again and again, through step; the outputs along dim 2.
local function in_blocks(step, x, sizes, dim)
  local parts, at, k = { dim = dim }, 1, 0
  local T = x:size(dim)
  while at <= T do
    k = k % #sizes + 1
    local n = math.min(sizes[k], T - at + 1)
    parts[#parts + 1] = step(x:narrow(dim, at, n))
    at = at + n
  end
  return tensor.cat(parts)
end

local function same_as_whole(net, x)
  net:eval()
  local whole = tensor.no_grad(function() return (net(x)) end)
  for _, sizes in ipairs { { 1 }, { 3 }, { 7, 1, 2 }, { 64 }, { x:size(2) } } do
    test.close(in_blocks(net:stream(), x, sizes, 2), whole, 1e-5)
  end
end

for _, name in ipairs { "RNN", "LSTM", "GRU" } do
  test(name .. " block by block is the whole sequence", function()
    same_as_whole(nn[name](5, 8), tensor.randn(2, 40, 5))
    same_as_whole(nn[name] { 5, 8, layers = 2 }, tensor.randn(3, 23, 5))
  end)
end

test("convolutions: causal and without padding, strides below and above the kernel, dilation", function()
  for _, o in ipairs { { padding = "causal" }, { padding = "causal", stride = 2 }, { padding = "causal", stride = 3 },
    { padding = "causal", dilation = 4 }, { padding = "causal", dilation = 2, stride = 2, act = "relu" }, {},
    { stride = 4 }, { stride = 9 }, { dilation = 3, stride = 2 }, { groups = 2, padding = "causal" } } do
    local net = nn.Conv1d { 4, 6, 5, stride = o.stride, padding = o.padding, dilation = o.dilation, act = o.act,
      groups = o.groups }
    same_as_whole(net, tensor.randn(2, 61, 4))
  end
end)

test("a causal convolution sees no later step", function()
  local net, x = nn.Conv1d { 3, 2, 5, padding = "causal", dilation = 2 }, tensor.randn(1, 20, 3)
  local before = net(x)
  x[{ 1, { 12, 20 } }] = 5
  local after = net(x)
  test.shape(after, { 1, 20, 2 })
  test.same(after["1, 1:11"], before["1, 1:11"]:totable())
  test.truth((after["1, 12"] - before["1, 12"]):abs():max():item() > 0, "but this one")
end)

test("a net for a trigger word, whole and by single frames", function()
  local net = nn.Sequential { nn.Conv1d { 10, 16, 9, stride = 2, padding = "causal" }, nn.BatchNorm(16), nn.ReLU(),
    nn.Dropout(0.3), nn.GRU(16, 12), nn.BatchNorm(12), nn.GRU { 12, 12, reset = "before" }, nn.Linear(12, 1),
    nn.Sigmoid() }
  for _ = 1, 3 do net(tensor.randn(4, 50, 10)) end                       -- statistics of the norms
  same_as_whole(net, tensor.randn(2, 101, 10))
end)

test("what cannot run block by block says so", function()
  local function step(net) return function() net:eval():stream() end end
  test.fails("net:stream: a bidirectional GRU needs the whole sequence", step(nn.GRU { 3, 4, bidirectional = true }))
  test.fails('net:stream: Conv1d with zeros after the sequence cannot run block by block; padding="causal"',
    step(nn.Conv1d { 3, 4, 5, padding = 2 }))
  test.fails('net:stream: Conv1d with zeros after the sequence cannot run block by block; padding="causal"',
    step(nn.Conv1d { 3, 4, 5, padding = "same" }))
  test.fails_with({ "net:stream: Flatten may need the whole sequence" }, step(nn.Sequential { nn.Flatten() }))
  test.fails("net:stream: GRU is in training; call net:eval() first", function() nn.GRU(3, 4):stream() end)
end)

test("a class of one's own streams by its method", function()
  local Sum = nn.class "Sum"
  function Sum:forward(x) return x:cumsum(2) end  -- luacheck: ignore
  function Sum:stream()  -- luacheck: ignore
    local sum = 0
    return function(x)
      local y = x:cumsum(2) + sum
      sum = y:narrow(2, y:size(2), 1):clone()
      return y
    end
  end
  same_as_whole(nn.Sequential { nn.Linear(3, 2), Sum() }, tensor.randn(2, 30, 3))
end)

test("running spectrograms are those of the whole sound", function()
  local x = tensor.randn(2, 3001)
  for _, o in ipairs { { size = 400, hop = 160 }, { size = 64 }, { size = 50, hop = 70 }, { size = 101, hop = 101 },
    { kind = "mel", rate = 16000, bands = 20, log = true, size = 256, hop = 100 },
    { kind = "stft", size = 40, hop = 30 } } do
    local call = { x }
    for k, v in pairs(o) do if k ~= "kind" then call[k] = v end end
    local whole = audio[o.kind or "spectrogram"](call)
    for _, sizes in ipairs { { 160 }, { 1600 }, { 37, 500, 1 } } do
      test.close(tensor.cat { in_blocks(audio.running(o), x, sizes, 2), dim = 2 }, whole, 1e-5)
    end
  end
  test.fails("audio.running: center mirrors the whole sound, of which blocks know nothing", audio.running,
    { center = true })
  test.fails("audio.running: kind must be spectrogram, mel or stft, got fft", audio.running, { kind = "fft" })
end)

-- --- the GRU as first published --------------------------------------------------------------------------------------

-- One sample [T][F] by loops over numbers.
local function gru_by_hand(x, wx, wh, b, h)
  local H, ys = #wh, {}
  local function s(v) return 1 / (1 + math.exp(-v)) end
  for t, row in ipairs(x) do
    local u = {}
    for j = 1, 3 * H do
      u[j] = b[j]
      for f, v in ipairs(row) do u[j] = u[j] + v * wx[f][j] end
    end
    local r, z, new = {}, {}, {}
    for j = 1, H do
      local a, c = u[j], u[H + j]
      for k = 1, H do a, c = a + h[k] * wh[k][j], c + h[k] * wh[k][H + j] end
      r[j], z[j] = s(a), s(c)
    end
    for j = 1, H do
      local a = u[2 * H + j]
      for k = 1, H do a = a + r[k] * h[k] * wh[k][2 * H + j] end
      local e = math.exp(2 * a)
      new[j] = (1 - z[j]) * (e - 1) / (e + 1) + z[j] * h[j]
    end
    h, ys[t] = new, new
  end
  return ys, h
end

test("GRU{reset = 'before'}: values by loops over numbers, also backwards and from a state", function()
  local net = nn.GRU { 3, 4, reset = "before" }:to "f64"
  local x, h0 = tensor.randn(2, 6, 3, { dtype = "f64" }), tensor.randn(1, 2, 4, { dtype = "f64" })
  local y, h = net(x, { h = h0 })
  for n = 1, 2 do
    local ys, last = gru_by_hand(x[n]:totable(), net.wx1:totable(), net.wh1:totable(), net.bx1:totable(),
      h0[{ 1, n }]:totable())
    test.close(y[n], ys, 1e-12)
    test.close(h[{ 1, n }], last, 1e-12)
  end
  test.truth((nn.gru { x, net.wx1, net.wh1, bx = net.bx1 } - net(x)):abs():max():item() > 1e-3, "another than nn.gru's")
  local both = nn.GRU { 3, 4, reset = "before", bidirectional = true }:to "f64"
  local back = both(x)
  local ys = gru_by_hand(x[1]:flip(1):totable(), both.wx1_reverse:totable(), both.wh1_reverse:totable(),
    both.bx1_reverse:totable(), { 0, 0, 0, 0 })
  for t = 1, 6 do test.close(back[{ 1, t, { 5, 8 } }], ys[7 - t], 1e-12) end
end)

test("GRU{reset = 'before'}: lengths, gradients, numbers of parameters", function()
  local net = nn.GRU { 2, 3, reset = "before" }:to "f64"
  local x = tensor.randn(2, 5, 2, { dtype = "f64" })
  local y, h = net(x, { lengths = tensor({ 5, 2 }, { dtype = "i64" }) })
  test.same(y["2, 3:5"], tensor.zeros(3, 3, { dtype = "f64" }))
  test.close(h["1, 2"], net(x["2:2, 1:2"])["1, 2"], 1e-12)
  test.truth(tensor.gradcheck(function(v) return (net(v)):square():sum() end, x:clone():requires_grad()), "of x")
  test.truth(tensor.gradcheck(function(w) rawset(net, "wh1", w) return (net(x)):square():sum() end,
    net.wh1:detach():clone():requires_grad()), "of wh")
  test.equal(nn.GRU { 196, 128, reset = "before" }:parameter_count(), 124800)
  test.equal(nn.GRU(196, 128):parameter_count(), 125184)
  test.fails_with({ "nn.GRU: reset" }, nn.GRU, 2, 3, { reset = "never" })
end)

test("a block of another kind is refused and leaves no trace; layers that see each step alone", function()
  local net = nn.Sequential { nn.Conv1d { 6, 4, 3, padding = "causal" }, nn.GRU(4, 5), nn.RMSNorm(5), nn.Linear(5, 3),
    nn.LogSoftmax(), nn.Softmax(3) }:eval()
  local x = tensor.randn(2, 12, 6)
  local want, step = tensor.no_grad(function() return net(x) end), net:stream()
  local parts = { dim = 2, step(x[":, 1:5"]) }
  test.fails_with({ "net:stream: a block is f64[2,3,6], those before were f32" }, step, x[":, 6:8"]:to "f64")
  test.fails_with({ "net:stream: a block is i64[2,3,6]" }, step, tensor.ones(2, 3, 6):to "i64")
  parts[2] = step(x[":, 6:12"])
  test.close(tensor.cat(parts), want, 1e-5)
  test.fails_with({ "net:stream", "f32[N, T, F] expected, got i64[1,3,6]" }, net:stream(),
    tensor.ones(1, 3, 6):to "i64")
  test.fails_with({ "Softmax over dimension 2 needs the whole sequence" }, function()
    nn.Sequential { nn.Softmax(2) }:eval():stream()
  end)
end)

test("audio.running: options are checked when it is made, blocks are of one kind", function()
  test.fails_with({ "foo" }, audio.running, { foo = 1 })
  test.fails_with({ "audio.running: rate is missing" }, audio.running, { kind = "mel" })
  test.fails_with({ "bands" }, audio.running, { bands = 4 })
  local run = audio.running()
  run(tensor.zeros(300))
  test.fails_with({ "audio.running: a block is f64[200], those before were f32" }, run, tensor.zeros(200):to "f64")
  test.shape(run(tensor.zeros(200)), { 2, 201 })
end)

test.done()
