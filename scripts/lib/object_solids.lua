--- object_solids.lua: a scene of simple solids under one light, seen from one side, painted from far to near.
-- Units are the object's own; x goes to the right, y up, z towards the viewer before it is turned.  With a
-- the turn about the upright and e how far from above one looks, a point is seen at
--   X = x cos a + z sin a,   Y = y cos e - (z cos a - x sin a) sin e
-- whatever its distance.  What is painted last is nearest; a solid's marks (windows, spots) go with it.
local Scene = {}
Scene.__index = Scene

--- scene{turn=, above=, light={x, y, z}, ambient=, bright=}: nothing yet.  light is a unit vector towards the light.
local function scene(o)
  local self = setmetatable({ list = {}, light = o.light, ambient = o.ambient, bright = o.bright }, Scene)
  self.ca, self.sa, self.ce, self.se = math.cos(o.turn), math.sin(o.turn), math.cos(o.above), math.sin(o.above)
  self.x1, self.y1, self.x2, self.y2 = math.huge, math.huge, -math.huge, -math.huge
  return self
end

--- Where a point is seen, downwards positive, and how near it is.
function Scene:at(x, y, z)
  local far = z * self.ca - x * self.sa
  return x * self.ca + z * self.sa, far * self.se - y * self.ce, y * self.se + far * self.ce
end

local function grow(self, x, y, rx, ry)
  if x - rx < self.x1 then self.x1 = x - rx end
  if x + rx > self.x2 then self.x2 = x + rx end
  if y - ry < self.y1 then self.y1 = y - ry end
  if y + ry > self.y2 then self.y2 = y + ry end
end

