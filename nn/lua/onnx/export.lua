--- export.lua: net:export(path, {input=shape}): a network as an ONNX file, by noting what it computes.  It runs twice
-- on tensors of shapes only, with batches of 2 and of 3 (and as much for other sizes that are to stay open): what
-- differs between the two follows from an open size, and stays open in the file; what has another reason is refused.
local Builder = require "nn.onnx.builder"
local graph = require "nn.onnx.graph"
local sizes = require "nn.onnx.sizes"
local write = require "nn.onnx.write"
local v = require "nn.onnx.values"
local io = lunette.io

local SET = 17

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

-- --- traces ----------------------------------------------------------------------------------------------------------

-- What sizes that stay open are in the two traces: first the batch, then those with names.  Odd and even, so that
-- halves differ by how they are rounded, and alike in no ratio or difference, so that a size tells where it is from.
-- Large ones first: windows leave nothing of small ones; small ones for networks that have a longest sequence, and
-- multiples for those that halve pictures and join them again.
local BATCH <const> = { 2, 53 }
local FORMS = { { { 211, 302 }, { 227, 358 }, { 239, 334 }, { 251, 394 } },
  { { 5, 8 }, { 6, 11 }, { 9, 16 }, { 10, 19 } } }
for k = 1, 6 do
  local form = {}
  for i, o in ipairs { { 13, 18 }, { 17, 28 }, { 19, 26 }, { 11, 20 } } do form[i] = { o[1] << k, o[2] << k } end
  FORMS[k + 2] = form
