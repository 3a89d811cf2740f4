#!/usr/bin/env python3
"""make_optim.py > optim.lua: ten steps of optimisers, from PyTorch (1.13) in f64; LAMB, which it lacks, from the paper's
formulas (You et al. 2020, arXiv:1904.00962, algorithm 2, phi the identity).  Each line: parameters after each step.

Problem "bowl": loss = (p*p).sum()/2 + k (p*[.1,.3,-.2]).sum() in step k, p from [1,-2,.5].
Problem "valley": Rosenbrock's (1-x)^2 + 100 (y-x^2)^2 + (z-1)^4, p from [-1.2, 1, 0]."""
import math
import torch

torch.set_default_dtype(torch.float64)


def valley(p):
    return (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2 + (p[2] - 1) ** 4


def line(name, rows, losses=()):
    def text(row):
        return "{ " + ", ".join("%.15g" % v for v in row) + " }"
    print("%s = { %s,\n  losses = %s }," % (name, ",\n  ".join(text(r) for r in rows), text(losses)))


def lbfgs(name, **options):
    p = torch.tensor([-1.2, 1.0, 0.0], requires_grad=True)
    opt = torch.optim.LBFGS([p], **options)
    rows, losses = [], []

    def closure():
        opt.zero_grad()
        loss = valley(p)
        loss.backward()
        return loss
    for _ in range(10):
        losses.append(opt.step(closure).item())
        rows.append(p.tolist())
    line(name, rows, losses)


def lamb(name, lr, beta1, beta2, eps, decay):
    p = torch.tensor([1.0, -2.0, 0.5])
    m, v, rows = torch.zeros(3), torch.zeros(3), []
    for k in range(1, 11):
        g = p + k * torch.tensor([0.1, 0.3, -0.2])
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        d = (m / (1 - beta1 ** k)) / (torch.sqrt(v / (1 - beta2 ** k)) + eps) + decay * p
        p = p - lr * (p.norm() / d.norm()) * d
        rows.append(p.tolist())
    line(name, rows)


print("-- Made by make_optim.py; expected values from PyTorch.  Do not edit.\nreturn {")
lbfgs("lbfgs", max_iter=4, lr=0.1)
lbfgs("lbfgs_history", max_iter=6, history_size=2, lr=0.5, max_eval=5)
lbfgs("lbfgs_wolfe", max_iter=4, line_search_fn="strong_wolfe")
lbfgs("lbfgs_wolfe_long", line_search_fn="strong_wolfe", max_iter=2, lr=3)
lamb("lamb", 0.1, 0.9, 0.999, 1e-6, 0.01)
lamb("lamb_free", 0.05, 0.8, 0.95, 1e-8, 0)
print("}")
