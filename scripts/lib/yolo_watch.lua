--- yolo_watch.lua: what yolo_cars looks at: a picture, a video, a camera, the test's pictures or a drawn drive; and the
-- weights that it saved.
local load_picture = require "lib.picture_files".load
local streets, names_of, saved = require "lib.streets", require "lib.name_file", require "lib.saved"

local Watch = {}
Watch.__index = Watch

function Watch:open()
  return lunette.option(self.opt.video and "video" or "camera", data.video, self.source, { live = true })
end

-- What --out saved, or nil and why.
local function known_in(path)
  local known = saved.open(path, "yolo_cars")
  if not known then
    return nil, path .. ": what yolo_cars --out saved expected (a network of Darknet's wants --cfg, too)"
  end
  local anchors, head, classes = known.state.anchors, known.state["head.weight"], #(known.lists.classes or {})
  if not lunette.is_tensor(anchors) or not lunette.is_tensor(head) or anchors:dim() ~= 2 or head:dim() ~= 4 then
    return nil, path .. ": 'anchors' and 'head.weight' of what yolo_cars --out saved expected"
  end
  if classes < 1 or head:size(4) ~= anchors:size(1) * (5 + classes) then
    return nil, ("%s: %d anchors and %d classes do not fit %d channels"):format(path, anchors:size(1), classes,
      head:size(4))
  end
  return known
end

--- watch:known() -> what --weights has: {state, anchors [A, 2], height, classes = their names, names = those of --names
-- or the same}; nil without --weights.  Pictures of another height are an error, and so are other classes than those of
-- the drawn streets where these are to be looked at.
function Watch:known()
  local opt = self.opt
  if not opt.weights then return nil end
  local known = lunette.option("weights", known_in, opt.weights)
  known.anchors, known.classes = known.state.anchors, known.lists.classes
  known.height = saved.number(known, opt, "height")
  known.names = opt.names and lunette.option("names", names_of, opt.names, #known.classes) or known.classes
  if not (opt.data or opt.picture or self.source) then saved.same(known, opt, streets.things, "the drawn streets") end
  for _, key in ipairs(self.source and not opt.data and { "test", "out" } or {}) do
    if lunette.given(key) then
      error(("--%s means nothing with --weights and --%s"):format(key, opt.video and "video" or "camera"), 0)
    end
  end
  return known
end

--- watch:show(panel, large [h, w, 3], found, names, truth): a picture with the boxes found in it (in shares), and those
-- that are true.
function Watch:show(panel, large, found, names, truth)              -- luacheck: ignore self
  local h, w = large:size(1), large:size(2)
  local size, labels = tensor { w, h, w, h }, {}
  for i, c in ipairs(found.labels:totable()) do labels[i] = names[c // 1] end
  viz.image(panel, large)
  if truth then viz.boxes(panel, truth.boxes[truth.hard:logical_not()] * size, { truth = true }) end
  viz.boxes(panel, found.boxes * size, { labels = labels, scores = found.scores })
end

--- watch:look(H, W, names, find): what find([1, H, W, 3] of 0..1) finds in --picture, printed in pixels, and shown.
function Watch:look(H, W, names, find)
  local picture = self.picture
  local found = find(data.image.resize(picture, H, W):to("f32"):unsqueeze(1) / 255)
  local h, w = picture:size(1), picture:size(2)
  for i, c in ipairs(found.labels:totable()) do
    local b = found.boxes[i]
    print(("%-16s %.3f   (%.0f, %.0f) - (%.0f, %.0f)"):format(names[c // 1], found.scores[i], b[1] * w, b[2] * h,
      b[3] * w, b[4] * h))
  end
  print(("%d found"):format(found.scores:numel()))
  self:show("picture", picture, found, names)
  viz.gate()
end

-- For large, small, truth: what is watched at the end; test: the pictures of --data, or nothing.
function Watch:frames(H, W, test)
  local opt = self.opt
  if self.source then
    local video = self:open()
    return function()
      local frame = video()
      if frame then return frame, data.image.resize(frame, H, W):to "f32" / 255 end
    end
  elseif opt.data then
    local i = 0
    return function()
      i = i + 1
      if i <= math.min(opt.frames, test.x:size(1)) then return test.x[i], test.x[i]:to "f32" / 255, test.truths[i] end
    end
  end
  local drive = streets.drive(opt.frames, { h = H, w = W, scale = 4, rng = tensor.rng(5 * opt.seed + 4) })
  return function()
    local small, _, truth, large = drive()
    if not small then return nil end
    truth.boxes = truth.boxes / tensor { W, H, W, H }
    return large, small, truth
  end
end

--- watch:drive(H, W, test, names, find): what find([1, H, W, 3] of 0..1) finds in frame after frame, as fast as it can.
function Watch:drive(H, W, test, names, find)
  local shown, seconds = 0, 0
  for large, small, truth in self:frames(H, W, test) do
    local from = lunette.clock()
    local found = find(small:unsqueeze(1))
    shown, seconds = shown + 1, seconds + lunette.clock() - from
    self:show("drive", large, found, names, truth)
    viz.title(("yolo_cars: %.0f frames a second, %d boxes"):format(shown / seconds, found.scores:numel()))
    viz.gate()
  end
  if shown > 0 then print(("%d frames, %.1f ms each"):format(shown, seconds / shown * 1000)) end
end

--- For the options of yolo_cars; what cannot be opened is told at once.
return function(opt)
  local watch = setmetatable({ opt = opt, source = opt.video or opt.camera }, Watch)
  if watch.source then watch:open():close() end
  watch.picture = opt.picture and lunette.option("picture", load_picture, opt.picture)
  return watch
end
