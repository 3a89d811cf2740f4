--- mobilenet_onnx.lua: MobileNetV2 out of a network in .onnx, exported from torchvision or from Keras, with classes on
-- top or without.  The 52 convolutions are taken in order; a batch norm behind one may have been worked into it.
-- That it is MobileNetV2 is not believed but tried: it has to say the same of pictures as the network in the file.
local mobilenet = require "lib.mobilenet"

local function fail(path, text, ...) lunette.raise(("--weights: %s: %s"):format(path, text:format(...))) end

-- Zeros all round the first convolution are torchvision's, below and to the right Keras'.
local function form_of(pads)
  return type(pads) == "table" and pads[1] == 1 and pads[3] == 1 and "torch" or "keras"
end

-- Kernels and biases into the net: convolutions have no bias here, so it becomes the shift of a norm that does nothing
-- else: y = 1 (a - 0) / sqrt((1 - eps) + eps) + bias.
local function fill(path, net, list)
  local own, state, n = net:state(), {}, 0
  for name, t in pairs(own) do state[name] = t end
  for _, layer in ipairs(mobilenet.layers(net)) do
    if layer.kind == "conv" or layer.kind == "depthwise" then
      n = n + 1
      local w, want = list[n].weight, own[layer.at .. ".weight"]
      if table.concat(w.shape, ",") ~= table.concat(want.shape, ",") then
        fail(path, "no MobileNetV2: convolution %d, '%s', is %s, %s expected", n, list[n].name, lunette.typename(w),
          lunette.typename(want))
      end
      state[layer.at .. ".weight"] = w
    elseif layer.kind == "norm" then
      local ones = tensor.ones(list[n].weight:size(4))
      state[layer.at .. ".weight"], state[layer.at .. ".bias"] = ones, list[n].bias or ones * 0
      state[layer.at .. ".running_mean"] = ones * 0
      state[layer.at .. ".running_var"] = ones * (1 - net.eps)
    end
  end
  net:load_state(state)
end

-- How far two answers are apart, as a share of the second.
local function apart(a, b) return ((a - b):norm() / (b:norm() + 1e-12)):item() end

-- The matrix on top, [features, classes], or nil.
local function top_of(onnx, features, classes)
  for _, t in pairs(onnx:state()) do
    if t:dim() == 2 and t:numel() == features * classes then return t:size(1) == classes and t:t() or t end
  end
end

-- What the file's network and ours say of a picture that is prepared already: maps, their means over places, or
-- scores (of which a constant for all classes and the bias are unknown: differences between two pictures are compared).
local function same(path, net, onnx)
  local shape, seen = onnx:inputs()[1].shape, {}
  local last = shape[4] == 3                                           -- [n, h, w, 3], not [n, 3, h, w]
  local h, w = shape[last and 2 or 3], shape[last and 3 or 4]
  h, w = math.type(h) == "integer" and h > 0 and h or 96, math.type(w) == "integer" and w > 0 and w or 96
  for k = 1, 2 do
    local x = tensor.randn { 1, h, w, 3, rng = tensor.rng(k) }
    local theirs = onnx(last and x or x:permute(1, 4, 2, 3):contiguous())
    local maps = net.last(net.blocks(net.stem(x)))
    if not lunette.is_tensor(theirs) then return false end
    seen[k] = { theirs = theirs, maps = maps, mean = maps:mean { dim = { 2, 3 } } }
  end
  local theirs, ours = seen[1].theirs, seen[1].mean
  if theirs:dim() == 4 then
    if theirs:size(4) ~= ours:size(2) then theirs = theirs:permute(1, 3, 4, 2) end
    ours = theirs:size(2) == 1 and ours:reshape(1, 1, 1, -1) or seen[1].maps
  elseif theirs:dim() == 2 and theirs:size(2) ~= ours:size(2) then
    local top = top_of(onnx, ours:size(2), theirs:size(2))
    if not top then fail(path, "no layer of %d features and %d classes is on top", ours:size(2), theirs:size(2)) end
    local function centred(t)
      local shares = t:min():item() >= 0 and math.abs(t:sum():item() - 1) < 1e-3
      t = shares and t:log() or t                                      -- a softmax is in the network
      return t - t:mean()
    end
    theirs, ours = centred(theirs) - centred(seen[2].theirs), centred((ours - seen[2].mean):mm(top))
  end
  return table.concat(theirs.shape, ",") == table.concat(ours.shape, ",") and apart(ours, theirs) < 1e-2
end

--- read(path) -> the net with the weights of a .onnx file, its kind ("torch" or "keras") and width; an error that says
-- what was expected and found for any other network.
return function(path)
  local onnx = lunette.option("weights", nn.onnx, path)
  local list = onnx:convolutions()
  if #list ~= 52 then fail(path, "no MobileNetV2: 52 convolutions expected, found %d", #list) end
  local width = mobilenet.width(list[51].weight:size(4))
  if not width then fail(path, "no MobileNetV2: %d channels in the last block", list[51].weight:size(4)) end
  local kind = form_of(list[1].pads)
  local net = mobilenet.new { width = width, form = kind }
  fill(path, net, list)
  net:eval()
  if not tensor.no_grad(same, path, net, onnx) then
    fail(path, "52 convolutions as in MobileNetV2, but what is between them is not: it answers otherwise")
  end
  return net, kind, width
end
