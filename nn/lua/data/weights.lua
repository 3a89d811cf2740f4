--- weights.lua: data.weights: the tensors of a model's file by name, in the file's order, read when they are asked for.
--   local w = data.weights "resnet18.pth"
--   print(w)                                  -- names, shapes, dtypes; nothing is read
--   w["fc.weight"]                            -- reads this one
--   for name, t in pairs(w) do ... end        -- all, in order; ipairs goes over the names alone
local record = require "nn.record"
local files = lunette.io

local Weights = { __name = "weights" }

-- What a set knows of its tensors, apart from its names, which are the user's.
local known = setmetatable({}, { __mode = "k" })

local function read(set, name)
  local own = known[set]
  local at = own.at[name]
  if not at and own.left[name] then lunette.raise(("%s: '%s' %s"):format(own.path, name, own.left[name])) end
  if not at then return nil end
  local t, why = own.read(at)
  if not t then lunette.raise(why) end
  rawset(set, name, t)
  return t
end

function Weights.__index(set, key)
  if math.type(key) == "integer" then return known[set].names[key] end
  return read(set, key)
end
function Weights.__len(set) return #known[set].names end
function Weights.__pairs(set)
  local names, i = known[set].names, 0
  return function()
    i = i + 1
    if names[i] then return names[i], set[names[i]] end
  end
