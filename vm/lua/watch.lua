--- watch.lua: what net:fit{viz=true} shows without further code: loss and metrics of training and validation, learning
-- rate, steps a second, gradient norm, and a title with epoch, time left and loss.
local EVERY = 0.1   -- seconds between two looks at what costs something: title, rate, gradient norm

-- Training before validation, so that each has its colour in all panels.
local function curves(row, step)
  local names = {}
  for name in pairs(row) do
    if name ~= "epoch" and name ~= "seconds" and name ~= "steps" and not lunette.is_tensor(row[name]) then
      names[#names + 1] = name
    end
  end
  table.sort(names, function(a, b)
    local va, vb = a:find "^val_" ~= nil, b:find "^val_" ~= nil
    if va ~= vb then return vb end
    return a < b
  end)
  for _, name in ipairs(names) do
    local panel, series = name:gsub("^val_", ""), name:find "^val_" and "validation" or "training"
    viz.plot(panel .. "/" .. series, row[name], { step = step })
  end
end

--- A watcher of one fit, which net:fit asks for: epochs, and steps of each.
function lunette.watch_fit(epochs, steps)
  local begun, looked, before = lunette.clock(), 0, 0
  local self, name, rate = {}, (viz.title() or "training"):match "^[^:]*", 0

  local function title(epoch, step, loss, now)
    local done = ((epoch - 1) * steps + step) / (epochs * steps)
    local left = (now - begun) / done - (now - begun)
    viz.title(("%s: epoch %d/%d   loss %.4g   %s left   %s steps a second"):format(name, epoch, epochs, loss,
      lunette.duration(left), rate < 100 and ("%.3g"):format(rate) or ("%.0f"):format(rate)))
  end

  local function look(epoch, step, loss, optimizer, now)
    local n = optimizer.steps
    if n < before then looked, before = now, n end -- it went back
    if now > begun and n > before then
      rate = looked > 0 and (n - before) / (now - looked) or n / (now - begun)
      viz.plot("steps a second/rate", rate, { step = n })
    end
    viz.plot("learning rate/rate", optimizer.lr, { step = n })
    viz.plot("gradient norm/all parameters", optimizer.norm or optimizer:clip_grad_norm(), { step = n })
    title(epoch, step, loss, now)
    looked, before = now, n
  end

  --- After each step.  The first look is a moment after the start, when a rate means something.
  function self.step(epoch, step, loss, optimizer)
    local now = lunette.clock()
    viz.plot("loss/training", loss, { step = optimizer.steps })
    if now - begun >= 0.02 and now - looked >= EVERY then look(epoch, step, loss, optimizer, now) end
  end

  --- After each epoch: the row of the history; the mean loss of training has its curve from the steps.
  function self.epoch(row, optimizer)
    local shown = {}
    for k, v in pairs(row) do
      if k ~= "loss" then shown[k] = v end
    end
    curves(shown, optimizer.steps)
    look(row.epoch, steps, row.loss, optimizer, lunette.clock()) -- a short training has its curves too
  end
  return self
end

--- What the window does with the states that net:fit{keep=} holds: ticks on the curves, of which a click marks one, a
-- button to go back there, and a slider for the rate to go on with.
function lunette.watch_kept(optimizer)
  local back = lunette.viz_back
  if viz.mode() == "off" then return nil end
  local self, pressed, rate, was = { moment = back.moment }, nil, nil, nil
  if viz.mode() == "window" then
    pressed = viz.button "go back"
    if optimizer.lr > 0 then
      was = optimizer.lr
      rate = viz.slider("rate from there", was, { was / 100, was * 100, log = true })
    end
  end

  function self.kept(list)
    local at = tensor.zeros(#list, 2, { dtype = "f64" })
    for i, s in ipairs(list) do at[{ i, 1 }], at[{ i, 2 }] = s.step, s.moment end
    back.kept(at)
  end

  --- What the user asks for, if anything: {step =, lr =}.  Nothing marked: the last state but one.
  function self.wanted(steps)
    if not pressed or not pressed() then return nil end
    local now = rate and rate()
    local moved = now ~= was and now or nil
    was = now
    return { step = back.marked() or steps[#steps - 1] or steps[1], lr = moved }
  end

  function self.went(s) back.fork(s.moment) end
  return self
end
