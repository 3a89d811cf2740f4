#!/usr/bin/env python3
"""Writes modules.lua: every layer class that layers.lua does not have three times, against PyTorch's, in f64.

    python3 tests/golden/make_modules.py > tests/golden/modules.lua

The cases are as in make_layers.py.  A layer here is a PyTorch module whose parts have lunette's names (numbers from 1),
so that parameters are found by name; awkward sizes on purpose: one element, a stride beyond the kernel, dilation,
groups, uneven padding.  Made with PyTorch 1.13."""
import re
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(11)
torch.set_default_dtype(torch.float64)


def lua(t):
    return "%.12g" % t.item() if t.dim() == 0 else "{" + ",".join(lua(x) for x in t) + "}"


def weights(y):
    return torch.cos(0.7 * torch.arange(y.numel())).reshape(y.shape)


def to_lunette(module, name, p):
    """The layout of parameter `name` of `module`: channels last, [in, out]."""
    if isinstance(module, nn.Embedding) or p.dim() == 1:
        return p
    if isinstance(module, (RMSNorm, nn.LayerNorm)):
        return p
    if isinstance(module, (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)):
        return p.permute(*range(2, p.dim()), 0, 1)
    return {2: lambda: p.t(), 3: lambda: p.permute(2, 1, 0), 4: lambda: p.permute(2, 3, 1, 0),
            5: lambda: p.permute(2, 3, 4, 1, 0)}[p.dim()]()


RENAME = {"self_attn": "attention", "multihead_attn": "cross", "in_proj_weight": "weight", "in_proj_bias": "bias",
          "out_proj": "out", "linear1": "up", "linear2": "down"}


def lunette_name(path):
    parts = [str(int(x) + 1) if x.isdigit() else RENAME.get(x, x) for x in path.split(".") if x]
    name = ".".join(parts)
    m = re.fullmatch(r"(weight|bias)_([ih])h_l(\d+)(_reverse)?", name)
    if m:
        return "%s%s%d%s" % (m[1][0], "x" if m[2] == "i" else "h", int(m[3]) + 1, m[4] or "")
    m = re.fullmatch(r"(weight|bias)_([ih])h", name)
    return "%s%s" % (m[1][0], "x" if m[2] == "i" else "h") if m else name


def parameters(net):
    """{lunette's name: (values, gradient)} in lunette's layout."""
    out = {}
    for path, module in net.named_modules():
        for name, p in module.named_parameters(recurse=False):
            g = p.grad if p.grad is not None else torch.zeros_like(p)
            out[lunette_name(path + "." + name)] = (to_lunette(module, name, p.detach()), to_lunette(module, name, g))
    return out


def last(t):  # channels last, for what is [N, C, ...]
    return t.permute(0, *range(2, t.dim()), 1) if t.dim() > 2 else t


def first(t):
    return t.permute(0, t.dim() - 1, *range(1, t.dim() - 1)) if t.dim() > 2 else t


def case(name, make, net, inputs, call="net(x)", run=None, image=False, shake=True):
    """inputs: {name: tensor in lunette's layout}."""
    if shake:
        for p in net.parameters():
            nn.init.normal_(p, 0, 0.5)
    for t in inputs.values():
        t.requires_grad_()
    given = {k: first(t) if image else t for k, t in inputs.items()}
    y = run(net, **given) if run else net(given["x"])
    outputs = [last(t) if image else t for t in (y if isinstance(y, (tuple, list)) else [y])]
    sum((t * weights(t)).sum() for t in outputs).backward()
    p = parameters(net)
    print("{name=%r, make=%r, call=%r," % (name, make, call))
    print(" params={%s}," % ",".join("[%r]=%s" % (k, lua(v)) for k, (v, _) in p.items()))
    print(" grads={%s}," % ",".join("[%r]=%s" % (k, lua(g)) for k, (_, g) in p.items()))
    print(" inputs={%s}," % ",".join("%s=%s" % (k, lua(t.detach())) for k, t in inputs.items()))
    print(" input_grads={%s}," % ",".join("%s=%s" % (k, lua(t.grad)) for k, t in inputs.items()))
    print(" outputs={%s}}," % ",".join(lua(t.detach()) for t in outputs))


