#!/usr/bin/env python3
"""make_models.py: what torchvision's networks give, in f64, with weights and pictures of a formula that the test knows.

    python3 tests/golden/make_models.py > tests/golden/models.lua

Number i (from 0) of tensor k (from 1, in the order of state_dict, num_batches_tracked left out) is
u = ((i * 2654435761 + k * 40503 + 12345) mod 2^32) / 2^32 - 0.5; a matrix or kernel is u * sqrt(24 / fan_in), a norm's
weight 1 + u / 2, a variance 1 + u, all else u / 2.  Made with PyTorch 1.13, torchvision 0.14."""
import math
import torch
import torch.nn as nn
import torchvision


def formula(n, k):
    i = torch.arange(n, dtype=torch.int64)
    return ((i * 2654435761 + k * 40503 + 12345) % 2**32).to(torch.float64) / 2**32 - 0.5


def fill(net):
    k = 0
    for name, t in net.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        k += 1
        u = formula(t.numel(), k).reshape(t.shape)
        if t.dim() > 1:
            u = u * math.sqrt(24 / (t.numel() / t.shape[0]))
        elif name.endswith("running_var"):
            u = 1 + u
        elif name.endswith("weight"):
            u = 1 + u / 2
        else:
            u = u / 2
        t.copy_(u)
    return net


class DoubleConv(nn.Module):
    def __init__(self, i, o, mid=None):
        super().__init__()
        mid = mid or o
        self.double_conv = nn.Sequential(
            nn.Conv2d(i, mid, 3, padding=1, bias=False), nn.BatchNorm2d(mid), nn.ReLU(),
            nn.Conv2d(mid, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU())

    def forward(self, x):
        return self.double_conv(x)


class Down(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.maxpool_conv = nn.Sequential(nn.MaxPool2d(2), DoubleConv(i, o))

    def forward(self, x):
        return self.maxpool_conv(x)


class Up(nn.Module):
    def __init__(self, i, o, bilinear):
        super().__init__()
        if bilinear:
            self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
            self.conv = DoubleConv(i, o, i // 2)
        else:
            self.up = nn.ConvTranspose2d(i, i // 2, 2, stride=2)
            self.conv = DoubleConv(i, o)

    def forward(self, x1, x2):
        x1 = self.up(x1)
        dy, dx = x2.shape[2] - x1.shape[2], x2.shape[3] - x1.shape[3]
        x1 = nn.functional.pad(x1, [dx // 2, dx - dx // 2, dy // 2, dy - dy // 2])
        return self.conv(torch.cat([x2, x1], 1))


class OutConv(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.conv = nn.Conv2d(i, o, 1)

    def forward(self, x):
        return self.conv(x)


class UNet(nn.Module):
    """As in the layout of milesial's Pytorch-UNet."""

    def __init__(self, c, classes, w, bilinear):
        super().__init__()
        f = 2 if bilinear else 1
        self.inc = DoubleConv(c, w)
        self.down1, self.down2, self.down3 = Down(w, 2 * w), Down(2 * w, 4 * w), Down(4 * w, 8 * w)
        self.down4 = Down(8 * w, 16 * w // f)
        self.up1, self.up2 = Up(16 * w, 8 * w // f, bilinear), Up(8 * w, 4 * w // f, bilinear)
        self.up3, self.up4 = Up(4 * w, 2 * w // f, bilinear), Up(2 * w, w, bilinear)
        self.outc = OutConv(w, classes)

    def forward(self, x):
        s = [self.inc(x)]
        for d in (self.down1, self.down2, self.down3, self.down4):
            s.append(d(s[-1]))
        y = s[4]
        for k, u in enumerate((self.up1, self.up2, self.up3, self.up4)):
            y = u(y, s[3 - k])
        return self.outc(y)


def case(name, call, net, size, part=None):
    net = fill(net.double().eval())
    h, w = size
    x = formula(h * w * 3, 0).reshape(1, 3, h, w) * 2
    with torch.no_grad():
        y = (part or (lambda n, v: n(v)))(net, x)
    y = y.flatten()
    n = y.numel()
    weight = torch.arange(n, dtype=torch.float64) % 97 + 1
    print("  { %s, { %d, %d }, %d, { %s }, %.17g, %.17g }," % (
        '"%s", %s' % (name, call), h, w, n, ", ".join("%.17g" % v for v in y[:8].tolist()), float((y * y).sum()),
        float((y * weight).sum())))


m = torchvision.models
print("-- models.lua: made by make_models.py: name, options, size, numbers, the first of them, squares, sum by place.")
print("return {")
with torch.no_grad():
    case("resnet18", "{ classes = 10 }", m.resnet18(num_classes=10), (70, 61))
    case("resnet50", "{ classes = 10 }", m.resnet50(num_classes=10), (70, 61))
    case("mobilenet_v2", "{ classes = 10 }", m.mobilenet_v2(num_classes=10), (70, 61))
    case("mobilenet_v2", "{ classes = 10, width = 0.35 }", m.mobilenet_v2(num_classes=10, width_mult=0.35), (40, 64))
    case("inception_v3", "{ classes = 10, aux_logits = false, transform_input = true }",
         m.inception_v3(num_classes=10, init_weights=False, aux_logits=False, transform_input=True), (80, 91))
    features = lambda n, v: n.avgpool(n.features(v))
    case("vgg19", "{ classes = 10, batch_norm = true }", m.vgg19_bn(num_classes=10), (40, 33), features)
    case("unet", "{ classes = 4, width = 8 }", UNet(3, 4, 8, False), (40, 53))
    case("unet", "{ classes = 4, width = 8, bilinear = true }", UNet(3, 4, 8, True), (40, 53))
print("}")
