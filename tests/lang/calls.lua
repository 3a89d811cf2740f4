--- calls.lua: CALLS and REDUCE of the language.
local test = dofile "tests/check.lua"
local x = tensor { { 3, 1, 2 }, { 6, 5, 4 } }

test("positional, or one table", function()
  test.shape(tensor.randn(2, 3), { 2, 3 })
  test.shape(tensor.randn { 2, 3 }, { 2, 3 })
  test.same(x:sum { dim = 2 }, { 6, 15 })
  test.same(x:sum { dim = 2, keepdim = true }, { { 6 }, { 15 } })
  test.same(x:sum(2, true), { { 6 }, { 15 } })
  test.same(x:sum(2, { keepdim = true }), { { 6 }, { 15 } })
  test.same(x:clamp { min = 2, max = 4 }, { { 3, 2, 2 }, { 4, 4, 4 } })
  test.same(x:clamp(2, 4), { { 3, 2, 2 }, { 4, 4, 4 } })
  test.same(tensor.sum(x, 2), { 6, 15 })
  test.same(tensor.sum { x, dim = 2 }, { 6, 15 })
end)
test("an unknown option is an error with the nearest", function()
  test.fails("sum: unknown option 'keepdims'. Did you mean 'keepdim'?", function() return x:sum { keepdims = true } end)
  test.fails_with({ "sum: unknown option 'colour'" }, function() return x:sum { colour = 1 } end)
  test.fails_with({ "nn.Linear: unknown option 'biass'. Did you mean 'bias'?" }, nn.Linear, { 2, 3, biass = false })
end)
test("a wrong value is an error", function()
  test.fails("sum: keepdim must be true or false, got number", function() return x:sum { dim = 1, keepdim = 3 } end)
  test.fails_with({ "sum", "dim 3 outside 1..2 for f32[2,3]" }, function() return x:sum(3) end)
  test.fails_with({ "sum", "dim 0 outside 1..2 for f32[2,3]" }, function() return x:sum(0) end)
  test.fails_with({ "sum", "dim 1 is named twice" }, function() return x:sum { 1, 1 } end)
  test.fails_with({ "sum" }, function() return x:sum "a" end)
  test.fails("relu: 2 arguments too many (?relu explains)", function() return x:relu(1, 2) end)
  test.fails_with({ "mm: ", "must be a tensor, got nothing" }, function() return x:mm() end)
  test.fails_with({ "sum: x must be a tensor, got nothing" }, function() return tensor.sum() end)
end)

test("a full reduction is 0-d", function()
  test.shape(x:sum(), {})
  test.equal(x:sum():item(), 21.0)
  test.close(x:mean(), 3.5)
  test.equal(x:max():item(), 6.0)
  test.equal(x:min():item(), 1.0)
  test.equal(x:prod():item(), 720.0)
  test.equal(x:argmax():item(), 4)
  test.equal(x:argmin():item(), 2)
end)
test("by one dimension, negative from the end", function()
  test.same(x:sum(1), { 9, 6, 6 })
  test.same(x:sum(-1), { 6, 15 })
  test.close(x:mean(1), { 4.5, 3, 3 })
  test.same(x:prod(2), { 6, 120 })
end)
test("by several dimensions", function()
  local y = tensor.arange(24):reshape(2, 3, 4)
  test.same(y:sum { 1, 3 }, { 68, 100, 132 })
  test.same(y:sum { dim = { 1, 2 } }, { 66, 72, 78, 84 })
  test.shape(y:sum { dim = { 1, 3 }, keepdim = true }, { 1, 3, 1 })
end)
test("max and min by a dimension give two results", function()
  local v, i = x:max(2)
  test.same(v, { 3, 6 })
  test.same(i, { 1, 1 })
  test.dtype(i, "i64")
  v, i = x:min(1)
  test.same(v, { 3, 1, 2 })
  test.same(i, { 1, 1, 1 })
  test.same(x:argmax(2), { 1, 1 })
  test.same(x:argmin(2), { 2, 3 })
  test.same(x:argmax(-1), { 1, 1 })
end)
test("ties take the first", function()
  local y = tensor { 2, 7, 7, 2 }
  test.equal(y:argmax():item(), 2)
  test.equal(y:argmin():item(), 1)
end)
test("var and std", function()
  test.close(tensor { 1, 2, 3, 4 }:var(), 5 / 3)
  test.close(tensor { 1, 2, 3, 4 }:std(), math.sqrt(5 / 3))
  test.close(x:var(2), { 1, 1 })
end)
test("an infinity or NaN makes its whole row NaN under softmax, and no other row, as in PyTorch", function()
  for _, dtype in ipairs { "f32", "f64" } do
    for _, odd in ipairs { { math.huge, 2 }, { -math.huge, -math.huge }, { 0 / 0, 1 } } do
      for _, n in ipairs { 2, 5, 33 } do
        local z = tensor.zeros { 2, n, dtype = dtype }
        z[1] = odd[2]
        z[{ 1, 1 }] = odd[1]
        for name, y in pairs { softmax = z:softmax(2), log_softmax = z:log_softmax(2),
          columns = z:t():contiguous():softmax(1):t() } do
          test.truth(y[1]:isnan():all():item(), name .. ": that the row is NaN")
          test.truth(y[2]:isfinite():all():item(), name .. ": that the other is not")
        end
      end
    end
  end
end)

