--- entry.lua: what an entry of the prompt means as Lua: an expression, statements, or statements of which the last is
-- an expression; and whether another line could complete it.
local entry = {}

local function parsed(code) return load(code, "=stdin", "t") end

-- Whether further lines can mend what the parser says.  What is not broken before (a name behind : or ., the brackets
-- of a call, a string in quotes) is an error at once: whoever typed it would wait for ever.
local final = { ["<name> expected"] = true, ["function arguments expected"] = true, ["syntax error"] = true,
  ["unfinished string"] = true }
local function continues(why, text)
  if why and why:find "'%l+' expected near <eof>$" and text:find "^%s*%l+%s[^\"'\n]*:%s+%a[^\n]*$" then
    return false -- for i in range(3): print(i), which Lua takes for a method
  end
  if text:find "^%s*cd%s+%.%.$" then return false end
  local what = why and why:match "^stdin:%d+: (.*) near <eof>$"
  return what ~= nil and not final[what]
end

-- Does a statement end before `at`: a call, a block?  Looks back no further than it must: an entry may be long.
local function ends_before(text, at)
  repeat at = at - 1 until at < 1 or text:find("^%S", at)
  local word = text:sub(math.max(1, at - 3), at)
  return word:find "%)$" or word:find "%f[%w_]end$"
end

-- x = 5; x: the code with its last statement returned, or nil.  A line's end, a semicolon, the end of a call or of a
-- block part them.  Where the whole is statements already, the last begins with a name, lest it be half an expression.
local function last_returned(text, whole)
  local bare = text:gsub("[%s;]+$", "")
  for at = #bare, 2, -1 do
    local sign = bare:sub(at - 1, at - 1)
    if (sign:find "[\n;]" or sign == " " and not whole and ends_before(bare, at))
      and (not whole or bare:find("^%s*[%a_]", at)) then
      local before, code = bare:sub(1, at - 1), "return " .. bare:sub(at)
      if parsed(code) and parsed(before) and parsed(before .. code) then return before .. code end
    end
  end
  return nil
end

-- How a word or sign changes the depth of blocks and brackets.
local opens = { ["do"] = 1, ["then"] = 1, ["function"] = 1, ["repeat"] = 1, ["else"] = 0, ["elseif"] = -1, ["end"] = -1,
  ["until"] = -1, ["{"] = 1, ["}"] = -1, ["("] = 1, [")"] = -1, ["["] = 1, ["]"] = -1 }

