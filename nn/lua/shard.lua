--- shard.lua: an optimiser's state in parts, one for each process: optim.Adam{net, shard=true} (Rajbhandari et al.
-- 2020, arXiv:1910.02054, stage 1).  All parameters one behind the other are cut into as many equal rows as there are
-- processes; each updates its row, and gets the others' from them.
local shard = {}

local whole = { LAMB = true } -- rules that look at a parameter as a whole: it goes to one process

-- For each parameter the runs {first, count, owner} of elements that processes own, from 0 on.
local function cut(name, params)
  local size, total, at, list = dist.size(), 0, 0, {}
  for _, p in ipairs(params) do total = total + p:numel() end
  local function owner_of(place) return math.min(size - 1, place * size // math.max(1, total)) end
  for i, p in ipairs(params) do
    local n, runs = p:numel(), {}
    if whole[name] or not p:is_contiguous() then
      runs[1] = { 0, n, owner_of(at + n // 2) }
    else
      for owner = 0, size - 1 do
        local first = math.max(0, (total * owner + size - 1) // size - at)
        local last = math.min(n, (total * (owner + 1) + size - 1) // size - at)
        if last > first then runs[#runs + 1] = { first, last - first, owner } end
      end
    end
    list[i], at = runs, at + n
  end
  return list
end

--- shard.rule(opt, group): the group's rule works on this process's part only.
function shard.rule(self, group)
  group.runs = cut(self.name, group.params)
  local mine = {}
  for i, runs in ipairs(group.runs) do
    mine[i] = { 0, 0 }
    for _, run in ipairs(runs) do
      if run[3] == dist.rank() then mine[i] = run end
    end
  end
  group.mine = mine
  group.rule:parts(mine)
end

-- Each run of a tensor like the parameter becomes what its owner has.
local function gather(t, runs)
  if #runs == 1 then return dist.broadcast(t, runs[1][3]) end
  local row = t:view(-1)
  for _, run in ipairs(runs) do dist.broadcast(row[{ { run[1] + 1, run[1] + run[2] } }], run[3]) end
end

--- shard.updated(group): the parameters that others updated.
function shard.updated(group)
  for i, p in ipairs(group.params) do
    if p.grad then gather(p:detach(), group.runs[i]) end
  end
end

--- shard.state(group) -> the rule's state as of one process: all gather it.
function shard.state(group)
  local list = group.rule:state()
  local there = tensor.zeros { #list, 4, dtype = "i64" } -- steps, and which states are kept
  for i, item in ipairs(list) do
    there[{ i, 1 }] = item[1]
    for k = 2, 4 do there[{ i, k }] = item[k] and 1 or 0 end
  end
  there = dist.all_reduce(there, "max"):totable()
  for i, item in ipairs(list) do
    local p, run = group.params[i], group.mine[i]
    item[1] = there[i][1]
    for k = 2, 4 do
      local part = item[k]
      if there[i][k] > 0 then
        local full = tensor.zeros { dtype = p.dtype, table.unpack(p.shape) }
        if part then full:view(-1)[{ { run[1] + 1, run[1] + run[2] } }]:copy_(part:view(-1)) end
        gather(full, group.runs[i])
        item[k] = full
      end
    end
  end
  return list
end

--- shard.load(group, list): from the state of one process, this one's part.
function shard.load(group, list)
  local mine = {}
  for i, item in ipairs(list) do
    local run = group.mine[i]
    mine[i] = { item[1] }
    for k = 2, 4 do
      if item[k] and run[2] > 0 then
        mine[i][k] = run[2] < item[k]:numel() and item[k]:reshape(-1)[{ { run[1] + 1, run[1] + run[2] } }] or item[k]
      end
    end
  end
  group.rule:load_state(mine)
end

return shard
