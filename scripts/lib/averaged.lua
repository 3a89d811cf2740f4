--- averaged.lua: the moving average of a network's numbers beside the network that learns: it swings less from step to
-- step, and is as good as a later, slower one.  Polyak and Juditsky 1992.

--- averaged(model, steps) -> update(), called after each step, and load(), which puts the average into the model, for
-- good.  The average reaches back over about a fifteenth of `steps`, all that there will be; over less in the
-- beginning.  Buffers, such as the means of batch norm, are averaged as well.
return function(model, steps)
  local average, decay, updates = {}, 1 - 1 / math.max(10, steps / 15), 0
  local function update()
    updates = updates + 1
    local now = math.min(decay, updates / (updates + 10))
    for key, v in pairs(model:state()) do
      average[key] = average[key] or v:detach():clone()
      optim.ema(average[key], v, now)
    end
  end
  return update, function() model:load_state(average) end
end
