--- lbfgs.lua: optim.LBFGS: steps along a direction that the last few gradients correct (Nocedal 1980), for small
-- problems with the whole batch at once.  The loss is computed several times in a step, so it is given as a function:
--   local opt = optim.LBFGS{net, line_search="strong_wolfe"}
--   for _ = 1, 20 do local loss = opt:step(function() return nn.mse(net(x), y) end) end
-- Steps, defaults and stopping rules are those of torch.optim.LBFGS.
local Lbfgs = {}
Lbfgs.__index = Lbfgs

local record = require "nn.record"
local replaced = require "nn.moved"
local shared = require "nn.optim"
Lbfgs.__newindex = shared.refuse_option
local none = lunette.none

local options = {
  { "lr", 1, "first try of a step", { 0 } },
  { "max_iter", 20, "directions in a step", "whole" },
  { "max_eval", none, "losses in a step; 5/4 of it", "whole" },
  { "tolerance_grad", 1e-7, "stops at a gradient that small", { 0 } },
  { "tolerance_change", 1e-9, "stops at a change that small", { 0 } },
  { "history", 100, "steps remembered", "whole" },
  { "line_search", "none", "none, or strong_wolfe: looks for a step that suffices (Nocedal and Wright, algorithm 3.5)",
    { "none", "strong_wolfe" } },
}
record.declare { name = "optim.LBFGS", sig = 'optim.LBFGS{net, lr=1, line_search="strong_wolfe"}', options = options,
  doc = "L-BFGS with the whole batch at once; step takes a function that computes the loss", see = "optim.Adam",
  example = "net = nn.Linear(2, 1)\nopt = optim.LBFGS{net}\nx, y = tensor.randn(9, 2), tensor.randn(9, 1)\n"
  .. "print(opt:step(function() return nn.mse(net(x), y) end))",
  example2 = 'w = tensor.ones(3):requires_grad()\nopt = optim.LBFGS{{w}, line_search = "strong_wolfe"}\n'
  .. "opt:step(function() return (w * w):sum() end)\nprint(w)" }

function optim.LBFGS(arg)
  if nn.is_module(arg) or lunette.is_tensor(arg) then arg = { arg } end
  if type(arg) ~= "table" then lunette.raise "optim.LBFGS: optim.LBFGS{net, lr=...} expected" end
  local opt = record.checked("optim.LBFGS", arg, options)
  shared.check_one("optim.LBFGS", arg)
  opt.max_eval = opt.max_eval or opt.max_iter * 5 // 4
  local self = setmetatable({ name = "LBFGS", lr = opt.lr, opt = opt, steps = 0, evaluations = 0, iterations = 0,
    ys = {}, ss = {}, rho = {} }, Lbfgs)
  if arg[1] ~= nil then self:attach(arg[1]) end
  return self
end

function Lbfgs:attach(source)
  self.params = shared.parameters_of("optim.LBFGS", source)
  shared.check_leaves("optim.LBFGS", self.params, source)
  self.seen = replaced.count
  return self
end

-- After net:to(dtype): on with the new parameters, from what their curvature was.
local function follow(self)
  if self.seen == replaced.count then return end
  self.seen, self.params = replaced.count, shared.latest_of(self.params)
  local dtype = self.params[1].dtype
  for _, list in ipairs { self.ys, self.ss } do
    for i, row in ipairs(list) do list[i] = row:to(dtype) end
  end
  local last = self.last
  if last then self.last = { g = last.g:to(dtype), d = last.d:to(dtype), t = last.t } end
end

function Lbfgs:zero_grad()
  for _, p in ipairs(self.params) do p:zero_grad() end
end

-- All parameters (or gradients) in one row.
local function flat(params, of)
  local parts = {}
  for i, p in ipairs(params) do
    local t = of(p)
    parts[i] = t and t:reshape(-1) or tensor.zeros { p:numel(), dtype = p.dtype }
  end
  return tensor.cat(parts, 1)
end
function Lbfgs:place() return flat(self.params, function(p) return p:detach() end) end
function Lbfgs:gradient() return flat(self.params, function(p) return p.grad end) end

function Lbfgs:go_to(row)
  local at = 1
  for _, p in ipairs(self.params) do
    p:copy_(row[{ { at, at + p:numel() - 1 } }]:reshape(p.shape))
    at = at + p:numel()
  end
end

