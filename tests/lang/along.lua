--- along.lua: what runs along one dimension goes several ways, by how many columns lie beside each other, by length,
-- dtype and place in memory: every way has the numbers of the definition.
local test = dofile "tests/check.lua"
local each_count_of_threads = test.each_count_of_threads

--- x of {outer, n, inner} as it may lie in memory.
local function places(x)
  local o, n, i = table.unpack(x.shape)
  local wide = tensor.zeros { o, n + 1, i + 2, dtype = x.dtype }
  wide[{ {}, { 2, n + 1 }, { 2, i + 1 } }] = x
  return { whole = x, turned = x:permute(1, 3, 2):contiguous():permute(1, 3, 2),
    round = x:permute(3, 2, 1):contiguous():permute(3, 2, 1), part = wide[{ {}, { 2, n + 1 }, { 2, i + 1 } }] }
end

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
  local bounds = { f32 = 2e-6, f64 = 1e-13 }
  each_count_of_threads(function()
    for _, size in ipairs { { 2, 5, 1 }, { 2, 1, 7 }, { 3, 6, 3 }, { 3, 6, 4 }, { 2, 3, 5 }, { 2, 4, 16 }, { 1, 3, 63 },
      { 1, 3, 64 }, { 2, 3, 65 }, { 1, 2, 127 }, { 2, 2, 128 }, { 1, 3, 129 }, { 2, 255, 9 }, { 1, 256, 5 },
      { 1, 257, 20 }, { 1, 600, 3 }, { 40, 30, 300 } } do
      for dtype, bound in pairs(bounds) do
        local dense = tensor.randn(size, { dtype = dtype }) * 5
        for way, x in pairs(places(dense)) do
          local dy = tensor.randn(size, { dtype = dtype })
          local want = softmax_of(dense, dy)
          for _, name in ipairs { "softmax", "log_softmax" } do
            local what = ("%s of %s {%s} %s"):format(name, dtype, table.concat(size, ","), way)
            local leaf = x:detach():requires_grad()
            local y = leaf[name](leaf, 2)
            test.close(y:detach(), want[name], bound * 20, what)
            y:backward(dy)
            test.close(leaf.grad, want[name .. "_grad"], bound * 20, what)
            leaf[name](leaf, 2):backward(dy)
            test.close(leaf.grad, want[name .. "_grad"] * 2, bound * 40, what .. ", added")
          end
          test.close(x:logsumexp(2), want.logsumexp, bound * 20, "logsumexp " .. way)
        end
      end
    end
  end)
end)
test("an infinite number leaves NaN in its softmax only, and a logsumexp that is its limit", function()
  local inf = math.huge
  for _, dtype in ipairs { "f32", "f64" } do
    for _, inner in ipairs { 1, 5, 70 } do
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
    end
  end
end)
test("log sum e^x of a long row joins its blocks", function()
  each_count_of_threads(function()
    for _, n in ipairs { 65535, 65536, 65537, 200001 } do
      for _, dtype in ipairs { "f32", "f64" } do
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
      end
    end
  end)
  test.equal(tensor.zeros(0):logsumexp():item(), -math.huge)
end)

