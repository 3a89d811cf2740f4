--- docs.lua: what help says of functions that are no ops.
local doc = lunette.doc

doc { name = "help", sig = "help(x)   ?name   name?   ??name", doc = "explains a function or class; ?? shows its source; "
  .. ":commands list themselves with :", example = 'help "sum"' }
doc { name = "tensor", sig = "tensor{{1, 2}, {3, 4}}   tensor(3)   tensor{1, 2, dtype=\"i64\"}",
  doc = "a tensor of a nested table or a number; f32 unless dtype says otherwise", options = { { "dtype", "f32",
  "f32 f64 i64 i32 u8 bool" } }, example = "print(tensor{{1, 2}, {3, 4}})", see = "tensor.zeros, tensor.arange" }
local fills = { zeros = "zeros", ones = "ones", empty = "elements not set", rand = "uniform numbers in 0..1",
  randn = "normal numbers, mean 0, deviation 1" }
for name, what in pairs(fills) do
  doc { name = "tensor." .. name, sig = ("tensor.%s(2, 3)   tensor.%s{2, 3}"):format(name, name), doc = "a tensor of " .. what,
    options = { { "dtype", "f32", "f32 f64 i64 i32 u8 bool" }, { "rng", "none", "a generator of tensor.rng(seed)" },
    { "requires_grad", "false", "gradients flow to it" } }, example = ("print(tensor.%s(2, 3).shape[2])"):format(name) }
end
doc { name = "tensor.full", sig = "tensor.full({2, 3}, 7)", doc = "a tensor of one value", example = "print(tensor.full({2, 3}, 7))" }
doc { name = "tensor.eye", sig = "tensor.eye(3)", doc = "ones on the diagonal", example = "print(tensor.eye(3))" }
doc { name = "tensor.arange", sig = "tensor.arange(n)   tensor.arange(a, b, step)", doc = "1..n, or a..b in steps, both ends "
  .. "included; i64 for whole numbers", example = "print(tensor.arange(2, 10, 4))" }
doc { name = "tensor.linspace", sig = "tensor.linspace(a, b, n)", doc = "n numbers from a to b, both included",
  example = "print(tensor.linspace(0, 1, 5))" }
doc { name = "tensor.randint", sig = "tensor.randint(lo, hi, sizes...)", doc = "whole numbers lo..hi, both included; i64",
  example = "print(tensor.randint(1, 6, 10).dtype)" }
doc { name = "tensor.randperm", sig = "tensor.randperm(n)", doc = "1..n in random order", example = "print(#tensor.randperm(5))" }
doc { name = "tensor.seed", sig = "tensor.seed(42)", doc = "restarts the default generator", example = "tensor.seed(42)" }
doc { name = "tensor.rng", sig = "tensor.rng(42)", doc = "a generator of its own, for {rng=g}",
  example = "print(tensor.rand(2, {rng = tensor.rng(1)}))" }
doc { name = "tensor.no_grad", sig = "tensor.no_grad(f, ...)   local _ <close> = tensor.no_grad()",
  doc = "calls f, or goes on to the end of the block, without recording gradients",
  example = "print(tensor.no_grad(function() return tensor.ones(2):sum() end))" }
doc { name = "tensor.gradcheck", sig = "tensor.gradcheck(f, x, ...)", doc = "compares backward with central differences; ok, error, "
  .. "text", example = 'print(tensor.gradcheck(function(x) return x:tanh() end, tensor.randn{3, dtype="f64"}))' }
doc { name = "x:backward", sig = "loss:backward()   loss:backward{retain=true}   y:backward(dy)", doc = "adds gradients into the "
  .. "leaves' grad and frees the graph", options = { { "retain", "false", "keep the graph for another backward" } },
  example = "local w = tensor.ones(2):requires_grad()\n(w * w):sum():backward()\nprint(w.grad)" }
doc { name = "x:requires_grad", sig = "x:requires_grad()", doc = "gradients flow to x from now on; returns x",
  example = "print(tensor.ones(2):requires_grad().needs_grad)" }
doc { name = "x:item", sig = "x:item()", doc = "the Lua number of a tensor with one element", example = "print(tensor(3):item())" }
doc { name = "x:detach", sig = "x:detach()", doc = "the same elements, outside the graph", example = "print(tensor.ones(2):detach())" }
doc { name = "x:split", sig = "x:split(size, dim)", doc = "parts of `size` along dim, the last perhaps shorter",
  example = "print(tensor.arange(5):split(2))", see = "chunk, unbind" }
