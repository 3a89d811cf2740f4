--- onnx_text.lua: ONNX files with strings, seeds and nodes of training (tests/golden/make_onnx_text.py has the answers
-- of NumPy, PyTorch and ONNX's documentation), and what is wrong with strings.
local test = dofile "tests/check.lua"
local write, io_of = require "nn.onnx.write", test.inside.lunette.io

local folder = "tests/golden/onnx_text/"

local function made(a)
  if a.dtype == "string" then
    local list = { shape = a.shape }
    table.move(a, 1, #a, 1, list)
    return list
  end
  local numbers = tensor(table.move(a, 1, #a, 1, {}), { dtype = a.dtype == "bool" and "f64" or a.dtype })
  return numbers:to(a.dtype):reshape(a.shape)
end

local function same(got, a, name)
  local want = made(a)
  local shape = table.concat(a.shape, ",")
  if tostring(got.shape) ~= "[" .. shape .. "]" then
    error { check = ("%s: shape %s instead of [%s]"):format(name, got.shape, shape) }
  end
  if a.dtype == "string" then
    for i = 1, #want do
      if got[i] ~= want[i] then error { check = ("%s: %d is %q instead of %q"):format(name, i, got[i], want[i]) } end
    end
    return test.equal(#got, #want)
  end
  test.equal(name .. " " .. got.dtype, name .. " " .. want.dtype)
  local x, y = got:to "f64", want:to "f64"
  local close = (x - y):abs():le(y:abs() * 2e-6):logical_or(x:eq(y)):logical_or(x:isnan():logical_and(y:isnan()))
  if not close:all():item() then error { check = ("%s: %s instead of %s"):format(name, got, want) } end
end

for _, case in ipairs(dofile "tests/golden/onnx_text.lua") do
  for _, how in ipairs { "folded", "plain" } do
    test(("%s, %s"):format(case.name, how), function()
      local net, inputs = assert(nn.onnx(folder .. case.name .. ".onnx")), {}
      for name, a in pairs(case.inputs) do inputs[name] = made(a) end
      local out = net:optimize(how == "folded"):run(inputs)
      for name, a in pairs(case.outputs) do same(out[name], a, name) end
    end)
  end
end

-- --- what users give and get -----------------------------------------------------------------------------------------

local function load(name) return assert(nn.onnx(folder .. name .. ".onnx")) end

test("strings come as lists of lists, as a list with its shape, as a string; by name and by place", function()
  local net = load "tfidf"
  local rows = { { "a", "b", "c", "a", "b", "é" }, { "b", "b", "b", "b", "b", "b" } }
  local flat = { shape = { 2, 6 } }
  for _, row in ipairs(rows) do table.move(row, 1, 6, #flat + 1, flat) end
  local want = net:run { x = rows }.TF130
  test.truth(net:run { x = flat }.TF130:eq(want):all():item(), "flat")
  test.truth(net:run(rows).TF130:eq(want):all():item(), "by place")
  test.equal(want[{ 2, 3 }], 6.0)
  local clean = load "normalise"
  test.equal(clean:run { x = { "The", "end" } }.lower[1], "end")
  test.equal(clean:run({ "The" }).lower[1], "")
  test.equal(clean:inputs()[1].type, "string")
  test.equal(tostring(clean):find("x string[d0]", 1, true) ~= nil, true)
  test.equal(#clean:profile { x = { "a" } } > 0 and clean:operations { x = { "a" } } == 0, true)
  test.equal(#net:parameters(), 0)
end)

test("strings that a file of one value holds", function()
  local path = os.tmpname()
  local f = assert(io.open(path, "wb"))
  f:write("\8\2\8\1\16\8\50\1a\50\0") -- dims 2, 1; strings "a" and ""
  f:close()
  local list = assert(data.onnx_value(path))
  test.equal(("%s %q %q %d"):format(list.shape, list[1], list[2], #list), '[2,1] "a" "" 2')
  f = assert(io.open(path, "wb"))
  f:write("\8\3\16\8\50\1a")
  f:close()
  test.refused({ path, "its 1 strings do not fill its shape" }, data.onnx_value(path))
end)

test("what is no string, or has another shape, is refused with the input's name", function()
  local net = load "moves" -- x: string[d0,d1]
  for what, x in pairs { ["a list with number"] = { { 1, 2 } }, ["lists of unequal length"] = { { "a", "b" }, { "c" } },
    ["lists of unequal depth"] = { { "a" }, "b" }, ["string[2]"] = { "a", "b" }, ["string[]"] = "a",
    ["f32[2,3]"] = tensor.zeros(2, 3), ["number"] = 7,
    ["a list of 3 strings with another shape"] = { "a", "b", "c", shape = { 2, 2 } },
    ["a list with holes"] = { "a", nil, "c" }, ["a table with the key 'a'"] = { a = "b" },
    ["a list with f32[2]"] = { tensor.zeros(2), tensor.zeros(2) } } do
    test.fails_with({ "ONNX(moves.onnx): input 'x' is string[d0,d1], got " .. what }, function() net:run { x = x } end)
  end
  local round = {}
  round[1] = round
  test.fails_with({ "lists deeper than 8" }, function() net:run { x = round } end)
  test.fails_with({ "input 'x' (string[d0,d1]) is missing" }, function() net:run {} end)
end)

test("strings where numbers are wanted, and numbers where strings are, name the node", function()
  local x = { { "a", "b" }, { "c", "d" } }
  for name, text in pairs { relu = "input 1 ('x') is strings where numbers are expected   (node 'bend', Relu",
    concat = "input 2 ('one') is numbers beside strings   (node 'join', Concat",
    gather = "input 2 ('x') is strings where numbers are expected   (node 'pick', Gather",
    normal = "strings of shape [C] or [1,C] expected, got [2,2]   (node 'clean'",
    pool = "a pool of numbers, but the input is strings   (node 'count'",
    counts = "ngram_counts do not divide a pool of 1 into grams   (node 'count'",
    wide = "has more than 2147483648 elements   (node 'count'",
    cast = "'a' is no number of type float   (node 'read', Cast",
    kind = "Cast of set 17 (to element type 99): node read" } do
    for _, folded in ipairs { true, false } do
      test.fails_with({ text }, function() load("odd_" .. name):optimize(folded)(x) end)
    end
  end
  test.fails_with({ "StringNormalizer: strings expected, got f32[1,2]   (node 'clean'" }, function()
    load "odd_numbers"(tensor.zeros(1, 2))
  end)
  local nine = folder .. "odd_nine.onnx"
  test.refused({ nine, "tensor 'nine': more than 8 dimensions" }, nn.onnx(nine))
  local few = folder .. "odd_few.onnx"
  test.refused({ few, "tensor 'few': its 2 strings do not fill its shape" }, nn.onnx(few))
end)

test("numbers that strings cannot be", function()
  local net = load "casts"
  local inputs = {}
  for name, dtype in pairs { f64 = "f64", f32 = "f32", f16 = "f32", i64 = "i64", edges = "f32" } do
    inputs[name] = tensor.zeros { 1, dtype = dtype }
  end
  inputs.bool, inputs.special = tensor.zeros(1):gt(0), { "1" }
  for _, text in ipairs { "", "0x10", "1_0", "1e", "--1", "1.2.3", "nan1", "e", ".", "1 2" } do
    inputs.spelled = { text }
    test.fails_with({ ("'%s' is no number of type"):format(text) }, function() net:run(inputs) end)
  end
  inputs.spelled = { "1e30" } -- beyond i64
  test.fails_with({ "'1e30' is no number of type int64" }, function() net:run(inputs) end)
end)

test("a gradient through a graph inside is refused by name", function()
  test.fails_with({ "the gradient through node 'fork' (If) is not done   (node 'slope', Gradient" }, function()
    load "odd_gradient"(tensor.zeros(1, 2))
  end)
end)

test("a seed's numbers go on from run to run, and begin anew with the file", function()
  local function three()
    local net, all = load "seeds", {}
    local inputs = { x = tensor.zeros(700), p = tensor.zeros { 40, dtype = "f64" }, t = tensor(0):gt(0) }
    for i = 1, 3 do all[i] = net:run(inputs).uniform end
    return all
  end
  local a, b = three(), three()
  test.equal((a[1] - a[2]):abs():max():item() > 0.1 and (a[2] - a[3]):abs():max():item() > 0.1, true)
  for i = 1, 3 do test.truth(a[i]:eq(b[i]):all():item(), "run " .. i) end
end)

test("Dropout drops where the graph is told to train, and while the network trains", function()
  local net, x = load "seeds", tensor.ones(700)
  local function left(t)
    local out = net:run { x = x, p = tensor.zeros { 40, dtype = "f64" }, t = tensor(t):gt(0) }
    return out.dropped:gt(0):sum():item()
  end
  test.equal(left(0) == 700, true)
  test.equal(left(1) < 600, true)
  net:train()
  test.equal(left(0) < 600, true)
  net:eval()
  test.equal(left(0) == 700, true)
  -- a constant says only how an exporter ran
  local path = os.tmpname()
  local g = { inputs = { { "x", "f32", { "n" } } }, outputs = { { "y", "f32", { "n" } } },
    constants = { { "r", tensor(0.5) }, { "t", tensor(1):gt(0) } },
    nodes = { { op = "Dropout", name = "drop", inputs = { "x", "r", "t" }, outputs = { "y" }, attr = {} } } }
  assert(io_of.write_pieces(path, write.model(g, 17)))
  local fixed = assert(nn.onnx(path))
  test.equal(fixed(x):sum():item() == 700, true)
  fixed:train()
  test.equal(fixed(x):eq(0):sum():item() > 250, true)
end)

if (arg[-1] or ""):find "lunette" then
  test("lunette bench onnx gives strings where they are wanted", function()
    local text = test.output(("%s bench onnx %smoves.onnx 2x3 2>&1"):format(arg[-1], folder))
    for _, part in ipairs { "moves.onnx\t", "35 nodes", "Loop looped" } do
      if not text:find(part, 1, true) then error { check = ("%q lacks %q"):format(text, part) } end
    end
  end)
end

test.done()
