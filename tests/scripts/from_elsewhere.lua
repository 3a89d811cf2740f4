-- yolo_cars --cfg and resnet50 --weights: networks from elsewhere on a picture.
local test = dofile "tests/check.lua"
local run = require "vm.run"
local G = "tests/golden/darknet/"

local function lines_of(name, options)
  options.viz = "off"
  local lines, _, ok, why = test.caught(run.project, name, options)
  if not ok then test.fail(tostring(why)) end
  return lines
end

test("yolo_cars --cfg --weights --picture", function()
  local names = os.tmpname()
  local f = assert(io.open(names, "w"))
  f:write "car\r\nlorry\n"
  f:close()
  local lines = lines_of("yolo_cars", { cfg = G .. "yolo.cfg", weights = G .. "yolo.weights",
    picture = G .. "street.png", score = 0.9, names = names })
  local last = lines[#lines]
  test.truth(last:match "^%d+ found$" and last ~= "0 found", last)
  test.truth(table.concat(lines, "\n"):find "\nlorry +0%.9", "a lorry")
  local _, _, ok, why = test.caught(run.project, "yolo_cars", { cfg = G .. "yolo.cfg", viz = "off" })
  test.truth(not ok and why == "--cfg means nothing without --weights", tostring(why))
end)

test("resnet50 --weights --picture --labels", function()
  local path, labels = os.tmpname() .. ".safetensors", os.tmpname()
  local net, state = nn.models.resnet50 { classes = 3 }, {}
  local import = test.inside.require "nn.import"
  for _, entry in ipairs(import.torch_names(net)) do
    local t = entry.tensor:detach()
    if entry.layout then t = t:dim() == 2 and t:t() or t:permute(4, 3, 1, 2) end
    state[entry.name] = t:contiguous()
  end
  state["fc.bias"] = tensor { 0, 9, 0 }
  assert(tensor.save(path, state))
  local f = assert(io.open(labels, "w"))
  f:write "a\nb\nc\n"
  f:close()
  local lines = lines_of("resnet50", { weights = path, picture = G .. "street.png", labels = labels })
  test.truth(lines[#lines - 2]:find "^1  0%.%d+  b$" and #lines >= 3, lines[#lines - 2])
  os.remove(path)
end)
test.done()
