--- ops.lua: what holds for every op of the table: a text, an example that runs, a right gradient, shapes that are
-- inferred as they turn out, strides that do not matter, and errors, not ends, for arguments at random.
local test = dofile "tests/check.lua"
local ops = lunette.ops()

test("the table is there", function()
  test.truth(#ops > 100, #ops .. " ops, which should be more than 100, that")
  for i, op in ipairs(ops) do
    for k = 1, i - 1 do
      if ops[k].name == op.name then test.fail(op.name .. " is there twice") end
    end
  end
end)

for _, op in ipairs(ops) do
  local name = op.name
  test(name .. ": has equation, doc and example", function()
    test.truth(type(op.eq) == "string" and #op.eq > 0, "an equation")
    test.truth(type(op.doc) == "string" and #op.doc > 0, "a line of doc")
    if op.where ~= "" then test.truth(type(op.example) == "string" and #op.example > 0, "an example") end
    for _, p in ipairs(op.params) do
      test.truth(op.random or type(p.doc) == "string" and #p.doc > 0, "a doc of parameter " .. p.name)
    end
  end)
  test(name .. ": is where it says", function()
    for letter in op.where:gmatch "." do
      local place = ({ t = tensor, m = tensor.methods, n = nn })[letter]
      test.truth(place and type(place[name]) == "function", name .. " in place " .. letter)
    end
  end)
  for word in (op.see or ""):gmatch "[%w_.]+" do
    local other = word:match "[%w_]+$"
    test(name .. ": see-also " .. other, function()
      test.truth(lunette.op(other) or tensor[other] or nn[other] or tensor.methods[other], other .. " existing")
    end)
  end
  if op.example then
    test(name .. ": its example runs", function()
      local shown = {}
      local env = setmetatable({ print = function(...) shown[#shown + 1] = table.pack(...) end }, { __index = _G })
      local chunk = assert(load(op.example, "=example", "t", env))
      chunk()
      for _, line in ipairs(shown) do
        for i = 1, line.n do tostring(line[i]) end
      end
    end)
  end
end

-- --- cases: the gradient-check cases of the declaration, as calls ---------------------------------------------------

-- Inputs that carry no gradient by definition: running statistics.
local fixed = { batch_norm = { mean = true, var = true } }

local function random_input(op, i, shape, case, g)
  local declared = op.inputs[math.min(i, #op.inputs)]
  local name = declared:match "^[%w_]+"
  if declared:find "#" then
    if name == "label" then return tensor.randint(0, 1, shape, { rng = g }) * 2 - 1 end
    return tensor.randint(1, 2, shape, { rng = g })
  elseif name == "c" or name == "mask" then
    return tensor.rand(shape, { rng = g, dtype = "f64" }):gt(0.5)
  end
  return tensor.rand(shape, { rng = g, dtype = "f64" }) * (case.hi - case.lo) + case.lo
end

local function arguments(case) return assert(load("return {" .. case.args .. "}"))() end

local function inputs_of(op, case, seed)
  local g, list = tensor.rng(seed), {}
  for i, shape in ipairs(case.shapes) do list[i] = random_input(op, i, shape, case, g) end
  return list
end

local function call(op, case, list)
  local args = arguments(case)
  for i, x in ipairs(list) do args[i] = x end
  tensor.seed(5) -- ops that draw numbers draw the same ones
  return lunette.op(op.name)(args)
end

local function is_float(x) return lunette.is_tensor(x) and (x.dtype == "f32" or x.dtype == "f64") end

-- All float results of a call in one row.
local function flat_results(...)
  local parts = {}
  for _, y in ipairs { ... } do
    if is_float(y) then parts[#parts + 1] = y:reshape(-1) end
  end
  return #parts == 1 and parts[1] or tensor.cat(parts, 1)
end

local function each_case(visit)
  for _, op in ipairs(ops) do
    for k, case in ipairs(op.checks) do visit(op, case, ("%s %d"):format(op.name, k)) end
  end
end

for _, op in ipairs(ops) do
  if op.has_backward then
    test(op.name .. ": has a case for its gradient", function() test.truth(#op.checks > 0, "a check case") end)
  end
end

each_case(function(op, case, name)
  if not op.has_backward then return end
  test("gradient of " .. name, function()
    local list, checked = inputs_of(op, case, 17), {}
    for i, x in ipairs(list) do
      local declared = op.inputs[math.min(i, #op.inputs)]:match "^[%w_]+"
      if is_float(x) and not (fixed[op.name] and fixed[op.name][declared]) then checked[#checked + 1] = i end
    end
    test.truth(#checked > 0, "a float input")
    local arg = { function(...)
      local now = table.move(list, 1, #list, 1, {})
      for k, i in ipairs(checked) do now[i] = (select(k, ...)) end
      return flat_results(call(op, case, now))
    end, tol = 1e-6 }
    for k, i in ipairs(checked) do arg[k + 1] = list[i] end
    local ok, _, text = tensor.gradcheck(arg)
    if not ok then test.fail(text) end
  end)
end)

each_case(function(op, case, name)
  test("shapes are inferred as they turn out: " .. name, function()
    local list, shapes = inputs_of(op, case, 3), {}
    for i, x in ipairs(list) do
      local shape = x.shape
      shape.dtype = x.dtype
      shapes[i] = tensor.meta(shape)
    end
    local results = table.pack(call(op, case, list))
    local ok, inferred = pcall(function() return table.pack(call(op, case, shapes)) end)
    if not ok then
      if not tostring(inferred):find("shape only", 1, true) then test.fail(inferred) end -- it depends on the data
      return
    end
    test.equal(inferred.n, results.n)
    for i = 1, results.n do
      test.shape(inferred[i], results[i].shape)
      test.dtype(inferred[i], results[i].dtype)
    end
  end)
end)

local function reversed(n)
  local dims = {}
  for d = 1, n do dims[d] = n + 1 - d end
  return dims
end

each_case(function(op, case, name)
  test("strides do not matter: " .. name, function()
    local list, strided = inputs_of(op, case, 4), {}
    for i, x in ipairs(list) do
      local order = reversed(x:dim())
      strided[i] = x:dim() < 2 and x or x:permute(order):contiguous():permute(order)
    end
    local want, ok, got = flat_results(call(op, case, list)), pcall(function()
      return flat_results(call(op, case, strided))
    end)
    if not ok and op.name == "view" then return end -- a view of strided data may be refused
    if not ok then test.fail(got) end
    test.close(got, want, 1e-12)
  end)
end)

each_case(function(op, case, name)
  if not op.in_place then return end
  test("in place is the same: " .. name, function()
    local list = inputs_of(op, case, 6)
    local want = call(op, case, list)
    local args = arguments(case)
    local target = list[1]:clone()
    if table.concat(want.shape, ",") ~= table.concat(target.shape, ",") then return end
    local rest = {}
    for i = 2, #list do rest[i - 1] = list[i] end
    for i, p in ipairs(op.params) do rest[#list - 1 + i] = args[p.name] end
    local got = target[op.name .. "_"](target, table.unpack(rest, 1, #list - 1 + #op.params))
    test.truth(rawequal(got, target), "self as the result")
    test.close(target, want:to(target.dtype), 1e-12)
  end)
end)

-- Forward and back.
each_case(function(op, case, name)
  test("a failing allocation is an error: " .. name, function()
    local list = inputs_of(op, case, 8)
    local function run()
      local now = {}
      for i, x in ipairs(list) do now[i] = is_float(x) and x:detach():requires_grad() or x end
      local y = flat_results(call(op, case, now))
      if y.needs_grad then y:sum():backward() end
    end
    run()
    local before = test.live()
    test.run_out(name, 500, run, function(n) test.equal(test.live(), before, "live tensors after failure " .. n) end)
  end)
end)

-- --- memory that nobody has set --------------------------------------------------------------------------------------

-- What f gives when new memory is full of the byte (255: NaN, and -1 in integers), as text with every bit.
local function bits_with(byte, f)
  test.inside.lunette.poison(byte)
  local results = table.pack(pcall(f))
  test.inside.lunette.poison()
  if not results[1] then return "error " .. tostring(results[2]) end
  for i = 2, results.n do
    local y = results[i]
    results[i] = lunette.is_tensor(y) and lunette.typename(y) .. table.concat(test.numbers(y), " ") or tostring(y)
  end
  return table.concat(results, "\n", 2, results.n)
end

local function same_from_any_memory(f)
  local want, got = bits_with(0, f), bits_with(255, f)
  if got ~= want and not (got .. want):find "^error.*memory" then
    test.fail(("over zeros %s, over ones %s"):format(want:sub(1, 200), got:sub(1, 200)))
  end
end

-- A call's results and the gradients of its inputs.
local function forward_and_back(f, args)
  local now, leaves = {}, {}
  for k, x in pairs(args) do
    now[k] = is_float(x) and x:detach():requires_grad() or x
    if is_float(x) then leaves[#leaves + 1] = now[k] end
  end
  tensor.seed(5)
  local out = table.pack(f(now))
  if out.n > 0 and is_float(out[1]) and out[1].needs_grad then
    out[1]:sum():backward()
    for _, x in ipairs(leaves) do
      out.n = out.n + 1
      out[out.n] = x.grad
    end
  end
  return table.unpack(out, 1, out.n)
end

each_case(function(op, case, name)
  test("nothing is left of what memory held: " .. name, function()
    local args = arguments(case)
    for i, x in ipairs(inputs_of(op, case, 9)) do args[i] = x end
    same_from_any_memory(function() return forward_and_back(lunette.op(op.name), args) end)
  end)
end)

test("a border that cuts as much as it adds is all set", function()
  for _, pads in ipairs { { 1, -1, 0, 0 }, { -1, 1, 0, 0 }, { 1, -1, -2, 2 }, { 2, -2 }, { 3, -3, 1, -1 } } do
    for _, dtype in ipairs { "f32", "i64", "u8" } do
      same_from_any_memory(function()
        return (tensor.arange(1, 20):reshape(5, 4):to(dtype):pad { pads, value = 7 })
      end)
    end
  end
  test.same(tensor { { 1, 2 }, { 3, 4 } }:pad { { 1, -1, 0, 0 }, value = 9 }, { { 9, 9 }, { 1, 2 } })
  test.same(tensor { 1, 2, 3 }:pad { { -2, 2 }, value = 9 }, { 3, 9, 9 })
  local x = tensor { 1, 2, 3, 4 } -- other borders are of what is left
  test.same(x:pad { { -1, 2 }, mode = "reflect" }, { 2, 3, 4, 3, 2 })
  test.same(x:pad { { 2, -1 }, mode = "reflect" }, { 3, 2, 1, 2, 3 })
  test.same(x:pad { { -1, -1 }, mode = "reflect" }, { 2, 3 })
  test.same(x:pad { { -3, 2 }, mode = "replicate" }, { 4, 4, 4 })
  test.same(x:pad { { 1, -3 }, mode = "replicate" }, { 1, 1 })
  test.same(tensor { { 1, 2, 3 }, { 4, 5, 6 }, { 7, 8, 9 } }:pad { { -1, 1, 1, -1 }, mode = "reflect" },
    { { 5, 4, 5 }, { 8, 7, 8 }, { 5, 4, 5 } })
  for mode, pads in pairs { reflect = { -2, 2 }, replicate = { -4, 1 } } do
    test.fails_with({ "do not fit dim 1 of f32[4]" }, function() x:pad { pads, mode = mode } end)
    local z = tensor.randn(5, 4, { dtype = "f64" }):requires_grad()
    test.truth(tensor.gradcheck(function(v) return v:pad { { -1, 2, 2, -1 }, mode = mode }:pow(2) end, z))
  end
end)

-- --- arguments at random --------------------------------------------------------------------------------------------

local shapes = { {}, { 0 }, { 1 }, { 3 }, { 4 }, { 2, 3 }, { 3, 2 }, { 0, 3 }, { 3, 0 }, { 4, 4 }, { 2, 3, 4 },
  { 1, 4, 1 }, { 2, 4, 4, 3 }, { 1, 2, 3, 1, 2 } }
local dtypes = { "f32", "f32", "f32", "f64", "f64", "i64", "i64", "i32", "u8", "bool" }
local state = 1
local function pick(n)
  state = (state * 1103515245 + 12345) & 0x7fffffff
  return (state >> 8) % n + 1
end

local function random_tensor()
  local t = tensor.rand(shapes[pick(#shapes)])
  if pick(4) == 1 and t:dim() > 1 then t = t:permute(reversed(t:dim())) end
  if pick(6) == 1 and t:dim() > 0 and t:size(1) > 1 then t = t["::-1"] end
  return (t * 4 - 1):to(dtypes[pick(#dtypes)])
end

local function random_param(p)
  local function whole() return pick(9) - 4 end
  if p.kind == "bool" then return pick(2) == 1 end
  if p.kind == "dtype" then return dtypes[pick(#dtypes)] end
  if p.kind == "choice" then
    local all = {}
    for word in p.choices:gmatch "[^|]+" do all[#all + 1] = word end
    return all[pick(#all)]
  end
  if p.kind == "number" then return whole() / 2 end
  if p.kind == "int" or p.kind == "dim" then return whole() end
  local list = {}
  for i = 1, pick(5) - 1 do list[i] = whole() end
  return list
end

local function random_arguments(op)
  local args = {}
  for i = 1, op.input_list and pick(4) or #op.inputs do
    if not (op.inputs[math.min(i, #op.inputs)]:find "?" and pick(2) == 1) then
      args[i] = random_tensor()
      if is_float(args[i]) and pick(3) == 1 then args[i] = args[i]:detach():requires_grad() end
    end
  end
  for _, p in ipairs(op.params) do
    if not (op.random and (p.name == "seed" or p.name == "offset")) and (p.required or pick(3) == 1) then
      args[p.name] = random_param(p)
    end
  end
  return args
end

local function arguments_at_random(op)
  collectgarbage()
  local before = test.live()
  local f = lunette.op(op.name)
  for k = 1, 150 do
    local args = random_arguments(op)
    if k % 3 == 0 then
      same_from_any_memory(function() return forward_and_back(f, args) end)
    else
      local ok, y = pcall(f, args)
      if ok and is_float(y) and y.needs_grad then pcall(function() y:sum():backward() end) end
    end
  end
  test.equal(test.live(), before, "live tensors")
end
for _, op in ipairs(ops) do
  if op.where ~= "" then -- the others are called by the program's own code, with arguments it has checked
    test("arguments at random end in a result or an error: " .. op.name, function() arguments_at_random(op) end)
  end
end
test.done()
