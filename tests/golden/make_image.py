#!/usr/bin/env python3
"""make_image.py > image.lua: pooling and resizing of images, from PyTorch (1.13) in f64.  See golden.py."""
import math
import torch
import torch.nn.functional as F
from golden import case, uniform, write

torch.manual_seed(3)


def nchw(f):
    return lambda x: f(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


IMG = uniform(-1, 1, 2, 5, 6, 3)  # N H W C
ONE = uniform(-1, 1, 1, 1, 1, 2)
N = uniform(-1, 1, 1, 3, 4, 1)
N[0, 1, 2, 0] = math.nan
view = "a['::-1, :, ::-2']"


def flipped(x):  # of N C H W: what `view` says
    return x.flip(0)[..., ::1].flip(3)[..., ::2]


for name, pool in (("max", F.max_pool2d), ("avg", F.avg_pool2d)):
    op = "nn.%s_pool2d" % name
    case(name + "_pool2d ceil", op + "{a, kernel={2, 4}, stride={2, 3}, ceil_mode=true}",
         nchw(lambda x, p=pool: p(x, (2, 4), (2, 3), ceil_mode=True)), IMG)
    case(name + "_pool2d ceil padded", op + "{a, kernel=3, stride=2, padding=1, ceil_mode=true}",
         nchw(lambda x, p=pool: p(x, 3, 2, 1, ceil_mode=True)), IMG)
    case(name + "_pool2d stride over kernel", op + "{a, kernel=1, stride=3}", nchw(lambda x, p=pool: p(x, 1, 3)), IMG)
    case(name + "_pool2d uneven padding", op + "{a, kernel={2, 3}, stride=1, padding={1, 0}}",
         nchw(lambda x, p=pool: p(x, (2, 3), 1, (1, 0))), IMG)
    case(name + "_pool2d of a view", op + "{%s, kernel=2}" % view, nchw(lambda x, p=pool: p(flipped(x), 2)), IMG)
    case(name + "_pool2d of one", op + "{a, kernel=1}", nchw(lambda x, p=pool: p(x, 1)), ONE)
    case(name + "_pool2d NaN", op + "{a, kernel=2, stride=1}", nchw(lambda x, p=pool: p(x, 2, 1)), N)
case("avg_pool2d without border", "nn.avg_pool2d{a, kernel=3, stride=2, padding=1, count_include_pad=false}",
     nchw(lambda x: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False)), IMG)
case("avg_pool2d ceil without border", "nn.avg_pool2d{a, kernel=4, stride=3, padding=2, ceil_mode=true, count_include_pad=false}",
     nchw(lambda x: F.avg_pool2d(x, 4, 3, 2, ceil_mode=True, count_include_pad=False)), IMG)
for name, pool in (("max", F.adaptive_max_pool2d), ("avg", F.adaptive_avg_pool2d)):
    for size in ((2, 3), (1, 1), (4, 4), (7, 9)):
        case("adaptive_%s_pool2d %dx%d" % (name, *size), "nn.adaptive_%s_pool2d{a, size={%d, %d}}" % (name, *size),
             nchw(lambda x, p=pool, s=size: p(x, s)), IMG)
    case("adaptive_%s_pool2d of a view" % name, "nn.adaptive_%s_pool2d{%s, size=2}" % (name, view),
         nchw(lambda x, p=pool: p(flipped(x), 2)), IMG)
case("global average", "nn.GlobalAvgPool()(a)", lambda x: x.mean((1, 2)), IMG)
case("global maximum", "nn.GlobalMaxPool()(a)", lambda x: x.amax((1, 2)), IMG)

for size in ((10, 12), (7, 4), (1, 1), (3, 11)):
    case("upsample nearest %dx%d" % size, "nn.upsample{a, size={%d, %d}}" % size,
         nchw(lambda x, s=size: F.interpolate(x, size=s)), IMG)
    for align in (False, True):
        case("upsample bilinear %dx%d%s" % (*size, " corners" if align else ""),
             "nn.upsample{a, size={%d, %d}, mode='bilinear', align_corners=%s}" % (*size, str(align).lower()),
             nchw(lambda x, s=size, al=align: F.interpolate(x, size=s, mode="bilinear", align_corners=al)), IMG)
