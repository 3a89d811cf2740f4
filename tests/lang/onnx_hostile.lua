--- onnx_hostile.lua: ONNX files that are broken, ask for too much, or for what is not done: each is refused with the
-- file and the reason, and ends nothing.
local test = dofile "tests/check.lua"
local files = dofile "tests/onnx_files.lua"
local folder, written = files.folder, files.written

test("recurrent nodes that ask for more are refused when the file is read, each by name", function()
  local function node(name, op, inputs, attr)
    return { op = op, name = name, inputs = inputs, outputs = { name .. "y" }, attr = attr }
  end
  local g = { inputs = { { "x", "f32", { 1, 2, 4 } } }, outputs = { { "ay", "f32", { 1, 1, 2, 3 } } },
    constants = { { "w", tensor.zeros(1, 12, 4) }, { "r", tensor.zeros(1, 12, 3) }, { "p", tensor.zeros(1, 9) } },
    nodes = { node("a", "LSTM", { "x", "w", "r", "", "", "", "", "p" }, { hidden_size = 3 }),
      node("b", "LSTM", { "x", "w", "r" }, { hidden_size = 3, activations = { "Sigmoid", "Tanh" } }),
      node("c", "LSTM", { "x", "w", "r" }, { hidden_size = 3, activations = { "Sigmoid", "Sine", "Tanh" } }),
      node("d", "LSTM", { "x", "w", "r" }, { hidden_size = 3, activations = { "Sigmoid", "Tanh", "Tanh" } }) } }
  local net, why = written(g)
  test.equal(net, nil)
  for _, text in ipairs { "(2 activations, not 3): node b", "(activation Sine): node c" } do
    test.truth(why:find(text, 1, true), text .. " in " .. why)
  end
  test.equal(why:find("node a", 1, true), nil)
  test.equal(why:find("node d", 1, true), nil)
end)

test("what is not done is named, all of it", function()
  local net, why = nn.onnx(folder .. "unknown.onnx")
  test.equal(net, nil)
  for _, part in ipairs { "unknown.onnx", "Frobnicate of set 17: nodes first, second",
    "RegexFullMatch of set 17: node third" } do
    if not why:find(part, 1, true) then error { check = why } end
  end
end)

test("external data stays in the model's folder", function()
  for name, why in pairs { outside_above = "outside the model's folder", outside_root = "outside the model's folder",
    outside_short = "shorter than its shape" } do
    local net, message = nn.onnx(folder .. name .. ".onnx")
    test.equal(net, nil)
    if not message:find(why, 1, true) or not message:find(name, 1, true) then error { check = message } end
  end
  -- a link in the folder that leads out
  local copy = os.tmpname()
  os.remove(copy)
  assert(os.execute(("mkdir %s && cp %soutside.onnx %s/"):format(copy, folder, copy)))
  assert(os.execute(("ln -s $PWD/%soutside.bin %s/outside.bin"):format(folder, copy)))
  local _, message = nn.onnx(copy .. "/outside.onnx")
  if not message:find("outside the model's folder", 1, true) then error { check = message } end
  assert(os.execute(("rm %s/outside.bin"):format(copy)))
  _, message = nn.onnx(copy .. "/outside.onnx")
  if not message:find("external data 'outside.bin' is missing", 1, true) then error { check = message } end
end)

local bytes_of = test.read
local function try(bytes)
  local path = os.tmpname()
  test.write(path, bytes)
  return nn.onnx(path)
end

test("other files are refused with their reason", function()
  for bytes, why in pairs { [""] = "empty", ["<html>"] = "a web page", ["{}"] = "it is JSON", ["PK\3\4...."] = "a zip",
    ["\137HDF\r\n\26\n"] = "it is HDF5",
    ["version https://git-lfs.github.com/spec/v1\n"] = "Git LFS", ["\8\7"] = "it has no graph",
    ["\255\255"] = "damaged" } do
    local net, message = try(bytes)
    test.equal(net, nil)
    if not message:find(why, 1, true) then error { check = message } end
  end
  local _, message = nn.onnx "nosuch.onnx"
  test.equal(message, "nosuch.onnx: No such file or directory")
end)

test("cut and changed files never end the program", function()
  local bytes, rng = bytes_of(folder .. "loop.onnx"), 12345
  for n = 0, #bytes - 1, 3 do try(bytes:sub(1, n)) end
  for _ = 1, 400 do
    rng = (rng * 1103515245 + 12345) % 2147483648
    local at = rng // 7 % #bytes + 1
    local net = try(bytes:sub(1, at - 1) .. string.char(rng % 256) .. bytes:sub(at + 1))
    if net then tostring(net) end
  end
end)

