--- commands.lua: what :NAME does at the prompt.
local entries = require "vm.entries"
local help = require "vm.help"
local inspect = require "vm.inspect"
local session = require "vm.session"
local show = require "vm.show"
local trace = require "vm.trace"
local commands = {}

local list = {}   -- name -> function of the rest of the line

function commands.names()
  local names = {}
  for name in pairs(list) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function compile(name, code)
  if code == "" then error((":%s wants code: :%s x + 1"):format(name, name), 0) end
  local f, why = load("return " .. code, "=stdin", "t")
  if not f then f, why = load(code, "=stdin", "t") end
  if not f then error(why, 0) end
  return f
end

local function want(name, rest, what)
  if rest == "" then error((":%s wants %s"):format(name, what), 0) end
  return rest
end

-- --- what there is ----------------------------------------------------------------------------------------------

local builtin = { _ = true, quit = true, exit = true }
for k in next, _G do builtin[k] = true end

local function bytes_text(n)
  for _, unit in ipairs { { 1 << 30, "GB" }, { 1 << 20, "MB" }, { 1 << 10, "kB" } } do
    if n >= unit[1] then return ("%.1f %s"):format(n / unit[1], unit[2]) end
  end
  return n .. " B"
end

-- name, dtype, shape, bytes, grad
local function row_of(name, v)
  if lunette.is_tensor(v) then
    return { name, v.dtype, "[" .. table.concat(v.shape, ",") .. "]", v:nbytes(), v.needs_grad and "grad" or "" }
  end
  if nn.is_module(v) then
    local bytes = 0
    for _, e in ipairs(v:named_tensors()) do bytes = bytes + e[2]:nbytes() end
    return { name, "net", v:label(), bytes, "grad" }
  end
  return { name, type(v), (type(v) == "table" or type(v) == "function") and "" or show.brief(v), 0, "" }
end

