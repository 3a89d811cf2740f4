--- boxes.lua: boxes in pictures: overlap, suppression, anchors, average precision.  A box is x1 y1 x2 y2 (corners, as
-- in viz.boxes) unless a function says otherwise; lists of boxes are [N, 4].
local record = require "nn.record"
local none = lunette.none
local boxes = {}
nn.boxes = boxes
record.declare { name = "nn.boxes", sig = "nn.boxes.NAME(...)", see = "nn.boxes.area",
  doc = "boxes of objects in pictures: areas, overlaps, suppression, anchors, average precision",
  example = "print(nn.boxes.area(tensor{{0, 0, 2, 3}}))", example2 = 'help "nn.boxes.area"' }

local refuse = lunette.refuse

local function boxes_of(what, b)
  if not lunette.is_tensor(b) or b:dim() < 1 or b:size(-1) ~= 4 then
    refuse("%s: boxes [..., 4] expected, got %s", what, lunette.typename(b))
  end
  return b
end

local function column(b, i) return b:select(-1, i) end

record.declare { name = "nn.boxes.area", sig = "nn.boxes.area(b)",
  doc = "areas of boxes [..., 4] (x1 y1 x2 y2); one whose corners are the wrong way round has none",
  example = "print(nn.boxes.area(tensor{{0, 0, 2, 3}}))",
  example2 = "print(nn.boxes.area(tensor{0, 0, 2, 2}))" }
function boxes.area(b)
  boxes_of("boxes.area", b)
  return (column(b, 3) - column(b, 1)):relu() * (column(b, 4) - column(b, 2)):relu()
end

-- Corners of every form, and back.  corners: x1 y1 x2 y2; sized: x1 y1 w h; centred: x y (of the centre) w h.
local to_corners = {
  corners = function(a, b, c, d) return a, b, c, d end,
  sized = function(a, b, c, d) return a, b, a + c, b + d end,
  centred = function(a, b, c, d) return a - c / 2, b - d / 2, a + c / 2, b + d / 2 end,
}
local from_corners = {
  corners = function(a, b, c, d) return a, b, c, d end,
  sized = function(a, b, c, d) return a, b, c - a, d - b end,
  centred = function(a, b, c, d) return (a + c) / 2, (b + d) / 2, c - a, d - b end,
}

record.declare { name = "nn.boxes.convert", sig = 'nn.boxes.convert(b, "centred", "corners")',
  doc = "boxes in another form: corners x1 y1 x2 y2, sized x1 y1 w h, centred x y w h",
  example = 'print(nn.boxes.convert(tensor{{1, 1, 2, 2}}, "centred", "corners"))',
  example2 = 'print(nn.boxes.convert(tensor{{0, 0, 2, 2}}, "corners", "centred"))' }
function boxes.convert(b, from, to)
  boxes_of("boxes.convert", b)
  if not to_corners[from] or not from_corners[to] then
    refuse("boxes.convert: forms are corners, sized, centred; got %s and %s", tostring(from), tostring(to))
  end
  local x1, y1, x2, y2 = to_corners[from](column(b, 1), column(b, 2), column(b, 3), column(b, 4))
  return tensor.stack({ from_corners[to](x1, y1, x2, y2) }, -1)
end

record.declare { name = "nn.boxes.clip", sig = "nn.boxes.clip(b, h, w)",
  doc = "boxes cut at the borders of a picture",
  example = "print(nn.boxes.clip(tensor{{-1, -1, 9, 9}}, 4, 6))",
  example2 = "print(nn.boxes.clip(tensor{{1, 2, 3, 99}}, 10, 10))" }
function boxes.clip(b, h, w)
  boxes_of("boxes.clip", b)
  return tensor.stack({ column(b, 1):clamp(0, w), column(b, 2):clamp(0, h), column(b, 3):clamp(0, w),
    column(b, 4):clamp(0, h) }, -1)
end

