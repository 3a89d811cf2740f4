--- onnx_cells.lua: ONNX's RNN, LSTM and GRU as the engine's own ops do not have them: other activations, peepholes,
-- clip, input_forget.  The last h of ONNX Runtime 1.30 for weights that are sines.
local test = dofile "tests/check.lua"
local written = dofile("tests/onnx_files.lua").written

local function sines(k, ...)
  local n = 1
  for _, size in ipairs { ... } do n = n * size end
  return (tensor.arange(1, n):to "f64" * k):sin():to "f32":reshape { ... }
end

-- A node of 2 features and 2 states, of two rows of 3 and 2 steps.
local function net_of(op, attr, peepholes)
  local gates = ({ LSTM = 4, GRU = 3, RNN = 1 })[op]
  local D = attr.direction == "bidirectional" and 2 or 1
  local all = { hidden_size = 2 }
  for name, value in pairs(attr) do all[name] = value end
  return written { inputs = { { "x", "f32", { 3, 2, 2 } } }, outputs = { { "h", "f32", { D, 2, 2 } } },
    constants = { { "w", sines(1, D, gates * 2, 2) }, { "r", sines(2, D, gates * 2, 2) },
      { "b", sines(3, D, gates * 4) }, { "l", tensor({ 3, 2 }, { dtype = "i32" }) }, { "p", sines(5, D, 6) } },
    nodes = { { op = op, name = "odd", inputs = { "x", "w", "r", "b", "l", "", "", peepholes and "p" or nil },
      outputs = { "", "h" }, attr = all } } }
end

local cases = {
  { "LSTM", {},
    { 0.793376, -0.061577, 0.691170, -0.066296 }, peepholes = true },
  { "LSTM", { direction = "bidirectional", clip = 0.5 },
    { 0.322111, -0.098254, 0.267084, -0.089029, -0.160948, 0.198149, -0.129933, 0.222711 }, peepholes = true },
  { "LSTM", { input_forget = 1 },
    { 0.653827, -0.112416, 0.506334, -0.131668 } },
  { "LSTM", { direction = "reverse", activations = { "HardSigmoid", "Tanh", "Softsign" } },
    { 0.518353, -0.038268, 0.477099, -0.030129 } },
  { "LSTM", { activations = { "HardSigmoid", "ScaledTanh", "Elu" },
      activation_alpha = { 0.3, 0.6, 0.7 }, activation_beta = { 0.4, 0.8 } },
    { 0.902443, -0.000634, 0.500568, 0.000000 } },
  { "GRU", { activations = { "HardSigmoid", "Tanh" } },
    { 0.301531, -0.706550, 0.411107, -0.946917 } },
  { "GRU", { clip = 0.4, linear_before_reset = 1 },
    { 0.205982, -0.355392, 0.251261, -0.318758 } },
  { "GRU", { direction = "bidirectional", activations = { "HardSigmoid", "Affine", "Sigmoid", "LeakyRelu" },
      activation_alpha = { 0.3, 0.5, 0.1 }, activation_beta = { 0.4, 0.1 } },
    { 0.290959, -0.417511, 0.464867, -0.997826, 0.350167, -0.027582, 0.074057, 0.398235 } },
  { "RNN", { clip = 0.4 },
    { 0.379949, -0.379949, 0.379949, -0.379949 } },
  { "RNN", { activations = { "ThresholdedRelu" }, activation_alpha = { 0.5 } },
    { 1.523772, 0.000000, 1.282609, 0.000000 } },
  { "RNN", { direction = "bidirectional", activations = { "Softplus", "LeakyRelu" } },
    { 1.648616, 0.225773, 1.727043, 0.324254, 1.798209, -0.012534, 1.503145, -0.012282 } },
}
test("activations, peepholes, clip and input_forget give ONNX Runtime's states", function()
  for _, case in ipairs(cases) do
    local net = assert(net_of(case[1], case[2], case.peepholes))
    test.close(net(sines(4, 3, 2, 2)):reshape(-1), case[3], 2e-6)
  end
end)

test("they learn: every weight has the gradient that differences tell", function()
  for _, case in ipairs { cases[1], cases[2], cases[3], cases[5], cases[6], cases[8] } do
    local net = assert(net_of(case[1], case[2], case.peepholes))
    local x, list = sines(4, 3, 2, 2), net:parameters()
    test.equal(#list, case.peepholes and 4 or 3)
    local function loss() return (net(x) * sines(6, table.unpack(net(x).shape))):sum() end
    net:unfreeze()
    loss():backward()
    for k, w in ipairs(list) do
      local way = sines(7 + k, table.unpack(w.shape))
      local slope = (w.grad * way):sum():item()
      local step, sides = 1e-3, {} -- small: clips and hard sigmoids have kinks
      for side = -1, 1, 2 do
        tensor.no_grad(function()
          w:add_(way * (side * step))
          sides[side] = loss():item()
          w:add_(way * (-side * step))
        end)
      end
      test.close((sides[1] - sides[-1]) / (2 * step), slope, 1e-3)
    end
  end
end)

test("what they do not have is refused by name when the file is read", function()
  for text, case in pairs { ["(activation Selu): node odd"] = { "RNN", { "Selu" } },
    ["(activation Affine without its numbers)"] = { "RNN", { "Affine" } },
    ["(activation ScaledTanh without its numbers)"] = { "GRU", { "Sigmoid", "ScaledTanh" }, { 1 } },
    ["(2 activations, not 3)"] = { "LSTM", { "Sigmoid", "Tanh" } },
    ["(3 activations, not 6)"] = { "LSTM", { "Sigmoid", "Tanh", "Tanh" }, nil, "bidirectional" } } do
    test.refused({ text }, net_of(case[1], { activations = case[2], activation_alpha = case[3], direction = case[4] }))
  end
  test.refused({ "want 1 x 6 of P, which is [1,5]" }, written { inputs = { { "x", "f32", { 3, 2, 2 } } },
    outputs = { { "h", "f32", { 1, 2, 2 } } }, constants = { { "w", sines(1, 1, 8, 2) }, { "r", sines(1, 1, 8, 2) },
      { "p", sines(1, 1, 5) } }, nodes = { { op = "LSTM", name = "odd",
      inputs = { "x", "w", "r", "", "", "", "", "p" }, outputs = { "", "h" }, attr = { hidden_size = 2 } } } })
end)

test.done()
