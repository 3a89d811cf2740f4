--- Copies of the fundamentals with one thing broken must read `short`: a claim that they reach too says nothing.
local test = dofile "tests/check.lua"

test.fall_short("gradient_checking", {
  ["the loss of one sample"] = { "dz = {}, { [3] = (a[3] - Y) / opt.batch }", "dz = {}, { [3] = a[3] - Y }" },
  ["labels less p"] = { "(a[3] - Y) / opt.batch }", "(Y - a[3]) / opt.batch }" },
  ["no relu on the way back"] = { "if unmasked ~= l - 1 then", "if false then" },
  ["a bias' gradient of one sample"] = { "dz[l]:sum(1)", "dz[l][1]" },
  ["one number for all says where"] = { "return wrong == \"\" and \"nowhere\" or \"d\" .. wrong", "return \"dW1\"" },
  ["the errors are not planted"] = { "d[name] = slip[2](d[name])", "d[name] = d[name]" },
})

test.done()
