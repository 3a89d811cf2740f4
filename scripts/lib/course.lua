--- course.lua: reads the picture sets of the original assignments: HDF5 files, or .safetensors with the same names.
-- What is wrong with a file is an error that says what was expected and what was found.
local course = {}

local function found(t) return lunette.is_tensor(t) and lunette.typename(t) or "none" end

-- The pictures [n, h, w, 3] as f32 in 0..1 and the labels [n] of one file.
local function read(path, kind)
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
  return x:to "f32" / (x.dtype == "u8" and 255 or 1), y:reshape(-1):to "i64"
end

local function exists(path)
  local f = io.open(path, "rb")
  return f and f:close()
end

--- course.pictures(path, name) -> x, y, xtest, ytest: pictures of 0..1 and labels from 0.  path is a folder with the
-- files train_<name>.h5 and test_<name>.h5, or one of the two.
function course.pictures(path, name)
  local folder = path:match "^(.*)/[^/]*%.%a[%w]*$" or (path:match "^[^/]*%.%a[%w]*$" and ".") or path
  for _, ending in ipairs { "h5", "safetensors" } do
    local train, test = ("%s/train_%s.%s"):format(folder, name, ending), ("%s/test_%s.%s"):format(folder, name, ending)
    if exists(train) and exists(test) then
      local x, y = read(train, "train")
      local xtest, ytest = read(test, "test")
      if x:size(2) ~= xtest:size(2) or x:size(3) ~= xtest:size(3) then
        lunette.raise(("--data: %s: pictures of one size expected, found %s and %s"):format(folder, found(x),
          found(xtest)))
      end
      return x, y, xtest, ytest
    end
  end
  return lunette.raise(("--data: %s: train_%s.h5 and test_%s.h5 expected there, found none"):format(folder, name, name))
end

return course
