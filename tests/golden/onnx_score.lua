--- onnx_score.lua FOLDER [NAME]: ONNX's own backend tests (Debian's libonnx-testdata: .../data), scored by operator.
-- A test is a model, inputs and outputs; it passes when every output agrees within 1e-3 of its size, and has its shape
-- and type.  NAME: tests whose path has it, with what went wrong.  Prints sets, operators, and what failed; of those that
-- nobody can pass, the reason.
local root, only = arg[1], arg[2]
assert(root, "the folder of the data expected")

-- Tests of ONNX 1.12 that contradict themselves, and why.
local like = "the data of `like` have another shape than the model says"
local cut = "the data cut bits off, where ONNX Runtime rounds to the nearest (onnx/onnx issue 3876)"
local drawn = "random numbers of a generator whose state is in no file"
local contradicts = {
  test_cast_FLOAT_to_BFLOAT16 = cut, test_castlike_FLOAT_to_BFLOAT16 = like .. "; " .. cut,
  test_castlike_FLOAT_to_BFLOAT16_expanded = like .. "; " .. cut, test_castlike_BFLOAT16_to_FLOAT = like,
  test_castlike_BFLOAT16_to_FLOAT_expanded = like,
  test_adam_multiple = "the data are of epsilon 1e-2, which the node does not say (1e-6 is meant then)",
  test_bernoulli = drawn, test_bernoulli_double = drawn, test_bernoulli_seed = drawn, test_bernoulli_expanded = drawn,
  test_bernoulli_double_expanded = drawn, test_bernoulli_seed_expanded = drawn,
}

local function exists(path)
  local f = io.open(path, "rb")
  if f then f:close() end
  return f ~= nil
end

local function same(got, want, where)
  if type(want) == "table" then
    if type(got) ~= "table" or #got ~= #want then return where .. ": a sequence of another length" end
    if want.shape and (not got.shape or tostring(got.shape) ~= tostring(want.shape)) then
      return ("%s: strings of another shape than %s"):format(where, want.shape)
    end
    for i = 1, #want do
      local why = same(got[i], want[i], where .. "[" .. i .. "]")
      if why then return why end
    end
    return nil
  end
  if type(want) == "string" then return got ~= want and ("%s: '%s' instead of '%s'"):format(where, got, want) or nil end
  if want == nil then return got ~= nil and where .. ": nothing expected" or nil end
  if not lunette.is_tensor(got) then return where .. ": no tensor" end
  if got.dtype ~= want.dtype or tostring(got.shape) ~= tostring(want.shape) then
    return ("%s: %s instead of %s"):format(where, lunette.typename(got), lunette.typename(want))
  end
  if want:numel() == 0 then return nil end
  local a, b = got:detach():to "f64", want:to "f64"
  local close = (a - b):abs():le(b:abs() * 1e-3 + 1e-6):logical_or(a:eq(b)):logical_or(a:isnan():logical_and(b:isnan()))
  if close:all():item() then return nil end
  local off = tensor.where(close, (a - b):abs() * 0, (a - b):abs())
  return ("%s: off by %g in %d of %d"):format(where, off:max():item(), close:logical_not():count_nonzero():item(),
    close:numel())
end

-- bfloat16 stands in these files as the bits of its numbers.
local function from_bits(x)
  local list = x:reshape(-1):totable()
  for i, bits in ipairs(list) do list[i] = string.unpack("<f", string.pack("<I4", bits << 16)) end
  return tensor(list):reshape(x.shape)
end
local function value(path, info)
  local kind = info.sequence and "sequence" or info.optional and "optional" or "tensor"
  local x, why = data.onnx_value(path, { kind = kind })
  if info.type == "bfloat16" and lunette.is_tensor(x) and x.dtype == "i32" then x = from_bits(x) end
  return x, why
end

local function run(folder)
  local net, why = nn.onnx(folder .. "/model.onnx")
  if not net then return why end
  local set, sets = 0, 0
  while exists(("%s/test_data_set_%d/output_0.pb"):format(folder, set)) do
    local at = ("%s/test_data_set_%d/"):format(folder, set)
    local inputs = {}
    for i, info in ipairs(net:inputs()) do
      if exists(at .. "input_" .. i - 1 .. ".pb") then
        local x, bad = value(at .. "input_" .. i - 1 .. ".pb", info)
        if x == nil and not info.optional then return bad end
        inputs[info.name] = x
      end
    end
    local results = tensor.no_grad(function() return net:run(inputs) end)
    for i, info in ipairs(net:outputs()) do
      local path = at .. "output_" .. i - 1 .. ".pb"
      if exists(path) then
        local want, bad = value(path, info)
        if bad then return bad end
        local wrong = same(results[info.name], want, info.name)
        if wrong then return wrong end
      end
    end
    set, sets = set + 1, sets + 1
  end
  return sets == 0 and "no data" or nil
end

local function operators_of(folder)
  local net = nn.onnx(folder .. "/model.onnx")
  return net and net:operators() or {}
end

local good, all, by_op, failed, excused = {}, {}, {}, {}, {}
for _, set in ipairs { "node", "simple", "pytorch-converted", "pytorch-operator" } do
  good[set], all[set], excused[set] = 0, 0, 0
  local names = lunette.folder(root .. "/" .. set) or {}
  table.sort(names)
  for _, name in ipairs(names) do
    local folder = ("%s/%s/%s"):format(root, set, name)
    if exists(folder .. "/model.onnx") and (not only or folder:find(only, 1, true)) then
      local ok, why = pcall(run, folder)
      local fine = ok and why == nil
      all[set] = all[set] + 1
      good[set] = good[set] + (fine and 1 or 0)
      if not fine then
        local reason = contradicts[name]
        excused[set] = excused[set] + (reason and 1 or 0)
        failed[#failed + 1] = ("%s/%s: %s%s"):format(set, name, tostring(why), reason and " -- " .. reason or "")
      end
      for op in pairs(operators_of(folder)) do
        by_op[op] = by_op[op] or { 0, 0 }
        by_op[op][1], by_op[op][2] = by_op[op][1] + (fine and 1 or 0), by_op[op][2] + 1
      end
    end
  end
end
for _, why in ipairs(failed) do print("failed " .. why:gsub("%s*\n%s*", " ")) end
local ops = {}
for op in pairs(by_op) do ops[#ops + 1] = op end
table.sort(ops)
for i, op in ipairs(ops) do ops[i] = ("%s %d/%d"):format(op, by_op[op][1], by_op[op][2]) end
print(table.concat(ops, ", "))
for _, set in ipairs { "node", "simple", "pytorch-converted", "pytorch-operator" } do
  print(("%s: %d of %d%s"):format(set, good[set], all[set], excused[set] > 0
    and (", and %d that contradict themselves"):format(excused[set]) or ""))
end
