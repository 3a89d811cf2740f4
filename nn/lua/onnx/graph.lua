--- graph.lua: what a file says, as a graph that can be run: nodes with the functions of their operators, constants,
-- inputs and outputs.  Graphs inside nodes and functions of the file's own become graphs too.
local check = require "nn.onnx.check"
local operators = require "nn.onnx.operators"
local ranks = require "nn.onnx.ranks"
local strings = require "nn.onnx.strings"
local v = require "nn.onnx.values"
local wrap = require "nn.onnx.wrap"
for _, name in ipairs { "pointwise", "reduce", "shape", "gather", "product", "conv", "pool", "norm", "recurrent",
  "resize", "detect", "loss", "random", "quantise", "signal", "control", "training",
  "text" } do
  require("nn.onnx." .. name)
end

local graph = {}
local from_proto

-- --- attributes ------------------------------------------------------------------------------------------------------

local fields = { "f", "i", "s", "t", "g", "floats", "ints", "strings", "tensors", "graphs" }
local defaults = { f = 0.0, i = 0, s = "", floats = {}, ints = {}, strings = {} }

-- Numbers or strings; a graph with strings is noted.
local function value_of(reading, proto)
  if proto.data_type == strings.KIND then reading.size.strings = true end
  return strings.value_of(proto)
end

-- Files of the first years do not say the type.
local function kind_of_attribute(a)
  if a.type and fields[a.type] then return fields[a.type] end
  for _, field in ipairs(fields) do
    if a[field] ~= nil then return field end
  end
end
local function attribute(reading, a)
  local field = kind_of_attribute(a)
  local value = field and a[field]
  if value == nil then value = field and defaults[field] end
  if field == "g" then return value and from_proto(reading, value) end
  if field == "t" then return value and value_of(reading, value), value and value.data_type end
  if field == "tensors" or field == "graphs" then
    local list = {}
    for i, x in ipairs(value or {}) do
      list[i] = field == "tensors" and value_of(reading, x) or from_proto(reading, x)
    end
    return list
  end
  return value
end

-- --- nodes -----------------------------------------------------------------------------------------------------------

