--- record.lua: what a call takes, declared once beside it, from which its checks and its entry of help are made.
--   record.declare { name = "nn.Dropout", args = "p", doc = "zeroes elements while training ...",
--     options = { { "p", 0.5, "share that is dropped", { 0, 1 } } }, example = "...", example2 = "..." }
-- An option is {name, default, text, range}.  Default lunette.none: it has none.  A range is {0} (at least 0),
-- {0, 1} (at least 0 and below 1), {above = 0}, {0, most = 20}, {"relu", "tanh"} (one of these words; the first
-- of them may be true), "whole" (a whole number from 1 on), "sizes" (such a number or a list of them), "any".  Without
-- one a value must be of the default's type.  `shown` is what help says of a default that is computed:
-- { "hop", none, "samples between frames", shown = "size // 4" }.
local record = { entries = {} }

local none = lunette.none

local function shown(v) return type(v) == "string" and ("'%s'"):format(v) or lunette.is_tensor(v) and
  lunette.typename(v) or tostring(v) end

local function is_whole(v) return type(v) == "number" and v >= 1 and math.tointeger(v) ~= nil end

local function is_sizes(v)
  if type(v) ~= "table" then return is_whole(v) end
  for _, n in ipairs(v) do
    if not is_whole(n) then return false end
  end
  return #v > 0
end

local function in_interval(v, range)
  if type(v) ~= "number" or v ~= v or v == math.huge then return false end
  return (not range[1] or v >= range[1]) and (not range[2] or v < range[2]) and (not range.above or v > range.above)
    and (not range.most or v <= range.most)
end

local function interval_text(range)
  local parts = {}
  if range.above then parts[1] = ("above %g"):format(range.above) end
  if range[1] then parts[#parts + 1] = ("at least %g"):format(range[1]) end
  parts[#parts + 1] = range[2] and ("below %g"):format(range[2]) or range.most and ("at most %g"):format(range.most)
    or "finite"
  return table.concat(parts, " and ")
end

local kinds = { boolean = "true or false", number = "a number", string = "a string", table = "a table" }

-- What was expected of an option, or nil when v is that.
local function complaint(option, v)
  local default, range = option[2], option[4]
  if range == "any" or rawequal(v, default) then return nil end
  if range == "whole" then return not is_whole(v) and "a whole number from 1 on" or nil end
  if range == "sizes" then return not is_sizes(v) and "a whole number from 1 on, or a list of them" or nil end
  if type(range) == "table" and (range[1] == true or type(range[1]) == "string") then
    local words = {}
    for i, word in ipairs(range) do
      if v == word then return nil end
      words[i] = tostring(word)
    end
    return table.concat(words, ", ", 1, #words - 1) .. " or " .. words[#words]
  end
  if range then return not in_interval(v, range) and interval_text(range) or nil end
  local kind = default ~= none and kinds[type(default)]
  return kind and type(v) ~= type(default) and kind or nil
end

--- for i, m in record.modules("nn.Sequential", list, n, true): the modules of a list of at least n, functions too where
-- the last is true.  Anything else among them is an error, nil too.
function record.modules(what, list, n, functions)
  lunette.unbroken(what, list, n)
  for i, m in ipairs(list) do
    if not (functions and type(m) == "function") then lunette.check_module(what, i, m) end
  end
  return ipairs(list)
end

--- {name = default} of a list of options, as lunette.checked takes it.
function record.known(options)
  if not options.known then
    options.known = {}
    for _, o in ipairs(options) do options.known[o[1]] = o[2] end
  end
  return options.known
end

--- An option that hands on a parameter of an op: its default, and the words of a choice, are the op's.
function record.of_op(op, name, doc, range)
  local default, words = lunette.param(op, name)
  return { name, default == nil and lunette.none or default, doc, range or words }
end

--- Raises for the first option that is out of its range.
function record.check(what, opt, options)
  for _, o in ipairs(options) do
    local v = opt[o[1]]
    local want = v ~= nil and complaint(o, v)
    if want then lunette.raise(("%s: %s must be %s, got %s"):format(what, o[1], want, shown(v))) end
  end
  return opt
end

--- Options given by name, unknown ones refused with the nearest known one, all within their ranges.
function record.checked(what, given, options)
  return record.check(what, lunette.checked(what, given, record.known(options)), options)
end

-- --- entries of help ------------------------------------------------------------------------------------------------

local function default_text(v)
  if v == none then return "none" end
  if type(v) == "number" then return ("%g"):format(v) end
  if type(v) == "string" and not v:find "^[%w_-]+$" then return ("%q"):format(v) end
  if type(v) ~= "table" then return tostring(v) end
  local parts = {}
  for i, n in ipairs(v) do parts[i] = default_text(n) end
  return "{" .. table.concat(parts, ", ") .. "}"
end

record.default_text, record.is_whole = default_text, is_whole

--- An entry as lunette.doc takes it, its options in this file's form; given to help at the first question.
function record.declare(entry)
  record.entries[#record.entries + 1] = entry
  return entry
end

local net = "net = nn.Sequential{nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1)}\n"
--- An entry of net:name, whose examples are about a small network; `args` stands in the place of sig.
function record.method(entry)
  local name, args = entry.name, entry.args
  entry.name, entry.sig, entry.args = "net:" .. name, ("net:%s%s"):format(name, args), nil
  entry.example, entry.example2 = net .. entry.example, net .. entry.example2
  entry.see = entry.see or "nn.Module"
  return record.declare(entry)
end

--- Gives all entries to lunette.doc.
function record.tell()
  for _, entry in ipairs(record.entries) do
    local told = {}
    for k, v in pairs(entry) do told[k] = v end
    told.options = {}
    for i, o in ipairs(entry.options or {}) do told.options[i] = { o[1], o.shown or default_text(o[2]), o[3] } end
    lunette.doc(told)
  end
end

return record
