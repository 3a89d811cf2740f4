--- strict.lua: reading an undefined global gives nil, as ever, and warns once with the nearest name; at the prompt once
-- an entry, since what was said at another has long left the screen.
local warned = {}

-- The keys of t that are texts, in order; those that begin with `private` are left out.
local function names_of(t, private)
  local names = {}
  for k in next, t do
    if type(k) == "string" and not (private and k:find(private) == 1) then names[#names + 1] = k end
  end
  table.sort(names)
  return names
end

lunette.names_of = names_of
--- Those that are for users.
function lunette.public_names(t) return names_of(t, "_") end

-- Words of Python and MATLAB that are no names here, and what is said instead.
local elsewhere = {
  q = "quit() or ^D leaves.", bye = "quit() or ^D leaves.", stop = "quit() or ^D leaves.",
  leave = "quit() or ^D leaves.", typeof = "lunette.typename(x) tells what x is.", skip = "?tour next goes on.",
  println = "print(x).",
  printf = 'print(("%d"):format(x)).', ans = "_ is the last value.", pi = "math.pi.", e = "math.exp(1).",
  Inf = "math.huge.", inf = "math.huge.", NaN = "0/0.", nan = "0/0.", eps = "2^-52.", strcat = "a .. b joins.",
  rem = "x % y is the remainder.", mod = "x % y is the remainder.", struct = "A table is {a = 1}.",
  cell = "A list is {1, 2}.", importdata = "tensor.load and data.csv read files.",
  csvread = "data.csv(path) reads one.", isnan = "x ~= x tells; x:isnan() of a tensor.",
  None = "Lua calls it nil.", True = "Lua calls it true.", False = "Lua calls it false.",
  len = "The length is #x; of a tensor x:size(1).", range = "for i = 1, n do ... end counts.",
  str = "tostring(x) gives text.", int = "math.tointeger(x), or x // 1.", list = "A list is {1, 2, 3}.",
  open = "io.open(path) opens a file; tensor.load and data.csv read one.", input = "io.read() reads a line.",
  zip = "for i = 1, #a do ... a[i], b[i] ... end.", isinstance = "lunette.typename(x) tells what x is.",
  map = "Tensors are elementwise: x * 2 + 1; for i, v in ipairs(t) do ... end.",
  sys = "quit() leaves; arg has a script's words.",
  time = "os.time() and os.clock() tell the time; :time e how long e takes.",
  random = "math.random(), tensor.rand(2, 3).", size = "x.shape; x:size(1) is the first of them.",
  length = "The length is #x; x:numel() counts all.", numel = "x:numel() counts the elements.", isempty = "#x == 0.",
  rank = "x:svd() shows it.", who = ":who lists variables.", fprintf = 'io.write(("%d\\n"):format(x)).',
  sprintf = '("%d"):format(x).', num2str = "tostring(x) gives text.", ls = "!ls lists files.",
  dir = "TAB behind x: or x. lists what x has; !ls lists files.", pwd = ":pwd tells the folder.",
  cd = ":cd FOLDER changes it.", figure = "viz.plot and its kin open a window.", format = ":full x shows all of x.",
  clc = "^L clears the screen.", clear = ":who lists variables; x = nil lets one go.", whos = ":who lists variables.",
  disp = "print(x), or just x.", tic = ":time e tells how long e takes.", toc = ":time e tells how long e takes.",
  loadstring = "load(text) compiles it.", unpack = "table.unpack(t).", setfenv = "load(text, name, 't', env).",
  dict = "A table is {key = 1}.", vars = ":who lists variables.",
  enumerate = "for i, v in ipairs(t) do ... end counts.",
}

-- The line that reads a name: of a script, or of what was typed; "" when nobody knows.
local function reading_line(level)
  local info, source = debug.getinfo(level + 1, "Sl"), require "vm.source"
  local text = info and (info.source == "=stdin" and lunette.entry or source.chunk(info.source))
  return text and source.lines(text)[info.currentline] or ""
end

-- state = state or {}: the line that reads asks whether there is one.
local function asks(key)
  return reading_line(3):find("%f[%w_]" .. key .. "%s*=%s*" .. key .. "%s+or%f[%W]") ~= nil
end

-- At the prompt: what a bare name means, zeros, inv, plot, in words; nil: nobody knows.
local function at_home(key)
  if rawget(shared.math, key) and tensor.methods[key] then
    return (" Of a number it is math.%s(x), of a tensor x:%s()."):format(key, key)
  end
  local name
  for _, room in ipairs { "tensor", "nn", "optim" } do
    name = name or rawget(_ENV[room], key) and room .. "." .. key
  end
  name = name or #key > 2 and table.concat(require "vm.entries".called(key), "' or '")
  return name and name ~= "" and (" Did you mean '%s'?"):format(name)
end

setmetatable(_G, {
  __index = function(globals, key)
    local now = lunette.entries or 0
    if type(key) ~= "string" or warned[key] == now or asks(key) then return nil end
    warned[key] = now
    local near = not elsewhere[key] and lunette.nearest(key, names_of(globals))
    local alike = near and near:lower() == key:lower() and (" Did you mean '%s'?"):format(near)
    local hint = alike or elsewhere[key] and " " .. elsewhere[key] or lunette.entry and at_home(key)
      or near and (" Did you mean '%s'?"):format(near) or ""
    io.stderr:write(key, " is nil.", hint, "\n")
    return nil
  end,
})

-- Fields that were asked for and are not there; at the prompt they wait for what becomes of the entry.
local missing = {}

--- nn.RelU: a field that a module lacks gives nil, as a global does, and is said as one is.
function lunette.lacks(module, path, key)
  if type(key) ~= "string" then return end
  local now, name = lunette.entries or 0, path .. "." .. key
  if warned[name] == now then return end
  local info = debug.getinfo(3, "S")
  if info and info.source:find "^@lunette:" then return end
  if not lunette.entry and reading_line(3):find(key:gsub("%p", "%%%0") .. "%s*[%({\"']") then return end -- Lua tells
  warned[name] = now
  local known = key:find "^%w" and require "vm.entries".named(key)
  local near = lunette.nearest(key, names_of(module))
  for other in next, module do
    local alike = type(other) == "string" and other:lower() == key:lower()
    if alike and other:byte() == key:byte() then near = other end -- a class, not the function
  end
  local hint = near and path .. "." .. near or known and known.name
  missing[#missing + 1] = { key, ("%s is nil.%s\n"):format(name, hint and (" Did you mean '%s'?"):format(hint) or "") }
  if not lunette.entry then lunette.tell_missing() end
end

--- Is it among those that are yet to be told?
function lunette.is_missing(key)
  for _, m in ipairs(missing) do
    if m[1] == key then return true end
  end
  return false
end

--- Says which they were; of an error that names one itself, the others.
function lunette.tell_missing(message)
  for _, m in ipairs(missing) do
    if not message or not message:find(("'%s'"):format(m[1]), 1, true) then io.stderr:write(m[2]) end
  end
  missing = {}
end

--- A list of modules, tensors or the like as it was meant, or an error: Lua ends one at its first nil, which is what a
-- misspelt name gives.  n: how many there are, where that is known.  Returns the list.
function lunette.unbroken(what, list, n)
  local last, hole = math.max(n or 0, (lunette.indices(list))), 1
  while list[hole] ~= nil do hole = hole + 1 end
  if hole > last then return list end
  local function shown(v) return nn.is_module(v) and v:label():match "[^\n]*" or lunette.typename(v) end
  local before, after = list[hole - 1], list[hole + 1]
  lunette.raise(("%s: element %d of %d is nil%s%s"):format(what, hole, last,
    before ~= nil and ", behind " .. shown(before) or "", after ~= nil and ", before " .. shown(after) or ""))
end

--- Options given by name: unknown ones are an error with the nearest known one; defaults fill the rest.
-- what: "nn.Linear"; given: the user's table or nil; known: {bias = true, ...} (false stands for no default).
-- The array part is left alone.  Returns a new table.
function lunette.checked(what, given, known)
  if given ~= nil and (type(given) ~= "table" or lunette.is_tensor(given)) then
    lunette.raise(("%s: options are a table {name = value}, got %s"):format(what, lunette.typename(given)))
  end
  local out = {}
  for k, v in pairs(known) do
    if v ~= lunette.none then out[k] = v end
  end
  for k, v in pairs(given or {}) do
    if type(k) == "string" then
      if known[k] == nil then
        local near = lunette.nearest(k, names_of(known))
        local all = table.concat(names_of(known), " ")
        lunette.raise(("%s: unknown option '%s'. %s"):format(what, k,
          near and ("Did you mean '" .. near .. "'?") or ("Options: " .. all)))
      end
      out[k] = v
    end
  end
  return out
end
lunette.none = {}  -- the default of an option that has none

--- v as an integer from `least` (1) to `most`: 400.0 is one, as wherever Lua wants an integer.  Anything else is an
-- error that names it.
function lunette.whole(what, name, v, least, most)
  local n = type(v) == "number" and math.tointeger(v)
  least = least or 1
  if not n or n < least or most and n > most then
    lunette.raise(("%s: %s must be a whole number from %d %s, got %s"):format(what, name, least,
      most and ("to %d"):format(most) or "on", type(v) == "string" and ("'%s'"):format(v) or tostring(v)))
  end
  return n
end

--- Raises what is wrong, as string.format words it: lunette.refuse("%s: %d rows expected", what, n).
function lunette.refuse(text, ...) lunette.raise(text:format(...)) end

--- Seconds as 1:05 or 2:03:09.
function lunette.duration(seconds)
  local s = math.floor(seconds)
  if s >= 3600 then return ("%d:%02d:%02d"):format(s // 3600, s % 3600 // 60, s % 60) end
  return ("%d:%02d"):format(s // 60, s % 60)
end

--- Cells side by side, two spaces apart: cell k is widths[k] characters wide, and to the right where `right` has k.
-- string.format's own widths end at 99.
function lunette.aligned(cells, widths, right)
  local parts = {}
  for k, cell in ipairs(cells) do
    local space = (" "):rep((widths[k] or 0) - (utf8.len(cell) or #cell))
    parts[k] = right[k] and space .. cell or cell .. space
  end
  return (table.concat(parts, "  "):gsub("%s+$", ""))
end
