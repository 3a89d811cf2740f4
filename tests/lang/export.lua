--- export.lua: ops of arrays, and inputs of every form, as ONNX files that nn.onnx reads back with the same answers.
local test = dofile "tests/check.lua"

-- f(x, ...) as a network, written for a batch of 2 and 3 and read back, on the given tensors.
local function network(f)
  local Net = nn.class "Net"
  function Net:forward(...) return f(...) end -- luacheck: no self
  return Net()
end
local function there_and_back(f, ...)
  local net, path, inputs = network(f), os.tmpname(), { ... }
  assert(net:export(path, { input = #inputs == 1 and inputs[1] or inputs }))
  local got, want = table.pack(assert(nn.onnx(path))(...)), table.pack(f(...))
  test.truth(want.n <= 4 and got[want.n] ~= nil and got[want.n + 1] == nil, "as many results, of four at most")
  for i = 1, want.n do
    test.dtype(got[i], want[i].dtype)
    test.close(got[i], want[i], 2e-6)
  end
end

tensor.seed(3)
local x, y = tensor.randn(4, 5, 3), tensor.randn(4, 5, 3)
local square = tensor.randn(4, 3, 3)
local ids = tensor({ { 2, 1, 3, 3, 1 }, { 1, 1, 2, 3, 2 }, { 3, 2, 1, 1, 1 }, { 2, 2, 3, 1, 3 } }, { dtype = "i64" })
local equal = tensor { { 1, 3, 1, 3 }, { 2, 2, 2, 1 } } -- ties keep their order

local cases = {
  sort = function(a) return a:sort(2) end,
  ["sort, greatest first"] = { function(a) return a:sort { dim = 2, descending = true } end, equal },
  ["sort along the batch"] = function(a) return a:sort(1) end,
  argsort = { function(a) return a:argsort(2) end, equal },
  topk = function(a) return a:topk(2, 2) end,
  ["topk, least"] = function(a) return a:topk { k = 3, dim = 2, largest = false } end,
  kthvalue = function(a) return a:kthvalue(2, 2) end,
  ["kthvalue, keepdim"] = function(a) return a:kthvalue { k = 5, dim = 2, keepdim = true } end,
  median = function(a) return a:median { dim = 2 } end,
  cumsum = function(a) return a:cumsum(2) end,
  ["cumsum of a mask"] = function(a) return a:gt(0):cumsum(2) end,
  flip = function(a) return a:flip { 2, 3 } end,
  ["flip all"] = function(a) return a:flip() end,
  roll = function(a) return a:roll(2, 2), a:roll(-1, 3), a:roll(10, 2) end,
  tile = function(a) return a:tile(1, 2, 2), tensor.tile(a, { 2 }) end,
  ["tile with more numbers than dims"] = function(a) return a:tile(2, 1, 1, 3) end,
  triangles = { function(a) return a:tril(), a:triu(1), a:tril(-1) end, square },
  one_hot = { function(a) return a:one_hot(3) end, ids },
  take = { function(a, at) return a:take(at) end, x, ids },
  index_add = { function(a, b) return a:index_add(2, tensor({ 2, 2, 5, 1, 2 }, { dtype = "i64" }), b) end, x, y },
  scatter_reduce = { function(a, at, b) return a:scatter_reduce(2, at, b, { reduce = "prod" }) end, x:select(3, 1), ids,
    y:select(3, 1) },
  any = function(a) return a:gt(1):any(2), a:gt(-1):all(2), a:gt(0):any { dim = { 2, 3 }, keepdim = true } end,
  count_nonzero = function(a) return a:relu():count_nonzero(2) end,
  var = function(a) return a:var(2), a:var { dim = 3, unbiased = false, keepdim = true } end,
  ["var along the batch"] = function(a) return a:var { dim = 1, unbiased = false } end,
  std = function(a) return a:std(3), a:std { dim = { 2, 3 } } end,
  norm = function(a) return a:norm { dim = 2 }, a:norm { p = 1, dim = 3 }, a:norm { p = 3, dim = 2 } end,
  ["norm of extremes"] = function(a)
    return a:norm { p = 1 / 0, dim = 2 }, a:norm { p = -1 / 0, dim = 2 }, a:relu():norm { p = 0, dim = 2 }
  end,
  normalize = function(a) return nn.normalize(a), nn.normalize { a * 0, dim = 2 }, nn.normalize { a, p = 1 } end,
  cdist = { function(a, b) return a:cdist(b), a:cdist(b, 1) end, x, y },
  det = { function(a) return a:det() end, square },
  products = { function(a, b) return a:dot(b), a:outer(b) end, tensor.randn(4), tensor.randn(4) },
  grid_sample = { function(a, at)
    return nn.grid_sample(a, at), nn.grid_sample { a, at, mode = "nearest", padding = "border" },
      nn.grid_sample { a, at, padding = "reflection", align_corners = true }
  end, tensor.randn(4, 5, 6, 2), tensor.rand(4, 3, 4, 2) * 3 - 1.5 },
  elements = function(a)
    return a:exp2(), a:erfc(), a:cbrt(), (a * 3):trunc()
  end,
  activations = function(a)
    return (a * 4):hardsigmoid(), (a * 4):hardswish(), a:prelu(tensor { 0.25 }), a:prelu(a * 0.5)
  end,
  ["two elements"] = function(a) return (a * 3):fmod(2), (a * 3):remainder(-2), a:hypot(a + 1), a:logaddexp(-a) end,
  logarithms = function(a)
    local p = a:sigmoid()
    return p:logit(), a:logit { eps = 0.1 }, a:relu():xlogy(p), p:xlogy(2)
  end,
  isfinite = function(a) return (a:relu() / 0):isfinite() end,
  ["sums with products"] = { function(a, b)
    return a:addcmul(b, a), a:addcmul(b, a, { value = -0.5 }), a:addcdiv(b, 2, { value = 3 }), a:gt(0):addcmul(b, b)
  end, x, y },
  nan_to_num = function(a)
    local odd = (a:relu() - 0.5) / a:gt(0)
    return (a:relu() / 0):nan_to_num { nan = 2, posinf = 5 }, odd:nan_to_num(), odd:nan_to_num { neginf = -3 }
  end,
  ["whole numbers"] = { function(a) return a:remainder(2), a:fmod(2) end, ids - 2 },
}
local names = {}
for name in pairs(cases) do names[#names + 1] = name end
table.sort(names)
for _, name in ipairs(names) do
  test(name .. " goes to ONNX and back", function()
    local case = cases[name]
    if type(case) == "function" then case = { case, x } end
    there_and_back(table.unpack(case))
  end)
end

test("means of windows with gaps, and with a divisor of one's own", function()
  local picture, volume = tensor.randn(3, 9, 8, 2), tensor.randn(3, 5, 6, 5, 2)
  for _, opt in ipairs { { kernel = 2, dilation = 2 }, { kernel = { 3, 2 }, stride = 2, dilation = { 1, 3 } },
    { kernel = 3, padding = 1, dilation = 2, count_include_pad = true },
    { kernel = 3, padding = 1, dilation = 2, count_include_pad = false }, { kernel = 2, divisor = 3 },
    { kernel = 3, padding = { 1, 0 }, divisor = 2, stride = 1 } } do
    there_and_back(function(a)
      local call = { a }
      for key, value in pairs(opt) do call[key] = value end
      return nn.avg_pool2d(call)
    end, picture)
  end
  there_and_back(function(a) return nn.avg_pool3d { a, kernel = 2, dilation = 2, stride = 1 } end, volume)
  there_and_back(function(a) return nn.avg_pool1d { a, kernel = 3, dilation = 2, stride = 1 } end, x)
end)

test("convolutions of sequences, with two numbers of which the last is theirs", function()
  local w, t = tensor.randn(2, 3, 4), tensor.randn(2, 3, 4)
  there_and_back(function(a) return nn.conv1d { a, w, stride = { 1, 2 }, padding = { 2, 1, 0, 0 } } end, x)
  there_and_back(function(a) return nn.conv1d { a, w, dilation = { 1, 3 } } end, x)
  there_and_back(function(a) return nn.conv_transpose1d { a, t, stride = { 1, 3 }, output_padding = { 0, 2 } } end, x)
end)

test("inputs by name for a network of one table, with sizes of their own", function()
  local Net, path = nn.class "Net", os.tmpname()
  function Net:init() self.rows = nn.Linear(3, 4) end
  function Net:forward(b)
    local spelt = self.rows(b.rows)                                        -- [different rows, 4]
    return nn.embedding(b.ids, spelt), spelt:sum(2) + tensor.zeros(spelt:size(1)), b.ids:reshape(-1)
  end
  local net = Net()
  assert(net:export(path, { input = { ids = { 1, 5, dtype = "i64" }, rows = { "words", 3 } } }))
  local again, rows = assert(nn.onnx(path)), tensor.randn(7, 3)
  local told = again:inputs()
  test.equal(told[1].name .. " " .. told[1].shape[1], "ids batch")
  test.equal(told[2].name .. " " .. told[2].shape[1], "rows words")
  test.equal(again:outputs()[2].shape[1], "words")
  test.equal(again:outputs()[3].shape[1], "batch*5")
  local got, want = { again { ids = ids, rows = rows } }, { net { ids = ids, rows = rows } }
  for i = 1, 3 do test.close(got[i], want[i]:detach(), 1e-6) end
end)

test("a table of outputs keeps its names, or is output1..n", function()
  local Net, path = nn.class "Net", os.tmpname()
  function Net:init() self.y = nn.Linear(3, 2) end
  function Net:forward(a)
    local b = self.y(a)
    return { late = b:tanh(), Tanh_1 = b:sigmoid(), ["y.weight"] = a * 2 }
  end
  local net = Net()
  assert(net:export(path, { input = x }))
  local again, want = assert(nn.onnx(path)), net(x)
  local list = again:outputs()
  test.equal(list[1].name .. " " .. list[2].name .. " " .. list[3].name, "Tanh_1 late y.weight")
  for name, y_of in pairs(again:run(x)) do test.close(y_of, want[name]:detach(), 1e-6) end

  local rows = network(function(a) return { a, a + 1, a + 2, a + 3, a + 4, a + 5 } end)
  assert(rows:export(path, { input = { 1, "t" } }))
  local six = assert(nn.onnx(path))
  local got = six(square:select(3, 1))
  for k = 1, 6 do test.close(got["output" .. k], square:select(3, 1) + (k - 1), 1e-6) end

  local second = os.tmpname() -- a file of six goes out again, in its order and by its names
  assert(six:export(second, { input = { 1, 3 } }))
  local copy = assert(nn.onnx(second))
  for k = 1, 6 do
    test.equal(copy:outputs()[k].name, "output" .. k)
    test.close(copy(square:select(3, 1))["output" .. k], got["output" .. k], 1e-6)
  end
end)

test("tables that are no outputs are refused", function()
  for why, f in pairs {
    ["output 'n' is no tensor but number"] = function(a) return { y = a + 1, n = 3 } end,
    ["output 'inner' is no tensor but table"] = function(a) return { inner = { a + 1 } } end,
    ["the network gives no tensor"] = function() return {} end,
    ["output 'input' is named as an input is"] = function(a) return { input = a + 1 } end,
    ["output 'output1' is named as another output is"] = function(a) return { a + 1, output1 = a + 2 } end,
  } do
    test.fails_with({ "net:export: " .. why }, function() network(f):export(os.tmpname(), { input = { 1, 3 } }) end)
  end
end)

test("a sequence of any length", function()
  local net, path = nn.Sequential { nn.Embedding(3, 4), nn.GRU(4, 5), nn.Linear(5, 2) }, os.tmpname()
  assert(net:export(path, { input = { 1, "steps", dtype = "i64" } }))
  local again = assert(nn.onnx(path))
  test.close(again(ids), net(ids):detach(), 2e-6)
  test.close(again(ids["1:2, 1:3"]), net(ids["1:2, 1:3"]):detach(), 2e-6)
  test.fails_with({ "net:export: more than 5 sizes stay open" }, function()
    net:export(path, { input = { 1, "a", "b", "c", "d", "e" } })
  end)
  test.fails_with({ "net:export: ids: a shape or a tensor expected, got number" }, function()
    net:export(path, { input = { ids = 3 } })
  end)
end)

-- A place counted from the end of a size that stays open is another one in each batch.
test("places from the end of open sizes stay there, whatever the size; others are refused", function()
  local path, memory = os.tmpname(), nn.GRU(3, 2)
  local function written(shape, f)
    local net = network(f)
    net.memory = memory
    return net:eval():export(path, { input = shape })
  end
  local function holds(name, shape, f)
    assert(written(shape, f))
    local back = nn.onnx(path)
    for _, n in ipairs { 3, 4, 7, 8 } do
      local sizes = {}
      for d, size in ipairs(shape) do sizes[d] = (d == 1 or type(size) == "string") and n + d or size end
      local z = tensor.randn(sizes)
      tensor.no_grad(function() test.close(back(z), f(z), 1e-5) end)
    end
    print("# " .. name)
  end
  for name, f in pairs {
    ["a[-1]"] = function(a) return a[-1] end, ["a[{{}, -2}]"] = function(a) return a[{ {}, -2 }] end,
    ["select"] = function(a) return a:select(1, -1) end,
    ["the last three"] = function(a) return a[{ {}, { -3, -1 } }] end,
    ["by its size"] = function(a) return a[{ {}, a.shape[2] }] end,
    narrow = function(a) return a:narrow(2, a.shape[2] - 1, 1) end, ["1 to -2"] = function(a) return a[":, 1:-2"] end,
    ["2 to -1"] = function(a) return a[":, 2:-1"] end, ["1 to -1"] = function(a) return a[":, 1:-1"] end,
    backwards = function(a) return a[":, ::-1"] end, flipped = function(a) return a:flip(2)[":, -1"] end,
    ["the last of a GRU"] = function(a) return (memory(a))[{ {}, -1 }] end,
  } do holds(name, { 1, "t", 3 }, f) end
  holds("of pictures", { 1, "h", "w", 3 }, function(a) return a:flip(3)[{ {}, {}, -1 }][{ {}, 1 }] end)
  for name, case in pairs {
    half = { "slice takes a part that no open size explains", function(a) return a[{ {}, a.shape[2] // 2 }] end },
    clamp = { "clamp has a max that depends on the batch", function(a) return a:clamp(0, a.shape[1]) end },
    roll = { "roll has a shift that depends on the batch", function(a) return a:roll(a.shape[1] - 1, 2) end },
  } do test.fails_with({ "net:export", case[1] }, written, { 1, "t", 3 }, case[2]) print("# no " .. name) end
end)

test("what ONNX has no form for is refused by its name", function()
  local refused = {
    cumprod = function(a) return a:cumprod(2) end, cholesky = function(a) return a:cholesky() end,
    inverse = function(a) return a:inverse() end,
    scatter_reduce = function(a) return a:scatter_reduce(2, (a * 0 + 1):to "i64", a, { reduce = "amax" }) end,
    avg_pool1d = function(a) return nn.avg_pool1d { a, kernel = 2, ceil_mode = true, divisor = 3 } end,
    roll = function(a) return a:roll(1, 1) end, median = function(a) return a:median() end,
    lgamma = function(a) return a:lgamma() end,
  }
  for op, f in pairs(refused) do
    test.fails_with({ "net:export: " .. op .. " " }, function()
      network(f):export(os.tmpname(), { input = square })
    end)
  end
end)

test.done()