test("functions that multiply are refused", function()
  local function field(number, bytes) -- of bytes on the wire
    local n, length = #bytes, ""
    repeat
      length = length .. string.char(n > 127 and n & 127 | 128 or n)
      n = n >> 7
    until n == 0
    return string.pack("<B", (number << 3 | 2) & 127 | (number > 15 and 128 or 0)) .. (number > 15
      and string.char(number >> 4) or "") .. length .. bytes
  end
  local function node(op, y) return field(1, "x") .. field(2, y or "y") .. field(4, op) .. field(7, "own") end
  local model = "\8\8" .. field(7, field(1, node "f1") .. field(11, field(1, "x")) .. field(12, field(1, "y")))
    .. field(8, field(1, "own") .. "\16\1")
  for k = 1, 30 do -- each calls the next one twice
    local body = field(7, node("f" .. k + 1)) .. field(7, node("f" .. k + 1, "z"))
    model = model .. field(25, field(1, "f" .. k) .. field(4, "x") .. field(5, "y") .. body .. field(10, "own"))
  end
  local net, message = try(model)
  test.equal(net, nil)
  if not message:find("more than 300000 nodes", 1, true) then error { check = message } end
end)

test("shapes that lie cost no memory", function()
  -- TensorProto: dims 2^40, f32, raw_data of 4 bytes; in a graph's initialisers
  local t = "\8\128\128\128\128\128\32\16\1\74\4abcd"
  local g = "\42" .. string.char(#t) .. t
  local _, message = try("\58" .. string.char(#g) .. g)
  if not message:find("do not fill its shape", 1, true) then error { check = message } end
  -- a million empty nodes in two megabytes
  local nodes = ("\10\0"):rep(1000000)
  _, message = try("\58" .. "\128\137\122" .. nodes)
  if not message:find("more nodes and names than its size allows", 1, true) then error { check = message } end
end)

test("an output that a small file makes large is refused with its node and its shape, before it is made", function()
  local function i64(...) return tensor({ ... }, { dtype = "i64" }) end
  local large = 1 << 40
  for op, second in pairs { Expand = i64(large, 1), Tile = i64(large, 1), Resize = { i64(large, 2) },
    Pad = i64(0, 0, large, 0), ConstantOfShape = i64(large, 2) } do
    local inputs, constants = { "x", "c" }, { { "c", second } }
    if op == "ConstantOfShape" then inputs = { "c" } end
    if op == "Resize" then
      inputs, constants = { "x", "", "", "c" }, { { "c", second[1] } }
    end
    local g = { inputs = { { "x", "f32", { 1, 2 } } }, outputs = { { "y", "f32", { "a", "b" } } },
      constants = constants, nodes = { { op = op, name = "large", inputs = inputs, outputs = { "y" }, attr = {} } } }
    local net, message = written(g)
    if net then
      local ok, why = pcall(net:optimize(false), tensor.ones(1, 2))
      message = not ok and tostring(why)
    end
    test.truth(message and message:find "has more than 2147483648 elements" and message:find "10995116277",
      ("%s: %s, a refusal,"):format(op, tostring(message)))
  end
end)


-- A file of one node with two f32 inputs of open sizes.
local function one_node(op, attr)
  local g = { inputs = {}, outputs = { { "y", "f32", { "m", "n" } } }, constants = {},
    nodes = { { op = op, name = "wide", inputs = { "a", "b" }, outputs = { "y" }, attr = attr or {} } } }
  for i, name in ipairs { "a", "b" } do g.inputs[i] = { name, "f32", { "m", "n" } } end
  return assert(written(g))
end

test("an output beyond the bound is refused with its node and shape, whichever op makes it", function()
  local a, b = tensor.ones(65536, 1), tensor.ones(1, 65536)
  for _, op in ipairs { "Add", "Sub", "Mul", "Div", "Pow", "Max", "MatMul", "Gemm", "Less", "PRelu", "Mod" } do
    local net = one_node(op, op == "Mod" and { fmod = 1 } or nil)
    test.fails_with({ "[65536,65536] has more than 2147483648 elements", "node 'wide', " .. op }, function()
      net(a, b)
    end)
    test.fails_with({ "[65536,65536] has more than 2147483648 elements" }, function()
      net:optimize(false):run { a = a, b = b }
    end)
    test.shape(net(a["1:2"], b[":, 1:3"]), { 2, 3 })
  end
  test.shape(tensor.meta { 65536, 65536 }, { 65536, 65536 }) -- the bound is the graph's alone
end)

test.done()
