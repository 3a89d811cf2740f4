--- picks.lua: where a value stands among those in order, and places in more dimensions than two: every way has the
-- numbers of the plain one, or of the definition (as in places.lua).
local test = dofile "tests/check.lua"
local each, same = test.each, test.alike

test("a value's place in a row is behind as many as sort puts before it, however row and values lie", function()
  each({ test.dtypes, { 0, 1, 2, 7, 100 }, { false, true } }, function(dtype, n, right)
    local row, v = tensor.randint(0, 20, n):to(dtype), tensor.randint(-2, 22, 3, 4):abs():to(dtype)
    if dtype == "f32" or dtype == "f64" then
      if n > 1 then row = tensor.cat { row, tensor { 0 / 0, 1 / 0, -1 / 0, -0.0, 0 }:to(dtype) } end
      v = tensor.cat { v:flatten(), tensor { 0 / 0, 1 / 0, -1 / 0, -0.0, 0 }:to(dtype) }
    end
    row = row:sort()
    local values, want = v:flatten(), {}
    for i = 1, #values do
      local one = values[{ { i, i } }]
      local order = tensor.cat(right and { row, one } or { one, row }):argsort()
      want[i] = (order:eq(right and #row + 1 or 1):to "i64":argmax():item())
    end
    want = tensor(want):to "i64":reshape(v.shape)
    each({ test.ways(row), test.ways(v) }, function(a, b) same(a:searchsorted(b, right), want) end)
    if #v.shape ~= 2 then return end
    each({ test.ways(row:expand(3, #row)), test.ways(v) }, function(a, b) same(a:searchsorted(b, right), want) end)
  end)
end)

test.done()
