--- edges.lua: the elementwise functions at the ends of the range, values and gradients against PyTorch's in f64
-- (tests/golden/make_edges.py), and what else must stay finite there.
local test = dofile "tests/check.lua"
local golden = dofile "tests/golden/edges.lua"

local most, least = 3.4028234663852886e38, 1.17549435e-38
-- A number as the dtype has it: f32 overflows to infinity, and below its normal numbers nothing is promised.
local function as(dtype, v)
  if dtype == "f64" then return v end
  return v > most and math.huge or v < -most and -math.huge or v
end

-- Where both are one: equal, or near in relation, or both below the normal numbers.
local function near(got, want, dtype)
  if want ~= want or got ~= got then return want ~= want and got ~= got end
  if got == want or math.abs(got - want) < 4 * least then return true end
  if dtype == "f64" then return math.abs(got - want) <= 1e-12 * math.abs(want) + 1e-14 end   -- 1 - y^2 cancels
  return math.abs(got - want) <= 3e-6 * math.abs(want) + 2e-6
end

local function compare(what, got, want, dtype, slopes)
  for i, x in ipairs(golden.points) do
    local w = as(dtype, want[i])
    if (x == x or not slopes) and not near(got[i], w, dtype) then
      test.fail(("%s at %.9g is %.9g, wanted %.9g"):format(what, x, got[i], w))
    end
  end
end

for _, case in ipairs(golden) do
  local f = nn[case.name] or tensor[case.name]
  if f then
    for _, dtype in ipairs { "f32", "f64" } do
      test(case.name .. " at the ends of the range, " .. dtype, function()
        local x = tensor(golden.points, { dtype = dtype }):requires_grad()
        local y = f(x)
        compare(case.name, y:detach():totable(), case.y, dtype)
        y:sum():backward()
        compare("the slope of " .. case.name, x.grad:totable(), case.dx, dtype, true)
      end)
    end
  end
