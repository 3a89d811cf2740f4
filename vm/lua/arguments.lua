--- arguments.lua: what functions composed in Lua take, checked where a call comes in, as the arguments of ops are: by
-- position, or all in one table (x:split{2, dim = 1}), where names stand for places.
local specs = {
  ["x:split"] = "size whole|list, dim integer?", ["x:chunk"] = "n whole, dim integer?", ["x:unbind"] = "dim integer?",
  ["x:allclose"] = "y tensor, options table?",
  ["x:quantile"] = "q number|list|tensor, options table?",
  ["tensor.zeros_like"] = "x tensor, options table?", ["tensor.ones_like"] = "x tensor, options table?",
  ["tensor.rand_like"] = "x tensor, options table?", ["tensor.randn_like"] = "x tensor, options table?",
  ["tensor.gradcheck"] = "f function|net|table, ...",
  ["audio.stft"] = "{x} table", ["audio.spectrogram"] = "{x} table",
  ["audio.mel"] = "{x} table", ["nn.boxes.map"] = "predictions list, truth list, ...",
  ["nn.boxes.nms"] = "b tensor, scores tensor, options table?", ["nn.boxes.area"] = "b tensor",
  ["nn.boxes.clip"] = "b tensor, ...", ["nn.boxes.kmeans"] = "sizes tensor, ...",
  ["viz.save"] = "path string", ["viz.layout"] = "rows list?", ["nn.boxes.anchors"] = "{sizes} table",
  ["nn.metrics.accuracy"] = "score tensor, target tensor, ...",
  ["nn.metrics.top_k"] = "score tensor, target tensor, ...",
  ["nn.metrics.spans"] = "predicted list, target list, ...",
  ["nn.metrics.exact_match"] = "a tensor|string|table, b tensor|string|table, ...",
  ["data.take"] = "set table, ids tensor|list, ...",
  ["data.labels"] = "{labels} table",
  ["data.cifar10"] = "path string|list, ...",
  ["net:evaluate"] = "{data} table", ["net:apply"] = "f function", ["net:load_state"] = "state table, ...",
  ["net:buffer"] = "name string, t tensor, ...", ["viz.hist"] = "name string, x tensor|list|number, options table?",
  ["viz.boxes"] = "name string, found table|tensor, ...",
}

local one_table = { ["x:split"] = true, ["x:chunk"] = true, ["x:unbind"] = true }

-- "size whole|list, dim integer?" as a list of {name =, kinds =, optional =, said =}; more: others may follow.
local said = { whole = "a whole number from 1 on", integer = "a whole number", number = "a number", string = "a text",
  tensor = "a tensor", table = "a table", list = "a list", ["function"] = "a function", net = "a network" }
local is = {
  whole = require "nn.record".is_whole,
  integer = function(v) return type(v) == "number" and math.tointeger(v) ~= nil end,
  tensor = lunette.is_tensor, net = nn.is_module,
  list = function(v) return type(v) == "table" and not lunette.is_tensor(v) end,
  table = function(v) return type(v) == "table" and not lunette.is_tensor(v) end,
}
for _, kind in ipairs { "number", "string", "function" } do is[kind] = function(v) return type(v) == kind end end

local function parse(spec)
  local list = {}
  for name, kinds, optional in spec:gmatch "([%w_{}]+) ([%w|]+)(%??)" do
    local p = { name = name, kinds = {}, optional = optional == "?" }
    for kind in kinds:gmatch "%w+" do
      p.kinds[#p.kinds + 1] = assert(is[kind], kind)
      p.said = (p.said and p.said .. " or " or "") .. said[kind]
    end
    list[#list + 1] = p
  end
  return list, spec:find("...", 1, true) ~= nil
end

local function fits(p, v)
  if v == nil then return p.optional end
  for _, f in ipairs(p.kinds) do
    if f(v) then return true end
  end
  return false
end

local function shown(v)
  if type(v) == "string" then return ("'%s'"):format(v) end
  return type(v) == "number" and tostring(v) or lunette.typename(v)
end

local function check(what, list, args)
  for i, p in ipairs(list) do
    if not fits(p, args[i]) then
      lunette.raise(args[i] == nil and ("%s: %s is missing: %s expected"):format(what, p.name, p.said)
        or ("%s: %s must be %s, got %s"):format(what, p.name, p.said, shown(args[i])))
    end
  end
end

-- f{2, dim = 1}: the table's list first, names in their places; a list alone may be the argument itself.
local function spread(what, list, args)
  local t = args[1]
  if args.n ~= 1 or type(t) ~= "table" or getmetatable(t) then return args end
  if next(t) ~= nil and next(t, #t > 0 and #t or nil) == nil and #t > 0 and fits(list[1], t) then return args end
  local out, known = { n = #list }, {}
  for i, p in ipairs(list) do
    out[i], known[p.name] = t[i], i
  end
  for name, v in pairs(t) do
    if type(name) == "string" then
      if not known[name] then lunette.raise(("%s: unknown option '%s'"):format(what, name)) end
      out[known[name]] = v
    end
  end
  return out
end

--- f, with its arguments checked; `method`: behind the object itself.
local function guarded(name, f, method)
  local list, more = parse(specs[name])
  local what = name:match "^x:(.*)$" or name:match "^net:(.*)$" or name
  local function call(self, ...)
    local args = table.pack(...)
    if one_table[name] and args.n == 0 and is.list(self) and lunette.is_tensor(self[1]) then -- split{x, 2}
      self, args = self[1], table.pack(self[2], self[3] or self.dim)
    end
    if method and name:find "^x:" and not lunette.is_tensor(self) then return f(self, ...) end -- says what is missing
    if one_table[name] then args = spread(what, list, args) end
    check(what, list, args)
    if not more and args.n > #list then
      lunette.raise(("%s: takes %d arguments at most, got %d"):format(what, #list, args.n))
    end
    if method then return f(self, table.unpack(args, 1, args.n)) end
    return f(table.unpack(args, 1, args.n))
  end
  local wrapped = method and call or function(...) return call(nil, ...) end
  lunette.written[wrapped] = lunette.written[f] or f
  return wrapped
end

for name in pairs(specs) do
  local class, key = name:match "^(%a+):(.*)$"
  if class == "x" then
    local old = tensor.methods[key]
    local new = guarded(name, old, true)
    tensor.methods[key] = new
    if tensor[key] == old then tensor[key] = new end
  elseif class then
    nn.Module[key] = guarded(name, nn.Module[key], true)
  else
    local t = _ENV
    for part in name:match "^(.*)%.":gmatch "[^.]+" do t = t[part] end
    key = name:match "[^.]+$"
    t[key] = guarded(name, t[key])
  end
end
