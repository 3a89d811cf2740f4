--- Every panel from Lua, what it says of itself, and what it says of bad arguments.
local test = dofile "tests/check.lua"
viz.mode "files"
local folder = os.tmpname()
os.remove(folder)
viz.folder(folder)

local function says(pattern)
  local text = viz.describe()
  if not text:find(pattern, 1, true) then test.fail(("'%s' is not in: %s"):format(pattern, text)) end
end

local X = tensor.randn(60, 2)
local y = X[":, 1"]:gt(0):to "i64" + 1

test("curves", function()
  for i = 1, 50 do viz.plot("loss/train", 1 / i) end
  viz.plot("loss/valid", tensor.full({ 1 }, 0.5):sum(), { step = 7, log = true, smooth = 0.9 })
  says "loss/train: 1 -> 0.02 over 50 steps"
  says "loss/valid: 0.5 -> 0.5 over 1 steps"
  viz.plot("bad", 0 / 0)
  says "NaN 1"
end)

test("pictures, boxes, masks", function()
  viz.image("one", tensor.rand(20, 30))
  says "one: picture, 1 of 20 x 30 x 1"
  viz.image("batch", tensor.rand(6, 8, 9, 3))
  says "batch: picture, 6 of 8 x 9 x 3"
  viz.image("list", { tensor.rand(8, 8), tensor.rand(8, 8) }, { labels = { "a", 2 } })
  says "list: picture, 2 of 8 x 8 x 1"
  viz.boxes("one", { { 1, 2, 10, 12 }, { 3, 4, 5, 6 } }, { labels = { "x", "y" }, scores = { 0.9, 0.3 } })
  viz.boxes("one", tensor.zeros(0, 4), { truth = true })
  viz.mask("one", tensor.ones(20, 30), { classes = { "all" } })
  says "2 boxes, 0 true boxes"
end)

test("points, regions, surfaces", function()
  local net = nn.Sequential { nn.Linear(2, 8), nn.Tanh(), nn.Dropout(0.5), nn.Linear(8, 2) }
  viz.scatter("points", X, { class = y, classes = { "left", "right" } })
  says "points: points, 60"
  viz.boundary("net", net, X, y)
  says "net: regions, 80 x 80"
  test.equal(net.training, true)
  viz.boundary("three", nn.Linear(2, 3), X, y, { n = 20 })
  says "three: regions, 20 x 20, 0 to 2"
  viz.boundary("half", function(p) return p[":, 1"]:gt(0):to "f32" end, X, y, { n = 30, range = { -1, 1, -1, 1 } })
  says "half: regions, 30 x 30, 0 to 1"
  viz.contour("bowl", function(a, b) return a * a + b * b end, { n = 21, paths = { sgd = X, adam = X } })
  says "bowl: contour, 21 x 21, 0 to 2, 2 paths"
  viz.contour("bowl2", function(p) return p:pow(2):sum(2) end, { n = 21 })
  says "bowl2: contour, 21 x 21, 0 to 2"
end)

test("a boundary held back is drawn at the end", function()
  local function half(sign) return function(p) return (p[":, 1"] * sign):gt(0):to "f32" end end
  local calls = 0
  local function counted(p)
    calls = calls + 1
    return half(1)(p)
  end
  for _ = 1, 100 do viz.boundary("often", counted, X, y) end
  test.truth(calls < 20, "throttled")
  local before = calls
  viz.picture(320, 200)
  test.equal(calls, before + 1)
  viz.picture(320, 200)
  test.equal(calls, before + 1)
end)

