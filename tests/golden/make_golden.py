#!/usr/bin/env python3
"""make_golden.py > ops.lua: expected results and gradients of tensor operations, from PyTorch (1.13) in f64.

Each case: a name, the Lua function, the same in PyTorch (0-based there), inputs.  See golden.py."""
import math
import torch
import torch.nn.functional as F
from golden import case, ints, uniform, write

torch.manual_seed(1)

X = uniform(-3, 3, 3, 7)
P = uniform(0.3, 3, 3, 7)
U = uniform(-0.9, 0.9, 3, 7)
A, B = uniform(-2, 2, 3, 4), uniform(-2, 2, 3, 4)
ROW, COL = uniform(0.5, 2, 4), uniform(0.5, 2, 3, 1)
M = uniform(-2, 2, 2, 3, 4)
IMG = uniform(-1, 1, 2, 5, 6, 3)  # N H W C
SEQ = uniform(-1, 1, 2, 4, 3)     # N T F
IDS = ints(1, 3, 4)


def nchw(f):
    return lambda x, *a: f(x.permute(0, 3, 1, 2), *a).permute(0, 2, 3, 1)


def kernel(w):  # kh kw in out -> out in kh kw
    return w.permute(3, 2, 0, 1)


unary = {
    "neg": X, "abs": X, "exp": X, "expm1": X, "log": P, "log2": P, "log10": P, "log1p": P, "sqrt": P, "rsqrt": P,
    "square": X, "reciprocal": P, "sin": X, "cos": X, "tan": U, "asin": U, "acos": U, "atan": X, "sinh": X,
    "cosh": X, "tanh": X, "sigmoid": X, "relu": X, "erf": X}
for n, x in unary.items():
    case(n, "a:%s()" % n, getattr(torch, n), x)
for n in ("floor", "ceil", "trunc", "sign"):  # no gradient here
    case(n, "a:%s()" % n, lambda a, n=n: getattr(torch, n)(a).detach(), X)
case("silu", "a:silu()", F.silu, X)
case("gelu", "a:gelu()", F.gelu, X)
case("gelu_tanh", "a:gelu_tanh()", lambda a: F.gelu(a, approximate="tanh"), X)
case("softplus", "a:softplus()", F.softplus, X)
case("elu", "a:elu()", F.elu, X)
case("leaky_relu", "a:leaky_relu(0.1)", lambda a: F.leaky_relu(a, 0.1), X)
case("relu6", "a:mul(3):relu6()", lambda a: F.relu6(a * 3), X)
case("hardtanh", "a:hardtanh()", F.hardtanh, X)
case("clamp", "a:clamp(-1, 2)", lambda a: a.clamp(-1, 2), X)

case("add", "a + b", lambda a, b: a + b, A, B)
case("sub broadcast row", "a - b", lambda a, b: a - b, A, ROW)
case("mul broadcast column", "a * b", lambda a, b: a * b, A, COL)
case("div broadcast both", "a / b", lambda a, b: a / b, ROW, COL)
case("pow", "a ^ b", lambda a, b: a ** b, ROW, COL)
case("pow number", "a ^ 3", lambda a: a ** 3, A)
case("number pow", "2 ^ a", lambda a: 2 ** a, A)
case("number div", "2 / a", lambda a: 2 / a, P)
case("number sub", "2 - a", lambda a: 2 - a, P)
case("floordiv", "a // b", lambda a, b: torch.floor(a / b).detach(), A, ROW)
case("remainder", "a % b", torch.remainder, A, ROW)
case("maximum", "tensor.maximum(a, b)", torch.maximum, A, B)
case("minimum", "tensor.minimum(a, b)", torch.minimum, A, B)
case("atan2", "tensor.atan2(a, b)", torch.atan2, A, B)
case("where", "tensor.where(a:gt(b), a, b * 2)", lambda a, b: torch.where(a > b, a, b * 2), A, B)
case("lerp", "tensor.lerp(a, b, 0.3)", lambda a, b: torch.lerp(a, b, 0.3), A, B)
case("masked_fill", "a:masked_fill(a:lt(0), 7)", lambda a: a.masked_fill(a < 0, 7), A)

