--- street_vehicles.lua: cars and lorries as solids: a silhouette seen from the side, drawn out across the width, with
-- glass, lights, wheels and a plate on its faces.  A design is drawn once by the dice; every vehicle has a colour.
--
-- A solid's corners are {x, z, y}: to the right, forward, up (metres, from the middle of the back, on the ground).
local vehicles = {}

-- --- solids ---------------------------------------------------------------------------------------------------------

-- Faces between two copies of a silhouette {z, y, half width, ...} (clockwise seen from the right, from the lower
-- back):
-- left and right side, and a strip for each of its edges.  A face: {corners, normal, color, decals}.
local function extrude(profile, color)
  local n, faces = #profile // 3, {}
  local function corner(i, side) return { profile[3 * i] * side, profile[3 * i - 2], profile[3 * i - 1] } end
  local left, right = {}, {}
  for i = 1, n do
    left[i], right[i] = corner(n - i + 1, -1), corner(i, 1)
  end
  faces[1], faces[2] = { corners = left, color = color }, { corners = right, color = color }
  for i = 1, n do
    local j = i % n + 1
    faces[#faces + 1] = { corners = { corner(i, 1), corner(i, -1), corner(j, -1), corner(j, 1) }, color = color }
  end
  return faces
end

local function normal(f)
  local a, b, c = f.corners[1], f.corners[2], f.corners[3]
  local px, pz, py = b[1] - a[1], b[2] - a[2], b[3] - a[3]
  local qx, qz, qy = c[1] - a[1], c[2] - a[2], c[3] - a[3]
  local x, z, y = pz * qy - py * qz, py * qx - px * qy, px * qz - pz * qx
  local size = math.sqrt(x * x + y * y + z * z) + 1e-9
  return { -x / size, -z / size, -y / size }
end

-- A part of a face of four corners: from (u1, v1) to (u2, v2) of 0..1 between them; u along its first edge.
local function decal(face, u1, v1, u2, v2, color, glow)
  local c = face.corners
  local function at(u, v)
    local p = {}
    for k = 1, 3 do
      local low, high = c[1][k] + (c[2][k] - c[1][k]) * u, c[4][k] + (c[3][k] - c[4][k]) * u
      p[k] = low + (high - low) * v
    end
    return p
  end
  face.decals = face.decals or {}
  table.insert(face.decals, { corners = { at(u1, v1), at(u2, v1), at(u2, v2), at(u1, v2) }, color = color,
    glow = glow })
end

local function solid(faces)
  local z = 0
  for _, f in ipairs(faces) do
    f.normal = normal(f)
    z = z + f.corners[1][2]
  end
  return { faces = faces, middle = z / #faces }
end

-- --- designs --------------------------------------------------------------------------------------------------------

local paints = {
  { 0.85, 0.86, 0.87 }, { 0.93, 0.93, 0.92 }, { 0.12, 0.12, 0.13 }, { 0.35, 0.37, 0.39 }, { 0.6, 0.62, 0.64 },
  { 0.66, 0.1, 0.1 }, { 0.12, 0.22, 0.5 }, { 0.2, 0.42, 0.7 }, { 0.12, 0.32, 0.2 }, { 0.75, 0.65, 0.2 },
  { 0.78, 0.4, 0.12 }, { 0.45, 0.25, 0.15 }, { 0.5, 0.62, 0.66 }, { 0.4, 0.1, 0.25 }, { 0.82, 0.76, 0.62 },
}

--- A colour of the paint shop, a little off.
function vehicles.color(dice)
  local p = dice:pick(paints)
  local k = dice:number(0.85, 1.1)
  return { p[1] * k + dice:number(-0.04, 0.04), p[2] * k + dice:number(-0.04, 0.04), p[3] * k + dice:number(-0.04,
    0.04) }
end

local glass, dark, tyre, chrome = { 0.16, 0.2, 0.24 }, { 0.09, 0.09, 0.1 }, { 0.06, 0.06, 0.065 }, { 0.62, 0.63,
  0.65 }
local red, white, amber = { 0.75, 0.06, 0.05 }, { 0.95, 0.94, 0.86 }, { 0.9, 0.5, 0.1 }

-- Lights of the back face, whose first edge is its lower one, or of the front face, where that is the third.
local function lights(face, dice, front, share)
  local k = face.corners
  if front then face.corners = { k[3], k[4], k[1], k[2] } end
  local color, wide, high, y = front and white or red, dice:number(0.12, 0.22), dice:number(0.16, 0.34),
    dice:number(0.42, 0.6)
  y, high = y * share, high * share
  decal(face, 0.03, y, 0.03 + wide, y + high, color, true)
  decal(face, 0.97 - wide, y, 0.97, y + high, color, true)
  if front then
    decal(face, 0.3, dice:number(0.3, 0.5) * share, 0.7, 0.78 * share, dice:chance(0.4) and chrome or dark)
  end
  decal(face, 0.38, 0.16 * share, 0.62, 0.3 * share, dice:chance(0.3) and { 0.85, 0.75, 0.2 } or { 0.9, 0.9, 0.88 })
  decal(face, 0, 0, 1, dice:number(0.08, 0.2) * share, dark)
end

local function wheels(list, radius, half)
  return { at = list, radius = radius, half = half }
end

-- Length, height, belt, how far back and front windows reach at belt and roof, bonnet; as shares of length.
local bodies = {
  hatchback = { 3.6, 4.3, 1.42, 1.55, 0.62, 0, 0.06, 0.56, 0.72, 0.72 },
  saloon = { 4.3, 5, 1.38, 1.5, 0.64, 0.14, 0.24, 0.56, 0.7, 0.74 },
  estate = { 4.4, 4.9, 1.42, 1.55, 0.63, 0, 0.05, 0.58, 0.72, 0.72 },
  coupe = { 4, 4.6, 1.22, 1.34, 0.66, 0.05, 0.28, 0.5, 0.66, 0.74 },
  offroad = { 4.2, 5, 1.68, 1.92, 0.6, 0, 0.03, 0.6, 0.72, 0.76 },
  mini = { 2.7, 3.3, 1.45, 1.58, 0.58, 0, 0.06, 0.62, 0.82, 0.7 },
  van = { 4.5, 5.4, 1.85, 2.25, 0.5, 0, 0.01, 0.7, 0.86, 0.72 },
  pickup = { 4.9, 5.4, 1.65, 1.85, 0.58, 0.42, 0.44, 0.62, 0.74, 0.8 },
}
vehicles.bodies = { "hatchback", "saloon", "estate", "coupe", "offroad", "mini", "van", "pickup" }

--- A design of a car: a kind of body, its measures drawn by the dice.
function vehicles.car(dice, kind)
  kind = kind or dice:pick(vehicles.bodies)
  local b = bodies[kind]
  local function about(x) return x + dice:number(-0.025, 0.025) end
  local length, height = dice:number(b[1], b[2]), dice:number(b[3], b[4])
  local belt, half = height * about(b[5]), dice:number(0.8, 0.94)
  local low, nose = dice:number(0.18, 0.3), belt * about(b[10])
  local tail = b[6] > 0.1 and belt * dice:number(0.88, 0.98) or belt
  local back, roof_back, roof_front, front = length * math.max(0, about(b[6])), length * about(b[7]),
    length * about(b[8]), length * about(b[9])
  local lower = extrude({ 0, low, half * 0.96, 0, tail, half * 0.97, math.max(0.05, back), belt, half, front,
    belt * 0.99, half,
    length - 0.05, nose, half * 0.95, length, low, half * 0.93 }, "paint")
  lights(lower[3], dice, false, 1)
  lights(lower[7], dice, true, 1)
  local top = half * dice:number(0.76, 0.86)
  local cabin = extrude({ math.max(0.06, back), belt * 0.99, half * 0.96, math.max(0.1, roof_back), height, top,
    roof_front,
    height * 0.985, top, front, belt * 0.99, half * 0.96 }, "paint")
  local blind = kind == "van" and dice:chance(0.6)
  decal(cabin[3], 0.08, 0.12, 0.92, 0.9, blind and "paint" or glass)
  decal(cabin[5], 0.06, 0.06, 0.94, 0.94, glass)
  -- The right side's corners run from the lower back over the roof; the left's the other way round.
  local split = dice:number(0.42, 0.6)
  for k, side in ipairs { cabin[2], cabin[1] } do
    local c = side.corners
    local quad = k == 1 and { corners = { c[1], c[4], c[3], c[2] } } or { corners = { c[4], c[1], c[2], c[3] } }
    local from = blind and split or 0.06
    decal(quad, from, 0.1, split - 0.02 > from and split - 0.02 or from + 0.01, 0.86, glass)
    decal(quad, split + 0.02, 0.1, 0.95, 0.86, glass)
    side.decals = quad.decals
  end
  local radius = dice:number(0.29, 0.36) * (kind == "offroad" and 1.15 or 1)
  return { label = "car", kind = kind, length = length, height = height, half = half, solids = { solid(lower),
    solid(cabin) },
    wheels = wheels({ length * dice:number(0.15, 0.2), length * dice:number(0.8, 0.84) }, radius, half * 0.97) }
end

-- A box from z1 to z2 and y1 to y2.
local function box(z1, z2, y1, y2, half, color, slope)
  return extrude({ z1, y1, half, z1, y2, half, z2 - (slope or 0), y2, half, z2, y1, half }, color)
end

-- A lying drum with an eight-cornered section.
local function drum(z1, z2, y, radius, color)
  local faces, back, front = {}, {}, {}
  for i = 1, 8 do
    local a, b = (i - 0.5) * math.pi / 4, (i + 0.5) * math.pi / 4
    local p, q = { math.cos(a) * radius, y + math.sin(a) * radius }, { math.cos(b) * radius,
      y + math.sin(b) * radius }
    faces[i] = { corners = { { p[1], z1, p[2] }, { p[1], z2, p[2] }, { q[1], z2, q[2] }, { q[1], z1, q[2] } },
      color = color }
    back[9 - i], front[i] = { p[1], z1, p[2] }, { p[1], z2, p[2] }
  end
  for i = 1, 8 do
    local c = faces[i].corners
    faces[i].corners = { c[4], c[3], c[2], c[1] }
  end
  faces[9], faces[10] = { corners = front, color = color }, { corners = back, color = color }
  return faces
end

vehicles.loads = { "box", "box", "tanker", "tipper", "flatbed", "curtain" }

-- draw(quad) on both long sides of a box, so that front is front on either.
local function on_sides(faces, draw)
  for k = 1, 2 do
    local s = faces[k].corners
    local quad = { corners = k == 2 and { s[1], s[4], s[3], s[2] } or { s[4], s[1], s[2], s[3] } }
    draw(quad)
    faces[k].decals = quad.decals
  end
end

local function goods(dice, body, low, half)
  local parts, at = { solid(box(0, body, low, low + 0.18, half, "load")) }, 0.3
  while at < body - 1 do
    local long = dice:number(0.8, 2.2)
    parts[#parts + 1] = solid(box(at, math.min(at + long, body - 0.1), low + 0.18, low + dice:number(0.6, 1.6),
      half * dice:number(0.5, 0.95), { dice:number(0.2, 0.8), dice:number(0.2, 0.7), dice:number(0.15, 0.6) }))
    at = at + long + dice:number(0.1, 0.9)
  end
  return parts
end

-- Doors behind, and something written on the sides.
local function decorate(dice, faces)
  decal(faces[3], 0.02, 0.02, 0.49, 0.97, "load")
  decal(faces[3], 0.49, 0.02, 0.51, 0.97, dark)
  local mark = { dice:number(0.1, 0.9), dice:number(0.1, 0.9), dice:number(0.1, 0.9) }
  local y = dice:number(0.3, 0.55)
  on_sides(faces, function(quad)
    decal(quad, dice:number(0.05, 0.3), y, dice:number(0.6, 0.95), y + dice:number(0.1, 0.3), mark)
  end)
end

-- What a lorry carries: solids, of which the first has the lights at its back.
local function carried(dice, load, body, low, high, half)
  if load == "tanker" then
    return { solid(drum(0.05, body, low + (high - low) * 0.45, math.min(half, (high - low) * 0.48), "load")) }
  elseif load == "flatbed" then
    return goods(dice, body, low, half)
  end
  local b = box(0, body, low, load == "tipper" and math.min(high, dice:number(1.9, 2.5)) or high, half, "load")
  if load == "box" then decorate(dice, b) end
  return { solid(b) }
end

local function rear_lights(parts, load, half)
  if load == "tanker" then
    local bar = box(-0.1, 0, 0.55, 0.85, half, dark)
    decal(bar[3], 0.02, 0.1, 0.16, 0.9, red, true)
    decal(bar[3], 0.84, 0.1, 0.98, 0.9, red, true)
    parts[#parts + 1] = solid(bar)
    return
  end
  local rear, share = parts[2].faces[3], load == "flatbed" and 0.8 or 0.09
  decal(rear, 0.02, 0.01, 0.14, 0.01 + share, red, true)
  decal(rear, 0.86, 0.01, 0.98, 0.01 + share, red, true)
  if load ~= "flatbed" then decal(rear, 0, 0.1, 1, 0.13, amber) end
end

--- A design of a lorry: a cab and what it carries.
function vehicles.lorry(dice, load)
  load = load or dice:pick(vehicles.loads)
  local half, low = dice:number(1.15, 1.28), dice:number(0.85, 1.05)
  local body, cab = dice:number(4, 8.5), dice:number(1.5, 2.1)
  local top, high = dice:number(2.5, 3.1), dice:number(2.9, 3.9)
  local gap = dice:number(0.15, 0.5)
  local front = body + gap + cab
  local c = box(body + gap, front, 0.5, top, half * 0.97, "paint", dice:number(0, 0.3))
  lights(c[5], dice, true, 0.4)
  decal(c[5], 0.07, 0.52, 0.93, 0.86, glass)
  decal(c[2], 0, 0, 0.01, 0.01, dark)
  on_sides(c, function(quad) decal(quad, 0.4, 0.52, 0.9, 0.85, glass) end)
  local frame = box(0, body + gap + 0.3, 0.5, low, half * 0.75, dark)
  local parts = { solid(frame), table.unpack(carried(dice, load, body, low, high, half)) }
  rear_lights(parts, load, half)
  parts[#parts + 1] = solid(c)
  local at = { front - cab * 0.6, dice:number(1, 1.6) }
  if body > 6 then at[3] = at[2] + 1.3 end
  return { label = "lorry", kind = load, length = front, height = math.max(high, top), half = half, solids = parts,
    load = load == "tanker" and chrome or load == "tipper" and { 0.55, 0.4, 0.2 } or nil,
    wheels = wheels(at, dice:number(0.48, 0.56), half * 0.98) }
end

-- --- drawing --------------------------------------------------------------------------------------------------------

-- Twice the signed area in pixels: positive where the corners go round counter-clockwise on the screen (v points
-- down).
local function turn(xy)
  local sum, n = 0, #xy
  local x0, y0 = xy[n - 1], xy[n]
  for i = 1, n, 2 do
    sum = sum + x0 * xy[i + 1] - xy[i] * y0
    x0, y0 = xy[i], xy[i + 1]
  end
  return sum
end

local function color_of(o, name)
  if type(name) == "table" then return name end
  return name == "paint" and o.paint or o.load
end

-- Places of corners: turned by the yaw about the vehicle's middle.
local function places(o, corners)
  local p, c, s, back = {}, o.cos, o.sin, o.design.length / 2
  for i, k in ipairs(corners) do
    local x, z = k[1], k[2] - back
    p[3 * i - 2], p[3 * i - 1], p[3 * i] = o.d + z * c - x * s, o.t + x * c + z * s, k[3]
  end
  return p
end

-- A lamp's gleam where it is dark: a round light, and its reflection on a wet road.
local function gleam(view, xy, d, color)
  local u, v = (xy[1] + xy[5]) / 2, (xy[2] + xy[6]) / 2
  local size = math.max(1, view.f / d * (color == white and 0.55 or 0.3)) * (0.5 + view.light.lamps)
  local c, r, g, b = view.picture, color[1], color[2], color[3]
  c:radial(u, v, size, { { 0, r, g, b, 1 }, { 0.2, r, g, b, 0.9 }, { 0.45, r, g, b, 0.3 }, { 1, r, g, b,
    0 } }):circle(u, v, size):fill()
  if view.light.wet > 0 then c:color(r, g, b, 0.16):ellipse(u, v + size * 2.2, size * 0.5, size * 1.6):fill() end
end

local function draw_wheels(view, o, class, thing)
  local w = o.design.wheels
  local side = (o.t * o.cos - o.d * o.sin + view.x[math.tointeger(math.max(0, o.d) // 1)] * o.cos) > 0 and -1 or 1
  for _, z in ipairs(w.at) do
    for x = -1, 1, 2 do
      local p = places(o, { { x * w.half, z, 0 }, { x * (w.half - 0.24), z, 0 }, { x * (w.half - 0.24), z, w.radius },
        { x * w.half, z, w.radius } })
      view:face(p, class, thing, 0.8, tyre[1], tyre[2], tyre[3])
    end
    local rim = {}
    for i = 1, 10 do
      local a = i * math.pi / 5
      rim[i] = { side * w.half * 1.01, z + math.cos(a) * w.radius, w.radius + math.sin(a) * w.radius }
    end
    local xy, d = view:seen(places(o, rim))
    if xy and d < 60 then o.rims[#o.rims + 1] = { xy, d } end
  end
end

local function draw_face(view, o, f, class, thing)
  local xy, d = view:seen(places(o, f.corners))
  if not xy or turn(xy) <= 0 then return end
  local n, color = f.normal, color_of(o, f.color)
  local shade = view:lit(n[2] * o.cos - n[1] * o.sin, n[1] * o.cos + n[2] * o.sin, n[3])
  view:fill(xy, d, class, thing, color[1] * shade, color[2] * shade, color[3] * shade)
  if not f.decals or view.f / d < 3 then return end
  for _, part in ipairs(f.decals) do
    local q, e = view:seen(places(o, part.corners))
    if q then
      local k = color_of(o, part.color)
      if part.color == glass then                            -- mirrors the sky, the more the flatter it lies
        local h, share = view.light.horizon, 0.18 + 0.35 * math.max(0, n[3])
        view:paint(q, e, k[1] * shade + h[1] * share, k[2] * shade + h[2] * share, k[3] * shade + h[3] * share)
      else
        local bright = part.glow and view.light.lamps > 0 and 1.3 or shade
        view:paint(q, e, k[1] * bright, k[2] * bright, k[3] * bright)
        if part.glow and view.light.lamps > 0 then o.gleams[#o.gleams + 1] = { q, e, k } end
      end
    end
  end
end

--- vehicles.draw(view, o, class, thing): o has design, d (its middle), t, yaw (0: as the camera looks), paint, load.
function vehicles.draw(view, o, class, thing)
  o.cos, o.sin, o.rims, o.gleams = math.cos(o.yaw), math.sin(o.yaw), {}, {}
  o.load = o.design.load or o.load or o.paint
  draw_wheels(view, o, class, thing)
  local order = {}
  for i, s in ipairs(o.design.solids) do
    order[i] = { s, o.d + (s.middle - o.design.length / 2) * o.cos, i }
  end
  if o.design.label == "lorry" then
    table.sort(order, function(a, b)
      if math.abs(a[2] - b[2]) < 0.3 then return a[3] < b[3] end
      return a[2] > b[2]
    end)
  end
  for _, s in ipairs(order) do
    for _, f in ipairs(s[1].faces) do draw_face(view, o, f, class, thing) end
  end
  for _, rim in ipairs(o.rims) do
    view:fill(rim[1], rim[2], class, thing, tyre[1], tyre[2], tyre[3])
    local hub, u, v = {}, 0, 0
    for i = 1, 20, 2 do u, v = u + rim[1][i] / 10, v + rim[1][i + 1] / 10 end
    for i = 1, 20, 2 do hub[i], hub[i + 1] = u + (rim[1][i] - u) * 0.55, v + (rim[1][i + 1] - v) * 0.55 end
    view:paint(hub, rim[2], 0.4, 0.41, 0.43)
  end
  for _, g in ipairs(o.gleams) do gleam(view, g[1], g[2], g[3]) end
end

--- Its shadow on the ground, as a polygon of pixels; nil when it is out of view.
function vehicles.shadow(view, o)
  local c, s, l = math.cos(o.yaw), math.sin(o.yaw), view.light
  local high = o.design.height * 0.8 / math.max(0.35, l.to[3])
  local dd, dt = 0, 0
  if l.sun > 0.2 then dd, dt = -l.to[1] * high, -l.to[2] * high end
  local long, half, p = o.design.length / 2, o.design.half * 1.02, {}
  local corners = { { -half, -long }, { half, -long }, { half, long }, { -half, long } }
  for _, k in ipairs(corners) do
    local d, t = o.d + k[2] * c - k[1] * s, o.t + k[1] * c + k[2] * s
    p[#p + 1] = { d, t }
    p[#p + 1] = { d + dd, t + dt }
  end
  -- The convex hull of the footprint and of the roof's shadow (Andrew's monotone chain).
  table.sort(p, function(a, b) return a[1] < b[1] or (a[1] == b[1] and a[2] < b[2]) end)
  local hull = {}
  local function chain(from, to, step)
    local base = #hull
    for i = from, to, step do
      while #hull >= base + 2 do
        local a, b, q = hull[#hull - 1], hull[#hull], p[i]
        if (b[1] - a[1]) * (q[2] - a[2]) - (b[2] - a[2]) * (q[1] - a[1]) > 0 then break end
        hull[#hull] = nil
      end
      hull[#hull + 1] = p[i]
    end
    hull[#hull] = nil
  end
  chain(1, #p, 1)
  chain(#p, 1, -1)
  local flat = {}
  for _, q in ipairs(hull) do flat[#flat + 1], flat[#flat + 2], flat[#flat + 3] = q[1], q[2], 0.01 end
  return (view:seen(flat))
end

return vehicles
