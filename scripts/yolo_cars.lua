--- YOLO: cars, lorries, people and signs at one look.  Redmon and Farhadi 2017 (YOLOv2), arXiv:1612.08242
-- Claim: mAP@0.5 of at least 0.80 over four classes, in towns never seen before, with anchors whose mean IoU with the
-- boxes is at least 0.6; then a drive, live.
-- Takes: 360 s.
local opt = lunette.options {
  data = false,                -- images/ and labels/*.txt (YOLO), or JPEGImages/ and Annotations/*.xml (Pascal VOC)
  video = false,               -- a video file to watch at the end, in place of the drive
  camera = false,              -- a camera to watch at the end: --camera, or --camera /dev/video1
  cfg = false,                 -- a network of Darknet's instead of learning: with --weights, --picture or --video
  weights = false,             -- its .weights; without --cfg what --out saved, instead of learning
  names = false,               -- their classes, one a line
  picture = false,             -- a picture to look at, alone
  course = false,              -- the course's decoding alone: 19 x 19 x 5 x (5 + 80), score 0.6, IoU 0.5, 10 boxes
  anchors = 5,                 -- boxes that each cell may answer with
  height = 96,                 -- of the scenes, a multiple of 16; their width is 3/2 of it
  epochs = 12,                 -- passes over the scenes
  batch = 4,                   -- scenes in a step
  lr = 3e-3,                   -- first rate of AdamW, falling to 0 along a cosine
  train = 6500,                -- scenes to learn from
  test = 240,                  -- scenes held out
  score = 0.4,                 -- least score of a box that the drive shows
  frames = 320,                -- of the drive at the end; 0: none
  seed = 1,                    -- of towns and weights
  range = { frames = { 0 }, score = { 0, 1 }, height = { 32, 512, 16 }, anchors = { 1, 32 }, batch = { 1, 256 },
    epochs = { 1, 1000 }, train = { 1, 20000 }, test = { 1, 5000 } },
  needs = { picture = "weights", names = "weights", cfg = { "weights", "picture video camera" } },
  not_with = { video = "camera picture", camera = "picture", frames = "video camera picture", anchors = "weights",
    epochs = "weights", batch = "weights", lr = "weights", train = "weights data", test = "data picture",
    data = "picture", out = "picture" },
  only = { cfg = "weights names picture video camera score", course = "" },
  quick = { epochs = 7, train = 220, test = 60, height = 64, lr = 4e-3, score = 0.15, frames = 8 },
}
local streets, yolo, files = require "lib.streets", require "lib.yolo", require "lib.box_files"
local results, saved, by_heart = require "lib.results", require "lib.saved", require "lib.by_heart"
local is = require "lib.shapes" ()    -- is(x, "m 4"): x must have this shape
if opt.course then return require "lib.yolo_course" (opt) end
if opt.cfg then return require "lib.darknet_demo" (opt) end
local watch = require "lib.yolo_watch" (opt)                           -- what cannot be opened is told before learning
local known = watch:known()                                            -- of --weights: anchors, classes, height

-- 1 Data ------------------------------------------------------------------------------------------------------------
-- Pictures [m, 96, 144, 3]; for each its boxes x1 y1 x2 y2 in shares of width and height, their classes, and which
-- are too small to be asked for.  The test's towns, vehicles and signs are none of the training's.

local H, stride = known and known.height or opt.height, 8
local W = H * 3 // 2
local rows, columns = H // stride, W // stride
local names, train, val, test = known and known.names or streets.things, nil, nil, nil
if opt.data then
  local parts, found = files.read(opt.data, H, W, known and known.classes, known and known.learnt)
  train, val, test, names = parts.train, parts.val, parts.test, known and names or found
elseif not opt.picture and not (known and watch.source) then
  local function stream(k, n)
    local x, _, truths = streets.draw(n, { h = H, w = W, rng = tensor.rng(5 * opt.seed + k) })
    for _, t in ipairs(truths) do t.boxes = t.boxes / tensor { W, H, W, H } end
    return { x = (x * 255 + 0.5):to "u8", truths = truths }            -- bytes, as a camera gives them
  end
  if not known then train, val = stream(0, opt.train), stream(1, math.max(16, opt.test // 4)) end
  test = stream(2, opt.test)
end
local C, A = #names, known and known.anchors:size(1) or opt.anchors

-- Anchors: the sizes that the training's boxes cluster about, in cells.
local anchors, fit
if known then
  anchors = known.anchors
else
  is(train.x, "m h w 3")
  local sizes = yolo.sizes(train.truths, rows, columns)
  if #sizes < A then
    error(("%s: at least %d boxes to learn from expected, one for each of --anchors, found %d in %d pictures"):format(
      opt.data and "--data: " .. opt.data or "--train", A, #sizes, #train.truths), 0)
  end
  anchors, fit = yolo.anchors(tensor(sizes), A, tensor.rng(5 * opt.seed + 3))
  print(("%d anchors, mean IoU with the boxes %.3f: %s"):format(A, fit, tostring(anchors)))
end

-- 2 Model -----------------------------------------------------------------------------------------------------------
-- Darknet's pattern: 3 x 3 convolutions with batch norm and leaky relu, 1 x 1 between them to narrow the stream,
-- steps of 2 in place of pooling.  Two of them look past their neighbours (dilation 2 and 4), so that a cell sees a
-- whole lorry.  The passthrough lays the map of stride 4 beside that of stride 8, its 2 x 2 places as channels.  Then
-- for each cell and anchor: t_x t_y t_w t_h t_o and C scores.

local function conv(i, o, k, step) return nn.ConvNorm { i, o, k, stride = step or 1, act = "leaky" } end
local function wide(i, o, gap)
  return nn.Sequential { nn.Conv2d { i, o, 3, padding = gap, dilation = gap, bias = false }, nn.BatchNorm(o),
    nn.LeakyReLU(0.1) }
end

local Yolo = nn.class "Yolo"
function Yolo:init()
  self.fine = nn.Sequential { conv(3, 16, 3, 2), conv(16, 32, 3, 2), conv(32, 32, 3) }            -- stride 4
  self.pass = conv(32, 16, 1)
  self.coarse = nn.Sequential { conv(32, 64, 3, 2), conv(64, 64, 3), conv(64, 128, 3), conv(128, 64, 1),
    wide(64, 128, 2), conv(128, 64, 1), wide(64, 128, 4) }                                        -- stride 8
  self.join, self.head = conv(128 + 64, 96, 3), nn.Conv2d(96, A * (5 + C), 1)
  self:buffer("anchors", anchors)                                      -- saved with the weights
end
--- [n, h, w, c] -> [n, h/2, w/2, 4c]
local function space_to_depth(a)
  local n, h, w, c = a:size(1), a:size(2), a:size(3), a:size(4)
  return a:reshape(n, h // 2, 2, w // 2, 2, c):permute(1, 2, 4, 3, 5, 6):reshape(n, h // 2, w // 2, 4 * c)
end
function Yolo:forward(a)
  local fine = self.fine(a)
  local both = tensor.cat { self.coarse(fine), space_to_depth(self.pass(fine)), dim = 4 }
  local t = self.head(self.join(both))
  return t:reshape(t:size(1), t:size(2), t:size(3), A, 5 + C)
end
local net = Yolo()
anchors = net.anchors                                                  -- what is saved is what all below decodes with
-- Almost nowhere is something: t_o begins at -4, a probability of 0.02.
tensor.no_grad(function() net.head.bias:view(A, 5 + C)[{ {}, 5 }] = -4 end)

-- 3 Loss ------------------------------------------------------------------------------------------------------------
-- In the cell of a box's middle the anchor whose size has the greatest IoU with the box's answers for it (yolo.match;
-- one box each: the first); there 1_obj = 1:
--   5 sum 1_obj (2 - wh) [(sigmoid(t_x) - x)^2 + (sigmoid(t_y) - y)^2 + (t_w - log w/p_w)^2 + (t_h - log h/p_h)^2]
--   + sum 1_obj cross_entropy(scores, class)
--   + sum (5 1_obj + 1_noobj) bce(t_o, goal),  goal = IoU of what is said with the box, and 0 where there is none.
-- Whoever is not asked but lies on a box with IoU above 0.6 is not punished.  (The paper squares them all.)

local function loss_of(t, truths)
  local m = yolo.match(truths, t:size(2), t:size(3), anchors)
  local flat = t:reshape(-1, 5 + C)
  local boxes = tensor.no_grad(function() return (yolo.decode(t, anchors)) end)
  local goal, weight = tensor.zeros(flat:size(1)), yolo.beside(boxes, truths):logical_not():to "f32"
  if m.spared then weight[m.spared] = 0 end
  if m.n == 0 then return (nn.bce_logits(flat[{ {}, 5 }], goal, { reduction = "none" }) * weight):sum() / #truths end
  local said = flat[m.at]                                              -- [p, 5 + C]
  goal[m.at] = nn.boxes.iou(boxes:reshape(-1, 4)[m.at], m.boxes, { paired = true })
  weight[m.at] = 5
  local xy = (said[{ {}, { 1, 2 } }]:sigmoid() - m.want[{ {}, { 1, 2 } }]):square():sum(2)
  local wh = (said[{ {}, { 3, 4 } }] - m.want[{ {}, { 3, 4 } }]):square():sum(2)
  local place = ((xy + wh) * (2 - m.size)):sum() * 5
  local object = (nn.bce_logits(flat[{ {}, 5 }], goal, { reduction = "none" }) * weight):sum()
  local class = nn.cross_entropy(said[{ {}, { 6, 5 + C } }], m.label, { reduction = "sum" })
  return (place + object + class) / #truths, place / #truths, object / #truths, class / #truths
end

-- 4 Show ------------------------------------------------------------------------------------------------------------

local function scaled(x) return x.dtype == "u8" and x:to "f32" / 255 or x end

--- What a network finds in pictures and their mirror images: a list of {boxes in shares, scores, labels}.
local function find(model, x, score, most)
  model:eval()
  local found = {}
  for xs in data.loader { { x }, batch = 16 } do
    local boxes, scores = tensor.no_grad(function() return yolo.both(model, scaled(xs), anchors) end)
    for i = 1, xs:size(1) do
      found[#found + 1] = yolo.select(boxes[i], scores[i], { score = score, iou = 0.5, most = most or 60 })
    end
  end
  return found
end

-- 5 Train, and the result ---------------------------------------------------------------------------------------------

local function learn(model, epochs, quiet)
  local n = train.x:size(1)
  local steps = epochs * ((n + opt.batch - 1) // opt.batch)
  local adam = optim.AdamW { model, lr = opt.lr, weight_decay = 0.01 }
  adam.schedule = optim.cosine { opt.lr, steps = steps, warmup = math.min(50, steps // 5) }
  for epoch = 1, epochs do
    model:train()
    local sum, count = 0, 0
    for xs, ids in data.loader { { train.x, tensor.arange(n) }, batch = opt.batch, shuffle = true } do
      local truths = {}
      for k, i in ipairs(ids:totable()) do truths[k] = train.truths[math.tointeger(i)] end
      xs, truths = yolo.changed(scaled(xs), truths)
      local loss, place, object, class = loss_of(model(xs), truths)
      adam:step(loss)
      sum, count = sum + loss:item(), count + 1
      if place and not quiet then
        for k, v in pairs { place = place, object = object, class = class } do viz.plot("loss/" .. k, v:item()) end
      end
      viz.gate()                                                       -- the window's pause and step hold here
    end
    if not quiet then
      local found = find(model, val.x, 0.02)
      local map = yolo.mean_ap(found, val.truths)
      viz.plot("validation/mAP", map, { step = epoch })
      local k = (epoch - 1) % val.x:size(1) + 1
      watch:show("scene", val.x[k], find(model, val.x[{ { k, k } }], opt.score)[1], names, val.truths[k])
      print(("epoch %2d   loss %.3f   validation: mAP %s"):format(epoch, sum / count,
        map == map and ("%.3f"):format(map) or "of no boxes"))
    end
  end
end
print(net:summary { 1, H, W, 3 })
if known then lunette.option("weights", net.load_state, net, known.state) else learn(net, opt.epochs) end
local function seen(small) return find(net, small, opt.score)[1] end
if opt.picture then return watch:look(H, W, names, seen) end
if not test then return watch:drive(H, W, nil, names, seen) end

local found = find(net, test.x, 0.02)
local map, each = yolo.mean_ap(found, test.truths)
results.few(#test.truths, "pictures")
local bars, lines = {}, { { "mean", map } }
for c, name in ipairs(names) do
  if each[c] then
    bars[name], lines[#lines + 1] = each[c], { name, each[c] }
    print(("%-12s AP %.3f"):format(name, each[c]))
    local recall, precision = yolo.curve(found, test.truths, c)
    for k = 1, #recall, math.max(1, #recall // 60) do
      viz.plot("precision over recall/" .. name, precision[k], { step = recall[k] })
    end
  end
end
viz.bars("average precision", bars, { threshold = 0.8 })

-- A linear model of the pixels about each cell, with the same loss; and the boxes of the nearest picture.
local line = nn.class "Line"
function line:init() self.conv = nn.Conv2d { 3, A * (5 + C), 24, stride = stride, padding = 8 } end
function line:forward(a) return self.conv(a - 0.5):reshape(a:size(1), rows, columns, A, 5 + C) end
local linear_map, nearest_map
if train then
  local linear = line()
  learn(linear, 1, true)
  linear_map = yolo.mean_ap(find(linear, test.x, 0.02), test.truths)
  nearest_map = yolo.mean_ap(yolo.nearest(train.x, train.truths, test.x), test.truths)
  print(("mAP@0.5: YOLO %.3f   a linear model %.3f   nearest picture %.3f"):format(map, linear_map, nearest_map))
end

if opt.out then
  saved.write(opt.out .. "/yolo_cars.safetensors", "yolo_cars", net, { height = { H },
    classes = known and known.classes or names }, by_heart.known(known, opt, train and train.x))
  assert(results.table(opt.out .. "/yolo_cars.csv", { "class", "AP@0.5" }, lines))
  local pictures = {}
  for k, boxes in ipairs(find(net, test.x[{ { 1, math.min(4, test.x:size(1)) } }], opt.score)) do
    pictures[k] = results.framed(test.x[k], boxes.boxes, { 1, 0.5, 0 })
  end
  assert(tensor.save(opt.out .. "/yolo_cars.png", results.row(pictures)))
end

watch:drive(H, W, test, names, seen)

-- Are the anchors of these decoded boxes those that the training's boxes cluster about?  (With their sides swapped they
-- fit about as well, 0.95 of it: what is wide in a street is a car, and what is high a person.)
local now = fit and yolo.fit(tensor(yolo.sizes(train.truths, rows, columns)), anchors)
local also = fit and { { "fit_kept", now / fit, above = 0.99 }, not opt.data and A >= 5 and { "anchor_fit", now,
  above = 0.6 } or nil }
local claim = { measure = "mAP", mAP = map, above = opt.quick and 0.06 or 0.8, also = also, linear = linear_map,
  nearest = nearest_map }
-- 0.01: who finds nothing has not gained where nothing is found beside it either.
return opt.data and results.beside(claim, "gain", map, linear_map, nearest_map, 0.01) or claim
