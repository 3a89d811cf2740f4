--- Drawn street scenes: pictures, masks, boxes, drives; and the measures of masks against NumPy's values.
local test = dofile "tests/check.lua"
local streets = require "lib.streets"
local golden = dofile "tests/golden/streets.lua"

local function tensor_of(g) return tensor(g[1], { dtype = g.dtype }):reshape(g.shape) end

local n = 24
local x, y, truths = streets.draw(n, { h = 96, w = 128, rng = tensor.rng(3) })

test("scenes: pictures of 0..1, every class there, the whole picture has one", function()
  test.shape(x, { n, 96, 128, 3 })
  test.shape(y, { n, 96, 128 })
  test.truth(x:min():item() >= 0 and x:max():item() <= 1 and x:std():item() > 0.1, "a range of 0..1")
  local counts = y:reshape(-1):to "i64":bincount { minlength = 9 }
  test.equal(counts:numel(), #streets.classes)
  test.truth(y:min():item() >= 1, "that no pixel is without a class")
  for c = 1, 9 do test.truth(counts[c] > 0, streets.classes[c] .. ": that it is in some scene") end
end)

test("scenes: the same seed draws the same, another seed another", function()
  local a, b, t = streets.draw(2, { h = 48, w = 64, rng = tensor.rng(6) })
  local a2, b2, t2 = streets.draw(2, { h = 48, w = 64, rng = tensor.rng(6) })
  local a3 = streets.draw(2, { h = 48, w = 64, rng = tensor.rng(7) })
  test.truth(a == a2 and b == b2, "that seeds repeat")
  for i = 1, 2 do test.same(t[i].boxes, t2[i].boxes) end
  for i = 1, 2 do test.truth((a3 - a[i]:unsqueeze(1)):abs():mean():item() > 0.02,
    "that another seed draws another") end
end)

test("scenes: a box holds its thing, and reaches it on all four sides", function()
  local class_of = { 7, 7, 8, 9 }                        -- car, lorry: vehicle; pedestrian; sign
  local boxes = 0
  for i, t in ipairs(truths) do
    for k = 1, t.labels:numel() do
      local b = t.boxes[k]:totable()
      for e = 1, 4 do b[e] = math.tointeger(b[e]) end
      test.truth(b[1] >= 0 and b[2] >= 0 and b[3] <= 128 and b[4] <= 96 and b[1] < b[3] and b[2] < b[4],
        "in the picture")
      local there = y[{ i, { b[2] + 1, b[4] }, { b[1] + 1, b[3] } }]:eq(class_of[t.labels[k]])
      local rows, columns = there:any(2), there:any(1)
      test.truth(rows[1] and rows[-1] and columns[1] and columns[-1], ("scene %d box %d: that it is tight"):format(i,
        k))
      boxes = boxes + 1
    end
  end
  test.truth(boxes > 4 * n, boxes .. " boxes: that there are more than four in a scene")
end)

test("scenes: towns of two streams share no design", function()
  local towns, dice = require "lib.street_town", require "lib.dice"
  local seen = {}
  for k = 1, 2 do
    for _ = 1, 3 do
      for _, c in ipairs(towns.draw(dice(tensor.rng(k + 40))).cars) do
        local key = ("%s %.9f %.9f"):format(c.kind, c.length, c.height)
        test.truth(seen[key] == nil or seen[key] == k, key .. ": that it is in one stream only")
        seen[key] = k
      end
    end
  end
end)

test("a drive: frames follow from each other, a new town between its parts", function()
  local last, moved, cuts, frames = nil, {}, 0, 0
  for picture, classes, truth, large in streets.drive(12, { h = 48, w = 64, scale = 2, rng = tensor.rng(4),
    kinds = { "day", "haze" } }) do
    frames = frames + 1
    test.shape(picture, { 48, 64, 3 })
    test.shape(large, { 96, 128, 3 })
    test.truth(truth.boxes:size(1) == truth.labels:numel(), "a label for each box")
    if last then moved[#moved + 1] = classes:ne(last):to "f32":mean():item() end
    last = classes
  end
  test.equal(frames, 12)
  for i, m in ipairs(moved) do
    if i == 6 then cuts = m else test.truth(m < 0.2,
      ("%.3f of the pixels: that few change their class"):format(m)) end
  end
  test.truth(cuts > 0.2, "a cut in the middle")
end)

test("mean IoU and the share of pixels right agree with NumPy", function()
  local m = nn.metrics.confusion(tensor_of(golden.guess), tensor_of(golden.mask), { classes = 4 })
  local mean, each = nn.metrics.iou(m)
  test.close(mean, golden.mean_iou, 1e-9)
  test.close(each, golden.iou, 1e-9)
  test.close((m:diag():sum() / m:sum()):item(), golden.right, 1e-6)
end)

test.done()
