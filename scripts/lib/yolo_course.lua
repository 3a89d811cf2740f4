--- yolo_course.lua: the course's decoding: t [1, 19, 19, 5, 5 + 80] of a picture of 608 x 608, the anchors of its
-- file, boxes with a score of at least 0.6, of those that overlap by more than an IoU of 0.5 the best, at most ten.
--
-- Without its weights t comes from the boxes of a drawn scene (yolo.encode), with noise on it and false answers of
-- lower score: the decoding must give the boxes back, and nothing else.
local streets, yolo = require "lib.streets", require "lib.yolo"

-- yolo_anchors.txt: w, h in cells of 32 pixels.
local anchors = tensor { { 0.57273, 0.677385 }, { 1.87446, 2.06253 }, { 3.33843, 5.47434 }, { 7.88282, 3.52778 },
  { 9.77052, 9.16828 } }
-- Where coco_classes.txt (80 names) has what the scenes show.
local coco = { car = 3, lorry = 8, pedestrian = 1, sign = 12 }
local size, cells, classes = 608, 19, 80

return function(opt)
  local rng = tensor.rng(opt.seed)
  local x, _, truths = streets.draw(1, { h = size, w = size, rng = rng, kind = "day" })
  local names, asked = {}, truths[1].hard:logical_not()
  local truth = { boxes = truths[1].boxes[asked] / size, labels = truths[1].labels[asked] }
  for i, c in ipairs(truth.labels:totable()) do
    names[coco[streets.things[c // 1]]] = streets.things[c // 1]
    truth.labels[i] = coco[streets.things[c // 1]]
  end
  -- The ten largest, one in each cell and anchor, and none that suppression would take for another's shadow.
  local areas = nn.boxes.area(truth.boxes)
  local ids = nn.boxes.nms(truth.boxes, areas, { iou = 0.4, labels = truth.labels, most = 10 })
  truth = { boxes = truth.boxes[ids], labels = truth.labels[ids] }
  local said = yolo.match({ truth }, cells, cells, anchors)
  local t = yolo.encode({ truth }, cells, cells, anchors, classes)
  print(("t %s, %d boxes in it"):format(lunette.typename(t), said.n))
  t = t + tensor.randn { 1, cells, cells, 5, 5 + classes, rng = rng } * 0.02
  local lower = t:roll { 1, dim = 3 }                                  -- the same answers a cell beside, less sure
  lower["..., 5"] = lower["..., 5"] - 11.8
  local open = t["..., 5"]:lt(0):unsqueeze(5)
  t = tensor.where(open, lower, t)
  local boxes, _, scores = yolo.decode(t, anchors)
  local found = yolo.select(boxes[1], scores[1], { score = 0.6, iou = 0.5, most = 10 })
  local labels, right = {}, 0
  for i, c in ipairs(found.labels:totable()) do labels[i] = names[math.tointeger(c)] end
  local most, which = nn.boxes.iou(said.boxes, found.boxes):max(2)
  for i = 1, said.n do
    if most[i] > 0.9 and found.labels[which[i]] == said.label[i] then right = right + 1 end
  end
  viz.image("608 x 608", x[1])
  viz.boxes("608 x 608", said.boxes * size, { truth = true })
  viz.boxes("608 x 608", found.boxes * size, { labels = labels, scores = found.scores })
  print(("%d boxes found, %d of %d right"):format(found.scores:numel(), right, said.n))
  local agreed = 2 * right / (said.n + found.scores:numel())           -- F1
  return { measure = "boxes", boxes = agreed, above = 0.999 }
end
