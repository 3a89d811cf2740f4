--- bench_viz.lua: `lunette bench viz [frames|window|posts]`: what the window costs.  "window" needs a display.
--   frame      processor time of a frame by kind of panel and size, right after a post and when only the mouse moves
--   slowdown   a small network trained in interleaved pairs with six live panels and without: median of the ratios
--   plot       time of one viz.plot: median and 99th percentile
--   share      of a core that the window's thread takes: idle, paused, busy; the longest wait of a post meanwhile
--   pan        one frame of a curve of ten million points
local bench = {}

local PAIRS, STEPS, PLOTS, POINTS = 5, 2000, 200000, 10000000

local function median(list)
  table.sort(list)
  return list[#list // 2 + 1]
end

local function training(live)
  tensor.seed(1)
  local X, y = tensor.randn(512, 20), tensor.randint(1, 4, 512)
  local net = nn.Sequential { nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 4) }
  local opt = optim.Adam { net, lr = 1e-3 }
  local start = lunette.clock()
  for step = 1, STEPS do
    local out = net(X)
    local loss = nn.cross_entropy(out, y)
    opt:step(loss)
    if live then
      viz.plot("loss/training", loss)
      viz.plot("norm/all", opt.steps)
      viz.plot("rate/learning", opt.lr)
      if step % 100 == 0 then
        viz.hist("weights", net[1].weight)
        viz.image("first layer", net[1].weight)
        viz.bars("share", { a = step, b = STEPS })
      end
    end
  end
  return lunette.clock() - start
end

local function slowdown()
  if not viz.is_open then return nil end
  training(false)
  viz.show()
  training(true)
  if not viz.is_open() then return nil end
  local ratios = {}
  for i = 1, PAIRS do
    local on, off = training(true), training(false)
    ratios[i] = on / off
  end
  return median(ratios)
end

