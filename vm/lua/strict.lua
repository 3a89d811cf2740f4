--- strict.lua: reading an undefined global gives nil, as ever, and warns once with the nearest name; at the prompt once
-- an entry, since what was said at another has long left the screen.
local warned = {}

local function names_of(t)
  local names = {}
  for k in next, t do
    if type(k) == "string" then names[#names + 1] = k end
  end
  table.sort(names)
  return names
end

lunette.names_of = names_of

-- Words of Python that are no names here, and what is said instead.
local python = {
  None = "Lua calls it nil.", True = "Lua calls it true.", False = "Lua calls it false.",
  len = "The length is #x; of a tensor x:size(1).", range = "for i = 1, n do ... end counts.",
  str = "tostring(x) gives text.", int = "math.tointeger(x), or x // 1.", list = "A list is {1, 2, 3}.",
  clc = "^L clears the screen.", clear = ":who lists variables; x = nil lets one go.", whos = ":who lists variables.",
  disp = "print(x), or just x.", tic = ":time e tells how long e takes.", toc = ":time e tells how long e takes.",
  dict = "A table is {key = 1}.", dir = "TAB behind x: or x. lists what x has.", vars = ":who lists variables.",
  enumerate = "for i, v in ipairs(t) do ... end counts.",
}

-- state = state or {}: the line that reads asks whether there is one.
local function asks(key)
  local info = debug.getinfo(3, "Sl")
  local text = info and (info.source == "=stdin" and lunette.entry or require "vm.source".chunk(info.source))
  local at = 0
  for line in (text or ""):gmatch "([^\n]*)\n?" do
    at = at + 1
    if at == info.currentline then return line:find("%f[%w_]" .. key .. "%s*=%s*" .. key .. "%s+or%f[%W]") ~= nil end
  end
  return false
end

-- At the prompt: what a bare name means, zeros, inv, plot.
local function at_home(key)
  for _, name in ipairs { key, #key > 2 and (require "vm.help".named(key) or {}).name or nil } do
    if name:find "^%a+[.:]" then return name end
    for _, room in ipairs { "tensor", "nn", "optim", "data", "viz" } do
      if rawget(_ENV[room], name) then return room .. "." .. name end
    end
  end
  return nil
end

setmetatable(_G, {
  __index = function(globals, key)
    local now = lunette.entries or 0
    if type(key) ~= "string" or warned[key] == now or asks(key) then return nil end
    warned[key] = now
    local near = lunette.entry and at_home(key) or lunette.nearest(key, names_of(globals))
    local hint = python[key] and " " .. python[key] or near and (" Did you mean '" .. near .. "'?") or ""
    io.stderr:write(key, " is nil.", hint, "\n")
    return nil
  end,
})

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

--- v as a size; anything but a whole number from 1 on is an error that names it.
function lunette.whole(what, name, v)
  if math.type(v) ~= "integer" or v < 1 then
    lunette.raise(("%s: %s must be a whole number from 1 on, got %s"):format(what, name,
      type(v) == "string" and ("'%s'"):format(v) or tostring(v)))
  end
  return v
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
