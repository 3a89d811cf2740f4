--- emit_arrays.lua: ops of arrays as ONNX's operators: order, copies, triangles, moments and lengths.
local tools = require "nn.onnx.emit_tools"
local sizes = require "nn.onnx.sizes"
local v = require "nn.onnx.values"
local cast, from_zero, is_open, keep, range = tools.cast, tools.from_zero, tools.is_open, tools.keep, tools.range

local emit = {}

-- Those of the dimensions (from 0; none: all) that a reduction goes over, and how many elements that is; nil: open.
local function over(c)
  local dims = c.p.dim
  if type(dims) == "number" then dims = { dims } end
  if not dims or #dims == 0 then
    dims = {}
    for d = 1, c.x[1]:dim() do dims[d] = d - 1 end
  end
  local n = 1
  for _, d in ipairs(dims) do n = n and not is_open(c, d + 1) and n * c.x[1]:size(d + 1) or nil end
  return dims, n
end
local function plus_one(b, ids) return b:node("Add", { ids, b:whole(1) }) end

-- --- order ---------------------------------------------------------------------------------------------------------

local function top(b, c, k, dim, largest)
  return b:nodes("TopK", { c[1], k }, { axis = dim, largest = largest and 1 or 0, sorted = 1 }, 2)
end
local function sorted(b, c)
  local d = c.p.dim
  local values, ids = top(b, c, b:size(b:sizes_of(c, 1)[d + 1]), d, c.p.descending)
  return values, plus_one(b, ids)
end
emit.sort = sorted
function emit.argsort(b, c) return select(2, sorted(b, c)) end
function emit.topk(b, c)
  local values, ids = top(b, c, b:ints { c.p.k }, c.p.dim, c.p.largest)
  return values, plus_one(b, ids)
end
-- The k-th least along a dimension and where it is.
local function kth(b, c, k)
  local d = c.p.dim
  local values, ids = top(b, c, b:ints { k }, d, false)
  local function last(x)
    if c.p.keepdim then return range(b, x, d, k - 1, k, 1) end
    return b:node("Gather", { x, b:whole(k - 1) }, { axis = d })
  end
  return last(values), plus_one(b, last(ids))
