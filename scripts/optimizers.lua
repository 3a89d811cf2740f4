--- Optimisers: four ways down the same slope.  Kingma and Ba 2015, arXiv:1412.6980
-- Claim: Adam puts at least 0.92 of held-out points of two moons on their side, at a rate where plain descent stays
-- 0.03 below it, and the other rules 0.8 at least, descent at a decaying rate 0.9; the rules written here do what the
-- engine's do, to 1e-6.
-- On --data: at least as many as a line and plain descent, and more than the larger class.
-- Takes: 6 s.
local opt = lunette.options {
  data = false,                -- a text file of rows x,y,class
  course = false,              -- the course's network 2-5-2-1
  epochs = 5000,               -- passes over the points, for each rule
  batch = 64,                  -- points in a step
  lr = 7e-4,                   -- rate, the same for all rules
  beta1 = 0.9,                 -- memory of momentum and Adam
  beta2 = 0.999,               -- memory of the squares in RMSProp and Adam
  eps = 1e-8,                  -- keeps their divisor from 0
  points = 300,                -- points to learn from
  test = 1000,                 -- points held out
  noise = 0.2,                 -- their standard deviation from the moons
  decay_lr = 1.0,              -- first rate of the run with a decaying one
  show = 100,                  -- epochs between two pictures
  seed = 1,                    -- of points and weights
  range = { noise = { 0 }, beta1 = { 0, 0.9999 }, beta2 = { 0, 0.99999 } },
  paths = { data = "file" }, not_with = { points = "data", test = "data", noise = "data" },
  quick = { epochs = 2500, lr = 1e-3 },
}
local points, judged = require "lib.points", require "lib.judged"
local is = require "lib.shapes" ()     -- is(x, "m 4"): x must have this shape; a letter is one size everywhere

-- 1 Data --------------------------------------------------------------------------------------------------------------
-- Two half circles with Gaussian noise; held out is a second draw.  --data: rows x,y,class, a fifth held out.

local X, Y, Xheld, Yheld = points.split(opt.data, opt.points, opt.test,
  function(n) return points.moons(n, opt.noise) end)
is(X, "m 2")
is(Y, "m 1")
print(("%d points to learn from, %d held out"):format(X:size(1), Xheld:size(1)))

-- 2 Model -------------------------------------------------------------------------------------------------------------
-- 2-20-10-1: a1 = relu(x W1 + b1), a2 = relu(a1 W2 + b2), z = a2 W3 + b3; all runs start from one draw of weights,
-- He et al. 2015 (arXiv:1502.01852): W ~ N(0, 2 / fan_in).  A unit that is 0 for all points gets no gradient and stays
-- so; the course's 2-5-2-1 has none to spare, and from many draws no rule finds the way.

local sizes = opt.course and { 2, 5, 2, 1 } or { 2, 20, 10, 1 }

