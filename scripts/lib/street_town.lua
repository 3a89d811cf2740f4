--- street_town.lua: towns for streets.lua: a road with all that stands beside it, drawn by the dice, and its traffic.
-- Distances s go along the road in metres, t to the right of its middle; side 1 is the right one, -1 the left.
local vehicles, things = require "lib.street_vehicles", require "lib.street_things"
local towns = {}

local round = 480                       -- metres: every road is a closed round, so that a drive never ends
towns.round = round

local function list(n, f)
  local l = {}
  for i = 1, n do l[i] = f(i) end
  return l
end

-- A sum of three waves along the road; `most` bounds its curvature (1/m).
local function waves(dice, most)
  local a, sum = {}, 0
  for k = 1, 3 do
    local w = 2 * math.pi * k / round
    a[k] = { w, dice:number(-1, 1), dice:number(0, 2 * math.pi) }
    sum = sum + math.abs(a[k][2])
  end
  for k = 1, 3 do a[k][2] = a[k][2] / sum * most * dice:number(0.3, 1) / (a[k][1] ^ 2) end
  local function value(s) return a[1][2] * math.sin(a[1][1] * s + a[1][3]) + a[2][2] * math.sin(a[2][1] * s + a[2][3])
    + a[3][2] * math.sin(a[3][1] * s + a[3][3]) end
  local function slope(s) return a[1][2] * a[1][1] * math.cos(a[1][1] * s + a[1][3])
    + a[2][2] * a[2][1] * math.cos(a[2][1] * s + a[2][3]) + a[3][2] * a[3][1] * math.cos(a[3][1] * s + a[3][3]) end
  return { value = value, slope = slope }
end

local function add(town, kind, s, t)
  local o = { kind = kind, s = s % round, t = t }
  table.insert(town.all, o)
  return o
end

-- Is s within `reach` of a side street on that side (1: right, -1: left)?
local function crossing(town, s, side, reach)
  for _, c in ipairs(town.crossings) do
    local off = (s - c.s + round / 2) % round - round / 2
    if c.side == side and math.abs(off) < c.half + reach then return c end
  end
end

local function build_houses(town, dice, side)
  local s, front = dice:number(0, 8), town.edge + town.walk + town.verge + town.yard
  while s < round - 8 do
    local long = town.kind == "city" and dice:number(9, 22) or dice:number(7, 14)
    local skip = crossing(town, s + long / 2, side, long / 2 + 1.5)
    if skip then
      s = s + 3
    elseif dice:chance(town.built) then
      local o = add(town, "house", s, (front + dice:number(0, 0.8)) * side)
      o.long, o.out, o.deep, o.salt, o.design = long, side, dice:number(7, 14), dice:int(0, 99),
        dice:pick(town.houses)
      s = s + long + (town.kind == "city" and (dice:chance(0.85) and 0 or dice:number(2, 5)) or dice:number(2, 12))
    else
      s = s + dice:number(4, 14)
    end
  end
end

local function plant(town, dice, side)
  local s, row = dice:number(0, 6), dice:number(6, 18)
  local line = town.verge > 1 and town.edge + town.walk + town.verge / 2 or town.edge + town.walk - 0.5
  while s < round - 2 do
    if dice:chance(town.trees) and not crossing(town, s, side, 2) then
      local away = town.kind == "country" and dice:number(0, 18) or dice:chance(0.3) and town.yard * dice:number(0.2,
        0.8) + town.verge or 0
      local o = add(town, "tree", s, (line + away) * side)
      o.design, o.size, o.seed = dice:pick(town.plants), dice:number(0.7, 1.25), list(20,
        function() return dice:number() end)
    end
    s = s + row * dice:number(0.5, 1.3)
  end
  s = dice:number(0, 30)
  while town.hedges > 0 and s < round - 30 do
    local long = dice:number(6, 24)
    if dice:chance(town.hedges) and not crossing(town, s + long / 2, side, long / 2 + 1) then
      local o = add(town, "hedge", s, (town.edge + town.walk + town.verge + 0.3) * side)
      local wall = dice:chance(0.35)
      o.long, o.out, o.height, o.class = long, side, dice:number(0.7, 1.5), wall and "building" or "vegetation"
      local c = wall and dice:pick(town.houses).wall or dice:pick(town.plants).leaf
      o.color = { c[1] * 0.9, c[2] * 0.9, c[3] * 0.9 }
    end
    s = s + long + dice:number(2, 14)
  end
