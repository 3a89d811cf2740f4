--- files.lua: data sets in files of text and bytes.  A file that is missing or damaged gives nil and a message.
local io = lunette.io

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

--- local x, names, strings = data.csv(path, {header=, sep=",", quote='"', missing="", strings=false, dtype="f32",
--   decimal=".", comment=""})
-- x: the numeric columns [rows, columns], NaN where missing; names: theirs, or their numbers without a header.
-- strings=true: columns with other text come as lists by name (or number), instead of an error.
-- dtype="i64": whole numbers only, each exact.  decimal=",": sep is then ";".  Lines that begin with comment are none.
function data.csv(path, options)
  local what = "data.csv"
  local opt = lunette.checked(what, options, { header = lunette.none, sep = lunette.none, quote = '"', missing = "",
    strings = false, dtype = "f32", decimal = ".", comment = "" })
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
  return io.csv(path, sep, one_letter(what, "quote", opt.quote), header, missing ~= "" and missing or nil, opt.strings,
    opt.dtype, decimal, comment)
end

local function word_vectors(kind, path, options)
  local opt = lunette.checked("data." .. kind, options, { rows = 0 })
  if math.type(opt.rows) ~= "integer" or opt.rows < 0 then
    lunette.raise(("data.%s: rows must be a whole number from 0 on, got %s"):format(kind, tostring(opt.rows)))
  end
  return io[kind](path, opt.rows)
end

--- local words, vectors, index = data.glove(path, {rows=}): words[i], f32[n,d], index[word] = i.
function data.glove(path, options) return word_vectors("glove", path, options) end

--- local words, vectors, index = data.word2vec(path, {rows=}): word2vec's binary files, its text, fastText's .vec.
function data.word2vec(path, options) return word_vectors("word2vec", path, options) end

--- data.idx(path, {labels=false}) -> the tensor of an IDX file (MNIST), also packed by gzip.
-- labels=true: i64 and 1 more, so that classes count from 1.
function data.idx(path, options)
  local opt = lunette.checked("data.idx", options, { labels = false })
  local x, why = io.idx(path)
  if not x or not opt.labels then return x, why end
  if x:dim() ~= 1 then
    return nil, ("%s: labels have one dimension, this is %s"):format(path, lunette.typename(x))
  end
  return x:to "i64" + 1
end

--- local images, labels = data.cifar10(path, ...): CIFAR-10's binary files in one: u8[n,32,32,3], i64[n] from 1 on.
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

--- What stands for null in JSON's lists, so that the others keep their places.
data.null = setmetatable({}, { __tostring = function() return "null" end, __newindex = function()
  lunette.raise "data.null is no table to write to"
end })

local function json(kind, path, options)
  local opt = lunette.checked("data." .. kind, options, { depth = 64 })
  if math.type(opt.depth) ~= "integer" or opt.depth < 1 or opt.depth > 180 then
    lunette.raise(("data.%s: depth must be a whole number from 1 to 180, got %s"):format(kind, tostring(opt.depth)))
  end
  return io[kind](path, opt.depth, data.null)
end

--- data.json(path, {depth=64}) -> the value of a file of JSON, over as many lines as it likes; null members of objects
-- are left out.  Whole numbers of up to 64 bits are exact.
function data.json(path, options) return json("json", path, options) end

--- data.jsonl(path, {depth=64}) -> list of values, one for each line; null members of objects are left out.
function data.jsonl(path, options) return json("jsonl", path, options) end
