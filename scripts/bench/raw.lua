--- Raw work: a matrix product, a chain of pointwise ops, neighbours among word vectors.
local bench = ...

bench("gemm_1024", "1024 x 1024 x 1024 matrix product", function()
  local a, b = tensor.randn(1024, 1024), tensor.randn(1024, 1024)
  return function() return a:mm(b) end
end)

bench("elementwise_chain", "tanh(x * 0.8 + x^3 * 0.04) * x * 0.5 + x * 0.5 on 1 000 000 elements", function()
  local x = tensor.randn(1000000)
  return function() return (x * 0.8 + x * x * x * 0.04):tanh() * x * 0.5 + x * 0.5 end
end)

bench("word_neighbours", "400 000 x 50 vectors: cosine of one query with all, and the 10 best", function()
  local W, q = tensor.randn(400000, 50), tensor.randn(50)
  local n = W:norm(2, 2)
  return function() return (W:mm(q) / (n * q:norm())):topk(10) end
end)
