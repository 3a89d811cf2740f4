--- likeness.lua: how much invented names are like known ones, as clauses of a claim.  Names are lists of ids.
local likeness = {}

--- likeness.strange(model, invented, bits): how many bits per letter the model of n-grams needs more than for held-out
-- names.  Letters at random, names backwards, and what a network writes that forgets need many more.
function likeness.strange(model, invented, bits)
  return { "strange", model:bits(invented) - bits, below = 0.5 }
end

-- id -> the share of the names that end with it.
local function last_letters(names)
  local share = {}
  for _, name in ipairs(names) do
    local last = name[#name] or 1
    share[last] = (share[last] or 0) + 1 / #names
  end
  return share
end

--- likeness.ends(invented, known): half the sum of |share - share| over the letters that names end with: 0 where each
-- is as frequent, 1 where they have none in common.
function likeness.ends(invented, known)
  local p, q, sum = last_letters(invented), last_letters(known), 0
  for id, share in pairs(p) do sum = sum + math.abs(share - (q[id] or 0)) end
  for id, share in pairs(q) do sum = sum + (p[id] and 0 or share) end
  return { "ends", sum / 2, below = 0.3 }
end

--- likeness.twins(held, train): how many of the names held out are among those to learn from.
function likeness.twins(held, train)
  local known, n = {}, 0
  for _, name in ipairs(train) do known[table.concat(name, " ")] = true end
  for _, name in ipairs(held) do n = n + (known[table.concat(name, " ")] and 1 or 0) end
  return { "twins", n, below = 0 }
end

return likeness