local function add(self, part)
  self.list[#self.list + 1] = part
  part.order = #self.list
  return part
end

-- Brightness of a face whose unit normal is (x, y upwards, z).
local function lit(self, x, y, z)
  local l = self.light
  return self.ambient + self.bright * math.max(0, x * l[1] + y * l[2] + z * l[3])
end

local function shaded(color, k) return { color[1] * k, color[2] * k, color[3] * k } end

-- --- round things ---------------------------------------------------------------------------------------------------

--- An ellipsoid about (x, y, z).  With J the two rows that project, its outline is the ellipse of J diag(r^2) J'.
function Scene:ball(x, y, z, rx, ry, rz, color)
  local u, v, depth = self:at(x, y, z)
  local a, b, c = rx * rx, ry * ry, rz * rz
  local ux, uz, vx, vy, vz = self.ca, self.sa, self.sa * self.se, self.ce, -self.ca * self.se
  local p, q = ux * ux * a + uz * uz * c, vx * vx * a + vy * vy * b + vz * vz * c
  local r = -(ux * vx * a + uz * vz * c)                                -- v counts downwards
  local mean, half = (p + q) / 2, math.sqrt(((p - q) / 2) ^ 2 + r * r)
  grow(self, u, v, math.sqrt(p), math.sqrt(q))
  return add(self, { kind = "ball", u = u, v = v, depth = depth, rx = math.sqrt(mean + half),
    ry = math.sqrt(math.max(mean - half, 1e-9)), angle = math.atan(2 * r, p - q) / 2, color = color,
    x = { x, y, z }, r = { rx, ry, rz } })
end

--- Spots on a ball: {dx, dy, dz, size} are unit directions from its middle and a share of its least radius.
function Scene:spots(ball, spots, color)
  local least = math.min(ball.r[1], ball.r[2], ball.r[3])
  ball.on = ball.on or {}
  for _, s in ipairs(spots) do
    local u, v, depth = self:at(s[1], s[2], s[3])
    if depth > 0.15 then
      local x, y = self:at(ball.x[1] + s[1] * ball.r[1], ball.x[2] + s[2] * ball.r[2], ball.x[3] + s[3] * ball.r[3])
      table.insert(ball.on, { kind = "spot", u = x, v = y, rx = s[4] * least, ry = s[4] * least * math.max(0.3, depth),
        angle = math.atan(v, u) + math.pi / 2, color = shaded(color, lit(self, u, -v, depth)) })
    end
  end
  return ball
end

--- A limb: from one ball to another, radii r1 and r2.
function Scene:limb(x1, y1, z1, r1, x2, y2, z2, r2, color)
  local u1, v1, d1 = self:at(x1, y1, z1)
  local u2, v2, d2 = self:at(x2, y2, z2)
  local a = math.atan(v2 - v1, u2 - u1)
  local xy = {}
  for i = 0, 6 do
    local b = a + math.pi / 2 + i * math.pi / 6
    xy[#xy + 1], xy[#xy + 2] = u1 + math.cos(b) * r1, v1 + math.sin(b) * r1
  end
  for i = 0, 6 do
    local b = a - math.pi / 2 + i * math.pi / 6
    xy[#xy + 1], xy[#xy + 2] = u2 + math.cos(b) * r2, v2 + math.sin(b) * r2
  end
  grow(self, u1, v1, r1, r1)
  grow(self, u2, v2, r2, r2)
  local px, py, r = -math.sin(a), math.cos(a), math.max(r1, r2)
  return add(self, { kind = "limb", xy = xy, depth = (d1 + d2) / 2, color = color,
    line = { u1 + px * r, v1 + py * r, u1 - px * r, v1 - py * r }, k1 = lit(self, px, -py, 0.3), k2 = lit(self, -px,
      py, 0.3) })
end

--- Limbs through points {x, y, z, radius, x, y, z, radius, ...}.
function Scene:rope(points, color)
  for i = 1, #points - 7, 4 do
    self:limb(points[i], points[i + 1], points[i + 2], points[i + 3], points[i + 4], points[i + 5], points[i + 6],
      points[i + 7], color)
  end
end

--- A rope of n limbs along x + rx cos t, y + ry sin t for t from `from` to from + span, of one radius.
function Scene:arc(x, y, rx, ry, from, span, n, radius, color)
  local points = {}
  for k = 0, n do
    local t = from + k * span / n
    for _, v in ipairs { x + rx * math.cos(t), y + ry * math.sin(t), 0, radius } do points[#points + 1] = v end
  end
  self:rope(points, color)
end

-- --- faces ----------------------------------------------------------------------------------------------------------

-- A face of corners {x, y, z, ...}: nil when it is seen from behind and `closed`.
local function face(self, corners, color, closed, nearer)
  local xy, depth, n = {}, 0, #corners // 3
  local x, y, z = {}, {}, {}
  for i = 1, n do
    x[i], y[i], z[i] = self:at(corners[3 * i - 2], corners[3 * i - 1], corners[3 * i])
    xy[2 * i - 1], xy[2 * i] = x[i], y[i]
    depth = depth + z[i]
    grow(self, x[i], y[i], 0, 0)
  end
  local nx, ny, nz = 0, 0, 0                                             -- Newell: works for any planar polygon
  for i = 1, n do
    local j = i % n + 1
    nx = nx + (y[i] - y[j]) * (z[i] + z[j])
    ny = ny + (z[i] - z[j]) * (x[i] + x[j])
    nz = nz + (x[i] - x[j]) * (y[i] + y[j])
  end
  local size = math.sqrt(nx * nx + ny * ny + nz * nz) + 1e-9
  nx, ny, nz = -nx / size, ny / size, -nz / size
  if closed and nz <= 0 then return nil end
  if nz < 0 then nx, ny, nz = -nx, -ny, -nz end
  return add(self, { kind = "face", xy = xy, depth = depth / n + (nearer or 0), color = shaded(color, lit(self, nx,
    ny, nz)),
    k = lit(self, nx, ny, nz) })
end

--- A flat piece that is seen from both sides.
function Scene:plate(corners, color) return face(self, corners, color, false) end

-- A mark on a face of four corners: {u1, v1, u2, v2, color} of 0..1, or {u, v, ru, rv, color, "round"}.
local function mark(part, m)
  local xy, out, c = part.xy, {}, m[5]
  local function put(u, v)
    for k = 1, 2 do
      local low, high = xy[k] + (xy[2 + k] - xy[k]) * u, xy[6 + k] + (xy[4 + k] - xy[6 + k]) * u
      out[#out + 1] = low + (high - low) * v
    end
  end
  if m[6] then
    for i = 1, 12 do put(m[1] + m[3] * math.cos(i * math.pi / 6), m[2] + m[4] * math.sin(i * math.pi / 6)) end
  else
    put(m[1], m[2])
    put(m[3], m[2])
    put(m[3], m[4])
    put(m[1], m[4])
  end
  part.on = part.on or {}
  table.insert(part.on, { kind = "face", xy = out, color = shaded(c, part.k) })
end
function Scene:marks(part, marks)
  if not part then return end
  for _, m in ipairs(marks) do mark(part, m) end
end

--- A box about (x, y, z) with half sizes, whose upper face may be smaller (top: its share, along x and z).
-- on: marks by side: sides (front and back), ends (left and right), front, top.
function Scene:box(x, y, z, hx, hy, hz, color, on, top, topz)
  top, topz, on = top or 1, topz or top or 1, on or {}
  local a, b, c, d = x - hx, x + hx, z - hz, z + hz
  local ta, tb, tc, td = x - hx * top, x + hx * top, z - hz * topz, z + hz * topz
  local l, h = y - hy, y + hy
  local front = face(self, { a, l, d, b, l, d, tb, h, td, ta, h, td }, color, true)
  local back = face(self, { b, l, c, a, l, c, ta, h, tc, tb, h, tc }, color, true)
  local right = face(self, { b, l, d, b, l, c, tb, h, tc, tb, h, td }, color, true)
  local left = face(self, { a, l, c, a, l, d, ta, h, td, ta, h, tc }, color, true)
  local up = face(self, { ta, h, td, tb, h, td, tb, h, tc, ta, h, tc }, color, true)
  face(self, { a, l, c, b, l, c, b, l, d, a, l, d }, color, true)
  self:marks(front, on.sides or on.front or {})
  self:marks(back, on.sides or {})
  self:marks(right, on.ends or {})
  self:marks(left, on.ends or {})
  self:marks(up, on.top or {})
end

--- A tube or cone from one point to another with radii r1, r2; its ends are of color `cap`, or open where it is false.
local segments = 12
function Scene:tube(x1, y1, z1, r1, x2, y2, z2, r2, color, cap)
  local ax, ay, az = x2 - x1, y2 - y1, z2 - z1
  local size = math.sqrt(ax * ax + ay * ay + az * az) + 1e-9
  ax, ay, az = ax / size, ay / size, az / size
  local px, py, pz = 0, -az, ay                                          -- a x (1, 0, 0), or a x (0, 1, 0)
  if math.abs(ax) > 0.8 then px, py, pz = az, 0, -ax end
  size = math.sqrt(px * px + py * py + pz * pz)
  px, py, pz = px / size, py / size, pz / size
  local qx, qy, qz = ay * pz - az * py, az * px - ax * pz, ax * py - ay * px
  local first, last = {}, {}
  for i = 0, segments do
    local c, s = math.cos(2 * math.pi * i / segments), math.sin(2 * math.pi * i / segments)
    local x, y, z = px * c + qx * s, py * c + qy * s, pz * c + qz * s
    first[i], last[i] = { x1 + x * r1, y1 + y * r1, z1 + z * r1 }, { x2 + x * r2, y2 + y * r2, z2 + z * r2 }
  end
  local far, near = {}, {}
  for i = 1, segments do
    local a, b, c, d = first[i - 1], first[i], last[i], last[i - 1]
    face(self, { a[1], a[2], a[3], b[1], b[2], b[3], c[1], c[2], c[3], d[1], d[2], d[3] }, color, cap ~= false)
    local e = first[segments - i]
    far[3 * i - 2], far[3 * i - 1], far[3 * i] = e[1], e[2], e[3]
    near[3 * i - 2], near[3 * i - 1], near[3 * i] = c[1], c[2], c[3]
  end
  if cap == false then return end
  if r1 > 1e-3 then face(self, far, cap or color, true, 0.01) end
  if r2 > 1e-3 then face(self, near, cap or color, true, 0.01) end
end

--- A turned piece about an upright through (x, z): profile {y, radius, y, radius, ...} from below.
function Scene:lathe(x, z, profile, color, cap)
  for i = 1, #profile - 3, 2 do
    self:tube(x, profile[i], z, profile[i + 1], x, profile[i + 2], z, profile[i + 3], color, cap)
  end
end

--- A wheel about (x, y, z) whose axle lies along z, half as wide as w says.
function Scene:wheel(x, y, z, r, w, tyre, hub)
  self:tube(x, y, z - w, r, x, y, z + w, r, tyre)
  self:tube(x, y, z - w * 1.1, r * 0.55, x, y, z + w * 1.1, r * 0.55, hub)
end

--- A flat outline {x, y, ...} in the plane z - w .. z + w, cut out of a board.
function Scene:board(outline, z, w, color, edge)
  local n = #outline // 2
  local front, back = {}, {}
  for i = 1, n do
    local j = n - i + 1
    front[3 * i - 2], front[3 * i - 1], front[3 * i] = outline[2 * i - 1], outline[2 * i], z + w
    back[3 * i - 2], back[3 * i - 1], back[3 * i] = outline[2 * j - 1], outline[2 * j], z - w
  end
  for i = 1, n do
    local j = i % n + 1
    local a, b, c, d = outline[2 * i - 1], outline[2 * i], outline[2 * j - 1], outline[2 * j]
    face(self, { a, b, z - w, c, d, z - w, c, d, z + w, a, b, z + w }, edge or color, false, -0.02)
  end
  face(self, front, color, true, 0.02)
  face(self, back, color, true, 0.02)
end

-- --- painting -------------------------------------------------------------------------------------------------------

local function paint(c, self, p)
  local k = p.color
  if p.kind == "face" then
    c:polygon(p.xy):color(k[1], k[2], k[3]):fill()
  elseif p.kind == "spot" then
    c:ellipse(p.u, p.v, p.rx, p.ry, p.angle):color(k[1], k[2], k[3]):fill()
  elseif p.kind == "limb" then
    local a, b = p.k1, p.k2
    c:polygon(p.xy):linear(p.line[1], p.line[2], p.line[3], p.line[4],
      { { 0, k[1] * a, k[2] * a, k[3] * a }, { 1, k[1] * b, k[2] * b, k[3] * b } }):fill()
  else
    local l, a, b = self.light, self.ambient + self.bright, self.ambient + self.bright * 0.1
    c:ellipse(p.u, p.v, p.rx, p.ry, p.angle):radial(p.u + l[1] * p.rx * 0.5, p.v - l[2] * p.rx * 0.5, p.rx * 1.5,
      { { 0, k[1] * a, k[2] * a, k[3] * a }, { 1, k[1] * b, k[2] * b, k[3] * b } }):fill()
  end
  for _, q in ipairs(p.on or {}) do paint(c, self, q) end
end

--- Paints all that was added so that it fills `size` pixels about (u, v), turned by `roll`.
function Scene:paint(c, u, v, size, roll)
  table.sort(self.list, function(a, b)
    if a.depth == b.depth then return a.order < b.order end
    return a.depth < b.depth
  end)
  local k = size / math.max(self.x2 - self.x1, self.y2 - self.y1, 1e-3)
  c:save():translate(u, v):rotate(roll or 0):scale(k):translate(-(self.x1 + self.x2) / 2, -(self.y1 + self.y2) / 2)
  for _, p in ipairs(self.list) do paint(c, self, p) end
  c:restore()
end

return scene
