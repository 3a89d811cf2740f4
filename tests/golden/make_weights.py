#!/usr/bin/env python3
"""make_weights.py: the files of weights/ beside it, written by PyTorch, and the numbers that are in them.

Every dtype, strided, shared and empty tensors, a checkpoint round a state dict, both containers.
"""
import collections
import os
import sys

import torch

folder = os.path.join(os.path.dirname(os.path.abspath(sys.argv[0])), "weights")
os.makedirs(folder, exist_ok=True)


def at(name):
    return os.path.join(folder, name)


def ramp(*shape, dtype=torch.float32):
    n = 1
    for s in shape:
        n *= s
    return (torch.arange(n, dtype=torch.float64) - 3).reshape(shape).to(dtype)


shared = ramp(4, 6)
everything = collections.OrderedDict(
    f32=ramp(2, 3), f64=ramp(2, 3, dtype=torch.float64), f16=ramp(5, dtype=torch.float16) / 4,
    bf16=ramp(5, dtype=torch.bfloat16) / 4, i64=ramp(3, dtype=torch.int64) * 2**40, i32=ramp(3, dtype=torch.int32),
    i16=ramp(3, dtype=torch.int16), i8=ramp(4, dtype=torch.int8), u8=torch.arange(4, dtype=torch.uint8),
    bool=torch.tensor([True, False, True]), scalar=torch.tensor(2.5), empty=torch.zeros(0, 3),
    shared=shared, transposed=shared.t(), row=shared[2], every=shared[:, ::2], parameter=torch.nn.Parameter(ramp(2, 2)),
    expanded=torch.tensor([7.0]).expand(3, 1)[:, :1])
torch.save(everything, at("everything.pt"))
torch.save(everything, at("legacy.pth"), _use_new_zipfile_serialization=False)

torch.manual_seed(1)
net = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 3, padding=1), torch.nn.BatchNorm2d(3), torch.nn.ReLU(),
                          torch.nn.Flatten(), torch.nn.Linear(3 * 4 * 5, 2))
net[1].running_mean.normal_()
net[1].running_var.uniform_(0.5, 2)
parallel = torch.nn.DataParallel(net)
opt = torch.optim.Adam(net.parameters())
net.train()
x = torch.arange(2 * 2 * 4 * 5, dtype=torch.float32).reshape(2, 2, 4, 5).remainder(7) / 3 - 1
net(x).sum().backward()
opt.step()
torch.save({"epoch": 3, "best": 0.5, "name": "net", "state_dict": parallel.state_dict(), "optimizer": opt.state_dict(),
            "sizes": net[0].weight.shape}, at("checkpoint.pt"))
torch.save(ramp(2, 3), at("single.pt"))
torch.save([ramp(2), {"a": ramp(1)}], at("list.pt"))
torch.save(net, at("whole.pt"))
net.eval()
with torch.no_grad():
    print("-- tests/lang/weights.lua: net of checkpoint.pt on its x, channels last")
    print("x:", x.permute(0, 2, 3, 1).flatten()[:8].tolist())
    print("y:", net.double()(x.double()).tolist())

# Recurrent layers, attention, transposed convolution: loaded into their like (tests/lang/import.lua).
with open(at("layers.txt"), "w") as f:
    torch.manual_seed(2)

    def case(name, layer, x, wanted):
        torch.save(layer.state_dict(), at(name + ".pt"))
        f.write(name + " " + " ".join("%.9g" % v for v in wanted(layer.double().eval(), x.double()).flatten().tolist()) + "\n")

    sequence = torch.arange(2 * 3 * 4, dtype=torch.float32).reshape(2, 3, 4).remainder(5) / 2 - 1
    picture = torch.arange(1 * 2 * 3 * 4, dtype=torch.float32).reshape(1, 2, 3, 4).remainder(5) / 2 - 1
    with torch.no_grad():
        nn = torch.nn
        case("lstm", nn.LSTM(4, 3, 2, batch_first=True, bidirectional=True), sequence, lambda n, v: n(v)[0])
        case("gru", nn.GRU(4, 3, batch_first=True), sequence, lambda n, v: n(v)[0])
        case("rnn", nn.RNN(4, 3, batch_first=True), sequence, lambda n, v: n(v)[0])
        case("attention", nn.MultiheadAttention(4, 2, batch_first=True), sequence, lambda n, v: n(v, v, v)[0])
        case("encoder", nn.TransformerEncoderLayer(4, 2, 8, batch_first=True, dropout=0), sequence, lambda n, v: n(v))
        case("transposed", nn.ConvTranspose2d(2, 3, (2, 3), stride=2), picture, lambda n, v: n(v).permute(0, 2, 3, 1))
        case("groups", nn.Conv2d(2, 4, (1, 3), groups=2), picture, lambda n, v: n(v).permute(0, 2, 3, 1))
        case("conv1d", nn.Conv1d(4, 2, 2), sequence, lambda n, v: n(v.transpose(1, 2)).transpose(1, 2))
