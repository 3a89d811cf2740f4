--- characters.lua: text as sequences of character ids.  Id 1 is the end of a sequence; the others are in code order.
local read_text = require "lib.text".read
local characters = {}

--- Non-empty lines of a text, cut at a space where they are longer than `most` characters.
function characters.lines(text, most)
  local list = {}
  for line in text:gmatch "[^\r\n]+" do
    line = line:match "^%s*(.-)%s*$"
    while utf8.len(line) > most do
      local cut = utf8.offset(line, most + 1) - 1
      local space = line:sub(1, cut + 1):match "^.*() "
      list[#list + 1] = line:sub(1, space and space - 1 or cut)
      line = line:sub((space or cut) + 1)
    end
    if line ~= "" then list[#list + 1] = line end
  end
  return list
end

-- Each line once, so that none can be both learnt and held out.
local function unique(list)
  local seen, out = {}, {}
  for _, line in ipairs(list) do
    if not seen[line] then
      seen[line] = true
      out[#out + 1] = line
    end
  end
  return out
end

--- The text of a file with plain line ends, in lower case (ASCII) where `lower` says so, or an error that says what is
-- wrong with it.
function characters.text(path, lower)
  local text = read_text(path)
  local ok, at = utf8.len(text)
  if not ok then lunette.raise(("--data: %s: UTF-8 text expected, byte %d is none"):format(path, at)) end
  return lower and text:lower() or text
end

--- The lines of a file, each once, or an error where they are too few.
function characters.distinct(path, lines)
  local list = unique(lines)
  if #list < 20 then
    lunette.raise(("--data: %s: at least 20 different lines of text expected, found %d"):format(path, #list))
  end
  return list
end

--- The same, read from a file.
function characters.read(path, most) return characters.distinct(path, characters.lines(characters.text(path), most)) end

--- Whether lines are names: most of them one word.
function characters.names(lines)
  local n = 0
  for _, line in ipairs(lines) do
    if not line:find "%s" then n = n + 1 end
  end
  return 2 * n > #lines
end

--- The lines in lower case with nothing but a to z, each once.
function characters.plain(lines)
  local list = {}
  for _, line in ipairs(lines) do
    line = line:lower():gsub("[^a-z]", "")
    if line ~= "" then list[#list + 1] = line end
  end
  return unique(list)
end

--- Alphabet{lines}: #alphabet ids, alphabet:encode(line) -> list of ids, alphabet[id] -> character ("" for the end).
function characters.alphabet(lines)
  local seen, list = {}, {}
  for _, line in ipairs(lines) do
    for c in line:gmatch(utf8.charpattern) do
      if not seen[c] then
        seen[c] = true
        list[#list + 1] = c
      end
    end
  end
  table.sort(list, function(a, b) return utf8.codepoint(a) < utf8.codepoint(b) end)
  table.insert(list, 1, "")
  for id, c in ipairs(list) do seen[c] = id end
  function list.encode(_, line)
    local ids = {}
    for c in line:gmatch(utf8.charpattern) do ids[#ids + 1] = seen[c] end
    return ids
  end
  return list
end

return characters