end

local function furnish(town, dice, side)
  local s = dice:number(2, 20)
  while s < round - 2 do
    local o = add(town, "sign", s, (town.edge + dice:number(0.3, 0.8)) * side)
    o.design, o.back, o.shown = dice:pick(town.signs), side * town.hand < 0 and dice:chance(0.6), dice:int(1, 3)
    s = s + dice:number(7, 26)
  end
  s = dice:number(0, 12)
  while town.parking and s < round - 8 do
    local design = dice:chance(0.92) and dice:pick(town.cars) or dice:pick(town.lorries)
    if dice:chance(town.parked) and not crossing(town, s, side, 6) then
      local o = add(town, "vehicle", s + design.length / 2, (town.edge - 1.1) * side)
      o.design, o.paint, o.yaw = design, vehicles.color(dice), (side * town.hand > 0 and 0
        or math.pi) + dice:number(-0.04, 0.04)
      o.load = { dice:number(0.2, 0.95), dice:number(0.2, 0.95), dice:number(0.2, 0.95) }
    end
    s = s + design.length + dice:number(0.8, 6)
  end
end

--- towns.draw(dice): a road with all that stands beside it.
function towns.draw(dice)
  local kind = dice:pick { "city", "city", "suburb", "suburb", "country" }
  local city, country = kind == "city", kind == "country"
  local lane, lanes = dice:number(2.9, 3.7), (not country and dice:chance(0.45)) and 2 or 1
  local parking = not country and dice:chance(0.55)
  local town = { kind = kind, hand = dice:chance(0.85) and 1 or -1, lane = lane, lanes = lanes, parking = parking,
    edge = lanes * lane + (parking and 2.3 or 0) + (country and 0.4 or 0.1), walk = country and (dice:chance(0.3)
      and 1.4 or 0) or dice:number(2.2, 5.5),
    verge = city and (dice:chance(0.3) and 1.6 or 0) or dice:number(1, 4), yard = city and (dice:chance(0.3)
      and dice:number(1, 4) or 0) or dice:number(2, 9),
    built = city and 0.95 or country and 0.18 or 0.8, trees = city and dice:number(0, 0.6) or dice:number(0.4, 0.95),
      hedges = city and 0 or dice:number(0, 0.6),
    parked = dice:number(0.3, 0.85), bend = waves(dice, country and 0.009 or 0.006), climb = waves(dice, country
      and 0.0016 or 0.0008),
    cars = list(10, function() return vehicles.car(dice) end), lorries = list(4,
      function() return vehicles.lorry(dice) end),
    people = list(10, function() return things.person(dice) end), signs = list(8,
      function() return things.sign(dice) end),
    houses = list(7, function() return things.house(dice, kind) end), plants = list(4,
      function() return things.tree(dice) end),
    busy = dice:number(0.3, 1), crowd = city and dice:number(0.5, 1) or country and 0.12 or dice:number(0.2, 0.6),
      all = {}, crossings = {} }
  local grey = dice:number(0.26, 0.46)
  town.asphalt = { grey * dice:number(0.97, 1.06), grey, grey * dice:number(0.97, 1.08) }
  local stone = dice:number(0.5, 0.72)
  town.stone = { stone * dice:number(0.98, 1.08), stone * dice:number(0.96, 1.02), stone * dice:number(0.88, 1.02) }
  town.grass = { dice:number(0.24, 0.42), dice:number(0.38, 0.5), dice:number(0.14, 0.24) }
  town.white = dice:chance(0.8) and { 0.93, 0.93, 0.91 } or { 0.93, 0.77, 0.25 }
  town.style = { centre = dice:pick { "dash", "solid", "double" }, edge = dice:chance(0.5), dash = dice:number(2,
    4.5), gap = dice:number(3, 7),
    wide = dice:number(0.14, 0.24), worn = dice:number(0.65, 1) }
  for side = -1, 1, 2 do
    local s = dice:number(20, 120)
    while s < round - 20 do
      table.insert(town.crossings, { s = s, side = side, half = dice:number(2.6, 4.2) })
      s = s + dice:number(60, 170)
    end
  end
  town.zebras = list(country and 0 or dice:int(1, 4), function() return { s = dice:number(0, round),
    long = dice:number(2.5, 4) } end)
  town.patches = list(50, function()
    return { s = dice:number(0, round), t = dice:number(-0.9, 0.9) * town.edge, w = dice:number(0.3, 2.2),
      long = dice:number(0.6, 7), dark = dice:number(0.8, 1.14) }
  end)
  town.horizon = list(40, function(i)
    return { at = (i - 20.5) / 20 * 1.6 + dice:number(-0.03, 0.03), w = dice:number(0.02, 0.1), h = (city
      and dice:number(0.03, 0.14) or dice:number(0.015, 0.05)),
      built = dice:chance(city and 0.85 or country and 0 or 0.15), tone = dice:number(0.8, 1.15) }
  end)
  for side = -1, 1, 2 do
    build_houses(town, dice, side)
    plant(town, dice, side)
    furnish(town, dice, side)
  end
  return town
