--- panels.lua: `lunette demo panels`: every panel of the window on synthetic data that moves, a self-running tour.
-- Each act posts to its panels at time t from 0 to 1; nothing here is learned.  The last act shows by the examples of
-- help what the others leave out, so that a new kind of panel is in the tour.
local record = require "nn.record"
local panels = {}

local called, all = {}, viz
local viz = setmetatable({}, { __index = function(_, name) -- notes what the acts call
  called[name] = true
  return all[name]
end })

local sin, cos, exp, pi = math.sin, math.cos, math.exp, math.pi
local generator = tensor.rng(5)
local function noise(...) return tensor.randn { rng = generator, ... } end
local function normal() return noise(1):item() end

-- A street at dusk: sky, houses, road, and a car at x; u8 h x w x 3, its mask and the car's box.
local function street(h, w, x)
  local c = draw.canvas(h, w)
  c:color(0.36, 0.45, 0.68):rect(0, 0, w, h * 0.55):fill()
  local houses = { { 0.02, 0.30, 0.2 }, { 0.25, 0.18, 0.17 }, { 0.45, 0.34, 0.22 }, { 0.72, 0.22, 0.25 } }
  for i, b in ipairs(houses) do
    c:color(0.30 + 0.07 * i, 0.26, 0.24):rect(b[1] * w, b[2] * h, b[3] * w, (0.62 - b[2]) * h):fill()
  end
  c:color(0.24, 0.25, 0.27):rect(0, h * 0.6, w, h * 0.4):fill()
  c:color(0.9, 0.9, 0.8)
  for k = 0, 5 do c:rect(k * w / 5, h * 0.8, w / 12, h * 0.02):fill() end
  local bw, bh, y = w * 0.26, h * 0.16, h * 0.62
  c:color(0.80, 0.24, 0.18):rect(x, y, bw, bh):fill()
  c:color(0.7, 0.85, 0.95):rect(x + bw * 0.2, y - bh * 0.45, bw * 0.55, bh * 0.45):fill()
  c:color(0.08, 0.08, 0.08):circle(x + bw * 0.22, y + bh, bh * 0.28):fill()
  c:circle(x + bw * 0.78, y + bh, bh * 0.28):fill()
  local mask = tensor.ones(h, w)
  mask[{ { math.floor(h * 0.18) + 1, math.floor(h * 0.6) }, {} }] = 2
  mask[{ { math.floor(h * 0.6) + 1, h }, {} }] = 3
  local x1, x2 = math.max(1, math.floor(x) + 1), math.min(w, math.floor(x + bw))
  if x2 > x1 then mask[{ { math.floor(y) + 1, math.floor(y + bh) }, { x1, x2 } }] = 4 end
  return c:tensor(), mask, { x, y - bh * 0.45, x + bw, y + bh * 1.28 }
end

local function blobs(n, turn)
  local class = tensor.arange(n) % 3 + 1
  local xy = noise(n, 2) * 0.35
  for i = 1, n do
    local a = 2 * pi * (class[i] / 3 + turn)
    xy[{ i, 1 }] = xy[{ i, 1 }] + 1.4 * cos(a)
    xy[{ i, 2 }] = xy[{ i, 2 }] + 1.4 * sin(a)
  end
  return xy, class
end

-- A round face that smiles by s from -1 to 1.
local function face(size, s, hue)
  local c = draw.canvas(size, size)
  c:color(0.15, 0.16, 0.2):rect(0, 0, size, size):fill()
  c:color(0.95, 0.55 + 0.35 * hue, 0.3):circle(size / 2, size / 2, size * 0.42):fill()
  c:color(0.1, 0.1, 0.1):circle(size * 0.36, size * 0.4, size * 0.05):fill()
  c:circle(size * 0.64, size * 0.4, size * 0.05):fill()
  for k = -10, 10 do
    c:circle(size * (0.5 + 0.022 * k), size * (0.68 + s * 0.08 * (1 - (k / 10) ^ 2)), size * 0.018):fill()
  end
  return c:tensor()
