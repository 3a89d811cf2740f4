-- nn.models against torchvision in f64, with torchvision's names and layouts (tests/golden/models.lua, whose maker says
-- what the weights are), and data.prepare.
local test = dofile "tests/check.lua"
local import = test.inside.require "nn.import"

local function formula(n, k)
  local i = tensor.arange(n):to "i64" - 1
  return (i * 2654435761 + (k * 40503 + 12345)):remainder(2 ^ 32 | 0):to "f64" / 2 ^ 32 - 0.5
end

-- Sizes as PyTorch has them.
local function their_shape(entry)
  local s = entry.tensor.shape
  if #s == 4 and entry.module.__name == "ConvTranspose2d" then return { s[3], s[4], s[1], s[2] } end
  if #s == 4 then return { s[4], s[3], s[1], s[2] } end
  if #s == 2 then return { s[2], s[1] } end
  return s
end

-- A file of PyTorch's form with the formula's numbers, in the order of its state_dict.
local function state_of(net, skip)
  local state, k = {}, 0
  for _, entry in ipairs(import.torch_names(net)) do
    if not (skip and entry.name:find(skip)) then
      k = k + 1
      local shape = their_shape(entry)
      local n = entry.tensor:numel()
      local u = formula(n, k)
      if #shape > 1 then
        u = u * math.sqrt(24 / (n / shape[1]))
      elseif entry.name:find "running_var$" then
        u = u + 1
      elseif entry.name:find "weight$" then
        u = u / 2 + 1
      else
        u = u / 2
      end
      state[entry.name] = u:view(shape)
    end
  end
  return state
end

-- 138 million numbers of a classifier would say nothing more about the layers: VGG's is left out.
local function without_classifier(net)
  net.classifier = nn.Identity()
  net.flatten = nn.Identity()
  return net
end

local only = os.getenv "MODEL" -- one of them, while looking for a mistake
for i, case in ipairs(dofile "tests/golden/models.lua") do
  local name, options, size, n, first, squares, by_place = table.unpack(case)
  if only and name ~= only then goto continue end
  test(("%s %d as torchvision's"):format(name, i), function()
    if test.sanitized and not (name == "unet" or name == "resnet18") then return end
    local net = nn.models[name](options)
    if name:find "vgg" then net = without_classifier(net) end
    local path = os.tmpname() .. ".safetensors"
    net = net:to "f64"
    assert(tensor.save(path, state_of(net)))
    assert(net:load(path, { from = "torch" }))
    os.remove(path)
    local h, w = table.unpack(size)
    local x = (formula(h * w * 3, 0):view(1, 3, h, w) * 2):permute(1, 3, 4, 2):contiguous()
    local y = tensor.no_grad(function() return (net:eval()(x)) end)
    if y:dim() == 4 then y = y:permute(1, 4, 2, 3) end
    y = y:reshape(-1)
    test.equal(y:numel(), n)
    test.close(y[{ { 1, math.min(n, 8) } }], tensor(first, { dtype = "f64" }), 1e-8)
    test.close((y * y):sum():item(), tensor(squares, { dtype = "f64" }), 1e-8)
    local place = (tensor.arange(n):to "f64" - 1):remainder(97) + 1
    test.close((y * place):sum():item(), tensor(by_place, { dtype = "f64" }), 1e-7)
    local single = tensor.no_grad(function() return (net:to "f32"(x:to "f32")) end) -- by other kernels
    if single:dim() == 4 then single = single:permute(1, 4, 2, 3) end
    test.close(single:reshape(-1), y:to "f32", 1e-4)
  end)
  ::continue::
end

-- --- pictures --------------------------------------------------------------------------------------------------------

