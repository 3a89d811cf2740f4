--- faces.lua: drawn faces, smiling (label 1) and not (label 0): neutral, sad, or with an open mouth.
-- Skin, hair, pose, size, glasses, light and ground vary; only the mouth tells.
local drawn, paint = require "lib.drawn", require "lib.paint"
local faces = {}

local function hair_and_head(p, skin, hair)
  p:blend(p:ellipse(0, -0.12, p:uniform(0.6, 0.7), p:uniform(0.7, 0.8)), hair, p:coin(0.8))
  p:blend(p:rectangle(0, 0.75, 0.2, 0.3, 0.05), skin * 0.85)
  p:blend(p:ellipse(0, 0, p:uniform(0.5, 0.58), p:uniform(0.62, 0.72)), skin)
  p:blend(p:ellipse(p:uniform(-0.2, 0.2), -0.58, p:uniform(0.4, 0.55), p:uniform(0.12, 0.22)), hair, p:coin(0.6))
end

local function eyes(p, skin, hair, apart, high)
  for side = -1, 1, 2 do
    p:blend(p:ellipse(apart * side, high, 0.1, p:uniform(0.04, 0.07)), p:color(0.85, 1))
    p:blend(p:ellipse(apart * side + p:uniform(-0.02, 0.02), high, 0.045, 0.045), p:color(0, 0.4))
    p:blend(p:arc(apart * side, high - 0.13, 0.12, p:uniform(-0.02, 0.06), 0.02), hair * 0.7)
    p:blend(p:ellipse(apart * side, high, 0.15, 0.13) - p:ellipse(apart * side, high, 0.125, 0.105), hair * 0.3,
      p.glasses)
  end
  p:blend(p:line(0, high + 0.1, p:uniform(-0.05, 0.05), 0.12, 0.025), skin * 0.8)
end

local function mouth(p, skin, smile)
  local red, y, reach = skin * 0.5 + p:color(0, 0.25), p:uniform(0.3, 0.38), p:uniform(0.2, 0.3)
  local bend = p:uniform(0.11, 0.2) * smile + p:uniform(-0.16, 0.01) * (1 - smile)
  -- A smile's ends are above its middle: the arc's bend is negative there, y points down.
  local open, teeth = p:coin(0.5) * smile, p:color(0.85, 1)
  p:blend(p:arc(0, y, reach, bend * -1, p:uniform(0.03, 0.05)), red)
  p:blend(p:arc(0, y + bend * 0.45, reach * 0.6, bend * -0.55, 0.045), teeth, open)
  p:blend(p:ellipse(0, y + 0.05, reach * 0.5, p:uniform(0.03, 0.1)), red * 0.5, (1 - smile) * p:coin(0.3))
end

local function batch(n, size, rng)
  local p = paint(n, size, rng)
  local ground, tone = p:color(0.1, 0.95), p:uniform(0.35, 1):unsqueeze(-1)
  p:fill(ground)
  for _ = 1, 3 do
    p:place(p:uniform(-1, 1), p:uniform(-1, 1), 1, p:uniform(-3, 3))
    local color = ground * 0.6 + p:color(0, 0.4)
    p:blend(p:rectangle(0, 0, p:uniform(0.1, 0.6), p:uniform(0.1, 0.6), 0.05), color, p:uniform(0.2, 0.9))
  end
  p:place(p:uniform(-0.08, 0.08), p:uniform(-0.05, 0.1), p:uniform(0.95, 1.15), p:uniform(-0.12, 0.12))
  local skin = tensor { 0.95, 0.75, 0.62 }:reshape(1, 1, 1, 3) * tone + p:color(-0.05, 0.05)
  local hair, smile = p:color(0.05, 0.25) + p:uniform(0, 0.5):unsqueeze(-1), p:coin(0.5)
  p.glasses = p:coin(0.25)
  hair_and_head(p, skin, hair)
  eyes(p, skin, hair, p:uniform(0.19, 0.25), p:uniform(-0.18, -0.08))
  mouth(p, skin, smile)
  return p:photograph(0.03), smile:reshape(n, 1)
end

--- faces.draw(n, size, rng) -> pictures [n, size, size, 3] of 0..1, labels [n, 1] of 0 and 1.
function faces.draw(n, size, rng)
  return drawn("faces", n, function(m) return batch(m, size, rng) end)
end

return faces
