--- What the fundamentals claim of a user's own files: a network that always says one class is short, samples that are
-- learnt from and held out are told, panels show the classes' own names, and options of the drawn sets are refused.
local test = dofile "tests/check.lua"
local judged, points, run = require "lib.judged", require "lib.points", require "vm.run"

local folder = os.tmpname()
os.remove(folder)
assert(lunette.mkdir(folder))

test("more_right: one sample more than the most frequent answer gets, whatever the rounding of shares", function()
  local y = tensor.zeros(50, 1)
  for right = 29, 33 do
    local share = tensor { right / 50 }:item()                           -- as an f32 has it
    local clause = judged.more_right(share, 30 / 50, y)
    test.equal(clause[2], right - 30)
    local _, _, _, report = test.caught(run.report, "x", { measure = "gain", gain = 0, above = 0, also = { clause } })
    test.equal(report.ok, right > 30)
  end
end)

test("twins: samples of both sets are counted and told, of few values and of many", function()
  for _, shape in ipairs { { 12, 2 }, { 12, 8, 8, 3 } } do
    local x = tensor.randn { rng = tensor.rng(3), table.unpack(shape) }
    local lines, _, ok, clause = test.caught(judged.twins, x["1:8"], x["6:12"], "points")
    test.truth(ok, tostring(clause))
    test.equal(clause[2], 3)
    test.equal(lines[1], "3 of 7 points held out are among those to learn from, too")
    lines, _, ok, clause = test.caught(judged.twins, x["1:8"], x["9:12"])
    test.truth(ok and clause[2] == 0 and #lines == 0, "that there are none")
  end
end)

test("points that a file has twice are told; of those alone nothing can be judged", function()
  local path = test.write(folder .. "/twice.csv", ("1,2,0\n3,4,1\n"):rep(10))
  local lines, _, ok, why = test.caught(points.split, path, 0, 0)
  test.equal(lines[1], "--data: " .. path .. ": 4 of 4 points held out are among those to learn from, too")
  test.truth(not ok and tostring(why):find("held out that are not learnt from expected", 1, true), tostring(why))
  local x, y = tensor { { 1, 2 }, { 3, 4 }, { 5, 6 } }, tensor { { 0 }, { 1 }, { 1 } }
  lines, _, ok = test.caught(points.check, path, x["1:2"], y["1:2"], x["2:3"], y["2:3"])
  test.truth(ok, "that some are")
  test.equal(lines[1], "--data: " .. path .. ": 1 of 2 points held out are among those to learn from, too")
end)

-- Nothing can be learnt from these but that class 0 is the larger one.
local function noise_of_points()
  local rows, x = {}, tensor.randn(200, 2, { rng = tensor.rng(7) }):totable()
  for i, p in ipairs(x) do rows[i] = ("%.4f,%.4f,%d\n"):format(p[1], p[2], i % 4 == 0 and 1 or 0) end
  return test.write(folder .. "/noise.csv", table.concat(rows))
end

local function noise_of_pictures(name, classes)
  for kind, n in pairs { train = 40, test = 24 } do
    local y = tensor.arange(n) % (2 * classes)
    assert(tensor.save(("%s/%s_%s.h5"):format(folder, kind, name), {
      [kind .. "_set_x"] = tensor.randint(0, 255, n, 12, 12, 3, { rng = tensor.rng(n) }):to "u8",
      [kind .. "_set_y"] = (y * y:lt(classes):to(y.dtype)):to "i64" }))
  end
  return folder
end

local says_one = {
  planar = { "return a:mm(self.W2) + self.b2", "return a:mm(self.W2) * 0 - 1" },
  optimizers = { "return a2:mm(w[5]) + w[6],", "return a2:mm(w[5]) * 0 + w[6]," },
  initialization = { "return a:mm(W[L]) + b[L],", "return a:mm(W[L]) * 0 + b[L]," },
  regularization = { "return a:mm(w[5]) + w[6],", "return a:mm(w[5]) * 0 + w[6]," },
  logistic_cats = { "return (pictures:mm(w) + b):gt(0)", "return (pictures:mm(w) * 0 - 1):gt(0)" },
  deep_cats = { "net(pictures):gt(0)", "(net(pictures) * 0):gt(0)" },
  first_model = { "net(pictures):argmax(2)", "(net(pictures) * 0):argmax(2)" },
  happy_house = { "scores(net, pictures):gt(0)", "(scores(net, pictures) * 0):gt(0)" },
}
local sets = { logistic_cats = "catvnoncat", deep_cats = "catvnoncat", first_model = "signs", happy_house = "happy" }

for name in pairs(says_one) do
  test(name .. " that always says one class is short on a user's file", function()
    local path = sets[name] and noise_of_pictures(sets[name], name == "first_model" and 6 or 2) or noise_of_points()
    local result, printed = test.sabotaged(name, { says_one[name] }, { quick = true, data = path })
    local claim
    for _, clause in ipairs(result.also) do claim = clause.measure == "more_right" and clause or claim end
    test.truth(claim, "more_right")
    test.equal(claim.value, 0, "as many as the larger class")
    test.truth(not result.ok and printed:find "short: [^\n]*more_right", "that it is short: " .. result.verdict)
  end)
end

-- Folders of pictures with classes of other names than the course's.
local function classes(names)
  local path = folder .. "/" .. #names
  for k, name in ipairs(names) do
    assert(lunette.mkdir(("%s/%s"):format(path, name)))
    for i = 1, 8 do
      local x = tensor.rand { 32, 32, 3, rng = tensor.rng(100 * k + i) }
      assert(data.image.save(("%s/%s/%d.png"):format(path, name, i), x))
    end
  end
  return path
end

test("panels name the classes of a user's folders", function()
  local worst = "viz.image(\"worst mistakes"
  for name, place in pairs { logistic_cats = worst .. "\"", happy_house = worst .. "\"",
    deep_cats = worst .. " of \"" } do
    local say = name == "happy_house" and "pear %d" or "p%(pear%) = %d"
    local _, printed = test.sabotaged(name, { { place, "print('seen: ' .. labels[1]) " .. place } },
      { quick = true, data = classes { "apple", "pear" } })
    test.truth(printed:find("seen: " .. say), name .. ": the second folder's name: " .. printed:sub(1, 400))
    _, printed = test.sabotaged(name, { { place, "print('seen: ' .. labels[1]) " .. place } }, { quick = true,
      epochs = name ~= "logistic_cats" and "1" or nil, train = "100", test = "20" })
    test.truth(printed:find "seen: smile %d" or printed:find "seen: p%(cat%) = ", name .. ": that of the drawn ones")
  end
  local place = "viz.confusion("
  local say = "print('seen: ' .. table.concat(names, ' ')) "
  local _, printed = test.sabotaged("first_model", { { place, say .. place } },
    { quick = true, epochs = "1", data = classes { "ant", "bee", "cow", "dog", "elk", "fox" } })
  test.truth(printed:find("seen: ant bee cow dog elk fox", 1, true), "the names of six folders")
end)

test("options of the drawn sets mean nothing with a user's files, nor the order of folders without them", function()
  local path, rows = noise_of_pictures("catvnoncat", 2), noise_of_points()
  local function refused(name, key, value, at)
    test.fails_with({ ("--%s means nothing with --data"):format(key) }, run.project, name, { [key] = value, data = at,
      viz = "off" })
  end
  for name in pairs { planar = 1, optimizers = 1, initialization = 1, regularization = 1 } do
    refused(name, "points", "100", rows)
    refused(name, "test", "100", rows)
  end
  refused("initialization", "noise", "0.1", rows)
  refused("optimizers", "noise", "0.1", rows)
  refused("regularization", "outliers", "0.1", rows)
  for name in pairs { logistic_cats = 1, deep_cats = 1, first_model = 1 } do
    refused(name, "train", "100", path)
    refused(name, "test", "100", path)
  end
  refused("deep_cats", "course", true, path)
  for name in pairs(sets) do
    test.fails_with({ "--classes means nothing without --data" }, run.project, name, { classes = "a,b", viz = "off" })
  end
end)

os.execute(("rm -r '%s'"):format(folder))
test.done()
