--- emit.lua: our ops as ONNX's operators (set 17): emit[op](b, c) writes the nodes of one noted call c (op, inputs x,
-- outputs y, parameters p, the names of its inputs c[1], c[2], ...) by the builder b of export.lua.
local v = require "nn.onnx.values"
local emit = {}

-- --- single elements -------------------------------------------------------------------------------------------------

for op, name in pairs { neg = "Neg", abs = "Abs", sign = "Sign", exp = "Exp", log = "Log", sqrt = "Sqrt",
  reciprocal = "Reciprocal", sin = "Sin", cos = "Cos", tan = "Tan", asin = "Asin", acos = "Acos", atan = "Atan",
  sinh = "Sinh", cosh = "Cosh", tanh = "Tanh", sigmoid = "Sigmoid", relu = "Relu", asinh = "Asinh", acosh = "Acosh",
  atanh = "Atanh", erf = "Erf", floor = "Floor", ceil = "Ceil", round = "Round", isnan = "IsNaN", isinf = "IsInf" } do
  emit[op] = function(b, c) return b:node(name, { c[1] }) end
end

-- Both sides in one dtype, as the engine has it.
local function alike(b, c, dtype)
  local names = {}
  for i = 1, 2 do
    names[i] = c[i]
    if c.x[i].dtype ~= dtype then names[i] = b:node("Cast", { c[i] }, { to = v.kind_of[dtype] }) end
  end
  return names
end
local rank = { bool = 1, u8 = 2, i32 = 3, i64 = 4, f32 = 5, f64 = 6 }
local function wider(c)
  local p, q = c.x[1].dtype, c.x[2].dtype
  return rank[p] >= rank[q] and p or q
end
for op, name in pairs { add = "Add", sub = "Sub", mul = "Mul", div = "Div", pow = "Pow", maximum = "Max",
  minimum = "Min" } do
  emit[op] = function(b, c) return b:node(name, alike(b, c, c.y[1].dtype)) end
end
for op, name in pairs { eq = "Equal", lt = "Less", le = "LessOrEqual", gt = "Greater", ge = "GreaterOrEqual" } do
  emit[op] = function(b, c)
    local dtype = wider(c)
    if dtype == "bool" or dtype == "u8" then dtype = "i32" end
    return b:node(name, alike(b, c, dtype))
  end
end
function emit.ne(b, c) return b:node("Not", { emit.eq(b, c) }) end
for op, name in pairs { logical_and = "And", logical_or = "Or", logical_xor = "Xor" } do
  emit[op] = function(b, c) return b:node(name, alike(b, c, "bool")) end
end
function emit.logical_not(b, c)
  if c.x[1].dtype == "bool" then return b:node("Not", { c[1] }) end
  return b:node("Equal", { c[1], b:number(0, c.x[1].dtype) })
end
function emit.where(b, c)
  local names = alike(b, { c[2], c[3], x = { c.x[2], c.x[3] } }, c.y[1].dtype)
  local mask = c.x[1].dtype == "bool" and c[1] or b:node("Cast", { c[1] }, { to = 9 })
  return b:node("Where", { mask, names[1], names[2] })
end
function emit.masked_fill(b, c)
  local mask = c.x[2].dtype == "bool" and c[2] or b:node("Cast", { c[2] }, { to = 9 })
  return b:node("Where", { mask, b:number(c.p.value, c.y[1].dtype), c[1] })
end

local function of_number(name, op, value)
  emit[op] = function(b, c) return b:node(name, { c[1], b:number(value(c), c.y[1].dtype) }) end
