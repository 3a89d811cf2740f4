--- places.lua: picking, placing, joining and ordering go several ways, by size, place in memory, dtype and threads:
-- every way has the numbers of the plain one, or of the definition (as in ways.lua).
local test = dofile "tests/check.lua"
local each, same, each_count_of_threads = test.each, test.alike, test.each_count_of_threads

local function number(v) return v == true and 1 or v == false and 0 or v end

--- Ids 1..n of `shape`, some counted from the end, as dtype.
local function ids_of(n, shape, dtype)
  local ids = tensor.randint(1, n, shape)
  if dtype ~= "u8" then ids = tensor.where(tensor.randint(0, 3, shape):eq(0), ids - n - 1, ids) end
  return ids:to(dtype or "i64")
end

test("gather, scatter_add and index_add take each element from its place and put it there", function()
  each({ threads = true, { { 1, 1 }, { 3, 5 }, { 5, 511 }, { 4, 512 }, { 3, 513 }, { 200, 130 }, { 40, 700 } },
    { 1, 2 }, { "i64", "i32", "turned" }, function(size) return size[1] < 40 and test.dtypes or { "f32" } end },
    function(size, dim, kind, dtype)
      local rows, columns, n = size[1], size[2], size[dim]
      local ids = kind == "turned" and ids_of(n, { columns, rows }):t() or ids_of(n, size, kind)
      local at = ids:to "i64"
      at = tensor.where(at:lt(0), at + n + 1, at):totable()
      local x = tensor.randint(0, 9, size):to(dtype)
      local src = x:flip(1)
      local from, list, want, sums = x:totable(), src:totable(), x:totable(), x:totable()
      for i = 1, rows do
        for j = 1, columns do
          local r, c = dim == 1 and at[i][j] or i, dim == 1 and j or at[i][j]
          want[i][j] = from[r][c]
          if dtype ~= "bool" then sums[r][c] = sums[r][c] + list[i][j] end
          if dtype == "u8" then sums[r][c] = sums[r][c] & 255 end
        end
      end
      want = tensor(want):to(dtype)
      each({ test.ways(x) }, function(v) same(v:gather(dim, ids), want) end)
      if dtype == "bool" then return end
      sums = tensor(sums):to(dtype)
      each({ test.ways(src) }, function(v) same(x:scatter_add(dim, ids, v), sums) end)
    end)
  each({ threads = true, { { 1, 1 }, { 3, 5 }, { 5, 511 }, { 4, 512 }, { 3, 513 }, { 200, 130 }, { 40, 700 } },
    { 1, 2 } }, function(size, dim)
    local n = size[dim]
    local ids, x = ids_of(n, { n + 3 }), tensor.randn(size)
    local src, want = dim == 1 and tensor.randn(n + 3, size[2]) or tensor.randn(size[1], n + 3), x:clone()
    for k = 1, n + 3 do
      local here = dim == 1 and want[ids[k]] or want[{ {}, ids[k] }]
      here:add_(dim == 1 and src[k] or src[{ {}, k }])
    end
    each({ test.ways(src) }, function(v) same(x:index_add(dim, ids, v), want) end)
  end)
end)
test("one id a row picks as many side by side do, and cat puts short rows beside each other", function()
  each({ threads = true, test.dtypes, { 1, 2, 511, 513, 20000 } }, function(dtype, rows)
    local n = 7
    local x = tensor.randint(0, 9, 2, rows, n):to(dtype)
    local ids, ways = ids_of(n, { 2, rows, 1 }), test.ways(x)
    ways.part, ways.one = tensor.cat({ x, x }, 3)[{ {}, {}, { 4, n + 3 } }], x[{ {}, { 1, 1 } }]:expand(2, rows, n)
    each({ ways }, function(v)
      local both = v:gather(3, tensor.cat { ids, ids, dim = 3 })
      same(v:gather(3, ids), both[{ {}, {}, { 1, 1 } }]:contiguous())
      same(v[2]:gather(2, ids[2]), both[{ 2, {}, { 2, 2 } }]:contiguous(), "a page")
    end)
    each({ { 1, 2, 3, 5, 63, 64, 65 } }, function(wide)
      local y = tensor.randint(0, 9, math.min(rows, 600), wide):to(dtype)
      local joined = tensor.cat { y, y:flip(2), y, dim = 2 }
      same(joined[{ {}, { 1, wide } }]:contiguous(), y, "the first")
      same(joined[{ {}, { wide + 1, 2 * wide } }]:contiguous(), y:flip(2), "the second")
      same(joined[{ {}, { 2 * wide + 1, 3 * wide } }]:contiguous(), y, "the third")
    end)
  end)
  each({ threads = true, { 0, 6, -6 } }, function(bad)
    local x, ids = tensor.randn(600, 5), tensor.ones { 600, 1, dtype = "i64" }
    ids[{ 599, 1 }] = bad
    test.fails_with({ "gather", tostring(bad) }, x.gather, x, 2, ids)
  end)
end)
test("an index outside is refused, wherever it stands", function()
  local x = tensor.zeros(40, 600)
  each({ { 0, 601, -601, math.mininteger, math.maxinteger }, { { 1, 1 }, { 20, 513 }, { 40, 600 } } },
    function(bad, where)
      local ids = tensor.ones { 40, 600, dtype = "i64" }
      ids[where] = bad
      test.fails(("gather: index %d outside 1..600"):format(bad), function() x:gather(2, ids) end)
      test.fails(("scatter_add: index %d outside 1..600"):format(bad), function() x:scatter_add(2, ids, x) end)
    end)
  local none = tensor.zeros(3, 0)
  test.fails("gather: index 1 outside 1..0", function() none:gather(2, tensor.ones { 3, 2, dtype = "i64" }) end)
  test.shape(none:gather(2, tensor.zeros { 3, 0, dtype = "i64" }), { 3, 0 })
end)
test("scatter puts the last of equals, take and index_select pick by number, counted from either end", function()
  each({ threads = true, { { 1, 1 }, { 3, 5 }, { 4, 513 }, { 130, 40 }, { 600, 2 } }, test.dtypes },
    function(size, dtype)
      local rows, columns = size[1], size[2]
      local x, src = tensor.randint(0, 9, size):to(dtype), tensor.randint(0, 9, size):to(dtype)
      each({ { 1, 2 } }, function(dim)
        local n = size[dim]
        local ids = ids_of(n, size, dim == 1 and "i32" or "i64")
        local want, from, at = x:totable(), src:totable(), ids:totable()
        for i = 1, rows do
          for j = 1, columns do
            local k = at[i][j] < 0 and at[i][j] + n + 1 or at[i][j]
            want[dim == 1 and k or i][dim == 1 and j or k] = from[i][j]
          end
        end
        want = tensor(want):to(dtype)
        test.in_every_way(function(a, b) same(a:scatter(dim, ids, b), want) end, x, src)
        local few = ids_of(n, { n + 600 })
        local picked, list = x:index_select(dim, few), few:totable()
        for _, k in ipairs { 1, 2, n, n + 1, 512, 513, n + 600 } do
          if k <= n + 600 then
            local one = dim == 1 and picked[k] or picked[{ {}, k }]
            same(one, (dim == 1 and x[list[k]] or x[{ {}, list[k] }]):contiguous(), "index_select")
          end
        end
        test.in_every_way(function(v) return v:index_select(dim, few) end, x)
      end)
      local ids = ids_of(rows * columns, { 700 })
      local flat, taken = x:reshape(-1), x:t():contiguous():t():take(ids)
      for k, id in ipairs(ids:totable()) do test.truth(taken[k] == flat[id], "take") end
    end)
  each({ threads = true, { 0, 4, -4 } }, function(bad)
    local x, ids = tensor.zeros(700, 3), tensor.ones { 700, 3, dtype = "i64" }
    ids[{ 699, 3 }] = bad
    test.fails(("scatter: index %d outside 1..3"):format(bad), function() x:scatter(2, ids, x) end)
    test.fails(("scatter: index %d outside 1..3"):format(bad), function() x:scatter(2, ids, 1) end)
  end)
end)
test("gradients of what was picked and placed are sums over each place", function()
  each({ threads = true, test.reals, { { 3, 5 }, { 4, 600 }, { 300, 7 } } }, function(dtype, size)
    local rows, columns = size[1], size[2]
    local zero = tensor.zeros { rows, columns, dtype = dtype }
    each({ { 1, 2 } }, function(dim)
      local n = size[dim]
      local few, ids = ids_of(n, { n + 520 }), ids_of(n, size)
      local dy = tensor.randint(0, 9, size):to(dtype)
      local wide = tensor.randint(0, 9, dim == 1 and { n + 520, columns } or { rows, n + 520 }):to(dtype)
      local function grad(leaf, f, g, want)
        leaf = leaf:clone():requires_grad()
        f(leaf):backward(g)
        same(leaf.grad, want)
      end
      grad(zero, function(x) return x:index_select(dim, few) end, wide, zero:index_add(dim, few, wide))
      grad(zero, function(x) return x:gather(dim, ids) end, dy, zero:scatter_add(dim, ids, dy))
      grad(zero, function(x) return zero:scatter_add(dim, ids, x) end, dy, dy:gather(dim, ids))
      grad(wide, function(x) return zero:index_add(dim, few, x) end, dy, dy:index_select(dim, few))
    end)
    local ids = ids_of(rows * columns, { 1500 })
    local leaf = zero:clone():requires_grad()
    local g = tensor.randint(0, 9, 1500):to(dtype)
    leaf:take(ids):backward(g)
    local at = tensor.where(ids:lt(0), ids + rows * columns + 1, ids)
    same(leaf.grad:reshape(-1), at:bincount(g, { minlength = rows * columns }), "take")
    local sums = tensor.zeros { rows * columns, dtype = dtype }:totable()
    for k, id in ipairs(at:totable()) do sums[id] = sums[id] + g[k] end
    test.same(at:bincount(g:expand(2, 1500):t()[{ {}, 1 }], { minlength = rows * columns }), sums)
  end)
end)
test("x[mask] has what the mask holds, in order", function()
  each({ threads = true, { 0, 1, 1023, 1024, 1025, 40000 }, { some = 0.4, none = 0, all = 1 }, { "f32", "i64", "u8" } },
    function(n, share, dtype)
      local x, mask = tensor.randint(0, 99, n):to(dtype), tensor.rand(n):lt(share)
      local want, list, m = {}, x:totable(), mask:totable()
      for i = 1, n do
        if m[i] then want[#want + 1] = list[i] end
      end
      local got = x[mask]
      test.same(got, #want > 0 and want or tensor.zeros { 0, dtype = dtype })
      if n == 0 then return end
      test.in_every_way(function(v, w) return v[w] end, x, mask)
      same(tensor.stack({ x, x }, 2)[mask], tensor.stack({ got, got }, 2), "rows")
      same(tensor.stack({ x, x }, 2)[tensor.stack({ mask, mask }, 1):t()], tensor.stack({ got, got }, 2):reshape(-1),
        "a turned mask")
    end)
  local x, mask = tensor.randn(3000, 2):requires_grad(), tensor.rand(3000):gt(0.5)
  x[mask]:sum():backward()
  same(x.grad, mask:to("f32"):unsqueeze(2):expand(3000, 2):contiguous(), "its gradient")
end)
test("cat, stack and long strided copies put each element where it belongs", function()
  each({ threads = true, { 1, 255, 256, 257, 70000 }, { "f32", "f64", "u8" } }, function(n, dtype)
    local a, b = tensor.randint(0, 99, n):to(dtype), tensor.randint(0, 99, n, 3):to(dtype)
    local both = tensor.cat({ b, a:unsqueeze(2), b }, 2)
    same(both[{ {}, { 1, 3 } }]:contiguous(), b, "cat")
    same(both[{ {}, 4 }]:contiguous(), a, "cat")
    same(both[{ {}, { 5, 7 } }]:contiguous(), b, "cat")
    local pair = tensor.stack({ a, b[{ {}, 1 }] }, 2)
    same(pair[{ {}, 1 }]:contiguous(), a, "stack")
    same(pair[{ {}, 2 }]:contiguous(), b[{ {}, 1 }]:contiguous(), "stack")
    local four = tensor.cat({ pair, a:unsqueeze(2), b, pair }, 2)
    same(four[{ {}, { 1, 3 } }]:contiguous(), tensor.stack({ a, b[{ {}, 1 }], a }, 2), "three")
    same(four[{ {}, { 4, 6 } }]:contiguous(), b, "a wide one among narrow ones")
    same(four[{ {}, { 7, 8 } }]:contiguous(), pair, "behind it")
    local target = tensor.zeros { n, 3, dtype = dtype }
    target[{ {}, 2 }] = a
    same(target:sum(2):to(dtype), a, "into every third")
    same(a:unsqueeze(1):expand(2, n):contiguous()[2], a, "rows repeated")
    same(a:unsqueeze(2):expand(n, 2):contiguous()[{ {}, 2 }]:contiguous(), a, "elements repeated")
  end)
end)

--- A result of 8 MB and more passes the caches by (kernel.h).
local bytes, past = { f32 = 4, f64 = 8, i64 = 8, i32 = 4, u8 = 1 }, 8 << 20

test("what is computed past the caches is what its parts are, rows beginning anywhere, and its gradients", function()
  local function f(x, row, column) return x / 3, x * row, row + x:sigmoid() * 2, (column - x) * x, x:lerp(row, 0.3) end
  each({ threads = true, { "f32", "f64" }, { 2048, 4097, 1 << 21 } }, function(dtype, wide)
    local n = past // bytes[dtype] // wide + 3
    local x = tensor.randn { n, wide, dtype = dtype }
    local row, column = tensor.randn { wide, dtype = dtype }, tensor.randn { n, 1, dtype = dtype }
    local whole, leaf = { f(x, row, column) }, x:clone():requires_grad()
    test.truth(whole[1]:numel() * bytes[dtype] >= past, "large enough")
    local slopes = {}
    for k, y in ipairs { f(leaf, row, column) } do
      leaf.grad = nil
      y:backward(x)
      slopes[k] = leaf.grad
    end
    for _, r in ipairs { 1, n // 2, n } do
      local part = x[{ { r, r } }]:clone():requires_grad()
      for k, y in ipairs { f(part, row, column[{ { r, r } }]) } do
        same(whole[k][{ { r, r } }]:contiguous(), y:detach(), "result " .. k)
        part.grad = nil
        y:backward(part:detach())
        same(slopes[k][{ { r, r } }]:contiguous(), part.grad, "gradient " .. k)
      end
    end
  end)
end)
test("what is joined past the caches has its parts, wherever they begin", function()
  local widths = { f32 = { 63, 64, 517, 400 }, f64 = { 31, 333, 180 }, u8 = { 255, 256, 2049, 1700 } }
  each({ threads = true, { "f32", "f64", "u8" }, { 1, 2049 } }, function(dtype, rows)
    local parts = {}
    for k, n in ipairs(widths[dtype]) do
      parts[k] = tensor.randint(0, 99, rows, rows == 1 and n * 2050 + k or n):to(dtype)
    end
    local y, at = tensor.cat(parts, 2), 1
    for _, part in ipairs(parts) do
      same(y[{ {}, { at, at + part:size(2) - 1 } }]:contiguous(), part)
      at = at + part:size(2)
    end
    test.equal(at, y:size(2) + 1)
    test.truth(y:numel() * bytes[dtype] >= past, "large enough")
  end)
end)
test("copies and casts that pass the caches by have the elements of small ones, wherever they begin", function()
  each({ threads = true, { "f32", "f64", "i64", "u8" }, test.numeric, { -1, 0, 777 } }, function(from, to, more)
    local n = past // bytes[to] + more
    local x = tensor.randint(0, 99, n + 3):to(from)[{ { 3, n + 2 } }]
    local y, z = to == from and x:clone() or x:to(to), tensor.zeros { n + 5, dtype = to }
    z[{ { 2, n + 1 } }] = x
    test.dtype(y, to)
    for _, part in ipairs { { 1, 600 }, { n // 2, n // 2 + 999 }, { n - 700, n } } do
      local want = x[{ part }]:contiguous():to(to)
      same(y[{ part }]:contiguous(), want)
      same(z[{ { part[1] + 1, part[2] + 1 } }]:contiguous(), want, "into a part")
    end
    test.truth(z[1] == 0 and z[n + 2] == 0, "beside it")
    if more < 2 then test.equal(y:to("f64"):sum():item(), x:to("f64"):sum():item()) end
  end)
  each_count_of_threads(function()
    local x = tensor.arange(3 << 20):to "f32"
    x[{ { 2, -1 } }] = x[{ { 1, -2 } }]
    same(x[{ { 2, -1 } }]:contiguous(), tensor.arange((3 << 20) - 1):to "f32", "onto itself, one further")
  end)
end)
test("a border round what passes the caches by is as round its parts", function()
  local widths = { f32 = 37, f64 = 19, u8 = 150 }
  each({ threads = true, { "f32", "f64", "u8" } }, function(dtype)
    local wide = widths[dtype]
    local x = tensor.randint(1, 99, 2, 240, 242, wide):to(dtype)
    local y = x:pad({ 1, 2, 3, 0 }, { dims = { 2, 3 } })
    test.truth(y:numel() * bytes[dtype] >= past, "large enough")
    test.shape(y, { 2, 243, 245, wide })
    for n = 1, 2 do
      same(y[{ n, { 2, 241 }, { 4, 245 } }]:contiguous(), x[n])
      same(y[{ n, { 2, 9 } }]:contiguous(), x[{ { n, n }, { 1, 8 } }]:contiguous():pad({ 0, 0, 3, 0 },
        { dims = { 2, 3 } })[1])
    end
    test.equal(y:to("f64"):sum():item(), x:to("f64"):sum():item())
  end)
end)
test("a turned copy has the columns as rows, whatever their distance in memory", function()
  local crowded = { f32 = 1024, f64 = 512, i32 = 1024, i64 = 512, u8 = 4096 }
  each({ threads = true, test.numeric, function(d) return { 2, 3, 15, 16, 17, 79, crowded[d], crowded[d] + 16 } end,
    { 15, 16, 17, 63, 64, 81 } }, function(dtype, columns, rows)
    local x = tensor.randint(0, 99, rows, columns):to(dtype)
    local turned = x:t():contiguous()
    local pages = x:reshape(rows, 1, columns):expand(rows, 2, columns):permute(2, 3, 1):contiguous()
    for i = 1, columns, columns < 99 and 1 or 31 do
      local column = x[{ {}, i }]:contiguous()
      same(turned[i], column, "turned")
      same(pages[1][i], column, "the first of two pages")
      same(pages[2][i], column, "the second of two pages")
    end
  end)
end)

test("a turned copy past the caches has the columns as rows, wherever lines begin", function()
  each({ { "f32", "i32", "f64" }, { 1023, 1024, 1040, 2000, 2001 } }, function(dtype, rows)
    local columns = past // bytes[dtype] // rows + 19
    local x = tensor.randint(0, 99, rows, columns):to(dtype)
    local wide = tensor.zeros { columns, rows + 3, dtype = dtype } -- each row begins elsewhere in a line
    local part = wide[{ {}, { 2, rows + 1 } }]
    part:copy_(x:t())
    local turned = x:t():contiguous()
    for i = 1, columns, 37 do
      local column = x[{ {}, i }]:contiguous()
      same(turned[i], column, "turned")
      same(part[i], column, "turned to a part")
    end
    test.equal(wide:to("f64"):sum():item(), x:to("f64"):sum():item())
  end)
end)

test("short rows are copied and computed with many at once as each alone", function()
  each({ threads = true, test.dtypes, { 1, 2, 3, 4, 5, 8, 9, 15, 16, 17, 31, 33, 127, 128, 130 },
    function(_, n) return n < 40 and { 1, 2, 7, 70 } or { 3 } end }, function(dtype, n, rows)
    local x = tensor.randint(0, 9, 2, rows, 2 * n + 2):to(dtype)
    local column = x[{ {}, {}, { 2 * n + 2, 2 * n + 2 } }]
    each({ { part = x[{ {}, {}, { 2, n + 1 } }], spaced = x[{ {}, {}, { 2, 2 * n, 2 } }],
      one = x[{ {}, {}, { 2, 2 } }]:expand(2, rows, n), last = x[{ {}, { rows, rows }, { 2, n + 1 } }] } }, function(v)
      local dense, back, wide = v:contiguous(), v:flip(3), tensor.zeros { 2, v.shape[2], n + 2, dtype = dtype }
      local inside = wide[{ {}, {}, { 2, n + 1 } }]
      inside:copy_(v)
      for r = 1, v.shape[2], 3 do
        for k = 1, n, n < 40 and 1 or 13 do
          local want = number(v[{ 2, r, k }])
          test.truth(number(dense[{ 2, r, k }]) == want, "copied")
          test.truth(number(back[{ 2, r, n + 1 - k }]) == want, "from the end on")
          test.truth(number(wide[{ 2, r, k + 1 }]) == want, "to a part")
        end
        test.truth(number(wide[{ 2, r, 1 }]) == 0 and number(wide[{ 2, r, n + 2 }]) == 0, "beside it")
      end
      same(v:pad { 1, 1 }, wide, "with a border")
      local c = column[{ {}, { 1, v.shape[2] } }]
      local all = c:contiguous():reshape(-1, 1):expand(2 * v.shape[2], n):clone():reshape(2, v.shape[2], n)
      same(tensor.maximum(v, c), tensor.maximum(dense, all), "and a column")
      same(v:to "f64" * c, dense:to "f64" * all:to "f64", "wider, and a column")
      same(tensor.maximum(c, v[{ {}, { 1, 1 } }]), tensor.maximum(all, dense[{ {}, { 1, 1 } }]), "outer")
      if dtype ~= "bool" then
        inside:add_(c)
        same(inside:contiguous(), dense + all, "in place")
      end
    end)
  end)
end)

--- The matrix {out, into} of one side of an upsampling, by definition.
local function side_of(into, out, o)
  local m, r = tensor.zeros { out, into, dtype = "f64" }, o.scale and 1 / o.scale or into / out
  if o.align_corners then r = out > 1 and (into - 1) / (out - 1) or 0 end
  for k = 0, out - 1 do
    local at = (o.mode == "nearest" or o.align_corners) and k * r or math.max((k + 0.5) * r - 0.5, 0)
    local a = math.min(math.floor(at), into - 1)
    local b, w = math.min(a + 1, into - 1), o.mode == "nearest" and 0 or at - a
    m[{ k + 1, a + 1 }] = m[{ k + 1, a + 1 }] + 1 - w
    m[{ k + 1, b + 1 }] = m[{ k + 1, b + 1 }] + w
  end
  return m
end
--- Rows times x {N,H,W,C} times columns turned.
local function both_sides(rows, x, columns)
  return tensor.einsum("qw,npwc->npqc", columns, tensor.einsum("ph,nhwc->npwc", rows, x:to "f64"))
end

test("upsampling is a product with a matrix for each side, its gradient with their transposes", function()
  local bounds = { f32 = 2e-6, f64 = 1e-13 }
  each({ threads = true, { { scale = 2, mode = "nearest" }, { scale = 2, mode = "bilinear" },
    { scale = 0.4, mode = "bilinear" }, { scale = 2.7, mode = "nearest" }, { size = { 1, 2 }, mode = "nearest" },
    { size = { 3, 11 }, mode = "bilinear", align_corners = true }, { size = { 9, 1 }, mode = "bilinear" } },
    { 1, 3, 8, 16, 17, 33, 700 }, test.reals }, function(o, C, dtype)
    local x = tensor.randn(2, C, 5, 7):to(dtype):permute(1, 3, 4, 2):requires_grad()
    local function upsampled()
      return nn.upsample { x, scale = o.scale, size = o.size, mode = o.mode, align_corners = o.align_corners }
    end
    local y = upsampled()
    local rows, columns = side_of(5, y:size(2), o), side_of(7, y:size(3), o)
    test.close(y:detach(), both_sides(rows, x:detach(), columns), bounds[dtype])
    local dy = tensor.randn(table.unpack(y.shape)):to(dtype)
    y:backward(dy)
    local once = both_sides(rows:t(), dy, columns:t())
    test.close(x.grad, once, bounds[dtype])
    upsampled():backward(dy)
    test.close(x.grad, once * 2, bounds[dtype])
  end)
end)

test("running sums along any dimension are sums of what came before", function()
  each({ threads = true, { { 1, 9, 1 }, { 3, 5, 7 }, { 2, 33, 8 }, { 2, 5, 63 }, { 2, 4, 65 }, { 1, 300, 130 },
    { 7, 20, 1 }, { 8, 20, 1 }, { 9, 3, 1 }, { 17, 40, 1 }, { 2, 5, 31 }, { 2, 5, 32 }, { 3, 5, 9 },
    { 9, 255, 1 }, { 9, 256, 1 }, { 513, 3, 1 }, { 40, 1, 1 }, { 2, 5, 64 }, { 1, 4, 512 },
    { 3, 3, 1025 } }, test.dtypes,
    { "cumsum", "cumprod" } }, function(size, dtype, op)
    local x = tensor.randint(0, 3, size):to(dtype)
    local want = x[op](x, 2)
    local run = x[{ {}, 1 }]:to(want.dtype)
    for i = 1, size[2] do
      local part = x[{ {}, i }]:to(want.dtype)
      if i > 1 then run = op == "cumsum" and run + part or run * part end
      same(want[{ {}, i }]:contiguous(), run:contiguous())
    end
    test.in_every_way(function(v) return v[op](v, 2) end, x)
    if op == "cumsum" and dtype:find "^f" then -- back from the last one
      local back = x:flip(2):cumsum(2):flip(2)
      each({ test.ways(x) }, function(dy)
        local leaf = x:clone():requires_grad()
        leaf:cumsum(2):backward(dy)
        same(leaf.grad, back)
      end)
    end
  end)
end)
test("running sums of reals are those of whole numbers, however long", function()
  each({ threads = true, { 511, 513, 65535, 65536, 65537, 200003 }, { 1, 3, 9 }, test.reals }, function(n, rows, dtype)
    local whole = tensor.randint(-9, 9, { rows, n })
    local want = whole:cumsum(2):to(dtype)
    each({ test.ways(whole:to(dtype)) }, function(v) same(v:cumsum(2), want) end)
  end)
end)
test("running sums that leave the range of f64 stay out of it, and those whose parts would do not leave it", function()
  local x = tensor.zeros(3, 300):to "f64"
  x[{ 1, { 1, 4 } }] = tensor({ 1e308, 1e308, -1e308, -1e308 }, { dtype = "f64" })
  x[{ 2, { 1, 3 } }] = tensor({ -1e308, 1e308, 1e308 }, { dtype = "f64" })
  x[{ 3, 5 }], x[{ 3, 100 }] = 1 / 0, -1 / 0
  for i, each_row in ipairs { x, x:t():contiguous():t() } do
    local y = each_row:cumsum(2)
    assert(y[{ 1, 1 }] == 1e308, i)
    assert(y[{ 1, { 2, 300 } }]:eq(1 / 0):sum():item() == 299, i)
    same(y[{ 2, { 1, 3 } }]:contiguous(), tensor({ -1e308, 0, 1e308 }, { dtype = "f64" }))
    assert(y[{ 2, { 4, 300 } }]:eq(1e308):sum():item() == 297, i)
    assert(y[{ 3, { 1, 4 } }]:eq(0):sum():item() == 4, i)
    assert(y[{ 3, { 5, 99 } }]:eq(1 / 0):sum():item() == 95, i)
    assert(y[{ 3, { 100, 300 } }]:isnan():sum():item() == 201, i)
  end
end)
--- dx[i] = sum over k >= i of g[k] times the product of all x up to k but x[i], along the second dimension.
local function product_gradient(x, g)
  local dx = x * 0
  for i = 1, x:size(2) do
    for k = i, x:size(2) do
      local product = g[{ {}, k }]:clone()
      for other = 1, k do
        if other ~= i then product = product * x[{ {}, other }] end
      end
      dx[{ {}, i }] = dx[{ {}, i }] + product
    end
  end
  return dx
end
test("gradients of running sums and products run back, and add to what is there", function()
  each({ threads = true, { { 1, 9, 1 }, { 3, 5, 7 }, { 2, 6, 8 }, { 2, 5, 65 }, { 2, 530, 3 }, { 2, 530, 70 },
    { 9, 7, 1 }, { 5, 0, 4 }, { 70, 4, 130 } }, test.reals }, function(size, dtype)
    local x, g = tensor.randint(0, 3, size):to(dtype), tensor.randint(-3, 3, size):to(dtype)
    local back, product = g:flip(2):cumsum(2):flip(2), size[2] < 10 and product_gradient(x, g)
    each({ test.ways(x) }, function(v)
      local function gradient(op)
        local leaf = v:detach():requires_grad()
        op(leaf):backward(g)
        return leaf.grad
      end
      same(gradient(function(a) return a:cumsum(2) end), back)
      same(gradient(function(a) return a * 2 + a:cumsum(2) end), g * 2 + back)
      if not product then return end
      same(gradient(function(a) return a:cumprod(2) end), product)
      same(gradient(function(a) return a * 2 + a:cumprod(2) end), g * 2 + product)
    end)
  end)
end)

--- The numbers of 1..#list in the order of what stands there, NaN the greatest, equal ones in their old order.
local function order_of(list, descending)
  local order = {}
  for i = 1, #list do order[i] = i end
  local function before(a, b) return a ~= b and (b ~= b and a == a or a < b) end
  table.sort(order, function(i, k)
    local a, b = list[i], list[k]
    if descending then a, b = b, a end
    if before(a, b) then return true end
    return not before(b, a) and i < k
  end)
  return order
end
test("rows are sorted alike whatever their length, equal ones in their old order", function()
  each({ threads = true, { 1, 2, 15, 16, 17, 31, 33, 64, 100, 511, 512, 513, 1100 }, test.dtypes, { 1, 2 },
    { false, true } }, function(n, dtype, dim, descending)
    local x = tensor.randint(0, 30, n, 9):to(dtype)
    if dtype == "f32" and n > 1 then x[{ 2, 3 }] = 0 / 0 end
    local v = dim == 1 and x or x:t():contiguous()
    local y, at = v:sort { dim = dim, descending = descending }
    local function third(t) return (dim == 1 and t[{ {}, 3 }] or t[3]):contiguous() end
    local order = order_of(test.numbers(third(v):to "f64"), descending)
    test.same(third(at), order)
    same(third(y), third(v)[tensor(order):to "i64"])
    same(v:argsort { dim = dim, descending = descending }, at, "argsort")
    test.in_every_way(function(w) return w:sort { dim = dim, descending = descending } end, v)
    if descending or n < 3 then return end
    local first, where = v:topk(n - 1, { dim = dim, largest = false })
    local to = dim == 1 and { { 1, n - 1 } } or { {}, { 1, n - 1 } }
    same(where, at[to]:contiguous(), "topk")
    same(first, y[to]:contiguous(), "topk")
  end)
end)
test("what stands at a place in order is what sorting puts there, among few and among many", function()
  each({ { 1, 2, 17, 4095, 4096, 4097, 30000 }, test.numeric, function(n) return { far = tensor.randn(n) * 1e3,
    near = tensor.randint(-3, 3, n), same = tensor.ones(n) * 7, wide = tensor.randint(-(1 << 30), 1 << 30, n),
    steps = tensor.arange(n) } end }, function(n, dtype, x)
    x = (dtype == "u8" and x:abs() % 256 or x):to(dtype)
    local sorted = x:sort()
    each({ { 1, n // 3 + 1, (n + 1) // 2, n } }, function(k)
      test.truth(x:kthvalue(k):item() == sorted[k], "kthvalue")
      local top, at = x:topk { k, largest = false }
      same(top, sorted[{ { 1, k } }]:contiguous())
      same(x[at], top)
    end)
    test.truth(x:median():item() == sorted[(n + 1) // 2], "the median")
    if dtype == "f32" and n > 1 then
      x[n // 2 + 1] = 0 / 0
      test.truth(x:median():isnan():item(), "NaN")
    end
  end)
end)
test("unique and bincount count numbers near each other, and sort those far apart", function()
  each({ threads = true, { "i64", "i32", "u8", "bool", "f32" }, { 0, 1, 2, 1024, 1025, 16385, 40000 },
    function(_, n) return { 1, 100, 1024 + n // 2, 1025 + n // 2, 10 ^ 6 // 1 } end }, function(dtype, n, span)
    local low = dtype == "u8" and 0 or -7
    local x = tensor.randint(low, dtype == "u8" and math.min(span, 255) or low + span, n):to(dtype)
    local want, have = {}, {}
    for _, v in ipairs(test.numbers(x:to "f64")) do
      if not have[v] then want[#want + 1] = v end
      have[v] = (have[v] or 0) + 1
    end
    table.sort(want)
    local y, at, count = x:unique()
    test.dtype(y, dtype)
    test.same(y:to "f64", #want > 0 and want or tensor.zeros { 0, dtype = "f64" })
    for i, v in ipairs(want) do test.equal(count[i], have[v]) end
    if n > 0 then same(y[at], x, "which") end
    if dtype == "i64" and n > 0 and span <= 1025 + n // 2 then
      local counts = (x + 8):bincount()
      test.equal(#counts, (want[#want] + 8) // 1 | 0)
      for i = 1, #counts do test.equal(counts[i], have[i - 8.0] or 0) end
    end
  end)
  each({ threads = true, { 1, 16384, 16385, 32769, 40000 } }, function(at) -- the greatest, and the least, in any part
    local x = tensor.full({ 40000 }, 5, { dtype = "i64" })
    x[at] = 9
    test.same(x:bincount(), { 0, 0, 0, 0, 39999, 0, 0, 0, 1 })
    x[at] = -1
    test.fails_with({ "bincount: -1 in", "count from 1" }, function() x:bincount() end)
  end)
  test.fails_with({ "bincount: 0 in", "count from 1" }, function() tensor { 3, 0, 2 }:to("i64"):bincount() end)
end)
test("a constant border is put round any tensor", function()
  each({ threads = true, test.dtypes, { { 1, 1, 1 }, { 2, 3, 4 }, { 3, 20, 300 }, { 2, 130, 140 } },
    { { 1, 2, 3, 0, 2, 1 }, { 0, 0, 1, 1, 0, 0 }, { 2, 0, 0, 0, 0, 0 }, { 0, 0, 0, 0, 0, 3 } } },
    function(dtype, size, pads)
      local x, wide, at = tensor.randint(0, 1, size):to(dtype), { dtype = dtype }, {}
      for i, n in ipairs(size) do
        local before, after = pads[2 * i - 1], pads[2 * i]
        wide[i], at[i] = n + before + after, { before + 1, before + n }
      end
      local want = tensor.ones(wide)
      want[at] = x
      each({ test.ways(x) }, function(v) same(v:pad(pads, { value = 1 }), want) end)
    end)
end)

test.done()
