#!/usr/bin/env python3
"""Writes layers.lua: what PyTorch's layers give, forward and gradients, in f64.

    python3 tests/golden/make_layers.py > tests/golden/layers.lua

Each case: the layer as lunette makes it, its parameters by lunette's names and in its layout, inputs, outputs, and the
gradients of sum(output * weights), weights = cos(0.7 k) over all elements k of the output.  Made with PyTorch 1.13."""
import math
import torch
import torch.nn as nn

torch.manual_seed(5)
torch.set_default_dtype(torch.float64)


def lua(t):
    if t.dim() == 0:
        return "%.12g" % t.item()
    return "{" + ",".join(lua(x) for x in t) + "}"


def weights(y):
    return torch.cos(0.7 * torch.arange(y.numel())).reshape(y.shape)


def case(name, make, call, params, inputs, outputs, more=None):
    """params: {lunette's name: (torch tensor, how to lay it out)}; inputs: {name: tensor}."""
    for p, _ in params.values():
        p.grad = None
    loss = sum((y * weights(y)).sum() for y in outputs)
    loss.backward()
    print("{name=%r, make=%r, call=%r," % (name, make, call))
    print(" params={%s}," % ",".join("[%r]=%s" % (k, lua(f(p.detach()))) for k, (p, f) in params.items()))
    print(" grads={%s}," % ",".join("[%r]=%s" % (k, lua(f(p.grad))) for k, (p, f) in params.items()))
    print(" inputs={%s}," % ",".join("%s=%s" % (k, lua(x.detach())) for k, x in inputs.items()))
    print(" input_grads={%s}," % ",".join("%s=%s" % (k, lua(x.grad)) for k, x in inputs.items() if x.grad is not None))
    for k, v in (more or {}).items():
        print(" %s=%s," % (k, v))
    print(" outputs={%s}}," % ",".join(lua(y.detach()) for y in outputs))


def same(t): return t
def turn(t): return t.t()
def hwio(t): return t.permute(2, 3, 1, 0)
def image(t): return t.permute(0, 2, 3, 1)
def leaf(*shape): return torch.randn(*shape).requires_grad_()


def recurrent_params(net, layers, both):
    out = {}
    for l in range(layers):
        for d in range(2 if both else 1):
            t, s = "l%d%s" % (l, "_reverse" if d else ""), "%d%s" % (l + 1, "_reverse" if d else "")
            out["wx" + s] = (getattr(net, "weight_ih_" + t), turn)
            out["wh" + s] = (getattr(net, "weight_hh_" + t), turn)
            out["bx" + s] = (getattr(net, "bias_ih_" + t), same)
            out["bh" + s] = (getattr(net, "bias_hh_" + t), same)
    return out


def recurrent():
    x, h, c = leaf(2, 4, 3), leaf(4, 2, 2), leaf(4, 2, 2)
    net = nn.LSTM(3, 2, 2, batch_first=True, bidirectional=True)
    y, (hn, cn) = net(x, (h, c))
    case("LSTM, two layers, both directions", "nn.LSTM{3, 2, layers=2, bidirectional=true}", "net(x, {h=h, c=c})",
         recurrent_params(net, 2, True), {"x": x, "h": h, "c": c}, [y, hn, cn])
    x = leaf(3, 4, 3)
    net = nn.LSTM(3, 2, 1, batch_first=True, bidirectional=True)
    lengths = torch.tensor([4, 1, 3])
    packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    y, (hn, cn) = net(packed)
    y, _ = nn.utils.rnn.pad_packed_sequence(y, batch_first=True)
    case("LSTM with lengths", "nn.LSTM{3, 2, bidirectional=true}", "net(x, {lengths=tensor({4,1,3}, {dtype='i64'})})",
         recurrent_params(net, 1, True), {"x": x}, [y, hn, cn])
    x = leaf(2, 5, 3)
    net = nn.GRU(3, 4, 2, batch_first=True)
    y, hn = net(x)
    case("GRU, two layers", "nn.GRU{3, 4, layers=2}", "net(x)", recurrent_params(net, 2, False), {"x": x}, [y, hn])
    x, h = leaf(2, 3, 3), leaf(1, 2, 4)
    net = nn.RNN(3, 4, 1, nonlinearity="relu", batch_first=True)
    y, hn = net(x, h)
    case("RNN with relu", "nn.RNN{3, 4, act='relu'}", "net(x, {h=h})", recurrent_params(net, 1, False),
         {"x": x, "h": h}, [y, hn])
    for kind, make in (("LSTM", nn.LSTMCell), ("GRU", nn.GRUCell), ("RNN", nn.RNNCell)):
        x, h, c = leaf(2, 3), leaf(2, 4), leaf(2, 4)
        net = make(3, 4)
        out = net(x, (h, c)) if kind == "LSTM" else [net(x, h)]
        inputs = {"x": x, "h": h, "c": c} if kind == "LSTM" else {"x": x, "h": h}
        case(kind + "Cell", "nn.%sCell(3, 4)" % kind, "net(x, h, c)",
             {"wx": (net.weight_ih, turn), "wh": (net.weight_hh, turn), "bx": (net.bias_ih, same), "bh": (net.bias_hh, same)},
             inputs, list(out))


