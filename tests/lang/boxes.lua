--- boxes.lua: boxes and measures.  Expected numbers are worked out by hand, or by loops written out here.
local test = dofile "tests/check.lua"
local boxes, metrics = nn.boxes, nn.metrics

local A = tensor({ { 0, 0, 2, 2 }, { 1, 1, 3, 3 }, { 0, 0, 0, 0 } }, { dtype = "f64" })
local B = tensor({ { 0, 0, 2, 1 }, { 5, 5, 7, 6 } }, { dtype = "f64" })

test("iou", function()
  test.close(boxes.iou(A, B), { { 0.5, 0 }, { 0, 0 }, { 0, 0 } }, 1e-12)
  test.close(boxes.iou(A, A), { { 1, 1 / 7, 0 }, { 1 / 7, 1, 0 }, { 0, 0, 0 } }, 1e-12)
  test.close(boxes.iou(A["1:2"], B, { paired = true }), { 0.5, 0 }, 1e-12)
  test.shape(boxes.iou(A["4:3"], B), { 0, 2 })
  test.close(boxes.iou(A["::-1"], B), { { 0, 0 }, { 0, 0 }, { 0.5, 0 } }, 1e-12)
  test.truth(boxes.iou(A * (0 / 0), B):isnan():any():item(), "NaN out of NaN")
end)

test("giou", function()
  -- hulls: 2x2, 7x6; 3x3, 6x5; 2x1, 7x6
  test.close(boxes.giou(A, B), { { 0.5, -36 / 42 }, { 0 - 3 / 9, -24 / 30 }, { 0, -40 / 42 } }, 1e-12)
  for _, f in ipairs { boxes.iou, boxes.giou } do
    local ok, _, text = tensor.gradcheck(function(a, b) return f(a, b) end, A["1:2"] + 0.1, B + 0.25)
    test.truth(ok, text)
  end
end)

test("forms, areas, borders", function()
  local centred = boxes.convert(A, "corners", "centred")
  test.same(centred, { { 1, 1, 2, 2 }, { 2, 2, 2, 2 }, { 0, 0, 0, 0 } })
  test.same(boxes.convert(centred, "centred", "sized"), { { 0, 0, 2, 2 }, { 1, 1, 2, 2 }, { 0, 0, 0, 0 } })
  test.same(boxes.convert(boxes.convert(A, "corners", "sized"), "sized", "corners"), A)
  test.same(boxes.area(A), { 4, 4, 0 })
  test.same(boxes.clip(tensor { { -1, -2, 9, 9 } }, 4, 6), { { 0, 0, 6, 4 } })
end)

test("suppression", function()
  local b = tensor { { 0, 0, 10, 10 }, { 1, 0, 11, 10 }, { 20, 20, 30, 30 }, { 0, 0, 10, 9 }, { 20, 20, 30, 29 } }
  local s = tensor { 0.7, 0.9, 0.3, 0.8, 0.5 }
  test.same(boxes.nms(b, s), { 2, 5 })
  test.same(boxes.nms(b, s, { most = 1 }), { 2 })
  test.same(boxes.nms(b, s, { iou = 0.85 }), { 2, 4, 5 })
  test.same(boxes.nms(b, s, { labels = tensor({ 1, 2, 1, 1, 2 }, { dtype = "i64" }) }), { 2, 4, 5, 3 })
  test.shape(boxes.nms(tensor.zeros(0, 4), tensor.zeros(0)), { 0 })
  test.fails("nms: boxes [N,4] and scores [N] wanted, got f32[5,4] and f32[4]", function() nn.nms(b, s["1:4"]) end)
end)

