--- bench_onnx.lua: `lunette bench onnx FILE [SHAPE ...]`: a network from an ONNX file, timed: median milliseconds of a
-- run, operations a second, and the nodes that take longest.  SHAPE: 1x3x224x224, for each input in turn; without one
-- what the file says, 1 for sizes that are open.
local time = require "vm.bench_time"
local bench_onnx = {}

local function shape_of(input, text)
  local shape = {}
  if text then
    for size in text:gmatch "%d+" do shape[#shape + 1] = math.tointeger(size) end
  else
    for d, size in ipairs(input.shape or {}) do shape[d] = math.type(size) == "integer" and size or 1 end
  end
  return shape
end

local function filled(input, shape)
  if input.type == "float" or input.type == "float16" or input.type == "bfloat16" then return tensor.randn(shape) end
  if input.type == "double" then return tensor.randn(shape):to "f64" end
  if input.type == "string" then
    local list = { shape = shape }
    for i = 1, tensor.meta(shape):numel() do list[i] = "word" .. i end
    return list
  end
  local dtype = input.type == "bool" and "bool" or input.type == "uint8" and "u8" or "i64"
  return tensor.ones(shape):to(dtype)
end

local function print_nodes(rows)
  local total = 0
  for _, r in ipairs(rows) do total = total + r.seconds end
  table.sort(rows, function(a, b) return a.seconds > b.seconds end)
  print(("%d nodes; those that take longest:"):format(#rows))
  for i = 1, math.min(#rows, 12) do
    local r = rows[i]
    print(("%8.3f ms %5.1f %%  %s %s"):format(r.seconds * 1e3, 100 * r.seconds / total, r.op, r.name))
  end
end

function bench_onnx.main(path, ...)
  if not path then
    io.stderr:write("bench: a file is missing: lunette bench onnx FILE [1x3x224x224]\n")
    return 1
  end
  local start = lunette.clock()
  local net, why = nn.onnx(path)
  if not net then
    io.stderr:write("bench: ", why, "\n")
    return 1
  end
  print(("loaded in %.1f ms"):format((lunette.clock() - start) * 1e3))
  local inputs, texts = {}, { ... }
  for i, input in ipairs(net:inputs()) do inputs[input.name] = filled(input, shape_of(input, texts[i])) end
  local ok, message = pcall(tensor.no_grad, function()
    local ms, n = time(function() net:run(inputs) end, 3, 5, 100)
    local flops = net:operations(inputs)
    print(("%s\t%.3f ms\t%d runs%s"):format(path:match "[^/]*$", ms, n,
      flops > 0 and ("\t%.1f GFLOP/s"):format(flops / ms / 1e6) or ""))
    print_nodes(net:profile(inputs))
  end)
  if not ok then
    io.stderr:write("bench: ", tostring(message), "\n")
    return 1
  end
  return 0
end

return bench_onnx
