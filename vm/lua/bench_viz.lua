--- bench_viz.lua: `lunette bench viz`: what the window costs.  Needs a display for the first figure.
--   slowdown   a small network trained in interleaved pairs with six live panels and without: median of the ratios
--   plot       time of one viz.plot: median and 99th percentile
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

local function pan_time()
  viz.clear()
  for k = 1, POINTS do viz.plot("long/curve", (k * 7919) % 1000) end
  viz.picture(1280, 800)
  local times = {}
  for k = 1, 15 do
    viz.plot("long/curve", k)
    local start = lunette.clock()
    viz.picture(1280, 800)
    times[k] = (lunette.clock() - start) * 1e3
  end
  return median(times)
end

function bench.main()
  viz.mode "window"
  local ratio = slowdown()
  print(ratio and ("slowdown of training with six live panels\t%.1f %%"):format((ratio - 1) * 100)
    or "slowdown of training\tnot measured: no display")
  viz.close()
  viz.mode "files"
  local middle, high = plot_times()
  print(("viz.plot\t%.2f us median\t%.2f us in the 99th percentile"):format(middle, high))
  print(("a frame of %d points\t%.1f ms"):format(POINTS, pan_time()))
  viz.mode "off"
  return 0
end

return bench
