--- ways.lua: operations that go several ways, by size, place in memory, dtype and threads: every way has the numbers
-- of the plain one, or of the definition.
local test = dofile "tests/check.lua"

--- The same numbers of the same dtype and shape, NaN where NaN is.
local function same(got, want, what)
  test.truth(got.dtype == want.dtype and tensor.same_shape(got, want)
    and (got:eq(want) | (got:ne(got) & want:ne(want))):all():item(), what)
end

--- f with one thread and with two.
local function each_count_of_threads(f)
  local before = lunette.threads()
  for n = 1, 2 do
    lunette.threads(n)
    f(n)
  end
  lunette.threads(before)
end

-- --- pointwise ---------------------------------------------------------------------------------------------------

local dtypes = { "f32", "f64", "i64", "i32", "u8", "bool" }

--- What broadcasts to {outer, middle, inner}, and lies in each way in memory.
local function operands(outer, middle, inner, dtype)
  local function make(...) return tensor.randint(0, 9, ...):to(dtype) end
  return {
    whole = make(outer, middle, inner), row = make(inner), column = make(middle, 1), middle = make(1, middle, 1),
    channel = make(outer, 1, 1), one = make(1), outer = make(outer, 1, inner),
    part = make(outer, middle, inner + 3)[{ {}, {}, { 2, inner + 1 } }],
    turned = make(inner, middle, outer):permute(3, 2, 1), back = make(outer, middle, inner):flip(3),
    sparse = make(outer, middle, 2 * inner)[{ {}, {}, { 1, 2 * inner, 2 } }],
  }
end

