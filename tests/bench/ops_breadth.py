#!/usr/bin/python3
"""PyTorch's side of `lunette bench ops` (vm/lua/bench_ops.lua): the same names, sizes and work (channels last where
images are concerned; whole numbers where ours are: arange is i64; unique tells places and counts, as ours does).

    OMP_NUM_THREADS=2 /usr/bin/python3 ops_breadth.py [PATTERN]     prints name<TAB>size<TAB>median microseconds
"""
import re
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

pattern = sys.argv[1] if len(sys.argv) > 1 else None
torch.set_num_threads(int(__import__("os").environ.get("OMP_NUM_THREADS", "2")))


def timed(f):
    f(); f()
    times, spent = [], 0.0
    while (spent < 0.15 or len(times) < 5) and len(times) < 2000 and not (spent > 2 and len(times) >= 3):
        a = time.perf_counter()
        f()
        d = time.perf_counter() - a
        times.append(d)
        spent += d
    times.sort()
    return times[(len(times) + 1) // 2 - 1]


def bench(name, sizes, setup):
    if pattern and not re.search(pattern, name):
        return
    for n in sizes:
        torch.manual_seed(1)
        try:
            s = timed(setup(n))
            print(f"{name}\t{n}\t{s * 1e6:.2f}", flush=True)
        except Exception as e:  # noqa: BLE001
            print(f"{name}\t{n}\tERROR {str(e).splitlines()[0]}", flush=True)


S, M = (1000, 100000, 5000000), (64, 512, 2048)


def leaf(x):
    return x.detach().requires_grad_()


def fb(op, *xs, g):
    def run():
        for x in xs:
            x.grad = None
        op(*xs).backward(g)
    return run


def unary(name, op, pos=False):
    make = (lambda n: torch.rand(n) + 0.5) if pos else torch.randn

    def forward(n):
        x = make(n)
        return lambda: op(x)
    bench(name, S, forward)
    bench(name + " fb", S, lambda n: fb(op, leaf(make(n)), g=torch.ones(n)))


unary("neg", lambda x: -x)
unary("abs", torch.abs)
unary("exp", torch.exp)
unary("log", torch.log, True)
unary("sqrt", torch.sqrt, True)
unary("sin", torch.sin)
unary("tanh", torch.tanh)
unary("sigmoid", torch.sigmoid)
unary("relu", torch.relu)
unary("gelu", F.gelu)
unary("erf", torch.erf)
unary("softplus", F.softplus)
unary("square", lambda x: x * x)
unary("scalar affine", lambda x: x * 2 + 1)
unary("pow 2.5", lambda x: x ** 2.5, True)
unary("clamp", lambda x: x.clamp(-1, 1))


def with_args(make, op):
    def setup(n):
        a = make(n)
        return lambda: op(*a)
    return setup


R, U = torch.randn, torch.rand
bench("floor", S, with_args(lambda n: (R(n),), torch.floor))


def binary(name, op):
    bench(name, S, with_args(lambda n: (R(n), U(n) + 0.5), op))
    bench(name + " fb", S, lambda n: fb(op, leaf(R(n)), leaf(U(n) + 0.5), g=torch.ones(n)))


binary("add", torch.add)
binary("mul", torch.mul)
binary("div", torch.div)
binary("maximum", torch.maximum)
bench("add row", M, with_args(lambda n: (R(n, n), R(n)), torch.add))
bench("add column", M, with_args(lambda n: (R(n, n), R(n, 1)), torch.add))
bench("outer add", M, with_args(lambda n: (R(n, 1), R(1, n)), torch.add))
bench("add transposed", M, with_args(lambda n: (R(n, n), R(n, n).t()), torch.add))
bench("add in place", S, with_args(lambda n: (R(n), R(n)), lambda x, y: x.add_(y)))
bench("gt", S, with_args(lambda n: (R(n),), lambda x: x > 0))
bench("where", S, with_args(lambda n: (R(n) > 0, R(n), R(n)), torch.where))
bench("masked_fill", S, with_args(lambda n: (R(n), R(n) > 0), lambda x, m: x.masked_fill(m, 0)))
bench("x[mask]", S, with_args(lambda n: (R(n), R(n) > 0), lambda x, m: x[m]))


def reduce(name, op, back=False):
    bench(name, S, with_args(lambda n: (R(n),), lambda x: op(x, None)))
    bench(name + " rows", M, with_args(lambda n: (R(n, n),), lambda x: op(x, 1)))
    bench(name + " columns", M, with_args(lambda n: (R(n, n),), lambda x: op(x, 0)))
    if back:
        bench(name + " rows fb", M, lambda n: fb(lambda x: op(x, 1), leaf(R(n, n)), g=torch.ones(n)))


reduce("sum", lambda x, d: x.sum() if d is None else x.sum(d), True)
reduce("mean", lambda x, d: x.mean() if d is None else x.mean(d), True)
reduce("max", lambda x, d: x.max() if d is None else x.max(d)[0], True)
reduce("argmax", lambda x, d: x.argmax() if d is None else x.argmax(d))
reduce("std", lambda x, d: x.std() if d is None else x.std(d))
reduce("norm", lambda x, d: x.norm() if d is None else x.norm(dim=d))
reduce("prod", lambda x, d: x.prod() if d is None else x.prod(d))
bench("logsumexp rows", M, with_args(lambda n: (R(n, n),), lambda x: x.logsumexp(1)))
bench("cumsum", S, with_args(lambda n: (R(n),), lambda x: x.cumsum(0)))
bench("cumsum columns", M, with_args(lambda n: (R(n, n),), lambda x: x.cumsum(0)))
bench("any", S, with_args(lambda n: (torch.zeros(n, dtype=torch.bool),), torch.any))
bench("count_nonzero", S, with_args(lambda n: (R(n),), torch.count_nonzero))
bench("sum i64", S, with_args(lambda n: (torch.randint(0, 101, (n,)),), torch.sum))
bench("sum u8", S, with_args(lambda n: (torch.randint(0, 101, (n,)).to(torch.uint8),), torch.sum))
bench("max i64", S, with_args(lambda n: (torch.randint(0, 101, (n,)),), torch.max))
for name in ("softmax", "log_softmax"):
    op = getattr(torch, name)
    bench(name, M, with_args(lambda n: (R(n, n),), lambda x, op=op: op(x, 1)))
    bench(name + " fb", M, lambda n, op=op: fb(lambda x: op(x, 1), leaf(R(n, n)), g=R(n, n)))
bench("sort", (1000, 100000, 2000000), with_args(lambda n: (R(n),), torch.sort))
bench("sort rows", M, with_args(lambda n: (R(n, n),), lambda x: x.sort(1)))
bench("argsort i64", (1000, 100000, 2000000), with_args(lambda n: (torch.randint(0, 1000001, (n,)),), torch.sort))
bench("topk 10", S, with_args(lambda n: (R(n),), lambda x: x.topk(10)))
bench("median", S, with_args(lambda n: (R(n),), torch.median))
bench("unique", S, with_args(
    lambda n: (torch.randint(1, 1001, (n,)),), lambda x: torch.unique(x, return_inverse=True, return_counts=True)))
bench("bincount", S, with_args(lambda n: (torch.randint(1, 1001, (n,)),), torch.bincount))
bench("one_hot 100", (1000, 50000), with_args(lambda n: (torch.randint(0, 100, (n,)),), lambda x: F.one_hot(x, 100)))
bench("index_select rows", (100, 10000, 50000), with_args(lambda n: (R(n, 64), torch.randint(0, n, (n,))), lambda x, i: x[i]))
bench("gather", M, with_args(lambda n: (R(n, n), torch.randint(0, n, (n, n))), lambda x, i: x.gather(1, i)))
bench("scatter_add", M, with_args(lambda n: (torch.zeros(n, n), torch.randint(0, n, (n, n)), R(n, n)), lambda x, i, s: x.scatter_add(1, i, s)))
bench("index_add", (100, 10000, 50000), with_args(lambda n: (torch.zeros(n, 64), torch.randint(0, n, (n,)), R(n, 64)), lambda x, i, s: x.index_add(0, i, s)))


def embedding(n):
    w, i = leaf(R(20000, 64)), torch.randint(0, 20000, (n,))
    return fb(lambda w: F.embedding(i, w), w, g=torch.ones(n, 64))


bench("embedding fb", (100, 10000), embedding)
bench("cat", S, with_args(lambda n: (R(n), R(n)), lambda x, y: torch.cat((x, y))))
bench("cat columns", M, with_args(lambda n: (R(n, n), R(n, n)), lambda x, y: torch.cat((x, y), 1)))
bench("stack", S, with_args(lambda n: (R(n), R(n)), lambda x, y: torch.stack((x, y), 1)))
bench("transpose copy", M, with_args(lambda n: (R(n, n),), lambda x: x.t().contiguous()))
bench("permute copy", (16, 64, 160), with_args(lambda n: (R(n, n, n),), lambda x: x.permute(2, 0, 1).contiguous()))
bench("flip", S, with_args(lambda n: (R(n),), lambda x: x.flip(0)))
bench("roll", S, with_args(lambda n: (R(n),), lambda x: x.roll(3, 0)))
bench("tile 8", (1000, 100000), with_args(lambda n: (R(n),), lambda x: x.tile(8)))
bench("tril", M, with_args(lambda n: (R(n, n),), torch.tril))
bench("pad image", (32, 256), with_args(lambda n: (R(4, n, n, 16),), lambda x: F.pad(x, (0, 0, 2, 2, 2, 2))))
bench("clone", S, with_args(lambda n: (R(n),), torch.clone))
bench("slice copy", S, with_args(lambda n: (R(n),), lambda x: x[::2].contiguous()))
bench("zeros", S, lambda n: lambda: torch.zeros(n))
bench("arange", S, lambda n: lambda: torch.arange(1, n + 1))
bench("rand", S, lambda n: lambda: U(n))
bench("randn", S, lambda n: lambda: R(n))
bench("randint", S, lambda n: lambda: torch.randint(1, 1001, (n,)))
bench("randperm", S, lambda n: lambda: torch.randperm(n))
bench("f32 to i64", S, with_args(lambda n: (R(n),), lambda x: x.long()))
bench("u8 to f32", S, with_args(lambda n: (torch.ones(n, dtype=torch.uint8),), lambda x: x.float()))
bench("f32 to f64", S, with_args(lambda n: (R(n),), lambda x: x.double()))
bench("item", (1,), with_args(lambda n: (R(1),), lambda x: [x.item() for _ in range(100)]))
bench("x[i,j] read", (100,), with_args(lambda n: (R(n, n),), lambda x: [x[i, i].item() for i in range(100)]))
bench("mm", (16, 64, 256, 1024), with_args(lambda n: (R(n, n), R(n, n)), torch.mm))
bench("mm fb", (16, 64, 256, 1024), lambda n: fb(torch.mm, leaf(R(n, n)), leaf(R(n, n)), g=R(n, n)))
bench("mm f64", (64, 256, 1024), with_args(lambda n: (R(n, n, dtype=torch.float64), R(n, n, dtype=torch.float64)), torch.mm))
bench("mm A^T", (64, 256, 1024), with_args(lambda n: (R(n, n), R(n, n)), lambda x, y: x.t().mm(y)))
bench("mv", M, with_args(lambda n: (R(n, n), R(n)), torch.mv))
bench("bmm 64", (16, 64, 128), with_args(lambda n: (R(64, n, n), R(64, n, n)), torch.bmm))
bench("mm skinny", (1000, 20000), with_args(lambda n: (R(n, 64), R(64, 10)), torch.mm))
bench("dot", S, with_args(lambda n: (R(n), R(n)), torch.dot))
bench("einsum bhqd,bhkd", (32, 128), with_args(lambda n: (R(4, 8, n, 32), R(4, 8, n, 32)), lambda x, y: torch.einsum("bhqd,bhkd->bhqk", x, y)))
bench("inverse", (16, 128, 512), with_args(lambda n: (R(n, n),), torch.linalg.inv))
bench("solve", (16, 128, 512), with_args(lambda n: (R(n, n), R(n, 4)), torch.linalg.solve))
bench("svd", (16, 128, 256), with_args(lambda n: (R(n, n),), lambda x: torch.linalg.svd(x, full_matrices=False)))
bench("eigh", (16, 128, 256), with_args(lambda n: ((lambda x: x + x.t())(R(n, n)),), torch.linalg.eigh))
bench("fft", (1000, 4096, 100000), with_args(lambda n: (R(n),), torch.fft.rfft))
CL = torch.channels_last


def conv(name, n, h, c, o, k, padding=0, stride=1, dilation=1, groups=1):
    def make():
        return R(n, c, h, h).contiguous(memory_format=CL), R(o, c // groups, k, k).contiguous(memory_format=CL)

    def call(x, w):
        return F.conv2d(x, w, None, stride, padding, dilation, groups)
    bench("conv " + name, (n,), lambda _: (lambda a: lambda: call(*a))(make()))

    def back(_):
        x, w = (leaf(t) for t in make())
        return fb(call, x, w, g=torch.ones_like(call(x, w)))
    bench("conv " + name + " fb", (n,), back)


conv("3x3 64@56", 4, 56, 64, 64, 3, padding=1)
conv("3x3 512@7", 4, 7, 512, 512, 3, padding=1)
conv("3x3 3->32@112", 4, 112, 3, 32, 3, padding=1)
conv("3x3 s2 64->128@56", 4, 56, 64, 128, 3, padding=1, stride=2)
conv("3x3 dil2 64@28", 4, 28, 64, 64, 3, padding=2, dilation=2)
conv("1x1 256->64@28", 4, 28, 256, 64, 1)
conv("1x1 64->256@28", 4, 28, 64, 256, 1)
conv("5x5 32@28", 4, 28, 32, 32, 5, padding=2)
conv("7x7 s2 3->64@224", 1, 224, 3, 64, 7, padding=3, stride=2)
conv("3x3 g4 64@28", 4, 28, 64, 64, 3, padding=1, groups=4)
conv("3x3 g32 128@28", 4, 28, 128, 128, 3, padding=1, groups=32)
conv("depthwise 3x3 96@56", 4, 56, 96, 96, 3, padding=1, groups=96)
conv("depthwise 5x5 96@28", 4, 28, 96, 96, 5, padding=2, groups=96)
conv("depthwise 3x3 s2 96@56", 4, 56, 96, 96, 3, padding=1, stride=2, groups=96)
conv("1 channel 5x5@28", 64, 28, 1, 8, 5)


def layer(name, make, *shape, image=False):
    def data():
        x = R(*shape)
        return x.contiguous(memory_format=CL) if image else x
    bench(name, (shape[0],), lambda _: (lambda f, x: lambda: f(x))(make(), data()))

    def back(_):
        f, x = make(), leaf(data())
        return fb(f, x, g=torch.ones_like(f(x)))
    bench(name + " fb", (shape[0],), back)


def const(f, *weights):
    return lambda x: f(x, *weights)


layer("conv_transpose 2x2 s2 64->32@28", lambda: const(lambda x, w: F.conv_transpose2d(x, w, stride=2), R(64, 32, 2, 2)), 4, 64, 28, 28, image=True)
layer("conv1d k15 s4 101->196", lambda: const(lambda x, w: F.conv1d(x, w, stride=4), R(196, 101, 15)), 2, 101, 2000)
layer("max_pool 2", lambda: nn.MaxPool2d(2), 4, 32, 112, 112, image=True)
layer("max_pool 3 s2 p1", lambda: nn.MaxPool2d(3, 2, 1), 4, 32, 112, 112, image=True)
layer("avg_pool 2", lambda: nn.AvgPool2d(2), 4, 32, 112, 112, image=True)
layer("global average", lambda: nn.AdaptiveAvgPool2d(1), 4, 256, 28, 28, image=True)
layer("upsample nearest 2", lambda: nn.Upsample(scale_factor=2), 4, 32, 56, 56, image=True)
layer("upsample bilinear 2", lambda: nn.Upsample(scale_factor=2, mode="bilinear"), 4, 32, 56, 56, image=True)
layer("batch_norm train", lambda: nn.BatchNorm2d(64), 8, 64, 56, 56, image=True)
layer("layer_norm", lambda: nn.LayerNorm(256), 32, 128, 256)
layer("group_norm", lambda: nn.GroupNorm(8, 64), 8, 64, 56, 56, image=True)
layer("linear 1024", lambda: nn.Linear(1024, 1024), 64, 1024)
layer("linear 784-128", lambda: nn.Linear(784, 128), 32, 784)
layer("lstm 128", lambda: (lambda m: lambda x: m(x)[0])(nn.LSTM(64, 128, batch_first=True)), 32, 50, 64)
layer("gru 128", lambda: (lambda m: lambda x: m(x)[0])(nn.GRU(64, 128, batch_first=True)), 32, 50, 64)
layer("lstm 32 b1", lambda: (lambda m: lambda x: m(x)[0])(nn.LSTM(16, 32, batch_first=True)), 1, 30, 16)


def attention(x, mask=None):
    s = x @ x.transpose(-1, -2) / x.shape[-1] ** 0.5
    if mask is not None:
        s = s.masked_fill(mask, float("-inf"))
    return s.softmax(-1) @ x


layer("attention 8x128x32", lambda: attention, 8, 8, 128, 32)
layer("attention causal 1024", lambda: const(attention, torch.ones(1024, 1024, dtype=torch.bool).triu(1)), 1, 8, 1024, 32)
layer("dropout", lambda: nn.Dropout(0.5), 100, 10000)
layer("cross_entropy 10", lambda: const(lambda x, y: F.cross_entropy(x, y).view(1), torch.randint(0, 10, (128,))), 128, 10)
layer("cross_entropy 10000", lambda: const(lambda x, y: F.cross_entropy(x, y).view(1), torch.randint(0, 10000, (128,))), 128, 10000)
layer("mse", lambda: const(lambda x, y: F.mse_loss(x, y).view(1), R(1000, 1000)), 1000, 1000)


def optimiser(kind):
    def setup(_):
        ps = [leaf(R(10000)) for _ in range(60)]
        for p in ps:
            p.grad = R(10000)
        extra = {"momentum": 0.9} if kind == "SGD" else {}
        return getattr(torch.optim, kind)(ps, lr=1e-3, **extra).step
    return setup


for kind in ("SGD", "Adam", "AdamW", "RMSprop"):
    bench(f"optim {'RMSProp' if kind == 'RMSprop' else kind} 60 x 10k", (60,), optimiser(kind))
