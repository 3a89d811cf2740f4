--- box_files.lua: pictures with boxes in the two usual layouts.
--   YOLO: images/NAME.jpg and labels/NAME.txt, a line `class cx cy w h` for each box (class from 0, shares of width and
--     height); names of the classes, if anywhere, in classes.txt, one a line.
--     Also in parts, as trainers of YOLO keep them: images/train with labels/train, or train/images with train/labels;
--     val, valid and test alike; names in data.yaml.
--   Pascal VOC: JPEGImages/NAME.jpg and Annotations/NAME.xml; corners in pixels from 1, both included; boxes marked
--     difficult are not asked for.
local load_picture = require "lib.picture_files".load
local read_text, by_heart = require "lib.text".read, require "lib.by_heart"
local files = {}

local function stop(form, ...) lunette.raise("--data: " .. form:format(...)) end

-- What stands in a file as a message shows it: control characters by their numbers, 60 characters at most.
local function shown(text)
  return (text:gsub("%s+$", ""):sub(1, 60):gsub("%c", function(c) return ("\\%d"):format(c:byte()) end))
end

local function text_of(path)
  local f, why = io.open(path, "rb")
  if not f then return nil, why end
  f:close()
  return read_text(path)
end

-- Names without ending of the files in a folder that have one of the endings; nil when there is no such folder.
local function stems(path, endings)
  local names = lunette.folder(path)
  if not names then return nil end
  local found = {}
  for _, name in ipairs(names) do
    local stem, ending = name:match "^(.+)%.(%w+)$"
    if stem and endings[ending:lower()] then
      if found[stem] then stop("%s and %s: one of a name expected", found[stem], name) end
      found[stem] = path .. "/" .. name
    end
  end
  return found
end

local LEAST = 1e-4                                                         -- a side of a box, in shares of the picture
local MOST = 1000                                                          -- classes, where no classes.txt lists them

