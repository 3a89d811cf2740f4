--- face_verification: drawn people, triplets and their loss against NumPy and PyTorch, folders in LFW's layout, saved
-- weights, video, the count of parameters; broken copies fall short.
local test = dofile "tests/check.lua"
local run = require "vm.run"
local people, verify, files = require "lib.people", require "lib.verify", require "lib.people_files"
local golden = dofile "tests/golden/faces.lua"
-- Minutes of ops that others run under the sanitizers.
local heavy = test.sanitized and function() end or test

local function tensor_of(g) return tensor(g[1], { dtype = g.dtype }):reshape(g.shape) end
local root = os.tmpname()
os.remove(root)

-- --- drawn people ---------------------------------------------------------------------------------------------------

test("people: the same seed draws the same pixels, another seed other people", function()
  local x, ids, who = people.album(3, 4, 32, tensor.rng(5))
  local again, same_ids, same_who = people.album(3, 4, 32, tensor.rng(5))
  test.shape(x, { 12, 32, 32, 3 })
  test.dtype(x, "u8")
  test.same(ids, { 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3 })
  test.truth(x == again and ids == same_ids and who == same_who, "that seeds repeat")
  local _, _, others = people.album(3, 4, 32, tensor.rng(6))
  test.truth((who - others):abs():min():item() > 0, "that streams share no trait of anybody")
end)

test("people: pictures come from who and when alone, however many are drawn together", function()
  local who, when = people.born(5, tensor.rng(1)), people.moments(5, tensor.rng(2))
  local quiet = when:clone()
  for k, c in ipairs(people.circumstances) do
    if c[1] == "grain" then quiet[{ {}, k }] = -c[2] / (c[3] - c[2]) end           -- no grain: no chance
  end
  local together = people.paint(who, quiet, 32, tensor.rng(3)):to "f32"
  for i = 1, 5 do
    local alone = people.paint(who[{ { i, i } }], quiet[{ { i, i } }], 32, tensor.rng(4)):to "f32"
    test.truth((alone[1] - together[i]):abs():max():item() <= 1, "picture " .. i .. ": that it is drawn the same alone")
  end
end)

test("people: every trait and every circumstance is seen", function()
  local n = 24
  for part, list in pairs { traits = people.traits, circumstances = people.circumstances } do
    for k, c in ipairs(list) do
      local who, when = people.born(n, tensor.rng(7)), people.moments(n, tensor.rng(8))
      local before = people.paint(who, when, 48, tensor.rng(9)):to "f32"
      local rows = part == "traits" and who or when
      rows[{ {}, k }] = (rows[{ {}, k }] + 0.5) % 1
      local after = people.paint(who, when, 48, tensor.rng(9)):to "f32"
      test.truth((after - before):abs():gt(8):to "f32":sum():item() > 0, part .. " " .. c[1] .. ": that it is seen")
    end
  end
end)

