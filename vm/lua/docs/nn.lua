--- docs/nn.lua: what help says of layers, networks and initialisers.  How an entry looks: docs/tensor.lua.
local doc = lunette.doc

-- A layer: name, what follows it in the signature, text, options, input of the examples, call.
local function layer(name, args, text, options, call, input, see)
  doc { name = "nn." .. name, sig = ("nn.%s(%s)"):format(name, args), doc = text, options = options,
    example = ("print(nn.%s%s(%s))"):format(name, call, input),
    example2 = ("net = nn.Sequential{nn.%s%s}\nprint(net(%s).shape[1])"):format(name, call, input), see = see or "nn.Sequential" }
end
layer("Linear", "in, out, {bias=true}", "y = x w + b over the last dimension", { "bias=true: adds b", "dtype=f32: f32 or f64" },
  "(3, 2)", "tensor.ones(1, 3)", "nn.linear")
layer("Dropout", "p", "zeroes elements while training and scales the rest; Srivastava et al. 2014", { "p=0.5: share that is dropped" },
  "(0.5)", "tensor.ones(2)", "net:eval")
for _, name in ipairs { "Dropout1d", "Dropout2d" } do
  layer(name, "p", "dropout of whole channels (last); Tompson et al. 2015", { "p=0.5: share that is dropped" }, "(0.5)",
    "tensor.ones(1, 4, 4, 2)", "nn.Dropout")
end
for _, name in ipairs { "BatchNorm", "BatchNorm1d", "BatchNorm2d" } do
  layer(name, "channels", "normalises each channel (last) over the batch; Ioffe and Szegedy 2015", { "momentum=0.1: of the running statistics",
    "eps=1e-05: under the root", "affine=true: learns scale and shift" }, "(3)", "tensor.randn(4, 3)", "net:eval, nn.LayerNorm")
end
local affine = { "eps=1e-05: under the root", "affine=true: learns scale and shift" }
layer("LayerNorm", "features", "normalises the last dimension; Ba et al. 2016", affine, "(3)", "tensor.randn(2, 3)", "nn.BatchNorm")
layer("GroupNorm", "groups, channels", "normalises groups of channels of each sample; Wu and He 2018", affine, "(2, 4)", "tensor.randn(1, 5, 5, 4)", "nn.BatchNorm")
for _, name in ipairs { "InstanceNorm", "InstanceNorm2d" } do
  layer(name, "channels", "normalises each channel of each sample; Ulyanov et al. 2016", { "eps=1e-05: under the root",
    "affine=false: learns scale and shift" }, "(3)", "tensor.randn(1, 4, 4, 3)", "nn.GroupNorm")
end
layer("Embedding", "count, features", "rows of a table by number (from 1)", {}, "(5, 2)", 'tensor{1, 5, dtype="i64"}', "nn.embedding")

for name, about in pairs {
  ReLU = { "max(x, 0)" }, ReLU6 = { "x cut to 0..6" }, LeakyReLU = { "x, or slope x below 0", "slope=0.01: below 0" },
  ELU = { "x, or alpha (exp(x) - 1) below 0", "alpha=1: limit below 0" }, GELU = { "x times the normal distribution at x" },
  SiLU = { "x sigmoid(x)" }, Softplus = { "log(1 + exp(beta x)) / beta", "beta=1: sharpness" }, Hardtanh = { "x cut to -1..1" },
  Tanh = { "hyperbolic tangent" }, Sigmoid = { "1 / (1 + exp(-x))" }, Softmax = { "probabilities along dim", "dim=-1: along which dimension" },
  LogSoftmax = { "logarithms of probabilities along dim", "dim=-1: along which dimension" },
  SELU = { "elu scaled so that variances stay" }, CELU = { "alpha elu(x / alpha)", "alpha=1: limit below 0" }, Mish = { "x tanh(softplus(x))" },
  Hardswish = { "x relu6(x + 3) / 6" }, Hardsigmoid = { "relu6(x + 3) / 6" }, LogSigmoid = { "log(1 / (1 + exp(-x)))" },
  Softsign = { "x / (1 + |x|)" }, Tanhshrink = { "x - tanh(x)" }, GLU = { "one half times the sigmoid of the other", "dim=-1: which is halved" },
} do
  layer(name, about[2] and "{" .. about[2]:match "^[^:]*" .. "}" or "", "a layer of " .. about[1], { about[2] }, "()", "tensor{-1, 2}", "nn.Sequential")