end
test("what is bounded stays so, and reaches its bounds", function()
  local x = tensor.linspace(-12, 12, 480001)
  local erf, tanh, sigmoid = x:erf(), x:tanh(), (x * 20):sigmoid()
  for name, y in pairs { erf = erf, tanh = tanh } do
    test.truth(y:max():item() == 1 and y:min():item() == -1, name .. " within -1..1")
    test.truth((y["2:"] - y[":-2"]):min():item() > -6e-7, name .. " rising")
  end
  test.truth(sigmoid:max():item() == 1 and sigmoid:min():item() == 0, "sigmoid within 0..1")
  test.equal((1 - erf):log():isnan():any():item(), false)
  test.equal((1 - tanh * tanh):sqrt():isnan():any():item(), false)
  test.equal(tensor { -math.huge }:sigmoid()[1], 0.0)
  test.close(x:tanh(), x:to "f64":tanh(), 2e-7)
  test.close(x:erf(), x:to "f64":erf(), 3e-7)
  test.equal(tensor { 9.02 }:tanh()[1], 1.0)
end)
test("logit and powers of 0", function()
  local x = tensor({ 0, 0.25, 1 }, { dtype = "f64" }):requires_grad()
  local y = x:logit()
  test.close(y:detach(), { -math.huge, math.log(1 / 3), math.huge })
  y:sum():backward()
  test.close(x.grad, { math.huge, 16 / 3, math.huge }, 1e-12)
  local b = tensor({ 0, 1, 2.5 }, { dtype = "f64" }):requires_grad()
  local base = tensor({ 0, 0, 0 }, { dtype = "f64" }):requires_grad()
  local p = base ^ b
  test.same(p:detach(), { 1, 0, 0 })
  p:sum():backward() -- PyTorch 1.13: [0, 0, 0] and [0, 1, 0]
  test.same(b.grad, { 0, 0, 0 })
  test.same(base.grad, { 0, 1, 0 })
end)
test("xlogy is 0 where x is, and has slopes there", function()
  local nan <const>, inf <const> = 0 / 0, math.huge
  for _, dtype in ipairs { "f32", "f64" } do
    local function leaf(t) return tensor(t, { dtype = dtype }):requires_grad() end
    local x, y = leaf { 0, 0, 0, 0, 0, 2, -1, 3 }, leaf { 0, -1, inf, nan, 2, 0, 0.5, math.exp(1) }
    local z = x:xlogy(y)
    test.close(z:detach(), { 0, 0, 0, nan, 0, -inf, math.log(2), 3 }, 1e-6)
    z:sum():backward()
    test.close(x.grad, { 0, 0, inf, nan, math.log(2), -inf, math.log(0.5), 1 }, 1e-6)
    test.close(y.grad, { 0, 0, 0, nan, 0, inf, -2, 3 / math.exp(1) }, 1e-6)
    for _, n in ipairs { 1, 3, 7, 16, 100 } do
      local a, b = tensor.randn({ n, 5 }, { dtype = dtype }):relu(), tensor.rand({ 5 }, { dtype = dtype })
      test.close(a:xlogy(b), a * b:log(), 1e-6)
      test.close(b:logit(), b:log() - (-b):log1p(), 1e-5)
    end
  end
  test.close(tensor { 0, 3 }:to "i64":xlogy(2), { 0, 3 * math.log(2) }, 1e-6)
end)
test("elu and its kin have a limit and no slope at -infinity, as PyTorch's", function()
  local inf <const> = math.huge
  for _, dtype in ipairs { "f32", "f64" } do
    for _, case in ipairs {
      { nn.ELU(0.5), { -0.5, 0, 2, inf }, { 0, 0.5, 1, 1 } },
      { nn.CELU(0.5), { -0.5, 0, 2, inf }, { 0, 1, 1, 1 } },
      { nn.SELU(), { -1.7580993408473766, 0, 2.101401974710961, inf },
        { 0, 1.7580993408473766, 1.0507009873554805, 1.0507009873554805 } } } do
      local x = tensor({ -inf, 0, 2, inf }, { dtype = dtype }):requires_grad()
      local y = case[1](x)
      y:sum():backward()
      test.close(y:detach(), case[2], 1e-6)
      test.close(x.grad, case[3], 1e-6)
      test.truth(case[1](tensor({ 0 / 0 }, { dtype = dtype })):isnan():all():item())
    end
  end
end)
-- PyTorch 1.13 gives the same, but for vectors of equal values, which it refuses.
test("where a function is smooth, or a part of it unused, its gradient is a number", function()
  local function slope(x, f)
    x:requires_grad()
    f(x):sum():backward()
    return x.grad
  end
  local rows = tensor({ { 2, 2, 2 }, { 1, 2, 3 } }, { dtype = "f64" })
  test.close(slope(rows:clone(), function(x) return x:std(2) end), { { 0, 0, 0 }, { -0.5, 0, 0.5 } }, 1e-12)
  test.close(slope(rows:clone(), function(x) return x:var(2) end), { { 0, 0, 0 }, { -1, 0, 1 } }, 1e-12)
  test.same(slope(tensor.ones(3, 4), function(x) return x:std() end), tensor.zeros(3, 4))
  local eye = { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } }
  test.close(slope(tensor(eye, { dtype = "f64" }), function(x) return (select(2, x:svd())) end), eye, 1e-12)
  test.close(slope(tensor(eye, { dtype = "f64" }), function(x) return (x:eigh()) end), eye, 1e-12)
  test.equal(slope(tensor.zeros(3, 2), function(x) return (select(2, x:svd())) end):isnan():any():item(), false)
  test.same(slope(tensor.zeros(2, 2), function(x) return x:norm() end), tensor.zeros(2, 2))
  local factors = tensor({ { math.huge, 1, 2 }, { 0, 3, 2 }, { 0, 0, 2 } }, { dtype = "f64" })
  test.same(slope(factors, function(x) return x:prod(2) end), { { 2, math.huge, math.huge }, { 6, 0, 0 }, { 0, 0, 0 } })
  for name in pairs { RNN = 1, LSTM = 1, GRU = 1 } do
    local net = nn[name](2, 3)
    local function gradients(fill)
      local x = tensor.ones(2, 4, 2)
      x["2, 3:4"] = fill
      for _, p in pairs(net:parameters()) do p.grad = nil end
      local y = net(x, { lengths = tensor({ 4, 2 }, { dtype = "i64" }) })
      y:sum():backward()
      local all = {}
      for i, p in ipairs(net:parameters()) do all[i] = p.grad:reshape(-1) end
      return tensor.cat(all)
    end
    test.same(gradients(0 / 0), gradients(0))
    test.same(gradients(math.huge), gradients(0))
  end
