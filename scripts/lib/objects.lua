--- objects.lua: drawn pictures of many kinds of things, for a network that is to learn what pictures are made of.
--
--   objects.names                            the classes, sorted: animals, vehicles, furniture, fruit, tools, ...
--   objects.reserved                         {"alpaca", "not alpaca"}: in no class of objects.names
--   x, y = objects.draw(n, size, rng, options)   x f32 [n, size, size, 3] of 0..1, y i64 [n] from 1
-- options: classes = objects.names (y counts in that list; each class as often as any other, in a random order);
--          stream = "train" | "validation" | "test" (heldout = true: test); designs = 150 of each class and stream;
--          clutter = 1: how much there is behind and before the thing, and noise; 0: little.
-- objects.show(class, size, rng, {design = number}) draws one, u8 [size, size, 3].
--
-- A design is one breed, make or pattern of a class: proportions, colours, parts.  Designs are numbered; each stream
-- has numbers of its own, so a held-out picture shows a thing that was never seen before.  A picture also draws pose,
-- side, scale, place, light, ground, what lies behind and before the thing, blur and noise, all by rng.  Two
-- milliseconds a picture of 64 x 64; the same for the same rng.
local dice_of, scene_of = require "lib.dice", require "lib.object_solids"
local animals, made, grown = require "lib.object_animals", require "lib.object_made", require "lib.object_grown"
local alpacas = require "lib.object_alpacas"
local objects = { names = {}, reserved = { "alpaca", "not alpaca" } }

-- Class -> the function that builds it, and from where it is looked at: most turns, and lowest and highest views.
local class = {}
local side, round, lying, flat = { 1.1, -0.05, 0.45 }, { 3.2, 0.05, 0.6 }, { 3.2, 0.2, 1.1 }, { 0.9, -0.3, 0.4 }
local function add(from, looked, names)
  for name in names:gmatch "%a+" do class[name] = { build = from[name], looked = looked } end
