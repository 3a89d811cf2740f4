--- Images: convolutional networks; forward, backward and update unless it says inference.  Images are [N, H, W, C].
local bench, steps = ...
local trainer, shaped, inference = steps.trainer, steps.shaped, steps.inference

bench("happy_cnn", "7x7 conv 32, batch norm, relu, max-pool 2, linear 1; 64x64, batch 16", function()
  local X, Y = tensor.randn(16, 64, 64, 3), tensor.randint(0, 1, 16, 1):to "f32"
  local net = nn.Sequential { nn.Conv2d { 3, 32, 7, padding = 3 }, nn.BatchNorm(32), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(32 * 32 * 32, 1) }
  return trainer(net, function() return nn.bce_logits(shaped(net(X), 16, 1), Y) end)
end)

local function resnet50(classes)
  local net = nn.Sequential { nn.ConvNorm { 3, 64, 7, stride = 2 }, nn.MaxPool2d { 3, stride = 2, padding = 1 } }
  local i = 64
  for _, stage in ipairs { { 64, 3, 1 }, { 128, 4, 2 }, { 256, 6, 2 }, { 512, 3, 2 } } do
    local mid, n, stride = table.unpack(stage)
    for b = 1, n do
      net:push(nn.Bottleneck { i, mid, stride = b == 1 and stride or 1 })
      i = 4 * mid
    end
  end
  return net:push(nn.GlobalAvgPool()):push(nn.Linear(2048, classes))
end

bench("resnet50_train", "ResNet-50, 64x64, 6 classes, batch 16", function()
  local net = resnet50(6)
  local X, Y = tensor.randn(16, 64, 64, 3), tensor.randint(1, 6, 16)
  return trainer(net, function() return nn.cross_entropy(shaped(net(X), 16, 6), Y) end)
end)

bench("resnet50_infer", "ResNet-50, 224x224, 1000 classes, batch 1, inference", function()
  return inference(resnet50(1000), tensor.randn(1, 224, 224, 3), 1, 1000)
end)

-- first: the channels before the blocks; channels: of the blocks of each stage.
local function mobilenet(first, channels)
  local net, i = nn.Sequential { nn.ConvNorm { 3, first, 3, stride = 2, act = "relu6" } }, first
  for k, how in ipairs { { 1, 1, 1 }, { 6, 2, 2 }, { 6, 3, 2 }, { 6, 4, 2 }, { 6, 3, 1 }, { 6, 3, 2 }, { 6, 1, 1 } } do
    local expand, n, stride = table.unpack(how)
    local c = channels[k]
    for b = 1, n do
      net:push(nn.InvertedResidual { i, c, stride = b == 1 and stride or 1, expand = expand })
      i = c
    end
  end
  return net:push(nn.ConvNorm { i, 1280, 1, act = "relu6" }):push(nn.GlobalAvgPool())
end

local function mobilenet_v2() return mobilenet(32, { 16, 24, 32, 64, 96, 160, 320 }) end

bench("mobilenet_infer", "MobileNetV2 features, 160x160, batch 8, inference", function()
  return inference(mobilenet_v2(), tensor.randn(8, 160, 160, 3), 8, 1280)
end)

bench("mobilenet_finetune", "MobileNetV2 with one output, all layers trained, 160x160, batch 8", function()
  local net = nn.Sequential { mobilenet_v2(), nn.Dropout(0.2), nn.Linear(1280, 1) }
  local X, Y = tensor.randn(8, 160, 160, 3), tensor.randint(0, 1, 8, 1):to "f32"
  return trainer(net, function() return nn.bce_logits(shaped(net(X), 8, 1), Y) end)
end)