end)
test("of too few numbers there is no variance", function()
  for _, x in ipairs { tensor.zeros(0), tensor.ones(1) } do
    test.truth(x:var():isnan():item() and x:std():isnan():item(), "NaN")
  end
  test.truth(tensor.zeros(0):var { unbiased = false }:isnan():item(), "NaN")
  test.equal(tensor.ones(1):var { unbiased = false }:item(), 0.0)
end)

test("where |x| has no side and logit no value their slopes are 0 and NaN, as PyTorch's", function()
  for _, dtype in ipairs(test.reals) do
    local x = tensor({ 0 / 0, 0, -0.0, -3, 1 / 0 }, { dtype = dtype }):requires_grad()
    x:abs():sum():backward()
    test.same(x.grad, { 0, 0, 0, -1, 1 })
    local p = tensor({ 0 / 0, 2, -1, 0.5, 1 / 0 }, { dtype = dtype }):requires_grad()
    p:logit():sum():backward()
    test.same(p.grad, { 0 / 0, 0 / 0, 0 / 0, 4, 0 / 0 })
  end
  test.fails_with({ "p = nan outside" }, nn.dropout, tensor.ones(2), -(0 / 0))
  test.fails_with({ "p = nan outside" }, nn.dropout, tensor.ones(2), 0 / 0)
end)

test("an infinity is close to itself alone, NaN to nothing", function() -- as torch.allclose has it
  local inf, nan = math.huge, 0 / 0
  for _, dtype in ipairs { "f32", "f64" } do
    local function close(a, b)
      return tensor({ 1, a }, { dtype = dtype }):allclose(tensor({ 1, b }, { dtype = dtype }))
    end
    test.equal(close(inf, inf), true)
    test.equal(close(-inf, -inf), true)
    local far = { { inf, -inf }, { -inf, inf }, { inf, 1 }, { 1, inf }, { nan, nan }, { nan, 1 }, { inf, nan } }
    for _, pair in ipairs(far) do
      test.equal(close(table.unpack(pair)), false)
    end
    test.equal(close(1, 1 + 1e-6), true)
  end
  test.equal(tensor { true, false }:allclose(tensor { true, false }), true)
  test.equal((tensor { 1, 2 }:to "i64"):allclose(tensor { 1, 3 }:to "i64"), false)
end)

test("a quantile of numbers with NaN among them is NaN", function() -- as torch.quantile has it
  local nan = 0 / 0
  local x = tensor { { 1, nan, 3 }, { 1, 2, 3 } }
  for _, q in ipairs { 0, 0.3, 0.5, 1 } do
    local rows = x:quantile(q, { dim = 2 })
    test.truth(rows[1] ~= rows[1], "NaN in the first row")
    test.equal(rows[2], tensor { 1, 2, 3 }:quantile(q):item())
    local all = x:quantile(q):item()
    test.truth(all ~= all, "NaN of all")
  end
  test.shape(x:quantile({ 0, 1 }, { dim = 1, keepdim = true }), { 2, 1, 3 })
  local f64 = tensor { 1, 2, 3 }:to "f64"
  test.same(f64:quantile { 0, 0.25, 1 }, { 1, 1.5, 3 })
  test.same(f64:quantile(tensor { 0, 0.25, 1 }), { 1, 1.5, 3 })
  test.equal(f64:quantile(tensor(0.25)):item(), 1.5)
  test.fails_with({ "quantile", "0..1", "1.5" }, f64.quantile, f64, tensor { 0, 1.5 })
end)

