-- nn.keras: models in the layouts of Keras 2 and 3 against NumPy's answers (tests/golden/keras, made by
-- make_keras.py), and what is refused.
local test = dofile "tests/check.lua"
local G = "tests/golden/keras/"

local want = test.golden(G .. "expected.txt")
local function agrees(name, y) test.close(y:reshape(-1), tensor(want[name], { dtype = "f64" }):to(y.dtype), 1e-6) end

if not tensor.load(G .. "picture.h5") then
  print "# left out: this program was built without HDF5"
  return test.done()
end

local x = (((tensor.arange(2 * 10 * 13 * 2) - 1) * 7):remainder(11):to "f32" / 5 - 1):view(2, 10, 13, 2)
local ids = tensor { { 0, 3, 6, 1, 1 }, { 2, 2, 5, 4, 0 }, dtype = "i64" }

for _, file in ipairs { "picture.h5", "picture.keras" } do
  test("a picture net, Sequential: " .. file, function()
    local net = assert(nn.keras(G .. file))
    test.truth(not net.training)
    agrees("picture", net(x))
    test.close(net:to "f64"(x:to "f64"):reshape(-1), tensor(want.picture, { dtype = "f64" }), 1e-8)
    test.truth(tostring(net):find("DepthwiseConv2D dw", 1, true))
  end)