test("two operands in every pattern have the numbers of dense ones", function()
  for _, size in ipairs { { 1, 1, 1 }, { 2, 3, 31 }, { 3, 2, 32 },
    { 2, 2, 33 }, { 2, 3, 511 }, { 2, 2, 512 }, { 1, 3, 513 },
    { 0, 2, 5 }, { 3, 0, 5 }, { 2, 3, 0 } } do
    local o, m, i = table.unpack(size)
    for _, dtype in ipairs(i == 33 and dtypes or { "f32", "i64" }) do
      local all = operands(o, m, math.max(i, 1), dtype)
      if i == 0 then all = { whole = tensor.zeros { o, m, 0, dtype = dtype }, column = all.column, one = all.one } end
      local full = tensor.zeros { o, m, i, dtype = dtype }
      for name, a in pairs(all) do
        for other, b in pairs(all) do
          local x, y = a:expand(o, m, i):contiguous(), b:expand(o, m, i):contiguous()
          local what = ("%s and %s of %s, {%d,%d,%d}"):format(name, other, dtype, o, m, i)
          if tensor.same_shape(a + b + full, full) then
            same((a + full) * (b + full), (x + full) * (y + full), what)
            same(a:gt(b):expand(o, m, i):contiguous(), x:gt(y), what)
            same(tensor.maximum(a, b):expand(o, m, i):contiguous(), tensor.maximum(x, y), what)
            same(tensor.where(full:eq(0), a, b), tensor.where(full:eq(0), x, y), what)
          end
        end
      end
    end
  end
end)
test("large broadcasts have the numbers of their parts, on one thread and on two", function()
  for _, dtype in ipairs { "f32", "f64", "i64" } do
    local n = 301
    local x, column, row = tensor.randint(-9, 9, n, n):to(dtype), tensor.randint(-9, 9, n, 1):to(dtype),
      tensor.randint(-9, 9, n):to(dtype)
    each_count_of_threads(function()
      local sum, outer, turned = x + column, column + row, x + x:t()
      for _, i in ipairs { 1, 2, 150, 300, 301 } do
        same(sum[i], x[i] + column[i]:expand(n):contiguous(), dtype .. " column")
        same(outer[i], column[i]:expand(n):contiguous() + row, dtype .. " outer")
        same(turned[i], x[i] + x[{ {}, i }]:contiguous(), dtype .. " turned")
      end
    end)
  end
end)
--- A result of 8 MB and more passes the caches by (kernel.h): around that size, begun anywhere, fused or not.
test("results that pass the caches by have the numbers of small ones", function()
  local limit = 8 << 18
  for _, n in ipairs { limit - 1, limit, limit + 1, limit + 517 } do
    local x, y = tensor.rand(n + 1), tensor.rand(n + 1)
    local a, b = x[{ { 2, n + 1 } }], y[{ { 1, n } }]
    local sum, chain, whole = a + b, (a * b + 1):exp() - a, (a * 100):to "i64"
    local kept = a * 2
    local further = kept + b
    a:requires_grad()
    local recorded = a * b
    a = a:detach()
    for _, part in ipairs { { 1, 1000 }, { n // 2, n // 2 + 999 }, { n - 2500, n } } do
      local p, q = a[{ part }]:contiguous(), b[{ part }]:contiguous()
      same(sum[{ part }], p + q, "a sum of " .. n)
      same(chain[{ part }], (p * q + 1):exp() - p, "a chain of " .. n)
      same(kept[{ part }], p * 2, "what lies between, of " .. n)
      same(further[{ part }], p * 2 + q, "what rests on it, of " .. n)
      same(recorded:detach()[{ part }], p * q, "a recorded product of " .. n)
      same(whole[{ part }], (p * 100):to "i64", "whole numbers of " .. n)
    end
    local before = a[{ { n - 9, n } }]:clone()
    a:add_(b)
    same(a[{ { n - 9, n } }], before + b[{ { n - 9, n } }], "in place of " .. n)
  end
  local rows = tensor.rand(1100, 2000)
  local moved = rows + tensor.rand(1100, 1) * 0 + tensor.arange(2000):to "f32"
  same(moved[700], rows[700] + tensor.arange(2000):to "f32", "rows")
end)

-- --- numbers that are made ---------------------------------------------------------------------------------------

--- The four words of a counter: Philox4x32-10 as Salmon et al. 2011 have it.
local function philox(seed, counter)
  local a, b, c, d = counter & 0xffffffff, counter >> 32, 0, 0
  local k0, k1 = seed & 0xffffffff, seed >> 32
  for _ = 1, 10 do
    local p, q = 0xD2511F53 * a, 0xCD9E8D57 * c
    a, b, c, d = (q >> 32) ~ b ~ k0, q & 0xffffffff, (p >> 32) ~ d ~ k1, p & 0xffffffff
    k0, k1 = (k0 + 0x9E3779B9) & 0xffffffff, (k1 + 0xBB67AE85) & 0xffffffff
  end
  return { a, b, c, d }
end
local function below(seed, counter, span) -- of 48 bits
  local w = philox(seed, counter)
  return ((w[1] >> 8) * span + ((w[2] >> 8) * span >> 24)) >> 24
end

test("randint, randperm, rand and randn follow their counters", function()
  local seed = 0x123456789
  for _, n in ipairs { 1, 3, 15, 16, 17, 1023, 1024, 1025, 2100 } do
    each_count_of_threads(function()
      local r, big = tensor.randint(-5, 994, n, { rng = tensor.rng(seed) }):totable(), 1 << 32
      local wide = tensor.randint(0, big - 1, n, { rng = tensor.rng(seed) }):totable()
      local u, g = tensor.rand(n, { rng = tensor.rng(seed) }):totable(), tensor.randn(n, { rng = tensor.rng(seed) })
      local g64 = tensor.randn(n, { rng = tensor.rng(seed), dtype = "f64" }):totable()
      g = g:totable()
      local perm = {}
      for i = 1, n do perm[i] = i end
      for i = n, 2, -1 do
        local k = below(seed, i - 1, i) + 1
        perm[i], perm[k] = perm[k], perm[i]
      end
      test.same(tensor.randperm(n, { rng = tensor.rng(seed) }), perm)
      for i = 1, n do
        test.truth(r[i] == below(seed, i - 1, 1000) - 5 and wide[i] == below(seed, i - 1, big), "whole number " .. i)
        local w, k = philox(seed, (i - 1) // 4), (i - 1) % 4
        test.equal(u[i], (w[k + 1] >> 8) * 0x1p-24)
        local pair = k // 2 * 2
        local radius = math.sqrt(-2 * math.log((w[pair + 1] + 0.5) * 0x1p-32))
        local angle = 2 * math.pi * w[pair + 2] * 0x1p-32
        local normal = radius * (k % 2 == 0 and math.cos(angle) or math.sin(angle))
        test.close(g[i], normal, 4e-7 * math.abs(normal) + 1e-14)
        test.close(g64[i], normal, 1e-14)
      end
    end)
  end
end)
test("generators fill every dtype and every view alike", function()
  local whole = tensor.randint(0, 255, 3000, { rng = tensor.rng(3) })
  for _, dtype in ipairs { "i32", "u8", "f32", "f64" } do
    same(tensor.randint(0, 255, { 3000, dtype = dtype, rng = tensor.rng(3) }), whole:to(dtype), dtype)
  end
  for _, n in ipairs { 0, 1, 1024, 16384, 16385, 40000 } do
    each_count_of_threads(function()
      local r, s = tensor.arange(3, 2 + n), tensor.arange(5, 5 - 2 * (n - 1), -2)
      local l, f = tensor.linspace(-1, 2, n), tensor.arange(0.5, n)
      for _, t in ipairs { r, s, l, f } do test.shape(t, { n }) end
      for _, i in ipairs { 1, 2, 1024, 1025, 16384, 16385, n } do
        if i >= 1 and i <= n then
          test.same(tensor { r[i], s[i], f[i] }, { i + 2, 7 - 2 * i, i - 0.5 })
          test.close(l[i], n == 1 and -1 or -1 + 3 * (i - 1) / (n - 1), 2e-7)
        end
      end
    end)
  end
  same(tensor.arange(1, 250, { dtype = "u8" }), tensor.arange(250):to "u8", "u8")
  test.fails("arange: u8 cannot hold 1..256", function() tensor.arange(1, 256, { dtype = "u8" }) end)
  same(tensor.linspace(1, 5, 5, { dtype = "i32" }), tensor.arange(5):to "i32", "whole steps")
end)
test.done()
