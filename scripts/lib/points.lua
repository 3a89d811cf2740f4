--- points.lua: sets of points in the plane with two classes.  All give X [n, 2] and Y [n, 1] of 0 and 1, f32.
local read_text, twice = require "lib.text".read, require "lib.twice"
local points = {}

local function two(n) return n // 2, n - n // 2 end

-- The two classes one below the other, in random order.
local function join(a, b, rng)
  local x = tensor.cat { a, b, dim = 1 }
  local y = tensor.cat { tensor.zeros(a:size(1), 1), tensor.ones(b:size(1), 1), dim = 1 }
  local order = tensor.randperm { x:size(1), rng = rng }
  return x[order], y[order]
end

local function normal(n, d, rng) return tensor.randn { n, d, rng = rng } end

local function columns(x, y) return tensor.stack { x, y, dim = 2 } end

--- The flower: each class half of a rose of 2k = 8 petals, r = 4 sin(4 t), angle and radius noisy.
function points.flower(n, rng)
  local classes = {}
  for j = 0, 1 do
    local m = select(j + 1, two(n))
    local t = tensor.linspace(3.12 * j, 3.12 * (j + 1), m) + normal(m, 1, rng):reshape(m) * 0.2
    local r = (t * 4):sin() * 4 + normal(m, 1, rng):reshape(m) * 0.2
    classes[j + 1] = columns(r * t:sin(), r * t:cos())
  end
  return join(classes[1], classes[2], rng)
end

--- Two interleaved half circles with Gaussian noise.
function points.moons(n, noise, rng)
  local a, b = two(n)
  local s, t = tensor.linspace(0, math.pi, a), tensor.linspace(0, math.pi, b)
  local outer, inner = columns(s:cos(), s:sin()), columns(1 - t:cos(), 0.5 - t:sin())
  return join(outer + normal(a, 2, rng) * noise, inner + normal(b, 2, rng) * noise, rng)
end

--- A circle of radius 1 around one of radius 0.8, with Gaussian noise.
function points.circles(n, noise, rng)
  local a, b = two(n)
  local s, t = tensor.arange(a) * (2 * math.pi / a), tensor.arange(b) * (2 * math.pi / b)
  local outer, inner = columns(s:cos(), s:sin()), columns(t:cos(), t:sin()) * 0.8
  return join(outer + normal(a, 2, rng) * noise, inner + normal(b, 2, rng) * noise, rng)
end

--- Where players of two teams headed a ball: on two sides of a winding front that is not sharp, and a share of outliers
-- with the other team's label.
function points.pitch(n, outliers, rng)
  local x = tensor.rand { n, 2, rng = rng } * 2 - 1
  local u, v = x[{ {}, 1 }], x[{ {}, 2 }]
  local front = (u * 4):sin() * 0.5 - v + normal(n, 1, rng):reshape(n) * 0.12
  local y = front:gt(0)
  local flip = tensor.rand { n, rng = rng }:lt(outliers)
  return x * 0.6, (y ~ flip):to "f32":reshape(n, 1)
end

--- A text file of rows x,y,class with class 0 or 1; a first row of words is a heading.
-- What is wrong with a file is an error that names its line.
function points.read(path)
  local xs, ys, number = {}, {}, 0
  for line in read_text(path):gmatch "([^\n]*)\n?" do
    number = number + 1
    local x, y, class = line:match "^%s*([^,;%s]+)[,;%s]+([^,;%s]+)[,;%s]+([^,;%s]+)%s*$"
    x, y, class = tonumber(x), tonumber(y), tonumber(class)
    if x and y and (class == 0 or class == 1) then
      xs[#xs + 1], ys[#ys + 1] = { x, y }, { class }
    elseif line:match "%S" and not (number == 1 and line:match "%a") then
      lunette.raise(("--data: %s:%d: x,y,class with class 0 or 1 expected, found '%s'"):format(path, number,
        line:sub(1, 60)))
    end
  end
  if #xs < 4 then lunette.raise(("--data: %s: rows x,y,class expected, found %d"):format(path, #xs)) end
  return tensor(xs), tensor(ys)
end

--- What nothing can be learnt from, or judged by, is refused by name: points from a file.
function points.check(path, x, y, xheld, yheld)
  for _, part in ipairs { { "to learn from", x, y }, { "held out", xheld, yheld } } do
    local what, at, class = part[1], part[2], part[3]
    if at:size(1) == 0 then lunette.raise(("--data: %s: no points %s"):format(path, what)) end
    if not at:isfinite():all():item() then
      lunette.raise(("--data: %s: numbers expected, found NaN or an infinity in the points %s"):format(path, what))
    end
    local least, most = class:min():item(), class:max():item()
    if what == "to learn from" and least == most then
      lunette.raise(("--data: %s: points of two classes expected, all %d %s are of class %g"):format(path, at:size(1),
        what, least))
    end
  end
  if (x:max(1) - x:min(1)):max():item() == 0 then
    lunette.raise(("--data: %s: points in more than one place expected, all lie at %g, %g"):format(path,
      x[{ 1, 1 }], x[{ 1, 2 }]))
  end
  if twice(x, xheld, path, "points") == xheld:size(1) then
    lunette.raise(("--data: %s: points held out that are not learnt from expected, found none"):format(path))
  end
end

--- Training and held-out points: four fifths of a file and the rest, or two draws, make(n) and held_by(test), which is
-- make(test) where there is no held_by.
function points.split(path, n, test, make, held_by)
  if not path then
    local x, y = make(n)
    return x, y, (held_by or make)(test)
  end
  local x, y = points.read(path)
  local train, held = data.split({ x, y }, 0.2)
  points.check(path, train[1], train[2], held[1], held[2])
  return train[1], train[2], held[1], held[2]
end

--- What needs no network, on held-out points: the share of the larger class, and of those right by logistic regression.
function points.baselines(x, y, xheld, yheld)
  local share, mean, std = yheld:mean():item(), x:mean(1), x:std(1)
  std = tensor.where(std:gt(0), std, 1)                                -- a coordinate that is the same for all
  local w, b, z = tensor.zeros(2, 1), tensor.zeros(1), (x - mean) / std
  for _ = 1, 500 do
    local d = ((z:mm(w) + b):sigmoid() - y) / z:size(1)
    w:sub_(z:t():mm(d))
    b:sub_(d:sum(1))
  end
  return math.max(share, 1 - share), points.accuracy(((xheld - mean) / std):mm(w) + b, yheld)
end

--- Share of points on the right side of 0: scores and labels [n, 1].
function points.accuracy(score, y) return score:gt(0):eq(y:gt(0.5)):to "f32":mean():item() end

return points
