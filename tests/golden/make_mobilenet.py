"""make_mobilenet.py > mobilenet.lua: MobileNetV2 of torchvision, its counts of parameters, and its features of a drawn
picture with weights by a formula: as torchvision computes them, and as Keras does (zeros right and below where the stride
is 2, epsilon 1e-3, pictures of -1..1).  tests/scripts/mobilenet_transfer.lua makes the same weights and picture.
Not needed to run the tests."""
import torch
import torch.nn as nn
import torch.nn.functional as F
import torchvision


def fill(net):
    """Tensor k (sorted by name, from 1) holds s * sin(i * 0.7 + k), i from 0 in torch's order; norms near 1 and 0."""
    state = net.state_dict()
    names = sorted(n for n in state if "num_batches" not in n and "classifier" not in n)
    for k, name in enumerate(names, 1):
        t = state[name]
        wave = torch.sin(torch.arange(t.numel(), dtype=torch.float64) * 0.7 + k).reshape(t.shape)
        if t.dim() == 4:
            wave = wave * 2 / (t.shape[1] * t.shape[2] * t.shape[3]) ** 0.5
        elif name.endswith(("weight", "running_var")):
            wave = 1 + wave * 0.2
        else:
            wave = wave * 0.1
        t.copy_(wave)


def picture(h, w):
    i = torch.arange(h * w * 3, dtype=torch.float64).reshape(h, w, 3)
    return (torch.sin(i * 0.13) * 0.5 + 0.5).permute(2, 0, 1).unsqueeze(0)


def like_keras(net):
    for m in net.modules():
        if isinstance(m, nn.BatchNorm2d):
            m.eps = 1e-3
        if isinstance(m, nn.Conv2d) and m.stride == (2, 2):
            m.padding = (0, 0)
            m.register_forward_pre_hook(lambda m, x: F.pad(x[0], (x[0].shape[3] % 2, 1, x[0].shape[2] % 2, 1)))


def show(name, y):
    print("  %s = {%s}," % (name, ", ".join("%.10g" % v for v in y.flatten()[::80].tolist())))


with torch.no_grad():
    print("-- Made by make_mobilenet.py; expected values from torchvision.  Do not edit.\nreturn {")
    for width, name in ((0.35, "narrow"), (1.0, "whole")):
        net = torchvision.models.mobilenet_v2(width_mult=width)
        print("  %s = {%d, %d}," % (name, sum(p.numel() for p in net.parameters()),
                                    sum(p.numel() for p in net.features.parameters())))
    net = torchvision.models.mobilenet_v2(width_mult=0.35).double().eval()
    fill(net)
    x = picture(40, 52)
    mean = torch.tensor([0.485, 0.456, 0.406], dtype=torch.float64).view(1, 3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225], dtype=torch.float64).view(1, 3, 1, 1)
    show("torch", net.features((x - mean) / std).mean((2, 3)))
    like_keras(net)
    x = picture(41, 50)
    show("keras", net.features(x * 2 - 1).mean((2, 3)))
    print("}")
