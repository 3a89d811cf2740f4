--- sampling.lua: one draw from scores, sharpened or flattened by a temperature.
local sampling = {}

--- sampling.draw(scores, temperature, rng): scores [size] -> an id from 1 on and its probability
-- p_i = exp(s_i / T) / sum_j exp(s_j / T); the id is where the running sum of p passes a uniform number.
function sampling.draw(scores, temperature, rng)
  local p = (scores:detach() / math.max(temperature, 1e-3)):softmax(1):totable()
  local u, sum = tensor.rand { 1, rng = rng }:item(), 0
  for i = 1, #p do
    sum = sum + p[i]
    if u < sum then return i, p[i] end
  end
  return #p, p[#p]      -- the sum fell short of 1 by rounding
end

return sampling
