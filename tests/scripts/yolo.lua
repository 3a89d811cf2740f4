--- What yolo_cars stands on: decoding, suppression, matching and average precision against NumPy's and PyTorch's values
-- (tests/golden/streets.lua).
local test = dofile "tests/check.lua"
local yolo = require "lib.yolo"
local golden = dofile "tests/golden/streets.lua"

local function tensor_of(g) return tensor(g[1], { dtype = g.dtype }):reshape(g.shape) end

local t, anchors = tensor_of(golden.t), tensor_of(golden.anchors)
local boxes, _, scores = yolo.decode(t, anchors)

test("decoding agrees with NumPy", function()
  test.close(boxes, tensor_of(golden.boxes), 1e-6)
  test.close(scores, tensor_of(golden.scores), 1e-6)
  test.fails_with({ "yolo.decode", "[n, rows, columns, 2, 5 + classes] expected" }, yolo.decode, t[1], anchors)
end)

test("two looks: the mean of a picture's boxes and of its mirror image's, put back where they belong", function()
  local sizes, conv = tensor { { 1, 2 }, { 3, 1 } }, nn.Conv2d { 3, 2 * 8, 8, stride = 8 }
  local function model(x) return conv(x):reshape(x:size(1), 2, 3, 2, 8) * 3 end
  local x = tensor.rand { 2, 16, 24, 3, rng = tensor.rng(3) }
  local both, said = yolo.both(model, x, sizes)
  local turned, again = yolo.both(model, x:flip(3), sizes)
  test.shape(both, { 2, 2, 3, 2, 4 })
  test.shape(said, { 2, 2, 3, 2, 3 })
  local b, _, s = yolo.decode(model(x), sizes)
  local m, _, r = yolo.decode(model(x:flip(3)), sizes)
  for column = 1, 3 do                                                 -- by single cells, from the definition
    local other = m[{ 2, 1, 4 - column, 2 }]
    local back = tensor { 1 - other[3], other[2], 1 - other[1], other[4] }
    test.close(both[{ 2, 1, column, 2 }], (b[{ 2, 1, column, 2 }] + back) / 2, 1e-6)
    test.close(said[{ 2, 1, column, 2 }], (s[{ 2, 1, column, 2 }] + r[{ 2, 1, 4 - column, 2 }]) / 2, 1e-6)
    test.close(again[{ 1, 2, column, 1 }], said[{ 1, 2, 4 - column, 1 }], 1e-6)
  end
  test.close(turned["..., 1"]:flip(3), 1 - both["..., 3"], 1e-6)
end)

test("selection by score and suppression agree with NumPy", function()
  for _, p in ipairs(golden.picks) do
    local found = yolo.select(boxes[p.picture], scores[p.picture], { score = p.score, iou = p.iou, most = p.most,
      each = p.each })
    test.close(found.boxes, tensor_of(p.boxes), 1e-6)
    test.close(found.scores, tensor_of(p.scores), 1e-6)
    test.same(found.labels, tensor_of(p.labels))
  end
end)

-- The truths of the golden file, as the drawings give them.
local function golden_truths()
  local list = {}
  for i = 1, #golden.truths do
    list[i] = { boxes = tensor_of(golden.truths[i]):to "f32", labels = tensor_of(golden.labels[i]),
      hard = tensor_of(golden.hard[i]):gt(0) }
  end
  return list
end

test("the script's loss and its gradient agree with PyTorch", function()
  local text = lunette.file "scripts/yolo_cars.lua"
  local section = text:match "\n(%-%- 3 Loss.-)\n%-%- 4 Show"
  local env = setmetatable({}, { __index = _G })
  local chunk = assert(load("local yolo, anchors, C = ...\n" .. section .. "\nreturn loss_of", "=loss", "t", env))
  local loss_of = chunk(yolo, anchors:to "f32", 3)
  local a = t:to "f32":requires_grad()
  local loss = loss_of(a, golden_truths())
  test.close(loss:detach(), golden.loss, 1e-5)
  loss:backward()
  test.close(a.grad, tensor_of(golden.gradient), 1e-4)
end)

test("average precision, with boxes that are not asked for, agrees with NumPy", function()
  local found, asked = {}, {}
  for i, f in ipairs(golden.found) do
    found[i] = { boxes = tensor_of(f[1]), scores = tensor_of(f[2]), labels = tensor_of(f[3]) }
    local a = golden.asked[i]
    asked[i] = { boxes = tensor_of(a[1]), labels = tensor_of(a[2]), hard = tensor_of(a[3]):gt(0) }
  end
  for iou, want in pairs { [0.5] = golden.ap50, [0.75] = golden.ap75 } do
    local mean, each = yolo.mean_ap(found, asked, { iou = iou })
    for c = 1, 3 do test.close(each[c], want[c], 1e-9) end
    test.close(mean, (want[1] + want[2] + want[3]) / 3, 1e-9)
    for c = 1, 3 do                                                      -- the area under the curve, once more
      local recall, precision = yolo.curve(found, asked, c, iou)
      local area, most = 0, 0
      for k = #recall, 1, -1 do
        most = math.max(most, precision[k])
        area = area + (recall[k] - (recall[k - 1] or 0)) * most
      end
      test.close(area, want[c], 1e-9)
    end
  end
end)

test("anchors are the middles of planted sizes", function()
  local planted = tensor { { 1, 2 }, { 4, 3 }, { 9, 8 } }
  local sizes = planted["1, new"]:expand(40, 2):clone()
  for k = 2, 3 do sizes = tensor.cat { sizes, planted[k]:unsqueeze(1):expand(40, 2), dim = 1 } end
  sizes = sizes * (1 + 0.1 * (tensor.rand { 120, 2, rng = tensor.rng(2) } - 0.5))
  local found, mean = yolo.anchors(sizes, 3, tensor.rng(5))
  test.truth((found / planted - 1):abs():max():item() < 0.03, "that they are near")
  test.truth(mean > 0.93 and mean <= 1, "a mean IoU near 1")
  test.fails_with({ "2 boxes, fewer than the 3 anchors" }, yolo.anchors, sizes["1:2"], 3, tensor.rng(5))
end)

test("how anchors fit is the mean IoU of each size with the best of them", function()
  local sizes, some = tensor { { 2, 4 }, { 4, 4 }, { 1, 1 } }, tensor { { 2, 2 }, { 4, 8 } }
  test.close(yolo.fit(sizes, some), (4 / 8 + 16 / 32 + 1 / 4) / 3, 1e-12)
  test.close(yolo.fit(sizes, sizes), 1, 1e-12)
  test.close(yolo.fit(sizes, sizes * 2), (4 / 8 + 16 / 32 + 1 / 4) / 3, 1e-12)   -- with {2, 2}, {4, 8}, {2, 2}
end)

test("what is encoded decodes to itself; a hard box is spared, not asked for", function()
  local truth = golden_truths()
  local found = yolo.decode(yolo.encode(truth, 3, 4, anchors, 3), anchors)
  local m = yolo.match(truth, 3, 4, anchors)
  test.equal(m.n, 2)
  test.close(found:reshape(-1, 4)[m.at], truth[1].boxes, 1e-4)
  test.equal(m.spared:numel(), 2)
  test.equal(yolo.match({ truth[2] }, 3, 4, anchors).n, 0)
end)

test.done()
