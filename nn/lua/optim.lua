--- optim.lua: optimisers and learning-rate schedules.
--   local opt = optim.Adam{net, lr=1e-3}
--   opt:step(loss)        -- zero, backward, update; each also alone: opt:zero_grad(), loss:backward(), opt:update()
-- The first element is a network, a list of tensors, or a list of groups {params, lr = ..., weight_decay = ...}.
-- Without it (optim.Adam{lr=1e-3}) it waits for net:fit to say which parameters.

local Optimizer = {}
Optimizer.__index = Optimizer

local function parameters_of(what, source)
  if nn.is_module(source) then
    local list = {}
    for _, p in ipairs(source:parameters()) do
      if p.needs_grad then list[#list + 1] = p end
    end
    return list
  end
  if lunette.is_tensor(source) then return { source } end
  if type(source) ~= "table" then
    local text = "%s: a network or a list of parameters expected first, got %s"
    lunette.raise(text:format(what, lunette.typename(source)))
  end
  return source
end

local function is_groups(source)
  return type(source) == "table" and not nn.is_module(source) and type(source[1]) == "table" and
    not lunette.is_tensor(source[1]) and not nn.is_module(source[1])
end

local function hyper(opt, defaults, rest)
  local out = {}
  for k in pairs(defaults) do
    if k ~= "betas" then out[k] = opt[k] end
  end
  if opt.betas then out.beta1, out.beta2 = opt.betas[1], opt.betas[2] end
  for k, v in pairs(rest) do out[k] = v end
  return out
end

local function check_rate(what, lr)
  if type(lr) ~= "number" then lunette.raise(("%s: lr must be a number, got %s"):format(what, lunette.typename(lr))) end
  if lr < 0 or lr ~= lr then lunette.raise(("%s: lr must not be negative, got %s"):format(what, lr)) end
end

--- What the prompt shows: Adam{lr=0.001, ...} and what it has done.
function Optimizer:__tostring()
  local parts, count = { ("lr=%g"):format(self.lr) }, 0
  for k, v in pairs(self.opt) do
    if k ~= "lr" and type(v) ~= "table" then parts[#parts + 1] = k .. "=" .. tostring(v) end
  end
  table.sort(parts, function(a, b) return (a:find "^lr=" and "" or a) < (b:find "^lr=" and "" or b) end)
  for _, g in ipairs(self.groups) do count = count + #g.params end
  return ("%s{%s}: %d parameters, %d steps"):format(self.name, table.concat(parts, ", "), count, self.steps)
end

optim._parameters_of = parameters_of -- for optimisers in files of their own

--- Makes a constructor: name as users see it, C rule, option defaults, fixed options of the rule.
local function kind(name, rule, defaults, rest)
  optim[name] = function(arg, more)
    if more ~= nil then
      lunette.raise(("optim.%s: one table expected: optim.%s{net, lr=...}; a second argument is %s"):format(name, name,
        lunette.typename(more)))
    end
    if nn.is_module(arg) or lunette.is_tensor(arg) then arg = { arg } end
    if type(arg) ~= "table" then lunette.raise(("optim.%s: optim.%s{net, lr=...} expected"):format(name, name)) end
    local what = "optim." .. name
    local opt = lunette.checked(what, arg, defaults)
    check_rate(what, opt.lr)
    local self = setmetatable({ name = name, lr = opt.lr, opt = opt, groups = {}, steps = 0 }, Optimizer)
    function self.attach(_, source)
      local groups = is_groups(source) and source or { { source } }
      for i, group in ipairs(groups) do
        local merged = {}
        for k, v in pairs(opt) do merged[k] = v end
        local own = lunette.checked(what, group, defaults)
        for k in pairs(defaults) do
          if group[k] ~= nil then merged[k] = own[k] end
        end
        local params = parameters_of(what, group.params or group[1])
        if #params == 0 then lunette.raise(what .. ": no parameter that requires grad") end
        for k, p in ipairs(params) do
          if not lunette.is_tensor(p) or not p.needs_grad or not p.is_leaf then
            lunette.raise(("%s: parameter %d, %s, is not a leaf that requires grad"):format(what, k,
              lunette.typename(p)))
          end
        end
        self.groups[i] = { rule = optim.rule(rule, params, hyper(merged, defaults, rest or {})), params = params,
          scale = merged.lr / opt.lr }
      end
      return self
    end
    if arg[1] ~= nil then self:attach(arg[1]) end
    return self
  end
end

--- Gradient descent with momentum (Sutskever et al. 2013), Nesterov's form, weight decay.
kind("SGD", "sgd", { lr = 1e-2, momentum = 0, dampening = 0, weight_decay = 0, nesterov = false })
--- Kingma and Ba 2015, arXiv:1412.6980.
kind("Adam", "adam", { lr = 1e-3, betas = { 0.9, 0.999 }, eps = 1e-8, weight_decay = 0 }, { decoupled = false })
--- Loshchilov and Hutter 2019, arXiv:1711.05101.
kind("AdamW", "adam", { lr = 1e-3, betas = { 0.9, 0.999 }, eps = 1e-8, weight_decay = 1e-2 }, { decoupled = true })
--- You et al. 2020, arXiv:1904.00962: Adam's direction, as long as the parameter is; for large batches.
kind("LAMB", "lamb", { lr = 1e-3, betas = { 0.9, 0.999 }, eps = 1e-6, weight_decay = 1e-2 })
--- Tieleman and Hinton 2012.
kind("RMSProp", "rmsprop", { lr = 1e-2, alpha = 0.99, eps = 1e-8, weight_decay = 0, momentum = 0, centered = false })
--- Duchi et al. 2011.
kind("Adagrad", "adagrad", { lr = 1e-2, lr_decay = 0, eps = 1e-10, weight_decay = 0 })

function Optimizer:zero_grad()
  for i = 1, #self.groups do self.groups[i].rule:zero() end
end

--- opt:update(): one step with the gradients at hand, at self.lr (or the schedule's).
function Optimizer:update()
  self.steps = self.steps + 1
  if self.schedule then self.lr = self.schedule(self.steps, self) end
  for i = 1, #self.groups do
    local g = self.groups[i]
    g.rule:update(self.lr * g.scale)
  end
end

--- opt:step(loss): zero, backward, update (with clipping where opt.clip_norm or opt.clip_value is set); opt:step()
-- only updates.
function Optimizer:step(loss)
  if #self.groups == 0 then
    lunette.raise("optim: this optimiser has no parameters yet; give it the network: optim.Adam{net}")
  end
  if loss ~= nil and not lunette.is_tensor(loss) then
    lunette.raise("opt:step: a loss expected, a tensor of one number; got " .. lunette.typename(loss))
  end
  if loss then
    self:zero_grad()
    loss:backward()
  end
  if self.clip_norm then self.norm = self:clip_grad_norm(self.clip_norm) end
  if self.clip_value then self:clip_grad_value(self.clip_value) end
  self:update()
  lunette.step_done(self.steps)
end

--- opt:clip_grad_norm(most): scales all gradients so that their common norm is at most `most`; gives the norm before.
-- opt:clip_grad_norm() only measures.
function Optimizer:clip_grad_norm(most)
  if #self.groups == 1 then return self.groups[1].rule:clip(most) end
  local sum = 0
  for _, g in ipairs(self.groups) do sum = sum + g.rule:clip() ^ 2 end
  local norm = math.sqrt(sum)
  if most and norm > most then
    for _, g in ipairs(self.groups) do
      for _, p in ipairs(g.params) do
        if p.grad then p.grad:mul_(most / (norm + 1e-6)) end
      end
    end
  end
  return norm
end
function Optimizer:clip_grad_value(most)
  for _, g in ipairs(self.groups) do g.rule:clip(most, true) end
end

--- opt:state() -> table name -> tensor, for a checkpoint; opt:load_state(t) takes it back.
function Optimizer:state()
  local out = { steps = tensor { self.steps, dtype = "i64" }, lr = tensor { self.lr, dtype = "f64" } }
  for g, group in ipairs(self.groups) do
    for i, item in ipairs(group.rule:state()) do
      local key = ("%d.%d."):format(g, i)
      out[key .. "step"] = tensor { item[1], dtype = "i64" }
      for k = 1, 3 do
        if item[k + 1] then out[key .. k] = item[k + 1] end
      end
    end
  end
  return out
end
function Optimizer:load_state(t)
  self.steps, self.lr = t.steps[1], t.lr[1]
  for g, group in ipairs(self.groups) do
    local list = {}
    for i in ipairs(group.params) do
      local key = ("%d.%d."):format(g, i)
      list[i] = { t[key .. "step"][1], t[key .. 1], t[key .. 2], t[key .. 3] }
    end
    group.rule:load_state(list)
  end
end

-- --- schedules: opt.schedule = optim.cosine{...}; a function of the step from 1 on ---------------------------------

--- optim.step_decay{lr, every=, factor=0.1}
function optim.step_decay(arg)
  local opt = lunette.checked("optim.step_decay", arg, { every = lunette.none, factor = 0.1 })
  local lr = arg[1]
  return function(step) return lr * opt.factor ^ ((step - 1) // opt.every) end
end
--- optim.cosine{lr, steps=, warmup=0, least=0}: linear warm-up, then half a cosine; arXiv:1608.03983.
function optim.cosine(arg)
  local opt = lunette.checked("optim.cosine", arg, { steps = lunette.none, warmup = 0, least = 0 })
  local lr = arg[1]
  return function(step)
    if step <= opt.warmup then return lr * step / opt.warmup end
    local t = math.min(1, (step - opt.warmup) / math.max(1, opt.steps - opt.warmup))
    return opt.least + (lr - opt.least) * 0.5 * (1 + math.cos(math.pi * t))
  end
end
--- optim.warmup{lr, steps=}: linear from 0, then constant.
function optim.warmup(arg)
  local opt = lunette.checked("optim.warmup", arg, { steps = lunette.none })
  local lr = arg[1]
  return function(step) return lr * math.min(1, step / opt.steps) end
end
--- optim.one_cycle{lr, steps=, start=0.3, div=25, final=1e4}: up to lr, then down; arXiv:1708.07120.
function optim.one_cycle(arg)
  local opt = lunette.checked("optim.one_cycle", arg, { steps = lunette.none, start = 0.3, div = 25, final = 1e4 })
  local lr = arg[1]
  local function between(a, b, t) return b + (a - b) * 0.5 * (1 + math.cos(math.pi * t)) end
  return function(step)
    local up = opt.start * opt.steps
    if step <= up then return between(lr / opt.div, lr, step / up) end
    return between(lr, lr / opt.div / opt.final, math.min(1, (step - up) / (opt.steps - up)))
  end
end
--- optim.noam{d, warmup=4000, scale=1}: scale d^-0.5 min(step^-0.5, step warmup^-1.5); arXiv:1706.03762.
function optim.noam(arg)
  local opt = lunette.checked("optim.noam", arg, { warmup = 4000, scale = 1 })
  local d = arg[1]
  return function(step) return opt.scale * d ^ -0.5 * math.min(step ^ -0.5, step * opt.warmup ^ -1.5) end
end
--- optim.plateau{lr, factor=0.1, patience=10}: plateau:report(value) when a lower-is-better measure is known.
function optim.plateau(arg)
  local opt = lunette.checked("optim.plateau", arg, { factor = 0.1, patience = 10, least = 0 })
  local state = { lr = arg[1], best = math.huge, bad = 0 }
  function state.report(_, value)
    if value < state.best then
      state.best, state.bad = value, 0
    else
      state.bad = state.bad + 1
      if state.bad > opt.patience then state.lr, state.bad = math.max(opt.least, state.lr * opt.factor), 0 end
    end
  end
  return setmetatable(state, { __call = function() return state.lr end })
end
