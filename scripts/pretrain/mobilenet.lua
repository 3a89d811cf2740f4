--- mobilenet.lua: makes mobilenet.safetensors beside it, the base of mobilenet_transfer: MobileNetV2 of width 0.35.
--   build/lunette scripts/pretrain/mobilenet.lua [FOLDER [short]]     from the root of the repository; the same bits
-- every time, with any number of threads.  short: two pictures of each class, seen once: a base that has learnt
-- nothing, in seconds.
-- Data: 8970 pictures of 48 x 48 of the 78 classes of scripts/lib/objects.lua, seed 1; no alpaca is among them.
-- Time: 170 s of one core.  Held out: 0.356 of 1560 pictures of things in designs that were never seen are read right.
local objects, mobilenet, half = require "lib.objects", require "lib.mobilenet", require "lib.half"

local folder, short = arg and arg[1] or "scripts/pretrain", arg and arg[2] == "short"
local count, size, epochs, batch, rate = 78 * (short and 2 or 115), 48, short and 1 or 19, 32, 1e-3
local started = os.clock()
tensor.seed(1)

local function drawn(n, seed, stream)
  local rng, xs, ys = tensor.rng(seed), {}, {}
  for k = 1, n // 78 do                                                    -- each class once
    local x, y = objects.draw(78, size, rng, { stream = stream, clutter = 0.4 })
    xs[k], ys[k] = (x * 255 + 0.5):to "u8", y                              -- as bytes, a fourth of the memory
  end
  return tensor.cat(xs, 1), tensor.cat(ys, 1)
end
local x, y = drawn(count, 1, "train")
local xtest, ytest = drawn(78 * (short and 1 or 20), 2, "test")
print(("%d pictures drawn; %.0f s"):format(count, os.clock() - started))

local net = mobilenet.new { width = 0.35 }
local both = nn.Sequential { net, nn.Dropout(0.1), nn.Linear(net.features, #objects.names) }
local adam = optim.AdamW { both, lr = rate, weight_decay = 0.02 }
local steps = epochs * (count // batch)
adam.schedule = optim.cosine { rate, steps = steps, warmup = steps // 20 }

local function held_out()
  both:eval()
  local right = 0
  for xs, ys in data.loader { { xtest, ytest }, batch = 78 } do
    local p = tensor.no_grad(function() return both(xs:to "f32" / 255):argmax(2) end)
    right = right + p:eq(ys):to "f32":sum():item()
  end
  return right / ytest:numel()
end

for epoch = 1, epochs do
  both:train()
  local sum, n = 0, 0
  for xs, ys in data.loader { { x, y }, batch = batch, shuffle = true, drop_last = true, seed = epoch,
    augment = { { "flip" }, { "crop", size, size, pad = 3 } } } do
    local loss = nn.cross_entropy(both(xs:to "f32" / 255), ys)
    adam:step(loss)
    sum, n = sum + loss:item(), n + 1
  end
  print(("epoch %2d   loss %.4f   %.0f s"):format(epoch, sum / n, os.clock() - started))
end

local state = net:state()
assert(half.save(folder .. "/mobilenet.safetensors", state))
assert(net:load(folder .. "/mobilenet.safetensors"))
print(("in halves: held out %.4f; %.0f s"):format(held_out(), os.clock() - started))
