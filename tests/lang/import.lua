-- net:load with from=: weights of PyTorch's layers and Keras's into their like here.  Expected numbers are PyTorch's
-- (tests/golden/make_weights.py) or the definition's.
local test = dofile "tests/check.lua"
local G = "tests/golden/weights/"

-- what make_weights.py's layers gave
local want = test.golden(G .. "layers.txt")
local function steps(...) return tensor.arange(tensor.zeros(...):numel()):to "f64" - 1 end
local sequence = (steps(2, 3, 4):remainder(5) / 2 - 1):view(2, 3, 4)
local picture = (steps(1, 2, 3, 4):remainder(5) / 2 - 1):view(1, 2, 3, 4):permute(1, 3, 4, 2)

local layers = {
  lstm = { nn.LSTM { 4, 3, layers = 2, bidirectional = true }, sequence },
  gru = { nn.GRU(4, 3), sequence }, rnn = { nn.RNN(4, 3), sequence },
  attention = { nn.MultiheadAttention(4, 2), sequence },
  encoder = { nn.TransformerEncoderLayer { 4, 2, 8, dropout = 0 }, sequence },
  transposed = { nn.ConvTranspose2d { 2, 3, { 2, 3 }, stride = 2 }, picture },
  groups = { nn.Conv2d { 2, 4, { 1, 3 }, groups = 2 }, picture },
  conv1d = { nn.Conv1d(4, 2, 2), sequence },
}
for name, case in pairs(layers) do
  test("torch's " .. name, function()
    local net = case[1]
    assert(net:load(G .. name .. ".pt", { from = "torch" }))
    local y = net:to "f64":eval()(case[2])
    test.close(y:reshape(-1), tensor(want[name], { dtype = "f64" }), 1e-7)
  end)
end

local function small()
  return nn.Sequential { nn.Conv2d { 2, 3, 3, padding = 1 }, nn.BatchNorm(3), nn.ReLU(), nn.Flatten(),
    nn.Linear(60, 2) }
end
local x = (steps(2, 2, 4, 5):remainder(7) / 3 - 1):view(2, 2, 4, 5):permute(1, 3, 4, 2)
local y = { { -0.005203610514017977, -0.09926898034128737 }, { 0.024976260310239896, -0.11627107488558655 } }

test("a checkpoint; the Linear behind Flatten is permuted", function()
  local net = small()
  assert(net:load(G .. "checkpoint.pt", { from = "torch" }))
  test.close(net:to "f64":eval()(x), y, 1e-7)
end)
test("ConvNorm stands for two of torch's; map by patterns; flatten by name", function()
  local net = nn.Sequential { nn.ConvNorm { 2, 3, 3 }, nn.Lambda(function(v) return v:reshape(v:size(1), -1) end),
    nn.Linear(60, 2) }
  net[1].conv.bias = tensor.zeros(3)
  local map = { { "^([01])%.", "0.%1." }, { "^4%.", "2." } }
  assert(net:load(G .. "checkpoint.pt", { from = "torch", map = map, flatten = { ["3"] = 3 } }))
  local w = data.weights(G .. "checkpoint.pt")
  test.same(net[1].conv.weight, w["0.weight"]:permute(3, 4, 2, 1))
  test.same(net[1].norm.running_var, w["1.running_var"])
  test.same(net[3].weight[{ 2, 1 }], w["4.weight"][{ 1, 21 }])    -- channel 2 of pixel 1
end)
test("what does not fit is listed at once, and nothing is loaded", function()
  local net = nn.Sequential { nn.Conv2d { 2, 3, 3 }, nn.BatchNorm(4), nn.ReLU(), nn.Flatten(), nn.Linear(60, 2),
    nn.Linear(2, 2) }
  local before = net[1].weight:clone()
  test.fails_with({ "checkpoint.pt", "nothing was loaded", "the file has no: 5.weight, 5.bias",
    "other shape: 1.weight is [3], here [4]" }, net.load, net, G .. "checkpoint.pt", { from = "torch" })
  test.same(net[1].weight, before)
  net = nn.Sequential { nn.Conv2d { 2, 3, 3 } }
  test.fails_with({ "the network has no: 1.weight, 1.bias, 1.running_mean" }, net.load, net, G .. "checkpoint.pt",
    { from = "torch" })
  test.fails_with({ "from must be 'torch' or 'keras'" }, net.load, net, G .. "checkpoint.pt", { from = "caffe" })
  local none, why = net:load("nosuch.pt", { from = "torch" })
  test.truth(none == nil and why:find("nosuch.pt", 1, true), why)
end)
test("without from, names and layouts are ours", function()
  local net, other, path = small(), small(), os.tmpname() .. ".safetensors"
  local less = nn.Sequential { nn.Conv2d { 2, 3, 3, padding = 1 }, nn.BatchNorm(3) }
  assert(net:save(path))
  assert(other:load(path))
  test.same(other[5].weight, net[5].weight)
  test.fails_with({ "load: the network has no 5.bias, 5.weight" }, less.load, less, path)
end)

