--- onnx_files.lua: ONNX files for tests: those of tests/golden/onnx (tests/golden/make_onnx.py has PyTorch's and
-- NumPy's answers), and graphs that are written here.
local test = dofile "tests/check.lua"
local write, io_of = require "nn.onnx.write", test.inside.lunette.io

local files = { folder = "tests/golden/onnx/" }

--- A value of the folder, and the network of one of its files.
function files.value(name) return assert(data.onnx_value(files.folder .. name .. ".pb")) end
function files.load(name, opt) return assert(nn.onnx(files.folder .. name .. ".onnx", opt)) end

--- What nn.onnx makes of a graph as nn.onnx.write's model takes it, through a file; set: of operators, 17.
function files.written(g, set)
  local path = os.tmpname()
  assert(io_of.write_pieces(path, write.model(g, set or 17)))
  local net, why = nn.onnx(path)
  assert(os.remove(path))
  return net, why
end

--- How often an operator is left in the graph that runs.
function files.count(net, op, x)
  local n = 0
  for _, row in ipairs(net:profile(x)) do n = n + (row.op == op and 1 or 0) end
  return n
end

return files
