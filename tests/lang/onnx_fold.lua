--- onnx_fold.lua: the graph that runs beside the one that is in the file: passes that join nodes, transposes that
-- cancel, memory that is given back.
local test = dofile "tests/check.lua"
local files = dofile "tests/onnx_files.lua"
local written, count = files.written, files.count

local function close(got, want, limit) test.close(got, want, limit or 2e-6) end

test("depthwise and pointwise convolutions become one pass, and only where they fit", function()
  tensor.seed(3)
  local Blocks = nn.class "Blocks"
  function Blocks:init(o)
    self.first = nn.Conv2d(3, 16, 3, { padding = 1 })
    self.widen = o.widen and nn.Conv2d(16, o.wide, 1) or nil
    local wide = o.widen and o.wide or 16
    self.depth = nn.Conv2d(wide, wide, o.k or 3, { padding = o.padding or (o.k or 3) // 2, stride = o.stride or 1,
      groups = o.groups or wide, dilation = o.dilation or 1 })
    self.narrow = nn.Conv2d(wide, 16, o.end_k or 1)
    rawset(self, "o", o)
  end
  function Blocks:forward(x)
    local o = self.o
    x = self.first(x):relu()
    local y = x
    if self.widen then y = self.widen(y):clamp(0, 6) end
    y = self.depth(y)
    y = o.plain and y or y:clamp(0, 6)
    y = self.narrow(y)
    if o.skip then y = y + x end
    return o.last and y:relu() or y
  end
  for i, o in ipairs {
    { passes = 1 }, { passes = 1, last = true }, { passes = 1, skip = true }, { passes = 1, skip = true, last = true },
    { passes = 1, stride = 2 }, { passes = 1, k = 5 }, { passes = 1, widen = true, wide = 40, skip = true },
    { passes = 1, widen = true, wide = 40, last = true },
    { passes = 1, widen = true, wide = 16, plain = true }, -- two activations: the last two alone
    { passes = 0, groups = 4 }, { passes = 0, padding = 0 }, { passes = 0, dilation = 2, padding = 2 },
    { passes = 0, end_k = 3 },
  } do
    local net, path = Blocks(o), os.tmpname()
    assert(net:export(path, { input = { 1, 20, 24, 3 } }))
    local again = assert(nn.onnx(path))
    local x = tensor.randn(2, 20, 24, 3)
    local want = tensor.no_grad(net, x)
    test.equal(count(again, "InvertedResidual", x), o.passes, i)
    close(again(x), want, 1e-5)
    again:train()
    close(again(x):detach(), want, 1e-5) -- with gradients, part by part
  end
end)

