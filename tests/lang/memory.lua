--- memory.lua: MEMORY of the language and "Bad input": nothing leaks.
local test = dofile "tests/check.lua"
local MB = 1 << 20
local function resident() return lunette.memory().resident end

if not test.sanitized then
  test("20 000 temporaries of 400 kB stay under 150 MB resident", function()
    local x, most = tensor.zeros(100000), 0
    for i = 1, 20000 do
      local _ = x + 1
      if i % 500 == 0 then most = math.max(most, resident()) end
    end
    test.truth(most < 150 * MB, ("%d MB resident, at most 150, which"):format(most // MB))
  end)
  test("temporaries cost little beside the arithmetic", function()
    local x, y = tensor.zeros(100000), tensor.zeros(100000)
    local before = lunette.threads()
    lunette.threads(1)
    local function time(f) -- of the processor: the machine may be busy with other work
      local start = os.clock()
      for _ = 1, 5000 do f() end
      return os.clock() - start
    end
    local function fresh() return x + 1 end
    local function reuse() y:copy_(x):add_(1) end
    time(fresh)
    local a, b = math.min(time(fresh), time(fresh)), math.min(time(reuse), time(reuse))
    lunette.threads(before)
    test.truth(a - b < 1.5 / 4, ("%.2f s more for 5 000, at most 0.37, which"):format(a - b))
  end)
  test("making a tensor costs about the same among many as among few", function()
    local function cost(n, times)
      local least = math.huge
      for _ = 1, times do
        local keep = {}
        collectgarbage()
        local start = os.clock()
        for i = 1, n do keep[i] = tensor.zeros(2) end
        least = math.min(least, (os.clock() - start) / #keep)
      end
      return least
    end
    local few, many = cost(50000, 4), cost(500000, 2) -- they were 6 to 9 times as dear
    test.truth(many < 4.5 * few, ("%.2f us among 500 000, %.2f among 50 000, which"):format(many * 1e6, few * 1e6))
  end)
end
-- Results of 12 MB: the first lie in new memory and are streamed past the caches, the later ones where the last lay.
test("results are the same in new memory and where others lay a moment ago", function()
  tensor.seed(3)
  local n = test.sanitized and 2200000 or 3000000
  local x, y, u = tensor.randn(n), tensor.rand(n), tensor.randint(0, 255, n):to "u8"
  local m, row, column = x:view(-1, 1000), tensor.randn(1, 1000), tensor.randn(n // 1000, 1)
  local ways = {
    add = function() return x + y end, chain = function() return (x * 2 + y):relu() * y end,
    outer = function() return row + column end, by_row = function() return m * row end,
    copy = function() return x:clone() end, cast = function() return u:to "f32" end,
    zeros = function() return tensor.zeros(n) end, turned = function() return m:t():contiguous() end,
    pad = function() return tensor.pad(m, { 1, 1 }) end, cat = function() return tensor.cat({ m, m }, 2) end,
    stack = function() return tensor.stack({ x, y }, 2) end, rows = function() return m[{ { 1, -2 } }]:clone() end,
    whole = function() return u + u end, compare = function() return x:lt(y) end,
  }
  for name, f in pairs(ways) do
    local first = f():realize()
    for _ = 1, 4 do f():realize() end
    test.truth(first:eq(f()):all():item(), name .. "'s being equal to the first")
  end
end)
if not test.sanitized then
  test("a large result that nobody wants makes room for the next", function()
    local a, b = tensor.randn(2000, 1), tensor.randn(1, 2000)
    local ways = { zeros = function() tensor.zeros(2000, 2000) end, outer = function() (a + b):realize() end,
      rand = function() tensor.rand(2000, 2000) end, product = function() a:mm(b) end }
    for name, f in pairs(ways) do
      for _ = 1, 40 do f() end -- what came before may have wanted its results
      collectgarbage()
      lunette.reset_peak()
      local live = lunette.memory().live
      for _ = 1, 20 do f() end
      local more = lunette.memory().peak - live
      test.truth(more < 40 * MB, ("%s: %d MB at most, below 40, which"):format(name, more // MB))
    end
  end)
  test("chains of results that wait, and what they rest on, do not pile up", function()
    local x = tensor.randn(1000000)
    local function chain() return ((x * 0.8 + x * x * x * 0.04):tanh() * x * 0.5 + x * 0.5):realize() end
    for _ = 1, 5 do chain() end
    collectgarbage()
    lunette.reset_peak()
    local live = lunette.memory().live
    for _ = 1, 50 do chain() end
    local more = lunette.memory().peak - live
    test.truth(more < 160 * MB, ("%d MB at most, below 160, which"):format(more // MB))
    for _ = 1, 200 do local _ = x + 1 end -- never computed
    more = lunette.memory().peak - live
    test.truth(more < 160 * MB, ("%d MB at most without reading, below 160, which"):format(more // MB))
  end)
end
test("a budget ends in an error that says so, and leaves the program usable", function()
  collectgarbage()
  lunette.trim()
  local before = lunette.memory()
  lunette.memory_limit(before.live + 10 * MB)
  local ok, e = pcall(tensor.zeros, 10000, 10000)
  lunette.memory_limit(0)
  test.truth(not ok, "an error")
  test.truth(tostring(e):find("zeros: out of memory", 1, true), "its saying out of memory")
  test.shape(tensor.zeros(1000, 1000), { 1000, 1000 })
end)
test("an error for want of memory says how much, where the limit is, and what is largest", function()
  collectgarbage()
  local a, b, c = tensor.zeros(1000, 1000), tensor.zeros(3000, 1000, { dtype = "u8" }), tensor.zeros(500, 1000)
  local small = tensor.zeros(10, 10)
  lunette.memory_limit(60e6)
  local _, e = pcall(tensor.zeros, 10000, 8000)
  local _, product = pcall(function() return tensor.zeros(4000, 4000) end)
  lunette.memory_limit(0)
  local live = "limit 60 MB; largest live: f32[1000,1000] 4 MB, u8[3000,1000] 3 MB, f32[500,1000] 2 MB"
  test.equal(tostring(e):match "[^\n]*", "zeros: out of memory: 320 MB wanted for f32[10000,8000], " .. live)
  test.equal(tostring(product):match "[^\n]*", "zeros: out of memory: 64 MB wanted for f32[4000,4000], " .. live)
  local before = lunette.memory_limit(0)
  test.truth(before == nil and a:size(1) + b:size(1) + c:size(1) + small:size(1) == 4510, "they are alive")
  _, e = pcall(tensor.zeros, 2 ^ 40 // 1, 64)
  test.truth(tostring(e):find("out of memory: 281 TB wanted for f32%[1099511627776,64%], .* in use; largest live: f32"),
    "no limit: what is in use")
end)
test("<close> frees at once", function()
  local before = lunette.memory().tensors
  do
    local t <close> = tensor.zeros(10) -- luacheck: ignore
    test.equal(lunette.memory().tensors, before + 1)
  end
  test.equal(lunette.memory().tensors, before)
end)
test("a closed tensor is an error, not an end", function()
  local kept
  do
    local t <close> = tensor.zeros(10)
    kept = t
  end
  test.fails_with({ "closed" }, function() return kept.shape end)
  test.fails_with({ "add" }, function() return kept + 1 end)
  test.equal(tostring(kept), "tensor (closed)")
end)
test("scope frees temporaries except what it returns", function()
  local before = test.live()
  local keep, also = tensor.scope(function()
    local a = tensor.zeros(10)
    local b = a + 1
    local c = b * 2
    return c, "x"
  end)
  test.equal(also, "x")
  test.same(keep, tensor.full({ 10 }, 2))
  keep = nil -- luacheck: ignore
  test.equal(test.live(), before)
end)
test("a graph frees what it saved as backward passes it", function()
  local w = tensor.randn(100, 100):requires_grad()
  local loss = w:tanh():exp():mean()
  loss:backward()
  local _, records = tensor.live()
  test.equal(records, 0)
end)
test("a graph nobody differentiates frees itself", function()
  local w = tensor.randn(10):requires_grad()
  local before = test.live()
  for _ = 1, 100 do local _ = w:tanh():sum() end
  test.equal(test.live(), before)
end)

-- Every way to do wrong that comes to mind; each must raise and leave nothing behind.
local function mistakes()
  local x, w = tensor.zeros(2, 3), tensor.zeros(3):requires_grad()
  local ids = tensor({ 9 }, { dtype = "i64" })
  local net = nn.Sequential { nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 2) }
  local list = {
    function() return x + tensor.zeros(4) end, function() return x:mm(x) end, function() return x[3] end,
    function() return x[ids] end, function() x[1] = tensor.zeros(5) end, function() w:add_(1) end,
    function() return x:sum(7) end, function() return x:sum { dims = 1 } end, function() return net(x) end,
    function() return tensor { { 1, 2 }, { 3 } } end, function() return x:reshape(4, 4) end,
    function() return tensor.cat { x, tensor.zeros(3, 4), dim = 1 } end, function() return nn.mse(x, w) end,
    function() return nn.cross_entropy(x, ids) end, function() return x:permute(1, 1) end,
    function() return tensor.zeros(-2) end, function() return x:to "f16" end, function() return (w * 2):backward() end,
    function() return tensor.stack { x, w } end, function() return x:gather(2, ids) end,
    function() return optim.Adam { x } end, function() return nn.Linear(0, 1) end,
    function() return x:view(7) end, function() return x:expand(5, 5) end, function() return x:squeeze(9) end,
    function() return net:load_state { a = x } end, function() return x < 1 end, function() return x .. x end,
    function() return tensor.einsum("ij,kl", x) end, function() return x:max(3) end, function() return x + {} end,
  }
  return list
end
test("1 000 errors leave tensors, records and memory as they were", function()
  local list = mistakes()
  local function round()
    for i, f in ipairs(list) do
      if pcall(f) then test.fail("mistake " .. i .. " raised nothing") end
    end
  end
  round()
  local tensors = test.live()
  local _, records = tensor.live()
  for _ = 1, 3 do round() end
  collectgarbage()
  local memory = resident()
  for _ = 1, 1000 // #list + 1 do round() end
  test.equal(test.live(), tensors)
  test.equal(select(2, tensor.live()), records)
  if not test.sanitized then
    local more = resident() - memory
    test.truth(more < 2 * MB, ("%d kB more resident, at most 2 MB, which"):format(more // 1024))
  end
end)
test("10 000 training steps stay flat", function()
  tensor.seed(1)
  local net = nn.Sequential { nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3) }
  local opt = optim.Adam { net, lr = 1e-3 }
  local x, y = tensor.randn(32, 4), tensor.randint(1, 3, 32)
  local function steps(n)
    for _ = 1, n do opt:step(nn.cross_entropy(net(x), y)) end
  end
  local all = test.sanitized and 1000 or 10000
  steps(all // 10)
  local tensors, memory = test.live(), resident()
  steps(all)
  test.equal(test.live(), tensors)
  if not test.sanitized then
    local more = resident() - memory
    test.truth(more < 4 * MB, ("%d kB more resident, at most 4 MB, which"):format(more // 1024))
  end
end)

local function until_it_passes(name, f)
  test("a failing allocation is an error: " .. name, function()
    f()
    local before = test.live()
    test.run_out(name, 2000, f, function(n) test.equal(test.live(), before, "live tensors after failure " .. n) end)
  end)
end
until_it_passes("arithmetic", function() return (tensor.zeros(3, 4) + tensor.ones(4)) * 2 end)
until_it_passes("indexing", function()
  local x = tensor.zeros(4, 5)
  x[":, 2:3"] = 1
  x[x:gt(0)] = 2
  return x["::2, ::-1"]:sum(1)
end)
until_it_passes("products", function()
  return tensor.zeros(70, 80):mm(tensor.zeros(80, 90)):t():mm(tensor.zeros(70, 3))
end)
until_it_passes("sorting", function() return tensor.rand(100):sort() end)
until_it_passes("a training step", function()
  local net = nn.Sequential { nn.Linear(4, 8), nn.Tanh(), nn.Dropout(0.5), nn.Linear(8, 3) }
  local opt = optim.Adam { net, lr = 1e-3 }
  opt:step(nn.cross_entropy(net(tensor.zeros(5, 4)), tensor.randint(1, 3, 5)))
end)
test("garbage does not use up a limit", function()
  collectgarbage()
  local was = lunette.memory().live
  for _, n in ipairs { 5.5e6, 5.9e6, 6e6, 6.2e6, 6.5e6, 8e6 } do
    lunette.memory_limit(was + 50e6)
    pcall(function()
      local _, _ = tensor.rand(3e6), tensor.rand(3e6)
    end)
    local ok, err = pcall(function() return tensor.zeros(n):numel() end)
    lunette.memory_limit(0)
    test.truth(ok, tostring(err))
  end
end)

test.done()
