--- loader.lua: data sets and loaders.  A data set is a list of tensors {x, y, ...} of equal first size, or an
-- object with get(i) -> tensors of one sample, and #.

local function size_of(ds)
  if type(ds) == "table" and ds.get then return #ds end
  if type(ds) ~= "table" or not lunette.is_tensor(ds[1]) then
    lunette.raise("data: a list of tensors {x, y} or a data set expected, got " .. lunette.typename(ds))
  end
  local n = ds[1]:size(1)
  for i = 2, #ds do
    if ds[i]:size(1) ~= n then
      lunette.raise(("data: first sizes differ: %s and %s"):format(lunette.typename(ds[1]), lunette.typename(ds[i])))
    end
  end
  return n
end
data.size = size_of

local function take(ds, ids)
  if not ds.get then
    local parts = {}
    for i = 1, #ds do parts[i] = ds[i][ids] end
    return parts
  end
  local columns = {}
  for k = 1, ids:numel() do
    for c, v in ipairs { ds:get(ids[k]) } do
      columns[c] = columns[c] or {}
      columns[c][k] = lunette.is_tensor(v) and v or tensor(v)
    end
  end
  for c, column in ipairs(columns) do columns[c] = tensor.stack(column) end
  return columns
end
data.take = take

--- for x, y in data.loader{ds, batch=64, shuffle=true} do ... end
-- Options: batch=32, shuffle=false, drop_last=false, rng, weights (a tensor: how likely
-- each sample is, drawn with replacement).
-- #loader is the number of batches; a new order is drawn at each loop.
function data.loader(arg)
  local opt = lunette.checked("data.loader", arg, { batch = 32, shuffle = false, drop_last = false, rng = lunette.none,
    weights = lunette.none })
  local ds = arg[1]
  local n = size_of(ds)
  if math.type(opt.batch) ~= "integer" or opt.batch < 1 then
    lunette.raise("data.loader: batch must be a whole number from 1 on, got " .. tostring(opt.batch))
  end
  local count = opt.drop_last and n // opt.batch or (n + opt.batch - 1) // opt.batch
  local function order()
    if opt.weights then return tensor.multinomial(opt.weights, n, { replacement = true, rng = opt.rng }) end
    if opt.shuffle then return tensor.randperm { n, rng = opt.rng } end
    return nil
  end
  local function start()
    local at, ids = 0, order()
    return function()
      if at >= count then return nil end
      local first, last = at * opt.batch + 1, math.min(n, (at + 1) * opt.batch)
      at = at + 1
      if ids then return table.unpack(take(ds, ids[{ { first, last } }])) end
      if ds.get then return table.unpack(take(ds, tensor.arange(first, last))) end
      local parts = {}
      for i = 1, #ds do parts[i] = ds[i][{ { first, last } }] end
      return table.unpack(parts)
    end
  end
  return setmetatable({ batches = count, size = n }, {
    __len = function() return count end,
    __call = function(self, state, control)  -- `for x, y in loader do` calls it at each turn
      if control == nil then self.next = start() end
      local _ = state
      return self.next()
    end,
  })
end

--- data.split(ds, share, {shuffle=true, rng=}) -> two lists of tensors: the rest, and `share` (or that many) of it.
function data.split(ds, share, opt)
  opt = lunette.checked("data.split", opt, { shuffle = true, rng = lunette.none })
  local n = size_of(ds)
  local held = share < 1 and math.floor(n * share + 0.5) or share
  if held < 1 or held >= n then
    lunette.raise(("data.split: %s of %d samples leaves nothing on one side"):format(share, n))
  end
  local ids = opt.shuffle and tensor.randperm { n, rng = opt.rng } or tensor.arange(n)
  return take(ds, ids[{ { 1, n - held } }]), take(ds, ids[{ { n - held + 1, n } }])
end

--- data.labels{y, base=0} -> i64 labels counted from 1.
function data.labels(arg)
  local opt = lunette.checked("data.labels", arg, { base = 0 })
  return arg[1]:to "i64" + (1 - opt.base)
end
