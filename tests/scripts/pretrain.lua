--- The scripts that make the weights shipped: the same bits from every run, with any number of threads.
local test = dofile "tests/check.lua"
package.path = "scripts/?.lua;" .. package.path
local vgg, mobilenet = require "lib.vgg", require "lib.mobilenet"

if test.sanitized then
  test("left out under the sanitizers: minutes of ops that others run", function() end)
  return test.done()
end

-- What a run of scripts/pretrain/NAME.lua in a process of its own leaves in NAME.safetensors, and its path.
local function made(name, threads, how)
  local folder = os.tmpname() .. ".d"
  assert(lunette.mkdir(folder))
  local pipe = assert(io.popen(("OMP_NUM_THREADS=%d '%s' scripts/pretrain/%s.lua '%s' %s 2>&1"):format(threads,
    os.getenv "LUNETTE" or "build/lunette", name, folder, how)))
  local said = pipe:read "a"
  test.truth(pipe:close(), said)
  local path = ("%s/%s.safetensors"):format(folder, name)
  return test.read(path), path
end

local first = {}
for _, name in ipairs { "mobilenet", "vgg" } do
  test(name .. ": two runs give the same bits, one thread or two", function()
    local bytes, path = made(name, 1, "short")
    first[name] = path
    test.truth(#bytes > 100000, "a file of weights")
    test.truth(bytes == (made(name, 2, "short")), "that both files are the same to the bit")
    test.truth(bytes ~= lunette.file(("scripts/pretrain/%s.safetensors"):format(name)), "short: not what is shipped")
  end)
end

test("what they write is what the projects read", function()
  test.equal(#vgg.read(first.vgg), 16)
  local net = mobilenet.new { width = 0.35 }
  assert(net:load(first.mobilenet))
  net:eval()
  test.truth(tensor.no_grad(net, tensor.rand(2, 48, 48, 3)):isfinite():all():item(), "numbers")
end)

if os.getenv "LUNETTE_NIGHTLY" then
  for _, name in ipairs { "mobilenet", "vgg" } do
    test(name .. ": the whole run makes the weights again", function()
      local bytes, path = made(name, 2, "")
      -- Bit for bit on one kind of processor; matrix products of another round differently.
      print("# bit for bit: " .. tostring(bytes == lunette.file(("scripts/pretrain/%s.safetensors"):format(name))))
      test.truth(next(assert(tensor.load(path))), "tensors")
    end)
  end
end

test.done()
