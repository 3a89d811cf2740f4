--- resnet_keras.lua: Keras' ResNet-50 of ImageNet into the network of resnet50, which is the same: 53 convolutions with
-- biases, the stride in the first 1 x 1.  Two generations of files:
--   resnet50_weights_tf_dim_ordering_tf_kernels.h5     conv1, bn_conv1, res2a_branch2a, bn2a_branch2a ... fc1000
--   what keras.applications saves today                 conv1_conv, conv1_bn, conv2_block1_1_conv ... predictions
-- in which batch norm adds 1e-3 or 1.001e-5 to the variance, and zeros stand round the maps before the first pool.
local keras = {}

local suffix = { weight = { "kernel:0", "%s_W:0" }, bias = { "bias:0", "%s_b:0" }, scale = { "gamma:0", "%s_gamma:0" },
  shift = { "beta:0", "%s_beta:0" }, mean = { "moving_mean:0", "%s_running_mean:0" },
  variance = { "moving_variance:0", "%s_running_std:0" } }               -- a variance, whatever its name says

-- Tensors by the last two words of their names: layer/kernel:0, layer/layer_W:0.
local function by_layer(saved)
  local short = {}
  for name, t in pairs(saved) do short[name:match "([^/]+/[^/]+)$" or name] = t end
  return short
end

--- keras.kind(saved) -> "old", "new", or nil: no ResNet-50 of Keras'.
function keras.kind(saved)
  local short = by_layer(saved)
  if short["conv1/kernel:0"] or short["conv1/conv1_W:0"] then
    return (short["bn_conv1/gamma:0"] or short["bn_conv1/bn_conv1_gamma:0"]) and "old" or nil
  end
  return short["conv1_conv/kernel:0"] and short["conv2_block1_1_conv/kernel:0"] and "new" or nil
end

--- keras.width(saved) -> the channels of the first convolution as a share of the paper's 64.
function keras.width(saved)
  local short = by_layer(saved)
  local kernel = short["conv1/kernel:0"] or short["conv1/conv1_W:0"] or short["conv1_conv/kernel:0"]
  return lunette.is_tensor(kernel) and kernel:size(kernel:dim()) / 64 or 1
end

--- keras.layers(net, kind) -> a list of {convolution with its norm, Keras' name of the one, of the other}.
function keras.layers(net, kind)
  local old, list, stage, block = kind == "old", {}, 1, 0
  for _, layer in ipairs(net) do
    if layer.conv then
      list[1] = { layer, old and "conv1" or "conv1_conv", old and "bn_conv1" or "conv1_bn" }
    elseif layer.a then
      if layer.short then stage, block = stage + 1, 0 end              -- every stage begins with a shortcut of its own
      block = block + 1
      for _, part in ipairs { { "short", "1", "0" }, { "a", "2a", "1" }, { "b", "2b", "2" }, { "c", "2c", "3" } } do
        local one = layer[part[1]]
        local at = ("%d%s_branch%s"):format(stage, ("abcdef"):sub(block, block), part[2])
        local now = ("conv%d_block%d_%s"):format(stage, block, part[3])
        local conv, norm = now .. "_conv", now .. "_bn"
        if old then conv, norm = "res" .. at, "bn" .. at end
        if one then list[#list + 1] = { one, conv, norm } end
      end
    end
  end
  return list
end

--- keras.load(net, saved, path): all weights of a file into a net of resnet50's, its last layer with as many classes as
-- the file's; nothing is taken when a tensor is missing or of another shape.
function keras.load(net, saved, path)
  local kind, short, todo = keras.kind(saved), by_layer(saved), {}
  local function take(into, layer, what)
    local name = layer .. "/" .. suffix[what][1]
    local t = short[name]
    if not t then t = short[layer .. "/" .. suffix[what][2]:format(layer)] end
    if not lunette.is_tensor(t) then error(("--weights: %s: '%s' is missing"):format(path, name), 0) end
    if table.concat(t.shape, ",") ~= table.concat(into.shape, ",") then
      error(("--weights: %s: '%s' is %s, %s expected"):format(path, name, lunette.typename(t), lunette.typename(into)),
        0)
    end
    todo[#todo + 1] = { into, t }
  end
  for _, row in ipairs(keras.layers(net, kind)) do
    local one, conv, norm = table.unpack(row)
    take(one.conv.weight, conv, "weight")
    take(one.conv.bias, conv, "bias")
    take(one.norm.weight, norm, "scale")
    take(one.norm.bias, norm, "shift")
    take(one.norm.running_mean, norm, "mean")
    take(one.norm.running_var, norm, "variance")
    one.norm.opt.eps = kind == "old" and 1e-3 or 1.001e-5
  end
  local last = keras.last(saved)
  take(net[#net].weight, last, "weight")
  take(net[#net].bias, last, "bias")
  tensor.no_grad(function()
    for _, pair in ipairs(todo) do pair[1]:copy_(pair[2]) end
  end)
end

--- keras.last(saved) -> the name of the layer of classes, and how many there are; nil: a file without it (notop).
function keras.last(saved)
  local short = by_layer(saved)
  for _, name in ipairs { "fc1000", "predictions", "probs" } do
    for _, what in ipairs { name .. "/kernel:0", ("%s/%s_W:0"):format(name, name) } do
      if lunette.is_tensor(short[what]) then return name, short[what]:size(short[what]:dim()) end
    end
  end
end

return keras
