--- object_made.lua: vehicles, furniture, household things, tools, instruments and buildings as solids.  Each is a
-- function (s, d, p): the dice d draw the design, the dice p what changes from picture to picture (object_animals.lua).
local animals = require "lib.object_animals"
local near, darker, any = animals.near, animals.darker, animals.any
local made = {}

local tyre, steel, glass, dark = { 0.08, 0.08, 0.09 }, { 0.66, 0.68, 0.7 }, { 0.25, 0.33, 0.4 }, { 0.15, 0.14, 0.14 }
local woods = { { 0.6, 0.42, 0.25 }, { 0.42, 0.27, 0.16 }, { 0.78, 0.6, 0.4 }, { 0.3, 0.2, 0.14 }, { 0.85, 0.8, 0.72 } }
local lamp = { 0.98, 0.9, 0.6 }
local function wood(d) return near(d, d:pick(woods)) end
local function wood_or_paint(d) return d:chance(0.65) and wood(d) or any(d) end

-- --- vehicles -------------------------------------------------------------------------------------------------------

function made.car(s, d)
  local paint, l, h = any(d), d:number(0.85, 1.05), d:number(0.2, 0.26)
  local r, y = d:number(0.16, 0.2), 0.16
  s:box(0, y + h, 0, l, h, 0.42, paint, { ends = { { 0.05, 0.45, 0.25, 0.7, lamp }, { 0.75, 0.45, 0.95, 0.7, lamp },
    { 0.3, 0.3, 0.7, 0.6, dark } } }, 0.96, 0.94)
  local cabin, at = d:number(0.45, 0.72), d:number(-0.25, 0)
  s:box(at, y + 2 * h + 0.17, 0, cabin, 0.17, 0.39, paint, { sides = { { 0.1, 0.1, 0.47, 0.85, glass }, { 0.53, 0.1,
    0.9, 0.85, glass } },
    ends = { { 0.08, 0.1, 0.92, 0.88, glass } } }, d:number(0.6, 0.85), 0.85)
  for k = 0, 3 do s:wheel((k < 2 and 1 or -1) * l * 0.62, r, (k % 2 * 2 - 1) * 0.4, r, 0.06, tyre, steel) end
end
function made.lorry(s, d)
  local paint, load, l = any(d), any(d), d:number(0.8, 1.2)
  s:box(0, 0.3, 0, l + 0.3, 0.06, 0.3, dark)
  s:box(-0.25, 0.36 + 0.45, 0, l, d:number(0.38, 0.5), 0.42, load, { sides = { { 0.2, 0.4, 0.8, 0.6, any(d) } } })
  s:box(l + 0.08, 0.7, 0, 0.28, d:number(0.34, 0.42), 0.4, paint, { sides = { { 0.2, 0.5, 0.9, 0.9, glass } },
    ends = { { 0.08, 0.45, 0.92, 0.9, glass },
    { 0.05, 0.1, 0.2, 0.2, lamp }, { 0.8, 0.1, 0.95, 0.2, lamp } } }, d:number(0.8, 1), 0.95)
  for _, x in ipairs { l + 0.1, -l * 0.45, -l * 0.85 } do
    for side = -1, 1, 2 do s:wheel(x, 0.2, side * 0.38, 0.2, 0.07, tyre, steel) end
  end
