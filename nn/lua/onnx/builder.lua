--- builder.lua: the graph of an exported network while its noted calls become nodes (emit.lua): names, constants, and
-- sizes that stay open (sizes.lua).  What is no constant has its sizes in `dims`; one that follows from no other is
-- read from the value that has it.
local emit = require "nn.onnx.emit"
local sizes = require "nn.onnx.sizes"
local v = require "nn.onnx.values"
local io = lunette.io

local Builder = {}
Builder.__index = Builder

--- opens: open sizes of the inputs {size in one trace, in the other, name=, input=, dim=, roots=}; parameters: names by
-- tensor_id; reserved: the names of the outputs as a set.
function Builder.new(opens, parameters, reserved)
  return setmetatable({ inputs = opens, opens = v.join(opens), parameters = parameters, reserved = reserved, count = 0,
    constants = {}, numbers = {}, list = {}, names = {}, made = {}, makers = {}, by_name = {}, dims = {} }, Builder)
end

--- x, which is `other` in the other trace, is the input of that name: its sizes.
function Builder:input(x, other, name)
  local id, list = io.tensor_id(x), {}
  for d, a in ipairs(x.shape) do
    list[d] = a == other:size(d) and a or sizes.multiple(self.inputs, a, other:size(d))
  end
  self.names[id], self.made[id], self.dims[id] = name, true, list
  return v.join(list)
end

