--- picture_folders.lua: folders of pictures that people bring, with the class in a folder's name (CLASS/*.png) or in
-- front of the file's (3_IMG_1.jpg), whole or in parts for training, validation and test.
-- What is wrong with them is an error that says what was expected and what was found.
local folders = {}

local endings = { png = true, jpg = true, jpeg = true, webp = true }

local function fault(form, ...) lunette.raise("--data: " .. form:format(...)) end

local function entries(path)
  local names, inside = lunette.folder(path)
  if not names then fault("%s", inside) end
  local kept = {}
  for _, name in ipairs(names) do
    if name ~= "__MACOSX" then kept[#kept + 1] = name end              -- what a Mac's archives leave beside the folders
  end
  table.sort(kept)
  return kept, inside
end

local function is_picture(name) return endings[(name:match "%.(%w+)$" or ""):lower()] == true end

-- The classes in the order of their names, or in the order asked for: names, and the number of each by name.
local function order_of(path, names, asked)
  local order, number = {}, {}
  for name in (asked or ""):gmatch "[^,]+" do order[#order + 1] = name:match "^%s*(.-)%s*$" end
  if #order == 0 then order = names end
  for k, name in ipairs(order) do number[name] = k end
  local given = 0
  for _ in pairs(number) do given = given + 1 end
  for _, name in ipairs(names) do
    if not number[name] or given ~= #names or #order ~= #names then
      lunette.raise(("--classes: the folders of %s in their order expected (%s), found '%s'"):format(path,
        table.concat(names, ","), asked))
    end
  end
  return order, number
end

-- The labels in front of the names of a folder's pictures, `3_IMG_1.jpg`: paths and labels; nil: it has none such.
local function labelled(path, classes)
  local names, inside = entries(path)
  local paths, labels = {}, {}
  for _, name in ipairs(names) do
    if not inside[name] and is_picture(name) then
      local label = math.tointeger(tonumber(name:match "^(%d+)[_%-]"))
      if not label and #paths == 0 then return nil end
      if not label or label >= classes then
        fault("%s/%s: a label from 0 to %d in front of the name expected, as in 0_%s", path, name, classes - 1, name)
      end
      paths[#paths + 1], labels[#labels + 1] = path .. "/" .. name, label
    end
  end
  if #paths > 0 then return paths, labels end
end

local function picture(path, size)
  local x, why = require "lib.picture_files".load(path)
  if not x then fault("%s", why) end
  return data.image.resize(x, size, size)
end

-- Every picture of a folder at one size, labels from 0 in the order of the classes, and the classes' names in order
-- (nil: numbers in front of the files' names, whose order is theirs).
local function read(path, size, classes, asked)
  local paths, labels = labelled(path, classes)
  local order
  if paths then
    if asked ~= "" and asked then fault("%s: labels are in front of the names: no --classes expected", path) end
  else
    local set, why = data.image_folder(path)
    if not set then fault("%s", why) end
    if #set.classes ~= classes then
      fault("%s: %d folders of pictures, one a class, expected, found %d: %s", path, classes, #set.classes,
        table.concat(set.classes, ", "))
    end
    local number
    order, number = order_of(path, set.classes, asked)
    paths, labels = set.paths, {}
    for i, label in ipairs(set.labels:totable()) do labels[i] = number[set.classes[label]] - 1 end
  end
  local x = tensor.empty(#paths, size, size, 3, { dtype = "u8" })
  for i, file in ipairs(paths) do x[i] = picture(file, size) end
  return x:to "f32" / 255, tensor(labels, { dtype = "i64" }), order
end

local parts = { train = "train", training = "train", val = "validation", valid = "validation",
  validation = "validation", dev = "validation", test = "test", testing = "test" }

-- The folders of a folder that are parts by their names (train, training, train_signs, ...); nil: it is not in parts.
local function parts_of(path)
  local names, inside = entries(path)
  local found = {}
  for _, name in ipairs(names) do
    local part = inside[name] and parts[name:lower():match "^%a+"]
    if part and not found[part] then found[part] = path .. "/" .. name end
  end
  if found.train and (found.test or found.validation) then return found end
end

local function tell(order)
  local list = {}
  for k, name in ipairs(order or {}) do list[k] = ("%d %s"):format(k - 1, name) end
  if order then print("classes: " .. table.concat(list, ", ")) end
end

--- folders.any(path) -> whether a folder has folders, or pictures, in it.
function folders.any(path)
  local names, inside = entries(path)
  for _, name in ipairs(names) do
    if inside[name] or is_picture(name) then return true end
  end
  return false
end

--- folders.read(path, size, classes, order) -> x, y, xtest, ytest, names as course.pictures gives them: of a folder in
-- parts the test part is held out, or validation where there is none; of one that is not every fifth of a mixed order.
-- order: of the classes, "a,b"; else by name.
function folders.read(path, size, classes, asked)
  local part = parts_of(path)
  if part then
    local held = part.test or part.validation
    if part.test and part.validation then
      print(("%s: held out are the pictures of %s; those of %s are left alone"):format(path, part.test,
        part.validation))
    end
    local x, y, names = read(part.train, size, classes, asked)
    local xtest, ytest, others = read(held, size, classes, asked)
    if table.concat(names or {}, " ") ~= table.concat(others or {}, " ") then
      fault("%s: the same classes in train and test expected, found '%s' and '%s'", path,
        table.concat(names or {}, " "), table.concat(others or {}, " "))
    end
    tell(names)
    return x, y, xtest, ytest, names
  end
  local x, y, names = read(path, size, classes, asked)
  tell(names)
  if x:size(1) < 2 then fault("%s: at least 2 pictures expected, found 1", path) end
  local order = tensor.randperm(x:size(1), { rng = tensor.rng(1) })
  local held = math.max(1, x:size(1) // 5)
  local test, train = order[{ { 1, held } }], order[{ { held + 1, -1 } }]
  return x[train], y[train], x[test], y[test], names
end

return folders
