--- RNN and LSTM step by step, forward and backward.  Hochreiter and Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735
-- Claim: outputs and gradients written here equal the engine's, all thirteen: at most 1e-6 apart in f32, 1e-12 in f64.
-- Takes: under a second.
local opt = lunette.options {
  batch = 10,                  -- sequences
  steps = 10,                  -- of a sequence
  inputs = 3,                  -- features of a step
  units = 5,                   -- of the memory
  seed = 1,                    -- of inputs and weights
  quick = { steps = 6 },
}

-- 1 Data --------------------------------------------------------------------------------------------------------------
-- Random sequences x [N, T, F], a start state, weights, and the gradients dh [N, T, H] that a loss would send to the
-- outputs: the same numbers in both precisions.  Weights of the memory are halved, so that roundings die out over the
-- steps instead of growing.

local N, T, F, H = opt.batch, opt.steps, opt.inputs, opt.units
local rng = tensor.rng(opt.seed)
local function random(...) return tensor.randn { dtype = "f64", rng = rng, ... } end
local function problem(gates)
  return { x = random(N, T, F), h0 = random(N, H), c0 = random(N, H), dh = random(N, T, H),
    wx = random(F, gates * H) / F ^ 0.5, wh = random(H, gates * H) / H ^ 0.5 / 2, b = random(gates * H) }
end

-- 2 Model: one step, and its backward ---------------------------------------------------------------------------------
-- A step takes what came before and returns what comes next with a cache for its backward.  d... is dJ/d... .

local rnn, lstm = {}, {}

--- h = tanh(x Wx + h_prev Wh + b)                  x [N, F], h [N, H]
function rnn.step(p, x, state)
  local h = (x:mm(p.wx) + state.h:mm(p.wh) + p.b):tanh()
  return { h = h }, { x = x, before = state, h = h }
end

--- dz = dh (1 - h^2);  dWx = x' dz;  dWh = h_prev' dz;  db = sum dz;  dx = dz Wx';  dh_prev = dz Wh'
function rnn.step_backward(p, d, cache)
  local dz = d.h * (1 - cache.h:square())
  return { z = dz, x = dz:mm(p.wx:t()), before = { h = dz:mm(p.wh:t()) } }
end

local function sigmoid_slope(a) return a * (1 - a) end

--- [zi zf zg zo] = x Wx + h_prev Wh + b            what enters, what is kept, what is new, what is shown
--  i, f, o = sigmoid(zi), sigmoid(zf), sigmoid(zo);  g = tanh(zg)
--  c = f c_prev + i g                              the cell: an addition, through which gradients pass unshrunk
--  h = o tanh(c)
function lstm.step(p, x, state)
  local zi, zf, zg, zo = (x:mm(p.wx) + state.h:mm(p.wh) + p.b):split(H, 2)
  local i, f, g, o = zi:sigmoid(), zf:sigmoid(), zg:tanh(), zo:sigmoid()
  local c = f * state.c + i * g
  return { h = o * c:tanh(), c = c }, { x = x, before = state, i = i, f = f, g = g, o = o, tanh_c = c:tanh() }
end

--- do = dh tanh(c);  dc += dh o (1 - tanh(c)^2);  di = dc g;  dg = dc i;  df = dc c_prev;  dc_prev = dc f
--  each through the slope of its own squashing, side by side they are dz; from there as in the RNN
function lstm.step_backward(p, d, k)
  local dc = d.c + d.h * k.o * (1 - k.tanh_c:square())
  local dz = tensor.cat({
    dc * k.g * sigmoid_slope(k.i), dc * k.before.c * sigmoid_slope(k.f), dc * k.i * (1 - k.g:square()),
    d.h * k.tanh_c * sigmoid_slope(k.o),
  }, 2)
  return { z = dz, x = dz:mm(p.wx:t()), before = { h = dz:mm(p.wh:t()), c = dc * k.f } }
end

-- 3 The whole sequence ------------------------------------------------------------------------------------------------
-- Forward: the steps in order.  Backward: in reverse; at each step the loss's gradient and the one that comes from the
-- step after it add up, and so do the gradients of the weights, which all steps share.

local function sequence(cell, p)
  local is = require "lib.shapes" ()                                   -- is(x, "m 4"): x must have this shape
  local state, outputs, caches = { h = p.h0, c = p.c0 }, {}, {}
  for t = 1, T do
    state, caches[t] = cell.step(p, p.x:select(2, t), state)
    outputs[t] = is(state.h, "N H")
  end
  return tensor.stack(outputs, 2), caches
end