-- The names of open sizes that the inputs of a call have, or follow from.
local function roots(self, c)
  local set, list = {}, {}
  for k = 1, c.n do
    for _, size in ipairs(c.x[k] and self.dims[io.tensor_id(c.x[k])] or {}) do
      for i = 2, type(size) == "table" and #size or 0 do
        for _, name in ipairs(size[i].roots) do
          if not set[name] then list[#list + 1] = name end
          set[name] = true
        end
      end
    end
  end
  return list
end

--- Raises why a call cannot be written, and where it stands.
function Builder:fail(c, why) -- luacheck: no self
  lunette.raise(("net:export: %s%s %s"):format(c.op, c.place and " of " .. c.place or "", why))
end
--- The same where it would go with a number for a word: which.
function Builder:fail_open(c, why)
  local open = {}
  for _, name in ipairs(roots(self, c)) do
    if name ~= "batch" then open[#open + 1] = "'" .. name .. "'" end
  end
  local hint = #open > 0 and ("; with a number in place of %s in input it can be written"):format(
    table.concat(open, " and ")) or ""
  self:fail(c, why .. hint)
end

-- --- names -----------------------------------------------------------------------------------------------------------

-- A name that no output has.
function Builder:fresh(word)
  local name
  repeat
    self.count = self.count + 1
    name = ("%s_%d"):format(word, self.count)
  until not self.reserved[name]
  return name
end
function Builder:constant(x, word)
  local name = self:fresh(word)
  self.constants[#self.constants + 1] = { name, x }
  return name
end
function Builder:number(value, dtype)
  local key = ("%s %s"):format(dtype, string.pack("d", value))
  self.numbers[key] = self.numbers[key] or self:constant(tensor(value):to(dtype), "number")
  return self.numbers[key]
end
function Builder:ints(list)
  local key = "[" .. table.concat(list, ",")
  self.numbers[key] = self.numbers[key] or self:constant(v.ints(list), "ints")
  return self.numbers[key]
end
function Builder:whole(n) return self:number(n, "i64") end

function Builder:nodes(op, inputs, attr, outputs)
  local list, last = {}, 0
  for i = 1, 8 do
    if inputs[i] then last = i end
  end
  last = math.max(last, #inputs)
  for i = 1, last do list[i] = inputs[i] or "" end
  while list[#list] == "" do list[#list] = nil end
  local names = {}
  for i = 1, outputs do names[i] = self:fresh(op) end
  local n = { op = op, name = names[1], inputs = list, outputs = names, attr = attr or {} }
  self.list[#self.list + 1] = n
  for _, name in ipairs(names) do self.by_name[name] = n end
  return table.unpack(names)
end
function Builder:node(op, inputs, attr) return (self:nodes(op, inputs, attr, 1)) end

-- --- sizes -----------------------------------------------------------------------------------------------------------

-- An open size as a value i64[1], read from the value that has it; before its transpose, which may then go.
local function size_of(self, o)
  if o.node then return o.node end
  local name, d = o.input, o.dim
  local maker = self.by_name[name]
  while maker and maker.op == "Transpose" do
    name, d = maker.inputs[1], maker.attr.perm[d] + 1
    maker = self.by_name[name]
  end
  o.node = self:node("Gather", { self:node("Shape", { name }), self:ints { d - 1 } }, { axis = 0 })
  return o.node
end

--- A size as a value i64[1]; plus: a whole number more.
function Builder:size(size, plus)
  plus = plus or 0
  if type(size) == "number" then return self:ints { size + plus } end
  local name = size_of(self, size[2])
  for i = 3, #size do name = self:node("Mul", { name, size_of(self, size[i]) }) end
  if size[1] ~= 1 then name = self:node("Mul", { name, self:ints { size[1] } }) end
  return plus == 0 and name or self:node("Add", { name, self:ints { plus } })
end

--- A shape as a value: whole numbers, and open sizes; -1: what is left.
function Builder:shape(list)
  local plain, parts = true, {}
  for _, size in ipairs(list) do plain = plain and type(size) == "number" end
  if plain then return self:ints(list) end
  for d, size in ipairs(list) do parts[d] = self:size(size) end
  return #parts == 1 and parts[1] or self:node("Concat", parts, { axis = 0 })
end

-- All open sizes that are known so far as sizes, those of call c's inputs first.
local function known_sizes(self, c)
  local list = {}
  for k = 1, c and c.n or 0 do
    list = v.join(list, c.x[k] and self.dims[io.tensor_id(c.x[k])] or {})
  end
  for _, o in ipairs(self.opens) do list[#list + 1] = { 1, o } end
  return list
end

--- The size that is a in one trace and b in the other, as call c wants it: one that its inputs have, one that another
-- value has, or a product of those; nil: none.
function Builder:explained(c, a, b)
  if a == b then return a end
  return sizes.find(known_sizes(self, c), a, b) or sizes.multiple(self.opens, a, b)
end

--- A whole number that is a in one trace and b in the other as a value i64[1]: also a size and some more; nil: neither.
function Builder:whole_number(c, a, b)
  local size = self:explained(c, a, b)
  if size then return self:size(size) end
  local best, least
  for _, s in ipairs(known_sizes(self, c)) do
    local plus = a - sizes.value(s, 1)
    local far = math.abs(sizes.value(s, 1) - sizes.value(s, 2)) > 60 -- a small difference tells nothing
    if type(s) == "table" and far and plus == b - sizes.value(s, 2) and (not least or math.abs(plus) < least) then
      best, least = s, math.abs(plus)
    end
  end
  return best and self:size(best, a - sizes.value(best, 1))
end
--- A list of them as one value; nil where one is not explained.
function Builder:whole_numbers(c, list, others)
  local plain, parts = #list == #others, {}
  for i, a in ipairs(list) do plain = plain and a == others[i] end
  if plain then return self:ints(list) end
  for i, a in ipairs(list) do
    parts[i] = others[i] and self:whole_number(c, a, others[i])
    if not parts[i] then return nil end
  end
  return #parts == 1 and parts[1] or self:node("Concat", parts, { axis = 0 })
end

-- The sizes of tensor x, which is `other` in the other trace, as call c wants them.
local function wanted_sizes(self, c, x, other)
  local list = {}
  for d, a in ipairs(x.shape) do
    list[d] = self:explained(c, a, other:size(d))
    if not list[d] then
      self:fail_open(c, ("has a size that no open one explains, the %s of %s"):format(d, lunette.typename(x)))
    end
  end
  return list
end
--- The sizes of output i, where the call makes them: of an input of a broadcast, of what is filled.
function Builder:open_shape(c, i) return wanted_sizes(self, c, c.y[i], c.other.y[i]) end

--- The sizes of input k.
function Builder:sizes_of(c, k)
  return self.dims[io.tensor_id(c.x[k])] or wanted_sizes(self, c, c.x[k], c.other.x[k])
end

--- Output 1 as input 1 in another shape.
function Builder:reshape(c)
  local xs, y, other = self:sizes_of(c, 1), c.y[1], c.other.y[1]
  local list = sizes.reshaped(xs, y.shape, other.shape)
  local written, rest, empty = {}, 0, y:numel() == 0
  for d, size in ipairs(list) do
    if not size or not sizes.is(size, y:size(d), other:size(d)) then
      list[d] = self:explained(c, y:size(d), other:size(d)) or -1
    end
    rest = rest + (list[d] == -1 and 1 or 0)
  end
  if rest > 1 then
    self:fail_open(c, ("has sizes that no open one explains: from %s to %s"):format(lunette.typename(c.x[1]),
      lunette.typename(y)))
  end
  local open, last = 0, nil
  for d, size in ipairs(list) do
    written[d] = size
    if type(size) == "table" then
      if not empty and xs[d] and sizes.same(xs[d], size) then
        written[d] = 0 -- as it is there
      end
      open, last = open + 1, d
    end
  end
  if rest == 0 and open == 1 and not empty then written[last] = -1 end
  c.sizes = { list }
  return self:node("Reshape", { c[1], self:shape(written) })
end

-- --- what a call gets ------------------------------------------------------------------------------------------------

local function same(a, b)
  if a.dtype ~= b.dtype or not tensor.same_shape(a, b) then return false end
  return a:numel() == 0 or a == b
end

-- What a parameter is called in the file; nil of what is none.
function Builder:parameter(id)
  local word = self.parameters[id]
  if word and self.reserved[word] then
    word = self:fresh(word)
    self.parameters[id] = word
  end
  return word
end

-- A number that follows from an open size: it and some more, or 1 divided by it; nil: another one.
local function number_of_size(self, c, a, b, dtype)
  local i, j = math.tointeger(a), math.tointeger(b)
  local name = i and j and self:whole_number(c, i, j)
  if name then return dtype == "i64" and name or self:node("Cast", { name }, { to = v.kind_of[dtype] }) end
  if not v.kind_of[dtype] or dtype:find "^[^f]" then return nil end
  local p, q = (1 / a + 0.5) // 1 | 0, (1 / b + 0.5) // 1 | 0
  local near = math.abs(p * a - 1) < 1e-6 and math.abs(q * b - 1) < 1e-6
  local size = near and self:explained(c, p, q)
  return size and self:node("Reciprocal", { self:node("Cast", { self:size(size) }, { to = v.kind_of[dtype] }) })
end

-- Start and step of numbers that follow each other evenly, and do so in the other trace with the same step.
local function progression(flat, other)
  local n, m = flat:numel(), other:numel()
  if n < 2 or m < 2 then return nil end
  local step = flat[2] - flat[1]
  local function even(x, count)
    return (x - (tensor.arange(count):to(x.dtype) - 1) * step - x[1]):eq(0):all():item()
  end
  if other[2] - other[1] ~= step or not even(flat, n) or not even(other, m) then return nil end
  return flat[1], other[1], step
end

-- A constant whose values, or sizes, follow from open sizes: one by one, or an even row; nil: another one.
local function grown(self, c, x, other)
  local dtype, flat, more = x.dtype, x:reshape(-1), other:reshape(-1)
  if x:numel() == 0 or other:numel() == 0 or dtype == "bool" then return nil end
  if tensor.same_shape(x, other) then
    if flat:numel() > 16 then return nil end
    local parts = {}
    for i = 1, flat:numel() do
      local a, b = flat[i], more[i]
      parts[i] = a == b and self:constant(flat:narrow(1, i, 1), "number") or number_of_size(self, c, a, b, dtype)
      if not parts[i] then return nil end
    end
    return self:node("Reshape", { #parts == 1 and parts[1] or self:node("Concat", parts, { axis = 0 }),
      self:ints(x.shape) })
  end
  local first, again, step = progression(flat, more)
  if not first or step == 0 then return nil end
  local from = self:whole_number(c, first // 1 | 0, again // 1 | 0)
  local count = self:explained(c, flat:numel(), more:numel())
  if first ~= first // 1 or again ~= again // 1 or step ~= step // 1 or not from or not count then return nil end
  local function scalar(name) return self:node("Squeeze", { name, self:ints { 0 } }) end
  local width = step == 1 and self:size(count) or self:node("Mul", { self:size(count), self:ints { step // 1 | 0 } })
  local row = self:node("Range", { scalar(from), scalar(self:node("Add", { from, width })), self:whole(step // 1 | 0) })
  if dtype ~= "i64" then row = self:node("Cast", { row }, { to = v.kind_of[dtype] }) end
  return x:dim() == 1 and row or self:node("Reshape", { row, self:shape(wanted_sizes(self, c, x, other)) })
end

-- A tensor that no call on the input made: a parameter, or a constant; what differs between the traces must follow from
-- the open sizes, by itself or by the calls that made it.
function Builder:outside(c, x, other)
  local id = io.tensor_id(x)
  if self.names[id] then return self.names[id] end
  local word = self:parameter(id)
  if word or same(x, other) then
    self.names[id] = word or self:fresh "constant"
    self.constants[#self.constants + 1] = { self.names[id], x }
    return self.names[id]
  end
  local flat, more = x:reshape(-1), other:reshape(-1)
  local name
  if not tensor.same_shape(x, other) and x:numel() > 0 and flat:eq(flat[1]):all():item() and
    more:eq(flat[1]):all():item() then
    name = self:node("Expand", { self:number(flat[1], x.dtype), self:shape(wanted_sizes(self, c, x, other)) })
  else
    name = grown(self, c, x, other)
  end
  if not name and self.makers[id] then
    local made = self.makers[id]
    self.makers[id] = nil
    self:emit(made[1], made[2])
    name = self.names[id]
  end
  if not name then
    self:fail_open(c, tensor.same_shape(x, other) and "gets random numbers, or what depends on the batch"
      or "gets what depends on the batch")
  end
  self.names[id] = name
  return name
end

--- The values of input k, which must be known before it runs: weights.
function Builder:known(c, k)
  if self.made[io.tensor_id(c.x[k])] then self:fail(c, "has weights that depend on the input") end
  return c.x[k]:detach()
end
--- Input k with its dimensions in another order: a constant where it is one.
function Builder:turned(c, k, order)
  local x = c.x[k]
  if self.made[io.tensor_id(x)] then
    local perm = {}
    for i, d in ipairs(order) do perm[i] = d - 1 end
    return self:node("Transpose", { c[k] }, { perm = perm })
  end
  local id = io.tensor_id(x)
  local word = self:parameter(id)
  local key = "turned " .. (word or self:fresh "constant")
  self.numbers[key] = self.numbers[key] or self:constant(x:detach():permute(order), word or "constant")
  return self.numbers[key]
end

-- --- calls -----------------------------------------------------------------------------------------------------------

local wanted_late = { conv2d = { [2] = true }, conv1d = { [2] = true }, conv_transpose2d = { [2] = true },
  conv_transpose1d = { [2] = true }, conv3d = { [2] = true }, conv_transpose3d = { [2] = true },
  lstm = { [2] = true, [3] = true, [4] = true, [5] = true }, gru = { [2] = true, [3] = true, [4] = true, [5] = true },
  rnn = { [2] = true, [3] = true, [4] = true, [5] = true } }

-- Ops whose parameters may hold open sizes, or places counted from their end.
local OPEN = { reshape = true, view = true, expand = true, narrow = true, select = true, slice = true, pad = true,
  tile = true, ["repeat"] = true, upsample = true, adaptive_avg_pool2d = true, adaptive_max_pool2d = true }
local function alike(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then return a == b or a ~= a and b ~= b end
  if #a ~= #b then return false end
  for i = 1, #a do
    if not alike(a[i], b[i]) then return false end
  end
  return true
end

-- The sizes of what a call gives: those that its inputs have, or new ones that are read from it.
local function learn(self, c, i, name)
  local y, other, had = c.y[i], c.other.y[i], {}
  for k = 1, c.n do had = v.join(had, c.x[k] and self.dims[io.tensor_id(c.x[k])] or {}) end
  local list, told, from = {}, c.sizes and c.sizes[i] or {}, nil
  for d, a in ipairs(y.shape) do
    local b = other:size(d)
    list[d] = told[d] ~= -1 and told[d] or a == b and a or sizes.find(had, a, b)
    if not list[d] then
      from = from or roots(self, c)
      local o = { a, b, input = name, dim = d, roots = from }
      self.opens[#self.opens + 1] = o
      list[d] = { 1, o }
    end
  end
  self.dims[io.tensor_id(y)] = list
end

-- A window that is as wide as the picture in both traces would be frozen at that size.
local WINDOWS = { "^conv", "^max_pool", "^avg_pool" }
local function check_windows(self, c)
  local windows = false
  for _, pattern in ipairs(WINDOWS) do windows = windows or c.op:find(pattern) end
  for d = 2, windows and c.y[1]:dim() - 1 or 0 do
    if c.x[1]:size(d) ~= c.other.x[1]:size(d) and c.y[1]:size(d) == c.other.y[1]:size(d) then
      self:fail_open(c, ("leaves %d of sizes as different as %d and %d"):format(c.y[1]:size(d), c.x[1]:size(d),
        c.other.x[1]:size(d)))
    end
  end
end

-- Writes the nodes of a call.
function Builder:emit(c, other)
  c.other = other
  if not emit[c.op] then self:fail(c, "has no form in ONNX here") end
  for name, value in pairs(c.p) do
    if not OPEN[c.op] and not alike(value, other.p[name]) then
      self:fail_open(c, ("has a %s that depends on the batch"):format(name))
    end
  end
  check_windows(self, c)
  for k = 1, c.n do
    local x = c.x[k]
    local late = wanted_late[c.op] and wanted_late[c.op][k] and x and not self.made[io.tensor_id(x)]
    if late then
      c[k] = "late"
    elseif x then
      c[k] = self.names[io.tensor_id(x)] or self:outside(c, x, other.x[k])
    end
  end
  local results = table.pack(emit[c.op](self, c))
  if results[1] == nil then self:fail_open(c, "in this form is not done") end
  for i, y in pairs(c.y) do
    if results[i] then
      local id = io.tensor_id(y)
      self.names[id], self.made[id] = results[i], true
      learn(self, c, i, results[i])
    end
  end
end

-- Raises that the traces part at call c.
function Builder:other_steps(c)
  local words = {}
  for _, o in ipairs(self.inputs) do
    if o.name ~= "batch" then words[#words + 1] = ("'%s'"):format(o.name) end
  end
  local hint = #words > 0 and ("; with a number in place of %s in input it can be written"):format(
    table.concat(words, " and ")) or ""
  lunette.raise(("net:export: the network does something else with another %s, at its step %s%s%s"):format(
    #words == 0 and "batch" or "size", c.op, c.place and " of " .. c.place or "", hint))
end

--- Call c of one trace and its like of the other; place: what it is part of, as text, or nil.  One that has nothing of
-- the input in it is done: its results are constants, where somebody wants them.
function Builder:call(c, other, place)
  c.place = place
  if other == nil or c.op ~= other.op or c.n ~= other.n then self:other_steps(c) end
  local known = true
  for k = 1, c.n do known = known and not (c.x[k] and self.made[io.tensor_id(c.x[k])]) end
  if known and not c.y[1].is_meta then
    for _, y in pairs(c.y) do self.makers[io.tensor_id(y)] = { c, other } end
  else
    self:emit(c, other)
  end
end

return Builder
