--- rewind.lua: net:fit{keep=} holds states of a training; viz.rewind goes back to one, to the same bits, and the curves
-- fork.
local test = dofile "tests/check.lua"
viz.mode "files"

local function data_of(n)
  tensor.seed(3)
  local x = tensor.randn(n, 4)
  return { x, x:sum(2):view(-1, 1) }
end

-- A fit of 3 epochs of 7 steps; on_step(step of the optimiser, loss, optimiser).
local function train(more)
  local ds = data_of(50)
  local net = nn.Sequential { nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.3), nn.BatchNorm(8), nn.Linear(8, 1) }
  local opt = more.opt or optim.Adam { lr = 1e-2 }
  local own = more.own and tensor.rng(9) or nil
  local history = net:fit { ds, epochs = 3, batch = 8, opt = opt, loss = nn.mse, quiet = true, keep = more.keep,
    rng = own, schedule = more.schedule, val = more.val and data_of(9) or nil,
    on_step = function(_, loss)
      viz.plot("rewind/loss", loss, { step = opt.steps })
      if more.on_step then more.on_step(opt.steps, loss, opt) end
    end,
    on_epoch = more.on_epoch }
  return net, history, opt
end

local function same(a, b)
  for name, t in pairs(a:state()) do test.truth(t == b:state()[name], name) end
end

-- Goes back from each of the steps to the other, once.
local function jumps(list, options)
  return function(step)
    for _, j in ipairs(list) do
      if step == j[1] and not j.done then
        j.done = true
        j.to = viz.rewind(j[2], options)
      end
    end
  end
end

test("a training that went back has the bits of one that did not", function()
  for _, own in ipairs { false, true } do
    local plain, rows = train { own = own, val = true }
    for _, list in ipairs { { { 5, 2 } }, { { 10, 0 } }, { { 7, 6 }, { 8, 7 } },
      { { 20, 9 }, { 12, 3 }, { 21, 20 } } } do
      local net, history = train { keep = 30, own = own, val = true, on_step = jumps(list) }
      for _, j in ipairs(list) do test.equal(j.to, j[2]) end
      test.equal(#history, 3)
      for i, row in ipairs(history) do
        test.equal(row.loss, rows[i].loss)
        test.equal(row.val_loss, rows[i].val_loss)
        test.equal(row.steps, 7)
      end
      same(net, plain)
    end
  end
end)

test("after an epoch, and another rate from there", function()
  local plain = train {}
  local gone = 0
  local net, history = train { keep = 30, on_epoch = function(row)
    if row.epoch == 2 and gone == 0 then gone = viz.rewind(7) end
  end }
  test.equal(gone, 7)
  test.equal(#history, 3)
  same(net, plain)
  local rates = {}
  local other = train { keep = 30, on_step = function(step, _, opt)
    rates[#rates + 1] = { step, opt.lr }
    if step == 10 and #rates == 10 then viz.rewind(4, { lr = 0.5 }) end
  end }
  test.equal(rates[10][2], 1e-2)
  test.equal(table.concat(rates[11], " "), "5 0.5")
  test.equal(table.concat(rates[#rates], " "), "21 0.5")
  test.truth(other[1].weight ~= plain[1].weight, "another rate leads elsewhere")
end)

test("another rate scales a schedule; going back before it takes it away", function()
  local rates, gone = {}, 0
  train { keep = 30, schedule = function(step) return 0.1 / step end, on_step = function(step, _, opt)
    rates[#rates + 1] = opt.lr
    if step == 9 and gone == 0 then gone = viz.rewind(4, { lr = 0.2 }) end
    if step == 12 and gone == 4 then gone = viz.rewind(2) end
  end }
  test.close(rates[9 + 1], 0.2, 1e-12)           -- of step 5, 0.02 by the schedule
  test.close(rates[9 + 6], 0.1, 1e-12)           -- of step 10
  test.close(rates[9 + 8 + 1], 0.1 / 3, 1e-12)   -- of step 3, by the schedule
  local plateau = optim.plateau { 0.1, patience = 0 }
  rates = {}
  train { keep = 30, schedule = plateau, on_step = function(step, _, opt)
    rates[#rates + 1] = opt.lr
    if step <= 6 then plateau:report(step) end
    if step == 6 and #rates == 6 then viz.rewind(1) end
  end }
  test.close(rates[6], 1e-5, 1e-12)
  test.close(rates[7], 0.1, 1e-12)               -- as it was then
end)

test("states are thinned evenly, and the first stays", function()
  for _, keep in ipairs { 1, 2, 5, 8 } do
    local most, last = 0, nil
    train { keep = keep, on_step = function()
      last = viz.rewind()
      most = math.max(most, #last)
    end }
    test.truth(most <= keep, "at most so many")
    test.equal(last[1], 0)
    for i = 3, #last do test.equal(last[i] - last[i - 1], last[2] - last[1]) end
    if keep > 2 then test.truth(#last >= keep // 2, "and not too few") end
  end
end)

test("the curves fork", function()
  viz.clear()
  train { keep = 30, on_step = jumps { { 10, 4 }, { 20, 12 } } }
  test.truth(viz.describe():find("over 21 steps.*2 branches left"), viz.describe())
  local path = os.tmpname() .. ".csv"
  assert(viz.save(path))
  local rows = { [""] = {} }
  for name, step in io.open(path):read "a":gmatch '"rewind","([^"]*)",(%d+)' do
    local list = rows[name:match "branch %d" or ""] or {}
    rows[name:match "branch %d" or ""] = list
    list[#list + 1] = step
  end
  os.remove(path)
  test.equal(#rows[""], 21)
  test.equal(table.concat(rows["branch 1"], " "), "4 5 6 7 8 9 10")
  test.equal(table.concat(rows["branch 2"], " "), "12 13 14 15 16 17 18 19 20")
end)

test("what it says", function()
  test.fails("viz.rewind: no net:fit{keep=20} is at work", viz.rewind, 3)
  train { on_step = function(step)
    if step == 1 then test.fails("viz.rewind: no net:fit{keep=20} is at work", viz.rewind, 0) end
  end }
  train { keep = 3, on_step = function(step)
    if step > 1 then return end
    test.fails("viz.rewind: a step expected, got string", viz.rewind, "back")
    test.fails("viz.rewind: lr must be at least 0 and finite, got -1", viz.rewind, 0, { lr = -1 })
    test.fails("viz.rewind: unknown option 'lt'. Options: lr", viz.rewind, 0, { lt = 1 })
  end }
  test.fails("fit: keep must be a whole number from 1 on, got 0.5", train, { keep = 0.5 })
  viz.mode "off"                                   -- without any panels
  same(train { keep = 8, on_step = jumps { { 9, 8 } } }, (train {}))
  viz.mode "files"
end)
viz.clear()
test.done()
