--- onnx_written.lua: ONNX files of a node or two, written here: how their numbers are read, and what exporters of
-- others mean by them.
local test = dofile "tests/check.lua"
local files = dofile "tests/onnx_files.lua"
local write, io_of = require "nn.onnx.write", test.inside.lunette.io

local function close(got, want, limit) test.close(got, want, limit or 2e-6) end

test("large kernels come to their places on the way from the file, other constants as they are", function()
  local function reads(op, shape, input, dtype, attr)
    local c, x = tensor.randn(shape):to(dtype), tensor.randn(input):to(dtype)
    local free = {}
    for i = 1, #input do free[i] = "d" .. i end
    local g = { inputs = { { "x", dtype, free } }, outputs = { { "y", dtype, free } }, constants = { { "c", c } },
      nodes = { { op = op, name = "n", inputs = { "x", "c" }, outputs = { "y" }, attr = attr or {} } } }
    local net = assert(files.written(g))
    local y = net(x)
    return y, x, c, net
  end
  local function is_conv(shape, input, dtype, order, f)
    local y, x, c, net = reads("Conv", shape, input, dtype)
    test.truth(net:parameters()[1]:eq(c:permute(order)):all():item(), "the kernel as convolutions want it")
    local back, last = {}, {}
    for i = 1, #input do last[i] = i == 1 and 1 or i == #input and 2 or i + 1 end
    for i, d in ipairs(last) do back[d] = i end
    close(y, f(x:permute(last):contiguous(), c:permute(order):contiguous()):permute(back), 1e-3)
  end
  is_conv({ 150, 130, 3, 3 }, { 1, 130, 4, 5 }, "f32", { 3, 4, 2, 1 }, nn.conv2d) -- units and a rest
  is_conv({ 301, 517, 1, 1 }, { 1, 517, 2, 3 }, "f32", { 3, 4, 2, 1 }, nn.conv2d)
  is_conv({ 17, 1100, 2, 3 }, { 1, 1100, 4, 5 }, "f64", { 3, 4, 2, 1 }, nn.conv2d) -- one row more than a line
  is_conv({ 80, 65, 3, 3, 3 }, { 1, 65, 3, 4, 5 }, "f32", { 3, 4, 5, 2, 1 }, nn.conv3d)
  local y, x, c = reads("Mul", { 1, 9, 130, 129 }, { 2, 9, 130, 129 }, "f32")
  close(y, x * c, 0)
end)

test("Resize: corners at a scale between whole sizes, and scales that leave the size", function()
  local function resized(x, scale, attr, producer)
    local path, sizes = os.tmpname(), { x:numel() }
    local g = { inputs = { { "x", "f32", sizes } }, outputs = { { "y", "f32", { "n" } } },
      constants = { { "s", tensor { scale } } },
      nodes = { { op = "Resize", name = "r", inputs = { "x", "", "s" }, outputs = { "y" }, attr = attr } } }
    assert(io_of.write_pieces(path, write.model(g, 17)))
    if producer then test.write(path, (test.read(path):gsub("lunette", producer, 1))) end
    local y = assert(nn.onnx(path))(x)
    assert(os.remove(path))
    return y
  end
  local x = tensor.arange(0, 4):to "f32"
  local corners = { mode = "linear", coordinate_transformation_mode = "align_corners" }
  -- 5 * 1.7 = 8.5 makes 8: ONNX's last corner is at 7.5, PyTorch's and ONNX Runtime's at 7
  close(resized(x, 1.7, corners), tensor.arange(0, 7):to "f32" * 4 / 7.5, 1e-6)
  close(resized(x, 1.7, corners, "pytorch"), tensor.arange(0, 7):to "f32" * 4 / 7, 1e-6)
  -- 5 * 1.15 = 5.75 makes 5, and output 4 lies at (4 + 0.5) / 1.15 - 0.5 = 3.41
  close(resized(x, 1.15, { mode = "nearest" }), tensor { 0, 1, 2, 3, 3 }, 0)
  close(resized(x, 1.15, { mode = "linear" }), x, 0) -- copied there
end)

