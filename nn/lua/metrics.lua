--- metrics.lua: measures of predictions.  `score` is class ids, or scores [..., C] of which the greatest counts, or
-- one logit [N, 1] against 0 and 1; y holds class ids from 1.  net:fit averages a measure over batches; for those
-- that are no means (F1, IoU) it sums up a confusion matrix and asks that (tally.lua).
local record = require "nn.record"
local none = lunette.none
local metrics = nn.metrics

local refuse = lunette.refuse

local function ids_of(what, score, y)
  if not lunette.is_tensor(score) or not lunette.is_tensor(y) then
    refuse("%s: scores and class ids expected, got %s and %s", what, lunette.typename(score), lunette.typename(y))
  end
  local ids = score:dim() == y:dim() + 1 and score:argmax(-1) or score
  if not tensor.same_shape(ids, y) then
    refuse("%s: shapes do not fit: %s and %s", what, lunette.typename(score), lunette.typename(y))
  end
  return ids:reshape(-1):to "i64", y:reshape(-1):to "i64"
end

local about_confusion = record.declare { name = "nn.metrics.confusion", sig = "nn.metrics.confusion(score, y)",
  see = "nn.metrics.f1, nn.metrics.iou",
  doc = "how often class i (row) was taken for j (column), i64 [classes, classes]; matrices of batches can be summed",
  options = { { "classes", none, "number of classes", shown = "the greatest" },
    { "ignore", none, "a class of y that does not count" } },
  example = 'print(nn.metrics.confusion(tensor{1, 2, 2, dtype = "i64"}, tensor{1, 2, 1, dtype = "i64"}))',
  example2 = 'print(nn.metrics.confusion(tensor.randn(5, 3), tensor{1, 2, 3, 1, 2, dtype="i64"}))' }
function metrics.confusion(score, y, options)
  local opt = lunette.checked("metrics.confusion", options, record.known(about_confusion.options))
  local ids, truth = ids_of("metrics.confusion", score, y)
  if opt.ignore then
    local wanted = truth:ne(opt.ignore)
    ids, truth = ids[wanted], truth[wanted]
  end
  local n = opt.classes or (score:dim() == y:dim() + 1 and score:size(-1))
    or (truth:numel() == 0 and 1 or math.max(ids:max():item(), truth:max():item()))
  for _, t in ipairs { ids, truth } do
    if t:numel() > 0 and (t:min():item() < 1 or t:max():item() > n) then
      refuse("metrics.confusion: class outside 1..%d (labels are 1-based; data.labels{base=0} converts)", n)
    end
  end
  return ((truth - 1) * n + ids):bincount { minlength = n * n }:view(n, n)
end

-- True positives, false positives, false negatives of each class, as f64.
local function counts(what, score, y, options)
  local m = score
  if y ~= nil then m = metrics.confusion(score, y, options) end
  if not lunette.is_tensor(m) or m:dim() ~= 2 or m:size(1) ~= m:size(2) then
    refuse("%s: scores and class ids, or a confusion matrix expected, got %s", what, lunette.typename(m))
  end
  m = m:to "f64"
  local tp = m:diag()
  return tp, m:sum(1) - tp, m:sum(2) - tp
end

-- a / b, NaN where b is 0; and the mean over the rest.
local function mean_of(a, b)
  local there = b:gt(0)
  local each = a / b
  return there:any():item() and each[there]:mean():item() or 0 / 0, each
end

-- Each of scores and class ids, or of a confusion matrix: the mean over the classes that appear, and each class's.
-- tp, fp, fn are f64 [classes]; a class that appears nowhere has NaN.
local function class_measure(name, doc, fraction)
  record.declare { name = "nn.metrics." .. name, see = "nn.metrics.confusion", options = about_confusion.options,
    sig = ("nn.metrics.%s(score, y)   nn.metrics.%s(confusion)"):format(name, name),
    doc = doc .. ": mean over the classes that appear, and each class's",
    example = ('print(nn.metrics.%s(tensor{1, 2, 2, dtype = "i64"}, tensor{1, 2, 1, dtype = "i64"}))'):format(name),
    example2 = ("mean, each = nn.metrics.%s(tensor{{3, 1}, {0, 2}})\nprint(each)"):format(name) }
  metrics[name] = function(score, y, options)
    return mean_of(fraction(counts("metrics." .. name, score, y, options)))
  end
