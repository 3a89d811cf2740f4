--- train.lua: TRAIN of the language: optimisers, schedules, loader, fit.
local test = dofile "tests/check.lua"
local function labels(t) return tensor(t, { dtype = "i64" }) end

-- Ten steps on the gradient of |w|^2 / 2 from w = {1, -2}, in f64; expected: the rules of the papers, by hand.
local function ten_steps(make)
  local w = tensor({ 1, -2 }, { dtype = "f64" }):requires_grad()
  local opt = make(w)
  for _ = 1, 10 do opt:step((w * w):sum() / 2) end
  return w:detach()
end
test("SGD", function() test.close(ten_steps(function(w) return optim.SGD { w, lr = 0.1 } end),
  { 0.9 ^ 10, -2 * 0.9 ^ 10 }, 1e-12) end)
test("SGD with momentum and weight decay, by hand", function()
  local w, v = 1, 0
  for _ = 1, 10 do
    v = 0.9 * v + (w + 0.01 * w)
    w = w - 0.1 * v
  end
  local got = ten_steps(function(p) return optim.SGD { p, lr = 0.1, momentum = 0.9, weight_decay = 0.01 } end)
  test.close(got, { w, -2 * w }, 1e-12)
end)
test("Nesterov, by hand", function()
  local w, v = 1, 0
  for _ = 1, 10 do
    v = 0.9 * v + w
    w = w - 0.1 * (w + 0.9 * v)
  end
  test.close(ten_steps(function(p) return optim.SGD { p, lr = 0.1, momentum = 0.9, nesterov = true } end),
    { w, -2 * w }, 1e-12)
end)
local function adam(decay, decoupled)
  local out = {}
  for k, w in ipairs { 1, -2 } do
    local m, v = 0, 0
    for t = 1, 10 do
      local g = w + (decoupled and 0 or decay * w)
      if decoupled then w = w - 0.1 * decay * w end
      m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
      w = w - 0.1 * (m / (1 - 0.9 ^ t)) / (math.sqrt(v / (1 - 0.999 ^ t)) + 1e-8)
    end
    out[k] = w
  end
  return out
end
test("Adam, by hand", function()
  test.close(ten_steps(function(p) return optim.Adam { p, lr = 0.1 } end), adam(0, false), 1e-10)
  local got = ten_steps(function(p) return optim.Adam { p, lr = 0.1, weight_decay = 0.05 } end)
  test.close(got, adam(0.05, false), 1e-10)
end)
test("AdamW, by hand", function()
  local got = ten_steps(function(p) return optim.AdamW { p, lr = 0.1, weight_decay = 0.05 } end)
  test.close(got, adam(0.05, true), 1e-10)
end)
test("RMSProp, by hand", function()
  local w, s = 1, 0
  for _ = 1, 10 do
    s = 0.99 * s + 0.01 * w * w
    w = w - 0.05 * w / (math.sqrt(s) + 1e-8)
  end
  test.close(ten_steps(function(p) return optim.RMSProp { p, lr = 0.05 } end)["1:1"], { w }, 1e-10)
end)
test("step is zero, backward, update, each also alone", function()
  local function run(split)
    local w = tensor { 1, 2 }:requires_grad()
    local opt = optim.SGD { w, lr = 0.1 }
    for _ = 1, 3 do
      local loss = (w * w):sum()
      if split then
        opt:zero_grad()
        loss:backward()
        opt:update()
      else
        opt:step(loss)
      end
    end
    return w:detach()
  end
  test.same(run(true), run(false))
end)
test("groups have rates of their own", function()
  local a, b = tensor { 1 }:requires_grad(), tensor { 1 }:requires_grad()
  local opt = optim.SGD { { { { a } }, { { b }, lr = 0.01 } }, lr = 0.1 }
  opt:step((a + b):sum())
  test.close(a:detach(), { 0.9 })
  test.close(b:detach(), { 0.99 })
end)
test("clipping by norm", function()
  local w = tensor { 0, 0 }:requires_grad()
  local opt = optim.SGD { w, lr = 1 };
  (w * tensor { 3, 4 }):sum():backward()
  test.close(tensor(opt:clip_grad_norm(1)), 5)
  test.close(w.grad, { 0.6, 0.8 }, 1e-5)
end)
test("schedules", function()
  local f = optim.step_decay { 1, every = 2, factor = 0.5 }
  test.close(f(1), tensor(1))
  test.equal(f(3), 0.5)
  f = optim.cosine { 1, steps = 10 }
  test.close(tensor(f(5)), 0.5)
  test.close(tensor(f(10)), 0)
  f = optim.warmup { 1, steps = 4 }
  test.equal(f(2), 0.5)
  test.close(f(9), tensor(1))
  local w = tensor { 1 }:requires_grad()
  local opt = optim.SGD { w, lr = 9 }
  opt.schedule = optim.step_decay { 0.1, every = 1, factor = 0.5 }
  opt:step(w:sum())
  opt:step(w:sum())
  test.close(w:detach(), { 1 - 0.1 - 0.05 })
end)
test("the optimiser's state goes on where it stopped, bit for bit", function()
  local function start()
    local w = tensor { 1, -2 }:requires_grad()
    return w, optim.Adam { w, lr = 0.1 }
  end
  local w, opt = start()
  for _ = 1, 6 do opt:step((w * w):sum()) end
  local u, first = start()
  for _ = 1, 3 do first:step((u * u):sum()) end
  local v, second = start()
  tensor.no_grad(function() v:copy_(u) end)
  second:load_state(first:state())
  for _ = 1, 3 do second:step((v * v):sum()) end
  test.same(v:detach(), w:detach())
end)

