--- guards.lua: edits of the sources that no other test noticed (tests/mutate.sh plants them): gradients where elements
-- tie, are gathered twice or come from parts that nobody used; guards of the tape; means of fit; overlapping copies.
local test = dofile "tests/check.lua"

test("the gradient of max: shared among equals over all elements, the first's along a dimension", function()
  for _, name in ipairs { "max", "min" } do
    local x = tensor({ 1, 3, 3, 1, 3, 1 }):requires_grad()
    x[name](x):backward()
    local best = x:eq(name == "max" and 3 or 1):to "f32"
    test.close(x.grad, best / 3, 1e-6) -- PyTorch's amax and amin
    local rows = tensor { { 1, 3, 3, 1 }, { 2, 2, 2, 2 } }:requires_grad()
    local v = rows[name](rows, 2)
    v:sum():backward()
    test.same(rows.grad, { name == "max" and { 0, 1, 0, 0 } or { 1, 0, 0, 0 }, { 1, 0, 0, 0 } })
  end
end)

test("the gradient of atan2 far from 1 and near 0", function()
  for _, dtype in ipairs { "f32", "f64" } do
    for _, size in ipairs { 1e-30, 1e-20, 1, 1e20, 1e30 } do
      local function leaf(v) return tensor({ v * size }, { dtype = dtype }):requires_grad() end
      local y, x = leaf(3), leaf(-4)
      y:atan2(x):sum():backward()
      test.close(y.grad * size, tensor({ -4 / 25 }, { dtype = dtype }), 1e-6) -- x / (x^2 + y^2)
      test.close(x.grad * size, tensor({ -3 / 25 }, { dtype = dtype }), 1e-6)
    end
  end
end)

test("gather's gradient adds what was gathered often, at any number of threads", function()
  local before = lunette.threads()
  local ids = tensor.randint(1, 7, 300, 4000, { rng = tensor.rng(3) })
  for _, threads in ipairs { 1, 2 } do
    lunette.threads(threads)
    for _ = 1, 5 do
      local x = tensor.zeros(300, 7):requires_grad()
      x:gather(2, ids):sum():backward()
      test.same(x.grad, ids:one_hot(7):to "f32":sum(2))
      local y = tensor.zeros(7, 4000):requires_grad()
      y:gather(1, ids):sum():backward()
      test.same(y.grad, ids:one_hot(7):to "f32":sum(1):t():contiguous())
    end
  end
  lunette.threads(before)
end)

test("attention's dropout draws anew for every row of every head and sample", function()
  local N, T, H = 2, 40, 2
  tensor.seed(5)
  local q = tensor.zeros(N, H, T, 8)
  local v = tensor.eye(T):expand(N, H, T, T):contiguous()
  local y = nn.attention { q, tensor.zeros(N, H, T, 8), v, dropout = 0.5 } -- row i: its mask / (T 0.5)
  local seen, equal = {}, 0
  for _, row in ipairs(y:reshape(-1, T):gt(0):to "i64":totable()) do
    local key = table.concat(row)
    equal = equal + (seen[key] and 1 or 0)
    seen[key] = true
  end
  test.equal(equal, 0)
  local kept = y:gt(0):to "f32":mean():item()
  test.truth(kept > 0.47 and kept < 0.53, ("that half is kept, not %.3f"):format(kept))
  -- Neighbouring rows are not the same draws shifted: the shares that agree are a half at every shift.
  local m = y:reshape(-1, T):gt(0):to "f32"
  for shift = 0, 28 do
    local a, b = m[{ { 1, -2 }, { 1 + shift, T } }], m[{ { 2, -1 }, { 1, T - shift } }]
    local agree = a:eq(b):to "f32":mean():item()
    test.truth(agree > 0.42 and agree < 0.58, ("shift %d: that half agrees, not %.3f"):format(shift, agree))
  end
end)

test("a result that backward reads may not have changed", function()
  local x = tensor { 1, 2 }:requires_grad()
  local function softmax(a) return a:softmax(1) end
  for name, f in pairs { exp = x.exp, tanh = x.tanh, sigmoid = x.sigmoid, softmax = softmax } do
    local y = f(x)
    local z = y:sum()
    tensor.no_grad(function() y:add_(1) end)
    test.fails_with({ "backward of " .. name, "its result", "was changed in place" }, z.backward, z)
  end
end)

test("a gradient that two leaves share is added to for one of them only", function()
  local a, b = tensor { 1, 2 }:requires_grad(), tensor { 3, 4 }:requires_grad()
  local sum = a + b
  local loss = sum:sum() + (a * 5):sum() + (a * 7):sum()
  loss:backward()
  test.same(a.grad, { 13, 13 })
  test.same(b.grad, { 1, 1 })
  local p, q = a * 1, b * 1 -- results share what the sum passes on to both, and one of them gets more
  local early, w = (p * 5):sum(), tensor { 2, 3 }
  loss = ((p + q) * w):sum() + early
  a.grad, b.grad = nil, nil
  loss:backward()
  test.same(a.grad, { 7, 8 })
  test.same(b.grad, { 2, 3 })
  local c, d = tensor.ones(2, 3):requires_grad(), tensor.ones(2, 3):requires_grad()
  local seed = tensor.full({ 2, 3 }, 2)
  local y = c + d
  y:backward(seed)
  local more = (c * 3):sum()
  more:backward()
  test.same(c.grad, { { 5, 5, 5 }, { 5, 5, 5 } })
  test.same(d.grad, { { 2, 2, 2 }, { 2, 2, 2 } })
  test.same(seed, { { 2, 2, 2 }, { 2, 2, 2 } })
end)

