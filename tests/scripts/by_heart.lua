--- Pictures that are learnt from and held out: they are known by their marks, kept beside the weights, and not judged.
local test = dofile "tests/check.lua"
local by_heart, saved = require "lib.by_heart", require "lib.saved"
local run = require "vm.run"

test("a mark is of the bytes of a picture: alike for u8 and f32, another one where a single byte differs", function()
  local x = tensor.randint(0, 255, 5, 7, 6, 3, { rng = tensor.rng(1) }):to "u8"
  local marks = by_heart.marks(x)
  test.dtype(marks, "i64")
  test.equal(#by_heart.rows(marks[{ { 1, 1 } }], marks), 4)
  test.same(by_heart.marks(x:to "f32" / 255), marks)
  test.same(by_heart.marks(x[{ { 2, 3 } }]), marks[{ { 2, 3 } }])
  for i = 1, 5 do
    local near = x:clone()
    near[{ i, 1 + i % 7, 3, 2 }] = 255 - near[{ i, 1 + i % 7, 3, 2 }]
    test.same(tensor(by_heart.rows(by_heart.marks(near), marks)), tensor { i })
  end
end)

test("what is learnt from is left out with what belongs to it; of too few that stay is an error", function()
  local x = tensor.randint(0, 255, 9, 4, 4, 3, { rng = tensor.rng(2) }):to "u8"
  local held, names = x[{ { 3, 8 } }], { "c", "d", "e", "f", "g", "h" }
  local lines, _, ok, left, labels, words = test.caught(by_heart.apart, x[{ { 1, 4 } }], "set", held,
    tensor { 3, 4, 5, 6, 7, 8 }, names)
  test.truth(ok, tostring(left))
  test.equal(lines[1], "--data: set: 2 of 6 pictures held out are among those to learn from, too: left out")
  test.same(left, x[{ { 5, 8 } }])
  test.same(labels, tensor { 5, 6, 7, 8 })
  test.equal(table.concat(words), "efgh")
  local before = { marks = by_heart.marks(x[{ { 4, 9 } }]), file = "--weights w" }
  test.fails_with({ "5 of 6 pictures held out are among those that --weights w has learnt from; 2 of others",
    "expected, found 1" }, by_heart.apart, before, "set", held)
  test.equal(select(2, by_heart.apart(nil, "set", held, names)), names)
  test.equal(by_heart.apart(x[{ { 1, 2 } }], "set", held), held)
end)

-- Folders 0 to 5 with n noisy pictures each, by numbers from `from` on.
local function signs(path, n, from)
  for class = 0, 5 do
    assert(lunette.mkdir(("%s/%d"):format(path, class)))
    for i = from, from + n - 1 do
      local x = tensor.rand(32, 32, 3, { rng = tensor.rng(100 * class + i) })
      assert(tensor.save(("%s/%d/%02d.png"):format(path, class, i), x))
    end
  end
end

test("marks lie beside the weights and are no weights; what is none is refused", function()
  local path = os.tmpname() .. ".safetensors"
  local net, x = nn.Linear(2, 3), tensor.rand(4, 5, 5, 3)
  saved.write(path, "some", net, { classes = { "a" } }, by_heart.known(nil, { data = "set" }, x))
  local known = saved.open(path, "some")
  test.same(known.learnt.marks, by_heart.marks(x))
  test.equal(known.state["learnt.marks"], nil)
  test.same(by_heart.known(known, {}, nil), by_heart.marks(x))                 -- who saves them again keeps them
  saved.write(path, "some", net, { classes = { "a" } }, by_heart.known(nil, {}, x))
  test.equal(saved.open(path, "some").learnt, nil)                       -- drawn pictures are of disjoint streams
  local file = assert(tensor.load(path))
  file["learnt.marks"] = tensor { 0.5 }
  assert(tensor.save(path, file))
  test.fails_with({ "--weights", path, "'learnt.marks' is no list of whole numbers" }, saved.open, path, "some")
end)

test("weights that are not finite are refused with the tensor's name, whoever reads them", function()
  local path = os.tmpname() .. ".safetensors"
  local net = nn.Linear(2, 3)
  for _, odd in ipairs { 0 / 0, math.huge, -math.huge } do
    for _, dtype in ipairs { "f32", "f64" } do
      local weight = tensor.ones(2, 3)
      weight[{ 2, 1 }] = odd
      saved.write(path, "some", { state = function() return { bias = net.bias, weight = weight:to(dtype) } end }, {})
      test.fails_with({ "--weights: " .. path .. ": 'weight' has numbers that are not finite" }, saved.open, path,
        "some")
    end
  end
  local base = require "lib.mobilenet".new { width = 0.35 }
  local state = base:state()
  state["stem.body.conv.weight"]:fill_(0 / 0)
  assert(tensor.save(path, state))
  test.fails_with({ "--weights: " .. path .. ": 'stem.body.conv.weight' has numbers that are not finite" },
    require "lib.mobilenet_weights".read, path)
end)

if test.sanitized then return test.done() end                              -- minutes of ops that others run

test("resnet50 --weights: a folder that grew is judged by what was not learnt, as noise must be", function()
  local set, out = os.tmpname() .. ".set", os.tmpname() .. ".out"
  signs(set, 6, 1)
  local options = { data = set, viz = "off", plain = "false", width = "0.06", epochs = "1", out = out }
  local _, _, ok, first = test.caught(run.project, "resnet50", options)
  test.truth(ok, tostring(first))
  local weights = out .. "/resnet50.safetensors"
  local lines, _, fine, again = test.caught(run.project, "resnet50", { data = set, viz = "off", weights = weights })
  test.truth(fine, tostring(again))
  test.equal(again.claim.accuracy, first.claim.accuracy)                 -- the same pictures are held out
  test.truth(not table.concat(lines, "\n"):find("left out", 1, true), "that none is left out")
  signs(set, 3, 7)
  lines, _, fine, again = test.caught(run.project, "resnet50", { data = set, viz = "off", weights = weights })
  test.truth(fine, tostring(again))
  local n, of = table.concat(lines, "\n"):match("(%d+) of (%d+) pictures held out are among those that %-%-weights "
    .. "%S+resnet50.safetensors has learnt from: left out")
  n, of = math.tointeger(n), math.tointeger(of)
  test.truth(n and n > 0 and n < of, table.concat(lines, "\n"))
  local judged = again.claim.accuracy * (of - n)
  test.truth(math.abs(judged - math.floor(judged + 0.5)) < 1e-4, "that the rest are judged, and they alone")
end)

test.done()
