--- bench_time.lua: how long a step takes: median milliseconds, and of how many steps.

-- What process 0 decides is done by all: they step together.
local function agreed(go)
  if not lunette.is_many() then return go end
  return dist.broadcast(tensor { go and 1 or 0 }, 0)[1] == 1
end

--- Two steps to warm up; then at least `least` and up to `most` within the budget of seconds; the median.
return function(step, budget, least, most)
  budget, least, most = budget or 2, least or 5, most or 200
  step()
  step()
  local times, start = {}, lunette.clock()
  while agreed(#times < least or (lunette.clock() - start < budget and #times < most)) do
    local t = lunette.clock()
    step()
    times[#times + 1] = lunette.clock() - t
  end
  table.sort(times)
  return times[#times // 2 + 1] * 1e3, #times
end
