--- docs/nn.lua: what help says of networks and initialisers (layers say it themselves).  How an entry looks: docs/tensor.lua.
local doc = lunette.doc

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
  'print(net:save "/dev/null/nosuch/net.safetensors")', nil, "net:load")
method("load", "(path, {from=, map=, strict=true})", "parameters and buffers of a file: of net:save's, or of PyTorch's and Keras's (from); nil and a "
  .. "message when the file fails, an error that lists the differences when it does not fit, and then nothing is loaded",
  'net:save "/tmp/lunette-help.safetensors"\nassert(net:load "/tmp/lunette-help.safetensors")', 'print(net:load("nosuch.pth", {from = "torch"}))',
  { { "from", "none", '"torch": names and layouts of PyTorch; "keras": of Keras, in the file\'s order' },
    { "map", "none", "what to call the file's tensors: a function of a name, or a list of {pattern, replacement}; nil or false leaves it out" },
    { "flatten", "none", "{layer = channels} for a Linear behind a flattening that is no nn.Flatten (torch)" },
    { "eps", "1e-3", "of norms, with from=\"keras\"; false leaves theirs" }, { "strict", "true", "false takes what fits; without from" } }, "net:save, data.weights")
method("summary", "(x)", "a table of layers, output shapes (for x, a tensor or a shape), parameters and operations; nothing "
  .. "is computed", "print(net:summary{8, 2})", "print(net)", nil, "net:parameter_count, net:expects")
method("stream", "()", "a function of blocks [N, T, F] of a sequence that gives what each adds to net's output, or nil; its state "
  .. "lies in it; for GRU, LSTM, RNN, causal Conv1d and layers that see each step alone, after net:eval()",
  "step = net:eval():stream()\nprint(step(tensor.ones(1, 4, 2)))",
  'net = nn.Sequential{nn.Conv1d{2, 3, 5, padding = "causal"}, nn.GRU(3, 4)}\nprint(net:eval():stream()(tensor.ones(1, 4, 2)).shape[2])',
  nil, "net:eval, audio.running")
method("expects", "(shape)", "the shape of one input, for print(net) where the first layer does not tell it; returns net",
  "print(net:expects{8, 2})", "net:expects(tensor.randn(4, 2))", nil, "net:summary")
method("fit", "{{X, Y}, val=0.1, epochs=5, batch=64, opt=optim.Adam{lr=1e-3}, loss=nn.mse}", "trains with a progress bar; returns the history: a row an epoch, history.loss a list",
  "h = net:fit{{tensor.randn(8, 2), tensor.randn(8, 1)}, loss = nn.mse, quiet = true}\nprint(#h)",
  "X = tensor.randn(64, 2)\nh = net:fit{{X, X:sum(2):view(-1, 1)}, val = 0.25, epochs = 2, loss = nn.mse, opt = optim.SGD{lr = 0.1}, quiet = true}\n"
  .. "print(h[2].val_loss < 10)",
  { "epochs=1: rounds through the data", "batch=32: samples in a step", "opt: an optimiser; optim.Adam{} by default", "loss: a function of output and target",
    "metrics={}: names or functions", "val: data held out, or a share of it", "shuffle=true: a new order each epoch", "viz=false: live curves",
    "quiet=false: no progress", "drop_last=false: leave a short batch out", "rng: a generator for the order", "schedule: learning rate by step",
    "clip_norm: largest norm of the gradients", "on_step: f(step, loss, state)", "on_epoch: f(row, state); false ends",
    "resume=false: go on where ^C stopped, or after the checkpoint at this path", "checkpoint: a path, written after each epoch and at a ^C",
    "augment: changes of pictures, as data.loader's", "workers=0: threads that make batches", "val_augment: changes of the data held out" },
  "data.loader, optim.Adam, net:evaluate, net:save_checkpoint")
method("evaluate", "{{X, Y}, loss=, metrics=}", "mean loss and metrics, in eval mode, without gradients",
  "print(net:evaluate{{tensor.ones(4, 2), tensor.ones(4, 1)}, loss = nn.mse}.loss >= 0)",
  'print(net:evaluate{{tensor.ones(4, 2), tensor.ones(4, 1)}, metrics = {"accuracy"}}.accuracy)',
  { "loss: a function of output and target", "metrics={}: names or functions", "batch=256: samples at a time",
    "augment: changes of pictures, as data.loader's" }, "net:fit")
method("save_checkpoint", "(path, opt, {epoch=3})", "parameters, optimiser, random generator and numbers in one .safetensors file; "
  .. "true, or nil and why", 'opt = optim.Adam{net}\nassert(net:save_checkpoint("/tmp/lunette-help.safetensors", opt, {epoch = 3}))',
  'print(net:save_checkpoint "/dev/null/nosuch/x.safetensors")', nil, "net:load_checkpoint, net:save")
method("load_checkpoint", "(path, opt)", "what save_checkpoint wrote, back in place: the next step gives the same bits; returns the "
  .. "numbers, or nil and why",
  'opt = optim.Adam{net}\nassert(net:save_checkpoint("/tmp/lunette-help.safetensors", opt, {epoch = 3}))\n'
  .. 'print(net:load_checkpoint("/tmp/lunette-help.safetensors", opt).epoch)',
  'print(net:load_checkpoint "/dev/null/nosuch/x.safetensors")', nil, "net:save_checkpoint, net:load")
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
