--- infer.lua: what a typed expression would give, for completion: a value that is there already, or one that stands
-- for its kind.  Looks with rawget only: nothing of the user's is ever run.
local infer = {}

-- What stands for a tensor, a network or an optimiser that is not there yet.
infer.tensor, infer.module, infer.optimizer, infer.string = {}, {}, {}, {}

local closing = { [")"] = "(", ["]"] = "[", ["}"] = "{" }

--- Where the expression that ends at the end of `line` begins: x:mm(y), net[1], (x + x), "text".
function infer.start(line)
  local at = #line
  while at >= 1 do
    local c = line:sub(at, at)
    if closing[c] then
      local depth = 0
      repeat
        c = line:sub(at, at)
        depth = depth + (closing[c] and 1 or c:find "[%(%[{]" and -1 or 0)
        at = at - 1
      until depth == 0 or at < 1
      if depth ~= 0 then return nil end
    elseif c == '"' or c == "'" then
      at = at - 1
      while at >= 1 and line:sub(at, at) ~= c do at = at - 1 end
      at = at - 1
    elseif c:find "[%w_.:]" then
      at = at - 1
    elseif c == " " and line:sub(at + 1, at + 1):find "[\"'{]" and line:sub(1, at - 1):find "[%w_]$" then
      at = at - 1 -- optim.Adam {...}
    else
      break
    end
  end
  return at + 1
end

--- A table and those in which an index looks on, its class and that one's; nothing of what is no table.
function infer.tables(v)
  local found = {}
  while type(v) == "table" and #found < 8 do
    found[#found + 1] = v
    local mt = getmetatable(v)
    v = type(mt) == "table" and rawget(mt, "__index")
  end
  return found
end

-- The field of a value, as an index would find it; of a kind, of what its things have.
local function field(v, key)
  if v == infer.tensor or lunette.is_tensor(v) then return key == "grad" and infer.tensor or tensor.methods[key] end
  if v == infer.module then v = nn.Module end
  if v == infer.optimizer then v = lunette.Optimizer end
  for _, t in ipairs(infer.tables(v)) do
    local found = rawget(t, key)
    if found ~= nil then return found end
  end
  return nil
end

local rooms = { tensor = infer.tensor, optim = infer.optimizer } -- what the functions of a module give
local plain = { -- what gives no tensor, of those that others take for tensors
  shape = true, size = true, dim = true, numel = true, item = true, totable = true, nbytes = true, is_contiguous
  = true, allclose = true, parameters = true, named_parameters = true, children = true, parameter_count = true,
  save = true, label = true, rng = true, seed = true, is_recording = true, gradcheck = true, live = true, scope
  = true, backward = true,
}

-- What a call of `f`, found as `key` of `owner`, gives.
local function result(owner, key, f)
  if plain[key] then return nil end
  if owner == infer.tensor or lunette.is_tensor(owner) then return f and infer.tensor end
  if nn.is_module(f) or f == infer.module then return infer.tensor end
  local room = owner and lunette.rooms[owner]
  if f and lunette.rooms[f] == "tensor" then return infer.tensor end
  if rooms[room] then return f and rooms[room] end
  if room == "nn" then return type(f) == "table" and infer.module or f and infer.tensor end
  if type(f) == "table" and type(rawget(f, "forward")) == "function" then return infer.module end
  local itself = key == "train" or key == "eval" or key == "to"
  return itself and (owner == infer.module or nn.is_module(owner)) and owner or nil
end

-- A tensor among the names of an expression in brackets makes it one.
local function of_brackets(text)
  for name in text:gmatch "[%a_][%w_]*" do
    local v = rawget(_G, name)
    if lunette.is_tensor(v) or v and lunette.rooms[v] == "tensor" then return infer.tensor end
  end
  return text:find "^%(%s*[\"']" and infer.string or nil
end

-- The value behind ".name", "[1]", "(...)" at `at`; and where the next part begins.
local function step(text, at, v, owner, key)
  local name, after = text:match("^%s*[.:]([%a_][%w_]*)()", at)
  if name then return field(v, name), after, v, name end
  local index, stop = text:match("^(%b[])()", at)
  if index then
    if v == infer.tensor or lunette.is_tensor(v) then return infer.tensor, stop end
    local inner = index:sub(2, -2)
    local name_in = inner:match "^[\"'](.*)[\"']$"
    return field(v, name_in or math.tointeger(tonumber(inner))), stop
  end
  stop = text:match("^%s*%b()()", at) or text:match("^%s*%b{}()", at) or text:match("^%s*\"[^\"]*\"()", at)
    or text:match("^%s*'[^']*'()", at)
  if stop then return result(owner, key, v), stop end
  return nil, nil
end

--- The value, or the kind, of an expression; nil when nobody knows.
function infer.value(text)
  local v, at
  if text:find "^%s*%(" then
    local inside, stop = text:match "^%s*(%b())()"
    if not inside then return nil end
    v, at = of_brackets(inside), stop
  elseif text:find "^[\"']" then
    return infer.string
  else
    local name, stop = text:match "^%s*([%a_][%w_]*)()"
    if not name then return nil end
    v, at = rawget(_G, name), stop
  end
  local owner, key
  while at <= #text do
    v, at, owner, key = step(text, at, v, owner, key)
    if v == nil or not at then return nil end
  end
  return v
end

return infer
