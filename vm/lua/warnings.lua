--- warnings.lua: what is said of an entry that ran: what it took, what is not there, what hardly means what was meant.
local infer = require "vm.infer"

-- A module's name, or one of its fields, that the user has taken is said once: what follows in a session may still
-- count on it.
local warned = {}
local function warn_of(name, what, value, back)
  if warned[name] then return end
  warned[name] = true
  io.stderr:write(("%s was a %s and is %s now%s\n"):format(name, what, lunette.typename(value), back))
end

-- A function of Lua's own libraries may well give way to another function: there only other values are told.
local function warn_of_fields(name, was, module)
  local ours = lunette.rooms[module]
  for field, value in next, was do
    local now, path = rawget(module, field), name .. "." .. field
    if now ~= nil and now ~= value and (ours or type(value) == "function" and type(now) ~= "function") then
      local back = ours and ("; %s = nil brings it back"):format(path) or ""
      warn_of(path, type(value), now, back)
    end
  end
end

local function warn_of_taken()
  for name, was in next, shared do
    local module = type(was) == "table" and name ~= "_G" and package.loaded[name]
    if module and rawget(_G, name) ~= module then
      warn_of(name, "module", rawget(_G, name), ("; %s = require \"%s\" brings it back"):format(name, name))
    elseif module then
      warn_of_fields(name, was, module)
    end
  end
end

