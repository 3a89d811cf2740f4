--- Debiasing word vectors: what a direction means, and how to take it out.  Bolukbasi et al. 2016, arXiv:1607.06520
-- Claim: word vectors that answer at least 0.95 of held-out analogies lose at least four fifths of a planted bias by
-- neutralising and equalising, and still answer them, with all other similarities in place; both words of a pair end
-- equally near to every neutral word, and words of men and women stay apart.
-- Takes: 1 s (7 s with another seed than 1).
local opt = lunette.options {
  data = false,                -- other word vectors: a file of GloVe, word2vec or fastText
  word = "king - man + woman", -- what to look up at the end: a word, or a sum of words
  ask = false,                 -- true: a prompt to look up more
  words = 0,                   -- of a file, its first ones only; 0: all of them
  seed = 1,                    -- of the vectors: 1, those shipped; others are made as scripts/pretrain/words.lua does
  range = { words = { 0, 1e9 } }, needs = { words = "data" }, quick = {},
}
local vectors, world = require "lib.vectors", require "lib.world"
local course, tsne, lookup = require "lib.course_words", require "lib.tsne", require "lib.lookup"
local is = require "lib.shapes" ()     -- is(x, "m 4"): x must have this shape; a letter is one size everywhere

-- 1 Data --------------------------------------------------------------------------------------------------------------
-- Vectors learned by skip-gram (lib/skipgram.lua) from the text of a small world (lib/world.lua), in which nurses are
-- mostly she and engineers mostly he; pairs such as king and queen that are `held` never meet in a sentence of it.

