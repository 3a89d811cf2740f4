--- repl.lua: what the prompt does with an entry: runs it, echoes, keeps `_`, words errors.
local commands = require "vm.commands"
local entry = require "vm.entry"
local help = require "vm.help"
local hint_for = require "vm.hints"
local infer = require "vm.infer"
local session = require "vm.session"
local show = require "vm.show"
local source = require "vm.source"
local trace = require "vm.trace"
local tour = require "vm.tour"
local repl = { compile = entry.compile, without_prompts = entry.without_prompts, unfinished = entry.unfinished,
  indent = entry.indent, edited = session.edited, take = session.take, complete = require "vm.complete",
  commands = commands.names, text = show.text,
  history = function() return {} end } -- repl.c puts the terminal's there

local no_color = os.getenv "NO_COLOR"
local plain = no_color and no_color ~= "" or os.getenv "TERM" == "dumb" or not lunette.isatty(1)
local red = not plain and lunette.isatty(2)
local function dim(s) return plain and s or ("\27[2m" .. s .. "\27[0m") end

-- --- errors -----------------------------------------------------------------------------------------------------

-- Of Python: a remark, which Lua would take for the length of something.
local function is_remark(text)
  local word, rest = text:match "^%s*#%s+([%a_][%w_]*)%s*(.*)$"
  return word and (rest:find "^[%w]" or rest == "" and rawget(_G, word) == nil)
end

local function show_error(text, message, syntax)
  message = type(message) == "string" and message or show.text(message)
  lunette.tell_missing(message)
  local hint = syntax and hint_for(text, message)
  message = message:gsub("^stdin:1: ", ""):gsub("^lunette:[^\n]-:%d+: ", "")
  io.stderr:write(red and "\27[31m" or "", message, red and "\27[0m" or "", "\n")
  local format = message:find "%(global 'f'%)" and text:find "%f[%w_]f[\"']" -- f"{x}" calls f, to Lua
  hint = hint or format and hint_for(text, message)
  if hint then io.stderr:write("hint: ", hint, "\n") end
end

-- --- one entry --------------------------------------------------------------------------------------------------

-- A module's name, or one of its fields, that the user has taken is said once: what follows in a session may still
-- count on it.
local warned = {}
local function warn_of(name, what, value, back)
  if warned[name] then return end
  warned[name] = true
  io.stderr:write(("%s was a %s and is %s now%s\n"):format(name, what, lunette.typename(value), back))
end

-- A function of Lua's own libraries may well give way to another function: there only other values are told.
local function warn_of_fields(name, was, module)
  local ours = lunette.rooms[module]
  for field, value in next, was do
    local now, path = rawget(module, field), name .. "." .. field
    if now ~= nil and now ~= value and (ours or type(value) == "function" and type(now) ~= "function") then
      local back = ours and ("; %s = nil brings it back"):format(path) or ""
      warn_of(path, type(value), now, back)
    end
  end
end

local function warn_of_taken()
  for name, was in next, shared do
    local module = type(was) == "table" and name ~= "_G" and package.loaded[name]
    if module and rawget(_G, name) ~= module then
      warn_of(name, "module", rawget(_G, name), ("; %s = require \"%s\" brings it back"):format(name, name))
    elseif module then
      warn_of_fields(name, was, module)
    end
  end
end

