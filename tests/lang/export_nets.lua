--- export_nets.lua: whole networks as ONNX files and back, with any batch; what cannot be exported is refused.
local test = dofile "tests/check.lua"
local files = dofile "tests/onnx_files.lua"
local load, value = files.load, files.value

local Tagger = nn.class "Tagger"
function Tagger:init()
  self.embed, self.lstm = nn.Embedding(9, 6), nn.LSTM(6, 4, { bidirectional = true })
  self.gru, self.fc = nn.GRU(8, 5), nn.Linear(5, 3)
end
function Tagger:forward(ids)
  local y = self.gru((self.lstm(self.embed(ids))))
  return self.fc(y[":, -1"]):log_softmax(2), y
end

local function networks()
  tensor.seed(5)
  return {
    { nn.Sequential { nn.Linear(4, 8), nn.GELU(), nn.LayerNorm(8), nn.Linear(8, 3), nn.Softmax() },
      tensor.randn(2, 4) },
    { nn.Sequential { nn.Conv2d(3, 8, 3, { padding = 1, stride = 2 }), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
      nn.Flatten(), nn.Linear(8 * 3 * 4, 5) }, tensor.randn(2, 12, 16, 3) },
    { nn.Sequential { nn.ConvTranspose2d(3, 4, 2, { stride = 2 }), nn.GroupNorm(2, 4), nn.SiLU(),
      nn.Upsample { scale = 2, mode = "bilinear" }, nn.AvgPool2d(2), nn.Dropout(0.5), nn.GlobalAvgPool() },
      tensor.randn(2, 5, 6, 3) },
    { nn.Sequential { nn.Conv1d(4, 6, 5, { stride = 2 }), nn.LeakyReLU(), nn.Softplus() }, tensor.randn(2, 20, 4) },
    { Tagger(), tensor.randint(1, 9, 2, 7) },
    { nn.TransformerEncoder { layers = 1, d = 12, heads = 3, ff = 20 }, tensor.randn(2, 5, 12) },
    { load "cnn", value "cnn.in" }, { load "unet", value "unet.in" }, { load "encoder", value "encoder.in" },
  }
end

-- ONNX Runtime would put -infinity around.
test("a MaxPool never stands right behind a Pad in the file", function()
  local pad = nn.ZeroPad2d(1)
  for _, pool in ipairs { nn.MaxPool2d(2), nn.MaxPool2d(3, { stride = 1, padding = 1 }),
    nn.Lambda(function(x) return nn.adaptive_max_pool2d(x, 2) end) } do
    local net, x, path = nn.Sequential { nn.Conv2d(3, 2, 1), pad, pool }:eval(), tensor.rand(1, 6, 6, 3), os.tmpname()
    assert(net:export(path, { input = x }))
    local again = assert(nn.onnx(path))
    test.close(again(x), net(x):detach(), 1e-6)
    test.equal(files.count(again, "Pad", x), 1)
    test.equal(files.count(again, "Max", x), 1)
    assert(os.remove(path))
  end
end)

test("exported networks give the same answers, with any batch", function()
  for _, case in ipairs(networks()) do
    local net, x = case[1]:eval(), case[2]
    local path = os.tmpname()
    assert(net:export(path, { input = x }))
    local again = assert(nn.onnx(path))
    local x3 = tensor.cat { x, x["1:1"] }
    tensor.no_grad(function()
      test.close((again(x)), (net(x)), 2e-6)
      test.close((again(x3)), (net(x3)), 2e-6)
      local _, first = net(x)
      local _, second = again(x)
      if first and lunette.is_tensor(second) then test.close(second, first, 2e-6) end
    end)
    test.equal(again:inputs()[1].shape[1], "batch")
  end
end)

test("what cannot be exported is refused", function()
  local net = nn.Sequential { nn.Linear(2, 2) }
  test.fails_with({ "net:export: input is missing" }, function() net:export "/tmp/x.onnx" end)
  local Odd = nn.class "Odd"
  function Odd:forward(x) -- luacheck: no self
    if x:size(1) == 2 then return x * 2 end
    return x:relu() + 1
  end
  test.fails_with({ "net:export: the network does something else with another batch" }, function()
    Odd():export("/tmp/x.onnx", { input = { 2, 2 } })
  end)
  local Random = nn.class "Random"
  function Random:forward(x) return x + tensor.randn(1, 2) end -- luacheck: no self
  test.fails_with({ "gets random numbers" }, function() Random():export("/tmp/x.onnx", { input = { 2, 2 } }) end)
  local ok, why = net:export("/dev/null/nosuch/x.onnx", { input = { 1, 2 } })
  test.equal(ok, nil)
  test.equal(why:find("/dev/null/nosuch", 1, true) ~= nil, true)
end)

test("a size that is none is named where the export is asked for", function()
  local net = nn.Linear(2, 1)
  test.fails_with({ "net:export: input = {1, -3}: -3 is no size" }, function()
    net:export(os.tmpname(), { input = { 1, -3 } })
  end)
  test.fails_with({ "input = {1, 2.5}: 2.5 is no size" }, function()
    net:export(os.tmpname(), { input = { 1, 2.5 } })
  end)
end)

test.done()
