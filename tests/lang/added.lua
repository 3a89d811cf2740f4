--- added.lua: what PyTorch's users expect beside the basics: values are in golden.lua (tests/golden/added.lua); here is
-- what cannot be written there: refusals, kinks, kinds of numbers, chance.
local test = dofile "tests/check.lua"

local function i64(...) return tensor({ ... }, { dtype = "i64" }) end

test("what does not fit is refused with what it is", function()
  local x = tensor.ones(2, 3)
  test.fails_with({ "dim 3 of 2 dimensions" }, function() x:movedim(1, 3) end)
  test.fails_with({ "dim 1 stands twice" }, function() x:movedim({ 1, 1 }, { 1, 2 }) end)
  test.fails_with({ "2 dimensions go to 1 places" }, function() x:movedim({ 1, 2 }, 1) end)
  test.fails_with({ "trace: f32[1,2,3] is no matrix" }, function() x:reshape(1, 2, 3):trace() end)
  test.fails_with({ "must be 3 numbers" }, function() x:cross(tensor.ones(2, 4)) end)
  test.fails_with({ "n must be a whole number from 0 on" }, function() x:diff { n = -1 } end)
  test.fails_with({ "has no dimension" }, function() tensor(3):diff() end)
  test.fails_with({ "tensordot: the dims differ in size: a f32[2,3] at {2}, b f32[2,3] at {1}" },
    function() tensor.tensordot(x, x, 1) end)
  test.fails_with({ "a number of dimensions that both have" }, function() tensor.tensordot(x, x, 3) end)
  test.fails_with({ "a whole number from 0 on" }, function() x:repeat_interleave(-1) end)
  test.fails_with({ "for 3 elements" }, function() x:repeat_interleave(i64(1, 2), { dim = 2 }) end)
  test.fails_with({ "must not be negative" }, function() x:repeat_interleave(i64(1, -2), { dim = 1 }) end)
  test.fails_with({ "no vectors" }, function() tensor.meshgrid() end)
  test.fails_with({ "is no vector" }, function() tensor.meshgrid(x) end)
  test.fails_with({ '"ij" or "xy"' }, function() tensor.meshgrid { tensor.ones(2), indexing = "yx" } end)
  test.fails_with({ "are no multiple of 4" }, function() tensor.ones(1, 2, 2, 6):pixel_shuffle(2) end)
  test.fails_with({ "no multiples of 2" }, function() tensor.ones(1, 3, 2, 6):pixel_unshuffle(2) end)
  test.fails_with({ "must be in 0..1" }, function() (tensor.ones(2) * 2):bernoulli() end)
  test.fails_with({ "f32 or f64" }, function() i64(1):bernoulli() end)
  test.fails_with({ "k 4 outside 1..3" }, function() x:kthvalue(4) end)
  test.fails_with({ "sorted f32[2,3] for values f32[3,1]" }, function() x:searchsorted(tensor.ones(3, 1)) end)
  test.fails_with({ "cholesky: matrix 1 of f32[2,2] is not positive definite (leading minor 2)" },
    function() tensor { { 1, 2 }, { 2, 1 } }:cholesky() end)
  test.fails_with({ "det: f32[2,3] is no square matrix" }, function() x:det() end)
  test.fails_with({ "qr: f32[2,2] has elements" }, function() (tensor.ones(2, 2) / 0):qr() end)
  test.fails_with({ "lstsq: x f32[2,3] and b f32[3] do not fit" }, function() x:lstsq(tensor.ones(3)) end)
  test.fails_with({ "lstsq: f32[2,3] has no full rank" }, function() x:lstsq(tensor.ones(2)) end)
  test.fails_with({ "cdist: x f32[2,3] and y f32[2,2] do not fit" }, function() x:cdist(tensor.ones(2, 2)) end)
  test.fails_with({ "cdist: p must be a number from 0 on, got -1" }, function() x:cdist(x, -1) end)
  test.fails_with({ "an empty dimension has no greatest element" }, function() tensor.zeros(2, 0):norm(1 / 0, 2) end)
  test.fails_with({ "gamma must be f32[2,3] for f32[2,3], got f32[3]" }, function()
    nn.layer_norm { x, tensor.ones(3), dims = 2 }
  end)
  test.fails_with({ "x f32[2,3] has no last 3 dimensions" }, function() nn.rms_norm { x, dims = 3 } end)
  test.fails_with({ "scatter: index 4 outside 1..3" }, function() x:scatter(2, i64(4):view(1, 1), x) end)
  test.fails_with({ "scatter_reduce: x must be numbers, got bool" }, function()
    x:gt(0):scatter_reduce(2, i64(1):view(1, 1), x:gt(0))
  end)
  local volume = tensor.ones(1, 2, 2, 2, 4)
  test.fails_with({ "conv3d: x must be [N,D,H,W,C]" }, function() nn.conv3d(x, x) end)
  test.fails_with({ "conv3d: channels differ", "has 4", "takes 3" }, function()
    nn.conv3d(volume, tensor.ones(1, 1, 1, 3, 2))
  end)
  test.fails_with({ "conv3d: the kernel of 3", "leaves nothing of 2" }, function()
    nn.conv3d(volume, tensor.ones(3, 1, 1, 4, 2))
  end)
  test.fails_with({ "conv3d: stride must be one or three whole numbers from 1 on" }, function()
    nn.conv3d { volume, tensor.ones(1, 1, 1, 4, 2), stride = { 1, 2 } }
  end)
  test.fails_with({ "output_padding must be less than the stride" }, function()
    nn.conv_transpose3d { volume, tensor.ones(1, 1, 1, 4, 2), output_padding = 1 }
  end)
  test.fails_with({ "max_pool1d: x must be a float [N,T,C]" }, function() nn.max_pool1d { x, kernel = 2 } end)
  test.fails_with({ "padding must be from 0 on and less than the window's 2" }, function()
    nn.max_pool1d { tensor.ones(1, 4, 1), kernel = 2, padding = { 2, 0 } }
  end)
  test.fails_with({ "divisor must not be 0" }, function() nn.avg_pool3d { volume, kernel = 1, divisor = 0 } end)
  test.fails_with({ "a tensor or a whole number" }, function() tensor.repeat_interleave(x) end)
end)

