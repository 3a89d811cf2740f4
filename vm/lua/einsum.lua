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

-- The product of two, with the letters `keep` left over.
local function pair(a, an, b, bn, keep, sizes)
  local in_a, in_b = set(an), set(bn)
  a, an = drop(a, an, set(keep, bn))
  b, bn = drop(b, bn, set(keep, an))
  local kept = set(keep)
  local batch = pick(an, function(c) return in_b[c] and kept[c] end)
  local inner = pick(an, function(c) return in_b[c] and not kept[c] end)
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
      return diagonal(x:reshape(shape)[{ { 1, n * n, n + 1 } }], rest)
    end
    at[c] = d
  end
  return x, list
end

local function parse(spec, tensors)
  local left, right = spec:gsub("%s", ""):match "^([%a,]*)%->(%a*)$"
  if not left then
    left = spec:gsub("%s", ""):match "^([%a,]*)$"
    if not left then fail(tostring(spec), tensors, "letters, commas and one -> expected") end
  end
  local names = {}
  for part in (left .. ","):gmatch "(%a*)," do names[#names + 1] = letters(part) end
  return names, right and letters(right)
end

local function measure(spec, tensors, names)
  local sizes = {}
  for i, list in ipairs(names) do
    if #list ~= tensors[i]:dim() then
      fail(spec, tensors, ("'%s' has %d letters, tensor %d has %d dimensions"):format(table.concat(list), #list, i,
        tensors[i]:dim()))
    end
    for d, c in ipairs(list) do
      local n = tensors[i]:size(d)
      if sizes[c] and sizes[c] ~= n then fail(spec, tensors, ("letter '%s' is %d and %d"):format(c, sizes[c], n)) end
      sizes[c] = n
    end
  end
  return sizes
end

-- Without "->": letters that stand once, in the order of the alphabet.
local function implied(names)
  local count, out = {}, {}
  for _, list in ipairs(names) do
    for _, c in ipairs(list) do count[c] = (count[c] or 0) + 1 end
  end
  for c, n in pairs(count) do
    if n == 1 then out[#out + 1] = c end
  end
  table.sort(out)
  return out
end

record.declare { name = "tensor.einsum", sig = 'tensor.einsum("bik,bkj->bij", a, b)', see = "mm",
  doc = "sums of products by letters: those missing on the right are summed",
  example = 'print(tensor.einsum("ij,jk->ik", tensor.ones(2, 3), tensor.ones(3, 2)))',
  example2 = 'print(tensor.einsum("ii->", tensor.eye(3)))' }
--- tensor.einsum(spec, a, b, ...): spec "ij,jk->ik"; letters not after -> are summed over.  Einstein 1916.
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
  if #names ~= #tensors then fail(spec, tensors, ("%d parts for %d tensors"):format(#names, #tensors)) end
  local sizes = measure(spec, tensors, names)
  out = out or implied(names)
  for _, c in ipairs(out) do
    if not sizes[c] then fail(spec, tensors, ("letter '%s' of the result stands nowhere before"):format(c)) end
  end
  for i, list in ipairs(names) do tensors[i], names[i] = diagonal(tensors[i], list) end
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
