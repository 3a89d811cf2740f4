--- vgg.lua: the sixteen convolutions of VGG-19, Simonyan and Zisserman 2015, arXiv:1409.1556: their names, weights
-- drawn or from files, and what each kind of file wants done to a picture first.
local shipped = require "lib.shipped"
local vgg = { names = {}, blocks = { 2, 2, 4, 4, 4 } }

-- torchvision numbers convolutions, ReLUs and pools alike: features.0, features.2, features.5, ...
local torchvision, at = {}, 0
for block, count in ipairs(vgg.blocks) do
  for k = 1, count do
    vgg.names[#vgg.names + 1] = ("block%d_conv%d"):format(block, k)
    torchvision[#torchvision + 1] = ("features.%d"):format(at)
    at = at + 2
  end
  at = at + 1
end

--- What the shipped weights want: about -1 to 1.
local function centred(x) return x * 2 - 1 end
vgg.centred = centred

--- Keras' and Caffe's: blue, green, red from 0 to 255, less the means of ImageNet.
local function caffe(x)
  return x[{ "...", { 3, 1, -1 } }] * 255 - tensor { 103.939, 116.779, 123.68 }
end

--- torchvision's: red, green, blue, less ImageNet's means, over its deviations.
local function standard(x) return (x - tensor { 0.485, 0.456, 0.406 }) / tensor { 0.229, 0.224, 0.225 } end

--- vgg.draw(widths, rng): a network with He's weights (arXiv:1502.01852), channels of the five blocks as given.
function vgg.draw(widths, rng)
  local net, i, n = { prepare = centred, kind = "drawn" }, 3, 0
  for block, count in ipairs(vgg.blocks) do
    for _ = 1, count do
      n = n + 1
      local o = widths[block]
      net[n] = { name = vgg.names[n], bias = tensor.zeros(o),
        weight = tensor.randn { 3, 3, i, o, rng = rng } * (2 / (9 * i)) ^ 0.5 }
      i = o
    end
  end
  return net
end

-- --- files -----------------------------------------------------------------------------------------------------------

local function text_of(t) return lunette.is_tensor(t) and lunette.typename(t) or "none" end

--- Keras: whatever the file calls them, the tensor of four dimensions under the layer's name is its kernel
-- [3, 3, in, out], the one of one dimension its bias.  Others are not read: there may be half a gigabyte of them.
local function from_keras(set, name)
  local weight, bias
  for _, key in ipairs(set) do
    if ("/" .. key .. "/"):find("/" .. name .. "/", 1, true) then
      local t = set[key]
      if #t.shape == 4 then weight = t elseif #t.shape == 1 then bias = t end
    end
  end
  return weight, bias
end

--- torchvision: kernels [out, in, 3, 3].
local function from_torchvision(set, name)
  local weight, bias = set[name .. ".weight"], set[name .. ".bias"]
  if weight and #weight.shape == 4 then weight = weight:permute(3, 4, 2, 1):contiguous() end
  return weight, bias
end

local function from_ours(set, name) return set[name .. ".weight"], set[name .. ".bias"] end

local kinds = {
  { kind = "ours", names = vgg.names, take = from_ours, prepare = centred },
  { kind = "Keras", names = vgg.names, take = from_keras, prepare = caffe },
  { kind = "torchvision", names = torchvision, take = from_torchvision, prepare = standard },
}

-- The kind whose first layer is there.
local function kind_of(set)
  for _, kind in ipairs(kinds) do
    if kind.take(set, kind.names[1]) then return kind end
  end
end

local function fail(path, text, ...) lunette.raise(("--weights: %s: %s"):format(path, text:format(...))) end

-- The sixteen convolutions in order; take(n) gives a kernel, a bias and what the file calls them.
local function chained(path, kind, prepare, take)
  local net, i = { prepare = prepare, kind = kind }, 3
  for n = 1, #vgg.names do
    local w, b, name = take(n)
    if not w or not b then fail(path, "no VGG-19 of %s: weight or bias of '%s' is missing", kind, name) end
    local s, o = w.shape, b:numel()
    if #s ~= 4 or s[1] ~= 3 or s[2] ~= 3 or s[3] ~= i or s[4] ~= o then
      fail(path, "%s: a kernel of 3 x 3, %d to as many channels as biases expected, got %s, %s", name, i, text_of(w),
        text_of(b))
    end
    for what, t in pairs { weight = w, bias = b } do
      if not t:isfinite():all():item() then fail(path, "%s of '%s' has numbers that are not finite", what, name) end
    end
    net[n] = { name = vgg.names[n], weight = w:to "f32", bias = b:to "f32":reshape(-1) }
    i = o
  end
  return net
end

local function assemble(path, set)
  local kind = kind_of(set)
  if not kind then
    fail(path, "no VGG-19: neither Keras' %s nor torchvision's %s.weight is in it", vgg.names[1], torchvision[1])
  end
  return chained(path, kind.kind, kind.prepare, function(n)
    local w, b = kind.take(set, kind.names[n])
    return w, b, kind.names[n]
  end)
end

-- MatConvNet's imagenet-vgg-verydeep-19.mat: a cell `layers` of structures with fields name ("conv1_1"), type and
-- weights, a cell of a kernel [3, 3, in, out] and a bias.  Its pictures are red, green, blue.
local function from_matconvnet(path)
  local set, why = tensor.load(path)
  if not set then lunette.raise("--weights: " .. why) end
  local found, k = {}, 1
  local function word(field) return (set[("layers/%d/%s"):format(k, field)] or {})[1] end
  while word "name" do
    found[word "name"], k = ("layers/%d/weights/"):format(k), k + 1
  end
  if k == 1 then
    fail(path, "no VGG-19 of MatConvNet: a cell 'layers' of structures with 'name' and 'weights' expected")
  end
  local function prepare(x) return x * 255 - tensor { 123.68, 116.779, 103.939 } end
  return chained(path, "MatConvNet", prepare, function(n)
    local name = vgg.names[n]:gsub("block(%d)_conv", "conv%1_")
    local part = found[name] or "/"
    return set[part .. 1], set[part .. 2], name
  end)
end

-- A network in .onnx: its convolutions in order.  What a picture becomes first is not in such a file: blue, green, red
-- less the means where it names its layers as Keras or Caffe (conv1_1) do or takes pictures channels last, else
-- torchvision's.
local function from_onnx(path)
  local onnx = lunette.option("weights", nn.onnx, path)
  local list, has = onnx:convolutions(), onnx:operators()
  local shape = onnx:inputs()[1].shape
  if #list ~= #vgg.names or (has.MaxPool or 0) + (has.AveragePool or 0) < 4 then
    fail(path, "no VGG-19: 16 convolutions with a pool behind each block expected, found %d and %d pools", #list,
      (has.MaxPool or 0) + (has.AveragePool or 0))
  end
  local names = list[1].name
  for name in pairs(onnx:state()) do names = names .. " " .. name end
  local means = shape[#shape] == 3 or names:find "block1_conv1" or names:find "conv1_1"
  return chained(path, means and "Keras, .onnx" or "torchvision, .onnx", means and caffe or standard,
    function(n) return list[n].weight, list[n].bias, list[n].name end)
end

--- vgg.read(path): the network of a file: Keras' .h5, torchvision's .pth or .safetensors, MatConvNet's .mat, .onnx, or
-- our own; without a path the slim one that scripts/pretrain/vgg.lua made.  A list of 16 {name, weight [3, 3, in, out],
-- bias [out]}, with .prepare(picture) and .kind.
function vgg.read(path)
  if not path then return assemble("vgg", shipped("vgg", nil, {})) end
  if path:lower():find "%.mat$" then return from_matconvnet(path) end
  if path:lower():find "%.onnx$" then return from_onnx(path) end
  local set, why = data.weights(path)
  if not set then lunette.raise("--weights: " .. why) end
  return assemble(path, set)
end

--- vgg.level(net, pictures, pool): every filter rescaled so that its mean over the pictures ([1, h, w, 3] each) is 1,
-- and what reads it by the inverse: the network computes the same, and no layer's loss drowns the others' (Gatys et al.
-- 2016, doi 10.1109/CVPR.2016.265, section 2).  A filter that hardly answers is raised to a tenth of the others' mean.
function vgg.level(net, pictures, pool)
  local seen, above, n = {}, nil, 0
  for k, x in ipairs(pictures) do seen[k] = net.prepare(x) end
  for block, count in ipairs(vgg.blocks) do
    for _ = 1, count do
      n = n + 1
      local layer, sum = net[n], 0
      for k, x in ipairs(seen) do
        seen[k] = nn.conv2d { x, layer.weight, layer.bias, padding = 1, act = "relu" }
        sum = sum + seen[k]:view(-1, seen[k]:size(4)):mean(1) / #seen
      end
      local least = sum:mean():item() / 10
      local mean = least > 0 and sum:clamp(least) or tensor.ones(sum:numel())
      if above then layer.weight = layer.weight * above:view(-1, 1) end
      layer.weight, layer.bias, above = (layer.weight / mean):contiguous(), layer.bias / mean, mean
    end
    if block < #vgg.blocks then
      for k, x in ipairs(seen) do seen[k] = pool { x, kernel = 2 } end
    end
  end
  return net
end

return vgg