test("whole numbers and bools stay what they are", function()
  test.same(i64(1, 4, 9):diff(), { 3, 5 })
  test.dtype(i64(1, 4, 9):diff(), "i64")
  test.same(tensor { 1, 1, 0 }:gt(0):diff(), { false, true })
  test.same(i64(1, 0, 0):cross(i64(0, 1, 0)), { 0, 0, 1 })
  test.same(i64(7, 8):repeat_interleave(2), { 7, 7, 8, 8 })
  test.same(i64(5, 3, 9):kthvalue(2), 5)
  test.same(tensor.tensordot(i64(1, 2), i64(3, 4), 1), 11)
  test.same(i64(2 ^ 53 | 0, (2 ^ 53 | 0) + 2):searchsorted(i64((2 ^ 53 | 0) + 1)), { 2 })
end)

test("scatter and its kin on whole numbers, negative places and repeated ones", function()
  local x, ids = i64(10, 20, 30), i64(1, -1, 1)
  test.same(x:scatter(1, ids, i64(1, 2, 3)), { 3, 20, 2 })
  test.same(x:scatter(1, ids, 7), { 7, 20, 7 })
  test.same(x:scatter_reduce(1, ids, i64(1, 2, 4), { reduce = "mean" }), { 5, 20, 16 })
  test.same(x:scatter_reduce(1, ids, i64(-3, 2, -4), { reduce = "mean", include_self = false }), { -4, 20, 2 })
  test.same(x:scatter_reduce(1, ids, i64(1, 2, 40), { reduce = "amax" }), { 40, 20, 30 })
  test.same(x:to("u8"):scatter_reduce(1, ids, i64(2, 3, 2):to "u8", { reduce = "prod" }), { 40, 20, 90 })
  test.same(tensor { 1, 2 }:gt(5):scatter(1, i64(2), tensor { 1 }:gt(0)), { false, true })
  local nan = tensor { 1, 2 }:scatter_reduce(1, i64(1), tensor { 0 / 0 }, { reduce = "amax" })
  test.truth(nan[1] ~= nan[1], "NaN that stays")
end)

local f64 = { dtype = "f64" }
test("of repeated places the last one alone has scatter's gradient", function()
  local src = tensor({ 1, 2, 3 }, f64):requires_grad()
  tensor.zeros(2, f64):scatter(1, i64(1, 1, 2), src):sum():backward()
  test.same(src.grad, { 0, 1, 1 })
end)

