--- The happy house: a convolutional network sees who smiles.  LeCun et al. 1998, doi:10.1109/5.726791
-- Claim: at least 0.95 of held-out faces are told smiling from not smiling, 0.03 more than by a line on the pixels; of
-- every map relu cuts a twentieth at least, and none whole.
-- On --data: at least as many as a line on the pixels, and more than the larger class.
-- Takes: 85 s.
local opt = lunette.options {
  data = false,                -- the course's folder: train_happy.h5, test_happy.h5; or folders of pictures
  classes = "",                -- order of the class folders in --data, "a,b" for 0 and 1; else by name
  lr = 2e-3,                   -- first rate of AdamW, falling to 0 along a cosine
  epochs = 9,                  -- passes over the faces; the course's 40 with --data
  batch = 16,                  -- faces in a step
  train = 3600,                -- faces to learn from
  test = 600,                  -- faces held out
  size = 64,                   -- their height and width
  filters = 32,                -- of the convolution
  signs = 16,                  -- passes of the second model, which reads hand signs; 0: none
  seed = 1,                    -- of pictures and weights
  range = { signs = { 0 } }, needs = { classes = "data" },
  preset = { data = { epochs = 40 } },
  quick = { epochs = 8, train = 1600, test = 600, size = 40, filters = 8, signs = 0 },
}
local faces, hands = require "lib.faces", require "lib.hands"
local course, baseline = require "lib.course", require "lib.baseline"
local in_batches, judged = require "lib.in_batches", require "lib.judged"
local is = require "lib.shapes" ()     -- is(x, "m 4"): x must have this shape; a letter is one size everywhere

-- 1 Data ------------------------------------------------------------------------------------------------------------
-- Drawn faces, [m, 64, 64, 3] of 0..1 with labels 0 and 1; held out from another random stream.  --data: the course's
-- folder with train_happy.h5 and test_happy.h5.

local x, y, xtest, ytest, names
if opt.data then
  x, y, xtest, ytest, names = course.pictures(opt.data, "happy", opt.size, 2, opt.classes)
  y, ytest = y:to "f32":reshape(-1, 1), ytest:to "f32":reshape(-1, 1)
else
  x, y = faces.draw(opt.train, opt.size, tensor.rng(2 * opt.seed))
  xtest, ytest = faces.draw(opt.test, opt.size, tensor.rng(2 * opt.seed + 1))
end
local side = is(x, "m h w 3"):size(2)
is(y, "m 1")
if opt.signs > 0 and side < 32 then
  lunette.raise(("--size: at least 32 expected for the hand signs, pooled by 8 and by 4 (--signs 0: none), found %d")
    :format(side))
end
print(("%d faces to learn from, %d held out, of %d x %d"):format(x:size(1), xtest:size(1), side, x:size(3)))

-- 2 Model -----------------------------------------------------------------------------------------------------------
-- 32 filters of 7 x 7 see edges and arcs; batch norm brings each to one scale, its middle where relu bends; the
-- greatest of every 2 x 2; and one weight for every place says what speaks for a smile there.  The greatest bends as
-- well: without relu hardly fewer faces are right, with means in its place too it is a line on the pixels.

local function kernel(...) return nn.init.he_normal(tensor.empty(...)):requires_grad() end

