--- paint.lua: draws a batch of pictures at once, in tensor arithmetic.
-- A shape is a signed distance d from its outline in the picture's units (-1..1 from edge to edge, y down); it covers a
-- pixel by clamp(1/2 - d in pixels, 0, 1), so edges are antialiased.  Coordinates and sizes are numbers, or tensors
-- [n, 1, 1] with one value for each of the n pictures.  Colours are [n, 1, 1, 3] of 0..1.
local Paint = {}
Paint.__index = Paint

--- paint(n, size, rng): n black pictures of size x size.
local function paint(n, size, rng)
  local axis = (tensor.arange(size):to "f32" - 0.5) * (2 / size) - 1
  local self = setmetatable({ n = n, size = size, rng = rng }, Paint)
  self.x, self.y = axis:reshape(1, 1, size), axis:reshape(1, size, 1)
  self.whole = tensor.zeros(n, size, size, 3)
  self.rgb = self.whole
  return self:place(0, 0, 1, 0)
end

--- Random values from lo to hi: one for each picture, or a colour for each.
function Paint:uniform(lo, hi) return tensor.rand { self.n, 1, 1, rng = self.rng } * (hi - lo) + lo end
function Paint:color(lo, hi) return tensor.rand { self.n, 1, 1, 3, rng = self.rng } * (hi - lo) + lo end
--- 1 with probability p, else 0, for each picture.
function Paint:coin(p) return tensor.rand { self.n, 1, 1, rng = self.rng }:lt(p):to "f32" end

local function cos(a) return type(a) == "number" and math.cos(a) or a:cos() end
local function sin(a) return type(a) == "number" and math.sin(a) or a:sin() end

--- The frame in which shapes are given from now on: its origin, unit and angle.
function Paint:place(cx, cy, unit, angle)
  local dx, dy, c, s = self.x - cx, self.y - cy, cos(angle), sin(angle)
  self.u, self.v = (dx * c + dy * s) / unit, (dy * c - dx * s) / unit
  self.pixels = unit * (self.size / 2)
  self.at = { cx, cy, unit, angle }
  return self
end