def image_case(make, net, *shape, **more):
    case("%s on %s" % (make, "x".join(map(str, shape))), make, net, {"x": torch.randn(*shape)}, image=True, **more)


def plain_case(make, net, *shape, **more):
    case("%s on %s" % (make, "x".join(map(str, shape))), make, net, {"x": torch.randn(*shape)}, **more)


class Fn(nn.Module):
    def __init__(self, f):
        super().__init__()
        self.forward = f


def activations():
    names = "ReLU ReLU6 SELU SiLU Mish GELU Hardswish Hardtanh LogSigmoid Sigmoid Softsign Tanh Tanhshrink Identity"
    for name in names.split():
        layer = getattr(nn, name)()
        for shape in ((1,), (3, 4), (2, 1, 3)):
            case("%s on %s" % (name, "x".join(map(str, shape))), "nn.%s()" % name, layer, {"x": 2 * torch.randn(*shape)})
    for make, layer in (("nn.CELU{alpha=0.7}", Fn(lambda x: 0.7 * F.elu(x / 0.7))),  # 1.13 rounds their constants to f32
                        ("nn.Hardsigmoid()", Fn(lambda x: F.relu6(x + 3) / 6)), ("nn.ELU{alpha=1.5}", nn.ELU(1.5)),
                        ("nn.LeakyReLU{slope=0.2}", nn.LeakyReLU(0.2)), ("nn.Softplus{beta=2}", nn.Softplus(2)),
                        ("nn.Softmax()", nn.Softmax(-1)), ("nn.LogSoftmax()", nn.LogSoftmax(-1))):
        for shape in ((1,), (3, 4), (2, 1, 3)):
            plain_case(make, layer, *shape)
    plain_case("nn.Softmax{dim=1}", nn.Softmax(0), 3, 2)
    plain_case("nn.GLU()", nn.GLU(), 3, 4)
    plain_case("nn.GLU{dim=1}", nn.GLU(0), 2, 3)
    plain_case("nn.GLU{dim=2}", nn.GLU(1), 2, 4, 3)
    plain_case("nn.PReLU()", nn.PReLU(), 3, 4)
    plain_case("nn.PReLU(3)", nn.PReLU(3), 5, 3)
    image_case("nn.PReLU(2)", nn.PReLU(2), 2, 3, 1, 2)


def dense():
    plain_case("nn.Linear(3, 2)", nn.Linear(3, 2), 4, 3)
    plain_case("nn.Linear{3, 1, bias=false}", nn.Linear(3, 1, bias=False), 2, 2, 3)
    plain_case("nn.Linear(1, 4)", nn.Linear(1, 4), 1, 1)
    for ids, note in (([1, 5, 2], "three"), ([4, 4, 4], "the same"), ([3], "one")):
        net = nn.Embedding(5, 2)
        case("Embedding of " + note, "nn.Embedding(5, 2)", net, {},
             "net(tensor({%s}, {dtype='i64'}))" % ",".join(map(str, ids)),
             lambda n, ids=ids: n(torch.tensor(ids) - 1))
    for shape in ((2, 3, 4), (3, 1), (1, 2, 2, 2)):
        plain_case("nn.Flatten()", nn.Flatten(), *shape)
    plain_case("nn.Sequential{nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1)}",
               nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1)), 4, 2)
    plain_case("nn.Sequential{nn.Linear(2, 2)}", nn.Sequential(nn.Linear(2, 2)), 1, 2)
    plain_case("nn.Sequential{nn.Tanh(), nn.Softmax()}", nn.Sequential(nn.Tanh(), nn.Softmax(-1)), 2, 3)


class Sum(nn.Module):
    def __init__(self, body, skip=None, act=None):
        super().__init__()
        self.body, self.skip, self.act = body, skip, act

    def forward(self, x):
        y = self.body(x) + (self.skip(x) if self.skip else x)
        return self.act(y) if self.act else y


class Joined(nn.ModuleList):
    def __init__(self, *parts, dim=-1):
        super().__init__(parts)
        self.dim = dim

    def forward(self, x):
        return torch.cat([part(x) for part in self], self.dim)


