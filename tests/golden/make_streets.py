#!/usr/bin/env python3
"""make_streets.py > streets.lua: YOLO's decoding, suppression, loss, average precision and mean IoU, computed naively
with NumPy in f64 (the loss's gradient with PyTorch).  Not needed to run the tests."""
import numpy as np
import torch

rng = np.random.default_rng(5)


def lua(a):
    a = np.asarray(a)
    kind = "i64" if a.dtype.kind in "iu" else "f64"
    body = ",".join("%.12g" % v for v in a.flatten().tolist())
    return "{ shape = {%s}, dtype = '%s', {%s} }" % (",".join(map(str, a.shape)), kind, body)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def iou(a, b):
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    both = max(w, 0) * max(h, 0)
    area = lambda c: (c[2] - c[0]) * (c[3] - c[1])
    return both / (area(a) + area(b) - both)


# --- decoding and suppression: a small grid with many confident answers
n, rows, columns, A, C = 2, 3, 4, 2, 3
anchors = np.array([[1.2, 0.9], [2.5, 3.1]])
t = rng.normal(0, 1.3, (n, rows, columns, A, 5 + C))
boxes = np.zeros((n, rows, columns, A, 4))
scores = np.zeros((n, rows, columns, A, C))
for i in range(n):
    for r in range(rows):
        for c in range(columns):
            for a in range(A):
                v = t[i, r, c, a]
                x, y = (sigmoid(v[0]) + c) / columns, (sigmoid(v[1]) + r) / rows
                w, h = anchors[a, 0] * np.exp(v[2]) / columns, anchors[a, 1] * np.exp(v[3]) / rows
                boxes[i, r, c, a] = x - w / 2, y - h / 2, x + w / 2, y + h / 2
                e = np.exp(v[5:] - v[5:].max())
                scores[i, r, c, a] = sigmoid(v[4]) * e / e.sum()


def select(b, s, least, most_iou, most, each):
    b, s = b.reshape(-1, 4), s.reshape(-1, C)
    best, label = s.max(1), s.argmax(1)
    order = [k for k in np.argsort(-best, kind="stable") if best[k] >= least]
    kept = []
    for k in order:
        if all((each and label[j] != label[k]) or iou(b[j], b[k]) <= most_iou for j in kept):
            kept.append(k)
        if len(kept) == most:
            break
    return b[kept], best[kept], label[kept] + 1


picks = []
for least, most_iou, most, each in ((0.6, 0.5, 10, True), (0.2, 0.4, 10, True), (0.2, 0.4, 5, False), (0.05, 0.1, 60, True)):
    for i in range(n):
        b, s, l = select(boxes[i], scores[i], least, most_iou, most, each)
        picks.append("{ picture = %d, score = %g, iou = %g, most = %d, each = %s, boxes = %s, scores = %s, labels = %s }" % (
            i + 1, least, most_iou, most, "true" if each else "false", lua(b.reshape(-1, 4)), lua(s), lua(l.astype(int))))

# --- matching and the loss
truths = [np.array([[0.05, 0.1, 0.42, 0.5], [0.5, 0.3, 0.99, 0.98]]), np.array([[0.3, 0.35, 0.55, 0.6]])]
labels = [np.array([1, 3]), np.array([2])]
hard = [[0, 0], [1]]
T = torch.tensor(t, requires_grad=True)
total = 0
for i in range(n):
    for r in range(rows):
        for c in range(columns):
            for a in range(A):
                v = T[i, r, c, a]
                answers, spared = None, False
                for k, b in enumerate(truths[i]):
                    x, y = (b[0] + b[2]) / 2 * columns, (b[1] + b[3]) / 2 * rows
                    if (int(x), int(y)) != (c, r):
                        continue
                    w, h = (b[2] - b[0]) * columns, (b[3] - b[1]) * rows
                    like = [iou([0, 0, w, h], [0, 0, *s]) for s in anchors]
                    if hard[i][k]:
                        spared = True
                    elif int(np.argmax(like)) == a:
                        answers = (k, x - c, y - r, np.log(w / anchors[a, 0]), np.log(h / anchors[a, 1]), w * h / (rows * columns))
                p = torch.sigmoid(v[4])
                if answers:
                    k, x, y, w, h, size = answers
                    goal = iou(boxes[i, r, c, a], truths[i][k])
                    place = (torch.sigmoid(v[0]) - x) ** 2 + (torch.sigmoid(v[1]) - y) ** 2 + (v[2] - w) ** 2 + (v[3] - h) ** 2
                    total = total + 5 * (2 - size) * place
                    total = total - 5 * (goal * torch.log(p) + (1 - goal) * torch.log(1 - p))
                    total = total - torch.log_softmax(v[5:], 0)[labels[i][k] - 1]
                elif not spared and max(iou(boxes[i, r, c, a], b) for b in truths[i]) <= 0.6:
                    total = total - torch.log(1 - p)
