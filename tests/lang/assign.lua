--- assign.lua: ASSIGN and INPLACE of the language.
local test = dofile "tests/check.lua"
local function grid() return tensor { { 1, 2, 3 }, { 4, 5, 6 } } end

test("an element", function()
  local x = grid()
  x[{ 1, 2 }] = 9
  x["2,-1"] = -1
  test.same(x, { { 1, 9, 3 }, { 4, 5, -1 } })
end)
test("a number over a slice", function()
  local x = grid()
  x[1] = 0
  x[":, 3"] = 7
  test.same(x, { { 0, 0, 7 }, { 4, 5, 7 } })
end)
test("a tensor broadcasts", function()
  local x = grid()
  x[":"] = tensor { 7, 8, 9 }
  test.same(x, { { 7, 8, 9 }, { 7, 8, 9 } })
  x[":"] = tensor { { 1 }, { 2 } }
  test.same(x, { { 1, 1, 1 }, { 2, 2, 2 } })
end)
test("a nested table", function()
  local x = grid()
  x[2] = { 7, 8, 9 }
  x["1:2, 1:2"] = { { 1, 2 }, { 3, 4 } }
  test.same(x, { { 1, 2, 3 }, { 3, 4, 9 } })
end)
test("a mask", function()
  local x = grid()
  x[x:gt(4)] = 0
  test.same(x, { { 1, 2, 3 }, { 4, 0, 0 } })
  x[x:eq(0)] = tensor { 8, 9 }
  test.same(x, { { 1, 2, 3 }, { 4, 8, 9 } })
end)
test("an index tensor", function()
  local x = tensor.zeros(3, 2)
  x[tensor({ 3, 1 }, { dtype = "i64" })] = tensor { { 1, 2 }, { 3, 4 } }
  test.same(x, { { 3, 4 }, { 0, 0 }, { 1, 2 } })
  x[tensor({ 2 }, { dtype = "i64" })] = 5
  test.same(x, { { 3, 4 }, { 5, 5 }, { 1, 2 } })
end)
test("overlapping views copy first", function()
  local x = tensor { 1, 2, 3, 4 }
  x["2:4"] = x["1:3"]
  test.same(x, { 1, 1, 2, 3 })
  x[":"] = x["::-1"]
  test.same(x, { 3, 2, 1, 1 })
end)
test("assigning converts to the dtype on the left", function()
  local x = tensor({ 1, 2 }, { dtype = "i64" })
  x[":"] = tensor { 5, -5 }
  test.same(x, { 5, -5 })
  test.dtype(x, "i64")
  test.fails("x[...] = value: i64 cannot hold 2.9", function() x[1] = 2.9 end) -- nothing is cut
  test.fails("x[...] = value: i64 cannot hold 5.5", function() x[":"] = tensor { 7, 5.5 } end)
  test.same(x, { 5, -5 })
end)
test("a view of size 0 takes anything that broadcasts", function()
  local x = tensor { 1, 2 }
  x["2:1"] = 9
  test.same(x, { 1, 2 })
end)

test("a trailing underscore works in place and returns self", function()
  local x = tensor { 1, -2 }
  test.truth(rawequal(x:add_(1), x), "x:add_ returning x")
  test.same(x, { 2, -1 })
  test.same(x:mul_(2), { 4, -2 })
  test.same(x:sub_(tensor { 1, 1 }), { 3, -3 })
  test.same(x:div_(3), { 1, -1 })
  test.same(x:neg_(), { -1, 1 })
  test.same(x:abs_(), { 1, 1 })
  test.same(x:fill_(7), { 7, 7 })
  test.same(x:clamp_(0, 1), { 1, 1 })
  test.same(x:zero_(), { 0, 0 })
  test.same(x:copy_(tensor { 3, 4 }), { 3, 4 })
  test.same(x:exp_():log_():round_(), { 3, 4 })
end)
test("in place through a view and with itself", function()
  local x = grid()
  x[":, 2"]:mul_(10)
  test.same(x, { { 1, 20, 3 }, { 4, 50, 6 } })
  local y = tensor { 1, 2, 3, 4 }
  y["2:4"]:add_(y["1:3"])
  test.same(y, { 1, 3, 5, 7 })
  local z = tensor { 2, 3 }
  z:mul_(z)
  test.same(z, { 4, 9 })
end)
test("in place keeps dtype", function()
  local x = tensor({ 1, 2 }, { dtype = "i64" })
  x:add_(tensor({ 1, 1 }, { dtype = "i64" }))
  test.dtype(x, "i64")
  test.same(x, { 2, 3 })
end)

