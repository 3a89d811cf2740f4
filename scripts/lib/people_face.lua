--- people_face.lua: paints faces from rows of traits and circumstances (lib.people), a batch at a time (lib.paint).
-- The head's frame: origin between the eyes' height and the nose, x to the right, y down, the head's half width
-- about 0.5.  A feature at depth z before the head's axis is seen at x cos(yaw) + z sin(yaw), y cos(pitch) +
-- z sin(pitch).
local paint = require "lib.paint"
local face = {}

-- What belongs to the person: name, least, greatest.
face.traits = {
  { "wide", 0.43, 0.57 }, { "tall", 0.6, 0.76 }, { "jaw", 1.6, 4.2 }, { "brow_bone", 1.9, 3 },
  { "chin", 0, 0.09 },
  { "skin", 0.5, 1 }, { "warm", -0.05, 0.06 },
  { "hair", 0.04, 0.75 }, { "red", 0, 0.22 }, { "hairline", -0.56, -0.3 }, { "peak", -0.35, 0.5 },
  { "part", -0.3, 0.3 },
  { "volume", 0.02, 0.16 }, { "long", -0.2, 0.95 },
  { "apart", 0.165, 0.28 }, { "eye_high", -0.16, -0.02 }, { "eye_wide", 0.075, 0.125 }, { "eye_open", 0.036, 0.07 },
  { "slant", -0.28, 0.28 }, { "iris", 0, 1 }, { "iris_blue", 0, 1 },
  { "brow_high", 0.1, 0.18 }, { "brow_thick", 0.012, 0.042 }, { "brow_arch", -0.01, 0.06 }, { "brow_tilt", -0.3, 0.3 },
  { "nose_long", 0.14, 0.33 }, { "nose_wide", 0.045, 0.115 }, { "bridge", 0.012, 0.04 },
  { "mouth_low", 0.11, 0.21 }, { "mouth_wide", 0.13, 0.25 }, { "lip_upper", 0.014, 0.042 },
  { "lip_lower", 0.018, 0.055 }, { "lip_red", 0, 0.3 },
  { "ear_size", 0.08, 0.16 }, { "ear_high", -0.1, 0.08 }, { "ear_out", 0, 0.07 },
  { "cheek", 0, 0.25 }, { "mole_x", -0.3, 0.3 }, { "mole_y", 0.02, 0.34 }, { "mole", -0.03, 0.03 },
}
-- What belongs to the moment; `moves` changes while somebody is filmed.  Chances are cut out of a number of 0..1.
face.circumstances = {
  { "yaw", -0.3, 0.3, moves = true }, { "pitch", -0.18, 0.18, moves = true }, { "roll", -0.1, 0.1, moves = true },
  { "x", -0.05, 0.05, moves = true }, { "y", -0.03, 0.07, moves = true }, { "near", 0.92, 1.1, moves = true },
  { "smile", -0.07, 0.14, moves = true }, { "open", -0.09, 0.1, moves = true }, { "squint", 0.55, 1.15, moves = true },
  { "raise", -0.025, 0.03, moves = true }, { "look", -0.03, 0.03, moves = true },
  { "light", 0.78, 1.08 }, { "from_side", -0.32, 0.32 }, { "from_above", -0.2, 0.15 }, { "lamp", -0.08, 0.08 },
  { "glasses", 0, 1 }, { "frame", 0.012, 0.035 }, { "frame_color", 0, 0.5 }, { "round", 0.1, 0.15 },
  { "hat", 0, 1 }, { "hat_high", 0.2, 0.5 }, { "brim", 0.4, 0.8 },
  { "hat_r", 0, 1 }, { "hat_g", 0, 1 }, { "hat_b", 0, 1 },
  { "beard", 0, 1 }, { "beard_thick", 0.35, 0.9 },
  { "years", 0, 1 }, { "print", 0, 1 }, { "blur", 0, 1 }, { "grain", 0.005, 0.024 },
  { "ground_r", 0.05, 0.95 }, { "ground_g", 0.05, 0.95 }, { "ground_b", 0.05, 0.95 },
  { "shape_x", -1, 1 }, { "shape_y", -1, 1 }, { "shape_size", 0.1, 0.7 }, { "shape_turn", -1.5, 1.5 },
  { "shape_r", 0, 1 }, { "shape_g", 0, 1 }, { "shape_b", 0, 1 },
  { "shirt_r", 0, 1 }, { "shirt_g", 0, 1 }, { "shirt_b", 0, 1 },
}

-- Rows [n, names] -> a table of [n, 1, 1] by name.
local function named(rows, list)
  local t = {}
  for k, c in ipairs(list) do
    t[c[1]] = (rows[{ {}, k }] * (c[3] - c[2]) + c[2]):reshape(-1, 1, 1)
  end
  return t
