--- A first model: hand signs with layers, an optimiser and a loop.  Kingma and Ba 2015, arXiv:1412.6980
-- Claim: two hidden layers read at least 0.2 more of held-out hand signs (0 to 5) right than a line does, which reads
-- at least 0.38, and 0.67 at all.
-- On --data: at least as many as the line, and more than the largest class.
-- Takes: 25 s.
local opt = lunette.options {
  data = false,                -- the course's folder: train_signs.h5, test_signs.h5; or folders of pictures
  classes = "",                -- order of the class folders in --data, "a,b" for 0 and 1; else by name
  lr = 1e-3,                   -- first rate of Adam, falling to 0 along a cosine
  epochs = 30,                 -- passes over the pictures; 500 with --data, whose sets are small
  batch = 32,                  -- pictures in a step
  train = 3200,                -- pictures to learn from
  test = 600,                  -- pictures held out
  size = 64,                   -- their height and width
  seed = 1,                    -- of pictures and weights
  needs = { classes = "data" }, not_with = { train = "data", test = "data" },
  preset = { data = { epochs = 500 } },
  quick = { epochs = 24, train = 2400, test = 300, size = 32 },
}
local hands, course, baseline = require "lib.hands", require "lib.course", require "lib.baseline"
local judged = require "lib.judged"
local is = require "lib.shapes" ()     -- is(x, "m 4"): x must have this shape; a letter is one size everywhere

-- The basics: what is said, and what it gives

local function lesson(said, got, want)                                 -- prints it, and stops when it is not true
  print(("  %-58s --> %s"):format(said, got))
  if want and math.abs(got - want) > 1e-5 then lunette.raise(("%s: %g expected"):format(said, want)) end
end

do
  local x = tensor { 1, 2, 3 }                                          -- a constant: f32 unless told otherwise
  lesson("tensor { 1, 2, 3 }", lunette.typename(x))
  lesson('tensor { 1, 2, 3 }:to "i64"', lunette.typename(x:to "i64"))
  local w = tensor { 2, 0, 1 }:requires_grad()                          -- something to learn
  local y = (w * x):sum():square()                                      -- y = (w . x)^2
  y:backward()
  lesson("y = (w . x)^2 at w = (2, 0, 1), x = (1, 2, 3)", y:item(), 25)
  lesson("y:backward(); dy/dw_3 = 2 (w . x) x_3 = w.grad[3]", w.grad[3], 30)
  local hot = tensor.one_hot(tensor({ 3, 1 }, { dtype = "i64" }), 4)    -- labels count from 1
  lesson("one_hot of 3 and 1 among 4, its second row", table.concat(hot[2]:totable(), " "))
  local layer = nn.init.xavier_normal(tensor.empty(300, 300))           -- variance 2 / (fan_in + fan_out)
  local variance = layer:square():mean():item()
  lesson("variance of xavier_normal, 300 to 300 (1/300 = 0.0033)", ("%.4f"):format(variance))
end

-- 1 Data ------------------------------------------------------------------------------------------------------------
-- Drawn hands that show 0 to 5, light on dark and dark on light; held out from another random stream.  --data: the
-- course's folder with train_signs.h5 and test_signs.h5.  Labels count from 1 here: class k shows the number k - 1.

local names = { "0", "1", "2", "3", "4", "5" }
local x, y, xtest, ytest
if opt.data then
  local folders                                                        -- their names
  x, y, xtest, ytest, folders = course.pictures(opt.data, "signs", opt.size, 6, opt.classes)
  names = folders or names
else
  x, y = hands.draw(opt.train, opt.size, tensor.rng(2 * opt.seed), false)
  xtest, ytest = hands.draw(opt.test, opt.size, tensor.rng(2 * opt.seed + 1), false)
end
local X, Y = is(x:reshape(x:size(1), -1) - 0.5, "m p"), is(data.labels { y, base = 0 }, "m")
local Xtest, Ytest = is(xtest:reshape(xtest:size(1), -1) - 0.5, "t p"), is(data.labels { ytest, base = 0 }, "t")
print(("%d pictures to learn from, %d held out, %d numbers each"):format(X:size(1), Xtest:size(1), X:size(2)))

-- 2 Model -----------------------------------------------------------------------------------------------------------
-- 12288-25-12-6: relu(x W1 + b1), relu(. W2 + b2), scores (. W3 + b3).

local net = nn.Sequential {
  nn.Linear(X:size(2), 25), nn.ReLU(),
  nn.Linear(25, 12), nn.ReLU(),
  nn.Linear(12, 6),
}
print(net)

-- 3 Loss ------------------------------------------------------------------------------------------------------------
-- -log softmax(scores)[label], averaged; Adam on mini-batches.

local adam = optim.Adam { net, lr = opt.lr }
adam.schedule = optim.cosine { opt.lr, steps = opt.epochs * ((X:size(1) + opt.batch - 1) // opt.batch) }

-- 4 Show ------------------------------------------------------------------------------------------------------------

viz.image("hand signs", x[{ { 1, math.min(24, x:size(1)) } }])

local function predict(pictures) return tensor.no_grad(function() return net(pictures):argmax(2) end) end
local function accuracy(pictures, labels) return predict(pictures):eq(labels):to "f32":mean():item() end

local function show_confusion()
  local counts, guess = tensor.zeros(6, 6), predict(Xtest)
  for i = 1, guess:numel() do
    local t, g = Ytest[i], guess[i]
    counts[{ t, g }] = counts[{ t, g }] + 1
  end
  viz.confusion("confusion", counts, { classes = names, pictures = xtest, truth = Ytest, predicted = guess })
end

-- 5 Train, and the result ---------------------------------------------------------------------------------------------

for epoch = 1, opt.epochs do
  local sum, count = 0, 0
  for xs, ys in data.loader { { X, Y }, batch = opt.batch, shuffle = true } do
    local loss = nn.cross_entropy(net(xs), ys)
    adam:step(loss)
    sum, count = sum + loss:item(), count + 1
  end
  local training, held = accuracy(X, Y), accuracy(Xtest, Ytest)
  viz.plot("loss/training", sum / count, { step = epoch })
  viz.plot("accuracy/training", training, { step = epoch })
  viz.plot("accuracy/held out", held, { step = epoch })
  if epoch == 1 or epoch % math.max(1, opt.epochs // 5) == 0 then
    print(("epoch %3d   loss %.4f   training %.3f   held out %.3f"):format(epoch, sum / count, training, held))
  end
end
show_confusion()

local reached, majority = accuracy(Xtest, Ytest), baseline.majority(Ytest)
local linear = baseline.linear(x, Y, xtest, Ytest)
print(("training %.3f   held out %.3f"):format(accuracy(X, Y), reached))
print(("without hidden layers %.3f   the largest class alone %.3f"):format(linear, majority))
if opt.out then assert(net:save(opt.out .. "/first_model.safetensors")) end
return { measure = "gain", gain = reached - linear, above = opt.data and 0 or opt.quick and 0.15 or 0.2,
  also = opt.data and { judged.more_right(reached, majority, Ytest) }
    or { { "accuracy", reached, above = opt.quick and 0.5 or 0.67 },
      { "line", linear, above = opt.quick and 0.3 or 0.38 }, judged.twins(X, Xtest) }, accuracy = reached,
  training = accuracy(X, Y), linear = linear, majority = majority }
