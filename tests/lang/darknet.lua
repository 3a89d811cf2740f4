-- nn.darknet: every layer and box against what Debian's darknet computed (tests/golden/darknet, made by
-- make_darknet.sh), and files that are refused.
local test = dofile "tests/check.lua"
local G = "tests/golden/darknet/"
local apart = dofile(G .. "apart.lua")

local picture = assert(data.image.load(G .. "street.png"))

-- What each layer gives.
local function watched(net, x)
  local outputs = {}
  for i, l in ipairs(net.layers) do
    local forward = l.forward
    rawset(l, "forward", function(self, ...)
      outputs[i] = forward(self, ...)
      return outputs[i]
    end)
  end
  tensor.no_grad(function() net(x) end)
  return outputs
end

local function near(got, want, scale, what)
  if math.abs(got - want) > 2e-6 * scale then test.fail(("%s is %.9g, wanted %.9g"):format(what, got, want)) end
end

for _, name in ipairs { "yolo", "region", "classes", "pool" } do
  test("layers as Darknet's: " .. name, function()
    local net = assert(nn.darknet(G .. name .. ".cfg", G .. name .. ".weights"))
    test.truth(not net.training)
    local x = data.letterbox(picture, net.input[1], net.input[2]):unsqueeze(1)
    local outputs, seen = watched(net, x), 0
    for line in io.lines(G .. name .. ".txt") do
      local i, n, sum, squares, weighted = line:match "^layer (%d+) (%d+) (%S+) (%S+) (%S+)$"
      if i and name .. i ~= "pool3" then -- [cost] is for training
        local y = outputs[i + 1]
        if y:dim() == 4 then y = y:permute(1, 4, 2, 3) end
        y = y:reshape(-1):to "f64"
        test.equal(y:numel(), math.tointeger(tonumber(n)))
        local place = (tensor.arange(y:numel()):to "f64" - 1):remainder(97) + 1
        local size = y:abs():sum():item()
        near(y:sum():item(), tonumber(sum), size, name .. " " .. i .. " sum")
        near((y * y):sum():item(), tonumber(squares), tonumber(squares), name .. " " .. i .. " squares")
        near((y * place):sum():item(), tonumber(weighted), size * 97, name .. " " .. i .. " by place")
        seen = seen + 1
      end
    end
    test.equal(seen, #net.layers - (name == "pool" and 1 or 0))
  end)
end

for name, score in pairs { yolo = 0.8, region = 0.3 } do
  test("boxes as Darknet's: " .. name, function()
    local net = assert(nn.darknet(G .. name .. ".cfg", G .. name .. ".weights"))
    local found = net:detect(picture, { score = score, iou = 0.4, clip = false })
    local count = 0
    for line in io.lines(G .. name .. ".txt") do
      local least = apart(found, line)
      if least then
        count = count + 1
        test.truth(least < 1e-3, ("a box within %g of Darknet's"):format(least))
      end
    end
    test.equal(found.boxes:size(1), count)
    for k = 2, count do test.truth(found.scores[k] <= found.scores[k - 1]) end
    local clipped = net:detect(picture, { score = score, iou = 0.4 }).boxes
    test.truth(clipped:min():item() >= 0 and clipped[":, 3"]:max():item() <= picture:size(2))
    local every = net:detect(picture, { score = 0.05, iou = false, clip = false }).boxes
    local inside = net:detect(picture, { score = 0.05, iou = false })
    local size, out = inside.boxes[":, 3:4"] - inside.boxes[":, 1:2"], every:clone()
    out = nn.boxes.clip(out, picture:size(1), picture:size(2))
    local area = (out[":, 3"] - out[":, 1"]) * (out[":, 4"] - out[":, 2"])
    test.truth(size:min():item() > 0, "that every box has an area")
    test.equal(inside.scores:numel(), area:gt(0):sum():item())
    test.equal(inside.boxes:size(1), inside.labels:numel())
    test.truth(net:detect(picture, { score = score, iou = false }).boxes:size(1) > count)
    test.equal(net:detect(picture, { score = 1 }).boxes:size(1), 0)
  end)
end

-- --- by the definition, what Darknet of 2018 has not ----------------------------------------------------------------

local path = os.tmpname()
local function file(name, bytes) return test.write(path .. name, bytes) end

test("route with groups, CRLF, folded norm, both headers, shortcut of fewer channels", function()
  local cfg = file(".cfg", ("[net]\nwidth=4\nheight=4\nchannels=4\n"
    .. "[convolutional]\nfilters=4\nsize=1\nactivation=linear\n[route]\nlayers=-1\ngroups=2\ngroup_id=1\n"
    .. "[shortcut]\nfrom=0\nactivation=linear\n"):gsub("\n", "\r\n"))
  local numbers = {}
  for k = 1, 4 + 16 do numbers[k] = k / 7 end
  local body = ("<" .. ("f"):rep(20)):pack(table.unpack(numbers))
  local new = file(".new", ("<i4i4i4i8"):pack(0, 2, 0, 7) .. body)
  local old = file(".old", ("<i4i4i4i4"):pack(0, 1, 0, 7) .. body)
  local x = tensor.randn(2, 4, 4, 4)
  local w = (tensor.arange(16):to "f32" + 4) / 7
  local y = x:mm(w:view(4, 4):t()) + tensor { 1 / 7, 2 / 7, 3 / 7, 4 / 7 }
  for _, weights in ipairs { new, old } do
    local net = assert(nn.darknet(cfg, weights))
    test.equal(net.seen, 7)
    test.close(net(x), y:narrow(4, 3, 2) + y:narrow(4, 1, 2), 1e-5)
  end
end)

local function with(text)
  return assert(nn.darknet(file(".cfg", "[net]\nwidth=9\nheight=7\n" .. text)))
end

test("dilation, two strides, shortcut's alpha and beta", function()
  local x = tensor.randn(2, 7, 9, 2)
  local net = with("channels=2\n[convolutional]\nfilters=3\nsize=3\npad=1\ndilation=2\nstride_x=2\nstride_y=3\n"
    .. "activation=linear\n")
  local y = net(x)
  test.shape(y, { 2, 3, 5, 3 })
  local conv = net.layers[1]
  test.close(y, nn.conv2d { x, conv.weight, conv.bias, stride = { 3, 2 }, padding = 2, dilation = 2 }, 1e-5)
  net = with "channels=2\n[maxpool]\nsize=2\nstride=2\nstride_x=1\npadding=0\n"
  test.close(net(x), nn.max_pool2d { x, kernel = 2, stride = { 2, 1 } })
  net = with("channels=2\n[convolutional]\nfilters=1\nsize=1\nactivation=linear\n[route]\nlayers=0,0\n"
    .. "[shortcut]\nfrom=0\nalpha=3\nbeta=2\n")
  local one = net.layers[1](x, {})
  test.close(net(x), tensor.cat { one * 5, one, dim = 4 }, 1e-5) -- the second channel has no other: it stays
end)

test("scale_x_y and new_coords of the fork", function()
  local conv = "[convolutional]\nfilters=6\nsize=1\nactivation=%s\n"
  local yolo = "[yolo]\nclasses=1\nnum=1\nmask=0\nanchors=3,5\nscale_x_y=1.2\n"
  local x = tensor.rand(7, 9, 3)
  for new = 0, 1 do
    local before = conv:format(new == 1 and "logistic" or "linear")
    local net = with("channels=3\n" .. before .. yolo .. "new_coords=" .. new .. "\n"):eval()
    local t = net.layers[1](x:unsqueeze(1), {}):detach()
    local s = new == 1 and t or t:sigmoid()
    local y = net(x:unsqueeze(1)):detach()
    test.close(y, tensor.cat { s["..., 1:2"] * 1.2 - 0.1, t["..., 3:4"], s["..., 5:6"], dim = 4 }, 1e-6)
    local found = net:detect(x, { score = 0, iou = false, clip = false })
    test.equal(found.boxes:size(1), 63)
    local v = y[{ 1, 3, 4 }]                                               -- row 2, column 3
    local w = new == 1 and (2 * v[3]) ^ 2 or math.exp(v[3])
    local h = new == 1 and (2 * v[4]) ^ 2 or math.exp(v[4])
    local want = tensor { 3 + v[1] - 1.5 * w, 2 + v[2] - 2.5 * h, 3 + v[1] + 1.5 * w, 2 + v[2] + 2.5 * h }
    test.truth((found.boxes - want):abs():max(2):min():item() < 1e-4, "no such box")
  end
end)

test("a key that is given twice or that no layer knows is told", function()
  local net = with("channels=2\n[convolutional]\nfilters=4\nstride=1\nstride=2\nfoo=9\nbar=x\n[maxpool]\nsize=2\n")
  test.shape(net(tensor.zeros(1, 7, 9, 2)), { 1, 7, 9, 4 })
  local said = test.output(("%s -e 'nn.darknet %q nn.darknet %q' 2>&1"):format(os.getenv "LUNETTE" or "build/lunette",
    path .. ".cfg", G .. "yolo.cfg"))
  test.equal(said, path .. ".cfg:5: [convolutional]: stride is given again; the first, 1, counts; "
    .. "not used: bar = x, foo = 9\n")
end)

test("it trains: gradients by differences, and a loss that falls", function()
  local net = assert(nn.darknet(G .. "classes.cfg"))
  local x = tensor.randn { 6, 24, 32, 3, rng = tensor.rng(1) }
  local first = net:train()(x)
  test.shape(first, { 6, 6 })
  local opt = optim.Adam { net, lr = 0.01 }
  local function loss() return nn.mse(net(x), tensor.eye(6)) end
  local before = loss():item()
  for _ = 1, 30 do opt:step(loss()) end
  test.truth(loss():item() < 0.7 * before, loss():item() / before)
  net = assert(nn.darknet(G .. "pool.cfg", G .. "pool.weights")):to "f64"
  local small = tensor.rand(1, 20, 20, 3):to "f64"
  local w = net.layers[1].bias
  test.truth(tensor.gradcheck(function(b)
    rawset(net.layers[1], "bias", b)
    return (net(small) ^ 2):sum()
  end, w:detach():clone():requires_grad()))
end)

-- --- what is refused -------------------------------------------------------------------------------------------------

local function refused(texts, net, why)
  if net ~= nil then test.fail "accepted" end
  for _, text in ipairs(texts) do
    if not why:find(text, 1, true) then test.fail(("message %q lacks %q"):format(why, text)) end
  end
end
test("half files, too many numbers, other files", function()
  local f = assert(io.open(G .. "yolo.weights", "rb"))
  local good = f:read "a"
  f:close()
  for _, n in ipairs { 3, 15, 19, 400, #good - 4, #good // 8 * 4 } do
    refused({ path .. ".w", "cut off" }, nn.darknet(G .. "yolo.cfg", file(".w", good:sub(1, n))))
  end
  refused({ path .. ".w", "another network's" }, nn.darknet(G .. "yolo.cfg", file(".w", good .. "\0\0\0\0")))
  refused({ "yolo.weights", "needs" }, nn.darknet(G .. "region.cfg", G .. "yolo.weights"))
  refused({ "web page" }, nn.darknet(G .. "yolo.cfg", file(".w", "<!DOCTYPE html><html>not found, this is a page")))
  refused({ "nosuch.weights" }, nn.darknet(G .. "yolo.cfg", "nosuch.weights"))
  refused({ "nosuch.cfg" }, nn.darknet("nosuch.cfg", G .. "yolo.weights"))
  refused({ "yolo.weights" }, nn.darknet(G .. "yolo.weights", G .. "yolo.weights"))
end)
test("configurations that make no network are refused by line", function()
  local head = "[net]\nwidth=8\nheight=8\n"
  local conv = "[convolutional]\nfilters=6\nsize=1\nactivation=linear\n"
  for text, why in pairs {
    ["width=8\n"] = "before the first section", [""] = "does not begin", ["[net]\n"] = "does not begin",
    [head .. "[gru]\noutput=8\n"] = ":4: [gru]: this layer is not known",
    [head .. "[convolutional\n"] = ":4: a section without its ]", [head .. "hello\n"] = "neither [section]",
    [head .. "[convolutional]\nfilters=x\n"] = "filters = x",
    [head .. "[convolutional]\nfilters=-1\n"] = "filters = -1",
    [head .. "[convolutional]\nactivation=magic\n"] = "activation=magic",
    [head .. "[convolutional]\nsize=9\n"] = "nothing is left of 8 x 8",
    [head .. "[convolutional]\nfilters=4\ngroups=2\n"] = "do not split into 2 groups",
    [head .. conv .. "[route]\nlayers=5\n"] = "no layer 5", [head .. conv .. "[route]\nlayers=-2\n"] = "no layer -2",
    [head .. conv .. "[shortcut]\nfrom=-9\n"] = "no layer -9",
    [head .. conv .. "[reorg]\nstride=3\n"] = "does not split by 3",
    [head .. conv .. "[yolo]\nclasses=3\nanchors=1,2\nnum=1\n"] = "6 channels, where 1 anchors of 5 + 3 numbers need 8",
    [head .. conv .. "[yolo]\nclasses=1\nanchors=1,2\nnum=1\nmask=4\n"] = "no anchor 4",
    [head .. conv .. "[region]\nclasses=1\nanchors=1,2\nnum=1\ntree=x\n"] = "tree is not read",
    [head .. "[convolutional]\nsize=3\ndilation=2\n"] = "wants the padding (size - 1) / 2",
    [head .. "[convolutional]\nbinary=1\n"] = "binary is not read (binary=1)",
    [head .. "[convolutional]\nxnor=1\n"] = "xnor is not read",
    [head .. "[convolutional]\nflipped=1\n"] = "flipped is not read",
    [head .. "[convolutional]\nantialiasing=1\n"] = "antialiasing is not read",
    [head .. "[convolutional]\ndontload=1\n"] = "dontload is not read",
    [head .. "[maxpool]\nmaxpool_depth=1\n"] = "maxpool_depth is not read",
    [head .. conv .. conv .. "[shortcut]\nfrom=0,1\n"] = "from names 2 layers",
    [head .. conv .. "[shortcut]\nfrom=0\nweights_type=per_channel\n"] = "weights_type is not read",
    [head .. "[connected]\noutput=3\n[maxpool]\nsize=2\n"] = "wants a picture",
    [head .. "[convolutional]\nfilters=16777217\n"] = "filters = 16777217",
    ["[net]\nwidth=8\n" .. conv] = "width and height are missing",
  } do
    refused({ path .. ".cfg", why }, nn.darknet(file(".cfg", text)))
  end
  -- a claim of much memory costs none: the numbers are counted before a layer is made
  local before = lunette.memory().peak
  local wide = ("[convolutional]\nfilters=16000000\nsize=3\npad=1\n"):rep(3)
  refused({ "needs" }, nn.darknet(file(".cfg", head .. wide), G .. "yolo.weights"))
  test.truth(lunette.memory().peak - before < 1e7)
  test.fails_with({ "nn.darknet: path 1 must be a string" }, nn.darknet, 3)
  test.fails_with({ "neither a [yolo] nor a [region]" }, function()
    nn.darknet(G .. "pool.cfg", G .. "pool.weights"):detect(picture)
  end)
end)
test("bytes of a .cfg changed at random: a network or a message", function()
  local f = assert(io.open(G .. "yolo.cfg", "rb"))
  local good = f:read "a"
  f:close()
  local rng = tensor.rng(4)
  for _ = 1, 150 do
    local at = tensor.randint(1, #good, { 1, rng = rng })[1]
    local byte = string.char(tensor.randint(32, 126, { 1, rng = rng })[1])
    local net, why = nn.darknet(file(".cfg", good:sub(1, at - 1) .. byte .. good:sub(at + 1)), G .. "yolo.weights")
    test.truth(net or why:find(path, 1, true) or why:find("yolo.weights", 1, true), why)
  end
end)
test.done()