bench("unet_train", "U-Net, 96x128, 23 classes, 32 first filters, batch 4", function()
  local f, classes = 32, 23
  local function two(i, o)
    return nn.Sequential { nn.Conv2d { i, o, 3, padding = 1, act = "relu" },
      nn.Conv2d { o, o, 3, padding = 1, act = "relu" } }
  end
  local M = nn.class "UNet"
  function M:init()
    self.down = { two(3, f), two(f, 2 * f), two(2 * f, 4 * f), two(4 * f, 8 * f) }
    self.mid, self.up, self.dec = two(8 * f, 16 * f), {}, {}
    for k, c in ipairs { 16, 8, 4, 2 } do
      self.up[k] = nn.ConvTranspose2d { c * f, c // 2 * f, 3, stride = 2, padding = 1, output_padding = 1 }
      self.dec[k] = two(c * f, c // 2 * f)
    end
    self.out = nn.Sequential { nn.Conv2d { f, f, 3, padding = 1, act = "relu" }, nn.Conv2d(f, classes, 1) }
  end
  function M:forward(x)
    local skips = {}
    for k, d in ipairs(self.down) do
      x = d(x)
      skips[k] = x
      x = nn.max_pool2d { x, kernel = 2 }
    end
    x = self.mid(x)
    for k, up in ipairs(self.up) do x = self.dec[k](tensor.cat { up(x), skips[5 - k], dim = 4 }) end
    return self.out(x)
  end
  local net = M()
  local X, Y = tensor.randn(4, 96, 128, 3), tensor.randint(1, classes, 4, 96, 128)
  return trainer(net, function()
    return nn.cross_entropy(shaped(net(X), 4, 96, 128, classes):view(-1, classes), Y:view(-1))
  end)
end)

bench("yolo_infer", "Tiny YOLOv2, 416x416, 5 anchors x (5 + 80), batch 1, inference", function()
  local net, i = nn.Sequential {}, 3
  for k, o in ipairs { 16, 32, 64, 128, 256, 512 } do
    net:push(nn.ConvNorm { i, o, 3, act = "leaky" })
    net:push(k < 6 and nn.MaxPool2d(2)
      or nn.Sequential { nn.ZeroPad2d { { 0, 1, 0, 1 } }, nn.MaxPool2d { 2, stride = 1 } })
    i = o
  end
  net:push(nn.ConvNorm { 512, 1024, 3, act = "leaky" }):push(nn.ConvNorm { 1024, 512, 3, act = "leaky" })
  net:push(nn.Conv2d(512, 425, 1))
  return inference(net, tensor.randn(1, 416, 416, 3), 1, 13, 13, 425)
end)

-- The network of yolo_cars for pictures of 96 x 144.
local function cars_net()
  local function conv(i, o, k, step) return nn.ConvNorm { i, o, k, stride = step or 1, act = "leaky" } end
  local function wide(i, o, gap)
    return nn.Sequential { nn.Conv2d { i, o, 3, padding = gap, dilation = gap, bias = false }, nn.BatchNorm(o),
      nn.LeakyReLU(0.1) }
  end
  local M = nn.class "Yolo"
  function M:init()
    self.fine = nn.Sequential { conv(3, 16, 3, 2), conv(16, 32, 3, 2), conv(32, 32, 3) }
    self.pass = conv(32, 16, 1)
    self.coarse = nn.Sequential { conv(32, 64, 3, 2), conv(64, 64, 3), conv(64, 128, 3), conv(128, 64, 1),
      wide(64, 128, 2), conv(128, 64, 1), wide(64, 128, 4) }
    self.join, self.head = conv(128 + 64, 96, 3), nn.Conv2d(96, 5 * 9, 1)
  end
  function M:forward(x)
    local fine = self.fine(x)
    local p = self.pass(fine):reshape(-1, 12, 2, 18, 2, 16):permute(1, 2, 4, 3, 5, 6):reshape(-1, 12, 18, 64)
    return self.head(self.join(tensor.cat { self.coarse(fine), p, dim = 4 }))
  end
  return M()
end

bench("yolo_train", "the network of yolo_cars, 96x144, 5 anchors x (5 + 4), 6 boxes a picture, batch 4", function()
  local net, X = cars_net(), tensor.randn(4, 96, 144, 3)
  local at = tensor.randperm(4 * 12 * 18 * 5)["1:24"]
  local want, label = tensor.rand(24, 4), tensor.randint(1, 4, 24)
  local goal, weight = tensor.zeros(4 * 12 * 18 * 5), tensor.ones(4 * 12 * 18 * 5)
  goal[at], weight[at] = 1, 5
  return trainer(net, function()
    local flat = shaped(net(X), 4, 12, 18, 45):reshape(-1, 9)
    local said = flat[at]
    local place = (said["..., 1:2"]:sigmoid() - want["..., 1:2"]):square():sum()
      + (said["..., 3:4"] - want["..., 3:4"]):square():sum()
    local object = (nn.bce_logits(flat["..., 5"], goal, { reduction = "none" }) * weight):sum()
    return (place * 5 + object + nn.cross_entropy(said["..., 6:9"], label, { reduction = "sum" })) / 4
  end)
end)

bench("cars_infer", "the network of yolo_cars, 96x144, batch 1, inference", function()
  return inference(cars_net(), tensor.randn(1, 96, 144, 3), 1, 12, 18, 45)
end)

-- VGG-19 to conv5_1, its weights fixed, channels of the five blocks as given: features(x) -> the Gram matrices of the
-- first layer of each block, and the answers of conv4_2.
local function style_features(widths)
  local convs, i = {}, 3
  for block, count in ipairs { 2, 2, 4, 4, 1 } do
    for k = 1, count do
      local one = nn.Conv2d { i, widths[block], 3, padding = 1, act = "relu" }
      convs[#convs + 1], i = { one:freeze(), block = block, first = k == 1 }, widths[block]
    end
  end
  return function(x)
    local grams, content = {}, nil
    for k, one in ipairs(convs) do
      if one.first and k > 1 then x = nn.avg_pool2d { x, kernel = 2 } end
      x = one[1](x)
      if one.first then
        local f = x:view(-1, x:size(4))
        grams[#grams + 1] = f:t():mm(f) / f:size(1)
      end
      if k == 10 then content = x end
    end
    return grams, content
  end
end

local function style_update(widths, h, w, variation)
  local features = style_features(widths)
  local S = tensor.no_grad(features, tensor.rand(1, h, w, 3))
  local _, C = tensor.no_grad(features, tensor.rand(1, h, w, 3))
  local img = tensor.rand(1, h, w, 3):requires_grad()
  local opt = optim.Adam { { img }, lr = 0.01 }
  return function()
    local grams, content = features(img)
    local loss = nn.mse(content, C) * 10
    for k, g in ipairs(grams) do loss = loss + nn.mse(g, S[k]) * 40 end
    if variation then
      local down, right = img["..., 2:-1, :, :"] - img["..., 1:-2, :, :"], img["..., 2:-1, :"] - img["..., 1:-2, :"]
      loss = loss + (down:square():mean() + right:square():mean()) * 100
    end
    opt:step(loss)
    if variation then tensor.no_grad(function() img:clamp_(0, 1) end) end
  end
end

bench("vgg19_style", "VGG-19 to conv5_1, 5 style layers, a content layer, 300x400, one update of the image", function()
  return style_update({ 64, 128, 256, 512, 512 }, 300, 400)
end)

local slim = { 16, 32, 64, 128, 128 }                                  -- of scripts/pretrain/vgg.safetensors
bench("swirls_train", "the slim VGG-19 of style_transfer, 240x320, one update of the picture", function()
  return style_update(slim, 240, 320, true)
end)

bench("swirls_infer", "the slim VGG-19 of style_transfer to conv5_1, 240x320, inference", function()
  local features, x = style_features(slim), tensor.rand(1, 240, 320, 3)
  return function() return shaped(tensor.no_grad(function() return select(2, features(x)) end), 1, 30, 40, 128) end
end)

bench("facenet_triplet", "Inception face encoder, 96x96 to 128-d unit vectors, 8 triplets, triplet loss 0.2", function()
  local net = nn.Sequential { nn.ConvNorm { 3, 64, 7, stride = 2 }, nn.MaxPool2d { 3, stride = 2, padding = 1 },
    nn.ConvNorm(64, 64, 1), nn.ConvNorm(64, 192, 3), nn.MaxPool2d { 3, stride = 2, padding = 1 },
    nn.Inception(192, { 64, { 96, 128 }, { 16, 32 }, 32 }), nn.Inception(256, { 64, { 96, 128 }, { 32, 64 }, 64 }),
    nn.MaxPool2d { 3, stride = 2, padding = 1 }, nn.Inception(320, { 256, { 96, 192 }, { 32, 64 }, 128 }),
    nn.MaxPool2d { 3, stride = 2, padding = 1 }, nn.Inception(640, { 256, { 96, 384 }, { 32, 64 }, 96 }),
    nn.GlobalAvgPool(), nn.Linear(800, 128) }
  local X = tensor.randn(24, 96, 96, 3)
  return trainer(net, function()
    local e = nn.normalize(shaped(net(X), 24, 128))
    local a, p, n = e["1:8"], e["9:16"], e["17:24"]
    return (((a - p) ^ 2):sum(2) - ((a - n) ^ 2):sum(2) + 0.2):relu():mean()
  end)
end)

-- The network of face_verification.
local function face_net()
  return nn.Sequential { nn.ConvNorm { 3, 24, 5, stride = 2 }, nn.ConvNorm { 24, 48, 3, stride = 2 },
    nn.ConvNorm { 48, 48, 3 }, nn.ConvNorm { 48, 96, 3, stride = 2 }, nn.ConvNorm { 96, 96, 3 }, nn.Flatten(),
    nn.Linear(36 * 96, 64) }
end

bench("faces_train", "the network of face_verification, 48x48 to 64-d, 16 people x 4, semi-hard triplets", function()
  local net, X, ids = face_net(), tensor.randn(64, 48, 48, 3), (tensor.arange(64) - 1) // 4
  local same = ids:unsqueeze(2):eq(ids:unsqueeze(1))
  local pairs = (same & tensor.eye(64):lt(0.5)):nonzero()
  local a, p = pairs[{ {}, 1 }], pairs[{ {}, 2 }]
  return trainer(net, function()
    local e = nn.normalize(shaped(net(X), 64, 64))
    local n = tensor.no_grad(function()
      local d = (2 - 2 * e:mm(e:t()))[a]
      local to_p, others = d:gather(2, p:unsqueeze(2)), ~same[a]
      local least, nearest = tensor.where(others & d:gt(to_p), d, math.huge):min(2)
      return tensor.where(least:lt(math.huge), nearest, tensor.where(others, d, -1):argmax(2))
    end)
    return nn.triplet(e[a], e[p], e[n])
  end)
end)

bench("faces_infer", "the network of face_verification, 48x48, batch 64, inference", function()
  return inference(face_net(), tensor.randn(64, 48, 48, 3), 64, 64)
end)

-- --- the networks of the other vision projects, as their scripts build them ------------------------------------------

-- The network of resnet50 at a quarter of the width: convolutions with biases, the stride in the first 1 x 1.
local function signs_net()
  local function conv(i, o, k, stride, padding)
    return nn.Sequential { nn.Conv2d { i, o, k, stride = stride or 1, padding = padding or 0 }, nn.BatchNorm(o) }
  end
  local Block = nn.class "Block"
  function Block:init(i, mid, stride)
    self.a, self.b, self.c = conv(i, mid, 1, stride), conv(mid, mid, 3, 1, 1), conv(mid, 4 * mid, 1)
    if stride > 1 or i ~= 4 * mid then self.short = conv(i, 4 * mid, 1, stride) end
  end
  function Block:forward(a)
    return (self.c(self.b(self.a(a):relu()):relu()) + (self.short and self.short(a) or a)):relu()
  end
  local net, i = nn.Sequential { nn.ZeroPad2d(3), conv(3, 16, 7, 2), nn.ReLU(), nn.MaxPool2d { 3, stride = 2 } }, 16
  for stage, blocks in ipairs { 3, 4, 6, 3 } do
    local mid = 16 << stage - 1
    for b = 1, blocks do
      net:push(Block(i, mid, b == 1 and stage > 1 and 2 or 1))
      i = 4 * mid
    end
  end
  return net:push(nn.GlobalAvgPool()):push(nn.Linear(i, 6))
end

bench("signs_train", "the network of resnet50, a quarter wide, 64x64, 6 classes, batch 32", function()
  local net, X, Y = signs_net(), tensor.randn(32, 64, 64, 3), tensor.randint(1, 6, 32)
  return trainer(net, function() return nn.cross_entropy(shaped(net(X), 32, 6), Y) end)
end)

bench("signs_infer", "the network of resnet50, a quarter wide, 64x64, 6 classes, batch 64, inference", function()
  return inference(signs_net(), tensor.randn(64, 64, 64, 3), 64, 6)
end)

-- The network of unet_streets: batch norm, 2 x 2 transposed convolutions, 16 first filters.
local function streets_net()
  local function two(i, o) return nn.Sequential { nn.ConvNorm { i, o, 3 }, nn.ConvNorm { o, o, 3 } } end
  local M = nn.class "UNet"
  function M:init()
    self.down, self.rise, self.up, self.bottom = {}, {}, {}, two(128, 256)
    for k = 1, 4 do
      local o = 16 << k - 1
      self.down[k], self.up[k] = two(k == 1 and 3 or o // 2, o), two(2 * o, o)
      self.rise[k] = nn.ConvTranspose2d { 2 * o, o, 2, stride = 2 }
    end
    self.head = nn.Conv2d(16, 9, 1)
  end
  function M:forward(a)
    local kept = {}
    for k = 1, 4 do
      kept[k] = self.down[k](a)
      a = nn.max_pool2d { kept[k], kernel = 2 }
    end
    a = self.bottom(a)
    for k = 4, 1, -1 do a = self.up[k](tensor.cat { self.rise[k](a), kept[k], dim = 4 }) end
    return self.head(a)
  end
  return M()
end

bench("streets_train", "the network of unet_streets, 64x96, 9 classes, 16 first filters, batch 4", function()
  local net, X, Y = streets_net(), tensor.randn(4, 64, 96, 3), tensor.randint(1, 9, 4, 64, 96)
  return trainer(net, function()
    return nn.cross_entropy(shaped(net(X), 4, 64, 96, 9):view(-1, 9), Y:view(-1))
  end)
end)

bench("streets_infer", "the network of unet_streets, 64x96, 9 classes, batch 1, inference", function()
  return inference(streets_net(), tensor.randn(1, 64, 96, 3), 1, 64, 96, 9)
end)

-- MobileNetV2 at 0.35 of the width, as Keras rounds its channels.
local function narrow_mobilenet() return mobilenet(16, { 8, 8, 16, 24, 32, 56, 112 }) end

bench("alpacas_train", "the network of mobilenet_transfer, 0.35 wide, all layers trained, 48x48, batch 20", function()
  local net = nn.Sequential { narrow_mobilenet(), nn.Dropout(0.2), nn.Linear(1280, 1) }
  local X, Y = tensor.randn(20, 48, 48, 3), tensor.randint(0, 1, 20, 1):to "f32"
  return trainer(net, function() return nn.bce_logits(shaped(net(X), 20, 1), Y) end)
end)

bench("alpacas_infer", "the base of mobilenet_transfer, 0.35 wide, 48x48, batch 50, inference", function()
  return inference(narrow_mobilenet(), tensor.randn(50, 48, 48, 3), 50, 1280)
end)
