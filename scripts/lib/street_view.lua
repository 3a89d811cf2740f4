--- street_view.lua: a camera above a road, and the two canvases that it draws on: the picture with smooth edges, and
-- the map without, whose red channel says the class of each pixel and whose green channel which thing is there (0:
-- none).
--
-- Places are (d, t, y) in metres: ahead of the camera along the road, to the right of the road's middle, upwards from
-- the road.  A road that bends by bend(d) and climbs by climb(d) is seen at
--   u = cu + f (t + bend(d) - t0) / d        v = cv + f (height - y - climb(d)) / d        pixels
local View = {}
View.__index = View

local near, far = 0.8, 220           -- metres: what is nearer is cut off, what is farther is not drawn
View.near, View.far = near, far

--- view{h, w, scale=, f=, cu=, cv=, t=, height=, roll=, bend=, climb=, light=}: h x w pixels, the picture `scale`
-- times as large.  bend and climb are functions of d; light comes from street_weather.
local function view(arg)
  local self = setmetatable({}, View)
  for k, v in pairs(arg) do self[k] = v end
  self.scale = self.scale or 1
  self.x, self.y = {}, {}
  for d = 0, far + 1 do self.x[d], self.y[d] = self.bend(d) - self.t, self.height - self.climb(d) end
  self.picture = draw.canvas(self.h * self.scale, self.w * self.scale):scale(self.scale)
  self.map = draw.canvas(self.h, self.w):smooth(false)
  for _, c in ipairs { self.picture, self.map } do
    c:translate(self.w / 2, self.h / 2):rotate(self.roll or 0):translate(-self.w / 2, -self.h / 2)
  end
  return self
end

--- Where a place is seen; near <= d <= far.
function View:at(d, t, y)
  local i = d // 1
  local a, xs, ys = d - i, self.x, self.y
  i = math.tointeger(i)
  local k = self.f / d
  return self.cu + k * (t + xs[i] + (xs[i + 1] - xs[i]) * a), self.cv + k * (ys[i] + (ys[i + 1] - ys[i]) * a - y)
end

