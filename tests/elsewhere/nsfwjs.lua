-- nsfwjs.lua FOLDER: nn.keras with trained networks against TensorFlow.js's answers (nsfwjs.js beside).
local test = dofile "tests/check.lua"
local folder = arg and arg[1]
if not folder then
  print "ok nsfwjs: left out, nsfwjs.sh runs it"
  return
end

for name, side in pairs { mobilenet_v2 = 224, inception_v3 = 299 } do
  test(name .. " answers as in TensorFlow.js", function()
    local want = {}
    for line in io.lines(("%s/%s.txt"):format(folder, name)) do
      for v in line:gmatch "%S+" do want[#want + 1] = tonumber(v) end
    end
    local base = folder .. "/" .. name
    local net = assert(nn.keras(base .. ".json", base .. ".safetensors"))
    local x = ((tensor.arange(side * side * 3):to "i64" - 1) * 7):remainder(251):to "f32" / 125 - 1
    local y = tensor.no_grad(function() return net(x:view(1, side, side, 3)) end)
    test.close(y, { want }, 1e-5)
    test.truth(y:max():item() > 0.5, "a decided answer")
  end)
end
test.done()