end
add(animals, side, "cat dog horse zebra cow pig elephant giraffe rabbit bird duck penguin fish snail turtle")
add(animals, lying, "butterfly spider ladybird snake")
add(made, side, "bicycle boat")
add(made, round, "car lorry bus train rocket balloon chair table bed lamp cup teapot bottle candle umbrella")
add(made, round, "lighthouse house church castle drum")
add(made, lying, "aeroplane book")
add(made, flat, "sofa shelf clock spectacles hammer scissors saw spade guitar piano trumpet windmill")
add(grown.things, round, "apple pear grapes cherries strawberry pineapple tree fir palm cactus mushroom")
add(grown.things, flat, "banana flower star heart arrow key ring")
for name in pairs(class) do objects.names[#objects.names + 1] = name end
for name, build in pairs(grown.textures) do
  class[name] = { texture = build }
  objects.names[#objects.names + 1] = name
end
table.sort(objects.names)
for _, name in ipairs(objects.reserved) do class[name] = { build = alpacas[name], looked = side } end

-- What may be turned in the picture's plane: tools and the like lie as they fall.
local falls = {}
for _, names in ipairs { "aeroplane arrow banana fish guitar hammer key saw scissors spade spectacles trumpet ring",
  "heart star apple pear strawberry butterfly spider ladybird snake book" } do
  for name in names:gmatch "%a+" do falls[name] = true end
end

-- --- behind and before ----------------------------------------------------------------------------------------------

local function rgb(p, lo, hi) return p:number(lo, hi), p:number(lo, hi), p:number(lo, hi) end

local function gradient(c, size, p)
  local a, x, y, z = p:number(0, 6.3), rgb(p, 0.1, 0.95)
  local u, v, w = rgb(p, -0.3, 0.3)
  local k, q = math.cos(a) * size / 2, math.sin(a) * size / 2
  c:linear(size / 2 - k, size / 2 - q, size / 2 + k, size / 2 + q, { { 0, x, y, z }, { 1, x + u, y + v,
    z + w } }):rect(0, 0, size, size):fill()
end

-- Sky or wall, and ground from the height `line` on.
local function ground(c, size, p, line)
  local x, y, z = rgb(p, 0.1, 0.85)
  if p:chance(0.4) then x, y, z = 0.3 + 0.2 * p:number(), 0.4 + 0.25 * p:number(), 0.15 + 0.2 * p:number() end
  c:linear(0, line, 0, size, { { 0, x * 0.8, y * 0.8, z * 0.8 }, { 1, x, y, z } }):rect(-size, line, 3 * size,
    2 * size):fill()
end

local function blots(c, size, p, n)
  for _ = 1, n do
    local r, g, b = rgb(p, 0, 1)
    local w = size * p:number(0.02, 0.3)
    c:color(r, g, b, p:number(0.15, 0.9))
    local kind = p:int(1, 4)
    if kind == 1 then c:ellipse(p:number(0, size), p:number(0, size), w, w * p:number(0.3, 1), p:number(0, 3)):fill()
    elseif kind == 2 then
      c:save():translate(p:number(0, size), p:number(0, size)):rotate(p:number(0, 3)):rect(-w, -w / 2, 2 * w,
        w * p:number(0.2, 1.5)):fill():restore()
    elseif kind == 3 then
      local u, v = p:number(0, size), p:number(0, size)
      c:polygon { u, v, u + p:number(-2, 2) * w, v + p:number(-2, 2) * w, u + p:number(-2, 2) * w, v + p:number(-2,
        2) * w }:fill()
    else
      c:move(p:number(0, size), p:number(0, size)):line(p:number(0, size), p:number(0, size)):stroke(w * p:number(0.1,
        0.4))
    end
  end
end

-- Lines of one direction over all: a curtain, a field, a fence.
local function stripes(c, size, p)
  local r, g, b = rgb(p, 0, 1)
  local w, a = size * p:number(0.04, 0.15), p:number(0.1, 0.4)
  c:save():translate(size / 2, size / 2):rotate(p:number(0, 3.2))
  for k = -12, 12 do
    if math.abs(k * w) < size then c:rect(k * w, -size, w * 0.5, 2 * size) end
  end
  c:color(r, g, b, a):fill():restore()
end

local function behind(c, size, p, line, clutter)
  gradient(c, size, p)
  if p:chance(0.2 * clutter) then stripes(c, size, p) end
  if p:chance(0.7 * clutter) then blots(c, size, p, p:int(1, 7)) end
  if p:chance(0.65) then ground(c, size, p, line) end
  if p:chance(0.4 * clutter) then blots(c, size, p, p:int(1, 3)) end
end

-- A post, a branch or a leaf in front, over an edge of the thing.
local function before(c, size, p)
  for _ = 1, p:int(1, 2) do
    local r, g, b = rgb(p, 0.05, 0.9)
    c:color(r, g, b)
    local w, x = size * p:number(0.02, 0.08), p:number(0, size)
    if p:chance(0.5) then c:move(x, -2):line(x + p:number(-0.4, 0.4) * size, size + 2):stroke(w * 1.5)
    else c:ellipse(x, p:chance(0.6) and size * p:number(0.8, 1) or size * p:number(0, 0.2), size * p:number(0.08,
      0.25), size * p:number(0.05, 0.15), p:number(-0.6, 0.6)):fill() end
  end
end

-- --- a picture ------------------------------------------------------------------------------------------------------

local first = { train = 0, validation = 1, test = 2 }
local function number_of(name)
  local h = 0
  for i = 1, #name do h = (h * 31 + name:byte(i)) % 1000003 end
  return h
end

--- The dice of a design: always the same for a class and a number.
local function design_of(name, number) return dice_of(tensor.rng(number_of(name) * 4096 + number)) end

local function draw_thing(c, size, name, d, p)
  local k = class[name]
  local turn = p:number(-1, 1) * k.looked[1] + (k.looked ~= flat and p:chance(0.5) and math.pi or 0)
  local u, v, w = p:number(-0.7, 0.7), p:number(0.3, 0.9), p:number(0.3, 0.9)
  local long = math.sqrt(u * u + v * v + w * w)
  local s = scene_of { turn = turn, above = p:number(k.looked[2], k.looked[3]), light = { u / long, v / long,
    w / long },
    ambient = p:number(0.4, 0.7), bright = p:number(0.35, 0.65) }
  k.build(s, d, p)
  local share = p:number(0.5, 0.95)
  local x, y = size * (0.5 + p:number(-0.12, 0.12)), size * (0.5 + p:number(-0.1, 0.1))
  local roll = falls[name] and p:number(-math.pi, math.pi) or p:number(-0.12, 0.12)
  if not falls[name] and p:chance(0.6) then                               -- its shadow on the ground
    local wide = share * size / math.max(s.x2 - s.x1, s.y2 - s.y1)
    c:ellipse(x + p:number(-0.1, 0.1) * size, y + (s.y2 - s.y1) / 2 * wide, (s.x2 - s.x1) / 2 * wide,
      size * p:number(0.03, 0.07)):color(0, 0, 0, p:number(0.2, 0.5)):fill()
  end
  s:paint(c, x, y, share * size, roll)
end

local function picture(c, size, name, d, p, clutter)
  c:save()
  local line = size * p:number(0.35, 0.85)
  if class[name].texture then
    class[name].texture(c, size, d, p)
  else
    behind(c, size, p, line, clutter)
    draw_thing(c, size, name, d, p)
  end
  c:restore()
  if p:chance(0.3 * clutter) then before(c, size, p) end
  return c:tensor()
end

function objects.show(name, size, rng, option)
  return picture(draw.canvas(size, size), size, name, design_of(name, option and option.design or 1), dice_of(rng), 1)
end

-- Light, tint, contrast, a blur in some, and noise: x u8 [n, s, s, 3] -> f32 of 0..1.
local function photographed(x, rng, clutter)
  local n, s = x:size(1), x:size(2)
  local function uniform(lo, hi, channels) return tensor.rand { n, 1, 1, channels or 1, rng = rng } * (hi - lo) + lo end
  local im = x:to "f32" / 255
  local soft = nn.avg_pool2d { nn.upsample { im, scale = 2, mode = "bilinear" }, kernel = 2 }
  im = im + (soft - im) * uniform(0, 1):gt(0.6):to "f32"
  im = (im - 0.5) * uniform(0.65, 1.1) + 0.5 + uniform(-0.12, 0.12) + uniform(-0.05, 0.05, 3)
  local axis = (tensor.arange(s):to "f32" - (s + 1) / 2) / s
  im = im + uniform(-0.2, 0.2) * axis:reshape(1, 1, s, 1) + uniform(-0.2, 0.2) * axis:reshape(1, s, 1, 1)
  return (im + tensor.randn { n, s, s, 3, rng = rng } * uniform(0.005, 0.005 + 0.045 * clutter)):clamp(0, 1)
end

function objects.draw(n, size, rng, options)
  options = options or {}
  local names, count = options.classes or objects.names, options.designs or 150
  local clutter = options.clutter or 1
  local stream = options.stream or options.heldout and "test" or "train"
  for _, name in ipairs(names) do
    if not class[name] then error(("objects.draw: no class '%s'"):format(name), 2) end
  end
  if not first[stream] then error(("objects.draw: stream '%s' is none of train, validation, test"):format(stream),
    2) end
  local p, xs = dice_of(rng), {}
  local y = (tensor.randperm(n, { rng = rng }) - 1) % #names + 1
  local label, c = y:totable(), draw.canvas(size, size)
  for at = 1, n, 8 do                                                  -- few at a time stay in the cache
    local m = math.min(8, n - at + 1)
    viz.preparing("drawn objects", at - 1, n)
    local x = tensor.empty(m, size, size, 3, { dtype = "u8" })
    for i = 1, m do
      local name = names[label[at + i - 1]]
      x[i] = picture(c, size, name, design_of(name, first[stream] * 1024 + p:int(1, count)), p, clutter)
    end
    xs[#xs + 1] = photographed(x, rng, clutter)
  end
  return tensor.cat(xs, 1), y:to "i64"
end

return objects
