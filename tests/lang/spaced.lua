--- spaced.lua: elements some places apart are summed, compared, added to, joined and written where they lie: the
-- numbers are those of a copy without gaps, bit for bit, at the edges of every way.
local test = dofile "tests/check.lua"
local alike, each_count_of_threads = test.alike, test.each_count_of_threads
local dtypes = { "f32", "f64", "i64", "i32", "u8", "bool" }

--- n numbers, apart places from each other, in memory that has others between them.
local function spaced(n, apart, dtype, from)
  local size = (n - 1) * apart + 1
  local all = dtype:find "^f" and tensor.randn(size) or tensor.randint(from or -9, 9, size)
  return all:to(dtype)["::" .. apart]
end

local sizes = { 1, 7, 8, 9, 16, 17, 63, 64, 65, 66, 511, 512, 513, 1025, 4095, 4096, 4097, 5000 }

test("sums, extremes and counts of elements apart are those of a copy", function()
  for apart = 2, 10 do
    for _, n in ipairs(sizes) do
      for _, dtype in ipairs(dtypes) do
        local x = spaced(n, apart, dtype, 0)
        local copy = x:contiguous()
        local what = ("%d of %s, %d apart"):format(n, dtype, apart)
        alike(x:sum(), copy:sum(), "sum of " .. what)
        alike(x:mean(), copy:mean(), "mean of " .. what)
        alike(x:count_nonzero(), copy:count_nonzero(), "count of " .. what)
        alike(x:argmax(), copy:argmax(), "place of the greatest of " .. what)
        alike(x:min(), copy:min(), "least of " .. what)
        alike(x:prod(), copy:prod(), "product of " .. what)
        if dtype:find "^f" then
          alike(x:norm(), copy:norm(), "norm of " .. what)
          alike(x:norm(1), copy:norm(1), "sum of magnitudes of " .. what)
          alike(x:norm(1 / 0), copy:norm(1 / 0), "greatest magnitude of " .. what)
          alike(x:logsumexp(), copy:logsumexp(), "logsumexp of " .. what)
        end
      end
    end
  end
end)

test("rows of elements apart, with NaN, over one and two dimensions and by threads, are those of a copy", function()
  for _, size in ipairs { { 3, 63 }, { 5, 64 }, { 2, 65 }, { 7, 700 }, { 3, 4099 }, { 1, 70001 } } do
    for _, dtype in ipairs { "f32", "f64", "i32" } do
      for apart = 2, 3 do
        local rows, n = size[1], size[2]
        local whole = tensor.randn(rows, 2, n * apart) * 50
        if dtype:find "^f" then whole[{ 1, 1, n }] = 0 / 0 end
        local x = whole:to(dtype)[{ {}, {}, { 1, -1, apart } }]
        local copy = x:contiguous()
        local what = ("%d x %d of %s, %d apart"):format(rows, n, dtype, apart)
        each_count_of_threads(function()
          for i, dim in ipairs { 3, { 2, 3 }, { 1, 2, 3 }, { 1, 3 } } do
            if i == 4 and n < 64 then break end -- parts so short are copied, and summed in another order
            alike(x:sum { dim = dim }, copy:sum { dim = dim }, "sum of " .. what)
            alike(x:count_nonzero { dim = dim }, copy:count_nonzero { dim = dim }, "count of " .. what)
            if dtype:find "^f" then alike(x:norm { dim = dim }, copy:norm { dim = dim }, "norm of " .. what) end
          end
          local most, at = x:max(3)
          local want, place = copy:max(3)
          alike(most, want, "greatest of " .. what)
          alike(at, place, "its place, " .. what)
          alike(x:argmin(3), copy:argmin(3), "place of the least of " .. what)
        end)
      end
    end
  end
end)

--- Fewer than 16, or more than 4 apart, are summed as rows, in another order.
test("columns of elements apart, between NaN, are those of a copy", function()
  test.each({ threads = true, { { 3, 15, 1 }, { 3, 16, 1 }, { 70, 17, 2 }, { 2, 129, 1 }, { 5, 700, 1 },
    { 2049, 20, 1 }, { 4100, 130, 1 } }, { 2, 3, 4, 5 }, test.dtypes }, function(size, apart, dtype)
    local rows, n, outer = table.unpack(size)
    local whole = (tensor.randn(outer, rows, n * apart) * 3):to(dtype)
    if dtype:find "^f" then whole[{ {}, {}, { 2, -1, apart } }] = 0 / 0 end
    local x = whole[{ {}, {}, { 1, -1, apart } }]
    local copy = x:contiguous()
    local there = n > 16 and apart <= 4
    local same = there and alike or function(got, want) test.close(got, want, 5e-4) end
    for _, name in ipairs { "sum", "count_nonzero", "any", "prod" } do
      local y, want = x[name](x, 2), copy[name](copy, 2)
      if name == "prod" then alike(y:isnan(), want:isnan()) else same(y, want, name) end
      if name == "prod" and there then alike(y, want, name) end
    end
    if dtype ~= "bool" then
      local most, at = x:max(2)
      local want, place = copy:max(2)
      alike(most, want, "greatest")
      alike(at, place, "its place")
    end
    if dtype:find "^f" then
      same(x:norm { dim = 2 }, copy:norm { dim = 2 }, "norm")
      same(x:logsumexp(2), copy:logsumexp(2), "logsumexp")
      same(x:var(2), copy:var(2), "variance")
    end
  end)
end)

