--- turn.lua: transposes that turn channels first or last move behind what works on single elements, until they meet
-- their opposites and both go.  A value that is a transpose of another one is a view, so that none of this copies.
local graph = require "nn.onnx.graph"
local operators = require "nn.onnx.operators"
local v = require "nn.onnx.values"

-- Between [N, C, ...] and [N, ..., C]; others have meanings of their own (heads of attention) and stay.
local function of_channels(perm)
  local nd = #perm
  if nd < 3 or nd > 5 or perm[1] ~= 0 then return false end
  local to_last, to_first = perm[nd] == 1, perm[2] == nd - 1
  for i = 2, nd - 1 do
    to_last = to_last and perm[i] == i
    to_first = to_first and perm[i + 1] == i - 1
  end
  return to_last or to_first
end

local function composed(outer, inner)
  local perm, same = {}, true
  for i, d in ipairs(outer) do
    perm[i] = inner[d + 1]
    same = same and perm[i] == i - 1
  end
  return perm, same
end
local function inverse(perm)
  local back = {}
  for i, d in ipairs(perm) do back[d + 1] = i end
  return back
end

local function same_perm(a, b)
  for i = 1, math.max(#a, #b) do
    if a[i] ~= b[i] then return false end
  end
  return true
end

-- A constant that broadcasts to a value of nd dimensions, turned as the value behind the transpose was.
local function constant_before(g, name, perm)
  local x = g.constants[name]
  if not lunette.is_tensor(x) or x:dim() > #perm then return nil end
  if x:numel() == 1 then return name end
  local turned = name .. "." .. table.concat(perm, "")
  g.constants[turned] = x:reshape(v.join(v.filled(#perm - x:dim(), 1), x.shape)):permute(inverse(perm)):contiguous()
  return turned
end

-- The inputs of a node of single elements as they were before the transpose that all of them have gone through.
local function inputs_before(g, n, turned)
  local perm, inputs
  for _, name in ipairs(n.inputs) do
    local t = turned[name]
    if t and (perm and not same_perm(perm, t.perm) or not of_channels(t.perm)) then return nil end
    perm = perm or t and t.perm
  end
  if not perm or #n.outputs ~= 1 or n.version and n.version < 7 and #n.inputs > 1 then return nil end
  inputs = {}
  for i, name in ipairs(n.inputs) do
    inputs[i] = turned[name] and turned[name].from or name == "" and name or constant_before(g, name, perm)
    if not inputs[i] then return nil end
  end
  return inputs, perm
end

local function transpose(from, to, perm)
  local f, row = operators.find("", "Transpose", 1)
  return { op = "Transpose", name = to, inputs = { from }, outputs = { to }, attr = { perm = perm }, f = f, row = row,
    version = 1, domain = "" }
end

-- Concat beside them: the same along the axis of the values behind the transposes.
local function moves(n)
  return n.row and (n.row.pointwise or n.op == "Concat" and n.attr.axis)
end

local function drop_unused(g)
  local any = true
  while any do
    local used, left = {}, {}
    graph.each_use(g, function(name) used[name] = true end)
    for _, out in ipairs(g.outputs) do used[out.name] = true end
    any = false
    for _, n in ipairs(g.nodes) do
      if n.op == "Transpose" and not used[n.outputs[1]] then any = true else left[#left + 1] = n end
    end
    g.nodes = left
  end
end

--- Moves and cancels the transposes of g; its nodes are changed in place.
return function(g)
  local turned, other, nodes = {}, {}, {}
  for _, n in ipairs(g.nodes) do
    for i, name in ipairs(n.inputs) do n.inputs[i] = other[name] or name end
    local inputs, perm = nil, nil
    if moves(n) then inputs, perm = inputs_before(g, n, turned) end
    nodes[#nodes + 1] = n
    if n.op == "Transpose" and n.attr.perm then
      local before, same = turned[n.inputs[1]], false
      perm = n.attr.perm
      if before and #before.perm == #perm then
        perm, same = composed(perm, before.perm)
        n.inputs[1], n.attr = before.from, { perm = perm }
        if same then other[n.outputs[1]] = before.from end
      end
      if not same then turned[n.outputs[1]] = { from = n.inputs[1], perm = perm } end
    elseif inputs then
      local out = n.outputs[1]
      local from = out .. ".turned"
      if n.op == "Concat" then
        n.attr = setmetatable({ axis = perm[v.dim(n.attr.axis, #perm)] }, { __index = n.attr })
      end
      n.inputs, n.outputs = inputs, { from }
      nodes[#nodes + 1] = transpose(from, out, perm)
      turned[out] = { from = from, perm = perm }
    end
  end
  g.nodes = nodes
  drop_unused(g)
end
