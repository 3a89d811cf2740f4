--- decoding.lua: sequences out of a model that gives p(next | so far): greedy, drawn, or by beam search.
-- A model is a function ahead(prefixes) of i64 [B, t] -> log-probabilities [B, V] of the next id; rows are independent.
local sampling = require "lib.sampling"
local decoding = {}

--- The ids of each row before its first `stop`.
local function cut(rows, stop)
  for i, row in ipairs(rows) do
    local out = {}
    for t = 2, #row do                                     -- without the start
      if row[t] == stop then break end
      out[#out + 1] = row[t]
    end
    rows[i] = out
  end
  return rows
end

-- Writes on until every row has stopped or has `most` ids; choose(scores [B, V]) -> ids [B, 1].
local function write_on(ahead, n, start, stop, most, choose)
  local _ <close> = tensor.no_grad()
  local prefixes, ended = tensor.full(n, 1, start, { dtype = "i64" }), tensor.zeros(n, 1):to "bool"
  for _ = 1, most do
    local ids = choose(ahead(prefixes))
    prefixes, ended = tensor.cat({ prefixes, ids }, 2), ended | ids:eq(stop)
    if ended:to "f32":min():item() > 0 then break end
  end
  return cut(prefixes:totable(), stop)
end

--- decoding.greedy(ahead, n, start, stop, most) -> n lists of ids, the likeliest at each step.
function decoding.greedy(ahead, n, start, stop, most)
  return write_on(ahead, n, start, stop, most, function(scores) return scores:argmax(2):view(n, 1) end)
end

--- decoding.draw(ahead, n, start, stop, most, temperature, rng) -> n lists of ids, drawn from p sharpened by 1 / T.
function decoding.draw(ahead, n, start, stop, most, temperature, rng)
  return write_on(ahead, n, start, stop, most, function(scores)
    local ids = {}
    for i = 1, n do ids[i] = { (sampling.draw(scores[i], temperature, rng)) } end
    return tensor(ids, { dtype = "i64" })
  end)
end

-- The better one first; of equals the one that came first.
local function in_order(list)
  for k, h in ipairs(list) do h.at = k end
  table.sort(list, function(a, b)
    if a.score ~= b.score then return a.score > b.score end
    return a.at < b.at
  end)
end

-- Every way on from the hypotheses that are open, with its log-probability.
local function grow(ahead, open, stop, penalty)
  local ids = {}
  for i, h in ipairs(open) do ids[i] = h.ids end
  local log_p, grown = ahead(tensor(ids, { dtype = "i64" })):totable(), {}
  for i, h in ipairs(open) do
    for id, p in ipairs(log_p[i]) do
      local longer = table.move(h.ids, 1, #h.ids, 1, {})
      longer[#longer + 1] = id
      grown[#grown + 1] = { ids = longer, log_p = h.log_p + p, ended = id == stop,
        score = (h.log_p + p) / ((4 + #longer) / 6) ^ penalty }          -- of #longer - 1 ids
    end
  end
  in_order(grown)
  return grown
end

--- decoding.beam(ahead, width, start, stop, most, penalty) -> at most `width` hypotheses, the best first, each {ids =
-- without start and stop, log_p =, score =, ended =}.  A step keeps the `width` best of all ways on; what has ended
-- leaves the beam.  score = log p / ((5 + length) / 6)^penalty, with stop in the length (Wu et al. 2016,
-- arXiv:1609.08144); penalty 0: log p alone.
function decoding.beam(ahead, width, start, stop, most, penalty)
  local _ <close> = tensor.no_grad()
  local open, done = { { ids = { start }, log_p = 0 } }, {}
  for _ = 1, most do
    local kept = {}
    for k, h in ipairs(grow(ahead, open, stop, penalty or 0)) do
      if k > width then break end
      table.insert(h.ended and done or kept, h)
    end
    open = kept
    in_order(done)
    -- log p only falls: with penalty 0 no open hypothesis can overtake `width` that have ended and stand above it
    if #open == 0 or (penalty or 0) == 0 and done[width] and done[width].score >= open[1].score then break end
  end
  for _, h in ipairs(#done < width and open or {}) do done[#done + 1] = h end
  in_order(done)
  local out = {}
  for k = 1, math.min(width, #done) do
    local h = done[k]
    out[k] = { ids = cut({ h.ids }, stop)[1], log_p = h.log_p, score = h.score, ended = h.ended }
  end
  return out
end

return decoding
