#!/usr/bin/env python3
"""make_find.py > find.lua: borders, windows, finding and counting, from PyTorch (1.13) in f64.  See golden.py."""
import math
import torch
import torch.nn.functional as F
from golden import case, uniform, write

torch.manual_seed(2)

V, A, B = uniform(-2, 2, 5), uniform(-2, 2, 3, 4), uniform(-2, 2, 2, 3, 4)
IMG = uniform(-1, 1, 2, 5, 4, 3)  # N H W C
nan, inf = math.nan, math.inf
N = torch.tensor([[1.0, nan, 3.0], [2.0, -inf, inf]])
EMPTY = torch.zeros(0, 3)


def hw(mode, *pads):  # channels last here, not there
    return lambda x: F.pad(x.permute(0, 3, 1, 2), pads, mode=mode).permute(0, 2, 3, 1)


case("pad", "a:pad({1, 2})", lambda a: F.pad(a, (1, 2)), A)
case("pad value, all dims", "a:pad{2, 1, 1, 0, value = -1.5}", lambda a: F.pad(a, (1, 0, 2, 1), value=-1.5), A)
case("pad cuts", "a:pad{{1, -2, -1, 2}}", lambda a: F.pad(a, (-1, 2, 1, -2)), A)
case("pad of a view", "a:t()['::-1, ::2']:pad{0, 2, 1, 1}", lambda a: F.pad(a.t().flip(0)[:, ::2], (1, 1, 0, 2)), A)
case("pad of nothing", "a:pad({1, 2, 1, 0}, {value = 7})", lambda a: F.pad(a, (1, 0, 1, 2), value=7.0), EMPTY)
case("pad NaN", "a:pad{1, 1, mode = 'constant', value = 1}", lambda a: F.pad(a, (1, 1), value=1.0), N)
case("pad reflect", "a:pad{1, 2, 3, 0, dims = {3, 2}, mode = 'reflect'}", hw("reflect", 1, 2, 3, 0), IMG)
case("pad reflect other order", "a:pad{3, 0, 1, 2, dims = {2, 3}, mode = 'reflect'}", hw("reflect", 1, 2, 3, 0), IMG)
case("pad reflect vector", "a:pad({4, 4}, 'reflect')", lambda a: F.pad(a[None, None], (4, 4), mode="reflect")[0, 0], V)
case("pad replicate", "a:pad{5, 2, 1, 7, dims = {3, 2}, mode = 'replicate'}", hw("replicate", 5, 2, 1, 7), IMG)
case("pad replicate one", "a:pad({2, 3}, 'replicate')", lambda a: F.pad(a[None, None], (2, 3), mode="replicate")[0, 0],
     uniform(-1, 1, 1))
case("unfold", "a:unfold(1, 3, 1)", lambda a: a.unfold(0, 3, 1), V)
case("unfold middle, steps", "a:unfold(2, 2, 3)", lambda a: a.unfold(1, 2, 3), IMG)
case("unfold overlapping view", "a:t()['::-1']:unfold(1, 3, 1)", lambda a: a.t().flip(0).unfold(0, 3, 1), A)
case("unfold whole", "a:unfold(-1, 4, 9)", lambda a: a.unfold(-1, 4, 9), A)

case("nonzero", "a:gt(0):nonzero()", lambda a: (a > 0).nonzero() + 1, A)
case("nonzero NaN", "a:nonzero()", lambda a: a.nonzero() + 1, N)
case("nonzero view", "a:clamp(0, 9):t():nonzero()", lambda a: a.clamp(0, 9).t().nonzero() + 1, A)
case("nonzero of nothing", "a:nonzero()", lambda a: a.nonzero() + 1, EMPTY)
case("nonzero none", "(a * 0):nonzero()", lambda a: (a * 0).nonzero() + 1, A)
IDS = torch.tensor([[12, 1, 1], [5, 12, 7]])
case("take", "a:take(b)", lambda a, b: a.take(b - 1), A, IDS)
case("take from a view", "a:t():take(b)", lambda a, b: a.t().take(b - 1), A, IDS)
case("take negative", "a:take(b)", lambda a, b: a.take(b), V, torch.tensor([-1, -5]))
case("diag build", "a:diag()", torch.diag, V)
case("diag build below", "a:diag(-2)", lambda a: torch.diag(a, -2), V)
case("diag take", "a:diag(1)", lambda a: torch.diag(a, 1), A)
case("diag take view", "a:t()['::-1']:diag(-1)", lambda a: torch.diag(a.t().flip(0), -1), A)
case("diag at the edge", "a:diag(4)", lambda a: torch.diag(a, 4).detach(), A)
COUNT = torch.tensor([3, 1, 3, 7, 1, 3])
case("bincount", "a:bincount()", lambda a: torch.bincount(a - 1), COUNT)
case("bincount least", "a:bincount{minlength = 9}", lambda a: torch.bincount(a - 1, minlength=9), COUNT)
case("bincount weights", "a:bincount(b:detach()):to(b.dtype)", lambda a, b: torch.bincount(a - 1, b.detach()), COUNT,
     uniform(-1, 1, 6))