test("text, matrices, sound, bars, histograms, notes", function()
  viz.text("sample", "hello\nworld\n", { shade = tensor.rand(12) })
  viz.heatmap("attention", tensor.rand(3, 4), { x = { "a", "b", "c", "d" }, y = { "p", "q", "r" } })
  says "attention: matrix, 3 x 4"
  viz.confusion("confusion", { { 5, 1 }, { 2, 9 } }, { classes = { "cat", "dog" } })
  says "confusion: matrix, 2 x 2, 1 to 9"
  viz.confusion("with pictures", { { 1, 1 }, { 0, 1 } },
    { pictures = tensor.rand(3, 4, 4), truth = { 1, 1, 2 }, predicted = { 1, 2, 2 } })
  viz.spectrogram("mic", tensor.rand(50, 20), { prob = tensor.rand(50), threshold = 0.5 })
  viz.bars("speed", { fast = 10, slow = 1 }, { threshold = 2, log = true })
  for _ = 1, 70 do viz.hist("weights", tensor.randn(100)) end
  viz.roll("solo", { { 0, 1, 60 }, { 1, 1, 64 } }, { playhead = 0.5 })
  says "solo: piano roll, 2"
end)

test("one histogram tells how many, several tell when", function()
  viz.clear()
  local function inked() -- left of the plot
    local left = viz.picture(400, 300)["70:280, 20:52, 1"]:to "f32"
    return left:max():item() - left:min():item() > 60
  end
  viz.hist("one", tensor.randn(2000))
  assert(inked())
  viz.hist("one", tensor.randn(2000))
  assert(not inked())
  viz.hist("one", tensor.randn(2000), { step = 7 })
  assert(inked())
  viz.clear()
end)

test("a net's layers", function()
  local net = nn.Sequential { nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2) }
  viz.graph("layers", net, X)
  says "layers: graph, 3"
  test.equal(rawget(net[1], "forward"), nil)
end)

test("a net's branches, by what its layers take from", function()
  local layers = test.inside.require "vm.layers"
  local function edges(net, x)
    local out = {}
    for i, row in ipairs(layers(net, x)) do
      out[i] = ("%s<%s"):format(row.name:match "^%w+", table.concat(row.from, ","))
    end
    return table.concat(out, " ")
  end
  local function linear() return nn.Linear(2, 2) end
  test.equal(edges(nn.Sequential { linear(), nn.Dropout(0.5), nn.Tanh() }, X), "Linear< Dropout<1 Tanh<2")
  test.equal(edges(nn.Sequential { linear(), nn.Residual { nn.Sequential { linear(), nn.ReLU() } }, linear() }, X),
    "Linear< Linear<1 ReLU<2 add<1,3 Linear<4")
  test.equal(edges(nn.Residual { linear() }, X), "input< Linear<1 add<1,2")
  test.equal(edges(nn.Parallel { linear(), nn.Sequential { linear(), nn.Tanh() } }, X),
    "input< Linear<1 Linear<1 Tanh<3 cat<2,4")
  test.equal(edges(nn.BasicBlock(3, 4), tensor.randn(1, 6, 6, 3)), "input< ConvNorm<1 ConvNorm<1 ConvNorm<2,3")
  test.equal(edges(linear(), X), "Linear<")
  local U = nn.class "U"                              -- skips over what lies deeper
  function U:init()
    self.a, self.b, self.c, self.d, self.e = linear(), linear(), linear(), nn.Linear(4, 2), nn.Linear(4, 2)
  end
  function U:forward(x)
    local a = self.a(x):relu()
    local b = self.b(a):relu()
    local d = self.d(tensor.cat { self.c(b), b, dim = 2 })
    return self.e(tensor.cat { d, a, dim = 2 })
  end
  test.equal(edges(U(), X), "Linear< Linear<1 Linear<2 cat<2,3 Linear<4 cat<1,5 Linear<6")
  viz.graph("u", U(), X)
  says "u: graph, 7, 2 past others"
  viz.graph("side by side", nn.Parallel { linear(), linear(), linear() }, X)
  says "side by side: graph, 5 in 3 rows"
  viz.graph("given", { { name = "a" }, { name = "b", from = { 1 } }, { name = "c", from = { 1 } },
    { name = "+", from = { 2, 3, 1 } } })
  says "given: graph, 4 in 3 rows, 1 past others"
  test.fails("viz.graph: layer 2 takes from layer 2, which does not come before it", viz.graph, "x",
    { { name = "a" }, { name = "b", from = { 2 } } })
end)

