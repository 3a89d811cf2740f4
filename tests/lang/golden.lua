--- golden.lua: results and gradients against PyTorch's (tests/golden/*.lua, made by the makers beside them), in f64
-- and f32.
local test = dofile "tests/check.lua"
local cases = {}
for _, file in ipairs { "ops", "find", "image", "linalg", "signal", "loss", "more", "added" } do
  local path, lines = "tests/golden/" .. file .. ".lua", {}
  for line in io.lines(path) do lines[#lines + 1] = line end
  for _, c in ipairs(dofile(path)) do
    c.code = lines[debug.getinfo(c.f, "S").linedefined]:match "f = (.*)$"
    cases[#cases + 1] = c
  end
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
  test.equal(table.concat(few, ", "), "")
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
    local before, last = test.live(), math.min(first + group - 1, #cases)
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
