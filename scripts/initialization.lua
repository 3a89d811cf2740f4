--- Initialisation: three ways to begin.  He, Zhang, Ren and Sun 2015, arXiv:1502.01852
-- Claim: in the median of nine draws at least 0.95 of held-out points of two circles are right from He's weights; from
-- zeros, whose units stay alike, half of them, and from large weights 0.05 more than that and 0.05 fewer than from He's
-- at least; He's keep the size of activations through 20 layers.
-- On --data: He's get at least as many as a line, and more than the larger class.
-- Takes: 26 s.
local opt = lunette.options {
  data = false,                -- a text file of rows x,y,class
  course = false,              -- the course's number of steps, half of ours
  lr = 0.01,                   -- rate of gradient descent
  iterations = 30000,          -- steps, each on all points
  points = 300,                -- points to learn from
  test = 1000,                 -- points held out
  noise = 0.05,                -- their standard deviation from the circles
  large = 10.0,                -- standard deviation of the large beginning
  draws = 9,                   -- of points and weights, for each beginning: accuracies are medians over them
  show = 250,                  -- steps between two pictures
  seed = 1,                    -- of points and weights
  range = { noise = { 0 } },
  preset = { course = { iterations = 15000 } },
  paths = { data = "file" }, not_with = { points = "data", test = "data", noise = "data" },
  quick = { iterations = 3000, lr = 0.05, draws = 3, course = { iterations = 3000 } },
}
local points, judged = require "lib.points", require "lib.judged"
local is = require "lib.shapes" ()     -- is(x, "m 4"): x must have this shape; a letter is one size everywhere

-- 1 Data --------------------------------------------------------------------------------------------------------------
-- A circle around a circle of 0.8 its radius, with Gaussian noise.  Held out: a second draw of the same kind.

local X, Y, Xheld, Yheld
local function draw_points()
  X, Y, Xheld, Yheld = points.split(opt.data, opt.points, opt.test, function(n) return points.circles(n, opt.noise) end)
  is(X, "m 2")
  is(Y, "m 1")
end

-- 2 Model -------------------------------------------------------------------------------------------------------------
-- 2-10-5-1 with relu: a_l = relu(a_(l-1) W_l + b_l), a_0 = x; the last layer gives a score without relu.
-- Where W_l begins is all that differs:
--   zeros   every unit of a layer computes the same and gets the same gradient, for ever
--   large   N(0, 10^2): scores are huge, so the loss starts high and wrong sides are hard to leave
--   He      N(0, 2 / fan_in): relu drops half of the variance, the 2 puts it back, whatever the depth

local sizes = { 2, 10, 5, 1 }
local L = #sizes - 1
local beginnings = {
  { "zeros", function(i, o) return tensor.zeros(i, o) end },
  { "large", function(i, o) return tensor.randn(i, o) * opt.large end },
  { "He", function(i, o) return tensor.randn(i, o) * math.sqrt(2 / i) end },
}

local function parameters(begin)
  local W, b = {}, {}
  for l = 1, L do
    W[l] = begin(sizes[l], sizes[l + 1]):requires_grad()
    b[l] = tensor.zeros(sizes[l + 1]):requires_grad()
  end
  return W, b
end

--- The score, and the activations of the hidden layers on the way.
local function forward(W, b, x)
  local a, hidden = x, {}
  for l = 1, L - 1 do
    a = (a:mm(W[l]) + b[l]):relu()
    hidden[l] = a
  end
  return a:mm(W[L]) + b[L], hidden
end

-- 3 Loss --------------------------------------------------------------------------------------------------------------
-- Mean cross-entropy of sigmoid(score), and plain gradient descent on all points.

local function gradient_step(W, b, loss)
  for l = 1, L do
    W[l].grad, b[l].grad = nil, nil
  end
  loss:backward()
  local _ <close> = tensor.no_grad()                                   -- no gradients until the block ends
  for l = 1, L do
    W[l]:sub_(W[l].grad * opt.lr)
    b[l]:sub_(b[l].grad * opt.lr)
  end
end

-- 4 Show --------------------------------------------------------------------------------------------------------------

