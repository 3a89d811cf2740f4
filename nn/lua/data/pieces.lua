--- pieces.lua: the algorithms of data.tokenizer.  kinds[name](tok, text) -> ids, first bytes, last bytes.
-- What a run without blanks becomes is kept, so that a word costs one look-up after its first time.
local characters = require "nn.data.characters"
local pieces = { kinds = {} }

-- Byte strings that are no UTF-8 are read byte by byte as U+FFFD.
local function next_code(text, at)
  local b = text:byte(at)
  if b < 0x80 then return b, at end
  local stop = text:match("^[\xc2-\xf4][\x80-\xbf]+()", at)
  local n = b >= 0xf0 and 4 or b >= 0xe0 and 3 or 2
  if stop and stop - at >= n and utf8.len(text, at, at + n - 1) == 1 then
    return utf8.codepoint(text, at), at + n - 1
  end
  return 0xFFFD, at
end

-- The results of a kept run { ids, first, last } behind those so far, moved by the run's place.
local function append(ids, first, last, run, base)
  local n = #ids
  for i = 1, #run[1] do
    ids[n + i], first[n + i], last[n + i] = run[1][i], run[2][i] + base, run[3][i] + base
  end
end

local MOST_KEPT = 200000
local function keep(tok, key, run)
  tok.kept = (tok.kept or 0) + 1
  if tok.kept > MOST_KEPT then tok.cache, tok.kept = {}, 1 end
  tok.cache[key] = run
  return run
end

-- --- WordPiece -------------------------------------------------------------------------------------------------------