-- nn.Dense, net[1].wieght: a field that is not there, with the nearest that is.
local function warn_of_field(text)
  local object, name = text:match "^%s*(.-)%.([%a_][%w_]*)%s*;?%s*$"
  if not object then object, name = text:match "^%s*(.-)%[%s*(0)%s*%]%s*;?%s*$" end
  local v = object and infer.value(object)
  if name == "grad" and lunette.is_tensor(v) then
    local why = not v.needs_grad and "asks for no gradient: " .. object .. ":requires_grad()"
      or v.is_leaf and "has none before backward()" or "was computed: only what asks for gradients itself keeps one"
    return io.stderr:write(object, " ", why, "\n")
  end
  if name == "0" and type(v) == "table" then return io.stderr:write(object, ": indices count from 1\n") end
  if type(v) ~= "table" or lunette.is_missing(name) then return end
  local names = {}
  for _, t in ipairs(infer.tables(v)) do
    for _, key in ipairs(lunette.public_names(t)) do names[#names + 1] = key end
  end
  for _, key in ipairs(names) do
    if key == name then return end
  end
  local near = lunette.nearest(name, names)
  for key in next, v do -- a group of a file: d["s/x"]
    if type(key) == "string" and key:sub(1, #name + 1) == name .. "/" then near = ('%s["%s"]'):format(object, key) end
  end
  near = near and (" Did you mean '%s'?"):format(near) or ""
  io.stderr:write(("%s has no field '%s'.%s\n"):format(object, name, near))
end

-- Is the value of an expression a tensor for certain?  x[1] of a vector is a number.
local function is_tensor_text(code)
  local v, base, indices = infer.value(code), code, 0
  if v ~= infer.tensor then return lunette.is_tensor(v) end
  while base:find "%[%-?%d+%]$" do base, indices = base:gsub("%[[^%[]*$", ""), indices + 1 end
  if indices == 0 then return not base:find "%]$" end
  v = infer.value(base)
  return lunette.is_tensor(v) and v:dim() > indices
end

-- Does what begins behind `before` stand in a string or a comment?
local function is_quoted(before)
  local _, quotes = before:gsub("[\"']", "")
  return quotes % 2 == 1 or before:find "%-%-[^\n]*$"
end

-- Is it one that a loop or a function before it may have made?
local function own_name(left, before) return before:find "%f[%w]f[ou][rn]%l*%f[%W]" and not left:find ":" end

local goes_on = { ["then"] = true, ["do"] = true, ["and"] = true, ["or"] = true }

-- x:sum() == 55: never true, for Lua compares only like with like.
local function warn_of_equal(text)
  for at, sign, number, after in text:gmatch "()([=~]=)%s*(%-?%d[%w.]*)%s*([^%s]?%l*)" do
    repeat at = at - 1 until at < 1 or text:find("^%S", at)
    local before = text:sub(1, at)
    local left = before:sub(infer.start(before) or #before + 1)
    local ends = after:find "^[%),;}]" or after == "" or goes_on[after]
    -- What looks through all that stands before comes last: an entry may be long.
    if ends and tonumber(number) and is_tensor_text(left) and not own_name(left, before) and not is_quoted(before) then
      return io.stderr:write(("a tensor never is a number: %s:item() %s %s, %s:%s(%s)\n"):format(left, sign, number,
        left, sign == "==" and "eq" or "ne", number))
    end
  end
end

local compared = { eq = true, ne = true, lt = true, le = true, gt = true, ge = true }

-- if x:gt(3) then: a tensor is true to Lua, whatever it holds.
local function warn_of_condition(text)
  for _, words in ipairs { { "if", "then" }, { "elseif", "then" }, { "while", "do" } } do
    for condition in text:gmatch(("%%f[%%w_]%s(%%f[%%W].-)%%f[%%w_]%s%%f[^%%w_]"):format(words[1], words[2])) do
      for part in condition:gsub("%f[%w_]or%f[^%w_]", " and "):gsub("%f[%w_]and%f[^%w_]", "\0"):gmatch "[^\0]+" do
        part = part:gsub("^%s*not%f[^%w_]", ""):gsub("^%s*%((.*)%)%s*$", "%1")
        local name = part:match "^.*:(%l+)%b()%s*$"
        if name == "any" or name == "all" then
          return io.stderr:write "any() and all() give a tensor, which is true to Lua: x:any():item()\n"
        elseif compared[name] then
          local text_of = "%s gives a tensor, which is true to Lua: x:%s(y):all():item(), or any\n"
          return io.stderr:write(text_of:format(name, name))
        end
      end
    end
  end
end

-- x:eigh() of a matrix that is not symmetric: numbers, but not its eigenvalues.
local function warn_of_eigh(text)
  local code = text:match "([%a_][%w_.]*):eigh%s*%(%s*%)" or text:match "tensor%.eigh%s*%(%s*([%a_][%w_.]*)%s*%)"
  local x = code and infer.value(code)
  if not lunette.is_tensor(x) or x:dim() ~= 2 or x:size(1) ~= x:size(2) then return end
  local apart, most = tensor.no_grad(function() return (x - x:t()):abs():max():item(), x:abs():max():item() end)
  if apart ~= apart or apart <= 1e-4 * most then return end
  io.stderr:write(("%s is not symmetric: these are of (%s + %s:t()) / 2\n"):format(code, code, code))
end

-- What Lua's own functions make of a tensor without a word.
local function warn_of_lua(text, results)
  local v = results[1]
  if v == "userdata" and text:find "^%s*=?%s*type%s*%(" then
    io.stderr:write "to Lua a tensor is userdata; lunette.typename(x) tells what it is\n"
  end
  local name = text:match "%f[%w_.]math%.(m[axin]+)%s*%([^,]*%)%s*;?%s*$"
  if name and lunette.is_tensor(v) and v:numel() > 1 then
    io.stderr:write(("math.%s compares arguments, and gives one alone back: x:%s() looks through a tensor\n"):format(
      name, name))
  end
end

-- What runs, but hardly means what was meant.
local function warn_of_text(text, results)
  warn_of_equal(text)
  warn_of_condition(text)
  warn_of_eigh(text)
  warn_of_lua(text, results)
  if text:find "%[%[[%d%s,%.%-]+%]%s*,%s*%[" then
    io.stderr:write("[[ ]] is a string here; lists are tensor{{1, 2}, {3, 4}}\n")
  end
  local first, last, step = text:match "[\"'%s,](%-?%d+):(%-?%d+):(%-?%d+)[\"'%s,]"
  first, last, step = tonumber(first), tonumber(last), tonumber(step)
  if first and (step < 0 or first == last or math.abs(step) > math.abs(last - first)) then
    io.stderr:write("a range is first:last:step, here one element\n")
  end
  local file = results[1] == nil and text:match "%f[%w_.:]load%s*%(?%s*[\"']([%w_./-]+%.%a%w*)[\"']%s*%)?%s*;?%s*$"
  if file then io.stderr:write(("load compiles Lua; tensor.load \"%s\" reads a file\n"):format(file)) end
end

--- Called behind each entry with its text and its results.
return function(text, results)
  warn_of_taken()
  warn_of_text(text, results)
  if results.n == 1 and results[1] == nil then warn_of_field(text) end
end