local function show(name, W, b, i, loss)
  viz.plot("loss/" .. name, loss, { step = i, log = true })
  viz.boundary(name, function(x) return forward(W, b, x):sigmoid() end, X, Y)
  local _ <close> = tensor.no_grad()
  local _, hidden = forward(W, b, X)
  for l, a in ipairs(hidden) do viz.hist(("%s layer %d"):format(name, l), a) end
end

-- 5 Train, and the result ---------------------------------------------------------------------------------------------

local best                                                             -- the weights of the last, He's

local function train(name, begin, shown)
  local W, b = parameters(begin)
  best = { W = W, b = b }
  is((forward(W, b, X)), "m 1")
  local loss
  for i = 1, opt.iterations do
    loss = nn.bce_logits(forward(W, b, X), Y)
    gradient_step(W, b, loss)
    if shown and (i % opt.show == 0 or i == 1) then show(name, W, b, i, loss:item()) end
    if shown and (i == 1 or i % math.max(1, opt.iterations // 5) == 0) then
      print(("%-6s step %5d   loss %8.4f"):format(name, i, loss:item()))
    end
  end
  local _ <close> = tensor.no_grad()
  local held = points.accuracy(forward(W, b, Xheld), Yheld)
  print(("%-6s loss %8.4f   training %.3f   held out %.3f"):format(name, loss:item(),
    points.accuracy(forward(W, b, X), Y), held))
  return held, W
end

--- How unlike the units of a layer are: the largest distance of two weights of one input.
local function unlike(w) return (w:max(2) - w:min(2)):max():item() end

--- log2 of how the mean square of activations changes on the way through 20 layers of 100 units.
local function by_depth(begin)
  local a = tensor.randn(300, 100):relu()
  local first = a:square():mean()
  for _ = 1, 20 do a = a:mm(begin(100, 100)):relu() end
  return (a:square():mean() / first):log2():item()
end

local apart                                                            -- of the units that began as zeros
local seen, reached = { zeros = {}, large = {}, He = {} }, {}
for draw = 1, opt.draws do
  draw_points()
  if draw == 1 then print(("%d points to learn from, %d held out"):format(X:size(1), Xheld:size(1))) end
  for _, begin in ipairs(beginnings) do
    local name = begin[1]
    if name ~= "zeros" or draw == 1 then
      local held, W = train(name, begin[2], draw == 1)
      seen[name][draw] = held
      if name == "zeros" then apart = unlike(W[1]:detach()) end
    end
  end
end
-- Of large ones some find a way out.
for name, list in pairs(seen) do reached[name] = tensor(list, { dtype = "f64" }):median():item() end
print(("medians: zeros %.3f   large %.3f   He %.3f"):format(reached.zeros, reached.large, reached.He))
local depth = by_depth(beginnings[3][2])
print(("zeros: units %.1g apart at the end   He: activations times 2^%.1f behind 20 layers"):format(apart, depth))
local majority, linear = points.baselines(X, Y, Xheld, Yheld)
print(("a line %.3f   the larger class alone %.3f"):format(linear, majority))
if opt.out then
  local weights = {}
  for l = 1, L do weights["W" .. l], weights["b" .. l] = best.W[l]:detach(), best.b[l]:detach() end
  assert(tensor.save(opt.out .. "/initialization.safetensors", weights))
end
local claim = { accuracy = reached.He, zeros = reached.zeros, large = reached.large, linear = linear,
  majority = majority }
if opt.data then
  claim.measure, claim.gain, claim.above = "gain", reached.He - math.max(linear, majority), 0
  claim.also = { judged.more_right(reached.He, majority, Yheld) }
else                                                                   -- half of the points are in each class
  claim.measure, claim.above = "accuracy", 0.95
  claim.also = { { "zeros_from_half", math.abs(reached.zeros - 0.5), below = 0.02 },
    { "over_large", reached.He - reached.large, above = 0.05 },
    { "large_over_zeros", reached.large - reached.zeros, above = 0.05 }, { "apart", apart, below = 0 },
    { "by_depth", math.abs(depth), below = 8 }, judged.twins(X, Xheld, "points") }
end
return claim
