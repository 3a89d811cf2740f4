--- along.lua: what runs along one dimension goes several ways, by how many columns lie beside each other, by length,
-- dtype and place in memory: every way has the numbers of the definition.
local test = dofile "tests/check.lua"
local each, same = test.each, test.alike

-- --- softmax -------------------------------------------------------------------------------------------------------

--- Softmax, its logarithm, log sum e^x and the gradients of dy, in f64 from plain operations.
local function softmax_of(x, dy)
  x, dy = x:to "f64", dy:to "f64"
  local most = x:max(2):unsqueeze(2)
  local e = (x - most):exp()
  local sum = e:sum { 2, keepdim = true }
  local y = e / sum
  return { softmax = y, log_softmax = x - most - sum:log(), logsumexp = (most + sum:log()):squeeze(2),
    softmax_grad = y * (dy - (y * dy):sum { 2, keepdim = true }),
    log_softmax_grad = dy - y * dy:sum { 2, keepdim = true } }
end

test("softmax, its logarithm, log sum e^x and their gradients are as defined, along any dimension", function()
  local bounds = { f32 = 4e-5, f64 = 2e-12 }
  each({ threads = true, { { 2, 5, 1 }, { 2, 1, 7 }, { 3, 6, 3 }, { 3, 6, 4 }, { 2, 3, 5 }, { 2, 4, 16 }, { 1, 3, 63 },
    { 1, 3, 64 }, { 2, 3, 65 }, { 1, 2, 127 }, { 2, 2, 128 }, { 1, 3, 129 }, { 2, 255, 9 }, { 1, 256, 5 },
    { 1, 257, 20 }, { 1, 600, 3 }, { 40, 30, 300 } }, test.reals }, function(size, dtype)
    local dense, dy = tensor.randn(size, { dtype = dtype }) * 5, tensor.randn(size, { dtype = dtype })
    local want, bound = softmax_of(dense, dy), bounds[dtype]
    each({ test.ways(dense) }, function(x)
      for _, name in ipairs { "softmax", "log_softmax" } do
        local leaf = x:detach():requires_grad()
        local y = leaf[name](leaf, 2)
        test.close(y:detach(), want[name], bound)
        y:backward(dy)
        test.close(leaf.grad, want[name .. "_grad"], bound)
        leaf[name](leaf, 2):backward(dy)
        test.close(leaf.grad, want[name .. "_grad"] * 2, 2 * bound) -- added
      end
      test.close(x:logsumexp(2), want.logsumexp, bound)
    end)
  end)
end)
test("an infinite number leaves NaN in its softmax only, and a logsumexp that is its limit", function()
  local inf = math.huge
  each({ test.reals, { 1, 5, 70 } }, function(dtype, inner)
    local x = tensor.zeros { 2, 3, inner, dtype = dtype }
    x[{ 1, 2, 1 }] = inf
    x[{ 2, {}, inner }] = -inf
    local y, l = x:softmax(2), x:logsumexp(2)
    test.truth(y:ne(y)[{ 1, {}, 1 }]:all():item() and y:ne(y)[{ 2, {}, inner }]:all():item(), "NaN")
    test.equal(y:ne(y):count_nonzero():item(), 6)
    test.equal(l[{ 1, 1 }], inf)
    test.equal(l[{ 2, inner }], -inf)
    test.equal(l:abs():eq(inf):count_nonzero():item(), 2)
    x[{ 1, 3, 1 }] = 0 / 0
    test.truth(x:logsumexp(2)[{ 1, 1 }] ~= x:logsumexp(2)[{ 1, 1 }], "NaN")
  end)
end)
test("log sum e^x of a long row joins its blocks", function()
  each({ threads = true, { 65535, 65536, 65537, 200001 }, test.reals }, function(n, dtype)
    local x = tensor.full({ n }, -math.huge, { dtype = dtype })
    test.equal(x:logsumexp():item(), -math.huge)
    x[1], x[n] = 3, 3
    test.close(x:logsumexp():item(), 3 + math.log(2), 1e-6)
    x[n] = 700
    test.close(x:logsumexp():item(), 700, 1e-6)
    x:fill_(2)
    test.close(x:logsumexp():item(), 2 + math.log(n), 1e-5)
    x[n - 1] = math.huge
    test.equal(x:logsumexp():item(), math.huge)
    x[2] = 0 / 0
    test.truth(x:logsumexp():item() ~= x:logsumexp():item(), "NaN")
  end)
  test.equal(tensor.zeros(0):logsumexp():item(), -math.huge)
end)

