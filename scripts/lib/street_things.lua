--- street_things.lua: what stands beside a road: people, signs, trees, hedges and houses.  A design (of a town) is
-- drawn once by the dice; each thing of it has its own place, size and colours.
local things = {}

local function near_color(dice, c, k)
  return { c[1] + dice:number(-k, k), c[2] + dice:number(-k, k), c[3] + dice:number(-k, k) }
end
local function any_color(dice, lo, hi) return { dice:number(lo, hi), dice:number(lo, hi), dice:number(lo, hi) } end

-- --- people: flat figures in metres, x to the right and y up from the ground ----------------------------------------

local skins = { { 0.95, 0.76, 0.64 }, { 0.85, 0.63, 0.48 }, { 0.62, 0.43, 0.3 }, { 0.4, 0.27, 0.19 } }

--- The looks of a person.
function things.person(dice)
  return { height = dice:chance(0.15) and dice:number(1.1, 1.4) or dice:number(1.55, 1.92), skin = dice:pick(skins),
    hair = dice:pick { { 0.1, 0.08, 0.07 }, { 0.3, 0.2, 0.12 }, { 0.7, 0.55, 0.3 }, { 0.6, 0.6, 0.6 } },
    coat = any_color(dice, 0.05, 0.95), legs = dice:pick { { 0.12, 0.14, 0.25 }, { 0.1, 0.1, 0.1 }, { 0.45, 0.4,
      0.32 },
      any_color(dice, 0.1, 0.8) }, wide = dice:number(0.85, 1.2), skirt = dice:chance(0.25), bag = dice:chance(0.35),
    hat = dice:chance(0.2), long = dice:chance(0.3), umbrella = any_color(dice, 0.05, 0.9) }
end

--- o: look, d, t, phase of the step (radians), side (how much it is seen from the side: 0..1), facing (1 right, -1
-- left).
function things.draw_person(view, o, class, thing)
  local u, v, k = view:stand(o.d, o.t)
  if u < -40 or u > view.w + 40 then return end
  local p, shade = o.look, view.light.ambient + view.light.sun * 0.45
  k = k * p.height / 1.75
  local function part(color, ...)
    local xy = { ... }
    for i = 1, #xy, 2 do xy[i], xy[i + 1] = u + xy[i] * k, v - xy[i + 1] * k end
    view:fill(xy, o.d, class, thing, color[1] * shade, color[2] * shade, color[3] * shade)
  end
  local function limb(color, x1, y1, x2, y2, w)
    part(color, x1 - w, y1, x1 + w, y1, x2 + w * 0.8, y2, x2 - w * 0.8, y2)
  end
  local swing, w = math.sin(o.phase) * (0.08 + 0.2 * o.side), p.wide
  local hip, dark = 0.09 * (1 - o.side), { p.legs[1] * 0.8, p.legs[2] * 0.8, p.legs[3] * 0.8 }
  limb(dark, -hip * 0.8, 0.85, -hip - swing, 0.02, 0.085)
  limb(p.legs, hip * 0.8, 0.85, hip + swing, 0.02, 0.085)
  part({ 0.1, 0.08, 0.08 }, hip + swing - 0.07, 0.07, hip + swing + 0.12 * o.facing, 0.07,
    hip + swing + 0.12 * o.facing, 0,
    hip + swing - 0.07, 0)
  if p.skirt then part(p.legs, -0.13 * w, 0.95, 0.13 * w, 0.95, 0.24 * w, 0.45, -0.24 * w, 0.45) end
  local arm = { p.coat[1] * 0.82, p.coat[2] * 0.82, p.coat[3] * 0.82 }
  local shoulder = (0.22 - 0.08 * o.side) * w
  limb(arm, -shoulder, 1.38, -shoulder * 1.15 + swing, 0.85, 0.055)
  local hem = p.long and 0.6 or 0.84
  part(p.coat, -shoulder, 1.42, shoulder, 1.42, shoulder * 0.92, hem, -shoulder * 0.92, hem)
  limb(arm, shoulder, 1.38, shoulder * 1.15 - swing, 0.85, 0.055)
  if p.bag then part(p.umbrella, shoulder * 0.9, 1.0, shoulder * 0.9 + 0.18, 1.0, shoulder * 0.9 + 0.18, 0.7,
    shoulder * 0.9, 0.7) end
  local hr, hy = 0.115 * k, v - 1.6 * k
  view:spot(u, hy, hr, hr * 1.2, o.d, class, thing, p.skin[1] * shade, p.skin[2] * shade, p.skin[3] * shade)
  view:spot(u - 0.02 * o.facing * k, hy - hr * 0.55, hr * 1.02, hr * 0.75, o.d, class, thing, p.hair[1] * shade,
    p.hair[2] * shade,
    p.hair[3] * shade)
  if p.hat then part(p.coat, -0.17, 1.72, 0.17, 1.72, 0.1, 1.84, -0.1, 1.84) end
  if view.light.wet > 0 and p.bag then
    part(p.umbrella, -0.55, 1.85, -0.35, 2.05, 0, 2.13, 0.35, 2.05, 0.55, 1.85)
  end
