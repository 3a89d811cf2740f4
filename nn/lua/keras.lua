--- keras.lua: whole models of Keras: nn.keras(path, weights).  path: .keras (version 3), .h5 (version 2, model.save),
-- or .json (model.to_json, TensorFlow.js's model.json); weights, where they are not in the file: .h5, .weights.h5, or
-- any file of data.weights with names LAYER/NAME.
--   local net = nn.keras "model.keras"
--   print(net(x))          -- x [N,H,W,C], [N,T,F] or ids [N,T] from 0, as Keras has them
-- Sequential and Functional models, shared layers, models within models; nn/lua/keras_layers.lua has the layers.
local record = require "nn.record"
local sets = require "nn.data.weights"
local import = require "nn.import"
local kinds = require "nn.keras_layers"
local files = lunette.io

local function fail(...) lunette.raise((...):format(select(2, ...))) end
local null = data.null
local function given(v) if v ~= null then return v end end

-- --- layers ---------------------------------------------------------------------------------------------------------

local classes = {}
local make_layer, Model

local function class_of(name)
  if classes[name] then return classes[name] end
  local kind, class = kinds[name], nn.class(name)
  for key, value in pairs(kind) do class[key] = value end
  function class:label() return ("%s %s"):format(name, self.config.name or "") end
  classes[name] = class
  return class
end

local function blank(class, fields)
  local self = setmetatable({}, class)
  for key, value in pairs { _order = {}, training = true } do rawset(self, key, value) end
  for key, value in pairs(fields) do rawset(self, key, value) end
  return self
end

-- Both ways along the steps; the way back begins at the end and is turned again.
kinds.Bidirectional = {
  build = function(self, c, shape)
    local how = given(c.merge_mode)
    if not ({ concat = 1, sum = 1, mul = 1, ave = 1 })[how] then
      fail("%s: merge_mode %s is not read", self.where, tostring(how))
    end
    local back = given(c.backward_layer)
    if not back then
      back = { class_name = c.layer.class_name, config = {} }
      for key, value in pairs(c.layer.config) do back.config[key] = value end
      back.config.go_backwards = c.layer.config.go_backwards ~= true
    end
    if c.layer.config.return_state == true then fail("%s: return_state is not read", self.where) end
    self.forward_layer = make_layer(c.layer, self.version)
    self.backward_layer = make_layer(back, self.version)
    for _, one in ipairs { self.forward_layer, self.backward_layer } do
      if not one.run then fail("%s: %s within is not read", self.where, one.__name) end
      one:build(one.config, shape)
    end
  end,
  forward = function(self, x)
    local a, b = self.forward_layer(x), self.backward_layer(x)
    if self.forward_layer.config.return_sequences == true then b = b:flip(2) end
    local how = self.config.merge_mode
    if how == "concat" then return tensor.cat { a, b, dim = -1 } end
    return how == "mul" and a * b or how == "sum" and a + b or (a + b) / 2
  end }

kinds.TimeDistributed = {
  build = function(self, c, shape)
    self.layer = make_layer(c.layer, self.version)
    local inner = { shape[1], table.unpack(shape, 3) }
    if self.layer.build then self.layer:build(self.layer.config, inner) end
  end,
  forward = function(self, x)
    local y = self.layer(x:reshape(x:size(1) * x:size(2), table.unpack(x.shape, 3)))
    return y:reshape(x:size(1), x:size(2), table.unpack(y.shape, 2))
  end }

-- Sizes of weights are whole numbers from 1 on.
local function check_counts(config, where)
  for _, key in ipairs { "units", "filters", "input_dim", "output_dim", "num_heads", "key_dim", "value_dim",
    "depth_multiplier" } do
    local value = given(config[key])
    local n = value ~= nil and (math.tointeger(value) or 0)
    if n and (n < 1 or n >= 1 << 31) then
      fail("%s: %s is %s, but a whole number from 1 on is expected", where, key, tostring(value))
    end
  end
end

function make_layer(entry, version)
  local name, config = entry.class_name, entry.config
  if type(config) ~= "table" or type(name) ~= "string" then fail "nn.keras: a layer without class_name and config" end
  if name == "Functional" or name == "Model" or name == "Sequential" then return Model(entry, version) end
  local where = ("layer '%s' (%s)"):format(tostring(entry.name or config.name), name)
  if not kinds[name] then fail("%s is not read", where) end
  if config.data_format == "channels_first" then fail("%s: data_format channels_first is not read", where) end
  check_counts(config, where)
  return blank(class_of(name), { config = config, where = where, version = version })
end
kinds.InputLayer = { forward = function(_, x) return x end }

-- --- graphs ---------------------------------------------------------------------------------------------------------

-- Calls see(ref) for every reference to a tensor in the arguments of a call: {name, node, tensor}.
local function references(v, see)
  if type(v) ~= "table" or v == null then return v end
  if v.class_name == "__keras_tensor__" then
    local h = v.config.keras_history
    return see { h[1], h[2], h[3] }
  end
  local copy = {}
  for key, value in pairs(v) do copy[key] = references(value, see) end
  return copy
end

local function is_reference(v)
  return type(v) == "table" and type(v[1]) == "string" and math.type(v[2]) == "integer"
    and math.type(v[3]) == "integer"
end

-- One call of a layer: {inputs = refs in order, options}.  Version 2: a list of {name, node, tensor, kwargs}; version
-- 3:
-- {args, kwargs}.
local function call_of(node, where)
  local inputs, options = {}, {}
  local function take(ref)
    inputs[#inputs + 1] = ref
    return nil
  end
  if node.args then
    references(node.args, take)
    for key, value in pairs(node.kwargs or {}) do
      if key == "key" or key == "value" or key == "initial_state" or key == "inputs" then
        references(value, take)
      else
        options[key] = value
      end
    end
    return { inputs = inputs, options = options }
  end
  if is_reference(node) then node = { node } end
  for _, ref in ipairs(node) do
    if not is_reference(ref) then fail("%s: its inputs are not read", where) end
    take { ref[1], ref[2], ref[3] }
    local more = type(ref[4]) == "table" and ref[4] or {}
    for _, key in ipairs { "value", "key", "initial_state" } do -- in the order that the layer takes them
      local v = given(more[key])
      if is_reference(v) then
        take(v)
      else
        for _, one in ipairs(type(v) == "table" and v or {}) do take(one) end
      end
    end
    for key, value in pairs(more) do
      if key ~= "value" and key ~= "key" and key ~= "initial_state" then options[key] = value end
    end
  end
  return { inputs = inputs, options = options }
end

local function list_of_references(v)
  if is_reference(v) then return { v } end
  return type(v) == "table" and v or {}
end

-- A Sequential as a graph: each layer's input is the one before.
local function chain(config, names)
  local calls, last = {}, nil
  for _, name in ipairs(names) do
    calls[name] = { { inputs = { last }, options = {} } }
    last = { name, 0, 0 }
  end
  local first = config.layers and config.layers[1] or config[1]
  local inputs = first and first.class_name == "InputLayer" and { { names[1], 0, 0 } } or nil
  return calls, inputs, { last }
end

-- A model within a model counts its own call as the first: those of the outer begin at 1.
local function count_own_calls(by_name, calls, outputs)
  local greatest = {}
  local function see(ref) greatest[ref[1]] = math.max(greatest[ref[1]] or 0, ref[2]) end
  for _, list in pairs(calls) do
    for _, call in ipairs(list) do
      for _, ref in ipairs(call.inputs) do see(ref) end
    end
  end
  for _, ref in ipairs(outputs) do see(ref) end
  for name, layer in pairs(by_name) do
    if getmetatable(layer) == Model and greatest[name] == #calls[name] then table.insert(calls[name], 1, false) end
  end
end

-- Steps in an order in which every input is there: {name, node, call}.
local function ordered(model, calls, outputs)
  local steps, state = {}, {}
  local function visit(ref)
    local name, node = ref[1], ref[2]
    local key = ("%s %d"):format(name, node)
    if state[key] == "done" then return end
    if state[key] then fail("nn.keras: layer '%s' hangs on itself", name) end
    local call = calls[name] and calls[name][node + 1]
    if not call then fail("nn.keras: %s wants call %d of layer '%s': there is none", model, node + 1, name) end
    state[key] = "begun"
    for _, input in ipairs(call.inputs) do visit(input) end
    state[key] = "done"
    steps[#steps + 1] = { name = name, key = key, call = call }
  end
  for _, ref in ipairs(outputs) do visit(ref) end
  return steps
end

-- --- models ---------------------------------------------------------------------------------------------------------

Model = nn.class "Keras"

function Model:init(entry, version)
  local config = entry.config
  local list = config.layers or (#config > 0 and config) or {}
  if #list == 0 then fail("nn.keras: model '%s' has no layers", tostring(config.name)) end
  rawset(self, "config", config)
  rawset(self, "version", version)
  local names, by_name, calls = {}, {}, {}
  self.layers = {}
  for i, one in ipairs(list) do
    local layer = make_layer(one, version)
    local name = one.name or one.config.name or ("layer %d"):format(i)
    if by_name[name] then fail("nn.keras: two layers are called '%s'", name) end
    names[i], by_name[name], self.layers[i] = name, layer, layer
    calls[name] = {}
    for k, node in ipairs(type(one.inbound_nodes) == "table" and one.inbound_nodes or {}) do
      calls[name][k] = call_of(node, ("layer '%s'"):format(name))
    end
    if one.class_name == "InputLayer" then calls[name] = { { inputs = {}, options = {} } } end
  end
  local inputs, outputs
  if entry.class_name == "Sequential" then
    calls, inputs, outputs = chain(config, names)
  else
    inputs, outputs = list_of_references(config.input_layers), list_of_references(config.output_layers)
    count_own_calls(by_name, calls, outputs)
  end
  rawset(self, "names", names)
  rawset(self, "by_name", by_name)
  rawset(self, "inputs", inputs)
  rawset(self, "outputs", outputs)
  rawset(self, "steps", ordered(tostring(config.name), calls, outputs))
end

function Model:label() return ("Keras %s"):format(self.config.name or "model") end

local function shapes_of(list)
  local shapes = {}
  for i, x in ipairs(list) do shapes[i] = x.shape end
  return table.unpack(shapes)
end

-- A layer gets its tensors when it is first called.
local function built(layer, inputs)
  if rawget(layer, "is_built") then return end
  rawset(layer, "is_built", true)
  if getmetatable(layer) ~= Model and layer.build then layer:build(layer.config, shapes_of(inputs)) end
end

--- net(x), net(a, b) in the order of the model's inputs, or net{name = a, ...}: its outputs, in order.
function Model:forward(...)
  local given_inputs, values = { ... }, {}
  local first = ...
  local named = type(first) == "table" and not lunette.is_tensor(first) and first
  for i, ref in ipairs(self.inputs or {}) do
    local x = named and named[ref[1]] or not named and given_inputs[i]
    if not lunette.is_tensor(x) then fail("%s: input '%s' is missing", self:label(), ref[1]) end
    values[("%s %d"):format(ref[1], ref[2])] = { x }
  end
  for _, step in ipairs(self.steps) do
    if not values[step.key] then
      local inputs = {}
      for i, ref in ipairs(step.call.inputs) do inputs[i] = values[("%s %d"):format(ref[1], ref[2])][ref[3] + 1] end
      if #inputs == 0 then inputs[1] = first end -- a Sequential's first layer
      local layer = self.by_name[step.name]
      built(layer, inputs)
      if layer.__name == "MultiHeadAttention" then inputs[4] = step.call.options end
      values[step.key] = { layer(table.unpack(inputs, 1, layer.__name == "MultiHeadAttention" and 4 or #inputs)) }
    end
  end
  local out = {}
  for i, ref in ipairs(self.outputs) do out[i] = values[("%s %d"):format(ref[1], ref[2])][ref[3] + 1] end
  return table.unpack(out)
end

-- The shape that a model says its input has; what it leaves open is a size that every net takes.
local function input_shape(config, where)
  local s = given(config.batch_shape) or given(config.batch_input_shape)
  if not s and config.input_shape then s = { null, table.unpack(config.input_shape) } end
  if type(s) ~= "table" then fail("%s: without the shape of its input", where) end
  local shape = {}
  for i, n in ipairs(s) do
    if n ~= null and (math.type(n) ~= "integer" or n < 1) then fail("%s: no shape of an input", where) end
    shape[i] = n ~= null and n or i == 1 and 1 or #s == 4 and 224 or 16
  end
  return shape
end

-- Runs on tensors without bytes, so that every layer makes its own.
local function build_all(model)
  local list = {}
  for i, ref in ipairs(model.inputs or {}) do
    local layer = model.by_name[ref[1]]
    if not layer then fail("nn.keras: there is no input '%s'", tostring(ref[1])) end
    list[i] = input_shape(layer.config, ("input '%s'"):format(ref[1]))
  end
  if not model.inputs then
    local c = model.config
    local first = model.layers[1]
    local shape = given(c.build_input_shape) and { batch_shape = c.build_input_shape } or first.config
    list[1] = input_shape(shape, ("model '%s'"):format(tostring(c.name)))
  end
  local inputs = {}
  for i, shape in ipairs(list) do inputs[i] = tensor.meta(shape) end
  tensor.no_grad(function() model:eval()(table.unpack(inputs)) end)
  return model:expects(list[1])
end

-- --- weights --------------------------------------------------------------------------------------------------------

-- Tensors in Keras's order: of a layer as made; of a model all that are trained, then the others.
local function slots_of(layer)
  local list, last = {}, {}
  if getmetatable(layer) ~= Model then
    for _, e in ipairs(layer:named_tensors()) do list[#list + 1] = e[2] end
    return list
  end
  for _, inner in ipairs(layer.layers) do
    local frozen = inner.config.trainable == false
    for i, t in ipairs(slots_of(inner)) do
      local buffer = getmetatable(inner) ~= Model and (inner:named_tensors()[i][1]):find "^moving_"
      table.insert((frozen or buffer) and last or list, t)
    end
  end
  table.move(last, 1, #last, #list + 1, list)
  return list
end

local function compare(slots, find, report)
  for k, t in ipairs(slots) do
    local name, value = find(k)
    if value == nil then
      table.insert(report.missing, name)
    elseif not tensor.same_shape(t, value) then
      table.insert(report.misshapen, ("%s is [%s], here [%s]"):format(name, table.concat(value.shape, ","),
        table.concat(t.shape, ",")))
    else
      table.insert(report.copies, { t, value, name })
    end
    report.used[name] = true
  end
end

-- Version 2: a group a layer, its weight_names in order.
local function from_groups(model, state, root, report)
  for i, layer in ipairs(model.layers) do
    local name = model.names[i]
    local names = sets.attribute(state, root .. name .. "@weight_names") or {}
    compare(slots_of(layer), function(k)
      local full = names[k] and name .. "/" .. names[k] or ("%s's tensor %d"):format(name, k)
      return full, state[full]
    end, report)
  end
end

-- Without such lists: LAYER/anything in the file's order, as TensorFlow.js names them.
local function from_names(model, set, report)
  local groups = {}
  for _, name in ipairs(sets.known(set).names) do
    local layer = name:match "^([^/]*)/"
    if layer then
      groups[layer] = groups[layer] or {}
      table.insert(groups[layer], name)
    end
  end
  for i, layer in ipairs(model.layers) do
    local own = groups[model.names[i]] or {}
    compare(slots_of(layer), function(k)
      local name = own[k] or ("%s's tensor %d"):format(model.names[i], k)
      return name, set[name]
    end, report)
  end
end

local function snake(name) return (name:gsub("(.)(%u%l+)", "%1_%2"):gsub("(%l)(%u)", "%1_%2"):lower()) end

-- Version 3: layers/CLASS_NUMBER/vars/0, 1, ...; the number counts layers of a class in their model.
local function from_paths(model, state, prefix, report)
  local count = {}
  local function has(path)
    for name in pairs(state) do
      if name:sub(1, #path) == path then return true end
    end
    return false
  end
  for i, layer in ipairs(model.layers) do
    local is_model = getmetatable(layer) == Model
    local class = is_model and (layer.config.input_layers and "functional" or "sequential") or snake(layer.__name)
    local path = ("%slayers/%s%s/"):format(prefix, class, count[class] and "_" .. count[class] or "")
    count[class] = (count[class] or 0) + 1
    if not has(path) and has(("%slayers/%s/"):format(prefix, model.names[i])) then
      path = ("%slayers/%s/"):format(prefix, model.names[i])
    end
    local function leaf(one, at)
      local slots, paths = slots_of(one), one.paths and one:paths()
      compare(slots, function(k)
        local name = at .. (paths and paths[k] or (one.path or "vars/%d"):format(k - 1))
        if state[name] == nil and paths and state[at .. "_" .. paths[k]] then name = at .. "_" .. paths[k] end
        return name, state[name]
      end, report)
    end
    if is_model then
      from_paths(layer, state, path, report)
    elseif layer.forward_layer then
      leaf(layer.forward_layer, path .. "forward_layer/")
      leaf(layer.backward_layer, path .. "backward_layer/")
    elseif layer.__name == "TimeDistributed" then
      leaf(layer.layer, path .. "layer/")
    else
      leaf(layer, path)
    end
  end
end

local function take_weights(model, set, state, root)
  local report = { missing = {}, unknown = {}, misshapen = {}, copies = {}, used = {} }
  local known, paths = sets.known(set), false
  for _, name in ipairs(known.names) do paths = paths or name:find "^layers/" ~= nil end
  if state and (root ~= "" or sets.attribute(state, "@layer_names")) then
    from_groups(model, state, root, report)
  elseif paths and state then
    from_paths(model, state, "", report)
  else
    from_names(model, set, report)
  end
  for _, name in ipairs(known.names) do
    if not report.used[name] and not name:find "^optimizer" and not name:find "seed_generator" then
      table.insert(report.unknown, name)
    end
  end
  return import.copy_all(known.path, model, report.copies, report)
end

-- --- files ----------------------------------------------------------------------------------------------------------

local function json(text, path)
  local name = os.tmpname()
  local f = assert(io.open(name, "wb"))
  f:write(text)
  f:close()
  local value, why = files.json(name, 180, null)
  os.remove(name)
  if value == nil then return nil, (tostring(why):gsub(name:gsub("%p", "%%%0"), path, 1)) end
  return value
end

-- The configuration, the version of Keras; and the weights' set, state and root where they are in the same file.
local function read(path)
  local lower = path:lower()
  if lower:find "%.keras$" then
    local text, why = files.zip_member(path, "config.json")
    if not text then return nil, why end
    local config, bad = json(text, path)
    if not config then return nil, bad end
    local set, state, root = sets.keras_zip(path)
    if not set then return nil, state end
    return config, 3, set, state, root
  elseif lower:find "%.json$" then
    local config, why = files.json(path, 180, null)
    if config == nil then return nil, why end
    local top = type(config) == "table" and config.modelTopology or config
    local version = type(top) == "table" and tonumber(tostring(top.keras_version or "2"):match "^%d+") or 2
    return type(top) == "table" and top.model_config or top, version
  end
  local set, state, root = sets.hdf5(path)
  if not set then return nil, state end
  local text = state["@model_config"]
  if not text then
    return nil, path .. ": has weights but no model_config: net:load(path, {from = \"keras\"}) takes them"
  end
  local config, why = json(text[1], path)
  if not config then return nil, why end
  local version = tonumber(tostring(state["@keras_version"] and state["@keras_version"][1] or "2"):match "^%d+")
  return config, version or 2, set, state, root
end

record.declare { name = "nn.keras", sig = "net = nn.keras(path, weights)", see = "net:load, data.weights",
  doc = "a whole model of Keras, in eval mode: .keras (version 3), .h5 (version 2, model.save) or .json with its "
    .. "weights' file; Sequential and Functional; net(x), net(a, b) or net{name = a}; nil and a message when a file "
    .. "fails, an error that says what of it is not read or does not fit",
  example = 'local f = io.open("/tmp/lunette-help.json", "w")\n'
    .. 'f:write [[{"class_name": "Sequential", "config": {"name": "m", "layers": [{"class_name": "Dense", "config": '
    .. '{"name": "d", "units": 2, "activation": "relu", "batch_input_shape": [null, 3]}}]}}]]\nf:close()\n'
    .. 'print(nn.keras "/tmp/lunette-help.json")',
  example2 = 'print(nn.keras "nosuch.keras")' }
--- nn.keras(path, weights) -> a network in eval mode; nil, message when a file fails; an error that says what of it is
-- not read, or lists what does not fit.
function nn.keras(path, weights)
  for _, p in ipairs { path or false, weights } do
    if type(p) ~= "string" then fail("nn.keras: a path expected, got %s", lunette.typename(p)) end
  end
  local right, why = files.looks_right(path)
  if not right then return nil, why end
  local config, version, set, state, root = read(path)
  if not config then return nil, version end
  if type(config) ~= "table" or type(config.config) ~= "table" then return nil, path .. ": no model of Keras's" end
  if config.class_name ~= "Sequential" and config.class_name ~= "Functional" and config.class_name ~= "Model" then
    return nil, ("%s: a model of class %s, where Sequential and Functional are read"):format(path,
      tostring(config.class_name))
  end
  local net = build_all(Model(config, version))
  if weights then
    if weights:lower():find "%.h5$" or weights:lower():find "%.hdf5$" then
      set, state, root = sets.hdf5(weights)
    else
      set, state = data.weights(weights, { wrapped = true })
    end
    if not set then return nil, state end
    if not root then state = nil end
  end
  if set then take_weights(net, set, state, root) end
  return net:eval()
end
