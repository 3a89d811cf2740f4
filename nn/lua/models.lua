--- models.lua: the classic networks by name, so that torchvision's files fit:
--   local net = nn.models.resnet50()
--   assert(net:load("resnet50-0676ba61.pth", {from = "torch"}))
-- Options are torchvision's (classes is num_classes).  Pictures are [N,H,W,3] as data.prepare(picture, "torch") makes
-- them; inside everything counts channels last.  nn/lua/import.lua knows what the layers are called there.
local record = require "nn.record"
local blocks = require "nn.layers.blocks"
local import = require "nn.import"

local models = {}

local classes = { "classes", 1000, "outputs", "whole" }

-- make(opt) builds the net; doc, source and options make its entry of help.
local function model(name, doc, options, make, input)
  local what = "nn.models." .. name
  options[#options + 1] = classes
  record.declare { name = what, sig = ("%s{classes=1000}"):format(what), doc = doc, options = options,
    example = ("net = %s{classes = 10}\nprint(net:parameter_count())"):format(what),
    example2 = ("net = %s{classes = 2}:eval()\nprint(net(tensor.meta{%s}))"):format(what, input or "1, 64, 64, 3"),
    see = "net:load, data.prepare" }
  models[name] = function(arg)
    return make(record.checked(what, arg, options)):expects { 1, 224, 224, 3 }
  end
end

-- --- ResNet ----------------------------------------------------------------------------------------------------------

local ResNet = nn.class "ResNet"
import.names("ResNet", { ["stem.0"] = { "conv1" }, ["stem.1"] = { "bn1" } })
function ResNet:init(block, counts, n)
  local c, expansion = 64, block == nn.Bottleneck and 4 or 1
  self.stem = nn.ConvNorm { 3, 64, 7, stride = 2 }
  rawset(self, "pool", nn.MaxPool2d { 3, stride = 2, padding = 1 })
  for stage, count in ipairs(counts) do
    local width, layers = 64 << (stage - 1), {}
    for i = 1, count do
      local stride = i == 1 and stage > 1 and 2 or 1
      layers[i] = expansion == 1 and block(c, width, { stride = stride })
        or block(c, width, { stride = stride, stride_in = "second" })
      c = width * expansion
    end
    self["layer" .. stage] = nn.Sequential(layers)
  end
  self.fc = nn.Linear(c, n)
end
function ResNet:features(x)
  x = self.pool(self.stem(x))
  return self.layer4(self.layer3(self.layer2(self.layer1(x))))
end
function ResNet:forward(x)
  return self.fc(self:features(x):mean { dim = { 2, 3 } })
end

for name, it in pairs { resnet18 = { "BasicBlock", { 2, 2, 2, 2 } }, resnet34 = { "BasicBlock", { 3, 4, 6, 3 } },
  resnet50 = { "Bottleneck", { 3, 4, 6, 3 } } } do
  model(name, ("ResNet-%s as torchvision has it (stride in the 3 x 3); He et al. 2015, arXiv:1512.03385")
    :format(name:match "%d+"), {}, function(opt) return ResNet(nn[it[1]], it[2], opt.classes) end)
end

-- --- VGG -------------------------------------------------------------------------------------------------------------

local VGG = nn.class "VGG"
function VGG:init(counts, opt)
  local features, c = {}, 3
  local function add(m) features[#features + 1] = m end
  for stage, count in ipairs(counts) do
    local width = math.min(64 << (stage - 1), 512)
    for _ = 1, count do
      add(nn.Conv2d { c, width, 3, padding = 1 })
      if opt.batch_norm then add(nn.BatchNorm(width)) end
      add(nn.ReLU())
      c = width
    end
    add(nn.MaxPool2d(2))
  end
  self.features = nn.Sequential(features)
  self.avgpool = nn.AdaptiveAvgPool2d(7)
  self.flatten = nn.Flatten()
  self.classifier = nn.Sequential { nn.Linear(512 * 7 * 7, 4096), nn.ReLU(), nn.Dropout(0.5), nn.Linear(4096, 4096),
    nn.ReLU(), nn.Dropout(0.5), nn.Linear(4096, opt.classes) }
end
function VGG:forward(x) return self.classifier(self.flatten(self.avgpool(self.features(x)))) end

for name, counts in pairs { vgg16 = { 2, 2, 3, 3, 3 }, vgg19 = { 2, 2, 4, 4, 4 } } do
  model(name, ("VGG-%s; Simonyan and Zisserman 2014, arXiv:1409.1556"):format(name:match "%d+"),
    { { "batch_norm", false, "a norm behind each convolution (its _bn files)" } },
    function(opt) return VGG(counts, opt) end)
end

-- --- MobileNetV2 -----------------------------------------------------------------------------------------------------

-- The multiple of 8 next to v, not below nine tenths of it.
local function eights(v)
  local n = math.max(8, math.floor((v + 4) / 8) * 8)
  return n < 0.9 * v and n + 8 or n
end

local MobileNetV2 = nn.class "MobileNetV2"
function MobileNetV2:init(opt)
  local c, last = eights(32 * opt.width), eights(1280 * math.max(1, opt.width))
  local features = { nn.ConvNorm { 3, c, 3, stride = 2, act = "relu6" } }
  -- expansion, channels, count, stride of the first
  for _, row in ipairs { { 1, 16, 1, 1 }, { 6, 24, 2, 2 }, { 6, 32, 3, 2 }, { 6, 64, 4, 2 }, { 6, 96, 3, 1 },
    { 6, 160, 3, 2 }, { 6, 320, 1, 1 } } do
    local o = eights(row[2] * opt.width)
    for i = 1, row[3] do
      features[#features + 1] = nn.InvertedResidual(c, o, { stride = i == 1 and row[4] or 1, expand = row[1] })
      c = o
    end
  end
  features[#features + 1] = nn.ConvNorm { c, last, 1, act = "relu6" }
  self.features = nn.Sequential(features)
  self.classifier = nn.Sequential { nn.Dropout(0.2), nn.Linear(last, opt.classes) }
end
function MobileNetV2:forward(x) return self.classifier(self.features(x):mean { dim = { 2, 3 } }) end
model("mobilenet_v2", "MobileNetV2; Sandler et al. 2018, arXiv:1801.04381",
  { { "width", 1, "of all layers (width_mult)", { above = 0 } } }, function(opt) return MobileNetV2(opt) end)

-- --- Inception v3 ----------------------------------------------------------------------------------------------------

local BasicConv2d = nn.class "BasicConv2d"
function BasicConv2d:init(i, o, kernel, stride, padding)
  self.conv = nn.Conv2d { i, o, kernel, stride = stride or 1, padding = padding or 0, bias = false }
  self.bn = nn.BatchNorm { o, eps = 1e-3 }
  rawset(self, "norm", self.bn)
  rawset(self, "act", "relu")
end
BasicConv2d.forward = blocks.conv_norm
function BasicConv2d:label() return "BasicConv2d " .. self.conv:label() end

-- A branch: {name, out, kernel, stride, padding}, each on what the one before it gave.
local Branches = nn.class "Branches"
function Branches:init(i, list)
  rawset(self, "list", list)
  local width = 0
  for _, branch in ipairs(list) do
    local c = i
    for _, part in ipairs(branch) do
      if type(part) == "table" and part[1] then
        if part.split then
          local o = 0
          for _, p in ipairs(part) do
            self[p[1]] = BasicConv2d(c, p[2], p[3], p[4], p[5])
            o = o + p[2]
          end
          c = o
        else
          self[part[1]] = BasicConv2d(c, part[2], part[3], part[4], part[5])
          c = part[2]
        end
      end
    end
    width = width + c
  end
  rawset(self, "width", width)
end
function Branches:forward(x)
  local out = { dim = 4 }
  for k, branch in ipairs(self.list) do
    local y = x
    for _, part in ipairs(branch) do
      if type(part) == "function" then
        y = part(y)
      elseif part.split then
        local both = { dim = 4 }
        for j, p in ipairs(part) do both[j] = self[p[1]](y) end
        y = tensor.cat(both)
      else
        y = self[part[1]](y)
      end
    end
    out[k] = y
  end
  return tensor.cat(out)
end

local function mean3(x) return nn.avg_pool2d { x, kernel = 3, stride = 1, padding = 1 } end
local function max3(x) return nn.max_pool2d { x, kernel = 3, stride = 2 } end

local function inception_a(pool)
  return { { { "branch1x1", 64, 1 } }, { { "branch5x5_1", 48, 1 }, { "branch5x5_2", 64, 5, 1, 2 } },
    { { "branch3x3dbl_1", 64, 1 }, { "branch3x3dbl_2", 96, 3, 1, 1 }, { "branch3x3dbl_3", 96, 3, 1, 1 } },
    { mean3, { "branch_pool", pool, 1 } } }
end
local function inception_b()
  return { { { "branch3x3", 384, 3, 2 } },
    { { "branch3x3dbl_1", 64, 1 }, { "branch3x3dbl_2", 96, 3, 1, 1 }, { "branch3x3dbl_3", 96, 3, 2 } }, { max3 } }
end
local wide, tall, across, down = { 1, 7 }, { 7, 1 }, { 0, 3 }, { 3, 0 }
local function inception_c(n)
  return { { { "branch1x1", 192, 1 } },
    { { "branch7x7_1", n, 1 }, { "branch7x7_2", n, wide, 1, across }, { "branch7x7_3", 192, tall, 1, down } },
    { { "branch7x7dbl_1", n, 1 }, { "branch7x7dbl_2", n, tall, 1, down }, { "branch7x7dbl_3", n, wide, 1, across },
      { "branch7x7dbl_4", n, tall, 1, down }, { "branch7x7dbl_5", 192, wide, 1, across } },
    { mean3, { "branch_pool", 192, 1 } } }
end
local function inception_d()
  return { { { "branch3x3_1", 192, 1 }, { "branch3x3_2", 320, 3, 2 } },
    { { "branch7x7x3_1", 192, 1 }, { "branch7x7x3_2", 192, wide, 1, across },
      { "branch7x7x3_3", 192, tall, 1, down }, { "branch7x7x3_4", 192, 3, 2 } }, { max3 } }
end
local function halves(name)
  return { { name .. "a", 384, { 1, 3 }, 1, { 0, 1 } }, { name .. "b", 384, { 3, 1 }, 1, { 1, 0 } }, split = true }
end
local function inception_e()
  return { { { "branch1x1", 320, 1 } }, { { "branch3x3_1", 384, 1 }, halves "branch3x3_2" },
    { { "branch3x3dbl_1", 448, 1 }, { "branch3x3dbl_2", 384, 3, 1, 1 }, halves "branch3x3dbl_3" },
    { mean3, { "branch_pool", 192, 1 } } }
end

local InceptionAux = nn.class "InceptionAux"
function InceptionAux:init(n)
  self.conv0 = BasicConv2d(768, 128, 1)
  self.conv1 = BasicConv2d(128, 768, 5)
  self.fc = nn.Linear(768, n)
end
function InceptionAux:forward(x)
  x = self.conv1(self.conv0(nn.avg_pool2d { x, kernel = 5, stride = 3 }))
  return self.fc(x:mean { dim = { 2, 3 } })
end

local stem = { { "Conv2d_1a_3x3", 32, 3, 2 }, { "Conv2d_2a_3x3", 32, 3 }, { "Conv2d_2b_3x3", 64, 3, 1, 1 }, max3,
  { "Conv2d_3b_1x1", 80, 1 }, { "Conv2d_4a_3x3", 192, 3 }, max3 }
local mixed = { { "5b", inception_a(32) }, { "5c", inception_a(64) }, { "5d", inception_a(64) },
  { "6a", inception_b() },
  { "6b", inception_c(128) }, { "6c", inception_c(160) }, { "6d", inception_c(160) }, { "6e", inception_c(192) },
  { "7a", inception_d() }, { "7b", inception_e() }, { "7c", inception_e() } }

local Inception3 = nn.class "Inception3"
function Inception3:init(opt)
  local c = 3
  for _, part in ipairs(stem) do
    if type(part) == "table" then
      self[part[1]] = BasicConv2d(c, part[2], part[3], part[4], part[5])
      c = part[2]
    end
  end
  for _, part in ipairs(mixed) do
    self["Mixed_" .. part[1]] = Branches(c, part[2])
    c = self["Mixed_" .. part[1]].width
    if part[1] == "6e" and opt.aux_logits then self.AuxLogits = InceptionAux(opt.classes) end
  end
  rawset(self, "drop", nn.Dropout(0.5))
  self.fc = nn.Linear(c, opt.classes)
  rawset(self, "transform_input", opt.transform_input)
end
-- From torchvision's means and deviations to -1..1, which the weights of Google's were trained with.
local function from_torch(x)
  local scale = tensor { 0.229 / 0.5, 0.224 / 0.5, 0.225 / 0.5 }
  local shift = tensor { (0.485 - 0.5) / 0.5, (0.456 - 0.5) / 0.5, (0.406 - 0.5) / 0.5 }
  return x * scale:to(x.dtype) + shift:to(x.dtype)
end
--- net(x) -> scores, and in training those of the auxiliary classifier.
function Inception3:forward(x)
  if self.transform_input then x = from_torch(x) end
  for _, part in ipairs(stem) do x = type(part) == "function" and part(x) or self[part[1]](x) end
  local aux
  for _, part in ipairs(mixed) do
    x = self["Mixed_" .. part[1]](x)
    if part[1] == "6e" and self.training and self.AuxLogits then aux = self.AuxLogits(x) end
  end
  self.drop.training = self.training
  return self.fc(self.drop(x:mean { dim = { 2, 3 } })), aux
end
model("inception_v3", "Inception v3 for pictures of 299 x 299; Szegedy et al. 2015, arXiv:1512.00567",
  { { "aux_logits", true, "with the second classifier of training" },
    { "transform_input", false, "from data.prepare's \"torch\" to -1..1 (pretrained files want it)" } },
  function(opt) return Inception3(opt) end, "1, 299, 299, 3")

-- --- U-Net -----------------------------------------------------------------------------------------------------------

-- conv, norm, relu twice; names of github.com/milesial/Pytorch-UNet.
local DoubleConv = nn.class "DoubleConv"
import.names("DoubleConv", { ["a.0"] = { "double_conv.0" }, ["a.1"] = { "double_conv.1" },
  ["b.0"] = { "double_conv.3" }, ["b.1"] = { "double_conv.4" } })
function DoubleConv:init(i, o, mid)
  self.a = nn.ConvNorm(i, mid or o, 3)
  self.b = nn.ConvNorm(mid or o, o, 3)
end
function DoubleConv:forward(x) return self.b(self.a(x)) end

local Up = nn.class "Up"
function Up:init(i, o, bilinear)
  if bilinear then
    self.conv = DoubleConv(i, o, i // 2)
  else
    self.up = nn.ConvTranspose2d { i, i // 2, 2, stride = 2 }
    self.conv = DoubleConv(i, o)
  end
end
-- x enlarged by 2 and padded to the size of the skip, behind it.
function Up:forward(x, skip)
  x = self.up and self.up(x) or nn.upsample { x, scale = 2, mode = "bilinear", align_corners = true }
  local dy, dx = skip:size(2) - x:size(2), skip:size(3) - x:size(3)
  if dy > 0 or dx > 0 then x = x:pad { 0, 0, dy // 2, dy - dy // 2, dx // 2, dx - dx // 2, 0, 0 } end
  return self.conv(tensor.cat { skip, x, dim = 4 })
end

local UNet = nn.class "UNet"
local unet_names = { outc = { "outc.conv" } }
for k = 1, 4 do unet_names["down" .. k] = { ("down%d.maxpool_conv.1"):format(k) } end
import.names("UNet", unet_names)
function UNet:init(opt)
  local half, w = opt.bilinear and 2 or 1, opt.width
  self.inc = DoubleConv(opt.channels, w)
  for k = 1, 4 do self["down" .. k] = DoubleConv(w << (k - 1), (w << k) // (k == 4 and half or 1)) end
  for k = 1, 4 do self["up" .. k] = Up(w << (5 - k), (w << (4 - k)) // (k < 4 and half or 1), opt.bilinear) end
  self.outc = nn.Conv2d { w, opt.classes, 1 }
end
function UNet:forward(x)
  local skips = { self.inc(x) }
  for k = 1, 4 do skips[k + 1] = self["down" .. k](nn.max_pool2d { skips[k], kernel = 2 }) end
  local y = skips[5]
  for k = 1, 4 do y = self["up" .. k](y, skips[5 - k]) end
  return self.outc(y)
end
model("unet", "U-Net with batch norm, [N,H,W,C] to [N,H,W,classes]; Ronneberger et al. 2015, arXiv:1505.04597; "
  .. "names of milesial's Pytorch-UNet",
  { { "channels", 3, "of the pictures", "whole" }, { "width", 64, "of the first layer", "whole" },
    { "bilinear", false, "enlarges by interpolation instead of transposed convolution" } },
  function(opt) return UNet(opt) end)

record.declare { name = "nn.models", sig = "nn.models.resnet50{classes=1000}", see = "net:load, data.prepare",
  doc = "the classic networks with torchvision's options and parts, so that its files fit: resnet18 resnet34 "
    .. "resnet50 vgg16 vgg19 mobilenet_v2 inception_v3, and unet",
  example = "for name in pairs(nn.models) do print(name) end",
  example2 = "net = nn.models.resnet18{classes = 10}\nprint(net(tensor.meta{1, 64, 64, 3}))" }
return models