end

-- --- traffic --------------------------------------------------------------------------------------------------------

local function add_vehicle(traffic, town, dice, s, t, yaw, v)
  local lorry = dice:chance(0.2)
  table.insert(traffic, { kind = "vehicle", s = s, t = t, yaw = yaw, v = v, design = dice:pick(lorry and town.lorries
    or town.cars),
    paint = vehicles.color(dice), load = { dice:number(0.2, 0.95), dice:number(0.2, 0.95), dice:number(0.2, 0.95) },
    sway = dice:number(0, 6.28) })
end

--- towns.traffic(town, dice, own, speed): what moves: vehicles in their lanes, people on the pavements, and at some
-- junctions and crossings.  own: the lane of the camera, whose speed is `speed` m/s.
function towns.traffic(town, dice, own, speed)
  local traffic = {}
  for side = -1, 1, 2 do
    for lane = 1, town.lanes do
      local same = side == town.hand
      local v = (same and speed * (lane == own and 1 or dice:number(0.75, 1.2)) or -dice:number(0.8, 1.2) * speed)
      local s = dice:number(0, 30)
      if same and lane == own then s = dice:number(7, 45) end
      while s < round - 12 do
        local t = side * (lane - 0.5) * town.lane + dice:number(-0.2, 0.2)
        add_vehicle(traffic, town, dice, s, t, same and dice:number(-0.03, 0.03) or math.pi + dice:number(-0.03,
          0.03), v)
        s = s + dice:number(9, 20) + (dice:number() ^ 2) * 90 / town.busy
      end
    end
    local s = dice:number(0, 10)
    while s < round do
      if town.walk > 0 or dice:chance(0.2) then
        local way = dice:pick { -1, 1, 0 }
        table.insert(traffic, { kind = "person", s = s, t = side * (town.edge + dice:number(0.25, math.max(1.2,
          town.walk - 0.2))), v = way * dice:number(0.9, 1.7),
          look = dice:pick(town.people), side = dice:number(0, 0.35), facing = dice:pick { -1, 1 },
            pace = dice:number(0, 6.28) })
      end
      s = s + 1.2 + (dice:number() ^ 2) * 13 / town.crowd
    end
  end
  for _, c in ipairs(town.crossings) do
    if dice:chance(0.45) then
      local off = dice:number(2.5, 9)
      add_vehicle(traffic, town, dice, c.s - c.half * 0.45 * c.side, c.side * (town.edge + off),
        c.side * math.pi / 2 * (dice:chance(0.5) and 1 or -1) + dice:number(-0.2, 0.2), 0)
      traffic[#traffic].fixed = true
    end
  end
  for _, z in ipairs(town.zebras) do
    for _ = 1, dice:int(0, 3) do
      table.insert(traffic, { kind = "person", s = z.s + dice:number(0.3, z.long - 0.3), t = dice:number(-1,
        1) * town.edge, v = 0, look = dice:pick(town.people),
        side = 1, facing = dice:pick { -1, 1 }, pace = dice:number(0, 6.28), crossing = true, fixed = true })
    end
  end
  return traffic
end

return towns
