--- tensor_more.lua: tensor functions composed of ops.

-- Methods as they are written below, and behind a look at x: x.split(2) lacks its colon.
local methods = setmetatable({}, { __newindex = function(written, name, f)
  rawset(written, name, f)
  tensor.methods[name] = function(x, ...)
    if not lunette.is_tensor(x) then
      lunette.raise(("%s: tensor expected, got %s (a method takes a colon: x:%s(...))"):format(name,
        lunette.typename(x), name))
    end
    return f(x, ...)
  end
  lunette.written[tensor.methods[name]] = f
end })
lunette.written = {}  -- what stands behind such a function, for ??name

--- x:split(size, dim) -> parts of `size` (the last may be shorter); size may be a list of sizes.
function methods.split(x, size, dim)
  dim = dim or 1
  local total, parts, at = x:size(dim), {}, 1
  local sizes = type(size) == "table" and size or nil
  if not sizes then
    lunette.whole("split", "size", size)
    sizes = {}
    while at <= total do
      sizes[#sizes + 1] = math.min(size, total - at + 1)
      at = at + size
    end
    if total == 0 then sizes[1] = 0 end
  end
  at = 1
  for k, n in ipairs(sizes) do
    if math.type(n) ~= "integer" or n < 0 or at + n - 1 > total then break end
    parts[k] = x:narrow(dim, at, n)
    at = at + n
  end
  if #parts < #sizes or at ~= total + 1 then
    lunette.raise(("split: sizes do not add up to %d (dim %d of %s)"):format(total, dim, lunette.typename(x)))
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

for _, name in ipairs { "split", "chunk", "unbind" } do tensor[name] = tensor.methods[name] end

local function like(name, options)
  local make, what = tensor[name], name .. "_like"
  return function(x, opt)
    opt = lunette.checked(what, opt, options)
    local shape = x.shape
    shape.dtype, shape.rng, shape.requires_grad = opt.dtype or x.dtype, opt.rng, opt.requires_grad
    return make(shape)
  end
end
local filled = { dtype = lunette.none, requires_grad = lunette.none }
local random = { dtype = lunette.none, requires_grad = lunette.none, rng = lunette.none }
tensor.zeros_like, tensor.ones_like = like("zeros", filled), like("ones", filled)
tensor.rand_like, tensor.randn_like = like("rand", random), like("randn", random)

--- x:allclose(y, {rtol=1e-5, atol=1e-8}) -> are all |x - y| <= atol + rtol |y|?  An infinity is close to itself alone.
function methods.allclose(x, y, opt)
  if y == nil then lunette.raise "allclose: y is missing (a method takes a colon: x:allclose(y))" end
  opt = lunette.checked("allclose", opt, { rtol = 1e-5, atol = 1e-8 })
  local apart = (x - y):abs()
  local close = apart:le(y:abs() * opt.rtol + opt.atol):logical_and(apart:isfinite())
  return x:eq(y):logical_or(close):all():item()
end
tensor.allclose = tensor.methods.allclose

--- x:float(), x:double(), x:long(), x:int(), x:byte(), x:bool(): x:to of that dtype.
for name, dtype in pairs { float = "f32", double = "f64", long = "i64", int = "i32", byte = "u8", bool = "bool" } do
  methods[name] = function(x) return x:to(dtype) end
end

--- x:addcmul(a, b, {value=1}) = x + value a b; x:addcdiv(a, b, {value=1}) = x + value a / b.
function methods.addcmul(x, a, b, opt) return x + a * b * lunette.checked("addcmul", opt, { value = 1 }).value end
function methods.addcdiv(x, a, b, opt) return x + a / b * lunette.checked("addcdiv", opt, { value = 1 }).value end

--- x:logit({eps=none}): log(x / (1 - x)), of x cut to eps..1-eps.
function methods.logit(x, opt)
  local eps = lunette.checked("logit", opt, { eps = lunette.none }).eps
  if eps then x = x:clamp(eps, 1 - eps) end
  return x:log() - (-x):log1p()
end

--- x:xlogy(y): x log(y), and 0 where x is 0, whatever y is but NaN.
function methods.xlogy(x, y)
  if not lunette.is_tensor(y) then y = tensor.full({}, y, { dtype = x.dtype }) end
  local zero = x:eq(0):logical_and(y:isnan():logical_not())
  return tensor.where(zero, x * 0, x * tensor.where(zero, y * 0 + 1, y):log())
end

--- x:nan_to_num({nan=0, posinf=the greatest, neginf=the least}).
function methods.nan_to_num(x, opt)
  local most = x.dtype == "f64" and 1.7976931348623157e308 or 3.4028234663852886e38
  opt = lunette.checked("nan_to_num", opt, { nan = 0, posinf = most, neginf = -most })
  if not x.dtype:find "^f" then return x:clone() end
  return x:masked_fill(x:isnan(), opt.nan):masked_fill(x:eq(math.huge), opt.posinf)
    :masked_fill(x:eq(-math.huge), opt.neginf)
end

--- Degrees to radians and back.
function methods.deg2rad(x) return x * (math.pi / 180) end
function methods.rad2deg(x) return x * (180 / math.pi) end

--- m, e = x:frexp(): x = m 2^e with 0.5 <= |m| < 1, or m = x and e = 0 for 0, NaN and infinities.
function methods.frexp(x)
  local plain = x:eq(0):logical_or(x:isfinite():logical_not())
  local e = (x:detach():logb() + 1):masked_fill(plain, 0)
  return tensor.where(plain, x, x:ldexp(-e)), e:to "i32"
end

--- x:quantile(q, {dim=none, keepdim=false}): linear between the neighbours in order; q in 0..1, or a list of them,
-- whose results then come first.  NaN where a number is.
function methods.quantile(x, q, opt)
  opt = lunette.checked("quantile", opt, { dim = lunette.none, keepdim = false })
  local flat = opt.dim == nil
  local y = flat and x:reshape(-1) or x
  local dim = flat and 1 or opt.dim
  local n = y:size(dim)
  if n == 0 then lunette.raise(("quantile: nothing to order in %s"):format(lunette.typename(x))) end
  local sorted, ones = y:sort(dim), {}
  local last = sorted:narrow(dim, n, 1) -- NaN where there is any
  for i = 1, x:dim() do ones[i] = 1 end
  local function one(p)
    if type(p) ~= "number" or not (p >= 0 and p <= 1) then
      lunette.raise("quantile: q must be in 0..1, got " .. tostring(p))
    end
    local at = p * (n - 1)
    local below = math.floor(at)
    local r = sorted:narrow(dim, below + 1, 1)
    if at > below then r = r:lerp(sorted:narrow(dim, below + 2, 1), at - below) end
    r = tensor.where(last:isnan(), last, r)
    if not opt.keepdim or #ones == 0 then return r:squeeze(dim) end
    return flat and r:reshape(ones) or r
  end
  if type(q) ~= "table" then return one(q) end
  local list = { dim = 1 }
  for i, p in ipairs(q) do list[i] = one(p) end
  return tensor.stack(list)
end

for _, name in ipairs { "addcmul", "addcdiv", "logit", "xlogy", "nan_to_num", "deg2rad", "rad2deg", "frexp",
  "quantile" } do
  tensor[name] = tensor.methods[name]
end
return methods