end
class_measure("precision", "right ones among those taken for a class", function(tp, fp) return tp, tp + fp end)
class_measure("recall", "right ones among those of a class", function(tp, _, fn) return tp, tp + fn end)
class_measure("f1", "2 precision recall / (precision + recall)",
  function(tp, fp, fn) return 2 * tp, 2 * tp + fp + fn end)
class_measure("iou", "intersection over union", function(tp, fp, fn) return tp, tp + fp + fn end)

record.declare { name = "nn.metrics.top_k", sig = "nn.metrics.top_k(score, y, 5)",
  doc = "share of rows whose class is among the k highest scores",
  example = 'print(nn.metrics.top_k(tensor{{0.1, 0.5, 0.4}}, tensor{3, dtype = "i64"}, 2))',
  example2 = 'print(nn.metrics.top_k(tensor.randn(2, 9), tensor{3, 4, dtype="i64"}, 5))' }
function metrics.top_k(score, y, k)
  local _, ids = score:topk(k or 5)
  return ids:eq(y:unsqueeze(-1)):any(-1):to "f32":mean():item()
end

local about_exact_match = record.declare { name = "nn.metrics.exact_match", sig = "nn.metrics.exact_match(a, b)",
  doc = "share of rows, or of strings or lists, that agree wholly",
  options = { { "ignore", none, "a value of b that does not count" } },
  example = 'print(nn.metrics.exact_match({"yes", "no"}, {"yes", "yes"}))',
  example2 = 'y = tensor{{1, 2}, {2, 1}, dtype="i64"}\nprint(nn.metrics.exact_match(y:one_hot(3), y))' }
--- nn.metrics.exact_match(a, b, {ignore=}) -> share of entries that agree in every element: rows of two tensors
-- (scores [N,T,C] count by their greatest; positions where b is `ignore` do not count), or lists of strings or of
-- lists.
function metrics.exact_match(a, b, options)
  local opt = lunette.checked("metrics.exact_match", options, record.known(about_exact_match.options))
  if lunette.is_tensor(a) then
    if a:dim() == b:dim() + 1 then a = a:argmax(-1) end
    if not tensor.same_shape(a, b) then
      refuse("metrics.exact_match: shapes do not fit: %s and %s", lunette.typename(a), lunette.typename(b))
    end
    local right = a:eq(b)
    if opt.ignore then right = right | b:eq(opt.ignore) end
    return right:reshape(b:size(1), -1):all(2):to "f32":mean():item()
  end
  if #a ~= #b then refuse("metrics.exact_match: %d and %d entries", #a, #b) end
  local function text(v) return type(v) == "table" and table.concat(v, "\0") or tostring(v) end
  local n = 0
  for i = 1, #a do
    if text(a[i]) == text(b[i]) then n = n + 1 end
  end
  return #a > 0 and n / #a or 0 / 0
end

record.declare { name = "nn.metrics.spans", sig = "nn.metrics.spans(predicted, truth)",
  see = "nn.metrics.exact_match",
  doc = "F1, precision and recall of {first, last, label} spans, a list for each sentence; "
    .. "right only when all three agree",
  example = 'print(nn.metrics.spans({{{1, 2, "Name"}}}, {{{1, 2, "Name"}}}))',
  example2 = 'f1, precision, recall = nn.metrics.spans({{{1, 2, "Name"}}}, {{{1, 2, "Name"}, {4, 4, "Date"}}})\n'
    .. 'print(recall)' }
function metrics.spans(predicted, truth)
  if #predicted ~= #truth then refuse("metrics.spans: %d and %d sentences", #predicted, #truth) end
  local right, wanted, given = 0, 0, 0
  for i = 1, #truth do
    local there = {}
    for _, s in ipairs(truth[i]) do there[table.concat(s, ":")] = true end
    for _, s in ipairs(predicted[i]) do
      local key = table.concat(s, ":")
      if there[key] then right = right + 1 end
      there[key] = nil
    end
    wanted, given = wanted + #truth[i], given + #predicted[i]
  end
  local p, r = given > 0 and right / given or 0, wanted > 0 and right / wanted or 0
  return p + r > 0 and 2 * p * r / (p + r) or 0, p, r
end
