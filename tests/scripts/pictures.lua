--- The drawn pictures: seeded, balanced, held-out ones new, and no linear model on their pixels is enough.
local test = dofile "tests/check.lua"
local baseline, hands = require "lib.baseline", require "lib.hands"
local sets = {
  animals = require "lib.animals",
  faces = require "lib.faces",
  hands = hands,
  ["hands in the studio"] = { draw = function(m, side, rng) return hands.draw(m, side, rng, true) end },
}
local size, n = 32, test.sanitized and 64 or 640

local function classes_of(y) return y:reshape(-1):to "i64" + 1 end

for name, set in pairs(sets) do
  test(name .. ": pictures of 0..1, every class as frequent as any, within chance", function()
    local x, y = set.draw(n, size, tensor.rng(4))
    test.shape(x, { n, size, size, 3 })
    test.truth(x:min():item() >= 0 and x:max():item() <= 1, "a range of 0..1")
    test.truth(x:std():item() > 0.1, "that something is drawn")
    local labels = classes_of(y)
    local most = labels:max():item()
    test.equal(most // 1, name:find "hands" and 6 or 2)
    for c = 1, most // 1 do
      local share = labels:eq(c):to "f32":mean():item()
      test.truth(math.abs(share - 1 / most) < 3 * math.sqrt(0.25 / n), ("class %d: its share %.2f"):format(c, share))
    end
  end)

  test(name .. ": the same seed draws the same, another seed draws no picture again", function()
    local a, b = set.draw(40, size, tensor.rng(6)), set.draw(40, size, tensor.rng(6))
    local c = set.draw(40, size, tensor.rng(7))
    test.truth((a - b):abs():max():item() == 0, "that seeds repeat")
    for i = 1, 40 do
      local nearest = (c - a[i]:unsqueeze(1)):abs():reshape(40, -1):mean(2):min():item()
      test.truth(nearest > 0.01, ("picture %d: that it is in one of the sets only"):format(i))
    end
  end)

  if not test.sanitized then
    test(name .. ": a linear model on pixels is above chance and far from done", function()
      local x, y = set.draw(n, size, tensor.rng(8))
      local xtest, ytest = set.draw(n // 2, size, tensor.rng(9))
      local labels = classes_of(y)
      local majority = baseline.majority(classes_of(ytest))
      tensor.seed(1)
      local reached = baseline.linear(x, labels, xtest, classes_of(ytest))
      print(("# %s: majority %.3f, linear on pixels %.3f"):format(name, majority, reached))
      test.truth(reached < 0.88, ("%.3f: that a linear model stays below 0.88"):format(reached))
    end)
  end
end

test.done()
