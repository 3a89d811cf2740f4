--- stream.lua: networks over sequences that come block by block.
--   local step = net:eval():stream()
--   for block in audio.listen{...} do local y = step(block) ... end
-- step(x [N, T, F]) gives what the whole sequence up to here adds to net's output, or nil when that is nothing yet;
-- what a layer must remember lies in the step.  A class of one's own has its steps by a method `stream` that returns
-- such a function.
local record = require "nn.record"

local function wants_eval(self)
  if self.training then
    lunette.raise(("net:stream: %s is in training; call net:eval() first"):format(self.__name))
  end
end

record.method { name = "stream", args = "()", see = "net:eval, audio.running",
  doc = "a function of blocks [N, T, F] of a sequence that gives what each adds to net's output, or nil; its state "
    .. "lies in it; for GRU, LSTM, RNN, causal Conv1d and layers that see each step alone, after net:eval()",
  example = "step = net:eval():stream()\nprint(step(tensor.ones(1, 4, 2)))",
  example2 = 'net = nn.Sequential{nn.Conv1d{2, 3, 5, padding = "causal"}, nn.GRU(3, 4)}\n'
    .. "print(net:eval():stream()(tensor.ones(1, 4, 2)).shape[2])" }
function nn.Module:stream()
  lunette.raise(("net:stream: %s may need the whole sequence; give it a method stream() that returns a function of a "
    .. "block"):format(self.__name))
end

-- Layers that see every step alone.
for _, name in ipairs { "Linear", "ReLU", "ReLU6", "LeakyReLU", "ELU", "GELU", "SiLU", "Softplus", "Hardtanh", "Tanh",
  "Sigmoid", "SELU", "CELU", "Mish", "Hardswish", "Hardsigmoid", "LogSigmoid", "Softsign", "Tanhshrink", "GLU", "PReLU",
  "Identity", "Lambda", "Embedding", "LayerNorm", "RMSNorm", "BatchNorm", "Dropout", "Dropout2d" } do
  nn[name].stream = function(self)
    wants_eval(self)
    return function(x) return self(x) end
  end
end

for _, name in ipairs { "Softmax", "LogSoftmax" } do
  nn[name].stream = function(self)
    wants_eval(self)
    if self.opt.dim ~= -1 and self.opt.dim ~= 3 then
      lunette.raise(("net:stream: %s over dimension %d needs the whole sequence"):format(name, self.opt.dim))
    end
    return function(x) return self(x) end
  end
end

function nn.Sequential:stream()
  wants_eval(self)
  local steps = {}
  for i = 1, #self do steps[i] = self[i]:stream() end
  local dtype                                                            -- of all blocks: a refused one leaves no trace
  return function(x)
    local _ <close> = tensor.no_grad()
    if lunette.is_tensor(x) and dtype and x.dtype ~= dtype then
      lunette.raise(("net:stream: a block is %s, those before were %s"):format(lunette.typename(x), dtype))
    end
    local of = lunette.is_tensor(x) and x.dtype or nil
    for i = 1, #steps do
      x = steps[i](x)
      if i == 1 then dtype = dtype or of end
      if x == nil then return nil end
    end
    return x
  end
end

-- The state after a block is where the next one begins.
local function recurrent(self)
  wants_eval(self)
  if self.opt.bidirectional then
    lunette.raise(("net:stream: a bidirectional %s needs the whole sequence"):format(self.__name))
  end
  local state = {}
  return function(x)
    local _ <close> = tensor.no_grad()
    local y
    y, state.h, state.c = self(x, state)
    return y
  end
end
nn.RNN.stream, nn.LSTM.stream, nn.GRU.stream = recurrent, recurrent, recurrent

-- A convolution keeps the steps that later outputs see too; one without padding waits for its first full window.
function nn.Conv1d:stream()
  wants_eval(self)
  local opt = self.opt
  local first = type(opt.padding) == "table" and opt.padding or { opt.padding or 0, opt.padding or 0 }
  if opt.same or (first[2] or first[1]) ~= 0 then
    lunette.raise('net:stream: Conv1d with zeros after the sequence cannot run block by block; padding="causal"')
  end
  local function one(v) return type(v) == "table" and v[1] or v end
  local stride, span = one(opt.stride), (self.weight:size(1) - 1) * one(opt.dilation) + 1
  local kept, skip = nil, 0                                              -- skip: steps that no output sees
  return function(x)
    local _ <close> = tensor.no_grad()
    if not lunette.is_tensor(x) or x:dim() ~= 3 or x.dtype ~= self.weight.dtype then
      lunette.raise(("net:stream: a block %s[N, T, F] expected, got %s"):format(self.weight.dtype, lunette.typename(x)))
    end
    if kept then
      x = tensor.cat({ kept, x }, 2)
    elseif first[1] > 0 then
      x = tensor.cat({ tensor.zeros(x:size(1), first[1], x:size(3), { dtype = x.dtype }), x }, 2)
    end
    local over = math.min(skip, x:size(2))
    x, skip = x:narrow(2, over + 1, x:size(2) - over), skip - over
    local n = (x:size(2) - span) // stride + 1
    if n < 1 then
      kept = x:clone()
      return nil
    end
    local y = nn.conv1d { x, self.weight, self.bias, stride = opt.stride, dilation = opt.dilation, groups = opt.groups,
      act = opt.act, slope = opt.slope }
    local used = math.min(n * stride, x:size(2))
    skip = n * stride - used
    kept = x:narrow(2, used + 1, x:size(2) - used):clone()
    return y
  end
end
