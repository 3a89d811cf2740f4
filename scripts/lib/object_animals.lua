--- object_animals.lua: animals as solids.  Each is a function (s, d, p) that adds to the scene s: the dice d draw the
-- design (breed, proportions, colours: the same for every picture of a design), the dice p its pose.
-- The head is at the right, the ground at y = 0.
local animals = {}

local black, white, pink = { 0.06, 0.05, 0.05 }, { 0.94, 0.93, 0.9 }, { 0.9, 0.6, 0.58 }
local furs = { { 0.86, 0.82, 0.74 }, { 0.62, 0.44, 0.28 }, { 0.4, 0.26, 0.17 }, { 0.2, 0.17, 0.15 }, { 0.55, 0.53,
  0.5 },
  { 0.93, 0.92, 0.9 }, { 0.78, 0.56, 0.33 }, { 0.66, 0.3, 0.14 }, { 0.33, 0.32, 0.33 } }

-- A colour, a little off.
local function near(d, c, by)
  by = by or 0.06
  local k = d:number(-by, by)
  return { c[1] + k + d:number(-by, by) / 2, c[2] + k + d:number(-by, by) / 2, c[3] + k + d:number(-by, by) / 2 }
end
local function darker(c, k) return { c[1] * k, c[2] * k, c[3] * k } end
local function any(d) return { d:number(0.05, 0.95), d:number(0.05, 0.95), d:number(0.05, 0.95) } end

-- n spots in random directions, of sizes a to b.
local function spotted(d, n, a, b)
  local list = {}
  for i = 1, n do
    local y, t = d:number(-0.9, 0.95), d:number(0, 2 * math.pi)
    local r = math.sqrt(1 - y * y)
    list[i] = { r * math.cos(t), y, r * math.sin(t), d:number(a, b) }
  end
  return list
end
animals.near, animals.darker, animals.any, animals.spotted, animals.furs = near, darker, any, spotted, furs

--- Wool, leaves, hair: n balls of radius r about an ellipsoid.
function animals.fluff(s, d, n, x, y, z, rx, ry, rz, r, color)
  for _, q in ipairs(spotted(d, n, 0.8, 1.2)) do
    s:ball(x + q[1] * rx, y + q[2] * ry, z + q[3] * rz, r * q[4], r * q[4], r * q[4], near(d, color, 0.03))
  end
end

-- Both eyes of a head, towards x, at height y.
local function eyes(s, x, y, z, apart, r)
  for side = -1, 1, 2 do s:ball(x, y, z + side * apart, r, r, r, black) end
end

local ears = {}
function ears.point(s, x, y, z, r, color, side)
  s:plate({ x - r * 0.35, y, z, x + r * 0.35, y, z + side * r * 0.5, x, y + r * 1.3, z + side * r * 0.3 }, color)
end
function ears.round(s, x, y, z, r, color, side)
  s:ball(x, y + r * 0.3, z + side * r * 0.2, r * 0.25, r * 0.6, r * 0.55, color)
end
function ears.flop(s, x, y, z, r, color, side)
  s:limb(x, y, z + side * r * 0.3, r * 0.35, x - r * 0.2, y - r * 1.4, z + side * r * 0.6, r * 0.4, color)
end
function ears.long(s, x, y, z, r, color, side)
  s:limb(x, y, z + side * r * 0.1, r * 0.25, x - r * 0.5, y + r * 2.2, z + side * r * 0.4, r * 0.22, color)
end
function ears.side(s, x, y, z, r, color, side)
  s:limb(x, y, z + side * r * 0.1, r * 0.3, x - r * 0.2, y + r * 0.15, z + side * r * 1.3, r * 0.16, color)
end
function ears.spear(s, x, y, z, r, color, side)
  s:limb(x, y, z, r * 0.3, x - r * 0.1, y + r * 1.25, z + side * r * 0.25, r * 0.05, color)
end
function ears.banana(s, x, y, z, r, color, side)
  s:rope({ x, y, z, r * 0.22, x - r * 0.15, y + r, z + side * r * 0.6, r * 0.22, x, y + r * 1.9, z + side * r * 0.25,
    r * 0.05 }, color)
end
function ears.sail(s, x, y, z, r, color, side)
  s:ball(x - r * 0.5, y - r * 0.4, z + side * r * 0.9, r * 0.75, r * 0.95, r * 0.2, color)
end

local tails = {}
function tails.thin(s, x, y, r, w, color, tip)
  s:rope({ x, y, 0, r * 0.3, x - r * 0.8, y - r, w, r * 0.15, x - r, y - r * 2.4, w, r * 0.12 }, color)
  s:ball(x - r, y - r * 2.6, w, r * 0.25, r * 0.5, r * 0.25, tip)
end
function tails.bush(s, x, y, r, w, color)
  s:rope({ x, y, 0, r * 0.3, x - r * 0.9, y - r * 0.8, w, r * 0.5, x - r, y - r * 3, w, r * 0.2 }, color)
