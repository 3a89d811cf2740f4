--- streets.lua: drawn street scenes as a camera behind a windscreen sees them, each with the class of every pixel and
-- the boxes of its vehicles, people and signs; and drives of many frames that belong together.
--
-- A town is drawn by the dice: how its road bends and climbs, its lanes, pavements, houses, trees, signs, parked
-- cars, and the designs of all that is found there.  Scenes of one town share them; two towns share none.  Learn from
-- some towns and test in others, and neither layouts nor designs of the test were seen before.
local dice_of, view_of, weather = require "lib.dice", require "lib.street_view", require "lib.street_weather"
local vehicles, things, towns = require "lib.street_vehicles", require "lib.street_things", require "lib.street_town"
local streets = {}

--- What a pixel may belong to, and what a box may hold.
streets.classes = { "sky", "building", "road", "lane line", "pavement", "vegetation", "vehicle", "pedestrian",
  "sign" }
streets.things = { "car", "lorry", "pedestrian", "sign" }
--- Colours of the classes, for pictures of masks.
streets.colors = tensor { { 0.53, 0.74, 0.93 }, { 0.55, 0.42, 0.4 }, { 0.35, 0.3, 0.4 }, { 0.98, 0.95, 0.9 },
  { 0.85, 0.55, 0.8 }, { 0.35, 0.6, 0.25 }, { 0.15, 0.25, 0.75 }, { 0.9, 0.15, 0.2 }, { 0.98, 0.8, 0.15 } }

local SKY, BUILDING, ROAD, LINE, PAVEMENT, GREEN, VEHICLE, PERSON, SIGN = 1, 2, 3, 4, 5, 6, 7, 8, 9
local number_of = { car = 1, lorry = 2, pedestrian = 3, sign = 4 }
local round = towns.round

-- --- a frame --------------------------------------------------------------------------------------------------------

-- Pixels of the ground between t1 and t2, d1 and d2: four corners.
local function quad(view, d1, d2, t1, t2)
  return (view:seen { d1, t1, 0, d2, t1, 0, d2, t2, 0, d1, t2, 0 })
end

local function ahead(s, s0) return (s - s0 + 30) % round - 30 end

local reach = 40          -- metres: beyond, lines are thinner than what a pixel can show

