--- tokenizer.lua: text as ids and back: WordPiece (Schuster and Nakajima 2012; Devlin et al. 2018, arXiv:1810.04805),
-- byte-level pairs (Sennrich et al. 2015, arXiv:1508.07909; Radford et al. 2019), words and characters.
-- Ids count from 1: the file's id and one more.  Offsets are bytes of the original text, both ends included.
local record = require "nn.record"
local none = lunette.none
local pieces = require "nn.data.pieces"

local Tokenizer = { __name = "Tokenizer" }
Tokenizer.__index = Tokenizer

local what = "data.tokenizer"

local function raise(text, ...) lunette.refuse("%s: " .. text, what, ...) end

-- --- vocabularies ----------------------------------------------------------------------------------------------------

local function read(path)
  local file, why = io.open(path, "rb")
  if not file then return nil, why end
  local text = file:read "a"
  file:close()
  if not text then return nil, path .. ": cannot be read" end
  return (text:gsub("^\xef\xbb\xbf", "")) -- a byte order mark
end

-- Lines of a file, or the list itself: words in the order of their ids.  With a comment on top: merges.txt.
local function lines_of(source, name)
  if type(source) == "table" then return source end
  local text, why = read(source)
  if not text then return nil, why end
  local list = {}
  if not text:find("\n", 1, true) then text = text:gsub("\r", "\n") end -- old Mac's line ends
  for line in text:gmatch "([^\n]*)\n?" do list[#list + 1] = (line:gsub("\r+$", "")) end
  while #list > 0 and list[#list] == "" do list[#list] = nil end
  if #list == 0 then return nil, ("%s: %s expected, found none"):format(source, name) end
  return list
end

-- { word = id from 0 } of vocab.json, in one object.
local function json_of(source)
  local map = source
  if type(source) == "string" then
    local rows, why = pieces.json(source)
    if not rows then return nil, why end
    map = rows
  end
  local list, n = {}, 0
  for word, id in pairs(map) do
    if math.type(id) ~= "integer" or id < 0 then
      return nil, ("%s: whole numbers from 0 on expected, found %s for '%s'"):format(tostring(source), tostring(id),
        word)
    end
    list[id + 1], n = word, n + 1
  end
  for id = 1, n do
    if not list[id] then
      return nil, ("%s: %d words expected, none has the id %d"):format(tostring(source), n, id - 1)
    end
  end
  return list
end

-- --- making ----------------------------------------------------------------------------------------------------------

local function vocabulary_of(opt)
  if opt.kind == "bpe" then
    return json_of(opt.vocab or raise "bpe wants vocab= (vocab.json) and merges= (merges.txt)")
  end
  if opt.vocab then return lines_of(opt.vocab, "a word a line") end
  if opt.kind == "wordpiece" then raise "wordpiece wants vocab= (vocab.txt, or a list of pieces)" end
  if type(opt.texts) ~= "table" then raise("%s want vocab= (a list) or texts= (a list of texts)", opt.kind) end
  return pieces.count(opt.texts, opt.kind, opt.lower, opt.least)
end

local names = { pad = "[PAD]", first = "[CLS]", between = "[SEP]" }

local about_tokenizer = record.declare { name = "data.tokenizer",
  sig = 'tok = data.tokenizer{kind="wordpiece", vocab="vocab.txt", lower=true}',
  see = "tok:encode, tok:batch, tok:decode, nn.Embedding",
  doc = "text as ids and back: wordpiece (vocab.txt; Devlin et al. 2018, arXiv:1810.04805), bpe (vocab.json and "
    .. "merges.txt; Sennrich et al. 2015, arXiv:1508.07909), words, characters. Ids are the file's and one more; nil "
    .. "and a message when a file fails",
  options = { { "kind", "wordpiece", "wordpiece, bpe, words or characters" },
    { "vocab", none, "a file, or a list of tokens (bpe: a table token = id from 0)" },
    { "merges", none, "of bpe: merges.txt, or a list of lines" },
    { "lower", none, "lower case without accents; absent: for wordpiece only" },
    { "texts", none, "of words and characters: where the vocabulary is counted" },
    { "least", 1, "so often a word must stand there" }, { "unknown", "[UNK]", "what stands for all others" },
    { "most", 100, "characters of a word; longer ones are unknown" } },
  example = 'tok = data.tokenizer{vocab = {"[UNK]", "un", "##want", "##ed"}}\nids, first, last = tok:ids "Unwanted"\n'
    .. 'print(table.concat(ids, " "), first[2], last[2])',
  example2 = 'tok = data.tokenizer{kind = "characters", texts = {"hello"}}\nprint(#tok, tok:decode((tok:ids "hell")))' }
function data.tokenizer(arg)
  local opt = lunette.checked(what, arg, record.known(about_tokenizer.options))
  if not pieces.kinds[opt.kind] then
    raise("kind must be wordpiece, bpe, words or characters, got '%s'", tostring(opt.kind))
  end
  if opt.lower == nil then opt.lower = opt.kind == "wordpiece" end
  local list, why = vocabulary_of(opt)
  if not list then return nil, why end
  local self = setmetatable({ kind = opt.kind, words = list, of = {}, opt = opt, cache = {} }, Tokenizer)
  for id, word in ipairs(list) do
    if type(word) ~= "string" then raise("vocab must hold strings, element %d is a %s", id, lunette.typename(word)) end
    if not self.of[word] then self.of[word] = id end
  end
  self.unknown = self.of[opt.unknown]
  self.pad, self.first, self.between = self.of[names.pad], self.of[names.first], self.of[names.between]
  if opt.kind == "bpe" then
    local merges
    merges, why = lines_of(opt.merges or raise "bpe wants merges= (merges.txt, or a list)", "a merge a line")
    if not merges then return nil, why end
    self.rank = pieces.ranks(merges)
  end
  return self
end

function Tokenizer:__len() return #self.words end
function Tokenizer:__tostring() return ("Tokenizer(%s, %d)"):format(self.kind, #self.words) end

--- tok:id(token) -> its id, or that of the unknown token, or nil.
function Tokenizer:id(token) return self.of[token] or self.unknown end

--- tok:token(id) -> its text.
function Tokenizer:token(id) return self.words[id] end

-- --- encoding --------------------------------------------------------------------------------------------------------

record.declare { name = "tok:ids", sig = "ids, first, last = tok:ids(text)", see = "data.tokenizer",
  doc = "lists: ids of a text without special tokens, and the bytes of it where each begins and ends",
  example = 'tok = data.tokenizer{kind = "words", texts = {"a b"}}\nprint(tok:ids("b a")[1])',
  example2 = 'tok = data.tokenizer{kind = "characters", texts = {"ab"}}\nprint(#tok:ids "abba")' }
function Tokenizer:ids(text)
  if type(text) ~= "string" then raise("a text expected, got %s", lunette.typename(text)) end
  return pieces.kinds[self.kind](self, text)
end

-- Leaves `most` of both together: the longer gives first, or the one that is told.
local function cut(a, b, most, which)
  while a + b > most do
    if which == "first" or which ~= "second" and a >= b then a = a - 1 else b = b - 1 end
    if a < 0 or b < 0 then raise("length leaves room for %d tokens; there is nothing more to cut", most) end
  end
  return a, b
end

local about_encode = record.declare { name = "tok:encode",
  sig = 'e = tok:encode(text, pair, {length=, truncate="longest", special=true})', see = "data.tokenizer, tok:batch",
  doc = "[CLS] text [SEP] pair [SEP]: lists e.ids, e.tokens, e.segments (1, 2), e.first, e.last (bytes; 0: a special "
    .. "token)",
  options = { { "length", none, "at most so many tokens" },
    { "truncate", "longest", "what gives when they are too many: longest, first or second" },
    { "special", true, "[CLS] and [SEP], where the vocabulary has them" } },
  example = 'tok = data.tokenizer{vocab = {"[UNK]", "[CLS]", "[SEP]", "a"}}\n'
    .. 'print(table.concat(tok:encode("a", "a").tokens, " "))',
  example2 = 'tok = data.tokenizer{kind = "words", texts = {"a b"}}\nprint(#tok:encode("a b a b", {length = 3}).ids)' }
--- tok:encode(text, pair, {length=, truncate="longest", special=true}) -> lists { ids, tokens, segments, first, last };
-- [CLS] text [SEP] pair [SEP] where the vocabulary has them; segments 1 and 2; first and last byte in text or pair, 0
-- for special tokens.  length: at most so many; "first", "second" or "longest" is cut.
function Tokenizer:encode(text, pair, options)
  if type(pair) == "table" then pair, options = nil, pair end
  local opt = lunette.checked("tok:encode", options, record.known(about_encode.options))
  local special = opt.special and self.first and self.between
  local a, b = table.pack(self:ids(text)), pair and table.pack(self:ids(pair)) or { {}, {}, {} }
  local m, n = #a[1], #b[1]
  if opt.length then m, n = cut(m, n, opt.length - (special and (pair and 3 or 2) or 0), opt.truncate) end
  local out = { ids = {}, tokens = {}, segments = {}, first = {}, last = {} }
  local function add(id, segment, first, last)
    local k = #out.ids + 1
    out.ids[k], out.tokens[k], out.segments[k], out.first[k], out.last[k] = id, self.words[id], segment, first, last
  end
  if special then add(self.first, 1, 0, 0) end
  for i = 1, m do add(a[1][i], 1, a[2][i], a[3][i]) end
  if special then add(self.between, 1, 0, 0) end
  for i = 1, n do add(b[1][i], 2, b[2][i], b[3][i]) end
  if special and pair then add(self.between, 2, 0, 0) end
  return out
end

record.declare { name = "tok:batch",
  sig = "b = tok:batch({text, {text, pair}, ...}, {length=, truncate=, special=})", see = "tok:encode",
  doc = "padded at the end: b.ids and b.segments i64[n,T], b.mask bool[n,T] (true: a token), b.list of tok:encode's "
    .. "results",
  options = about_encode.options,
  example = 'tok = data.tokenizer{kind = "words", texts = {"a b"}}\nprint(tok:batch{"a b", "a"}.ids)',
  example2 = 'tok = data.tokenizer{kind = "words", texts = {"a b"}}\n'
    .. 'print(tok:batch({"a b b", "a"}, {length = 2}).mask)' }
--- tok:batch(texts, {length=, truncate=, special=}) -> { ids = i64[n,T], segments = i64[n,T], mask = bool[n,T], list }:
-- texts or pairs {a, b}, padded at the end to the longest; mask: true where a token is.
function Tokenizer:batch(texts, options)
  local list, longest = {}, 1
  for k, text in ipairs(texts) do
    local a, b = text, nil
    if type(text) == "table" then a, b = text[1], text[2] end
    list[k] = self:encode(a, b or options, b and options or nil)
    longest = math.max(longest, #list[k].ids)
  end
  if #list == 0 then raise "a batch of at least one text expected" end
  local ids, segments, mask = {}, {}, {}
  for k, e in ipairs(list) do
    ids[k], segments[k], mask[k] = {}, {}, {}
    for t = 1, longest do
      ids[k][t], segments[k][t], mask[k][t] = e.ids[t] or self.pad or 1, e.segments[t] or 1, e.ids[t] ~= nil
    end
  end
  local whole = { dtype = "i64" }
  return { ids = tensor(ids, whole), segments = tensor(segments, whole), mask = tensor(mask), list = list }
end

local about_decode = record.declare { name = "tok:decode", sig = "tok:decode(ids, {special=false})", see = "tok:ids",
  doc = "the text of ids, a list or a tensor; of bpe and characters the very one",
  options = { { "special", false, "with [CLS], [SEP] and [PAD]" } },
  example = 'tok = data.tokenizer{kind = "words", texts = {"a b"}}\nprint(tok:decode((tok:ids "b a")))',
  example2 = 'tok = data.tokenizer{kind = "words", texts = {"a b"}}\n'
    .. 'print(tok:decode(tensor{3, 4, 3, dtype = "i64"}))' }
function Tokenizer:decode(ids, options)
  local opt = lunette.checked("tok:decode", options, record.known(about_decode.options))
  if lunette.is_tensor(ids) then ids = ids:reshape(-1):totable() end
  local tokens = {}
  for _, id in ipairs(ids) do
    local token = self.words[id]
    if not token then raise("id %s outside 1..%d", tostring(id), #self.words) end
    local special = id == self.pad or id == self.first or id == self.between
    if opt.special or not special then tokens[#tokens + 1] = token end
  end
  return pieces.join(self.kind, tokens)
end