-- The part of a polygon of places {d, t, y, ...} that is beyond `near` (Sutherland and Hodgman 1974).
local function clipped(p)
  local out, n = {}, #p
  local d0, t0, y0 = p[n - 2], p[n - 1], p[n]
  for i = 1, n, 3 do
    local d, t, y = p[i], p[i + 1], p[i + 2]
    if (d < near) ~= (d0 < near) then
      local a = (near - d0) / (d - d0)
      out[#out + 1], out[#out + 2], out[#out + 3] = near, t0 + (t - t0) * a, y0 + (y - y0) * a
    end
    if d >= near then out[#out + 1], out[#out + 2], out[#out + 3] = d, t, y end
    d0, t0, y0 = d, t, y
  end
  return out
end

--- The pixels {u, v, ...} of a polygon of places {d, t, y, ...} and its mean distance; nil when none of it is in
-- view.
function View:seen(p)
  for i = 1, #p, 3 do
    if p[i] < near then
      p = clipped(p)
      break
    end
  end
  local n = #p
  if n < 9 then return nil end
  local xy, sum, least, most = {}, 0, math.huge, -math.huge
  for i = 1, n, 3 do
    local d = p[i]
    if d > far then d = far end
    local u, v = self:at(d, p[i + 1], p[i + 2])
    xy[#xy + 1], xy[#xy + 2] = u, v
    sum = sum + d
    if u < least then least = u end
    if u > most then most = u end
  end
  if most < -8 or least > self.w + 8 then return nil end
  return xy, sum / (n / 3)
end

--- How much of a colour the air leaves at a distance.
function View:clear(d) return math.exp(-d / self.light.sight) end

--- A colour of 0..1 as it is seen: under the light's tint, and through d metres of air.
function View:through(d, r, g, b)
  local l, k = self.light, self:clear(d)
  local haze, tint = l.haze, l.tint
  return haze[1] + (r * tint[1] - haze[1]) * k, haze[2] + (g * tint[2] - haze[2]) * k,
    haze[3] + (b * tint[3] - haze[3]) * k
end

--- How bright a face is whose normal points (forward, right, up).
function View:lit(nd, nt, ny)
  local l = self.light
  return l.ambient * (0.8 + 0.2 * ny) + l.sun * math.max(0, nd * l.to[1] + nt * l.to[2] + ny * l.to[3])
end

--- Fills pixels {u, v, ...} of a class and a thing (0: none), in a colour seen through d metres.
function View:fill(xy, d, class, thing, r, g, b)
  self.picture:polygon(xy):color(self:through(d, r, g, b)):fill()
  self.map:polygon(xy):color(class / 255, thing / 255, 0):fill()
end

--- Paints on what is there: the picture alone.
function View:paint(xy, d, r, g, b, a)
  local x, y, z = self:through(d, r, g, b)
  self.picture:polygon(xy):color(x, y, z, a or 1):fill()
end

--- A round spot of a class, or painted where class is nil.
function View:spot(u, v, rx, ry, d, class, thing, r, g, b, a)
  local x, y, z = self:through(d, r, g, b)
  self.picture:ellipse(u, v, rx, ry):color(x, y, z, a or 1):fill()
  if class then self.map:ellipse(u, v, rx, ry):color(class / 255, thing / 255, 0):fill() end
end

--- A face of places, lit by its brightness.
function View:face(p, class, thing, shade, r, g, b)
  local xy, d = self:seen(p)
  if xy then self:fill(xy, d, class, thing, r * shade, g * shade, b * shade) end
  return xy, d
end

-- --- what lies on the ground ----------------------------------------------------------------------------------------

-- Distances at which a strip of the ground follows the road.
local steps = {}
do
  local d = near
  while d < far do
    steps[#steps + 1] = d
    d = d * 1.13 + 0.4
  end
  steps[#steps + 1] = far
end

--- The outline of the ground between t1 and t2, from d1 to d2; nil when there is none of it in view.
function View:strip(t1, t2, d1, d2)
  d1, d2 = math.max(d1 or near, near), math.min(d2 or far, far)
  if d1 >= d2 then return nil end
  local ds = { d1 }
  for _, d in ipairs(steps) do
    if d > d1 and d < d2 then ds[#ds + 1] = d end
  end
  ds[#ds + 1] = d2
  local xy, n = {}, #ds
  for i, d in ipairs(ds) do
    local u, v = self:at(d, t1, 0)
    xy[2 * i - 1], xy[2 * i] = u, v
    local j = 2 * n - i + 1
    u, v = self:at(d, t2, 0)
    xy[2 * j - 1], xy[2 * j] = u, v
  end
  return xy
end

--- Sets the picture's colour to one of the ground that fades with distance.
function View:ground_color(r, g, b, a)
  local shade = self:lit(0, 0, 1)
  r, g, b = r * shade, g * shade, b * shade
  local top = self.cv
  local bottom = self.h * 1.1
  local stops = {}
  for i, d in ipairs { far, 90, 45, 25, 14, 8, 5 } do
    local _, v = self:at(d, self.t, 0)
    local x, y, z = self:through(d, r, g, b)
    stops[i] = { math.min(1, math.max(0, (v - top) / (bottom - top))), x, y, z, a or 1 }
  end
  self.picture:linear(0, top, 0, bottom, stops)
end

--- A strip of the ground of a class (nil: painted only).
function View:ground(xy, class, r, g, b, a)
  if not xy then return end
  self.picture:polygon(xy)
  self:ground_color(r, g, b, a)
  self.picture:fill()
  if class then self.map:polygon(xy):color(class / 255, 0, 0):fill() end
end

--- Many polygons of pixels on the ground at once.
function View:marks(list, class, r, g, b, a)
  if #list == 0 then return end
  for _, xy in ipairs(list) do
    self.picture:polygon(xy)
    if class then self.map:polygon(xy) end
  end
  self:ground_color(r, g, b, a)
  self.picture:fill()
  if class then self.map:color(class / 255, 0, 0):fill() end
end

--- Where something that stands at (d, t) is seen, and how many pixels a metre is there.
function View:stand(d, t)
  local u, v = self:at(d, t, 0)
  return u, v, self.f / d
end

return view
