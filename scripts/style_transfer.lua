--- Style transfer: one picture's things in another's hand.  Gatys, Ecker and Bethge 2015, arXiv:1508.06576
-- Claim: from noise mixed with the content the style loss falls at least 100 times while the content loss ends below
-- 0.15 of its start, and style comes ten times nearer in layers that nobody asked about.
-- Takes: 25 s.
local opt = lunette.options {
  picture = "coast",           -- what is to stay: coast, village, or a picture's file
  style = "swirls",            -- the hand: swirls, facets, dots, waves, or a picture's file
  weights = false,             -- VGG-19's own: Keras' .h5, torchvision's .pth, MatConvNet's .mat, .onnx; else slim ones
  course = false,              -- the course's settings: the middle, 400 x 400; block5_conv4, max pools, rate 0.01
  size = 320,                  -- longer side of the pictures in pixels
  steps = 400,                 -- changes of the picture
  lr = 0.05,                   -- first rate of Adam, in brightness from 0 to 1; falls to 0 along a cosine
  alpha = 10.0,                -- weight of the content loss
  beta = 40.0,                 -- weight of the style loss
  variation = 100.0,           -- weight of the total variation: more is smoother
  content = "block4_conv2",    -- layer that the content is read from
  pool = "average",            -- average or max, between blocks
  noise = 0.4,                 -- share of noise in the start, the rest is the content
  every = 10,                  -- steps between two looks
  seed = 1,                    -- of drawn pictures and noise
  range = { size = { 32, 4096 }, alpha = { 0 }, beta = { 0 }, variation = { 0 }, noise = { 0.01, 1 }, lr = { 1e-6, 10 },
    steps = { 1, 100000 } },
  paths = { picture = { "file", "coast", "village" }, style = { "file", "swirls", "facets", "dots", "waves" } },
  choice = { pool = "average max", content = require "lib.vgg".names },
  preset = { course = { size = 400, alpha = 10.0, beta = 40.0, variation = 0.0, lr = 0.01, noise = 0.4,
    content = "block5_conv4", pool = "max" } },
  quick = { size = 240, steps = 150, course = { size = 240 } },
}
local vgg, paintings, files = require "lib.vgg", require "lib.paintings", require "lib.picture_files"
local results, is = require "lib.results", require "lib.shapes" ()          -- is(x, "m 4"): x must have this shape

-- 1 Data --------------------------------------------------------------------------------------------------------------
-- Two pictures [1, h, w, 3] of 0..1, of any two sizes.

local function read(option, name)
  local h, w = files.size(opt.course and 1 or 3, opt.course and 1 or 4, opt.size)
  local x = paintings.draw(name, h, w, opt.seed) or files.read(option, name, opt.size, opt.course)
  return x:unsqueeze(1)
end
local content_picture, style_picture = read("picture", opt.picture), read("style", opt.style)
is(content_picture, "1 h w 3")

-- 2 Model -------------------------------------------------------------------------------------------------------------
-- VGG-19: five blocks of 3 x 3 convolutions with ReLU, each followed by a pool of 2 x 2; F_l is what layer l answers,
-- [1, h_l, w_l, C_l].  The weights stay; what is learnt is the picture.

local pools = { average = nn.avg_pool2d, max = nn.max_pool2d }
local pool = pools[opt.pool]
local net = vgg.read(opt.weights or nil)
print(("VGG-19, weights of %s: %d to %d channels"):format(net.kind, net[1].bias:numel(), net[16].bias:numel()))
-- Layers are brought to one scale, or the loudest would drown the others; the course takes Keras' weights as they are.
if not (opt.weights and opt.course) then vgg.level(net, { content_picture, style_picture }, pool) end

local style_layers = { "block1_conv1", "block2_conv1", "block3_conv1", "block4_conv1", "block5_conv1" }
local unasked = { "block1_conv2", "block2_conv2", "block3_conv4", "block4_conv4", "block5_conv2" }
local at = {}
for n, layer in ipairs(net) do at[layer.name] = n end

--- What the layers named answer to a picture, by name; nothing behind the last of them is computed.
local function features(picture, names)
  local out, last, x = {}, 0, net.prepare(picture)
  for _, name in ipairs(names) do last = math.max(last, at[name]) end
  for n = 1, last do
    if n > 1 and net[n].name:find "conv1$" then x = pool { x, kernel = 2 } end
    x = nn.conv2d { x, net[n].weight, net[n].bias, padding = 1, act = "relu" }
    out[net[n].name] = x
  end
  return out
