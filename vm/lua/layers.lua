--- layers.lua: the layers of a network as they run, for viz.graph: what each gives, its share of the time, and which of
-- the others it takes from: {name =, shape =, params =, share =, from = {numbers of rows before}}.
local io = lunette.io

local function shape_of(t) return lunette.is_tensor(t) and table.concat(t.shape, "x") or "" end

-- Runs f while layers that call no layer tell done(m, from, to, out, seconds): which calls of the trace are theirs.
local function watched(net, done, f)
  local wrapped, ran = {}, 0
  local function watch(m)
    if wrapped[m] ~= nil then return end
    local forward = m.forward
    wrapped[m] = rawget(m, "forward") or false
    rawset(m, "forward", function(self, ...)
      local start, from, before = lunette.clock(), io.traced(), ran
      local out = forward(self, ...)
      if ran == before then done(self, from + 1, io.traced(), out, lunette.clock() - start) end
      ran = ran + 1
      return out
    end)
  end
  watch(net)
  for _, child in ipairs(net:children()) do watch(child[2]) end
  local training = net.training
  net:eval()
  local ok, e = pcall(f)
  for m, before in pairs(wrapped) do rawset(m, "forward", before or nil) end
  if training then net:train() end
  if not ok then error(e, 0) end
end

-- The layers that ran, and the calls of the trace; none where a trace would not say all: then they are a chain.
local function run(net, x)
  local rows, calls = {}, nil
  local function done(m, from, to, out, seconds)
    rows[#rows + 1] = { name = m:label(), shape = shape_of(out), params = m:parameter_count(), share = seconds,
      first = from, last = to, out = lunette.is_tensor(out) and io.tensor_id(out) or nil }
  end
  local function forward() tensor.no_grad(net, x) end
  watched(net, done, function()
    local ok, list = pcall(io.trace, forward)
    calls = ok and list or nil
    if ok then return end
    rows = {}
    forward()
  end)
  return rows, calls
end

-- The parameters by address: the tensor, and the name of the layer that it is of.
local function parameters_of(net)
  local known = {}
  for _, entry in ipairs(net:named_tensors()) do
    known[io.tensor_id(entry[2])] = { entry[2], entry[1]:match "^(.*)%.[^.]*$" or entry[1] }
  end
  return known
end

-- A call outside of those layers is a row of its own when it has parameters, or joins several rows.
local function row_of_call(call, sources, known)
  local params, name = 0, nil
  for i = 1, call.n do
    local p = call.x[i] and known[io.tensor_id(call.x[i])]
    if p then params, name = params + p[1]:numel(), name or p[2] end
  end
  if #sources < 2 and params == 0 then return nil end
  return { name = name and call.op .. " " .. name or call.op, shape = shape_of(call.y[1]), params = params, share = 0 }
end

-- Rows with what they take from; row 0 is the input.
local function joined(layers, calls, known, x)
  local rows, made_by, at = {}, { [io.tensor_id(x)] = 0 }, 1
  local function add(row, sources)
    table.sort(sources)
    row.from = #sources > 0 and sources or { #rows }
    rows[#rows + 1] = row
  end
  local function sources_of(first, last)
    local sources, seen = {}, {}
    for k = first, last do
      for i = 1, calls[k].n do
        local from = calls[k].x[i] and made_by[io.tensor_id(calls[k].x[i])]
        if from and not seen[from] then seen[from], sources[#sources + 1] = true, from end
      end
    end
    return sources
  end
  local function idle(before)                         -- layers that made no call, as dropout makes none
    while layers[at] and layers[at].last < layers[at].first and layers[at].first <= before do
      local layer = layers[at]
      add(layer, { made_by[layer.out] })
      if layer.out then made_by[layer.out] = #rows end
      at = at + 1
    end
  end
  local i = 1
  while i <= #calls do
    idle(i)
    local layer = layers[at] and layers[at].first <= i and layers[at] or nil
    local last = layer and layer.last or i
    local sources = sources_of(i, last)
    local row = layer or row_of_call(calls[i], sources, known)
    if layer then at = at + 1 end
    if row then add(row, sources) end
    for k = i, last do
      for _, y in pairs(calls[k].y) do made_by[io.tensor_id(y)] = row and #rows or sources[1] end
    end
    i = last + 1
  end
  idle(math.huge)
  return rows
end

-- The input has a box where more than one row takes from it.
local function with_input(rows, x)
  local takers = 0
  for _, row in ipairs(rows) do
    if row.from[1] == 0 then takers = takers + 1 end
  end
  local more = takers > 1 and 1 or 0
  for _, row in ipairs(rows) do
    local from = {}
    for _, k in ipairs(row.from) do
      if k + more > 0 then from[#from + 1] = k + more end
    end
    row.from = from
  end
  if more == 1 then table.insert(rows, 1, { name = "input", shape = shape_of(x), params = 0, share = 0, from = {} }) end
  return rows
end

return function(net, x)
  local rows, calls = run(net, x)
  if calls and lunette.is_tensor(x) then rows = with_input(joined(rows, calls, parameters_of(net), x), x) end
  local total = 0
  for _, row in ipairs(rows) do total = total + row.share end
  for _, row in ipairs(rows) do row.share = total > 0 and row.share / total or 0 end
  return rows
end