end
function Weights.__tostring(set)
  local own, lines, count = known[set], {}, 0
  for i, name in ipairs(own.names) do
    local n = 1
    for _, size in ipairs(own.shapes[i]) do n = n * size end
    count = count + n
    lines[i] = ("%s  %s[%s]"):format(name, own.dtypes[i], table.concat(own.shapes[i], ","))
  end
  lines[#lines + 1] = ("%d tensors, %d numbers in %s"):format(#own.names, count, own.path)
  local out = {}
  for name, why in pairs(own.left) do out[#out + 1] = ("left out: '%s' %s"):format(name, why) end
  table.sort(out)
  table.move(out, 1, #out, #lines + 1, lines)
  return table.concat(lines, "\n")
end

-- names, shapes, dtypes: lists; get(i) gives a tensor, or nil and why; left: {name = why it cannot be read}.
local function make(path, names, shapes, dtypes, get, left)
  local set, at = setmetatable({}, Weights), {}
  left = left or {}
  for i, name in ipairs(names) do
    if at[name] then left[name] = "is there a second time" else at[name] = i end
  end
  known[set] = { path = path, names = names, shapes = shapes, dtypes = dtypes, at = at, read = get, left = left }
  return set
end

-- --- the formats -----------------------------------------------------------------------------------------------------

local function lazy(path, kind)
  local file, names, shapes, dtypes, left = files.weights_open(path, kind)
  if not file then return nil, names end
  return make(path, names, shapes, dtypes, function(i) return files.weights_read(file, i) end, left)
end

-- conv2d_10 after conv2d_9.
local function by_number(a, b)
  local function wide(s) return (s:gsub("%d+", function(d) return ("%012d"):format(tonumber(d) % 1e12) end)) end
  return wide(a) < wide(b)
end

-- A table of tensors that is read whole; `order` lists the names that come first.
local function whole(path, state, order, left)
  if lunette.is_tensor(state) then state = { [""] = state } end
  local names, shapes, dtypes, seen = {}, {}, {}, {}
  local function add(name)
    local t = state[name]
    if seen[name] or not lunette.is_tensor(t) then return end
    seen[name] = true
    names[#names + 1], shapes[#shapes + 1], dtypes[#dtypes + 1] = name, t.shape, t.dtype
  end
  for _, name in ipairs(order or {}) do add(name) end
  local rest = {}
  for name in pairs(state) do
    if not name:find "@[%w_]+$" then rest[#rest + 1] = name end -- an attribute of HDF5's
  end
  table.sort(rest, by_number)
  for _, name in ipairs(rest) do add(name) end
  return make(path, names, shapes, dtypes, function(i) return state[names[i]] end, left)
end

-- Keras's order: the attribute layer_names of the root, weight_names of each layer's group (version 2); the names that
-- are left, such as version 3's layers/dense/vars/0, by class and number.
-- A long attribute lies in parts, name0, name1, ...
local function attribute(state, name)
  if state[name] or not state[name .. "0"] then return state[name] end
  local list, k = {}, 0
  while state[name .. k] do
    table.move(state[name .. k], 1, #state[name .. k], #list + 1, list)
    k = k + 1
  end
  return list
end
-- Is anything below that path?  A group with nothing in it leaves no trace.
local function has_below(state, path)
  for name in pairs(state) do
    if type(name) == "string" and name:sub(1, #path) == path then return true end
  end
  return false
end
-- The order, what stands before every name, and the first layer that is listed and is not there.
local function keras_order(state)
  local order, root, gone = {}, "", nil
  local layers = attribute(state, "@layer_names")
  if not layers then
    layers = attribute(state, "model_weights@layer_names")
    if layers then root = "model_weights/" end
  end
  local function under(names, prefix)
    for _, name in ipairs(names or {}) do order[#order + 1] = prefix .. name end
  end
  for _, layer in ipairs(layers or {}) do
    local names = attribute(state, root .. layer .. "@weight_names")
    if not names and not has_below(state, root .. layer .. "/") then gone = gone or layer end
    under(names, root .. layer .. "/")
  end
  return order, root, gone
end

local function hdf5(path, shown)
  local state, why, left = tensor.load(path)
  if not state then return nil, why end
  local order, root, gone = keras_order(state)
  if gone then
    return nil, ("%s: its layer_names lists '%s', of which the file has no group"):format(shown or path, gone)
  end
  if #order == 0 then return whole(shown or path, state, order, left), state, root end
  for i, name in ipairs(order) do -- model_weights/ before every name tells nothing
    if not lunette.is_tensor(state[name]) then
      return nil, ("%s: its list of weights has '%s', which %s"):format(shown or path, name,
        left and left[name] or "is not in it")
    end
    order[i] = name:sub(#root + 1)
    state[order[i]] = state[name]
    if root ~= "" then state[name] = nil end
  end
  return whole(shown or path, state, order, left), state, root
end

-- A .keras file is a zip file with the weights as HDF5, which needs a file of its own while it is read.
local function keras_zip(path)
  local bytes, why = files.zip_member(path, "model.weights.h5")
  if not bytes then return nil, why end
  local name = os.tmpname()
  local f = assert(io.open(name, "wb"))
  local written = f:write(bytes) and f:close()
  local set, state, root
  if written then set, state, root = hdf5(name, path) end
  os.remove(name)
  if not written then return nil, path .. ": no room for its weights beside " .. name end
  if not set then return nil, (tostring(state):gsub(name, path, 1)) end
  return set, state, root
end

-- {"weight_map": {name: file}}: safetensors in parts, which lie beside the index.
local function split(path)
  local index, why = data.json(path)
  if not index then return nil, why end
  local map = type(index) == "table" and index.weight_map
  if type(map) ~= "table" then return nil, path .. ": no index of weights: it has no weight_map" end
  local folder, parts, seen = path:match "^(.*/)" or "", {}, {}
  for name, file in pairs(map) do
    if type(name) ~= "string" or type(file) ~= "string" or file:find "[/\\%z]" or file == ".." then
      return nil, ("%s: '%s' lies in '%s', which is no file beside the index"):format(path, tostring(name),
        tostring(file))
    end
    if not seen[file] then
      seen[file] = true
      parts[#parts + 1] = file
    end
  end
  table.sort(parts)
  local names, shapes, dtypes, from, left = {}, {}, {}, {}, {}
  for _, file in ipairs(parts) do
    local part, why_not = lazy(folder .. file, file:find "%.safetensors$" and "safetensors" or "torch")
    if not part then return nil, why_not end
    local own = known[part]
    for name, reason in pairs(own.left) do
      if map[name] == file then left[name], map[name] = reason, nil end
    end
    for i, name in ipairs(own.names) do
      if map[name] == file then
        names[#names + 1], shapes[#shapes + 1], dtypes[#dtypes + 1] = name, own.shapes[i], own.dtypes[i]
        from[#from + 1], map[name] = { own, i }, nil
      end
    end
  end
  local missing, file = next(map)
  if missing then return nil, ("%s: '%s' should be in %s, but is not"):format(path, missing, file) end
  return make(path, names, shapes, dtypes, function(i) return from[i][1].read(from[i][2]) end, left)
end

-- --- what is round a state dict -------------------------------------------------------------------------------------

-- The part of a set whose names begin with `prefix`, without it.
local function below(set, prefix)
  local own = known[set]
  local names, shapes, dtypes, at = {}, {}, {}, {}
  for i, name in ipairs(own.names) do
    if name:sub(1, #prefix) == prefix and #name > #prefix then
      names[#names + 1], at[#at + 1] = name:sub(#prefix + 1), i
      shapes[#shapes + 1], dtypes[#dtypes + 1] = own.shapes[i], own.dtypes[i]
    end
  end
  if #names == 0 then return nil end
  local left = {}
  for name, why in pairs(own.left) do
    if name:sub(1, #prefix) == prefix then left[name:sub(#prefix + 1)] = why end
  end
  return make(own.path, names, shapes, dtypes, function(i) return own.read(at[i]) end, left)
end

local function all_begin(set, prefix)
  for _, name in ipairs(known[set].names) do
    if name:sub(1, #prefix) ~= prefix then return false end
  end
  return #known[set].names > 0
end

-- A checkpoint's state dict, and names without what DataParallel puts before each of them.
local function unwrapped(set)
  for _, key in ipairs { "state_dict.", "model_state_dict.", "model_state.", "module_state_dict." } do
    set = below(set, key) or set
  end
  if known[set].at["model"] == nil and not all_begin(set, "module.") then
    local inner = below(set, "model.")
    -- "model" is a wrapper when nothing but a training's state lies beside it
    local beside = false
    for _, name in ipairs(known[set].names) do
      if not name:find "^model%." and not name:find "^optimi[sz]er" and not name:find "^[%a_]*scheduler"
        and not name:find "^ema" and not name:find "^scaler" then
        beside = true
      end
    end
    if inner and not beside then set = inner end
  end
  while all_begin(set, "module.") do set = below(set, "module.") end
  return set
end

-- --- the face -------------------------------------------------------------------------------------------------------

-- By the format's name in tensor/files/formats.def, for those that are read tensor by tensor or in an order of Keras's.
local readers = { safetensors = function(p) return lazy(p, "safetensors") end,
  PyTorch = function(p) return lazy(p, "torch") end, HDF5 = hdf5, Keras = keras_zip }

-- Names and reasons of what cannot be read come as a third result, as tensor.load's.
local function with_left_out(set)
  local left = known[set].left
  if next(left) then return set, nil, left end
  return set
end
local about_weights = record.declare { name = "data.weights", sig = "set = data.weights(path, {wrapped=false})",
  see = "net:load, tensor.load",
  doc = "the tensors of a model's file by name, in the file's order, read when they are asked for: set[name] a "
    .. "tensor, set[i] a name, #set their number, pairs goes over all; .safetensors (also split, by .index.json), "
    .. ".pt .pth .bin .ckpt (PyTorch's state dicts; nothing in them is run), .h5 .weights.h5 .keras, .npz; what cannot "
    .. "be read is left out, and a third result has its names and why; nil and a message when the file fails, and for "
    .. "a file of PyTorch's with tensors of another kind (complex, quantized, sparse), whose making would be a call",
  options = {
    { "wrapped", false, "keeps what is round a checkpoint's state dict, and \"module.\" before its names" } },
  example = 'nn.Linear(2, 3):save "/tmp/lunette-help.safetensors"\n'
    .. 'print(data.weights "/tmp/lunette-help.safetensors")',
  example2 = 'print(data.weights "nosuch.pth")' }
function data.weights(path, options)
  local opt = lunette.checked("data.weights", options, record.known(about_weights.options))
  if type(path) ~= "string" then
    lunette.raise("data.weights: a path expected first, got " .. lunette.typename(path))
  end
  local right, why = files.looks_right(path)
  if not right then return nil, why end
  local reader = path:lower():find "%.index%.json$" and split or readers[files.format(path)]
  if reader then
    local set, message = reader(path)
    if not set then return nil, message end
    return with_left_out(opt.wrapped and set or unwrapped(set))
  end
  local state, message, left = tensor.load(path)
  if not state then return nil, message end
  return with_left_out(whole(path, state, nil, left))
end

--- What nn/lua/import.lua and nn/lua/keras.lua ask of a set.
return {
  known = function(set) return known[set] end,
  unwrapped = unwrapped,
  attribute = attribute,
  is = function(v) return getmetatable(v) == Weights end,
  hdf5 = hdf5,
  keras_zip = keras_zip,
  whole = whole,
}