test("the loader cuts batches and keeps rows together", function()
  local x, y = tensor.arange(10):to "f32":reshape(10, 1), tensor.arange(10)
  local sizes, sum = {}, 0
  for a, b in data.loader { { x, y }, batch = 4 } do
    sizes[#sizes + 1] = #a
    test.same(a:reshape(-1), b)
    sum = sum + b:sum():item()
  end
  test.equal(table.concat(sizes, " "), "4 4 2")
  test.equal(sum, 55)
end)
test("the loader shuffles by the generator, every row once", function()
  local x = tensor.arange(100)
  local function order(seed)
    local all = {}
    for a in data.loader { { x }, batch = 7, shuffle = true, rng = tensor.rng(seed) } do all[#all + 1] = a end
    return tensor.cat(all, 1)
  end
  test.same(order(1), order(1))
  test.truth(order(1) ~= order(2), "another seed giving another order")
  test.truth(order(1) ~= x, "an order that is shuffled")
  test.same((order(1):sort()), x)
end)
test("drop_last", function()
  local n = 0
  for a in data.loader { { tensor.arange(10) }, batch = 4, drop_last = true } do
    n = n + 1
    test.equal(#a, 4)
  end
  test.equal(n, 2)
end)
test("loops over one loader, one inside the other, each have their own place", function()
  for _, workers in ipairs { 0, 2 } do
    local pictures = workers > 0
    local x = pictures and tensor.arange(5):to "u8":view(5, 1, 1):expand(5, 2, 2):contiguous() or tensor.arange(5)
    local loader <close> = data.loader { { x }, batch = 2, workers = workers, augment = pictures and {} or nil }
    local seen = {}
    for a in loader do
      for b in loader do
        if a:max():item() == 4 and #b == 1 then break end -- left early, the outer one goes on
        local pair = pictures and { a[{ 1, 1, 1 }], b[{ 1, 1, 1 }] } or { a[1], b[1] }
        seen[#seen + 1] = ("%d%d"):format(pair[1], pair[2])
      end
    end
    test.equal(table.concat(seen, " "), "11 13 15 31 33 51 53 55")
  end
end)
test("fit refuses what gives no batch", function()
  local net, x = nn.Linear(2, 1), tensor.zeros(10, 2)
  test.fails("fit: no batch to train on: 10 samples, batch=32 and drop_last=true", net.fit, net,
    { { x, x[":, 1:1"] }, loss = nn.mse, drop_last = true, quiet = true })
  test.fails("fit: no batch to train on: 0 samples", net.fit, net,
    { { tensor.zeros(0, 2), tensor.zeros(0, 1) }, loss = nn.mse, quiet = true })
  test.equal(net:fit({ { x, x[":, 1:1"] }, loss = nn.mse, drop_last = true, batch = 4, quiet = true })[1].steps, 2)
end)
test("loader with tensors of different length", function()
  local list = { tensor.zeros(3), tensor.zeros(4) }
  test.fails_with({ "data: first sizes differ: f32[3] and f32[4]" }, data.loader, { list, batch = 2 })
end)

-- Two classes at the corners of a square: XOR.
local function xor()
  local g = tensor.rng(5)
  local x = tensor.rand(400, 2, { rng = g }) * 2 - 1
  local y = (x[":, 1"] * x[":, 2"]):gt(0):to "i64" + 1
  return x, y
end
local function mlp()
  tensor.seed(7)
  return nn.Sequential { nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 2) }
end
test("a loop learns XOR", function()
  local x, y = xor()
  local net = mlp()
  local opt = optim.Adam { net, lr = 0.02 }
  for _ = 1, 30 do
    for a, b in data.loader { { x, y }, batch = 32, shuffle = true } do opt:step(nn.cross_entropy(net(a), b)) end
  end
  local right = net(x):argmax(2):eq(y):to "f32":mean():item()
  test.truth(right > 0.95, right .. " right, more than 0.95 of which")
end)
test("fit learns XOR and returns a history", function()
  local x, y = xor()
  local net = mlp()
  local history = net:fit { { x, y }, val = 0.2, epochs = 30, batch = 32, opt = optim.Adam { lr = 0.02 },
    loss = nn.cross_entropy, metrics = { "accuracy" }, quiet = true }
  test.truth(type(history) == "table", "a history")
  local result = net:evaluate { { x, y }, loss = nn.cross_entropy, metrics = { "accuracy" } }
  test.truth(result.accuracy > 0.93, result.accuracy .. " right, more than 0.93 of which")
  test.truth(result.loss < 0.4, "a loss below 0.4")
end)
test("the same seed gives the same weights, bit for bit, at 1 and 2 threads", function()
  local before = lunette.threads()
  local function run(threads)
    lunette.threads(threads)
    local x, y = xor()
    local net = mlp()
    local opt = optim.SGD { net, lr = 0.1, momentum = 0.9 }
    for _ = 1, 3 do
      for a, b in data.loader { { x, y }, batch = 64, shuffle = true } do opt:step(nn.cross_entropy(net(a), b)) end
    end
    return net[1].weight:detach():clone()
  end
  local first = run(1)
  test.same(run(1), first)
  test.same(run(2), first)
  lunette.threads(before)
end)
test("what cannot be trained says so", function()
  test.fails_with({ "optim.Adam" }, optim.Adam, { tensor { 1 } })
  test.fails_with({ "optim" }, function() optim.Adam { lr = 1 }:step() end)
  test.fails_with({ "cross_entropy" }, function()
    local net = nn.Linear(2, 2)
    optim.SGD { net, lr = 0.1 }:step(nn.cross_entropy(net(tensor.zeros(3, 2)), labels { 1, 2 }))
  end)
end)
-- --- checkpoints -------------------------------------------------------------------------------------------------

local function trained(epochs, more)
  tensor.seed(1)
  local net = nn.Sequential { nn.Linear(5, 16), nn.ReLU(), nn.BatchNorm(16), nn.Dropout(0.2), nn.Linear(16, 3) }
  local g = tensor.rng(4)
  local X, y = tensor.randn(90, 5, { rng = g }), tensor.randint(1, 3, 90, { rng = g })
  local o = { { X, y }, val = { X, y }, epochs = epochs, loss = nn.cross_entropy, quiet = true,
    metrics = { "accuracy" }, opt = optim.AdamW { lr = 1e-2 } }
  for k, v in pairs(more or {}) do o[k] = v end
  return net, net:fit(o)
end

test("stopping and going on from a checkpoint gives the same bits as never stopping", function()
  local path = os.tmpname() .. ".safetensors"
  local whole, history = trained(6)
  trained(3, { checkpoint = path })
  tensor.seed(77)
  local net, rest = trained(6, { resume = path })
  test.equal(#rest, 3)
  test.equal(rest[3].val_loss, history[6].val_loss)
  for i, p in ipairs(whole:parameters()) do test.truth(p == net:parameters()[i], "parameter " .. i) end
  test.truth(whole[3].running_var == net[3].running_var, "running statistics")
  os.remove(path)
end)
test("a ^C within an epoch leaves a checkpoint, and the rest gives the same bits and rows", function()
  local path = os.tmpname() .. ".safetensors"
  local whole, history = trained(4)
  local inside = test.inside.lunette
  local asked, at = inside.stop_requested, nil
  for _, stop in ipairs { 1, 4, 6, 7 } do  -- three steps an epoch
    function inside.stop_requested() return at.steps == stop end
    local opt = optim.AdamW { lr = 1e-2 }
    at = opt
    local lines, said = test.caught(trained, 4, { checkpoint = path, opt = opt })
    inside.stop_requested = asked
    test.truth(#lines == 0 and said:find "stopped at epoch", said)
    tensor.seed(77)
    local net, rest = trained(4, { resume = path })
    test.equal(#rest, 4 - (stop - 1) // 3)
    for k = 1, #rest do
      test.equal(rest[k].loss, history[#history - #rest + k].loss, "loss")
      test.equal(rest[k].val_loss, history[#history - #rest + k].val_loss, "val_loss")
    end
    for i, p in ipairs(whole:parameters()) do test.truth(p == net:parameters()[i], "parameter " .. i) end
    test.truth(whole[3].running_var == net[3].running_var, "running statistics")
  end
  os.remove(path)
end)

test("a checkpoint that is none is refused with its path", function()
  local path = os.tmpname() .. ".safetensors"
  local net = nn.Linear(2, 2)
  assert(net:save(path))
  local numbers, why = net:load_checkpoint(path)
  test.equal(numbers, nil)
  test.truth(why:find(path, 1, true) and why:find("not a checkpoint", 1, true), why)
  assert(net:save_checkpoint(path))
  numbers, why = net:load_checkpoint(path, optim.Adam { net })
  test.truth(numbers == nil and why:find("no optimiser", 1, true), why)
  test.fails_with({ "load: the file has no 1.bias" }, trained, 2, { resume = path })
  assert(tensor.save(path, { x = tensor.ones(1) }))
  test.fails_with({ "fit: resume: " .. path .. ": not a checkpoint" }, trained, 2, { resume = path })
  os.remove(path)
end)
test("the same seed gives the same training, bit for bit, at one thread and at two", function()
  local before = lunette.threads()
  local results = {}
  for i, n in ipairs { 1, 2, 2 } do
    lunette.threads(n)
    results[i] = trained(2)
  end
  lunette.threads(before)
  for i = 2, 3 do
    for k, p in ipairs(results[1]:parameters()) do test.truth(p == results[i]:parameters()[k], "parameter " .. k) end
  end
end)

test("f1 and its kin are those of all rows, whatever the batch, and by their definitions", function()
  tensor.seed(4)
  local x, y = tensor.randn(53, 3), tensor.randint(1, 3, 53)
  local net, names = nn.Identity(), { "f1", "iou", "precision", "recall", "confusion", "accuracy" }
  local m = {}                                    -- m[i][j]: class i taken for j, counted by hand
  for i = 1, 3 do m[i] = { 0, 0, 0 } end
  local taken = x:argmax(-1)
  for i = 1, 53 do m[y[i]][taken[i]] = m[y[i]][taken[i]] + 1 end
  local want = { f1 = 0, iou = 0, precision = 0, recall = 0, accuracy = (m[1][1] + m[2][2] + m[3][3]) / 53 }
  for c = 1, 3 do
    local right, truth, said = m[c][c], 0, 0
    for o = 1, 3 do truth, said = truth + m[c][o], said + m[o][c] end
    want.precision, want.recall = want.precision + right / said / 3, want.recall + right / truth / 3
    want.f1, want.iou = want.f1 + 2 * right / (said + truth) / 3, want.iou + right / (said + truth - right) / 3
  end
  for _, batch in ipairs { 1, 10, 256 } do
    local got = net:evaluate { { x, y }, metrics = names, batch = batch }
    test.same(got.confusion, m)
    for name, v in pairs(want) do test.close(got[name], v, 1e-6) end
  end
  local again = net:evaluate { { x, y }, metrics = { mine = nn.metrics.f1 }, batch = 10 }
  test.close(again.mine, want.f1, 1e-12)
  local ids = nn.Identity():evaluate { { taken, y }, metrics = { "iou", "confusion" }, batch = 1 }
  test.same(ids.confusion, m)
  test.close(ids.iou, want.iou, 1e-12)
end)

test("fit counts over an epoch, stopped or not, and shows a matrix by its shape", function()
  local x, y = tensor.randn(20, 3), tensor.randint(1, 3, 20)
  local net = nn.Linear(3, 3)
  local path = os.tmpname() .. ".safetensors"
  local options = { { x, y }, val = { x, y }, loss = nn.cross_entropy, quiet = true, batch = 7, shuffle = false,
    opt = optim.SGD { net, lr = 0 }, metrics = { "f1", "confusion" }, checkpoint = path }
  local history = net:fit(options)
  local row = history[1]
  test.same(row.confusion, nn.metrics.confusion(net(x), y))
  test.close(row.f1, (nn.metrics.f1(net(x), y)), 1e-12)
  test.close(row.val_f1, row.f1, 1e-12)
  test.truth(tostring(history):find("i64[3,3]", 1, true), "its shape")
  assert(net:save_checkpoint(path, nil, { epoch = 1, ["total/confusion"] = row.confusion }))
  test.same(net:load_checkpoint(path)["total/confusion"], row.confusion)
  os.remove(path)
  test.fails("fit: metric bad must return a number, got f32[3]", function()
    net:evaluate { { x, y }, metrics = { bad = function(out) return out:sum(1) end } }
  end)
end)

test("metrics of one's own go by name", function()
  local net, x, y = nn.Linear(2, 1), tensor.randn(8, 2), tensor.randn(8, 1)
  local function far(out, want) return (out - want):abs():max():item() end
  local history = net:fit { { x, y }, val = { x, y }, loss = nn.mse, quiet = true, metrics = { far = far } }
  test.truth(history[1].far > 0 and history[1].val_far > 0, "a column of that name")
  test.truth(net:evaluate { { x, y }, metrics = { far = far } }.far > 0, "in evaluate too")
  test.fails_with({ "metric far must be a function (scores, targets) -> number, got string" }, function()
    net:fit { { x, y }, loss = nn.mse, quiet = true, metrics = { far = "accuracy" } }
  end)
end)

test.done()
