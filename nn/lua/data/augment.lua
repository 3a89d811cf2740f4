--- augment.lua: lists of changes to pictures, as a user writes them: {{"flip"}, {"crop", 28, 28, pad = 4}, ...}.
-- encode turns one into numbers for nn/data/augment.c, by the rows of nn/data/augment.def.
local record = require "nn.record"
local augment = {}

local function wrong(what, text, ...) lunette.refuse("%s: " .. text, what, ...) end

local function number(what, name, v, lo, hi)
  if type(v) ~= "number" or v ~= v or v < lo or v > hi then
    wrong(what, "%s must be a number from %g to %g, got %s", name, lo, hi, lunette.typename(v) == "number" and v
      or lunette.typename(v))
  end
  return v
end

-- a: middle - a to middle + a;  {lo, hi}: as given
local function range(what, v, middle, given)
  local name, least, most = v.name, v.least, v.most
  if type(given) == "table" then
    local lo, hi = number(what, name, given[1], least, most), number(what, name, given[2], least, most)
    if lo > hi then wrong(what, "%s: %g to %g is no range", name, lo, hi) end
    return lo, hi
  end
  number(what, name, given, 0, most)
  return math.max(least, middle - given), middle + given
end

-- By its type a value's check, which gives its numbers.
local read = { ["number"] = function(what, v, given) return number(what, v.name, given, v.least, v.most) end,
  whole = function(what, v, given) return lunette.whole(what, v.name, given, v.least, v.most) end,
  truth = function(what, v, given)
    if type(given) ~= "boolean" then
      wrong(what, "%s must be true or false, got %s", v.name, lunette.typename(given))
    end
    return given and 1 or 0
  end,
  ["around 0"] = function(what, v, given) return range(what, v, 0, given) end,
  ["around 1"] = function(what, v, given) return range(what, v, 1, given) end }

-- The rows of nn/data/augment.def: a change {name, doc, kind, values by place and by name, known = {name = default}}.
local kinds, names = {}, {}
for _, row in ipairs(lunette.io.augment_values()) do
  if row.doc then
    row.kind, row.values, row.known = #names, {}, {}
    names[#names + 1], kinds[row.name] = row.name, row
  else
    if row.type == "truth" then row.default = row.default ~= 0 end
    if row.type == "whole" then row.default = math.tointeger(row.default) end
    local change = kinds[names[#names]]
    table.insert(change.values, row)
    if row.by_name then change.known[row.name] = row.default end
  end
end

local function encode(what, change, a)
  local opt, out = lunette.checked(what, a, change.known), { change.kind }
  for i, v in ipairs(change.values) do
    local given = a[i + 1]
    if v.by_name then given = opt[v.name] end
    for _, n in ipairs { read[v.type](what, v, given) } do out[#out + 1] = n end
  end
  return out
end

--- The changes as options of an entry of help: {'"crop"', none, "h, w, pad=0, centre=false, fill=0: ..."}.
function augment.explained()
  local list = {}
  for i, name in ipairs(names) do
    local words = {}
    for k, v in ipairs(kinds[name].values) do
      words[k] = v.by_name and ("%s=%s"):format(v.name, record.default_text(v.default)) or v.name
    end
    list[i] = { ('"%s"'):format(name), lunette.none, table.concat(words, ", ") .. ": " .. kinds[name].doc, shown = "" }
  end
  return list
end

function augment.encode(what, list)
  if type(list) ~= "table" then
    wrong(what, "augment must be a list such as {{\"flip\"}, {\"rotate\", 10}}, got %s", lunette.typename(list))
  end
  local out = {}
  for i, a in ipairs(list) do
    local name = type(a) == "table" and a[1] or a
    if not kinds[name] then
      local near = type(name) == "string" and lunette.nearest(name, names)
      wrong(what, "augment: no change is called '%s'. %s", tostring(name), near and ("Did you mean '" .. near .. "'?")
        or ("Known: " .. table.concat(names, " ")))
    end
    out[i] = encode(what .. ": " .. name, kinds[name], type(a) == "table" and a or { a })
  end
  return out
end

--- A seed for one call or one loader, from a generator.
function augment.seed(rng) return tensor.randint(0, 2147483647, { 1 }, { rng = rng })[1] end

return augment
