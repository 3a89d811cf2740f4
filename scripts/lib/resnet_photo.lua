--- resnet_photo.lua: what a trained ResNet-50 sees in a photograph: resnet50 --weights FILE --picture P [--labels F].
-- The weights are torchvision's (.pth, .safetensors) or those that resnet50 --out saved; labels: a file with a class a
-- line.
local labels_of, files = require "lib.name_file", require "lib.picture_files"
local photo = {}

--- The five best of p [classes], printed and shown beside the picture.
local function tell(picture, p, labels)
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

local function picture_of(opt) return lunette.option("picture", data.image.load, opt.picture, { channels = 3 }) end
local function labels_in(opt) return lunette.option("labels", labels_of, opt.labels) end

--- photo.width(saved, path) -> the width of a network that resnet50 --out saved, by the channels of its four stages.
function photo.width(saved, path)
  local want, first = {}, { 5, 8, 12, 18 }                             -- the net's layers: each stage's first block
  for stage, layer in ipairs(first) do
    local kernel = saved[layer .. ".a.conv.weight"]
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

--- photo.show(opt, size, scores, names): the middle of opt.picture at size x size, read by scores([1, size, size, 3] of
-- 0..1) -> [1, classes].
function photo.show(opt, size, scores, names)
  local picture, labels = picture_of(opt), opt.labels and labels_in(opt) or names
  local middle = files.middle(picture):contiguous():to "f32" / 255
  tell(picture, scores(data.image.resize(middle, size, size):unsqueeze(1)):softmax(2)[1], labels)
end

--- photo.torchvision(opt, weights): with torchvision's weights, prepared as there.
function photo.torchvision(opt, weights)
  if not opt.picture then error("--weights: torchvision's want --picture FILE: a photograph to look at", 0) end
  local labels = labels_in(opt)
  local net = nn.models.resnet50 { classes = weights["fc.weight"]:size(1) }
  lunette.option("weights", net.load, net, weights, { from = "torch" })
  net:eval()
  local picture = picture_of(opt)
  local x = data.prepare(picture, "torch", { size = 256, crop = 224 })
  tell(picture, tensor.no_grad(function() return net(x) end):softmax(2)[1], labels)
end

return photo
