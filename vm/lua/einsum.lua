--- einsum.lua: tensor.einsum("bik,kj->bij", a, b): sums of products by letters, composed of permute, reshape, mm,
-- sum.
local record = require "nn.record"

local function fail(spec, tensors, why)
  local shapes = {}
  for i, t in ipairs(tensors) do shapes[i] = lunette.typename(t) end
  lunette.raise(("einsum \"%s\": %s (%s)"):format(spec, why, table.concat(shapes, ", ")))
end

local function letters(s)
  local list = {}
  for c in s:gmatch "." do list[#list + 1] = c end
  return list
end

-- Which letters are in every one of `sets`, in the order of `all`.
local function pick(all, test)
  local out = {}
  for _, c in ipairs(all) do
    if test(c) then out[#out + 1] = c end
  end
  return out
end

-- The places in `from` of what is in `to` (a permutation of it); nil: they are the same.
local function order_of(from, to)
  local place, order, same = {}, {}, true
  for i, c in ipairs(from) do place[c] = i end
  for i, c in ipairs(to) do
    order[i] = place[c]
    same = same and order[i] == i
  end
  return not same and order or nil
end

local function permuted(x, order) return order and x:permute(order) or x end

local function set(...)
  local s = {}
  for _, list in ipairs { ... } do
    for _, c in ipairs(list) do s[c] = true end
  end
  return s
end

local function concat(...)
  local out = {}
  for _, list in ipairs { ... } do table.move(list, 1, #list, #out + 1, out) end
  return out
end

-- Letters that nobody else wants are summed over: their dims as options of sum, or nil; and the letters that stay.
local function sums_of(list, wanted)
  local dims, rest = {}, {}
  for i, c in ipairs(list) do
    if wanted[c] then rest[#rest + 1] = c else dims[#dims + 1] = i end
  end
  return #dims > 0 and { dim = dims } or nil, rest
end

local function summed(x, dims) return dims and x:sum(dims) or x end

-- How dims named by `list` come to the order of `names`: permuted, and one of size 1 for each that it lacks, but for
-- those before its first, which broadcast.
local function laying(list, names)
  local has, gaps, begun = set(list), {}, false
  local there = pick(names, function(c) return has[c] end)
  local at = 0
  for _, c in ipairs(names) do
    begun = begun or has[c]
    if begun then at = at + 1 end
    if begun and not has[c] then gaps[#gaps + 1] = at end
  end
  return { order = order_of(list, there), gaps = gaps }
end

local function laid_out(x, how)
  x = permuted(x, how.order)
  for _, d in ipairs(how.gaps) do x = x:unsqueeze(d) end
  return x
end

-- What the product of two comes to, with the letters `keep` left over, in the order of `out` where that is given:
-- letters only, so that it holds for all tensors.  plain: no letter is summed, element by element; else as matrices.
local function plan_of(an, bn, keep, out)
  local p = {}
  p.a_sums, an = sums_of(an, set(keep, bn))
  p.b_sums, bn = sums_of(bn, set(keep, an))
  local in_a, in_b, kept = set(an), set(bn), set(keep)
  local batch = pick(an, function(c) return in_b[c] and kept[c] end)
  local inner = pick(an, function(c) return in_b[c] and not kept[c] end)
  local rows = pick(an, function(c) return not in_b[c] end)
  local columns = pick(bn, function(c) return not in_a[c] end)
  if #inner == 0 then
    local names = out or concat(an, columns)
    p.plain = { names = names, a = laying(an, names), b = laying(bn, names) }
  end
  local function places(list, from)
    local at, dims = {}, {}
    for d, c in ipairs(from) do at[c] = d end
    for i, c in ipairs(list) do dims[i] = at[c] end
    return dims
  end
  p.batch, p.rows, p.inner, p.columns = places(batch, an), places(rows, an), places(inner, an), places(columns, bn)
  p.left, p.right = order_of(an, concat(batch, rows, inner)), order_of(bn, concat(batch, inner, columns))
  p.names = concat(batch, rows, columns)
  p.order = out and order_of(p.names, out)
  p.matrices = #batch == 0 and #rows == 1 and #inner == 1 and #columns == 1
  return p
end

-- The sizes of some dims of x behind `sizes`; their product.
local function sizes_of(x, dims, sizes)
  local n = 1
  for _, d in ipairs(dims) do
    local size = x:size(d)
    sizes[#sizes + 1], n = size, n * size
  end
  return n
end

local function is_real(x) return x.dtype:find "f" ~= nil end

-- The product and its letters.
local function pair(p, a, b)
  a, b = summed(a, p.a_sums), summed(b, p.b_sums)
  local plain = p.plain
  if plain and is_real(a) and is_real(b) then return laid_out(a, plain.a) * laid_out(b, plain.b), plain.names end
  local left, right = permuted(a, p.left), permuted(b, p.right)
  if p.matrices then return permuted(left:mm(right), p.order), p.names end
  local sizes = {}
  local batch, rows, columns = sizes_of(a, p.batch, sizes), sizes_of(a, p.rows, sizes), sizes_of(b, p.columns, sizes)
  local inner = sizes_of(a, p.inner, {})
  left, right = left:reshape(batch, rows, inner), right:reshape(batch, inner, columns)
  return permuted(left:mm(right):reshape(sizes), p.order), p.names
end

-- A letter that stands twice in one part means the diagonal: those two dims first, as one, every (n + 1)th of it.  The
-- order of dims for the first such letter, and the letters that it leaves; nil: there is none.
local function doubled(list)
  local at = {}
  for d, c in ipairs(list) do
    if at[c] then
      local order, rest = { at[c], d }, { c }
      for k, other in ipairs(list) do
        if k ~= at[c] and k ~= d then
          order[#order + 1] = k
          rest[#rest + 1] = other
        end
      end
      return order, rest
    end
    at[c] = d
  end
  return nil
end

-- For each such letter the order, false where dims are in it; and the letters left.
local function diagonals_of(list)
  local out = {}
  local order, rest = doubled(list)
  while order do
    local sorted = true
    for d, from in ipairs(order) do sorted = sorted and d == from end
    out[#out + 1] = not sorted and order
    list = rest
    order, rest = doubled(list)
  end
  return out, list
end

local function diagonal(x, diagonals)
  for _, order in ipairs(diagonals) do
    x = permuted(x, order)
    local shape = x.shape
    local n = table.remove(shape, 1)
    shape[1] = n * n
    x = x:reshape(shape)[{ n > 0 and { 1, n * n, n + 1 } or {} }]
  end
  return x
end

-- "ab...c" as the list {"a", "b", "...", "c"}; nil: neither letters nor one "...".
local function labels(part)
  local before, dots, behind = part:match "^(%a*)(%.*)(%a*)$"
  if dots ~= "" and dots ~= "..." then return nil end
  return concat(letters(before), { dots ~= "" and dots or nil }, letters(behind))
end

local function parse(spec, tensors)
  local left, right = spec:gsub("%s", ""), nil
  local arrow = left:find("->", 1, true)
  if arrow then left, right = left:sub(1, arrow - 1), left:sub(arrow + 2) end
  local names, out = {}, right and labels(right)
  for part in (left .. ","):gmatch "([^,]*)," do names[#names + 1] = labels(part) or false end
  for _, list in ipairs { out or not right, table.unpack(names) } do
    if not list then fail(spec, tensors, "letters, commas, one '...' a part and one -> expected") end
  end
  if #names ~= #tensors then fail(spec, tensors, ("%d parts for %d tensors"):format(#names, #tensors)) end
  return names, out or nil
end

-- `list` with "..." replaced by n names, of which "...1" is the last: they broadcast as shapes do, from the right.
local function spread(list, n)
  local out = {}
  for _, c in ipairs(list) do
    if c == "..." then
      for k = n, 1, -1 do out[#out + 1] = "..." .. k end
    else out[#out + 1] = c end
  end
  return out
end

-- Replaces "..." in names; how many dimensions the widest has.
local function spread_all(spec, tensors, names)
  local most = 0
  for i, list in ipairs(names) do
    local dots = set(list)["..."]
    local n = #list - (dots and 1 or 0)
    local left = tensors[i]:dim() - n
    if left < 0 or left > 0 and not dots then
      fail(spec, tensors, ("'%s' has %d letters, tensor %d has %d dimensions"):format(table.concat(list), n, i,
        tensors[i]:dim()))
    end
    names[i] = spread(list, left)
    if dots then most = math.max(most, left) end
  end
  return most
end

local function measure(spec, tensors, names)
  local sizes = {}
  for i, list in ipairs(names) do
    for d, c in ipairs(list) do
      local n, before, dots = tensors[i]:size(d), sizes[c], #c > 1
      if before and before ~= n and not (dots and (n == 1 or before == 1)) then
        fail(spec, tensors, ("%s is %d and %d"):format(dots and "a dimension of '...'" or ("letter '%s'"):format(c),
          before, n))
      end
      if not (before and dots and n == 1) then sizes[c] = n end
    end
  end
  return sizes
end

-- x without the dimensions of one element that broadcast: the others have them.
local function narrowed(x, list, sizes)
  local rest = {}
  for _, c in ipairs(list) do
    local d = #rest + 1
    if x:size(d) ~= sizes[c] then x = x:squeeze(d) else rest[d] = c end
  end
  return x, rest
end

-- Without "->": "...", then letters that stand once in all parts, in the order of the alphabet.
local function implied(names, most)
  local count, out = {}, {}
  for _, list in ipairs(names) do
    for _, c in ipairs(list) do count[c] = (count[c] or 0) + 1 end
  end
  for c, n in pairs(count) do
    if n == 1 and #c == 1 then out[#out + 1] = c end
  end
  table.sort(out)
  return concat(spread({ "..." }, most), out)
end

local function check_result(spec, tensors, out, sizes)
  local seen = {}
  for _, c in ipairs(out) do
    if not sizes[c] then fail(spec, tensors, ("letter '%s' of the result stands nowhere before"):format(c)) end
    if seen[c] then fail(spec, tensors, ("letter '%s' stands twice in the result"):format(c)) end
    seen[c] = true
  end
end

-- Plans of what was asked before: of one part of letters, or of two in which each stands once.  What does not fit its
-- plan goes the whole way, which says why.
local plans, planned, none = {}, 0, {}
local MOST = 256

local function once(list)
  local seen = {}
  for _, c in ipairs(list) do
    if seen[c] or c == "..." then return false end
    seen[c] = true
  end
  return true
end

-- Dims of one letter, which must be of one size.
local function twice_in(list)
  local at, out = {}, {}
  for d, c in ipairs(list) do
    if at[c] then out[#out + 1] = { at[c], d } end
    at[c] = d
  end
  return out
end

local function remember(spec, names, out)
  local a, b = names[1], names[2]
  if #names > 2 or set(a)["..."] or b and not (once(a) and once(b)) then return end
  local p
  if b then p = plan_of(a, b, out, out)
  else
    local diagonals, left = diagonals_of(a)
    local dims, rest = sums_of(left, set(out))
    p = { diagonals = diagonals, sums = dims, order = order_of(rest, out), twice = twice_in(a) }
  end
  p.dims, p.other, p.alike = #a, b and #b, {}
  for d, c in ipairs(a) do
    for k, other in ipairs(b or {}) do
      if c == other then p.alike[#p.alike + 1] = { d, k } end
    end
  end
  if planned == MOST then plans, planned = {}, 0 end
  plans[spec], planned = p, planned + 1
end

local function fits(p, n, a, b)
  if not p or n ~= (p.other and 2 or 1) or not lunette.is_tensor(a) or a:dim() ~= p.dims then return false end
  for _, d in ipairs(p.twice or none) do
    if a:size(d[1]) ~= a:size(d[2]) then return false end
  end
  if not p.other then return true end
  if not lunette.is_tensor(b) or b:dim() ~= p.other then return false end
  for _, d in ipairs(p.alike) do
    if a:size(d[1]) ~= b:size(d[2]) then return false end
  end
  return true
end

local function whole_way(spec, ...)
  local tensors = { ... }
  if type(spec) ~= "string" then
    lunette.raise("einsum: letters like \"ij,jk->ik\" expected first, got " .. lunette.typename(spec))
  end
  for i = 1, select("#", ...) do
    if not lunette.is_tensor(tensors[i]) then
      lunette.raise(("einsum \"%s\": tensor expected, got %s"):format(spec, lunette.typename((select(i, ...)))))
    end
  end
  local names, out = parse(spec, tensors)
  local plain = table.move(names, 1, #names, 1, {})
  local most = spread_all(spec, tensors, names)
  local sizes = measure(spec, tensors, names)
  out = out and spread(out, most) or implied(names, most)
  check_result(spec, tensors, out, sizes)
  remember(spec, plain, out)
  for i, list in ipairs(names) do
    local x, rest = narrowed(tensors[i], list, sizes)
    local diagonals, left = diagonals_of(rest)
    tensors[i], names[i] = diagonal(x, diagonals), left
  end
  local x, xn = tensors[1], names[1]
  for i = 2, #tensors do
    local later = { out }
    for k = i + 1, #tensors do later[#later + 1] = names[k] end
    local wanted = {}
    for c in pairs(set(table.unpack(later))) do wanted[#wanted + 1] = c end
    x, xn = pair(plan_of(xn, names[i], wanted), x, tensors[i])
  end
  local dims, rest = sums_of(xn, set(out))
  return permuted(summed(x, dims), order_of(rest, out))
end

record.declare { name = "tensor.einsum", sig = 'tensor.einsum("bik,bkj->bij", a, b)', see = "mm",
  doc = "sums of products by letters: those missing on the right are summed, a letter twice in one part is its "
    .. "diagonal, '...' stands for the dimensions left over, which broadcast; without -> the result has '...' and the "
    .. "letters that stand once, by the alphabet",
  example = 'print(tensor.einsum("ij,jk->ik", tensor.ones(2, 3), tensor.ones(3, 2)))',
  example2 = 'print(tensor.einsum("...ij,...j->...i", tensor.ones(4, 2, 3), tensor.ones(3)))' }
--- tensor.einsum(spec, a, b, ...): spec "ij,jk->ik" or "...ij,jk->...ik"; what is not after -> is summed over, as in
-- NumPy and PyTorch.  Einstein 1916.
function tensor.einsum(spec, ...)
  local p = plans[spec]
  if fits(p, select("#", ...), ...) then
    local a, b = ...
    if b then return (pair(p, a, b)) end
    return permuted(summed(diagonal(a, p.diagonals), p.sums), p.order)
  end
  return whole_way(spec, ...)
end
