--- control.lua: ONNX's If, Loop and Scan: graphs inside a graph, which see the values round them; and sequences.
local operators = require "nn.onnx.operators"
local strings = require "nn.onnx.strings"
local v = require "nn.onnx.values"

-- n.run(graph, inputs, outer) is given by who runs the graph round it: the outputs as a list with .n.
local function add(name, since, f)
  local row = operators.add(name, { since, f })
  row.pure = false
  return row
end

local function truth(x) return x:item() ~= 0 and x:item() ~= false end

add("If", 1, function(n, condition)
  local out = n.run(truth(condition) and n.attr.then_branch or n.attr.else_branch, {})
  return table.unpack(out, 1, out.n)
end)

-- No step at all: 0 of what the body says of its output; a size that it leaves open is 0.
local function none_of(output, dim)
  local shape = {}
  for d, size in ipairs(output.dims or {}) do shape[d] = math.type(size) == "integer" and size > 0 and size or 0 end
  table.insert(shape, math.min(dim, #shape + 1), 0)
  if output.kind == strings.KIND then return strings.new({}, shape) end
  shape.dtype = v.dtype[output.kind] or "f32"
  return tensor.zeros(shape)
end

-- Results of every step become dimension dim, of no step what `output` says.
local function stacked(list, output, dim)
  if #list == 0 then return none_of(output, dim) end
  local function stack(parts)
    parts.dim = dim
    return tensor.stack(parts)
  end
  return (strings.is(list[1]) and strings.moved(stack, list)) or stack(list)
end

add("Loop", 1, function(n, most, condition, ...)
  local body, state = n.attr.body, { n = select("#", ...), ... }
  local carried = #body.inputs - 2
  local limit = most and most:item() or math.huge
  local scans = {}
  for k = 1, #body.outputs - 1 - carried do scans[k] = {} end
  local go, i = condition == nil or truth(condition), 0
  while go and i < limit do
    local inputs = { v.scalar(i, "i64"), tensor(1):gt(0), n = carried + 2 }
    for k = 1, carried do inputs[k + 2] = state[k] end
    local out = n.run(body, inputs)
    go = truth(out[1])
    for k = 1, carried do state[k] = out[k + 1] end
    for k = 1, #scans do scans[k][i + 1] = out[k + 1 + carried] end
    i = i + 1
  end
  local results = {}
  for k = 1, carried do results[k] = state[k] end
  for k = 1, #scans do results[carried + k] = stacked(scans[k], body.outputs[1 + carried + k], 1) end
  return table.unpack(results, 1, carried + #scans)
end)

local function scan(n, ...)
  local body, count = n.attr.body, n.attr.num_scan_inputs
  local given = { ... }
  local states = #body.inputs - count
  local function attr(list, k) return list and list[k] or 0 end
  local state, xs = v.part(given, 1, states), v.part(given, states + 1, states + count)
  local axes = {}
  for k = 1, count do axes[k] = v.dim(attr(n.attr.scan_input_axes, k), xs[k]:dim()) end
  local T = xs[1]:size(axes[1])
  local outs = {}
  for k = 1, #body.outputs - states do outs[k] = {} end
  for t = 1, T do
    local inputs = v.join(state)
    for k = 1, count do
      local at = attr(n.attr.scan_input_directions or n.attr.directions, k) == 1 and T - t + 1 or t
      inputs[states + k] = xs[k]:select(axes[k], at)
    end
    inputs.n = states + count
    local out = n.run(body, inputs)
    for k = 1, states do state[k] = out[k] end
    for k = 1, #outs do
      outs[k][attr(n.attr.scan_output_directions, k) == 1 and T - t + 1 or t] = out[states + k]
    end
  end
  local results = state
  for k = 1, #outs do
    local output, axis = body.outputs[states + k], attr(n.attr.scan_output_axes, k)
    local nd = outs[k][1] and outs[k][1]:dim() or #(output.dims or {})
    results[states + k] = stacked(outs[k], output, v.dim(axis, nd + 1))
  end
  return results, states + #outs
end
-- Set 8 had a batch in front of everything.
local row = add("Scan", 9, function(n, ...)
  local results, count = scan(n, ...)
  return table.unpack(results, 1, count)
end)
function row.refuses(n) return n.version == 8 and (n.inputs[1] or "") ~= "" and "lengths" or nil end
table.insert(row.meanings, 1, { 8, function(n, _, ...)
  local given, all, count = { ... }, {}, nil
  for b = 1, given[1]:size(1) do
    local one = {}
    for k, x in ipairs(given) do one[k] = x[b] end
    local results
    results, count = scan(n, table.unpack(one))
    for k = 1, count do
      all[k] = all[k] or { dim = 1 }
      all[k][b] = results[k]
    end
  end
  for k = 1, count do all[k] = tensor.stack(all[k]) end
  return table.unpack(all, 1, count)
end })

-- --- sequences: plain lists of tensors -------------------------------------------------------------------------------

local function index(list, at, room)
  local i = at and at:item() or #list
  if i < 0 then i = i + #list end
  if i < 0 or i >= #list + room then lunette.raise(("place %d of a sequence of %d"):format(i, #list)) end
  return i + 1
end
add("SequenceEmpty", 11, function() return {} end)
add("SequenceConstruct", 11, function(_, ...) return { ... } end)
add("SequenceLength", 11, function(_, list) return v.scalar(#list, "i64") end)
add("SequenceAt", 11, function(_, list, at) return list[index(list, at, 0)] end)
add("SequenceInsert", 11, function(_, list, x, at)
  local copy = v.join(list)
  table.insert(copy, index(list, at, 1), x)
  return copy
end)
add("SequenceErase", 11, function(_, list, at)
  local copy = v.join(list)
  table.remove(copy, at and index(list, at, 0) or #copy)
  return copy
end)
add("ConcatFromSequence", 11, function(n, list)
  local parts = v.join(list)
  local new = n.attr.new_axis == 1
  parts.dim = v.dim(n.attr.axis, list[1]:dim() + (new and 1 or 0))
  return (new and tensor.stack or tensor.cat)(parts)
end)
add("SplitToSequence", 11, function(n, x, sizes)
  local d = v.dim(n.attr.axis or 0, x:dim())
  local parts
  if sizes then
    parts = { x:split(sizes:dim() == 0 and sizes:item() or v.list(sizes), d) }
  else
    parts = { x:split(1, d) }
    for i, part in ipairs(parts) do parts[i] = n.attr.keepdims ~= 0 and part or part:squeeze(d) end
  end
  return parts
end)
add("SequenceMap", 17, function(n, list, ...)
  local body, others, all = n.attr.body, { ... }, {}
  for i, x in ipairs(list) do
    local inputs = { x, n = 1 + #others }
    for k, other in ipairs(others) do
      inputs[k + 1] = (lunette.is_tensor(other) or strings.is(other)) and other or other[i]
    end
    local out = n.run(body, inputs)
    for k = 1, out.n do
      all[k] = all[k] or {}
      all[k][i] = out[k]
    end
  end
  return table.unpack(all, 1, #body.outputs)
end)
-- What may be missing is nil where it is.
add("Optional", 15, function(_, x) return x end)
add("OptionalHasElement", 15, function(_, x) return tensor(x == nil and 0 or 1):gt(0) end)
add("OptionalGetElement", 15, function(_, x) return x end)
