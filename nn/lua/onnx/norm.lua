--- norm.lua: ONNX's normalisations.
local operators = require "nn.onnx.operators"
local v = require "nn.onnx.values"
local add = operators.add

local function channels(x, w)
  return w and w:reshape(v.join({ 1, w:numel() }, v.filled(x:dim() - 2, 1)))
end

-- The engine's form wants the channels last; [N, C] has them there.
local function batch_norm(x, gamma, beta, mean, var, eps)
  if x:dim() == 2 then return nn.batch_norm { x, gamma, beta, mean, var, eps = eps } end
  if x:dim() <= 5 and x:dim() > 2 then
    return v.first(nn.batch_norm { v.last(x), gamma, beta, mean, var, eps = eps })
  end
  local scale = gamma / (var + eps):sqrt()
  return x * channels(x, scale) + channels(x, beta - mean * scale)
end
local function training(n, x, gamma, beta, mean, var)
  local eps, keep = n.attr.epsilon or 1e-5, n.attr.momentum or 0.9
  local dims = { 1 }
  for d = 3, x:dim() do dims[#dims + 1] = d end
  local m = x:mean { dim = dims }
  local deviation = x - channels(x, m)
  local q = (deviation * deviation):mean { dim = dims }
  local y = deviation * channels(x, gamma / (q + eps):sqrt()) + channels(x, beta)
  return y, mean * keep + m * (1 - keep), var * keep + q * (1 - keep)
end
local row = add("BatchNormalization", { 1, function(n, x, gamma, beta, mean, var)
  return batch_norm(x, gamma, beta, mean, var, n.attr.epsilon or 1e-5)
end }, { 14, function(n, x, gamma, beta, mean, var)
  if n.attr.training_mode == 1 then return training(n, x, gamma, beta, mean, var) end
  return batch_norm(x, gamma, beta, mean, var, n.attr.epsilon or 1e-5)
end })
row.weights, row.buffers = { 2, 3 }, { 4, 5 }

local function by_moments(x, dims, eps)
  local mean = x:mean { dim = dims, keepdim = true }
  local deviation = x - mean
  local inverse = ((deviation * deviation):mean { dim = dims, keepdim = true } + eps):rsqrt()
  return deviation * inverse, mean, inverse
end

add("InstanceNormalization", { 1, function(n, x, gamma, beta)
  if x:dim() == 4 then
    return v.first(nn.instance_norm { v.last(x):contiguous(), gamma, beta, eps = n.attr.epsilon or 1e-5 })
  end
  local dims = {}
  for d = 3, x:dim() do dims[#dims + 1] = d end
  return by_moments(x, dims, n.attr.epsilon or 1e-5) * channels(x, gamma) + channels(x, beta)
end }).weights = { 2, 3 }

add("LayerNormalization", { 17, function(n, x, gamma, beta)
  local first, eps = v.dim(n.attr.axis or -1, x:dim()), n.attr.epsilon or 1e-5
  local count = x:dim() - first + 1
  if #n.outputs == 1 and gamma:dim() == count then
    return nn.layer_norm { x, gamma, beta, eps = eps, dims = count }
  end
  local dims = {}
  for d = first, x:dim() do dims[#dims + 1] = d end
  local y, mean, inverse = by_moments(x, dims, eps)
  y = y * gamma
  return beta and y + beta or y, mean, inverse
end }).weights = { 2, 3 }

-- Up to set 20 one scale a group, from 21 on one a channel.
local function group_norm(n, x, gamma, beta)
  local s, groups = x.shape, n.attr.num_groups
  local rows = x:reshape { s[1], groups, -1 }
  local y = by_moments(rows, { 3 }, n.attr.epsilon or 1e-5)
  if gamma:numel() == groups and groups ~= s[2] then
    return (y * gamma:reshape { 1, groups, 1 } + beta:reshape { 1, groups, 1 }):reshape(s)
  end
  return y:reshape(s) * channels(x, gamma) + channels(x, beta)
end
add("GroupNormalization", { 18, group_norm }).weights = { 2, 3 }

add("MeanVarianceNormalization", { 1, function(n, x)
  local axes, dims = n.attr.axes or { 0, 2, 3 }, {}
  for i, axis in ipairs(axes) do dims[i] = v.dim(axis, x:dim()) end
  local mean = x:mean { dim = dims, keepdim = true }
  local deviation = x - mean
  return deviation / ((deviation * deviation):mean { dim = dims, keepdim = true }:sqrt() + 1e-9)
end })

add("LpNormalization", { 1, function(n, x)
  local d = v.dim(n.attr.axis or -1, x:dim())
  local size = n.attr.p == 1 and x:abs():sum { dim = d, keepdim = true }
    or (x * x):sum { dim = d, keepdim = true }:sqrt()
  return x / size
end })

-- y = x / (bias + alpha / size sum of the squares of `size` channels round it)^beta (Krizhevsky et al. 2012)
add("LRN", { 1, function(n, x)
  local size = n.attr.size
  local before = (size - 1) // 2
  local squares = (x * x):pad { pads = { before, size - 1 - before }, dims = { 2 } }
  local sum
  for k = 1, size do
    local part = squares:narrow(2, k, x:size(2))
    sum = sum and sum + part or part
  end
  local scale = (sum * ((n.attr.alpha or 1e-4) / size) + (n.attr.bias or 1)) ^ (n.attr.beta or 0.75)
  return x / scale
end })
