--- ways.lua: operations that go several ways, by size, place in memory, dtype and threads: every way has the numbers
-- of the plain one, or of the definition.  What is picked, placed, joined and ordered: places.lua.
local test = dofile "tests/check.lua"
local each, same = test.each, test.alike

-- --- pointwise ---------------------------------------------------------------------------------------------------

--- What broadcasts to {outer, middle, inner}, and lies in each way in memory.
local function operands(outer, middle, inner, dtype)
  local function make(...) return tensor.randint(0, 9, ...):to(dtype) end
  local all = test.ways(make(outer, middle, inner))
  all.row, all.column, all.middle = make(inner), make(middle, 1), make(1, middle, 1)
  all.channel, all.one, all.outer = make(outer, 1, 1), make(1), make(outer, 1, inner)
  return all
end

test("two operands in every pattern have the numbers of dense ones", function()
  local function all(size, dtype)
    if size[3] > 0 then return operands(size[1], size[2], size[3], dtype) end
    return { whole = tensor.zeros { size[1], size[2], 0, dtype = dtype }, column = tensor.ones(size[2], 1):to(dtype),
      one = tensor.ones(1):to(dtype) }
  end
  each({ { { 1, 1, 1 }, { 2, 3, 31 }, { 3, 2, 32 }, { 2, 2, 33 }, { 2, 3, 511 }, { 2, 2, 512 }, { 1, 3, 513 },
    { 0, 2, 5 }, { 3, 0, 5 }, { 2, 3, 0 } },
    function(size) return size[3] == 33 and test.dtypes or { "f32", "i64" } end, all, all }, function(size, dtype, a, b)
    local full = tensor.zeros { dtype = dtype, table.unpack(size) }
    local x, y = a:expand(size):contiguous(), b:expand(size):contiguous()
    same((a + full) * (b + full), (x + full) * (y + full), "sums")
    same(a:gt(b):expand(size):contiguous(), x:gt(y), "a comparison")
    same(tensor.maximum(a, b):expand(size):contiguous(), tensor.maximum(x, y), "the greater")
    same(tensor.where(full:eq(0), a, b), tensor.where(full:eq(0), x, y), "where")
  end)
end)
--- x in memory in the order of dimensions `order`.
local function laid(x, order)
  local back = {}
  for at, dim in ipairs(order) do back[dim] = at end
  return x:permute(table.unpack(order)):contiguous():permute(table.unpack(back))
end

