--- golden.lua: results and gradients against PyTorch's (tests/golden/*.lua, made by the makers beside them), in f64
-- and f32; of ops that PyTorch does not have against what they are in others (tests/golden/defined.lua).
local test = dofile "tests/check.lua"
local cases = {}
local function add(list, path)
  local lines = {}
  for line in io.lines(path) do lines[#lines + 1] = line end
  for _, c in ipairs(list) do
    local code = lines[debug.getinfo(c.f, "S").linedefined]:match "f = (.*)$"
    c.code, c.other = code:match "^(.-), by = (.*)$"
    c.code = c.code or code
    cases[#cases + 1] = c
  end
end
for _, file in ipairs { "ops", "find", "image", "linalg", "signal", "loss", "more", "added" } do
  add(dofile("tests/golden/" .. file .. ".lua"), "tests/golden/" .. file .. ".lua")
end

local function tensor_of(x, dtype)
  local numbers = x[1]
  if #numbers == 0 then
    local shape = table.move(x.shape, 1, #x.shape, 1, { dtype = x.ids and "i64" or dtype })
    return tensor.zeros(shape)
  end
  if #x.shape == 0 then return tensor(numbers[1], { dtype = dtype }) end
  return tensor(numbers, { dtype = x.ids and "i64" or dtype }):reshape(x.shape)
end

local function inputs(c, dtype)
  local list = {}
  for i, x in ipairs(c.x) do
    list[i] = tensor_of(x, dtype)
    if not x.ids then list[i]:requires_grad() end
  end
  return list
end

-- cos(0), cos(1), ...: what the maker weighs the results with.
local function weights(y)
  local w = {}
  for k = 1, y:numel() do w[k] = math.cos(k - 1) end
  return y:dim() == 0 and tensor(1, { dtype = y.dtype }) or tensor(w, { dtype = y.dtype }):reshape(y.shape)
end

-- The numbers of a case of defined.lua, as a maker would write them.
local function numbers_of(t) return { shape = t.shape, t:reshape(-1):totable() } end
local function define(c, rng)
  local x = {}
  for i, shape in ipairs(c.shapes) do
    local lo, hi = c.lo or -2, c.hi or 2
    x[i] = tensor.rand { rng = rng, dtype = "f64", table.unpack(shape) } * (hi - lo) + lo
    x[i] = x[i]:detach():requires_grad()
  end
  local y = c.by(table.unpack(x))
  if y.needs_grad then y:backward(weights(y)) end
  c.x, c.y, c.dx = {}, numbers_of(y:detach()), {}
  for i, t in ipairs(x) do
    c.x[i] = numbers_of(t:detach())
    if y.needs_grad then c.dx[i] = numbers_of(t.grad) end
  end
end
local defined, rng = dofile("tests/golden/defined.lua").ops, tensor.rng(3)
for _, c in ipairs(defined) do define(c, rng) end
add(defined, "tests/golden/defined.lua")

local function check(c, dtype, tol)
  local x = inputs(c, dtype)
  local y = c.f(table.unpack(x))
  test.close(y:detach(), tensor_of(c.y, "f64"), tol)
  if #c.dx == 0 then return end
  y:backward(weights(y))
  for i, dx in ipairs(c.dx) do
    if dx then test.close(x[i].grad, tensor_of(dx, "f64"), tol) end
  end
end

for _, c in ipairs(cases) do
  test(c.name .. " f64", function() check(c, "f64", 1e-9) end)
  test(c.name .. " f32", function() check(c, "f32", 2e-4) end)
end
-- How a case calls an op: by its name, or as written here.
local written = { add = "[%w)] %+ ", sub = "[%w)] %- ", mul = "[%w)] %* ", div = "[%w)] / ", pow = "%^",
  slice = 'a%[["{]', index = "a%[b%]", ["repeat"] = '"repeat"' }
-- Random: what comes out is no golden value; tests/lang/random.lua looks at how often what comes.
local random = { multinomial = true }

test("every op has three cases at least, and three of its gradient", function()
  local few = {}
  for _, op in ipairs(lunette.ops()) do
    local forward, gradient, other = 0, 0, written[op.name]
    for _, c in ipairs(cases) do
      if c.code:find("[:.]" .. op.name .. "%f[^%w_]") or other and c.code:find(other) then
        forward = forward + 1
        if #c.dx > 0 then gradient = gradient + 1 end
      end
    end
    if not random[op.name] and (forward < 3 or op.has_backward and gradient < 3) then
      few[#few + 1] = ("%s (%d, %d)"):format(op.name, forward, gradient)
    end
  end
  test.equal(table.concat(few, ", "), "", "tests/golden/defined.lua or a maker beside it wants more cases of")
end)
test("no op is defined by itself", function()
  for _, c in ipairs(defined) do
    for name in c.code:gmatch "[:.]([%a_][%w_]*)%(" do
      if tensor.methods[name] and name ~= "t" then
        test.truth(not c.other:find("[:.]" .. name .. "%f[^%w_]"), c.name .. ": by has " .. name)
      end
    end
  end
end)

-- Forward and back.
local function run_out(c)
  local x = inputs(c, "f32")
  return test.run_out(c.name, 500, function()
    local y = c.f(table.unpack(x))
    if #c.dx > 0 then y:sum():backward() end
  end)
end
test("an allocation that fails is an error in every case, and leaves nothing", function()
  local group, failures = 40, 0
  for first = 1, #cases, group do
    local last = math.min(first + group - 1, #cases)
    for i = first, last do cases[i].f(table.unpack(inputs(cases[i], "f32"))) end -- what is made once is there
    local before = test.live()
    for i = first, last do failures = failures + run_out(cases[i]) end
    test.equal(test.live(), before, ("live tensors after the cases from '%s' to '%s'"):format(cases[first].name,
      cases[last].name))
  end
  test.truth(failures > 5 * #cases, failures .. " failures, which")
end)
test("the results do not depend on the number of threads", function()
  local before = lunette.threads()
  for _, c in ipairs(cases) do
    lunette.threads(1)
    local one = c.f(table.unpack(inputs(c, "f32"))):detach()
    lunette.threads(4)
    local four = c.f(table.unpack(inputs(c, "f32"))):detach()
    if one ~= four then test.same(four, one:totable()) end -- NaN is not equal to itself
  end
  lunette.threads(before)
end)
test.done()