-- Boxes of a YOLO file: rows {class from 1, x1, y1, x2, y2} in shares; names: those of classes.txt, if there is one.
local function yolo_rows(path, names)
  local text, why = text_of(path)
  if not text then stop("%s", why) end
  local rows, line = {}, 0
  for l in (text .. "\n"):gmatch "([^\n]*)\n" do
    line = line + 1
    if l:find "%S" then
      local v = {}
      for word in l:gmatch "%S+" do v[#v + 1] = word:find "^[%d.eE+-]+$" and tonumber(word) or false end
      local right = #v == 5
      for i = 1, 5 do right = right and v[i] and v[i] == v[i] and v[i] >= 0 and (i == 1 or v[i] <= 1.0001) end
      if right and (v[4] < LEAST or v[5] < LEAST) then
        stop("%s:%d: a box of no %s: '%s'", path, line, v[4] < LEAST and "width" or "height", shown(l))
      end
      if not right or v[1] ~= v[1] // 1 then
        stop("%s:%d: 'class cx cy w h', shares of 0..1, expected, found '%s'", path, line, shown(l))
      end
      local most = (names and #names or MOST) - 1
      if v[1] > most then
        stop("%s:%d: classes from 0 to %d%s expected, found %.0f", path, line, most,
          names and " as in " .. names.file or " without a classes.txt", v[1])
      end
      rows[#rows + 1] = { math.tointeger(v[1] // 1) + 1, v[2] - v[4] / 2, v[3] - v[5] / 2, v[2] + v[4] / 2,
        v[3] + v[5] / 2 }
    end
  end
  return rows
end

-- The number in a tag of a part of a file.
local function number_in(part, tag, where)
  local word = part and part:match("<" .. tag .. ">%s*(.-)%s*</" .. tag .. ">")
  return tonumber(word) or stop("%s: a number in <%s> expected, found '%s'", where, tag, word and shown(word) or "none")
end

-- One <object> of a VOC file with pictures of w x h pixels as a row; where: file and line.
local function voc_row(object, w, h, wanted, where)
  object = object:gsub("<part>.-</part>", "")
  local name, box = object:match "<name>%s*(.-)%s*</name>", object:match "<bndbox>(.-)</bndbox>"
  if not name or not box then stop("%s: <name> and <bndbox> in each <object> expected", where) end
  if wanted and not wanted[name] then
    stop("%s: classes that --weights tells apart expected, found '%s'", where, shown(name))
  end
  local x1, y1 = number_in(box, "xmin", where), number_in(box, "ymin", where)
  local x2, y2 = number_in(box, "xmax", where), number_in(box, "ymax", where)
  if not (x2 >= x1 and y2 >= y1) then
    stop("%s: a box from its upper left corner to its lower right one expected, found (%g, %g) - (%g, %g)", where, x1,
      y1, x2, y2)
  end
  if x1 > w or y1 > h or x2 < 1 or y2 < 1 then
    stop("%s: a box in the %g x %g pixels of <size> expected, found (%g, %g) - (%g, %g)", where, w, h, x1, y1, x2, y2)
  end
  return { name, (x1 - 1) / w, (y1 - 1) / h, x2 / w, y2 / h, object:match "<difficult>%s*1" ~= nil }
end

-- Boxes of a VOC file: rows {name, x1, y1, x2, y2, difficult} in shares; wanted: {name = true} of the classes that may
-- be in it, or nil.
local function voc_rows(path, wanted)
  local text, why = text_of(path)
  if not text then stop("%s", why) end
  text = text:gsub("<!%-%-.-%-%->", function(comment) return (comment:gsub("[^\n]", "")) end)   -- lines stay
  if not text:find "<annotation" or not text:find "</annotation>" then
    stop("%s: a whole <annotation> expected", path)
  end
  local size = text:match "<size>(.-)</size>"
  local w, h = number_in(size, "width", path), number_in(size, "height", path)
  if not (w >= 1 and h >= 1) then stop("%s: a size of at least 1 x 1 expected, found %g x %g", path, w, h) end
  local rows, line, last = {}, 1, 1
  for at in text:gmatch "()<object>" do
    line, last = line + select(2, text:sub(last, at - 1):gsub("\n", "")), at
    local object, where = text:match("^<object>(.-)</object>", at), ("%s:%d"):format(path, line)
    if not object or object:find("<object>", 1, true) then
      stop("%s: an </object> for each <object> expected", where)
    end
    rows[#rows + 1] = voc_row(object, w, h, wanted, where)
  end
  return rows
end

-- A word of a data.yaml without its quotes, or nil.
local function word_of(text)
  text = text:gsub("%s+#.*$", ""):match "^%s*(.-)%s*$":gsub("^(['\"])(.*)%1$", "%2")
  return text ~= "" and text or nil
end

-- The names that a data.yaml gives its classes: names: [a, b] or {0: a, 1: b}, or a line `- a` or `0: a` each.
local function of_yaml(text, path)
  local names, most = {}, 0
  local function add(word, class)
    class = class and math.tointeger(tonumber(class)) or most
    if class >= MOST then stop("%s: classes from 0 to %d expected in names, found %d", path, MOST - 1, class) end
    if word and names[class + 1] then stop("%s: two names of class %d", path, class) end
    names[class + 1], most = word, math.max(most, word and class + 1 or 0)
  end
  text = "\n" .. text
  local row = text:match "\nnames:%s*%[(.-)%]"
  for word in (row or ""):gmatch "[^,]+" do add(word_of(word)) end
  local flow = text:match "\nnames:%s*{(.-)}"
  for class, word in (flow or ""):gmatch "(%d+):([^,]+)" do add(word_of(word), class) end
  for line in (not (row or flow) and text:match "\nnames:[ \t]*%f[#\n][^\n]*\n(.*)$" or ""):gmatch "[^\n]+" do
    local class, word = line:match "^%s+(%d+):%s*(.+)$"
    word = word or line:match "^%s*%-%s*(.+)$"
    if not word and line:find "^%s*[^%s#]" then break end
    if word then add(word_of(word), class) end
  end
  for c = 1, most do names[c] = names[c] or "class " .. c - 1 end
  return names
end

-- The names in classes.txt or data.yaml, or nil.
local function listed(path)
  local text, names = text_of(path .. "/classes.txt") or text_of(path .. "/labels/classes.txt"), {}
  for line in (text or ""):gmatch "%S[^\n]*" do names[#names + 1] = line:match "^(.-)%s*$" end
  names.file = "classes.txt"
  if text then return names end
  local yaml = text_of(path .. "/data.yaml")
  names = yaml and of_yaml(yaml, path .. "/data.yaml") or {}
  names.file = "data.yaml"
  return #names > 0 and names or nil
end

-- Of a YOLO set in parts: the pictures and labels, {[part/name] = file}; nil: it is in none.
local function in_parts(path, pictures)
  local images, labels, found = {}, {}, {}
  for word, part in pairs { train = "train", val = "val", valid = "val", test = "test" } do
    for _, at in ipairs { { path .. "/images/" .. word, path .. "/labels/" .. word },
      { path .. "/" .. word .. "/images", path .. "/" .. word .. "/labels" } } do
      local x, y = stems(at[1], pictures), stems(at[2], { txt = true })
      if x and y then
        found[part] = true
        for stem, file in pairs(x) do images[part .. "/" .. stem] = file end
        for stem, file in pairs(y) do labels[part .. "/" .. stem] = file end
      end
    end
  end
  if found.train then return images, labels end
end

-- Rows for training, validation and test, three lists: the set's own parts; what is missing comes out of training, a
-- fifth for the test and a tenth for validation.
local function split(names)
  local by = { train = {}, val = {}, test = {} }
  for _, i in ipairs(tensor.randperm(#names, { rng = tensor.rng(1) }):totable()) do
    local list = by[names[math.tointeger(i)]:match "^(%a+)/" or "train"]
    list[#list + 1] = math.tointeger(i)
  end
  if #by.test == 0 then by.test, by.val = by.val, {} end               -- nothing is chosen by what is judged
  local n = #by.train
  for _, want in ipairs { { "test", n // 5 }, { "val", n // 10 } } do
    if #by[want[1]] == 0 then
      by[want[1]] = table.move(by.train, 1, want[2], 1, {})
      by.train = table.move(by.train, want[2] + 1, #by.train, 1, {})
    end
  end
  return by
end

local function classes_of_yolo(names, all)
  local most = 0
  for _, rows in ipairs(all) do
    for _, r in ipairs(rows) do most = math.max(most, r[1]) end
  end
  names = names or {}
  for c = #names + 1, most do names[c] = "class " .. c - 1 end
  return names
end

-- Names in their order, and the numbers in place of names in the rows; wanted: their names in that order, or nil.
local function classes_of_voc(all, wanted)
  local seen, names, number = {}, wanted or {}, {}
  for _, rows in ipairs(all) do
    for _, r in ipairs(rows) do seen[r[1]] = true end
  end
  if not wanted then
    for name in pairs(seen) do names[#names + 1] = name end
    table.sort(names)
  end
  for c, name in ipairs(names) do number[name] = c end
  for _, rows in ipairs(all) do
    for _, r in ipairs(rows) do r[1] = number[r[1]] end
  end
  return names
end

local function truth_of(rows)
  local n = #rows
  local t = { boxes = tensor.zeros(n, 4), labels = tensor.zeros { n, dtype = "i64" }, hard = tensor.zeros { n,
    dtype = "bool" } }
  for i, r in ipairs(rows) do
    local function share(v) return math.min(1, math.max(0, v)) end
    local x1, y1, x2, y2 = share(r[2]), share(r[3]), share(r[4]), share(r[5])
    t.boxes[i] = tensor { x1, y1, x2, y2 }
    t.labels[i], t.hard[i] = r[1], r[6] or x2 - x1 < LEAST or y2 - y1 < LEAST or false   -- what the edge leaves of it
  end
  return t
end

-- The set's pictures and labels, {[stem] = file}, whether it is a VOC one, and the stems of its pictures in order.
local function found_in(path)
  local pictures = { png = true, jpg = true, jpeg = true, webp = true }
  local images, labels, voc = in_parts(path, pictures)
  if not images then images, labels = stems(path .. "/images", pictures), stems(path .. "/labels", { txt = true }) end
  if not images or not labels then
    images, labels, voc = stems(path .. "/JPEGImages", pictures), stems(path .. "/Annotations", { xml = true }), true
  end
  if not images or not labels then
    stop("%s: images/ with labels/*.txt (YOLO), or JPEGImages/ with Annotations/*.xml (Pascal VOC), expected", path)
  end
  local names = {}
  for stem, file in pairs(images) do
    if voc and not labels[stem] then stop("%s has no .xml of that name", file) end      -- YOLO: no boxes
    names[#names + 1] = stem
  end
  for stem, file in pairs(labels) do
    if not images[stem] and stem:match "[^/]*$" ~= "classes" then stop("%s has no picture of that name", file) end
  end
  if #names < 10 then stop("%s: at least 10 pictures expected, found %d", path, #names) end
  table.sort(names)
  return images, labels, voc, names
end

-- The names that a YOLO set lists, or those wanted, which a list must be.
local function known_of(path, wanted)
  local names = listed(path)
  if names and wanted and table.concat(names, "\n") ~= table.concat(wanted, "\n") then
    stop("%s: the classes that --weights tells apart expected in %s (%s), found '%s'", path, names.file,
      table.concat(wanted, ", "), table.concat(names, ", "))
  end
  return names or wanted and table.move(wanted, 1, #wanted, 1, { file = "--weights" })
end

-- Pictures and truths of some of all; of no box nothing can be judged.
local function part_of(path, part, x, all, rows)
  local truths, asked = {}, 0
  for k, i in ipairs(rows) do
    truths[k] = truth_of(all[i])
    asked = asked + truths[k].hard:logical_not():sum():item()
  end
  if part == "test" and asked == 0 then
    stop("%s: boxes in the pictures held out expected, found none in %d", path, #rows)
  end
  return { x = x[tensor(rows, { dtype = "i64" })], truths = truths }
end

--- files.read(path, h, w, wanted, learnt) -> {train, val, test}, names of the classes.  Each part: x u8 [m, h, w, 3],
-- the pictures stretched to h x w, and truths, m of {boxes=[k,4] in shares, labels=[k] from 1, hard=[k]}.  The parts
-- are those of the set, or of a mixed order a fifth of the pictures is for the test, a tenth for validation.  wanted:
-- names of the classes that a network tells apart already, in their order; other classes are an error.  Pictures of
-- the test that are also in training, or learnt before (lib.by_heart), are left out.
function files.read(path, h, w, wanted, learnt)
  local images, labels, voc, names = found_in(path)
  local n = #names
  local all, x, known = {}, tensor.zeros { n, h, w, 3, dtype = "u8" }, nil
  if not voc then
    known = known_of(path, wanted)
  elseif wanted then
    known = {}
    for _, name in ipairs(wanted) do known[name] = true end
  end
  for i, stem in ipairs(names) do
    all[i] = labels[stem] and (voc and voc_rows or yolo_rows)(labels[stem], known) or {}
    local picture, why = load_picture(images[stem])
    if not picture then stop("%s", why) end
    x[i] = data.image.resize(picture, h, w)
  end
  local classes = voc and classes_of_voc(all, wanted) or classes_of_yolo(known, all)
  if #classes == 0 then stop("%s: no box in any of %d files", path, n) end
  local parts = split(names)
  local function pictures_of(rows) return x[tensor(rows, { dtype = "i64" })] end
  for _, before in ipairs { pictures_of(parts.train), learnt } do
    parts.test = select(2, by_heart.apart(before, path, pictures_of(parts.test), parts.test))
  end
  for part, rows in pairs(parts) do parts[part] = part_of(path, part, x, all, rows) end
  return parts, classes
end

return files
