--- paintings.lua: drawn pictures for style_transfer: what is to stay (contents), and hands to paint it in (styles).
-- All are drawn in units of a hundredth of the height, y down, so that a picture looks the same at every size.
local dice_of = require "lib.dice"
local paintings = { contents = { "coast", "village" }, styles = { "swirls", "facets", "dots", "waves" } }

local sin, cos, pi, max, min = math.sin, math.cos, math.pi, math.max, math.min

--- From colour a to colour b, each {r, g, b}.
local function mix(a, b, t)
  t = max(0, min(1, t))
  return { a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t, a[3] + (b[3] - a[3]) * t }
end

--- A colour of a list of stops, t from 0 to 1.
local function ramp(list, t)
  local at = max(0, min(0.9999, t)) * (#list - 1)
  local k = at // 1
  return mix(list[k + 1], list[k + 2], at - k)
end

local function shaken(dice, color, by)
  local light = dice:number(-by, by)
  local out = {}
  for k = 1, 3 do out[k] = max(0, min(1, color[k] + light + dice:number(-by, by) / 2)) end
  return out
end

local function paint(c, color, alpha) return c:color(color[1], color[2], color[3], alpha or 1) end

--- A smooth random function of a place: some waves of one length, from about -1 to 1.
local function noise(dice, length, count)
  local waves = {}
  for k = 1, count or 6 do
    local a, f = dice:number(0, 2 * pi), 2 * pi / (length * dice:number(0.7, 1.4))
    waves[k] = { f * cos(a), f * sin(a), dice:number(0, 2 * pi) }
  end
  return function(x, y)
    local sum = 0
    for k = 1, #waves do sum = sum + sin(waves[k][1] * x + waves[k][2] * y + waves[k][3]) end
    return sum / (#waves) ^ 0.5
  end
end

--- A closed shape under the line y(x) from x0 to x1, down to `bottom`.
local function under(c, x0, x1, bottom, y)
  local xy = { x0, bottom }
  for k = 0, 60 do
    local x = x0 + (x1 - x0) * k / 60
    xy[#xy + 1], xy[#xy + 2] = x, y(x)
  end
  xy[#xy + 1], xy[#xy + 2] = x1, bottom
  return c:polygon(xy)
end

-- --- contents --------------------------------------------------------------------------------------------------------

local function cloud(c, dice, x, y, size)
  for k = 1, 9 do
    local off = (k - 5) / 4
    local r = size * (1 - off * off * 0.7) * dice:number(0.35, 0.55)
    c:color(1, 0.96, 0.92, 0.75):ellipse(x + off * size, y - r * 0.5, r, r * 0.72):fill()
  end
  c:color(0.86, 0.8, 0.85, 0.6):ellipse(x, y, size * 1.1, size * 0.16):fill()
end

local function tree(c, dice, x, y, size, green)
  c:color(0.32, 0.2, 0.13):polygon { x - size * 0.06, y, x - size * 0.03, y - size * 0.7, x + size * 0.03,
    y - size * 0.7, x + size * 0.06, y }:fill()
  for k = 1, 14 do
    local a, r = dice:number(0, 2 * pi), dice:number(0, 0.3) * size
    paint(c, mix(shaken(dice, green, 0.05), { 0.9, 0.85, 0.4 }, k > 9 and 0.25 or 0))
    c:circle(x + r * cos(a) - (k > 9 and size * 0.06 or 0), y - size * 0.8 + r * sin(a), size * dice:number(0.12, 0.2))
      :fill()
  end
end

local function house(c, x, y, w, h, wall, roof)
  local side = mix(wall, { 0.25, 0.2, 0.3 }, 0.35)
  paint(c, wall):rect(x, y - h, w, h):fill()
  paint(c, side):rect(x + w, y - h, w * 0.45, h):fill()
  paint(c, roof):polygon { x - w * 0.08, y - h, x + w * 0.5, y - h * 1.65, x + w * 0.95, y - h * 1.65, x + w * 1.5,
    y - h, x + w, y - h }:fill()
  paint(c, mix(roof, { 0, 0, 0 }, 0.3)):polygon { x + w, y - h, x + w * 0.95, y - h * 1.65, x + w * 1.5, y - h }:fill()
  c:color(0.2, 0.22, 0.32)
  for k = 0, 1 do c:rect(x + w * (0.15 + 0.45 * k), y - h * 0.78, w * 0.22, h * 0.3):fill() end
  c:color(0.36, 0.2, 0.14):rect(x + w * 0.4, y - h * 0.42, w * 0.2, h * 0.42):fill()
end

--- A lighthouse on a cliff, a boat and the evening sun over the sea.
local function coast(c, w, dice)
  c:linear(0, 0, 0, 58, { { 0, 0.25, 0.45, 0.75 }, { 0.55, 0.62, 0.76, 0.88 }, { 1, 0.99, 0.83, 0.62 } })
  c:rect(0, 0, w, 100):fill()
  c:radial(w * 0.68, 47, 45, { { 0, 1, 0.9, 0.6, 0.9 }, { 0.25, 1, 0.8, 0.5, 0.5 }, { 1, 1, 0.8, 0.6, 0 } })
  c:rect(0, 0, w, 58):fill()
  c:color(1, 0.95, 0.78):circle(w * 0.68, 47, 6.5):fill()
  cloud(c, dice, w * 0.5, 17, 15)
  cloud(c, dice, w * 0.86, 27, 12)
  cloud(c, dice, w * 0.12, 30, 10)
  local far = noise(dice, 30)
  paint(c, { 0.5, 0.52, 0.68 })
  under(c, 0, w, 60, function(x) return 52 - 5 * math.exp(-((x - w * 0.35) / 20) ^ 2) + far(x, 0) end):fill()
  c:linear(0, 56, 0, 100, { { 0, 0.55, 0.68, 0.75 }, { 0.35, 0.2, 0.46, 0.62 }, { 1, 0.06, 0.22, 0.4 } })
  c:rect(0, 56, w, 44):fill()
  for _ = 1, 150 do                                                    -- ripples, those under the sun lit
    local y = 57 + 43 * dice:number() ^ 1.5
    local x, reach = dice:number(0, w), (y - 50) * 0.14
    local lit = math.abs(x - w * 0.68) < 4 + (y - 56) * 0.25
    paint(c, lit and { 1, 0.87, 0.6 } or shaken(dice, { 0.35, 0.6, 0.72 }, 0.12), lit and 0.85 or 0.5)
    c:ellipse(x, y, reach, reach * 0.12 + 0.2):fill()
  end
  local x, y = w * 0.8, 72                                             -- the boat
  c:color(0.35, 0.14, 0.12):polygon { x - 8, y - 1, x + 8, y - 1, x + 5, y + 3, x - 5, y + 3 }:fill()
  c:color(0.98, 0.95, 0.88):polygon { x - 0.5, y - 2, x - 0.5, y - 22, x + 8.5, y - 3 }:fill()
  c:color(0.85, 0.35, 0.22):polygon { x - 1.5, y - 2, x - 1.5, y - 19, x - 7.5, y - 3 }:fill()
  paint(c, { 0.45, 0.36, 0.34 })                                       -- the cliff and the grass on it
  c:polygon { 0, 100, 0, 58, w * 0.2, 56, w * 0.33, 60, w * 0.38, 68, w * 0.37, 78, w * 0.45, 86, w * 0.47, 100 }:fill()
  for _ = 1, 26 do
    local px, py = dice:number(0, w * 0.4), dice:number(66, 98)
    paint(c, shaken(dice, { 0.36, 0.28, 0.28 }, 0.1), 0.7)
    c:polygon { px, py, px + 5, py + 1, px + 3, py + 6, px - 2, py + 5 }:fill()
  end
  paint(c, { 0.36, 0.52, 0.24 })
  c:polygon { 0, 64, 0, 55, w * 0.2, 54, w * 0.34, 59, w * 0.38, 66, w * 0.3, 64, w * 0.2, 66, w * 0.1, 63 }:fill()
  x, y = w * 0.2, 57                                                   -- the lighthouse
  local function half(v) return 3.2 + 1.6 * (y - v) / -38 + 1.6 end
  for k = 0, 5 do
    local a, b = y - k * 38 / 6, y - (k + 1) * 38 / 6
    paint(c, k % 2 == 0 and { 0.97, 0.95, 0.9 } or { 0.83, 0.2, 0.17 })
    c:polygon { x - half(a), a, x + half(a), a, x + half(b), b, x - half(b), b }:fill()
    c:color(0.1, 0.08, 0.2, 0.28):polygon { x + 1, a, x + half(a), a, x + half(b), b, x + 1, b }:fill()
  end
  c:color(0.2, 0.2, 0.25):rect(x - 4.4, 18, 8.8, 1.6):fill()
  c:color(1, 0.93, 0.55):rect(x - 2.4, 12.5, 4.8, 5.5):fill()
  c:color(0.75, 0.16, 0.14):polygon { x - 3.6, 12.5, x + 3.6, 12.5, x, 7.5 }:fill()
  house(c, w * 0.04, 59, 8, 6.5, { 0.95, 0.9, 0.8 }, { 0.7, 0.3, 0.2 })
  c:color(0.2, 0.2, 0.3)
  for k = 0, 4 do                                                      -- gulls
    local gx, gy = w * 0.42 + k * 5.5, 28 + (k * 7) % 9
    c:move(gx - 2, gy - 0.8):curve(gx - 1, gy - 1.6, gx - 0.4, gy - 0.8, gx, gy):curve(gx + 0.4, gy - 0.8, gx + 1,
      gy - 1.6, gx + 2, gy - 0.8):stroke(0.5)
  end
end

--- A village with a church between hills and trees.
local function village(c, w, dice)
  c:linear(0, 0, 0, 55, { { 0, 0.36, 0.6, 0.87 }, { 1, 0.9, 0.93, 0.9 } }):rect(0, 0, w, 100):fill()
  cloud(c, dice, w * 0.22, 20, 14)
  cloud(c, dice, w * 0.76, 14, 17)
  for k, layer in ipairs { { 46, 9, 0.58, 0.66, 0.78 }, { 52, 6, 0.5, 0.64, 0.52 }, { 58, 4, 0.47, 0.6, 0.3 } } do
    local rough = noise(dice, 70 - 12 * k, 4)
    c:color(layer[3], layer[4], layer[5])
    under(c, 0, w, 100, function(x) return layer[1] + layer[2] * rough(x, 0) * 0.6 end):fill()
  end
  c:linear(0, 62, 0, 100, { { 0, 0.6, 0.68, 0.3 }, { 1, 0.3, 0.45, 0.17 } })
  under(c, 0, w, 100, function(x) return 66 + 2 * sin(x / 15) end):fill()
  c:color(0.88, 0.78, 0.58):polygon { w * 0.36, 100, w * 0.5, 84, w * 0.46, 76, w * 0.53, 67, w * 0.56, 67, w * 0.52,
    76, w * 0.58, 84, w * 0.56, 100 }:fill()
  for k = 0, 6 do
    local x = w * (0.06 + 0.125 * k)
    if k ~= 3 then
      house(c, x, 71 + 3 * sin(k * 2.1), dice:number(8, 10), dice:number(7, 9), shaken(dice, { 0.92, 0.82, 0.68 },
        0.08), shaken(dice, { 0.7, 0.3, 0.22 }, 0.1))
    end
  end
  local x = w * 0.5                                                    -- the church
  house(c, x - 9, 69, 14, 11, { 0.95, 0.92, 0.86 }, { 0.42, 0.36, 0.42 })
  c:color(0.9, 0.86, 0.78):rect(x - 13, 41, 7, 28):fill()
  c:color(0.6, 0.55, 0.55):rect(x - 8.5, 41, 2.5, 28):fill()
  c:color(0.33, 0.3, 0.4):polygon { x - 14, 41, x - 9.5, 22, x - 5, 41 }:fill()
  c:color(0.95, 0.85, 0.5):circle(x - 10.2, 47, 1.7):fill()
  for _, t in ipairs { { 0.03, 80, 16 }, { 0.17, 86, 20 }, { 0.3, 79, 12 }, { 0.72, 82, 17 }, { 0.88, 88, 24 },
    { 0.97, 79, 15 } } do tree(c, dice, w * t[1], t[2], t[3], { 0.22, 0.42, 0.18 }) end
  for _ = 1, 220 do                                                    -- grass and flowers
    local px, py = dice:number(0, w), dice:number(80, 100)
    local path = math.abs(px - w * 0.5) < w * 0.1
    if not path then
      local bloom = dice:chance(0.25)
      paint(c, bloom and dice:pick { { 0.95, 0.85, 0.3 }, { 0.9, 0.35, 0.3 }, { 0.97, 0.95, 0.95 } }
        or shaken(dice, { 0.36, 0.52, 0.2 }, 0.1))
      if bloom then c:circle(px, py, 0.7):fill() else c:move(px, py):line(px + 0.6, py - 2.4):stroke(0.4) end
    end
  end
end

-- --- styles ----------------------------------------------------------------------------------------------------------

--- Long strokes that follow the eddies of a night sky, as van Gogh laid them.
local function swirls(c, w, dice)
  local eddies = {}
  for k = 1, 9 do
    eddies[k] = { x = w * ((k - 0.5) / 9 + dice:number(-0.04, 0.04)), y = 12 + (k * 37) % 62 + dice:number(-5, 5),
      r = dice:number(9, 17), turn = k % 2 == 0 and 1 or -1, warm = k % 3 ~= 2 }
  end
  local drift, tone = noise(dice, 70, 4), noise(dice, 22, 5)
  local night = { { 0.05, 0.1, 0.3 }, { 0.1, 0.22, 0.52 }, { 0.2, 0.42, 0.7 }, { 0.52, 0.72, 0.82 } }
  local glow = { { 1, 0.97, 0.8 }, { 0.99, 0.84, 0.35 }, { 0.9, 0.66, 0.2 }, { 0.42, 0.6, 0.62 }, { 0.62, 0.78, 0.84 },
    { 0.14, 0.28, 0.58 } }
  local cold = { { 0.9, 0.96, 0.94 }, { 0.55, 0.77, 0.84 }, { 0.2, 0.45, 0.72 }, { 0.8, 0.88, 0.86 },
    { 0.16, 0.32, 0.62 } }
  local function flow(x, y)
    local a = 0.5 * drift(x, y)
    local u, v = cos(a), sin(a)
    for _, e in ipairs(eddies) do
      local dx, dy = x - e.x, y - e.y
      local r = (dx * dx + dy * dy) ^ 0.5 + 1e-6
      local pull = 3 * math.exp(-(r / e.r) ^ 2) * e.turn
      u, v = u - dy / r * pull, v + dx / r * pull
    end
    local n = (u * u + v * v) ^ 0.5 + 1e-6
    return u / n, v / n
  end
  local function color(x, y)
    local out = ramp(night, 0.42 + 0.33 * tone(x, y))
    for _, e in ipairs(eddies) do
      local r = ((x - e.x) ^ 2 + (y - e.y) ^ 2) ^ 0.5 / e.r
      if r < 1.1 then out = mix(ramp(e.warm and glow or cold, r / 1.1), out, (r - 0.8) / 0.3) end
    end
    return out
  end
  c:clear(0.07, 0.13, 0.34)
  for layer = 1, 3 do
    local reach, thick = 15 - 3 * layer, 2.6 - 0.55 * layer
    for _ = 1, 9 * w * layer do
      local x, y = dice:number(-3, w + 3), dice:number(-3, 103)
      paint(c, shaken(dice, color(x, y), 0.07)):move(x, y)
      for _ = 1, 8 do
        local u, v = flow(x, y)
        x, y = x + u * reach / 8, y + v * reach / 8
        c:line(x, y)
      end
      c:stroke(thick * dice:number(0.7, 1.1))
    end
  end
end

--- The two parts of a convex shape {x1, y1, ...} left and right of a line through a point.
local function cut(xy, px, py, a)
  local left, right, n = {}, {}, #xy // 2
  local function side(i) return (xy[2 * i - 1] - px) * sin(a) - (xy[2 * i] - py) * cos(a) end
  for i = 1, n do
    local j = i % n + 1
    local s, t = side(i), side(j)
    local to = s < 0 and left or right
    to[#to + 1], to[#to + 2] = xy[2 * i - 1], xy[2 * i]
    if (s < 0) ~= (t < 0) then
      local f = s / (s - t)
      for _, part in ipairs { left, right } do
        part[#part + 1] = xy[2 * i - 1] + f * (xy[2 * j - 1] - xy[2 * i - 1])
        part[#part + 1] = xy[2 * i] + f * (xy[2 * j] - xy[2 * i])
      end
    end
  end
  return left, right
end

local function area_and_centre(xy)
  local area, x, y, n = 0, 0, 0, #xy // 2
  for i = 1, n do
    local j = i % n + 1
    area = area + xy[2 * i - 1] * xy[2 * j] - xy[2 * j - 1] * xy[2 * i]
    x, y = x + xy[2 * i - 1] / n, y + xy[2 * i] / n
  end
  return math.abs(area) / 2, x, y
end

--- Planes that break and shade each other, as Braque and Picasso built them.
local function facets(c, w, dice)
  local parts = { { 0, 0, w, 0, w, 100, 0, 100 } }
  local angles = { 0.3, 0.9, 1.75, 2.5 }
  for _ = 1, 190 do
    local best, most = 1, 0
    for k, xy in ipairs(parts) do                                      -- the larger, the likelier
      local score = area_and_centre(xy) * dice:number(0.15, 1)
      if score > most then best, most = k, score end
    end
    local _, x, y = area_and_centre(parts[best])
    local left, right = cut(parts[best], x + dice:number(-2, 2), y + dice:number(-2, 2),
      dice:pick(angles) + dice:number(-0.25, 0.25))
    if #left > 4 and #right > 4 then parts[best], parts[#parts + 1] = left, right end
  end
  local palette = { { 0.8, 0.63, 0.36 }, { 0.9, 0.8, 0.58 }, { 0.52, 0.38, 0.24 }, { 0.35, 0.38, 0.4 },
    { 0.6, 0.63, 0.6 }, { 0.24, 0.2, 0.18 }, { 0.68, 0.36, 0.2 }, { 0.42, 0.52, 0.5 } }
  for _, xy in ipairs(parts) do
    local area, x, y = area_and_centre(xy)
    local reach, a = area ^ 0.5 * 0.7, dice:number(0, 2 * pi)
    local base = shaken(dice, dice:pick(palette), 0.05)
    local light, dark = mix(base, { 1, 0.95, 0.8 }, 0.45), mix(base, { 0.1, 0.08, 0.08 }, 0.5)
    c:linear(x - reach * cos(a), y - reach * sin(a), x + reach * cos(a), y + reach * sin(a),
      { { 0, light[1], light[2], light[3] }, { 0.5, base[1], base[2], base[3] }, { 1, dark[1], dark[2], dark[3] } })
    c:polygon(xy):fill(true):color(0.13, 0.1, 0.09):stroke(dice:number(0.4, 1))
  end
  for _ = 1, 16 do                                                     -- curves of an instrument
    local x, y, a = dice:number(0, w), dice:number(0, 100), dice:number(0, 2 * pi)
    c:color(0.1, 0.08, 0.08, 0.8):arc(x, y, dice:number(5, 16), a, a + dice:number(1.2, 2.6)):stroke(0.9)
  end
  for _ = 1, 5 do
    local x, y, a = dice:number(0, w), dice:number(0, 100), dice:pick(angles)
    for k = 0, 4 do
      local u, v = x - k * 1.3 * sin(a), y + k * 1.3 * cos(a)
      c:color(0.12, 0.1, 0.1, 0.75):move(u, v):line(u + 24 * cos(a), v + 24 * sin(a)):stroke(0.35)
    end
  end
end

--- Dots of pure colours that the eye blends, as Seurat set them.
local function dots(c, w, dice)
  local tone, patch = noise(dice, 40, 4), noise(dice, 24, 5)
  local bands = { { { 0.98, 0.86, 0.62 }, { 0.62, 0.77, 0.92 } }, { { 0.3, 0.5, 0.28 }, { 0.16, 0.3, 0.42 } },
    { { 0.93, 0.83, 0.36 }, { 0.5, 0.68, 0.26 } }, { { 0.9, 0.5, 0.32 }, { 0.46, 0.3, 0.55 } } }
  local spice = { { 0.95, 0.45, 0.2 }, { 0.25, 0.35, 0.75 }, { 0.98, 0.85, 0.35 }, { 0.55, 0.3, 0.6 },
    { 0.35, 0.65, 0.4 } }
  c:clear(0.97, 0.93, 0.84)
  local gap = 1.15
  for layer = 1, 2 do
    for row = 0, 100 / gap do
      for column = 0, w / gap do
        local x = (column + 0.5 * (row % 2)) * gap + dice:number(-0.4, 0.4)
        local y = row * gap + dice:number(-0.4, 0.4)
        local at = max(0, min(3.999, (y / 100 + 0.09 * tone(x, y)) * 4))
        local band = bands[(at // 1) + 1]
        local color = mix(band[1], band[2], 0.5 + 0.6 * patch(x, y))
        if dice:chance(0.22) then color = dice:pick(spice) end
        if layer == 1 or dice:chance(0.35) then
          paint(c, shaken(dice, color, 0.07)):circle(x, y, dice:number(0.45, 0.68)):fill()
        end
      end
    end
  end
end

--- Waves in bands of Prussian blue with claws of foam, as Hokusai cut them.
local function waves(c, w, dice)
  c:linear(0, 0, 0, 100, { { 0, 0.87, 0.82, 0.68 }, { 1, 0.96, 0.91, 0.78 } }):rect(0, 0, w, 100):fill()
  local ink, deep, mid, pale, foam = { 0.05, 0.09, 0.2 }, { 0.1, 0.2, 0.42 }, { 0.25, 0.42, 0.62 }, { 0.6, 0.75, 0.8 },
    { 0.98, 0.96, 0.9 }
  local tints = { foam, deep, mid, deep, pale, deep, mid, deep, mid }
  for layer = 0, 6 do
    local base, long, high = 14 + layer * 14.5, dice:number(26, 40), dice:number(8, 13)
    local shift, lean = dice:number(0, 60), dice:number(0.2, 0.6)
    local function crest(down)                                         -- a trochoid: round below, sharp above
      local xy = { -60, 130 }
      for k = -60, 60 + 8 * w // 1 do
        local t = k / 8 / long * 2 * pi + shift
        local flat = 1 / (1 + down * 0.1)
        xy[#xy + 1] = k / 8 + high * flat * (0.75 * sin(t) + lean * cos(t))
        xy[#xy + 1] = base + down - high * flat * cos(t + 0.12 * sin(2 * t))
      end
      xy[#xy + 1], xy[#xy + 2] = w + 60, 130
      return xy
    end
    for k, tint in ipairs(tints) do
      local xy = crest((k - 1) * 2.3)
      paint(c, tint):polygon(xy):fill(true)
      paint(c, ink):stroke(k == 1 and 0.9 or 0.45)
      if k == 1 then
        for i = 3, #xy - 4, 10 do                                      -- claws and spray where the crest is high
          local height = (base - xy[i + 1]) / high
          if height > 0.1 then
            local r = 0.6 + 1.3 * height * dice:number(0.6, 1)
            paint(c, foam):circle(xy[i] + 0.6, xy[i + 1] - 0.2, r):fill(true):color(ink[1], ink[2], ink[3]):stroke(0.35)
            if dice:chance(0.5) then
              paint(c, foam):circle(xy[i] + dice:number(-4, 5), xy[i + 1] - dice:number(2, 7), dice:number(0.25, 0.6))
                :fill()
            end
          end
        end
      end
    end
  end
end

local drawn = { coast = coast, village = village, swirls = swirls, facets = facets, dots = dots, waves = waves }

--- paintings.draw(name, h, w, seed) -> f32 [h, w, 3] of 0..1, or nil for a name that is none of ours.
function paintings.draw(name, h, w, seed)
  if not drawn[name] then return nil end
  local c = draw.canvas(2 * h, 2 * w):scale(2 * h / 100):round()
  drawn[name](c, 100 * w / h, dice_of(tensor.rng(seed)))
  return data.image.resize(c:tensor(), h, w):to "f32" / 255
end

return paintings
