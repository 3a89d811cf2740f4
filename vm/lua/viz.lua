--- viz.lua: what users give to the window's panels, brought into arrays.  Class labels are 1-based here.  The window
-- itself, its files and recordings: window.lua.
local record = require "nn.record"
-- The underscored functions of bind_viz.c are taken as locals and removed.
local raw = {}
for name, f in pairs(viz) do
  if name:sub(1, 1) == "_" then raw[name:sub(2)] = f end
end
for name in pairs(raw) do viz["_" .. name] = nil end
lunette.step_begins = raw.step_begins                      -- optimisers call it

lunette.viz_runs = { curves = raw.curves, ghost = raw.ghost }                -- for vm/lua/runs.lua
lunette.viz_back = { kept = raw.kept, marked = raw.marked, fork = raw.fork, moment = raw.moment } -- vm/lua/watch.lua
lunette.viz_costs = { frame = raw.frame, host = raw.host_seconds }  -- for `lunette bench viz`

local none, is_tensor = lunette.none, lunette.is_tensor
local layers_of = require "vm.layers"

local function check_name(what, name)
  if type(name) ~= "string" then lunette.raise(what .. ": a panel's name expected, got " .. lunette.typename(name)) end
end

-- Declares viz.name: what help says of it.  Gives a function that checks the options of a call by that.
local function declare(entry)
  local what = "viz." .. entry.name
  entry.sig, entry.name = ("%s(%s)"):format(what, entry.args), what
  entry.args, entry.see = nil, entry.see or "viz.plot, viz.save"
  record.declare(entry)
  return function(given) return record.checked(what, given, entry.options) end
end

-- Before a call posts: a loop that only shows things stands here while the user has paused, its last pictures whole.
local function posting(what, name)
  check_name(what, name)
  raw.pass(what, name)
end

-- A tensor or nested table as a contiguous tensor of a dtype, without gradient.
local function array(what, x, dtype)
  if x == nil then return nil end
  if type(x) == "number" then x = tensor(x) end
  if type(x) == "table" then
    local ok, made = pcall(tensor, x)
    if not ok then lunette.raise(what .. ": " .. tostring(made):gsub("^tensor: ", ""):gsub("\n.*", "")) end
    x = made
  end
  if not is_tensor(x) then lunette.raise(("%s: a tensor expected, got %s"):format(what, lunette.typename(x))) end
  return x:detach():to(dtype):contiguous()
end

-- The same of so many dimensions.
local function shaped(what, x, dtype, dims, form)
  x = array(what, x, dtype)
  if #x.shape ~= dims then lunette.raise(("%s: %s expected, got %s"):format(what, form, lunette.typename(x))) end
  return x
end

local function is_rectangle(r)
  for i = 1, 4 do
    if type(r) ~= "table" or type(r[i]) ~= "number" then return false end
  end
  return true
end
local function check_range(what, r)
  if r ~= nil and not is_rectangle(r) then lunette.raise(what .. ": range must be four numbers {x0, x1, y0, y1}") end
end

local function texts(what, list)
  if list == nil then return nil end
  local out = {}
  if is_tensor(list) then list = list:reshape(-1):totable() end
  if type(list) ~= "table" then
    lunette.raise(("%s: a list of texts expected, got %s"):format(what, lunette.typename(list)))
  end
  for i, v in ipairs(list) do out[i] = tostring(v) end
  return out
end

-- A function, or what is called like one; nets are.
local function callable(f)
  local meta = getmetatable(f)
  return type(f) == "function" or not is_tensor(f) and type(meta) == "table" and meta.__call ~= nil or nn.is_module(f)
end

local function no_grad(f, ...) return tensor.no_grad(f, ...) end

