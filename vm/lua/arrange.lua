--- arrange.lua: tensor functions composed of ops: dimensions moved, grids, products along dimensions, repeats.  Each
-- step is a view or an op that the result needs anyway; gradients are those of the ops.
local record = require "nn.record"
local none = lunette.none
local methods = require "vm.tensor_more"

-- dim as the user counts, of nd dimensions.
local function place(what, dim, nd)
  local d = math.type(dim) == "integer" and (dim < 0 and dim + nd + 1 or dim)
  if not d or d < 1 or d > nd then
    lunette.raise(("%s: dim %s of %d dimensions"):format(what, tostring(dim), nd))
  end
  return d
end

local function need_tensor(what, name, t)
  if not lunette.is_tensor(t) then
    lunette.raise(("%s: %s must be a tensor, got %s"):format(what, name, lunette.typename(t)))
  end
end

local function listed(v) return type(v) == "table" and v or { v } end

-- Places of a list of dims, none twice.
local function places(what, dims, nd)
  local list, seen = {}, {}
  for i, d in ipairs(dims) do
    list[i] = place(what, d, nd)
    if seen[list[i]] then lunette.raise(("%s: dim %d stands twice"):format(what, d)) end
    seen[list[i]] = true
  end
  return list, seen
end

record.declare { name = "x:movedim", sig = "x:movedim(from, to)", see = "permute, transpose",
  doc = "dimension `from` becomes number `to`, the others keep their order; lists move several; a view",
  example = "print(tensor.ones(2, 3, 4):movedim(1, -1))",
  example2 = "print(tensor.ones(2, 3, 4):movedim({1, 2}, {3, 1}))" }
