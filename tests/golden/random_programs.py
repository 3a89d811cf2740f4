"""Random programs against PyTorch: values and gradients, in f64.

    python3 tests/golden/random_programs.py [COUNT] [SEED] > /tmp/programs.lua && build/lunette /tmp/programs.lua

writes COUNT programs of a few ops each, with PyTorch 1.13's results beside them, as one Lua test; a failure names the
program, which the same seed makes again.  Inputs hold ties, zeros and, now and then, an infinity.  Not part of the
suite, which needs no PyTorch.
"""
import math
import random
import sys
import torch

count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
rng = random.Random(seed)


def value():
    kind = rng.random()
    if kind < 0.2:
        return float(rng.randint(-2, 2))
    if kind < 0.21:
        return rng.choice([math.inf, -math.inf])
    return round(rng.uniform(-3, 3), 3)


def number(v):
    return "nan" if v != v else "inf" if v == math.inf else "-inf" if v == -math.inf else "%.17g" % v


def lua(t):
    shape = ", ".join(map(str, t.shape))
    return "of({ %s }, { %s })" % (shape, ", ".join(number(v) for v in t.detach().contiguous().flatten().tolist()))


def other(x):
    return rng.choice([2.0, 0.5, -1.0, 3.0, 0.0])


# Each step: a name, and a function of the tensor that gives Lua text (of x) and the same for PyTorch.
def unary(name, torch_name=None):
    return lambda x: ("x:%s()" % name, getattr(torch, torch_name or name))


def reduce_by(name, f):
    def step(x):
        if x.dim() == 0 or 0 in x.shape:
            return None
        d = rng.randint(1, x.dim())
        return "(x:%s(%d))" % (name, d), lambda t: f(t, d - 1)
    return step


def scalar(sign, f):
    def step(x):
        v = other(x)
        return "(x %s %s)" % (sign, number(v)), lambda t: f(t, v)
    return step


def clamp(x):
    lo, hi = sorted((rng.choice([-2, -1, -0.5]), rng.choice([0.5, 1, 2])))
    return "x:clamp(%s, %s)" % (lo, hi), lambda t: t.clamp(lo, hi)


def slice_step(x):
    if x.dim() == 0 or x.shape[0] < 2:
        return None
    return 'x["2:"]', lambda t: t[1:]