-- nn.Dense, net[1].wieght: a field that is not there, with the nearest that is.
local function warn_of_field(text)
  local object, name = text:match "^%s*(.-)%.([%a_][%w_]*)%s*;?%s*$"
  if not object then object, name = text:match "^%s*(.-)%[%s*(0)%s*%]%s*;?%s*$" end
  local v = object and infer.value(object)
  if name == "grad" and lunette.is_tensor(v) then
    local why = not v.needs_grad and "asks for no gradient: " .. object .. ":requires_grad()"
      or v.is_leaf and "has none before backward()" or "was computed: only what asks for gradients itself keeps one"
    return io.stderr:write(object, " ", why, "\n")
  end
  if name == "0" and type(v) == "table" then return io.stderr:write(object, ": indices count from 1\n") end
  if type(v) ~= "table" or lunette.is_missing(name) then return end
  local names = {}
  for _, t in ipairs(infer.tables(v)) do
    for key in next, t do names[#names + 1] = type(key) == "string" and not key:find "^_" and key or nil end
  end
  for _, key in ipairs(names) do
    if key == name then return end
  end
  local near = lunette.nearest(name, names)
  for key in next, v do -- a group of a file: d["s/x"]
    if type(key) == "string" and key:sub(1, #name + 1) == name .. "/" then near = ('%s["%s"]'):format(object, key) end
  end
  near = near and (" Did you mean '%s'?"):format(near) or ""
  io.stderr:write(("%s has no field '%s'.%s\n"):format(object, name, near))
end

local function is_history(v)
  local mt = type(v) == "table" and getmetatable(v)
  return type(mt) == "table" and rawget(mt, "__summary")
end

-- Is the value of an expression a tensor for certain?  x[1] of a vector is a number.
local function is_tensor_text(code)
  local v, base, indices = infer.value(code), code, 0
  if v ~= infer.tensor then return lunette.is_tensor(v) end
  while base:find "%[%-?%d+%]$" do base, indices = base:gsub("%[[^%[]*$", ""), indices + 1 end
  if indices == 0 then return not base:find "%]$" end
  v = infer.value(base)
  return lunette.is_tensor(v) and v:dim() > indices
end

-- Does what begins behind `before` stand in a string or a comment?
local function is_quoted(before)
  local _, quotes = before:gsub("[\"']", "")
  return quotes % 2 == 1 or before:find "%-%-[^\n]*$"
end

local goes_on = { ["then"] = true, ["do"] = true, ["and"] = true, ["or"] = true }

-- x:sum() == 55: never true, for Lua compares only like with like.
local function warn_of_equal(text)
  for at, sign, number, after in text:gmatch "()([=~]=)%s*(%-?%d[%w.]*)%s*([^%s]?%l*)" do
    local before = text:sub(1, at - 1):gsub("%s+$", "")
    local left = before:sub(infer.start(before) or #before + 1)
    local ends = after:find "^[%),;}]" or after == "" or goes_on[after]
    local own = before:find "%f[%w]f[ou][rn]%l*%f[%W]" and not left:find ":" -- a loop's or a function's own name
    if ends and not own and tonumber(number) and not is_quoted(before) and is_tensor_text(left) then
      return io.stderr:write(("a tensor never is a number: %s:item() %s %s, %s:%s(%s)\n"):format(left, sign, number,
        left, sign == "==" and "eq" or "ne", number))
    end
  end
end

local compared = { eq = true, ne = true, lt = true, le = true, gt = true, ge = true }

-- if x:gt(3) then: a tensor is true to Lua, whatever it holds.
local function warn_of_condition(text)
  for _, words in ipairs { { "if", "then" }, { "elseif", "then" }, { "while", "do" } } do
    for condition in text:gmatch(("%%f[%%w_]%s(%%f[%%W].-)%%f[%%w_]%s%%f[^%%w_]"):format(words[1], words[2])) do
      for part in condition:gsub("%f[%w_]or%f[^%w_]", " and "):gsub("%f[%w_]and%f[^%w_]", "\0"):gmatch "[^\0]+" do
        part = part:gsub("^%s*not%f[^%w_]", ""):gsub("^%s*%((.*)%)%s*$", "%1")
        local name = part:match "^.*:(%l+)%b()%s*$"
        if name == "any" or name == "all" then
          return io.stderr:write "any() and all() give a tensor, which is true to Lua: x:any():item()\n"
        elseif compared[name] then
          local text_of = "%s gives a tensor, which is true to Lua: x:%s(y):all():item(), or any\n"
          return io.stderr:write(text_of:format(name, name))
        end
      end
    end
  end
end

-- What runs, but hardly means what was meant.
local function warn_of_text(text, results)
  warn_of_equal(text)
  warn_of_condition(text)
  if text:find "%[%[[%d%s,%.%-]+%]%s*,%s*%[" then
    io.stderr:write("[[ ]] is a string here; lists are tensor{{1, 2}, {3, 4}}\n")
  end
  local first, last, step = text:match "[\"'%s,](%-?%d+):(%-?%d+):(%-?%d+)[\"'%s,]"
  first, last, step = tonumber(first), tonumber(last), tonumber(step)
  if first and (step < 0 or first == last or math.abs(step) > math.abs(last - first)) then
    io.stderr:write("a range is first:last:step, here one element\n")
  end
  local file = results[1] == nil and text:match "%f[%w_.:]load%s*%(?%s*[\"']([%w_./-]+%.%a%w*)[\"']%s*%)?%s*;?%s*$"
  if file then io.stderr:write(("load compiles Lua; tensor.load \"%s\" reads a file\n"):format(file)) end
end

-- What is echoed: of a training whose epochs stand above already, a line.
local function echoed(text, v)
  local summary = is_history(v)
  if summary and text:find "[.:]fit%s*[{%(]" and not text:find "quiet%s*=%s*true" then return summary(v) end
  return show.text(v)
end

-- Nothing, or not all, came of x = data.csv "t.csv": the message, or what was left out and why.
local function tell_of(name, value, why, left)
  if value == nil and type(why) == "string" then
    io.stderr:write(name, " is nil: ", why, "\n")
  elseif value ~= nil and why == nil and type(left) == "table" then
    for part, reason in next, left do
      if type(reason) == "string" then io.stderr:write(name, " lacks ", tostring(part), ", which ", reason, "\n") end
    end
  end
end

local function run_chunk(text, chunk)
  local results = table.pack(chunk())
  if entry.assigned[chunk] then
    tell_of(entry.assigned[chunk], table.unpack(results, 1, 3))
    return { n = 0 }
  end
  if results[1] ~= nil then rawset(_G, "_", results[1]) end
  local n = results.n
  while n > 1 and results[n] == nil do n = n - 1 end -- a value, and that nothing is wrong with it
  if is_history(results[1]) then n = 1 end -- what resume goes on with is for nobody's eyes
  if not text:match ";%s*$" then
    for i = 1, n do print(echoed(text, results[i])) end
  end
  return results
end

-- ?name, ??name, name? -> the name and whether its source is asked for; nil: no question
local function question(text)
  if text:sub(1, 1) == "?" then return text:match "^%?+%s*(.-)%s*$", text:sub(1, 2) == "??" end
  return text:match "^%s*([%w_.:]+)%?%s*$", false
end

-- !ls.  What a shell of its own forgets at its end, and how it ended, is said.
local function run_in_shell(line)
  io.stdout:flush()
  local folder = line:match "^%s*cd%s*([^;&|]*)$"
  if folder then return io.stderr:write((":cd %s changes the folder here; !cd that of a shell which ends"):format(
    folder), "\n") end
  local ok, how, code = os.execute(line)
  if not ok then io.stderr:write(how == "exit" and "status " or "signal ", code, "\n") end
end

--- Called by repl.c with the text and either a compiled chunk or the syntax error.
function repl.run(text, chunk, syntax)
  local first = text:sub(1, 1)
  local results
  session.begins()
  local function work()
    if first == ":" then return commands.run(text) end
    if first == "!" then
      return run_in_shell(text:sub(2))
    end
    if text:find "^%s*exit%s*;?%s*$" or text:find "^%s*quit%s*;?%s*$" then return lunette.leave() end
    if text:find "^%s*help%s*;?%s*$" then return help.show "help" end
    local name, code = question(text)
    if name then return help.show(name, code) end
    local start = lunette.clock()
    source.note(text)
    lunette.entry = text -- for those who ask what stands in a line
    lunette.entries = (lunette.entries or 0) + 1
    results = run_chunk(text, chunk)
    warn_of_taken()
    warn_of_text(text, results)
    if results.n == 1 and results[1] == nil then warn_of_field(text) end
    local spent = lunette.clock() - start
    if spent >= 1 then print(dim(("%.2f s"):format(spent))) end
  end
  if is_remark(text) then return show_error(text, "syntax error near '#'", true) end
  if not chunk and first ~= ":" and first ~= "!" and not question(text) then
    show_error(text, syntax, true)
    return repl.drop_entries()
  end
  local ok, message = xpcall(work, trace.handler)
  if not ok then
    show_error(text, message)
    return repl.drop_entries()
  end
  lunette.tell_missing()
  session.note(text)
  tour.entry(text, results)
end

-- --- what is pasted with its prompts ------------------------------------------------------------------------------

local waiting = {}

--- The first entry of a transcript, or of lines that are no Lua together; the others wait their turn.  nil: neither.
function repl.first_entry(text)
  local entries = entry.entries(text) or entry.lines(text)
  if not entries then return nil end
  waiting = table.move(entries, 2, #entries, 1, {})
  return entries[1]
end

--- The next that waits, shown as if it were typed, or nil.
function repl.next_entry()
  local text = table.remove(waiting, 1)
  if text then print("> " .. text:gsub("\n", "\n. ")) end
  return text
end

--- None waits any more, after an error or ^C.
function repl.drop_entries()
  if #waiting > 0 then io.stderr:write(("(%d pasted entries have not run)\n"):format(#waiting)) end
  waiting = {}
end

--- While nothing is typed: text to print, or nil.
function repl.idle() return session.news() end

function _G.quit() lunette.leave() end
_G.exit = _G.quit

return repl
