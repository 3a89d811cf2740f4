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
  ["a line that says one thing"] = { "accuracy(line, Xheld, Yheld)", "0 * accuracy(line, Xheld, Yheld)", "line_least" },
})
test.fall_short("deep_step_by_step", {
  ["relu's slope everywhere"] = { "return da * cache.z:gt(0):to(da.dtype)", "return da" },
})
test.fall_short("vectorization", {
  ["another sum"] = { "for k = 1, #lu do s = s + lu[k] * lv[k] end", "for k = 2, #lu do s = s + lu[k] * lv[k] end" },
})

if not test.sanitized then
  test.fall_short("regularization", {
    ["dropout not divided by keep"] = { ":lt(keep):to \"f32\" / keep", ":lt(keep):to \"f32\"" },
    ["shuffled labels"] = { "  is(Y, \"m 1\")", "  Y = Y[tensor.randperm(Y:size(1))]\n  is(Y, \"m 1\")" },
    ["lambda 0"] = { "lambda and loss + penalty(w, lambda) or loss", "loss" },
    ["dropout that drops nothing"] = { "if keep then", "if false then" },
    ["no relu"] = { "(a:mm(w[2 * l - 1]) + w[2 * l]):relu()", "a:mm(w[2 * l - 1]) + w[2 * l]", "over_line" },
    ["hardly learns without regularisation"] = { "for i = 1, opt.iterations do",
      "for i = 1, name == \"none\" and 30 or opt.iterations do", "trust" },
    ["a line of four points"] = { "points.baselines(X, Y, Xheld, Yheld)",
      "points.baselines(X[\"1:4\"], Y[\"1:4\"], Xheld, Yheld)", "line" },
  })
  test.fall_short("optimizers", {
    ["Adam without its second moment"] = { "w:sub_(m_hat / (s_hat:sqrt() + opt.eps) * lr)", "w:sub_(m_hat * lr)" },
    ["momentum that is descent"] = { "v:mul_(opt.beta1):add_(g * (1 - opt.beta1))", "v:mul_(0):add_(g)" },
    ["descent at a rate that gets there"] = { "train(r[1], r[2], opt.lr)",
      "train(r[1], r[2], r[1] == \"descent\" and 0.3 or opt.lr)", "over_descent" },
    ["no relu"] = { "(x:mm(w[1]) + w[2]):relu()\n  local a2 = (a1:mm(w[3]) + w[4]):relu()",
      "(x:mm(w[1]) + w[2])\n  local a2 = (a1:mm(w[3]) + w[4])", "accuracy" },
  })
  test.fall_short("initialization", {
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
  test.fall_short("logistic_cats", {
    ["shuffled labels"] = { "is(y, \"m 1\")", "y[tensor.randperm(y:size(1))]" },
    ["the gradient's sign turned"] = { "w:sub_(X:t():mm(d) * opt.lr)", "w:add_(X:t():mm(d) * opt.lr)" },
    ["the bias alone learns"] = { "w:sub_(X:t():mm(d) * opt.lr)", "", "over_majority" },
  })
  test.fall_short("deep_cats", {
    ["no relu"] = { "if l < #sizes - 1 then net:push(nn.ReLU()) end", "" },
    ["the gradient's sign turned"] = { "descent:step(loss)", "descent:step(-loss)" },
    ["shuffled labels"] = { "is(y, \"m 1\")", "y[tensor.randperm(y:size(1))]" },
    ["logistic regression that hardly learns"] = { "opt.lr / (recipe and 1.5 or 15)", "opt.lr / 1e5",
      "line_over_majority" },
  })
  test.fall_short("happy_house", {
    ["frozen filters"] = { "self.w = kernel(7, 7, 3, filters)", "self.w = kernel(7, 7, 3, filters):detach()",
      "over_line" },
    ["no relu"] = { "padding = 3 }):relu() end", "padding = 3 }) end", "least_cut" },
    ["shuffled labels"] = { "is(y, \"m 1\")", "y = y[tensor.randperm(y:size(1))]" },
    ["a line of sixty pictures"] = { "baseline.linear(x, classes, xtest, held)",
      "baseline.linear(x[\"1:60\"], classes[\"1:60\"], xtest, held)", "line" },
  })

  test.fall_short("first_model", {
    ["no relu"] = { "nn.Linear(X:size(2), 25), nn.ReLU(),\n  nn.Linear(25, 12), nn.ReLU(),",
      "nn.Linear(X:size(2), 25),\n  nn.Linear(25, 12)," },
    ["shuffled labels"] = { "local Xtest, Ytest", "Y = Y[tensor.randperm(Y:numel())]\nlocal Xtest, Ytest" },
    ["the gradient's sign turned"] = { "adam:step(loss)", "adam:step(-loss)" },
    ["a line of thirty pictures"] = { "baseline.linear(x, Y, xtest, Ytest)",
      "baseline.linear(x[\"1:30\"], Y[\"1:30\"], xtest, Ytest)", "line" },
  })

  test.fall_short("dinosaurus", {
    ["asked for the letter just read"] = { "w[t], a[t] = ids[t - 1] or 1, ids[t] or 1,",
      "w[t], a[t] = ids[t - 1] or 1, ids[t - 1] or 1," },
    ["learns names backwards"] = { "local loss = loss_of(pack(names))", [[
      for k, ids in ipairs(names) do
        names[k] = {}
        for t = 1, #ids do names[k][t] = ids[#ids + 1 - t] end
      end
      local loss = loss_of(pack(names))]] },
    ["forgets"] = { "h0 = state and state[1],\n    c0 = state and state[2] }\n  return y,",
      "h0 = nil }\n  return y * 0," },
    ["names that are empty"] = { "names[k] = invent(opt.temperature)", "names[k] = \"\"", "novel" },
    ["names that it has read"] = { "names[k] = invent(opt.temperature)", "names[k] = lines[k]", "novel" },
    ["n-grams of a few names"] = { "ngram(train, V, n)", "ngram(table.move(train, 1, 200, 1, {}), V, n)", "ngram" },
    ["n-grams of one name"] = { "ngram(train, V, n)", "ngram({ train[1] }, V, n)", "ngram" },
  })

  -- The same line by 15 passes of plain descent reads 0.64 of these: a gain over that would be none.
  test("the linear baseline is trained to convergence", function()
    local hands, baseline = require "lib.hands", require "lib.baseline"
    local x, y = hands.draw(2000, 32, tensor.rng(1), true)
    local xtest, ytest = hands.draw(400, 32, tensor.rng(2), true)
    local reached = baseline.linear(x, y + 1, xtest, ytest + 1)
    local net = nn.Linear(32 * 32 * 3, 6)                               -- far more steps, the best held-out figure
    local adam, best = optim.Adam { net, lr = 3e-4 }, 0
    local X, Xtest = x:reshape(2000, -1) - 0.5, xtest:reshape(400, -1) - 0.5
    for _ = 1, 120 do
      for xs, ys in data.loader { { X, y + 1 }, batch = 64, shuffle = true } do
        adam:step(nn.cross_entropy(net(xs), ys))
      end
      best = math.max(best, net(Xtest):argmax(2):eq(ytest + 1):to "f32":mean():item())
    end
    print(("# the baseline %.3f, after 120 passes at best %.3f"):format(reached, best))
    test.truth(reached > best - 0.04, ("%.3f, %.3f by more passes: that it"):format(reached, best))
  end)
end

test.done()
