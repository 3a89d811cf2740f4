#!/usr/bin/env python3
"""make_more.py > more.lua: further cases, so that each op has at least three, forward and gradient: one element, a turned
view, nothing at all, the edges of numbers, other options.  See golden.py."""
import math
import torch
import torch.nn.functional as F
from golden import case, ints, uniform, write

torch.manual_seed(7)

# --- pointwise: one element; a turned view; none; what is at the edges
X, P, U, G = (-3, 3), (0.3, 3), (-0.9, 0.9), (1.1, 3)
unary = {
    "neg": X, "abs": X, "exp": X, "expm1": X, "log": P, "log2": P, "log10": P, "log1p": P, "sqrt": P, "rsqrt": P,
    "square": X, "reciprocal": P, "sin": X, "cos": X, "tan": U, "asin": U, "acos": U, "atan": X, "sinh": X, "cosh": X,
    "tanh": X, "sigmoid": X, "relu": X, "erf": X, "erfc": X, "exp2": X, "asinh": X, "acosh": G, "atanh": U, "lgamma": P}
for n in ("leaky_relu", "elu", "gelu", "silu", "softplus", "relu6", "hardtanh"):
    unary[n] = X
special = {
    "gelu_tanh": lambda a: F.gelu(a, approximate="tanh"), "cbrt": lambda a: a.sign() * a.abs() ** (1 / 3),
    "leaky_relu": lambda a: F.leaky_relu(a, 0.01)}
unary["gelu_tanh"], unary["cbrt"] = X, P
unary.update({"tgamma": P, "digamma": P, "erfinv": U, "frac": X, "sinc": X})
special["tgamma"] = lambda a: a.lgamma().exp()  # of positive numbers


def torch_of(n):
    return special.get(n) or getattr(torch, n, None) or getattr(F, n)


for n, (lo, hi) in unary.items():
    f = torch_of(n)
    case(n + " of one", "a:%s()" % n, f, uniform(lo, hi, 1))
    case(n + " of a view", "a:t():%s()" % n, lambda a, f=f: f(a.t()), uniform(lo, hi, 3, 2))
    case(n + " of none", "a:%s()" % n, f, uniform(lo, hi, 0, 3))
EDGES = torch.tensor([math.inf, -math.inf, math.nan, 0.0, 1.0, -1.0])
for n in ("neg", "abs", "exp", "expm1", "log", "sqrt", "tanh", "sigmoid", "relu", "erf", "erfc", "sin", "atan", "square",
          "reciprocal", "log1p", "softplus", "hardtanh", "relu6"):
    case(n + " at the edges", "a:detach():%s()" % n, lambda a, f=torch_of(n): f(a.detach()), EDGES)
case("erfinv in its tails", "a:erfinv()", torch.erfinv, torch.tensor([-0.9999, 0.999, 1e-9, 0.0]))
case("digamma below 0", "a:digamma()", torch.digamma, torch.tensor([-0.5, -3.7, 1e-3, 40.0]))
HALVES = torch.tensor([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.49, -0.51])
for n in ("floor", "ceil", "round", "trunc", "sign"):
    case(n + " of halves", "a:%s()" % n, lambda a, f=torch_of(n): f(a), HALVES)
    case(n + " of one", "a:%s()" % n, lambda a, f=torch_of(n): f(a), uniform(-3, 3, 1))
    x = EDGES[[0, 1, 3, 4, 5]] if n == "sign" else EDGES  # of NaN: NaN here and in NumPy, 0 in PyTorch
    case(n + " at the edges", "a:%s()" % n, lambda a, f=torch_of(n): f(a), x)
for k, x in enumerate([torch.tensor([0.5, 1, 10, -3, math.inf, 1e-20]), torch.tensor([7.0]), torch.zeros(0, 2)]):
    case("logb %d" % k, "a:detach():logb()", lambda a: torch.where(a.detach().isinf(), torch.tensor(math.inf), torch.floor(torch.log2(a.detach().abs()))), x)
