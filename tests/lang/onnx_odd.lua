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

local kinds = { f32 = 1, int8 = 3, uint16 = 4, int16 = 5, i32 = 6, i64 = 7, bool = 9, uint32 = 12,
  uint64 = 13 }

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

test("uint64 gives what it holds up to 2^63, and refuses the rest by the node's name", function()
  local five, h = { { "c", i64(5) } }, { "h", "h" }
  same(of_type("uint64", "Sub", { "h", "c" }, {}, i64(9, 5), five), i64(4, 0))
  same(of_type("uint64", "Mul", h, {}, i64(1 << 32, 3)), i64(0, 9)) -- 2^64 wraps to 0
  same(of_type("uint64", "Div", { "h", "c" }, {}, i64(math.maxinteger), five), i64(math.maxinteger // 5))
  same(of_type("uint64", "Pow", { "h", "c" }, {}, i64(6208), five), i64(6208 * 6208 * 6208 * 6208 * 6208))
  local left = { { "c", i64(62) } }
  same(of_type("uint64", "BitShift", { "h", "c" }, { direction = "LEFT" }, i64(1, 4), left), i64(1 << 62, 0))
  same(of_type("uint64", "BitShift", { "h", "c" }, { direction = "RIGHT" }, i64(math.maxinteger), left), i64(1))
  same(of_type("uint32", "BitShift", { "h", "c" }, { direction = "LEFT" }, i64(3), { { "c", i64(31) } }), i64(1 << 31))
  local beyond = "a number of uint64 from 2^63 on, or below 0, which is not done   (node '%s', %s"
  for _, case in ipairs { { "Sub", i64(4), five }, { "Add", i64(math.maxinteger), five },
    { "Mul", i64(1 << 61), five }, { "Pow", i64(6209), five },
    { "BitShift", i64(1), { { "c", i64(63) } }, { direction = "LEFT" } } } do
    local op, x, c, attr = table.unpack(case)
    test.fails_with({ beyond:format("n", op) }, function() of_type("uint64", op, { "h", "c" }, attr or {}, x, c) end)
  end
  test.fails_with({ beyond:format("in", "Cast") }, function() of_type("uint64", "Add", h, {}, i64(-1)) end)
  local function of(type_)
    return assert(load { inputs = { { "x", type_, { "n" } } }, outputs = { { "y", "i64", { "n" } } },
      nodes = { { "Cast", "in", { "x" }, { "u" }, { to = 13 } }, { "Cast", "out", { "u" }, { "y" }, { to = 7 } } } })
  end
  same(of "f32"(tensor { 2 ^ 62, 3.7 }), i64(1 << 62, 3))
  for _, x in ipairs { 2 ^ 63, 1e19, -1 } do
    test.fails_with({ beyond:format("in", "Cast") }, function() of "f32"(tensor { x }) end)
  end
  test.fails_with({ "input 'x' is uint64[n], but a number below 0 was given" }, function() of "uint64"(i64(3, -1)) end)
  same(of "uint64"(i64(3, 7)), i64(3, 7))
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
    ["(Softmax): its axis is a fraction, but a whole number is expected"] = one("Softmax", { "x" }, { axis = 0.5 }),
    ["(Transpose): its perm is a text, but a list of whole numbers is expected"] =
      one("Transpose", { "x" }, { perm = "a" }) } do
    test.refused({ ": node 'odd' " .. text }, load(g))
  end
  test.truth(load(one("LSTM", weights, { hidden_size = 2 }, { W, R })), "the right size")
end)

-- x has two dimensions here.
local function of_two(op, inputs, attr, constants, outputs)
  local g = one(op, inputs, attr, constants, outputs)
  g.inputs[1][3] = { "n", 3 }
  return g
end

test("axes that the input does not have are refused when the file is loaded", function()
  local function list(...) return { { "c", i64(...) }, { "s", i64(0, 0) }, { "e", i64(1, 1) }, { "none", i64(0) } } end
  for text, g in pairs {
    ["(Flatten): axis 3 of input 'x', which has 2 dimensions"] = of_two("Flatten", { "x" }, { axis = 3 }),
    ["(Concat): axis -3 of input 'x', which has 2"] = of_two("Concat", { "x", "x" }, { axis = -3 }),
    ["(Concat): input 'k' has 1 dimensions, but another one has 2"] = of_two("Concat", { "x", "k" }, { axis = 0 },
      { { "k", f32(3) } }),
    ["(Squeeze): axis 2 of input 'x', which has 2"] = of_two("Squeeze", { "x", "c" }, {}, list(2)),
    ["(Unsqueeze): axis 3 of input 'x', which has 3"] = of_two("Unsqueeze", { "x", "c" }, {}, list(3)),
    ["(Unsqueeze): axis -3 stands twice"] = of_two("Unsqueeze", { "x", "c" }, {}, list(1, -3)),
    ["(Slice): axis 2 of input 'x', which has 2"] = of_two("Slice", { "x", "s", "e", "c" }, {}, list(0, 2)),
    ["(Slice): axis -2 stands twice"] = of_two("Slice", { "x", "s", "e", "c" }, {}, list(0, -2)),
    ["(Slice): 2 starts, but 1 ends"] = of_two("Slice", { "x", "s", "c" }, {}, list(1)),
    ["(Slice): 2 starts, but 1 axes"] = of_two("Slice", { "x", "s", "e", "c" }, {}, list(1)),
    ["(Slice): a step of 0"] = of_two("Slice", { "x", "none", "c", "none", "none" }, {}, list(1)),
    ["(Transpose): perm [0,2] is no order of 2 dimensions"] = of_two("Transpose", { "x" }, { perm = { 0, 2 } }),
    ["(Transpose): perm [0,2,1] of input 'x', which has 2"] = of_two("Transpose", { "x" }, { perm = { 0, 2, 1 } }),
    ["(Softmax): axis 2 of input 'x', which has 2"] = of_two("Softmax", { "x" }, { axis = 2 }),
    ["(Split): axis 2 of input 'x', which has 2"] = of_two("Split", { "x" }, { axis = 2 }, nil, { "y", "z" }),
    ["(Gather): axis 2 of input 'x', which has 2"] = of_two("Gather", { "x", "c" }, { axis = 2 }, list(0)),
    ["(ReduceMean): axis 2 of input 'x', which has 2"] = of_two("ReduceMean", { "x" }, { axes = { 2 } }),
    ["(ReduceSum): axis -3 of input 'x', which has 2"] = of_two("ReduceSum", { "x", "c" }, {}, list(-3)),
    ["(ArgMax): axis 2 of input 'x', which has 2"] = of_two("ArgMax", { "x" }, { axis = 2 }),
    ["(CumSum): axis 2 of input 'x', which has 2"] = of_two("CumSum", { "x", "c" }, {}, list(2)),
    ["(Pad): 2 pads for 2 dimensions, two for each"] = of_two("Pad", { "x", "c" }, {}, list(1, 1)),
    ["(Tile): 1 repeats for input 'x', which has 2"] = of_two("Tile", { "x", "c" }, {}, list(2)),
    ["(OneHot): axis 3 of the result, which has 3"] = of_two("OneHot", { "x", "c", "s" }, { axis = 3 }, list(2)),
    ["(Gemm): input 'c' has 1 dimensions, but 2 are expected"] = of_two("Gemm", { "x", "c" }, {}, list(2)) } do
    test.refused({ ": node 'odd' " .. text }, load(g))
  end
  -- one node behind another: [n, 3] is [n, 1, 3], its mean over the last two [n]
  local g = of_two("Softmax", { "m" }, { axis = 1 }, { { "c", i64(1) } })
  table.insert(g.nodes, 1, { "Unsqueeze", "u", { "x", "c" }, { "h" } })
  table.insert(g.nodes, 2, { "ReduceMean", "m", { "h" }, { "m" }, { axes = { 1, -1 }, keepdims = 0 } })
  test.refused({ ": node 'odd' (Softmax): axis 1 of input 'm', which has 1 dimensions" }, load(g))
  g.nodes[3][5] = { axis = -1 }
  test.shape(assert(load(g))(tensor.ones(4, 3)), { 4 })
  -- what is not told before it runs is refused then
  test.fails_with({ "axis 0 stands twice in its axes   (node 'odd', Slice" }, function()
    local late = of_two("Slice", { "x", "s", "e", "a" }, {}, { { "s", i64(0, 0) }, { "e", i64(1, 1) } })
    late.inputs[2] = { "a", "i64", { 2 } }
    assert(load(late))(tensor.ones(2, 3), i64(0, -2))
  end)
end)

test("all nodes that cannot be are named at once, with the operators that are not done", function()
  local g = of_two("Flatten", { "x" }, { axis = 3 })
  g.nodes[2] = { "Softmax", "soft", { "x" }, { "z" }, { axis = 0.5 } }
  g.nodes[3] = { "Concat", "both", { "x", "x" }, { "w" }, { axis = 2 } }
  test.refused({ "nodes that cannot be:", "node 'odd' (Flatten): axis 3",
    "node 'soft' (Softmax): its axis is a fraction", "node 'both' (Concat): axis 2" }, load(g))
  g.nodes[4] = { "Frobnicate", "f", { "x" }, { "v" } }
  g.nodes[5] = { "Pad", "p", { "x", "x" }, { "q" }, { mode = "around" } }
  g.nodes[6] = { "Resize", "r", { "x", "", "x" }, { "s" }, { mode = "sharp" } }
  test.refused({ "operators that are not done, and nodes that cannot be:", "Frobnicate of set 17: node f",
    "Pad of set 17 (mode 'around'): node p", "Resize of set 17 (mode 'sharp'): node r", "node 'odd' (Flatten)",
    "node 'both' (Concat)" }, load(g))
end)

-- --- of the last sets ------------------------------------------------------------------------------------------------

test("padding that goes round, as NumPy's wrap", function()
  local g = of_two("Pad", { "x", "c" }, { mode = "wrap" }, { { "c", i64(1, 2, 0, 4) } })
  local net = assert(load(g, 19))
  same(net(tensor { { 1, 2, 3 }, { 4, 5, 6 } }), tensor { { 5, 6, 4, 5, 6, 4, 5, 6, 4 },
    { 2, 3, 1, 2, 3, 1, 2, 3, 1 }, { 5, 6, 4, 5, 6, 4, 5, 6, 4 } }, "f32")
  test.fails_with({ "dimension 0, which is empty   (node 'odd', Pad" }, function() net(tensor.zeros(0, 3)) end)
end)

test("padding below 0 cuts before the rest is padded", function()
  local function padded(mode, before, behind)
    local g = of_two("Pad", { "x", "c" }, { mode = mode }, { { "c", i64(0, before, 0, behind) } })
    g.inputs[1][3] = { "n", 5 }
    return assert(load(g, 19))
  end
  local x = tensor { { 1, 2, 3, 4, 5 } }
  for _, case in ipairs { -- ONNX Runtime 1.30; what goes round more than once is NumPy's
    { "wrap", -2, 3, { 3, 4, 5, 3, 4, 5 } }, { "wrap", 2, -1, { 3, 4, 1, 2, 3, 4 } },
    { "wrap", 3, -3, { 2, 1, 2, 1, 2 } }, { "wrap", -2, -1, { 3, 4 } },
    { "edge", -2, 3, { 3, 4, 5, 5, 5, 5 } }, { "edge", 3, -3, { 1, 1, 1, 1, 2 } },
    { "reflect", -1, 2, { 2, 3, 4, 5, 4, 3 } }, { "reflect", 2, -1, { 3, 2, 1, 2, 3, 4 } },
    { "constant", -2, 1, { 3, 4, 5, 0 } } } do
    same(padded(case[1], case[2], case[3])(x), tensor { case[4] }, "f32")
  end
  test.fails_with({ "dimension 1, which is empty" }, function() padded("wrap", -5, 1)(x) end)
  test.fails_with({ "-3 before and 3 after do not fit dim 2" }, function() padded("reflect", -3, 3)(x) end)
end)

test("Einsum by ONNX's letters: '...', diagonals, without ->", function()
  local function einsum(equation, x, kind)
    local g = one("Einsum", { "x" }, { equation = equation })
    g.inputs[1][2], g.inputs[1][3] = kind or "f32", x.shape
    return assert(load(g))(x)
  end
  local x = tensor { { { 1, 2 }, { 3, 4 } }, { { 5, 6 }, { 7, 8 } } }
  same(einsum("ii", x[1]), tensor(5), "f32")
  same(einsum("iij", x), tensor { 8, 10 }, "f32")
  same(einsum("...ii", x), tensor { 5, 13 }, "f32")
  same(einsum("...ii->...i", x), tensor { { 1, 4 }, { 5, 8 } }, "f32")
  same(einsum("i...i->i...", x), tensor { { 1, 3 }, { 6, 8 } }, "f32")
  same(einsum("a...b->b...", x), tensor { { 6, 10 }, { 8, 12 } }, "f32")
  same(einsum("ii", x[1]:to "i32", "i32"), tensor(5, { dtype = "i32" }), "i32")
  local g = one("Einsum", { "x", "k" }, { equation = "...ij,...jk->...ik" }, { { "k", x[1] } })
  g.inputs[1][3] = { "n", 2, 2 }
  same(assert(load(g))(x), x:mm(x[1]), "f32")
end)

test("activations of infinities and NaN, as ONNX Runtime's", function()
  local inf, nan <const> = math.huge, 0 / 0
  for op, want in pairs { Elu = { -1, -1, 0, 2, inf }, Celu = { -1, -1, 0, 2, inf },
    Selu = { -1.7580993408, -1.7580993408, 0, 2.1014019747, inf }, ThresholdedRelu = { 0, 0, 0, 2, inf, 0 },
    Shrink = { -inf, -200, 0, 2, inf, 0 }, Softplus = { 0, 0, 0.6931471806, 2.1269280110, inf },
    HardSigmoid = { 0, 0, 0.5, 0.9, 1 }, LeakyRelu = { -inf, -2, 0, 2, inf } } do
    local x = tensor { -inf, -200, 0, 2, inf, nan }:requires_grad()
    local y = assert(load(one(op, { "x" }, {})))(x)
    test.close(y:detach()[{ { 1, 5 } }], tensor(want)[{ { 1, 5 } }], 1e-6)
    if want[6] then test.equal(y[6], want[6] + 0.0) else test.truth(y[6] ~= y[6], op .. " of NaN") end
    y[{ { 1, 5 } }]:sum():backward()
    test.truth(x.grad[{ { 1, 5 } }]:isfinite():all():item(), op .. "'s gradient is " .. tostring(x.grad))
  end
end)

test("blocks that have a scale and a zero point of their own", function()
  local scale, zero = tensor { { 0.5, 2 }, { 4, 1 } }, tensor { { 1, 0 }, { 2, 3 } }
  local g = { inputs = { { "x", "int8", { "n", 3 } } }, outputs = { { "y", "f32", { "n", 3 } } },
    constants = { { "s", scale }, { "z0", zero } },
    nodes = { { "Cast", "z", { "z0" }, { "z" }, { to = 3 } },
      { "DequantizeLinear", "odd", { "x", "s", "z" }, { "y" }, { block_size = 2, axis = 1 } } } }
  local net = assert(load(g, 21))
  local x, y = tensor({ { 3, 1, 5 }, { 4, 2, -3 } }, { dtype = "i32" }), tensor { { 1, 0, 10 }, { 8, 0, -6 } }
  same(net(x), y, "f32")
  g.inputs[1][2], g.outputs[1][2] = "f32", "int8"
  g.nodes[2][1] = "QuantizeLinear"
  same(assert(load(g, 21))(y), x, "i32")
  test.fails_with({ "blocks of 2 along axis 1 of i32[2,5] want 3 there, got f32[2,2]   (node 'odd'" }, function()
    g.inputs[1], g.outputs[1], g.nodes[2][1] = { "x", "int8", { "n", "m" } }, { "y", "f32", { "n", "m" } },
      "DequantizeLinear"
    assert(load(g, 21))(tensor.zeros { 2, 5, dtype = "i32" })
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
