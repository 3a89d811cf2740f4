--- fit.lua: net:fit{...}: the training loop with progress, validation, history, checkpoints of nothing but tensors.
local record = require "nn.record"
local none = lunette.none
local many = require "nn.many"
local tally = require "nn.tally"
local new_history = require "nn.history"
local new_keep = require "nn.keep"
local Module = nn.Module

local metrics = {}
record.declare { name = "nn.metrics", sig = "nn.metrics.NAME(output, target)", see = "net:fit",
  doc = "measures that net:fit knows by name; add your own functions",
  example = "function nn.metrics.error(y, t) return (y - t):abs():mean():item() end\nnn.metrics.error = nil",
  example2 = "print(nn.metrics.accuracy ~= nil)" }
nn.metrics = metrics

record.declare { name = "nn.metrics.accuracy", sig = "nn.metrics.accuracy(output, target)", see = "net:fit",
  doc = "share of right predictions: class numbers against [N,C] scores, or 0/1 against logits",
  example = 'print(nn.metrics.accuracy(tensor{{1, 2}, {3, 1}}, tensor{2, 1, dtype="i64"}))',
  example2 = "print(nn.metrics.accuracy(tensor{{-1}, {2}}, tensor{{0}, {0}}))" }
function metrics.accuracy(score, y)
  if score:dim() == y:dim() and score:size(-1) == y:size(-1) then
    return score:gt(0):eq(y:gt(0.5)):to "f32":mean():item()
  end
  return score:argmax(-1):eq(y):to "f32":mean():item()
end

-- One line that overwrites itself on a terminal; without one, a line an epoch.
local function Progress(epochs, steps, quiet)
  local tty, shown = lunette.isatty(2), 0
  local self = { start = lunette.clock() }
  function self.step(epoch, step, loss)
    local now = lunette.clock()
    if quiet or not tty or not lunette.is_first() or now - shown < 0.1 then return end
    shown = now
    local done = ((epoch - 1) * steps + step) / (epochs * steps)
    local spent = now - self.start
    local before = ("epoch %d/%d "):format(epoch, epochs)
    local told = { (" %d/%d"):format(step, steps), ("  loss %.4g"):format(loss),
      ("  %.0f steps/s"):format(((epoch - 1) * steps + step) / spent),
      ("  %s left"):format(lunette.duration(spent / done - spent)) }
    local room                                   -- a line that wraps could not be overwritten: say less, in this order
    for _, dispensable in ipairs { 3, 1, 4, 2 } do
      room = lunette.width() - 1 - #before - #table.concat(told)
      if room >= 0 then break end
      told[dispensable] = ""
    end
    local width = math.max(0, math.min(24, room))
    local full = math.floor(width * step / steps)
    io.stderr:write("\r\27[K", before, ("━"):rep(full), ("─"):rep(width - full), table.concat(told))
  end
  function self.epoch(epoch, text)
    if quiet or not lunette.is_first() then return end
    io.stderr:write(tty and "\r\27[K" or "", ("epoch %d/%d  %s\n"):format(epoch, epochs, text))
  end
  return self
end

