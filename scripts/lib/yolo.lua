--- yolo.lua: boxes out of a grid of cells and anchors, and back: clustering of anchors, matching, decoding,
-- suppression, average precision.  Redmon and Farhadi 2017 (YOLOv2), arXiv:1612.08242.
--
-- A network gives a tensor t [n, rows, columns, A, 5 + C]: for each anchor of each cell t_x, t_y, t_w, t_h, t_o and C
-- scores.  Anchors are sizes [A, 2] (w, h) in cells.  Boxes are x1 y1 x2 y2 in shares of the picture's width and
-- height.
local baseline = require "lib.baseline"
local yolo = {}

-- --- anchors --------------------------------------------------------------------------------------------------------

-- IoU of sizes [n, 2] and [k, 2] as if their middles lay together: [n, k].
local function size_iou(a, b)
  local p, q = a:unsqueeze(2), b:unsqueeze(1)
  local both = tensor.minimum(p, q):prod(3)
  return both / (p:prod(3) + q:prod(3) - both)
end
yolo.size_iou = size_iou

--- yolo.sizes(truths, rows, columns) -> a list of {w, h} in cells: the boxes that are asked for, of all pictures.
function yolo.sizes(truths, rows, columns)
  local sizes = {}
  for _, t in ipairs(truths) do
    for _, b in ipairs(t.boxes[t.hard:logical_not()]:totable()) do
      sizes[#sizes + 1] = { (b[3] - b[1]) * columns, (b[4] - b[2]) * rows }
    end
  end
  return sizes
end

--- yolo.fit(sizes [n, 2], anchors [k, 2]) -> the mean IoU of the sizes with the anchor that is most like each.
function yolo.fit(sizes, anchors) return (size_iou(sizes:to "f64", anchors:to "f64"):max(2)):mean():item() end

--- yolo.anchors(sizes [n, 2], k, rng) -> [k, 2] by rising area, and the mean IoU of the sizes with their best.
-- k-means (Lloyd) under the distance d = 1 - IoU, which does not prefer large boxes as a Euclidean one would.
function yolo.anchors(sizes, k, rng)
  sizes = sizes:to "f64"
  local n = sizes:size(1)
  if n < k then lunette.raise(("anchors: %d boxes, fewer than the %d anchors"):format(n, k)) end
  local area = sizes:prod(2):argsort()
  local at = {}                                                        -- begin spread over the areas, a little shaken
  local shake = tensor.rand { k, rng = rng }:totable()
  for i = 1, k do at[i] = math.min(n, math.floor((i - 0.75 + 0.5 * shake[i]) / k * n) + 1) end
  local centres = sizes[area[tensor(at, { dtype = "i64" })]]
  local before
  for _ = 1, 100 do
    local nearest = size_iou(sizes, centres):argmax(2)
    if before and nearest == before then break end
    before = nearest
    local one = nearest:unsqueeze(2):eq((tensor.arange(k)):unsqueeze(1)):to "f64"      -- [n, k]
    local count = one:sum(1):unsqueeze(2)
    centres = tensor.where(count:gt(0), one:t():mm(sizes) / count:clamp(1), centres)
  end
  return centres[centres:prod(2):argsort()]:to "f32", yolo.fit(sizes, centres)
end

-- --- matching -------------------------------------------------------------------------------------------------------

--- yolo.match(truths, rows, columns, anchors) -> who answers for which box.  truths: a list of {boxes=[m,4] in
-- shares, labels=[m], hard=[m]}.  The cell that holds a box's middle answers, with the anchor of the most like size:
--   at [p]     places in t viewed as [n * rows * columns * A, ...], from 1
--   want [p,4] sigmoid(t_x), sigmoid(t_y), t_w, t_h          label [p]
--   boxes [p,4] the boxes; size [p], the share of the picture that each takes
--   spared     places where a hard box lies, whose answer is neither right nor wrong; nil when there is none
function yolo.match(truths, rows, columns, anchors)
  local sizes, count = anchors:totable(), anchors:size(1)
  local at, want, label, size, spared, taken, lie = {}, {}, {}, {}, {}, {}, {}
  for i, truth in ipairs(truths) do
    local boxes, labels, hard = truth.boxes:totable(), truth.labels:totable(), truth.hard and truth.hard:totable()
      or {}
    for k, b in ipairs(boxes) do
      local x, y = (b[1] + b[3]) / 2 * columns, (b[2] + b[4]) / 2 * rows
      local w, h = (b[3] - b[1]) * columns, (b[4] - b[2]) * rows
      local column, row = math.min(columns - 1, x // 1), math.min(rows - 1, y // 1)
      local best, most = 1, -1
      for a, s in ipairs(sizes) do
        local both = math.min(w, s[1]) * math.min(h, s[2])
        local iou = both / (w * h + s[1] * s[2] - both)
        if iou > most then best, most = a, iou end
      end
      local cell = math.tointeger(((i - 1) * rows + row) * columns + column) * count
      if hard[k] == true or hard[k] == 1 then
        for a = 1, count do spared[#spared + 1] = cell + a end
      elseif not taken[cell + best] then
        taken[cell + best] = true
        at[#at + 1] = cell + best
        want[#want + 1] = { x - column, y - row, math.log(w / sizes[best][1]), math.log(h / sizes[best][2]) }
        lie[#lie + 1] = b
        label[#label + 1], size[#size + 1] = labels[k] // 1, w * h / (rows * columns)
      end
    end
  end
  local function whole(list) return tensor(list, { dtype = "i64" }) end
  local n = #at
  return { n = n, at = n > 0 and whole(at), want = n > 0 and tensor(want), label = n > 0 and whole(label),
    size = n > 0 and tensor(size), boxes = n > 0 and tensor(lie), spared = #spared > 0 and whole(spared) or nil }
end

--- yolo.mirrored(truth): of the picture that a mirror shows, left for right.
function yolo.mirrored(t)
  local x1, y1, x2, y2 = t.boxes[":, 1"], t.boxes[":, 2"], t.boxes[":, 3"], t.boxes[":, 4"]
  return { boxes = tensor.stack({ 1 - x2, y1, 1 - x1, y2 }, 2), labels = t.labels, hard = t.hard }
end

--- yolo.through(truth, x, y, w, h): of the window x..x+w, y..y+h (shares) of the picture, which fills the new one. What
-- the window's edge cuts is cut; boxes of which less than half is left are `hard`, and those outside go.
function yolo.through(t, x, y, w, h)
  local n = t.labels:numel()
  if n == 0 then return t end
  local b = (t.boxes - tensor { x, y, x, y }) / tensor { w, h, w, h }
  local cut = b:clamp(0, 1)
  local function area(a) return (a[":, 3"] - a[":, 1"]) * (a[":, 4"] - a[":, 2"]) end
  local left = area(cut) / area(b)
  local kept = left:gt(0.05)
  local hard = left:lt(0.5)
  if t.hard then hard = hard | t.hard end
  return { boxes = cut[kept], labels = t.labels[kept], hard = hard[kept] }
end

--- yolo.changed(x [b, h, w, 3] of 0..1, truths) -> both anew: a street seen in a mirror, through a window of 0.6 to 1
-- of its sides, or in another light (0.7 to 1.3) is a street.
function yolo.changed(x, truths)
  local p, H, W, out = tensor.rand(5):totable(), x:size(2), x:size(3), {}
  local turn, s = p[1] < 0.5, p[2] < 0.6 and 0.6 + 0.4 * p[2] / 0.6 or 1
  local h, w = math.floor(s * H), math.floor(s * W)
  local top, left = math.floor(p[3] * (H - h)), math.floor(p[4] * (W - w))
  for k, t in ipairs(truths) do
    if s < 1 then t = yolo.through(t, left / W, top / H, w / W, h / H) end
    out[k] = turn and yolo.mirrored(t) or t
  end
  if s < 1 then x = data.image.resize(x[{ {}, { top + 1, top + h }, { left + 1, left + w } }], H, W) end
  x = x * (0.7 + 0.6 * p[5])
  return turn and x:flip(3) or x, out
end

--- yolo.beside(boxes, truths, least) -> bool [n * rows * columns * A]: which of the boxes [n, rows, columns, A, 4] that
-- a network says have an IoU above `least` (0.6) with one of their picture's.
function yolo.beside(boxes, truths, least)
  local n, each = #truths, boxes:numel() // (4 * #truths)
  local b, near = boxes:reshape(n, each, 4), {}
  for i, t in ipairs(truths) do
    near[i] = t.labels:numel() > 0 and (nn.boxes.iou(b[i], t.boxes):max(2)):gt(least or 0.6)
      or tensor.zeros { each, dtype = "bool" }
  end
  return tensor.cat(near, 1)
end

-- --- decoding -------------------------------------------------------------------------------------------------------

--- yolo.decode(t, anchors) -> boxes [n, rows, columns, A, 4], object [n, rows, columns, A], scores [.., C]:
--   b_x = (sigmoid(t_x) + column) / columns     b_w = p_w e^{t_w} / columns      object = sigmoid(t_o)
--   b_y = (sigmoid(t_y) + row) / rows           b_h = p_h e^{t_h} / rows         scores = object * softmax(t_1 ..
-- t_C)
function yolo.decode(t, anchors)
  if t:dim() ~= 5 or t:size(4) ~= anchors:size(1) or t:size(5) < 6 then
    lunette.raise(("yolo.decode: [n, rows, columns, %d, 5 + classes] expected, got %s"):format(anchors:size(1),
      lunette.typename(t)))
  end
  local rows, columns = t:size(2), t:size(3)
  local column = (tensor.arange(columns):to(t.dtype) - 1):view(1, 1, columns, 1)
  local row = (tensor.arange(rows):to(t.dtype) - 1):view(1, rows, 1, 1)
  local x = (t["..., 1"]:sigmoid() + column) / columns
  local y = (t["..., 2"]:sigmoid() + row) / rows
  local w = t["..., 3"]:clamp(-8, 8):exp() * anchors[":, 1"]:to(t.dtype) / (2 * columns)           -- halves
  local h = t["..., 4"]:clamp(-8, 8):exp() * anchors[":, 2"]:to(t.dtype) / (2 * rows)
  local object = t["..., 5"]:sigmoid()
  local scores = t["..., 6:"]:softmax(5) * object:unsqueeze(5)
  return tensor.stack({ x - w, y - h, x + w, y + h }, -1), object, scores
end

--- yolo.both(model, x, anchors) -> boxes [n, rows, columns, A, 4] and scores [.., C] of pictures x [n, h, w, 3]: the
-- mean of what a network says of each and of what it says of its mirror image, put back.  Two looks err less than one.
function yolo.both(model, x, anchors)
  local boxes, _, scores = yolo.decode(model(x), anchors)
  local turned, _, again = yolo.decode(model(x:flip(3)), anchors)
  local x1, y1, x2, y2 = turned["..., 1"], turned["..., 2"], turned["..., 3"], turned["..., 4"]
  turned = tensor.stack({ 1 - x2, y1, 1 - x1, y2 }, -1):flip(3)
  return (boxes + turned) / 2, (scores + again:flip(3)) / 2
end

--- yolo.encode(truths, rows, columns, anchors, classes) -> t [n, rows, columns, A, 5 + classes] that decodes to the
-- truths: what a perfect network would say.
function yolo.encode(truths, rows, columns, anchors, classes)
  local m = yolo.match(truths, rows, columns, anchors)
  local t = tensor.full({ #truths * rows * columns * anchors:size(1), 5 + classes }, -12)
  if m.n > 0 then
    local inside = m.want[{ {}, { 1, 2 } }]:clamp(1e-4, 1 - 1e-4)
    local said = tensor.full({ m.n, 5 + classes }, -12)
    said[{ {}, { 1, 2 } }] = (inside / (1 - inside)):log()
    said[{ {}, { 3, 4 } }] = m.want[{ {}, { 3, 4 } }]
    said[{ {}, 5 }] = 12
    for i, c in ipairs(m.label:totable()) do said[{ i, 5 + c }] = 12 end
    t[m.at] = said
  end
  return t:view(#truths, rows, columns, anchors:size(1), 5 + classes)
end

--- yolo.select(boxes, scores, {score=0.6, iou=0.5, most=10, each=true}) -> {boxes=[k,4], scores=[k], labels=[k]}: of
-- one picture the boxes whose best class scores at least `score`, by falling score, none overlapping a better one of
-- its class (each=false: of any) by more than `iou`.
function yolo.select(boxes, scores, options)
  local o = lunette.checked("yolo.select", options, { score = 0.6, iou = 0.5, most = 10, each = true })
  local best, label = scores:reshape(-1, scores:size(-1)):max(2)
  local kept = best:ge(o.score)
  local b, s, l = boxes:reshape(-1, 4)[kept], best[kept], label[kept]
  if s:numel() > 0 then
    local ids = nn.boxes.nms(b, s, { iou = o.iou, labels = o.each and l or nil, most = o.most })
    b, s, l = b[ids], s[ids], l[ids]
  end
  return { boxes = b, scores = s, labels = l }
end

-- --- average precision ----------------------------------------------------------------------------------------------

--- yolo.mean_ap(found, truths, {iou=0.5, classes=}) -> mean, {[class] = average precision}.  Boxes marked `hard` are
-- as Pascal VOC's difficult ones: not asked for, and who finds one is not wrong.
function yolo.mean_ap(found, truths, options)
  local o = lunette.checked("yolo.mean_ap", options, { iou = 0.5 })
  local asked, answers = {}, {}
  for i, t in ipairs(truths) do
    local easy = t.hard and t.hard:logical_not() or tensor.ones { t.labels:numel(), dtype = "bool" }
    asked[i] = { boxes = t.boxes[easy], labels = t.labels[easy] }
    local f = found[i]
    answers[i] = f
    if t.hard and f.scores:numel() > 0 and t.hard:any():item() then
      local same = f.labels:unsqueeze(2):eq(t.labels:unsqueeze(1)):to "f32"
      local overlap = nn.boxes.iou(f.boxes, t.boxes) * same
      local most, which = overlap:max(2)
      local forgiven = most:ge(o.iou) & t.hard[which]
      local rest = forgiven:logical_not()
      answers[i] = { boxes = f.boxes[rest], scores = f.scores[rest], labels = f.labels[rest] }
    end
  end
  return nn.boxes.map(answers, asked, { iou = o.iou })
end

--- yolo.curve(found, truths, class, iou) -> lists recall, precision: after each answer of a class, from the surest on.
-- The rules are mean_ap's, whose area under this curve (precision made to fall) is the average precision.
function yolo.curve(found, truths, class, iou)
  local answers, positives, taken = {}, 0, {}
  for i, t in ipairs(truths) do
    taken[i] = {}
    for k, l in ipairs(t.labels:totable()) do
      if l == class and not (t.hard and t.hard[k]) then positives = positives + 1 end
    end
    local scores = found[i].scores:totable()
    for k, l in ipairs(found[i].labels:totable()) do
      if l == class then answers[#answers + 1] = { scores[k], i, k } end
    end
  end
  table.sort(answers, function(a, b)
    return a[1] > b[1] or (a[1] == b[1] and (a[2] < b[2] or (a[2] == b[2] and a[3] < b[3])))
  end)
  local recall, precision, right, wrong = {}, {}, 0, 0
  for _, a in ipairs(answers) do
    local t, best, most = truths[a[2]], nil, iou or 0.5
    if t.labels:numel() > 0 then
      local over = nn.boxes.iou(found[a[2]].boxes[{ { a[3], a[3] } }], t.boxes)[1]:totable()
      for k, l in ipairs(t.labels:totable()) do
        if l == class and over[k] >= most then best, most = k, over[k] end
      end
    end
    if not (best and t.hard and t.hard[best]) then                     -- a hard box: neither right nor wrong
      if best and not taken[a[2]][best] then right, taken[a[2]][best] = right + 1, true else wrong = wrong + 1 end
      recall[#recall + 1], precision[#recall + 1] = right / math.max(1, positives), right / (right + wrong)
    end
  end
  return recall, precision
end

--- yolo.nearest(x, truths, xtest) -> for each of xtest's pictures [n, h, w, 3] the boxes of the nearest of x, by the
-- squared difference of means of 8 x 8 pixels: what needs no network.
function yolo.nearest(x, truths, xtest)
  local function small(all)
    local parts = {}
    for a in data.loader { { all }, batch = 64 } do
      parts[#parts + 1] = nn.avg_pool2d { a:to "f32" / (a.dtype == "u8" and 255 or 1), kernel = 8 }:flatten(2)
    end
    return tensor.cat(parts, 1)
  end
  local found, ids = {}, baseline.nearest_rows(small(x), small(xtest)):totable()
  for i, k in ipairs(ids) do
    local t = truths[math.tointeger(k)]
    local easy = t.hard:logical_not()
    local l = t.labels[easy]
    found[i] = { boxes = t.boxes[easy], labels = l, scores = tensor.ones(l:numel()) }
  end
  return found
end

return yolo
