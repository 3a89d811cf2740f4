--- loader.lua: batches.  A data set is a list of tensors {x, y, ...} of equal first size, pictures in files
-- (data.image_folder), or an object with get(i) -> tensors of one sample, and #.
local record = require "nn.record"
local none = lunette.none
local io = lunette.io
local augment = require "nn.data.augment"
local many = require "nn.many"

local function size_of(ds)
  if type(ds) == "table" and ds.get then return #ds end
  if type(ds) ~= "table" or not lunette.is_tensor(ds[1]) then
    lunette.raise("data: a list of tensors {x, y} or a data set expected, got " .. lunette.typename(ds))
  end
  local n = ds[1]:size(1)
  for i = 2, #ds do
    if not lunette.is_tensor(ds[i]) then
      lunette.raise(("data: tensors expected, got %s in place %d (tensor{...} makes one of a table)"):format(
        lunette.typename(ds[i]), i))
    end
    if ds[i]:size(1) ~= n then
      lunette.raise(("data: first sizes differ: %s and %s"):format(lunette.typename(ds[1]), lunette.typename(ds[i])))
    end
  end
  return n
end
record.declare { name = "data.size", sig = "data.size(ds)", see = "data.take",
  doc = "the number of samples of a data set",
  example = "print(data.size{tensor.ones(5, 2)})",
  example2 = "print(data.size{tensor.ones(3), tensor.zeros(3)})" }
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
record.declare { name = "data.take", sig = "data.take(ds, ids)", see = "data.split",
  doc = "the tensors of the samples with these numbers",
  example = 'print(data.take({tensor.arange(5)}, tensor{2, 3, dtype="i64"})[1])',
  example2 = "print(#data.take({tensor.ones(4, 2)}, tensor.arange(2)))" }
data.take = take

-- --- where batches come from: start(epoch, batches) -> a round, next(round, k): batch k; --------------------------
-- batches(k) are the samples of batch k, an i64 tensor

local function Plain(ds)
  return {
    start = function(_, batches) return batches end,
    next = function(batches, k)
      local ids, first, last = batches(k)
      if ids or ds.get then return take(ds, ids or tensor.arange(first, last)) end
      local parts = {}
      for i = 1, #ds do parts[i] = ds[i][{ { first, last } }] end
      return parts
    end,
    close = function() end,
  }
end

