--- gather.lua: ONNX's operators that pick and place elements by number.
local operators = require "nn.onnx.operators"
local v = require "nn.onnx.values"
local add = operators.add

add("Gather", { 1, function(n, x, ids)
  local d = v.dim(n.attr.axis or 0, x:dim())
  local row = v.from_one(ids:reshape(-1), x:size(d))
  local y = x:index_select(row, d)
  local s = x.shape
  return y:reshape(v.join(v.part(s, 1, d - 1), ids.shape, v.part(s, d + 1, #s)))
end }).weights = { 1 }

-- x as far as ids reach in the other dimensions.
local function cut(x, ids, d)
  for k = 1, x:dim() do
    if k ~= d and x:size(k) ~= ids:size(k) then x = x:narrow(k, 1, ids:size(k)) end
  end
  return x
end
add("GatherElements", { 11, function(n, x, ids)
  local d = v.dim(n.attr.axis or 0, x:dim())
  return cut(x, ids, d):gather(v.from_one(ids, x:size(d)), d)
end })

-- The last dimension of ids as one number from 1, of places in shape[first ..].
local function flat_ids(ids, shape, first)
  local width, flat = ids:size(-1), nil
  for k = 1, width do
    local size = shape[first + k - 1]
    local one = v.from_one(ids:select(-1, k), size) - 1
    flat = flat and flat * size + one or one
  end
  return flat or tensor.zeros(0, { dtype = "i64" })
end

add("GatherND", { 11, function(n, x, ids)
  local batch, s, q = n.attr.batch_dims or 0, x.shape, ids.shape
  local width = q[#q]
  local inner = v.part(s, batch + width + 1, #s)
  local places = v.product(s, batch + 1, batch + width)
  local flat = flat_ids(ids, s, batch + 1)
  local batches = v.product(s, 1, batch)
  if batch > 0 then
    flat = flat:reshape { batches, -1 } + v.along(v.count(batches), 1, 2) * places
  end
  local rows = x:reshape(v.join({ batches * places }, inner))
  return rows:index_select(flat:reshape(-1) + 1, 1):reshape(v.join(v.part(q, 1, #q - 1), inner))
end })

-- ONNX's reductions by the engine's names.
local reductions = { add = "sum", mul = "prod", max = "amax", min = "amin" }
-- x with src at the places of ids (from 1, of src's shape) along dim d, joined as the node says.
local function placed(n, x, ids, src, d)
  local how = n.attr.reduction
  if how == nil or how == "none" then return x:scatter(d, ids, src) end
  if how == "add" then return x:scatter_add(d, ids, src) end
  return x:scatter_reduce(d, ids, src, { reduce = reductions[how] })
end

add("ScatterND", { 11, function(n, x, ids, src)
  local s, q = x.shape, ids.shape
  local width = q[#q]
  local inner = v.part(s, width + 1, #s)
  local rows = x:reshape(v.join({ v.product(s, 1, width) }, inner))
  local flat = flat_ids(ids, s, 1):reshape(-1) + 1
  src = src:reshape(v.join({ flat:numel() }, inner))
  return placed(n, rows, v.along(flat, 1, src:dim()):expand(src.shape), src, 1):reshape(s)
end })

local function scatter_elements(n, x, ids, src)
  local d = v.dim(n.attr.axis or 0, x:dim())
  return placed(n, x, v.from_one(ids, x:size(d)), src, d)
end
add("Scatter", { 9, scatter_elements })
add("ScatterElements", { 11, scatter_elements })

add("NonZero", { 9, function(_, x) return x:nonzero():t() - 1 end })
add("Compress", { 9, function(n, x, kept)
  local d = n.attr.axis and v.dim(n.attr.axis, x:dim())
  local places = kept:nonzero():reshape(-1)
  return d and x:index_select(places, d) or x:reshape(-1):index_select(places, 1)
end })

add("ReverseSequence", { 10, function(n, x, lengths)
  local time, batch = (n.attr.time_axis or 0) + 1, (n.attr.batch_axis or 1) + 1
  local T, nd = x:size(time), x:dim()
  local at = v.along(v.count(T), time, nd)
  local ends = v.along(lengths, batch, nd)
  local ids = tensor.where((at + ends * 0):lt(ends + at * 0), ends - 1 - at, at + ends * 0) + 1
  return x:gather(ids:expand(x.shape), time)
end })
