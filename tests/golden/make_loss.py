#!/usr/bin/env python3
"""make_loss.py > loss.lua: losses that make_golden.py leaves out, from PyTorch (1.13) in f64.  See golden.py."""
import math
import torch
import torch.nn.functional as F
from golden import case, ints, uniform, write

torch.manual_seed(6)

def ctc(blank=1, **options):
    def f(x, t, xl=None, tl=None):
        n = x.shape[0]
        xl = torch.full((n,), x.shape[1]) if xl is None else xl
        tl = torch.full((n,), t.shape[1]) if tl is None else tl
        return F.ctc_loss(x.log_softmax(2).transpose(0, 1), t - 1, xl, tl, blank=blank - 1, **options)
    return f


X = uniform(-1, 1, 3, 8, 5)
T = ints(2, 5, 3, 3)
TWICE = torch.tensor([[2, 2, 3], [4, 4, 4], [2, 3, 2]])
XL, TL = torch.tensor([8, 5, 6]), torch.tensor([3, 0, 2])
lp = "a:log_softmax(3)"
case("ctc", "nn.ctc{%s, b}" % lp, ctc(), X, T)
case("ctc repeats", "nn.ctc{%s, b, reduction = 'none'}" % lp, ctc(reduction="none"), X, TWICE)
case("ctc sum, last is blank", "nn.ctc{%s, b, reduction = 'sum', blank = 5}" % lp, ctc(5, reduction="sum"), X, ints(1, 4, 3, 3))
case("ctc lengths", "nn.ctc{%s, b, c, d, reduction = 'none'}" % lp, ctc(reduction="none"), X, T, XL, TL)
case("ctc lengths mean", "nn.ctc{%s, b, c, d}" % lp, ctc(), X, T, XL, TL)
case("ctc too long", "nn.ctc{%s, b, reduction = 'none', zero_infinity = true}" % lp, ctc(reduction="none", zero_infinity=True),
     X[:, :4], TWICE)
case("ctc one step", "nn.ctc{%s, b}" % lp, ctc(), X[:, :1], T[:, :1])
case("ctc of a view", "nn.ctc{a['::-1']:transpose(2, 3):log_softmax(3), b}",
     lambda x, t: ctc()(x.flip(0).transpose(1, 2), t), uniform(-1, 1, 3, 5, 8), T)

A, B = uniform(-2, 2, 3, 4), uniform(-2, 2, 3, 4)
S = torch.sign(uniform(-1, 1, 3, 4))
P = uniform(0.05, 1, 3, 4)
for r in ("mean", "sum", "none"):
    case("smooth_l1 beta " + r, "nn.smooth_l1{a, b, beta = 0.5, reduction = '%s'}" % r,
         lambda a, b, r=r: F.smooth_l1_loss(a, b, beta=0.5, reduction=r), A, B)
    case("huber delta " + r, "nn.huber{a, b, delta = 0.7, reduction = '%s'}" % r,
         lambda a, b, r=r: F.huber_loss(a, b, delta=0.7, reduction=r), A, B)
    case("kl_div " + r, "nn.kl_div{a:log_softmax(2), b, reduction = '%s'}" % r,
         lambda a, b, r=r: F.kl_div(a.log_softmax(1), b, reduction=r), A, P)
    case("hinge " + r, "nn.hinge{a, b:sign():detach(), reduction = '%s'}" % r,  # no such loss there; its definition
         lambda a, b, r=r: {"mean": torch.mean, "sum": torch.sum, "none": lambda v: v}[r]((1 - a * b.sign().detach()).clamp(min=0)), A, S)
    case("cosine_embedding " + r, "nn.cosine_embedding{a, b, c * 2 - 3, margin = 0.1, reduction = '%s'}" % r,
         lambda a, b, c, r=r: F.cosine_embedding_loss(a, b, c * 2 - 3, margin=0.1, reduction=r), A, B, torch.tensor([1, 2, 1]))
case("kl_div batchmean, log target", "nn.kl_div{a:log_softmax(2), b:log_softmax(2), reduction = 'batchmean', log_target = true}",
     lambda a, b: F.kl_div(a.log_softmax(1), b.log_softmax(1), reduction="batchmean", log_target=True), A, B)


def focal(x, t, alpha, gamma):  # torchvision.ops.sigmoid_focal_loss
    p = x.sigmoid()
    ce = F.binary_cross_entropy_with_logits(x, t, reduction="none")
    pt = p * t + (1 - p) * (1 - t)
    loss = ce * (1 - pt) ** gamma
    return ((alpha * t + (1 - alpha) * (1 - t)) * loss if alpha >= 0 else loss).mean()


HARD = (S > 0).double()
case("focal", "nn.focal(a, b:detach())", lambda a, b: focal(a, b.detach(), 0.25, 2), A, HARD)
case("focal no alpha", "nn.focal{a, b:detach(), alpha = -1, gamma = 1.5}", lambda a, b: focal(a, b.detach(), -1, 1.5), A, HARD)
case("dice", "nn.dice(a:sigmoid(), b)", lambda a, b: (1 - (2 * (a.sigmoid() * b).sum(1) + 1) / (a.sigmoid().sum(1) + b.sum(1) + 1)).mean(), A, P)
case("bce_logits weights", "nn.bce_logits{a, b:detach(), weight = c:detach(), pos_weight = d:detach()}",
     lambda a, b, c, d: F.binary_cross_entropy_with_logits(a, b.detach(), c.detach(), pos_weight=d.detach()), A, HARD, P, uniform(0.5, 2, 4))
case("cross_entropy weights and ignore", "nn.cross_entropy{a, b, weight = c:detach(), ignore = 2}",
     lambda a, b, c: F.cross_entropy(a, b - 1, c.detach(), ignore_index=1), A, torch.tensor([1, 2, 4]), uniform(0.5, 2, 4))
case("cross_entropy probabilities", "nn.cross_entropy(a, b)", lambda a, b: F.cross_entropy(a, b), A, P / P.sum(1, keepdim=True))

write("make_loss.py")
