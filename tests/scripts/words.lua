--- Word vectors: the text they are learned from, skip-gram, analogies and bias against independent values, the shipped
-- vectors made again, and copies of debias_words that lack something.
local test = dofile "tests/check.lua"
local grammar = require "lib.grammar"
local skipgram = require "lib.skipgram"
local lookup = require "lib.lookup"
local vectors = require "lib.vectors"
local world = require "lib.world"
local course = require "lib.course_words"
local tsne = require "lib.tsne"
local run = require "vm.run"
local golden = dofile "tests/golden/words.lua"
local nightly = os.getenv "LUNETTE_NIGHTLY" ~= nil

-- The text

test("grammar: choices, lists, what is bound, patterns within patterns, blanks", function()
  local g = grammar({ fruit = "apple pear", deep = { "a {fruit}", "[the|the] {fruit}" } }, tensor.rng(1))
  local seen = {}
  for _ = 1, 200 do seen[g:say("{deep} [|and {w}]", { w = "more" })] = true end
  local n = 0
  for text in pairs(seen) do
    n = n + 1
    test.truth(text:find "^[at]h?e? ?%a+ ?%a* ?m?o?r?e?$" and not text:find "[%[%]{}|]" and not text:find "  ", text)
  end
  test.equal(n, 8, "all of them")
  test.fails("grammar: nothing is called 'nut' in: {nut}", g.say, g, "{nut}")
end)

test("grammar: each alternative as often as any, and the same with the same seed", function()
  local function draw(seed)
    local g, count = grammar({}, tensor.rng(seed)), { a = 0, b = 0, c = 0 }
    local text = {}
    for k = 1, 3000 do
      text[k] = g:say "[a|b|c]"
      count[text[k]] = count[text[k]] + 1
    end
    return table.concat(text), count
  end
  local first, count = draw(3)
  for _, n in pairs(count) do test.truth(math.abs(n - 1000) < 120, n .. " of 3000: that it is about a third") end
  test.equal(draw(3), first)
  test.truth(draw(4) ~= first, "that another seed gives other text")
end)

local sentences = world.text(test.sanitized and 3000 or 20000, tensor.rng(5))

test("world: held-out pairs never meet in a sentence, the others do", function()
  local inside = {}
  for k, s in ipairs(sentences) do
    for word in s:gmatch "%S+" do
      inside[word] = inside[word] or {}
      inside[word][k] = true
    end
  end
  local function meet(pair)
    for k in pairs(inside[pair[1]] or {}) do
      if pair[1] ~= pair[2] and (inside[pair[2]] or {})[k] then return sentences[k] end
    end
  end
  for name, kind in pairs(world.relations) do
    local met = 0
    for _, pair in ipairs(kind.known) do met = met + (meet(pair) and 1 or 0) end
    test.truth(met > 0, name .. ": that pairs not held out meet")
    for _, pair in ipairs(kind.held) do
      local where = meet(pair)
      test.truth(not where, ("%s and %s: that they do not meet: %s"):format(pair[1], pair[2], where))
    end
  end
end)

test("world: of jobs it tells he and she in the planted shares", function()
  local she, all = {}, {}
  for _, s in ipairs(sentences) do
    for job in s:gmatch "%S+" do
      local says = world.jobs[job] and (s:find "%f[%w]she%f[%W]" or s:find "%f[%w]her%f[%W]")
      local pronoun = says or s:find "%f[%w]he%f[%W]" or s:find "%f[%w]his%f[%W]"
      if world.jobs[job] and pronoun then
        all[job] = (all[job] or 0) + 1
        she[job] = (she[job] or 0) + (says and 1 or 0)
      end
    end
  end
  for job, share in pairs(world.jobs) do
    local n = all[job] or 0
    test.truth(n > (test.sanitized and 0 or 30), job .. ": told of")
    local far = 4 * math.sqrt(share * (1 - share) / n) + 1 / n
    test.truth(math.abs(she[job] / n - share) < far, ("%s: %.2f of %d, planted %.2f: that it fits"):format(job,
      she[job] / n, n, share))
  end
end)

-- Skip-gram