end

layer("PReLU", "channels", "x, or a learned weight times x below 0; one weight, or one for each channel; He et al. 2015", { "channels=1: how many weights", "slope=0.25: where they begin" }, "()", "tensor{-1, 2}", "nn.LeakyReLU")
doc { name = "nn.Sequential", sig = "nn.Sequential{a, b, ...}", doc = "each module's result is the next one's input; functions count as modules",
  example = "print(nn.Sequential{nn.Linear(3, 2), nn.ReLU()})", example2 = "net = nn.Sequential{nn.Linear(3, 2)}\nnet:push(nn.Tanh())\nprint(#net)",
  see = "nn.class" }
layer("Flatten", "", "[N, ...] to [N, rest]", {}, "()", "tensor.ones(2, 3, 4)")
layer("Identity", "", "x itself", {}, "()", "tensor.ones(2)")
layer("Lambda", "f", "a module of a function", {}, "(function(x) return x * 2 end)", "tensor.ones(2)")

local geometry = { "kernel: k or {kh, kw}", "stride=1: step", "padding=0: border of zeros, or \"same\"", "dilation=1: gaps in the kernel",
  "groups=1: channels in separate parts", "bias=true: adds b", "act=none: relu, relu6 or leaky, in the same pass", "slope=0.1: of leaky" }
layer("Conv2d", "in, out, kernel, {stride, padding, dilation, groups, bias, act}", "convolution of [N,H,W,in] to [N,OH,OW,out]", geometry,
  "(3, 4, 3, {padding = 1})", "tensor.randn(1, 6, 6, 3)", "nn.conv2d")
layer("Conv1d", "in, out, kernel, {stride, padding, dilation, groups, bias, act}", "convolution of sequences [N,T,in] to [N,OT,out]", geometry,
  "(3, 4, 3)", "tensor.randn(1, 6, 3)", "nn.conv1d")
layer("ConvTranspose2d", "in, out, kernel, {stride, padding, output_padding, dilation, bias}", "enlarges [N,H,W,in] by the stride", {
  "kernel: k or {kh, kw}", "stride=1: factor of enlargement", "padding=0: cut off the border", "output_padding=0: added at the end",
  "dilation=1: gaps in the kernel", "bias=true: adds b" }, "(3, 4, 2, {stride = 2})", "tensor.randn(1, 3, 3, 3)", "nn.conv_transpose2d")
local pool = { "kernel: k or {kh, kw}", "stride: the kernel by default", "padding: 0 by default", "ceil_mode=false: keep a partial window" }
layer("MaxPool2d", "kernel, {stride, padding, ceil_mode}", "the greatest of each window of [N,H,W,C]", pool, "(2)", "tensor.randn(1, 4, 4, 1)", "nn.max_pool2d")
layer("AvgPool2d", "kernel, {stride, padding, ceil_mode, count_include_pad}", "the mean of each window of [N,H,W,C]", {
  "kernel: k or {kh, kw}", "stride: the kernel by default", "padding: 0 by default", "ceil_mode=false: keep a partial window",
  "count_include_pad=true: the border counts" }, "(2)", "tensor.randn(1, 4, 4, 1)", "nn.avg_pool2d")
layer("AdaptiveAvgPool2d", "size", "means on a grid of the given size", { "size: n or {h, w}" }, "(2)", "tensor.randn(1, 5, 5, 1)", "nn.adaptive_avg_pool2d")
layer("AdaptiveMaxPool2d", "size", "maxima on a grid of the given size", { "size: n or {h, w}" }, "(2)", "tensor.randn(1, 5, 5, 1)", "nn.AdaptiveAvgPool2d")
layer("GlobalAvgPool", "", "[N, ..., C] to [N, C]: the mean over all positions", {}, "()", "tensor.randn(2, 4, 4, 3)", "nn.GlobalMaxPool")
layer("GlobalMaxPool", "", "[N, ..., C] to [N, C]: the maximum over all positions", {}, "()", "tensor.randn(2, 4, 4, 3)", "nn.GlobalAvgPool")
layer("Upsample", "{scale=2, mode=\"nearest\"}", "enlarges images [N,H,W,C]", { "scale: factor", "size: instead of scale, {h, w}",
  "mode=nearest: nearest or bilinear", "align_corners=false: for bilinear" }, "{scale = 2}", "tensor.randn(1, 2, 2, 1)", "nn.upsample")
