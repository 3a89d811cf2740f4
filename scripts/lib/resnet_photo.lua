--- resnet_photo.lua: what a trained ResNet-50 sees in a photograph: resnet50 --weights FILE --picture P [--labels F].
-- The weights are torchvision's (.pth, .safetensors), Keras' (.h5), a network in .onnx, or what resnet50 --out saved;
-- labels: a file with a class a line.
local labels_of, files = require "lib.name_file", require "lib.picture_files"
local keras, saved = require "lib.resnet_keras", require "lib.saved"
local photo = {}

--- The five best of p [classes], printed and shown beside the picture; known: names of classes where no --labels are.
local function tell(picture, p, opt, known)
  if not p:isfinite():all():item() then
    error(("--weights: %s: what it answers is no number"):format(opt.weights or "the network"), 0)
  end
  local labels = opt.labels and lunette.option("labels", labels_of, opt.labels, p:numel()) or known or {}
  local best, classes = p:topk(math.min(5, p:numel()))
  local values, names = {}, {}
  for k = 1, best:numel() do
    local c = math.tointeger(classes[k])
    local name = labels[c] or ("class %d"):format(c)
    print(("%d  %.4f  %s"):format(k, best[k], name))
    values[k], names[k] = best[k], name
  end
  viz.image("photograph", picture)
  viz.title(("resnet50: %s, %.0f %%"):format(names[1], 100 * values[1]))
  viz.bars("what it may be", values, { labels = names })
  viz.gate()
end

local function picture_of(opt) return lunette.option("picture", files.load, opt.picture) end

-- The width of a network that resnet50 --out saved, by the channels of its four stages.
local function width_of(state, path)
  local want, first = {}, { 5, 8, 12, 18 }                             -- the net's layers: each stage's first block
  for stage, layer in ipairs(first) do
    local kernel = state[layer .. ".a.conv.weight"]
    if not lunette.is_tensor(kernel) or kernel:dim() ~= 4 then
      error(("--weights: %s: neither what resnet50 --out saved ('%d.a.conv.weight' is missing) nor torchvision's "
        .. "ResNet-50 (nor is there 'fc.weight')"):format(path, layer), 0)
    end
    want[stage] = kernel:size(4)
  end
  for _, n in ipairs { 8, 1000, 8192 } do                              -- round widths first
    for k = 1, 2 * n do
      local fits = true
      for stage = 1, 4 do
        local channels = math.max(4, math.floor(64 * 2 ^ (stage - 1) * k / n + 0.5))
        fits = fits and channels == want[stage]
      end
      if fits then return k / n end
    end
  end
  return error(("--weights: %s: %s channels in the stages are those of no width"):format(path,
    table.concat(want, ", ")), 0)
end

--- photo.known(opt, file) -> {state, width, size, lists = {classes}} of what resnet50 --out saved, the tensors of a
-- file; another --size on the command line is an error.
function photo.known(opt, file)
  local known = saved.of(file, opt.weights, "resnet50")
  local width = width_of(known and known.state or file, opt.weights)
  if not known or #(known.lists.classes or {}) ~= 6 then
    error(("--weights: %s: the file has no 'classes'"):format(opt.weights), 0)
  end
  known.width, known.size = width, saved.number(known, opt, "size")
  return known
end

--- photo.show(opt, size, scores, names): the middle of opt.picture at size x size, read by scores([1, size, size, 3] of
-- 0..1) -> [1, classes].
function photo.show(opt, size, scores, names)
  local picture = picture_of(opt)
  local middle = files.middle(picture):contiguous():to "f32" / 255
  tell(picture, scores(data.image.resize(middle, size, size):unsqueeze(1)):softmax(2)[1], opt, names)
end

local function needs_picture(opt, whose)
  if not opt.picture then error(("--weights: %s --picture FILE: a photograph to look at"):format(whose), 0) end
  if lunette.given "size" then error(("--size means nothing here: %s 224 x 224"):format(whose), 0) end
  return picture_of(opt)
end

--- photo.keras(opt, weights, network): with Keras' weights of ImageNet in network(true, classes, border); the whole
-- picture is brought to 224 x 224, BGR less the means, as there.
function photo.keras(opt, weights, network)
  local picture = needs_picture(opt, "Keras' want")
  local layer, classes = keras.last(weights)
  if not layer then
    error(("--weights: %s: a layer of classes (fc1000, predictions) expected, found none"):format(opt.weights), 0)
  end
  local net = network(true, classes, keras.kind(weights) == "new" and 1 or 0)
  keras.load(net, weights, opt.weights)
  net:eval()
  local x = data.prepare(picture, "caffe", { size = 224 })
  tell(picture, tensor.no_grad(function() return net(x) end):softmax(2)[1], opt)
end

--- photo.onnx(opt): with a network of ImageNet in .onnx, fed as torchvision's.
function photo.onnx(opt)
  local picture = needs_picture(opt, "a network in .onnx wants")
  local net = lunette.option("weights", nn.onnx, opt.weights)
  local shape = net:inputs()[1].shape
  if shape[4] ~= 3 then                                                -- [n, 3, h, w], as nearly all of them are
    net = lunette.option("weights", nn.onnx, opt.weights, { layout = "last" })
  end
  net:eval()
  local x = data.prepare(picture, "torch", { size = 256, crop = 224 })
  local p = lunette.option("weights", tensor.no_grad, function() return net(x) end)
  if not lunette.is_tensor(p) or p:dim() ~= 2 or p:size(1) ~= 1 then
    error(("--weights: %s: scores [1, classes] of a picture expected, found %s"):format(opt.weights,
      lunette.typename(p)), 0)
  end
  local shares = p:min():item() >= 0 and math.abs(p:sum():item() - 1) < 1e-3     -- a softmax is in the network
  tell(picture, (shares and p or p:softmax(2))[1], opt)
end

--- photo.torchvision(opt, weights): with torchvision's weights, prepared as there.
function photo.torchvision(opt, weights)
  local picture = needs_picture(opt, "torchvision's want")
  local net = nn.models.resnet50 { classes = weights["fc.weight"]:size(1) }
  lunette.option("weights", net.load, net, weights, { from = "torch" })
  net:eval()
  local x = data.prepare(picture, "torch", { size = 256, crop = 224 })
  tell(picture, tensor.no_grad(function() return net(x) end):softmax(2)[1], opt)
end

return photo
