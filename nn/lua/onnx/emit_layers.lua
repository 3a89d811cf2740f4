--- emit_layers.lua: products, normalisation, attention and recurrent layers as ONNX's operators.
local tools = require "nn.onnx.emit_tools"
local act, alike, permuted, to_first, to_last = tools.act, tools.alike, tools.permuted, tools.to_first, tools.to_last

local emit = {}

function emit.mm(b, c) return b:node("MatMul", alike(b, c, c.y[1].dtype)) end
emit.bmm = emit.mm
function emit.linear(b, c)
  local y = b:node("MatMul", { c[1], c[2] })
  return c[3] and b:node("Add", { y, c[3] }) or y
end

-- --- moments ---------------------------------------------------------------------------------------------------------

function emit.batch_norm(b, c)
  if c.p.train then b:fail(c, "is in training: net:eval()") end
  local nd, C = c.x[1]:dim(), c.x[1]:size(-1)
  local function or_filled(name, value)
    return name or b:constant(tensor.full({ C }, value, { dtype = c.x[1].dtype }), "filled")
  end
  local x = nd > 2 and to_first(b, c[1], nd) or c[1]
  local y = b:node("BatchNormalization", { x, or_filled(c[2], 1), or_filled(c[3], 0), or_filled(c[4], 0),
    or_filled(c[5], 1) }, { epsilon = c.p.eps + 0.0 })
  if c[6] then y = b:node("Add", { y, nd > 2 and to_first(b, c[6], nd) or c[6] }) end
  y = act(b, y, c)
  return nd > 2 and to_last(b, y, nd) or y
end
-- How many of the last dimensions a row has, below 0.
local function last_dims(c) return -(c.p.dims or c.x[2] and c.x[2]:dim() or 1) end
function emit.layer_norm(b, c)
  local x, axis = c.x[1], last_dims(c)
  local sizes = table.move(x.shape, x:dim() + axis + 1, x:dim(), 1, { dtype = x.dtype })
  local gamma = c[2] or b:constant(tensor.ones(sizes), "ones")
  return b:node("LayerNormalization", { c[1], gamma, c[3] }, { axis = axis, epsilon = c.p.eps + 0.0 })
