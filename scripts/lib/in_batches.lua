--- in_batches.lua: what a network says of many samples, without gradients and without the memory for all at once.

--- in_batches(f, x) -> f of all rows of x, 64 at a time, one below the other.
return function(f, x)
  local parts = {}
  for xs in data.loader { { x }, batch = 64 } do parts[#parts + 1] = tensor.no_grad(f, xs) end
  return tensor.cat(parts, 1)
end
