--- boxes.lua: what help says of nn.boxes and nn.metrics.
local doc = lunette.doc

doc { name = "nn.boxes.area", sig = "nn.boxes.area(b)", doc = "areas of boxes [..., 4] (x1 y1 x2 y2)", example = "print(nn.boxes.area(tensor{{0, 0, 2, 3}}))",
  example2 = "print(nn.boxes.area(tensor{0, 0, 2, 2}))" }
doc { name = "nn.boxes.convert", sig = 'nn.boxes.convert(b, "centred", "corners")', doc = "boxes in another form: corners x1 y1 x2 y2, "
  .. "sized x1 y1 w h, centred x y w h", example = 'print(nn.boxes.convert(tensor{{1, 1, 2, 2}}, "centred", "corners"))',
  example2 = "print(nn.boxes.convert(tensor{{0, 0, 2, 2}}, \"corners\", \"centred\"))" }
doc { name = "nn.boxes.clip", sig = "nn.boxes.clip(b, h, w)", doc = "boxes cut at the borders of a picture",
  example = "print(nn.boxes.clip(tensor{{-1, -1, 9, 9}}, 4, 6))",
  example2 = "print(nn.boxes.clip(tensor{{1, 2, 3, 99}}, 10, 10))" }
doc { name = "nn.boxes.iou", sig = "nn.boxes.iou(a, b)", doc = "intersection over union of every a [N,4] with every b [M,4]: [N,M]",
  options = { { "paired", "false", "row by row" } }, example = "print(nn.boxes.iou(tensor{{0, 0, 2, 2}}, tensor{{0, 0, 2, 1}}))", see = "nn.boxes.giou",
  example2 = "print(nn.boxes.iou(tensor{{0, 0, 2, 2}}, tensor{{1, 1, 3, 3}}, {paired = true}))" }
doc { name = "nn.boxes.giou", sig = "nn.boxes.giou(a, b)", doc = "IoU less the empty share of the box round both; has a gradient where "
  .. "boxes are apart", options = { { "paired", "false", "row by row" } },
  example = "print(nn.boxes.giou(tensor{{0, 0, 1, 1}}, tensor{{2, 0, 3, 1}}))", see = "nn.boxes.iou",
  example2 = "a = tensor{{0, 0, 1, 1}}:requires_grad()\nnn.boxes.giou(a, tensor{{2, 0, 3, 1}}):mean():neg():backward()\nprint(a.grad)" }
doc { name = "nn.boxes.nms", sig = "nn.boxes.nms(b, scores)", doc = "ids of the boxes kept, by falling score: none overlaps one before it",
  options = { { "iou", "0.5", "overlap that is too much" }, { "labels", "none", "only boxes of one class suppress each other" },
  { "most", "none", "keeps at most so many" } }, example = "print(nn.boxes.nms(tensor{{0, 0, 2, 2}, {0, 0, 2, 2}}, tensor{0.4, 0.6}))", see = "nn.nms",
  example2 = "print(nn.boxes.nms(tensor{{0, 0, 2, 2}, {0, 0, 2, 2}}, tensor{0.4, 0.6}, {labels = tensor{1, 2, dtype=\"i64\"}}))" }
doc { name = "nn.boxes.anchors", sig = "nn.boxes.anchors{rows, columns, sizes = {{w, h}, ...}, stride = 16}", doc = "boxes about the middle of "
  .. "every cell: [rows, columns, #sizes, 4]", options = { { "sizes", "required", "widths and heights in pixels" }, { "stride", "1", "pixels of a cell" } },
  example = "print(nn.boxes.anchors{1, 2, sizes = {{4, 4}}, stride = 8})", see = "nn.boxes.kmeans",
  example2 = "print(nn.boxes.anchors{13, 13, sizes = tensor.rand(5, 2), stride = 32}.shape[3])" }
doc { name = "nn.boxes.kmeans", sig = "nn.boxes.kmeans(sizes, k)", doc = "k typical sizes (w, h) of boxes under 1 - IoU, and the mean IoU with them",
  options = { { "steps", "100", "at most" }, { "rng", "none", "a generator" } }, example = "print(nn.boxes.kmeans(tensor.rand(20, 2) + 1, 3))", see = "nn.boxes.anchors",
  example2 = "anchors, overlap = nn.boxes.kmeans(tensor.rand(50, 2) * 9 + 1, 5)\nprint(overlap)" }
