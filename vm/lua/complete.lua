--- complete.lua: what TAB offers.  Looks with rawget only: nothing of the user's is ever run.
local commands = require "vm.commands"
local entries = require "vm.entries"
local infer = require "vm.infer"
local run = require "vm.run"

local function begins(text, prefix) return text:sub(1, #prefix) == prefix end

-- Names of t that begin with prefix; those with a leading _ only where it is typed; behind a colon only what is called.
local function add_keys(list, t, prefix, before)
  local methods = before:sub(-1) == ":"
  for k, v in next, t do
    if type(k) == "string" and k:match "^[%a_][%w_]*$" and begins(k, prefix) and
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

-- The tables whose names come behind a value; a question may name methods behind a point.
local function tables_of(v, sign, question)
  if v == infer.tensor or lunette.is_tensor(v) then
    return { sign == "." and fields or tensor.methods, question and tensor.methods or nil }
  end
  if v == infer.module then return { nn.Module } end
  if v == infer.optimizer then return { lunette.Optimizer } end
  if v == infer.string or type(v) == "string" then return { string } end
  return infer.tables(v)
end

-- The call whose argument is typed at the end of line: its name, and whether options may stand there.
local function call_at(line)
  local depth, quote, at_options = 0, nil, false
  for i = #line, 1, -1 do
    local c = line:sub(i, i)
    if quote then
      if c == quote then quote = nil end
    elseif c == '"' or c == "'" then
      quote = c
    elseif c == "}" or c == ")" or c == "]" then
      depth = depth + 1
    elseif c == "{" or c == "(" or c == "[" then
      local before = line:sub(1, i - 1)
      local name = before:match "([%a_][%w_.:]*)%s*%(?%s*$" or before:match "[%)%]}][.:]([%a_][%w_]*)%s*%(?%s*$"
      if depth == 0 and name then return name, at_options or c == "{" end
      if depth == 0 then at_options = at_options or c == "{" end -- a table among the arguments: its call is further out
      if depth > 0 then depth = depth - 1 end
    end
  end
  return nil
end

-- The words that an option takes: of "what it does (mean, sum, none)", or the dtypes.
local function words_of(option)
  local text = option[3] or ""
  if option[1] == "dtype" or text:find "^f32 f64" then return { "f32", "f64", "i64", "i32", "u8", "bool" } end
  local list = {}
  for word in (text:match "%(([%w_, ]+)%)%s*$" or ""):gmatch "[%w_]+" do list[#list + 1] = word end
  return #list > 1 and list or {}
end

-- What may stand in the string that is open at the end of line; nil: perhaps a file.
local function words_in_string(line)
  local before, word = line:match "^(.*)[\"']([^\"']*)$"
  if not before then return nil end
  local option = before:match "([%a_][%w_]*)%s*=%s*$"
  local called = call_at(option and before or before .. "(")
  if not called then called = before:match "([%a_][%w_.:]*)%s*%(?%s*$" end
  local e = called and entries.find(called)
  for _, o in ipairs(e and e.options or {}) do
    if o[1] == option or not option and #e.options == 1 then
      local list = {}
      for _, w in ipairs(words_of(o)) do
        if begins(w, word) then list[#list + 1] = w end
      end
      return #list > 0 and list or nil
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

-- Those that begin with what is typed, of commands, projects and help's own pages.
local function words_of_command(line)
  local list = {}
  local function add(word, prefix, before)
    if begins(word, prefix) then list[#list + 1] = (before or "") .. word end
  end
  local word = line:match "^%s*(:%S*)$"
  if word then
    for _, name in ipairs(commands.names()) do add(":" .. name, word) end
    return list
  end
  local project = line:match "^%s*:demo%s+(%S*)$" or line:match "^%s*:demo%s+%S+%s+(%S*)$"
  if not project then return nil end
  if line:match "^%s*:demo%s+%S+%s" then
    add("code", project)
  else
    for _, p in ipairs(run.projects()) do add(p.name, project) end
  end
  return list
end

local complete = {}

--- The signatures of the call that has just been opened at the end of line, or nil.
function complete.signature(line)
  local name = line:match "([%a_][%w_.:]*)%s*[%({]$" or line:match "[%)%]}\"']:([%a_][%w_]*)%s*[%({]$"
  local e = name and entries.find(name)
  return e and e.sig or nil
end

--- The words of the string that is open at the end of line; nil where it may name a file.
complete.in_string = words_in_string

--- The matches of the word that begins at column `start` of `line` (cut at the cursor); names of files are readline's.
function complete.words(line, start)
  local word, list = line:sub(start), {}
  local command = words_of_command(line)
  if command then return command end
  local called, options = call_at(line)
  if called and options and not word:find "[.:]" and not line:sub(1, start - 1):find "=%s*$" then
    for _, name in ipairs(entries.options(called)) do
      if begins(name, word) then list[#list + 1] = name .. "=" end
    end
    if #list > 0 then return list end
  end
  local object, sign, rest = word:match "^(.*)([.:])([%w_]*)$"
  local question = line:find "^%s*%?"
  if object then
    local whole = line:sub(1, start - 1 + #object)
    local from = infer.start(whole)
    local v = from and infer.value(whole:sub(from))
    if v ~= nil then
      for _, t in ipairs(tables_of(v, sign, question)) do add_keys(list, t, rest, object .. sign) end
    end
  else
    add_keys(list, _G, word, "")
    for _, k in ipairs(keywords) do
      if begins(k, word) and word ~= "" then list[#list + 1] = k end
    end
    if question and begins("tour", word) then list[#list + 1] = "tour" end
  end
  return sorted(list)
end

return complete
