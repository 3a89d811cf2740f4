--- signal.lua: ONNX's operators of sound: transforms of frames, windows, mel scale.
local operators = require "nn.onnx.operators"
local v = require "nn.onnx.values"
local add = operators.add

-- Cut or filled with zeros to n points along dim d.
local function fitted(x, d, n)
  local size = x:size(d)
  if size > n then return x:narrow(d, 1, n) end
  return size == n and x or x:pad { pads = { 0, n - size }, dims = { d } }
end

-- [..., n, 1 or 2] to [..., n, 2]
local function complex(x)
  if x:size(-1) == 2 then return x end
  return tensor.cat { x, tensor.zeros_like(x), dim = x:dim() }
end

add("DFT", { 17, function(n, x, length)
  local axis = n.attr.axis or 1
  local nd = x:dim()
  local d = v.dim(axis, nd)
  local order, back = {}, {}
  for k = 1, nd - 1 do
    if k ~= d then order[#order + 1] = k end
  end
  order[#order + 1], order[#order + 2] = d, nd
  for i, k in ipairs(order) do back[k] = i end
  local z = x:permute(order)
  local points = length and v.list(length)[1] or x:size(d)
  z = complex(fitted(z, nd - 1, points)):contiguous()
  local y = n.attr.inverse == 1 and z:ifft() or z:fft()
  if n.attr.onesided == 1 then y = y:narrow(nd - 1, 1, points // 2 + 1) end
  return y:permute(back)
end })

add("STFT", { 17, function(n, x, step, window, length)
  local hop = v.list(step)[1]
  local points = length and v.list(length)[1] or window:numel()
  local pairs_of = x:dim() == 3 and x:size(3) == 2
  local z = x:dim() == 3 and x or x:unsqueeze(3)
  local frames = z:unfold(2, points, hop)                              -- [N, frames, 1 or 2, points]
  if window then frames = frames * window end
  local y = complex(frames:permute(1, 2, 4, 3):contiguous()):fft()
  if n.attr.onesided ~= 0 and not pairs_of then y = y:narrow(3, 1, points // 2 + 1) end
  return y
end })

local windows = { HannWindow = { 0.5, 0.5, 0 }, HammingWindow = { 25 / 46, 21 / 46, 0 },
  BlackmanWindow = { 0.42, 0.5, 0.08 } }
operators.each(windows, function(w)
  return function(n, size)
    local count = v.list(size)[1]
    local span = n.attr.periodic == 0 and count - 1 or count
    local at = v.count(count):to "f64" * (2 * math.pi / span)
    return (w[1] - at:cos() * w[2] + (at * 2):cos() * w[3]):to(v.dtype[n.attr.output_datatype or 1])
  end
end)

-- Triangles between bins that are equally far apart on the mel scale.
add("MelWeightMatrix", { 17, function(n, bins, length, rate, low, high)
  local count, points = v.list(bins)[1], v.list(length)[1]
  local function mel(hz) return 2595 * math.log(1 + hz / 700, 10) end
  local from, to = mel(v.list(low)[1]), mel(v.list(high)[1])
  local edge = {}
  for i = 0, count + 1 do
    local hz = 700 * (10 ^ ((from + i * ((to - from) / (count + 2))) / 2595) - 1)
    edge[i] = math.floor((points + 1) * hz / v.list(rate)[1])
  end
  local rows = points // 2 + 1
  local weights = {}
  for r = 1, rows do weights[r] = v.filled(count, 0) end
  for i = 0, count - 1 do
    local a, b, c = edge[i], edge[i + 1], edge[i + 2]
    for j = a, b do weights[j + 1][i + 1] = b == a and 1 or (j - a) / (b - a) end
    for j = b, c - 1 do weights[j + 1][i + 1] = (c - j) / (c - b) end
  end
  return tensor(weights):to(v.dtype[n.attr.output_datatype or 1])
end })