test("double checks at kinks: products with zeros, singular determinants, ties, Cholesky's factor", function()
  local ids = i64(1, 1, 2, 2, 3):view(1, 5)
  for _, zeros in ipairs { { 1, 2, 3, 4, 5 }, { 0, 2, 3, 4, 5 }, { 0, 0, 3, 4, 0 } } do
    local src = tensor { zeros, dtype = "f64" }
    for _, own in ipairs { true, false } do
      local ok, _, text = tensor.gradcheck(function(x, s)
        return x:scatter_reduce(2, ids, s, { reduce = "prod", include_self = own })
      end, tensor { { 2, 0, 3 }, dtype = "f64" }, src)
      test.truth(ok, text .. ", which is right,")
    end
  end
  for _, m in ipairs { { { 1, 2, 3 }, { 4, 5, 6 }, { 7, 8, 9 } }, { { 0, 0 }, { 0, 0 } }, { { 2, 0 }, { 0, 0 } },
    { { 0, 1 }, { 1, 0 } } } do
    local ok, _, text = tensor.gradcheck(function(x) return x:det() end, tensor(m, f64))
    test.truth(ok, text .. ", which is right,")
  end
  local ok, _, text = tensor.gradcheck(function(x) return (x:mm(x:t()) + tensor.eye(5):to "f64"):cholesky() end,
    tensor.randn { 5, 5, dtype = "f64", rng = tensor.rng(3) })
  test.truth(ok, text .. ", which is right,")
  local x = tensor({ { 2, -2, 1 } }, f64):requires_grad()
  x:norm(1 / 0):backward()
  test.same(x.grad, { { 0.5, -0.5, 0 } })
  test.fails_with({ "slogdet: matrix 1 is singular" }, function()
    local s, l = tensor.ones(2, 2):requires_grad():slogdet()
    test.same(s, 0)
    l:backward()
  end)
end)

test("the determinant of a large matrix, by its logarithm", function()
  local sign, l = (tensor.eye(400) * -100):slogdet()
  test.same(sign, 1)
  test.close(l, 400 * math.log(100), 1e-2)
end)

test("nn.LayerNorm and nn.RMSNorm over several dimensions", function()
  local x = tensor.randn(4, 2, 3)
  test.close(nn.LayerNorm(2, 3)(x):mean { dim = { 2, 3 } }, { 0, 0, 0, 0 }, 1e-6)
  test.close(nn.RMSNorm({ 2, 3 }, { eps = 0 })(x):square():mean { dim = { 2, 3 } }, { 1, 1, 1, 1 }, 1e-5)
  test.shape(nn.LayerNorm { 2, 3 }.weight, { 2, 3 })
  test.equal(nn.RMSNorm(5).bias, nil)
  local net = nn.Sequential { nn.RMSNorm(2, 3), nn.LayerNorm(2, 3), nn.RMSNorm { 3, affine = false } }
  local path = os.tmpname() .. ".onnx"
  assert(net:export(path, { input = { 1, 2, 3 } }))
  test.close(assert(nn.onnx(path))(x), net(x), 1e-5)
end)

test("a window in the border alone has no greatest element and no gradient", function()
  local x = tensor { { { 1 }, { 2 } } }:requires_grad()
  local y = nn.max_pool1d { x, kernel = 2, padding = 1, dilation = 3 }
  test.same(y:detach(), { { { -1 / 0 } } })
  y:backward()
  test.same(x.grad, { { { 0 }, { 0 } } })
end)

-- Windows of x [N,H,W,C] by shifted copies: best(a, b) of the elements, `edge` around.
local function by_shifts(x, kernel, stride, padding, edge, best)
  local p = x:pad({ padding, padding, padding, padding }, { dims = { 2, 3 }, value = edge })
  local y
  for i = 1, kernel[1] do
    for j = 1, kernel[2] do
      local from = p[{ {}, { i, i + p:size(2) - kernel[1], stride }, { j, j + p:size(3) - kernel[2], stride } }]
      y = y and best(y, from) or from
    end
  end
  return y
end
local function with_gradient(f, x)
  local leaf = x:clone():requires_grad()
  local y = f(leaf)
  y:backward(tensor.arange(1, y:numel(), { dtype = x.dtype }):reshape(y.shape) % 7)
  return y:detach(), leaf.grad