-- The place behind a comment or string that begins at `at`, and whether it is closed; nil: none begins there.
local function skipped(text, at)
  local quote = text:match("^[\"']", at)
  if quote then
    repeat at = text:find("[\\\n" .. quote .. "]", at + 1) or #text + 1
      local escape = text:sub(at, at) == "\\"
      at = escape and at + 1 or at
    until not escape
    return at + 1, text:sub(at, at) == quote
  end
  local comment, level = text:match("^(%-?%-?)%[(=*)%[", at)
  if level and #comment ~= 1 then
    local _, last = text:find("]" .. level .. "]", at, true)
    return (last or #text) + 1, last ~= nil
  end
  if text:find("^%-%-", at) then return text:find("\n", at, true) or #text + 1, true end
  return nil
end

-- Words and brackets of a text, outside of strings and comments, with their places: for word, at in tokens(text).
local function tokens(text)
  local at = 1
  return function()
    while true do
      local first = text:find("[%a_%(%){}%[%]\"'%-]", at)
      if not first then return nil end
      at = skipped(text, first)
      if not at then
        local word = text:match("^[%a_][%w_]*", first) or text:sub(first, first)
        at = first + #word
        return word, first
      end
    end
  end
end

-- A local of an entry itself, not of a block in it, would be gone with the entry: at the prompt it is kept as a global,
-- which has no <const> and no <close>.
local function without_locals(text)
  if not text:find("local", 1, true) then return text end
  local parts, from, depth = {}, 1, 0
  for word, at in tokens(text) do
    depth = depth + (opens[word] or 0)
    local rest = word == "local" and depth == 0 and text:match("^local%s+()[%a_]", at)
    local names, value = text:match("^([%w_,%s<>]-)()=", rest or #text + 1)
    names = names and names:gsub("<%s*%l+%s*>", "")
    names = names and not names:find "[<>]" and not names:find "[%w_]%s+[%w_]" and names
    if rest and (names or text:find("^function%f[%W]", rest)) then
      parts[#parts + 1] = text:sub(from, at - 1) .. (names or "")
      from = names and value or rest
    end
  end
  local kept = table.concat(parts) .. text:sub(from)
  return (parsed(kept) or not parsed(text)) and kept or text
end

--- An entry as code that compiles, and "expression", "statements" or "last"; or nil, the parser's message, and whether
-- more lines may complete it.
function entry.code(text)
  text = without_locals(text)
  local expression = "return " .. text:gsub("^%s*=", "")
  local whole, unfinished = parsed(expression)
  if whole then return expression, "expression" end
  local statements, why = parsed(text)
  local code = last_returned(text, statements)
  if code then return code, "last" end
  if statements then return text, "statements" end
  local before, last = text:match "^(.*\n)([^\n]*)$"
  local half = before and parsed(before) and select(2, parsed(before .. "return " .. last))
  return nil, why, continues(why, text) or continues(unfinished, text) or continues(half, text)
end

--- Of a chunk that sets one name to what a call gives, the name: such a chunk returns all that the call gave.
entry.assigned = setmetatable({}, { __mode = "k" })

-- x = data.csv "t.csv": nil and a message would be lost in it.
local function with_results(text)
  local name, value = text:match "^%s*([%a_][%w_.]*)%s*=%s*([^=].*[%)}\"'%]])%s*;?%s*$"
  if not name or not parsed("return " .. value) then return nil end
  local f = parsed(("local _what_, _why_, _left_ = %s\n%s = _what_ return _what_, _why_, _left_"):format(value, name))
  if f then entry.assigned[f] = name end
  return f
end

--- entry.code, compiled: the function; or nil, the message, and whether more lines may complete it.
function entry.compile(text)
  local code, why, more = entry.code(text)
  if not code then return nil, why, more end
  return why == "statements" and with_results(code) or parsed(code)
end

-- The prompts of a transcript, here and elsewhere: of an entry's first line, and of those that go on.
local first_prompts = { "^>>> ?(.*)$", "^In %[%d+%]: ?(.*)$", "^julia> ?(.*)$", "^>> ?(.*)$", "^%s*> ?(.*)$" }
local more_prompts = { "^%s*%.%.%.: ?(.*)$", "^%.%.%. ?(.*)$", "^%s*%. ?(.*)$" }
local function behind(line, prompts)
  for _, prompt in ipairs(prompts) do
    local rest = line:match(prompt)
    if rest then return rest end
  end
  return nil
end

--- The entries of a text that was copied with its prompts: "> x" and ". y", "  > x" of help's examples; lines between
-- them without a prompt are what was answered, and go.  nil: the text has no prompts.
function entry.entries(text)
  if not behind(text:match "[^\n]*", first_prompts) then return nil end
  local entries = {}
  for line in text:gmatch "[^\n]+" do
    local first, more = behind(line, first_prompts), behind(line, more_prompts)
    if first then entries[#entries + 1] = first end
    if more and not first then entries[#entries] = entries[#entries] .. "\n" .. more end
  end
  return entries
end

--- Lines that were pasted, which together are no Lua but each by itself or with the next ones: an entry each; nil: they
-- are not.
function entry.lines(text)
  if not text:find("\n", 1, true) or text:find "^%s*[:?!]" or entry.code(text) then return nil end
  local entries, part = {}, nil
  for line in text:gmatch "[^\n]+" do
    part = part and part .. "\n" .. line or line
    local code, _, more = entry.code(part)
    if not code and not more then return nil end
    if code and part:find "%S" then entries[#entries + 1] = part end
    part = not code and part or nil
  end
  return not part and #entries > 1 and entries or nil
end

--- The same as one text.
function entry.without_prompts(text)
  local entries = entry.entries(text)
  return entries and table.concat(entries, "\n") or text
end

--- "yes" where another line could complete the text, else nil.
function entry.unfinished(text)
  local code, _, more = entry.code(text)
  return not code and more and "yes" or nil
end

--- The blanks that a line behind `text` begins with: two for each block and bracket that is open.
function entry.indent(text)
  local _, why = parsed(text)
  if why and why:find "unfinished" then return "" end -- in a string
  local depth, change, line_end = 0, 0, 0
  local function close_line() -- what one line opens more than once is one step
    depth = math.max(0, depth + math.max(-1, math.min(1, change)))
    change = 0
  end
  for word, at in tokens(text) do
    if at > line_end then
      close_line()
      line_end = text:find("\n", at, true) or #text + 1
    end
    change = change + (opens[word] or 0)
  end
  close_line()
  return ("  "):rep(depth)
end

return entry