def containers():
    plain_case("nn.Residual{nn.Linear(3, 3)}", Sum(nn.Linear(3, 3)), 2, 3)
    plain_case("nn.Residual{nn.Linear(3, 2), skip=nn.Linear(3, 2)}", Sum(nn.Linear(3, 2), nn.Linear(3, 2)), 2, 3)
    plain_case("nn.Residual{nn.Linear(3, 3), act='relu'}", Sum(nn.Linear(3, 3), act=torch.relu), 4, 3)
    plain_case("nn.Parallel{nn.Linear(3, 1), nn.Linear(3, 2)}", Joined(nn.Linear(3, 1), nn.Linear(3, 2)), 2, 3)
    plain_case("nn.Parallel{nn.Linear(3, 2), nn.Linear(3, 2), dim=1}", Joined(nn.Linear(3, 2), nn.Linear(3, 2), dim=0), 2, 3)
    plain_case("nn.Parallel{nn.Tanh()}", Joined(nn.Tanh()), 1, 2)


def pools():
    image_case("nn.MaxPool2d(2)", nn.MaxPool2d(2), 2, 5, 4, 3)
    image_case("nn.MaxPool2d{3, stride=2, padding=1}", nn.MaxPool2d(3, 2, 1), 1, 5, 6, 2)
    image_case("nn.MaxPool2d{2, stride=3, ceil_mode=true}", nn.MaxPool2d(2, 3, ceil_mode=True), 1, 6, 5, 2)
    image_case("nn.AvgPool2d(2)", nn.AvgPool2d(2), 2, 5, 4, 3)
    image_case("nn.AvgPool2d{3, stride=2, padding=1, count_include_pad=false}",
               nn.AvgPool2d(3, 2, 1, count_include_pad=False), 1, 5, 6, 2)
    image_case("nn.AvgPool2d{{3, 2}, stride=2, padding=1, ceil_mode=true}", nn.AvgPool2d((3, 2), 2, 1, ceil_mode=True), 1, 6, 5, 2)
    for kind in ("Avg", "Max"):
        adaptive = getattr(nn, "Adaptive%sPool2d" % kind)
        image_case("nn.Adaptive%sPool2d(2)" % kind, adaptive(2), 2, 5, 3, 2)
        image_case("nn.Adaptive%sPool2d{{1, 3}}" % kind, adaptive((1, 3)), 1, 4, 5, 1)
        image_case("nn.Adaptive%sPool2d(4)" % kind, adaptive(4), 1, 3, 4, 2)
        pool = Fn((lambda x: x.mean((2, 3))) if kind == "Avg" else (lambda x: x.amax((2, 3))))
        for shape in ((2, 4, 3, 2), (1, 1, 1, 3), (1, 1, 5, 1)):
            image_case("nn.Global%sPool()" % kind, pool, *shape)


def borders():
    for kind, layer in (("Zero", nn.ZeroPad2d), ("Reflection", nn.ReflectionPad2d), ("Replication", nn.ReplicationPad2d)):
        image_case("nn.%sPad2d(1)" % kind, layer(1), 2, 3, 4, 2)
        image_case("nn.%sPad2d{2, 1, 0, 2}" % kind, layer((0, 2, 2, 1)), 1, 3, 3, 1)
        image_case("nn.%sPad2d{0, 0, 2, 1}" % kind, layer((2, 1, 0, 0)), 1, 1, 3, 2)
    image_case("nn.Upsample{scale=2}", nn.Upsample(scale_factor=2), 1, 2, 3, 2)
    image_case("nn.Upsample{size={5, 4}, mode='bilinear'}", nn.Upsample((5, 4), mode="bilinear"), 2, 3, 3, 1)
    image_case("nn.Upsample{scale=2, mode='bilinear', align_corners=true}",
               nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True), 1, 3, 2, 2)


