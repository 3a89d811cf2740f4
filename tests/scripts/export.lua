--- export.lua: the network of every project, as its script builds it, goes to ONNX and back with the same answers.
-- A project runs until its networks were called once; then it is stopped, and they are taken with what they were given.
local test = dofile "tests/check.lua"
local run = require "vm.run"
if test.left_out() then return end                                        -- tests/lang/export.lua has the ops

local module_call = getmetatable(nn.Linear(1, 1)).__call
local tracing
for i = 1, 9 do
  if debug.getupvalue(module_call, i) == "tracing" then tracing = i end
end
local DONE = {}

-- The frame that calls a module, and whether another module called it.
local function calling_frame()
  local level, inner = 2, nil
  for k = 2, 200 do
    local info = debug.getinfo(k, "f")
    if not info then break end
    if info.func == module_call then
      if inner then return inner, true end
      inner = k - 1
    end
    level = k
  end
  return inner, false, level
end

--- The networks of these classes that the project calls, each with what it was given first.
local function called(project, classes, options)
  local found, missing = {}, #classes
  local wanted = {}
  for _, name in ipairs(classes) do wanted[name] = true end
  debug.setupvalue(module_call, tracing, function(m)
    local level, inside = calling_frame()
    if inside or not wanted[m.__name] then return end
    local given, k = { select(2, debug.getlocal(level, 2)) }, 1
    local name, value = debug.getlocal(level, -1)
    while name do
      given[k + 1], k = value, k + 1
      name, value = debug.getlocal(level, -k)
    end
    wanted[m.__name], missing = nil, missing - 1
    found[#found + 1] = { m, given }
    if missing == 0 then error(DONE, 0) end
  end)
  local all = { quick = true, viz = "off" }
  for key, value in pairs(options or {}) do all[key] = value end
  local _, _, ok, why = test.caught(run.project, project, all)
  debug.setupvalue(module_call, tracing, nil)
  if not ok and why ~= DONE then test.fail(tostring(why)) end
  if missing > 0 then test.fail(("%d of its networks were not called"):format(missing)) end
  return found
end

--- A function of the script's, by its name and that of its argument in a frame that calls nn.cross_entropy.
local function function_of(project, name, argument)
  local theirs, f, x = test.inside.shared.nn, nil, nil
  local plain = theirs.cross_entropy
  theirs.cross_entropy = function(...)
    for level = 2, 8 do
      local info = debug.getinfo(level, "f")
      if not info then break end
      for k = 1, 60 do
        local word, value = debug.getlocal(level, k)
        if not word then break end
        if word == name then f = value end
        if word == argument then x = value end
      end
      for k = 1, 60 do
        local word, value = debug.getupvalue(info.func, k)
        if not word then break end
        if word == name then f = f or value end
      end
      if f and x then error(DONE, 0) end
    end
    return plain(...)
  end
  test.caught(run.project, project, { quick = true, viz = "off" })
  theirs.cross_entropy = plain
  test.truth(f and x, name .. " in a frame of " .. project)
  local Net = nn.class(name)
  function Net:forward(ids) return (f(ids)) end -- luacheck: no self
  return Net(), x
end

-- The file at path goes to ONNX Runtime too.
local keep_file = dofile "tests/exported.lua"
local function keep(path, again, call, answers)
  local inputs = {}
  for i, input in ipairs(again:inputs()) do
    inputs[i] = lunette.is_tensor(call[1]) and call[i] or call[1][input.name]
  end
  keep_file("", path, inputs, answers)
end

local function same(net, path, given, call)
  local again = assert(nn.onnx(path))
  tensor.no_grad(function()
    local want, got = table.pack(net:eval()(table.unpack(given))), table.pack(again(table.unpack(call)))
    local answers = {}
    for i = 1, want.n do
      if lunette.is_tensor(want[i]) then
        answers[#answers + 1] = want[i]
        test.close(got[#answers], want[i]:detach(), 1e-4)
      end
    end
    test.truth(#answers > 0, "a result")
    keep(path, again, call, answers)
  end)
end

-- Writes, reads back, compares on what it was given.
local function there_and_back(net, given)
  local path, inputs = os.tmpname(), {}
  for _, x in ipairs(given) do
    if lunette.is_tensor(x) then inputs[#inputs + 1] = x end
  end
  assert(net:export(path, { input = #inputs == 1 and inputs[1] or inputs }))
  same(net, path, given, inputs)
end

-- Of a network that gets a batch as one table: `open` says which of its columns are inputs, and which of them are not
-- as long as the batch.
local function table_there_and_back(net, batch, open)
  local path, input, call = os.tmpname(), {}, {}
  for name, size in pairs(open) do
    input[name], call[name] = batch[name].shape, batch[name]
    input[name].dtype = batch[name].dtype
    if type(size) == "string" then input[name][1] = size end
  end
  assert(net:export(path, { input = input }))
  same(net, path, { batch }, { call })
end

for _, p in ipairs {
  { "planar", { "Line", "Net" } }, { "deep_cats", { "Sequential" } }, { "first_model", { "Sequential" } },
  { "happy_house", { "Happy", "Signs" }, { epochs = "1", signs = "1" } },
  { "emojify", { "Average", "Order" } }, { "face_verification", { "Face" } },
  { "face_verification", { "Face" }, { net = "inception" } },
  { "jazz_solo", { "Embedding", "LSTM", "Linear" } }, { "mobilenet_transfer", { "MobileNetV2", "Net" } },
  { "resnet50", { "Sequential" } }, { "transformer", { "Engine" } }, { "unet_streets", { "UNet" } },
  { "yolo_cars", { "Yolo" } }, { "trigger_word", { "Sequential" } },
} do
  if p[1] == "trigger_word" and not audio.voices() then
    print "ok trigger_word: left out, no voices are installed"
  else
    test(p[1] .. ": " .. table.concat(p[2], ", ") .. (p[3] and p[3].net and " of " .. p[3].net or ""), function()
      for _, one in ipairs(called(p[1], p[2], p[3])) do there_and_back(one[1], one[2]) end
    end)
  end
end

test("ner_resumes: a batch as a table, with as many words as it has", function()
  local one = called("ner_resumes", { "Tagger" })[1]
  table_there_and_back(one[1], one[2][1], { ids = true, gaps = true, word = true, letters = "words" })
end)

test("qa_babi: a batch as a table", function()
  local one = called("qa_babi", { "Reader" })[1]
  table_there_and_back(one[1], one[2][1], { ids = true, place = true, age = true, outside = true })
end)

test("dinosaurus and date_translation: networks that are functions", function()
  for _, p in ipairs { { "dinosaurus", "scores", "read" }, { "date_translation", "scores_of", "xs" } } do
    local net, x = function_of(table.unpack(p))
    there_and_back(net, { x })
  end
end)

test("style_transfer: the features of a picture", function()
  local result
  local _, _, ok, why = test.caught(function()
    result = run.project("style_transfer", { quick = true, viz = "off", steps = "1", size = "32" })
  end)
  if not ok then error(why, 0) end
  local parts = result.claim.parts
  local Features = nn.class "Features"
  function Features:forward(x) -- luacheck: no self
    local names = { parts.net[1].name, parts.net[6].name }
    local seen = parts.features(x, names)
    return seen[names[1]], seen[names[2]]
  end
  there_and_back(Features(), { tensor.rand(1, 32, 32, 3) })
end)

test.done()
