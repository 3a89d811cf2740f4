#!/usr/bin/env python3
"""make_words.py > words.lua: the word embedding association test, the direction of pairs, neutralising and equalising,
and the expected loss of skip-gram, from NumPy in f64, on random vectors.  Not needed to run the tests."""
import numpy as np

rng = np.random.default_rng(7)


def lua(a):
    a = np.atleast_1d(np.asarray(a, dtype=np.float64))
    return "tensor({ %s }, { dtype = \"f64\" }):view(%s)" % (
        ", ".join("%.15g" % v for v in a.ravel()), ", ".join(map(str, a.shape)))


def unit(w):
    return w / np.linalg.norm(w, axis=-1, keepdims=True)


def cos(a, b):
    return a @ b / (np.linalg.norm(a) * np.linalg.norm(b))


def weat(X, Y, A, B):
    def s(w):
        return np.mean([cos(w, a) for a in A]) - np.mean([cos(w, b) for b in B])
    sx, sy = [s(x) for x in X], [s(y) for y in Y]
    difference = np.mean(sx) - np.mean(sy)
    return difference, difference / np.std(sx + sy)


def equalise_paper(a, b, g):  # Bolukbasi et al. 2016, section 6, unit vectors
    mu = (a + b) / 2
    mu_b = mu @ g * g
    nu = mu - mu_b
    out = []
    for w in (a, b):
        w_b = w @ g * g
        out.append(nu + np.sqrt(1 - nu @ nu) * (w_b - mu_b) / np.linalg.norm(w_b - mu_b))
    return out


def equalise_course(a, b, g):  # e_B' = sqrt|1 - |mu_o|^2| (e_B - mu_B) / |(e - mu_o) - mu_B|, plus mu_o
    mu = (a + b) / 2
    mu_b = mu @ g / (g @ g) * g
    mu_o = mu - mu_b
    out = []
    for w in (a, b):
        w_b = w @ g / (g @ g) * g
        out.append(np.sqrt(abs(1 - mu_o @ mu_o)) * (w_b - mu_b) / np.linalg.norm((w - mu_o) - mu_b) + mu_o)
    return out


X, Y, A, B = (unit(rng.normal(size=(n, 6))) for n in (4, 3, 5, 2))
pairs = unit(rng.normal(size=(7, 2, 6)))
shift = rng.normal(size=6)
pairs[:, 1] = unit(pairs[:, 1] + 2 * shift)
C = np.zeros((6, 6))
for a, b in pairs:
    m = (a + b) / 2
    for w in (a, b):
        C += np.outer(w - m, w - m) / 2
value, vector = np.linalg.eigh(C)
g = vector[:, -1] * np.sign((pairs[:, 1] - pairs[:, 0]).sum(0) @ vector[:, -1])
neutral = unit(X - np.outer(X @ g, g))
p, q = equalise_paper(pairs[0, 0], pairs[0, 1], g)
raw = rng.normal(size=(3, 6)) * 2
r, s = equalise_course(raw[0], raw[1], raw[2])

n, d, k, skip = 5, 3, 5, 0.01
counts = rng.integers(1, 40, size=(n, n)).astype(float)
counts = counts + counts.T
f = counts.sum(1) / counts.sum()
w, c = rng.normal(size=(n, d)), rng.normal(size=(n, d))
keep = np.minimum(1, np.sqrt(skip / f))
kept = counts * np.outer(keep, keep)
kept = kept / kept.sum()
noise = kept.sum(0) ** 0.75
noise = noise / noise.sum()
loss = 0
for i in range(n):
    for j in range(n):
        z = w[i] @ c[j]
        loss -= kept[i, j] * np.log(1 / (1 + np.exp(-z)))
        loss -= k * kept[i].sum() * noise[j] * np.log(1 / (1 + np.exp(z)))

print("-- Made by make_words.py; expected values from NumPy.  Do not edit.\nreturn {")
for name, value_ in [("X", X), ("Y", Y), ("A", A), ("B", B), ("weat", weat(X, Y, A, B)), ("first", pairs[:, 0]),
                     ("second", pairs[:, 1]), ("g", g), ("share", value[-1] / value.sum()), ("neutral", neutral),
                     ("equal", np.stack([p, q])), ("raw", raw), ("course", np.stack([r, s])), ("counts", counts),
                     ("f", f), ("w", w), ("c", c), ("loss", loss)]:
    print("  %s = %s," % (name, lua(value_)))
print("  skip = %g, negatives = %d,\n}" % (skip, k))
