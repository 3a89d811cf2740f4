--- show.lua: values as text for the prompt, and the pager.
local show = {}

local function quoted(s) return ("%q"):format(s):gsub("\\\n", "\\n") end

-- What a value may take: entries of a list and of names, levels of tables, bytes of a string in a table, bytes and
-- lines of one alone.  :full takes them all.
local limits = { list = 20, names = 40, depth = 3, inner = 200, bytes = 2000, lines = 30 }
local none = setmetatable({}, { __index = function() return math.huge end })
local now = limits

-- The first bytes of s, never half a letter.
local function head(s, n) return s:sub(1, (utf8.offset(s, 0, n + 1) or n + 1) - 1) end

local function counted(n) return (("%d"):format(n):reverse():gsub("%d%d%d", "%0 "):reverse():gsub("^ ", "")) end

-- A string in a table, cut where it is long.
local function inner(s)
  if #s <= now.inner then return (quoted(s)) end
  return ("%s ... %s bytes"):format(quoted(head(s, now.inner)), counted(#s))
end

--- A value in one short line, without its contents: locals in :bt, fields of tables.
function show.brief(v)
  if lunette.is_tensor(v) then return lunette.typename(v) end
  if nn.is_module(v) then return v:label() end
  if type(v) == "string" then
    local text = quoted(#v > 40 and v:sub(1, 40) .. "..." or v)
    return text
  end
  if type(v) == "table" then
    local n = 0
    for _ in next, v do n = n + 1 end
    return ("table of %d"):format(n)
  end
  if type(v) == "number" or type(v) == "boolean" or v == nil then return tostring(v) end
  return type(v)
end

-- A table that does not say itself what it is as text.
local function is_plain(v)
  local mt = type(v) == "table" and getmetatable(v)
  if type(v) ~= "table" or not mt then return type(v) == "table" end
  return type(mt) == "table" and not rawget(mt, "__tostring") and not rawget(mt, "__call")
end

-- A plain table on a line, or a line an entry when it is long; never deeper than three.
local table_text
function table_text(t, depth, seen)
  if seen[t] then return "{...}" end
  seen[t] = true
  local parts, n = {}, #t
  local function value(v)
    if type(v) == "string" then return inner(v) end
    if lunette.is_tensor(v) then return v:dim() == 0 and tostring(v) or lunette.typename(v) end
    if nn.is_module(v) then return v:label() end
    if is_plain(v) then return depth >= now.depth and "{...}" or table_text(v, depth + 1, seen) end
    return (tostring(v):gsub("\n.*", " ..."))
  end
  for i = 1, math.min(n, now.list) do parts[#parts + 1] = value(rawget(t, i)) end
  if n > now.list then parts[#parts + 1] = ("... %d more"):format(n - now.list) end
  local keys = {}
  for k in next, t do
    if not (math.type(k) == "integer" and k >= 1 and k <= n) then keys[#keys + 1] = k end
  end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for i, k in ipairs(keys) do
    if i > now.names then
      parts[#parts + 1] = ("... %d more"):format(#keys - now.names)
      break
    end
    local name = type(k) == "string" and #k <= now.inner and k:match "^[%a_][%w_]*$" and k or ("[" .. value(k) .. "]")
    parts[#parts + 1] = name .. " = " .. value(rawget(t, k))
  end
  seen[t] = nil
  local line = "{" .. table.concat(parts, ", ") .. "}"
  if #line <= 78 or depth > 1 then return line end
  return "{\n  " .. table.concat(parts, ",\n  ") .. "\n}"
end

-- tensor, nn, ...: what it has, by name; `nn` alone should not fill the screen with addresses.
local function room_text(name, room)
  local names = lunette.public_names(room)
  local lines, line = { ("%s: %d names; ?%s.%s explains one"):format(name, #names, name, names[1]) }, " "
  for _, key in ipairs(names) do
    if #line + #key + 1 > 78 then
      lines[#lines + 1], line = line, " "
    end
    line = line .. " " .. key
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n")
end

-- A string as it is, but for bytes that a terminal would take for orders.
local function harmless(s)
  return (s:gsub("[\0-\8\11-\31\127]", function(c) return ("\\x%02x"):format(c:byte()) end))
end

-- A string alone, as tensors are: no longer than the screen takes.
local function string_text(s)
  if now == none then return harmless(s) end
  local at, line = 0, 0
  while line < now.lines and at and at < now.bytes do
    at, line = s:find("\n", at + 1, true), line + 1
  end
  local n = line == now.lines and at and math.min(at - 1, now.bytes) or now.bytes
  if n >= #s - 1 then return harmless(s) end
  return ("%s\n... %s bytes in all; :full shows them"):format(harmless(head(s, n)), counted(#s))
end

-- A function is its signature: one of ours with where to read on, one of the user's with its place.
local function function_text(f)
  local e = require "vm.entries".find(f)
  if e then return ("function %s   ?%s explains"):format(e.sig, e.name) end
  local first = require "vm.source".summary(f, "function"):match "[^\n]*"
  return first:find "   " and first or tostring(f)
end

--- What the prompt echoes.
function show.text(v)
  if type(v) == "function" then return function_text(v) end
  if v ~= v then return "nan" end
  local class = type(v) == "table" and getmetatable(v) and rawget(v, "__index") and require "vm.entries".find(v)
  if class then return ("class %s   ?%s explains"):format(class.sig, class.name) end
  if v ~= nil and lunette.rooms[v] then return room_text(lunette.rooms[v], v) end
  if type(v) == "string" then return string_text(v) end
  if is_plain(v) then return table_text(v, 1, {}) end
  if lunette.is_tensor(v) and v.ndim == 0 and not v.is_meta then -- told from a number
    return ("%s  %s%s"):format(tostring(v), lunette.typename(v), v.needs_grad and " requires_grad" or "")
  end
  return tostring(v)
end

--- All of a value, however long.
function show.full(v)
  if lunette.is_tensor(v) then return lunette.full_text(v) end
  now = none
  local ok, text = pcall(show.text, v)
  now = limits
  if not ok then error(text, 0) end
  return text
end

--- Seconds in a unit that keeps the number short; `like`: in the unit that fits those.
function show.seconds(s, like)
  like = like or s
  if like < 1e-3 then return ("%.3g us"):format(s * 1e6) end
  if like < 1 then return ("%.3g ms"):format(s * 1e3) end
  return ("%.4g s"):format(s)
end

--- A line as far as the terminal is wide.
function show.cut(line)
  local wide = lunette.width()
  return #line <= wide and line or line:sub(1, wide - 4) .. " ..."
end

-- What runs the pager: less leaves its text on the screen, and obeys no keys that write files or start programs.
local function pager_of(path)
  local own = os.getenv "PAGER"
  own = own and own ~= "" and own or nil
  if own and own:find "[|;&<>]" then return ("{ %s ; } <'%s'"):format(own, path) end
  local less = "LESSSECURE=1 exec less -FRX -P'q leaves, space goes on'"
  return ("%s <'%s'"):format(own and "exec " .. own or less, path)
end

--- Long text through the pager ($PAGER, else less) on a terminal; printed as it is elsewhere.  From a file, by
-- os.execute: a ^C is the pager's then, where a pipe would leave us waiting for it.
function show.page(text)
  local lines = select(2, text:gsub("\n", "\n")) + 1
  if not lunette.isatty(1) or lines < 24 then return print(text) end
  local path = os.tmpname()
  local f = io.open(path, "w")
  if not f then return print(text) end
  f:write(text, "\n")
  f:close()
  io.stdout:flush()
  local ok, how, code = os.execute(pager_of(path))
  os.remove(path)
  if not ok and how == "exit" and code == 127 then print(text) end -- there is none
end

return show
