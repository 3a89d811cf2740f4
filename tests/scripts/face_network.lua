--- face_verification --weights with networks from elsewhere: the course's Inception-ResNet (made by
-- tests/golden/make_facenet.py, values by PyTorch), .onnx in both layouts, and what is refused.
local test = dofile "tests/check.lua"
local run = require "vm.run"
local network = require "lib.people_network"
local FACE = "tests/golden/keras/face"
local root = os.tmpname()
-- Minutes of ops that others run under the sanitizers.
local heavy = test.sanitized and function() end or test

local function options(path, more)
  local opt = { weights = path, prepare = "unit", net = "small", size = 40 }
  for k, v in pairs(more or {}) do opt[k] = v end
  return opt
end
local function lines_of(more)
  local all = { quick = true, viz = "off", frames = "0" }
  for k, v in pairs(more) do all[k] = v end
  local said, _, ok, result = test.caught(run.project, "face_verification", all)
  if not ok then test.fail(tostring(result)) end
  return table.concat(said, "\n"), result
end

if tensor.load(FACE .. "/model.h5") then
  local want = test.golden(FACE .. "/expected.txt")

  test("the course's model.json and model.h5 give PyTorch's vector, the folder or the file being named", function()
    local x = ((tensor.arange(80 * 80 * 3):to "f64" - 1) * 0.37):sin():view(1, 80, 80, 3) / 2 + 0.5
    for _, path in ipairs { FACE, FACE .. "/model.h5" } do
      local net = network.read(options(path))
      test.equal(net.side, 80)
      test.equal(net:parameter_count(), want.parameters[1] - 2 * want.means[1])
      test.close(tensor.no_grad(net, x:to "f32")[1], want.vector, 1e-4)
    end
  end)

  heavy("the script verifies with it", function()
    local text = lines_of { weights = FACE, out = root .. ".d" }
    test.truth(text:find("pictures 80 x 80", 1, true) and text:find "\nnetwork +0%.", text)
    test.truth(not text:find("step ", 1, true), "that nothing is learnt")
    test.truth(lunette.modified(root .. ".d/face_verification.csv"), "a table")
    test.truth(not lunette.modified(root .. ".d/face_verification.safetensors"), "that no weights are written")
    os.execute(("rm -r '%s.d'"):format(root))
  end)
end

-- A small network of faces, exported; picture() says how pictures lie.
local body = nn.Sequential { nn.Conv2d { 3, 4, 3, stride = 2 }, nn.ReLU(), nn.GlobalAvgPool(), nn.Linear(4, 5) }
local function exported(first, last)
  local One = nn.class "One"
  function One:init() self.body = body end
  function One:forward(x) return (last or function(e) return e end)(self.body(first and x:permute(1, 3, 4, 2) or x)) end
  local path = root .. ".onnx"
  assert(One():eval():export(path, { input = first and { 1, 3, 24, 24 } or { 1, 24, 24, 3 } }))
  return path
end

test("a network in .onnx, pictures channels first or last: its own vectors, at its own size", function()
  local x = tensor.rand { 3, 24, 24, 3, rng = tensor.rng(2) }
  for _, first in ipairs { true, false } do
    local net = network.read(options(exported(first)))
    test.equal(net.side, 24)
    test.close(tensor.no_grad(net, x), tensor.no_grad(body:eval(), x), 1e-5)
  end
end)

heavy("the script verifies with a network in .onnx", function()
  local text, result = lines_of { weights = exported(true), prepare = "whitened" }
  test.truth(text:find("pictures 24 x 24", 1, true), text)
  test.truth(result.value > 0.3, "that pairs are judged")
end)

test("what is done to pictures first", function()
  local x = tensor { 0, 51, 255, 102, 0, 51, 255, 102, 0, 51, 255, 102 }:view(1, 2, 2, 3)
  test.close(network.prepared.unit(x)[1][1], { { 0, 0.2, 1 }, { 0.4, 0, 0.2 } }, 1e-6)
  test.close(network.prepared.signed(x)[1][1], { { -1, -0.6, 1 }, { -0.2, -1, -0.6 } }, 1e-6)
  local white = network.prepared.whitened(tensor.cat({ x, x * 0.5 + 9 }, 1))
  test.close(white[1], white[2], 1e-5)
  test.close(white:mean():item(), 0, 1e-5)
  test.close(white[1]:square():mean():item(), 1, 1e-5)
  test.truth(network.prepared.whitened(x * 0 + 7):abs():max():item() == 0, "a picture of one shade")
end)

test("other files are refused with what was expected", function()
  local function refused(opt, ...) test.fails_with({ "--weights", ... }, network.read, opt) end
  refused(options(exported(false, function(e) return e:view(-1, 5, 1) end)), "a vector [1, d] of a picture expected",
    "found f32[1,5,1]")
  refused(options(test.write(root .. ".onnx", "no network")), root .. ".onnx")
  refused(options(root .. "no.h5"), "no.h5")
  local weights = nn.Linear(2, 3)
  assert(weights:save(root .. ".safetensors"))
  test.equal(network.read(options(root .. ".safetensors")), nil)
  refused(options(root .. ".safetensors", { prepare = "signed" }), "--prepare means nothing with these")
  refused(options(exported(true), { net = "inception" }), "--net means nothing with a network of its own")
  test.fails_with({ "takes pictures of 24 x 24, got --size 48" }, run.project, "face_verification",
    { weights = exported(true), size = "48", viz = "off" })
  test.fails_with({ "--prepare means nothing without --weights" }, run.project, "face_verification",
    { prepare = "signed", viz = "off" })
  os.remove(root .. ".safetensors")
  os.remove(root .. ".onnx")
end)

os.remove(root)
test.done()