local function draw_lines(view, town, s0)
  local white, style, marks = town.white, town.style, {}
  local function along(t, dashed)
    local w = style.wide / 2
    if not dashed then
      marks[#marks + 1] = view:strip(t - w, t + w, view.near, reach)
      return
    end
    local period = style.dash + style.gap
    local first = -(s0 % period)
    for d = first, reach, period do
      if d + style.dash > view.near then marks[#marks + 1] = quad(view, math.max(d, view.near), d + style.dash,
        t - w, t + w) end
    end
  end
  if style.centre == "double" then
    along(-style.wide)
    along(style.wide)
  else
    along(0, style.centre == "dash")
  end
  for lane = 1, town.lanes - 1 do
    along(lane * town.lane, true)
    along(-lane * town.lane, true)
  end
  if style.edge or town.parking then
    for side = -1, 1, 2 do along(side * (town.lanes * town.lane - 0.05)) end
  end
  for _, z in ipairs(town.zebras) do
    local d = ahead(z.s, s0)
    if d > -4 and d < reach then
      for t = -town.edge + 0.3, town.edge - 0.6, 1 do marks[#marks + 1] = quad(view, d, d + z.long, t, t + 0.5) end
      local mine = town.hand
      marks[#marks + 1] = quad(view, d - 1.6, d - 1.2, mine * 0.2, mine * (town.lanes * town.lane - 0.2))
    end
  end
  view:marks(marks, LINE, white[1], white[2], white[3], style.worn)
end

local function draw_ground(view, town, s0)
  local grass, stone, road = town.grass, town.stone, town.asphalt
  local wet = view.light.wet > 0 and 0.72 or 1
  road = { road[1] * wet, road[2] * wet, road[3] * wet }
  local edge, walk, verge = town.edge, town.walk, town.verge
  local outside = town.kind == "city" and { PAVEMENT, stone } or { GREEN, grass }
  for side = -1, 1, 2 do
    view:ground(view:strip(side * (edge + walk), side * 70), outside[1], table.unpack(outside[2]))
    if town.kind == "city" and verge > 0 then
      view:ground(view:strip(side * (edge + walk), side * (edge + walk + verge)), GREEN, table.unpack(grass))
    end
    if walk > 0 then
      view:ground(view:strip(side * edge, side * (edge + walk)), PAVEMENT, table.unpack(stone))
      view:ground(view:strip(side * edge, side * (edge + 0.16)), nil, stone[1] * 1.15, stone[2] * 1.15,
        stone[3] * 1.15)
    end
  end
  view:ground(view:strip(-edge, edge), ROAD, table.unpack(road))
  for _, c in ipairs(town.crossings) do
    local d = ahead(c.s, s0)
    if d < 150 and d > -c.half - 2 then
      local a, b = c.side * (edge - 0.02), c.side * 70
      if walk > 0 then view:ground(view:strip(c.side * (edge + walk), b, d - c.half - 1.6, d + c.half + 1.6),
        PAVEMENT, table.unpack(stone)) end
      view:ground(view:strip(a, b, d - c.half, d + c.half), ROAD, table.unpack(road))
    end
  end
  for _, p in ipairs(town.patches) do
    local d = ahead(p.s, s0)
    if d > 0 and d < 40 then
      local xy = quad(view, d, d + p.long, math.max(-edge, p.t - p.w / 2), math.min(edge, p.t + p.w / 2))
      view:ground(xy, nil, road[1] * p.dark, road[2] * p.dark, road[3] * p.dark, 0.8)
    end
  end
  for lane = -town.lanes, town.lanes - 1 do                              -- tyres have polished their tracks
    for k = 0.27, 0.73, 0.46 do
      local t = (lane + k) * town.lane
      view:ground(view:strip(t - 0.25, t + 0.25), nil, road[1] * 0.9, road[2] * 0.9, road[3] * 0.9, 0.35)
    end
  end
  draw_lines(view, town, s0)
end

local function draw_horizon(view, town, turn)
  local green, stone = { 0.25, 0.36, 0.2 }, { 0.55, 0.53, 0.52 }
  for _, o in ipairs(town.horizon) do
    local at = (o.at - turn + 1.6) % 3.2 - 1.6
    local u, v, w, h = view.cu + view.f * at, view.cv + 1, view.f * o.w, view.f * o.h
    local c = o.built and stone or green
    local x = { c[1] * o.tone * view.light.ambient, c[2] * o.tone * view.light.ambient,
      c[3] * o.tone * view.light.ambient }
    if o.built then view:fill({ u - w, v, u - w, v - h, u + w, v - h, u + w, v }, 170, BUILDING, 0, x[1], x[2], x[3])
    else view:spot(u, v, w * 2, h, 170, GREEN, 0, x[1], x[2], x[3]) end
  end
end

-- Shadows of what stands on the ground; under an overcast sky only what is below a vehicle is dark.
local function draw_shadows(view, scene)
  local l, marks = view.light, {}
  for _, o in ipairs(scene) do
    if o.kind == "vehicle" then marks[#marks + 1] = vehicles.shadow(view, o)
    elseif o.d > view.near + 0.5 and o.d < 90 then
      local high = o.kind == "person" and 1.7 or o.kind == "tree" and o.design.height * o.size or nil
      if high and l.sun > 0.2 then
        local long = high / math.max(0.35, l.to[3])
        local w = o.kind == "person" and 0.25 or o.design.wide * o.size * 1.3
        local dd, dt = -l.to[1] * long, -l.to[2] * long
        local flat, n = {}, 10
        local base = o.kind == "person" and 0.5
          or 0.7                  -- of the way to the tip: the middle of the shade
        for i = 1, n do
          local a = i * 2 * math.pi / n
          local c, s = math.cos(a), math.sin(a)
          local along = c * (o.kind == "person" and 0.5 or 0.4)
          flat[#flat + 1], flat[#flat + 2], flat[#flat + 3] = o.d + dd * (base + along) - s * w * l.to[2],
            o.t + dt * (base + along) + s * w * l.to[1], 0.01
        end
        marks[#marks + 1] = view:seen(flat)
      elseif high then
        local u, v, k = view:stand(o.d, o.t)
        view:spot(u, v, 0.35 * k, 0.07 * k, o.d, nil, 0, 0, 0, 0, l.shadow)
      end
    end
  end
  for _, xy in ipairs(marks) do view.picture:polygon(xy) end
  view.picture:color(0.03, 0.03, 0.06, l.shadow):fill()
  if l.sun > 0.3 then                                                     -- houses shade the street in front of them
    for _, o in ipairs(scene) do
      if o.kind == "house" and l.to[2] * o.out > 0.15 then
        local long = o.design.storeys * o.design.storey / math.max(0.35, l.to[3])
        local dt, dd = -l.to[2] * long, -l.to[1] * long
        local flat = { o.d, o.t, 0.01, o.d + o.long, o.t, 0.01, o.d + o.long + dd, o.t + dt, 0.01, o.d + dd,
          o.t + dt, 0.01 }
        local xy = view:seen(flat)
        if xy then view.picture:polygon(xy):color(0.03, 0.03, 0.07, l.shadow * 0.8):fill() end
      end
    end
  end
end

local function draw_thing(view, o, boxed)
  if o.kind == "house" then return things.draw_house(view, o, BUILDING) end
  if o.kind == "tree" then return things.draw_tree(view, o, GREEN) end
  if o.kind == "hedge" then return things.draw_hedge(view, o, o.class == "building" and BUILDING or GREEN) end
  local thing = 0
  if #boxed < 250 then
    thing = #boxed + 1
    boxed[thing] = o
  end
  if o.kind == "vehicle" then return vehicles.draw(view, o, VEHICLE, thing) end
  if o.kind == "person" then return things.draw_person(view, o, PERSON, thing) end
  return things.draw_sign(view, o, SIGN, thing)
end

-- Metres up to which things are drawn: beyond, a camera of so few pixels cannot tell what they are.
local reach_of = { house = 150, tree = 90, hedge = 90, vehicle = 60, sign = 36, person = 28 }

-- What is in view at a time: copies with d, the distance ahead of the camera; and the order from far to near.
local function in_view(town, traffic, s0, t0, time, view)
  local scene = {}
  local function take(o, s, t, over)
    local d = ahead(s, s0)
    if d > reach_of[o.kind] or d + (over
      or 0) < view.near + 0.3 then return end
    local c = {}
    for k, v in pairs(o) do c[k] = v end
    c.d, c.t, c.d2 = d, t, d + (over or 0)
    local middle = o.kind == "vehicle" and d or c.d2
    c.key = middle + 1.5 * math.abs(t + view.x[math.tointeger(math.min(math.max(0, d), view.far) // 1)] + view.t - t0)
    scene[#scene + 1] = c
  end
  for _, o in ipairs(town.all) do
    if o.kind == "house" or o.kind == "hedge" then take(o, o.s, o.t, o.long) else take(o, o.s, o.t) end
  end
  for _, o in ipairs(traffic) do
    local s = o.s + o.v * time
    if o.kind == "person" then
      take(o, s, o.t)
      local c = scene[#scene]
      if c then c.phase = o.pace + (o.v ~= 0 and time * 5.5 * math.abs(o.v) / 1.3 or 0) end
    else
      if o.v ~= 0 then s = s + 1.5 * math.sin(o.sway + time * 0.4) end
      take(o, s, o.t)
    end
  end
  -- What would be within the camera's own car, or is too near to be seen whole, is not there.
  local out = {}
  for _, o in ipairs(scene) do
    local long = o.kind == "vehicle" and o.design.length / 2 or 0
    local aside = math.abs(o.t - t0)
    if not (o.kind == "vehicle" and o.d - long < (aside < 2.2 and 4 or 1)) and not (o.kind ~= "vehicle"
      and not o.long and o.d < 2) then
      out[#out + 1] = o
    end
  end
  table.sort(out, function(a, b) return a.key > b.key or (a.key == b.key and a.s < b.s) end)
  return out
end

-- Square metres that a thing shows to a camera that looks along the road, about.
local function front_of(o)
  if o.kind == "vehicle" then return 2 * o.design.half * o.design.height end
  if o.kind == "person" then return 0.3 * o.look.height ^ 2 end
  return 0.7 * o.design.size ^ 2
end

-- Boxes of the things in a map: what is visible of each, in pixels: {label, box = {x1, y1, x2, y2}, pixels, share}; the
-- share of the thing that is not hidden, about.  f: pixels of a metre at a distance of 1.
local function boxes_of(map, boxed, f)
  local h, w = map:size(1), map:size(2)
  local ids = map[{ {}, {}, 2 }]:reshape(-1)
  local places = ids:nonzero():reshape(-1)
  local at, of = places:totable(), ids[places]:totable()
  local found = {}
  for i, k in ipairs(of) do
    local x, y = (at[i] - 1) % w, (at[i] - 1) // w
    local b = found[k]
    if not b then
      b = { w, h, 0, 0, 0 }
      found[k] = b
    end
    if x < b[1] then b[1] = x end
    if x >= b[3] then b[3] = x + 1 end
    if y < b[2] then b[2] = y end
    b[4], b[5] = y + 1, b[5] + 1
  end
  local rows = {}
  for k, o in ipairs(boxed) do
    local b = found[k]
    if b then
      local label = o.kind == "vehicle" and o.design.label or o.kind == "person" and "pedestrian" or "sign"
      rows[#rows + 1] = { label = number_of[label], box = { b[1], b[2], b[3], b[4] }, pixels = b[5],
        share = (b[3] - b[1]) * (b[4] - b[2]) / (front_of(o) * (f / o.d) ^ 2) }
    end
  end
  return rows
end

--- streets.frame{town=, traffic=, light=, dice=, s=, t=, time=, h=, w=, scale=, f=, height=, tilt=, roll=}: the
-- picture u8
-- [scale h, scale w, 3], the classes u8 [h, w] from 1, and rows of boxes.
function streets.frame(arg)
  local town, s0 = arg.town, arg.s
  local bend, climb = town.bend, town.climb
  local x0, turn, y0, rise = bend.value(s0), bend.slope(s0), climb.value(s0), climb.slope(s0)
  local view = view_of { h = arg.h, w = arg.w, scale = arg.scale, f = arg.f * arg.w, cu = arg.w / 2 + (arg.aside
    or 0) * arg.w,
    cv = arg.h * arg.tilt, t = arg.t, height = arg.height, roll = arg.roll, light = arg.light,
    bend = function(d) return bend.value(s0 + d) - x0 - turn * d end,
      climb = function(d) return climb.value(s0 + d) - y0 - rise * d end }
  weather.sky(view, SKY, turn, arg.time)
  draw_horizon(view, town, turn)
  draw_ground(view, town, s0)
  local scene, boxed = in_view(town, arg.traffic, s0, arg.t, arg.time, view), {}
  draw_shadows(view, scene)
  for _, o in ipairs(scene) do draw_thing(view, o, boxed) end
  weather.rain(view, arg.dice)
  local map = view.map:tensor()
  return view.picture:tensor(), map[{ {}, {}, 1 }], boxes_of(map, boxed, view.f)
end

-- A camera in a town: its lane, place in it, field of view, and how it looks.
local function camera(town, dice)
  local own = dice:int(1, town.lanes)
  return { town = town, dice = dice, own = own, t = town.hand * (own - 0.5) * town.lane + dice:number(-0.3, 0.3),
    f = dice:number(0.88, 1.15), height = dice:number(1.25, 2), tilt = dice:number(0.36, 0.5),
      roll = dice:number(-0.02, 0.02),
    aside = dice:number(-0.06, 0.06), s = dice:number(0, round), time = 0 }
end

-- Traffic about a camera: what moves in its lane begins ahead of it.
local function traffic_of(arg, speed)
  local traffic = towns.traffic(arg.town, arg.dice, arg.own, speed)
  for _, o in ipairs(traffic) do
    if not o.fixed then o.s = o.s + arg.s end
  end
  return traffic
end

-- --- many scenes ----------------------------------------------------------------------------------------------------

-- Of the rows of a frame: boxes [m, 4] in pixels x1 y1 x2 y2, labels i64 [m] of streets.things, and which of them are
-- too small, or too much hidden, to be asked for (`hard`, as in Pascal VOC).
local function truth_of(rows)
  local boxes, labels, hard = {}, {}, {}
  for i, r in ipairs(rows) do
    local b = r.box
    boxes[i], labels[i] = b, r.label
    local w, h = b[3] - b[1], b[4] - b[2]
    hard[i] = (math.min(w, h) < 6 or math.max(w, h) < 9 or r.pixels < 32 or r.share < 0.5) and 1 or 0
  end
  local n = #rows
  if n == 0 then
    return { boxes = tensor.zeros(0, 4), labels = tensor.zeros { 0, dtype = "i64" }, hard = tensor.zeros { 0,
      dtype = "bool" } }
  end
  return { boxes = tensor(boxes):to "f32", labels = tensor(labels, { dtype = "i64" }), hard = tensor(hard):gt(0) }
end

--- streets.draw(n, {h=96, w=128, towns=, rng=, kind=}) -> pictures f32 [n, h, w, 3] of 0..1, classes u8 [n, h, w]
-- from 1, and a list of n truths {boxes=[m,4], labels=[m], hard=[m]}.  The scenes lie in `towns` towns (one for every
-- eight scenes) that no other generator draws.
function streets.draw(n, options)
  local o = lunette.checked("streets.draw", options, { h = 96, w = 128, towns = (n + 7) // 8, rng = lunette.none,
    kind = lunette.none })
  local dice, h, w = dice_of(o.rng), o.h, o.w
  local all = {}
  for k = 1, o.towns do
    viz.preparing("drawn towns", k - 1, o.towns)
    all[k] = towns.draw(dice)
  end
  local x, y, truths = tensor.zeros(n, h, w, 3), tensor.zeros { n, h, w, dtype = "u8" }, {}
  for from = 1, n, 32 do
    viz.preparing("drawn streets", from - 1, n)
    local to, lights = math.min(n, from + 31), {}
    for i = from, to do
      local arg = camera(all[(i - 1) % #all + 1], dice)
      arg.h, arg.w, arg.light = h, w, weather.light(dice, o.kind)
      arg.traffic = traffic_of(arg, 10)
      local picture, classes, rows = streets.frame(arg)
      x[i], y[i], truths[i], lights[#lights + 1] = picture:to "f32" / 255, classes, truth_of(rows), arg.light
    end
    x[{ { from, to } }] = weather.photograph(x[{ { from, to } }], lights, o.rng)
  end
  return x, y, truths
end

--- for picture, classes, truth, large in streets.drive(frames, {h=, w=, scale=3, rng=, kinds=, speed=, fps=}) do:
-- frames of a drive, through a new town and another weather every frames / #kinds of them.  picture f32 [h, w, 3] as
-- the camera gives it, large u8 [scale h, scale w, 3] for people to look at.
function streets.drive(frames, options)
  local o = lunette.checked("streets.drive", options, { h = 96, w = 128, scale = 3, rng = lunette.none, speed = 9,
    fps = 12,
    kinds = { "day", "low sun", "rain", "dusk" } })
  local dice, stage, arg, i = dice_of(o.rng), 0, nil, 0
  return function()
    i = i + 1
    if i > frames then return nil end
    local now = (i - 1) * #o.kinds // frames + 1
    if now ~= stage then
      stage = now
      arg = camera(towns.draw(dice), dice)
      arg.h, arg.w, arg.scale, arg.light = o.h, o.w, o.scale, weather.light(dice, o.kinds[stage])
      arg.traffic, arg.s0, arg.t0 = traffic_of(arg, o.speed), arg.s, arg.t
      for k = #arg.traffic, 1, -1 do                                    -- nobody is run over
        if arg.traffic[k].crossing then table.remove(arg.traffic, k) end
      end
    end
    arg.s, arg.t = arg.s0 + o.speed * arg.time, arg.t0 + 0.15 * math.sin(arg.time * 0.5)
    local large, classes, rows = streets.frame(arg)
    arg.time = arg.time + 1 / o.fps
    local small = o.scale == 1 and large or data.image.resize(large, o.h, o.w)
    local picture = weather.photograph((small:to "f32" / 255):unsqueeze(1), { arg.light }, o.rng)[1]
    return picture, classes, truth_of(rows), large
  end
end

return streets
