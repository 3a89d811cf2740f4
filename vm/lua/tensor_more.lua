--- tensor_more.lua: tensor functions composed of ops.
local record = require "nn.record"
local none = lunette.none

-- Methods as they are written below, and behind a look at x: x.split(2) lacks its colon.
local methods = setmetatable({}, { __newindex = function(written, name, f)
  rawset(written, name, f)
  tensor.methods[name] = function(x, ...)
    if not lunette.is_tensor(x) then
      local way = name == "bernoulli" and "of one probability: tensor.full({8}, 0.5):bernoulli()"
        or ("a method takes a colon: x:%s(...)"):format(name)
      lunette.raise(("%s: tensor expected, got %s (%s)"):format(name, lunette.typename(x), way))
    end
    return f(x, ...)
  end
  lunette.written[tensor.methods[name]] = f
end })
lunette.written = {}  -- what stands behind such a function, for ??name

record.declare { name = "x:split", sig = "x:split(size, dim)   x:split({a, b}, dim)",
  see = "x:chunk, x:unbind",
  doc = "parts of `size` along dim, the last perhaps shorter",
  options = { { "dim", 1, "along which dimension" } },
  example = "print(tensor.arange(5):split(2))",
  example2 = "a, b = tensor.arange(5):split({2, 3})\nprint(b)" }
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

record.declare { name = "x:chunk", sig = "x:chunk(n, dim)", see = "x:split",
  doc = "n parts along dim",
  options = { { "dim", 1, "along which dimension" } },
  example = "print(tensor.arange(6):chunk(2))",
  example2 = "print(tensor.ones(2, 4):chunk(2, 2))" }