def part(x):
    """Each dimension whole, stepped or cropped: gaps between the elements."""
    if x.dim() == 0 or 0 in x.shape:
        return None
    texts, parts = [], []
    for n in x.shape:
        a = rng.randint(0, (n - 1) // 2)
        b, step = rng.randint(a, n - 1), rng.choice([1, 1, 1, 2, 3])
        if rng.random() < 0.4:
            a, b, step = 0, n - 1, 1
        texts.append("%d:%d" % (a + 1, b + 1) if step == 1 else "%d:%d:%d" % (a + 1, b + 1, step))
        parts.append(slice(a, b + 1, step))
    return 'x["%s"]' % ", ".join(texts), lambda t: t[tuple(parts)]


def permute(x):
    order = list(range(x.dim()))
    rng.shuffle(order)
    return ("x:permute(%s)" % ", ".join(str(d + 1) for d in order), lambda t: t.permute(order)) if order else None


def over_several(x):
    if x.dim() < 2 or 0 in x.shape:
        return None
    dims = sorted(rng.sample(range(x.dim()), rng.randint(2, x.dim())))
    name = rng.choice(["sum", "mean", "logsumexp", "var"])
    return ("x:%s { dim = { %s } }" % (name, ", ".join(str(d + 1) for d in dims)),
            lambda t: getattr(t, name)(dims))


def transpose(x):
    return ("x:t()", lambda t: t.t()) if x.dim() == 2 else None


def flip(x):
    return ('x["::-1"]', lambda t: t.flip(0)) if x.dim() else None


def product(x):
    return ("x:mm(x:t())", lambda t: t @ t.t()) if x.dim() == 2 else None


def pad(x):
    if x.dim() == 0:
        return None
    a, b = rng.choice([(1, -1), (0, 2), (-1, 1), (1, 1)])
    if x.shape[-1] + min(a, 0) + min(b, 0) < 1:
        return None
    return "x:pad { { %d, %d }, value = 0.25 }" % (a, b), lambda t: torch.nn.functional.pad(t, (a, b), value=0.25)


def masked(x):
    return "x:masked_fill(x:gt(0.5), -1)", lambda t: t.masked_fill(t > 0.5, -1)


def pick(x):
    return ("x[x:gt(0)]", lambda t: t[t > 0]) if x.dim() else None


def cat(x):
    return ("tensor.cat { x, x * 2 }", lambda t: torch.cat([t, t * 2])) if x.dim() else None


def plus_mean(x):
    return "(x - x:mean())", lambda t: t - t.mean()


steps = [unary(n) for n in ("exp", "tanh", "sigmoid", "relu", "abs", "sin", "cos", "erf", "square", "neg", "floor",
                            "round", "trunc", "atan", "expm1", "asinh", "log1p")]
steps += [scalar("*", lambda t, v: t * v), scalar("+", lambda t, v: t + v), scalar("-", lambda t, v: t - v),
          scalar("/", lambda t, v: t / v), scalar("%", lambda t, v: t % v)]
steps += [reduce_by("sum", lambda t, d: t.sum(d)), reduce_by("mean", lambda t, d: t.mean(d)),
          reduce_by("logsumexp", lambda t, d: t.logsumexp(d)), reduce_by("prod", lambda t, d: t.prod(d)),
          reduce_by("cumsum", lambda t, d: t.cumsum(d)), reduce_by("softmax", lambda t, d: t.softmax(d)),
          reduce_by("std", lambda t, d: t.std(d)), reduce_by("var", lambda t, d: t.var(d))]
steps += [lambda x: ("x:sign()", lambda t: torch.sign(t) + torch.where(t.isnan(), t.detach(), 0.0))]  # NaN: as NumPy
steps += 3 * [part, over_several] + [permute]
steps += [clamp, slice_step, transpose, flip, product, pad, masked, pick, cat, plus_mean]


def program():
    most = rng.choice([4, 4, 20])
    shape = [rng.randint(1, most) for _ in range(rng.randint(0, 4))]
    while math.prod(shape) > 3000:
        shape[rng.randrange(len(shape))] = rng.randint(1, 4)
    x = torch.tensor([value() for _ in range(math.prod(shape))], dtype=torch.float64).reshape(shape)
    leaf = x.clone().requires_grad_()
    y, lines = leaf, []
    for _ in range(rng.randint(1, 5)):
        step = rng.choice(steps)(y)
        if step:
            lines.append("x = " + step[0])
            y = step[1](y)
    if y.requires_grad and y.numel():
        y.sum().backward()
    grad = leaf.grad if leaf.grad is not None else torch.zeros_like(leaf)
    return x, lines, y, grad


print('''-- Made by tests/golden/random_programs.py %d %d.
local test = dofile "tests/check.lua"
local inf, nan = math.huge, 0 / 0
local function of(shape, numbers)
  if #numbers == 0 then return tensor.zeros { dtype = "f64", table.unpack(shape) } end
  return (#shape == 0 and tensor(numbers[1], { dtype = "f64" }) or tensor(numbers, { dtype = "f64" }):reshape(shape))
end
local function run(name, start, f, y, dx)
  test(name, function()
    local leaf = start:requires_grad()
    local got = f(leaf)
    test.close(got:detach(), y, 1e-9)
    if got:numel() > 0 and got.needs_grad then
      got:sum():backward()
      test.close(leaf.grad, dx, 1e-7)
    end
  end)
end''' % (count, seed))
for k in range(count):
    x, lines, y, dx = program()
    text = " ".join(lines)
    print("run([=[%d: %s]=], %s, function(x) %s return x end,\n  %s,\n  %s)" % (k + 1, text, lua(x), text, lua(y), lua(dx)))
print("test.done()")
