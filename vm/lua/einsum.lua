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

local function size_of(list, sizes)
  local n = 1
  for _, c in ipairs(list) do n = n * sizes[c] end
  return n
end

local function sizes_of(list, sizes)
  local out = {}
  for i, c in ipairs(list) do out[i] = sizes[c] end
  return out
end

-- x, whose dims are named by `from`, in the order `to` (a permutation of it).
local function ordered(x, from, to)
  local place, order, same = {}, {}, true
  for i, c in ipairs(from) do place[c] = i end
  for i, c in ipairs(to) do
    order[i] = place[c]
    same = same and order[i] == i
  end
  return same and x or x:permute(order)
end

-- Sums over letters of x that nobody else wants.
local function drop(x, from, wanted)
  local dims, rest = {}, {}
  for i, c in ipairs(from) do
    if wanted[c] then rest[#rest + 1] = c else dims[#dims + 1] = i end
  end
  return #dims > 0 and x:sum { dim = dims } or x, rest
end

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

-- x with its dims in the order of `names`, one of size 1 for each that it lacks.
local function laid_out(x, list, names)
  local has = set(list)
  x = ordered(x, list, pick(names, function(c) return has[c] end))
  for d, c in ipairs(names) do
    if not has[c] then x = x:unsqueeze(d) end
  end
  return x
end

-- The product of two real tensors where no letter is summed: element by element.
local function plain_pair(a, an, b, bn)
  local in_a = set(an)
  local names = concat(an, pick(bn, function(c) return not in_a[c] end))
  return laid_out(a, an, names) * laid_out(b, bn, names), names
end

-- The product of two, with the letters `keep` left over.
local function pair(a, an, b, bn, keep, sizes)
  local in_a, in_b = set(an), set(bn)
  a, an = drop(a, an, set(keep, bn))
  b, bn = drop(b, bn, set(keep, an))
  local kept = set(keep)
  local batch = pick(an, function(c) return in_b[c] and kept[c] end)
  local inner = pick(an, function(c) return in_b[c] and not kept[c] end)
  if #inner == 0 and a.dtype:find "f" and b.dtype:find "f" then return plain_pair(a, an, b, bn) end
  local rows = pick(an, function(c) return not in_b[c] end)
  local columns = pick(bn, function(c) return not in_a[c] end)
  local left = ordered(a, an, concat(batch, rows, inner))
    :reshape(size_of(batch, sizes), size_of(rows, sizes), size_of(inner, sizes))
  local right = ordered(b, bn, concat(batch, inner, columns))
    :reshape(size_of(batch, sizes), size_of(inner, sizes), size_of(columns, sizes))
  local names = concat(batch, rows, columns)
  return left:mm(right):reshape(sizes_of(names, sizes)), names
end

-- A letter that stands twice in one part means the diagonal: those two dims first, as one, every (n + 1)th of it.
local function diagonal(x, list)
  local at = {}
  for d, c in ipairs(list) do
    if at[c] then
      local n, order, rest = x:size(d), { at[c], d }, { c }
      for k, other in ipairs(list) do
        if k ~= at[c] and k ~= d then
          order[#order + 1] = k
          rest[#rest + 1] = other
        end
      end
      x = x:permute(order)
      local shape = x.shape
      table.remove(shape, 1)
      shape[1] = n * n
      return diagonal(x:reshape(shape)[{ n > 0 and { 1, n * n, n + 1 } or {} }], rest)
    end
    at[c] = d
  end
  return x, list
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

record.declare { name = "tensor.einsum", sig = 'tensor.einsum("bik,bkj->bij", a, b)', see = "mm",
  doc = "sums of products by letters: those missing on the right are summed, a letter twice in one part is its "
    .. "diagonal, '...' stands for the dimensions left over, which broadcast; without -> the result has '...' and the "
    .. "letters that stand once, by the alphabet",
  example = 'print(tensor.einsum("ij,jk->ik", tensor.ones(2, 3), tensor.ones(3, 2)))',
  example2 = 'print(tensor.einsum("...ij,...j->...i", tensor.ones(4, 2, 3), tensor.ones(3)))' }
--- tensor.einsum(spec, a, b, ...): spec "ij,jk->ik" or "...ij,jk->...ik"; what is not after -> is summed over, as in
-- NumPy and PyTorch.  Einstein 1916.
function tensor.einsum(spec, ...)
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
  local most = spread_all(spec, tensors, names)
  local sizes = measure(spec, tensors, names)
  out = out and spread(out, most) or implied(names, most)
  check_result(spec, tensors, out, sizes)
  for i, list in ipairs(names) do tensors[i], names[i] = diagonal(narrowed(tensors[i], list, sizes)) end
  local x, xn = tensors[1], names[1]
  for i = 2, #tensors do
    local later = { out }
    for k = i + 1, #tensors do later[#later + 1] = names[k] end
    local wanted = {}
    for c in pairs(set(table.unpack(later))) do wanted[#wanted + 1] = c end
    x, xn = pair(x, xn, tensors[i], names[i], wanted, sizes)
  end
  x, xn = drop(x, xn, set(out))
  return ordered(x, xn, out)
end
