--- stubs.lua: `lunette stubs DIR`: annotation files (LuaCATS, for lua-language-server) out of the entries of help, so
-- that an editor completes and explains what the program has.
local entries = require "vm.entries"
local stubs = {}

local keywords = {}
local all_keywords = "and break do else elseif end false for function goto if in local nil not or repeat return then "
  .. "true until while"
for word in all_keywords:gmatch "%a+" do keywords[word] = true end

-- Names between the parentheses of the signature's first form; a table of options is `opt`.
local function parameters(sig, name)
  local short = name:match "[%w_]+$"
  local inside = sig:match(short:gsub("%p", "%%%0") .. "%s*(%b())")
  if not inside then return { "..." } end
  local list, seen = {}, {}
  inside = inside:sub(2, -2):gsub("%b{}", "opt"):gsub("%b[]", "")
  for word in inside:gmatch "[^,]+" do
    local id = word:match "^%s*([%a_][%w_]*)%??%s*$"
    if not id or seen[id] then return { "..." } end
    if keywords[id] then id = id .. "_" end
    seen[id] = true
    list[#list + 1] = id
  end
  return list
end

local function annotate(out, e, name, owner, result)
  local params = parameters(e.sig, name)
  out[#out + 1] = ""
  out[#out + 1] = "---" .. e.doc
  out[#out + 1] = "---```lua"
  out[#out + 1] = "---" .. e.sig
  out[#out + 1] = "---```"
  for _, o in ipairs(e.options or {}) do out[#out + 1] = ("---- %s = %s: %s"):format(o[1], o[2], o[3] or "") end
  for _, p in ipairs(params) do
    out[#out + 1] = ("---@param %s any"):format(p == "opt" and "opt?" or p)
  end
  out[#out + 1] = "---@return " .. result
  local short = name:match "[%w_]+$"
  if keywords[short] then
    out[#out + 1] = ('%s["%s"] = function(%s) end'):format(owner:gsub("[.:]$", ""), short, table.concat(params, ", "))
  else
    out[#out + 1] = ("function %s%s(%s) end"):format(owner, short, table.concat(params, ", "))
  end
end

-- What functions of a room give, as far as one word says it.
local results = { tensor = "Tensor", nn = "Tensor", draw = "Canvas" }

local function room(name)
  local out = { "---@meta", "", ("---@class %slib"):format(name), ("%s = {}"):format(name) }
  local function table_of(t, prefix)
    for _, key in ipairs(lunette.public_names(t)) do
      local e = entries.entry(prefix .. key)
      local v = rawget(t, key)
      if type(v) == "table" and not getmetatable(v) then
        out[#out + 1] = ("\n%s%s = {}"):format(prefix, key)
        if key ~= "methods" and key ~= "io" then table_of(v, prefix .. key .. ".") end
      elseif e and (type(v) == "function" or type(v) == "table") then
        annotate(out, e, prefix .. key, prefix, type(v) == "table" and "Module" or results[name] or "any")
      elseif e then
        out[#out + 1] = ("\n---%s\n%s%s = nil"):format(e.doc, prefix, key)
      end
    end
  end
  table_of(shared[name], name .. ".")
  return table.concat(out, "\n") .. "\n"
end

-- A class whose methods have entries called prefix:name.
local function class(name, prefix, fields)
  local out = { "---@meta", "", "---@class " .. name }
  for _, f in ipairs(fields or {}) do out[#out + 1] = "---@field " .. f end
  out[#out + 1] = ("local %s = {}"):format(name)
  local names, pattern = {}, "^" .. prefix .. ":([%w_]+)$"
  local all = prefix == "x" and tensor.methods or nil
  if all then
    for key in next, all do names[#names + 1] = key end
  else
    for _, e in ipairs(entries.all()) do
      local key = e.name:match(pattern)
      if key then names[#names + 1] = key end
    end
  end
  table.sort(names)
  for _, key in ipairs(names) do
    local e = entries.entry(prefix .. ":" .. key)
    if e and not key:find "^_" then annotate(out, e, prefix .. ":" .. key, name .. ":", all and "Tensor" or "any") end
  end
  return table.concat(out, "\n") .. "\n"
end

--- Every file's name and text.
function stubs.files()
  local files = {}
  for _, name in ipairs(lunette.room_names) do files[name .. ".lua"] = room(name) end
  files["lunette.lua"] = room "lunette"
  local operators = { "---@class Tensor" }
  for _, op in ipairs { "add", "sub", "mul", "div", "idiv", "mod", "pow" } do
    operators[#operators + 1] = ("---@operator %s(Tensor|number): Tensor"):format(op)
  end
  operators[#operators + 1] = "---@operator unm: Tensor"
  files["classes.lua"] = class("Tensor", "x", { "shape integer[]", "dtype string", "ndim integer", "grad Tensor?",
    "needs_grad boolean", "is_leaf boolean" }):gsub("%-%-%-@class Tensor", table.concat(operators, "\n"), 1)
    .. class("Module", "net", { "training boolean" }):gsub("^%-%-%-@meta\n", "")
    .. class("Optimizer", "opt", { "lr number", "steps integer" }):gsub("^%-%-%-@meta\n", "")
    .. class("Canvas", "c"):gsub("^%-%-%-@meta\n", "")
  return files
end

function stubs.main(folder)
  if not folder then
    io.stderr:write "stubs: a folder is missing: lunette stubs DIR\n"
    return 1
  end
  local ok, why = lunette.mkdir(folder)
  if not ok then
    io.stderr:write("stubs: ", why, "\n")
    return 1
  end
  local count = 0
  for name, text in pairs(stubs.files()) do
    ok, why = lunette.io.write_pieces(folder .. "/" .. name, { text })
    if not ok then
      io.stderr:write("stubs: ", why, "\n")
      return 1
    end
    count = count + 1
  end
  print(("%d files in %s; .luarc.json: { \"workspace.library\": [\"%s\"] }"):format(count, folder, folder))
  return 0
end

return stubs