end
test("words, Functional, two outputs: LSTM both ways, GRU of both forms, attention, hard_sigmoid", function()
  local net = assert(nn.keras(G .. "words.h5"))
  local a, b = net(ids)
  agrees("words", a)
  agrees("words_mean", b)
  agrees("words", (net { ids = ids }))
  net = assert(nn.keras(G .. "words.keras"))
  a, b = net(ids)
  agrees("words3", a)
  agrees("words_mean", b)
  test.fails_with({ "input 'ids' is missing" }, net)
end)
test("a model within a model, called twice; weights in a file of their own", function()
  local net = assert(nn.keras(G .. "nested.json", G .. "nested_weights.h5"))
  local a, b = tensor { { 1, -2, 0.5 }, { 0, 1, 2 } }, tensor { { 0.5, 0.25, -1 }, { 2, 0, 1 } }
  agrees("nested", net(a, b))
  agrees("nested", net { x1 = a, x2 = b })
  test.equal(net:parameter_count(), 44)
end)
test("it learns on: gradients, batch norm in training, saving and loading", function()
  local net = assert(nn.keras(G .. "picture.h5")):train()
  local y = tensor { { 1, 0, 0 }, { 0, 1, 0 } }
  local opt = optim.Adam { net, lr = 0.01 }
  local function loss() return nn.mse(net(x), y) end
  local before = loss():item()
  for _ = 1, 30 do opt:step(loss()) end
  test.truth(loss():item() < 0.5 * before, loss():item() / before)
  local path = os.tmpname() .. ".safetensors"
  assert(net:save(path))
  local other = assert(nn.keras(G .. "picture.keras"))
  assert(other:load(path))
  test.close(other(x), net:eval()(x), 1e-6)
end)
test("data.weights knows the order", function()
  local w = assert(data.weights(G .. "picture.h5"))
  test.equal(#w, 15)
  test.equal(w[1], "conv/conv/kernel:0")
  test.equal(w[15], "dense/dense/bias:0")
  w = assert(data.weights(G .. "picture.keras"))
  test.equal(#w, 15)
  test.shape(w["layers/conv2d/vars/0"], { 3, 3, 2, 4 })
end)

-- --- what is refused -------------------------------------------------------------------------------------------------

local path = os.tmpname()
local function json(text)
  local f = assert(io.open(path .. ".json", "w"))
  f:write(text)
  f:close()
  return path .. ".json"
end
local function sequential(...)
  return json(('{"class_name": "Sequential", "config": {"name": "m", "layers": [%s]}}'):format(table.concat({ ... },
    ", ")))
end
local input = '{"class_name": "InputLayer", "config": {"name": "in", "batch_shape": [null, 8, 8, 3]}}'
local function layer(class, more)
  return ('{"class_name": "%s", "config": {"name": "l"%s}}'):format(class, more and ", " .. more or "")
end
test("layers and options that are not read are named", function()
  for text, why in pairs {
    [layer("Teleport")] = "layer 'l' (Teleport) is not read",
    [layer("Lambda", '"function": "os.system", "arguments": {"scale": 2}')] =
      "layer 'l' (Lambda): only x * scale is read: Python's code is not run",
    [layer("Lambda", '"function": "scaling"')] = "only x * scale is read",
    [layer("Lambda", '"function": "scaling", "arguments": {"scale": 2, "y": 1}')] = "argument 'y'",
    [layer("Dense", '"units": 2, "activation": "magic"')] = "layer 'l' (Dense): activation 'magic'",
    [layer("Conv2D", '"filters": 1, "kernel_size": [1, 1], "strides": [1, 1], "data_format": "channels_first"')] =
      "channels_first is not read",
    [layer("BatchNormalization", '"axis": 1')] = "axis 1 is not the last",
    [layer("MaxPooling2D", '"pool_size": [2, 2], "padding": "odd"')] = "padding 'odd'",
    [layer("Dense", '"units": 0')] = "layer 'l' (Dense): units is 0, but a whole number from 1 on",
    [layer("Dense", '"units": -2')] = "(Dense): units is -2",
    [layer("Dense", '"units": 2.5')] = "(Dense): units is 2.5",
    [layer("Dense", '"units": 1e15')] = "(Dense): units is 1e+15",
    [layer("LSTM", '"units": "two"')] = "(LSTM): units is two",
    [layer("Conv2D", '"filters": 0, "kernel_size": [1, 1]')] = "(Conv2D): filters is 0",
    [layer("Embedding", '"input_dim": 0, "output_dim": 2')] = "(Embedding): input_dim is 0",
  } do
    test.fails_with({ why }, nn.keras, sequential(input, text))
  end
  test.fails_with({ "without the shape of its input" }, nn.keras, sequential(layer("Dense", '"units": 2')))
  test.fails_with({ "has no layers" }, nn.keras, sequential())
end)
test("graphs in circles, calls and inputs that there are none of", function()
  local function functional(layers, inputs, outputs)
    return json(('{"class_name": "Functional", "config": {"name": "m", "layers": [%s], "input_layers": %s, '
      .. '"output_layers": %s}}'):format(layers, inputs, outputs))
  end
  local function act(name, from)
    return ('{"class_name": "Activation", "name": "%s", "config": {"name": "%s", "activation": "relu"}, '
      .. '"inbound_nodes": [[["%s", 0, 0, {}]]]}'):format(name, name, from)
  end
  local first = '{"class_name": "InputLayer", "name": "in", "config": {"name": "in", "batch_shape": [null, 3]}, '
    .. '"inbound_nodes": []}'
  test.fails_with({ "'b' hangs on itself" }, nn.keras, functional(first .. "," .. act("a", "b") .. "," .. act("b", "a"),
    '[["in", 0, 0]]', '[["b", 0, 0]]'))
  test.fails_with({ "wants call 1 of layer 'c'" }, nn.keras, functional(first .. "," .. act("a", "c"),
    '[["in", 0, 0]]', '[["a", 0, 0]]'))
  test.fails_with({ "two layers are called 'a'" }, nn.keras, functional(act("a", "in") .. "," .. act("a", "in"),
    '[["in", 0, 0]]', '[["a", 0, 0]]'))
  test.fails_with({ "there is no input 'b'" }, nn.keras, functional(first .. "," .. act("a", "in"),
    '[["b", 0, 0]]', '[["a", 0, 0]]'))
end)
test("files that are no models, or another's weights", function()
  local function refused(texts, net, why)
    test.truth(net == nil, "refused")
    for _, text in ipairs(texts) do
      if not why:find(text, 1, true) then test.fail(("message %q lacks %q"):format(why, text)) end
    end
  end
  refused({ "nosuch.keras" }, nn.keras "nosuch.keras")
  refused({ path, "no model of Keras's" }, nn.keras(json '[1, 2]'))
  refused({ path, "no model of Keras's" }, nn.keras(json '{"class_name": "Sequential"}'))
  refused({ path, "class Subclassed" }, nn.keras(json '{"class_name": "Subclassed", "config": {}}'))
  refused({ path }, nn.keras(json '{"class_name": '))
  refused({ "nested_weights.h5", "no model_config" }, nn.keras(G .. "nested_weights.h5"))
  local f = assert(io.open(G .. "words.keras", "rb"))
  local bytes = f:read "a"
  f:close()
  for _, n in ipairs { 10, 1000, #bytes // 2, #bytes - 30 } do
    test.write(path .. ".keras", bytes:sub(1, n))
    refused({ path .. ".keras" }, nn.keras(path .. ".keras"))
  end
  test.fails_with({ "nested_weights.h5 does not fit", "nothing was loaded", "the file has no", "the network has no" },
    nn.keras, sequential(input, layer("Dense", '"units": 2, "activation": "relu"')), G .. "nested_weights.h5")
end)
-- Code objects of `def scaling(x, scale): return x * scale` (marshal, base64): CPython's 3.11, one put together as
-- 3.6 writes it, and one of x + scale.
local codes = {
  ["3.11"] = "4wIAAAAAAAAAAAAAAAIAAAADAAAA8wwAAACXAHwAfAF6BQAAUwApAU6pACkC2gF42gVzY2FsZXMCAAAAICD6CDxzdHJpbmc+"
    .. "2gdzY2FsaW5ncgYAAAABAAAAcwwAAACAANgLDIh1iTnQBBTzAAAAAA==",
  ["3.6"] = "4wIAAAAAAAAAAgAAAAIAAABDAAAAcwgAAAB8AHwBFABTACkBTikAKQLaAXjaBXNjYWxlqQB6BzxzdGRpbj7aB3NjYWxpbmcB"
    .. "AAAAcwIAAAAAAQ==",
}
test("a Lambda of x * scale is read, whichever Python wrote it, and no other", function()
  local function of(code)
    return ('"function": %s, "function_type": "lambda", "arguments": {"scale": 0.17}'):format(code)
  end
  local some = tensor.rand(1, 8, 8, 3)
  for version, code in pairs(codes) do
    for _, form in ipairs { '["%s\\n", null, null]', '{"class_name": "__lambda__", "config": {"code": "%s"}}' } do
      local net = nn.keras(sequential(input, layer("Lambda", of(form:format(code)))))
      test.close(net(some), some * 0.17, 1e-6, version)
    end
  end
  local net = nn.keras(sequential(input, layer("Lambda", of '"scaling"')))
  test.close(net(some), some * 0.17, 1e-6)
  local plus = "4wIAAAAAAAAAAgAAAAIAAABDAAAAcwgAAAB8AHwBFwBTACkBTikAKQLaAXjaBXNjYWxlqQB6BzxzdGRpbj7aB3NjYWxpbmcB"
    .. "AAAAcwIAAAAAAQ=="
  test.fails_with({ "Python's code is not run" }, nn.keras, sequential(input, layer("Lambda",
    of(('["%s", null, null]'):format(plus)))))
end)

test.done()