end
test("pooling of any number of channels is that of shifted copies", function()
  test.each({ "f32", "f64" }, { 1, 2, 3, 4, 5, 8, 9, 16, 17, 33 },
    { { { 2, 2 }, 2, 0 }, { { 3, 3 }, 2, 1 }, { { 3, 2 }, 1, 1 }, { { 5, 5 }, 1, 2 }, { { 1, 9 }, 1, 0 },
      { { 9, 10 }, 3, 0 } },
    function(dtype, C, how)
      local kernel, stride, padding = table.unpack(how)
      local x = tensor.randperm(2 * 9 * 10 * C):to(dtype):reshape(2, 9, 10, C) / 64
      local opt = { kernel = kernel, stride = stride, padding = padding }
      local y, dx = with_gradient(function(z) return nn.max_pool2d(z, opt) end, x)
      local want, slope = with_gradient(function(z)
        return by_shifts(z, kernel, stride, padding, -math.huge, tensor.maximum)
      end, x)
      test.same(y, want)
      test.same(dx, slope)
      test.same(nn.max_pool2d(x, opt), want) -- which notes no places
      y, dx = with_gradient(function(z) return nn.avg_pool2d(z, opt) end, x)
      want, slope = with_gradient(function(z)
        return by_shifts(z, kernel, stride, padding, 0, function(a, b) return a + b end) / (kernel[1] * kernel[2])
      end, x)
      test.close(y, want, 1e-5)
      test.close(dx, slope, 1e-5)
    end)
end)

test("volumes, sequences and transposed convolutions go to ONNX and back", function()
  local nets = {
    { nn.Sequential { nn.Conv3d(2, 4, 2, { stride = 2, padding = { 1, 0, 0, 1, 1, 0 } }),
      nn.MaxPool3d(2, { stride = 1 }),
      nn.ConvTranspose3d(4, 2, 3, { stride = 2, groups = 2 }), nn.AvgPool3d(2) }, { 1, 4, 5, 6, 2 } },
    { nn.Sequential { nn.ConvTranspose1d(2, 4, 4, { stride = 2, padding = "same" }),
      nn.MaxPool1d { 3, padding = { 2, 1 } },
      nn.AvgPool1d(2) }, { 1, 7, 2 } },
    { nn.Sequential { nn.ConvTranspose2d(4, 2, 3, { stride = 2, padding = 1, groups = 2 }),
      nn.MaxPool2d { 2, stride = 1, dilation = 2 } }, { 1, 4, 5, 4 } },
  }
  for _, n in ipairs(nets) do
    local path, x = os.tmpname() .. ".onnx", tensor.randn(n[2])
    assert(n[1]:export(path, { input = n[2] }))
    test.close(assert(nn.onnx(path))(x), n[1](x), 1e-5)
  end
end)

-- A leaf that steps three times with the gradient -1, 2, 0.5 times it.
local function stepped(opt_of)
  local w = tensor({ 1, -2, 3 }, { dtype = "f64" }):requires_grad()
  local opt = opt_of { w }
  for _, k in ipairs { -1, 2, 0.5 } do opt:step((w * tensor({ 1, -2, 0.3 }, { dtype = "f64" }) * k):sum()) end
  return w:detach(), opt
end

test("amsgrad and Adagrad's initial accumulator are PyTorch's", function()
  -- the rules by hand: v never falls; the sum starts at 2
  local function by_hand(rule)
    local w, g = { 1, -2, 3 }, { 1, -2, 0.3 }
    for i = 1, 3 do
      local m, v, top, sum = 0, 0, 0, 2
      for t, k in ipairs { -1, 2, 0.5 } do
        local d = g[i] * k
        m, v = 0.9 * m + 0.1 * d, 0.5 * v + 0.5 * d * d
        top, sum = math.max(top, v), sum + d * d
        if rule == "amsgrad" then
          w[i] = w[i] - 0.1 / (1 - 0.9 ^ t) * m / (math.sqrt(top) / math.sqrt(1 - 0.5 ^ t) + 1e-8)
        else
          w[i] = w[i] - 0.1 * d / (math.sqrt(sum) + 1e-10)
        end
      end
    end
    return w
  end
  local w, opt = stepped(function(p) return optim.Adam { p, lr = 0.1, betas = { 0.9, 0.5 }, amsgrad = true } end)
  test.close(w, by_hand "amsgrad", 1e-12)
  local plain = stepped(function(p) return optim.Adam { p, lr = 0.1, betas = { 0.9, 0.5 } } end)
  test.truth((plain - w):abs():max():item() > 1e-3, "another way than Adam's")
  test.truth(opt:state()["1.1.3"], "its greatest v in the state")
  w = stepped(function(p) return optim.Adagrad { p, lr = 0.1, initial_accumulator = 2 } end)
  test.close(w, by_hand "adagrad", 1e-12)
end)