doc { name = "nn.boxes.map", sig = "nn.boxes.map(predictions, truths)", doc = "mean average precision, and each class's; for each picture "
  .. "{boxes=, scores=, labels=} and {boxes=, labels=}", options = { { "iou", "0.5", "overlap that makes a hit" } },
  example = "local b, l = tensor{{0, 0, 2, 2}}, tensor{1, dtype = \"i64\"}\nprint((nn.boxes.map({{boxes = b, scores = tensor{0.9}, labels = l}}, {{boxes = b, labels = l}})))",
  example2 = "b, l = tensor{{0, 0, 2, 2}}, tensor{1, dtype=\"i64\"}\nmean, each = nn.boxes.map({{boxes = b, scores = tensor{0.9}, labels = l}}, {{boxes = b, labels = l}}, {iou = 0.75})\nprint(each[1])" }

local ids = '%s(tensor{1, 2, 2, dtype = "i64"}, tensor{1, 2, 1, dtype = "i64"})'
local options = { { "classes", "the greatest", "number of classes" }, { "ignore", "none", "a class of y that does not count" } }
doc { name = "nn.metrics.accuracy", sig = "nn.metrics.accuracy(score, y)", doc = "share of right predictions", example = "print(nn.metrics.accuracy("
  .. "tensor{{0.9, 0.1}}, tensor{1, dtype = \"i64\"}))",
  example2 = "print(nn.metrics.accuracy(tensor{{2}, {-1}}, tensor{{1}, {1}}))" }
doc { name = "nn.metrics.confusion", sig = "nn.metrics.confusion(score, y)", doc = "how often class i (row) was taken for j (column)",
  options = options, example = ("print(nn.metrics.confusion" .. ids:sub(3) .. ")"),
  example2 = "print(nn.metrics.confusion(tensor.randn(5, 3), tensor{1, 2, 3, 1, 2, dtype=\"i64\"}))" }
for name, what in pairs { precision = "right ones among those taken for a class", recall = "right ones among those of a class",
  f1 = "2 precision recall / (precision + recall)", iou = "intersection over union" } do
  doc { name = "nn.metrics." .. name, sig = ("nn.metrics.%s(score, y)   nn.metrics.%s(confusion)"):format(name, name),
    doc = what .. ": mean over the classes that appear, and each class's", options = options,
    example = ("print(nn.metrics." .. name .. ids:sub(3) .. ")"),
    example2 = ("mean, each = nn.metrics.%s(tensor{{3, 1}, {0, 2}})\nprint(each)"):format(name), see = "nn.metrics.confusion" }
end
doc { name = "nn.metrics.top_k", sig = "nn.metrics.top_k(score, y, 5)", doc = "share of rows whose class is among the k highest scores",
  example = 'print(nn.metrics.top_k(tensor{{0.1, 0.5, 0.4}}, tensor{3, dtype = "i64"}, 2))',
  example2 = "print(nn.metrics.top_k(tensor.randn(2, 9), tensor{3, 4, dtype=\"i64\"}, 5))" }
doc { name = "nn.metrics.exact_match", sig = "nn.metrics.exact_match(a, b)", doc = "share of rows, or of strings or lists, that agree wholly",
  options = { { "ignore", "none", "a value of b that does not count" } }, example = 'print(nn.metrics.exact_match({"yes", "no"}, {"yes", "yes"}))',
  example2 = "y = tensor{{1, 2}, {2, 1}, dtype=\"i64\"}\nprint(nn.metrics.exact_match(y:one_hot(3), y))" }
doc { name = "nn.metrics.spans", sig = "nn.metrics.spans(predicted, truth)", doc = "F1, precision and recall of {first, last, label} spans, "
  .. "a list for each sentence", example = 'print(nn.metrics.spans({{{1, 2, "Name"}}}, {{{1, 2, "Name"}}}))',
  example2 = "f1, precision, recall = nn.metrics.spans({{{1, 2, \"Name\"}}}, {{{1, 2, \"Name\"}, {4, 4, \"Date\"}}})\nprint(recall)" }