for n in ("isnan", "isinf", "isfinite", "logical_not", "signbit"):
    edges = EDGES[[0, 1, 3, 4, 5]] if n == "signbit" else EDGES  # the sign of 0/0 is the processor's
    for what, x in (("at the edges", edges), ("of halves", HALVES), ("of none", torch.zeros(0, 2))):
        case(n + " " + what, "a:detach():%s():to(a.dtype)" % n, lambda a, f=torch_of(n): f(a.detach()).double(), x)

# --- two operands: one row for all, a scalar each way, none
binary = {"add": "a + b", "sub": "a - b", "mul": "a * b", "div": "a / b"}
method = {n: "a:%s(b)" % n for n in ("ldexp", "logaddexp", "fdim", "maximum", "minimum", "atan2", "fmod", "hypot", "remainder", "pow")}
for n, code in {**binary, **method}.items():
    f = getattr(torch, n, None) or (lambda a, b: (a - b).relu())
    case(n + " of a row", code, f, uniform(0.5, 3, 2, 3), uniform(0.6, 2, 3))
    case(n + " of column and row", code, f, uniform(0.5, 3, 2, 1), uniform(0.6, 2, 3))
    case(n + " of one", code, f, uniform(0.5, 3, 1), uniform(0.6, 2, 1))
    case(n + " of none", code, f, uniform(0.5, 3, 0, 3), uniform(0.6, 2, 3))
for k, (x, y) in enumerate([(uniform(-2, 2, 2, 3), uniform(-2, 2, 3)), (uniform(-2, 2, 1), torch.tensor([-1.0])), (torch.zeros(0), torch.zeros(0))]):
    case("copysign %d" % k, "a:copysign(b:detach())", lambda a, b: torch.copysign(a, b.detach()), x, y)
    case("nextafter %d" % k, "(a:detach():to 'f64':nextafter(b:detach():to 'f64') - a:detach():to 'f64'):gt(0):to 'f64'", lambda a, b: (torch.nextafter(a.detach(), b.detach()) > a.detach()).double(), x, y)
for k, (x, y) in enumerate([(uniform(-5, 5, 2, 3), uniform(0.5, 2, 3)), (HALVES, torch.tensor([2.0])), (uniform(-5, 5, 1), uniform(-2, -1, 1))]):
    case("floordiv %d" % k, "a:floordiv(b)", lambda a, b: torch.floor(a / b), x, y)
R, S = torch.tensor([1.0, 2, 3, math.nan]), torch.tensor([1.0, 3, 2, math.nan])
for n in ("eq", "ne", "lt", "le", "gt", "ge"):
    for k, (x, y) in enumerate([(R, S), (uniform(-1, 1, 2, 3).round(), uniform(-1, 1, 3).round()), (torch.zeros(0), torch.zeros(0))]):
        case("%s %d" % (n, k), "a:detach():%s(b:detach()):to(a.dtype)" % n, lambda a, b, f=getattr(torch, n): f(a.detach(), b.detach()).double(), x, y)
B1, B2 = torch.tensor([0.0, 1, 0, 1]), torch.tensor([0.0, 0, 1, 1])
for n in ("logical_and", "logical_or", "logical_xor"):
    for k, (x, y) in enumerate([(B1, B2), (B1.reshape(4, 1), B2), (torch.zeros(0), torch.zeros(0))]):
        case("%s %d" % (n, k), "a:detach():%s(b:detach()):to(a.dtype)" % n, lambda a, b, f=getattr(torch, n): f(a.detach(), b.detach()).double(), x, y)
for k, shape in enumerate([(2, 3), (1,), (0, 3)]):
    a, b, w = uniform(-2, 2, *shape), uniform(-2, 2, *shape), uniform(0, 1, *shape)
    case("where %d" % k, "tensor.where(c:detach():gt(0.5), a, b)", lambda a, b, c: torch.where(c.detach() > 0.5, a, b), a, b, w)
    case("lerp %d" % k, "a:lerp(b, c)", torch.lerp, a, b, w)
    case("fma %d" % k, "a:fma(b, c)", lambda a, b, c: a * b + c, a, b, w)
    case("masked_fill %d" % k, "a:masked_fill(b:detach():gt(0), 2)", lambda a, b: a.masked_fill(b.detach() > 0, 2), a, b)
    case("clamp %d" % k, "a:clamp(-0.5, 1)", lambda a: a.clamp(-0.5, 1), a)
    case("masked_select %d" % k, "a:masked_select(b:detach():gt(0))", lambda a, b: a.masked_select(b.detach() > 0), a, b)
    case("clone %d" % k, "a:clone()", torch.clone, a)
    case("contiguous %d" % k, "a:view(-1, 1):t():contiguous()" if k else "a:t():contiguous()", (lambda a: a.reshape(-1, 1).t()) if k else torch.t, a)

