--- people_panels.lua: what face_verification shows: triplets, a map of people, distances, mistakes, somebody filmed.
local verify, tsne, people = require "lib.verify", require "lib.tsne", require "lib.people"
local panels = {}

--- panels.triplets(x, e, a, p, n): pictures u8 [b, h, h, 3], vectors [b, d] and rows of triplets: those that are worst.
function panels.triplets(x, e, a, p, n)
  local ap, an = verify.distances(e, a, p), verify.distances(e, a, n)
  local _, order = (ap - an):sort { descending = true }
  local rows, labels, count = {}, {}, a:numel()
  for k = 1, math.min(6, count) do
    local t = order[1 + (k - 1) * (count // 6)]                         -- the worst, and some that are not
    rows[k] = tensor.cat({ x[a[t]], x[p[t]], x[n[t]] }, 2)
    labels[k] = ("%.2f and %.2f"):format(ap[t], an[t])
  end
  viz.image("triplets: anchor, same, other", rows, { labels = labels })
end

--- panels.map(e, part, fine): the first 14 people of a part, by their two main directions or (fine) by t-SNE.
function panels.map(e, part, fine)
  local rows = part.ids:le(14):nonzero():reshape(-1)
  local v = e[rows]
  local u, s = (v - v:mean(1)):svd()
  local xy = fine and tsne(v, { perplexity = 8 }) or u[{ {}, { 1, 2 } }] * s[{ { 1, 2 } }]
  viz.scatter("people never seen before", xy, { class = part.ids[rows], thumb = part.x[rows] })
end

--- panels.distances(d [n], same [n], threshold): densities of the distances of the same and of different people.
function panels.distances(d, same, threshold)
  viz.clear "distances"
  local width, top = 0.05, 0
  for _, kind in ipairs { { "same", same }, { "different", ~same } } do
    local x = d[kind[2]]
    local counts = ((x / width):floor():to "i64":clamp(0, 39) + 1):bincount { minlength = 40 }
    for k = 1, 40 do
      local share = counts[k] / x:numel() / width
      top = math.max(top, share)
      viz.plot("distances/" .. kind[1], share, { step = (k - 0.5) * width })
    end
  end
  for k = 0, 1 do viz.plot("distances/threshold", k * top, { step = threshold + k * 1e-6 }) end
end

--- panels.mistakes(x, i, j, d, same, threshold) -> the pairs that are most wrong, side by side, in one picture.
function panels.mistakes(x, i, j, d, same, threshold)
  local wrong = (same:to "f32" * 2 - 1) * (d - threshold)
  local _, order = wrong:sort { descending = true }
  local rows, labels, shown = {}, {}, {}
  for k = 1, d:numel() do
    local t = order[k]
    local pair = ("%d %d"):format(math.min(i[t], j[t]), math.max(i[t], j[t]))
    if not shown[pair] then                                              -- pairs are drawn: some come twice
      rows[#rows + 1], shown[pair] = tensor.cat({ x[i[t]], x[j[t]] }, 2), true
      labels[#labels + 1] = ("%s: %.2f"):format(same[t] and "same" or "two", d[t])
    end
    if #rows == 8 then break end
  end
  viz.image("most wrong pairs", rows, { labels = labels })
  return tensor.cat(rows, 1)
end

--- panels.film(part, frames, size, rng): frames of some of the first people of a part and of strangers, for
-- seen.watch: a large picture, the one to look at, and the name that belongs to it (false: nobody's).
function panels.film(part, frames, size, rng)
  local cast = { 3, false, 8, false, 17 }
  for k, p in ipairs(cast) do cast[k] = p and math.min(p, part.who:size(1)) end
  local length, at, large, small = math.ceil(frames / #cast), 0, nil, nil
  return function()
    local k, f = at // length + 1, at % length + 1
    if at == frames then return nil end
    if f == 1 then
      large = people.film(cast[k] and part.who[cast[k]] or people.born(1, rng)[1], length, 3 * size, rng)
      small = data.image.resize(large, size, size)
    end
    at = at + 1
    return large[f], small[f], cast[k] and people.names[cast[k]]
  end
end

return panels
