--- loss.lua: ONNX's losses, which some networks have inside.
local operators = require "nn.onnx.operators"
local add = operators.add

-- y = -w[t] x[t] of log probabilities x [N, C, ...] and classes t [N, ...] from 0; ignored ones are 0.
local function nll(n, x, target, weight)
  local ignored, C = n.attr.ignore_index, x:size(2)
  local t = target:to "i64"
  local kept = ignored and t:ne(ignored) or nil
  if kept then t = tensor.where(kept, t, t * 0) end
  local y = -x:gather((t + 1):unsqueeze(2), 2):squeeze(2)
  local w = weight and weight:index_select(t:reshape(-1) + 1, 1):reshape(t.shape)
  if kept then
    local on = kept:to(x.dtype)
    w = w and w * on or on
  end
  if w then y = y * w end
  local reduction = n.attr.reduction or "mean"
  if C < 1 or reduction == "none" then return y end
  if reduction == "sum" then return y:sum() end
  return w and y:sum() / w:sum() or y:mean()
end
add("NegativeLogLikelihoodLoss", { 12, nll })
add("SoftmaxCrossEntropyLoss", { 12, function(n, x, target, weight)
  local p = x:log_softmax { dim = 2 }
  return nll(n, p, target, weight), p
end })
