--- optim.lua: optimisers and learning-rate schedules.
--   local opt = optim.Adam{net, lr=1e-3}
--   opt:step(loss)        -- zero, backward, update; each also alone: opt:zero_grad(), loss:backward(), opt:update()
-- The first element is a network, a list of tensors, or a list of groups {params, lr = ..., weight_decay = ...}.
-- Without it (optim.Adam{lr=1e-3}) it waits for net:fit to say which parameters.

local many = require "nn.many"
local moved = require "nn.moved"
local record = require "nn.record"
local shard = require "nn.shard"

local Optimizer = {}
Optimizer.__index = Optimizer
lunette.Optimizer = Optimizer

-- The leaves to step.  A network's frozen ones are among them, since it may unfreeze them later: without a gradient
-- they stay where they are.  One at least must require grad now.
local function parameters_of(what, source)
  if nn.is_module(source) then
    local list, awake = {}, false
    for _, p in ipairs(source:parameters()) do
      if p.dtype == "f32" or p.dtype == "f64" then list[#list + 1] = p end
      awake = awake or p.needs_grad
    end
    return awake and list or {}
  end
  if lunette.is_tensor(source) then return { source } end
  if type(source) ~= "table" then
    local text = "%s: a network or a list of parameters expected first, got %s"
    lunette.raise(text:format(what, lunette.typename(source)))
  end
  local list = {}
  for _, one in ipairs(lunette.unbroken(what, source)) do -- {net[1], net[3]}: those of networks that require grad
    if nn.is_module(one) then
      for _, p in ipairs(one:parameters()) do list[#list + 1] = p.needs_grad and p or nil end
    else
      list[#list + 1] = one
    end
  end
  return list
end

-- Adam{w, b} would step w alone.
local function check_one(what, list)
  if lunette.unbroken(what, list)[2] == nil then return end
  local second = nn.is_module(list[2]) and list[2]:label() or lunette.typename(list[2])
  local text = "%s: one network or list of parameters comes first, got %s too; several are %s{{a, b}, lr=...}"
  lunette.raise(text:format(what, second, what))
end

local function is_groups(source)
  return type(source) == "table" and not nn.is_module(source) and type(source[1]) == "table" and
    not lunette.is_tensor(source[1]) and not nn.is_module(source[1])
end

local function check_leaves(what, params, source)
  if #params == 0 then lunette.raise(what .. ": no parameter that requires grad") end
  for k, p in ipairs(params) do
    if not lunette.is_tensor(p) or not p.is_leaf or not (p.needs_grad or nn.is_module(source)) then
      lunette.raise(("%s: parameter %d, %s, is not a leaf that requires grad"):format(what, k, lunette.typename(p)))
    end
  end
end

-- The parameters that stand in the place of params now.
local function latest_of(params)
  local list = {}
  for i, p in ipairs(params) do list[i] = moved.latest(p) end
  return list
end

-- An optimiser that waits for net:fit has nothing to step yet.
local function check_attached(self, what)
  if #self.groups > 0 then return end
  lunette.raise(("opt:%s: this optimiser has no parameters yet; give it the network: optim.%s{net}"):format(what,
    self.name))
end

-- After net:to(dtype) the rules go on with the new parameters, their state in the new dtype.
local function follow(self)
  if self.seen == moved.count then return end
  self.seen = moved.count
  for _, g in ipairs(self.groups) do
    local params, state = latest_of(g.params), self.shard and shard.state(g) or g.rule:state()
    for i, p in ipairs(params) do
      for k = 2, 4 do state[i][k] = state[i][k] and state[i][k]:to(p.dtype) end
    end
    g.params, g.rule = params, optim.rule(self.name, params, g.opt)
    if self.shard then
      shard.rule(self, g)
      shard.load(g, state)
    else
      g.rule:load_state(state)
    end
  end
end

local function is_rate(lr) return type(lr) == "number" and lr >= 0 and lr < math.huge end

-- The schedule's rate for a step, or the rate at hand.
local function rate_at(self, step)
  if not self.schedule and not is_rate(self.lr) then
    local got = type(self.lr) == "number" and ("%g"):format(self.lr) or lunette.typename(self.lr)
    lunette.raise(("optim.%s: lr must be at least 0 and finite, got %s"):format(self.name, got))
  end
  if not self.schedule then return self.lr end
  local lr = self.schedule(step, self)
  if not is_rate(lr) then
    local got = lr == nil and "nothing" or lr ~= lr and "nan" or type(lr) == "number" and ("%g"):format(lr)
    lunette.raise(("optim.%s: the schedule gave %s for step %d; a rate is a number from 0 on"):format(self.name,
      got or lunette.typename(lr), step))
  end
  return lr
end

-- opt.momentum = 0.9 would change nothing: the rule has its options since it was made.  Nor would the rate by a name
-- that it does not have.
local other_names = { learning_rate = "lr", rate = "lr", learningRate = "lr", learnRate = "lr", alpha = "lr",
  scheduler = "schedule", lr_scheduler = "schedule" }
local function refuse_option(self, key, value)
  local opt = rawget(self, "opt")
  local name = opt and opt[key] == nil and key ~= "schedule"
    and (other_names[key] or lunette.nearest(tostring(key), { "schedule" }))
  if name then lunette.raise(("opt.%s is read by nobody. Did you mean 'opt.%s'?"):format(key, name)) end
  if opt and opt[key] ~= nil then
    local text = "opt.%s: set when the optimiser is made: optim.%s{net, %s=%s}; opt.lr and opt.schedule may be set"
    lunette.raise(text:format(key, self.name, key, tostring(value)))
  end
  rawset(self, key, value)
end
Optimizer.__newindex = refuse_option

--- What the prompt shows: Adam{lr=0.001, ...} and what it has done.
function Optimizer:__tostring()
  local parts, count = { ("lr=%g"):format(self.lr) }, 0
  for k, v in pairs(self.opt) do
    if k ~= "lr" and type(v) ~= "table" then parts[#parts + 1] = k .. "=" .. tostring(v) end
  end
  table.sort(parts, function(a, b) return (a:find "^lr=" and "" or a) < (b:find "^lr=" and "" or b) end)
  for _, g in ipairs(self.groups) do
    for _, p in ipairs(g.params) do count = count + (p.needs_grad and 1 or 0) end
  end
  return ("%s{%s}: %d parameters, %d steps"):format(self.name, table.concat(parts, ", "), count, self.steps)
end

-- A group's rule over its parameters.  Rates of groups keep their ratio to the optimiser's, which a schedule or
-- opt.lr = ... changes; beside a rate of 0 there is no ratio, and a group with a rate of its own stays at that.
local function group_of(what, name, opt, known, group)
  check_one(what, group)
  local own, merged = lunette.checked(what, group, known), {}
  for k, v in pairs(opt) do merged[k] = group[k] == nil and v or own[k] end
  local params = parameters_of(what, group[1])
  check_leaves(what, params, group[1])
  local fixed = opt.lr == 0 and merged.lr ~= 0
  return { rule = optim.rule(name, params, merged), params = params, opt = merged, lr = fixed and merged.lr or nil,
    scale = merged.lr == opt.lr and 1 or merged.lr / opt.lr }
end

-- Makes the constructor of a rule of the table (nn/optim_table.c) and its entry of help.
local function constructor(rule)
  local name, known = rule.name, record.known(rule.options)
  local options = { table.unpack(rule.options) }
  options[#options + 1] = { "shard", false, "of several processes (dist) each keeps its part of the state" }
  local all, what = record.known(options), "optim." .. name
  optim[name] = function(arg, more)
    if more ~= nil then
      lunette.raise(("%s: one table expected: %s{net, lr=...}; a second argument is %s"):format(what, what,
        lunette.typename(more)))
    end
    if nn.is_module(arg) or lunette.is_tensor(arg) then arg = { arg } end
    if type(arg) ~= "table" then lunette.raise(("%s: %s{net, lr=...} expected"):format(what, what)) end
    local opt = lunette.checked(what, arg, all)
    check_one(what, arg)
    if type(opt.shard) ~= "boolean" then
      lunette.raise(("%s: shard must be true or false, got %s"):format(what, lunette.typename(opt.shard)))
    end
    local parted = opt.shard and lunette.is_many()
    opt.shard = nil
    optim.rule(name, {}, opt) -- refuses what is out of range
    local self = setmetatable({ name = name, lr = opt.lr, opt = opt, groups = {}, networks = {}, steps = 0,
      seen = moved.count, shard = parted }, Optimizer)
    function self.attach(_, source)
      local groups = is_groups(source) and lunette.unbroken(what, source) or { { source } }
      for i, group in ipairs(groups) do
        self.groups[i] = group_of(what, name, opt, known, group)
        if parted then shard.rule(self, self.groups[i]) end
        if nn.is_module(group[1]) then self.networks[#self.networks + 1] = group[1] end
      end
      if lunette.is_many() then many.begin(self) end
      return self
    end
    if arg[1] ~= nil then self:attach(arg[1]) end
    return self
  end
  record.declare { name = what, eq = rule.eq, doc = rule.doc, options = options, see = "opt:step, net:fit",
    sig = ("%s{net, lr=%g}   %s{lr=%g} for net:fit"):format(what, known.lr, what, known.lr),
    example = ("print(%s{nn.Linear(1, 1)}.lr)"):format(what),
    example2 = ("net = nn.Linear(2, 1)\nopt = %s{net%s}\n"):format(what, rule.more and ", " .. rule.more or "")
    .. "opt:step(nn.mse(net(tensor.ones(4, 2)), tensor.zeros(4, 1)))" }
end
for _, rule in ipairs(optim.rules()) do constructor(rule) end

-- The entry of help of a method: its examples begin with `start`.
local start = "net = nn.Linear(2, 1)\nopt = optim.SGD{net, lr = 0.1}\nloss = nn.mse(net(tensor.ones(4, 2)), "
  .. "tensor.zeros(4, 1))\n"
local function method(name, args, doc, example, example2, see, options)
  return record.declare { name = "opt:" .. name, sig = ("opt:%s%s"):format(name, args), doc = doc, options = options,
    example = start .. example, see = "opt:" .. see,
    example2 = example2:find "^optim" and example2 or start .. example2 }
end

method("attach", "(net)", "gives an optimiser made without parameters its own; net:fit does it",
  "opt = optim.Adam{lr = 0.01}\nopt:attach(nn.Linear(2, 1))",
  "print(#optim.SGD{lr = 1}:attach(nn.Linear(1, 1)).groups)", "step")

method("zero_grad", "()", "forgets all gradients", "opt:zero_grad()", "optim.Adam{nn.Linear(1, 1)}:zero_grad()", "step")
function Optimizer:zero_grad()
  check_attached(self, "zero_grad")
  follow(self)
  for i = 1, #self.groups do self.groups[i].rule:zero() end
end

method("update", "()", "one step with the gradients at hand, at the schedule's rate",
  "loss:backward()\nopt:update()\nprint(opt.steps)",
  "opt.schedule = optim.warmup{0.1, steps = 5}\nloss:backward()\nopt:update()\nprint(opt.lr)", "step")
--- opt:update(): one step with the gradients at hand, at self.lr (or the schedule's).
function Optimizer:update()
  check_attached(self, "update")
  follow(self)
  if lunette.is_many() then many.reduce(self) end
  self.lr = rate_at(self, self.steps + 1)
  self.steps = self.steps + 1
  for i = 1, #self.groups do
    local g = self.groups[i]
    g.rule:update(g.lr or self.lr * g.scale)
    if self.shard then shard.updated(g) end
  end
  if lunette.is_many() then many.updated(self) end
end

method("step", "(loss)   opt:step()", "zero, backward, update; without a loss only the update", "opt:step(loss)",
  "opt:zero_grad()\nloss:backward()\nopt:step()", "update")
--- opt:step(loss): zero, backward, update (with clipping where opt.clip_norm or opt.clip_value is set); opt:step()
-- only updates.
function Optimizer:step(loss)
  check_attached(self, "step")
  if loss ~= nil and not lunette.is_tensor(loss) then
    lunette.raise("opt:step: a loss expected, a tensor of one number; got " .. lunette.typename(loss))
  end
  if lunette.step_begins then lunette.step_begins() end     -- waits while the user has paused
  if loss then
    self:zero_grad()
    if lunette.is_many() then many.backward(self, loss) else loss:backward() end
  end
  if self.clip_norm then self.norm = self:clip_grad_norm(self.clip_norm) end
  if self.clip_value then self:clip_grad_value(self.clip_value) end
  self:update()
  lunette.step_done(self.steps)
end

local about_norm = method("clip_grad_norm", "(most, {p=2})",
  "scales all gradients to a common p-norm of at most `most` (p = 1/0: the greatest); the norm before",
  "loss:backward()\nprint(opt:clip_grad_norm(1) >= 0)", "loss:backward()\nprint(opt:clip_grad_norm())",
  "clip_grad_value", { { "p", 2, "of which norm, above 0" } })
--- opt:clip_grad_norm(most): scales all gradients so that their common norm is at most `most`; gives the norm before.
-- opt:clip_grad_norm() only measures.  p: of which norm, above 0.
function Optimizer:clip_grad_norm(most, opt)
  check_attached(self, "clip_grad_norm")
  follow(self)
  if lunette.is_many() then many.reduce(self) end
  local p = type(opt) == "number" and opt
    or lunette.checked("clip_grad_norm", opt, record.known(about_norm.options)).p
  if type(p) ~= "number" or p ~= p or p <= 0 then
    lunette.raise("clip_grad_norm: p must be a number above 0, got " .. tostring(p))
  end
  if #self.groups == 1 then return self.groups[1].rule:clip(most, false, p) end
  local norm = 0
  for _, g in ipairs(self.groups) do
    local one = g.rule:clip(nil, false, p)
    if p == math.huge then norm = math.max(norm, one) else norm = norm + one ^ p end
  end
  if p ~= math.huge then norm = norm ^ (1 / p) end
  if most and norm > most then
    for _, g in ipairs(self.groups) do
      for _, w in ipairs(g.params) do
        if w.grad then w.grad:mul_(most / (norm + 1e-6)) end
      end
    end
  end
  return norm
end
method("clip_grad_value", "(most)", "cuts every gradient to -most..most", "loss:backward()\nopt:clip_grad_value(0.1)",
  "opt.clip_value = 0.1\nopt:step(loss)", "clip_grad_norm")
function Optimizer:clip_grad_value(most)
  check_attached(self, "clip_grad_value")
  follow(self)
  if lunette.is_many() then many.reduce(self) end
  for _, g in ipairs(self.groups) do g.rule:clip(most, true) end
end

method("state", "()", "a table name -> tensor, for a checkpoint", "opt:step(loss)\nprint(opt:state().steps)",
  'tensor.save("/tmp/lunette-help.safetensors", opt:state())', "load_state")
--- opt:state() -> table name -> tensor, for a checkpoint; opt:load_state(t) takes it back.  With
-- shard=true all processes call it, and what it gives is whole.
function Optimizer:state()
  follow(self)
  local out = { steps = tensor { self.steps, dtype = "i64" }, lr = tensor { self.lr, dtype = "f64" } }
  for g, group in ipairs(self.groups) do
    for i, item in ipairs(self.shard and shard.state(group) or group.rule:state()) do
      local key = ("%d.%d."):format(g, i)
      out[key .. "step"] = tensor { item[1], dtype = "i64" }
      for k = 1, 3 do
        if item[k + 1] then out[key .. k] = item[k + 1] end
      end
    end
  end
  return out
end
method("load_state", "(t)", "takes a state back", "opt:load_state(opt:state())",
  "s = opt:state()\nopt:step(loss)\nopt:load_state(s)\nprint(opt.steps)", "state")
function Optimizer:load_state(t)
  follow(self)
  self.steps, self.lr = t.steps[1], t.lr[1]
  for g, group in ipairs(self.groups) do
    local list = {}
    for i in ipairs(group.params) do
      local key = ("%d.%d."):format(g, i)
      list[i] = { t[key .. "step"][1], t[key .. 1], t[key .. 2], t[key .. 3] }
    end
    if self.shard then shard.load(group, list) else group.rule:load_state(list) end
  end
end

-- --- schedules: opt.schedule = optim.cosine{...}; a function of the step from 1 on ---------------------------------

local none = lunette.none

-- optim.NAME{first, options}: make(first, opt) gives the function of the step.  `first` must be at least 0; options
-- without a default must be given.  sample: the call of the examples.
local function schedule(name, first, doc, options, sample, make)
  local what = "optim." .. name
  local names = {}
  for i, o in ipairs(options) do names[i] = o[2] == none and o[1] .. "=" or ("%s=%g"):format(o[1], o[2]) end
  local sig = ("%s{%s, %s}"):format(what, first, table.concat(names, ", "))
  optim[name] = function(arg)
    local opt = record.checked(what, arg, options)
    local value = arg and arg[1]
    if type(value) ~= "number" or not (value >= 0 and value < math.huge) then
      lunette.raise(("%s: %s, a number from 0 on, comes first, got %s"):format(what, first, lunette.typename(value)))
    end
    for _, o in ipairs(options) do
      if opt[o[1]] == nil then lunette.raise(("%s: %s is missing: %s"):format(what, o[1], sig)) end
    end
    return make(value, opt)
  end
  record.declare { name = what, sig = sig, doc = doc, options = options, see = "opt:update",
    example = ("rate = optim.%s\nprint(rate(1))"):format(sample),
    example2 = ("opt = optim.SGD{nn.Linear(1, 1)}\nopt.schedule = optim.%s"):format(sample) }
end

local steps = { "steps", none, "when it ends", { above = 0 } }

schedule("step_decay", "lr", "lr times factor after every `every` steps",
  { { "every", none, "steps between drops", { above = 0 } }, { "factor", 0.1, "of each drop", { 0 } } },
  "step_decay{0.1, every = 10}", function(lr, opt)
    return function(step) return lr * opt.factor ^ ((step - 1) // opt.every) end
  end)

schedule("multi_step", "lr", "lr times factor from each of the steps `at` on, counted from 0 as PyTorch's milestones",
  { { "at", none, "a list of steps", "any" }, { "factor", 0.1, "of each drop", { 0 } } },
  "multi_step{0.1, at = {30, 60}}", function(lr, opt)
    local at = opt.at
    for _, m in ipairs(type(at) == "table" and at or { false }) do
      if math.type(m) ~= "integer" then
        lunette.raise("optim.multi_step: at is a list of whole numbers, got " .. lunette.typename(m or at))
      end
    end
    return function(step)
      local drops = 0
      for _, m in ipairs(at) do drops = drops + (step > m and 1 or 0) end
      return lr * opt.factor ^ drops
    end
  end)

schedule("linear", "lr", "from lr times start to lr times finish in `steps`, then constant",
  { steps, { "start", 1 / 3, "factor at first", { 0 } }, { "finish", 1, "factor at the end", { 0 } } },
  "linear{0.1, steps = 5}", function(lr, opt)
    return function(step)
      return lr * (opt.start + (opt.finish - opt.start) * math.min(1, (step - 1) / opt.steps))
    end
  end)

schedule("cosine", "lr", "linear warm-up, then half a cosine down; arXiv:1608.03983",
  { steps, { "warmup", 0, "steps of rising", { 0 } }, { "least", 0, "the rate at the end", { 0 } } },
  "cosine{0.1, steps = 100, warmup = 5}", function(lr, opt)
    return function(step)
      if step <= opt.warmup then return lr * step / opt.warmup end
      local t = math.min(1, (step - opt.warmup) / math.max(1, opt.steps - opt.warmup))
      return opt.least + (lr - opt.least) * 0.5 * (1 + math.cos(math.pi * t))
    end
  end)

schedule("warmup", "lr", "from 0 up in `steps`, then constant", { { "steps", none, "of rising", { above = 0 } } },
  "warmup{0.1, steps = 10}", function(lr, opt)
    return function(step) return lr * math.min(1, step / opt.steps) end
  end)

schedule("one_cycle", "lr", "up to lr, then down; arXiv:1708.07120",
  { steps, { "start", 0.3, "share of it that rises", { 0, 1 } }, { "div", 25, "begins at lr / div", { above = 0 } },
    { "final", 1e4, "ends that much lower", { above = 0 } } },
  "one_cycle{0.1, steps = 100}", function(lr, opt)
    local function between(a, b, t) return b + (a - b) * 0.5 * (1 + math.cos(math.pi * t)) end
    return function(step)
      local up = opt.start * opt.steps
      if step <= up then return between(lr / opt.div, lr, step / up) end
      return between(lr, lr / opt.div / opt.final, math.min(1, (step - up) / (opt.steps - up)))
    end
  end)

-- scale d^-0.5 min(step^-0.5, step warmup^-1.5)
schedule("noam", "d", "the Transformer's: up, then as one over the root; arXiv:1706.03762",
  { { "warmup", 4000, "steps of rising", { above = 0 } }, { "scale", 1, "factor", { 0 } } },
  "noam{512}", function(d, opt)
    if d == 0 then lunette.raise "optim.noam: d must be above 0" end
    return function(step) return opt.scale * d ^ -0.5 * math.min(step ^ -0.5, step * opt.warmup ^ -1.5) end
  end)

schedule("plateau", "lr", "lowers the rate when a measure has stopped falling: plateau:report(value)",
  { { "factor", 0.1, "of each drop", { 0, 1 } }, { "patience", 10, "reports without a new best", { 0 } },
    { "least", 0, "no lower than this", { 0 } } },
  "plateau{0.1, patience = 1}", function(lr, opt)
    local state = { lr = lr, best = math.huge, bad = 0 }
    function state.report(_, value)
      if value < state.best then
        state.best, state.bad = value, 0
      else
        state.bad = state.bad + 1
        if state.bad > opt.patience then state.lr, state.bad = math.max(opt.least, state.lr * opt.factor), 0 end
      end
    end
    return setmetatable(state, { __call = function() return state.lr end })
  end)

-- --- the C half ----------------------------------------------------------------------------------------------------

record.declare { name = "optim.ema", sig = "optim.ema(avg, x, decay)", see = "opt:update",
  doc = "avg = decay avg + (1 - decay) x, in place",
  example = "a = tensor.zeros(2)\noptim.ema(a, tensor.ones(2), 0.9)\nprint(a)",
  example2 = "net = nn.Linear(1, 1)\na = net.weight:detach():clone()\noptim.ema(a, net.weight, 0.99)" }
record.declare { name = "optim.rule", sig = "optim.rule(name, parameters, {...})", see = "optim.rules",
  doc = "the C half of an optimiser of optim.rules() over a list of leaves",
  example = 'w = tensor.ones(2):requires_grad()\nr = optim.rule("SGD", {w}, {})\nw:sum():backward()\nr:update(0.1)\n'
  .. "print(w)", example2 = 'optim.rule("Adam", {tensor.ones(1):requires_grad()}, {}):zero()' }
record.declare { name = "optim.rules", sig = "optim.rules()", see = "optim.rule",
  doc = "the table of optimisers: {name, doc, eq, options = {{name, default, text, below = ...}, ...}}; "
    .. "numbers are at least 0 and below that",
  example = "for _, r in ipairs(optim.rules()) do print(r.name) end",
  example2 = "print(optim.rules()[1].options[1][2])" }

-- For optimisers in files of their own.
return { parameters_of = parameters_of, check_one = check_one, check_leaves = check_leaves, latest_of = latest_of,
  rate_at = rate_at, refuse_option = refuse_option }
