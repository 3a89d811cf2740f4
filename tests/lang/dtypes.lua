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
test("integer division by zero is an error or a number, not an end", function()
  pcall(function() return of("i64", 1) // of("i64", 0) end)
  pcall(function() return of("i64", 1) % of("i64", 0) end)
  pcall(function() return of("u8", 1) // 0 end)
  test.equal((of("f32", 1) / 0)[1], math.huge)
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
test("a matrix product of integers gives the numbers", function()
  local m = tensor({ { 1, 2 }, { 3, 4 } }, { dtype = "i64" })
  test.same(m:mm(m), { { 7, 10 }, { 15, 22 } })
end)
test.done()