end

-- Three [n, 1, 1] as a colour [n, 1, 1, 3].
local function color(r, g, b) return tensor.stack({ r, g, b }, 4):clamp(0, 1) end
local function times(c, by) return (c * by:unsqueeze(-1)):clamp(0, 1) end
local function less(v, chance) return v:lt(chance):to "f32" end

-- Colours of somebody's skin, hair, lips and eyes; grey comes with the years.
local function colors(w, m)
  local c = {}
  c.skin = color(w.skin * 0.97 + w.warm, w.skin * w.skin * 0.3 + w.skin * 0.49, w.skin * w.skin * 0.42 + w.skin * 0.26
    - w.warm)
  local hair = color(w.hair + w.red, w.hair * 0.78 + w.red * 0.3, w.hair * 0.5)
  local grey = (m.years - 0.75):relu() * 2.4
  c.hair = hair + (hair * 0.3 + 0.5 - hair) * grey:unsqueeze(-1)
  c.lips = times(c.skin, 0.78 - w.lip_red * 0.5) + color(w.lip_red * 0.8, w.lip_red * 0, w.lip_red * 0.25)
  c.iris = color(0.12 + w.iris * 0.3, 0.08 + w.iris * 0.4, 0.04 + w.iris * w.iris_blue * 0.75)
  return c
end

--- The head's outline grown by `more`: |x| <= wide (1 - |y / tall|^p)^(1/2), with another power p for the jaw.
local function outline(p, w, more, yaw)
  local wide, tall = w.wide * (yaw:cos() * 0.3 + 0.7) + more, w.tall + more
  local down = p.v:gt(0):to "f32"
  local power = w.jaw * down + w.brow_bone * (1 - down)
  local y = (p.v:abs() / (tall + w.chin * down) + 1e-4):clamp(0, 1)
  local half = wide * (1 - y ^ power):clamp(0, 1):sqrt()
  local d = (p.u:abs() - half):maximum(p.v:abs() - tall - w.chin * down)
  return (0.5 - d * 0.8 * p.pixels):clamp(0, 1)
end
local function below(p, line) return (0.5 - (line - p.v) * p.pixels):clamp(0, 1) end

local function ground(p, m)
  p:fill(color(m.ground_r, m.ground_g, m.ground_b))
  p:place(m.shape_x, m.shape_y, 1, m.shape_turn)
  p:blend(p:rectangle(0, 0, m.shape_size, m.shape_size * 0.6, 0.05), color(m.shape_r, m.shape_g, m.shape_b))
  p:place(m.shape_y, m.shape_x * -1, 1, m.shape_turn * 2)
  p:blend(p:rectangle(0, 0, m.shape_size * 0.4, m.shape_size, 0.05), color(m.shape_b, m.shape_r, m.shape_g))
  p:place(m.x * 0.6, 0.06, 1, 0)
  p:blend(p:ellipse(0, 1.35, 0.95, 0.6), color(m.shirt_r, m.shirt_g, m.shirt_b))
end

local function hair_behind(p, w, c, side)
  p:blend(p:ellipse(side * -0.15, w.volume * -0.6 - 0.1, w.wide + w.volume, w.tall * 0.9 + w.volume), c.hair * 0.85)
  local low = w.long:relu()
  p:blend(p:rectangle(side * -0.15, low * 0.5, w.wide + w.volume * 0.9, low * 0.5 + 0.12, 0.1), c.hair * 0.75,
    (w.long * 12):clamp(0, 1))
end

local function ears(p, w, c, side)
  for s = -1, 1, 2 do
    local x = side * -0.06 + (w.wide * 0.97 + w.ear_out) * s
    p:window(x - 0.1, w.ear_high - 0.18, x + 0.1, w.ear_high + 0.18)
    p:blend(p:ellipse(x, w.ear_high, w.ear_size * 0.5, w.ear_size), c.skin * 0.88)
    p:blend(p:ellipse(x, w.ear_high, w.ear_size * 0.25, w.ear_size * 0.6), c.skin * 0.7)
  end
end

-- The hair's lower edge on the forehead: a peak or a hollow in the middle, a parting to one side.
local function hair_before(p, w, c, m, side)
  local x = p.u - side * 0.3
  local line = w.hairline - (m.years - 0.6):relu() * 0.15 + x:square() * (w.peak + 0.35) + x * w.part
  p:blend(outline(p, w, w.volume * 0.7, m.yaw) * (1 - below(p, line)), c.hair)
end

