--- characters.lua: what characters are, from the ranges of unicode.lua: classes, lower-case base letters, case.
local unicode = require "nn.data.unicode"
local characters = {}

-- "41-5A 61" -> a function that tells whether a code point is in one of the ranges.
local function class(text)
  local from, to = {}, {}
  for a, b in text:gmatch "(%x+)%-?(%x*)" do
    from[#from + 1], to[#to + 1] = tonumber(a, 16), tonumber(b ~= "" and b or a, 16)
  end
  return function(code)
    local low, high = 1, #from
    while low < high do
      local middle = (low + high + 1) // 2
      if from[middle] <= code then low = middle else high = middle - 1 end
    end
    return code >= from[low] and code <= to[low]
  end
end

--- characters.letter(code), and number, mark (Mn), control (Cc, Cf), space (white space in the sense of regular
-- expressions): true or false.
for _, name in ipairs { "letter", "number", "mark", "control", "space" } do
  characters[name] = class(unicode[name])
end
local wide_blank, wide_punctuation = class(unicode.blank), class(unicode.punctuation)

--- A blank of BERT's basic tokenizer: Zs, tab, newlines.
function characters.blank(code) return code == 32 or code == 9 or code == 10 or code == 13 or wide_blank(code) end

--- Punctuation of BERT's: every ASCII sign that is no letter, digit or blank, and P*.
function characters.punctuation(code)
  if code < 128 then
    return code >= 33 and code <= 47 or code >= 58 and code <= 64 or code >= 91 and code <= 96
      or code >= 123 and code <= 126
  end
  return wide_punctuation(code)
end

--- Ideographs that BERT takes one by one.
function characters.ideograph(code)
  return code >= 0x4E00 and code <= 0x9FFF or code >= 0x3400 and code <= 0x4DBF or code >= 0x20000 and code <= 0x2A6DF
    or code >= 0x2A700 and code <= 0x2CEAF or code >= 0xF900 and code <= 0xFAFF or code >= 0x2F800 and code <= 0x2FA1F
end

-- "41+25:61 100*46:101" -> the character that each code point becomes.
local function becomes(text)
  local map = {}
  for a, sign, n, b in text:gmatch "(%x+)([+*]?)(%d*):(%x+)" do
    local from, to, step = tonumber(a, 16), tonumber(b, 16), sign == "*" and 2 or 1
    for k = 0, n == "" and 0 or tonumber(n) do map[from + step * k] = utf8.char(to + step * k) end
  end
  return map
end

local base = becomes(unicode.base)
for a, list in unicode.several:gmatch "(%x+):(%S*)" do
  local codes = {}
  for code in list:gmatch "%x+" do codes[#codes + 1] = utf8.char(tonumber(code, 16)) end
  base[tonumber(a, 16)] = table.concat(codes)
end

--- characters.base(code) -> its text in lower case, decomposed, without marks: "É" -> "e", a mark -> "".
function characters.base(code)
  local text = base[code]
  if text then return text end
  if characters.mark(code) then return "" end
  if code >= 0xAC00 and code <= 0xD7A3 then                      -- Hangul: Unicode Standard, section 3.12
    local s = code - 0xAC00
    local text_of = utf8.char(0x1100 + s // 588, 0x1161 + s % 588 // 28)
    return s % 28 > 0 and text_of .. utf8.char(0x11A7 + s % 28) or text_of
  end
  return utf8.char(code)
end

--- characters.lower(text), characters.upper(text): every letter on its own, so that "ß" stays; bytes that are no UTF-8
-- stay as they are.
for _, case in ipairs { "lower", "upper" } do
  local map
  characters[case] = function(text)
    if not text:find "[\x80-\xff]" then return string[case](text) end
    map = map or becomes(unicode[case])
    return (text:gsub(utf8.charpattern, function(bytes) return utf8.len(bytes) and map[utf8.codepoint(bytes)] end))
  end
end

return characters
