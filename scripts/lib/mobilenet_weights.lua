--- mobilenet_weights.lua: weights of MobileNetV2 from a file: our own, torchvision's or Keras', or a network in .onnx.
local mobilenet, shipped, saved = require "lib.mobilenet", require "lib.shipped", require "lib.saved"
local from_onnx = require "lib.mobilenet_onnx"
local weights = {}

local function fail(path, text, ...)
  lunette.raise(("--weights: %s: %s"):format(path or "shipped", text:format(...)))
end

-- Names without what comes before them: the folders of Keras' groups.
local function short(tensors)
  local out = {}
  for name, t in pairs(tensors) do out[name:match "([^/]+/[^/]+:0)$" or name] = t end
  return out
end

-- Column of mobilenet.names' rows, and column of the order of a kernel's dimensions.
local kinds = { own = { 1 }, keras = { 2, 4 }, torch = { 3, 5 } }

local function kind_of(path, tensors)
  if tensors["stem.body.conv.weight"] then return "own" end
  if tensors["features.0.0.weight"] then return "torch" end
  if tensors["Conv1/kernel:0"] then return "keras" end
  local names = {}
  for name in pairs(tensors) do names[#names + 1] = "'" .. name .. "'" end
  table.sort(names)
  return fail(path, "MobileNetV2's weights expected, named as here, by torchvision or by Keras, found %s",
    #names == 0 and "nothing" or table.concat(names, ", ", 1, math.min(4, #names)))
end

-- The width whose last block has as many channels.
local function width_of(path, tensors, kind)
  local at = { own = "blocks.17.project.body.conv.weight", torch = "features.17.conv.2.weight",
    keras = "block_16_project/kernel:0" }
  local t = tensors[at[kind]]
  if not lunette.is_tensor(t) or t:dim() ~= 4 then fail(path, "'%s' is missing or no kernel", at[kind]) end
  local c = t:size(kind == "torch" and 1 or 4)
  return mobilenet.width(c) or fail(path, "%d channels in the last block are those of none of the widths %s", c,
    table.concat(mobilenet.widths, ", "))
end

-- What mobilenet_transfer --out saved: the tensors of the base under their own names, and the layer on top; else nil.
local function parted(tensors)
  if not tensors["base.stem.body.conv.weight"] then return nil end
  local base, dense = {}, {}
  for name, t in pairs(tensors) do
    local part, rest = name:match "^(%a+)%.(.+)$"
    if part == "base" then base[rest] = t elseif part == "dense" then dense[rest] = t end
  end
  return base, dense
end

local function is_onnx(path) return path:lower():find "%.onnx$" ~= nil end

--- weights.known(opt) -> of what mobilenet_transfer --out saved in opt.weights: {size = of its pictures, lists =
-- {classes = their names}}; nil for weights of a base.  Another --size on the command line is an error.
function weights.known(opt)
  if is_onnx(opt.weights) then return nil end
  local file = lunette.option("weights", data.weights, opt.weights)
  local known = saved.of(file, opt.weights, "mobilenet_transfer")
  if known then
    known.size = saved.number(known, opt, "size")
    for _, key in ipairs { "epochs", "tune", "from", "batch", "lr", "passes", "scratch" } do
      if lunette.given(key) then
        error(("--%s means nothing with --weights %s, in which all is learnt"):format(key, opt.weights), 0)
      end
    end
  elseif parted(file) then
    fail(opt.weights, "the file has no 'size' and 'classes'")
  end
  return known
end

--- weights.read(path) -> the net with the weights of a file (nil: the shipped ones), their kind (own, torch, keras),
-- width, and the tensors of the layer on top when it is what mobilenet_transfer --out saved.  Nothing is
-- taken from a file in which a tensor is missing or has another shape.
function weights.read(path)
  if path and is_onnx(path) then return from_onnx(path) end
  local tensors, why
  if path then tensors, why = data.weights(path) else tensors = shipped("mobilenet", nil, {}) end
  if not tensors then lunette.raise("--weights: " .. why) end
  if path then saved.finite(tensors, path) end
  local whole, dense = parted(tensors)
  tensors = whole or short(tensors)
  local kind = kind_of(path, tensors)
  local width = width_of(path, tensors, kind)
  local net = mobilenet.new { width = width, form = kind }
  local own, state, column = net:state(), {}, kinds[kind]
  for _, row in ipairs(mobilenet.names(net)) do
    local name = row[column[1]]
    local t, order = tensors[name], column[2] and row[column[2]]
    if not lunette.is_tensor(t) then fail(path, "'%s' is missing", name) end
    if order and t:dim() == 4 then t = t:permute(table.unpack(order)) end
    local want = own[row[1]]
    if table.concat(t.shape, ",") ~= table.concat(want.shape, ",") then
      fail(path, "'%s' is %s, which does not fit %s of '%s'", name, lunette.typename(tensors[name]),
        lunette.typename(want), row[1])
    end
    state[row[1]] = t:contiguous()
  end
  net:load_state(state)
  return net, kind, width, dense
end

--- weights.on_top(layer, tensors): those of --out's into the layer on top, and a line that says so.
function weights.on_top(layer, tensors)
  lunette.option("weights", layer.load_state, layer, tensors)
  print "--weights: the layer on top is in it: nothing is learnt"
end

return weights
