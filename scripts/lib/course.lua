--- course.lua: reads the picture sets of the original assignments: HDF5 files (or .safetensors with the same names),
-- and folders of pictures, one a class.
-- What is wrong with a file is an error that says what was expected and what was found.
local folders, by_heart = require "lib.picture_folders", require "lib.by_heart"
local course = {}

local function found(t) return lunette.is_tensor(t) and lunette.typename(t) or "none" end

-- Labels [n] of 0 .. classes - 1 as i64, or what else there is.
local function labels_of(path, y, classes)
  y = y:reshape(-1)
  if y.dtype == "f32" or y.dtype == "f64" then
    local odd = (y:isfinite() & y:eq(y:floor())):logical_not()
    if odd:any():item() then
      lunette.raise(("--data: %s: whole numbers for labels expected, found %g"):format(path, y[odd][1]))
    end
  end
  y = y:to "i64"
  local least, most = y:min():item(), y:max():item()
  if least < 0 or most >= classes then
    lunette.raise(("--data: %s: labels from 0 to %d expected, found %d to %d"):format(path, classes - 1, least, most))
  end
  return y
end

-- Strings of whole numbers, as one copy of the course's sets has them, or of the names in list_classes, as a tensor.
local function numbers(list, names)
  if type(list) ~= "table" or #list == 0 then return list end
  local all, number = {}, {}
  for k, name in ipairs(type(names) == "table" and names or {}) do number[name] = k - 1 end
  for i, text in ipairs(list) do
    all[i] = number[text] or math.tointeger(tonumber(text))
    if not all[i] then return list end
  end
  return tensor(all, { dtype = "i64" })
end

-- The pictures [n, h, w, 3] as they are, and the labels [n], of one file.
local function read(path, kind, classes)
  local file, why, left = tensor.load(path)
  if not file then lunette.raise("--data: " .. why) end
  if type(file) ~= "table" then
    lunette.raise(("--data: %s: a file with %s_set_x and %s_set_y expected, found %s"):format(path, kind, kind,
      found(file)))
  end
  for _, name in ipairs { kind .. "_set_x", kind .. "_set_y" } do
    if left and left[name] then lunette.raise(("--data: %s: '%s' %s"):format(path, name, left[name])) end
  end
  local x, y = file[kind .. "_set_x"], numbers(file[kind .. "_set_y"], file.list_classes)
  if not lunette.is_tensor(x) or x:dim() ~= 4 or x:size(4) ~= 3 then
    lunette.raise(("--data: %s: expected '%s_set_x' as [n,h,w,3], found %s"):format(path, kind, found(x)))
  end
  if x:numel() == 0 then lunette.raise(("--data: %s: no pictures in '%s_set_x', %s"):format(path, kind, found(x))) end
  if not lunette.is_tensor(y) or y:numel() ~= x:size(1) then
    lunette.raise(("--data: %s: expected '%s_set_y' with %d labels, found %s"):format(path, kind, x:size(1),
      type(y) == "table" and ("the text '%s'"):format(tostring(y[1]):sub(1, 40)) or found(y)))
  end
  return x, labels_of(path, y, classes)
end

local function is_real(x) return x.dtype == "f32" or x.dtype == "f64" end

-- What white is: 255 of whole numbers, and of fractions that reach so far; else 1.  Anything else is refused.
local function white_of(path, x)
  if x.dtype == "u8" then return 255 end
  local real = is_real(x)
  if real and not x:isfinite():all():item() then
    lunette.raise(("--data: %s: pictures of numbers expected, found NaN or an infinity"):format(path))
  end
  local least, most = x:min():item(), x:max():item()
  if least >= 0 and most <= 1 + 1e-6 and real then return 1 end
  if least >= 0 and most <= 255 and (most >= 2 or not real) then return 255 end
  return lunette.raise(("--data: %s: pictures of 0 to 1, or of 0 to 255, expected, found %g to %g"):format(path, least,
    most))
end

