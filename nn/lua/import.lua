--- import.lua: weights of other programs into a network: names and layouts of PyTorch and Keras.
--   net:load("resnet18.pth", {from = "torch"})
--   net:load("vgg19.h5", {from = "keras"})
-- PyTorch's files are matched by name: a layer's path here (numbers from 1) is turned into its path there (numbers from
-- 0).  Keras's are matched layer by layer, in the file's order.  Every name and shape is compared first; when one does
-- not fit, the message lists the differences and nothing is changed.
--
-- Layouts: torch convolution [out, in/g, kh, kw], transposed [in, out/g, kh, kw], linear [out, in]; Keras convolution
-- [kh, kw, in, out], depthwise [kh, kw, in, mult], transposed [kh, kw, out, in], dense [in, out].  Gates: LSTM i f g o
-- in both; GRU r z n in PyTorch, z r n in Keras.
local record = require "nn.record"
local none = lunette.none
local sets = require "nn.data.weights"

local refuse = lunette.refuse

-- --- PyTorch: for each class, what its tensors and parts are called there, and how they lie -------------------------

local function transposed(t) return t:t() end
local function conv_kernel(t) return t:permute(3, 4, 2, 1) end    -- [o,i,h,w] to [h,w,i,o]
local function wide_kernel(t) return t:permute(3, 4, 1, 2) end    -- [i,o,h,w] to [h,w,i,o]
local function sequence_kernel(t) return t:permute(3, 2, 1) end   -- [o,i,k] to [k,i,o]
local function wide_sequence(t) return t:permute(3, 1, 2) end     -- [i,o,k] to [k,i,o]
local function volume_kernel(t) return t:permute(3, 4, 5, 2, 1) end
local function wide_volume(t) return t:permute(3, 4, 5, 1, 2) end
-- How many dimensions each wants.
local dims_of = { [transposed] = 2, [conv_kernel] = 4, [wide_kernel] = 4, [sequence_kernel] = 3, [wide_sequence] = 3,
  [volume_kernel] = 5, [wide_volume] = 5 }

-- {ours = {theirs, layout}}; a part's name stands for the part and all below it.
local function gates(keys)
  return function(self)
    local names = {}
    for _, entry in ipairs(self:named_tensors()) do
      local kind, input, k, reverse = entry[1]:match "^([wb])([xh])(%d*)(.*)$"
      local theirs = ("%s_%sh%s%s"):format(kind == "w" and "weight" or "bias", input == "x" and "i" or "h",
        keys and "_l" .. k - 1 or "", reverse)
      names[entry[1]] = { theirs, kind == "w" and transposed or nil }
    end
    return names
  end
end
local sequences, cells = gates(true), gates(false)
local bottleneck = { ["a.0"] = { "conv1" }, ["a.1"] = { "bn1" }, ["b.0"] = { "conv2" }, ["b.1"] = { "bn2" },
  ["c.0"] = { "conv3" }, ["c.1"] = { "bn3" }, skip = { "downsample" } }
local function transformer(parts)
  local names = { up = { "linear1" }, down = { "linear2" }, attention = { "self_attn" } }
  for ours, theirs in pairs(parts or {}) do names[ours] = { theirs } end
  return names
end

local torch = {
  Linear = { weight = { "weight", transposed } },
  Conv2d = { weight = { "weight", conv_kernel } },
  Conv1d = { weight = { "weight", sequence_kernel } },
  Conv3d = { weight = { "weight", volume_kernel } },
  ConvTranspose1d = { weight = { "weight", wide_sequence } },
  ConvTranspose2d = { weight = { "weight", wide_kernel } },
  ConvTranspose3d = { weight = { "weight", wide_volume } },
  LSTM = sequences, GRU = sequences, RNN = sequences,
  LSTMCell = cells, GRUCell = cells, RNNCell = cells,
  MultiheadAttention = { weight = { "in_proj_weight", transposed }, bias = { "in_proj_bias" }, out = { "out_proj" } },
  TransformerEncoderLayer = transformer(),
  TransformerDecoderLayer = transformer { cross = "multihead_attn" },
  ConvNorm = { conv = { "0" }, norm = { "1" } },
  BasicBlock = bottleneck, Bottleneck = bottleneck,
  InvertedResidual = function(self)
    local k = self.widen and 1 or 0
    return { widen = { "conv.0" }, depth = { "conv." .. k }, ["narrow.0"] = { "conv." .. k + 1 },
      ["narrow.1"] = { "conv." .. k + 2 } }
  end,
}

