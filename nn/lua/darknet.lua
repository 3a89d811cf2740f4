--- darknet.lua: networks of Darknet's .cfg and .weights; Redmon 2013-2018, pjreddie.com/darknet.
--   local net = nn.darknet("yolov3-tiny.cfg", "yolov3-tiny.weights")
--   local found = net:detect(data.image.load "street.jpg", {score = 0.5})
-- Pictures are [N,H,W,C], RGB from 0 to 1.  Where Darknet counts channels first (fully connected layers behind
-- pictures, reorg), the numbers are brought into its order.  Layers count from 0, as in the .cfg.
local record = require "nn.record"
local files = lunette.io
local parts = require "nn.darknet_layers"
local kinds, whole, refuse = parts.kinds, parts.whole, parts.refuse

local function fail(...) lunette.raise((...):format(select(2, ...))) end

-- --- the .cfg -------------------------------------------------------------------------------------------------------

-- Keys of Darknet and of its forks that a trained network does not ask for: of training, of what is shown.
local of_training = {}
for key in ([[batch subdivisions time_steps inputs momentum decay learning_rate learning_rate_min policy steps step
  scale scales seq_scales gamma power burn_in max_batches adam B1 B2 eps random notruth clip angle aspect
  saturation exposure hue max_crop min_crop center crop flip shift mosaic mosaic_bound mixup cutmix blur
  gaussian_noise letter_box resize_step track augment_speed sequential_subdivisions sgdr_cycle sgdr_mult
  dynamic_minibatch optimized_memory
  workspace_size_limit_MB max_chart_loss ema_alpha loss_scale try_fix_nan weights_reject_freq equidistant_point
  badlabels_rejection_percentage num_sigmas_reject_badlabels adversarial_lr attention contrastive unsupervised
  label_smooth_eps objectness_smooth jitter resize ignore_thresh truth_thresh iou_thresh iou_thresh_kind iou_loss
  iou_normalizer obj_normalizer cls_normalizer delta_normalizer focal_loss max max_delta counters_per_class beta_nms
  show_details track_history_size sim_thresh dets_for_track dets_for_show track_ciou_norm embedding_layer map thresh
  rescore object_scale noobject_scale class_scale coord_scale mask_scale bias_match absolute classfix log sqrt type
  ratio noloss dropblock dropblock_size_rel dropblock_size_abs weights_normalization assisted_excitation grad_centr
  dot stream wait_stream receptive_field onlyforward stopbackward dontsave smooth truth train_only_bn
  learning_scale_conv]]):gmatch "%S+" do of_training[key] = true end

