--- mobilenet_transfer: the drawn objects that its base has learnt from, the network, its weights from other programs,
-- what is frozen, folders of pictures, and broken copies.
local test = dofile "tests/check.lua"
package.path = "scripts/?.lua;" .. package.path
local objects, folders = require "lib.objects", require "lib.picture_classes"
local mobilenet, weights = require "lib.mobilenet", require "lib.mobilenet_weights"

-- --- the generator --------------------------------------------------------------------------------------------------

test("78 classes and none of them an alpaca", function()
  test.equal(#objects.names, 78)
  local seen = {}
  for _, name in ipairs(objects.names) do
    test.truth(not seen[name] and not name:find "alpaca", name)
    seen[name] = true
  end
end)

test("a picture is n x size x size x 3 of 0..1, labels count from 1, each class as often as any other", function()
  local x, y = objects.draw(156, 32, tensor.rng(1))
  test.shape(x, { 156, 32, 32, 3 })
  test.dtype(x, "f32")
  test.dtype(y, "i64")
  test.truth(x:min():item() >= 0 and x:max():item() <= 1, "0..1")
  test.same(tensor.bincount(y), tensor.full({ 78 }, 2))
end)

test("the same pictures for the same generator, others for another", function()
  local function draw(seed, o) return (objects.draw(20, 24, tensor.rng(seed), o)) end
  test.same(draw(3), draw(3))
  test.truth(draw(3) ~= draw(4), "other pictures")
  test.truth(draw(3) ~= draw(3, { stream = "test" }), "other designs in the test stream")
  test.same(draw(3, { heldout = true }), draw(3, { stream = "test" }))
end)

test("what is wrong is said", function()
  test.fails_with({ "objects.draw: no class 'alpacca'" }, objects.draw, 2, 16, tensor.rng(1),
    { classes = { "alpacca" } })
  test.fails_with({ "stream 'held' is none of train" }, objects.draw, 2, 16, tensor.rng(1), { stream = "held" })
end)

test("every class draws itself in many designs", function()
  for _, names in ipairs { objects.names, objects.reserved } do
    for _, name in ipairs(names) do
      local seen = {}
      for k = 1, 4 do seen[k] = objects.show(name, 24, tensor.rng(1), { design = k }):to "f32" end
      for k = 2, 4 do test.truth((seen[k] - seen[1]):abs():max():item() > 8, name .. ": design " .. k .. " differs") end
    end
  end
end)

-- --- the network ----------------------------------------------------------------------------------------------------

local golden = dofile "tests/golden/mobilenet.lua"

local function counts(width)
  local net, all = mobilenet.new { width = width }, 0
  for _, t in pairs(net:state()) do all = all + t:numel() end
  return net:parameter_count(), all
end

test("as many parameters as torchvision's and Keras' MobileNetV2 of width 0.35 and 1", function()
  for width, want in pairs { [0.35] = golden.narrow, [1] = golden.whole } do
    local learnt = counts(width)
    test.equal(learnt, want[2])
    test.equal(learnt + 1280 * 1000 + 1000, want[1])                       -- with the layer of 1000 classes
  end
  test.equal(select(2, counts(0.35)), 410208)                              -- include_top=False
  test.equal(select(2, counts(1)), 2257984)
end)

test("the layers are Keras' 154, and number 120 is where the course begins", function()
  local list = mobilenet.layers(mobilenet.new { width = 0.35 })
  test.equal(#list, 154)
  test.equal(list[1 + 120].name, "block_13_depthwise")
  test.equal(list[1 + 9].name, "block_1_expand")
  test.equal(list[154].name, "out_relu")
end)

test("lunette bench measures the network that the script builds", function()
  local measured
  local ok, why = pcall(assert(loadfile "scripts/bench/images.lua"), function(name, _, make)
    if name == "mobilenet_finetune" then make() end
  end, { trainer = function(net) measured = net end })
  test.truth(ok, tostring(why))
  local function shapes(net)
    local list = {}
    for i, p in ipairs(net:parameters()) do list[i] = table.concat(p.shape, "x") end
    table.sort(list)
    return table.concat(list, " ")
  end
  test.equal(shapes(measured), shapes(nn.Sequential { mobilenet.new { width = 1 }, nn.Linear(1280, 1) }))
end)

-- Tensors as make_mobilenet.py fills torchvision's, by torchvision's names: f64.
local function formula()
  local net, list, out = mobilenet.new { width = 0.35 }, {}, {}
  local state = net:state()
  for _, row in ipairs(mobilenet.names(net)) do
    local own = state[row[1]]
    local shape = own:dim() == 4 and own:permute(4, 3, 1, 2).shape or own.shape
    list[#list + 1] = { row = row, name = row[3], shape = shape }
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  for k, it in ipairs(list) do
    local n = 1
    for _, s in ipairs(it.shape) do n = n * s end
    local wave = ((tensor.arange(n):to "f64" - 1) * 0.7 + k):sin():reshape(table.unpack(it.shape))
    if #it.shape == 4 then wave = wave * (2 / math.sqrt(it.shape[2] * it.shape[3] * it.shape[4]))
    elseif it.name:find "weight$" or it.name:find "running_var$" then wave = wave * 0.2 + 1
    else wave = wave * 0.1 end
    out[k] = { t = wave:to "f32", torch = it.name, keras = it.row[2] }
  end
  return out
end

local function picture(h, w)
  return ((tensor.arange(h * w * 3):to "f32" - 1) * 0.13):sin():reshape(1, h, w, 3) / 2 + 0.5
end

local function compare(path, kind, x)
  local net, found, width = weights.read(path)
  test.equal(found, kind)
  test.equal(width, 0.35)
  net:eval()
  local y = tensor.no_grad(net, x)
  test.close(y[1][{ { 1, 1280, 80 } }], golden[kind], 2e-5)
end

local function saved(ending, tensors)
  local path = os.tmpname() .. ending
  assert(tensor.save(path, tensors))
  return path
end

test("a file of torchvision's names gives torchvision's features", function()
  local tensors = { ["module.classifier.1.bias"] = tensor.zeros(10) }
  for _, it in ipairs(formula()) do tensors["module." .. it.torch] = it.t end
  compare(saved(".safetensors", tensors), "torch", picture(40, 52))
end)

test("a file of Keras' names, its kernels as Keras lays them, gives what Keras' padding and epsilon give", function()
  local tensors = {}
  for _, it in ipairs(formula()) do
    local t = it.t
    if t:dim() == 4 then t = it.keras:find "depthwise" and t:permute(3, 4, 1, 2) or t:permute(3, 4, 2, 1) end
    tensors[("model_weights/%s/%s"):format(it.keras:match "^[^/]*", it.keras)] = t:contiguous()
  end
  local path = os.tmpname() .. ".h5"
  if not tensor.save(path, tensors) then path = saved(".safetensors", tensors) end
  compare(path, "keras", picture(41, 50))
end)

-- The network that a saved file of these names gives, in .onnx: as it is, with pictures channels first or with more.
local function exported(names, wrap, input)
  local net = weights.read(saved(".safetensors", names))
  local one, path = nn.class "One", os.tmpname() .. ".onnx"
  function one:init() self.base, self.dense = net, nn.Linear(1280, 7) end
  function one:forward(x) return wrap(self, x) end
  assert(one():eval():export(path, { input = input }))
  return path, net
end
local function torch_names()
  local tensors = {}
  for _, it in ipairs(formula()) do tensors[it.torch] = it.t end
  return tensors
end
local function raw(self, x) return self.base.last(self.base.blocks(self.base.stem(x))) end

test("a network in .onnx of torchvision's or Keras' form gives what it gives, whatever is on top", function()
  compare(exported(torch_names(), function(self, x)
    return self.dense(raw(self, x:permute(1, 3, 4, 2)):mean { dim = { 2, 3 } })
  end, { 1, 3, 64, 64 }), "torch", picture(40, 52))
  local keras = {}
  for _, it in ipairs(formula()) do
    local t = it.t
    if t:dim() == 4 then t = it.keras:find "depthwise" and t:permute(3, 4, 1, 2) or t:permute(3, 4, 2, 1) end
    keras[it.keras] = t:contiguous()
  end
  for k, wrap in ipairs { raw, function(self, x) return raw(self, x):mean { dim = { 2, 3 } } end,
    function(self, x) return self.dense(raw(self, x):mean { dim = { 2, 3 } }):softmax(2) end } do
    local path, net = exported(keras, wrap, { 1, 64, 64, 3 })
    local read, kind, width = weights.read(path)
    test.equal(kind, "keras")
    test.equal(width, 0.35)
    local x = picture(64, 64)                                          -- zeros lie where the file has them
    test.close(tensor.no_grad(read:eval(), x), tensor.no_grad(net:eval(), x), 1e-4, "way " .. k)
  end
end)

test("another network in .onnx is refused with what was found", function()
  local function refused(path, ...) test.fails_with({ "--weights: ", ... }, weights.read, path) end
  refused(exported(torch_names(), function(self, x) return self.base.stem(x) end, { 1, 32, 32, 3 }),
    "no MobileNetV2: 52 convolutions expected, found 1")
  refused(exported(torch_names(), function(self, x) return raw(self, x):tanh() end, { 1, 32, 32, 3 }),
    "it answers otherwise")
  refused(test.write(os.tmpname() .. ".onnx", "no network"), "")
end)

test("a file of other weights, or with a tensor missing or misshapen, is refused by name", function()
  local function fails(tensors, ...) test.fails_with({ ... }, weights.read, saved(".safetensors", tensors)) end
  fails({ a = tensor.ones(2) }, "--weights: ", "MobileNetV2's weights expected", "found 'a'")
  local whole = {}
  for _, it in ipairs(formula()) do whole[it.torch] = it.t end
  local kept = whole["features.3.conv.3.running_var"]
  whole["features.3.conv.3.running_var"] = nil
  fails(whole, "'features.3.conv.3.running_var' is missing")
  whole["features.3.conv.3.running_var"] = tensor.ones(5)
  fails(whole, "'features.3.conv.3.running_var' is f32[5], which does not fit f32[8]")
  whole["features.3.conv.3.running_var"] = kept
  whole["features.17.conv.2.weight"] = tensor.ones(7, 8, 1, 1)
  fails(whole, "7 channels in the last block")
  test.fails_with({ "--weights: ", "none.safetensors" }, weights.read, "none.safetensors")
end)

test("what is frozen stays to the bit, statistics of batch norm too; from layer 120 on the rest learns", function()
  local net = weights.read(nil)
  local function copy()
    local out = {}
    for name, t in pairs(net:state()) do out[name] = t:clone() end
    return out
  end
  local x, y = tensor.rand { 6, 32, 32, 3, rng = tensor.rng(1) }, tensor { 0, 1, 0, 1, 1, 0 }:reshape(6, 1)
  local dense = nn.Linear(1280, 1)
  local function learn(from)
    local list = mobilenet.freeze(net, from)
    for _, p in ipairs(dense:parameters()) do list[#list + 1] = p end
    local adam = optim.Adam { list, lr = 1e-2 }
    for _ = 1, 3 do adam:step(nn.bce_logits(dense(net(x)), y)) end
  end
  local before = copy()
  learn(nil)
  for name, t in pairs(copy()) do test.truth(t == before[name], name .. " is as before") end
  learn(120)
  local at, changed = {}, 0
  for k, layer in ipairs(mobilenet.layers(net)) do
    if layer.at then at[layer.at] = k - 1 end
  end
  for name, t in pairs(copy()) do
    local low = at[name:match "^(.*)%.[^.]*$"] < 120 or name:find "running"
    if low then test.truth(t == before[name], name .. " is as before")
    else
      test.truth(t ~= before[name], name .. " has learnt")
      changed = changed + 1
    end
  end
  test.equal(changed, 36)
end)

-- --- folders of pictures --------------------------------------------------------------------------------------------

local function folder(counts_of, draw)
  local path = os.tmpname() .. "_pictures"
  local rng = tensor.rng(5)
  for name, n in pairs(counts_of) do
    os.execute(("mkdir -p '%s/%s'"):format(path, name))
    for k = 1, n do
      local img = draw and draw(name, k) or tensor.randint(0, 255, { 9 + k, 30 - k, 3 }, { rng = rng }):to "u8"
      assert(tensor.save(("%s/%s/%02d.png"):format(path, name, k), img))
    end
  end
  return path
end

test("folders of pictures of any size: names, and every class in all three parts", function()
  local path = folder { alpaca = 12, ["not alpaca"] = 7, other = 6, ["__MACOSX"] = 1, [".git"] = 1 }
  local names, train, validation, held = folders.read(path, 20)
  test.equal(table.concat(names, ", "), "alpaca, not alpaca, other")
  test.shape(train[1], { 12, 20, 20, 3 })
  test.same(tensor.bincount(held[2]), { 3, 2, 2 })
  test.same(tensor.bincount(validation[2]), { 3, 2, 1 })
  test.truth(train[1]:max():item() <= 1 and train[1]:min():item() >= 0, "0..1")
end)

test("what is wrong with a folder is said", function()
  test.fails_with({ "--data: ", "two or more folders of pictures", "found 'alpaca' alone" }, folders.read,
    folder { alpaca = 8 }, 20)
  test.fails_with({ "--data: ", "/b: 6 or more pictures expected, found 2" }, folders.read, folder { a = 8, b = 2 }, 20)
  test.fails_with({ "--data: ", "no/such/folder" }, folders.read, "no/such/folder", 20)
  local path = folder { a = 8, b = 8 }
  local file = assert(io.open(path .. "/a/03.png", "r+b"))
  file:seek("set", 40)
  file:write(("x"):rep(60))
  file:close()
  test.fails_with({ "--data: ", "/a/03.png" }, folders.read, path, 20)
end)

-- --- the project ----------------------------------------------------------------------------------------------------

if test.sanitized then return test.done() end                              -- minutes of ops that others run

local run = require "vm.run"
local function quick(options)
  options.quick, options.viz = true, "off"
  return test.caught(run.project, "mobilenet_transfer", options)
end

test("what --out saved is read by --weights: the same answers without training", function()
  local out = os.tmpname() .. ".d"
  local small = { train = "6", validation = "4", test = "30", epochs = "2", tune = "1", scratch = "false", out = out }
  local _, _, ok, first = quick(small)
  test.truth(ok, tostring(first))
  local lines, _, fine, again = quick { test = "30", validation = "4", train = "6",
    weights = out .. "/mobilenet_transfer.safetensors" }
  test.truth(fine, tostring(again))
  test.equal(again.value, first.value)
  test.truth(table.concat(lines, "\n"):find("nothing is learnt", 1, true), "that this is told")
  test.truth(not table.concat(lines, "\n"):find "from nothing", "that nothing is trained")
  local path = out .. "/mobilenet_transfer.safetensors"
  local function refused(options, why)
    options.weights = path
    local _, _, done, message = quick(options)
    test.truth(not done and message:find("--weights: " .. path .. ": " .. why, 1, true), tostring(message))
  end
  refused({ size = "64" }, "has been learnt with --size 48, got --size 64")
  refused({ data = folder { cat = 6, dog = 6 } }, "tells 'alpaca, not alpaca' apart, and in --data are 'cat, dog'")
  for _, key in ipairs { "epochs", "batch", "scratch" } do
    local _, _, done, message = quick { weights = path, [key] = key == "scratch" and "false" or "9" }
    test.equal(done, false)
    test.equal(message, ("--%s means nothing with --weights %s, in which all is learnt"):format(key, path))
  end
  local tensors, bare = assert(tensor.load(path)), {}
  for name, t in pairs(tensors) do bare[name] = not name:find "^list" and t or nil end
  assert(tensor.save(path, bare))
  refused({}, "the file has no 'size' and 'classes'")
  bare["list.project"] = tensor({ ("resnet50"):byte(1, -1) }, { dtype = "u8" })
  assert(tensor.save(path, bare))
  refused({}, "has been written by resnet50, not by mobilenet_transfer")
end)

test("a last batch of one picture, which batch norm cannot learn from, is left out", function()
  local lone = require "lib.lone"
  for _, case in ipairs { { 21, 20, true }, { 41, 20, true }, { 20, 20, false }, { 22, 20, false }, { 1, 5, false } } do
    test.equal(lone(case[1], case[2]), case[3])
  end
  local _, _, ok, why = quick { train = "21", epochs = "1", tune = "1", passes = "1", test = "10", validation = "4",
    size = "32" }
  test.truth(ok, tostring(why))
end)

test("--data trains on the course's layout, --course at 160 x 160", function()
  local function draw(name, k) return objects.show(name == "alpaca" and "alpaca" or "not alpaca", 40, tensor.rng(k)) end
  local path = folder({ alpaca = 12, ["not alpaca"] = 8 }, draw)
  local lines, _, ok, why = quick { data = path, course = true, scratch = "false" }
  test.truth(ok, tostring(why))
  local text = table.concat(lines, "\n")
  test.truth(text:find("410208 parameters, 396128 of them learnt; on top 1281", 1, true), "the count of parameters")
  test.truth(text:find("transfer     epoch  10", 1, true), "five passes, and five more")
end)

test("--data with three classes; the claim is what is gained over all that stands beside", function()
  local lines, _, ok, why = quick { data = folder { a = 8, b = 8, c = 8 }, epochs = "2", tune = "1", passes = "1" }
  test.truth(ok, tostring(why))
  local claim = why.claim
  test.equal(claim.measure, "gain")
  test.equal(why.value, claim.accuracy - math.max(claim.scratch, claim.linear, claim.nearest, claim.majority))
  test.truth(table.concat(lines, "\n"):find("held out: 6 pictures, each of them counts 0.17: too few to tell much", 1,
    true), "that few pictures are told")
  test.truth(table.concat(lines, "\n"):find("on top 3843", 1, true), "three outputs")
end)

test("options that mean nothing together are refused", function()
  local function refused(why, options)
    options.viz = "off"
    test.fails_with({ why }, run.project, "mobilenet_transfer", options)
  end
  refused("--passes means nothing with --scratch false", { scratch = "false", passes = "5" })
  refused("--from means nothing with --tune 0", { tune = "0", from = "100" })
end)

local broken = {
  ["labels shuffled"] = { "local x, y = is(train",
    "train[2] = train[2][tensor.randperm(train[2]:numel())]\nlocal x, y = is(train" },
  ["a base that has seen nothing"] = { "local net = Net(base)",
    "base = mobilenet.new { width = width }\nlocal net = Net(base)" },
  ["up the gradient"] = { "optimiser:step(loss)", "optimiser:step(-loss)" },
}
test.fall_short("mobilenet_transfer", broken)

if os.getenv "LUNETTE_NIGHTLY" then
  test("broken copy falls short: the head alone learns, on a base that has seen nothing", function()
    local result = test.sabotaged("mobilenet_transfer", { broken["a base that has seen nothing"],
      { "mobilenet.freeze(base, opt.from)", "mobilenet.freeze(base)" } }, { quick = true })
    test.truth(not result.ok, ("%.3f, target %.3f: that it is short"):format(result.value, result.target))
  end)
end

test.done()
