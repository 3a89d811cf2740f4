--- few.lua: what is small in one direction goes a way of its own: short rows, two tensors beside each other, products
-- of few; every way has the numbers of the plain one, or of the definition (as in ways.lua).
local test = dofile "tests/check.lua"
local each, same = test.each, test.alike

test("topk of short rows is the front of their sorted ones, equal ones in their old order", function()
  each({ threads = true, test.numeric, { 2, 3, 10, 63, 64, 65 }, { 1, 5, 400 } }, function(dtype, n, rows)
    local x = tensor.randint(0, 3, rows, n):to(dtype)
    if dtype:find "f" and n > 2 then x[{ 1, 2 }], x[{ rows, n }] = 0 / 0, -math.huge end
    each({ { 1, 2, 8, 9, n - 1 }, { true, false } }, function(k, largest)
      if k >= n then return end
      local all, order = x:sort { dim = 2, descending = largest }
      test.in_every_way(function(v)
        local value, at = v:topk(k, { dim = 2, largest = largest })
        same(at, order[{ {}, { 1, k } }]:contiguous(), "places")
        same(value, all[{ {}, { 1, k } }]:contiguous(), "values")
        local down, below = v:t():topk(k, { dim = 1, largest = largest })
        same(below:t():contiguous(), at, "places down columns")
        same(down:t():contiguous(), value, "values down columns")
      end, x)
    end)
  end)
end)
test("topk of long rows is the front of their sorted ones", function()
  each({ threads = true, test.numeric, { 255, 256, 257, 1030 }, { 1, 2, 8, 30 }, { true, false } },
    function(dtype, n, k, largest)
      local x = tensor.randint(-300, 300, 3, n):to(dtype)
      if dtype:find "f" then x[{ 1, 2 }], x[{ 3, n }], x[{ 2, n }] = 0 / 0, -math.huge, -0.0 end
      local all, order = x:sort { dim = 2, descending = largest }
      test.in_every_way(function(v)
        local value, at = v:topk(k, { dim = 2, largest = largest })
        same(at, order[{ {}, { 1, k } }]:contiguous(), "places")
        same(value, all[{ {}, { 1, k } }]:contiguous(), "values")
      end, x)
    end)
end)
test("stack along a last dimension puts two, three and five beside each other", function()
  each({ threads = true, test.dtypes, { 1, 255, 256, 257, 3000 }, { 1, 2, 3, 4, 5 } }, function(dtype, n, count)
    local parts = {}
    for i = 1, count do parts[i] = tensor.randint(0, 9, n):to(dtype) end
    local y = tensor.stack(parts, 2)
    local z = tensor.cat({ y, y[{ {}, { 1, 1 } }] }, 2)                  -- of unequal widths
    for i = 1, count do
      same(y[{ {}, i }]:contiguous(), parts[i])
      same(z[{ {}, i }]:contiguous(), parts[i])
    end
    same(z[{ {}, count + 1 }]:contiguous(), parts[1])
  end)
end)
test("flip turns rows of any length round, in any dtype", function()
  each({ threads = true, test.dtypes, { 1, 2, 3, 7, 8, 9, 17, 500, 600, 5000 } }, function(dtype, n)
    local x = tensor.randint(0, 9, 3, n):to(dtype)
    local y, list = x:flip(2):totable(), x:totable()
    for r = 1, 3 do
      for i = 1, n do test.equal(y[r][i], list[r][n + 1 - i]) end
    end
    same(x:flip { 1, 2 }:flip(1), x:flip(2), "both")
    same(x[2]:flip(1), x:flip(2)[2]:contiguous(), "a row")
    test.in_every_way(function(v) return v:flip(2) end, x)
  end)
end)
test("products of whole numbers wrap, whatever their shape and place", function()
  each({ threads = true, { { 1, 1, 1 }, { 1, 1, 9 }, { 5, 1, 7 }, { 1, 6, 3 }, { 4, 5, 1 }, { 3, 4, 5 },
    { 2, 3, 0 } } }, function(size)
    local m, n, k = table.unpack(size)
    local a, b = tensor.randint(-9, 9, m, k) * (1 << 59), tensor.randint(-9, 9, k, n)
    local want, s, t = tensor.zeros { m, n, dtype = "i64" }, a:totable(), b:totable()
    for i = 1, m do
      for j = 1, n do
        local sum = 0
        for l = 1, k do sum = sum + s[i][l] * t[l][j] end
        want[{ i, j }] = sum
      end
    end
    test.in_every_way(function(x, y) same(x:mm(y), want) end, a, b)
  end)
  test.each_count_of_threads(function()
    local u, v = tensor.randint(-99, 99, 70), tensor.randint(-99, 99, 70)
    test.equal(u:dot(v):item(), (u * v):sum():item())
    same(u:outer(v), u:unsqueeze(2) * v:unsqueeze(1), "outer")
    same(u["1:70:2"]:outer(v["::-3"]), u["1:70:2"]:unsqueeze(2) * v["::-3"]:unsqueeze(1), "outer of steps")
  end)
end)
test("outer has every product, of any dtype and place", function()
  each({ threads = true, test.numeric, { { 1, 3 }, { 1, 1 }, { 5, 700 }, { 700, 5 }, { 33, 512 }, { 300, 513 } } },
    function(dtype, size)
      local a, b = tensor.randint(0, 9, 2 * size[1]):to(dtype), tensor.randint(0, 9, 3 * size[2] + 1):to(dtype)
      local p, q = a[{ { 1, 2 * size[1], 2 } }], b["::-3"][{ { 1, size[2] } }]
      local y = p:outer(q)
      local x, z, list = p:totable(), q:totable(), y:totable()
      test.shape(y, size)
      for i = 1, size[1] do
        for j = 1, size[2] do test.equal(list[i][j], x[i] * z[j]) end
      end
      same(p:contiguous():outer(q:contiguous()), y)
      test.shape(tensor.zeros { 0, dtype = dtype }:outer(tensor.ones { 3, dtype = dtype }), { 0, 3 })
    end)
end)
test("cdist of magnitudes is their sum, near points keep their digits", function()
  local bounds = { f32 = 2e-6, f64 = 1e-14 }
  each({ threads = true, test.reals, { { 1, 1, 1 }, { 3, 7, 63 }, { 4, 8, 64 }, { 5, 17, 65 }, { 16, 33, 2 },
    { 17, 100, 130 } } }, function(dtype, size)
    local x = tensor.rand { size[1], size[3], dtype = dtype }
    local y = tensor.rand { size[2], size[3], dtype = dtype }
    each({ { 0, 1000 } }, function(far)
      local a, b = x + far, y + far
      local want = (a:to "f64":unsqueeze(2) - b:to "f64":unsqueeze(1)):abs():sum(3)
      local off = ((a:cdist(b, { p = 1 }):to "f64" - want) / want):abs():max():item()
      test.truth(off < bounds[dtype], ("%g off"):format(off))
      test.in_every_way(function(u, v) return u:cdist(v, { p = 1 }) end, a, b)
    end)
    local d = tensor.stack { x, x + 1 }:cdist(tensor.stack { y, y }, { p = 1 })
    test.same(d[1], x:cdist(y, { p = 1 }))
    x[{ 1, 1 }] = 0 / 0
    local bad = x:cdist(y, { p = 1 })
    test.equal(bad:ne(bad):count_nonzero():item(), size[2])
    test.same(tensor.zeros { 2, 0, dtype = dtype }:cdist(tensor.zeros { 3, 0, dtype = dtype }, { p = 1 }),
      tensor.zeros(2, 3))
  end)
end)
test("rows sorted by some of their digits are those sorted by all, equal ones in their old order", function()
  local most = { u8 = 255, i32 = 2 ^ 31 - 1, i64 = math.maxinteger }
  each({ test.numeric, { 1, 2, 5, 512, 513, 1000, 1024, 5000 }, { 3, 1e3, 1e5, 2 ^ 40 },
    { up = false, down = true } }, function(dtype, n, wide, down)
    if dtype == "u8" and wide > 1e3 or dtype == "i32" and wide > 1e5 then return end
    local x = tensor.randint(0, wide // 1 | 0, n)
    if dtype == "u8" then x = x % 200 end
    if dtype:find "f" then x = x:to "f64" / 7 - wide / 20 end
    x = x:to(dtype)
    if dtype:find "f" and n > 4 then x[1], x[2], x[3], x[n] = 0 / 0, 0 / 0, -0.0, -math.huge end
    local behind = dtype:find "f" and (down and -math.huge or 0 / 0) or down and 0 or most[dtype]
    if dtype ~= "u8" and down and not dtype:find "f" then behind = -1 end
    local longer = tensor.cat { x, tensor.full({ 4200 }, behind):to(dtype) }
    if most[dtype] and not down then longer[{ { n + 1, n + 4200 } }] = most[dtype] // 1 | 0 end
    local value, at = x:sort { descending = down }
    local long_value, long_at = longer:sort { descending = down }
    test.same(at, long_at[{ { 1, n } }])
    same(value, long_value[{ { 1, n } }])
    test.same(x:argsort { descending = down }, at)
  end)
end)
test("reals that differ in their last bits alone are sorted, be they few or many", function()
  each({ { 20, 600, 2000 }, { 1, 3, 15, 16, 17, 600 } }, function(n, alike)
    local x = tensor.arange(n):to "f64"
    x = (x / alike):floor() + 1 + (n - x) % alike * 2 ^ -42
    x = tensor.cat { x, -x, tensor { 1e300, -1e-300 }:to "f64" }
    local value, at = x:sort()
    test.same(value, x[at])
    test.truth(not (value[{ { 2, 2 * n + 2 } }]:lt(value[{ { 1, 2 * n + 1 } }])):any():item(), "in order")
    test.same(at:sort(), tensor.arange(2 * n + 2))
  end)
end)
test("running sums and products of few columns are those of rows", function()
  each({ threads = true, test.numeric, { 1, 2, 3, 4, 5, 8, 9 }, { 1, 7, 300 } }, function(dtype, wide, n)
    local x = tensor.randint(0, 2, n, wide):to(dtype)
    if dtype ~= "u8" then x = x - 1 end
    same(x:cumsum(1), x:t():contiguous():cumsum(2):t())
    if dtype ~= "u8" then x = 1 - 2 * x:square() end -- 1 and -1
    same(x:cumprod(1), x:t():contiguous():cumprod(2):t())
    if not dtype:find "f" then return end
    local a, b = x:clone():requires_grad(), x:t():contiguous():requires_grad()
    local g = tensor.randint(-3, 3, n, wide):to(dtype)
    for _ = 1, 2 do -- the second is added
      a:cumsum(1):backward(g)
      b:cumsum(2):backward(g:t())
    end
    same(a.grad, b.grad:t())
  end)
end)
test("elements repeated side by side, and short rows, are all there", function()
  each({ threads = true, { "u8", "f32", "f64" }, { 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33 }, { 1, 2, 3, 5, 40 } },
    function(dtype, n, rows)
      local x = tensor.randint(1, 99, rows, 1):to(dtype)
      local y = x:expand(rows, n):contiguous()
      for k = 1, n do same(y[{ {}, { k, k } }], x) end
      local wide = tensor.randint(1, 99, rows, n + 3):to(dtype)
      local part = wide[{ {}, { 2, n + 1 } }]:contiguous()
      for k = 1, n do same(part[{ {}, k }], wide[{ {}, k + 1 }]) end
    end)
end)
test("short rows picked by index are those of the tensor", function()
  each({ { "u8", "f32", "f64" }, { 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 70 } },
    function(dtype, wide)
      local x, ids = tensor.randint(0, 99, 3, 9, wide):to(dtype), tensor.randint(1, 9, 20)
      local want = tensor.zeros { 3, 20, wide, dtype = dtype }
      for k = 1, 20 do want[{ {}, k }] = x[{ {}, ids[k] }] end
      same(x:index_select(ids, 2), want)
      same(x[1]:contiguous()[ids], want[1])
    end)
end)
-- By the definition, from differences in f64.
local function distances(x, y, p)
  local far = (x:to "f64":unsqueeze(2) - y:to "f64":unsqueeze(1)):abs()
  if p == 0 then return far:ne(0):to "f64":sum(3) end
  return p == math.huge and far:max(3) or (far ^ p):sum(3) ^ (1 / p)
end
test("distances of any power, and their gradients, are those of the definition", function()
  local bounds = { f32 = 3e-6, f64 = 1e-12 }
  each({ threads = true, test.reals, { 0, 0.5, 1, 2, 2.5, 3, math.huge }, { { 1, 1, 1 }, { 2, 15, 3 }, { 3, 16, 4 },
    { 5, 17, 5 }, { 17, 33, 70 }, { 2, 1030, 2 }, { 3, 2, 600 } } }, function(dtype, p, size)
    local x, y = tensor.rand { size[1], size[3], dtype = dtype }, tensor.rand { size[2], size[3], dtype = dtype }
    local g = tensor.rand { size[1], size[2], dtype = dtype }
    local a, b = x:clone():requires_grad(), y:clone():requires_grad()
    local u, v = x:to "f64":requires_grad(), y:to "f64":requires_grad()
    local d, want = a:cdist(b, { p = p }), distances(u, v, p)
    test.close(d, want:detach():to(dtype), bounds[dtype])
    if p == 0 then return end
    d:backward(g)
    want:backward(g:to "f64")
    test.close(a.grad, u.grad:to(dtype), bounds[dtype] * 10)
    test.close(b.grad, v.grad:to(dtype), bounds[dtype] * 10)
  end)
end)
test("points without coordinates are 0 apart, by any power", function()
  each({ test.reals, { 0, 0.5, 1, 2, 3, math.huge } }, function(dtype, p)
    local none, other = tensor.zeros { 2, 0, dtype = dtype }, tensor.zeros { 3, 0, dtype = dtype }
    test.same(none:cdist(other, { p = p }), tensor.zeros(2, 3))
  end)
end)
test("gradients of distances are right beyond f32, at 0, and of equal points", function()
  each({ { 1, 2, 3, math.huge }, { 1e-35, 1, 1e30 }, { 1, 20 } }, function(p, scale, rows)
    local x = (tensor.arange(rows * 2):to "f32":reshape(rows, 2) * scale):requires_grad()
    local apart = p == math.huge and 2.5 or 2 -- of differences that are alike rounding takes one
    local y = (tensor { { 1, apart }, { -1, 5.25 } } * scale):requires_grad()
    x:cdist(y, { p = p }):backward(tensor.ones(rows, 2))
    local u, v = (x:detach() / scale):requires_grad(), (y:detach() / scale):requires_grad()
    u:cdist(v, { p = p }):backward(tensor.ones(rows, 2))
    test.close(x.grad, u.grad, 1e-5)
    test.close(y.grad, v.grad, 1e-5)
  end)
  local x = tensor { { 1, 0 / 0 }, { 1, 2 } }:requires_grad()
  x:cdist(tensor { { 1, 2 } }):backward(tensor.ones(2, 1))
  test.truth(x.grad[1]:ne(x.grad[1]):all():item(), "NaN")
  test.same(x.grad[2], { 0, 0 })
end)
test("norms of small whole powers are those of any power", function()
  for _, dtype in ipairs { "f32", "f64" } do
    local x = tensor.randn { 5, 7, dtype = dtype }
    x[{ 1, 1 }] = 0
    for p = 3, 5 do
      test.close(x:norm(p, 2), (x:abs() ^ p):sum(2) ^ (1 / p), 1e-5)
      local leaf = x:clone():requires_grad()
      leaf:norm(p, 2):sum():backward()
      local y = x:norm(p, 2):unsqueeze(2)
      test.close(leaf.grad, x:sign() * (x:abs() / y) ^ (p - 1), 1e-5)
    end
  end
end)
test("einsum without a sum is a product of elements, its gradients too", function()
  local a, b, c = tensor.randn(3, 4), tensor.randn(4), tensor.randn(4, 3)
  local d, e = tensor.randn(2, 3, 4), tensor.randn(2, 4)
  for _, case in ipairs {
    { "ij,j->ij", a, b, a * b }, { "ij,j->ji", a, b, (a * b):t() }, { "j,ij->ij", b, a, a * b },
    { "ij,ji->ij", a, c, a * c:t() },
    { "i,j->ij", b, a[1], b:outer(a[1]) }, { "i,j->ji", b, a[1], b:outer(a[1]):t() },
    { "bij,bj->bij", d, e, d * e:unsqueeze(2) }, { "...ij,j->...ij", d, b, d * b },
    { "bij,b->jb", d, e[{ {}, 1 }], (d:sum(2) * e[{ {}, { 1, 1 } }]):t() },
    { "ij,->ij", a, tensor(2.5), a * 2.5 },
  } do
    local spec, x, y, want = table.unpack(case)
    test.close(tensor.einsum(spec, x, y), want, 1e-5)
    local u, v = x:detach():clone():requires_grad(), y:detach():clone():requires_grad()
    tensor.einsum(spec, u, v):sum():backward()
    local p, q = x:detach():to("f64"):requires_grad(), y:detach():to("f64"):requires_grad()
    tensor.einsum(spec, p, q):backward(tensor.ones(table.unpack(want.shape)):to "f64")
    test.close(u.grad, p.grad, 1e-4)
    test.close(v.grad, q.grad, 1e-4)
  end
  test.close(tensor.einsum("ij,j,ik->ik", a, b, a), a * (a * b):sum { dim = { 2 }, keepdim = true }, 1e-4)
  test.dtype(tensor.einsum("i,i->i", tensor { 2, 3, dtype = "u8" }, tensor { 2, 3, dtype = "u8" }), "i64")
end)
test.done()