-- A word of units { text, first, last }: the longest piece first; the whole word is unknown when a rest has none, or
-- when it has more than `most` characters.
local function longest_first(tok, units, run)
  local ids, first, last = {}, {}, {}
  local function unknown()
    local n = #run[1] + 1
    run[1][n], run[2][n], run[3][n] = tok.unknown or 1, units[1][2], units[#units][3]
  end
  if #units > tok.opt.most then return unknown() end
  local texts = {}
  for i, u in ipairs(units) do texts[i] = u[1] end
  local from = 1
  while from <= #units do
    local id, stop
    for to = #units, from, -1 do
      id = tok.of[(from > 1 and "##" or "") .. table.concat(texts, "", from, to)]
      stop = to
      if id then break end
    end
    if not id then return unknown() end
    ids[#ids + 1], first[#first + 1], last[#last + 1] = id, units[from][2], units[stop][3]
    from = stop + 1
  end
  for i = 1, #ids do
    local n = #run[1] + 1
    run[1][n], run[2][n], run[3][n] = ids[i], first[i], last[i]
  end
end

-- A run without ASCII blanks: cleaned, cut at blanks, ideographs and punctuation; lower-cased without accents when the
-- model is uncased.
local function wordpiece_run(tok, text)
  local run, units, at = { {}, {}, {} }, {}, 1
  local function close()
    if #units > 0 then longest_first(tok, units, run) end
    units = {}
  end
  while at <= #text do
    local code, stop = next_code(text, at)
    if characters.blank(code) then
      close()
    elseif code == 0xFFFD or characters.control(code) then
      local _ = nil                                              -- gone without a trace
    else
      local base = tok.opt.lower and characters.base(code) or text:sub(at, stop)
      local alone = characters.ideograph(code) or characters.punctuation(code)
      if alone then close() end
      if base ~= "" then
        local whole = stop
        for _, c in utf8.codes(base) do units[#units + 1] = { utf8.char(c), at, whole } end
      elseif #units > 0 then
        units[#units][3] = stop                                  -- an accent belongs to its letter
      end
      if alone then close() end
    end
    at = stop + 1
  end
  close()
  return run
end

function pieces.kinds.wordpiece(tok, text)
  local ids, first, last = {}, {}, {}
  for at, run in text:gmatch "()([^ \t\r\n]+)" do
    append(ids, first, last, tok.cache[run] or keep(tok, run, wordpiece_run(tok, run)), at - 1)
  end
  return ids, first, last
end

-- --- byte-level pairs ------------------------------------------------------------------------------------------------

-- Each byte as a visible character: those that are, themselves; the other 68 from U+0100 on.
local shown, byte_of = {}, {}
do
  local n = 0
  for b = 0, 255 do
    local itself = b >= 0x21 and b <= 0x7E or b >= 0xA1 and b <= 0xAC or b >= 0xAE
    shown[b] = utf8.char(itself and b or 0x100 + n)
    if not itself then n = n + 1 end
    byte_of[shown[b]] = string.char(b)
  end
end

--- pieces.ranks(lines) -> { ["a b"] = rank }: the merges of merges.txt, without its #version line.
function pieces.ranks(lines)
  local rank, n = {}, 0
  for k, line in ipairs(lines) do
    if not (k == 1 and line:find "^#version") and line:find "^%S+ %S+$" then
      n = n + 1
      rank[line] = rank[line] or n
    end
  end
  return rank
end

-- A word of bytes from..to: neighbours are joined, the pair of the lowest rank first, all of its places at once.
local function merge(tok, text, from, to, run)
  local parts, ends = {}, {}
  for i = from, to do parts[#parts + 1], ends[#ends + 1] = shown[text:byte(i)], i end
  while #parts > 1 do
    local best, pair = math.huge, nil
    for i = 1, #parts - 1 do
      local r = tok.rank[parts[i] .. " " .. parts[i + 1]]
      if r and r < best then best, pair = r, parts[i] .. " " .. parts[i + 1] end
    end
    if not pair then break end
    local joined, stops, i = {}, {}, 1
    while i <= #parts do
      local both = i < #parts and parts[i] .. " " .. parts[i + 1] == pair
      joined[#joined + 1] = both and parts[i] .. parts[i + 1] or parts[i]
      stops[#stops + 1] = ends[both and i + 1 or i]
      i = i + (both and 2 or 1)
    end
    parts, ends = joined, stops
  end
  local start = from
  for i, part in ipairs(parts) do
    local n = #run[1] + 1
    run[1][n], run[2][n], run[3][n] = tok:id(part) or 1, start, ends[i]
    start = ends[i] + 1
  end
end

local SPACE, LETTER, NUMBER, OTHER = 1, 2, 3, 4
local function kind_of(code)
  if code < 128 then
    if code == 32 or code >= 9 and code <= 13 then return SPACE end
    if code >= 65 and code <= 90 or code >= 97 and code <= 122 then return LETTER end
    return code >= 48 and code <= 57 and NUMBER or OTHER
  end
  if characters.space(code) then return SPACE end
  return characters.letter(code) and LETTER or characters.number(code) and NUMBER or OTHER
end

-- Where the word that begins at byte `at` ends: 's 't 're 've 'm 'll 'd | blank? letters | blank? numbers
-- | blank? others | white space, before a word without its last character.
local function word_end(text, at)
  local short = text:match("^'[stmd]()", at) or text:match("^'re()", at) or text:match("^'ve()", at)
    or text:match("^'ll()", at)
  if short then return short - 1 end
  local code, stop = next_code(text, at)
  local kind = kind_of(code)
  if code == 32 and stop < #text then
    local after, last = next_code(text, stop + 1)
    if kind_of(after) ~= SPACE then kind, stop = kind_of(after), last end
  end
  local before = at - 1                                          -- the end of what came before the last character
  while stop < #text do
    local following, last = next_code(text, stop + 1)
    if kind_of(following) ~= kind then
      if kind == SPACE and before >= at then return before end
      return stop
    end
    before, stop = stop, last
  end
  return stop
end

function pieces.kinds.bpe(tok, text)
  local ids, first, last, at = {}, {}, {}, 1
  while at <= #text do
    local stop = text:match("^ ?%a+()[ ,.\n]", at)              -- most words of most texts
    stop = stop and stop - 1 or word_end(text, at)
    local word = text:sub(at, stop)
    local run = tok.cache[word]
    if not run then
      run = { {}, {}, {} }
      merge(tok, word, 1, #word, run)
      keep(tok, word, run)
    end
    append(ids, first, last, run, at - 1)
    at = stop + 1
  end
  return ids, first, last
end

-- --- words and characters --------------------------------------------------------------------------------------------

local function words_run(text, each)
  local at = 1
  while at <= #text do
    local code, stop = next_code(text, at)
    local alone = characters.punctuation(code) or characters.ideograph(code)
    if not characters.blank(code) then
      while not alone and stop < #text do
        local following, last = next_code(text, stop + 1)
        local stops = characters.punctuation(following) or characters.ideograph(following)
        if stops or characters.blank(following) then break end
        stop = last
      end
      each(text:sub(at, stop), at, stop)
    end
    at = stop + 1
  end
end

local function lowered(text)
  local out = {}
  for _, code in utf8.codes(text) do
    local base = characters.base(code)
    out[#out + 1] = #base == 1 and code < 128 and base or utf8.char(code)
  end
  return table.concat(out)
end
local function plain(lower, text)
  if not lower then return text end
  return text:find "[\x80-\xff]" and lowered(text) or text:lower()
end

function pieces.kinds.words(tok, text)
  local ids, first, last = {}, {}, {}
  for at, chunk in text:gmatch "()([^ \t\r\n]+)" do
    local run = tok.cache[chunk]
    if not run then
      run = { {}, {}, {} }
      words_run(chunk, function(word, a, b)
        local n = #run[1] + 1
        run[1][n], run[2][n], run[3][n] = tok:id(plain(tok.opt.lower, word)) or 1, a, b
      end)
      keep(tok, chunk, run)
    end
    append(ids, first, last, run, at - 1)
  end
  return ids, first, last
end

function pieces.kinds.characters(tok, text)
  local ids, first, last, at, n = {}, {}, {}, 1, 0
  local of, lower = tok.of, tok.opt.lower
  while at <= #text do
    local _, stop = next_code(text, at)
    n = n + 1
    ids[n], first[n], last[n] = of[plain(lower, text:sub(at, stop))] or tok.unknown or 1, at, stop
    at = stop + 1
  end
  return ids, first, last
end

--- pieces.count(texts, kind, lower, least) -> the vocabulary of texts: [PAD], [UNK], then what stands there at least so
-- often, the commonest first, equally common ones in the order of their bytes.
function pieces.count(texts, kind, lower, least)
  local count, list = {}, {}
  local function see(word)
    word = plain(lower, word)
    count[word] = (count[word] or 0) + 1
  end
  for _, text in ipairs(texts) do
    if kind == "words" then
      words_run(text, see)
    else
      local at = 1
      while at <= #text do
        local _, stop = next_code(text, at)
        see(text:sub(at, stop))
        at = stop + 1
      end
    end
  end
  for word, n in pairs(count) do
    if n >= least then list[#list + 1] = word end
  end
  table.sort(list, function(a, b) return count[a] > count[b] or count[a] == count[b] and a < b end)
  return table.move(list, 1, #list, 3, { "[PAD]", "[UNK]" })
end

--- pieces.join(kind, tokens) -> text
function pieces.join(kind, tokens)
  if kind == "wordpiece" then return (table.concat(tokens, " "):gsub(" ##", "")) end
  if kind == "words" then return table.concat(tokens, " ") end
  if kind == "characters" then return table.concat(tokens) end
  return (table.concat(tokens):gsub(utf8.charpattern, byte_of))
end

--- pieces.json(path) -> the object of a JSON file of one line.
function pieces.json(path)
  local rows, why = data.jsonl(path)
  if not rows then return nil, why end
  if #rows ~= 1 or type(rows[1]) ~= "table" then return nil, path .. ": one JSON object of tokens and ids expected" end
  return rows[1]
end

return pieces
