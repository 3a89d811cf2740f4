--- unet_streets and yolo_cars on files of the original layouts, which are written here; what is wrong with a set is
-- named;
-- sabotaged copies fall short.
local test = dofile "tests/check.lua"
local run = require "vm.run"
-- Minutes of ops that others run under the sanitizers.
local heavy = test.sanitized and function() end or test
local masks, files = require "lib.mask_files", require "lib.box_files"

local root = os.tmpname()
os.remove(root)
local function make(...)
  for _, name in ipairs { ... } do assert(lunette.mkdir(root .. "/" .. name)) end
end
local function put(name, text)
  test.write(root .. "/" .. name, text)
end
local function picture(name, x) assert(data.image.save(root .. "/" .. name, x)) end
local function noise(seed, h, w) return tensor.randint(0, 255, h, w, 3, { rng = tensor.rng(seed) }):to "u8" end

-- --- CARLA's pairs --------------------------------------------------------------------------------------------------

-- Upper half sky (13), lower half road (7), a vehicle (10) between them; the class in the red channel.
local function carla(folder, n, truth)
  make(folder .. "/CameraRGB", folder .. "/" .. truth)
  for i = 1, n do
    local x, m = (tensor.rand(32, 48, 3, { rng = tensor.rng(i) }) * 40):to "u8", tensor.zeros { 32, 48, 3,
      dtype = "u8" }
    m["1:16, :, 1"] = 13
    m["17:32, :, 1"] = 7
    m["12:24, 10:20, 1"] = 10
    x["1:16, :, 3"] = 220
    x["12:24, 10:20, 1"] = 230
    picture(("%s/CameraRGB/%06d.png"):format(folder, i), x)
    picture(("%s/%s/%06d.png"):format(folder, truth, i), m)
  end
end

test("CARLA's frames: pictures of 0..1, classes from 1, parts apart", function()
  carla("carla", 20, "CameraMask")
  local x, y, xval, yval, xtest, ytest = masks.read(root .. "/carla", 16, 24)
  test.shape(x, { 14, 16, 24, 3 })
  test.shape(xval, { 2, 16, 24, 3 })
  test.shape(ytest, { 4, 16, 24 })
  test.truth(x:max():item() <= 1 and x:max():item() > 0.8, "a range of 0..1")
  test.equal(y[{ 1, 1, 1 }], 14)
  test.equal(yval[{ 1, 16, 1 }], 8)
  test.equal(ytest[{ 1, 9, 8 }], 11)
  test.truth(xtest:numel() > 0, "a test")
end)

test("the other set's folder, CameraSeg, and a data/ between are found", function()
  carla("lyft/data", 10, "CameraSeg")
  test.shape((masks.read(root .. "/lyft", 16, 16)), { 7, 16, 16, 3 })
end)