case("sum", "a:sum()", lambda a: a.sum(), M)
case("sum dim", "a:sum(2)", lambda a: a.sum(1), M)
case("sum dims keepdim", "a:sum{dim={1, 3}, keepdim=true}", lambda a: a.sum((0, 2), keepdim=True), M)
case("mean", "a:mean()", lambda a: a.mean(), M)
case("mean dim", "a:mean(-1)", lambda a: a.mean(-1), M)
case("prod", "a:prod()", lambda a: a.prod(), A)
case("prod dim", "a:prod(2)", lambda a: a.prod(1), A)
case("max", "a:max()", lambda a: a.max(), M)
case("max dim", "(a:max(2))", lambda a: a.max(1)[0], M)
case("min dim", "(a:min(-1))", lambda a: a.min(-1)[0], M)
case("argmax dim", "a:argmax(2):to'f64'", lambda a: (a.argmax(1) + 1).double(), M)
case("argmin", "a:argmin():to'f64'", lambda a: (a.argmin() + 1).double(), M)
case("var", "a:var()", lambda a: a.var(), M)
case("var dim", "a:var(2)", lambda a: a.var(1), M)
case("std dim", "a:std(3)", lambda a: a.std(2), M)
case("logsumexp", "a:logsumexp(2)", lambda a: a.logsumexp(1), M)
case("softmax", "a:softmax(3)", lambda a: a.softmax(2), M)
case("softmax first", "a:softmax(1)", lambda a: a.softmax(0), M)
case("log_softmax", "a:log_softmax(2)", lambda a: a.log_softmax(1), M)
case("cumsum", "a:cumsum(2)", lambda a: a.cumsum(1), M)
case("norm", "a:norm()", lambda a: a.norm(), A)
case("sort", "(a:sort(2))", lambda a: a.sort(1)[0], A)
case("sort down", "(a:sort{dim=1, descending=true})", lambda a: a.sort(0, descending=True)[0], A)
case("topk", "(a:topk(2))", lambda a: a.topk(2)[0], A)

case("mm", "a:mm(b)", lambda a, b: a @ b, A, uniform(-1, 1, 4, 5))
case("mm transposed", "a:t():mm(b)", lambda a, b: a.t() @ b, A, B)
case("mm vector", "a:mm(b)", lambda a, b: a @ b, A, ROW)
case("vector mm", "a:mm(b)", lambda a, b: a @ b, ROW, uniform(-1, 1, 4, 5))
case("mm batch", "a:mm(b)", lambda a, b: a @ b, M, uniform(-1, 1, 2, 4, 2))
case("mm batch broadcast", "a:mm(b)", lambda a, b: a @ b, M, uniform(-1, 1, 4, 2))
case("dot", "a:dot(b)", lambda a, b: a @ b, ROW, uniform(-1, 1, 4))
case("einsum", "tensor.einsum('bik,bkj->bij', a, b)", lambda a, b: a @ b, M, uniform(-1, 1, 2, 4, 2))
case("einsum three", "tensor.einsum('ab,cb,cd->da', a, b, c)", lambda a, b, c: torch.einsum("ab,cb,cd->da", a, b, c),
     A, B, uniform(-1, 1, 3, 2))
case("einsum diagonal", "tensor.einsum('iij->ji', a)", lambda a: torch.einsum("iij->ji", a), uniform(-1, 1, 3, 3, 2))
case("einsum batch", "tensor.einsum('nhqd,nhkd->nhqk', a, b)", lambda a, b: torch.einsum("nhqd,nhkd->nhqk", a, b),
     uniform(-1, 1, 2, 2, 3, 2), uniform(-1, 1, 2, 2, 4, 2))
case("linear", "nn.linear(a, b, c)", lambda a, b, c: a @ b + c, M, uniform(-1, 1, 4, 2), uniform(-1, 1, 2))

case("reshape", "a:reshape(4, -1)", lambda a: a.reshape(4, -1), M)
case("permute", "a:permute(3, 1, 2)", lambda a: a.permute(2, 0, 1), M)
case("transpose", "a:transpose(1, 3)", lambda a: a.transpose(0, 2), M)
case("expand", "a:expand(2, 3, 5)", lambda a: a.expand(2, 3, 5), COL)
case("slice", "a['2, ::2, 4:1:-2']", lambda a: a[1][::2][:, [3, 1]], M)
case("index new", "a[':, new, 2']", lambda a: a[:, None, 1], A)
case("cat", "tensor.cat({a, b}, 2)", lambda a, b: torch.cat((a, b), 1), A, B)
case("stack", "tensor.stack({a, b}, 2)", lambda a, b: torch.stack((a, b), 1), A, B)
case("flip", "a:flip(2)", lambda a: a.flip(1), M)
case("gather", "a:gather(2, b)", lambda a, b: a.gather(1, b - 1), A, ints(1, 4, 3, 2))
case("index rows", "a[b]", lambda a, b: a[b - 1], A, IDS)
case("masked_select", "a[a:gt(0)]", lambda a: a[a > 0], A)
case("index_add", "a:index_add(1, b, c)", lambda a, b, c: a.index_add(0, b - 1, c), A, IDS, uniform(-1, 1, 4, 4))
case("tril", "a:tril()", torch.tril, A)
case("triu", "a:triu(1)", lambda a: torch.triu(a, 1), A)
case("one_hot", "b:one_hot(3):to'f64' * a", lambda a, b: F.one_hot(b - 1, 3) * a, uniform(-1, 1, 3), IDS)

