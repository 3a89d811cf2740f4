--- recurrent.lua: ONNX's RNN, LSTM and GRU: x [T, N, F], w [directions, gates H, F], by the engine's ops.  Gates: ONNX
-- has i o f c and z r h, the engine i f g o and r z n (PyTorch's).
local cells = require "nn.onnx.cells"
local operators = require "nn.onnx.operators"
local v = require "nn.onnx.values"
local add = operators.add

local order = { LSTM = { 1, 3, 4, 2 }, GRU = { 2, 1, 3 }, RNN = { 1 } }
local usual = { LSTM = { "sigmoid", "tanh", "tanh" }, GRU = { "sigmoid", "tanh" }, RNN = { "tanh" } }

-- The blocks of the first dimension of w in the engine's order.
local function ordered(kind, w, hidden)
  local parts = { dim = 1 }
  for i, k in ipairs(order[kind]) do parts[i] = w:narrow(1, (k - 1) * hidden + 1, hidden) end
  return #parts == 1 and parts[1] or tensor.cat(parts)
end

local function directions_of(n) return n.attr.direction == "bidirectional" and 2 or 1 end

-- The names of the activations of all directions.
local function names_of(n)
  local given = n.attr.activations or {}
  if #given > 0 then return given end
  return directions_of(n) == 2 and v.join(usual[n.op], usual[n.op]) or usual[n.op]
end
-- Those of direction d out of a list for all.
local function of_direction(n, d, list)
  local per = #usual[n.op]
  return table.move(list, (d - 1) * per + 1, d * per, 1, {})
end
local function activations(n) return cells.activations(names_of(n), n.attr.activation_alpha, n.attr.activation_beta) end

-- What a node asks for that is not done; the loader names it.
local function refuses(n)
  local wanted, given = #usual[n.op] * directions_of(n), #names_of(n)
  if given ~= wanted then return ("%d activations, not %d"):format(given, wanted) end
  return select(2, activations(n))
end

local function engine_does(n, d, peepholes)
  local a, names = n.attr, table.concat(of_direction(n, d, names_of(n)), " "):lower()
  return (names == table.concat(usual[n.op], " ") or n.op == "RNN" and names == "relu") and not peepholes
    and (a.clip or 0) == 0 and (a.input_forget or 0) == 0 and (n.op ~= "GRU" or a.linear_before_reset == 1)
end

-- One direction: y [N, T, H], and the last states.
local function one(n, d, x, w, r, b, lengths, h, c, reverse, p)
  local kind = n.op
  local H = r:size(2)
  local gates = #order[kind]
  local wx, wh = ordered(kind, w, H):t(), ordered(kind, r, H):t()
  local bx = b and ordered(kind, b:narrow(1, 1, gates * H), H) or tensor.zeros { gates * H, dtype = x.dtype }
  local bh = b and ordered(kind, b:narrow(1, gates * H + 1, gates * H), H)
    or tensor.zeros { gates * H, dtype = x.dtype }
  if not engine_does(n, d, p) then
    local a = n.attr
    return cells.run(kind, { x = x, wx = wx, wh = wh, bx = bx, bh = bh, h = h, c = c, p = p, lengths = lengths,
      reverse = reverse, activations = of_direction(n, d, activations(n)), clip = a.clip ~= 0 and a.clip or nil,
      coupled = (a.input_forget or 0) ~= 0, linear_before_reset = (a.linear_before_reset or 0) ~= 0 })
  end
  local call = { x, wx, wh, bx, bh, h0 = h, lengths = lengths, reverse = reverse }
  if kind == "LSTM" then call.c0 = c end
  if kind == "RNN" then call.act = names_of(n)[d]:lower() end
  return nn[kind:lower()](call)
end

local function recurrent(kind)
  return function(n, x, w, r, b, lengths, h0, c0, p)
    local direction, batch_first = n.attr.direction or "forward", n.attr.layout == 1
    local directions = directions_of(n)
    local rows = batch_first and x or x:permute(2, 1, 3)
    local ys, hs, cs = {}, {}, {}
    local function state(s, d) return s and s:select(batch_first and 2 or 1, d) end
    if lengths then lengths = lengths:to "i64" end
    for d = 1, directions do
      ys[d], hs[d], cs[d] = one(n, d, rows, w[d], r[d], b and b[d], lengths, state(h0, d), state(c0, d),
        d == 2 or direction == "reverse", p and p[d])
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
  row.weights, row.refuses = { 2, 3, 4, kind == "LSTM" and 8 or nil }, refuses
end
