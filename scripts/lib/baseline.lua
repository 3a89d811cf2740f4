--- baseline.lua: what needs no deep model: the most frequent class, a linear model on the pixels, the nearest
-- picture. A project whose data these already read right has shown nothing.
local baseline = {}

--- baseline.majority(y) -> the share of the most frequent label; y: whole numbers from 1 on.
function baseline.majority(y)
  local counts = tensor.bincount(y:reshape(-1):to "i64")
  return counts:max():item() / y:numel()
end

local FEW = 50

local function right(net, x, y)
  return tensor.no_grad(function() return net(x):argmax(2):eq(y):to "f32":mean():item() end)
end

local function likely(net, x, y)
  return tensor.no_grad(function() return -nn.cross_entropy(net(x), y):item() end)
end

-- Passes of Adam over rows x [n, p] with labels y [n] for softmax regression; after(pass, net) may end them.
local function regression(x, y, classes, lr, passes, after)
  local net = nn.Linear(x:size(2), classes)
  nn.init.zeros(net.weight)
  local adam = optim.Adam { net, lr = lr }
  if not after then adam.schedule = optim.cosine { lr, steps = passes * ((x:size(1) + 63) // 64) } end
  for pass = 1, passes do
    for xs, ys in data.loader { { x, y }, batch = 64, shuffle = true } do adam:step(nn.cross_entropy(net(xs), ys)) end
    if after and after(pass, net) then break end
  end
  return net
end

--- baseline.linear(x, y, xtest, ytest) -> held-out accuracy of softmax regression on pictures x [n, ...] with labels
-- y [n] from 1 on, trained to convergence: the rate and the passes that read a fifth of x, held back, best (until 15
-- more are no better), then as many passes over all of x.  Of fewer than FEW held back the share right is too coarse
-- (the first pass that happens to read all would be the last): there their cross-entropy decides.
function baseline.linear(x, y, xtest, ytest)
  x, y = x:reshape(x:size(1), -1) - 0.5, y:reshape(-1):to "i64"
  local train, val = { x, y }, { x, y }                                -- of a handful nothing can be held back
  if x:size(1) >= 10 then train, val = data.split({ x, y }, 0.2) end
  local good_of, limit, patience = right, 200, 15
  if val[1]:size(1) < FEW then
    local turns = (train[1]:size(1) + 63) // 64                        -- steps of a pass: 4 at most
    good_of, limit, patience = likely, 2000 // turns, 150 // turns
  end
  local classes, most, lr, passes = y:max():item(), -math.huge, nil, nil
  for _, rate in ipairs { 1e-3, 1e-4 } do
    local last = 0
    regression(train[1], train[2], classes, rate, limit, function(pass, net)
      local good = good_of(net, val[1], val[2])
      if good > most then most, lr, passes, last = good, rate, pass, pass end
      return pass >= last + patience
    end)
  end
  local net = regression(x, y, classes, lr, passes + passes // 4)
  return right(net, xtest:reshape(xtest:size(1), -1) - 0.5, ytest:reshape(-1))
end

-- --- a class for every pixel ---------------------------------------------------------------------------------------

--- baseline.common(y, xtest) -> classes of xtest's pixels: at every place the one that is most often there in y
-- [m, h, w].
function baseline.common(y, xtest)
  local most, best = tensor.full({ y:size(2), y:size(3) }, -1), tensor.ones { y:size(2), y:size(3), dtype = "i64" }
  for c = 1, y:max():item() do
    local often = y:eq(c):to "f32":sum(1)
    best = tensor.where(often:gt(most), c, best)
    most = tensor.maximum(often, most)
  end
  return best:unsqueeze(1):expand(xtest:size(1), y:size(2), y:size(3))
end

--- baseline.nearest_rows(a [n, d], b [m, d]) -> for each row of b which of a's is nearest, i64 [m].
function baseline.nearest_rows(a, b) return (a:square():sum(2):unsqueeze(1) - 2 * b:mm(a:t())):argmin(2) end

--- baseline.nearest(x, y, xtest) -> for each of xtest's pictures the mask of the nearest of x, by the squared
-- difference of pixels (of means of 8 x 8).
function baseline.nearest(x, y, xtest)
  local function small(a)
    local s = nn.avg_pool2d { a, kernel = 8 }
    return s:reshape(s:size(1), -1)
  end
  return y[baseline.nearest_rows(small(x), small(xtest))]:to "i64"
end

--- baseline.pixels(x, y, xtest, classes, steps) -> classes of xtest's pixels by softmax regression on the 5 x 5
-- pixels about each and on its place: one convolution, and a bias for every place; 300 steps.
function baseline.pixels(x, y, xtest, classes, steps)
  local line = nn.Conv2d { 3, classes, 5, padding = 2 }
  local place = tensor.zeros(1, x:size(2), x:size(3), classes):requires_grad()
  local weights = line:parameters()
  weights[#weights + 1] = place
  local adam = optim.Adam { weights, lr = 0.03 }
  steps = steps or 300
  adam.schedule = optim.cosine { 0.03, steps = steps }
  local done = 0
  while done < steps do
    for xs, ys in data.loader { { x, y }, batch = 8, shuffle = true } do
      if done == steps then break end
      adam:step(nn.cross_entropy((line(xs - 0.5) + place):reshape(-1, classes), ys:reshape(-1):to "i64"))
      done = done + 1
    end
  end
  local parts = {}
  for xs in data.loader { { xtest }, batch = 32 } do
    parts[#parts + 1] = tensor.no_grad(function() return (line(xs - 0.5) + place):argmax(4) end)
  end
  return tensor.cat(parts, 1)
end

--- baseline.places(x, V, y, W, xtest, ytest) -> the held-out shares of whole rows and of single ids that softmax
-- regression from the one-hot ids 1..V of every place of x [n, S] gets right of y [n, T], ids 1..W.
function baseline.places(x, V, y, W, xtest, ytest)
  local T = y:size(2)
  local net = nn.Linear(x:size(2) * V, T * W)
  local function scores(ids) return net(ids:one_hot(V):to "f32":view(ids:size(1), -1)):view(-1, T, W) end
  local epochs, batch = 15, 100
  local descent = optim.Adam { net, lr = 0.01 }
  descent.schedule = optim.cosine { 0.01, steps = epochs * math.ceil(x:size(1) / batch) }
  for _ = 1, epochs do
    for xs, ys in data.loader { { x, y }, batch = batch, shuffle = true } do
      descent:step(nn.cross_entropy(scores(xs), ys))
    end
  end
  local hit = tensor.no_grad(function() return scores(xtest):argmax(3):eq(ytest):to "f32" end)
  return hit:min(2):mean():item(), hit:mean():item()
end

return baseline