test("logsumexp, softmax, log_softmax", function()
  local y = tensor { { 1, 2 }, { 1000, 1000 } }
  test.close(y:logsumexp(2), { 2.3132617, 1000.6931472 })
  test.close(y:softmax(2), { { 0.26894142, 0.73105858 }, { 0.5, 0.5 } })
  test.close(y:log_softmax(2), { { -1.3132617, -0.3132617 }, { -0.6931472, -0.6931472 } })
end)
test("topk is the front of sort, ties, NaN and infinities included", function()
  tensor.seed(1)
  math.randomseed(1)
  for n = 1, 120 do
    local N, dtype = math.random(1, 9000), ({ "f32", "f64", "i64", "u8" })[math.random(4)]
    local row = tensor.randint(0, 200, N):to(dtype)
    if dtype:sub(1, 1) == "f" and n % 2 == 0 then row = tensor.randn { N, dtype = dtype } end
    for _, special in ipairs(dtype:sub(1, 1) == "f" and n % 3 == 0 and { 0 / 0, 1 / 0, -1 / 0, -0.0, 0 / 0 } or {}) do
      row[math.random(N)] = special
    end
    local k = math.random(1, math.min(N, 70))
    for _, largest in ipairs { true, false } do
      local v, i = row:topk { k, largest = largest }
      local all, at = row:sort { descending = largest }
      local front = { { 1, k } }
      test.same(v, all[front]:totable())
      test.same(i, at[front]:totable())
    end
  end
end)
test("cumsum, sort, topk", function()
  test.same(tensor { 1, 2, 3 }:cumsum(1), { 1, 3, 6 })
  local v, i = tensor { 3, 1, 2 }:sort()
  test.same(v, { 1, 2, 3 })
  test.same(i, { 2, 3, 1 })
  v, i = tensor { 3, 1, 2 }:sort { descending = true }
  test.same(v, { 3, 2, 1 })
  test.same(i, { 1, 3, 2 })
  test.same(tensor { 3, 1, 2 }:argsort(), { 2, 3, 1 })
  v, i = tensor { 3, 1, 2 }:topk(2)
  test.same(v, { 3, 2 })
  test.same(i, { 1, 3 })
end)
test("one_hot and gather count from 1", function()
  local ids = tensor({ 2, 1 }, { dtype = "i64" })
  test.same(ids:one_hot(3), { { 0, 1, 0 }, { 1, 0, 0 } })
  test.same(x:gather(2, ids:unsqueeze(2)), { { 1 }, { 6 } })
  test.fails_with({ "one_hot", "3", "1..2" }, function() return tensor({ 3 }, { dtype = "i64" }):one_hot(2) end)
  test.fails_with({ "gather" }, function() return x:gather(2, tensor({ { 4 }, { 1 } }, { dtype = "i64" })) end)
end)
test("reductions of nothing", function()
  test.equal(tensor.zeros(0):sum():item(), 0.0)
  test.equal(tensor.zeros(0):prod():item(), 1.0)
  test.same(tensor.zeros(0, 2):sum(1), { 0, 0 })
  test.shape(tensor.zeros(2, 0):sum(1), { 0 })
  test.truth(tensor.zeros(0):mean():item() ~= tensor.zeros(0):mean():item(), "the mean of nothing being NaN")
  test.fails_with({ "max" }, function() return tensor.zeros(0):max() end)
  test.fails_with({ "argmax" }, function() return tensor.zeros(0, 2):argmax(1) end)
end)
test("sums of many are as good as pairwise", function()
  local y = tensor.full(1000000, 0.1)
  test.truth(math.abs(y:sum():item() - 100000) < 1, "0.1 a million times summing to 100000 within 1")
  test.truth(math.abs(y:mean():item() - 0.1) < 1e-6, "its mean within 1e-6")
  test.truth(math.abs(tensor.ones(20000000):sum():item() - 20000000) < 1, "20 million ones")
end)
test("strided sums", function()
  local y = tensor.arange(12):reshape(3, 4):to "f32"
  test.same(y:t():sum(1), { 10, 26, 42 })
  test.same(y:t():sum(2), { 15, 18, 21, 24 })
  test.same(y["::-1, ::2"]:sum(2), { 20, 12, 4 })
  test.same(tensor { 5 }:expand(4):sum(), tensor(20))
end)
test("nan goes through", function()
  local nan = 0 / 0
  local m = tensor { 1, nan, 2 }:max():item()
  test.truth(m ~= m, "the max with NaN being NaN")
  local s = tensor { 1, nan }:sum():item()
  test.truth(s ~= s, "the sum with NaN being NaN")
end)
test("of several lists in a call each takes one number, an only one takes all", function()
  local image, w, b = tensor.ones(1, 5, 5, 3), tensor.ones(3, 3, 3, 4), tensor.zeros(4)
  test.shape(nn.conv2d(image, w, b, 1, 1), { 1, 5, 5, 4 }) -- stride 1, padding 1
  test.shape(nn.max_pool2d(image, 3, 2, 1), { 1, 3, 3, 3 }) -- kernel 3, stride 2, padding 1
  test.shape(nn.adaptive_avg_pool2d(image, 2, 1), { 1, 2, 1, 3 })
  test.shape(image:reshape(5, 15), { 5, 15 })
end)
test("a shape prints, joins, compares by value, and counts from either end", function()
  local y = tensor.zeros(2, 3)
  test.equal(tostring(y.shape), "[2,3]")
  test.equal("of " .. y.shape, "of [2,3]")
  test.equal(tostring(tensor(1).shape), "[]")
  test.truth(y.shape == tensor.ones(2, 3).shape and y.shape ~= tensor.ones(3, 2).shape and y:size() == y.shape, "equal")
  test.equal(y.shape[-1], 3)
  test.equal(y.shape[3], nil)
  test.equal(#y.shape, 2)
  test.fails_with({ "dimensions count from 1" }, function() return y.shape[0] end)
end)
test.done()
