--- trace.lua: the frames and locals of the last error, as text: nothing of the session is kept alive by them.
local show = require "vm.show"
local trace = {}

local last

local function ours(info) return info.source:find "^@lunette:" or info.what == "C" end

local function locals_of(level)
  local parts = {}
  for i = 1, 30 do
    local name, value = debug.getlocal(level + 1, i)
    if not name then break end
    if not name:find "^%(" and name ~= "self" then parts[#parts + 1] = name .. " = " .. show.brief(value) end
  end
  return table.concat(parts, ", ")
end

--- As a message handler: notes the frames that are the user's, and where they went into ours; the message goes on.
function trace.handler(message)
  message = lunette.explain(message)
  local lines = {}
  for level = 2, 200 do
    local info = debug.getinfo(level, "nSl")
    if not info or info.source == "@lunette:vm/lua/repl.lua" then break end
    if not ours(info) then
      local where = info.source == "=stdin" and "typed here" or ("%s:%d"):format(info.short_src, info.currentline)
      local name = info.name and ("in %s"):format(info.name) or info.what == "main" and "main chunk" or "in a function"
      lines[#lines + 1] = ("%2d  %s  %s"):format(#lines + 1, where, name)
      local locals = locals_of(level)
      if locals ~= "" then lines[#lines + 1] = "      " .. locals end
    end
  end
  last = (type(message) == "string" and message or show.brief(message)) .. "\n" .. table.concat(lines, "\n")
  return message
end

--- What :bt prints.
function trace.text() return last and (last:gsub("%s+$", "")) or "no error yet" end

return trace