test("a mask of 16 bits holds its classes as they are", function()
  carla("deep", 10, "CameraMask")
  picture("deep/CameraRGB/wide.png", noise(1, 2, 2))
  put("deep/CameraMask/wide.png", (("89504e470d0a1a0a0000000d49484452000000020000000210000000 \z
    00074d8ebb0000001249444154789c63646067606260e06260000000760015e3214f270000000049454e44ae426082"):gsub("%s", "")
    :gsub("..", function(h) return string.char(tonumber(h, 16)) end)))
  local seen = {}
  for k, part in ipairs { table.pack(masks.read(root .. "/deep", 16, 16)) } do
    for i = 2, 6, 2 do seen[k] = (seen[k] or 0) + part[i]:eq(10):to "i64":sum():item() end   -- class 9, from 1
  end
  test.equal(seen[1], 64)
end)

test("what is wrong with a set of masks is named", function()
  local at = root .. "/carla"
  local function refused(...) test.fails_with({ "--data", ... }, masks.read, at, 16, 24) end
  picture("carla/CameraRGB/extra.png", noise(1, 32, 48))
  refused("extra.png has no mask of that name (21 pictures, 20 masks)")
  picture("carla/CameraMask/extra.png", tensor.zeros { 16, 48, 3, dtype = "u8" })
  refused("extra.png: 32 x 48 pixels as in its picture expected, found 16 x 48")
  os.rename(at .. "/CameraMask/extra.png", at .. "/CameraMask/extra.jpg")
  refused("extra.jpg: masks as PNG expected: JPEG changes classes")
  os.remove(at .. "/CameraMask/extra.jpg")
  picture("carla/CameraMask/extra.png", tensor.full({ 32, 48, 3 }, 23):to "u8")
  refused("extra.png: classes from 0 to 22 expected, found 23")
  put("carla/CameraMask/extra.png", "no picture")
  refused "extra.png"
  os.remove(root .. "/carla/CameraRGB/extra.png")
  refused("extra.png has no picture of that name (20 pictures, 21 masks)")
  os.remove(root .. "/carla/CameraMask/extra.png")
  test.fails_with({ "--data", root, "CameraRGB and CameraMask" }, masks.read, root, 16, 24)
end)

heavy("unet_streets learns from frames of that layout", function()
  local result = run.project("unet_streets", { quick = true, data = root .. "/carla", viz = "off", epochs = "20" })
  test.equal(result.measure, "over_baselines")
  test.truth(result.value > -0.1, ("%.2f below what knows the frames' plain places by heart"):format(result.value))
end)

heavy("unet_streets --course has the course's 8 640 471 parameters", function()
  local text = lunette.file "scripts/unet_streets.lua"
  test.truth(text:find("count == 8640471", 1, true), "that the script checks it")
  local said, _, ok, why = test.caught(run.project, "unet_streets", { course = true, quick = true,
    data = root .. "/carla", viz = "off", filters = "32", epochs = "1" })
  test.truth(ok, tostring(why))
  test.truth(said[1]:find("8640471", 1, true), said[1])
end)

-- --- boxes ----------------------------------------------------------------------------------------------------------

local function yolo_set(n)
  make("yolo/images", "yolo/labels")
  for i = 1, n do
    local x = (tensor.rand(64, 96, 3, { rng = tensor.rng(i) }) * 60):to "u8"
    x["17:48, 25:56, 1"] = 240
    picture(("yolo/images/%04d.png"):format(i), x)
    put(("yolo/labels/%04d.txt"):format(i), i == 1 and "" or "1 0.416667 0.5 0.333333 0.5\n")
  end
  put("yolo/classes.txt", "tree\nred car\n")
end

test("YOLO's labels: boxes in shares, names with spaces, pictures without boxes", function()
  yolo_set(20)
  local parts, names = files.read(root .. "/yolo", 32, 48)
  test.equal(table.concat(names, "|"), "tree|red car")
  test.equal(#parts.train.truths + #parts.val.truths + #parts.test.truths, 20)
  test.shape(parts.train.x, { 14, 32, 48, 3 })
  local empty = 0
  for _, part in pairs(parts) do
    for _, t in ipairs(part.truths) do
      if t.labels:numel() == 0 then empty = empty + 1
      else
        test.close(t.boxes, { { 0.25, 0.25, 0.583333, 0.75 } }, 1e-5)
        test.same(t.labels, { 2 })
      end
    end
  end
  test.equal(empty, 1)
end)

test("YOLO's sets in parts: images/train or train/images; names of data.yaml; parts that are missing", function()
  local function part(folder, at, k, color)
    make(folder .. "/" .. at[1], folder .. "/" .. at[2])
    local x = tensor.zeros { 20, 30, 3, dtype = "u8" }
    x["..., 1"] = color
    for i = 1, k do
      x["..., 3"] = i                                                  -- no two of them are the same
      picture(("%s/%s/%d.png"):format(folder, at[1], i), x)
      put(("%s/%s/%d.txt"):format(folder, at[2], i), "1 0.5 0.5 0.2 0.4\n")
    end
  end
  local function shades(parts)
    local list = {}
    for _, name in ipairs { "train", "val", "test" } do
      local x = parts[name].x["..., 1"]
      list[#list + 1] = ("%d of %d..%d"):format(#parts[name].truths, x:min():item(), x:max():item())
    end
    return table.concat(list, ", ")
  end
  part("ultra", { "images/train", "labels/train" }, 9, 10)
  part("ultra", { "images/val", "labels/val" }, 3, 20)
  put("ultra/data.yaml", "nc: 2\nnames: ['red car', \"tree\"]  # two\n")
  local parts, names = files.read(root .. "/ultra", 20, 30)
  test.equal(table.concat(names, "|"), "red car|tree")
  test.equal(#parts.train.truths + #parts.val.truths, 9)
  test.equal(#parts.test.truths, 3)                                    -- what there is beside training is the judge
  test.equal(parts.test.x[{ 1, 1, 1, 1 }], 20)
  test.equal(parts.test.truths[1].labels[1], 2)
  part("ultra", { "images/test", "labels/test" }, 4, 30)
  test.equal(shades(files.read(root .. "/ultra", 20, 30)), "9 of 10..10, 3 of 20..20, 4 of 30..30")
  part("robo", { "train/images", "train/labels" }, 10, 10)
  part("robo", { "valid/images", "valid/labels" }, 2, 20)
  part("robo", { "test/images", "test/labels" }, 2, 30)
  put("robo/data.yaml", "names:\n  0: a\n  1: b c\nroboflow:\n  - no name\n")
  parts, names = files.read(root .. "/robo", 20, 30)
  test.equal(shades(parts), "10 of 10..10, 2 of 20..20, 2 of 30..30")
  test.equal(table.concat(names, "|"), "a|b c")
  put("robo/data.yaml", "names:\n- a\n- 'b'\nnc: 2\n")
  test.equal(table.concat(select(2, files.read(root .. "/robo", 20, 30)), "|"), "a|b")
  for text, want in pairs { ["names: {0: a, 1: 'b c'}\n"] = "a|b c",
    ["names:   # two\r\n  - a\r\n\r\n  - b\r\n"] = "a|b",
    ["names:\n  2: c\n  # between\n  0: a\nnc: 3\n"] = "a|class 1|c", ["\xef\xbb\xbfnames: [a,\n  b]"] = "a|b" } do
    put("robo/data.yaml", text)
    test.equal(table.concat(select(2, files.read(root .. "/robo", 20, 30)), "|"), want)
  end
  for text, found in pairs { ["names:\n  0: a\n  0: b\n"] = "data.yaml: two names of class 0",
    ["names: {5000: a}"] = "data.yaml: classes from 0 to 999 expected in names, found 5000" } do
    put("robo/data.yaml", text)
    test.fails_with({ "--data: ", found }, files.read, root .. "/robo", 20, 30)
  end
  put("robo/data.yaml", "names:\n- a\n- 'b'\nnc: 2\n")
  put("robo/train/labels/1.txt", "2 0.5 0.5 0.2 0.4\n")
  test.fails_with({ "train/labels/1.txt:1: classes from 0 to 1 as in data.yaml expected, found 2" }, files.read,
    root .. "/robo", 20, 30)
  put("robo/train/labels/1.txt", "")
  put("robo/valid/labels/9.txt", "")
  test.fails_with({ "valid/labels/9.txt has no picture of that name" }, files.read, root .. "/robo", 20, 30)
  part("alone", { "train/images", "train/labels" }, 20, 10)
  test.equal(shades(files.read(root .. "/alone", 20, 30)), "14 of 10..10, 2 of 10..10, 4 of 10..10")
end)

test("what is wrong with YOLO's labels is named with file and line", function()
  for text, found in pairs {
    ["0 0.5 0.5 0.1 0.1\n1 0.5 0.5 0.1\n"] = ":2: 'class cx cy w h', shares of 0..1, expected, found '1 0.5 0.5 0.1'",
    ["0 0.5 0.5 7 0.1\n"] = ":1: 'class cx cy w h'", ["0.5 0.5 0.5 0.1 0.1"] = ":1:", ["x 0.5 0.5 0.1 0.1"] = ":1:",
    ["0 0.5 0.5 0 0.1"] = ":1: a box of no width", ["0 0.5 0.5 0.1 0"] = ":1: a box of no height",
    ["0 0.5 0.5 1e-9 1e-9"] = ":1: a box of no width",                 -- gone in f32
    ["0x1 0.5 0.5 0.1 0.1"] = ":1: 'class cx cy w h'",
    ["\0\0\0"] = ":1: 'class cx cy w h', shares of 0..1, expected, found '\\0\\0\\0'",
    ["0 nan 0.5 0.1 0.1"] = ":1:", ["2 0.5 0.5 0.1 0.1"] = "classes from 0 to 1 as in classes.txt expected, found 2",
  } do
    put("yolo/labels/0002.txt", text)
    test.fails_with({ "--data", root .. "/yolo", found }, files.read, root .. "/yolo", 32, 48)
  end
  put("yolo/labels/0002.txt", "1 0.416667 0.5 0.333333 0.5\n")
  picture("yolo/images/0002.jpg", noise(1, 8, 8))                      -- whose are the labels?
  test.fails_with({ "--data: ", "0002.", " and 0002.", ": one of a name expected" }, files.read, root .. "/yolo", 32,
    48)
  os.remove(root .. "/yolo/images/0002.jpg")
  os.rename(root .. "/yolo/classes.txt", root .. "/yolo/none.txt")
  put("yolo/labels/0002.txt", "\n99999999 0.5 0.5 0.1 0.1\n")
  test.fails_with({ "0002.txt:2: classes from 0 to 999 without a classes.txt expected, found 99999999" }, files.read,
    root .. "/yolo", 32, 48)
  put("yolo/labels/0002.txt", "1 0.416667 0.5 0.333333 0.5\n")
  os.rename(root .. "/yolo/none.txt", root .. "/yolo/classes.txt")
  put("yolo/labels/9999.txt", "")
  test.fails_with({ "9999.txt has no picture of that name" }, files.read, root .. "/yolo", 32, 48)
  os.remove(root .. "/yolo/labels/9999.txt")
  put("yolo/classes.txt", "\xef\xbb\xbftree \r\n\r\nred car\r\n")     -- as editors of Windows leave them
  put("yolo/labels/0002.txt", "\r\n1 0.416667 0.5 0.333333 0.5\r\n")
  test.equal(table.concat(select(2, files.read(root .. "/yolo", 32, 48)), "|"), "tree|red car")
  put("yolo/labels/0002.txt", "\r\n1 0.5 0.5 0.1\r\n")
  test.fails_with({ "0002.txt:2: 'class cx cy w h', shares of 0..1, expected, found '1 0.5 0.5 0.1'" }, files.read,
    root .. "/yolo", 32, 48)
  yolo_set(20)
  test.fails_with({ "--data", "images/ with labels/*.txt (YOLO), or JPEGImages/" }, files.read, root .. "/carla", 32,
    48)
end)

local function voc_set(n)
  make("voc/JPEGImages", "voc/Annotations")
  for i = 1, n do
    picture(("voc/JPEGImages/%06d.jpg"):format(i), noise(i, 60, 80))
    put(("voc/Annotations/%06d.xml"):format(i), [[<annotation><folder>VOC2007</folder>
  <size><width>80</width><height>60</height><depth>3</depth></size>
  <object><name>person</name><difficult>1</difficult>
    <bndbox><xmin>1</xmin><ymin>1</ymin><xmax>20</xmax><ymax>30</ymax></bndbox>
    <part><name>head</name><bndbox><xmin>2</xmin><ymin>2</ymin><xmax>3</xmax><ymax>3</ymax></bndbox></part></object>
  <object><name>car</name><difficult>0</difficult>
    <bndbox><xmin>41.0</xmin><ymin>31</ymin><xmax>80</xmax><ymax>60</ymax></bndbox></object>
</annotation>]])
  end
end

test("Pascal VOC: corners from 1 with both ends, difficult boxes, parts left out", function()
  voc_set(10)
  local parts, names = files.read(root .. "/voc", 32, 32)
  test.equal(table.concat(names, "|"), "car|person")
  local t = parts.test.truths[1]
  test.close(t.boxes, { { 0, 0, 0.25, 0.5 }, { 0.5, 0.5, 1, 1 } }, 1e-6)
  test.same(t.labels, { 2, 1 })
  test.same(t.hard:to "i64", { 1, 0 })
end)

test("what is wrong with an annotation is named, with its line where it has one", function()
  voc_set(10)
  local f = assert(io.open(root .. "/voc/Annotations/000003.xml"))
  local whole = f:read "a"
  f:close()
  for _, case in ipairs { { "</annotation>", "", ": a whole <annotation> expected" }, { ".*", "", ": a whole" },
    { "<width>80", "<width>wide", ": a number in <width> expected, found 'wide'" },
    { "<width>80", "<width>0", ": a size of at least 1 x 1 expected, found 0 x 60" },
    { "<xmax>80</xmax>", "", ":6: a number in <xmax> expected, found 'none'" },
    { "<xmax>80</xmax>", "<xmax>40</xmax>", ":6: a box from its upper left corner to its lower right one expected, \z
      found (41, 31) - (40, 60)" },
    { "<ymin>31</ymin>", "<ymin>99</ymin>", "to its lower right one expected, found (41, 99) - (80, 60)" },
    { "41.0(</xmin>.*)80", "81%1 99", ":6: a box in the 80 x 60 pixels of <size> expected, found (81, 31) - (99, 60)" },
    { "<name>car</name>", "", ":6: <name> and <bndbox> in each <object> expected" },
    { "<part>.*</part></object>", "", ":3: an </object> for each <object> expected" },
    { "</object>\n</annotation>", "</annotation>", ":6: an </object> for each <object> expected" } } do
    for _, ends in ipairs { "\n", "\r\n" } do
      local text = whole:gsub(case[1], case[2], 1):gsub("\n", ends)
      put("voc/Annotations/000003.xml", text)
      test.fails_with({ "--data", "000003.xml" .. (case[3]:find "^:" and case[3] or ""), case[3] }, files.read,
        root .. "/voc", 32, 32)
    end
  end
  put("voc/Annotations/000003.xml", (whole:gsub("<object>", "<!-- one\n%0", 1):gsub("</object>", "%0\n-->", 1)))
  local boxes = 0
  for _, part in pairs((files.read(root .. "/voc", 32, 32))) do
    for _, t in ipairs(part.truths) do boxes = boxes + t.labels:numel() end
  end
  test.equal(boxes, 19)                                                -- two in each but where one is a comment
  os.remove(root .. "/voc/Annotations/000003.xml")
  test.fails_with({ "000003.jpg has no .xml of that name" }, files.read, root .. "/voc", 32, 32)
end)

test("a set without a box in the pictures held out, and one that learns what it holds out, are told", function()
  local part = root .. "/shared"
  make("shared/images/train", "shared/labels/train", "shared/images/test", "shared/labels/test")
  for i = 1, 12 do
    local of = i <= 8 and "train" or "test"
    picture(("shared/images/%s/%d.png"):format(of, i), noise(i <= 8 and i or i - 2, 20, 30))
    put(("shared/labels/%s/%d.txt"):format(of, i), i <= 8 and "0 0.5 0.5 0.2 0.4\n" or "")
  end
  test.fails_with({ "--data: " .. part .. ": boxes in the pictures held out expected, found none in 2" }, files.read,
    part, 20, 30)
  for i = 9, 12 do put(("shared/labels/test/%d.txt"):format(i), "0 0.5 0.5 0.2 0.4\n") end
  local lines, _, _, parts = test.caught(files.read, part, 20, 30)
  test.equal(lines[1], "--data: " .. part .. ": 2 of 4 pictures held out are among those to learn from, too: left out")
  test.equal(#parts.test.truths, 2)
  test.same(parts.test.x, tensor.stack { noise(9, 20, 30), noise(10, 20, 30) })
  local marks = require "lib.by_heart".marks(parts.test.x[{ { 1, 1 } }])
  test.fails_with({ "1 of 2 pictures held out are among those that --weights w has learnt from; 2 of others expected" },
    files.read, part, 20, 30, nil, { marks = marks, file = "--weights w" })
end)

test("a frame is drawn about a box, in the picture even where the box leaves it", function()
  local framed = require "lib.results".framed
  local x = framed(tensor.zeros { 10, 20, 3, dtype = "u8" }, tensor { { 0.25, 0.5, 0.75, 0.9 } }, { 1, 0.5, 0 })
  test.shape(x, { 40, 80, 3 })
  local on = x["..., 1"]:gt(0):nonzero()
  test.same(on:min(1), tensor { 20, 20 }:to "i64")
  test.same(on:max(1), tensor { 37, 61 }:to "i64")
  test.close(x[{ 20, 40 }], { 1, 0.5, 0 })
  test.equal(x[{ 28, 40, 1 }], 0.0)                                     -- inside
  local most = framed(tensor.zeros { 4, 4, 3 }, tensor { { -1, -1, 2, 2 }, { 0.9, 0.9, 0.1, 0.1 } }, { 1, 1, 1 })
  test.equal(most[{ 1, 1, 1 }] + most[{ 16, 16, 1 }], 2.0)
  test.same(framed(tensor.ones { 2, 2, 3 } * 0.5, tensor.zeros { 0, 4 }, { 1, 1, 1 }), tensor.ones { 8, 8, 3 } * 0.5)
end)

heavy("yolo_cars learns from YOLO's files", function()
  local out = root .. "/saved"
  local result = run.project("yolo_cars", { quick = true, data = root .. "/yolo", viz = "off", epochs = "40",
    anchors = "1", out = out })
  test.truth(result.claim.mAP > 0.5, ("mAP %.2f: that red squares are found"):format(result.claim.mAP))
  test.equal(result.claim.measure, "gain")                              -- of a set of one's own
  test.equal(result.value, result.claim.mAP - math.max(result.claim.linear, result.claim.nearest))
  local saved = out .. "/yolo_cars.safetensors"
  local pictures = assert(data.image.load(out .. "/yolo_cars.png"))     -- of 64 x 96, four times as large
  test.truth(pictures:size(1) == 256 and pictures:size(2) % 384 == 0, lunette.typename(pictures))
  local again = run.project("yolo_cars", { quick = true, data = root .. "/yolo", viz = "off", weights = saved })
  test.equal(again.claim.mAP, result.claim.mAP, "mAP of what was saved")
  -- So few pictures make no sure network: what it is surest of counts, however little that is.
  local lines = test.caught(run.project, "yolo_cars", { quick = true, viz = "off", weights = saved, score = "0.01",
    picture = root .. "/yolo/images/0003.png" })
  test.truth(lines[#lines - 1]:find "^red car +0%.%d+   %(", lines[#lines - 1])
  local names = test.write(root .. "/names.txt", "baum\nauto\n")
  lines = test.caught(run.project, "yolo_cars", { viz = "off", weights = saved, names = names, score = "0.01",
    picture = root .. "/yolo/images/0003.png" })                         -- without --quick: its height is in the file
  test.truth(lines[#lines - 1]:find "^auto +0%.%d+   %(", lines[#lines - 1])
  local function refused(options, ...)
    options.viz, options.weights = "off", options.weights or saved
    test.fails_with({ "--weights: " .. options.weights, ... }, run.project, "yolo_cars", options)
  end
  refused({ quick = true }, "tells 'tree, red car' apart, and in the drawn streets are 'car, lorry, pedestrian, sign'")
  refused({ height = "96", data = root .. "/yolo" }, "has been learnt with --height 64, got --height 96")
  again = run.project("yolo_cars", { viz = "off", weights = saved, height = "64", data = root .. "/yolo" })
  test.equal(again.claim.mAP, result.claim.mAP, "where the height of the file is said")
  test.write(names, "one\ntwo\nthree\n")
  test.fails_with({ "--names: " .. names .. ": 3 names for 2 classes" }, run.project, "yolo_cars",
    { viz = "off", weights = saved, names = names, picture = root .. "/yolo/images/0003.png" })
  put("yolo/classes.txt", "red car\ntree\n")                           -- the same in another order
  test.fails_with({ "--data: " .. root .. "/yolo: the classes that --weights tells apart expected in classes.txt",
    "(tree, red car), found 'red car, tree'" }, run.project, "yolo_cars", { viz = "off", weights = saved,
    data = root .. "/yolo" })
  put("yolo/classes.txt", "tree\nred car\n")
  voc_set(10)
  test.fails_with({ "000001.xml:3: classes that --weights tells apart expected, found 'person'" }, run.project,
    "yolo_cars", { viz = "off", weights = saved, data = root .. "/voc" })
  local tensors = assert(tensor.load(saved))
  assert(tensor.save(root .. "/bare.safetensors", { anchors = tensors.anchors, ["head.weight"] =
    tensors["head.weight"] }))
  refused({ weights = root .. "/bare.safetensors" }, "what yolo_cars --out saved expected")
  local frames, _, ok, why = test.caught(run.project, "yolo_cars", { viz = "off", weights = saved,
    camera = "lavfi:testsrc=size=96x64:rate=10:duration=1" })            -- of classes that no drawn street has
  test.truth(ok, tostring(why))
  test.truth(frames[#frames]:find "^%d+ frames, ", frames[#frames])
end)

-- Bars three times as long as high.
local function bars_set()
  make("bars/images", "bars/labels")
  for i = 1, 20 do
    local x = (tensor.rand(64, 96, 3, { rng = tensor.rng(i) }) * 60):to "u8"
    local left, top = 8 * (i % 7), 8 * (i % 5)
    x[{ { top + 1, top + 16 }, { left + 1, left + 48 }, 1 }] = 240
    picture(("bars/images/%04d.png"):format(i), x)
    put(("bars/labels/%04d.txt"):format(i), ("0 %.6f %.6f 0.5 0.25\n"):format((left + 24) / 96, (top + 8) / 64))
  end
end

-- In the streets of --quick boxes are found too roughly to tell (0.12 with sides swapped): long things tell.
heavy("broken copy falls short: decoded with width and height of the anchors swapped", function()
  bars_set()
  local function found(anchors)
    local result = test.sabotaged("yolo_cars", { { "yolo.both(model, scaled(xs), anchors)",
      ("yolo.both(model, scaled(xs), %s)"):format(anchors) } }, { quick = true, data = root .. "/bars", epochs = "40",
      anchors = "1" })
    print(("# %s: %.3f of %.3f"):format(anchors, result.value, result.target))
    return result.ok
  end
  test.truth(found "anchors", "that the bars are found")
  test.truth(not found "anchors:flip(2)", "that it is short")
end)

-- Boxes can be learnt from sizes far off, too (exp(t_w) reaches them): so the claim has a clause for the anchors.
-- wrong: what is done to the anchors, where they come from and where the network takes them.
local function unfit(wrong, options)
  for _, at in ipairs { "local C, A = #names", "local net = Yolo()" } do
    local changed = at == "local net = Yolo()" and "anchors = anchors" .. wrong .. "\n" .. at
      or "local found_anchors = yolo.anchors\nyolo = setmetatable({ anchors = function(...)\n"
        .. "local a, fit = found_anchors(...)\nreturn a" .. wrong .. ", fit end }, { __index = yolo })\n" .. at
    local result = test.sabotaged("yolo_cars", { { at, changed } }, options)
    print(("# anchors%s: %.3f"):format(wrong, result.also[1].value))
    test.truth(result.verdict:find "fit_kept", ("anchors%s at '%s': %s"):format(wrong, at, result.verdict))
    if not wrong:find "flip" and not options.data then test.truth(result.verdict:find "anchor_fit", result.verdict) end
  end
end

heavy("broken copy falls short: anchors six times as large, a fifth, and with their sides swapped", function()
  bars_set()
  for _, wrong in ipairs { " * 6", " * 0.2", ":flip(2)" } do
    unfit(wrong, { quick = true, data = root .. "/bars", epochs = "2", anchors = "1" })
    for seed = 1, 3 do
      unfit(wrong, { quick = true, epochs = "1", frames = "0", train = "40", test = "10", seed = tostring(seed) })
    end
  end
end)

test("what has no meaning, and too few boxes to learn from, are refused", function()
  local function refused(options, ...)
    options.viz, options.quick = "off", true
    test.fails_with({ ... }, run.project, "yolo_cars", options)
  end
  refused({ height = "40" }, "--height must be a whole number from 32 to 512, a multiple of 16, got '40'")
  refused({ picture = "README.md" }, "--picture means nothing without --weights")
  refused({ cfg = "README.md" }, "--cfg means nothing without --weights")
  refused({ cfg = "README.md", weights = "README.md" }, "--cfg means nothing without --picture or --video or --camera")
  refused({ course = true, epochs = "3" }, "--epochs means nothing with --course")
  refused({ data = root .. "/yolo", anchors = "32", height = "32" }, "--data: " .. root
    .. "/yolo: at least 32 boxes to learn from expected, one for each of --anchors, found 1")
end)

-- --- the course, video ----------------------------------------------------------------------------------------------

heavy("yolo_cars --course gives the boxes of 19 x 19 x 5 x (5 + 80) back", function()
  for seed = 1, 3 do
    test.truth(run.project("yolo_cars", { course = true, viz = "off", seed = tostring(seed) }).ok, "seed " .. seed)
  end
end)

test("yolo_cars: a video that cannot be opened is named before it learns", function()
  test.fails_with({ "/no/such.mp4" }, run.project, "yolo_cars", { video = "/no/such.mp4", viz = "off" })
  test.fails_with({ "--video needs a path" }, run.project, "yolo_cars", { video = true, viz = "off" })
end)

heavy("yolo_cars watches a video, and a camera's source", function()
  local path = root .. "/drive.mp4"
  local frames = require "lib.streets".drive(6, { h = 48, w = 64, rng = tensor.rng(2), kinds = { "day" } })
  assert(data.video.save(path, function()
    local _, _, _, large = frames()
    return large
  end))
  for option, source in pairs { video = path, camera = "lavfi:testsrc=size=96x64:rate=10:duration=1" } do
    local said, _, ok, why = test.caught(run.project, "yolo_cars", { quick = true, data = root .. "/yolo", viz = "off",
      epochs = "1", [option] = source })
    test.truth(ok, tostring(why))
    test.truth(table.concat(said, "\n"):find "%d+ frames, [%d.]+ ms each", option .. ": that frames were watched")
  end
end)

-- --- sabotage -------------------------------------------------------------------------------------------------------

if not test.sanitized then
  local streets = { ["masks shuffled"] = { 'is(y, "m h w")', "y = y[tensor.randperm(y:size(1))]" },
    ["the gradient turned round"] = { "adam:step(l)", "adam:step(-l)" } }
  local cars = { ["boxes shuffled"] = { 'is(train.x, "m h w 3")',
    "table.insert(train.truths, 1, table.remove(train.truths))" },
    ["the gradient turned round"] = { "adam:step(loss)", "adam:step(-loss)" } }
  if os.getenv "LUNETTE_NIGHTLY" then
    streets["nothing laid beside on the way up"] = { "kept[k], dim = 4", "kept[k] * 0, dim = 4" }
    for _, times in ipairs { "6", "0.2" } do
      cars["anchors times " .. times] = { "local net = Yolo()", "anchors = anchors * " .. times
        .. "\nlocal net = Yolo()" }
    end
    cars["decoded with other anchors"] = { "yolo.both(model, scaled(xs), anchors)",
      "yolo.both(model, scaled(xs), anchors:flip(1))" }
  end
  test.fall_short("unet_streets", streets)
  test.fall_short("yolo_cars", cars)
end

os.execute(("rm -r '%s'"):format(root))
test.done()
