--- bench_ops.lua: `lunette bench ops [PATTERN]`: every kind of single operation at several sizes, forward and with
-- gradients ("fb"), a line each: name, size, median microseconds.  tests/bench/ops_breadth.py is PyTorch's side, line
-- for line the same work; scripts/bench/compare_ops.sh prints both.
local bench = {}
local T = tensor

--- Two runs to warm up; then for a seventh of a second, at least five and at most two thousand: the median.
local function time(f)
  f()
  f()
  local times, spent = {}, 0
  while (spent < 0.15 or #times < 5) and #times < 2000 and not (spent > 2 and #times >= 3) do
    local start = lunette.clock()
    f()
    local took = lunette.clock() - start
    times[#times + 1], spent = took, spent + took
  end
  table.sort(times)
  return times[(#times + 1) // 2]
end

local pattern -- of the names that are wanted
local function measure(name, sizes, setup)
  if pattern and not name:find(pattern) then return end
  for _, n in ipairs(sizes) do
    T.seed(1)
    local ok, f = pcall(setup, n)
    local good, seconds = false, f
    if ok then good, seconds = pcall(time, f) end
    local result = good and ("%.2f"):format(seconds * 1e6) or "ERROR " .. tostring(seconds):gsub("\n.*", "")
    print(("%s\t%d\t%s"):format(name, n, result))
    io.stdout:flush()
    collectgarbage()
  end
end

local S = { 1000, 100000, 5000000 }
local M = { 64, 512, 2048 }             -- n x n

local function unary(name, op, pos)
  measure(name, S, function(n)
    local x = pos and T.rand(n) + 0.5 or T.randn(n)
    return function() return op(x) end
  end)
  measure(name .. " fb", S, function(n)
    local x = (pos and T.rand(n) + 0.5 or T.randn(n)):requires_grad()
    local g = T.ones(n)
    return function() x.grad = nil; local y = op(x); y:backward(g) end
  end)
end

local function binary(name, op)
  measure(name, S, function(n)
    local x, y = T.randn(n), T.rand(n) + 0.5
    return function() return op(x, y) end
  end)
  measure(name .. " fb", S, function(n)
    local x, y, g = T.randn(n):requires_grad(), (T.rand(n) + 0.5):requires_grad(), T.ones(n)
    return function() x.grad, y.grad = nil, nil; op(x, y):backward(g) end
  end)
end

local function reduce(name, op, fb)
  measure(name, S, function(n) local x = T.randn(n); return function() return op(x) end end)
  measure(name .. " rows", M, function(n)
    local x = T.randn(n, n)
    return function() return op(x, 2) end
  end)
  measure(name .. " columns", M, function(n)
    local x = T.randn(n, n)
    return function() return op(x, 1) end
  end)
  if fb then
    measure(name .. " rows fb", M, function(n)
      local x, g = T.randn(n, n):requires_grad(), T.ones(n)
      return function() x.grad = nil; op(x, 2):backward(g) end
    end)
  end
end

local function conv(name, N, H, C, O, k, opt)
  local w = { k, k, C // (opt.groups or 1), O }
  local function call(x, wt) local a = { x, wt }; for key, v in pairs(opt) do a[key] = v end return nn.conv2d(a) end
  measure("conv " .. name, { N }, function()
    local x, wt = T.randn(N, H, H, C), T.randn(table.unpack(w))
    return function() return call(x, wt) end
  end)
  measure("conv " .. name .. " fb", { N }, function()
    local x, wt = T.randn(N, H, H, C):requires_grad(), T.randn(table.unpack(w)):requires_grad()
    local g = T.ones(table.unpack(call(x, wt):detach().shape))
    return function() x.grad, wt.grad = nil, nil; call(x, wt):backward(g) end
  end)
end

local function layer(name, make, ...)
  local shape = { ... }
  measure(name, { shape[1] }, function()
    local x = T.randn(table.unpack(shape))
    local f = make()
    return function() return f(x) end
  end)
  measure(name .. " fb", { shape[1] }, function()
    local x, f = T.randn(table.unpack(shape)):requires_grad(), make()
    local g = T.ones(table.unpack(f(x):detach().shape))
    return function() x.grad = nil; f(x):backward(g) end
  end)
end

local function pointwise()
  unary("neg", function(x) return -x end)
  unary("abs", function(x) return x:abs() end)
  unary("exp", function(x) return x:exp() end)
  unary("log", function(x) return x:log() end, true)
  unary("sqrt", function(x) return x:sqrt() end, true)
  unary("sin", function(x) return x:sin() end)
  unary("tanh", function(x) return x:tanh() end)
  unary("sigmoid", function(x) return x:sigmoid() end)
  unary("relu", function(x) return x:relu() end)
  unary("gelu", function(x) return x:gelu() end)
  unary("erf", function(x) return x:erf() end)
  unary("softplus", function(x) return x:softplus() end)
  unary("square", function(x) return x * x end)
  unary("scalar affine", function(x) return x * 2 + 1 end)
  unary("pow 2.5", function(x) return x ^ 2.5 end, true)
  unary("clamp", function(x) return x:clamp(-1, 1) end)
  measure("floor", S, function(n) local x = T.randn(n); return function() return x:floor() end end)
  binary("add", function(x, y) return x + y end)
  binary("mul", function(x, y) return x * y end)
  binary("div", function(x, y) return x / y end)
  binary("maximum", function(x, y) return T.maximum(x, y) end)
  measure("add row", M, function(n)
    local x, y = T.randn(n, n), T.randn(n)
    return function() return x + y end
  end)
  measure("add column", M, function(n)
    local x, y = T.randn(n, n), T.randn(n, 1)
    return function() return x + y end
  end)
  measure("outer add", M, function(n)
    local x, y = T.randn(n, 1), T.randn(1, n)
    return function() return x + y end
  end)
  measure("add transposed", M, function(n)
    local x, y = T.randn(n, n), T.randn(n, n):t()
    return function() return x + y end
  end)
  measure("add in place", S, function(n)
    local x, y = T.randn(n), T.randn(n)
    return function() x:add_(y) end
  end)
end

local function masks()
  measure("gt", S, function(n) local x = T.randn(n); return function() return x:gt(0) end end)
  measure("where", S, function(n)
    local x, y = T.randn(n), T.randn(n)
    local m = x:gt(0)
    return function() return T.where(m, x, y) end
  end)
  measure("masked_fill", S, function(n)
    local x = T.randn(n)
    local m = x:gt(0)
    return function() return x:masked_fill(m, 0) end
  end)
  measure("x[mask]", S, function(n)
    local x = T.randn(n)
    local m = x:gt(0)
    return function() return x[m] end
  end)
end

local function reductions()
  reduce("sum", function(x, d) return x:sum(d) end, true)
  reduce("mean", function(x, d) return x:mean(d) end, true)
  reduce("max", function(x, d) return (x:max(d)) end, true)
  reduce("argmax", function(x, d) return x:argmax(d) end)
  reduce("std", function(x, d) return x:std(d) end)
  reduce("norm", function(x, d) return x:norm { dim = d } end)
  reduce("prod", function(x, d) return x:prod(d) end)
  measure("logsumexp rows", M, function(n)
    local x = T.randn(n, n)
    return function() return x:logsumexp(2) end
  end)
  measure("cumsum", S, function(n) local x = T.randn(n); return function() return x:cumsum(1) end end)
  measure("cumsum columns", M, function(n)
    local x = T.randn(n, n)
    return function() return x:cumsum(1) end
  end)
  measure("any", S, function(n)
    local x = T.zeros { n, dtype = "bool" }
    return function() return x:any() end
  end)
  measure("count_nonzero", S, function(n)
    local x = T.randn(n)
    return function() return x:count_nonzero() end
  end)
  measure("sum i64", S, function(n)
    local x = T.randint(0, 100, n)
    return function() return x:sum() end
  end)
  measure("sum u8", S, function(n)
    local x = T.randint(0, 100, n):to "u8"
    return function() return x:sum() end
  end)
  measure("max i64", S, function(n)
    local x = T.randint(0, 100, n)
    return function() return x:max() end
  end)
  for _, name in ipairs { "softmax", "log_softmax" } do
    measure(name, M, function(n)
      local x = T.randn(n, n)
      return function() return x[name](x, 2) end
    end)
    measure(name .. " fb", M, function(n)
      local x, g = T.randn(n, n):requires_grad(), T.randn(n, n)
      return function() x.grad = nil; x[name](x, 2):backward(g) end
    end)
  end
end

local function order_and_places()
  measure("sort", { 1000, 100000, 2000000 }, function(n)
    local x = T.randn(n)
    return function() return x:sort() end
  end)
  measure("sort rows", M, function(n)
    local x = T.randn(n, n)
    return function() return x:sort { dim = 2 } end
  end)
  measure("argsort i64", { 1000, 100000, 2000000 }, function(n)
    local x = T.randint(0, 1000000, n)
    return function() return x:sort() end
  end)
  measure("topk 10", S, function(n) local x = T.randn(n); return function() return x:topk(10) end end)
  measure("median", S, function(n) local x = T.randn(n); return function() return x:median() end end)
  measure("unique", S, function(n)
    local x = T.randint(1, 1000, n)
    return function() return x:unique() end
  end)
  measure("bincount", S, function(n)
    local x = T.randint(1, 1000, n)
    return function() return x:bincount() end
  end)
  measure("one_hot 100", { 1000, 50000 }, function(n)
    local x = T.randint(1, 100, n)
    return function() return x:one_hot(100) end
  end)
  measure("index_select rows", { 100, 10000, 50000 }, function(n)
    local x, i = T.randn(n, 64), T.randint(1, n, n)
    return function() return x[i] end
  end)
  measure("gather", M, function(n)
    local x, i = T.randn(n, n), T.randint(1, n, { n, n })
    return function() return x:gather(2, i) end
  end)
  measure("scatter_add", M, function(n)
    local x, i, s = T.zeros(n, n), T.randint(1, n, { n, n }), T.randn(n, n)
    return function() return x:scatter_add(2, i, s) end
  end)
  measure("index_add", { 100, 10000, 50000 }, function(n)
    local x, i, s = T.zeros(n, 64), T.randint(1, n, n), T.randn(n, 64)
    return function() return x:index_add(1, i, s) end
  end)
  measure("embedding fb", { 100, 10000 }, function(n)
    local w, i, g = T.randn(20000, 64):requires_grad(), T.randint(1, 20000, n), T.ones(n, 64)
    return function() w.grad = nil; nn.embedding(i, w):backward(g) end
  end)
end

local function moves()
  measure("cat", S, function(n)
    local x, y = T.randn(n), T.randn(n)
    return function() return T.cat({ x, y }, 1) end
  end)
  measure("cat columns", M, function(n)
    local x, y = T.randn(n, n), T.randn(n, n)
    return function() return T.cat({ x, y }, 2) end
  end)
  measure("stack", S, function(n)
    local x, y = T.randn(n), T.randn(n)
    return function() return T.stack({ x, y }, 2) end
  end)
  measure("transpose copy", M, function(n)
    local x = T.randn(n, n)
    return function() return x:t():contiguous() end
  end)
  measure("permute copy", { 16, 64, 160 }, function(n)
    local x = T.randn(n, n, n)
    return function() return x:permute(3, 1, 2):contiguous() end
  end)
  measure("flip", S, function(n) local x = T.randn(n); return function() return x:flip(1) end end)
  measure("roll", S, function(n) local x = T.randn(n); return function() return x:roll(3, 1) end end)
  measure("tile 8", { 1000, 100000 }, function(n)
    local x = T.randn(n)
    return function() return x:tile(8) end
  end)
  measure("tril", M, function(n) local x = T.randn(n, n); return function() return x:tril() end end)
  measure("pad image", { 32, 256 }, function(n)
    local x = T.randn(4, n, n, 16)
    return function() return x:pad({ 2, 2, 2, 2 }, { dims = { 2, 3 } }) end
  end)
  measure("clone", S, function(n) local x = T.randn(n); return function() return x:clone() end end)
  measure("slice copy", S, function(n)
    local x = T.randn(n)
    return function() return x[{ { 1, -1, 2 } }]:contiguous() end
  end)
end

local function makers()
  measure("zeros", S, function(n) return function() return T.zeros(n) end end)
  measure("arange", S, function(n) return function() return T.arange(1, n) end end)
  measure("rand", S, function(n) return function() return T.rand(n) end end)
  measure("randn", S, function(n) return function() return T.randn(n) end end)
  measure("randint", S, function(n) return function() return T.randint(1, 1000, n) end end)
  measure("randperm", S, function(n) return function() return T.randperm(n) end end)
  measure("f32 to i64", S, function(n)
    local x = T.randn(n)
    return function() return x:to "i64" end
  end)
  measure("u8 to f32", S, function(n)
    local x = T.ones { n, dtype = "u8" }
    return function() return x:to "f32" end
  end)
  measure("f32 to f64", S, function(n)
    local x = T.randn(n)
    return function() return x:to "f64" end
  end)
  measure("item", { 1 }, function()
    local x = T.randn(1)
    return function() for _ = 1, 100 do x:item() end end
  end)
  measure("x[i,j] read", { 100 }, function(n)
    local x = T.randn(n, n)
    return function() for i = 1, 100 do local _ = x[{ i, i }] end end
  end)
end

local function products()
  measure("mm", { 16, 64, 256, 1024 }, function(n)
    local x, y = T.randn(n, n), T.randn(n, n)
    return function() return x:mm(y) end
  end)
  measure("mm fb", { 16, 64, 256, 1024 }, function(n)
    local x, y, g = T.randn(n, n):requires_grad(), T.randn(n, n):requires_grad(), T.randn(n, n)
    return function() x.grad, y.grad = nil, nil; x:mm(y):backward(g) end
  end)
  measure("mm f64", { 64, 256, 1024 }, function(n)
    local o = { dtype = "f64" }
    local x, y = T.randn(n, n, o), T.randn(n, n, o)
    return function() return x:mm(y) end
  end)
  measure("mm A^T", { 64, 256, 1024 }, function(n)
    local x, y = T.randn(n, n), T.randn(n, n)
    return function() return x:t():mm(y) end
  end)
  measure("mv", M, function(n)
    local x, y = T.randn(n, n), T.randn(n)
    return function() return x:mm(y) end
  end)
  measure("bmm 64", { 16, 64, 128 }, function(n)
    local x, y = T.randn(64, n, n), T.randn(64, n, n)
    return function() return x:mm(y) end
  end)
  measure("mm skinny", { 1000, 20000 }, function(n)
    local x, y = T.randn(n, 64), T.randn(64, 10)
    return function() return x:mm(y) end
  end)
  measure("dot", S, function(n)
    local x, y = T.randn(n), T.randn(n)
    return function() return x:dot(y) end
  end)
  measure("einsum bhqd,bhkd", { 32, 128 }, function(n)
    local x, y = T.randn(4, 8, n, 32), T.randn(4, 8, n, 32)
    return function() return T.einsum("bhqd,bhkd->bhqk", x, y) end
  end)
end

local function factors_and_transforms()
  measure("inverse", { 16, 128, 512 }, function(n)
    local x = T.randn(n, n)
    return function() return x:inverse() end
  end)
  measure("solve", { 16, 128, 512 }, function(n)
    local x, y = T.randn(n, n), T.randn(n, 4)
    return function() return T.solve(x, y) end
  end)
  measure("svd", { 16, 128, 256 }, function(n)
    local x = T.randn(n, n)
    return function() return x:svd() end
  end)
  measure("eigh", { 16, 128, 256 }, function(n)
    local x = T.randn(n, n)
    x = x + x:t()
    return function() return x:eigh() end
  end)
  measure("fft", { 1000, 4096, 100000 }, function(n)
    local x = T.randn(n)
    return function() return x:rfft() end
  end)
end

local function convolutions()
  conv("3x3 64@56", 4, 56, 64, 64, 3, { padding = 1 })
  conv("3x3 512@7", 4, 7, 512, 512, 3, { padding = 1 })
  conv("3x3 3->32@112", 4, 112, 3, 32, 3, { padding = 1 })
  conv("3x3 s2 64->128@56", 4, 56, 64, 128, 3, { padding = 1, stride = 2 })
  conv("3x3 dil2 64@28", 4, 28, 64, 64, 3, { padding = 2, dilation = 2 })
  conv("1x1 256->64@28", 4, 28, 256, 64, 1, {})
  conv("1x1 64->256@28", 4, 28, 64, 256, 1, {})
  conv("5x5 32@28", 4, 28, 32, 32, 5, { padding = 2 })
  conv("7x7 s2 3->64@224", 1, 224, 3, 64, 7, { padding = 3, stride = 2 })
  conv("3x3 g4 64@28", 4, 28, 64, 64, 3, { padding = 1, groups = 4 })
  conv("3x3 g32 128@28", 4, 28, 128, 128, 3, { padding = 1, groups = 32 })
  conv("depthwise 3x3 96@56", 4, 56, 96, 96, 3, { padding = 1, groups = 96 })
  conv("depthwise 5x5 96@28", 4, 28, 96, 96, 5, { padding = 2, groups = 96 })
  conv("depthwise 3x3 s2 96@56", 4, 56, 96, 96, 3, { padding = 1, stride = 2, groups = 96 })
  conv("1 channel 5x5@28", 64, 28, 1, 8, 5, {})
end

local function pictures()
  layer("conv_transpose 2x2 s2 64->32@28", function()
    local w = T.randn(2, 2, 64, 32)
    return function(x) return nn.conv_transpose2d { x, w, stride = 2 } end
  end, 4, 28, 28, 64)
  layer("conv1d k15 s4 101->196", function()
    local w = T.randn(15, 101, 196)
    return function(x) return nn.conv1d { x, w, stride = 4 } end
  end, 2, 2000, 101)
  layer("max_pool 2", function()
    return function(x) return nn.max_pool2d { x, kernel = 2 } end
  end, 4, 112, 112, 32)
  layer("max_pool 3 s2 p1", function()
    return function(x) return nn.max_pool2d { x, kernel = 3, stride = 2, padding = 1 } end
  end, 4, 112, 112, 32)
  layer("avg_pool 2", function()
    return function(x) return nn.avg_pool2d { x, kernel = 2 } end
  end, 4, 112, 112, 32)
  layer("global average", function()
    return function(x) return nn.adaptive_avg_pool2d { x, 1 } end
  end, 4, 28, 28, 256)
  layer("upsample nearest 2", function()
    return function(x) return nn.upsample { x, scale = 2 } end
  end, 4, 56, 56, 32)
  layer("upsample bilinear 2", function()
    return function(x) return nn.upsample { x, scale = 2, mode = "bilinear" } end
  end, 4, 56, 56, 32)
  layer("batch_norm train", function()
    local n = nn.BatchNorm(64); n:train()
    return n
  end, 8, 56, 56, 64)
  layer("layer_norm", function() return nn.LayerNorm(256) end, 32, 128, 256)
  layer("group_norm", function() return nn.GroupNorm(8, 64) end, 8, 56, 56, 64)
end

local function sequences_and_losses()
  layer("linear 1024", function() return nn.Linear(1024, 1024) end, 64, 1024)
  layer("linear 784-128", function() return nn.Linear(784, 128) end, 32, 784)
  layer("lstm 128", function()
    local m = nn.LSTM(64, 128)
    return function(x) return (m(x)) end
  end, 32, 50, 64)
  layer("gru 128", function()
    local m = nn.GRU(64, 128)
    return function(x) return (m(x)) end
  end, 32, 50, 64)
  layer("lstm 32 b1", function()
    local m = nn.LSTM(16, 32)
    return function(x) return (m(x)) end
  end, 1, 30, 16)
  layer("attention 8x128x32", function()
    return function(x) return nn.attention { x, x, x } end
  end, 8, 8, 128, 32)
  layer("attention causal 1024", function()
    return function(x) return nn.attention { x, x, x, causal = true } end
  end, 1, 8, 1024, 32)
  layer("dropout", function() local d = nn.Dropout(0.5); d:train(); return d end, 100, 10000)
  layer("cross_entropy 10", function()
    local y = T.randint(1, 10, 128)
    return function(x) return nn.cross_entropy(x, y):view(1) end
  end, 128, 10)
  layer("cross_entropy 10000", function()
    local y = T.randint(1, 10000, 128)
    return function(x) return nn.cross_entropy(x, y):view(1) end
  end, 128, 10000)
  layer("mse", function()
    local y = T.randn(1000, 1000)
    return function(x) return nn.mse(x, y):view(1) end
  end, 1000, 1000)
end

local function optimisers()
  for _, kind in ipairs { "SGD", "Adam", "AdamW", "RMSProp" } do
    measure("optim " .. kind .. " 60 x 10k", { 60 }, function()
      local ps = {}
      for i = 1, 60 do ps[i] = T.randn(10000):requires_grad(); ps[i].grad = T.randn(10000) end
      local o = optim[kind] { ps, lr = 1e-3, momentum = kind == "SGD" and 0.9 or nil }
      return function() o:update() end
    end)
  end
end

--- wanted: a Lua pattern of names, or nil for all.
function bench.main(wanted)
  pattern = wanted
  for _, part in ipairs { pointwise, masks, reductions, order_and_places, moves, makers, products,
    factors_and_transforms, convolutions, pictures, sequences_and_losses, optimisers } do
    part()
  end
  return 0
end

return bench