V, P = uniform(-3, 3, 3, 4), uniform(0.05, 0.95, 3, 4)
case("addcmul", "a:addcmul(b, c, { value = 0.5 })", lambda a, b, c: torch.addcmul(a, b, c, value=0.5), V, P, V + 1)
case("addcdiv", "a:addcdiv(b, c)", lambda a, b, c: torch.addcdiv(a, b, c), V, V, P)
case("addcmul of a row and a column", "a:addcmul(b, c)", torch.addcmul, V, P[:1], P[:, 1:2])
case("addcmul of none", "a:addcmul(b, c)", torch.addcmul, *[torch.zeros(0, 3)] * 3)
case("addcdiv with a factor", "a:addcdiv(b, c, { value = -1.5 })", lambda a, b, c: torch.addcdiv(a, b, c, value=-1.5), V[:1], V, P)
case("addcdiv of none", "a:addcdiv(b, c)", torch.addcdiv, *[torch.zeros(0, 3)] * 3)
case("logit", "a:logit()", torch.logit, P)
case("logit with eps", "a:logit{ eps = 0.3 }", lambda a: torch.logit(a, 0.3), P)
case("xlogy", "a:detach():xlogy(b:detach())", lambda a, b: torch.xlogy(a.detach(), b.detach()), torch.tensor([0.0, 2, -1, 0]), torch.tensor([0.0, 3, 0.5, 2]))
case("nan_to_num", "a:nan_to_num{ posinf = 7, neginf = -7 }", lambda a: a.nan_to_num(0, 7, -7), torch.tensor([1.0, -2]))
case("nan_to_num of all", "a:nan_to_num{ nan = 9, posinf = 7 }:clamp(-1e30, 1e30)",
     lambda a: a.nan_to_num(9, 7, -1e31).clamp(-1e30, 1e30), torch.tensor([[1.0, math.inf, math.nan], [-2, 0, -math.inf]]))
case("nan_to_num of none", "a:nan_to_num()", lambda a: a.nan_to_num(), torch.zeros(0, 3))
case("deg2rad", "a:deg2rad()", torch.deg2rad, V)
case("rad2deg", "a:rad2deg()", torch.rad2deg, V)
case("frexp", "(a:detach():frexp())", lambda a: torch.frexp(a.detach())[0], torch.tensor([0.0, 1, -3, 0.3, 1e30, -0.5]))
case("frexp's exponent", "select(2, a:detach():frexp()):to(a.dtype)", lambda a: torch.frexp(a.detach())[1].double(), torch.tensor([0.0, 1, -3, 0.3, 100, -0.5]))
case("quantile", "a:quantile(0.3)", lambda a: torch.quantile(a, 0.3), V)
case("quantile along", "a:quantile(0.5, { dim = 2 })", lambda a: torch.quantile(a, 0.5, dim=1), V)
case("quantiles", "a:quantile({ 0, 0.25, 1 }, { dim = 1, keepdim = true })", lambda a: torch.quantile(a, torch.tensor([0, 0.25, 1.0]), dim=0, keepdim=True), V)

for n, code, f in (("SELU", "", F.selu), ("CELU", "1.5", lambda a: F.celu(a, 1.5)), ("Mish", "", F.mish), ("Hardswish", "", F.hardswish),
                   ("Hardsigmoid", "", lambda a: (a + 3).clamp(0, 6) / 6), ("LogSigmoid", "", F.logsigmoid), ("Softsign", "", F.softsign),
                   ("Tanhshrink", "", F.tanhshrink), ("GLU", "", F.glu), ("GLU", "1", lambda a: F.glu(a, 0))):
    for k, shape in enumerate([(4, 6), (2, 2), (2, 0)]):
        case("%s %d" % (n, k), "nn.%s(%s)(a)" % (n, code), f, uniform(-4, 4, *shape))