local function plot_times()
  local times, n = {}, 0
  for k = 1, PLOTS do
    local start = lunette.clock()
    viz.plot("times/one", k)
    n = n + 1
    times[n] = lunette.clock() - start
  end
  table.sort(times)
  return times[n // 2] * 1e6, times[math.floor(n * 0.99)] * 1e6
end

-- --- frames: processor time of one, right after a post and when only the mouse has moved -----------------------------

local function noise(name, n)
  for k = 1, n do viz.plot(name, math.sin(k / 50) + ((k * 7919) % 1000) / 500) end
end

-- What is measured: a name, what posts it, and the panel (nil: all).
local kinds = {
  { "curve, 2 000 noisy points", function() noise("noisy/one", 2000) end, "noisy" },
  { "curve, 1 000 points and smoothed", function()
    for k = 1, 1000 do viz.plot("smooth/one", math.exp(-k / 300) + ((k * 7919) % 1000) / 9000, { smooth = 0.9 }) end
  end, "smooth" },
  { "9 curves of 2 000 noisy points", function() for k = 1, 9 do noise("nine/" .. k, 2000) end end, "nine" },
  { "curve, 1 000 000 points", function() noise("long/one", 1000000) end, "long" },
  { "picture 640 x 480", function() viz.image("vga", tensor.randint(0, 255, 480, 640, 3):to "u8") end, "vga" },
  { "picture 1920 x 1080", function() viz.image("hd", tensor.randint(0, 255, 1080, 1920, 3):to "u8") end, "hd" },
  { "picture 4000 x 3000", function() viz.image("large", tensor.randint(0, 255, 3000, 4000, 3):to "u8") end, "large" },
  { "picture 640 x 480 of floats", function() viz.image("floats", tensor.rand(480, 640, 3)) end, "floats" },
  { "64 pictures 28 x 28", function() viz.image("batch", tensor.rand(64, 28, 28)) end, "batch" },
  { "picture with a mask and boxes", function()
    viz.image("street", tensor.rand(240, 320, 3))
    viz.mask("street", tensor.randint(1, 8, 240, 320))
    viz.boxes("street", tensor.rand(30, 4) * 200, { scores = tensor.rand(30) })
  end, "street" },
  { "matrix 50 x 50", function() viz.heatmap("matrix", tensor.randn(50, 50)) end, "matrix" },
  { "matrix 1000 x 1000", function() viz.heatmap("wide", tensor.randn(1000, 1000)) end, "wide" },
  { "confusion 10 x 10", function() viz.confusion("confusion", tensor.randint(0, 50, 10, 10)) end, "confusion" },
  { "scatter, 1 000 points", function()
    viz.scatter("some", tensor.randn(1000, 2), { class = tensor.randint(1, 3, 1000) })
  end, "some" },
  { "scatter, 20 000 points", function()
    viz.scatter("many", tensor.randn(20000, 2), { class = tensor.randint(1, 3, 20000) })
  end, "many" },
  { "scatter, 1 000 000 points", function() viz.scatter("million", tensor.randn(1000000, 2)) end, "million" },
  { "regions 80 x 80 and 400 points", function()
    local X = tensor.randn(400, 2)
    viz.boundary("regions", function(x) return x:sum(2) end, X, X:sum(2):gt(0):to "i64", { force = true })
  end, "regions" },
  { "contour 64 x 64", function()
    local t = tensor.linspace(0, 9, 100)
    viz.contour("contour", function(x) return (x * x):sum(2) end,
      { paths = { a = tensor.stack { t:cos() * (9 - t) / 9, t:sin() * (9 - t) / 9, dim = 2 } } })
  end, "contour" },
  { "32 histograms", function() for k = 1, 32 do viz.hist("histograms", tensor.randn(1000) + k / 9) end end,
    "histograms" },
  { "40 bars", function() viz.bars("bars", tensor.rand(40)) end, "bars" },
  { "spectrogram 500 x 101", function()
    viz.spectrogram("spectrogram", tensor.rand(500, 101), { prob = tensor.rand(500), threshold = 0.5 })
  end, "spectrogram" },
  { "piano roll, 300 notes", function()
    local n = tensor.rand(300, 4)
    viz.roll("roll", tensor.stack { n:select(2, 1) * 64, n:select(2, 2) + 0.2, n:select(2, 3) * 40 + 40, n:select(2, 4),
      dim = 2 })
  end, "roll" },
  { "text, 2 000 letters shaded", function()
    local s = ("the quick brown fox jumps over it "):rep(60)
    viz.text("text", s, { shade = tensor.rand(#s) })
  end, "text" },
  { "graph, 30 layers", function()
    local rows = {}
    for k = 1, 30 do rows[k] = { name = "Layer " .. k, shape = "8x8x64", params = 100 * k, share = 1 / 30 } end
    viz.graph("graph", rows)
  end, "graph" },
}

local SIZES = { { 640, 480 }, { 1280, 800 } }

local function frame(panel, size) return lunette.viz_costs.frame(panel, size[1], size[2]) * 1e3 end

local function frames(word)
  print "frame\tms 640x480 after a post\tmoved\tms 1280x800 after a post\tmoved"
  for _, kind in ipairs(kinds) do
    if word and not kind[1]:find(word, 1, true) then goto next end
    viz.clear()
    local line = kind[1]
    for _, size in ipairs(SIZES) do
      local posted, moved = {}, {}
      for k = 1, 5 do
        kind[2]()
        posted[k] = frame(kind[3], size)
        moved[k] = frame(kind[3], size)
        if kind[1]:find "curve" and k == 1 then kind[2] = function() viz.plot(kind[3] .. "/one", 0) end end
      end
      line = ("%s\t%.2f\t%.2f"):format(line, median(posted), median(moved))
    end
    print(line)
    io.stdout:flush()
    ::next::
  end
  viz.clear()
end

-- --- a window that is open: its share of a core, and what posting waits for ------------------------------------------

local function share(seconds, work)
  local start, before = lunette.clock(), lunette.viz_costs.host()
  while lunette.clock() - start < seconds do work() end
  return (lunette.viz_costs.host() - before) / (lunette.clock() - start) * 100
end

local function shares()
  viz.show()
  noise("loss/train", 500)
  viz.image("input", tensor.rand(240, 320, 3))
  for _ = 1, 100 do
    if viz.is_open() then break end
    lunette.sleep(0.05)
  end
  lunette.sleep(1)
  if viz.mode() ~= "window" then return print "the window's share of a core\tnot measured: no display" end
  local idle = share(3, function() lunette.sleep(0.1) end)
  viz.pause()
  local paused = share(3, function() lunette.sleep(0.1) end)
  viz.pause(false)
  local k = 0
  local function post()
    k = k + 1
    viz.plot("loss/train", 1 / k)
    lunette.sleep(0.001)
  end
  local busy = share(5, post)
  local video = share(5, function()
    viz.image("input", tensor.rand(240, 320, 3))
    post()
  end)
  print(("the window's share of a core\t%.2f %% idle\t%.2f %% paused\t%.2f %% busy\t%.2f %% with pictures"):format(idle,
    paused, busy, video))
end

local function waits()
  local worst = 0
  noise("waits/one", 300000)
  local stop = lunette.clock() + 4
  while lunette.clock() < stop do
    for _ = 1, 1000 do
      local start = lunette.clock()
      viz.plot("waits/one", 1)
      worst = math.max(worst, lunette.clock() - start)
    end
    lunette.sleep(0.001)
  end
  print(("the longest wait of a post\t%.1f ms"):format(worst * 1e3))
end

local function pan_time()
  viz.clear()
  for k = 1, POINTS do viz.plot("long/curve", (k * 7919) % 1000) end
  frame("long", SIZES[2])
  local times = {}
  for k = 1, 15 do
    viz.plot("long/curve", k)
    times[k] = frame("long", SIZES[2])
  end
  return median(times)
end

--- bench.main(part, word): all of it, or one of "frames" (whose name has the word), "window", "posts".
function bench.main(part, word)
  if not part or part == "frames" then
    viz.mode "files"
    frames(word)
  end
  if not part or part == "window" then
    viz.mode "window"
    local ratio = slowdown()
    print(ratio and ("slowdown of training with six live panels\t%.1f %%"):format((ratio - 1) * 100)
      or "slowdown of training\tnot measured: no display")
    viz.clear()
    shares()
    waits()
    viz.close()
  end
  if not part or part == "posts" then
    viz.mode "files"
    local middle, high = plot_times()
    print(("viz.plot\t%.2f us median\t%.2f us in the 99th percentile"):format(middle, high))
    print(("a frame of %d points\t%.1f ms"):format(POINTS, pan_time()))
  end
  viz.mode "off"
  return 0
end

return bench