-- Gaps between the elements keep dimensions apart that would be one: up to four groups, reduced and kept in all orders.
local subsets = {}
for bits = 1, 15 do
  local dims = {}
  for d = 1, 4 do
    if bits >> (d - 1) & 1 == 1 then dims[#dims + 1] = d end
  end
  subsets[bits] = dims
end

test("any dimensions of a stepped, cropped or turned view are reduced as those of its copy", function()
  each({ test.dtypes, { { { 5, 7, 9, 16 }, "::2, ::2, ::2, 1:8" }, { { 5, 7, 9, 16 }, ":, ::2, 2:8, :" },
    { { 2, 20, 20, 8 }, ":, 3:18, 3:18, :" }, { { 2, 3, 20, 12 }, ":, :, 3:18, 1:9" }, { { 3, 4, 5, 30 }, "..., ::3" },
    { { 2, 2, 41, 2 }, "..., ::2, 1:1" }, { { 3, 2, 9, 10 }, "::-1, :, ::-2, 1:9" } }, { false, true } },
    function(dtype, view, turned)
      local x = tensor.randint(0, 3, view[1]):to(dtype)[view[2]]
      if turned then x = x:permute(4, 2, 1, 3) end
      if dtype ~= "bool" then x[{ 1, 1, 1, 1 }] = 7 end
      local copy = x:clone()
      each({ { "sum", "count_nonzero", "any", "all" }, subsets }, function(name, dims)
        same(x[name](x, { dim = dims }), copy[name](copy, { dim = dims }))
      end)
      each({ { "max", "min", "argmax", "argmin", "prod" }, { 1, 2, 3, 4 } }, function(name, d)
        if dtype ~= "bool" or name == "prod" then same((x[name](x, d)), (copy[name](copy, d))) end
      end)
      if not dtype:find "f" then return end
      each({ { "mean", "var", "norm", "logsumexp" }, subsets }, function(name, dims)
        test.close(x[name](x, { dim = dims }), copy[name](copy, { dim = dims }), 1e-4)
      end)
      each({ subsets }, function(dims)
        local sums = copy:sum { dim = dims, keepdim = true }
        local row = (sums * 0):requires_grad()
        local y = row + copy
        y:backward(x)                                                 -- summed over what was broadcast
        same(row.grad, sums)
      end)
    end)
end)

-- --- two groups of reduced dimensions ------------------------------------------------------------------------------

test("what is kept may lie between what is reduced", function()
  local exact = { "sum", "prod", "count_nonzero", "any", "all" }
  each({ threads = true, { { 3, 4, 7, 1 }, { 3, 4, 8, 1 }, { 3, 4, 9, 1 }, { 2, 3, 7, 5 }, { 2, 3, 8, 5 },
    { 2, 1, 9, 5 }, { 2, 3, 40, 300 }, { 3, 2, 2049, 3 }, { 2, 2, 65537, 1 }, { 5, 70, 20, 1 } },
    function(size) return size[3] < 10 and test.dtypes or { "f32", "u8" } end }, function(size, dtype)
    local dense = tensor.randint(0, 1, 2, size[1], size[2], size[3] * size[4]):to(dtype)
    if dtype ~= "u8" and dtype ~= "bool" then dense = (dense * 2 - 1):to(dtype) end
    dense = dense:reshape { 2, size[1], size[2], size[3], size[4] }
    local wide = tensor.zeros { 2, size[1], size[2] + 1, size[3], size[4], dtype = dtype }
    wide[{ {}, {}, { 2, size[2] + 1 } }] = dense
    local order = { 1, 3, 5, 2, 4 } -- kept, then reduced
    local rows = dense:permute(order):reshape { 2, size[2], size[4], -1 }
    each({ { whole = dense, part = wide[{ {}, {}, { 2, size[2] + 1 } }],
      turned = dense:permute(2, 3, 1, 4, 5):contiguous():permute(3, 1, 2, 4, 5) } }, function(x)
      local function check(f, bound)
        local got, want = f(x, { 2, 4 }), f(rows, { 4 })
        test.dtype(got, want.dtype)
        test.close(got:to "f64", want:to "f64", bound or 0)
        local all = f(x, { 1, 2, 4 }) -- no dimension before the first part
        test.close(all:to "f64", f(rows:permute(2, 3, 1, 4), { 3, 4 }):to "f64", bound or 0)
      end
      each({ exact }, function(name) check(function(t, dims) return t[name](t, { dim = dims }) end) end)
      if not dtype:find "f" then return end
      check(function(t, dims) return t:logsumexp { dim = dims } end, 1e-5)
      check(function(t, dims) return t:var { dim = dims } end, 1e-5)
      check(function(t, dims) return t:norm { dim = dims } end, 1e-4)
      local leaf = x:detach():requires_grad()
      leaf:logsumexp({ 2, 4 }):sum():backward()
      local sums = leaf.grad:permute(order):reshape({ 2, size[2], size[4], -1 }):sum(4)
      test.close(sums, tensor.ones { 2, size[2], size[4], dtype = dtype }, 1e-3)
    end)
  end)
  local x, sums = tensor.randn(64, 8, 500), {}
  test.each_count_of_threads(function(n) sums[n] = x:sum { 1, 3 } end)
  same(sums[1], sums[2], "alike on one thread and on two")
end)

-- --- rows in order -------------------------------------------------------------------------------------------------

test("rows are sorted by counting, as words or as entries, by how far their numbers lie apart", function()
  each({ { 1, 2, 3, 8, 63, 64, 65, 511, 512, 513 }, test.dtypes, { 0, 1, 3, 4, 255, 2047, 2048, 100000, 1 << 40 },
    { false, true } }, function(n, dtype, span, descending)
    local x = tensor.randint(-(span // 2), span - span // 2, 7, n)
    if dtype == "u8" then x = x:abs() % 256 end
    x = x:to(dtype)
    local y, at = x:sort { dim = 2, descending = descending }
    same(x:gather(2, at), y)
    test.truth((at:sum(2)):eq(n * (n + 1) // 2):all():item(), "each once")
    if n == 1 then return end
    local a, b = y[{ {}, { 1, n - 1 } }], y[{ {}, { 2, n } }]
    local p, q = at[{ {}, { 1, n - 1 } }], at[{ {}, { 2, n } }]
    if descending then a, b = b, a end
    test.truth((a:lt(b) | (a:eq(b) & p:lt(q))):all():item(), "in order")
  end)
end)

-- --- running sums and places ---------------------------------------------------------------------------------------

test("means of whole numbers are those of their sums, along any dimension", function()
  each({ threads = true, { "i32", "u8", "bool" }, { { 3, 400, 2 }, { 70, 5, 63 }, { 2, 1, 70000 }, { 0, 3, 2 } } },
    function(dtype, shape)
      local x = tensor.randint(-999, 999, table.unpack(shape)):to(dtype)
      if dtype == "i32" and x:numel() > 0 then x[{ 1, 1 }] = 2147483647 end
      each({ { false, 1, 2, 3, { 1, 3 } } }, function(dim)
        local options = dim and { dim = dim } or {}
        local want = x:to "f64":mean(options):to "f32"
        test.in_every_way(function(v)
          local got = v:mean(options)
          test.dtype(got, "f32")
          test.close(got:nan_to_num(-1), want:nan_to_num(-1), 2e-7)
          return got
        end, x)
      end)
    end)
end)
test("running sums and products of rows of any length are those of what came before", function()
  local lengths = { 1, 2, 3, 4, 5, 7, 8, 128, 129, 511, 512, 513, 515, 1024, 1030 }
  each({ threads = true, lengths, test.dtypes }, function(n, dtype)
    local dense = tensor.randint(0, 3, 9, n):to(dtype)
    if dtype == "i64" then dense[{ 2, n }] = math.maxinteger end
    local list, sums, products = dense:to(dtype == "bool" and "u8" or dtype):totable(), {}, {}
    for i = 1, 9, 4 do
      local s, p = 0, 1
      sums[i], products[i] = {}, {}
      for k = 1, n do
        s, p = s + list[i][k], p * list[i][k]
        if dtype == "f32" and math.abs(p) > 3e38 then p = p * math.huge end
        sums[i][k], products[i][k] = s, p
      end
    end
    each({ test.ways(dense) }, function(x)
      local sum, product = x:cumsum(2), x:cumprod(2)
      test.dtype(sum, dtype:find "f" and dtype or "i64")
      for i = 1, 9, 4 do
        local a, b = test.numbers(sum[i]), test.numbers(product[i])
        for k = 1, n do
          test.truth(a[k] == sums[i][k], "sum " .. k)
          test.truth(b[k] == products[i][k] or k > 30 and dtype:find "f", "product " .. k)
        end
      end
    end)
  end)
end)
test("nonzero finds every place, in order, whatever the shape", function()
  each({ threads = true, { { 1 }, { 5 }, { 1023 }, { 1025 }, { 32768 }, { 32769 }, { 3, 4, 5 }, { 1, 1, 7 }, { 300, 3 },
    { 33000, 1 }, { 11, 1, 300, 10 }, { 0, 3 } }, function(shape) return shape[1] > 9 and { "f32" } or test.dtypes end,
    { few = 0.02, some = 0.5, all = 1, none = 0 } }, function(shape, dtype, share)
    local x = tensor.rand(shape):lt(share):to(dtype)
    if dtype == "f32" and share == 1 then x:mul_(-0.5) end
    local turned = x:reshape(-1, shape[#shape]):t():contiguous():t():reshape(shape)
    local found, n = x:nonzero(), 0
    local list = found:totable()
    for at, v in ipairs(test.numbers(x:ne(0):to("u8"):reshape(-1))) do
      if v ~= 0 then
        n = n + 1
        local rest = at - 1
        for d = #shape, 1, -1 do
          test.equal(list[n][d], rest % shape[d] + 1)
          rest = rest // shape[d]
        end
      end
    end
    test.shape(found, { n, #shape })
    same(turned:nonzero(), found)
    each({ test.ways(x) }, function(v) same(v:nonzero(), found) end)
  end)
  local x = tensor.zeros(3, 2)
  x[{ 1, 2 }], x[{ 2, 1 }], x[{ 3, 2 }] = 0 / 0, -0.0, 1e-45
  test.same(x:nonzero(), { { 1, 2 }, { 3, 2 } })
  test.shape(tensor(3):nonzero(), { 1, 0 })
  test.shape(tensor(0):nonzero(), { 0, 0 })
end)

--- Short rows are turned, many at once, and reduced as columns.
test("extremes, counts and whole sums of short rows are those of each row alone", function()
  each({ test.dtypes, { 1, 7, 8, 16, 17, 63, 64 }, { 15, 16, 17, 145 } }, function(dtype, n, rows)
    local float = dtype == "f32" or dtype == "f64"
    local wide = tensor.randint(0, 3, 2, rows + 2, n + 3):to(dtype)
    if float then wide[{ 1, { 3, 9, 5 }, { 2, n + 1, 2 } }] = 0 / 0 end
    each({ { whole = wide[1]:contiguous(), part = wide[{ 2, { 2, rows + 1 }, { 2, n + 1 } }],
      flipped = wide[1]:flip(1), both = wide[{ {}, { 1, rows }, { 2, n + 1 } }] },
      { "argmax", "argmin", "max", "min", "count_nonzero", "any", "sum", "prod" } }, function(x, op)
      if float and (op == "sum" or op == "prod") or dtype == "bool" and op == "prod" then return end
      local at, list = (x[op](x, -1)):reshape(-1), x:reshape(-1, x.shape[#x.shape])
      for r = 1, #at, 9 do
        local alone = list[r]:clone()
        local a, b = at[r], (alone[op](alone, 1)):item()
        test.truth(a == b or (a ~= a and b ~= b), ("row %d: %s, not %s"):format(r, a, b))
      end
    end)
  end)
end)

test("distances are those of the differences, whatever the rows and columns", function()
  tensor.seed(11)
  each({ test.reals, { { 1, 1, 1 }, { 4, 32, 64 }, { 17, 33, 65 }, { 3, 31, 63 }, { 7, 100, 1 }, { 33, 9, 130 } } },
    function(d, s)
      local x, y = tensor.randn(2, s[1], s[3]):to(d), tensor.randn(2, s[2], s[3]):to(d)
      local wide = (x:to "f64":unsqueeze(3) - y:to "f64":unsqueeze(2)):square():sum(4):sqrt()
      local e = ((x:cdist(y):to "f64" - wide):abs() / wide):max():item()
      test.truth(e < (d == "f32" and 4e-7 or 2e-15), ("%g"):format(e))
      test.in_every_way(function(a, b) return a:cdist(b) end, x[1], y[1])
    end)
  each({ test.reals }, function(d)
    local near = tensor({ { 1, 2, 3 }, { 1, 2, 3 + 2 ^ -20 } }, { dtype = d })
    test.same(near:cdist(near[{ { 1, 1 } }]), { { 0 }, { 2 ^ -20 } })
    each({ { 1e25, 1e-25, 1e-18 } }, function(far) -- their squares are beyond f32
      local got = tensor.full({ 1, 4 }, far):to(d):cdist(tensor.zeros(40, 4):to(d))
      test.truth((got / (2 * far) - 1):abs():max():item() < 1e-6, "the distance")
    end)
  end)
end)

test("norms of any p and their gradients are those of the definition, whatever the row's length and place", function()
  local inf <const> = math.huge
  each({ { 0, 0.5, 3, 4, 2.5, -1, inf, -inf }, { { 2, 7, 3 }, { 80, 5, 1 }, { 9, 64, 1 }, { 9, 65, 1 },
    { 3, 511, 1 }, { 2, 512, 2 }, { 1, 513, 1 },
    { 2, 1031, 1 } }, { "f32", "f64" } }, function(p, size, dtype)
    local x = tensor.randn(size, { dtype = dtype })
    x[{ 1, 3 }] = 0
    local v, wide = x:detach():requires_grad(), x:abs():to "f64"
    local y = v:norm { p = p, dim = 2 }
    local want = p == inf and wide:max(2) or p == -inf and wide:min(2) or p == 0 and wide:gt(0):sum(2)
      or (wide ^ p):sum(2) ^ (1 / p)
    test.close(y:detach():to "f64", want:to "f64", dtype == "f32" and 1e-6 or 1e-12)
    test.in_every_way(function(u) return u:norm { p = p, dim = 2 } end, x)
    local dy = tensor.randn(y:detach().shape, { dtype = dtype })
    y:backward(dy)
    local part, far = wide / want:unsqueeze(2), wide:eq(want:unsqueeze(2)):to "f64"
    local slope = math.abs(p) == inf and far / far:sum(2):unsqueeze(2) or p == 0 and part * 0 or part ^ (p - 1)
    slope = tensor.where(wide:eq(0):logical_or(want:unsqueeze(2):eq(0)), wide * 0, slope)
    test.close(v.grad:to "f64", slope * x:sign():to "f64" * dy:to "f64":unsqueeze(2), dtype == "f32" and 1e-5 or 1e-11)
  end)
  local odd = tensor { 1, 0 / 0, 3 }
  for _, p in ipairs { inf, -inf, 3 } do test.truth(odd:norm { p = p }:isnan():item(), "NaN stays") end
end)

test("linspace and arange end where they should, in each type", function()
  each({ { 2, 3, 11, 1000, 2049, 100001 }, test.reals }, function(n, d)
    local x = tensor.linspace(-0.3, 0.7, n, { dtype = d })
    test.equal(x[1], tensor({ -0.3 }, { dtype = d }):item())
    test.equal(x[-1], tensor({ 0.7 }, { dtype = d }):item())
    same(x, tensor.linspace(-0.3, 0.7, n, { dtype = "f64" }):to(d))
  end)
  test.same(tensor.linspace(0, 100, 101), tensor.arange(0, 100):totable())
  test.equal(tensor.linspace(1e20, 100, 4097)[-1], 100.0)                -- far below the first
  test.equal(tensor.linspace(3, 4, 1)[1], 3.0)
end)

test.done()
