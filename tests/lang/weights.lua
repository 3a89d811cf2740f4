-- data.weights: files of weights of every kind, in order and on demand, and what is refused.  The files of
-- tests/golden/weights were written by PyTorch (make_weights.py beside).
local test = dofile "tests/check.lua"
local G = "tests/golden/weights/"

local path = os.tmpname()
local function file(bytes, ending)
  local name = path .. (ending or ".pt")
  return test.write(name, bytes)
end
local bytes_of = test.read
local function refused(texts, ...) test.refused({ path, table.unpack(texts) }, ...) end

-- make_weights.py's ramp: -3, -2, ...
local function ramp(...) return tensor.arange(tensor.zeros(...):numel()):to "f32":view(...) - 4 end

for _, name in ipairs { "everything.pt", "legacy.pth" } do
  test("every dtype and stride: " .. name, function()
    local w = assert(data.weights(G .. name))
    test.equal(#w, 18)
    test.equal(w[1], "f32")
    test.equal(w[18], "expanded")
    local n = 0
    for i, key in ipairs(w) do
      n = i
      test.equal(key, w[i])
    end
    test.equal(n, 18)
    test.same(w.f32, ramp(2, 3))
    test.dtype(w.f32, "f32")
    test.dtype(w.f64, "f64")
    test.same(w.f64:to "f32", ramp(2, 3))
    test.same(w.f16, ramp(5) / 4)
    test.same(w.bf16, ramp(5) / 4)
    test.dtype(w.bf16, "f32")
    test.equal(w.i64[1], -3 * 2 ^ 40 // 1 | 0)
    test.dtype(w.i64, "i64")
    test.same(w.i32:to "f32", ramp(3))
    test.same(w.i16:to "f32", ramp(3))
    test.same(w.i8:to "f32", ramp(4))
    test.dtype(w.u8, "u8")
    test.same(w.u8, { 0, 1, 2, 3 })
    test.dtype(w.bool, "bool")
    test.same(w.bool:to "u8", { 1, 0, 1 })
    test.equal(w.scalar:item(), 2.5)
    test.shape(w.empty, { 0, 3 })
    test.same(w.shared, ramp(4, 6))
    test.same(w.transposed, ramp(4, 6):t())
    test.same(w.row, ramp(4, 6)[3])
    test.same(w.every, ramp(4, 6)[":, 1:6:2"])
    test.same(w.parameter, ramp(2, 2))
    test.same(w.expanded, { { 7 }, { 7 }, { 7 } })
    w.shared[{ 3, 1 }] = 100 -- views of one storage, as in PyTorch
    test.equal(w.row[1], 100.0)
    test.equal(w.nosuch, nil)
    test.truth(tostring(w):find("transposed  f32[6,4]", 1, true))
    local all = tensor.load(G .. name)
    test.same(all.every, ramp(4, 6)[":, 1:6:2"])
  end)
end

test("a checkpoint's state dict, DataParallel's names, lists, one tensor", function()
  local w = assert(data.weights(G .. "checkpoint.pt"))
  test.equal(w[1], "0.weight")
  test.shape(w["0.weight"], { 3, 2, 3, 3 })
  test.equal(w["state_dict.module.0.weight"], nil)
  local all = assert(data.weights(G .. "checkpoint.pt", { wrapped = true }))
  test.same(all["state_dict.module.0.weight"], w["0.weight"])
  test.shape(all["optimizer.state.0.exp_avg"], { 3, 2, 3, 3 })
  local list = assert(data.weights(G .. "list.pt"))
  test.same(list["1"], { -3, -2 })
  test.same(list["2.a"], { -3 })
  test.same(tensor.load(G .. "single.pt"), ramp(2, 3))
end)

-- --- hostile files ---------------------------------------------------------------------------------------------------

test("a pickle that would import or run something is refused by its name", function()
  local _, why = data.weights(G .. "whole.pt")
  test.truth(why:find("torch.nn.modules.container.Sequential", 1, true) and why:find("whole.pt", 1, true), why)
  local evil = "\x80\2cposix\nsystem\nX\4\0\0\0true\x85R."
  local good = bytes_of(G .. "legacy.pth")
  local _, at = good:find("\x80\2M\xe9\3.", 1, true) -- behind magic number and protocol
  refused({ "posix.system", "nothing is run" }, data.weights(file(good:sub(1, at) .. evil)))
  refused({ "builtins.eval" },
    data.weights(file(good:sub(1, at) .. "\x80\2X\8\0\0\0builtinsX\4\0\0\0eval\x93.")))
end)

test("web pages, pointers of Git LFS, empty files, folders, nothing at all", function()
  for _, ending in ipairs { ".pt", ".safetensors", ".h5", ".npz", ".keras" } do
    refused({ "a web page" }, data.weights(file("<!DOCTYPE html><html><body>404</body></html>", ending)))
    refused({ "Git LFS" }, data.weights(file("version https://git-lfs.github.com/spec/v1\noid sha256:0\n", ending)))
    refused({ "empty" }, data.weights(file("", ending)))
  end
  refused({ "No such file" }, data.weights(path .. ".nosuch.pt"))
  local folder = path:match "^(.*)/"
  local none, why = data.weights(folder)
  test.truth(none == nil and why:find("not a regular file", 1, true), why)
  refused({ "neither a zip file nor a pickle" }, data.weights(file "hello, this is a model"))
end)

test("files that are cut off anywhere", function()
  for _, name in ipairs { "everything.pt", "legacy.pth" } do
    local good = bytes_of(G .. name)
    for n = 1, #good - 1, 37 do
      local cut = file(good:sub(1, n))
      local w, why = data.weights(cut)
      if w then test.fail(("%s: %d of %d bytes accepted"):format(name, n, #good)) end
      test.truth(why:find(cut, 1, true), why)
    end
  end
end)

test("a storage shorter than its tensor", function()
  local good = bytes_of(G .. "single.pt")
  local sizes = "K\2K\3\x86" -- BININT1 2, BININT1 3, TUPLE2
  test.truth(good:find(sizes, 1, true))
  -- another checksum is needed for the changed pickle: take it out of the legacy form, which has none
  good = bytes_of(G .. "legacy.pth")
  local from = good:find(sizes, 1, true)
  refused({ "'f32' [2,200] reaches beyond its storage of 6 numbers" },
    data.weights(file(good:sub(1, from + 2) .. "\200" .. good:sub(from + 4))))
  local zip = bytes_of(G .. "single.pt")
  local at = zip:find(sizes, 1, true)
  refused({ "checksum" }, data.weights(file(zip:sub(1, at + 2) .. "\200" .. zip:sub(at + 4))))
end)

-- A legacy file with this object, and no storages.
local function legacy(object)
  local good = bytes_of(G .. "legacy.pth")
  local _, at = good:find("\x80\2M\xe9\3.", 1, true)
  return file(good:sub(1, at) .. "\x80\2}X\13\0\0\0little_endian\x88s." .. object .. "\x80\2]." )
end
test("bombs of the memo, of recursion and of numbers", function()
  refused({ "it holds no tensor" }, data.weights(legacy "\x80\2}."))
  refused({ "nested" }, data.weights(legacy "\x80\2]q\0h\0a.")) -- a list in itself
  local laughs = { "\x80\2]q\0" }
  for k = 1, 30 do
    local last = "h" .. string.char(k - 1)
    laughs[#laughs + 1] = ("]q%s(%s%se"):format(string.char(k), last, last)
  end
  refused({ "nested" }, data.weights(legacy(table.concat(laughs) .. "."))) -- 2^30 lists
  refused({ "memo" }, data.weights(legacy "\x80\2]r\255\255\255\127."))
  refused({ "cut off" }, data.weights(legacy "\x80\2X\255\255\255\127abc."))
  refused({ "opcode" }, data.weights(legacy "\x80\2\x82\1."))
  refused({ "empty stack" }, data.weights(legacy "\x80\2."))
  local deep = ("]"):rep(200000) .. ("a"):rep(199999)
  refused({ "nested" }, data.weights(legacy("\x80\2" .. deep .. ".")))
end)

test("no memory is kept by refused files", function()
  collectgarbage()
  local before = lunette.memory().live
  for _ = 1, 200 do data.weights(legacy "\x80\2]q\0h\0a.") end
  collectgarbage()
  collectgarbage()
  test.truth(lunette.memory().live - before < 1e5, lunette.memory().live - before)
end)

-- --- safetensors, split files, others ------------------------------------------------------------------------

test("safetensors on demand, and in parts by an index", function()
  local a, b = path .. "-1.safetensors", path .. "-2.safetensors"
  local x, y = tensor.randn(3, 4), tensor.randn(5):to "f64"
  assert(tensor.save(a, { first = x, second = y }))
  local w = assert(data.weights(a))
  test.equal(#w, 2)
  test.same(w.second, y)
  test.same(w.first, x)
  assert(tensor.save(b, { third = y }))
  local function name(p) return p:match "[^/]*$" end
  local index = file(('{"metadata": {}, "weight_map": {"first": "%s", "second": "%s", "third": "%s"}}'):format(name(a),
    name(a), name(b)), ".safetensors.index.json")
  w = assert(data.weights(index))
  test.equal(#w, 3)
  test.equal(w[3], "third")
  test.same(w.third, y)
  test.same(w.first, x)
  refused({ "no file beside the index" },
    data.weights(file('{"weight_map": {"a": "../secret.safetensors"}}', ".index.json")))
  local index_of_a = ('{"weight_map": {"a": "%s"}}'):format(name(a))
  refused({ "'a' should be in" }, data.weights(file(index_of_a, ".index.json")))
  refused({ "weight_map" }, data.weights(file("[1]", ".index.json")))
  os.remove(a)
  os.remove(b)
end)

test("a file that is cut off after it was opened is an error, not a signal", function()
  local a = path .. "-cut.safetensors"
  assert(tensor.save(a, { x = tensor.randn(1000) }))
  local w = assert(data.weights(a))
  file("gone", "-cut.safetensors")
  test.fails_with({ "cut off" }, function() return w.x end)
  os.remove(a)
end)

test("npz and h5", function()
  local x = tensor.randn(2, 3)
  for _, ending in ipairs { ".npz", ".h5" } do
    if tensor.save(path .. ending, { b10 = x, b9 = x + 1 }) then
      local w = assert(data.weights(path .. ending))
      test.equal(w[1], "b9") -- by number
      test.same(w.b10, x)
      os.remove(path .. ending)
    end
  end
end)
-- A .safetensors file of a header and so many bytes.
local function safetensors(header, bytes)
  local made = os.tmpname() .. ".safetensors"
  test.write(made, string.pack("<s8", header) .. ("\0"):rep(bytes))
  return made
end

test("a name that is twice in a .safetensors file is refused, since nobody knows which is meant", function()
  local one = '"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'
  local two = '"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}'
  local again = '"a":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}'
  local made = safetensors("{" .. table.concat({ one, two, again }, ",") .. "}", 12)
  for _, read in ipairs { tensor.load, data.weights } do
    local set, why = read(made)
    test.equal(set, nil)
    test.equal(why, made .. ": the name 'a' is there twice")
  end
end)

test("bytes behind the last tensor of a .safetensors file, and metadata that is no text, are refused", function()
  local one = '"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'
  for _, read in ipairs { tensor.load, data.weights } do
    local function rejects(text, header, bytes)
      local made = safetensors(header, bytes)
      local set, why = read(made)
      test.refused({ made, text }, set, why)
    end
    rejects("3 bytes lie behind its last tensor", "{" .. one .. "}", 7)
    rejects("4 bytes lie behind its last tensor", "{}", 4)
    rejects("__metadata__ holds more than texts", '{"__metadata__":{"n":3},' .. one .. "}", 4)
    rejects("__metadata__ holds more than texts", '{"__metadata__":[],' .. one .. "}", 4)
    assert(read(safetensors('{"__metadata__":{"n":"3"},' .. one .. "}", 4)))
  end
end)

test("what cannot be read is named: by the third result, by print, and for what it is", function()
  local made = safetensors('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},'
    .. '"big":{"dtype":"F32","shape":[1099511627776,1099511627776],"data_offsets":[4,8]},'
    .. '"odd":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[8,12]}}', 12)
  local set, message, left = data.weights(made)
  test.equal(#set, 1)
  test.equal(message, nil)
  test.equal(left.big, "has more elements than can be counted")
  test.equal(left.odd, "has an unknown dtype F8_E4M3")
  test.truth(tostring(set):find("left out: 'odd' has an unknown dtype F8_E4M3", 1, true), "its print that names odd")
  local plain = os.tmpname() .. ".npz"
  assert(tensor.save(plain, { a = tensor.ones(1) }))
  local _, _, none = data.weights(plain)
  test.equal(none, nil)
end)

test("strict=false does not go with other programs' names", function()
  test.fails_with({ "strict=false goes with files of the network's own names, not with from='torch'" }, function()
    nn.Linear(1, 1):load("nosuch.pth", { from = "torch", strict = false })
  end)
end)

test("keys of a .pt file that join to one name are refused: 1 and '1'", function()
  test.refused({ "twice.pt: the name '1' is there twice, of keys that join to it" },
    data.weights "tests/golden/weights/twice.pt")
end)

test.done()
