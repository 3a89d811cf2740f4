--- Copies of the fundamentals with one thing broken must read `short`: a claim that they reach too says nothing.
local test = dofile "tests/check.lua"

test("a broken copy whose place no longer stands in the script, or stands there twice, is a failure", function()
  for _, text in ipairs { "no such line", "local" } do
    local ok, why = pcall(test.broken, "planar", text, "", { quick = true })
    test.truth(not ok and type(why) == "table" and why.check:find("must stand once", 1, true), "that it is refused")
  end
end)

test.fall_short("conv_step_by_step", {
  ["windows do not add up on the way back"] = { "part:add_(d:mm(flat:t()):reshape(part.shape))",
    "dpadded[where] = d:mm(flat:t()):reshape(part.shape)" },
  ["the border is cut off at one side"] = { "local inner = { {}, { pad + 1, pad + x:size(2) },",
    "local inner = { {}, { 1, x:size(2) }," },
  ["max pooling sends back to all"] = { "local share = kind == \"max\" and", "local share = false and" },
  ["pooling is not compared"] = { "compare_pool \"avg\"\n", "", "compared" },
})

test.fall_short("gradient_checking", {
  ["the loss of one sample"] = { "dz = {}, { [3] = (a[3] - Y) / opt.batch }", "dz = {}, { [3] = a[3] - Y }" },
  ["labels less p"] = { "(a[3] - Y) / opt.batch }", "(Y - a[3]) / opt.batch }" },
  ["no relu on the way back"] = { "if unmasked ~= l - 1 then", "if false then" },
  ["a bias' gradient of one sample"] = { "dz[l]:sum(1)", "dz[l][1]" },
  ["one number for all says where"] = { "return wrong == \"\" and \"nowhere\" or \"d\" .. wrong", "return \"dW1\"" },
  ["no slips"] = { "in ipairs(slips) do", "in ipairs {} do" },
  ["the errors are not planted"] = { "d[name] = slip[2](d[name])", "d[name] = d[name]" },
})

test.fall_short("rnn_step_by_step", {
  ["what comes from the step after is left out"] = { "d.h * (1 - cache.h:square())", "d.h * (1 - cache.h)" },
  ["the cell forgets its gate"] = { "before = { h = dz:mm(p.wh:t()), c = dc * k.f } }",
    "before = { h = dz:mm(p.wh:t()), c = dc } }" },
  ["the cell's first state is not compared"] = { "kind == \"lstm\" and \"c0\" or nil", "nil", "compared" },
})
test.fall_short("planar", {
  ["no tanh"] = { "(x:mm(self.W1) + self.b1):tanh()", "x:mm(self.W1) + self.b1" },
  ["shuffled labels"] = { "is(Y, \"m 1\")", "Y = Y[tensor.randperm(Y:size(1))]" },
  ["the gradient's sign turned"] = { "descent:step(loss)", "descent:step(-loss)" },
  ["hidden units that are alike"] = {
    "self.W2 = (tensor.randn(h, 1) * 0.1)", "self.W1 = tensor.full({ 2, h }, 0.1):requires_grad()\n"
      .. "self.W2 = (tensor.full({ h, 1 }, 0.1))" },
  ["points that a line parts"] = { "opt.test, points.flower)", "opt.test, function(n) return points.moons(n, 0.2) end)",
    "line" },
  ["no biases"] = { "(x:mm(self.W1) + self.b1):tanh()\n  return a:mm(self.W2) + self.b2",
    "x:mm(self.W1):tanh()\n  return a:mm(self.W2)", "moved" },
  ["hidden units without a bias"] = { "(x:mm(self.W1) + self.b1):tanh()", "x:mm(self.W1):tanh()", "moved" },
  ["squared errors of p"] = { "(z:relu() - y * z + (-z:abs()):exp():log1p()):mean()",
    "(z:sigmoid() - y):square():mean()", "cost_apart" },
  ["squared errors of the score"] = { "loss = cross_entropy(net(X), Y)",
    "loss = (net(X) - 2 * Y + 1):square():mean()", "cost_apart" },
  ["held out is what it learns from"] = { "is(Y, \"m 1\")", "Xheld, Yheld = X, Y", "twins" },
  ["a line that says one thing"] = { "accuracy(line, Xheld, Yheld)", "0 * accuracy(line, Xheld, Yheld)", "line_least" },
})
test.fall_short("deep_step_by_step", {
  ["relu's slope everywhere"] = { "return da * cache.z:gt(0):to(da.dtype)", "return da" },
  ["weights of 0: all gradients are"] = { "math.sqrt(2 / ", "0 * math.sqrt(2 / ", "compared" },
  ["nothing is compared"] = { "for name in pairs(leaves) do", "for name in pairs {} do", "compared" },
})
test.fall_short("vectorization", {
  ["another sum"] = { "for k = 1, #l.u do s = s + l.u[k] *", "for k = 2, #l.u do s = s + l.u[k] *", "by_hand" },
  ["L1 without the first"] = { "for k = 1, #l.u do s = s + math.abs(", "for k = 2, #l.u do s = s + math.abs(",
    "by_hand" },
  ["L2 without the last"] = { "for k = 1, #l.u do s = s + (l.u[k]", "for k = 1, #l.u - 1 do s = s + (l.u[k]",
    "by_hand" },
  ["a mean in place of both sums"] = { "(x.u - x.v):square():sum()", "(x.u - x.v):square():mean()", "by_hand" },
})

