--- picture_classes.lua: a folder of folders of pictures, one a class, as it is found anywhere.
-- What is wrong with it is an error that says what was expected and what was found.
local by_heart, on_white = require "lib.by_heart", require "lib.picture_files".on_white
local classes = {}

local function fail(path, text, ...) lunette.raise(("--data: %s: %s"):format(path, text:format(...))) end

local LEAST = 6                                                            -- pictures of a class, to be split in three

-- All pictures of a folder at one size, f32 of 0..1, labels from 1, names.
local function read(path, size)
  local set, why = data.image_folder(path, { channels = 0 })
  if not set then lunette.raise("--data: " .. why) end
  if #set.classes < 2 then
    fail(path, "two or more folders of pictures, one a class, expected, found '%s' alone", set.classes[1])
  end
  local counts = tensor.bincount(set.labels, { minlength = #set.classes })
  for c, name in ipairs(set.classes) do
    if counts[c] < LEAST then fail(path .. "/" .. name, "%d or more pictures expected, found %d", LEAST, counts[c]) end
  end
  local n = #set
  local x = tensor.empty(n, size, size, 3)
  for i = 1, n do
    local ok, picture = pcall(set.get, set, i)
    if not ok then lunette.raise("--data: " .. tostring(picture):match "^[^\n]*":gsub("^data.image_folder: ", "")) end
    x[i] = data.image.resize(on_white(picture):to "f32" / 255, size, size):clamp(0, 1)
  end
  return x, set.labels, set.classes
end

--- classes.read(path, size, learnt) -> names, and {x, y} of train, validation and test: of every class a fifth is test,
-- a fifth validation, the same whatever --seed is.  Pictures of any size are brought to size x size.  Those of the test
-- that are also in training, or learnt before (lib.by_heart), are left out.
function classes.read(path, size, learnt)
  local x, y, names = read(path, size)
  local parts = { {}, {}, {} }                                             -- train, validation, test
  local order = tensor.randperm(y:numel(), { rng = tensor.rng(1) }):totable()
  local met = {}
  for _, i in ipairs(order) do
    local c = y[i]
    met[c] = (met[c] or 0) + 1
    local part = met[c] % 5 == 1 and 3 or met[c] % 5 == 2 and 2 or 1
    table.insert(parts[part], i)
  end
  local out = {}
  for k, list in ipairs(parts) do
    local at = tensor(list, { dtype = "i64" })
    out[k] = { x[at], y[at] }
  end
  out[3] = { by_heart.apart(out[1][1], path, table.unpack(out[3])) }
  out[3] = { by_heart.apart(learnt, path, table.unpack(out[3])) }
  return names, out[1], out[2], out[3]
end

return classes
