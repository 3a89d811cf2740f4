--- Cats by logistic regression: a weight for every pixel.  Cox 1958, doi:10.1111/j.2517-6161.1958.tb00292.x
-- Claim: at least 0.62 of held-out pictures right, above the larger class.  One weight a pixel gets little further.
-- On --data: more than the larger class has.
-- Takes: 15 s.
local opt = lunette.options {
  data = false,                -- the course's folder: train_catvnoncat.h5, test_catvnoncat.h5; or folders of pictures
  classes = "",                -- order of the class folders in --data, "a,b" for 0 and 1; else by name
  lr = 0.005,                  -- rate of gradient descent
  iterations = 2000,           -- steps, each on all pictures
  train = 1200,                -- pictures to learn from
  test = 600,                  -- pictures held out
  size = 64,                   -- their height and width
  show = 50,                   -- steps between two points of the curves
  seed = 1,                    -- of the pictures
  needs = { classes = "data" }, not_with = { train = "data", test = "data" },
  quick = { iterations = 250, train = 640, test = 300 },
}
local animals, judged = require "lib.animals", require "lib.judged"
local is = require "lib.shapes" ()     -- is(x, "m 4"): x must have this shape; a letter is one size everywhere

-- 1 Data --------------------------------------------------------------------------------------------------------------
-- Drawn heads: cats, and dogs, bears, hares and seals.  The held-out pictures come from another stream of random
-- numbers.  --data: the course's folder with train_catvnoncat.h5 and test_catvnoncat.h5.

local x, y, xtest, ytest, names = animals.sets(opt)
is(x, "m h w 3")
is(xtest, "t h w 3")

-- A picture is one row of h w 3 numbers, centred.
local X, Y = is(x:reshape(x:size(1), -1) - 0.5, "m p"), is(y, "m 1")
local Xtest, Ytest = is(xtest:reshape(xtest:size(1), -1) - 0.5, "t p"), is(ytest, "t 1")
print(("%d pictures to learn from, %d held out, %d numbers each"):format(X:size(1), Xtest:size(1), X:size(2)))

-- 2 Model -------------------------------------------------------------------------------------------------------------
-- p(cat | x) = sigmoid(x w + b),  w [p, 1].  Starting from zeros is fine: there is no hidden unit to tell apart.

local w, b = tensor.zeros(X:size(2), 1), tensor.zeros(1)

-- 3 Loss --------------------------------------------------------------------------------------------------------------
-- J = -1/m sum y log p + (1 - y) log(1 - p), which starts at log 2 = 0.693147 since all p are 1/2.
-- dJ/dw = x' (p - y) / m and dJ/db = mean(p - y), so a step of gradient descent needs no tape.

local function step()
  local z = X:mm(w) + b
  local d = (z:sigmoid() - Y) / X:size(1)
  w:sub_(X:t():mm(d) * opt.lr)
  b:sub_(d:sum(1) * opt.lr)
  return z
end

-- 4 Show --------------------------------------------------------------------------------------------------------------

local function accuracy(pictures, labels)
  return (pictures:mm(w) + b):gt(0):eq(labels:gt(0.5)):to "f32":mean():item()
end

local function show(i, cost)
  local training, held = accuracy(X, Y), accuracy(Xtest, Ytest)
  viz.plot("cost/training", cost, { step = i })
  viz.plot("accuracy/training", training, { step = i })
  viz.plot("accuracy/held out", held, { step = i })
  viz.image("weights", w:reshape(x:size(2), x:size(3), 3))
  if i == 1 or i % (opt.show * math.max(1, opt.iterations // (5 * opt.show))) == 0 then
    print(("step %4d   cost %.6f   training %.3f   held out %.3f"):format(i, cost, training, held))
  end
end

--- The held-out pictures that it is most wrong about.
local function show_mistakes()
  local p = (Xtest:mm(w) + b):sigmoid()
  local _, order = (p - Ytest):abs():reshape(-1):sort { descending = true }
  local worst, labels = order[{ { 1, math.min(12, order:numel()) } }], {}
  for k = 1, worst:numel() do labels[k] = ("p(%s) = %.2f"):format(names[2], p[{ worst[k], 1 }]) end
  viz.image("worst mistakes", xtest[worst], { labels = labels })
end

-- 5 Train, and the result ---------------------------------------------------------------------------------------------

for i = 1, opt.iterations do
  local z = step()
  if i == 1 or i % opt.show == 0 then
    show(i, nn.bce_logits(z, Y):item())
  end
end
show_mistakes()

local training, reached = accuracy(X, Y), accuracy(Xtest, Ytest)
local cats = Ytest:mean():item()
local majority = math.max(cats, 1 - cats)
print(("training %.3f   held out %.3f   the larger class alone %.3f"):format(training, reached, majority))
if opt.out then assert(tensor.save(opt.out .. "/logistic_cats.safetensors", { w = w, b = b })) end
local gain = reached - majority
local claim = { accuracy = reached, gain = gain, training = training, majority = majority }
if opt.data then
  claim.measure, claim.above, claim.also = "gain", 0, { judged.more_right(reached, majority, Ytest) }
else
  claim.measure, claim.above = "accuracy", opt.quick and 0.6 or 0.62
  claim.also = { { "over_majority", gain, above = 0.02 }, judged.twins(X, Xtest) }
end
return claim
