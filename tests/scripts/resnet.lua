--- resnet50: the course's count of parameters, the form of its blocks, and broken copies.
local test = dofile "tests/check.lua"
local run = require "vm.run"

if test.left_out() then return end

test("--width 1 has the 23 600 006 parameters of the course's net, 53 120 of them statistics of batch norm", function()
  local lines, _, ok, why = test.caught(run.project, "resnet50", { quick = true, viz = "off", width = "1", train = "16",
    test = "8", epochs = "1", size = "64", batch = "8" })
  test.truth(ok, tostring(why))
  test.truth(table.concat(lines, "\n"):find("23600006 parameters, 23546886 of them learnt", 1, true), lines[1])
end)

test("what --out saved is read by --weights: the same answers, its own width; and a picture is read", function()
  local out = os.tmpname() .. ".d"
  local small = { quick = true, viz = "off", train = "40", test = "20", epochs = "1", width = "0.3" }
  small.out = out
  local _, _, ok, first = test.caught(run.project, "resnet50", small)
  test.truth(ok, tostring(first))
  local path = out .. "/resnet50.safetensors"
  test.truth(test.read(out .. "/resnet50.csv"):find "\nnearest picture,0%.%d+\n", "the baselines in the table")
  test.shape(assert(data.image.load(out .. "/resnet50.png")), { 32, 12 * 32, 3 })
  local function again(options)
    options.viz, options.weights, options.quick = "off", path, options.quick
    return test.caught(run.project, "resnet50", options)
  end
  local lines, _, fine, second = again { quick = true, test = "20" }
  test.truth(fine, tostring(second))
  test.truth(lines[1]:find("at width 0.3:", 1, true), lines[1])
  test.equal(second.value, first.value)
  local picture = out .. "/hand.png"
  assert(tensor.save(picture, require "lib.hands".draw(1, 64, tensor.rng(9), false)[1]))
  lines = again { picture = picture }
  test.truth(lines[#lines - 4]:find "^1  0%.%d+  [0-5]$", lines[#lines - 4])
  test.fails_with({ "--epochs means nothing with --weights" }, run.project, "resnet50",
    { weights = path, epochs = "3", viz = "off" })
  local function refused(options, why)
    options.viz, options.weights = "off", path
    test.fails_with({ "--weights: " .. path .. ": " .. why }, run.project, "resnet50", options)
  end
  refused({ size = "64" }, "has been learnt with --size 32, got --size 64")
  local _, _, _, third = again { test = "20" }                           -- without --quick: 32 x 32 as it was learnt
  test.equal(third.value, first.value)
  local set = out .. "/set"
  for _, class in ipairs { "a", "b", "c", "d", "e", "f" } do
    assert(lunette.mkdir(set .. "/" .. class))
    for i = 1, 2 do assert(tensor.save(("%s/%s/%d.png"):format(set, class, i), tensor.rand(32, 32, 3))) end
  end
  refused({ data = set }, "tells '0, 1, 2, 3, 4, 5' apart, and in --data are 'a, b, c, d, e, f'")
  local known = assert(tensor.load(path))
  known["list.classes"] = tensor({ ("a\nb\nc\nd\ne\nf\n"):byte(1, -1) }, { dtype = "u8" })
  assert(tensor.save(path, known))
  refused({ data = set, classes = "b,a,c,d,e,f" },
    "tells 'a, b, c, d, e, f' apart, and in --data are 'b, a, c, d, e, f'")
  refused({ test = "20" }, "tells 'a, b, c, d, e, f' apart, and in the drawn hands are '0, 1, 2, 3, 4, 5'")
  local own = run.project("resnet50", { data = set, weights = path, viz = "off" })
  test.equal(own.claim.measure, "over_baselines")                      -- of a set of one's own
  test.equal(own.value, own.claim.accuracy - math.max(own.claim.linear, own.claim.nearest, own.claim.majority))
  lines = again { picture = picture }
  test.truth(lines[#lines - 4]:find "^1  0%.%d+  [a-f]$", lines[#lines - 4])
  assert(tensor.save(path, { x = tensor.ones(2) }))
  test.fails_with({ "--weights: " .. path .. ": neither what resnet50 --out saved" }, run.project, "resnet50",
    { weights = path, viz = "off" })
end)

test("what has no meaning and sizes too small for fifty layers are refused", function()
  local function refused(options, ...)
    options.viz = "off"
    test.fails_with({ ... }, run.project, "resnet50", options)
  end
  refused({ picture = "README.md" }, "--picture means nothing without --weights")
  refused({ labels = "README.md" }, "--labels means nothing without --picture")
  refused({ classes = "a,b" }, "--classes means nothing without --data")
  refused({ size = "1" }, "--size must be a whole number from 16 to 512, got '1'")
  refused({ batch = "1" }, "--batch must be a whole number from 2 to 1024, got '1'")
end)

local broken = {
  ["without shortcuts"] = { "local resnet = network(true)", "local resnet = network(false)" },
  ["labels shuffled"] = { "is(x, \"m h w 3\")", "is(x, \"m h w 3\")\ny = y[tensor.randperm(y:numel())]" },
  ["up the gradient"] = { "adam:step(loss)", "adam:step(-loss)" },
}
test.fall_short("resnet50", broken)

test.done()