end

local source = { "the", "cat", "sat", "on", "the", "mat" }
local target = { "die", "Katze", "saß", "auf", "der", "Matte" }

local function attention(t)
  local m = tensor.zeros(6, 6)
  for i = 1, 6 do
    for j = 1, 6 do m[{ i, j }] = exp(-((i - j) ^ 2) * (0.1 + 2 * t)) end
  end
  return m / m:sum { dim = 2, keepdim = true }
end

local function spectrogram(t)
  local frames, bins = 120, 48
  local s = noise(frames, bins) * 0.3
  local prob = tensor.zeros(frames)
  for f = 1, frames do
    local place = (f / frames - t) * 6
    prob[f] = place > 0 and place < 1 and 0.95 or 0.05
    for k = 1, 4 do
      local bin = math.floor(6 * k + 3 * sin(f / 9 + k)) + 1
      s[{ f, bin }] = s[{ f, bin }] + 3 * exp(-(place - 0.4) ^ 2)
    end
  end
  return s, prob
end

local function tune()
  local notes, at = {}, 0
  for i, step in ipairs { 0, 4, 7, 11, 12, 11, 7, 4, 2, 5, 9, 12, 14, 12, 9, 5 } do
    local length = i % 4 == 0 and 1 or 0.5
    notes[i] = { at, length * 0.95, 60 + step, 0.6 + 0.4 * sin(i) ^ 2 }
    at = at + length
  end
  return tensor(notes), at
end

local layers = {
  { name = "Conv2d 3x3", shape = "32x32x16", params = 448, share = 0.3 },
  { name = "BatchNorm", shape = "32x32x16", params = 32, share = 0.05 },
  { name = "ReLU", shape = "32x32x16", params = 0, share = 0.05 },
  { name = "Conv2d 3x3", shape = "16x16x32", params = 4640, share = 0.45 },
  { name = "Linear", shape = "10", params = 81930, share = 0.15 },
}

-- --- the acts: name, what it posts at t ------------------------------------------------------------------------------

local acts = {}

