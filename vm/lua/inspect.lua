--- inspect.lua: a network under the glass: ?net, :why loss, :gradcheck net.
local inspect = {}

-- The shape of one input, as far as the first layer tells it.
local function guess_input(net)
  local first = net
  while first and not first.input_shape do first = nn.is_module(first[1]) and first[1] or nil end
  return first and first:input_shape()
end

--- ?net, ?net{1, 28, 28, 1}: layers, output shapes, parameters and operations for an input of `shape` (guessed from the
-- first layer without).
function inspect.net(net, shape)
  if shape then tensor.no_grad(net, tensor.meta(shape)) end -- an input that does not fit is an error that says why
  shape = shape or guess_input(net)
  return net:summary(shape) .. (shape and "" or "\n(?net{1, 28, 28, 1} adds shapes and operations)")
end

-- --- :why -------------------------------------------------------------------------------------------------------

-- Every parameter that a global reaches: {name, tensor}, each once.
local function parameters()
  local list, seen, names = {}, {}, {}
  for name in next, _G do
    if type(name) == "string" then names[#names + 1] = name end
  end
  table.sort(names)
  local function add(name, t)
    if not seen[t] and t.needs_grad and t.is_leaf then
      seen[t] = true
      list[#list + 1] = { name, t }
    end
  end
  for _, name in ipairs(names) do
    local v = rawget(_G, name)
    if name ~= "_" and lunette.is_tensor(v) then add(name, v) end
    if name ~= "_" and nn.is_module(v) then
      for _, p in ipairs(v:named_parameters()) do add(name .. "." .. p[1], p[2]) end
    end
  end
  return list
end

local function rms(t) return math.sqrt(t:to "f64":square():mean():item()) end

local function mark_of(p, size)
  if not p.grad then return "none: the loss does not reach it" end
  if size ~= size or size == math.huge then return "NOT FINITE" end
  if size == 0 then return "ZERO: nothing will be learnt" end
  local weight = rms(p:detach())
  if size > 1e3 and size > 10 * weight then return "EXPLODES" end
  if size < 1e-8 then return "vanishes" end
  return ""
end

--- Runs backward from the loss without leaving a trace in the gradients; a line for each parameter.  Where the loss
-- had its backward already, of the gradients that are there.
function inspect.why(loss)
  if not lunette.is_tensor(loss) or loss:numel() ~= 1 then
    error(":why wants a loss, a tensor of one number; got " .. lunette.typename(loss), 0)
  end
  if not loss.needs_grad then
    error(":why: no gradient flows to this loss; is something of it outside requires_grad?", 0)
  end
  local list, kept = parameters(), {}
  for i, entry in ipairs(list) do
    kept[i] = entry[2].grad and entry[2].grad:clone()
    entry[2]:zero_grad()
  end
  local ok, why = pcall(loss.backward, loss, { retain = true })
  local ran = not ok and tostring(why):find "freed by an earlier backward"
  for i, entry in ipairs(ran and list or {}) do
    if kept[i] then entry[2].grad = kept[i] end
  end
  local lines = { ("%-24s %-16s %12s %12s"):format("parameter", "", "rms gradient", "rms value") }
  for i, entry in ipairs(list) do
    local p = entry[2]
    local size = (ok or ran) and p.grad and rms(p.grad) or 0
    lines[#lines + 1] = (("%-24s %-16s %12.4g %12.4g  %s"):format(entry[1], lunette.typename(p), size, rms(p:detach()),
      mark_of(p, size)):gsub("%s+$", ""))
    p:zero_grad()
    if kept[i] then p.grad = kept[i] end
  end
  if not ok and not ran then error(why, 0) end
  if ran then lines[#lines + 1] = "(as they are since the loss's own backward)" end
  if #list == 0 then lines[#lines + 1] = "no parameter is reached by a global name" end
  return table.concat(lines, "\n")
end

-- --- :gradcheck -------------------------------------------------------------------------------------------------

-- Central differences of f at some elements of p against its gradient g: the greatest error, relative to
-- 1 + |difference|.
local function compare(f, p, g, most)
  local flat, gradient, worst = p:detach():view(-1), g:reshape(-1), 0
  local n, eps = p:numel(), 1e-6
  local step = math.max(1, n // most)
  for i = 1, n, step do
    local old = flat[i]
    flat[i] = old + eps
    local up = f()
    flat[i] = old - eps
    local down = f()
    flat[i] = old
    local want = (up - down) / (2 * eps)
    local err = math.abs(want - gradient[i]) / (1 + math.abs(want))
    if err ~= err then return err end
    worst = math.max(worst, err)
  end
  return worst
end

-- Calls f(net) with every float tensor of net in f64 and in eval mode; afterwards net is as it was.
local function in_double(net, f)
  local was, training = net:named_tensors(), net.training
  net:to "f64":eval()
  local ok, result = pcall(f)
  for _, entry in ipairs(was) do rawset(entry[3], entry[4], entry[2]) end
  net:train(training)
  if not ok then error(result, 0) end
  return result
end

-- The embedding that a network begins with, whose input is numbers of rows; nil: it takes what it is given as it is.
local function embedding_of(net)
  local first = net
  while nn.is_module(first) and getmetatable(first) ~= nn.Embedding do first = first[1] end
  return first
end

-- An input of that shape, of at least three samples.
local function input_of(shape, words)
  local sizes = { dtype = "f64" }
  for i, n in ipairs(shape) do sizes[i] = i == 1 and math.max(n, 3) or n end
  if not words then return tensor.randn(sizes):requires_grad() end
  sizes.dtype = "i64"
  return tensor.randint(1, words.weight:size(1), sizes)
end

local function check_net(net, shape)
  if not shape then
    shape = guess_input(net)
    -- A sequence of one step would leave out what is passed from step to step.
    if shape and #shape == 3 and shape[2] == 1 then shape = { shape[1], 4, shape[3] } end
  end
  local words = embedding_of(net)
  shape = shape or words and { 3, 4 }
  if not shape then error(":gradcheck: which input? Give a shape: :gradcheck net, {4, 8, 8, 3}", 0) end
  return in_double(net, function()
    local x = input_of(shape, words)
    local y = net(words and x or x * 1) -- Dropout gives what it was given
    local weight = tensor.rand { dtype = "f64", table.unpack(y.shape) } + 0.5
    local function value() return tensor.no_grad(function() return (net(x) * weight):sum():item() end) end
    local lines, good, idle = {}, true, 0
    local checked = net:named_parameters()
    for _, entry in ipairs(checked) do entry[2]:zero_grad() end
    if not y.needs_grad then error(":gradcheck: the output depends neither on the input nor on parameters", 0) end
    y:backward(weight)
    if x.grad then checked[#checked + 1] = { "(its input)", x } end
    for _, entry in ipairs(checked) do
      local p = entry[2]
      local err = p.grad and compare(value, p, p.grad, 25) or 0 / 0
      local right = err <= 1e-5
      good = good and right
      local unused = err == 0 and p.grad:eq(0):all():item()
      if unused then idle = idle + 1 end
      lines[#lines + 1] = ("%-24s %-16s error %.3g  %s"):format(entry[1], lunette.typename(p), err,
        not p.grad and "no gradient" or unused and "the output does not depend on it" or right and "ok" or "WRONG")
    end
    lines[#lines + 1] = (good and "gradients agree with central differences" or "gradients do NOT agree")
      .. (idle > 0 and (", as far as an input of this shape tells: %d unchecked"):format(idle) or "")
    return table.concat(lines, "\n")
  end)
end

--- A network (and the shape of its input), or a function of one tensor.
function inspect.gradcheck(what, shape)
  local sizes = type(shape) == "table" and #shape > 0 and not getmetatable(shape)
  for _, n in ipairs(sizes and shape or {}) do sizes = sizes and math.type(n) == "integer" and n > 0 end
  if shape ~= nil and not sizes then
    error((":gradcheck: a shape is a list of sizes, {4, 8}; got %s"):format(lunette.typename(shape)), 0)
  end
  if nn.is_module(what) then return check_net(what, shape) end
  if type(what) ~= "function" then
    error(":gradcheck wants a network or a function, got " .. lunette.typename(what), 0)
  end
  local x = tensor.rand { dtype = "f64", table.unpack(shape or { 2, 3 }) } + 0.25
  local ok, err, text = tensor.gradcheck(what, x)
  return ok and ("gradients agree with central differences; greatest error %.3g"):format(err)
    or ("gradients do NOT agree: %s"):format(text)
end

return inspect