-- Training and held-out pictures as f32 of 0..1.  Fractions in both files have one white: a dark file of 0..255 may not
-- reach 2; whole numbers tell theirs.
local function scaled(train, x, test, xtest)
  local white, white_test = white_of(train, x), white_of(test, xtest)
  if is_real(x) and is_real(xtest) then
    white = math.max(white, white_test)
    white_test = white
  end
  return (x:to "f32" / white):clamp(0, 1), (xtest:to "f32" / white_test):clamp(0, 1)
end

-- All of one size: size x size where the command line says --size; else the training pictures' where every picture has
-- it.
local function sized(folder, x, xtest, size)
  local same = x:size(2) == x:size(3) and x:size(2) == xtest:size(2) and x:size(3) == xtest:size(3)
  if same and (x:size(2) == size or not lunette.given "size") then return x, xtest end
  print(("%s: pictures of %d x %d and %d x %d are brought to %d x %d"):format(folder, x:size(2), x:size(3),
    xtest:size(2), xtest:size(3), size, size))
  return data.image.resize(x, size, size), data.image.resize(xtest, size, size)
end

local function exists(path)
  local f = io.open(path, "rb")
  return f ~= nil and f:close()
end

-- The pair of files in a folder, or nil.
local function files(folder, name, size, classes)
  for _, ending in ipairs { "h5", "safetensors" } do
    local train = ("%s/train_%s.%s"):format(folder, name, ending)
    local test = ("%s/test_%s.%s"):format(folder, name, ending)
    if exists(train) ~= exists(test) then
      local here, missing = train, test
      if exists(test) then here, missing = test, train end
      lunette.raise(("--data: %s and %s expected, found the first alone"):format(here, missing))
    end
    if exists(train) then
      local x, y = read(train, "train", classes)
      local xtest, ytest = read(test, "test", classes)
      x, xtest = scaled(train, x, test, xtest)
      x, xtest = sized(folder, x, xtest, size)
      return x, y, xtest, ytest
    end
  end
end

local function pictures(path, name, size, classes, order)
  local here, inside = lunette.folder(path)
  local folder = path
  if not here then                                                     -- a file: one of the two
    if not exists(path) then lunette.raise("--data: " .. inside) end
    local file
    folder, file = path:match "^(.*)/([^/]*)$"
    folder, file = folder or ".", file or path
    local kind = file:match("^(%a+)_" .. name .. "%.%w+$")
    if kind ~= "train" and kind ~= "test" then
      lunette.raise(("--data: %s: train_%s.h5 or test_%s.h5 expected, or the folder with both"):format(path, name,
        name))
    end
  end
  local x, y, xtest, ytest = files(folder, name, size, classes)
  if x and (order or "") ~= "" then
    lunette.raise(("--classes means nothing with train_%s and test_%s of --data, whose labels are numbers"):format(name,
      name))
  end
  if x then return x, y, xtest, ytest end
  if here and folders.any(path) then return folders.read(path, size, classes, order) end
  return lunette.raise(("--data: %s: train_%s.h5 and test_%s.h5, or folders of pictures, expected there, found none")
    :format(folder, name, name))
end

--- course.pictures(path, name, size, classes, order) -> x, y, xtest, ytest: pictures of 0..1, labels 0 .. classes - 1;
-- and the names of the classes in their order where folders give them, else nil.
-- path is a folder with the files train_<name>.h5 and test_<name>.h5, one of the two, or a folder of pictures (brought
-- to size x size) as lib.picture_folders takes it.  order: of the folders, "a,b"; else by name.
function course.pictures(path, name, size, classes, order)
  local x, y, xtest, ytest, names = pictures(path, name, size, classes, order)
  if y:min():item() == y:max():item() then
    lunette.raise(("--data: %s: all %d to learn from are of one class, two are needed"):format(path, y:numel()))
  end
  xtest, ytest = by_heart.apart(x, path, xtest, ytest)
  return x, y, xtest, ytest, names
end

return course
