--- Small work, where overhead dominates: tiny ops, small networks, a character RNN from primitive ops.
local bench, steps = ...
local trainer = steps.trainer

bench("tiny_ops", "100 tiny ops forward and backward on 4x4 tensors", function()
  local x, w = tensor.randn(4, 4):requires_grad(), tensor.randn(4, 4)
  return function()
    local y = x
    for _ = 1, 25 do
      y = (y * w + x):tanh()
      y = y - w
    end
    y:sum():backward()
    x.grad = nil
  end
end)

bench("mlp_planar", "2-4-1, 400 points, full batch, SGD; a step is 10 iterations", function()
  local X, Y = tensor.randn(400, 2), tensor.randint(0, 1, 400, 1):to "f32"
  local net = nn.Sequential { nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1) }
  local one = trainer(net, function() return nn.bce_logits(net(X), Y) end, optim.SGD { net, lr = 1.2 })
  return function()
    for _ = 1, 10 do one() end
  end
end)

bench("mlp_moons", "2-5-2-1, 300 points in mini-batches of 64, Adam; a step is one epoch", function()
  local X, Y = tensor.randn(300, 2), tensor.randint(0, 1, 300, 1):to "f32"
  local net = nn.Sequential { nn.Linear(2, 5), nn.ReLU(), nn.Linear(5, 2), nn.ReLU(), nn.Linear(2, 1) }
  local opt = optim.Adam { net, lr = 7e-4 }
  return function()
    for x, y in data.loader { { X, Y }, batch = 64, shuffle = true } do opt:step(nn.bce_logits(net(x), y)) end
  end
end)

bench("dinos_rnn", "character RNN, 12 characters, vocabulary 27, 50 units, clip 5, SGD", function()
  local V, H, T = 27, 50, 12
  local P = {}
  for i, s in ipairs { { H, V }, { H, H }, { V, H }, { H, 1 }, { V, 1 } } do
    P[i] = (tensor.randn(s) * 0.01):requires_grad()
  end
  local Wax, Waa, Wya, b, by = table.unpack(P)
  local ids, eye = tensor.randint(1, V, T + 1):totable(), tensor.eye(V)
  local column = {}
  for v = 1, V do column[v] = { {}, { v, v } } end
  return function()
    local a, loss = tensor.zeros(H, 1), 0
    for t = 1, T do
      local x = eye[column[ids[t]]]
      a = (Wax:mm(x) + Waa:mm(a) + b):tanh()
      local logp = (Wya:mm(a) + by):log_softmax(1)
      loss = loss - logp:at(ids[t + 1], 1)
    end
    loss:backward()
    local _ <close> = tensor.no_grad()
    for i = 1, 5 do
      local p = P[i]
      p:sub_(p.grad:clamp_(-5, 5) * 0.01)
      p.grad = nil
    end
  end
end)

bench("mlp_cat", "12288-20-7-5-1, 209 images, full batch, SGD", function()
  local X, Y = tensor.rand(209, 12288), tensor.randint(0, 1, 209, 1):to "f32"
  local net = nn.Sequential { nn.Linear(12288, 20), nn.ReLU(), nn.Linear(20, 7), nn.ReLU(), nn.Linear(7, 5), nn.ReLU(),
    nn.Linear(5, 1) }
  return trainer(net, function() return nn.bce_logits(net(X), Y) end, optim.SGD { net, lr = 0.0075 })
end)
