--- repl.lua: what the prompt does with an entry: runs it, echoes, keeps `_`, words errors.
local commands = require "vm.commands"
local entry = require "vm.entry"
local help = require "vm.help"
local hint_for = require "vm.hints"
local session = require "vm.session"
local show = require "vm.show"
local source = require "vm.source"
local trace = require "vm.trace"
local tour = require "vm.tour"
local warn = require "vm.warnings"
local repl = { compile = entry.compile, without_prompts = entry.without_prompts, unfinished = entry.unfinished,
  indent = entry.indent, edited = session.edited, take = session.take, complete = require "vm.complete",
  commands = commands.names, text = show.text,
  history = function() return {} end } -- repl.c puts the terminal's there
function session.history() return repl.history() end

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
  message = type(message) == "string" and #message < 4000 and message or show.text(message)
  lunette.tell_missing(message)
  local hint = syntax and hint_for(text, message)
  message = message:gsub("^stdin:1: ", ""):gsub("^lunette:[^\n]-:%d+: ", "")
  io.stderr:write(red and "\27[31m" or "", message, red and "\27[0m" or "", "\n")
  local format = message:find "%(global 'f'%)" and text:find "%f[%w_]f[\"']" -- f"{x}" calls f, to Lua
  hint = hint or format and hint_for(text, message)
  if hint then io.stderr:write("hint: ", hint, "\n") end
end

-- --- one entry --------------------------------------------------------------------------------------------------

-- How a training is told in a line; nil of what is none.
local function summary_of(v)
  local mt = type(v) == "table" and getmetatable(v)
  return type(mt) == "table" and rawget(mt, "__summary")
end

-- What is echoed: of a training whose epochs stand above already, a line.
local function echoed(text, v)
  local summary = summary_of(v)
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
  if summary_of(results[1]) then n = 1 end -- what resume goes on with is for nobody's eyes
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
    warn(text, results)
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
