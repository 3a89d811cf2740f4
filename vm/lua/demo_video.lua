--- demo_video.lua: `lunette demo video [PATH]`: frames stream into a panel, with the boxes that a network finds, as
-- fast as it can.  It learns to see drawn cars first.  Then it watches a drive that it has drawn, or a file, a camera
-- ("/dev/video0") or a source of FFmpeg ("lavfi:...") with what the network takes for cars.
local stream = {}

local H, W, CELL = 96, 160, 8
local ROWS, COLUMNS = H // CELL, W // CELL

-- A road with up to three cars at any places; the picture f32 [H, W, 3] and their boxes {x1, y1, x2, y2}.
local function street(cars, hue)
  local c, boxes = draw.canvas(H, W), {}
  c:color(0.45 + hue, 0.6, 0.8 - hue):rect(0, 0, W, H * 0.4):fill()
  c:color(0.3, 0.45 + hue, 0.3):rect(0, H * 0.4, W, H * 0.2):fill()
  c:color(0.33, 0.33, 0.35):rect(0, H * 0.55, W, H * 0.45):fill()
  c:color(0.85, 0.85, 0.8)
  for k = 0, 4 do c:rect(k * 36 + 8, H * 0.77, 18, 2):fill() end
  for i, car in ipairs(cars) do
    local x, y, w = car[1], car[2], car[3]
    local h = w * 0.42
    c:color(table.unpack(car, 4, 6)):rect(x, y + h * 0.4, w, h * 0.45):fill()
    c:rect(x + w * 0.2, y, w * 0.55, h * 0.5):fill()
    c:color(0.75, 0.88, 0.95):rect(x + w * 0.26, y + h * 0.1, w * 0.42, h * 0.28):fill()
    c:color(0.07, 0.07, 0.08):circle(x + w * 0.22, y + h * 0.85, h * 0.17):fill()
    c:circle(x + w * 0.78, y + h * 0.85, h * 0.17):fill()
    boxes[i] = { x, y, x + w, y + h }
  end
  return c:tensor():to "f32" / 255, boxes
end

local function paint(rng)
  local u = tensor.rand { 3, rng = rng }
  return 0.25 + 0.7 * u[1], 0.2 + 0.6 * u[2], 0.2 + 0.6 * u[3]
end

local function some_cars(rng)
  local cars, lanes = {}, { 0.5, 0.66, 0.82 }
  for k = 1, (tensor.rand { 1, rng = rng }[1] * 4) // 1 do
    local u = tensor.rand { 2, rng = rng }
    cars[k] = { u[1] * (W - 30) - 4, H * lanes[k] - 12 + 4 * u[2], 26 + 14 * u[2], paint(rng) }
  end
  return cars
end

-- For each cell of 8 x 8 pixels: is a car's middle in it, where in it, and how large (in tens of pixels)?
local function answer(boxes)
  local is, place = tensor.zeros(ROWS, COLUMNS), tensor.zeros(ROWS, COLUMNS, 4)
  for _, b in ipairs(boxes) do
    local x, y = (b[1] + b[3]) / 2 / CELL, (b[2] + b[4]) / 2 / CELL
    local i, j = math.floor(y) + 1, math.floor(x) + 1
    if i >= 1 and i <= ROWS and j >= 1 and j <= COLUMNS then
      is[{ i, j }] = 1
      place[{ i, j, {} }] = tensor { x % 1, y % 1, (b[3] - b[1]) / 10, (b[4] - b[2]) / 10 }
    end
  end
  return is, place
end

local function network()
  return nn.Sequential { nn.ConvNorm { 3, 16, 3, stride = 2 }, nn.ConvNorm { 16, 32, 3, stride = 2 },
    nn.ConvNorm { 32, 64, 3, stride = 2 }, nn.ConvNorm { 64, 64, 3 }, nn.Conv2d(64, 5, 1) }
end

