--- optim.lua: LAMB and L-BFGS over ten steps (tests/golden/optim.lua), and what holds for every optimiser; the other
-- rules' steps are in tests/nn/test_optim.c.
local test = dofile "tests/check.lua"
local golden = dofile "tests/golden/optim.lua"

local function parameter(t) return tensor(t, { dtype = "f64" }):requires_grad() end

local function valley(p)
  return (1 - p:at(1)) ^ 2 + 100 * (p:at(2) - p:at(1) ^ 2) ^ 2 + (p:at(3) - 1) ^ 4
end

local function lbfgs(name, options)
  test(name .. " follows PyTorch's", function()
    local p = parameter { -1.2, 1, 0 }
    options[1] = { p }
    local opt = optim.LBFGS(options)
    for k, want in ipairs(golden[name]) do
      local loss = opt:step(function() return valley(p) end)
      test.close(p:detach(), want, 1e-7)
      test.truth(math.abs(loss - golden[name].losses[k]) <= 1e-7 * (1 + math.abs(loss)), "the loss of step " .. k)
    end
  end)
end
lbfgs("lbfgs", { max_iter = 4, lr = 0.1 })
lbfgs("lbfgs_history", { max_iter = 6, history = 2, lr = 0.5, max_eval = 5 })
lbfgs("lbfgs_wolfe", { max_iter = 4, line_search = "strong_wolfe" })
lbfgs("lbfgs_wolfe_long", { max_iter = 2, lr = 3, line_search = "strong_wolfe" })

local function bowl(p, k) return (p * p):sum() / 2 + k * (p * tensor({ 0.1, 0.3, -0.2 }, { dtype = "f64" })):sum() end

local function lamb(name, options)
  test(name .. " follows the paper's formulas", function()
    local p = parameter { 1, -2, 0.5 }
    options[1] = { p }
    local opt = optim.LAMB(options)
    for k, want in ipairs(golden[name]) do
      opt:step(bowl(p, k))
      test.close(p:detach(), want, 1e-12)
    end
  end)
end
lamb("lamb", { lr = 0.1, weight_decay = 0.01 })
lamb("lamb_free", { lr = 0.05, betas = { 0.8, 0.95 }, eps = 1e-8, weight_decay = 0 })

test("LAMB works on views and in f32, and moves a parameter of zeros", function()
  local whole = tensor.zeros { 3, 2 }
  local p = whole:t():detach():requires_grad()
  optim.LAMB { { p }, lr = 0.1, weight_decay = 0 }:step((p * 2 + 1):sum())
  test.close(whole, { { -0.1, -0.1 }, { -0.1, -0.1 }, { -0.1, -0.1 } }, 1e-5)
end)

test("L-BFGS fits a network", function()
  tensor.seed(3)
  local net = nn.Sequential { nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 1) }
  local x = tensor.linspace(-2, 2, 40):view(40, 1)
  local y = (x * 2):sin()
  local opt = optim.LBFGS { net, line_search = "strong_wolfe" }
  local loss
  for _ = 1, 15 do loss = opt:step(function() return nn.mse(net(x), y) end) end
  test.truth(loss < 1e-2, ("a loss below 0.01, not %g"):format(loss))
end)

test("stopping L-BFGS and going on is the same as never stopping", function()
  local function run(stop)
    local p = parameter { -1.2, 1, 0 }
    local opt = optim.LBFGS { { p }, max_iter = 3, line_search = "strong_wolfe" }
    for k = 1, 6 do
      if k == stop then
        local state = opt:state()
        opt = optim.LBFGS { { p }, max_iter = 3, line_search = "strong_wolfe" }
        opt:load_state(state)
      end
      opt:step(function() return valley(p) end)
    end
    return p:detach()
  end
  test.same(run(4), run())
end)

test("what L-BFGS refuses", function()
  local p = parameter { 1 }
  test.fails("optim.LBFGS: step wants a function that computes the loss, got f64[]",
    function() optim.LBFGS { { p } }:step((p * p):sum()) end)
  test.fails("optim.LBFGS: line_search must be none or strong_wolfe, got 'armijo'",
    function() optim.LBFGS { { p }, line_search = "armijo" } end)
end)