if not test.sanitized then
  test.fall_short("regularization", {
    ["held out is what it learns from"] = { "is(Y, \"m 1\")", "Xheld, Yheld = X, Y", "twins" },
    ["dropout not divided by keep"] = { ":lt(keep):to \"f32\" / keep", ":lt(keep):to \"f32\"", "dropout_mean" },
    ["shuffled labels"] = { "  is(Y, \"m 1\")", "  Y = Y[tensor.randperm(Y:size(1))]\n  is(Y, \"m 1\")", "over_line" },
    ["lambda 0"] = { "lambda and loss + penalty(w, lambda) or loss", "loss", "gain" },
    ["dropout that drops nothing"] = { "if keep then", "if false then", "gain" },
    ["no relu"] = { "(a:mm(w[2 * l - 1]) + w[2 * l]):relu()", "a:mm(w[2 * l - 1]) + w[2 * l]", "over_line" },
    ["hardly learns without regularisation"] = { "for i = 1, opt.iterations do",
      "for i = 1, name == \"none\" and 30 or opt.iterations do", "trust" },
    ["a line of four points"] = { "points.baselines(X, Y, Xheld, Yheld)",
      "points.baselines(X[\"1:4\"], Y[\"1:4\"], Xheld, Yheld)", "line" },
  })
  test.fall_short("optimizers", {
    ["descent that hardly moves"] = { "local lr_now = type(rate) == \"function\" and rate(epoch) or rate",
      "local lr_now = type(rate) == \"function\" and rate(epoch) or name == \"descent\" and 1e-4 * rate or rate",
      "descent" },
    ["RMSProp at rate 0"] = { "local lr_now = type(rate) == \"function\" and rate(epoch) or rate",
      "local lr_now = type(rate) == \"function\" and rate(epoch) or name == \"RMSProp\" and 0 or rate", "rmsprop" },
    ["a decaying rate of 0"] = { "return opt.decay_lr / (1", "return 0 * opt.decay_lr / (1", "decayed" },
    ["held out is what it learns from"] = { "is(Y, \"m 1\")", "Xheld, Yheld = X, Y", "twins" },
    ["Adam without its second moment"] = { "w:sub_(m_hat / (s_hat:sqrt() + opt.eps) * lr)", "w:sub_(m_hat * lr)" },
    ["momentum that is descent"] = { "v:mul_(opt.beta1):add_(g * (1 - opt.beta1))", "v:mul_(0):add_(g)" },
    ["descent at a rate that gets there"] = { "train(r[1], r[2], opt.lr)",
      "train(r[1], r[2], r[1] == \"descent\" and 0.3 or opt.lr)", "over_descent" },
    ["no relu"] = { "(x:mm(w[1]) + w[2]):relu()\n  local a2 = (a1:mm(w[3]) + w[4]):relu()",
      "(x:mm(w[1]) + w[2])\n  local a2 = (a1:mm(w[3]) + w[4])", "accuracy" },
  })
  test.fall_short("initialization", {
    ["held out is what it learns from"] = { "is(Y, \"m 1\")", "Xheld, Yheld = X, Y", "twins" },
    ["large that is He's"] = { "return tensor.randn(i, o) * opt.large",
      "return tensor.randn(i, o) * math.sqrt(2 / i)", "over_large" },
    ["zeros that are none"] = { "return tensor.zeros(i, o) end }", "return tensor.randn(i, o) * math.sqrt(2 / i) end }",
      "zeros_from_half" },
    ["no relu"] = { "(a:mm(W[l]) + b[l]):relu()", "a:mm(W[l]) + b[l]", "accuracy" },
    ["half of He's variance"] = { "math.sqrt(2 / i)", "math.sqrt(1 / i)", "by_depth" },
    ["large that is dead"] = { "tensor.randn(i, o) * opt.large", "tensor.randn(i, o):abs() * -opt.large",
      "large_over_zeros" },
    ["zeros that are nearly so"] = { "return tensor.zeros(i, o) end }", "return tensor.randn(i, o) * 1e-3 end }",
      "apart" },
  })
end

test.done()
