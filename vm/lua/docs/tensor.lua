--- docs/tensor.lua: what help says of tensors' functions and methods that are written in C and are no ops (ops bring
-- their own: tensor/op/op.h; functions in Lua have a record beside them: nn/lua/record.lua).
-- An entry:  doc { name = "tensor.zeros", sig = "tensor.zeros(2, 3)", doc = "one line",
--   options = { "dtype=f32: f32 f64 ...", "rng: no default" },   -- name=default: what it does
--   example = "print(1)", example2 = ..., see = "tensor.ones" }
-- name is what a user writes: tensor.zeros, x:item (methods of tensors), net:fit (networks), opt:step (optimisers),
-- c:fill (canvases), :who (commands), --quick (script options).  Examples run as they stand; tests/lang/help.lua runs
-- them all, and fails for anything public that has no entry.
local doc = lunette.doc

local dtype, rng = "dtype=f32: f32 f64 i64 i32 u8 bool", "rng: a generator, tensor.rng(seed)"
local requires_grad = "requires_grad=false: gradients flow to it"

doc { name = "tensor", sig = "tensor{{1, 2}, {3, 4}}   tensor(3)   tensor{1, 2, dtype=\"i64\"}",
  doc = "a tensor of a nested table or a number; f32 unless dtype says otherwise", options = { dtype, requires_grad },
  example = "print(tensor{{1, 2}, {3, 4}})", example2 = 'print(tensor{1, 2, dtype="i64"}.dtype)',
  see = "tensor.zeros, tensor.arange" }
local fills = { zeros = "zeros", ones = "ones", empty = "elements that are not set",
  rand = "uniform numbers from 0 to 1", randn = "normal numbers of mean 0 and deviation 1" }
for name, what in pairs(fills) do
  local random = name:find "^rand"
  doc { name = "tensor." .. name, sig = ("tensor.%s(2, 3)   tensor.%s{2, 3, dtype=\"f64\"}"):format(name, name),
    doc = "a tensor of " .. what, options = { dtype, requires_grad, random and rng or nil },
    example = ("print(tensor.%s(2, 3).shape[2])"):format(name),
    example2 = ("x = tensor.%s{4, dtype=\"f64\"}\nprint(x.dtype)"):format(name), see = name == "rand" and "tensor.randn"
    or "tensor.rand, tensor.zeros_like" }
end
doc { name = "tensor.full", sig = "tensor.full({2, 3}, 7)", doc = "a tensor of one value", options = { dtype, requires_grad },
  example = "print(tensor.full({2, 3}, 7))", example2 = "print(tensor.full(2, 3, 0.5):sum())", see = "tensor.zeros" }
doc { name = "tensor.eye", sig = "tensor.eye(3)   tensor.eye(2, 3)", doc = "ones on the diagonal, zeros elsewhere",
  options = { dtype, requires_grad }, example = "print(tensor.eye(3))", example2 = "print(tensor.eye(2):mm(tensor.ones(2, 2)))",
  see = "diag" }
doc { name = "tensor.arange", sig = "tensor.arange(n)   tensor.arange(a, b, step)",
  doc = "1..n, or a..b in steps, both ends included; i64 for whole numbers", options = { dtype, requires_grad },
  example = "print(tensor.arange(2, 10, 4))", example2 = "print(tensor.arange(3))", see = "tensor.linspace" }
doc { name = "tensor.linspace", sig = "tensor.linspace(a, b, n)", doc = "n numbers from a to b, both included",
  options = { dtype, requires_grad }, example = "print(tensor.linspace(0, 1, 5))",
  example2 = "print(tensor.linspace(-1, 1, 3):abs())", see = "tensor.arange" }
doc { name = "tensor.randint", sig = "tensor.randint(lo, hi, sizes...)", doc = "whole numbers lo..hi, both included; i64",
  options = { rng }, example = "print(tensor.randint(1, 6, 10).dtype)", example2 = "print(tensor.randint(1, 6, 2, 2):max():item() <= 6)",
  see = "tensor.rand, tensor.randperm" }
