--- small.lua: matrices that are factored without LAPACK, and those just beyond: determinants, inverses and solutions.
local test = dofile "tests/check.lua"

local function random(n, dtype) return ((tensor.randn(5, n, n) + tensor.eye(n)):to(dtype)) end

test("inverses and solutions give back what they are of", function()
  for _, dtype in ipairs { "f32", "f64" } do
    for n = 1, 20 do
      local a, b = random(n, dtype), tensor.randn(5, n):to(dtype)
      local inverse, x, far = a:inverse(), a:solve(b), dtype == "f32" and 2e-6 or 4e-15
      local size = (a:abs():sum():item() / 5 + 1) * (inverse:abs():max():item() + 1) * far
      test.close(a:bmm(inverse), tensor.eye(n):to(dtype):expand(5, n, n), size, "A A^-1, " .. n)
      test.close(inverse:bmm(a), tensor.eye(n):to(dtype):expand(5, n, n), size, "A^-1 A, " .. n)
      test.close(a:bmm(x:unsqueeze(3)):squeeze(3), b, size, "A x, " .. n)
    end
  end
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
  for _, n in ipairs { 1, 2, 5, 16, 17 } do
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
