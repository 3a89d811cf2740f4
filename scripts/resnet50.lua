--- ResNet-50: fifty layers that learn, because every block only corrects its input.  He et al. 2016, arXiv:1512.03385
-- Claim: at least 0.93 of held-out hand signs are read right, and the same fifty layers without shortcuts read fewer.
-- Takes: 150 s.
local opt = lunette.options {
  data = false,                -- the course's folder: train_signs.h5, test_signs.h5; or folders of pictures
  weights = false,             -- no learning: what --out saved; with --picture ImageNet's, too: .pth, Keras' .h5, .onnx
  picture = false,             -- a photograph to look at
  labels = false,              -- names of the classes, one a line
  classes = "",                -- order of the class folders in --data, "a,b" for 0 and 1; else by name
  width = 0.25,                -- channels as a share of the paper's; 1 is the course's net of 23 600 006 parameters
  lr = 2e-3,                   -- first rate of AdamW, falling to 0 along a cosine after a short warm-up
  epochs = 16,                 -- passes over the pictures
  batch = 32,                  -- pictures in a step
  decay = 0.05,                -- weight decay
  train = 4000,                -- pictures to learn from
  test = 600,                  -- pictures held out
  size = 64,                   -- their height and width
  plain = true,                -- train the net without shortcuts too
  seed = 1,                    -- of pictures and weights
  range = { decay = { 0, 1 }, width = { 0.05, 2 }, size = { 16, 512 }, batch = { 2, 1024 }, epochs = { 1, 1000 },
    train = { 2, 50000 }, test = { 1, 50000 } },
  needs = { picture = "weights", labels = "picture", classes = "data" },
  not_with = { width = "weights", lr = "weights", epochs = "weights", batch = "weights", decay = "weights",
    train = "weights data", test = "data picture", plain = "weights", data = "picture", out = "weights" },
  quick = { width = 0.125, epochs = 8, batch = 16, train = 1600, test = 240, size = 32, plain = false },
}
local photo, keras = require "lib.resnet_photo", require "lib.resnet_keras"
if opt.weights and opt.weights:find "%.onnx$" then return photo.onnx(opt) end
local file = opt.weights and lunette.option("weights", data.weights, opt.weights)
if file and file["fc.weight"] then return photo.torchvision(opt, file) end
local imagenet = file and keras.kind(file)                             -- "old" or "new": a file of Keras'
local known = file and not imagenet and photo.known(opt, file)         -- of what --out saved: width, size, classes
local hands, course, baseline = require "lib.hands", require "lib.course", require "lib.baseline"
local results, in_batches, is = require "lib.results", require "lib.in_batches", require "lib.shapes" ()
local saved, by_heart = require "lib.saved", require "lib.by_heart"

-- 1 Data --------------------------------------------------------------------------------------------------------------
-- Drawn hands that show 0 to 5, [m, 64, 64, 3] of 0..1; validation and test from other random streams.  --data: the
-- course's folder with train_signs.h5 and test_signs.h5, which has no validation: the curve is the test's, and nothing
-- is chosen by it.  Labels count from 1, so class k shows the number k - 1.

local size, names = known and known.size or opt.size, { "0", "1", "2", "3", "4", "5" }
local x, y, xval, yval, xtest, ytest, found
if opt.data then
  x, y, xtest, ytest, found = course.pictures(opt.data, "signs", size, 6, opt.classes)
  names = found or names
  xval, yval = xtest, ytest
  if x:size(1) < 2 or math.min(x:size(2), x:size(3)) < 16 then
    lunette.raise(("--data: %s: 2 pictures of 16 x 16 at least to learn from expected, found %d of %d x %d"):format(
      opt.data, x:size(1), x:size(2), x:size(3)))
  end