doc { name = "tensor.randperm", sig = "tensor.randperm(n)   tensor.randperm{n, rng=g}", doc = "1..n in random order; i64",
  options = { rng }, example = "print(#tensor.randperm(5))", example2 = "x = tensor.arange(4)\nprint(x[tensor.randperm(4)]:sum())",
  see = "tensor.randint" }
doc { name = "tensor.seed", sig = "tensor.seed(42)", doc = "restarts the default generator, and Lua's own: math.random", example = "tensor.seed(42)",
  example2 = "tensor.seed(1)\na = tensor.rand(3)\ntensor.seed(1)\nassert(a == tensor.rand(3))", see = "tensor.rng" }
doc { name = "tensor.rng", sig = "tensor.rng(42)", doc = "a generator of its own, for {rng=g}",
  example = "print(tensor.rand(2, {rng = tensor.rng(1)}))", example2 = "g = tensor.rng(7)\nprint(tensor.randperm{3, rng = g})",
  see = "tensor.seed" }
doc { name = "tensor.rng_state", sig = "tensor.rng_state()   tensor.rng_state(state)   tensor.rng_state(g)   tensor.rng_state(g, state)",
  doc = "where the default generator, or g of tensor.rng, stands, for checkpoints; with a state it goes there",
  example = "s = tensor.rng_state()\na = tensor.rand(2)\ntensor.rng_state(s)\nassert(a == tensor.rand(2))",
  example2 = "print(#tensor.rng_state())", see = "tensor.seed" }
doc { name = "tensor.meta", sig = "tensor.meta(2, 3)", doc = "a shape and a dtype without elements: ops on it only infer shapes",
  options = { dtype }, example = "print(tensor.meta(2, 3):t())", example2 = "print(nn.Linear(3, 5)(tensor.meta(1, 3)))",
  see = "net:summary" }
doc { name = "tensor.is_recording", sig = "tensor.is_recording()", doc = "are gradients being recorded",
  example = "print(tensor.is_recording())", example2 = "print(tensor.no_grad(tensor.is_recording))", see = "tensor.no_grad" }
doc { name = "tensor.set_recording", sig = "tensor.set_recording(on)", doc = "recording on or off from now on; gives what it was",
  example = "was = tensor.set_recording(true)", example2 = "tensor.set_recording(tensor.set_recording(false))", see = "tensor.no_grad" }
doc { name = "tensor.anomaly", sig = "tensor.anomaly(on)", doc = "the first result or gradient with NaN or infinity is an error: op, ranges of the inputs, modules, step and line",
  example = "tensor.anomaly(true)\ntensor.anomaly(false)",
  example2 = "tensor.anomaly(true)\nx = tensor.zeros(1):requires_grad()\nprint(pcall(x.backward, x:sqrt() * 0))\ntensor.anomaly(false)",
  see = "x:backward, :why" }
doc { name = "tensor.fuse", sig = "tensor.fuse(on)", doc = "pointwise ops on 32 768 elements and more, where no gradient is recorded, wait until "
  .. "their result is read, and chains of them are computed in one pass, to the same bits: on or off; gives what it was",
  example = "was = tensor.fuse(false)\ntensor.fuse(was)",
  example2 = "x = tensor.randn(100000)\ny = (x * x + 1):sqrt()\nprint(y:mean():item() > 1)", see = "x:realize" }
doc { name = "nn.winograd", sig = "nn.winograd(on)", doc = "3 x 3 convolutions of many channels with fewer multiplications, a little less exact (2e-6 to 4e-6 of the "
  .. "result's scale), or always direct; f64 is direct anyway; gives what it was; Lavin and Gray 2015, arXiv:1509.09308",
  example = "was = nn.winograd(false)\nnn.winograd(was)",
  example2 = "x, w = tensor.randn(1, 24, 24, 64), tensor.randn(3, 3, 64, 64)\ny = nn.conv2d(x, w)\nwas = nn.winograd(false)\n"
  .. "print((y - nn.conv2d(x, w)):abs():max():item() < 1e-3)\nnn.winograd(was)", see = "nn.conv2d, tensor.fuse" }
