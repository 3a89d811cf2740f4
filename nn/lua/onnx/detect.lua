--- detect.lua: ONNX's operators of detectors: boxes that overlap, regions cut out, pixels at real places.
local operators = require "nn.onnx.operators"
local v = require "nn.onnx.values"
local add = operators.add

local function corners(boxes, centred)
  if centred then
    local xy, half = boxes[":, 1:2"], boxes[":, 3:4"] / 2
    return tensor.cat { xy - half, xy + half, dim = 2 }
  end
  local a, b = boxes[":, 1:2"], boxes[":, 3:4"]
  return tensor.cat { a:minimum(b), a:maximum(b), dim = 2 }
end

add("NonMaxSuppression", { 10, function(n, boxes, scores, most, iou, least)
  -- exporters write the largest whole number for `all`
  local count = math.min(most and v.list(most)[1] or 0, boxes:size(2))
  local rows = {}
  for b = 1, count > 0 and boxes:size(1) or 0 do
    local where = corners(boxes[b], n.attr.center_point_box == 1)
    for c = 1, scores:size(2) do
      local s = scores[b][c]
      local ids = least and s:gt(v.list(least)[1]):nonzero():reshape(-1) or v.count(s:numel()) + 1
      if ids:numel() > 0 then
        local kept = nn.nms(where[ids], s[ids], { iou = iou and v.list(iou)[1] or 0, most = count })
        for _, k in ipairs(v.list(ids[kept])) do
          for _, value in ipairs { b - 1, c - 1, k - 1 } do rows[#rows + 1] = value end
        end
      end
    end
  end
  return v.ints(rows):reshape { #rows // 3, 3 }
end })

-- Values of x [N, H, W, C] at real places [N, P] each: four pixels mixed.  outside: pixels beyond the edge count as 0.
local function pixel(flat, H, W, y, x, outside)
  local inside = y:ge(0):logical_and(y:lt(H)):logical_and(x:ge(0)):logical_and(x:lt(W))
  local at = y:clamp(0, H - 1) * W + x:clamp(0, W - 1) + 1
  local C = flat:size(3)
  local z = flat:gather(at:to "i64":unsqueeze(3):expand(at:size(1), at:size(2), C), 2)
  return outside and z * inside:to(z.dtype):unsqueeze(3) or z
end
local function bilinear(flat, H, W, y, x, outside)
  local y0, x0 = y:detach():floor(), x:detach():floor()
  local fy, fx = (y - y0):unsqueeze(3), (x - x0):unsqueeze(3)
  local function p(dy, dx) return pixel(flat, H, W, y0 + dy, x0 + dx, outside) end
  local top = p(0, 0) * (1 - fx) + p(0, 1) * fx
  return top * (1 - fy) + (p(1, 0) * (1 - fx) + p(1, 1) * fx) * fy
end

-- Samples are averaged in bins; their number is one for all boxes of a size, or by the size of each box.
add("RoiAlign", { 10, function(n, x, rois, batch)
  local a, oh, ow = n.attr, n.attr.output_height or 1, n.attr.output_width or 1
  local H, W, C = x:size(3), x:size(4), x:size(2)
  local z = v.last(x)
  local half = n.version >= 16 and (a.coordinate_transformation_mode or "half_pixel") == "half_pixel" and 0.5 or 0
  local flat, ys = z:reshape { x:size(1), H * W, C }, { dim = 1 }
  local scale = a.spatial_scale or 1
  local whose = v.list(batch)
  for k, box in ipairs(rois:to "f64":totable()) do
    local x1, y1, x2, y2 = box[1] * scale - half, box[2] * scale - half, box[3] * scale - half, box[4] * scale - half
    local w, h = x2 - x1, y2 - y1
    if half == 0 then w, h = math.max(w, 1), math.max(h, 1) end
    local ratio = a.sampling_ratio or 0
    local sy = ratio > 0 and ratio or math.max(1, math.ceil(h / oh))
    local sx = ratio > 0 and ratio or math.max(1, math.ceil(w / ow))
    local py = (v.count(oh * sy):to "f64" + 0.5) * (h / oh / sy) + y1
    local px = (v.count(ow * sx):to "f64" + 0.5) * (w / ow / sx) + x1
    local gy = py:view { -1, 1 }:expand(oh * sy, ow * sx):reshape { 1, -1 }
    local gx = px:view { 1, -1 }:expand(oh * sy, ow * sx):reshape { 1, -1 }
    local off = gy:lt(-1):logical_or(gy:gt(H)):logical_or(gx:lt(-1)):logical_or(gx:gt(W))
    local values = bilinear(flat:narrow(1, whose[k] + 1, 1), H, W, gy:clamp(0, H - 1):to(x.dtype),
      gx:clamp(0, W - 1):to(x.dtype))
    local low = a.mode == "max" and -math.huge or 0
    values = values:masked_fill(off:unsqueeze(3):expand(values.shape), 0)
    local bins = values:reshape { oh, sy, ow, sx, C }
    if low == 0 then
      bins = bins:mean { dim = { 2, 4 } }
    else
      bins = tensor.max(tensor.max(bins, { dim = 4 }), { dim = 2 })
    end
    ys[k] = bins:permute(3, 1, 2):unsqueeze(1)
  end
  return #ys > 0 and tensor.cat(ys) or tensor.zeros { 0, C, oh, ow, dtype = x.dtype }
end })

-- --- grid sample -----------------------------------------------------------------------------------------------------

-- A place beyond the edge, mirrored until it is inside.
local function reflected(t, low, high)
  local span = high - low
  if span == 0 then return t * 0 end
  local d = (t - low):abs()
  local turns = (d / span):detach():floor()
  local rest = d - turns * span
  local odd = turns:remainder(2)
  return odd * (span - rest) + (1 - odd) * rest + low
end

local function cubic_weights(t, a)
  local function near(d) return ((a + 2) * d - (a + 3)) * d * d + 1 end
  local function far(d) return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a end
  return { far(t + 1), near(t), near(1 - t), far(2 - t) }
end

add("GridSample", { 16, function(n, x, grid)
  local mode, padding = n.attr.mode or "bilinear", n.attr.padding_mode or "zeros"
  if x:dim() ~= 4 then lunette.raise "GridSample of other than pictures is not done" end
  local align = n.attr.align_corners == 1
  if mode == "linear" then mode = "bilinear" end
  if mode == "bilinear" or mode == "nearest" then
    return v.first(nn.grid_sample { v.last(x), grid, mode = mode, padding = padding, align_corners = align })
  end
  local s, g = x.shape, grid.shape
  local H, W = s[3], s[4]
  local function place(t, size) return align and (t + 1) / 2 * (size - 1) or ((t + 1) * size - 1) / 2 end
  local gx = place(grid:select(4, 1):reshape { g[1], -1 }, W)
  local gy = place(grid:select(4, 2):reshape { g[1], -1 }, H)
  local function bounded(t, size)
    if padding == "border" then return t:clamp(0, size - 1) end
    if padding ~= "reflection" then return t end
    local r = align and reflected(t, 0, size - 1) or reflected(t, -0.5, size - 0.5)
    return r:clamp(0, size - 1)
  end
  local flat, outside = v.last(x):reshape { s[1], H * W, s[2] }, padding == "zeros"
  local y0, x0 = gy:detach():floor(), gx:detach():floor()
  local wy, wx, y = cubic_weights(gy - y0, -0.75), cubic_weights(gx - x0, -0.75), nil
  for i = 1, 4 do
    local row
    for j = 1, 4 do
      local p = pixel(flat, H, W, bounded(y0 + (i - 2), H), bounded(x0 + (j - 2), W), outside) * wx[j]:unsqueeze(3)
      row = row and row + p or p
    end
    row = row * wy[i]:unsqueeze(3)
    y = y and y + row or row
  end
  return v.first(y:reshape { g[1], g[2], g[3], s[2] })
end })
