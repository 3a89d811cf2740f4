--- layer.lua: makes a class of layers from one record:
--   layer { name = "Linear", args = { "in", "out" }, doc = "y = x w + b over the last dimension",
--     options = { { "bias", true, "adds b" } }, call = "(3, 2)", input = "tensor.ones(1, 3)", see = "nn.linear",
--     init = function(self, opt, i, o) ... end, forward = function(self, x) ... end, label = ..., input_shape = ... }
-- From it come the constructor with its checks (nn.Linear(3, 2, {bias = false}) = nn.Linear{3, 2, bias = false}) and
-- the entry of help.  `args` are the values by place: one that is an option too may be given either way, any other is a
-- whole number from 1 on and is handed to init.  self.opt holds the options, as they go to the op.  `also`: further
-- names of the class.  `op`: the function of a tensor that the class stands for.  `sizes`: the one value by place may
-- be several, or a list, all of which init gets.  `given` are the inputs of a call and its options, which forward
-- checks: given = { "x", { { "mask", none, "which places are seen", "any" } } }.  Ranges: record.lua.
local record = require "nn.record"

local whole = lunette.whole

local function is_options(v) return type(v) == "table" and not lunette.is_tensor(v) and not nn.is_module(v) end

local function few_enough(what, known, most, n)
  if n <= most then return end
  local names = lunette.names_of(known)
  lunette.raise(("%s: %s, got %d%s"):format(what, most == 0 and "no values" or most == 1 and "one value at most"
    or most .. " values at most", n, #names > 0 and "; options go by name: " .. table.concat(names, " ") or ""))
end

-- nn.Name(a, b, {option = v}) or nn.Name{a, b, option = v}: at most `most` positional values, and checked options.
local function arguments(what, known, most, ...)
  local first, n = ..., select("#", ...)
  if n == 1 and is_options(first) then
    few_enough(what, known, most, #first)
    return lunette.checked(what, first, known), table.unpack(first)
  end
  local args = table.pack(...)
  local opt
  if is_options(args[n]) then
    opt = args[n]
    args[n], n = nil, n - 1
  end
  few_enough(what, known, most, n)
  return lunette.checked(what, opt, known), table.unpack(args, 1, n)
end
nn.arguments = arguments
record.declare { name = "nn.arguments", see = "lunette.checked",
  sig = "opt, a, b = nn.arguments(what, known, most, ...)",
  doc = "a layer's arguments: at most `most` positional values, and checked options",
  example = 'print(nn.arguments("nn.Mine", {bias = true}, 2, 3, 4))',
  example2 = 'opt, n = nn.arguments("nn.Mine", {bias = true}, 1, {3, bias = false})\nprint(n)' }

-- The values by place: into opt where they are options, else in a list.
local function place(rec, what, opt, ...)
  local known, left = record.known(rec.options), {}
  if rec.sizes then
    local list = type((...)) == "table" and select("#", ...) == 1 and (...) or { ... }
    for i = 1, math.max(1, #list) do left[i] = whole(what, rec.args[1], list[i]) end
    return left
  end
  for i, name in ipairs(rec.args) do
    local v = select(i, ...)
    if known[name] == nil then
      left[#left + 1] = whole(what, name, v)
    elseif v ~= nil then
      opt[name] = v
    end
  end
  return left
end

-- layer(x, {mask, causal}), of a call with options; of any other "".
local function call_signature(rec)
  if not rec.given then return "" end
  local names = {}
  for i, o in ipairs(rec.given[2]) do names[i] = o[1] end
  return ("   layer(%s, {%s})"):format(rec.given[1], table.concat(names, ", "))
end

local function signature(rec, what)
  local names = {}
  for _, o in ipairs(rec.options) do
    local by_place = false
    for _, arg in ipairs(rec.args) do by_place = by_place or arg == o[1] end
    if not by_place then names[#names + 1] = o[1] end
  end
  local opts = #names > 0 and "{" .. table.concat(names, ", ") .. "}" or nil
  if #rec.args == 0 then return what .. (opts or "()") end
  return ("%s(%s%s)"):format(what, table.concat(rec.args, ", "), opts and ", " .. opts or "")
end

-- The options of the class, and those of a call, their names in braces.
local function all_options(rec)
  local all = { table.unpack(rec.options) }
  for _, o in ipairs(rec.given and rec.given[2] or {}) do
    all[#all + 1] = { ("{%s}"):format(o[1]), o[2], "of a call: " .. o[3], shown = o.shown }
  end
  return all
end

local function explain(rec, name)
  local what = "nn." .. name
  record.declare { name = what, sig = (rec.sig or signature(rec, what)) .. call_signature(rec), doc = rec.doc,
    options = all_options(rec),
    see = rec.see or "nn.Sequential", example = rec.example or ("print(%s%s(%s))"):format(what, rec.call, rec.input),
    example2 = rec.example2 or ("net = nn.Sequential{%s%s}\nprint(net(%s).shape[1])"):format(what, rec.call,
      rec.input) }
end

local own = { name = true, args = true, doc = true, options = true, call = true, input = true, see = true, init = true,
  also = true, op = true, sizes = true, sig = true, example = true, example2 = true, given = true }

return function(rec)
  local what, class = "nn." .. rec.name, nn.class(rec.name)
  rec.args, rec.options = rec.args or {}, rec.options or {}
  for key, value in pairs(rec) do
    if not own[key] then class[key] = value end -- forward, label and whatever else the class has
  end
  function class:init(...)
    if rec.op and lunette.is_tensor((...)) then
      lunette.raise(("%s makes a layer; of a tensor it is nn.%s(x), or %s()(x)"):format(what, rec.op, what))
    end
    local function with(opt, ...)
      local values = place(rec, what, opt, ...)
      rawset(self, "opt", record.check(what, opt, rec.options))
      if rec.init then rec.init(self, opt, table.unpack(values)) end
    end
    with(arguments(what, record.known(rec.options), rec.sizes and 8 or #rec.args, ...))
  end
  rawset(class, "_record", rec)
  for _, name in ipairs { rec.name, table.unpack(rec.also or {}) } do
    nn[name] = class
    explain(rec, name)
  end
  return class
end