end
of_number("Pow", "square", function() return 2 end)
function emit.rsqrt(b, c) return b:node("Reciprocal", { b:node("Sqrt", { c[1] }) }) end
function emit.expm1(b, c) return b:node("Sub", { b:node("Exp", { c[1] }), b:number(1, c.y[1].dtype) }) end
function emit.log1p(b, c) return b:node("Log", { b:node("Add", { c[1], b:number(1, c.y[1].dtype) }) }) end
function emit.log2(b, c) return b:node("Mul", { b:node("Log", { c[1] }), b:number(1 / math.log(2), c.y[1].dtype) }) end
function emit.log10(b, c)
  return b:node("Mul", { b:node("Log", { c[1] }), b:number(1 / math.log(10), c.y[1].dtype) })
end
function emit.silu(b, c) return b:node("Mul", { c[1], b:node("Sigmoid", { c[1] }) }) end
function emit.leaky_relu(b, c) return b:node("LeakyRelu", { c[1] }, { alpha = c.p.slope + 0.0 }) end
function emit.elu(b, c) return b:node("Elu", { c[1] }, { alpha = (c.p.alpha or 1) + 0.0 }) end
local function clip(b, x, low, high, dtype)
  return b:node("Clip", { x, low > -math.huge and b:number(low, dtype) or "",
    high < math.huge and b:number(high, dtype) or nil })
end
function emit.clamp(b, c) return clip(b, c[1], c.p.min, c.p.max, c.y[1].dtype) end
function emit.relu6(b, c) return clip(b, c[1], 0, 6, c.y[1].dtype) end
function emit.hardtanh(b, c) return clip(b, c[1], -1, 1, c.y[1].dtype) end
function emit.softplus(b, c)
  local beta = c.p.beta
  if beta == 1 then return b:node("Softplus", { c[1] }) end
  local y = b:node("Softplus", { b:node("Mul", { c[1], b:number(beta, c.y[1].dtype) }) })
  return b:node("Div", { y, b:number(beta, c.y[1].dtype) })
end
-- x / 2 (1 + f), f = erf(x / sqrt 2) or tanh(sqrt(2 / pi) (x + 0.044715 x^3))
local function half_of(b, c, f)
  local dtype = c.y[1].dtype
  return b:node("Mul", { b:node("Mul", { c[1], b:number(0.5, dtype) }), b:node("Add", { f, b:number(1, dtype) }) })
end
function emit.gelu(b, c)
  return half_of(b, c, b:node("Erf", { b:node("Div", { c[1], b:number(2 ^ 0.5, c.y[1].dtype) }) }))
end
function emit.gelu_tanh(b, c)
  local dtype = c.y[1].dtype
  local cube = b:node("Mul", { b:node("Pow", { c[1], b:number(3, dtype) }), b:number(0.044715, dtype) })
  local inner = b:node("Mul", { b:node("Add", { c[1], cube }), b:number((2 / math.pi) ^ 0.5, dtype) })
  return half_of(b, c, b:node("Tanh", { inner }))
end
function emit.floordiv(b, c)
  if not c.y[1].dtype:find "^f" then return nil end
  return b:node("Floor", { b:node("Div", alike(b, c, c.y[1].dtype)) })
end
function emit.exp2(b, c) return b:node("Pow", { b:number(2, c.y[1].dtype), c[1] }) end
function emit.erfc(b, c) return b:node("Sub", { b:number(1, c.y[1].dtype), b:node("Erf", { c[1] }) }) end
function emit.cbrt(b, c)
  local size = b:node("Pow", { b:node("Abs", { c[1] }), b:number(1 / 3, c.y[1].dtype) })
  return b:node("Mul", { b:node("Sign", { c[1] }), size })
end
function emit.trunc(b, c)
  if not c.y[1].dtype:find "^f" then return c[1] end
  return b:node("Mul", { b:node("Sign", { c[1] }), b:node("Floor", { b:node("Abs", { c[1] }) }) })
end
function emit.isfinite(b, c)
  return b:node("Not", { b:node("Or", { b:node("IsNaN", { c[1] }), b:node("IsInf", { c[1] }) }) })