-- Says on stderr, a line for a section, what was given twice (the first counts, as in Darknet) and what no layer knows.
local function tell_unused(s)
  local said, unknown = {}, {}
  for _, key in ipairs(s.twice) do
    said[#said + 1] = ("%s is given again; the first, %s, counts"):format(key, s.keys[key])
  end
  for key, value in pairs(s.keys) do
    if not s.read[key] and not of_training[key] then unknown[#unknown + 1] = key .. " = " .. value end
  end
  table.sort(unknown)
  if #unknown > 0 then said[#said + 1] = "not used: " .. table.concat(unknown, ", ") end
  if #said > 0 then io.stderr:write(s.at, ": ", table.concat(said, "; "), "\n") end
end

-- {type, line, keys = {key = value}, read = {key = true}, twice = {key, ...}} for each section.
local function sections_of(path)
  local lines, why = files.darknet_lines(path)
  if not lines then return nil, why end
  local list = {}
  for _, l in ipairs(lines) do
    local line, name, value = table.unpack(l)
    if not value then
      list[#list + 1] = { type = name, line = line, at = ("%s:%d: [%s]"):format(path, line, name), keys = {},
        read = {}, twice = {} }
    elseif #list == 0 then
      return nil, ("%s:%d: %s stands before the first section"):format(path, line, name)
    elseif list[#list].keys[name] then
      table.insert(list[#list].twice, name)
    else
      list[#list].keys[name] = value
    end
  end
  if #list < 2 or (list[1].type ~= "net" and list[1].type ~= "network") then
    return nil, path .. ": no configuration of Darknet's: it does not begin with [net] and layers"
  end
  return list
end

-- --- boxes ----------------------------------------------------------------------------------------------------------

-- [cells, 4] middle and size as shares of the network's picture, [cells] object, [cells, classes] of one picture.
local function decoded(self, y, net_h, net_w)
  local h, w, a = y:size(2), y:size(3), self.anchors:size(1)
  local v = y:view(h, w, a, 5 + self.classes)
  local column = (tensor.arange(w):to "f32" - 1):view(1, w, 1)
  local row = (tensor.arange(h):to "f32" - 1):view(h, 1, 1)
  local unit_w, unit_h = self.in_pixels and net_w or w, self.in_pixels and net_h or h
  local function share(k) -- of the anchor
    local t = v[{ {}, {}, {}, k }]
    return self.new_coords and (t * 2) ^ 2 or t:exp()
  end
  local boxes = tensor.stack({ (v["..., 1"] + column) / w, (v["..., 2"] + row) / h,
    share(3) * self.anchors[":, 1"] / unit_w, share(4) * self.anchors[":, 2"] / unit_h }, -1)
  return boxes:reshape(-1, 4), v["..., 5"]:reshape(-1), v:narrow(4, 6, self.classes):reshape(-1, self.classes)
end

-- --- the network ----------------------------------------------------------------------------------------------------

local Darknet = nn.class "Darknet"

function Darknet:init(path)
  local sections, why = sections_of(path)
  if not sections then lunette.raise(why) end
  local first = sections[1]
  local h, w, c = whole(first, "height", 0, 1), whole(first, "width", 0, 1), whole(first, "channels", 3, 1)
  if h < 1 or w < 1 then fail("%s: width and height are missing", first.at) end
  rawset(self, "input", { h, w, c })
  rawset(self, "detectors", {})
  local shapes, shape, layers = {}, { h, w, c }, {}
  for i = 2, #sections do
    local s = sections[i]
    local class = kinds[s.type]
    if not class then fail("%s: this layer is not known", s.at) end
    local index = i - 2
    local one = setmetatable({ _order = {}, training = true }, class)
    refuse(s, "dontload dontloadscales numload") -- weights that the file holds, or does not
    shape = class.init(one, s, shape, shapes, index)
    shapes[index], layers[i - 1] = shape, one
    if class == kinds.yolo or class == kinds.region then table.insert(self.detectors, index) end
  end
  for _, s in ipairs(sections) do tell_unused(s) end
  rawset(self, "path", path)
  self.layers = layers
  self:expects { 1, h, w, c }
  -- outputs that a later layer asks for
  local wanted = {}
  for i, l in ipairs(layers) do
    local from = rawget(l, "from")
    for _, k in ipairs(type(from) == "table" and from or { from }) do wanted[k] = math.max(wanted[k] or 0, i - 1) end
  end
  rawset(self, "wanted", wanted)
end

-- Numbers that the .weights must hold.
local function count_of(self)
  local n = 0
  for _, l in ipairs(self.layers) do n = n + (rawget(l, "count") or 0) end
  return n
end

local function make_all(self)
  for _, l in ipairs(self.layers) do
    if rawget(l, "make") then l.make() end
    rawset(l, "make", nil)
  end
end

local function take_all(self, path)
  local all, major, minor, seen, transposed = files.darknet_weights(path)
  if not all then return nil, major end
  local wanted, at = count_of(self), 1
  if all:numel() ~= wanted then
    return nil, ("%s: %d numbers behind the header (version %d.%d), where %s needs %d: %s"):format(path,
      all:numel(), major, minor, self.path, wanted,
      all:numel() < wanted and "cut off, or another network's" or "another network's")
  end
  make_all(self)
  tensor.no_grad(function()
    for _, l in ipairs(self.layers) do
      if l.take then
        l:take(function(to, layout)
          local n = to:numel()
          local part = all:narrow(1, at, n)
          to:copy_(layout and layout(part) or part:view(to.shape))
          at = at + n
        end, transposed)
      end
    end
  end)
  rawset(self, "seen", seen)
  return self
end

--- net(x): x [N,h,w,c] from 0 to 1.  The outputs of all detection layers [N, rows, columns, anchors (5 + classes)], in
-- order, decoded but for anchors; without such a layer the last layer's.
function Darknet:forward(x)
  local outputs, found, wanted = {}, {}, self.wanted
  for i, l in ipairs(self.layers) do
    x = l(x, outputs)
    if wanted[i - 1] then outputs[i - 1] = x end
    for k, last in pairs(wanted) do
      if last == i - 1 then outputs[k] = nil end
    end
    if kinds.yolo == getmetatable(l) or kinds.region == getmetatable(l) then found[#found + 1] = x end
  end
  if #found == 0 then return x end
  return table.unpack(found)
end

-- Middles and sizes in the letterbox's shares to corners in the picture's pixels.
local function to_picture(boxes, net_h, net_w, info)
  local x, y, w, h = boxes[":, 1"], boxes[":, 2"], boxes[":, 3"], boxes[":, 4"]
  x = (x - (net_w - info.w) / 2 / net_w) / (info.w / net_w) * info.from_w
  y = (y - (net_h - info.h) / 2 / net_h) / (info.h / net_h) * info.from_h
  w, h = w * (net_w / info.w) * info.from_w, h * (net_h / info.h) * info.from_h
  return tensor.stack({ x - w / 2, y - h / 2, x + w / 2, y + h / 2 }, 2)
end

-- Boxes of one class, by falling score, that none before them overlaps.
local function suppressed(boxes, scores, iou)
  if not iou or boxes:size(1) < 2 then return boxes, scores end
  local keep = nn.boxes.nms(boxes, scores, { iou = iou })
  return boxes[keep], scores[keep]
end

local about_detect = record.declare { name = "net:detect",
  sig = "found = net:detect(picture, {score=0.5, iou=0.45, clip=true})", see = "nn.darknet, viz.boxes",
  doc = "what a network of nn.darknet finds: {boxes = [K,4] x1 y1 x2 y2 in the picture's pixels, scores = [K], "
    .. "labels = [K] from 1} by falling score, letterboxed and suppressed class by class as Darknet does it",
  options = { { "score", 0.5, "object times class, at least" },
    { "iou", 0.45, "overlap above which the lower score goes; false: none goes" },
    { "clip", true, "boxes end at the picture's border; those wholly outside are left out" } },
  example = 'local f = io.open("/tmp/lunette-help.cfg", "w")\n'
    .. 'f:write "[net]\\nwidth=8\\nheight=8\\n[convolutional]\\nfilters=6\\nsize=1\\nactivation=linear\\n[yolo]\\nnum'
    .. '=1\\nmask=0\\nanchors=4,4\\nclasses=1\\n"\nf:close()\nnet = nn.darknet "/tmp/lunette-help.cfg"\n'
    .. 'print(net:detect(tensor.rand(6, 9, 3)).boxes)',
  example2 = 'net = nn.darknet "/tmp/lunette-help.cfg"\n'
    .. 'if net then print(net:detect(tensor.rand(6, 9, 3), {score = 0.9}).scores) end' }
function Darknet:detect(picture, options)
  local opt = lunette.checked("detect", options, record.known(about_detect.options))
  local net_h, net_w = self.input[1], self.input[2]
  if #self.detectors == 0 then fail("detect: %s has neither a [yolo] nor a [region] layer", self.path) end
  local x, info = data.letterbox(picture, net_h, net_w)
  local was = self.training
  self:eval()
  local all = tensor.no_grad(function() return table.pack(self(x:unsqueeze(1))) end)
  if was then self:train() end
  local boxes, scores, labels = {}, {}, {}
  for i, index in ipairs(self.detectors) do
    local b, object, class = decoded(self.layers[index + 1], all[i], net_h, net_w)
    local p = object:unsqueeze(2) * class
    p = p * (object:gt(opt.score):to "f32"):unsqueeze(2)
    for c = 1, p:size(2) do
      local ids = p[{ {}, c }]:gt(opt.score):nonzero():view(-1)
      if ids:numel() > 0 then
        boxes[c], scores[c] = boxes[c] or {}, scores[c] or {}
        table.insert(boxes[c], to_picture(b[ids], net_h, net_w, info))
        table.insert(scores[c], p[{ {}, c }][ids])
      end
    end
  end
  local found = { boxes = {}, scores = {}, labels = {} }
  for c in pairs(boxes) do labels[#labels + 1] = c end
  table.sort(labels)
  for _, c in ipairs(labels) do
    local b, s = suppressed(tensor.cat(boxes[c], 1), tensor.cat(scores[c], 1), opt.iou)
    table.insert(found.boxes, b)
    table.insert(found.scores, s)
    table.insert(found.labels, tensor.full({ s:size(1) }, c, { dtype = "i64" }))
  end
  if #found.boxes == 0 then
    return { boxes = tensor.zeros(0, 4), scores = tensor.zeros(0), labels = tensor.zeros(0, { dtype = "i64" }) }
  end
  local b, s, l = tensor.cat(found.boxes, 1), tensor.cat(found.scores, 1), tensor.cat(found.labels, 1)
  local order = s:argsort { descending = true }
  b = b[order]
  if opt.clip then
    b = nn.boxes.clip(b, info.from_h, info.from_w)
    local kept = (b[":, 3"]:gt(b[":, 1"]) & b[":, 4"]:gt(b[":, 2"])):nonzero():view(-1)
    b, order = b[kept], order[kept]
  end
  return { boxes = b, scores = s[order], labels = l[order] }
end

record.declare { name = "nn.darknet", sig = "net = nn.darknet(cfg, weights)", see = "net:detect, data.letterbox",
  doc = "a network of Darknet's .cfg and .weights, in eval mode, or one to be trained without weights; net(x) gives "
    .. "the output of every [yolo] or [region] layer, net:detect finds things; nil and a message when a file fails "
    .. "or does not fit",
  example = 'local f = io.open("/tmp/lunette-help.cfg", "w")\n'
    .. 'f:write "[net]\\nwidth=8\\nheight=8\\n[convolutional]\\nfilters=2\\nsize=3\\npad=1\\n"\nf:close()\n'
    .. 'print(nn.darknet "/tmp/lunette-help.cfg")',
  example2 = 'print(nn.darknet("nosuch.cfg", "nosuch.weights"))' }
--- nn.darknet(cfg, weights): a network of Darknet's in eval mode; without weights one to be trained.  nil, message when
-- a file fails or does not fit.
function nn.darknet(cfg, weights)
  for i, path in ipairs { cfg or false, weights } do
    if type(path) ~= "string" then
      fail("nn.darknet: path %d must be a string, got %s", i, lunette.typename(path))
    end
  end
  local ok, net = pcall(Darknet, cfg)
  if not ok then return nil, (tostring(net):match "^[^\n]*") end
  if not weights then
    make_all(net)
    return net
  end
  local loaded, why = take_all(net, weights)
  if not loaded then return nil, why end
  return net:eval()
end
