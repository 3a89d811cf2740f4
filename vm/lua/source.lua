--- source.lua: the text of Lua functions: the program's own, a file's, and those typed at the prompt.
local source = {}
local typed = {} -- entries that ran, in order

--- The prompt tells what it has run.
function source.note(text) typed[#typed + 1] = text end

--- The lines of a text.
function source.lines(text)
  local list = {}
  for line in (text .. "\n"):gmatch "(.-)\n" do list[#list + 1] = line end
  return list
end

--- The text of a chunk, by its name as debug.getinfo has it, and its path: the program's own, or a file's.
function source.chunk(name)
  local path = name:match "^@lunette:(.*)$" or name:match "^@(.*)$"
  local text = path and lunette.file(path)
  if not text and path then
    local file = io.open(path)
    text = file and file:read "a"
    if file then file:close() end
  end
  return text, path
end

-- The last entry that has a function at those lines; of several that which names it.
local function typed_text(info, name)
  local last = name and name:match "[%w_]+$"
  local found
  for i = #typed, 1, -1 do
    local lines = source.lines(typed[i])
    local first = lines[info.linedefined]
    if #lines >= info.lastlinedefined and first and first:find "%f[%w_]function%f[^%w_]" then
      if last and (first:find("function%s+[%w_.:]*%f[%w_]" .. last .. "%f[^%w_]") or
        first:find("%f[%w_]" .. last .. "%s*=%s*function")) then return typed[i] end
      found = found or typed[i]
    end
  end
  return found
end

--- Where a function is written: {path=, lines=, first=, last=}; nil when nobody knows.
function source.of(f, name)
  f = lunette.written[f] or f
  local info = debug.getinfo(f, "S")
  local text, path = source.chunk(info.source)
  if info.source == "=stdin" then path, text = "typed here", typed_text(info, name) end
  if not text then return nil end
  return { path = path, lines = source.lines(text), first = info.linedefined, last = info.lastlinedefined }
end

local function place(s) return s.path == "typed here" and s.path or ("%s:%d"):format(s.path, s.first) end

--- ??f: where it is written, and its lines.
function source.text(f, name)
  local s = source.of(f, name)
  return s and place(s) .. "\n" .. table.concat(s.lines, "\n", math.max(1, s.first), math.min(s.last, #s.lines))
end

--- ?f of the user's: its parameters, its place, and the comment above it.
function source.summary(f, name)
  local parameters = {}
  for i = 1, debug.getinfo(f, "u").nparams do parameters[i] = debug.getlocal(f, i) end
  if debug.getinfo(f, "u").isvararg then parameters[#parameters + 1] = "..." end
  local s = source.of(f, name)
  local lines = { ("%s(%s)"):format(name, table.concat(parameters, ", ")) }
  if not s then return lines[1] end
  lines[1] = lines[1] .. "   " .. place(s)
  local at = s.first
  while at > 1 and s.lines[at - 1]:find "^%s*%-%-" do at = at - 1 end
  for i = at, s.first - 1 do lines[#lines + 1] = "  " .. s.lines[i]:gsub("^%s*%-+%s*", "") end
  local beside = s.lines[s.first]:match "%-%-+%s*(.-)%s*$"
  if at == s.first and beside and beside ~= "" then lines[2] = "  " .. beside end
  return table.concat(lines, "\n")
end

return source