end

-- --- signs ----------------------------------------------------------------------------------------------------------

-- Corners of plates, of width and height 1 about their middle.
local plates = { triangle = { -0.5, -0.42, 0, 0.45, 0.5, -0.42 }, yield = { -0.5, 0.42, 0.5, 0.42, 0, -0.45 },
  diamond = { 0, -0.6, -0.6, 0, 0, 0.6, 0.6, 0 }, square = { -0.45, -0.45, -0.45, 0.45, 0.45, 0.45, 0.45, -0.45 },
  wide = { -0.8, -0.35, -0.8, 0.35, 0.8, 0.35, 0.8, -0.35 }, tall = { -0.35, -0.6, -0.35, 0.6, 0.35, 0.6, 0.35,
    -0.6 } }
for name, n in pairs { disc = 14, octagon = 8 } do
  local p = {}
  for i = 1, n do p[2 * i - 1], p[2 * i] = math.cos((i + 0.5) * 2 * math.pi / n) * 0.5,
    math.sin((i + 0.5) * 2 * math.pi / n) * 0.5 end
  plates[name] = p
end
things.plates = { "triangle", "yield", "diamond", "square", "wide", "tall", "disc", "disc", "octagon", "signal" }

local red, white, blue, yellow, black = { 0.78, 0.08, 0.08 }, { 0.94, 0.94, 0.93 }, { 0.08, 0.25, 0.65 }, { 0.95,
  0.78, 0.1 },
  { 0.08, 0.08, 0.08 }
local schemes = {
  triangle = { { red, white }, { red, yellow } }, yield = { { red, white }, { red, yellow } }, diamond = { { white,
    yellow }, { black, yellow } },
  square = { { white, blue }, { blue, white } }, wide = { { white, blue }, { white, { 0.05, 0.4, 0.25 } }, { black,
    yellow }, { black, white } },
  tall = { { white, blue }, { black, white } }, disc = { { red, white }, { white, blue }, { red, red }, { red,
    yellow } },
  octagon = { { white, red } }, signal = { { black, black } },
}
local glyphs = { "bar", "upright", "dot", "arrow", "two", "none" }

--- A design of a sign: its plate, colours and what is on it.
function things.sign(dice)
  local plate = dice:pick(things.plates)
  local scheme = dice:pick(schemes[plate])
  return { plate = plate, edge = near_color(dice, scheme[1], 0.04), field = near_color(dice, scheme[2], 0.04),
    size = dice:number(0.85, 1.25),
    height = plate == "signal" and dice:number(2.4, 3.4) or dice:number(1.9, 2.7), glyph = dice:pick(glyphs),
      rim = dice:number(0.68, 0.84) }
end

local marks = {
  bar = { { -0.3, -0.08, -0.3, 0.08, 0.3, 0.08, 0.3, -0.08 } }, upright = { { -0.08, -0.28, -0.08, 0.3, 0.08, 0.3,
    0.08, -0.28 } },
  dot = { { -0.15, -0.15, -0.15, 0.15, 0.15, 0.15, 0.15, -0.15 } }, none = {},
  arrow = { { -0.06, -0.3, -0.06, 0.05, -0.2, 0.05, 0, 0.32, 0.2, 0.05, 0.06, 0.05, 0.06, -0.3 } },
  two = { { -0.25, -0.2, -0.25, 0.2, -0.08, 0.2, -0.08, -0.2 }, { 0.08, -0.2, 0.08, 0.2, 0.25, 0.2, 0.25, -0.2 } },
}

