--- nn.lua: NN, FUNCTIONS and LOSSES of the language.
local test = dofile "tests/check.lua"
local close = test.close

test("Linear is x w + b, in x out", function()
  local fc = nn.Linear(3, 2)
  test.shape(fc.weight, { 3, 2 })
  test.shape(fc.bias, { 2 })
  local x = tensor.randn(5, 3)
  close(fc(x):detach(), (x:mm(fc.weight) + fc.bias):detach())
  close(nn.linear(x, fc.weight, fc.bias):detach(), fc(x):detach())
  test.shape(fc(tensor.randn(4, 5, 3)), { 4, 5, 2 })
  test.equal(nn.Linear { 3, 2, bias = false }.bias, nil)
  test.equal(nn.Linear(3, 2, { bias = false }).bias, nil)
  test.equal(#nn.Linear { 3, 2, bias = false }:parameters(), 1)
end)
test("Linear starts within 1 / sqrt(in)", function()
  local fc = nn.Linear(100, 50)
  local most = fc.weight:detach():abs():max():item()
  test.truth(most <= 0.1 and most > 0.09, "weights filling -0.1..0.1")
  test.truth(fc.bias:detach():abs():max():item() <= 0.1, "biases within 0.1")
end)
test("activations", function()
  local x = tensor { -2, -0.5, 0, 1, 7 }
  test.same(nn.ReLU()(x), { 0, 0, 0, 1, 7 })
  test.same(nn.ReLU6()(x), { 0, 0, 0, 1, 6 })
  close(nn.LeakyReLU(0.1)(x), { -0.2, -0.05, 0, 1, 7 })
  close(nn.LeakyReLU { slope = 0.1 }(x), { -0.2, -0.05, 0, 1, 7 })
  close(nn.ELU()(x), { -0.8646647, -0.3934693, 0, 1, 7 })
  close(nn.GELU()(x), { -0.0455003, -0.1542688, 0, 0.8413447, 7 })
  close(nn.SiLU()(x), { -0.2384058, -0.1887704, 0, 0.7310586, 6.9936223 })
  close(nn.Softplus()(x), { 0.1269280, 0.4740770, 0.6931472, 1.3132617, 7.0009115 })
  close(nn.Tanh()(x), { -0.9640276, -0.4621172, 0, 0.7615942, 0.9999983 })
  close(nn.Sigmoid()(x), { 0.1192029, 0.3775407, 0.5, 0.7310586, 0.9990889 })
  close(nn.Softmax(1)(tensor { 1, 2 }), { 0.2689414, 0.7310586 })
end)
test("activations in pieces are those of which they are made, at their corners too", function()
  for _, dtype in ipairs { "f32", "f64" } do
    local function leaf(t) return tensor(t, { dtype = dtype }):requires_grad() end
    local points, slopes = { -math.huge, -4, -3, -0.0, 0.0, 2.5, 3, 4, 0 / 0 }, { 0.5, -2 }
    for name, by in pairs { hardsigmoid = function(x) return (x + 3):relu6() / 6 end,
      hardswish = function(x) return x:clamp(-9, 1e9) * (x + 3):relu6() / 6 end } do
      local x, z = leaf(points), leaf(points)
      local y, want = tensor[name](x), by(z)
      test.close(y:detach(), want:detach(), 1e-6)
      y:sum():backward()
      want:sum():backward()
      test.close(x.grad["2:-2"], z.grad["2:-2"], 1e-6)
    end
    local odd = leaf { 0 / 0, -math.huge }:prelu(leaf(slopes))
    test.truth(odd[1] ~= odd[1] and odd[2] == math.huge, "NaN and infinity kept")
    local x, w = leaf { { -2, 0 }, { 3, -1 } }, leaf(slopes)
    local y = x:prelu(w)
    test.same(y:detach(), { { -1, 0 }, { 3, 2 } })
    y:sum():backward()
    test.same(x.grad, { { 0.5, -2 }, { 1, -2 } })
    test.same(w.grad, { -2, -1 })
  end
end)
test("functions far out do not overflow", function()
  local x = tensor { -1e4, -100, 100, 1e4 }
  for _, name in ipairs { "sigmoid", "tanh", "softplus", "silu", "gelu", "elu", "erf" } do
    test.truth(tensor[name](x):isfinite():all():item(), name .. " being finite")
  end
  close(x:sigmoid(), { 0, 0, 1, 1 })
end)
test("a class of one's own", function()
  local Net = nn.class "Net"
  function Net:init(n)
    self.a = nn.Linear(2, n)
    self.b = nn.Linear(n, 1)
    self.scale = tensor.ones(1):requires_grad()
    self.layers = { nn.Linear(1, 1), nn.Linear(1, 1) }
  end
  function Net:forward(x) return self.b(self.a(x):tanh()) * self.scale end
  local net = Net(5)
  test.shape(net(tensor.randn(3, 2)), { 3, 1 })
  test.equal(#net:parameters(), 9)
  test.equal(net:parameter_count(), 2 * 5 + 5 + 5 + 1 + 1 + 4)
  test.truth(nn.is_module(net) and not nn.is_module {} and not nn.is_module(3), "telling modules from others")
  local names = {}
  for i, entry in ipairs(net:named_parameters()) do names[i] = entry[1] end
  test.equal(table.concat(names, " "),
    "a.weight a.bias b.weight b.bias scale layers.1.weight layers.1.bias layers.2.weight layers.2.bias")
end)
test("a parameter that two layers share counts once", function()
  local a, b = nn.Linear(3, 3), nn.Linear(3, 3)
  b.weight = a.weight
  test.equal(#nn.Sequential { a, b }:parameters(), 3)
end)
test("Sequential", function()
  local net = nn.Sequential { nn.Linear(4, 3), nn.ReLU(), function(x) return x * 2 end, nn.Linear(3, 2) }
  test.shape(net(tensor.randn(6, 4)), { 6, 2 })
  test.equal(#net, 4)
  test.equal(#net:parameters(), 4)
  test.shape(nn.Sequential { nn.Flatten() }(tensor.zeros(2, 3, 4)), { 2, 12 })
end)
test("train and eval reach every layer", function()
  local net = nn.Sequential { nn.Linear(2, 2), nn.Sequential { nn.Dropout(0.5) } }
  test.equal(net:eval().training, false)
  test.equal(net[2][1].training, false)
  net:train()
  test.equal(net[2][1].training, true)
end)
test("dropout scales in training and does nothing in eval", function()
  tensor.seed(1)
  local d, x = nn.Dropout(0.25), tensor.ones(10000)
  local y = d(x)
  test.truth(math.abs(y:eq(0):to "f32":mean():item() - 0.25) < 0.02, "a share of zeros of 0.25")
  close(y:max(), 1 / 0.75)
  test.same(d:eval()(x), x)
  test.same(nn.Dropout(0)(x), x)
end)
test("batch norm normalises, keeps statistics, and uses them in eval", function()
  tensor.seed(2)
  local bn, x = nn.BatchNorm(3), tensor.randn(200, 3) * 5 + 2
  local y = bn(x):detach()
  test.close(y:mean(1), { 0, 0, 0 }, 1e-5)
  test.close(y:var { dim = 1, unbiased = false }, { 1, 1, 1 }, 1e-3)
  test.close(bn.running_mean, x:mean(1) * 0.1, 1e-5)
  test.close(bn.running_var, x:var(1) * 0.1 + 0.9, 1e-4)
  bn:eval()
  local before = bn.running_mean:clone()
  test.close(bn(x):detach(), (x - bn.running_mean) / (bn.running_var + 1e-5):sqrt(), 1e-4)
  test.same(bn.running_mean, before)
  test.equal(#bn:parameters(), 2)
end)
test("layer norm", function()
  local y = nn.LayerNorm(4)(tensor { { 1, 2, 3, 4 } }):detach()
  close(y, { { -1.3416355, -0.4472118, 0.4472118, 1.3416355 } })
end)
test("embedding looks up rows, 1-based", function()
  local e = nn.Embedding(5, 3)
  local ids = tensor({ { 1, 5 }, { 2, 2 } }, { dtype = "i64" })
  test.shape(e(ids), { 2, 2, 3 })
  test.same(e(ids):detach()[{ 1, 2 }], e.weight:detach()[5])
  e(ids):sum():backward()
  test.same(e.weight.grad, { { 1, 1, 1 }, { 2, 2, 2 }, { 0, 0, 0 }, { 0, 0, 0 }, { 1, 1, 1 } })
end)
test("initialisers", function()
  tensor.seed(3)
  local w = tensor.empty(400, 300)
  local function std(t) return t:std():item() end
  test.truth(math.abs(std(nn.init.he_normal(w)) - math.sqrt(2 / 400)) < 1e-3, "He's std")
  test.truth(math.abs(std(nn.init.xavier_normal(w)) - math.sqrt(2 / 700)) < 1e-3, "Xavier's std")
  test.truth(nn.init.he_uniform(w):abs():max():item() <= math.sqrt(6 / 400) + 1e-6, "He's bound")
  test.truth(nn.init.xavier_uniform(w):abs():max():item() <= math.sqrt(6 / 700) + 1e-6, "Xavier's bound")
  test.same(nn.init.constant(tensor.empty(2), 3), { 3, 3 })
  local p = tensor.empty(2, 2):requires_grad()
  test.truth(nn.init.normal(p).needs_grad, "an initialised parameter still needing its gradient")
end)

test("losses", function()
  local x, t = tensor { 1, 2, 3 }, tensor { 1, 4, 0 }
  close(nn.mse(x, t), 13 / 3)
  close(nn.l1(x, t), 5 / 3)
  close(nn.mse { x, t, reduction = "sum" }, 13)
  close(nn.mse { x, t, reduction = "none" }, { 0, 4, 9 })
  close(nn.smooth_l1(x, t), (0 + 1.5 + 2.5) / 3)
  close(nn.bce_logits(tensor { 0, 2 }, tensor { 1, 0 }), (0.6931472 + 2.1269280) / 2)
  local scores, labels = tensor { { 1, 2, 3 }, { 3, 2, 1 } }, tensor({ 3, 3 }, { dtype = "i64" })
  close(nn.cross_entropy(scores, labels), (0.4076060 + 2.4076060) / 2)
  close(nn.cross_entropy { scores, labels, smoothing = 0.1 }, 1.4076060)
  close(nn.cross_entropy { scores, tensor({ 3, 1 }, { dtype = "i64" }), ignore = 1 }, 0.4076060)
  close(nn.nll(scores:log_softmax(2), labels), (0.4076060 + 2.4076060) / 2)
end)
test("losses far out stay finite", function()
  close(nn.bce_logits(tensor { 1000, -1000 }, tensor { 1, 0 }), 0)
  close(nn.bce_logits(tensor { -1000 }, tensor { 1 }), 1000)
  close(nn.cross_entropy(tensor { { 1000, 0 } }, tensor({ 2 }, { dtype = "i64" })), 1000)
end)

test("print shows layers, output shapes and parameters", function()
  local text = tostring(nn.Sequential { nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10) })
  for _, part in ipairs { "Sequential", "Linear(784,128)", "f32[1,128]", "100 480", "f32[1,10]", "1 290",
    "101 770 parameters" } do
    test.truth(text:find(part, 1, true), part .. " in " .. text)
  end
end)
test("summary of a given input", function()
  local text = nn.Sequential { nn.ReLU(), nn.Linear(4, 2) }:summary { 7, 4 }
  test.truth(text:find("f32[7,2]", 1, true), "f32[7,2] in " .. text)
end)
test("what does not fit is listed whole, and nothing is loaded by half", function()
  local net = nn.Sequential { nn.Linear(3, 4), nn.Linear(4, 2), nn.Linear(2, 2) }
  local state = nn.Sequential { nn.Linear(3, 4), nn.Linear(5, 2) }:state()
  state["1.bias"], state.extra = nil, tensor.ones(2)
  local before = net[1].weight:detach():clone()
  test.fails_with({ "'2.weight' is f32[5,2] in the file, f32[4,2] in Sequential",
    "the file has no 1.bias, 3.bias, 3.weight", "the network has no extra" }, net.load_state, net, state)
  test.same(net[1].weight:detach(), before)
end)
test("state and load_state", function()
  local a, b = nn.Linear(2, 3), nn.Linear(2, 3)
  b:load_state(a:state())
  test.same(b.weight:detach(), a.weight:detach())
  test.fails_with({ "load: the file has no bias" }, function() b:load_state { weight = a.weight:detach() } end)
  test.fails_with({ "load: the network has no extra" },
    function() b:load_state { weight = a.weight:detach(), bias = a.bias:detach(), extra = tensor { 1 } } end)
  test.fails_with({ "load: 'weight' is f32[3] in the file, f32[2,3] in Linear(2,3)" },
    function() b:load_state { weight = tensor.zeros(3), bias = a.bias:detach() } end)
  b:load_state({ bias = tensor.ones(3) }, { strict = false })
  test.same(b.bias:detach(), { 1, 1, 1 })
end)
test("save and load as .safetensors", function()
  local file = os.tmpname() .. ".safetensors"
  local a = nn.Sequential { nn.Linear(2, 3), nn.BatchNorm(3), nn.Linear(3, 1) }
  local b = nn.Sequential { nn.Linear(2, 3), nn.BatchNorm(3), nn.Linear(3, 1) }
  a(tensor.randn(10, 2))
  assert(a:save(file))
  assert(b:load(file))
  os.remove(file)
  for i, entry in ipairs(a:named_tensors()) do
    test.same(b:named_tensors()[i][2]:detach(), entry[2]:detach())
  end
  local none, why = b:load "no/such/file.safetensors"
  test.equal(none, nil)
  test.truth(tostring(why):find("no/such/file.safetensors", 1, true), "the file in the message")
end)
test("freeze and unfreeze", function()
  local net = nn.Sequential { nn.Linear(2, 2), nn.Linear(2, 2) }
  net:freeze "^1%."
  net(tensor.randn(1, 2)):sum():backward()
  test.equal(net[1].weight.grad, nil)
  test.truth(net[2].weight.grad, "a gradient of what is not frozen")
  net:unfreeze()
  test.equal(net[1].weight.needs_grad, true)
end)
test("to another dtype", function()
  local net = nn.Linear(2, 2):to "f64"
  test.dtype(net.weight, "f64")
  test.dtype(net(tensor.randn(1, 2, { dtype = "f64" })), "f64")
end)
-- An inverted residual as three convolutions.
local function apart(o)
  local act = o.act or "relu6"
  local y = o.widen and nn.conv2d { o[1], o.widen, o.widen_b, act = act } or o[1]
  y = nn.conv2d { y, o.depth, o.depth_b, stride = o.stride, padding = o.depth:size(1) // 2, groups = y:size(4),
    act = act }
  return nn.conv2d { y, o.narrow, o.narrow_b, residual = o.skip and o[1] or nil, act = o.last }
end

test("an inverted residual in one pass has the bits of its three convolutions", function()
  tensor.seed(1)
  math.randomseed(1)
  local random, threads = math.random, lunette.threads()
  for n = 1, 120 do
    local dtype = n % 4 == 0 and "f64" or "f32"
    local function randn(...) return tensor.randn { dtype = dtype, ... } end
    local N, H, W, I = random(0, 9), random(1, 40), random(1, 40), random(1, 24)
    if n % 10 == 0 then N, H, W = 5, 60, 70 end -- several strips an image
    if n % 10 == 5 then N, H, W, I = 8, random(8, 13), random(8, 13), random(90, 110) end -- sums in two goes
    local k, s, wide, skip = 2 * random(0, 2) + 1, random(1, 2), random(4) > 1, random(2) == 1
    local h = wide and I * random(1, 6) or I
    skip = skip and s == 1
    local O = skip and I or random(1, 70)
    local o = { randn(N, H, W, I), widen = wide and randn(1, 1, I, h) or nil, widen_b = wide and randn(h) or nil,
      depth = randn(k, k, 1, h), depth_b = random(2) == 1 and randn(h) or nil, narrow = randn(1, 1, h, O),
      narrow_b = random(2) == 1 and randn(O) or nil, stride = s, act = ({ "none", "relu", "relu6" })[random(3)],
      skip = skip, last = ({ "none", "relu", "relu6" })[random(3)] }
    local wanted = apart(o)
    lunette.threads(random(1, 4))
    local y = nn.inverted_residual(o)
    assert(tensor.same_shape(y, wanted) and y:eq(wanted):all():item(), n)
  end
  lunette.threads(threads)
end)

test("an inverted residual in one pass stores nothing of what lies between", function()
  local o = { tensor.randn(8, 40, 40, 16), widen = tensor.randn(1, 1, 16, 96), depth = tensor.randn(3, 3, 1, 96),
    narrow = tensor.randn(1, 1, 96, 16), skip = true }
  local function peak(f)
    collectgarbage()
    collectgarbage()
    lunette.reset_peak()
    local before = lunette.memory().live
    f(o)
    return lunette.memory().peak - before
  end
  local wide = 8 * 40 * 40 * 96 * 4
  assert(peak(nn.inverted_residual) < wide / 2 and peak(apart) > 2 * wide)
end)

test("nn.InvertedResidual in eval mode: with gradients recorded, and without in one pass", function()
  tensor.seed(2)
  for _, o in ipairs { { 8, 8 }, { 8, 12, stride = 2 }, { 8, 8, expand = 1 } } do
    local net = nn.InvertedResidual(o)
    for _ = 1, 3 do net(tensor.randn(6, 12, 12, 8) * 2 + 1) end -- running statistics
    net:eval()
    local x = tensor.randn(6, 12, 12, 8)
    local y, z = net(x), tensor.no_grad(net, x)
    assert(y.needs_grad and not z.needs_grad)
    test.close(z, y:detach(), 2e-5)
    net.narrow.norm.weight:detach():mul_(2) -- the folded weights follow
    test.close(tensor.no_grad(net, x), net(x):detach(), 2e-5)
  end
end)

test("nn.InvertedResidual whose parts were exchanged computes with the new ones", function()
  tensor.seed(4)
  local x = tensor.randn(6, 12, 12, 8) * 4
  for _, change in ipairs {
    function(net) net.depth = nn.ConvNorm { 48, 48, 3, groups = 48, act = "relu" } end,
    function(net) net.depth = nn.ConvNorm { 48, 48, 5, groups = 48, padding = 2, act = "relu6" } end,
    function(net) net.depth = nn.ConvNorm { 48, 48, 3, act = "relu6" } end,
    function(net) net.depth.act = "leaky" end,
    function(net) net.widen = nn.ConvNorm { 8, 48, 3, act = "relu6" } end,
    function(net) net.narrow = nn.ConvNorm { 48, 8, 1, act = "relu" } end,
  } do
    local net = nn.InvertedResidual(8, 8)
    change(net)
    net:eval()
    test.close(tensor.no_grad(net, x), net(x):detach(), 1e-4)
  end
end)

test("an inverted residual says what does not fit", function()
  local x, w, d, n = tensor.ones(1, 5, 5, 2), tensor.ones(1, 1, 2, 4), tensor.ones(3, 3, 1, 4), tensor.ones(1, 1, 4, 3)
  local function fails(message, o)
    test.fails("inverted_residual: " .. message, nn.inverted_residual,
      { x, widen = o.widen or w, depth = o.depth or d, narrow = o.narrow or n, depth_b = o.depth_b, stride = o.stride,
        skip = o.skip })
  end
  fails("depth must be [k,k,1,C] for 4 channels, got f32[1,1,4,3]", { depth = n })
  fails("widen must be [1,1,C,O] for 2 channels, got f32[1,1,4,3]", { widen = n })
  fails("depth_b must be [4], got f32[3]", { depth_b = tensor.ones(3) })
  fails("narrow must have 4 dimensions, got f32[3]", { narrow = tensor.ones(3) })
  fails("stride must be 1 or more, got 0", { stride = 0 })
  fails("skip adds x f32[1,5,5,2] to f32[1,5,5,3]: shapes differ", { skip = true })
  fails("it has no gradient; call it in tensor.no_grad(function() ... end)", { widen = w:clone():requires_grad() })
end)

test("max pooling is the same whether a gradient is recorded or not", function()
  local x = tensor.randn(2, 9, 8, 19)
  x[{ 1, 2, 3 }] = 0 / 0
  local windows = { { kernel = 2 }, { kernel = 3, stride = 2, padding = 1 }, { kernel = { 2, 3 }, ceil_mode = true } }
  for _, o in ipairs(windows) do
    o[1] = x
    local y = nn.max_pool2d(o)
    o[1] = x:clone():requires_grad()
    local z = nn.max_pool2d(o):detach()
    assert(y:isnan():any():item() and (y:eq(z) | (y:isnan() & z:isnan())):all():item())
  end
end)

test("nn.winograd turns the way of 3 x 3 convolutions", function()
  tensor.seed(1)
  local x, w = tensor.randn(1, 24, 24, 64), tensor.randn(3, 3, 64, 64)
  local exact = nn.conv2d(x:to "f64", w:to "f64")
  local function far() return (nn.conv2d(x, w):to "f64" - exact):abs():max():item() / exact:abs():max():item() end
  test.equal(nn.winograd(false), true)
  local direct = far()
  test.equal(nn.winograd(true), false)
  local other = far()
  assert(direct < 2e-6 and other < 1e-5 and other > direct, ("%g %g"):format(direct, other))
  test.fails("nn.winograd: true or false expected, got number", nn.winograd, 1)
end)

test("a kernel larger than the side, with ceil_mode: values of PyTorch", function()
  local cases = { { 3, 5, nil, 0, { 9 }, { 5 } }, { 3, 5, 2, 2, { 9, 9, 9, 9 }, { 1.8, 1.8, 1.8, 1.8 } },
    { 3, 4, 3, 1, { 9, 9, 9, 9 }, { 2.8125, 2.25, 3, 2.25 } }, { 3, 6, 5, 0, { 9 }, { 5 } }, { 3, 5, 2, 0 },
    { 2, 7, 3, 1 }, { 3, 5, 1, 0 } }
  for _, c in ipairs(cases) do
    local x = (tensor.arange(c[1] * c[1])):to "f32":view(1, c[1], c[1], 1)
    for i, op in ipairs { "max_pool2d", "avg_pool2d" } do
      local o = { x, kernel = c[2], stride = c[3], padding = c[4], ceil_mode = true }
      if c[4 + i] then test.close(nn[op](o):view(-1), c[4 + i], 1e-6)
      else test.fails_with({ op .. ": kernel " .. c[2] .. " is larger than x" }, nn[op], o) end
    end
  end
end)
test("a call gives all that forward gives", function()
  local Many = nn.class "Many"
  function Many:forward(x, n) -- luacheck: no self
    local list = {}
    for k = 1, n do list[k] = x * k end
    return table.unpack(list, 1, n)
  end
  local net = Many()
  for n = 0, 7 do
    local list = table.pack(net(tensor { 1 }, n))
    test.equal(list.n, n)
    for k = 1, n do test.same(list[k], { k }) end
  end
end)

test("an activation in the same pass as a convolution has the gradient of itself at infinity", function()
  for act, want in pairs { relu = 1, leaky = 1, relu6 = 0, none = 1 } do
    local b = tensor { 0 }:requires_grad()
    nn.conv2d { tensor { 1 / 0 }:view(1, 1, 1, 1), tensor.ones(1, 1, 1, 1), b, act = act }:sum():backward()
    assert(b.grad:item() == want, act)
  end
end)

-- Infinite gradients of pixels that the activation cut off are zeros, not 0 times infinity.
test("an activation in the same pass stops infinite gradients", function()
  for act, slope in pairs { relu = 0, relu6 = 0, leaky = 0.1 } do
    for _, layer in ipairs { function(x, w) return nn.conv2d { x, w, act = act } end,
      function(x, w) return nn.conv1d { x:view(1, 2, 1), w:view(1, 1, 1), act = act } end } do
      local x = tensor { -2, 3 }:view(1, 1, 2, 1):requires_grad()
      local y = layer(x, tensor.ones(1, 1, 1, 1))
      y:backward(tensor { 1 / 0, 5 }:view(table.unpack(y.shape)))
      test.same(x.grad:view(2), { slope == 0 and 0 or 1 / 0, 5 })
    end
  end
  local x = tensor { { -1, 2 }, { 1, 3 } }:requires_grad()
  nn.batch_norm { x, train = true, act = "relu" }:backward(tensor { { 1 / 0, 1 }, { 1, 1 } })
  test.truth(x.grad:isfinite():all())
end)

test("a result with an activation that is changed in place is refused on the way back", function()
  local x, w = tensor.randn(2, 4, 4, 3), tensor.randn(3, 3, 3, 5)
  local layers = {
    conv2d = function(z) return nn.conv2d { z, w, padding = 1, act = "relu" } end,
    conv1d = function(z) return nn.conv1d { z:view(2, 16, 3), w[1], act = "leaky" } end,
    batch_norm = function(z) return nn.batch_norm { z, train = true, act = "relu" } end,
  }
  for _, layer in pairs(layers) do
    for _, change in ipairs { function(y) y:zero_() end, function(y) y:detach():zero_() end } do
      local z = x:detach():requires_grad()
      local y = layer(z)
      tensor.no_grad(change, y)
      test.fails_with({ "was changed in place" }, function() y:backward(tensor.ones(y.shape)) end)
    end
    local z = x:detach():requires_grad()
    local y = layer(z)
    y:backward(tensor.ones(y.shape))
    tensor.no_grad(function() y:zero_() end)
  end
end)

test.done()