local function sequence_backward(cell, p, caches)
  local zeros = p.h0 * 0
  local d, dx = { wx = p.wx * 0, wh = p.wh * 0, b = p.b * 0 }, {}
  local after = { h = zeros, c = zeros }
  for t = T, 1, -1 do
    local k = caches[t]
    local step = cell.step_backward(p, { h = p.dh:select(2, t) + after.h, c = after.c }, k)
    d.wx:add_(k.x:t():mm(step.z))
    d.wh:add_(k.before.h:t():mm(step.z))
    d.b:add_(step.z:sum(1))
    dx[t], after = step.x, step.before
  end
  d.x, d.h0, d.c0 = tensor.stack(dx, 2), after.h, after.c
  return d
end

-- 4 Show --------------------------------------------------------------------------------------------------------------

local function numbered(n)
  local list = {}
  for i = 1, n do list[i] = tostring(i) end
  return list
end

local function show_gates(caches)
  local rows = { { "i", "what enters" }, { "f", "what is kept" }, { "o", "what is shown" }, { "tanh_c", "the cell" } }
  for _, row in ipairs(rows) do
    local over_time = {}
    for t = 1, T do over_time[t] = caches[t][row[1]][1] end
    local map = tensor.stack(over_time, 2)                                   -- [H, T], of the first sample
    viz.heatmap(("%s: %s"):format(row[1], row[2]), map, { x = numbered(T), y = numbered(H), xname = "step",
      yname = "unit" })
  end
end

local function show(title, names, values, shapes, limit)
  viz.bars(title, values, { labels = names, threshold = limit, log = true })
  for i, name in ipairs(names) do
    print(("%-9s %-4s %-13s %.2e"):format(i == 1 and title or "", name, shapes[i], values[i]))
  end
end

-- 5 Compare, and the result -------------------------------------------------------------------------------------------
-- The engine runs the whole sequence in one op and differentiates J = sum of h dh.

local function engine(kind, p)
  local leaf = {}
  for _, name in ipairs { "x", "wx", "wh", "b", "h0", "c0" } do leaf[name] = p[name]:clone():requires_grad() end
  local h
  if kind == "rnn" then
    h = nn.rnn { leaf.x, wx = leaf.wx, wh = leaf.wh, bx = leaf.b, h0 = leaf.h0 }
  else
    h = nn.lstm { leaf.x, wx = leaf.wx, wh = leaf.wh, bx = leaf.b, h0 = leaf.h0, c0 = leaf.c0 }
  end
  local J = (h * p.dh):sum()
  J:backward()
  return h:detach(), leaf
end

local function compare(kind, cell, source, dtype, limit)
  local p = {}
  for name, t in pairs(source) do p[name] = t:to(dtype) end
  local h, caches = sequence(cell, p)
  local d = sequence_backward(cell, p, caches)
  local want, leaf = engine(kind, p)

  local function size(t) return t:abs():max():item() end
  -- Sums over all steps and sequences can cancel, the roundings in them do not: shares of the largest of a weight.
  local weights = math.max(size(leaf.wx.grad), size(leaf.wh.grad), size(leaf.b.grad))
  local names, values, shapes = { "h" }, { size(h - want) / size(want) }, { lunette.typename(h) }
  for _, name in ipairs { "x", "wx", "wh", "b", "h0", kind == "lstm" and "c0" or nil } do
    local scale = name:find "^[wb]" and weights or size(leaf[name].grad)
    names[#names + 1], values[#values + 1] = "d" .. name, size(d[name] - leaf[name].grad) / scale
    shapes[#names] = lunette.typename(d[name])
  end
  if opt.out then assert(tensor.save(("%s/%s_step_by_step_%s.safetensors"):format(opt.out, kind, dtype), d)) end
  show(kind .. " " .. dtype, names, values, shapes, limit)
  if kind == "lstm" and dtype == "f64" then show_gates(caches) end
  return tensor(values, { dtype = "f64" }):max():item(), #values       -- NaN, too, is no small difference
end

local worst32, worst64, compared = {}, {}, 0
for k, case in ipairs { { "rnn", rnn, 1 }, { "lstm", lstm, 4 } } do
  local source = problem(case[3])
  worst32[k] = compare(case[1], case[2], source, "f32", 1e-6)
  local n
  worst64[k], n = compare(case[1], case[2], source, "f64", 1e-12)
  compared = compared + n
end
local difference, f64 = tensor(worst32):max():item(), tensor(worst64, { dtype = "f64" }):max():item()
return { measure = "difference", difference = difference, below = 1e-6, also = { { "f64", f64, below = 1e-12 },
  { "compared", compared, above = 13 } } }                             -- h and five gradients, of the LSTM six
