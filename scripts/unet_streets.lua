--- U-Net: a class for every pixel of a street.  Ronneberger, Fischer and Brox 2015, arXiv:1505.04597
-- Claim: mean IoU of at least 0.75 over nine classes, and 0.95 of all pixels right, in towns never seen before.
-- Takes: 450 s.
local opt = lunette.options {
  data = false,                -- a folder with CameraRGB/ and CameraMask/ (or CameraSeg/): PNGs paired by name
  course = false,              -- the course's network: 96 x 128, 32 filters, 23 classes, no batch norm, dropout 0.3
  filters = 16,                -- of the first block; each of the four blocks below has twice as many
  epochs = 12,                 -- passes over the scenes
  batch = 4,                   -- scenes in a step
  lr = 3e-3,                   -- first rate of AdamW, falling to 0 along a cosine
  height = 64,                 -- of the scenes, a multiple of 16, as is their width
  width = 96,                  -- of the scenes
  train = 3200,                -- scenes to learn from
  test = 200,                  -- scenes held out
  frames = 320,                -- of the drive at the end; 0: none
  seed = 1,                    -- of towns and weights
  range = { frames = { 0 }, height = { 32, 512, 16 }, width = { 32, 512, 16 }, filters = { 1, 128 }, batch = { 1, 256 },
    epochs = { 1, 1000 }, train = { 1, 20000 }, test = { 1, 5000 } },
  not_with = { train = "data", test = "data", frames = "data" },
  preset = { course = { height = 96, width = 128, filters = 32 } },
  quick = { epochs = 8, train = 160, test = 32, height = 48, width = 64, filters = 8, lr = 6e-3, frames = 8,
    course = { height = 48, width = 64, filters = 8 } },
}
local streets, baseline, masks = require "lib.streets", require "lib.baseline", require "lib.mask_files"
local results, is = require "lib.results", require "lib.shapes" ()          -- is(x, "m 4"): x must have this shape

-- 1 Data ------------------------------------------------------------------------------------------------------------
-- Pictures [m, 64, 96, 3] of 0..1 and classes [m, 64, 96] from 1.  Built in: drawn streets; the test's towns, cars
-- and signs are none of the training's.  --data: frames of the CARLA simulator; the class is the greatest of a mask's
-- channels, from 0.  The course's network tells CARLA's 23 classes apart: nine of them are in the drawn streets.

local H, W = opt.height, opt.width
local drawn = not opt.data and not opt.course
local names, colors = drawn and streets.classes or masks.carla, drawn and streets.colors or masks.colors
local classes = #names
local x, y, xval, yval, xtest, ytest
if opt.data then
  x, y, xval, yval, xtest, ytest = masks.read(opt.data, H, W)