else
  x, y = hands.draw(file and 2 or opt.train, size, tensor.rng(2 * opt.seed), false)
  xtest, ytest = hands.draw(opt.picture and 1 or opt.test, size, tensor.rng(2 * opt.seed + 1), false)
  xval, yval = hands.draw(file and 1 or math.max(1, opt.test // 2), size, tensor.rng(1000000 + opt.seed), false)
end
if known and opt.picture then names = known.lists.classes
elseif known then
  saved.same(known, opt, names, opt.data and "--data" or "the drawn hands")
  x, xtest = data.image.resize(x, size, size), data.image.resize(xtest, size, size)
  xtest, ytest = by_heart.apart(opt.data and known.learnt, opt.data, xtest, ytest)
end
is(x, "m h w 3")                                                       -- x must have this shape
y, yval, ytest = is(y + 1, "m"), yval + 1, ytest + 1

-- 2 Model -------------------------------------------------------------------------------------------------------------
-- A block learns what to add to its input: a' = relu(F(a) + a), F = three convolutions (1 x 1 to fewer channels, 3 x 3,
-- 1 x 1 to four times as many), each with batch norm.  d a'/d a = 1 + dF/da: through the 1 the gradient of the loss
-- reaches the first layer whatever the fifty weights do.  Where height or channels change, the shortcut is a 1 x 1
-- convolution with the same stride.  A block of the plain net is relu(F(a)).

local width = imagenet and keras.width(file) or known and known.width or opt.width
local function channels(c) return math.max(4, math.floor(c * width + 0.5)) end

--- Convolution k x k with a bias, He's weights, and batch norm; n counts from the input.
local ConvBN = nn.class "ConvBN"
function ConvBN:init(i, o, k, stride, padding)
  self.conv = nn.Conv2d { i, o, k, stride = stride or 1, padding = padding or 0 }
  nn.init.he_normal(self.conv.weight)
  nn.init.zeros(self.conv.bias)
  self.norm = nn.BatchNorm(o)
end
function ConvBN:forward(a) return self.norm(self.conv(a)) end

local Block = nn.class "Block"
function Block:init(i, mid, stride, residual)
  self.a = ConvBN(i, mid, 1, stride)                                   -- [n, h/s, w/s, mid]
  self.b = ConvBN(mid, mid, 3, 1, 1)
  self.c = ConvBN(mid, 4 * mid, 1)                                     -- [n, h/s, w/s, 4 mid]
  if residual then nn.init.zeros(self.c.norm.weight) end               -- F = 0: every block begins as the identity
  if residual and (stride > 1 or i ~= 4 * mid) then self.short = ConvBN(i, 4 * mid, 1, stride) end
  rawset(self, "residual", residual)
end
function Block:forward(a)
  local f = self.c(self.b(self.a(a):relu()):relu())
  if not self.residual then return f:relu() end
  return (f + (self.short and self.short(a) or a)):relu()
end

--- The paper's 3-4-6-3 blocks behind a 7 x 7 convolution; then the mean over places and a dense layer.  (Keras' net of
-- today has zeros round the maps that are pooled first: border = 1.)
local function network(residual, classes, border)
  local i = channels(64)
  local net = nn.Sequential { nn.ZeroPad2d(3), ConvBN(3, i, 7, 2), nn.ReLU(),
    nn.MaxPool2d { 3, stride = 2, padding = border or 0 } }
  for stage, blocks in ipairs { 3, 4, 6, 3 } do
    local mid = channels(64 * 2 ^ (stage - 1))
    for b = 1, blocks do
      net:push(Block(i, mid, b == 1 and stage > 1 and 2 or 1, residual))
      i = 4 * mid
    end
  end
  return net:push(nn.GlobalAvgPool()):push(nn.Linear(i, classes or 6))
end

--- Weights that are learnt, and with the running means and variances of batch norm, as Keras counts them.
local function count(net)
  local learnt, all = 0, 0
  for _, p in ipairs(net:parameters()) do learnt = learnt + p:numel() end
  for _, p in pairs(net:state()) do all = all + p:numel() end
  return learnt, all
end

if imagenet then return photo.keras(opt, file, network) end

-- 3 Loss --------------------------------------------------------------------------------------------------------------
-- -log softmax(scores)[label], averaged; AdamW, its rate up for a twentieth of the steps, then down to 0 along half
-- a cosine.  Pictures are mirrored (a left hand counts like a right one), turned and shifted a little.

