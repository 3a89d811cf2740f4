--- factor.lua: determinants, inverses, solutions and Cholesky factors, at the edges of what their recursion cuts.
local test = dofile "tests/check.lua"

local function random(n, dtype) return ((tensor.randn(5, n, n) + tensor.eye(n)):to(dtype)) end

local sides = { 1, 2, 5, 7, 8, 9, 15, 16, 17, 23, 24, 25, 32, 33, 63, 64, 65, 72, 127, 129, 200 }
local unit = { f32 = 6e-8, f64 = 1.2e-16 }
local function largest(x) return x:abs():max():item() end
--- |A X - B| <= c eps |A| |X|, the greatest sums of a row (Higham 2002, "Accuracy and stability", 9.4)
local function solves(a, x, b)
  local bound = 8 * unit[a.dtype] * a:abs():sum(2):max():item() * largest(x) + 1e-300
  test.equal(largest(a:mm(x) - b) <= bound, true, "A X is B")
end

test("inverses and solutions give back what they are of", function()
  test.each({ threads = true, test.reals, sides }, function(dtype, n)
    local a, eye = tensor.randn { n, n, dtype = dtype }, tensor.eye(n):to(dtype)
    local inverse = a:inverse()
    solves(a, inverse, eye)
    for _, k in ipairs { 1, 2, 15, 16, 17, 33, 70 } do
      local b = tensor.randn { n, k, dtype = dtype }
      local x = a:solve(b)
      solves(a, x, b)
      if k == 1 then test.close(a:solve(b:squeeze(2)):unsqueeze(2), x, 1e3 * unit[dtype] * (1 + largest(x) * n)) end
      local g = tensor.randn { n, k, dtype = dtype }
      local v = b:clone():requires_grad()
      a:solve(v):backward(g)
      solves(a:t(), v.grad, g)
    end
  end)
end)

test("Cholesky's factors give back what they are of, and read the mean of both triangles", function()
  test.each({ threads = true, test.reals, sides }, function(dtype, n)
    local r, eye = tensor.randn { n, n + 2, dtype = dtype }, tensor.eye(n):to(dtype)
    local a = r:mm(r:t()) + eye
    local l, u = a:cholesky(), a:cholesky { upper = true }
    test.same(l, l:tril())
    test.same(u, l:t())
    test.close(l:mm(l:t()), a, 20 * unit[dtype] * largest(a))
    local skew = tensor.randn { n, n, dtype = dtype }
    test.close((a + skew - skew:t()):cholesky(), l, 400 * unit[dtype] * largest(a) * n)
    a[{ n, n }] = -1
    test.fails_with({ ("not positive definite (leading minor %d)"):format(n) }, function() a:cholesky() end)
  end)
end)

test("gradients of Cholesky's factors are those of differences", function()
  for _, n in ipairs { 3, 9, 17, 33 } do
    local r = tensor.randn { n, n, dtype = "f64" }
    local a, w = r:mm(r:t()) + tensor.eye(n):to "f64" * n, tensor.randn { n, n, dtype = "f64" }
    local x, by = a:clone():requires_grad(), tensor.randn { n, n, dtype = "f64" }
    by = by + by:t()
    local function f(v) return (v:cholesky() * w):sum() end
    f(x):backward()
    local want = (f(a + 1e-5 * by) - f(a - 1e-5 * by)):item() / 2e-5
    test.close((x.grad * by):sum(), want, 1e-6 * (1 + math.abs(want)))
  end
end)

