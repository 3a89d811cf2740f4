-- Data sets in files of text and bytes: CSV, GloVe, IDX, CIFAR-10, JSON lines: good, awkward and broken ones.
local test = dofile "tests/check.lua"

local path = os.tmpname()
local function file(bytes) return test.write(path, bytes) end
local function refused(texts, ...) test.refused({ path, table.unpack(texts) }, ...) end
local function list(got, want)
  test.equal(#got, #want, "length")
  for i, w in ipairs(want) do test.equal(got[i], w, "item " .. i) end
end
local nan = 0 / 0

-- --- CSV ----------------------------------------------------------------------------------------------------------

test("CSV with a header", function()
  local x, names = assert(data.csv(file "a,b,c\n1,2.5,-3e2\n4,,NA\n"))
  test.same(x, { { 1, 2.5, -300 }, { 4, nan, nan } })
  test.dtype(x, "f32")
  list(names, { "a", "b", "c" })
end)
test("CSV without a header, CRLF, a byte order mark, blank lines, no last line end", function()
  local x, names = assert(data.csv(file "\xef\xbb\xbf1,2\r\n\r\n 3 , 4\r\n5,6"))
  test.same(x, { { 1, 2 }, { 3, 4 }, { 5, 6 } })
  list(names, { 1, 2 })
  test.same(assert(data.csv(file "7")), { { 7 } })
  test.same(assert(data.csv(file "1\n\n3\n")), { { 1 }, { nan }, { 3 } })   -- a missing value
end)
test("CSV: header as asked", function()
  test.shape(assert(data.csv(file "1,2\n3,4\n", { header = true })), { 1, 2 })
  refused({ ":1:", "'a' in column 1" }, data.csv(file "a,b\n3,4\n", { header = false }))
  test.shape(assert(data.csv(file "a,b\n")), { 0, 2 })
end)
test("CSV: quotes", function()
  local x, names, words = assert(data.csv(
    file 'id,"say ""hi"", now",w\n"1",2,"a,\nb"\n3,4,"c""d"\n5,6,e"f\n', { strings = true }))
  test.same(x, { { 1, 2 }, { 3, 4 }, { 5, 6 } })
  list(names, { "id", 'say "hi", now' })
  list(words.w, { "a,\nb", 'c"d', 'e"f' })
end)
test("CSV: text without strings=true is refused by line and column", function()
  refused({ ":3:", "'x' in column b", "strings=true" }, data.csv(file "a,b\n1,2\n3,x\n"))
  refused({ ":4:", "'x' in column b" }, data.csv(file '"a\na",b\n1,2\n3,x\n'))
end)
test("CSV: strings by number without a header", function()
  local x, names, words = assert(data.csv(file "1,x\n2,y\n", { strings = true, header = false }))
  test.same(x, { { 1 }, { 2 } })
  list(names, { 1 })
  list(words[2], { "x", "y" })
end)
test("CSV: separators, missing values, f64", function()
  local x = assert(data.csv(file "a;b\n?;0.1\n1;2\n", { sep = ";", missing = "?", dtype = "f64" }))
  test.dtype(x, "f64")
  test.same(x, tensor({ { nan, 0.1 }, { 1, 2 } }, { dtype = "f64" }))
  test.shape(assert(data.csv(file "1\t2\n3\t4\n", { sep = "\t" })), { 2, 2 })
end)
test("CSV: numbers are strtod's", function()
  local texts = { "0.1", "1e22", "1e23", "123456789012345678", "1.7976931348623157e308", "4.9e-324", "-0", ".5", "5.",
    "+7",
    "9007199254740993", "0.000000000000000000000000001", "1e-22", "3.141592653589793238462643383279502884197" }
  local x = assert(data.csv(file(table.concat(texts, "\n")), { dtype = "f64", header = false }))
  for i, text in ipairs(texts) do test.equal(x[{ i, 1 }], (tonumber(text) + 0.0)) end
  local inf = assert(data.csv(file "1\ninf\n-Inf\n"))
  test.same(inf:view(3), { 1, math.huge, -math.huge })
end)
test("CSV: hexadecimal, a lone sign, a lone exponent are no numbers", function()
  for _, text in ipairs { "0x10", "-", "e5", "1e", "1e+", "1.2.3", "1 2", "nan(1)", ".", "--1" } do
    refused({ "'" .. text .. "'" }, data.csv(file("1\n" .. text .. "\n"), { header = false }))
  end
end)
test("broken CSV", function()
  refused({ "is empty" }, data.csv(file ""))
  refused({ ":3:", "3 cells", "has 2" }, data.csv(file "a,b\n1,2\n1,2,3\n"))
  refused({ ":2:", "1 cells" }, data.csv(file "1,2\n3\n"))
  refused({ ":2:", "quote is not closed" }, data.csv(file 'a,b\n1,"2\n3,4\n'))
  refused({ "No such file" }, (function() os.remove(path) return data.csv(path) end)())
  test.fails_with({ "sep must be one character" }, data.csv, path, { sep = ";;" })
  test.fails_with({ "unknown option 'seperator'" }, data.csv, path, { seperator = ";" })
  test.fails_with({ "dtype must be" }, data.csv, path, { dtype = "i32" })
end)

test("CSV: old Mac's line ends, and CR CR LF", function()
  for _, line in ipairs { "\r", "\r\r\n", "\r\n", "\n" } do
    for _, last in ipairs { "", line, line .. line } do
      local x, names, strings = assert(data.csv(file(table.concat({ "a,b,c", "1,2,x", "", '3,4,"y z"' }, line) .. last),
        { strings = true }))
      test.same(x, { { 1, 2 }, { 3, 4 } })
      list(names, { "a", "b" })
      list(strings.c, { "x", "y z" })
    end
  end
  test.same(assert(data.csv(file "1\r2\r3")), { { 1 }, { 2 }, { 3 } })
  refused({ ":3: 1 cells, the first line has 2" }, data.csv(file "1,2\r3,4\r5"))
  refused({ ":3: 1 cells, the first line has 2" }, data.csv(file "1,2\r\r\n3,4\r\r\n5"))
end)

test("CSV: cells that something else parts say so", function()
  refused({ [[sep = ";", decimal = "," or "."]] }, data.csv(file "a;b\n1,5;2\n"))
  refused({ [[sep = "\t"]] }, data.csv(file "a\tb\n1\t2\n"))
  refused({ [[sep = " "]] }, data.csv(file "1 2\n3 4\n"))
  local _, why = data.csv(file "a,b\n1,x y z\n")
  test.truth(not why:find "sep", why)
  _, why = data.csv(file "a;b\n1;x\n", { sep = ";" })
  test.truth(not why:find "sep", why)
end)

test("CSV: decimal commas", function()
  local x, names = assert(data.csv(file "a;b\n1,5;-2\n1e3;,25\n;3\n", { decimal = "," }))
  test.same(x, { { 1.5, -2 }, { 1000, 0.25 }, { nan, 3 } })
  list(names, { "a", "b" })
  test.same(assert(data.csv(file '1,5|"2,5"\n', { decimal = ",", sep = "|" })), { { 1.5, 2.5 } })
  refused({ ":2:", "'1.234,5'" }, data.csv(file "a;b\n1.234,5;1\n", { decimal = "," }))
  refused({ ":2:", "'1,2,3'" }, data.csv(file "a;b\n1,2,3;1\n", { decimal = "," }))
  test.fails_with({ "both sep and decimal" }, data.csv, path, { decimal = ",", sep = "," })
  test.fails_with({ "decimal must be '.' or ','" }, data.csv, path, { decimal = ";" })
end)
test("CSV: comment lines, first, between and last; lines are counted all the same", function()
  local x, names = assert(data.csv(file "# a set\n#x\na,b\n1,2\n# 3,4\n\n5,6\n#", { comment = "#" }))
  test.same(x, { { 1, 2 }, { 5, 6 } })
  list(names, { "a", "b" })
  test.same(assert(data.csv(file "1\n#\n\n2\n", { comment = "#" })), { { 1 }, { nan }, { 2 } })
  refused({ ":5:", "'x' in column b" }, data.csv(file "#\na,b\n1,2\n# x\n3,x\n", { comment = "#" }))
  refused({ "comments only" }, data.csv(file "# a\n# b", { comment = "#" }))
  refused({ ":2:" }, data.csv(file "1,2\n# 3,4\n")) -- not unless asked
end)
test("CSV: whole numbers of 64 bits, exact", function()
  local text = "id,n\n9007199254740993,-9223372036854775808\n+9223372036854775807,0\n"
  local x = assert(data.csv(file(text), { dtype = "i64" }))
  test.dtype(x, "i64")
  for i, row in ipairs { { 9007199254740993, math.mininteger }, { math.maxinteger, 0 } } do
    for k, v in ipairs(row) do test.equal(x[{ i, k }], v) end
  end
  for _, cell in ipairs { "9223372036854775808", "-9223372036854775809", "1.5", "1e3", "", "-", "NA" } do
    refused({ ":3:", "'" .. cell .. "' in column b is not a whole number of 64 bits" },
      data.csv(file("a,b\n1,2\n3," .. cell .. "\n"), { dtype = "i64" }))
  end
  local _, names, words = assert(data.csv(file "a,b\n1,2.5\n3,4\n", { dtype = "i64", strings = true }))
  list(names, { "a" })
  list(words.b, { "2.5", "4" })
end)
test("what is no text is named, and nothing is guessed about it: CSV, JSON, JSON lines, vectors", function()
  for bytes, what in pairs { ["\xff\xfea\0,\0b\0"] = "is UTF-16", ["\xfe\xff\0a\0,\0b"] = "is UTF-16",
    ["\x1f\x8b\8\0 1 2"] = "is packed by gzip", ["PK\3\4 1 2\n"] = "is a zip archive",
    ["\x93NUMPY\1\0 1 2\n"] = "is a NumPy file", ["\x89HDF\r\n\x1a\n"] = "is an HDF5 file",
    ["<!DOCTYPE html>\n<p>1,2\n"] = "a web page", ["version https://git-lfs.github.com/spec/v1\n"] = "Git LFS" } do
    for _, read in ipairs { data.csv, data.json, data.jsonl, data.glove } do
      local from = file(bytes)
      local x, why = read(from)
      test.equal(x, nil)
      test.equal(why:sub(1, #from + 2), from .. ": ")
      if not why:find(what, 1, true) or why:find "perhaps" then error(why, 0) end
    end
  end
end)
test("CSV: another separator is guessed from the first line that is no comment", function()
  refused({ ':3:', 'sep = ";"' }, data.csv(file "# a,b,c,d,e\n1;2\n1;2,3,4\n", { comment = "#" }))
end)

-- --- GloVe --------------------------------------------------------------------------------------------------------

test("GloVe", function()
  local words, v, index = assert(data.glove(file "the 0.5 -1.25 3e-1\n, 1 2 3\n. . . 4 5 6\n"))
  list(words, { "the", ",", ". . ." })
  test.close(v, { { 0.5, -1.25, 0.3 }, { 1, 2, 3 }, { 4, 5, 6 } }, 1e-7)
  test.equal(index[". . ."], 3)
  test.shape((select(2, assert(data.glove(path, { rows = 2 })))), { 2, 3 })
end)
test("word2vec's text has a head", function()
  local words, v = assert(data.glove(file "2 3\ncat 1 2 3 \ndog 4 5 6 \n"))
  list(words, { "cat", "dog" })
  test.same(v, { { 1, 2, 3 }, { 4, 5, 6 } })
end)
test("GloVe of many pieces, read side by side", function()
  local lines = {}
  for i = 1, 30000 do lines[i] = ("word%d %d %.4f %d\r\n"):format(i, i, i / 7, -i) .. (i % 1000 == 0 and "" or "") end
  local words, v = assert(data.glove(file(table.concat(lines):rep(3):gsub("word", "w", 0))))
  test.equal(#words, 90000)
  test.equal(words[60001], "word1")
  test.equal(v[{ 59999, 1 }], 29999.0)
  test.close(v[{ 89998, 2 }], 29998 / 7, 1e-4)
end)
test("broken GloVe", function()
  refused({ "is empty" }, data.glove(file ""))
  refused({ "line 2", "3 numbers" }, data.glove(file "a 1 2 3\nb 1 2\n"))
  refused({ "line 2" }, data.glove(file "a 1 2 3\nb 1 2 x\n"))
  refused({ "line 3" }, data.glove(file "2 3\na 1 2 3\nb 1 2 3x\n"))
  refused({ "first line" }, data.glove(file "word\n"))
  refused({ "do not fit" }, data.glove(file "1 99999999999\na 1\n"))
  refused({ "no words" }, data.glove(file "4 5\n"))
  test.fails_with({ "rows must be" }, data.glove, path, { rows = -1 })
end)

test("vectors: blank lines, a byte order mark, words with blanks first", function()
  local words, v = assert(data.glove(file "\xef\xbb\xbfthe 0.5 1\n\n \r\ncat 2 3\r\n\n"))
  list(words, { "the", "cat" })
  test.same(v, { { 0.5, 1 }, { 2, 3 } })
  words, v = assert(data.glove(file "\n. . . 4 5 6\n2005 1 2 3\na 7 8 9"))
  list(words, { ". . .", "2005", "a" })
  test.same(v, { { 4, 5, 6 }, { 1, 2, 3 }, { 7, 8, 9 } })
  words = assert(data.glove(file "2005 1 2 3\n. . . 4 5 6\n"))
  list(words, { "2005", ". . ." })
  words = assert(data.glove(file "3 2\n\na 1 2\nb 3 4\n\nc 5 6\n\n"))
  list(words, { "a", "b", "c" })
  refused({ "line 5 is not a word and 2 numbers" }, data.glove(file "\na 1 2\n\n\nb 1\n"))
  refused({ "is empty" }, data.glove(file "\xef\xbb\xbf\n \n"))
end)

test("lines end as anywhere: vectors and JSON lines of an old Mac, and with CR CR LF", function()
  for _, eol in ipairs { "\r", "\r\r\n" } do
    local function lines(text) return file((text:gsub("\n", eol))) end
    for _, text in ipairs { "the 0.5 1\ncat 2 3\n", "2 2\nthe 0.5 1\n\ncat 2 3" } do
      local words, v = assert(data.glove(lines(text)))
      list(words, { "the", "cat" })
      test.same(v, { { 0.5, 1 }, { 2, 3 } })
      list(assert(data.word2vec(path)), { "the", "cat" })
    end
    refused({ "line 3 is not a word and 2 numbers" }, data.glove(lines "a 1 2\n\nb 1\n"))
    list(assert(data.jsonl(lines "1\n\n2\n3")), { 1, 2, 3 })
  end
end)

local function binary(head, words, values, between)
  local parts = { head .. "\n" }
  for k, word in ipairs(words) do
    parts[#parts + 1] = word .. " " .. string.pack(("<f"):rep(#values[k]), table.unpack(values[k])) .. between
  end
  return file(table.concat(parts))
end
local three = { { 0.5, -1.25, 3e-3, 1 }, { 7, 8, 9, 2 }, { -0.1, 1e10, 0, 4 } }

test("word2vec's binary form, with and without line ends, of words that are no UTF-8", function()
  for _, between in ipairs { "\n", "" } do
    local words, v, index = assert(data.word2vec(binary("3 4", { "cat", "d\xc3", "</s>" }, three, between)))
    list(words, { "cat", "d\xc3", "</s>" })
    test.close(v, three, 1e-7)
    test.equal(index["d\xc3"], 2)
    test.shape((select(2, assert(data.word2vec(path, { rows = 2 })))), { 2, 4 })
  end
end)
test("data.word2vec reads text too: word2vec's, fastText's with blanks at its lines' ends, GloVe's", function()
  list(assert(data.word2vec(file "2 3\ncat 1 2 3 \ndog 4 5 6 \n")), { "cat", "dog" })
  list(assert(data.word2vec(file "cat 1 2 3\ndog 4 5 6\n")), { "cat", "dog" })
end)
test("what is no text says what it is", function()
  refused({ "binary form", "data.word2vec reads them" }, data.glove(binary("3 4", { "a", "b", "c" }, three, "\n")))
  for _, read in ipairs { data.glove, data.word2vec } do
    refused({ "fastText's own model", ".vec" }, read(file "\xba\x16\x4f\x2f\x0c\0\0\0"))
    refused({ "packed by gzip" }, read(file "\x1f\x8b\8\0"))
    refused({ "zip archive" }, read(file "PK\3\4abc"))
  end
end)
test("broken binary word2vec", function()
  local whole = assert(io.open(binary("3 4", { "cat", "dog", "cow" }, three, "\n"), "rb")):read "a"
  for n = 62, #whole - 2 do refused({ "cut off within word 3" }, data.word2vec(file(whole:sub(1, n)))) end
  refused({ "do not fit" }, data.word2vec(file("9" .. whole)))
  refused({ "do not fit" }, data.word2vec(file("3 99999999999999\n" .. whole)))
  test.fails_with({ "data.word2vec: rows must be" }, data.word2vec, path, { rows = -1 })
end)

-- --- IDX ----------------------------------------------------------------------------------------------------------

local function idx(code, sizes, body)
  local head = string.pack(">BBBB", 0, 0, code, #sizes)
  for _, n in ipairs(sizes) do head = head .. string.pack(">I4", n) end
  return head .. body
end
test("IDX of every type", function()
  local x = assert(data.idx(file(idx(8, { 2, 3 }, "\0\1\2\3\4\255"))))
  test.dtype(x, "u8")
  test.same(x, { { 0, 1, 2 }, { 3, 4, 255 } })
  test.same(assert(data.idx(file(idx(9, { 2 }, "\x80\x7f")))), { -128, 127 })
  test.same(assert(data.idx(file(idx(11, { 2 }, string.pack(">i2i2", -300, 300))))), { -300, 300 })
  test.same(assert(data.idx(file(idx(12, { 2 }, string.pack(">i4i4", -70000, 70000))))), { -70000, 70000 })
  test.same(assert(data.idx(file(idx(13, { 2 }, string.pack(">ff", 1.5, -0.1))))), tensor { 1.5, -0.1 })
  local d = assert(data.idx(file(idx(14, { 1 }, string.pack(">d", 0.1)))))
  test.dtype(d, "f64")
  test.equal(d[1], 0.1)
end)
test("IDX: labels count from 1, empty and 0-d", function()
  local y = assert(data.idx(file(idx(8, { 3 }, "\0\5\9")), { labels = true }))
  test.dtype(y, "i64")
  test.same(y, { 1, 6, 10 })
  refused({ "one dimension" }, data.idx(file(idx(8, { 1, 1 }, "\0")), { labels = true }))
  test.shape(assert(data.idx(file(idx(8, { 0, 28, 28 }, "")))), { 0, 28, 28 })
  test.equal(assert(data.idx(file(idx(8, {}, "\7")))):item(), 7)
end)
test("broken IDX", function()
  refused({ "cut off", "claim 6", "5 are there" }, data.idx(file(idx(8, { 2, 3 }, "\0\1\2\3\4"))))
  refused({ "more bytes" }, data.idx(file(idx(8, { 2 }, "\0\1\2"))))
  refused({ "no IDX" }, data.idx(file(idx(7, { 2 }, "\0\1"))))
  refused({ "no IDX" }, data.idx(file "\0\0"))
  refused({ "no IDX" }, data.idx(file ""))
  refused({ "cut off within" }, data.idx(file "\0\0\8\3\0\0\0\1"))
  refused({ "bomb" }, data.idx(file(idx(8, { 0xffffffff, 0xffffffff, 0xffffffff }, ""))))
  refused({ "bomb" }, data.idx(file(idx(14, { 60000, 28, 28 }, "\0"))))
end)
-- gzip of stored blocks; RFC 1952
local function gzip(s)
  local crc = 0xffffffff
  for i = 1, #s do
    crc = crc ~ s:byte(i)
    for _ = 1, 8 do crc = (crc >> 1) ~ (crc & 1 == 1 and 0xedb88320 or 0) end
  end
  return "\x1f\x8b\8\0\0\0\0\0\0\3\1" .. string.pack("<I2I2", #s, ~#s & 0xffff) .. s
    .. string.pack("<I4I4", crc ~ 0xffffffff, #s)
end
test("IDX packed by gzip", function()
  local packed = gzip(idx(8, { 2, 2 }, "\1\2\3\4"))
  test.same(assert(data.idx(file(packed))), { { 1, 2 }, { 3, 4 } })
  for n = 2, #packed - 1 do refused({}, data.idx(file(packed:sub(1, n)))) end
  refused({ "gzip" }, data.idx(file(packed:sub(1, -9) .. "\0\0\0\0" .. packed:sub(-4))))
  refused({ "cut off" }, data.idx(file(gzip(idx(8, { 2, 3 }, "\1\2\3\4")))))
  local bytes = idx(8, { 2, 2 }, "\1\2\3\4") -- a file of several members, as cat a.gz b.gz makes it
  for cut = 0, #bytes do
    local members = gzip(bytes:sub(1, cut)) .. gzip "" .. gzip(bytes:sub(cut + 1))
    test.same(assert(data.idx(file(members))), { { 1, 2 }, { 3, 4 } })
    refused({ "gzip" }, data.idx(file(members:sub(1, -9) .. "\1\1\1\1" .. members:sub(-4))))
  end
  refused({ "holds more bytes" }, data.idx(file(packed .. gzip "\1")))
end)

-- --- CIFAR-10 -----------------------------------------------------------------------------------------------------

test("CIFAR-10: planes become channels, labels count from 1", function()
  local red, green, blue = ("\1"):rep(1024), "\9" .. ("\2"):rep(1023), ("\3"):rep(1024)
  local x, y = assert(data.cifar10(file("\0" .. red .. green .. blue .. "\9" .. blue .. red .. green)))
  test.shape(x, { 2, 32, 32, 3 })
  test.dtype(x, "u8")
  test.same(x["1, 1, 1:2"], { { 1, 9, 3 }, { 1, 2, 3 } })
  test.same(x["2, 32, 32"], { 3, 1, 2 })
  test.same(y, { 1, 10 })
  test.shape(assert(data.cifar10(path, path)), { 4, 32, 32, 3 })
  test.shape((select(2, assert(data.cifar10 { path, path, path }))), { 6 })
end)
test("broken CIFAR-10", function()
  refused({ "3072 bytes" }, data.cifar10(file(("\0"):rep(3072))))
  refused({ "0 bytes" }, data.cifar10(file ""))
  refused({ "record 2", "label 10" }, data.cifar10(
    file(("\0"):rep(3073) .. "\10" .. ("\0"):rep(3072))))
end)

-- --- JSON lines ---------------------------------------------------------------------------------------------------

test("JSON lines", function()
  local rows = assert(data.jsonl(
    file '{"a": 1, "b": [1.5, null, true], "c": null}\r\n\n  "text \\u00e9\\n"\n-3\nfalse'))
  test.equal(#rows, 4)
  test.equal(rows[1].a, 1)
  test.equal(rows[1].b[1], 1.5)
  test.truth(rows[1].b[2] == data.null)
  test.equal(rows[1].b[3], true)
  test.equal(rows[1].c, nil)
  test.equal(rows[2], "text é\n")
  test.equal(rows[3], -3)
  test.equal(rows[4], false)
  test.equal(#assert(data.jsonl(file "")), 0)
end)
test("broken JSON lines", function()
  refused({ ":2:" }, data.jsonl(file '{"a": 1}\n{"a": }\n'))
  refused({ ":1:" }, data.jsonl(file '{"a": 1} x\n'))
  refused({ ":1:", "deeper than 64" }, data.jsonl(file(("["):rep(100000))))
  refused({ ":1:", "deeper than 3" }, data.jsonl(file "[[[[]]]]", { depth = 3 }))
  test.equal(#assert(data.jsonl(file "[[[]]]", { depth = 3 })), 1)
  refused({ ":1:", "zero byte" }, data.jsonl(file "[1,\0 2]"))
  test.fails_with({ "depth must be" }, data.jsonl, path, { depth = 1000 })
end)
test("JSON over several lines", function()
  local v = assert(data.json(file '\xef\xbb\xbf\n{\r\n "a": [1,\n\t2, {"b": null}],\n "c" : "x"}\n\n'))
  list(v.a, { 1, 2, v.a[3] })
  test.equal(next(v.a[3]), nil)
  test.equal(v.c, "x")
  test.equal(assert(data.json(file " 7 ")), 7)
  test.equal(#assert(data.json(file "[]")), 0)
  test.equal(assert(data.json(file '{"a": 1, "a": 2}')).a, 2)
  test.truth(assert(data.json(file "null")) == data.null)
  test.equal(#assert(data.json(file("[" .. ("1,"):rep(1100000) .. "1]"))), 1100001)
end)
test("JSON's whole numbers are exact, others are the nearest doubles", function()
  local v = assert(data.json(file("[9007199254740993, -9223372036854775808, 9223372036854775807, 9223372036854775808, "
    .. "1.0, 1e2, -0, 0.1, 12345678901234567890123, 1E-400, 1.7976931348623157e308]")))
  list(v, { 9007199254740993, math.mininteger, math.maxinteger, 2.0 ^ 63, 1.0, 100.0, 0, 0.1, 12345678901234567890123.0,
    0.0, 1.7976931348623157e308 })
end)
test("JSON's escapes; half of a surrogate pair is U+FFFD", function()
  local v = assert(data.json(file([=[["\"\\\/\b\f\n\r\t", "\u0041\u00e9\u20ac\uD83D\uDE04", "\ud83d", ]=]
    .. [=["\ude04x", "\ud83d\u0041", "\ud83d\ud83d\ude04", "é中😄", "\u0000z"]]=])))
  list(v, { '"\\/\b\f\n\r\t', "Aé€😄", "\u{FFFD}", "\u{FFFD}x", "\u{FFFD}A", "\u{FFFD}😄", "é中😄", "\0z" })
  test.equal(assert(data.json(file [[{"\u00e9": 1}]]))["é"], 1)
end)
test("broken JSON", function()
  for text, where in pairs { [""] = ":1: no JSON at character 1", ["[1,\n2"] = ":2: no JSON at character 2",
    ["[1,]"] = ":1: no JSON at character 4", ["{\n\"a\" 1}"] = ":2: no JSON at character 5",
    ["{a: 1}"] = ":1: no JSON at character 2", ["[01]"] = ":1: no JSON", ["[1.]"] = ":1: no JSON",
    ["[+1]"] = ":1: no JSON", ["[.5]"] = ":1: no JSON", ["[1e]"] = ":1: no JSON", ["[NaN]"] = ":1: no JSON",
    ["[-]"] = ":1: no JSON", ["tru"] = ":1: no JSON", ["1 2"] = ":1: no JSON at character 3", ["[1}"] = ":1: no JSON",
    ['["a'] = ":1: a string without its end", ['["a\nb"]'] = ":1: a control character in a string at character 4",
    ['["\\x"]'] = ":1: no escape of JSON's", ['["\\u12g4"]'] = ":1: no escape of JSON's",
    ['["\\'] = ":1: a string without",
    ['["a\xff"]'] = ":1: no UTF-8 at character 4", ['["\xc0\xaf"]'] = ":1: no UTF-8 at character 3",
    ['["\xed\xa0\x80"]'] = ":1: no UTF-8", ['["\xf4\x90\x80\x80"]'] = ":1: no UTF-8", ['["\xe4\xb8'] = ":1: no UTF-8",
    ['{"\xe9": 1}'] = ":1: no UTF-8", ['["\0"]'] = ":1: a control character", ['["\127\t"]'] = ":1: a control",
    ["[\n[[[["] = ":2: nested deeper than 3 at character 3", ["{}\n\n]"] = ":3: no JSON at character 1",
    ["[1,\0]"] = ":1: a zero byte" } do
    refused({ where }, data.json(file(text), { depth = 3 }))
  end
  test.fails_with({ "data.json: depth must be" }, data.json, path, { depth = 0 })
  local whole = '{"a": [1, 2.5e3, "x\\u00e9"], "b": {"c": true}}'
  for n = 0, #whole - 1 do refused({ ":1: " }, data.json(file(whole:sub(1, n)))) end
end)
-- --- tensor.load and tensor.save go by the table of formats ---

test("tensor.load hands on what holds other than tensors by name, with what its function gives", function()
  local function loaded(ending, bytes)
    local named = path .. ending
    assert(os.rename(file(bytes), named))
    local results = table.pack(tensor.load(named))
    assert(os.rename(named, path))
    return table.unpack(results, 1, results.n)
  end
  local x, names = loaded(".csv", "a,b\n1,2\n3,4\n")
  test.close(x, { { 1, 2 }, { 3, 4 } })
  list(names, { "a", "b" })
  test.equal(loaded(".jsonl", '{"a": [1, 2]}\n')[1].a[2], 2)
  test.equal(loaded(".JSON", '{"a": [1, 2]}').a[1], 1)
  list(loaded(".glove", "a 1 2\nb 3 4\n"), { "a", "b" })
  test.close(loaded("-images.idx", idx(8, { 2, 2 }, "\0\1\2\3")), { { 0, 1 }, { 2, 3 } })
  test.close(loaded("", idx(8, { 2, 2 }, "\0\1\2\3")), { { 0, 1 }, { 2, 3 } }) -- by its first bytes
  refused({ ".w2v: its first line is not a word" }, loaded(".w2v", "no head"))
end)
test("tensor.save hands on notes, and says what is read only", function()
  local tune = path .. ".mid"
  assert(tensor.save(tune, { { 0, 1, 60, 90, 1, 1 } }, { tempo = 60 }))
  local notes, info = tensor.load(tune, { unit = "seconds" })
  test.close(notes, { { 0, 1, 60, 90, 1, 1 } })
  test.equal(info.tempo[{ 1, 2 }], 60.0)
  os.remove(tune)
  test.fails_with({ "x.csv: CSV files are read, not written" }, tensor.save, "x.csv", tensor.ones(2, 2))
end)
test("nothing stays alive", function()
  local before = test.live()
  for _ = 1, 50 do
    data.csv(file "1,2\n3\n")
    data.glove(file "a 1 2 3\nb 1 2\n")
    data.idx(file(idx(8, { 2, 3 }, "\0\1\2\3\4")))
    data.jsonl(file "[1")
    data.json(file '{"a": [1,')
    data.cifar10(file "x")
  end
  test.equal(test.live(), before)
end)
os.remove(path)
test("saving follows links, and does not put a file in place of a device or a pipe", function()
  local real, link, pipe = os.tmpname(), os.tmpname(), os.tmpname()
  os.remove(link)
  os.remove(pipe)
  assert(os.execute(("ln -s '%s' '%s' && mkfifo '%s'"):format(real, link, pipe)))
  assert(tensor.save(link .. ".npy", tensor { 1 }))
  os.remove(link .. ".npy")
  assert(os.execute(("mv '%s' '%s.npy' && ln -sf '%s.npy' '%s.npy'"):format(real, real, real, link)))
  assert(tensor.save(link .. ".npy", tensor { 1, 2 }))
  test.equal(tensor.load(real .. ".npy"):numel(), 2)
  assert(os.execute(("test -L '%s.npy' && mv '%s' '%s.npy'"):format(link, pipe, pipe)))
  local ok, why = tensor.save(pipe .. ".npy", tensor { 1 })
  test.equal(ok, nil)
  test.truth(why:find("not a regular file", 1, true), why)
  assert(os.execute(("test -p '%s.npy'"):format(pipe)))
  for _, name in ipairs { link .. ".npy", real .. ".npy", pipe .. ".npy" } do os.remove(name) end
end)

test("tensor.load hands networks' files to those who read them", function()
  for _, name in ipairs { "nosuch.onnx", "nosuch.keras", "nosuch.cfg" } do
    test.refused({ name, "No such file" }, tensor.load(name))
    test.fails_with({ "files are read, not written" }, tensor.save, name, tensor.ones(1))
  end
end)

test.done()
