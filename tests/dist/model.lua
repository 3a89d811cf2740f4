--- model.lua: the model of `lunette bench scale` against its formula worked out by hand.
local test = dofile "tests/check.lua"
local scale = require "vm.bench_scale"

test("one bucket: the lesser of ring and tree", function()
  local n, a, rate = 1 << 20, 1e-5, 1e9
  local ring, tree = 2 * 3 * a + 1.5 * n / rate, 2 * 2 * (a + n / rate)
  test.truth(ring < tree, "here the ring is less")
  test.close(scale.comm(n, 4, a, rate), ring, 1e-12)
  test.close(scale.comm(1000, 1024, a, rate), 20 * (a + 1000 / rate), 1e-12)
  test.equal(scale.comm(n, 1, a, rate), 0)
end)

test("buckets add up, and the last is what is left", function()
  local whole = scale.comm(4 << 20, 8, 1e-5, 1e9)
  test.close(scale.comm((8 << 20) + 100, 8, 1e-5, 1e9), 2 * whole + scale.comm(100, 8, 1e-5, 1e9), 1e-12)
end)

test("efficiency: what is hidden costs nothing, but not more than backward hides", function()
  local m = { step = 1e-3, backward = 1e-4, bytes = 4 << 20, hidden = 1 }
  local comm = scale.comm(m.bytes, 2, 0, 1e9)
  test.close(scale.efficiency(m, 2, 0, 1e9), 32e-3 / (32e-3 + comm - 32e-4), 1e-12)
  m.backward = 1
  test.close(scale.efficiency(m, 2, 0, 1e9), 1, 1e-12)
  m.hidden = 0
  test.close(scale.efficiency(m, 2, 0, 1e9), 32e-3 / (32e-3 + comm), 1e-12)
  test.equal(scale.efficiency(m, 1, 0, 1e9), 1.0)
end)

test.done()
