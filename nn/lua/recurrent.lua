--- recurrent.lua: RNN, LSTM and GRU over whole sequences [N, T, F], and their cells alone.
-- nn.LSTM(in, hidden, {layers, bidirectional, dropout, bias}); net(x, {h =, c =, lengths =}) gives
-- y [N, T, directions * hidden] and the last h (and c) [layers * directions, N, hidden].

local arguments, whole = nn.arguments, lunette.whole

local GATES = { rnn = 1, lstm = 4, gru = 3 }

-- The weights of one layer in one direction: wx [i, G h], wh [h, G h], bx, bh [G h], uniform within 1 / sqrt(h).
local function weights(op, i, h, bias)
  local g = GATES[op] * h
  local function one(...) return nn.init.default(tensor.empty(...), h):requires_grad() end
  return { one(i, g), one(h, g), bias and one(g) or nil, bias and one(g) or nil }
end

local NAMES = { "wx", "wh", "bx", "bh" }

local function sequence(name, op, more)
  local class = nn.class(name)
  nn[name] = class
  local known = { layers = 1, bidirectional = false, dropout = 0, bias = true }
  for k, v in pairs(more or {}) do known[k] = v end

  function class:init(...)
    local what = "nn." .. name
    local opt, i, h = arguments(what, known, 2, ...)
    whole(what, "in", i)
    whole(what, "hidden", h)
    whole(what, "layers", opt.layers)
    rawset(self, "opt", opt)
    rawset(self, "sizes", { i, h })
    local directions = opt.bidirectional and 2 or 1
    for layer = 1, opt.layers do
      for d = 1, directions do
        local w = weights(op, layer == 1 and i or h * directions, h, opt.bias)
        for k, key in ipairs(NAMES) do
          if w[k] then self[key .. layer .. (d == 2 and "_reverse" or "")] = w[k] end
        end
      end
    end
  end

  -- One layer in one direction; slot counts layers and directions.
  local function run(self, x, layer, reverse, state, slot)
    local suffix = layer .. (reverse and "_reverse" or "")
    local h, c = state.h, state.c
    local call = { x, self["wx" .. suffix], self["wh" .. suffix], bx = self["bx" .. suffix], bh = self["bh" .. suffix],
      h0 = h and h[slot] or nil, lengths = state.lengths, reverse = reverse or nil }
    if op == "lstm" then call.c0 = c and c[slot] or nil end
    if op == "rnn" then call.act = self.opt.act end
    return nn[op](call)
  end

  --- net(x, {h, c, lengths}) -> y, h, c.
  function class:forward(x, state)
    state = lunette.checked(name, state, { h = lunette.none, c = lunette.none, lengths = lunette.none })
    local opt, hs, cs = self.opt, {}, {}
    for layer = 1, opt.layers do
      local slot = #hs + 1
      local y
      y, hs[slot], cs[slot] = run(self, x, layer, false, state, slot)
      if opt.bidirectional then
        local back
        back, hs[slot + 1], cs[slot + 1] = run(self, x, layer, true, state, slot + 1)
        y = tensor.cat { y, back, dim = 3 }
      end
      if opt.dropout > 0 and layer < opt.layers and self.training then y = nn.dropout { y, p = opt.dropout } end
      x = y
    end
    hs.dim, cs.dim = 1, 1
    return x, tensor.stack(hs), op == "lstm" and tensor.stack(cs) or nil
  end

  function class:label()
    local opt = self.opt
    return ("%s(%d,%d%s%s)"):format(name, self.sizes[1], self.sizes[2],
      opt.layers > 1 and ",layers=" .. opt.layers or "", opt.bidirectional and ",bidirectional" or "")
  end
  function class:input_shape() return { 1, 1, self.sizes[1] } end
end

--- h = tanh(x wx + bx + h wh + bh); Elman 1990.  {act = "relu"} instead of tanh.
sequence("RNN", "rnn", { act = "tanh" })
--- Hochreiter and Schmidhuber 1997; gates i f g o.
sequence("LSTM", "lstm")
--- Cho et al. 2014, arXiv:1406.1078; gates r z n.
sequence("GRU", "gru")

-- --- one step -------------------------------------------------------------------------------------------------------

local function cell(name, op)
  local class = nn.class(name)
  nn[name] = class
  function class:init(...)
    local what = "nn." .. name
    local opt, i, h = arguments(what, { bias = true }, 2, ...)
    whole(what, "in", i)
    whole(what, "hidden", h)
    rawset(self, "sizes", { i, h })
    local w = weights(op, i, h, opt.bias)
    for k, key in ipairs(NAMES) do
      if w[k] then self[key] = w[k] end
    end
  end
  --- cell(x [N, F], h [N, H], c) -> h, c; a state that is absent is zero.
  function class:forward(x, h, c)
    local call = { x:view(x:size(1), 1, -1), self.wx, self.wh, bx = self.bx, bh = self.bh, h0 = h }
    if op == "lstm" then call.c0 = c end
    local _, last, cells = nn[op](call)
    return last, cells
  end
  function class:label() return ("%s(%d,%d)"):format(name, self.sizes[1], self.sizes[2]) end
  function class:input_shape() return { 1, self.sizes[1] } end
end
cell("RNNCell", "rnn")
cell("LSTMCell", "lstm")
cell("GRUCell", "gru")
