--- grad.lua: GRAD of the language.
local test = dofile "tests/check.lua"
local function leaf(v) return tensor(v, { dtype = "f64" }):requires_grad() end

test("backward fills grad", function()
  local w = leaf { 1, 2, 3 };
  (w * w):sum():backward()
  test.same(w.grad, { 2, 4, 6 })
end)
test("grad adds up until zero_grad", function()
  local w = leaf { 1, 2 }
  w:sum():backward()
  w:sum():backward()
  test.same(w.grad, { 2, 2 })
  w:zero_grad()
  test.equal(w.grad, nil)
  w:sum():backward()
  test.same(w.grad, { 1, 1 })
end)
test("grad can be set to nil and to a tensor", function()
  local w = leaf { 1, 2 }
  w:sum():backward()
  w.grad = nil
  test.equal(w.grad, nil)
  w.grad = tensor({ 5, 6 }, { dtype = "f64" })
  test.same(w.grad, { 5, 6 })
end)
test("a seed for a result that is no scalar", function()
  local w = leaf { 1, 2 };
  (w * 3):backward(tensor({ 1, 10 }, { dtype = "f64" }))
  test.same(w.grad, { 3, 30 })
end)
test("requires_grad is chained, asked for and taken back", function()
  local w = tensor.randn(3, 3):requires_grad()
  test.equal(w.needs_grad, true)
  test.equal(w.is_leaf, true)
  test.equal((w * 2).is_leaf, false)
  test.equal((w * 2).needs_grad, true)
  test.equal(w:requires_grad(false).needs_grad, false)
  test.equal(tensor.zeros(2, { requires_grad = true }).needs_grad, true)
end)
test("detach cuts, and shares storage", function()
  local w = leaf { 1, 2 }
  local d = (w * 2):detach()
  test.equal(d.needs_grad, false)
  test.equal(w:detach().needs_grad, false)
  w:detach()[1] = 7
  test.equal(w[1], 7.0)
end)
test("no_grad as a function, with results and arguments", function()
  local w = leaf { 1, 2 }
  local a, b = tensor.no_grad(function(x, y) return x * 2, y end, w, "b")
  test.equal(a.needs_grad, false)
  test.equal(b, "b")
  test.equal((w * 2).needs_grad, true)
end)
test("no_grad as a guard", function()
  local w = leaf { 1, 2 }
  do
    local _ <close> = tensor.no_grad() -- luacheck: ignore
    test.equal((w * 2).needs_grad, false)
  end
  test.equal((w * 2).needs_grad, true)
end)
test("no_grad ends with an error too", function()
  pcall(tensor.no_grad, function() error "x" end)
  test.equal(tensor.is_recording(), true)
end)
test("no_grad as a statement is an error, in whatever it is left behind, and leaves recording on", function()
  local alone = "no_grad: alone it would hold for ever. tensor.no_grad(function() ... end), or "
    .. "local _ <close> = tensor.no_grad() up to the end of the block"
  local kept = setmetatable({}, { __newindex = function() end })
  for _, f in ipairs { function() tensor.no_grad() return 1 end, function() kept.name = tensor.no_grad() return 1 end,
    function() return #{ tensor.no_grad() } end, function() type(tensor.no_grad()) return 1 end } do
    test.fails(alone, f)
    test.equal(tensor.is_recording(), true)
  end
  for _, f in ipairs { function() tensor.no_grad() end, function() tensor.no_grad() return end,
    function(y) tensor.no_grad() return y end } do   -- right before a return: it is this function's, not its caller's
    local ok, why = pcall(function()
      local own, message = pcall(f, 1)
      test.truth(not own, "the statement's own function raises")
      error(message, 0)
    end)
    local line = "grad.lua:" .. debug.getinfo(f, "S").linedefined
    test.truth(not ok and why:find(alone, 1, true) and why:find(line, 1, true), why)
    test.equal(tensor.is_recording(), true)
  end
  local function held(y) local guard <close> = tensor.no_grad() return y end  -- luacheck: ignore
  test.equal(held(3), 3)
  test.fails((alone:gsub("no_grad", "enable_grad")), function() tensor.enable_grad() return 1 end)
  local function quiet() return tensor.no_grad() end     -- a function of one's own may give it
  do
    local guard <close> = quiet()  -- luacheck: ignore
    test.equal(tensor.is_recording(), false)
    local one, other <close> = 1, tensor.enable_grad()  -- luacheck: ignore
    test.equal(tensor.is_recording(), true)
  end
  test.equal(tensor.is_recording(), true)
  local counted, count = 0, 3                               -- a debugger's hook stays
  debug.sethook(function() counted = counted + 1 end, "", count)
  do
    local guard <close> = tensor.no_grad()  -- luacheck: ignore
    for _ = 1, 100 do counted = counted + 0 end
  end
  local _, mask, every = debug.gethook()
  debug.sethook()
  test.truth(counted > 30 and mask == "" and every == count, "the hook of before")
end)
test("a coroutine has recording on or off for itself", function()
  local seen = {}
  local function note(who) seen[#seen + 1] = who .. (tensor.is_recording() and "+" or "-") end
  local function body()
    tensor.no_grad(function()
      note "in"
      coroutine.yield()
      note "in"
    end)
    note "in"
    coroutine.yield()
    note "in"
  end
  for _, make in ipairs { coroutine.wrap, function(f)
    local co = coroutine.create(f)
    return function() assert(coroutine.resume(co)) end
  end } do
    local step = make(body)
    step()
    note "out"
    tensor.no_grad(step)      -- its no_grad ends there; then it is as whoever resumes it
    note "out"
    step()
    test.equal(table.concat(seen, " "), "in- out+ in- in- out+ in+")
    seen = {}
  end
  local step = coroutine.wrap(body)  -- begun within, gone on with without
  tensor.no_grad(step)
  step()
  test.equal(table.concat(seen, " "), "in- in- in+")
  local left = coroutine.create(body) -- left behind, and closed
  coroutine.resume(left)
  test.equal(tensor.is_recording(), true)
  test.truth(coroutine.close(left))
  test.equal(tensor.is_recording(), true)
  local thrown = coroutine.create(function() tensor.no_grad(error, "no") end)
  test.equal(coroutine.resume(thrown), false)
  test.equal(tensor.is_recording(), true)
end)
test("broadcast operands get summed gradients", function()
  local a, b = leaf { { 1, 2, 3 }, { 4, 5, 6 } }, leaf { 1, 1, 1 };
  (a + b):sum():backward()
  test.same(b.grad, { 2, 2, 2 })
  local c = leaf { { 2 }, { 3 } };
  (a:detach() * c):sum():backward()
  test.same(c.grad, { { 6 }, { 15 } })
  local s = leaf(2);
  (a:detach() * s):sum():backward()
  test.equal(s.grad:item(), 21.0)
end)
test("a tensor used twice, and diamonds", function()
  local x = leaf { 2, 3 }
  local y = x * x
  local z = y + y * x;
  z:sum():backward()
  test.same(x.grad, { 2 * 2 + 3 * 4, 2 * 3 + 3 * 9 })
end)
test("through views", function()
  local x = leaf { { 1, 2, 3 }, { 4, 5, 6 } }
  x[":, 2"]:sum():backward()
  test.same(x.grad, { { 0, 1, 0 }, { 0, 1, 0 } })
  x:zero_grad()
  x:t()["1:2, ::-1"]:mul(tensor({ { 1, 2 }, { 3, 4 } }, { dtype = "f64" })):sum():backward()
  test.same(x.grad, { { 2, 4, 0 }, { 1, 3, 0 } })
  x:zero_grad()
  x:at(2, 1):backward()
  test.same(x.grad, { { 0, 0, 0 }, { 1, 0, 0 } })
  x:zero_grad()
  x["..., new"]:sum():backward()
  test.same(x.grad, tensor.ones(2, 3))
end)
test("through masks and index tensors, repeated rows added", function()
  local x = leaf { 1, -2, 3 }
  x[x:gt(0)]:sum():backward()
  test.same(x.grad, { 1, 0, 1 })
  x:zero_grad()
  x[tensor({ 1, 1, 3 }, { dtype = "i64" })]:sum():backward()
  test.same(x.grad, { 2, 0, 1 })
end)
test("max passes to the place it came from", function()
  local x = leaf { { 1, 5, 2 }, { 7, 3, 4 } }
  x:max(2):sum():backward()
  test.same(x.grad, { { 0, 1, 0 }, { 1, 0, 0 } })
end)
test("integers and comparisons stop gradients", function()
  local x = leaf { 1, -1 }
  test.equal(x:gt(0).needs_grad, false)
  test.equal(x:argmax().needs_grad, false);
  (x * x:gt(0):to "f64"):sum():backward()
  test.same(x.grad, { 1, 0 })
end)
test("through casts", function()
  local x = tensor({ 1, 2 }):requires_grad();
  (x:to "f64" * 3):sum():backward()
  test.dtype(x.grad, "f32")
  test.same(x.grad, { 3, 3 })
  local w = leaf { 2 };
  (tensor({ 3 }) * w):sum():backward()
  test.same(w.grad, { 3 })
end)
test("a second backward needs retain", function()
  local x = leaf { 2 }
  local y = (x * x):sum()
  y:backward { retain = true }
  y:backward()
  test.same(x.grad, { 8 })
  test.fails_with({ "backward" }, function() y:backward() end)
end)
test("a deep chain does not overflow the stack", function()
  local x = leaf { 1 }
  local y = x
  for _ = 1, 100000 do y = y + 1 end
  y:backward()
  test.same(x.grad, { 1 })
end)
test("a change in place of what backward needs is an error", function()
  local x = leaf { 1, 2 }
  local h = x * 2
  local y = (h * h):sum()
  tensor.no_grad(function() h:add_(1) end)
  test.fails_with({ "in place" }, function() y:backward() end)
end)
test("calls that make no sense", function()
  test.fails_with({ "backward" }, function() tensor { 1 }:backward() end)
  test.fails_with({ "backward" }, function() leaf { 1, 2 }:mul(2):backward() end)
  test.fails_with({ "backward" }, function() leaf { 1, 2 }:mul(2):backward(tensor { 1, 2, 3 }) end)
  local y = leaf { 1 }:sum()
  test.fails("backward: unknown option 'keep'. Options: retain", function() y:backward { keep = true } end)
  test.fails_with({ "requires_grad: f64[1] is the result of an op; use x:detach()" },
    function() leaf { 1 }:mul(2):requires_grad(false) end)
end)
test("gradcheck says yes to what is right", function()
  local ok, worst = tensor.gradcheck(function(a, b) return (a * b):tanh():sum(1) end, leaf { { 1, 2 }, { 3, 4 } },
    leaf { 0.1, -0.2 })
  test.truth(ok and worst < 1e-6, "a right gradient passing")
end)
test("gradcheck takes an input itself, and says what it cannot check", function()
  test.truth(tensor.gradcheck(function(x) return x end, leaf { 1, 2 }), "identity")
  test.fails("gradcheck: the function must return a tensor, got number", tensor.gradcheck, function() return 5 end,
    leaf { 1 })
  test.fails("gradcheck: what the function returns depends on none of its inputs", tensor.gradcheck,
    function() return tensor.ones(2) end, leaf { 1 })
end)
test("gradcheck says no to what is wrong", function()
  local ok, worst = tensor.gradcheck(function(a) return a * a:detach() end, leaf { 1, 2 })
  test.truth(not ok and worst > 0.1, "half a gradient failing")
end)
test("gradients do not depend on the number of threads", function()
  local before, first = lunette.threads(), nil
  for _, n in ipairs { 1, 2, 4 } do
    lunette.threads(n)
    local g = tensor.rng(3)
    local x, w = tensor.randn(257, 300, { rng = g }), tensor.randn(300, 65, { rng = g }):requires_grad()
    local b = tensor.zeros(65):requires_grad()
    local y = (x:mm(w) + b):tanh():sum(2):exp():mean()
    y:backward()
    first = first or { y:detach(), w.grad, b.grad }
    test.truth(y:detach() == first[1] and w.grad == first[2] and b.grad == first[3], "equality at " .. n .. " threads")
  end
  lunette.threads(before)
end)
-- The error of f in anomaly mode, with the lines of this file as "line".
local function anomaly_of(f)
  tensor.anomaly(true)
  local ok, e = pcall(f)
  tensor.anomaly(false)
  test.truth(not ok, "an error")
  return (tostring(e):gsub("tests/lang/grad%.lua:%d+", "line"))
end
test("anomaly mode names where the first NaN is born: op, ranges, modules, step, line", function()
  local x = leaf { -1, 4, 9 }
  test.equal(anomaly_of(function() x:sqrt():mul(2):sum():backward() end),
    "sqrt: result f64[3] has 1 NaN in 3 elements; x f64[3] is -1..9\n at line")
  test.equal(anomaly_of(function() return tensor { 1, 0 } / tensor { 0, 0 } end),
    "div: result f32[2] has 1 NaN and 1 inf in 2 elements; a f32[2] is 0..1; b f32[2] is 0..0\n at line")
  local zero = leaf { 0, 4 }
  test.equal(anomaly_of(function() zero:sqrt():sum():backward() end),
    "sqrt: the gradient of x, f64[2], has 1 inf in 2 elements; x f64[2] is 0..4\n forward at line\n at line")
  local net = nn.Sequential { nn.Linear(3, 4), nn.Lambda(function(v) return (v * 0 - 1):log() end), nn.Linear(4, 1) }
  test.equal(anomaly_of(function() net:fit { { tensor.ones(8, 3), tensor.ones(8, 1) }, loss = nn.mse, batch = 4,
    quiet = true } end), "log: result f32[4,4] has 16 NaN in 16 elements; x f32[4,4] is -1..-1\n"
    .. " in net > Sequential[2] > Lambda      input of net was f32[4,3]\n in fit: epoch 1, step 1\n at line")
  local root = nn.Sequential { nn.Lambda(function(v) return v:sqrt() end) }
  test.equal(anomaly_of(function() root(zero):sum():backward() end),
    "sqrt: the gradient of x, f64[2], has 1 inf in 2 elements; x f64[2] is 0..4\n"
    .. " forward in net > Sequential[1] > Lambda      input of net was f64[2], at line\n at line")
end)
test("cat of few and of many tensors: each gets its part of the gradient", function()
  for _, n in ipairs { 1, 2, 15, 16, 17, 18, 40 } do
    for dim = 1, 2 do
      local parts = {}
      for i = 1, n do
        local long = 1 + i % 4
        parts[i] = tensor.randn(dim == 1 and long or 3, dim == 1 and 3 or long):requires_grad()
      end
      local y = tensor.cat(parts, dim)
      local w, at = tensor.randn(y:size(1), y:size(2)), 1
      y:mul(w):sum():backward()
      for i = 1, n do
        local long = parts[i]:size(dim)
        test.same(parts[i].grad, w:narrow(dim, at, long))
        at = at + long
      end
    end
  end
end)

--- dx of f by its definition g(numbers, i), where a sum adds 2 to each before.
local function like_definition(f, x, g, what)
  local a = x:detach():clone():requires_grad();
  (a:sum() * 2):backward()
  f(a):backward()
  for i, v in ipairs(a.grad:flatten():totable()) do
    local want = 2 + g(x:flatten():totable(), i)
    test.truth(math.abs(v - want) <= 1e-5 * (1 + math.abs(want)) or v ~= v and want ~= want,
      ("%s at %d of %d: %s, not %s:"):format(what, i, x:numel(), v, want))
  end
end

test("gradients of products by their definition: any number, beside zeros", function()
  local function others(x, i)
    local p = 1
    for k, v in ipairs(x) do p = k == i and p or p * v end
    return p
  end
  local function later(x, i, step) -- sum of the products up to k, for k from i on, without x[i]
    local sum, p = 0, 1
    for k = (i - 1) % step + 1, #x, step do
      p = k == i and p or p * x[k]
      sum = k >= i and sum + p or sum
    end
    return sum
  end
  test.each({ test.reals, { 1, 2, 3, 4, 5, 8, 13, 40 }, { 0, 1, 2 } }, function(dtype, n, zeros)
    local x = tensor.rand { n, dtype = dtype } + 0.5
    for _ = 1, zeros do x[tensor.randint(1, n, 1):item()] = 0 end
    like_definition(function(a) return a:prod() end, x, others, "prod")
    like_definition(function(a) return a:cumprod(1):sum() end, x, function(v, i) return later(v, i, 1) end, "cumprod")
    local wide = tensor.rand { n, 70, dtype = dtype } * 0.5 + 0.7
    if zeros > 0 then wide[{ (n + 1) // 2, {} }] = 0 end
    like_definition(function(a) return a:cumprod(1):sum() end, wide, function(v, i) return later(v, i, 70) end,
      "columns")
  end)
end)

test("gradients of extremes go to ties in equal parts, and to NaN where that is the greatest", function()
  test.each({ test.reals, { 1, 2, 7, 33 }, { "max", "min" } }, function(dtype, n, op)
    local x = tensor.randint(1, 3, n):to(dtype)
    local best = x[op](x):item()
    local ties = x:eq(best):sum():item()
    like_definition(function(a) return a[op](a) * 3 end, x, function(v, i)
      return v[i] == best and 3 / ties or 0
    end, op)
    x[1] = 0 / 0
    like_definition(function(a) return a[op](a) end, x, function(_, i) return i == 1 and 1 or 0 end, op)
    local rows = tensor.randint(1, 3, 4, n, 3):to(dtype)
    local _, at = rows[op](rows, 2)
    like_definition(function(a) return (a[op](a, 2)):sum() end, rows, function(_, i)
      local r, k, c = (i - 1) // (3 * n) + 1, (i - 1) // 3 % n + 1, (i - 1) % 3 + 1
      return at[{ r, c }] == k and 1 or 0
    end, op)
  end)
end)

test.done()