test("people: no trait is drawn from a circumstance, and none is constant", function()
  local who, when = people.born(4000, tensor.rng(1)), people.moments(4000, tensor.rng(1))
  test.equal(who:size(2), #people.traits)
  test.equal(when:size(2), #people.circumstances)
  for _, rows in ipairs { who, when } do
    test.truth((rows:mean(1) - 0.5):abs():max():item() < 0.03 and (rows:std(1) - 0.2887):abs():max():item() < 0.02,
      "that all numbers are spread over 0..1")
  end
end)

test("people: a film moves the head and keeps what is worn", function()
  local film = people.film(people.born(1, tensor.rng(3))[1], 6, 32, tensor.rng(4)):to "f32"
  test.shape(film, { 6, 32, 32, 3 })
  for f = 2, 6 do
    local moved = (film[f] - film[f - 1]):abs():mean():item()
    test.truth(moved > 0.5 and moved < 40, ("frame %d: mean change %.1f: that it moves, but not all"):format(f, moved))
  end
end)

-- --- pairs, thresholds, recognition ---------------------------------------------------------------------------------

test("pairs: balanced, of different pictures, as they say", function()
  local ids = tensor { 1, 1, 1, 2, 2, 3, 4, 4, 4, 4 }:to "i64"
  local i, j, same = verify.pairs(ids, 400, tensor.rng(2))
  test.equal(same:to "i64":sum():item(), 400)
  test.truth(ids[i]:eq(ids[j]) == same, "that they say who is the same")
  test.truth(i:ne(j):all(), "that no picture is compared with itself")
  for k = 1, 10 do test.truth(i:eq(k):any() or j:eq(k):any(), "picture " .. k .. ": that it is asked") end
  local i2 = verify.pairs(ids, 400, tensor.rng(2))
  test.truth(i == i2, "that seeds repeat")
  test.fails_with({ "two pictures" }, verify.pairs, tensor { 1, 2, 3 }:to "i64", 5, tensor.rng(1))
end)

test("the threshold makes as few mistakes as NumPy's best of all", function()
  local d, same = tensor_of(golden.distances), tensor_of(golden.same):gt(0)
  local threshold, right = verify.threshold(d, same)
  test.close(right, golden.best, 1e-9)
  test.close(verify.accuracy(d, same, threshold), golden.best, 1e-6)
  for _, case in ipairs { { { 0.1, 0.2 }, { 1, 1 } }, { { 0.1, 0.2 }, { 0, 0 } }, { { 0.2, 0.1 }, { 1, 0 } } } do
    local t, share = verify.threshold(tensor(case[1]), tensor(case[2]):gt(0))
    test.close(verify.accuracy(tensor(case[1]), tensor(case[2]):gt(0), t), share, 1e-6)
  end
end)

test("at a share of false accepts: so many of the others lie below, and the rate of the same is counted", function()
  local d, same = tensor_of(golden.distances), tensor_of(golden.same):gt(0)
  for _, far in ipairs { 0, 0.05, 0.2 } do
    local threshold, rate = verify.at_far(d, same, far)
    test.equal(d[~same]:lt(threshold):to "i64":sum():item(), math.floor(60 * far))
    test.close(d[same]:lt(threshold):to "f32":mean():item(), rate, 1e-6)
  end
end)

test("one-shot recognition: vectors that tell are all found, others by chance", function()
  local ids = tensor.arange(200) % 25 + 1
  local sure = ids:one_hot(25):to "f32" + tensor.randn { 200, 25, rng = tensor.rng(1) } * 0.05
  test.equal(verify.one_shot(sure, ids, { among = 20, rounds = 10, rng = tensor.rng(2) }), 1.0)
  local chance = verify.one_shot(tensor.randn { 200, 25, rng = tensor.rng(3) }, ids, { among = 20, rounds = 60,
    rng = tensor.rng(2) })
  test.truth(math.abs(chance - 0.05) < 0.015, ("%.3f of one in twenty: that it is chance"):format(chance))
  local function among(n) return (select(2, verify.one_shot(sure, n, { rounds = 1, rng = tensor.rng(2) }))) end
  test.equal(among(ids), 20)
  test.equal(among(tensor.arange(200):to "i64" % 4 + 1), 4)
  test.equal(among(tensor.cat { tensor.ones(150):to "i64", tensor.arange(2, 51):to "i64" }), 1)   -- the rest are once
end)

-- --- the script -----------------------------------------------------------------------------------------------------

local claim, trained
heavy("--quick reaches its claim; linear model and nearest pixels are printed beside it", function()
  root = root .. ".d"
  local said, _, ok, result = test.caught(run.project, "face_verification", { quick = true, viz = "off",
    out = root .. "/out" })
  test.truth(ok, tostring(result))
  test.truth(result.ok, ("accuracy %.3f: that the claim"):format(result.value))
  claim, trained = result.claim, table.concat(said, "\n")
  test.truth(trained:find "\nlinear +[%d.]+" and trained:find "\nnearest pixels +[%d.]+", "the baselines")
  for _, name in ipairs { "safetensors", "csv", "png" } do
    test.truth(lunette.modified(root .. "/out/face_verification." .. name), name .. " in --out")
  end
end)

if claim then
  for k, case in ipairs(golden.cases) do
    test(("triplets of case %d agree with NumPy, loss and gradient with PyTorch"):format(k), function()
      local e, ids = tensor_of(case.e), tensor_of(case.ids)
      local a, p, n = claim.semi_hard(e, ids)
      test.same(tensor.stack({ a, p, n }, 2), tensor_of(case.triplets))
      e:requires_grad()
      local loss = claim.triplet_loss(e, a, p, n)
      test.close(loss:item(), case.loss, 1e-9)
      loss:backward()
      test.close(e.grad, tensor_of(case.gradient), 1e-9)
      test.close(nn.triplet(e[a], e[p], e[n], { margin = 0.2 }):item(), case.loss, 1e-9)
      test.truth(tensor.gradcheck(function(v) return claim.triplet_loss(nn.normalize(v), a, p, n) end, e:detach()),
        "that the gradient agrees with differences")
    end)
  end

  test("vectors have length 1", function()
    local e = tensor.no_grad(claim.net, tensor.rand(3, 32, 32, 3))
    test.close(e:square():sum(2), { 1, 1, 1 }, 1e-5)
  end)

  test("--weights verifies with the saved weights and threshold, without training", function()
    local said, _, ok, result = test.caught(run.project, "face_verification", { quick = true, viz = "off", frames = "0",
      weights = root .. "/out/face_verification.safetensors" })
    test.truth(ok, tostring(result))
    local text = table.concat(said, "\n")
    test.truth(not text:find("step", 1, true), "no training")
    test.equal(text:match "\nnetwork [^\n]*", trained:match "\nnetwork [^\n]*")
    test.fails_with({ "--weights", "/no/such" }, run.project, "face_verification", { quick = true, viz = "off",
      weights = "/no/such.safetensors" })
    test.truth(text:find("not trained with --weights", 1, true) and not text:find "\nlinear +%d", "no linear model")
    local path = root .. "/out/face_verification.safetensors"
    local function refused(options, ...)
      options.viz, options.weights = "off", options.weights or path
      test.fails_with({ "--weights: " .. options.weights, ... }, run.project, "face_verification", options)
    end
    refused({ size = "31" }, "has been learnt with --size 32, got --size 31")           -- its layers would fit
    refused({ net = "inception" }, "has been learnt with --net small, got --net inception")
    refused({ weights = "scripts/lib/date_translation.safetensors" }, "what face_verification --out saved expected")
    local without, _, fine, whole = test.caught(run.project, "face_verification", { viz = "off", frames = "0",
      weights = path, quick = true, size = "32" })
    test.truth(fine, tostring(whole))
    test.truth(table.concat(without, "\n"):find("small: ", 1, true), "that the size of the file may be said")
  end)
end

-- --- LFW's layout ---------------------------------------------------------------------------------------------------

-- n people with `each` pictures (a function of the person), 40 x 40 in frames of odd sizes.
local function lfw(folder, n, each)
  local who = people.born(n, tensor.rng(20))
  for p = 1, n do
    local name, m = ("Person_%02d"):format(p), each(p)
    assert(lunette.mkdir(("%s/%s/%s"):format(root, folder, name)))
    local x = people.paint(who[{ { p, p } }]:expand(m, who:size(2)), people.moments(m, tensor.rng(20 + p)), 40,
      tensor.rng(p))
    for k = 1, m do
      local wide = tensor.full({ 40 + p % 3, 40 + 7 * (k % 2), 3 }, 90):to "u8"
      wide[{ { 1, 40 }, { 1, 40 } }] = x[k]
      assert(data.image.save(("%s/%s/%s/%s_%04d.jpg"):format(root, folder, name, name, k), wide))
    end
  end
end

test("LFW's layout: people of the parts are disjoint, those with one picture help in training alone", function()
  lfw("lfw", 24, function(p) return p <= 4 and 1 or 3 end)
  local x, ids, names = files.read(root .. "/lfw", 32, 1)
  test.shape(x, { 4 + 20 * 3, 32, 32, 3 })
  test.equal(#names, 24)
  local parts, seen, total = files.split(x, ids, names), {}, 0
  for _, part in ipairs { parts.train, parts.val, parts.test } do
    test.equal(part.ids:max():item(), #part.names)
    total = total + part.x:size(1)
    for _, name in ipairs(part.names) do
      test.truth(not seen[name], name .. ": that nobody is in two parts")
      seen[name] = true
    end
  end
  test.equal(total, 64)
  test.equal(parts.single, 4)
  for _, part in ipairs { parts.val, parts.test } do
    for _, rows in ipairs(verify.by_person(part.ids)) do test.equal(#rows, 3) end
  end
  local inner = files.read(root, 32, 1)                                  -- lfw/lfw: the folder within a folder
  test.truth(inner:size(1) > 0, "pictures")
end)

test("somebody who is held out and, under another name, learnt from is told", function()
  lfw("namesakes", 12, function() return 2 end)
  for p = 1, 12 do
    os.execute(("cp -r '%s/namesakes/Person_%02d' '%s/namesakes/Also_%02d'"):format(root, p, root, p))
  end
  local lines, _, _, train, _, held = test.caught(files.parts, root .. "/namesakes", 32, 1)
  local said = table.concat(lines, "\n")
  test.truth(said:find "%d+ people to learn from are held out under another name: left out", said)
  local learnt = {}
  for _, name in ipairs(train.names) do learnt[name:match "%d+"] = true end
  for _, name in ipairs(held.names) do test.truth(not learnt[name:match "%d+"], name .. " is learnt from") end
  test.equal(train.ids:max():item(), #train.names)
  local marks = require "lib.by_heart".marks(held.x[held.ids:eq(1)])       -- one person is known to a file of weights
  local before = { marks = marks, file = "--weights w" }
  lines, _, _, _, _, held = test.caught(files.parts, root .. "/namesakes", 32, 1, nil, before)
  said = table.concat(lines, "\n")
  test.truth(said:find("people held out are among those that --weights w has learnt from: left out", 1, true), said)
  test.equal(#require "lib.by_heart".rows(marks, require "lib.by_heart".marks(held.x)), held.x:size(1))
  before.marks = require "lib.by_heart".marks(files.read(root .. "/namesakes", 32, 1))
  test.fails_with({ "3 of others expected, found 0" }, files.parts, root .. "/namesakes", 32, 1, nil, before)
end)

heavy("face_verification learns from a folder of that layout, and enrols one", function()
  local said, _, ok, result = test.caught(run.project, "face_verification", { quick = true, viz = "off", steps = "40",
    data = root .. "/lfw", linear = "20" })
  test.truth(ok, tostring(result))
  local own = result.claim
  test.truth(own.accuracy > 0.5, ("%.3f: that it is above chance"):format(own.accuracy))
  test.equal(own.measure, "gain")                                    -- of a set of one's own
  test.equal(result.value, own.accuracy - math.max(own.linear, own.nearest, 0.5))
  test.equal(result.also[1].measure, "one_shot_gain")
  test.truth(table.concat(said, "\n"):find("4 people with one picture", 1, true), "that single pictures are told")
end)

-- --- LFW's pairs ----------------------------------------------------------------------------------------------------

local listed = require "lib.people_pairs"
-- People 5 to 9 of the folder, three pictures each: a fold has two pairs of one person, then two of two.
local two_folds = { "2\t2", "Person_05\t1\t2", "Person_06\t2\t3", "Person_05\t1\tPerson_06\t1",
  "Person_07\t1\tPerson_08\t3", "Person_07\t1\t3", "Person_09\t1\t2", "Person_09\t1\tPerson_05\t2",
  "Person_08\t1\tPerson_09\t3" }

test("LFW's pairs.txt: its people are the test, its rows the pairs; copies without parts of it", function()
  local x, ids, names, paths = files.read(root .. "/lfw", 32, 1)
  local function read(lines, ends) return listed.read(test.write(root .. "/pairs.txt", table.concat(lines, ends or "\n")
    .. "\n"), ids, names, paths) end
  local l = read(two_folds)
  test.equal(l.folds, 2)
  test.same(l.same, tensor { 1, 1, 0, 0, 1, 1, 0, 0 }:gt(0))
  test.same(l.fold, tensor { 1, 1, 1, 1, 2, 2, 2, 2 }:to "i64")
  for k, want in ipairs { "05_0001 05_0002", "06_0002 06_0003", "05_0001 06_0001", "07_0001 08_0003" } do
    local a, b = want:match "(%S+) (%S+)"
    test.truth(paths[l.i[k]]:find("Person_" .. a .. ".jpg", 1, true) and paths[l.j[k]]:find("Person_" .. b .. ".jpg", 1,
      true), paths[l.i[k]] .. " and " .. paths[l.j[k]] .. ": that pair " .. k)
  end
  local before = { l.i, l.j }
  local parts = files.split(x, ids, names, l)
  test.equal(#parts.test.names, 5)
  for _, part in ipairs { parts.train, parts.val } do
    for _, name in ipairs(part.names) do
      local n = tonumber(name:match "%d+")
      test.truth(n < 5 or n > 9, name .. ": that nobody who is asked about helps to learn")
    end
  end
  for k, rows in ipairs { l.i, l.j } do test.same(parts.test.x[rows], x[before[k]]) end
  local dos = read(two_folds, "\r\n")
  test.same(dos.i, before[1])
  local plain = read(table.move(two_folds, 2, 9, 1, {}))                -- no first line: one fold
  test.equal(plain.folds, 1)
  test.same(plain.j, before[2])
  local words = {}
  for k, line in ipairs(two_folds) do words[k] = line:gsub("\t", "  ") end
  test.same(read(words).i, before[1])
  local ones
  test.caught(function() ones = read { "2 1", "Person_05 1 2", "Person_06 1 3" } end)
  test.same(ones.same, tensor { 1, 1, 0, 0 }:gt(0))
  test.same(ones.fold, tensor { 1, 2, 1, 2 }:to "i64")
  test.truth(ids[ones.i[3]] ~= ids[ones.j[3]], "two people in what is added")
end)

test("the protocol: a fold at the threshold of the others", function()
  -- Fold 1 is told apart at 1, fold 2 at 2: at the other's threshold each gets three of four.
  local d = tensor { 0.5, 0.8, 1.2, 1.4, 1.5, 1.8, 2.2, 2.4 }
  local l = { fold = tensor { 1, 1, 1, 1, 2, 2, 2, 2 }:to "i64", folds = 2,
    same = tensor { 1, 1, 0, 0, 1, 1, 0, 0 }:gt(0) }
  test.close(tensor { listed.judge(l, d) }, { 0.5, 0 }, 1e-6)           -- 1.2, 1.4 below 2; 1.5, 1.8 above 1
  l.folds, l.fold = 1, tensor.ones(8):to "i64"
  test.close(tensor { listed.judge(l, d) }, { 0.75, 0 }, 1e-6)
  l.folds, l.fold = 2, tensor { 1, 2, 1, 2, 1, 2, 1, 2 }:to "i64"
  local mean, err = listed.judge(l, tensor { 0.1, 0.1, 0.9, 0.9, 0.2, 0.6, 0.8, 0.8 })
  test.close(tensor { mean, err }, { 0.875, 0.125 }, 1e-6)             -- 1 and 0.75: 0.6 is above 0.5
end)

test("what is wrong with a list of pairs is named with its line", function()
  local _, ids, names, paths = files.read(root .. "/lfw", 32, 1)
  local path = root .. "/pairs.txt"
  local function refused(text, ...)
    test.fails_with({ "--pairs: " .. path, ... }, listed.read, test.write(path, text), ids, names, paths)
  end
  refused("Person_05 1 2\nNobody 1 2\n", "line 2: nobody of the name 'Nobody' in --data")
  refused("Person_05 1 4\n", "line 1: Person_05 has 3 pictures, not a picture 4")
  refused("Person_05 1 0\n", "not a picture 0")
  refused("Person_05 one 2\n", "the number of a picture expected, found 'one'")
  refused("Person_05 2 2\n", "two pictures expected, found one twice")
  refused("a b c d e\n", "'name i j' or 'name i name j' expected, found 'a b c d e'")
  refused("", "expected in its lines, found none")
  refused("10 300\nPerson_05 1 2\n", "10 times 300 pairs of each kind, found 1 and 0")
  refused("Person_05 1 Person_06 2\n", "pairs of one person expected")
  refused("0 1\nPerson_05 1 2\n", "'10 300' expected, found '0 1'")
  refused("1 1\nPerson_05 1 2\n", "pairs of two people, or of more than one, expected")
  test.fails_with({ "--pairs: /no/such" }, listed.read, "/no/such", ids, names, paths)
  test.fails_with({ "--pairs: " .. root, "found a folder" }, listed.read, root, ids, names, paths)
  test.fails_with({ "--pairs means nothing without --data" }, run.project, "face_verification", { pairs = path,
    viz = "off" })
end)

heavy("face_verification is judged by a list of pairs", function()
  local said, _, ok, why = test.caught(run.project, "face_verification", { quick = true, viz = "off", steps = "20",
    data = root .. "/lfw", linear = "1", pairs = test.write(root .. "/pairs.txt", table.concat(two_folds, "\n")) })
  test.truth(ok, tostring(why))
  local text = table.concat(said, "\n")
  test.truth(text:find "8 pairs of %-%-pairs, each of 2 folds at the threshold of the rest: %d%.%d+ %+%- ", text)
  test.truth(text:find("found among 5 ", 1, true), "that there are five people: " .. text)
  local one = table.concat((test.caught(listed.tell, { folds = 1, fold = tensor { 1, 1, dtype = "i64" },
    same = tensor({ 1, 0 }):gt(0) }, tensor { 0.1, 0.9 })))
  test.equal(one, "2 pairs of --pairs, one fold, at its own best threshold (there is no other): 1.0000 right")
  test.truth(text:find(" 5 for the test;", 1, true), text)
end)

test("batches: P people with K pictures, all there is of those who have fewer, few with one alone", function()
  local ids, x = {}, {}
  for p = 1, 30 do
    for _ = 1, p <= 10 and 1 or p <= 20 and 2 or 5 do
      ids[#ids + 1], x[#x + 1] = p, tensor.full({ 1, 24, 24, 3 }, 8 * p):to "u8"
    end
  end
  local batch = require "lib.people_batches" ({ x = tensor.cat(x, 1), ids = tensor(ids):to "i64" }, 8, 3)
  for _ = 1, 20 do
    local pictures, who = batch()
    local counts = who:bincount { minlength = 30 }
    test.equal(counts:gt(0):to "i64":sum():item(), 8)
    test.equal(counts["1:10"]:sum():item(), 2)
    for p = 1, 30 do
      local n = counts[p]
      test.truth(n == 0 or n == (p <= 10 and 1 or p <= 20 and 2 or 3), ("person %d: %d pictures"):format(p, n))
    end
    test.same(pictures["..., 12, 12, 1"]:to "i64", who * 8)
  end
  test.fails_with({ "--P and --K" }, require "lib.people_batches", { x = tensor.cat(x, 1),
    ids = tensor(ids):to "i64" }, 8, 1)
end)

test("a folder of exactly one person is that person, not a folder of people", function()
  lfw("alone", 1, function() return 3 end)
  local x, ids, names = files.read(root .. "/alone", 32, 1, "--enrol")
  test.equal(x:size(1), 3)
  test.same(ids, tensor { 1, 1, 1 }:to "i64")
  test.truth(#names == 1 and names[1]:find "^Person", tostring(names[1]))
  test.fails_with({ "--data: at least 8 people with two pictures or more expected, found 1" }, function()
    files.parts(root .. "/alone", 32, 1)
  end)
end)

test("the most wrong pairs are shown once each, whichever picture comes first", function()
  local panels = require "lib.people_panels"
  local x = tensor.zeros { 4, 8, 8, 3, dtype = "u8" }
  local i, j = tensor { 1, 2, 1, 3, 1 }:to "i64", tensor { 2, 1, 2, 4, 3 }:to "i64"
  local d, same = tensor { 1.5, 1.5, 1.5, 0.2, 0.4 }, tensor { 1, 1, 1, 0, 0 }:gt(0)
  test.shape(panels.mistakes(x, i, j, d, same, 1), { 3 * 8, 16, 3 })
end)

test("a film of any length has as many frames", function()
  local panels = require "lib.people_panels"
  for _, frames in ipairs { 1, 3, 4, 5, 7, 12 } do
    local n = 0
    for large, small in panels.film({ who = people.born(3, tensor.rng(1)) }, frames, 16, tensor.rng(2)) do
      test.shape(small, { 16, 16, 3 })
      test.shape(large, { 48, 48, 3 })
      n = n + 1
    end
    test.equal(n, frames)
  end
end)

test("what has no meaning, and one person or picture to learn from, are refused", function()
  local function refused(options, ...)
    options.viz = "off"
    test.fails_with({ ... }, run.project, "face_verification", options)
  end
  refused({ each = "1" }, "--each must be a whole number from 2 to 200, got '1'")
  refused({ people = "1" }, "--people must be a whole number from 2 to 20000, got '1'")
  refused({ lr = "1e9" }, "--lr must be a number above 0, at most 100, got '1e9'")
  refused({ size = "64", net = "inception" }, "--size means nothing with --net inception")
  refused({ enrol = "scripts" }, "--enrol means nothing without --video or --camera")
  refused({ steps = "3", weights = "README.md" }, "--steps means nothing with --weights")
end)

test("what is wrong with a folder of people is named with its file", function()
  local function refused(path, ...) test.fails_with({ "--data", ... }, function()
    files.parts(path, 32, 1)
  end) end
  refused("/no/such", "/no/such")
  assert(lunette.mkdir(root .. "/empty/A"))
  refused(root .. "/empty", "person/person_0001.jpg expected")
  lfw("few", 6, function(p) return p <= 2 and 1 or 2 end)
  refused(root .. "/few", "at least 8 people with two pictures or more expected, found 4 (and 2 with one)")
  lfw("bad", 9, function() return 2 end)
  local at = root .. "/bad/Person_03/Person_03_0002.jpg"
  local f = assert(io.open(at, "rb"))
  local whole = f:read "a"
  f:close()
  test.fails_with({ "--enrol: /no/such" }, files.read, "/no/such", 32, 1, "--enrol")
  local function put(text)
    test.write(at, text)
  end
  put(whole:sub(1, #whole // 2))
  refused(root .. "/bad", "Person_03_0002.jpg")
  put "no picture"
  refused(root .. "/bad", "Person_03_0002.jpg")
  put ""
  refused(root .. "/bad", "Person_03_0002.jpg")
  assert(data.image.save(at, tensor.zeros { 200, 9, 3, dtype = "u8" }))
  refused(root .. "/bad", "Person_03_0002.jpg: at least 16 x 16 pixels expected, found 200 x 9")
  assert(data.image.save(at, tensor.zeros { 50, 20, 1, dtype = "u8" }))                      -- grey is read
  test.equal((files.read(root .. "/bad", 32, 1)):size(1), 18)
end)

-- --- inception, cameras, sabotage -----------------------------------------------------------------------------------

test("--net inception has nn4.small2's 3 743 280 parameters and gives 128 numbers", function()
  local net, n = require "lib.inception" (), 0
  for _, p in pairs(net:state()) do n = n + p:numel() end
  test.equal(n, 3743280)
  net:eval()
  test.shape(tensor.no_grad(net, tensor.rand(1, 96, 96, 3)), { 1, 128 })
  local text = lunette.file "scripts/face_verification.lua"
  test.truth(text:find("count == 3743280", 1, true), "that the script checks it")
end)

heavy("--net inception trains, and verifies at 0.7", function()
  local said, _, ok, result = test.caught(run.project, "face_verification", { quick = true, viz = "off", steps = "2",
    net = "inception", people = "6", each = "2", linear = "1", P = "3", K = "2", frames = "0" })
  test.truth(ok, tostring(result))
  local text = table.concat(said, "\n")
  test.truth(text:find("inception: 3743280 parameters", 1, true) and text:find "\nnetwork .* 0%.70", text)
  test.fails_with({ "--net must be one of small, inception, got 'resnet'" }, run.project, "face_verification",
    { net = "resnet", quick = true, viz = "off" })
end)

heavy("--net inception reads the published folder of .csv files, and names what is wrong there", function()
  local Inception = require "lib.inception"
  tensor.seed(3)
  local net, other = Inception(), Inception()
  assert(lunette.mkdir(root .. "/nn4"))
  local names = {}
  for _, f in ipairs(net:files()) do
    local name, t = f[1], f[2]:detach()
    t:copy_((t * 256):round() / 256)
    if t:dim() == 4 then t = t:permute(4, 3, 1, 2) elseif t:dim() == 2 then t = t:t() end
    local out = assert(io.open(("%s/nn4/%s.csv"):format(root, name), "w"))
    out:write(table.concat(t:contiguous():reshape(-1):totable(), ","), "\n")
    out:close()
    names[name] = true
    names[#names + 1] = name
  end
  test.equal(#names, 224)                                              -- and two more that mean nothing
  for _, name in ipairs { "conv1_w", "bn1_v", "conv3_b", "inception_3a_3x3_conv1_w", "inception_3a_3x3_bn2_m",
    "inception_3a_pool_conv_w", "inception_3c_5x5_conv2_b", "inception_5b_1x1_bn_w", "dense_w" } do
    test.truth(names[name], name .. ": that it is read")
  end
  assert(other:read(root .. "/nn4"))
  local x = tensor.rand(2, 96, 96, 3)
  net:eval()
  other:eval()
  test.close(tensor.no_grad(other, x), tensor.no_grad(net, x), 1e-5)
  local at = root .. "/nn4/inception_4a_pool_bn_b.csv"
  for text, found in pairs { ["1,2,3"] = "128 numbers expected, found 3",
    ["1,x,3"] = "a number expected, found 'x'" } do
    local out = assert(io.open(at, "w"))
    out:write(text)
    out:close()
    test.fails_with({ "--weights", "inception_4a_pool_bn_b.csv", found }, run.project, "face_verification",
      { quick = true, viz = "off", net = "inception", weights = root .. "/nn4" })
  end
  os.remove(at)
  local fine, why = other:read(root .. "/nn4")
  test.truth(not fine and why:find("inception_4a_pool_bn_b.csv", 1, true), tostring(why))
end)

test("a camera or video that cannot be opened is named before it learns", function()
  for _, option in ipairs { "video", "camera" } do
    test.fails_with({ "/no/such.mp4" }, run.project, "face_verification", { [option] = "/no/such.mp4", viz = "off" })
  end
  test.fails_with({ "--video needs a path" }, run.project, "face_verification", { video = true, viz = "off" })
end)

if claim then
  test("a video: who is seen first is enrolled; enrolled folders are known; a camera's source is read", function()
    local path = root .. "/film.mp4"
    assert(data.video.save(path, people.film(people.born(1, tensor.rng(5))[1], 10, 96, tensor.rng(6))))
    local function watched(options)
      options.quick, options.viz, options.weights = true, "off", root .. "/out/face_verification.safetensors"
      local said, _, ok, result = test.caught(run.project, "face_verification", options)
      test.truth(ok, tostring(result))
      return table.concat(said, "\n")
    end
    local text = watched { video = path, threshold = "1.2" }
    local known, strange = text:match "10 frames: somebody known in (%d+), a stranger in (%d+)"
    test.truth(text:find("enrolled: person 1", 1, true) and known, text)
    test.truth(tonumber(known) > tonumber(strange), "that whoever was enrolled is known again in most frames")
    text = watched { video = path, enrol = root .. "/lfw", threshold = "0.001" }
    test.truth(not text:find("enrolled:", 1, true), "that nobody is enrolled by himself")
    test.truth(text:find "10 frames: somebody known in 0, a stranger in 10", text)
    test.truth(watched { camera = "lavfi:testsrc=size=96x64:rate=5:duration=1" }:find "5 frames: ", "5 frames")
  end)
end

if not test.sanitized then
  test.fall_short("face_verification", {
    ["people of the pictures mixed up"] = { "is(test.x, \"m h h 3\")",
      "train.ids = train.ids[tensor.randperm(train.ids:numel())]" },
    ["up the gradient"] = { "adam:step(loss)", "adam:step(-loss)" },
    ["one matrix in place of the network"] = { "or convolutions())",
      "or nn.Sequential { nn.Flatten(), nn.Linear(size * size * 3, 64) })", "over_line" },
    ["positives and negatives swapped"] = { "triplet_loss(e, a, p, n)\n    adam",
      "triplet_loss(e, a, n, p)\n    adam" },
  })
end

os.execute(("rm -rf '%s'"):format(root))
test.done()
