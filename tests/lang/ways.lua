--- ways.lua: operations that go several ways, by size, place in memory, dtype and threads: every way has the numbers
-- of the plain one, or of the definition.  What is picked, placed, joined and ordered: places.lua.
local test = dofile "tests/check.lua"
local same, each_count_of_threads = test.alike, test.each_count_of_threads

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
--- x in memory in the order of dimensions `order`.
local function laid(x, order)
  local back = {}
  for at, dim in ipairs(order) do back[dim] = at end
  return x:permute(table.unpack(order)):contiguous():permute(table.unpack(back))
end

test("turned operands have the numbers of dense ones, alone, together, in another dtype, and written to", function()
  local orders = { { 1, 3, 2 }, { 2, 1, 3 }, { 2, 3, 1 }, { 3, 1, 2 }, { 3, 2, 1 } }
  for _, size in ipairs { { 2, 9, 256 }, { 3, 17, 257 }, { 1, 35, 513 }, { 2, 7, 300 }, { 33, 8, 65 }, { 1, 64, 512 },
    { 3, 128, 31 } } do
    local function make(dtype) return (tensor.randint(0, 9, size):to(dtype)) end
    for _, dtype in ipairs(dtypes) do
      local x, y, f = make(dtype), make(dtype), make "f64"
      local column, one = x[{ {}, {}, { 1, 1 } }], x[{ 1, 1, 1 }]
      for i, order in ipairs(orders) do
        local t, u = laid(x, order), laid(y, orders[i % #orders + 1])
        local what = ("%s of {%s} in order %s"):format(dtype, table.concat(size, ","), table.concat(order))
        each_count_of_threads(function()
          same(-t:to "f32", -x:to "f32", what)
          same(t + y, x + y, what)
          same(t * laid(y, order), x * y, what)
          same(u + t, y + x, what)
          same(t:gt(u), x:gt(y), what)
          same(t + f, x + f, what)
          same(tensor.maximum(t, column), tensor.maximum(x, column), what)
          same(tensor.maximum(one, t), tensor.maximum(one, x), what)
          same(tensor.where(t:gt(1), u, laid(y, order)), tensor.where(x:gt(1), y, y), what)
          local into, dense = laid(f, order), f:clone()
          same(into:add_(t):mul_(u):sub_(column), dense:add_(x):mul_(y):sub_(column), what)
        end)
      end
    end
  end
end)
test("a chain of ops reads turned operands", function()
  for _, n in ipairs { 255, 256, 257, 600 } do
    local x, y = tensor.randn(n, n), tensor.randn(n, n)
    local function chain(a, b) return ((a * 2 + b):tanh() * a - b):abs() end
    same(chain(x:t(), y), chain(x:t():contiguous(), y), n)
    same(chain(x:t(), y:t()), chain(x:t():contiguous(), y:t():contiguous()), n)
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

-- --- reductions --------------------------------------------------------------------------------------------------

--- Tensors {3, 4, 5} of small numbers (one is NaN where there is such), as they may lie in memory.
local function views(dtype)
  local function make(...)
    local x = tensor.randint(0, 3, ...):to(dtype)
    if dtype == "f32" or dtype == "f64" then x = x - 1 end
    return x
  end
  local list = {
    whole = make(3, 4, 5), turned = make(5, 4, 3):permute(3, 2, 1), middle = make(4, 3, 5):permute(2, 1, 3),
    round = make(5, 3, 4):permute(2, 3, 1), part = make(3, 4, 8)[{ {}, {}, { 2, 6 } }],
    rows = make(3, 6, 5)[{ {}, { 2, 5 } }],
    sparse = make(3, 4, 10)[{ {}, {}, { 1, 10, 2 } }], back = make(3, 4, 5):flip(3),
    spread = make(3, 1, 5):expand(3, 4, 5), few = make(3, 9, 5)[{ {}, { 1, 8, 2 } }],
  }
  if dtype == "f32" or dtype == "f64" then
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
  for _, dtype in ipairs(dtypes) do
    for view, x in pairs(views(dtype)) do
      for name, define in pairs(definitions) do
        for _, dims in ipairs { { 1, 2, 3 }, { 1 }, { 2 }, { 3 }, { 1, 2 }, { 2, 3 }, { 1, 3 } } do
          local extreme = name:find "m[ai][xn]"
          if not extreme or #dims ~= 2 then
            local got = extreme and (x[name](x, #dims == 1 and dims[1] or nil)) or x[name](x, { dim = dims })
            local want, list = by_definition(x, dims, define), test.numbers(got:reshape(-1))
            for i, w in ipairs(want) do
              local g = number(list[i])
              test.truth(g == number(w) or (g ~= g and w ~= w), ("%s of %s %s over {%s}: number %d: %s, not %s"):format(
                name, dtype, view, table.concat(dims, ","), i, g, w))
            end
            test.truth(#list == #want, "their number")
          end
        end
      end
    end
  end
end)
test("rows reduced together are each as it is alone", function()
  for _, dtype in ipairs { "f32", "f64" } do
    for _, n in ipairs { 1, 63, 64, 65, 130 } do
      for _, wide in ipairs { 1, 7, 16, 37 } do
        local x = tensor.randint(1, 4, 2, n, wide):to(dtype)
        local parts = tensor.randint(0, 9, 2, 3, n, wide + 8):to(dtype)
        each_count_of_threads(function()
          for _, op in ipairs { "sum", "prod", "max", "logsumexp" } do
            local y = x[op](x, 3)
            for _, i in ipairs { 1, n // 2 + 1, n } do
              local alone = x[{ 2, { i, i } }]
              same(y[{ 2, { i, i } }], (alone[op](alone, 2)), ("%s of %d rows of %d"):format(op, n, wide))
            end
          end
          same(parts:sum { 2, 4 }, parts:sum(4):sum(2), "in parts")
          same(parts:sum { 1, 3 }, parts:sum(3):sum(1), "columns in parts")
        end)
      end
    end
  end
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
  each_count_of_threads(function()
    for _, dtype in ipairs(dtypes) do
      for _, n in ipairs { 1, 2, 63, 64, 65, 255, 257, 1023, 1024, 1025, 65535, 65536, 65537, 140001 } do
        local x = tensor.zeros { n, dtype = dtype }
        local few = (dtype == "f32" or dtype == "f64") and -1 or 0
        for _, i in ipairs { 1, 2, 64, 1024, 1025, 65536, 65537, n } do
          if i <= n then
            x[i] = 1
            test.equal(x:argmax():item(), i, dtype)
            test.equal(x:max():to("f64"):item(), 1.0)
            test.equal(x:to("f64"):sum():item(), 1.0)
            test.equal(x:count_nonzero():item(), 1)
            test.truth(x:any():item() and (x:all():item() == (n == 1)), "any and all")
            if dtype ~= "f32" and dtype ~= "f64" then test.equal(x:sum():item(), 1) end
            x[n] = 1 -- an equal one behind changes nothing
            test.equal(x:argmax():item(), i)
            x[n] = 0
            x[i] = few
            test.equal(x:argmin():item(), few == 0 and 1 or i, dtype)
            if few == -1 then
              x[n] = 0 / 0
              test.truth(x:argmin():item() == n and x:argmax():item() == n, "the place of NaN")
              test.truth(x:max():item() ~= x:max():item(), "NaN")
            end
            x[n], x[i] = 0, 0
          end
        end
      end
    end
  end)
end)
test("few columns are reduced as many beside each other", function()
  each_count_of_threads(function()
    for _, dtype in ipairs { "f32", "f64" } do
      for columns = 1, 17 do
        for _, rows in ipairs { 1, 127, 128, 129, 150, 2047, 2100 } do
          local x = tensor.randint(-9, 9, rows, columns):to(dtype)
          local other, signs = x:t():contiguous(), x:ge(0):to(dtype) * 2 - 1
          local what = ("%s {%d,%d}"):format(dtype, rows, columns)
          same(x:sum(1), other:sum(2), "sum " .. what)
          same(x:norm(1, 1), other:norm(1, 2), "sum of magnitudes " .. what)
          same(x:square():sum(1), x:norm(2, 1):square():round(), "sum of squares " .. what)
          same(signs:prod(1), signs:t():contiguous():prod(2), "product " .. what)
          same((x:max(1)), (other:max(2)), "max " .. what)
          same((x:min(1)), (other:min(2)), "min " .. what)
          local part = tensor.zeros { rows, columns + 2, dtype = dtype }
          part[{ {}, { 2, columns + 1 } }] = x
          same(part[{ {}, { 2, columns + 1 } }]:sum(1), other:sum(2), "sum of a part " .. what)
          x[{ rows, columns }] = 0 / 0
          local bad = x:max(1)
          test.truth(bad[columns] ~= bad[columns] and x:sum(1)[columns] ~= x:sum(1)[columns], "NaN " .. what)
        end
      end
    end
  end)
end)
test("extremes of few columns stand where they first are", function()
  each_count_of_threads(function()
    for _, dtype in ipairs { "f32", "f64", "i64", "i32", "u8" } do
      for columns = 1, 17 do
        for _, rows in ipairs { 127, 128, 129, 150, 2047, 2100 } do
          for _, span in ipairs { 3, 250 } do
            local x = tensor.randint(0, span, rows, columns):to(dtype)
            for _, nan in ipairs(dtype:find "f" and { 0, 1, 2 } or { 0 }) do
              for i = 1, nan do x[{ rows * i // 3, (columns + i) // 2 }] = 0 / 0 end
              local other, what = x:t():contiguous(), ("%s {%d,%d} %d"):format(dtype, rows, columns, span)
              same(x:argmax(1), other:argmax(2), "argmax " .. what)
              same(x:argmin(1), other:argmin(2), "argmin " .. what)
              local value, at = x:max(1)
              same(at, x:argmax(1), "max " .. what)
              if nan == 0 then same(value, other:gather(2, at:unsqueeze(2)):squeeze(2), "max " .. what) end
            end
          end
        end
      end
    end
  end)
end)
test("columns reach over every block of rows", function()
  each_count_of_threads(function()
    for _, size in ipairs { { 1, 3 }, { 2047, 2 }, { 2048, 5 }, { 2049, 3 }, { 4500, 65 }, { 3, 511 }, { 3, 513 },
      { 300, 700 } } do
      local rows, columns = size[1], size[2]
      for _, dtype in ipairs { "f32", "f64", "i64", "u8" } do
        local x = tensor.zeros { rows, columns, dtype = dtype }
        for c = 1, columns, math.max(1, columns // 7) do
          local r = c * 7919 % rows + 1
          x[{ r, c }] = 3
          x[{ rows, c }] = r < rows and 2 or 3
        end
        for _, v in ipairs { x, x:t():contiguous():t() } do
          local value, at = v:max(1)
          local other = v:t():contiguous()
          same(at, (select(2, other:max(2))), "places")
          same(value, (other:max(2)), "values")
          same(v:argmax(1), at, "argmax")
          same(v:sum(1), other:sum(2), "sums")
          same(v:count_nonzero { dim = { 1 } }, other:count_nonzero { dim = { 2 } }, "counts")
          for c = 1, columns, math.max(1, columns // 7) do
            test.equal(at[c], c * 7919 % rows + 1)
          end
        end
      end
    end
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
test("lunette bench ops measures what its pattern names", function()
  local said = test.output(("%s bench ops '^item$'"):format(os.getenv "LUNETTE" or "build/lunette"))
  test.truth(said:match "^item\t1\t%d+%.%d%d\n$", said)
end)
test.done()
