--- onnx.lua: nn.onnx(path): a network from an ONNX file, as a module like any other.
local check = require "nn.onnx.check"
local graph = require "nn.onnx.graph"
local operators = require "nn.onnx.operators"
local v = require "nn.onnx.values"
local conv = require "nn.onnx.conv"
local record = require "nn.record"

local fold = require "nn.onnx.fold"
local strings = require "nn.onnx.strings"
local ONNX = nn.class "ONNX"

-- --- what is trained -------------------------------------------------------------------------------------------------

local function weighs(row, k, x)
  for _, at in ipairs(row and row.weights or {}) do
    if at == k then return row.weights.numbers ~= false or x:numel() > 1 end
  end
  return false
end
local function listed(list, k)
  for _, at in ipairs(list or {}) do
    if at == k then return true end
  end
  return false
end

-- Names of constants that are parameters, and of those that go along (running statistics), in the order of their use.
local function sort_constants(g)
  local order, role, kernel = {}, {}, {}
  graph.each_use(g, function(name, n, k)
    local x = rawget(g.constants, name)
    if not x or not lunette.is_tensor(x) or not v.is_float(x) then return end
    local trained = weighs(n.row, k, x)
    if not trained and not listed(n.row and n.row.buffers, k) then return end
    if not role[name] then order[#order + 1] = name end
    if role[name] ~= "weight" then role[name] = trained and "weight" or "buffer" end
    if n.row.kernel and k == 2 then kernel[name] = kernel[name] ~= false else kernel[name] = false end
  end)
  return order, role, kernel
end

-- Where a parameter of that name is kept: its own name, unless a module means something else by it.
local function key_of(name)
  if name:sub(1, 1) == "_" or name == "training" or nn.Module[name] ~= nil or ONNX[name] ~= nil then
    return "w_" .. name
  end
  return name
end

local back = {} -- from [k..., C, O] to [O, C, k...]
for rank, order in pairs(conv.kernel_order) do
  back[rank] = {}
  for i, d in ipairs(order) do back[rank][d] = i end
end

-- Parameters leave the graph's constants and are looked up in the module; kernels are kept as convolutions want them.
local function take_parameters(self, g)
  local order, role, kernel = sort_constants(g)
  local keys = {}
  for _, name in ipairs(order) do
    local x, key = g.constants[name], key_of(name)
    local order_of = kernel[name] and conv.kernel_order[x:dim()]
    if order_of then x = x:permute(order_of):contiguous() end
    g.constants[name] = nil
    keys[name] = { key = key, back = order_of and back[x:dim()] }
    if role[name] == "weight" then self[key] = x else self:buffer(key, x) end
  end
  setmetatable(g.constants, { __index = function(_, name)
    local p = keys[name]
    if not p then return nil end
    local x = rawget(self, p.key)
    return p.back and x:permute(p.back) or x
  end })
  rawset(self, "_keys", keys)
end

-- --- making ----------------------------------------------------------------------------------------------------------

function ONNX:init(g, path, opt)
  rawset(self, "_path", path)
  rawset(self, "_graph", g)
  rawset(self, "_last", opt.layout == "last")
  rawset(self, "training", false)
  rawset(self, "_seen", {})
  take_parameters(self, g)
end

-- y = relu(x), in the 36 bytes that it takes.
local file = 'path = os.tmpname()\nf = io.open(path, "wb")\n'
  .. 'f:write "\\8\\8:\\24\\10\\12\\10\\1x\\18\\1y\\34\\4ReluZ\\3\\10\\1xb\\3\\10\\1yB\\2\\16\\17"\nf:close()\n'

-- What help says of a method of such a network.
local function method(name, args, doc, example, example2, see)
  record.declare { name = "net:" .. name, sig = ("net:%s%s"):format(name, args), doc = doc, example = file .. example,
    example2 = file .. example2, see = see or "nn.onnx" }
end

local about_onnx = record.declare { name = "nn.onnx", sig = 'net = nn.onnx(path, {layout="file"})',
  see = "net:optimize, net:run, net:inputs, net:summary",
  doc = "the network of an ONNX file (operator sets 1 to 21) as a module; nil and a message with every operator that "
    .. "is not done; ids and axes inside count from 0, as the file says.  Resize with align_corners takes output o "
    .. "from o (n - 1) / (scale n - 1), as ONNX's own tests prescribe; where scale n is no whole number, PyTorch and "
    .. "ONNX Runtime divide by the output's size less 1 instead.  An input of strings is a string, a list, or lists of "
    .. "lists; strings come back as a list, row by row, with its `shape`.  A node's own seed draws NumPy's numbers.  "
    .. "net(x) gives up to 4 outputs as so many values, more as one table by name, as net:run does.  Dropout draws "
    .. "after net:train(), and in use (from the start) where its training_mode is fed, or computed, as true; a "
    .. "constant training_mode=true does not count, for exporters leave it behind: nothing is dropped then",
  options = { { "layout", "file", "with 'last' inputs and outputs of rank 4 are given and taken channels last",
    { "file", "last" } } },
  example = file .. "net = nn.onnx(path)\nprint(net(tensor{-1, 2}))",
  example2 = file .. 'net = nn.onnx(path)\nprint(net{x = tensor{-1, 2}})\nprint(net)' }
function nn.onnx(path, options)
  if type(path) ~= "string" then
    lunette.raise("nn.onnx: a path expected, got " .. lunette.typename(path))
  end
  local opt = record.checked("nn.onnx", options, about_onnx.options)
  local g, why = graph.load(path)
  if not g then return nil, why end
  return ONNX(g, path, opt)
end

local messages = { tensor = "TensorProto", sequence = "SequenceProto", optional = "OptionalProto" }

local about_value = record.declare { name = "data.onnx_value", sig = 'data.onnx_value(path, {kind="tensor"})',
  see = "nn.onnx, tensor.load",
  doc = "what a file of one ONNX value (.pb) holds: a tensor, or a list (of strings with its `shape`); nil and why",
  options = { { "kind", "tensor", "tensor sequence optional", { "tensor", "sequence", "optional" } } },
  example = 'path = os.tmpname()\nf = io.open(path, "wb")\n'
    .. 'f:write("\\8\\2\\16\\7J\\16", string.pack("<i8i8", 5, 6))\nf:close()\nprint(data.onnx_value(path))',
  example2 = 'print(data.onnx_value "nosuch.pb")' }
function data.onnx_value(path, options)
  local opt = record.checked("data.onnx_value", options, about_value.options)
  local proto, why = lunette.io.onnx_read(path, messages[opt.kind])
  if not proto then return nil, why end
  local function read(p)
    if not p then return nil end
    local value = strings.value_of(p)
    if value then return value end
    local list = {}
    for i, t in ipairs(p.tensor_values or p.sequence_values or {}) do list[i] = read(t) end
    return list
  end
  local ok, value = pcall(function()
    if opt.kind == "optional" then return read(proto.tensor_value or proto.sequence_value) end
    return opt.kind == "tensor" and strings.value_of(proto) or opt.kind == "sequence" and read(proto) or nil
  end)
  if not ok then return nil, ("%s: %s"):format(path, tostring(value)) end
  if value == nil and opt.kind == "tensor" then return nil, path .. ": no tensor" end
  return strings.given_back(value)
end

-- --- calling ---------------------------------------------------------------------------------------------------------

local function shape_text(input)
  local words = {}
  for i, d in ipairs(input.dims or {}) do words[i] = tostring(d) end
  return ("%s[%s]"):format(v.kind_name[input.kind] or "?", table.concat(words, ","))
end

-- Has a value of that shape the sizes that the file says?  The first one is the batch and may be another.
local function has_dims(input, shape)
  local bad = input.dims and #input.dims ~= #shape
  for d = 2, not bad and input.dims and #input.dims or 0 do
    bad = bad or math.type(input.dims[d]) == "integer" and input.dims[d] > 0 and input.dims[d] ~= shape[d]
  end
  return not bad
end

-- Strings, or a sequence of them.
local function fitting_strings(self, input, x)
  local function refuse(what)
    lunette.raise(("%s: input '%s' is %s, got %s"):format(self:label(), input.name,
      input.sequence and "a list of strings and lists of strings" or input.optional and "an optional string" or
      shape_text(input), what))
  end
  if input.sequence and type(x) ~= "table" then refuse(lunette.typename(x)) end
  local list = {}
  for i, one in ipairs(input.sequence and x or { x }) do
    local value, why = strings.of(one)
    if not value then refuse(why) end
    if not has_dims(input, value.ids.shape) then
      refuse(("string[%s]"):format(table.concat(value.ids.shape, ",")))
    end
    list[i] = value
  end
  return input.sequence and list or list[1]
end

-- A tensor that the graph can take: whole numbers widen, floats convert; anything else is an error.
local function fitting(self, input, x)
  if input.of_strings then return fitting_strings(self, input, x) end
  if not lunette.is_tensor(x) then
    if (input.sequence or input.optional) and type(x) == "table" then return x end
    lunette.raise(("%s: input '%s' must be a tensor, got %s"):format(self:label(), input.name, lunette.typename(x)))
  end
  if self._last and x:dim() == 4 then x = v.first(x) end
  local dtype = v.dtype[input.kind]
  if dtype and x.dtype ~= dtype then
    local float = dtype == "f32" or dtype == "f64"
    if v.is_float(x) ~= float or (dtype == "bool") ~= (x.dtype == "bool") then
      lunette.raise(("%s: input '%s' is %s, got %s"):format(self:label(), input.name, shape_text(input),
        lunette.typename(x)))
    end
    if not (float and x.dtype == "f64") then x = x:to(dtype) end
  end
  if not has_dims(input, x.shape) then
    lunette.raise(("%s: input '%s' is %s, got %s"):format(self:label(), input.name, shape_text(input),
      lunette.typename(x)))
  end
  if input.kind == 13 and not x.is_meta and x:numel() > 0 and x:lt(0):any():item() then
    lunette.raise(("%s: input '%s' is %s, but a number below 0 was given"):format(self:label(), input.name,
      shape_text(input)))
  end
  return x
end

-- The inputs in the file's order: by place, or one table by name.
local function inputs_of(self, first, ...)
  local g = self._graph
  local list = { n = #g.inputs }
  local first_input = g.inputs[1] or {}
  local listed_first = first_input.sequence or first_input.optional or first_input.of_strings
  if type(first) == "table" and not lunette.is_tensor(first) and not (listed_first and first[1]) then
    local known = {}
    for _, input in ipairs(g.inputs) do known[input.name] = true end
    for name in pairs(first) do
      if not known[name] then
        local names = {}
        for i, input in ipairs(g.inputs) do names[i] = input.name end
        lunette.raise(("%s: no input '%s' (it has %s)"):format(self:label(), tostring(name),
          table.concat(names, " ")))
      end
    end
    for i, input in ipairs(g.inputs) do list[i] = first[input.name] end
  else
    local given = { first, ... }
    if select("#", ...) + 1 > #g.inputs and #g.inputs > 0 then
      lunette.raise(("%s: %d inputs at most, got %d"):format(self:label(), #g.inputs, select("#", ...) + 1))
    end
    for i = 1, #g.inputs do list[i] = given[i] end
  end
  for i, input in ipairs(g.inputs) do
    if list[i] == nil and not input.optional then
      lunette.raise(("%s: input '%s' (%s) is missing"):format(self:label(), input.name, shape_text(input)))
    end
    if list[i] ~= nil then list[i] = fitting(self, input, list[i]) end
  end
  return list
end

local function outputs_of(self, out)
  for i = 1, out.n do
    if self._last and lunette.is_tensor(out[i]) and out[i]:dim() == 4 then out[i] = v.last(out[i]) end
  end
  if out.n <= 4 then return table.unpack(out, 1, out.n) end
  local by_name = {}
  for i, o in ipairs(self._graph.outputs) do by_name[o.name] = out[i] end
  return by_name
end

-- The node goes into the first line of the message.
local function explained(self, message)
  local n = graph.now
  if type(message) ~= "string" or not n then return message end
  local first, rest = message:match "^([^\n]*)(.*)$"
  return ("%s   (node '%s', %s, of %s)%s"):format(check.words(first), n.name, n.op, self._path, rest)
end

-- Would a gradient be asked of a parameter?
local function learns(self)
  if not tensor.is_recording() then return false end
  for _, p in pairs(self._keys) do
    if rawget(self, p.key).needs_grad then return true end
  end
  return false
end

-- Have the tensors that the folded graph was made of changed since?  Notes how they are now.
local function changed(self)
  local seen, version = self._seen, lunette.io.tensor_version
  local any = false
  for name, p in pairs(self._keys) do
    local x = rawget(self, p.key)
    local now = version(x)
    if seen[name] ~= now or seen[p] ~= x then
      seen[name], seen[p], any = now, x, true
    end
  end
  return any
end

-- The graph to run: folded for use, plain for training.
local function graph_for(self)
  if rawget(self, "_plain") or self.training or learns(self) then return self._graph end
  if changed(self) or not rawget(self, "_folded") then rawset(self, "_folded", fold.all(self._graph)) end
  return self._folded
end

local function run(self, ...)
  local bound <close> = v.bound() -- luacheck: ignore
  local inputs = inputs_of(self, ...)
  graph.now, operators.training = nil, self.training
  local ok, out = pcall(graph.run, graph_for(self), inputs)
  if not ok then error(explained(self, out), 0) end
  for i, o in ipairs(self._graph.outputs) do
    if out[i] == nil and o.kind then
      lunette.raise(("%s: output '%s' (%s) is not made by its node"):format(self:label(), o.name, shape_text(o)))
    end
    if self._graph.strings then out[i] = strings.given_back(out[i]) end
  end
  return out
end

function ONNX:forward(...) return outputs_of(self, run(self, ...)) end

method("optimize", "(on)", "a network from an ONNX file: false runs its graph node by node; true (from the start) "
  .. "folds constants and batch norm and fuses chains, as long as no parameter asks for a gradient; returns net",
  "net = nn.onnx(path):optimize(false)\nprint(net(tensor{-1, 2}))",
  "net = nn.onnx(path)\nprint(net(tensor{3}):item() == net:optimize(false)(tensor{3}):item())")
function ONNX:optimize(on)
  rawset(self, "_plain", on == false)
  rawset(self, "_folded", nil)
  return self
end

method("run", "{name = x, ...}", "a network from an ONNX file: all outputs as a table by name",
  "print(nn.onnx(path):run{x = tensor{-1, 2}}.y)", "net = nn.onnx(path)\nprint(net:run(tensor{4}).y)")
function ONNX:run(...)
  local out, by_name = run(self, ...), {}
  for i, o in ipairs(self._graph.outputs) do by_name[o.name] = out[i] end
  return by_name
end

-- Names, element types and sizes as the file says them.
local function described(list)
  local all = {}
  for i, x in ipairs(list) do
    all[i] = { name = x.name, type = v.kind_name[x.kind], shape = x.dims and v.join(x.dims), sequence = x.sequence,
      optional = x.optional }
  end
  return all
end

local both = "()   net:outputs()"
local listed_as = "of a network from an ONNX file: list of {name=, type=, shape=}"
method("inputs", both, listed_as .. "; a size that is open has a name for a number",
  "print(nn.onnx(path):inputs()[1].name)", "print(#nn.onnx(path):outputs())")
function ONNX:inputs() return described(self._graph.inputs) end
record.declare { name = "net:outputs", sig = "net:inputs" .. both, doc = listed_as, see = "net:inputs",
  example = file .. "print(nn.onnx(path):outputs()[1].name)", example2 = file .. "print(#nn.onnx(path):inputs())" }
function ONNX:outputs() return described(self._graph.outputs) end

method("operators", "()", "how often each operator is in the graph of an ONNX file: {name = count}",
  "print(nn.onnx(path):operators().Relu)",
  "for name, n in pairs(nn.onnx(path):operators()) do print(name, n) end")
function ONNX:operators()
  local count = {}
  for _, n in ipairs(self._graph.nodes) do count[n.op] = (count[n.op] or 0) + 1 end
  return count
end

method("convolutions", "()", "the convolutions of pictures in an ONNX file's graph whose kernels are in the file, in "
  .. "the order in which they are computed, each with the batch norm behind it within: a list of {name=, weight "
  .. "f32[kh,kw,in/groups,out], bias f32[out] or nil, stride = {y, x}, pads = {top, left, bottom, right} or ONNX's "
  .. "word such as SAME_UPPER, groups=}", "print(#nn.onnx(path):convolutions())",
  'net = nn.Sequential{nn.ConvNorm{3, 4, 3}, nn.Conv2d{4, 2, 1}}\n'
  .. 'assert(net:eval():export("/tmp/lunette-help.onnx", {input = {1, 8, 8, 3}}))\n'
  .. 'print(#nn.onnx("/tmp/lunette-help.onnx"):convolutions())', "net:operators, nn.onnx")
function ONNX:convolutions() return fold.convolutions(self._graph) end

method("profile", "{name = x, ...}", "a network from an ONNX file, one run timed: list of {op=, name=, seconds=} in "
  .. "the order of the nodes", "print(nn.onnx(path):profile{x = tensor{-1, 2}}[1].op)",
  "print(#nn.onnx(path):profile(tensor{4}))", "net:operations, net:run")
function ONNX:profile(...)
  local bound <close> = v.bound() -- luacheck: ignore
  local inputs, rows = inputs_of(self, ...), {}
  local ok, why = graph.watched(function(n, env, keep)
    local start = lunette.clock()
    keep(n, env, graph.step(n, env))
    local y = env[n.outputs[1]]
    if lunette.is_tensor(y) then y:realize() end
    rows[#rows + 1] = { op = n.op, name = n.name, seconds = lunette.clock() - start }
  end, function() graph.run(graph_for(self), inputs) end)
  if not ok then error(explained(self, why), 0) end
  return rows
end

method("operations", "{name = x, ...}", "a network from an ONNX file: floating-point operations of a run on these "
  .. "shapes; 0 where values decide", "print(nn.onnx(path):operations{x = tensor{-1, 2}} >= 0)",
  "print(nn.onnx(path):operations(tensor{4}) >= 0)", "net:profile")
function ONNX:operations(...)
  local inputs = inputs_of(self, ...)
  for i = 1, inputs.n do
    local x = inputs[i]
    if lunette.is_tensor(x) then
      local shape = x.shape
      shape.dtype = x.dtype
      inputs[i] = tensor.meta(shape)
    end
  end
  local before = lunette.inferred_flops()
  local ok = pcall(tensor.no_grad, function() graph.run(self._graph, inputs) end)
  return ok and lunette.inferred_flops() - before or 0
end

function ONNX:label() return ("ONNX(%s)"):format(self._path:match "[^/]*$") end

-- --- training --------------------------------------------------------------------------------------------------------

--- net:fit{...}: as any module's; its parameters ask for gradients from then on.
function ONNX:fit(...)
  self:train()
  return nn.Module.fit(self, ...)
end

--- net:train(on): from the first time on its parameters ask for gradients, unless freeze or unfreeze said which.
function ONNX:train(on)
  if on ~= false and not rawget(self, "_asked") then self:unfreeze() end
  return nn.Module.train(self, on)
end
function ONNX:freeze(pattern)
  rawset(self, "_asked", true)
  return nn.Module.freeze(self, pattern)
end
function ONNX:unfreeze(pattern)
  rawset(self, "_asked", true)
  if #self:named_parameters() == 0 then return self end
  return nn.Module.unfreeze(self, pattern)
end

-- --- text ------------------------------------------------------------------------------------------------------------

local function meta_inputs(self, given)
  local list = { n = #self._graph.inputs }
  for i, input in ipairs(self._graph.inputs) do
    local shape = i == 1 and given or {}
    if lunette.is_tensor(shape) then shape = shape.shape end
    if #shape == 0 then
      shape = {}
      for d, size in ipairs(input.dims or {}) do shape[d] = math.type(size) == "integer" and size or 1 end
    end
    shape = v.join(shape)
    shape.dtype = v.dtype[input.kind] or "f32"
    list[i] = tensor.meta(shape)
    if self._last and i == 1 and given and #shape == 4 then list[i] = v.first(list[i]) end
  end
  return list
end

--- net:summary(x): a table of nodes, output shapes (for x, a tensor or a shape, or as the file says), parameters and
-- operations; nothing is computed.  Behind a node whose result's shape depends on values there are no shapes.
function ONNX:summary(given)
  local g, seen, rows = self._graph, {}, { { "node", "output", "parameters", "operations" } }
  local shapes, flops = {}, {}
  local start = lunette.inferred_flops()
  graph.watched(function(n, env, keep)
    if n.op == "Loop" or n.op == "Scan" then error "its steps depend on values" end
    local before = lunette.inferred_flops()
    keep(n, env, graph.step(n, env))
    local y = env[n.outputs[1]]
    shapes[n] = lunette.is_tensor(y) and lunette.typename(y) or "-"
    flops[n] = lunette.inferred_flops() - before
  end, function() tensor.no_grad(function() return graph.run(g, meta_inputs(self, given)) end) end)
  local total = lunette.inferred_flops() - start
  for _, n in ipairs(g.nodes) do
    local count = 0
    for _, name in ipairs(n.inputs) do
      local p = self._keys[name]
      if p and not seen[name] then
        seen[name] = true
        count = count + rawget(self, p.key):numel()
      end
    end
    rows[#rows + 1] = { ("%s %s"):format(n.op, n.name), shapes[n] or "", count > 0 and tostring(count) or "",
      flops[n] and flops[n] > 0 and ("%.3g M"):format(flops[n] / 1e6) or "" }
  end
  local w = { 4, 6, 10 }
  for _, r in ipairs(rows) do
    for k = 1, 3 do w[k] = math.max(w[k], #r[k]) end
  end
  local lines = { self:label() }
  for i, r in ipairs(rows) do
    lines[i + 1] = lunette.aligned(r, w, { [3] = true })
  end
  for _, side in ipairs { "inputs", "outputs" } do
    local words = {}
    for i, x in ipairs(g[side]) do words[i] = ("%s %s"):format(x.name, shape_text(x)) end
    lines[#lines + 1] = ("%s: %s"):format(side, table.concat(words, ", "))
  end
  lines[#lines + 1] = ("%d parameters%s"):format(self:parameter_count(),
    total > 0 and (", %.3g M operations"):format(total / 1e6) or "")
  return table.concat(lines, "\n")
end
