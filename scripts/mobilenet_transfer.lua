--- MobileNetV2: what was learnt from other things helps with new ones.  Sandler et al. 2018, arXiv:1801.04381
-- Claim: with 100 pictures of alpacas and of animals like them, a network that has seen 78 other kinds of things reads
-- 0.1 more of new pictures right than the same network trained from nothing, the best of three rates, and at least 0.6.
-- Takes: 25 s.
local opt = lunette.options {
  data = false,                -- a folder with a folder of pictures for each class, such as 'alpaca' and 'not alpaca'
  weights = false,             -- of the base: MobileNetV2's of torchvision (.pth), Keras (.h5), .onnx, ours; or --out's
  course = false,              -- the course's numbers: 160 x 160, batch 32, 5 epochs, 5 more from layer 120
  size = 48,                   -- height and width of the pictures
  train = 100,                 -- pictures to learn from
  validation = 100,            -- pictures by which the net from nothing is chosen
  test = 600,                  -- pictures held out
  batch = 20,                  -- pictures in a step
  epochs = 80,                 -- passes while the base is frozen
  tune = 40,                   -- passes after that, with the upper layers of the base
  from = 120,                  -- the first of those, by its number among Keras' 154 layers, 0 to 153
  lr = 1e-3,                   -- rate of Adam; a tenth of it for the second part
  passes = 60,                 -- of the net from nothing, for each of three rates
  scratch = true,              -- train it
  seed = 1,                    -- of pictures and weights
  range = { size = { 32, 512 }, train = { 4, 50000 }, validation = { 4, 50000 }, test = { 4, 50000 },
    batch = { 2, 1024 }, epochs = { 1, 10000 }, tune = { 0, 10000 }, from = { 0, 153 }, passes = { 1, 10000 } },
  not_with = { train = "data", validation = "data", test = "data", passes = "scratch=false", from = "tune=0" },
  preset = { course = { size = 160, batch = 32, epochs = 5, tune = 5, from = 120, lr = 1e-3 } },
  quick = { validation = 40, test = 200, epochs = 60, tune = 10, passes = 10, course = { size = 64 } },
}
local objects, baseline, folders = require "lib.objects", require "lib.baseline", require "lib.picture_classes"
local mobilenet, weights, saved = require "lib.mobilenet", require "lib.mobilenet_weights", require "lib.saved"
local results, by_heart, is = require "lib.results", require "lib.by_heart", require "lib.shapes" ()    -- is(x, "m 4")
local known = opt.weights and weights.known(opt)                       -- of what --out saved: size and classes
local size = known and known.size or opt.size                          -- of the pictures

-- 1 Data --------------------------------------------------------------------------------------------------------------
-- Pictures [m, 48, 48, 3] of 0..1, labels from 1.  Built in: drawn alpacas, and llamas, sheep, goats, camels and
-- poodles; none of them was among what the base has learnt from.  Training, validation and test show different animals.

local names, train, validation, test
if opt.data then
  names, train, validation, test = folders.read(opt.data, size, known and known.learnt)
else
  names = objects.reserved
  local function stream(name, n, k)
    return { objects.draw(n, size, tensor.rng(3 * opt.seed + k),
      { classes = names, stream = name, clutter = 0.4 }) }
  end
  train, validation, test = stream("train", opt.train, 0), stream("validation", opt.validation, 1),
    stream("test", opt.test, 2)
end
if known then saved.same(known, opt, names, opt.data and "--data" or "the drawn pictures") end
local x, y = is(train[1], "m h h 3"), is(train[2], "m")
-- Every time a picture is seen it may be mirrored, and is turned by up to 20 degrees (the course: 0.2 of a turn).
local changes = { { "flip" }, { "rotate", opt.course and 72 or 20, fill = 0.5 } }

-- 2 Model -------------------------------------------------------------------------------------------------------------
-- The base (lib/mobilenet.lua) makes 1280 features of a picture.  A block of it widens [m, h, w, c] to 6 c channels by
-- 1 x 1, looks about in each of them by 3 x 3, both with relu6, and ends thin, by 1 x 1 without: block(a) = a + F(a),
-- where shapes allow the sum.  Then the mean over all places.  What is new is one layer on top:
--   score = w . dropout(mean(base(x))) + b
-- Frozen, the base is a fixed function: no gradient, and batch norm keeps the means and variances it has learnt.

tensor.seed(opt.seed)
local outputs = #names == 2 and 1 or #names
local Net = nn.class "Net"
function Net:init(base)
  self.base, self.drop, self.dense = base, nn.Dropout(0.2), nn.Linear(base.features, outputs)
end
function Net:forward(a) return self.dense(self.drop(self.base(a))) end   -- [m, h, h, 3] -> [m, outputs]

