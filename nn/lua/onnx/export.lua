--- export.lua: net:export(path, {input=shape}): a network as an ONNX file, by noting what it computes.  It runs twice
-- on tensors of shapes only, with batches of 2 and of 3 (and as much for other sizes that are to stay open): what
-- differs between the two is the batch, and stays open in the file; what has another reason to differ is refused.
local emit = require "nn.onnx.emit"
local write = require "nn.onnx.write"
local v = require "nn.onnx.values"
local io = lunette.io

local SET = 17
local Builder = {}
Builder.__index = Builder

function Builder:fail(c, why) lunette.raise(("net:export: %s %s"):format(c.op, why)) end -- luacheck: no self

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
  self.list[#self.list + 1] = { op = op, name = names[1], inputs = list, outputs = names, attr = attr or {} }
  return table.unpack(names)
end
function Builder:node(op, inputs, attr) return (self:nodes(op, inputs, attr, 1)) end

-- --- sizes that stay open: the batch, and those that are given by name -----------------------------------------------

-- The two sizes that each has while the network is traced: no other size is k times the one and then the other.
local PAIRS = { { 2, 3 }, { 5, 7 }, { 11, 13 }, { 17, 19 }, { 23, 29 } }

-- Which open size is k times itself in both traces: {k, it}.
function Builder:times(size, more)
  for _, o in ipairs(self.opens) do
    local k = size // o[1]
    if k * o[1] == size and k * o[2] == more then return { k, o } end
  end
end
-- Sizes of output i of a call; those that are k times an open one as {k, it}.
function Builder:open(x, other, c)
  local shape = {}
  for d, size in ipairs(x.shape) do
    local more = other:size(d)
    shape[d] = size == more and size or self:times(size, more)
    if not shape[d] then
      self:fail(c, ("has a size that the batch does not explain: %s"):format(lunette.typename(x)))
    end
  end
  return shape
end
function Builder:open_shape(c, i) return self:open(c.y[i], c.other.y[i], c) end

-- An open size as a value, read from an input that has it.
function Builder:size_of(o)
  o.node = o.node or self:node("Gather", { self:node("Shape", { o.input }), self:ints { o.dim - 1 } }, { axis = 0 })
  return o.node
end
-- A shape as a value: whole numbers, and open sizes.
function Builder:shape(sizes)
  local plain, parts = true, {}
  for _, size in ipairs(sizes) do plain = plain and type(size) == "number" end
  if plain then return self:ints(sizes) end
  for d, size in ipairs(sizes) do
    if type(size) == "number" then
      parts[d] = self:ints { size }
    else
      local one = self:size_of(size[2])
      parts[d] = size[1] == 1 and one or self:node("Mul", { one, self:ints { size[1] } })
    end
  end
  return #parts == 1 and parts[1] or self:node("Concat", parts, { axis = 0 })
end
function Builder:reshape(x, sizes)
  local open, list = 0, {}
  for d, size in ipairs(sizes) do
    if type(size) == "table" then open = open + 1 end
    list[d] = type(size) == "table" and -1 or size
  end
  for _, size in ipairs(list) do
    if size == 0 then open = 2 end
  end
  return self:node("Reshape", { x, open < 2 and self:ints(list) or self:shape(sizes) })
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

-- A tensor that no noted op made: a parameter, or a constant.  One that grows with the batch must be of one value.
function Builder:outside(c, x, other)
  local id = io.tensor_id(x)
  if self.names[id] then return self.names[id] end
  local word = self:parameter(id)
  local name
  if tensor.same_shape(x, other) then
    if not word and not same(x, other) then self:fail(c, "gets random numbers, or what depends on the batch") end
    name = word or self:fresh "constant"
    self.constants[#self.constants + 1] = { name, x }
  else
    local flat = x:reshape(-1)
    if x:numel() == 0 or not flat:eq(flat[1]):all():item() then self:fail(c, "gets what depends on the batch") end
    name = self:node("Expand", { self:number(flat[1], x.dtype), self:shape(self:open(x, other, c)) })
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

-- --- the graph -------------------------------------------------------------------------------------------------------

local wanted_late = { conv2d = { [2] = true }, conv1d = { [2] = true }, conv_transpose2d = { [2] = true },
  conv_transpose1d = { [2] = true }, conv3d = { [2] = true }, conv_transpose3d = { [2] = true },
  lstm = { [2] = true, [3] = true, [4] = true, [5] = true }, gru = { [2] = true, [3] = true, [4] = true, [5] = true },
  rnn = { [2] = true, [3] = true, [4] = true, [5] = true } }

-- Ops whose parameters may hold open sizes, or places counted from their end.
local OPEN = { reshape = true, view = true, expand = true, narrow = true, select = true, slice = true }
local function alike(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then return a == b or a ~= a and b ~= b end
  if #a ~= #b then return false end
  for i = 1, #a do
    if not alike(a[i], b[i]) then return false end
  end
  return true
end

function Builder:call(c, other)
  if other == nil or c.op ~= other.op or c.n ~= other.n then
    lunette.raise(("net:export: the network does something else with another batch, at its step %s"):format(c.op))
  end
  local f = emit[c.op]
  if not f then lunette.raise(("net:export: %s has no form in ONNX here"):format(c.op)) end
  c.other = other
  for name, value in pairs(c.p) do
    if not OPEN[c.op] and not alike(value, other.p[name]) then
      self:fail(c, ("has a %s that depends on the batch"):format(name))
    end
  end
  local known = true -- nothing of the input in it: then its results are constants, where somebody wants them
  for k = 1, c.n do known = known and not (c.x[k] and self.made[io.tensor_id(c.x[k])]) end
  if known and not c.y[1].is_meta then return end
  for k = 1, c.n do
    local x = c.x[k]
    local late = wanted_late[c.op] and wanted_late[c.op][k] and x and not self.made[io.tensor_id(x)]
    if late then
      c[k] = "late"
    elseif x then
      c[k] = self.names[io.tensor_id(x)] or self:outside(c, x, other.x[k])
    end
  end
  local results = table.pack(f(self, c))
  if results[1] == nil then lunette.raise(("net:export: %s in this form is not done"):format(c.op)) end
  for i, y in pairs(c.y) do
    if results[i] then
      local id = io.tensor_id(y)
      self.names[id], self.made[id] = results[i], true
    end
  end
end

-- Nodes whose results nobody wants go, and a transpose that undoes the one before it.
local function tidy(b, outputs)
  local maker = {}
  for _, n in ipairs(b.list) do
    for _, name in ipairs(n.outputs) do maker[name] = n end
  end
  local alias = {}
  for _, n in ipairs(b.list) do
    for i, name in ipairs(n.inputs) do n.inputs[i] = alias[name] or name end
    local before = n.op == "Transpose" and maker[n.inputs[1]]
    if before and before.op == "Transpose" then
      local perm, plain = {}, true
      for i, d in ipairs(n.attr.perm) do
        perm[i] = before.attr.perm[d + 1]
        plain = plain and perm[i] == i - 1
      end
      n.inputs[1], n.attr.perm = before.inputs[1], perm
      if plain then alias[n.outputs[1]] = before.inputs[1] end
    end
  end
  for i, name in ipairs(outputs) do outputs[i] = alias[name] or name end
  local wanted, list = {}, {}
  for _, name in ipairs(outputs) do wanted[name] = true end
  for i = #b.list, 1, -1 do
    local n, need = b.list[i], false
    for _, name in ipairs(n.outputs) do need = need or wanted[name] end
    if need then
      table.insert(list, 1, n)
      for _, name in ipairs(n.inputs) do wanted[name] = true end
    end
  end
  b.list = list
  local constants = {}
  for _, c in ipairs(b.constants) do
    if wanted[c[1]] then constants[#constants + 1] = c end
  end
  b.constants = constants
end

-- The open sizes of the inputs, as they come: {size in one trace, in the other, name=, input=, dim=}.
local function opens_of(shapes)
  local opens, by_name = {}, {}
  for _, s in ipairs(shapes) do
    for d, size in ipairs(s) do
      local name = type(size) == "string" and size or d == 1 and "batch"
      if name and not by_name[name] then
        local pair = PAIRS[#opens + 1]
        if not pair then lunette.raise(("net:export: more than %d sizes stay open"):format(#PAIRS)) end
        opens[#opens + 1] = { pair[1], pair[2], name = name, input = s.name, dim = d }
        by_name[name] = opens[#opens]
      end
    end
  end
  return opens, by_name
end

-- The network on shapes, with the open sizes of one trace (which = 1, 2).
local function traced(self, shapes, by_name, which)
  local inputs, by_key, outputs = {}, {}, nil
  for i, s in ipairs(shapes) do
    local shape = { dtype = s.dtype }
    for d, size in ipairs(s) do
      local open = by_name[type(size) == "string" and size or d == 1 and "batch"]
      shape[d] = open and open[which] or size
    end
    inputs[i] = tensor.meta(shape)
    by_key[s.name] = inputs[i]
  end
  local calls = io.trace(function()
    if shapes.named then outputs = table.pack(self(by_key)) else outputs = table.pack(self(table.unpack(inputs))) end
  end)
  return calls, inputs, outputs
end

local function parameters_of(self)
  local names = {}
  for _, entry in ipairs(self:named_tensors()) do names[io.tensor_id(entry[2])] = entry[1] end
  return names
end

-- The keys of a table of outputs: of a model's file in its order, else numbers first, then names by alphabet.
local function keys_of(self, outputs)
  local keys = {}
  for _, o in ipairs(rawget(self, "_graph") and self._graph.outputs or {}) do
    if outputs[o.name] ~= nil then keys[#keys + 1] = o.name end
  end
  if #keys > 0 then return keys end
  for key in pairs(outputs) do keys[#keys + 1] = key end
  table.sort(keys, function(p, q)
    if type(p) == type(q) then return p < q end
    return type(p) == "number"
  end)
  return keys
end

-- The tensors that the network gives, several or in one table, and the names that they get.
local function outputs_in_order(self, outputs)
  local list, names = {}, {}
  for i = 1, outputs.n do
    if lunette.is_tensor(outputs[i]) then list[#list + 1] = outputs[i] end
  end
  if #list == 0 and type(outputs[1]) == "table" then
    for i, key in ipairs(keys_of(self, outputs[1])) do
      list[i], names[i] = outputs[1][key], type(key) == "string" and key or nil
      if not lunette.is_tensor(list[i]) then
        lunette.raise(("net:export: output '%s' is no tensor but %s"):format(key, lunette.typename(list[i])))
      end
    end
  end
  if #list == 0 then lunette.raise "net:export: the network gives no tensor" end
  for i = 1, #list do names[i] = names[i] or (#list == 1 and "output" or "output" .. i) end
  return list, names
end

-- The names of the outputs as a set; none is an input's or another's.
local function reserved(shapes, names)
  local set, taken = {}, {}
  for _, s in ipairs(shapes) do taken[s.name] = "an input" end
  for _, name in ipairs(names) do
    if taken[name] then lunette.raise(("net:export: output '%s' is named as %s is"):format(name, taken[name])) end
    taken[name], set[name] = "another output", true
  end
  return set
end

local function build(self, shapes)
  local opens, by_name = opens_of(shapes)
  local calls, inputs, outputs = traced(self, shapes, by_name, 1)
  local others, _, more = traced(self, shapes, by_name, 2)
  local list, called = outputs_in_order(self, outputs)
  local again, names = outputs_in_order(self, more), {}
  local b = setmetatable({ reserved = reserved(shapes, called),
    count = 0, constants = {}, numbers = {}, list = {}, names = {}, made = {}, opens = opens,
    parameters = parameters_of(self) }, Builder)
  local g = { inputs = {}, outputs = {} }
  for i, x in ipairs(inputs) do
    local id, s = io.tensor_id(x), shapes[i]
    b.names[id], b.made[id] = s.name, true
    local shape = v.join(s)
    if type(s[1]) == "number" then shape[1] = "batch" end
    g.inputs[i] = { s.name, x.dtype, shape }
  end
  if #calls ~= #others then lunette.raise "net:export: the network does something else with another batch" end
  for i, c in ipairs(calls) do b:call(c, others[i]) end
  for i, y in ipairs(list) do
    names[i] = b.names[io.tensor_id(y)]
    if not names[i] then lunette.raise "net:export: an output does not depend on the input" end
  end
  local last = v.join(names)
  tidy(b, last)
  for i, name in ipairs(last) do -- their own names, also of what is an input or comes twice
    local out = called[i]
    b.list[#b.list + 1] = { op = "Identity", name = out, inputs = { name }, outputs = { out }, attr = {} }
    local shape = b:open(list[i], again[i], { op = "its output" })
    for d, size in ipairs(shape) do
      if type(size) == "table" then
        shape[d] = size[1] == 1 and size[2].name or ("%s*%d"):format(size[2].name, size[1])
      end
    end
    g.outputs[i] = { out, list[i].dtype, shape }
  end
  g.nodes, g.constants = b.list, b.constants
  return g
end

-- What was given as a list of inputs, and their names: one shape or tensor, several, or several by name, which the
-- network gets as one table.
local function listed(input)
  if lunette.is_tensor(input) or type(input) ~= "table" then return { input }, { "input" } end
  local list, names = {}, {}
  if input[1] == nil and next(input) ~= nil then
    for name in pairs(input) do names[#names + 1] = tostring(name) end
    table.sort(names)
    for i, name in ipairs(names) do list[i] = input[name] end
    return list, names, true
  end
  list = (type(input[1]) == "table" or lunette.is_tensor(input[1])) and input or { input }
  for i = 1, #list do names[i] = #list == 1 and "input" or "input" .. i end
  return list, names
end

local function shapes_of(input)
  local list, names, named = listed(input)
  local shapes = { named = named }
  for i, x in ipairs(list) do
    local is = lunette.is_tensor(x)
    if not is and type(x) ~= "table" then
      lunette.raise(("net:export: %s: a shape or a tensor expected, got %s"):format(names[i], lunette.typename(x)))
    end
    shapes[i] = v.join(is and x.shape or x)
    shapes[i].name = names[i]
    shapes[i].dtype = is and x.dtype or x.dtype or "f32"
    if #shapes[i] == 0 then lunette.raise "net:export: an input needs a batch as its first dimension" end
    local shown = {}
    for k, size in ipairs(shapes[i]) do shown[k] = tostring(size) end
    local text = table.concat(shown, ", ")
    for _, size in ipairs(shapes[i]) do
      if type(size) ~= "string" and (math.type(size) ~= "integer" or size < 0) then
        lunette.raise(("net:export: input = {%s}: %s is no size"):format(text, tostring(size)))
      end
    end
  end
  return shapes
end

--- Writes `net`, in use and not in training; true, or nil and why the file could not be written.
return function(net, path, opt)
  local input = opt.input or rawget(net, "_expects")
  if not input then lunette.raise 'net:export: input is missing: net:export("net.onnx", {input = {1, 28, 28, 1}})' end
  local was, plain = {}, {}
  net:apply(function(m)
    was[m] = m.training
    if rawget(m, "_graph") then -- of a file: as it is there
      plain[m] = rawget(m, "_plain") or false
      rawset(m, "_plain", true)
    end
  end)
  net:eval()
  local ok, g = pcall(function()
    return tensor.enable_grad(function() return build(net, shapes_of(input)) end)
  end)
  for m, training in pairs(was) do rawset(m, "training", training) end
  for m, on in pairs(plain) do rawset(m, "_plain", on) end
  if not ok then error(g, 0) end
  return io.write_pieces(path, write.model(g, SET))
end
