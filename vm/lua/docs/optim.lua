--- docs/optim.lua: what help says of optimisers' methods (constructors and schedules say it themselves).  How an entry looks: docs/tensor.lua.
local doc = lunette.doc

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

doc { name = "optim.ema", sig = "optim.ema(avg, x, decay)", doc = "avg = decay avg + (1 - decay) x, in place",
  example = "a = tensor.zeros(2)\noptim.ema(a, tensor.ones(2), 0.9)\nprint(a)",
  example2 = "net = nn.Linear(1, 1)\na = net.weight:detach():clone()\noptim.ema(a, net.weight, 0.99)", see = "opt:update" }
doc { name = "optim.rule", sig = "optim.rule(name, parameters, {...})", doc = "the C half of an optimiser of optim.rules() over a list "
  .. "of leaves", example = 'w = tensor.ones(2):requires_grad()\nr = optim.rule("SGD", {w}, {})\nw:sum():backward()\nr:update(0.1)\nprint(w)',
  example2 = 'optim.rule("Adam", {tensor.ones(1):requires_grad()}, {}):zero()', see = "optim.rules" }
doc { name = "optim.rules", sig = "optim.rules()", doc = "the table of optimisers: {name, doc, eq, options = {{name, default, text}, ...}}",
  example = "for _, r in ipairs(optim.rules()) do print(r.name) end", example2 = "print(optim.rules()[1].options[1][2])", see = "optim.rule" }
