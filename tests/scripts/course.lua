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
    [kind .. "_set_x"] = x or tensor.randint(0, 255, n, 8, 8, 3, { rng = tensor.rng(n) }):to "u8",
    [kind .. "_set_y"] = y or (tensor.arange(n) % 2):to "i64",
  }))
end

test("pictures and labels: u8 to 0..1, labels flat, train and test apart", function()
  write("signs", "train", 12)
  write("signs", "test", 6)
  local x, y, xtest, ytest = course.pictures(folder, "signs")
  test.shape(x, { 12, 8, 8, 3 })
  test.shape(xtest, { 6, 8, 8, 3 })
  test.dtype(x, "f32")
  test.truth(x:max():item() <= 1 and x:max():item() > 0.5, "a range of 0..1")
  test.same(y, { 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0 })
  test.shape(ytest, { 6 })
  local again = course.pictures(folder .. "/train_signs.h5", "signs")
  test.same(again, x)
end)

test("a folder without the files names what is expected", function()
  test.fails_with({ "--data", folder, "train_catvnoncat.h5 and test_catvnoncat.h5", "expected there, found none" },
    course.pictures, folder, "catvnoncat")
end)

test("wrong shapes are named: expected and found", function()
  write("happy", "train", 4, tensor.zeros { 4, 8, 8, dtype = "u8" })
  write("happy", "test", 4)
  test.fails_with({ "train_happy", "expected 'train_set_x' as [n,h,w,3], found u8[4,8,8]" },
    course.pictures, folder, "happy")
  write("happy", "train", 4, nil, tensor.zeros { 1, 3, dtype = "i64" })
  test.fails_with({ "train_happy", "expected 'train_set_y' with 4 labels, found i64[1,3]" },
    course.pictures, folder, "happy")
end)

test("a damaged file is named", function()
  local f = assert(io.open(folder .. "/train_happy.h5", "w"))
  f:write "no tensors"
  f:close()
  test.fails_with({ "--data", "train_happy" }, course.pictures, folder, "happy")
end)

test("logistic_cats learns from files of that layout", function()
  local x = tensor.randint(0, 100, 40, 8, 8, 3, { rng = tensor.rng(5) })
  local y = (tensor.arange(40) % 2):to "i64"
  x = (x + y:reshape(40, 1, 1, 1) * 100):to "u8"                       -- class 1 is brighter: plain to see
  write("catvnoncat", "train", 40, x, y:reshape(1, 40))
  write("catvnoncat", "test", 40, x, y:reshape(1, 40))
  local result = run.project("logistic_cats", { quick = true, data = folder, viz = "off" })
  test.truth(result.value > 0.95, ("accuracy %.2f: that it is above 0.95"):format(result.value))
end)

test("regularization reads data.mat, and names what is missing in it", function()
  local path = folder .. "/data.mat"
  local X = tensor.randn(211, 2, { dtype = "f64" })
  local y = X[":, 1"]:gt(0):to "u8":reshape(211, 1)
  local points = { X = X, y = y, Xval = X["1:200"]:contiguous(), yval = y["1:200"]:contiguous() }
  assert(tensor.save(path, points))
  local result = run.project("regularization", { quick = true, data = path, viz = "off" })
  test.truth(result.value ~= nil, "a result")
  points.yval = nil
  assert(tensor.save(path, points))
  test.fails_with({ path, "expected 'yval' as [points,1], found none" }, run.project, "regularization",
    { quick = true, data = path, viz = "off" })
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
  local x, y, xtest, ytest = course.pictures(draw_folder("pets", { "" }), "catvnoncat", 16)
  test.shape(x, { 8, 16, 16, 3 })
  test.shape(xtest, { 2, 16, 16, 3 })
  test.truth(x:max():item() <= 1, "a range of 0..1")
  test.equal(y:sum():item() + ytest:sum():item(), 5)
  for i = 1, 8 do test.equal(x[i]:mean():item() > 0.5, y[i] == 1) end
end)
test("folders train and test stay apart", function()
  local x, y, xtest, ytest = course.pictures(draw_folder("split", { "train/", "test/" }), "happy", 8)
  test.shape(x, { 10, 8, 8, 3 })
  test.shape(xtest, { 10, 8, 8, 3 })
  test.same(y, ytest)
end)
test("a folder of pictures that is broken is named", function()
  local at = draw_folder("broken", { "" })
  local f = assert(io.open(at .. "/dark/3.png", "w"))
  f:write "no picture"
  f:close()
  test.fails_with({ "dark/3.png" }, course.pictures, at, "happy", 8)
end)
test("every script that reads the course's pictures reads them", function()
  if test.sanitized then return end
  for name, set in pairs { deep_cats = "catvnoncat", first_model = "signs", happy_house = "happy" } do
    local x = tensor.randint(0, 255, 24, 64, 64, 3):to "u8"
    write(set, "train", 24, x, (tensor.arange(24) % (set == "signs" and 6 or 2)):to "i64")
    write(set, "test", 12, x["1:12"]:contiguous(), (tensor.arange(12) % (set == "signs" and 6 or 2)):to "i64")
    local result = run.project(name, { quick = true, data = folder, viz = "off" })
    test.truth(result.value ~= nil, name .. ": a result")
  end
end)

os.execute(("rm -r '%s'"):format(folder))
test.done()
