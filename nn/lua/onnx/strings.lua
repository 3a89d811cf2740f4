--- strings.lua: strings as values of a graph.  A value is a tensor of places in a list of words, so that every operator
-- that only moves elements works on the places as on numbers.  Users give and get lists.
local v = require "nn.onnx.values"

-- ids: i64, places in words, from 1; 0 is "".  words: different strings.
local strings, Strings = { KIND = 8 }, {} -- KIND: TensorProto.DataType
Strings.__index = Strings

local function value(ids, words) return setmetatable({ ids = ids, words = words }, Strings) end
function Strings:dim() return self.ids:dim() end
function Strings:numel() return self.ids:numel() end

function strings.is(x) return getmetatable(x) == Strings end

-- The place of a text; new ones go to the end.
local function place(words, places, text)
  if text == "" then return 0 end
  local k = places[text]
  if not k then
    k = #words + 1
    words[k], places[text] = text, k
  end
  return k
end

--- The value of a list of strings, of that shape.
function strings.new(list, shape)
  local ids, words, places = {}, {}, {}
  for i, text in ipairs(list) do ids[i] = place(words, places, text) end
  return value(v.ints(ids):reshape(shape), words)
end

--- f(text) for every string, each different one once: a list of what it gives, row by row.
function strings.each(x, f)
  local known, all = {}, {}
  for i, id in ipairs(v.list(x.ids)) do
    if known[id] == nil then known[id] = f(x.words[id] or "") end
    all[i] = known[id]
  end
  return all
end

--- The strings row by row.
function strings.list(x) return strings.each(x, function(text) return text end) end

-- --- in and out ------------------------------------------------------------------------------------------------------

local MOST_DIMS = 8

