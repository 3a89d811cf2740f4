--- files.lua: data sets in files of text and bytes.  A file that is missing or damaged gives nil and a message.
local record = require "nn.record"
local none = lunette.none
local open_file, io = io.open, lunette.io

local function string_option(what, name, value)
  if type(value) ~= "string" then
    lunette.raise(("%s: %s must be a string, got %s"):format(what, name, lunette.typename(value)))
  end
  return value
end

local function one_letter(what, name, value)
  if #string_option(what, name, value) ~= 1 then
    lunette.raise(("%s: %s must be one character, got '%s'"):format(what, name, value))
  end
  return value
end

-- A file that could not be read: does something else part its cells?  " (...)" or "".
local function other_separator(path, sep, comment)
  local file, line = open_file(path), nil
  if file then
    repeat line = file:read "l" until not line or comment == "" or line:sub(1, 1) ~= comment
    file:close()
  end
  if not line then return "" end
  local function count(letter) return select(2, line:gsub(letter, "")) end
  for _, other in ipairs { { ";", ';", decimal = "," or "."' }, { "\t", '\\t"' }, { " ", ' "' } } do
    if count(other[1]) > count(sep) then return (' (sep = "%s, perhaps)'):format(other[2]) end
  end
  return ""
end

local about_csv = record.declare { name = "data.csv",
  sig = 'local x, names, strings = data.csv(path, {header=, sep=",", strings=false})', see = "data.jsonl, data.idx",
  doc = "numbers of a CSV file: [rows, columns], NaN where missing, and the columns' names; nil and a message when "
    .. "it fails",
  options = { { "header", none, "does the first line hold names? If not told: when none of its cells is a number" },
    { "sep", none, "what separates cells", shown = '","' }, { "quote", '"', "what encloses a cell" },
    { "missing", "", 'a text for missing values, beside "", NA, N/A, NaN and null' },
    { "strings", false, "columns of other text come as lists by name in the third result" },
    { "dtype", "f32", "f32, f64, or i64: whole numbers only, each exact" },
    { "decimal", ".", 'the decimal mark; with "," sep is ";"' },
    { "comment", "", 'lines that begin with this character are left out: "#"' } },
  example = 'local path = os.tmpname()\nlocal f = io.open(path, "w")\nf:write("a,b\\n1,2\\n3,\\n")\nf:close()\n'
    .. 'print(data.csv(path))',
  example2 = 'print(data.csv "nosuch.csv")' }
