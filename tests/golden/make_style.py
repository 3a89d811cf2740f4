#!/usr/bin/env python3
"""make_style.py > style.lua: Gram matrices, the losses of style transfer with their gradients, and what a slim VGG-19
answers to a picture, computed with PyTorch in f64 from the formulas.  Not needed to run the tests."""
import numpy as np
import torch
import torch.nn.functional as F

rng = np.random.default_rng(19)


def lua(a):
    a = np.asarray(a.detach() if isinstance(a, torch.Tensor) else a, dtype=np.float64)
    body = ",".join("%.10g" % v for v in a.flatten().tolist())
    return "{ shape = {%s}, {%s} }" % (",".join(map(str, a.shape)), body)


def leaf(a):
    return torch.tensor(a, dtype=torch.float64, requires_grad=True)


def gram(f):
    """The definition, a sum over places; f [h, w, C]."""
    h, w, c = f.shape
    return torch.einsum("hwi,hwj->ij", f, f) / (h * w)


out = {}
h, w, c = 3, 4, 5
f, g, s = leaf(rng.normal(size=(h, w, c))), rng.normal(size=(h, w, c)), rng.normal(size=(6, 2, c))
g, s = torch.tensor(g), torch.tensor(s)
out["f"], out["other"], out["style"] = f, g, s
out["gram"], out["gram_style"] = gram(f), gram(s)
content = ((f - g) ** 2).sum() / (4 * h * w * c)
content.backward()
out["content"], out["content_grad"] = content, f.grad
f.grad = None
a, b = gram(f) * (h * w), gram(s) * 12                      # the paper's unnormalised matrices, N = c, M = places
style = ((a / (h * w) - b / 12) ** 2).sum() / (4 * c * c)
style.backward()
out["style_loss"], out["style_grad"] = style, f.grad
x = leaf(rng.uniform(size=(4, 3, 3)))
variation = ((x[1:] - x[:-1]) ** 2).mean() + ((x[:, 1:] - x[:, :-1]) ** 2).mean()
variation.backward()
out["x"], out["variation"], out["variation_grad"] = x, variation, x.grad

# --- a slim VGG-19 of given numbers: weight k of layer n's kernel [3, 3, in, out] is sin(k + n) * sqrt(2 / (9 in)), its
# bias k 0.1 cos(k + n); number k of the picture is (1 + sin(0.37 k)) / 2; all k from 0, n from 1
widths, blocks = [4, 5, 6, 7, 8], [2, 2, 4, 4, 4]


def kernels():
    i, n, all = 3, 0, []
    for o, count in zip(widths, blocks):
        for _ in range(count):
            n += 1
            k = np.arange(9 * i * o, dtype=np.float64)
            all.append((np.sin(k + n).reshape(3, 3, i, o) * (2 / (9 * i)) ** 0.5, 0.1 * np.cos(np.arange(o) + n)))
            i = o
    return all


def answers(x, pool):
    """x [1, 3, h, w], prepared; the means over places of all sixteen layers."""
    rows, n, all = [], 0, kernels()
    for b, count in enumerate(blocks):
        for _ in range(count):
            k, bias = all[n]
            x = F.relu(F.conv2d(x, torch.tensor(k.transpose(3, 2, 0, 1).copy()), torch.tensor(bias), padding=1))
            rows.append(x.mean((0, 2, 3)))
            n += 1
        x = pool(x, 2)
    return rows


picture = torch.tensor((1 + np.sin(0.37 * np.arange(37 * 34 * 3))) / 2).view(37, 34, 3)
red_green_blue = picture.permute(2, 0, 1)[None]
caffe = red_green_blue.flip(1) * 255 - torch.tensor([103.939, 116.779, 123.68]).double().view(1, 3, 1, 1)
standard = (red_green_blue - torch.tensor([0.485, 0.456, 0.406]).double().view(1, 3, 1, 1)) / torch.tensor(
    [0.229, 0.224, 0.225]).double().view(1, 3, 1, 1)
print("-- Made by make_style.py.")
print("return {")
for name, value in out.items():
    print("  %s = %s," % (name, lua(value)))
means = red_green_blue * 255 - torch.tensor([123.68, 116.779, 103.939]).double().view(1, 3, 1, 1)
for name, rows in (("keras_max", answers(caffe, F.max_pool2d)), ("torchvision_average", answers(standard, F.avg_pool2d)),
                   ("matconvnet", answers(means, F.avg_pool2d))):
    print("  %s = {" % name)
    for row in rows:
        print("    %s," % lua(row))
    print("  },")
print("}")