-- --- what holds for every optimiser of the table ------------------------------------------------------------------

local names = { "LBFGS" }
for _, rule in ipairs(optim.rules()) do names[#names + 1] = rule.name end

local function step_of(opt, p)
  local function loss() return (p * p):sum() end
  if opt.name == "LBFGS" then opt:step(loss) else opt:step(loss()) end
end

test("a rate of 0 changes nothing, and what comes after it is a rate like any other", function()
  for _, name in ipairs(names) do
    local p, q = parameter { 1, -2 }, parameter { 1, -2 }
    local opt = optim[name] { { p }, lr = 0 }
    for _ = 1, 3 do step_of(opt, p) end
    test.same(p:detach(), { 1, -2 })
    opt = optim[name] { { p }, lr = 0 }
    opt.lr = 0.1
    step_of(opt, p)
    step_of(optim[name] { { q }, lr = 0.1 }, q)
    test.same(p:detach(), q:detach())
    test.truth(p:at(1):item() < 1, name .. " moves")
  end
end)

test("an optimiser may wait at 0 for its warm-up", function()
  for _, name in ipairs(names) do
    local p, q = parameter { 1, -2 }, parameter { 1, -2 }
    local opt, same = optim[name] { { p }, lr = 0 }, optim[name] { { q }, lr = 0.7 }
    opt.schedule, same.schedule = optim.warmup { 0.1, steps = 4 }, optim.warmup { 0.1, steps = 4 }
    for k = 1, 3 do
      step_of(opt, p)
      step_of(same, q)
      test.equal(opt.lr, 0.1 * k / 4)
    end
    test.same(p:detach(), q:detach())
  end
end)

test("rates of groups keep their ratio, and one of its own beside 0 stays", function()
  local a, b = parameter { 1 }, parameter { 1 }
  local opt = optim.SGD { { { { a } }, { { b }, lr = 0.25 } }, lr = 0 }
  opt:step(a:sum() + b:sum())
  test.same(a:detach(), { 1 })
  test.same(b:detach(), { 0.75 })
  opt.lr = 0.5
  opt:step(a:sum() + b:sum())
  test.same(a:detach(), { 0.5 })
  test.same(b:detach(), { 0.5 })
  opt = optim.SGD { { { { a } }, { { b }, lr = 0 } }, lr = 0.5 }
  opt:step(a:sum() + b:sum())
  test.same(a:detach(), { 0 })
  test.same(b:detach(), { 0.5 })
  test.fails("optim.SGD: momentum must be at least 0 and finite, got -1",
    function() optim.SGD { { { { a }, momentum = -1 } } } end)
end)

test("every option of every optimiser has its range", function()
  for _, rule in ipairs(optim.rules()) do
    local seen = 0
    for _, o in ipairs(rule.options) do
      local name, default = o[1], o[2]
      local function refused(v, why)
        test.fails(("optim.%s: %s must be %s"):format(rule.name, name, why), optim[rule.name], { [name] = v })
        seen = seen + 1
      end
      local opt = optim[rule.name] { [name] = default ~= false and default or nil }
      test.equal(tostring(opt.opt[name]), tostring(default))
      if type(default) == "boolean" then
        refused(1, "true or false, got number")
      elseif type(default) == "table" then
        local two = ("two numbers, {%g, %g}"):format(default[1], default[2])
        refused(0.9, two)
        refused({ 0.9 }, two)
        local want = ("at least 0 and below %g, got "):format(o.below)
        refused({ default[1], o.below }, want .. ("%g"):format(o.below))
        refused({ -0.1, default[2] }, want .. "-0.1")
        refused({ 0 / 0, default[2] }, want .. "nan")
      else
        local want = "at least 0 and " .. (o.below < math.huge and ("below %g"):format(o.below) or "finite") .. ", got "
        refused("1", "a number, got string")
        refused(-1e-9, want .. "-1e-09")
        refused(o.below, want .. ("%g"):format(o.below))
      end
    end
    test.truth(seen > #rule.options, rule.name .. ": its options are tried")
    local known = rule.options[#rule.options][1]
    local wrong = known .. known:sub(-1)
    test.fails_with({ ("optim.%s: unknown option '%s'. Did you mean '%s'?"):format(rule.name, wrong, known) },
      optim[rule.name], { [wrong] = 0 })
  end
  test.fails("optim.SGD: nesterov wants momentum above 0 and dampening 0, got 0 and 0", optim.SGD, { nesterov = true })
  test.fails("optim.LBFGS: max_iter must be a whole number from 1 on, got 2.5", optim.LBFGS, { max_iter = 2.5 })
  test.fails("optim.LBFGS: lr must be at least 0 and finite, got -1", optim.LBFGS, { lr = -1 })
end)

test("a list may hold networks: their parameters are stepped, no others, by L-BFGS too", function()
  for _, name in ipairs { "SGD", "LBFGS" } do
    local net = nn.Sequential { nn.Linear(2, 3), nn.Linear(3, 3), nn.Linear(3, 1) }
    local w = tensor.ones(1):requires_grad()
    net[3].bias:requires_grad(false)
    local before = {}
    for i, p in ipairs(net:parameters()) do before[i] = p:detach():clone() end
    local opt = optim[name] { { net[1], w, net[3] }, lr = 0.1 }
    local x = tensor { { 1, 2 }, { 3, -1 } }
    local function loss() return ((net(x) * w - 3) ^ 2):mean() end
    opt:step(name == "SGD" and loss() or loss)
    for i, p in ipairs(net:parameters()) do
      test.equal(p:detach():ne(before[i]):any():item(), i ~= 3 and i ~= 4 and i ~= 6, name .. i)
    end
    test.truth(w:item() ~= 1, "the tensor beside them")
  end
end)
test("a schedule that gives no rate is an error, and nothing has moved", function()
  for _, name in ipairs(names) do
    for text, f in pairs { nan = function() return 0 / 0 end, inf = function() return math.huge end,
      nothing = function() end, ["-1"] = function() return -1 end, string = function() return "0.1" end } do
      local p = parameter { 1, -2 }
      local opt = optim[name] { { p } }
      opt.schedule = f
      local ok, why = pcall(step_of, opt, p)
      test.truth(not ok, name .. " refuses " .. text)
      local said = ("optim.%s: the schedule gave %s for step 1; a rate is a number from 0 on"):format(name, text)
      test.equal(tostring(why):match "^[^\n]*", said)
      test.same(p:detach(), { 1, -2 })
      test.equal(opt.steps, 0)
    end
  end
  local p = parameter { 1 }
  local opt = optim.SGD { p }
  opt.lr = 0 / 0
  test.fails_with({ "optim.SGD: lr must be at least 0 and finite, got" }, opt.step, opt, (p * p):sum())
  test.same(p:detach(), { 1 })
end)

test("what schedules refuse", function()
  test.fails("optim.cosine: steps is missing: optim.cosine{lr, steps=, warmup=0, least=0}", optim.cosine, { 0.1 })
  test.fails("optim.cosine: lr, a number from 0 on, comes first, got nil", optim.cosine, { steps = 3 })
  test.fails("optim.step_decay: every must be above 0 and finite, got 0", optim.step_decay, { 0.1, every = 0 })
  test.fails("optim.one_cycle: div must be above 0 and finite, got 0", optim.one_cycle, { 0.1, steps = 9, div = 0 })
  test.fails("optim.noam: d must be above 0", optim.noam, { 0 })
  test.fails("optim.plateau: factor must be at least 0 and below 1, got 1", optim.plateau, { 0.1, factor = 1 })
  test.fails_with({ "optim.warmup: unknown option 'step'. Did you mean 'steps'?" }, optim.warmup, { 0.1, step = 3 })
  for _, f in ipairs { optim.one_cycle { 0.1, steps = 5, start = 0 }, optim.cosine { 0.1, steps = 5, warmup = 9 } } do
    for k = 1, 12 do test.truth(f(k) >= 0 and f(k) <= 0.13, "a rate") end
  end
end)

-- --- whose parameters these are --------------------------------------------------------------------------------------

-- One layer whose weight has the gradient {3, 5} at every step, so that the definitions give each step.
local function row() return nn.Linear(2, 1, { bias = false }), tensor { { 3, 5 } } end
local every = { SGD = { momentum = 0.9 }, Adam = {}, AdamW = {}, RMSProp = { momentum = 0.5 }, Adagrad = {}, LAMB = {} }

test("an optimiser goes on with the network's parameters after net:to, with its state", function()
  for name, options in pairs(every) do
    local plain, x = row()
    local net = row()
    net:load_state(plain:state())
    plain:to "f64"
    local function made(n)
      local o = { n, lr = 0.01 }
      for k, v in pairs(options) do o[k] = v end
      return optim[name](o)
    end
    local want, opt = made(plain), made(net)
    for _ = 1, 3 do want:step(plain(x:to "f64"):sum()) end
    opt:step(net(x):sum())
    net:to "f64"
    opt:step(net(x:to "f64"):sum())
    net(x:to "f64"):sum():backward() -- the gradient comes along
    opt:zero_grad()
    net(x:to "f64"):sum():backward()
    net:to "f32":to "f64"
    opt:step()
    test.close(net.weight:detach(), plain.weight:detach(), 1e-6)
    test.equal(net.weight.dtype, "f64")
    test.equal(opt:clip_grad_norm(), math.sqrt(34), 1e-9)
    opt:load_state(opt:state())
  end
end)

test("SGD with momentum over net:to, by its definition", function()
  local net, x = row()
  local opt, w = optim.SGD { net, lr = 0.1, momentum = 0.9 }, net.weight:detach():clone()
  opt:step(net(x):sum())
  net:to "f64"
  opt:step(net(x:to "f64"):sum())
  test.close(net.weight:detach(), w - 0.1 * (1 + 1.9) * tensor { { 3 }, { 5 } }, 1e-5)
end)

test("L-BFGS follows net:to", function()
  local net, x = row()
  local opt = optim.LBFGS { net }
  for _ = 1, 3 do
    opt:step(function() return ((net(x) - 1) ^ 2):sum() end)
    net:to "f64"
    x = x:to "f64"
  end
  test.close(net(x):detach(), { { 1 } }, 1e-6)
end)

test("what was shared is shared after net:to, and a dtype at hand changes nothing", function()
  local net = nn.Sequential { nn.Linear(2, 2), nn.Linear(2, 2) }
  net[2].weight = net[1].weight
  local w = net[1].weight
  net:to "f32"
  test.truth(rawequal(net[1].weight, w), "the same parameter")
  net:to "f64"
  test.truth(rawequal(net[1].weight, net[2].weight), "one weight")
  test.equal(net.parameter_count(net), 8)
end)

test("an optimiser made while a part is frozen trains it once it is not", function()
  for name, options in pairs(every) do
    local net = nn.Sequential { nn.Linear(2, 2), nn.Linear(2, 1) }
    local x, o = tensor { { 3, 5 } }, { net, lr = 0.01 }
    for k, v in pairs(options) do o[k] = v end
    net:freeze "^1%."
    local before, opt = net[1].weight:detach():clone(), optim[name](o)
    opt:step(net(x):sum())
    test.same(net[1].weight:detach(), before)
    net:unfreeze()
    opt:step(net(x):sum())
    test.truth(net[1].weight:detach():ne(before):any():item(), name .. " moving what was frozen")
    before = net[1].weight:detach():clone()
    net:freeze "^1%."
    opt:step(net(x):sum())
    test.same(net[1].weight:detach(), before)
    net:freeze()
    test.fails(("optim.%s: no parameter that requires grad"):format(name), optim[name], o)
  end
end)
test.done()