test("schedules in steps and along a line", function()
  local rate = optim.multi_step { 1, at = { 2, 4 }, factor = 0.5 }
  local got = {}
  for step = 1, 6 do got[step] = rate(step) end
  test.close(tensor(got), { 1, 1, 0.5, 0.5, 0.25, 0.25 }, 1e-7)
  rate = optim.linear { 1, steps = 4, start = 0.5 }
  for step = 1, 6 do got[step] = rate(step) end
  test.close(tensor(got), { 0.5, 0.625, 0.75, 0.875, 1, 1 }, 1e-7)
  test.fails_with({ "at is a list of whole numbers" }, function() optim.multi_step { 1, at = 3 } end)
end)

test("gradients are clipped by any norm", function()
  for _, groups in ipairs { false, true } do
    for p, norm in pairs { [1] = 7, [3] = 91 ^ (1 / 3), [1 / 0] = 4 } do
      local a, b = tensor { 0, 0 }:requires_grad(), tensor { 0 }:requires_grad()
      local opt = optim.SGD { groups and { { a }, { b, lr = 1 } } or { a, b }, lr = 1 }
      ;((a * tensor { 3, 0 }):sum() + b:sum() * -4):backward()
      test.close(tensor(opt:clip_grad_norm(1, { p = p })), norm, 1e-5)
      test.close(tensor(opt:clip_grad_norm(nil, p)), 1, 1e-5)
    end
  end
  test.fails_with({ "p must be a number above 0" }, function()
    optim.SGD { tensor { 0 }:requires_grad() }:clip_grad_norm(1, { p = 0 })
  end)
end)

test("attention of few queries, which leave keys and values where they lie, is what its formula says", function()
  test.each({ "f32", "f64" }, { 1, 2, 3, 4, 5, 6 }, { { 37, 7 }, { 5, 16 }, { 64, 33 } }, { "plain", "causal", "mask" },
    function(dtype, queries, sizes, kind)
      local keys, Dv = table.unpack(sizes)
      if kind == "causal" and keys < queries then return end
      local o = { dtype = dtype }
      local x = { tensor.randn(2, 3, queries, 9, o), tensor.randn(2, 3, keys, 9, o), tensor.randn(2, 3, keys, Dv, o) }
      local mask = kind == "mask" and tensor.rand(queries, keys):gt(0.3) or nil
      local hidden = kind == "causal" and tensor.ones(queries, keys):triu(1 + keys - queries):gt(0)
        or mask and mask:logical_not() or tensor.zeros(queries, keys):gt(0)
      local function run(f)
        local leaves = {}
        for i, t in ipairs(x) do leaves[i] = t:clone():requires_grad() end
        local y = f(table.unpack(leaves))
        y:backward(y:detach() + 0.5)
        return { y:detach(), leaves[1].grad, leaves[2].grad, leaves[3].grad }
      end
      local got = run(function(q, k, v) return nn.attention { q, k, v, mask, causal = kind == "causal" } end)
      local want = run(function(q, k, v)
        return (q:mm(k:transpose(3, 4)) / 3):masked_fill(hidden, -math.huge):softmax(4):nan_to_num():mm(v)
      end)
      for i = 1, 4 do test.close(got[i], want[i], dtype == "f32" and 3e-5 or 1e-11) end
    end)
end)

test("products of short sides and long runs are sums of products", function()
  test.each({ "f32", "f64" }, { 1, 5, 15, 16, 17 }, { 3, 5, 16, 17 }, { 33, 63, 64, 65, 200 }, function(dtype, M, N, K)
    local o = { dtype = dtype }
    local a, b, tol = tensor.randn(3, M, K, o), tensor.randn(3, N, K, o), dtype == "f32" and 1e-4 or 1e-12
    local want = (a:reshape(3, M, 1, K) * b:reshape(3, 1, N, K)):sum(4)
    test.close(a:mm(b:transpose(2, 3)), want, tol)
    test.close(a[2]:mm(b[2]:t()), want[2], tol)
    test.close(b[2]:mm(a[2]:t()), want[2]:t(), tol)
    test.close(a[1]:contiguous():mm(b[1]:t():contiguous()), want[1], tol)
  end)
end)

