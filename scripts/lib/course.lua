--- course.lua: reads the picture sets of the original assignments: HDF5 files (or .safetensors with the same names),
-- and folders of pictures, one a class.
-- What is wrong with a file is an error that says what was expected and what was found.
local course = {}

local function found(t) return lunette.is_tensor(t) and lunette.typename(t) or "none" end

-- Labels of 0 .. classes - 1, or what else there is.
local function check_labels(path, y, classes)
  local least, most = y:min():item(), y:max():item()
  if least < 0 or most >= classes then
    lunette.raise(("--data: %s: labels from 0 to %d expected, found %d to %d"):format(path, classes - 1, least, most))
  end
end

-- The pictures [n, h, w, 3] as f32 in 0..1 and the labels [n] of one file.
local function read(path, kind, classes)
  local file, why = tensor.load(path)
  if not file then lunette.raise("--data: " .. why) end
  if type(file) ~= "table" then
    lunette.raise(("--data: %s: a file with %s_set_x and %s_set_y expected, found %s"):format(path, kind, kind,
      found(file)))
  end
  local x, y = file[kind .. "_set_x"], file[kind .. "_set_y"]
  if not lunette.is_tensor(x) or x:dim() ~= 4 or x:size(4) ~= 3 then
    lunette.raise(("--data: %s: expected '%s_set_x' as [n,h,w,3], found %s"):format(path, kind, found(x)))
  end
  if not lunette.is_tensor(y) or y:numel() ~= x:size(1) then
    lunette.raise(("--data: %s: expected '%s_set_y' with %d labels, found %s"):format(path, kind, x:size(1), found(y)))
  end
  y = y:reshape(-1):to "i64"
  check_labels(path, y, classes)
  return x:to "f32" / (x.dtype == "u8" and 255 or 1), y
end

local function exists(path)
  local f = io.open(path, "rb")
  return f ~= nil and f:close()
end

-- Every picture of a folder at one size, and labels from 0 in the order of the classes' names.
local function folder_read(path, size, classes)
  local set, why = data.image_folder(path)
  if not set then lunette.raise("--data: " .. why) end
  if #set.classes ~= classes then
    lunette.raise(("--data: %s: %d folders of pictures, one a class, expected, found %d: %s"):format(path, classes,
      #set.classes, table.concat(set.classes, ", ")))
  end
  local n = #set
  local x = tensor.empty(n, size, size, 3, { dtype = "u8" })
  for i = 1, n do x[i] = data.image.resize((set:get(i)), size, size) end
  return x:to "f32" / 255, set.labels - 1, set.classes
end

-- Folders train/CLASS and test/CLASS, or CLASS alone: then every fifth picture of a mixed order is held out.
local function folders(path, size, classes)
  if lunette.folder(path .. "/train") and lunette.folder(path .. "/test") then
    local x, y, names = folder_read(path .. "/train", size, classes)
    local xtest, ytest, others = folder_read(path .. "/test", size, classes)
    if table.concat(names, " ") ~= table.concat(others, " ") then
      lunette.raise(("--data: %s: the same classes in train and test expected, found '%s' and '%s'"):format(path,
        table.concat(names, " "), table.concat(others, " ")))
    end
    return x, y, xtest, ytest
  end
  local x, y = folder_read(path, size, classes)
  local order = tensor.randperm(x:size(1), { rng = tensor.rng(1) })
  local held = math.max(1, x:size(1) // 5)
  local test, train = order[{ { 1, held } }], order[{ { held + 1, -1 } }]
  return x[train], y[train], x[test], y[test]
end

-- The pair of files in a folder, or nil.
local function files(folder, name, classes)
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
      if x:size(2) ~= xtest:size(2) or x:size(3) ~= xtest:size(3) then
        lunette.raise(("--data: %s: pictures of one size expected, found %s and %s"):format(folder, found(x),
          found(xtest)))
      end
      return x, y, xtest, ytest
    end
  end
end

--- course.pictures(path, name, size, classes) -> x, y, xtest, ytest: pictures of 0..1, labels 0 .. classes - 1.
-- path is a folder with the files train_<name>.h5 and test_<name>.h5, one of the two, or a folder of pictures (brought
-- to size x size): CLASS/*.png, or train/CLASS/*.png and test/CLASS/*.png.
function course.pictures(path, name, size, classes)
  local folder = path:match "^(.*)/[^/]*%.%a[%w]*$" or (path:match "^[^/]*%.%a[%w]*$" and ".") or path
  local x, y, xtest, ytest = files(folder, name, classes)
  if x then return x, y, xtest, ytest end
  local _, inside = lunette.folder(path)
  for _, is_folder in pairs(type(inside) == "table" and inside or {}) do
    if is_folder then return folders(path, size, classes) end
  end
  return lunette.raise(("--data: %s: train_%s.h5 and test_%s.h5, or folders of pictures, expected there, found none")
    :format(folder, name, name))
end

return course
