--- docs/ops.lua: what ops' own declarations leave out: a second example where none follows from a gradient-check case,
-- and the way to write those that are no plain call.  lunette.doc_more{name=, example2=, sig=, see=} adds to an entry.
local more = lunette.doc_more

local ids = 'tensor({3, 1}, {dtype="i64"})'
for name, example in pairs {
  attention = "q = tensor.randn(1, 2, 4)\nm = tensor.randn(1, 5, 4)\nprint(nn.attention(q, m, m, {heads = 2}))",
  cat = "print(tensor.cat{tensor.ones(2, 1), tensor.zeros(2, 2), dim=2})",
  cosine_embedding = "print(nn.cosine_embedding(tensor.randn(2, 3), tensor.randn(2, 3), tensor{1, -1}, {margin = 0.1}))",
  cross_entropy = 'y = tensor{2, 1, dtype="i64"}\nprint(nn.cross_entropy(tensor.randn(2, 3), y, {smoothing = 0.1}))',
  ctc = 'x = tensor.randn(1, 6, 4):log_softmax()\nprint(nn.ctc{x, tensor({{2, 3}}, {dtype="i64"}), zero_infinity = true})',
  dropout = "print(tensor.ones(2, 4):dropout{p = 0.25})", dropout2d = "print(tensor.ones(1, 2, 2, 4):dropout2d{p = 0.25})",
  embedding = "w = tensor.randn(5, 2):requires_grad()\nnn.embedding(" .. ids .. ", w):sum():backward()\nprint(w.grad)",
  gather = 'x = tensor.randn(2, 3)\nbest = tensor({{1}, {3}}, {dtype="i64"})\nprint(x:gather(best, {dim = 2}))',
  gru = "y = nn.gru{tensor.randn(1, 4, 2), tensor.randn(2, 9), tensor.randn(3, 9), reverse = true}\nprint(y)",
  rnn = 'y = nn.rnn{tensor.randn(1, 4, 2), tensor.randn(2, 3), tensor.randn(3, 3), act = "relu"}\nprint(y)',
  lstm = "y = nn.lstm{tensor.randn(1, 4, 2), tensor.randn(2, 12), tensor.randn(3, 12), reverse = true}\nprint(y)",
  index_add = "print(tensor.zeros(2, 3):index_add(2, " .. ids .. ", tensor.ones(2, 2)))",
  index_select = "print(tensor.arange(5):index_select(" .. ids .. "))",
  multinomial = "print(tensor{0.5, 0.5, 1}:multinomial(2))",
  nll = 'p = tensor.randn(2, 3):log_softmax()\nprint(nn.nll(p, tensor{2, 1, dtype="i64"}, {reduction = "sum"}))',
  scatter = "print(tensor.zeros(3):scatter(1, " .. ids .. ", 7))", searchsorted = "print(tensor{1, 2}:searchsorted(1.5))",
  scatter_reduce = "print(tensor.ones(3):scatter_reduce(1, " .. ids .. ', tensor{5, 2}, {reduce = "mean"}))',
  scatter_add = "print(tensor.zeros(3):scatter_add(1, " .. ids .. ", tensor{1, 2}))",
  stack = "print(tensor.stack{tensor{1, 2}, tensor{3, 4}, dim=2})", take = "print(tensor.randn(2, 3):take(" .. ids .. "))",
  one_hot = "print(tensor.one_hot(" .. ids .. ", {classes = 4}))", bincount = "print(" .. ids .. ":bincount())",
  masked_select = "x = tensor{1, -2, 3}\nprint(x:masked_select(x:lt(0)))",
  index = "x = tensor.randn(5, 2)\nprint(x[" .. ids .. "].shape[1])", slice = 'print(tensor.arange(6)["2:3"])',
  any = "print(tensor{{0, 1}, {0, 0}}:gt(0):any(2))", all = "print(tensor{{0, 1}, {1, 1}}:gt(0):all(2))",
  count_nonzero = "print(tensor{{0, 1}, {1, 1}}:count_nonzero(1))", argmax = "print(tensor{{0, 1}, {3, 1}}:argmax(2))",
  argmin = "print(tensor{{0, 1}, {3, 1}}:argmin(2))", argsort = "print(tensor{3, 1, 2}:argsort())",
  nonzero = "print(tensor{{0, 1}, {1, 0}}:nonzero())", unique = 'print(tensor{3, 1, 3}:unique())',
} do
  more { name = name, example2 = example }
end
for _, name in ipairs { "sign", "floor", "ceil", "round", "trunc", "isnan", "isinf", "isfinite", "logical_not" } do
  more { name = name, example2 = ("print((tensor.randn(2, 3) * 2):%s())"):format(name) }
end
for _, name in ipairs { "floordiv", "eq", "ne", "lt", "le", "gt", "ge", "logical_and", "logical_or", "logical_xor" } do
  more { name = name, example2 = ("print(tensor{1, 2, 0}:%s(2))"):format(name) }
end
more { name = "index", sig = "x[ids]   x[{i, ids}]",
  example2 = 'x = tensor{{1, 2, 3}, {4, 5, 6}}\nprint(x[{2, tensor({3, 1}, {dtype="i64"})}])' }
more { name = "slice", sig = 'x[{{a, b}, {a, b, step}, {}}]   x["a:b, a:b:step, :"]' }
more { name = "repeat", sig = "x:tile(n, m, ...)", example2 = "print(tensor{{1, 2}}:tile(2, 2))" }
