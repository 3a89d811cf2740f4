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

-- Names of t that begin with prefix; those with a leading _ only where it is typed; behind a colon only what is called.
local function add_keys(list, t, prefix, before)
  local methods = before:sub(-1) == ":"
  for k, v in next, t do
    if type(k) == "string" and k:match "^[%a_][%w_]*$" and k:sub(1, #prefix) == prefix and
      (prefix ~= "" or k:sub(1, 1) ~= "_") then
      local mt = type(v) == "table" and getmetatable(v)
      local callable = type(v) == "function" or type(mt) == "table" and rawget(mt, "__call")
      if callable or not methods then list[#list + 1] = before .. k .. (callable and "(" or "") end
    end
  end
end

local keywords = {
  "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil", "not",
  "or", "repeat", "return", "then", "true", "until", "while",
}
local fields = { shape = true, dtype = true, ndim = true, grad = true, needs_grad = true, is_leaf = true }

local function methods_of(v, sign)
  if lunette.is_tensor(v) then return { tensor.methods, sign == "." and fields or nil } end
  local found = {}
  if type(v) == "string" then return { string } end
  while type(v) == "table" and #found < 8 do
    found[#found + 1] = v
    local mt = getmetatable(v)
    local index = type(mt) == "table" and rawget(mt, "__index")
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

-- Each name once, in order.
local function sorted(list)
  table.sort(list)
  local once = {}
  for _, name in ipairs(list) do
    if name ~= once[#once] then once[#once + 1] = name end
  end
  return once
end

local function command_names(word)
  local list = {}
  for _, name in ipairs(commands.names()) do
    local full = ":" .. name
    if full:sub(1, #word) == word then list[#list + 1] = full end
  end
  return list
end

--- The matches of the word that begins at column `start` of `line` (cut at the cursor); names of files are readline's.
return function(line, start)
  local word, list = line:sub(start), {}
  if line:match "^%s*:%S*$" then return command_names(word) end
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
      for _, t in ipairs(methods_of(v, sign)) do add_keys(list, t, rest, object .. sign) end
    end
  else
    add_keys(list, _G, word, "")
    for _, k in ipairs(keywords) do
      if k:sub(1, #word) == word and word ~= "" then list[#list + 1] = k end
    end
  end
  return sorted(list)
end