test("turned operands have the numbers of dense ones, alone, together, in another dtype, and written to", function()
  local orders = { { 1, 3, 2 }, { 2, 1, 3 }, { 2, 3, 1 }, { 3, 1, 2 }, { 3, 2, 1 } }
  each({ threads = true, { { 2, 9, 256 }, { 3, 17, 257 }, { 1, 35, 513 }, { 2, 7, 300 }, { 33, 8, 65 }, { 1, 64, 512 },
    { 3, 128, 31 } }, test.dtypes }, function(size, dtype)
    local function make(kind) return (tensor.randint(0, 9, size):to(kind)) end
    local x, y, f = make(dtype), make(dtype), make "f64"
    local column, one = x[{ {}, {}, { 1, 1 } }], x[{ 1, 1, 1 }]
    each({ { 1, 2, 3, 4, 5 } }, function(i)
      local order = orders[i]
      local t, u, v = laid(x, order), laid(y, orders[i % #orders + 1]), laid(y, order)
      same(-t:to "f32", -x:to "f32", "one")
      same(t + y, x + y, "and a dense one")
      same(t * v, x * y, "and one in its order")
      same(u + t, y + x, "and one in another")
      same(t:gt(u), x:gt(y), "compared")
      same(t + f, x + f, "and f64")
      same(tensor.maximum(t, column), tensor.maximum(x, column), "and a column")
      same(tensor.maximum(one, t), tensor.maximum(one, x), "and a number")
      same(tensor.where(t:gt(1), u, v), tensor.where(x:gt(1), y, y), "where")
      local into, dense = laid(f, order), f:clone()
      same(into:add_(t):mul_(u):sub_(column), dense:add_(x):mul_(y):sub_(column), "written to")
    end)
  end)
end)
test("a chain of ops reads turned operands", function()
  each({ { 255, 256, 257, 600 } }, function(n)
    test.in_every_way(function(a, b) return ((a * 2 + b):tanh() * a - b):abs() end, tensor.randn(n, n),
      tensor.randn(n, n))
  end)
end)
test("large broadcasts have the numbers of their parts, on one thread and on two", function()
  local n = 301
  each({ threads = true, { "f32", "f64", "i64" } }, function(dtype)
    local x, column, row = tensor.randint(-9, 9, n, n):to(dtype), tensor.randint(-9, 9, n, 1):to(dtype),
      tensor.randint(-9, 9, n):to(dtype)
    local sum, outer, turned = x + column, column + row, x + x:t()
    for _, i in ipairs { 1, 2, 150, 300, 301 } do
      same(sum[i], x[i] + column[i]:expand(n):contiguous(), "column")
      same(outer[i], column[i]:expand(n):contiguous() + row, "outer")
      same(turned[i], x[i] + x[{ {}, i }]:contiguous(), "turned")
    end
  end)
end)
--- A result of 8 MB and more passes the caches by (kernel.h): around that size, begun anywhere, fused or not.
test("results that pass the caches by have the numbers of small ones", function()
  each({ { -1, 0, 1, 517 } }, function(more)
    local n = (8 << 18) + more
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
      same(sum[{ part }], p + q, "a sum")
      same(chain[{ part }], (p * q + 1):exp() - p, "a chain")
      same(kept[{ part }], p * 2, "what lies between")
      same(further[{ part }], p * 2 + q, "what rests on it")
      same(recorded:detach()[{ part }], p * q, "a recorded product")
      same(whole[{ part }], (p * 100):to "i64", "whole numbers")
    end
    local before = a[{ { n - 9, n } }]:clone()
    a:add_(b)
    same(a[{ { n - 9, n } }], before + b[{ { n - 9, n } }], "in place")
  end)
  local rows = tensor.rand(1100, 2000)
  local moved = rows + tensor.rand(1100, 1) * 0 + tensor.arange(2000):to "f32"
  same(moved[700], rows[700] + tensor.arange(2000):to "f32", "rows")
end)

-- --- reductions --------------------------------------------------------------------------------------------------

--- Tensors {3, 4, 5} of small numbers (one is NaN where there is such), as they may lie in memory.
local function views(dtype)
  local float = dtype == "f32" or dtype == "f64"
  local function make(...)
    local x = tensor.randint(0, 3, ...):to(dtype)
    return float and x - 1 or x
  end
  local list = test.ways(make(3, 4, 5))
  list.middle, list.round = make(4, 3, 5):permute(2, 1, 3), make(5, 3, 4):permute(2, 3, 1)
  list.rows, list.few = make(3, 6, 5)[{ {}, { 2, 5 } }], make(3, 9, 5)[{ {}, { 1, 8, 2 } }]
  list.spread = make(3, 1, 5):expand(3, 4, 5)
  if float then
    for _, x in pairs(list) do x[{ 2, 3, 4 }] = 0 / 0 end
    list.numbers = make(3, 4, 5)
  end
  return list
end

--- What f makes of each run of x's elements over dims, in order.
local function by_definition(x, dims, f)
  local over, runs, order, values = {}, {}, {}, x:totable()
  for _, d in ipairs(dims) do over[d] = true end
  for i = 1, 3 do
    for j = 1, 4 do
      for k = 1, 5 do
        local key = (over[1] and 0 or i) * 100 + (over[2] and 0 or j) * 10 + (over[3] and 0 or k)
        if not runs[key] then
          runs[key] = {}
          order[#order + 1] = key
        end
        table.insert(runs[key], values[i][j][k])
      end
    end
  end
  local results = {}
  for n, key in ipairs(order) do results[n] = f(runs[key]) end
  return results
end
local function truth(v) return v ~= 0 and v ~= false end
local function number(v) return v == true and 1 or v == false and 0 or v end
local function fold(first, join)
  return function(run)
    local r = first
    for _, v in ipairs(run) do r = join(r, v) end
    return r
  end
end
local function place(better)
  return function(run)
    local best = 1
    for i, v in ipairs(run) do
      local a, b = number(v), number(run[best])
      if b == b and (a ~= a or better(a, b)) then best = i end
    end
    return best, number(run[best])
  end
end
local most, least = place(function(a, b) return a > b end), place(function(a, b) return a < b end)
local definitions = {
  sum = fold(0, function(r, v) return r + number(v) end), prod = fold(1, function(r, v) return r * number(v) end),
  any = fold(false, function(r, v) return r or truth(v) end),
  all = fold(true, function(r, v) return r and truth(v) end),
  count_nonzero = fold(0, function(r, v) return r + (truth(v) and 1 or 0) end),
  argmax = most, argmin = least,
  max = function(run) return (select(2, most(run))) end, min = function(run) return (select(2, least(run))) end,
}

test("reductions of every dtype, over any dimensions of any view, are as defined", function()
  local names = { "sum", "prod", "any", "all", "count_nonzero", "argmax", "argmin", "max", "min" }
  each({ test.dtypes, views, names, { { 1, 2, 3 }, { 1 }, { 2 }, { 3 }, { 1, 2 }, { 2, 3 }, { 1, 3 } } },
    function(_, x, name, dims)
      local extreme = name:find "m[ai][xn]"
      if extreme and #dims == 2 then return end
      local got = extreme and (x[name](x, #dims == 1 and dims[1] or nil)) or x[name](x, { dim = dims })
      local want, list = by_definition(x, dims, definitions[name]), test.numbers(got:reshape(-1))
      test.equal(#list, #want)
      for i, w in ipairs(want) do
        local g = number(list[i])
        test.truth(g == number(w) or (g ~= g and w ~= w), ("number %d: %s, not %s"):format(i, g, w))
      end
    end)
end)
test("rows reduced together are each as it is alone", function()
  each({ threads = true, test.reals, { 1, 63, 64, 65, 130 }, { 1, 7, 16, 37 } }, function(dtype, n, wide)
    local x = tensor.randint(1, 4, 2, n, wide):to(dtype)
    local parts = tensor.randint(0, 9, 2, 3, n, wide + 8):to(dtype)
    each({ { "sum", "prod", "max", "logsumexp" }, { 1, n // 2 + 1, n } }, function(op, i)
      local y, alone = x[op](x, 3), x[{ 2, { i, i } }]
      same(y[{ 2, { i, i } }], (alone[op](alone, 2)))
    end)
    same(parts:sum { 2, 4 }, parts:sum(4):sum(2), "in parts")
    same(parts:sum { 1, 3 }, parts:sum(3):sum(1), "columns in parts")
  end)
end)
test("what a gradient is begun with is left alone, and its shape, dtype and place do not matter", function()
  local x = tensor.randn(5, 4):requires_grad()
  for name, seed in pairs { dense = tensor.ones(5, 4), turned = tensor.ones(4, 5):t(),
    wide = tensor.ones(5, 4):to "f64", one = tensor.ones(1):expand(5, 4) } do
    local before = seed:clone()
    x.grad = nil
    local y = (x * 2 + x):clone()
    y:backward(seed)
    same(x.grad, tensor.full({ 5, 4 }, 3), name)
    x.grad:mul_(7)
    same(seed, before, name .. ", after")
    local z = x + 0
    x.grad = nil
    z:backward(seed)
    x.grad:add_(1)
    same(seed, before, name .. ", handed on")
  end
  local g = x:detach():clone():requires_grad()
  g:clone():backward(g:detach())
  same(g.grad, g:detach(), "itself")
end)

--- Around the sizes at which work is cut: elements of a row, rows and columns of a task, the vectors within.
test("extremes are found where they are, counts and sums are whole", function()
  each({ threads = true, test.dtypes, { 1, 2, 63, 64, 65, 255, 257, 1023, 1024, 1025, 65535, 65536, 65537, 140001 } },
    function(dtype, n)
      local x = tensor.zeros { n, dtype = dtype }
      local float = dtype == "f32" or dtype == "f64"
      each({ { 1, 2, 64, 1024, 1025, 65536, 65537, n } }, function(i)
        if i > n then return end
        x[i] = 1
        test.equal(x:argmax():item(), i)
        test.equal(x:max():to("f64"):item(), 1.0)
        test.equal(x:to("f64"):sum():item(), 1.0)
        test.equal(x:count_nonzero():item(), 1)
        test.truth(x:any():item() and (x:all():item() == (n == 1)), "any and all")
        if not float then test.equal(x:sum():item(), 1) end
        x[n] = 1 -- an equal one behind changes nothing
        test.equal(x:argmax():item(), i)
        x[n] = 0
        x[i] = float and -1 or 0
        test.equal(x:argmin():item(), float and i or 1)
        if float then
          x[n] = 0 / 0
          test.truth(x:argmin():item() == n and x:argmax():item() == n, "the place of NaN")
          test.truth(x:max():item() ~= x:max():item(), "NaN")
        end
        x[n], x[i] = 0, 0
      end)
    end)
end)
local to_17 = {}
for columns = 1, 17 do to_17[columns] = columns end

test("few columns are reduced as many beside each other", function()
  each({ threads = true, test.reals, to_17, { 1, 127, 128, 129, 150, 2047, 2100 } }, function(dtype, columns, rows)
    local x = tensor.randint(-9, 9, rows, columns):to(dtype)
    local other, signs = x:t():contiguous(), x:ge(0):to(dtype) * 2 - 1
    same(x:sum(1), other:sum(2), "sum")
    same(x:norm(1, 1), other:norm(1, 2), "sum of magnitudes")
    same(x:square():sum(1), x:norm(2, 1):square():round(), "sum of squares")
    same(signs:prod(1), signs:t():contiguous():prod(2), "product")
    same((x:max(1)), (other:max(2)), "max")
    same((x:min(1)), (other:min(2)), "min")
    test.in_every_way(function(v) return v:sum(1) end, x)
    x[{ rows, columns }] = 0 / 0
    local bad = x:max(1)
    test.truth(bad[columns] ~= bad[columns] and x:sum(1)[columns] ~= x:sum(1)[columns], "NaN")
  end)
end)
test("extremes of few columns stand where they first are", function()
  each({ threads = true, test.numeric, to_17, { 127, 128, 129, 150, 2047, 2100 }, { 3, 250 },
    function(dtype) return dtype:find "f" and { 0, 1, 2 } or { 0 } end }, function(dtype, columns, rows, span, nans)
    local x = tensor.randint(0, span, rows, columns):to(dtype)
    for i = 1, nans do x[{ rows * i // 3, (columns + i) // 2 }] = 0 / 0 end
    local other = x:t():contiguous()
    same(x:argmax(1), other:argmax(2), "argmax")
    same(x:argmin(1), other:argmin(2), "argmin")
    local value, at = x:max(1)
    same(at, x:argmax(1), "max")
    same(value, other:gather(2, at:unsqueeze(2)):squeeze(2), "max")
  end)
end)
test("columns reach over every block of rows", function()
  each({ threads = true, { { 1, 3 }, { 2047, 2 }, { 2048, 5 }, { 2049, 3 }, { 4500, 65 }, { 3, 511 }, { 3, 513 },
    { 300, 700 } }, { "f32", "f64", "i64", "u8" } }, function(size, dtype)
    local rows, columns = size[1], size[2]
    local x = tensor.zeros { rows, columns, dtype = dtype }
    local step = math.max(1, columns // 7)
    for c = 1, columns, step do
      local r = c * 7919 % rows + 1
      x[{ r, c }] = 3
      x[{ rows, c }] = r < rows and 2 or 3
    end
    local other = x:t():contiguous()
    local values, places = other:max(2)
    for c = 1, columns, step do test.equal(places[c], c * 7919 % rows + 1) end
    each({ test.ways(x) }, function(v)
      local value, at = v:max(1)
      same(at, places, "places")
      same(value, values, "values")
      same(v:argmax(1), at, "argmax")
      same(v:sum(1), other:sum(2), "sums")
      same(v:count_nonzero { dim = { 1 } }, other:count_nonzero { dim = { 2 } }, "counts")
    end)
  end)
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
  local seed, big = 0x123456789, 1 << 32
  each({ threads = true, { 1, 3, 15, 16, 17, 1023, 1024, 1025, 2100 } }, function(n)
    local function rng() return tensor.rng(seed) end
    local r, wide = tensor.randint(-5, 994, n, { rng = rng() }):totable(),
      tensor.randint(0, big - 1, n, { rng = rng() }):totable()
    local u, g = tensor.rand(n, { rng = rng() }):totable(), tensor.randn(n, { rng = rng() }):totable()
    local g64 = tensor.randn(n, { rng = rng(), dtype = "f64" }):totable()
    local perm = {}
    for i = 1, n do perm[i] = i end
    for i = n, 2, -1 do
      local k = below(seed, i - 1, i) + 1
      perm[i], perm[k] = perm[k], perm[i]
    end
    test.same(tensor.randperm(n, { rng = rng() }), perm)
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
end)
test("generators fill every dtype and every view alike", function()
  local whole = tensor.randint(0, 255, 3000, { rng = tensor.rng(3) })
  each({ { "i32", "u8", "f32", "f64" } }, function(dtype)
    same(tensor.randint(0, 255, { 3000, dtype = dtype, rng = tensor.rng(3) }), whole:to(dtype))
  end)
  each({ threads = true, { 0, 1, 1024, 16384, 16385, 40000 } }, function(n)
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
  same(tensor.arange(1, 250, { dtype = "u8" }), tensor.arange(250):to "u8", "u8")
  test.fails("arange: u8 cannot hold 1..256", function() tensor.arange(1, 256, { dtype = "u8" }) end)
  same(tensor.linspace(1, 5, 5, { dtype = "i32" }), tensor.arange(5):to "i32", "whole steps")
end)
test("lunette bench ops measures what its pattern names", function()
  local said = test.output(("%s bench ops '^item$'"):format(os.getenv "LUNETTE" or "build/lunette"))
  test.truth(said:match "^item\t1\t%d+%.%d%d\n$", said)
end)
test.done()
