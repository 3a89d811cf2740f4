#!/usr/bin/env python3
"""make_faces.py > faces.lua: semi-hard triplets mined with NumPy, pair by pair; the triplet loss and its gradient with
PyTorch; the best threshold by trying all; nearest neighbours.  Not needed to run the tests."""
import numpy as np
import torch

rng = np.random.default_rng(11)


def lua(a):
    a = np.asarray(a)
    kind = "i64" if a.dtype.kind in "iub" else "f64"
    body = ",".join("%.15g" % v for v in a.flatten().tolist())
    return "{ shape = {%s}, dtype = '%s', {%s} }" % (",".join(map(str, a.shape)), kind, body)


def case(ids, d, spread, alpha):
    ids = np.array(ids)
    middle = {p: rng.normal(0, 1, d) for p in sorted(set(ids.tolist()))}
    e = np.array([middle[p] + rng.normal(0, spread, d) for p in ids.tolist()])
    e /= np.linalg.norm(e, axis=1, keepdims=True)
    triplets = []
    for a in range(len(ids)):
        for p in range(len(ids)):
            if a == p or ids[a] != ids[p]:
                continue
            to_p = ((e[a] - e[p]) ** 2).sum()
            others = [(((e[a] - e[n]) ** 2).sum(), n) for n in range(len(ids)) if ids[n] != ids[a]]
            farther = [o for o in others if o[0] > to_p]
            triplets.append((a, p, (min(farther) if farther else max(others))[1]))
    E = torch.tensor(e, requires_grad=True)
    loss = 0
    for a, p, n in triplets:
        loss = loss + torch.relu(((E[a] - E[p]) ** 2).sum() - ((E[a] - E[n]) ** 2).sum() + alpha)
    loss = loss / len(triplets)
    loss.backward()
    none = sum(1 for a, p, n in triplets if ((e[a] - e[n]) ** 2).sum() <= ((e[a] - e[p]) ** 2).sum())
    return ("{ e = %s, ids = %s,\n  triplets = %s,\n  without_farther = %d, loss = %.15g,\n  gradient = %s }" % (
        lua(e), lua(ids), lua(np.array(triplets) + 1), none, loss.item(), lua(E.grad.numpy())))


cases = [case([1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4], 5, 0.4, 0.2), case([1, 1, 2, 2, 3, 3], 2, 2.0, 0.2),
         case([5, 2, 5, 9, 2, 5, 7, 9, 2], 4, 1.0, 0.2), case([1, 1, 2], 3, 3.0, 0.2)]

d = np.concatenate([rng.gamma(4, 0.15, 40), rng.gamma(9, 0.13, 60)])
same = np.arange(100) < 40
tried = [((d < t) == same).mean() for t in np.concatenate([[0], np.sort(d) + 1e-9])]

print("-- Made by make_faces.py; expected values from NumPy and PyTorch.  Do not edit.\nreturn {")
print("cases = {\n%s },\ndistances = %s, same = %s, best = %.15g }" % (",\n".join(cases), lua(d), lua(same), max(tried)))
