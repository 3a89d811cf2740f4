--- ranks.lua: axes against the number of dimensions of their values, when a file is loaded: what its inputs and
-- constants say, followed through its nodes as far as it is told without running them.
local v = require "nn.onnx.values"

local ranks = {}

local function fail(text, ...) error({ odd = text:format(...) }, 0) end

-- --- what a node says ------------------------------------------------------------------------------------------------

-- axis counts in nd dimensions, of `what`.
local function axis_in(axis, nd, what)
  if axis < -math.max(nd, 1) or axis >= math.max(nd, 1) then
    fail("axis %d of %s, which has %d dimensions", axis, what, nd)
  end
end

-- A list of axes (the node's attribute, or its input k where that is constant) that name each dimension of nd once.
local function axes_in(n, at, k, nd)
  local axes = n.attr.axes or k and at.list(k)
  local seen = {}
  for _, axis in ipairs(axes or {}) do
    axis_in(axis, nd, ("input '%s'"):format(n.inputs[1] or ""))
    local d = axis % math.max(nd, 1)
    if seen[d] then fail("axis %d stands twice in its axes", axis) end
    seen[d] = true
  end
  return axes
end

local function named(n, k) return ("input '%s'"):format(n.inputs[k] or "") end

-- The rank that both broadcast to, of all inputs; nil: one is unknown.
local function broadcast(n, at)
  local most = 0
  for k, name in ipairs(n.inputs) do
    if name ~= "" then
      local r = at.rank(k)
      if not r then return nil end
      most = math.max(most, r)
    end
  end
  return most
end

-- --- operators: f(n, at) gives the ranks of the outputs; at.rank(k), at.list(k): of input k, nil where unknown -------

local rows = {}
local function each(names, f)
  for name in names:gmatch "%S+" do rows[name] = f end
end
local function first(_, at) return at.rank(1), at.rank(1) end

-- As many dimensions as the first input; along one axis of it.
local function along(default, k)
  return function(n, at)
    local axis, r = n.attr.axis or default, at.rank(k or 1)
    if axis and r then axis_in(axis, r, named(n, k or 1)) end
    return r, r
  end
end
each("BatchNormalization InstanceNormalization GroupNormalization LRN Dropout Trilu MaxPool AveragePool LpPool "
  .. "GlobalAveragePool GlobalMaxPool GlobalLpPool Conv ConvTranspose ScatterND Resize Upsample DepthToSpace "
  .. "SpaceToDepth EyeLike ReverseSequence MeanVarianceNormalization", first)
each("TopK LayerNormalization LpNormalization", along(-1))
each("GatherElements ScatterElements Scatter", along(0))
each("Softmax LogSoftmax Hardmax", function(n, at) -- flattened before `axis` up to set 12
  if (n.version or 1) >= 13 then return along(-1)(n, at) end
  return at.rank(1)
end)

function rows.Concat(n, at)
  local r
  for k in ipairs(n.inputs) do
    local own = at.rank(k)
    if r and own and own ~= r then
      fail("input '%s' has %d dimensions, but another one has %d", n.inputs[k], own, r)
    end
    r = r or own
  end
  local axis = n.attr.axis or 1
  if r then axis_in(axis, r, named(n, 1)) end
  return r
end
function rows.Split(n, at)
  local r, all = along(0)(n, at), {}
  for i = 1, #n.outputs do all[i] = r end
  return table.unpack(all)
end
function rows.CumSum(n, at)
  local r, axis = at.rank(1), at.list(2)
  if r and axis and axis[1] then axis_in(axis[1], r, named(n, 1)) end
  return r
end
function rows.Gather(n, at)
  local r, q = along(0)(n, at), at.rank(2)
  return r and q and r - 1 + q
end
function rows.Flatten(n, at)
  local r, axis = at.rank(1), n.attr.axis or 1
  if r and (axis < -r or axis > r) then fail("axis %d of %s, which has %d dimensions", axis, named(n, 1), r) end
  return 2
end
function rows.Squeeze(n, at)
  local r = at.rank(1)
  local axes = r and axes_in(n, at, n.version >= 13 and 2, r)
  return r and axes and r - #axes
end
function rows.Unsqueeze(n, at)
  local r, axes = at.rank(1), n.attr.axes or n.version >= 13 and at.list(2)
  if not r or not axes then return nil end
  axes_in({ attr = { axes = axes }, inputs = n.inputs }, at, nil, r + #axes)
  return r + #axes
end
function rows.Transpose(n, at)
  local r, perm, seen = at.rank(1), n.attr.perm, {}
  if not r or not perm then return r end
  if #perm ~= r then fail("perm [%s] of %s, which has %d dimensions", table.concat(perm, ","), named(n, 1), r) end
  for _, d in ipairs(perm) do
    if d < 0 or d >= r or seen[d] then fail("perm [%s] is no order of %d dimensions", table.concat(perm, ","), r) end
    seen[d] = true
  end
  return r
end
function rows.Slice(n, at)
  local r, late = at.rank(1), n.version >= 10
  local starts, ends = n.attr.starts or late and at.list(2), n.attr.ends or late and at.list(3)
  local axes = n.attr.axes or late and at.list(4)
  if starts and ends and #starts ~= #ends then fail("%d starts, but %d ends", #starts, #ends) end
  if starts and axes and #starts ~= #axes then fail("%d starts, but %d axes", #starts, #axes) end
  if r and axes then axes_in({ attr = { axes = axes }, inputs = n.inputs }, at, nil, r) end
  if r and starts and #starts > r then fail("%d starts for %s, which has %d dimensions", #starts, named(n, 1), r) end
  for _, step in ipairs(late and at.list(5) or {}) do
    if step == 0 then fail "a step of 0" end
  end
  return r
end
function rows.Pad(n, at)
  local r, late = at.rank(1), n.version >= 11
  local pads, axes = n.attr.pads or n.attr.paddings or late and at.list(2), late and at.list(4)
  if r and axes then axes_in({ attr = { axes = axes }, inputs = n.inputs }, at, nil, r) end
  local dims = axes and #axes or not (late and n.inputs[4] and n.inputs[4] ~= "") and r
  if pads and dims and #pads ~= 2 * dims then fail("%d pads for %d dimensions, two for each", #pads, dims) end
  return r
end
function rows.Tile(n, at)
  local r, times = at.rank(1), n.version >= 6 and at.list(2)
  if r and times and #times ~= r then fail("%d repeats for %s, which has %d dimensions", #times, named(n, 1), r) end
  return r
end
function rows.Reshape(n, at)
  local shape = n.attr.shape or n.version >= 5 and at.list(2)
  return shape and #shape or nil
end
function rows.Expand(_, at)
  local r, shape = at.rank(1), at.list(2)
  return r and shape and math.max(r, #shape)
end
function rows.ConstantOfShape(_, at)
  local shape = at.list(1)
  return shape and #shape
end
function rows.MatMul(_, at)
  local r, q = at.rank(1), at.rank(2)
  if not r or not q then return nil end
  if r == 0 or q == 0 then fail "a number without dimensions is no matrix" end
  if r == 1 or q == 1 then return math.max(r, q) - 1 end
  return math.max(r, q)
end
function rows.Gemm(n, at)
  for k = 1, 2 do
    local r = at.rank(k)
    if r and r ~= 2 then fail("%s has %d dimensions, but 2 are expected", named(n, k), r) end
  end
  return 2
end
function rows.OneHot(n, at)
  local r = at.rank(1)
  if r then axis_in(n.attr.axis or -1, r + 1, "the result") end
  return r and r + 1
end
each("ArgMax ArgMin", function(n, at)
  local r = along(0)(n, at)
  return r and (n.attr.keepdims ~= 0 and r or r - 1)
end)
-- Axes are an input from set 13 on (of the sum), from set 18 on (of the others).
local function reduction(since)
  return function(n, at)
    local r, late = at.rank(1), n.version >= since
    local axes = r and axes_in(n, at, late and 2, r)
    local given = not late or not n.inputs[2] or n.inputs[2] == "" or axes
    if not r or not given or n.attr.keepdims ~= 0 or n.attr.noop_with_empty_axes == 1 then return r end
    return axes and #axes > 0 and r - #axes or 0
  end
end
for _, name in ipairs { "Max", "Min", "Mean", "Prod", "L1", "L2", "LogSum", "LogSumExp", "SumSquare" } do
  rows["Reduce" .. name] = reduction(18)
end
rows.ReduceSum = reduction(13)
rows.Shape, rows.Size, rows.Range = function() return 1 end, function() return 0 end, function() return 1 end
rows.Where = broadcast

-- --- a graph ---------------------------------------------------------------------------------------------------------

--- Looks at the nodes of the outermost graph in their order; noted(n, f, ...) calls f(...) and keeps what it raises.
function ranks.check(g, noted)
  local rank = {}
  for _, input in ipairs(g.inputs) do
    if input.kind and not input.of_strings then rank[input.name] = input.dims and #input.dims end
  end
  for _, n in ipairs(g.nodes) do
    local plain = n.domain == "" or n.domain == "ai.onnx"
    local f = plain and n.row and (rows[n.op] or n.row.pointwise and broadcast or n.op == "Identity" and first)
    local at = {}
    function at.rank(k)
      local name = n.inputs[k] or ""
      local x = g.constants[name]
      return lunette.is_tensor(x) and x:dim() or rank[name]
    end
    function at.list(k)
      local x = g.constants[n.inputs[k] or ""]
      return lunette.is_tensor(x) and not v.is_float(x) and x:numel() <= 64 and v.list(x) or nil
    end
    noted(n, function()
      local out = f and table.pack(f(n, at)) or {}
      for i, name in ipairs(n.outputs) do rank[name] = math.type(out[i]) == "integer" and out[i] or nil end
    end)
  end
end

return ranks
