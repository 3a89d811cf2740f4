--- Files of the layout that the original assignments have, written here: what is right is read, what is wrong is named.
local test = dofile "tests/check.lua"
local course = require "lib.course"
local run = require "vm.run"

local folder = os.tmpname()
os.remove(folder)
assert(os.execute(("mkdir -p '%s'"):format(folder)))

-- The files of the course: HDF5, pictures u8, labels i64, and the names of the classes.
local function write(name, kind, n, x, y)
  assert(tensor.save(("%s/%s_%s.h5"):format(folder, kind, name), {
    list_classes = { "non-cat", "cat" },
    [kind .. "_set_x"] = x or tensor.randint(0, 255, n, 8, 8, 3, { rng = tensor.rng(n + #kind) }):to "u8",
    [kind .. "_set_y"] = y or (tensor.arange(n) % 2):to "i64",
  }))
end

test("pictures and labels: u8 to 0..1, labels flat, train and test apart", function()
  write("signs", "train", 12)
  write("signs", "test", 6)
  local x, y, xtest, ytest = course.pictures(folder, "signs", 64, 6)
  test.shape(x, { 12, 8, 8, 3 })
  test.shape(xtest, { 6, 8, 8, 3 })
  test.dtype(x, "f32")
  test.truth(x:max():item() <= 1 and x:max():item() > 0.5, "a range of 0..1")
  test.same(y, { 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0 })
  test.shape(ytest, { 6 })
  local again = course.pictures(folder .. "/train_signs.h5", "signs", 64, 6)
  test.same(again, x)
end)

test("files whose labels are numbers take no --classes; pictures that are in both files are not judged", function()
  test.fails_with({ "--classes means nothing with train_signs and test_signs of --data" }, course.pictures, folder,
    "signs", 64, 6, "a,b")
  local x = tensor.randint(0, 255, 12, 8, 8, 3, { rng = tensor.rng(8) }):to "u8"
  write("signs", "train", 8, x["1:8"])
  local function told(held)
    write("signs", "test", 4, held)
    return table.concat(test.caught(course.pictures, folder, "signs", 64, 6), "\n")
  end
  test.equal(told(x["9:12"]), "")
  local of = "--data: " .. folder .. ": %d of 4 pictures held out are among those to learn from, too"
  test.equal(told(x["7:10"]), of:format(2) .. ": left out")
  local _, _, left, labels = course.pictures(folder, "signs", 64, 6)
  test.same((left * 255 + 0.5):to "u8", x["9:10"])
  test.shape(labels, { 2 })
  told(x["6:9"])
  test.fails_with({ of:format(3) .. "; 2 of others expected, found 1" }, course.pictures, folder, "signs", 64, 6)
  local near = x["1:4"]:clone()
  near["..., 1"] = 255 - near["..., 1"]                                  -- like them, but not the same
  test.equal(told(near), "")
end)

test("a folder without the files names what is expected", function()
  test.fails_with({ "--data", folder, "train_catvnoncat.h5 and test_catvnoncat.h5", "expected there, found none" },
    course.pictures, folder, "catvnoncat", 64, 2)
end)

test("wrong shapes are named: expected and found", function()
  write("happy", "train", 4, tensor.zeros { 4, 8, 8, dtype = "u8" })
  write("happy", "test", 4)
  test.fails_with({ "train_happy", "expected 'train_set_x' as [n,h,w,3], found u8[4,8,8]" },
    course.pictures, folder, "happy", 64, 2)
  write("happy", "train", 4, nil, tensor.zeros { 1, 3, dtype = "i64" })
  test.fails_with({ "train_happy", "expected 'train_set_y' with 4 labels, found i64[1,3]" },
    course.pictures, folder, "happy", 64, 2)
end)

test("a name that is missing, and labels of other classes, are named", function()
  assert(tensor.save(folder .. "/train_happy.h5", { x = tensor.zeros { 4, 8, 8, 3, dtype = "u8" } }))
  test.fails_with({ "train_happy", "expected 'train_set_x' as [n,h,w,3], found none" },
    course.pictures, folder, "happy", 64, 2)
  assert(tensor.save(folder .. "/train_happy.h5", { train_set_x = tensor.zeros { 4, 8, 8, 3, dtype = "u8" } }))
  test.fails_with({ "train_happy", "expected 'train_set_y' with 4 labels, found none" },
    course.pictures, folder, "happy", 64, 2)
  write("happy", "train", 4, nil, tensor { 0, 1, 2, 1, dtype = "i64" })
  test.fails_with({ "train_happy", "labels from 0 to 1 expected, found 0 to 2" },
    course.pictures, folder, "happy", 64, 2)
end)

local function happy(size, ...) return course.pictures(folder, "happy", size, 2, ...) end
-- Pictures [n, h, w, 3] of whole numbers from 0 to 255.
local function drawn(n, h, w) return tensor.randint(0, 255, n, h, w, 3, { rng = tensor.rng(n + h) }) end

test("pictures of several sizes, and oblong ones, are brought to one, and it is said", function()
  write("happy", "train", 4, drawn(4, 9, 8):to "u8")
  write("happy", "test", 4, drawn(4, 8, 8):to "u8")
  local lines, _, ok, x, _, xtest = test.caught(happy, 16)
  test.truth(ok and lines[1]:find("pictures of 9 x 8 and 8 x 8 are brought to 16 x 16", 1, true), lines[1])
  test.shape(x, { 4, 16, 16, 3 })
  test.shape(xtest, { 4, 16, 16, 3 })
end)

test("numbers of 0 to 255 are scaled whatever their type, for both files alike; others are refused", function()
  local x, dark = drawn(4, 8, 8), tensor.zeros(4, 8, 8, 3)
  local turned = x:flip(2)                                             -- held out, so not the same
  for _, dtype in ipairs { "u8", "i32", "i64", "f32", "f64" } do
    write("happy", "train", 4, x:to(dtype))
    write("happy", "test", 4, dark:to(dtype) + (dtype == "u8" and 0 or 1))
    local got, _, xtest = happy(8)
    test.close(got, x:to "f32" / 255, 1e-6)
    test.close(xtest, (dark + (dtype == "u8" and 0 or 1)) / 255, 1e-6)
  end
  write("happy", "train", 4, x:to "f32" / 255)
  write("happy", "test", 4, turned:to "f64" / 255)
  test.close(happy(8), x:to "f32" / 255, 1e-6)
  local function refused(changed, ...)
    write("happy", "train", 4, changed)
    test.fails_with({ "train_happy", ... }, happy, 8)
  end
  refused(x:to "f32" / 127.5 - 1, "pictures of 0 to 1, or of 0 to 255, expected, found -")
  refused(x:to "f32" * 2, "expected, found 0 to 510")
  refused(x:to "i64" - 7, "expected, found -7")
  refused(x:to "f32" / 255 * 1.5, "expected, found 0 to 1.5")
  for _, v in ipairs { 0 / 0, math.huge } do
    local odd = x:to "f32" / 255
    odd[{ 2, 3, 4, 1 }] = v
    refused(odd, "found NaN or an infinity")
  end
  refused(tensor.zeros { 0, 8, 8, 3, dtype = "u8" }, "no pictures")
end)

test("each file of whole numbers tells its own white, beside one of fractions", function()
  local x = drawn(4, 8, 8):to "f32" / 255
  for _, turned in ipairs { false, true } do
    local bytes = (x * 255):to "u8"
    write("happy", "train", 4, turned and bytes or x)
    write("happy", "test", 4, (turned and x or bytes):flip(2))
    local a, _, b = course.pictures(folder, "happy", 8, 2)
    assert(a:max():item() > 0.5 and (a - b:flip(2)):abs():max():item() < 0.005)
  end
end)

test("labels that are no whole numbers are refused; numbers in words and of any type are read", function()
  write("happy", "test", 4)
  for _, y in ipairs { tensor { 0, 1, 0.5, 1 }, tensor { 0, 1, 0 / 0, 1 }, tensor { 0, math.huge, 0, 1 } } do
    write("happy", "train", 4, nil, y)
    test.fails_with({ "train_happy", "whole numbers for labels expected" }, happy, 8)
  end
  for _, y in ipairs { tensor { 0, 1, 0, 1 }, tensor { 0, 1, 0, 1 }:gt(0), { "0", "1", "0", "1" } } do
    write("happy", "train", 4, nil, y)
    test.same(select(2, happy(8)), { 0, 1, 0, 1 })
  end
  write("happy", "train", 4, nil, { "non-cat", "cat", "cat", "non-cat" })          -- as list_classes has them
  test.same(select(2, happy(8)), { 0, 1, 1, 0 })
  write("happy", "train", 4, nil, tensor { 1, 1, 1, 1 })
  test.fails_with({ "--data: ", "all 4 to learn from are of one class" }, happy, 8)
  write("happy", "train", 4, nil, { "0", "one", "0", "1" })
  test.fails_with({ "train_happy", "expected 'train_set_y' with 4 labels" }, happy, 8)
end)

test("a path that does not exist, and a file of another name, are never its neighbours", function()
  write("happy", "train", 4)
  write("happy", "test", 4)
  for _, name in ipairs { "/gone.h5", "/train_hapy.h5", "/gone/train_happy.h5", "/gone" } do
    test.fails_with({ "--data: " .. folder .. name, "No such file" }, course.pictures, folder .. name, "happy", 8, 2)
  end
  write("other", "train", 4)
  test.fails_with({ folder .. "/train_other.h5: train_happy.h5 or test_happy.h5 expected" }, course.pictures,
    folder .. "/train_other.h5", "happy", 8, 2)
end)

-- Folders of pictures, one a class; a class is a shade, no two pictures of a set are the same.
local function shades(path, names, n, from)
  for k, name in ipairs(names) do
    assert(os.execute(("mkdir -p '%s/%s'"):format(path, name)))
    for i = 1, n do
      assert(data.image.save(("%s/%s/%d.png"):format(path, name, i), tensor.full({ 6, 9, 3 },
        k / 10 + ((from or 0) + i) / 255)))
    end
  end
end
test("class folders: their order is said, and --classes sets it; a folder's name may have dots", function()
  local path = folder .. "/my.pictures.v2"
  shades(path, { "cat", "non-cat" }, 5)
  local function classes_of(order)
    local lines, _, ok, x, y = test.caught(course.pictures, path, "catvnoncat", 4, 2, order)
    local found = {}
    test.truth(ok, "that they are read")
    for i = 1, y:numel() do found[y[i]] = x[{ i, 1, 1, 1 }] end
    return lines[1], found
  end
  local line, shade = classes_of()
  test.equal(line, "classes: 0 cat, 1 non-cat")
  test.truth(shade[0] < shade[1], "cat is the darker, 0")
  line, shade = classes_of "non-cat, cat"
  test.equal(line, "classes: 0 non-cat, 1 cat")
  test.truth(shade[0] > shade[1], "cat is the darker, 1")
  for _, order in ipairs { "cat", "cat,dog", "cat,cat", "cat,non-cat,dog" } do
    test.fails_with({ "--classes", "cat,non-cat", "found '" .. order .. "'" }, course.pictures, path, "catvnoncat", 4,
      2, order)
  end
end)
test("pictures with the label in front of their names, in folders for training, validation and test", function()
  local path = folder .. "/signs.jpg"
  for part, n in pairs { train_signs = 12, val_signs = 6, test_signs = 6 } do
    assert(os.execute(("mkdir -p '%s/%s'"):format(path, part)))
    for i = 1, n do
      local lighter = part == "test_signs" and 6 or i > 6 and 3 or 0
      local x = tensor.full({ 8, 8, 3 }, 0.975 * ((i - 1) % 6) / 5 + lighter / 255)
      assert(data.image.save(("%s/%s/%d_IMG_%d.jpg"):format(path, part, (i - 1) % 6, i), x))
    end
  end
  local lines, _, ok, x, y, xtest, ytest = test.caught(course.pictures, path, "signs", 8, 6)
  test.truth(ok, tostring(x))
  test.truth(lines[1]:find "held out are the pictures of [^;]*test_signs; those of [^;]*val_signs are left", lines[1])
  test.shape(x, { 12, 8, 8, 3 })
  test.shape(xtest, { 6, 8, 8, 3 })
  for i = 1, 12 do test.truth(math.abs(x[{ i, 4, 4, 1 }] - y[i] / 5) < 0.03, "the shade of its label") end
  test.same(ytest:sort(), { 0, 1, 2, 3, 4, 5 })
  local one = course.pictures(path .. "/train_signs", "signs", 8, 6)                -- a fifth of one folder is held out
  test.shape(one, { 10, 8, 8, 3 })
  test.fails_with({ "labels are in front of the names: no --classes expected" }, course.pictures, path, "signs", 8, 6,
    "a,b")
  local odd = path .. "/train_signs/7_IMG_1.jpg"
  assert(data.image.save(odd, tensor.zeros(8, 8, 3)))
  test.fails_with({ odd, "a label from 0 to 5 in front of the name expected" }, course.pictures, path, "signs", 8, 6)
end)

test("pictures with the label in front: files that systems leave there are none, what is damaged is named", function()
  local path = folder .. "/signs.damaged"
  assert(os.execute(("mkdir -p '%s/train_signs' '%s/test_signs'"):format(path, path)))
  for _, part in ipairs { "train", "test" } do
    for i = 0, 5 do
      local x = tensor.full({ 8, 8, 3 }, part == "train" and i / 5 or 0.05 + 0.9 * i / 5)
      assert(data.image.save(("%s/%s_signs/%d_IMG_%d.jpg"):format(path, part, i, i), x))
      test.write(("%s/%s_signs/.DS_Store"):format(path, part), "\0\0\0\1Bud1")
      test.write(("%s/%s_signs/Thumbs.db"):format(path, part), "\xd0\xcf")
    end
  end
  local function signs() return course.pictures(path, "signs", 8, 6) end
  local picture = path .. "/train_signs/3_IMG_3.jpg"
  local bytes = test.read(picture)
  test.shape(signs(), { 6, 8, 8, 3 })
  assert(os.rename(picture, path .. "/train_signs/3_IMG_3.JPG"))
  test.same(select(2, signs()):sort(), { 0, 1, 2, 3, 4, 5 })
  assert(os.remove(path .. "/train_signs/3_IMG_3.JPG"))
  for _, damaged in ipairs { bytes:sub(1, #bytes // 2), bytes:sub(1, 20), "", "no picture" } do
    test.write(picture, damaged)
    test.fails_with({ "--data: ", picture }, signs)
  end
  test.write(picture, "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n")
  test.fails_with({ "--data: ", picture, "Git LFS" }, signs)
  assert(os.remove(picture))
  test.same(select(2, signs()):sort(), { 0, 1, 2, 4, 5 })                 -- a class may be missing
  assert(os.rename(path .. "/train_signs/4_IMG_4.jpg", path .. "/train_signs/IMG_4.jpg"))
  test.fails_with({ path .. "/train_signs/IMG_4.jpg", "a label from 0 to 5 in front of the name" }, signs)
end)

test("a folder in parts by other names, and one with validation alone", function()
  local path = folder .. "/parts"
  for k, part in ipairs { "training", "validation" } do
    shades(path .. "/" .. part, { "cat", "non-cat" }, 3, 4 * k)
  end
  shades(path .. "/Testing", { "cat", "non-cat" }, 4)
  test.shape(select(3, course.pictures(path, "catvnoncat", 4, 2)), { 8, 4, 4, 3 })
  assert(os.execute(("rm -r '%s/Testing'"):format(path)))
  local x, _, held = course.pictures(path, "catvnoncat", 4, 2)
  test.shape(x, { 6, 4, 4, 3 })
  test.shape(held, { 6, 4, 4, 3 })
end)

test("a pointer of Git LFS is named in place of pictures, points, sets and names", function()
  local pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n"
  local path = folder .. "/lfs"
  shades(path, { "cat", "non-cat" }, 2)
  test.write(path .. "/cat/1.png", pointer)
  test.fails_with({ path .. "/cat/1.png", "Git LFS" }, course.pictures, path, "catvnoncat", 4, 2)
  for _, kind in ipairs { "train", "test" } do test.write(("%s/lfs/%s_catvnoncat.h5"):format(folder, kind), pointer) end
  test.fails_with({ "train_catvnoncat.h5", "Git LFS" }, course.pictures, path, "catvnoncat", 4, 2)
  for name, file in pairs { regularization = "/data.mat", planar = "/points.csv", dinosaurus = "/names.txt" } do
    local at = test.write(folder .. file, pointer)
    test.fails_with({ at, "Git LFS" }, run.project, name, { quick = true, viz = "off", data = at })
  end
end)

test("a folder is no file of points or names", function()
  for _, name in ipairs { "planar", "optimizers", "initialization", "regularization", "dinosaurus" } do
    test.fails_with({ folder, "a file expected, it is a folder" }, run.project, name, { viz = "off", data = folder })
  end
end)

-- What a script claims of a user's files are comparisons with what needs no network, not figures of the drawn sets;
-- rules and gradients are as near to the engine's whatever they work on.
local of_the_code = { difference = true, dropout_mean = true, cost_apart = true, layers = true }
local function compares(name, result)
  test.equal(result.measure, "gain", name)
  test.truth(result.target <= 0, ("%s: target %g: that it is a comparison"):format(name, result.target))
  for _, clause in ipairs(result.claim.also or {}) do
    test.truth(of_the_code[clause[1]] or clause[1] == "more_right" or (clause.above or 1) <= 0,
      ("%s, %s: that it"):format(name, clause[1]))
  end
end

test("every project of pictures learns from the smallest sets, of other sizes and oblong", function()
  for name, classes in pairs { logistic_cats = 2, deep_cats = 2, first_model = 6, happy_house = 2, resnet50 = 6 } do
    local set = classes == 6 and "signs" or name == "happy_house" and "happy" or "catvnoncat"
    local y = (tensor.arange(classes) - 1):to "i64"
    local least = name == "resnet50" and 16 or 8             -- it halves them four times before the mean
    for _, side in ipairs { least, least + 1 } do
      write(set, "train", classes, drawn(classes, least, side):to "u8", y)
      write(set, "test", classes, 255 - drawn(classes, least, side):to "u8", y)
      local epochs = name ~= "logistic_cats" and "1" or nil
      local result = run.project(name, { quick = true, data = folder, size = "32", epochs = epochs, viz = "off" })
      test.truth(result.value ~= nil, name .. ": a result")
      if name ~= "resnet50" then compares(name, result) end
    end
    if name == "resnet50" then                                           -- of one size already: brought to what is said
      write(set, "train", 6, drawn(6, 40, 40):to "u8", y)
      write(set, "test", 6, 255 - drawn(6, 40, 40):to "u8", y)
      local lines = test.caught(run.project, name, { quick = true, data = folder, size = "16", epochs = "1",
        viz = "off" })
      test.truth(table.concat(lines, "\n"):find("pictures of 40 x 40 and 40 x 40 are brought to 16 x 16", 1, true),
        "that --size is taken")
    end
    if set == "catvnoncat" then
      for _, kind in ipairs { "train", "test" } do os.remove(("%s/%s_%s.h5"):format(folder, kind, set)) end
    end
  end
end)

test("one file of the two says which is missing", function()
  write("catvnoncat", "test", 4)
  test.fails_with({ "test_catvnoncat.h5 and ", "train_catvnoncat.h5 expected, found the first alone" },
    course.pictures, folder, "catvnoncat", 64, 2)
end)

test("a file cut short, and one that is something else, are named with what was expected", function()
  write("happy", "train", 400)
  local path = folder .. "/train_happy.h5"
  local f = assert(io.open(path, "rb"))
  local bytes = f:read "a"
  f:close()
  for _, damaged in ipairs { bytes:sub(1, #bytes // 2), bytes:sub(1, 100), "no tensors", "" } do
    f = assert(io.open(path, "wb"))
    f:write(damaged)
    f:close()
    test.fails_with({ "--data", "train_happy" }, course.pictures, folder, "happy", 64, 2)
  end
end)

test("logistic_cats learns from files of that layout", function()
  local x = tensor.randint(0, 100, 40, 8, 8, 3, { rng = tensor.rng(5) })
  local y = (tensor.arange(40) % 2):to "i64"
  x = (x + y:reshape(40, 1, 1, 1) * 100):to "u8"                       -- class 1 is brighter: plain to see
  write("catvnoncat", "train", 40, x, y:reshape(1, 40))
  write("catvnoncat", "test", 40, x:flip(2), y:reshape(1, 40))          -- not the same pictures
  local result = run.project("logistic_cats", { quick = true, data = folder, viz = "off" })
  local right = result.claim.accuracy
  test.truth(right > 0.95, ("accuracy %.2f: that it is above 0.95"):format(right))
end)

test("regularization reads data.mat, and names what is wrong with it", function()
  local path = folder .. "/data.mat"
  local X = tensor.randn(211, 2, { dtype = "f64" })
  local y = X[":, 1"]:gt(0):to "u8":reshape(211, 1)
  local set = { X = X, y = y, Xval = X["1:200"] + 0.01, yval = y["1:200"]:contiguous() }
  local function reading() return run.project("regularization", { quick = true, data = path, viz = "off" }) end
  assert(tensor.save(path, set))
  local f = assert(io.open(path, "rb"))
  local bytes = f:read "a"
  f:close()
  test.equal(bytes:sub(1, 19), "MATLAB 5.0 MAT-file")
  test.truth(reading().value ~= nil, "a result")

  local function broken(name, value, ...)
    local kept = set[name]
    set[name] = value
    assert(tensor.save(path, set))
    set[name] = kept
    test.fails_with({ path, ... }, reading)
  end
  broken("yval", nil, "expected 'yval' as [points,1], found none")
  broken("X", tensor.zeros(211, 3), "expected 'X' as [points,2], found f32[211,3]")
  broken("y", y["1:200"]:contiguous(), "as many rows in 'y' as in 'X' (211) expected, found 200")
  broken("y", y + 1, "'y' of 0 and 1 expected, found 1 to 2")
  for _, damaged in ipairs { bytes:sub(1, #bytes // 2), "MATLAB 5.0 MAT-file", "no points" } do
    f = assert(io.open(path, "wb"))
    f:write(damaged)
    f:close()
    test.fails_with({ "--data", path }, reading)
  end
end)

test("rows x,y,class of a text file: every project of points reads them", function()
  local path = folder .. "/points.csv"
  local f = assert(io.open(path, "w"))
  local X = tensor.randn(150, 2, { rng = tensor.rng(3) }):totable()
  f:write "x,y,class\n"
  for _, p in ipairs(X) do f:write(("%.4f,%.4f,%d\n"):format(p[1], p[2], p[1] > p[2] and 1 or 0)) end
  f:close()
  for _, name in ipairs { "planar", "optimizers", "initialization", "regularization" } do
    local result = run.project(name, { quick = true, data = path, viz = "off" })
    test.truth(result.value ~= nil, name .. ": a result")
    compares(name, result)
  end
  f = assert(io.open(path, "w"))
  f:write "1,2,0\n1,2\n"
  f:close()
  for _, name in ipairs { "planar", "optimizers", "initialization", "regularization" } do
    test.fails_with({ path .. ":2:", "x,y,class with class 0 or 1 expected, found '1,2'" }, run.project, name,
      { quick = true, data = path, viz = "off" })
  end
end)

test("texts come with a byte order mark and any line ends, or say that they are UTF-16", function()
  local text = require "lib.text"
  local path = folder .. "/text.txt"
  local function write_text(bytes)
    test.write(path, bytes)
  end
  write_text "\xef\xbb\xbfone\r\ntwo\rthree\n"
  test.equal(text.read(path), "one\ntwo\nthree\n")
  local rows = ("1,2,0\r\n3,4,1\r\n"):rep(10)
  write_text("\xef\xbb\xbf" .. rows)
  test.shape(require "lib.points".read(path), { 20, 2 })
  write_text "\xff\xfea\0"
  test.fails_with({ "--data: ", path, "UTF-16" }, text.read, path)
  test.fails_with({ "--text: ", "/nosuch" }, text.read, path .. "/nosuch", "--text")
end)

test("dinosaurus reads any text, with the RNN and with the LSTM, and names what is none", function()
  local path = folder .. "/names.txt"
  local f = assert(io.open(path, "w"))
  for i = 1, 60 do f:write(("Été %s-%d\n"):format(("abc"):rep(i % 3 + 1), i)) end
  f:close()
  for _, model in ipairs { "rnn", "lstm" } do
    local result = run.project("dinosaurus", { quick = true, data = path, viz = "off", model = model, steps = "200" })
    test.truth(result.value ~= nil, model .. ": a result")
    compares("dinosaurus", result)
  end
  test.fails_with({ "--model must be rnn or lstm, got 'gru'" }, run.project, "dinosaurus",
    { quick = true, viz = "off", model = "gru" })
  test.fails_with({ "--data", "UTF-8 text expected" }, run.project, "dinosaurus",
    { quick = true, viz = "off", data = folder .. "/train_signs.h5" })
end)

-- Folders of pictures: two classes that a brightness tells apart.
local function draw_folder(name, parts)
  for _, part in ipairs(parts) do
    for class, light in pairs { dark = 0.2, light = 0.8 } do
      local at = ("%s/%s/%s%s"):format(folder, name, part, class)
      assert(os.execute(("mkdir -p '%s'"):format(at)))
      for i = 1, 5 do
        local picture = ((tensor.rand(10, 12, 3) * 0.2 + light) * 255):to "u8"
        assert(tensor.save(("%s/%d.png"):format(at, i), picture))
      end
    end
  end
  return folder .. "/" .. name
end

test("a folder of pictures, one a class, is brought to one size and split", function()
  local pets = draw_folder("pets", { "" })
  assert(lunette.mkdir(pets .. "/__MACOSX/cat"))                        -- what a Mac's archives leave is no class
  local x, y, xtest, ytest = course.pictures(pets, "catvnoncat", 16, 2)
  test.shape(x, { 8, 16, 16, 3 })
  test.shape(xtest, { 2, 16, 16, 3 })
  test.truth(x:max():item() <= 1, "a range of 0..1")
  test.equal(y:sum():item() + ytest:sum():item(), 5)
  for i = 1, 8 do test.equal(x[i]:mean():item() > 0.5, y[i] == 1) end
end)
test("a folder of more classes than the project has is refused", function()
  local at = draw_folder("three", { "" })
  assert(os.execute(("cp -r '%s/dark' '%s/grey'"):format(at, at)))
  test.fails_with({ at, "2 folders of pictures, one a class, expected, found 3: dark, grey, light" },
    course.pictures, at, "catvnoncat", 16, 2)
end)
test("folders train and test stay apart", function()
  local x, y, xtest, ytest = course.pictures(draw_folder("split", { "train/", "test/" }), "happy", 8, 2)
  test.shape(x, { 10, 8, 8, 3 })
  test.shape(xtest, { 10, 8, 8, 3 })
  test.same(y, ytest)
end)
test("a folder of pictures that is broken is named", function()
  local at = draw_folder("broken", { "" })
  local f = assert(io.open(at .. "/dark/3.png", "w"))
  f:write "no picture"
  f:close()
  test.fails_with({ "dark/3.png" }, course.pictures, at, "happy", 8, 2)
end)
test("every script that reads the course's pictures reads them", function()
  if test.sanitized then return end
  for name, set in pairs { deep_cats = "catvnoncat", first_model = "signs", happy_house = "happy" } do
    local x = tensor.randint(0, 255, 36, 64, 64, 3):to "u8"
    local held = x["25:36"]:contiguous()
    write(set, "train", 24, x["1:24"]:contiguous(), (tensor.arange(24) % (set == "signs" and 6 or 2)):to "i64")
    write(set, "test", 12, held, (tensor.arange(12) % (set == "signs" and 6 or 2)):to "i64")
    local result = run.project(name, { quick = true, data = folder, viz = "off" })
    test.truth(result.value ~= nil, name .. ": a result")
    write(set, "test", 12, held, tensor.full({ 12 }, 7):to "i64")
    test.fails_with({ "test_" .. set, "labels from 0 to", "found 7 to 7" }, run.project, name,
      { quick = true, data = folder, viz = "off" })
  end
end)

os.execute(("rm -r '%s'"):format(folder))
test.done()