-- Loss and gradient where the parameters stand.
function Lbfgs:evaluate(closure)
  self:zero_grad()
  local loss = tensor.enable_grad(closure)
  if not lunette.is_tensor(loss) or not loss.needs_grad then
    lunette.raise("optim.LBFGS: step wants a function that computes the loss, which gave " .. lunette.typename(loss))
  end
  local value = loss:item()
  loss:backward()
  self.evaluations = self.evaluations + 1
  local gradient = self:gradient()
  if lunette.is_many() then
    value = dist.all_reduce(tensor({ value * lunette.loss_counts() }, { dtype = "f64" }), "mean")[1]
    dist.all_reduce(gradient, "mean")
  end
  return value, gradient
end

local function dot(a, b) return a:dot(b):item() end
local function greatest(a) return a:numel() > 0 and a:abs():max():item() or 0 end

-- Remembers the last step s and the change y of the gradient along it; forgets the oldest.
function Lbfgs:remember(y, s)
  local ys = dot(y, s)
  if ys <= 1e-10 then return end
  if #self.ys == self.opt.history then
    for _, list in ipairs { self.ys, self.ss, self.rho } do table.remove(list, 1) end
  end
  table.insert(self.ys, y)
  table.insert(self.ss, s)
  table.insert(self.rho, 1 / ys)
  self.scale = ys / dot(y, y)
end

-- -H g, H the inverse Hessian that the remembered steps suggest (two loops over them).
function Lbfgs:direction(g)
  local d, al = -g, {}
  for i = #self.ys, 1, -1 do
    al[i] = dot(self.ss[i], d) * self.rho[i]
    d = d - al[i] * self.ys[i]
  end
  d = d * (self.scale or 1)
  for i = 1, #self.ys do
    local be = dot(self.ys[i], d) * self.rho[i]
    d = d + (al[i] - be) * self.ss[i]
  end
  return d
end

-- --- the line search ------------------------------------------------------------------------------------------------

-- A point of the line: step t, loss f, gradient g, slope along the direction.
-- Least point of the cubic through values and slopes at a and b, inside lo..hi.
local function cubic(a, b, lo, hi)
  lo, hi = lo or math.min(a.t, b.t), hi or math.max(a.t, b.t)
  local d1 = a.slope + b.slope - 3 * (a.f - b.f) / (a.t - b.t)
  local square = d1 ^ 2 - a.slope * b.slope
  if square < 0 or square ~= square then return (lo + hi) / 2 end
  local d2 = math.sqrt(square)
  local t
  if a.t <= b.t then t = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
  else t = a.t - (a.t - b.t) * ((a.slope + d2 - d1) / (a.slope - b.slope + 2 * d2)) end
  return math.min(math.max(t, lo), hi)
end

local ARMIJO, CURVATURE, TRIES = 1e-4, 0.9, 25

local function too_high(p, start) return p.f > start.f + ARMIJO * p.t * start.slope end
local function flat_enough(p, start) return math.abs(p.slope) <= -CURVATURE * start.slope end

-- Goes on until a point suffices (then it alone) or two enclose one.
local function bracket(look, start, t)
  local before, p, tries = start, look(t), 0
  while tries < TRIES do
    if too_high(p, start) or (tries > 1 and p.f >= before.f) then return { before, p }, tries end
    if flat_enough(p, start) then return { p }, tries end
    if p.slope >= 0 then return { before, p }, tries end
    local far = cubic(before, p, p.t + 0.01 * (p.t - before.t), p.t * 10)
    before, p = p, look(far)
    tries = tries + 1
  end
  return { start, p }, tries
end

-- A step inside the pair that keeps off its ends; `stuck`: the last one was near an end, too.
local function inside(pair, stuck)
  local t = cubic(pair[1], pair[2])
  local lo, hi = math.min(pair[1].t, pair[2].t), math.max(pair[1].t, pair[2].t)
  local margin = 0.1 * (hi - lo)
  if math.min(hi - t, t - lo) >= margin then return t, false end
  if not (stuck or t >= hi or t <= lo) then return t, true end
  return math.abs(t - hi) < math.abs(t - lo) and hi - margin or lo + margin, false
end

