--- What a script returns is judged clause by clause, by the figures that are printed.
local test = dofile "tests/check.lua"
local run = require "vm.run"

test("a claim is ok only when its measure and every further clause hold", function()
  local function ok(claim) return run.report("x", claim).ok end
  test.truth(ok { measure = "a", a = 0.9, above = 0.9 }, "equal: that it is enough")
  test.truth(not ok { measure = "a", a = 0.89, above = 0.9 }, "less: that it is short")
  local function both(gain, bits)
    return ok { measure = "a", a = 0.9, above = 0.9,
      also = { { "gain", gain, above = 0.1 }, { "bits", bits, below = 3 } } }
  end
  test.truth(both(0.2, 2), "all clauses hold: that it is ok")
  test.truth(not both(0.2, 4), "one clause fails: that it is short")
end)

test("values are compared as they are printed, and NaN never holds", function()
  test.truth(run.report("x", { measure = "gain", gain = 0.07999999, above = 0.08 }).ok, "0.08 >= 0.08")
  test.truth(not run.report("x", { measure = "gain", gain = 0.0799, above = 0.08 }).ok, "0.0799 < 0.08")
  test.truth(not run.report("x", { measure = "gain", gain = 0 / 0, above = 0.08 }).ok, "NaN above")
  test.truth(not run.report("x", { measure = "gain", gain = 0 / 0, below = 0.08 }).ok, "NaN below")
end)

test("a bound of -0 is shown as 0", function()
  test.equal(test.caught(run.report, "x", { measure = "a", a = 0, above = -0.0 })[1], "claim\tx\ta\t0\t>= 0\tok")
end)

test("the line of a claim says which clauses are short, its own or another", function()
  local function said(claim)
    local lines = test.caught(run.report, "x", claim)
    return lines[#lines]:match "([^\t]*)$", #lines
  end
  test.equal(said { measure = "a", a = 255, above = 20, also = { { "gain", 0.01, above = 0.1 } } }, "short: gain")
  test.equal(said { measure = "a", a = 2, above = 20, also = { { "gain", 0.01, above = 0.1 } } }, "short: a, gain")
  test.equal(said { measure = "a", a = 2, above = 20, also = { { "gain", 0.2, above = 0.1 } } }, "short: a")
  test.equal(said { measure = "a", a = 20, above = 20, also = { { "gain", 0.2, above = 0.1 } } }, "ok")
end)

test("of a set of one's own the claim is what is gained over the best that stands beside", function()
  local beside = require "lib.results".beside
  local function gain(value, ...)
    return run.report("x", beside({ measure = "accuracy", accuracy = value, above = 0.9 }, "gain", value, ...))
  end
  test.close(gain(0.7, 0.5, nil, 0.6).value, 0.1, 1e-12)
  test.truth(gain(0.6, 0.6, false).ok and gain(0.7, nil, 0.6).ok, "as good and better: that it is enough")
  test.truth(not gain(0.6, 0.5, nil, 0.61).ok and not gain(0.95, 0.96).ok, "worse than one of them: that it is short")
  test.truth(not gain(0 / 0, 0.5).ok, "NaN: that it is short")
end)

test("who gives no bound claims nothing, and no line is printed", function()
  for _, claim in ipairs { { measure = "words", words = 3 }, { words = 3 }, {}, 3 } do
    local lines, _, ok, result = test.caught(run.report, "x", claim)
    test.truth(ok, tostring(result))
    test.equal(result, nil)
    test.equal(#lines, 0)
  end
end)

test.done()
