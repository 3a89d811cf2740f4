--- animals.lua: drawn heads of cats (label 1) and of other animals (label 0): dogs, bears, hares and seals.
-- Fur and ground differ in brightness either way, so that no single pixel tells much; heads vary in place, size, tilt
-- and proportions, have patches, stripes and things before and behind them, and are photographed badly.
local course, drawn, paint = require "lib.course", require "lib.drawn", require "lib.paint"
local animals = { names = { "other", "cat" } }

local function background(p, ground)
  p:fill(ground)
  for _ = 1, 4 do
    p:place(p:uniform(-1, 1), p:uniform(-1, 1), 1, p:uniform(-3, 3))
    local color = ground * 0.5 + p:color(0, 0.5)
    p:blend(p:ellipse(0, 0, p:uniform(0.1, 0.5), p:uniform(0.1, 0.5)), color, p:uniform(0.2, 0.9))
  end
end

local function both(p, x, y, rx, ry) return p:ellipse(-x, y, rx, ry):maximum(p:ellipse(x, y, rx, ry)) end

-- cat, dog, bear, hare: 1 for the pictures that show one, else 0.
local function ears(p, fur, cat, dog, bear, hare)
  local w, h = p:uniform(0.08, 0.2), p:uniform(0.72, 0.95)             -- a cat's inner corner and tip
  p:blend(p:triangle(-0.56, -0.05, -0.5, -h, -w, -0.42):maximum(p:triangle(w, -0.42, 0.5, -h, 0.56, -0.05)), fur, cat)
  p:blend(both(p, 0.55, p:uniform(0, 0.12), p:uniform(0.13, 0.2), p:uniform(0.3, 0.45)), fur * 0.75, dog)
  p:blend(both(p, 0.42, -0.45, p:uniform(0.15, 0.22), p:uniform(0.15, 0.22)), fur, bear)
  p:blend(both(p, 0.2, -0.75, p:uniform(0.09, 0.14), p:uniform(0.35, 0.45)), fur, hare)
end

local function face(p, fur, ink, whiskers, snout)
  local apart, high = p:uniform(0.18, 0.26), p:uniform(-0.14, -0.02)
  p:blend(both(p, apart, high, 0.1, p:uniform(0.07, 0.11)), p:color(0.3, 1))
  p:blend(both(p, apart, high, p:uniform(0.03, 0.05), 0.085), ink)
  p:blend(p:ellipse(0, 0.2, 0.2, 0.16), fur * 0.5 + p:color(0.25, 0.5), snout)
  p:blend(p:ellipse(0, 0.13, p:uniform(0.05, 0.08), 0.05), ink)
  for side = -1, 1, 2 do
    for k = -1, 1 do
      p:blend(p:line(side * 0.15, 0.2 + 0.03 * k, side * 0.7, p:uniform(0.12, 0.28) + 0.12 * k, 0.012), ink, whiskers)
    end
  end
end

local function batch(n, size, rng)
  local p = paint(n, size, rng)
  local light = p:coin(0.7):unsqueeze(-1)                              -- light fur on dark ground, or the reverse
  local fur = p:color(0.6, 1) * light + p:color(0, 0.35) * (1 - light)
  background(p, p:color(0.05, 0.5) * light + p:color(0.5, 0.95) * (1 - light))

  p:place(p:uniform(-0.2, 0.2), p:uniform(-0.1, 0.25), p:uniform(0.75, 1.1), p:uniform(-0.3, 0.3))
  local cat, kind = p:coin(0.5), tensor.randint(0, 3, n, 1, 1, { rng = rng })
  local function other(k) return kind:eq(k):to "f32" * (1 - cat) end
  local dog, bear, hare = other(0), other(1), other(2)
  ears(p, fur, cat, dog, bear, hare)
  local head = p:ellipse(0, 0, p:uniform(0.5, 0.64), p:uniform(0.42, 0.56))
  p:blend(head, fur)
  p:blend(head * p:ellipse(p:uniform(-0.5, 0.5), p:uniform(-0.5, 0), 0.3, 0.3), p:color(0, 1), p:coin(0.4) * 0.7)
  for k = -1, 1 do p:blend(p:line(0.12 * k, -0.42, 0.1 * k, -0.22, 0.025), fur * 0.5, p:coin(0.5)) end
  face(p, fur, fur * 0.2, cat:maximum(hare):maximum(other(3) * p:coin(0.5)), dog:maximum(bear))

  p:place(p:uniform(-1, 1), p:uniform(0.5, 1), 1, p:uniform(-1, 1))    -- something in front
  p:blend(p:rectangle(0, 0, p:uniform(0.1, 0.4), p:uniform(0.1, 0.3), 0.05), p:color(0, 1), p:coin(0.4))
  return p:photograph(0.04), cat:reshape(n, 1)
end

--- animals.draw(n, size, rng) -> pictures [n, size, size, 3] of 0..1, labels [n, 1] of 0 and 1.
function animals.draw(n, size, rng)
  return drawn("animals", n, function(m) return batch(m, size, rng) end)
end

--- animals.sets(opt) -> pictures and labels to learn from, and held out: opt.train and opt.test of opt.size, drawn from
-- two streams of random numbers; or those of the course in the folder opt.data.  Last come the classes' names: those of
-- folders, else animals.names.
function animals.sets(opt)
  if opt.data then
    local x, y, xtest, ytest, names = course.pictures(opt.data, "catvnoncat", opt.size, 2, opt.classes)
    return x, y:to "f32":reshape(-1, 1), xtest, ytest:to "f32":reshape(-1, 1), names or animals.names
  end
  local x, y = animals.draw(opt.train, opt.size, tensor.rng(2 * opt.seed))
  local xtest, ytest = animals.draw(opt.test, opt.size, tensor.rng(2 * opt.seed + 1))
  return x, y, xtest, ytest, animals.names
end

return animals
