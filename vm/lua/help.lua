--- help.lua: explanations out of the binary: ops from the op table, everything else from lunette.doc entries beside
-- the code.  help(x), help "name", ?name.
local help = {}
local docs = {}   -- name -> entry
local by_value = setmetatable({}, { __mode = "k" })

--- lunette.doc{name=, sig=, doc=, options={{name, default, text}, ...}, example=, see=}
function lunette.doc(entry)
  docs[entry.name] = entry
  return entry
end

local function default_text(p)
  if p.required then return "required" end
  if p.default == nil then return "none" end
  if p.kind == "bool" then return tostring(p.default ~= 0) end
  if p.kind == "choice" then
    local k = 0
    for word in p.choices:gmatch "[^|]+" do
      if k == p.default then return word end
      k = k + 1
    end
  end
  return ("%g"):format(p.default)
end

-- An op's entry from its declaration.
local function entry_of(op)
  local inputs, options = {}, {}
  for _, name in ipairs(op.inputs) do inputs[#inputs + 1] = (name:gsub("#", "")) end
  local names = {}
  for _, p in ipairs(op.params) do
    if not (op.random and (p.name == "seed" or p.name == "offset")) then
      options[#options + 1] = { p.name, default_text(p), p.doc }
      names[#names + 1] = p.name .. "=" .. default_text(p)
    end
  end
  local opts = #names > 0 and "{" .. table.concat(names, ", ") .. "}" or ""
  local first = table.remove(inputs, 1) or "x"
  local args = table.concat(inputs, ", ")
  local sig = {}
  local both = args ~= "" and opts ~= "" and args .. ", " .. opts or args .. opts
  if op.where:find "m" then sig[#sig + 1] = ("%s:%s(%s)"):format(first, op.name, both) end
  local all = first .. (both ~= "" and ", " .. both or "")
  if op.where:find "t" then sig[#sig + 1] = ("tensor.%s(%s)"):format(op.name, all) end
  if op.where:find "n" then sig[#sig + 1] = ("nn.%s(%s)"):format(op.name, all) end
  return { name = op.name, sig = table.concat(sig, "   "), doc = op.doc, eq = op.eq, options = options,
    example = op.example, see = op.see, op = op }
end

local function load_all()
  if help.loaded then return end
  help.loaded = true
  for _, op in ipairs(lunette.ops()) do
    local entry = entry_of(op)
    docs[op.name] = docs[op.name] or entry
    for prefix, t in pairs { ["x:"] = tensor.methods, ["tensor."] = tensor, ["nn."] = nn } do
      local f = rawget(t, op.name)
      if f and (prefix ~= "nn." or op.where:find "n") then
        docs[prefix .. op.name] = docs[prefix .. op.name] or entry
        by_value[f] = entry
      end
    end
  end
  require "vm.docs"
  for name, entry in pairs(docs) do
    local v = _G
    for part in name:gmatch "[^.:]+" do v = type(v) == "table" and rawget(v, part) or nil end
    if v == nil and name:match "^x:" then v = rawget(tensor.methods, name:sub(3)) end
    if type(v) == "function" or type(v) == "table" then by_value[v] = by_value[v] or entry end
  end
end

local function print_entry(e)
  print(e.sig)
  if e.eq then print("  " .. e.eq) end
  print("  " .. e.doc)
  for _, o in ipairs(e.options or {}) do print(("  %-14s %-10s %s"):format(o[1], o[2], o[3] or "")) end
  if e.example then print("  > " .. e.example:gsub("\n", "\n  > ")) end
  if e.example2 then print("  > " .. e.example2:gsub("\n", "\n  > ")) end
  if e.see then print("  see also: " .. e.see) end
end

-- Names that contain the words, best first: by name, then by description.
local function ranked(word)
  local hits, seen = {}, {}
  local low = word:lower()
  for name, e in pairs(docs) do
    if not seen[e] then
      local score = name:lower():find(low, 1, true) and 2 or (e.doc or ""):lower():find(low, 1, true) and 1
      if score then
        seen[e] = true
        hits[#hits + 1] = { score, e }
      end
    end
  end
  table.sort(hits, function(a, b) return a[1] ~= b[1] and a[1] > b[1] or a[1] == b[1] and a[2].name < b[2].name end)
  return hits
end

--- Is there an entry?  By name ("sum", "x.sum", "nn.Linear"), or by value.
function help.find(what)
  load_all()
  if type(what) ~= "string" then return by_value[what] end
  local name = what:gsub("^%?+", ""):gsub("%s", ""):gsub("%(.*$", "")
  local last = name:match "[.:]([%w_]+)$"
  return docs[name] or docs["tensor." .. name] or docs["nn." .. name]
    or (last and (docs["x:" .. last] or docs[last])) or nil
end

local function source_of(what)
  local v = type(what) == "string" and load("return " .. what, "=stdin", "t")
  local f = v and select(2, pcall(v)) or what
  if type(f) ~= "function" then return false end
  local info = debug.getinfo(f, "S")
  local path = info.source:match "^@lunette:(.*)$" or info.source:match "^@(.*)$"
  local text = path and lunette.file(path)
  if not text then return false end
  print(("%s:%d"):format(path, info.linedefined))
  local at = 0
  for line in (text .. "\n"):gmatch "(.-)\n" do
    at = at + 1
    if at >= info.linedefined and at <= info.lastlinedefined then print(line) end
  end
  return true
end

--- help.show("sum"), help.show(tensor.sum): prints an entry, else what comes near.
function help.show(what, source)
  load_all()
  if what == "" then what = "help" end
  if source then
    if source_of(what) then return end
    print("no Lua source: " .. tostring(what) .. " is built in")
  end
  local e = help.find(what)
  if e then return print_entry(e) end
  if type(what) == "string" then
    local v = rawget(_G, what)
    if v ~= nil and (lunette.is_tensor(v) or nn.is_module(v)) then return print(tostring(v)) end
    local hits = ranked(what:match "([%w_]+)$" or what)
    if #hits == 0 then
      print(("nothing about '%s'"):format(what))
    else
      for i = 1, math.min(12, #hits) do print(("%-24s %s"):format(hits[i][2].name, hits[i][2].doc)) end
    end
    return
  end
  print(("no entry for this %s"):format(lunette.typename(what)))
end

--- Option names of a call, for completion: "x:sum" -> {"dim", "keepdim"}.
function help.options(name)
  local e = help.find(name)
  local list = {}
  for _, o in ipairs(e and e.options or {}) do list[#list + 1] = o[1] end
  return list
end

--- Every entry, for the reference and its tests.
function help.all()
  load_all()
  local list, seen = {}, {}
  for _, e in pairs(docs) do
    if not seen[e] then
      seen[e] = true
      list[#list + 1] = e
    end
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

--- help(x): prints what is known about a function, a class or a name.
function _G.help(what, ...)
  if what == nil and select("#", ...) == 0 then what = "help" end
  return help.show(what)
end

function help.main(...)
  local words = { ... }
  if words[1] == "--all" then
    for _, e in ipairs(help.all()) do
      print("## " .. e.name)
      print_entry(e)
      print ""
    end
    return 0
  end
  help.show(words[1] or "help")
  return 0
end

return help
