--- tensor_more.lua: tensor functions composed of ops.
local methods = tensor.methods

--- x:split(size, dim) -> parts of `size` (the last may be shorter); size may be a list of sizes.
function methods.split(x, size, dim)
  if type(size) == "table" and not lunette.is_tensor(size) and size.dim then dim = size.dim end
  dim = dim or 1
  local total, parts, at = x:size(dim), {}, 1
  local sizes = type(size) == "table" and size or nil
  local k = 1
  while at <= total do
    local n = sizes and sizes[k] or size
    if not n or n < 1 then
      lunette.raise(("split: sizes do not add up to %d (dim %d of %s)"):format(total, dim, lunette.typename(x)))
    end
    n = math.min(n, total - at + 1)
    parts[k] = x:narrow(dim, at, n)
    at, k = at + n, k + 1
  end
  return table.unpack(parts)
end

--- x:chunk(n, dim) -> n parts of equal size (the last may be shorter).
function methods.chunk(x, n, dim)
  dim = dim or 1
  lunette.whole("chunk", "n", n)
  return methods.split(x, math.max(1, (x:size(dim) + n - 1) // n), dim)
end

--- x:unbind(dim) -> every slice along dim.
function methods.unbind(x, dim)
  local parts = {}
  for i = 1, x:size(dim or 1) do parts[i] = x:select(dim or 1, i) end
  return table.unpack(parts)
end

for _, name in ipairs { "split", "chunk", "unbind" } do tensor[name] = methods[name] end

local function like(make)
  return function(x, opt)
    local shape = x.shape
    shape.dtype = opt and opt.dtype or x.dtype
    shape.rng = opt and opt.rng
    return make(shape)
  end
end
tensor.zeros_like, tensor.ones_like = like(tensor.zeros), like(tensor.ones)
tensor.rand_like, tensor.randn_like = like(tensor.rand), like(tensor.randn)

--- x:allclose(y, {rtol=1e-5, atol=1e-8}) -> are all |x - y| <= atol + rtol |y|?
function methods.allclose(x, y, opt)
  opt = lunette.checked("allclose", opt, { rtol = 1e-5, atol = 1e-8 })
  local close = (x - y):abs():le(y:abs() * opt.rtol + opt.atol)
  return close:all():item()
end
tensor.allclose = methods.allclose

--- x:float(), x:double(), x:long(), x:int(), x:byte(), x:bool(): x:to of that dtype.
for name, dtype in pairs { float = "f32", double = "f64", long = "i64", int = "i32", byte = "u8", bool = "bool" } do
  methods[name] = function(x) return x:to(dtype) end
end
