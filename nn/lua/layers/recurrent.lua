--- recurrent.lua: RNN, LSTM and GRU over whole sequences [N, T, F], and their cells alone.
-- nn.LSTM(in, hidden, {layers, bidirectional, dropout, bias}); net(x, {h =, c =, lengths =}) gives
-- y [N, T, directions * hidden] and the last h (and c) [layers * directions, N, hidden].

local layer = require "nn.layer"
local record = require "nn.record"
local none = lunette.none

local GATES = { rnn = 1, lstm = 4, gru = 3 }

-- The weights of one layer in one direction: wx [i, G h], wh [h, G h], bx, bh [G h], uniform within 1 / sqrt(h).
local function weights(op, i, h, bias)
  local g = GATES[op] * h
  local function one(...) return nn.init.default(tensor.empty(...), h):requires_grad() end
  return { one(i, g), one(h, g), bias and one(g) or nil, bias and one(g) or nil }
end

local NAMES = { "wx", "wh", "bx", "bh" }

local bias = { "bias", true, "adds biases" }
local options = { { "layers", 1, "one upon the other", "whole" }, { "bidirectional", false, "also from the end" },
  { "dropout", 0, "between layers", { 0, 1 } }, bias }

-- A GRU as it was first published (Cho et al. 2014, arXiv:1406.1078): the reset comes before the product, and there is
-- one bias: r = s(u_r + h w_r), z = s(u_z + h w_z), n = tanh(u_n + (r h) w_n), h = (1 - z) n + z h, u = x wx + bx.
-- x [N,T,F] -> y [N,T,H], h [N,H]; beyond a sample's length y is 0 and the state stays.
local function gru_reset_before(call)
  local x, wx, wh = call[1], call[2], call[3]
  local N, T, H = x:size(1), x:size(2), wh:size(1)
  local u = nn.linear(x, wx, call.bx)
  local gates, candidate = wh:narrow(2, 1, 2 * H), wh:narrow(2, 2 * H + 1, H)
  local h = call.h0 or tensor.zeros(N, H, { dtype = x.dtype })
  local from, to, by = 1, T, 1
  if call.reverse then from, to, by = T, 1, -1 end
  local ys = { dim = 2 }
  for t = from, to, by do
    local ut = u:select(2, t)                                            -- [N, 3H]
    local rz = (ut:narrow(2, 1, 2 * H) + h:mm(gates)):sigmoid()
    local r, z = rz:narrow(2, 1, H), rz:narrow(2, H + 1, H)
    local n = (ut:narrow(2, 2 * H + 1, H) + (r * h):mm(candidate)):tanh()
    local now = n + z * (h - n)
    if call.lengths then
      local valid = call.lengths:ge(t):unsqueeze(2)
      h, ys[t] = tensor.where(valid, now, h), tensor.where(valid, now, 0)
    else
      h, ys[t] = now, now
    end
  end
  return T > 0 and tensor.stack(ys) or tensor.zeros(N, 0, H, { dtype = x.dtype }), h
end

-- What is given with a call.
local function state_options(op)
  local state_of = "[layers * directions,N,H] to begin from"
  local h, c = { "h", none, state_of, "any", shown = "zeros" }, { "c", none, state_of, "any", shown = "zeros" }
  local lengths = { "lengths", none, "i64[N]: how much of each sequence counts", "any", shown = "all" }
  return op == "lstm" and { h, c, lengths } or { h, lengths }
end

