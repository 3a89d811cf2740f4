-- Arrays in files: .npy, .npz, HDF5 and .mat: what is written is read, and what is broken is refused with its reason.
local test = dofile "tests/check.lua"

local folder = os.tmpname()
os.remove(folder)
assert(lunette.mkdir(folder))
local function at(name) return folder .. "/" .. name end
local function file(name, bytes) return test.write(at(name), bytes) end
local bytes_of = test.read
local function refused(path, ...) test.refused({ path, ... }, tensor.load(path)) end
local function equal_tensors(got, want)
  test.dtype(got, want.dtype)
  test.shape(got, want.shape)
  test.truth(got:numel() == 0 or got:eq(want):all():item(), "same elements")
end

-- --- .npy ---------------------------------------------------------------------------------------------------------

local function npy(descr, order, shape, body, version)
  local dict = ("{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }\n"):format(descr, order, shape)
  local size = string.pack(version == 2 and "<I4" or "<I2", #dict)
  return "\x93NUMPY" .. string.char(version or 1, 0) .. size .. dict .. body
end

test("every dtype through .npy, 0-d and empty too", function()
  for _, x in ipairs { tensor.randn(3, 4), tensor.randn(2, 3):to "f64", tensor.arange(5), tensor.arange(5):to "i32",
    tensor.arange(6):to "u8":view(2, 3), tensor { 1, 0, 1 }:gt(0), tensor(2.5), tensor.zeros(0, 3) } do
    assert(tensor.save(at "a.npy", x))
    equal_tensors(assert(tensor.load(at "a.npy")), x)
  end
end)
test("a view is written as it looks", function()
  local x = tensor.randn(4, 6)
  assert(tensor.save(at "v.npy", x:t()["2:5, ::2"]))
  equal_tensors(assert(tensor.load(at "v.npy")), x:t()["2:5, ::2"]:contiguous())
end)
test(".npy in Fortran order", function()
  local packed = string.pack("<i4i4i4i4i4i4", 1, 4, 2, 5, 3, 6)
  local x = assert(tensor.load(file("f.npy", npy("<i4", "True", "2, 3", packed))))
  test.same(x, { { 1, 2, 3 }, { 4, 5, 6 } })
  local s = {}
  for i = 1, 24 do s[i] = string.pack("<i8", i) end
  x = assert(tensor.load(file("f3.npy", npy("<i8", "True", "2, 3, 4", table.concat(s)))))
  test.equal(x[{ 2, 1, 1 }], 2)
  test.equal(x[{ 1, 2, 1 }], 3)
  test.equal(x[{ 1, 1, 2 }], 7)
end)
test(".npy big-endian, narrow and wide numbers", function()
  local function one(descr, packed) return assert(tensor.load(file("e.npy", npy(descr, "False", "2,", packed)))) end
  equal_tensors(one(">f4", string.pack(">ff", 1.5, -2)), tensor { 1.5, -2 })
  equal_tensors(one(">f8", string.pack(">dd", 1.5, -2)), tensor { 1.5, -2, dtype = "f64" })
  equal_tensors(one(">i2", string.pack(">i2i2", -3, 300)), tensor { -3, 300 }:to "i32")
  equal_tensors(one("<u2", string.pack("<I2I2", 65535, 1)), tensor { 65535, 1 }:to "i32")
  equal_tensors(one("|i1", string.pack("i1i1", -128, 127)), tensor { -128, 127 }:to "i32")
  equal_tensors(one("<u4", string.pack("<I4I4", 4294967295, 1)), tensor { 4294967295, 1, dtype = "f64" }:to "i64")
  equal_tensors(one("<f2", string.pack("<I2I2", 0x3c00, 0xfbff)), tensor { 1, -65504 })
  equal_tensors(one("<f2", string.pack("<I2I2", 0x0001, 0x7c00)), tensor { 2 ^ -24, math.huge })
  equal_tensors(one("|b1", "\1\0"), tensor { 1, 0 }:gt(0))
end)
test(".npy of other writers: double quotes, Python 2's longs", function()
  local body = string.pack("<i4i4", 5, -6)
  local double = npy("<i4", "False", "2L,", body):gsub("'", '"')
  equal_tensors(assert(tensor.load(file("q.npy", double))), tensor { 5, -6, dtype = "i32" })
  local column = npy("<i4", "False", "2L, 1L", body)
  equal_tensors(assert(tensor.load(file("q.npy", column))), tensor { { 5 }, { -6 }, dtype = "i32" })
  refused(file("q.npy", npy("<i4", "False", "2M,", body)), "shape")
end)
test(".npy version 2", function()
  equal_tensors(assert(tensor.load(file("2.npy", npy("<f4", "False", "1,", string.pack("<f", 7), 2)))), tensor { 7 })
end)
test("a .npy without its ending is known by its first bytes", function()
  equal_tensors(assert(tensor.load(file("nameless", npy("<f4", "False", "1,", string.pack("<f", 7))))), tensor { 7 })
end)
test("broken .npy files are refused", function()
  refused(at "absent.npy", "No such file")
  refused(file("b.npy", ""), "not a .npy file")
  refused(file("b.npy", "\x93NUMPY\1\0\xff\xff{"), "header that claims 65535 bytes")
  refused(file("b.npy", npy("<f4", "False", "3,", "\0\0\0\0")), "more numbers than the file has")
  refused(file("b.npy", npy("<f4", "False", "4611686018427387904, 4", "\0\0\0\0")), "more numbers than the file has")
  refused(file("b.npy", npy("<f4", "False", "99999999999999999999, 4", "\0\0\0\0")), "more numbers than the file has")
  refused(file("b.npy", npy("<f4", "False", "-1,", "\0\0\0\0")), "shape")
  refused(file("b.npy", npy("<f4", "False", "1,1,1,1,1,1,1,1,1,", "\0\0\0\0")), "dimensions")
  refused(file("b.npy", npy("|O", "False", "1,", "\0\0\0\0\0\0\0\0")), "|O")
  refused(file("b.npy", npy("<c8", "False", "1,", "\0\0\0\0\0\0\0\0")), "<c8")
  refused(file("b.npy", npy("<u8", "False", "1,", "\xff\xff\xff\xff\xff\xff\xff\xff")), "larger than i64 holds")
  refused(file("b.npy", "\x93NUMPY\1\0" .. string.pack("<I2", 20) .. "{'shape': (1,), }   "), "lacks descr")
end)
test("a tensor only where one fits", function()
  local ok, why = tensor.save(at "x.npy", { a = tensor.ones(1), b = tensor.ones(1) })
  test.equal(ok, nil)
  test.truth(why:find("holds one tensor", 1, true))
  test.fails_with({ "no known ending" }, function() tensor.save(at "x.foo", tensor.ones(1)) end)
end)

-- --- formats of the reader process ----------------------------------------------------------------------------------

local function has(ending)
  local ok, why = tensor.save(at("probe" .. ending), { x = tensor.ones(1) })
  if not ok then test.truth(why:find("apt install", 1, true), why) end
  return ok
end

local several = { x = tensor.randn(2, 3, 4), y = tensor.arange(5), u = tensor.arange(6):to "u8":view(2, 3),
  d = tensor.randn(3):to "f64", i = tensor { -1, 2 }:to "i32", s = tensor(2.5), e = tensor.zeros(0, 3) }

if has ".npz" then
  test(".npz keeps names, dtypes and shapes", function()
    assert(tensor.save(at "s.npz", several))
    local back = assert(tensor.load(at "s.npz"))
    for k, x in pairs(several) do equal_tensors(back[k], x) end
  end)
  test("broken .npz files are refused", function()
    refused(file("b.npz", "PK\3\4 and no more"), "ip archive")
    local good = bytes_of(at "s.npz")
    refused(file("b.npz", good:sub(1, #good // 2)))
    local body = 70 -- within the numbers of the first member
    local some, _, left = tensor.load(file("b.npz", good:sub(1, body) .. string.char(255 - good:byte(body + 1))
      .. good:sub(body + 2)))
    local name, why = next(left)
    test.truth(why:find("checksum", 1, true) or why:find("damaged", 1, true), why)
    test.equal(next(left, name), nil)
    for k, x in pairs(several) do
      if k ~= name then equal_tensors(some[k], x) end
    end
  end)
end

if has ".h5" then
  test("HDF5 keeps names in groups, dtypes, shapes and strings", function()
    local all = { list_classes = { "non-cat", "cat" } }
    for k, x in pairs(several) do all["group/" .. k] = x end
    assert(tensor.save(at "s.h5", all))
    local back = assert(tensor.load(at "s.h5"))
    for k, x in pairs(several) do equal_tensors(back["group/" .. k], x) end
    test.equal(table.concat(back.list_classes, " "), "non-cat cat")
  end)
  test("broken HDF5 files are refused and hurt nobody", function()
    local good = bytes_of(at "s.h5")
    refused(file("b.h5", "\x89HDF\r\n\x1a\n"), "not an HDF5 file, or a damaged one")
    refused(file("b.h5", good:sub(1, #good // 3)))
    refused(folder, "known ending")
    local generator = tensor.rng(7)
    for _ = 1, 12 do -- bytes turned over at random: an answer, right or not, and this process goes on
      local place = tensor.randint(1, #good, 8, { rng = generator })
      local text = good
      for k = 1, 8 do
        local p = place[k]
        text = text:sub(1, p - 1) .. string.char(255 - text:byte(p)) .. text:sub(p + 1)
      end
      local value, why = tensor.load(file("b.h5", text))
      test.truth(value ~= nil or why:find(at "b.h5", 1, true), "an answer")
    end
  end)
end

if has ".mat" then
  test(".mat keeps element (i, j) where it was", function()
    local all = { X = tensor.randn(5, 2), n = tensor.arange(4), t = tensor.randn(2, 3, 4), b = tensor { 1, 0 }:gt(0),
      u = tensor.arange(6):to "u8":view(2, 3), i = tensor { 1, -2 }:to "i32" }
    assert(tensor.save(at "s.mat", all))
    local back = assert(tensor.load(at "s.mat"))
    equal_tensors(back.X, all.X)
    equal_tensors(back.t, all.t)
    equal_tensors(back.u, all.u)
    equal_tensors(back.n, all.n:view(4, 1)) -- MATLAB knows nothing below a matrix
    equal_tensors(back.b, all.b:view(2, 1))
    equal_tensors(back.i, all.i:view(2, 1))
  end)
  test("broken .mat files are refused", function()
    local good = bytes_of(at "s.mat")
    refused(file("b.mat", "MATLAB 5.0 MAT-file"), "not a MATLAB file, or a damaged one")
    refused(file("b.mat", good:sub(1, 140)), "cut off")
    refused(file("b.mat", good:sub(1, #good - 9)), "cut off") -- the other variables are whole
  end)
  test("a .mat that claims more than it has is refused", function()
    local good = bytes_of(at "s.mat")
    local dims = string.pack("<i4i4i4i4", 5, 8, 5, 2) -- miINT32, 8 bytes: 5 x 2
    local where = assert(good:find(dims, 1, true))
    local lie = good:sub(1, where + 7) .. string.pack("<i4i4", 0x7fffffff, 2) .. good:sub(where + 16)
    local some, _, left = tensor.load(file("b.mat", lie))
    test.truth(some.t and not some.X and left.X:find("claims", 1, true), left.X)
  end)
end

-- --- names ----------------------------------------------------------------------------------------------------------

local function words_of(t)
  local names = {}
  for k in pairs(t) do names[#names + 1] = k end
  table.sort(names)
  return table.concat(names, " ")
end
local endings = {}
for _, ending in ipairs { ".safetensors", ".npz", ".h5", ".mat" } do
  if ending == ".safetensors" or has(ending) then endings[#endings + 1] = ending end
end

test("nested tables are saved under joined names, in HDF5 and .mat as groups and structures", function()
  local nested = { top = tensor.ones(2, 2), layer = { w = tensor.randn(2, 3), inner = { b = tensor.zeros(1, 2) } },
    list = { tensor.ones(1, 1), tensor.zeros(1, 1) } }
  for _, ending in ipairs(endings) do
    if ending == ".mat" then
      local _, why = tensor.save(at "n.mat", nested)
      test.truth(why:find("'list/1' is no name of MATLAB's", 1, true), why)
      _, why = tensor.save(at "n.mat", tensor.ones(2))
      test.truth(why:find("'' is no name of MATLAB's: tensor.save(path, {A = x})", 1, true), why)
      nested.list = nil
    end
    assert(tensor.save(at("n" .. ending), nested))
    local back, _, left = assert(tensor.load(at("n" .. ending)))
    local names = "layer/inner/b layer/w " .. (nested.list and "list/1 list/2 " or "") .. "top"
    test.equal(words_of(back), ending == ".safetensors" and names:gsub("/", ".") or names)
    test.equal(left, nil)
    equal_tensors(back[ending == ".safetensors" and "layer.w" or "layer/w"], nested.layer.w)
  end
end)
test("what a name would lose is refused, and nothing is left behind", function()
  local one = tensor.ones(1)
  local itself = {}
  itself.itself = itself
  for _, ending in ipairs(endings) do
    local path = at("r" .. ending)
    test.fails_with({ "two tensors would have the name 'a" }, tensor.save, path,
      { a = { b = one }, ["a/b"] = one, ["a.b"] = one })
    test.fails_with({ "two tensors would have the name 'a", "1'" }, tensor.save, path, { a = { one, ["1"] = one } })
    test.fails_with({ "zero byte in a name" }, tensor.save, path, { ["a\0b"] = one })
    test.fails_with({ "holds itself" }, tensor.save, path, itself)
    test.fails_with({ "'a", "number, not a tensor" }, tensor.save, path, { a = { b = 1 } })
  end
  test.fails_with({ "zero byte in a string of a" }, tensor.save, at "r.h5", { a = { "x\0y" } })
  local function kept(ending, value, text)
    if not table.concat(endings, " "):find(ending, 1, true) then return end
    local ok, why = tensor.save(at("r" .. ending), value)
    test.equal(ok, nil)
    test.truth(why:find(at("r" .. ending), 1, true) and why:find(text, 1, true), why)
  end
  kept(".safetensors", { __metadata__ = one }, "'__metadata__' is no name")
  kept(".safetensors", { ["\xff"] = one }, "is not UTF-8")
  kept(".safetensors", { a = { "text" } }, "list of strings")
  kept(".npz", { a = { "text" } }, "list of strings") -- its writer died of it
  kept(".npz", { [("n"):rep(70000)] = one }, "65535 bytes")
  kept(".mat", { a = { "text" } }, "list of strings")
  for _, name in ipairs { "a b", "1a", "_a", "", ("n"):rep(64), "a//b", "a/" } do
    kept(".mat", { [name] = one, z = one }, "no name of MATLAB's")
  end
  kept(".mat", { a = one, ["a/b"] = one }, "a tensor, and a group")
  for _, name in ipairs { "/a", "a//b", "a/", "./a", "a/./b", "" } do
    kept(".h5", { [name] = one, z = one }, "no name that HDF5 keeps")
  end
  kept(".h5", { a = one, ["a/b"] = one }, "'a/b' could not be written")
  for _, ending in ipairs(endings) do test.equal(io.open(at("r" .. ending)), nil) end
end)
test("names of any length, bools, strings with blanks, and no tensor at all come back", function()
  local long = ("n"):rep(1000)
  for _, ending in ipairs(endings) do
    if ending ~= ".mat" then
      local all = { [long .. "a"] = tensor.ones(2), [long .. "b"] = tensor.zeros(2), truth = tensor { 1, 0 }:gt(0) }
      if ending == ".h5" then all.words = { "two  ", "", "caf\u{e9}" } end
      assert(tensor.save(at("l" .. ending), all))
      local back = assert(tensor.load(at("l" .. ending)))
      for k, x in pairs(all) do
        if k == "words" then test.equal(table.concat(back.words, "|"), "two  ||caf\u{e9}")
        else equal_tensors(back[k], x) end
      end
    end
    assert(tensor.save(at("e" .. ending), {}))
    test.equal(next(assert(tensor.load(at("e" .. ending)))), nil)
  end
end)

-- --- files of h5py, SciPy and NumPy (tests/golden/make_arrays.py) ----------------------------------------------------

local golden = "tests/golden/arrays/"
local ramp = tensor.arange(24):view(2, 3, 4) - 1

if has ".h5" then
  test("HDF5: every width and order, chunks in gzip, bools, scalars, nothing, strings", function()
    local all = assert(tensor.load(golden .. "arrays.h5"))
    equal_tensors(all.chunked, ramp:to "u8")
    for name, dtype in pairs { i1 = "i32", i2 = "i32", i2b = "i32", i4b = "i32", i8 = "i64", u2 = "i32", u4 = "i64",
      u8 = "i64", f2 = "f32", f4b = "f32", f8b = "f64" } do
      equal_tensors(all["type/" .. name], (ramp + 1):to(dtype))
    end
    equal_tensors(all.bool, tensor { 1, 0 }:gt(0))
    equal_tensors(all.scalar, tensor(2.5):to "f64")
    equal_tensors(all.empty, tensor.zeros(0, 3))
    test.equal(table.concat(all.classes, "|"), "non-cat|cat")
    test.equal(table.concat(all.words, "|"), "caf\u{e9}|")
    test.equal(all.pair, nil) -- a structure is no tensor
    test.truth(select(3, tensor.load(golden .. "arrays.h5")).pair:find("compounds", 1, true))
  end)
  test("HDF5: Keras's weights with their order", function()
    local all = assert(tensor.load(golden .. "keras.h5"))
    test.equal(table.concat(all["@layer_names"], "|"), "conv1|fc")
    test.equal(table.concat(all["conv1@weight_names"], "|"), "conv1/kernel:0|conv1/bias:0")
    equal_tensors(all["conv1/conv1/kernel:0"], (tensor.arange(18) - 1):view(3, 3, 1, 2):to "f32")
    equal_tensors(all["fc/fc/bias:0"], tensor { 1, 2 })
  end)
  test("HDF5: numbers beyond i64, claims beyond the file, other files and 23 dimensions are refused", function()
    refused(golden .. "u64.h5", "'large'", "larger than i64 holds")
    refused(golden .. "bomb.h5", "'x' claims 1048576 MB")
    refused(golden .. "outside.h5", "'x' lies in another file")
    refused(golden .. "deep.h5", "'x' has more than 8 dimensions")
  end)
end
if has ".mat" then
  test(".mat: compressed elements, text, structures and cells", function()
    local all = assert(tensor.load(golden .. "arrays.mat"))
    equal_tensors(all.X, ramp[1]:to "f64")
    for name, dtype in pairs { i1 = "i32", u2 = "i32", f4 = "f32" } do equal_tensors(all[name], ramp:to(dtype)) end
    equal_tensors(all.flag, tensor { { 1, 0 } }:gt(0))
    test.equal(all.word[1], "hello")
    equal_tensors(all["part/inner"], tensor { { 7, }, dtype = "f64" })
    equal_tensors(all["cell/1"], tensor { { 1, 2 }, dtype = "f64" })
    test.equal(all["cell/2"][1], "text")
    equal_tensors(all.none, tensor.zeros(0, 3):to "f64")
  end)
end
if has ".npz" then
  test(".npz: deflated, Fortran order, big-endian, f16", function()
    local all = assert(tensor.load(golden .. "packed.npz"))
    equal_tensors(all.turned, ramp:to "f32")
    equal_tensors(all.half, ramp:to "f32")
  end)
  test("a .npz that unpacks to a thousand times its size is refused, lying about its packed size too", function()
    refused(golden .. "bomb.npz", "'x' claims 96 MB")
    local bytes = bytes_of(golden .. "bomb.npz")
    local entry = assert(bytes:find("PK\1\2", 1, true)) -- the directory's entry: packed size at 20, whole at 24
    local lie = string.pack("<I4I4", 0x20000000, 0x20000000)
    refused(file("lie.npz", bytes:sub(1, entry + 19) .. lie .. bytes:sub(entry + 28)), "'x' claims 512 MB")
  end)
end

local function left_out(name, present, reasons)
  local all, nothing, left = tensor.load(golden .. name)
  test.equal(nothing, nil)
  test.equal(words_of(all), present)
  for part, reason in pairs(reasons) do
    local why = left[part] or "not left out"
    test.truth(why:find(reason, 1, true), ("%s: %s, '%s' expected"):format(part, why, reason))
    left[part] = nil
  end
  test.equal(words_of(left), "")
  return all
end
if has ".h5" then
  test("HDF5: what no tensor holds is left out by name, links within the file are followed, attributes read", function()
    local all = left_out("mixed.h5", "colours good group/x group@limits group@rate soft twice", { complex = "compounds",
      deep = "more than 8 dimensions", ["group/up"] = "back to a group", large = "larger than i64",
      nowhere = "link to nothing", outside = "another file", pair = "compounds", ragged = "variable length",
      reference = "references", through = "link to nothing", type = "type with a name" })
    equal_tensors(all.twice, all.good)
    equal_tensors(all.soft, tensor { 7, dtype = "f64" })
    equal_tensors(all.colours, tensor { 0, 2, dtype = "u8" }) -- an enumeration that is no bool
    equal_tensors(all["group@rate"], tensor(2.5):to "f64")
    equal_tensors(all["group@limits"], tensor { 1, 5, dtype = "i64" })
  end)
end
if has ".npz" then
  test(".npz: what no tensor holds is left out by name", function()
    local all = left_out("mixed.npz", "good", { complex = "<c16", large = "9223372036854775808", objects = "|O",
      text = "<U1" })
    equal_tensors(all.good, tensor.arange(3) - 1)
  end)
end
if has ".mat" then
  test(".mat: what no tensor holds is left out by name, what follows is read, text is UTF-8", function()
    local all = left_out("mixed.mat", "caf good last part/inner", { complex = "complex", deep = "than 8 dimensions",
      large = "9223372036854775808", sparse = "sparse", ["part/complex"] = "complex" })
    equal_tensors(all.last, tensor { { 3 }, dtype = "f64" })
    test.equal(all.caf[1], "caf\u{e9} \u{4e2d}")
  end)
  if has ".h5" then
    test(".mat of version 7.3", function()
      local all = left_out("v73.mat", "X cell/1 cell/2 flag none part/inner several/1/w several/2/w u2 word",
        { complex = "complex", sparse = "sparse" })
      equal_tensors(all.X, ramp:to "f64")
      equal_tensors(all.u2, ramp[1]:to "i32")
      equal_tensors(all.flag, tensor { { 1, 0 } }:gt(0))
      equal_tensors(all.none, tensor.zeros(0, 3):to "f64")
      equal_tensors(all["part/inner"], tensor { { 7 }, dtype = "f64" })
      equal_tensors(all["cell/1"], tensor { { 1, 2 }, dtype = "f64" })
      equal_tensors(all["several/2/w"], all["cell/1"])
      test.equal(table.concat(all.word, "|"), "caf\u{e9}|two ")
      test.equal(all["cell/2"][1], "text")
      local whole = bytes_of(golden .. "v73.mat")
      for n = 600, #whole - 1, 997 do test.truth(pcall(tensor.load, file("cut.mat", whole:sub(1, n)))) end
    end)
  end
end

-- --- .safetensors ---------------------------------------------------------------------------------------------------

local function safetensors(header, body) return string.pack("<I8", #header) .. header .. body end

test(".safetensors: f16, bf16, narrow numbers, bools of one", function()
  local function one(dtype, n, body)
    local header = ('{"x":{"dtype":"%s","shape":[%d],"data_offsets":[0,%d]}}'):format(dtype, n, #body)
    return assert(tensor.load(file("s.safetensors", safetensors(header, body)))).x
  end
  equal_tensors(one("F16", 2, string.pack("<I2I2", 0x3c00, 0xfbff)), tensor { 1, -65504 })
  equal_tensors(one("BF16", 2, string.pack("<I2I2", 0x3fc0, 0xc000)), tensor { 1.5, -2 })
  equal_tensors(one("U16", 2, string.pack("<I2I2", 65535, 1)), tensor { 65535, 1 }:to "i32")
  equal_tensors(one("U32", 2, string.pack("<I4I4", 4294967295, 1)), tensor { 4294967295, 1, dtype = "i64" })
  equal_tensors(one("U64", 1, string.pack("<I8", 1 << 62)), tensor { 1 << 62, dtype = "i64" })
  equal_tensors(one("I8", 2, string.pack("i1i1", -128, 127)), tensor { -128, 127 }:to "i32")
  test.equal(one("BOOL", 3, "\0\1\7"):sum():item(), 2)
end)
test(".safetensors: what no tensor holds is left out by name; alone it is the file's error", function()
  local function entry(name, dtype, a, b, shape)
    return ('"%s":{"dtype":"%s","shape":[%s],"data_offsets":[%d,%d]}'):format(name, dtype, shape or b - a, a, b)
  end
  local header = "{" .. table.concat({ entry("tiny", "F8_E4M3", 0, 2), entry("good", "U8", 2, 4),
    entry("large", "U64", 4, 12, 1), entry("deep", "U8", 12, 13, "1,1,1,1,1,1,1,1,1") }, ",") .. "}"
  local all, nothing, left = tensor.load(file("m.safetensors", safetensors(header, "\1\2\3\4" .. ("\255"):rep(9))))
  test.equal(nothing, nil)
  equal_tensors(all.good, tensor { 3, 4, dtype = "u8" })
  test.truth(left.tiny:find("F8_E4M3", 1, true) and left.large:find("larger than i64 holds", 1, true), left.tiny)
  test.truth(left.deep:find("8 sizes", 1, true), left.deep)
  test.equal(words_of(left), "deep large tiny")
  local twice = "{" .. entry("good", "U8", 0, 1) .. "," .. entry("good", "U8", 1, 2) .. "}"
  refused(file("twice.safetensors", safetensors(twice, "\1\2")), "'good' is there twice")
  refused(file("u.safetensors", safetensors("{" .. entry("x", "U64", 0, 8, 1) .. "}", ("\255"):rep(8))), "'x'",
    "larger than i64 holds")
end)
test("broken .safetensors are refused", function()
  local function no(header, body, ...) refused(file("b.safetensors", safetensors(header, body)), ...) end
  local function entry(name, a, b, n)
    return ('"%s":{"dtype":"U8","shape":[%s],"data_offsets":[%s,%s]}'):format(name, n, a, b)
  end
  refused(file("b.safetensors", "\255\255\255\255\255\255\255\255{}"), "header claims")
  no("[1]", "", "not a JSON object")
  no("{" .. entry("\xff", 0, 4, 4) .. "}", "\1\1\1\1", "not UTF-8")
  no("{" .. entry("a\\u0000b", 0, 4, 4) .. "}", "\1\1\1\1", "zero byte")
  no("{" .. entry("x", 0, 4, 4) .. "," .. entry("y", 2, 6, 4) .. "}", "\1\1\1\1\1\1", "overlap")
  no("{" .. entry("x", 0, 9, 9) .. "}", "\1\1", "outside the file")
  no("{" .. entry("x", 0, 2, 3) .. "}", "\1\1", "its shape needs 3")
  no("{" .. entry("x", 0, 2, "4611686018427387904, 4") .. "}", "\1\1", "'x'")
  no('{"x":' .. ("["):rep(100000), "", "not a JSON object")
  no('{"x":[' .. ("0,"):rep(2 ^ 20), "", "too many")
end)

test("what cannot be written is said, and nothing is left behind", function()
  local ok, why = tensor.save(at "nowhere/x.npy", tensor.ones(1))
  test.equal(ok, nil)
  test.truth(why:find("No such file", 1, true), why)
  for _, ending in ipairs { ".npz", ".h5", ".mat" } do
    ok = tensor.save(at("nowhere/x" .. ending), { x = tensor.ones(1) })
    test.equal(ok, nil)
  end
  local list = io.popen("ls " .. folder .. " | grep -c part"):read "n"
  test.equal(list, 0)
end)

os.execute("rm -r " .. folder)
test.done()
