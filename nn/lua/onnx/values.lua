--- values.lua: what the operators share: shapes and axes as ONNX counts them (from 0), element types, lists.
local values = {}

-- TensorProto.DataType: the dtype that holds it, and its range where that is narrower.
values.dtype = { [1] = "f32", [2] = "u8", [3] = "i32", [4] = "i32", [5] = "i32", [6] = "i32", [7] = "i64", [9] = "bool",
  [10] = "f32", [11] = "f64", [12] = "i64", [13] = "i64", [16] = "f32" }
values.kind_name = { "float", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool", "float16",
  "double", "uint32", "uint64", "complex64", "complex128", "bfloat16" }
values.kind_of = { f32 = 1, u8 = 2, i32 = 6, i64 = 7, bool = 9, f64 = 11 }
values.range = { [2] = { 0, 255 }, [3] = { -128, 127 }, [4] = { 0, 65535 }, [5] = { -32768, 32767 },
  [6] = { -2147483648, 2147483647 }, [12] = { 0, 4294967295 } }

--- x modulo 2^bits of an element type narrower than the dtype that holds it, as C wraps it.
function values.wrapped(x, kind)
  local low, high = table.unpack(values.range[kind])
  return ((x:to "i64" - low):remainder(high - low + 1) + low):to(values.dtype[kind])
end

function values.is_float(x) return x.dtype == "f32" or x.dtype == "f64" end

--- A dimension from 1 on, for an axis from 0 or negative.
function values.dim(axis, nd)
  local d = axis < 0 and axis + nd + 1 or axis + 1
  if d < 1 or d > math.max(nd, 1) then lunette.raise(("axis %d of %d dimensions"):format(axis, nd)) end
  return d
end

--- The elements of a tensor as a list.
function values.list(x)
  if x:dim() == 0 then return { x:item() } end
  return (x:dim() == 1 and x or x:reshape(-1)):totable()
end

function values.ints(list) return tensor(list, { dtype = "i64" }) end
function values.scalar(v, dtype) return tensor(v):to(dtype) end

function values.product(list, first, last)
  local n = 1
  for i = first or 1, last or #list do n = n * list[i] end
  return n
end

-- A file of few bytes can ask for any size: what has more elements than this is refused before it is made.
local MOST = 2 ^ 31

--- local bound <close> = values.bound(): until its end no op makes more.
local within = { __close = function(self) lunette.most_elements(self.before) end }
function values.bound() return setmetatable({ before = lunette.most_elements(MOST) }, within) end
function values.bounded(sizes)
  local n, shown = 1.0, {}
  for i, size in ipairs(sizes) do
    n = n * size
    shown[i] = ("%.0f"):format(size)
  end
  if n > MOST then
    lunette.raise(("an output of [%s] has more than %.0f elements"):format(table.concat(shown, ","), MOST))
  end
  return sizes
end

--- first .. last of a list, and lists one after another.
function values.part(list, first, last) return table.move(list, first, last, 1, {}) end
function values.join(...)
  local all = {}
  for _, list in ipairs { ... } do table.move(list, 1, #list, #all + 1, all) end
  return all
end
function values.filled(n, v)
  local list = {}
  for i = 1, n do list[i] = v end
  return list
end

--- The shape that both broadcast to.
function values.broadcast(a, b)
  local n, shape = math.max(#a, #b), {}
  for i = 1, n do
    local p = #a - n + i > 0 and a[#a - n + i] or 1
    local q = #b - n + i > 0 and b[#b - n + i] or 1
    shape[i] = p == 1 and q or p
  end
  return shape
end

--- Indices from 0, or negative from the end, as ours: from 1.  n: the size that they count in.
function values.from_one(ids, n)
  ids = ids:to "i64"
  return tensor.where(ids:lt(0), ids + (n + 1), ids + 1)
end

--- ids: a row of places for dimension d of a tensor of nd dimensions; its elements there.
function values.along(row, d, nd)
  local shape = values.filled(nd, 1)
  shape[d] = row:numel()
  return row:view(shape)
end

--- 0, 1, ... n - 1.
function values.count(n)
  if n == 0 then return tensor.zeros(0, { dtype = "i64" }) end
  return tensor.arange(n) - 1
end

--- x where it lies in memory with its channels last is computed there: f(x) for any f of single elements.
local last = { [3] = { 1, 3, 2 }, [4] = { 1, 3, 4, 2 }, [5] = { 1, 3, 4, 5, 2 } }
local first = { [3] = { 1, 3, 2 }, [4] = { 1, 4, 2, 3 }, [5] = { 1, 5, 2, 3, 4 } }

--- [N, C, ...] seen as [N, ..., C], and back: views.
function values.last(x) return x:permute(last[x:dim()]) end
function values.first(x) return x:permute(first[x:dim()]) end

--- The same of what an op has just made and nobody else knows: its own handle is given back at once.
function values.first_of(x)
  local y <close> = x
  return values.first(y)
end

function values.lies_last(x)
  local order = last[x:dim()]
  return order and not x:is_contiguous() and x:permute(order):is_contiguous()
end

function values.pointwise(f)
  return function(x, ...)
    if values.lies_last(x) then return values.first(f(values.last(x), ...)) end
    return f(x, ...)
  end
end

local function of_rank(x, nd)
  if x:dim() == nd then return x end
  return x:reshape(values.join(values.filled(nd - x:dim(), 1), x.shape))
end
values.of_rank = of_rank

--- The same for two tensors that broadcast.
function values.pair(f)
  return function(a, b)
    local p, q = a:dim(), b:dim()
    if (p >= q and values.lies_last(a)) or (q >= p and values.lies_last(b)) then
      local nd = math.max(p, q)
      return values.first(f(values.last(of_rank(a, nd)), values.last(of_rank(b, nd))))
    end
    return f(a, b)
  end
end

return values
