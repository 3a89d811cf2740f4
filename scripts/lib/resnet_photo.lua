--- resnet_photo.lua: what a trained ResNet-50 sees in a photograph: resnet50 --weights FILE --picture P [--labels F].
-- The weights are torchvision's (.pth, .safetensors); labels: a file with a class a line.
local labels_of = require "lib.name_file"

return function(opt)
  if not opt.picture then error("--weights wants --picture FILE: a photograph to look at", 0) end
  local weights, labels = assert(data.weights(opt.weights)), labels_of(opt.labels)
  local last = weights["fc.weight"]
  if not last then error(opt.weights .. ": no fc.weight in it: torchvision's ResNet-50 is expected", 0) end
  local net = nn.models.resnet50 { classes = last:size(1) }
  assert(net:load(weights, { from = "torch" }))
  net:eval()
  local picture = assert(data.image.load(opt.picture, { channels = 3 }))
  local x = data.prepare(picture, "torch", { size = 256, crop = 224 })
  local p = tensor.no_grad(function() return net(x) end):softmax(2)[1]
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
