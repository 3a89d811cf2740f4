--- text.lua: ONNX's operators of strings, and those that make numbers of words.
local characters = require "nn.data.characters"
local operators = require "nn.onnx.operators"
local strings = require "nn.onnx.strings"
local v = require "nn.onnx.values"

-- They take strings: what else comes is refused here, and not by nn.onnx.strings.
local function add(name, ...)
  local row = operators.add(name, ...)
  row.strings = true
  return row
end
local function wanted(x, name)
  if not strings.is(x) then lunette.raise(("%s: strings expected, got %s"):format(name, lunette.typename(x))) end
  return x
end

-- --- StringNormalizer ------------------------------------------------------------------------------------------------

local cases = { LOWER = characters.lower, UPPER = characters.upper, NONE = function(text) return text end }

-- Words of a row that are no stop words, in another case.  Of none left, "" is.
add("StringNormalizer", { 10, function(n, x)
  local change = cases[n.attr.case_change_action or "NONE"]
  local shape = wanted(x, "StringNormalizer").ids.shape
  if #shape ~= 1 and not (#shape == 2 and shape[1] == 1) then
    lunette.raise(("strings of shape [C] or [1,C] expected, got [%s]"):format(table.concat(shape, ",")))
  end
  local exact = n.attr.is_case_sensitive == 1
  local function key(text) return exact and text or characters.lower(text) end
  local stop, left = {}, {}
  for _, text in ipairs(n.attr.stopwords or {}) do stop[key(text)] = true end
  for _, text in ipairs(strings.list(x)) do
    if not stop[key(text)] then left[#left + 1] = change(text) end
  end
  if #left == 0 then left[1] = "" end
  shape[#shape] = #left
  return strings.new(left, shape)
end }).refuses = function(n)
  local word = n.attr.case_change_action
  return word and not cases[word] and ("case_change_action '%s'"):format(word) or nil
end

-- --- TfIdfVectorizer -------------------------------------------------------------------------------------------------

-- Words get numbers, so that an n-gram is "3 1 2" whatever its words hold.
local function numbered()
  local number, count = {}, 0
  return function(word, new)
    if not number[word] and new then
      count = count + 1
      number[word] = count
    end
    return number[word]
  end
end

-- The pool as {size = {gram = its number from 1}}: grams of one word begin at ngram_counts[1], of two at [2] ...
local function grams_of(n, of)
  local pool, starts = n.attr.pool_strings or n.attr.pool_int64s or {}, n.attr.ngram_counts or {}
  local by_size, index = {}, 0
  for size, first in ipairs(starts) do
    local last = starts[size + 1] or #pool
    if first < 0 or last < first or last > #pool or (last - first) % size ~= 0 then
      lunette.raise(("ngram_counts do not divide a pool of %d into grams"):format(#pool))
    end
    by_size[size] = {}
    for at = first + 1, last, size do
      local gram = {}
      for k = 1, size do gram[k] = of(pool[at + k - 1], true) end
      index = index + 1
      by_size[size][table.concat(gram, " ")] = index
    end
  end
  return by_size, index
end

local plans = setmetatable({}, { __mode = "k" })
local function plan_of(n)
  local plan = plans[n.attr]
  if plan then return plan end
  plan = { of = numbered(), width = 0 }
  plan.grams, plan.count = grams_of(n, plan.of)
  plan.places = n.attr.ngram_indexes or {}
  if #plan.places < plan.count or n.attr.weights and #n.attr.weights < plan.count then
    lunette.raise(("%d grams, but %d ngram_indexes and %d weights"):format(plan.count, #plan.places,
      #(n.attr.weights or plan.places)))
  end
  for _, at in ipairs(plan.places) do
    if at < 0 then lunette.raise(("an ngram_index of %d"):format(at)) end
    plan.width = math.max(plan.width, at + 1)
  end
  plans[n.attr] = plan
  return plan
end

-- seen(index) for each gram in words[first .. last]: its words lie 1 .. max_skip_count + 1 apart; one word counts once.
local function count_grams(n, plan, words, first, last, seen)
  local most = math.min(n.attr.max_gram_length or 1, #plan.grams, last - first + 1)
  for size = math.max(1, n.attr.min_gram_length or 1), most do
    local known, gram = plan.grams[size], {}
    local skips = math.max(0, math.min(n.attr.max_skip_count or 0, last - first))
    local apart = size == 1 and 1 or math.min(skips + 1, (last - first) // (size - 1))
    for step = 1, next(known) and apart or 0 do
      for at = first, last - (size - 1) * step do
        for k = 1, size do gram[k] = words[at + (k - 1) * step] or 0 end
        local index = known[table.concat(gram, " ")]
        if index then seen(index) end
      end
    end
  end
end

add("TfIdfVectorizer", { 9, function(n, x)
  local plan, mode, weights = plan_of(n), n.attr.mode, n.attr.weights
  if strings.is(x) ~= (n.attr.pool_strings ~= nil) then
    lunette.raise(("TfIdfVectorizer: a pool of %s, but the input is %s"):format(
      n.attr.pool_strings and "strings" or "numbers", strings.is(x) and "strings" or lunette.typename(x)))
  end
  local shape = (strings.is(x) and x.ids or x).shape
  if #shape < 1 or #shape > 2 then
    lunette.raise(("TfIdfVectorizer: shape [C] or [N,C] expected, got [%s]"):format(table.concat(shape, ",")))
  end
  local words = strings.is(x) and strings.list(x) or v.list(x)
  for i, word in ipairs(words) do words[i] = plan.of(word) or 0 end
  local rows, width = #shape == 2 and shape[1] or 1, shape[#shape]
  v.bounded { rows, plan.width }
  local count, places, numbers = {}, {}, {}
  for row = 1, rows do
    local before = (row - 1) * plan.width
    count_grams(n, plan, words, (row - 1) * width + 1, row * width, function(index)
      local at = before + plan.places[index] + 1
      local weight = mode ~= "TF" and weights and weights[index] or 1.0
      if not count[at] then places[#places + 1] = at end
      count[at] = mode == "IDF" and weight or (count[at] or 0.0) + weight
    end)
  end
  for i, at in ipairs(places) do numbers[i] = count[at] end
  local y = tensor.zeros(rows * plan.width)
  if #places > 0 then y[v.ints(places)] = tensor(numbers) end
  return y:reshape(#shape == 2 and { rows, plan.width } or { plan.width })
end }).refuses = function(n)
  local mode = n.attr.mode
  return mode ~= "TF" and mode ~= "IDF" and mode ~= "TFIDF" and ("mode '%s'"):format(mode) or nil
end

-- --- joining and splitting (set 20) ----------------------------------------------------------------------------------

add("StringConcat", { 20, function(_, a, b)
  local shape = v.broadcast(wanted(a, "StringConcat").ids.shape, wanted(b, "StringConcat").ids.shape)
  local function all(x) return strings.list(strings.moved(function(ids) return ids:expand(shape) end, x)) end
  local list = all(a)
  for i, text in ipairs(all(b)) do list[i] = list[i] .. text end
  return strings.new(list, shape)
end })

-- The parts of a text between delimiters; without one, between blanks.  At most `most` cuts.
local function split(text, delimiter, most)
  local parts, at = {}, 1
  if delimiter == "" then text = text:match "^%s*(.-)%s*$" end
  if text == "" then return parts end
  while #parts < most do
    local from, to
    if delimiter == "" then from, to = text:find("%s+", at) else from, to = text:find(delimiter, at, true) end
    if not from then break end
    parts[#parts + 1] = text:sub(at, from - 1)
    at = to + 1
  end
  parts[#parts + 1] = text:sub(at)
  return parts
end
add("StringSplit", { 20, function(n, x)
  local texts, widest = strings.list(wanted(x, "StringSplit")), 0
  local counts, parts, list = {}, {}, {}
  for i, text in ipairs(texts) do
    parts[i] = split(text, n.attr.delimiter or "", n.attr.maxsplit or math.huge)
    counts[i], widest = #parts[i], math.max(widest, #parts[i])
  end
  v.bounded { #texts, widest }
  for _, row in ipairs(parts) do
    for k = 1, widest do list[#list + 1] = row[k] or "" end
  end
  local shape = x.ids.shape
  return strings.new(list, v.join(shape, { widest })), v.ints(counts):reshape(shape)
end })
