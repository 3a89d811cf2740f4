--- style_transfer: losses and their gradients, weights in the layouts of Keras and torchvision, pictures of any kind,
-- sliders, what is shipped, and broken copies.  Values: tests/golden/make_style.py.
local test = dofile "tests/check.lua"
local golden = dofile "tests/golden/style.lua"
local run = require "vm.run"
local half, files, vgg = require "lib.half", require "lib.picture_files", require "lib.vgg"
-- Minutes of ops that others run under the sanitizers.
local heavy = test.sanitized and function() end or test

local root = os.tmpname()
os.remove(root)
assert(lunette.mkdir(root))

local function numbers(g)
  local t = tensor(g[1], { dtype = "f64" })
  return #g.shape > 0 and t:view(table.unpack(g.shape)) or t[1]
end

--- The claim of a short run.
local function short(options)
  local all = { quick = true, viz = "off", steps = "1", size = "32" }
  for k, v in pairs(options or {}) do all[k] = v end
  local result
  local lines, _, ok, why = test.caught(function() result = run.project("style_transfer", all) end)
  if not ok then error(why, 0) end
  return result.claim, table.concat(lines, "\n"), result
end

local parts = short().parts

-- --- losses ----------------------------------------------------------------------------------------------------------

test("Gram matrices are sums over places, divided by their number", function()
  test.close(parts.gram(numbers(golden.f):unsqueeze(1)), numbers(golden.gram), 1e-9)
  test.close(parts.gram(numbers(golden.style):unsqueeze(1)), numbers(golden.gram_style), 1e-9)
end)

for what, make in pairs {
  content = function() return "f", "content", function(f) return parts.content_loss(f, numbers(golden.other)) end end,
  style = function()
    return "f", "style_loss", function(f) return parts.style_loss(f:unsqueeze(1), numbers(golden.gram_style)) end
  end,
  variation = function()
    return "x", "variation", function(x) return parts.variation_loss(x:unsqueeze(1)) end
  end,
} do
  test(what .. " loss and its gradient", function()
    local input, value, f = make()
    local x = numbers(golden[input]):requires_grad()
    local loss = f(x)
    test.close(loss:item(), numbers(golden[value]), 1e-9)
    loss:backward()
    test.close(x.grad, numbers(golden[value:gsub("_loss", "") .. "_grad"]), 1e-9)
  end)
end

-- --- weights ---------------------------------------------------------------------------------------------------------

--- Layer n's kernel [3, 3, in, out] and bias, as make_style.py has them.
local widths = { 4, 5, 6, 7, 8 }
local function layer(n, i, o)
  local k = tensor.arange(0, 9 * i * o - 1):to "f64"
  local bias = (tensor.arange(0, o - 1):to "f64" + n):cos() * 0.1
  return ((k + n):sin() * (2 / (9 * i)) ^ 0.5):view(3, 3, i, o):to "f32", bias:to "f32"
end

local function write(path, name_of)
  local tensors, i, n = {}, 3, 0
  for block, count in ipairs(vgg.blocks) do
    for _ = 1, count do
      n = n + 1
      local w, b = layer(n, i, widths[block])
      local kernel, bias, torch = name_of(n, vgg.names[n])
      tensors[kernel], tensors[bias], i = torch and w:permute(4, 3, 1, 2):contiguous() or w, b, widths[block]
    end
  end
  assert(tensor.save(path, tensors))
  return path, tensors
end

