--- keep.lua: net:fit{keep=20}: states of a training held in memory, thinned evenly, and the way back to one of them.
-- A state is the weights, the optimiser's, where the generators stand, and how far the epoch is: to go back and go on
-- gives the same bits as a training that was never there.
local Kept = {}
Kept.__index = Kept

local running -- the fit that can be asked to go back: the innermost

local function copied(list)
  local out = {}
  for name, t in pairs(list) do out[name] = t:detach():clone() end
  return out
end

local function fields(t)
  local out = {}
  for k, v in pairs(type(t) == "table" and t or {}) do out[k] = v end
  return out
end

--- keep.new(net, state, reopen): of a fit that begins.  reopen(state, random, step, own) gives an epoch after so many
-- of its batches, from where the generators stood before it.
local function new(net, state, reopen)
  local opt = state.opt
  lunette.whole("fit", "keep", opt.keep)
  if lunette.is_many() then lunette.raise "fit: keep= works in one process" end
  return setmetatable({ net = net, fit = state, reopen = reopen, most = opt.keep, first = state.optimizer.steps,
    every = 1, list = {}, show = lunette.watch_kept and lunette.watch_kept(state.optimizer) }, Kept)
end

--- While the fit works: local _ <close> = kept:run().
function Kept:run()
  local before = running
  running = self
  return setmetatable({}, { __close = function() running = before end })
end

function Kept:steps()
  local steps = {}
  for i, s in ipairs(self.list) do steps[i] = s.step end
  return steps
end

-- The newest state at a step or before it; the first one before all.
local function find(self, step)
  local k = #self.list
  while k > 1 and self.list[k].step > step do k = k - 1 end
  return k
end

local function shown(self)
  if self.show then self.show.kept(self.list) end
end

-- Twice as far apart.
local function thin(self)
  self.every = 2 * self.every
  local kept = {}
  for _, s in ipairs(self.list) do
    if (s.step - self.first) % self.every == 0 then kept[#kept + 1] = s end
  end
  self.list = kept
end

--- kept:take(): the state of now, when its turn has come.
function Kept:take()
  local fit, optimizer, own = self.fit, self.fit.optimizer, self.fit.opt.rng
  local step, at, last = optimizer.steps, fit.at, self.list[#self.list]
  if (step - self.first) % self.every ~= 0 or last and last.step >= step then return end
  self.list[#self.list + 1] = { step = step, epoch = fit.epoch, rows = #fit.history, told_nan = fit.told_nan,
    net = copied(self.net:state()), optimizer = copied(optimizer:state()),
    schedule = optimizer.schedule, fields = fields(optimizer.schedule),
    random = tensor.rng_state(), own = own and tensor.rng_state(own),
    at = { random = at.random, own = at.own, step = at.step, seen = at.seen, spent = at.spent,
      total = fields(at.total) }, moment = self.show and self.show.moment() }
  if #self.list > self.most then thin(self) end
  shown(self)
end

-- The rate from now on: of a schedule a factor, so that it gives lr now.
local function set_rate(optimizer, lr)
  local schedule = optimizer.schedule
  if not schedule then
    optimizer.lr = lr
  elseif type(schedule) == "table" and schedule.lr then -- optim.plateau
    schedule.lr = lr
  else
    local now = schedule(optimizer.steps + 1, optimizer)
    local factor = now > 0 and lr / now
    optimizer.schedule = function(step, o) return factor and factor * schedule(step, o) or lr end
  end
end

local function restore(self, s)
  local fit, optimizer = self.fit, self.fit.optimizer
  self.net:load_state(s.net)
  optimizer:load_state(s.optimizer)
  optimizer.schedule = s.schedule
  for k, v in pairs(s.fields) do s.schedule[k] = v end
  fit.epoch, fit.told_nan = s.epoch, s.told_nan
  for i = #fit.history, s.rows + 1, -1 do fit.history[i] = nil end
  fit.at = self.reopen(fit, s.at.random, s.at.step, s.at.own)
  fit.at.seen, fit.at.spent, fit.at.total = s.at.seen, s.at.spent, fields(s.at.total)
  tensor.rng_state(s.random)
  if s.own then tensor.rng_state(fit.opt.rng, s.own) end
end

--- kept:asked() -> true when somebody wanted to go back, and the fit has gone there.
function Kept:asked()
  local wanted = self.wanted or self.show and self.show.wanted(self:steps())
  self.wanted = nil
  if not wanted then return false end
  local k = find(self, wanted.step)
  for i = #self.list, k + 1, -1 do self.list[i] = nil end
  restore(self, self.list[k])
  if wanted.lr then set_rate(self.fit.optimizer, wanted.lr) end
  if self.show then self.show.went(self.list[k]) end
  shown(self)
  return true
end

--- lunette.rewind(step, lr) -> the step that the running fit goes back to after its step: the last kept up to there.
-- lunette.rewind() -> the steps of those kept.
function lunette.rewind(step, lr)
  if not running then lunette.raise "viz.rewind: no net:fit{keep=20} is at work" end
  if step == nil then return running:steps() end
  running.wanted = { step = step, lr = lr }
  return running.list[find(running, step)].step
end

return new