-- A graph of `steps` random nodes on values of four dimensions: transposes, single elements, channels, convolutions.
local function random_graph(steps)
  local random = math.random
  local g = { inputs = { { "x", "f32", { 2, 3, 4, 5 } } }, outputs = {}, constants = {}, nodes = {} }
  local values = { { name = "x", shape = { 2, 3, 4, 5 } } }
  local function constant(...)
    local name = "c" .. #g.constants
    g.constants[#g.constants + 1] = { name, tensor.randn(...) }
    return name
  end
  local function node(op, inputs, shape, attr)
    local name = "v" .. #g.nodes
    g.nodes[#g.nodes + 1] = { op = op, name = name, inputs = inputs, outputs = { name }, attr = attr or {} }
    values[#values + 1] = { name = name, shape = shape }
  end
  local perms = { { 0, 2, 3, 1 }, { 0, 3, 1, 2 }, { 0, 2, 3, 1 }, { 0, 3, 1, 2 }, { 0, 2, 1, 3 }, { 1, 0, 2, 3 } }
  for _ = 1, steps do
    local a, b = values[random(math.max(1, #values - 2), #values)], values[random(#values)]
    local what, s = random(11), a.shape
    local equal = table.concat(s, ",") == table.concat(b.shape, ",")
    if what <= 3 then
      local perm, shape = perms[random(#perms)], {}
      for d, from in ipairs(perm) do shape[d] = s[from + 1] end
      node("Transpose", { a.name }, shape, { perm = perm })
    elseif what == 4 then
      node(({ "Relu", "Sigmoid", "Abs", "Neg" })[random(4)], { a.name }, s)
    elseif what == 5 then
      node(random(2) == 1 and "Add" or "Mul", { constant(s[4]), a.name }, s)
    elseif what == 6 then
      node("Sub", { a.name, constant(s[2], 1, 1) }, s)
    elseif what == 7 and equal then
      node(({ "Add", "Max", "Min" })[random(3)], { a.name, b.name }, s)
    elseif what == 8 and equal then
      local axis = random(0, 3)
      local shape = table.move(s, 1, 4, 1, {})
      shape[axis + 1] = 2 * shape[axis + 1]
      if shape[1] * shape[2] * shape[3] * shape[4] < 2000 then
        node("Concat", { a.name, b.name }, shape, { axis = random(2) == 1 and axis or axis - 4 })
      end
    elseif what == 10 then -- hands on what it is given
      node("Identity", { a.name }, s)
    elseif what == 11 then
      node(random(2) == 1 and "Sum" or "Mean", { a.name }, s)
    elseif what == 9 then
      node("Conv", { a.name, constant(4, s[2], 1, 1), constant(4) }, { s[1], 4, s[3], s[4] })
    end
  end
  for _ = 1, 2 do
    local y = values[random(#values)]
    if #g.outputs == 0 or g.outputs[1][1] ~= y.name then g.outputs[#g.outputs + 1] = { y.name, "f32", y.shape } end
  end
  return g
end

test("random graphs with transposes answer alike, folded or node by node", function()
  math.randomseed(9)
  tensor.seed(9)
  local x = tensor.randn(2, 3, 4, 5)
  local sum = x:sum()
  for round = 1, test.sanitized and 20 or 150 do
    local net = assert(written(random_graph(math.random(3, 14))))
    local fast = net:run { x = x }
    local plain = net:optimize(false):run { x = x }
    test.same(x:sum(), sum) -- nothing that was given is let go
    for name, y in pairs(plain) do
      test.truth(tostring(y.shape) == tostring(fast[name].shape), round)
      test.truth((y - fast[name]):abs():max():item() <= 1e-4 * (1 + y:abs():max():item()), round)
    end
  end
end)

test("runs do not pile up memory: what is let go is given back at once", function()
  local layers = {}
  for i = 1, 12 do layers[i] = i % 2 == 0 and nn.ReLU() or nn.Conv2d(8, 8, 3, { padding = 1 }) end
  local path, x = os.tmpname(), tensor.randn(1, 256, 256, 8)
  assert(nn.Sequential(layers):export(path, { input = { 1, 256, 256, 8 } }))
  local net = assert(nn.onnx(path))
  tensor.no_grad(function()
    for _ = 1, 3 do net(x) end
    collectgarbage()
    collectgarbage()
    lunette.reset_peak()
    local before = lunette.memory().live
    for _ = 1, 12 do net(x) end
    local one = x:nbytes()
    test.truth(lunette.memory().peak - before < 6 * one, (lunette.memory().peak - before) / one)
  end)
end)

test("what is written channels first and last turns once at each end", function()
  local net = nn.Sequential { nn.Conv2d(3, 8, 3), nn.BatchNorm(8), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 8, 3),
    nn.Sigmoid(), nn.Conv2d(8, 5, 1) }:eval()
  local path, x = os.tmpname(), tensor.randn(2, 16, 18, 3)
  assert(net:export(path, { input = { 1, 16, 18, 3 } }))
  local again = assert(nn.onnx(path))
  test.equal(count(again, "Transpose", x), 2)
  test.equal(count(again, "Relu", x), 0)
  close(again(x), tensor.no_grad(net, x), 1e-5)
end)

test("net:convolutions: in order, with the batch norm behind each within, strides and pads", function()
  local net = nn.Sequential { nn.ConvNorm { 3, 4, 3, stride = 2 }, nn.Conv2d { 4, 6, 1, groups = 2, bias = false },
    nn.Linear(6, 2) }
  net[1].norm.running_mean:copy_(tensor { 1, 2, 3, 4 })
  net[1].norm.running_var:copy_(tensor { 4, 1, 9, 2 })
  net:eval()
  local path = os.tmpname() .. ".onnx"
  assert(net:export(path, { input = { 1, 8, 10, 3 } }))
  local list = nn.onnx(path):convolutions()
  os.remove(path)
  test.equal(#list, 2)
  test.equal(table.concat(list[1].stride, " "), "2 2")
  test.equal(list[2].groups, 2)
  test.shape(list[1].weight, { 3, 3, 3, 4 })
  test.shape(list[2].weight, { 1, 1, 2, 6 })
  local x = tensor.rand(1, 8, 10, 3)
  local p = list[1].pads
  local y = nn.conv2d { x:pad { 0, 0, p[1], p[3], p[2], p[4], 0, 0 }, list[1].weight, list[1].bias, stride = 2 }
  test.close(y:relu(), tensor.no_grad(net[1], x), 1e-5)
  test.close(list[2].weight, net[2].weight, 1e-6)
  test.equal(list[2].bias, nil)
end)

test.done()
