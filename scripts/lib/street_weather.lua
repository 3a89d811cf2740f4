--- street_weather.lua: the light over a street: day, low sun, overcast, haze, rain and dusk; the sky, the rain, and
-- what the camera adds.
local weather = {}

weather.kinds = { "day", "low sun", "overcast", "haze", "rain", "dusk" }

local function mix(a, b, k)
  return { a[1] + (b[1] - a[1]) * k, a[2] + (b[2] - a[2]) * k, a[3] + (b[3] - a[3]) * k }
end

-- Of each kind: the sky above and at the horizon, tint of all colours, ambient light, sun, and how far one sees (m).
local kinds = {
  day = { { 0.25, 0.48, 0.85 }, { 0.72, 0.83, 0.94 }, { 1, 1, 1 }, 0.62, 0.5, { 500, 1500 } },
  ["low sun"] = { { 0.38, 0.5, 0.78 }, { 0.97, 0.84, 0.66 }, { 1.06, 0.96, 0.82 }, 0.5, 0.62, { 350, 900 } },
  overcast = { { 0.62, 0.66, 0.7 }, { 0.8, 0.82, 0.84 }, { 0.88, 0.9, 0.93 }, 0.85, 0.06, { 250, 700 } },
  haze = { { 0.74, 0.76, 0.78 }, { 0.82, 0.83, 0.83 }, { 0.92, 0.93, 0.93 }, 0.85, 0.04, { 60, 140 } },
  rain = { { 0.42, 0.46, 0.52 }, { 0.6, 0.63, 0.66 }, { 0.74, 0.78, 0.84 }, 0.85, 0, { 120, 260 } },
  dusk = { { 0.12, 0.15, 0.32 }, { 0.66, 0.45, 0.4 }, { 0.64, 0.6, 0.74 }, 0.82, 0.08, { 200, 600 } },
}

--- weather.light(dice, kind): the light of a moment; kind is drawn when it is not given.
function weather.light(dice, kind)
  kind = kind or dice:pick(weather.kinds)
  local k = assert(kinds[kind], kind)
  local bright = dice:number(0.82, 1.12) * (kind == "dusk" and dice:number(0.75, 1.2) or 1)
  local low = kind == "low sun" and dice:number(0.25, 0.5) or dice:number(0.7,
    1.2)        -- radians above the horizon
  local round = dice:number(0, 2 * math.pi)
  local tint = { k[3][1] * bright * dice:number(0.95, 1.05), k[3][2] * bright, k[3][3] * bright * dice:number(0.95,
    1.05) }
  local horizon = mix(k[2], { dice:number(0.3, 1), dice:number(0.4, 0.9), dice:number(0.5, 1) }, 0.12)
  return {
    kind = kind, top = mix(k[1], { dice:number(), dice:number(), dice:number(0.3, 1) }, 0.1), horizon = horizon,
    tint = tint, ambient = k[4] * dice:number(0.9, 1.1), sun = k[5] * dice:number(0.8, 1.15),
    to = { math.cos(low) * math.cos(round), math.cos(low) * math.sin(round), math.sin(low) },
    haze = mix(horizon, k[1], 0.15), sight = dice:number(k[6][1], k[6][2]),
    lamps = kind == "dusk" and 1 or (kind == "rain" or kind == "haze") and 0.6 or 0,
    wet = kind == "rain" and 1 or 0, shadow = k[5] > 0.3 and dice:number(0.35, 0.6) or 0.16,
    clouds = dice:chance(0.7) and dice:int(2, 7) or 0, cloud_seed = dice:int(1, 1000000),
    noise = dice:number(0.006, 0.018) * (kind == "dusk" and 1.4 or 1), soft = dice:chance(0.3) and dice:number(0.2,
      0.8) or 0,
  }
end

-- A few numbers of 0..1 from a whole one: clouds keep their shapes from frame to frame.
local function hash(seed, i)
  local x = math.sin(seed * 12.9898 + i * 78.233) * 43758.5453
  return x - math.floor(x)
end

