--- optim.lua: LAMB and L-BFGS over ten steps (tests/golden/optim.lua); the other rules are in tests/nn/test_optim.c.
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
  test.fails("optim.LBFGS: line_search is none or strong_wolfe, got armijo",
    function() optim.LBFGS { { p }, line_search = "armijo" } end)
end)
test.done()