--- o: design, d, t, back (seen from behind), shown (which lamp of a signal is lit, 1 to 3).
function things.draw_sign(view, o, class, thing)
  local u, v, k = view:stand(o.d, o.t)
  if u < -20 or u > view.w + 20 then return end
  local s, shade = o.design, view.light.ambient + view.light.sun * 0.4
  local pole, steel = 0.055 * k, 0.43 * shade
  local post = { u - pole, v, u + pole, v, u + pole, v - s.height * k, u - pole, v - s.height * k }
  if pole > 0.6 then view:fill(post, o.d, class, 0, steel, steel, steel * 1.05)
  else view:paint(post, o.d, steel, steel, steel * 1.05) end             -- too thin for a pixel of its own
  local cy, half = v - s.height * k, s.size * k
  local function plate(points, size, color, paint_only)
    local xy = {}
    for i = 1, #points, 2 do xy[i], xy[i + 1] = u + points[i] * half * size, cy - points[i + 1] * half * size end
    view[paint_only and "paint" or "fill"](view, xy, o.d, table.unpack(paint_only and color or { class, thing,
      table.unpack(color) }))
  end
  local function lit(c) return { c[1] * shade, c[2] * shade, c[3] * shade } end
  if s.plate == "signal" then
    plate(plates.tall, 0.85, lit { 0.1, 0.1, 0.1 })
    for i, c in ipairs { { 0.95, 0.12, 0.1 }, { 0.95, 0.7, 0.1 }, { 0.1, 0.85, 0.35 } } do
      local on = not o.back and i == o.shown
      local g = on and 1.25 or 0.3
      view:spot(u, cy - (2 - i) * half * 0.32, half * 0.12, half * 0.12, o.d, nil, 0, c[1] * g, c[2] * g, c[3] * g)
    end
    return
  end
  if o.back then return plate(plates[s.plate], 1, lit { 0.5, 0.51, 0.52 }) end
  plate(plates[s.plate], 1, lit(s.edge))
  plate(plates[s.plate], s.rim, lit(s.field), true)
  local light = s.field[1] + s.field[2] + s.field[3] > 1.6
  for _, m in ipairs(marks[s.glyph]) do plate(m, 0.75, lit(light and black or white), true) end
end

-- --- plants ---------------------------------------------------------------------------------------------------------

--- A kind of tree: round, conifer or poplar, with the colour of its leaves.
function things.tree(dice)
  local kind = dice:pick { "round", "round", "conifer", "poplar", "bush" }
  local leaf = dice:pick { { 0.2, 0.4, 0.14 }, { 0.28, 0.46, 0.16 }, { 0.14, 0.32, 0.14 }, { 0.36, 0.44, 0.14 },
    { 0.6, 0.4, 0.12 } }
  return { kind = kind, leaf = near_color(dice, leaf, 0.05), trunk = near_color(dice, { 0.3, 0.22, 0.15 }, 0.05),
    height = kind == "bush" and dice:number(0.8, 1.8) or dice:number(4.5, 9), wide = dice:number(0.75, 1.25) }
end

