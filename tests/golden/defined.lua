--- defined.lua: ops and layers that PyTorch does not have, each as what it is in others, which have numbers of PyTorch's:
-- tests/lang/golden.lua and layers.lua compare results and gradients.  Written by hand; three cases for each at least.
-- An op's case: `f`, and behind it on the same line `by`, of inputs from -2 to 2 (or lo to hi) in these shapes.  A
-- layer's: the input's shape, and `by`, which gets the layer and the input.
return {
  ops = {
    { name = "hypot by its squares", f = function(a, b) return a:hypot(b) end, by = function(a, b) return (a * a + b * b):sqrt() end,
      shapes = { { 3, 4 }, { 3, 4 } } },
    { name = "hypot of a row", f = function(a, b) return a:hypot(b) end, by = function(a, b) return (a * a + b * b):sqrt() end,
      shapes = { { 2, 3, 4 }, { 4 } } },
    { name = "hypot of a view", f = function(a, b) return a:t():hypot(b) end, by = function(a, b) return (a:t():square() + b * b):sqrt() end,
      shapes = { { 3, 5 }, { 5, 3 } }, lo = 0.5, hi = 1 },
  },
  layers = {
    { make = "nn.PReLU(3)", shape = { 4, 3 }, by = function(net, x) return x:clamp(0, 9) + x:clamp(-9, 0) * net.weight end },
  },
}