total = total / n
total.backward()

# --- average precision with boxes that are not asked for
pictures, found = 12, []
asked = []
for i in range(pictures):
    m = rng.integers(1, 5)
    p = rng.uniform(0, 0.7, (m, 2))
    b = np.concatenate([p, p + rng.uniform(0.1, 0.3, (m, 2))], 1)
    l, d = rng.integers(1, 4, m), rng.random(m) < 0.3
    asked.append((b, l, d))
    rowsf = []
    for k in range(m):
        if rng.random() < 0.85:
            rowsf.append((b[k] + rng.normal(0, 0.02, 4), rng.uniform(0.3, 1), l[k] if rng.random() < 0.9 else rng.integers(1, 4)))
        if rng.random() < 0.3:
            rowsf.append((b[k] + rng.normal(0, 0.015, 4), rng.uniform(0.1, 0.8), l[k]))
    for _ in range(rng.integers(0, 3)):
        q = rng.uniform(0, 0.7, 2)
        rowsf.append((np.concatenate([q, q + rng.uniform(0.1, 0.3, 2)]), rng.uniform(0.1, 0.9), rng.integers(1, 4)))
    found.append((np.array([r[0] for r in rowsf]).reshape(-1, 4), np.array([r[1] for r in rowsf]), np.array([r[2] for r in rowsf], int)))


def average_precision(c, limit):
    answers = sorted(((s, i, k) for i, (b, ss, l) in enumerate(found) for k, s in enumerate(ss) if l[k] == c), reverse=True)
    positives = sum(int(((l == c) & ~d).sum()) for _, l, d in asked)
    taken, hits = set(), []
    for s, i, k in answers:
        b, l, d = asked[i]
        over = [(iou(found[i][0][k], b[j]), j) for j in range(len(l)) if l[j] == c]
        best, j = max(over) if over else (0, None)
        if best >= limit and d[j]:
            continue  # difficult: neither right nor wrong
        hit = best >= limit and (i, j) not in taken
        hits.append(hit)
        if hit:
            taken.add((i, j))
    tp = np.cumsum(hits)
    recall, precision = tp / positives, tp / np.arange(1, len(hits) + 1)
    area, last = 0, 0
    for k in range(len(hits)):
        area += (recall[k] - last) * precision[k:].max()
        last = recall[k]
    return area


aps = {limit: [average_precision(c, limit) for c in (1, 2, 3)] for limit in (0.5, 0.75)}

# --- mean IoU
truth = rng.integers(1, 5, (2, 6, 7))
guess = np.where(rng.random(truth.shape) < 0.7, truth, rng.integers(1, 5, truth.shape))
each = [((guess == c) & (truth == c)).sum() / ((guess == c) | (truth == c)).sum() for c in range(1, 5)]

print("-- Made by make_streets.py; expected values from NumPy and PyTorch.  Do not edit.\nreturn {")
print("t = %s, anchors = %s,\nboxes = %s,\nscores = %s," % (lua(t), lua(anchors), lua(boxes), lua(scores)))
print("picks = {\n  %s }," % ",\n  ".join(picks))
print("truths = { %s }, labels = { %s }, hard = { %s }," % (", ".join(map(lua, truths)), ", ".join(map(lua, labels)),
      ", ".join(lua(np.array(h)) for h in hard)))
print("loss = %.12g,\ngradient = %s," % (total.item(), lua(T.grad.numpy())))
print("asked = {\n  %s }," % ",\n  ".join("{ %s, %s, %s }" % (lua(b), lua(l), lua(d.astype(int))) for b, l, d in asked))
print("found = {\n  %s }," % ",\n  ".join("{ %s, %s, %s }" % (lua(b), lua(s), lua(l)) for b, s, l in found))
print("ap50 = { %s }, ap75 = { %s }," % tuple(",".join("%.12g" % v for v in aps[k]) for k in (0.5, 0.75)))
print("mask = %s, guess = %s, iou = { %s }, mean_iou = %.12g, right = %.12g }" % (lua(truth), lua(guess),
      ",".join("%.12g" % v for v in each), np.mean(each), (guess == truth).mean()))