local base, kind, width, dense = weights.read(opt.weights or nil)
local net = Net(base)
if dense then weights.on_top(net.dense, dense) end                     -- all was learnt: see --out
local all, learnt = 0, base:parameter_count()
for _, t in pairs(base:state()) do all = all + t:numel() end
print(("MobileNetV2 of width %g (%s weights): %d parameters, %d of them learnt; on top %d"):format(width, kind, all,
  learnt, net.dense:parameter_count()))

-- 3 Loss --------------------------------------------------------------------------------------------------------------
-- Two classes: cross-entropy of sigmoid(score), which says how much it is the second.  More: of softmax(scores).

local function loss_of(scores, labels)
  if outputs > 1 then return nn.cross_entropy(scores, labels) end
  return nn.bce_logits(scores, (labels - 1):to "f32":unsqueeze(2))
end
local function read(scores) return outputs > 1 and scores:argmax(2) or scores:squeeze(2):gt(0):to "i64" + 1 end

--- f(pictures) without gradient, a batch at a time, one after the other.
local function each_batch(f, pictures)
  local parts = {}
  for xs in data.loader { { pictures }, batch = 50 } do
    parts[#parts + 1] = tensor.no_grad(function() return f(xs) end)
  end
  return tensor.cat(parts, 1)
end
local function right(found, labels) return found:eq(labels):to "f32":mean():item() end
local function accuracy(model, set)
  model:eval()
  return right(read(each_batch(model, set[1])), set[2])
end

-- 4 Show --------------------------------------------------------------------------------------------------------------

--- The features of the validation pictures on their first two principal components.
local function show_features(title)
  base:eval()
  local f = each_batch(base, validation[1])
  local u, s = (f - f:mean(1)):svd()
  viz.scatter(title, u[{ {}, { 1, 2 } }] * s[{ { 1, 2 } }], { class = validation[2], classes = names,
    thumb = (validation[1] * 255):to "u8" })
end

--- The first maps behind some blocks, for one picture.
local function show_maps()
  local _ <close> = tensor.no_grad()                                   -- no gradients until the block ends
  local a = base.stem(base.prepare(test[1][{ { 1, 1 } }]))
  for k, block in ipairs(base.blocks) do
    a = block(a)
    if k == 3 then viz.image("feature maps of block 3", a[1][{ {}, {}, { 1, 8 } }]:permute(3, 1, 2)) end
  end
end

local function show_end(found, scores)
  viz.confusion("confusion", nn.metrics.confusion(found, test[2], { classes = #names }), { classes = names })
  local p = outputs > 1 and scores:softmax(2) or tensor.cat({ 1 - scores:sigmoid(), scores:sigmoid() }, 2)
  local _, order = p:gather(2, test[2]:unsqueeze(2)):squeeze(2):sort()
  local worst, labels = order[{ { 1, math.min(12, order:numel()) } }], {}
  for k = 1, worst:numel() do labels[k] = "is " .. names[test[2][worst[k]]] end
  viz.image("worst mistakes", test[1][worst], { labels = labels })
end

-- 5 Train, and the result ---------------------------------------------------------------------------------------------

--- One pass over the training pictures; prepared says what is in training mode.  The mean loss.
local function pass(model, optimiser, epoch, prepared)
  model:train()
  if prepared then prepared() end
  local sum, n = 0, 0
  for xs, ys in data.loader { train, batch = opt.batch, shuffle = true, augment = changes,
    drop_last = require "lib.lone" (x:size(1), opt.batch), seed = 1000 * opt.seed + epoch } do
    local loss = loss_of(model(xs), ys)
    optimiser:step(loss)
    sum, n = sum + loss:item(), n + 1
    if n == 1 then viz.image("augmented batch", xs[{ { 1, math.min(20, xs:size(1)) } }]:clamp(0, 1)) end
    viz.gate()                                                         -- the window's pause and step hold here
  end
  return sum / n
end

local rows = {}
local function note(what, epoch, loss, held)
  if what == "transfer" then
    viz.plot("loss/transfer", loss, { step = epoch })
    viz.plot("validation/transfer", held, { step = epoch })
  else
    viz.plot("from nothing: validation/" .. what:match "rate .*", held, { step = epoch })
  end
  rows[#rows + 1] = { what, epoch, loss, held }
  if epoch % 20 == 0 or opt.course then
    print(("%-12s epoch %3d   loss %.4f   validation %.3f"):format(what, epoch, loss, held))
  end
end

--- The new layer alone, then with the layers from opt.from on, at a tenth of the rate.
local function transfer()
  mobilenet.freeze(base)
  local adam = optim.Adam { net.dense:parameters(), lr = opt.lr }
  local function frozen() base:eval() end
  local function stage(first, last)
    for epoch = first, last do
      local loss = pass(net, adam, epoch, frozen)
      if opt.course or epoch % 5 == 0 or epoch == last then note("transfer", epoch, loss, accuracy(net, validation)) end
    end
  end
  stage(1, opt.epochs)
  local before = accuracy(net, test)
  local least, most = math.huge, -math.huge                            -- a line from there to there: now more learns
  for _, row in ipairs(rows) do least, most = math.min(least, row[4]), math.max(most, row[4]) end
  for _, h in ipairs { least, most } do viz.plot("validation/unfrozen", h, { step = opt.epochs }) end
  local learns = mobilenet.freeze(base, opt.from)
  for _, p in ipairs(net.dense:parameters()) do learns[#learns + 1] = p end
  adam = optim.Adam { learns, lr = opt.lr / 10 }
  stage(opt.epochs + 1, opt.epochs + opt.tune)
  return before
end

--- The same network from random weights, all of it learnt: the rate, and the pass, that are best on the validation set.
local function from_nothing()
  local best, reached = -1, nil
  for _, rate in ipairs(opt.quick and { 1e-3 } or { 3e-3, 1e-3, 3e-4 }) do
    local other = Net(mobilenet.new { width = width, form = kind })
    local adam = optim.AdamW { other, lr = rate, weight_decay = 0.05 }
    adam.schedule = optim.cosine { rate, steps = opt.passes * ((x:size(1) + opt.batch - 1) // opt.batch), warmup = 5 }
    for epoch = 1, opt.passes do
      local loss = pass(other, adam, epoch)
      if epoch % 5 == 0 or epoch == opt.passes then
        local held = accuracy(other, validation)
        note(("from nothing, rate %g"):format(rate), epoch, loss, held)
        if held > best then best, reached = held, accuracy(other, test) end
      end
    end
  end
  return reached
end

--- Logistic regression on given features, until it no longer changes, weights held small.
local function line(f, ftest)
  local mean, spread = f:mean(1), f:std(1) + 1e-3
  local one = nn.Linear(f:size(2), outputs)
  local adam = optim.AdamW { one, lr = 3e-3, weight_decay = 1 }
  for _ = 1, 400 do adam:step(loss_of(one((f - mean) / spread), y)) end
  return right(read(tensor.no_grad(one, (ftest - mean) / spread)), test[2])
end
--- The label of the picture that is nearest by the squared difference of pixels.
local function nearest(a, b)
  return right(y[baseline.nearest_rows(a, b)], test[2])
end

show_features "features before"
local flat, flat_test = x:reshape(x:size(1), -1), test[1]:reshape(test[1]:size(1), -1)
local pixels, neighbour, majority = line(flat, flat_test), nearest(flat, flat_test), baseline.majority(test[2])
local features = line(each_batch(base, x), each_batch(base, test[1]))
local frozen = not dense and transfer() or nil
net:eval()
local scores = each_batch(net, test[1])
local reached = right(read(scores), test[2])
local scratch = not dense and opt.scratch and from_nothing() or nil
show_features "features after"
show_maps()
show_end(read(scores), scores)
results.few(test[2]:numel(), "pictures")
local table_rows = { { "transfer", reached }, { "a line on the base's features", features },
  { "a line on pixels", pixels }, { "nearest picture", neighbour }, { "larger class", majority } }
if scratch then table.insert(table_rows, 2, { "from nothing", scratch }) end
if frozen then table.insert(table_rows, 2, { "base frozen", frozen }) end
for _, row in ipairs(table_rows) do print(("held out: %-30s %.3f"):format(row[1], row[2])) end

if opt.out then
  saved.write(opt.out .. "/mobilenet_transfer.safetensors", "mobilenet_transfer", net, { classes = names,
    size = { size } }, by_heart.known(known, opt, x))
  assert(results.table(opt.out .. "/mobilenet_transfer.csv", { "model", "held out" }, table_rows))
  assert(results.table(opt.out .. "/curves.csv", { "what", "epoch", "loss", "validation" }, rows))
  assert(tensor.save(opt.out .. "/mobilenet_transfer.png", results.row { x[1], x[2], x[3], x[4] }))
end
local claim = { frozen = frozen, scratch = scratch, features = features, linear = pixels, nearest = neighbour,
  majority = majority, accuracy = reached, measure = "accuracy", above = opt.quick and 0.56 or 0.6 }
if opt.data then return results.beside(claim, "gain", reached, scratch, pixels, neighbour, majority) end
if scratch then
  claim.also = { { "accuracy", reached, above = claim.above } }
  claim.measure, claim.gain, claim.above = "gain", reached - scratch, opt.quick and 0.03 or 0.1
end
return claim