case("PReLU", "nn.PReLU{ channels = 3 }:to(a.dtype)(a)", lambda a: F.prelu(a.reshape(-1, 3), torch.full((3,), 0.25)).reshape(a.shape), uniform(-2, 2, 2, 4, 3))
case("PReLU of one", "nn.PReLU{ slope = 0.125 }:to(a.dtype)(a)", lambda a: F.prelu(a, torch.tensor([0.125])), uniform(-2, 2, 2, 3))
case("PReLU's weight", "(function(net) net.weight = b return net(a) end)(nn.PReLU{ channels = 3 })", lambda a, b: F.prelu(a, b), uniform(-2, 2, 4, 3), uniform(0, 1, 3))

# --- products
case("bmm", "a:bmm(b)", torch.bmm, uniform(-1, 1, 2, 3, 4), uniform(-1, 1, 2, 4, 2))
case("bmm of one", "a:bmm(b)", torch.bmm, uniform(-1, 1, 1, 1, 1), uniform(-1, 1, 1, 1, 1))
case("bmm without sum", "a:bmm(b)", torch.bmm, uniform(-1, 1, 2, 3, 0), uniform(-1, 1, 2, 0, 2))
for k, n in enumerate((5, 1, 0)):
    case("dot %d" % k, "a:dot(b)", torch.dot, uniform(-1, 1, n), uniform(-1, 1, n))
    case("outer %d" % k, "a:outer(b)", torch.outer, uniform(-1, 1, n), uniform(-1, 1, 3))
case("linear without bias", "nn.linear(a, b)", lambda a, b: a @ b, uniform(-1, 1, 2, 3, 4), uniform(-1, 1, 4, 5))
case("linear of one", "nn.linear(a, b, c)", lambda a, b, c: a @ b + c, uniform(-1, 1, 1, 1), uniform(-1, 1, 1, 1), uniform(-1, 1, 1))
case("linear of none", "nn.linear(a, b, c)", lambda a, b, c: a @ b + c, uniform(-1, 1, 0, 3), uniform(-1, 1, 3, 2), uniform(-1, 1, 2))

# --- reductions
M = uniform(-2, 2, 2, 3, 4)
for n in ("mean", "prod", "var", "std", "norm", "logsumexp", "max", "min"):
    f = getattr(torch, n) if n != "norm" else lambda a, d, keepdim=False: torch.linalg.vector_norm(a, 2, d, keepdim)
    pick = (lambda y: y[0]) if n in ("max", "min") else (lambda y: y)
    case(n + " of the last", "(a:%s{dim=-1})" % n, lambda a, f=f, pick=pick: pick(f(a, -1)), M)
    case(n + " kept", "(a:%s{dim=2, keepdim=true})" % n, lambda a, f=f, pick=pick: pick(f(a, 1, keepdim=True)), M)
    if n not in ("var", "std"):
        case(n + " of one", "(a:%s{dim=1})" % n, lambda a, f=f, pick=pick: pick(f(a, 0)), uniform(0.5, 1, 1))
case("var of all", "a:var{unbiased=false}", lambda a: a.var(unbiased=False), M)
case("std of all", "a:std{unbiased=false}", lambda a: a.std(unbiased=False), M)
case("norm 1", "a:norm{p=1, dim=1}", lambda a: a.norm(1, 0), M)
case("softmax of the middle", "a:softmax(2)", lambda a: a.softmax(1), M)
case("softmax of one", "a:softmax(1)", lambda a: a.softmax(0), uniform(-1, 1, 1))
for n in ("argmax", "argmin", "argsort"):
    for d in (1, 2, 3):
        case("%s %d" % (n, d), "a:detach():%s(%d):to(a.dtype) " % (n, d), lambda a, n=n, d=d: getattr(a.detach(), n)(d - 1).double() + 1, M)
