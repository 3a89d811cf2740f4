--- tour.lua: ?tour: twelve steps that the user types, each checked.  Where one stands is kept on disk beside the
-- history.
local tour = {}

local function tensor_of(v, ...)
  return lunette.is_tensor(v) and table.concat(v.shape, ",") == table.concat({ ... }, ",")
end
local function global(name) return rawget(_G, name) end

-- The name that an entry gives a value, or the value itself: h of h = net:fit{...}.
local function result_of(results, text)
  local name = text:match "^%s*([%a_][%w_]*)%s*=[^=]"
  if name then return global(name) end
  return results and results[1]
end

-- What of the names and shapes that a step asks for is not so, in words; nil: all is.
local function unlike(...)
  local wanted = { ... }
  for i = 1, #wanted, 2 do
    local v, shape = global(wanted[i]), wanted[i + 1]
    if not tensor_of(v, table.unpack(shape)) then
      return ("%s is %s; here f32[%s] is meant"):format(wanted[i], lunette.typename(v), table.concat(shape, ","))
    end
  end
  return nil
end

-- What to do, how it may be typed, the check: (results, text) -> is it done? and what is missing: () -> text or nil.
local steps = {
  { "Everything that you type is run at once and its value shown. Add two numbers.", "1 + 1",
    function(r) return r and math.type(r[1]) == "integer" end },
  { "Make a tensor of two rows: x = ...", "x = tensor{{1, 2, 3}, {4, 5, 6}}",
    function(_, text) return text:find "x%s*=" and tensor_of(global "x", 2, 3) end,
    function() return unlike("x", { 2, 3 }) end },
  { "Arithmetic works on every element. Make each ten times as large, plus one.", "x * 10 + 1",
    function(r) return r and tensor_of(r[1], 2, 3) and r[1]:allclose(global "x" * 10 + 1) end },
  { "Indices count from 1, ranges include both ends. Show the first two numbers of the second row.", 'x["2, 1:2"]',
    function(r) return r and tensor_of(r[1], 2) and r[1] == global "x"["2, 1:2"] end },
  { "Methods are called with a colon. Add up x along its first dimension.", "x:sum(1)",
    function(r) return r and tensor_of(r[1], 3) and r[1]:allclose(global "x":sum(1)) end },
  { "A question mark explains anything. Ask about the method.", "?x.sum",
    function(_, text) return text:find "^%?+%s*x?[.:]?sum" or text:find "^help%W.*sum" end },
  { "Gradients flow to tensors that ask for them. Make weights: w = ...", "w = tensor.randn(3, 1):requires_grad()",
    function(_, text)
      return text:find "w%s*=" and tensor_of(global "w", 3, 1) and global "w".needs_grad
    end, function()
      return unlike("w", { 3, 1 }) or not global "w".needs_grad and "w asks for no gradient: w = (...):requires_grad()"
    end },
  { "A loss of x times w flows back into w.grad.", "nn.mse(x:mm(w), tensor.ones(2, 1)):backward(); w.grad",
    function() return lunette.is_tensor(global "w") and global "w".grad ~= nil end,
    function() return unlike("w", { 3, 1 }) or "w.grad is nil: loss:backward() fills it" end },
  { "A network is a list of layers: net = ...", "net = nn.Sequential{nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1)}",
    function(_, text)
      return text:find "net%s*=" and nn.is_module(global "net") and pcall(global "net", tensor.ones(1, 2))
    end, function()
      return not nn.is_module(global "net") and "net is no network yet"
        or not pcall(global "net", tensor.ones(1, 2)) and "net does not take points of two coordinates, f32[1,2]"
    end },
  { "It needs data: points, and whether both coordinates have the same sign.",
    'X = tensor.randn(200, 2); Y = (X[":, 1"] * X[":, 2"]):gt(0):to "f32":view(200, 1)',
    function(_, text)
      return text:find "[XY]%s*=" and tensor_of(global "X", 200, 2) and tensor_of(global "Y", 200, 1)
    end, function() return unlike("X", { 200, 2 }, "Y", { 200, 1 }) end },
  { "Train it. ^C would stop after a step, and fit{resume=true} go on.",
    'h = net:fit{{X, Y}, loss = nn.bce_logits, epochs = 30, opt = optim.Adam{lr = 0.02}, metrics = {"accuracy"}}',
    function(results, text)
      local h = result_of(results, text)
      return type(h) == "table" and type(h[#h]) == "table" and h[#h].loss ~= nil
    end, function() return "what net:fit{...} gives is missing: its history, h = net:fit{...}" end },
  { "Keep what it has learnt. (:save session.lua keeps what you typed.)", 'net:save "net.safetensors"',
    function(r) return r and r[1] == true end },
}

-- --- where one stands ----------------------------------------------------------------------------------------

local function place()
  local history, state, home = os.getenv "LUNETTE_HISTORY", os.getenv "XDG_STATE_HOME", os.getenv "HOME"
  if history == "/dev/null" then return nil end
  if history then return history:match "^(.*)/[^/]*$" or ".", history .. ".tour" end
  local folder = state and state ~= "" and state or home and home .. "/.local/state"
  return folder and folder .. "/lunette", folder and folder .. "/lunette/tour"
end

local function remember(n)
  local folder, path = place()
  if not folder then return end
  lunette.mkdir(folder)
  local f = io.open(path, "w")
  if not f then return end
  f:write(n, "\n")
  f:close()
end

local function remembered()
  local _, path = place()
  local f = path and io.open(path)
  local n = f and f:read "n"
  if f then f:close() end
  return math.tointeger(n) and n >= 1 and n <= #steps and n or 1
end

-- --- the tour ------------------------------------------------------------------------------------------------

local now   -- the step that is asked for, nil: no tour

local function ask()
  print(("%d/%d  %s"):format(now, #steps, steps[now][1]))
  print("       " .. steps[now][2])
end

-- In a new session: what earlier steps made is made again.
local function catch_up()
  for i = 1, now - 1 do
    local makes = steps[i][2]:match "^[%a_]+ = "
    if makes and i ~= 11 and not steps[i][3](nil, steps[i][2]) then
      print("(for the tour)  " .. steps[i][2]) -- a name of the user's may be taken: it is said
      assert(load(steps[i][2], "=tour", "t"))()
    end
  end
end

--- ?tour, ?tour 5, ?tour next, ?tour stop
function tour.command(rest)
  rest = rest:match "^%s*(.-)%s*$"
  if rest == "stop" then
    now = nil
    return print "the tour waits; ?tour goes on"
  end
  local n = rest == "next" and math.min((now or remembered()) + 1, #steps) or tonumber(rest)
  if rest ~= "" and not (n and steps[n]) then
    error(("?tour: a step from 1 to %d, next or stop; got '%s'"):format(#steps, rest), 0)
  end
  now = math.tointeger(n) or remembered()
  remember(now)
  catch_up()
  if now == 1 then
    print "Twelve steps. Type what is shown, or something like it; ?tour next leaves one out, ?tour stop ends."
  end
  ask()
end

--- After an entry that succeeded.
function tour.entry(text, results)
  if not now or text:find "^%?+%s*tour" or text:find "^:tour" then return end
  local ok, done = pcall(steps[now][3], results, text)
  if (not ok or not done) and (text:find "^[:?!]" or text:find "^%s*quit" or text:find "^%s*exit") then return end
  if not ok or not done then
    local missing = steps[now][4] and steps[now][4]()
    print(missing and ("not that yet: %s"):format(missing) or "not that yet:")
    return ask()
  end
  if now == #steps then
    print "done: that was the tour. help, :demo and : show more."
    now = nil
    return remember(1)
  end
  now = now + 1
  print "right."
  remember(now)
  ask()
end

return tour