test("suppression agrees with plain loops", function()
  local g = tensor.rng(5)
  local xy = tensor.rand { 200, 2, rng = g } * 50
  local b = tensor.cat({ xy, xy + 1 + tensor.rand { 200, 2, rng = g } * 20 }, 2)
  local s = tensor.rand { 200, rng = g }
  local overlap, kept = boxes.iou(b, b), {}
  for _, i in ipairs(s:argsort(1, true):totable()) do
    local free = true
    for _, k in ipairs(kept) do free = free and overlap[{ i, k }] <= 0.4 end
    if free then kept[#kept + 1] = i end
  end
  test.same(boxes.nms(b, s, { iou = 0.4 }), kept)
end)

test("anchors", function()
  local a = boxes.anchors { 2, 3, sizes = { { 4, 2 }, { 8, 8 } }, stride = 10 }
  test.shape(a, { 2, 3, 2, 4 })
  test.same(a["1, 1"], { { 3, 4, 7, 6 }, { 1, 1, 9, 9 } })
  test.same(a["2, 3, 1"], { 23, 14, 27, 16 })
end)

test("anchors by k-means", function()
  local g = tensor.rng(2)
  local small, wide = tensor.rand { 60, 2, rng = g } + 4, tensor.rand { 40, 2, rng = g } + tensor { 40, 10 }
  local centres, overlap = boxes.kmeans(tensor.cat { small, wide }, 2, { rng = g })
  test.close(centres, tensor.stack { small:mean(1), wide:mean(1) }, 1e-5)
  test.truth(overlap > 0.85, "a mean IoU above 0.85")
  local all, most = boxes.kmeans(small["1:3"], 3, { rng = g })
  test.close(all[all:prod(2):argsort()], small["1:3"][small["1:3"]:prod(2):argsort()], 1e-6)
  test.close(most, tensor(1), 1e-6)
end)

test("average precision", function()
  local function list(t) return tensor(t) end
  local function ids(t) return tensor(t, { dtype = "i64" }) end
  local truths = {
    { boxes = list { { 0, 0, 10, 10 }, { 20, 20, 30, 30 } }, labels = ids { 1, 1 } },
    { boxes = list { { 0, 0, 10, 10 } }, labels = ids { 2 } },
    { boxes = tensor.zeros(0, 4), labels = tensor.zeros { 0, dtype = "i64" } },
  }
  local predictions = {
    { boxes = list { { 0, 0, 10, 9 }, { 0, 0, 10, 10 }, { 21, 20, 30, 30 } },
      scores = tensor { 0.9, 0.8, 0.6 }, labels = ids { 1, 1, 1 } },
    { boxes = list { { 50, 50, 60, 60 }, { 0, 0, 10, 8 } }, scores = tensor { 0.9, 0.4 }, labels = ids { 2, 2 } },
    { boxes = list { { 0, 0, 5, 5 } }, scores = tensor { 0.7 }, labels = ids { 1 } },
  }
  -- class 1 by score: hit, miss (taken), miss (no truth), hit: precision 1 and 2/4; class 2: miss, hit: 1/2
  local mean, each = boxes.map(predictions, truths)
  test.close(each[1], tensor(0.5 * 1 + 0.5 * 0.5), 1e-12)
  test.close(each[2], tensor(0.5), 1e-12)
  test.close(mean, tensor((0.75 + 0.5) / 2), 1e-12)
  local strict = boxes.map(predictions, truths, { iou = 0.95 })
  test.close(strict, tensor((0.5 * 0.5 + 0) / 2), 1e-12) -- class 1: miss, hit, miss, miss
end)

test("confusion, precision, recall, F1, IoU", function()
  local y = tensor({ 1, 1, 1, 2, 2, 3 }, { dtype = "i64" })
  local p = tensor({ 1, 1, 2, 2, 1, 3 }, { dtype = "i64" })
  local m = metrics.confusion(p, y)
  test.same(m, { { 2, 1, 0 }, { 1, 1, 0 }, { 0, 0, 1 } })
  local mean, each = metrics.f1(p, y)
  test.close(each, { 2 / 3, 1 / 2, 1 }, 1e-12)
  test.close(mean, tensor((2 / 3 + 1 / 2 + 1) / 3), 1e-7)
  test.close((metrics.precision(m)), tensor((2 / 3 + 1 / 2 + 1) / 3), 1e-7)
  test.close(select(2, metrics.recall(m)), { 2 / 3, 1 / 2, 1 }, 1e-12)
  test.close(select(2, metrics.iou(m)), { 2 / 4, 1 / 3, 1 }, 1e-12)
  local wide = select(2, metrics.iou(p, y, { classes = 4 }))
  test.truth(wide[4] ~= wide[4], "NaN for a class that appears nowhere")
  test.close((metrics.iou(p, y, { classes = 4 })), tensor((1 / 2 + 1 / 3 + 1) / 3), 1e-7)
  test.same(metrics.confusion(p:one_hot(3), y), m)
  test.same(metrics.confusion(p:view(2, 3), y:view(2, 3), { ignore = 1 }), { { 0, 0, 0 }, { 1, 1, 0 }, { 0, 0, 1 } })
  test.fails("metrics.confusion: class outside 1..2 (labels are 1-based; data.labels{base=0} converts)",
    function() metrics.confusion(p, y, { classes = 2 }) end)
  test.fails("metrics.confusion: shapes do not fit: i64[6] and i64[5]", function() metrics.confusion(p, y["1:5"]) end)
end)

test("exact match, top k, spans", function()
  local a = tensor({ { 1, 2, 3 }, { 1, 2, 2 } }, { dtype = "i64" })
  local b = tensor({ { 1, 2, 3 }, { 1, 2, 3 } }, { dtype = "i64" })
  test.equal(metrics.exact_match(a, b), 0.5)
  test.equal(metrics.exact_match(a, b, { ignore = 3 }), 1.0)
  test.equal(metrics.exact_match(a:one_hot(3), b), 0.5)
  test.equal(metrics.exact_match({ "yes", { "a", "b" }, "no" }, { "yes", { "a", "b" }, "yes" }), 2 / 3)
  local s = tensor { { 0.1, 0.5, 0.4 }, { 0.6, 0.3, 0.1 } }
  test.equal(metrics.top_k(s, tensor({ 3, 3 }, { dtype = "i64" }), 2), 0.5)
  local f1, p, r = metrics.spans({ { { 1, 2, "Name" }, { 4, 4, "Date" } }, {} },
    { { { 1, 2, "Name" }, { 4, 5, "Date" } }, { { 1, 1, "Name" } } })
  test.equal(p, 1 / 2)
  test.equal(r, 1 / 3)
  test.truth(math.abs(f1 - 0.4) < 1e-12, "0.4")
end)
local entries = require "vm.entries"
for _, room in ipairs { "boxes", "metrics" } do
  for name in pairs(nn[room]) do
    local full = ("nn.%s.%s"):format(room, name)
    test(full .. " is explained, and its example runs", function()
      local e = entries.find(full)
      test.truth(e and #e.doc > 0 and e.example, "an entry with an example")
      assert(load(e.example, "=example", "t", setmetatable({ print = tostring }, { __index = _G })))()
    end)
  end
end
test.done()