function methods.chunk(x, n, dim)
  dim = dim or 1
  lunette.whole("chunk", "n", n)
  return methods.split(x, math.max(1, (x:size(dim) + n - 1) // n), dim)
end

record.declare { name = "x:unbind", sig = "x:unbind(dim)", see = "x:split",
  doc = "every slice along dim",
  options = { { "dim", 1, "along which dimension" } },
  example = "a, b = tensor{{1, 2}, {3, 4}}:unbind()\nprint(b)",
  example2 = "print(tensor.ones(2, 3):unbind(2))" }
function methods.unbind(x, dim)
  local parts = {}
  for i = 1, x:size(dim or 1) do parts[i] = x:select(dim or 1, i) end
  return table.unpack(parts)
end

for _, name in ipairs { "split", "chunk", "unbind" } do tensor[name] = tensor.methods[name] end

-- tensor.zeros_like(x) and its kin.
for _, name in ipairs { "zeros", "ones", "rand", "randn" } do
  local make, what = tensor[name], name .. "_like"
  local about = record.declare { name = "tensor." .. what, sig = ("tensor.%s(x, {dtype=})"):format(what),
    doc = ("tensor.%s of x's shape and dtype"):format(name), see = "tensor." .. name,
    options = { { "dtype", none, "x's own by default" }, { "requires_grad", none, "gradients flow to it" },
      name:find "^rand" and { "rng", none, "a generator, tensor.rng(seed)" } or nil },
    example = ("print(tensor.%s(tensor.ones(2, 3)).shape[2])"):format(what),
    example2 = ("print(tensor.%s(tensor.ones(2), {dtype = \"f64\"}).dtype)"):format(what) }
  tensor[what] = function(x, opt)
    opt = lunette.checked(what, opt, record.known(about.options))
    local shape = x.shape
    shape.dtype, shape.rng, shape.requires_grad = opt.dtype or x.dtype, opt.rng, opt.requires_grad
    return make(shape)
  end
end

local about_allclose = record.declare { name = "x:allclose", sig = "x:allclose(y, {rtol=1e-5, atol=1e-8})",
  see = "eq",
  doc = "are all |x - y| <= atol + rtol |y|; an infinity is close to itself alone",
  options = { { "rtol", 1e-05, "relative" }, { "atol", 1e-08, "absolute" } },
  example = "print(tensor.ones(2):allclose(tensor.ones(2)))",
  example2 = "print(tensor.ones(2):allclose(tensor.ones(2) + 0.1, {atol = 0.2}))" }
function methods.allclose(x, y, opt)
  if y == nil then lunette.raise "allclose: y is missing (a method takes a colon: x:allclose(y))" end
  opt = lunette.checked("allclose", opt, record.known(about_allclose.options))
  local apart = (x - y):abs()
  local close = apart:le(y:abs() * opt.rtol + opt.atol):logical_and(apart:isfinite())
  return x:eq(y):logical_or(close):all():item()
end
tensor.allclose = tensor.methods.allclose

--- x:float(), x:double(), x:long(), x:int(), x:byte(), x:bool(): x:to of that dtype.
for name, dtype in pairs { float = "f32", double = "f64", long = "i64", int = "i32", byte = "u8", bool = "bool" } do
  record.declare { name = "x:" .. name, sig = ("x:%s()"):format(name), see = "to",
    doc = ("converts to %s, as x:to \"%s\""):format(dtype, dtype),
    example = ("print(tensor.ones(2):%s().dtype)"):format(name), example2 = ("print(tensor{0, 1}:%s())"):format(name) }
  methods[name] = function(x) return x:to(dtype) end
end

record.declare { name = "x:deg2rad", sig = "x:deg2rad()", see = "x:rad2deg",
  doc = "degrees to radians",
  example = "print(tensor{180}:deg2rad())",
  example2 = "print(tensor{90}:deg2rad():sin())" }
function methods.deg2rad(x) return x * (math.pi / 180) end
record.declare { name = "x:rad2deg", sig = "x:rad2deg()", see = "x:deg2rad",
  doc = "radians to degrees",
  example = "print(tensor{math.pi}:rad2deg())",
  example2 = "print(tensor{1}:atan():rad2deg())" }
function methods.rad2deg(x) return x * (180 / math.pi) end

record.declare { name = "x:frexp", sig = "x:frexp()", see = "ldexp, logb",
  doc = "m, e with x = m 2^e, 0.5 <= |m| < 1",
  example = "print(tensor{1, 10}:frexp())",
  example2 = "m, e = tensor{-3, 0}:frexp()\nprint(m:ldexp(e))" }
--- m, e = x:frexp(): x = m 2^e with 0.5 <= |m| < 1, or m = x and e = 0 for 0, NaN and infinities.
function methods.frexp(x)
  local plain = x:eq(0):logical_or(x:isfinite():logical_not())
  local e = (x:detach():logb() + 1):masked_fill(plain, 0)
  return tensor.where(plain, x, x:ldexp(-e)), e:to "i32"
end

local about_quantile = record.declare { name = "x:quantile", sig = "x:quantile(q, {dim=none, keepdim=false})",
  see = "median, sort",
  doc = "the value below which a part q of the numbers lies, linear between neighbours",
  options = { { "dim", none, "along which dimension; all numbers by default" },
    { "keepdim", false, "leaves a dimension of size 1" } },
  example = "print(tensor{1, 2, 3, 4}:quantile(0.5))",
  example2 = "print(tensor{{1, 2}, {3, 5}}:quantile({0.25, 0.75}, {dim = 2}))" }
--- x:quantile(q, {dim=none, keepdim=false}): linear between the neighbours in order; q in 0..1, or a list or vector of
-- them, whose results then come first.  NaN where a number is.
function methods.quantile(x, q, opt)
  opt = lunette.checked("quantile", opt, record.known(about_quantile.options))
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
  if lunette.is_tensor(q) then q = q:dim() == 0 and q:item() or q:reshape(-1):totable() end
  if type(q) ~= "table" then return one(q) end
  local list = { dim = 1 }
  for i, p in ipairs(q) do list[i] = one(p) end
  return tensor.stack(list)
end

for _, name in ipairs { "deg2rad", "rad2deg", "frexp", "quantile" } do
  tensor[name] = tensor.methods[name]
end
return methods
