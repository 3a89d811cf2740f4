--- module.lua: classes of layers and networks.
--   local Net = nn.class "Net"
--   function Net:init(n) self.fc = nn.Linear(n, 1) end
--   function Net:forward(x) return self.fc(x):sigmoid() end
-- Fields are remembered in the order of their first assignment, so that parameters have one order.
local record = require "nn.record"

local moved = require "nn.moved"
local Module = {}
Module.__index = Module
Module.__name = "Module"
record.declare { name = "nn.Module", sig = "nn.Module", see = "nn.class",
  doc = "what every module inherits: net:parameters, net:train, net:save, net:fit ...",
  example = "print(nn.Module.fit ~= nil)",
  example2 = "print(nn.is_module(nn.Linear(1, 1)))" }
nn.Module = Module

local tracing  -- while a summary is made: called with (module, flops before) and (module, flops before, output)

local function all(...) return ... end
-- A frame of this function marks a module for error messages (its first two locals), so forward is no tail call.
local function module_call(self, input, ...)
  if not tracing then return all(self:forward(input, ...)) end
  local before = lunette.inferred_flops()
  local results = table.pack(self:forward(input, ...))
  if tracing then tracing(self, before, results[1]) end                  -- forward may have ended it
  return table.unpack(results, 1, results.n)
end

