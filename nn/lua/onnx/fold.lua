--- fold.lua: a graph with the same answers and less to do, for use: what depends on no input is computed once, batch
-- norm goes into its convolution, residual and activation into its end, known chains become one op.  The graph itself
-- stays as it is: this is a copy for as long as the weights do not change.
local graph = require "nn.onnx.graph"
local conv = require "nn.onnx.conv"
local v = require "nn.onnx.values"
local turn = require "nn.onnx.turn"

-- --- what is where --------------------------------------------------------------------------------------------------

-- Of a list of nodes: who makes a value, who uses it, and which must be there whatever becomes of them.
local function survey(g)
  local s = { maker = {}, users = {}, kept = {} }
  graph.each_use(g, function(name, n, k, i)
    local users = s.users[name] or {}
    s.users[name] = users
    users[#users + 1] = n
    if g.nodes[i] ~= n or k == 0 then s.kept[name] = true end -- used by a graph inside
  end)
  for _, n in ipairs(g.nodes) do
    for _, name in ipairs(n.outputs) do s.maker[name] = n end
  end
  for _, out in ipairs(g.outputs) do s.kept[out.name] = true end
  return s
end

-- Is this value made for one node only?
local function alone(s, name) return not s.kept[name] and #(s.users[name] or {}) == 1 end
local function only_user(s, n)
  return #n.outputs >= 1 and alone(s, n.outputs[1]) and s.users[n.outputs[1]][1] or nil
end

local function copy(n)
  local c = {}
  for key, value in pairs(n) do c[key] = value end
  c.inputs, c.outputs, c.kinds, c.run, c.env = v.join(n.inputs), v.join(n.outputs), n.kinds, nil, nil
  return c
end

local function drop(g, gone)
  local left = {}
  for _, n in ipairs(g.nodes) do
    if not gone[n] then left[#left + 1] = n end
  end
  g.nodes = left
end

-- --- constants ------------------------------------------------------------------------------------------------------

local function constant(g, name) return name and name ~= "" and g.constants[name] or nil end

local function number(g, name)
  local x = constant(g, name)
  return x and lunette.is_tensor(x) and x:numel() == 1 and v.list(x)[1] or nil
end

local function fold_constants(g)
  local gone = {}
  for _, n in ipairs(g.nodes) do
    local known = n.pure ~= false and #n.inputs > 0
    for _, name in ipairs(n.inputs) do known = known and (name == "" or constant(g, name) ~= nil) end
    if known then
      local env = setmetatable({}, { __index = function(_, name) return constant(g, name) end })
      local results = table.pack(pcall(graph.step, n, env))
      n.env = nil
      if results[1] then
        for i, name in ipairs(n.outputs) do g.constants[name] = results[i + 1] end
        gone[n] = true
      end
    end
  end
  drop(g, gone)
end

-- Nodes that only hand on what they get.
local function skip_identities(g)
  local gone, other = {}, {}
  local kept = survey(g).kept
  for _, n in ipairs(g.nodes) do
    for i, name in ipairs(n.inputs) do n.inputs[i] = other[name] or name end
    local idle = n.op == "Identity" or n.op == "Dropout" and (not n.inputs[3] or n.inputs[3] == "" or n.fixed[3])
    if idle and not kept[n.outputs[1]] and #n.outputs == 1 then
      other[n.outputs[1]] = n.inputs[1]
      gone[n] = true
    end
  end
  drop(g, gone)
end

-- --- convolutions ---------------------------------------------------------------------------------------------------

-- y = gamma / root
local function fold_batch_norm(g)
  local s, gone = survey(g), {}
  for _, n in ipairs(g.nodes) do
    local bn = n.op == "Conv" and only_user(s, n)
    local w, b = constant(g, n.inputs[2]), constant(g, n.inputs[3])
    if bn and bn.op == "BatchNormalization" and bn.inputs[1] == n.outputs[1] and #bn.outputs == 1 and w
      and (b or not n.inputs[3] or n.inputs[3] == "") and conv.kernel_order[w:dim()] then
      local p = {}
      for k = 2, 5 do p[k] = constant(g, bn.inputs[k]) end
      if p[2] and p[3] and p[4] and p[5] then
        local scale = p[2] / (p[5] + (bn.attr.epsilon or 1e-5)):sqrt()
        local order, back = conv.kernel_order[w:dim()], {}
        for i, d in ipairs(order) do back[d] = i end
        local name = n.outputs[1]
        g.constants[name .. ".w"] = (w:permute(order) * scale):contiguous():permute(back)
        g.constants[name .. ".b"] = (b and b - p[4] or -p[4]) * scale + p[3]
        n.inputs = { n.inputs[1], name .. ".w", name .. ".b" }
        n.outputs = { bn.outputs[1] }
        gone[bn] = true
        s.maker[bn.outputs[1]] = n
      end
    end
  end
  drop(g, gone)
end

-- The engine's name of an activation, its slope; nil: another one.
local function activation(g, n)
  if n.op == "Relu" then return "relu" end
  if n.op == "LeakyRelu" then return "leaky", n.attr.alpha or 0.01 end
  if n.op ~= "Clip" then return nil end
  local low = n.inputs[2] and number(g, n.inputs[2]) or n.attr.min
  local high = n.inputs[3] and number(g, n.inputs[3]) or n.attr.max
  if low == 0 and high == 6 then return "relu6" end
end

local function after(y, act, slope)
  if act == "relu" then return y:relu() end
  if act == "relu6" then return y:clamp(0, 6) end
  return act == "leaky" and y:leaky_relu { slope = slope } or y
end

-- A convolution with what follows it; a residual that would have to be repeated is added afterwards.
local function fused(n, x, w, b, residual)
  local rank = x:dim() - 2
  if rank > 2 or residual and residual:dim() ~= x:dim() then
    local y = conv.forward(n, x, w, b)
    return after(residual and y + residual or y, n.act, n.slope)
  end
  if residual then
    local ok, y = pcall(conv.forward, n, x, w, b, n.act, n.slope, residual)
    if ok then return y end
    return after(conv.forward(n, x, w, b) + residual, n.act, n.slope)
  end
  return conv.forward(n, x, w, b, n.act, n.slope)
end

local function fuse_ends(g)
  local s, gone, place = survey(g), {}, {}
  for i, n in ipairs(g.nodes) do place[n] = i end
  for _, n in ipairs(g.nodes) do
    if n.op == "Conv" and not gone[n] then
      local nxt = only_user(s, n)
      local last = n
      if nxt and nxt.op == "Add" and not gone[nxt] then
        local other = nxt.inputs[1] == n.outputs[1] and nxt.inputs[2] or nxt.inputs[1]
        local by_channel = constant(g, other)
        local from = s.maker[other]
        -- the sum stands where both sides are known; the convolution moves there
        if other ~= n.outputs[1] and not by_channel and (not from or place[from] < place[nxt]) then
          n.inputs = { n.inputs[1], n.inputs[2], n.inputs[3] or "", other }
          n.f, n.residual, last = fused, true, nxt
          gone[nxt] = true
        end
      end
      local act_node = only_user(s, last)
      local act, slope
      if act_node and not gone[act_node] and act_node.inputs[1] == last.outputs[1] then
        act, slope = activation(g, act_node)
      end
      if act then
        n.f, n.act, n.slope, last = fused, act, slope, act_node
        gone[act_node] = true
      end
      n.outputs = { last.outputs[1] }
      s.maker[last.outputs[1]] = n
      place[n] = place[last]
    end
  end
  drop(g, gone)
  -- in the order of their new places
  local order = {}
  for i, n in ipairs(g.nodes) do order[n] = place[n] * 100000 + i end
  table.sort(g.nodes, function(a, b) return order[a] < order[b] end)
end

-- The kernel of a convolution of pictures without dilation, whose padding is `pad` all round and whose strides are one.
local function kernel_of(g, n, groups)
  local w = n and n.op == "Conv" and constant(g, n.inputs[2])
  if not w or w:dim() ~= 4 or (n.attr.auto_pad or "NOTSET") ~= "NOTSET" then return nil end
  local pad, strides = (w:size(3) - 1) // 2, n.attr.strides or { 1, 1 }
  if w:size(3) ~= w:size(4) or w:size(3) % 2 == 0 or strides[1] ~= strides[2] then return nil end
  for i = 1, 4 do
    if (n.attr.pads and n.attr.pads[i] or 0) ~= pad then return nil end
  end
  for _, d in ipairs(n.attr.dilations or {}) do
    if d ~= 1 then return nil end
  end
  return (n.attr.group or 1) == (groups or w:size(1)) and w, strides[1]
end
local function is_pointwise(g, n)
  local w, stride = kernel_of(g, n, 1)
  return w and w:size(3) == 1 and stride == 1
end
-- Its stride.
local function is_depthwise(g, n)
  local w, stride = kernel_of(g, n)
  return w and w:size(2) == 1 and n.act ~= "leaky" and not n.residual and stride
end
local function next_conv(s, n)
  local user = n and only_user(s, n)
  return user and user.op == "Conv" and user.inputs[1] == n.outputs[1] and user or nil
end

-- Three convolutions of an inverted residual (Sandler et al. 2018) become one pass: widen, depthwise, narrow; or the
-- last two alone (Howard et al. 2017).
local function as_block(g, s, first)
  local depth, widen = first, nil
  if is_pointwise(g, first) and not first.residual then
    depth, widen = next_conv(s, first), first
  end
  local stride = depth and is_depthwise(g, depth)
  local narrow = stride and next_conv(s, depth)
  if not narrow or not is_pointwise(g, narrow) or narrow.act == "leaky" then return nil end
  if widen and widen.act ~= depth.act then return nil end
  if narrow.residual and narrow.inputs[4] ~= first.inputs[1] then return nil end
  return { widen or false, depth, narrow }, stride
end

local function block(n, x, w1, b1, w2, b2, w3, b3)
  local order = conv.kernel_order[4]
  local z <close> = v.last(x)
  return v.first_of(nn.inverted_residual { z, w1 and w1:permute(order), b1, w2:permute(order), b2,
    w3:permute(order), b3, stride = n.stride, act = n.act or "none", last = n.last or "none", skip = n.skip })
end
local function plain_block(n, parts)
  return function(_, x, ...)
    if not x.needs_grad or not tensor.is_recording() then return block(n, x, ...) end
    local w1, b1, w2, b2, w3, b3 = ...
    local y = parts[1] and fused(parts[1], x, w1, b1) or x
    return fused(parts[3], fused(parts[2], y, w2, b2), w3, b3, n.skip and x or nil)
  end
end

local function fuse_blocks(g)
  local s, gone = survey(g), {}
  for _, first in ipairs(g.nodes) do
    local parts, stride = nil, nil
    if not gone[first] then parts, stride = as_block(g, s, first) end
    if parts then
      local inputs = { first.inputs[1] }
      for i, part in ipairs(parts) do
        parts[i] = part and copy(part)
        inputs[2 * i], inputs[2 * i + 1] = part and part.inputs[2] or "", part and part.inputs[3] or ""
        if part and part ~= first then gone[part] = true end
      end
      local n = copy(parts[3])
      n.op, n.stride, n.skip, n.act, n.last = "InvertedResidual", stride, n.residual or false, parts[2].act, n.act
      n.inputs, n.f = inputs, plain_block(n, parts)
      for key in pairs(first) do first[key] = nil end
      for key, value in pairs(n) do first[key] = value end
    end
  end
  drop(g, gone)
end

-- --- chains that are one op -----------------------------------------------------------------------------------------

local function becomes(n, op, f, inputs)
  n.op, n.f, n.inputs, n.row = op, f, inputs, n.row or {}
end

local function linear(n, x, w, b)
  local flat = x:dim() > 2 and x:reshape { -1, x:size(-1) } or x
  local y = after(nn.linear(flat, w, b), n.act, n.slope)
  return x:dim() > 2 and y:view(v.join(v.part(x.shape, 1, x:dim() - 1), { w:size(2) })) or y
end

local function fuse_linear(g, s, n)
  local sum = n.op == "MatMul" and only_user(s, n)
  local w = constant(g, n.inputs[2])
  if not sum or sum.op ~= "Add" or not w or w:dim() ~= 2 then return nil end
  local other = sum.inputs[1] == n.outputs[1] and sum.inputs[2] or sum.inputs[1]
  local b = constant(g, other)
  if not b or b:dim() ~= 1 or b:numel() ~= w:size(2) then return nil end
  becomes(n, "Linear", linear, { n.inputs[1], n.inputs[2], other })
  n.outputs = sum.outputs
  return { sum }
end

local function is_close(a, b) return a ~= nil and math.abs(a - b) < 1e-6 end

-- The other input of a node of two.
local function other_of(n, name)
  return n.inputs[1] == name and n.inputs[2] or n.inputs[2] == name and n.inputs[1] or nil
end

-- x / 2 (1 + erf(x / sqrt 2)), in the order in which PyTorch writes it.
local function fuse_gelu(g, s, n)
  local x = n.inputs[1]
  if n.op ~= "Div" or not is_close(number(g, n.inputs[2]), 2 ^ 0.5) then return nil end
  local erf = only_user(s, n)
  local plus = erf and erf.op == "Erf" and only_user(s, erf)
  local times = plus and plus.op == "Add" and is_close(number(g, other_of(plus, erf.outputs[1])), 1)
    and only_user(s, plus)
  local half = times and times.op == "Mul" and other_of(times, plus.outputs[1]) == x and only_user(s, times)
  if not half or half.op ~= "Mul" or not is_close(number(g, other_of(half, times.outputs[1])), 0.5) then return nil end
  becomes(n, "Gelu", function(_, z) return v.pointwise(tensor.gelu)(z) end, { x })
  n.outputs = half.outputs
  return { erf, plus, times, half }
end

local function fuse_silu(_, s, n)
  local times = n.op == "Sigmoid" and only_user(s, n)
  if not times or times.op ~= "Mul" or other_of(times, n.outputs[1]) ~= n.inputs[1] then return nil end
  becomes(n, "Silu", function(_, z) return v.pointwise(tensor.silu)(z) end, { n.inputs[1] })
  n.outputs = times.outputs
  return { times }
end

local function over_last(n)
  local axes = n.attr.axes
  return n.op == "ReduceMean" and #n.inputs == 1 and axes and #axes == 1 and axes[1] == -1 and n.attr.keepdims ~= 0
end

-- (x - m) / sqrt(mean (x - m)^2 + eps) gamma + beta, as exporters wrote it before there was an operator for it.
local function fuse_layer_norm(g, s, mean)
  if not over_last(mean) then return nil end
  local x = mean.inputs[1]
  local sub = only_user(s, mean)
  if not sub or sub.op ~= "Sub" or sub.inputs[1] ~= x or s.kept[sub.outputs[1]] then return nil end
  local d = sub.outputs[1]
  local users = s.users[d] or {}
  local square, div
  for _, u in ipairs(users) do
    if u.op == "Pow" and number(g, u.inputs[2]) == 2 then square = u
    elseif u.op == "Mul" and u.inputs[1] == d and u.inputs[2] == d then square = u
    elseif u.op == "Div" and u.inputs[1] == d then div = u
    else return nil end
  end
  local var = square and div and only_user(s, square)
  local plus = var and over_last(var) and only_user(s, var)
  local root = plus and plus.op == "Add" and only_user(s, plus)
  if not root or root.op ~= "Sqrt" or div.inputs[2] ~= root.outputs[1] or only_user(s, root) ~= div then return nil end
  local eps = number(g, other_of(plus, var.outputs[1]))
  local times = only_user(s, div)
  local gamma = times and times.op == "Mul" and other_of(times, div.outputs[1])
  local add = gamma and constant(g, gamma) and constant(g, gamma):dim() == 1 and only_user(s, times)
  local beta = add and add.op == "Add" and other_of(add, times.outputs[1])
  if not eps or not beta or not constant(g, beta) or constant(g, beta):dim() ~= 1 then return nil end
  becomes(mean, "LayerNorm", function(_, z, a, b) return nn.layer_norm { z, a, b, eps = eps } end, { x, gamma, beta })
  mean.outputs = add.outputs
  return { sub, square, var, plus, root, div, times, add }
end

-- The end of a chain may stand behind nodes that come between: what is fused stands where it begins, so everything
-- that it needs must be there, which constants and x are.
local function fuse_chains(g)
  for _, fuse in ipairs { fuse_layer_norm, fuse_gelu, fuse_silu, fuse_linear } do
    local s, gone = survey(g), {}
    for _, n in ipairs(g.nodes) do
      if not gone[n] then
        for _, other in ipairs(fuse(g, s, n) or {}) do gone[other] = true end
      end
    end
    drop(g, gone)
  end
end

-- A copy of g whose nodes may be changed, constants of its own before g's.
local function copied(g)
  local f = { nodes = {}, inputs = g.inputs, outputs = g.outputs, name = g.name,
    constants = setmetatable({}, { __index = g.constants }) }
  for i, n in ipairs(g.nodes) do f.nodes[i] = copy(n) end
  return f
end

local fold = {}

--- A copy of g with less to do.
function fold.all(g)
  local f = copied(g)
  tensor.no_grad(function()
    skip_identities(f)
    fold_constants(f)
    turn(f)
    fold_batch_norm(f)
    fuse_ends(f)
    fuse_blocks(f)
    fuse_chains(f)
  end)
  return graph.plan(f)
end

--- fold.convolutions(g): what net:convolutions gives.
function fold.convolutions(g)
  local f, list = copied(g), {}
  tensor.no_grad(function()
    skip_identities(f)
    fold_constants(f)
    fold_batch_norm(f)
    local order = conv.kernel_order[4]
    for _, n in ipairs(f.nodes) do
      local w = n.op == "Conv" and constant(f, n.inputs[2])
      if w and w:dim() == 4 then
        local auto = n.attr.auto_pad or "NOTSET"
        list[#list + 1] = { name = n.name, weight = w:permute(order):contiguous(),
          bias = constant(f, n.inputs[3]), stride = v.join(n.attr.strides or { 1, 1 }), groups = n.attr.group or 1,
          pads = auto ~= "NOTSET" and auto or v.join(n.attr.pads or { 0, 0, 0, 0 }) }
      end
    end
  end)
  return list
end

return fold