end

-- 3 Loss --------------------------------------------------------------------------------------------------------------
-- Content: how far the answers of one deep layer are from those to the content picture, place by place,
--   J_content = 1 / (4 h w C)  sum (F_picture - F_content)^2
-- Style: which filters answer together, wherever it is.  The Gram matrix of a layer, the mean over its places,
--   G_ij = 1 / (h w)  sum_places F_i F_j                                                             [C, C]
--   J_l = 1 / (4 C^2)  sum_ij (G_picture - G_style)^2,  J_style = sum_l w_l J_l,  w_l = 0.2
-- (the paper's 1 / (4 N^2 M^2) with N = C and M = h w; dividing G at once lets the two pictures differ in size).
-- Total:  J = alpha J_content + beta J_style + variation J_variation, with the mean square of neighbours' differences.

local function content_loss(f, target) return (f - target):square():mean() / 4 end

local function gram(f)
  local places = f:view(-1, f:size(4))                                 -- [h w, C]
  return places:t():mm(places) / places:size(1)
end

local function style_loss(f, target) return (gram(f) - target):square():mean() / 4 end

local function variation_loss(x)
  local down = x["..., 2:-1, :, :"] - x["..., 1:-2, :, :"]
  local right = x["..., 2:-1, :"] - x["..., 1:-2, :"]
  return down:square():mean() + right:square():mean()
end

-- What the picture is to answer, measured once.
local content_target, style_target = tensor.no_grad(function()
  local grams, answers = {}, features(style_picture, style_layers)
  for k, name in ipairs(style_layers) do grams[k] = gram(answers[name]) end
  return features(content_picture, { opt.content })[opt.content], grams
end)

local wanted = { opt.content, table.unpack(style_layers) }
--- picture -> J_content, the list of J_l
local function losses(picture)
  local f, each = features(picture, wanted), {}
  for k, name in ipairs(style_layers) do each[k] = style_loss(f[name], style_target[k]) end
  return content_loss(f[opt.content], content_target), each
end

--- The judge of the result.  It measures what can be shown of a picture with the features above and formulas of its
-- own, whatever the sliders were: J_content, J_style with a fifth for each layer, the same of five layers that the
-- loss does not hold, and J_l of those that it holds: numbers.
local function measure(picture)
  local guard <close> = tensor.no_grad()                               -- luacheck: ignore
  picture = picture:clamp(0, 1)
  local all = { opt.content }
  for k, name in ipairs(style_layers) do all[2 * k], all[2 * k + 1] = name, unasked[k] end
  local f, style, content = features(picture, all), features(style_picture, all), features(content_picture, all)
  local function together(a) return tensor.einsum("nhwc,nhwd->cd", a, a) / (a:size(2) * a:size(3)) end
  local function apart(name) return (together(f[name]) - together(style[name])):square():mean():item() / 4 end
  local m = { content = (f[opt.content] - content[opt.content]):square():mean():item() / 4, style = 0, elsewhere = 0,
    each = {} }
  for k, name in ipairs(style_layers) do
    m.each[k] = apart(name)
    m.style, m.elsewhere = m.style + m.each[k] / #style_layers, m.elsewhere + apart(unasked[k]) / #unasked
  end
  return m
end

--- Beside it: the content in the style's colours.  A line makes of each pixel a new one, so that the mean and the
-- covariance of the channels are the style's; with L L' = covariance: (p - mean) inv(L_content') L_style' + mean_style.
local function recoloured()
  local function colours(x)
    local rows = x:reshape(-1, 3):to "f64"
    local mean = rows:mean(1)
    local apart = rows - mean
    return apart, (apart:t():mm(apart) / apart:size(1) + tensor.eye(3):to "f64" * 1e-6):cholesky(), mean
  end
  local apart, own = colours(content_picture)
  local _, theirs, mean = colours(style_picture)
  return (apart:mm(own:inverse():t()):mm(theirs:t()) + mean):to "f32":reshape(content_picture.shape)
end

-- 4 Show --------------------------------------------------------------------------------------------------------------
-- The picture as it changes, a line that wipes between before and after, three losses, and a slider for every weight.

local alpha = viz.slider("alpha", opt.alpha, { 0, 100 })
local beta = viz.slider("beta", opt.beta, { 0, 400 })
local share = {}
for k = 1, #style_layers do share[k] = viz.slider("style " .. k, 0.2, { 0, 1 }) end
viz.image("content", content_picture[1])
viz.image("style", style_picture[1])

local function show(picture, step, content, style, total)
  local now = picture:detach()[1]
  viz.image("picture", now)
  viz.wipe("before | after", content_picture[1], now, { labels = { "before", "after" } })
  for _, l in ipairs { { "content", content }, { "style", style }, { "total", total } } do
    viz.plot("loss/" .. l[1], l[2]:item(), { step = step, log = true })
  end
  if step == 1 then viz.layout { { "picture", "before | after" }, { "content", "style", "loss" } } end
end

-- 5 Train, and the result ---------------------------------------------------------------------------------------------
-- The start is noise mixed with the content, so both losses have something to lose.  After each step of Adam on the
-- pixels they are brought back into 0..1: what cannot be shown is no picture.

local _, h, w = table.unpack(content_picture.shape)
local noise = tensor.rand { 1, h, w, 3, rng = tensor.rng(opt.seed) }
local start = noise * opt.noise + content_picture * (1 - opt.noise)
local picture = start:clone():requires_grad()
local adam = optim.Adam { { picture }, lr = opt.lr }
if not opt.course then adam.schedule = optim.cosine { opt.lr, steps = opt.steps } end
local history = {}
for step = 1, opt.steps do
  local content, each = losses(picture)
  local style = 0
  for k = 1, #each do style = style + each[k] * share[k]() end
  local total = content * alpha() + style * beta()
  if opt.variation > 0 then total = total + variation_loss(picture) * opt.variation end
  adam:step(total)
  tensor.no_grad(function() picture:clamp_(0, 1) end)
  if (step - 1) % opt.every == 0 or step == opt.steps then
    show(picture, step, content * alpha(), style * beta(), total)
    history[#history + 1] = { step, content:item(), style:item(), total:item() }
    if (step - 1) % (10 * opt.every) == 0 then
      print(("step %4d   content %.4f   style %.5f   total %.4f"):format(step, content:item(), style:item(),
        total:item()))
    end
  end
  viz.gate()                                                           -- the window's pause and step hold here
end

local before, after, beside = measure(start), measure(picture), measure(recoloured())
print(("%-24s %10s %10s %8s"):format("loss", "start", "end", "times"))
local function line(name, a, b)
  print(("%-24s %10.5f %10.5f %8.1f"):format(name, a, b, a / b))
end
for k, name in ipairs(style_layers) do line("style " .. name, before.each[k], after.each[k]) end
line("style of the five", before.style, after.style)
line("style, layers not asked", before.elsewhere, after.elsewhere)
line("content " .. opt.content, before.content, after.content)
print(("the content in the style's colours alone: style of the five %.5f"):format(beside.style))
if opt.out then
  assert(data.image.save(opt.out .. "/style_transfer.png", picture:detach()[1]))
  assert(results.table(opt.out .. "/style_transfer.csv", { "step", "content", "style", "total" }, history))
end
local claim = { measure = "style_down", style_down = before.style / after.style, above = opt.quick and 20 or 100,
  also = { { "content_left", after.content / before.content, below = opt.quick and 0.2 or 0.15 },
    { "unasked_down", before.elsewhere / after.elsewhere, above = 10 } },
  picture = picture:detach(),
  parts = { net = net, features = features, gram = gram, content_loss = content_loss, style_loss = style_loss,
    variation_loss = variation_loss } }
-- How far two other pictures, other weights or other settings let the losses fall nobody knows: there the style must
-- come nearer than colours alone bring it.
if opt.course or opt.weights or opt.picture ~= "coast" or opt.style ~= "swirls" then
  claim.measure, claim.over_colours, claim.above = "over_colours", beside.style / after.style, 1
  claim.also = { { "content_left", after.content / before.content, below = 1 },
    { "unasked_over_colours", beside.elsewhere / after.elsewhere, above = 1 } }
end
return claim