def convolutions():
    image_case("nn.Conv2d{2, 3, 3, padding=1}", nn.Conv2d(2, 3, 3, padding=1), 2, 4, 5, 2)
    image_case("nn.Conv2d{4, 4, 3, groups=2, dilation=2, padding=2}", nn.Conv2d(4, 4, 3, groups=2, dilation=2, padding=2), 1, 5, 4, 4)
    image_case("nn.Conv2d{2, 2, 2, stride=3, bias=false}", nn.Conv2d(2, 2, 2, 3, bias=False), 1, 7, 6, 2)
    image_case("nn.Conv2d{3, 3, {3, 2}, groups=3, padding={1, 0}}", nn.Conv2d(3, 3, (3, 2), groups=3, padding=(1, 0)), 1, 4, 4, 3)
    case("nn.Conv1d of one step", "nn.Conv1d{2, 3, 1}", nn.Conv1d(2, 3, 1), {"x": torch.randn(2, 1, 2)}, image=True)
    case("nn.Conv1d with groups", "nn.Conv1d{4, 2, 3, groups=2, bias=false}", nn.Conv1d(4, 2, 3, groups=2, bias=False),
         {"x": torch.randn(1, 6, 4)}, image=True)
    image_case("nn.ConvTranspose2d(2, 3, 2, {stride=2})", nn.ConvTranspose2d(2, 3, 2, 2), 1, 3, 2, 2)
    image_case("nn.ConvTranspose2d{2, 1, 3, dilation=2, padding=1, bias=false}",
               nn.ConvTranspose2d(2, 1, 3, dilation=2, padding=1, bias=False), 2, 3, 3, 2)


class Instance(nn.Module):
    """nn.InstanceNorm2d by its formula: 1.13's gradient is wrong for one image whose gradient is not contiguous."""
    def __init__(self, n, affine=False, eps=1e-5):
        super().__init__()
        self.eps, self.affine = eps, affine
        if affine:
            self.weight, self.bias = nn.Parameter(torch.ones(n)), nn.Parameter(torch.zeros(n))

    def forward(self, x):
        y = (x - x.mean((2, 3), True)) / (x.var((2, 3), False, True) + self.eps).sqrt()
        return y * self.weight.view(-1, 1, 1) + self.bias.view(-1, 1, 1) if self.affine else y


def norms():
    for name, net, shape in (("BatchNorm(3)", nn.BatchNorm1d(3), (4, 3)), ("BatchNorm(1)", nn.BatchNorm2d(1), (2, 3, 2, 1)),
                             ("BatchNorm{3, eps=0.1}", nn.BatchNorm1d(3, eps=0.1), (2, 3)),
                             ("BatchNorm1d(2)", nn.BatchNorm1d(2), (5, 2)), ("BatchNorm1d(4)", nn.BatchNorm1d(4), (3, 6, 4)),
                             ("BatchNorm1d{2, affine=false}", nn.BatchNorm1d(2, affine=False), (3, 2)),
                             ("BatchNorm2d(2)", nn.BatchNorm2d(2), (2, 3, 4, 2)), ("BatchNorm2d(3)", nn.BatchNorm2d(3), (1, 2, 1, 3)),
                             ("BatchNorm2d{2, affine=false}", nn.BatchNorm2d(2, affine=False), (1, 3, 3, 2)),
                             ("InstanceNorm(2)", Instance(2), (2, 3, 2, 2)),
                             ("InstanceNorm{3, affine=true}", Instance(3, affine=True), (1, 4, 3, 3)),
                             ("InstanceNorm{1, eps=0.1}", Instance(1, eps=0.1), (2, 1, 5, 1)),
                             ("InstanceNorm2d(2)", Instance(2), (1, 2, 2, 2)),
                             ("InstanceNorm2d{2, affine=true}", Instance(2, affine=True), (3, 2, 3, 2)),
                             ("InstanceNorm2d{4, eps=0.01}", Instance(4, eps=0.01), (1, 3, 3, 4)),
                             ("GroupNorm(1, 3)", nn.GroupNorm(1, 3), (2, 2, 2, 3)),
                             ("GroupNorm{4, 4, eps=0.1}", nn.GroupNorm(4, 4, 0.1), (1, 3, 2, 4))):
        image_case("nn." + name, net, *shape)
    for name, net, shape in (("LayerNorm(3)", nn.LayerNorm(3), (4, 3)), ("LayerNorm{2, eps=0.1}", nn.LayerNorm(2, 0.1), (1, 3, 2)),
                             ("LayerNorm{5, affine=false}", nn.LayerNorm(5, elementwise_affine=False), (2, 5))):
        plain_case("nn." + name, net, *shape)


