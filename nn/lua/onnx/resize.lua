--- resize.lua: ONNX's Resize and Upsample: each axis by itself, as a few weighted picks along it.
local operators = require "nn.onnx.operators"
local v = require "nn.onnx.values"
local add = operators.add

local rounding = {
  round_prefer_floor = function(x) return math.ceil(x - 0.5) end,
  round_prefer_ceil = function(x) return math.floor(x + 0.5) end,
  floor = math.floor, ceil = math.ceil,
}

-- Where output o of an axis lies in the input; n: its size there, m: its size in the output, s: m / n as given.
local coordinates = {
  half_pixel = function(o, s) return (o + 0.5) / s - 0.5 end,
  half_pixel_symmetric = function(o, s, n, m)
    local centre = n / 2
    return centre * (1 - m / (s * n)) + (o + 0.5) / s - 0.5
  end,
  pytorch_half_pixel = function(o, s, _, m) return m > 1 and (o + 0.5) / s - 0.5 or 0 end,
  align_corners = function(o, s, n, m) return m > 1 and o * (n - 1) / (s * n - 1) or 0 end,
  tf_half_pixel_for_nn = function(o, s) return (o + 0.5) / s end,
  asymmetric = function(o, s) return o / s end,
  tf_crop_and_resize = function(o, _, n, m, roi)
    if m > 1 then return roi[1] * (n - 1) + o * (roi[2] - roi[1]) * (n - 1) / (m - 1) end
    return 0.5 * (roi[1] + roi[2]) * (n - 1)
  end,
}

-- Weights of the taps round x (Keys 1981); stretch > 1 widens them when a picture shrinks with antialias.
local function cubic(t, a)
  t = math.abs(t)
  if t <= 1 then return ((a + 2) * t - (a + 3)) * t * t + 1 end
  if t < 2 then return ((a * t - 5 * a) * t + 8 * a) * t - 4 * a end
  return 0
end
local function triangle(t) return math.max(0, 1 - math.abs(t)) end

-- Tap k of every output of an axis: places and weights, as rows.
local function taps(axis, mode, opt)
  local n, m, scale = axis.n, axis.m, axis.scale
  local stretch = opt.antialias and math.max(1, 1 / scale) or 1
  local reach = (mode == "cubic" and 2 or 1) * stretch
  local count = 2 * math.ceil(reach)
  local places, weights, outside = {}, {}, {}
  for k = 1, count do places[k], weights[k] = {}, {} end
  for o = 0, m - 1 do
    local x = opt.at(o, scale, n, m, axis.roi)
    local base, sum = math.floor(x) - count // 2 + 1, 0
    local row = {}
    for k = 1, count do
      local at = base + k - 1
      local t = (x - at) / stretch
      local w = mode == "cubic" and cubic(t, opt.a) or triangle(t)
      if opt.exclude and (at < 0 or at >= n) then w = 0 end
      places[k][o + 1] = math.max(0, math.min(n - 1, at)) + 1
      row[k] = w
      sum = sum + w
    end
    for k = 1, count do weights[k][o + 1] = (opt.exclude or opt.antialias) and row[k] / sum or row[k] end
    outside[o + 1] = opt.extrapolates and (x < 0 or x > n - 1)
  end
  return places, weights, outside
end

local function nearest(x, d, axis, opt)
  local places = {}
  for o = 0, axis.m - 1 do
    local at = opt.round(opt.at(o, axis.scale, axis.n, axis.m, axis.roi))
    places[o + 1] = math.max(0, math.min(axis.n - 1, at)) // 1 + 1
  end
  return x:index_select(v.ints(places), d)
end

local function mixed(x, d, axis, mode, opt)
  local places, weights, outside = taps(axis, mode, opt)
  local y, nd = nil, x:dim()
  for k = 1, #places do
    local all_zero = true
    for _, w in ipairs(weights[k]) do all_zero = all_zero and w == 0 end
    if not all_zero then
      local part = x:index_select(v.ints(places[k]), d) * v.along(tensor(weights[k], { dtype = x.dtype }), d, nd)
      y = y and y + part or part
    end
  end
  local any = {}
  for o, out in ipairs(outside) do any[o] = out and 1 or 0 end
  if opt.extrapolates then
    local mask = v.along(tensor(any), d, nd):gt(0):expand(y.shape)
    y = y:masked_fill(mask, opt.extrapolation)
  end
  return y
end

-- Lies every output of an axis that keeps its size where its input lies?  A scale may move them all the same.
local function stays(axis, opt)
  local last = axis.m - 1
  return opt.at(0, axis.scale, axis.n, axis.m, axis.roi) == 0
    and opt.at(last, axis.scale, axis.n, axis.m, axis.roi) == last
end

