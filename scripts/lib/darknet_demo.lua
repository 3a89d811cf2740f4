--- darknet_demo.lua: what a network of Darknet's finds: yolo_cars --cfg C --weights W --picture P | --video V.
-- opt: cfg, weights, picture, video, names (a file of classes, one a line), score.
local names_of, text, load_picture = require "lib.name_file", require "lib.text", require "lib.picture_files".load

local function show(panel, picture, found, names)
  local labels = {}
  for i, c in ipairs(found.labels:totable()) do labels[i] = names[c // 1] or ("class %d"):format(c // 1) end
  viz.image(panel, picture)
  viz.boxes(panel, found.boxes, { labels = labels, scores = found.scores })
  return labels
end

local function table_of(found, labels)
  for i, label in ipairs(labels) do
    local b = found.boxes[i]
    print(("%-16s %.3f   (%.0f, %.0f) - (%.0f, %.0f)"):format(label, found.scores[i], b[1], b[2], b[3], b[4]))
  end
  print(("%d found"):format(#labels))
end

local function watch(net, source, names, opt)
  local frames, boxes, start = 0, 0, lunette.clock()
  local video <close> = lunette.option(opt.video and "video" or "camera", data.video, source,
    { live = source:find "^/dev/" ~= nil })
  for frame in video do
    local found = net:detect(frame, { score = opt.score })
    show("darknet", frame, found, names)
    frames, boxes = frames + 1, boxes + found.scores:numel()
    viz.title(("darknet: %.1f frames a second, %d boxes"):format(frames / (lunette.clock() - start),
      found.scores:numel()))
    viz.gate()
    if lunette.stop_requested() then break end
  end
  print(("%d frames, %d boxes, %.1f frames a second"):format(frames, boxes, frames / (lunette.clock() - start)))
end

-- How many classes the detection layers of a .cfg tell apart; nil: it does not say.
local function classes_of(cfg)
  return tonumber(("\n" .. text.read(cfg, "--cfg")):match ".*\n%s*classes%s*=%s*(%d+)")
end

-- The network; the option whose file is at fault is named.
local function network(opt)
  local net, why = nn.darknet(opt.cfg, opt.weights)
  if net then return net end
  return lunette.option(why:find(opt.weights, 1, true) == 1 and "weights" or "cfg", error, why)
end

return function(opt)
  local net = network(opt)
  local names = lunette.option("names", names_of, opt.names, classes_of(opt.cfg))
  print(net)
  if opt.picture then
    local picture = lunette.option("picture", load_picture, opt.picture)
    local found = net:detect(picture, { score = opt.score })
    table_of(found, show("darknet", picture, found, names))
  else
    watch(net, opt.video or opt.camera, names, opt)
  end
end
