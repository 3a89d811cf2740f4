--- ngram.lua: interpolated n-gram models of sequences of ids 1..size: baselines for recurrent networks.
--   p(c | last n-1 ids) = l_0 / size + l_1 N(c) / N + l_2 N(b c) / N(b) + ... + l_n N(a ... b c) / N(a ... b)
-- The weights l are fitted by expectation-maximisation on held-back training sequences (Jelinek and Mercer 1980), one
-- set for contexts seen never, once, twice ... : by how often the longest seen context was met, in powers of two.
-- A sequence begins after n - 1 ids 1 and ends with the id 1.

local Model = {}
Model.__index = Model

-- A context of k ids and what follows it, as keys of one table: ten bits an id, and k above them.
local function key(context, k) return context | k << 50 end

-- Calls visit(history, id) at every place; history packs the n - 1 ids before, the last in the lowest bits.
local function walk(sequences, n, visit, without_ends)
  local begin, mask = 0, (1 << 10 * (n - 1)) - 1
  for _ = 2, n do begin = begin << 10 | 1 end
  for _, s in ipairs(sequences) do
    local history = begin
    for i = 1, #s + (without_ends and 0 or 1) do
      local id = s[i] or 1
      visit(history, id)
      history = (history << 10 | id) & mask
    end
  end
end

local function counts(sequences, size, n)
  local self = setmetatable({ size = size, n = n, before = {}, after = {} }, Model)
  local before, after = self.before, self.after
  walk(sequences, n, function(history, id)
    for k = 0, n - 1 do
      local context = history & (1 << 10 * k) - 1
      local b, a = key(context, k), key(context << 10 | id, k)
      before[b], after[a] = (before[b] or 0) + 1, (after[a] or 0) + 1
    end
  end)
  return self
end

--- The n + 1 estimates that are mixed, into q, and the set of weights that mixes them.
function Model:estimates(history, id, q)
  q[1] = 1 / self.size
  local set, longest = 0, 0
  for k = 0, self.n - 1 do
    local context = history & (1 << 10 * k) - 1
    local seen = self.before[key(context, k)]
    q[k + 2] = seen and (self.after[key(context << 10 | id, k)] or 0) / seen or 0
    if seen then longest, set = k, seen end
  end
  local often = 0
  while set > 1 and often < 3 do set, often = set >> 2, often + 1 end
  return longest * 4 + often
end

--- The weights [0..n] of a set; where none were fitted, all estimates whose context was seen count alike.
function Model:weights(set)
  local l = self.sets[set]
  if l then return l end
  l = {}
  for k = 1, self.n + 1 do l[k] = k <= set // 4 + 2 and 1 / (set // 4 + 2) or 0 end
  self.sets[set] = l
  return l
end

function Model:fit(sequences)
  self.sets = {}
  for _ = 1, 30 do
    local part, q = {}, {}
    walk(sequences, self.n, function(history, id)
      local set = self:estimates(history, id, q)
      local l, sum, p = self:weights(set), 0, part[set]
      if not p then
        p = {}
        for k = 1, self.n + 1 do p[k] = k <= set // 4 + 2 and 0.05 or 0 end         -- none becomes 0
        part[set] = p
      end
      for k = 1, self.n + 1 do sum = sum + l[k] * q[k] end
      for k = 1, self.n + 1 do p[k] = p[k] + l[k] * q[k] / sum end
    end)
    for set, p in pairs(part) do
      local all, l = 0, {}
      for k = 1, self.n + 1 do all = all + p[k] end
      for k = 1, self.n + 1 do l[k] = p[k] / all end
      self.sets[set] = l
    end
  end
  return self
end

--- p(id | history): history packs the n - 1 ids before, ten bits each, the last in the lowest.
function Model:p(history, id)
  local q, p = {}, 0
  local l = self:weights(self:estimates(history, id, q))
  for k = 1, self.n + 1 do p = p + l[k] * q[k] end
  return p
end

--- Bits per element (each sequence's end counts as one, unless it is left out).
function Model:bits(sequences, without_ends)
  local sum, count = 0, 0
  walk(sequences, self.n, function(history, id)
    sum, count = sum - math.log(self:p(history, id), 2), count + 1
  end, without_ends)
  return sum / count
end

--- ngram(sequences, size, n): lists of ids 2..size, size < 1024, n from 1 to 5 (3) -> a model with :bits(sequences).
return function(sequences, size, n)
  n = n or 3
  local kept, back = {}, {}
  for i, s in ipairs(sequences) do
    if i % 10 == 0 or #sequences < 10 and i == #sequences then back[#back + 1] = s else kept[#kept + 1] = s end
  end
  if #kept == 0 then kept = back end
  local sets = counts(kept, size, n):fit(back).sets
  local model = counts(sequences, size, n)
  model.sets = sets
  return model
end