function data.csv(path, options)
  local what = "data.csv"
  local opt = lunette.checked(what, options, record.known(about_csv.options))
  if opt.dtype ~= "f32" and opt.dtype ~= "f64" and opt.dtype ~= "i64" then
    lunette.raise(("data.csv: dtype must be 'f32', 'f64' or 'i64', got '%s'"):format(tostring(opt.dtype)))
  end
  local decimal = one_letter(what, "decimal", opt.decimal)
  local sep = opt.sep == nil and (decimal == "," and ";" or ",") or one_letter(what, "sep", opt.sep)
  if decimal ~= "." and decimal ~= "," then
    lunette.raise(("data.csv: decimal must be '.' or ',', got '%s'"):format(decimal))
  end
  if sep == decimal then lunette.raise(("data.csv: '%s' is both sep and decimal"):format(sep)) end
  local comment = string_option(what, "comment", opt.comment)
  if #comment > 1 then one_letter(what, "comment", comment) end
  local header = opt.header == nil and -1 or opt.header and 1 or 0
  local missing = string_option(what, "missing", opt.missing)
  local x, why, strings = io.csv(path, { separator = sep, quote = one_letter(what, "quote", opt.quote),
    decimal = decimal, comment = comment, header = header, missing = missing ~= "" and missing or nil,
    strings = opt.strings, dtype = opt.dtype })
  local of_a_line = x == nil and opt.sep == nil and why:find("^:%d+:", #path + 1)
  if of_a_line then why = why .. other_separator(path, sep, comment) end
  return x, why, strings
end

local limited = { { "rows", 0, "only so many words; 0: all" } }
local function word_vectors(kind, path, options)
  local opt = lunette.checked("data." .. kind, options, record.known(limited))
  return io[kind](path, lunette.whole("data." .. kind, "rows", opt.rows, 0))
end

record.declare { name = "data.glove",
  sig = "local words, vectors, index = data.glove(path, {rows=0})", see = "data.word2vec, nn.Embedding",
  doc = "word vectors of a GloVe or word2vec text: words[i], f32[n,d], index[word] = i; read by all threads",
  options = limited,
  example = 'local path = os.tmpname()\nlocal f = io.open(path, "w")\nf:write("the 1 2\\ncat 3 4\\n")\nf:close()\n'
    .. 'local words, v, index = data.glove(path)\nprint(v[index.cat])',
  example2 = 'print(data.glove "nosuch.txt")' }
function data.glove(path, options) return word_vectors("glove", path, options) end

record.declare { name = "data.word2vec",
  sig = "local words, vectors, index = data.word2vec(path, {rows=0})", see = "data.glove",
  doc = "word vectors of a word2vec file, binary (.bin) or text, or of fastText's .vec: as data.glove gives them",
  options = limited,
  example = 'local path = os.tmpname()\nlocal f = io.open(path, "wb")\n'
    .. 'f:write("2 1\\ncat ", string.pack("<f", 0.5), "\\ndog ", string.pack("<f", 2), "\\n")\nf:close()\n'
    .. 'local words, v, index = data.word2vec(path)\nprint(v[index.dog])',
  example2 = 'print(data.word2vec "nosuch.bin")' }
function data.word2vec(path, options) return word_vectors("word2vec", path, options) end

local about_idx = record.declare { name = "data.idx", sig = "data.idx(path, {labels=false})", see = "data.cifar10",
  doc = "the tensor of an IDX file (MNIST), also packed by gzip (.gz): u8 i32 f32 or f64",
  options = { { "labels", false, "i64 and 1 more: classes count from 1" } },
  example = 'local path = os.tmpname()\nlocal f = io.open(path, "wb")\nf:write("\\0\\0\\8\\1\\0\\0\\0\\2\\3\\4")\n'
    .. 'f:close()\nprint(data.idx(path, {labels = true}))',
  example2 = 'print(data.idx("nosuch-labels-idx1-ubyte", {labels = true}))' }
function data.idx(path, options)
  local opt = lunette.checked("data.idx", options, record.known(about_idx.options))
  local x, why = io.idx(path)
  if not x or not opt.labels then return x, why end
  if x:dim() ~= 1 then
    return nil, ("%s: labels have one dimension, this is %s"):format(path, lunette.typename(x))
  end
  return x:to "i64" + 1
end

record.declare { name = "data.cifar10", sig = "local images, labels = data.cifar10(path, ...)",
  see = "data.idx, data.loader",
  doc = "CIFAR-10's binary files in one: u8[n,32,32,3], labels i64[n] from 1 to 10",
  example = 'local path = os.tmpname()\nlocal f = io.open(path, "wb")\nf:write(("\\7"):rep(3073))\nf:close()\n'
    .. 'print(select(2, data.cifar10(path)))',
  example2 = 'print((data.cifar10 "nosuch.bin"))' }
function data.cifar10(...)
  local paths = type(...) == "table" and ... or { ... }
  local images, labels = {}, {}
  if #paths == 0 then lunette.raise "data.cifar10: paths of data_batch_*.bin expected" end
  for i, path in ipairs(paths) do
    local x, y = io.cifar(path)
    if not x then return nil, y end
    images[i], labels[i] = x, y
  end
  if #images == 1 then return images[1], labels[1] end
  return tensor.cat { dim = 1, table.unpack(images) }, tensor.cat { dim = 1, table.unpack(labels) }
end

record.declare { name = "data.null", sig = "data.null", see = "data.jsonl",
  doc = "stands for null in lists that data.jsonl reads, so that the others keep their places",
  example = "print(data.null)",
  example2 = 'f = io.open("/tmp/lunette-help.jsonl", "w")\nf:write("[null, 2]\\n")\nf:close()\n'
    .. 'print(data.jsonl("/tmp/lunette-help.jsonl")[1][1] == data.null)' }
data.null = setmetatable({}, { __tostring = function() return "null" end, __newindex = function()
  lunette.raise "data.null is no table to write to"
end })

local nesting = { { "depth", 64, "deeper nesting is refused" } }
local function json(kind, path, options)
  local opt = lunette.checked("data." .. kind, options, record.known(nesting))
  return io[kind](path, lunette.whole("data." .. kind, "depth", opt.depth, 1, 180), data.null)
end

record.declare { name = "data.json", sig = "data.json(path, {depth=64})",
  see = "data.jsonl, data.null",
  doc = "the value of a file of JSON; whole numbers are exact; null is left out of objects and data.null in lists",
  options = nesting,
  example = 'local path = os.tmpname()\nlocal f = io.open(path, "w")\nf:write("{\\n \\"a\\": [1,\\n 2]\\n}")\n'
    .. 'f:close()\nprint(data.json(path).a[2])',
  example2 = 'print(data.json "nosuch.json")' }
function data.json(path, options) return json("json", path, options) end

record.declare { name = "data.jsonl", sig = "data.jsonl(path, {depth=64})", see = "data.null",
  doc = "a list of values, one for each line of JSON; null is left out of objects and data.null in lists",
  options = nesting,
  example = 'local path = os.tmpname()\nlocal f = io.open(path, "w")\nf:write([[{"a": [1, 2]}]])\nf:close()\n'
    .. 'print(data.jsonl(path)[1].a[2])',
  example2 = 'print(data.jsonl "nosuch.jsonl")' }
function data.jsonl(path, options) return json("jsonl", path, options) end