local function draw()
  local w = {}
  for l = 1, #sizes - 1 do
    w[#w + 1] = tensor.randn(sizes[l], sizes[l + 1]) * math.sqrt(2 / sizes[l])
    w[#w + 1] = tensor.full({ 1, sizes[l + 1] }, 0.1)
  end
  return w
end

local function copy(list, dtype)
  local out = {}
  for i, p in ipairs(list) do out[i] = p:to(dtype or "f32"):clone():requires_grad() end
  return out
end

local function forward(w, x)
  local a1 = (x:mm(w[1]) + w[2]):relu()
  local a2 = (a1:mm(w[3]) + w[4]):relu()
  return a2:mm(w[5]) + w[6], a1, a2
end

local start = draw()

-- 3 Loss, and the four rules ------------------------------------------------------------------------------------------
-- The loss is the mean cross-entropy of sigmoid(z).  A rule makes its state for a parameter p; then it changes the
-- parameter in place from its gradient g, the rate lr and the number t of the step, from 1 on.

local rules = {
  --- p <- p - lr g
  { "descent", function() return function(w, g, lr) w:sub_(g * lr) end end },

  --- v <- beta1 v + (1 - beta1) g;  p <- p - lr v                                   Polyak 1964
  { "momentum", function(p)
    local v = tensor.zeros_like(p)
    return function(w, g, lr)
      v:mul_(opt.beta1):add_(g * (1 - opt.beta1))
      w:sub_(v * lr)
    end
  end },

  --- s <- beta2 s + (1 - beta2) g^2;  p <- p - lr g / (sqrt(s) + eps)               Tieleman and Hinton 2012
  { "RMSProp", function(p)
    local s = tensor.zeros_like(p)
    return function(w, g, lr)
      s:mul_(opt.beta2):add_(g:square() * (1 - opt.beta2))
      w:sub_(g / (s:sqrt() + opt.eps) * lr)
    end
  end },

  --- both, with m and s freed of their bias towards their zero start:
  --  p <- p - lr (m / (1 - beta1^t)) / (sqrt(s / (1 - beta2^t)) + eps)
  { "Adam", function(p)
    local m, s = tensor.zeros_like(p), tensor.zeros_like(p)
    return function(w, g, lr, t)
      m:mul_(opt.beta1):add_(g * (1 - opt.beta1))
      s:mul_(opt.beta2):add_(g:square() * (1 - opt.beta2))
      local m_hat, s_hat = m / (1 - opt.beta1 ^ t), s / (1 - opt.beta2 ^ t)
      w:sub_(m_hat / (s_hat:sqrt() + opt.eps) * lr)
    end
  end },
}

--- One optimiser for a list of parameters: zero, backward, then the rule on each.
local function optimizer(rule, params)
  local updates, t = {}, 0
  for i, p in ipairs(params) do updates[i] = rule(p) end
  return function(loss, lr)
    for _, p in ipairs(params) do p.grad = nil end
    loss:backward()
    t = t + 1
    local _ <close> = tensor.no_grad()                                 -- no gradients until the block ends
    for i, p in ipairs(params) do updates[i](p, p.grad, lr, t) end
  end
end

-- 4 Show --------------------------------------------------------------------------------------------------------------
-- A slope that is steep one way and flat the other: f(u, v) = u^2 / 20 + v^2 + sin(u) / 4, from (-7, 2).
-- Descent zigzags or creeps, momentum overshoots, RMSProp and Adam take steps of one size in both directions.

--- p [n, 2] -> f [n]
local function surface(p)
  local u, v = p:select(2, 1), p:select(2, 2)
  return u * u * 0.05 + v * v + u:sin() * 0.25
end

local paths = {}
for k, rate in ipairs { 0.9, 0.9, 0.04, 0.5 } do
  local name, rule = rules[k][1], rules[k][2]
  local p = tensor { { -7, 2 } }:requires_grad()
  local step, path = optimizer(rule, { p }), {}
  for i = 1, 60 do
    path[i] = p[1]:totable()
    step(surface(p):sum(), rate)
  end
  paths[name] = is(tensor(path), "60 2")
end
viz.contour("surface", surface, { paths = paths, range = { -8, 8, -3, 3 } })

-- 5 Train, and the result ---------------------------------------------------------------------------------------------

-- The rules above against those of the engine, 200 steps from the same start on the same batches, in f64: in f32 the
-- order of two roundings can tip a relu.
local function differ(k, built_in)
  local mine, theirs = copy(start, "f64"), copy(start, "f64")
  local step, other = optimizer(rules[k][2], mine), built_in(theirs)
  local apart, size = {}, math.min(64, X:size(1))
  for i = 1, 200 do
    local first = i * 20 % (X:size(1) - size + 1) + 1
    local rows = { { first, first + size - 1 } }
    local x, y = X[rows]:to "f64", Y[rows]:to "f64"
    step(nn.bce_logits((forward(mine, x)), y), opt.lr)
    other:step(nn.bce_logits((forward(theirs, x)), y))
  end
  for i = 1, #mine do apart[i] = (mine[i]:detach() - theirs[i]:detach()):abs():max():item() end
  return tensor(apart, { dtype = "f64" }):max():item()                 -- NaN, too, is no small difference
end

local lr = opt.lr
local apart = {}
for k, built_in in ipairs {
  function(w) return optim.SGD { w, lr = lr } end,
  -- v there is v / (1 - beta1) here
  function(w) return optim.SGD { w, lr = lr * (1 - opt.beta1), momentum = opt.beta1 } end,
  function(w) return optim.RMSProp { w, lr = lr, alpha = opt.beta2, eps = opt.eps } end,
  function(w) return optim.Adam { w, lr = lr, betas = { opt.beta1, opt.beta2 }, eps = opt.eps } end,
} do
  local d = differ(k, built_in)
  apart[k] = d
  print(("%-18s differs from optim's by %.1e after 200 steps"):format(rules[k][1], d))
end

local difference = tensor(apart, { dtype = "f64" }):max():item()

local function train(name, rule, rate)
  local w = copy(start)
  local step = optimizer(rule, w)
  local loss_sum, count, order = 0, 0, tensor.rng(opt.seed)
  local function net(x) return (forward(w, x)) end
  for epoch = 1, opt.epochs do
    local lr_now = type(rate) == "function" and rate(epoch) or rate
    for x, y in data.loader { { X, Y }, batch = opt.batch, shuffle = true, rng = order } do
      local loss = nn.bce_logits(net(x), y)
      step(loss, lr_now)
      loss_sum, count = loss_sum + loss:item(), count + 1
    end
    if epoch % math.max(1, opt.epochs // 5) == 0 then
      print(("%-18s epoch %4d   loss %.4f"):format(name, epoch, loss_sum / count))
    end
    if epoch % opt.show == 0 then
      local series = name == "decayed" and "loss at a decaying rate/descent" or "loss/" .. name
      viz.plot(series, loss_sum / count, { step = epoch })
      viz.boundary(name, function(x) return net(x):sigmoid() end, X, Y)
      loss_sum, count = 0, 0
    end
  end
  local _ <close> = tensor.no_grad()
  local held = points.accuracy(net(Xheld), Yheld)
  print(("%-18s training %.3f  held out %.3f  loss %.3f"):format(name, points.accuracy(net(X), Y), held,
    nn.bce_logits(net(X), Y):item()))
  return held, w
end

local reached, weights = {}, nil
for _, r in ipairs(rules) do reached[r[1]], weights = train(r[1], r[2], opt.lr) end   -- the last are Adam's

-- Plain descent with a rate a thousand times larger that decays, lr / (1 + epoch // interval), needs neither moment.
local interval = math.max(1, opt.epochs // 5)
local decayed = train("decayed", rules[1][2], function(epoch) return opt.decay_lr / (1 + epoch // interval) end)

local majority, linear = points.baselines(X, Y, Xheld, Yheld)
print(("a line %.3f   the larger class alone %.3f"):format(linear, majority))
if opt.out then
  local file = {}
  for l = 1, 3 do file["W" .. l], file["b" .. l] = weights[2 * l - 1]:detach(), weights[2 * l]:detach() end
  assert(tensor.save(opt.out .. "/optimizers.safetensors", file))
end
local also = { { "over_descent", reached.Adam - reached.descent, above = opt.data and 0 or 0.03 },
  { "difference", difference, below = 1e-6 },
  opt.data and judged.more_right(reached.Adam, majority, Yheld) or judged.twins(X, Xheld, "points") }
if not opt.data then                                                   -- what stands beside Adam learns, too
  for _, name in ipairs { "descent", "momentum", "RMSProp" } do
    also[#also + 1] = { name:lower(), reached[name], above = 0.8 }
  end
  also[#also + 1] = { "decayed", decayed, above = 0.9 }
end
return { measure = opt.data and "gain" or "accuracy", gain = reached.Adam - math.max(linear, majority),
  accuracy = reached.Adam, above = opt.data and 0 or 0.92, also = also, linear = linear, majority = majority,
  difference = difference }