class Pair(nn.Module):
    def __init__(self, i, o, k, stride=1, groups=1, act=None):
        super().__init__()
        self.conv, self.norm, self.act = nn.Conv2d(i, o, k, stride, k // 2, groups=groups, bias=False), nn.BatchNorm2d(o), act

    def forward(self, x, residual=None):
        y = self.norm(self.conv(x))
        y = y if residual is None else y + residual
        return self.act(y) if self.act else y


class Block(nn.Module):
    """Convolutions one after another, the last one adding what comes past them."""
    def __init__(self, skip, adds, **parts):
        super().__init__()
        for name, part in parts.items():
            setattr(self, name, part)
        self.names, self.skip, self.adds = list(parts), skip, adds

    def forward(self, x):
        y = x
        for name in self.names[:-1]:
            y = getattr(self, name)(y)
        past = self.skip(x) if self.skip else x if self.adds else None
        return getattr(self, self.names[-1])(y, past)


def blocks():
    relu, relu6 = torch.relu, F.relu6
    for i, o, stride, shape in ((2, 2, 1, (2, 3, 4, 2)), (2, 4, 2, (1, 5, 4, 2)), (1, 3, 1, (3, 2, 2, 1))):
        skip = Pair(i, o, 1, stride) if i != o or stride != 1 else None
        image_case("nn.BasicBlock(%d, %d, {stride=%d})" % (i, o, stride),
                   Block(skip, True, a=Pair(i, o, 3, stride, act=relu), b=Pair(o, o, 3, act=relu)), *shape)
    image_case("nn.Bottleneck(8, 2)", Block(None, True, a=Pair(8, 2, 1, act=relu), b=Pair(2, 2, 3, act=relu), c=Pair(2, 8, 1, act=relu)),
               2, 3, 2, 8)
    image_case("nn.Bottleneck(4, 2, {stride=2, expansion=3, stride_in='second'})",
               Block(Pair(4, 6, 1, 2), True, a=Pair(4, 2, 1, act=relu), b=Pair(2, 2, 3, 2, act=relu), c=Pair(2, 6, 1, act=relu)), 2, 5, 4, 4)
    image_case("nn.InvertedResidual(2, 3, {stride=2, expand=2})",
               Block(None, False, widen=Pair(2, 4, 1, act=relu6), depth=Pair(4, 4, 3, 2, 4, relu6), narrow=Pair(4, 3, 1)), 2, 4, 5, 2)
    image_case("nn.InvertedResidual(3, 3, {expand=1})",
               Block(None, True, depth=Pair(3, 3, 3, 1, 3, relu6), narrow=Pair(3, 3, 1)), 1, 4, 3, 3)
    for i, (b1, (r3, b3), (r5, b5), pool), shape in ((3, (1, (1, 2), (1, 2), 1), (2, 4, 3, 3)), (1, (2, (1, 1), (1, 1), 1), (2, 2, 2, 1)),
                                                     (2, (1, (2, 1), (2, 1), 2), (1, 5, 6, 2))):
        image_case("nn.Inception(%d, {%d, {%d, %d}, {%d, %d}, %d})" % (i, b1, r3, b3, r5, b5, pool),
                   Joined(Pair(i, b1, 1, act=relu), nn.Sequential(Pair(i, r3, 1, act=relu), Pair(r3, b3, 3, act=relu)),
                          nn.Sequential(Pair(i, r5, 1, act=relu), Pair(r5, b5, 5, act=relu)),
                          nn.Sequential(nn.MaxPool2d(3, 1, 1), Pair(i, pool, 1, act=relu)), dim=1), *shape)


def recurrent():
    x = torch.randn(1, 1, 3)
    case("LSTM of one step", "nn.LSTM(3, 2)", nn.LSTM(3, 2, batch_first=True), {"x": x}, run=lambda n, x: [n(x)[0], *n(x)[1]])
    case("GRU with a state, both directions", "nn.GRU{3, 2, bidirectional=true}", nn.GRU(3, 2, batch_first=True, bidirectional=True),
         {"x": torch.randn(2, 3, 3), "h": torch.randn(2, 2, 2)}, "net(x, {h=h})", lambda n, x, h: n(x, h))
    lengths = torch.tensor([2, 4, 1])

    def packed(net, x):
        y, h = net(nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False))
        return [nn.utils.rnn.pad_packed_sequence(y, batch_first=True)[0], h]
    call = "net(x, {lengths=tensor({2,4,1}, {dtype='i64'})})"
    case("GRU with lengths", "nn.GRU(2, 3)", nn.GRU(2, 3, batch_first=True), {"x": torch.randn(3, 4, 2)}, call, packed)
    case("RNN with lengths, two layers", "nn.RNN{2, 3, layers=2}", nn.RNN(2, 3, 2, batch_first=True), {"x": torch.randn(3, 4, 2)}, call, packed)
    case("RNN, both directions", "nn.RNN{2, 3, bidirectional=true}", nn.RNN(2, 3, batch_first=True, bidirectional=True),
         {"x": torch.randn(1, 3, 2)}, run=lambda n, x: n(x))
    for kind in ("GRU", "RNN"):
        make = getattr(nn, kind + "Cell")
        case(kind + "Cell without state", "nn.%sCell(3, 2)" % kind, make(3, 2), {"x": torch.randn(2, 3)}, run=lambda n, x: n(x))
        case(kind + "Cell of one", "nn.%sCell(1, 1)" % kind, make(1, 1), {"x": torch.randn(1, 1), "h": torch.randn(1, 1)},
             "net(x, h)", lambda n, x, h: n(x, h))
    case("LSTMCell without state", "nn.LSTMCell(3, 2)", nn.LSTMCell(3, 2), {"x": torch.randn(2, 3)}, run=lambda n, x: n(x))
    case("LSTMCell of one", "nn.LSTMCell(1, 1)", nn.LSTMCell(1, 1),
         {"x": torch.randn(1, 1), "h": torch.randn(1, 1), "c": torch.randn(1, 1)}, "net(x, h, c)", lambda n, x, h, c: n(x, (h, c)))


