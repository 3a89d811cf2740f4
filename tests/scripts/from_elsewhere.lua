-- yolo_cars --cfg and resnet50 --weights: networks from elsewhere on a picture.
local test = dofile "tests/check.lua"
local run = require "vm.run"
local G = "tests/golden/darknet/"

local function lines_of(name, options)
  options.viz = "off"
  local lines, _, ok, why = test.caught(run.project, name, options)
  if not ok then test.fail(tostring(why)) end
  return lines
end

test("yolo_cars --cfg --weights --picture", function()
  local names = os.tmpname()
  local f = assert(io.open(names, "w"))
  f:write "car\r\nlorry\n"
  f:close()
  local lines = lines_of("yolo_cars", { cfg = G .. "yolo.cfg", weights = G .. "yolo.weights",
    picture = G .. "street.png", score = 0.9, names = names })
  local last = lines[#lines]
  test.truth(last:match "^%d+ found$" and last ~= "0 found", last)
  test.truth(table.concat(lines, "\n"):find "\nlorry +0%.9", "a lorry")
  test.write(names, "car\nlorry\nbus\n")
  test.fails_with({ "--names: " .. names .. ": 3 names for 2 classes" }, run.project, "yolo_cars", { viz = "off",
    cfg = G .. "yolo.cfg", weights = G .. "yolo.weights", picture = G .. "street.png", names = names })
  local short = os.tmpname() .. ".weights"
  test.write(short, test.read(G .. "yolo.weights"):sub(1, 100))
  test.fails_with({ "--weights: " .. short .. ": " }, run.project, "yolo_cars", { viz = "off", cfg = G .. "yolo.cfg",
    weights = short, picture = G .. "street.png" })
  test.write(names, "[net]\nwidth=8\nheight=8\n[nosuch]\n")
  test.fails_with({ "--cfg: " .. names }, run.project, "yolo_cars", { viz = "off", cfg = names, weights = short,
    picture = G .. "street.png" })
  local _, _, ok, why = test.caught(run.project, "yolo_cars", { cfg = G .. "yolo.cfg", viz = "off" })
  test.truth(not ok and why == "--cfg means nothing without --weights", tostring(why))
end)

test("resnet50 --weights --picture --labels", function()
  local path, labels = os.tmpname() .. ".safetensors", os.tmpname()
  local net, state = nn.models.resnet50 { classes = 3 }, {}
  local import = test.inside.require "nn.import"
  for _, entry in ipairs(import.torch_names(net)) do
    local t = entry.tensor:detach()
    if entry.layout then t = t:dim() == 2 and t:t() or t:permute(4, 3, 1, 2) end
    state[entry.name] = t:contiguous()
  end
  state["fc.bias"] = tensor { 0, 9, 0 }
  assert(tensor.save(path, state))
  local f = assert(io.open(labels, "w"))
  f:write "a\nb\nc\n"
  f:close()
  local lines = lines_of("resnet50", { weights = path, picture = G .. "street.png", labels = labels })
  test.truth(lines[#lines - 2]:find "^1  0%.%d+  b$" and #lines >= 3, lines[#lines - 2])
  local function fails(said)
    test.fails_with({ said }, run.project, "resnet50", { viz = "off", weights = path, picture = G .. "street.png",
      labels = labels })
  end
  test.fails_with({ "--size means nothing here: torchvision's want 224 x 224" }, run.project, "resnet50",
    { viz = "off", weights = path, picture = G .. "street.png", size = "64" })
  test.write(labels, "a\nb\n")
  fails("2 names for 3 classes")
  test.write(labels, "a\nb\nc\n\n")
  state["fc.bias"] = tensor { 0, 0 / 0, 0 }
  assert(tensor.save(path, state))
  fails("what it answers is no number")
  os.remove(path)
end)

-- --- Keras' ResNet-50, an eighth as wide ----------------------------------------------------------------------------

-- Every layer's name, shape of its kernel and stride, in both generations' names: stem, then a list of blocks.
local function plan(old)
  local list, i = { { conv = old and "conv1" or "conv1_conv", norm = old and "bn_conv1" or "conv1_bn", k = 7, i = 3,
    o = 8, stride = 2 } }, 8
  for stage, blocks in ipairs { 3, 4, 6, 3 } do
    for b = 1, blocks do
      local mid, block = 8 << stage - 1, {}
      local step = b == 1 and stage > 1 and 2 or 1
      for _, p in ipairs { { "2a", 1, 1, i, mid, step }, { "2b", 2, 3, mid, mid, 1 }, { "2c", 3, 1, mid, 4 * mid, 1 },
        { "1", 0, 1, i, 4 * mid, step } } do
        local at = ("%d%s_branch%s"):format(stage + 1, ("abcdef"):sub(b, b), p[1])
        local now = ("conv%d_block%d_%d"):format(stage + 1, b, p[2])
        if p[1] ~= "1" or b == 1 then
          block[#block + 1] = { conv = old and "res" .. at or now .. "_conv", norm = old and "bn" .. at or now .. "_bn",
            k = p[3], i = p[4], o = p[5], stride = p[6] }
        end
      end
      list[#list + 1], i = block, 4 * mid
    end
  end
  return list, i
end

-- Seeded tensors of all layers, by layer and what they are.
local function drawn(old)
  local list, last = plan(old)
  local rng, all = tensor.rng(4), {}
  local function layer(l)
    all[l.conv] = { kernel = tensor.randn { l.k, l.k, l.i, l.o, rng = rng } * (2 / (l.k * l.k * l.i)) ^ 0.5,
      bias = tensor.randn { l.o, rng = rng } * 0.1 }
    all[l.norm] = { gamma = tensor.rand { l.o, rng = rng } * 0.5 + 0.5, beta = tensor.randn { l.o, rng = rng } * 0.1,
      moving_mean = tensor.randn { l.o, rng = rng } * 0.1, moving_variance = tensor.rand { l.o, rng = rng } + 0.5 }
  end
  for k, l in ipairs(list) do
    if k == 1 then layer(l) else for _, one in ipairs(l) do layer(one) end end
  end
  all[old and "fc1000" or "predictions"] = { kernel = tensor.randn { last, 3, rng = rng } * 0.004,
    bias = tensor.randn { 3, rng = rng } * 0.1 }
  return list, all
end

-- What such a network says about x, written from its description: valid convolutions behind zeros,
-- y = gamma (a - mean) / sqrt(variance + epsilon) + beta.
local function said_of(old, list, all, x)
  local function run_layer(l, a, pad)
    local w, n = all[l.conv], all[l.norm]
    a = nn.conv2d { a, w.kernel, w.bias, stride = l.stride, padding = pad }
    return (a - n.moving_mean) / (n.moving_variance + (old and 1e-3 or 1.001e-5)):sqrt() * n.gamma + n.beta
  end
  local a = run_layer(list[1], x, 3):relu()
  a = nn.max_pool2d { old and a or nn.ZeroPad2d(1)(a), kernel = 3, stride = 2 }
  for k = 2, #list do
    local b = list[k]
    local f = run_layer(b[3], run_layer(b[2], run_layer(b[1], a, 0):relu(), 1):relu(), 0)
    a = (f + (b[4] and run_layer(b[4], a, 0) or a)):relu()
  end
  local top = all[old and "fc1000" or "predictions"]
  return (a:mean(3):mean(2):mm(top.kernel) + top.bias):softmax(2)[1]
end

-- Written as Keras names them: groups, and in the oldest files the layer's name again.
local function keras_file(path, all, oldest)
  local suffix = { kernel = "W", bias = "b", gamma = "gamma", beta = "beta", moving_mean = "running_mean",
    moving_variance = "running_std" }
  local state = {}
  for layer, tensors in pairs(all) do
    for what, t in pairs(tensors) do
      state[oldest and ("%s/%s_%s:0"):format(layer, layer, suffix[what])
        or ("%s/%s/%s:0"):format(layer, layer, what)] = t
    end
  end
  assert(tensor.save(path, state))
  return state
end

local function five(path)
  local lines, found = lines_of("resnet50", { weights = path, picture = G .. "street.png" }), {}
  for _, line in ipairs(lines) do
    local p, class = line:match "^%d  (%d%.%d+)  class (%d)$"
    if p then found[tonumber(class)] = tonumber(p) end
  end
  return found
end

for _, how in ipairs { "old", "oldest", "new" } do
  test("resnet50 --weights of Keras', " .. how .. " names: what the description gives", function()
    local old = how ~= "new"
    local list, all = drawn(old)
    local path = os.tmpname() .. ".safetensors"
    local state = keras_file(path, all, how == "oldest")
    local x = data.prepare(data.image.load(G .. "street.png", { channels = 3 }), "caffe", { size = 224 })
    local want, found = said_of(old, list, all, x), five(path)
    for class = 1, 3 do test.close(found[class], want[class], 2e-4) end
    local some = how == "oldest" and "bn3b_branch2b/bn3b_branch2b_running_std:0" or old
      and "bn3b_branch2b/bn3b_branch2b/moving_variance:0" or "conv3_block2_2_bn/conv3_block2_2_bn/moving_variance:0"
    local kept = state[some]
    state[some] = nil
    assert(tensor.save(path, state))
    test.fails_with({ "--weights: " .. path, "moving_variance:0' is missing" }, run.project, "resnet50",
      { weights = path, picture = G .. "street.png", viz = "off" })
    state[some] = tensor.ones(3)
    assert(tensor.save(path, state))
    test.fails_with({ "is f32[3], f32[16] expected" }, run.project, "resnet50",
      { weights = path, picture = G .. "street.png", viz = "off" })
    state[some] = kept
    for name in pairs(state) do
      if name:find "^fc1000" or name:find "^predictions" then state[name] = nil end
    end
    assert(tensor.save(path, state))
    test.fails_with({ "a layer of classes (fc1000, predictions) expected, found none" }, run.project, "resnet50",
      { weights = path, picture = G .. "street.png", viz = "off" })
    test.fails_with({ "--weights: Keras' want --picture" }, run.project, "resnet50", { weights = path, viz = "off" })
    os.remove(path)
  end)
end

test("resnet50 --weights NET.onnx", function()
  local path = os.tmpname() .. ".onnx"
  local net = nn.Sequential { nn.ConvNorm { 3, 8, 7, stride = 16 }, nn.GlobalAvgPool(), nn.Linear(8, 6) }
  net:eval()
  assert(net:export(path, { input = { 1, 224, 224, 3 } }))
  local x = data.prepare(data.image.load(G .. "street.png", { channels = 3 }), "torch", { size = 256, crop = 224 })
  local best = tensor.no_grad(net, x):softmax(2)[1]:topk(5)
  local lines = lines_of("resnet50", { weights = path, picture = G .. "street.png" })
  for k = 1, 5 do
    test.close(tonumber(lines[#lines - 5 + k]:match "^%d  (%d%.%d+)  class"), best[k], 2e-4)
  end
  test.write(path, "no network")
  test.fails_with({ "--weights: " .. path }, run.project, "resnet50", { weights = path, picture = G .. "street.png",
    viz = "off" })
  os.remove(path)
end)

test.done()