test("bad assignments", function()
  local x = grid()
  test.fails("x[...] = value: f32[2] does not broadcast to f32[2,3]", function() x[":"] = tensor { 1, 2 } end)
  test.fails("x[...] = value: a number, tensor or table expected, got string", function() x[1] = "a" end)
  test.fails("x[...] = value: ragged table: a table of 3 expected at depth 2, got a number",
    function() x[1] = { { 1, 2, 3 }, 4 } end, x)
  test.fails("index 3 outside 1..2 (dim 1 of f32[2,3])", function() x[3] = 0 end)
  test.fails("f32[2,3]: field 'shape' cannot be set; x:reshape(...) gives another shape",
    function() x.shape = { 6 } end)
  test.fails("add_: f32[2] does not broadcast to f32[2,3]", function() x:add_(tensor { 1, 2 }) end)
  test.fails("fill_: number expected, got string", function() x:fill_("a") end)
  test.fails("grad: f32[2] for f32[2,3]: shapes differ", function() x.grad = tensor { 1, 2 } end)
  test.same(x, grid())
end)
test("no form of assignment drops a gradient", function()
  local w = tensor.ones(2):requires_grad()
  local ids, mask = tensor({ 1, 3 }, { dtype = "i64" }), tensor { true, false, true }
  local forms = {
    { "x[...] = value", function(c, v) c["1:2"] = v end }, { "x[...] = value", function(c, v) c[{ { 1, 2 } }] = v end },
    { "x[...] = value", function(c, v) c[2] = v:sum() end }, { "x[index] = value", function(c, v) c[ids] = v end },
    { "x[index] = value", function(c, v) c[mask] = v end },
    { "x[index] = value", function(c, v) c[ids] = v[{ { 1 } }] end },
    { "copy_", function(c, v) c:copy_(v:sum()) end }, { "add_", function(c, v) c:add_(v:sum()) end },
    { "lerp_", function(c, v) c:lerp_(1, v:sum()) end },
  }
  for k, form in ipairs(forms) do
    local c = tensor.zeros(3)
    test.fails_with({ form[1] .. ": ", "requires grad" }, form[2], c, w * 3)
    test.same(c, { 0, 0, 0 })
    tensor.no_grad(function() form[2](c, w * 3) end)
    form[2](c, (w * 3):detach())
    test.equal(c.needs_grad, false, "form " .. k)
  end
end)
test("a leaf that requires grad is not changed in place while recording", function()
  local w = tensor.zeros(2):requires_grad()
  test.fails_with({ "tensor.no_grad" }, function() w[1] = 1 end)
  test.fails_with({ "tensor.no_grad" }, function() w:add_(1) end)
  test.fails_with({ "tensor.no_grad" }, function() w:zero_() end)
  test.fails_with({ "tensor.no_grad" }, function() w[w:eq(0)] = 1 end)
  tensor.no_grad(function() w[1] = 1 end)
  test.same(w:detach(), { 1, 0 })
end)
test("an index has parts in order and no other keys", function()
  local q = tensor { { 1, 2, 3 }, { 4, 5, 6 } }
  local odd = { { dim = 2 }, { [2] = { 2, 3 } }, { 1, 2, x = 3 }, { 1, { 2, 3, step = 2 } }, { [1.5] = 1 } }
  for _, index in ipairs(odd) do
    test.fails_with({ "is no part" }, function() return q[index] end)
    test.fails_with({ "is no part" }, function() q[index] = 0 end)
  end
  test.same(q, { { 1, 2, 3 }, { 4, 5, 6 } })
end)

test("what is expanded is not changed in place: its elements are one in memory", function()
  local x = tensor { 1, 2, 3 }
  local wide = x:expand(4, 3)
  for _, change in ipairs {
    function() wide:add_(tensor.ones(4, 3)) end,
    function() wide:fill_(3) end,
    function() wide:zero_() end,
    function() wide[":, 2"] = 7 end,
    function() wide[wide:gt(1)] = 7 end,
    function() wide:exp_() end,
  } do
    test.fails_with({ "is expanded", "clone" }, change)
  end
  test.same(x, { 1, 2, 3 })
  x:expand(1, 3):add_(1)
  wide[2] = tensor { 5, 6, 7 } -- a row is there once
  test.same(x, { 5, 6, 7 })
end)

test.done()
