--- Copies of happy_house with one thing broken must read `short`.
local test = dofile "tests/check.lua"
if test.left_out() then return end

test.fall_short("happy_house", {
  ["held out is what it learns from"] = { "local side = ", "xtest, ytest = x, y\nlocal side = ", "twins" },
  ["frozen filters"] = { "self.w = kernel(7, 7, 3, filters)", "self.w = kernel(7, 7, 3, filters):detach()",
    "over_line" },
  ["no relu"] = { "padding = 3 }):relu() end", "padding = 3 }) end", "least_cut" },
  ["shuffled labels"] = { "is(y, \"m 1\")", "y = y[tensor.randperm(y:size(1))]" },
  ["a line of sixty pictures"] = { "baseline.linear(x, classes, xtest, held)",
    "baseline.linear(x[\"1:60\"], classes[\"1:60\"], xtest, held)", "line" },
})

test.done()
