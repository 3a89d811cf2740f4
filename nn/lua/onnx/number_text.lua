--- number_text.lua: numbers as strings of a graph, written as NumPy and so ONNX's reference implementation writes
-- them; and back.
local strings = require "nn.onnx.strings"
local v = require "nn.onnx.values"
local number_text = {}

-- --- numbers to strings ----------------------------------------------------------------------------------------------

-- The nearest number with that many bits of a fraction (Veltkamp 1968); below `least` they lie `step` apart.
local function narrow(bits, least, step)
  local split = 2.0 ^ (53 - bits) + 1
  return function(x)
    if math.abs(x) < least then
      local steps = x / step
      return (steps + 2.0 ^ 52 * 1.5 - 2.0 ^ 52 * 1.5) * step
    end
    return x * split - (x * split - x)
  end
end
local nearest = {
  [1] = function(x) return (string.unpack("<f", string.pack("<f", x))) end,
  [10] = narrow(11, 2.0 ^ -14, 2.0 ^ -24), [11] = function(x) return x end,
  [16] = narrow(8, 2.0 ^ -126, 2.0 ^ -133),
}

-- The fewest digits that are nearest to x and to no other number of its type; without exponent from 1e-4 to 1e16.
local function shortest(x, round)
  if x ~= x then return "nan" end
  if x == math.huge or x == -math.huge then return x > 0 and "inf" or "-inf" end
  local text
  for digits = 0, 16 do
    text = ("%." .. digits .. "e"):format(x)
    if round(tonumber(text)) == x then break end
  end
  local sign, first, rest, exponent = text:match "^(%-?)(%d)%.?(%d*)e([+-]%d+)$"
  local e, size = tonumber(exponent), math.abs(x)
  if size ~= 0 and (size < 1e-4 or size >= 1e16) then
    return ("%s%s%se%s"):format(sign, first, rest ~= "" and "." .. rest or "", exponent)
  end
  local digits = first .. rest
  if e < 0 then return ("%s0.%s%s"):format(sign, ("0"):rep(-e - 1), digits) end
  digits = digits .. ("0"):rep(e + 1 - #digits)
  return ("%s%s.%s"):format(sign, digits:sub(1, e + 1), #digits > e + 1 and digits:sub(e + 2) or "0")
end

--- The numbers of x as strings, row by row.  kind: their type in the file, where that is narrower than x's.
function number_text.of(x, kind)
  local list = v.list(x)
  local round = x.dtype == "f64" and nearest[11] or (kind == 10 or kind == 16) and nearest[kind] or nearest[1]
  for i, value in ipairs(list) do
    if x.dtype == "bool" then list[i] = (value == true or value == 1) and "True" or "False"
    elseif v.is_float(x) then list[i] = shortest(value, round)
    else list[i] = ("%d"):format(value) end
  end
  return list
end

-- --- strings to numbers ----------------------------------------------------------------------------------------------

local named = { nan = 0 / 0, inf = math.huge, infinity = math.huge }

-- Decimal, with or without an exponent; infinities and NaN by name; nil: no number.
local function parsed(text)
  local sign, name = text:lower():match "^%s*([+-]?)(%a+)%s*$"
  if name then return named[name] and (sign == "-" and -named[name] or named[name]) end
  return text:match "^%s*[+-]?[%d.]+[eE]?[+-]?%d*%s*$" and tonumber(text)
end
local truths = { ["true"] = 1, ["false"] = 0 }

local function float(text)
  local x = parsed(text)
  return x and x + 0.0
end
local function whole(text)
  local x = parsed(text)
  if not x or x ~= x then return nil end
  return math.tointeger(x < 0 and math.ceil(x) or math.floor(x))
end

--- The tensor of the numbers that strings write, for an element type of files; whole numbers are cut off.
function number_text.numbers(x, kind)
  local dtype, read = "i64", whole
  if kind == 9 then read = function(text) return truths[text:lower()] or float(text) end end
  if kind == 1 or kind == 9 or kind == 10 or kind == 11 or kind == 16 then dtype = "f64" end
  if dtype == "f64" and kind ~= 9 then read = float end
  local list = strings.each(x, function(text)
    local name = v.kind_name[kind] or kind
    return read(text) or lunette.raise(("'%s' is no number of type %s"):format(text:sub(1, 80), name))
  end)
  return tensor(list, { dtype = dtype }):reshape(x.ids.shape)
end

return number_text
