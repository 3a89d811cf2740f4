--- docs/onnx.lua: what help says of networks from ONNX files.
local doc = lunette.doc

-- y = relu(x), in the 36 bytes that it takes.
local file = 'path = os.tmpname()\nf = io.open(path, "wb")\n'
  .. 'f:write "\\8\\8:\\24\\10\\12\\10\\1x\\18\\1y\\34\\4ReluZ\\3\\10\\1xb\\3\\10\\1yB\\2\\16\\17"\nf:close()\n'

doc { name = "nn.onnx", sig = 'net = nn.onnx(path, {layout="file"})', doc = "the network of an ONNX file (operator sets 1 to 21) as a "
  .. "module; nil and a message with every operator that is not done; ids and axes inside count from 0, as the file says.  "
  .. "Resize with align_corners takes output o from o (n - 1) / (scale n - 1), as ONNX's own tests prescribe; where scale n is no "
  .. "whole number, PyTorch and ONNX Runtime divide by the output's size less 1 instead",
  options = { { "layout", '"file"', '"last": inputs and outputs of rank 4 are given and taken channels last' } },
  example = file .. "net = nn.onnx(path)\nprint(net(tensor{-1, 2}))",
  example2 = file .. 'net = nn.onnx(path)\nprint(net{x = tensor{-1, 2}})\nprint(net)', see = "net:optimize, net:run, net:inputs, net:summary" }
doc { name = "net:optimize", sig = "net:optimize(on)", doc = "a network from an ONNX file: false runs its graph node by node; true (from the "
  .. "start) folds constants and batch norm and fuses chains, as long as no parameter asks for a gradient; returns net",
  example = file .. "net = nn.onnx(path):optimize(false)\nprint(net(tensor{-1, 2}))",
  example2 = file .. "net = nn.onnx(path)\nprint(net(tensor{3}):item() == net:optimize(false)(tensor{3}):item())", see = "nn.onnx" }
doc { name = "net:export", sig = 'net:export("net.onnx", {input={1, 28, 28, 1}})', doc = "writes a network, as it is in use, as an ONNX file (operator "
  .. "set 17) with a batch of any length; noted while it runs on shapes; true, or nil and why the file could not be written",
  options = { { "input", "net:expects", "shape or tensor of the input; a list of them for several; {name = shape} for a network of one table; a word as a size stays open" } },
  example = 'net = nn.Sequential{nn.Linear(2, 3), nn.ReLU()}\nassert(net:export("/tmp/lunette-help.onnx", {input = {1, 2}}))',
  example2 = 'net = nn.Linear(2, 1)\nassert(net:export("/tmp/lunette-help.onnx", {input = {1, 2}}))\n'
  .. 'print(nn.onnx("/tmp/lunette-help.onnx")(tensor.ones(4, 2)).shape[1])', see = "nn.onnx, net:save" }
doc { name = "net:run", sig = "net:run{name = x, ...}", doc = "a network from an ONNX file: all outputs as a table by name",
  example = file .. "print(nn.onnx(path):run{x = tensor{-1, 2}}.y)", example2 = file .. "net = nn.onnx(path)\nprint(net:run(tensor{4}).y)",
  see = "nn.onnx" }
doc { name = "net:profile", sig = "net:profile{name = x, ...}", doc = "a network from an ONNX file, one run timed: list of {op=, name=, seconds=}",
  example = file .. "print(nn.onnx(path):profile{x = tensor{-1, 2}}[1].op)", example2 = file .. "print(#nn.onnx(path):profile(tensor{4}))",
  see = "net:operations, net:run" }
doc { name = "net:operations", sig = "net:operations{name = x, ...}", doc = "a network from an ONNX file: floating-point operations of a run on these "
  .. "shapes; 0 where values decide", example = file .. "print(nn.onnx(path):operations{x = tensor{-1, 2}} >= 0)",
  example2 = file .. "print(nn.onnx(path):operations(tensor{4}) >= 0)", see = "net:profile" }
doc { name = "net:inputs", sig = "net:inputs()   net:outputs()", doc = "of a network from an ONNX file: list of {name=, type=, shape=}; a size that is "
  .. "open has a name for a number", example = file .. "print(nn.onnx(path):inputs()[1].name)",
  example2 = file .. "print(#nn.onnx(path):outputs())", see = "nn.onnx" }
doc { name = "net:outputs", sig = "net:inputs()   net:outputs()", doc = "of a network from an ONNX file: list of {name=, type=, shape=}",
  example = file .. "print(nn.onnx(path):outputs()[1].name)", example2 = file .. "print(#nn.onnx(path):inputs())", see = "net:inputs" }
doc { name = "net:operators", sig = "net:operators()", doc = "how often each operator is in the graph of an ONNX file: {name = count}",
  example = file .. "print(nn.onnx(path):operators().Relu)", example2 = file .. "for name, n in pairs(nn.onnx(path):operators()) do print(name, n) end",
  see = "nn.onnx" }
doc { name = "data.onnx_value", sig = 'data.onnx_value(path, {kind="tensor"})', doc = "what a file of one ONNX value (.pb) holds: a tensor, or a list; "
  .. "nil and why", options = { { "kind", '"tensor"', "tensor sequence optional" } },
  example = 'path = os.tmpname()\nf = io.open(path, "wb")\nf:write("\\8\\2\\16\\7J\\16", string.pack("<i8i8", 5, 6))\nf:close()\n'
    .. "print(data.onnx_value(path))", example2 = 'print(data.onnx_value "nosuch.pb")', see = "nn.onnx, tensor.load" }