end
function emit.kthvalue(b, c) return kth(b, c, c.p.k) end
function emit.median(b, c)
  if not c.p.dim or is_open(c, c.p.dim + 1) then return nil end
  return kth(b, c, (c.x[1]:size(c.p.dim + 1) + 1) // 2)
end
function emit.cumsum(b, c)
  local x = c.x[1].dtype == c.y[1].dtype and c[1] or cast(b, c[1], c.y[1].dtype)
  return b:node("CumSum", { x, b:whole(c.p.dim) })
end

-- --- copies and places ---------------------------------------------------------------------------------------------

function emit.flip(b, c)
  local dims = c.p.dims
  if not dims or #dims == 0 then
    dims = {}
    for d = 1, c.x[1]:dim() do dims[d] = d - 1 end
  end
  local n = #dims
  return b:node("Slice", { c[1], b:ints(v.filled(n, -1)), b:ints(v.filled(n, -2147483648)), b:ints(dims),
    b:ints(v.filled(n, -1)) })
end
function emit.roll(b, c)
  local d, size = c.p.dim, c.x[1]:size(c.p.dim + 1)
  if is_open(c, d + 1) then b:fail_open(c, "goes along the batch") end
  local shift = size > 0 and c.p.shift % size or 0
  if shift == 0 then return c[1] end
  return b:node("Concat", { range(b, c[1], d, size - shift, size, 1), range(b, c[1], d, 0, size - shift, 1) },
    { axis = d })
end
local function tiled(b, c)
  local nd, reps, other, x = c.x[1]:dim(), c.p.reps, c.other.p.reps, c[1]
  if #reps > nd then
    local new = {}
    for i = 1, #reps - nd do new[i] = i - 1 end
    x = b:node("Unsqueeze", { x, b:ints(new) })
  end
  local ones = v.filled(nd - #reps, 1)
  local times = b:whole_numbers(c, v.join(ones, reps), v.join(ones, other))
  if not times then b:fail_open(c, "repeats as often as no open size explains") end
  return b:node("Tile", { x, times })
end
emit["repeat"], emit.tile = tiled, tiled
for op, upper in pairs { tril = 0, triu = 1 } do
  emit[op] = function(b, c) return b:node("Trilu", { c[1], b:whole(c.p.k) }, { upper = upper }) end
end
function emit.one_hot(b, c)
  return b:node("OneHot", { from_zero(b, c[1]), b:whole(c.p.classes), b:constant(tensor { 0, 1 }, "off_on") },
    { axis = -1 })
end
function emit.take(b, c)
  return b:node("Gather", { b:node("Reshape", { c[1], b:ints { -1 } }), from_zero(b, c[2]) }, { axis = 0 })
end
function emit.index_add(b, c) -- whole slices of src: each id for all of its slice
  local new, nd = {}, c.x[3]:dim()
  for d = 0, nd - 1 do
    if d ~= c.p.dim then new[#new + 1] = d end
  end
  local ids = from_zero(b, c[2])
  if #new > 0 then ids = b:node("Unsqueeze", { ids, b:ints(new) }) end
  ids = b:node("Expand", { ids, b:shape(b:sizes_of(c, 3)) })
  return b:node("ScatterElements", { c[1], ids, c[3] }, { axis = c.p.dim, reduction = "add" })
end
-- Of ids in src's shape, as ONNX has it.
local function scattered(reduction)
  return function(b, c)
    if not tensor.same_shape(c.x[2], c.x[3]) then return nil end
    return b:node("ScatterElements", { c[1], from_zero(b, c[2]), c[3] }, { axis = c.p.dim, reduction = reduction })
  end
end
emit.scatter, emit.scatter_add = scattered(), scattered "add"
local joined = { sum = "add", prod = "mul" } -- the greatest and the least: from set 18 on
function emit.scatter_reduce(b, c)
  local how = joined[c.p.reduce]
  return how and c.p.include_self and scattered(how)(b, c) or nil
end
-- --- moments and lengths -------------------------------------------------------------------------------------------

local function truth_of(b, c) return c.x[1].dtype == "bool" and c[1] or cast(b, c[1], "bool") end
for op, name in pairs { any = "ReduceMax", all = "ReduceMin" } do
  emit[op] = function(b, c)
    local y = b:node(name, { cast(b, truth_of(b, c), "i32") }, { axes = over(c), keepdims = keep(c) })
    return cast(b, y, "bool")
  end
end
function emit.count_nonzero(b, c)
  return b:node("ReduceSum", { cast(b, truth_of(b, c), "i64"), b:ints(over(c)) }, { keepdims = keep(c) })
end
-- How many elements a reduction goes over, as a number of that dtype.
local function count_of(b, c, dims, dtype)
  local had, list = b:sizes_of(c, 1), {}
  for i, d in ipairs(dims) do list[i] = had[d + 1] end
  return cast(b, b:size(sizes.product(list)), dtype)
end
-- mean (x - mean x)^2, times n / (n - 1)
function emit.var(b, c)
  local dims, n = over(c)
  local dtype = c.y[1].dtype
  local off = b:node("Sub", { c[1], b:node("ReduceMean", { c[1] }, { axes = dims, keepdims = 1 }) })
  local y = b:node("ReduceMean", { b:node("Mul", { off, off }) }, { axes = dims, keepdims = keep(c) })
  if not c.p.unbiased then return y end
  if n then return b:node("Mul", { y, b:number(n / (n - 1), dtype) }) end
  local count = b:node("Squeeze", { count_of(b, c, dims, dtype), b:ints { 0 } })
  return b:node("Mul", { y, b:node("Div", { count, b:node("Sub", { count, b:number(1, dtype) }) }) })
end
function emit.std(b, c)
  local y = emit.var(b, c)
  return y and b:node("Sqrt", { y })
end
-- (sum |x|^p)^(1/p)
local function length(b, x, p, dims, keepdims, dtype)
  local how = { axes = dims, keepdims = keepdims }
  if p == 2 then return b:node("ReduceL2", { x }, how) end
  if p == 1 then return b:node("ReduceL1", { x }, how) end
  local size = b:node("Abs", { x })
  if p == math.huge then return b:node("ReduceMax", { size }, how) end
  if p == -math.huge then return b:node("ReduceMin", { size }, how) end
  local function sum(of) return b:node("ReduceSum", { of, b:ints(dims) }, { keepdims = keepdims }) end
  if p == 0 then return sum(cast(b, cast(b, x, "bool"), dtype)) end
  return b:node("Pow", { sum(b:node("Pow", { size, b:number(p, dtype) })), b:number(1 / p, dtype) })
end
function emit.norm(b, c) return length(b, c[1], c.p.p, over(c), keep(c), c.y[1].dtype) end
function emit.normalize(b, c)
  local dtype = c.y[1].dtype
  local size = length(b, c[1], c.p.p, { c.p.dim }, 1, dtype)
  return b:node("Div", { c[1], b:node("Max", { size, b:number(c.p.eps, dtype) }) })
end
function emit.cdist(b, c) -- |x_i - y_j|
  local x, y = b:node("Unsqueeze", { c[1], b:ints { -2 } }), b:node("Unsqueeze", { c[2], b:ints { -3 } })
  return length(b, b:node("Sub", { x, y }), c.p.p, { -1 }, 0, c.y[1].dtype)
end
function emit.det(b, c) return b:node("Det", { c[1] }) end
function emit.dot(b, c) return b:node("ReduceSum", { b:node("Mul", { c[1], c[2] }) }, { keepdims = 0 }) end
function emit.outer(b, c)
  return b:node("Mul", { b:node("Unsqueeze", { c[1], b:ints { 1 } }), b:node("Unsqueeze", { c[2], b:ints { 0 } }) })
end

return emit
