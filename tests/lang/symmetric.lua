--- symmetric.lua: x' x and x x' take half of a product and one for the gradient: the numbers are those of x and a copy
-- of it, and the graph is asked, not the memory alone, whether both are one.
local test = dofile "tests/check.lua"
local close, alike, each_count_of_threads = test.close, test.alike, test.each_count_of_threads

local function sizes()
  local all = { { 15, 3 }, { 16, 3 }, { 40, 1 }, { 1, 40 }, { 16, 127 }, { 33, 128 }, { 20, 129 }, { 17, 255 },
    { 300, 257 }, { 9000, 130 } }
  return coroutine.wrap(function() for _, s in ipairs(all) do coroutine.yield(s[1], s[2]) end end)
end

--- Value and gradient of f at x, against those where each use of x is a copy of its own.
local function same(x, turn, left, seed)
  local dy
  local function both(own)
    local leaf = x:clone():requires_grad()
    local f = leaf * 1.5
    local g = own(f)
    local y = left and turn(f):mm(g) or g:mm(turn(f))
    dy = dy or seed(y:detach())
    y:backward(dy)
    return y:detach(), leaf.grad
  end
  local y, dx = both(function(f) return f end)
  local want, dwant = both(function(f) return f:clone() end)
  local most = x.dtype == "f64" and 1e-12 or 1e-5
  close(y, want, most * want:abs():max():item())
  close(dx, dwant, most * dwant:abs():max():item())
end

local function any(y) return tensor.randn(y:size()):to(y.dtype) end

test("a matrix and its own transpose, on the left and on the right", function()
  for _, dtype in ipairs { "f32", "f64" } do
    for n, k in sizes() do
      local x = tensor.randn(n, k):to(dtype)
      local function t(f) return f:t() end
      same(x, t, true, any)
      same(x:t():contiguous(), t, false, any)
      same(x:t():contiguous():t(), t, true, any)
      same(tensor.randn(n, k + 2):to(dtype)[{ {}, { 2, k + 1 } }], t, true, any)
    end
  end
end)

test("batches, and gradients that lie otherwise", function()
  local function t(f) return f:transpose(-1, -2) end
  for _, size in ipairs { { 3, 40, 20 }, { 2, 33, 130 }, { 2, 3, 20, 7 } } do
    local x = tensor.randn(table.unpack(size))
    same(x, t, true, any)
    same(x, t, true, function(y) return t(any(y):contiguous()) end)
    same(x, t, true, function(y) return tensor.ones(1):expand(y:size()) end)
    same(t(x):contiguous(), t, false, any)
  end
end)

test("the same numbers for every number of threads", function()
  local x = tensor.randn(5000, 150)
  local value, gradient
  each_count_of_threads(function()
    local f = x:clone():requires_grad()
    local y = f:t():mm(f)
    y:backward(y:detach():tril())
    value, gradient = value or y:detach(), gradient or f.grad
    alike(y:detach(), value)
    alike(f.grad, gradient)
  end)
end)

test("leaves, views of views, two backwards, gradients added", function()
  local x = tensor.randn(30, 6):requires_grad()
  local y = x:view(6, 30):view(30, 6):t():mm(x)
  local loss = y:sum()
  loss:backward { retain = true }
  local once = x.grad:clone()
  close(once, x:detach():mm(tensor.ones(6, 6)) * 2, 1e-5)
  loss:backward()
  close(x.grad, once * 2, 1e-5)
end)

test("what lies in the same memory but is another in the graph keeps its own gradient", function()
  local x = tensor.randn(30, 6)
  local a, b = x:t():requires_grad(), x:view(30, 6):requires_grad()
  local seed = tensor.randn(6, 6)
  a:mm(b):backward(seed)
  close(a.grad, seed:mm(x:t()), 1e-5)
  close(b.grad, x:mm(seed), 1e-5)
  local p = tensor.randn(30, 6):requires_grad()
  p:detach():t():mm(p):backward(seed)
  close(p.grad, p:detach():mm(seed), 1e-5)
  p.grad = nil
  p:t():mm(p:detach()):backward(seed)
  close(p.grad, p:detach():mm(seed:t()), 1e-5)
end)

test("changed in place after it, the gradient is refused", function()
  local x = tensor.randn(30, 6):requires_grad()
  local y = x:t():mm(x):sum()
  tensor.no_grad(function() x:add_(1) end)
  test.fails_with({ "backward of mm: its input", "was changed in place" }, function() y:backward() end)
end)

test.done()