-- A metric of the list: "accuracy", a function, or {name = ..., f = ...} of check_metrics.
local function as_metric(m)
  if type(m) == "function" then return "metric", m end
  if type(m) == "table" then return m.name, m.f end
  if not metrics[m] then
    local names = {}
    for k in pairs(metrics) do names[#names + 1] = k end
    table.sort(names)
    lunette.raise(("fit: unknown metric '%s' (known: %s)"):format(tostring(m), table.concat(names, " ")))
  end
  return m, metrics[m]
end

-- Entries {name =, f =} of the list, and of {name = f} of the user's in the order of names.
local function listed_metrics(given)
  local list, names = { table.unpack(given) }, {}
  for name, f in pairs(given) do
    if type(name) == "string" then
      if type(f) ~= "function" then
        lunette.raise(("fit: metric %s must be a function (scores, targets) -> number, got %s"):format(name,
          lunette.typename(f)))
      end
      names[#names + 1] = name
    end
  end
  table.sort(names)
  for _, name in ipairs(names) do list[#list + 1] = { name = name, f = given[name] } end
  for i, m in ipairs(list) do
    local name, f = as_metric(m)
    list[i] = { name = name, f = f }
  end
  return list
end

local about_evaluate = record.method { name = "evaluate", args = "{{X, Y}, loss=, metrics=}", see = "net:fit",
  doc = "mean loss and metrics, in eval mode, without gradients; f1, iou, precision, recall and confusion are those of "
    .. "all rows, other metrics means of the batches' values weighed by rows",
  options = { { "loss", none, "a function of output and target" }, { "metrics", {}, "names or functions" },
    { "batch", 256, "samples at a time" }, { "augment", none, "changes of pictures, as data.loader's" } },
  example = "print(net:evaluate{{tensor.ones(4, 2), tensor.ones(4, 1)}, loss = nn.mse}.loss >= 0)",
  example2 = 'print(net:evaluate{{tensor.ones(4, 2), tensor.ones(4, 1)}, metrics = {"accuracy"}}.accuracy)' }
function Module:evaluate(arg)
  local opt = lunette.checked("evaluate", arg, record.known(about_evaluate.options))
  local was, n, list = self.training, 0, listed_metrics(opt.metrics)
  local sums = tally.new(list)
  if opt.loss then sums.loss = 0 end
  if not opt.loss and #list == 0 then
    lunette.raise "evaluate: nothing to measure: loss=nn.cross_entropy or another function, or metrics, is missing"
  end
  self:eval()
  tensor.no_grad(function()
    for x, y in data.loader { arg[1], batch = opt.batch, augment = opt.augment, share = true } do
      local out, k = self(x), many.rows(x:size(1))
      n = n + k
      local value = opt.loss and opt.loss(out, y):item()
      if value and k > 0 then sums.loss = sums.loss + value * k end
      tally.add(sums, list, out, y, k)
    end
  end)
  self:train(was)
  n = tally.totals(sums, n)
  return tally.results(sums, list, n, {})
end

local function text_of(row)
  local names = {}
  for k in pairs(row) do
    if k ~= "epoch" and k ~= "seconds" and k ~= "steps" and not lunette.is_tensor(row[k]) then names[#names + 1] = k end
  end
  table.sort(names, function(a, b) return (a == "loss" and "" or a) < (b == "loss" and "" or b) end)
  local parts = {}
  for i, k in ipairs(names) do parts[i] = ("%s %.4g"):format(k, row[k]) end
  return table.concat(parts, "  ") .. ("  %.3g s"):format(row.seconds)
end

local function check_kind(name, value, ok, wanted)
  if not ok then lunette.raise(("fit: %s must be %s, got %s"):format(name, wanted, lunette.typename(value))) end
end

local function check_options(opt)
  if opt.loss == nil then lunette.raise("fit: loss=nn.cross_entropy or another function is missing") end
  check_kind("loss", opt.loss, type(opt.loss) == "function" or nn.is_module(opt.loss),
    "a function such as nn.cross_entropy")
  check_kind("metrics", opt.metrics, type(opt.metrics) == "table", 'a list such as {"accuracy"}')
  check_kind("opt", opt.opt, opt.opt == nil or type(opt.opt) == "table" and opt.opt.step and opt.opt.groups,
    "an optimiser such as optim.Adam{lr=1e-3}")
  if type(opt.val) == "number" and not (opt.val > 0 and (opt.val < 1 or opt.val % 1 == 0)) then
    lunette.raise(("fit: val must be a share below 1, a number of samples or data, got %g"):format(opt.val))
  end
  lunette.whole("fit", "epochs", opt.epochs)
  lunette.whole("fit", "batch", opt.batch)
  opt.metrics = listed_metrics(opt.metrics)
end

local function start_state(self, arg, opt)
  check_options(opt)
  local train, held = arg[1], opt.val
  if type(held) == "number" then train, held = data.split(train, held, { rng = opt.rng }) end
  local n = data.size(train)
  local steps = opt.drop_last and n // opt.batch or (n + opt.batch - 1) // opt.batch
  if steps == 0 then
    lunette.raise(("fit: no batch to train on: %d samples%s"):format(n,
      n > 0 and (", batch=%d and drop_last=true"):format(opt.batch) or ""))
  end
  local optimizer = opt.opt or optim.Adam {}
  if #optimizer.groups == 0 then optimizer:attach(self) end
  optimizer.schedule = opt.schedule or optimizer.schedule
  optimizer.clip_norm = opt.clip_norm or optimizer.clip_norm
  return { train = train, held = held, optimizer = optimizer, history = new_history(), epoch = 1, opt = opt,
    steps = steps, watch = opt.viz and lunette.watch_fit and lunette.watch_fit(opt.epochs, steps) or nil }
end

-- What would train without a word, and to no end.
local function check_batch(opt, out, y)
  if y == nil then lunette.raise("fit: the data have no targets: {X, Y}") end
  if opt.loss == nn.cross_entropy and lunette.is_tensor(out) and out.ndim > 0 and out:size(-1) == 1 then
    lunette.raise("fit: cross_entropy of one class is always 0; of one output the loss is nn.bce_logits")
  end
end

-- Where an epoch stands: kept in the state, so that a stopped one goes on with its next batch.
local function start_epoch(state)
  local opt, random = state.opt, tensor.rng_state()
  local own = opt.rng and tensor.rng_state(opt.rng)
  local loader = data.loader {
    state.train, batch = opt.batch, shuffle = opt.shuffle, rng = opt.rng, drop_last = opt.drop_last,
    augment = opt.augment, workers = opt.workers, share = true,
  }
  local at = { step = 0, seen = 0, total = tally.new(opt.metrics), spent = 0, random = random, own = own }
  function at.batch()
    if at.begun then return loader.next() end
    at.begun = true
    return loader()
  end
  return at
end

-- An epoch up to its batch after `step`, from where the generators stood before it: the default one and opt.rng (own).
local function reopen(state, random, step, own)
  tensor.rng_state(random)
  if own then tensor.rng_state(state.opt.rng, own) end
  local at = start_epoch(state)
  for _ = 1, step do at.batch() end
  at.step = step
  return at
end

-- A checkpoint of a stopped epoch: its steps so far, what they summed up to, and where the generator stood before it.
local function save_stopped(self, state)
  local at, total = state.at, {}
  for name, v in pairs(at.total) do total[name] = v end
  local numbers = { epoch = state.epoch - 1, step = at.step, seen = tally.totals(total, at.seen) }
  for name, v in pairs(total) do numbers["total/" .. name] = v end
  numbers["random/seed"], numbers["random/offset"] = table.unpack(at.random)
  return self:save_checkpoint(state.opt.checkpoint, state.optimizer, numbers)
end

-- The epoch that such a checkpoint stopped in, up to its next batch.  Of many processes the first takes the sums.
local function open_stopped(state, numbers)
  local now = tensor.rng_state()
  local at = reopen(state, { numbers["random/seed"], numbers["random/offset"] }, numbers.step)
  local share = lunette.is_first() and 1 or 0
  at.seen = numbers.seen * share
  for name, v in pairs(numbers) do
    local key = name:match "^total/(.*)"
    if key then at.total[key] = v * share end
  end
  state.at, state.random = at, now
end

-- Says of a state that stopped or went back: no row.
local STOPPED, BACK = nil, false

local function epoch_of(self, state, progress)
  local opt = state.opt
  local at = state.at or start_epoch(state)
  state.at = at
  local total, start = at.total, lunette.clock()
  while true do
    local x, y = at.batch()
    if x == nil then break end
    local out = self(x)
    check_batch(opt, out, y)
    local loss = opt.loss(out, y)
    if not lunette.is_tensor(loss) or loss:numel() ~= 1 then
      lunette.raise("fit: loss must return a tensor of one number, got " .. lunette.typename(loss))
    end
    state.optimizer:step(loss)
    local value, k = loss:item(), many.rows(x:size(1))
    if value ~= value and not state.told_nan then
      state.told_nan = true
      io.stderr:write(("\nfit: the loss is nan since epoch %d step %d: of the data, or of too large a rate; "
        .. "tensor.anomaly(true) tells where\n"):format(state.epoch, at.step + 1))
    end
    at.step, at.seen = at.step + 1, at.seen + k
    total.loss = (total.loss or 0) + (k > 0 and value * k or 0)
    tensor.no_grad(tally.add, total, opt.metrics, out, y, k)
    progress.step(state.epoch, at.step, value)
    if state.watch then state.watch.step(state.epoch, at.step, value, state.optimizer) end
    if opt.on_step then opt.on_step(at.step, value, state) end
    if lunette.stop_requested() then
      at.spent = at.spent + lunette.clock() - start
      state.stopped, state.random = at.step, tensor.rng_state()
      if opt.checkpoint then assert(save_stopped(self, state)) end
      return STOPPED
    end
    if state.kept then
      state.kept:take()
      if state.kept:asked() then return BACK end
    end
  end
  state.at = nil
  at.seen = tally.totals(total, at.seen)
  local row = { epoch = state.epoch, steps = at.step, seconds = at.spent + lunette.clock() - start }
  return tally.results(total, opt.metrics, at.seen, row)
end

lunette.set_fit_epoch(epoch_of)

-- From the epoch after the one that a checkpoint of fit{checkpoint=path} ended, or within the one that was stopped.
local function go_on(self, state, path)
  local numbers, why = self:load_checkpoint(path, state.optimizer)
  if not numbers then lunette.raise("fit: resume: " .. why) end
  if not numbers.epoch then lunette.raise(("fit: resume: %s: no checkpoint of a fit"):format(path)) end
  state.epoch = numbers.epoch + 1
  if numbers.step then open_stopped(state, numbers) end
end

local about_fit = record.method { name = "fit",
  args = "{{X, Y}, val=0.1, epochs=5, batch=64, opt=optim.Adam{lr=1e-3}, loss=nn.mse}",
  see = "data.loader, optim.Adam, net:evaluate, net:save_checkpoint",
  doc = "trains with a progress bar; returns the history: a row an epoch, history.loss a list",
  options = { { "epochs", 1, "rounds through the data" }, { "batch", 32, "samples in a step" },
    { "opt", none, "an optimiser; optim.Adam{} by default" }, { "loss", none, "a function of output and target" },
    { "metrics", {}, "names or functions" }, { "val", none, "data held out, or a share of it" },
    { "shuffle", true, "a new order each epoch" }, { "viz", false, "live curves" },
    { "quiet", false, "no progress" }, { "drop_last", false, "leave a short batch out" },
    { "rng", none, "a generator for the order" }, { "schedule", none, "learning rate by step" },
    { "clip_norm", none, "largest norm of the gradients" }, { "on_step", none, "f(step, loss, state)" },
    { "on_epoch", none, "f(row, state); false ends" },
    { "resume", false, "go on where ^C stopped, or after the checkpoint at this path, with the same bits" },
    { "checkpoint", none, "a path, written after each epoch and at a ^C" },
    { "augment", none, "changes of pictures, as data.loader's" }, { "workers", 0, "threads that make batches" },
    { "val_augment", none, "changes of the data held out" },
    { "keep", none, "so many states stay in memory, evenly thinned, to go back to: viz.rewind, a click on a curve" } },
  example = "h = net:fit{{tensor.randn(8, 2), tensor.randn(8, 1)}, loss = nn.mse, quiet = true}\nprint(#h)",
  example2 = "X = tensor.randn(64, 2)\nh = net:fit{{X, X:sum(2):view(-1, 1)}, val = 0.25, epochs = 2, loss = nn.mse, "
    .. "opt = optim.SGD{lr = 0.1}, quiet = true}\nprint(h[2].val_loss < 10)" }
local function begun(self, arg)
  local opt = lunette.checked("fit", arg, record.known(about_fit.options))
  local from = type(opt.resume) == "string" and opt.resume or nil
  local state = opt.resume and not from and rawget(self, "_fit")
  if opt.resume and not from and not state then
    lunette.raise("fit: nothing to resume; no fit of this network was stopped")
  end
  if state then return state end
  if arg[1] == nil then lunette.raise("fit: data expected first: net:fit{{x, y}, loss=...}") end
  state = start_state(self, arg, opt)
  if from then go_on(self, state, from) end
  if opt.keep then state.kept = new_keep(self, state, reopen) end
  return state
end

-- What is measured and said after an epoch; false: on_epoch ends the fit.
local function end_epoch(self, state, row, progress)
  local opt = state.opt
  if state.held then
    for k, v in pairs(self:evaluate { state.held, loss = opt.loss, metrics = opt.metrics, batch = opt.batch,
      augment = opt.val_augment }) do
      row["val_" .. k] = v
    end
  end
  if state.watch then state.watch.epoch(row, state.optimizer) end
  state.history[#state.history + 1] = row
  progress.epoch(state.epoch, text_of(row))
  state.epoch = state.epoch + 1
  if opt.checkpoint then assert(self:save_checkpoint(opt.checkpoint, state.optimizer, { epoch = row.epoch })) end
  local more = not opt.on_epoch or opt.on_epoch(row, state) ~= false
  if more and state.kept then state.kept:asked() end
  return more
end

function Module:fit(arg)
  if type(arg) ~= "table" or lunette.is_tensor(arg) then
    lunette.raise("fit: one table expected: net:fit{{x, y}, loss=nn.mse}; got " .. lunette.typename(arg))
  end
  if arg.lr ~= nil then
    lunette.raise "fit: unknown option 'lr'. The optimiser has it: opt = optim.Adam{lr = 0.001}"
  end
  local state = begun(self, arg)
  local opt = state.opt
  state.stopped = nil
  rawset(self, "_fit", state)
  local progress = Progress(opt.epochs, state.steps, opt.quiet)
  local _ <close> = lunette.training()
  local _ <close> = state.kept and state.kept:run()
  self:train()
  if state.random then tensor.rng_state(state.random) end
  state.random = nil
  if state.kept then
    state.at = state.at or start_epoch(state)
    state.kept:take()
  end
  local more = true
  while more and state.epoch <= opt.epochs do
    local row = epoch_of(self, state, progress)
    if row == STOPPED then
      local where = "\nstopped at epoch %d step %d; fit{resume=true} continues\n"
      if lunette.is_first() then io.stderr:write(where:format(state.epoch, state.stopped)) end
      return state.history, state
    end
    more = row == BACK or end_epoch(self, state, row, progress)
  end
  rawset(self, "_fit", nil)
  return state.history
end
