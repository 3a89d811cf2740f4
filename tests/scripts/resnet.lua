--- resnet50: the course's count of parameters, the form of its blocks, and broken copies.
local test = dofile "tests/check.lua"
local run = require "vm.run"

if test.sanitized then
  test("left out under the sanitizers: minutes of ops that others run", function() end)
  return test.done()
end

test("--width 1 has the 23 600 006 parameters of the course's net, 53 120 of them statistics of batch norm", function()
  local lines, _, ok, why = test.caught(run.project, "resnet50", { quick = true, viz = "off", width = "1", train = "16",
    test = "8", epochs = "1", size = "64", batch = "8" })
  test.truth(ok, tostring(why))
  test.truth(table.concat(lines, "\n"):find("23600006 parameters, 23546886 of them learnt", 1, true), lines[1])
end)

local broken = {
  ["without shortcuts"] = { "local resnet = network(true)", "local resnet = network(false)" },
  ["labels shuffled"] = { "is(x, \"m h w 3\")", "is(x, \"m h w 3\")\ny = y[tensor.randperm(y:numel())]" },
  ["up the gradient"] = { "adam:step(loss)", "adam:step(-loss)" },
}
test.fall_short("resnet50", broken)

test.done()
