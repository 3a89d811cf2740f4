--- data.tokenizer: cases worked out by hand from the published algorithms; offsets, pairs, truncation, padding, errors.
local test = dofile "tests/check.lua"

local function split(text)
  local list = {}
  for word in text:gmatch "%S+" do list[#list + 1] = word end
  return list
end

local WORDS = split "[UNK] un want ##want ##ed run runn ##n ##ning ##ing , ! ' $ _ don t cafe ##s a ##a 中 国 [ ] sep"
local uncased = data.tokenizer { vocab = WORDS }

local function tokens(tok, text)
  local ids = tok:ids(text)
  local list = {}
  for i, id in ipairs(ids) do list[i] = tok:token(id) end
  return table.concat(list, " ")
end

local function reads(tok, text, want) test.equal(tokens(tok, text), want, ("%q"):format(text)) end

test("WordPiece: longest match first; accents, ideographs, punctuation, controls, over-long words", function()
  reads(uncased, "UNwantéd,running", "un ##want ##ed , runn ##ing")
  reads(uncased, "Cafés", "cafe ##s")
  reads(uncased, "Cafe\u{301}s", "cafe ##s")
  reads(uncased, "unwantedX", "[UNK]")
  reads(uncased, "a中国a", "a 中 国 a")
  reads(uncased, "Don't!", "don ' t !")
  reads(uncased, ("a"):rep(100), "a" .. (" ##a"):rep(99))
  reads(uncased, ("a"):rep(101), "[UNK]")
  reads(uncased, "a\u{A0}a\u{200B}a", "a a ##a")
  reads(uncased, "a\0a", "a ##a")
  reads(uncased, "$a_a", "$ a _ a")
  reads(uncased, "€a a—a", "[UNK] a [UNK] a")
  reads(uncased, "run\u{AD}ning", "runn ##ing")
  reads(uncased, "[SEP]a", "[ sep ] a")
  reads(uncased, "", "")
  reads(uncased, " \t\n\u{3000} ", "")
  reads(uncased, "a\xff\u{FFFD}a", "a ##a")
end)

test("WordPiece, cased: letters and accents stay", function()
  local cased = data.tokenizer { vocab = split "[UNK] Un ##want un é É", lower = false }
  reads(cased, "Unwant", "Un ##want")
  reads(cased, "unWant É é e", "[UNK] É é [UNK]")
end)

test("lower case, decomposed, without marks: Turkish, German, Vietnamese, Greek, Korean, ligatures stay", function()
  local inside = test.inside.require "nn.data.characters"
  local function base(text)
    local out = {}
    for _, code in utf8.codes(text) do out[#out + 1] = inside.base(code) end
    return table.concat(out)
  end
  for from, to in pairs { ["İI"] = "ii", ["ẞßÄ"] = "ßßa", ["Ệ"] = "e", ["Ά"] = "α", ["Й"] = "и", ["ﬁ"] = "ﬁ",
    ["Ǆ"] = "ǆ",
    ["각"] = "\u{1100}\u{1161}\u{11A8}", ["\u{301}"] = "", ["Å"] = "a", ["豈"] = "豈" } do
    test.equal(base(from), to, from)
  end
end)

test("offsets are bytes of the original text: accents, removed characters, runs further on", function()
  local text = "  Cafe\u{301}s,\u{200B} unwanted"
  local ids, first, last = uncased:ids(text)
  local list = {}
  for i = 1, #ids do list[i] = ("%s=%s"):format(uncased:token(ids[i]), text:sub(first[i], last[i])) end
  test.equal(table.concat(list, " "), "cafe=Cafe\u{301} ##s=s ,=, un=un ##want=want ##ed=ed")
end)

-- The bytes of "don't DON'T" and of two blanks, with merges like those of the published file in miniature.
local function pairs_of()
  local vocab, n = {}, 0
  local function add(token)
    vocab[token], n = n, n + 1
  end
  for b = 33, 126 do add(string.char(b)) end
  for b = 161, 255 do if b ~= 173 then add(utf8.char(b)) end end
  for k = 0, 67 do add(utf8.char(256 + k)) end
  local merges = split "d,o do,n 't' Ġ,D ĠD,O ĠDO,N Ġ,t Ġt,wo w,o #,# Ġ,#"
  local list = { "#version: 0.2" }
  for _, m in ipairs(merges) do
    local a, b = m:match "^(.-),(.+)$"
    if a then
      list[#list + 1] = a .. " " .. b
      add(a .. b)
    end
  end
  add "'t"
  list[#list + 1] = "' t"
  return vocab, list
end

test("byte-level pairs: where words are cut, contractions, blanks, signs, merges that begin with #", function()
  local vocab, merges = pairs_of()
  local tok = assert(data.tokenizer { kind = "bpe", vocab = vocab, merges = merges })
  reads(tok, "don't DON'T", "don 't ĠDON ' T")
  reads(tok, "  two", "Ġ Ġtwo")                                -- Ġ t, then w o, then Ġt wo
  reads(tok, "a  b\n\nc", "a Ġ Ġ b Ċ Ċ c")
  reads(tok, "x12 34!?", "x 1 2 Ġ 3 4 ! ?")
  reads(tok, "###", "## #")
  reads(tok, "é½", "Ã © Â ½")
  reads(tok, "a\t b ", "a ĉ Ġ b Ġ")
  for _, text in ipairs { "don't DON'T", " ü\u{A0}x  中 \n", "\0\1\255 end" } do
    test.equal(tok:decode((tok:ids(text))), text, "decoded")
    local ids, first, last = tok:ids(text)
    local together = {}
    for i = 1, #ids do together[i] = text:sub(first[i], last[i]) end
    test.equal(table.concat(together), text, "its offsets cover the text")
  end
end)

-- The published ids of these texts: 256 bytes in their order, then 256 + rank of the merge.  Ranks between are filled
-- with pairs of signs that do not stand in the texts.
test("byte-level pairs: the published ids of two texts, one more as ours count from 1", function()
  local vocab, symbols, used = {}, {}, {}
  for c in ("don'tDONTwspace \u{120}"):gmatch(utf8.charpattern) do used[c] = true end
  local function add(token) vocab[token], symbols[#symbols + 1] = #symbols, token end
  for b = 33, 126 do add(string.char(b)) end
  for b = 161, 255 do if b ~= 173 then add(utf8.char(b)) end end
  for k = 0, 67 do add(utf8.char(256 + k)) end
  local at = { [0] = "d o", "Ġ D", "ĠD O", "Ġ t", "w o", "Ġ s", "Ġs p", "Ġsp a", "c e", "Ġspa ce",
    [470 - 256] = "' t", [9099 - 256] = "do n", [23917 - 256] = "ĠDO N", [734 - 256] = "Ġt wo",
    [9029 - 256] = "Ġspace s" }
  local free, merges = {}, { "#version: 0.2" }
  for _, symbol in ipairs(symbols) do if not used[symbol] then free[#free + 1] = symbol end end
  for rank = 0, 23917 - 256 do
    local merge = at[rank] or free[rank // #free + 1] .. " " .. free[rank % #free + 1]
    merges[#merges + 1], vocab[merge:gsub(" ", "")] = merge, 256 + rank
  end
  local tok = assert(data.tokenizer { kind = "bpe", vocab = vocab, merges = merges })
  for text, want in pairs { ["don't DON'T"] = { 9099, 470, 23917, 6, 51 },
    ["  two  spaces"] = { 220, 734, 220, 9029 } } do
    local ids = tok:ids(text)
    for k, id in ipairs(want) do test.equal(ids[k], id + 1, text .. ": id " .. k) end
    test.equal(#ids, #want, text)
  end
end)

test("pairs, special tokens, segments, truncation, padding", function()
  local tok = data.tokenizer { vocab = split "[PAD] [UNK] [CLS] [SEP] a b c d" }
  local e = tok:encode("a b c", "d")
  test.equal(table.concat(e.tokens, " "), "[CLS] a b c [SEP] d [SEP]")
  test.equal(table.concat(e.segments, " "), "1 1 1 1 1 2 2")
  test.equal(table.concat(e.first, " "), "0 1 3 5 0 1 0")
  test.equal(table.concat(tok:encode("a b c", "d a", { length = 6 }).tokens, " "), "[CLS] a [SEP] d a [SEP]")
  test.equal(table.concat(tok:encode("a b c", "d a", { length = 7, truncate = "second" }).tokens, " "),
    "[CLS] a b c [SEP] d [SEP]")
  test.equal(table.concat(tok:encode("a b c", { length = 4 }).tokens, " "), "[CLS] a b [SEP]")
  test.equal(table.concat(tok:encode("a b", { special = false }).tokens, " "), "a b")
  local b = tok:batch { "a b", { "c", "d" } }
  test.same(b.ids, { { 3, 5, 6, 4, 1 }, { 3, 7, 4, 8, 4 } })
  test.same(b.mask:to "i64", { { 1, 1, 1, 1, 0 }, { 1, 1, 1, 1, 1 } })
  test.same(b.segments, { { 1, 1, 1, 1, 1 }, { 1, 1, 1, 2, 2 } })
  test.equal(tok:decode(b.ids[2]), "c d")
  test.equal(uncased:decode((uncased:ids "Unwanted runs xy!")), "unwanted runs [UNK] !")
  test.fails_with({ "nothing more to cut" }, tok.encode, tok, "a", "b", { length = 2 })
end)

test("words and characters: counted from texts, decoded", function()
  local words = data.tokenizer { kind = "words", texts = { "The cat, the dog.", "the end" }, lower = true, least = 1 }
  test.equal(words:token(3), "the")
  reads(words, "THE cow, end", "the [UNK] , end")
  test.equal(words:decode(words:ids "the cat"), "the cat")
  local letters = data.tokenizer { kind = "characters", texts = { "añb" } }
  reads(letters, "ñax", "ñ a [UNK]")
  test.equal(letters:decode(letters:ids "bañ"), "bañ")
end)

test("files: vocab.txt with any line ends, vocab.json and merges.txt; what is missing or wrong is named", function()
  local function file(text)
    local path = os.tmpname()
    return test.write(path, text)
  end
  for _, eol in ipairs { "\n", "\r\n", "\r", "\r\r\n" } do
    local tok = assert(data.tokenizer { vocab = file(table.concat({ "[PAD]", "[UNK]", "hello", "##s", "" }, eol)) })
    test.equal(#tok, 4)
    reads(tok, "Hellos", "hello ##s")
  end
  local bpe = assert(data.tokenizer { kind = "bpe", vocab = file '{"h":0,"i":1,"\\u0120":2,"hi":3}\n',
    merges = file "#version: 0.2\nh i\n" })
  reads(bpe, "hi hi", "hi Ġ hi")
  test.equal(bpe:id "hi", 4, "the file's id and one more")
  local none, why = data.tokenizer { vocab = "no/such/file" }
  test.equal(none, nil)
  test.truth(why:find "no/such/file", why)
  none, why = data.tokenizer { kind = "bpe", vocab = file '{"a":0,"b":2}', merges = { "a b" } }
  test.truth(none == nil and why:find "none has the id 1", why)
  test.fails_with({ "kind must be" }, data.tokenizer, { kind = "bytes" })
  test.fails_with({ "wants vocab=" }, data.tokenizer, {})
  test.fails_with({ "unknown option", "vocb" }, data.tokenizer, { vocb = "x" })
end)

if not test.sanitized then
  test("a megabyte a second and more", function()
    local lines, n = {}, 0                                       -- a third of the words are new in each line
    while n < 1 << 20 do
      local k = #lines * 7919
      lines[#lines + 1] = ("The quick fox%d jumps over %x lazy dogs near café no%d, and doesn't look%x back.\n"):format(
        k % 9973, k, k % 7919, k % 6007)
      n = n + #lines[#lines]
    end
    local text = table.concat(lines)
    local vocab, merges = pairs_of()
    local bpe = data.tokenizer { kind = "bpe", vocab = vocab, merges = merges }
    for kind, tok in pairs { wordpiece = uncased, bpe = bpe } do
      local start = os.clock()
      tok:ids(text)
      local rate = #text / (1 << 20) / (os.clock() - start)
      print(("# %s: %.2f MB/s"):format(kind, rate))
      test.truth(rate > 0.5, ("%s: %.2f MB/s of processor time: that it"):format(kind, rate))
    end
  end)
end

test.done()