function list.who()
  local rows, total = {}, 0
  for k, v in next, _G do
    if type(k) == "string" and not builtin[k] then
      rows[#rows + 1] = row_of(k, v)
      total = total + rows[#rows][4]
    end
  end
  table.sort(rows, function(a, b) return a[4] ~= b[4] and a[4] > b[4] or a[4] == b[4] and a[1] < b[1] end)
  for _, r in ipairs(rows) do
    local size = r[4] > 0 and bytes_text(r[4]) or ""
    print((("%-16s %-8s %-24s %10s  %s"):format(r[1], r[2], r[3], size, r[5]):gsub("%s+$", "")))
  end
  print(("%d names, %s of tensors"):format(#rows, bytes_text(total)))
end

-- --- measuring --------------------------------------------------------------------------------------------------

function list.time(rest)
  local f = compile("time", rest)
  lunette.flops(true)
  local before, start = lunette.memory().allocations, lunette.clock()
  local results = table.pack(pcall(f))
  local spent, flops = lunette.clock() - start, lunette.flops(false)
  if not results[1] then error(results[2], 0) end
  if not rest:find ";%s*$" then
    for i = 2, results.n do print(show.text(results[i])) end
  end
  local rate = flops > 0 and (", %.3g GFLOP/s"):format(flops / spent / 1e9) or ""
  print(("%s%s, %d allocations"):format(show.seconds(spent), rate, lunette.memory().allocations - before))
end

function list.bench(rest)
  local f, times, start = compile("bench", rest), {}, lunette.clock()
  f()
  while #times < 5 or (lunette.clock() - start < 1 and #times < 10000) do
    local t = lunette.clock()
    f()
    times[#times + 1] = lunette.clock() - t
  end
  table.sort(times)
  local n = #times
  local function quantile(k) return show.seconds(times[k * n // 4 + 1], times[n // 2 + 1]) end
  print(("median %s, quartiles %s .. %s, %d runs"):format(quantile(2), quantile(1), quantile(3), n))
end

-- --- files ------------------------------------------------------------------------------------------------------

function list.run(rest)
  local words = session.words(want("run", rest, "a file: :run train.lua"))
  local bare = words[1]
  if not lunette.modified(bare) and lunette.modified(bare .. ".lua") then
    error(("cannot open %s: No such file. Did you mean %s.lua?"):format(bare, bare), 0)
  end
  _G.arg = { [0] = words[1], table.unpack(words, 2) }
  return session.run(words[1], table.unpack(words, 2))
end

function list.reload(rest)
  local path = session.path(rest)
  if path ~= "" and not lunette.modified(path) then error(path .. ": No such file", 0) end
  local lines = session.reload()
  print(#lines > 0 and table.concat(lines, "\n") or "no file has changed")
end

function list.watch(rest)
  local path = rest ~= "" and session.path(rest) or nil
  session.watch(path)
  print(path and ("watching %s; :watch ends it"):format(path) or "watching nothing")
end

function list.save(rest)
  local path = session.path(want("save", rest, "a file: :save session.lua"))
  local n, why = session.save(path)
  if not n then error(why, 0) end
  print(("%d inputs in %s"):format(n, path))
end

function list.cd(rest)
  local ok, why = lunette.chdir(rest ~= "" and session.path(rest) or os.getenv "HOME" or "/")
  if not ok then error(why, 0) end
  list.pwd()
end

function list.pwd()
  local f = assert(io.popen "pwd")
  print((f:read "l"))
  f:close()
end
list["!"] = function(rest) os.execute(rest) end

-- --- looking closer ---------------------------------------------------------------------------------------------

--- :history, :history 50, :history WORD: entries, the newest last.
function list.history(rest)
  local all, lines = session.history(), {}
  local most = math.tointeger(tonumber(rest)) or 20
  for i = #all, 1, -1 do
    if #lines >= most then break end
    if tonumber(rest) or all[i]:find(rest, 1, true) then
      table.insert(lines, 1, ("%5d  %s"):format(i, (all[i]:gsub("\n", "\n       "))))
    end
  end
  if #lines > 0 then show.page(table.concat(lines, "\n")) end
end

--- :edit: the last entry in $EDITOR, then at the prompt again; :edit FILE: a file, which then runs.
function list.edit(rest)
  if rest ~= "" then
    local ok, editor = session.editor(session.path(rest))
    if ok then return list.run(rest) end
    error((":edit: %s failed"):format(editor), 0)
  end
  local all = session.history()
  local last = all[#all] or ""
  for i = #all, 1, -1 do
    last = all[i]
    if not last:find "^:" then break end
  end
  session.give(session.edited(last))
end

function list.q() lunette.leave() end

function list.bt() print(trace.text()) end

function list.full(rest)
  show.page(show.full(compile("full", rest)()))
end

--- :digits 8: how many digits behind the point tensors show.
function list.digits(rest)
  local n = math.tointeger(tonumber(rest))
  if rest ~= "" and not (n and n >= 1 and n <= 17) then
    error((":digits wants a whole number from 1 to 17, got '%s'"):format(rest), 0)
  end
  print(("%d digits behind the point"):format(lunette.digits(n)))
end

function list.why(rest) print(inspect.why(compile("why", rest)())) end
function list.gradcheck(rest) print(inspect.gradcheck(compile("gradcheck", rest)())) end

function list.help(rest)
  if rest == "" then return commands.list() end
  help.show(rest)
end
list["?"] = list.help

function list.demo(rest) require "vm.demo".command(rest) end
function list.tour(rest) require "vm.tour".command(rest) end

--- : and :help: the commands, a line each.
function commands.list()
  for _, command in ipairs(commands.names()) do
    local e = entries.entry(":" .. command)
    print(("%-20s %s"):format(e and e.sig or ":" .. command, e and e.doc or ""))
  end
end

--- Runs ":name rest".
function commands.run(text)
  local name, rest = text:match "^:(%S*)%s*(.-)%s*$"
  if name == "" then return commands.list() end
  local f = list[name] or (name == "quit" or name == "exit") and list.q
  if not f then
    local near = lunette.nearest(name, commands.names())
    error((":%s is no command.%s"):format(name, near and (" Did you mean :" .. near .. "?")
      or " There are :" .. table.concat(commands.names(), " :")), 0)
  end
  return f(rest)
end

return commands