test("numbers of f64 beyond f32 are named, infinities are infinities", function()
  local path = os.tmpname() .. ".safetensors"
  local function of(value) return tensor({ { value, 1 } }, { dtype = "f64" }) end
  local function state(w, b) return { weight = w:t():contiguous(), bias = b } end
  local far = tensor({ 1e300 }, { dtype = "f64" })
  assert(tensor.save(path, state(of(1), far)))
  local net = nn.Linear(2, 1)
  local before = net.weight:clone()
  test.fails_with({ "load: beyond what f32 holds: 'bias' (1e+300)" }, net.load, net, path)
  test.fails_with({ "nothing was loaded", "beyond what f32 holds: bias (1e+300)" }, function()
    assert(tensor.save(path, { weight = of(1), bias = far }))
    net:load(path, { from = "torch" })
  end)
  test.same(net.weight, before)
  assert(tensor.save(path, state(of(3.4028235e38), tensor({ -math.huge }, { dtype = "f64" }))))
  assert(net:load(path))
  test.equal(net.bias[1], -math.huge)
  assert(tensor.save(path, state(of(3.4028236e38), far)))
  test.fails_with({ "'bias' (1e+300), 'weight' (3.40282e+38)" }, net.load, net, path)
  assert(net:to "f64":load(path))
  test.equal(net.bias[1], 1e300)
end)

-- --- Keras: by the definition of its layers --------------------------------------------------------------------------

