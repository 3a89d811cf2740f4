--- people_files.lua: folders of people's pictures in the layout of Labeled Faces in the Wild:
--   lfw/Some_Name/Some_Name_0001.jpg
-- (png and webp too, and under any file name).  The middle of every picture is cut out, squared and resized.
local files = {}

local least_side = 16

local function stop(flag, ...) lunette.raise(flag .. ": " .. string.format(...)) end

--- files.middle(x [h, w, 3], size, share) -> u8 [size, size, 3]: the largest square about the middle, or a share of it.
function files.middle(x, size, share)
  local h, w = x:size(1), x:size(2)
  local side = math.max(1, math.floor(math.min(h, w) * (share or 1) + 0.5))
  local top, left = (h - side) // 2 + 1, (w - side) // 2 + 1
  local square = x[{ { top, top + side - 1 }, { left, left + side - 1 } }]:contiguous()
  return data.image.resize(square, size, size)
end

--- files.read(path, size, share, flag) -> pictures u8 [m, size, size, 3], ids i64 [m] from 1, names: of every person.
-- What is damaged or too small is an error with the option that named the folder, --data, and the file.
function files.read(path, size, share, flag)
  flag = flag or "--data"
  local names, folders = lunette.folder(path)
  if names and #names == 1 and folders[names[1]] and lunette.folder(path .. "/" .. names[1]) then
    local _, inner = lunette.folder(path .. "/" .. names[1])
    for _, is_folder in pairs(inner) do
      if is_folder then
        path = path .. "/" .. names[1]                                   -- lfw/lfw/...; else it is the only person
        break
      end
    end
  end
  local set, why = data.image_folder(path)
  if not set then stop(flag, "%s (person/person_0001.jpg expected)", why) end
  local x = tensor.empty { #set, size, size, 3, dtype = "u8" }
  for i, file in ipairs(set.paths) do
    local picture, trouble = data.image.load(file, { channels = 3 })
    if not picture then stop(flag, "%s", trouble) end
    local h, w = picture:size(1), picture:size(2)
    if math.min(h, w) < least_side then
      stop(flag, "%s: at least %d x %d pixels expected, found %d x %d", file, least_side, least_side, h, w)
    end
    x[i] = files.middle(picture, size, share)
  end
  return x, set.labels, set.classes
end

-- The rows of some people, who are numbered anew.
local function part(x, ids, names, people)
  local number, rows, new, kept = {}, {}, {}, {}
  for k, p in ipairs(people) do number[p], kept[k] = k, names[p] end
  for i, p in ipairs(ids:totable()) do
    local k = number[math.tointeger(p)]
    if k then rows[#rows + 1], new[#new + 1] = i, k end
  end
  return { x = x[tensor(rows):to "i64"], ids = tensor(new):to "i64", names = kept }
end

--- files.split(x, ids, names) -> {train=, val=, test=, single=}, each {x, ids, names}: of the people with two pictures
-- and more, in a mixed order, a fifth is for the test and a tenth (two at least) for validation.  Those with a single
-- picture, `single` in number, help in training alone: nobody can be compared with himself there.
function files.split(x, ids, names)
  local counts = ids:bincount { minlength = #names }
  local several, single = {}, {}
  for _, p in ipairs(tensor.randperm(#names, { rng = tensor.rng(1) }):totable()) do
    p = math.tointeger(p)
    if counts[p] > 1 then several[#several + 1] = p elseif counts[p] == 1 then single[#single + 1] = p end
  end
  if #several < 8 then
    stop("--data", "at least 8 people with two pictures or more expected, found %d (and %d with one)", #several,
      #single)
  end
  local tests, vals = math.max(3, #several // 5), math.max(2, #several // 10)
  local train = table.move(several, tests + vals + 1, #several, 1, {})
  for _, p in ipairs(single) do train[#train + 1] = p end
  return { train = part(x, ids, names, train), val = part(x, ids, names, table.move(several, tests + 1, tests + vals,
    1, {})), test = part(x, ids, names, table.move(several, 1, tests, 1, {})), single = #single }
end

return files
