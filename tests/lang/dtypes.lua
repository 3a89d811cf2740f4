--- dtypes.lua: DTYPES of the language: Lua numbers are weak.
local test = dofile "tests/check.lua"
local function of(d, v) return tensor({ v or 2 }, { dtype = d }) end

local cases = {
  { "f32*2.5", of "f32" * 2.5, "f32" }, { "i64*2.5", of "i64" * 2.5, "f32" }, { "u8/255", of "u8" / 255, "f32" },
  { "f32+f64", of "f32" + of "f64", "f64" }, { "f64+f32", of "f64" + of "f32", "f64" },
  { "i64/i64", of "i64" / of "i64", "f32" }, { "i64//i64", of "i64" // of "i64", "i64" },
  { "i64%i64", of "i64" % of "i64", "i64" }, { "i64*2", of "i64" * 2, "i64" }, { "i32*2", of "i32" * 2, "i32" },
  { "u8+1", of "u8" + 1, "u8" }, { "f64*2.5", of "f64" * 2.5, "f64" }, { "f64*2", of "f64" * 2, "f64" },
  { "i64+f32", of "i64" + of "f32", "f32" }, { "i32+i64", of "i32" + of "i64", "i64" },
  { "u8+i32", of "u8" + of "i32", "i32" }, { "bool+bool", of "bool" + of "bool", "i64" },
  { "bool*f32", of "bool" * of "f32", "f32" }, { "bool+1", of "bool" + 1, "i64" },
  { "u8*f64", of "u8" * of "f64", "f64" },
  { "2.5-i64", 2.5 - of "i64", "f32" }, { "1/i64", 1 / of "i64", "f32" }, { "-i64", -of "i64", "i64" },
}
for _, c in ipairs(cases) do test(c[1] .. " -> " .. c[3], function() test.dtype(c[2], c[3]) end) end

test("values of mixed arithmetic", function()
  test.same(of("i64", 3) * 2.5, { 7.5 })
  test.close(of("u8", 51) / 255, { 0.2 })
  test.same(of("i64", 7) / of("i64", 2), { 3.5 })
  test.same(of("bool", 1) + of("bool", 1), { 2 })
  test.equal((of("f64", 1) / 3)[1], 1 / 3)
end)
test("functions of integers are f32", function()
  test.dtype(of "i64":exp(), "f32")
  test.dtype(of "u8":sqrt(), "f32")
  test.dtype(of "i64":abs(), "i64")
  test.dtype(of "i64":relu(), "i64")
end)
test("reductions", function()
  test.dtype(of "f32":sum(), "f32")
  test.dtype(of "i32":sum(), "i64")
  test.dtype(of "u8":sum(), "i64")
  test.dtype(of "bool":sum(), "i64")
  test.equal(tensor({ 255, 255 }, { dtype = "u8" }):sum():item(), 510)
  test.dtype(of "f64":argmax(), "i64")
  test.dtype(of "u8":max(), "u8")
end)
test("integers wrap, and never trap", function()
  test.equal((of("u8", 255) + 1)[1], 0)
  test.equal((of("i32", 2147483647) + 1)[1], -2147483648)
  test.equal((of("i64", math.maxinteger) + 1)[1], math.mininteger)
  test.equal((-of("i64", math.mininteger))[1], math.mininteger)
  test.equal((of("i64", math.mininteger) // -1)[1], math.mininteger)
  test.equal((of("i64", math.mininteger) % -1)[1], 0)
end)
test("integer division by zero is an error, as in Lua and PyTorch; of floats a number", function()
  local function div(x, y) return x // y end
  local function mod(x, y) return x % y end
  local n, zeros = of("i64", 1), tensor({ { 1, 2 }, { 0, 3 } }, { dtype = "i32" })
  test.fails("floordiv: integer division by zero: i64[1] by i64[1], whose element 1 is 0", div, n, of("i64", 0))
  test.fails("remainder: integer division by zero: i64[1] by 0", mod, n, 0)
  test.fails("floordiv: integer division by zero: u8[1] by 0", div, of("u8", 1), 0)
  test.fails("floordiv: integer division by zero: i64[] by i64[1], whose element 1 is 0", div, 1, of("i64", 0))
  test.fails("remainder: integer division by zero: i64[1] by i32[2,2], whose element 3 is 0", mod, n, zeros)
  test.fails("floordiv: integer division by zero: i64[1] by i32[2,2], whose element 2 is 0", div, n, zeros:t())
  test.fails("floordiv: integer division by zero: i64[1] by bool[1], whose element 1 is 0", div, n, tensor { false })
  test.fails("floordiv: integer division by zero: i64[1] by 0", n.floordiv_, n, 0)
  test.fails("remainder: integer division by zero: i64[1] by i64[1], whose element 1 is 0", n.remainder_, n,
    of("i64", 0))
  test.same(n, { 1 })
  local many = tensor.ones { 40000, dtype = "i64" } -- so many that they may wait until they are read
  test.same((many // (many + 1)):sum(), 0)
  many[39999] = 0
  test.fails("floordiv: integer division by zero: i64[] by i64[40000], whose element 39999 is 0", div, 1, many)
  test.fails("remainder: integer division by zero: i64[40000] by i64[40000], whose element 39999 is 0", mod, many,
    many * 3)
  test.shape(tensor.zeros { 0, dtype = "i64" } // 0, { 0 })
  test.same(of("f32", 1) // 0, { math.huge })
  test.same(n // 0.0, { math.huge })
  test.equal((of("f32", 1) / 0)[1], math.huge)
end)
test("one divisor of 0 and one negative exponent are found in any layout, of few and of many", function()
  test.each({ { { 3, 7, 3 }, { 4, 4, 4 }, { 13, 5 }, { 40, 6, 50 } }, { "i64", "i32", "u8" } }, function(size, dtype)
    local good = tensor.randint(1, 9, size):to(dtype)
    local last, bad, low = good:numel(), good:clone(), good:clone()
    bad:view(-1)[last], low:view(-1)[last] = 0, dtype == "u8" and 1 or -1
    test.in_every_way(function(v, w) return v // w, v % w, v:fmod(w), v:eq(w), v:logical_and(w) end, good, good)
    for _, v in pairs(test.ways(bad)) do
      test.fails_with({ "division by zero", ("element %d is 0"):format(last) }, function() return good // v end)
    end
    for _, v in pairs(dtype == "u8" and {} or test.ways(low)) do
      test.fails_with({ "no negative powers", ("element %d of"):format(last) }, function() return good ^ v end)
    end
  end)
end)
-- The right values are those of the numbers as they stand.
test("a number that integers cannot hold is neither wrapped nor cut", function()
  local u, i, l = of("u8", 200), of("i32", 7), of("i64", 2)
  test.close(u / 256, { 200 / 256 })
  test.close(u / -4, { -50 })
  test.close(256 / u, { 1.28 })
  test.close(i / 3000000000, { 7 / 3e9 })
  local wider = { { u + 300, 500 }, { u * -1, -200 }, { u // 256, 0 }, { u % 256, 200 }, { -3 - u, -203 },
    { u:maximum(300), 300 }, { u:minimum(-1), -1 }, { tensor.where(u:gt(300), u, 1000), 1000 },
    { i + 3000000000, 3000000007 }, { u:clamp(300, 400), 300 }, { u:clamp { max = -1 }, -1 } }
  for k, case in ipairs(wider) do
    test.same(case[1], { case[2] })
    test.equal(case[1].dtype, "i64", "case " .. k)
  end
  for _, case in ipairs { { u:eq(-56), false }, { u:ne(456), true }, { u:lt(300), true }, { u:ge(-1), true },
    { i:gt(-3000000000), true } } do
    test.same(case[1], { case[2] })
  end
  test.dtype(u:clamp(-5, 300), "u8")
  test.same(u:clamp(-5, 300), { 200 })
  test.same(l:clamp(2.5, 4.5), { 2.5 })
  test.dtype(l:clamp(2.5, 4.5), "f32")
  test.close(l:lerp(5, 0.5), { 3.5 })
  test.close(l:fma(l, 0.5), { 4.5 })
end)
test("what cannot be held where it is put is an error that names dtype and number", function()
  local u, l, b = of("u8", 200), of("i64", 2), tensor { true, false }
  local index, mask = tensor({ 1 }, { dtype = "i64" }), u:gt(0)
  local function refuses(message, f, ...)
    test.fails(message, f, ...)
    test.same(u, { 200 })
    test.same(l, { 2 })
  end
  refuses("x[...] = value: u8 cannot hold 300", function() u[1] = 300 end)
  refuses("x[...] = value: u8 cannot hold -1", function() u[":"] = { -1 } end)
  refuses("x[index] = value: u8 cannot hold 2.5", function() u[index] = 2.5 end)
  refuses("x[index] = value: u8 cannot hold 256", function() u[mask] = 256 end)
  refuses("x[...] = value: i64 cannot hold nan", function() l[1] = 0 / 0 end)
  refuses("fill_: i64 cannot hold inf", l.fill_, l, math.huge)
  refuses("copy_: u8 cannot hold 2.5", u.copy_, u, 2.5)
  -- Tensors as numbers and tables: no fraction is cut, nothing wraps, and what is whole stays legal.
  local fraction, wide = tensor { 2.5 }, of("i64", 300)
  refuses("copy_: i64 cannot hold 2.5", l.copy_, l, fraction)
  refuses("copy_: i64 cannot hold 2.5", l.copy_, l, tensor(2.5, { dtype = "f64" }))
  refuses("copy_: i64 cannot hold 9.2233720368548e+18", l.copy_, l, tensor { 2 ^ 63 })
  refuses("x[...] = value: i64 cannot hold nan", function() l[":"] = tensor { 0 / 0 } end)
  refuses("x[...] = value: u8 cannot hold 300", function() u[1] = wide[1] * tensor(1, { dtype = "i64" }) end)
  refuses("x[...] = value: u8 cannot hold 2.5", function() u[":"] = { tensor(2.5) } end)
  refuses("x[index] = value: i64 cannot hold 2.5", function() l[index] = fraction end)
  refuses("x[index] = value: u8 cannot hold 300", function() u[mask] = wide end)
  local long, table2 = tensor.arange(2000):to "f32", tensor.zeros { 2, 3, dtype = "i32" }
  long[1999] = -0.5
  refuses("copy_: i64 cannot hold -0.5", function() tensor.zeros({ 2000, dtype = "i64" }):copy_(long) end)
  refuses("x[...] = value: i32 cannot hold 0.5",
    function() table2[":"] = tensor { { 1, 2 }, { 3, 0.5 }, { 5, 6 } }:t() end)
  test.same(table2, { { 0, 0, 0 }, { 0, 0, 0 } })
  table2[":"] = tensor { { 1, 2 }, { 3, 4 }, { 5, 6 } }:t()
  test.same(table2, { { 1, 3, 5 }, { 2, 4, 6 } })
  table2:copy_(tensor(-7, { dtype = "f64" }))
  table2[mask:expand(2)] = tensor({ 8, 9, 10 }, { dtype = "i64" })
  test.same(table2, { { 8, 9, 10 }, { 8, 9, 10 } })
  test.same(of("u8", 0):copy_(tensor { 255 }), { 255 })
  test.same(tensor({ false, true }):copy_(tensor { 0.5, 0 }), { true, false }) -- a truth, as b[1] = 0.5
  refuses('masked_fill: u8[1] cannot hold 300 (x:to"f32" converts)', u.masked_fill, u, mask, 300)
  refuses('masked_fill: i64[1] cannot hold 1.5 (x:to"f32" converts)', l.masked_fill, l, mask, 1.5)
  refuses('pad: u8[1] cannot hold -1 (x:to"f32" converts)', u.pad, u, { 1, 1 }, { value = -1 })
  refuses("tensor: u8 cannot hold 300", tensor, { 300 }, { dtype = "u8" })
  refuses("tensor: i64 cannot hold 1.5", tensor, { 1, 1.5 }, { dtype = "i64" })
  refuses("full: u8 cannot hold 256", tensor.full, 2, 256, { dtype = "u8" })
  refuses("arange: u8 cannot hold 250..260", tensor.arange, 250, 260, { dtype = "u8" })
  refuses("arange: i64 cannot hold 0.25", tensor.arange, 0, 1, 0.25, { dtype = "i64" })
  refuses("linspace: i32 cannot hold 0.5", tensor.linspace, 0, 1, 3, { dtype = "i32" })
  refuses("randint: u8 cannot hold 0..256", tensor.randint, 0, 256, 3, { dtype = "u8" })
  local kept = "; x = x:%s(...) makes a new tensor"
  for _, case in ipairs { { "add", 0.9 }, { "div", 2 }, { "mul", 2.5 }, { "sub", tensor { 1 } }, { "pow", -1 },
    { "lerp", 3, 0.5 }, { "exp" }, { "sqrt" }, { "clamp", 1.5, 4.5 } } do
    refuses(("%s_: the result is f32, which i64[1] cannot hold" .. kept):format(case[1], case[1]),
      l[case[1] .. "_"], l, table.unpack(case, 2))
  end
  refuses("mul_: the result is f32, which u8[1] cannot hold" .. kept:format "mul", u.mul_, u, 2.5)
  refuses("add_: the result is i64, which bool[2] cannot hold" .. kept:format "add", b.add_, b, b)
  refuses("add_: u8[1] cannot hold 300", u.add_, u, 300)
  refuses("maximum_: u8[1] cannot hold -1", u.maximum_, u, -1)
  test.same(b:fill_(2), { true, true }) -- the truth of any number
  test.same(of("i64", 3):pow_(2), { 9 })
  test.same(of("f32", 3):add_(of("f64", 0.5)), { 3.5 })
  test.same(of("u8", 3):add_(of("i64", 2)), { 5 })
end)
test("integers beyond 2^53 stay exact: made, printed, with a number beside them", function()
  local big = 9007199254740993 -- 2^53 + 1
  local x = tensor({ big }, { dtype = "i64" })
  test.equal(x[1], big)
  test.equal(tostring(x), " 9007199254740993\ni64[1]")
  local least = tensor({ math.mininteger }, { dtype = "i64" })
  test.equal(test.inside.lunette.full_text(least), " -9223372036854775808\ni64[1]")
  test.equal((of("i64", 0) + big)[1], big)
  test.equal((of("i64", 1) * big)[1], big)
  test.same(x:eq(big), { true })
  test.same(x:eq(big - 1), { false })
  test.equal(tensor.full(2, big, { dtype = "i64" })[2], big)
  test.equal(tensor.full({ 2 }, big, { dtype = "i64" })[2], big)
  test.equal(tensor.zeros(1, { dtype = "i64" }):fill_(big)[1], big)
  test.equal(tensor { x, x, dtype = "i64" } [2][1], big)
  test.equal(tensor.arange(big, big + 2)[3], big + 2)
  test.equal(tensor.arange(math.maxinteger - 1, math.maxinteger)[2], math.maxinteger)
  test.equal(tensor.arange(math.mininteger, math.mininteger + 4, 2)[3], math.mininteger + 4)
  test.equal(tensor.arange(big, big - 4, -2)[3], big - 4)
  test.truth(x - 1 < x and x - 1 <= x, "an order of neighbours")
  test.equal(x < x - 1, false)
  test.fails("masked_fill: value = 9007199254740993 is beyond 2^53, where it would not be exact",
    x.masked_fill, x, x:gt(0), big)
  test.fails_with({ "arange", "memory" }, tensor.arange, math.mininteger, math.maxinteger)
end)
test("to converts", function()
  local x = tensor { -1.7, 0, 1.7, 300 }
  test.same(x:to "i64", { -1, 0, 1, 300 })
  test.dtype(x:to "i32", "i32")
  test.same(x:to "bool", { true, false, true, true })
  test.dtype(x:to "f64", "f64")
  test.same(tensor { true, false }:to "f32", { 1, 0 })
  test.dtype(x:double(), "f64")
  test.dtype(x:float(), "f32")
  test.dtype(x:long(), "i64")
  test.dtype(x:int(), "i32")
  test.dtype(x:byte(), "u8")
  test.dtype(x:bool(), "bool")
end)
test("numbers out of range convert without an end", function()
  local x = tensor({ 1e30, -1e30, 0 / 0, 1 / 0, -1 / 0 }, { dtype = "f64" })
  for _, d in ipairs { "i64", "i32", "u8", "bool", "f32" } do test.shape(x:to(d), { 5 }) end
end)
test("bad dtypes", function()
  local x = tensor { 1 }
  test.fails("to: unknown dtype 'f16' (f32 f64 i64 i32 u8 bool)", function() return x:to "f16" end)
  test.fails_with({ "to:", "dtype" }, function() return tensor { 1 }:to() end)
  test.fails_with({ "requires_grad: i64[1] is not f32 or f64" }, function() return of "i64":requires_grad() end)
  test.fails_with({ "mm" }, function() return of("i64"):reshape(1, 1):mm(of("f32"):reshape(1, 1), 3) end)
end)
-- The product of matrices of integers by its definition, in Lua's own.
local function product(a, b)
  local y = tensor.zeros(a:size(1), b:size(2), { dtype = "i64" })
  for i = 1, a:size(1) do
    for j = 1, b:size(2) do
      local sum = 0
      for k = 1, a:size(2) do sum = sum + a[{ i, k }] * b[{ k, j }] end
      y[{ i, j }] = sum
    end
  end
  return y
end
test("products of matrices of integers are exact i64, modulo 2^64", function()
  local big = 9007199254740993 -- 2^53 + 1
  test.equal(of("i64", big):dot(of("i64", 1)):item(), big)
  test.same(of("i64", 16777217):reshape(1, 1):mm(of("i64", 1):reshape(1, 1)), { { 16777217 } })
  test.same(of("i64", big):outer(of("i64", -3)), { { -3 * big } })
  local most = 1 << 40
  local a = tensor.randint(-most, most, 5, 7, { dtype = "i64" })
  local b = tensor.randint(-most, most, 7, 4, { dtype = "i64" })
  for _, p in ipairs { { a, b }, { a:t(), a }, { a, a:t() }, { a["1:4:2, 2:6"], b["1:5, :"] }, { b:t(), a:t() } } do
    test.truth(p[1]:mm(p[2]) == product(p[1], p[2]), "by strides")
  end
  local p, q = tensor.randint(-9, 9, 3, 1, 5, 7), tensor.randint(-9, 9, 2, 7, 4)
  test.truth(p:mm(q) == p:to "f64":mm(q:to "f64"):to "i64", "batches")
  test.truth(p[1]:bmm(q["1:1"]) == p[1]:to "f64":bmm(q["1:1"]:to "f64"):to "i64", "bmm")
  test.same(tensor.zeros(2, 0, { dtype = "i64" }):mm(tensor.zeros(0, 1, { dtype = "i64" })), { { 0 }, { 0 } })
  test.equal(of("u8", 200):dot(of("u8", 2)):item(), 400)
  test.equal(tensor { true, true }:dot(tensor { true, true }):item(), 2)
  test.dtype(of "i32":dot(of "u8"), "i64")
  test.dtype(of "i32":dot(of "f32"), "f32")
  test.dtype(tensor.einsum("ij,jk->ik", a, b), "i64")
  test.dtype(nn.linear(a, b), "f32")
end)
test("a number is compared with integers as it is, never rounded", function()
  local compares = { eq = function(a, b) return a == b end, ne = function(a, b) return a ~= b end,
    lt = function(a, b) return a < b end, le = function(a, b) return a <= b end,
    gt = function(a, b) return a > b end, ge = function(a, b) return a >= b end }
  local pairs_of = { { 16777217, 16777216.0 }, { 16777217, 16777216.5 }, { 16777217, 16777217.5 },
    { 3, 3.0 }, { 3, 2.5 },
    { math.maxinteger, 2.0 ^ 63 }, { math.mininteger, -2.0 ^ 63 }, { math.maxinteger, 1 / 0 },
    { math.mininteger, -1 / 0 },
    { 5, 0 / 0 }, { (1 << 53) + 1, 2.0 ^ 53 }, { (1 << 53) + 1, 0.5 } }
  for _, p in ipairs(pairs_of) do
    for name, by_lua in pairs(compares) do
      local what = ("%d %s %.17g"):format(p[1], name, p[2])
      test.truth(of("i64", p[1])[name](of("i64", p[1]), p[2])[1] == by_lua(p[1], p[2]), what)
      test.truth(tensor[name](p[2], of("i64", p[1]))[1] == by_lua(p[2], p[1]), what .. ", turned")
    end
  end
  test.same(of("u8", 3):eq(2.5), { false })
  test.same(of("i32", 16777217):eq(16777216.0), { false })
  test.same(of("bool", 1):lt(1.5), { true })
end)
test("& | ~ of integers work on the bits, of booleans and floats on truth", function()
  local seven = of("i64", 7)
  test.same(seven & 3, { 3 })
  test.same(12 & of("i64", 10), { 8 })
  test.same(of("i64", 12) | of("i32", 3), { 15 })
  test.same(of("i64", 12) ~ 10, { 6 })
  test.same(~seven, { -8 })
  test.same(~of("u8", 1), { 254 })
  test.dtype(of("u8", 200) & 15, "u8")
  test.same(of("u8", 200) & 300, { 8 })
  test.same(of("i64", (1 << 62) + 1) & -1, { (1 << 62) + 1 })
  test.same(seven & of("bool", 1), { 1 })
  for _, y in ipairs { of("bool", 1) & of("bool", 1), of("bool", 1) & 1, of("bool", 1) | false, ~of("bool", 0),
    of("f32", 2) & 1, of("f32", 2) & seven, ~of("f32", 0), of("bool", 0):bitwise_not(),
    of("bool", 1):bitwise_xor(of("bool", 0)) } do
    test.dtype(y, "bool")
    test.same(y, { true })
  end
  test.fails(
    "bitwise_and: a is f32[1]; it must hold integers (x:to\"i64\" converts)", of "f32".bitwise_and, of "f32", 3)
end)
--- In vectors where both lie dense, by blocks where all fit 32 bits: one that does not fit changes no other.
test("dense conversions are those of one element alone, whatever is beside it", function()
  local inf = math.huge
  local odd = { 0, -0.0, 0.5, -0.5, 1, -1, 2, 127, 128, 255, 256, -256, 2147483647, 2147483648, -2147483648,
    -2147483649, 4294967295, 3e9, 1e15, -1e15, 9.3e18, -9.3e18, 1e30, inf, -inf, 0 / 0 }
  for _, from in ipairs { "f32", "f64", "i64", "i32", "u8", "bool" } do
    for _, n in ipairs { 1, 31, 64, 1023, 1024, 1025, 2100 } do
      local x = tensor.zeros { n, dtype = "f64" }
      for i = 1, n do x[i] = (i * 37 % 301) - 150 end
      for k = 1, #odd, 5 do x[k * 411 % n + 1] = odd[k + n % 4] or 7 end
      x = x:to(from)
      local apart = tensor.zeros { n, 2, dtype = from }
      apart[{ {}, 2 }] = x
      for _, to in ipairs { "f32", "f64", "i64", "i32", "u8", "bool" } do
        local dense, strided = x:to(to), apart[{ {}, 2 }]:to(to)
        for i = 1, n, n > 100 and 7 or 1 do
          local one = x[{ { i, i } }]:clone():to(to)[1]
          local a, b = dense[i], strided[i]
          test.truth((a == one or a ~= a and one ~= one) and (b == one or b ~= b and one ~= one),
            ("%s to %s, number %d of %d: %s and %s, not %s"):format(from, to, i, n, a, b, one))
        end
      end
    end
  end
end)

test("i32 and u8 compute as i64 does, cut", function()
  local values = tensor { -2147483648, -2147483647, -65536, -257, -256, -255, -129, -128, -3, -2, -1, 0, 1, 2, 3, 5, 7,
    127, 128, 200, 254, 255, 256, 257, 65535, 65536, 46341, 2147483646, 2147483647, dtype = "i64" }
  local n = #values
  for _, dtype in ipairs { "i32", "u8" } do
    local a = values:to(dtype):reshape(n, 1):expand(n, n):contiguous()
    local b = values:to(dtype):reshape(1, n):expand(n, n):contiguous()
    local wide, other = a:to "i64", b:to "i64"
    local safe = tensor.where(b:eq(0), tensor.ones { 1, dtype = dtype }, b)
    local calls = {
      add = { a + b, wide + other }, sub = { a - b, wide - other }, mul = { a * b, wide * other },
      max = { a:maximum(b), wide:maximum(other) }, min = { a:minimum(b), wide:minimum(other) }, neg = { -a, -wide },
      div = { a // safe, wide // safe:to "i64" }, rest = { a % safe, wide % safe:to "i64" },
      sign = { a:sign(), wide:sign() }, abs = { a:abs(), wide:abs() }, square = { a:square(), wide:square() },
    }
    for name, both in pairs(calls) do
      test.truth(both[1]:to(dtype):eq(both[2]:to(dtype)):all():item(), dtype .. " " .. name)
    end
    for _, op in ipairs { "eq", "ne", "lt", "le", "gt", "ge" } do
      test.truth(a[op](a, b):eq(wide[op](wide, other)):all():item(), dtype .. " " .. op)
    end
    local c = a:clone()
    c:add_(b):mul_(c)
    test.truth(c:eq(((wide + other) * (wide + other)):to(dtype)):all():item(), "in place")
  end
end)

test.done()
