--- training.lua: the same numbers from one process and from several that share each batch.  What one process does is
-- computed beside, without opt:step: whole batches, backward, and the bare rule of the optimiser.
local test = dofile "tests/check.lua"
local rank, size = dist.rank(), dist.size()

local function network(dtype, sync)
  return nn.Sequential { nn.Conv2d(2, 8, 3), nn.BatchNorm { 8, sync = sync }, nn.ReLU(),
    nn.ConvNorm { 8, 6, 3, sync = sync },
    nn.Flatten(), nn.Linear(6 * 16, 16), nn.BatchNorm { 16, sync = sync }, nn.Tanh(), nn.Linear(16, 3) }:to(dtype)
end

local function twins(dtype)
  tensor.seed(3)
  local a, b = network(dtype, true), network(dtype, false)
  b:load_state(a:state())
  return a, b
end

local function samples(n, dtype)
  return tensor.randn(n, 6, 6, 2):to(dtype), tensor.randint(1, 3, n)
end

local function same(a, b, tol)
  local worst = 0
  local state = b:state()
  for name, t in pairs(a:state()) do
    if t.dtype == "f32" or t.dtype == "f64" then
      local apart = (t - state[name]):abs():max():item()
      worst = math.max(worst, apart)
      if apart ~= apart or apart > tol then test.fail(("%s is %.3g apart"):format(name, apart)) end
    end
  end
  print(("# %.3g apart"):format(worst))
end

-- The parameters' bits are the same in all processes.
local function in_step(net)
  local state = net:state()
  for _, name in ipairs(test.inside.lunette.names_of(state)) do
    local least, most = state[name]:detach():clone(), state[name]:detach():clone()
    if state[name].dtype ~= "bool" then
      dist.all_reduce(least, "min")
      dist.all_reduce(most, "max")
      test.same(least, most)
    end
  end
end