def mha_params(net, prefix=""):
    return {prefix + "weight": (net.in_proj_weight, turn), prefix + "bias": (net.in_proj_bias, same),
            prefix + "out.weight": (net.out_proj.weight, turn), prefix + "out.bias": (net.out_proj.bias, same)}


def shake(net):
    for p in net.parameters():
        nn.init.normal_(p, 0, 0.4)
    return net


def norm_params(prefix, norm):
    return {prefix + ".weight": (norm.weight, same), prefix + ".bias": (norm.bias, same)}


def linear_params(prefix, layer):
    return {prefix + ".weight": (layer.weight, turn), prefix + ".bias": (layer.bias, same)}


def attention():
    net = shake(nn.MultiheadAttention(4, 2, batch_first=True))
    x = leaf(2, 3, 4)
    case("attention to itself", "nn.MultiheadAttention(4, 2)", "net(x)", mha_params(net), {"x": x}, [net(x, x, x)[0]])
    x = leaf(2, 3, 4)
    mask = torch.ones(3, 3).tril().bool()
    case("attention, causal", "nn.MultiheadAttention(4, 2)", "net(x, {causal=true})", mha_params(net), {"x": x},
         [net(x, x, x, attn_mask=~mask)[0]])
    q, k, v = leaf(2, 3, 4), leaf(2, 5, 4), leaf(2, 5, 4)
    hide = torch.tensor([[False, False, True, False, True], [False] * 5])
    case("attention to others, masked", "nn.MultiheadAttention(4, 2)",
         "net(q, {key=k, value=v, mask=tensor({{{1,1,0,1,0}},{{1,1,1,1,1}}}):gt(0)})", mha_params(net),
         {"q": q, "k": k, "v": v}, [net(q, k, v, key_padding_mask=hide)[0]])
    for first, act in ((False, "relu"), (True, "gelu")):
        x = leaf(2, 3, 4)
        net = shake(nn.TransformerEncoderLayer(4, 2, 6, 0.0, act, batch_first=True, norm_first=first))
        p = {**mha_params(net.self_attn, "attention."), **linear_params("up", net.linear1), **linear_params("down", net.linear2),
             **norm_params("norm1", net.norm1), **norm_params("norm2", net.norm2)}
        case("encoder layer, norm %s" % ("first" if first else "last"),
             "nn.TransformerEncoderLayer{4, 2, 6, dropout=0, norm_first=%s, act='%s'}" % (str(first).lower(), act), "net(x)",
             p, {"x": x}, [net(x)])
    x, m = leaf(2, 3, 4), leaf(2, 5, 4)
    net = shake(nn.TransformerDecoderLayer(4, 2, 6, 0.0, batch_first=True))
    p = {**mha_params(net.self_attn, "attention."), **mha_params(net.multihead_attn, "cross."),
         **linear_params("up", net.linear1), **linear_params("down", net.linear2), **norm_params("norm1", net.norm1),
         **norm_params("norm2", net.norm2), **norm_params("norm3", net.norm3)}
    case("decoder layer", "nn.TransformerDecoderLayer{4, 2, 6, dropout=0}", "net(x, m)", p, {"x": x, "m": m},
         [net(x, m, tgt_mask=~mask)])