test("convolutions of great numbers and infinities are what the definition gives", function() -- f64 goes the plain way
  local function far(got, want) -- both as f64
    local top = 3.4028234663852886e38
    want = tensor.where(want:abs():gt(top), want:sign() * math.huge, want)
    local same = got:eq(want):logical_or(got:isnan():logical_and(want:isnan()))
    local beside = (got - want):abs():le(want:abs() * 1e-3 + 1e-3)
    return same:logical_or(beside):logical_not():sum():item()
  end
  local function results(x, w, g, dtype, train)
    x, w = x:to(dtype):clone(), w:to(dtype):clone()
    if not train then return { nn.conv2d { x, w, padding = 1 }, nn.conv2d { x, w, padding = 1 } } end
    x:requires_grad()
    w:requires_grad()
    local y = nn.conv2d { x, w, padding = 1 }
    y:backward(g:to(dtype))
    return { y:detach(), x.grad, w.grad }
  end
  for _, size in ipairs { 8, 24 } do
    for _, huge in ipairs(size == 8 and { 1e37, -math.huge } or { 0 / 0 }) do
      for place = 1, 3 do
        local rng = tensor.rng(size)
        local x, w = tensor.rand(2, size, size, 32, { rng = rng }) + 0.1, tensor.rand(3, 3, 32, 40, { rng = rng }) + 0.1
        local g = tensor.rand(2, size, size, 40, { rng = rng }) + 0.1
        local t = place == 1 and x or place == 2 and w or g
        t[place == 2 and { 2, 2, 3, 5 } or { 1, 4, 5, 3 }] = huge
        local want, plain, got = results(x, w, g, "f64", true), results(x, w, g, "f32"), results(x, w, g, "f32", true)
        for i = 1, 2 do test.equal(far(plain[i]:to "f64", want[1]), 0) end
        for i = 1, 3 do test.equal(far(got[i]:to "f64", want[i]), 0) end
      end
    end
  end
end)

--- f64 is libm's.
test("powers of f32 are those of f64, rounded, also of zeros, infinities, NaN and denormal numbers", function()
  local inf = math.huge
  local special = tensor { 0, -0.0, 1, -1, 2, -2, 0.5, -0.5, 3, -3, inf, -inf, 0 / 0, 1e-45, -1e-45, 3.4e38, -3.4e38,
    16777215, 16777216, -16777217, 1e20, 2.5, -2.5, 0.9999999, 1.0000001, -1e-38 }
  local m, n = #special, 40003
  for name, case in pairs { special = { special:reshape(m, 1), special:reshape(1, m) },
    usual = { tensor.rand(n) * 4, tensor.randn(n) * 3 }, tiny = { (tensor.rand(n) * -16 - 87):exp(), tensor.rand(n) },
    near = { 1 + (tensor.rand(n) - 0.5) * 1e-3, tensor.randn(n) * 2e4 },
    negative = { -tensor.rand(n) * 4, (tensor.randn(n) * 5):round() } } do
    local a, b = case[1], case[2]
    local got, want = (a ^ b):to "f64", (a:to "f64" ^ b:to "f64"):to "f32":to "f64"
    local equal = got:eq(want) | (got:ne(got) & want:ne(want))
    local off = tensor.where(equal, tensor.zeros { 1, dtype = "f64" }, (got - want):abs() / want:abs())
    test.truth(off:max():item() < 2 ^ -22 and (name == "tiny" or off:max():item() < 2 ^ -23), name)
    test.truth((1 / got):nan_to_num():eq((1 / want):nan_to_num()):all():item() or name ~= "special", "signs of zeros")
  end
end)

--- Rows are multiplied in f32 until something leaves its range on the way, of which the product need not tell.
test("products of rows are as in f64, also where a part of them is beyond f32", function()
  local ends = { { 1, 1 }, { 1e-30, 1e30 }, { 1e30, 1e-30 }, { 1e-42, 1e40 / 1e-2 }, { 0, 1 }, { math.huge, 1 },
    { math.huge, 0 }, { 0 / 0, 1 }, { -1e-38, -1e38 } }
  for _, n in ipairs { 3, 63, 64, 255, 256, 257, 1023, 1024, 1025, 2111, 65536, 66000 } do
    for k, e in ipairs(ends) do
      local x = (tensor.rand(3, n) - 0.5):sign() * (1 + (tensor.rand(3, n) - 0.5) * 2e-3)
      local half = n // 2
      x[{ {}, { 1, 2 } }], x[{ {}, { half + 1, half + 2 } }] = e[1], e[2]
      local wide = x:to "f64"
      local want, got = wide:prod(2), x:prod(2)
      local fits = got:to "f64":allclose(want:to "f32":to "f64", { rtol = n * 2 ^ -24, atol = 0 })
      test.truth(fits or (got:ne(got) & want:ne(want)):all():item(),
        ("%d numbers, ends %d: %s, not %s"):format(n, k, got, want))
    end
  end
end)

