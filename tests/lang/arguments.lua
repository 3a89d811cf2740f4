--- arguments.lua: functions composed in Lua check what they are given as ops do: no error names a line of ours.
local test = dofile "tests/check.lua"

local x, y = tensor.arange(4), tensor.ones(2)
local net = nn.Linear(2, 1)
local data = data

local refused = {
  { "tensor.zeros_like: x is missing: a tensor expected", function() tensor.zeros_like() end },
  { "tensor.ones_like: x must be a tensor, got 3", function() tensor.ones_like(3) end },
  { "zeros_like: unknown option 'dtyp'. Did you mean 'dtype'?", function() tensor.zeros_like(y, { dtyp = "f32" }) end },
  { "split: size must be a whole number from 1 on or a list, got 'a'", function() x:split "a" end },
  { "chunk: n is missing: a whole number from 1 on expected", function() x:chunk() end },
  { "unbind: dim must be a whole number, got 'a'", function() x:unbind "a" end },
  { "unbind: takes 1 arguments at most, got 2", function() x:unbind(1, 2) end },
  { "split: unknown option 'dims'", function() x:split { 2, dims = 1 } end },
  { "allclose: y must be a tensor, got 3", function() y:allclose(3) end },
  { "audio.stft: {x} is missing: a table expected", function() audio.stft() end },
  { "nn.boxes.map: predictions is missing: a list expected", function() nn.boxes.map() end },
  { "nn.metrics.accuracy: score must be a tensor, got 3", function() nn.metrics.accuracy(3, 4) end },
  { "data.take: set is missing: a table expected", function() data.take() end },
  { "data.cifar10: path is missing: a text or a list expected", function() data.cifar10() end },
  { "apply: f is missing: a function expected", function() net:apply() end },
  { "load_state: state must be a table, got 3", function() net:load_state(3) end },
  { "fit: val must be a share below 1, a number of samples or data, got 1.5",
    function() net:fit { { tensor.ones(2, 2), tensor.ones(2, 1) }, loss = nn.mse, val = 1.5 } end },
  { "data: tensors expected, got table in place 2",
    function() net:fit { { tensor.ones(2, 2), { 1, 2 } }, loss = nn.mse } end },
  { "fit: loss must return a tensor of one number, got nil",
    function() net:fit { { tensor.ones(2, 2), tensor.ones(2, 1) }, loss = function() end, quiet = true } end },
}
test("arguments of Lua functions are checked where the call comes in", function()
  for _, row in ipairs(refused) do
    local ok, message = pcall(row[2])
    test.truth(not ok, row[1])
    test.truth(tostring(message):find(row[1], 1, true), row[1] .. "; got " .. tostring(message))
    test.truth(not tostring(message):find "lunette:", tostring(message))
  end
end)

test("what goes by position goes in one table, too", function()
  local a, b = x:split { 2, dim = 1 }
  test.truth(a == x["1:2"] and b == x["3:4"], "split{2, dim = 1}")
  a, b = x:split { size = 3 }
  test.truth(a:numel() == 3 and b:numel() == 1, "split{size = 3}")
  a, b = x:split { 1, 3 }
  test.truth(a:numel() == 1 and b:numel() == 3, "a list of sizes stays one")
  a, b = tensor.split { x, 2 }
  test.truth(a == x["1:2"] and b == x["3:4"], "tensor.split{x, 2}")
  test.equal(select("#", x:view(2, 2):unbind { dim = 2 }), 2)
  test.equal(#{ tensor.chunk { x:view(4, 1), 4, dim = 1 } }, 4)
  test.truth(tensor.arange { 2, 4 } == tensor.arange(2, 4), "arange{2, 4}")
  test.equal(tensor.arange { 3, dtype = "f64" }.dtype, "f64")
  test.truth(tensor.linspace { 0, 1, 5 } == tensor.linspace(0, 1, 5), "linspace{0, 1, 5}")
  test.truth(tensor.full { 2, 3, 7 } == tensor.full(2, 3, 7), "full{2, 3, 7}")
  test.truth(tensor.full { { 2, 3 }, 7 } == tensor.full({ 2, 3 }, 7), "full{{2, 3}, 7}")
  local r = tensor.randint { 4, 4, 3 }
  test.truth(r == tensor.full(3, 4, { dtype = "i64" }) and r.dtype == "i64", "randint{4, 4, 3}")
end)

test("a history is a row an epoch and a list of each number", function()
  local h = net:fit { { tensor.ones(8, 2), tensor.ones(8, 1) }, loss = nn.mse, epochs = 3, quiet = true }
  test.equal(#h, 3)
  test.equal(#h.loss, 3)
  test.equal(h.loss[2], h[2].loss)
  test.equal(h.nosuch, nil)
  test.equal(select(2, tostring(h):gsub("\n", "")), 3)
end)

test("asking for a global with `or` does not warn", function()
  local path = os.tmpname()
  test.write(path, "fresh_a = fresh_a or {}\nelsewhere = quite_other or {}\n")
  local _, said = test.caught(function() dofile(path) end)
  os.remove(path)
  test.truth(said:find "quite_other is nil" and not said:find "fresh_a", said)
end)
test("what is given by its place and by its name, too", function()
  local v = tensor { 1, 2, 3 }
  test.fails_with({ "addcmul: x is given twice" }, function() v:addcmul(v, v, { value = 2, x = 1 }) end)
  test.fails_with({ "sum: dim is given twice" }, function() v:sum(1, { dim = 1 }) end)
  test.same(v:sum(1, { keepdim = true }), { 6 })
end)

test.done()