class Pair(nn.Module):
    def __init__(s, i, o, k, stride, groups, act):
        super().__init__()
        s.c, s.n, s.act = nn.Conv2d(i, o, k, stride, k // 2, groups=groups, bias=False), nn.BatchNorm2d(o), act

    def forward(s, x, r=None):
        y = s.n(s.c(x))
        return s.act(y if r is None else y + r)

    def named(s, prefix):
        return {prefix + "conv.weight": (s.c.weight, hwio), prefix + "norm.weight": (s.n.weight, same),
                prefix + "norm.bias": (s.n.bias, same)}


def stats(pairs):
    return "{%s}" % ",".join("[%r]=%s" % (k, lua(t)) for k, t in pairs.items())


def blocks():
    none, relu, relu6, leaky = (lambda v: v), torch.relu, nn.functional.relu6, lambda v: nn.functional.leaky_relu(v, 0.1)
    for act, f in (("relu", relu), ("relu6", relu6), ("leaky", leaky), ("none", none)):
        for train in (True, False):
            net = Pair(3, 4, 3, 2, 1, f)
            with torch.no_grad():
                net.n.running_mean.normal_()
                net.n.running_var.uniform_(0.5, 2)
                net.n.weight.normal_(1, 0.5)
            before = stats({"norm.running_mean": net.n.running_mean, "norm.running_var": net.n.running_var})
            net.train(train)
            x = leaf(2, 3, 5, 4)
            y = net(x)
            x.retain_grad()
            y = image(y)
            x2 = {"x": x}
            after = stats({"norm.running_mean": net.n.running_mean, "norm.running_var": net.n.running_var})
            case_image("ConvNorm %s %s" % (act, "train" if train else "eval"), "nn.ConvNorm{3, 4, 3, stride=2, act='%s'}" % act,
                       net.named(""), x, y, {"buffers": before, "buffers_after": after, "eval": str(not train).lower()})
    a, b, c, s = (Pair(4, 2, 1, 2, 1, relu), Pair(2, 2, 3, 1, 1, relu), Pair(2, 8, 1, 1, 1, relu), Pair(4, 8, 1, 2, 1, none))
    x = leaf(2, 4, 6, 5)
    y = image(c(b(a(x)), s(x)))
    case_image("Bottleneck", "nn.Bottleneck{4, 2, stride=2}", {**a.named("a."), **b.named("b."), **c.named("c."), **s.named("skip.")}, x, y)
    w, d, n = Pair(3, 6, 1, 1, 1, relu6), Pair(6, 6, 3, 1, 6, relu6), Pair(6, 3, 1, 1, 1, none)
    x = leaf(2, 3, 4, 5)
    y = image(n(d(w(x)), x))
    case_image("InvertedResidual", "nn.InvertedResidual{3, 3, expand=2}", {**w.named("widen."), **d.named("depth."), **n.named("narrow.")}, x, y)
    net = nn.GroupNorm(2, 4)
    with torch.no_grad():
        net.weight.normal_()
        net.bias.normal_()
    x = leaf(2, 4, 3, 2)
    case_image("GroupNorm", "nn.GroupNorm(2, 4)", {"weight": (net.weight, same), "bias": (net.bias, same)}, x, image(net(x)))
    net = nn.ConvTranspose2d(3, 2, 3, 2, 1, 1)
    x = leaf(2, 3, 3, 4)
    case_image("ConvTranspose2d", "nn.ConvTranspose2d{3, 2, 3, stride=2, padding=1, output_padding=1}",
               {"weight": (net.weight, lambda t: t.permute(2, 3, 0, 1)), "bias": (net.bias, same)}, x, image(net(x)))
    net = nn.Conv1d(3, 4, 3, 2, padding=1, dilation=2)
    x = leaf(2, 3, 9)
    y = net(x).permute(0, 2, 1)
    (y * weights(y)).sum().backward()
    seq = x.detach().permute(0, 2, 1)
    emit("Conv1d", "nn.Conv1d{3, 4, 3, stride=2, padding=1, dilation=2}", {"weight": (net.weight, lambda t: t.permute(2, 1, 0)), "bias": (net.bias, same)},
         seq, x.grad.permute(0, 2, 1), y)


def emit(name, make, params, x, dx, y, more=None):
    print("{name=%r, make=%r, call='net(x)'," % (name, make))
    print(" params={%s}," % ",".join("[%r]=%s" % (k, lua(f(p.detach()))) for k, (p, f) in params.items()))
    print(" grads={%s}," % ",".join("[%r]=%s" % (k, lua(f(p.grad))) for k, (p, f) in params.items()))
    print(" inputs={x=%s}, input_grads={x=%s}," % (lua(x), lua(dx)))
    for k, v in (more or {}).items():
        print(" %s=%s," % (k, v))
    print(" outputs={%s}}," % lua(y.detach()))


def case_image(name, make, params, x, y, more=None):
    (y * weights(y)).sum().backward()
    emit(name, make, params, image(x.detach()), image(x.grad), y, more)


print("-- made by make_layers.py: layers of PyTorch 1.13, forward and gradients\nreturn {")
recurrent()
attention()
blocks()
print("}")