end
function tails.up(s, x, y, r, w, color, tip)
  s:rope({ x, y, 0, r * 0.28, x - r * 0.9, y + r * 0.5, w, r * 0.25, x - r, y + r * 2, w * 2, r * 0.22, x - r * 0.5,
    y + r * 3, w * 2, r * 0.2 }, color)
  s:ball(x - r * 0.5, y + r * 3, w * 2, r * 0.22, r * 0.22, r * 0.22, tip)
end
function tails.curl(s, x, y, r, w, color)
  s:rope({ x, y, 0, r * 0.12, x - r * 0.5, y + r * 0.5, w, r * 0.12, x - r * 0.2, y + r * 0.8, w, r * 0.1, x,
    y + r * 0.4,
    w, r * 0.1 }, color)
end
function tails.stub(s, x, y, r, _, color) s:ball(x - r * 0.2, y, 0, r * 0.45, r * 0.45, r * 0.4, color) end

--- A four-legged animal of measures m, in the colours m.coat, m.legs, m.face, m.tip: body {length, radius}, legs
-- {length, radius}, neck {length, angle, radius}, head {radius, snout's length and radius}, ears, tail.
function animals.quadruped(s, p, m)
  local l, r, legs = m.body[1], m.body[2], m.legs[1]
  local coat, y = m.coat, legs + m.body[2] * 0.8
  local face, limbs = m.face or coat, m.limbs or coat
  local balls = { s:ball(l * 0.5, y, 0, r * 1.05, r * 1.05, r * 0.9, coat),
    s:ball(0, y - r * (m.belly or 0.05), 0, l * 0.55, r * (1 + (m.belly or 0)), r * 0.95, coat),
    s:ball(-l * 0.5, y, 0, r * 1.02, r, r * 0.88, coat) }
  local step = p:number(0, 2 * math.pi)
  local stride = p:chance(0.3) and 0.05 or 0.28
  for k = 0, 3 do
    local x, z = (k < 2 and 1 or -1) * l * 0.52, (k % 2 * 2 - 1) * r * 0.55
    local swing = math.sin(step + k * 1.9) * stride * legs
    local knee = x + swing * 0.5 + (k < 2 and 0.05 or -0.1) * legs
    s:limb(x, y - r * 0.3, z, m.legs[2] * 1.5, knee, legs * 0.5, z, m.legs[2], coat)
    s:limb(knee, legs * 0.5, z, m.legs[2], x + swing, m.legs[2] * 0.5, z, m.legs[2] * 0.85, limbs)
    s:ball(x + swing + m.legs[2] * 0.3, m.legs[2] * 0.5, z, m.legs[2] * 1.2, m.legs[2] * 0.6, m.legs[2],
      m.feet or darker(limbs, 0.5))
  end
  local graze = m.graze and p:chance(0.25)
  local a = graze and -0.6 or m.neck[2] + p:number(-0.2, 0.2)
  local aside = p:number(-0.5, 0.5)
  local n, nr = m.neck[1], m.neck[3]
  local x0, y0 = l * 0.5 + r * 0.5, y + r * 0.4
  local hx, hy, hz = x0 + n * math.cos(a) * math.cos(aside), y0 + n * math.sin(a), n * math.cos(a) * math.sin(aside)
  local neck = { x0, y0, nr, hx, hy, hz }
  s:limb(x0 - r * 0.3, y0 - r * 0.2, 0, nr * 1.25, hx, hy, hz, nr * 0.85, coat)
  local h, sl, sr = m.head[1], m.head[2], m.head[3]
  local tilt = (graze and -1.1 or -0.35) + p:number(-0.25, 0.2)
  local turn = aside * 1.5 + p:number(-0.4, 0.4)
  local fx, fy, fz = math.cos(tilt) * math.cos(turn), math.sin(tilt), math.cos(tilt) * math.sin(turn)
  s:ball(hx, hy, hz, h, h * 0.95, h * 0.85, face)
  local tx, ty, tz = hx + fx * (h + sl), hy + fy * (h + sl), hz + fz * (h + sl)
  s:limb(hx + fx * h * 0.4, hy + fy * h * 0.4, hz + fz * h * 0.4, (h + sr) / 2, tx, ty, tz, sr, m.snout or face)
  s:ball(tx + fx * sr * 0.8, ty + fy * sr * 0.4, tz + fz * sr * 0.8, sr * 0.45, sr * 0.35, sr * 0.45, m.nose or black)
  local ex, ez = -math.sin(turn), math.cos(turn)
  for side = -1, 1, 2 do
    local z = hz + ez * side * h * 0.62
    local x = hx + ex * side * h * 0.62
    s:ball(x + fx * h * 0.55, hy + h * 0.3, z + fz * h * 0.55, h * 0.15, h * 0.17, h * 0.15, black)
    ears[m.ears](s, x - fx * h * 0.3, hy + h * 0.6, z, h * (m.ear or 1), m.inner or darker(face, 0.85), side)
  end
  tails[m.tail](s, -l * 0.5 - r * 0.8, y + r * 0.45, r * (m.tailed or 0.55), p:number(-0.3, 0.3) * r, coat,
    m.tip or darker(coat, 0.5))
  return { balls = balls, neck = neck, head = { hx, hy, hz, h }, nose = { tx, ty, tz, sr }, forward = { fx, fy, fz },
    y = y }
end
local quadruped = animals.quadruped

function animals.cat(s, d, p)
  local coat = near(d, d:pick(furs))
  local a = quadruped(s, p, { body = { d:number(0.7, 0.9), d:number(0.22, 0.27) }, legs = { d:number(0.35, 0.5), 0.06 },
    neck = { 0.22, 0.9, 0.14 }, head = { d:number(0.22, 0.27), 0.02, 0.1 }, ears = "point", ear = d:number(0.8, 1.1),
      tail = "up",
    tailed = 1.1, coat = coat, face = d:chance(0.4) and near(d, coat, 0.15) or coat, nose = pink,
    feet = d:chance(0.4) and white or nil, tip = d:chance(0.3) and white or nil })
  if d:chance(0.5) then
    for _, b in ipairs(a.balls) do s:spots(b, spotted(d, 9, 0.1, 0.3), d:chance(0.5) and darker(coat,
      0.45) or white) end
  end
end

function animals.dog(s, d, p)
  local coat = near(d, d:pick(furs))
  local a = quadruped(s, p, { body = { d:number(0.7, 1.1), d:number(0.24, 0.34) }, legs = { d:number(0.3, 0.75),
    d:number(0.06, 0.09) },
    neck = { d:number(0.25, 0.4), 0.85, 0.17 }, head = { d:number(0.2, 0.26), d:number(0.1, 0.26), d:number(0.09,
      0.13) },
    ears = d:pick { "flop", "flop", "point", "round" }, tail = d:pick { "up", "bush", "curl" }, coat = coat,
      graze = true,
    snout = d:chance(0.4) and near(d, d:pick(furs)) or coat, feet = coat })
  if d:chance(0.4) then
    local other = near(d, d:pick(furs))
    for _, b in ipairs(a.balls) do s:spots(b, spotted(d, 5, 0.2, 0.5), other) end
  end
end

local function horse(d, coat)
  return { body = { d:number(0.95, 1.15), d:number(0.3, 0.36) }, legs = { d:number(0.85, 1.05), 0.075 },
    neck = { d:number(0.6, 0.75), 0.9, 0.17 }, head = { 0.18, d:number(0.26, 0.36), 0.11 }, ears = "point", ear = 0.9,
      tail = "bush",
    tailed = 0.8, coat = coat, graze = true }
end
local function mane(s, a, color)
  local n, h = a.neck, a.head
  for k = 0, 6 do
    local t = k / 6
    s:ball(n[1] + (n[4] - n[1]) * t - 0.12, n[2] + (n[5] - n[2]) * t + 0.14, n[6] * t, 0.1, 0.13, 0.06, color)
  end
  s:ball(h[1], h[2] + h[4], h[3], 0.1, 0.1, 0.07, color)
end
function animals.horse(s, d, p)
  local coat = near(d, d:pick { furs[2], furs[3], furs[4], furs[7], furs[8] })
  local dark = d:chance(0.7) and darker(coat, 0.35) or near(d, furs[1])
  local m = horse(d, coat)
  m.limbs, m.tip = d:chance(0.5) and dark or nil, dark
  mane(s, quadruped(s, p, m), dark)
end
function animals.zebra(s, d, p)
  local m = horse(d, near(d, white, 0.03))
  m.snout, m.legs[1], m.tail = darker(white, 0.3), m.legs[1] * 0.85, "thin"
  local a = quadruped(s, p, m)
  mane(s, a, black)
  for _, b in ipairs(a.balls) do
    local lines = {}
    local w = d:number(0.07, 0.11)
    for k = -3, 3 do
      local x = k * 0.27
      for t = 0, 15 do
        local r = math.sqrt(1 - x * x)
        lines[#lines + 1] = { x, r * math.cos(t * math.pi / 8), r * math.sin(t * math.pi / 8), w }
      end
    end
    s:spots(b, lines, black)
  end
  local n = a.neck
  for k = 1, 5 do
    local t = k / 6
    local x, y, z = n[1] + (n[4] - n[1]) * t, n[2] + (n[5] - n[2]) * t, n[6] * t
    s:tube(x - 0.02, y - 0.03, z, n[3] * 1.08, x + 0.02, y + 0.03, z, n[3] * 1.08, black)
  end
end

function animals.cow(s, d, p)
  local coat = near(d, d:pick { furs[2], furs[3], furs[4], furs[6], furs[6], furs[8] })
  local a = quadruped(s, p, { body = { d:number(1.1, 1.3), d:number(0.4, 0.48) }, legs = { d:number(0.55, 0.7), 0.1 },
    neck = { d:number(0.35, 0.45), 0.45, 0.24 }, head = { 0.22, 0.25, 0.15 }, ears = "side", tail = "thin",
      belly = 0.15,
    coat = coat, snout = near(d, { 0.85, 0.7, 0.62 }), nose = pink, graze = true })
  local patch = coat[1] > 0.7 and near(d, d:pick { furs[3], furs[4], furs[8] }) or near(d, furs[6])
  if d:chance(0.75) then
    for _, b in ipairs(a.balls) do s:spots(b, spotted(d, 6, 0.2, 0.5), patch) end
  end
  local h, long = a.head, d:number(0.12, 0.35)
  for side = -1, 1, 2 do
    s:rope({ h[1], h[2] + h[4] * 0.7, h[3] + side * 0.12, 0.05, h[1], h[2] + h[4], h[3] + side * 0.3, 0.04, h[1] + 0.08,
      h[2] + h[4] + long, h[3] + side * 0.32, 0.01 }, { 0.85, 0.8, 0.68 })
  end
  s:ball(-0.3, a.y - 0.48, 0, 0.16, 0.12, 0.14, pink)
end

function animals.pig(s, d, p)
  local coat = near(d, d:pick { pink, pink, { 0.85, 0.68, 0.6 }, { 0.45, 0.35, 0.33 } }, 0.05)
  local a = quadruped(s, p, { body = { d:number(0.85, 1.05), d:number(0.38, 0.46) }, legs = { d:number(0.28, 0.38),
    0.085 },
    neck = { 0.25, 0.3, 0.26 }, head = { 0.27, 0.14, 0.14 }, ears = d:pick { "point", "flop" }, ear = 0.7,
      tail = "curl",
    belly = 0.12, coat = coat, nose = darker(coat, 0.75), graze = true })
  if d:chance(0.4) then
    for _, b in ipairs(a.balls) do s:spots(b, spotted(d, 4, 0.2, 0.4), black) end
  end
  local n = a.nose
  s:ball(n[1] + a.forward[1] * 0.09, n[2] + a.forward[2] * 0.09, n[3] + a.forward[3] * 0.09, 0.09, 0.13, 0.13,
    darker(coat, 0.85))
end

function animals.elephant(s, d, p)
  local coat = near(d, d:pick { { 0.5, 0.5, 0.52 }, { 0.44, 0.42, 0.42 }, { 0.55, 0.5, 0.46 } }, 0.04)
  local a = quadruped(s, p, { body = { d:number(0.9, 1.1), d:number(0.5, 0.58) }, legs = { d:number(0.55, 0.7), 0.17 },
    neck = { 0.35, 0.5, 0.3 }, head = { 0.36, 0, 0.2 }, ears = "sail", ear = d:number(0.7, 1.1), tail = "thin",
      tailed = 0.35, belly = 0.08,
    coat = coat, nose = coat, feet = darker(coat, 0.9) })
  local n, w = a.nose, p:number(-0.4, 0.7)
  local x, y, z = n[1], n[2], n[3]
  s:rope({ x, y, z, 0.18, x + 0.14, y - 0.35, z, 0.14, x + 0.1 + w * 0.3, y - 0.65, z, 0.1, x + 0.15 + w,
    y - 0.8 + math.abs(w) * 0.5, z,
    0.07 }, coat)
  if d:chance(0.7) then
    for side = -1, 1, 2 do
      s:rope({ x, y - 0.05, z + side * 0.15, 0.06, x + 0.3, y - 0.25, z + side * 0.2, 0.05, x + 0.5, y - 0.15,
        z + side * 0.2, 0.01 }, white)
    end
  end
end

function animals.giraffe(s, d, p)
  local coat = near(d, { 0.86, 0.7, 0.42 }, 0.07)
  local a = quadruped(s, p, { body = { d:number(0.65, 0.8), d:number(0.28, 0.33) }, legs = { d:number(1.1, 1.4),
    0.075 },
    neck = { d:number(1.2, 1.5), 1.15, 0.14 }, head = { 0.16, 0.22, 0.09 }, ears = "side", ear = 0.9, tail = "thin",
      coat = coat })
  local dark, size = near(d, { 0.5, 0.3, 0.14 }), d:number(0.18, 0.3)
  for _, b in ipairs(a.balls) do s:spots(b, spotted(d, 16, size * 0.7, size), dark) end
  local n, h = a.neck, a.head
  for k = 1, 9 do
    for side = -1, 1, 2 do
      local t = k / 10 + side * 0.02
      local x, z = d:number(-0.08, 0.08), side * 0.1
      local b = s:ball(n[1] + (n[4] - n[1]) * t + x, n[2] + (n[5] - n[2]) * t, n[6] * t + z, 0.06, 0.07, 0.04, dark)
      b.depth = b.depth + 0.03
    end
  end
  for side = -1, 1, 2 do s:limb(h[1], h[2] + 0.1, h[3] + side * 0.06, 0.03, h[1], h[2] + 0.3, h[3] + side * 0.07,
    0.04, dark) end
end

function animals.rabbit(s, d, p)
  local coat = near(d, d:pick(furs))
  local r, up = d:number(0.36, 0.44), p:number(-0.2, 0.5)
  s:ball(0, r, 0, r * 1.15, r, r * 0.85, coat)
  s:ball(-r, r * 0.8, 0, r * 0.35, r * 0.35, r * 0.35, white)
  for side = -1, 1, 2 do
    s:ball(-r * 0.3, r * 0.55, side * r * 0.6, r * 0.65, r * 0.5, r * 0.3, darker(coat, 0.94))
    s:limb(-r * 0.4, r * 0.15, side * r * 0.7, r * 0.15, r * 0.3, r * 0.12, side * r * 0.75, r * 0.13, coat)
    s:limb(r * 0.8, r * 0.8, side * r * 0.35, r * 0.2, r * 1.05, r * 0.1, side * r * 0.35, r * 0.14, coat)
  end
  local x, y, h, z = r * 1.25, r * (1.45 + up), r * d:number(0.5, 0.6), p:number(-0.15, 0.15)
  s:limb(r * 0.7, r * 1.1, 0, r * 0.5, x, y, z, h * 0.8, coat)
  s:ball(x, y, z, h, h * 0.9, h * 0.85, coat)
  s:ball(x + h * 0.7, y - h * 0.2, z, h * 0.4, h * 0.35, h * 0.4, near(d, coat, 0.1))
  s:ball(x + h * 1.05, y - h * 0.1, z, h * 0.12, h * 0.1, h * 0.12, pink)
  local long, kind = d:number(0.9, 1.3), d:chance(0.2) and "flop" or "long"
  for side = -1, 1, 2 do
    s:ball(x + h * 0.5, y + h * 0.25, z + side * h * 0.62, h * 0.16, h * 0.18, h * 0.16, black)
    ears[kind](s, x - h * 0.2, y + h * 0.6, z + side * h * 0.3, h * long, coat, side)
  end
end

-- --- with two legs, six, eight, or none -----------------------------------------------------------------------------

local beaks = { { 0.95, 0.65, 0.15 }, { 0.25, 0.22, 0.2 }, { 0.85, 0.4, 0.15 } }

function animals.bird(s, d, p)
  local coat, breast, beak = any(d), any(d), near(d, d:pick(beaks))
  local r, h, long = d:number(0.3, 0.4), d:number(0.18, 0.24), d:number(0.12, 0.3)
  local y, nod = 0.75, p:number(-0.12, 0.12)
  s:ball(0, y, 0, r * 1.3, r, r * 0.85, coat)
  s:ball(r * 0.5, y - r * 0.2, 0, r * 0.8, r * 0.8, r * 0.75, breast)
  s:ball(r * 1.1, y + r * 0.9 + nod, 0, h, h, h, coat)
  s:tube(r * 1.1 + h * 0.8, y + r * 0.85 + nod, 0, h * 0.4, r * 1.1 + h + long, y + r * 0.8 + nod, 0, 0.01, beak)
  eyes(s, r * 1.1 + h * 0.45, y + r + nod, 0, h * 0.8, h * 0.18)
  local flying, wing = p:chance(0.45), darker(coat, d:number(0.55, 0.9))
  local flap = flying and p:number(-0.2, 0.7) or 0
  for side = -1, 1, 2 do
    if flying then
      s:plate({ r * 0.6, y + r * 0.4, side * r * 0.5, -r * 0.7, y + r * 0.4, side * r * 0.5, -r * 1.1, y + flap,
        side * r * 2.8, -r * 0.1,
        y + flap * 1.2, side * r * 3.2 }, wing)
    else
      s:ball(-r * 0.3, y + r * 0.1, side * r * 0.75, r * 1.1, r * 0.55, r * 0.2, wing)
    end
    local foot = flying and -0.3 or 0
    s:limb(-0.02, y - r * 0.8, side * 0.12, 0.03, 0.03 + foot, flying and 0.35 or 0.03, side * 0.12, 0.03, beak)
    s:limb(0.03 + foot, flying and 0.35 or 0.03, side * 0.12, 0.03, 0.18 + foot, flying and 0.3 or 0.02, side * 0.12,
      0.02, beak)
  end
  s:plate({ -r, y + 0.05, -0.05, -r, y + 0.05, 0.05, -r * 2.3, y - 0.1, 0.2, -r * 2.3, y - 0.1, -0.2 }, wing)
end

function animals.duck(s, d, p)
  local coat, head, beak = near(d, d:pick(furs)), any(d), near(d, beaks[1])
  local r, n, nod = d:number(0.36, 0.42), d:number(0.25, 0.5), p:number(-0.1, 0.1)
  local y = d:number(0.3, 0.4)
  s:ball(0, y, 0, r * 1.5, r * 0.85, r * 0.9, coat)
  s:tube(-r, y + 0.1, 0, r * 0.5, -r * 1.8, y + r * 0.7, 0, 0.02, coat)
  for side = -1, 1, 2 do s:ball(-r * 0.2, y + r * 0.1, side * r * 0.8, r, r * 0.5, r * 0.2, darker(coat, 0.8)) end
  s:limb(r, y + r * 0.3, 0, r * 0.4, r * 1.2 + nod, y + r * 0.4 + n, 0, r * 0.32, head)
  if d:chance(0.5) then s:tube(r * 1.08, y + r * 0.5, 0, r * 0.4, r * 1.12, y + r * 0.62, 0, r * 0.38, white) end
  local x, h = r * 1.25 + nod, y + r * 0.45 + n
  s:ball(x, h, 0, 0.18, 0.17, 0.16, head)
  s:ball(x + 0.26, h - 0.04, 0, 0.16, 0.045, 0.1, beak)
  eyes(s, x + 0.09, h + 0.05, 0, 0.13, 0.03)
  for side = -1, 1, 2 do
    s:limb(0, y - r * 0.7, side * 0.12, 0.04, 0, 0.02, side * 0.12, 0.03, beak)
    s:ball(0.08, 0.02, side * 0.12, 0.12, 0.02, 0.08, beak)
  end
end

function animals.penguin(s, d, p)
  local back, beak, lean = near(d, { 0.12, 0.13, 0.17 }, 0.05), near(d, d:pick(beaks)), p:number(-0.12, 0.12)
  local w, h = d:number(0.3, 0.4), d:number(0.55, 0.7)
  s:ball(0, h, 0, w, h, w, back)
  local belly = s:ball(w * 0.22, h * 0.9, 0, w * 0.85, h * 0.85, w * 0.82, near(d, white))
  belly.depth = belly.depth + 0.12 * s.sa * -1 + 0.02
  local y = h * 1.9
  s:ball(lean, y, 0, w * 0.68, w * 0.65, w * 0.65, back)
  local cheek = d:pick { { 0.95, 0.75, 0.2 }, white, back }
  for side = -1, 1, 2 do s:ball(lean + w * 0.2, y - w * 0.1, side * w * 0.45, w * 0.2, w * 0.28, w * 0.2, cheek) end
  s:tube(lean + w * 0.6, y, 0, w * 0.16, lean + w * 1.2, y - 0.05, 0, 0.01, beak)
  eyes(s, lean + w * 0.5, y + w * 0.15, 0, w * 0.4, 0.04)
  for side = -1, 1, 2 do
    local a = p:number(0.1, 0.5)
    s:limb(0, h * 1.4, side * w * 0.9, w * 0.2, 0, h * 0.7, side * (w * 0.95 + a * 0.4), w * 0.1, back)
    s:ball(w * 0.4, 0.04, side * w * 0.4, w * 0.45, 0.05, w * 0.25, beak)
  end
end

function animals.fish(s, d, p)
  local coat, other = any(d), any(d)
  local l, h, bend = d:number(0.6, 0.8), d:number(0.25, 0.45), p:number(-0.25, 0.25)
  local b = s:ball(0, 0, 0, l, h, h * 0.45, coat)
  s:ball(-l * 0.7, 0, bend * 0.3, l * 0.4, h * 0.35, h * 0.2, coat)
  local fork = d:number(0.6, 1.1)
  s:plate({ -l * 0.9, 0, bend * 0.5, -l * 1.5, h * fork, bend, -l * d:number(1.1, 1.4), 0, bend, -l * 1.5, -h * fork,
    bend }, other)
  s:plate({ l * 0.3, h * 0.85, 0, -l * 0.5, h * 0.7, 0, -l * 0.6, h * d:number(1, 1.5), bend * 0.3, 0,
    h * d:number(1.2, 1.7), 0 }, other)
  s:plate({ 0, -h * 0.85, 0, -l * 0.4, -h * 0.8, 0, -l * 0.4, -h * 1.4, 0 }, other)
  local kind, lines = d:int(1, 3), {}
  if kind == 1 then
    lines = spotted(d, 14, 0.2, 0.4)
  elseif kind == 2 then
    for _, x in ipairs { -0.3, 0.15, 0.55 } do
      for t = 0, 15 do
        local r = math.sqrt(1 - x * x)
        lines[#lines + 1] = { x, r * math.cos(t * math.pi / 8), r * math.sin(t * math.pi / 8), 0.3 }
      end
    end
  end
  s:spots(b, lines, other)
  for side = -1, 1, 2 do
    local e = s:ball(l * 0.68, h * 0.2, side * h * 0.3, h * 0.16, h * 0.16, h * 0.06, white)
    s:spots(e, { { 0.2, 0, side * 0.98, 1.2 } }, black)
    s:plate({ l * 0.2, 0, side * h * 0.42, -l * 0.1, h * 0.2, side * h * 0.7, -l * 0.15, -h * 0.3, side * h * 0.7 },
      other)
  end
end

function animals.butterfly(s, d, p)
  local a, b, c = any(d), any(d), any(d)
  local up, big, low = p:number(-0.1, 0.6), d:number(0.75, 1), d:number(0.45, 0.75)
  s:limb(0, 0, -0.45, 0.04, 0, 0, 0.35, 0.07, black)
  s:ball(0, 0.02, 0.42, 0.08, 0.08, 0.08, black)
  local tip, edge = d:number(0.4, 0.8), d:number(0.5, 0.75)
  for side = -1, 1, 2 do
    local function wing(k, color, dz, raise)
      local out = {}
      for i, q in ipairs { { 0.04, 0.15 }, { 0.5 * big, tip * 0.9 }, { big, tip }, { big * 0.95, 0.25 }, { 0.45, 0 },
        { 0.04, 0 } } do
        local x = q[1] * k + (1 - k) * 0.3
        out[3 * i - 2], out[3 * i - 1], out[3 * i] = side * x * math.cos(up), x * math.sin(up) + raise,
          (q[2] - 0.2) * k + 0.2 + dz
      end
      s:plate(out, color)
    end
    local function back(k, color, raise)
      local out = {}
      for i, q in ipairs { { 0.04, 0 }, { 0.5, 0 }, { low * 1.2, -0.25 }, { low, -0.65 }, { low * 0.5, -0.75 },
        { 0.04, -0.2 } } do
        local x = q[1] * k + (1 - k) * 0.25
        out[3 * i - 2], out[3 * i - 1], out[3 * i] = side * x * math.cos(up), x * math.sin(up) + raise,
          (q[2] + 0.3) * k - 0.3
      end
      s:plate(out, color)
    end
    wing(1, a, 0, 0)
    wing(edge, b, 0, 0.03)
    wing(edge * 0.45, c, 0.05, 0.06)
    back(1, a, -0.02)
    back(edge, c, 0.02)
    s:limb(0, 0.02, 0.45, 0.015, side * 0.2, 0.15, 0.75, 0.02, black)
  end
end

function animals.snail(s, d, p)
  local body, shell = near(d, { 0.7, 0.6, 0.45 }, 0.12), any(d)
  local r, stretch = d:number(0.38, 0.48), p:number(0.7, 1)
  s:rope({ -r * 1.6, 0.04, 0, 0.04, -r, 0.1, 0, 0.12, r * stretch, 0.12, 0, 0.15, r * 1.6 * stretch, 0.35, 0, 0.13 },
    body)
  local wide = d:number(0.45, 0.6)
  for k = 0, 12 do
    local t = k * 0.72
    local a = r * (1 - k / 14)
    s:ball(math.cos(t) * (r - a) * 0.4 - 0.05, r * 1.1 + math.sin(t) * (r - a) * 0.4, 0, a, a,
      r * wide * (0.8 + k * 0.05),
      darker(shell, 0.7 + 0.3 * (k % 2))).depth = k * 0.001 - 0.02
  end
  for side = -1, 1, 2 do
    local x, y = r * 1.6 * stretch, 0.4
    s:limb(x, y, side * 0.06, 0.03, x + 0.15, y + 0.3, side * 0.14, 0.02, body)
    s:ball(x + 0.15, y + 0.3, side * 0.14, 0.04, 0.04, 0.04, black)
  end
end

function animals.turtle(s, d, p)
  local skin, shell = near(d, { 0.45, 0.55, 0.3 }, 0.14), near(d, d:pick { { 0.35, 0.3, 0.15 }, { 0.25, 0.4, 0.2 },
    { 0.5, 0.35, 0.2 } }, 0.08)
  local r, h = d:number(0.5, 0.6), d:number(0.3, 0.48)
  local b = s:ball(0, 0.22, 0, r, h, r * 0.85, shell)
  local marks = {}
  for ring = 0, 2 do
    for k = 1, ring == 0 and 1 or ring * 6 do
      local t, e = k * 2 * math.pi / math.max(1, ring * 6), 1.5 - ring * 0.58
      marks[#marks + 1] = { math.cos(e) * math.cos(t), math.sin(e), math.cos(e) * math.sin(t), 0.28 }
    end
  end
  s:spots(b, marks, near(d, shell, 0.25))
  s:tube(0, 0.16, 0, r * 0.98, 0, 0.24, 0, r * 0.95, darker(shell, 1.3))
  local out = p:number(0.2, 0.4)
  s:limb(r * 0.8, 0.2, 0, 0.1, r + out, 0.3, p:number(-0.2, 0.2), 0.1, skin)
  s:ball(r + out + 0.06, 0.33, 0, 0.16, 0.13, 0.13, skin)
  eyes(s, r + out + 0.14, 0.37, 0, 0.1, 0.03)
  for k = 0, 3 do
    local x, z, a = (k < 2 and 1 or -1) * r * 0.6, (k % 2 * 2 - 1) * r * 0.6, p:number(-0.2, 0.2)
    s:limb(x, 0.16, z, 0.11, x * 1.35 + a, 0.06, z * 1.45, 0.1, skin)
  end
  s:tube(-r * 0.9, 0.14, 0, 0.06, -r * 1.2, 0.1, 0, 0.01, skin)
end

function animals.spider(s, d, p)
  local coat, legs = near(d, d:pick { black, furs[3], furs[4], any(d) }), near(d, d:pick(furs))
  local r, reach = d:number(0.2, 0.34), d:number(0.7, 1)
  s:spots(s:ball(-r * 0.9, 0.35, 0, r * 1.1, r * 0.9, r, coat), spotted(d, d:int(0, 8), 0.15, 0.35), any(d))
  s:ball(r * 0.4, 0.33, 0, r * 0.6, r * 0.5, r * 0.55, coat)
  for side = -1, 1, 2 do
    for k = 0, 3 do
      local a, w = -1.05 + k * 0.7 + p:number(-0.15, 0.15), d:number(0.03, 0.05)
      local x, z = math.sin(-a) * reach, math.cos(a) * reach * side
      s:rope({ r * 0.3, 0.33, side * 0.1, w * 1.2, r * 0.3 + x * 0.5, 0.7, z * 0.55, w, r * 0.3 + x, 0.02, z,
        w * 0.5 }, legs)
    end
    s:ball(r * 0.85, 0.4, side * 0.06, 0.05, 0.05, 0.05, white)
  end
end

function animals.ladybird(s, d, p)
  local coat = near(d, d:pick { { 0.8, 0.1, 0.08 }, { 0.9, 0.5, 0.1 }, { 0.9, 0.8, 0.15 } })
  local r = d:number(0.45, 0.55)
  local b = s:ball(0, 0.2, 0, r, r * d:number(0.65, 0.85), r * 0.85, coat)
  local marks, n = {}, d:int(2, 4)
  for k = 1, n do
    for side = -1, 1, 2 do
      local t, e = (k - 0.5) / n * math.pi, d:number(0.5, 1)
      marks[#marks + 1] = { math.cos(e) * math.cos(t), math.sin(e), side * math.cos(e) * math.sin(t), d:number(0.18,
        0.3) }
    end
  end
  for k = 0, 12 do marks[#marks + 1] = { math.cos(k * 0.24), math.sin(k * 0.24), 0, 0.04 } end
  s:spots(b, marks, black)
  s:ball(r * 0.85, 0.2, 0, r * 0.4, r * 0.4, r * 0.5, black)
  for side = -1, 1, 2 do
    s:ball(r * 1.1, 0.3, side * r * 0.25, 0.06, 0.06, 0.06, white)
    s:limb(r * 1.1, 0.35, side * 0.08, 0.02, r * 1.5, 0.55, side * 0.2, 0.025, black)
    for k = -1, 1 do
      local a = p:number(-0.1, 0.1)
      s:rope({ k * r * 0.55, 0.12, side * r * 0.7, 0.04, k * r * 0.7 + a, 0.2, side * r * 1.15, 0.035,
        k * r * 0.8 + a, 0, side * r * 1.35, 0.02 }, black)
    end
  end
end

function animals.snake(s, d, p)
  local coat, other = any(d), any(d)
  local points, x, z, a, w = {}, 0, 0, p:number(0, 6), d:number(0.07, 0.11)
  local curl = p:number(0.45, 0.75)
  for k = 1, 30 do
    points[#points + 1] = { x, z, w * math.min(1, 0.25 + k / 9) }
    a = a + math.sin(k * curl) * 0.75
    x, z = x + math.cos(a) * 0.13, z + math.sin(a) * 0.13
  end
  local ring = d:int(2, 4)
  for k = 1, 29 do
    local u, v = points[k], points[k + 1]
    local lift = k > 25 and (k - 25) * 0.06 or 0
    s:limb(u[1], w + lift, u[2], u[3], v[1], w + lift, v[2], v[3], k % ring == 0 and other or coat)
  end
  local u = points[30]
  s:ball(u[1], w + 0.3, u[2], w * 1.6, w, w * 1.4, coat)
  for side = -1, 1, 2 do s:ball(u[1] + math.sin(a) * side * w, w * 1.6 + 0.3, u[2] - math.cos(a) * side * w, 0.03,
    0.03, 0.03, black) end
  s:limb(u[1], w + 0.28, u[2], 0.02, u[1] + math.cos(a) * 0.3, w + 0.26, u[2] + math.sin(a) * 0.3, 0.012, { 0.8, 0.1,
    0.1 })
end

return animals
