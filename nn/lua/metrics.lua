--- metrics.lua: measures of predictions.  `score` is class ids, or scores [..., C] of which the greatest counts, or
-- one logit [N, 1] against 0 and 1; y holds class ids from 1.  net:fit averages a measure over batches; for those
-- that are no means (F1, IoU) sum up a confusion matrix and ask that.
local metrics = nn.metrics

local function fail(...) lunette.raise((...):format(select(2, ...))) end

local function ids_of(what, score, y)
  if not lunette.is_tensor(score) or not lunette.is_tensor(y) then
    fail("%s: scores and class ids expected, got %s and %s", what, lunette.typename(score), lunette.typename(y))
  end
  local ids = score:dim() == y:dim() + 1 and score:argmax(-1) or score
  if not tensor.same_shape(ids, y) then
    fail("%s: shapes do not fit: %s and %s", what, lunette.typename(score), lunette.typename(y))
  end
  return ids:reshape(-1):to "i64", y:reshape(-1):to "i64"
end

--- nn.metrics.confusion(score, y, {classes=, ignore=}) -> i64 [classes, classes]: how often class i (row) was taken
-- for j (column).  Matrices of batches can be summed.
function metrics.confusion(score, y, options)
  local opt = lunette.checked("metrics.confusion", options, { classes = lunette.none, ignore = lunette.none })
  local ids, truth = ids_of("metrics.confusion", score, y)
  if opt.ignore then
    local wanted = truth:ne(opt.ignore)
    ids, truth = ids[wanted], truth[wanted]
  end
  local n = opt.classes or (score:dim() == y:dim() + 1 and score:size(-1))
    or (truth:numel() == 0 and 1 or math.max(ids:max():item(), truth:max():item()))
  for _, t in ipairs { ids, truth } do
    if t:numel() > 0 and (t:min():item() < 1 or t:max():item() > n) then
      fail("metrics.confusion: class outside 1..%d (labels are 1-based; data.labels{base=0} converts)", n)
    end
  end
  return ((truth - 1) * n + ids):bincount { minlength = n * n }:view(n, n)
end

-- True positives, false positives, false negatives of each class, as f64.
local function counts(what, score, y, options)
  local m = score
  if y ~= nil then m = metrics.confusion(score, y, options) end
  if not lunette.is_tensor(m) or m:dim() ~= 2 or m:size(1) ~= m:size(2) then
    fail("%s: scores and class ids, or a confusion matrix expected, got %s", what, lunette.typename(m))
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

--- nn.metrics.precision, recall, f1, iou (score, y, {classes=, ignore=}) or of a confusion matrix -> mean over the
-- classes that appear, each class's (f64 [classes], NaN where a class appears nowhere).
function metrics.precision(score, y, options)
  local tp, fp = counts("metrics.precision", score, y, options)
  return mean_of(tp, tp + fp)
end
function metrics.recall(score, y, options)
  local tp, _, fn = counts("metrics.recall", score, y, options)
  return mean_of(tp, tp + fn)
end
function metrics.f1(score, y, options)
  local tp, fp, fn = counts("metrics.f1", score, y, options)
  return mean_of(2 * tp, 2 * tp + fp + fn)
end
function metrics.iou(score, y, options)
  local tp, fp, fn = counts("metrics.iou", score, y, options)
  return mean_of(tp, tp + fp + fn)
end

--- nn.metrics.top_k(score, y, k) -> share of rows whose class is among the k highest scores.
function metrics.top_k(score, y, k)
  local _, ids = score:topk(k or 5)
  return ids:eq(y:unsqueeze(-1)):any(-1):to "f32":mean():item()
end

--- nn.metrics.exact_match(a, b, {ignore=}) -> share of entries that agree in every element: rows of two tensors
-- (scores [N,T,C] count by their greatest; positions where b is `ignore` do not count), or lists of strings or of
-- lists.
function metrics.exact_match(a, b, options)
  local opt = lunette.checked("metrics.exact_match", options, { ignore = lunette.none })
  if lunette.is_tensor(a) then
    if a:dim() == b:dim() + 1 then a = a:argmax(-1) end
    if not tensor.same_shape(a, b) then
      fail("metrics.exact_match: shapes do not fit: %s and %s", lunette.typename(a), lunette.typename(b))
    end
    local right = a:eq(b)
    if opt.ignore then right = right | b:eq(opt.ignore) end
    return right:reshape(b:size(1), -1):all(2):to "f32":mean():item()
  end
  if #a ~= #b then fail("metrics.exact_match: %d and %d entries", #a, #b) end
  local function text(v) return type(v) == "table" and table.concat(v, "\0") or tostring(v) end
  local n = 0
  for i = 1, #a do
    if text(a[i]) == text(b[i]) then n = n + 1 end
  end
  return #a > 0 and n / #a or 0 / 0
end

--- nn.metrics.spans(predicted, truth) -> F1, precision, recall of whole spans: for each sentence a list of
-- {first, last, label}; right only when all three agree (entities of CoNLL 2003).
function metrics.spans(predicted, truth)
  if #predicted ~= #truth then fail("metrics.spans: %d and %d sentences", #predicted, #truth) end
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