case("bincount of nothing", "a['7:6']:bincount{minlength = 2}", lambda a: torch.bincount(a[6:], minlength=2), COUNT)
for i, name in enumerate(("values", "which", "counts")):
    code = "(select(%d, a:unique()))" % (i + 1)
    for what, x in (("", COUNT), (" floats", torch.tensor([[0.5, -0.0], [0.0, 0.5]])), (" of nothing", EMPTY)):
        case("unique " + name + what, code,
             lambda a, i=i: (torch.unique(a, return_inverse=True, return_counts=True)[i] + (1 if i == 1 else 0)).detach(), x)
case("median", "a:median()", lambda a: a.median(), A)
case("median ties", "a:median()", lambda a: a.median(), torch.tensor([1.0, 2.0, 2.0, 3.0]))
case("median NaN", "a:median()", lambda a: a.median(), N)
case("median dim", "(a:median(2))", lambda a: a.median(1)[0], B)
case("median dim odd", "(a:median{dim = 1, keepdim = true})", lambda a: a.median(0, keepdim=True)[0], A)
case("median dim where", "(select(2, a:median(-1)))", lambda a: a.median(-1)[1] + 1, B)
case("median dim NaN", "(a:median(2))", lambda a: a.median(1)[0], N)
case("median of one", "a:median()", lambda a: a.median(), uniform(-1, 1, 1))

case("max NaN", "a:max()", lambda a: a.max(), N)
case("min ties", "a:min()", lambda a: a.min(), torch.tensor([2.0, 1.0, 1.0, 3.0]))
case("cumsum view", "a:t()['::-1']:cumsum(1)", lambda a: a.t().flip(0).cumsum(0), A)
case("cumprod", "a:cumprod(2)", lambda a: a.cumprod(1), A)
case("cumprod zero", "a:cumprod(1)", lambda a: a.cumprod(0), torch.tensor([2.0, 0.0, 3.0, 4.0]))
case("sort NaN", "(a:sort(2))", lambda a: a.sort(1)[0], N)
case("sort NaN down", "(a:sort(2, true))", lambda a: a.sort(1, descending=True)[0], N)
case("sort where", "(select(2, a:sort{dim = 1}))", lambda a: a.sort(dim=0, stable=True, descending=False)[1] + 1, torch.tensor([2.0, -0.0, 0.0, 2.0, 1.0]))
LONG = uniform(-1, 1, 200)
case("sort many", "(a:sort())", lambda a: a.sort()[0], LONG)
case("sort many down, where", "(select(2, a:mul(5):floor():sort(1, true)))",
     lambda a: (a * 5).floor().sort(dim=0, stable=True, descending=True)[1] + 1, LONG)
case("topk of many", "(a:topk(70))", lambda a: a.topk(70)[0], LONG)
case("topk few of many, least", "(a:topk{5, largest = false})", lambda a: a.topk(5, largest=False)[0], LONG)

for n, x in (("exp2", A), ("asinh", A), ("acosh", A.abs() + 1.1), ("atanh", A / 2.2), ("erfc", A * 2), ("lgamma", A * 4),
             ("lgamma", A.abs() * 9 + 0.01)):
    case(n, "a:%s()" % n, getattr(torch, n), x)
case("cbrt", "a:cbrt()", lambda a: a.sign() * a.abs() ** (1 / 3), A)
case("fmod", "a:fmod(b)", torch.fmod, A * 3, uniform(-1, 1, 4))
case("hypot", "a:hypot(b)", torch.hypot, A, uniform(-1, 1, 3, 1))
for n in ("exp2", "asinh", "erfc"):
    case(n + " NaN", "a:%s()" % n, getattr(torch, n), N)

write("make_find.py")
