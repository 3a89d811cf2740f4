--- Convolution and pooling step by step, forward and backward.  LeCun et al. 1998, doi:10.1109/5.726791
-- Claim: outputs and gradients of the loops written here equal the engine's, all nine: difference at most 1e-6.
-- Takes: under a second.
local opt = lunette.options {
  batch = 10,                  -- images
  seed = 1,                    -- of images and kernels
  quick = { batch = 2 },
}
local is = require "lib.shapes" ()     -- is(x, "m 4"): x must have this shape; a letter is one size everywhere

-- 1 Data --------------------------------------------------------------------------------------------------------------
-- A batch of small images with 4 channels (last), 8 kernels of 3 x 3; and a striped picture to slide a window over.

local N, PAD, STRIDE = opt.batch, 1, 2
local rng = tensor.rng(opt.seed)
local A = is(tensor.randn { N, 5, 7, 4, rng = rng }, "N H W C")
local W = is(tensor.randn { 3, 3, 4, 8, rng = rng }, "k k C O")
local b = is(tensor.randn { 8, rng = rng }, "O")

-- 2 The parts ---------------------------------------------------------------------------------------------------------

--- Zeros around the image: [N, H, W, C] to [N, H + 2p, W + 2p, C].
local function zero_pad(x, p)
  local n, h, w, c = table.unpack(x.shape)
  local out = tensor.zeros { n, h + 2 * p, w + 2 * p, c, dtype = x.dtype }
  out[{ {}, { p + 1, p + h }, { p + 1, p + w }, {} }] = x
  return out
end

--- How many windows of k fit into a size: floor((size - k) / stride) + 1.
local function count(size, k, stride) return (size - k) // stride + 1 end

--- Calls visit(i, j, where) for all of them, where = the window's slice of the (padded) images.
local function windows(x, k, stride, visit)
  for i = 1, count(x:size(2), k, stride) do
    for j = 1, count(x:size(3), k, stride) do
      local top, left = (i - 1) * stride + 1, (j - 1) * stride + 1
      visit(i, j, { {}, { top, top + k - 1 }, { left, left + k - 1 }, {} })
    end
  end
end

--- One window with one kernel: s = sum over u, v, c of a[u, v, c] w[u, v, c] + b.
local function single_step(a, w, bias) return (a * w):sum():item() + bias end

--- All windows with all kernels.  A window of the batch, flattened to [N, k k C], times W as [k k C, O].
local function conv_forward(x, w, bias, pad, stride)
  local padded, k, n, o = zero_pad(x, pad), w:size(1), x:size(1), w:size(4)
  local z = tensor.zeros(n, count(padded:size(2), k, stride), count(padded:size(3), k, stride), o)
  local flat = w:reshape(-1, o)
  windows(padded, k, stride, function(i, j, where)
    z[{ {}, i, j, {} }] = padded[where]:reshape(n, -1):mm(flat) + bias
  end)
  return z
end

--- dA[window] += W dz;   dW += a[window]' dz;   db += dz, for every window; then the border is cut off dA.
local function conv_backward(dz, x, w, pad, stride)
  local padded, k, o, n = zero_pad(x, pad), w:size(1), w:size(4), x:size(1)
  local flat = w:reshape(-1, o)
  local dpadded, dflat, db = padded * 0, flat * 0, tensor.zeros { o, dtype = x.dtype }
  windows(padded, k, stride, function(i, j, where)
    local d = dz[{ {}, i, j, {} }]                                                   -- [N, O]
    local part = dpadded[where]
    part:add_(d:mm(flat:t()):reshape(part.shape))
    dflat:add_(padded[where]:reshape(n, -1):t():mm(d))
    db:add_(d:sum(1))
  end)
  local inner = { {}, { pad + 1, pad + x:size(2) }, { pad + 1, pad + x:size(3) }, {} }
  return dpadded[inner], dflat:reshape(w.shape), db
end

--- The greatest or the mean of each window, channel by channel.
local function pool_forward(x, k, stride, kind)
  local n, c = x:size(1), x:size(4)
  local y = tensor.zeros(n, count(x:size(2), k, stride), count(x:size(3), k, stride), c)
  windows(x, k, stride, function(i, j, where)
    local a = x[where]:reshape(n, k * k, c)
    y[{ {}, i, j, {} }] = kind == "max" and (a:max(2)) or a:mean(2)
  end)
  return y
end

--- Max: dy goes to the place of the greatest, a mask a == max(a).  Mean: every place of the window gets dy / k^2.
local function pool_backward(dy, x, k, stride, kind)
  local n, c, dx = x:size(1), x:size(4), x * 0
  windows(x, k, stride, function(i, j, where)
    local d, a, part = dy[{ {}, i, j, {} }]:reshape(n, 1, c), x[where]:reshape(n, k * k, c), dx[where]
    local share = kind == "max" and a:eq((a:max { dim = 2, keepdim = true })):to(x.dtype) or a * 0 + 1 / (k * k)
    local spread = share * d
    part:add_(spread:reshape(part.shape))
  end)
  return dx