--- From now on only the part of the pictures is painted that holds x1..x2, y1..y2 (numbers or [n, 1, 1]) of the frame
-- in each of them, which is so much quicker for small shapes; without numbers the whole pictures again.
function Paint:window(x1, y1, x2, y2)
  local cx, cy, unit, angle = table.unpack(self.at)
  local size, rows, columns = self.size, {}, {}
  local axis = (tensor.arange(size):to "f32" - 0.5) * (2 / size) - 1
  if x1 then
    local left, right, top, bottom = 1, -1, 1, -1
    local c, s, edge = cos(angle), sin(angle), 2 / size
    local function number(v, least) return type(v) == "number" and v or (least and v:min() or v:max()):item() end
    for _, p in ipairs { { x1, y1 }, { x2, y1 }, { x1, y2 }, { x2, y2 } } do
      local x, y = (c * p[1] - s * p[2]) * unit + cx, (s * p[1] + c * p[2]) * unit + cy
      left, right = math.min(left, number(x, true)), math.max(right, number(x, false))
      top, bottom = math.min(top, number(y, true)), math.max(bottom, number(y, false))
    end
    local function span(from, to)
      from, to = math.max(-1, math.min(1 - edge, from - edge)), math.min(1, math.max(edge - 1, to + edge))
      return { (from + 1) * size // 2 + 1 | 0, math.min(size, (to + 1) * size // 2 + 1 | 0) }
    end
    rows, columns = span(top, bottom), span(left, right)
  end
  self.x, self.y = axis[{ columns }]:reshape(1, 1, -1), axis[{ rows }]:reshape(1, -1, 1)
  self.rgb = self.whole[{ {}, rows, columns }]
  return self:place(cx, cy, unit, angle)
end

local function cover(self, d) return (0.5 - d * self.pixels):clamp(0, 1) end

-- Places relative to (cx, cy); with an angle about it, clockwise on the screen.
local function about(self, cx, cy, angle)
  local x, y = self.u - cx, self.v - cy
  if not angle then return x, y end
  local c, s = cos(angle), sin(angle)
  return x * c + y * s, y * c - x * s
end

--- With f = (x/rx)^2 + (y/ry)^2 - 1 the distance is about f / |grad f|.
function Paint:ellipse(cx, cy, rx, ry, angle)
  local x, y = about(self, cx, cy, angle)
  local a, b = x / rx, y / ry
  local f = a:square() + b:square() - 1
  return cover(self, f / ((a / rx):square() + (b / ry):square() + 1e-6):sqrt() * 0.5)
end

--- Corners clockwise on the screen: the greatest of the distances from the three edges.
function Paint:triangle(x1, y1, x2, y2, x3, y3)
  local function edge(ax, ay, bx, by)
    local ex, ey = bx - ax, by - ay
    return ((self.u - ax) * ey - (self.v - ay) * ex) / (ex * ex + ey * ey) ^ 0.5
  end
  return cover(self, edge(x1, y1, x2, y2):maximum(edge(x2, y2, x3, y3)):maximum(edge(x3, y3, x1, y1)))
end

--- A line with round ends, w its half width.
function Paint:line(x1, y1, x2, y2, w)
  local ex, ey = x2 - x1, y2 - y1
  local px, py = self.u - x1, self.v - y1
  local t = ((px * ex + py * ey) / (ex * ex + ey * ey)):clamp(0, 1)
  return cover(self, ((px - t * ex):square() + (py - t * ey):square()):sqrt() - w)
end

--- A stroke along y = cy + bend (x^2 - 1), x = (u - cx) / reach in -1..1: ends at height cy, its middle `bend` above.
function Paint:arc(cx, cy, reach, bend, w, angle)
  local u, v = about(self, cx, cy, angle)
  local x = (u / reach):clamp(-1, 1)
  local across = v - (x:square() - 1) * bend
  local slope = x * bend * 2 / reach
  local d = across / (slope:square() + 1):sqrt()
  local beyond = (u:abs() - reach):relu()
  return cover(self, (d:square() + beyond:square()):sqrt() - w)
end

--- An axis-parallel rectangle with corners rounded by r.
function Paint:rectangle(cx, cy, hx, hy, r)
  local qx, qy = (self.u - cx):abs() - hx + r, (self.v - cy):abs() - hy + r
  return cover(self, (qx:relu():square() + qy:relu():square()):sqrt() - r)
end

--- Paints a colour where coverage is; `keep` (0..1 for each picture) says how much, 0 leaves a picture alone.
function Paint:blend(coverage, color, keep)
  if keep then coverage = coverage * keep end
  self.rgb:add_((color - self.rgb) * coverage:unsqueeze(-1))
end

function Paint:fill(color) self.rgb:copy_((self.rgb * 0 + 1) * color) end

--- Uneven light, a blur of a pixel in some pictures, and sensor noise; gives [n, size, size, 3] of 0..1.
function Paint:photograph(noise)
  local light = self:uniform(0.7, 1.1) + self.x * self:uniform(-0.15, 0.15) + self.y * self:uniform(-0.15, 0.15)
  local im, s = self.rgb * light:unsqueeze(-1), self.size
  local soft = im:clone()
  soft[{ {}, { 2, s - 1 } }] = (im[{ {}, { 1, s - 2 } }] + im[{ {}, { 3, s } }]) * 0.25 + im[{ {}, { 2, s - 1 } }] * 0.5
  local across = soft:clone()
  across[{ {}, {}, { 2, s - 1 } }] = (soft[{ {}, {}, { 1, s - 2 } }] + soft[{ {}, {}, { 3, s } }]) * 0.25
    + soft[{ {}, {}, { 2, s - 1 } }] * 0.5
  im = im + (across - im) * self:coin(0.3):unsqueeze(-1)
  return (im + tensor.randn { self.n, s, s, 3, rng = self.rng } * noise):clamp(0, 1)
end

return paint
