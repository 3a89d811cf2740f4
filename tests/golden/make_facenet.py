#!/usr/bin/env python3
"""make_facenet.py: the course's Inception-ResNet for faces as Keras writes it, model.json and model.h5, a sixteenth as
wide and with one block of each kind, by h5py; and what it says about a picture, by PyTorch in f64.  Keras is not needed:
the layers are those of David Sandberg's facenet in Keras' names.  At full width and with all blocks the plan has
22 808 144 parameters, which is checked.  Writes keras/face/model.json, model.h5 and expected.txt."""
import base64
import json
import marshal
import os
import sys

import h5py
import numpy as np
import torch
import torch.nn.functional as F

folder = os.path.join(os.path.dirname(os.path.abspath(sys.argv[0])), "keras", "face")
os.makedirs(folder, exist_ok=True)
space = {}
exec("def scaling(x, scale):\n    return x * scale\n", space)
code = base64.encodebytes(marshal.dumps(space["scaling"].__code__)).decode()


class Net:
    """Layers as configurations with drawn weights, run as they are added; x [n, c, h, w] in f64."""

    def __init__(self, width, blocks, side, out):
        self.layers, self.weights, self.count, self.means, self.rng = [], [], 0, 0, np.random.default_rng(7)
        self.w, self.n, self.last = width, blocks, {}
        self.build(side, out)

    def c(self, channels):
        return max(1, int(channels * self.w))

    def add(self, kind, name, config, inputs):
        nodes = [[[i, 0, 0, {}] for i in inputs]] if inputs else []
        self.layers.append({"class_name": kind, "name": name, "config": dict(config, name=name), "inbound_nodes": nodes})
        return name

    def tensor(self, layer, what, value):
        value = np.round(np.asarray(value) * 64).astype(np.float32) / 64
        self.weights.append((layer, what, value))
        self.count += value.size
        return torch.tensor(value, dtype=torch.float64)

    def norm(self, x, name):
        inputs, y = x
        c = y.shape[1]
        self.add("BatchNormalization", name, {"axis": 3 if y.ndim == 4 else -1, "momentum": 0.995, "epsilon": 0.001, "center": True,
                                              "scale": False}, [inputs])
        beta = self.tensor(name, "beta", self.rng.normal(size=c) * 0.2)
        mean = self.tensor(name, "moving_mean", self.rng.normal(size=c) * 0.2)
        var = self.tensor(name, "moving_variance", self.rng.uniform(0.5, 1.5, size=c))
        self.means += c
        shape = (1, c, 1, 1) if y.ndim == 4 else (1, c)
        return name, (y - mean.view(shape)) / (var.view(shape) + 0.001).sqrt() + beta.view(shape)

    def conv(self, x, o, k, name, stride=1, padding="same", bare=False):
        inputs, y = x
        kh, kw = k if isinstance(k, tuple) else (k, k)
        self.add("Conv2D", name, {"filters": o, "kernel_size": [kh, kw], "strides": [stride, stride], "padding": padding,
                                  "data_format": "channels_last", "dilation_rate": [1, 1], "activation": "linear",
                                  "use_bias": bare}, [inputs])
        w = self.tensor(name, "kernel", self.rng.normal(size=(kh, kw, y.shape[1], o)) * (2 / (kh * kw * y.shape[1])) ** 0.5)
        b = self.tensor(name, "bias", self.rng.normal(size=o) * 0.2) if bare else None
        y = F.conv2d(y, w.permute(3, 2, 0, 1), b, stride=stride, padding=(kh // 2, kw // 2) if padding == "same" else 0)
        if bare:
            return name, y
        x = self.norm((name, y), name + "_BatchNorm")
        return self.act(x, name + "_Activation")

    def act(self, x, name):
        return self.add("Activation", name, {"activation": "relu"}, [x[0]]), x[1].relu()

    def pool(self, x, name):
        self.add("MaxPooling2D", name, {"pool_size": [3, 3], "strides": [2, 2], "padding": "valid"}, [x[0]])
        return name, F.max_pool2d(x[1], 3, 2)

    def cat(self, parts, name):
        self.add("Concatenate", name, {"axis": 3}, [p[0] for p in parts])
        return name, torch.cat([p[1] for p in parts], 1)

    def residual(self, x, kind, number, branches, scale, last=False):
        parts, head = [], "%s_%d" % (kind, number)
        for k, branch in enumerate(branches):
            b = x
            for o, size, name in branch:
                b = self.conv(b, self.c(o), size, "%s_Branch_%d_%s" % (head, k, name))
            parts.append(b)
        up = self.conv(self.cat(parts, head + "_Concatenate"), x[1].shape[1], 1, head + "_Conv2d_1x1", bare=True)
        self.seen = getattr(self, "seen", 0) + 1
        by = self.add("Lambda", "lambda_%d" % self.seen, {"function": [code, None, None], "function_type": "lambda",
                                                          "arguments": {"scale": scale}}, [up[0]])
        y = self.add("Add", "add_%d" % self.seen, {}, [x[0], by]), x[1] + up[1] * scale
        return y if last else self.act(y, head + "_Activation")

    def build(self, side, out):
        c = self.c
        self.add("InputLayer", "input_1", {"batch_input_shape": [None, side, side, 3], "dtype": "float32"}, [])
        self.picture = torch.tensor((1 + np.sin(0.37 * np.arange(side * side * 3))) / 2).view(1, side, side, 3)
        x = "input_1", self.picture.permute(0, 3, 1, 2)
        x = self.conv(x, c(32), 3, "Conv2d_1a_3x3", 2, "valid")
        x = self.conv(x, c(32), 3, "Conv2d_2a_3x3", 1, "valid")
        x = self.conv(x, c(64), 3, "Conv2d_2b_3x3")
        x = self.pool(x, "MaxPool_3a_3x3")
        x = self.conv(x, c(80), 1, "Conv2d_3b_1x1", 1, "valid")
        x = self.conv(x, c(192), 3, "Conv2d_4a_3x3", 1, "valid")
        x = self.conv(x, c(256), 3, "Conv2d_4b_3x3", 2, "valid")
        for n in range(1, self.n[0] + 1):
            x = self.residual(x, "Block35", n, [[(32, 1, "Conv2d_1x1")], [(32, 1, "Conv2d_0a_1x1"), (32, 3, "Conv2d_0b_3x3")],
                              [(32, 1, "Conv2d_0a_1x1"), (32, 3, "Conv2d_0b_3x3"), (32, 3, "Conv2d_0c_3x3")]], 0.17)
        a = self.conv(x, c(384), 3, "Mixed_6a_Branch_0_Conv2d_1a_3x3", 2, "valid")
        b = self.conv(x, c(192), 1, "Mixed_6a_Branch_1_Conv2d_0a_1x1")
        b = self.conv(b, c(192), 3, "Mixed_6a_Branch_1_Conv2d_0b_3x3")
        b = self.conv(b, c(256), 3, "Mixed_6a_Branch_1_Conv2d_1a_3x3", 2, "valid")
        x = self.cat([a, b, self.pool(x, "Mixed_6a_Branch_2_MaxPool_1a_3x3")], "Mixed_6a")
        for n in range(1, self.n[1] + 1):
            x = self.residual(x, "Block17", n, [[(128, 1, "Conv2d_1x1")], [(128, 1, "Conv2d_0a_1x1"),
                              (128, (1, 7), "Conv2d_0b_1x7"), (128, (7, 1), "Conv2d_0c_7x1")]], 0.1)
        parts = []
        for k, branch in enumerate([[(256, "0a_1x1", 1), (384, "1a_3x3", 3)], [(256, "0a_1x1", 1), (256, "1a_3x3", 3)],
                                    [(256, "0a_1x1", 1), (256, "0b_3x3", 3), (256, "1a_3x3", 3)]]):
            b = x
            for o, name, size in branch:
                down = name[0] == "1"
                b = self.conv(b, c(o), size, "Mixed_7a_Branch_%d_Conv2d_%s" % (k, name), 2 if down else 1,
                              "valid" if down else "same")
            parts.append(b)
        x = self.cat(parts + [self.pool(x, "Mixed_7a_Branch_3_MaxPool_1a_3x3")], "Mixed_7a")
        for n in range(1, self.n[2] + 2):
            last = n == self.n[2] + 1
            x = self.residual(x, "Block8", n, [[(192, 1, "Conv2d_1x1")], [(192, 1, "Conv2d_0a_1x1"),
                              (192, (1, 3), "Conv2d_0b_1x3"), (192, (3, 1), "Conv2d_0c_3x1")]], 1.0 if last else 0.2, last)
        y = x[1].mean((2, 3))
        self.add("GlobalAveragePooling2D", "AvgPool", {"data_format": "channels_last"}, [x[0]])
        self.add("Dropout", "Dropout", {"rate": 0.2}, ["AvgPool"])
        self.add("Dense", "Bottleneck", {"units": out, "activation": "linear", "use_bias": False}, ["Dropout"])
        w = self.tensor("Bottleneck", "kernel", self.rng.normal(size=(y.shape[1], out)) / y.shape[1] ** 0.5)
        name, self.answer = self.norm(("Bottleneck", y @ w), "Bottleneck_BatchNorm")
        self.outputs = [[name, 0, 0]]


assert Net(1, (5, 10, 5), 80, 128).count == 22808144, "the published count"
net = Net(1 / 16, (1, 1, 1), 80, 12)
config = {"name": "inception_resnet_v1", "layers": net.layers, "input_layers": [["input_1", 0, 0]],
          "output_layers": net.outputs}
with open(os.path.join(folder, "model.json"), "w") as f:
    json.dump({"class_name": "Model", "config": config, "keras_version": "2.1.2", "backend": "tensorflow"}, f)
with h5py.File(os.path.join(folder, "model.h5"), "w", libver="latest") as f:
    f.attrs["layer_names"] = [layer["name"].encode() for layer in net.layers]
    f.attrs["backend"], f.attrs["keras_version"] = b"tensorflow", b"2.1.2"
    for layer in net.layers:
        name = layer["name"]
        own = [(what, value) for at, what, value in net.weights if at == name]
        group = f.create_group(name)
        group.attrs["weight_names"] = [("%s/%s:0" % (name, what)).encode() for what, _ in own]
        for what, value in own:
            group.create_dataset("%s/%s:0" % (name, what), data=value)
with open(os.path.join(folder, "expected.txt"), "w") as f:
    f.write("parameters %d\nmeans %d\nvector %s\n" % (net.count, net.means, " ".join("%.9g" % v for v in net.answer.flatten().tolist())))