local function sequence(name, op, doc, see, more)
  local opts, given = { table.unpack(options) }, state_options(op)
  opts[#opts + 1] = more

  -- One layer in one direction; slot counts layers and directions.
  local function run(self, x, k, reverse, state, slot)
    local suffix = k .. (reverse and "_reverse" or "")
    local h, c = state.h, state.c
    local call = { x, self["wx" .. suffix], self["wh" .. suffix], bx = self["bx" .. suffix], bh = self["bh" .. suffix],
      h0 = h and h[slot] or nil, lengths = state.lengths, reverse = reverse or nil }
    if op == "lstm" then call.c0 = c and c[slot] or nil end
    if op == "rnn" then call.act = self.opt.act end
    if self.opt.reset == "before" then return gru_reset_before(call) end
    return nn[op](call)
  end

  --- net(x, {h, c, lengths}) -> y, h, c.
  local function forward(self, x, state)
    state = record.checked(name, state, given)
    local opt, hs, cs = self.opt, {}, {}
    for k = 1, opt.layers do
      local slot = #hs + 1
      local y
      y, hs[slot], cs[slot] = run(self, x, k, false, state, slot)
      if opt.bidirectional then
        local back
        back, hs[slot + 1], cs[slot + 1] = run(self, x, k, true, state, slot + 1)
        y = tensor.cat { y, back, dim = 3 }
      end
      if opt.dropout > 0 and k < opt.layers and self.training then y = nn.dropout { y, p = opt.dropout } end
      x = y
    end
    hs.dim, cs.dim = 1, 1
    return x, tensor.stack(hs), op == "lstm" and tensor.stack(cs) or nil
  end

  layer { name = name, args = { "in", "hidden" }, doc = doc, options = opts, call = "(3, 4)",
    input = "tensor.randn(2, 5, 3)", see = see, forward = forward, given = { "x", given },
    init = function(self, opt, i, h)
      rawset(self, "sizes", { i, h })
      local directions = opt.bidirectional and 2 or 1
      for k = 1, opt.layers do
        for d = 1, directions do
          local w = weights(op, k == 1 and i or h * directions, h, opt.bias)
          if opt.reset == "before" then w[4] = nil end                   -- one bias
          for n, key in ipairs(NAMES) do
            if w[n] then self[key .. k .. (d == 2 and "_reverse" or "")] = w[n] end
          end
        end
      end
    end,
    label = function(self)
      local opt = self.opt
      return ("%s(%d,%d%s%s%s)"):format(name, self.sizes[1], self.sizes[2],
        opt.layers > 1 and ",layers=" .. opt.layers or "", opt.bidirectional and ",bidirectional" or "",
        opt.reset == "before" and ",reset=before" or "")
    end,
    input_shape = function(self) return { 1, 1, self.sizes[1] } end }
end

sequence("RNN", "rnn", "h = tanh(x wx + bx + h wh + bh) along [N,T,F]; gives y and the last h; Elman 1990",
  "nn.LSTM, nn.GRU", { "act", "tanh", "or relu", { "tanh", "relu" } })
sequence("LSTM", "lstm", "long short-term memory along [N,T,F], gates i f g o; gives y, h, c; Hochreiter and "
  .. "Schmidhuber 1997", "nn.lstm, nn.GRU")
sequence("GRU", "gru", "gated recurrent units along [N,T,F], gates r z n; gives y and the last h; Cho et al. 2014, "
  .. "arXiv:1406.1078", "nn.gru, nn.LSTM", { "reset", "after", "the product with h, as PyTorch and cuDNN; or before "
  .. "it, with one bias, as published", { "after", "before" } })

-- --- one step -------------------------------------------------------------------------------------------------------

-- cell(x [N, F], h [N, H], c) -> h, c; a state that is absent is zero.
local function cell(of, op)
  local name = of .. "Cell"
  layer { name = name, args = { "in", "hidden" }, options = { bias }, call = "(3, 4)", input = "tensor.randn(2, 3)",
    doc = ("one step of nn.%s: cell(x [N,F], h [N,H]%s)"):format(of, op == "lstm" and ", c" or ""), see = "nn." .. of,
    init = function(self, opt, i, h)
      rawset(self, "sizes", { i, h })
      local w = weights(op, i, h, opt.bias)
      for k, key in ipairs(NAMES) do
        if w[k] then self[key] = w[k] end
      end
    end,
    forward = function(self, x, h, c)
      local call = { x:view(x:size(1), 1, -1), self.wx, self.wh, bx = self.bx, bh = self.bh, h0 = h }
      if op == "lstm" then call.c0 = c end
      local _, last, cells = nn[op](call)
      return last, cells
    end,
    label = function(self) return ("%s(%d,%d)"):format(name, self.sizes[1], self.sizes[2]) end,
    input_shape = function(self) return { 1, self.sizes[1] } end }
end
cell("RNN", "rnn")
cell("LSTM", "lstm")
cell("GRU", "gru")