test("short rows with gaps, turned and of several dimensions are converted as a copy without them", function()
  test.each({ threads = true, { { 3, 5, 7 }, { 2, 100, 63 }, { 2, 9, 64 }, { 300, 3, 2 }, { 30, 20, 31 } }, dtypes,
    dtypes }, function(size, from, to)
    local x = (tensor.randn(size) * 9):to(from)
    local want = x:to(to)
    test.in_every_way(function(v) alike(v:to(to), want) end, x)
    alike(x:transpose(1, 2):to(to), want:transpose(1, 2):contiguous())
  end)
end)

test("dot products of elements apart are those of copies, and so are their gradients", function()
  local near = { f32 = 2e-3, f64 = 1e-10, i64 = 0 }
  test.each({ threads = true, { 1, 64, 65, 1023, 1024, 1025, 20000 }, { 1, 2, 7 }, { 2, 3, -1 },
    { "f32", "f64", "i64" } }, function(n, left, right, dtype)
    local a, b = spaced(n, left, dtype), spaced(n, math.abs(right), dtype)
    if right < 0 then b = b:contiguous():flip(1)["::-1"] end
    test.close(a:dot(b), (a:to "f64" * b:to "f64"):sum():to(dtype), near[dtype])
    if dtype == "i64" then return end
    local x, y = a:detach():requires_grad(), b:detach():requires_grad()
    x:dot(y):backward(tensor(2, { dtype = dtype }))
    alike(x.grad, (b * 2):contiguous())
    alike(y.grad, (a * 2):contiguous())
    x:dot(y):backward()
    alike(x.grad, (b * 2 + b):contiguous())
  end)
end)

test("of equals apart the first is the place, also where pieces of a row meet", function()
  for _, n in ipairs { 513, 1024, 1025, 2000 } do
    local x = tensor.zeros(2 * n)["::2"]
    for _, at in ipairs { 1, 512, 513, n } do
      local y = x:clone()
      y[at], y[n] = 5, 5
      local apart = tensor.zeros(2 * n)["::2"]
      apart:add_(y)
      test.equal(apart:argmax():item(), at)
      apart[at] = 0 / 0
      test.equal(apart:argmax():item(), at)
      test.equal(apart:argmin():item(), at)
    end
  end
end)

test("what is added, joined and written apart touches nothing between", function()
  for apart = 2, 9 do
    for _, n in ipairs { 1, 2, 15, 16, 17, 33, 512, 1003 } do
      for _, dtype in ipairs(dtypes) do
        local all = tensor.randint(0, 1, n * apart):to(dtype)
        local dense = tensor.randint(0, 1, n):to(dtype)
        local want, x = all:clone(), all["::" .. apart]
        for i = 1, n do
          local at = (i - 1) * apart + 1
          if dtype == "bool" then want[at] = dense[i] else want[at] = all[at] + dense[i] end
        end
        local what = ("%d of %s, %d apart"):format(n, dtype, apart)
        if dtype == "bool" then x[{}] = dense else x:add_(dense) end
        alike(all, want, what)
        local copy = x:contiguous()
        alike(tensor.stack { x, x }, tensor.stack { copy, copy }, "stacked " .. what)
        alike(tensor.stack { x, x, dim = 2 }, tensor.stack { copy, copy, dim = 2 }, "beside " .. what)
        alike(tensor.cat { x, dense }, tensor.cat { copy, dense }, "joined " .. what)
      end
    end
  end
end)

--- The product from its definition, modulo 2^64.
local function by_hand(a, b)
  local y = {}
  for i = 1, a:size(1) do
    y[i] = {}
    for k = 1, b:size(2) do
      local sum = 0
      for m = 1, a:size(2) do sum = sum + a[{ i, m }] * b[{ m, k }] end
      y[i][k] = sum
    end
  end
  return tensor(y, { dtype = "i64" })
end

