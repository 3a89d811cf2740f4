--- einsum.lua: sums over products written with letters, one for each dimension: tensor.einsum("bik,bkj->bij", a, b).
-- Letters that the result lacks are summed over; without "->" the result has the letters that stand once, in order.
-- Each pair of operands is one batched matrix product: dims kept by both are the batch, dims dropped by both are
-- contracted.
local methods = tensor.methods

local function fail(spec, text, ...) lunette.raise(("einsum \"%s\": %s"):format(spec, text:format(...))) end

local function parse(spec, count)
  local left, right = spec:gsub("%s", ""):match "^([%a,]*)(.*)$"
  local out = right:match "^%->(%a*)$"
  if right ~= "" and not out then fail(spec, "letters, commas and one -> expected") end
  local terms, seen = {}, {}
  for term in (left .. ","):gmatch "([^,]*)," do terms[#terms + 1] = term end
  if #terms ~= count then fail(spec, "%d operands are named, %d given", #terms, count) end
  for letter in left:gmatch "%a" do seen[letter] = (seen[letter] or 0) + 1 end
  if not out then
    local once = {}
    for letter, n in pairs(seen) do
      if n == 1 then once[#once + 1] = letter end
    end
    table.sort(once)
    out = table.concat(once)
  end
  for letter in out:gmatch "%a" do
    if not seen[letter] then fail(spec, "no operand has the result's '%s'", letter) end
    if select(2, out:gsub(letter, "")) > 1 then fail(spec, "'%s' stands twice in the result", letter) end
  end
  return terms, out
end

-- Sizes by letter; every operand must agree.
local function sizes_of(spec, terms, operands)
  local size = {}
  for i, term in ipairs(terms) do
    local x = operands[i]
    if not lunette.is_tensor(x) then fail(spec, "operand %d must be a tensor, got %s", i, lunette.typename(x)) end
    if x:dim() ~= #term then
      fail(spec, "operand %d, %s, has %d dimensions, '%s' has %d", i, lunette.typename(x), x:dim(), term, #term)
    end
    for d = 1, #term do
      local letter = term:sub(d, d)
      if size[letter] and size[letter] ~= x:size(d) then
        local text = "'%s' is %d before and %d in operand %d, %s"
        fail(spec, text, letter, size[letter], x:size(d), i, lunette.typename(x))
      end
      size[letter] = x:size(d)
    end
  end
  return size
end

-- A letter that stands twice in one operand takes the diagonal: times the identity, summed over the second.
local function diagonals(x, term)
  for d = 1, #term do
    local letter = term:sub(d, d)
    local again = term:find(letter, d + 1, true)
    if again then
      local shape = {}
      for k = 1, #term do shape[k] = (k == d or k == again) and x:size(d) or 1 end
      local eye = tensor.eye(x:size(d), { dtype = x.dtype }):reshape(shape)
      return diagonals((x * eye):sum(again), term:sub(1, again - 1) .. term:sub(again + 1))
    end
  end
  return x, term
end

-- Sums over the letters that nobody needs any more.
local function drop(x, term, needed)
  local dims, kept = {}, ""
  for d = 1, #term do
    local letter = term:sub(d, d)
    if needed:find(letter, 1, true) then kept = kept .. letter
    else dims[#dims + 1] = d end
  end
  return #dims > 0 and x:sum { dim = dims } or x, kept
end

-- x with its dims in the order of `groups` (strings of letters), each group as one dim.
local function arrange(x, term, size, ...)
  local order, shape = {}, {}
  for i, group in ipairs { ... } do
    shape[i] = 1
    for letter in group:gmatch "%a" do
      order[#order + 1] = term:find(letter, 1, true)
      shape[i] = shape[i] * size[letter]
    end
  end
  return (#order > 1 and x:permute(order) or x):reshape(shape)
end

local function pick(term, other, inside)
  return (term:gsub("%a", function(letter) return (other:find(letter, 1, true) ~= nil) == inside and letter or "" end))
end

local function multiply(a, ta, b, tb, needed, size)
  local both = pick(ta, tb, true)
  local batch, sum = pick(both, needed, true), pick(both, needed, false)
  local own_a, own_b = pick(ta, tb, false), pick(tb, ta, false)
  local y = arrange(a, ta, size, batch, own_a, sum):mm(arrange(b, tb, size, batch, sum, own_b))
  local term, shape = batch .. own_a .. own_b, {}
  for letter in term:gmatch "%a" do shape[#shape + 1] = size[letter] end
  return #shape > 0 and y:reshape(shape) or y:sum(), term
end

--- tensor.einsum(spec, a, b, ...), or one table of them.
function tensor.einsum(spec, ...)
  local operands = { ... }
  if type(spec) == "table" then spec, operands = spec[1], { table.unpack(spec, 2) } end
  if type(spec) ~= "string" then lunette.raise("einsum: the letters expected first, as \"ij,jk->ik\"") end
  local terms, out = parse(spec, #operands)
  local size = sizes_of(spec, terms, operands)
  local x, term
  for i, operand in ipairs(operands) do
    local needed = out .. table.concat(terms, "", i + 1)
    local y, own = diagonals(operand, terms[i])
    if i == 1 then
      x, term = drop(y, own, needed)
    else
      y, own = drop(y, own, needed .. term)
      x, term = multiply(x, term, y, own, needed, size)
      x, term = drop(x, term, needed)
    end
  end
  local order = {}
  for letter in out:gmatch "%a" do order[#order + 1] = term:find(letter, 1, true) end
  return #order > 1 and x:permute(order) or x
end

--- x:flip(dim, ...): the elements of these dims in reverse.
function methods.flip(x, ...)
  local dims = { ... }
  if type(dims[1]) == "table" then dims = dims[1] end
  local ranges = {}
  for d = 1, x:dim() do ranges[d] = {} end
  for _, d in ipairs(dims) do
    x:size(d) -- refuses a dim that is not there
    ranges[d < 0 and d + x:dim() + 1 or d] = { -1, 1, -1 }
  end
  return x[ranges]
end
tensor.flip = methods.flip

-- Zeroes where column - row is on the wrong side of k.
local function triangle(name, x, k, side)
  if not lunette.is_tensor(x) or x:dim() < 2 then
    lunette.raise(("%s: a matrix or a batch of them expected, got %s"):format(name, lunette.typename(x)))
  end
  local rows, columns = tensor.arange(x:size(-2)):unsqueeze(2), tensor.arange(x:size(-1)):unsqueeze(1)
  return x:masked_fill(side(columns - rows, k or 0), 0)
end
--- x:tril(k), x:triu(k): what lies on and below (above) the k-th diagonal; the rest is 0.
function methods.tril(x, k) return triangle("tril", x, k, tensor.gt) end
function methods.triu(x, k) return triangle("triu", x, k, tensor.lt) end
tensor.tril, tensor.triu = methods.tril, methods.triu