local function remember(self, key, value)
  local order = rawget(self, "_order")
  if type(key) == "string" and key:sub(1, 1) ~= "_" then order[#order + 1] = key end
  rawset(self, key, value)
end

local function new(class, ...)
  local self = setmetatable({}, class)
  rawset(self, "_order", {})
  rawset(self, "training", true)
  if self.init then
    self:init(...)
  elseif select("#", ...) > 0 then
    lunette.raise(("%s takes no arguments: it has no init"):format(class.__name))
  end
  return self
end

record.declare { name = "nn.class", sig = 'Net = nn.class "Net"   nn.class("Net", Parent)',
  see = "nn.Sequential, nn.Module",
  doc = "a new kind of module; give it init(...) and forward(x)",
  example = 'Id = nn.class "Id"\nfunction Id:forward(x) return x end\nprint(Id()(tensor(1)))',
  example2 = 'Net = nn.class "Net"\nfunction Net:init(n) self.fc = nn.Linear(n, 1) end\n'
    .. 'function Net:forward(x) return self.fc(x):sigmoid() end\nprint(Net(3))' }
function nn.class(name, parent)
  if type(name) ~= "string" then
    lunette.raise("nn.class: the name of the class expected, got " .. lunette.typename(name))
  end
  local class = { __name = name, __call = module_call, __newindex = remember }
  class.__index = class
  class.__tostring = function(self) return self:summary() end
  return setmetatable(class, { __index = parent or Module, __call = new, __name = "class " .. name })
end

record.declare { name = "nn.is_module", sig = "nn.is_module(v)", see = "lunette.is_tensor",
  doc = "is v a layer or a network",
  example = "print(nn.is_module(nn.ReLU()))",
  example2 = "print(nn.is_module(3))" }
function nn.is_module(v)
  local mt = type(v) == "table" and getmetatable(v)
  return mt and rawget(mt, "__call") == module_call or false
end

--- Refuses as element i of what `what` makes anything but a module; of a class it says how one is made.
function lunette.check_module(what, i, m)
  if nn.is_module(m) then return end
  local mt = type(m) == "table" and getmetatable(m)
  local class = mt and rawget(mt, "__call") == new and m.__name
  if class then
    local full = nn[class] == m and "nn." .. class or class
    lunette.raise(("%s: element %d is the class %s; %s() makes one of it"):format(what, i, full, full))
  end
  lunette.raise(("%s: element %d is a %s, not a module"):format(what, i, lunette.typename(m)))
end

record.method { name = "forward", args = "(x)", see = "nn.class",
  doc = "what net(x) computes; a class of yours defines it",
  example = "print(net:forward(tensor.ones(1, 2)).shape[2])",
  example2 = "print(net(tensor.ones(4, 2)).shape[1])" }
function Module:forward()
  lunette.raise(("%s has no forward: function %s:forward(x) ... end"):format(self.__name, self.__name))
end

record.method { name = "label", args = "()", see = "net:summary",
  doc = "what a line of a summary calls it",
  example = "print(net[1]:label())",
  example2 = "print(net:label())" }
function Module:label() return self.__name end

-- A list of layers with a hole would lose those behind it.
local function check_end(list, path)
  for k, v in next, list do
    if math.type(k) == "integer" and k > 1 and rawget(list, k - 1) == nil and (lunette.is_tensor(v) or nn.is_module(v))
    then
      lunette.unbroken(path, list)
    end
  end
end

--- net[2] = nil: an error before the layers behind it are lost.  At each forward: no setting of a field tells of it.
function lunette.check_layers(self)
  local last, count = lunette.indices(self)
  if count < last then check_end(self, nn[self.__name] and "nn." .. self.__name or self.__name) end
end

-- Calls visit(name, value, owner, key) for every tensor and module below self, in order; lists of modules count.
local function walk(self, prefix, visit)
  local function one(owner, key, value, path)
    if lunette.is_tensor(value) or nn.is_module(value) then
      visit(path, value, owner, key)
      if nn.is_module(value) then walk(value, path .. ".", visit) end
    elseif type(value) == "table" and not getmetatable(value) then
      for i, v in ipairs(value) do
        if type(v) == "table" or lunette.is_tensor(v) then one(value, i, v, path .. "." .. i) end
      end
      check_end(value, path)
    end
  end
  for i, v in ipairs(self) do one(self, i, v, prefix .. i) end
  lunette.check_layers(self)
  for _, key in ipairs(rawget(self, "_order")) do one(self, key, rawget(self, key), prefix .. key) end
end

record.method { name = "children", args = "()", see = "net:apply",
  doc = "list of {name, module}",
  example = "print(#net:children())",
  example2 = "for _, c in ipairs(net:children()) do print(c[1], c[2]:label()) end" }
function Module:children()
  local list = {}
  walk(self, "", function(name, v)
    if nn.is_module(v) then list[#list + 1] = { name, v } end
  end)
  return list
end

record.method { name = "named_tensors", args = "()", see = "net:named_parameters",
  doc = "list of {name, tensor, owner, key}: parameters and buffers",
  example = "print(#net:named_tensors())",
  example2 = "print(net:named_tensors()[1][1])" }
function Module:named_tensors()
  local list, seen = {}, {}
  walk(self, "", function(name, v, owner, key)
    if lunette.is_tensor(v) and not seen[v] then
      seen[v] = true
      list[#list + 1] = { name, v, owner, key }
    end
  end)
  return list
end

record.method { name = "named_parameters", args = "()", see = "net:parameters",
  doc = "list of {name, tensor}",
  example = "print(net:named_parameters()[1][1])",
  example2 = "for _, p in ipairs(net:named_parameters()) do print(p[1], p[2]:numel()) end" }
--- net:named_parameters() -> list of {name, tensor} that require grad or did before freeze.
function Module:named_parameters()
  local list = {}
  for _, entry in ipairs(self:named_tensors()) do
    local owner = entry[3]
    local buffers = nn.is_module(owner) and rawget(owner, "_buffers")
    if not (buffers and buffers[entry[4]]) and entry[2].is_leaf then list[#list + 1] = { entry[1], entry[2] } end
  end
  return list
end

record.method { name = "parameters", args = "()", see = "net:named_parameters",
  doc = "list of all trainable tensors, each once",
  example = "print(#net:parameters())",
  example2 = "for _, p in ipairs(net:parameters()) do print(p:numel()) end" }
function Module:parameters()
  local list = {}
  for i, entry in ipairs(self:named_parameters()) do list[i] = entry[2] end
  return list
end

record.method { name = "buffer", args = "(name, t)", see = "net:named_tensors",
  doc = "a tensor that is saved with the module but not trained",
  example = 'net:buffer("mean", tensor.zeros(2))\nprint(#net:parameters())',
  example2 = 'net:buffer("seen", tensor.zeros(1))\nprint(net.seen)' }
--- self:buffer(name, t): a tensor that is saved with the module but not trained (running statistics).
function Module:buffer(name, t)
  local buffers = rawget(self, "_buffers")
  if not buffers then
    buffers = {}
    rawset(self, "_buffers", buffers)
  end
  buffers[name] = true
  self[name] = t
end

record.method { name = "parameter_count", args = "()", see = "net:summary",
  doc = "the number of trainable numbers",
  example = "print(net:parameter_count())",
  example2 = "assert(net:parameter_count() == 13)" }
function Module:parameter_count()
  local n = 0
  for _, p in ipairs(self:parameters()) do n = n + p:numel() end
  return n
end

record.method { name = "train", args = "(on)", see = "net:eval",
  doc = "training mode, for dropout and batch norm; returns net",
  example = "net:train()",
  example2 = "net:train(false)\nprint(net.training)" }
--- net:train(on) and net:eval(): for layers that differ (dropout, batch norm).  Return net.
function Module:train(on)
  rawset(self, "training", on ~= false)
  walk(self, "", function(_, v)
    if nn.is_module(v) then rawset(v, "training", on ~= false) end
  end)
  return self
end
record.method { name = "eval", args = "()", see = "net:train",
  doc = "evaluation mode; returns net",
  example = "net:eval()\nprint(net.training)",
  example2 = "print(net:eval()(tensor.ones(1, 2)).shape[2])" }
function Module:eval() return self:train(false) end

record.method { name = "apply", args = "(f)", see = "net:children",
  doc = "calls f(module) for net and every module below it",
  example = "net:apply(function(m) print(m:label()) end)",
  example2 = "net:apply(function(m) if m.weight then nn.init.he_normal(m.weight) end end)" }
function Module:apply(f)
  f(self)
  walk(self, "", function(_, v)
    if nn.is_module(v) then f(v) end
  end)
  return self
end

--- net:freeze(pattern), net:unfreeze(pattern): parameters whose name matches the Lua pattern (all without one).
local function set_frozen(self, pattern, frozen)
  local n = 0
  for _, entry in ipairs(self:named_parameters()) do
    if not pattern or entry[1]:find(pattern) then
      entry[2]:requires_grad(not frozen)
      n = n + 1
    end
  end
  if n == 0 then lunette.raise(("freeze: no parameter matches '%s'"):format(pattern)) end
  return self
end
record.method { name = "freeze", args = "(pattern)", see = "net:unfreeze",
  doc = "parameters whose name matches (all without one) stop learning",
  example = 'net:freeze "^1"\nprint(net:parameters()[1].needs_grad)',
  example2 = "net:freeze()" }
function Module:freeze(pattern) return set_frozen(self, pattern, true) end
record.method { name = "unfreeze", args = "(pattern)", see = "net:freeze",
  doc = "they learn again",
  example = "net:freeze()\nnet:unfreeze()",
  example2 = 'net:freeze()\nnet:unfreeze "3"' }
function Module:unfreeze(pattern) return set_frozen(self, pattern, false) end

record.method { name = "zero_grad", args = "()", see = "opt:zero_grad",
  doc = "forgets all gradients",
  example = "net:zero_grad()",
  example2 = "net(tensor.ones(1, 2)):sum():backward()\nnet:zero_grad()" }
function Module:zero_grad()
  for _, p in ipairs(self:parameters()) do p:zero_grad() end
end

local function converted(old, dtype)
  local other = old:detach():to(dtype):clone():requires_grad(old.needs_grad)
  if old.grad then other.grad = old.grad:to(dtype) end
  moved.put(old, other)
  return other
end

record.method { name = "to", args = "(dtype)", see = "to",
  doc = "every float tensor converted, in place; returns net",
  example = 'print(net:to "f64"[1].weight.dtype)',
  example2 = 'net:to "f32"' }
--- net:to(dtype): every float tensor converted, in place.  Returns net.  What is shared stays shared, gradients
-- come along, and an optimiser made before goes on with the new ones.
function Module:to(dtype)
  local converts = {}
  walk(self, "", function(_, old, owner, key)
    if not lunette.is_tensor(old) or (old.dtype ~= "f32" and old.dtype ~= "f64") or old.dtype == dtype then return end
    converts[old] = converts[old] or converted(old, dtype)
    rawset(owner, key, converts[old])
  end)
  return self
end

record.method { name = "state", args = "()", see = "net:load_state",
  doc = "a table name -> tensor of parameters and buffers, shared",
  example = 'print(net:state()["1.weight"])',
  example2 = 'tensor.save("/tmp/lunette-help.safetensors", net:state())' }
function Module:state()
  local state = {}
  for _, entry in ipairs(self:named_tensors()) do state[entry[1]] = entry[2]:detach() end
  return state
end

local function list_some(names)
  table.sort(names)
  local shown = table.concat(names, ", ", 1, math.min(#names, 5))
  return #names > 5 and (shown .. (", and %d more"):format(#names - 5)) or shown
end

--- What t has that `own`, which it is to be copied into, cannot hold: a number of f64 that f32 has only as inf; or nil.
function lunette.beyond(own, t)
  if own.dtype ~= "f32" or t.dtype ~= "f64" or own.is_meta then return nil end
  local lost = tensor.no_grad(function() return t:to "f32":isinf():logical_and(t:isfinite()) end)
  if not lost:any():item() then return nil end
  return t:detach():reshape(-1)[lost:reshape(-1)]:at(1):item()
end

local about_load_state = record.method { name = "load_state", args = "(state, {strict=true})", see = "net:state",
  doc = "copies tensors in by name; what is missing, unknown or misshapen, or has a number of f64 that f32 does not "
    .. "hold (PyTorch makes it inf), is an error that names it",
  options = { { "strict", true, "false takes what fits" } },
  example = "net:load_state(net:state())",
  example2 = 'net:load_state({["1.bias"] = tensor.zeros(3)}, {strict = false})' }
--- net:load_state(table): copies tensors in by name; missing, unknown and misshapen ones are one error that lists them,
-- and nothing is copied.  {strict = false} takes what is there.
function Module:load_state(state, opt)
  opt = lunette.checked("load_state", opt, record.known(about_load_state.options))
  local misshapen, missing, unknown, large, known, parts = {}, {}, {}, {}, {}, {}
  for _, entry in ipairs(self:named_tensors()) do
    local name, own = entry[1], entry[2]
    known[name] = own
    if not state[name] then
      missing[#missing + 1] = name
    elseif not tensor.same_shape(own, state[name]) then
      misshapen[#misshapen + 1] = ("'%s' is %s in the file, %s in %s"):format(name, lunette.typename(state[name]),
        lunette.typename(own), self:label())
    else
      local value = lunette.beyond(own, state[name])
      if value then large[#large + 1] = ("'%s' (%g)"):format(name, value) end
    end
  end
  for name in pairs(state) do
    if not known[name] then unknown[#unknown + 1] = name end
  end
  if #misshapen > 0 then parts[1] = list_some(misshapen) end
  if opt.strict and #missing > 0 then parts[#parts + 1] = "the file has no " .. list_some(missing) end
  if opt.strict and #unknown > 0 then parts[#parts + 1] = "the network has no " .. list_some(unknown) end
  if #large > 0 then parts[#parts + 1] = "beyond what f32 holds: " .. list_some(large) end
  if #parts > 0 then lunette.raise("load: " .. table.concat(parts, "; ")) end
  tensor.no_grad(function()
    for name, own in pairs(known) do
      if state[name] then own:copy_(state[name]) end
    end
  end)
  return self
end

function tensor.same_shape(a, b)
  if a:dim() ~= b:dim() then return false end
  for d = 1, a:dim() do
    if a:size(d) ~= b:size(d) then return false end
  end
  return true
end

record.method { name = "save", args = "(path)", see = "net:load",
  doc = "parameters and buffers as .safetensors; nil and a message when it fails",
  example = 'assert(net:save "/tmp/lunette-help.safetensors")',
  example2 = 'print(net:save "/dev/null/nosuch/net.safetensors")' }
--- net:save(file): parameters and buffers as .safetensors.  nil, message when the file fails.  net:load: import.lua.
function Module:save(file) return tensor.save(file, self:state()) end

local about_export = record.method { name = "export", args = '("net.onnx", {input={1, 28, 28, 1}})',
  see = "nn.onnx, net:save",
  doc = "writes a network, as it is in use, as an ONNX file (operator set 17) with a batch of any length; noted while "
    .. "it runs on shapes, with two sizes for each that stays open; what follows from one (of a stride, a pool, a "
    .. "slice, a mask) is open in the file too; true, or nil and why the file could not be written",
  options = { { "input", lunette.none, "shape or tensor of the input; a list of them for several; {name = shape} for a "
    .. "network of one table; a word as a size stays open", shown = "net:expects" } },
  example = 'assert(net:export("/tmp/lunette-help.onnx", {input = {1, 2}}))',
  example2 = 'assert(net:export("/tmp/lunette-help.onnx", {input = {1, 2}}))\n'
    .. 'print(nn.onnx("/tmp/lunette-help.onnx")(tensor.ones(4, 2)).shape[1])' }
function Module:export(path, opt)
  if type(path) ~= "string" then lunette.raise("net:export: a path expected, got " .. lunette.typename(path)) end
  return require "nn.onnx.export"(self, path, record.checked("net:export", opt, about_export.options))
end

-- --- summary -------------------------------------------------------------------------------------------------

local function shape_text(t)
  return lunette.is_tensor(t) and lunette.typename(t) or "-"
end

local function thousands(n)
  local s = tostring(n)
  return (s:reverse():gsub("(%d%d%d)", "%1 "):reverse():gsub("^ ", ""))
end

-- Output shapes and operations, by running on a tensor without bytes.
local function trace(self, input)
  local shapes, flops = {}, {}
  if not input then return shapes, flops end
  local x = lunette.is_tensor(input) and tensor.meta(input.shape) or tensor.meta(input)
  local outer = tracing
  tracing = function(m, before, y)
    shapes[m] = shape_text(y)
    flops[m] = (flops[m] or 0) + lunette.inferred_flops() - before
  end
  pcall(tensor.no_grad, function() return self(x) end)
  tracing = outer
  return shapes, flops
end

local function shape_of_input(input)
  return "f32[" .. table.concat(lunette.is_tensor(input) and input.shape or input, ",") .. "]"
end

-- 1234567 as 1.23 M: operations.
local function amount(n)
  if not n then return "" end
  for _, unit in ipairs { { 1e12, "T" }, { 1e9, "G" }, { 1e6, "M" }, { 1e3, "k" } } do
    if n >= unit[1] then return ("%.3g %s"):format(n / unit[1], unit[2]) end
  end
  return ("%d"):format(n)
end

-- Modules directly below, in order; lists of modules are looked into.
local function own_modules(self)
  local list = {}
  local function take(v)
    if nn.is_module(v) then
      list[#list + 1] = v
    elseif type(v) == "table" and not getmetatable(v) then
      for _, w in ipairs(v) do take(w) end
    end
  end
  for _, v in ipairs(self) do take(v) end
  for _, key in ipairs(rawget(self, "_order")) do take(rawget(self, key)) end
  return list
end

-- The shape of one input as far as the first layer tells it.
local function guess_input(self)
  if rawget(self, "_expects") then return rawget(self, "_expects") end
  local first = self
  while first and not first.input_shape do first = nn.is_module(first[1]) and first[1] or nil end
  return first and first:input_shape()
end

record.method { name = "expects", args = "(shape)", see = "net:summary",
  doc = "the shape of one input, for print(net) where the first layer does not tell it; returns net; without a shape: "
    .. "the one that was given, or that its first layer or its file tells, or nil",
  example = "print(net:expects{8, 2})",
  example2 = "net:expects(tensor.randn(4, 2))" }
function Module:expects(shape)
  if shape == nil then return guess_input(self) end
  rawset(self, "_expects", lunette.is_tensor(shape) and shape.shape or shape)
  return self
end

record.method { name = "summary", args = "(x)", see = "net:parameter_count, net:expects",
  doc = "a table of layers, output shapes (for x, a tensor or a shape), parameters and operations; nothing is "
    .. "computed",
  example = "print(net:summary{8, 2})",
  example2 = "print(net)" }
--- net:summary(x): a table of layers, output shapes (for x, a tensor or a shape), parameters and operations
-- (floating point, forward); nothing is computed.
function Module:summary(input)
  input = input or guess_input(self)
  local shapes, flops = trace(self, input)
  local rows = { { "layer", "output", "parameters", "operations" } }
  local function add(module, depth)
    local below = own_modules(module)
    rows[#rows + 1] = { ("  "):rep(depth) .. module:label(), shapes[module] or "",
      #below == 0 and thousands(module:parameter_count()) or "", amount(flops[module]) }
    for _, child in ipairs(below) do add(child, depth + 1) end
  end
  add(self, 0)
  local w = { 5, 6, 10, 1 }
  for _, r in ipairs(rows) do
    for k = 1, 4 do w[k] = math.max(w[k], utf8.len(r[k]) or #r[k]) end
  end
  if not next(flops) then rows[1][4] = "" end
  local lines = {}
  for i, r in ipairs(rows) do
    lines[i] = lunette.aligned(r, w, { [3] = true, [4] = true })
  end
  local total = flops[self] and (", %s operations for %s"):format(amount(flops[self]), shape_of_input(input)) or ""
  lines[#lines + 1] = ("%s parameters%s"):format(thousands(self:parameter_count()), total)
  return table.concat(lines, "\n")
end

-- --- the path in error messages (vm/fail.c hands over module, input, module, input, ..., innermost first) ----------

local function child_name(parent, child)
  for i, v in ipairs(parent) do
    if v == child then return ("%s[%d]"):format(parent.__name, i), true end
  end
  return nil
end

local function module_path(list)
  local modules, inputs = {}, {}
  for i = 1, #list, 2 do
    table.insert(modules, 1, list[i])
    table.insert(inputs, 1, list[i + 1])
  end
  local words = {}
  for i, m in ipairs(modules) do
    local indexed = modules[i + 1] and child_name(m, modules[i + 1])
    words[#words + 1] = indexed or m:label()
  end
  local input = lunette.is_tensor(inputs[1]) and ("      input of net was " .. lunette.typename(inputs[1])) or ""
  return "\n in net > " .. table.concat(words, " > ") .. input
end

lunette.set_module_call(module_call, module_path)