-- Puts the strings of nested lists into flat; shape[depth] is found on the way.
local function take(flat, shape, list, depth)
  if depth > MOST_DIMS then return "lists deeper than " .. MOST_DIMS end
  for key in pairs(list) do
    local counted = math.type(key) == "integer" and key >= 1 and key <= #list
    if math.type(key) == "integer" and not counted then return "a list with holes" end
    if not counted and not (depth == 1 and key == "shape") then
      return ("a table with the key '%s'"):format(tostring(key))
    end
  end
  if shape[depth] and shape[depth] ~= #list then return "lists of unequal length" end
  shape[depth] = #list
  for i = 1, #list do
    local x = list[i]
    if x == nil then return "a list with holes" end
    local nested = type(x) == "table" and not lunette.is_tensor(x)
    if not nested and type(x) ~= "string" then return "a list with " .. lunette.typename(x) end
    if shape.leaf and (nested == (depth == shape.leaf)) then return "lists of unequal depth" end
    if nested then
      local why = take(flat, shape, x, depth + 1)
      if why then return why end
    else
      shape.leaf = depth
      flat[#flat + 1] = x
    end
  end
end

--- The value of what a user gives: a string, a list of strings, lists of lists, or a list with its `shape`; nil and
-- what is wrong with it.
function strings.of(x)
  if type(x) == "string" then return strings.new({ x }, {}) end
  if strings.is(x) then return x end
  if type(x) ~= "table" or lunette.is_tensor(x) then return nil, lunette.typename(x) end
  local flat, shape = {}, {}
  local why = take(flat, shape, x, 1)
  if why then return nil, why end
  shape.leaf = nil
  if x.shape == nil then return strings.new(flat, shape) end
  if #shape ~= 1 or type(x.shape) ~= "table" or v.product(x.shape) ~= #flat then
    return nil, ("a list of %d strings with another shape"):format(#flat)
  end
  return strings.new(flat, v.join(x.shape))
end

--- What a run gives, as its user sees it: strings are a list with their shape; sequences are lists of such.
function strings.given_back(x)
  if strings.is(x) then
    local list = strings.list(x)
    list.shape = x.ids.shape
    return list
  end
  if type(x) ~= "table" or lunette.is_tensor(x) then return x end
  local list = {}
  for i, one in ipairs(x) do list[i] = strings.given_back(one) end
  return list
end

-- A file's TensorProto of strings.
function strings.of_proto(proto)
  local list, shape = proto.string_data or {}, proto.dims or {}
  local n = 1.0
  for _, size in ipairs(shape) do n = n * size end
  local name = (proto.name or ""):sub(1, 80)
  if #shape > MOST_DIMS then error(("tensor '%s': more than %d dimensions"):format(name, MOST_DIMS), 0) end
  if n ~= #list then error(("tensor '%s': its %d strings do not fill its shape"):format(name, #list), 0) end
  return strings.new(list, v.join(shape))
end
--- Numbers or strings of a TensorProto.
function strings.value_of(proto)
  if proto.data_type == strings.KIND then return strings.of_proto(proto) end
  return proto.value
end

-- --- moving ----------------------------------------------------------------------------------------------------------

-- The same words for all of a list: them, and the places of each value.
local function joined(list)
  local words, all, same = list[1].words, {}, true
  for i, x in ipairs(list) do all[i], same = x.ids, same and x.words == words end
  if same then return words, all end
  words = {}
  local places = {}
  for i, x in ipairs(list) do
    local to = { 0 }
    for k, text in ipairs(x.words) do to[k + 1] = place(words, places, text) end
    all[i] = v.ints(to):index_select(x.ids:reshape(-1) + 1, 1):reshape(x.ids.shape)
  end
  return words, all
end

-- f on the places of the strings among its arguments and in their lists: what it gives, and the words.
local function on_places(f, ...)
  local given, found = table.pack(...), {}
  local function each(x, g)
    if strings.is(x) then return g(x) end
    if type(x) ~= "table" or lunette.is_tensor(x) then return x end
    local list = {}
    for i, one in ipairs(x) do list[i] = each(one, g) end
    return list
  end
  for i = 1, given.n do
    each(given[i], function(x) found[#found + 1] = x end)
  end
  local words, ids = joined(found)
  local at = 0
  for i = 1, given.n do
    given[i] = each(given[i], function()
      at = at + 1
      return ids[at]
    end)
  end
  return words, table.pack(f(table.unpack(given, 1, given.n)))
end

local function as_strings(x, words)
  if lunette.is_tensor(x) then return value(x, words) end
  if type(x) ~= "table" then return x end
  local list = {}
  for i, one in ipairs(x) do list[i] = as_strings(one, words) end
  return list
end

--- f(...) where some arguments are strings that it moves: its results are strings.
function strings.moved(f, ...)
  local words, out = on_places(f, ...)
  for i = 1, out.n do out[i] = as_strings(out[i], words) end
  return table.unpack(out, 1, out.n)
end

-- Sorted by bytes, so that the order of places is that of the strings.
local function sorted(x)
  local words = v.join(x.words)
  table.sort(words)
  local ids, places = {}, {}
  for k, text in ipairs(words) do places[text] = k end
  for i, text in ipairs(strings.list(x)) do ids[i] = places[text] or 0 end
  return value(v.ints(ids):reshape(x.ids.shape), words)
end

-- Which inputs of an operator may be strings, and must be all of them when one is ("all": every one).
local moves = { Concat = "all", ConcatFromSequence = { 1 }, SplitToSequence = { 1 }, Where = { 2, 3 }, Pad = { 1, 3 },
  ScatterND = { 1, 3 }, ScatterElements = { 1, 3 }, Scatter = { 1, 3 }, OneHot = { 3 } }
for _, name in ipairs { "Reshape", "Transpose", "Squeeze", "Unsqueeze", "Flatten", "Slice", "Split", "Expand", "Tile",
  "Gather", "GatherElements", "GatherND", "Compress", "ReverseSequence", "DepthToSpace", "SpaceToDepth", "Trilu" } do
  moves[name] = { 1 }
end
-- What they are taken for, where numbers come of it.
local reads = { Shape = { 1 }, Size = { 1 }, NonZero = { 1 }, Equal = { 1, 2 } }
-- These know strings themselves, or only hand them on.
local knows = { Identity = true, If = true, Loop = true, Cast = true, CastLike = true, Unique = true,
  SequenceConstruct = true, SequenceAt = true, SequenceInsert = true, SequenceErase = true, SequenceLength = true,
  SequenceEmpty = true, SequenceMap = true, Optional = true, OptionalHasElement = true, OptionalGetElement = true }

local function has_strings(x)
  return strings.is(x) or type(x) == "table" and not lunette.is_tensor(x) and has_strings(x[1])
end

-- Strings stand where they are wanted, and nothing else does.
local function check(places, n, given)
  local wanted = {}
  for k = 1, given.n do wanted[k] = places == "all" end
  for _, k in ipairs(places == "all" and {} or places) do wanted[k] = true end
  for _, what in ipairs { "strings where numbers are expected", "numbers beside strings" } do
    for k = 1, given.n do
      local strange = given[k] ~= nil and has_strings(given[k]) ~= wanted[k]
      if strange and wanted[k] == (what == "numbers beside strings") then
        lunette.raise(("input %d ('%s') is %s"):format(k, n.inputs[k] or "", what))
      end
    end
  end
end

local function unique(f, n, x)
  if not strings.is(x) then return f(n, x) end
  local s = n.attr.sorted ~= 0 and sorted(x) or x
  local y, firsts, inverse, counts = f(n, s.ids)
  return value(y, s.words), firsts, inverse, counts
end

--- Makes a node of a graph that has strings heed them.
function strings.aware(n)
  local f, move, read = n.f, moves[n.op], reads[n.op] or {}
  if not f or not n.row or n.row.strings or knows[n.op] and n.op ~= "Unique" then return end
  if n.op == "Unique" then
    n.f = function(node, x) return unique(f, node, x) end
    return
  end
  n.f = function(node, ...)
    local given, any = table.pack(...), false
    for k = 1, given.n do any = any or has_strings(given[k]) end
    if not any then return f(node, ...) end
    check(move or read, node, given)
    local function on(...) return f(node, ...) end
    if move then return strings.moved(on, ...) end
    local _, out = on_places(on, ...)
    return table.unpack(out, 1, out.n)
  end
end

return strings