test("the weights of attention on request", function()
  local net, x = nn.MultiheadAttention(4, 2):eval(), tensor.randn(2, 3, 4)
  local y, w = net(x, { weights = true, causal = true })
  test.close(y, net(x, { causal = true }), 1e-6)
  test.shape(w, { 2, 3, 3 })
  test.close(w:sum(3), { { 1, 1, 1 }, { 1, 1, 1 } }, 1e-6)
  test.same(w:triu(1), { { { 0, 0, 0 }, { 0, 0, 0 }, { 0, 0, 0 } }, { { 0, 0, 0 }, { 0, 0, 0 }, { 0, 0, 0 } } })
  local _, each = net(x, { weights = "heads", key = tensor.randn(2, 5, 4) })
  test.shape(each, { 2, 2, 3, 5 })
  test.fails_with({ "MultiheadAttention: weights must be true, false or heads, got 1" }, net, x, { weights = 1 })
end)

test("options of a layer's call are checked as its own are, and explained with them", function()
  local x = tensor.randn(1, 3, 4)
  test.fails_with({ "TransformerEncoderLayer: unknown option 'memory_mask'" }, nn.TransformerEncoderLayer(4, 2, 8), x,
    { memory_mask = tensor.ones(3, 3) })
  test.fails_with({ "TransformerDecoderLayer: causal must be true or false, got 1" },
    nn.TransformerDecoderLayer(4, 2, 8), x, x, { causal = 1 })
  test.fails_with({ "GRU: unknown option 'c'" }, nn.GRU(4, 2), x, { c = tensor.zeros(1, 1, 2) })
  local names, entries = {}, require "vm.entries"
  for _, o in ipairs(entries.entry("nn.LSTM").options) do names[#names + 1] = o[1] end
  test.truth(table.concat(names, " "):find("bias {h} {c} {lengths}", 1, true), table.concat(names, " "))
  test.equal(table.concat(entries.options "nn.GRU", " "), "layers bidirectional dropout bias reset")
end)

test("scatter and scatter_add go to ONNX and back", function()
  for _, name in ipairs { "scatter", "scatter_add" } do
    local Net, ids = nn.class("Net" .. name), i64(2, 1, 1):view(1, 3)
    function Net:forward(x, at) return x[name](x, 2, at, x * 2) end
    local path, x = os.tmpname() .. ".onnx", tensor.randn(1, 3)
    assert(Net():export(path, { input = { { 1, 3 }, { 1, 3, dtype = "i64" } } }))
    test.close(assert(nn.onnx(path))(x, ids), Net()(x, ids), 1e-6)
  end
end)

test("of nothing comes nothing", function()
  local none = tensor.zeros(0, 3)
  test.shape(none:movedim(1, 2), { 3, 0 })
  test.shape(none:diff { dim = 1 }, { 0, 3 })
  test.shape(none:cross(none), { 0, 3 })
  test.shape(none:cosine_similarity(none), { 0 })
  test.shape(none:cdist(tensor.ones(2, 3)), { 0, 2 })
  test.shape(tensor.zeros(2, 0):cdist(tensor.zeros(3, 0)), { 2, 3 })
  test.same(tensor.zeros(0, 0):det(), 1)
  test.shape(tensor.zeros(3, 0):qr(), { 3, 0 })
  test.shape(none:scatter(1, tensor.zeros({ 0, 3 }, { dtype = "i64" }), none), { 0, 3 })
  test.shape(nn.rms_norm(none), { 0, 3 })
  test.shape(none:tile(2), { 0, 6 })
  test.shape(none:bernoulli(), { 0, 3 })
  test.shape(tensor.zeros(0, 2, 2, 4):pixel_shuffle(2), { 0, 4, 4, 1 })
end)

test("cosine_similarity at a zero vector is 0 with gradient 0", function()
  local x, y = tensor.zeros(3, { dtype = "f64" }):requires_grad(), tensor { 1, 2, 3, dtype = "f64" }
  local s = x:cosine_similarity(y)
  test.same(s, 0)
  s:backward()
  test.truth(x.grad:isfinite():all():item(), "a finite gradient")
end)

test("bernoulli comes as often as it says, the same for a seed, of x's dtype", function()
  local p = tensor.full({ 40000 }, 0.3)
  local share = p:bernoulli { rng = tensor.rng(1) }:mean():item()
  test.truth(math.abs(share - 0.3) < 4 * math.sqrt(0.3 * 0.7 / 40000), share .. " near 0.3, which")
  test.truth(p:bernoulli { rng = tensor.rng(5) } == p:bernoulli { rng = tensor.rng(5) }, "the same for a seed")
  test.same(tensor { 0, 1, dtype = "f64" }:bernoulli(), { 0, 1 })
  test.dtype(tensor { 0, 1, dtype = "f64" }:bernoulli(), "f64")
  test.truth(not p:detach():requires_grad():bernoulli().needs_grad, "no gradient")
end)

test.done()