-- Which of the engine's own ways to resize pictures this is: {mode=, align_corners=}; nil: none of them.
local function own_way(mode, transform, opt, axis_list)
  local h, w = axis_list[3], axis_list[4]
  if #axis_list ~= 4 or axis_list[1].m ~= axis_list[1].n or axis_list[2].m ~= axis_list[2].n then return nil end
  if axis_list[1].scale ~= 1 or axis_list[2].scale ~= 1 or opt.antialias or opt.exclude then return nil end
  for _, axis in ipairs { h, w } do -- there the ratio is that of the sizes
    if axis.scale ~= axis.m / axis.n or axis.m == 1 then return nil end
  end
  if mode == "nearest" and transform == "asymmetric" and opt.round == math.floor then return { mode = "nearest" } end
  local corners = transform == "align_corners"
  if mode ~= "linear" or not (corners or transform == "half_pixel" or transform == "pytorch_half_pixel") then
    return nil
  end
  return { mode = "bilinear", align_corners = corners }
end

-- Of each dimension that is resized its size n, its new one m, its scale, and its part of roi.
local function axes_of(n, x, dims, transform, given)
  local scales, sizes, roi = given.scales, given.sizes, given.roi
  local policy, factor, list = n.attr.keep_aspect_ratio_policy or "stretch", nil, {}
  for i, d in ipairs(sizes and policy ~= "stretch" and dims or {}) do
    local f = sizes[i] / x:size(d)
    factor = factor and (policy == "not_larger" and math.min or math.max)(factor, f) or f
  end
  for i, d in ipairs(dims) do
    local size = x:size(d)
    local axis = { n = size, scale = scales and scales[i] }
    if factor then
      axis.scale, axis.m = factor, math.floor(factor * size + 0.5)
    else
      axis.m = sizes and sizes[i] or math.floor((("f"):unpack(("f"):pack(size * axis.scale)))) -- in f32, as there
      axis.scale = axis.scale or axis.m / size
    end
    -- corners of PyTorch are those of the picture that there is; those of ONNX, at scale * size, may lie between pixels
    if transform == "align_corners" and n.producer == "pytorch" then axis.scale = axis.m / size end
    if axis.m < 1 then lunette.raise(("Resize of %s to nothing"):format(lunette.typename(x))) end
    axis.roi = roi and { roi[i], roi[#roi // 2 + i] }
    list[i] = axis
  end
  return list
end

local function resize(n, x, scales, sizes, roi)
  local mode = n.attr.mode or "nearest"
  if mode == "bilinear" or mode == "trilinear" then mode = "linear" end
  local transform = n.attr.coordinate_transformation_mode or (n.version < 11 and "asymmetric" or "half_pixel")
  local opt = { at = coordinates[transform], a = n.attr.cubic_coeff_a or -0.75, exclude = n.attr.exclude_outside == 1,
    round = rounding[n.attr.nearest_mode or (n.version < 11 and "floor" or "round_prefer_floor")],
    antialias = n.attr.antialias == 1, extrapolates = transform == "tf_crop_and_resize",
    extrapolation = n.attr.extrapolation_value or 0 }
  local nd, axes, dims = x:dim(), n.attr.axes, {}
  for i = 1, axes and #axes or nd do dims[i] = axes and v.dim(axes[i], nd) or i end
  local axis_list = axes_of(n, x, dims, transform, { scales = scales, sizes = sizes, roi = roi })
  local wanted, copies = x.shape, mode == "linear" and not opt.extrapolates
  for i, d in ipairs(dims) do
    wanted[d] = axis_list[i].m
    copies = copies and axis_list[i].m == axis_list[i].n
  end
  if copies then return x end -- at a scale of 1.1, too: so do PyTorch and ONNX Runtime
  v.bounded(wanted)
  local own = v.is_float(x) and not axes and own_way(mode, transform, opt, axis_list)
  if own then
    own[1], own.size = v.last(x), { wanted[3], wanted[4] }
    return v.first(nn.upsample(own))
  end
  local last = v.lies_last(x)
  local y = last and v.last(x) or x
  for i, d in ipairs(dims) do
    local size, axis = x:size(d), axis_list[i]
    if not (axis.m == size and (stays(axis, opt) or opt.extrapolates and d <= 2)) then
      local at = not last and d or d == 1 and 1 or d == 2 and nd or d - 1
      y = mode == "nearest" and nearest(y, at, axis, opt) or mixed(y, at, axis, mode, opt)
    end
  end
  return last and v.first(y) or y
end

-- Words that no row above knows.
local modes = { nearest = true, linear = true, bilinear = true, trilinear = true, cubic = true }
local function refuses(n)
  local a = n.attr
  if a.mode and not modes[a.mode] then return ("mode '%s'"):format(a.mode) end
  local transform, round = a.coordinate_transformation_mode, a.nearest_mode
  if transform and not coordinates[transform] then return ("coordinates by '%s'"):format(transform) end
  if round and not rounding[round] then return ("nearest_mode '%s'"):format(round) end
end
local function list(x) return x and x:numel() > 0 and v.list(x) or nil end
add("Resize", { 10, function(n, x, scales) return resize(n, x, list(scales)) end },
  { 11, function(n, x, roi, scales, sizes)
    return resize(n, x, list(scales), list(sizes), list(roi))
  end }).refuses = refuses
add("Upsample", { 7, function(n, x) return resize(n, x, n.attr.scales) end },
  { 9, function(n, x, scales) return resize(n, x, list(scales)) end }).refuses = refuses
