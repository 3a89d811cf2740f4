--- docs/arrange.lua: help for vm/arrange.lua: functions of tensors composed of ops.
local doc = lunette.doc
local dim = "dim=-1: along which dimension"

for _, d in ipairs {
  { "movedim", "(from, to)", "dimension `from` becomes number `to`, the others keep their order; lists move several; a view", {},
    "print(tensor.ones(2, 3, 4):movedim(1, -1))", "print(tensor.ones(2, 3, 4):movedim({1, 2}, {3, 1}))", "permute, transpose" },
  { "trace", "()", "the sum of a matrix's diagonal", {}, "print(tensor{{1, 2}, {3, 4}}:trace())",
    "x = tensor.eye(3):requires_grad()\nx:trace():backward()\nprint(x.grad)", "diag" },
  { "cross", "(y, {dim=-1})", "the vector that stands upright on two of 3 numbers; shapes broadcast", { dim },
    "print(tensor{1, 0, 0}:cross(tensor{0, 1, 0}))", "print(tensor.randn(3, 5):cross(tensor.randn(3, 1), {dim = 1}))", "dot, outer" },
  { "diff", "({n=1, dim=-1, prepend, append})", "differences of neighbours, n times; of bool whether they differ",
    { "n=1: how often", dim, "prepend=none: put before x along dim", "append=none: put behind x along dim" },
    "print(tensor{1, 4, 9}:diff())", "print(tensor{1, 4, 9}:diff{n = 2, prepend = tensor{0}})", "cumsum" },
  { "repeat_interleave", "(repeats, {dim})", "every element, or slice along dim, repeats times, one after another; repeats is a "
    .. "number or an integer tensor with one for each", { "dim=none: along which dimension; all elements in one row by default" },
    "print(tensor{1, 2}:repeat_interleave(2))",
    'print(tensor{{1, 2}, {3, 4}}:repeat_interleave(tensor({2, 1}, {dtype = "i64"}), {dim = 1}))', "tile" },
  { "cosine_similarity", "(y, {dim=-1, eps=1e-8})", "sum of x y / (max(|x|, eps) max(|y|, eps)) over dim; shapes broadcast",
    { dim, "eps=1e-08: least length divided by" }, "print(tensor{1, 2}:cosine_similarity(tensor{2, 4}))",
    "print(tensor.randn(4, 8):cosine_similarity(tensor.randn(8)))", "cosine_embedding, normalize, cdist" },
  { "pixel_shuffle", "(r)", "[N,H,W,C r^2] becomes [N,H r,W r,C], channel c r^2 + i r + j (from 0) pixel i, j of each block, as "
    .. "PyTorch orders them; Shi et al. 2016, arXiv:1609.05158", {}, "print(tensor.ones(1, 2, 2, 12):pixel_shuffle(2))",
    "x = tensor.randn(1, 2, 2, 4)\nassert(x:pixel_shuffle(2):pixel_unshuffle(2) == x)", "x:pixel_unshuffle, upsample" },
  { "pixel_unshuffle", "(r)", "[N,H r,W r,C] becomes [N,H,W,C r^2]: pixel_shuffle back", {},
    "print(tensor.ones(1, 4, 4, 3):pixel_unshuffle(2))", "print(tensor.arange(4):reshape(1, 2, 2, 1):pixel_unshuffle(2))",
    "x:pixel_shuffle" },
  { "lstsq", "(b)", "the least squares solution y of x y = b, x [..., m, n] of full rank, b [..., m] or [..., m, k]; of fewer rows "
    .. "than columns the shortest one; by QR", {}, "print(tensor{{1, 1}, {1, 2}, {1, 3}}:lstsq(tensor{1, 2, 4}))",
    "print(tensor.randn(5, 2):lstsq(tensor.randn(5, 3)))", "solve, qr" },
  { "bernoulli", "({rng})", "1 with probability x, else 0, of x's dtype; no gradient", { "rng: a generator, tensor.rng(seed)" },
    "print(tensor.full({8}, 0.5):bernoulli())", "print(tensor{0, 1}:bernoulli{rng = tensor.rng(1)})", "multinomial, dropout" },
} do
  doc { name = "x:" .. d[1], sig = "x:" .. d[1] .. d[2], doc = d[3], options = d[4], example = d[5], example2 = d[6], see = d[7] }
end
for _, name in ipairs { "cosine_similarity", "pixel_shuffle", "pixel_unshuffle" } do
  local call = name:find "^pixel" and "(x, 2)" or "(x, x)"
  doc { name = "nn." .. name, sig = ("nn.%s%s"):format(name, call), doc = ("x:%s"):format(name),
    example = ("x = tensor.ones(1, 2, 2, 4)\nprint(nn.%s%s)"):format(name, call),
    example2 = ("x = tensor.randn(1, 4, 4, 8)\nprint(nn.%s%s.dtype)"):format(name, call), see = "x:" .. name }
end
doc { name = "tensor.meshgrid", sig = 'tensor.meshgrid(a, b, ..., {indexing="ij"})', doc = "the coordinates of a grid over vectors, a "
  .. "tensor for each; views", options = { 'indexing=ij: "xy" lets the first count columns' },
  example = "print(tensor.meshgrid(tensor.arange(2), tensor.arange(3)))",
  example2 = 'x, y = tensor.meshgrid{tensor.arange(2), tensor.arange(3), indexing = "xy"}\nprint(x + y)', see = "tensor.linspace" }
doc { name = "tensor.tensordot", sig = "tensor.tensordot(a, b, {dims=2})", doc = "sums of products over the last `dims` dimensions of a and "
  .. "the first of b, or over dims = {{of a}, {of b}}", options = { "dims=2: how many, or which" },
  example = "print(tensor.tensordot(tensor.ones(2, 3), tensor.ones(3, 4), 1))",
  example2 = "print(tensor.tensordot(tensor.ones(2, 3), tensor.ones(4, 2), {dims = {{1}, {2}}}))", see = "tensor.einsum, mm" }