for name, text in pairs { ZeroPad2d = "zeros", ReflectionPad2d = "the mirrored image", ReplicationPad2d = "the edge repeated" } do
  layer(name, "p or {top, bottom, left, right}", "a border of " .. text .. " around [N,H,W,C]", { "padding: the sizes, when given by name",
    "value=0: of a constant border" }, "(1)", "tensor.randn(1, 3, 3, 1)", "pad")
end

local recurrent = { "layers=1: one upon the other", "bidirectional=false: also from the end", "dropout=0: between layers", "bias=true: adds biases" }
layer("RNN", "in, hidden, {layers, bidirectional, dropout, act}", "h = tanh(x wx + h wh + b) along [N,T,F]; gives y and the last h; Elman 1990",
  { "act=tanh: or relu", table.unpack(recurrent) }, "(3, 4)", "tensor.randn(2, 5, 3)", "nn.LSTM, nn.GRU")
layer("LSTM", "in, hidden, {layers, bidirectional, dropout, bias}", "long short-term memory along [N,T,F]; gives y, h, c; Hochreiter and "
  .. "Schmidhuber 1997", recurrent, "(3, 4)", "tensor.randn(2, 5, 3)", "nn.lstm, nn.GRU")
layer("GRU", "in, hidden, {layers, bidirectional, dropout, bias}", "gated recurrent units along [N,T,F]; gives y and the last h; Cho et al. 2014",
  recurrent, "(3, 4)", "tensor.randn(2, 5, 3)", "nn.gru, nn.LSTM")
for _, name in ipairs { "RNNCell", "LSTMCell", "GRUCell" } do
  layer(name, "in, hidden, {bias}", ("one step of nn.%s: cell(x [N,F], h [N,H]%s)"):format(name:gsub("Cell", ""), name == "LSTMCell" and ", c" or ""),
    { "bias=true: adds biases" }, "(3, 4)", "tensor.randn(2, 3)", "nn." .. name:gsub("Cell", ""))
end
layer("MultiheadAttention", "d, heads, {dropout, bias}", "attention of [N,T,d] to itself, or to {key=, value=, mask=, causal=}; Vaswani et al. 2017",
  { "dropout=0: of the weights", "bias=true: adds biases" }, "(4, 2)", "tensor.randn(1, 3, 4)", "nn.attention")
local transformer = { "dropout=0.1: after each part", "norm_first=false: norm before instead of behind", "act=relu: of the linear maps" }
layer("TransformerEncoderLayer", "d, heads, ff, {...}", "self-attention, then two linear maps, each with a skip and a norm", transformer,
  "(4, 2, 8)", "tensor.randn(1, 3, 4)", "nn.TransformerEncoder")
doc { name = "nn.TransformerDecoderLayer", sig = "nn.TransformerDecoderLayer(d, heads, ff, {...})   layer(x, memory)",
  doc = "causal self-attention, attention to the memory, linear maps", options = transformer,
  example = "l = nn.TransformerDecoderLayer(4, 2, 8)\nprint(l(tensor.randn(1, 3, 4), tensor.randn(1, 5, 4)))",
  example2 = "print(nn.TransformerDecoderLayer(4, 2, 8):parameter_count())", see = "nn.TransformerDecoder" }
local stack = { "layers=6: one upon the other", "d: features", "heads=8: of the attention", "ff: of the linear maps, 4 d by default",
  "dropout=0.1: after each part", "norm_first=false: norm before instead of behind", "act=relu: of the linear maps", "norm=false: one at the end" }
layer("TransformerEncoder", "{layers=, d=, heads=, ff=}", "a stack of encoder layers; net(x, {mask=})", stack, "{layers = 1, d = 4, heads = 2}",
  "tensor.randn(1, 3, 4)", "nn.TransformerEncoderLayer, nn.positions")
