--- drawn.lua: pictures of our own, drawn in batches that stay in the cache, with a word of how far that is.

--- drawn(what, n, batch) -> pictures and labels of n, one below the other; batch(m) draws m.
return function(what, n, batch)
  local xs, ys = {}, {}
  for at = 1, n, 64 do
    viz.preparing("drawn " .. what, at - 1, n)
    xs[#xs + 1], ys[#ys + 1] = batch(math.min(64, n - at + 1))
  end
  return tensor.cat(xs, 1), tensor.cat(ys, 1)
end