test("controls", function()
  local lr, again = viz.slider("lr", 0.1, { 0.001, 1, log = true }), viz.button "again"
  test.equal(lr(), 0.1)
  test.equal(again(), nil)
end)

test("layout, title, pictures in memory and in files", function()
  viz.layout { { "loss", "net" }, { "one" } }
  viz.title "tour: all panels"
  local p = viz.picture(640, 400)
  test.equal(p.dtype, "u8")
  test.equal(table.concat(p.shape, "x"), "400x640x3")
  viz.layout()
  local ok, why = viz.save "/dev/null/x.png"
  test.equal(ok, nil)
  test.truth(why:find "/dev/null/x.png", why)
  viz.finish()
  for _, ending in ipairs { "png", "svg" } do
    local f = assert(io.open(folder .. "/tour." .. ending, "rb"))
    test.truth(#f:read "a" > 10000, ending)
    f:close()
    os.remove(folder .. "/tour." .. ending)
  end
  viz.finish() -- nothing has changed
  test.equal(io.open(folder .. "/tour.png"), nil)
  viz.show()   -- is asked for, where there is no window
  for _, ending in ipairs { "png", "svg" } do test.truth(os.remove(folder .. "/tour." .. ending), ending) end
  os.remove(folder)
end)

test("bad arguments", function()
  local function wrong(pattern, f, ...)
    local ok, e = pcall(f, ...)
    if ok then test.fail("not refused: " .. pattern) end
    if not tostring(e):find(pattern, 1, true) then test.fail(tostring(e)) end
  end
  wrong("unknown option 'smoth'. Did you mean 'smooth'?", viz.plot, "loss", 1, { smoth = 2 })
  wrong("options go by name", viz.plot, "loss", 1, { 2 })
  wrong("a name expected", viz.plot, 3, 1)
  wrong("one number expected, got f32[3,2]", viz.plot, "x", tensor.zeros(3, 2))
  wrong("got f32[3]", viz.image, "x", tensor.zeros(3))
  wrong("Did you mean 'labels'?", viz.image, "x", tensor.zeros(3, 3), { lables = 1 })
  wrong("2 labels expected, got 1", viz.boxes, "x", { { 1, 2, 3, 4 }, { 1, 2, 3, 4 } }, { labels = { "a" } })
  local function pictured(o) return function() viz.confusion("x", { { 1, 0 }, { 0, 1 } }, o) end end
  wrong("need truth and predicted", pictured { pictures = tensor.rand(3, 4, 4), truth = { 1, 1, 2 } })
  wrong("3 classes expected", pictured { pictures = tensor.rand(3, 4, 4), truth = { 1, 2 }, predicted = { 1, 2, 2 } })
  wrong("N x 2 expected", viz.scatter, "x", tensor.zeros(3, 3))
  wrong("viz.boxes: N x 4 expected, got f32[2,4,5]", viz.boxes, "x", tensor.zeros(2, 4, 5))
  wrong("viz.spectrogram: T x F expected, got f32[5]", viz.spectrogram, "x", tensor.zeros(5))
  wrong("viz.roll: N x 3 or N x 4 expected, got f32[2,4,5]", viz.roll, "x", tensor.zeros(2, 4, 5))
  wrong("viz.roll: notes must be N x 4, got f32[2,5]", viz.roll, "x", tensor.zeros(2, 5))
  wrong("viz.contour: H x W expected, got f32[2,2,2]", viz.contour, "x", tensor.zeros(2, 2, 2))
  wrong("viz.image: f32[0,4] has no pixels", viz.image, "x", tensor.zeros(0, 4))
  wrong("but 1 is f32[3,3] and 2 is f32[5,7,3]", viz.image, "x", { tensor.zeros(3, 3), tensor.zeros(5, 7, 3) })
  wrong("viz.scatter: thumb: pictures of one size", viz.scatter, "x", tensor.zeros(2, 2),
    { thumb = { tensor.zeros(3, 3), tensor.zeros(4, 4) } })
  wrong("viz.bars: element 1 is a string", viz.bars, "x", { cat = "many" })
  wrong("got a key 5", viz.bars, "x", { cat = 1, [5] = 2 })
  wrong("viz.bars: threshold must be finite", viz.bars, "x", { 1, 2 }, { threshold = "high" })
  wrong("viz.mask: alpha must be at least 0 and at most 1, got 2", viz.mask, "x", tensor.ones(2, 2), { alpha = 2 })
  wrong("viz.heatmap: x: a list of texts expected, got number", viz.heatmap, "x", tensor.ones(2, 2), { x = 5 })
  wrong("viz.contour: a function or an H x W grid expected, got number", viz.contour, "x", 5)
  wrong("viz.contour: range must be four numbers", viz.contour, "x", tensor.ones(2, 2), { range = { 1 } })
  wrong("viz.boundary: a net or a function expected, got number", viz.boundary, "x", 5, X, y)
  wrong("viz.graph: a net or rows expected, got number", viz.graph, "x", 5)
  wrong("viz.slider: a number and its range {lo, hi} expected, got number and nil", viz.slider, "s", 1)
  wrong("a row for each", viz.boundary, "x", function(p) return p:sum() end, X, y)
  wrong("is no range", viz.slider, "s", 1, { 2, 1 })
  wrong("unknown mode", viz.mode, "windows")
  wrong("does not end in", function(p) assert(viz.save(p)) end, "run.bmp")
end)

test("pausing", function()
  viz.pause()
  viz.step()
  test.equal(viz.gate(), true)
  test.equal(viz.pause(false), true)
  test.equal(viz.pause(false), false)
end)

test("draw.canvas", function()
  local c = draw.canvas(40, 60):clear(0, 0, 0):color(1, 0, 0):rect(10, 5, 20, 10):fill()
  local t = c:tensor()
  test.equal(table.concat(t.shape, "x"), "40x60x3")
  test.equal(t[{ 6, 11, 1 }], 255)
  test.equal(t[{ 6, 10, 1 }], 0)
  test.equal(t:to("f32"):sum():item(), 200 * 255.0)
  test.equal(table.concat(c:tensor(1).shape, "x"), "40x60x1")
  c:linear(0, 0, 60, 0, { { 0, 0, 0, 0 }, { 1, 1, 1, 1 } }):rect(0, 0, 60, 40):fill()
  test.truth(c:tensor()[{ 1, 60, 1 }] > 240 and c:tensor()[{ 1, 1, 1 }] < 10, "gradient")
  c:image(0, 0, t)
  test.equal(c:tensor():to("f32"):sum():item(), 200 * 255.0)
  local long, n = {}, 200                          -- a polygon of many corners: as large as its circle, nearly
  for i = 1, n do
    local a = 2 * math.pi * i / n
    long[2 * i - 1], long[2 * i] = 30 + 15 * math.cos(a), 20 + 15 * math.sin(a)
  end
  t = draw.canvas(40, 60):color(0, 0, 0):polygon(long):fill():tensor():to "f32"
  test.close((255 - t):sum():item() / 765, n / 2 * 15 ^ 2 * math.sin(2 * math.pi / n), 2e-3)
  test.equal(draw.canvas(4, 4):smooth(false):polygon {}:fill():tensor():to("f32"):mean():item(), 255.0)
  for _, case in ipairs {
    { "polygon: pairs x, y expected, got 3 numbers", function() c:polygon { 1, 2, 3 } end },
    { "polygon: numbers expected, element 2 is string", function() c:polygon { 1, "2", 3, 4 } end },
    { "table expected", function() c:polygon(1, 2) end },
    { "(x y r)", function() c:circle(1, 2) end }, { "nothing was saved", function() c:restore() end },
    { "0 x 5", function() draw.canvas(0, 5) end }, { "c:fill()", function() c.fill() end },
    { "u8 H x W x 1 or 3", function() c:image(0, 0, tensor.zeros(3, 3)) end },
  } do
    local ok, e = pcall(case[2])
    test.truth(not ok and tostring(e):find(case[1], 1, true), tostring(e))
  end
end)

local function same_pixels(a, b) return a:eq(b):all():item() end

test("a wipe shows one picture left of the line and the other right of it", function()
  viz.clear()
  local a, b = tensor.zeros(20, 30, 3):to "u8", tensor.full({ 20, 30, 3 }, 255):to "u8"
  viz.wipe("style", a, b, { labels = { "before", "after" } })
  says "style: picture, 1 of 20 x 30 x 3"
  local drawn = viz.picture(600, 400)
  test.truth(drawn[{ 120, 150, 1 }] < 30 and drawn[{ 120, 450, 1 }] > 225, "dark on the left, light on the right")
  test.fails_with({ "viz.wipe: two pictures of one size expected, got 20 x 30 and 5 x 5" },
    viz.wipe, "style", a, tensor.zeros(5, 5, 3))
  viz.image("style", a)
  test.truth(viz.picture(600, 400)[{ 120, 450, 1 }] < 30, "a plain picture has no second one")
  viz.clear()
end)

test("points may have pictures, one each", function()
  viz.scatter("faces", X, { thumb = tensor.rand(60, 8, 8) })
  says "faces: points"
  test.fails_with({ "a picture for each of 60 points expected" },
    viz.scatter, "faces", X, { thumb = tensor.rand(5, 8, 8) })
  test.fails_with({ "N x h x w x 1 or 3 expected" }, viz.scatter, "faces", X, { thumb = tensor.rand(60, 8, 8, 2) })
  viz.clear()
end)

-- How many pixels of some rows are of the first colour.
local function blue_pixels(picture, half)
  local p = picture:to "f32"
  local blue = (p[{ {}, {}, 3 }] - p[{ {}, {}, 1 }]):gt(120)
  return blue[half]:to "f32":sum():item()
end

test("points stand at their place however far from zero and however large", function()
  viz.clear()
  local function drawn(from, side)
    viz.scatter("far", tensor { { from, from }, { from + side, from + side } })
    return viz.picture(300, 400)
  end
  local near = drawn(0, 64)
  test.truth(blue_pixels(near, "1:200") > 5 and blue_pixels(near, "201:400") > 5, "one above and one below")
  for _, case in ipairs { { 1e9, 64 }, { -1e9, 64 }, { -1e15, 2e15 }, { 0, 1e30 } } do
    local there = drawn(table.unpack(case))
    for _, half in ipairs { "1:200", "201:400" } do
      test.equal(blue_pixels(there, half) > 5, true, ("%g, %g: rows %s"):format(case[1], case[2], half))
    end
  end
  viz.clear()
end)

test("a picture's alpha lets white through", function()
  local function middle(x)
    viz.clear()
    viz.image("alpha", x)
    return viz.picture(400, 500)["210, 250"]:totable()
  end
  local red = tensor.zeros { 20, 30, 4 }
  red["..., 1"], red["..., 4"] = 1, 0.5
  test.equal(table.concat(middle(red), " "), "255 128 128", "floats")
  says "alpha: picture, 1 of 20 x 30 x 3"
  test.equal(table.concat(middle((red * 255):to "u8"), " "), "255 128 128", "bytes")
  local grey = tensor.full({ 20, 30, 2 }, 0.25)
  grey["..., 2"] = 1
  test.equal(table.concat(middle(grey), " "), "64 64 64", "grey")
  viz.image("alpha", tensor.rand(5, 4, 4))
  says "alpha: picture, 5 of 4 x 4 x 1"
  viz.image("alpha", tensor.rand(5, 9, 16, 4))
  says "alpha: picture, 5 of 9 x 16 x 3"
  viz.clear()
end)

test("a matrix's numbers are short, and NaN has no sign", function()
  local function drawn(v)
    viz.clear()
    viz.heatmap("m", tensor { { v } }, { numbers = true })
    return viz.picture(900, 400)
  end
  local function same(a, b) return drawn(a):eq(drawn(b)):all():item() end
  test.truth(same(1e38, 1.00001e38), "four digits of what is large")
  test.truth(not same(1e38, 1.1e38), "that numbers are drawn")
  test.truth(same(0 / 0, -(0 / 0)), "NaN")
  viz.clear()
end)

test("regions and heights take what is called like a function", function()
  local x = setmetatable({}, { __call = function(_, p) return p[":, 1"] end })
  viz.boundary("called", x, X, y)
  viz.contour("called too", x)
  says "called: "
  says "called too: contour, 64 x 64"
  viz.clear()
end)

test("labels may be a tensor", function()
  local function same(show)
    viz.clear()
    show(tensor { 1, 2 }:to "i64")
    local got = viz.picture(200, 300)
    viz.clear()
    show { 1, 2 }
    return got:eq(viz.picture(200, 300)):all():item()
  end
  test.truth(same(function(l) viz.bars("b", { 3, 4 }, { labels = l }) end), "of bars")
  test.truth(same(function(l) viz.image("b", tensor.ones(2, 8, 8), { labels = l }) end), "of pictures")
  test.truth(same(function(l) viz.heatmap("b", tensor.ones(2, 2), { x = l, y = l }) end), "of a matrix")
  test.truth(same(function(l) viz.scatter("b", { { 0, 0 }, { 1, 1 } }, { label = l }) end), "of points")
  viz.clear()
end)

test("a label stands where no other point's marker is", function()
  local function drawn(label)
    viz.scatter("near", tensor { { 0, 0 }, { 0.06, 0 }, { 1, 1 }, { -1, -1 } }, { class = { 1, 2, 1, 1 },
      label = { label, "", "", "" } })
    return viz.picture(600, 400)
  end
  local without, with = drawn "", drawn "a long name"
  local red, blue = without[{ {}, {}, 1 }]:to "f32", without[{ {}, {}, 3 }]:to "f32"
  local orange = (red - blue):gt(150)
  local changed = without:ne(with):any(3)
  test.truth(orange:any():item(), "that the marker is found")
  test.truth(changed:any():item(), "that the label is drawn")
  test.truth(not (orange & changed):any():item(), "that the label lies on no marker")
  viz.clear()
end)

-- What a panel of each kind of viz/panel/kinds.c says of itself.
local function kinds_of_panels()
  local list = {}
  for file in test.read "viz/panel/kinds.c":gmatch "&([%l_]+)_kind" do
    local name = test.read("viz/panel/" .. file .. ".c"):match '_kind = {%s*%.name = "([^"]+)"'
    list[#list + 1] = name == "curves" and " over %d+ steps" or ": " .. name
  end
  return list
end

test("the tour shows every kind of panel, and every act of its own moves", function()
  local tour, said = require "vm.panels", {}
  for i, act in ipairs(tour.acts) do
    viz.clear()
    act[2](0)
    local first = viz.picture(900, 600)
    for k = 1, 3 do act[2](k / 3) end
    if i < #tour.acts then -- the last: examples of help
      test.truth(not same_pixels(first, viz.picture(900, 600)), ("act %d changes"):format(i))
    end
    said[i] = viz.describe()
  end
  local text, kinds = table.concat(said, "\n"), kinds_of_panels()
  test.truth(#kinds >= 15, #kinds .. " kinds")
  for _, kind in ipairs(kinds) do test.truth(text:find(kind), "a panel that says '" .. kind .. "'") end
  viz.clear()
end)

test("a stop of the demo that takes too long is left, also one that catches errors", function()
  local guide, caught = require "vm.guide", 0
  local ok, _, left = guide.watched(lunette.clock() + 0.05, function() while true do end end)
  test.truth(not ok and left == "late", "left")
  ok, _, left = guide.watched(lunette.clock() - 1, function()
    while true do
      if not pcall(function() while true do end end) then caught = caught + 1 end
      if caught == 2 then error "again" end
    end
  end)
  test.truth(not ok and left == "late" and caught == 2, "and heard twice by who caught it")
  local good, why, none = guide.watched(math.huge, function(a) return a end, 3)
  test.truth(good and why == 3 and none == nil, "nothing else is left")
  test.truth(debug.gethook() == nil, "and no hook stays")
  viz.clear()
end)

viz.mode "off" -- no last pictures: the folder is gone
test.done()
