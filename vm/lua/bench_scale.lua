--- bench_scale.lua: `lunette bench scale`: what many processes would gain.  Measured on this machine: the time of a
-- step, of an all-reduce by size, and the share of it that backward hides; the rest is a model.
--
--   T(p) = t + c(p) - min(h c(p), b)     t: a step alone, b: its backward, h: the hidden share, as measured
--   c(p) = sum over buckets of min(ring, tree): ring 2 (p - 1) a + 2 (p - 1)/p n / B, tree 2 log2(p) (a + n / B)
--   a: latency of a message, B: bytes a second of a link; Thakur et al. 2005.  Efficiency is t / T(p): the batch a
--   process stays the same (weak scaling).
local scale = {}

local BATCH = 32            -- samples a process that the model counts with; what is measured is proportional to it
local BUCKET = 4 << 20      -- bytes: vm/bind/bind_bucket.c
local LINKS = { { 1, 30e-6 }, { 10, 30e-6 }, { 25, 20e-6 }, { 100, 5e-6 } }   -- Gbit/s, seconds of latency: assumed
local SIZES = { 1 << 10, 1 << 14, 1 << 18, 1 << 20, 1 << 22, 1 << 24, 1 << 26 }

local function pictures(make, n)
  return function()
    local net = make { classes = 1000 }
    local x, y = tensor.randn(n, 224, 224, 3), tensor.randint(1, 1000, n)
    return net, n, function() return nn.cross_entropy(net(x), y) end
  end
end

local work = {
  { "resnet50", pictures(function(o) return nn.models.resnet50(o) end, 2) },
  { "vgg19", pictures(function(o) return nn.models.vgg19(o) end, 2) },
  { "transformer", function()
    local net = nn.Sequential { nn.Embedding(1000, 256), nn.TransformerEncoder { layers = 6, d = 256, heads = 8,
      ff = 1024 }, nn.Linear(256, 1000) }
    local x, y = tensor.randint(1, 1000, 8, 64), tensor.randint(1, 1000, 8 * 64)
    return net, 8, function() return nn.cross_entropy(net(x):view(-1, 1000), y) end
  end },
  { "mlp", function()
    local net = nn.Sequential { nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10) }
    local x, y = tensor.randn(32, 784), tensor.randint(1, 10, 32)
    return net, 32, function() return nn.cross_entropy(net(x), y) end
  end },
}

local function least(n, f)
  local best = math.huge
  for _ = 1, n do
    local start = lunette.clock()
    f()
    best = math.min(best, lunette.clock() - start)
  end
  return best
end

-- A step's seconds and those of its backward alone, for one sample; bytes of gradients; the hidden share of their way.
local function measure(make)
  local net, samples, loss = make()
  local opt, bytes, backward = optim.SGD { net, lr = 1e-3 }, 0, math.huge
  for _, p in ipairs(net:parameters()) do bytes = bytes + 4 * p:numel() end
  opt:step(loss())
  local rounds = bytes > 100e6 and 2 or bytes > 50e6 and 3 or 20
  local whole = least(rounds, function()
    opt:zero_grad()
    local l = loss()
    backward = math.min(backward, least(1, function() l:backward() end))
  end)
  local hidden = 0
  for _ = 1, lunette.is_many() and rounds or 0 do
    opt:step(loss())
    local buckets, ended = opt.buckets:times()
    local moving, inside, free = 0, 0, 0
    for _, b in ipairs(buckets) do   -- one after another on the line
      local from, to = math.max(b[2], free), math.max(b[3], free)
      moving, inside, free = moving + to - from, inside + math.max(0, math.min(to, ended) - from), to
    end
    hidden = math.max(hidden, moving > 0 and inside / moving or 0)
  end
  return { step = whole / samples, backward = backward / samples, bytes = bytes, hidden = hidden }
end