-- Intersection, union and (for GIoU) the area of the least box round both, of shapes that broadcast.
local function meet(a, b, hull)
  local w = (tensor.minimum(column(a, 3), column(b, 3)) - tensor.maximum(column(a, 1), column(b, 1))):relu()
  local h = (tensor.minimum(column(a, 4), column(b, 4)) - tensor.maximum(column(a, 2), column(b, 2))):relu()
  local inter = w * h
  local union = boxes.area(a) + boxes.area(b) - inter
  if not hull then return inter, union end
  local W = tensor.maximum(column(a, 3), column(b, 3)) - tensor.minimum(column(a, 1), column(b, 1))
  local H = tensor.maximum(column(a, 4), column(b, 4)) - tensor.minimum(column(a, 2), column(b, 2))
  return inter, union, W * H
end

-- Every a with every b: [N,4], [M,4] to [N,M]; paired: row by row, [..., 4] to [...].
local paired = { { "paired", false, "row by row" } }
local function spread(what, a, b, options)
  local opt = lunette.checked(what, options, record.known(paired))
  boxes_of(what, a)
  boxes_of(what, b)
  if opt.paired then return a, b end
  if a:dim() ~= 2 or b:dim() ~= 2 then
    refuse("%s: [N,4] and [M,4] expected, got %s and %s (paired = true goes row by row)", what, lunette.typename(a),
      lunette.typename(b))
  end
  return a:unsqueeze(2), b:unsqueeze(1)
end

record.declare { name = "nn.boxes.iou", sig = "nn.boxes.iou(a, b)", see = "nn.boxes.giou",
  doc = "intersection over union of every a [N,4] with every b [M,4]: [N,M]; 0 of two without area",
  options = paired,
  example = "print(nn.boxes.iou(tensor{{0, 0, 2, 2}}, tensor{{0, 0, 2, 1}}))",
  example2 = "print(nn.boxes.iou(tensor{{0, 0, 2, 2}}, tensor{{1, 1, 3, 3}}, {paired = true}))" }
function boxes.iou(a, b, options)
  local inter, union = meet(spread("boxes.iou", a, b, options))
  return inter / tensor.where(union:eq(0), 1, union)
end

record.declare { name = "nn.boxes.giou", sig = "nn.boxes.giou(a, b)", see = "nn.boxes.iou",
  doc = "IoU less the empty share of the box round both; has a gradient where boxes are apart",
  options = paired,
  example = "print(nn.boxes.giou(tensor{{0, 0, 1, 1}}, tensor{{2, 0, 3, 1}}))",
  example2 = "a = tensor{{0, 0, 1, 1}}:requires_grad()\nnn.boxes.giou(a, tensor{{2, 0, 3, "
    .. "1}}):mean():neg():backward()\nprint(a.grad)" }
-- Rezatofighi et al. 2019, arXiv:1902.09630: IoU - (hull - union) / hull, hull the least box round both; -1..1.
function boxes.giou(a, b, options)
  local p, q = spread("boxes.giou", a, b, options)
  local inter, union, hull = meet(p, q, true)
  return inter / tensor.where(union:eq(0), 1, union) - (hull - union) / tensor.where(hull:eq(0), 1, hull)
end

local about_nms = record.declare { name = "nn.boxes.nms", sig = "nn.boxes.nms(b, scores)", see = "nn.nms",
  doc = "ids of the boxes kept, by falling score: none overlaps one before it",
  options = { { "iou", 0.5, "overlap that is too much" },
    { "labels", none, "only boxes of one class suppress each other" }, { "most", none, "keeps at most so many" } },
  example = "print(nn.boxes.nms(tensor{{0, 0, 2, 2}, {0, 0, 2, 2}}, tensor{0.4, 0.6}))",
  example2 = 'print(nn.boxes.nms(tensor{{0, 0, 2, 2}, {0, 0, 2, 2}}, tensor{0.4, 0.6}, {labels = tensor{1, 2, '
    .. 'dtype="i64"}}))' }
function boxes.nms(b, scores, options)
  local opt = lunette.checked("boxes.nms", options, record.known(about_nms.options))
  boxes_of("boxes.nms", b)
  local moved = b:detach()
  if opt.labels and b:numel() > 0 then -- each class in a place of its own
    local reach = moved:max():item() - moved:min():item() + 1
    moved = moved:to "f64" + (opt.labels:to "f64" * reach):unsqueeze(2)
  end
  return nn.nms { moved, scores:detach(), iou = opt.iou, most = opt.most }
