--- lay.lua: pointwise results lie as their inputs do (tensor/lay.h), and nobody notices.
local test = dofile "tests/check.lua"
local each, private = test.each, test.inside.lunette
private.lay_from(2)

--- f with all results row by row.
local function row_by_row(f, ...)
  private.lay_from(-1)
  local results = table.pack(f(...))
  private.lay_from(2)
  return table.unpack(results, 1, results.n)
end

--- The same bits, NaN where NaN is.
local function same(a, b)
  if a.dtype ~= b.dtype or not tensor.same_shape(a, b) then return false end
  local one, other = a:totable(), b:totable()
  local function equal(x, y)
    if type(x) == "number" then return x == y and 1 / x == 1 / y or (x ~= x and y ~= y) end
    if type(x) ~= "table" then return x == y end
    for i = 1, #x do if not equal(x[i], y[i]) then return false end end
    return true
  end
  return equal(one, other)
end

--- Turned tensors of one shape: transposed, permuted, with steps.
local function turned(shape, dtype)
  local back, sizes = {}, {}
  for i, n in ipairs(shape) do back[#shape + 1 - i], sizes[#shape + 1 - i] = i, n end
  local function fresh(wide)
    local s = table.move(sizes, 1, #sizes, 1, {})
    if wide then s[#s] = 2 * s[#s] end
    local x = (tensor.rand(s) * 9 - 4):floor()
    if dtype == "u8" then x = x:abs() end
    x = x:to(dtype):contiguous()
    return (wide and x[{ "...", { 1, -1, 2 } }] or x):permute(back)
  end
  return fresh(), fresh(), fresh(true)
end

local shapes = { { 3, 5 }, { 17, 33 }, { 70, 130 }, { 5, 1, 7 }, { 4, 3, 6, 5 }, { 130, 3 }, { 2, 64, 65 } }
local steps = {
  function(a) return a:abs() end, function(a) return a * 2 end, function(a, b) return a + b end,
  function(a, b, c) return a - c * b end, function(a, b) return a:eq(b) end,
  function(a, b) return tensor.where(a:gt(b), a, b) end, function(a, b) return a:maximum(b):to "f64" end,
  function(a) return a:clamp(-1, 2) end, function(a, b) return a:to "f32" / (b:abs():to "f32" + 1) end,
  function(a) return a + a:select(1, 1) end, function(a) return a * a[{ {}, { 1, 1 } }] end,
  function(a) return (a:to "f32" * 0.3):tanh():sigmoid() * a:to "f32" end,
  function(a) return a:masked_fill(a:gt(1), 7) end,
  function(a, b) return a // (b * 0 + 3) end, function(a) return a:to "bool" end,
  function(a) return a + tensor.ones { dtype = a.dtype, table.unpack(a.shape) } end,
}

test("the same bits in any order", function()
  each({ threads = true, test.numeric, shapes, steps }, function(dtype, shape, f)
    local a, b, c = turned(shape, dtype)
    test.truth(same(f(a, b, c), row_by_row(f, a, b, c)), "the result")
  end)
end)

test("copies and conversions between two orders have every element in its place", function()
  each({ shapes, { "f32 f32", "u8 f32", "f64 i32", "i64 u8", "f32 bool" } }, function(shape, pair)
    local from, to = pair:match "(%S+) (%S+)"
    local a, b = turned(shape, from)
    local plain, back = a:abs():contiguous(), {}
    for i = 1, #shape do back[i] = #shape + 1 - i end
    for _, x in ipairs { a:abs(), plain } do
      test.truth(same(b:to(to):copy_(x), plain:to(to)), "copy_ into what is turned")
      local view = b:permute(back):contiguous():to(to):permute(back)
      test.truth(same(view:copy_(x), plain:to(to)), "into a view")
    end
    test.truth(same(a:abs():to(to), row_by_row(function() return a:abs():to(to) end)), "to")
  end)
end)

test("turned beside rows: bands, parts of rows, and what is left of both", function()
  each({ test.numeric, { 7, 8, 63, 64, 65, 130 }, { 31, 33, 240, 257, 512, 513, 1030 } }, function(dtype, rows, columns)
    local function fresh(...) return (tensor.rand(...) * 100):floor():to(dtype) end
    local a, b, c = fresh(rows, columns), fresh(columns, rows):t(), fresh(columns, rows):t()
    local plain, other = b:contiguous(), c:contiguous()
    each({ {
      function(x, y) return x + y end, function(x, y, z) return tensor.where(x:gt(y), y, z) end,
      function(x, y, z) return (x + y) * z - y end, function(x, y) return x:to "f64" - y end,
      function(x, y) return x:clone():add_(y) end, function(x, y) return x - y:flip(1) end,
      function(x, y) return x + (y * 2):flip(2):flip(1, 2) end,
    }, { -1, 1 } }, function(f, fused)
      local before = private.fuse_from(fused)
      test.alike(f(a, b, c), f(a, plain, other))
      private.fuse_from(before)
    end)
  end)
end)

-- --- nobody notices ----------------------------------------------------------------------------------------------

local function result() return tensor.arange(12):to "f32":view(4, 3):t() * 2 end -- [3,4]

test("a result has views, and shares with them", function()
  local views = {
    view = function(y) return y:view(-1) end, reshape = function(y) return y:reshape(2, 6) end,
    flatten = function(y) return y:flatten() end, t = function(y) return y:t() end,
    permute = function(y) return y:permute(2, 1) end, slice = function(y) return y[{ { 1, 2 }, {} }] end,
    row = function(y) return y[2] end, narrow = function(y) return y:narrow(2, 2, 2) end,
    unsqueeze = function(y) return y:unsqueeze(1) end, detach = function(y) return y:detach() end,
    contiguous = function(y) return y:contiguous() end, to = function(y) return y:to "f32" end,
    select = function(y) return y:select(1, 3) end, expand = function(y) return y:expand(3, 4) end,
    ["view after view"] = function(y) local _ = y[1] return y:view(-1) end,
    ["of a result that waits"] = function(y) local z = y + 1 z:view(-1):zero_() return y:view(-1) end,
  }
  for name, f in pairs(views) do
    local y, wanted = result(), row_by_row(result)
    local v, w = f(y), row_by_row(f, wanted)
    test.truth(same(v, w), name .. "'s elements")
    v:add_(100)
    w:add_(100)
    test.truth(same(y, wanted), name .. "'s sharing")
    y:mul_(2)
    wanted:mul_(2)
    test.truth(same(v, w), name .. "'s sharing with what changes after it")
  end
end)

test("a result is contiguous, for whoever asks", function()
  local y = result()
  assert(y:is_contiguous())
  local view = y:view(2, 6)
  assert(view:is_contiguous() and y:is_contiguous())
  assert(not y:t():is_contiguous())
end)

test("changes in place, before and after others saw the result", function()
  local changes = {
    add_ = function(y) y:add_(1) end, mul_ = function(y, x) y:mul_(x) end, sub_ = function(y, _, t) y:sub_(t) end,
    fill_ = function(y) y:fill_(3) end, copy_ = function(y, x) y:copy_(x) end, row = function(y) y[2] = 5 end,
    mask = function(y) y[y:gt(6)] = 0 end, itself = function(y) y:add_(y * 2 + 1) end,
    other = function(y, x, t) x:add_(t * 2) y:add_(x) end,
  }
  for name, change in pairs(changes) do
    for _, seen in ipairs { false, true } do
      local function run()
        local x, t = tensor.arange(12):view(3, 4) + 0.5, tensor.arange(12, 1, -1):view(4, 3):t() * 3
        local y = result()
        local _ = seen and y[1]
        change(y, x, t)
        return y, x
      end
      local y, x = run()
      local wanted, other = row_by_row(run)
      test.truth(same(y, wanted) and same(x, other), name)
    end
  end
end)

test("files, tables and texts", function()
  local y, wanted = result(), row_by_row(result)
  test.equal(tostring(result()), tostring(wanted))
  for _, kind in ipairs { ".npy", ".safetensors", ".npz" } do
    local path = os.tmpname() .. kind
    assert(tensor.save(path, kind == ".npy" and result() or { y = result() }))
    local got = assert(tensor.load(path))
    test.truth(same(kind == ".npy" and got or got.y, wanted), kind)
  end
  test.equal(y[{ 2, 3 }], wanted[{ 2, 3 }])
  test.truth(result() == wanted, "equality")
end)

test("integers that a turned divisor has no result for", function()
  local a, b = tensor.arange(12):to "i64":view(4, 3):t(), tensor.arange(12):to "i64":view(4, 3):t() * 1
  test.truth(same(a // (b + 1), row_by_row(function() return a // (b + 1) end)), "a quotient")
  test.fails_with({ "division by zero", "whose element 11 is 0" }, function() return a // (b - 9) end)
end)

test("sums are the same before and after somebody looked", function()
  private.lay_from(4096)
  local sums = { function(y) return y:sum() end, function(y) return y:mean() end, function(y) return y:sum(1) end,
    function(y) return y:sum(2) end, function(y) return y:norm() end, function(y) return y:var() end,
    function(y) return nn.l1 { y, y * 0, reduction = "sum" } end, function(y) return nn.mse(y, y * 0) end }
  for _, f in ipairs(sums) do
    for _, look in ipairs { tostring, function(y) return y[1] end, function(y) return y:view(-1) end } do
      tensor.seed(1)
      local y = tensor.randn(70, 65):t() * 2
      local before = f(y)
      look(y)
      test.truth(same(before, f(y)), "a sum")
      local function gradient(looks)
        tensor.seed(2)
        local x, row = tensor.randn(70, 65):requires_grad(), tensor.randn(70):requires_grad()
        local h = x:t() * 2 + row
        if looks then look(h) end
        local out = (h / h:sum()):tanh()
        if looks then look(out) end
        out:sum():backward()
        return x.grad, row.grad
      end
      local a, b = gradient(false)
      local c, d = gradient(true)
      test.truth(same(a, c) and same(b, d), "gradients")
    end
  end
  private.lay_from(2)
end)

test("losses of turned inputs, alike and not", function()
  local scores = { "mse", "l1", "smooth_l1", "huber", "bce_logits", "focal", "bce", "kl_div" }
  each({ test.reals, scores }, function(dtype, name)
    local shape = { 33, 70, dtype = dtype }
    local a, b = tensor.rand(shape) * 0.8 + 0.1, tensor.rand(shape) * 0.8 + 0.1
    each({ { "mean", "sum", "none" } }, function(reduction)
      local function loss(x, t) return nn[name] { x, t, reduction = reduction } end
      local wanted = loss(a, b)
      wanted = reduction == "none" and wanted:t() or wanted
      test.close(loss(a:t() * 1, b:t() * 1), wanted, 1e-5)
      each({ test.ways(a:t()), test.ways(b:t()) }, function(x, t) test.close(loss(x, t), wanted, 1e-5) end)
    end)
    local x = a:t():contiguous():t():requires_grad()
    nn[name](x:t(), b:t()):backward()
    local y = a:clone():requires_grad()
    nn[name](y, b):backward()
    test.close(x.grad, y.grad, 1e-6)
  end)
  each({ test.reals }, function(dtype)
    local shape = { 33, 70, dtype = dtype }
    local a, b, w = tensor.rand(shape) * 0.8 + 0.1, tensor.rand(shape) * 0.8 + 0.1, tensor.rand(shape)
    for _, weight in ipairs { w:t(), w:t():contiguous(), w:t()[{ { 1, 1 } }] } do
      test.close(nn.bce_logits(a:t(), b:t(), weight),
        nn.bce_logits(a:t():contiguous(), b:t():contiguous(), weight:contiguous()), 1e-5)
    end
  end)
end)

-- --- gradients ---------------------------------------------------------------------------------------------------

local losses = {
  function(x) return (x:t() * 2):sum() end, function(x) return x:t():sigmoid():sum() end,
  function(x, w) return (x:t():tanh() * w:t()):exp():mean() end,
  function(x, w) return (x:t() * 3 + w:t()):mm(x) end, -- a seed of its own
  function(x) local y = x:t() * 2 return (y * y):sum() + y[1]:sum() + y:view(-1):square():sum() end,
  function(x, w) local y = x:t() * 2 return (y + w:t():exp() * y):softmax(2) end,
  function(x, w) local h = x:t():tanh() return tensor.cat({ h, h * w:t() }, 1) end,
  function(x, w) return tensor.where(x:t():gt(0), x:t() * w:t(), w:t()) + x:t():select(1, 1) end,
  function(x) return x:view(5, 3, 2):permute(3, 2, 1):sigmoid():to "f64" * 2 end,
  function(x, w) return (x:t() + w:t()) end, function(x) return x:t():abs():sqrt():sum(1) end,
}
test("gradients: the same numbers, in leaves row by row", function()
  each({ losses, { "plain", "turned", "repeated" } }, function(f, seed)
    local function run()
      tensor.seed(3)
      local x, w = tensor.randn(5, 6):requires_grad(), tensor.randn(5, 6):requires_grad()
      local loss = f(x, w)
      local shape = loss.shape
      local g = tensor.randn { dtype = loss.dtype, table.unpack(shape) }
      if seed == "turned" and #shape > 1 then g = g:transpose(1, 2):contiguous():transpose(1, 2) end
      if seed == "repeated" then g = tensor.ones { dtype = loss.dtype }:expand(shape) end
      loss:backward(g)
      local first = x.grad:clone()
      f(x, w):backward(g)
      return first, x.grad, w.grad or tensor.zeros(1)
    end
    local a, b, c = run()
    local d, e, g = row_by_row(run)
    test.close(a, d, 1e-6)
    test.close(b, e, 1e-6)
    test.close(c, g, 1e-6)
    assert(b:is_contiguous() and c:is_contiguous())
    b:view(-1):zero_()
    test.equal(b:abs():sum():item(), 0.0)
  end)
end)

test("a gradient that is passed on belongs to one leaf", function()
  local x, w = tensor.randn(5, 6):requires_grad(), tensor.randn(6, 5):requires_grad()
  local g = tensor.ones(6, 5)
  local y = x:t() + w;
  (y * 1):backward(g)
  x.grad:zero_()
  test.equal(w.grad:sum():item(), 30.0)
  test.equal(g:sum():item(), 30.0);
  (x:t() * 1):sum():backward { retain = true };
  (x:t() * 1):backward(g)
  test.equal(x.grad:sum():item(), 60.0)
  local v = tensor.zeros(6, 5):requires_grad()
  v:view(5, 6):backward(tensor.ones(5, 6))
  v.grad:add_(1)
  test.equal(v.grad:sum():item(), 60.0)
end)

test("what backward saved is what it was, though its result was laid since", function()
  local x = tensor.randn(5, 6):requires_grad()
  local y = x:t():exp()
  local _ = y:detach()
  y:sum():backward()
  test.close(x.grad, x:detach():exp(), 1e-6)
end)

test.done()