for n in ("any", "all", "count_nonzero"):
    for k, x in enumerate([uniform(0, 1, 3, 4).round(), torch.zeros(2, 3), torch.ones(1, 2)]):
        case("%s %d" % (n, k), "a:detach():ne(0):%s(2):to(a.dtype)" % n, lambda a, n=n: getattr(a.detach() != 0, n)(1).double(), x)
for n in ("cumsum", "cumprod"):
    case(n + " of the last", "a:%s(3)" % n, lambda a, n=n: getattr(a, n)(2), M)
    case(n + " of one", "a:%s(1)" % n, lambda a, n=n: getattr(a, n)(0), uniform(-1, 1, 1))
    case(n + " of none", "a:%s(1)" % n, lambda a, n=n: getattr(a, n)(0), uniform(-1, 1, 0, 2))

# --- movement
N = uniform(-1, 1, 0, 3)
moves = {
    "view": [("a:view(6, -1)", lambda a: a.reshape(6, -1), M), ("a:view(1, 1)", lambda a: a.reshape(1, 1), uniform(-1, 1, 1)), ("a:view(3, 0)", lambda a: a.reshape(3, 0), N)],
    "reshape": [("a:permute(3, 1, 2):reshape(-1)", lambda a: a.permute(2, 0, 1).reshape(-1), M), ("a:reshape(0, 3, 1)", lambda a: a.reshape(0, 3, 1), N)],
    "flatten": [("a:flatten()", torch.flatten, M), ("a:flatten(2)", lambda a: a.flatten(1), M), ("a:flatten()", torch.flatten, N)],
    "squeeze": [("a:squeeze()", torch.squeeze, uniform(-1, 1, 1, 3, 1)), ("a:squeeze(1)", lambda a: a.squeeze(0), uniform(-1, 1, 1, 3, 1)), ("a:squeeze(3)", lambda a: a.squeeze(2), uniform(-1, 1, 1, 3, 1))],
    "unsqueeze": [("a:unsqueeze(1)", lambda a: a.unsqueeze(0), M), ("a:unsqueeze(-1)", lambda a: a.unsqueeze(-1), M), ("a:unsqueeze(2)", lambda a: a.unsqueeze(1), N)],
    "permute": [("a:permute(2, 1)", lambda a: a.permute(1, 0), N), ("a:permute(3, 2, 1)", lambda a: a.permute(2, 1, 0), M)],
    "transpose": [("a:transpose(1, 3)", lambda a: a.transpose(0, 2), M), ("a:transpose(1, 2)", lambda a: a.transpose(0, 1), N)],
    "expand": [("a:expand(4, 3)", lambda a: a.expand(4, 3), uniform(-1, 1, 3)), ("a:expand(2, 3, 2)", lambda a: a.expand(2, 3, 2), uniform(-1, 1, 3, 1)), ("a:expand(0, 3)", lambda a: a.expand(0, 3), uniform(-1, 1, 1, 3))],
    "slice": [('a["1, 2:3, 1:4:2"]', lambda a: a[0, 1:3, 0:4:2], M), ("a[{ { 2, 2 }, {}, { 1, 2 } }]", lambda a: a[1:2, :, 0:2], M), ('a["..., -1"]', lambda a: a[..., -1], M), ('a[":, 3, 2"]', lambda a: a[:, 2, 1], M)],
    "narrow": [("a:narrow(2, 2, 2)", lambda a: a.narrow(1, 1, 2), M), ("a:narrow(3, 1, 1)", lambda a: a.narrow(2, 0, 1), M), ("a:narrow(1, 1, 0)", lambda a: a.narrow(0, 0, 0), M)],
    "select": [("a:select(1, 2)", lambda a: a.select(0, 1), M), ("a:select(-1, 4)", lambda a: a.select(-1, 3), M), ("a:select(2, 1)", lambda a: a.select(1, 0), M)],
    "flip": [("a:flip(2)", lambda a: a.flip(1), M), ("a:flip({1, 3})", lambda a: a.flip((0, 2)), M), ("a:flip(1)", lambda a: a.flip(0), N)],
    "roll": [("a:roll(1, 2)", lambda a: a.roll(1, 1), M), ("a:roll(-5, 3)", lambda a: a.roll(-5, 2), M), ("a:roll(1, 1)", lambda a: a.roll(1, 0), uniform(-1, 1, 1))],
    "repeat": [('tensor["repeat"](a, 2, 1, 2)', lambda a: a.repeat(2, 1, 2), M), ('tensor["repeat"](a, 3)', lambda a: a.repeat(3), uniform(-1, 1, 1)), ('tensor["repeat"](a, 2, 2)', lambda a: a.repeat(2, 2), N)],
    "tile": [("a:tile(1, 2, 1)", lambda a: a.tile(1, 2, 1), M), ("a:tile(2)", lambda a: a.tile(2), uniform(-1, 1, 2)), ("a:tile(2, 2)", lambda a: a.tile(2, 2), N)],
    "tril": [("a:tril(1)", lambda a: a.tril(1), uniform(-1, 1, 3, 4)), ("a:tril(-1)", lambda a: a.tril(-1), M)],
    "triu": [("a:triu(1)", lambda a: a.triu(1), uniform(-1, 1, 3, 4)), ("a:triu(-1)", lambda a: a.triu(-1), M)],
    "cat": [("tensor.cat({ a, a * 2 }, 2)", lambda a: torch.cat([a, a * 2], 1), M), ("tensor.cat { a, a }", lambda a: torch.cat([a, a]), N), ("tensor.cat({ a }, 3)", lambda a: a, M)],
    "stack": [("tensor.stack { a, a * 2, dim = 2 }", lambda a: torch.stack([a, a * 2], 1), M), ("tensor.stack { a }", lambda a: torch.stack([a]), N)],
    "to": [('a:to "f64":to(a.dtype)', lambda a: a, M), ('a:to "f64":sum()', torch.sum, M), ('a:to "f64":to(a.dtype)', lambda a: a, N)],
}
for n, list_ in moves.items():
    for k, (code, f, x) in enumerate(list_):
        case("%s: %s" % (n, code.replace('"', "'")), code, f, x)