-- Gaps between the elements keep dimensions apart that would be one: up to four groups, reduced and kept in all orders.
local function each_subset(n, f)
  for bits = 1, (1 << n) - 1 do
    local dims = {}
    for d = 1, n do
      if bits >> (d - 1) & 1 == 1 then dims[#dims + 1] = d end
    end
    f(dims)
  end
end

test("any dimensions of a stepped, cropped or turned view are reduced as those of its copy", function()
  local views = { { { 5, 7, 9, 16 }, "::2, ::2, ::2, 1:8" }, { { 5, 7, 9, 16 }, ":, ::2, 2:8, :" },
    { { 2, 20, 20, 8 }, ":, 3:18, 3:18, :" }, { { 2, 3, 20, 12 }, ":, :, 3:18, 1:9" }, { { 3, 4, 5, 30 }, "..., ::3" },
    { { 2, 2, 41, 2 }, "..., ::2, 1:1" }, { { 3, 2, 9, 10 }, "::-1, :, ::-2, 1:9" } }
  for _, dtype in ipairs { "f32", "f64", "i64", "i32", "u8", "bool" } do
    for _, v in ipairs(views) do
      local whole = tensor.randint(0, 3, v[1]):to(dtype)
      for turned = 0, 1 do
        local x = turned == 1 and whole[v[2]]:permute(4, 2, 1, 3) or whole[v[2]]
        if dtype ~= "bool" then x[{ 1, 1, 1, 1 }] = 7 end
        local copy = x:clone()
        each_subset(4, function(dims)
          local what = ("%s %s {%s}"):format(dtype, v[2], table.concat(dims, ","))
          for _, name in ipairs { "sum", "count_nonzero", "any", "all" } do
            local got, want = x[name](x, { dim = dims }), copy[name](copy, { dim = dims })
            test.truth(got:eq(want):all():item(), name .. " " .. what)
          end
          if not dtype:find "f" then return end
          for _, name in ipairs { "mean", "var", "norm", "logsumexp" } do
            test.close(x[name](x, { dim = dims }), copy[name](copy, { dim = dims }), 1e-4, name .. " " .. what)
          end
          local sums = copy:sum { dim = dims, keepdim = true }
          local row = (sums * 0):requires_grad()
          local y = row + copy
          y:backward(x)                                                 -- summed over what was broadcast
          test.truth(row.grad:eq(sums):all():item(), "gradient " .. what)
        end)
        for d = 1, 4 do
          for _, name in ipairs { "max", "min", "argmax", "argmin", "prod" } do
            if dtype ~= "bool" or name == "prod" then
              local got, want = x[name](x, d), copy[name](copy, d)
              test.truth(got:eq(want):all():item(), ("%s %s %s %d"):format(name, dtype, v[2], d))
            end
          end
        end
      end
    end
  end
end)

-- --- two groups of reduced dimensions ------------------------------------------------------------------------------

test("what is kept may lie between what is reduced", function()
  local exact = { "sum", "prod", "count_nonzero", "any", "all" }
  each_count_of_threads(function(threads)
    for _, size in ipairs { { 3, 4, 7, 1 }, { 3, 4, 8, 1 }, { 3, 4, 9, 1 }, { 2, 3, 7, 5 }, { 2, 3, 8, 5 },
      { 2, 1, 9, 5 },
      { 2, 3, 40, 300 }, { 3, 2, 2049, 3 }, { 2, 2, 65537, 1 }, { 5, 70, 20, 1 } } do
      for _, dtype in ipairs(size[3] < 10 and { "f32", "f64", "i64", "i32", "u8", "bool" } or { "f32", "u8" }) do
        local dense = tensor.randint(0, 1, 2, size[1], size[2], size[3] * size[4]):to(dtype)
        if dtype ~= "u8" and dtype ~= "bool" then dense = (dense * 2 - 1):to(dtype) end
        dense = dense:reshape { 2, size[1], size[2], size[3], size[4] }
        local wide = tensor.zeros { 2, size[1], size[2] + 1, size[3], size[4], dtype = dtype }
        wide[{ {}, {}, { 2, size[2] + 1 } }] = dense
        local order = { 1, 3, 5, 2, 4 } -- kept, then reduced
        local rows = dense:permute(order):reshape { 2, size[2], size[4], -1 }
        for way, x in pairs { whole = dense, part = wide[{ {}, {}, { 2, size[2] + 1 } }],
          turned = dense:permute(2, 3, 1, 4, 5):contiguous():permute(3, 1, 2, 4, 5) } do
          local function check(f, bound)
            local got, want = f(x, { 2, 4 }), f(rows, { 4 })
            local what = ("%s {%s} %s"):format(dtype, table.concat(size, ","), way)
            test.dtype(got, want.dtype)
            test.close(got:to "f64", want:to "f64", bound or 0, what)
            local all = f(x, { 1, 2, 4 }) -- no dimension before the first part
            test.close(all:to "f64", f(rows:permute(2, 3, 1, 4), { 3, 4 }):to "f64", bound or 0, what)
          end
          for _, name in ipairs(exact) do check(function(t, dims) return t[name](t, { dim = dims }) end) end
          if dtype:find "f" then
            check(function(t, dims) return t:logsumexp { dim = dims } end, 1e-5)
            check(function(t, dims) return t:var { dim = dims } end, 1e-5)
            check(function(t, dims) return t:norm { dim = dims } end, 1e-4)
            local leaf = x:detach():requires_grad()
            leaf:logsumexp({ 2, 4 }):sum():backward()
            local sums = leaf.grad:permute(order):reshape({ 2, size[2], size[4], -1 }):sum(4)
            test.close(sums, tensor.ones { 2, size[2], size[4], dtype = dtype }, 1e-3)
          end
        end
      end
    end
    local x = tensor.randn(64, 8, 500, { rng = tensor.rng(5) })
    local y = x:sum { 1, 3 }
    if threads == 2 then
      lunette.threads(1)
      test.truth(x:sum({ 1, 3 }):eq(y):all():item(), "alike on one thread and on two")
    end
  end)
end)

-- --- rows in order -------------------------------------------------------------------------------------------------

test("rows are sorted by counting, as words or as entries, by how far their numbers lie apart", function()
  for _, n in ipairs { 1, 2, 3, 8, 63, 64, 65, 511, 512, 513 } do
    for _, dtype in ipairs { "f32", "f64", "i64", "i32", "u8", "bool" } do
      for _, span in ipairs { 0, 1, 3, 4, 255, 2047, 2048, 100000, 1 << 40 } do
        local x = tensor.randint(-(span // 2), span - span // 2, 7, n)
        if dtype == "u8" then x = x:abs() % 256 end
        x = x:to(dtype)
        for _, descending in ipairs { false, true } do
          local y, at = x:sort { dim = 2, descending = descending }
          local what = ("%d of %s, %d apart"):format(n, dtype, span)
          test.truth(x:gather(2, at):eq(y):all():item(), what)
          test.truth((at:sum(2)):eq(n * (n + 1) // 2):all():item(), what .. ": each once")
          if n > 1 then
            local a, b = y[{ {}, { 1, n - 1 } }], y[{ {}, { 2, n } }]
            local p, q = at[{ {}, { 1, n - 1 } }], at[{ {}, { 2, n } }]
            if descending then a, b = b, a end
            test.truth((a:lt(b) | (a:eq(b) & p:lt(q))):all():item(), what .. ": in order")
          end
        end
      end
    end
  end
end)

-- --- running sums and places ---------------------------------------------------------------------------------------

local dtypes = { "f32", "f64", "i64", "i32", "u8", "bool" }

test("running sums and products of rows of any length are those of what came before", function()
  each_count_of_threads(function()
    for _, n in ipairs { 1, 2, 3, 4, 5, 7, 8, 511, 512, 513, 515, 1024, 1030 } do
      for _, dtype in ipairs(dtypes) do
        local dense = tensor.randint(0, 3, 9, n):to(dtype)
        if dtype == "i64" then dense[{ 2, n }] = math.maxinteger end
        local step = tensor.zeros { 9, 2 * n, dtype = dtype }[{ {}, { 1, 2 * n, 2 } }]
        step:copy_(dense)
        for way, x in pairs { whole = dense, turned = dense:t():contiguous():t(), step = step } do
          local sum, product, list = x:cumsum(2), x:cumprod(2), dense:to(dtype == "bool" and "u8" or dtype):totable()
          test.dtype(sum, dtype:find "f" and dtype or "i64")
          for i = 1, 9, 4 do
            local s, p, a, b = 0, 1, test.numbers(sum[i]), test.numbers(product[i])
            for k = 1, n do
              s, p = s + list[i][k], p * list[i][k]
              if dtype == "f32" and math.abs(p) > 3e38 then p = p * math.huge end
              test.truth(a[k] == s, ("sum %d of %s %s, %d"):format(k, dtype, way, n))
              test.truth(b[k] == p or k > 30 and dtype:find "f",
                ("product %d of %s %s, %d"):format(k, dtype, way, n))
            end
          end
        end
      end
    end
  end)
end)
test("nonzero finds every place, in order, whatever the shape", function()
  each_count_of_threads(function()
    for _, shape in ipairs { { 1 }, { 5 }, { 1023 }, { 1025 }, { 32768 }, { 32769 }, { 3, 4, 5 }, { 1, 1, 7 },
      { 300, 3 }, { 33000, 1 }, { 11, 1, 300, 10 }, { 0, 3 } } do
      for _, dtype in ipairs(shape[1] > 9 and { "f32" } or dtypes) do
        local size = { table.unpack(shape) }
        for share, most in pairs { few = 0.02, some = 0.5, all = 1, none = 0 } do
          local x = tensor.rand(shape):lt(most):to(dtype)
          if dtype == "f32" and share == "all" then x:mul_(-0.5) end
          local turned = x:reshape(-1, shape[#shape]):t():contiguous():t():reshape(shape)
          local found, flat, n = x:nonzero(), test.numbers(x:to("u8"):reshape(-1)), 0
          if dtype == "f32" and share == "all" then flat = test.numbers(x:ne(0):to("u8"):reshape(-1)) end
          local list = found:totable()
          for at, v in ipairs(flat) do
            if v ~= 0 then
              n = n + 1
              local rest = at - 1
              for d = #size, 1, -1 do
                test.truth(list[n][d] == rest % size[d] + 1, ("place %d of %s %s"):format(n, dtype, share))
                rest = rest // size[d]
              end
            end
          end
          test.shape(found, { n, #size })
          test.truth(n == 0 or turned:nonzero():eq(found):all():item(), "turned")
        end
      end
    end
  end)
  local x = tensor.zeros(3, 2)
  x[{ 1, 2 }], x[{ 2, 1 }], x[{ 3, 2 }] = 0 / 0, -0.0, 1e-45
  test.same(x:nonzero(), { { 1, 2 }, { 3, 2 } })
  test.shape(tensor(3):nonzero(), { 1, 0 })
  test.shape(tensor(0):nonzero(), { 0, 0 })
end)

--- Short rows are turned, many at once, and reduced as columns.
test("extremes, counts and whole sums of short rows are those of each row alone", function()
  for _, dtype in ipairs { "f32", "f64", "i64", "i32", "u8", "bool" } do
    local float = dtype == "f32" or dtype == "f64"
    for _, n in ipairs { 1, 7, 8, 16, 17, 63, 64 } do
      for _, rows in ipairs { 15, 16, 17, 145 } do
        local wide = tensor.randint(0, 3, 2, rows + 2, n + 3):to(dtype)
        if float then wide[{ 1, { 3, 9, 5 }, { 2, n + 1, 2 } }] = 0 / 0 end
        for way, x in pairs { whole = wide[1]:contiguous(), part = wide[{ 2, { 2, rows + 1 }, { 2, n + 1 } }],
          flipped = wide[1]:flip(1), both = wide[{ {}, { 1, rows }, { 2, n + 1 } }] } do
          for _, op in ipairs { "argmax", "argmin", "max", "min", "count_nonzero", "any", "sum", "prod" } do
            if not (float and (op == "sum" or op == "prod")) and not (dtype == "bool" and op == "prod") then
              local at, list = (x[op](x, -1)):reshape(-1), x:reshape(-1, x.shape[#x.shape])
              for r = 1, #at, 9 do
                local alone = list[r]:clone()
                local a, b = at[r], (alone[op](alone, 1)):item()
                test.truth(a == b or (a ~= a and b ~= b), ("%s of %s, row %d of %d x %d, %s: %s, not %s"):format(
                  op, dtype, r, rows, n, way, a, b))
              end
            end
          end
        end
      end
    end
  end
end)

test("distances are those of the differences, whatever the rows and columns", function()
  tensor.seed(11)
  for _, d in ipairs { "f32", "f64" } do
    for _, s in ipairs { { 1, 1, 1 }, { 4, 32, 64 }, { 17, 33, 65 }, { 3, 31, 63 }, { 7, 100, 1 }, { 33, 9, 130 } } do
      local x, y = tensor.randn(2, s[1], s[3]):to(d), tensor.randn(2, s[2], s[3]):to(d)
      local wide = (x:to "f64":unsqueeze(3) - y:to "f64":unsqueeze(2)):square():sum(4):sqrt()
      local e = ((x:cdist(y):to "f64" - wide):abs() / wide):max():item()
      test.truth(e < (d == "f32" and 4e-7 or 2e-15), ("%s %d %d %d: %g"):format(d, s[1], s[2], s[3], e))
      local turned = tensor.randn(s[3], s[1]):to(d):t()
      test.truth(turned:cdist(y[1]):eq(turned:contiguous():cdist(y[1])):all():item(), "turned")
    end
    local near = tensor({ { 1, 2, 3 }, { 1, 2, 3 + 2 ^ -20 } }, { dtype = d })
    test.same(near:cdist(near[{ { 1, 1 } }]), { { 0 }, { 2 ^ -20 } })
    for _, far in ipairs { 1e25, 1e-25, 1e-18 } do -- their squares are beyond f32
      local got = tensor.full({ 1, 4 }, far):to(d):cdist(tensor.zeros(40, 4):to(d))
      test.truth((got / (2 * far) - 1):abs():max():item() < 1e-6, d .. " " .. far)
    end
  end
end)

test("linspace and arange end where they should, in each type", function()
  for _, n in ipairs { 2, 3, 11, 1000, 2049, 100001 } do
    for _, d in ipairs { "f32", "f64" } do
      local x = tensor.linspace(-0.3, 0.7, n, { dtype = d })
      test.equal(x[1], tensor({ -0.3 }, { dtype = d }):item())
      test.equal(x[-1], tensor({ 0.7 }, { dtype = d }):item())
      local same = tensor.linspace(-0.3, 0.7, n, { dtype = "f64" }):to(d)
      test.truth(x:eq(same):all():item(), d .. " of " .. n)
    end
  end
  test.same(tensor.linspace(0, 100, 101), tensor.arange(0, 100):totable())
  test.equal(tensor.linspace(1e20, 100, 4097)[-1], 100.0)                -- far below the first
  test.equal(tensor.linspace(3, 4, 1)[1], 3.0)
end)

test.done()