end
function emit.rms_norm(b, c)
  local axis, axes = last_dims(c), {}
  for d = axis, -1 do axes[#axes + 1] = d end
  local eps = c.p.eps or (c.x[1].dtype == "f32" and 2 ^ -23 or 2 ^ -52)
  local square = b:node("Mul", { c[1], c[1] })
  local mean = b:node("ReduceMean", { square }, { axes = axes, keepdims = 1 })
  local shifted = b:node("Add", { mean, b:constant(tensor(eps, { dtype = c.x[1].dtype }), "eps") })
  local y = b:node("Div", { c[1], b:node("Sqrt", { shifted }) })
  return c[2] and b:node("Mul", { y, c[2] }) or y
end
-- Groups of channels of each sample: moments over a row for each group.
local function group_norm(b, c, groups)
  local nd, C, dtype = c.x[1]:dim(), c.x[1]:size(-1), c.x[1].dtype
  local x = to_first(b, c[1], nd)
  local rows = b:node("Reshape", { x, b:ints { 0, groups, -1 } })
  local function filled(value) return b:constant(tensor.full({ groups }, value, { dtype = dtype }), "filled") end
  local y = b:node("InstanceNormalization", { rows, filled(1), filled(0) }, { epsilon = c.p.eps + 0.0 })
  y = to_last(b, b:node("Reshape", { y, b:node("Shape", { x }) }), nd)
  if c[2] then y = b:node("Mul", { y, c[2] }) end
  return c[3] and b:node("Add", { y, c[3] }) or y, C
end
function emit.group_norm(b, c) return (group_norm(b, c, c.p.groups)) end
function emit.instance_norm(b, c) return (group_norm(b, c, c.x[1]:size(-1))) end

-- --- attention -------------------------------------------------------------------------------------------------------

-- [N, T, heads D] as [N, heads, T, D]; [N, heads, T, D] stays.
local function heads_of(b, x, t, h)
  if t:dim() == 4 then return x end
  return permuted(b, b:node("Reshape", { x, b:ints { 0, 0, h, t:size(3) // h } }), { 0, 2, 1, 3 })
end
-- -inf where a key stands behind its query: the last key is beside the last query.
local function ahead_of(b, c, T, S)
  local dtype, other = c.x[1].dtype, c.other
  local function open(k) return b:sizes_of(c, k)[c.x[k]:dim() - 1] end
  if T == other.x[1]:size(-2) and S == other.x[2]:size(-2) then
    local ahead = tensor.ones { T, S, dtype = dtype }
    return b:constant(tensor.where(ahead:triu(S - T + 1):gt(0), ahead * -math.huge, ahead * 0), "causal")
  end
  local t, s = b:size(open(1)), b:size(open(2))
  local all = b:node("Expand", { b:number(-math.huge, dtype), b:node("Concat", { t, s }, { axis = 0 }) })
  local after = b:node("Add", { b:node("Sub", { s, t }), b:ints { 1 } })
  return b:node("Trilu", { all, b:node("Squeeze", { after, b:ints { 0 } }) }, { upper = 1 })
end
function emit.attention(b, c)
  local q, h, dtype = c.x[1], c.p.heads, c.x[1].dtype
  if c.p.dropout ~= 0 and c.training then b:fail(c, "is in training: net:eval()") end
  local d = q:dim() == 4 and q:size(4) or q:size(3) // h
  local flat = q:dim() == 3
  local qs, ks, vs = heads_of(b, c[1], q, h), heads_of(b, c[2], c.x[2], h), heads_of(b, c[3], c.x[3], h)
  local scores = b:node("MatMul", { qs, permuted(b, ks, { 0, 1, 3, 2 }) })
  scores = b:node("Mul", { scores, b:number(c.p.scale or 1 / d ^ 0.5, dtype) })
  if c.p.causal then scores = b:node("Add", { scores, ahead_of(b, c, q:size(-2), c.x[2]:size(-2)) }) end
  if c[4] then
    local m = c[4]
    if c.x[4]:dim() == 3 and flat or c.x[4]:dim() == 3 then m = b:node("Unsqueeze", { m, b:ints { 1 } }) end
    if c.x[4].dtype == "bool" then
      scores = b:node("Where", { m, scores, b:number(-math.huge, dtype) })
    else
      scores = b:node("Add", { scores, m })
    end
  end
  local y = b:node("MatMul", { b:node("Softmax", { scores }, { axis = -1 }), vs })
  if not flat then return y end
  return b:node("Reshape", { permuted(b, y, { 0, 2, 1, 3 }), b:ints { 0, 0, -1 } })
end

-- --- recurrent -------------------------------------------------------------------------------------------------------

local gates = { lstm = { 1, 4, 2, 3 }, gru = { 2, 1, 3 }, rnn = { 1 } } -- i f g o to i o f g; r z n to z r n
local names = { lstm = "LSTM", gru = "GRU", rnn = "RNN" }
local function reordered(x, op, H)
  local parts = { dim = 1 }
  for i, k in ipairs(gates[op]) do parts[i] = x:narrow(1, (k - 1) * H + 1, H) end
  return tensor.cat(parts)
end
local function recurrent(op)
  return function(b, c)
    local wx, wh, H = b:known(c, 2), b:known(c, 3), c.x[3]:size(1)
    local n = #gates[op]
    local function zeros() return tensor.zeros { n * H, dtype = wx.dtype } end
    local bx, bh = c[4] and b:known(c, 4) or zeros(), c[5] and b:known(c, 5) or zeros()
    local w = b:constant(reordered(wx:t(), op, H):unsqueeze(1), "w")
    local r = b:constant(reordered(wh:t(), op, H):unsqueeze(1), "r")
    local bias = b:constant(tensor.cat { reordered(bx, op, H), reordered(bh, op, H) }:unsqueeze(1), "b")
    local lengths_at = op == "lstm" and 8 or 7
    local lengths = c[lengths_at] and b:node("Cast", { c[lengths_at] }, { to = 6 }) or ""
    local function state(k) return c[k] and b:node("Unsqueeze", { c[k], b:ints { 0 } }) or nil end
    local h0, c0 = state(6), op == "lstm" and state(7) or nil
    local attr = { hidden_size = H, direction = c.p.reverse and "reverse" or "forward" }
    if op == "gru" then attr.linear_before_reset = 1 end
    if op == "rnn" then attr.activations = { c.p.act == "relu" and "Relu" or "Tanh" } end
    local x = permuted(b, c[1], { 1, 0, 2 })
    local y, h, s = b:nodes(names[op], { x, w, r, bias, lengths, h0 or (c0 and "" or nil), c0 }, attr,
      op == "lstm" and 3 or 2)
    y = permuted(b, b:node("Squeeze", { y, b:ints { 1 } }), { 1, 0, 2 })
    local first = b:ints { 0 }
    return y, b:node("Squeeze", { h, first }), s and b:node("Squeeze", { s, first }) or nil
  end
end
for op in pairs(gates) do emit[op] = recurrent(op) end

return emit
