#!/usr/bin/env python3
"""make_linalg.py > linalg.lua: inverse, solve, svd, eigh, from PyTorch (1.13) in f64.  See golden.py."""
import torch
from golden import case, uniform, write

torch.manual_seed(4)


def signs(v):  # the greatest component of each column positive
    return torch.sign(v.gather(-2, v.abs().max(-2, keepdim=True)[1])).detach()


def svd(part):
    def f(a):
        u, s, v = torch.svd(a)
        g = signs(v)
        return (u * g, s, v * g)[part]
    return f


def eigh(part):
    def f(a):
        w, v = torch.linalg.eigh((a + a.transpose(-1, -2)) / 2)
        return (w, v * signs(v))[part]
    return f


A = uniform(-1, 1, 4, 4) + 2 * torch.eye(4)
B = uniform(-1, 1, 2, 3, 3, 3) + 2 * torch.eye(3)
TALL, WIDE, ROW = uniform(-1, 1, 5, 3), uniform(-1, 1, 2, 2, 4), uniform(-1, 1, 1, 4)
ONE = uniform(1, 2, 1, 1)
BIG = uniform(-1, 1, 40, 40) + 8 * torch.eye(40)
EMPTY = torch.zeros(0, 3, 3)

case("inverse", "a:inverse()", torch.inverse, A)
case("inverse batches", "a:inverse()", torch.inverse, B)
case("inverse of a view", "a:t()['::-1']:inverse()", lambda a: torch.inverse(a.t().flip(0)), A)
case("inverse of one", "a:inverse()", torch.inverse, ONE)
case("inverse of none", "a:inverse()", torch.inverse, EMPTY)
case("inverse larger", "a:inverse()", torch.inverse, BIG)
case("solve vector", "a:solve(b)", torch.linalg.solve, A, uniform(-1, 1, 4))
case("solve matrix", "a:solve(b)", torch.linalg.solve, A, uniform(-1, 1, 4, 3))
case("solve batches", "a:solve(b)", torch.linalg.solve, B, uniform(-1, 1, 2, 3, 3, 2))
case("solve batches of vectors", "a:solve(b)", lambda a, b: torch.linalg.solve(a, b[..., None])[..., 0], B, uniform(-1, 1, 2, 3, 3))
case("solve views", "a:t():solve(b:t()['::-1'])", lambda a, b: torch.linalg.solve(a.t(), b.t().flip(0)), A, uniform(-1, 1, 3, 4))
case("solve no side", "a:solve(b)", torch.linalg.solve, A, torch.zeros(4, 0))
case("solve larger", "a:solve(b)", torch.linalg.solve, BIG, uniform(-1, 1, 40))
for i, n in enumerate("usv"):
    for what, x in (("square", A), ("tall", TALL), ("wide batches", WIDE), ("row", ROW), ("one", ONE)):
        case("svd %s, %s" % (n, what), "(select(%d, a:svd()))" % (i + 1), svd(i), x)
    case("svd %s of a view" % n, "(select(%d, a:t()['::-1']:svd()))" % (i + 1), lambda a, i=i: svd(i)(a.t().flip(0)), TALL)
case("svd and back", "(function(u, s, v) return (u * s):mm(v:t()) end)(a:svd())",
     lambda a: (lambda u, s, v: (u * s) @ v.t())(*torch.svd(a)), TALL)
for i, n in enumerate("wv"):
    for what, x in (("", A), (" batches", B), (" one", ONE), (" none", EMPTY)):
        case("eigh %s%s" % (n, what), "(select(%d, a:eigh()))" % (i + 1), eigh(i), x)

write("make_linalg.py")
