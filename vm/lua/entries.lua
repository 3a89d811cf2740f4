--- entries.lua: the entries of help: of ops from the op table, of functions from the records beside them (nn.record),
-- of everything else from vm/lua/docs; and which of them a name or a value stands for.
local search = require "vm.search"
local entries = {}
local docs = {}   -- name -> entry
local order = {}  -- entries as they were declared
local by_value = setmetatable({}, { __mode = "k" })

-- "dtype=f32: f32 f64 ..." as {name, default, text}.
local function option_of(o)
  if type(o) == "table" then return o end
  local name, default, text = o:match "^([%w_]+)=?(.-): (.*)$"
  return { name, default == "" and "none" or default, text }
end

--- lunette.doc{name=, sig=, doc=, options={"name=default: text", ...}, example=, example2=, see=}
function lunette.doc(entry)
  local options = {}
  for _, o in ipairs(entry.options or {}) do options[#options + 1] = option_of(o) end
  entry.options = options
  docs[entry.name] = entry
  order[#order + 1] = entry
  return entry
end

local elsewhere = {} -- name -> words

--- lunette.synonyms{name = "words that other programs use"}
function lunette.synonyms(list)
  for name, words in pairs(list) do elsewhere[name] = words end
end

--- lunette.doc_more{name=, example2=, sig=, see=}: adds to the entry of that name.
function lunette.doc_more(more)
  local entry = docs[more.name]
  if not entry then error("no entry of help is called " .. tostring(more.name), 2) end
  for key, value in pairs(more) do entry[key] = value end
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

-- A second example from the first gradient-check case: the call with everything by name.
local function call_of(op)
  local check = op.checks[1]
  if not check or op.random or op.input_list then return nil end
  for _, name in ipairs(op.inputs) do
    if name:find "#" or name:find "mask" then return nil end
  end
  local args = {}
  for _, shape in ipairs(check.shapes) do
    local size = #shape == 0 and "{}" or table.concat(shape, ", ")
    args[#args + 1] = ("tensor.rand(%s)"):format(size)
  end
  if check.args ~= "" then args[#args + 1] = check.args end
  local module = op.where:find "t" and "tensor" or op.where:find "n" and "nn"
  if not module then return nil end
  return ("y = %s.%s{%s}\nprint(y)"):format(module, op.name, table.concat(args, ", "))
end

-- An op's entry from its declaration; `beside` names the ops declared next to it, for those that say nothing.
local function entry_of(op, beside)
  local inputs, options = {}, {}
  for _, name in ipairs(op.inputs) do inputs[#inputs + 1] = (name:gsub("#", "")) end
  local names = {}
  for _, p in ipairs(op.params) do
    if not (op.random and (p.name == "seed" or p.name == "offset")) then
      local text = p.choices and ("%s (%s)"):format(p.doc or "", p.choices:gsub("|", ", ")) or p.doc
      options[#options + 1] = { p.name, default_text(p), text }
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
    example = op.example, example2 = call_of(op), see = op.see or beside, op = op, method = both }
end

-- x:add_ and its kin.
local function in_place_of(op, e)
  local args = {}
  for i = 2, #op.inputs do args[#args + 1] = op.inputs[i] == "mask" and "tensor{true, false}" or "2" end
  for _, p in ipairs(op.params) do
    if p.required then args[#args + 1] = "0.5" end
  end
  local call = ("x:%s_(%s)"):format(op.name, table.concat(args, ", "))
  return { name = ("x:%s_"):format(op.name), sig = ("x:%s_(%s)"):format(op.name, e.method),
    doc = e.doc .. "; in place, returns x", eq = e.eq, options = e.options,
    example = ("x = tensor{0.5, 1}\nprint(%s)"):format(call),
    example2 = ("x = tensor.rand(2, 2)\nx[1]:%s"):format(call:sub(3)), see = op.name }
end

local function load_ops()
  local ops = lunette.ops()
  for i, op in ipairs(ops) do
    local beside = { ops[i - 1] and ops[i - 1].name, ops[i + 1] and ops[i + 1].name }
    local entry = entry_of(op, table.concat(beside, ", ", beside[1] and 1 or 2))
    docs[op.name] = docs[op.name] or entry
    for prefix, t in pairs { ["x:"] = tensor.methods, ["tensor."] = tensor, ["nn."] = nn } do
      local f = rawget(t, op.name)
      if f and (prefix ~= "nn." or op.where:find "n") then
        docs[prefix .. op.name] = docs[prefix .. op.name] or entry
        by_value[f] = entry
      end
    end
    if op.in_place then
      local other = in_place_of(op, entry)
      docs[other.name] = docs[other.name] or other
    end
  end
end

-- What a documented name stands for, without running anything.
-- a.b.c, or a:b, in a table; nil when a part is missing.
local function field_of(v, name)
  for part in name:gmatch "[^.:]+" do v = type(v) == "table" and rawget(v, part) or nil end
  return v
end
local function value_of(name)
  if name:match "^x:" then return rawget(tensor.methods, name:sub(3)) end
  if name:match "^net:" then return rawget(nn.Module, name:sub(5)) end
  return field_of(shared, name)
end

local function load_all()
  if entries.loaded then return end
  entries.loaded = true
  load_ops()
  for _, module in ipairs(lunette.later_modules) do require(module) end -- what they declare is told too
  require "nn.record".tell()
  for _, path in ipairs(lunette.files "vm/lua/docs/") do
    local chunk, why = lunette.load(path)
    if not chunk then error(why, 0) end
    chunk()
  end
  for i, entry in ipairs(order) do -- who says no more has its neighbours as see-also
    local other = order[i + 1] or order[i - 1]
    entry.see = entry.see or other and other.name
  end
  for name, words in pairs(elsewhere) do
    -- A file of $LUNETTE_PATH in place of a module of the program has entries of its own, or none.
    if docs[name] then docs[name].elsewhere = words
    elseif not os.getenv "LUNETTE_PATH" then error("synonyms of what has no entry: " .. name, 0) end
  end
  for name, f in pairs(tensor) do -- tensor.split and its kin are the methods
    local key, method = "tensor." .. name, docs["x:" .. name]
    if not docs[key] and method and rawequal(f, tensor.methods[name]) then docs[key] = method end
  end
  local names = {}
  for name in pairs(docs) do names[#names + 1] = name end
  table.sort(names) -- of two names of one thing the shorter is its entry
  for _, name in ipairs(names) do
    local v = value_of(name)
    if type(v) == "function" or type(v) == "table" then by_value[v] = by_value[v] or docs[name] end
  end
end

-- Where a name may be at home that is typed without, or with a variable of the user's before it.
local homes = { "tensor.", "nn.", "optim.", "x:", "data.", "viz.", "audio.", "net:", "opt:", "nn.init.", "nn.metrics.",
  "nn.models.", "data.image.", "c:", "tok:", "lunette.", ":" }

-- net.fit, model:fit, opt.step, Adam: the entry of that name, with the homes of the variable's value first.
local function at_home(name)
  local object, last = name:match "^(.-)[.:]?([^.:]+)$"
  local v = object and object ~= "" and field_of(_G, object)
  local own = nn.is_module(v) and "net:" or lunette.is_tensor(v) and "x:" or object and object .. ":"
  if last and docs[own .. last] then return docs[own .. last] end
  if object == "" then
    for _, home in ipairs(homes) do
      if docs[home .. last] then return docs[home .. last] end
    end
    return nil
  end
  if not last or rawget(shared, object) ~= nil then return nil end
  for _, home in ipairs { "x:", "net:", "opt:", "c:", "tok:" } do
    if docs[home .. last] then return docs[home .. last] end
  end
  return docs[last]
end

--- Is there an entry?  By name ("sum", "x.sum", "nn.Linear"), or by value.
function entries.find(what)
  load_all()
  if type(what) ~= "string" then return by_value[what] end
  if docs[what] then return docs[what] end
  local name = what:gsub("^%?+", ""):gsub("%(.*$", ""):gsub("^%s+", ""):gsub("%s+$", "")
  return docs[name] or at_home(name)
end

-- How an entry's function is written: an op as a method, where it is one.
local function written(e)
  for _, home in ipairs { "x:", "tensor.", "nn." } do
    if docs[home .. e.name] == e then return home .. e.name end
  end
  return e.name
end

--- What a name from elsewhere stands for: at most three names as they are written here, of tensors' functions, networks
-- and optimisers; {} when nothing is so called.
function entries.called(name)
  load_all()
  local names = {}
  for _, e in ipairs(search.called(name, docs)) do
    local as = written(e)
    if #names < 3 and as:find "[.:]" and not as:find "^c:" and not as:find "_$" then names[#names + 1] = as end
  end
  return names
end

--- The entry that a name from elsewhere stands for outright: Dense -> nn.Linear; nil when there is none, or several.
function entries.named(name)
  load_all()
  local _, named = search.ranked(name, docs)
  return named
end

--- Option names of a call, for completion: "x:sum" -> {"dim", "keepdim"}.
function entries.options(name)
  local e = entries.find(name)
  local list = {}
  for _, o in ipairs(e and e.options or {}) do
    if o[1]:find "^[%a-]" then list[#list + 1] = o[1] end -- not those of a call of what it makes: {mask}
  end
  return list
end

--- The entry of exactly this name, or nil.
function entries.entry(name)
  load_all()
  return docs[name]
end

--- Every entry, for the reference and its tests.
function entries.all()
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

entries.load, entries.field_of, entries.value_of = load_all, field_of, value_of
entries.by_name, entries.by_value = docs, by_value -- as far as they are loaded

return entries