test("counts: 1 / distance within a sentence, both ways, none across", function()
  local words, index, f = skipgram.vocabulary { "a b a", "c a" }
  test.equal(table.concat(words, " "), "a b c")
  test.close(f, { 0.6, 0.2, 0.2 }, 1e-6)
  local X = skipgram.counts({ "a b a", "c a" }, index, 3, 8)
  test.close(X, { { 1, 2, 1 }, { 2, 0, 0 }, { 1, 0, 0 } }, 1e-6)
  test.close(skipgram.counts({ "a b a", "c a" }, index, 3, 1), { { 0, 2, 1 }, { 2, 0, 0 }, { 1, 0, 0 } }, 1e-6)
end)

test("the expected loss of skip-gram is NumPy's sum over all pairs", function()
  local X, both = skipgram.expected(golden.counts, golden.f, golden.skip, golden.negatives)
  test.close(skipgram.loss(golden.w, golden.c, X, both):view(1), golden.loss, 1e-9)
end)

test("skip-gram gives the same bits at any number of threads, another seed others", function()
  local function make(seed)
    local _, w = skipgram.words(world.text, { seed = seed, sentences = 600, steps = 6 })
    return w
  end
  local a = make(1)
  local before = lunette.threads and lunette.threads()
  if before then lunette.threads(before == 1 and 2 or 1) end
  local b = make(1)
  if before then lunette.threads(before) end
  test.same(a, b)
  test.truth(a:size(1) ~= make(2):size(1) or (a - make(2)):abs():max():item() > 0.01, "that seeds differ")
end)

-- Analogies

