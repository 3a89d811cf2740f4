--- tsne.lua: a map in two dimensions that keeps neighbours together.  van der Maaten and Hinton 2008, JMLR 9:2579
--   p_j|i ~ exp(-|x_i - x_j|^2 / 2 s_i^2), s_i such that each point has `perplexity` neighbours;  P = (p + p^T) / 2n
--   q_ij = n_ij / sum n,  n_ij = 1 / (1 + |y_i - y_j|^2)
-- Descent on KL(P || Q) with momentum; its gradient is 4 sum_j (p_ij - q_ij) n_ij (y_i - y_j).

local function squared_distances(x)
  local n = (x * x):sum(2)
  return (n:unsqueeze(2) + n:unsqueeze(1) - x:mm(x:t()) * 2):clamp(0, math.huge)
end

-- Rows of p by bisection on log 1 / 2 s^2, all at once.
local function neighbours(d, perplexity)
  local n = d:size(1)
  local low, high = tensor.full({ n, 1 }, -20), tensor.full({ n, 1 }, 20)
  local other, p = 1 - tensor.eye(n), nil
  d = (d - (d + tensor.eye(n) * 1e9):min { dim = 2, keepdim = true }):clamp(0, math.huge)   -- the nearest weighs 1
  for _ = 1, 40 do
    local middle = (low + high) / 2
    local w = (-(d * middle:exp())):exp() * other
    p = w / w:sum { dim = 2, keepdim = true }
    local entropy = -(p * (p + 1e-12):log()):sum { dim = 2, keepdim = true }
    local wide = entropy:gt(math.log(perplexity))          -- too many neighbours: a narrower bell
    low, high = wide:where(middle, low), wide:where(high, middle)
  end
  return (p + p:t()) / (2 * n)
end

--- tsne(x [n, d], {perplexity=12, steps=400}) -> [n, 2]; memory n^2.  It begins with the first two principal
-- components of x, so that there is no chance in it.
return function(x, opt)
  local _ <close> = tensor.no_grad()
  opt = opt or {}
  local n, steps = x:size(1), opt.steps or 400
  local d = squared_distances(x)
  local P = neighbours(d / d:mean(), math.min(opt.perplexity or 12, (n - 1) / 3))
  local u, s = (x - x:mean(1)):svd()
  local y, v = u[{ {}, { 1, 2 } }] * s[{ { 1, 2 } }], tensor.zeros(n, 2)
  y = y / y:std()
  local other, rate = 1 - tensor.eye(n), n / 6
  for step = 1, steps do
    local near = other / (squared_distances(y) + 1)
    local pull = (P * (step <= steps / 4 and 4 or 1) - near / near:sum()) * near
    local slope = (pull:sum { dim = 2, keepdim = true } * y - pull:mm(y)) * 4
    v = v * (step <= steps / 4 and 0.5 or 0.8) - slope * rate
    y = y + v
  end
  return y
end
