--- baseline.lua: what needs no deep model: the most frequent class, and a linear model on the pixels.  A project whose
-- data a linear model already reads right has shown nothing.
local baseline = {}

--- baseline.majority(y) -> the share of the most frequent label; y: whole numbers from 1 on.
function baseline.majority(y)
  local counts = tensor.bincount(y:reshape(-1):to "i64")
  return counts:max():item() / y:numel()
end

--- baseline.linear(x, y, xtest, ytest, epochs) -> held-out accuracy of softmax regression on pictures x [n, ...] with
-- labels y [n] from 1 on, by descent with momentum and weight decay; 15 epochs.
function baseline.linear(x, y, xtest, ytest, epochs)
  local a, b = x:reshape(x:size(1), -1) - 0.5, xtest:reshape(xtest:size(1), -1) - 0.5
  local net = nn.Linear(a:size(2), y:max():item() // 1)
  local descent = optim.SGD { net, lr = 0.05 / math.sqrt(a:size(2)), momentum = 0.9, weight_decay = 1e-3 }
  for _ = 1, epochs or 15 do
    for xs, ys in data.loader { { a, y }, batch = 32, shuffle = true } do
      descent:step(nn.cross_entropy(net(xs), ys))
    end
  end
  return tensor.no_grad(function() return net(b):argmax(2):eq(ytest):to "f32":mean():item() end)
end

return baseline