local numbered = { 0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34 }
local layouts = {
  ["Keras, old names"] = { "old.h5", "keras_max", "max", function(_, name)
    return ("%s/%s_W_1:0"):format(name, name), ("%s/%s_b_1:0"):format(name, name)
  end },
  ["Keras, model.save"] = { "new.h5", "keras_max", "max", function(_, name)
    return ("model_weights/%s/%s/kernel:0"):format(name, name), ("model_weights/%s/%s/bias:0"):format(name, name)
  end },
  ["torchvision"] = { "torch.safetensors", "torchvision_average", "average", function(n)
    return ("features.%d.weight"):format(numbered[n]), ("features.%d.bias"):format(numbered[n]), true
  end },
}
-- A MATLAB 5 file, elements one after the other: type, bytes, padded to 8.
local function element(kind, bytes) return string.pack("<I4I4", kind, #bytes) .. bytes .. ("\0"):rep(-#bytes % 8) end
local function array(class, dims, name, ...)
  return element(14, element(6, string.pack("<I4I4", class, 0)) .. element(5, string.pack("<" .. ("i4"):rep(#dims),
    table.unpack(dims))) .. element(1, name) .. table.concat { ... })
end
local function text_array(text) return array(4, { 1, #text }, "", element(16, text)) end
local function cell(name, list) return array(1, { 1, #list }, name, table.unpack(list)) end
local function single(x)
  local turned, list = {}, {}
  for d = 1, x:dim() do turned[d] = x:dim() + 1 - d end                -- column by column
  for k, value in ipairs(x:permute(table.unpack(turned)):contiguous():view(-1):totable()) do
    list[k] = string.pack("<f", value)
  end
  return array(7, x.shape, "", element(7, table.concat(list)))
end
local function structure(fields)                                       -- { {name, array}, ... }
  local names, values = {}, {}
  for k, f in ipairs(fields) do names[k], values[k] = f[1] .. ("\0"):rep(32 - #f[1]), f[2] end
  return array(2, { 1, 1 }, "", string.pack("<I2I2I4", 5, 4, 32), element(1, table.concat(names)),
    table.unpack(values))
end

-- imagenet-vgg-verydeep-19.mat: convolutions, ReLUs and pools in a cell, two generations of it.
local function matconvnet(path, newer, without)
  local layers, i, n = {}, 3, 0
  for block, count in ipairs(vgg.blocks) do
    for k = 1, count do
      n = n + 1
      local w, b = layer(n, i, widths[block])
      local name = { "name", text_array(("conv%d_%d"):format(block, k)) }
      local weights = { "weights", cell("", { single(w), single(newer and b:view(-1, 1) or b:view(1, -1)) }) }
      local kind = { "type", text_array "conv" }
      if n ~= without then
        layers[#layers + 1] = structure(newer and { weights, kind, name } or { name, kind, weights })
      end
      layers[#layers + 1] = structure { { "type", text_array "relu" },
        { "name", text_array(("relu%d_%d"):format(block, k)) } }
      i = widths[block]
    end
    layers[#layers + 1] = structure { { "name", text_array("pool" .. block) }, { "type", text_array "pool" } }
  end
  test.write(path, "MATLAB 5.0 MAT-file" .. (" "):rep(105) .. "\0\1IM" .. cell("layers", layers))
end
for what, newer in pairs { ["MatConvNet"] = false, ["MatConvNet, fields in another order"] = true } do
  layouts[what] = { newer and "newer.mat" or "older.mat", "matconvnet", "average", newer = newer, mat = true }
end

for what, l in pairs(layouts) do
  test("all sixteen layers answer as PyTorch's, weights of " .. what, function()
    local path = root .. "/" .. l[1]
    if l.mat then matconvnet(path, l.newer) else write(path, l[4]) end
    local claim = short { weights = path, course = true, content = "block5_conv4" }
    local pooled = short { weights = path, pool = l[3] }.parts
    local net = vgg.read(path)                                         -- as the file has them, not made level
    for n = 1, 16 do pooled.net[n].weight, pooled.net[n].bias = net[n].weight, net[n].bias end
    test.equal(claim.parts.net.kind, what:match "^%a+")
    local picture = ((tensor.arange(0, 37 * 34 * 3 - 1):to "f64" * 0.37):sin() + 1) / 2
    local answers = pooled.features(picture:to "f32":view(1, 37, 34, 3), vgg.names)
    for n, name in ipairs(vgg.names) do
      local want = numbers(golden[l[2]][n])
      local got = answers[name]:mean(3):mean(2):reshape(-1):to "f64"
      test.truth((got - want):abs():max():item() < 2e-5 * want:abs():max():item(),
        ("%s: %s, wanted %s: that they agree"):format(name, got, want))
    end
  end)
end

-- The slim network of these numbers as .onnx, its layers named as Keras names them or not; on top a dense layer.
local function onnx_of(path, keras, change)
  local Net = nn.class "Net"
  function Net:init()
    local i, n = 3, 0
    for block, count in ipairs(vgg.blocks) do
      for _ = 1, count do
        n = n + 1
        local w, b = layer(n, i, widths[block])
        local one = nn.Conv2d { i, widths[block], 3, padding = 1 }
        one:load_state { weight = w, bias = b }
        self[keras and vgg.names[n] or "c" .. n], i = one, widths[block]
      end
    end
    self.top = nn.Linear(8, 5)
  end
  function Net:forward(x)
    local n = 0
    if not keras then x = x:permute(1, 3, 4, 2) end                    -- torchvision's take [n, 3, h, w]
    for _, count in ipairs(vgg.blocks) do
      for _ = 1, count do
        n = n + 1
        x = self[keras and vgg.names[n] or "c" .. n](x):relu()
      end
      if change ~= "no pools" then x = nn.max_pool2d { x, kernel = 2 } end
    end
    return self.top(x:mean { dim = { 2, 3 } })
  end
  assert(Net():eval():export(path, { input = keras and { 1, 32, 32, 3 } or { 1, 3, 32, 32 } }))
  return path
end

test("a network in .onnx has the weights in its order, its pictures prepared as its source's", function()
  local x = (tensor.arange(0, 11):to "f32" / 11):view(1, 2, 2, 3)
  for kind, prepared in pairs { ["Keras, .onnx"] = data.prepare(x[1], "caffe"),
    ["torchvision, .onnx"] = data.prepare(x[1], "torch") } do
    local net, i = vgg.read(onnx_of(root .. "/slim.onnx", kind:find "Keras")), 3
    test.equal(net.kind, kind)
    test.close(net.prepare(x), prepared, 1e-4)
    for n = 1, 16 do
      local w, b = layer(n, i, net[n].bias:numel())
      test.close(net[n].weight, w, 1e-6)
      test.close(net[n].bias, b, 1e-6)
      i = b:numel()
    end
  end
  test.truth(short { weights = root .. "/slim.onnx", steps = "1" }.picture, "that the script runs with it")
  test.fails_with({ "--weights", "16 convolutions with a pool behind each block expected, found 16 and 0 pools" },
    vgg.read, onnx_of(root .. "/other.onnx", true, "no pools"))
  local small = nn.Sequential { nn.Conv2d { 3, 4, 3 }, nn.ReLU() }
  assert(small:eval():export(root .. "/other.onnx", { input = { 1, 8, 8, 3 } }))
  test.fails_with({ "--weights", "found 1 and 0 pools" }, vgg.read, root .. "/other.onnx")
end)

test("another .mat is refused with what was expected", function()
  matconvnet(root .. "/bad.mat", true, 7)
  test.fails_with({ "--weights", "bad.mat: no VGG-19 of MatConvNet: weight or bias of 'conv3_3' is missing" }, vgg.read,
    root .. "/bad.mat")
  assert(tensor.save(root .. "/bad.mat", { X = tensor.ones(2, 2) }))
  test.fails_with({ "bad.mat: no VGG-19 of MatConvNet: a cell 'layers' of structures with 'name' and 'weights'" },
    vgg.read, root .. "/bad.mat")
  test.write(root .. "/bad.mat", "no file of MATLAB's")
  test.fails_with({ "--weights", "bad.mat" }, vgg.read, root .. "/bad.mat")
end)

test("what is wrong with a file of weights is named", function()
  local _, whole = write(root .. "/bad.safetensors", layouts.torchvision[4])
  local function broken(key, value, ...)
    local tensors = {}
    for k, v in pairs(whole) do tensors[k] = v end
    tensors[key] = value
    assert(tensor.save(root .. "/bad.safetensors", tensors))
    test.fails_with({ "--weights", "bad.safetensors", ... }, vgg.read, root .. "/bad.safetensors")
  end
  broken("features.16.weight", nil, "no VGG-19 of torchvision: weight or bias of 'features.16' is missing")
  broken("features.0.weight", nil, "neither Keras' block1_conv1 nor torchvision's features.0.weight")
  broken("features.5.weight", tensor.zeros(5, 3, 3, 3),
    "features.5: a kernel of 3 x 3, 4 to as many channels as biases expected, got f32[3,3,3,5], f32[5]")
  broken("features.7.bias", tensor.zeros(9), "features.7: a kernel of 3 x 3, 5 to as many", "f32[9]")
  broken("features.2.weight", tensor.zeros(4), "features.2: a kernel")
  local odd = whole["features.2.bias"]:clone()
  odd[1] = 0 / 0
  broken("features.2.bias", odd, "bias of 'features.2' has numbers that are not finite")
  assert(tensor.save(root .. "/one.npy", tensor.zeros(3)))
  test.fails_with({ "one.npy", "no VGG-19" }, vgg.read, root .. "/one.npy")
  test.fails_with({ "--weights", "nosuch.h5" }, vgg.read, root .. "/nosuch.h5")
end)

test("levelling leaves what the network computes, and makes the filters' means 1", function()
  local rng = tensor.rng(3)
  local net = vgg.draw({ 8, 8, 8, 8, 8 }, rng)
  for n = 1, 16 do net[n].bias = tensor.rand { 8, rng = rng } end       -- so that every filter answers
  local x = tensor.rand { 1, 32, 40, 3, rng = rng }
  local function answers()
    local out, a = {}, net.prepare(x)
    for n = 1, 16 do
      a = nn.conv2d { a, net[n].weight, net[n].bias, padding = 1, act = "relu" }
      out[n] = a
    end
    return out
  end
  local before = answers()
  local none = function(o) return o[1] end                             -- a pool that keeps all
  vgg.level(net, { x }, none)
  for n, after in ipairs(answers()) do
    local m = before[n]:view(-1, 8):mean(1)
    test.truth(((after:view(-1, 8):mean(1) - 1):abs() * m:gt(m:mean():item() / 10):to "f32"):max():item() < 1e-3,
      net[n].name .. ": mean 1: that it")
    local ratio = before[n] / m:clamp(m:mean():item() / 10)
    test.truth((ratio - after):abs():max():item() < 1e-3 * after:max():item(), net[n].name .. ": that it is the same")
  end
end)

test("half precision is rounded to the nearest", function()
  local x = tensor { 1, -2, 65504, 65519, 65520, 1e9, 6.1035e-5, 6e-8, 2.9e-8, -1e-30, 0, 0.1, 1.00048828125,
    1.00146484375, 1 / 0, -1 / 0 }
  assert(half.save(root .. "/half.safetensors", { x = x, ["m"] = tensor.ones(2, 3) }))
  local back = assert(tensor.load(root .. "/half.safetensors"))
  test.shape(back.m, { 2, 3 })
  test.same(back.x, { 1, -2, 65504, 65504, 1 / 0, 1 / 0, 2 ^ -14, 2 ^ -24, 0, 0, 0, 0.0999755859375, 1,
    1.001953125, 1 / 0, -1 / 0 })
  assert(half.save(root .. "/half.safetensors", { x = tensor { 0 / 0 } }))
  local none = tensor.load(root .. "/half.safetensors").x[1]
  test.truth(none ~= none, "NaN stays")
  test.truth(not half.save(root .. "/no/such/folder.safetensors", { x = x }), "no folder: that it fails")
end)

test("what is shipped: all layers, quarter widths, less than 3 MB", function()
  test.truth(#lunette.file "scripts/pretrain/vgg.safetensors" < 3e6, "less than 3 MB")
  local net = vgg.read()
  for n, o in ipairs { 16, 16, 32, 32, 64, 64, 64, 64, 128, 128, 128, 128, 128, 128, 128, 128 } do
    test.equal(net[n].name, vgg.names[n])
    test.equal(net[n].weight:size(4), o)
    test.truth(net[n].weight:abs():max():item() < 100, "finite weights")
  end
end)

-- --- pictures --------------------------------------------------------------------------------------------------------

local function picture(name, x)
  assert(data.image.save(root .. "/" .. name, x))
  return root .. "/" .. name
end

test("pictures of any size and kind: grey, alpha, oblong, tiny", function()
  local grey = files.read("picture", picture("grey.png", tensor.full(20, 60, 1, 51, { dtype = "u8" })), 120)
  test.shape(grey, { 40, 120, 3 })
  test.close(grey:mean(2):mean(1), { 0.2, 0.2, 0.2 }, 1e-6)
  local cover = tensor.zeros { 40, 40, 4, dtype = "u8" }
  cover["..., 1"], cover["1:20, :, 4"] = 255, 255                      -- above red, below nothing
  local red = files.read("picture", picture("alpha.png", cover), 40)
  test.close(red[10][10], { 1, 0, 0 }, 1e-6)
  test.close(red[35][10], { 1, 1, 1 }, 1e-6)
  test.shape(files.read("style", picture("oblong.png", tensor.zeros { 10, 150, 3, dtype = "u8" }), 100), { 32, 480, 3 })
  test.shape(files.read("style", picture("dot.png", tensor.full(1, 1, 3, 255, { dtype = "u8" })), 288), { 288, 288, 3 })
  test.shape(files.read("style", root .. "/grey.png", 1), { 32, 96, 3 })
  local left = tensor.full({ 40, 60, 3 }, 255):to "u8"                 -- white but for ten columns on each side
  left[":, 1:10, :"], left[":, 51:60, :"] = 0, 0
  local square = files.read("picture", picture("sides.png", left), 40, true)
  test.shape(square, { 40, 40, 3 })
  test.equal(square:min():item(), 1.0, "the middle, as it is")
end)

test("a picture that cannot be had is named with its option", function()
  test.fails_with({ "--picture", root .. "/nosuch.png" }, short, { picture = root .. "/nosuch.png" })
  local f = assert(io.open(root .. "/torn.png", "wb"))
  f:write "\x89PNG\r\n\x1a\n"
  f:close()
  test.fails_with({ "--style", "torn.png" }, short, { style = root .. "/torn.png" })
  picture("long.png", tensor.zeros { 2, 100, 3, dtype = "u8" })
  test.fails_with({ "--style", "long.png: a picture at most 16 times as long as wide expected, got 2 x 100" }, short,
    { style = root .. "/long.png" })
  test.fails_with({ "--noise must be", "got '2'" }, short, { noise = "2" })
  test.truth(short { alpha = "0", variation = "0" }.picture, "weights of 0 are taken")
  test.fails_with({ "--pool must be one of average, max, got 'least'" }, short, { pool = "least" })
  test.fails_with({ "--content must be one of block1_conv1, block1_conv2, ", ", got 'block6'" }, short,
    { content = "block6" })
  test.fails_with({ "--noise must be a number from 0.01 to 1, got '0'" }, short, { noise = "0" })
end)

test("own pictures of two sizes; --out leaves the picture, its losses", function()
  local out = root .. "/out"
  local claim = short { picture = picture("own.png", (tensor.rand { 30, 50, 3, rng = tensor.rng(1) } * 255):to "u8"),
    style = root .. "/grey.png", steps = "12", size = "64", out = out }
  test.shape(claim.picture, { 1, 38, 64, 3 })
  test.equal(claim.measure, "over_colours")                            -- of pictures of one's own
  local village, told = short { picture = "village", style = "dots", steps = "150", size = "96" }
  test.truth(village.over_colours > 1 and told:find("claim\tstyle_transfer\tover_colours\t[^\n]*ok$"), told)
  local saved = assert(data.image.load(out .. "/style_transfer.png"))
  test.truth((saved:to "f32" / 255 - claim.picture[1]):abs():max():item() < 0.003, "the picture that was saved")
  local table_ = assert(io.open(out .. "/style_transfer.csv")):read "a"
  test.truth(table_:find "^step,content,style,total\n1,", table_)
end)

test("the picture stays one: every pixel from 0 to 1", function()
  local claim = short { steps = "20", lr = "0.5" }
  test.truth(claim.picture:min():item() >= 0 and claim.picture:max():item() <= 1, "0 to 1")
end)

-- --- the run ---------------------------------------------------------------------------------------------------------

test("sliders are read while it runs", function()
  local theirs = test.inside.shared.viz                      -- the script's viz, not ours
  local plain, own = theirs.slider, {}
  local function with(name, value)
    rawset(theirs, "slider", function(label, start, range)
      own[label] = range
      local n = 0
      return function()
        n = n + 1
        return label == name and n > 5 and value or start
      end
    end)
    local claim = short { steps = "10" }
    rawset(theirs, "slider", plain)
    return claim.picture
  end
  local before = with()
  for _, name in ipairs { "alpha", "beta", "style 1", "style 2", "style 3", "style 4", "style 5" } do
    test.truth((with(name, 0) - before):abs():max():item() > 1e-3, name .. ": that it changes the picture")
    test.truth(own[name][1] == 0 and own[name][2] >= 1, name .. ": that it has a range")
  end
  test.truth((with("none", 0) - before):abs():max():item() == 0, "without a change the same picture")
end)

test("--every 1 looks at every step", function()
  local out = root .. "/every"
  short { every = "1", steps = "3", out = out }
  local _, lines = test.read(out .. "/style_transfer.csv"):gsub("\n", "")
  test.equal(lines, 4)
end)

heavy("--course: 400 x 400, block5_conv4, max pools, alpha 10, beta 40, rate 0.01", function()
  local theirs = test.inside.shared.optim
  local made, plain = nil, theirs.Adam
  rawset(theirs, "Adam", function(o)
    made = o
    return plain(o)
  end)
  local ok, claim = pcall(short, { course = true, size = "400", picture = root .. "/grey.png" })
  rawset(theirs, "Adam", plain)
  test.truth(ok, tostring(claim))
  test.shape(claim.picture, { 1, 400, 400, 3 })
  test.equal(made.lr, 0.01)
end)

if not test.sanitized then
  test.fall_short("style_transfer", {
    ["the gradient turned round"] = { "adam:step(total)", "adam:step(-total)" },
    ["Gram matrices of each filter alone"] = { "places:t():mm(places) / places:size(1)",
      "places:t():mm(places) / places:size(1) * tensor.eye(places:size(2))" },
    ["Gram matrices of the filters' means"] = { "return places:t():mm(places) / places:size(1)",
      "local mean = places:mean(1):view(-1, 1)\n  return mean:mm(mean:t())" },
    ["Gram matrices without division"] = { "places:t():mm(places) / places:size(1)", "places:t():mm(places)" },
    ["the picture is not updated"] = { "adam:step(total)", "total:backward()" },
    ["weights of zero"] = { 'padding = 1, act = "relu" }', 'padding = 1, act = "relu" } * 0' },
    ["no content loss"] = { "content * alpha() + style * beta()", "style * beta()" },
    ["no style loss"] = { "content * alpha() + style * beta()", "content * alpha()" },
  })
end

heavy("broken copy falls short: style and content swapped", function()
  local changes = { { "answers = {}, features(style_picture", "answers = {}, features(content_picture" },
    { "return features(content_picture", "return features(style_picture" } }
  local result = test.sabotaged("style_transfer", changes, { quick = true })
  test.truth(not result.ok, ("%.3f, target %.3f: that it is short"):format(result.value, result.target))
end)

os.execute(("rm -r '%s'"):format(root))
test.done()