-- Constant has seven forms.
local function constant(attr, kinds)
  if attr.value then return attr.value, kinds.value end
  if attr.value_float then return tensor(attr.value_float), 1 end
  if attr.value_int then return v.scalar(attr.value_int, "i64"), 7 end
  if attr.value_floats then return tensor(attr.value_floats), 1 end
  if attr.value_ints then return v.ints(attr.value_ints), 7 end
  if attr.value_string then return strings.new({ attr.value_string }, {}), strings.KIND end
  if attr.value_strings then return strings.new(attr.value_strings, { #attr.value_strings }), strings.KIND end
end

-- The element types of a graph's outputs, without the first `skip`.
local function kinds_of(g, skip)
  local list = {}
  for i, out in ipairs(g and g.outputs or {}) do list[i - (skip or 0)] = out.kind end
  return list
end

-- The element types of results that are not those of the first input.
local results = {
  Cast = function(n) return { n.attr.to } end, CastLike = function(n) return { n.kinds[2] } end,
  QuantizeLinear = function(n) return { n.kinds[3] or 2 } end,
  DequantizeLinear = function(n) return { n.kinds[2] } end,
  DynamicQuantizeLinear = function() return { 2, 1, 2 } end,
  QLinearConv = function(n) return { n.kinds[8] } end, QLinearMatMul = function(n) return { n.kinds[8] } end,
  MatMulInteger = function() return { 6 } end, ConvInteger = function() return { 6 } end,
  TfIdfVectorizer = function() return { 1 } end,
  Where = function(n) return { n.kinds[2] } end, OneHot = function(n) return { n.kinds[3] } end,
  Split = function(n) return v.filled(#n.outputs, n.kinds[1]) end,
  If = function(n) return kinds_of(n.attr.then_branch) end, Loop = function(n) return kinds_of(n.attr.body, 1) end,
  Scan = function(n) return kinds_of(n.attr.body) end, SequenceMap = function(n) return kinds_of(n.attr.body) end,
  ConstantOfShape = function(_, types) return { types.value or 1 } end,
  EyeLike = function(n) return { n.attr.dtype or n.kinds[1] } end,
  Bernoulli = function(n) return { n.attr.dtype or n.kinds[1] } end, Multinomial = function() return { 6 } end,
}
for kind, names in pairs { [7] = { "Shape", "Size", "ArgMax", "ArgMin", "NonZero", "SequenceLength" },
  [9] = { "Equal", "Greater", "Less", "GreaterOrEqual", "LessOrEqual", "IsNaN", "IsInf", "OptionalHasElement" } } do
  for _, name in ipairs(names) do results[name] = function() return { kind } end end
end

local function version_of(reading, domain)
  if domain == "ai.onnx" then domain = "" end
  return reading.sets[domain]
end

-- A function that the file itself defines: its body, with the node's attributes put in.
local function call_function(reading, f, given, n)
  if reading.depth > 50 then error("functions call each other without end", 0) end
  local sets = {}
  for _, set in ipairs(f.opset_import or {}) do sets[set.domain or ""] = set.version or 1 end
  local inputs, outputs, kinds = {}, {}, {}
  for i, name in ipairs(f.input or {}) do inputs[i], kinds[name] = { name = name }, n.kinds[i] end
  local inner = setmetatable({ sets = sets, given = given, depth = reading.depth + 1, kinds = kinds },
    { __index = reading })
  for i, name in ipairs(f.output or {}) do outputs[i] = { name = name } end
  local body = from_proto(inner, { node = f.node, input = inputs, output = outputs })
  return function(node, ...)
    local out = node.run(body, { n = select("#", ...), ... })
    return table.unpack(out, 1, out.n)
  end, kinds_of(body)
end

-- f(...), and whether the node is right as far as f knows: what it says of the file is kept, the first of each node.
local function noted(reading, n, f, ...)
  if reading.odd[n] then return false end
  local ok, why = pcall(f, ...)
  if ok then return true end
  if type(why) ~= "table" or not why.odd then error(why, 0) end
  reading.odd[n] = why.odd
  table.insert(reading.odd, n)
  return false
end

-- Functions that call functions multiply: a small file could ask for any number of nodes.
local MOST_NODES = 300000

local function node_of(reading, proto, kinds)
  reading.size.nodes = reading.size.nodes + 1
  if reading.size.nodes > MOST_NODES then error(("more than %d nodes"):format(MOST_NODES), 0) end
  local n = { op = proto.op_type or "", name = proto.name or "", domain = proto.domain or "",
    inputs = proto.input or {}, outputs = proto.output or {}, attr = {}, kinds = {}, producer = reading.producer }
  if n.name == "" then n.name = n.outputs[1] or "?" end
  reading.size.now = n
  local types = {}
  for _, a in ipairs(proto.attribute or {}) do
    local ref = a.ref_attr_name
    if ref and ref ~= "" then a = reading.given and reading.given[ref] end
    if a and noted(reading, n, check.attribute, n, a.name, kind_of_attribute(a)) then
      n.attr[(ref and ref ~= "" and ref) or a.name or ""], types[a.name or ""] = attribute(reading, a)
    end
  end
  for i, name in ipairs(n.inputs) do n.kinds[i] = kinds[name] end
  reading.size.now = n -- after the graphs inside
  n.version = version_of(reading, n.domain)
  table.insert(reading.size.list, n)
  local own, out = reading.functions[n.domain .. ":" .. n.op], nil
  if n.op == "Constant" and n.domain == "" then
    n.value, n.kind = constant(n.attr, types)
    if n.value == nil then table.insert(reading.missing, { n = n, why = "a constant of another kind" }) end
  elseif own then
    local given = {}
    for _, a in ipairs(proto.attribute or {}) do given[a.name or ""] = a end
    n.f, out = call_function(reading, own, given, n)
    n.pure = false
  else
    local newest = n.version or 1
    n.f, n.row = operators.find(n.domain, n.op, newest)
    n.pure = n.row and n.row.pure
    local too_new = (n.domain == "" or n.domain == "ai.onnx") and newest > operators.NEWEST
    local why = too_new and n.f and "newer than what is known" or n.row and n.row.refuses and n.row.refuses(n)
    if not n.f or why then table.insert(reading.missing, { n = n, why = why }) end
  end
  out = out or n.value and { n.kind } or results[n.op] and results[n.op](n, types) or { n.kinds[1] }
  for i, name in ipairs(n.outputs) do kinds[name] = out[i] or (i > 1 and 7 or nil) end
  wrap.node(n)
  for _, kind in pairs(n.kinds) do reading.size.strings = reading.size.strings or kind == strings.KIND end
  reading.size.strings = reading.size.strings or out[1] == strings.KIND or out[1] == "STRING"
  return n
end

-- --- graphs ----------------------------------------------------------------------------------------------------------

-- Names that a graph inside takes from outside.
local function each_use(g, f, skip)
  for i, n in ipairs(g.nodes) do
    for k, name in ipairs(n.inputs) do
      if name ~= "" and not (skip and skip[name]) then f(name, n, k, i) end
    end
    for _, name in ipairs(n.row and n.row.names and n.row.names(n) or {}) do
      if not (skip and skip[name]) then f(name, n, 0, i) end
    end
    for _, a in pairs(n.attr) do
      if type(a) == "table" and not lunette.is_tensor(a) then
        for _, inner in ipairs(a.nodes and { a } or a) do
          if type(inner) == "table" and inner.nodes then
            local own = setmetatable({}, { __index = skip })
            for _, x in ipairs(inner.inputs) do own[x.name] = true end
            for name in pairs(inner.constants) do own[name] = true end
            for _, m in ipairs(inner.nodes) do
              for _, name in ipairs(m.outputs) do own[name] = true end
            end
            each_use(inner, function(name, m, k2) f(name, m, k2, i) end, own)
            for _, out in ipairs(inner.outputs) do
              if not own[out.name] then f(out.name, n, 0, i) end
            end
          end
        end
      end
    end
  end
end
graph.each_use = each_use

--- Says after which node each value is used for the last time: there it is let go.
function graph.plan(g)
  local last = {}
  each_use(g, function(name, _, _, i) last[name] = i end)
  for _, out in ipairs(g.outputs) do last[out.name] = nil end
  local made = {}
  for i, n in ipairs(g.nodes) do
    n.frees = {}
    for _, name in ipairs(n.outputs) do
      made[name] = true
      if name ~= "" and not last[name] then last[name] = i end
    end
  end
  for _, out in ipairs(g.outputs) do last[out.name] = nil end
  for name, i in pairs(last) do
    if made[name] then table.insert(g.nodes[i].frees, name) end
  end
  g.plain = true -- no graphs inside, no lists: a value is seen by the nodes that name it, and by nobody else
  for _, n in ipairs(g.nodes) do
    table.sort(n.frees)
    g.plain = g.plain and n.pure ~= false
  end
  return g
end

-- Strings, or sequences or optionals of them?
local function holds_strings(t)
  if not t then return nil end
  local inner = t.sequence_type or t.optional_type
  if inner then return holds_strings(inner.elem_type) end
  return t.tensor_type and t.tensor_type.elem_type == strings.KIND or nil
end

local function type_of(info)
  local t = info.type and info.type.tensor_type
  local dims = t and t.shape and {}
  for i, d in ipairs(t and t.shape and t.shape.dim or {}) do dims[i] = d.dim_value or d.dim_param or "?" end
  return { name = info.name or "", kind = t and (t.elem_type or 0), dims = dims,
    sequence = info.type and info.type.sequence_type and true or nil, of_strings = holds_strings(info.type),
    optional = info.type and info.type.optional_type and true or nil }
end

-- Positions of values of a sparse tensor count from 0, in the flat tensor or by dimension.
local function dense(sparse)
  local shape = v.join(sparse.dims or {})
  local numel = 1.0
  for _, size in ipairs(shape) do numel = numel * math.max(size, 0) end
  if numel > 2 ^ 24 then error(("a sparse tensor of %g numbers"):format(numel), 0) end
  local values, ids = sparse.values.value, sparse.indices.value
  local flat
  if ids:dim() == 2 then
    for k = 1, ids:size(2) do flat = flat and flat * shape[k] + ids:select(2, k) or ids:select(2, k) end
  else
    flat = ids
  end
  local y = tensor.zeros { v.product(shape), dtype = values.dtype }
  if values:numel() > 0 then y[flat + 1] = values end
  return y:reshape(shape)
end

-- Large kernels come stored as convolutions want them (lunette.io.onnx_read); what is no kernel, as the file has it.
-- n.fixed: which inputs of a node are constants; n.within: the graph that it stands in; for those that ask.
local function settle_constants(g)
  local kernel = {}
  for _, n in ipairs(g.nodes) do
    if n.op == "Dropout" then
      n.fixed = {}
      for k, name in ipairs(n.inputs) do n.fixed[k] = g.constants[name] ~= nil end
    end
    if n.row and n.row.names then n.within = g end
    if n.row and n.row.kernel then kernel[n.inputs[2] or ""] = true end
  end
  for name, x in pairs(g.constants) do
    if not kernel[name] and lunette.is_tensor(x) then g.constants[name] = x:contiguous() end
  end
end

function from_proto(reading, proto)
  local g = { nodes = {}, inputs = {}, outputs = {}, constants = {}, name = proto.name or "" }
  local kinds = setmetatable({}, { __index = reading.kinds })
  local inner = setmetatable({ kinds = kinds }, { __index = reading })
  for _, t in ipairs(proto.initializer or {}) do
    g.constants[t.name or ""], kinds[t.name or ""] = value_of(reading, t), t.data_type
  end
  for _, s in ipairs(proto.sparse_initializer or {}) do
    if s.values and s.indices and s.values.value and s.indices.value then
      g.constants[s.values.name or ""], kinds[s.values.name or ""] = dense(s), s.values.data_type
    end
  end
  for _, info in ipairs(proto.input or {}) do
    local input = type_of(info)
    if not g.constants[input.name] then g.inputs[#g.inputs + 1] = input end
    kinds[input.name] = rawget(kinds, input.name) or input.kind
    reading.size.strings = reading.size.strings or input.of_strings
  end
  for i, info in ipairs(proto.output or {}) do g.outputs[i] = type_of(info) end
  check.names(proto)
  for _, p in ipairs(proto.node or {}) do
    local n = node_of(inner, p, kinds)
    if n.value then
      g.constants[n.outputs[1] or ""] = n.value
    else
      g.nodes[#g.nodes + 1] = n
    end
  end
  for _, out in ipairs(g.outputs) do
    if not out.kind or out.kind == 0 then out.kind = kinds[out.name] end
  end
  for _, n in ipairs(g.nodes) do
    reading.size.now = n
    if n.row then noted(reading, n, check.node, n, g.constants) end
  end
  reading.size.now = nil
  settle_constants(g)
  return g
end

-- Every operator that is not done with its nodes, and every node that contradicts itself or its inputs.
local function list_missing(path, missing, odd)
  local first = odd[1]
  if #missing == 0 and #odd == 1 then return check.refusal(path, { odd = odd[first] }, first) end
  local by_op, order = {}, {}
  for _, m in ipairs(missing) do
    local n = m.n
    local key = (n.domain ~= "" and n.domain .. ":" or "") .. n.op .. (" of set %s"):format(n.version or "?")
      .. (m.why and " (" .. m.why .. ")" or "")
    if not by_op[key] then
      by_op[key] = {}
      order[#order + 1] = key
    end
    table.insert(by_op[key], n.name)
  end
  table.sort(order)
  local lines = {}
  for i, key in ipairs(order) do
    local names = by_op[key]
    local shown = table.concat(names, ", ", 1, math.min(5, #names))
    lines[i] = ("  %s: node%s %s%s"):format(key, #names > 1 and "s" or "", shown,
      #names > 5 and (", and %d more"):format(#names - 5) or "")
  end
  for i, n in ipairs(odd) do
    if i > 20 then
      lines[#lines + 1] = ("  and %d more nodes"):format(#odd - 20)
      break
    end
    lines[#lines + 1] = ("  node '%s' (%s): %s"):format(n.name, n.op, odd[n])
  end
  local what = #odd == 0 and "operators that are not done" or #missing == 0 and "nodes that cannot be"
    or "operators that are not done, and nodes that cannot be"
  return ("%s: %s:\n%s"):format(path, what, table.concat(lines, "\n"))
end

--- The graph of a file; or nil and why.
function graph.load(path)
  local model, why = lunette.io.onnx_read(path, "ModelProto")
  if not model then return nil, why end
  if not model.graph then return nil, path .. ": no ONNX model: it has no graph" end
  local reading = { path = path, sets = {}, functions = {}, missing = {}, odd = {}, kinds = {}, depth = 0,
    size = { nodes = 0, list = {}, strings = false }, producer = model.producer_name }
  for _, set in ipairs(model.opset_import or {}) do
    reading.sets[set.domain == "ai.onnx" and "" or set.domain or ""] = set.version or 1
  end
  if not model.opset_import then reading.sets[""] = 1 end
  for _, f in ipairs(model.functions or {}) do reading.functions[(f.domain or "") .. ":" .. (f.name or "")] = f end
  local ok, g = pcall(from_proto, reading, model.graph)
  if not ok then return nil, check.refusal(path, g, reading.size.now) end
  ranks.check(g, function(n, f) return noted(reading, n, f) end)
  if #reading.missing + #reading.odd > 0 then return nil, list_missing(path, reading.missing, reading.odd) end
  why = check.order(path, g, each_use)
  if why then return nil, why end
  for _, n in ipairs(reading.size.strings and reading.size.list or {}) do strings.aware(n) end
  g.strings = reading.size.strings
  g.sets, g.producer = reading.sets, model.producer_name
  return graph.plan(g)
end

-- --- running ---------------------------------------------------------------------------------------------------------

local run

local function call(n, env)
  local names = n.inputs
  local count = #names
  if count <= 3 then return n.f(n, env[names[1]], env[names[2]], env[names[3]]) end
  local list = {}
  for i = 1, count do list[i] = env[names[i]] end
  return n.f(n, table.unpack(list, 1, count))
end

-- An operator takes as many inputs as the node has: nils at the end count.
local exact = { Sum = true, Max = true, Min = true, Mean = true, Concat = true, Einsum = true, SequenceConstruct = true,
  SequenceMap = true, Loop = true, Scan = true, If = true, Gradient = true }

local function let_go(n, ...) -- the values of a run do not outlive it
  n.env = nil
  return ...
end

local function step(n, env)
  if not exact[n.op] and n.row then return call(n, env) end
  local list, names = {}, n.inputs
  for i = 1, #names do list[i] = env[names[i]] end
  if n.pure ~= false then return n.f(n, table.unpack(list, 1, #names)) end
  n.run = n.run or function(g, inputs) return run(g, inputs, n.env) end
  n.env = env
  return let_go(n, n.f(n, table.unpack(list, 1, #names)))
end
graph.step = step

local function keep_outputs(n, env, a, b, ...)
  local names = n.outputs
  env[names[1] or ""] = a
  if names[2] then env[names[2]] = b end
  for i = 3, #names do env[names[i]] = (select(i - 2, ...)) end
  env[""] = nil -- an output that nobody wants has no name, as an input that is left out has none
end

local watching

-- Notes whether the value that n made is the graph's own: some operators hand on what they were given.
local function note_owner(n, env, own)
  local y, fresh = env[n.outputs[1]], #n.outputs == 1
  if not lunette.is_tensor(y) then return end
  for _, name in ipairs(n.inputs) do
    if rawequal(env[name], y) then fresh, own[name] = false, nil end
  end
  own[n.outputs[1]] = fresh or nil
end
local function release(x)
  local _ <close> = x -- luacheck: ignore
end

--- Runs g on inputs, a list with .n; outer: the values of the graph round it.  Gives a list with .n.
function run(g, inputs, outer)
  local env = setmetatable({}, { __index = function(_, name)
    if name == nil or name == "" then return nil end
    local own = g.constants[name]
    if own == nil and outer then return outer[name] end
    return own
  end })
  for i, input in ipairs(g.inputs) do env[input.name] = inputs[i] end
  -- What is let go is given back at once: the collector would take dozens of runs to find what has grown old.
  local own = g.plain and not tensor.is_recording() and {} or nil
  for _, n in ipairs(g.nodes) do
    graph.now = n
    if watching then watching(n, env, keep_outputs) else keep_outputs(n, env, step(n, env)) end
    if own then note_owner(n, env, own) end
    for _, name in ipairs(n.frees or {}) do
      if own and own[name] then release(env[name]) end
      env[name] = nil
    end
  end
  local out = { n = #g.outputs }
  for i, o in ipairs(g.outputs) do out[i] = env[o.name] end
  for name in next, env do env[name] = nil end -- it has grown old, and would keep what it holds
  return out
end
graph.run = run

--- f(): while watch(n, env, keep) is called for every node instead of running it.
function graph.watched(watch, f)
  local before = watching
  watching = watch
  local ok, why = pcall(f)
  watching = before
  return ok, why
end

return graph