--- o: design, d, t, size (about 1), seed: a list of numbers of 0..1 that place its leaves.
function things.draw_tree(view, o, class)
  local u, v, k = view:stand(o.d, o.t)
  local s = o.design
  local h, w = s.height * o.size * k, s.wide * o.size * k
  if u + 4 * w < 0 or u - 4 * w > view.w then return end
  local l = view.light
  local shade, leaf, n = l.ambient * 0.85 + l.sun * 0.3, s.leaf, o.seed
  local function blob(x, y, rx, ry, light)
    view:spot(u + x, v - y, rx, ry, o.d, class, 0, leaf[1] * light, leaf[2] * light, leaf[3] * light)
  end
  if s.kind ~= "bush" then
    local t = math.max(0.5, 0.16 * w)
    view:fill({ u - t, v, u + t, v, u + t * 0.7, v - h * 0.6, u - t * 0.7, v - h * 0.6 }, o.d, class, 0,
      s.trunk[1] * shade,
      s.trunk[2] * shade, s.trunk[3] * shade)
  end
  if s.kind == "conifer" then
    for i = 0, 3 do
      local y, r, light = h * (0.12 + 0.2 * i), w * (1.5 - 0.33 * i), shade * (0.85 + 0.1 * i)
      view:fill({ u - r, v - y, u + r, v - y, u, v - y - h * 0.36 }, o.d, class, 0, leaf[1] * light, leaf[2] * light,
        leaf[3] * light)
    end
  elseif s.kind == "poplar" then
    blob(0, h * 0.56, w * 0.85, h * 0.46, shade * 0.9)
    blob(w * 0.25, h * 0.62, w * 0.45, h * 0.34, shade * 1.15)
  elseif s.kind == "bush" then
    for i = 1, 4 do blob((n[i] - 0.5) * 1.6 * w, h * (0.3 + 0.25 * n[i + 4]), w * 0.75, h * 0.45,
      shade * (0.8 + 0.4 * n[i])) end
  else
    local toward = l.to[2] > 0 and 1 or -1
    for i = 1, o.d < 40 and 9 or 5 do
      local a, r = n[i] * 2 * math.pi, n[i + 9] ^ 0.5
      local x, y = math.cos(a) * r, math.sin(a) * r
      blob(x * 1.5 * w, h * (0.68 + 0.2 * y), w * (0.8 + 0.3 * n[i]), h * 0.17,
        shade * (0.92 + 0.18 * y + 0.14 * x * toward))
    end
  end
end

