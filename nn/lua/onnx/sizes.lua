--- sizes.lua: sizes of an exported network that stay open.  A network is traced twice; an open size o has the values
-- o[1] and o[2] there.  A size is a whole number, or a term {k, o, ...}: k times the open sizes o.
local v = require "nn.onnx.values"

local sizes = {}

--- The value of a size in trace 1 or 2.
function sizes.value(size, which)
  if type(size) == "number" then return size end
  local n = size[1]
  for i = 2, #size do n = n * size[i][which] end
  return n
end
function sizes.is(size, a, b) return sizes.value(size, 1) == a and sizes.value(size, 2) == b end

--- Are two sizes the same for whatever input?
function sizes.same(p, q)
  if type(p) == "number" or type(q) == "number" then return p == q end
  if #p ~= #q then return false end
  for i = 1, #p do
    if p[i] ~= q[i] then return false end
  end
  return true
end

function sizes.product(list)
  local all = { 1 }
  for _, size in ipairs(list) do
    if type(size) == "number" then
      all[1] = all[1] * size
    else
      all[1] = all[1] * size[1]
      for i = 2, #size do all[#all + 1] = size[i] end
    end
  end
  return #all > 1 and all or all[1]
end

--- The first of `list` that has the values a and b.
function sizes.find(list, a, b)
  for _, size in ipairs(list) do
    if type(size) == "table" and sizes.is(size, a, b) then return size end
  end
end

--- {k, o} or {k, o, p} of those values, of the open sizes given: the fewest factors, then the first.
function sizes.multiple(opens, a, b)
  local function times(term)
    local n = sizes.value(term, 1)
    local k = n > 0 and a // n or 0
    if k > 0 and k * n == a and k * sizes.value(term, 2) == b then
      term[1] = k
      return term
    end
  end
  for _, o in ipairs(opens) do
    local term = times { 1, o }
    if term then return term end
  end
  for i, o in ipairs(opens) do
    for j = 1, i do
      local term = times { 1, opens[j], o }
      if term then return term end
    end
  end
end

-- Which of the open sizes in `left` explains a, b; it leaves the list.
local function taken(left, a, b)
  for i = 2, #left do
    if left[i][1] == a and left[i][2] == b then return { 1, table.remove(left, i) } end
  end
end

-- The sizes ya, yb of a reshape's result that came of the sizes xs alone; false where none is found.
local function of_group(xs, ya, yb)
  local left, out, open = sizes.product(xs), {}, {}
  left = type(left) == "table" and v.join(left) or { left }
  for j, a in ipairs(ya) do
    if a == yb[j] then
      out[j], left[1] = a, left[1] / a
    else
      out[j] = taken(left, a, yb[j]) or false
      if not out[j] then open[#open + 1] = j end
    end
  end
  local j, k = open[1], math.tointeger(left[1])
  if #open == 1 and k and k > 0 then
    left[1] = k
    if #left > 1 and sizes.is(left, ya[j], yb[j]) then out[j] = left end
  end
  return out
end

--- The sizes ya (in the other trace yb) of what is reshaped from sizes xs: dimensions whose products are the same in
-- both traces belong together.  Those that nothing explains are false.
function sizes.reshaped(xs, ya, yb)
  local out, i, j = {}, 1, 1
  while j <= #ya do
    local group, a, b, first = {}, 1, 1, j
    local p, q = ya[j], yb[j]
    j = j + 1
    while (p ~= a or q ~= b or #group == 0) and (i <= #xs or j <= #ya) do
      local behind = a < p or a == p and b < q
      if i <= #xs and (behind or j > #ya or #group == 0 and a == p) then
        group[#group + 1] = xs[i]
        a, b, i = a * sizes.value(xs[i], 1), b * sizes.value(xs[i], 2), i + 1
      elseif j <= #ya then
        p, q, j = p * ya[j], q * yb[j], j + 1
      else
        break
      end
    end
    local part = of_group(group, v.part(ya, first, j - 1), v.part(yb, first, j - 1))
    for d = first, j - 1 do out[d] = part[d - first + 1] end
  end
  return out
end

return sizes