-- Memory that is given out next holds NaN.
local function poison()
  for _ = 1, 8 do
    local _ <close> = tensor.full({ 4, 6 }, 0 / 0)
    local _ <close> = tensor.full({ 8 }, 0 / 0)
  end
end
test("parts of a list that nobody used have gradient zero", function()
  for _, unused in ipairs { 1, 2, 3 } do
    local x = tensor.ones(12, 6):requires_grad()
    local parts = { x:split({ 4, 4, 4 }, 1) }
    local loss
    for k, part in ipairs(parts) do
      if k ~= unused then loss = (loss or 0) + part:sum() * k end
    end
    poison()
    loss:backward()
    for k = 1, 3 do
      local g = x.grad[{ { 4 * k - 3, 4 * k } }]
      test.same(g, tensor.full({ 4, 6 }, k == unused and 0 or k))
    end
  end
  local w, u = tensor.ones(8):requires_grad(), tensor.ones(8):requires_grad()
  poison()
  tensor.cat({ w, tensor.zeros(8), u }, 1):sum():backward()
  test.same(w.grad, tensor.ones(8))
  test.same(u.grad, tensor.ones(8))
end)

test("evaluate leaves the network training, or not, as it was", function()
  local net = nn.Sequential { nn.Linear(2, 8), nn.Dropout(0.5), nn.Linear(8, 1) }
  local x = tensor.randn(30, 2)
  for _, training in ipairs { true, false } do
    net:train(training)
    local a = net:evaluate { { x, x[":, 1:1"] }, loss = nn.mse }
    local b = net:evaluate { { x, x[":, 1:1"] }, loss = nn.mse }
    test.equal(a.loss, b.loss) -- no dropout
    for _, layer in ipairs { net, net[2] } do test.equal(layer.training, training) end
  end
end)

local function near(got, want, tol)
  test.truth(math.abs(got - want) <= tol, ("%.7g, not %.7g, which"):format(want, got))
end
test("fit's means count samples, not batches", function()
  local net = nn.Linear { 1, 1, bias = false }
  tensor.no_grad(function() net.weight:fill_(0) end)
  local x = tensor.ones(10, 1)
  local y = tensor { 1, 1, 1, 1, 1, 1, 1, 1, 3, 3 }:view(10, 1) -- 4, 4 and 2 samples: losses 1, 1 and 9
  local history = net:fit { { x, y }, loss = nn.mse, batch = 4, shuffle = false, quiet = true, epochs = 1,
    opt = optim.SGD { lr = 0 }, metrics = { function(out, t) return (out - t):abs():mean():item() end } }
  near(history[1].loss, (8 * 1 + 2 * 9) / 10, 1e-6)
  near(history[1].metric, (8 * 1 + 2 * 3) / 10, 1e-6)
  near(net:evaluate { { x, y }, loss = nn.mse, batch = 4 }.loss, 2.6, 1e-6)
end)

test("what is added to itself turned is as if it had been copied", function()
  for _, n in ipairs { 3, 64, 300 } do
    local x = tensor.randn(n, n)
    local want, also = x + x:t(), x * x:flip(1)
    local y = x:clone()
    x:add_(x:t())
    test.same(x, want)
    y:mul_(y:flip(1))
    test.same(y, also)
    local z = tensor.arange(n)
    local shifted = z[{ { 2, n } }] + z[{ { 1, n - 1 } }]
    local head = z[{ { 1, n - 1 } }]
    z[{ { 2, n } }]:add_(head)
    test.same(z[{ { 2, n } }], shifted)
  end
end)

test("tensors that grow old before they are dropped are found by the bytes they hold", function()
  local MB, ring, most = 1 << 20, {}, 0
  collectgarbage()
  local before = lunette.memory().live
  for i = 1, 4000 do
    ring[i % 40 + 1] = tensor.zeros(100000) -- 16 MB alive, each for 40 turns
    most = math.max(most, lunette.memory().live - before)
  end
  test.equal(#ring, 40)
  test.truth(most < 120 * MB, ("%d MB, at most 120, which"):format(most // MB))
end)

test("gather's gradient where every row adds to the same sixteen places, for so long that threads meet", function()
  local before = lunette.threads()
  lunette.threads(2)
  local one = tensor.zeros(1, 16):requires_grad()
  one:gather(1, tensor.ones { 400000, 16, dtype = "i64" }):sum():backward()
  lunette.threads(before)
  test.same(one.grad, tensor.full({ 1, 16 }, 400000))
end)

test("limits that cross, and what is no number, in maximum, minimum and clamp", function()
  for _, dtype in ipairs { "f32", "f64", "i64", "i32", "u8" } do
    test.same(tensor({ 0, 2, 5 }, { dtype = dtype }):clamp { min = 3, max = 1 }, { 1, 1, 1 })
  end
  for _, name in ipairs { "maximum", "minimum" } do -- the gradient goes where the value came from
    local a, b = tensor({ 0 / 0, 1, 2 }):requires_grad(), tensor({ 1, 0 / 0, 2 }):requires_grad()
    tensor[name](a, b):sum():backward()
    test.same(a.grad, { 1, 1, 0.5 })
    test.same(b.grad, { 1, 1, 0.5 })
  end
end)

test("lerp reaches both ends", function()
  for _, dtype in ipairs { "f32", "f64" } do
    local a, b = tensor({ 1e8, 1, -1e30 }, { dtype = dtype }), tensor({ 1, 1e8, 1e-30 }, { dtype = dtype })
    test.same(a:lerp(b, 1), b)
    test.same(a:lerp(b, 0), a)
  end
end)

test.done()
