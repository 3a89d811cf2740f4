--- moved.lua: parameters that net:to(dtype) put in the place of others, for optimisers that hold the old ones.
local next_of = setmetatable({}, { __mode = "k" })
local moved = { count = 0 } -- grows with every net:to that put new ones in place

function moved.put(old, new)
  next_of[old] = new
  moved.count = moved.count + 1
end

--- moved.latest(p): what stands in its place now; p itself where nothing does.
function moved.latest(p)
  while next_of[p] do p = next_of[p] end
  return p
end

return moved