end

-- 3 Against the engine ------------------------------------------------------------------------------------------------
-- The engine differentiates J = sum of y dy for the same dy.

local names, values = {}, {}
--- The largest difference of a from what is wanted, as a share of the largest element of that or of `all`.
local function note(name, a, want, all)
  local difference = ((a - want):abs():max() / (all or want):abs():max()):item()
  names[#names + 1], values[#values + 1] = name, difference
  print(("%-22s %-16s %.2e"):format(name, lunette.typename(a), difference))
end
print(("A %s, W %s, b %s; padding %d, stride %d"):format(lunette.typename(A), lunette.typename(W), lunette.typename(b),
  PAD, STRIDE))

local function compare_conv()
  local z = is(conv_forward(A, W, b, PAD, STRIDE), "N 3 4 O")
  local x, w, bias = A:clone():requires_grad(), W:clone():requires_grad(), b:clone():requires_grad()
  local want = nn.conv2d { x, w, bias, stride = STRIDE, padding = PAD }
  local dz = tensor.randn { N, 3, 4, 8, rng = rng }
  local J = (want * dz):sum()
  J:backward()
  local dx, dw, db = conv_backward(dz, A, W, PAD, STRIDE)
  note("convolution", z, want:detach())
  note("convolution dA", dx, x.grad)
  note("convolution dW", dw, w.grad)
  note("convolution db", db, bias.grad)
  local one = single_step(zero_pad(A, PAD)[{ 1, { 1, 3 }, { 1, 3 }, {} }], W[{ {}, {}, {}, 1 }], b[1])
  note("single step", tensor { one }, want:detach()[{ 1, 1, 1, { 1, 1 } }], want:detach())
end

local function compare_pool(kind)
  local x = A:clone():requires_grad()
  local y, want = pool_forward(A, 3, STRIDE, kind), nn[kind .. "_pool2d"] { x, kernel = 3, stride = STRIDE }
  local dy = tensor.randn { N, 2, 3, 4, rng = rng }
  local J = (want * dy):sum()
  J:backward()
  note(kind .. " pooling", is(y, "N 2 3 C"), want:detach())
  note(kind .. " pooling dA", pool_backward(dy, A, 3, STRIDE, kind), x.grad)
end

-- 4 Show --------------------------------------------------------------------------------------------------------------
-- Four kernels on a picture of a disc and stripes: a window slides over it and the feature map grows under it.

local function show()
  local S = 32
  local u = tensor.linspace(-1, 1, S):reshape(1, S):expand(S, S)
  local v = tensor.linspace(-1, 1, S):reshape(S, 1):expand(S, S)
  local disc = (u * u + v * v):lt(0.3):to "f32"
  local picture = (disc * 0.8 + (u * 14 + v * 6):sin():gt(0.6):to "f32" * 0.2):reshape(1, S, S, 1)
  local kernels = tensor {
    { { -1, 0, 1 }, { -2, 0, 2 }, { -1, 0, 1 } },                                    -- vertical edges (Sobel)
    { { -1, -2, -1 }, { 0, 0, 0 }, { 1, 2, 1 } },                                    -- horizontal edges
    { { 0, 1, 0 }, { 1, -4, 1 }, { 0, 1, 0 } },                                      -- spots (Laplace)
    { { 1 / 9, 1 / 9, 1 / 9 }, { 1 / 9, 1 / 9, 1 / 9 }, { 1 / 9, 1 / 9, 1 / 9 } },   -- blur
  }:permute(2, 3, 1):reshape(3, 3, 1, 4)
  local maps = conv_forward(picture, kernels, tensor.zeros(4), 1, 1)
  viz.image("picture", picture[1])
  viz.image("feature maps", maps[1]:permute(3, 1, 2):reshape(4, S, S, 1),
    { labels = { "vertical edges", "horizontal edges", "spots", "blur" } })
  local growing = maps[{ 1, {}, {}, 1 }] * 0
  for i = 1, S, 2 do
    growing[{ { i, i + 1 } }] = maps[{ 1, { i, i + 1 }, {}, 1 }]
    for j = 1, S - 2, 10 do viz.boxes("picture", { { j - 1, i - 1, j + 2, i + 2 } }) end
    viz.image("vertical edges, growing", growing)
  end
end

-- 5 Compare, and the result -------------------------------------------------------------------------------------------

compare_conv()
compare_pool "max"
compare_pool "avg"
viz.bars("difference from the engine", values, { labels = names, threshold = 1e-6, log = true })
show()
if opt.out then assert(tensor.save(opt.out .. "/conv_step_by_step.safetensors", { A = A, W = W, b = b })) end
local worst = tensor(values, { dtype = "f64" }):max():item()                         -- NaN, too, is no small difference
return { measure = "difference", difference = worst, below = 1e-6, also = { { "compared", #values, above = 9 } } }