acts[1] = { "curves and controls", function(t)
  for k = 1, 8 do
    local s = t * 40 + k / 8
    viz.plot("loss/training", 2.2 * exp(-s / 9) + 0.2 + 0.06 * normal(), { smooth = 0.9 })
    if k == 8 then viz.plot("loss/validation", 2.2 * exp(-s / 10) + 0.3 + 0.02 * normal()) end
  end
  viz.plot("accuracy/validation", 1 - 0.9 * exp(-4 * t) + 0.01 * normal())
  viz.hist("weights", noise(400) * (0.2 + t))
  local rate = viz.slider("learning rate", 0.01, { 1e-4, 1, log = true })
  viz.button "sample again"
  local text = ("Tyrannosaurus rex\nlearned %d letters"):format(math.floor(26 * t))
  viz.text("sample", text, { shade = tensor.linspace(0.1, 1, #text) })
  return rate
end }

acts[2] = { "decisions and descents", function(t)
  local xy, class = blobs(150, 0.05 * t)
  viz.boundary("regions", function(p)
    local out = {}
    for k = 1, 3 do
      local a = 2 * pi * (k / 3 + 0.05 * t)
      out[k] = (p[":, 1"] * cos(a) + p[":, 2"] * sin(a)) * (0.2 + 3 * t)
    end
    return tensor.stack { out[1], out[2], out[3], dim = 2 }
  end, xy, class, { force = true, n = 40 })
  local n, path = math.floor(2 + 38 * t), {}
  for i = 1, n do path[i] = { 2.6 * exp(-i / 14) * cos(i / 3), 1.8 * exp(-i / 10) * sin(i / 3 + 1) } end
  local straight = {}
  for i = 1, n do straight[i] = { 2.6 * exp(-i / 20), 1.5 * exp(-i / 6) } end
  viz.contour("surface", function(x, y) return x * x / 4 + y * y end,
    { range = { -3, 3, -2, 2 }, paths = { momentum = tensor(path), descent = tensor(straight) } })
  local faces = {}
  for i = 1, 24 do faces[i] = face(24, (i % 3) - 1, i / 24) end
  viz.scatter("faces", xy["1:24"], { class = class["1:24"], classes = { "sad", "calm", "glad" },
    thumb = tensor.stack { dim = 1, table.unpack(faces) } })
  viz.bars("difference", { W1 = 1e-9 * (1 + t), b1 = 3e-9, W2 = 2e-8 * (1 + t), b2 = t > 0.5 and 0.2 or 1e-8 },
    { threshold = 1e-7, log = true })
end }

acts[3] = { "pictures", function(t)
  local img, mask, box = street(120, 160, -20 + 150 * t)
  viz.image("camera", img)
  local jitter = 3 * normal()
  viz.boxes("camera", tensor { { box[1] + jitter, box[2], box[3] + jitter, box[4] } }, { labels = { "car" },
    scores = tensor { 0.6 + 0.39 * t } })
  viz.boxes("camera", tensor { box }, { truth = true })
  viz.image("segments", img)
  viz.mask("segments", mask, { classes = { "sky", "house", "road", "car" }, alpha = 0.55 })
  local grid = {}
  for i = 1, 12 do grid[i] = face(32, sin(i + 6 * t), i / 12) end
  viz.image("batch", tensor.stack { dim = 1, table.unpack(grid) })
  local style = ((img:to "f32" / 255) * (1 - t) + (img:to "f32" / 255):flip(3) * t):clamp(0, 1)
  viz.wipe("style", img, (style * 255):to "u8", { labels = { "content", "generated" } })
end }

acts[4] = { "sequences", function(t)
  viz.heatmap("attention", attention(t), { x = source, y = target })
  local counts = tensor.eye(4) * math.floor(20 + 60 * t) + (noise(4, 4):abs() * 4):floor()
  viz.confusion("confusion", counts, { classes = { "cat", "dog", "hare", "seal" } })
  local s, prob = spectrogram(t)
  viz.spectrogram("microphone", s, { prob = prob, threshold = 0.5 })
  local notes, length = tune()
  viz.roll("solo", notes, { playhead = t * length })
  viz.graph("network", layers)
end }

-- The records of calls that post to a panel, which none of the acts so far has made.
local function left_out()
  local list = {}
  for _, entry in ipairs(record.entries) do
    local name = entry.name:match "^viz%.([%w_]+)$"
    if name and entry.sig:find "%(name" and not called[name] then list[#list + 1] = entry end
  end
  return list
end

acts[#acts + 1] = { "and the rest", function(t)
  if t > 0 then return end
  local env = { tensor = tensor, nn = nn, viz = all, draw = draw, print = function() end }
  for _, entry in ipairs(left_out()) do assert(load(entry.example, "=" .. entry.name, "t", env))() end
end }

--- panels.main("--quick", "--viz=...") -> status: every act for a few seconds, or four frames each.
function panels.main(...)
  local frames, pause = 60, 0.05
  for _, word in ipairs { ... } do
    if word == "--quick" then
      frames, pause = 4, 0
    elseif word:match "^%-%-viz=" then
      viz.mode(word:match "=(.*)$")
    else
      io.stderr:write(("demo panels: unknown option '%s'. Options: --quick --viz=window|files|term|off\n"):format(word))
      return 1
    end
  end
  for i, act in ipairs(acts) do
    if i > 1 then viz.clear() end
    viz.title(("panels: %d/%d %s"):format(i, #acts, act[1]))
    for frame = 0, frames do
      act[2](frame / frames)
      viz.gate()
      if pause > 0 then lunette.sleep(pause) end
    end
    print(("%d/%d %s\n%s"):format(i, #acts, act[1], viz.describe()))
    if panels.each then panels.each(i, act[1]) end
  end
  viz.finish()
  return 0
end

panels.acts = acts
return panels
