--- many.lua: training in many processes (mpirun -n 4 lunette ...): each works on its share of every batch, and
-- gradients are averaged over all.  In a process of its own next to nothing of it runs: lunette.is_many() says which.
local moved = require "nn.moved"
local many = {}

-- The parameters that need a gradient now; nil where they are those of `list`.
local function changed(self, list)
  local now, same = {}, list ~= nil
  for _, g in ipairs(self.groups) do
    for _, p in ipairs(g.params) do
      if p.needs_grad then
        now[#now + 1] = p
        same = same and rawequal(list[#now], p)
      end
    end
  end
  return not (same and #now == #list) and now or nil
end

-- The buckets of the optimiser's parameters; others for others, as when layers were frozen.
local function buckets_of(self)
  local now = changed(self, self.bucket_list)
  if now then
    self.bucket_list = now
    self.buckets = lunette.buckets(now, ("step of optimiser %d, %s"):format(self.number, self.name))
  end
  return self.buckets
end

local made = 0 -- optimisers: all processes make theirs in the same order

--- many.begin(opt): it has got its parameters.  What all have in common from now on: those of process 0, and the
-- running statistics of its networks.
function many.begin(self)
  made = made + 1
  self.number = self.number or made
  local list, there = {}, {}
  local function add(t)
    if not there[t] then list[#list + 1] = t:detach() end
    there[t] = true
  end
  for _, g in ipairs(self.groups) do
    for _, p in ipairs(g.params) do add(moved.latest(p)) end
  end
  for _, net in ipairs(self.networks) do
    local state = net:state()
    for _, name in ipairs(lunette.names_of(state)) do add(state[name]) end
  end
  dist.broadcast(list, 0)
end

--- many.backward(opt, loss): loss:backward(), while which the gradients of layers behind are on their way already.
function many.backward(self, loss)
  buckets_of(self):watched(function() loss:backward() end)
  self.reduced_at = lunette.backwards()
end

--- many.reduce(opt): averages the gradients at hand, unless they are averages since the last backward.
function many.reduce(self)
  if self.reduced_at == lunette.backwards() then return end
  buckets_of(self):reduce()
  self.reduced_at = lunette.backwards()
end

--- many.updated(opt): after a step.  In the first all get the same parameters and statistics: what was done to a
-- network between the optimiser's making and here need not have been the same.
function many.updated(self)
  if not self.shared then many.begin(self) end
  self.shared = true
  lunette.steps_done(self.steps)
end

--- many.order(ids) -> the same ids in all processes, and the same place in the default generator: draws of dropout and
-- the like may have differed since the last time.
function many.order(ids)
  local state = tensor.rng_state()
  local at = dist.broadcast(tensor({ state[1], state[2] }, { dtype = "i64" }), 0)
  tensor.rng_state { at[1], at[2] }
  return ids and dist.broadcast(ids, 0)
end

--- many.part(first, last) -> first and last of this process's rows of a global batch, and how much its mean counts: its
-- share of the rows, times the processes.  With fewer rows than processes some take a row of another's that counts 0.
function many.part(first, last)
  local rank, size, rows = dist.rank(), dist.size(), last - first + 1
  local from, to = first + rows * rank // size, first + rows * (rank + 1) // size - 1
  if to < from then return math.min(from, last), math.min(from, last), 0 end
  return from, to, size * (to - from + 1) / rows
end

--- many.sums(t) -> a table of numbers, each summed over all processes; all have the same names.
function many.sums(t)
  local names, values = lunette.names_of(t), {}
  for i, name in ipairs(names) do values[i] = t[name] end
  local all = dist.all_reduce(tensor(values, { dtype = "f64" }))
  for i, name in ipairs(names) do t[name] = all[i] end
  return t
end

--- many.rows(n) -> n, or 0 where this process's rows of the batch count nothing.
function many.rows(n) return lunette.loss_counts() > 0 and n or 0 end

return many
