--- vgg.lua: makes vgg.safetensors beside it, the slim VGG-19 of style_transfer: a quarter of the paper's channels.
--   build/lunette scripts/pretrain/vgg.lua [FOLDER [short]]      from the root of the repository; the same bits every
-- time, with any number of threads.  short: 160 objects, seen once: weights that have learnt nothing, in seconds.
-- Data: 8000 drawn objects of 78 classes (scripts/lib/objects.lua), seed 1.  Time: 160 s on one core.
-- Held out: 0.274 of 1000 pictures of designs that it has not seen are told apart (chance 0.013).
-- Means over places of the last three blocks are read, so that textures count as well as things.  In training every
-- convolution has a batch norm behind it; afterwards it is folded into the weights and every filter brought to a mean
-- of 1, so that what remains is a VGG: convolutions with biases.
local objects, vgg, half = require "lib.objects", require "lib.vgg", require "lib.half"

local folder, short = arg and arg[1] or "scripts/pretrain", arg and arg[2] == "short"
local SIZE, COUNT, EPOCHS, BATCH, LR = 40, short and 160 or 8000, short and 1 or 10, 32, 3e-3
local widths = { 16, 32, 64, 128, 128 }

tensor.seed(1)
local started = os.clock()
local x, y = objects.draw(COUNT, SIZE, tensor.rng(1))
local xheld, yheld = objects.draw(short and 100 or 1000, SIZE, tensor.rng(2), { heldout = true })
local drawn = vgg.draw(widths, tensor.rng(3))                          -- names, in the paper's order

local Net = nn.class "Net"
function Net:init(classes)
  self.blocks, self.head = {}, nn.Linear(widths[3] + widths[4] + widths[5], classes)
  local i = 3
  for b, count in ipairs(vgg.blocks) do
    self.blocks[b] = nn.Sequential {}
    for _ = 1, count do
      self.blocks[b]:push(nn.ConvNorm { i, widths[b], 3 })
      i = widths[b]
    end
  end
end
--- a [n, h, w, 3] of 0..1 -> scores [n, classes]
function Net:forward(a)
  local means = {}
  a = drawn.prepare(a)
  for b, block in ipairs(self.blocks) do
    a = block(a)
    if b > 2 then means[#means + 1] = a:mean(3):mean(2) end
    if b < #self.blocks then a = nn.avg_pool2d { a, kernel = 2 } end
  end
  return self.head(tensor.cat(means, 2))
end

local net = Net(#objects.names)
local adam = optim.AdamW { net, lr = LR, weight_decay = 0.02 }
adam.schedule = optim.cosine { LR, steps = EPOCHS * (COUNT // BATCH), warmup = 50 }

local function held_out()
  net:eval()
  local right = 0
  for xs, ys in data.loader { { xheld, yheld }, batch = 100 } do
    right = right + tensor.no_grad(function() return net(xs):argmax(2):eq(ys):to "f32":sum():item() end)
  end
  net:train()
  return right / yheld:numel()
end

for epoch = 1, EPOCHS do
  local sum, n = 0, 0
  for xs, ys in data.loader { { x, y }, batch = BATCH, shuffle = true, drop_last = true, seed = epoch,
    augment = { { "flip" }, { "crop", SIZE, SIZE, pad = 4 } } } do
    local loss = nn.cross_entropy(net(xs), ys)
    adam:step(loss)
    sum, n = sum + loss:item(), n + 1
  end
  print(("epoch %2d   loss %.4f   held out %.3f   %.0f s"):format(epoch, sum / n, held_out(), os.clock() - started))
end

net:eval()
local plain = { prepare = drawn.prepare }
for _, block in ipairs(net.blocks) do
  for _, layer in ipairs(block) do
    local norm = layer.norm
    local scale = (norm.weight / (norm.running_var + norm.opt.eps):sqrt()):detach()
    plain[#plain + 1] = { weight = (layer.conv.weight:detach() * scale):contiguous(),
      bias = norm.bias:detach() - norm.running_mean * scale }
  end
end
vgg.level(plain, { x[{ { 1, math.min(256, COUNT) } }] }, nn.avg_pool2d)
local tensors = {}
for n, layer in ipairs(plain) do
  tensors[vgg.names[n] .. ".weight"], tensors[vgg.names[n] .. ".bias"] = layer.weight, layer.bias
end
assert(half.save(folder .. "/vgg.safetensors", tensors))
