--- resume.lua: a fit that was asked to stop goes on bit for bit, and editor stubs that parse.
local test = dofile "tests/check.lua"

local function make()
  tensor.seed(3)
  local net = nn.Sequential { nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.3), nn.BatchNorm(8), nn.Linear(8, 1) }
  local x = tensor.randn(50, 4)
  return net, { x, x:sum(2):view(-1, 1) }
end

-- Stops after the steps of the list, as ^C does: fit asks lunette.stop_requested after each.
local function train(stops)
  local net, ds = make()
  local inside = test.inside
  local opt, at, asked = optim.Adam { lr = 1e-2 }, {}, inside.lunette.stop_requested
  for _, s in ipairs(stops) do at[s] = true end
  function inside.lunette.stop_requested() return at[opt.steps] or false end
  local stderr = inside.io.stderr
  inside.io.stderr = { write = function() end }
  local history, state = net:fit { ds, val = 10, epochs = 3, batch = 8, opt = opt, loss = nn.mse, quiet = true }
  local rounds = 1
  while state do
    tensor.rand(100) -- what happens in between does not count
    rounds = rounds + 1
    history, state = net:fit { resume = true }
  end
  inside.io.stderr, inside.lunette.stop_requested = stderr, asked
  return net, history, rounds
end

test("in the middle, at the end and at the beginning of an epoch", function()
  local net, history = train {}
  for _, stops in ipairs { { 3 }, { 5 }, { 6 }, { 1, 2, 5, 9, 15 } } do
    local other, rows, rounds = train(stops)
    test.equal(rounds, #stops + 1)
    test.equal(#rows, #history)
    for i, row in ipairs(rows) do
      test.equal(row.loss, history[i].loss)
      test.equal(row.val_loss, history[i].val_loss)
      test.equal(row.steps, history[i].steps)
    end
    for name, t in pairs(net:state()) do test.truth(t == other:state()[name], name) end
  end
end)
test("nothing to resume", function()
  local net = make()
  test.fails("fit: nothing to resume; no fit of this network was stopped", net.fit, net, { resume = true })
end)
test("stubs for editors: every file parses, every function of a room and every method is in them", function()
  local files, all = require "vm.stubs".files(), {}
  for name, text in pairs(files) do
    test.truth(load(text, "=" .. name, "t", setmetatable({}, { __index = function() return {} end })), name)
    test.truth(text:find "^%-%-%-@meta\n", name .. " is marked")
    all[#all + 1] = text
  end
  local text = table.concat(all, "\n")
  for _, room in ipairs { "tensor", "nn", "optim", "data", "viz", "draw", "audio", "dist" } do
    for name, v in pairs(_G[room]) do
      if type(v) == "function" and name ~= "repeat" and not name:find "^_" then
        test.truth(text:find(("function %s.%s("):format(room, name), 1, true), room .. "." .. name)
      end
    end
  end
  for name in pairs(tensor.methods) do
    test.truth(name == "repeat" or text:find(("function Tensor:%s("):format(name), 1, true), "Tensor:" .. name)
  end
  for _, name in ipairs { "fit", "save", "parameters" } do
    test.truth(text:find(("function Module:%s("):format(name), 1, true), "Module:" .. name)
  end
end)
test.done()
