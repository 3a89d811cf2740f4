--- tally.lua: what net:fit and net:evaluate sum up over batches and processes.  Losses and measures of rows are
-- means weighed by rows.  F1 and its kin are no means of the batches' ones: their confusion matrices are added, and
-- asked once.
local many = require "nn.many"
local tally = {}

local COUNTED = { "confusion", "precision", "recall", "f1", "iou" }

-- Is f one of nn.metrics that a confusion matrix tells?
local function is_counted(f)
  for _, name in ipairs(COUNTED) do
    if rawequal(f, nn.metrics[name]) then return true end
  end
  return false
end

-- A confusion matrix with rows and columns for n classes.
local function grown(m, n)
  if m:size(1) >= n then return m end
  local wide = tensor.zeros(n, n, { dtype = "i64" })
  wide[{ { 1, m:size(1) }, { 1, m:size(1) } }] = m
  return wide
end

local function sum_of(a, b)
  local n = math.max(a:size(1), b:size(1))
  return grown(a, n) + grown(b, n)
end

--- tally.new(list) -> sums of no rows, for tally.add; list: {name = , f = } entries.
function tally.new(list)
  local sums = {}
  for _, m in ipairs(list) do sums[m.name] = is_counted(m.f) and tensor.zeros(1, 1, { dtype = "i64" }) or 0 end
  return sums
end

--- tally.add(sums, list, out, y, k): the measures of a batch of which k rows count: all, or 0.
function tally.add(sums, list, out, y, k)
  for _, m in ipairs(list) do
    if is_counted(m.f) then
      if k > 0 then sums[m.name] = sum_of(sums[m.name], nn.metrics.confusion(out, y)) end
    else
      local v = m.f(out, y)
      if lunette.is_tensor(v) and v:numel() == 1 then v = v:item() end
      if type(v) ~= "number" then
        lunette.raise(("fit: metric %s must return a number, got %s"):format(m.name, lunette.typename(v)))
      end
      sums[m.name] = sums[m.name] + (k > 0 and v * k or 0)
    end
  end
end

--- tally.totals(sums, n) -> n rows of all processes; sums become those of all.
function tally.totals(sums, n)
  if not lunette.is_many() then return n end
  local numbers, matrices = {}, {}
  for name, v in pairs(sums) do (lunette.is_tensor(v) and matrices or numbers)[name] = v end
  numbers[""] = n
  many.sums(numbers)
  for _, name in ipairs(lunette.names_of(matrices)) do
    local classes = dist.all_reduce(tensor({ matrices[name]:size(1) }, { dtype = "i64" }), "max")[1]
    sums[name] = dist.all_reduce(grown(matrices[name], classes):clone())
  end
  n, numbers[""] = numbers[""], nil
  for name, v in pairs(numbers) do sums[name] = v end
  return n
end

--- tally.results(sums, list, n, row) -> row, with each measure over n rows.
function tally.results(sums, list, n, row)
  for name, v in pairs(sums) do
    if not lunette.is_tensor(v) then row[name] = v / n end
  end
  for _, m in ipairs(list) do
    if is_counted(m.f) then
      local matrix = sums[m.name]
      row[m.name] = rawequal(m.f, nn.metrics.confusion) and matrix or (m.f(matrix))
    end
  end
  return row
end

return tally
