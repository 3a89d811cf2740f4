--- verify.lua: how well vectors tell people apart: balanced pairs, the threshold, one-shot recognition.
-- Vectors e [m, d] with ids [m], the person of each, i64 from 1.  Distances are |a - b|, 0..2 for unit vectors.
local verify = {}

--- verify.by_person(ids) -> for each person the list of the rows that show them.
function verify.by_person(ids)
  local of = {}
  for i, p in ipairs(ids:totable()) do
    p = math.tointeger(p)
    of[p] = of[p] or {}
    table.insert(of[p], i)
  end
  for p = 1, ids:max():item() do of[p] = of[p] or {} end
  return of
end

-- Whole numbers 0 .. n - 1, one after the other.
local function dice(rng)
  local left = {}
  return function(n)
    if #left == 0 then left = tensor.rand { 512, rng = rng, dtype = "f64" }:totable() end
    return math.min(n - 1, math.floor(table.remove(left) * n))
  end
end

--- verify.pairs(ids, n, rng) -> i, j, i64 [2n], and whether they show one person, bool [2n]: n pairs of one person's
-- different pictures, then n pairs of two people.
function verify.pairs(ids, n, rng)
  local of, several, any, draw = verify.by_person(ids), {}, {}, dice(rng)
  for _, rows in ipairs(of) do
    if #rows > 1 then several[#several + 1] = rows end
    if #rows > 0 then any[#any + 1] = rows end
  end
  if #several == 0 or #any < 2 then lunette.raise "pairs: two people, one of them with two pictures, expected" end
  local i, j = {}, {}
  for k = 1, n do
    local rows = several[draw(#several) + 1]
    local first = draw(#rows)
    i[k], j[k] = rows[first + 1], rows[(first + 1 + draw(#rows - 1)) % #rows + 1]
    local one = draw(#any)
    local two = (one + 1 + draw(#any - 1)) % #any
    i[n + k], j[n + k] = any[one + 1][draw(#any[one + 1]) + 1], any[two + 1][draw(#any[two + 1]) + 1]
  end
  return tensor(i):to "i64", tensor(j):to "i64", tensor.arange(2 * n):le(n)
end

--- verify.distances(e, i, j) -> |e_i - e_j|, [m].
function verify.distances(e, i, j) return (e[i] - e[j]):square():sum(2):sqrt() end

--- verify.threshold(d, same) -> the distance under which pairs are taken for one person with the fewest mistakes,
-- midway between two distances, and the share that it gets right.
function verify.threshold(d, same)
  local sorted, order = d:sort()
  local is = same[order]:to "f64"
  local n, positives = d:numel(), is:sum():item()
  -- The first k are taken for one person: right are the same among them and the others among the rest.
  local right = is:cumsum(1) * 2 - tensor.arange(n):to "f64" + (n - positives)
  local most, at = right:max(1)
  local k = at:item()
  if most:item() < n - positives then return sorted[1] / 2, (n - positives) / n end     -- nobody
  return k == n and sorted[n] * 1.01 or (sorted[k] + sorted[k + 1]) / 2, most:item() / n
end

--- verify.accuracy(d, same, threshold) -> the share of pairs that d < threshold gets right.
function verify.accuracy(d, same, threshold) return d:lt(threshold):eq(same):to "f32":mean():item() end

--- verify.at_far(d, same, far) -> the greatest distance under which at most a share `far` of the pairs of different
-- people lies (false accepts), and the share of the same that do (FaceNet's VAL at FAR).
function verify.at_far(d, same, far)
  local others = d[~same]:sort()
  local threshold = others[math.floor(others:numel() * far) + 1]
  return threshold, d[same]:lt(threshold):to "f32":mean():item()
end

--- verify.nearest(known [n, d], e [m, d]) -> the row of `known` nearest to each of e, i64 [m], and how far, [m].
function verify.nearest(known, e)
  local square = e:square():sum(2):unsqueeze(2) + known:square():sum(2):unsqueeze(1) - 2 * e:mm(known:t())
  local least, at = square:min(2)
  return at, least:clamp(0, math.huge):sqrt()
end

--- verify.one_shot(e, ids, {among=20, rounds=30, rng=}) -> the share of pictures whose nearest among one picture of
-- each of `among` people is of the same person, and among how many that was: of the people with two pictures and more,
-- when these are fewer; other people and pictures each round.
function verify.one_shot(e, ids, opt)
  local several = {}
  for _, rows in ipairs(verify.by_person(ids)) do
    if #rows > 1 then several[#several + 1] = rows end
  end
  local among, draw, right, asked = math.min(opt.among or 20, #several), dice(opt.rng), 0, 0
  for _ = 1, opt.rounds or 30 do
    local known, probes, truth = {}, {}, {}
    for k = 1, among do
      local other = k + draw(#several - k + 1)
      several[k], several[other] = several[other], several[k]
      local shown = draw(#several[k]) + 1
      for r, row in ipairs(several[k]) do
        if r == shown then known[k] = row else probes[#probes + 1], truth[#truth + 1] = row, k end
      end
    end
    local at = verify.nearest(e[tensor(known):to "i64"], e[tensor(probes):to "i64"])
    right, asked = right + at:eq(tensor(truth):to "i64"):to "i64":sum():item(), asked + #probes
  end
  return right / asked, among
end

return verify
