--- docs/models.lua: what help says of models from elsewhere: their files, their networks, their pictures.
local doc = lunette.doc
require "nn.models" -- declares those of nn.models

doc { name = "data.weights", sig = "set = data.weights(path, {wrapped=false})",
  doc = "the tensors of a model's file by name, in the file's order, read when they are asked for: set[name] a tensor, "
    .. "set[i] a name, #set their number, pairs goes over all; .safetensors (also split, by .index.json), .pt .pth .bin "
    .. "(PyTorch's state dicts; nothing in them is run), .h5 .weights.h5 .keras, .npz; nil and a message when it fails",
  options = { { "wrapped", "false", 'keeps what is round a checkpoint\'s state dict, and "module." before its names' } },
  example = 'nn.Linear(2, 3):save "/tmp/lunette-help.safetensors"\nprint(data.weights "/tmp/lunette-help.safetensors")',
  example2 = 'print(data.weights "nosuch.pth")', see = "net:load, tensor.load" }

doc { name = "nn.models", sig = "nn.models.resnet50{classes=1000}", doc = "the classic networks with torchvision's options and "
  .. "parts, so that its files fit: resnet18 resnet34 resnet50 vgg16 vgg19 mobilenet_v2 inception_v3, and unet",
  example = "for name in pairs(nn.models) do print(name) end",
  example2 = "net = nn.models.resnet18{classes = 10}\nprint(net(tensor.meta{1, 64, 64, 3}))", see = "net:load, data.prepare" }
doc { name = "nn.darknet", sig = "net = nn.darknet(cfg, weights)", doc = "a network of Darknet's .cfg and .weights, in eval mode, or one "
  .. "to be trained without weights; net(x) gives the output of every [yolo] or [region] layer, net:detect finds things; nil and "
  .. "a message when a file fails or does not fit",
  example = 'local f = io.open("/tmp/lunette-help.cfg", "w")\nf:write "[net]\\nwidth=8\\nheight=8\\n[convolutional]\\nfilters=2\\nsize=3\\npad=1\\n"\nf:close()\n'
    .. 'print(nn.darknet "/tmp/lunette-help.cfg")', example2 = 'print(nn.darknet("nosuch.cfg", "nosuch.weights"))', see = "net:detect, data.letterbox" }
doc { name = "net:detect", sig = "found = net:detect(picture, {score=0.5, iou=0.45, clip=true})", doc = "what a network of nn.darknet finds: {boxes = [K,4] x1 y1 "
  .. "x2 y2 in the picture's pixels, scores = [K], labels = [K] from 1} by falling score, letterboxed and suppressed class by class as Darknet does it",
  options = { { "score", "0.5", "object times class, at least" }, { "iou", "0.45", "overlap above which the lower score goes; false: none goes" },
    { "clip", "true", "boxes end at the picture's border" } },
  example = 'local f = io.open("/tmp/lunette-help.cfg", "w")\nf:write "[net]\\nwidth=8\\nheight=8\\n[convolutional]\\nfilters=6\\nsize=1\\nactivation=linear\\n[yolo]\\nnum=1\\n'
    .. 'mask=0\\nanchors=4,4\\nclasses=1\\n"\nf:close()\nnet = nn.darknet "/tmp/lunette-help.cfg"\nprint(net:detect(tensor.rand(6, 9, 3)).boxes)',
  example2 = 'net = nn.darknet "/tmp/lunette-help.cfg"\nif net then print(net:detect(tensor.rand(6, 9, 3), {score = 0.9}).scores) end', see = "nn.darknet, viz.boxes" }
doc { name = "data.prepare", sig = 'x = data.prepare(picture, "torch", {size=, crop=})', doc = "f32[1,h,w,3] as a source's networks want it: \"torch\" 0..1 less mean by deviation "
  .. "of ImageNet, \"caffe\" BGR minus means (Keras's VGG and ResNet), \"tf\" -1..1 (Keras's MobileNet, Inception); grey becomes three channels, alpha is dropped",
  options = { { "size", "none", "with crop the shorter side, else n x n or {h, w}; bilinear, antialiased as PIL does it" }, { "crop", "none", "the middle n x n or {h, w}" } },
  example = 'print(data.prepare(tensor.rand(30, 40, 3), "torch", {size = 16, crop = 12}))', example2 = 'print(data.prepare(tensor.rand(8, 8, 3), "caffe"))',
  see = "data.image.load, nn.models, data.letterbox" }
doc { name = "data.letterbox", sig = "x, info = data.letterbox(picture, h, w, {fill=0.5})", doc = "f32[h,w,3] from 0 to 1: the picture in its own proportions in the middle of grey, as Darknet "
  .. "does it; info: {h, w, top, left, from_h, from_w}", options = { { "fill", "0.5", "of what is left" } },
  example = "x, info = data.letterbox(tensor.rand(6, 9, 3), 8, 8)\nprint(info.h, info.w)", example2 = "print(data.letterbox(tensor.rand(6, 9, 3), 4, 4, {fill = 0}))", see = "net:detect, data.prepare" }
doc { name = "nn.keras", sig = "net = nn.keras(path, weights)", doc = "a whole model of Keras, in eval mode: .keras (version 3), .h5 (version 2, model.save) or .json with its "
  .. "weights' file; Sequential and Functional; net(x), net(a, b) or net{name = a}; nil and a message when a file fails, an error that says what of it is not read or does not fit",
  example = 'local f = io.open("/tmp/lunette-help.json", "w")\nf:write [[{"class_name": "Sequential", "config": {"name": "m", "layers": [{"class_name": "Dense", "config": {"name": "d", "units": 2, '
    .. '"activation": "relu", "batch_input_shape": [null, 3]}}]}}]]\nf:close()\nprint(nn.keras "/tmp/lunette-help.json")', example2 = 'print(nn.keras "nosuch.keras")', see = "net:load, data.weights" }
