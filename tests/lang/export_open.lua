--- export_open.lua: networks whose sizes stay open as ONNX files: at sizes other than those that they were traced with
-- they give the network's own answers; where a size must be known the message says whose and which.
local test = dofile "tests/check.lua"
local keep = dofile "tests/exported.lua"
local files = dofile "tests/onnx_files.lua"

local function network(f, parts)
  local Net = nn.class "Net"
  function Net:init()
    for name, part in pairs(parts or {}) do self[name] = part end
  end
  function Net:forward(...) return f(self, ...) end
  return Net():eval()
end

-- Writes net for `shape` and compares on inputs of all `sizes`; the last one goes to ONNX Runtime too.
local function holds(name, net, shape, sizes)
  test(name, function()
    local path = os.tmpname()
    assert(net:eval():export(path, { input = shape }))
    local again = assert(nn.onnx(path))
    for i, size in ipairs(sizes) do
      local x = shape.dtype == "i64" and tensor.randint(1, 9, table.unpack(size)) or tensor.randn(size)
      local want, got = { tensor.no_grad(net, x) }, { again(x) }
      test.equal(#got, #want)
      for k = 1, #want do
        test.shape(got[k], want[k].shape)
        test.close(got[k], want[k], 2e-5)
      end
      if i == #sizes then keep("open", path, { x }, want) end
    end
  end)
end
tensor.seed(1)

-- --- pictures --------------------------------------------------------------------------------------------------------

local function conv(o) return nn.Conv2d(o[1], o[2], o[3], { stride = o.stride or 1, padding = o.padding or 0 }) end
local pictures = { { 1, 16, 20, 3 }, { 3, 33, 21, 3 }, { 2, 57, 64, 3 } }
local even = { { 1, 16, 20, 3 }, { 3, 18, 34, 3 } }
for name, case in pairs {
  ["a convolution, the mean of all places, a line"] = nn.Sequential { nn.Conv2d(3, 4, 3), nn.ReLU(),
    nn.GlobalAvgPool(), nn.Linear(4, 2) },
  ["strides, pads, pools"] = nn.Sequential { conv { 3, 4, 3, stride = 3, padding = 1 }, nn.BatchNorm2d(4),
    nn.MaxPool2d(3, { stride = 2 }), nn.AvgPool2d { 2, padding = 1 } },
  ["a border of 0 before a pool"] = nn.Sequential { conv { 3, 4, 3, stride = 2, padding = 2 }, nn.ZeroPad2d(1),
    nn.MaxPool2d(2), conv { 4, 4, 1 }, nn.ZeroPad2d(1), nn.MaxPool2d(3, { stride = 2, padding = 1 }) },
  ["the greatest of all places"] = nn.Sequential { conv { 3, 4, 3, stride = 2, padding = 1 }, nn.GlobalMaxPool() },
  ["padding=same with gaps, and with strides"] = nn.Sequential {
    nn.Conv2d(3, 4, 5, { dilation = 2, padding = "same" }),
    nn.Conv2d(4, 4, 3, { stride = 2, padding = "same" }), nn.GlobalAvgPool() },
  ["windows beyond the edge"] = network(function(_, x)
    return nn.avg_pool2d { nn.max_pool2d { x, kernel = 3, stride = 2, ceil_mode = true }, kernel = 3, stride = 2,
      ceil_mode = true }
  end),
  ["means with gaps"] = network(function(_, x)
    return nn.avg_pool2d { x, kernel = 3, padding = 1, dilation = 2, count_include_pad = false }
  end),
  ["adaptive pools of one place"] = network(function(_, x)
    return nn.adaptive_avg_pool2d { x, size = 1 } + nn.adaptive_max_pool2d { x, size = 1 }
  end),
  ["places as a sequence"] = { network(function(self, x)
    local y = self.c(x)
    local h, w = y:size(2), y:size(3)
    local z = self.a(y:reshape(y:size(1), h * w, 4))
    return z:reshape(y:size(1), h, w, 4), y:reshape(-1, 4)
  end, { c = conv { 3, 4, 3, stride = 2 }, a = nn.TransformerEncoder { layers = 1, d = 4, heads = 2, ff = 8 } }),
    even },
  ["down and up again"] = { network(function(self, x) return self.u(self.d(x):relu()) + x end,
    { d = conv { 3, 4, 3, stride = 2, padding = 1 }, u = nn.ConvTranspose2d(4, 3, 2, { stride = 2 }) }), even },
  ["up to the size of another value"] = network(function(self, x)
    local size, y = { x:size(2), x:size(3) }, self.d(x)
    return tensor.cat { nn.upsample { y, size = size }, x,
      nn.upsample { y, size = size, mode = "bilinear", align_corners = true }, dim = 4 }
  end, { d = conv { 3, 3, 3, stride = 2, padding = 1 } }),
  ["up by a part"] = nn.Sequential { nn.Upsample { scale = 1.5 }, nn.Upsample { scale = 2, mode = "bilinear" } },
  ["cut to the size of another value"] = network(function(self, x)
    local y = self.d(x)
    local inner = x[{ {}, { 2, x:size(2) - 1 }, { 2, x:size(3) - 1 } }]
    return y + inner + x:narrow(2, 1, y:size(2)):narrow(3, 3, y:size(3))
  end, { d = nn.Conv2d(3, 3, 3) }),
  ["every other place, and reflections"] = network(function(_, x)
    return x:pad { pads = { 2, 1, 1, 3 }, dims = { 2, 3 }, mode = "reflect" }[":, ::2, 2::2"]
  end),
  ["pixels of channels"] = network(function(self, x) return nn.pixel_shuffle(self.d(x), 2) end,
    { d = nn.Conv2d(3, 12, 3) }),
  norms = nn.Sequential { conv { 3, 4, 3, stride = 2 }, nn.GroupNorm(2, 4), nn.InstanceNorm2d(4), nn.LayerNorm(4) },
  ["sizes as numbers"] = network(function(_, x)
    local along = (tensor.arange(x:size(3)):to "f32" / x:size(3)):reshape(1, 1, -1, 1)
    return (x + along):sum { dim = { 2, 3 } } * (1 / (x:size(2) * x:size(3))) + x:var { dim = { 2, 3 } } / x:size(2)
  end),
  ["a channel of places"] = network(function(_, x)
    local rows = tensor.arange(x:size(2)):to "f32":reshape(1, -1, 1, 1)
    return tensor.cat { x, rows:expand(x:size(1), x:size(2), x:size(3), 1), dim = 4 }
  end),
} do
  local net, sizes = case, pictures
  if not nn.is_module(case) then net, sizes = table.unpack(case) end
  holds(name, net, { 1, "h", "w", 3 }, sizes)
end

-- --- sequences -------------------------------------------------------------------------------------------------------

local rows = { { 1, 5, 4 }, { 3, 8, 4 }, { 2, 13, 4 } }
for name, net in pairs {
  ["strides along time, then the last step"] = network(function(self, x) return self.g(self.c(x))[{ {}, -1 }] end,
    { c = nn.Conv1d(4, 6, 3, { stride = 2 }), g = nn.GRU(6, 3) }),
  ["all steps of all rows"] = network(function(self, x)
    return self.l(x:reshape(-1, 4)):reshape(x:size(1), x:size(2), 2)
  end, { l = nn.Linear(4, 2) }),
  ["attention that looks back"] = network(function(_, x)
    return nn.attention { x, x, x, heads = 2, causal = true } + nn.attention { x[":, 2:-1"], x, x, heads = 1,
      causal = true }:mean { dim = 2, keepdim = true }
  end),
  ["a mask by the length"] = network(function(_, x)
    local t, scores = x:size(2), x:bmm(x:transpose(2, 3))
    local seen = tensor.ones(t, t):tril():gt(0):expand(x:size(1), t, t)
    return tensor.where(seen, scores, scores * 0 - 1e9):softmax(3):bmm(x)
  end),
  ["a table of places, longer than the trace"] = network(function(self, x)
    return x + self.e(tensor.arange(x:size(2)))
  end, { e = nn.Embedding(512, 4) }),
  ["a short table of places"] = network(function(self, x) return x + self.p:narrow(1, 1, x:size(2)) end,
    { p = tensor.randn(40, 4) }),
  ["a token in front"] = network(function(self, x)
    return tensor.cat { self.c:expand(x:size(1), 1, 4), x[":, 1:-2"], dim = 2 }
  end, { c = tensor.randn(1, 1, 4) }),
  ["one for all"] = network(function(_, x) return x:mean { dim = 2, keepdim = true }:tile { 1, x:size(2), 1 } + x end),
  ["backwards by numbers"] = network(function(_, x)
    return x:index_select(x:size(2) + 1 - tensor.arange(x:size(2)), 2)
  end),
} do
  holds(name, net, { 1, "t", 4 }, rows)
end
holds("pairs of steps", network(function(_, x) return x:reshape(x:size(1), x:size(2) // 2, 2, 4):mean(3) end),
  { 1, "t", 4 }, { { 1, 6, 4 }, { 2, 12, 4 } })
holds("three open sizes in one", network(function(_, x) return x:reshape(-1, x:size(4)) end), { 1, "a", "b", "c" },
  { { 1, 3, 4, 2 }, { 2, 5, 6, 7 } })
holds("a window that is longer than most", nn.Sequential { nn.Conv1d(1, 2, 1500, { stride = 160 }) }, { 1, "t", 1 },
  { { 1, 1501, 1 }, { 2, 2000, 1 } })
holds("words", nn.Sequential { nn.Embedding(9, 6), nn.GRU(6, 5), nn.Linear(5, 2) }, { 1, "t", dtype = "i64" },
  { { 1, 3 }, { 4, 7 } })

-- --- files of others -------------------------------------------------------------------------------------------------

local function i64(...) return tensor({ ... }, { dtype = "i64" }) end
-- Nodes as exporters write them for sizes that are known when it runs; out they go, and in again.
local function file_of(nodes, constants, rank)
  local free = {}
  for d = 1, rank do free[d] = "d" .. d end
  local g = { inputs = { { "x", "f32", free } }, outputs = { { "y", "f32", { "m" } } }, constants = constants,
    nodes = {} }
  for i, n in ipairs(nodes) do
    g.nodes[i] = { op = n[1], name = "n" .. i, inputs = n[2], outputs = { n[3] }, attr = n[4] or {} }
  end
  return assert(files.written(g))
end
local index = { { "zero", i64(0) }, { "one", i64(1) }, { "last", tensor(-1):to "i64" }, { "rest", i64(-1) },
  { "far", i64(-9223372036854775807) } }
local chain = { { "Shape", { "x" }, "s" }, { "Gather", { "s", "zero" }, "n", { axis = 0 } },
  { "Concat", { "n", "rest" }, "to", { axis = 0 } }, { "Reshape", { "x", "to" }, "y" } }
holds("Shape, Gather, Concat, Reshape", file_of(chain, index, 3), { 1, "t", 4 }, rows)
holds("the last by -1", file_of({ { "Gather", { "x", "last" }, "y", { axis = 1 } } }, index, 3), { 1, "t", 4 }, rows)
holds("backwards by a slice", file_of({ { "Slice", { "x", "rest", "far", "one", "rest" }, "y" } }, index, 3),
  { 1, "t", 4 }, rows)
holds("all but the ends", file_of({ { "Slice", { "x", "one", "rest", "one" }, "y" } }, index, 3), { 1, "t", 4 }, rows)
holds("flat, by an axis", file_of({ { "Flatten", { "x" }, "y", { axis = 2 } } }, index, 4), { 1, "h", "w", 3 },
  pictures)
holds("bounds that are computed", file_of({ { "ReduceMax", { "x" }, "top", { keepdims = 0 } },
  { "Sub", { "top", "one" }, "low" }, { "Clip", { "x", "low" }, "y" } }, { { "one", tensor(1) } }, 3),
  { 1, "t", 4 }, rows)
for transform, mode in pairs { asymmetric = "nearest", half_pixel = "linear", align_corners = "linear" } do
  local attr = { mode = mode, nearest_mode = "floor", coordinate_transformation_mode = transform }
  holds("Resize twice, " .. transform, file_of({ { "Resize", { "x", "", "twice" }, "y", attr } },
    { { "twice", tensor { 1, 1, 2, 2 } } }, 4), { 1, 3, "h", "w" }, { { 1, 3, 5, 8 }, { 2, 3, 9, 4 } })
  holds("Resize to the size of x, " .. transform, file_of({ { "AveragePool", { "x" }, "p", { kernel_shape = { 2, 3 },
    strides = { 2, 3 } } }, { "Shape", { "x" }, "s" }, { "Resize", { "p", "", "", "s" }, "y", attr } }, {}, 4),
    { 1, 3, "h", "w" }, { { 1, 3, 6, 8 }, { 2, 3, 9, 7 } })
end

-- --- refused ---------------------------------------------------------------------------------------------------------

test("where a size must be known the message names the layer and the size", function()
  local function refused(parts, net, shape)
    test.fails_with(parts, function() net:eval():export(os.tmpname(), { input = shape }) end)
  end
  local pool = network(function(self, x) return self.pool(x) end, { pool = nn.AdaptiveAvgPool2d(7) })
  refused({ "net:export: adaptive_avg_pool2d of layer pool (AdaptiveAvgPool2d(7)) needs windows of one size; with a "
    .. "number in place of 'h' and 'w' in input it can be written" }, pool, { 1, "h", "w", 3 })
  refused({ "of layer pool", "in place of 'w' in" }, pool, { 1, 14, "w", 3 })
  refused({ "net:export: with batch = 2, h = 211, w = 227 the network gives no answer", "mm: inner sizes differ",
    "Linear(7,2)" }, nn.Sequential { nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(7, 2) }, { 1, "h", "w", 3 })
  refused({ "net:export: slice takes a part that no open size explains; with a number in place of 't'" },
    network(function(_, x) return x[{ {}, x:size(2) // 2 }] end), { 1, "t", 4 })
  refused({ "net:export: the network does something else with another size, at its step cat of layer up1 (Up); with a "
    .. "number in place of 'h' and 'w' in input" }, nn.models.unet { width = 2 }, { 1, "h", "w", 3 })
  refused({ "net:export: conv2d of layer 1", "padding=same with stride and dilation" }, nn.Sequential {
    nn.Conv2d(3, 4, 3, { padding = "same", stride = 2, dilation = 2 }) }, { 1, 8, 9, 3 })
  refused({ "gets random numbers" }, network(function(_, x) return x + tensor.randn(1, 4) end), { 1, "t", 4 })
  refused({ "layer 2 (MaxPool2d", "leaves 1 of sizes as different as" }, nn.Sequential {
    network(function(_, x) return x + tensor.zeros(1, 20, 1, 1):narrow(2, 1, x:size(2)) end),
    nn.MaxPool2d(5, { stride = 4 }) }, { 1, "h", 9, 3 })
end)

test.done()