-- Narrows the pair down.
local function zoom(look, start, pair, tries, width)
  local stuck = false
  local low = pair[1].f <= pair[2].f and 1 or 2
  while tries < TRIES and math.abs(pair[2].t - pair[1].t) * width >= 1e-9 do
    local t
    t, stuck = inside(pair, stuck)
    local p = look(t)
    tries = tries + 1
    if too_high(p, start) or p.f >= pair[low].f then
      pair[3 - low] = p
      low = pair[1].f <= pair[2].f and 1 or 2
    else
      local done = flat_enough(p, start)
      if not done and p.slope * (pair[3 - low].t - pair[low].t) >= 0 then pair[3 - low] = pair[low] end
      pair[low] = p
      if done then break end
    end
  end
  return pair[low]
end

-- --- a step ---------------------------------------------------------------------------------------------------------

-- Moves the parameters along d; gives step, loss and gradient there (loss nil when it was not computed).
function Lbfgs:move(closure, d, t, loss, g, slope, last)
  local from = self:place()
  if self.opt.line_search == "none" then
    self:go_to(from + t * d)
    if last then return t end
    return t, self:evaluate(closure)
  end
  local function look(step)
    self:go_to(from + step * d)
    local f, gradient = self:evaluate(closure)
    return { t = step, f = f, g = gradient, slope = dot(gradient, d) }
  end
  local start = { t = 0, f = loss, g = g, slope = slope }
  local found, tries = bracket(look, start, t)
  local best = #found == 1 and found[1] or zoom(look, start, found, tries, greatest(d))
  self:go_to(from + best.t * d)
  return best.t, best.f, best.g
end

local function step(self, closure)
  follow(self)
  local opt, before = self.opt, self.evaluations
  local loss, g = self:evaluate(closure)
  local first = loss
  if greatest(g) <= opt.tolerance_grad then return first end
  for n = 1, opt.max_iter do
    self.iterations = self.iterations + 1
    if self.last then self:remember(g - self.last.g, self.last.d * self.last.t) end
    local d = self:direction(g)
    local t = self.last and self.lr or math.min(1, 1 / g:abs():sum():item()) * self.lr
    local slope = dot(g, d)
    self.last = { g = g, d = d, t = t }
    if slope > -opt.tolerance_change then break end
    local old = loss
    local moved, f, gradient = self:move(closure, d, t, loss, g, slope, n == opt.max_iter)
    self.last.t = moved
    if f then loss, g = f, gradient end
    if n == opt.max_iter or self.evaluations - before >= opt.max_eval or greatest(g) <= opt.tolerance_grad
      or greatest(d) * math.abs(moved) <= opt.tolerance_change or math.abs(loss - old) < opt.tolerance_change then
      break
    end
  end
  return first
end

--- opt:step(closure) -> the loss before the step; closure() computes it.
function Lbfgs:step(closure)
  if not self.params then
    lunette.raise "opt:step: this optimiser has no parameters yet; give it the network: optim.LBFGS{net}"
  end
  if type(closure) ~= "function" then
    lunette.raise("optim.LBFGS: step wants a function that computes the loss, got " .. lunette.typename(closure))
  end
  self.lr = shared.rate_at(self, self.steps + 1)
  self.steps = self.steps + 1
  return tensor.no_grad(step, self, closure)
end

--- opt:state() -> table name -> tensor, for a checkpoint; opt:load_state(t) takes it back.
function Lbfgs:state()
  local out = { steps = tensor { self.steps, self.evaluations, self.iterations, #self.ys, dtype = "i64" },
    numbers = tensor { self.lr, self.scale or 1, self.last and self.last.t or 0, dtype = "f64" } }
  for i, y in ipairs(self.ys) do
    out[i .. ".y"], out[i .. ".s"], out[i .. ".rho"] = y, self.ss[i], tensor { self.rho[i], dtype = "f64" }
  end
  if self.last then out["last.g"], out["last.d"] = self.last.g, self.last.d end
  return out
end
function Lbfgs:load_state(t)
  self.steps, self.evaluations, self.iterations = t.steps[1], t.steps[2], t.steps[3]
  self.lr, self.scale = t.numbers[1], t.numbers[2]
  self.ys, self.ss, self.rho = {}, {}, {}
  for i = 1, t.steps[4] do self.ys[i], self.ss[i], self.rho[i] = t[i .. ".y"], t[i .. ".s"], t[i .. ".rho"][1] end
  self.last = t["last.g"] and { g = t["last.g"], d = t["last.d"], t = t.numbers[3] } or nil
end
