--- cells.lua: ONNX's RNN, LSTM and GRU step by step, where the engine's ops do not do: other activations, peepholes,
-- clip, input_forget, GRU's reset gate before the product.  x [N, T, F], h, c [N, H]; gates i f g o and r z n.
local cells = {}

-- {f(x, alpha, beta), alpha, beta}: numbers that it takes, and which they are when none are given (NONE: they must be).
local NONE <const> = false
local activations = {
  relu = { tensor.relu }, tanh = { tensor.tanh }, sigmoid = { tensor.sigmoid }, softplus = { tensor.softplus },
  softsign = { function(x) return x / (x:abs() + 1) end },
  affine = { function(x, a, b) return x * a + b end, NONE, NONE },
  leakyrelu = { function(x, a) return x:leaky_relu { slope = a } end, 0.01 },
  thresholdedrelu = { function(x, a) return tensor.where(x:gt(a), x, tensor.zeros_like(x)) end, 1 },
  scaledtanh = { function(x, a, b) return (x * b):tanh() * a end, NONE, NONE },
  hardsigmoid = { function(x, a, b) return (x * a + b):clamp(0, 1) end, 0.2, 0.5 },
  elu = { function(x, a) return x:elu(a) end, 1 },
}

--- The activations of a node, of all directions in turn: {f, alpha, beta} of each; or nil, and what is not done.
-- activation_alpha and activation_beta have a number for those alone that take one, in their order.
function cells.activations(names, alphas, betas)
  local list, at = {}, { 0, 0 }
  local function number(k, given, default)
    if default == nil then return nil end
    at[k] = at[k] + 1
    return given and given[at[k]] or default
  end
  for i, name in ipairs(names) do
    local row = activations[name:lower()]
    if not row then return nil, "activation " .. name end
    list[i] = { row[1], number(1, alphas, row[2]), number(2, betas, row[3]) }
    if list[i][2] == NONE or list[i][3] == NONE then return nil, ("activation %s without its numbers"):format(name) end
  end
  return list
end

-- f(x), of x cut to -clip..clip.
local function applied(f, clip)
  return function(x)
    if clip then x = x:clamp(-clip, clip) end
    return f[1](x, table.unpack(f, 2))
  end
end

local function part(x, k, H) return x:narrow(-1, (k - 1) * H + 1, H) end

-- step(u, h, c): the next states, of u [N, gates H], what x gives to the gates.
local step = {}

function step.RNN(p)
  return function(u, h) return p.f[1](u + nn.linear(h, p.wh, p.bh)) end
end

-- Peepholes p.p [3 H]: of i, o, f.  coupled: f = 1 - i.  What is clipped are the gates, not c (ONNX Runtime).
function step.LSTM(p)
  local H, f, hidden = p.wh:size(1), p.f, applied(p.activations[3])
  local function seen(gate, k, c) return p.p and gate + part(p.p, k, H) * c or gate end
  return function(u, h, c)
    local gates = u + nn.linear(h, p.wh, p.bh)
    local i = f[1](seen(part(gates, 1, H), 1, c))
    local keep = p.coupled and 1 - i or f[1](seen(part(gates, 2, H), 3, c))
    c = keep * c + i * f[2](part(gates, 3, H))
    return f[1](seen(part(gates, 4, H), 2, c)) * hidden(c), c
  end
end

-- n = g(x w + (r h) u + b), or with linear_before_reset g(x w + r (h u + b)).
function step.GRU(p)
  local H, f, g = p.wh:size(1), p.f[1], p.f[2]
  local wrz, wn = p.wh:narrow(2, 1, 2 * H), p.wh:narrow(2, 2 * H + 1, H)
  local brz, bn = p.bh:narrow(1, 1, 2 * H), p.bh:narrow(1, 2 * H + 1, H)
  return function(u, h)
    local gates = f(u:narrow(2, 1, 2 * H) + nn.linear(h, wrz, brz))
    local r, z = part(gates, 1, H), part(gates, 2, H)
    local inner = p.linear_before_reset and r * nn.linear(h, wn, bn) or nn.linear(r * h, wn, bn)
    local new = g(part(u, 3, H) + inner)
    return (new - z * new) + z * h
  end
end

--- p: x, wx [F, gates H], wh [H, gates H], bx, bh, activations (of one direction), clip, h, c (or nil: 0), lengths,
-- reverse, and what the step wants.  y [N, T, H], which is 0 behind a row's length, and the last h and c.
function cells.run(kind, p)
  local T, H, ys = p.x:size(2), p.wh:size(1), { dim = 2 }
  local function zeros() return tensor.zeros { p.x:size(1), H, dtype = p.x.dtype } end
  p.f = {}
  for i, f in ipairs(p.activations) do p.f[i] = applied(f, p.clip) end
  local us, h, c, f = nn.linear(p.x, p.wx, p.bx), p.h or zeros(), p.c or zeros(), step[kind](p)
  for k = 1, T do
    local t = p.reverse and T - k + 1 or k
    local next_h, next_c = f(us:select(2, t), h, c)
    if p.lengths then
      local on = p.lengths:ge(t):view { -1, 1 }:expand(h.shape)
      ys[t] = tensor.where(on, next_h, tensor.zeros_like(h))
      h, c = tensor.where(on, next_h, h), next_c and tensor.where(on, next_c, c)
    else
      h, c, ys[t] = next_h, next_c, next_h
    end
  end
  return tensor.stack(ys), h, c
end

return cells
