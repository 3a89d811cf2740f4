--- onnx.lua: networks from ONNX files as modules: their answers beside PyTorch's, layouts, training, names and texts;
-- and ONNX's backend tests where their package is installed.
local test = dofile "tests/check.lua"
local files = dofile "tests/onnx_files.lua"
local folder, value, load = files.folder, files.value, files.load

local function close(got, want, limit) test.close(got, want, limit or 2e-6) end

for name, limit in pairs { cnn = 1e-6, unet = 1e-6, words = 1e-6, encoder = 5e-6, outside = 1e-6 } do
  test(name .. " gives what PyTorch gives", function()
    local net, x, y = load(name), value(name .. ".in"), value(name .. ".out")
    close(net(x), y, limit)
    test.equal(net.training, false)
  end)
  if name ~= "words" then
    test(name .. " takes other batch sizes", function()
      local net, x, y = load(name), value(name .. ".in"), value(name .. ".out")
      close(net(x["1:1"]), y["1:1"], limit)
      close(net(tensor.cat { x, x, x }), tensor.cat { y, y, y }, limit)
    end)
  end
end

test("the plain graph gives the same answers", function()
  for _, name in ipairs { "cnn", "unet", "words", "encoder" } do
    local net, x = load(name), value(name .. ".in")
    local fast = net(x)
    close(net:optimize(false)(x), fast, 5e-6)
    close(net:optimize(true)(x), fast, 1e-7)
  end
end)

test("channels last on request", function()
  local net, x, y = load("unet", { layout = "last" }), value "unet.in", value "unet.out"
  close(net(x:permute(1, 3, 4, 2)), y:permute(1, 3, 4, 2), 1e-6)
  test.fails("nn.onnx: layout must be file or last, got 'first'", function()
    nn.onnx(folder .. "unet.onnx", { layout = "first" })
  end)
end)

test("gradients flow to parameters and inputs", function()
  local net, x = load "cnn", value "cnn.in"
  test.equal(net:parameters()[1].needs_grad, false)
  net:train()
  net:to "f64"
  local p = net:parameters()[1]
  x = x:to "f64":requires_grad()
  local loss = (net(x) ^ 2):sum()
  loss:backward()
  local g, at, h = p.grad, { 2, 1, 3, 4 }, 1e-5
  local function moved(by)
    return tensor.no_grad(function()
      local old = p[at]
      p[at] = old + by
      local l = (net(x) ^ 2):sum():item()
      p[at] = old
      return l
    end)
  end
  local slope = (moved(h) - moved(-h)) / (2 * h)
  test.equal(math.abs(slope - g[at]) < 1e-7, true)
  test.equal(x.grad:abs():sum():item() > 0, true)
end)