doc { name = "nn.TransformerDecoder", sig = "nn.TransformerDecoder{layers=, d=, heads=, ff=}   net(x, memory)", doc = "a stack of decoder layers",
  options = stack, example = "net = nn.TransformerDecoder{layers = 1, d = 4, heads = 2}\nprint(net(tensor.randn(1, 3, 4), tensor.randn(1, 5, 4)))",
  example2 = "print(nn.TransformerDecoder{layers = 2, d = 4, heads = 2}:parameter_count())", see = "nn.TransformerEncoder" }
doc { name = "nn.positions", sig = "nn.positions(T, d, {base=10000})", doc = "f32[T,d]: sines and cosines that tell places apart",
  options = { "base=10000: of the wavelengths" }, example = "print(nn.positions(2, 4))", example2 = "x = tensor.randn(1, 5, 8) + nn.positions(5, 8)",
  see = "nn.TransformerEncoder" }

layer("ConvNorm", "in, out, kernel, {stride, padding, groups, act}", "convolution, batch norm and activation; one pass in eval mode", {
  "kernel=3: size", "stride=1: step", "padding: half the kernel by default", "groups=1: channels in separate parts",
  "act=relu: relu, relu6, leaky or none", "slope=0.1: of leaky", "momentum=0.1: of the norm", "eps=1e-05: of the norm" }, "(3, 4, 3)",
  "tensor.randn(1, 6, 6, 3)", "nn.Conv2d, nn.BatchNorm")
layer("Residual", "{body, skip=, act=}", "act(body(x) + skip(x)); skip is x itself by default", { "skip: a module for the other way",
  "act: name of an activation" }, "{nn.Linear(3, 3)}", "tensor.ones(1, 3)", "nn.BasicBlock")
layer("Parallel", "{a, b, ..., dim=-1}", "every branch sees x; their outputs are joined along dim", { "dim=-1: where they are joined" },
  "{nn.Linear(3, 1), nn.Linear(3, 2)}", "tensor.ones(1, 3)", "nn.Inception")
layer("BasicBlock", "in, out, {stride}", "two 3 x 3 convolutions around a skip (ResNet-18); He et al. 2015", { "stride=1: of the first" }, "(2, 4)",
  "tensor.randn(1, 6, 6, 2)", "nn.Bottleneck")
layer("Bottleneck", "in, mid, {stride, expansion, stride_in}", "1 x 1, 3 x 3, 1 x 1 around a skip (ResNet-50); He et al. 2015", {
  "stride=1: step", "expansion=4: out / mid", "stride_in=first: the convolution with the stride, first or second" }, "(4, 2)",
  "tensor.randn(1, 6, 6, 4)", "nn.BasicBlock")
layer("InvertedResidual", "in, out, {stride, expand}", "widen, depthwise 3 x 3, narrow (MobileNetV2); Sandler et al. 2018", { "stride=1: step",
  "expand=6: of the channels" }, "(2, 2)", "tensor.randn(1, 6, 6, 2)", "nn.ConvNorm")
layer("Inception", "in, {b1, {r3, b3}, {r5, b5}, pool}", "1 x 1, 3 x 3, 5 x 5 and pooled branches side by side; Szegedy et al. 2014", {},
  "(3, {1, {1, 2}, {1, 2}, 1})", "tensor.randn(1, 6, 6, 3)", "nn.Parallel")

-- --- networks --------------------------------------------------------------------------------------------------------
doc { name = "nn.class", sig = 'Net = nn.class "Net"   nn.class("Net", Parent)', doc = "a new kind of module; give it init(...) and forward(x)",
  example = 'Id = nn.class "Id"\nfunction Id:forward(x) return x end\nprint(Id()(tensor(1)))',
  example2 = 'Net = nn.class "Net"\nfunction Net:init(n) self.fc = nn.Linear(n, 1) end\nfunction Net:forward(x) return self.fc(x):sigmoid() end\nprint(Net(3))',
  see = "nn.Sequential, nn.Module" }
doc { name = "nn.Module", sig = "nn.Module", doc = "what every module inherits: net:parameters, net:train, net:save, net:fit ...",
  example = "print(nn.Module.fit ~= nil)", example2 = "print(nn.is_module(nn.Linear(1, 1)))", see = "nn.class" }
