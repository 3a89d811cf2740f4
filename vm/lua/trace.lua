--- trace.lua: the frames and locals of the last error, as text: nothing of the session is kept alive by them.
local show = require "vm.show"
local source = require "vm.source"
local trace = {}

local last

local function ours(info) return info.source:find "^@lunette:" or info.what == "C" end

local function locals_of(level)
  local parts = {}
  for i = 1, 30 do
    local name, value = debug.getlocal(level + 1, i)
    if not name then break end
    local inner = name:find "^%(" or name:find "^_%l+_$" -- Lua's, and the prompt's
    if not inner and name ~= "self" then parts[#parts + 1] = name .. " = " .. show.brief(value) end
  end
  return table.concat(parts, ", ")
end

-- A function's name where its call has none: that of a tail call, as the prompt's `return f(x)` is.
local function global_name(f)
  for name, value in next, _G do
    if rawequal(value, f) and type(name) == "string" then return name end
  end
  return nil
end

local function typed_line(info)
  local s = source.of(info.func)
  local text = info.what == "main" and lunette.entry or ""
  local line = s and s.lines[info.currentline] or text:match "[^\n]*"
  return "typed here: " .. line:gsub("^%s+", "")
end

--- As a message handler: notes the frames that are the user's, and where they went into ours; the message goes on.
function trace.handler(message)
  message = lunette.explain(message)
  local lines, count = {}, 0
  for level = 2, 200 do
    local info = debug.getinfo(level, "nSlf")
    if not info or info.source == "@lunette:vm/lua/repl.lua" then break end
    if not ours(info) then
      local where = info.source == "=stdin" and typed_line(info) or ("%s:%d"):format(info.short_src, info.currentline)
      local name = info.what ~= "main" and (info.name or global_name(info.func))
      name = name and "in " .. name or info.what == "main" and "main chunk" or "in a function"
      count = count + 1
      lines[#lines + 1] = ("%2d  %s  %s"):format(count, name, where)
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
