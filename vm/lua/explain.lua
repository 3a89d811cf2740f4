--- explain.lua: what Lua's own errors most likely meant, said only where that is certain enough.

-- The nearest public name in the rooms: "tensor.zeros"; nil when none is near.  Of several the one that begins alike.
local function nearest_function(word)
  local found
  for _, room in ipairs(lunette.room_names) do
    local near = lunette.nearest(word, lunette.public_names(shared[room]))
    local full = near and room .. "." .. near
    if near and near:lower() == word:lower() then return full end
    if near and (not found or near:sub(1, 1) == word:sub(1, 1) and not found:find("." .. word:sub(1, 1), 1, true)) then
      found = full
    end
  end
  return found
end

local function nearest_method(word)
  local names = lunette.public_names(nn.Module)
  for _, name in ipairs { "step", "zero_grad", "update", "state", "load_state" } do names[#names + 1] = name end
  table.sort(names)
  return lunette.nearest(word, names)
end

-- What is called, or looked for, and is not so called here.
local said = {
  functional = "Functions are nn.relu, nn.softmax, ...", cuda = "Everything runs on the processor",
  device = "Everything runs on the processor", is_cuda = "Everything runs on the processor",
  cpu = "Everything is there already", array = "tensor{1, 2, 3} makes one", Tensor = "tensor{1, 2, 3} makes one, "
    .. "tensor.zeros(2, 3) one of a shape", FloatTensor = "tensor{1, 2, 3} makes one",
  from_numpy = "tensor.load reads .npy",
  add = "Layers are a list: nn.Sequential{a, b}", print = "print(x)", map = "Arithmetic is elementwise: x * 2 + 1",
  apply = "Arithmetic is elementwise: x * 2 + 1", grad = "grad is a field: x.grad",
  push = "t[#t + 1] = v adds to a list", append = "t[#t + 1] = v adds to a list",
   insert = "table.insert(t, v)", shuffle = "x[tensor.randperm(#x)]", Math = "math.sqrt, math.floor, ...",
  ["end"] = "-1 is the last: x[-1]",
  expm = "There is none here", kron = "There is none here; tensor.einsum('ij,kl->ikjl', a, b) has its products",
  lu = "There is x:solve(b) and x:cholesky()", pinv = "There is x:solve(b), and x:svd()",
  rank = "x:svd() shows it: values above 0", null = "x:svd() shows it: vectors with value 0",
  eig = "x:eigh() has those of a symmetric matrix, x:svd() the singular values of any",
  equal = "x:allclose(y), or x == y", half = "f32 is the smallest", exit = "quit() leaves",
  getcwd = ":pwd tells the folder",
  listdir = "!ls lists files", hist = "viz.hist(name, x) shows one", histogram = "viz.hist(name, x) shows one",
  utils = "Gradients are clipped by opt:clip_grad_norm(1)", param_groups = "opt.lr is the rate, and may be set",
  save = "tensor.save(path, x) writes one", perf_counter = "os.clock() and :time e", isfile = "io.open(path) ~= nil",
}
-- What a name from elsewhere is here, unless that is `near`, which was said already.
local function called_here(name, near)
  local names = require "vm.entries".called(name)
  for _, other in ipairs(names) do
    if near and (near == name .. "_" or other:match "[^.:]+$" == near) then return nil end
  end
  return #names > 0 and ("Did you mean '%s'?"):format(table.concat(names, "' or '")) or nil
end

-- math.sqroot: of Lua's libraries the one that the entry names with that field.
local function near_field(field)
  local library = (lunette.entry or ""):match("%f[%w_.](%l+)%." .. field .. "%f[^%w_]")
  local t = library and not lunette.rooms[rawget(_G, library)] and rawget(shared, library)
  local near = type(t) == "table" and lunette.nearest(field, lunette.names_of(t))
  return near and library .. "." .. near
end

local fields = { shape = "x.shape, or x:size(1)", dtype = "x.dtype", grad = "x.grad", ndim = "x.ndim, or x:dim()" }

local dtypes = { float = "f32", float32 = "f32", single = "f32", double = "f64", float64 = "f64", long = "i64",
  int64 = "i64", int = "i32", int32 = "i32", uint8 = "u8", byte = "u8", boolean = "bool", logical = "bool" }

-- The name of a function that was called in a tail call: of a method.
local function name_of(f)
  local function of(class)
    for name, value in next, class do
      if value == f then return name end
    end
  end
  for _, class in next, nn do
    local name = type(class) == "table" and of(class)
    if name then return name end
  end
  return of(lunette.Optimizer)
end

-- net.forward(x) of a class of the user's: its innermost function took a tensor, a number or a text for self.
local function method_without_object()
  for level = 4, 200 do
    local info = debug.getinfo(level, "nS")
    if not info then return nil end
    local name, value = debug.getlocal(level, 1)
    if info.what == "Lua" and not info.source:find "^@lunette:" then
      local wrong = name == "self" and type(value) ~= "table" and value ~= nil
      return wrong and ("A method takes a colon: net:%s(...)"):format(info.name or "forward") or nil
    end
  end
end

-- net.forward(x): the user's innermost call into ours, whose self is no object.
local function lacks_colon()
  local called
  for level = 3, 200 do
    local info = debug.getinfo(level, "nSf")
    local handler = level == 3   -- which asks us
    if not info or info.what ~= "C" and not handler and not info.source:find "^@lunette:nn/" then break end
    local name, value = debug.getlocal(level, 1)
    if name == "self" and info.what ~= "C" and not handler then called = { info = info, value = value } end
  end
  local own = not called and method_without_object()
  if own then return own end
  local value = called and called.value
  if not called or type(value) == "table" and (nn.is_module(value) or getmetatable(value) ~= nil) then return nil end
  local room = called.info.source:match "nn/lua/(%l+)"
  return ("A method takes a colon: %s:%s(...)"):format(room == "optim" and "opt" or room == "data" and "set" or "net",
    called.info.name or name_of(called.info.func) or "method")
end

-- A layer's parameters do not fit what came in: said of the channels, or features, that both have; and where those of
-- the picture come first.
local function misfit(message)
  local shape, got, takes = message:match "channels differ: x %w+%[([%d,]+)%] has (%d+), w .- takes (%d+)"
  if not shape then
    shape, takes = message:match "gamma must be .- for %w+%[([%d,]+)%], got %w+%[(%d+)%]"
  end
  if not shape then
    shape, takes = message:match "wx must be .- for x %w+%[([%d,]+)%], got %w+%[(%d+),"
  end
  if not shape then return nil end
  local sizes = {}
  for n in shape:gmatch "%d+" do sizes[#sizes + 1] = n end
  if #sizes == 4 and sizes[2] == takes then return "Channels come last: x:permute(1, 3, 4, 2)" end
  if #sizes == 3 and sizes[2] == takes then return "Channels come last: x:transpose(2, 3)" end
  if got then return nil end
  return ("The layer takes %s channels, what came in has %s"):format(takes, sizes[#sizes])
end

-- nn.ReLu: a class of which the letters are right.
local function class_named(word)
  for _, room in ipairs(word:find "^%u" and { "nn", "optim" } or {}) do
    for name in next, shared[room] do
      if type(name) == "string" and name:find "^%u" and name:lower() == word:lower() then return room .. "." .. name end
    end
  end
  return nil
end

local function meant(message)
  local fits = misfit(message)
  if fits then return fits end
  if message:find "bad argument #%d+ to '[^']+' %(.*got tensor%)" then return "x:item() is the number of a tensor" end
  if message:find "perform arithmetic on a table value" then return "A list is made a tensor: tensor(t) * 2" end
  if message:find "shapes do not broadcast" and (lunette.entry or ""):find ":%l+%(%-?%d%)" then
    return "{dim, keepdim=true} keeps a dimension of 1: x - x:mean{2, keepdim=true}"
  end
  local dtype = message:match "unknown dtype '([^']+)' %(f32"
  if dtype then return dtypes[dtype] and ("Did you mean '%s'?"):format(dtypes[dtype]) end
  local remark = message:match "on a nil value %(global '([^']+)'%)"
  if remark and (lunette.entry or ""):find("%%%s*" .. remark) then return "A comment begins with --" end
  if message:find "attempt to mod a 'string'" then return '("%d of %s"):format(a, b) puts values into a text' end
  local field = message:match "attempt to %l+ a nil value %(field '([^']+)'%)"
    or message:match "on a nil value %(field '([^']+)'%)"
  if field == "grad" and message:find "attempt to call" then return "loss:backward() puts gradients into w.grad" end
  if field == "grad" and (lunette.entry or ""):find ":state%(%)" then
    return "net:state() is without gradients; for _, p in ipairs(net:named_parameters()) do print(p[1], p[2].grad) end"
  end
  if field == "grad" then return "grad is nil until backward() has run, and of what was computed from others" end
  if field == "?" then return "Nothing is there" end -- t[i](x)
  local own = field and near_field(field)
  if own then return ("Did you mean '%s'?"):format(own) end
  if field == "integer index" then return "Nothing is there; indices count from 1" end
  if field then
    local near = said[field] or class_named(field) or called_here(field) or nearest_function(field)
    return near and (near:find " " and near or message:find "call" and ("Did you mean '%s'?"):format(near) or nil)
  end
  if message:find "a number value %(field 'integer index'%)" then return "An element is a number already: x[1]" end
  local method = message:match "attempt to call a nil value %(method '([^']+)'%)"
  if method then
    local near = nearest_method(method)
    return said[method] or near and ("Did you mean ':%s'?"):format(near) or called_here(method)
  end
  method = message:match "attempt to call a %l+ value %(%l+ '([^']+)'%)"
  if fields[method] then return ("%s is a field: %s"):format(method, fields[method]) end
  method = message:match "has no field or method '([^']+)'"
  if method then return said[method] or called_here(method, message:match "Did you mean '([^']+)'") end
  if message:find "for iterator 'for iterator'" then
    if message:find "a number value" then return "for i = 1, n do ... end counts" end
    local list = (lunette.entry or ""):match "in%s+([%w_.:]*named_%l+%(%))"
    return list and ("for _, p in ipairs(%s) do print(p[1], p[2]) end"):format(list)
      or "for i, v in ipairs(t) do ... end"
  end
  if message:find 'index "[^"]*end' then return "-1 is the last" end
  if message:find "attempt to call a tensor value" then return "A tensor is indexed with brackets: x[i]" end
  if message:find "attempt to add a 'string'" then return "Strings are joined by .." end
  return nil
end

-- " at FILE:LINE" of the user's innermost line, for an error of Lua's own that struck within ours; at the prompt the
-- user sees what was typed.
local function place(message)
  local own = message:find "^lunette:[^\n]-:%d+: " or message:find "^attempt to "
  if not own or message:find("\n at ", 1, true) then return "" end
  for level = 4, 200 do
    local info = debug.getinfo(level, "Sl")
    if not info or info.source == "=stdin" then return "" end
    if info.what ~= "C" and not info.source:find "^@lunette:" then
      return ("\n at %s:%d"):format(info.short_src, info.currentline)
    end
  end
  return ""
end

--- lunette.explain(message): the message with a hint behind its first line, where there is one.
function lunette.explain(message)
  if type(message) ~= "string" then return message end
  local missing = message:match "module '([^']+)' not found:"
  if missing then
    local room = missing:find "^torch" or missing:find "^numpy" or rawget(shared, missing)
    return ("module '%s' not found. %s"):format(missing, room
      and "tensor, nn, optim, data and viz are there without require"
      or "package.path says where Lua looks")
  end
  local ours = message:find "attempt to" or message:find "bad argument" or message:find "channels differ: x"
    or message:find "gamma must be" or message:find "wx must be" or message:find "has no field or method"
    or message:find "unknown dtype '" or message:find "shapes do not broadcast" or message:find '^index "'
  local hint = lacks_colon() or ours and meant(message)
  message = message .. place(message)
  if not hint then return message end
  local first, rest = message:match "^([^\n]*)(.*)$"
  local method = hint:find "^A method takes a colon"
  first = method and first:gsub("^.-bad argument #1 to 'rawset' %b()", "no network") or first
  return first:gsub("%. Did you mean '[^']+'%?$", "") .. ". " .. hint .. rest
end
