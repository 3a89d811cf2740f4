--- elements.lua: elementwise ops go several ways, by the numbers they meet: each has the numbers of the definition.
local test = dofile "tests/check.lua"
local each, inf, nan = test.each, math.huge, 0 / 0

--- f of each element of a and b.
local function by_hand(f, a, b)
  local y, x, z = {}, a:totable(), b and b:totable()
  for i = 1, #x do y[i] = f(x[i], z and z[i]) end
  return y
end
local function same_number(u, v) return u == v and 1 / u == 1 / v or u ~= u and v ~= v end
local function same_numbers(got, want, what)
  for i, v in ipairs(got:totable()) do
    test.truth(same_number(v, want[i]), ("%s, element %d: %s, which should be %s,"):format(what or "it", i, v, want[i]))
  end
end

test("remainders of reals are exact, however great the quotient", function()
  each({ test.reals, { 1, 7, 8, 64, 67 }, { 1, 1e3, 1e9, 1e18, 1e30 } }, function(dtype, n, most)
    local a = (tensor.rand { n, dtype = dtype } - 0.5) * most
    local b = (tensor.rand { n, dtype = dtype } + 0.01) * tensor.randint(0, 1, n):mul(2):sub(1):to(dtype)
    if n > 8 then
      a[2], b[3], a[4], b[5], a[6] = 0, inf, inf, 0, -0.0
      a[7], b[8], a[9] = b[7] * 3, nan, nan
    end
    same_numbers(a:fmod(b), by_hand(math.fmod, a, b), "fmod")
    local want = by_hand(function(u, v)
      local r = math.fmod(u, v)
      return r ~= 0 and (r < 0) ~= (v < 0) and r + v or r
    end, a, b)
    local got = (a % b):totable()
    for i = 1, n do
      local near = dtype == "f32" and math.abs(got[i] - want[i]) <= 1e-6 * math.abs(b[i])
      test.truth(near or same_number(got[i], want[i]), ("%s %% %s"):format(a[i], b[i]))
    end
  end)
  -- multiples, and their neighbours
  local b = tensor.rand { 1000, dtype = "f64" } + 0.1
  local k = tensor.randint(1, 1 << 40, 1000):to "f64"
  for _, a in ipairs { b * k, (b * k):nextafter(inf), (b * k):nextafter(0) } do
    same_numbers(a:fmod(b), by_hand(math.fmod, a, b), "fmod near a multiple")
  end
end)
test("the next number is a bit away", function()
  local corners = { 0, -0.0, 1, -1, inf, -inf, nan, 2 ^ -149, -2 ^ -149, 2 ^ -1074, 3.5, 1e300, -1e300 }
  for dtype, code in pairs { f32 = { "f", "i4" }, f64 = { "d", "i8" } } do
    local a, b = {}, {}
    for _, u in ipairs(corners) do
      for _, v in ipairs(corners) do a[#a + 1], b[#b + 1] = u, v end
    end
    a, b = tensor(a):to(dtype), tensor(b):to(dtype)
    a, b = tensor.cat { a, tensor.randn { 100, dtype = dtype } }, tensor.cat { b, tensor.randn { 100, dtype = dtype } }
    local tiny = dtype == "f32" and 2 ^ -149 or 2 ^ -1074
    same_numbers(a:nextafter(b), by_hand(function(u, v)
      if u ~= u or v ~= v then return nan end
      if u == v then return v end
      if u == 0 then return v > 0 and tiny or -tiny end
      local bits = string.unpack(code[2], string.pack(code[1], u))
      bits = bits + ((v > u) == (u > 0) and 1 or -1)
      return (string.unpack(code[1], string.pack(code[2], bits)))
    end, a, b), "nextafter " .. dtype)
  end
end)
test("fdim is the difference above 0, and NaN stays", function()
  each({ test.reals }, function(dtype)
    local a = tensor { 1, 2, 3, nan, 1, inf, inf, -inf, 0.5, -0.0 }:to(dtype)
    local b = tensor { 2, 1, 3, 1, nan, inf, 1, -inf, -0.5, 0 }:to(dtype)
    same_numbers(a:fdim(b), { 0, 1, 0, nan, nan, 0, inf, 0, 1, 0 })
  end)
end)
test("elu leaves what is not below 0, wherever it stands", function()
  each({ test.reals, { 1, 5, 16, 100 } }, function(dtype, n)
    for below = 0, n do
      local x = tensor.rand { n, dtype = dtype }
      if below > 0 then x[below] = -x[below] - 0.5 end
      local y = x:elu(0.5)
      for i = 1, n do
        if i == below then test.close(y[i], 0.5 * (math.exp(x[i]) - 1), 1e-6) else test.equal(y[i], x[i]) end
      end
    end
  end)
  each({ test.reals }, function(dtype)
    same_numbers(tensor { nan, -0.0, 0, inf }:to(dtype):elu(), { nan, -0.0, 0, inf })
    test.equal(tensor { -inf }:to(dtype):elu()[1], -1.0)
  end)
end)
test("whole numbers are divided as Lua divides them, near and far", function()
  local far_off = 1 << 51
  local ends = { 0, 1, -1, 7, -7, far_off - 1, far_off, far_off + 1, -far_off, 1 - far_off, -1 - far_off, 1 << 52,
    (1 << 53) + 1, math.maxinteger, math.mininteger, math.mininteger + 1 }
  each({ { 1, 3, 511, 513, 1300 }, { false, true } }, function(n, far)
    local a, b = tensor.randint(-(1 << 51) + 1, (1 << 51) - 1, n), tensor.randint(-9, 9, n)
    b = tensor.where(b:eq(0), (1 << 51) - 1, b)
    for i = 1, far and math.min(n, #ends) or 0 do
      a[i], b[n + 1 - i] = ends[i], ends[i] == 0 and 3 or ends[i]
    end
    for _, y in ipairs { b, b[1] } do
      local z = type(y) == "number" and tensor.full({ n }, y, { dtype = "i64" }) or y
      same_numbers(a // y, by_hand(function(u, v) return u // v end, a, z), "//")
      same_numbers(a % y, by_hand(function(u, v) return u % v end, a, z), "%")
    end
    same_numbers((1 << 50) // b, by_hand(function(u) return (1 << 50) // u end, b), "// of one")
    local here = a:clone()
    here:floordiv_(b)
    same_numbers(here, by_hand(function(u, v) return u // v end, a, b), "in place")
    test.in_every_way(function(u, v) return u // v, u % v end, a, b)
  end)
  each({ ends, { 1, 67, 600 } }, function(end_, n) -- one alone, among numbers that are near
    local a, b = tensor.randint(-99, 99, n), tensor.arange(n) % 9 + 1
    a[1], a[n] = end_, end_
    same_numbers(a // b, by_hand(function(u, v) return u // v end, a, b), "//")
    same_numbers(a % b, by_hand(function(u, v) return u % v end, a, b), "%")
    b[n] = end_ == 0 and 1 or end_
    same_numbers(a // b, by_hand(function(u, v) return u // v end, a, b), "// by it")
    same_numbers(a % b, by_hand(function(u, v) return u % v end, a, b), "% by it")
  end)
end)
test("a divisor of 0 and a power below 0 are found at any place, in any dtype", function()
  each({ { "i64", "i32", "u8" }, { 1, 512, 513, 2000 }, { "whole", "part", "stepped", "backward" } },
    function(dtype, n, way)
      local b = test.ways(tensor.full({ n }, 3, { dtype = dtype }))[way]
      for _, at in ipairs { 1, n } do
        b[at] = 0
        test.fails_with({ "division by zero", ("element %d is 0"):format(at) }, function() return b // b end)
        test.fails_with({ "division by zero", ("element %d is 0"):format(at) }, function() return b % b end)
        if dtype ~= "u8" then
          b[at] = -2
          test.fails_with({ "no negative powers", ("element %d"):format(at), "-2" }, function() return b ^ b end)
        end
        b[at] = 3
      end
      test.equal((b // b):sum():item(), n)
    end)
end)
test("ranges are from + by i / of, rounded after each step", function()
  each({ test.reals, { 2, 3, 7, 8, 9, 100, 1023, 1024, 1025, 3000 }, { { 0, 1 }, { -1, 1 }, { 3, -7 }, { -0.0, -1 },
    { 0.1, 0.3 }, { 1e300, 1e290 }, { 0, 1e-310 }, { 5, 5 }, { -1e5, 3 } } }, function(dtype, n, range)
    local function rounded(v) return dtype == "f64" and v or string.unpack("f", string.pack("f", v)) end
    local a, b = range[1], range[2]
    if dtype == "f32" and math.abs(a) > 1e30 then return end
    local want, steps = {}, {}
    for i = 0, n - 1 do
      want[i + 1] = rounded(a + (b - a) * i / (n - 1))
      steps[i + 1] = rounded(a + (b - a) / n * i)
    end
    want[n] = rounded(b)
    same_numbers(tensor.linspace(a, b, n, { dtype = dtype }), want, "linspace")
    if a == b then return end
    same_numbers(tensor.arange(a, b, (b - a) / n, { dtype = dtype })[{ { 1, n } }], steps, "arange")
  end)
  test.equal(tensor.arange(-1, 1, 0.1)[11], 0.0)
  test.same(tensor.linspace(1, 9, 5, { dtype = "i32" }), { 1, 3, 5, 7, 9 })
end)
test("addcmul and addcdiv with a factor of 1 are those without", function()
  for _, dtype in ipairs { "f32", "f64", "i64" } do
    local all = tensor.randint(1, 9, 3, 50):to(dtype)
    local x, a, b = all[1], all[2], all[3]
    test.same(x:addcmul(a, b), x + a * b)
    test.same(x:addcmul(a, b, { value = 2 }), x + a * b * 2)
    test.same(x:addcdiv(a, b), x + a / b)
    test.same(x:addcdiv(a, b, { value = 0.5 }), x + a / b * 0.5)
    test.dtype(x:addcmul(a, b), dtype)
    test.same(x:addcmul(3, b), x + b * 3)
    test.same(x:addcmul(a[1], b[{ { 1, 1 } }]), x + a[1] * b[{ { 1, 1 } }])
  end
end)
test("addcmul takes operands of other dtypes, and has gradients", function()
  local x, a, b = tensor.rand(9), tensor.randint(1, 9, 9), tensor.rand { 9, dtype = "f64" }
  test.close(x:addcmul(a, b), x + a * b, 1e-15)
  test.dtype(x:addcmul(a, b), (x + a * b).dtype)
  test.dtype(a:addcmul(a, a, { value = 0.5 }), (a + a * a * 0.5).dtype)
  local u, v, w = x:clone():requires_grad(), tensor.rand(9):requires_grad(), tensor.rand(3, 9):requires_grad()
  u:addcmul(v, w):sum():backward()
  test.close(u.grad, tensor.full({ 9 }, 3), 1e-6)
  test.close(v.grad, w:detach():sum(1), 1e-6)
  test.close(w.grad, v:detach():expand(3, 9), 1e-6)
end)
test("nan_to_num keeps the dtype, and finite numbers as they are", function()
  local odd = { 0 / 0, 1 / 0, -1 / 0, -0.0, 3, -1e30 }
  local most = { f32 = 3.4028234663852886e38, f64 = 1.7976931348623157e308 }
  for dtype, greatest in pairs(most) do
    local x = tensor(odd, { dtype = dtype })
    for _, n in ipairs { 1, 6, 8, 19, 1000 } do
      local many = x:index_select(1, tensor.randint(1, 6, n))
      local put = many:masked_fill(many:isnan(), 7):masked_fill(many:eq(inf), 8):masked_fill(many:eq(-inf), -greatest)
      test.alike(many:nan_to_num(7, 8), put, dtype .. " of " .. n)
    end
    same_numbers(x:nan_to_num(), { 0.0, greatest, -greatest, -0.0, x[5], x[6] }, dtype)
    same_numbers(x:nan_to_num { neginf = 2 }, { 0.0, greatest, 2, -0.0, x[5], x[6] }, dtype)
  end
  for _, dtype in ipairs { "i64", "i32", "u8", "bool" } do
    local x = tensor.randint(0, 1, 9):to(dtype)
    test.alike(x:nan_to_num { nan = 5 }, x, dtype)
  end
  test.dtype(tensor({ 1, 2 }, { dtype = "i32" }):addcmul(2, 3, { value = 0.5 }), "f32")
  test.same(tensor({ 1, 2 }, { dtype = "i32" }):addcmul(2, 3, { value = 2 }), tensor({ 13, 14 }, { dtype = "i32" }))
end)
test("what is no ordinary argument has its own value, and changes nothing beside it", function()
  local ends = { -- of -inf, -1e30, -2, -1, -0, 0, 1, 2, inf; nil: an ordinary argument
    log = { nan, nan, nan, nan, -inf, -inf, nil, nil, inf }, log2 = { nan, nan, nan, nan, -inf, -inf, nil, nil, inf },
    log10 = { nan, nan, nan, nan, -inf, -inf, nil, nil, inf }, log1p = { nan, nan, nan, -inf, nil, nil, nil, nil, inf },
    exp = { 0, 0, nil, nil, 1, 1, nil, nil, inf }, exp2 = { 0, 0, 0.25, 0.5, 1, 1, 2, 4, inf },
    asin = { nan, nan, nan, nil, nil, nil, nil, nan, nan }, acos = { nan, nan, nan, nil, nil, nil, nil, nan, nan },
    acosh = { nan, nan, nan, nan, nan, nan, 0, nil, inf }, atanh = { nan, nan, nan, -inf, nil, nil, inf, nan, nan },
    erfinv = { nan, nan, nan, -inf, nil, nil, inf, nan, nan },
  }
  local given = { -inf, -1e30, -2, -1, -0.0, 0, 1, 2, inf }
  each({ test.reals, { 1, 5, 16, 37 } }, function(dtype, n)
    for name, want in pairs(ends) do
      local plain = tensor.rand { n, dtype = dtype } * 0.8 + (name == "acosh" and 1.1 or 0.1)
      local alone = plain[name](plain):totable()
      local function look(v, expected)
        for i = 1, n, 3 do
          local x = plain:clone()
          x[i] = v
          local got = x[name](x):totable()
          for k = 1, n do
            local y = k == i and expected or k ~= i and alone[k]
            test.truth(not y or got[k] == y or got[k] ~= got[k] and y ~= y,
              ("%s %s of %s at %d of %d: %s, not %s:"):format(dtype, name, k == i and v or plain[k], k, n, got[k], y))
          end
        end
      end
      for k, v in ipairs(given) do look(v, want[k]) end
      look(nan, nan)
    end
  end)
end)

test("whole numbers are finite", function()
  for _, dtype in ipairs { "i64", "i32", "u8", "bool" } do
    for _, x in pairs(test.ways(tensor.randint(0, 1, 7, 40):to(dtype))) do
      test.truth(x:isfinite():all():item() and not x:isnan():any():item() and not x:isinf():any():item(), dtype)
      test.truth(not x:signbit():any():item(), dtype .. ": no minus")
    end
  end
  test.equal(tensor({ -5, 0, 3, -1 }, { dtype = "i64" }):signbit(), tensor { 1, 0, 0, 1 }:to "bool")
end)

test.done()
