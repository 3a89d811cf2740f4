--- ngram.lua: an interpolated trigram model of sequences of ids 1..size: a baseline for recurrent networks.
--   p(c | a, b) = l0 / size + l1 n(c) / n + l2 n(b, c) / n(b) + l3 n(a, b, c) / n(a, b)
-- The weights l are fitted by expectation-maximisation on held-back training sequences (Jelinek and Mercer 1980).
-- A sequence begins after two ids 1 and ends with the id 1.

local function count(t, key) t[key] = (t[key] or 0) + 1 end

local Model = {}
Model.__index = Model

local function counts(sequences, size)
  local self = setmetatable({ size = size, n = 0, seen = {} }, Model)
  for _, s in ipairs(sequences) do
    local a, b = 1, 1
    for i = 1, #s + 1 do
      local c = s[i] or 1
      self.n = self.n + 1
      count(self.seen, c)
      count(self.seen, size + b)                            -- how often b came before something
      count(self.seen, (b << 20) | (c << 40))
      count(self.seen, (a << 10) | (b << 20))
      count(self.seen, (a << 10) | (b << 20) | (c << 40))
      a, b = b, c
    end
  end
  return self
end

-- The four estimates that are mixed.
function Model:estimates(a, b, c)
  local seen = self.seen
  local before, pair = seen[self.size + b], seen[(a << 10) | (b << 20)]
  return 1 / self.size, (seen[c] or 0) / self.n, before and (seen[(b << 20) | (c << 40)] or 0) / before or 0,
    pair and (seen[(a << 10) | (b << 20) | (c << 40)] or 0) / pair or 0
end

local function walk(sequences, visit, without_ends)
  for _, s in ipairs(sequences) do
    local a, b = 1, 1
    for i = 1, #s + (without_ends and 0 or 1) do
      local c = s[i] or 1
      visit(a, b, c)
      a, b = b, c
    end
  end
end

function Model:fit(sequences)
  local l = { 0.25, 0.25, 0.25, 0.25 }
  for _ = 1, 30 do
    local part, n = { 0, 0, 0, 0 }, 0
    walk(sequences, function(a, b, c)
      local q = { self:estimates(a, b, c) }
      local p = l[1] * q[1] + l[2] * q[2] + l[3] * q[3] + l[4] * q[4]
      for k = 1, 4 do part[k] = part[k] + l[k] * q[k] / p end
      n = n + 1
    end)
    for k = 1, 4 do l[k] = part[k] / n end
  end
  return l
end

--- Bits per element (each sequence's end counts as one, unless it is left out).
function Model:bits(sequences, without_ends)
  local l, sum, n = self.weights, 0, 0
  walk(sequences, function(a, b, c)
    local q0, q1, q2, q3 = self:estimates(a, b, c)
    sum = sum - math.log(l[1] * q0 + l[2] * q1 + l[3] * q2 + l[4] * q3, 2)
    n = n + 1
  end, without_ends)
  return sum / n
end

--- ngram(sequences, size): lists of ids 2..size, size < 1024 -> a model with :bits(sequences).
return function(sequences, size)
  local kept, back = {}, {}
  for i, s in ipairs(sequences) do
    if i % 10 == 0 or #sequences < 10 and i == #sequences then back[#back + 1] = s else kept[#kept + 1] = s end
  end
  if #kept == 0 then kept = back end
  local weights = counts(kept, size):fit(back)
  local model = counts(sequences, size)
  model.weights = weights
  return model
end
