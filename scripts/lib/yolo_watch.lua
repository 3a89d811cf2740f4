--- yolo_watch.lua: what yolo_cars looks at: a picture, a video, a camera, the test's pictures or a drawn drive; and the
-- weights that it saved.
local streets, names_of = require "lib.streets", require "lib.name_file"

--- For the options of yolo_cars; what cannot be opened is told at once.
return function(opt)
  local watch, source = {}, opt.video or opt.camera
  local function open()
    return lunette.option(opt.video and "video" or "camera", data.video, source, { live = true })
  end
  if source then open():close() end
  local picture = opt.picture and lunette.option("picture", data.image.load, opt.picture, { channels = 3 })

  --- What --out saved: the state, its anchors [A, 2] and how many classes it tells apart; or nil and why.
  function watch.saved(path)
    local state, why = data.weights(path)
    if not state then return nil, why end
    local anchors, head = state.anchors, state["head.weight"]
    if not lunette.is_tensor(anchors) or not lunette.is_tensor(head) or anchors:dim() ~= 2 or head:dim() ~= 4 then
      return nil, path .. ": 'anchors' and 'head.weight' of what yolo_cars --out saved expected "
        .. "(a network of Darknet's wants --cfg, too)"
    end
    local classes = head:size(4) // anchors:size(1) - 5
    if classes < 1 or head:size(4) ~= anchors:size(1) * (5 + classes) then
      return nil, ("%s: %d anchors do not fit %d channels"):format(path, anchors:size(1), head:size(4))
    end
    return { state = state, anchors = anchors, classes = classes }
  end

  --- Names of so many classes: those of --names, of the streets, or numbers.
  function watch.names(classes)
    local names = opt.names and lunette.option("names", names_of, opt.names) or {}
    if opt.names and #names ~= classes then
      error(("--names: %s: a line for each of the %d classes of --weights expected, found %d"):format(opt.names,
        classes, #names), 0)
    end
    if not opt.names and classes == #streets.things then return streets.things end
    for c = #names + 1, classes do names[c] = "class " .. c - 1 end
    return names
  end

  --- The names of the data, when they are as many as saved weights tell apart.
  function watch.same_names(saved, names)
    if #names ~= saved.classes then
      error(("--weights: %s: %d classes as in --data expected, found %d"):format(opt.weights, #names, saved.classes), 0)
    end
    return names
  end

  --- A picture [h, w, 3] with the boxes found in it (in shares), and those that are true.
  function watch.show(panel, large, found, names, truth)
    local h, w = large:size(1), large:size(2)
    local size, labels = tensor { w, h, w, h }, {}
    for i, c in ipairs(found.labels:totable()) do labels[i] = names[c // 1] end
    viz.image(panel, large)
    if truth then viz.boxes(panel, truth.boxes[truth.hard:logical_not()] * size, { truth = true }) end
    viz.boxes(panel, found.boxes * size, { labels = labels, scores = found.scores })
  end

  --- --picture: what find([1, H, W, 3] of 0..1) finds in it, printed in pixels, and shown.
  function watch.picture(H, W, names, find)
    local found = find(data.image.resize(picture, H, W):to("f32"):unsqueeze(1) / 255)
    local h, w = picture:size(1), picture:size(2)
    for i, c in ipairs(found.labels:totable()) do
      local b = found.boxes[i]
      print(("%-16s %.3f   (%.0f, %.0f) - (%.0f, %.0f)"):format(names[c // 1], found.scores[i], b[1] * w, b[2] * h,
        b[3] * w, b[4] * h))
    end
    print(("%d found"):format(found.scores:numel()))
    watch.show("picture", picture, found, names)
    viz.gate()
  end

  --- For large, small, truth: what is watched at the end.
  function watch.frames(H, W, test)
    if source then
      local video = open()
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

  return watch
end
