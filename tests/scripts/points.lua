--- The generated points: balanced, seeded, independent of the held-out ones, and not separable where that is claimed.
local test = dofile "tests/check.lua"
local points = require "lib.points"

local makers = {
  flower = function(rng) return points.flower(400, rng) end,
  moons = function(rng) return points.moons(300, 0.2, rng) end,
  circles = function(rng) return points.circles(300, 0.05, rng) end,
  pitch = function(rng) return points.pitch(211, 0.12, rng) end,
}

--- Share of points that a line gets right, at best.
local function line_accuracy(x, y) return (select(2, points.baselines(x, y, x, y))) end

test("baselines: the larger class and a line, derived again on points that a line parts", function()
  local x = tensor { { 0, 0 }, { 1, 0 }, { 0, 1 }, { 3, 3 }, { 4, 3 } }
  local y = tensor { { 0 }, { 0 }, { 0 }, { 1 }, { 1 } }
  local majority, line = points.baselines(x, y, x, y)
  test.close(majority, 0.6, 1e-6)
  test.close(line, 1, 1e-6)
end)

for name, make in pairs(makers) do
  test(name .. ": shapes, labels 0 and 1, both classes present", function()
    local x, y = make(tensor.rng(1))
    test.equal(x:dim(), 2)
    test.equal(x:size(2), 2)
    test.shape(y, { x:size(1), 1 })
    local share = y:mean():item()
    test.truth(share > 0.35 and share < 0.65, "share of class 1 in 0.35 to 0.65: it")
    for i = 1, y:size(1) do test.truth(y[{ i, 1 }] == 0 or y[{ i, 1 }] == 1, "a label of 0 or 1") end
  end)

  test(name .. ": the same seed gives the same points, another seed none of them", function()
    local a, b, c = make(tensor.rng(1)), make(tensor.rng(1)), make(tensor.rng(2))
    test.same(a, b)
    local seen = {}
    for _, p in ipairs(a:totable()) do seen[p[1] .. " " .. p[2]] = true end
    for _, p in ipairs(c:totable()) do test.truth(not seen[p[1] .. " " .. p[2]], "that held-out points are new") end
  end)
end

test("flower and circles: a line is near chance", function()
  for _, name in ipairs { "flower", "circles" } do
    local reached = line_accuracy(makers[name](tensor.rng(3)))
    test.truth(reached < 0.65, ("%s: a line reaches %.3f: that it stays below 0.65"):format(name, reached))
  end
end)

test("moons: a line gets most and not all", function()
  local reached = line_accuracy(makers.moons(tensor.rng(3)))
  test.truth(reached > 0.75 and reached < 0.92,
    ("a line reaches %.3f: that it is between 0.75 and 0.92"):format(reached))
end)

-- A file given by --data

local function with_file(text, body)
  local path = os.tmpname()
  local f = assert(io.open(path, "w"))
  f:write(text)
  f:close()
  local ok, why = pcall(body, path)
  os.remove(path)
  if not ok then error(why, 0) end
end

test("rows x,y,class with a heading are read and a fifth is held out", function()
  local rows = {}
  for i = 1, 10 do rows[i] = ("%d.5,1,0\n-%de-1; 2 ;1\n"):format(i, i) end
  with_file("x,y,class\n" .. table.concat(rows), function(path)
    local x, y, xheld, yheld = points.split(path, 0, 0)
    test.shape(x, { 16, 2 })
    test.shape(xheld, { 4, 2 })
    test.equal(y:sum():item() + yheld:sum():item(), 10.0)
  end)
end)

test("a wrong row is named with its line", function()
  with_file("1,2,0\n1,2,0\n1,2,7\n", function(path)
    test.fails_with({ "--data", ":3:", "x,y,class with class 0 or 1 expected, found '1,2,7'" }, points.read, path)
  end)
end)

test("an empty file and a missing one are named", function()
  with_file("", function(path) test.fails_with({ path, "expected, found 0" }, points.read, path) end)
  test.fails_with({ "--data", "no/such/file" }, points.read, "no/such/file")
end)

test("points that nothing can be learnt from, or judged by, are named", function()
  local function rows(row, n) return (row .. "\n"):rep(n) end
  local function refused(text, ...)
    local texts = { "--data", ... }
    with_file(text, function(path) test.fails_with(texts, points.split, path, 0, 0) end)
  end
  refused(rows("1,2,1", 20), "two classes expected, all 16 to learn from are of class 1")
  refused(rows("1,2,1", 10) .. rows("1,2,0", 10), "in more than one place expected, all lie at 1, 2")
  refused(rows("1,2,1", 10) .. rows("nan,2,0", 10), "expected")
  refused(rows("1,2,1", 10) .. rows("1e999,2,0", 10), "NaN or an infinity")
  local x, y = tensor.rand(9, 2), tensor.arange(9):gt(4):to "f32":view(9, 1)
  points.check("x.mat", x, y, x + 1, y)
  test.fails_with({ "x.mat: no points held out" }, points.check, "x.mat", x, y, tensor.zeros(0, 2), tensor.zeros(0, 1))
  test.fails_with({ "x.mat", "NaN", "held out" }, points.check, "x.mat", x, y, x / 0 - x / 0, y)
end)

test("a line reads points of which one coordinate is the same", function()
  local x = tensor.cat { tensor.rand(60, 1) * 2 - 1, tensor.ones(60, 1), dim = 2 }
  local y = x[":, 1:1"]:gt(0):to "f32"
  local _, line = points.baselines(x, y, x, y)
  assert(line > 0.95, line)
end)

test.done()
