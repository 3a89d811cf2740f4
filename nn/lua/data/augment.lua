--- augment.lua: lists of changes to pictures, as a user writes them: {{"flip"}, {"crop", 28, 28, pad = 4}, ...}.
-- encode turns one into numbers for nn/data/augment.c.
local augment = {}

local function wrong(what, text, ...) lunette.raise(what .. ": " .. text:format(...)) end

local function number(what, name, v, lo, hi)
  if type(v) ~= "number" or v ~= v or v < lo or v > hi then
    wrong(what, "%s must be a number from %g to %g, got %s", name, lo, hi, lunette.typename(v) == "number" and v
      or lunette.typename(v))
  end
  return v
end
local function whole(what, name, v, lo)
  if math.type(v) ~= "integer" or v < lo or v > 65536 then
    wrong(what, "%s must be a whole number from %d to 65536, got %s", name, lo, tostring(v))
  end
  return v
end

-- a: middle - a to middle + a;  {lo, hi}: as given
local function range(what, name, v, middle, least, most)
  if type(v) == "table" then
    local lo, hi = number(what, name, v[1], least, most), number(what, name, v[2], least, most)
    if lo > hi then wrong(what, "%s: %g to %g is no range", name, lo, hi) end
    return lo, hi
  end
  number(what, name, v, 0, most)
  return math.max(least, middle - v), middle + v
end

local FLIP, ROTATE, CROP, RESIZE, COLOUR, NOISE = 0, 1, 2, 3, 4, 5
local kinds = {}

function kinds.flip(what, a)
  local opt = lunette.checked(what, a, { p = 0.5, vertical = false })
  return { FLIP, number(what, "p", opt.p, 0, 1), opt.vertical and 1 or 0 }
end
function kinds.rotate(what, a)
  local opt = lunette.checked(what, a, { fill = 0 })
  local lo, hi = range(what, "degrees", a[2], 0, -36000, 36000)
  return { ROTATE, lo, hi, number(what, "fill", opt.fill, 0, 1) }
end
function kinds.crop(what, a)
  local opt = lunette.checked(what, a, { pad = 0, centre = false, fill = 0 })
  return { CROP, whole(what, "h", a[2], 1), whole(what, "w", a[3], 1), whole(what, "pad", opt.pad, 0),
    opt.centre and 1 or 0, number(what, "fill", opt.fill, 0, 1) }
end
function kinds.resize(what, a)
  lunette.checked(what, a, {})
  return { RESIZE, whole(what, "h", a[2], 1), whole(what, "w", a[3], 1) }
end
function kinds.colour(what, a)
  local opt = lunette.checked(what, a, { brightness = 0, contrast = 0, saturation = 0, hue = 0 })
  local out = { COLOUR }
  for _, name in ipairs { "brightness", "contrast", "saturation" } do
    out[#out + 1], out[#out + 2] = range(what, name, opt[name], 1, 0, 100)
  end
  out[#out + 1], out[#out + 2] = range(what, "hue", opt.hue, 0, -0.5, 0.5)
  return out
end
function kinds.noise(what, a)
  lunette.checked(what, a, {})
  return { NOISE, number(what, "deviation", a[2], 0, 100) }
end

local names = {}
for name in pairs(kinds) do names[#names + 1] = name end
table.sort(names)

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
    out[i] = kinds[name](what .. ": " .. name, type(a) == "table" and a or { a })
  end
  return out
end

--- A seed for one call or one loader, from a generator.
function augment.seed(rng) return tensor.randint(0, 2147483647, { 1 }, { rng = rng })[1] end

return augment
