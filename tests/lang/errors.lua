--- errors.lua: the form of errors: operation, operands, numbers that clash, module path, the user's file and line.
local test = dofile "tests/check.lua"
local function here() return debug.getinfo(2, "l").currentline end

test("the example of the language", function()
  local net = nn.Sequential { nn.Linear(784, 128), nn.ReLU() }
  local line
  local ok, e = pcall(function()
    line = here(); net(tensor.randn(32, 100))
  end)
  test.truth(not ok, "an error")
  test.truth(e:find("inner sizes differ", 1, true), "the reason")
  test.truth(e:find("f32[32,100]", 1, true) and e:find("f32[784,128]", 1, true), "both operands")
  test.truth(e:find("(100 must equal 784)", 1, true), "the numbers that clash")
  test.truth(e:find(" in net > Sequential[1] > Linear(784,128)", 1, true), "the module path")
  test.truth(e:find("input of net was f32[32,100]", 1, true), "the input of the net")
  test.truth(e:find("\n at tests/lang/errors.lua:" .. line, 1, true), "file and line: " .. e)
  test.truth(select(2, e:gsub("\n", "")) < 8, "at most 8 lines")
end)
test("the position is the user's, never one of the program's own files", function()
  local calls = {
    function() return nn.Linear("a", 3) end, function() return tensor { 1 }:split(0) end,
    function() return optim.Adam { 3 } end, function() return nn.Sequential { 3 } end,
    function() return data.loader { 3, batch = 1 } end, function() return tensor { 1, 2 } + tensor { 1, 2, 3 } end,
    function() local x = tensor { 1 }; x[9] = 1 end, function() return nn.init.he_normal(3) end,
  }
  for i, f in ipairs(calls) do
    local ok, e = pcall(f)
    if ok then test.fail("call " .. i .. " raised nothing") end
    if not tostring(e):find("tests/lang/errors.lua:%d+") then test.fail("call " .. i .. ": " .. tostring(e)) end
    if tostring(e):find("lunette:", 1, true) then test.fail("call " .. i .. " names our file: " .. tostring(e)) end
  end
end)
test("a class of the user's own is in the path", function()
  local Net = nn.class "Net"
  function Net:init() self.fc = nn.Linear(3, 4) end
  function Net:forward(x) return self.fc(x) end
  test.fails_with({ "Net > Linear(3,4)", "input of net was f32[2,5]" }, Net(), tensor.zeros(2, 5))
end)
test("an error in the user's own forward keeps its text", function()
  local Net = nn.class "Net"
  function Net:forward() error "mine" end -- luacheck: ignore self
  test.fails_with({ "mine" }, Net(), tensor.zeros(1))
end)
test("losses refuse shapes that differ", function()
  test.fails_with({ "mse", "f32[2,3]", "f32[3]" }, nn.mse, tensor.zeros(2, 3), tensor.zeros(3))
  test.fails_with({ "l1", "f32[2,3]", "f32[2,1]" }, nn.l1, tensor.zeros(2, 3), tensor.zeros(2, 1))
  test.fails_with({ "bce_logits" }, nn.bce_logits, tensor.zeros(4), tensor.zeros(4, 1))
end)
test("labels outside the classes", function()
  local function labels(...) return tensor({ ... }, { dtype = "i64" }) end
  test.fails_with({ "target 0 outside 1..10 (labels are 1-based; data.labels{base=0} converts)" },
    nn.cross_entropy, tensor.zeros(2, 10), labels(0, 3))
  test.fails_with({ "target 11 outside 1..10" }, nn.cross_entropy, tensor.zeros(2, 10), labels(11, 3))
  test.fails_with({ "cross_entropy" }, nn.cross_entropy, tensor.zeros(2, 10), labels(1, 2, 3))
  test.fails_with({ "cross_entropy" }, nn.cross_entropy, tensor.zeros(2, 10), tensor { 1, 2 })
  test.fails_with({ "embedding", "4", "1..3" }, nn.embedding, labels(4), tensor.zeros(3, 2))
  test.fails_with({ "embedding", "0", "1..3" }, nn.embedding, labels(0), tensor.zeros(3, 2))
end)
test("options and values of layers", function()
  test.fails_with({ "nn.Linear: in must be a whole number from 1 on, got 0" }, nn.Linear, 0, 3)
  test.fails_with({ "nn.Linear: out must be a whole number from 1 on, got nil" }, nn.Linear, 3)
  test.fails_with({ "nn.Dropout: p must be at least 0 and below 1, got 2" }, nn.Dropout, 2)
  test.fails_with({ "nn.Sequential: element 2 is a number, not a module" }, nn.Sequential, { nn.ReLU(), 3 })
  test.fails_with({ "optim.Adam: unknown option 'l'" }, optim.Adam, { nn.Linear(1, 1), l = 3 })
  test.fails_with({ "optim.SGD: unknown option 'momentun'. Did you mean 'momentum'?" }, optim.SGD,
    { nn.Linear(1, 1), momentun = 0.9 })
end)
test("nothing ends the process: deep recursion, huge tables, odd keys", function()
  local function deep(n) return n == 0 and tensor { 1, 2 } + tensor { 1, 2, 3 } or deep(n - 1) + 1 end
  pcall(deep, 10000)
  local function endless() return endless() + tensor { 1 } end
  test.truth(not pcall(endless), "an error")
  local co = coroutine.wrap(function() return tensor { 1, 2 } + tensor { 1, 2, 3 } end)
  test.truth(not pcall(co), "an error in a coroutine")
  local through = setmetatable({}, { __index = tensor.zeros(2) })
  test.fails_with({ "f32[2] has no field or method 'x'" }, function() return through.x end)
  pcall(function() return tensor.zeros(2)[setmetatable({}, { __len = function() return 1 << 40 end })] end)
  pcall(function() return tensor(setmetatable({}, { __len = function() error "len" end })) end)
  test.fails_with({ "attempt" }, function() return tensor.nosuch(1) end)
end)
test("methods with a wrong self", function()
  for name, f in pairs(tensor.methods) do
    for _, bad in ipairs { 1, "x", {}, print, io.stdout, coroutine.create(print) } do pcall(f, bad) end
    pcall(f)
    pcall(f, nil, nil)
    test.truth(type(name) == "string", "a name")
  end
  test.fails_with({ "item: tensor expected, got number" }, tensor.methods.item, 3)
  test.fails_with({ "size: tensor expected" }, tensor.methods.size, {})
end)
test("metamethods and finalizers with a wrong self", function()
  local path = os.tmpname() .. ".npz" -- so that the values behind the readers have been there
  tensor.save(path, { x = tensor.zeros(2) })
  tensor.load(path)
  os.remove(path)
  local rng = tensor.rng(1)
  local kinds = { debug.getmetatable(tensor.zeros(1)) }
  for name, mt in pairs(debug.getregistry()) do
    if type(name) == "string" and name:find "^lunette%." and type(mt) == "table" then kinds[#kinds + 1] = mt end
  end
  test.truth(#kinds > 3, "more kinds of values than tensors")
  for _, mt in ipairs(kinds) do
    for key, f in pairs(mt) do
      if type(f) == "function" and (mt == kinds[1] or key == "__gc" or key == "__close") then
        for _, bad in ipairs { 1, "x", {}, print, io.stdout, rng } do
          pcall(f, bad)
          pcall(f, bad, bad)
          pcall(f, tensor.zeros(2), bad)
        end
        pcall(f)
      end
    end
  end
end)
test.done()