doc { name = "tensor.live", sig = "tensor.live()", doc = "records of ops that a backward could still need",
  example = "print(tensor.live())", example2 = "print(tensor.live() >= 0)", see = "lunette.memory" }
doc { name = "tensor.same_shape", sig = "tensor.same_shape(a, b)", doc = "have both the same sizes",
  example = "print(tensor.same_shape(tensor.ones(2), tensor.ones(3)))", example2 = "assert(tensor.same_shape(tensor.ones(2), tensor.zeros(2)))",
  see = "x:size" }
-- The endings of tensor/files/formats.def by what loads (or saves) them: "a tensor" and "a table by name" first, then
-- ".csv .tsv: data.csv, .mid: audio.midi.load".
local function endings(way)
  local of, functions = { tensor = {}, table = {} }, {}
  for _, f in ipairs(lunette.io.formats()) do
    local how = f[way]
    if how and not of[how] then of[how], functions[#functions + 1] = {}, how end
    if how then table.insert(of[how], f.endings) end
  end
  local function list(how) return table.concat(of[how], " ") end
  for i, how in ipairs(functions) do functions[i] = ("%s: %s"):format(list(how), how) end
  return list "tensor", list "table", table.concat(functions, ", ")
end

local one, several, others = endings "loads"
doc { name = "tensor.load", sig = "tensor.load(path)", doc = ("what a file holds, by its ending: a tensor of %s, a table by name of "
  .. "%s, what that function gives of %s; nil and a message when it fails.  What a tensor cannot hold (complex numbers, "
  .. "structures) or is damaged is left out of the table; the third result then has its names and why"):format(one, several, others),
  example = 'path = os.tmpname() .. ".npy"\nassert(tensor.save(path, tensor.arange(3)))\nprint(tensor.load(path))\nos.remove(path)',
  example2 = 'print(tensor.load "nosuch.npy")', see = "tensor.save" }
one, several, others = endings "saves"
doc { name = "tensor.save", sig = "tensor.save(path, value)", doc = ("writes a tensor (%s), or a table of tensors by name (%s), "
  .. "complete or not at all, by the path's ending; as that function does %s.  Tables may be nested: {layer = {w = x}} "
  .. "is saved as 'layer/w', in .safetensors as 'layer.w'; a name that the format does not keep is refused"):format(one, several, others),
  example = 'path = os.tmpname() .. ".npz"\nassert(tensor.save(path, {x = tensor.arange(3)}))\nos.remove(path)',
  example2 = 'assert(tensor.save("/tmp/lunette-help.npy", tensor.ones(2)))', see = "tensor.load, net:save" }
doc { name = "tensor.methods", sig = "tensor.methods", doc = "the table of all methods of tensors",
  example = "print(tensor.methods.sum(tensor.ones(3)))", example2 = "assert(tensor.methods.relu)", see = "lunette.is_tensor" }

-- --- methods ---------------------------------------------------------------------------------------------------------
doc { name = "x:backward", sig = "loss:backward()   loss:backward{retain=true}   y:backward(dy)",
  doc = "adds gradients into the leaves' grad and frees the graph", options = { "retain=false: keep the graph for another backward" },
  example = "w = tensor.ones(2):requires_grad();\n(w * w):sum():backward()\nprint(w.grad)",
  example2 = "w = tensor.ones(2):requires_grad();\n(w * 3):backward(tensor{1, 2})\nprint(w.grad)", see = "x:requires_grad, x:zero_grad" }
doc { name = "x:requires_grad", sig = "x:requires_grad()   x:requires_grad(false)", doc = "gradients flow to x from now on; returns x",
  example = "print(tensor.ones(2):requires_grad().needs_grad)", example2 = "w = tensor.randn(3, 3):requires_grad()", see = "x:backward, x:detach" }
doc { name = "x:zero_grad", sig = "w:zero_grad()", doc = "forgets w.grad", example = "w = tensor.ones(2):requires_grad()\n"
  .. "w:sum():backward()\nw:zero_grad()", example2 = "tensor.ones(1):requires_grad():zero_grad()", see = "x:backward" }
doc { name = "x:item", sig = "x:item()", doc = "the Lua number of a tensor with one element", example = "print(tensor(3):item())",
  example2 = "print(tensor.ones(2, 2):sum():item())", see = "x:totable" }
doc { name = "x:totable", sig = "x:totable()", doc = "nested Lua tables of the elements", example = "print(tensor{{1, 2}}:totable()[1][2])",
  example2 = "print(#tensor.arange(3):totable())", see = "x:item" }
doc { name = "x:realize", sig = "x:realize()", doc = "x, its elements computed now if they still wait (tensor.fuse); for measuring: all else that reads x does so itself",
  example = "y = (tensor.ones(100000) * 2):realize()", example2 = "print((tensor.ones(2) + 1):realize())", see = "tensor.fuse" }
doc { name = "x:detach", sig = "x:detach()", doc = "the same elements, outside the graph", example = "print(tensor.ones(2):detach())",
  example2 = "w = tensor.ones(2):requires_grad()\nassert(not w:detach().needs_grad)", see = "tensor.no_grad" }
doc { name = "x:at", sig = "x:at(i, j, ...)", doc = "one element as a 0-d tensor: x[{i, j}] that gradients flow through",
  example = "print(tensor{{1, 2}, {3, 4}}:at(2, 1))",
  example2 = "w = tensor.ones(2):requires_grad()\nw:at(2):backward()\nprint(w.grad)", see = "select" }
doc { name = "x:size", sig = "x:size(dim)   x:size()", doc = "one size, or all of them", example = "print(tensor.ones(2, 3):size(2))",
  example2 = "print(tensor.ones(2, 3):size(-1))", see = "x:dim, x:numel" }
doc { name = "x:numel", sig = "x:numel()", doc = "the number of elements", example = "print(tensor.ones(2, 3):numel())",
  example2 = "print(tensor.zeros(0):numel())", see = "x:size" }
doc { name = "x:dim", sig = "x:dim()", doc = "the number of dimensions", example = "print(tensor.ones(2, 3):dim())",
  example2 = "print(tensor(1):dim())", see = "x:size" }
doc { name = "x:nbytes", sig = "x:nbytes()", doc = "bytes of the elements", example = "print(tensor.ones(2, 3):nbytes())",
  example2 = 'print(tensor.ones{2, dtype="f64"}:nbytes())', see = "x:numel" }
doc { name = "x:is_contiguous", sig = "x:is_contiguous()", doc = "do the elements lie in order without gaps",
  example = "print(tensor.ones(2, 3):t():is_contiguous())", example2 = "print(tensor.ones(2):is_contiguous())", see = "contiguous" }
doc { name = "x:copy_", sig = "x:copy_(y)", doc = "takes y's elements, in place; broadcasts; one that x's dtype cannot hold (1.5 in i64) is an error", example = "print(tensor.zeros(2):copy_(tensor{1, 2}))",
  example2 = "print(tensor.zeros(2, 2):copy_(tensor{1, 2}))", see = "x:fill_, clone" }
doc { name = "x:fill_", sig = "x:fill_(7)", doc = "sets every element, in place", example = "print(tensor.zeros(2):fill_(7))",
  example2 = "x = tensor.zeros(2, 2)\nx[1]:fill_(1)\nprint(x)", see = "x:zero_" }
doc { name = "x:zero_", sig = "x:zero_()", doc = "sets every element to 0, in place", example = "print(tensor.ones(2):zero_())",
  example2 = "x = tensor.ones(2, 2)\nx[1]:zero_()\nprint(x)", see = "x:fill_" }