end
FORMS[#FORMS + 1] = { { 4111, 6122 }, { 4127, 6218 }, { 4139, 6294 }, { 4153, 6398 } } -- for windows of sound

-- The open sizes of the inputs, as they come: {size in one trace, in the other, name=, input=, dim=, roots=}.
local function opens_of(shapes, form)
  local opens, by_name, words, batch = {}, {}, 0, nil
  for _, s in ipairs(shapes) do
    for d, size in ipairs(s) do
      local name = type(size) == "string" and size or d == 1 and "batch"
      if name and not by_name[name] then
        local pair = not batch and d == 1 and BATCH
        batch = batch or pair
        words = words + (pair and 0 or 1)
        pair = pair or form[words]
        if not pair then lunette.raise(("net:export: more than %d sizes stay open"):format(#form + 1)) end
        opens[#opens + 1] = { pair[1], pair[2], name = name, input = s.name, dim = d, roots = { name } }
        by_name[name] = opens[#opens]
      end
    end
  end
  return opens, by_name, words
end

-- f(), while every call of a module below net, or of a node of a file's, goes through around(place, g, ...), which
-- calls g(...) and gives what that gives.
local function watched(net, around, f)
  local kept, list = {}, { { nil, net } }
  for _, child in ipairs(net:children()) do list[#list + 1] = child end
  for _, child in ipairs(list) do
    local name, m = child[1], child[2]
    if not kept[m] then
      local forward = m.forward
      kept[m] = { rawget(m, "forward") }
      local place = name and ("layer %s (%s)"):format(name, m:label())
      rawset(m, "forward", function(...) return around(place, forward, ...) end)
    end
  end
  local ok, why = graph.watched(function(n, env, keep)
    around(("node '%s' (%s)"):format(n.name, n.op), function() keep(n, env, graph.step(n, env)) end)
  end, f)
  for m, forward in pairs(kept) do rawset(m, "forward", forward[1]) end
  if not ok then error(why, 0) end
end

-- The network on shapes, with the open sizes of one trace (which = 1, 2): calls, inputs, outputs, and the place of each
-- call by its number.
local function traced(self, shapes, by_name, which)
  local inputs, by_key, outputs, places, now = {}, {}, nil, {}, nil
  for i, s in ipairs(shapes) do
    local shape = { dtype = s.dtype }
    for d, size in ipairs(s) do
      local open = by_name[type(size) == "string" and size or d == 1 and "batch"]
      shape[d] = open and open[which] or size
    end
    inputs[i] = tensor.meta(shape)
    by_key[s.name] = inputs[i]
  end
  local function mark(from) -- calls behind `from` that nobody inside has marked
    for i = from + 1, io.traced() do places[i] = places[i] or now or false end
  end
  local function around(place, f, ...)
    local outer, from = now, io.traced()
    mark(#places)
    now = place or now
    local results = table.pack(f(...))
    mark(from)
    now = outer
    return table.unpack(results, 1, results.n)
  end
  local calls = io.trace(function()
    watched(self, around, function()
      outputs = table.pack(self(table.unpack(shapes.named and { by_key } or inputs)))
    end)
  end)
  return { calls = calls, inputs = inputs, outputs = outputs, places = places }
end

-- Two traces, and the open sizes in them; sizes that the network cannot take are followed by others.
local function both_traces(self, shapes)
  local first, said
  for _, form in ipairs(FORMS) do
    local opens, by_name, words = opens_of(shapes, form)
    local pair = {}
    local ok, why = pcall(function()
      for which = 1, 2 do pair[which] = traced(self, shapes, by_name, which) end
    end)
    if ok then return pair[1], pair[2], opens end
    if words == 0 or type(why) ~= "string" then error(why, 0) end
    if not first then
      first, said = why, {}
      for i, o in ipairs(opens) do said[i] = ("%s = %d"):format(o.name, o[pair[1] and 2 or 1]) end
    end
  end
  lunette.raise(("net:export: with %s the network gives no answer; words stay open, numbers do not: %s"):format(
    table.concat(said, ", "), first))
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

-- A size of the file's inputs and outputs: a number, or a name.
local function size_text(size, name, d)
  if type(size) == "number" then return size end
  for i = 2, #size do
    if not size[i].name then return ("%s_%d"):format(name, d) end
  end
  local words = {}
  for i = 2, #size do words[i - 1] = size[i].name end
  if size[1] ~= 1 then words[#words + 1] = ("%d"):format(size[1]) end
  return table.concat(words, "*")
end

-- The sizes of output y, which is `other` in the other trace.
local function sizes_of_output(b, y, other, name)
  local shape = {}
  for d, size in ipairs(b.dims[io.tensor_id(y)]) do
    local named = type(size) == "table" and not size[2].name and sizes.multiple(b.inputs, y:size(d), other:size(d))
    shape[d] = size_text(named or size, name, d)
  end
  return shape
end

local function build(self, shapes)
  local one, two, opens = both_traces(self, shapes)
  local list, called = outputs_in_order(self, one.outputs)
  local again = outputs_in_order(self, two.outputs)
  local b = Builder.new(opens, parameters_of(self), reserved(shapes, called))
  local g, names = { inputs = {}, outputs = {} }, {}
  for i, x in ipairs(one.inputs) do
    local shape = b:input(x, two.inputs[i], shapes[i].name)
    for d, size in ipairs(shape) do shape[d] = size_text(size) end
    g.inputs[i] = { shapes[i].name, x.dtype, shape }
  end
  for i, c in ipairs(one.calls) do b:call(c, two.calls[i], one.places[i] or nil) end
  local more = #one.calls + 1
  if two.calls[more] then
    two.calls[more].place = two.places[more] or nil
    b:other_steps(two.calls[more])
  end
  for i, y in ipairs(list) do
    names[i] = b.names[io.tensor_id(y)]
    if not names[i] then lunette.raise "net:export: an output does not depend on the input" end
  end
  local last = v.join(names)
  tidy(b, last)
  for i, name in ipairs(last) do -- their own names, also of what is an input or comes twice
    local out = called[i]
    b.list[#b.list + 1] = { op = "Identity", name = out, inputs = { name }, outputs = { out }, attr = {} }
    g.outputs[i] = { out, list[i].dtype, sizes_of_output(b, list[i], again[i], out) }
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
