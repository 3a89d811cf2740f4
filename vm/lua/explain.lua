--- explain.lua: what Lua's own errors most likely meant, said only where that is certain enough.
local rooms = { "tensor", "nn", "optim", "data", "viz", "draw", "audio" }

-- The nearest public name in the rooms: "tensor.zeros"; nil when none is near.
local function nearest_function(word)
  for _, pass in ipairs { false, true } do -- first but for the case of letters, then by distance
    for _, room in ipairs(rooms) do
      local names = {}
      for name in next, _G[room] do
        if type(name) == "string" and not name:find "^_" then names[#names + 1] = name end
      end
      table.sort(names)
      local near = pass and lunette.nearest(word, names)
      for _, name in ipairs(pass and {} or names) do
        if name:lower() == word:lower() then near = name end
      end
      if near then return room .. "." .. near end
    end
  end
  return nil
end

local function nearest_method(word)
  local names = {}
  for name in next, nn.Module do
    if type(name) == "string" and not name:find "^_" then names[#names + 1] = name end
  end
  for _, name in ipairs { "step", "zero_grad", "update", "state", "load_state" } do names[#names + 1] = name end
  table.sort(names)
  return lunette.nearest(word, names)
end

local function meant(message)
  local field = message:match "attempt to call a nil value %(field '([^']+)'%)"
  if field then
    local near = nearest_function(field)
    return near and ("Did you mean '%s'?"):format(near)
  end
  local method = message:match "attempt to call a nil value %(method '([^']+)'%)"
  if method then
    local near = nearest_method(method)
    return near and ("Did you mean ':%s'?"):format(near)
  end
  if message:find "attempt to call a tensor value" then return "A tensor is indexed with brackets: x[i]" end
  if message:find "nil value %(field 'grad'%)" then return "grad is nil until backward() has run" end
  return nil
end

--- lunette.explain(message): the message with a hint behind its first line, where there is one.
function lunette.explain(message)
  if type(message) ~= "string" or not message:find("attempt to", 1, true) then return message end
  local hint = meant(message)
  if not hint then return message end
  local first, rest = message:match "^([^\n]*)(.*)$"
  return first .. ". " .. hint .. rest
end