local function eyes(p, w, c, m, side, up)
  for s = -1, 1, 2 do
    local x, y = w.apart * (m.yaw:cos() * s) + side * 0.42, w.eye_high + up * 0.42
    local wide, open = w.eye_wide * (1 - side:abs() * 0.3), w.eye_open * m.squint
    local slant = w.slant * s
    p:window(x - 0.22, y - 0.34, x + 0.22, y + 0.14)
    p:blend(p:arc(x, y - w.brow_high - m.raise, wide * 1.45, w.brow_arch, w.brow_thick, w.brow_tilt * s),
      c.hair * 0.75)
    p:blend(p:ellipse(x, y, wide * 1.12, open * 1.5, slant), c.skin * 0.72)
    local white = p:ellipse(x, y, wide, open, slant)
    p:blend(white, tensor { 0.93, 0.93, 0.91 }:reshape(1, 1, 1, 3))
    p:blend(white * p:ellipse(x + m.look, y, w.eye_wide * 0.5, w.eye_wide * 0.5), c.iris)
    p:blend(white * p:ellipse(x + m.look, y, w.eye_wide * 0.22, w.eye_wide * 0.22), c.iris * 0.2)
    p:blend(p:arc(x, y - open * 0.9, wide, open * 0.5, 0.012, slant), c.hair * 0.3)
  end
end

local function nose(p, w, c, side, up)
  local top, tip, x = w.eye_high + 0.03 + up * 0.42, w.eye_high + w.nose_long + up * 0.62, side * 0.62
  p:window(x - 0.24, top - 0.03, x + 0.24, tip + 0.08)
  p:blend(p:line(side * 0.46 - w.bridge, top, x - w.bridge * 1.4, tip, 0.012), c.skin * 0.82)
  p:blend(p:line(side * 0.46 + w.bridge, top, x + w.bridge * 1.4, tip, 0.012), c.skin * 0.82)
  p:blend(p:ellipse(x, tip, w.nose_wide, w.bridge * 0.8 + 0.025), c.skin * 0.86)
  for s = -1, 1, 2 do
    p:blend(p:ellipse(x + w.nose_wide * (0.55 * s), tip + 0.02, w.nose_wide * 0.24, 0.015), c.skin * 0.4)
  end
  return tip - up * 0.1
end

local function mouth(p, w, c, m, side, y)
  local x, reach, open = side * 0.45, w.mouth_wide * (1 - side:abs() * 0.25) + m.smile * 0.25, m.open:relu()
  p:window(x - reach - 0.1, y - 0.26, x + reach + 0.1, y + 0.42)
  local dark = color(open * 0 + 0.25, open * 0 + 0.06, open * 0 + 0.06)
  p:blend(p:ellipse(x, y + open * 0.5, reach * 0.8, open + 0.025), dark, (open * 60):clamp(0, 1))
  p:blend(p:arc(x, y - w.lip_upper * 0.8, reach, m.smile * -1, w.lip_upper), c.lips * 0.85)
  p:blend(p:arc(x, y + w.lip_lower * 0.8 + open * 1.1, reach * 0.8, m.smile * -1, w.lip_lower), c.lips)
end

local function marks(p, w, c, m, side, up, y)
  for s = -1, 1, 2 do
    p:window((w.wide * s):minimum(0) - 0.2, 0, (w.wide * s):maximum(0) + 0.2, y + 0.06)
    p:blend(p:ellipse(w.wide * (0.55 * s) + side * 0.3, y * 0.5 + up * 0.3, 0.13, 0.1), c.lips, w.cheek)
    p:blend(p:arc(w.mouth_wide * (1.25 * s) + side * 0.4, y - 0.08, 0.05, 0.02, 0.008), c.skin * 0.6,
      (m.years - 0.55):relu() * 2)
  end
  local mx, my, size = w.mole_x + side * 0.4, w.mole_y + up * 0.4, w.mole:relu() + 0.001
  p:window(mx - 0.05, my - 0.05, mx + 0.05, my + 0.05)
  p:blend(p:ellipse(mx, my, size, size), c.skin * 0.35, w.mole:gt(0):to "f32")
end

-- A full beard, a moustache alone, or stubble.
local function beard(p, w, c, m, side, y)
  local full, lip = less(m.beard, 0.1), less(m.beard, 0.2)
  local stubble = m.beard:gt(0.88):to "f32"
  p:window(-0.62, y - 0.4, 0.62, 1.1)
  local x = p.u - side * 0.35
  local edge = y - 0.04 - x:square() * 0.8
  local free = 1 - p:ellipse(side * 0.45, y + 0.02, w.mouth_wide * 0.75, 0.075)
  p:blend(outline(p, w, 0.02, m.yaw) * below(p, edge) * free, c.hair * 0.85, full * m.beard_thick + stubble * 0.3)
  p:blend(p:arc(side * 0.48, y - 0.05, w.mouth_wide * 0.85, 0.05, 0.03), c.hair * 0.8, lip * m.beard_thick)
