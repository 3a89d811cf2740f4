--- names.lua: the user's own names break nothing.  Every global of Lua and of lunette is overwritten in turn, and all
-- of them at once; then a network trains with panels, prints, saves and is evaluated, and the prompt goes on.
-- luacheck: ignore 122
local test = dofile "tests/check.lua"
local repl = require "vm.repl"
local L = test.names   -- what this file itself needs, whatever becomes of the globals
viz.mode "files"
viz.folder(os.tmpname() .. ".d")
local path = os.tmpname() .. ".safetensors"

-- Work that passes through most of what is written in Lua; a number that depends on all of it.
local function work()
  local tensor, nn, optim, data, viz = L.tensor, L.nn, L.optim, L.data, L.viz   -- luacheck: ignore
  tensor.seed(5)
  local x = tensor.randn(40, 6)
  local y = (x:sum(2, { keepdim = true })):gt(0):to "f32"
  local net = nn.Sequential { nn.Linear(6, 8), nn.LayerNorm(8), nn.ReLU(), nn.Dropout(0.1), nn.Linear(8, 1) }
  local history = net:fit { { x, y }, val = 0.25, epochs = 2, batch = 10, opt = optim.Adam { lr = 1e-2 },
    loss = nn.bce_logits, metrics = { "accuracy" }, quiet = true, viz = true }
  viz.plot("own", 1)
  viz.hist("values", x)
  L.assert(net:save(path))
  L.assert(net:load(path))
  local loader, seen = data.loader { { x, y }, batch = 8, shuffle = true, seed = 1 }, 0
  for batch in loader do seen = seen + batch:size(1) end
  L.assert(seen == 40)
  local measured = net:evaluate { { x, y }, loss = nn.bce_logits, metrics = { "accuracy" } }
  L.assert(#L.tostring(net) > 20 and #L.tostring(x) > 20 and #net:summary { 1, 6 } > 20)
  L.assert(tensor.einsum("ij,kj->ik", x, x):size(1) == 40)
  local w = tensor.ones(2):requires_grad()
  L.assert(tensor.gradcheck(function(v) return (v * v):sum() end, tensor.ones(3, { dtype = "f64" })))
  tensor.no_grad(function() w:add_(1) end)
  return history[2].loss, measured.loss
end

-- The prompt: an echo, an error with its hint, a question, a command, and a name for TAB.
local function prompt()
  local lines, said = test.caught(function()
    for _, text in L.ipairs { "1 + 1", "T_x:summ()", "?sum", ":who", ":time 2 + 2", ":bt", "{1, {2, a = 3}}" } do
      local chunk, why = L.load("return " .. text, "=stdin", "t")
      repl.run(text, chunk, why)
    end
    L.assert(#repl.complete.words("T_x:su", 1) > 0)
  end)
  L.assert(lines[1] == "2" and #lines > 12, L.table.concat(lines, "\n"))
  L.assert(said:find("has no field or method 'summ'. Did you mean 'sum'?", 1, true), said)
end

T_x = tensor.ones(2, 2)   -- luacheck: ignore
local loss, measured = work()
prompt()

local function same(what)
  local ok, a, b = L.pcall(work)
  if not ok then test.fail(what .. ": " .. L.tostring(a)) end
  if a ~= loss or b ~= measured then test.fail(("%s: loss %.9g, wanted %.9g"):format(what, a, loss)) end
  ok, a = L.pcall(prompt)
  if not ok then test.fail(what .. ": the prompt: " .. L.tostring(a)) end
end

test("at the prompt a module's name that is taken is said once, and require brings it back", function()
  local function type_in(text)
    local _, said = test.caught(repl.run, text, (load(text, "=stdin", "t")))
    return said
  end
  local kept = data
  type_in "T_seen = 1"                                   -- nothing is said of the user's own
  test.equal(type_in "data = {1, 2}", 'data was a module and is table now; data = require "data" brings it back\n')
  test.equal(type_in "data = 3", "")
  test.equal(type_in 'data = require "data"', "")
  test.truth(rawequal(data, kept), "data")
  test.equal(type_in "utf8 = 'abc'", 'utf8 was a module and is string now; utf8 = require "utf8" brings it back\n')
  test.equal(type_in 'utf8 = require "utf8"', "")
end)

test("at the prompt a field of a module that is taken is said once", function()
  local function type_in(text)
    local _, said = test.caught(repl.run, text, (load(text, "=stdin", "t")))
    return said
  end
  test.equal(type_in "optim.Adam = 3", "optim.Adam was a function and is number now; optim.Adam = nil brings it back\n")
  test.equal(type_in "optim.Adam = 4", "")
  test.equal(type_in "optim.Adam = nil", "")
  test.equal(type(optim.Adam), "function")
  test.equal(type_in "nn.my_own = 4", "")
  type_in "nn.my_own = nil"
  local kept, math = math.floor, math
  test.equal(type_in "math.floor = 3", "math.floor was a function and is number now\n")
  math.floor = kept
  kept = math.ceil
  test.equal(type_in "math.ceil = function(x) return x end", "")   -- a user's better one
  math.ceil = kept
end)

local names = {}
for name in pairs(_G) do
  if name ~= "_G" and name ~= "T_x" then names[#names + 1] = name end
end
table.sort(names)

test("each global overwritten in turn: training, panels, files and the prompt are as before", function()
  for _, name in L.ipairs(names) do
    local kept = L.rawget(L._G, name)
    L.rawset(L._G, name, 3)
    local ok, why = L.pcall(same, name)
    L.rawset(L._G, name, kept)
    if not ok then L.error(why, 0) end
  end
end)

test("all of them at once, and nothing left", function()
  local kept = {}
  for _, name in L.ipairs(names) do
    kept[name] = L.rawget(L._G, name)
    L.rawset(L._G, name, nil)
  end
  local ok, why = L.pcall(same, "no names")
  for name, value in L.next, kept do L.rawset(L._G, name, value) end
  if not ok then L.error(why, 0) end
end)

test("fields of Lua's libraries: a user's table.concat is the user's", function()
  for _, library in ipairs { "table", "math", "io", "os", "coroutine", "debug", "utf8", "package" } do
    local kept = {}
    for name, value in pairs(_G[library]) do kept[name] = value end
    for name in pairs(kept) do
      if name ~= "loaded" then _G[library][name] = nil end
    end
    local ok, why = pcall(same, library)
    for name, value in pairs(kept) do _G[library][name] = value end
    if not ok then L.error(why, 0) end
  end
end)

test("fields of lunette's modules: a script's nn.Linear = 3 is the script's, and nil is the original again", function()
  for _, module in L.ipairs { "tensor", "nn", "optim", "data", "viz", "draw", "audio", "dist" } do
    local kept, own, inners = {}, L._G[module], {}
    for name, value in L.next, own do kept[name] = value end
    for name, value in L.next, kept do
      own[name] = 3
      if L.type(value) == "table" and not L.getmetatable(value) and not value.__index then   -- data.image, nn.init
        for inner, was in L.next, value do
          value[inner] = 3
          inners[#inners + 1] = { value, inner, was }
        end
      end
    end
    local ok, why = L.pcall(same, "fields of " .. module)
    for name, value in L.next, kept do
      own[name] = nil
      if L.type(value) == "function" then test.truth(own[name] == value, module .. "." .. name) end
      own[name] = value
    end
    for _, it in L.ipairs(inners) do it[1][it[2]] = it[3] end
    if not ok then L.error(why, 0) end
  end
end)

test("tensor.methods and nn.metrics can be added to, and what is there stays", function()
  local methods, metrics = tensor.methods, nn.metrics
  function methods.T_twice(x) return x * 2 end
  test.equal(tensor.ones(2):T_twice():sum():item(), 4.0)
  methods.T_twice = nil
  test.equal(tensor.methods.T_twice, nil)
  test.fails("tensor.methods: 'sum' is there already; add yours under another name",
    function() methods.sum = 3 end)
  test.fails("nn.metrics: 'accuracy' is there already; add yours under another name",
    function() metrics.accuracy = 3 end)
  local n = 0
  for name, f in pairs(tensor.methods) do
    n = n + 1
    test.truth(name == "sum" or f ~= nil, name)
  end
  test.truth(n > 150 and tensor.methods.sum(tensor.ones(3)):item() == 3, "methods")
end)

test("a project runs whatever its caller named", function()
  local run = require "vm.run"
  for _, name in ipairs { "type", "table", "nn", "lunette" } do
    local before, claim = L.rawget(_G, name), nil
    L.rawset(_G, name, 3)
    local options = { quick = true, viz = "off" }
    local _, _, ok, why = test.caught(function() claim = run.project("gradient_checking", options) end)
    L.rawset(_G, name, before)
    if not ok or not claim then test.fail(name .. ": " .. tostring(why)) end
  end
end)

-- --- what scripts see of the program ----------------------------------------------------------------------------

test("the table lunette has public names only: those that help explains", function()
  local entries = require "vm.entries"
  for name in pairs(lunette) do test.truth(entries.entry("lunette." .. name), "help of lunette." .. name) end
  for _, name in ipairs { "set_fit_epoch", "set_module_call", "fail_after", "fuse_from",
    "lay_from", "step_done", "io", "doc_more",
    "inferred_flops", "leave", "load", "usage", "full_text", "explain", "names_of", "block", "held_block" } do
    test.equal(rawget(lunette, name), nil, "lunette." .. name)
  end
end)

test("require gives the modules back, and none of the program's own files", function()
  for _, name in ipairs { "tensor", "nn", "optim", "data", "viz", "draw", "audio", "dist", "lunette" } do
    test.truth(rawequal(require(name), _G[name]), name)
  end
  local of_tests = getmetatable(package.preload)
  setmetatable(package.preload, nil)
  for _, name in ipairs { "vm.stubs", "nn.fit", "fit", "module", "run" } do
    test.truth(not pcall(require, name), name .. " not found")
  end
  setmetatable(package.preload, of_tests)
end)

test("a user's own file is found by its name, whatever ours are called", function()
  local folder = os.tmpname() .. ".d"
  assert(lunette.mkdir(folder))
  local before = package.path
  package.path = folder .. "/?.lua;" .. before
  for _, name in ipairs { "module", "fit", "help", "repl", "show", "data_own", "planar" } do
    local f = assert(io.open(("%s/%s.lua"):format(folder, name), "w"))
    f:write("return 'own ", name, "'")
    f:close()
    test.equal(require(name), "own " .. name)
    package.loaded[name] = nil
  end
  package.path = before
end)

test.done()