test("products of many that leave the range of f64 on their way come back", function()
  for _, dtype in ipairs { "f32", "f64" } do
    for _, n in ipairs { 2, 7, 8, 9, 31, 33, 1000, 1024, 9000 } do
      local big = dtype == "f32" and 2 ^ 100 or 2 ^ 900
      local x = tensor.ones { 9, 2 * n, dtype = dtype }
      for r = 1, 9 do
        local sign = r % 2 == 0 and -1 or 1
        x[{ r, { 1, n } }], x[{ r, { n + 1, 2 * n } }] = big, 1 / big
        if r < 6 then x[{ r, r > 2 and 1 or n }] = 1.5 * sign * big end
        if r == 7 then x[{ r, n }] = math.huge end
        if r == 8 then x[{ r, 1 }], x[{ r, n + 1 }] = 0, 0 / 0 end
      end
      local got = x:prod(2)
      for r = 1, 5 do test.equal(got[r], r % 2 == 0 and -1.5 or 1.5, ("row %d of %d %s"):format(r, n, dtype)) end
      test.equal(got[6], 1.0)
      test.equal(got[7], math.huge)
      test.truth(got[8] ~= got[8])
      test.equal(got[9], 1.0)
    end
  end
end)

test("reductions over dimensions of 1 give what is there", function()
  local list = { 1.5, -0.0, 0 / 0, math.huge, -math.huge, -3, 1e-42 }
  test.each({ test.reals, { { 7, 1 }, { 1, 7 }, { 1, 7, 1 } } }, function(dtype, shape)
    local x = tensor(list, { dtype = dtype }):reshape(table.unpack(shape))
    local dims = {}
    for d, n in ipairs(shape) do
      if n == 1 then dims[#dims + 1] = d end
    end
    local want = { sum = x, mean = x, prod = x, logsumexp = x }
    for name, w in pairs(want) do
      test.in_every_way(function(v)
        local y = v[name](v, { dim = dims })
        test.shape(y, { 7 })
        test.alike(y, w:reshape(7))
        test.alike(v[name](v, { dim = dims, keepdim = true }), w)
      end, x)
    end
    test.equal(1 / x:prod { dim = dims }[2], -math.huge)
    test.equal(1 / x:sum { dim = dims }[2], math.huge)
  end)
end)

test("what orders, counts and adds up along a dimension of 1 gives what is there, and its place", function()
  local list = { 1.5, -0.0, 0 / 0, math.huge, -math.huge, -3, 0 }
  test.each({ test.dtypes, { { 7, 1 }, { 1, 7 }, { 1, 7, 1 } } }, function(dtype, shape)
    local real = dtype:find "f" ~= nil
    local x = tensor(real and list or { 1, 0, 2, 7, 0, 3, 1 }):to(dtype):reshape(table.unpack(shape))
    local d = shape[1] == 1 and 1 or 2
    local ones, single = tensor.full(shape, 1):to "i64", { "min", "max", "median", "kthvalue", "topk" }
    for _, v in pairs(test.ways(x)) do
      for _, name in ipairs(dtype == "bool" and {} or single) do
        local k = (name == "topk" or name == "kthvalue") and 1 or nil
        local y, i = v[name](v, { k = k, dim = d, keepdim = name ~= "topk" or nil })
        test.alike(y, x, name)
        test.alike(i, ones, name)
      end
      test.truth(dtype == "bool" or v:topk(0, d):numel() == 0)
      for _, name in ipairs { "argmax", "argmin" } do
        if dtype ~= "bool" then test.alike(v[name](v, { dim = d, keepdim = true }), ones, name) end
      end
      test.alike(v:sort(d), x)
      test.alike(v:argsort(d), ones)
      test.alike(v:any { d, keepdim = true }, x:ne(0))
      test.alike(v:all { d, keepdim = true }, x:ne(0))
      test.alike(v:count_nonzero { d, keepdim = true }, x:ne(0):to "i64")
      test.alike(v[{ { 1, 1 } }]:reshape(-1)[{ { 1, 1 } }]:count_nonzero(), tensor(1):to "i64")
      test.alike(v:cumsum(d), real and x + 0 or x:to "i64")
      test.alike(v:cumprod(d), real and x or x:to "i64")
      if real then test.equal(1 / v:cumprod(d):reshape(7)[2], -math.huge) end
    end
  end)
  test.each({ test.reals, { "cumsum", "cumprod" } }, function(dtype, name)
    local x = tensor.randn({ 5, 1, 3 }, { dtype = dtype }):requires_grad()
    local g = tensor.randn({ 5, 1, 3 }, { dtype = dtype })
    x[name](x, 2):backward(g)
    test.alike(x.grad, g)
    x[name](x, 2):backward(g)
    test.alike(x.grad, 2 * g)
  end)
end)

test("rows that are multiplied together have the bits that each has alone", function()
  for _, n in ipairs { 127, 128, 129, 255, 256, 512, 513, 639, 640, 1024, 1025, 1152, 1280, 2049, 33000 } do
    for _, rows in ipairs { 2, 31, 32, 33, 70 } do
      local x = tensor.randn(math.min(rows, 300000 // n), n + 3):mul_(1.5)
      x[{ 2, 1 }], x[{ x.shape[1], n // 2 }], x[{ x.shape[1], n }] = 0, 1e-42, math.huge
      local some = x[{ {}, { 2, n + 1 } }]
      for _, v in ipairs { x, some } do
        local got = v:prod(2)
        for r = 1, v.shape[1] do
          local one, all = v[r]:prod():item(), got[r]
          local same = one == all or (one ~= one and all ~= all)
          test.truth(same, ("row %d of %s: %s, not %s"):format(r, v.shape, all, one))
        end
      end
    end
  end
end)

test("products whose parts leave the range are what they are as a whole", function()
  local f64 = { dtype = "f64" }
  test.equal(tensor({ 1e200, 1e-200, 1e200 }, f64):prod():item(), 1e200)
  test.equal(tensor({ 1e200, 1e-200, 1e200, 1e-200, 1 }, f64):prod():item(), 1.0)
  test.equal(tensor({ 1e200, 1e200, -0.0 }, f64):prod():item(), 0.0)
  test.equal(tensor({ 1e200, 1e200, -1e200 }, f64):prod():item(), -math.huge)
  test.equal(tensor { math.huge, -2 }:prod():item(), -math.huge)
  for _, v in ipairs { math.huge, 0 / 0 } do
    local p = tensor { v, 0 }:prod():item()
    test.truth(p ~= p, v .. " times 0")
  end
  local x = tensor.ones(1024) -- by way of a denormal number, in a lane of 4 vectors' step
  x[1], x[65], x[129] = 1e-30, 1.2345e-12, 1e35
  test.truth(math.abs(x:prod():item() / 1.2345e-7 - 1) < 1e-5, "a product by way of 1e-42")
  for n = 1, 131 do
    local t = {}
    for i = 1, n do t[i] = i % 2 == 1 and 1e30 or 1e-30 end
    test.truth(math.abs(tensor(t):prod():item() / (n % 2 == 1 and 1e30 or 1) - 1) < 1e-4, n .. " numbers")
  end
end)

test("the sign of 0 is kept, and numbers do not depend on what is beside them", function()
  for _, name in ipairs { "sin", "tan", "asin", "atan", "sinh", "tanh", "expm1", "log1p", "erf", "cbrt", "floor" } do
    for _, dtype in ipairs { "f32", "f64" } do
      local zero = tensor({ -0.0 }, { dtype = dtype })
      test.equal((1 / zero[name](zero)):item(), -math.huge)
    end
  end
  test.equal((1 / tensor.full({ 2 }, -0.0))[2], -math.huge)
  test.equal((1 / tensor { -0.0 }:sign()):item(), math.huge)
  local x = tensor { -0.0, 1e30, 0.5, -2, 3e5, 0 / 0, 7, -0.0, 1, 2, 3, 4, 5, 6, 8191, 8193, 1e-40 }
  for _, name in ipairs { "sin", "cos", "erf", "tanh", "exp" } do
    local all = x[name](x)
    for i = 1, #x do
      local alone = x[{ { i, i } }]:clone()
      local a, b = all[i], alone[name](alone)[1]
      test.truth(a == b or a ~= a and b ~= b, name .. " of number " .. i)
    end
  end
  for _, v in ipairs { 1e-30, 1.927228e-38, 1e-42, 1.4e-45 } do -- 2 x / sqrt pi
    local one = tensor { v }
    test.truth(math.abs(one:erf()[1] - 1.1283791670955126 * one[1]) <= math.max(1.5e-45, v * 2e-7), "erf of " .. v)
  end
end)

test.done()
