--- Files of the layout that the original assignments have, written here: what is right is read, what is wrong is named.
local test = dofile "tests/check.lua"
local course = require "lib.course"
local run = require "vm.run"

local folder = os.tmpname()
os.remove(folder)
assert(os.execute(("mkdir -p '%s'"):format(folder)))

local function write(name, kind, n, x, y)
  assert(tensor.save(("%s/%s_%s.safetensors"):format(folder, kind, name), {
    [kind .. "_set_x"] = x or tensor.randint(0, 255, n, 8, 8, 3, { rng = tensor.rng(n) }):to "u8",
    [kind .. "_set_y"] = y or (tensor.arange(n) % 2):to "i64":reshape(1, n),
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
  local again = course.pictures(folder .. "/train_signs.safetensors", "signs")
  test.same(again, x)
end)

test("a folder without the files names what is expected", function()
  test.fails_with({ "--data", folder, "train_catvnoncat.h5 and test_catvnoncat.h5 expected there, found none" },
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
  local f = assert(io.open(folder .. "/train_happy.safetensors", "w"))
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

test("regularization names a missing part of data.mat", function()
  local path = folder .. "/data.safetensors"
  local points = { X = tensor.randn(20, 2), y = tensor.ones(20, 1), Xval = tensor.randn(10, 2) }
  assert(tensor.save(path, points))
  test.fails_with({ path, "expected 'yval' as [points,1], found none" }, run.project, "regularization",
    { quick = true, data = path, viz = "off" })
end)

os.execute(("rm -r '%s'"):format(folder))
test.done()
