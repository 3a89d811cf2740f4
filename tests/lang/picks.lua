--- picks.lua: where a value stands among those in order, and places in more dimensions than two: every way has the
-- numbers of the plain one, or of the definition (as in places.lua).
local test = dofile "tests/check.lua"
local each, same = test.each, test.alike

test("a value's place in a row is behind as many as sort puts before it, however row and values lie", function()
  each({ test.dtypes, { 0, 1, 2, 7, 100 }, { false, true } }, function(dtype, n, right)
    local row, v = tensor.randint(0, 20, n):to(dtype), tensor.randint(-2, 22, 3, 4):abs():to(dtype)
    if dtype == "f32" or dtype == "f64" then
      if n > 1 then row = tensor.cat { row, tensor { 0 / 0, 1 / 0, -1 / 0, -0.0, 0 }:to(dtype) } end
      v = tensor.cat { v:flatten(), tensor { 0 / 0, 1 / 0, -1 / 0, -0.0, 0 }:to(dtype) }
    end
    row = row:sort()
    local values, want = v:flatten(), {}
    for i = 1, #values do
      local one = values[{ { i, i } }]
      local order = tensor.cat(right and { row, one } or { one, row }):argsort()
      want[i] = (order:eq(right and #row + 1 or 1):to "i64":argmax():item())
    end
    want = tensor(want):to "i64":reshape(v.shape)
    each({ test.ways(row), test.ways(v) }, function(a, b) same(a:searchsorted(b, right), want) end)
    if #v.shape ~= 2 then return end
    each({ test.ways(row:expand(3, #row)), test.ways(v) }, function(a, b) same(a:searchsorted(b, right), want) end)
  end)
end)

--- visit(to, from) for every element of ids in order: its number in a tensor of shape x_shape where ids place it along
-- dim, and in one of `shape`.
local function each_place(ids, dim, x_shape, shape, visit)
  local list, size = ids:flatten():totable(), ids.shape
  for k, id in ipairs(list) do
    local rest, to, from, to_step, from_step = k - 1, 0, 0, 1, 1
    for d = #size, 1, -1 do
      local at = rest % size[d]
      rest = rest // size[d]
      from = from + at * from_step
      to = to + (d ~= dim and at or id > 0 and id - 1 or id + x_shape[d]) * to_step
      to_step, from_step = to_step * x_shape[d], from_step * shape[d]
    end
    visit(to + 1, from + 1)
  end
end

local joins = {
  sum = function(a, b) return a + b end, prod = function(a, b) return a * b end,
  amax = math.max, amin = math.min,
}

--- What scatter_reduce gives by its definition; self: is x's own element joined too?
local function reduced(x, ids, src, dim, how, self)
  local y, list, count = x:flatten():totable(), src:flatten():totable(), {}
  each_place(ids, dim, x.shape, src.shape, function(to, from)
    count[to] = (count[to] or 0) + 1
    y[to] = count[to] == 1 and not self and list[from] or (joins[how] or joins.sum)(y[to], list[from])
  end)
  for to, n in pairs(how == "mean" and count or {}) do
    n = n + (self and 1 or 0)
    y[to] = math.type(y[to]) == "integer" and y[to] // n or y[to] / n
  end
  return tensor(y):to(x.dtype):reshape(x.shape)
end

-- Rows that are short, of tables' length and longer, and such as are cut; ids that have less than x.
local shapes = {
  { { 2, 3, 4, 3 }, { 2, 3, 4, 3 } }, { { 3, 40, 31 }, { 2, 40, 31 } }, { { 3, 40, 32 }, { 3, 7, 30 } },
  { { 300, 3 }, { 300, 3 } }, { { 300, 3 }, { 300, 1 } }, { { 2, 200, 1, 3 }, { 2, 180, 1, 2 } },
  { { 4, 513 }, { 4, 513 } },
}

local function some(shape, dtype) return tensor.randint(0, 3, shape):to(dtype) end
local function ids_of(n, shape)
  local ids = tensor.randint(1, n, shape)
  return tensor.where(tensor.randint(0, 3, shape):eq(0), ids - n - 1, ids)
end

test("places of single elements in any number of dimensions, however all lie", function()
  each({ shapes, { 1, 2, 3, 4 }, { "f32", "i64", "u8" }, threads = true }, function(shape, dim, dtype)
    local size, part = shape[1], shape[2]
    if dim > #size then return end
    local x, src, ids = some(size, dtype), some(size, dtype), ids_of(size[dim], part)
    local picked, from, put, list = {}, x:flatten():totable(), x:flatten():totable(), src:flatten():totable()
    each_place(ids, dim, size, size, function(to, k)
      picked[#picked + 1] = from[to]
      put[to] = list[k]
    end)
    picked, put = tensor(picked):to(dtype):reshape(part), tensor(put):to(dtype):reshape(size)
    local sums = reduced(x, ids, src, dim, "sum", true)
    each({ test.ways(x), test.ways(src), { ids, ids:to "i32", ids:transpose(1, -1):contiguous():transpose(1, -1) } },
      function(v, s, i)
        same(v:gather(dim, i), picked)
        same(v:scatter(dim, i, s), put)
        same(v:scatter_add(dim, i, s), sums)
      end)
  end)
end)

test("scatter_reduce joins what comes to a place as its definition says", function()
  each({ shapes, { 1, 2, 3, 4 }, { "f32", "f64", "i64", "i32", "u8" }, { "sum", "prod", "mean", "amax", "amin" },
    { true, false } }, function(shape, dim, dtype, how, self)
    local size = shape[1]
    if dim > #size or (how == "prod" and dtype == "u8") then return end
    local x, src, ids = some(size, dtype), some(size, dtype), ids_of(size[dim], shape[2])
    if how == "prod" then src = src:clamp(1, 2) end
    local want = reduced(x, ids, src, dim, how, self)
    each({ test.ways(src) }, function(s)
      test.close(x:scatter_reduce(dim, ids, s, { reduce = how, include_self = self }), want, 1e-6)
    end)
  end)
end)

test("extremes that come to a place: NaN is greatest and least, and the ends of a dtype are no ends", function()
  local ids, nan, inf = tensor({ 1, 1, 2, 2, 3 }, { dtype = "i64" }), 0 / 0, 1 / 0
  each({ { "f32", "f64" }, { "amax", "amin" } }, function(dtype, how)
    local x, src = tensor({ nan, 0, 7, 8 }, { dtype = dtype }), tensor({ 1, 2, nan, 1, 1 }, { dtype = dtype })
    local want = tensor({ nan, nan, how == "amax" and 7 or 1, 8 }, { dtype = dtype })
    same(x:scatter_reduce(1, ids, src, { reduce = how }), want)
    local ends = tensor({ inf, inf, -inf, -inf, nan }, { dtype = dtype })
    same(x:scatter_reduce(1, ids, ends, { reduce = how, include_self = false }),
      tensor({ inf, -inf, nan, 8 }, { dtype = dtype }))
  end)
  same(tensor({ 0, 0, 0 }, { dtype = "f32" }):scatter_reduce(1, ids, tensor { -0.0, -0.0, 1, 2, -0.0 },
    { reduce = "sum", include_self = false }):reciprocal(), tensor { -inf, 1 / 3, -inf })
end)

test("slices are picked and added to one by one or in rows, however x lies", function()
  each({ { { 5 }, { 70, 3 }, { 300, 2, 1 }, { 3, 200, 9 }, { 100, 5, 20 }, { 2, 6, 40, 3 } }, { 1, 2, 3, 4 },
    { 0, 1, 3, 7, 8, 200 }, test.dtypes, threads = true }, function(shape, dim, count, dtype)
    if dim > #shape then return end
    local x, ids = some(shape, dtype), ids_of(shape[dim], { count })
    local y_shape, parts = { table.unpack(shape) }, {}
    y_shape[dim] = count
    local places = ids:totable()
    for k, id in ipairs(places) do parts[k] = x:narrow(dim, id > 0 and id or id + shape[dim] + 1, 1) end
    local want = count > 0 and tensor.cat(parts, dim) or tensor.zeros(y_shape, { dtype = dtype })
    each({ test.ways(x) }, function(v) same(v:index_select(ids, dim), want) end)
    if dtype == "bool" or count == 200 then return end
    local src, sums = some(y_shape, dtype), x:clone()
    for k, id in ipairs(places) do
      sums:narrow(dim, id > 0 and id or id + shape[dim] + 1, 1):add_(src:narrow(dim, k, 1))
    end
    each({ test.ways(src) }, function(v) same(x:index_add(dim, ids, v), sums) end)
  end)
end)

test("few elements of what lies in no row are taken one by one", function()
  each({ test.dtypes, { 1, 9, 40, 400 } }, function(dtype, count)
    local x, ids = some({ 4, 11, 20 }, dtype), ids_of(880, { count })
    local want = x:flatten():index_select(ids)
    each({ test.ways(x) }, function(v) same(v:take(ids), want) end)
    each({ test.ways(x) }, function(v)
      test.fails_with({ "take: index 881 outside 1..880" }, function() v:take(tensor({ 881 }, { dtype = "i64" })) end)
    end)
  end)
end)

test("gradients of what was picked and placed twice add up", function()
  local x, src = tensor.randn(5, 4):to "f64":requires_grad(), tensor.randn(5, 4):to "f64":requires_grad()
  local ids, rows = ids_of(5, { 3, 4 }), ids_of(5, { 5 })
  local w, v = tensor.randn(5, 4):to "f64", tensor.randn(5, 4):to "f64"
  local function gradient(f)
    x.grad, src.grad = nil, nil
    f():backward()
    return { x.grad and x.grad:clone(), src.grad and src.grad:clone() }
  end
  local function first() return (x:scatter_add(1, ids, src) * w):sum() end
  local function second() return (x:index_add(1, rows, src) * v):sum() end
  local a, b, both = gradient(first), gradient(second), gradient(function() return first() + second() end)
  for i = 1, 2 do test.close(both[i], a[i] + b[i], 1e-12) end
end)

test("what stands in order along a dimension is what stands so in rows, with its gradient", function()
  each({ { { 7, 3 }, { 3, 70 }, { 2, 13, 3, 5 }, { 4, 3, 65 }, { 700, 2 } }, { 1, 2, 3, 4 }, test.dtypes },
    function(shape, dim, dtype)
      if dim > #shape or dtype == "bool" then return end
      local x = tensor.randint(0, 9, shape):to(dtype)
      local rows, n = x:movedim(dim, -1):contiguous(), shape[dim]
      local order = rows:argsort(-1)
      local function turned(t) return t:movedim(-1, dim):contiguous() end
      same(x:argsort(dim), turned(order))
      same(x:sort(dim), turned(rows:gather(-1, order)))
      for k = 1, n, math.max(1, n // 4) do
        local first = rows:argsort { -1, descending = true }[{ "...", { 1, k } }]:contiguous()
        local y, at = x:topk { k, dim = dim }
        same(at, turned(first))
        same(y, turned(rows:gather(-1, first)))
        local kth = order[{ "...", { k, k } }]:contiguous()
        y, at = x:kthvalue { k, dim = dim, keepdim = true }
        same(y, turned(rows:gather(-1, kth)))
        same(x:gather(dim, at), y)
        if dtype == "f32" or dtype == "f64" then
          for _, f in ipairs { "topk", "kthvalue" } do
            local leaf = x:detach():requires_grad()
            local got, places = leaf[f](leaf, { k, dim = dim })
            local w = tensor.randn(got.shape):to(dtype)
            got:backward(w)
            if f == "kthvalue" then places, w = places:unsqueeze(dim), w:unsqueeze(dim) end
            same(leaf.grad, tensor.zeros(shape):to(dtype):scatter_add(dim, places, w))
          end
        end
      end
    end)
end)

test("the gradient of one chosen among all is spread evenly over its equals, however x lies", function()
  each({ test.reals, { "median", "max", "min" }, { 3, 5, 0 / 0 }, { false, true } }, function(dtype, name, v, twice)
    local x = tensor.full({ 3, 4, 2 }, 4, { dtype = dtype })
    x[{ 1, {}, 1 }], x[{ 3, 2, 2 }] = v, v
    local best = x[name](x):item()
    local ties = (best == best and x:eq(best) or x:isnan()):to(dtype)
    each({ test.ways(x) }, function(w)
      w = w:detach():requires_grad()
      for _ = 1, twice and 2 or 1 do w[name](w):backward() end
      test.close(w.grad, ties * ((twice and 2 or 1) / ties:sum():item()))
    end)
  end)
end)

test("short parts are joined side by side, however each lies", function()
  each({ test.dtypes, { { 70, 3 }, { 5, 20, 2 }, { 40, 17 } }, { 2, 3 }, threads = true }, function(dtype, shape, count)
    local dim, xs, want = #shape, {}, {}
    for k = 1, count do xs[k] = some(shape, dtype) end
    local n = shape[dim]
    for k, x in ipairs(xs) do
      for i = 1, n do want[(k - 1) * n + i] = x:select(dim, i):unsqueeze(dim) end
    end
    local joined = tensor.cat(want, dim):contiguous()
    each({ test.ways(xs[1]), test.ways(xs[2]) }, function(a, b)
      local parts = { a, b, xs[3] }
      same(tensor.cat(parts, dim), joined)
      local last = joined:view(-1, count, n):transpose(2, 3)
      same(tensor.stack(parts, dim + 1), last:reshape(tensor.stack(xs, dim + 1).shape))
      same(tensor.stack(parts, dim), joined:reshape(tensor.stack(xs, dim).shape))
    end)
  end)
end)

test("integers near each other are sorted wherever they are, and far from each other", function()
  each({ { 1, 2, 13, 100, 511, 512, 513, 5000 }, { "i64", "i32", "u8", "f32", "f64" }, { 0, 1, 100, 70000, 2 ^ 31 - 8 },
    { false, true } }, function(n, dtype, wide, descending)
    if dtype == "u8" and wide > 100 then return end
    local x = tensor.randint(0, wide | 0, n) - (dtype == "u8" and 0 or wide // 2 | 0)
    x = x:to(dtype)
    local y, at = x:sort { descending = descending }
    same(x:gather(1, at), y)
    if n > 1 then
      local a, b = y[{ { 1, n - 1 } }], y[{ { 2, n } }]
      local equal = a:eq(b)
      test.truth((descending and a:ge(b) or a:le(b)):all():item(), "in order")
      test.truth(equal:logical_not():logical_or(at[{ { 1, n - 1 } }]:lt(at[{ { 2, n } }])):all():item(), "stable")
    end
    test.same(at:sort(), tensor.arange(1, n, 1, { dtype = "i64" }))
    local values, which, counts = x:unique()
    same(values:index_select(which), x)
    test.equal(counts:sum():item(), n)
  end)
end)

test("a flip of what is turned has its elements backward", function()
  each({ { { 5, 9 }, { 3, 8, 3 }, { 2, 13, 17, 24 }, { 4, 20, 9, 8 } }, { 1, 2, 3, 4 }, test.dtypes },
    function(shape, dim, dtype)
      if dim > #shape then return end
      local x = some(shape, dtype)
      local back = x:index_select(tensor.arange(shape[dim], 1, -1, { dtype = "i64" }), dim)
      local ways = test.ways(x)
      ways.moved = x:movedim(1, -1):contiguous():movedim(-1, 1)
      each({ ways }, function(v) same(v:flip(dim), back) end)
    end)
end)

test("triangles of matrices of all sides, however they lie, and their gradients", function()
  each({ { { 0, 3 }, { 3, 0 }, { 1, 1 }, { 4, 4 }, { 3, 90 }, { 90, 3 }, { 2, 7, 5 }, { 2, 2, 40, 1 } }, test.dtypes,
    { -100, -4, -1, 0, 1, 2, 60, 2 ^ 53 | 0, -(2 ^ 53 | 0) }, { "tril", "triu" } }, function(shape, dtype, k, name)
    local rows, columns, list = shape[#shape - 1], shape[#shape], {}
    for i = 1, rows do
      for j = 1, columns do
        local keeps = name == "tril" and j <= i + k or name == "triu" and j >= i + k
        list[#list + 1] = keeps and 1 or 0
      end
    end
    local mask = #list > 0 and tensor(list):reshape(rows, columns):gt(0) or tensor.zeros(rows, columns):gt(0)
    local x = some(shape, dtype)
    local want = x:masked_fill(mask:logical_not():expand(table.unpack(shape)), 0)
    each({ test.ways(x) }, function(v) same(v[name](v, k), want) end)
    if dtype ~= "f32" then return end
    local leaf = x:clone():requires_grad()
    local kept = tensor.ones(shape):masked_fill(mask:logical_not():expand(table.unpack(shape)), 0)
    leaf[name](leaf, k):sum():backward()
    same(leaf.grad, kept)
    leaf.grad = nil
    local y = leaf[name](leaf, k) + leaf * 2 + leaf[name](leaf, k)
    y:sum():backward()
    same(leaf.grad, kept * 2 + 2)
  end)
end)

test("multinomial draws the same of rows that end with zeros, and these never", function()
  each({ { 1, 3, 40, 300 }, { 7, 31 } }, function(count, n)
    local w = tensor.rand(300, n) + 0.1
    local rng = function() return { n = count, replacement = true, rng = tensor.rng(5) } end
    local longer = tensor.cat({ w, tensor.zeros(300, 26) }, 2)
    if count > n + 26 then same(longer:multinomial(rng()), w:multinomial(rng())) end
    test.truth(longer:multinomial(rng()):le(n):all():item(), "no zero is drawn")
    same(w:multinomial(rng())[1], w[1]:multinomial(rng()))
  end)
  test.fails("multinomial: the weights sum to 0; nothing can be drawn",
    function() tensor.zeros(2, 0):multinomial(1, true) end)
  test.fails("multinomial: weight nan; weights must be finite and not negative",
    function() tensor { 1, 0 / 0 }:abs():multinomial(1, true) end)
end)

test("a number is put by scatter in x's dtype, whatever the ids' is", function()
  for _, dtype in ipairs { "f32", "f64", "i64", "i32", "u8" } do
    for _, ids in ipairs { "i64", "i32" } do
      local y = tensor.zeros({ 3 }, { dtype = dtype }):scatter(tensor({ 1, 3 }, { dtype = ids }), 7)
      test.equal(y.dtype, dtype)
      test.same(y, { 7, 0, 7 })
    end
  end
end)

test.done()