test("fine-tunes, saves and loads", function()
  tensor.seed(3)
  local net = load "cnn"
  local X = tensor.randn(60, 3, 14, 18)
  local Y = X:reshape(60, -1):mean(2):gt(0):to "i64" + 1
  local function loss(y, t) return nn.nll((y + 1e-6):log(), t) end
  local history = net:fit { { X, Y }, epochs = 12, batch = 20, opt = optim.Adam { lr = 0.01 }, loss = loss,
    quiet = true }
  test.equal(history[#history].loss < 0.5 * history[1].loss, true)
  net:eval()
  local path = os.tmpname() .. ".safetensors"
  assert(net:save(path))
  local other = load "cnn"
  test.equal((other(X) - net(X)):abs():max():item() > 1e-3, true)
  assert(other:load(path))
  close(other(X), net(X), 1e-6)
end)

test("frozen parameters stay frozen", function()
  local net = load "cnn"
  net:freeze()
  net:unfreeze "^fc"
  net:train()
  local asked = 0
  for _, entry in ipairs(net:named_parameters()) do
    if entry[2].needs_grad then asked = asked + 1 end
  end
  test.equal(asked, 2)
end)

test("changed weights count at once", function()
  local net, x = load "cnn", value "cnn.in"
  local before = net(x)
  tensor.no_grad(function() net:parameters()[1]:mul_(1.5) end)
  local after = net(x)
  test.equal((after - before):abs():max():item() > 1e-4, true)
  close(net:optimize(false)(x), after, 5e-6)
end)

test("print shows nodes, shapes and parameters", function()
  local text = tostring(load "cnn")
  for _, part in ipairs { "ONNX(cnn.onnx)", "Conv ", "f32[1,8,7,9]", "Gemm ", "f32[1,5]",
    "inputs: x float[batch,3,14,18]", "outputs: y float[batch,5]" } do
    if not text:find(part, 1, true) then error { check = ("no '%s' in %s"):format(part, text) } end
  end
  test.equal(load("cnn"):summary({ 7, 3, 14, 18 }):find("f32[7,5]", 1, true) ~= nil, true)
end)

test("loops and branches", function()
  local net = load "loop"
  local function collatz(n)
    local list = {}
    repeat
      n = n % 2 == 1 and 3 * n + 1 or n // 2
      list[#list + 1] = n
    until n <= 1
    return list
  end
  for _, n in ipairs { 6, 27 } do
    local last, all = net(tensor(n):to "i64")
    test.equal(last:item(), 1)
    test.equal(table.concat(all:totable(), " "), table.concat(collatz(n), " "))
  end
end)

test("functions of the file's own", function()
  test.equal(table.concat(load "function"(tensor { 1, -2 }):totable(), " "), "2.0 -2.0")
end)

test("inputs and outputs by name, names that modules have", function()
  local net, w = load "names", value "names.w"
  local a, b = tensor.randn(2, 3), tensor.randn(2, 3)
  local out = net { a = a, b = b }
  close(out.y1, a * w + 2 * w)
  close(out.y2, a - b)
  close(net:run { b = b, a = a }.y3, a * b)
  close(net(a, b).y4, -b)
  test.equal(table.concat(out.y5:totable(), " "), "2 3")
  test.equal(#net:parameters(), 2)
  test.equal(net:outputs()[5].type, "int64")
  test.fails("ONNX(names.onnx): no input 'c' (it has a b)", function() net { a = a, c = b } end)
  test.fails("ONNX(names.onnx): input 'b' (float[n,3]) is missing", function() net(a) end)
  test.fails("ONNX(names.onnx): 2 inputs at most, got 3", function() net(a, b, a) end)
  test.fails("ONNX(names.onnx): input 'b' is float[n,3], got f32[2,4]", function() net(a, tensor.randn(2, 4)) end)
  test.fails("ONNX(names.onnx): input 'b' is float[n,3], got i64[2,3]", function() net(a, b:to "i64") end)
end)

test("errors name the node", function()
  local net = load "loop"
  local ok, why = pcall(net, tensor(0):to "i64":expand(2))
  test.equal(ok, false)
  if not why:find("input 'start' is int64[], got i64[2]", 1, true) then error { check = why } end
  local words = load "words"
  ok, why = pcall(words, tensor({ { 1, 2, 3, 4, 5, 6, 11 } }, { dtype = "i64" }))
  test.equal(ok, false)
  if not why:find("(node '", 1, true) or not why:find(", Gather, of tests/golden/onnx/words.onnx)", 1, true) then
    error { check = why }
  end
end)

-- --- ONNX's own tests ------------------------------------------------------------------------------------------------
local backend = "/usr/share/libonnx-testdata/data"
if lunette.folder(backend) and (arg[-1] or ""):find "lunette" then
  test("the backend tests", function()
    local text = test.output(("%s tests/golden/onnx_score.lua %s 2>&1"):format(arg[-1], backend))
    for set, least in pairs { node = 920, simple = 23, ["pytorch-converted"] = 82, ["pytorch-operator"] = 35 } do
      local good = tonumber(text:match("\n" .. set:gsub("%-", "%%-") .. ": (%d+) of"))
      if not good or good < least then error { check = ("%s: %s passed, %d expected"):format(set, good, least) } end
    end
  end)
else
  print "ok the backend tests # skipped: libonnx-testdata is not installed"
end

test.done()