end

local about_anchors = record.declare { name = "nn.boxes.anchors",
  sig = "nn.boxes.anchors{rows, columns, sizes = {{w, h}, ...}, stride = 16}", see = "nn.boxes.kmeans",
  doc = "boxes about the middle of every cell: [rows, columns, #sizes, 4]",
  options = { { "sizes", none, "widths and heights in pixels, a list or a tensor [A,2]", shown = "required" },
    { "stride", 1, "pixels of a cell" } },
  example = "print(nn.boxes.anchors{1, 2, sizes = {{4, 4}}, stride = 8})",
  example2 = "print(nn.boxes.anchors{13, 13, sizes = tensor.rand(5, 2), stride = 32}.shape[3])" }
function boxes.anchors(arg)
  local opt = lunette.checked("boxes.anchors", arg, record.known(about_anchors.options))
  local rows, columns = arg[1], arg[2]
  if math.type(rows) ~= "integer" or math.type(columns) ~= "integer" or not opt.sizes then
    refuse "boxes.anchors: boxes.anchors{rows, columns, sizes = {{w, h}, ...}, stride = 16} expected"
  end
  local sizes = lunette.is_tensor(opt.sizes) and opt.sizes or tensor(opt.sizes)
  local half = sizes:view(1, 1, -1, 2) / 2
  local x = ((tensor.arange(columns):to "f32" - 0.5) * opt.stride):view(1, columns, 1):expand(rows, columns, 1)
  local y = ((tensor.arange(rows):to "f32" - 0.5) * opt.stride):view(rows, 1, 1):expand(rows, columns, 1)
  local middle = tensor.stack({ x, y }, -1)
  return tensor.cat({ middle - half, middle + half }, -1)
end

-- IoU of sizes, as if their middles lay together: [N,2], [K,2] to [N,K].
local function size_iou(a, b)
  local p, q = a:unsqueeze(2), b:unsqueeze(1)
  local inter = tensor.minimum(p, q):prod(-1)
  return inter / (p:prod(-1) + q:prod(-1) - inter)
end

local about_kmeans = record.declare { name = "nn.boxes.kmeans", sig = "nn.boxes.kmeans(sizes, k)",
  see = "nn.boxes.anchors",
  doc = "k typical sizes (w, h) of boxes under 1 - IoU, and the mean IoU with them",
  options = { { "steps", 100, "at most" }, { "rng", none, "a generator" } },
  example = "print(nn.boxes.kmeans(tensor.rand(20, 2) + 1, 3))",
  example2 = "anchors, overlap = nn.boxes.kmeans(tensor.rand(50, 2) * 9 + 1, 5)\nprint(overlap)" }
-- Redmon and Farhadi 2017, arXiv:1612.08242: clusters of sizes [N,2] under the distance 1 - IoU, by rising area.
function boxes.kmeans(sizes, k, options)
  local opt = lunette.checked("boxes.kmeans", options, record.known(about_kmeans.options))
  if not lunette.is_tensor(sizes) or sizes:dim() ~= 2 or sizes:size(2) ~= 2 or sizes:size(1) < (k or 0) then
    refuse("boxes.kmeans: sizes [N,2] with N at least k = %s expected, got %s", tostring(k), lunette.typename(sizes))
  end
  sizes = sizes:detach():to "f64"
  local n = sizes:size(1)
  local centres = sizes[tensor.randint(1, n, { 1, rng = opt.rng })]
  for _ = 2, k do -- k-means++: far ones first
    local far = (1 - size_iou(sizes, centres):max(2)):clamp(1e-12) ^ 2
    centres = tensor.cat { centres, sizes[far:multinomial { 1, rng = opt.rng }] }
  end
  local before
  for _ = 1, opt.steps do
    local ids = size_iou(sizes, centres):argmax(2)
    if before and ids == before then break end
    before = ids
    local count = ids:bincount { minlength = k }:to "f64":unsqueeze(2)
    local sums = tensor.zeros { k, 2, dtype = "f64" }:index_add(1, ids, sizes)
    centres = tensor.where(count:gt(0), sums / count:clamp(1), centres) -- an empty cluster stays
  end
  local order = centres:prod(2):argsort()
  return centres[order]:to "f32", (size_iou(sizes, centres):max(2)):mean():item()