test("analogies: the largest cosine, the three given left out", function()
  local w = vectors.unit(tensor { { 1, 0, 0 }, { 1, 1, 0 }, { 0, 0, 1 }, { 0.1, 1, 1 }, { 0, 0.2, 1 },
    { 0.9, 0.8, 0 } })
  test.equal(vectors.analogies(w, { { 1, 2, 3, 4 } }), 1.0)
  test.equal(vectors.analogies(w, { { 1, 2, 3, 4 }, { 1, 2, 3, 5 } }), 0.5)
  test.equal(vectors.analogies(w, { { 1, 2, 3, 5 } }, false), 1.0, "the nearest to c alone")
  local index = { a = 1, b = 2, c = 3, d = 4 }
  local ask = vectors.questions(index, { { "a", "b" }, { "c", "d" }, { "x", "b" } })
  test.equal(#ask, 2)
  test.equal(table.concat(ask[1], " ") .. ", " .. table.concat(ask[2], " "), "1 2 3 4, 3 4 1 2")
end)

-- Bias.  The formulas stand in the script; it hands them out beside its claim.

test("debias_words: other vectors that cannot be measured are refused, by what they lack", function()
  local path = os.tmpname()
  local function refused(text, ...)
    test.write(path, text)
    test.fails_with({ "--data: " .. path, ... }, run.project, "debias_words", { viz = "off", data = path })
  end
  local function rows(words, numbers) return (words:gsub("(%S+) ?", "%1 " .. numbers .. "\n")) end
  refused("the 1 2 3\n", "2 pairs such as he, she", "found 0")
  refused(rows("he she man woman", "1"), "vectors of at least 2 numbers")
  refused(rows("he she man woman", "1 2"), "at least 2 words of men expected, found 0")
  local all = {}
  for job in pairs(world.jobs) do all[#all + 1] = job end
  table.sort(all)
  refused(rows("he she man woman king queen uncle aunt " .. table.concat(all, " "), "1 2"), "have the same vectors")
  for _, wrong in ipairs { "nan", "inf", "1e39" } do
    refused("he 1 2\nking 3 " .. wrong .. "\nshe 1 1\n", "'king', word 2, has numbers that are not finite")
  end
  refused(rows("he she man", "1 2"), "found 1")
  test.fails_with({ "--words means nothing without --data" }, run.project, "debias_words", { viz = "off", words = "5" })
  test.fails_with({ "found 0" }, run.project, "debias_words",
    { viz = "off", data = test.write(path, "the 1 2\n"), words = "400000" })
end)

test("look-ups: a sum that is 0 has no nearest words", function()
  local look_up = lookup({ "king", "queen", "man" }, { king = 1, queen = 2, man = 3 }, tensor.eye(3))
  for _, text in ipairs { "king - king", "+ + +", "" } do
    local printed, _, _, nearest = test.caught(look_up, text)
    test.equal(nearest, nil, text)
    local said = table.concat(printed, "\n")
    test.truth(said:find("a sum that is 0 has no direction", 1, true), said .. ": that it is said")
  end
  local _, _, _, nearest = test.caught(look_up, "king - man")
  test.equal(nearest, "queen")
end)

test("debias_words --out: the debiased vectors, which are read again", function()
  local out = os.tmpname() .. ".d"
  local _, _, ok, result = test.caught(run.project, "debias_words", { viz = "off", out = out })
  test.truth(ok, tostring(result) .. ": that it ran; it")
  local words, w = vectors.read("data", out .. "/debias_words.txt", 0)
  local before, W, index = vectors.shipped()
  test.equal(#words, #before)
  local row = w[index.nurse]
  test.close(row:norm():item(), 1, 1e-4)
  test.close(row:dot(w[index.she] - w[index.he]):item(), 0, 1e-4)
  local bias = vectors.unit(W)[index.nurse]:dot(W[index.she] - W[index.he]):item()
  test.truth(math.abs(bias) > 1e-2, bias .. ": that there was bias")
end)

local claim = run.project("debias_words", { quick = true, viz = "off" }).claim
local parts = claim.parts

test("WEAT: difference and effect size as NumPy's", function()
  local difference, d = parts.weat(golden.X, golden.Y, golden.A, golden.B)
  test.close(tensor({ difference, d }, { dtype = "f64" }), golden.weat, 1e-9)
end)

test("the direction, neutralising and equalising as NumPy's, and what they are for", function()
  local g, share = parts.direction(golden.first, golden.second)
  test.close(g, golden.g, 1e-8)
  test.close(tensor({ share }, { dtype = "f64" }), golden.share, 1e-8)
  local neutral = parts.neutralise(golden.X, golden.g)
  test.close(neutral, golden.neutral, 1e-9)
  test.close(neutral:mm(golden.g), { 0, 0, 0, 0 }, 1e-9)
  local a, b = parts.equalise(golden.first[1], golden.second[1], golden.g)
  test.close(tensor.stack { a, b, dim = 1 }, golden.equal, 1e-9)
  for k = 1, 4 do test.close(neutral[k]:dot(a):item(), neutral[k]:dot(b):item(), 1e-9) end
  test.close(a:norm():item(), 1, 1e-9)
end)

test("the course's own way to equalise, as NumPy's", function()
  local a, b = course.equalise(golden.raw[1], golden.raw[2], golden.raw[3])
  test.close(tensor.stack { a, b, dim = 1 }, golden.course, 1e-9)
end)

test("the course's figures are looked for in its own file only, and miss in another", function()
  local words, w = vectors.shipped()
  test.truth(not course.is(words, w), "that the shipped vectors are not taken for GloVe's")
  local all, place = {}, {}
  for _, word in ipairs { "father", "mother", "ball", "crocodile", "france", "paris", "rome", "italy", "italian",
    "spain", "spanish", "india", "delhi", "japan", "tokyo", "man", "woman", "boy", "girl", "small", "smaller", "large",
    "larger", "john", "marie", "sophie", "ronaldo", "priya", "rahul", "danielle", "reza", "katy", "yasmin", "lipstick",
    "guns", "science", "arts", "literature", "warrior", "doctor", "tree", "receptionist", "technology", "fashion",
    "teacher", "engineer", "pilot", "computer", "singer" } do
    all[#all + 1], place[word] = word, #all + 1
  end
  local other = tensor.randn(#all, 50, { rng = tensor.rng(1) })
  local lines, _, _, met, count = test.caught(course.check, all, other, place)
  test.equal(count, 38)
  test.truth(met <= 3 and #lines == count - met, met .. " met by chance: that they are few, the others printed")
end)

-- What is shipped

test("the shipped vectors: one for each word, small, and as good as the head of words.lua says", function()
  local words, w, index = vectors.shipped()
  test.shape(w, { #words, 50 })
  test.truth(#lunette.file "scripts/pretrain/words.safetensors" < 2e6, "that they take less than 2 MB")
  for k, word in ipairs(words) do test.equal(index[word], k) end
  local ask = {}
  for _, kind in pairs(world.relations) do
    for _, q in ipairs(vectors.questions(index, kind.held)) do ask[#ask + 1] = q end
  end
  local head = lunette.file "scripts/pretrain/words.lua"
  local share, count = head:match "(0%.%d+) of (%d+) are answered right"
  test.equal(#ask, math.tointeger(tonumber(count)))
  test.close(vectors.analogies(vectors.unit(w), ask), tonumber(share), 6e-4)
end)

if nightly then
  test("scripts/pretrain/words.lua makes them again", function()
    local folder = os.tmpname()
    os.remove(folder)
    assert(os.execute("mkdir " .. folder))
    local keep = arg
    arg = { folder }  -- luacheck: ignore 121
    test.caught(dofile, "scripts/pretrain/words.lua")
    arg = keep  -- luacheck: ignore 121
    local _, w = vectors.shipped()
    local again = assert(tensor.load(folder .. "/words.safetensors")).words
    local text = assert(io.open(folder .. "/words.txt")):read "a"
    test.equal(text, lunette.file "scripts/pretrain/words.txt")
    -- Bit for bit on one kind of processor; matrix products of another round differently.
    print("# largest difference " .. (again - w):abs():max():item())
    test.truth((vectors.unit(again) * vectors.unit(w)):sum(2):min():item() > 0.999, "that they are the same vectors")
    os.execute("rm -r " .. folder)
  end)
end

-- The map

test("t-SNE: neighbours in the space are neighbours on the map", function()
  local centres, rng = tensor.randn(4, 20, { rng = tensor.rng(2) }) * 3, tensor.rng(3)
  local class = tensor.arange(1, 60):to "i64" % 4 + 1
  local map = tsne(centres[class] + tensor.randn(60, 20, { rng = rng }), { steps = 200 })
  local d = (map:unsqueeze(2) - map:unsqueeze(1)):square():sum(3) + tensor.eye(60) * 1e9
  test.equal(class[d:argmin(2)]:eq(class):to "f32":mean():item(), 1.0)
  test.truth(map:std():item() > 1 and map:std():item() < 100, "a spread that can be drawn")
end)

-- Broken copies fall short

local function short(what, from, to, clause)
  test("debias_words " .. what .. " falls short", function()
    local result = test.broken("debias_words", from, to, { quick = true, viz = "off" })
    test.truth(not result.ok, "that it is short")
    local which = clause == "analogies" and result or nil
    for _, c in ipairs(result.also) do which = c.measure == clause and c or which end
    local own = clause == "analogies" and result.value >= result.target or clause ~= "analogies" and which.ok
    test.truth(not own, ("%s %.3f: that it is why"):format(clause, which.value))
  end)
end
short("without neutralising", "U * keep + neutralise(U, g) * (1 - keep)", "U * 1", "bias_left")
short("without equalising", "D[index[p[1]]], D[index[p[2]]] = equalise(U[index[p[1]]], U[index[p[2]]], g)", "",
  "unequal")
short("with he made she", "return moved(a), moved(b)", "return moved(a), moved(a)", "gender_kept")
short("without moving pairs apart", "return moved(a), moved(b)", "return n, n", "gender_kept")
short("with words of men and women neutralised", "if index[word] then keep[{ index[word], 1 }] = 1 end", "",
  "gender_kept")
short("along a direction of chance",
  "local g, share = direction(rows(U, column(defining, 1)), rows(U, column(defining, 2)))",
  "local g, share = vectors.unit(tensor.randn(U:size(2))), 0", "bias_left")
short("with shuffled vectors", "local U = is(", "W = W[tensor.randperm(#words)]\nlocal U = is(", "analogies")
short("with vectors of chance", "local U = is(", "W = tensor.randn(#words, 50)\nlocal U = is(", "analogies")
short("with everything but people lost", "neutralise(U, g) * (1 - keep)", "tensor.randn(#words, 50) * (1 - keep)",
  "similarity")

if not test.sanitized then
  test("vectors of a text whose words are shuffled answer no analogies", function()
    local shuffle = grammar({}, tensor.rng(1))
    local function text(n, rng)
      local list, all, at = world.text(n, rng), {}, 0
      for _, s in ipairs(list) do
        for word in s:gmatch "%S+" do all[#all + 1] = word end
      end
      shuffle:shuffle(all)
      for k, s in ipairs(list) do
        list[k] = s:gsub("%S+", function()
          at = at + 1
          return all[at]
        end)
      end
      return list
    end
    local _, w, index = skipgram.words(text, { seed = 1, sentences = 10000, steps = 60 })
    local right = vectors.analogies(vectors.unit(w), vectors.questions(index, world.relations.people.held))
    test.truth(right < 0.1, ("%.3f: that they answer none"):format(right))
  end)
end

test.done()
