--- complete.lua: what TAB offers.  Looks with rawget only: nothing of the user's is ever run.
local help = require "vm.help"
local commands = require "vm.commands"

-- The value of a dotted name, without running anything.
local function value_of(path)
  local v = _G
  for part in path:gmatch "[^.:]+" do
    if type(v) ~= "table" then return nil end
    v = rawget(v, part)
    if v == nil then return nil end
  end
  return v
end

local function add_keys(list, t, prefix, before)
  for k, v in next, t do
    if type(k) == "string" and k:match "^[%a_][%w_]*$" and k:sub(1, #prefix) == prefix then
      local mt = type(v) == "table" and getmetatable(v)
      local callable = type(v) == "function" or mt and rawget(mt, "__call")
      list[#list + 1] = before .. k .. (callable and "(" or "")
    end
  end
end

local keywords = {
  "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil", "not",
  "or", "repeat", "return", "then", "true", "until", "while",
}

local function methods_of(v)
  if lunette.is_tensor(v) then return { tensor.methods } end
  local found = {}
  if type(v) == "string" then return { string } end
  while type(v) == "table" and #found < 8 do
    found[#found + 1] = v
    local mt = getmetatable(v)
    local index = mt and rawget(mt, "__index")
    v = type(index) == "table" and index or nil
  end
  return found
end

-- Inside f{ or f( : the option names of what is called.
local function options_at(line)
  local depth = 0
  for i = #line, 1, -1 do
    local c = line:sub(i, i)
    if c == "}" or c == ")" then depth = depth + 1 end
    if c == "{" or c == "(" then
      if depth == 0 then return c == "{" and line:sub(1, i - 1):match "([%a_][%w_.:]*)%s*%(?$" end
      depth = depth - 1
    end
  end
  return nil
end

local function open_string(line)
  local quote
  for c in line:gmatch "." do
    if quote then
      if c == quote then quote = nil end
    elseif c == '"' or c == "'" then
      quote = c
    end
  end
  return quote
end

--- The matches of the word that begins at column `start` of `line` (cut at the cursor).
return function(line, start)
  local word, list = line:sub(start), {}
  if line:match "^%s*:%S*$" then
    for _, name in ipairs(commands.names()) do
      local full = ":" .. name
      if full:sub(1, #word) == word then list[#list + 1] = full end
    end
    return list
  end
  if open_string(line) then return { "\1files" } end
  local called = options_at(line)
  if called and not word:find "[.:]" then
    for _, name in ipairs(help.options(called)) do
      if name:sub(1, #word) == word then list[#list + 1] = name .. "=" end
    end
    if #list > 0 then return list end
  end
  local object, sign, rest = word:match "^(.*)([.:])([%w_]*)$"
  if object then
    local v = value_of(object)
    if v ~= nil then
      for _, t in ipairs(methods_of(v)) do add_keys(list, t, rest, object .. sign) end
      if sign == "." and type(v) == "table" and #list == 0 then add_keys(list, v, rest, object .. sign) end
    end
  else
    add_keys(list, _G, word, "")
    for _, k in ipairs(keywords) do
      if k:sub(1, #word) == word and word ~= "" then list[#list + 1] = k end
    end
  end
  table.sort(list)
  return list
end
