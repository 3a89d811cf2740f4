--- object_grown.lua: fruit, plants, symbols and textures.  Each is a function (s, d, p): the dice d draw the design,
-- the dice p what changes from picture to picture; a texture is (canvas, size, d, p) and covers the picture.
local animals = require "lib.object_animals"
local near, darker, any, spotted = animals.near, animals.darker, animals.any, animals.spotted
local grown, textures = {}, {}

local leaf, bark = { 0.25, 0.5, 0.2 }, { 0.38, 0.26, 0.17 }
local function green(d) return near(d, leaf, 0.14) end

-- A pointed leaf from (x, y, z), long as its vector, wide across.
local function blade(s, x, y, z, dx, dy, dz, wide, color)
  local size = math.sqrt(dx * dx + dz * dz) + 1e-6
  local px, pz = -dz / size * wide, dx / size * wide
  s:plate({ x, y, z, x + dx * 0.45 + px, y + dy * 0.5, z + dz * 0.45 + pz, x + dx, y + dy, z + dz, x + dx * 0.45 - px,
    y + dy * 0.5, z + dz * 0.45 - pz }, color)
end

-- --- fruit ----------------------------------------------------------------------------------------------------------

function grown.apple(s, d, p)
  local skin, r = near(d, d:pick { { 0.78, 0.12, 0.1 }, { 0.5, 0.7, 0.2 }, { 0.9, 0.75, 0.25 }, { 0.65, 0.1,
    0.18 } }), d:number(0.5, 0.6)
  local b = s:ball(0, 0, 0, r, r * d:number(0.82, 0.95), r, skin)
  if d:chance(0.5) then s:spots(b, spotted(d, 7, 0.15, 0.4), near(d, { 0.85, 0.6, 0.2 }, 0.12)) end
  local dip = s:ball(0, r * 0.72, 0, r * 0.3, r * 0.16, r * 0.3, darker(skin, 0.55))
  dip.depth = 0.35
  local lean = p:number(-0.15, 0.15)
  s:limb(0, r * 0.7, 0, 0.035, lean, r * 1.25, 0, 0.03, bark).depth = 0.4
  if d:chance(0.6) then blade(s, lean * 0.5, r, 0.05, 0.4, 0.15, 0.1, 0.12, green(d)) end
end
function grown.pear(s, d)
  local skin, r = near(d, d:pick { { 0.7, 0.75, 0.25 }, { 0.85, 0.75, 0.3 }, { 0.6, 0.45, 0.25 }, { 0.75, 0.4,
    0.25 } }), d:number(0.42, 0.5)
  s:spots(s:ball(0, 0, 0, r, r, r, skin), spotted(d, 12, 0.02, 0.06), darker(skin, 0.6))
  local top, h = r * d:number(0.5, 0.65), d:number(0.5, 0.7)
  s:limb(0, r * 0.2, 0, r * 0.93, 0, h, 0, top, skin).depth = 0.1
  s:ball(0, h, 0, top, top, top, skin).depth = 0.12
  s:limb(0, h + top * 0.7, 0, 0.035, 0.06, h + top * 1.5, 0, 0.03, bark)