--- The sky down to the horizon, its clouds, and the sun where it is before the camera.  turn: the camera's heading.
function weather.sky(view, class, turn, time)
  local l, c, w = view.light, view.picture, view.w
  local high = view.cv
  local top, horizon = l.top, l.horizon
  c:linear(0, high - view.h * 0.75, 0, high, { { 0, top[1], top[2], top[3] }, { 1, horizon[1], horizon[2],
    horizon[3] } })
  c:rect(-w, -view.h, 3 * w, 3 * view.h):fill()
  view.map:color(class / 255, 0, 0):rect(-w, -view.h, 3 * w, 3 * view.h):fill()
  local bearing = math.atan(l.to[2], l.to[1])
  if l.sun > 0.3 and math.abs(bearing) < 0.9 then
    local u, v = view.cu + view.f * (math.tan(bearing) - turn), view.cv - view.f * l.to[3]
    c:radial(u, v, view.h * 0.7, { { 0, 1, 0.97, 0.85, 0.95 }, { 0.08, 1, 0.95, 0.8, 0.6 }, { 1, 1, 0.9, 0.7, 0 } })
    c:rect(-w, -view.h, 3 * w, 3 * view.h):fill()
  end
  for i = 1, l.clouds do
    local function h(k) return hash(l.cloud_seed, i * 31 + k) end
    local u = ((h(1) * 3 - 1) * w - turn * view.f + time * 0.3 * (0.5 + h(2))) % (3 * w) - w
    local v, size = high - view.h * (0.08 + 0.5 * h(3)), w * (0.06 + 0.14 * h(4))
    local white = 0.55 + 0.45 * h(5)
    for k = 1, 5 do
      c:ellipse(u + size * (h(5 + k) - 0.5) * 2.4, v + size * (h(10 + k) - 0.5) * 0.4, size * (0.4 + 0.5 * h(15 + k)),
        size * (0.14 + 0.16 * h(20 + k)))
      c:color(horizon[1] * 0.4 + 0.6 * white * l.tint[1], horizon[2] * 0.4 + 0.6 * white * l.tint[2],
        horizon[3] * 0.4 + 0.6 * white * l.tint[3], 0.28):fill()
    end
  end
end

--- Rain in the air before the lens.
function weather.rain(view, dice)
  if view.light.wet == 0 then return end
  local c, w, h = view.picture, view.w, view.h
  local lean = dice:number(-0.25, 0.25)
  for layer = 1, 2 do
    for _ = 1, 45 do
      local x, y, l = dice:number(0, w), dice:number(-8, h), dice:number(3, 9) * layer
      c:move(x, y):line(x + lean * l, y + l)
    end
    c:color(0.85, 0.88, 0.92, 0.22):stroke(0.35 * layer)
  end
end

--- weather.photograph(pictures [n, h, w, 3] of 0..1, lights, rng): darker corners, a blur in some, a sensor's noise.
function weather.photograph(x, lights, rng)
  local n, h, w = x:size(1), x:size(2), x:size(3)
  local soft, noise = {}, {}
  for i, l in ipairs(lights) do soft[i], noise[i] = l.soft, l.noise end
  local pad = x:clone()
  pad[{ {}, { 2, h - 1 } }] = (x[{ {}, { 1, h - 2 } }] + x[{ {}, { 3, h } }]) * 0.25 + x[{ {}, { 2, h - 1 } }] * 0.5
  local blurred = pad:clone()
  blurred[{ {}, {}, { 2, w - 1 } }] = (pad[{ {}, {}, { 1, w - 2 } }] + pad[{ {}, {}, { 3, w } }]) * 0.25
    + pad[{ {}, {}, { 2, w - 1 } }] * 0.5
  x = x + (blurred - x) * tensor(soft):view(n, 1, 1, 1)
  local v = (tensor.arange(h):to "f32" / h - 0.5):view(1, h, 1, 1)
  local u = (tensor.arange(w):to "f32" / w - 0.5):view(1, 1, w, 1)
  x = x * (1 - (u:square() + v:square()) * 0.35)
  return (x + tensor.randn { n, h, w, 3, rng = rng } * tensor(noise):view(n, 1, 1, 1)):clamp(0, 1)
end

return weather