doc { name = "nn.is_module", sig = "nn.is_module(v)", doc = "is v a layer or a network", example = "print(nn.is_module(nn.ReLU()))",
  example2 = "print(nn.is_module(3))", see = "lunette.is_tensor" }
doc { name = "nn.arguments", sig = "opt, a, b = nn.arguments(what, known, most, ...)", doc = "a layer's arguments: at most `most` positional values, and checked options",
  example = 'print(nn.arguments("nn.Mine", {bias = true}, 2, 3, 4))', example2 = 'opt, n = nn.arguments("nn.Mine", {bias = true}, 1, {3, bias = false})\nprint(n)',
  see = "lunette.checked" }
local net = "net = nn.Sequential{nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1)}\n"
local function method(name, args, text, call, second, options, see)
  doc { name = "net:" .. name, sig = ("net:%s%s"):format(name, args), doc = text, options = options, example = net .. call, example2 = net .. second,
    see = see or "nn.Module" }
end
method("forward", "(x)", "what net(x) computes; a class of yours defines it", "print(net:forward(tensor.ones(1, 2)).shape[2])", "print(net(tensor.ones(4, 2)).shape[1])",
  nil, "nn.class")
method("parameters", "()", "list of all trainable tensors, each once", "print(#net:parameters())", "for _, p in ipairs(net:parameters()) do print(p:numel()) end",
  nil, "net:named_parameters")
method("named_parameters", "()", "list of {name, tensor}", "print(net:named_parameters()[1][1])",
  "for _, p in ipairs(net:named_parameters()) do print(p[1], p[2]:numel()) end", nil, "net:parameters")
method("named_tensors", "()", "list of {name, tensor, owner, key}: parameters and buffers", "print(#net:named_tensors())", "print(net:named_tensors()[1][1])",
  nil, "net:named_parameters")
method("parameter_count", "()", "the number of trainable numbers", "print(net:parameter_count())", "assert(net:parameter_count() == 13)", nil, "net:summary")
method("children", "()", "list of {name, module}", "print(#net:children())", "for _, c in ipairs(net:children()) do print(c[1], c[2]:label()) end", nil, "net:apply")
method("apply", "(f)", "calls f(module) for net and every module below it", "net:apply(function(m) print(m:label()) end)",
  "net:apply(function(m) if m.weight then nn.init.he_normal(m.weight) end end)", nil, "net:children")
method("label", "()", "what a line of a summary calls it", "print(net[1]:label())", "print(net:label())", nil, "net:summary")
method("buffer", "(name, t)", "a tensor that is saved with the module but not trained", 'net:buffer("mean", tensor.zeros(2))\nprint(#net:parameters())',
  'net:buffer("seen", tensor.zeros(1))\nprint(net.seen)', nil, "net:named_tensors")
method("train", "(on)", "training mode, for dropout and batch norm; returns net", "net:train()", "net:train(false)\nprint(net.training)", nil, "net:eval")
method("eval", "()", "evaluation mode; returns net", "net:eval()\nprint(net.training)", "print(net:eval()(tensor.ones(1, 2)).shape[2])", nil, "net:train")
method("freeze", "(pattern)", "parameters whose name matches (all without one) stop learning", 'net:freeze "^1"\nprint(net:parameters()[1].needs_grad)', "net:freeze()",
  nil, "net:unfreeze")
method("unfreeze", "(pattern)", "they learn again", "net:freeze()\nnet:unfreeze()", 'net:freeze()\nnet:unfreeze "3"', nil, "net:freeze")
method("zero_grad", "()", "forgets all gradients", "net:zero_grad()", "net(tensor.ones(1, 2)):sum():backward()\nnet:zero_grad()", nil, "opt:zero_grad")
method("to", "(dtype)", "every float tensor converted, in place; returns net", 'print(net:to "f64"[1].weight.dtype)', 'net:to "f32"', nil, "to")
method("state", "()", "a table name -> tensor of parameters and buffers, shared", 'print(net:state()["1.weight"])', 'tensor.save("/tmp/lunette-help.safetensors", net:state())',
  nil, "net:load_state")