class Stack(nn.Module):
    def __init__(self, layers, norm=None):
        super().__init__()
        self.layers, self.norm = nn.ModuleList(layers), norm

    def forward(self, x, *memory, **masks):
        for layer in self.layers:
            x = layer(x, *memory, **masks)
        return self.norm(x) if self.norm else x


def transformers():
    encoder = lambda act="relu", first=False: nn.TransformerEncoderLayer(4, 2, 6, 0.0, act, batch_first=True, norm_first=first)
    decoder = lambda act="relu", first=False: nn.TransformerDecoderLayer(4, 2, 6, 0.0, act, batch_first=True, norm_first=first)
    options = "d=4, heads=2, ff=6, dropout=0"
    future = lambda n: ~torch.ones(n, n).tril().bool()
    hide = torch.tensor([[False, False, True], [False, True, True]])
    case("encoder layer, masked", "nn.TransformerEncoderLayer{4, 2, 6, dropout=0}", encoder(), {"x": torch.randn(2, 3, 4)},
         "net(x, {mask=tensor({{{1,1,0}},{{1,0,0}}}):gt(0)})", lambda n, x: n(x, src_key_padding_mask=hide))
    case("encoder of two, norm first and last", "nn.TransformerEncoder{layers=2, %s, norm_first=true, norm=true}" % options,
         Stack([encoder(first=True), encoder(first=True)], nn.LayerNorm(4)), {"x": torch.randn(2, 3, 4)})
    case("encoder of one, gelu, one word", "nn.TransformerEncoder{layers=1, %s, act='gelu'}" % options, Stack([encoder("gelu")]),
         {"x": torch.randn(2, 1, 4)})
    case("encoder of two, masked", "nn.TransformerEncoder{layers=2, %s}" % options, Stack([encoder(), encoder()]), {"x": torch.randn(2, 3, 4)},
         "net(x, {mask=tensor({{{1,1,0}},{{1,0,0}}}):gt(0)})", lambda n, x: n(x, src_key_padding_mask=hide))
    inputs = lambda words: {"x": torch.randn(2, words, 4), "m": torch.randn(2, 3, 4)}
    causal = lambda n, x, m: n(x, m, tgt_mask=future(x.shape[1]))
    masked = lambda n, x, m: n(x, m, tgt_mask=future(x.shape[1]), memory_key_padding_mask=hide)
    with_mask = "net(x, m, {memory_mask=tensor({{{1,1,0}},{{1,0,0}}}):gt(0)})"
    case("decoder layer, norm first, gelu", "nn.TransformerDecoderLayer{4, 2, 6, dropout=0, norm_first=true, act='gelu'}",
         decoder("gelu", True), inputs(2), "net(x, m)", causal)
    case("decoder layer, memory masked", "nn.TransformerDecoderLayer{4, 2, 6, dropout=0}", decoder(), inputs(3), with_mask, masked)
    case("decoder of two", "nn.TransformerDecoder{layers=2, %s}" % options, Stack([decoder(), decoder()]), inputs(3), "net(x, m)", causal)
    case("decoder of one, one word", "nn.TransformerDecoder{layers=1, %s, norm=true}" % options, Stack([decoder()], nn.LayerNorm(4)),
         inputs(1), "net(x, m)", causal)
    case("decoder of two, memory masked", "nn.TransformerDecoder{layers=2, %s, norm_first=true}" % options,
         Stack([decoder(first=True), decoder(first=True)]), inputs(2), with_mask, masked)