for scale in (2, 2.5, 0.5, 1.3):
    case("upsample nearest by %g" % scale, "nn.upsample{a, scale=%g}" % scale,
         nchw(lambda x, s=scale: F.interpolate(x, scale_factor=s)), IMG)
    case("upsample bilinear by %g" % scale, "nn.upsample{a, scale=%g, mode='bilinear'}" % scale,
         nchw(lambda x, s=scale: F.interpolate(x, scale_factor=s, mode="bilinear", align_corners=False)), IMG)
case("upsample of one", "nn.upsample{a, size=3, mode='bilinear', align_corners=true}",
     nchw(lambda x: F.interpolate(x, size=3, mode="bilinear", align_corners=True)), ONE)
case("upsample of a view", "nn.upsample{%s, scale=2, mode='bilinear'}" % view,
     nchw(lambda x: F.interpolate(flipped(x), scale_factor=2, mode="bilinear", align_corners=False)), IMG)
case("upsample NaN", "nn.upsample{a, scale=2, mode='bilinear'}",
     nchw(lambda x: F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)), N)

def inverted(widen, act, stride, skip):
    """The three convolutions of an inverted residual, weights as ours are: [kh, kw, C / groups, O]."""
    def f(x, *w):
        y, w = x.permute(0, 3, 1, 2), list(w)
        if widen:
            y = act(F.conv2d(y, w.pop(0).permute(3, 2, 0, 1)))
        depth = w.pop(0).permute(3, 2, 0, 1)
        y = act(F.conv2d(y, depth, w.pop(1), stride, depth.shape[2] // 2, groups=depth.shape[0]))
        y = F.conv2d(y, w.pop(0).permute(3, 2, 0, 1)).permute(0, 2, 3, 1)
        return (y + x if skip else y).detach()
    return f


INVERTED = "tensor.no_grad(nn.inverted_residual, {a, %s})"
case("inverted residual, stride 2", INVERTED % "widen=b, depth=c, narrow=d, depth_b=e, stride=2",
     inverted(True, F.relu6, 2, False), IMG, uniform(-3, 3, 1, 1, 3, 6), uniform(-2, 2, 3, 3, 1, 6),
     uniform(-1, 1, 1, 1, 6, 4), uniform(-1, 1, 6))
case("inverted residual without the first", INVERTED % "depth=b, narrow=c, depth_b=d, act='relu', skip=true",
     inverted(False, F.relu, 1, True), IMG, uniform(-1, 1, 5, 5, 1, 3), uniform(-1, 1, 1, 1, 3, 3), uniform(-1, 1, 3))
case("inverted residual, strip by strip", INVERTED % "widen=b, depth=c, narrow=d, depth_b=e, skip=true",
     inverted(True, F.relu6, 1, True), uniform(-1, 1, 16, 8, 8, 2), uniform(-3, 3, 1, 1, 2, 5),
     uniform(-2, 2, 3, 3, 1, 5), uniform(-1, 1, 1, 1, 5, 2), uniform(-1, 1, 5))

GRID = uniform(-1.3, 1.3, 2, 4, 3, 2)
for mode in ("bilinear", "nearest"):
    for padding in ("zeros", "border", "reflection"):
        for align in (False, True):
            case("grid_sample %s %s%s" % (mode, padding, " corners" if align else ""),
                 "nn.grid_sample{a, b, mode='%s', padding='%s', align_corners=%s}" % (mode, padding, str(align).lower()),
                 lambda x, g, m=mode, p=padding, al=align: F.grid_sample(
                     x.permute(0, 3, 1, 2), g, m, p, al).permute(0, 2, 3, 1), IMG, GRID)
write("make_image.py")