end
function grown.banana(s, d)
  local skin, r, n = near(d, d:pick { { 0.93, 0.82, 0.25 }, { 0.75, 0.8, 0.3 }, { 0.85, 0.7, 0.2 } }), d:number(0.75,
    0.95), d:int(1, 3)
  local w = d:number(0.1, 0.14)
  for j = 1, n do
    local points, z = {}, (j - 1) * 0.17
    for k = 0, 9 do
      local t = -2.6 + k * 2.1 / 9
      for _, v in ipairs { r * math.cos(t), r * math.sin(t) + j * 0.04, z, w * math.min(1, 0.4 + k * 0.3,
        0.3 + (9 - k) * 0.35) } do points[#points + 1] = v end
    end
    s:rope(points, darker(skin, 1 - 0.06 * j))
    s:limb(r * math.cos(-0.5), r * math.sin(-0.5) + j * 0.04, z, 0.05, r * math.cos(-0.42), r * math.sin(-0.35), z,
      0.045, { 0.4, 0.32, 0.15 })
    s:ball(r * math.cos(-2.62), r * math.sin(-2.62) + j * 0.04, z, 0.045, 0.045, 0.045, { 0.25, 0.2, 0.12 })
  end
end
function grown.grapes(s, d)
  local skin, r = near(d, d:pick { { 0.35, 0.12, 0.4 }, { 0.65, 0.75, 0.3 }, { 0.5, 0.1, 0.2 }, { 0.15, 0.15,
    0.35 } }), d:number(0.13, 0.17)
  for row = 0, 5 do
    local wide = 0.42 * (1 - row / 6.5)
    local n = math.max(1, math.floor(wide * 17))
    for k = 1, n do
      local t = k * 2 * math.pi / n + row
      s:ball(wide * math.cos(t), -row * r * 1.5, wide * math.sin(t), r, r * 1.05, r, near(d, skin, 0.03))
    end
  end
  s:limb(0, 0, 0, 0.03, 0, 0.45, 0, 0.03, bark)
  blade(s, 0, 0.25, 0, 0.5, 0.1, 0.2, 0.22, green(d))
end
function grown.cherries(s, d, p)
  local skin, r = near(d, d:pick { { 0.75, 0.08, 0.12 }, { 0.4, 0.04, 0.1 }, { 0.9, 0.45, 0.3 } }), d:number(0.24, 0.3)
  local apart = d:number(0.28, 0.36)
  for side = -1, 1, 2 do
    local y = p:number(-0.08, 0.08)
    s:ball(side * apart, y, side * 0.1, r, r * 0.95, r, skin)
    s:rope({ side * apart, y + r * 0.85, side * 0.1, 0.025, side * apart * 0.7, 0.6, 0, 0.022, 0, 0.95, 0, 0.025 },
      { 0.4, 0.5, 0.2 })
  end
  if d:chance(0.7) then blade(s, 0, 0.93, 0, 0.5, 0.1, 0.1, 0.16, green(d)) end
end
function grown.strawberry(s, d)
  local skin, r, h = near(d, { 0.85, 0.13, 0.15 }, 0.08), d:number(0.4, 0.48), d:number(0.45, 0.65)
  local seeds = spotted(d, 45, 0.04, 0.065)
  s:limb(0, 0.05, 0, r * 0.93, 0, -h, 0, 0.1, skin).depth = -0.1
  s:spots(s:ball(0, 0, 0, r, r * 0.85, r, skin), seeds, { 0.95, 0.8, 0.4 }).depth = -0.05
  for _ = 1, 12 do
    local y = -h + (h - 0.1) * d:number(0.1, 1)
    local w = (0.1 + (r - 0.1) * (y + h) / h) * d:number(-0.8, 0.8)
    s:ball(w, y, r * 0.9, 0.022, 0.03, 0.02, { 0.95, 0.8, 0.4 })
  end
  local color = green(d)
  for k = 1, 7 do
    local t = k * 2 * math.pi / 7
    blade(s, 0, r * 0.85, 0, 0.38 * math.cos(t), -0.1, 0.38 * math.sin(t), 0.1, color)
  end
  s:limb(0, r * 0.8, 0, 0.04, 0, r * 1.2, 0, 0.03, color)
end
function grown.pineapple(s, d)
  local skin, r = near(d, d:pick { { 0.8, 0.55, 0.18 }, { 0.6, 0.5, 0.2 } }), d:number(0.36, 0.42)
  local marks = {}
  for row = -4, 4 do
    for k = 1, 12 do
      local e, t = row * 0.33, (k + row % 2 / 2) * math.pi / 6
      marks[#marks + 1] = { math.cos(e) * math.cos(t), math.sin(e), math.cos(e) * math.sin(t), 0.11 }
    end
  end
  s:spots(s:ball(0, 0, 0, r, r * d:number(1.3, 1.6), r, skin), marks, darker(skin, 0.6))
  local color = green(d)
  for k = 1, 14 do
    local t, up = k * 2.4, 0.25 + 0.35 * k / 14
    blade(s, 0, r * 1.25, 0, 0.4 * math.cos(t) * (1.2 - k / 14), up + 0.1, 0.4 * math.sin(t) * (1.2 - k / 14), 0.07,
      near(d, color, 0.04))
  end
end

-- --- plants ---------------------------------------------------------------------------------------------------------

function grown.tree(s, d, p)
  local color, h = near(d, d:pick { leaf, leaf, { 0.4, 0.5, 0.15 }, { 0.7, 0.4, 0.12 } }, 0.1), d:number(0.5, 0.9)
  local w, lean = d:number(0.07, 0.13), p:number(-0.08, 0.08)
  s:limb(0, 0, 0, w * 1.3, lean, h, 0, w, near(d, bark))
  local r, ry = d:number(0.45, 0.65), d:number(0.4, 0.65)
  s:ball(lean, h + ry * 0.7, 0, r * 0.9, ry * 0.9, r * 0.9, darker(color, 0.7))
  animals.fluff(s, d, 30, lean, h + ry * 0.7, 0, r, ry, r, d:number(0.15, 0.22), color)
end
function grown.fir(s, d)
  local color, n, h, r = near(d, { 0.15, 0.36, 0.2 }, 0.1), d:int(3, 5), d:number(1.3, 1.7), d:number(0.45, 0.6)
  s:limb(0, 0, 0, 0.08, 0, 0.4, 0, 0.08, near(d, bark))
  for k = 0, n - 1 do
    local y, w = 0.3 + k * h * 0.75 / n, r * (1 - k / (n + 0.5))
    s:tube(0, y, 0, w, 0, y + h * 0.5, 0, 0.01, near(d, color, 0.03), darker(color, 0.5))
  end
end
function grown.palm(s, d, p)
  local color, h, lean = green(d), d:number(1.1, 1.5), p:number(-0.4, 0.4)
  local points = {}
  for k = 0, 6 do
    for _, v in ipairs { lean * (k / 6) ^ 2, h * k / 6, 0, 0.09 - k * 0.006 } do points[#points + 1] = v end
  end
  s:rope(points, near(d, { 0.5, 0.38, 0.25 }))
  local n = d:int(7, 10)
  for k = 1, n do
    local t, long = k * 2 * math.pi / n + p:number(-0.2, 0.2), d:number(0.6, 0.8)
    local c, q = math.cos(t) * long, math.sin(t) * long
    blade(s, lean, h, 0, c * 0.6, 0.2, q * 0.6, 0.12, color)
    blade(s, lean + c * 0.5, h + 0.18, q * 0.5, c * 0.6, -0.45, q * 0.6, 0.11, near(d, color, 0.04))
  end
end
function grown.flower(s, d, p)
  local petal, heart, n = any(d), near(d, d:pick { { 0.95, 0.8, 0.2 }, { 0.35, 0.22, 0.1 }, { 0.9, 0.5, 0.1 } }),
    d:int(5, 10)
  local r, h, lean = d:number(0.14, 0.22), d:number(0.9, 1.2), p:number(-0.2, 0.2)
  s:rope({ 0, 0, 0, 0.035, lean * 0.4, h * 0.5, 0, 0.03, lean, h, 0, 0.03 }, green(d))
  for k = 1, d:int(1, 3) do blade(s, lean * 0.2, h * 0.2 * k, 0, (k % 2 * 2 - 1) * 0.4, 0.2, 0.1, 0.1, green(d)) end
  local wide, rows = d:number(0.3, 0.42), d:int(1, 2)
  for row = 1, rows do
    for k = 1, n do
      local t = (k + row / 2) * 2 * math.pi / n
      s:ball(lean + wide * math.cos(t) / row, h + wide * math.sin(t) / row, 0.05 * row, r / row ^ 0.3, r / row ^ 0.3,
        0.05, near(d, petal, 0.03))
    end
  end
  s:ball(lean, h, 0.12, wide * 0.5, wide * 0.5, 0.1, heart)
end
function grown.cactus(s, d)
  local color, h, r = near(d, { 0.25, 0.48, 0.25 }, 0.1), d:number(0.9, 1.3), d:number(0.17, 0.25)
  s:limb(0, 0, 0, r, 0, h, 0, r, color)
  for side = -1, 1, 2 do
    if d:chance(0.85) then
      local y, up, x = d:number(0.35, 0.7), d:number(0.25, 0.5), d:number(0.4, 0.55)
      s:rope({ 0, y, 0, r * 0.6, side * x, y, 0, r * 0.6, side * x, y + up, 0, r * 0.55 }, color)
    end
  end
  for _ = 1, 22 do
    local t, y = d:number(0, 6.3), d:number(0, h)
    s:limb(math.cos(t) * r, y, math.sin(t) * r, 0.012, math.cos(t) * r * 1.35, y + 0.04, math.sin(t) * r * 1.35,
      0.006, { 0.9, 0.88, 0.7 })
  end
  if d:chance(0.5) then s:lathe(0, 0, { -0.45, 0.28, 0, 0.38 }, near(d, { 0.7, 0.38, 0.22 })) end
  if d:chance(0.4) then s:ball(0, h + r, 0, 0.12, 0.1, 0.12, any(d)) end
end
function grown.mushroom(s, d)
  local cap, stem = near(d, d:pick { { 0.8, 0.12, 0.1 }, { 0.55, 0.36, 0.2 }, { 0.85, 0.75, 0.6 }, any(d) }), near(d,
    { 0.9, 0.87, 0.78 })
  local r, h, w = d:number(0.45, 0.6), d:number(0.45, 0.8), d:number(0.12, 0.2)
  s:tube(0, 0, 0, w * 1.25, 0, h, 0, w, stem)
  local y, ry = h, r * d:number(0.5, 0.85)
  local b = s:ball(0, y, 0, r, ry, r, cap)
  b.depth = 0.2
  if d:chance(0.6) then s:spots(b, spotted(d, 14, 0.08, 0.2), { 0.95, 0.93, 0.88 }) end
end

-- --- symbols: boards cut to an outline ------------------------------------------------------------------------------

function grown.star(s, d)
  local n, inner, out = d:int(5, 7), d:number(0.38, 0.55), {}
  for k = 0, 2 * n - 1 do
    local r, t = k % 2 == 0 and 0.7 or 0.7 * inner, math.pi / 2 + k * math.pi / n
    out[#out + 1], out[#out + 2] = r * math.cos(t), r * math.sin(t)
  end
  local color = any(d)
  s:board(out, 0, d:number(0.04, 0.15), color, darker(color, 0.6))
end
function grown.heart(s, d)
  local out, wide = {}, d:number(0.9, 1.15)
  for k = 0, 35 do
    local t = k * math.pi / 18
    out[#out + 1] = wide * 0.72 * math.sin(t) ^ 3
    out[#out + 1] = (13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)) / 20
  end
  local color = any(d)
  s:board(out, 0, d:number(0.04, 0.2), color, darker(color, 0.6))
end
function grown.arrow(s, d)
  local w, head, long = d:number(0.1, 0.2), d:number(0.32, 0.48), d:number(0.05, 0.3)
  local color = any(d)
  s:board({ -0.8, -w, long, -w, long, -head, 0.8, 0, long, head, long, w, -0.8, w }, 0, d:number(0.04, 0.12), color,
    darker(color, 0.6))
end
function grown.key(s, d)
  local color, r = near(d, d:pick { { 0.8, 0.65, 0.25 }, { 0.7, 0.7, 0.72 }, { 0.55, 0.38, 0.25 } }), d:number(0.2,
    0.28)
  s:arc(-0.7, 0, r, r, 0, 2 * math.pi, d:pick { 3, 4, 12 }, 0.065, color)
  s:limb(-0.7 + r, 0, 0, 0.055, 0.8, 0, 0, 0.055, color)
  for k = 1, d:int(2, 3) do s:box(0.85 - k * 0.16, -0.14, 0, 0.05, d:number(0.08, 0.16), 0.03, color) end
end
function grown.ring(s, d)
  local color, r, w, points = near(d, d:pick { { 0.85, 0.7, 0.25 }, { 0.75, 0.76, 0.8 }, any(d) }), 0.55,
    d:number(0.06, 0.13), {}
  for k = 0, 20 do
    local t = k * math.pi / 10
    for _, v in ipairs { r * math.cos(t), r * math.sin(t), 0, w } do points[#points + 1] = v end
  end
  s:rope(points, color)
  local g = d:number(0.14, 0.24)
  local gem = any(d)
  s:tube(0, r + w * 0.3, 0, 0.03, 0, r + w + g, 0, g, gem)
  s:tube(0, r + w + g, 0, g, 0, r + w + g * 1.35, 0, g * 0.6, gem)
end

-- --- textures -------------------------------------------------------------------------------------------------------

local function at_random(c, size, p)
  c:translate(size / 2, size / 2):rotate(p:number(-0.5, 0.5) + (p:chance(0.3) and math.pi / 2 or 0)):translate(-size,
    -size)
  return size * 2
end
local function fill(c, x, y, w, h, k) c:rect(x, y, w, h):color(k[1], k[2], k[3]):fill() end

function textures.bricks(c, size, d, p)
  local brick, joint, h = near(d, d:pick { { 0.62, 0.3, 0.22 }, { 0.7, 0.5, 0.35 }, { 0.55, 0.5, 0.48 } }, 0.1),
    near(d, { 0.72, 0.7, 0.65 }, 0.1), size / p:number(5, 11)
  local long, whole = h * d:number(1.8, 2.8), at_random(c, size, p)
  fill(c, 0, 0, whole, whole, joint)
  for row = 0, math.ceil(whole / h) do
    for k = -1, math.ceil(whole / long) do fill(c, (k + row % 2 / 2) * long, row * h, long - h * 0.14, h * 0.86,
      near(p, brick, 0.07)) end
  end
end
function textures.planks(c, size, d, p)
  local plank, w = near(d, d:pick { { 0.6, 0.42, 0.25 }, { 0.4, 0.26, 0.16 }, { 0.75, 0.6, 0.42 }, { 0.55, 0.53,
    0.5 } }), size / p:number(3, 6)
  local whole = at_random(c, size, p)
  for k = 0, math.ceil(whole / w) do
    local color = near(p, plank, 0.06)
    fill(c, 0, k * w, whole, w, color)
    for _ = 1, 6 do
      local y = (k + p:number(0.05, 0.95)) * w
      c:move(0, y):curve(whole * 0.3, y + p:number(-2, 2), whole * 0.6, y + p:number(-2, 2), whole,
        y):color(color[1] * 0.75, color[2] * 0.75, color[3] * 0.75):stroke(w * 0.05)
    end
    c:ellipse(p:number(0, whole), (k + 0.5) * w, w * 0.25, w * 0.14):color(color[1] * 0.6, color[2] * 0.6,
      color[3] * 0.6):fill()
    fill(c, 0, k * w, whole, w * 0.07, darker(plank, 0.35))
  end
end
function textures.chequers(c, size, d, p)
  local a, b, w = any(d), any(d), size / p:number(4, 9)
  local whole, joint = at_random(c, size, p), d:chance(0.5) and w * 0.06 or 0
  fill(c, 0, 0, whole, whole, darker(a, 0.6))
  for i = 0, math.ceil(whole / w) do
    for k = 0, math.ceil(whole / w) do fill(c, i * w, k * w, w - joint, w - joint, near(p,
      (i + k) % 2 == 0 and a or b, 0.03)) end
  end
end
function textures.pebbles(c, size, d, p)
  local stone, r = near(d, d:pick { { 0.55, 0.53, 0.5 }, { 0.65, 0.55, 0.42 }, { 0.4, 0.42, 0.45 } }),
    size / p:number(9, 16)
  fill(c, 0, 0, size, size, darker(stone, 0.4))
  for i = 0, math.ceil(size / r / 1.7) do
    for k = 0, math.ceil(size / r / 1.7) do
      local x, y, q = (i + p:number(-0.25, 0.25)) * r * 1.7, (k + p:number(-0.25, 0.25)) * r * 1.7, r * p:number(0.75,
        1.1)
      local t = near(p, stone, 0.14)
      c:radial(x - q * 0.3, y - q * 0.4, q * 1.5, { { 0, t[1] * 1.2, t[2] * 1.2, t[3] * 1.2 }, { 1, t[1] * 0.5,
        t[2] * 0.5, t[3] * 0.5 } }):ellipse(x, y, q, q * 0.85, p:number(0, 3)):fill()
    end
  end
end
function textures.waves(c, size, d, p)
  local a, b, w = any(d), any(d), size / p:number(5, 10)
  local whole = at_random(c, size, p)
  fill(c, 0, 0, whole, whole, a)
  local up, long = w * d:number(0.3, 0.6), w * d:number(1.5, 3)
  for k = 0, math.ceil(whole / w) do
    c:move(0, k * w)
    for x = 0, whole, long do c:curve(x + long / 3, k * w - up * 2, x + long * 2 / 3, k * w + up * 2, x + long,
      k * w) end
    c:color(b[1], b[2], b[3]):stroke(w * d:number(0.3, 0.5))
  end
end

return { things = grown, textures = textures }