# --- indices, from 1 on there
V = uniform(-1, 1, 4, 3)
for k, ids in enumerate([ints(1, 4, 5), ints(1, 4, 1), ints(1, 4, 0)]):
    case("index %d" % k, "a[b]", lambda a, b: a[b - 1], V, ids)
    case("index_select %d" % k, "a:index_select(b, 1)", lambda a, b: a.index_select(0, b - 1), V, ids)
    case("embedding %d" % k, "nn.embedding(b, a)", lambda a, b: F.embedding(b - 1, a), V, ids)
    case("index_add %d" % k, "a:index_add(b, c)", lambda a, b, c: a.index_add(0, b - 1, c), V, ids, uniform(-1, 1, len(ids), 3))
    case("one_hot %d" % k, "a:one_hot(4):to 'f64'", lambda a: F.one_hot(a - 1, 4).double(), ids)
for d, shape in ((1, (2, 3)), (2, (4, 2)), (2, (4, 0))):
    ids = ints(1, 3, *shape)
    case("gather %d %d" % (d, shape[1]), "a:gather(b, %d)" % d, lambda a, b, d=d: a.gather(d - 1, b - 1), V, ids)
    case("scatter_add %d %d" % (d, shape[1]), "a:scatter_add(b, c, %d)" % d, lambda a, b, c, d=d: a.scatter_add(d - 1, b - 1, c), V, ids, uniform(-1, 1, *shape))