end

-- --- average precision ----------------------------------------------------------------------------------------------

-- Area under the curve of precision over recall, precision made to fall (VOC 2010 and later, every point).
local function area_under(hits, positives)
  local precision, tp = {}, 0
  for i, hit in ipairs(hits) do
    if hit then tp = tp + 1 end
    precision[i] = tp / i
  end
  for i = #hits - 1, 1, -1 do precision[i] = math.max(precision[i], precision[i + 1]) end
  local area = 0
  for i, hit in ipairs(hits) do
    if hit then area = area + precision[i] / positives end
  end
  return area
end

-- Predictions of one class over all pictures: {score, picture, box}, by falling score.
local function by_class(predictions, truths)
  local classes = {}
  local function class(c)
    classes[c] = classes[c] or { predictions = {}, truths = {}, positives = 0 }
    return classes[c]
  end
  for picture, t in ipairs(truths) do
    local n = t.boxes:size(1)
    for i = 1, n do
      local c = class(math.tointeger(t.labels[i]))
      c.truths[picture] = c.truths[picture] or {}
      table.insert(c.truths[picture], i)
      c.positives = c.positives + 1
    end
  end
  for picture, p in ipairs(predictions) do
    for i = 1, p.boxes:size(1) do
      table.insert(class(math.tointeger(p.labels[i])).predictions, { score = p.scores[i], picture = picture, at = i })
    end
  end
  return classes
end

-- Which predictions of a class hit: the truth of most overlap in the picture, above the limit, not taken yet.
local function hits_of(class, overlaps, limit)
  table.sort(class.predictions, function(a, b)
    if a.score ~= b.score then return a.score > b.score end
    return a.picture < b.picture or (a.picture == b.picture and a.at < b.at)
  end)
  local hits, taken = {}, {}
  for i, p in ipairs(class.predictions) do
    local best, most = nil, -1
    for _, t in ipairs(class.truths[p.picture] or {}) do
      local v = overlaps[p.picture][{ p.at, t }]
      if v > most then best, most = t, v end
    end
    local key = best and p.picture .. ":" .. best
    hits[i] = best ~= nil and most >= limit and not taken[key]
    if hits[i] then taken[key] = true end
  end
  return hits
end

local about_map = record.declare { name = "nn.boxes.map", sig = "nn.boxes.map(predictions, truths)",
  see = "nn.boxes.iou",
  doc = "mean average precision, and each class's; for each picture {boxes=, scores=, labels=} and {boxes=, labels=}",
  options = { { "iou", 0.5, "overlap that makes a hit" } },
  example = 'local b, l = tensor{{0, 0, 2, 2}}, tensor{1, dtype = "i64"}\nprint((nn.boxes.map({{boxes = b, scores = '
    .. 'tensor{0.9}, labels = l}}, {{boxes = b, labels = l}})))',
  example2 = 'b, l = tensor{{0, 0, 2, 2}}, tensor{1, dtype="i64"}\nmean, each = nn.boxes.map({{boxes = b, scores = '
    .. 'tensor{0.9}, labels = l}}, {{boxes = b, labels = l}}, {iou = 0.75})\nprint(each[1])' }
-- Everingham et al. 2010, every point of the curve; classes without a truth do not count.
function boxes.map(predictions, truths, options)
  local opt = lunette.checked("boxes.map", options, record.known(about_map.options))
  if #predictions ~= #truths then
    refuse("boxes.map: %d pictures predicted, %d true", #predictions, #truths)
  end
  local overlaps = {}
  for i, p in ipairs(predictions) do
    if p.boxes:size(1) > 0 and truths[i].boxes:size(1) > 0 then overlaps[i] = boxes.iou(p.boxes, truths[i].boxes) end
  end
  local sum, count, each = 0, 0, {}
  for label, class in pairs(by_class(predictions, truths)) do
    if class.positives > 0 then
      each[label] = area_under(hits_of(class, overlaps, opt.iou), class.positives)
      sum, count = sum + each[label], count + 1
    end
  end
  return count > 0 and sum / count or 0 / 0, each
end
