--- object_alpacas.lua: alpacas, and what is easily taken for one: kept for a second task, in no class of objects.names.
local animals = require "lib.object_animals"
local near, darker, any, quadruped = animals.near, animals.darker, animals.any, animals.quadruped
local alpacas, black = {}, { 0.06, 0.05, 0.05 }

local wools = { { 0.9, 0.86, 0.78 }, { 0.72, 0.52, 0.34 }, { 0.45, 0.3, 0.2 }, { 0.25, 0.22, 0.2 }, { 0.62, 0.58,
  0.55 }, { 0.82, 0.7, 0.5 } }

--- An alpaca: woolly all over, an upright neck, a short face, spear-shaped ears and a tuft between them.
function alpacas.alpaca(s, d, p)
  local wool = near(d, d:pick(wools))
  local shorn = d:chance(0.15) and 0.6 or 1
  local a = quadruped(s, p, { body = { d:number(0.7, 0.85), d:number(0.3, 0.36) }, legs = { d:number(0.5, 0.65),
    d:number(0.075, 0.1) },
    neck = { d:number(0.6, 0.75), 1.25, d:number(0.15, 0.18) }, head = { d:number(0.17, 0.2), d:number(0.05, 0.1),
      0.1 }, ears = "spear", ear = d:number(0.9, 1.1),
    tail = "stub", coat = wool, snout = d:chance(0.5) and near(d, d:pick(wools)) or nil })
  local n, h = a.neck, a.head
  animals.fluff(s, d, 22, 0, a.y, 0, 0.62, 0.26, 0.24, 0.17 * shorn, wool)
  for k = 0, 4 do
    local t = k / 5
    animals.fluff(s, d, 3, n[1] + (n[4] - n[1]) * t, n[2] + (n[5] - n[2]) * t, n[6] * t, 0.09, 0.09, 0.09,
      0.12 * shorn, wool)
  end
  animals.fluff(s, d, 6, h[1] - 0.02, h[2] + h[4] * 0.75, h[3], 0.08, 0.05, 0.08, 0.1, wool)
  for k = 0, 3 do s:ball((k < 2 and 1 or -1) * 0.38, 0.48, (k % 2 * 2 - 1) * 0.17, 0.14, 0.18, 0.13, wool) end
end

local others = {}
--- What is easily taken for one: a llama (smooth, longer face, ears like bananas), a sheep, a goat, a camel, a poodle.
function others.llama(s, d, p)
  local coat = near(d, d:pick(wools))
  local a = quadruped(s, p, { body = { d:number(0.8, 0.95), d:number(0.29, 0.34) }, legs = { d:number(0.7, 0.85),
    0.075 },
    neck = { d:number(0.65, 0.85), 1.25, d:number(0.12, 0.15) }, head = { 0.16, d:number(0.2, 0.3), 0.09 },
      ears = "banana",
    ear = d:number(1, 1.3), tail = "bush", tailed = 0.5, coat = coat, face = d:chance(0.4) and near(d,
      d:pick(wools)) or coat, graze = true })
  if d:chance(0.6) then animals.fluff(s, d, 14, 0, a.y + 0.05, 0, 0.55, 0.22, 0.22, 0.14, coat) end
  if d:chance(0.3) then s:box(0, a.y + 0.3, 0, 0.3, 0.05, 0.34, any(d)) end
end
function others.sheep(s, d, p)
  local wool = near(d, d:pick(wools))
  local a = quadruped(s, p, { body = { d:number(0.75, 0.95), d:number(0.34, 0.4) }, legs = { d:number(0.4, 0.5), 0.06 },
    neck = { d:number(0.28, 0.4), d:number(0.5, 0.8), 0.16 }, head = { 0.17, d:number(0.12, 0.2), 0.1 },
      ears = d:pick { "side", "flop" }, tail = "stub", coat = wool,
    face = d:chance(0.5) and black or near(d, wool, 0.1), limbs = d:chance(0.5) and black or nil, graze = true })
  animals.fluff(s, d, 26, 0, a.y, 0, 0.66, 0.3, 0.28, 0.17, wool)
  local h = a.head
  if d:chance(0.5) then animals.fluff(s, d, 5, h[1] - 0.05, h[2] + 0.12, h[3], 0.08, 0.05, 0.08, 0.09, wool) end
end
function others.goat(s, d, p)
  local coat = near(d, d:pick(wools))
  local a = quadruped(s, p, { body = { d:number(0.75, 0.9), d:number(0.29, 0.34) }, legs = { d:number(0.5, 0.65),
    0.06 },
    neck = { d:number(0.35, 0.5), 0.95, 0.14 }, head = { 0.16, d:number(0.14, 0.22), 0.09 }, ears = d:pick { "side",
      "flop", "spear" }, tail = "stub", coat = coat, graze = true })
  local h, n, long = a.head, a.nose, d:number(0.2, 0.45)
  for side = -1, 1, 2 do
    s:rope({ h[1], h[2] + 0.12, h[3] + side * 0.07, 0.045, h[1] - 0.08, h[2] + 0.12 + long, h[3] + side * 0.14, 0.035,
      h[1] - 0.25, h[2] + 0.1 + long * 1.1,
      h[3] + side * 0.2, 0.01 }, { 0.4, 0.35, 0.28 })
  end
  s:tube(n[1] - 0.04, n[2] - 0.05, n[3], 0.06, n[1] - 0.06, n[2] - 0.3, n[3], 0.01, darker(coat, 0.8))
  if d:chance(0.5) then animals.fluff(s, d, 12, 0, a.y - 0.1, 0, 0.55, 0.22, 0.22, 0.13, coat) end
end
function others.camel(s, d, p)
  local coat = near(d, { 0.74, 0.56, 0.36 }, 0.1)
  local a = quadruped(s, p, { body = { d:number(0.85, 1), d:number(0.33, 0.38) }, legs = { d:number(0.8, 0.95), 0.075 },
    neck = { d:number(0.65, 0.85), 0.85, 0.13 }, head = { 0.15, d:number(0.18, 0.26), 0.1 }, ears = "round",
      ear = 0.6, tail = "thin", coat = coat, graze = true })
  local two = d:chance(0.5)
  for k = two and -1 or 0, two and 1 or 0, 2 do s:ball(k * 0.32, a.y + 0.33, 0, two and 0.2 or 0.3, d:number(0.25,
    0.36), 0.18, darker(coat, 0.85)) end
end
function others.poodle(s, d, p)
  local wool = near(d, d:pick(wools))
  local a = quadruped(s, p, { body = { d:number(0.6, 0.75), 0.25 }, legs = { d:number(0.5, 0.65), 0.05 },
    neck = { d:number(0.4, 0.5), 1.15, 0.12 },
    head = { 0.16, d:number(0.16, 0.24), 0.07 }, ears = "flop", tail = "up", coat = wool })
  local h = a.head
  animals.fluff(s, d, 14, 0.25, a.y, 0, 0.25, 0.25, 0.22, 0.15, wool)
  animals.fluff(s, d, 7, h[1] - 0.03, h[2] + 0.14, h[3], 0.09, 0.07, 0.09, 0.1, wool)
  for k = 0, 3 do animals.fluff(s, d, 4, (k < 2 and 1 or -1) * 0.33, 0.15, (k % 2 * 2 - 1) * 0.14, 0.05, 0.07, 0.05,
    0.08, wool) end
end
local kinds = { "llama", "sheep", "goat", "goat", "camel", "camel", "poodle", "poodle" }
alpacas["not alpaca"] = function(s, d, p) others[d:pick(kinds)](s, d, p) end

return alpacas
