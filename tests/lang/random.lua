--- random.lua: RANDOM of the language.
local test = dofile "tests/check.lua"

test("a seed restarts the numbers", function()
  tensor.seed(42)
  local a = tensor.randn(100)
  tensor.seed(42)
  test.same(tensor.randn(100), a)
  test.truth(tensor.randn(100) ~= a, "the next numbers differing")
  tensor.seed(43)
  test.truth(tensor.randn(100) ~= a, "another seed's numbers differing")
end)
test("a generator of one's own leaves the default alone", function()
  tensor.seed(1)
  local first = tensor.rand(5)
  tensor.seed(1)
  local g = tensor.rng(7)
  local own = tensor.rand(5, { rng = g })
  test.same(tensor.rand(5), first)
  test.same(tensor.rand(5, { rng = tensor.rng(7) }), own)
  test.truth(tensor.rand(5, { rng = g }) ~= own, "the generator going on")
end)
test("no cached second Gaussian: odd sizes do not shift the next numbers", function()
  local g = tensor.rng(5)
  tensor.randn(3, { rng = g })
  local a = tensor.randn(4, { rng = g })
  g = tensor.rng(5)
  tensor.randn(4, { rng = g })
  test.same(tensor.randn(4, { rng = g }), a)
end)
test("the same numbers at every thread count", function()
  local before, first = lunette.threads(), nil
  for _, n in ipairs { 1, 2, 3, 4 } do
    lunette.threads(n)
    tensor.seed(9)
    local u, v, w = tensor.randn(300001), tensor.rand(300001), tensor.randperm(10001)
    first = first or { u, v, w }
    test.truth(u == first[1] and v == first[2] and w == first[3], "equality at " .. n .. " threads")
  end
  lunette.threads(before)
end)
test("rand is uniform on [0, 1)", function()
  tensor.seed(1)
  local x = tensor.rand(200000, { dtype = "f64" })
  test.truth(x:min():item() >= 0 and x:max():item() < 1, "its range")
  test.truth(math.abs(x:mean():item() - 0.5) < 0.003, "its mean")
  test.truth(math.abs(x:var():item() - 1 / 12) < 0.001, "its variance")
  test.truth(tensor.rand(2000000):max():item() < 1, "f32 staying below 1")
end)
test("randn is standard normal", function()
  tensor.seed(2)
  for _, d in ipairs { "f32", "f64" } do
    local x = tensor.randn(200000, { dtype = d })
    test.truth(math.abs(x:mean():item()) < 0.01, "its mean")
    test.truth(math.abs(x:var():item() - 1) < 0.02, "its variance")
    test.truth(math.abs((x ^ 4):mean():item() - 3) < 0.15, "its fourth moment")
    test.truth(math.abs(x:abs():lt(1):to "f32":mean():item() - 0.6827) < 0.005, "its share within 1")
    test.truth(x:isfinite():all():item(), "its being finite")
    local lag = (x["1:199999"] * x["2:200000"]):mean():item()
    test.truth(math.abs(lag) < 0.01, "neighbours being uncorrelated")
  end
end)
test("randint takes both ends", function()
  tensor.seed(3)
  local x = tensor.randint(3, 5, 3000)
  test.dtype(x, "i64")
  test.equal(x:min():item(), 3)
  test.equal(x:max():item(), 5)
  for v = 3, 5 do test.truth(math.abs(x:eq(v):sum():item() - 1000) < 150, "its evenness at " .. v) end
  test.same(tensor.randint(4, 4, 3), { 4, 4, 4 })
  test.dtype(tensor.randint(0, 1, 2, { dtype = "u8" }), "u8")
end)
-- Philox4x32-10 by its definition (Salmon et al. 2011): the words of counter {counter, 0, plane, 0} under key {key, 0}.
local function philox(key, counter, plane)
  local a, b, c, d, k0, k1 = counter, 0, plane, 0, key, 0
  for _ = 1, 10 do
    local p, q = 0xD2511F53 * a, 0xCD9E8D57 * c
    a, b, c, d = (q >> 32) ~ b ~ k0, q & 0xFFFFFFFF, (p >> 32) ~ d ~ k1, p & 0xFFFFFFFF
    k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
  end
  return { a, b, c, d }
