--- onnx_odd.lua: ONNX files written here: arithmetic of narrow integers, loops and reductions of nothing (values of
-- NumPy and ONNX's documentation), and files that contradict themselves.
local test = dofile "tests/check.lua"
local write, io_of = require "nn.onnx.write", test.inside.lunette.io

local function i64(...) return tensor({ ... }, { dtype = "i64" }) end
local function same(got, want, dtype)
  if dtype then test.equal(got.dtype, dtype) end
  test.shape(got, want.shape)
  test.truth(got:to "f64":eq(want:to "f64"):all():item(), ("%s instead of %s,"):format(got, want))
end

local kinds = { f32 = 1, int8 = 3, uint16 = 4, int16 = 5, i32 = 6, i64 = 7, bool = 9, uint32 = 12 }

-- {name, type, shape}
local function value(x)
  local info = write.value(x[1], "f32", x[3])
  for i, piece in ipairs(info) do -- the element type of TensorProto.DataType that write.lua's dtypes lack
    if piece == "\8\1" then info[i] = "\8" .. string.char(kinds[x[2]]) end
  end
  return info
end

-- g: nodes of {op, name, inputs, outputs, attr}, a list of graphs by attribute in attr; constants, inputs, outputs.
local function graph_of(g)
  local m = write.message()
  for _, n in ipairs(g.nodes) do
    local attr, graphs = {}, {}
    for name, a in pairs(n[5] or {}) do
      if type(a) == "table" and a.nodes then graphs[name] = a else attr[name] = a end
    end
    local node = write.node { op = n[1], name = n[2], inputs = n[3], outputs = n[4], attr = attr }
    for name, inner in pairs(graphs) do
      local a = write.message()
      write.text(a, 1, name)
      write.inside(a, 6, graph_of(inner))
      write.int(a, 20, 5)
      write.inside(node, 5, a)
    end
    write.inside(m, 1, node)
  end
  for _, c in ipairs(g.constants or {}) do write.inside(m, 5, write.tensor(c[2], c[1])) end
  for _, x in ipairs(g.inputs or {}) do write.inside(m, 11, value(x)) end
  for _, x in ipairs(g.outputs) do write.inside(m, 12, value(x)) end
  return m
end

local function load(g, set)
  local path, model, opset = os.tmpname(), write.message(), write.message()
  write.text(opset, 1, "")
  write.int(opset, 2, set or 17)
  write.int(model, 1, 8)
  write.inside(model, 7, graph_of(g))
  write.inside(model, 8, opset)
  assert(io_of.write_pieces(path, model))
  local net, why = nn.onnx(path)
  assert(os.remove(path))
  return net, why
end

-- x (i64) cast to a type, one node of it with itself or alone, and back.
local function of_type(type_, op, inputs, attr, x, constants)
  local nodes = { { "Cast", "in", { "x" }, { "h" }, { to = kinds[type_] } } }
  for _, c in ipairs(constants or {}) do
    nodes[#nodes + 1] = { "Cast", "c" .. c[1], { c[1] .. "0" }, { c[1] }, { to = kinds[type_] } }
  end
  nodes[#nodes + 1] = { op, "n", inputs, { "z" }, attr }
  nodes[#nodes + 1] = { "Cast", "out", { "z" }, { "y" }, { to = 7 } }
  local given = {}
  for i, c in ipairs(constants or {}) do given[i] = { c[1] .. "0", c[2] } end
  local net = assert(load { nodes = nodes, constants = given, inputs = { { "x", "i64", { "n" } } },
    outputs = { { "y", "i64", { "m" } } } })
  local y = net(x)
  same(net:optimize(false)(x), y)
  return y
end

test("int8, int16, uint16 and uint32 wrap as their type", function()
  local h, x = { "h", "h" }, i64(100, -100, 3)
  same(of_type("int8", "Add", h, {}, x), i64(-56, 56, 6))
  same(of_type("int8", "Mul", h, {}, x), i64(16, 16, 9))
  same(of_type("int8", "Sum", { "h", "h", "h" }, {}, x), i64(44, -44, 9))
  same(of_type("int8", "Neg", { "h" }, {}, i64(-128, 5)), i64(-128, -5))
  same(of_type("int8", "Abs", { "h" }, {}, i64(-128, -5)), i64(-128, 5))
  same(of_type("int8", "Pow", h, {}, i64(7, 2)), i64(-9, 4)) -- 823543 mod 256
  same(of_type("int16", "Mul", h, {}, i64(300, -200)), i64(24464, -25536))
  same(of_type("uint16", "Mul", h, {}, i64(65535, 300)), i64(1, 24464))
  local five = { { "c", i64(5) } }
  same(of_type("uint16", "Sub", { "h", "c" }, {}, i64(0, 9), five), i64(65531, 4))
  same(of_type("uint32", "Sub", { "h", "c" }, {}, i64(0, 9), five), i64(4294967291, 4))
  same(of_type("uint32", "Mul", h, {}, i64(4294967295, 65536)), i64(1, 0))
  same(of_type("uint32", "ReduceSum", { "h" }, {}, i64(4294967295, 3)), i64(2))
end)

test("what comes of narrow integers and is none of them does not wrap", function()
  local function shape_of(type_)
    return assert(load { inputs = { { "x", type_, { "n" } } }, outputs = { { "y", "i64", { "m" } } },
      nodes = { { "Shape", "s", { "x" }, { "s" } }, { "Mul", "m", { "s", "s" }, { "p" } },
        { "Neg", "n", { "p" }, { "y" } } } })
  end
  same(shape_of "int8"(tensor.zeros { 20, dtype = "i32" }), i64(-400))
  same(shape_of "uint32"(tensor.zeros { 20, dtype = "i64" }), i64(-400), "i64")
end)

test("the type of numbers is known through graphs inside", function()
  local function branch(name) return { nodes = { { "Identity", "i", { "h" }, { name } } },
    outputs = { { name, "int8", { "n" } } } } end
  local net = assert(load { inputs = { { "x", "i64", { "n" } }, { "c", "bool", {} } },
    outputs = { { "y", "int8", { "n" } } },
    nodes = { { "Cast", "in", { "x" }, { "h" }, { to = 3 } },
      { "If", "if", { "c" }, { "z" }, { then_branch = branch "a", else_branch = branch "b" } },
      { "Add", "add", { "z", "z" }, { "y" } } } })
  same(net(i64(100, -100, 3), tensor(1):gt(0)), i64(-56, 56, 6))
end)

-- --- of nothing ------------------------------------------------------------------------------------------------------

local function loop_of(type_, shape)
  return { nodes = { { "Identity", "c", { "go" }, { "on" } }, { "Identity", "s", { "x" }, { "scan" } } },
    inputs = { { "i", "i64", {} }, { "go", "bool", {} } },
    outputs = { { "on", "bool", {} }, { "scan", type_, shape } } }
end

test("a Loop of no step gives its results' types and sizes", function()
  for type_, dtype in pairs { i64 = "i64", f32 = "f32", int8 = "i32", bool = "bool" } do
    local net = assert(load { inputs = { { "most", "i64", {} }, { "x", type_, { 3 } } },
      outputs = { { "y", type_, { "t", 3 } } },
      nodes = { { "Loop", "l", { "most", "" }, { "y" }, { body = loop_of(type_, { 3 }) } } } })
    local x = tensor { 1, 0, 1 }:to(dtype)
    local none, two = net(tensor(0, { dtype = "i64" }), x), net(tensor(2, { dtype = "i64" }), x)
    test.equal(("%s%s %s%s"):format(none.dtype, none.shape, two.dtype, two.shape),
      ("%s[0,3] %s[2,3]"):format(dtype, dtype))
  end
end)

test("integers behind a Loop of no step keep all their digits", function()
  local net = assert(load { inputs = { { "most", "i64", {} }, { "x", "i64", {} } },
    outputs = { { "y", "i64", { "n" } } }, constants = { { "large", i64((1 << 53) + 1) } },
    nodes = { { "Loop", "l", { "most", "" }, { "s" }, { body = loop_of("i64", {}) } },
      { "Concat", "c", { "s", "large" }, { "y" }, { axis = 0 } } } })
  test.equal(net(tensor(0, { dtype = "i64" }), tensor(7, { dtype = "i64" })):item(), (1 << 53) + 1)
end)

test("a Scan over no step gives its results' types", function()
  local body = { nodes = { { "Identity", "s", { "e" }, { "o" } } }, inputs = { { "e", "i64", { 2 } } },
    outputs = { { "o", "i64", { 2 } } } }
  local net = assert(load { inputs = { { "x", "i64", { "t", 2 } } }, outputs = { { "y", "i64", { 2, "t" } } },
    nodes = { { "Scan", "s", { "x" }, { "y" }, { body = body, num_scan_inputs = 1, scan_output_axes = { -1 } } } } })
  test.shape(net(tensor.zeros { 0, 2, dtype = "i64" }), { 2, 0 })
  test.shape(net(tensor.zeros { 3, 2, dtype = "i64" }), { 2, 3 })
  test.equal(net(tensor.zeros { 0, 2, dtype = "i64" }).dtype, "i64")
end)

test("the greatest and least of nothing are the ends of the type", function()
  local function reduced(op, type_, x)
    local net = assert(load({ inputs = { { "x", type_, { "n", "m" } } }, outputs = { { "y", type_, { 1, "m" } } },
      constants = { { "axes", i64(0) } },
      nodes = { { op, "r", { "x", "axes" }, { "y" }, {} } } }, 20))
    return net(x)
  end
  local inf = tensor { { math.huge, math.huge } }
  same(reduced("ReduceMax", "f32", tensor.zeros(0, 2)), -inf, "f32")
  same(reduced("ReduceMin", "f32", tensor.zeros(0, 2)), inf, "f32")
  for type_, ends in pairs { i32 = { -1 << 31, (1 << 31) - 1 }, int8 = { -128, 127 }, uint16 = { 0, 65535 },
    i64 = { math.mininteger, math.maxinteger } } do
    local x = tensor.zeros { 0, 1, dtype = type_ == "i64" and "i64" or "i32" }
    test.equal(reduced("ReduceMax", type_, x):item(), ends[1])
    test.equal(reduced("ReduceMin", type_, x):item(), ends[2])
  end
  same(reduced("ReduceMax", "f32", tensor { { 1, -5 }, { 0, 7 } }), tensor { { 1, 7 } })
  test.shape(reduced("ReduceMax", "f32", tensor.zeros(3, 0)), { 1, 0 })
end)

-- --- contradictions --------------------------------------------------------------------------------------------------

local function one(op, inputs, attr, constants, outputs)
  return { inputs = { { "x", "f32", { "n" } } }, outputs = { { "y", "f32", { "m" } } }, constants = constants,
    nodes = { { op, "odd", inputs, outputs or { "y" }, attr } } }
end
local function f32(...) return tensor.zeros(...) end
local body = { nodes = { { "Neg", "n", { "e" }, { "o" } } }, inputs = { { "e", "f32", {} } },
  outputs = { { "o", "f32", {} } } }
local branch = { nodes = { { "Neg", "n", { "x" }, { "o" } } }, outputs = { { "o", "f32", { "n" } } } }

test("two values of one name are refused", function()
  local relu = one("Relu", { "x" }, {})
  relu.inputs[2] = relu.inputs[1]
  test.refused({ "two inputs are called 'x'" }, load(relu))
  test.refused({ "two constants are called 'c'" }, load(one("Relu", { "x" }, {}, { { "c", f32(1) }, { "c", f32(1) } })))
  test.refused({ "'c' is made twice, the second time by node 'odd' (Relu)" },
    load(one("Relu", { "x" }, {}, { { "c", f32(1) } }, { "c" })))
  test.refused({ "'x' is made twice, the second time by node 'odd' (Constant)" },
    load(one("Constant", {}, { value = f32(1) }, nil, { "x" })))
  local given = one("Add", { "x", "c" }, {}, { { "c", f32(1) } }) -- an input's usual value
  given.inputs[2] = { "c", "f32", { 1 } }
  same(assert(load(given))(tensor { 1, 2 }), tensor { 1, 2 })
end)

test("nodes that contradict themselves are refused by the loader", function()
  local W, R = { "W", f32(1, 8, 3) }, { "R", f32(1, 8, 2) }
  local weights = { "x", "W", "R" }
  for text, g in pairs {
    ["(If): it has no else_branch"] = one("If", { "x" }, { then_branch = branch }),
    ["(If): its else_branch has 1 outputs, but the node wants 2"] = one("If", { "x" },
      { then_branch = { nodes = branch.nodes, outputs = { branch.outputs[1], branch.outputs[1] } },
        else_branch = branch }, nil, { "y", "z" }),
    ["(Loop): it has no body"] = one("Loop", { "", "", "x" }, {}),
    ["(Loop): its body takes 1 inputs, but the node gives it 3"] = one("Loop", { "", "", "x" }, { body = body }),
    ["(Scan): num_scan_inputs 9 of 1 inputs"] = one("Scan", { "x" }, { body = body, num_scan_inputs = 9 }),
    ["(Scan): num_scan_inputs nil of 1 inputs"] = one("Scan", { "x" }, { body = body }),
    ["(Scan): its body has 1 outputs, but the node wants 2"] = one("Scan", { "x" },
      { body = body, num_scan_inputs = 1 }, nil, { "y", "z" }),
    ["(LSTM): hidden_size 3 and 1 direction want 1 x 12 x n of W, which is [1,8,3]"] =
      one("LSTM", weights, { hidden_size = 3 }, { W, R }),
    ["(LSTM): hidden_size 2 and 2 directions want 2 x 8 x n of W, which is [1,8,3]"] =
      one("LSTM", weights, { hidden_size = 2, direction = "bidirectional" }, { W, R }),
    ["(RNN): hidden_size 8 and 1 direction want 1 x 8 x 8 of R, which is [1,8,2]"] = one("RNN", weights, {}, { W, R }),
    ["(Conv): kernel_shape [2,2] is not that of W, [1,1,3,3]"] = one("Conv", { "x", "W" },
      { kernel_shape = { 2, 2 } }, { { "W", f32(1, 1, 3, 3) } }),
    ["(Slice): axis 0 stands twice in its axes"] = one("Slice", { "x", "s", "s", "a" }, {},
      { { "s", i64(0, 0) }, { "a", i64(0, 0) } }),
    ["(Softmax): its axis is a fraction, but a whole number is expected"] = one("Softmax", { "x" }, { axis = 0.5 }),
    ["(Transpose): its perm is a text, but a list of whole numbers is expected"] =
      one("Transpose", { "x" }, { perm = "a" }) } do
    test.refused({ ": node 'odd' " .. text }, load(g))
  end
  test.truth(load(one("LSTM", weights, { hidden_size = 2 }, { W, R })), "the right size")
  test.fails_with({ "axis 3 of 1 dimensions   (node 'odd', Flatten" }, function()
    assert(load(one("Flatten", { "x" }, { axis = 3 })))(tensor { 1 })
  end)
  test.fails_with({ "axis 0 stands twice in its axes   (node 'odd', Slice" }, function()
    assert(load(one("Slice", { "x", "s", "e", "a" }, {}, { { "s", i64(0, 0) }, { "e", i64(1, 1) }, { "a", i64(0, -1) }
    })))(tensor { 1 })
  end)
end)

test("an operator that lacks an input or gets another kind says so in words", function()
  for op, inputs in pairs { Add = { "x" }, Concat = {}, MatMul = { "x" }, Gather = { "x" }, Conv = { "x" },
    Resize = { "x" }, TopK = { "x" }, Where = { "x" } } do
    local net, why = load(one(op, inputs, {}))
    local ok
    if net then ok, why = pcall(net, tensor { 1, 2 }) end
    test.equal(ok or false, false)
    test.equal(tostring(why):find("attempt to", 1, true), nil)
    test.truth(tostring(why):find("node 'odd'", 1, true), tostring(why))
  end
end)

test.done()