T = uniform(0, 1, 3, 4)
case("mse", "nn.mse(a, b)", F.mse_loss, A, B)
case("l1", "nn.l1(a, b)", F.l1_loss, A, B)
case("smooth_l1", "nn.smooth_l1(a, b)", F.smooth_l1_loss, A, B)
case("huber", "nn.huber(a, b)", F.huber_loss, A, B)
case("bce_logits", "nn.bce_logits(a, b)", F.binary_cross_entropy_with_logits, A, T)
case("bce", "nn.bce(a:sigmoid(), b)", lambda a, b: F.binary_cross_entropy(a.sigmoid(), b), A, T)
CLASS = ints(1, 4, 3)
case("cross_entropy", "nn.cross_entropy(a, b)", lambda a, b: F.cross_entropy(a, b - 1), A, CLASS)
case("cross_entropy smoothing", "nn.cross_entropy{a, b, smoothing=0.1}",
     lambda a, b: F.cross_entropy(a, b - 1, label_smoothing=0.1), A, CLASS)
case("cross_entropy sum", "nn.cross_entropy{a, b, reduction='sum'}",
     lambda a, b: F.cross_entropy(a, b - 1, reduction="sum"), A, CLASS)
case("nll", "nn.nll(a:log_softmax(2), b)", lambda a, b: F.nll_loss(a.log_softmax(1), b - 1), A, CLASS)
case("triplet", "nn.triplet(a, b, c)",  # FaceNet's: squared distances, which triplet_margin_loss does not have
     lambda a, p, n: (((a - p) ** 2).sum(1) - ((a - n) ** 2).sum(1) + 0.2).clamp(min=0).mean(), A, B, uniform(-2, 2, 3, 4))
case("layer_norm", "nn.layer_norm(a, b, c)", lambda a, b, c: F.layer_norm(a, (4,), b, c), A, ROW, uniform(-1, 1, 4))
case("batch_norm", "nn.batch_norm{a, b, c, train=true}",
     lambda a, b, c: F.batch_norm(a, None, None, b, c, True), A, ROW, uniform(-1, 1, 4))
case("group_norm", "nn.group_norm{a, groups=3}", nchw(lambda x: F.group_norm(x, 3)), IMG)
case("embedding", "nn.embedding(b, a)", lambda a, b: F.embedding(b - 1, a), A, ints(1, 3, 2, 3))

W = uniform(-1, 1, 3, 2, 3, 4)
case("conv2d", "nn.conv2d{a, b, c, stride=2, padding=1}",
     nchw(lambda x, w, b: F.conv2d(x, kernel(w), b, stride=2, padding=1)), IMG, W, uniform(-1, 1, 4))
case("conv2d dilated", "nn.conv2d{a, b, dilation=2}",
     nchw(lambda x, w: F.conv2d(x, kernel(w), dilation=2)), IMG, uniform(-1, 1, 2, 2, 3, 4))
case("conv2d groups", "nn.conv2d{a, b, groups=3}",
     nchw(lambda x, w: F.conv2d(x, kernel(w), groups=3)), IMG, uniform(-1, 1, 3, 3, 1, 6))
case("max_pool2d", "nn.max_pool2d{a, kernel=3, stride=2, padding=1}",
     nchw(lambda x: F.max_pool2d(x, 3, 2, 1)), IMG)
case("avg_pool2d", "nn.avg_pool2d{a, kernel=2, stride=2}", nchw(lambda x: F.avg_pool2d(x, 2, 2)), IMG)


def recurrent(kind):
    def run(x, wx, wh, bx, bh):
        net = kind(3, 2, batch_first=True)
        net._flat_weights = [wx.t(), wh.t(), bx, bh]  # functional_call would leave the old ones in this list
        return net(x)[0]
    return run


lstm, gru = recurrent(torch.nn.LSTM), recurrent(torch.nn.GRU)


def gates(n):
    return uniform(-1, 1, 3, n), uniform(-1, 1, 2, n), uniform(-1, 1, n), uniform(-1, 1, n)


case("lstm", "(nn.lstm{a, b, c, d, e})", lstm, SEQ, *gates(8))
case("gru", "(nn.gru{a, b, c, d, e})", gru, SEQ, *gates(6))
case("attention", "(nn.attention{a, b, c})",
     lambda q, k, v: (q @ k.transpose(1, 2) / math.sqrt(3)).softmax(2) @ v, SEQ, uniform(-1, 1, 2, 5, 3), uniform(-1, 1, 2, 5, 3))
case("attention causal", "(nn.attention{a, b, c, causal=true})",
     lambda q, k, v: ((q @ k.transpose(1, 2) / math.sqrt(3)).masked_fill(torch.triu(torch.ones(4, 4), 1).bool(),
                      -math.inf)).softmax(2) @ v, SEQ, uniform(-1, 1, 2, 4, 3), uniform(-1, 1, 2, 4, 3))


write("make_golden.py")
