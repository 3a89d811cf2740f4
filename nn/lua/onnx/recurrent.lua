--- recurrent.lua: ONNX's RNN, LSTM and GRU: x [T, N, F], w [directions, gates H, F], by the engine's ops.  Gates: ONNX
-- has i o f c and z r h, the engine i f g o and r z n (PyTorch's).
local operators = require "nn.onnx.operators"
local add = operators.add

local order = { LSTM = { 1, 3, 4, 2 }, GRU = { 2, 1, 3 }, RNN = { 1 } }
local usual = { LSTM = "sigmoid tanh tanh", GRU = "sigmoid tanh", RNN = "tanh" }

-- The blocks of the first dimension of w in the engine's order.
local function ordered(kind, w, hidden)
  local parts = { dim = 1 }
  for i, k in ipairs(order[kind]) do parts[i] = w:narrow(1, (k - 1) * hidden + 1, hidden) end
  return #parts == 1 and parts[1] or tensor.cat(parts)
end

-- What a node asks for that is not done; the loader names it.
local function refuses(n)
  if n.inputs[8] and n.inputs[8] ~= "" then return "peepholes" end
  local per = #(n.attr.activations or {}) // (n.attr.direction == "bidirectional" and 2 or 1)
  for first = 1, #(n.attr.activations or {}), math.max(per, 1) do
    local names = table.concat(n.attr.activations, " ", first, first + per - 1):lower()
    if names ~= usual[n.op] and not (n.op == "RNN" and names == "relu") then return "activations " .. names end
  end
  for _, name in ipairs { "clip", "input_forget" } do
    if n.attr[name] and n.attr[name] ~= 0 then return name end
  end
end

-- GRU with the reset gate before the product, step by step: n = tanh(x w + (r h) u + b).
local function gru_before(x, wx, wh, bx, bh, h, lengths, reverse)
  local T, H = x:size(2), wh:size(1)
  local xs, ys = nn.linear(x, wx, bx), {}
  local wrz, wn = wh:narrow(2, 1, 2 * H), wh:narrow(2, 2 * H + 1, H)
  local brz, bn = bh:narrow(1, 1, 2 * H), bh:narrow(1, 2 * H + 1, H)
  h = h or tensor.zeros { x:size(1), H, dtype = x.dtype }
  for k = 1, T do
    local t = reverse and T - k + 1 or k
    local u = xs:select(2, t)
    local gates = (u:narrow(2, 1, 2 * H) + nn.linear(h, wrz, brz)):sigmoid()
    local r, z = gates:narrow(2, 1, H), gates:narrow(2, H + 1, H)
    local new = (u:narrow(2, 2 * H + 1, H) + nn.linear(r * h, wn, bn)):tanh()
    local next_h = (new - z * new) + z * h
    if lengths then
      local on = lengths:ge(t):view { -1, 1 }:expand(h.shape)
      ys[t] = tensor.where(on, next_h, tensor.zeros_like(h))
      h = tensor.where(on, next_h, h)
    else
      h, ys[t] = next_h, next_h
    end
  end
  ys.dim = 2
  return tensor.stack(ys), h
end

-- One direction: y [N, T, H], and the last states.
local function one(n, kind, x, w, r, b, lengths, h, c, reverse)
  local H = r:size(2)
  local gates = #order[kind]
  local wx, wh = ordered(kind, w, H):t(), ordered(kind, r, H):t()
  local bx = b and ordered(kind, b:narrow(1, 1, gates * H), H) or tensor.zeros { gates * H, dtype = x.dtype }
  local bh = b and ordered(kind, b:narrow(1, gates * H + 1, gates * H), H)
    or tensor.zeros { gates * H, dtype = x.dtype }
  if kind == "GRU" and n.attr.linear_before_reset ~= 1 then
    return gru_before(x, wx, wh, bx, bh, h, lengths, reverse)
  end
  local call = { x, wx, wh, bx, bh, h0 = h, lengths = lengths, reverse = reverse }
  if kind == "LSTM" then call.c0 = c end
  if kind == "RNN" then call.act = (n.attr.activations or {})[1] == "Relu" and "relu" or "tanh" end
  return nn[kind:lower()](call)
end

local function recurrent(kind)
  return function(n, x, w, r, b, lengths, h0, c0)
    local direction, batch_first = n.attr.direction or "forward", n.attr.layout == 1
    local directions = direction == "bidirectional" and 2 or 1
    local rows = batch_first and x or x:permute(2, 1, 3)
    local ys, hs, cs = {}, {}, {}
    local function state(s, d) return s and s:select(batch_first and 2 or 1, d) end
    if lengths then lengths = lengths:to "i64" end
    for d = 1, directions do
      ys[d], hs[d], cs[d] = one(n, kind, rows, w[d], r[d], b and b[d], lengths, state(h0, d), state(c0, d),
        d == 2 or direction == "reverse")
    end
    ys.dim, hs.dim, cs.dim = 2, 1, 1
    local y = tensor.stack(ys)                                  -- [N, directions, T, H]
    y = batch_first and y:permute(1, 3, 2, 4) or y:permute(3, 2, 1, 4)
    local h, c = tensor.stack(hs), kind == "LSTM" and tensor.stack(cs) or nil
    if batch_first then h, c = h:permute(2, 1, 3), c and c:permute(2, 1, 3) end
    return y, h, c
  end
end
for _, kind in ipairs { "RNN", "LSTM", "GRU" } do
  local row = add(kind, { 1, recurrent(kind) })
  row.weights, row.refuses = { 2, 3, 4 }, refuses
end
