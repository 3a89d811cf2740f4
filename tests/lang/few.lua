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