# --- losses
Q, T = uniform(0.1, 0.9, 3, 4), uniform(0, 1, 3, 4).round()
for r in ("sum", "none"):
    case("mse " + r, "nn.mse{a, b, reduction='%s'}" % r, lambda a, b, r=r: F.mse_loss(a, b, reduction=r), Q, T)
    case("l1 " + r, "nn.l1{a, b, reduction='%s'}" % r, lambda a, b, r=r: F.l1_loss(a, b, reduction=r), Q, T)
    case("bce " + r, "nn.bce{a, b:detach(), reduction='%s'}" % r, lambda a, b, r=r: F.binary_cross_entropy(a, b.detach(), reduction=r), Q, T)
    case("bce_logits " + r, "nn.bce_logits{a, b:detach(), reduction='%s'}" % r, lambda a, b, r=r: F.binary_cross_entropy_with_logits(a, b.detach(), reduction=r), Q, T)
    case("nll " + r, "nn.nll{a:log_softmax(2), b, reduction='%s'}" % r, lambda a, b, r=r: F.nll_loss(a.log_softmax(1), b - 1, reduction=r), Q, ints(1, 4, 3))
    ce = lambda a, b: F.binary_cross_entropy_with_logits(a, b.detach(), reduction="none")

    def focal(a, b, r):
        b = b.detach()
        p = torch.sigmoid(a)
        y = (0.25 * b + 0.75 * (1 - b)) * (1 - (p * b + (1 - p) * (1 - b))) ** 2 * ce(a, b)
        return y.sum() if r == "sum" else y
    case("focal " + r, "nn.focal{a, b:detach(), reduction='%s'}" % r, lambda a, b, r=r: focal(a, b, r), Q, T)

    def dice(a, b, r):
        y = 1 - (2 * (a * b).sum(1) + 1) / (a.sum(1) + b.sum(1) + 1)
        return y.sum() if r == "sum" else y
    case("dice " + r, "nn.dice{a, b, reduction='%s'}" % r, lambda a, b, r=r: dice(a, b, r), Q, T)

    def triplet(a, b, c, r):
        y = ((a - b).square().sum(1) - (a - c).square().sum(1) + 0.5).clamp(min=0)
        return y.sum() if r == "sum" else y
    case("triplet " + r, "nn.triplet{a, b, c, margin=0.5, reduction='%s'}" % r, lambda a, b, c, r=r: triplet(a, b, c, r), Q, uniform(0, 1, 3, 4), uniform(0, 1, 3, 4))

# --- layers
g, b4 = uniform(0.5, 2, 4), uniform(-1, 1, 4)
case("layer_norm of one row", "nn.layer_norm(a, b, c)", lambda a, b, c: F.layer_norm(a, (4,), b, c), uniform(-1, 1, 1, 4), g, b4)
case("layer_norm plain", "nn.layer_norm(a)", lambda a: F.layer_norm(a, (4,)), M)
case("batch_norm of images", "(nn.batch_norm{a, b, c, train=true})",
     lambda a, b, c: F.batch_norm(a.permute(0, 3, 1, 2), None, None, b, c, True).permute(0, 2, 3, 1), uniform(-1, 1, 2, 2, 3, 4), g, b4)
case("batch_norm of two rows", "(nn.batch_norm{a, b, c, train=true, eps=0.01})",
     lambda a, b, c: F.batch_norm(a, None, None, b, c, True, eps=0.01), uniform(-1, 1, 2, 4), g, b4)
for k, (groups, shape) in enumerate([(2, (2, 2, 3, 4)), (1, (1, 2, 2, 4)), (4, (2, 3, 1, 4))]):
    case("group_norm %d" % k, "nn.group_norm{a, b, c, groups=%d}" % groups,
         lambda a, b, c, n=groups: F.group_norm(a.permute(0, 3, 1, 2), n, b, c).permute(0, 2, 3, 1), uniform(-1, 1, *shape), g, b4)
    if k < 3:
        shape = (2, 2 + k, 3, 4)
        case("instance_norm %d" % k, "nn.instance_norm{a, b, c}",
             lambda a, b, c: F.instance_norm(a.permute(0, 3, 1, 2), None, None, b, c).permute(0, 2, 3, 1), uniform(-1, 1, *shape), g, b4)
for k, (p, d) in enumerate([(2, -1), (1, 2), (2, 1)]):
    case("normalize %d" % k, "a:normalize{p=%d, dim=%d}" % (p, d), lambda a, p=p, d=d: F.normalize(a, p=p, dim=d - 1 if d > 0 else d), M)