-- Height, width, channels (nil: none) and dtype of a data set's pictures, what holds them, and the columns beside them.
local function describe(ds)
  if ds.paths then
    local h, w, c = io.image_info(ds.paths[1])
    if not h then lunette.raise("data.loader: " .. w) end
    return h, w, ds.channels > 0 and ds.channels or c, "u8", ds.paths, { ds.labels }
  end
  local x = ds[1]
  if not lunette.is_tensor(x) or x:dim() < 3 or x:dim() > 4 or (x.dtype ~= "u8" and x.dtype ~= "f32") then
    lunette.raise("data.loader: augment wants pictures first: u8 or f32 [n,h,w] or [n,h,w,c], got "
      .. lunette.typename(x))
  end
  return x:size(2), x:size(3), x:dim() == 4 and x:size(4) or nil, x.dtype, x:detach():contiguous(),
    table.move(ds, 2, #ds, 1, {})
end

-- Batches of pictures, read and changed in C: opt.prefetch of them are under way while one is used.
local function Pictures(ds, opt)
  local list = augment.encode("data.loader", opt.augment or {})
  local h, w, c, dtype, source, columns = describe(ds)
  local why
  h, why = io.augment_size(list, h, w)
  if not h then lunette.raise("data.loader: " .. why) end
  w, dtype = why, opt.dtype or dtype
  local pool = io.loader(source, list,
    { channels = ds.channels or 0, seed = opt.seed or augment.seed(opt.rng), workers = opt.workers })
  local owner -- the round whose batches the pool works on
  local function send(round)
    round.sent = round.sent + 1
    local ids, first, last = round.batches(round.sent)
    if not ids then
      if not first then return end
      ids = tensor.arange(first, last)
    end
    local shape = { ids:numel(), h, w, c }
    shape.dtype = dtype
    local x = tensor.empty(shape)
    pool:send(ids, round.epoch, x)
    round.under_way[round.sent] = { ids, x }
  end
  -- The pool turns to a round that another one interrupted, from its batch k on.
  local function own(round, k)
    if owner == round then return end
    pool:drop()
    owner, round.sent, round.under_way = round, k - 1, {}
  end
  return {
    start = function(epoch, batches) return { epoch = epoch, batches = batches } end,
    next = function(round, k)
      own(round, k)
      local ahead = opt.workers > 0 and opt.prefetch or 0
      while round.sent < k + ahead do send(round) end
      local ids, x = table.unpack(round.under_way[k])
      round.under_way[k] = nil
      pool:take()
      local parts = { x }
      for i, column in ipairs(columns) do parts[i + 1] = column[ids] end
      return parts
    end,
    close = function() pool:close() end,
  }
end

local function source_of(ds, opt)
  if opt.augment or ds.paths then
    if ds.get and not ds.paths then
      lunette.raise "data.loader: augment wants pictures in files or in a tensor; this data set computes in Lua"
    end
    return Pictures(ds, opt)
  end
  if opt.workers > 0 and ds.get then
    lunette.raise "data.loader: workers read and change pictures; this data set computes in Lua, which has one thread"
  end
  return Plain(ds)
end

local about_loader = record.declare { name = "data.loader",
  sig = "for x, y in data.loader{ds, batch=32, shuffle=true} do ... end",
  see = "data.image_folder, data.image.augment, net:fit",
  doc = "mini-batches of tensors {X, Y}, of an object with get(i) and #, or of pictures, which threads read and "
    .. "change: the same for a seed at any number of workers. loader.epoch counts rounds, loader:close() ends the "
    .. "workers",
  options = { { "batch", 32, "samples in one" }, { "shuffle", false, "a new order each round" },
    { "drop_last", false, "leave a short batch out" }, { "rng", none, "a generator for the order" },
    { "weights", none, "a tensor: how likely each sample is, drawn with replacement" },
    { "augment", none, "changes to pictures: see data.image.augment" }, { "workers", 0, "threads for pictures" },
    { "prefetch", 2, "batches that workers are ahead" }, { "seed", none, "of the changes; else drawn from rng" },
    { "dtype", none, '"f32": pictures from 0 to 1; else as they are' },
    { "share", none, "in many processes (dist): true: each gets its rows of every batch, false: all rows; none: "
      .. "its rows where gradients are recorded and the loader shuffles, weighs, or gives targets too; after a break "
      .. "loader:close() ends that the losses are shares" } },
  example = "for x in data.loader{{tensor.arange(4)}, batch = 2} do print(x) end",
  example2 = 'for x in data.loader{{tensor.rand(4, 8, 8, 3)}, workers = 2, augment = {{"flip"}}} do '
    .. 'print(x.shape[1]) end' }
local function checked_options(arg)
  if type(arg) ~= "table" or lunette.is_tensor(arg) then
    lunette.raise("data.loader: one table expected: data.loader{{x, y}, batch=32}; got " .. lunette.typename(arg))
  end
  local opt, n = lunette.checked("data.loader", arg, record.known(about_loader.options)), size_of(arg[1])
  opt.batch = lunette.whole("data.loader", "batch", opt.batch)
  opt.workers = lunette.whole("data.loader", "workers", opt.workers, 0, 64)
  opt.prefetch = lunette.whole("data.loader", "prefetch", opt.prefetch, 0, 60)
  if opt.seed then opt.seed = lunette.whole("data.loader", "seed", opt.seed, 0) end
  if opt.dtype and opt.dtype ~= "u8" and opt.dtype ~= "f32" then
    lunette.raise("data.loader: dtype must be 'u8' or 'f32', got " .. tostring(opt.dtype))
  end
  if opt.weights and (not lunette.is_tensor(opt.weights) or opt.weights:numel() ~= n) then
    lunette.raise(("data.loader: weights must be a tensor of %d numbers, got %s"):format(n,
      lunette.typename(opt.weights)))
  end
  return opt, n
end

-- Does this process get its share of each batch?  Not of what is only looked at: predictions are wanted whole.
local function is_shared(ds, opt)
  if not lunette.is_many() or opt.share == false then return false end
  return opt.share or tensor.is_recording() and (opt.shuffle or opt.weights ~= nil or #ds > 1 or ds.get ~= nil)
end

local function order(n, opt)
  if opt.weights then return tensor.multinomial(opt.weights, n, { replacement = true, rng = opt.rng }) end
  if opt.shuffle then return tensor.randperm { n, rng = opt.rng } end
  return nil
end

--- #loader is the number of batches; a new order is drawn at each loop, and loader.epoch counts them.
function data.loader(arg)
  local opt, n = checked_options(arg)
  local ds = arg[1]
  local source = source_of(ds, opt)
  local count = opt.drop_last and n // opt.batch or (n + opt.batch - 1) // opt.batch
  local function bounds(k) return (k - 1) * opt.batch + 1, math.min(n, k * opt.batch) end
  local function start(self)
    local at, ids = 0, order(n, opt)
    local shared = is_shared(ds, opt)
    -- A loop within one that shares gives back what held there; one that shares leaves nothing behind.
    local around = shared and { 1, false } or lunette.is_many() and { lunette.loss_counts() } or nil
    if shared then ids = many.order(ids) end
    self.epoch = self.epoch + 1
    local round = source.start(self.epoch, function(k)
      if k > count then return nil end
      local first, last = bounds(k)
      if shared then first, last = many.part(first, last) end
      return ids and ids[{ { first, last } }], first, last
    end)
    return function()
      if at >= count then
        if around then lunette.loss_counts(table.unpack(around)) end
        return nil
      end
      at = at + 1
      if shared then
        lunette.loss_counts(select(3, many.part(bounds(at))), true)
      elseif around then
        lunette.loss_counts(1, false)
      end
      return table.unpack(source.next(round, at))
    end
  end
  -- Several loops may be under way at once: the tensor that a turn gave, which `for` hands back at the next, says
  -- which one asks.
  local loops = setmetatable({}, { __mode = "k" })
  local function turn(go, first, ...)
    if first ~= nil then loops[first] = go end
    return first, ...
  end
  local function close(...)
    if lunette.is_many() then lunette.loss_counts(1, false) end -- of a loop that was left by break
    return source.close(...)
  end
  return setmetatable({ batches = count, size = n, epoch = 0, close = close }, {
    __len = function() return count end,
    __close = close,
    __call = function(self, state, control)  -- `for x, y in loader do` calls it at each turn
      if control == nil then self.next = start(self) end
      local _, go = state, loops[control] or self.next
      return turn(go, go())
    end,
  })
end

local about_split = record.declare { name = "data.split",
  sig = "local rest, part = data.split(ds, share, {shuffle=true, rng=})", see = "data.loader",
  doc = "two data sets: `share` (below 1) or that many samples of it, and the rest",
  options = { { "shuffle", true, "at random, not the last ones" }, { "rng", none, "a generator" } },
  example = "local rest, part = data.split({tensor.arange(10)}, 0.2)\nprint(#rest[1], #part[1])",
  example2 = "a, b = data.split({tensor.arange(10)}, 3, {shuffle = false})\nprint(b[1])" }
function data.split(ds, share, opt)
  opt = lunette.checked("data.split", opt, record.known(about_split.options))
  local n = size_of(ds)
  local held = share < 1 and math.floor(n * share + 0.5) or share
  if held < 1 or held >= n then
    lunette.raise(("data.split: %s of %d samples leaves nothing on one side"):format(share, n))
  end
  local ids = opt.shuffle and tensor.randperm { n, rng = opt.rng } or tensor.arange(n)
  if opt.shuffle and lunette.is_many() then ids = many.order(ids) end
  local function part(first, last)
    local some = ids[{ { first, last } }]
    return ds.subset and ds:subset(some) or take(ds, some)
  end
  return part(1, n - held), part(n - held + 1, n)
end

local about_labels = record.declare { name = "data.labels", sig = "data.labels{y, base=0}", see = "nn.cross_entropy",
  doc = "i64 labels counted from 1",
  options = { { "base", 0, "the lowest label in y" } },
  example = "print(data.labels{tensor{0, 2}})",
  example2 = "print(data.labels{tensor{5, 6}, base = 5})" }
function data.labels(arg)
  local opt = lunette.checked("data.labels", arg, record.known(about_labels.options))
  return arg[1]:to "i64" + (1 - opt.base)
end