local function picture(h, w)
  local i = tensor.arange(h * w * 3):to "i64" - 1
  return ((i * 2654435761) // (1 << 24)):remainder(256):to "u8":view(h, w, 3)
end
for i, case in ipairs(dofile "tests/golden/prepare.lua") do
  local h, w, how, options, shape, first, sum, by_place = table.unpack(case)
  test(("data.prepare %d: %s of %d x %d"):format(i, how, h, w), function()
    local y = data.prepare(picture(h, w), how, options)
    test.shape(y, { 1, table.unpack(shape) })
    y = y:reshape(-1):to "f64"
    local unit = how == "torch" and 0.0175 or how == "tf" and 0.0079 or 1 -- one of 255
    test.truth((y[{ { 1, 6 } }] - tensor(first, { dtype = "f64" })):abs():max():item() < 1e-3 * unit + 1e-6)
    local n = y:numel()
    local place = (tensor.arange(n):to "f64" - 1):remainder(97) + 1
    local off, off_by_place = y:sum():item() - sum, (y * place):sum():item() - by_place
    test.truth(math.abs(off) < 1e-6 * n * unit + 1e-3, off) -- the same bytes
    test.truth(math.abs(off_by_place) < 1e-4 * n * unit + 1e-2, off_by_place)
  end)
end
test("data.prepare: grey, alpha, floats, mistakes", function()
  local x = picture(9, 12)
  local y = data.prepare(x, "torch")
  test.close(data.prepare(x:to "f32" / 255, "torch"), y, 1e-5)
  test.same(data.prepare(tensor.cat { x, x[":, :, 1:1"], dim = 3 }, "torch"), y)
  local grey = data.prepare(x[":, :, 2"], "tf")
  test.shape(grey, { 1, 9, 12, 3 })
  test.same(grey[":, :, :, 1"], grey[":, :, :, 3"])
  test.fails_with({ "how must be 'torch', 'caffe' or 'tf', got 'keras'" }, data.prepare, x, "keras")
  test.fails_with({ "a picture [h,w,c] expected, got f32[2]" }, data.prepare, tensor.ones(2), "tf")
  test.fails_with({ "f32[2,2000,3] at 256 x 256000, of which 224 is cut out, is too long" }, data.prepare,
    tensor.ones(2, 2000, 3), "torch", { size = 256, crop = 224 })
  test.fails_with({ "Did you mean 'crop'" }, data.prepare, x, "tf", { crp = 3 })
end)

-- --- EXIF: a JPEG and a PNG with the tag put into it -----------------------------------------------------------------

local function tiff(orientation, big)
  local e = big and ">" or "<"
  return (e .. "c2I2I4 I2 I2I2I4I2I2 I4"):pack(big and "MM" or "II", 42, 8, 1, 0x0112, 3, 1, orientation, 0, 0)
end
local function crc32(s)
  local c = 0xffffffff
  for k = 1, #s do
    c = c ~ s:byte(k)
    for _ = 1, 8 do c = c & 1 == 1 and c >> 1 ~ 0xedb88320 or c >> 1 end
  end
  return c ~ 0xffffffff
end
local path = os.tmpname()
local function with_tag(ending, orientation, big)
  local f = assert(io.open(path .. ending, "rb"))
  local bytes, tag = f:read "a", tiff(orientation, big)
  f:close()
  local new = path .. ".turned" .. ending
  f = assert(io.open(new, "wb"))
  if ending == ".jpg" then
    local s = "Exif\0\0" .. tag
    f:write(bytes:sub(1, 2), "\xff\xe1", (">I2"):pack(#s + 2), s, bytes:sub(3))
  else
    local chunk = "eXIf" .. tag
    f:write(bytes:sub(1, 33), (">I4"):pack(#tag), chunk, (">I4"):pack(crc32(chunk)), bytes:sub(34))
  end
  f:close()
  return new
end
local turned = { -- of the picture as it lies in the file
  function(x) return x end, function(x) return x:flip(2) end, function(x) return x:flip(1):flip(2) end,
  function(x) return x:flip(1) end, function(x) return x:transpose(1, 2) end,
  function(x) return x:flip(1):transpose(1, 2) end, function(x) return x:flip(1):flip(2):transpose(1, 2) end,
  function(x) return x:flip(2):transpose(1, 2) end,
}
for _, ending in ipairs { ".png", ".jpg" } do
  test("EXIF's orientation is obeyed: " .. ending, function()
    local ok, why = data.image.save(path .. ending, picture(5, 7))
    if not ok then return print("# left out: " .. why) end
    local plain = data.image.load(path .. ending)
    for orientation, turn in ipairs(turned) do
      local file = with_tag(ending, orientation, orientation % 2 == 0)
      local x = assert(data.image.load(file))
      test.same(x, turn(plain))
      test.same(data.image.load(file, { raw = true }), plain)
      test.same(data.image.load(file, { raw = true, channels = 1 }), data.image.load(path .. ending, { channels = 1 }))
      local h, w = data.image.info(file)
      test.equal(h, x:size(1))
      test.equal(w, x:size(2))
    end
    test.same(data.image.load(with_tag(ending, 9)), plain) -- no sense in it
  end)
end
test.done()