end
test("rand has the bits of Philox: 24 in f32, the same and 29 more in f64", function()
  -- the known answer of the authors' library (Random123, kat_vectors)
  test.equal(("%x %x %x %x"):format(table.unpack(philox(0, 0, 0))), "6627e8d5 e169c58d bc57ac4c 9b00dbd8")
  local x = tensor.rand(150, { rng = tensor.rng(5) })
  local y = tensor.rand(150, { rng = tensor.rng(5), dtype = "f64" })
  for i = 0, 149 do
    local w, more = philox(5, i // 4, 0)[i % 4 + 1], philox(5, i // 4, 1)[i % 4 + 1]
    test.equal(x[i + 1], (w >> 8) / 2 ^ 24)
    test.equal(y[i + 1], (w << 21 | more >> 11) / 2 ^ 53)
  end
end)
test("randint of wide ranges draws every bit", function()
  local function draw(lo, hi) return tensor.randint(lo, hi, 200, { rng = tensor.rng(9) }) end
  local ranges = { { 0, (1 << 60) - 1, 4 }, { -(1 << 62), (1 << 62) - 1, 1 }, { 3, 2 + (1 << 40), 24 },
    { math.mininteger, math.maxinteger, 0 } }
  for _, range in ipairs(ranges) do
    local lo, hi, shift = table.unpack(range)
    local x = draw(lo, hi)
    for i = 1, 200 do
      local w = philox(9, i - 1, 0)
      test.equal(x[i], lo + ((w[1] << 32 | w[2]) >> shift))
    end
  end
  local odd = 0
  for _, v in ipairs(tensor.randint(0, 1 << 60, 2000, { rng = tensor.rng(9) }):totable()) do odd = odd + v % 2 end
  test.truth(math.abs(odd - 1000) < 150, "half of them odd")
  test.truth(draw(1, 3 * (1 << 61)):max():item() <= 3 * (1 << 61), "the end of the range")
end)
test("randperm is a permutation from 1", function()
  local p = tensor.randperm(1000)
  test.dtype(p, "i64")
  test.same((p:sort()), tensor.arange(1000))
  test.truth(p ~= tensor.arange(1000), "its being shuffled")
  test.shape(tensor.randperm(0), { 0 })
  test.same(tensor.randperm(1), { 1 })
end)
test("dropout obeys the seed", function()
  tensor.seed(4)
  local a = nn.dropout { tensor.ones(1000), p = 0.3, train = true }
  tensor.seed(4)
  test.same(nn.dropout { tensor.ones(1000), p = 0.3, train = true }, a)
  test.truth(math.abs(a:eq(0):to "f32":mean():item() - 0.3) < 0.05, "its share of zeros")
end)
test("the state of the generator can be put back", function()
  tensor.seed(11)
  tensor.randn(7)
  local at = tensor.rng_state()
  local a = tensor.randn(5)
  tensor.rng_state(at)
  test.same(tensor.randn(5), a)
end)
test("multinomial draws as the weights say", function()
  tensor.seed(3)
  local n = tensor.multinomial(tensor { 1, 0, 3 }, 40000, true):bincount { minlength = 3 }
  test.equal(n[2], 0)
  test.truth(math.abs(n[1] / 40000 - 0.25) < 0.01, ("a quarter of %g"):format(n[1]))
  local rows = tensor { { 0, 1, 0 }, { 0, 0, 2 } }:multinomial(4, true)
  test.same(rows, { { 2, 2, 2, 2 }, { 3, 3, 3, 3 } })
end)

test("multinomial without replacement: none twice, the heavy ones first", function()
  tensor.seed(4)
  local first = 0
  for _ = 1, 2000 do
    local ids = tensor { 1, 2, 0, 1 }:multinomial(3)
    local seen = ids:sort():totable()
    test.equal(table.concat(seen, " "), "1 2 4")
    if ids[1] == 2 then first = first + 1 end
  end
  test.truth(math.abs(first / 2000 - 0.5) < 0.05, first .. " of 2000, which should be half,")
end)

test("multinomial: same seed, same numbers; a generator of one's own", function()
  local w = tensor.rand(50)
  local a = w:multinomial { 99, replacement = true, rng = tensor.rng(7) }
  local other = w:multinomial { 99, true, rng = tensor.rng(8) }
  test.same(w:multinomial(99, true, { rng = tensor.rng(7) }), a)
  test.truth(a ~= other, "another seed, other numbers")
  local g = tensor.rng(7)
  test.truth(w:multinomial { 99, true, rng = g } ~= w:multinomial { 99, true, rng = g }, "a generator that goes on")
end)

test("multinomial: what cannot be drawn", function()
  test.fails("multinomial: weight -1; weights must be finite and not negative",
    function() tensor { 1, -1 }:multinomial(1) end)
  test.fails("multinomial: the weights sum to 0; nothing can be drawn", function() tensor.zeros(3):multinomial(1) end)
  test.fails("multinomial: 2 without replacement, but only 1 weights are not 0",
    function() tensor { 0, 1 }:multinomial(2) end)
  test.fails("multinomial: rng must come from tensor.rng(seed), got number",
    function() tensor.ones(2):multinomial { 1, rng = 3 } end)
end)

test("data.loader draws samples by weight", function()
  local seen = tensor.zeros(4)
  for x in data.loader { { tensor.arange(4) }, batch = 2, weights = tensor { 0, 1, 0, 1 }, rng = tensor.rng(1) } do
    seen = seen:index_add(1, x, tensor.ones(x:numel()))
  end
  test.equal(seen:sum():item(), 4.0)
  test.equal((seen[1] + seen[3]), 0.0)
end)
test.done()