-- The longest beginning of a path that a table of names knows, put in the place of it.
local function renamed(names, path)
  local head = path
  while head do
    local to = names[head]
    if to then return to[1] .. path:sub(#head + 1), head == path and to[2] or nil end
    head = head:match "^(.*)%.[^.]*$"
  end
  return path
end

local function parts_of(self)
  local list = {}
  local function take(key, v)
    if lunette.is_tensor(v) or nn.is_module(v) then
      list[#list + 1] = { key, v }
    elseif type(v) == "table" and not getmetatable(v) then
      for i, w in ipairs(v) do take(("%s.%d"):format(key, i - 1), w) end
    end
  end
  for i, v in ipairs(self) do take(tostring(i - 1), v) end
  for _, key in ipairs(rawget(self, "_order")) do take(key, rawget(self, key)) end
  return list
end

-- Every tensor below self as {name = theirs, tensor =, layout =, module =, key =}, in order.
local function torch_names(self)
  local rule = torch[self.__name]
  local names = type(rule) == "function" and rule(self) or rule or {}
  local list = {}
  local function add(path, entry, layout)
    local own
    entry.name, own = renamed(names, path)
    entry.layout = layout or own
    list[#list + 1] = entry
  end
  for _, part in ipairs(parts_of(self)) do
    local key, v = part[1], part[2]
    if lunette.is_tensor(v) then
      add(key, { tensor = v, module = self, key = key })
    else
      for _, entry in ipairs(torch_names(v)) do add(key .. "." .. entry.name, entry, entry.layout) end
    end
  end
  return list
end

-- --- a Linear behind a Flatten: its rows counted channels first there, and count them last here ---------------------

local channels_of = { Conv2d = function(m) return m.weight:size(4) end,
  ConvTranspose2d = function(m) return m.weight:size(4) * m.opt.groups end,
  BatchNorm = function(m) return m.running_mean:size(1) end }

-- {[Linear] = channels} for every Linear that comes first behind a Flatten.
local function flattened(net)
  local found, channels, flat = {}, nil, false
  local function visit(m)
    if channels_of[m.__name] then
      channels, flat = channels_of[m.__name](m), false
    elseif m.__name == "Flatten" then
      flat = channels ~= nil
    elseif m.__name == "Linear" and flat then
      found[m], flat, channels = channels, false, nil
    end
  end
  net:apply(visit)
  return found
end

-- weight [C P, out] with rows c P + p to rows p C + c.
local function channels_last(weight, channels)
  local rows, out = weight:size(1), weight:size(2)
  if rows % channels ~= 0 or rows == channels then return weight end
  return weight:view(channels, rows // channels, out):transpose(1, 2):reshape(rows, out)
end

-- --- Keras: what the tensors of each layer become, in the order of weight_names -------------------------------------

-- GRU z r n to r z n along the last dimension.
local function gru_gates(t)
  local u = t:size(-1) // 3
  return tensor.cat { t:narrow(-1, u + 1, u), t:narrow(-1, 1, u), t:narrow(-1, 2 * u + 1, u), dim = -1 }
end

-- Of one direction: kernel [in, G u], recurrent [u, G u], bias [G u] or (GRU with reset_after) [2, G u].
local function keras_recurrent(class)
  local swap = class == "GRU" and gru_gates or function(t) return t end
  return function(bias)
    local list = { { "wx", swap }, { "wh", swap } }
    if bias then
      list[3] = { "bx", function(t) return swap(t:dim() == 2 and t[1] or t) end, bias = true }
    end
    return list
  end
end

local function as_is(t) return t end
local function keras_depthwise(t) -- [kh,kw,in,mult] to [kh,kw,1,in mult]
  return t:reshape(t:size(1), t:size(2), 1, -1)
end

-- --- comparing, and copying -----------------------------------------------------------------------------------------

local function shape_text(t) return lunette.typename(t):match "%[.*" end

local function listed(lines, what, names)
  if #names == 0 then return end
  local most = 6
  lines[#lines + 1] = ("  %s: %s%s"):format(what, table.concat(names, ", ", 1, math.min(#names, most)),
    #names > most and (", and %d more"):format(#names - most) or "")
end

-- copies: {to, from, name}; raises one message when something is left over, missing, misshapen or larger than its
-- dtype holds; else copies all.
local function copy_all(path, net, copies, differences)
  local lines, large = {}, {}
  for _, c in ipairs(copies) do
    local value = lunette.beyond(c[1], c[2])
    if value then large[#large + 1] = ("%s (%g)"):format(c[3], value) end
  end
  listed(lines, "the file has no", differences.missing)
  listed(lines, "the network has no", differences.unknown)
  listed(lines, "other shape", differences.misshapen)
  listed(lines, "beyond what f32 holds", large)
  if #lines > 0 then
    refuse("load: %s does not fit %s; nothing was loaded\n%s", path, net:label(), table.concat(lines, "\n"))
  end
  tensor.no_grad(function()
    for _, c in ipairs(copies) do c[1]:copy_(c[2]) end
  end)
  return net
end

local function fits(own, t, name, copies, differences)
  if tensor.same_shape(own, t) then
    copies[#copies + 1] = { own, t, name }
  else
    table.insert(differences.misshapen, ("%s is %s, here %s"):format(name, shape_text(t), shape_text(own)))
  end
end

-- map: a function (name in the file) -> name, or a list of {pattern, replacement}; nil or false leaves a tensor out.
local function mapped(map, name)
  if map == nil then return name end
  if type(map) == "function" then return map(name) or nil end
  if type(map) ~= "table" then refuse("load: map must be a function or a table, got %s", lunette.typename(map)) end
  if map[name] ~= nil then return map[name] or nil end
  for _, rule in ipairs(map) do
    local to, n = name:gsub(rule[1], rule[2] or "")
    if n > 0 then
      if rule[2] == false then return nil end
      name = to
    end
  end
  return name
end

-- {name after map = name in the file}, and the first in the file's order.
local function named(set, map, ignored)
  local state, order = {}, {}
  for _, name in ipairs(sets.known(set).names) do
    local to = name:match "[^.]*$" ~= ignored and mapped(map, name)
    if to then
      if state[to] then refuse("load: map makes '%s' of two names, one is '%s'", to, name) end
      state[to] = name
      order[#order + 1] = to
    end
  end
  return state, order
end

-- Of a checkpoint its state dict, with or without what is before every name: what more of the names fit.
local function best_set(entries, whole, map)
  local best, most
  for _, set in ipairs { sets.unwrapped(whole), whole } do
    local state, n = named(set, map, "num_batches_tracked"), 0
    for _, entry in ipairs(entries) do
      if state[entry.name] then n = n + 1 end
    end
    if not best or n > most then best, most = set, n end
  end
  return best
end

local function load_torch(net, whole, opt)
  local entries = torch_names(net)
  local set = best_set(entries, whole, opt.map)
  -- num_batches_tracked counts passes; nothing here depends on it
  local state, order = named(set, opt.map, "num_batches_tracked")
  local copies, differences = {}, { missing = {}, unknown = {}, misshapen = {} }
  local flat, seen, used = flattened(net), {}, {}
  for module, channels in pairs(opt.flatten or {}) do flat[module] = channels end
  for _, entry in ipairs(entries) do
    local theirs, own = state[entry.name], entry.tensor
    if theirs == nil then
      if not seen[own] then table.insert(differences.missing, entry.name) end
    else
      local t = set[theirs]
      used[entry.name] = true
      local right = not entry.layout or t:dim() == dims_of[entry.layout]
      if not right then
        table.insert(differences.misshapen, ("%s is %s"):format(entry.name, shape_text(t)))
      else
        if entry.layout then t = entry.layout(t) end
        local channels = entry.key == "weight" and flat[entry.module]
        if channels then t = channels_last(t:contiguous(), channels) end
        fits(own, t, entry.name, copies, differences)
      end
    end
    seen[own] = true
  end
  for _, name in ipairs(order) do
    if not used[name] then table.insert(differences.unknown, name) end
  end
  return copy_all(sets.known(set).path, net, copies, differences)
end

-- --- Keras ----------------------------------------------------------------------------------------------------------

-- The modules that hold tensors themselves, in order.
local function layers_of(net)
  local list = {}
  net:apply(function(m)
    for _, part in ipairs(parts_of(m)) do
      if lunette.is_tensor(part[2]) then
        list[#list + 1] = m
        return
      end
    end
  end)
  return list
end

local function recurrent_slots(m)
  local of, list = keras_recurrent(m.__name), {}
  local names = m:named_tensors()
  local has = {}
  for _, entry in ipairs(names) do has[entry[1]] = entry[2] end
  local k = 1
  while has["wx" .. k] do
    for _, reverse in ipairs { "", "_reverse" } do
      if has["wx" .. k .. reverse] then
        for _, slot in ipairs(of(m.opt.bias)) do
          local second = slot.bias and has["bh" .. k .. reverse] or nil
          list[#list + 1] = { has[slot[1] .. k .. reverse], slot[2], second = second }
        end
      end
    end
    k = k + 1
  end
  return list
end

-- {tensor, layout} for what Keras has of a layer, in its order.
local function keras_slots(m)
  if m.__name == "LSTM" or m.__name == "GRU" or m.__name == "RNN" then return recurrent_slots(m) end
  local list = {}
  for _, part in ipairs(parts_of(m)) do
    local t = part[2]
    if lunette.is_tensor(t) then
      local layout = as_is
      if part[1] == "weight" and m.__name == "Conv2d" and m.opt.groups > 1 and t:size(3) == 1 then
        layout = keras_depthwise
      elseif part[1] == "weight" and m.__name == "ConvTranspose2d" then
        layout = function(v) return v:transpose(3, 4) end
      end
      list[#list + 1] = { t, layout }
    end
  end
  return list
end

-- bx of GRU with reset_after is the first row, bh the second; any other has one bias only.
local function add_slot(slot, t, name, copies, differences)
  if slot.second then
    local swap = slot[2]
    if t:dim() == 2 then
      fits(slot.second, swap(t[2]), name, copies, differences)
    else
      copies[#copies + 1] = { slot.second, tensor.zeros(slot.second.shape), name }
    end
  end
  local ok, laid = pcall(slot[2], t)
  fits(slot[1], ok and laid or t, name, copies, differences)
end

-- Version 3 names a layer's group by its class and a number, whatever the order in the file.
local groups = { Linear = "dense", Conv2d = "conv2d", Conv1d = "conv1d", ConvTranspose2d = "conv2d_transpose",
  BatchNorm = "batch_normalization", LayerNorm = "layer_normalization", GroupNorm = "group_normalization",
  Embedding = "embedding", LSTM = "lstm", GRU = "gru", RNN = "simple_rnn", PReLU = "p_re_lu" }
local function by_class(layers, order)
  local list, count = {}, {}
  for _, m in ipairs(layers) do
    local class = groups[m.__name] or m.__name
    if m.__name == "Conv2d" and m.opt.groups > 1 and m.weight:size(3) == 1 then class = "depthwise_conv2d" end
    if m.opt and m.opt.bidirectional then class = "bidirectional" end
    local prefix = ("layers/%s%s/"):format(class, count[class] and "_" .. count[class] or "")
    count[class] = (count[class] or 0) + 1
    for _, part in ipairs(class == "bidirectional" and { "forward_layer/", "backward_layer/" } or { "" }) do
      for _, name in ipairs(order) do
        if name:sub(1, #prefix + #part) == prefix .. part then list[#list + 1] = name end
      end
    end
  end
  local seen = {}
  for _, name in ipairs(list) do seen[name] = true end
  for _, name in ipairs(order) do -- what the layers do not ask for
    if not seen[name] and not name:find "^optimizer/" and not name:find "seed_generator" then list[#list + 1] = name end
  end
  return list
end

local function load_keras(net, set, opt)
  local state, order = named(sets.unwrapped(set), opt.map)
  if order[1] and order[1]:find "^layers/" or order[#order] and order[#order]:find "^optimizer/" then
    order = by_class(layers_of(net), order)
  end
  local copies, differences, k = {}, { missing = {}, unknown = {}, misshapen = {} }, 0
  local norms = {}
  for i, m in ipairs(layers_of(net)) do
    if m.__name == "BatchNorm" or m.__name == "LayerNorm" then norms[#norms + 1] = m end
    for _, slot in ipairs(keras_slots(m)) do
      k = k + 1
      local name = order[k]
      if not name then
        table.insert(differences.missing, ("a tensor %s for layer %d, %s"):format(shape_text(slot[1]), i, m:label()))
      else
        add_slot(slot, set[state[name]], name, copies, differences)
      end
    end
  end
  for i = k + 1, #order do table.insert(differences.unknown, order[i]) end
  copy_all(sets.known(set).path, net, copies, differences)
  for _, m in ipairs(norms) do -- Keras's epsilon, unless told otherwise
    if opt.eps then
      if m.__name == "BatchNorm" then m.opt.eps = opt.eps else rawset(m, "eps", opt.eps) end
    end
  end
  return net
end

-- --- net:load -------------------------------------------------------------------------------------------------------

local function flatten_option(net, flatten)
  local by_name, found = {}, {}
  local function walk(m, path)
    by_name[path] = m
    for i, v in ipairs(m) do
      if nn.is_module(v) then walk(v, (path == "" and "" or path .. ".") .. i) end
    end
    for _, key in ipairs(rawget(m, "_order")) do
      local v = rawget(m, key)
      if nn.is_module(v) then walk(v, (path == "" and "" or path .. ".") .. key) end
    end
  end
  walk(net, "")
  for name, channels in pairs(flatten or {}) do
    if not by_name[name] then
      refuse("load: flatten names '%s', which is no layer of %s", tostring(name), net:label())
    end
    found[by_name[name]] = lunette.whole("load", "flatten", channels)
  end
  return found
end

local about_load = record.method { name = "load", args = "(path, {from=, map=, strict=true})",
  see = "net:save, data.weights",
  doc = "parameters and buffers of a file: of net:save's, or of PyTorch's and Keras's (from); nil and a message when "
    .. "the file fails, an error that lists the differences when it does not fit, and then nothing is loaded; a number "
    .. "of f64 that f32 does not hold (1e300) is one, where PyTorch makes it inf: net:to \"f64\" takes it",
  options = { { "from", none, "\"torch\": names and layouts of PyTorch; \"keras\": of Keras, in the file's order" },
    { "map", none, "what to call the file's tensors: a function of a name, or a list of {pattern, replacement}; "
      .. "nil or false leaves it out" },
    { "flatten", none, "{layer = channels} for a Linear behind a flattening that is no nn.Flatten (torch)" },
    { "eps", 1e-3, 'of norms, with from="keras"; false leaves theirs' },
    { "strict", true, "false takes what fits; without from" } },
  example = 'net:save "/tmp/lunette-help.safetensors"\nassert(net:load "/tmp/lunette-help.safetensors")',
  example2 = 'print(net:load("nosuch.pth", {from = "torch"}))' }
function nn.Module:load(file, options)
  local opt = lunette.checked("load", options, record.known(about_load.options))
  if opt.from ~= nil and opt.from ~= "torch" and opt.from ~= "keras" then
    refuse("load: from must be 'torch' or 'keras', got '%s'", tostring(opt.from))
  end
  if opt.from ~= nil and not opt.strict then
    refuse("load: strict=false goes with files of the network's own names, not with from='%s'", opt.from)
  end
  local set, why = file, nil
  if not sets.is(file) then set, why = data.weights(file, { wrapped = true }) end
  if not set then return nil, why end
  if opt.from == "torch" then
    return load_torch(self, set, { map = opt.map, flatten = flatten_option(self, opt.flatten) })
  elseif opt.from == "keras" then
    return load_keras(self, set, opt)
  end
  for _, entry in ipairs(self:named_tensors()) do
    local left = sets.known(set).left[entry[1]]
    if left then return nil, ("%s: '%s' %s"):format(file, entry[1], left) end
  end
  local names, state = named(set, opt.map), {}
  for to, name in pairs(names) do state[to] = set[name] end
  return self:load_state(state, { strict = opt.strict })
end

return { torch_names = torch_names, copy_all = copy_all,
  --- import.names(class, {ours = {theirs, layout}}): what PyTorch calls the parts of a class.
  names = function(class, rule) torch[class] = rule end }