end

local function glasses(p, w, m, side, up)
  local there, dark = less(m.glasses, 0.25), less(m.glasses, 0.03)
  local y, hue = w.eye_high + up * 0.42, color(m.frame_color, m.frame_color * m.hat_g, m.frame_color * m.hat_b)
  for s = -1, 1, 2 do
    local x = w.apart * (m.yaw:cos() * s) + side * 0.5
    p:window(x:minimum((w.wide * s):minimum(0)) - 0.2, y - 0.2, x:maximum((w.wide * s):maximum(0)) + 0.2, y + 0.2)
    local whole = p:ellipse(x, y + 0.01, m.round * 1.15, m.round)
    p:blend(whole, hue * 0.3, dark * 0.9)
    p:blend(whole - p:ellipse(x, y + 0.01, m.round * 1.15 - m.frame, m.round - m.frame), hue, there)
    p:blend(p:line(x + m.round * (1.1 * s), y, (w.wide * 0.98) * s, y - 0.02, m.frame * 0.6), hue, there)
  end
  p:window(side * 0.5 - 0.1, y - 0.05, side * 0.5 + 0.1, y + 0.05)
  p:blend(p:line(side * 0.5 - 0.06, y, side * 0.5 + 0.06, y, m.frame * 0.6), hue, there)
end

local function hat(p, w, m, side)
  local there, hue = less(m.hat, 0.13), color(m.hat_r, m.hat_g, m.hat_b)
  local low = -0.36
  p:window(-0.85, -1.3, 0.85, low + 0.1)
  p:blend(p:rectangle(0, m.hat_high * -0.5 + low, w.wide + w.volume * 0.7, m.hat_high * 0.5, 0.12), hue, there)
  p:blend(p:ellipse(side * 0.3, low, m.brim, 0.07), hue * 0.75, there)
end

-- Light from a side and from above, the lamp's colour, a faded or brown print, blur, grain.
local function photographed(p, m)
  local light = m.light + p.x * m.from_side + p.y * m.from_above
  local im = p.rgb * light:unsqueeze(-1) * tensor.stack({ 1 + m.lamp, 1 + m.lamp * 0, 1 - m.lamp }, 4)
  local faded, brown = less(m.print, 0.06):unsqueeze(-1), m.print:gt(0.95):to "f32":unsqueeze(-1)
  local grey = im:mean { dim = 4, keepdim = true }
  im = im + (grey * tensor { 1.12, 0.95, 0.72 }:reshape(1, 1, 1, 3) - im) * brown
  im = im + (im * 0.55 + 0.3 - im) * faded
  local s, k = p.size, tensor { 0.25, 0.5, 0.25 }
  k = (k:reshape(3, 1) * k:reshape(1, 3)):reshape(3, 3, 1, 1):expand(3, 3, 1, 3):contiguous()
  local function blurred(a) return nn.conv2d { a, k, padding = 1, groups = 3 } end
  local soft = blurred(im) / blurred(tensor.ones(1, s, s, 3))          -- beyond the edge is nothing
  im = im + (soft - im) * less(m.blur, 0.2):unsqueeze(-1)
  return (im + tensor.randn { p.n, s, s, 3, rng = p.rng } * m.grain:unsqueeze(-1)):clamp(0, 1)
end

--- face.paint(who [n, traits], when [n, circumstances], size, rng) -> [n, size, size, 3] of 0..1.
function face.paint(who, when, size, rng)
  local w, m = named(who, face.traits), named(when, face.circumstances)
  local p, c = paint(who:size(1), size, rng), colors(w, m)
  local side, up = m.yaw:sin(), m.pitch:sin()
  ground(p, m)
  p:place(m.x, m.y + 0.02, m.near * 1.08, m.roll)
  hair_behind(p, w, c, side)
  p:blend(p:rectangle(0, 0.8, w.wide * 0.5, 0.3, 0.05), c.skin * 0.8)
  ears(p, w, c, side)
  p:window(-0.7, -0.95, 0.7, 0.95)
  local head = outline(p, w, 0, m.yaw)
  p:blend(head, c.skin)
  p:blend(head, c.skin * 0.6, (p.u * m.from_side * -3 + p.u:abs():square() * 0.6):clamp(0, 0.6))
  hair_before(p, w, c, m, side)
  eyes(p, w, c, m, side, up)
  local tip = nose(p, w, c, side, up)
  local y = tip + w.mouth_low
  marks(p, w, c, m, side, up, y)
  beard(p, w, c, m, side, y)
  mouth(p, w, c, m, side, y)
  glasses(p, w, m, side, up)
  hat(p, w, m, side)
  p:window()
  return photographed(p, m)
end

return face