def conv1d(stride, padding, dilation, groups):
    return lambda x, w, b: F.conv1d(x.transpose(1, 2), w.permute(2, 1, 0), b, stride, padding, dilation, groups).transpose(1, 2)


for k, (s, p, d, n) in enumerate([(1, 1, 1, 1), (2, 0, 2, 1), (3, 2, 1, 2)]):
    case("conv1d %d" % k, "nn.conv1d{a, b, c, stride=%d, padding=%d, dilation=%d, groups=%d}" % (s, p, d, n),
         conv1d(s, p, d, n), uniform(-1, 1, 2, 7, 4), uniform(-1, 1, 3, 4 // n, 6), uniform(-1, 1, 6))


def turned(stride, padding, more):
    return lambda x, w, b: F.conv_transpose2d(x.permute(0, 3, 1, 2), w.permute(2, 3, 0, 1), b, stride, padding, more).permute(0, 2, 3, 1)


for k, (s, p, o, size) in enumerate([(1, 0, 0, 3), (2, 1, 1, 3), (3, 0, 1, 2)]):
    case("conv_transpose2d %d" % k, "nn.conv_transpose2d{a, b, c, stride=%d, padding=%d, output_padding=%d}" % (s, p, o),
         turned(s, p, o), uniform(-1, 1, 2, 3, 2, 2), uniform(-1, 1, size, size, 2, 3), uniform(-1, 1, 3))


def recurrent(make):
    def f(x, wx, wh, bx, bh):
        net = make(x.shape[2], wh.shape[0], batch_first=True)
        net._flat_weights = [wx.t(), wh.t(), bx, bh]
        return net(x)[0]
    return f


for n, make, k in (("rnn", torch.nn.RNN, 1), ("lstm", torch.nn.LSTM, 4), ("gru", torch.nn.GRU, 3)):
    for what, (batch, steps, inputs, units) in (("", (2, 4, 3, 2)), (" of one step", (1, 1, 2, 3)), (" long", (1, 9, 1, 2))):
        case(n + what, "(nn.%s{a, b, c, d, e})" % n, recurrent(make), uniform(-1, 1, batch, steps, inputs),
             uniform(-1, 1, inputs, k * units), uniform(-1, 1, units, k * units), uniform(-1, 1, k * units), uniform(-1, 1, k * units))
case("attention of one key", "(nn.attention{a, b, c})",
     lambda q, k, v: (q @ k.transpose(1, 2) / math.sqrt(q.shape[2])).softmax(2) @ v, uniform(-1, 1, 2, 3, 4), uniform(-1, 1, 2, 1, 4), uniform(-1, 1, 2, 1, 4))
case("attention scaled", "(nn.attention{a, b, c, scale=0.5})",
     lambda q, k, v: (q @ k.transpose(1, 2) * 0.5).softmax(2) @ v, uniform(-1, 1, 1, 3, 4), uniform(-1, 1, 1, 5, 4), uniform(-1, 1, 1, 5, 4))
def overlap(a, b):
    w = (torch.minimum(a[2], b[2]) - torch.maximum(a[0], b[0])).clamp(min=0)
    h = (torch.minimum(a[3], b[3]) - torch.maximum(a[1], b[1])).clamp(min=0)
    return w * h / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - w * h)


def nms(x, s):
    kept = []
    for i in s.argsort(descending=True).tolist():
        if all(overlap(x[i], x[j]) <= 0.5 for j in kept):
            kept.append(i)
    return torch.tensor(kept).double() + 1


for k, n in enumerate((8, 1, 3)):
    corner = uniform(0, 3, n, 2)
    case("nms %d" % k, "nn.nms(a:detach(), b:detach()):to(a.dtype)", lambda a, b: nms(a.detach(), b.detach()),
         torch.cat([corner, corner + uniform(1, 3, n, 2)], 1), uniform(0, 1, n))
for n in ("dropout", "dropout2d"):  # off: as it is
    for k, shape in enumerate([(2, 3, 2, 2), (1, 1, 1, 1), (0, 2, 2, 3)]):
        case("%s %d" % (n, k), "nn.%s{a, train=false}" % n, lambda a: a, uniform(-1, 1, *shape))
write("make_more.py")
