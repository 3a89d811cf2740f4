local objects, vgg, half = require "lib.objects", require "lib.vgg", require "lib.half"
local paintings = require "lib.paintings"
local folder, epochs, count = arg and arg[1] or "scripts/pretrain", 12, 6000

local SIZE, WIDTHS = 48, { 16, 32, 64, 128, 128 }
tensor.seed(1)
local x, y = objects.draw(count, SIZE, tensor.rng(2))
local xheld, yheld = objects.draw(1000, SIZE, tensor.rng(3), { heldout = true })
local classes = #objects.names

local started = os.clock()
local blocks, i = {}, 3
for b, n in ipairs(vgg.blocks) do
  blocks[b] = nn.Sequential {}
  for _ = 1, n do
    blocks[b]:push(nn.ConvNorm { i, WIDTHS[b], 3 })
    i = WIDTHS[b]
  end
end
local Net = nn.class "Net"
function Net:init()
  for b, block in ipairs(blocks) do self["block" .. b] = block end
  self.head = nn.Linear(64 + 128 + 128, classes)
end
function Net:forward(a)
  local means = {}
  for b, block in ipairs(blocks) do
    a = block(a)
    if b > 2 then means[#means + 1] = a:mean(3):mean(2) end
    if b < #blocks then a = nn.avg_pool2d { a, kernel = 2 } end
  end
  return self.head(tensor.cat(means, 2))
end
local net = Net()
local adam = optim.AdamW { net, lr = 2e-3, weight_decay = 0.02 }
local batch = 32
local steps = epochs * (count // batch)
adam.schedule = optim.cosine { 2e-3, steps = steps, warmup = 50 }
local function held()
  net:eval()
  local right = 0
  for xs, ys in data.loader { { xheld, yheld }, batch = 100 } do
    right = right + tensor.no_grad(function() return net(xs * 2 - 1):argmax(2):eq(ys):to "f32":sum():item() end)
  end
  net:train()
  return right / yheld:numel()
end
for epoch = 1, epochs do
  local sum, n = 0, 0
  for xs, ys in data.loader { { x, y }, batch = batch, shuffle = true, drop_last = true, seed = epoch,
    augment = { { "flip" }, { "crop", SIZE, SIZE, pad = 4 } } } do
    local loss = nn.cross_entropy(net(xs * 2 - 1), ys)
    adam:step(loss)
    sum, n = sum + loss:item(), n + 1
  end
  print(("epoch %2d   loss %.4f   held out %.3f   %.0f s"):format(epoch, sum / n, held(), os.clock() - started))
end

-- The norms are folded into the convolutions
net:eval()
local plain = { prepare = vgg.centred, kind = "ours" }
for _, block in ipairs(blocks) do
  for _, layer in ipairs(block) do
    local n, w = layer.norm, layer.conv.weight
    local scale = (n.weight / (n.running_var + n.opt.eps):sqrt()):detach()
    plain[#plain + 1] = { name = vgg.names[#plain + 1], weight = (w:detach() * scale):contiguous(),
      bias = n.bias:detach() - n.running_mean * scale }
  end
end
local pictures = {}
for k, name in ipairs { "coast", "village", "swirls", "facets", "dots", "waves" } do
  pictures[k] = paintings.draw(name, 144, 192, 1):unsqueeze(1)
end
vgg.level(plain, pictures, nn.avg_pool2d)
local tensors = {}
for _, l in ipairs(plain) do tensors[l.name .. ".weight"], tensors[l.name .. ".bias"] = l.weight, l.bias end
assert(half.save(folder .. "/vgg.safetensors", tensors))
