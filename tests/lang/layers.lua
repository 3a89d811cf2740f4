-- Layers against PyTorch: parameters, inputs, outputs and gradients in tests/golden/layers.lua and modules.lua
-- (make_layers.py and make_modules.py); of layers that PyTorch does not have against what they are in others
-- (defined.lua).
local test = dofile "tests/check.lua"

local function f64(t) return tensor(t, { dtype = "f64" }) end

local function close(got, want, what)
  want = f64(want)
  test.shape(got, want.shape)
  local off = (got:to "f64" - want):abs():max():item()
  local scale = math.max(1, want:abs():max():item())
  test.truth(off <= 1e-9 * scale, ("%s is off by %.3g"):format(what, off))
end

local function fill(net, values)
  local state, n = net:state(), 0
  for name, value in pairs(values) do
    test.truth(state[name], "a parameter " .. name)
    state[name]:copy_(f64(value))
    n = n + 1
  end
  return n
end

local cases = dofile "tests/golden/layers.lua"
table.move(dofile "tests/golden/modules.lua", 1, 1000, #cases + 1, cases)

for _, c in ipairs(cases) do
  test(c.name .. " equals PyTorch's", function()
    local net = load("return " .. c.make)():to "f64"
    test.equal(tensor.no_grad(fill, net, c.params), #net:parameters(), "parameters")
    if c.buffers then tensor.no_grad(fill, net, c.buffers) end
    if c.eval then net:eval() end
    local env = setmetatable({ net = net }, { __index = function(_, k) return rawget(_G, k) end })
    for name, value in pairs(c.inputs) do env[name] = f64(value):requires_grad() end
    local outputs = table.pack(load("return " .. c.call, "call", "t", env)())
    local loss = 0
    for k, want in ipairs(c.outputs) do
      close(outputs[k], want, "output " .. k)
      local weights = (tensor.arange(0, outputs[k]:numel() - 1):to "f64" * 0.7):cos():view(outputs[k].shape)
      loss = loss + (outputs[k] * weights):sum()
    end
    loss:backward()
    for _, entry in ipairs(net:named_parameters()) do
      close(entry[2].grad, c.grads[entry[1]], "gradient of " .. entry[1])
    end
    for name, want in pairs(c.input_grads) do close(env[name].grad, want, "gradient of " .. name) end
    for name, want in pairs(c.buffers_after or {}) do close(net:state()[name], want, name) end
    if c.eval then -- the folded way, without gradients, gives the same
      for name in pairs(c.inputs) do env[name] = env[name]:detach() end
      for _ = 1, 2 do close(tensor.no_grad(load("return " .. c.call, "call", "t", env)), c.outputs[1], "folded") end
    end
  end)
end

local function defined_layer(c)
  local net, by = load("return " .. c.make)():to "f64", load("return " .. c.make)():to "f64"
  tensor.no_grad(function()
    for name, p in pairs(net:state()) do
      p:copy_(p + tensor.rand { dtype = "f64", table.unpack(p.shape) })
      by:state()[name]:copy_(p)
    end
  end)
  local x = (tensor.rand { dtype = "f64", table.unpack(c.shape) } * 4 - 2):requires_grad()
  local other = x:detach():clone():requires_grad()
  local y, want = net(x), c.by(by, other)
  close(y:detach(), want:detach(), "the output")
  local weights = (tensor.arange(0, y:numel() - 1):to "f64" * 0.7):cos():view(y.shape);
  (y * weights):sum():backward();
  (want * weights):sum():backward()
  close(x.grad, other.grad, "gradient of the input")
  for i, p in ipairs(net:parameters()) do close(p.grad, by:parameters()[i].grad, "gradient of parameter " .. i) end
end
for _, c in ipairs(dofile("tests/golden/defined.lua").layers) do
  local name = ("%s of %s is what it is in other ops"):format(c.make, table.concat(c.shape, " x "))
  test(name, function() defined_layer(c) end)
  cases[#cases + 1] = c
end

-- Made of others, the user's own, or random: the mean and the eval mode of dropout are tested in tests/lang/nn.lua.
local other = { Module = true, Lambda = true, Dropout = true, Dropout1d = true, Dropout2d = true }
test("every class of layers has three cases at least", function()
  local few = {}
  for class in pairs(nn) do
    local n = 0
    for _, c in ipairs(cases) do
      if c.make:find("nn%." .. class .. "%f[^%w_]") then n = n + 1 end
    end
    if class:find "^%u" and not other[class] and n < 3 then few[#few + 1] = class .. " " .. n end
  end
  table.sort(few)
  test.equal(table.concat(few, ", "), "", "tests/golden/defined.lua or a maker beside it wants more cases of")
end)

test("folding notices that a parameter changed", function()
  local net, x = nn.ConvNorm(3, 4, 3):eval(), tensor.randn(1, 5, 5, 3)
  local before = tensor.no_grad(net, x)
  tensor.no_grad(function() net.norm.bias:add_(1) end)
  local after = tensor.no_grad(net, x)
  test.truth((after - before):abs():max():item() > 0.1, "another result")
  net.act = "none"
end)
test("dropout in attention keeps the mean and is not there in eval", function()
  tensor.seed(3)
  local q, v = tensor.zeros(1, 2000, 4), tensor.ones(1, 50, 4)
  local y = nn.attention { q, tensor.zeros(1, 50, 4), v, dropout = 0.5 }
  test.truth(math.abs(y:mean():item() - 1) < 0.02, "a mean of 1")
  test.truth(y:std():item() > 0.05, "randomness")
  local net = nn.MultiheadAttention { 4, 2, dropout = 0.5 }:eval()
  test.same(net(q), net(q))
end)
test("layers refuse what they cannot be", function()
  test.fails_with({ "nn.Conv2d: 3 and 4 channels do not split into 2 groups" }, nn.Conv2d, { 3, 4, 3, groups = 2 })
  test.fails_with({ "nn.Conv2d: kernel must be a whole number" }, nn.Conv2d, 3, 4)
  test.fails_with({ "nn.Conv2d: unknown option 'strid'. Did you mean 'stride'?" }, nn.Conv2d, { 3, 4, 3, strid = 2 })
  test.fails_with({ "MultiheadAttention: 5 features do not split into 2 heads" }, nn.MultiheadAttention, 5, 2)
  test.fails_with({ "nn.GroupNorm: 4 channels do not split into 3 groups" }, nn.GroupNorm, 3, 4)
  test.fails_with({ "nn.LSTM: hidden must be a whole number" }, nn.LSTM, 3)
  test.fails_with({ "nn.MaxPool2d: kernel is missing" }, nn.MaxPool2d)
  test.fails_with({ "act must be none, relu, relu6 or leaky, got 'tanh'" }, nn.ConvNorm, { 3, 4, act = "tanh" })
end)
test("positions are sines and cosines", function()
  local p = nn.positions(50, 6)
  test.shape(p, { 50, 6 })
  test.truth(math.abs(p[{ 4, 1 }] - math.sin(3)) < 1e-6, "the first sine")
  test.truth(math.abs(p[{ 4, 2 }] - math.cos(3)) < 1e-6, "the first cosine")
  test.truth(math.abs(p[{ 4, 5 }] - math.sin(3 / 10000 ^ (4 / 6))) < 1e-6, "the last pair")
end)
test("a summary counts shapes, parameters and operations without computing", function()
  local net = nn.Sequential { nn.Conv2d { 3, 8, 3, padding = 1 }, nn.ReLU(), nn.GlobalAvgPool(), nn.Linear(8, 2) }
  local text = net:summary { 1, 10, 10, 3 }
  for _, want in ipairs { "f32[1,10,10,8]", "f32[1,2]", "43.2 k", "242 parameters" } do
    test.truth(text:find(want, 1, true), want .. " in\n" .. text)
  end
  test.equal(net:expects { 1, 10, 10, 3 }:summary(), text)
end)

-- --- what holds for every layer that is made from a record --------------------------------------------------------

local records = {}
for name, class in pairs(nn) do
  local rec = type(class) == "table" and rawget(class, "_record")
  if rec then records[name] = rec end
end

-- The values by place that are no options, and what must be given by name, as whole numbers.
local function values_of(rec)
  local list = {}
  for _, o in ipairs(rec.options) do
    if o[4] == "whole" and type(o[2]) == "table" then list[o[1]] = 4 end
  end
  for i, name in ipairs(rec.args) do
    for _, o in ipairs(rec.options) do
      if o[1] == name then return list end
    end
    list[i] = 4
  end
  return list
end

test("a misspelt option of any layer is an error with what was meant", function()
  local count = 0
  for name, rec in pairs(records) do
    for _, o in ipairs(rec.options) do
      local call = values_of(rec)
      call[o[1] .. "x"] = 1
      local why = test.fails_with({ ("nn.%s: unknown option '%sx'. "):format(rec.name, o[1]) }, nn[name], call)
      test.truth(#o[1] < 3 or why:find(("Did you mean '%s'?"):format(o[1]), 1, true), why)
      count = count + 1
    end
    if #rec.options == 0 then
      test.fails_with({ ("nn.%s: unknown option 'size'"):format(rec.name) }, nn[name], { size = 1 })
    end
  end
  test.truth(count > 100, "more than a hundred options")
  test.fails_with({ "nn.Sequential: unknown option 'biass'" }, nn.Sequential, { nn.ReLU(), biass = true })
end)

test("an option of any layer is held to its range, and its default is inside", function()
  local count = 0
  for name, rec in pairs(records) do
    for _, o in ipairs(rec.options) do
      local range, default = o[4], o[2]
      local bad = range == "any" and {} or range == "whole" and { 0, 1.5, "1" } or range == "sizes" and { 0, {}, "1" }
        or range and (type(range[1]) == "string" and { "nosuch", 1 } or { -1, 0 / 0, math.huge, "1", range[2] })
        or default ~= nil and type(default) == "boolean" and { 1 } or { "nosuch" }
      for _, value in pairs(bad) do
        local call = values_of(rec)
        call[o[1]] = value
        test.fails_with({ ("nn.%s: %s must be "):format(rec.name, o[1]) }, nn[name], call)
        count = count + 1
      end
    end
    local made = load(("return nn.%s%s(%s)"):format(name, rec.call or "()", rec.input or ""))
    if rec.call then test.truth(lunette.is_tensor((made())), "nn." .. name .. rec.call) end
  end
  test.truth(count > 150, "more than a hundred and fifty wrong values")
end)
test.done()
