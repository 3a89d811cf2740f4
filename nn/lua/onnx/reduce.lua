--- reduce.lua: ONNX's reductions, and what goes along an axis: softmax, arg max, running sums, order.
local operators = require "nn.onnx.operators"
local v = require "nn.onnx.values"
local add = operators.add

-- The dimensions to reduce: an attribute first, an input later; nil: none at all.
local function axes_of(n, x, given)
  local axes = given and v.list(given) or n.attr.axes
  if not axes or #axes == 0 then
    if n.attr.noop_with_empty_axes == 1 then return nil end
    axes = {}
    for d = 1, x:dim() do axes[d] = d - 1 end
  end
  local dims = {}
  for i, axis in ipairs(axes) do dims[i] = v.dim(axis, x:dim()) end
  table.sort(dims)
  return dims
end

local function keep(n) return n.attr.keepdims ~= 0 end

-- f(x, dims, element type) with the reduced dimensions kept as 1.
local function reduction(f)
  return function(n, x, given)
    local dims = axes_of(n, x, given)
    if not dims then return x end
    if #dims == 0 then dims = nil end
    local y = dims and f(x, dims, n.kinds[1]) or x
    if y.dtype ~= x.dtype then y = y:to(x.dtype) end
    if keep(n) or not dims then return y end
    local shape, at = {}, 1
    for d = 1, x:dim() do
      if dims[at] == d then at = at + 1 else shape[#shape + 1] = x:size(d) end
    end
    return y:reshape(shape)
  end
end
local function sum(x, dims) return x:sum { dim = dims, keepdim = true } end
local function one_by_one(method)
  return function(x, dims)
    for _, d in ipairs(dims) do x = tensor[method](x, { dim = d, keepdim = true }) end
    return x
  end
end
-- The extreme of nothing: what every other number goes beyond.
local lowest = { u8 = 0, i32 = -1 << 31, i64 = math.mininteger, bool = 0, f32 = -math.huge, f64 = -math.huge }
local highest = { u8 = 255, i32 = (1 << 31) - 1, i64 = math.maxinteger, bool = 1, f32 = math.huge, f64 = math.huge }
local function extreme_of(method, range_end, of_nothing)
  local f = one_by_one(method)
  return function(x, dims, kind)
    local shape, empty = x.shape, false
    for _, d in ipairs(dims) do
      empty = empty or shape[d] == 0
      shape[d] = 1
    end
    if not empty then return f(x, dims) end
    local value = v.range[kind] and v.range[kind][range_end] or of_nothing[x.dtype]
    local whole = math.type(value) == "integer"
    return tensor(value, { dtype = whole and "i64" or "f64" }):to(x.dtype):expand(shape):contiguous()
  end
end
local forms = {
  ReduceSum = sum, ReduceMean = function(x, dims) return x:mean { dim = dims, keepdim = true } end,
  ReduceL1 = function(x, dims) return sum(x:abs(), dims) end,
  ReduceL2 = function(x, dims) return sum(x * x, dims):to(v.is_float(x) and x.dtype or "f32"):sqrt() end,
  ReduceSumSquare = function(x, dims) return sum(x * x, dims) end,
  ReduceLogSum = function(x, dims) return sum(x, dims):log() end,
  ReduceLogSumExp = function(x, dims) return x:logsumexp { dim = dims, keepdim = true } end,
  ReduceProd = one_by_one "prod", ReduceMax = extreme_of("max", 1, lowest), ReduceMin = extreme_of("min", 2, highest),
}
operators.each(forms, reduction)

local function extreme(method)
  return function(n, x)
    local d = v.dim(n.attr.axis or 0, x:dim())
    local i
    if n.attr.select_last_index == 1 then
      i = x:size(d) - tensor[method](x:flip(d), { dim = d, keepdim = keep(n) })
    else
      i = tensor[method](x, { dim = d, keepdim = keep(n) }) - 1
    end
    return i
  end
end
operators.each({ ArgMax = "argmax", ArgMin = "argmin" }, extreme)

-- Up to set 12 everything from `axis` on is one row.
local function as_rows(f)
  return function(n, x)
    local d = v.dim(n.attr.axis or 1, x:dim())
    return f(x:reshape { v.product(x.shape, 1, d - 1), v.product(x.shape, d) }, 2):reshape(x.shape)
  end
end
local function along(f) return function(n, x) return f(x, v.dim(n.attr.axis or -1, x:dim())) end end
local function hardmax(x, d)
  local places = v.along(v.count(x:size(d)), d, x:dim())
  return (x:argmax { dim = d, keepdim = true } - 1):eq(places):to(x.dtype)
end
for name, f in pairs {
  Softmax = function(x, d) return x:softmax { dim = d } end,
  LogSoftmax = function(x, d) return x:log_softmax { dim = d } end, Hardmax = hardmax,
} do
  add(name, { 1, as_rows(f) }, { 13, along(f) })
end

add("CumSum", { 11, function(n, x, axis)
  local d = v.dim(axis:item(), x:dim())
  local from = n.attr.reverse == 1 and x:flip(d) or x
  local y = from:cumsum { dim = d }
  if n.attr.exclusive == 1 then y = y - from end
  if n.attr.reverse == 1 then y = y:flip(d) end
  return y:to(x.dtype)
end })

local function topk(n, x, k)
  local d = v.dim(n.attr.axis or -1, x:dim())
  local y, i = x:topk { k = k, dim = d, largest = n.attr.largest ~= 0 }
  return y, i - 1
end
add("TopK", { 1, function(n, x) return topk(n, x, n.attr.k) end },
  { 10, function(n, x, k) return topk(n, x, k:item()) end })

-- Order of first appearance, or of size; rows along an axis are compared as lists.
local function unique_rows(x, d, sorted)
  local rows = {}
  for i = 1, x:size(d) do rows[i] = v.list(x:select(d, i)) end
  local seen, order = {}, {}
  for i, row in ipairs(rows) do
    local key = table.concat(row, ",")
    if not seen[key] then
      seen[key] = { first = i, n = 0, row = row, members = {} }
      order[#order + 1] = seen[key]
    end
    seen[key].n = seen[key].n + 1
    table.insert(seen[key].members, i)
  end
  if sorted then
    table.sort(order, function(a, b)
      for k = 1, #a.row do
        if a.row[k] ~= b.row[k] then return a.row[k] < b.row[k] end
      end
      return false
    end)
  end
  local firsts, inverse, counts = {}, {}, {}
  for k, group in ipairs(order) do
    firsts[k], counts[k] = group.first - 1, group.n
    for _, i in ipairs(group.members) do inverse[i] = k - 1 end
  end
  return v.ints(firsts), v.ints(inverse), v.ints(counts)
end
add("Unique", { 11, function(n, x)
  local axis = n.attr.axis
  local from = axis and x or x:reshape(-1)
  local d = axis and v.dim(axis, x:dim()) or 1
  local firsts, inverse, counts = unique_rows(from, d, n.attr.sorted ~= 0)
  return from:index_select(firsts + 1, d), firsts, inverse, counts
end })
return reduction
