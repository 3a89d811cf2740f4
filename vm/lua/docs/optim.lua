--- docs/optim.lua: what help says of optimisers and schedules.  How an entry looks: docs/tensor.lua.
local doc = lunette.doc

local lr, decay = "lr=%s: learning rate", "weight_decay=0: pulls weights towards 0"
local function kind(name, text, rate, more, extra)
  local options = { lr:format(rate) }
  for _, o in ipairs(more) do options[#options + 1] = o end
  doc { name = "optim." .. name, sig = ("optim.%s{net, lr=%s}   optim.%s{lr=%s} for net:fit"):format(name, rate, name, rate), doc = text,
    options = options, example = ("print(optim.%s{nn.Linear(1, 1)}.lr)"):format(name),
    example2 = ("net = nn.Linear(2, 1)\nopt = optim.%s{net%s}\n"):format(name, extra or "")
    .. "opt:step(nn.mse(net(tensor.ones(4, 2)), tensor.zeros(4, 1)))", see = "opt:step, net:fit" }
end
kind("SGD", "gradient descent, with momentum or Nesterov's form", "0.01", { "momentum=0: share of the last step kept",
  "dampening=0: weakens the new gradient in the momentum", "nesterov=false: looks ahead", decay }, ", momentum = 0.9")
kind("Adam", "steps scaled by running moments of the gradient; Kingma and Ba 2015", "0.001", {
  "betas={0.9, 0.999}: decay of both moments", "eps=1e-08: keeps the quotient finite", decay })
kind("AdamW", "Adam with weight decay apart from the gradient; Loshchilov and Hutter 2019", "0.001", {
  "betas={0.9, 0.999}: decay of both moments", "eps=1e-08: keeps the quotient finite", "weight_decay=0.01: pulls weights towards 0" })
kind("RMSProp", "steps scaled by the running mean of squared gradients; Tieleman and Hinton 2012", "0.01", {
  "alpha=0.99: decay of the mean", "eps=1e-08: keeps the quotient finite", "momentum=0: share of the last step kept",
  "centered=false: subtracts the mean gradient", decay })
kind("Adagrad", "steps scaled by the sum of squared gradients; Duchi et al. 2011", "0.01", {
  "lr_decay=0: lr / (1 + lr_decay t)", "eps=1e-10: keeps the quotient finite", decay })
kind("LAMB", "Adam's direction, as long as the parameter is, for large batches; You et al. 2020", "0.001", {
  "betas={0.9, 0.999}: decay of both moments", "eps=1e-06: keeps the quotient finite", "weight_decay=0.01: pulls weights towards 0" })
doc { name = "optim.LBFGS", sig = 'optim.LBFGS{net, lr=1, line_search="strong_wolfe"}', doc = "L-BFGS with the whole batch at once; step takes "
  .. "a function that computes the loss", options = { "lr=1: first try of a step", "max_iter=20: directions in a step", "max_eval: losses in a step; 5/4 of it",
  "tolerance_grad=1e-07: stops at a gradient that small", "tolerance_change=1e-09: stops at a change that small", "history=100: steps remembered",
  "line_search=none: or strong_wolfe" }, example = "net = nn.Linear(2, 1)\nopt = optim.LBFGS{net}\nx, y = tensor.randn(9, 2), tensor.randn(9, 1)\n"
  .. "print(opt:step(function() return nn.mse(net(x), y) end))", example2 = 'w = tensor.ones(3):requires_grad()\nopt = optim.LBFGS{{w}, '
  .. 'line_search = "strong_wolfe"}\nopt:step(function() return (w * w):sum() end)\nprint(w)', see = "optim.Adam" }

local net = "net = nn.Linear(2, 1)\nopt = optim.SGD{net, lr = 0.1}\nloss = nn.mse(net(tensor.ones(4, 2)), tensor.zeros(4, 1))\n"
doc { name = "opt:step", sig = "opt:step(loss)   opt:step()", doc = "zero, backward, update; without a loss only the update",
  example = net .. "opt:step(loss)", example2 = net .. "opt:zero_grad()\nloss:backward()\nopt:step()", see = "opt:update" }
doc { name = "opt:zero_grad", sig = "opt:zero_grad()", doc = "forgets all gradients", example = net .. "opt:zero_grad()",
  example2 = "optim.Adam{nn.Linear(1, 1)}:zero_grad()", see = "opt:step" }
doc { name = "opt:update", sig = "opt:update()", doc = "one step with the gradients at hand, at the schedule's rate",
  example = net .. "loss:backward()\nopt:update()\nprint(opt.steps)", example2 = net .. "opt.schedule = optim.warmup{0.1, steps = 5}\n"
  .. "loss:backward()\nopt:update()\nprint(opt.lr)", see = "opt:step" }
doc { name = "opt:clip_grad_norm", sig = "opt:clip_grad_norm(most)", doc = "scales all gradients to a common norm of at most `most`; the norm "
  .. "before", example = net .. "loss:backward()\nprint(opt:clip_grad_norm(1) >= 0)", example2 = net .. "loss:backward()\nprint(opt:clip_grad_norm())",
  see = "opt:clip_grad_value" }
doc { name = "opt:clip_grad_value", sig = "opt:clip_grad_value(most)", doc = "cuts every gradient to -most..most",
  example = net .. "loss:backward()\nopt:clip_grad_value(0.1)", example2 = net .. "opt.clip_value = 0.1\nopt:step(loss)", see = "opt:clip_grad_norm" }
doc { name = "opt:state", sig = "opt:state()", doc = "a table name -> tensor, for a checkpoint", example = net .. "opt:step(loss)\nprint(opt:state().steps)",
  example2 = net .. 'tensor.save("/tmp/lunette-help.safetensors", opt:state())', see = "opt:load_state" }
doc { name = "opt:load_state", sig = "opt:load_state(t)", doc = "takes a state back", example = net .. "opt:load_state(opt:state())",
  example2 = net .. "s = opt:state()\nopt:step(loss)\nopt:load_state(s)\nprint(opt.steps)", see = "opt:state" }
doc { name = "opt:attach", sig = "opt:attach(net)", doc = "gives an optimiser made without parameters its own; net:fit does it",
  example = "opt = optim.Adam{lr = 0.01}\nopt:attach(nn.Linear(2, 1))", example2 = "print(#optim.SGD{lr = 1}:attach(nn.Linear(1, 1)).groups)",
  see = "optim.Adam" }

local function schedule(name, sig, text, options, call)
  doc { name = "optim." .. name, sig = sig, doc = text, options = options, example = ("rate = %s\nprint(rate(1))"):format(call),
    example2 = ("opt = optim.SGD{nn.Linear(1, 1)}\nopt.schedule = %s"):format(call), see = "opt:update" }
end
schedule("step_decay", "optim.step_decay{lr, every=, factor=0.1}", "lr times factor after every `every` steps", {
  "every: steps between drops", "factor=0.1: of each drop" }, "optim.step_decay{0.1, every = 10}")
schedule("cosine", "optim.cosine{lr, steps=, warmup=0, least=0}", "linear warm-up, then half a cosine down; arXiv:1608.03983", {
  "steps: when it ends", "warmup=0: steps of rising", "least=0: the rate at the end" }, "optim.cosine{0.1, steps = 100, warmup = 5}")
schedule("warmup", "optim.warmup{lr, steps=}", "from 0 up in `steps`, then constant", { "steps: of rising" }, "optim.warmup{0.1, steps = 10}")
schedule("one_cycle", "optim.one_cycle{lr, steps=, start=0.3, div=25, final=1e4}", "up to lr, then down; arXiv:1708.07120", {
  "steps: of the whole cycle", "start=0.3: share of it that rises", "div=25: begins at lr / div", "final=10000: ends that much lower" },
  "optim.one_cycle{0.1, steps = 100}")
schedule("noam", "optim.noam{d, warmup=4000, scale=1}", "the Transformer's: up, then as one over the root; arXiv:1706.03762", {
  "warmup=4000: steps of rising", "scale=1: factor" }, "optim.noam{512}")
doc { name = "optim.plateau", sig = "p = optim.plateau{lr, factor=0.1, patience=10}   p:report(value)",
  doc = "lowers the rate when a measure has stopped falling", options = { "factor=0.1: of each drop", "patience=10: reports without a new best",
  "least=0: no lower than this" }, example = "p = optim.plateau{0.1, patience = 1}\nfor _ = 1, 4 do p:report(1) end\nprint(p.lr)",
  example2 = "opt = optim.SGD{nn.Linear(1, 1)}\nopt.schedule = optim.plateau{0.1}", see = "optim.step_decay" }
doc { name = "optim.ema", sig = "optim.ema(avg, x, decay)", doc = "avg = decay avg + (1 - decay) x, in place",
  example = "a = tensor.zeros(2)\noptim.ema(a, tensor.ones(2), 0.9)\nprint(a)",
  example2 = "net = nn.Linear(1, 1)\na = net.weight:detach():clone()\noptim.ema(a, net.weight, 0.99)", see = "opt:update" }
doc { name = "optim.rule", sig = "optim.rule(kind, parameters, {...})", doc = "the C half of an optimiser: sgd, adam, rmsprop or adagrad over a list "
  .. "of leaves", example = 'w = tensor.ones(2):requires_grad()\nr = optim.rule("sgd", {w}, {})\nw:sum():backward()\nr:update(0.1)\nprint(w)',
  example2 = 'optim.rule("adam", {tensor.ones(1):requires_grad()}, {}):zero()', see = "optim.SGD" }
