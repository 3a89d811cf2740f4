"""Values and gradients of the elementwise functions at the ends of the f32 range, from PyTorch in f64.

Run from the root of the repository with PyTorch 1.13:  python3 tests/golden/make_edges.py > tests/golden/edges.lua
The points are f32 numbers; what f32 cannot hold becomes inf or 0 there.  Where PyTorch's formula is inf * 0 and the
function has a limit (silu and gelu at the infinities), the limit stands here.
"""
import math
import numpy as np
import torch
import torch.nn.functional as F

base = [1e-45, 1e-38, 1e-20, 0.5, 1, 3.9, 3.95, 4.1, 6, 7.92, 8.1, 9.1, 20, 50, 87.5, 88.5, 89, 100, 104, 150, 1000,
        1e5, 1e10, 1e19, 1e20, 1e30, 1e37, 3.4e38, math.inf]
points = np.array([0.0] + base + [-0.0] + [-v for v in base] + [math.nan], dtype=np.float32).astype(np.float64)

ops = {
    "neg": torch.neg, "abs": torch.abs, "exp": torch.exp, "expm1": torch.expm1, "log": torch.log,
    "log2": torch.log2, "log10": torch.log10, "log1p": torch.log1p, "sqrt": torch.sqrt, "rsqrt": torch.rsqrt,
    "square": torch.square, "reciprocal": torch.reciprocal, "tanh": torch.tanh, "sigmoid": torch.sigmoid,
    "relu": torch.relu, "leaky_relu": F.leaky_relu, "elu": lambda x: torch.where(x > 0, x, torch.expm1(x.clamp(max=0))), "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"), "silu": F.silu, "softplus": F.softplus,
    "relu6": F.relu6, "hardtanh": F.hardtanh, "erf": torch.erf, "erfc": torch.erfc, "exp2": torch.exp2,
    "atan": torch.atan, "asinh": torch.asinh, "sinh": torch.sinh, "cosh": torch.cosh, "selu": F.selu,
    "mish": F.mish, "hardswish": F.hardswish, "hardsigmoid": lambda x: F.relu6(x + 3) / 6, "softsign": F.softsign,
    "log_sigmoid": F.logsigmoid, "sign": torch.sign, "floor": torch.floor, "ceil": torch.ceil,
    "round": torch.round, "trunc": torch.trunc, "frac": torch.frac,
}
limits = {  # op: (value, slope) at -inf, and at inf
    "silu": ((0, 0), (math.inf, 1)), "gelu": ((0, 0), (math.inf, 1)), "gelu_tanh": ((0, 0), (math.inf, 1)),
    "sign": ((-1, 0), (1, 0)), "softsign": ((-1, 0), (1, 0)), "mish": ((0, 0), (math.inf, 1)), "hardswish": ((0, 0), (math.inf, 1)),
}

def text(v):
    if math.isnan(v):
        return "nan"
    if math.isinf(v):
        return "inf" if v > 0 else "-inf"
    return repr(v)

def row(values):
    return "{ " + ", ".join(text(float(v)) for v in values) + " }"

print("--- edges.lua: made by tests/golden/make_edges.py.  luacheck: ignore 631")
print("local inf, nan = math.huge, 0 / 0")
print("return { points = %s," % row(points))
for name, f in ops.items():
    x = torch.tensor(points, requires_grad=True)
    y = f(x)
    (g,) = torch.autograd.grad(y.sum(), x)
    y, g = y.detach().clone(), g.clone()
    with np.errstate(all="ignore"):
        for at, (value, slope) in zip((-math.inf, math.inf), limits.get(name, ())):
            k = int(np.where(points == at)[0][0])
            y[k], g[k] = value, slope
        if name in ("sign", "abs"):  # no sign of what is no number
            y[-1] = g[-1] = math.nan
    print("  { name = %r, y = %s,\n    dx = %s }," % (name, row(y), row(g)))
print("}")