test("products of whole numbers wrap as Lua's do: small and great ones, of every shape, lying in every way", function()
  for _, most in ipairs { 9, 2 ^ 31 - 1, 2 ^ 31, 2 ^ 62 } do
    for _, size in ipairs { { 1, 1, 1 }, { 1, 5, 9 }, { 3, 4, 64 }, { 3, 130, 65 }, { 4, 129, 17 }, { 5, 7, 16 },
      { 33, 3, 15 }, { 35, 131, 18 }, { 2, 9, 1 }, { 40, 12, 1 }, { 1, 3, 200 } } do
      local M, K, N = table.unpack(size)
      local a, b = tensor.randint(-most // 1, most // 1, M, K), tensor.randint(-most // 1, most // 1, K, N)
      local want, what = by_hand(a, b), ("%d x %d x %d up to %g"):format(M, K, N, most)
      local bt, apart = b:t():contiguous():t(), tensor.zeros { K, 2 * N, dtype = "i64" }
      apart[{ {}, { 1, -1, 2 } }] = b
      each_count_of_threads(function()
        alike(a:mm(b), want, what)
        alike(a:t():contiguous():t():mm(b), want, "left turned, " .. what)
        alike(a:mm(bt), want, "right turned, " .. what)
        alike(a:mm(apart[{ {}, { 1, -1, 2 } }]), want, "right apart, " .. what)
        alike(tensor.stack { a, a }:bmm(tensor.stack { b, b }), tensor.stack { want, want }, "two, " .. what)
      end)
      if M == 1 and N == 1 then test.equal(a[1]:dot(b:t()[1]):item(), want[{ 1, 1 }]) end
    end
  end
  local tall, wide = tensor.zeros { 3, 0, dtype = "i64" }, tensor.zeros { 0, 2, dtype = "i64" }
  alike(tall:mm(wide), tensor.zeros { 3, 2, dtype = "i64" })
end)

--- Rows of so few that they are reduced as columns.
test("short rows have the numbers of longer ones that hold nothing more", function()
  for _, n in ipairs { 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64 } do
    for _, rows in ipairs { 1, 15, 16, 17, 100, 1001 } do
      for _, dtype in ipairs { "f32", "f64" } do
        local x = (tensor.randn(rows, n) * 5):to(dtype)
        local what = ("%d rows of %d of %s"):format(rows, n, dtype)
        local near = dtype == "f32" and 2e-6 or 4e-15
        local e = x:to "f64" - x:to "f64":max { dim = 2, keepdim = true }
        local want = e:exp():sum(2):log() + (x:to "f64":max(2))
        each_count_of_threads(function()
          test.close(x:logsumexp(2), want:to(dtype), near, "logsumexp, " .. what)
          test.close(x:softmax(2):sum(2), tensor.ones(rows):to(dtype), near, "softmax, " .. what)
          test.close(x:softmax(2), (x - want:to(dtype):unsqueeze(2)):exp(), 4 * near, "its numbers, " .. what)
          test.close(x:log_softmax(2), x - want:to(dtype):unsqueeze(2), 4 * near, "its logarithm, " .. what)
        end)
        alike((x:max(2)), x:t():contiguous():max(1), "greatest, " .. what)
        alike((x:min(2)), x:t():contiguous():min(1), "least, " .. what)
      end
    end
  end
end)

test("a short row with an infinity or NaN is as a long one", function()
  local inf, nan = 1 / 0, 0 / 0
  for _, row in ipairs { { inf, 1, 2 }, { -inf, 1, 2 }, { -inf, -inf, -inf }, { nan, 1, inf }, { 1e38, -1e38, 0 } } do
    for _, dtype in ipairs { "f32", "f64" } do
      local short = tensor({ row }, { dtype = dtype }):expand(40, 3):contiguous()
      local long = tensor.cat { short, tensor.full({ 40, 97 }, -inf, { dtype = dtype }), dim = 2 }
      local what, first = dtype .. " " .. tostring(short[1]), { {}, { 1, 3 } }
      alike(short:softmax(2), long:softmax(2)[first]:contiguous(), "softmax of " .. what)
      alike(short:log_softmax(2), long:log_softmax(2)[first]:contiguous(), "log_softmax of " .. what)
      alike(short:logsumexp(2), long:logsumexp(2), "logsumexp of " .. what)
    end
  end
end)
test("what a stride of 0 repeats, in any dimension, is as its copy: scans, sums, extremes, orders, picks", function()
  local steps = { "cumsum", "cumprod", "sum", "prod", "max", "argmin", "count_nonzero", "sort", "diff" }
  for _, dtype in ipairs(test.numeric) do
    for _, base in ipairs { { 2, 2, 1 }, { 2, 1, 2 }, { 1, 2, 2 }, { 2, 1, 1 }, { 1, 2, 1 }, { 2, 70, 1 },
      { 70, 1, 2 } } do
      local x = tensor.randint(1, 2, base):to(dtype) -- products are exact
      local wide = {}
      for d = 1, 3 do wide[d] = base[d] == 1 and 66 or base[d] end
      local view = x:expand(wide)
      local copy = view:contiguous()
      for dim = 1, 3 do
        for _, name in ipairs(steps) do
          local what = ("%s along %d of %s, %s"):format(name, dim, table.concat(base, "x"), dtype)
          local got, at = view[name](view, { dim = dim })
          local want, place = copy[name](copy, { dim = dim })
          alike(got, want, what)
          if at then alike(at, place, "places of " .. what) end
        end
        local ids = tensor { 2, 1, 2, dtype = "i64" }
        alike(view:index_select(dim, ids), copy:index_select(dim, ids), "picked")
        alike(tensor.cat { view, view, dim = dim }, tensor.cat { copy, copy, dim = dim }, "joined")
      end
      alike(view:take(tensor { 1, 5, 3, dtype = "i64" }), copy:take(tensor { 1, 5, 3, dtype = "i64" }), "taken")
    end
  end
end)

test.done()
