--- fuse.lua: chains of pointwise ops in one pass (loop/fuse.h).  Here every op waits, from one element on, and what
-- waits is NaN: whoever reads before it is computed is found out.
local test = dofile "tests/check.lua"
local private = test.inside.lunette
private.fuse_from(1, true)

--- f without waiting.
local function at_once(f, ...)
  local was = private.fuse_from(-1)
  local results = table.pack(f(...))
  private.fuse_from(was, true)
  return table.unpack(results, 1, results.n)
end

--- The same numbers, NaN where NaN is.
local function same(a, b)
  return at_once(function()
    return a.dtype == b.dtype and tensor.same_shape(a, b) and (a:eq(b) | (a:ne(a) & b:ne(b))):all():item()
  end)
end

-- --- the same bits ---------------------------------------------------------------------------------------------

local unary = { "neg", "abs", "sign", "exp", "log", "sqrt", "rsqrt", "square", "reciprocal", "tanh", "sigmoid", "relu",
  "relu6", "hardtanh", "hardswish", "hardsigmoid", "leaky_relu", "silu", "gelu", "gelu_tanh", "erf", "softplus", "sin",
  "cos", "floor", "ceil", "round", "log1p", "tan" } -- tan does not wait
local binary = { "add", "sub", "mul", "div", "maximum", "minimum", "floordiv", "remainder", "gt" } -- nor the last 2

--- Tensors that broadcast to {rows, columns}: whole, transposed, sliced, a row, a column, one element.
local function leaves(rows, columns, dtype)
  local o = { dtype = dtype }
  local function randn(...)
    local shape = { ... }
    shape.dtype = dtype
    return tensor.randn(shape)
  end
  local wide = randn(rows, 2 * columns)
  return { randn(rows, columns), randn(columns, rows):t(), wide[{ {}, { 1, 2 * columns, 2 } }], randn(columns),
    randn(rows, 1), tensor(0.75, o), randn(rows, columns) }
end