-- Seconds of an all-reduce by bytes, and the line a + n / B through them (in parts of each, so that all sizes count).
local function all_reduces()
  local rows, s1, sx, sxx, sy, sxy = {}, 0, 0, 0, 0, 0
  for i, n in ipairs(SIZES) do
    local t = tensor.zeros(n // 4)
    dist.all_reduce(t)
    local best = least(n > 1 << 22 and 5 or 20, function() dist.all_reduce(t) end)
    rows[i] = { n, best }
    local w = 1 / best ^ 2
    s1, sx, sxx, sy, sxy = s1 + w, sx + w * n, sxx + w * n * n, sy + w * best, sxy + w * n * best
  end
  local slope = (s1 * sxy - sx * sy) / (s1 * sxx - sx * sx)
  return rows, (sy - slope * sx) / s1, 1 / slope
end

--- scale.comm(bytes, p, a, rate): the model's seconds of the all-reduces of so many bytes in buckets.
function scale.comm(bytes, p, a, rate)
  local sum = 0
  while bytes > 0 and p > 1 do
    local n = math.min(bytes, BUCKET)
    sum = sum + math.min(2 * (p - 1) * a + 2 * (p - 1) / p * n / rate, 2 * math.log(p, 2) * (a + n / rate))
    bytes = bytes - n
  end
  return sum
end

--- scale.efficiency(m, p, a, rate): of `BATCH` samples a process, m as measured.
function scale.efficiency(m, p, a, rate)
  local comm = scale.comm(m.bytes, p, a, rate)
  return m.step * BATCH / (m.step * BATCH + comm - math.min(m.hidden * comm, m.backward * BATCH))
end

local function report(rows, a, rate, measured)
  print(("measured here, %d processes of %d thread%s:"):format(dist.size(), lunette.threads(),
    lunette.threads() > 1 and "s" or ""))
  for _, r in ipairs(rows) do
    print(("  all-reduce of %8.0f KB  %9.3f ms  %6.2f GB/s"):format(r[1] / 1024, r[2] * 1e3, r[1] / r[2] / 1e9))
  end
  if a then print(("  which is about %.0f us + bytes / %.2f GB/s"):format(a * 1e6, rate / 1e9)) end
  for _, w in ipairs(measured) do
    print(("  %-12s a sample: step %8.2f ms, backward %8.2f ms; gradients %6.1f MB, hidden %3.0f %%"):format(w.name,
      w.step * 1e3, w.backward * 1e3, w.bytes / 1e6, w.hidden * 100))
  end
  print(("the model, efficiency in %% at %d samples a process (lunette bench scale --help says how):"):format(BATCH))
  for _, w in ipairs(measured) do
    print(("  %-12s %10s"):format(w.name, "processes") .. ("%6d"):rep(10):format(2, 4, 8, 16, 32, 64, 128, 256, 512,
      1024))
    for _, link in ipairs(LINKS) do
      local line = ("  %12s %3d Gbit/s"):format("", link[1])
      for k = 1, 10 do
        line = line .. ("%6.0f"):format(100 * scale.efficiency(w, 2 ^ k, link[2], link[1] * 1e9 / 8))
      end
      print(line)
    end
  end
end

local help = [[
lunette bench scale [NAME ...]    of resnet50, vgg19, transformer, mlp; alone it starts two processes by mpirun
Measured: a step of one process, all-reduces by size, the share of them that backward hides.  The model: a step of p
processes takes t + c(p) - min(h c(p), b); t is a step alone, b its backward, h the hidden share, c(p) the sum over
buckets of 4 MB of the lesser of 2 (p - 1) a + 2 (p - 1)/p n / B (ring) and 2 log2(p) (a + n / B) (tree).
Latencies a are assumed: 30 us on links of 1 and 10 Gbit/s, 20 us on 25, 5 us on 100; B is what the link is called.
No other traffic, no slower machine among the rest, and input that keeps up are assumed too.]]

-- The same under mpirun; false when it is not there.
local function relaunch(names)
  if lunette.is_many() or not os.execute "command -v mpirun >/dev/null" then return false end
  local root = os.execute 'test "$(id -u)" -eq 0' and "--allow-run-as-root " or ""
  return os.execute(("mpirun --oversubscribe %s-n 2 '%s' bench scale %s"):format(root, lunette.executable(),
    table.concat(names, " ")))
end

function scale.main(...)
  local names, chosen, measured = { ... }, {}, {}
  if names[1] == "--help" then
    print(help)
    return 0
  end
  for _, w in ipairs(work) do
    local wanted = #names == 0
    for _, name in ipairs(names) do wanted = wanted or name == w[1] end
    if wanted then chosen[#chosen + 1] = w end
  end
  if #chosen < math.max(1, #names) then
    io.stderr:write "bench scale: resnet50, vgg19, transformer and mlp are known\n"
    return 1
  end
  if relaunch(names) then return 0 end
  if not lunette.is_many() then print "no mpirun here (apt install openmpi-bin): what is sent is not measured" end
  local rows, a, rate = {}, nil, nil
  if lunette.is_many() then rows, a, rate = all_reduces() end
  for i, w in ipairs(chosen) do
    tensor.seed(1)
    measured[i] = measure(w[2])
    measured[i].name = w[1]
    collectgarbage()
  end
  report(rows, a, rate, measured)
  return 0
end

return scale
