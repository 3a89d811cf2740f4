--- hands.lua: drawn hands that show the numbers 0 to 5 with their fingers.
-- A left or a right hand, its palm towards us; folded fingers are stubs; skin, sleeve, pose, light and ground vary.
local drawn, paint = require "lib.drawn", require "lib.paint"
local hands = {}

-- Which fingers (thumb, index, middle, ring, little) a number raises; some numbers are shown in two ways.
local raised = {
  [0] = { { 0, 0, 0, 0, 0 } },
  { { 0, 1, 0, 0, 0 }, { 1, 0, 0, 0, 0 } },
  { { 0, 1, 1, 0, 0 }, { 1, 1, 0, 0, 0 } },
  { { 0, 1, 1, 1, 0 }, { 1, 1, 1, 0, 0 } },
  { { 0, 1, 1, 1, 1 } },
  { { 1, 1, 1, 1, 1 } },
}
-- Root (x, y), direction (degrees from upwards) and length of each finger.
local fingers = {
  { -0.34, 0.12, -58, 0.42 }, { -0.24, -0.18, -12, 0.6 }, { -0.08, -0.24, -3, 0.66 }, { 0.08, -0.22, 6, 0.6 },
  { 0.24, -0.12, 16, 0.48 },
}

local function batch(n, size, rng, studio)
  local p = paint(n, size, rng)
  local ground = studio and p:color(0.5, 1) or p:color(0.15, 0.95)
  p:fill(ground)
  p:place(p:uniform(-1, 1), p:uniform(-1, 1), 1, p:uniform(-3, 3))
  local thing = ground * 0.8 + p:color(0, 0.2)
  p:blend(p:rectangle(0, 0, p:uniform(0.2, 0.8), p:uniform(0.2, 0.8), 0.05), thing, p:coin(studio and 0 or 0.6))

  local number = tensor.randint(0, 5, n, { rng = rng })
  local way, up = p:coin(0.3), {}
  for f = 1, 5 do
    up[f] = p:uniform(0, 0)
    for k = 0, 5 do
      local first, second = raised[k][1][f], (raised[k][2] or raised[k][1])[f]
      up[f] = up[f] + number:eq(k):to "f32":reshape(n, 1, 1) * (way * second + (1 - way) * first)
    end
  end

  local skin = tensor { 0.95, 0.74, 0.6 }:reshape(1, 1, 1, 3) * p:uniform(0.35, 1):unsqueeze(-1) + p:color(-0.05, 0.05)
  p:place(p:uniform(-0.12, 0.12), p:uniform(-0.1, 0.1) + 0.22, p:uniform(-0.12, 0.12) + 0.97, p:uniform(-0.25, 0.25))
  p.u = p.u * (p:coin(0.7) * 2 - 1)                                    -- the other hand is the mirror image
  p:blend(p:rectangle(0, 0.85, 0.22, 0.6, 0.1), skin)
  p:blend(p:rectangle(0, 1.1, 0.3, 0.4, 0.05), p:color(0, 1), p:coin(0.7))
  for f, finger in ipairs(fingers) do
    local angle = p:uniform(-6, 6) + finger[3]
    local a, length = angle * (math.pi / 180), (up[f] * 0.82 + 0.18) * finger[4] * p:uniform(0.92, 1.08)
    local w, dx, dy = p:uniform(0.065, 0.085), a:sin() * length, a:cos() * length * -1
    p:blend(p:line(finger[1], finger[2], dx + finger[1], dy + finger[2], w + 0.02), skin * 0.75)   -- its outline
    p:blend(p:line(finger[1], finger[2], dx + finger[1], dy + finger[2], w), skin * p:uniform(0.9, 1):unsqueeze(-1))
  end
  p:blend(p:rectangle(0, 0.12, 0.33, 0.36, 0.18), skin)
  return p:photograph(0.03), number
end

--- hands.draw(n, size, rng, studio) -> pictures [n, size, size, 3] of 0..1, numbers [n] from 0 to 5 (i64).  In the
-- studio they are held before a plain, rather light wall, as in the course's set.
function hands.draw(n, size, rng, studio)
  return drawn("hands", n, function(m) return batch(m, size, rng, studio) end)
end

return hands
