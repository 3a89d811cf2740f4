--- people_files.lua: folders of people's pictures in the layout of Labeled Faces in the Wild:
--   lfw/Some_Name/Some_Name_0001.jpg
-- (png and webp too, and under any file name).  The middle of every picture is cut out, squared and resized.
local load_picture = require "lib.picture_files".load
local listed_pairs, by_heart = require "lib.people_pairs", require "lib.by_heart"
local files = {}

local least_side = 16
local LEAST = 3                                                            -- people to be learnt from, or judged

local function stop(flag, ...) lunette.raise(flag .. ": " .. string.format(...)) end

--- files.middle(x [h, w, 3], size, share) -> u8 [size, size, 3]: the largest square about the middle, or a share of it.
function files.middle(x, size, share)
  local h, w = x:size(1), x:size(2)
  local side = math.max(1, math.floor(math.min(h, w) * (share or 1) + 0.5))
  local top, left = (h - side) // 2 + 1, (w - side) // 2 + 1
  local square = x[{ { top, top + side - 1 }, { left, left + side - 1 } }]:contiguous()
  return data.image.resize(square, size, size)
end

--- files.read(path, size, share, flag) -> pictures u8 [m, size, size, 3], ids i64 [m] from 1, the names of the people,
-- and the file of every picture.
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
    local picture, trouble = load_picture(file)
    if not picture then stop(flag, "%s", trouble) end
    local h, w = picture:size(1), picture:size(2)
    if math.min(h, w) < least_side then
      stop(flag, "%s: at least %d x %d pixels expected, found %d x %d", file, least_side, least_side, h, w)
    end
    x[i] = files.middle(picture, size, share)
  end
  return x, set.labels, set.classes, set.paths
end

--- files.enrol(book, path, size, share): everybody in a folder of that layout becomes known, every picture counts.
function files.enrol(book, path, size, share)
  local x, ids, names = files.read(path, size, share, "--enrol")
  for i = 1, x:size(1) do book:enrol(x[i], names[ids[i]]) end
end

-- The rows of some people, who are numbered anew.
local function part(x, ids, names, people)
  local number, rows, new, kept = {}, {}, {}, {}
  for k, p in ipairs(people) do number[p], kept[k] = k, names[p] end
  for i, p in ipairs(ids:totable()) do
    local k = number[math.tointeger(p)]
    if k then rows[#rows + 1], new[#new + 1] = i, k end
  end
  rows = tensor(rows, { dtype = "i64" })
  return { x = x[rows], ids = tensor(new, { dtype = "i64" }), names = kept, rows = rows }
end

--- files.split(x, ids, names, listed) -> {train=, val=, test=, single=}, each {x, ids, names}: of the people with two
-- pictures and more, in a mixed order, a fifth is for the test and a tenth (two at least) for validation.  Those with a
-- single picture, `single` in number, help in training alone: nobody can be compared with himself there.
-- listed (of lib.people_pairs): the people in its pairs are the test, all of them and nobody else; its rows become the
-- test's.
function files.split(x, ids, names, listed)
  local counts = ids:bincount { minlength = #names }
  local several, single, asked = {}, {}, {}
  for _, p in ipairs(tensor.randperm(#names, { rng = tensor.rng(1) }):totable()) do
    p = math.tointeger(p)
    local list = listed and listed.people[p] and asked or counts[p] > 1 and several or counts[p] == 1 and single or {}
    list[#list + 1] = p
  end
  if #several < 8 then
    stop("--data", "at least 8 people with two pictures or more expected%s, found %d (and %d with one)",
      listed and ", besides those in --pairs" or "", #several, #single)
  end
  local tests, vals = listed and 0 or math.max(3, #several // 5), math.max(2, #several // 10)
  local train = table.move(several, tests + vals + 1, #several, 1, {})
  for _, p in ipairs(single) do train[#train + 1] = p end
  local parts = { train = part(x, ids, names, train), val = part(x, ids, names, table.move(several, tests + 1,
    tests + vals, 1, {})), test = part(x, ids, names, listed and asked or table.move(several, 1, tests, 1, {})),
    single = #single }
  if listed then
    local row = tensor.zeros { ids:numel(), dtype = "i64" }
    row[parts.test.rows] = tensor.arange(1, parts.test.rows:numel()):to "i64"
    listed.i, listed.j = row[listed.i], row[listed.j]
  end
  return parts
end

-- A part without the people of whom a picture has one of the marks, and how many they are.
local function without(set, marks)
  local clean, met, kept = {}, {}, {}
  for _, i in ipairs(by_heart.rows(marks, by_heart.marks(set.x))) do clean[i] = true end
  for i, p in ipairs(set.ids:totable()) do met[p] = met[p] or not clean[i] end
  for p = 1, #set.names do
    if not met[p] then kept[#kept + 1] = p end
  end
  local n = #set.names - #kept
  if n == 0 then return set, 0 end
  if #kept < LEAST then
    stop("--data", "%d of %d people are learnt from and held out; %d of others expected, found %d", n, #set.names,
      LEAST, #kept)
  end
  return part(set.x, set.ids, set.names, kept), n
end

-- Nobody is judged who is learnt from: under another name in this folder, or by the network of --weights before.
local function disjoint(parts, listed, learnt)
  local n
  parts.train, n = without(parts.train, by_heart.marks(parts.test.x))
  if n > 0 then print(("--data: %d people to learn from are held out under another name: left out"):format(n)) end
  if not learnt then return end
  local total = #parts.test.names
  parts.test, n = without(parts.test, learnt.marks)
  if n == 0 then return end
  local found = ("%d of %d people held out are among those that %s has learnt from"):format(n, total, learnt.file)
  if listed then stop("--pairs", "%s", found) end
  print(("--data: %s: left out"):format(found))
end

--- files.parts(path, size, share, pairs, learnt) -> train, val, test as above, and the pairs listed in a file, or nil.
-- People of whom a picture was learnt before (lib.by_heart) are left out of the test.
function files.parts(path, size, share, pairs, learnt)
  local x, ids, names, paths = files.read(path, size, share)
  local listed = pairs and listed_pairs.read(pairs, ids, names, paths)
  local parts = files.split(x, ids, names, listed)
  print(("people: %d to learn from, %d for validation, %d for the test; %d people with one picture help in training")
    :format(#parts.train.names, #parts.val.names, #parts.test.names, parts.single))
  disjoint(parts, listed, learnt)
  return parts.train, parts.val, parts.test, listed
end

return files