test("a network that takes its input apart, or away from gradients, before it computes can be exported", function()
  local parts = { function(x) return x["..., 1:2"] end, function(x) return -x[":, -1, ::-1"] end,
    function(x) return x[{ {}, { 2, 3 } }]:permute(2, 1, 3)[1] end, function(x) return x[":, 1, new, :"] * 2 end,
    function(x) return x:detach() * 2 end,
    function(x) return tensor.no_grad(function() return x[":, 2"]:exp() end) end }
  for i, f in ipairs(parts) do
    local Net, path, x = nn.class "Net", os.tmpname(), tensor.randn(2, 4, 5)
    function Net:init() end -- luacheck: no self
    function Net:forward(y) return f(y) end -- luacheck: no self
    local net = Net()
    assert(net:export(path, { input = x }), i)
    local more = tensor.randn(3, 4, 5)
    close(assert(nn.onnx(path))(more), net(more), 1e-6)
    assert(os.remove(path))
  end
end)

test("ConstantFill, as PyTorch writes it into the operator sets 7 and 8", function()
  local g = { inputs = { { "n", "i64", { 2 } } }, outputs = { { "y", "f32", { "a", "b" } } }, constants = {},
    nodes = { { op = "ConstantFill", name = "c", inputs = { "n" }, outputs = { "y" },
      attr = { input_as_shape = 1, value = 0.5 } } } }
  close(assert(files.written(g, 7))(tensor({ 2, 3 }, { dtype = "i64" })), tensor.ones(2, 3) / 2, 0)
end)

test("a file whose nodes lack inputs or make a value twice, or not at all, is refused by its names", function()
  local function net_of(nodes, output)
    for i, n in ipairs(nodes) do nodes[i] = { op = n[1], name = n[2], inputs = n[3], outputs = n[4], attr = {} } end
    local g = { inputs = { { "x", "f32", { "n" } } }, outputs = { { output, "f32", { "n" } } }, constants = {},
      nodes = nodes }
    return files.written(g)
  end
  local x = tensor { -1, 2 }
  test.refused({ "'y' is made twice, the second time by node 'b' (Neg)" },
    net_of({ { "Relu", "a", { "x" }, { "y" } }, { "Neg", "b", { "x" }, { "y" } } }, "y"))
  test.refused({ "'x' is made twice, the second time by node 'a' (Relu)" },
    net_of({ { "Relu", "a", { "x" }, { "x" } } }, "x"))
  test.fails_with({ "an input or attribute that it needs is missing", "(node 'a', Relu" }, function()
    assert(net_of({ { "Relu", "a", {}, { "y" } } }, "y"))(x)
  end)
  test.fails_with({ "output 'z' (float[n]) is not made by its node" }, function()
    assert(net_of({ { "Relu", "a", { "x" }, { "y", "z" } } }, "z"))(x)
  end)
  close(assert(net_of({ { "Relu", "a", { "x" }, {} }, { "Neg", "b", { "x" }, { "y" } } }, "y"))(x), -x, 0)
end)

test("NonMaxSuppression of all boxes, as exporters write it: the largest whole number", function()
  local function suppress(most)
    return assert(files.written { inputs = { { "boxes", "f32", { 1, 6, 4 } }, { "scores", "f32", { 1, 1, 6 } } },
      outputs = { { "y", "i64", { "n", 3 } } },
      constants = { { "most", tensor({ most }, { dtype = "i64" }) }, { "iou", tensor { 0.5 } } },
      nodes = { { op = "NonMaxSuppression", name = "nms", inputs = { "boxes", "scores", "most", "iou" },
        outputs = { "y" }, attr = {} } } })
  end
  local boxes = tensor { { { 0, 0, 4, 4 }, { 0, 0, 4, 4.1 }, { 5, 5, 9, 9 }, { 20, 0, 24, 4 }, { 0, 20, 4, 24 },
    { 5, 5, 9, 9.2 } } }
  local scores = tensor { { { 0.5, 0.6, 0.7, 0.1, 0.2, 0.3 } } }
  local all = { { 0, 0, 2 }, { 0, 0, 1 }, { 0, 0, 4 }, { 0, 0, 3 } }
  test.same(suppress(math.maxinteger)(boxes, scores), all)
  test.same(suppress(2)(boxes, scores), { all[1], all[2] })
  test.shape(suppress(0)(boxes, scores), { 0, 3 })
end)

test.done()