-- A file of version 2: root@layer_names, layer@weight_names, layer/weight.
local function keras2(layers_, path, root)
  local state, names = {}, {}
  root = root or ""
  for _, l in ipairs(layers_) do
    names[#names + 1] = l[1]
    local own = {}
    for k = 2, #l do
      own[k - 1] = l[k][1]
      state[root .. l[1] .. "/" .. l[k][1]] = l[k][2]
    end
    state[root .. l[1] .. "@weight_names"] = own
  end
  state[root:gsub("/$", "") .. "@layer_names"] = names
  return assert(tensor.save(path, state)) and path
end
test("Keras: layer_names that list what the file does not hold, and numbers beyond f32", function()
  local path, kernel = os.tmpname() .. ".h5", tensor.randn(2, 3)
  for _, root in ipairs { "", "model_weights/" } do
    keras2({ { "flat" }, { "dense", { "dense/kernel:0", kernel }, { "dense/bias:0", tensor.randn(3) } } }, path, root)
    local state, at = assert(tensor.load(path)), root:gsub("/$", "") .. "@layer_names"
    assert(nn.Linear(2, 3):load(path, { from = "keras" }))
    state[at] = { "flat", "gone", "dense" }
    assert(tensor.save(path, state))
    local why = path .. ": its layer_names lists 'gone', of which the file has no group"
    for _, f in ipairs { data.weights, function() return nn.Linear(2, 3):load(path, { from = "keras" }) end } do
      local set, said = f(path)
      test.equal(set, nil)
      test.equal(said, why)
    end
  end
  keras2({ { "dense", { "dense/kernel:0", kernel:to "f64" * 1e200 }, { "dense/bias:0", tensor.randn(3) } } }, path)
  test.fails_with({ "nothing was loaded", "beyond what f32 holds: dense/dense/kernel:0 (" }, function()
    nn.Linear(2, 3):load(path, { from = "keras" })
  end)
end)
test("Keras: order of layer_names, kernels, epsilon", function()
  local path = os.tmpname() .. ".h5"
  local function r(...) return tensor.randn(...) end
  local kernel, depth = r(3, 2, 2, 4), r(3, 3, 4, 2)
  local up, dense, v = r(2, 2, 3, 8), r(3, 5), tensor.rand(4) + 0.5
  for _, root in ipairs { "", "model_weights/" } do
    keras2({ { "z_first", { "z_first/kernel:0", kernel }, { "z_first/bias:0", r(4) } }, { "relu" },
      { "a_norm", { "a_norm/gamma:0", r(4) }, { "a_norm/beta:0", r(4) }, { "a_norm/moving_mean:0", r(4) },
        { "a_norm/moving_variance:0", v } },
      { "depthwise", { "depthwise/depthwise_kernel:0", depth }, { "depthwise/bias:0", r(8) } },
      { "up", { "up/kernel:0", up }, { "up/bias:0", r(3) } },
      { "dense", { "dense/kernel:0", dense }, { "dense/bias:0", r(5) } } }, path, root)
    local net = nn.Sequential { nn.Conv2d { 2, 4, { 3, 2 } }, nn.BatchNorm(4), nn.Conv2d { 4, 8, 3, groups = 4 },
      nn.ConvTranspose2d { 8, 3, 2 }, nn.Linear(3, 5) }
    assert(net:load(path, { from = "keras" }))
    test.same(net[1].weight, kernel)
    test.same(net[2].running_var, v)
    test.equal(net[2].opt.eps, 1e-3)
    test.equal(net[3].weight[{ 2, 3, 1, 6 }], depth[{ 2, 3, 3, 2 }])  -- multiplier 2 of channel 3
    test.same(net[4].weight, up:transpose(3, 4))
    test.same(net[5].weight, dense)
  end
  local short = nn.Sequential { nn.Conv2d { 2, 4, { 3, 2 } } }
  test.fails_with({ "nothing was loaded", "the network has no" }, short.load, short, path, { from = "keras" })
  os.remove(path)
end)

-- One step by the formula of Keras's documentation, f64, gates z r h and i f c o.
local function sigma(t) return t:sigmoid() end
local function keras_gru(x_, kernel, recurrent, bias)
  local n, T, u = x_:size(1), x_:size(2), recurrent:size(1)
  local h, out = tensor.zeros(n, u, { dtype = "f64" }), { dim = 2 }
  for t = 1, T do
    local a, b = x_[{ {}, t }]:mm(kernel) + bias[1], h:mm(recurrent) + bias[2]
    local function part(v, k) return v[{ {}, { (k - 1) * u + 1, k * u } }] end
    local z, r = sigma(part(a, 1) + part(b, 1)), sigma(part(a, 2) + part(b, 2))
    h = z * h + (1 - z) * (part(a, 3) + r * part(b, 3)):tanh()
    out[t] = h
  end
  return tensor.stack(out)
end
local function keras_lstm(x_, kernel, recurrent, bias)
  local n, T, u = x_:size(1), x_:size(2), recurrent:size(1)
  local h, c, out = tensor.zeros(n, u, { dtype = "f64" }), tensor.zeros(n, u, { dtype = "f64" }), { dim = 2 }
  for t = 1, T do
    local a = x_[{ {}, t }]:mm(kernel) + h:mm(recurrent) + bias
    local function part(k) return a[{ {}, { (k - 1) * u + 1, k * u } }] end
    c = sigma(part(2)) * c + sigma(part(1)) * part(3):tanh()
    h = sigma(part(4)) * c:tanh()
    out[t] = h
  end
  return tensor.stack(out)
end
test("Keras: GRU with reset_after, LSTM, both directions", function()
  local path = os.tmpname() .. ".h5"
  local function r(...) return tensor.randn(...):to "f64" end
  local gk, gr, gb, lk, lr, lb, bk, br, bb = r(4, 9), r(3, 9), r(2, 9), r(3, 8), r(2, 8), r(8), r(3, 8), r(2, 8), r(8)
  keras2({ { "gru", { "gru/gru_cell/kernel:0", gk }, { "gru/gru_cell/recurrent_kernel:0", gr },
    { "gru/gru_cell/bias:0", gb } },
    { "both", { "both/forward/kernel:0", lk }, { "both/forward/recurrent_kernel:0", lr }, { "both/forward/bias:0", lb },
      { "both/backward/kernel:0", bk }, { "both/backward/recurrent_kernel:0", br }, { "both/backward/bias:0", bb } },
  }, path)
  local net = nn.Sequential { nn.GRU(4, 3), nn.LSTM { 3, 2, bidirectional = true } }:to "f64"
  assert(net:load(path, { from = "keras" }))
  local first = keras_gru(sequence, gk, gr, gb)
  local second = tensor.cat { keras_lstm(first, lk, lr, lb), keras_lstm(first:flip(2), bk, br, bb):flip(2), dim = 3 }
  test.close(net(sequence), second, 1e-12)
  os.remove(path)
end)
test("Keras 3: groups by class and number", function()
  local path = os.tmpname() .. ".weights.h5"
  local state, kernels = {}, {}
  for k = 1, 11 do
    kernels[k] = tensor.randn(2, 2)
    local group = "layers/dense" .. (k > 1 and "_" .. k - 1 or "")
    state[group .. "/vars/0"], state[group .. "/vars/1"] = kernels[k], tensor.randn(2)
  end
  state["layers/batch_normalization/vars/0"] = tensor.ones(2) * 3
  for k = 1, 3 do state["layers/batch_normalization/vars/" .. k] = tensor.rand(2) end
  state["optimizer/vars/0"] = tensor { 1, dtype = "i64" }
  assert(tensor.save(path, state))
  local net = nn.Sequential {}
  for k = 1, 11 do
    net:push(nn.Linear(2, 2))
    if k == 5 then net:push(nn.BatchNorm(2)) end
  end
  assert(net:load(path, { from = "keras" }))
  test.same(net[12].weight, kernels[11])
  test.same(net[3].weight, kernels[3])
  test.same(net[6].weight, { 3, 3 })
  os.remove(path)
end)
test.done()