doc { name = "x:chunk", sig = "x:chunk(n, dim)", doc = "n parts along dim", example = "print(tensor.arange(6):chunk(2))" }
doc { name = "x:allclose", sig = "x:allclose(y, {rtol=1e-5, atol=1e-8})", doc = "are all |x - y| <= atol + rtol |y|",
  example = "print(tensor.ones(2):allclose(tensor.ones(2)))" }
doc { name = "tensor.load", sig = "tensor.load(path)", doc = "what a file holds, by its ending: .npy and pictures give a tensor, "
  .. ".npz .safetensors .h5 .mat a table by name; nil and a message when it fails",
  example = 'local path = os.tmpname() .. ".npy"\nassert(tensor.save(path, tensor.arange(3)))\nprint(tensor.load(path))\nos.remove(path)',
  see = "save" }
doc { name = "tensor.save", sig = "tensor.save(path, value)", doc = "writes a tensor, or a table of tensors by name, complete or not "
  .. "at all, by the path's ending (.npy .npz .safetensors .h5 .mat .png .jpg .wav .flac)",
  example = 'local path = os.tmpname() .. ".npz"\nassert(tensor.save(path, { x = tensor.arange(3) }))\nos.remove(path)', see = "load" }
doc { name = "nn.Linear", sig = "nn.Linear(in, out, {bias=true})", doc = "y = x w + b over the last dimension",
  options = { { "bias", "true", "adds b" }, { "dtype", "f32", "f32 or f64" } }, example = "print(nn.Linear(3, 2)(tensor.ones(1, 3)):size(2))",
  see = "nn.linear" }
doc { name = "nn.Sequential", sig = "nn.Sequential{a, b, ...}", doc = "each module's result is the next one's input",
  example = "print(nn.Sequential{nn.Linear(3, 2), nn.ReLU()})" }
doc { name = "nn.class", sig = 'local Net = nn.class "Net"', doc = "a new kind of module; give it init(...) and forward(x)",
  example = 'local Id = nn.class "Id"\nfunction Id:forward(x) return x end\nprint(Id()(tensor(1)))' }
doc { name = "nn.Dropout", sig = "nn.Dropout(0.5)", doc = "zeroes elements while training and scales the rest",
  options = { { "p", "0.5", "share that is dropped" } }, example = "print(nn.Dropout(0.5):eval()(tensor.ones(2)))" }
doc { name = "nn.BatchNorm", sig = "nn.BatchNorm(channels)", doc = "normalises each channel (last) over the batch",
  options = { { "momentum", "0.1", "of the running statistics" }, { "eps", "1e-05", "under the root" }, { "affine", "true",
  "learns scale and shift" } }, example = "print(nn.BatchNorm(3)(tensor.randn(4, 3)).shape[1])" }
doc { name = "nn.Embedding", sig = "nn.Embedding(count, features)", doc = "rows of a table by number (from 1)",
  example = "print(nn.Embedding(5, 2)(tensor{1, 5, dtype=\"i64\"}).shape[2])" }
doc { name = "optim.SGD", sig = "optim.SGD{net, lr=0.01, momentum=0, nesterov=false, weight_decay=0}", doc = "gradient descent",
  options = { { "lr", "0.01", "learning rate" }, { "momentum", "0", "" }, { "dampening", "0", "" }, { "nesterov", "false", "" },
  { "weight_decay", "0", "" } }, example = "print(optim.SGD{nn.Linear(1, 1)}.lr)" }
doc { name = "optim.Adam", sig = "optim.Adam{net, lr=1e-3, betas={0.9, 0.999}, eps=1e-8}", doc = "Adam; Kingma and Ba 2015",
  options = { { "lr", "0.001", "learning rate" }, { "betas", "{0.9, 0.999}", "decay of both moments" }, { "eps", "1e-08", "" },
  { "weight_decay", "0", "" } }, example = "print(optim.Adam{nn.Linear(1, 1)}.lr)" }
doc { name = "net:fit", sig = "net:fit{{X, Y}, val=0.1, epochs=5, batch=64, opt=optim.Adam{lr=1e-3}, loss=nn.mse}",
  doc = "trains with a progress bar; returns the history, a row an epoch", see = "data.loader, optim.Adam" }
require "vm.docs.data"
require "vm.docs.signal"