class RMSNorm(nn.Module):
    def __init__(self, *shape, eps=2 ** -52):
        super().__init__()
        self.weight, self.dims, self.eps = nn.Parameter(torch.ones(shape)), tuple(range(-len(shape), 0)), eps

    def forward(self, x):
        return x * (x.square().mean(self.dims, keepdim=True) + self.eps).rsqrt() * self.weight


def volumes():
    image_case("nn.Conv3d(2, 3, 2)", nn.Conv3d(2, 3, 2), 2, 3, 4, 3, 2)
    image_case("nn.Conv3d{4, 2, {1, 2, 3}, stride=2, padding={0, 1, 1}, groups=2}",
               nn.Conv3d(4, 2, (1, 2, 3), stride=2, padding=(0, 1, 1), groups=2), 1, 3, 4, 3, 4)
    image_case("nn.Conv3d{1, 2, 3, padding='same', bias=false}", nn.Conv3d(1, 2, 3, padding="same", bias=False), 1, 2, 1, 3, 1)
    for d, sizes in ((1, (5,)), (3, (2, 3, 2))):
        of = getattr(nn, "ConvTranspose%dd" % d)
        image_case("nn.ConvTranspose%dd(2, 3, 2)" % d, of(2, 3, 2), 2, *sizes, 2)
        image_case("nn.ConvTranspose%dd{4, 2, 3, stride=2, padding=1, output_padding=1, groups=2}" % d,
                   of(4, 2, 3, 2, 1, 1, 2), 1, *sizes, 4)
        image_case("nn.ConvTranspose%dd{1, 2, 2, dilation=2, bias=false}" % d, of(1, 2, 2, dilation=2, bias=False), 1, *sizes, 1)
    image_case("nn.ConvTranspose2d{4, 2, 3, stride=2, groups=2}", nn.ConvTranspose2d(4, 2, 3, 2, groups=2), 1, 3, 2, 4)
    for d, sizes in ((1, (7,)), (3, (4, 5, 4))):
        big, mean = getattr(nn, "MaxPool%dd" % d), getattr(nn, "AvgPool%dd" % d)
        image_case("nn.MaxPool%dd(2)" % d, big(2), 2, *sizes, 3)
        image_case("nn.MaxPool%dd{3, stride=2, padding=1, ceil_mode=true}" % d, big(3, 2, 1, ceil_mode=True), 1, *sizes, 2)
        image_case("nn.MaxPool%dd{2, stride=1, dilation=2}" % d, big(2, 1, dilation=2), 1, *sizes, 1)
        image_case("nn.AvgPool%dd(2)" % d, mean(2), 2, *sizes, 3)
        image_case("nn.AvgPool%dd{3, stride=2, padding=1}" % d, mean(3, 2, 1), 1, *sizes, 2)
        image_case("nn.AvgPool%dd{3, stride=1, padding=1, count_include_pad=false}" % d, mean(3, 1, 1, count_include_pad=False), 1, *sizes, 1)
    plain_case("nn.RMSNorm(3)", RMSNorm(3), 2, 4, 3)
    plain_case("nn.RMSNorm{2, 3, eps=0.1}", RMSNorm(2, 3, eps=0.1), 2, 2, 3)
    plain_case("nn.RMSNorm({4})", RMSNorm(4), 1, 4)
    plain_case("nn.LayerNorm(2, 3)", nn.LayerNorm((2, 3)), 2, 2, 3)


print("-- made by make_modules.py: layers of PyTorch 1.13, forward and gradients\nreturn {")
for part in (activations, dense, containers, pools, borders, convolutions, norms, blocks, recurrent, transformers, volumes):
    part()
print("}")