end
function emit.fmod(b, c) return b:node("Mod", alike(b, c, c.y[1].dtype), { fmod = 1 }) end
function emit.remainder(b, c) -- a - b floor(a / b); of whole numbers Mod itself
  local dtype = c.y[1].dtype
  local names = alike(b, c, dtype)
  if not dtype:find "^f" then return b:node("Mod", names) end
  local times = b:node("Floor", { b:node("Div", names) })
  return b:node("Sub", { names[1], b:node("Mul", { names[2], times }) })
end
function emit.hypot(b, c)
  local names, squares = alike(b, c, c.y[1].dtype), {}
  for i = 1, 2 do squares[i] = b:node("Mul", { names[i], names[i] }) end
  return b:node("Sqrt", { b:node("Add", squares) })
end
function emit.logaddexp(b, c) -- max(a, b) + log(1 + exp(-|a - b|))
  local names = alike(b, c, c.y[1].dtype)
  local off = b:node("Neg", { b:node("Abs", { b:node("Sub", names) }) })
  return b:node("Add", { b:node("Max", names), b:node("Softplus", { off }) })
end
function emit.lerp(b, c)
  return b:node("Add", { c[1], b:node("Mul", { c[3], b:node("Sub", { c[2], c[1] }) }) })
end
function emit.fma(b, c) return b:node("Add", { b:node("Mul", { c[1], c[2] }), c[3] }) end
emit["to"] = function(b, c)
  local to, from = c.y[1].dtype, c.x[1].dtype
  return to == from and c[1] or b:node("Cast", { c[1] }, { to = v.kind_of[to] })
end
for _, op in ipairs { "clone", "contiguous", "dropout", "dropout2d" } do emit[op] = function(_, c) return c[1] end end

-- --- shapes ----------------------------------------------------------------------------------------------------------

for _, op in ipairs { "view", "reshape", "flatten", "squeeze", "unsqueeze" } do
  emit[op] = function(b, c) return b:reshape(c[1], b:open_shape(c, 1)) end
end
local function permuted(b, x, order) return b:node("Transpose", { x }, { perm = order }) end
function emit.permute(b, c) return permuted(b, c[1], c.p.dims) end
-- Two dimensions change places: from the strides, since each op names them in its own way.
local function swap(a, z)
  return function(b, c)
    local order, nd = {}, c.x[1]:dim()
    for d = 1, nd do order[d] = d - 1 end
    local i, j = a(c, nd), z(c, nd)
    order[i + 1], order[j + 1] = j, i
    return nd < 2 and c[1] or permuted(b, c[1], order)
  end
end
emit.t = swap(function(_, nd) return nd - 2 end, function(_, nd) return nd - 1 end)
emit.transpose = swap(function(c) return c.p.dim1 end, function(c) return c.p.dim2 end)
function emit.expand(b, c) return b:node("Expand", { c[1], b:shape(b:open_shape(c, 1)) }) end
function emit.cat(b, c)
  local names = {}
  for i = 1, c.n do names[i] = c.x[i].dtype == c.y[1].dtype and c[i] or
    b:node("Cast", { c[i] }, { to = v.kind_of[c.y[1].dtype] }) end
  return b:node("Concat", names, { axis = c.p.dim })
end
function emit.stack(b, c)
  local names = {}
  for i = 1, c.n do names[i] = b:node("Unsqueeze", { c[i], b:ints { c.p.dim } }) end
  return b:node("Concat", names, { axis = c.p.dim })
end

-- first .. first + count - 1 along one dimension, from 0; all of it where the whole batch is taken.
local function range(b, x, d, first, stop, step)
  return b:node("Slice", { x, b:ints { first }, b:ints { stop }, b:ints { d }, step ~= 1 and b:ints { step } or nil })
end
-- A place along dimension d, from 0, that is `at` and, in the other trace, `again`: the same from the front, or from
-- the end (then below 0; END: the end itself).  Any other one depends on an open size in a way that is not noted.
local END <const> = 2147483647
local function place(b, c, d, at, again)
  local size, more = c.x[1]:size(d + 1), c.other.x[1]:size(d + 1)
  if at == again then return at end
  if at - size ~= again - more then b:fail(c, "takes a part of the batch") end
  return at == size and END or at - size
