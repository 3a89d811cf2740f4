--- emit_tools.lua: what the files share that write our ops as ONNX's operators: nodes that many of them need.
local v = require "nn.onnx.values"

local tools = {}

--- Both sides in one dtype, as the engine has it.
function tools.alike(b, c, dtype)
  local names = {}
  for i = 1, 2 do
    names[i] = c[i]
    if c.x[i].dtype ~= dtype then names[i] = b:node("Cast", { c[i] }, { to = v.kind_of[dtype] }) end
  end
  return names
end
--- x in another dtype.
function tools.cast(b, x, dtype) return b:node("Cast", { x }, { to = v.kind_of[dtype] }) end

function tools.clip(b, x, low, high, dtype)
  return b:node("Clip", { x, low > -math.huge and b:number(low, dtype) or "",
    high < math.huge and b:number(high, dtype) or nil })
end

--- What an op does to its result y at last.
function tools.act(b, y, c)
  local a = c.p.act
  if a == "relu" then return b:node("Relu", { y }) end
  if a == "relu6" then return tools.clip(b, y, 0, 6, c.y[1].dtype) end
  return a == "leaky" and b:node("LeakyRelu", { y }, { alpha = c.p.slope + 0.0 }) or y
end

function tools.keep(c) return c.p.keepdim and 1 or 0 end
--- Is dimension d of input 1 another one in the other trace?
function tools.is_open(c, d) return c.x[1]:size(d) ~= c.other.x[1]:size(d) end

-- --- places ----------------------------------------------------------------------------------------------------------

--- Ids from 1 on as ids from 0 on.
function tools.from_zero(b, ids)
  return b:node("Sub", { b:node("Cast", { ids }, { to = 7 }), b:whole(1) })
end

--- first to stop, which is left out, along one dimension, from 0; both numbers or values i64[1].
function tools.range(b, x, d, first, stop, step)
  local function value(at) return type(at) == "string" and at or b:ints { at } end
  return b:node("Slice", { x, value(first), value(stop), b:ints { d }, step ~= 1 and b:ints { step } or nil })
end

-- --- channels --------------------------------------------------------------------------------------------------------

function tools.permuted(b, x, order) return b:node("Transpose", { x }, { perm = order }) end

-- The channels of nd dimensions first (ONNX) or last (ours): permutations, from 0.
local function first_order(nd)
  local order = { 0, nd - 1 }
  for d = 1, nd - 2 do order[d + 2] = d end
  return order
end
local function last_order(nd)
  local order = { 0 }
  for d = 1, nd - 2 do order[d + 1] = d + 1 end
  order[nd] = 1
  return order
end
function tools.to_first(b, x, nd) return tools.permuted(b, x, first_order(nd)) end
function tools.to_last(b, x, nd) return tools.permuted(b, x, last_order(nd)) end

return tools
