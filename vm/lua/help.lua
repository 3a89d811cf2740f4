--- help.lua: explanations out of the binary, printed: help(x), help "name", ?name.
local entries = require "vm.entries"
local search = require "vm.search"
local show = require "vm.show"
local source = require "vm.source"
local help = {}
local docs, by_value = entries.by_name, entries.by_value
local field_of, value_of = entries.field_of, entries.value_of

local function print_entry(e)
  print(e.sig)
  if e.eq then print("  " .. e.eq) end
  print("  " .. e.doc)
  for _, o in ipairs(e.options or {}) do print(("  %-14s %-10s %s"):format(o[1], o[2], o[3] or "")) end
  if e.example then print("  > " .. e.example:gsub("\n", "\n  > ")) end
  if e.example2 then print("  > " .. e.example2:gsub("\n", "\n  > ")) end
  if e.see then print("  see also: " .. e.see) end
end

-- The function that a name stands for; methods by x:name, net:name, opt:name.
local function function_of(name)
  local v = value_of(name)
  local class, key = name:match "^(%a+)[.:]([%w_]+)$"
  if v == nil and key then v = ({ net = nn.Module, x = tensor.methods })[class] end
  if type(v) == "table" and v[key] and key and value_of(name) == nil then v = v[key] end
  if type(v) == "table" then v = rawget(v, "forward") or rawget(v, "init") end
  if v == nil then v = field_of(_G, name) end                             -- the user's own
  return v
end

local function source_of(what)
  local class = type(what) == "string" and value_of(what)
  local init = type(class) == "table" and (rawget(class, "_record") or class).init
  if init and rawget(class, "forward") then print(source.text(init) or "") end
  local f = type(what) == "string" and function_of(what) or what
  local text = type(f) == "function" and source.text(f, type(what) == "string" and what or nil)
  if text then print(text) end
  return text ~= nil and text ~= false
end

-- ?f: a function or class of the user's, which no entry explains.
local show_function
function show_function(what)
  local f, name = type(what) == "string" and field_of(_G, what) or what, type(what) == "string" and what or "function"
  if type(f) == "table" and type(what) == "string" and rawget(f, "forward") and not by_value[f] then -- a class
    for _, key in ipairs { "init", "forward" } do show_function(name .. "." .. key) end
    return true
  end
  if type(f) ~= "function" or by_value[f] then return false end
  local info = debug.getinfo(f, "S")
  if info.what == "C" or info.source:find "^@lunette:" then return false end
  print(source.summary(f, name))
  return true
end

local function show_tensor(v)
  print(show.text(v))
  print "a tensor: x: and TAB lists methods, x. and TAB fields; ?x.sum explains one, ?tensor what makes one"
end

-- ?net, ?net{1, 28, 28, 1}, ?x: a value of the user's.
local function show_value(what)
  local name, shape = what:match "^([%a_][%w_.]*)%s*(%b{})$"
  local v = rawget(_G, name or what) or value_of(name or what)
  if nn.is_module(v) then
    local sizes = shape and load("return " .. shape, "=stdin", "t", {})
    print(require "vm.inspect".net(v, sizes and sizes()))
    return true
  end
  if lunette.is_tensor(v) then
    show_tensor(v)
    return true
  end
  return false
end

-- A name and its text in one row of the terminal.
local function listed(name, text)
  return show.cut(("%-24s %s"):format(name, text))
end

-- ?reluu: the entries whose names are nearly that.
local function nearly(what)
  local room, word = what:match "^([%a_]+)%.([%w_]+)$"
  local names, by_last = {}, {}
  for name in next, docs do -- ?optim.adm: of that room first
    local own = room and name:match("^" .. room .. "%.([%w_]+)$")
    if own then names[#names + 1], by_last[own:lower()] = own:lower(), name end
  end
  table.sort(names)
  local own = room and lunette.nearest(word:lower(), names)
  if own then return (". Did you mean '%s'?"):format(by_last[own]) end
  names, by_last = {}, {}
  for name in next, docs do
    local last = name:match "[^.:]+$" or name
    if not by_last[last] then names[#names + 1] = last end
    if not by_last[last] or #name < #by_last[last] then by_last[last] = name end
  end
  table.sort(names)
  local near = lunette.nearest(what:match "[%w_]+$" or what, names)
  return near and (". Did you mean '%s'?"):format(by_last[near]) or ""
end

local function show_near(what)
  local list, named = search.ranked(what:gsub("[?()]", " "):gsub("^%s*[%w_.]+[.:]([%w_]+)%s*$", "%1"), docs)
  if named then return print_entry(named) end
  if #list == 0 then return print(("nothing about '%s'%s"):format(what, nearly(what))) end
  for i = 1, math.min(12, #list) do print(listed(list[i].name, list[i].doc)) end
  if #list > 12 then print(("... %d more; another word narrows it"):format(#list - 12)) end
end

-- ?clip: c:clip, and what else is so called here or elsewhere.
local function show_alike(what, e)
  local names = {}
  for _, other in ipairs(not docs[what] and not what:find "[.:]" and entries.called(what) or {}) do
    if docs[other] ~= e then names[#names + 1] = other end
  end
  if #names > 0 then print("  so called, too: " .. table.concat(names, ", ")) end
end

-- ?nn: everything in it, a line each.
local function show_room(room)
  local list = {}
  for _, e in ipairs(entries.all()) do
    local name = docs[room .. "." .. e.name] == e and room .. "." .. e.name or e.name
    if name:sub(1, #room + 1) == room .. "." then list[#list + 1] = listed(name, e.doc) end
  end
  table.sort(list)
  show.page(table.concat(list, "\n"))
end

--- help.show("sum"), help.show(tensor.sum): prints an entry, else what comes near; code: the Lua source.
function help.show(what, code)
  entries.load()
  if what == "" then what = "help" end
  if type(what) == "string" then what = what:match "^([\"'])(.*)%1$" and what:sub(2, -2) or what end -- ?"sum"
  local tour = type(what) == "string" and not code and what:match "^tour%s*(.*)$"
  if tour then return require "vm.tour".command(tour) end
  if code then
    if source_of(what) then return end
    print("no Lua source: " .. tostring(what) .. " is built in")
  end
  local room = type(what) == "string" and rawget(_G, what) or what
  if type(what) == "string" and lunette.rooms[room] then return show_room(what) end
  if type(what) == "table" and lunette.rooms[what] then return show_room(lunette.rooms[what]) end
  if type(what) == "string" and show_value(what) then return end
  if show_function(what) then return end
  local e = entries.find(what)
  if e then
    print_entry(e)
    return type(what) == "string" and show_alike(what, e)
  end
  if type(what) == "string" then return show_near(what) end
  if nn.is_module(what) then return print(require "vm.inspect".net(what)) end
  if lunette.is_tensor(what) then return show_tensor(what) end
  local class = type(what) == "table" and getmetatable(what)
  if class and by_value[class] then return print_entry(by_value[class]) end
  print(("no entry for this %s"):format(lunette.typename(what)))
end

--- help(x): prints what is known about a function, a class or a name.
function _ENV.help(what, ...)
  if what == nil and select("#", ...) == 0 then what = "help" end
  return help.show(what)
end

function help.main(...)
  local words = { ... }
  if words[1] == "--all" then
    for _, e in ipairs(entries.all()) do
      print("## " .. e.name)
      print_entry(e)
      print ""
    end
    return 0
  end
  if words[1] == "--man" or words[1] == "--completion" then
    local manual = require "vm.manual"
    io.write((words[1] == "--man" and manual.page or manual.completion)())
    return 0
  end
  help.show(words[1] or "help")
  return 0
end

return help