local function train(net, steps, rng)
  local adam = optim.Adam { net, lr = 3e-3 }
  adam.schedule = optim.cosine { 3e-3, steps = steps }
  for step = 1, steps do
    local x, is, place = {}, {}, {}
    for k = 1, 8 do
      local boxes
      x[k], boxes = street(some_cars(rng), 0.1 * tensor.rand { 1, rng = rng }[1])
      is[k], place[k] = answer(boxes)
    end
    local y, there, want = net(tensor.stack(x) - 0.5), tensor.stack(is), tensor.stack(place)
    local found = nn.bce_logits(y[{ {}, {}, {}, 1 }], there) * 20
    local off = ((y[{ {}, {}, {}, { 2, 5 } }] - want):square() * there:unsqueeze(4)):sum() / (there:sum() + 1)
    adam:step(found + off)
    viz.plot("learning/loss", (found + off):item())
    viz.title(("video: learning to see cars, step %d of %d"):format(step, steps))
  end
  net:eval()
end

--- Boxes [n, 4] in pixels of an h x w picture and their scores, from what the network says of a frame.
local function find(net, frame, h, w)
  local y = tensor.no_grad(net, (frame:to "f32" / 255 - 0.5):unsqueeze(1))[1]
  local score = y[{ {}, {}, 1 }]:sigmoid()
  local boxes, scores = {}, {}
  for _, at in ipairs((score:gt(0.3)):nonzero():totable()) do
    local i, j = at[1], at[2]
    local p = y[{ i, j, { 2, 5 } }]:totable()
    local cx, cy = (j - 1 + p[1]) * CELL * w / W, (i - 1 + p[2]) * CELL * h / H
    local bw, bh = p[3] * 10 * w / W, p[4] * 10 * h / H
    boxes[#boxes + 1] = { cx - bw / 2, cy - bh / 2, cx + bw / 2, cy + bh / 2 }
    scores[#scores + 1] = score[{ i, j }]
  end
  if #boxes == 0 then return tensor.zeros(0, 4), tensor.zeros(0) end
  local b, s = tensor(boxes), tensor(scores)
  local keep = nn.boxes.nms(b, s, { iou = 0.3 })
  return b[keep], s[keep]
end

-- A drive of n frames with two cars that pass each other, as a file.
local function drive(n)
  local path, i = os.tmpname() .. ".mp4", 0
  local ok, why = data.video.save(path, function()
    i = i + 1
    if i > n then return nil end
    local t = 0.75 * i / n
    local red = { -36 + 220 * t, H * 0.66 - 10, 34, 0.8, 0.25, 0.2 }
    local blue = { 170 - 200 * t, H * 0.82 - 10, 38, 0.25, 0.4, 0.75 }
    return (street({ red, blue }, 0.05))
  end)
  return ok and path, why
end

--- The frames of `video` with boxes, until its end or until the window is closed; how many were shown, and seconds.
local function show(net, video)
  viz.image("camera", tensor.zeros(H, W, 3))
  viz.layout { { "camera" }, { "learning", "cars" } }
  local shown, started = 0, lunette.clock()
  for frame, at in video do
    local small = data.image.resize(frame, H, W)
    local boxes, scores = find(net, small, frame.shape[1], frame.shape[2])
    local labels = {}
    for k = 1, boxes.shape[1] do labels[k] = "car" end
    viz.image("camera", frame)
    viz.boxes("camera", boxes, { labels = labels, scores = scores })
    shown = shown + 1
    local rate = shown / (lunette.clock() - started)
    viz.title(("video: %.1f s, %.0f frames a second, %d cars"):format(at, rate, boxes.shape[1]))
    viz.plot("cars/found", boxes.shape[1])
  end
  return shown, lunette.clock() - started
end

function stream.main(...)
  local source, quick
  for _, word in ipairs { ... } do
    if word == "--quick" then quick = true
    elseif word:match "^%-%-viz=" then viz.mode(word:match "=(.*)$")
    else source = word end
  end
  tensor.seed(1)
  local net = network()
  train(net, quick and 60 or 200, tensor.rng(1))
  local path, why
  if not source then path, why = drive(quick and 30 or 250) end
  if not source and not path then
    io.stderr:write("demo video: ", why, "\n")
    return 1
  end
  local video, trouble = data.video(source or path, { live = true })
  if not video then
    io.stderr:write("demo video: ", trouble, "\n")
    return 1
  end
  print(video)
  local shown, seconds = show(net, video)
  print(("%d frames shown in %.1f s"):format(shown, seconds))
  if path then os.remove(path) end
  viz.finish()
  return 0
end

return stream
