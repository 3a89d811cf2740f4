"""golden.py: what the makers of golden files share.  A case: a name, the Lua function, the same in PyTorch (0-based
there), inputs.  The gradients are those of sum(y * w), w_k = cos(k) for k = 0, 1, ... in row-major order.
Not needed to run the tests."""
import math
import torch

torch.set_default_dtype(torch.float64)
cases = []


def case(name, lua, f, *inputs):
    cases.append((name, lua, f, inputs))


def uniform(lo, hi, *shape):
    return torch.rand(*shape) * (hi - lo) + lo


def ints(lo, hi, *shape):  # both ends included
    return torch.randint(lo, hi + 1, shape)


def numbers(t):
    def text(v):
        if math.isnan(v):
            return "0/0"
        if math.isinf(v):
            return "1/0" if v > 0 else "-1/0"
        return "%.12g" % v
    return "{" + ",".join(text(v) for v in t.detach().contiguous().flatten().tolist()) + "}"


def lua(t):
    kind = "" if t.is_floating_point() else ", ids = true"
    return "{ shape = {%s}%s, %s }" % (",".join(map(str, t.shape)), kind, numbers(t))


def write(maker):
    print("-- Made by %s; expected values from PyTorch.  Do not edit.\nreturn {" % maker)
    for name, code, f, inputs in cases:
        xs = [x.clone().requires_grad_() if x.is_floating_point() else x for x in inputs]
        y = f(*xs)
        grads = []
        if y.requires_grad:
            w = torch.cos(torch.arange(y.numel(), dtype=torch.float64)).reshape(y.shape)
            (y * w).sum().backward()
            grads = [x.grad for x in xs]
        letters = ", ".join("abcde"[:len(xs)])
        print('{ name = "%s", f = function(%s) return %s end,' % (name, letters, code))
        print("  x = { %s }," % ",\n    ".join(lua(x) for x in xs))
        print("  y = %s," % lua(y))
        shown = [lua(g) if g is not None else "false" for g in grads]
        print("  dx = { %s } }," % ",\n    ".join(shown))
    print("}")