--- A hedge or a wall along the road from o.d to o.d2.
function things.draw_hedge(view, o, class)
  local c = o.color
  local from, to = math.max(o.d, view.near), math.min(o.d2, view.far)
  if from >= to then return end
  view:face({ from, o.t, 0, from, o.t, o.height, from, o.t + o.out * 0.8, o.height, from, o.t + o.out * 0.8, 0 },
    class, 0,
    view:lit(-1, 0, 0), c[1], c[2], c[3])
  local p = {}
  for d = 0, 4 do
    local x = from + (to - from) * d / 4
    p[#p + 1], p[#p + 2], p[#p + 3] = x, o.t, 0
  end
  for d = 4, 0, -1 do
    local x = from + (to - from) * d / 4
    p[#p + 1], p[#p + 2], p[#p + 3] = x, o.t, o.height
  end
  view:face(p, class, 0, view:lit(0, -o.out, 0.3), c[1], c[2], c[3])
end

-- --- houses ---------------------------------------------------------------------------------------------------------

local walls = { { 0.72, 0.42, 0.32 }, { 0.86, 0.8, 0.68 }, { 0.78, 0.78, 0.76 }, { 0.62, 0.58, 0.55 }, { 0.9, 0.86,
  0.8 }, { 0.5, 0.34, 0.28 },
  { 0.8, 0.66, 0.45 }, { 0.55, 0.62, 0.66 }, { 0.7, 0.55, 0.5 } }

--- A style of house: walls, storeys, windows, roof and what is at street level.
function things.house(dice, kind)
  local tall = kind == "city"
  return { wall = near_color(dice, dice:pick(walls), 0.06), storey = dice:number(2.8, 3.6), storeys = tall
    and dice:int(3, 9) or dice:int(1, 3),
    pitch = dice:number(2.2, 3.8), window = { dice:number(0.35, 0.62), dice:number(0.42, 0.7) },
      frame = dice:chance(0.5),
    glass = near_color(dice, { 0.25, 0.3, 0.36 }, 0.06), roof = (not tall or dice:chance(0.3)) and dice:number(1.5,
      3.5) or 0,
    tile = near_color(dice, dice:pick { { 0.5, 0.22, 0.16 }, { 0.3, 0.3, 0.33 }, { 0.42, 0.32, 0.25 } }, 0.05),
      shop = tall and dice:chance(0.6),
    awning = any_color(dice, 0.15, 0.9), band = dice:chance(0.3), office = tall and dice:chance(0.3) }
end

-- Windows in a wall of a length: place(a) -> d, t where a of 0..1 of it lies.
local function windows(view, o, length, place, shade, salt)
  local s = o.design
  local columns = math.max(1, math.min(14, length // s.pitch))
  if view.f * s.window[1] * 2.5 / math.max(o.d, 4) < 0.9 then return end
  local dark, lit, frames = {}, {}, {}
  for row = s.shop and 1 or 0, s.storeys - 1 do
    local y1 = row * s.storey + s.storey * 0.28
    local y2 = y1 + s.storey * (s.office and 0.6 or s.window[2])
    for k = 0, columns - 1 do
      local wide = s.office and 0.86 or s.window[1]
      local a, b = (k + 0.5 - wide / 2) / columns, (k + 0.5 + wide / 2) / columns
      local d1, t1 = place(a)
      local d2, t2 = place(b)
      local xy = view:seen { d1, t1, y1, d1, t1, y2, d2, t2, y2, d2, t2, y1 }
      if xy then
        local glow = view.light.lamps == 1 and (row * 7 + k * 13 + salt) % 5 < 2
        table.insert(glow and lit or dark, xy)
        if s.frame then frames[#frames + 1] = view:seen { d1, t1, y1 - 0.16, d1, t1, y1, d2, t2, y1, d2, t2,
          y1 - 0.16 } end
      end
    end
  end
  local function all(list, r, g, b)
    local d = math.max(1, o.d)
    for _, xy in ipairs(list) do view.picture:polygon(xy) end
    view.picture:color(view:through(d, r, g, b)):fill()
  end
  local g = s.glass
  if #dark > 0 then all(dark, g[1] * shade + 0.05, g[2] * shade + 0.06, g[3] * shade + 0.08) end
  if #lit > 0 then all(lit, 2.1, 1.75, 1.0) end
  if #frames > 0 then all(frames, 0.85 * shade, 0.85 * shade, 0.83 * shade) end
end

--- o: design, d to d2 along the road, t of its front, out (1: it stands on the right, -1: on the left), deep, salt.
function things.draw_house(view, o, class)
  local s, from, to = o.design, math.max(o.d, view.near + 0.1), math.min(o.d2, view.far)
  if to - from < 0.2 then return end
  local high, w = s.storeys * s.storey + (s.band and 0.8 or 0), s.wall
  local front, side = view:lit(0, -o.out, 0), view:lit(-1, 0, 0)
  local back, step = o.t + o.out * o.deep, (to - from) / 3
  -- The wall that looks back along the road, seen where nothing nearer hides it; with a gable under a pitched roof.
  if o.d >= view.near then
    local gable = { o.d, o.t, 0, o.d, o.t, high, o.d, (o.t + back) / 2, high + s.roof, o.d, back, high, o.d, back, 0 }
    view:face(gable, class, 0, side, w[1], w[2], w[3])
    windows(view, o, o.deep, function(a) return o.d, o.t + (back - o.t) * a end, side, o.salt + 3)
  end
  local p, r = {}, {}
  for i = 0, 3 do
    p[#p + 1], p[#p + 2], p[#p + 3] = from + step * i, o.t, 0
    r[#r + 1], r[#r + 2], r[#r + 3] = from + step * i, o.t, high
  end
  for i = 3, 0, -1 do
    p[#p + 1], p[#p + 2], p[#p + 3] = from + step * i, o.t, high
    r[#r + 1], r[#r + 2], r[#r + 3] = from + step * i, (o.t + back) / 2, high + s.roof
  end
  if s.roof > 0 then view:face(r, class, 0, view:lit(0, -o.out * 0.6, 0.8), s.tile[1], s.tile[2], s.tile[3]) end
  view:face(p, class, 0, front, w[1], w[2], w[3])
  local length = o.d2 - o.d
  local function along(a)
    return math.min(math.max(o.d + length * a, from), to), o.t
  end
  windows(view, o, length, along, front, o.salt)
  if s.shop and view.f * 2 / math.max(o.d, 4) > 2 then
    local function band(y1, y2, c, k, t)
      local xy, d = view:seen { from + 0.4, o.t + t, y1, from + 0.4, o.t, y2, to - 0.4, o.t, y2, to - 0.4, o.t + t,
        y1 }
      if xy then view:paint(xy, d, c[1] * k, c[2] * k, c[3] * k) end
    end
    local glow = view.light.lamps == 1
    band(0.4, 2.2, glow and { 1.9, 1.7, 1.2 } or { s.glass[1] * 0.8, s.glass[2] * 0.8, s.glass[3] * 0.8 }, glow and 1
      or front, 0)
    band(2.3, 2.9, s.awning, front, -o.out * 0.05)
  end
end

return things