end
function made.bus(s, d)
  local paint, belt, l, h = any(d), any(d), d:number(1, 1.3), d:number(0.36, 0.48)
  local panes, n = { { 0, 0.3, 1, 0.4, belt } }, d:int(4, 7)
  for k = 1, n do panes[#panes + 1] = { (k - 0.9) / n, 0.52, (k - 0.1) / n, 0.88, glass } end
  s:box(0, 0.14 + h, 0, l, h, 0.4, paint, { sides = panes, ends = { { 0.06, 0.45, 0.94, 0.92, glass }, { 0.08, 0.1,
    0.25, 0.2, lamp }, { 0.75, 0.1, 0.92, 0.2, lamp } } }, 0.98, 0.95)
  for _, x in ipairs { l * 0.65, -l * 0.6 } do
    for side = -1, 1, 2 do s:wheel(x, 0.18, side * 0.38, 0.18, 0.06, tyre, steel) end
  end
end
function made.train(s, d)
  local paint, trim, l = any(d), any(d), d:number(0.6, 0.8)
  s:box(0, 0.3, 0, l + 0.4, 0.08, 0.3, trim)
  s:tube(-0.1, 0.68, 0, 0.3, l + 0.3, 0.68, 0, 0.3, paint, dark)
  s:box(-l * 0.75, 0.82, 0, 0.32, 0.45, 0.36, paint, { sides = { { 0.2, 0.5, 0.8, 0.85, glass } }, ends = { { 0.15,
    0.5, 0.85, 0.85, glass } } })
  s:box(-l * 0.75, 1.3, 0, 0.4, 0.04, 0.42, trim)
  s:tube(l, 0.9, 0, 0.09, l, 1.3, 0, d:number(0.08, 0.18), dark)
  s:ball(l * 0.4, 0.98, 0, 0.13, 0.12, 0.13, { 0.85, 0.7, 0.25 })
  for k = -2, 2 do
    for side = -1, 1, 2 do s:wheel(k * 0.36, 0.18, side * 0.3, k < 0 and 0.2 or 0.16, 0.05, trim, dark) end
  end
  if d:chance(0.6) then animals.fluff(s, d, 7, l - 0.2, 1.6, 0, 0.3, 0.1, 0.1, 0.13, { 0.85, 0.85, 0.86 }) end
end
function made.bicycle(s, d, p)
  local paint, r, w = any(d), d:number(0.4, 0.46), 0.028
  for _, x in ipairs { -0.62, 0.62 } do
    local rim = {}
    for k = 0, 14 do
      local t = k * math.pi / 7
      rim[#rim + 1], rim[#rim + 2], rim[#rim + 3], rim[#rim + 4] = x + r * math.cos(t), r + r * math.sin(t), 0, 0.035
    end
    s:rope(rim, tyre)
    for k = 0, 5 do
      local t = k * math.pi / 3 + p:number(0, 1)
      s:limb(x, r, 0, 0.008, x + r * math.cos(t), r + r * math.sin(t), 0, 0.008, steel)
    end
  end
  local seat, bar = d:number(0.85, 0.98), d:number(0.9, 1.05)
  s:limb(-0.62, r, 0, w, 0, 0.35, 0, w, paint)
  s:limb(-0.62, r, 0, w, -0.2, seat - 0.12, 0, w, paint)
  s:limb(-0.24, seat, 0, w, 0, 0.35, 0, w, paint)
  s:limb(0, 0.35, 0, w, 0.45, bar - 0.15, 0, w, paint)
  s:limb(-0.2, seat - 0.15, 0, w, 0.45, bar - 0.15, 0, d:chance(0.2) and 0.001 or w, paint)
  s:limb(0.42, bar, 0, w, 0.62, r, 0, w, paint)
  s:ball(-0.25, seat + 0.02, 0, 0.16, 0.04, 0.08, dark)
  s:limb(0.42, bar, -0.28, 0.025, 0.42, bar, 0.28, 0.025, dark)
  s:tube(0, 0.35, 0.05, 0.09, 0, 0.35, 0.07, 0.09, steel)
end
function made.aeroplane(s, d)
  local paint, trim, l = near(d, d:chance(0.5) and { 0.9, 0.9, 0.92 } or any(d)), any(d), d:number(0.9, 1.15)
  local r, sweep, span = d:number(0.12, 0.17), d:number(0, 0.5), d:number(0.9, 1.2)
  s:tube(-l * 0.6, 0, 0, r, l * 0.7, 0, 0, r, paint)
  s:ball(l * 0.7, 0, 0, r * 1.8, r, r, paint)
  s:tube(-l * 0.6, 0, 0, r, -l, r * 0.5, 0, 0.03, paint)
  s:ball(l * 0.72, r * 0.55, 0, r * 0.9, r * 0.5, r * 0.7, glass)
  for side = -1, 1, 2 do
    s:plate({ 0.3, 0, side * r * 0.7, -0.15, 0, side * r * 0.7, -0.1 - sweep, 0.05, side * span, 0.1 - sweep, 0.05,
      side * span }, trim)
    s:plate({ -l * 0.75, r * 0.4, 0, -l, r * 0.4, 0, -l * 1.05, r * 0.5, side * 0.42, -l * 0.9, r * 0.5,
      side * 0.42 }, trim)
    if sweep > 0.2 then s:tube(-0.1, -0.1, side * 0.45, 0.07, 0.2, -0.1, side * 0.45, 0.09, steel, dark) end
  end
  s:plate({ -l * 0.7, r * 0.6, 0, -l * 0.95, r * 3.2, 0, -l * 1.08, r * 3.2, 0, -l, r * 0.4, 0 }, trim)
  if sweep <= 0.2 then s:plate({ l * 0.7 + r * 2, -0.35, 0.03, l * 0.7 + r * 2, 0.35, -0.03, l * 0.7 + r * 2, 0.35,
    0.05 }, dark) end
end
function made.boat(s, d, p)
  local hull, sail, l = wood_or_paint(d), near(d, d:chance(0.6) and { 0.93, 0.92, 0.88 } or any(d)), d:number(0.7, 0.95)
  local h, swell = d:number(0.16, 0.24), p:number(0.05, 0.3)
  s:plate({ -l, h, 0.25, -l * 0.8, -h, 0.12, l * 0.7, -h, 0.1, l * 1.2, h, 0 }, hull)
  s:plate({ -l, h, -0.25, -l * 0.8, -h, -0.12, l * 0.7, -h, -0.1, l * 1.2, h, 0 }, hull)
  s:plate({ -l, h, 0.25, -l, h, -0.25, l * 1.2, h, 0 }, darker(hull, 0.7))
  s:plate({ -l, h, 0.25, -l, h, -0.25, -l * 0.8, -h, -0.12, -l * 0.8, -h, 0.12 }, hull)
  local mast, top = d:number(0, 0.25), d:number(1.2, 1.6)
  s:limb(mast, h, 0, 0.03, mast, top, 0, 0.02, woods[1])
  s:plate({ mast - 0.05, h + 0.15, 0, mast - 0.05, top, 0, -l * 0.5, h * 2.5, swell * 1.4, -l * 0.95, h + 0.15,
    swell }, sail)
  if d:chance(0.7) then s:plate({ mast + 0.06, top * 0.9, 0, mast + 0.06, h + 0.2, swell * 0.6, l * 1.1, h + 0.1, 0 },
    d:chance(0.4) and any(d) or sail) end
end
function made.rocket(s, d)
  local paint, trim, r, h = near(d, { 0.88, 0.88, 0.9 }, 0.1), any(d), d:number(0.22, 0.3), d:number(1, 1.3)
  s:lathe(0, 0, { 0.25, r * 0.8, 0.5, r, h, r }, paint)
  s:lathe(0, 0, { h, r, h + 0.25, r * 0.75, h + 0.5, 0.02 }, trim)
  s:tube(0, 0.12, 0, r * 0.7, 0, 0.25, 0, r * 0.5, dark)
  local fins = d:int(3, 4)
  for k = 1, fins do
    local c, q = math.cos(k * 2 * math.pi / fins + 0.4), math.sin(k * 2 * math.pi / fins + 0.4)
    s:plate({ c * r * 0.8, 0.75, q * r * 0.8, c * r * 0.8, 0.3, q * r * 0.8, c * r * 2.2, 0, q * r * 2.2, c * r * 2.2,
      0.35, q * r * 2.2 }, trim)
  end
  s:ball(0, h * 0.8, r * 0.85, r * 0.4, r * 0.4, r * 0.25, glass)
  if d:chance(0.6) then s:tube(0, 0.12, 0, r * 0.6, 0, -0.4, 0, 0.01, { 0.98, 0.6, 0.1 }) end
end
function made.balloon(s, d)
  local a, b = any(d), any(d)
  local r, n = d:number(0.6, 0.7), d:int(2, 4)
  local ball = s:ball(0, 1.3, 0, r, r * 1.1, r, a)
  local marks = {}
  for k = 1, n * 2 do
    for j = -6, 6 do
      local e, t = j * 0.24, k * math.pi / n
      marks[#marks + 1] = { math.cos(e) * math.cos(t), math.sin(e), math.cos(e) * math.sin(t),
        0.2 * math.cos(e) + 0.03 }
    end
  end
  s:spots(ball, marks, b)
  s:tube(0, 0.45, 0, 0.15, 0, 0.85, 0, r * 0.78, b, false)
  s:box(0, 0.12, 0, 0.15, 0.12, 0.15, woods[1])
  for k = 0, 3 do s:limb((k < 2 and 1 or -1) * 0.14, 0.2, (k % 2 * 2 - 1) * 0.14, 0.012, (k < 2 and 1 or -1) * 0.12,
    0.55, (k % 2 * 2 - 1) * 0.12, 0.012, dark) end
end

-- --- furniture ------------------------------------------------------------------------------------------------------

local function four_legs(s, x, z, y, w, color, splay, round)
  for k = 0, 3 do
    local a, b = (k < 2 and 1 or -1) * x, (k % 2 * 2 - 1) * z
    if round then s:limb(a * splay, 0.02, b * splay, w * 0.7, a, y, b, w, color)
    else s:box(a, y / 2, b, w, y / 2, w, color) end
  end
end
function made.chair(s, d)
  local color, seat, h = wood_or_paint(d), wood_or_paint(d), d:number(0.5, 0.6)
  four_legs(s, 0.34, 0.32, h, 0.04, color, d:number(1, 1.3), d:chance(0.5))
  s:box(0, h, 0, 0.42, 0.05, 0.4, seat)
  local up, bars = d:number(0.55, 0.8), d:int(0, 4)
  for side = -1, 1, 2 do s:box(-0.38, h + up / 2, side * 0.34, 0.04, up / 2, 0.04, color) end
  if bars < 2 then s:box(-0.38, h + up * 0.65, 0, 0.03, up * 0.3, 0.34, seat)
  else
    s:box(-0.38, h + up, 0, 0.04, 0.06, 0.4, color)
    for k = 1, bars do s:box(-0.38, h + up / 2, -0.34 + 0.68 * k / (bars + 1), 0.02, up / 2, 0.02, color) end
  end
end
function made.table(s, d)
  local color, top, h = wood_or_paint(d), wood_or_paint(d), d:number(0.6, 0.8)
  if d:chance(0.3) then
    s:lathe(0, 0, { 0, 0.4, 0.06, 0.38, 0.08, 0.08, h, 0.08 }, color)
    s:tube(0, h, 0, 0.75, 0, h + 0.07, 0, 0.75, top)
  else
    local x, z = d:number(0.8, 1.1), d:number(0.45, 0.7)
    four_legs(s, x * 0.88, z * 0.85, h, d:number(0.05, 0.08), color, 1.05, d:chance(0.4))
    s:box(0, h + 0.04, 0, x, 0.05, z, top)
  end
end
function made.bed(s, d)
  local frame, cover, l = wood_or_paint(d), any(d), d:number(0.9, 1.1)
  s:box(0, 0.22, 0, l, 0.1, 0.55, frame)
  s:box(0.02, 0.4, 0, l - 0.04, 0.09, 0.53, { 0.92, 0.91, 0.88 })
  s:box(l * 0.25, 0.44, 0, l * 0.75, 0.08, 0.56, cover, { top = { { 0.1, 0, 0.2, 1, any(d) } } })
  s:box(-l, 0.5, 0, 0.05, d:number(0.4, 0.6), 0.57, frame)
  s:box(l, 0.35, 0, 0.05, d:number(0.25, 0.35), 0.57, frame)
  local two = d:chance(0.5)
  for k = two and -1 or 0, two and 1 or 0, 2 do s:ball(-l * 0.75, 0.55, k * 0.27, 0.18, 0.09, two and 0.22 or 0.35,
    { 0.95, 0.94, 0.92 }) end
end
function made.sofa(s, d)
  local color, l, h = any(d), d:number(0.7, 1.05), d:number(0.45, 0.6)
  local pads = darker(color, d:number(0.8, 1.25))
  s:box(0, 0.22, 0, l, 0.14, 0.4, color)
  s:box(0, h * 0.75, -0.34, l, h * 0.75, 0.1, color, nil, 1, 0.8)
  for side = -1, 1, 2 do
    s:box(side * l, 0.34, 0, 0.12, 0.26, 0.42, color)
    if d:chance(0.7) then s:tube(side * l, 0.62, -0.4, 0.14, side * l, 0.62, 0.43, 0.14, color) end
    for k = -1, 1, 2 do s:limb(side * l, 0, k * 0.32, 0.04, side * l, 0.1, k * 0.32, 0.05, dark) end
  end
  local n = d:int(2, 3)
  for k = 1, n do
    local x = -l + (2 * k - 1) * l / n
    s:box(x, 0.42, 0.06, l / n * 0.94, 0.07, 0.34, pads)
  end
end
function made.lamp(s, d)
  local foot, shade, h = any(d), near(d, d:chance(0.6) and lamp or any(d)), d:number(0.7, 1.1)
  s:lathe(0, 0, { 0, 0.3, 0.06, 0.28, 0.07, 0.05 }, foot)
  if d:chance(0.5) then
    s:limb(0, 0.05, 0, 0.035, 0, h, 0, 0.03, foot)
    s:tube(0, h - 0.15, 0, d:number(0.4, 0.5), 0, h + 0.35, 0, d:number(0.15, 0.32), shade, lamp)
  else
    local x = d:number(0.2, 0.35)
    s:limb(0, 0.05, 0, 0.03, -x, h * 0.6, 0, 0.03, foot)
    s:limb(-x, h * 0.6, 0, 0.03, x, h, 0, 0.03, foot)
    s:tube(x + 0.2, h - 0.22, 0, 0.25, x, h + 0.04, 0, 0.08, shade, lamp)
  end
end
function made.shelf(s, d)
  local color, w, h, n = wood_or_paint(d), d:number(0.45, 0.7), d:number(1.1, 1.5), d:int(3, 5)
  s:box(0, h / 2, -0.19, w, h / 2, 0.02, darker(color, 0.7))
  for side = -1, 1, 2 do s:box(side * w, h / 2, 0, 0.03, h / 2, 0.2, color) end
  for k = 0, n do
    local y = k * h / n
    s:box(0, y, 0, w, 0.025, 0.2, color)
    local x = -w + 0.06
    while k < n and x < w - 0.1 do
      local t, high = d:number(0.025, 0.06), h / n * d:number(0.5, 0.85)
      if d:chance(0.8) then s:box(x + t, y + high / 2, 0, t, high / 2, 0.13, any(d)) end
      x = x + 2 * t
    end
  end
end

-- --- household ------------------------------------------------------------------------------------------------------

local function handle(s, x, y, r, w, color) s:arc(x, y, r * 0.9, r, -1.5, 3, 8, w, color) end
function made.cup(s, d)
  local color, band, r, h = any(d), any(d), d:number(0.28, 0.4), d:number(0.5, 0.75)
  local low = r * d:number(0.6, 1)
  s:tube(0, 0, 0, low, 0, h * 0.35, 0, low + (r - low) * 0.35, color)
  s:tube(0, h * 0.35, 0, low + (r - low) * 0.35, 0, h * 0.65, 0, low + (r - low) * 0.65, band)
  s:tube(0, h * 0.65, 0, low + (r - low) * 0.65, 0, h, 0, r, color, d:pick { { 0.3, 0.18, 0.1 }, { 0.2, 0.15, 0.12 },
    { 0.7, 0.45, 0.2 } })
  handle(s, r * 0.85, h * 0.5, h * 0.3, 0.05, color)
end
function made.teapot(s, d)
  local color, trim, r = any(d), any(d), d:number(0.38, 0.48)
  local h = r * d:number(0.75, 1)
  s:ball(0, h, 0, r, h, r, color)
  s:tube(0, h * 1.75, 0, r * 0.55, 0, h * 2, 0, r * 0.45, trim)
  s:ball(0, h * 2.15, 0, 0.08, 0.08, 0.08, trim)
  s:rope({ r * 0.8, h * 0.8, 0, 0.12, r * 1.3, h * 1.2, 0, 0.08, r * 1.6, h * 1.8, 0, 0.06 }, color)
  handle(s, -r * 0.85, h * 1.05, -h * 0.7, 0.045, color)
  s:arc(-r * 0.95, h * 1.05, r * 0.5, h * 0.55, 1.7, 2.9, 8, 0.05, color)
end
function made.bottle(s, d)
  local color, label, r, h = any(d), any(d), d:number(0.18, 0.26), d:number(0.55, 0.8)
  local neck = r * d:number(0.3, 0.45)
  s:lathe(0, 0, { 0, r, h * 0.25, r }, color)
  s:lathe(0, 0, { h * 0.25, r * 1.02, h * 0.75, r * 1.02 }, label)
  s:lathe(0, 0, { h * 0.75, r, h, r, h * 1.25, neck, h * 1.65, neck }, color)
  s:tube(0, h * 1.65, 0, neck * 1.15, 0, h * 1.75, 0, neck * 1.15, any(d))
end
function made.clock(s, d, p)
  local rim, face, r = any(d), near(d, d:chance(0.7) and { 0.93, 0.92, 0.88 } or any(d)), d:number(0.5, 0.6)
  s:tube(0, 0, -0.08, r, 0, 0, 0.06, r, rim)
  s:tube(0, 0, 0.06, r * 0.88, 0, 0, 0.08, r * 0.88, face)
  local hand, hour = face[1] > 0.5 and dark or { 0.95, 0.95, 0.9 }, p:number(0, 12)
  for k = 1, 12 do
    local c, q, w = math.cos(k * math.pi / 6), math.sin(k * math.pi / 6), k % 3 == 0 and 0.025 or 0.014
    s:limb(c * r * 0.7, q * r * 0.7, 0.11, w, c * r * 0.8, q * r * 0.8, 0.11, w, hand)
  end
  for k, long in ipairs { 0.45, 0.68 } do
    local t = math.pi / 2 - hour * math.pi / 6 * (k == 1 and 1 or 12)
    s:limb(0, 0, 0.12 + k * 0.01, 0.03, math.cos(t) * r * long, math.sin(t) * r * long, 0.12 + k * 0.01, 0.015, hand)
  end
  if d:chance(0.5) then
    for side = -1, 1, 2 do
      s:ball(side * r * 0.6, r * 0.95, 0, 0.17, 0.14, 0.12, rim)
      s:limb(side * r * 0.5, -r * 0.8, 0, 0.05, side * r * 0.7, -r * 1.2, 0, 0.04, rim)
    end
  end
end
function made.umbrella(s, d)
  local a, b, n, h = any(d), any(d), 8, d:number(0.3, 0.5)
  if d:chance(0.4) then b = a end
  for k = 1, n do
    local t, u = k * 2 * math.pi / n, (k + 1) * 2 * math.pi / n
    local r, m = 0.85, 0.5
    s:plate({ 0, 1 + h, 0, m * math.cos(t), 1 + h * 0.8, m * math.sin(t), r * math.cos(t), 1, r * math.sin(t),
      r * math.cos(u), 1, r * math.sin(u),
      m * math.cos(u), 1 + h * 0.8, m * math.sin(u) }, k % 2 == 0 and a or b)
  end
  s:limb(0, 0.1, 0, 0.025, 0, 1 + h, 0, 0.025, dark)
  s:limb(0, 1 + h, 0, 0.03, 0, 1.12 + h, 0, 0.01, dark)
  s:rope({ 0, 0.1, 0, 0.04, 0.06, 0, 0, 0.04, 0.16, 0, 0, 0.04, 0.2, 0.1, 0, 0.04 }, wood(d))
end
function made.spectacles(s, d)
  local rim, tint, r = any(d), near(d, d:chance(0.5) and dark or { 0.75, 0.85, 0.9 }), d:number(0.26, 0.34)
  local square = d:chance(0.4)
  for side = -1, 1, 2 do
    local ring, pane = {}, {}
    for k = 0, 12 do
      local c, q = math.cos(k * math.pi / 6), math.sin(k * math.pi / 6)
      if square then c, q = math.max(-0.85, math.min(0.85, c * 1.3)), math.max(-0.6, math.min(0.6, q * 1.3)) end
      for _, v in ipairs { side * 0.42 + r * c, r * q, 0, 0.035 } do ring[#ring + 1] = v end
      for _, v in ipairs { side * 0.42 + r * c, r * q, 0 } do pane[#pane + 1] = v end
    end
    s:plate(pane, tint)
    s:rope(ring, rim)
    s:rope({ side * (0.42 + r), 0.05, 0, 0.03, side * (0.47 + r), 0.06, -0.7, 0.03, side * (0.45 + r), -0.12, -0.95,
      0.03 }, rim)
  end
  s:limb(-0.42 + r, 0.06, 0, 0.035, 0.42 - r, 0.06, 0, 0.035, rim)
end
function made.book(s, d, p)
  local cover, w, h = any(d), d:number(0.45, 0.6), d:number(0.6, 0.75)
  if d:chance(0.4) then
    local page, up = { 0.94, 0.93, 0.88 }, p:number(0.08, 0.25)
    for side = -1, 1, 2 do
      local base = s:plate({ 0, 0, -h / 2, side * w * 1.05, up, -h / 2 - 0.03, side * w * 1.05, up, h / 2 + 0.03, 0,
        0, h / 2 }, cover)
      base.depth = base.depth - 0.2
      for k = 0, 2 do
        local leaf = s:plate({ 0, 0.04 * k, -h / 2, side * w * 0.5, up * 0.5 + 0.1 + 0.02 * k, -h / 2, side * w,
          up + 0.02 + 0.02 * k, -h / 2, side * w, up + 0.02 + 0.02 * k, h / 2,
          side * w * 0.5, up * 0.5 + 0.1 + 0.02 * k, h / 2, 0, 0.04 * k, h / 2 }, page)
        leaf.depth = leaf.depth + 0.02 * k
      end
      for k = 1, 7 do
        local z = -h / 2 + h * k / 8
        local line = s:limb(side * 0.1, up * 0.25 + 0.14, z, 0.01, side * w * 0.85, up + 0.07, z, 0.01, dark)
        line.depth = line.depth + 0.3
      end
    end
  else
    local t = d:number(0.07, 0.16)
    s:box(0.01, 0, 0, w * 0.96, t * 0.85, h * 0.95, { 0.94, 0.93, 0.88 })
    s:box(0, t, 0, w, 0.02, h, cover, { top = { { 0.2, 0.6, 0.8, 0.8, any(d) }, { 0.3, 0.2, 0.7, 0.3, any(d) } } })
    s:box(0, -t, 0, w, 0.02, h, cover)
    s:box(-w, 0, 0, 0.03, t, h, cover)
  end
end
function made.candle(s, d, p)
  local wax, h, r = near(d, d:chance(0.5) and { 0.94, 0.9, 0.8 } or any(d)), d:number(0.5, 1), d:number(0.13, 0.2)
  s:lathe(0, 0, { 0, 0.35, 0.05, 0.4, 0.07, 0.18, 0.16, 0.18 }, any(d))
  s:tube(0, 0.12, 0, r, 0, 0.12 + h, 0, r * 0.95, wax)
  s:limb(0, 0.12 + h, 0, 0.015, 0, 0.2 + h, 0, 0.015, dark)
  local lean = p:number(-0.06, 0.06)
  s:ball(0, 0.28 + h, 0.01, 0.09, 0.13, 0.09, { 1.2, 0.75, 0.15 })
  s:limb(0, 0.3 + h, 0.02, 0.06, lean, 0.5 + h, 0.02, 0.005, { 1.3, 1, 0.35 })
end

-- --- tools and instruments ------------------------------------------------------------------------------------------

function made.hammer(s, d)
  local grip, head = wood_or_paint(d), near(d, steel, 0.1)
  local w = d:number(0.3, 0.4)
  s:limb(0, -0.8, 0, 0.075, 0, 0.55, 0, 0.05, grip)
  s:tube(0, 0.6, 0, 0.11, w, 0.6, 0, 0.11, head)
  s:tube(w, 0.6, 0, 0.14, w + 0.12, 0.6, 0, 0.14, head)
  if d:chance(0.5) then
    for side = -1, 1, 2 do s:rope({ 0, 0.6, side * 0.05, 0.08, -0.25, 0.63, side * 0.07, 0.06, -0.5, 0.48, side * 0.1,
      0.015 }, head) end
  else
    s:box(-0.2, 0.6, 0, 0.22, 0.1, 0.1, head)
  end
end
function made.scissors(s, d, p)
  local grip, open, r = any(d), p:number(0.12, 0.5), d:number(0.16, 0.22)
  for side = -1, 1, 2 do
    local c, q = math.cos(open * side), math.sin(open * side)
    local function at(x, y, w) return x * c - y * q, x * q + y * c, side * 0.02, w end
    local x1, y1, z1, w1 = at(0, 0, 0.07)
    local x2, y2, z2, w2 = at(0.95, 0.02 * side, 0.01)
    s:limb(x1, y1, z1, w1, x2, y2, z2, w2, steel)
    x2, y2, z2, w2 = at(-0.4, 0, 0.05)
    s:limb(x1, y1, z1, 0.05, x2, y2, z2, w2, grip)
    local ring = {}
    for k = 0, 10 do
      local t = k * math.pi / 5
      for _, v in ipairs { at(-0.4 - r * 1.2 + r * 1.25 * math.cos(t), -side * r * 0.3 + r * math.sin(t),
        0.055) } do ring[#ring + 1] = v end
    end
    s:rope(ring, grip)
  end
  s:ball(0, 0, 0.06, 0.05, 0.05, 0.03, dark)
end
function made.saw(s, d)
  local grip, h = wood_or_paint(d), d:number(0.25, 0.36)
  local out, n = { 0.95, 0.04, -0.45, h }, 16
  for k = 0, n do
    local x = -0.45 + 1.4 * k / n
    out[#out + 1], out[#out + 2] = x, k % 2 == 0 and -0.02 or -0.09
  end
  s:board(out, 0, 0.012, steel)
  s:arc(-0.65, h * 0.4, 0.2, 0.24, 0, 2 * math.pi, 8, 0.08, grip)
end
function made.spade(s, d)
  local grip, blade, w, l = wood(d), near(d, d:chance(0.6) and steel or any(d)), d:number(0.22, 0.3), d:number(0.45,
    0.6)
  s:limb(0, l, 0, 0.045, 0, 1.7, 0, 0.045, grip)
  if d:chance(0.6) then
    s:rope({ 0, 1.6, 0, 0.035, -0.16, 1.8, 0, 0.035, 0.16, 1.8, 0, 0.045, 0, 1.6, 0, 0.035 }, grip)
  else
    s:limb(-0.18, 1.72, 0, 0.05, 0.18, 1.72, 0, 0.05, grip)
  end
  local tip = d:number(0, 0.25)
  s:board({ -w, l, -w, tip, -w * 0.5, tip * 0.3, 0, 0, w * 0.5, tip * 0.3, w, tip, w, l }, 0, 0.02, blade)
  s:tube(0, l * 0.7, 0.02, 0.04, 0, l * 1.2, 0.01, 0.05, blade)
end
function made.guitar(s, d)
  local body, neck, r = wood_or_paint(d), wood(d), d:number(0.34, 0.4)
  local out, waist = {}, d:number(0.62, 0.8)
  for k = 0, 31 do
    local t = k * math.pi / 16
    local y = math.sin(t)
    local w = y > 0 and waist * 0.95 or 1
    w = w * (1 - 0.3 * math.exp(-((y - 0.15) * 4) ^ 2))
    out[#out + 1], out[#out + 2] = r * w * math.cos(t), 0.48 * y
  end
  s:board(out, 0, 0.1, body, darker(body, 0.7))
  local function front(part) if part then part.depth = part.depth + 0.3 end end
  front(s:ball(0, 0.1, 0.1, 0.12, 0.12, 0.02, dark))
  front(s:limb(-0.14, -0.22, 0.12, 0.03, 0.14, -0.22, 0.12, 0.03, dark))
  front(s:limb(0, 0.3, 0.12, 0.055, 0, 1.2, 0.06, 0.045, darker(neck, 0.6)))
  s:board({ -0.09, 1.2, 0.09, 1.2, 0.11, 1.45, -0.11, 1.45 }, 0.02, 0.03, neck)
  for k = -1, 1, 2 do front(s:limb(0.02 * k, -0.2, 0.14, 0.006, 0.02 * k, 1.25, 0.1, 0.006, { 0.85, 0.85, 0.8 })) end
end
function made.drum(s, d)
  local color, rim, r, h = any(d), any(d), d:number(0.5, 0.6), d:number(0.4, 0.7)
  s:tube(0, 0, 0, r, 0, h, 0, r, color)
  s:tube(0, -0.02, 0, r * 1.04, 0, 0.06, 0, r * 1.04, rim)
  s:tube(0, h - 0.05, 0, r * 1.04, 0, h + 0.04, 0, r * 1.04, rim, { 0.93, 0.9, 0.82 })
  local n = d:int(5, 8)
  for k = 1, n do
    local t, u = k * 2 * math.pi / n, (k + 0.5) * 2 * math.pi / n
    s:limb(r * 1.02 * math.cos(t), 0.06, r * 1.02 * math.sin(t), 0.018, r * 1.02 * math.cos(u), h - 0.05,
      r * 1.02 * math.sin(u), 0.018, { 0.9, 0.85, 0.7 })
  end
  for side = -1, 1, 2 do
    if d:chance(0.5) then
      local stick = s:limb(side * 0.5, h + 0.12, 0.3, 0.03, -side * 0.1, h + 0.1, -0.2, 0.025, woods[3])
      stick.depth = stick.depth + 1
    end
  end
end
function made.piano(s, d)
  local color, w = d:chance(0.6) and near(d, dark) or wood(d), d:number(0.7, 0.85)
  s:box(0, 0.6, -0.2, w, 0.6, 0.2, color, { front = { { 0.1, 0.6, 0.9, 0.9, darker(color, 1.3) } } })
  s:box(0, 0.5, 0.14, w, 0.06, 0.17, color)
  local n, keys = d:int(9, 14), {}
  for k = 0, n - 1 do keys[#keys + 1] = { (k + 0.04) / n, 0.05, (k + 0.94) / n, 0.95, { 0.96, 0.95, 0.92 } } end
  for k = 1, n - 1 do if k % 7 ~= 3 and k % 7 ~= 0 then keys[#keys + 1] = { (k - 0.28) / n, 0.4, (k + 0.28) / n, 0.95,
    { 0.05, 0.05, 0.05 } } end end
  s:box(0, 0.585, 0.15, w * 0.92, 0.025, 0.15, dark, { top = keys })
  for side = -1, 1, 2 do s:box(side * w * 0.9, 0.22, 0.24, 0.05, 0.22, 0.05, color) end
end
function made.trumpet(s, d)
  local brass, r = near(d, d:pick { { 0.85, 0.68, 0.25 }, { 0.85, 0.68, 0.25 }, { 0.75, 0.76, 0.78 }, any(d) }),
    d:number(0.26, 0.34)
  s:tube(0.55, 0.12, 0, 0.06, 0.8, 0.12, 0, 0.12, brass, darker(brass, 0.4))
  s:tube(0.8, 0.12, 0, 0.12, 1, 0.12, 0, r, brass, darker(brass, 0.4))
  s:limb(-0.95, 0.12, 0, 0.035, 0.6, 0.12, 0, 0.05, brass)
  s:tube(-1.05, 0.12, 0, 0.08, -0.95, 0.12, 0, 0.04, steel)
  s:rope({ 0.3, -0.16, 0, 0.035, -0.5, -0.16, 0, 0.035, -0.62, -0.02, 0, 0.035, -0.5, 0.12, 0, 0.035 }, brass)
  s:rope({ 0.3, 0.12, 0, 0.035, 0.42, -0.02, 0, 0.035, 0.3, -0.16, 0, 0.035 }, brass)
  for k = -1, 1 do
    s:tube(k * 0.14, -0.22, 0, 0.055, k * 0.14, 0.22, 0, 0.055, brass)
    s:limb(k * 0.14, 0.22, 0, 0.02, k * 0.14, 0.34, 0, 0.02, brass)
  end
end

-- --- buildings ------------------------------------------------------------------------------------------------------

local function roof(s, x, y, z, hx, h, hz, color, gable)
  s:plate({ x - hx, y, z - hz, x + hx, y, z - hz, x + hx, y + h, z, x - hx, y + h, z }, color)
  s:plate({ x - hx, y, z + hz, x + hx, y, z + hz, x + hx, y + h, z, x - hx, y + h, z }, color)
  for side = -1, 1, 2 do s:plate({ x + side * hx * 0.96, y, z - hz, x + side * hx * 0.96, y, z + hz,
    x + side * hx * 0.96, y + h, z }, gable) end
end
local walls = { { 0.85, 0.8, 0.7 }, { 0.7, 0.4, 0.3 }, { 0.92, 0.9, 0.86 }, { 0.75, 0.72, 0.55 }, { 0.6, 0.65, 0.7 } }
local roofs = { { 0.6, 0.25, 0.18 }, { 0.35, 0.3, 0.3 }, { 0.45, 0.3, 0.2 }, { 0.3, 0.38, 0.42 } }
function made.house(s, d)
  local wall, top, door = near(d, d:pick(walls)), near(d, d:pick(roofs)), any(d)
  local x, z, h = d:number(0.6, 0.85), d:number(0.45, 0.6), d:number(0.3, 0.5)
  local panes, n = { { 0.43, 0, 0.57, 0.55, door } }, d:int(1, 2)
  for k = 1, n do
    local y = n == 1 and 0.4 or 0.12 + (k - 1) * 0.45
    for _, u in ipairs { 0.1, 0.72 } do panes[#panes + 1] = { u, y, u + 0.18, y + 0.32, glass } end
  end
  s:box(0, h, 0, x, h, z, wall, { sides = panes, ends = { { 0.35, 0.4, 0.65, 0.75, glass } } })
  roof(s, 0, 2 * h, 0, x * 1.08, d:number(0.35, 0.65), z * 1.1, top, wall)
  if d:chance(0.7) then s:box(x * 0.5, 2 * h + 0.45, -0.1, 0.08, 0.25, 0.08, darker(wall, 0.7)) end
end
function made.church(s, d)
  local wall, top = near(d, d:pick(walls)), near(d, d:pick(roofs))
  local h = d:number(0.35, 0.45)
  s:box(0.3, h, 0, 0.65, h, 0.35, wall, { sides = { { 0.15, 0.3, 0.25, 0.8, glass }, { 0.45, 0.3, 0.55, 0.8, glass },
    { 0.75, 0.3, 0.85, 0.8, glass } } })
  roof(s, 0.3, 2 * h, 0, 0.68, 0.45, 0.4, top, wall)
  local t, w = d:number(0.75, 0.95), 0.26
  s:box(-0.5, t, 0, w, t, w, wall, { sides = { { 0.35, 0.75, 0.65, 0.9, dark } }, ends = { { 0.3, 0, 0.7, 0.25,
    dark }, { 0.35, 0.75, 0.65, 0.9, dark } } })
  s:box(-0.5, 2 * t + 0.4, 0, w * 1.1, 0.4, w * 1.1, top, nil, 0.02)
  s:limb(-0.5, 2 * t + 0.8, 0, 0.02, -0.5, 2 * t + 1.1, 0, 0.02, dark)
  s:limb(-0.58, 2 * t + 1, 0, 0.02, -0.42, 2 * t + 1, 0, 0.02, dark)
end
function made.lighthouse(s, d)
  local a, b, h = near(d, { 0.93, 0.92, 0.9 }), any(d), d:number(1.3, 1.7)
  local n = d:int(3, 6)
  for k = 1, n do
    local y1, y2 = (k - 1) * h / n, k * h / n
    s:tube(0, y1, 0, 0.38 - 0.16 * (k - 1) / n, 0, y2, 0, 0.38 - 0.16 * k / n, k % 2 == 0 and a or b)
  end
  s:tube(0, h, 0, 0.3, 0, h + 0.06, 0, 0.3, dark)
  s:tube(0, h + 0.06, 0, 0.16, 0, h + 0.28, 0, 0.16, lamp)
  s:tube(0, h + 0.28, 0, 0.22, 0, h + 0.46, 0, 0.02, b)
end
function made.windmill(s, d, p)
  local wall, sail, h = near(d, d:pick(walls)), near(d, { 0.9, 0.88, 0.82 }), d:number(0.9, 1.2)
  s:tube(0, 0, 0, 0.42, 0, h, 0, 0.26, wall)
  s:tube(0, h, 0, 0.3, 0, h + 0.3, 0, 0.02, near(d, d:pick(roofs)))
  s:limb(0, h, 0, 0.05, 0, h, 0.42, 0.05, dark)
  local t, long = p:number(0, math.pi / 2), d:number(0.7, 0.9)
  for k = 0, 3 do
    local c, q = math.cos(t + k * math.pi / 2), math.sin(t + k * math.pi / 2)
    local function at(x, y) return c * x - q * y, h + q * x + c * y, 0.42 end
    local out = {}
    for _, xy in ipairs { { 0.15, 0 }, { long, 0 }, { long, 0.2 }, { 0.15, 0.2 } } do
      for _, v in ipairs { at(xy[1], xy[2]) } do out[#out + 1] = v end
    end
    s:plate(out, sail)
    local x, y, z = at(long, 0)
    s:limb(0, h, 0.43, 0.025, x, y, z + 0.01, 0.02, dark)
  end
end
function made.castle(s, d)
  local wall, top = near(d, d:pick { { 0.6, 0.58, 0.55 }, { 0.72, 0.66, 0.55 }, { 0.45, 0.44, 0.46 } }), near(d,
    d:pick(roofs))
  local h, cone = d:number(0.32, 0.42), d:chance(0.5)
  s:box(0, h, 0, 0.7, h, 0.35, wall, { sides = { { 0.4, 0, 0.6, 0.6, dark }, { 0.2, 0.6, 0.25, 0.8, dark }, { 0.75,
    0.6, 0.8, 0.8, dark } } })
  for k = -3, 3 do
    for side = -1, 1, 2 do s:box(k * 0.2, 2 * h + 0.06, side * 0.32, 0.06, 0.06, 0.04, wall) end
  end
  for k = 0, 3 do
    local x, z, t = (k < 2 and 1 or -1) * 0.75, (k % 2 * 2 - 1) * 0.38, h * d:number(2.6, 3.4)
    s:tube(x, 0, z, 0.19, x, t, z, 0.19, wall)
    if cone then s:tube(x, t, z, 0.24, x, t + 0.4, z, 0.01, top)
    else for j = 0, 4 do s:box(x + 0.16 * math.cos(j * 1.257), t + 0.05, z + 0.16 * math.sin(j * 1.257), 0.045, 0.06,
      0.045, wall) end end
  end
  s:limb(0, 2 * h, 0, 0.015, 0, 2 * h + 0.6, 0, 0.015, dark)
  s:plate({ 0, 2 * h + 0.6, 0, 0, 2 * h + 0.38, 0, 0.35, 2 * h + 0.5, 0 }, any(d))
end

return made
