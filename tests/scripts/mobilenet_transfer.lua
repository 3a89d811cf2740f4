--- mobilenet_transfer: the drawn objects that its base has learnt from.
local test = dofile "tests/check.lua"
package.path = "scripts/?.lua;" .. package.path
local objects = require "lib.objects"

-- --- the generator --------------------------------------------------------------------------------------------------

test("78 classes and none of them an alpaca", function()
  test.equal(#objects.names, 78)
  local seen = {}
  for _, name in ipairs(objects.names) do
    test.truth(not seen[name] and not name:find "alpaca", name)
    seen[name] = true
  end
end)

test("a picture is n x size x size x 3 of 0..1, labels count from 1, each class as often as any other", function()
  local x, y = objects.draw(156, 32, tensor.rng(1))
  test.shape(x, { 156, 32, 32, 3 })
  test.dtype(x, "f32")
  test.dtype(y, "i64")
  test.truth(x:min():item() >= 0 and x:max():item() <= 1, "0..1")
  test.same(tensor.bincount(y), tensor.full({ 78 }, 2))
end)

test("the same pictures for the same generator, others for another", function()
  local function draw(seed, o) return (objects.draw(20, 24, tensor.rng(seed), o)) end
  test.same(draw(3), draw(3))
  test.truth(draw(3) ~= draw(4), "other pictures")
  test.truth(draw(3) ~= draw(3, { stream = "test" }), "other designs in the test stream")
  test.same(draw(3, { heldout = true }), draw(3, { stream = "test" }))
end)

test("what is wrong is said", function()
  test.fails_with({ "objects.draw: no class 'alpacca'" }, objects.draw, 2, 16, tensor.rng(1),
    { classes = { "alpacca" } })
  test.fails_with({ "stream 'held' is none of train" }, objects.draw, 2, 16, tensor.rng(1), { stream = "held" })
end)

test("every class draws itself in many designs", function()
  for _, names in ipairs { objects.names, objects.reserved } do
    for _, name in ipairs(names) do
      local seen = {}
      for k = 1, 4 do seen[k] = objects.show(name, 24, tensor.rng(1), { design = k }):to "f32" end
      for k = 2, 4 do test.truth((seen[k] - seen[1]):abs():max():item() > 8, name .. ": design " .. k .. " differs") end
    end
  end
end)

test.done()
