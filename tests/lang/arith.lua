--- arith.lua: ARITH, MASKS and TEXT of the language.
local test = dofile "tests/check.lua"

test("the operators are elementwise", function()
  local a, b = tensor { 7, 8 }, tensor { 2, 3 }
  test.same(a + b, { 9, 11 })
  test.same(a - b, { 5, 5 })
  test.same(a * b, { 14, 24 })
  test.close(a / b, { 3.5, 8 / 3 })
  test.same(a // b, { 3, 2 })
  test.same(a % b, { 1, 2 })
  test.close(a ^ b, { 49, 512 })
  test.same(-a, { -7, -8 })
end)
test("a number on either side", function()
  local a = tensor { 1, 2 }
  test.same(a + 1, { 2, 3 })
  test.same(1 + a, { 2, 3 })
  test.same(10 - a, { 9, 8 })
  test.same(2 * a, { 2, 4 })
  test.same(2 / a, { 2, 1 })
  test.same(2 ^ a, { 2, 4 })
  test.same(a ^ 2, { 1, 4 })
  test.same(7 // a, { 7, 3 })
  test.same(7 % a, { 0, 1 })
end)
test("floor division and remainder follow the divisor's sign, as Lua's", function()
  local a = tensor { 7, -7, 7, -7 }
  local b = tensor { 2, 2, -2, -2 }
  test.same(a // b, { 3, -4, -4, 3 })
  test.same(a % b, { 1, 1, -1, -1 })
  local i, j = a:to "i64", b:to "i64"
  test.same(i // j, { 3, -4, -4, 3 })
  test.same(i % j, { 1, 1, -1, -1 })
end)
test("broadcasting aligns at the right", function()
  local x = tensor { { 1, 2, 3 }, { 4, 5, 6 } }
  test.same(x + tensor { 10, 20, 30 }, { { 11, 22, 33 }, { 14, 25, 36 } })
  test.same(x + tensor { { 10 }, { 20 } }, { { 11, 12, 13 }, { 24, 25, 26 } })
  test.same(tensor { { 1 }, { 2 } } * tensor { 3, 4 }, { { 3, 4 }, { 6, 8 } })
  test.shape(tensor.zeros(5, 1, 3) + tensor.zeros(4, 1), { 5, 4, 3 })
  test.shape(tensor.zeros(2, 0) + tensor.zeros(1), { 2, 0 })
  test.shape(tensor.zeros(1) + tensor.zeros(0), { 0 })
  test.same(tensor(2) + tensor { 1 }, { 3 })
end)
test("strided operands", function()
  local x = tensor { { 1, 2, 3 }, { 4, 5, 6 } }
  test.same(x:t() + x:t(), { { 2, 8 }, { 4, 10 }, { 6, 12 } })
  test.same(x:t() * tensor { { 1, 10 }, { 2, 20 }, { 3, 30 } }, { { 1, 40 }, { 4, 100 }, { 9, 180 } })
  test.same(x[":, ::2"] + x[":, 3:1:-2"], { { 4, 4 }, { 10, 10 } })
  test.same(tensor { 1 }:expand(3) + tensor { 1, 2, 3 }, { 2, 3, 4 })
end)
test("long rows, every tail of a vector loop", function()
  for _, n in ipairs { 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 63, 65, 1000, 4099 } do
    local x = tensor.arange(n):to "f32"
    test.equal((x + 1):sum():item() - x:sum():item(), n + 0.0, "n " .. n)
    test.equal((x * 2)[n], 2.0 * n)
    test.equal((x - x):abs():max():item(), 0.0)
  end
end)
test("matrix products of all rank pairs", function()
  local m = tensor { { 1, 2 }, { 3, 4 } }
  local v = tensor { 5, 6 }
  test.same(m:mm(m), { { 7, 10 }, { 15, 22 } })
  test.same(m:mm(v), { 17, 39 })
  test.same(v:mm(m), { 23, 34 })
  test.equal(v:mm(v):item(), 61.0)
  test.shape(v:mm(v), {})
  test.equal(v:dot(v):item(), 61.0)
  local b = tensor.stack { m, m * 2 }
  test.same(b:mm(m), { { { 7, 10 }, { 15, 22 } }, { { 14, 20 }, { 30, 44 } } })
  test.same(b:mm(b), { { { 7, 10 }, { 15, 22 } }, { { 28, 40 }, { 60, 88 } } })
  test.same(m:mm(b), { { { 7, 10 }, { 15, 22 } }, { { 14, 20 }, { 30, 44 } } })
  test.same(b:mm(v), { { 17, 39 }, { 34, 78 } })
  test.same(m:t():mm(m), { { 10, 14 }, { 14, 20 } })
  test.same(m:mm(m:t()), { { 5, 11 }, { 11, 25 } })
end)
test("products with a size of 0", function()
  test.same(tensor.zeros(2, 0):mm(tensor.zeros(0, 2)), { { 0, 0 }, { 0, 0 } })
  test.shape(tensor.zeros(0, 3):mm(tensor.zeros(3, 2)), { 0, 2 })
end)
test("products in all float sizes and layouts against loops", function()
  tensor.seed(3)
  for _, d in ipairs { "f32", "f64" } do
    for _, s in ipairs { { 1, 1, 1 }, { 3, 5, 2 }, { 17, 9, 33 }, { 64, 65, 63 }, { 1, 200, 7 }, { 130, 3, 1 } } do
      local a, b = tensor.randn(s[1], s[2], { dtype = d }), tensor.randn(s[2], s[3], { dtype = d })
      local want = (a:unsqueeze(3) * b:unsqueeze(1)):sum(2)
      test.close(a:mm(b), want, 2e-5)
      test.close(a:t():contiguous():t():mm(b:t():contiguous():t()), want, 2e-5)
    end
  end
end)
test("einsum", function()
  test.same(tensor.einsum("ii,ij->j", tensor.zeros(0, 0), tensor.zeros(0, 2)), { 0, 0 })
  local a, b = tensor { { { 1, 2 }, { 3, 4 } } }, tensor { { { 5, 6 }, { 7, 8 } } }
  test.same(tensor.einsum("bik,bkj->bij", a, b), { { { 19, 22 }, { 43, 50 } } })
  test.same(tensor.einsum("ij->ji", a[1]), { { 1, 3 }, { 2, 4 } })
  test.equal(tensor.einsum("ii->", a[1]):item(), 5.0)
end)

-- 0, 1, 2, ... in a shape; the sums are PyTorch 1.13's.
local function counted(...)
  local n = 1
  for _, size in ipairs { ... } do n = n * size end
  return (tensor.arange(1, n) - 1):to "f64":reshape { ... }
end
test("einsum gives the same again, as it does of tensors of whole numbers and as of reals", function()
  local sizes = { i = 2, j = 3, k = 4, l = 1 }
  for _, spec in ipairs { "ij,j->ij", "j,ij->ij", "ij,j->ji", "i,k->ki", "ij,ik->jik", "i,i->i", "i,i->", "ij,jk->ik",
    "ij,jk->ki", "ji,jk->ik", "ij,kj->ik", "ij,ij->i", "ij,ij->j", "ijk,kj->i", "ijl,ikl->ijk", "ijl,ikl->kij",
    "ij,k->", "ij,k->k", "ik,j->i", ",ij->ij", "ij->j", "ij->", "kij->jk", "ij->ji", "lij,jlk", "ij,ik", "ii->i",
    "ii->", "iij->j", "iji->ji", "jii->ij", "iii->i", "iijj->ji", "ijji->j" } do
    local given, whole = {}, {}
    for part in (spec:gsub("->.*", "") .. ","):gmatch "(%a*)," do
      local shape = {}
      for c in part:gmatch "." do shape[#shape + 1] = sizes[c] end
      whole[#whole + 1] = #shape > 0 and tensor.randint(-5, 5, table.unpack(shape)) or tensor(3, { dtype = "i64" })
      given[#given + 1] = whole[#whole]:to "f32"
    end
    local one = tensor { 1 }:squeeze()
    given[#given + 1] = one -- three parts go another way
    local other = spec:find "->" and spec:gsub("->", ",->") or nil
    local want = other and tensor.einsum(other, table.unpack(given))
    given[#given] = nil
    for _ = 1, 3 do
      local got = tensor.einsum(spec, table.unpack(given))
      test.same(tensor.einsum(spec, table.unpack(whole)):to "f32", got)
      if want then test.same(got, want) end
    end
  end
  for _ = 1, 2 do
    test.same(tensor.einsum("ii->i", tensor.zeros(0, 0)), {})
    test.same(tensor.einsum("ii->i", counted(2, 2)), { 0, 3 })
    test.fails_with({ "letter 'i' is 2 and 3" }, function() return tensor.einsum("ii->i", counted(2, 3)) end)
    test.fails_with({ "letter 'j' is 3 and 2" },
      function() return tensor.einsum("ij,j->ij", counted(2, 3), counted(2)) end)
    test.fails_with({ "2 letters" }, function() return tensor.einsum("ij,j->ij", counted(2), counted(2)) end)
    test.fails_with({ "2 parts for 1" }, function() return tensor.einsum("ij,j->ij", counted(2, 2)) end)
    test.fails_with({ "tensor expected" }, function() return tensor.einsum("ij,j->ij", counted(2, 2), 3) end)
    test.same(tensor.einsum("ij,j->ij", counted(2, 2), counted(2)), { { 0, 1 }, { 0, 3 } })
  end
end)
test("powers of whole numbers wrap, with any exponent, of any length", function()
  local function power(a, b)
    local y = 1
    for _ = 1, b do y = y * a end
    return y
  end
  test.each({ threads = true, { "i64", "i32", "u8" }, { 1, 255, 256, 257, 5000 } }, function(dtype, n)
    local a, b = tensor.randint(-40, 40, n):to(dtype), tensor.randint(0, 70, n):to(dtype)
    local function check(got, x, y)
      local want = {}
      for i = 1, n do want[i] = power(x[i] or x, y[i] or y) end
      test.alike(got:to(dtype), tensor(want, { dtype = "i64" }):to(dtype))
    end
    local la, lb = a:totable(), b:totable()
    check(a ^ b, la, lb)
    check((a["::-1"]) ^ (b["::-1"]), a:flip(1):totable(), b:flip(1):totable())
    for _, e in ipairs { 0, 1, 4, 5, 17 } do
      local es = {}
      for i = 1, n do es[i] = e end
      check(a ^ e, la, es)
      check(a:clone():pow_(e), la, es)
      if n > 1 then check(a ^ b:clone():fill_(e), la, es) end
    end
  end)
end)
test("einsum without -> keeps the letters that stand once, by the alphabet", function()
  test.equal(tensor.einsum("ii", counted(3, 3)):item(), 12.0)
  test.same(tensor.einsum("iij", counted(3, 3, 2)), { 24, 27 })
  test.equal(tensor.einsum("ii,ii", counted(3, 3), counted(3, 3)):item(), 80.0)
  test.same(tensor.einsum("ba", counted(2, 3)), { { 0, 3 }, { 1, 4 }, { 2, 5 } })
  test.same(tensor.einsum("bA", counted(2, 3)), { { 0, 3 }, { 1, 4 }, { 2, 5 } }) -- capitals first
  test.same(tensor.einsum("ij,jk", counted(2, 2), counted(2, 2)), { { 2, 3 }, { 6, 11 } })
end)
test("einsum's '...' are the dimensions left over, which broadcast from the right", function()
  local a, b = counted(2, 3), counted(5, 1, 3, 4)
  test.same(tensor.einsum("...ij,...jk->...ik", a, b), a:mm(b))
  test.same(tensor.einsum("...ij,...jk", a, b), a:mm(b))
  test.same(tensor.einsum("...ij,...jk->...ik", counted(2, 1, 4, 2, 3), b), counted(2, 1, 4, 2, 3):mm(b))
  test.same(tensor.einsum("...ij,...jk->ik", a, b), a:mm(b):sum { dim = { 1, 2 } })
  test.same(tensor.einsum("...ii", counted(2, 2, 2)), { 3, 11 })
  test.same(tensor.einsum("...ii->...i", counted(2, 2, 2)), { { 0, 3 }, { 4, 7 } })
  test.same(tensor.einsum("i...i->i...", counted(2, 3, 2)), { { 0, 2, 4 }, { 7, 9, 11 } })
  test.same(tensor.einsum("i...,j...->ij...", counted(2, 2), counted(2, 1)),
    { { { 0, 0 }, { 0, 1 } }, { { 0, 0 }, { 2, 3 } } })
  test.same(tensor.einsum("a...b->b...", counted(2, 2, 2)), { { 4, 8 }, { 6, 10 } })
  test.same(tensor.einsum("...,...", counted(2, 2), counted(2)), { { 0, 1 }, { 0, 3 } })
  test.same(tensor.einsum("a...,a...->a", counted(2, 1), counted(2, 3)), { 0, 12 })
  test.same(tensor.einsum("i->...i", counted(2)), { 0, 1 })
  test.shape(tensor.einsum("...,...->...", counted(0, 3), counted(1, 3)), { 0, 3 })
  test.truth(tensor.gradcheck(function(x, y) return tensor.einsum("...ii,...i", x, y) end,
    counted(2, 3, 3):requires_grad(), counted(1, 3):requires_grad()))
end)
test("einsum says which part of its letters cannot be", function()
  local x = counted(3)
  for spec, text in pairs { ["..i"] = "one '...' a part", ["....i"] = "one '...' a part",
    ["...i..."] = "one '...' a part", ["i->i->i"] = "one -> expected", ["i-i"] = "one -> expected",
    ["i->..i"] = "one '...' a part", ["2->2"] = "letters, commas", ["i->j"] = "letter 'j' of the result stands nowhere",
    ["i->ii"] = "letter 'i' stands twice in the result",
    ["...ij"] = "'...ij' has 2 letters, tensor 1 has 1 dim",
    ["ij"] = "'ij' has 2 letters", ["i,i"] = "2 parts for 1" } do
    test.fails_with({ ("einsum \"%s\": "):format(spec), text }, function() return tensor.einsum(spec, x) end)
  end
  test.fails_with({ "a dimension of '...' is 2 and 3" },
    function() return tensor.einsum("...i,...i->...", counted(2, 3), counted(3, 3)) end)
  test.fails_with({ "letter 'i' is 2 and 3" }, function() return tensor.einsum("ii", counted(2, 3)) end)
end)

test("comparisons give bool", function()
  local x, y = tensor { 1, 2, 3 }, tensor { 3, 2, 1 }
  test.dtype(x:gt(2), "bool")
  test.same(x:gt(2), { false, false, true })
  test.same(x:ge(2), { false, true, true })
  test.same(x:lt(2), { true, false, false })
  test.same(x:le(2), { true, true, false })
  test.same(x:eq(2), { false, true, false })
  test.same(x:ne(2), { true, false, true })
  test.same(x:gt(y), { false, false, true })
end)
test("masks combine with & | ~", function()
  local x = tensor { -1, 0.5, 2 }
  test.same(x:gt(0) & x:lt(1), { false, true, false })
  test.same(x:lt(0) | x:gt(1), { true, false, true })
  test.same(~x:gt(0), { true, false, false })
  test.dtype(~x:gt(0), "bool")
  test.equal((x:gt(0)):any():item(), true)
  test.equal((x:gt(0)):all():item(), false)
end)
test("== is same shape and all equal", function()
  test.truth(tensor { 1, 2 } == tensor { 1, 2 }, "equality")
  test.truth(tensor { 1, 2 } == tensor({ 1, 2 }, { dtype = "i64" }), "equality over dtypes")
  test.truth(tensor { 1, 2 } ~= tensor { 1, 3 }, "inequality")
  test.truth(tensor { 1, 2 } ~= tensor { { 1, 2 } }, "inequality of shapes")
  test.truth(tensor.zeros(0) == tensor.zeros(0), "equality of nothing")
  test.truth(tensor { 0 / 0 } ~= tensor { 0 / 0 }, "NaN differing from itself")
  test.truth(tensor(0) ~= 0, "a tensor differing from a number")
end)
test("< on one element compares numbers", function()
  test.truth(tensor { 1 } < 2, "1 < 2")
  test.truth(2 > tensor(1), "2 > 1")
  test.truth(tensor(1) <= tensor { 1 }, "1 <= 1")
  test.truth(tensor(3) >= 2, "3 >= 2")
end)
test("< on more is an error with the hint", function()
  local x = tensor { 1, 2 }
  test.fails("< gives one boolean, and f32[2] has 2 elements; elementwise: x:lt(y)", function() return x < 0 end)
  test.fails("<= gives one boolean, and f32[2] has 2 elements; elementwise: x:le(y)", function() return x <= 0 end)
  test.fails("< or > gives one boolean, and f32[2] has 2 elements; elementwise: x:gt(y)",
    function() return x > 0 end)
  test.fails("<= or >= gives one boolean, and f32[2] has 2 elements; elementwise: x:ge(y)",
    function() return x >= 0 end)
end)
test("where and masked_fill", function()
  local x = tensor { -1, 2, -3 }
  test.same(tensor.where(x:gt(0), x, 0), { 0, 2, 0 })
  test.same(tensor.where(x:gt(0), x, -x), { 1, 2, 3 })
  test.same(x:masked_fill(x:lt(0), 9), { 9, 2, 9 })
end)

test("text", function()
  test.equal("loss " .. tensor(0.5), "loss 0.5")
  test.equal(tensor({ 3 }, { dtype = "i64" }) .. " left", "3 left")
  test.equal("is " .. tensor(true), "is true")
  test.fails("..: both sides are tensors (f32[1], f32[2]); join them with tensor.cat{a, b, dim=1}",
    function() return tensor { 1 } .. tensor { 1, 2 } end)
end)
test("printing", function()
  test.equal(tostring(tensor { 1, 2 }), " 1  2\nf32[2]")
  test.equal(tostring(tensor(2.5)), "2.5")
  test.equal(tostring(tensor { true, false }), "  true  false\nbool[2]")
  test.equal(tostring(tensor.zeros(0, 3)), "f32[0,3]")
  local _, lines = tostring(tensor.zeros(1000, 1000)):gsub("\n", "")
  test.truth(lines <= 30, "a large tensor in at most 30 lines")
  test.truth(tostring(tensor.zeros(1000, 1000)):find("f32[1000,1000] min 0 max 0 mean 0 nan 0", 1, true), "its summary")
end)

test("shapes that clash", function()
  test.fails("add: shapes do not broadcast: left f32[2], right f32[3]",
    function() return tensor { 1, 2 } + tensor { 1, 2, 3 } end)
  test.fails_with({ "mm", "f32[2,3]", "f32[2,3]", "3", "2" },
    function() return tensor.zeros(2, 3):mm(tensor.zeros(2, 3)) end)
  test.fails_with({ "dot" }, function() return tensor { 1, 2 }:dot(tensor { 1, 2, 3 }) end)
  local x = tensor.zeros(2, 3)
  test.fails_with({ "einsum" }, function() return tensor.einsum("ij,jk->ik", x, x) end)
  test.fails_with({ "einsum" }, function() return tensor.einsum("ij", 3) end)
end)
test("values that are no tensors", function()
  test.fails("add: right is table; a tensor or a number is wanted (tensor{...} makes one)",
    function() return tensor { 1 } + {} end)
  test.fails_with({ "mm:", "must be a tensor, got string" }, function() return tensor.zeros(2, 2):mm "x" end)
end)
test("f32 vector maths is as exact as f64 rounded, near, far and at the ends", function()
  local g = tensor.rng(9)
  local function check(name, f, lo, hi)
    local x = tensor.rand { 5000, rng = g } * (hi - lo) + lo
    local want = f(x:to "f64")
    local far = ((f(x):to "f64" - want):abs() / (want:abs() + 1e-2)):max():item()
    test.truth(far < 2.5e-7, ("%s in %g..%g: relative error %g below 2.5e-7, that"):format(name, lo, hi, far))
  end
  for _, name in ipairs { "sin", "cos" } do
    for _, far in ipairs { 1e-3, 10, 8000, 1e6 } do check(name, tensor[name], -far, far) end
  end
  check("log1p", tensor.log1p, -0.999, 5)
  check("log1p", tensor.log1p, 0, 1e30)
  check("fmod", function(x) return x:fmod(0.75) end, -100, 100)
  check("fmod", function(x) return x:fmod(0.75) end, -1e9, 1e9)
  test.same(tensor { 1 / 0, -1 / 0, 0 / 0, 1e38 }:fmod(2), { 0 / 0, 0 / 0, 0 / 0, 0 })
  test.same(tensor { 5, -5, 5, -5, 3 }:fmod(tensor { 3, 3, -3, -3, 1 / 0 }), { 2, -2, 2, -2, 3 })
  test.same(tensor.full({ 64 }, 3):fmod(1 / 0), tensor.full({ 64 }, 3))
  for _, dtype in ipairs { "i64", "i32" } do -- stay whole, and exact
    local least = dtype == "i64" and math.mininteger or -(1 << 31)
    local a = tensor({ 16777217, -7, 7, -7, least, least }, { dtype = dtype })
    local y = a:fmod(tensor({ 2, 3, -3, -3, -1, 10 }, { dtype = dtype }))
    test.equal(y.dtype, dtype)
    test.same(y, tensor({ 1, -1, 1, -1, 0, -8 }, { dtype = dtype }))
    test.fails_with({ "fmod", "division by zero" }, function() return a:fmod(0) end)
  end
  test.same(tensor({ 250, 7 }, { dtype = "u8" }):fmod(4), tensor({ 2, 3 }, { dtype = "u8" }))
  test.same(tensor { 1 / 0, -1, -2, 0 }:log1p(), { 1 / 0, -1 / 0, 0 / 0, 0 })
  test.same(tensor { 1 / 0, 0 / 0, 0 }:sin(), { 0 / 0, 0 / 0, 0 })
  test.same(tensor { -1 / 0, 0 / 0, 0 }:cos(), { 0 / 0, 0 / 0, 1 })
end)

test("a power with a plain exponent: the values and gradients of the general one, signs as PyTorch", function()
  for _, dtype in ipairs { "f32", "f64" } do
    for _, b in ipairs { 2, 3, 0.5, -0.5, -1 } do
      local x = (tensor.rand { 3, 5, dtype = dtype } + 0.5):requires_grad()
      local w = x:detach():clone():requires_grad()
      local y, z = x ^ b, w ^ tensor.full({ 3, 5 }, b, { dtype = dtype })
      y:sum():backward()
      z:sum():backward()
      local near = dtype == "f32" and 1e-6 or 1e-14
      assert(((y - z) / z):abs():max():item() < 4 * near, b)
      assert(((x.grad - w.grad) / w.grad):abs():max():item() < 4 * near, b)
      local e = tensor(b, { dtype = dtype }):requires_grad() -- the exponent's own gradient
      local v = x:detach();
      (v ^ e):sum():backward()
      assert(math.abs(e.grad:item() / (v ^ b * v:log()):sum():item() - 1) < 1e-5)
    end
  end
  local inf = math.huge
  local x = tensor { -inf, -0.0, -1.5, 0, inf, 0 / 0, 4 }
  test.equal(tostring((x ^ 2):totable()[1]), "inf")
  test.same(x[{ { 2, 5 } }] ^ 2, { 0, 2.25, 0, inf })
  test.same(x[{ { 1, 5 } }] ^ 3, { -inf, 0, -3.375, 0, inf })
  test.equal(tostring((x ^ 0.5):totable()[1]), "nan")
  test.equal(1 / (x ^ 0.5)[2], -inf)
  test.same(x[{ { 2, 5 } }] ^ -1, { -inf, (1 / tensor { -1.5 })[1], inf, 0 })
  test.equal((x ^ -0.5)[7], 0.5)
  local n = tensor({ -3, 2 }, { dtype = "i64" })
  test.same(n ^ 2, { 9, 4 })
  n:pow_(2)
  test.same(n, { 9, 4 })
  test.dtype(n, "i64")
end)

test("whole powers of integers are exact in i64, as in PyTorch; others f32", function()
  local function of(dtype, ...) return tensor({ ... }, { dtype = dtype }) end
  for _, case in ipairs { { "i64", -3037000499, 2, 9223372030926249001 }, { "i64", 2097151, 3, 9223358842721533951 },
    { "i64", -7, 22, 3909821048582988049 }, { "i64", 0, 0, 1 }, { "i32", 50001, 2, 2500100001 },
    { "u8", 200, 3, 8000000 }, { "bool", true, 2, 1 }, { "i64", 2, 62, 4611686018427387904 } } do
    local y = of(case[1], case[2]) ^ case[3]
    test.dtype(y, "i64")
    test.equal(y[1], case[4])
    test.equal((of(case[1], case[2]) ^ tensor(case[3], { dtype = "i64" }))[1], case[4])
  end
  local n = of("i64", 2097151)
  n:pow_(3)
  test.equal(n[1], 9223358842721533951)
  for _, y in ipairs { n ^ -1, n ^ 0.5, 2.0 ^ of("i64", 3), 2.5 ^ of("i64", 3), n ^ of("f32", 2), n ^ tensor(2),
    n ^ tensor(-1, { dtype = "i64" }) } do
    test.dtype(y, "f32")
  end
  test.same(of("i64", 2, 4) ^ -1, { 0.5, 0.25 })
  -- torch.tensor([3]) ** torch.tensor([39]), 3 ** torch.tensor([39, 0, 1]), and beyond 2^63 as it wraps there
  for _, case in ipairs { { of("i64", 3) ^ of("i64", 39), { 4052555153018976267 } },
    { of("i64", 3) ^ of("i64", 40), { -6289078614652622815 } },
    { 3 ^ of("i64", 39, 0, 1), { 4052555153018976267, 1, 3 } }, { 2 ^ of("i32", 62), { 4611686018427387904 } },
    { of("u8", 200, 3) ^ of("u8", 3, 2), { 8000000, 9 } }, { of("i64", -7) ^ of("i64", 22), { 3909821048582988049 } },
    { of("i64", 5001, 2):view(2, 1) ^ of("i64", 2, 3), { { 25010001, 125075015001 }, { 4, 8 } } },
    { 0 ^ of("i64", 0, 1), { 1, 0 } }, { of("i64", 2, 3) ^ of("i64", 2), { 4, 9 } } } do
    test.dtype(case[1], "i64")
    test.equal(tostring(case[1]), tostring(tensor(case[2], { dtype = "i64" })))
  end
  n:pow_(of("i64", 2))
  test.equal(n[1], 9223358842721533951 * 9223358842721533951)
  local none = "pow: integers have no negative powers, and element 2 of i64[2] is -1 (x:to\"f32\" converts)"
  test.fails(none, function() return 2 ^ of("i64", 3, -1) end)
  test.fails(none, function() return of("i64", 1, 2) ^ of("i64", 3, -1) end)
  test.fails(none, function() of("i64", 1, 2):pow_(of("i64", 3, -1)) end)
  test.fails("pow_: the result is f32, which i64[1] cannot hold; x = x:pow(...) makes a new tensor", n.pow_, n,
    of("i64", -1))
  test.same(2.0 ^ of("i64", 3, -1), { 8, 0.5 })
end)

test.done()