method("load_state", "(state, {strict=true})", "copies tensors in by name; what is missing, unknown or misshapen is an error that names it",
  "net:load_state(net:state())", 'net:load_state({["1.bias"] = tensor.zeros(3)}, {strict = false})', { "strict=true: false takes what fits" }, "net:state")
method("save", "(path)", "parameters and buffers as .safetensors; nil and a message when it fails", 'assert(net:save "/tmp/lunette-help.safetensors")',
  'print(net:save "/nosuch/net.safetensors")', nil, "net:load")
method("load", "(path, {strict=true})", "takes them back; nil and a message when the file fails",
  'net:save "/tmp/lunette-help.safetensors"\nassert(net:load "/tmp/lunette-help.safetensors")', 'print(net:load "nosuch.safetensors")',
  { "strict=true: false takes what fits" }, "net:save")
method("summary", "(x)", "a table of layers, output shapes (for x, a tensor or a shape), parameters and operations; nothing "
  .. "is computed", "print(net:summary{8, 2})", "print(net)", nil, "net:parameter_count, net:expects")
method("expects", "(shape)", "the shape of one input, for print(net) where the first layer does not tell it; returns net",
  "print(net:expects{8, 2})", "net:expects(tensor.randn(4, 2))", nil, "net:summary")
method("fit", "{{X, Y}, val=0.1, epochs=5, batch=64, opt=optim.Adam{lr=1e-3}, loss=nn.mse}", "trains with a progress bar; returns the history, a row an epoch",
  "h = net:fit{{tensor.randn(8, 2), tensor.randn(8, 1)}, loss = nn.mse, quiet = true}\nprint(#h)",
  "X = tensor.randn(64, 2)\nh = net:fit{{X, X:sum(2):view(-1, 1)}, val = 0.25, epochs = 2, loss = nn.mse, opt = optim.SGD{lr = 0.1}, quiet = true}\n"
  .. "print(h[2].val_loss < 10)",
  { "epochs=1: rounds through the data", "batch=32: samples in a step", "opt: an optimiser; optim.Adam{} by default", "loss: a function of output and target",
    "metrics={}: names or functions", "val: data held out, or a share of it", "shuffle=true: a new order each epoch", "viz=false: live curves",
    "quiet=false: no progress", "drop_last=false: leave a short batch out", "rng: a generator for the order", "schedule: learning rate by step",
    "clip_norm: largest norm of the gradients", "on_step: f(step, loss, state)", "on_epoch: f(row, state); false ends",
    "resume=false: go on where ^C stopped, or after the checkpoint at this path", "checkpoint: a path, written after each epoch",
    "augment: changes of pictures, as data.loader's", "workers=0: threads that make batches", "val_augment: changes of the data held out" },
  "data.loader, optim.Adam, net:evaluate, net:save_checkpoint")
method("evaluate", "{{X, Y}, loss=, metrics=}", "mean loss and metrics, in eval mode, without gradients",
  "print(net:evaluate{{tensor.ones(4, 2), tensor.ones(4, 1)}, loss = nn.mse}.loss >= 0)",
  'print(net:evaluate{{tensor.ones(4, 2), tensor.ones(4, 1)}, metrics = {"accuracy"}}.accuracy)',
  { "loss: a function of output and target", "metrics={}: names or functions", "batch=256: samples at a time",
    "augment: changes of pictures, as data.loader's" }, "net:fit")
method("save_checkpoint", "(path, opt, {epoch=3})", "parameters, optimiser, random generator and numbers in one .safetensors file; "
  .. "true, or nil and why", 'opt = optim.Adam{net}\nassert(net:save_checkpoint("/tmp/lunette-help.safetensors", opt, {epoch = 3}))',
  'print(net:save_checkpoint "/nosuch/x.safetensors")', nil, "net:load_checkpoint, net:save")
method("load_checkpoint", "(path, opt)", "what save_checkpoint wrote, back in place: the next step gives the same bits; returns the "
  .. "numbers, or nil and why",
  'opt = optim.Adam{net}\nassert(net:save_checkpoint("/tmp/lunette-help.safetensors", opt, {epoch = 3}))\n'
  .. 'print(net:load_checkpoint("/tmp/lunette-help.safetensors", opt).epoch)',
  'print(net:load_checkpoint "/nosuch/x.safetensors")', nil, "net:save_checkpoint, net:load")