local changes = { { "flip" }, { "rotate", 8 }, { "crop", x:size(2), x:size(3), pad = x:size(2) // 16 } }

local function scores(net, pictures) return in_batches(function(xs) return net(xs - 0.5) end, pictures) end
local function accuracy(net, pictures, labels)
  net:eval()
  return scores(net, pictures):argmax(2):eq(labels):to "f32":mean():item()
end

-- 4 Show --------------------------------------------------------------------------------------------------------------
-- Curves of both nets, and the gradient by depth after the first pass.

viz.image("hand signs", x[{ { 1, math.min(24, x:size(1)) } }])

--- |dL/dW| / |W| of each convolution on the way from input to output, shortcuts left out.
local function show_gradients(name, net)
  local depth = 0
  for _, layer in ipairs(net) do
    for _, c in ipairs(layer.conv and { layer } or { layer.a, layer.b, layer.c }) do
      local w = c.conv.weight
      depth = depth + 1
      viz.plot("gradient by depth/" .. name, w.grad:norm():item() / w:norm():item(),
        { step = depth, log = true })
    end
  end
end

local function show_worst(net)
  local p = scores(net, xtest):softmax(2)
  local right = p:gather(2, ytest:unsqueeze(2)):squeeze(2)
  local _, order = right:sort()
  local worst, labels = order[{ { 1, math.min(12, ytest:numel()) } }], {}
  for k = 1, worst:numel() do
    local i = worst[k]
    labels[k] = ("%d, read %d"):format(ytest[i] - 1, p[i]:argmax():item() - 1)
  end
  viz.image("worst mistakes", xtest[worst], { labels = labels })
  return worst
end

-- 5 Train, and the result ---------------------------------------------------------------------------------------------

local function train(name, net)
  local adam = optim.AdamW { net, lr = opt.lr, weight_decay = opt.decay }
  local batch = math.min(opt.batch, x:size(1))
  local steps = opt.epochs * (x:size(1) // batch)
  adam.schedule = optim.cosine { opt.lr, steps = steps, warmup = steps // 20 }
  for epoch = 1, opt.epochs do
    net:train()
    local sum, n = 0, 0
    for xs, ys in data.loader { { x, y }, batch = batch, shuffle = true, drop_last = true, augment = changes,
      seed = opt.seed + epoch } do
      local loss = nn.cross_entropy(net(xs - 0.5), ys)
      adam:step(loss)
      sum, n = sum + loss:item(), n + 1
      if epoch == math.min(2, opt.epochs) and n == 1 then
        show_gradients(name, net)
      end
      viz.gate()                                                       -- the window's pause and step hold here
    end
    local held = accuracy(net, xval, yval)
    viz.plot("loss/" .. name, sum / n, { step = epoch })
    viz.plot("validation/" .. name, held, { step = epoch })
    print(("%-8s epoch %2d   loss %.4f   validation %.3f"):format(name, epoch, sum / n, held))
  end
  return accuracy(net, xtest, ytest)
end

local resnet = network(true)
local learnt, all = count(resnet)
print(("ResNet-50 at width %.4g: %d parameters, %d of them learnt"):format(width, all, learnt))
if width == 1 then assert(all == 23600006, "the course's count is 23 600 006") end
if known then lunette.option("weights", resnet.load_state, resnet, known.state) end
if opt.picture then
  resnet:eval()
  return photo.show(opt, size, function(a) return scores(resnet, a) end, names)
end
local reached = known and accuracy(resnet, xtest, ytest) or train("residual", resnet)
local worst = show_worst(resnet)
local plain = not known and opt.plain and train("plain", network(false))

-- Beside it: softmax regression on the pixels, the label of the nearest picture, the commonest one.
local function flat(a) return a:reshape(a:size(1), -1) end
local linear, nearest = nil, nil
if opt.data or not known then
  linear = baseline.linear(x, y, xtest, ytest)
  nearest = y[baseline.nearest_rows(flat(x), flat(xtest))]:eq(ytest):to "f32":mean():item()
end
local rows = {}
results.few(ytest:numel(), "pictures")
for _, row in ipairs { { "residual", reached }, { "plain", plain }, { "linear model on pixels", linear },
  { "nearest picture", nearest }, { "largest class", baseline.majority(ytest) } } do
  if row[2] then
    print(("held out: %-24s %.3f"):format(row[1], row[2]))
    rows[#rows + 1] = row
  end
end

if opt.out then
  saved.write(opt.out .. "/resnet50.safetensors", "resnet50", resnet, { classes = names, size = { x:size(2) } },
    by_heart.known(known, opt, x))
  assert(results.table(opt.out .. "/resnet50.csv", { "model", "held out" }, rows))
  assert(tensor.save(opt.out .. "/resnet50.png", results.row { xtest[worst]:unbind(1) }))
end
local claim = { measure = "accuracy", accuracy = reached, above = opt.quick and 0.4 or 0.93, plain = plain,
  linear = linear, nearest = nearest, majority = rows[#rows][2],
  also = plain and { { "gain", reached - plain, above = opt.data and 0 or 0.05 } } }
return opt.data and results.beside(claim, "over_baselines", reached, linear, nearest, claim.majority) or claim
