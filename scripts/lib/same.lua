--- same.lua: two implementations of one thing, on the same weights, held against each other: outputs and gradients.
local same = {}

--- same.flat(P) -> list of {name, tensor} of nested tables, in the order of their names: "encoder.1.norm1.weight".
function same.flat(P)
  local list = {}
  local function walk(t, prefix)
    local keys = {}
    for k, v in pairs(t) do
      if type(v) == "table" or lunette.is_tensor(v) then keys[#keys + 1] = k end
    end
    table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
    for _, k in ipairs(keys) do
      if lunette.is_tensor(t[k]) then list[#list + 1] = { prefix .. k, t[k] } else walk(t[k], prefix .. k .. ".") end
    end
  end
  walk(P, "")
  return list
end

--- same.named(P) -> the same as a table by name.
function same.named(P)
  local out = {}
  for _, entry in ipairs(same.flat(P)) do out[entry[1]] = entry[2] end
  return out
end

-- The largest difference, as a share of the largest element.
local function apart(a, b) return ((a - b):abs():max() / (b:abs():max() + 1e-30)):item() end

-- Output, gradients of the inputs, gradients of the weights, of J = sum of y dy with a dy of its own.
local function results(f, inputs, weights)
  local leaf, out = {}, {}
  for i, x in ipairs(inputs) do leaf[i] = x:detach():clone():requires_grad() end
  for _, w in ipairs(weights) do w[2]:zero_grad() end
  local y = f(table.unpack(leaf))
  local shape = table.move(y.shape, 1, #y.shape, 1, { rng = tensor.rng(99) })
  local J = (y * tensor.randn(shape)):sum()
  J:backward()
  out[1] = y:detach()
  for _, x in ipairs(leaf) do out[#out + 1] = x.grad end
  for _, w in ipairs(weights) do out[w[1]] = w[2].grad:clone() end
  for _, w in ipairs(weights) do w[2]:zero_grad() end
  return out
end

--- same.difference(mine, theirs, inputs, P, module) -> the largest difference of outputs, gradients of inputs and
-- gradients of the weights P (nested tables) and module (with weights of the same names and values).
function same.difference(mine, theirs, inputs, P, module)
  local named = {}
  for i, entry in ipairs(module and module:named_parameters() or {}) do named[i] = entry end
  local a, b = results(mine, inputs, same.flat(P or {})), results(theirs, inputs, named)
  local worst = 0
  for key, want in pairs(b) do
    if not a[key] then lunette.raise("same.difference: no weight " .. key) end
    worst = math.max(worst, apart(a[key], want))
  end
  return worst
end

return same