-- A list of pictures of one size and type as a batch.
local function stacked(what, list)
  for i, x in ipairs(list) do
    local got, first = lunette.typename(x), lunette.typename(list[1])
    if not is_tensor(x) then lunette.raise(("%s: picture %d must be a tensor, got %s"):format(what, i, got)) end
    if got ~= first then
      local form = "%s: pictures of one size and type expected, but 1 is %s and %d is %s"
      lunette.raise(form:format(what, first, i, got))
    end
  end
  return tensor.stack(list)
end

-- Pictures whose last channel is alpha, laid over white.
local function over_white(x)
  local n = x.shape[#x.shape] - 1
  local alpha = x.dtype == "u8" and x:narrow(-1, n + 1, 1):to "f32" / 255 or x:narrow(-1, n + 1, 1)
  local white = x.dtype == "u8" and 255 or 1
  local y = x:narrow(-1, 1, n):to "f32" * alpha + (1 - alpha) * white
  return (x.dtype == "u8" and (y + 0.5):to "u8" or y):contiguous()
end

-- One picture or a batch as N x H x W x C, u8 or f32.  What is at least eight wide and has 2 or 4 channels has alpha.
local function pictures(what, x)
  if type(x) == "table" and not is_tensor(x) and is_tensor(x[1]) then x = stacked(what, x) end
  if not is_tensor(x) then
    lunette.raise(what .. ": a tensor or a list of tensors expected, got " .. lunette.typename(x))
  end
  x = array(what, x, x.dtype == "u8" and "u8" or "f32")
  if x:numel() == 0 then lunette.raise(("%s: %s has no pixels"):format(what, lunette.typename(x))) end
  local s = x.shape
  if (#s == 3 or #s == 4) and (s[#s] == 2 or s[#s] == 4) and s[#s - 1] >= 8 then x = over_white(x) end
  s = x.shape
  local last = s[#s]
  if #s == 2 then return x:view(1, s[1], s[2], 1) end
  if #s == 3 and (last == 1 or last == 3) then return x:view(1, s[1], s[2], last) end
  if #s == 3 then return x:view(s[1], s[2], s[3], 1) end
  if #s == 4 and (last == 1 or last == 3) then return x end
  local form = "%s: H x W, H x W x 1 or 3, or a batch of them expected, got %s"
  return lunette.raise(form:format(what, lunette.typename(x)))
end

local image_options = declare { name = "image", args = "name, img, {labels=}", see = "viz.boxes, viz.mask",
  doc = "a picture H x W or H x W x C, C 1 or 3, or 2 or 4 with alpha, u8 or floats in 0..1; a batch or a list is a "
    .. "grid",
  options = { { "labels", none, "a text for each" } },
  example = 'viz.image("digits", tensor.rand(4, 8, 8))',
  example2 = 'viz.image("pair", tensor.rand(2, 8, 8, 3), {labels = {"a", "b"}})' }
function viz.image(name, img, options)
  posting("viz.image", name)
  local o = image_options(options)
  raw.image(name, pictures("viz.image", img), texts("viz.image: labels", o.labels))
end

local wipe_options = declare { name = "wipe", args = 'name, a, b, {labels={"before", "after"}}', see = "viz.image",
  doc = "two pictures of one size on one place: left of a line the first, right of it the second; the line follows the "
    .. "mouse",
  options = { { "labels", none, "of the two" } },
  example = 'viz.wipe("style", tensor.zeros(8, 8, 3), tensor.ones(8, 8, 3))',
  example2 = 'viz.wipe("style", tensor.rand(8, 8), tensor.rand(8, 8), {labels = {"content", "generated"}})' }
function viz.wipe(name, a, b, options)
  posting("viz.wipe", name)
  local o = wipe_options(options)
  local function picture(x)
    if not is_tensor(x) or (#x.shape ~= 2 and #x.shape ~= 3) then
      lunette.raise("viz.wipe: H x W or H x W x 3 expected, got " .. lunette.typename(x))
    end
    x = array("viz.wipe", x, x.dtype == "u8" and "u8" or "f32")
    return x:view(1, x.shape[1], x.shape[2], x.shape[3] or 1)
  end
  local labels = o.labels or {}
  raw.wipe(name, picture(a), picture(b), labels[1] and { labels[1] }, labels[2] and { labels[2] })
end

local boxes_options = declare { name = "boxes", args = "name, boxes, {labels=, scores=, class=, truth=}",
  see = "viz.image", doc = "N x 4 pixels x1 y1 x2 y2 over an image panel",
  options = { { "labels", none, "a text for each" }, { "scores", none, "a number for each" },
    { "class", none, "a label from 1 for each: its colour; else each text in labels has its own" },
    { "truth", false, "draw as ground truth" } },
  example = 'viz.image("img", tensor.rand(8, 8))\nviz.boxes("img", tensor{{1, 1, 4, 4}})',
  example2 = 'viz.image("img", tensor.rand(8, 8))\n'
    .. 'viz.boxes("img", tensor{{1, 1, 4, 4}}, {labels = {"cat"}, scores = tensor{0.9}})' }
function viz.boxes(name, boxes, options)
  posting("viz.boxes", name)
  local o = boxes_options(options)
  local b = array("viz.boxes", boxes, "f32")
  if b:numel() == 0 then b = b:view(0, 4) end
  if #b.shape ~= 2 or b.shape[2] ~= 4 then lunette.raise("viz.boxes: N x 4 expected, got " .. lunette.typename(b)) end
  local class = array("viz.boxes: class", o.class, "i32")
  raw.boxes(name, b, texts("viz.boxes: labels", o.labels), array("viz.boxes: scores", o.scores, "f32"), o.truth,
    class and (class - 1):to "i32":contiguous())
end

local mask_options = declare { name = "mask", args = "name, mask, {classes=, alpha=}", see = "viz.image",
  doc = "H x W labels (from 1; 0 is transparent) over an image panel",
  options = { { "classes", none, "names for the legend" }, { "alpha", 0.5, "how much it covers", { 0, most = 1 } } },
  example = 'viz.image("img", tensor.rand(4, 4))\nviz.mask("img", tensor.ones(4, 4))',
  example2 = 'viz.image("img", tensor.rand(4, 4))\nviz.mask("img", tensor.ones(4, 4), {alpha = 0.3})' }
function viz.mask(name, mask, options)
  posting("viz.mask", name)
  local o = mask_options(options)
  local m = shaped("viz.mask", mask, "i32", 2, "H x W")
  raw.mask(name, (m - 1):to "i32":contiguous(), texts("viz.mask: classes", o.classes), o.alpha)
end

-- Class ids from 0: labels are 1-based; 0/1 labels of a binary task are taken as they are.
local function ids(what, y)
  if y == nil then return nil, 0 end
  y = array(what, y, "i32")
  y = y:reshape(-1)
  if y:numel() == 0 then return y, 0 end
  local least = math.floor(y:min():item())
  if least > 0 then y = (y - 1):to "i32":contiguous() end
  return y, math.floor(y:max():item()) + 1
end

local function points(what, xy)
  if xy == nil then lunette.raise(what .. ": N x 2 expected, got nothing") end
  local p = array(what, xy, "f32")
  if #p.shape ~= 2 or p.shape[2] ~= 2 then lunette.raise(what .. ": N x 2 expected, got " .. lunette.typename(p)) end
  return p
end

-- N pictures as u8 [N, h, w, 1 or 3].
local function thumbs(what, x)
  if x == nil then return nil end
  if type(x) == "table" and not is_tensor(x) and is_tensor(x[1]) then x = stacked(what, x) end
  if not is_tensor(x) then lunette.raise(what .. ": pictures expected, got " .. lunette.typename(x)) end
  if #x.shape == 3 then x = x:unsqueeze(4) end
  if #x.shape ~= 4 or (x.shape[4] ~= 1 and x.shape[4] ~= 3) then
    lunette.raise(("%s: N x h x w x 1 or 3 expected, got %s"):format(what, lunette.typename(x)))
  end
  if x.dtype ~= "u8" then x = (x:to "f32":clamp(0, 1) * 255):to "u8" end
  return x:contiguous()
end

local scatter_options = declare { name = "scatter", args = "name, xy, {class=, label=, classes=, thumb=, equal=}",
  see = "viz.boundary", doc = "N x 2 points; shift and drag open the pictures and texts of those in the box",
  options = { { "class", none, "a label for each" }, { "label", none, "a text for each" },
    { "classes", none, "names for the legend" }, { "thumb", none, "N pictures, shown under the mouse" },
    { "equal", false, "a unit of x as long as one of y" } },
  example = 'viz.scatter("points", tensor.randn(20, 2))',
  example2 = 'viz.scatter("points", tensor.randn(3, 2), {label = {"a", "b", "c"}})' }
function viz.scatter(name, xy, options)
  posting("viz.scatter", name)
  local o = scatter_options(options)
  raw.scatter(name, points("viz.scatter", xy), (ids("viz.scatter: class", o.class)),
    texts("viz.scatter: label", o.label), texts("viz.scatter: classes", o.classes),
    thumbs("viz.scatter: thumb", o.thumb), o.equal)
end

-- A function's values on a grid: rows from y0 up.
local function grid_inputs(range, n)
  local xs = tensor.linspace(range[1], range[2], n)
  local ys = tensor.linspace(range[3], range[4], n)
  return tensor.stack { xs:view(1, n):expand(n, n):reshape(-1), ys:view(n, 1):expand(n, n):reshape(-1), dim = 2 }
end

local function range_of(xy)
  local lo, hi = xy:min(1), xy:max(1)
  local out = {}
  for k = 1, 2 do
    local a, b = lo[k], hi[k]
    local margin = b > a and 0.15 * (b - a) or 0.5
    out[2 * k - 1], out[2 * k] = a - margin, b + margin
  end
  return out
end

-- The value shown of a network's outputs: the probability of class 2 of two, else the most likely class from 0.
local function regions(out, classes)
  local s = out.shape
  local width = #s > 1 and s[2] or 1
  if width == 1 then
    local v = out:reshape(-1):to "f32"
    local lo, hi = v:min():item(), v:max():item()
    if classes > 2 then return v - 1, classes end
    if lo < 0 or hi > 1 then v = v:sigmoid() end
    return v, 2
  end
  if width == 2 then
    out = out:to "f32"
    return (out:select(2, 2) - out:select(2, 1)):sigmoid(), 2
  end
  local _, best = out:max(2)
  return best:reshape(-1):to "f32" - 1, width
end

-- Drawing boundaries costs passes of the networks: at most this share of the time, over all such panels.
local SHARE = 0.01
local due, panels, pending = {}, 0, {}

-- Where a grid lies, as bind_viz.c reads it.
local function extent(range) return { x0 = range[1], x1 = range[2], y0 = range[3], y1 = range[4] } end

local function draw_boundary(name, net, X, y, o)
  local xy = points("viz.boundary", X)
  local range = o.range or range_of(xy)
  local id, classes = ids("viz.boundary: y", y)
  local out = net(grid_inputs(range, o.n))
  if not is_tensor(out) or out.shape[1] ~= o.n * o.n then
    lunette.raise("viz.boundary: a row for each of the grid's points expected, got " .. lunette.typename(out))
  end
  local values, count = regions(out:detach(), classes)
  raw.boundary(name, values:to "f32":contiguous():view(o.n, o.n), extent(range),
    math.max(count, classes), xy, id, nil, texts("viz.boundary: classes", o.classes), o.equal)
end

-- Without gradients and with dropout and the like at rest.
local function evaluate_boundary(name, net, X, y, o)
  local training = type(net) == "table" and net.training
  if training then net:eval() end
  local ok, e = pcall(tensor.no_grad, draw_boundary, name, net, X, y, o)
  if training then net:train() end
  if not ok then error(e, 0) end
end

local boundary_options = declare { name = "boundary", args = "name, net, X, y, {n=80}", see = "viz.scatter",
  doc = "the decision regions of a net, or a function of N x 2 points that gives logits, probabilities or one value a "
    .. "point, under points X with labels y; called every step it draws as often as 1 % of the time allow, and the "
    .. "last state at the end",
  options = { { "n", 80, "points a side", "whole" }, { "range", none, "{x0, x1, y0, y1}" },
    { "classes", none, "names for the legend" }, { "force", false, "draw now, whatever it costs" },
    { "equal", false, "a unit of x as long as one of y" } },
  example = 'X = tensor.randn(20, 2)\nviz.boundary("planar", nn.Linear(2, 1), X, X[":, 1"]:gt(0))',
  example2 = 'X = tensor.randn(20, 2)\n'
    .. 'viz.boundary("planar", nn.Linear(2, 1), X, X[":, 1"]:gt(0), {n = 20, force = true})' }
function viz.boundary(name, net, X, y, options)
  posting("viz.boundary", name)
  local o = boundary_options(options)
  check_range("viz.boundary", o.range)
  if not callable(net) then
    lunette.raise("viz.boundary: a net or a function expected, got " .. lunette.typename(net))
  end
  if viz.mode() == "off" then return end
  local now = lunette.clock()
  if due[name] and not o.force and now < due[name] then
    pending[name] = { net, X, y, o }
    return
  end
  local first = not due[name]
  if first then panels = panels + 1 end
  pending[name] = nil
  evaluate_boundary(name, net, X, y, o)
  local after = lunette.clock()
  local pause = first and 0 or panels * (after - now) / SHARE  -- the first pass is slower than those to come
  due[name] = after + math.min(math.max(0.1, pause), 3)
end

-- What was left out for the sake of time is drawn before anybody looks for good.
local function flush()
  local list = pending
  pending = {}
  for name, p in pairs(list) do evaluate_boundary(name, p[1], p[2], p[3], p[4]) end
end
for _, key in ipairs { "finish", "save", "wait", "picture" } do
  local plain = viz[key]
  viz[key] = function(...)
    flush()
    return plain(...)
  end
end
local clear = viz.clear
function viz.clear(name)
  if name then pending[name], due[name] = nil, nil else pending, due, panels = {}, {}, 0 end
  clear(name)
end

local function post_paths(name, list)
  local all, lengths, names = {}, {}, {}
  local keys = {}
  for k in pairs(list) do keys[#keys + 1] = k end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for _, k in ipairs(keys) do
    local p = points("viz.contour: paths", list[k])
    all[#all + 1], lengths[#lengths + 1], names[#names + 1] = p, p.shape[1], tostring(k)
  end
  if #all == 0 then return end
  raw.paths(name, tensor(lengths):to "i32", tensor.cat { dim = 1, table.unpack(all) }:contiguous(), names)
end

local contour_options = declare { name = "contour", args = "name, f, {paths=, range=, n=64}", see = "viz.heatmap",
  doc = "heights of a function of two numbers or of N x 2 points, or of an H x W grid (row 1 at y0); paths on it; "
    .. "without f (nil) only the paths change",
  options = { { "paths", none, "{name = N x 2}" }, { "range", none, "{x0, x1, y0, y1}", shown = "{-1, 1, -1, 1}" },
    { "n", 64, "points a side", "whole" } },
  example = 'viz.contour("bowl", function(x, y) return x * x + y * y end)',
  example2 = 'viz.contour("bowl", tensor.rand(8, 8), {paths = {sgd = tensor.rand(5, 2)}})' }
function viz.contour(name, f, options)
  posting("viz.contour", name)
  local o = contour_options(options)
  check_range("viz.contour", o.range)
  local range = o.range or { -1, 1, -1, 1 }
  if f ~= nil and not is_tensor(f) and not callable(f) then
    lunette.raise("viz.contour: a function or an H x W grid expected, got " .. lunette.typename(f))
  end
  if o.paths ~= nil and (type(o.paths) ~= "table" or is_tensor(o.paths)) then
    lunette.raise("viz.contour: paths must be a table {name = N x 2}, got " .. lunette.typename(o.paths))
  end
  if is_tensor(f) then
    raw.contour(name, shaped("viz.contour", f, "f32", 2, "H x W"), extent(range))
  elseif f then
    no_grad(function()
      local at = grid_inputs(range, o.n)
      local ok, out = pcall(f, at)
      if not (ok and is_tensor(out) and out:numel() == o.n * o.n) then
        local values = {}
        for i = 1, o.n * o.n do
          local v = f(at[{ i, 1 }], at[{ i, 2 }])
          values[i] = is_tensor(v) and v:item() or v
        end
        out = tensor(values)
      end
      raw.contour(name, array("viz.contour", out, "f32"):view(o.n, o.n), extent(range))
    end)
  end
  if o.paths then post_paths(name, o.paths) end
end

local text_options = declare { name = "text", args = "name, s, {shade=}",
  doc = "a text; shade: a probability for each byte", options = { { "shade", none, "a number for each byte" } },
  example = 'viz.text("sample", "hello")', example2 = 'viz.text("sample", "ab", {shade = tensor{0.1, 0.9}})' }
function viz.text(name, s, options)
  posting("viz.text", name)
  local o = text_options(options)
  raw.text(name, tostring(s), array("viz.text: shade", o.shade, "f32"))
end

local function heatmap(name, m, o, ...)
  posting("viz.heatmap", name)
  m = shaped("viz.heatmap", m, "f32", 2, "H x W")
  raw.heatmap(name, m, texts("viz.heatmap: x", o.x), texts("viz.heatmap: y", o.y), o.xname, o.yname, o.numbers, ...)
end

local heatmap_options = declare { name = "heatmap", args = "name, m, {x=, y=, xname=, yname=, numbers=}",
  see = "viz.confusion", doc = "an H x W matrix with labels of columns and rows",
  options = { { "x", none, "labels of columns" }, { "y", none, "labels of rows" }, { "xname", none, "of the axis" },
    { "yname", none, "of the axis" }, { "numbers", false, "write the values" } },
  example = 'viz.heatmap("attention", tensor.rand(3, 4))',
  example2 = 'viz.heatmap("m", tensor.rand(2, 2), {x = {"a", "b"}, numbers = true})' }
function viz.heatmap(name, m, options)
  heatmap(name, m, heatmap_options(options))
end

-- Labels from 1 as rows or columns from 0.
local function cells(what, y)
  return y ~= nil and (array(what, y, "i32"):reshape(-1) - 1):to "i32":contiguous() or nil
end

local confusion_options = declare { name = "confusion", see = "viz.heatmap",
  args = "name, counts, {classes=, pictures=, truth=, predicted=}",
  doc = "rows are the truth, columns the prediction; with pictures a click on a cell shows those of the cell",
  options = { { "classes", none, "their names" }, { "pictures", none, "N of H x W x 1 or 3, of the cells" },
    { "truth", none, "N labels from 1, the rows of the pictures" },
    { "predicted", none, "N labels from 1, their columns" } },
  example = 'viz.confusion("c", tensor{{5, 1}, {0, 4}})',
  example2 = 'viz.confusion("c", tensor.eye(2), {classes = {"cat", "dog"}})' }
function viz.confusion(name, counts, options)
  local o = confusion_options(options)
  heatmap(name, counts, { x = o.classes, y = o.classes, xname = "predicted", yname = "true", numbers = true },
    thumbs("viz.confusion: pictures", o.pictures), cells("viz.confusion: truth", o.truth),
    cells("viz.confusion: predicted", o.predicted))
end

local spectrogram_options = declare { name = "spectrogram", args = "name, s, {prob=, threshold=}", see = "audio.load",
  doc = "T x F; with prob a curve of T probabilities under it",
  options = { { "prob", none, "T numbers" }, { "threshold", none, "a line across them", {} } },
  example = 'viz.spectrogram("sound", tensor.rand(20, 10))',
  example2 = 'viz.spectrogram("sound", tensor.rand(20, 10), {prob = tensor.rand(20), threshold = 0.5})' }
function viz.spectrogram(name, s, options)
  posting("viz.spectrogram", name)
  local o = spectrogram_options(options)
  raw.spectrogram(name, shaped("viz.spectrogram", s, "f32", 2, "T x F"),
    array("viz.spectrogram: prob", o.prob, "f32"), o.threshold)
end

local bars_options = declare { name = "bars", args = "name, values, {labels=, threshold=, log=}", see = "viz.hist",
  doc = "a bar for each; values may be a table by name",
  options = { { "labels", none, "a text for each" }, { "threshold", none, "a line across", {} },
    { "log", false, "logarithmic" } },
  example = 'viz.bars("p", tensor{0.1, 0.9})', example2 = 'viz.bars("p", {cat = 0.2, dog = 0.8})' }
function viz.bars(name, values, options)
  posting("viz.bars", name)
  local o = bars_options(options)
  if type(values) == "table" and not is_tensor(values) and #values == 0 then
    local names, list = {}, {}
    for k in pairs(values) do
      if type(k) ~= "string" then
        lunette.raise("viz.bars: values by name, or a list of them, expected, got a key " .. tostring(k))
      end
      names[#names + 1] = k
    end
    table.sort(names)
    for i, k in ipairs(names) do list[i] = values[k] end
    values, o.labels = list, o.labels or names
  end
  raw.bars(name, array("viz.bars", values, "f32"):reshape(-1), texts("viz.bars: labels", o.labels), o.threshold, o.log)
end

local hist_options = declare { name = "hist", args = "name, x, {step=}", see = "viz.bars",
  doc = "the histogram of x's elements; earlier ones stay behind it", options = { { "step", none, "when", {} } },
  example = 'viz.hist("weights", tensor.randn(1000))',
  example2 = 'viz.hist("weights", tensor.randn(1000), {step = 2})' }
function viz.hist(name, x, options)
  posting("viz.hist", name)
  local o = hist_options(options)
  raw.hist(name, array("viz.hist", x, "f32"):reshape(-1), o.step)
end

local roll_options = declare { name = "roll", args = "name, notes, {playhead=}", see = "audio.save",
  doc = "notes N x 4: start, length in beats, MIDI pitch, loudness 0..1; or N x 3",
  options = { { "playhead", none, "where a line stands", {} } },
  example = 'viz.roll("tune", tensor{{0, 1, 60}, {1, 1, 64}})',
  example2 = 'viz.roll("tune", tensor{{0, 1, 60, 0.8}}, {playhead = 0.5})' }
function viz.roll(name, notes, options)
  posting("viz.roll", name)
  local o = roll_options(options)
  local n = shaped("viz.roll", notes, "f32", 2, "N x 3 or N x 4")
  if n.shape[2] == 3 then n = tensor.cat { n, tensor.ones(n.shape[1], 1), dim = 2 }:contiguous() end
  raw.roll(name, n, o.playhead)
end

declare { name = "graph", args = "name, net, x", see = "net:summary",
  doc = "the layers that run on input x, with shapes, parameters and share of the time, branches side by side; or rows "
    .. "{name=, shape=, params=, share=, from={numbers of rows before}}",
  example = 'viz.graph("net", nn.Sequential{nn.Linear(2, 3), nn.Residual{nn.Linear(3, 3)}}, tensor.ones(1, 2))',
  example2 = 'viz.graph("net", {{name = "in"}, {name = "fc", shape = "2 x 3", params = 9, share = 1}, '
    .. '{name = "+", from = {1, 2}}})' }
function viz.graph(name, net, x)
  posting("viz.graph", name)
  if type(net) ~= "table" then lunette.raise("viz.graph: a net or rows expected, got " .. lunette.typename(net)) end
  local names, shapes, counts, shares, sources, from, given = {}, {}, {}, {}, {}, {}, false
  for i, row in ipairs(nn.is_module(net) and layers_of(net, x) or net) do
    names[i], shapes[i] = tostring(row.name or i), tostring(row.shape or "")
    counts[i], shares[i] = row.params or 0, row.share or 0 / 0
    local list = row.from or { i > 1 and i - 1 or nil }
    given, sources[i] = given or row.from ~= nil, #list
    for _, k in ipairs(list) do from[#from + 1] = k - 1 end
  end
  raw.graph(name, names, shapes, tensor(counts), tensor(shares), given and array("viz.graph", sources, "i32") or nil,
    given and (#from > 0 and array("viz.graph", from, "i32") or tensor.zeros { 0, dtype = "i32" }) or nil)
end

local slider_options = declare { name = "slider", args = "name, value, {lo, hi, log=false}", see = "viz.button",
  doc = "a function that gives what the user has set", options = { { "log", false, "logarithmic" } },
  example = 'lr = viz.slider("lr", 0.01, {1e-4, 1, log = true})\nprint(lr())',
  example2 = 'n = viz.slider("n", 3, {1, 9})' }
function viz.slider(name, value, range)
  check_name("viz.slider", name)
  if type(range) ~= "table" or type(value) ~= "number" or type(range[1]) ~= "number" or type(range[2]) ~= "number" then
    lunette.raise(("viz.slider: a number and its range {lo, hi} expected, got %s and %s"):format(
      lunette.typename(value), lunette.typename(range)))
  end
  local o = slider_options(range)
  raw.slider(name, value, range[1], range[2], o.log)
  return function() return raw.slider_value(name, value) end
end

declare { name = "button", args = "name", see = "viz.slider",
  doc = "a function that gives how often it was pressed since the last call, or nil",
  example = 'again = viz.button "again"\nprint(again())', example2 = 'stop = viz.button "stop"' }
function viz.button(name)
  check_name("viz.button", name)
  raw.button(name)
  return function()
    local n = raw.button_presses(name)
    return n > 0 and n or nil
  end
end

local menu_options = declare { name = "menu", args = "name, pictures, {labels=, lines=}", see = "viz.button",
  doc = "pictures with a name and a line each, to choose from by a click or by arrows and Enter; gives a function that "
    .. "returns the number chosen since the last call, or nil",
  options = { { "labels", none, "a name for each" }, { "lines", none, "a line below each name" } },
  example = 'chosen = viz.menu("start", (tensor.rand(2, 4, 4, 3) * 255):to "u8", {labels = {"one", "two"}})\n'
    .. "print(chosen())",
  example2 = 'chosen = viz.menu("m", tensor.zeros{1, 4, 4, 3, dtype = "u8"}, {labels = {"a"}, '
    .. 'lines = {"the only one"}})' }
function viz.menu(name, images, options)
  check_name("viz.menu", name)
  local o = menu_options(options)
  local x = pictures("viz.menu", images)
  if x.shape[4] ~= 3 or x.dtype ~= "u8" then
    lunette.raise("viz.menu: pictures of u8 N x H x W x 3 expected, got " .. lunette.typename(x))
  end
  raw.menu(name, x, texts("viz.menu: labels", o.labels), texts("viz.menu: lines", o.lines))
  return function()
    local k = raw.menu_choice(name)
    return k > 0 and k or nil
  end
end

return { declare = declare, check_name = check_name, raw = raw }