local words, W, index
if opt.data then words, W, index = vectors.read("data", opt.data, opt.words)
elseif opt.seed ~= 1 then words, W, index = require "lib.skipgram".words(world.text, { seed = opt.seed })
else words, W, index = vectors.shipped() end
local U = is(vectors.unit(W), "V d")                                   -- rows of length 1
print(("%d words of %d numbers"):format(#words, W:size(2)))
local function refuse(why) lunette.option("data", error, why) end     -- of other vectors: what cannot be measured
if W:size(2) < 2 then refuse "vectors of at least 2 numbers expected" end

local function known(list)
  local out = {}
  for _, word in ipairs(list) do out[#out + 1] = index[word] and word end
  return out
end
local function known_pairs(list)
  local out = {}
  for _, p in ipairs(list) do out[#out + 1] = index[p[1]] and index[p[2]] and p or nil end
  return out
end

-- The paper's pairs that define the direction; the other words of men and women are kept to measure by.
local defining = known_pairs { { "he", "she" }, { "his", "her" }, { "man", "woman" }, { "himself", "herself" },
  { "son", "daughter" }, { "father", "mother" }, { "guy", "gal" }, { "boy", "girl" }, { "male", "female" },
  { "john", "mary" } }
local gendered, men, women = {}, {}, {}
for _, p in ipairs(defining) do gendered[p[1]], gendered[p[2]] = true, true end
for _, part in pairs(world.relations.people) do
  for _, p in ipairs(known_pairs(part)) do
    if not gendered[p[1]] then men[#men + 1], women[#women + 1] = p[1], p[2] end
  end
end
table.sort(men)
table.sort(women)
for _, list in ipairs { men, women, world.names.male, world.names.female } do
  for _, word in ipairs(list) do gendered[word] = true end
end
local jobs, his_jobs, her_jobs, planted = {}, {}, {}, {}
for job in pairs(world.jobs) do jobs[#jobs + 1] = index[job] and job end
table.sort(jobs)
for i, job in ipairs(jobs) do
  planted[i] = world.jobs[job]
  if world.jobs[job] < 0.3 then his_jobs[#his_jobs + 1] = job end
  if world.jobs[job] > 0.7 then her_jobs[#her_jobs + 1] = job end
end

if #defining < 2 then refuse(("2 pairs such as he, she and man, woman expected, found %d"):format(#defining)) end
for _, need in ipairs { { "words of men", men }, { "jobs of men", his_jobs }, { "jobs of women", her_jobs } } do
  if #need[2] < 2 then refuse(("at least 2 %s expected, found %d"):format(need[1], #need[2])) end
end

-- 2 Model -------------------------------------------------------------------------------------------------------------
-- The direction g: the first principal component of the defining pairs, each around its own middle,
--   C = sum_pairs sum_(w in pair) (w - m)(w - m)^T / 2,  g = the eigenvector of C with the largest eigenvalue.

local function rows(u, list) return u[vectors.ids(index, list)] end
local function column(pairs_, k)
  local list = {}
  for i, p in ipairs(pairs_) do list[i] = p[k] end
  return list
end

--- he, she: [pairs, d] -> g [d], which points to she, and the share of all eigenvalues that is its.
local function direction(he, she)
  local half = (she - he) / 2                                          -- from the middle of each pair to she
  local e, v = half:t():mm(half):eigh()                                -- eigenvalues rise
  local g = v[{ {}, -1 }]
  return half:sum(1):dot(g):item() < 0 and -g or g, e[-1] / e:sum():item()
end

--- Neutralise: w := (w - w_B) / |w - w_B|, with w_B = (w . g) g.  w [n, d].
local function neutralise(w, g) return vectors.unit(w - w:mm(g):unsqueeze(2) * g) end

--- Equalise a pair of length 1: the same outside g, and opposite along it.
--   m = (a + b) / 2,  n = m - m_B,  a := n + sqrt(1 - |n|^2) (a_B - m_B) / |a_B - m_B|, and b the same
local function equalise(a, b, g)
  local function along(v) return g * v:dot(g) end
  local m = (a + b) / 2
  local n = m - along(m)
  local function moved(w)
    local side = along(w) - along(m)
    return n + side * ((1 - n:dot(n)):abs():sqrt() / side:norm())
  end
  return moved(a), moved(b)
end

-- 3 Loss --------------------------------------------------------------------------------------------------------------
-- The word embedding association test, Caliskan, Bryson and Narayanan 2017, doi:10.1126/science.aal4230:
--   s(w) = mean_(a in A) cos(w, a) - mean_(b in B) cos(w, b)
--   difference = mean_(x in X) s(x) - mean_(y in Y) s(y);  effect d = difference / std_(w in X, Y) s(w), from -2 to 2
-- d is a ratio: where little is left it says how evenly, not how much; so the claim is about the difference.  What d
-- still shows is no mistake: Gonen and Goldberg 2019, arXiv:1903.03862, find the bias in the words' neighbours.

local function weat(x, y, a, b)
  local function s(w) return w:mm(a:t()):mean(2) - w:mm(b:t()):mean(2) end
  local sx, sy = s(x), s(y)
  local difference = sx:mean() - sy:mean()
  return difference:item(), (difference / tensor.cat { sx, sy, dim = 1 }:std { unbiased = false }):item()
end

local questions = {}
for _, kind in pairs(world.relations) do
  for _, q in ipairs(vectors.questions(index, kind.held)) do questions[#questions + 1] = q end
end

local function measure(u, g)
  local m = {}
  local function test(name, x, y, a, b)
    x, y, a, b = known(x), known(y), known(a), known(b)
    if #x > 1 and #y > 1 and #a > 1 and #b > 1 then
      local difference, d = weat(rows(u, x), rows(u, y), rows(u, a), rows(u, b))
      m[#m + 1] = { name = name, difference = difference, d = d }
    end
  end
  test("jobs", his_jobs, her_jobs, men, women)
  test("sciences, arts", world.spheres.science, world.spheres.arts, men, women)
  test("careers, homes", world.spheres.career, world.spheres.home, men, women)
  test("jobs by names", his_jobs, her_jobs, world.names.male, world.names.female)
  test("men, women themselves", men, women, column(defining, 1), column(defining, 2))
  m.along = rows(u, jobs):mm(g)
  m.analogies = vectors.analogies(u, questions)
  return m
end

--- What equalising is for: the largest | a . w - b . w | of a defining pair a, b and a neutral word w.
local function unequal(u, keep)
  local apart = rows(u, column(defining, 1)) - rows(u, column(defining, 2))
  return (u:mm(apart:t()) * (1 - keep)):abs():max():item()
end

--- Correlation of two vectors.
local function correlation(a, b)
  a, b = a - a:mean(), b - b:mean()
  return (a:dot(b) / (a:norm() * b:norm())):item()
end

-- 4 Show --------------------------------------------------------------------------------------------------------------

local MOST_SHOWN = 12                                      -- of a group: more names would lie on each other

local function show_map(u)
  local groups = { { "he", men }, { "she", women }, { "jobs", jobs }, { "countries", {} }, { "capitals", {} } }
  for _, part in pairs(world.relations.capitals) do
    for _, p in ipairs(known_pairs(part)) do
      table.insert(groups[4][2], p[1])
      table.insert(groups[5][2], p[2])
    end
  end
  local list, class, names = {}, {}, {}
  for k, group in ipairs(groups) do
    names[k] = group[1]
    local there = known(group[2])
    for i = 1, math.min(MOST_SHOWN, #there) do list[#list + 1], class[#class + 1] = there[i], k end
  end
  viz.scatter("map of words", tsne(rows(u, list)),
    { class = class, label = list, classes = names })
end

local function show_jobs(before, after)
  local xy, label, class = {}, {}, {}
  for k, m in ipairs { before, after } do
    for i, job in ipairs(jobs) do
      xy[#xy + 1], label[#label + 1], class[#class + 1] = { world.jobs[job], m.along[i] }, k == 1 and job or "", k
    end
  end
  viz.scatter("jobs: share of she in the text, and along she - he", xy,
    { class = class, label = label, classes = { "before", "after" } })
end

-- 5 Train, and the result ---------------------------------------------------------------------------------------------
-- Everything but the words of men and women is neutralised, the defining pairs are equalised.

local g, share = direction(rows(U, column(defining, 1)), rows(U, column(defining, 2)))
if share ~= share then refuse "he and she, and the other pairs, have the same vectors" end
print(("the direction holds %.2f of the spread of %d pairs"):format(share, #defining))
local before = measure(U, g)
local keep = tensor.zeros(#words, 1)
for word in pairs(gendered) do
  if index[word] then keep[{ index[word], 1 }] = 1 end
end
local D = U * keep + neutralise(U, g) * (1 - keep)
for _, p in ipairs(defining) do
  D[index[p[1]]], D[index[p[2]]] = equalise(U[index[p[1]]], U[index[p[2]]], g)
end
local after = measure(D, g)

print(("%-24s %10s %7s %10s %7s"):format("association", "before", "d", "after", "d"))
for k, m in ipairs(before) do
  print(("%-24s %10.4f %7.2f %10.4f %7.2f"):format(m.name, m.difference, m.d, after[k].difference, after[k].d))
end
print(("jobs along she - he, mean size: %.4f before, %.2g after"):format(before.along:abs():mean():item(),
  after.along:abs():mean():item()))
local left = unequal(D, keep)
print(("a neutral word, of one pair nearer to one: %.4f before, %.2g after, at most"):format(unequal(U, keep), left))
local nearest = vectors.analogies(U, questions, false)
print(("held-out analogies: %.3f before, %.3f after, of %d; by the nearest word alone %.3f"):format(before.analogies,
  after.analogies, #questions, nearest))

local chance, frequent = tensor.rng(opt.seed), math.min(#words, vectors.MOST)
local i, j = tensor.randint(1, frequent, 2, 4000, { rng = chance }):unbind(1)
local similarity = correlation((U[i] * U[j]):sum(2), (D[i] * D[j]):sum(2))
print(("similarities of 4000 pairs of words, before and after: correlation %.3f"):format(similarity))

show_map(D)
show_jobs(before, after)
local look_up = lookup(words, index, D)
look_up(opt.word)
while opt.ask do
  io.write "word> "
  local line = io.read()
  if not line or not line:find "%S" then break end       -- a blank line too, and the \r of another system
  look_up(line)
end

local claim = { measure = "analogies", analogies = after.analogies, above = opt.data and 0.2 or 0.95, nearest = nearest,
  also = { { "bias_left", after[1].difference / before[1].difference, below = opt.data and 0.5 or 0.3 },
    { "similarity", similarity, above = opt.data and 0.95 or 0.99 },
    { "unequal", left, below = 1e-4 },
    { "gender_kept", after[#after].difference / before[#before].difference, above = opt.data and 0.5 or 1.05 } } }
if not opt.data then
  table.insert(claim.also, { "planted", correlation(before.along, tensor(planted)), above = 0.95 })
end
if course.is(words, W) then
  local met, count = course.check(words, W, index)
  print(("%d of the course's %d figures are met to their last digit"):format(met, count))
  table.insert(claim.also, { "course", met / count, above = 1 })
end
if opt.out then vectors.write(opt.out .. "/debias_words.txt", words, D) end
claim.parts = { weat = weat, neutralise = neutralise, equalise = equalise, direction = direction }
return claim
