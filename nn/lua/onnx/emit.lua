--- emit.lua: our ops as ONNX's operators (set 17): emit[op](b, c) writes the nodes of one noted call c (op, inputs x,
-- outputs y, parameters p, the names of its inputs c[1], c[2], ...) by the builder b of export.lua.
local tools = require "nn.onnx.emit_tools"
local v = require "nn.onnx.values"
local alike, clip, from_zero, keep = tools.alike, tools.clip, tools.from_zero, tools.keep
local permuted, range = tools.permuted, tools.range

local emit = {}
for _, file in ipairs { "arrays", "layers", "windows" } do
  for op, f in pairs(require("nn.onnx.emit_" .. file)) do emit[op] = f end
end

-- --- single elements -------------------------------------------------------------------------------------------------

for op, name in pairs { neg = "Neg", abs = "Abs", sign = "Sign", exp = "Exp", log = "Log", sqrt = "Sqrt",
  reciprocal = "Reciprocal", sin = "Sin", cos = "Cos", tan = "Tan", asin = "Asin", acos = "Acos", atan = "Atan",
  sinh = "Sinh", cosh = "Cosh", tanh = "Tanh", sigmoid = "Sigmoid", relu = "Relu", asinh = "Asinh", acosh = "Acosh",
  atanh = "Atanh", erf = "Erf", floor = "Floor", ceil = "Ceil", round = "Round", isnan = "IsNaN", isinf = "IsInf" } do
  emit[op] = function(b, c) return b:node(name, { c[1] }) end
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

function emit.nan_to_num(b, c)
  local dtype, p = c.y[1].dtype, c.p
  if not dtype:find "^f" then return c[1] end
  local most = dtype == "f64" and 1.7976931348623157e308 or 3.4028234663852886e38
  local function given(at, default) return b:number(at and at == at and at or default, dtype) end
  local y = b:node("Where", { b:node("IsNaN", { c[1] }), b:number(p.nan, dtype), c[1] })
  y = b:node("Where", { b:node("IsInf", { c[1] }, { detect_negative = 0 }), given(p.posinf, most), y })
  return b:node("Where", { b:node("IsInf", { c[1] }, { detect_positive = 0 }), given(p.neginf, -most), y })
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
function emit.clamp(b, c) return clip(b, c[1], c.p.min, c.p.max, c.y[1].dtype) end
function emit.relu6(b, c) return clip(b, c[1], 0, 6, c.y[1].dtype) end
function emit.hardtanh(b, c) return clip(b, c[1], -1, 1, c.y[1].dtype) end
function emit.hardsigmoid(b, c) return b:node("HardSigmoid", { c[1] }, { alpha = 1 / 6, beta = 0.5 }) end
function emit.hardswish(b, c) return b:node("HardSwish", { c[1] }) end
function emit.prelu(b, c) -- max(x, 0) + w min(x, 0); PRelu takes no w that is larger than x
  local names, zero = alike(b, c, c.y[1].dtype), b:number(0, c.y[1].dtype)
  local below = b:node("Mul", { b:node("Min", { names[1], zero }), names[2] })
  return b:node("Add", { b:node("Max", { names[1], zero }), below })
end
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
function emit.logit(b, c)
  local dtype, eps, x = c.y[1].dtype, c.p.eps, c[1]
  if eps and eps == eps then x = clip(b, x, eps, 1 - eps, dtype) end
  return b:node("Log", { b:node("Div", { x, b:node("Sub", { b:number(1, dtype), x }) }) })
end
function emit.xlogy(b, c)
  local names, zero = alike(b, c, c.y[1].dtype), b:number(0, c.y[1].dtype)
  local none = b:node("And", { b:node("Equal", { names[1], zero }), b:node("Not", { b:node("IsNaN", { names[2] }) }) })
  return b:node("Where", { none, zero, b:node("Mul", { names[1], b:node("Log", { names[2] }) }) })
end
function emit.lerp(b, c)
  return b:node("Add", { c[1], b:node("Mul", { c[3], b:node("Sub", { c[2], c[1] }) }) })
end
function emit.fma(b, c) return b:node("Add", { b:node("Mul", { c[1], c[2] }), c[3] }) end
-- x + value a b, x + value a / b
local function added(name)
  return function(b, c)
    local dtype, as = c.y[1].dtype, {}
    for i = 1, 3 do as[i] = c.x[i].dtype == dtype and c[i] or b:node("Cast", { c[i] }, { to = v.kind_of[dtype] }) end
    local part = b:node(name, { as[2], as[3] })
    return b:node("Add", { as[1], c.p.value == 1 and part or b:node("Mul", { part, b:number(c.p.value, dtype) }) })
  end
end
emit.addcmul, emit.addcdiv = added "Mul", added "Div"
emit["to"] = function(b, c)
  local to, from = c.y[1].dtype, c.x[1].dtype
  return to == from and c[1] or b:node("Cast", { c[1] }, { to = v.kind_of[to] })
end
for _, op in ipairs { "clone", "contiguous", "dropout", "dropout2d" } do emit[op] = function(_, c) return c[1] end end

-- --- shapes ----------------------------------------------------------------------------------------------------------

for _, op in ipairs { "view", "reshape", "flatten", "squeeze", "unsqueeze" } do
  emit[op] = function(b, c) return b:reshape(c) end
end
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

-- A place along dimension d, from 0, that is `at` and, in the other trace, `again`: the same from the front, from the
-- end (then below 0; END: the end itself), or, as a value, another open size and some more.
local END <const> = 2147483647
local function place(b, c, d, at, again)
  local size, more = c.x[1]:size(d + 1), c.other.x[1]:size(d + 1)
  if at == again then return at end
  if at - size == again - more then return at == size and END or at - size end
  return b:whole_number(c, at, again) or b:fail_open(c, "takes a part that no open size explains")
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
  local at = place(b, c, d, c.p.index, c.other.p.index)
  local id = type(at) == "string" and b:node("Squeeze", { at, b:ints { 0 } }) or b:whole(at)
  return b:node("Gather", { c[1], id }, { axis = d })
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
function emit.index_select(b, c) return b:node("Gather", { c[1], from_zero(b, c[2]) }, { axis = c.p.dim }) end
function emit.index(b, c) return b:node("Gather", { c[1], from_zero(b, c[2]) }, { axis = 0 }) end
function emit.embedding(b, c) return b:node("Gather", { c[2], from_zero(b, c[1]) }, { axis = 0 }) end
function emit.gather(b, c) return b:node("GatherElements", { c[1], from_zero(b, c[2]) }, { axis = c.p.dim }) end
local pad_modes = { constant = "constant", reflect = "reflect", replicate = "edge" }
-- The ends of all dimensions, as ONNX has them: all begins, then all ends.
local function both_ends(pads, dims, nd)
  local ends = v.filled(2 * nd, 0)
  for i = 1, #pads // 2 do
    local d = dims and #dims > 0 and dims[i] + 1 or nd - #pads // 2 + i
    ends[d], ends[nd + d] = pads[2 * i - 1], pads[2 * i]
  end
  return ends
end
function emit.pad(b, c)
  local nd, o = c.x[1]:dim(), c.other.p
  local ends = b:whole_numbers(c, both_ends(c.p.pads, c.p.dims, nd), both_ends(o.pads, o.dims, nd))
  if not ends then b:fail_open(c, "has pads that no open size explains") end
  local mode = pad_modes[c.p.mode]
  return b:node("Pad", { c[1], ends, mode == "constant" and b:number(c.p.value, c.y[1].dtype) or nil },
    { mode = mode })
end

-- --- reductions ------------------------------------------------------------------------------------------------------

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

return emit