doc { name = "nn.boxes", sig = "nn.boxes.NAME(...)", doc = "boxes of objects in pictures: areas, overlaps, suppression, anchors, average precision",
  example = "print(nn.boxes.area(tensor{{0, 0, 2, 3}}))", example2 = 'help "nn.boxes.area"', see = "nn.boxes.area" }
doc { name = "nn.metrics", sig = "nn.metrics.NAME(output, target)", doc = "measures that net:fit knows by name; add your own functions",
  example = "function nn.metrics.error(y, t) return (y - t):abs():mean():item() end\nnn.metrics.error = nil", example2 = "print(nn.metrics.accuracy ~= nil)",
  see = "net:fit" }
doc { name = "nn.metrics.accuracy", sig = "nn.metrics.accuracy(output, target)", doc = "share of right predictions: class numbers against [N,C] scores, or 0/1 "
  .. "against logits", example = 'print(nn.metrics.accuracy(tensor{{1, 2}, {3, 1}}, tensor{2, 1, dtype="i64"}))',
  example2 = "print(nn.metrics.accuracy(tensor{{-1}, {2}}, tensor{{0}, {0}}))", see = "net:fit" }

-- --- initialisers ----------------------------------------------------------------------------------------------------
doc { name = "nn.init", sig = "nn.init.NAME(w, ...)", doc = "initialisers: fill a tensor in place, outside the tape, and return it",
  example = "print(nn.init.he_normal(tensor.empty(3, 2)).shape[1])", example2 = "net = nn.Linear(3, 2)\nnn.init.zeros(net.bias)", see = "nn.init.he_normal" }
for name, about in pairs {
  normal = { "w, mean, std", "normal numbers; mean 0 and deviation 1 unless given", ", 0, 0.02" },
  uniform = { "w, lo, hi", "uniform numbers; 0..1 unless given", ", -1, 1" }, constant = { "w, value", "one value", ", 3" },
  zeros = { "w", "zeros", "" }, ones = { "w", "ones", "" }, he_normal = { "w", "deviation sqrt(2 / fan_in), for relu; He et al. 2015", "" },
  he_uniform = { "w", "uniform within sqrt(6 / fan_in), for relu; He et al. 2015", "" },
  xavier_normal = { "w", "deviation sqrt(2 / (fan_in + fan_out)); Glorot and Bengio 2010", "" },
  xavier_uniform = { "w", "uniform within sqrt(6 / (fan_in + fan_out)); Glorot and Bengio 2010", "" },
  lecun_normal = { "w", "deviation sqrt(1 / fan_in); LeCun et al. 1998", "" },
  default = { "w, fan_in", "what layers begin with: uniform within 1 / sqrt(fan_in)", "" },
} do
  doc { name = "nn.init." .. name, sig = ("nn.init.%s(%s)"):format(name, about[1]), doc = about[2],
    example = ("print(nn.init.%s(tensor.empty(3, 2)%s).shape[1])"):format(name, about[3]),
    example2 = ("net = nn.Linear(3, 2)\nnn.init.%s(net.weight%s)"):format(name, about[3]), see = "nn.init" }
end
doc { name = "nn.init.fans", sig = "nn.init.fans(w)", doc = "numbers of inputs and outputs of one unit", example = "print(nn.init.fans(tensor.empty(3, 2)))",
  example2 = "print(nn.init.fans(tensor.empty(3, 3, 4, 8)))", see = "nn.init.he_normal" }
doc { name = "nn.winograd", sig = "nn.winograd(on)", doc = "3 x 3 convolutions of many channels with fewer multiplications, a little less exact (2e-6 to 4e-6 of the "
  .. "result's scale), or always direct; f64 is direct anyway; gives what it was; Lavin and Gray 2015, arXiv:1509.09308",
  example = "was = nn.winograd(false)\nnn.winograd(was)",
  example2 = "x, w = tensor.randn(1, 24, 24, 64), tensor.randn(3, 3, 64, 64)\ny = nn.conv2d(x, w)\nwas = nn.winograd(false)\n"
  .. "print((y - nn.conv2d(x, w)):abs():max():item() < 1e-3)\nnn.winograd(was)", see = "nn.conv2d, tensor.fuse" }