for _, case in ipairs { { "f32", 1e-6 }, { "f64", 1e-12 } } do
  local dtype, tol = table.unpack(case)
  test("fifty steps of a batch of 64, parted, and whole: " .. dtype, function()
    local net, whole = twins(dtype)
    local x, y = samples(64 * 5, dtype)
    local opt = optim.SGD { net, lr = 0.01, momentum = 0.9, weight_decay = 1e-4 }
    local rule = optim.rule("SGD", whole:parameters(), { momentum = 0.9, weight_decay = 1e-4 })
    for _ = 1, 10 do
      for a, b in data.loader { { x, y }, batch = 64 } do
        test.equal(a:size(1), 64 * (rank + 1) // size - 64 * rank // size)
        opt:step(nn.cross_entropy(net(a), b))
      end
      for k = 1, 5 do
        rule:zero()
        local some = { { 64 * k - 63, 64 * k } }
        nn.cross_entropy(whole(x[some]), y[some]):backward()
        rule:update(0.01)
      end
    end
    test.equal(opt.steps, 50)
    in_step(net)
    same(net, whole, tol)
  end)
end

local function line(n) return nn.Sequential { nn.Linear(n, 4), nn.Tanh(), nn.Linear(4, 1) }:to "f64" end
local function line_twins(n)
  tensor.seed(5)
  local a, b = line(n), line(n)
  b:load_state(a:state())
  return a, b
end

--- Three rounds, of the first `batch` rows and then the rest: `net` with each process' share, `whole` with all.
local function train_both(net, whole, x, y, batch)
  local opt, rule = optim.SGD { net, lr = 0.1 }, optim.rule("SGD", whole:parameters(), {})
  for _ = 1, 3 do
    for a, b in data.loader { { x, y }, batch = batch } do opt:step(nn.mse(net(a), b)) end
    for _, some in ipairs { { { 1, batch } }, { { batch + 1, #x } } } do
      rule:zero()
      nn.mse(whole(x[some]), y[some]):backward()
      rule:update(0.1)
    end
  end
  same(net, whole, 1e-12)
end

test("an uneven last batch counts each row once, also with fewer rows than processes", function()
  for _, n in ipairs { 64 + 7, 64 + 3, 64 + 1 } do
    local net, whole = line_twins(3)
    local x, y = tensor.randn(n, 3):to "f64", tensor.randn(n, 1):to "f64"
    train_both(net, whole, x, y, 64)
    in_step(net)
  end
end)

test("synchronised batch norm where processes have no row, and where all have but one", function()
  tensor.seed(8)
  local function make(sync)
    return nn.Sequential { nn.Linear(3, 5), nn.BatchNorm { 5, sync = sync }, nn.Tanh(), nn.Linear(5, 1) }:to "f64"
  end
  local net, whole = make(true), make(false)
  whole:load_state(net:state())
  local x, y = tensor.randn(6, 3):to "f64", tensor.randn(6, 1):to "f64"
  train_both(net, whole, x, y, 4)
  for a in data.loader { { x[{ { 1, 1 } }] }, batch = 4, share = true } do
    test.fails_with({ "batch_norm: more than one value a channel is needed to train, got f64[1,5]" }, net, a)
  end
end)

test("a loader's shares are the batches of one process, in order", function()
  tensor.seed(11)
  local ids = tensor.arange(1, 23)
  local want = tensor.randperm(22)
  tensor.seed(11 + rank)  -- the order is that of process 0
  if rank == 0 then tensor.seed(11) end
  local at = 0
  for x, y in data.loader { { ids[{ { 1, 22 } }], ids[{ { 1, 22 } }] }, batch = 8, shuffle = true } do
    test.same(x, y)
    local rows = math.min(8, 22 - at)
    local whole = tensor.zeros(8)
    local from = rows * rank // size
    for k = 1, x:numel() do whole[from + k] = x[k] end
    dist.all_reduce(whole, "max")
    test.same(whole[{ { 1, rows } }], want[{ { at + 1, at + rows } }]:to "f32")
    at = at + rows
  end
  test.equal(at, 22)
end)

test("what is only looked at comes whole, and share says otherwise", function()
  local x = tensor.arange(1, 17)[{ { 1, 16 } }]
  local function rows(options)
    local n = 0
    for a in data.loader(options) do n = n + a:numel() end
    return n
  end
  test.equal(rows { { x }, batch = 4 }, 16)
  test.equal(tensor.no_grad(rows, { { x, x }, batch = 4 }), 16)
  test.equal(rows { { x, x }, batch = 4, share = false }, 16)
  test.equal(rows { { x }, batch = 4, share = true }, 16 // size)
  test.equal(rows { { x, x }, batch = 4 }, 16 // size)
end)

test("accumulated gradients meet once, at the step", function()
  local net, whole = line_twins(3)
  local x, y = tensor.randn(16, 3):to "f64", tensor.randn(16, 1):to "f64"
  local opt, rule = optim.SGD { net, lr = 0.1 }, optim.rule("SGD", whole:parameters(), {})
  local alone = nn.Sequential { nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1) }:to "f64"
  alone:load_state(net:state())
  for a, b in data.loader { { x, y }, batch = 8 } do
    nn.mse(net(a), b):backward()
    nn.mse(alone(a), b):backward()
  end
  test.same(net[1].weight.grad, alone[1].weight.grad)  -- this process's own so far
  opt:step()
  for k = 0, 1 do nn.mse(whole(x[{ { 8 * k + 1, 8 * k + 8 } }]), y[{ { 8 * k + 1, 8 * k + 8 } }]):backward() end
  test.close(net[1].weight.grad, whole[1].weight.grad, 1e-13)
  rule:update(0.1)
  same(net, whole, 1e-13)
end)

test("clipping sees the norm of all", function()
  local net, whole = line_twins(3)
  local x, y = tensor.randn(16, 3):to "f64", tensor.randn(16, 1):to "f64" * 9
  local opt, rule = optim.SGD { net, lr = 0.1 }, optim.rule("SGD", whole:parameters(), {})
  nn.mse(whole(x), y):backward()
  local norm = rule:clip(0.5, false, 2)
  rule:update(0.1)
  opt.clip_norm = 0.5
  for a, b in data.loader { { x, y }, batch = 16 } do opt:step(nn.mse(net(a), b)) end
  test.close(opt.norm, norm, 1e-12)
  same(net, whole, 1e-12)
  for a, b in data.loader { { x, y }, batch = 16 } do   -- by hand: zero, backward, clip, update
    opt:zero_grad()
    rule:zero()
    nn.mse(net(a), b):backward()
    nn.mse(whole(x), y):backward()
    test.close(opt:clip_grad_norm(0.1), rule:clip(0.1, false, 2), 1e-12)
    opt:update()
    rule:update(0.1)
  end
  same(net, whole, 1e-12)
end)

test("a parameter that only some processes use, that none uses, that is frozen and thawed", function()
  tensor.seed(1)
  local a, b, c = nn.Linear(2, 1), nn.Linear(2, 1), nn.Linear(2, 1)
  local opt = optim.SGD { { a.weight, b.weight, c.weight }, lr = 1 }
  local before = { a.weight:detach():clone(), b.weight:detach():clone(), c.weight:detach():clone() }
  local x = tensor.ones(1, 2)
  opt:step((rank == size - 1 and a(x) + b(x) or a(x)):sum())
  test.close(a.weight:detach(), before[1] - 1, 1e-6)
  test.close(b.weight:detach(), before[2] - 1 / size, 1e-6)
  test.truth(c.weight.grad == nil, "no gradient where nobody has one")
  test.same(c.weight:detach(), before[3])
  a.weight:requires_grad(false)
  opt:step(b(x):sum())
  test.close(a.weight:detach(), before[1] - 1, 1e-6)
  a.weight:requires_grad(true)
  opt:step(a(x):sum())
  test.close(a.weight:detach(), before[1] - 2, 1e-6)
end)

test("weights used again and again, as in a loop over time", function()
  local w = tensor.full({ 3, 3 }, 0.1):requires_grad()
  local v = tensor.full({ 3, 3 }, 0.1):requires_grad()
  local opt, rule = optim.SGD { { w }, lr = 0.1 }, optim.rule("SGD", { v }, {})
  for steps = 1, 6 do  -- more uses each time than the last plan saw
    local function loss(m, part)
      local h = tensor.ones(1, 3) * part
      for _ = 1, steps do h = h:mm(m):tanh() end
      return h:sum()
    end
    opt:step(loss(w, rank + 1))
    rule:zero()
    for r = 1, size do (loss(v, r) / size):backward() end
    rule:update(0.1)
    test.close(w:detach(), v:detach(), 1e-6)
  end
end)

test("two optimisers in turn, and a gradient kept from the step before", function()
  local a, b = tensor.ones(3):requires_grad(), tensor.ones(3):requires_grad()
  local first, second = optim.SGD { { a }, lr = 1 }, optim.SGD { { b }, lr = 1 }
  first:step((a * b * (rank + 1)):sum())
  local kept, mean = a.grad, (size + 1) / 2
  test.close(kept, { mean, mean, mean })
  second:step((a:detach() * b):sum())
  first:step((a * 5):sum())
  test.close(kept, { mean, mean, mean })
  test.close(a.grad, { 5, 5, 5 })
  test.close(a:detach(), { -4 - mean + 0, -4 - mean, -4 - mean })
end)

test("networks that were made differently become that of process 0", function()
  tensor.seed(rank)
  local net = nn.Sequential { nn.Linear(2, 3), nn.BatchNorm(3), nn.Linear(3, 1) }
  local opt = optim.Adam { net }
  in_step(net)
  opt:step(net(tensor.randn(8, 2)):sum())
  in_step(net)
end)

test("fit: the rows of history are over all samples, and the networks are those of one process", function()
  local net = line_twins(3)
  tensor.seed(2)
  local x, y = tensor.randn(50, 3):to "f64", tensor.randn(50, 1):to "f64"
  local function apart(out, want) return (out - want):abs():mean():item() end
  local history = net:fit { { x, y }, epochs = 2, batch = 16, loss = nn.mse, quiet = true, val = { x, y },
    opt = optim.SGD { lr = 0.05 }, metrics = { apart = apart } }
  in_step(net)
  local row = history[2]
  test.close(row.val_loss, nn.mse(net(x), y):item(), 1e-12)
  test.close(row.val_apart, apart(net(x), y), 1e-12)
  local all = dist.all_gather(tensor({ row.loss, row.apart, row.val_loss }, { dtype = "f64" }))
  for r = 1, size do test.same(all[r], all[1]) end
  test.close(net:evaluate { { x, y }, loss = nn.mse, batch = 7 }.loss, row.val_loss, 1e-12)
end)

test("cross_entropy and nll count targets, not rows: with ignore, with weights, and where a share has none", function()
  tensor.seed(13)
  local w = tensor({ 0.2, 1, 3 }, { dtype = "f64" })
  local function nll(p, y, o) return nn.nll(p:log_softmax(-1), y, o) end
  for _, f in ipairs { nn.cross_entropy, nll } do
    for _, options in ipairs { { ignore = 0 }, { weight = w }, { ignore = 0, weight = w } } do
      for _, n in ipairs { 53, 9, 5, 3 } do
        local net, whole = nn.Linear(4, 3):to "f64", nn.Linear(4, 3):to "f64"
        whole:load_state(net:state())
        local x, y = tensor.randn(n, 4):to "f64", tensor.randint(1, 3, n)
        if options.ignore then y[{ { 1, n // 2 + 1 } }] = 0 end -- the first process's rows, at least
        local function loss(p, t) return f(p, t, options) end
        local rule = optim.rule("SGD", whole:parameters(), {})
        local first = loss(whole(x), y):item()
        for _ = 1, 3 do
          rule:zero()
          loss(whole(x), y):backward()
          rule:update(0.1)
        end
        local history = net:fit { { x, y }, loss = loss, epochs = 3, batch = 64, quiet = true,
          opt = optim.SGD { net, lr = 0.1 } }
        same(net, whole, 1e-14)
        test.close(history[1].loss, first, 1e-14)
        test.close(net:evaluate { { x, y }, loss = loss }.loss, loss(whole(x), y):item(), 1e-13)
        test.close(loss(net(x), y):item(), loss(whole(x), y):item(), 1e-13) -- outside a loop: of the rows at hand
      end
    end
  end
end)

test("a loop within one that shares its batches leaves the shares as they were", function()
  local x, y = tensor.randn(7, 2), tensor.randn(7, 1)
  local counts = test.inside.lunette.loss_counts
  for _ in data.loader { { x, y }, batch = 7 } do
    local before, sharing = counts()
    for u in data.loader { { x, y }, batch = 7, share = false } do
      test.equal(u:size(1), 7)
      test.equal(counts(), 1.0)
    end
    local after, still = counts()
    test.equal(after, before)
    test.equal(still, sharing)
  end
  local loader = data.loader { { x, y }, batch = 2 }
  loader() -- one batch, and no more: as with break
  loader:close()
  test.equal(counts(), 1.0)
end)

test("f1, iou and confusion are those of all rows, with ids too, and with fewer rows than processes", function()
  tensor.seed(12)
  local names = { "f1", "iou", "precision", "recall", "confusion" }
  for _, n in ipairs { 53, 5, 1 } do
    local x, y = tensor.randn(n, 3), tensor.randint(1, 3, n)
    for _, out in ipairs { x, x:argmax(-1) } do
      local m = nn.metrics.confusion(out, y, { classes = 3 })
      for _, batch in ipairs { 2, 10, 256 } do
        local got = nn.Identity():evaluate { { out, y }, metrics = names, batch = batch }
        local classes = got.confusion:size(1)
        test.same(got.confusion, m[{ { 1, classes }, { 1, classes } }])
        test.equal(got.confusion:sum():item(), n)
        for _, name in ipairs { "f1", "iou", "precision", "recall" } do
          test.close(got[name], (nn.metrics[name](m)), 1e-12)
        end
      end
    end
  end
end)

test("dropout differs between processes, other draws do not", function()
  tensor.seed(4)
  local kept = dist.all_gather(nn.dropout { tensor.ones(64), p = 0.5, train = true })
  local drawn = dist.all_gather(tensor.randn(8))
  for r = 2, size do
    test.truth(kept[r]:ne(kept[1]):any():item(), "different zeros")
    test.same(drawn[r], drawn[1])
  end
end)

test("the same seed, twice: the same bits", function()
  local states = {}
  for k = 1, 2 do
    tensor.seed(9)
    local net = nn.Sequential { nn.Linear(4, 64), nn.Dropout(0.2), nn.Linear(64, 2) }
    local x, y = tensor.randn(70, 4), tensor.randint(1, 2, 70)
    net:fit { { x, y }, epochs = 2, batch = 16, loss = nn.cross_entropy, quiet = true }
    in_step(net)
    states[k] = net:state()
  end
  for name, t in pairs(states[1]) do test.same(t, states[2][name]) end
end)

test("shard=true: the same bits, a part of the state, and checkpoints for any number of processes", function()
  local x, y = tensor.randn(32, 5), tensor.randint(1, 3, 32)
  for _, rule in ipairs(optim.rules()) do
    local name = rule.name
    tensor.seed(6)
    local function make() return nn.Sequential { nn.Linear(5, 33), nn.Tanh(), nn.Linear(33, 3) } end
    local a, b, c = make(), make(), make()
    b:load_state(a:state())
    local options = name == "SGD" and { lr = 0.01, momentum = 0.9 } or { lr = 0.01 }
    local function optimiser(net, parted)
      return optim[name] { net, lr = options.lr, momentum = options.momentum, shard = parted }
    end
    local plain, parts = optimiser(a, false), optimiser(b, true)
    local function steps(net, opt, n)
      for _ = 1, n do
        for u, v in data.loader { { x, y }, batch = 16 } do opt:step(nn.cross_entropy(net(u), v)) end
      end
    end
    steps(a, plain, 2)
    steps(b, parts, 2)
    same(a, b, 0)
    local whole, gathered = plain:state(), parts:state()
    for key, t in pairs(whole) do test.same(gathered[key], t) end
    c:load_state(b:state())
    local again = optimiser(c, true)
    again:load_state(whole)
    steps(a, plain, 1)
    steps(c, again, 1)
    same(a, c, 0)
    b:to "f64"
    steps(b, parts, 1)
    same(b, a:to "f64", 1e-5)
    in_step(b)
    if size > 1 and name == "Adam" then
      local kept = 0
      for _, item in ipairs(again.groups[1].rule:state()) do kept = kept + (item[2] and item[2]:numel() or 0) end
      local total = 5 * 33 + 33 + 33 * 3 + 3
      test.truth(kept >= total // size and kept <= total // size + 1, "a " .. size .. "th is kept")
    end
  end
  test.fails("optim.Adam: shard must be true or false, got number", optim.Adam, { nn.Linear(1, 1), shard = 3 })
end)

test("buckets start while backward runs, in the order of readiness", function()
  if size == 1 then return end
  local net = nn.Sequential { nn.Linear(800, 1600), nn.ReLU(), nn.Linear(1600, 800), nn.ReLU(), nn.Linear(800, 1600) }
  local opt, x = optim.SGD { net, lr = 1e-3 }, tensor.randn(8, 800)
  for _ = 1, 3 do opt:step(net(x):square():mean()) end
  local buckets, ended = opt.buckets:times()
  test.equal(#buckets, 3)  -- 5.1 MB a weight; a bucket ends beyond 4 MB
  for k = 1, 3 do
    test.truth(buckets[k][1] > 5e6 and buckets[k][3] >= buckets[k][2], "bytes and times")
    test.truth(k == 1 or buckets[k][2] >= buckets[k - 1][2], "in order")
  end
  test.truth(buckets[1][2] < ended, "the first before backward's end")
end)

test("which process has which rows does not matter", function()
  local net, turned = line_twins(3)
  local x, y = tensor.randn(16, 3):to "f64", tensor.randn(16, 1):to "f64"
  local a, b = optim.SGD { net, lr = 0.1 }, optim.SGD { turned, lr = 0.1 }
  local n = 16 // size
  for _ = 1, 20 do
    for k, opt in ipairs { a, b } do
      local at = k == 1 and rank or size - 1 - rank
      local rows, m = { { at * n + 1, at * n + n } }, k == 1 and net or turned
      opt:step(nn.mse(m(x[rows]), y[rows]))
    end
  end
  same(net, turned, 1e-13)
end)

test("LBFGS: loss and gradient are those of all", function()
  local net, whole = line_twins(3)
  local x, y = tensor.randn(16, 3):to "f64", tensor.randn(16, 1):to "f64"
  local rows = { { 16 // size * rank + 1, 16 // size * (rank + 1) } }
  local mine, all = optim.LBFGS { net, max_iter = 5 }, optim.LBFGS { whole, max_iter = 5 }
  for _ = 1, 2 do
    mine:step(function() return nn.mse(net(x[rows]), y[rows]) end)
    all:step(function() return nn.mse(whole(x), y) end)
  end
  same(net, whole, 1e-10)
end)

test.done()
