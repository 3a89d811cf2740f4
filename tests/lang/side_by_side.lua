--- side_by_side.lua: the table "Side by side" of the language, line by line.
local test = dofile "tests/check.lua"

test("tensor{{1,2},{3,4}}", function() test.same(tensor{{1,2},{3,4}}, { { 1, 2 }, { 3, 4 } }) end)
test("x[1]; x[{2,3}]; x[':, 2:3']; x['..., -1']", function()
  local x = tensor { { 1, 2, 3 }, { 4, 5, 6 } }
  test.same(x[1], { 1, 2, 3 })
  test.equal(x[{2,3}], 6.0)
  test.same(x[":, 2:3"], { { 2, 3 }, { 5, 6 } })
  test.same(x["..., -1"], { 3, 6 })
end)
test("x[':, 1'] = 1; x[x:lt(0)] = 0", function()
  local x = tensor { { -1, -2 }, { 3, -4 } }
  x[":, 1"] = 1
  x[x:lt(0)] = 0
  test.same(x, { { 1, 0 }, { 1, 0 } })
end)
test("y = (x:mm(W) + b):relu()", function()
  local x, W, b = tensor { { 1, 2 } }, tensor { { 1, -1 }, { 1, -1 } }, tensor { 1, 1 }
  test.same((x:mm(W) + b):relu(), { { 4, 0 } })
end)
test("m, i = x:max(2)", function()
  local m, i = tensor { { 1, 9 }, { 8, 2 } }:max(2)
  test.same(m, { 9, 8 })
  test.same(i, { 2, 1 })
end)
test("ok = x:gt(0) & x:lt(1)", function()
  local x = tensor { -1, 0.5, 2 }
  test.same(x:gt(0) & x:lt(1), { false, true, false })
end)
test("tensor.no_grad(function() w:sub_(0.1 * w.grad) end)", function()
  local w = tensor { 1, 2 }:requires_grad();
  (w * w):sum():backward()
  tensor.no_grad(function() w:sub_(0.1 * w.grad) end)
  test.close(w:detach(), { 0.8, 1.6 })
  test.equal(w.is_leaf, true)
end)
test("nn.Sequential{ nn.Linear(784,10), nn.ReLU() }", function()
  local net = nn.Sequential{ nn.Linear(784,10), nn.ReLU() }
  local y = net(tensor.randn(2, 784))
  test.shape(y, { 2, 10 })
  test.truth(y:min():item() >= 0, "the result of a ReLU")
end)
test.done()