test("QR factors give back what they are of, of any size of numbers", function()
  local lengths = { 1, 2, 7, 8, 9, 17, 63, 64, 65, 130 }
  test.each({ threads = true, test.reals, lengths, lengths, { 1, "least", "most" } }, function(dtype, m, n, scale)
    if scale ~= 1 and (m * n) % 3 ~= 0 then return end
    local k, far = math.min(m, n), 30 * unit[dtype] * math.sqrt(m)
    local by = scale == 1 and 1 or 2.0 ^ ((dtype == "f32" and 100 or 900) * (scale == "least" and -1 or 1))
    local a = tensor.randn { m, n, dtype = dtype }
    local q, r = (a * by):qr()
    r = r / by
    test.shape(q, { m, k })
    test.same(r, r:triu())
    test.close(q:t():mm(q), tensor.eye(k):to(dtype), far)
    test.close(q:mm(r), a, far * largest(a) * math.sqrt(k))
    if m > 1 then test.truth(a[{ 1, 1 }] * r[{ 1, 1 }] < 0, "the sign of R[1,1]") end
  end)
  local q, r = tensor.eye(20):qr() -- nothing to reflect
  test.same(q, tensor.eye(20))
  test.same(r, tensor.eye(20))
  q, r = tensor.zeros(9, 20):qr()
  test.same(q, tensor.eye(9))
  test.same(r, tensor.zeros(9, 20))
  for _, o in ipairs { { "f32", 1e-40 }, { "f32", 3e-45 }, { "f64", 1e-315 }, { "f64", 1e-322 } } do -- with few digits
    local a = tensor.randn { 20, 9, dtype = o[1] }:mul(4):round():mul(o[2])
    a[{ {}, 3 }] = tensor.randn { 20, dtype = o[1] }
    q, r = a:qr()
    test.close(q:t():mm(q), tensor.eye(9):to(o[1]), 30 * unit[o[1]])
    test.close(q:mm(r), a, 30 * unit[o[1]] * largest(a))
  end
  local low = tensor.randn { 40, 3, dtype = "f64" }:mm(tensor.randn { 3, 30, dtype = "f64" })
  q, r = low:qr()
  test.close(q:t():mm(q), tensor.eye(30):to "f64", 1e-14)
  test.close(q:mm(r), low, 1e-13)
end)

test("results are the same bits on one thread and on two", function()
  test.each({ test.reals, { 70, 129, 300 } }, function(dtype, n)
    local a, b = tensor.randn { n, n, dtype = dtype }, tensor.randn { n, 40, dtype = dtype }
    local spd, each = a:mm(a:t()) + tensor.eye(n):to(dtype), {}
    test.each_count_of_threads(function(count)
      local sign, log = a:slogdet()
      local q, r = a:qr()
      each[count] = { a:inverse(), a:solve(b), spd:cholesky(), sign, log, q, r, (select(2, a:svd())), (spd:eigh()) }
    end)
    for i, x in ipairs(each[1]) do test.same(each[2][i], x) end
  end)
end)

--- By the definition, along the first row.
local function determinant(a)
  local n, sum = #a, 0
  if n == 1 then return a[1][1] end
  for c = 1, n do
    local minor = {}
    for r = 2, n do
      local row = table.move(a[r], 1, n, 1, {})
      table.remove(row, c)
      minor[r - 1] = row
    end
    sum = sum + (c % 2 == 1 and 1 or -1) * a[1][c] * determinant(minor)
  end
  return sum
end

test("determinants are those of the definition, of singular and of exchanged rows too", function()
  for n = 1, 6 do
    local a = random(n, "f64")
    for i = 1, 5 do
      local want = determinant(a[i]:totable())
      test.close(a[i]:det(), want, 1e-12 * (1 + math.abs(want)))
      local sign, log = a[i]:slogdet()
      test.close(sign * log:exp(), want, 1e-12 * (1 + math.abs(want)))
      if n > 1 then
        local turned = a[i]:flip(1):contiguous()
        test.close(turned:det(), (n // 2 % 2 == 0 and 1 or -1) * want, 1e-12 * (1 + math.abs(want)))
        turned[1] = turned[n]
        test.close(turned:det(), 0, 1e-12)
      end
    end
  end
  for n = 7, 20 do -- a product of triangles
    local low, high = tensor.randn { n, n, dtype = "f64" }:tril(), tensor.randn { n, n, dtype = "f64" }:triu()
    local want = low:diag():prod():item() * high:diag():prod():item()
    test.close(low:mm(high):det(), want, 1e-9 * math.abs(want) + 1e-9)
  end
end)

test("a column of zeros is a pivot of 0, in its place", function()
  for _, n in ipairs { 1, 2, 5, 8, 9, 16, 17, 24, 65, 130 } do
    for _, at in ipairs { 1, (n + 1) // 2, n } do
      local a = tensor.eye(n)
      a[{ at, at }] = 0
      test.fails_with({ ("singular (pivot %d is 0)"):format(at) }, function() a:inverse() end)
      test.fails_with({ ("singular (pivot %d is 0)"):format(at) }, function() a:solve(tensor.ones(n)) end)
      test.equal(a:det():item(), 0.0)
    end
  end
end)
test.done()