local Happy = nn.class "Happy"
function Happy:init(filters)
  self.w = kernel(7, 7, 3, filters)
  self.norm = nn.BatchNorm(filters)                                    -- its shift makes a bias of w needless
  self.dense = nn.Linear((side // 2) * (side // 2) * filters, 1)
end
--- The feature maps before pooling, [m, 64, 64, 32].
function Happy:maps(a) return self.norm(nn.conv2d { a, self.w, padding = 3 }):relu() end
function Happy:forward(a)
  local pooled = nn.max_pool2d { self:maps(a), kernel = 2 }            -- [m, 32, 32, 32]
  return self.dense(pooled:reshape(pooled:size(1), -1))
end
local happy = Happy(opt.filters)

--- For hand signs, six classes: conv 8 of 4 x 4, pool 8, conv 16 of 2 x 2, pool 4, dense 6.
local Signs = nn.class "Signs"
function Signs:init()
  self.w1, self.b1 = kernel(4, 4, 3, 8), tensor.zeros(8):requires_grad()
  self.w2, self.b2 = kernel(2, 2, 8, 16), tensor.zeros(16):requires_grad()
  self.dense = nn.Linear(side // 8 // 4 * (side // 8 // 4) * 16, 6)
end
function Signs:forward(a)
  a = nn.max_pool2d { nn.conv2d { a, self.w1, self.b1, same = true }:relu(), kernel = 8 }
  a = nn.max_pool2d { nn.conv2d { a, self.w2, self.b2, same = true }:relu(), kernel = 4 }
  return self.dense(a:reshape(a:size(1), -1))
end

-- 3 Loss ------------------------------------------------------------------------------------------------------------
-- Two classes: cross-entropy of sigmoid(score).  Six: -log softmax(scores)[label].  AdamW on mini-batches.

local function train(name, net, set, held, loss, right, epochs, lr)
  local adam = optim.AdamW { net, lr = lr, weight_decay = 0.05 }
  adam.schedule = optim.cosine { lr, steps = epochs * ((set[1]:size(1) + opt.batch - 1) // opt.batch) }
  local reached = 0
  for epoch = 1, epochs do
    net:train()
    local sum, count = 0, 0
    for xs, ys in data.loader { set, batch = opt.batch, shuffle = true } do
      if tensor.rand(1):item() < 0.5 then xs = xs:flip(3) end          -- a mirrored face smiles as much
      local l = loss(net(xs - 0.5), ys)
      adam:step(l)
      sum, count = sum + l:item(), count + 1
      viz.gate()                                                       -- the window's pause and step hold here
    end
    net:eval()
    reached = right(net, held[1], held[2])
    viz.plot("loss/" .. name, sum / count, { step = epoch })
    viz.plot("held out/" .. name, reached, { step = epoch })
    print(("%-6s epoch %2d   loss %.4f   held out %.3f"):format(name, epoch, sum / count, reached))
  end
  return reached
end

local function scores(net, pictures) return in_batches(function(xs) return net(xs - 0.5) end, pictures) end
local function right_of_two(net, pictures, labels)
  return scores(net, pictures):gt(0):eq(labels:gt(0.5)):to "f32":mean():item()
end
local function right_of_six(net, pictures, labels)
  return scores(net, pictures):argmax(2):eq(labels):to "f32":mean():item()
end

-- 4 Show ------------------------------------------------------------------------------------------------------------

viz.image("faces", x[{ { 1, math.min(24, x:size(1)) } }])

local function show_inside()
  viz.image("filters", happy.w:detach():permute(4, 1, 2, 3))           -- from [7, 7, 3, 32]
  local _ <close> = tensor.no_grad()                                   -- no gradients until the block ends
  local maps = happy:maps(x[{ { 1, 1 } }] - 0.5)
  viz.image("feature maps of the first face", maps[1]:permute(3, 1, 2))
  local p = scores(happy, xtest):sigmoid()
  local _, order = (p - ytest):abs():reshape(-1):sort { descending = true }
  local worst, labels = order[{ { 1, math.min(12, order:numel()) } }], {}
  for k = 1, worst:numel() do labels[k] = ("%s %.2f"):format(names and names[2] or "smile", p[{ worst[k], 1 }]) end
  viz.image("worst mistakes", xtest[worst], { labels = labels })
end

--- Of every map the share that relu makes 0, or the share that it lets through, whichever is smaller; the least.
local function least_cut()
  local _ <close> = tensor.no_grad()
  local cut = happy:maps(xtest[{ { 1, math.min(64, xtest:size(1)) } }] - 0.5):eq(0):to "f32":mean { 1, 2, 3 }
  return cut:minimum(1 - cut):min():item()
end

-- 5 Train, and the result ---------------------------------------------------------------------------------------------

print(happy)
local reached = train("happy", happy, { x, y }, { xtest, ytest }, nn.bce_logits, right_of_two, opt.epochs, opt.lr)
show_inside()
local classes, held = y:reshape(-1):to "i64" + 1, ytest:reshape(-1):to "i64" + 1
local linear, majority = baseline.linear(x, classes, xtest, held), baseline.majority(held)
print(("a linear model on pixels %.3f   the larger class alone %.3f"):format(linear, majority))

local signs
if opt.signs > 0 then
  local hx, hy = hands.draw(opt.train, side, tensor.rng(2 * opt.seed + 2), true)
  local tx, ty = hands.draw(opt.test, side, tensor.rng(2 * opt.seed + 3), true)
  -- A net of 1 300 weights stands, and needs, a larger rate.
  signs = train("signs", Signs(), { hx, hy + 1 }, { tx, ty + 1 }, nn.cross_entropy, right_of_six, opt.signs, 4 * opt.lr)
end

if opt.out then assert(happy:save(opt.out .. "/happy_house.safetensors")) end
local claim = { signs = signs, linear = linear, majority = majority, accuracy = reached,
  gain = reached - math.max(linear, majority) }
if opt.data then
  claim.measure, claim.above, claim.also = "gain", 0, { judged.more_right(reached, majority, ytest) }
else
  claim.measure, claim.above = "accuracy", opt.quick and 0.9 or 0.95
  claim.also = { { "over_line", reached - linear, above = 0.03 }, { "least_cut", least_cut(), above = 0.05 },
    { "line", linear, above = opt.quick and 0.8 or 0.85 }, judged.twins(x, xtest) }
end
return claim
