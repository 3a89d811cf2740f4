--- repl.lua: what the prompt does with an entry: echo, `_`, commands, hints, completion.
local help = require "vm.help"
local repl = {}

local tty = lunette.isatty(1)
local plain = os.getenv "NO_COLOR" or os.getenv "TERM" == "dumb" or not tty
local function dim(s) return plain and s or ("\27[2m" .. s .. "\27[0m") end

-- --- showing values -----------------------------------------------------------------------------------------------

local function quoted(s) return ("%q"):format(s):gsub("\\\n", "\\n") end

-- A plain table on a line, or a line an entry when it is long; never deeper than three.
local function table_text(t, depth, seen)
  if seen[t] then return "{...}" end
  seen[t] = true
  local parts, n = {}, #t
  local function value(v)
    if type(v) == "string" then return (quoted(v)) end
    if type(v) == "table" and not getmetatable(v) then
      return depth >= 3 and "{...}" or table_text(v, depth + 1, seen)
    end
    if lunette.is_tensor(v) and v:numel() > 1 then return lunette.typename(v) end
    return tostring(v)
  end
  for i = 1, math.min(n, 20) do parts[#parts + 1] = value(rawget(t, i)) end
  if n > 20 then parts[#parts + 1] = ("... %d more"):format(n - 20) end
  local keys = {}
  for k in next, t do
    if not (math.type(k) == "integer" and k >= 1 and k <= n) then keys[#keys + 1] = k end
  end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for i, k in ipairs(keys) do
    if i > 40 then
      parts[#parts + 1] = ("... %d more"):format(#keys - 40)
      break
    end
    local name = type(k) == "string" and k:match "^[%a_][%w_]*$" and k or ("[" .. value(k) .. "]")
    parts[#parts + 1] = name .. " = " .. value(rawget(t, k))
  end
  seen[t] = nil
  local line = "{" .. table.concat(parts, ", ") .. "}"
  if #line <= 90 or depth > 1 then return line end
  return "{\n  " .. table.concat(parts, ",\n  ") .. "\n}"
end

function repl.text(v)
  if type(v) == "string" then return v end
  if type(v) == "table" and not getmetatable(v) then return table_text(v, 1, {}) end
  return tostring(v)
end

local function echo(...)
  local n = select("#", ...)
  for i = 1, n do
    local v = select(i, ...)
    print(repl.text(v))
  end
end

-- --- errors --------------------

local function hint_for(text, message)
  if not message:find "near" and not message:find "syntax" and not message:find "unexpected" then return nil end
  local name, sign, rest = text:match "([%a_][%w_.]*)%s*([%+%-%*/])=%s*([^=].-)%s*$"
  if name then
    local method = ({ ["+"] = "add", ["-"] = "sub", ["*"] = "mul", ["/"] = "div" })[sign]
    return ("%s = %s %s %s or %s:%s_(%s)"):format(name, name, sign, rest, name, method, rest)
  end
  if text:find "[%w_%)%]]%s*@%s*[%w_%(]" then return "matrix product is a:mm(b)" end
  if text:find "!=" then return "not equal is ~=" end
  return nil
end

local last_trace

local function failed(message)
  last_trace = debug.traceback("", 2)
  return message
end

local function show_error(text, message)
  message = type(message) == "string" and message or repl.text(message)
  message = message:gsub("^stdin:1: ", ""):gsub("^lunette:[^\n]-:%d+: ", "")
  io.stderr:write(message, "\n")
  local hint = hint_for(text, message)
  if hint then io.stderr:write("hint: ", hint, "\n") end
end

-- --- commands: :name rest --------------------

local commands = {}

local function evaluate(text)
  local f, why = load("return " .. text, "=stdin", "t")
  if not f then f, why = load(text, "=stdin", "t") end
  if not f then error(why, 0) end
  return f
end

--- :who: the globals that are yours, largest first.
local builtin = { _ = true, quit = true, exit = true }
for k in next, _G do builtin[k] = true end
function commands.who()
  local rows, total = {}, 0
  for k, v in next, _G do
    if type(k) == "string" and not builtin[k] then
      local bytes = lunette.is_tensor(v) and v:nbytes() or 0
      if nn.is_module(v) then
        for _, e in ipairs(v:named_tensors()) do bytes = bytes + e[2]:nbytes() end
      end
      total = total + bytes
      local kind = lunette.is_tensor(v) and lunette.typename(v) or nn.is_module(v) and v:label() or type(v)
      rows[#rows + 1] = { k, kind, bytes, lunette.is_tensor(v) and v.needs_grad and "grad" or "" }
    end
  end
  table.sort(rows, function(a, b) return a[3] ~= b[3] and a[3] > b[3] or a[3] == b[3] and a[1] < b[1] end)
  for _, r in ipairs(rows) do
    local line = ("%-16s %-24s %12d  %s"):format(r[1], r[2], r[3], r[4])
    print((line:gsub("%s+$", "")))
  end
  print(("%d names, %d bytes of tensors"):format(#rows, total))
end

--- :time e: wall time and tensors made.
function commands.time(rest)
  local f = evaluate(rest)
  local before, start = lunette.memory().allocations, lunette.clock()
  local results = table.pack(f())
  local spent = lunette.clock() - start
  echo(table.unpack(results, 1, results.n))
  print(("%.6g s, %d allocations"):format(spent, lunette.memory().allocations - before))
end

--- :bench e: the median of many runs.
function commands.bench(rest)
  local f, times, start = evaluate(rest), {}, lunette.clock()
  f()
  while #times < 5 or (lunette.clock() - start < 1 and #times < 10000) do
    local t = lunette.clock()
    f()
    times[#times + 1] = lunette.clock() - t
  end
  table.sort(times)
  local n = #times
  print(("median %.4g us, quartiles %.4g .. %.4g, %d runs"):format(times[n // 2 + 1] * 1e6, times[n // 4 + 1] * 1e6,
    times[(3 * n) // 4 + 1] * 1e6, n))
end

--- :run file args
function commands.run(rest)
  local words = {}
  for w in rest:gmatch "%S+" do words[#words + 1] = w end
  local f, why = loadfile(words[1] or "", "t")
  if not f then error(why, 0) end
  arg = { [0] = words[1], table.unpack(words, 2) }  -- luacheck: ignore
  return f(table.unpack(words, 2))
end

function commands.bt() print(last_trace or "no error yet") end
function commands.full(rest)
  local v = evaluate(rest)()
  print(lunette.is_tensor(v) and tensor.full_text and tensor.full_text(v) or repl.text(v))
end
function commands.pwd() os.execute "pwd" end
function commands.help(rest) help.show(rest ~= "" and rest or "help") end
function commands.demo(rest) require "vm.demo".main(table.unpack(rest ~= "" and { rest } or {})) end
commands["?"] = commands.help

local function names_of(t)
  local list = {}
  for k in next, t do
    if type(k) == "string" and k:match "^%a" then list[#list + 1] = k end
  end
  table.sort(list)
  return list
end

--- Names of all commands.
function repl.commands() return names_of(commands) end

local function command(text)
  local name, rest = text:match "^:(%S*)%s*(.*)$"
  if name == "" then
    print(":" .. table.concat(names_of(commands), " :"))
    return
  end
  local f = commands[name]
  if not f then
    local near = lunette.nearest(name, names_of(commands))
    error((":%s is no command.%s"):format(name, near and (" Did you mean :" .. near .. "?")
      or " There are :" .. table.concat(names_of(commands), " :")), 0)
  end
  return f(rest)
end

-- --- one entry --------------------

local function run_chunk(text, chunk)
  local results = table.pack(chunk())
  if results.n == 0 then return end
  if results[1] ~= nil then rawset(_G, "_", results[1]) end
  if not text:match ";%s*$" then echo(table.unpack(results, 1, results.n)) end
end

--- Called by repl.c with the text and either a compiled chunk or the syntax error.
function repl.run(text, chunk, syntax)
  local first = text:sub(1, 1)
  local function work()
    if first == ":" then return command(text) end
    if first == "!" then return os.execute(text:sub(2)) end
    if first == "?" then return help.show(text:match "^%?+%s*(.-)%s*$", text:sub(1, 2) == "??") end
    local asked = text:match "^%s*([%w_.:]+)%?%s*$"
    if asked then return help.show(asked) end
    if not chunk then
      show_error(text, syntax)
      return nil
    end
    local start = lunette.clock()
    run_chunk(text, chunk)
    local spent = lunette.clock() - start
    if spent >= 1 then print(dim(("%.2f s"):format(spent))) end
  end
  local ok, message = xpcall(work, failed)
  if not ok then show_error(text, message) end
end

function repl.interrupted(text, message) show_error(text, message) end

function quit() lunette.leave() end  -- luacheck: ignore
exit = quit  -- luacheck: ignore

-- --- completion: looks with rawget only --------------------

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
function repl.complete(line, start)
  local word, list = line:sub(start), {}
  if line:match "^%s*:%S*$" then
    for _, name in ipairs(names_of(commands)) do
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

return repl