--- x:movedim(from, to): dimension `from` becomes number `to`, the others keep their order; lists move several.  A view.
function methods.movedim(x, from, to)
  local nd = x:dim()
  local source, taken = places("movedim", listed(from), nd)
  local target = places("movedim", listed(to), nd)
  if #source ~= #target then
    lunette.raise(("movedim: %d dimensions go to %d places"):format(#source, #target))
  end
  local order = {}
  for i, d in ipairs(target) do order[d] = source[i] end
  local free = 1
  for d = 1, nd do
    if not taken[d] then
      while order[free] do free = free + 1 end
      order[free] = d
    end
  end
  return nd == 0 and x or x:permute(order)
end

local about_meshgrid = record.declare { name = "tensor.meshgrid", sig = 'tensor.meshgrid(a, b, ..., {indexing="ij"})',
  see = "tensor.linspace",
  doc = "the coordinates of a grid over vectors, a tensor for each; views",
  options = { { "indexing", "ij", '"xy" lets the first count columns' } },
  example = "print(tensor.meshgrid(tensor.arange(2), tensor.arange(3)))",
  example2 = 'x, y = tensor.meshgrid{tensor.arange(2), tensor.arange(3), indexing = "xy"}\nprint(x + y)' }
--- tensor.meshgrid(a, b, ..., {indexing = "ij"}): the coordinates of a grid over vectors; views.
function tensor.meshgrid(...)
  local given = { ... }
  local last = given[#given]
  local named = type(last) == "table" and not lunette.is_tensor(last) and last or nil
  if named then
    given[#given] = nil
    table.move(named, 1, #named, #given + 1, given)
  end
  local opt = lunette.checked("meshgrid", named, record.known(about_meshgrid.options))
  if opt.indexing ~= "ij" and opt.indexing ~= "xy" then
    lunette.raise(("meshgrid: indexing is \"ij\" or \"xy\", got %s"):format(tostring(opt.indexing)))
  end
  local n, sizes, out = #given, {}, {}
  if n == 0 then lunette.raise "meshgrid: no vectors" end
  for i, t in ipairs(given) do
    need_tensor("meshgrid", "argument " .. i, t)
    if t:dim() > 1 then lunette.raise(("meshgrid: %s is no vector"):format(lunette.typename(t))) end
    sizes[i] = t:numel()
  end
  local swap = opt.indexing == "xy" and n > 1
  if swap then sizes[1], sizes[2] = sizes[2], sizes[1] end
  for i, t in ipairs(given) do
    local shape = {}
    for d = 1, n do shape[d] = 1 end
    shape[swap and i <= 2 and 3 - i or i] = t:numel()
    out[i] = t:reshape(shape):expand(sizes)
  end
  return table.unpack(out)
end

record.declare { name = "x:trace", sig = "x:trace()", see = "diag",
  doc = "the sum of a matrix's diagonal",
  example = "print(tensor{{1, 2}, {3, 4}}:trace())",
  example2 = "x = tensor.eye(3):requires_grad()\nx:trace():backward()\nprint(x.grad)" }
--- x:trace(): the sum of a matrix's diagonal.
function methods.trace(x)
  if x:dim() ~= 2 then lunette.raise(("trace: %s is no matrix"):format(lunette.typename(x))) end
  return x:diag():sum()
end

local about_cross = record.declare { name = "x:cross", sig = "x:cross(y, {dim=-1})", see = "dot, outer",
  doc = "the vector that stands upright on two of 3 numbers; shapes broadcast",
  options = { { "dim", -1, "along which dimension" } },
  example = "print(tensor{1, 0, 0}:cross(tensor{0, 1, 0}))",
  example2 = "print(tensor.randn(3, 5):cross(tensor.randn(3, 1), {dim = 1}))" }
--- x:cross(y, {dim=-1}): the product of vectors of 3 numbers that stands upright on both; shapes broadcast.
function methods.cross(x, y, opt)
  need_tensor("cross", "y", y)
  local dim = lunette.checked("cross", opt, record.known(about_cross.options)).dim
  local most = math.max(x:dim(), y:dim())
  local from_end = place("cross", dim, most) - most - 1
  for _, t in ipairs { x, y } do
    if t:dim() < -from_end or t:size(from_end) ~= 3 then
      lunette.raise(("cross: dim %d of %s must be 3 numbers (x %s, y %s)"):format(dim, lunette.typename(t),
        lunette.typename(x), lunette.typename(y)))
    end
  end
  local function turned(t, k) return t:roll(-k, from_end) end
  return turned(x, 1) * turned(y, 2) - turned(x, 2) * turned(y, 1)
end

local about_diff = record.declare { name = "x:diff", sig = "x:diff({n=1, dim=-1, prepend, append})", see = "cumsum",
  doc = "differences of neighbours, n times; of bool whether they differ",
  options = { { "n", 1, "how often" }, { "dim", -1, "along which dimension" },
    { "prepend", none, "put before x along dim" }, { "append", none, "put behind x along dim" } },
  example = "print(tensor{1, 4, 9}:diff())",
  example2 = "print(tensor{1, 4, 9}:diff{n = 2, prepend = tensor{0}})" }
function methods.diff(x, opt)
  opt = lunette.checked("diff", opt, record.known(about_diff.options))
  lunette.whole("diff", "n", opt.n, 0)
  if x:dim() == 0 then lunette.raise "diff: x has no dimension" end
  local d, parts = place("diff", opt.dim, x:dim()), {}
  for _, name in ipairs { "prepend", "append" } do
    if opt[name] ~= nil then need_tensor("diff", name, opt[name]) end
  end
  if opt.prepend then parts[1] = opt.prepend end
  parts[#parts + 1] = x
  if opt.append then parts[#parts + 1] = opt.append end
  parts.dim = d
  local y = #parts > 1 and tensor.cat(parts) or x
  for _ = 1, opt.n do
    local n = math.max(0, y:size(d) - 1)
    local before = y:narrow(d, 1, n)
    local behind = y:narrow(d, math.min(2, y:size(d) + 1), n)
    y = y.dtype == "bool" and behind:logical_xor(before) or behind - before
  end
  return y
end

local about_tensordot = record.declare { name = "tensor.tensordot", sig = "tensor.tensordot(a, b, {dims=2})",
  see = "tensor.einsum, mm",
  doc = "sums of products over the last `dims` dimensions of a and the first of b, or over dims = {{of a}, {of b}}",
  options = { { "dims", 2, "how many, or which" } },
  example = "print(tensor.tensordot(tensor.ones(2, 3), tensor.ones(3, 4), 1))",
  example2 = "print(tensor.tensordot(tensor.ones(2, 3), tensor.ones(4, 2), {dims = {{1}, {2}}}))" }
--- tensor.tensordot(a, b, {dims=2}): sums over the last dims of a and the first of b, or over dims = {{...}, {...}}.
function tensor.tensordot(a, b, opt)
  need_tensor("tensordot", "a", a)
  need_tensor("tensordot", "b", b)
  if type(opt) == "number" then opt = { dims = opt } end
  local dims = lunette.checked("tensordot", opt, record.known(about_tensordot.options)).dims
  local left, right = {}, {}
  if math.type(dims) == "integer" and dims >= 0 and dims <= a:dim() and dims <= b:dim() then
    for i = 1, dims do left[i], right[i] = a:dim() - dims + i, i end
  elseif type(dims) == "table" and #dims == 2 then
    left, right = listed(dims[1]), listed(dims[2])
  else
    lunette.raise(("tensordot: dims is a number of dimensions that both have, or {{...}, {...}} (a %s, b %s)"):format(
      lunette.typename(a), lunette.typename(b)))
  end
  local of_a, in_a = places("tensordot", left, a:dim())
  local of_b, in_b = places("tensordot", right, b:dim())
  local fits, inner = #of_a == #of_b, 1
  for i, d in ipairs(of_a) do
    fits = fits and a:size(d) == b:size(of_b[i])
    inner = inner * a:size(d)
  end
  if not fits then
    lunette.raise(("tensordot: the dims differ in size: a %s at {%s}, b %s at {%s}"):format(lunette.typename(a),
      table.concat(of_a, ","), lunette.typename(b), table.concat(of_b, ",")))
  end
  local rest_a, rest_b, shape, rows, columns = {}, {}, {}, 1, 1
  for d = 1, a:dim() do
    if not in_a[d] then
      rest_a[#rest_a + 1], shape[#shape + 1], rows = d, a:size(d), rows * a:size(d)
    end
  end
  for d = 1, b:dim() do
    if not in_b[d] then
      rest_b[#rest_b + 1], shape[#shape + 1], columns = d, b:size(d), columns * b:size(d)
    end
  end
  local function ordered(t, first, second)
    local order = table.move(second, 1, #second, #first + 1, table.move(first, 1, #first, 1, {}))
    return #order > 1 and t:permute(order) or t
  end
  local product = ordered(a, rest_a, of_a):reshape(rows, inner):mm(ordered(b, of_b, rest_b):reshape(inner, columns))
  return product:reshape(shape)
end

-- How often each of n comes, as ids of what is repeated.
local function repeated_ids(repeats, n, x)
  if repeats:dim() > 1 or repeats.dtype:find "^f" or (repeats:numel() ~= n and repeats:numel() ~= 1) then
    lunette.raise(("repeat_interleave: repeats %s for %d elements of %s; one whole number for each"):format(
      lunette.typename(repeats), n, lunette.typename(x)))
  end
  if repeats:numel() > 0 and repeats:min():item() < 0 then
    lunette.raise "repeat_interleave: repeats must not be negative"
  end
  local ends = repeats:to("i64"):reshape(-1):expand(n):cumsum(1)
  local total = n > 0 and ends[n] or 0
  return tensor.searchsorted(ends, tensor.arange(total))
end

local about_repeat_interleave = record.declare { name = "x:repeat_interleave",
  sig = "x:repeat_interleave(repeats, {dim})", see = "tile",
  doc = "every element, or slice along dim, repeats times, one after another; repeats is a number or an integer "
    .. "tensor with one for each",
  options = { { "dim", none, "along which dimension; all elements in one row by default" } },
  example = "print(tensor{1, 2}:repeat_interleave(2))",
  example2 = 'print(tensor{{1, 2}, {3, 4}}:repeat_interleave(tensor({2, 1}, {dtype = "i64"}), {dim = 1}))' }
--- x:repeat_interleave(repeats, {dim=}): every element (of x in a row, or slice along dim) repeats times, one after
-- another; repeats is a number or a tensor with one for each.
function methods.repeat_interleave(x, repeats, opt)
  local dim = lunette.checked("repeat_interleave", opt, record.known(about_repeat_interleave.options)).dim
  local y, d = x, dim and place("repeat_interleave", dim, x:dim()) or 1
  if not dim then y = x:reshape(-1) end
  if lunette.is_tensor(repeats) then return y:index_select(repeated_ids(repeats, y:size(d), x), d) end
  if math.type(repeats) ~= "integer" or repeats < 0 then
    lunette.raise("repeat_interleave: repeats is a tensor or a whole number from 0 on, got " .. tostring(repeats))
  end
  local shape, wide = y.shape, {}
  for i = 1, y:dim() do
    wide[#wide + 1] = shape[i]
    if i == d then wide[#wide + 1] = repeats end
  end
  shape[d] = shape[d] * repeats
  if y:dim() < 8 then return y:unsqueeze(d + 1):expand(wide):reshape(shape) end
  return y:index_select(repeated_ids(tensor { repeats, dtype = "i64" }, y:size(d), x), d)
end

local about_cosine_similarity = record.declare { name = "x:cosine_similarity",
  sig = "x:cosine_similarity(y, {dim=-1, eps=1e-8})", see = "cosine_embedding, normalize, cdist",
  doc = "sum of x y / (max(|x|, eps) max(|y|, eps)) over dim; shapes broadcast",
  options = { { "dim", -1, "along which dimension" }, { "eps", 1e-08, "least length divided by" } },
  example = "print(tensor{1, 2}:cosine_similarity(tensor{2, 4}))",
  example2 = "print(tensor.randn(4, 8):cosine_similarity(tensor.randn(8)))" }
--- x:cosine_similarity(y, {dim=-1, eps=1e-8}): sum of x y / (max(|x|, eps) max(|y|, eps)); shapes broadcast.
function methods.cosine_similarity(x, y, opt)
  need_tensor("cosine_similarity", "y", y)
  opt = lunette.checked("cosine_similarity", opt, record.known(about_cosine_similarity.options))
  if x:dim() ~= y:dim() and opt.dim > 0 then
    lunette.raise(("cosine_similarity: x %s and y %s have other dimensions; count dim from the end"):format(
      lunette.typename(x), lunette.typename(y)))
  end
  local function length(t)
    t = t.dtype:find "^f" and t or t:to "f32"
    return t:norm { dim = opt.dim, keepdim = true }:clamp { min = opt.eps }
  end
  return (x / length(x) * (y / length(y))):sum(opt.dim)
end

record.declare { name = "x:lstsq", sig = "x:lstsq(b)", see = "solve, qr",
  doc = "the least squares solution y of x y = b, x [..., m, n] of full rank, b [..., m] or [..., m, k]; of fewer "
    .. "rows than columns the shortest one; by QR",
  example = "print(tensor{{1, 1}, {1, 2}, {1, 3}}:lstsq(tensor{1, 2, 4}))",
  example2 = "print(tensor.randn(5, 2):lstsq(tensor.randn(5, 3)))" }
--- x:lstsq(b): the least squares solution of x y = b, x [..., m, n] of full rank, b [..., m] or [..., m, k]; of fewer
-- rows than columns the shortest solution.  By QR; Golub and Van Loan, Matrix Computations, 5.3 and 5.6.
function methods.lstsq(x, b)
  need_tensor("lstsq", "b", b)
  local nd = x:dim()
  local vector = b:dim() == nd - 1
  local fits = nd >= 2 and (vector or b:dim() == nd)
  for d = 1, nd - 1 do fits = fits and x:size(d) == b:size(d) end
  if not fits then
    lunette.raise(("lstsq: x %s and b %s do not fit; [..., m, n] and [..., m] or [..., m, k] are wanted"):format(
      lunette.typename(x), lunette.typename(b)))
  end
  if vector then b = b:unsqueeze(-1) end
  if x.dtype ~= b.dtype then x, b = x:to "f64", b:to "f64" end
  local wide = x:size(-2) < x:size(-1)
  local q, r = (wide and x:transpose(-2, -1) or x):qr()
  local function diagonal(t) return t:detach():abs() * tensor.eye(t:size(-1), { dtype = t.dtype }) end
  local pivots = diagonal(r):sum(-1) -- |R_ii|
  local most = math.max(x:size(-2), x:size(-1)) * (x.dtype == "f64" and 2 ^ -52 or 2 ^ -23)
  if pivots:numel() > 0 and pivots:le(pivots:max { dim = -1, keepdim = true } * most):any():item() then
    lunette.raise(("lstsq: %s has no full rank"):format(lunette.typename(x)))
  end
  local y
  if wide then y = q:mm(r:transpose(-2, -1):solve(b)) else y = r:solve(q:transpose(-2, -1):mm(b)) end
  return vector and y:squeeze(-1) or y
end

-- C r^2 channels, channel c r^2 + i r + j, and the picture's blocks of r x r pixels.
local function picture(what, x, r)
  lunette.whole(what, "factor", r)
  if x:dim() ~= 4 then
    lunette.raise(("%s: x must be [N,H,W,C], got %s"):format(what, lunette.typename(x)))
  end
  return table.unpack(x.shape)
end

record.declare { name = "x:pixel_shuffle", sig = "x:pixel_shuffle(r)", see = "x:pixel_unshuffle, upsample",
  doc = "[N,H,W,C r^2] becomes [N,H r,W r,C], channel c r^2 + i r + j (from 0) pixel i, j of each block, as PyTorch "
    .. "orders them; Shi et al. 2016, arXiv:1609.05158",
  example = "print(tensor.ones(1, 2, 2, 12):pixel_shuffle(2))",
  example2 = "x = tensor.randn(1, 2, 2, 4)\nassert(x:pixel_shuffle(2):pixel_unshuffle(2) == x)" }
--- x:pixel_shuffle(r): [N,H,W,C r^2] becomes [N,H r,W r,C]; Shi et al. 2016, arXiv:1609.05158.
function methods.pixel_shuffle(x, r)
  local n, h, w, c = picture("pixel_shuffle", x, r)
  if c % (r * r) ~= 0 then
    lunette.raise(("pixel_shuffle: %d channels of %s are no multiple of %d"):format(c, lunette.typename(x), r * r))
  end
  local out = c // (r * r)
  return x:reshape(n, h, w, out, r, r):permute { 1, 2, 5, 3, 6, 4 }:reshape(n, h * r, w * r, out)
end

record.declare { name = "x:pixel_unshuffle", sig = "x:pixel_unshuffle(r)", see = "x:pixel_shuffle",
  doc = "[N,H r,W r,C] becomes [N,H,W,C r^2]: pixel_shuffle back",
  example = "print(tensor.ones(1, 4, 4, 3):pixel_unshuffle(2))",
  example2 = "print(tensor.arange(4):reshape(1, 2, 2, 1):pixel_unshuffle(2))" }
--- x:pixel_unshuffle(r): [N,H r,W r,C] becomes [N,H,W,C r^2]: pixel_shuffle back.
function methods.pixel_unshuffle(x, r)
  local n, h, w, c = picture("pixel_unshuffle", x, r)
  if h % r ~= 0 or w % r ~= 0 then
    lunette.raise(("pixel_unshuffle: height and width of %s are no multiples of %d"):format(lunette.typename(x), r))
  end
  return x:reshape(n, h // r, r, w // r, r, c):permute { 1, 2, 4, 6, 3, 5 }:reshape(n, h // r, w // r, c * r * r)
end

local about_bernoulli = record.declare { name = "x:bernoulli", sig = "x:bernoulli({rng})",
  see = "multinomial, dropout",
  doc = "1 with probability x, else 0, of x's dtype; no gradient",
  options = { { "rng", none, "a generator, tensor.rng(seed)" } },
  example = "print(tensor.full({8}, 0.5):bernoulli())",
  example2 = "print(tensor{0, 1}:bernoulli{rng = tensor.rng(1)})" }
--- x:bernoulli({rng=}): 1 with probability x, else 0, of x's dtype; no gradient.
function methods.bernoulli(x, opt)
  local rng = lunette.checked("bernoulli", opt, record.known(about_bernoulli.options)).rng
  if not x.dtype:find "^f" then
    lunette.raise(("bernoulli: probabilities are f32 or f64, got %s"):format(lunette.typename(x)))
  end
  if not x:ge(0):logical_and(x:le(1)):all():item() then
    lunette.raise(("bernoulli: probabilities must be in 0..1 (%s)"):format(lunette.typename(x)))
  end
  local shape = x.shape
  shape.dtype, shape.rng = x.dtype, rng
  return tensor.rand(shape):lt(x:detach()):to(x.dtype)
end

for _, name in ipairs { "movedim", "trace", "cross", "diff", "repeat_interleave", "cosine_similarity", "lstsq",
  "pixel_shuffle", "pixel_unshuffle", "bernoulli" } do
  tensor[name] = tensor.methods[name]
end
for _, name in ipairs { "cosine_similarity", "pixel_shuffle", "pixel_unshuffle" } do
  nn[name] = tensor[name]
  local call = name:find "^pixel" and "(x, 2)" or "(x, x)"
  record.declare { name = "nn." .. name, sig = ("nn.%s%s"):format(name, call), doc = ("x:%s"):format(name),
    see = "x:" .. name, example = ("x = tensor.ones(1, 2, 2, 4)\nprint(nn.%s%s)"):format(name, call),
    example2 = ("x = tensor.randn(1, 4, 4, 8)\nprint(nn.%s%s.dtype)"):format(name, call) }
end