end
function emit.narrow(b, c)
  local d, other = c.p.dim, c.other
  local start, length, more = c.p.start, c.y[1]:size(d + 1), other.y[1]:size(d + 1)
  if length == c.x[1]:size(d + 1) and more == other.x[1]:size(d + 1) then return c[1] end
  return range(b, c[1], d, place(b, c, d, start, other.p.start),
    place(b, c, d, start + length, other.p.start + more), 1)
end
function emit.select(b, c)
  local d = c.p.dim
  return b:node("Gather", { c[1], b:whole(place(b, c, d, c.p.index, c.other.p.index)) }, { axis = d })
end
-- Where a slice of `count` from `start` by `step` ends, which it does not reach; it may go beyond the ends.
local function stop_of(start, count, step, size)
  local stop = start + (count - 1) * step + (step > 0 and 1 or -1)
  if step > 1 and size - stop < step then stop = size end
  return stop
end
function emit.slice(b, c)
  local x, dropped = c[1], {}
  for d = 1, c.x[1]:dim() do
    local start, count, step = c.p.start[d], c.p.count[d], c.p.step[d]
    local size = c.x[1]:size(d)
    local o, more = c.other.p, c.other.x[1]:size(d)
    if not (count == size and o.count[d] == more and step == 1) then
      local stop, again = stop_of(start, count, step, size), stop_of(o.start[d], o.count[d], step, more)
      if step < 0 and stop < 0 and again < 0 then stop = -END - 1 else stop = place(b, c, d - 1, stop, again) end
      x = range(b, x, d - 1, place(b, c, d - 1, start, o.start[d]), stop, step)
    end
    if c.p.drop and c.p.drop[d] == 1 then dropped[#dropped + 1] = d - 1 end
  end
  return #dropped > 0 and b:node("Squeeze", { x, b:ints(dropped) }) or x
end
local function from_zero(b, ids)
  return b:node("Sub", { b:node("Cast", { ids }, { to = 7 }), b:whole(1) })
end
function emit.index_select(b, c) return b:node("Gather", { c[1], from_zero(b, c[2]) }, { axis = c.p.dim }) end
function emit.index(b, c) return b:node("Gather", { c[1], from_zero(b, c[2]) }, { axis = 0 }) end
function emit.embedding(b, c) return b:node("Gather", { c[2], from_zero(b, c[1]) }, { axis = 0 }) end
-- Of ids in src's shape, as ONNX has it.
local function scattered(reduction)
  return function(b, c)
    if not tensor.same_shape(c.x[2], c.x[3]) then return nil end
    return b:node("ScatterElements", { c[1], from_zero(b, c[2]), c[3] }, { axis = c.p.dim, reduction = reduction })
  end
end
emit.scatter, emit.scatter_add = scattered(), scattered "add"
function emit.gather(b, c) return b:node("GatherElements", { c[1], from_zero(b, c[2]) }, { axis = c.p.dim }) end
local pad_modes = { constant = "constant", reflect = "reflect", replicate = "edge" }
function emit.pad(b, c)
  local nd, begins, ends = c.x[1]:dim(), {}, {}
  for d = 1, nd do begins[d], ends[d] = 0, 0 end
  local pads, dims = c.p.pads, c.p.dims
  for i = 1, #pads // 2 do
    local d = dims and #dims > 0 and dims[i] + 1 or nd - #pads // 2 + i
    begins[d], ends[d] = pads[2 * i - 1], pads[2 * i]
  end
  local mode = pad_modes[c.p.mode]
  return b:node("Pad", { c[1], b:ints(v.join(begins, ends)), mode == "constant" and b:number(c.p.value,
    c.y[1].dtype) or nil }, { mode = mode })
end

-- --- reductions ------------------------------------------------------------------------------------------------------

local function keep(c) return c.p.keepdim and 1 or 0 end
function emit.sum(b, c)
  local dims = c.p.dim
  return b:node("ReduceSum", { c[1], dims and #dims > 0 and b:ints(dims) or nil }, { keepdims = keep(c) })
end
for op, name in pairs { mean = "ReduceMean", prod = "ReduceProd", logsumexp = "ReduceLogSumExp" } do
  emit[op] = function(b, c)
    local dims = c.p.dim
    if type(dims) == "number" then dims = { dims } end
    return b:node(name, { c[1] }, { axes = dims and #dims > 0 and dims or nil, keepdims = keep(c) })
  end
end
for op, name in pairs { max = "Max", min = "Min" } do
  emit[op] = function(b, c)
    local y = b:node("Reduce" .. name, { c[1] }, { axes = c.p.dim and { c.p.dim } or nil, keepdims = keep(c) })
    if not c.p.dim then return y end
    return y, b:node("Add", { b:node("Arg" .. name, { c[1] }, { axis = c.p.dim, keepdims = keep(c) }), b:whole(1) })
  end
  emit["arg" .. op] = function(b, c)
    local x, d = c[1], c.p.dim
    if not d then x, d = b:node("Reshape", { x, b:ints { -1 } }), 0 end
    return b:node("Add", { b:node("Arg" .. name, { x }, { axis = d, keepdims = keep(c) }), b:whole(1) })
  end
end
function emit.softmax(b, c) return b:node("Softmax", { c[1] }, { axis = c.p.dim }) end
function emit.log_softmax(b, c) return b:node("LogSoftmax", { c[1] }, { axis = c.p.dim }) end

-- --- products and layers ---------------------------------------------------------------------------------------------

function emit.mm(b, c) return b:node("MatMul", alike(b, c, c.y[1].dtype)) end
emit.bmm = emit.mm
function emit.linear(b, c)
  local y = b:node("MatMul", { c[1], c[2] })
  return c[3] and b:node("Add", { y, c[3] }) or y
end

-- The channels of nd dimensions first (ONNX) or last (ours): permutations, from 0.
local function first_order(nd)
  local order = { 0, nd - 1 }
  for d = 1, nd - 2 do order[d + 2] = d end
  return order
end
local function last_order(nd)
  local order = { 0 }
  for d = 1, nd - 2 do order[d + 1] = d + 1 end
  order[nd] = 1
  return order
end
local function to_first(b, x, nd) return permuted(b, x, first_order(nd)) end
local function to_last(b, x, nd) return permuted(b, x, last_order(nd)) end
local function act(b, y, c)
  local a = c.p.act
  if a == "relu" then return b:node("Relu", { y }) end
  if a == "relu6" then return clip(b, y, 0, 6, c.y[1].dtype) end
  return a == "leaky" and b:node("LeakyRelu", { y }, { alpha = c.p.slope + 0.0 }) or y
end

-- A list of an op's parameter with one number for each of n dimensions; a sequence takes the last of two, as its op.
local function each(list, n, default)
  local out, many = {}, list and #list >= n
  for i = 1, n do out[i] = list and list[many and #list - n + i or 1] or default end
  return out
end
-- ONNX's begins, then ends, of padding in n dimensions: one number, n of them, or both ends of each (of a sequence the
-- first two of four).
local function all_pads(list, n)
  local out, both = {}, list and #list >= 2 * n
  for i = 1, n do
    local k = both and 2 * i - 1 or i
    out[i] = list and (list[k] or list[1]) or 0
    out[n + i] = both and list[k + 1] or out[i]
  end
  return out
end
local orders = { [3] = { { 3, 2, 1 }, { 2, 3, 1 } }, [4] = { { 4, 3, 1, 2 }, { 3, 4, 1, 2 } },
  [5] = { { 5, 4, 1, 2, 3 }, { 4, 5, 1, 2, 3 } } } -- kernels as Conv and ConvTranspose have them
local function convolution(b, c)
  local nd = c.x[1]:dim()
  local n = nd - 2
  local attr = { group = c.p.groups, strides = each(c.p.stride, n, 1), dilations = each(c.p.dilation, n, 1) }
  if c.p.same then attr.auto_pad = "SAME_UPPER" else attr.pads = all_pads(c.p.padding, n) end
  local w = b:turned(c, 2, orders[nd][1])
  local y = b:node("Conv", { to_first(b, c[1], nd), w, c[3] }, attr)
  if c[4] then y = b:node("Add", { y, to_first(b, c[4], nd) }) end
  return to_last(b, act(b, y, c), nd)
end
emit.conv1d, emit.conv2d, emit.conv3d = convolution, convolution, convolution
local function transposed(b, c)
  local nd = c.x[1]:dim()
  local n = nd - 2
  local attr = { group = c.p.groups, strides = each(c.p.stride, n, 1), dilations = each(c.p.dilation, n, 1) }
  if c.p.same then
    attr.auto_pad = "SAME_UPPER"
  else
    attr.pads, attr.output_padding = all_pads(c.p.padding, n), each(c.p.output_padding, n, 0)
  end
  local w = b:turned(c, 2, orders[nd][2])
  return to_last(b, b:node("ConvTranspose", { to_first(b, c[1], nd), w, c[3] }, attr), nd)
end
emit.conv_transpose1d, emit.conv_transpose2d, emit.conv_transpose3d = transposed, transposed, transposed

local tools = { from_zero = from_zero, range = range, to_first = to_first, to_last = to_last,
  keep = keep, scattered = scattered }
local function pool(name)
  return function(b, c)
    local nd = c.x[1]:dim()
    local n = nd - 2
    local kernel = each(c.p.kernel, n, 1)
    local stride = c.p.stride and #c.p.stride > 0 and each(c.p.stride, n, 1) or kernel
    local attr = { kernel_shape = kernel, strides = stride, pads = all_pads(c.p.padding, n),
      ceil_mode = c.p.ceil_mode and 1 or 0 }
    local gaps = each(c.p.dilation, n, 1)
    if v.product(gaps) > 1 then attr.dilations = gaps end
    if name == "AveragePool" and (attr.dilations or c.p.divisor) then return tools.mean_by_sums(b, c, attr) end
    if name == "AveragePool" then attr.count_include_pad = c.p.count_include_pad and 1 or 0 end
    return to_last(b, b:node(name, { to_first(b, c[1], nd) }, attr), nd)
  end
end
for _, d in ipairs { "1d", "2d", "3d" } do
  emit["max_pool" .. d], emit["avg_pool" .. d] = pool "MaxPool", pool "AveragePool"
end
local function adaptive(name)
  return function(b, c)
    local x, y = c.x[1], c.y[1]
    local kernel = { x:size(2) // y:size(2), x:size(3) // y:size(3) }
    if kernel[1] * y:size(2) ~= x:size(2) or kernel[2] * y:size(3) ~= x:size(3) then
      b:fail(c, "needs windows of one size")
    end
    return to_last(b, b:node(name, { to_first(b, c[1], 4) }, { kernel_shape = kernel, strides = kernel }), 4)
  end
end
emit.adaptive_avg_pool2d, emit.adaptive_max_pool2d = adaptive "AveragePool", adaptive "MaxPool"

function emit.upsample(b, c)
  local x, y = c.x[1], c.y[1]
  local mode = c.p.mode == "nearest" and "nearest" or "linear"
  local attr = { mode = mode, nearest_mode = mode == "nearest" and "floor" or nil,
    coordinate_transformation_mode = mode == "nearest" and "asymmetric" or c.p.align_corners and "align_corners"
      or "half_pixel" }
  local scales = { 1, 1, y:size(2) / x:size(2), y:size(3) / x:size(3) }
  local z = b:node("Resize", { to_first(b, c[1], 4), "", b:constant(tensor(scales), "scales") }, attr)
  return to_last(b, z, 4)
end

function emit.batch_norm(b, c)
  if c.p.train then b:fail(c, "is in training: net:eval()") end
  local nd, C = c.x[1]:dim(), c.x[1]:size(-1)
  local function or_filled(name, value)
    return name or b:constant(tensor.full({ C }, value, { dtype = c.x[1].dtype }), "filled")
  end
  local x = nd > 2 and to_first(b, c[1], nd) or c[1]
  local y = b:node("BatchNormalization", { x, or_filled(c[2], 1), or_filled(c[3], 0), or_filled(c[4], 0),
    or_filled(c[5], 1) }, { epsilon = c.p.eps + 0.0 })
  if c[6] then y = b:node("Add", { y, nd > 2 and to_first(b, c[6], nd) or c[6] }) end
  y = act(b, y, c)
  return nd > 2 and to_last(b, y, nd) or y
end
-- How many of the last dimensions a row has, below 0.
local function last_dims(c) return -(c.p.dims or c.x[2] and c.x[2]:dim() or 1) end
function emit.layer_norm(b, c)
  local x, axis = c.x[1], last_dims(c)
  local sizes = table.move(x.shape, x:dim() + axis + 1, x:dim(), 1, { dtype = x.dtype })
  local gamma = c[2] or b:constant(tensor.ones(sizes), "ones")
  return b:node("LayerNormalization", { c[1], gamma, c[3] }, { axis = axis, epsilon = c.p.eps + 0.0 })
end
function emit.rms_norm(b, c)
  local axis, axes = last_dims(c), {}
  for d = axis, -1 do axes[#axes + 1] = d end
  local eps = c.p.eps or (c.x[1].dtype == "f32" and 2 ^ -23 or 2 ^ -52)
  local square = b:node("Mul", { c[1], c[1] })
  local mean = b:node("ReduceMean", { square }, { axes = axes, keepdims = 1 })
  local shifted = b:node("Add", { mean, b:constant(tensor(eps, { dtype = c.x[1].dtype }), "eps") })
  local y = b:node("Div", { c[1], b:node("Sqrt", { shifted }) })
  return c[2] and b:node("Mul", { y, c[2] }) or y
end
-- Groups of channels of each sample: moments over a row for each group.
local function group_norm(b, c, groups)
  local nd, C, dtype = c.x[1]:dim(), c.x[1]:size(-1), c.x[1].dtype
  local x = to_first(b, c[1], nd)
  local rows = b:node("Reshape", { x, b:ints { 0, groups, -1 } })
  local function filled(value) return b:constant(tensor.full({ groups }, value, { dtype = dtype }), "filled") end
  local y = b:node("InstanceNormalization", { rows, filled(1), filled(0) }, { epsilon = c.p.eps + 0.0 })
  y = to_last(b, b:node("Reshape", { y, b:node("Shape", { x }) }), nd)
  if c[2] then y = b:node("Mul", { y, c[2] }) end
  return c[3] and b:node("Add", { y, c[3] }) or y, C
end
function emit.group_norm(b, c) return (group_norm(b, c, c.p.groups)) end
function emit.instance_norm(b, c) return (group_norm(b, c, c.x[1]:size(-1))) end

-- [N, T, heads D] as [N, heads, T, D]; [N, heads, T, D] stays.
local function heads_of(b, x, t, h)
  if t:dim() == 4 then return x end
  return permuted(b, b:node("Reshape", { x, b:ints { 0, 0, h, t:size(3) // h } }), { 0, 2, 1, 3 })
end
function emit.attention(b, c)
  local q, h, dtype = c.x[1], c.p.heads, c.x[1].dtype
  if c.p.dropout ~= 0 and c.training then b:fail(c, "is in training: net:eval()") end
  local d = q:dim() == 4 and q:size(4) or q:size(3) // h
  local flat = q:dim() == 3
  local qs, ks, vs = heads_of(b, c[1], q, h), heads_of(b, c[2], c.x[2], h), heads_of(b, c[3], c.x[3], h)
  local scores = b:node("MatMul", { qs, permuted(b, ks, { 0, 1, 3, 2 }) })
  scores = b:node("Mul", { scores, b:number(c.p.scale or 1 / d ^ 0.5, dtype) })
  local T, S = q:size(-2), c.x[2]:size(-2)
  if c.p.causal then
    local ahead = tensor.ones { T, S, dtype = dtype }
    ahead = tensor.where(ahead:triu(S - T + 1):gt(0), ahead * -math.huge, ahead * 0)
    scores = b:node("Add", { scores, b:constant(ahead, "causal") })
  end
  if c[4] then
    local m = c[4]
    if c.x[4]:dim() == 3 and flat or c.x[4]:dim() == 3 then m = b:node("Unsqueeze", { m, b:ints { 1 } }) end
    if c.x[4].dtype == "bool" then
      scores = b:node("Where", { m, scores, b:number(-math.huge, dtype) })
    else
      scores = b:node("Add", { scores, m })
    end
  end
  local y = b:node("MatMul", { b:node("Softmax", { scores }, { axis = -1 }), vs })
  if not flat then return y end
  return b:node("Reshape", { permuted(b, y, { 0, 2, 1, 3 }), b:ints { 0, 0, -1 } })
end

-- --- recurrent -------------------------------------------------------------------------------------------------------

local gates = { lstm = { 1, 4, 2, 3 }, gru = { 2, 1, 3 }, rnn = { 1 } } -- i f g o to i o f g; r z n to z r n
local names = { lstm = "LSTM", gru = "GRU", rnn = "RNN" }
local function reordered(x, op, H)
  local parts = { dim = 1 }
  for i, k in ipairs(gates[op]) do parts[i] = x:narrow(1, (k - 1) * H + 1, H) end
  return tensor.cat(parts)
end
local function recurrent(op)
  return function(b, c)
    local wx, wh, H = b:known(c, 2), b:known(c, 3), c.x[3]:size(1)
    local n = #gates[op]
    local function zeros() return tensor.zeros { n * H, dtype = wx.dtype } end
    local bx, bh = c[4] and b:known(c, 4) or zeros(), c[5] and b:known(c, 5) or zeros()
    local w = b:constant(reordered(wx:t(), op, H):unsqueeze(1), "w")
    local r = b:constant(reordered(wh:t(), op, H):unsqueeze(1), "r")
    local bias = b:constant(tensor.cat { reordered(bx, op, H), reordered(bh, op, H) }:unsqueeze(1), "b")
    local lengths_at = op == "lstm" and 8 or 7
    local lengths = c[lengths_at] and b:node("Cast", { c[lengths_at] }, { to = 6 }) or ""
    local function state(k) return c[k] and b:node("Unsqueeze", { c[k], b:ints { 0 } }) or nil end
    local h0, c0 = state(6), op == "lstm" and state(7) or nil
    local attr = { hidden_size = H, direction = c.p.reverse and "reverse" or "forward" }
    if op == "gru" then attr.linear_before_reset = 1 end
    if op == "rnn" then attr.activations = { c.p.act == "relu" and "Relu" or "Tanh" } end
    local x = permuted(b, c[1], { 1, 0, 2 })
    local y, h, s = b:nodes(names[op], { x, w, r, bias, lengths, h0 or (c0 and "" or nil), c0 }, attr,
      op == "lstm" and 3 or 2)
    y = permuted(b, b:node("Squeeze", { y, b:ints { 1 } }), { 1, 0, 2 })
    local first = b:ints { 0 }
    return y, b:node("Squeeze", { h, first }), s and b:node("Squeeze", { s, first }) or nil
  end
end
for op in pairs(gates) do emit[op] = recurrent(op) end

require "nn.onnx.emit_arrays"(emit, tools)

return emit