else
  local function stream(k, n)
    local pictures, mask = streets.draw(n, { h = H, w = W, rng = tensor.rng(4 * opt.seed + k) })
    return pictures, drawn and mask or masks.of_streets(mask)
  end
  x, y = stream(0, opt.train)
  xval, yval = stream(1, math.max(8, opt.test // 4))
  xtest, ytest = stream(2, opt.test)
end
is(x, "m h w 3")
is(y, "m h w")

-- 2 Model -----------------------------------------------------------------------------------------------------------
-- Down: two 3 x 3 convolutions, then the greatest of every 2 x 2, four times: ever coarser, ever more channels, ever
-- farther views.  Up: a transposed convolution doubles height and width again, and the map of the same size from the
-- way down is laid beside it, which still knows where edges are:
--   up_k = block([ transpose(up_{k+1}) , down_k ])
-- Sides are padded (the paper cuts the maps instead).  Batch norm (2015 too) makes a few epochs enough.

local norm, filters, dropout = not opt.course, opt.filters, opt.course and 0.3 or 0

local function conv(i, o)
  if norm then return nn.ConvNorm { i, o, 3 } end
  return nn.Conv2d { i, o, 3, padding = 1, act = "relu" }
end

local Block = nn.class "Block"                                         -- conv 3 x 3, relu, conv 3 x 3, relu
function Block:init(i, o, p)
  self.a, self.b, self.drop = conv(i, o), conv(o, o), p and p > 0 and nn.Dropout(p) or nil
end
function Block:forward(a)
  a = self.b(self.a(a))
  return self.drop and self.drop(a) or a
end

local UNet = nn.class "UNet"
function UNet:init(f)
  self.down, self.rise, self.up, self.bottom = {}, {}, {}, Block(8 * f, 16 * f, dropout)
  for k = 1, 4 do
    local o = f << k - 1                                               -- f, 2f, 4f, 8f channels
    self.down[k] = Block(k == 1 and 3 or o // 2, o, k == 4 and dropout)
    self.rise[k] = opt.course and nn.ConvTranspose2d { 2 * o, o, 3, stride = 2, padding = 1, output_padding = 1 }
      or nn.ConvTranspose2d { 2 * o, o, 2, stride = 2 }
    self.up[k] = Block(2 * o, o)
  end
  self.last, self.head = opt.course and conv(f, f) or nil, nn.Conv2d(f, classes, 1)
end
--- a [m, h, w, 3] -> scores [m, h, w, classes]; h and w multiples of 16.
function UNet:forward(a)
  local kept = {}
  for k = 1, 4 do
    kept[k] = self.down[k](a)                                          -- [m, h / 2^(k-1), w / 2^(k-1), f 2^(k-1)]
    a = nn.max_pool2d { kept[k], kernel = 2 }
  end
  a = self.bottom(a)
  for k = 4, 1, -1 do a = self.up[k](tensor.cat { self.rise[k](a), kept[k], dim = 4 }) end
  return self.head(self.last and self.last(a) or a)
end
local net = UNet(filters)
local count = 0
for _, p in ipairs(net:parameters()) do count = count + p:numel() end
print(("U-Net: %d first filters, %d classes, %d parameters"):format(filters, classes, count))
if opt.course and filters == 32 then assert(count == 8640471, "the course's network has 8 640 471 parameters") end

-- 3 Loss ------------------------------------------------------------------------------------------------------------
-- Cross-entropy in every pixel; rare classes (people, signs) count for more, as the paper weighs its classes:
--   w_c = (share_c)^(-0.1), scaled to a mean of 1 over the pixels

local share = y:reshape(-1):to "i64":bincount { minlength = classes }:to "f32" / y:numel()
local weight = tensor.where(share:gt(0), share:clamp(1e-3) ^ -0.1, 0)
weight = weight / (weight * share):sum()

local function loss_of(a, target)
  return nn.cross_entropy(net(a):reshape(-1, classes), target:reshape(-1):to "i64", weight)
end

-- 4 Show ------------------------------------------------------------------------------------------------------------

--- The class of every pixel, [m, h, w]; twice: also as the mirror image shows it, the mean of both chances.
local function predict(pictures, twice)
  net:eval()
  local _ <close> = tensor.no_grad()                                   -- no gradients until the block ends
  local parts = {}
  for xs in data.loader { { pictures }, batch = 16 } do
    local p = net(xs)
    if twice then p = p:softmax(4) + net(xs:flip(3)):softmax(4):flip(3) end
    parts[#parts + 1] = p:argmax(4)
  end
  return tensor.cat(parts, 1)
end

--- IoU of a class = right / (right + wrongly taken for it + missed) -> the mean over classes, each, share of pixels
-- right.
local function measure(found, truth)
  local table_of = nn.metrics.confusion(found:reshape(-1), truth:reshape(-1):to "i64", { classes = classes })
  local mean, each = nn.metrics.iou(table_of)
  return mean, each, (table_of:diag():sum() / table_of:sum()):item()
end

local function paint(mask) return colors[mask:reshape(-1):to "i64"]:reshape(mask:size(1), mask:size(2), 3) end
local shown                                                            -- image, truth, prediction, errors
local function show(picture, truth, found)
  local wrong = found:ne(truth:to "i64"):to "f32":unsqueeze(3)
  local grey = picture:mean(3):unsqueeze(3) * 0.6
  shown = { picture, paint(truth), paint(found), grey + (tensor { 1, 0.15, 0.1 } - grey) * wrong }
  viz.image("scene", shown, { labels = { "image", "truth", "prediction", "errors" } })
end

-- 5 Train, and the result ---------------------------------------------------------------------------------------------

local adam = optim.AdamW { net, lr = opt.lr, weight_decay = 0.01 }
local steps = opt.epochs * ((x:size(1) + opt.batch - 1) // opt.batch)
adam.schedule = optim.cosine { opt.lr, steps = steps, warmup = math.min(20, steps // 5) }
for epoch = 1, opt.epochs do
  net:train()
  local sum, n = 0, 0
  for xs, ys in data.loader { { x, y }, batch = opt.batch, shuffle = true } do
    if tensor.rand(1):item() < 0.5 then xs, ys = xs:flip(3), ys:flip(3) end   -- a mirrored street is a street
    local l = loss_of(xs, ys)
    adam:step(l)
    sum, n = sum + l:item(), n + 1
    viz.plot("loss/train", l:item())
    viz.gate()                                                         -- the window's pause and step hold here
  end
  local found = predict(xval, true)
  local mean, each, right = measure(found, yval)
  local k = (epoch - 1) % xval:size(1) + 1
  show(xval[k], yval[k], found[k])
  viz.bars("IoU of each class", each:to "f32", { labels = names, threshold = 0.75 })
  viz.plot("validation/mean IoU", mean, { step = epoch })
  viz.plot("validation/pixels right", right, { step = epoch })
  print(("epoch %2d   loss %.4f   validation: mean IoU %.3f   pixels right %.3f"):format(epoch, sum / n, mean, right))
end

local found = predict(xtest, true)
local mean, each, right = measure(found, ytest)
results.few(ytest:size(1), "pictures")
for c = 1, classes do
  if each[c] == each[c] then print(("%-12s IoU %.3f"):format(names[c], each[c])) end
end
local rows = {}
for k, b in ipairs { { "U-Net", found }, { "a line on each pixel's patch and place", baseline.pixels(x, y, xtest,
  classes) },
  { "mask of the nearest picture", baseline.nearest(x, y, xtest) },
  { "commonest class of each place", baseline.common(y, xtest) } } do
  local iou, _, pixels = measure(b[2], ytest)
  rows[k] = { iou, pixels }
  print(("%-40s mean IoU %.3f   pixels right %.3f"):format(b[1], iou, pixels))
end

--- A drive, with what the network takes each pixel for laid over it, as fast as it can.
local function drive(frames)
  local masks_made, seconds = 0, 0
  for picture, _, _, large in streets.drive(frames, { h = H, w = W, scale = 6,
    rng = tensor.rng(4 * opt.seed + 3) }) do
    local from = lunette.clock()
    local mask = predict(picture:unsqueeze(1))[1]
    masks_made, seconds = masks_made + 1, seconds + lunette.clock() - from
    viz.image("drive", large)
    viz.mask("drive", nn.upsample { mask:to "f32":view(1, H, W, 1), scale = 6 }:reshape(6 * H, 6 * W):to "i64",
      { classes = names, alpha = 0.45 })
    viz.title(("unet_streets: %.0f masks a second"):format(masks_made / seconds))
    viz.gate()
  end
  if masks_made > 0 then print(("drive: %d frames, %.1f ms a mask"):format(masks_made, seconds / masks_made * 1000)) end
end
show(xtest[1], ytest[1], found[1])
viz.bars("IoU of each class", each:to "f32", { labels = names, threshold = 0.75 })
if not opt.data then drive(opt.frames) end

if opt.out then
  assert(net:save(opt.out .. "/unet_streets.safetensors"))
  local lines = { { "mean", mean }, { "pixels right", right } }
  for c = 1, classes do lines[#lines + 1] = { names[c] or "class " .. c, each[c] } end
  assert(results.table(opt.out .. "/unet_streets.csv", { "class", "IoU" }, lines))
  assert(tensor.save(opt.out .. "/unet_streets.png", results.row(shown)))
end
local claim = { measure = "mean_iou", mean_iou = mean, above = opt.quick and 0.3 or 0.75,
  also = { { "pixels", right, above = opt.quick and 0.72 or 0.95 } },
  linear = rows[2][1], nearest = rows[3][1], majority = rows[4][1] }
if not opt.data then return claim end
claim.also = { { "more_pixels", right - math.max(rows[2][2], rows[3][2], rows[4][2]), above = 0 } }
return results.beside(claim, "over_baselines", mean, claim.linear, claim.nearest, claim.majority)