--- A program of random steps: {op, arguments}, where a number k stands for value k, and {v} for the number v.
local function random_program(random, leaf_count, length)
  local program = {}
  for k = 1, length do
    local function value()
      local near = random(3) == 1 and 0 or k - 1 -- mostly among the last results: chains
      return random(math.max(1, leaf_count + near - 4), leaf_count + k - 1)
    end
    local kind, first = random(8), value()
    if kind <= 3 then program[k] = { unary[random(#unary)], first }
    elseif kind == 4 then program[k] = { "clamp", first, { -0.5 }, { 1.5 } }
    elseif kind == 5 then program[k] = { "lerp", first, value(), random(2) == 1 and value() or { 0.25 } }
    elseif kind == 6 and random(2) == 1 then program[k] = { "pow", first, { random(-2, 6) / 2 } }
    elseif kind == 6 then program[k] = { binary[random(#binary)], first, { random(-2, 2) + 0.5 } }
    else program[k] = { binary[random(#binary)], first, value() } end
  end
  return program
end

local function run(program, list)
  local values = table.move(list, 1, #list, 1, {})
  for _, step in ipairs(program) do
    local arguments = {}
    for i = 2, #step do
      local a = step[i]
      arguments[i - 1] = type(a) == "table" and a[1] or values[a]
    end
    local y = tensor[step[1]](table.unpack(arguments))
    values[#values + 1] = y.dtype == "bool" and y:to(list[1].dtype) or y
  end
  return values
end

local function text(program)
  local lines = {}
  for k, step in ipairs(program) do
    local words = {}
    for i = 2, #step do words[i - 1] = tostring(type(step[i]) == "table" and step[i][1] or step[i]) end
    lines[k] = ("%s(%s)"):format(step[1], table.concat(words, ", "))
  end
  return table.concat(lines, " ")
end

--- All values of a program, read from the last to the first or the other way round.
local function check_program(program, list, backwards)
  local wanted = at_once(run, program, list)
  local got = run(program, list)
  local first, last, step = 1, #got, 1
  if backwards then first, last, step = #got, 1, -1 end
  for k = first, last, step do
    if not same(wanted[k], got[k]) then
      test.fail(("value %d of %d: %s"):format(k - #list, #got - #list, text(program)))
    end
  end
end

for _, dtype in ipairs { "f32", "f64" } do
  for _, size in ipairs { { 1, 1 }, { 3, 5 }, { 1, 2500 }, { 40, 700 }, { 300, 257 } } do
    test(("random chains on %s[%d,%d] have the bits of single ops"):format(dtype, size[1], size[2]), function()
      tensor.seed(size[2])
      local list = leaves(size[1], size[2], dtype)
      math.randomseed(size[1], size[2])
      for n = 1, size[1] * size[2] < 1000 and 150 or 15 do
        check_program(random_program(math.random, #list, math.random(1, 40)), list, n % 2 == 0)
      end
    end)
  end
end

test("the result does not depend on the number of threads", function()
  local x, before = tensor.randn(200001), lunette.threads()
  local function chain() return ((x * 0.8 + x * x * x * 0.04):tanh() * x * 0.5 + x * 0.5):realize() end
  local wanted = at_once(chain)
  for n = 1, 4 do
    lunette.threads(n)
    assert(same(wanted, chain()), n)
  end
  lunette.threads(before)
end)

-- --- a change in place finds nobody waiting ----------------------------------------------------------------------

local changes = {
  add_ = function(x) x:add_(1) end,
  ["x + itself"] = function(x) x:add_(x) end,
  fill_ = function(x) x:fill_(7) end,
  zero_ = function(x) x:zero_() end,
  copy_ = function(x) x:copy_(tensor.ones(x.shape)) end,
  row = function(x) x[2] = 5 end,
  slice = function(x) x[{ {}, { 1, 2 } }] = 5 end,
  mask = function(x) x[x:gt(0)] = 5 end,
  rows = function(x) x[tensor({ 1, 3 }, { dtype = "i64" })] = 5 end,
  view = function(x) x:t():mul_(3) end,
  ["what waits for it"] = function(x) x:add_(x * 2 + 1) end,
  ema = function(x) optim.ema(x, tensor.ones(x.shape), 0.5) end,
  step = function(x)
    x:requires_grad()
    x.grad = tensor.ones(x.shape)
    optim.SGD { { x }, lr = 0.1 }:step()
    x:requires_grad(false)
  end,
  ["clip_grad_norm"] = function(x)
    local w = tensor.zeros(x.shape):requires_grad()
    w.grad = x
    optim.SGD { { w }, lr = 0.1 }:clip_grad_norm(0.1)
  end,
}
for name, change in pairs(changes) do
  test("a result that waits is not touched by " .. name, function()
    for _, through in ipairs { "x", "chain", "slice" } do
      local x = tensor.randn(4, 5)
      local whole = through == "chain" and x * 1.5 or x
      local seen = through == "slice" and whole[{ { 1, 3 } }] or whole
      local wanted = at_once(function() return seen:clone() * 2 + 1 end)
      local y = seen * 2 + 1
      change(whole)
      assert(same(wanted, y), through)
    end
  end)
end

test("running statistics change after what waits for them is computed", function()
  local norm = nn.BatchNorm2d(3)
  local y = norm.running_mean * 2 + 1
  norm(tensor.randn(2, 4, 4, 3) + 5)
  assert(same(y, tensor.ones(3)))
  assert(norm.running_mean:sum():item() > 0.5)
end)

-- --- whoever reads -----------------------------------------------------------------------------------------------

test("every way to read a tensor finds its elements", function()
  local function y() return tensor.ones(2, 2) * 3 + 1 end
  test.equal(y():sum():item(), 16.0)
  test.equal(y()[1][2], 4.0)
  test.equal(y():totable()[2][2], 4.0)
  test.equal((y()[1] == tensor { 4, 4 }), true)
  test.equal(tostring(y()):match "4", "4")
  test.equal(tostring((tensor.ones(1) * 3)):match "3", "3")
  test.equal("" .. (tensor.ones(1) * 3), "3")
  test.equal(y():at(1, 1):item(), 4.0)
  test.equal(y():t():sum():item(), 16.0)
  test.equal(y():detach():sum():item(), 16.0)
  test.equal(tensor.cat({ y(), y() }, 1):sum():item(), 32.0)
  test.equal(y():mm(y()):sum():item(), 128.0)
  test.equal(tensor.ones(1) * 3 < tensor.ones(1) * 4, true)
  test.equal(tensor { 1, 2, 3 }[(tensor { 1, 2, 3 } * 2):gt(3)]:sum():item(), 5.0)
  local path = os.tmpname() .. ".npy"
  assert(tensor.save(path, y()))
  test.equal(tensor.load(path):sum():item(), 16.0)
  assert(tensor.save(path, y() * 0 + 2))
  test.equal(tensor.load(path):sum():item(), 8.0)
end)

test("its description is there at once", function()
  local y = tensor.ones(2, 3) * 2
  test.equal(tostring(y.shape), "[2,3]")
  test.equal(y:size(2), 3)
  test.equal(y:numel(), 6)
  test.equal(#y, 2)
  test.equal(y.dtype, "f32")
end)

test("gradients: what waits can become a leaf, and an input of a record", function()
  local w = (tensor.ones(3) * 2):requires_grad()
  local factor = tensor.ones(3) * 3 + 1
  (w * factor + factor):sum():backward()
  test.equal(w.grad:sum():item(), 12.0)
  local y = w.grad * 2 + 1
  (w * 5):sum():backward()
  test.equal(y:sum():item(), 27.0)
  test.equal(w.grad:sum():item(), 27.0)
end)

--- How many ops that waited f computes.
local function computed(f)
  local _, before = private.fuse_from(1, true)
  f()
  local _, after = private.fuse_from(1, true)
  return after - before
end

test("what lies between is computed twice at most, however often it is read", function()
  local h = tensor.randn(100)
  for _ = 1, 5 do h = (h * 0.5):tanh() end
  local function read() (h + 1):sum():item() end
  test.equal(computed(read), 11) -- on the way: not kept
  test.equal(computed(read), 11) -- again: kept
  test.equal(computed(read), 1)
  test.equal(computed(function() h:sum():item() end), 0)
end)

test("a chain has an end: a loop that nobody reads does not pile up", function()
  local x = tensor.randn(100)
  test.equal(computed(function()
    for _ = 1, 1000 do x = x * 0.999 end
  end) >= 900, true)
end)

test("a clock read after an op measures the op; what lies between is no end", function()
  local x = tensor.randn(100)
  local y, z
  test.equal(computed(function()
    y = (x * 2):tanh()
    lunette.clock()
  end), 2)
  test.equal(computed(function() lunette.clock() end), 0)
  test.equal(computed(function()
    z = y + 1
    z:realize()
  end), 1)
end)

-- --- failing -----------------------------------------------------------------------------------------------------

test("shapes that clash are an error where they meet", function()
  test.fails("add: shapes do not broadcast: left f32[2], right f32[3]", function()
    return tensor.ones(2) * 2 + tensor.ones(3)
  end)
end)

test("no memory is an error of the op that wants it, and reading needs none", function()
  local x = tensor.randn(1000)
  local kept = {}
  test.run_out("a chain", 60, function()
    kept = {}
    for k = 1, 6 do kept[k] = (kept[k - 1] or x) * 1.01 + 1 end
  end)
  private.fail_after(0)
  local ok = pcall(function() return kept[6]:realize() end)
  private.fail_after(-1)
  assert(ok)
  test.equal(kept[6]:isfinite():all():item(), true)
end)

test("nothing is left behind", function()
  local x = tensor.randn(1000)
  collectgarbage()
  collectgarbage()
  local before = lunette.memory().live
  for _ = 1, 100 do
    local y = x
    for _ = 1, 30 do y = y * 0.99 + x end
    if math.random(2) == 1 then y:sum():item() end
  end
  collectgarbage()
  collectgarbage()
  test.equal(lunette.memory().live, before)
end)

test("the anomaly mode looks at once", function()
  tensor.anomaly(true)
  local ok, e = pcall(function() return tensor.zeros(3):log() end)
  tensor.anomaly(false)
  assert(not ok and tostring(e):find "log", e)
end)

test.done()
