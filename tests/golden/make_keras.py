#!/usr/bin/env python3
"""make_keras.py: models in the layouts of Keras 2 and 3, written by h5py, and what they give, computed by NumPy.

Keras itself is not needed: the configurations are what model.to_json gives, and each layer is its documented formula in
f64.  Writes keras/*.h5, *.keras and expected.txt: a line a model, its outputs."""
import json
import math
import os
import sys
import zipfile

import h5py
import numpy as np

folder = os.path.join(os.path.dirname(os.path.abspath(sys.argv[0])), "keras")
os.makedirs(folder, exist_ok=True)
rng = np.random.default_rng(5)
expected = []


def at(name):
    return os.path.join(folder, name)


def r(*shape):
    return (rng.normal(size=shape) / math.sqrt(max(1, np.prod(shape[:-1])))).astype(np.float32)


# --- layers by their formulas, x [N,H,W,C] or [N,T,F] --------------------------------------------------------------------

def same_pads(n, k, s):
    total = max((-(-n // s) - 1) * s + k - n, 0)
    return total // 2, total - total // 2


def windows(x, k, s, same, value):
    if same:
        x = np.pad(x, ((0, 0), same_pads(x.shape[1], k[0], s), same_pads(x.shape[2], k[1], s), (0, 0)),
                   constant_values=value)
    h, w = (x.shape[1] - k[0]) // s + 1, (x.shape[2] - k[1]) // s + 1
    return [[x[:, i * s:i * s + k[0], j * s:j * s + k[1], :] for j in range(w)] for i in range(h)]


def stack(rows):
    return np.stack([np.stack(row, 1) for row in rows], 1)


def conv2d(x, w, b, s=1, same=True):
    return stack([[np.einsum("nhwc,hwco->no", v, w) for v in row] for row in windows(x, w.shape, s, same, 0)]) + b


def depthwise(x, w, b, s=1, same=True):
    y = stack([[np.einsum("nhwc,hwcm->ncm", v, w).reshape(len(x), -1) for v in row]
               for row in windows(x, w.shape, s, same, 0)])
    return y + b


def max_pool(x, k, s, same):
    return stack([[v.max((1, 2)) for v in row] for row in windows(x, (k, k), s, same, -np.inf)])


def avg_pool(x, k, s, same):
    total = stack([[v.sum((1, 2)) for v in row] for row in windows(x, (k, k), s, same, 0)])
    return total / stack([[v.sum((1, 2)) for v in row] for row in windows(np.ones_like(x), (k, k), s, same, 0)])


def conv_transpose(x, w, b, s, same):  # w [kh,kw,out,in]
    n, h, width, _ = x.shape
    k = w.shape[0]
    y = np.zeros((n, (h - 1) * s + max(k, s), (width - 1) * s + max(k, s), w.shape[2]))
    for i in range(h):
        for j in range(width):
            y[:, i * s:i * s + k, j * s:j * s + k] += np.einsum("nc,hwoc->nhwo", x[:, i, j], w)
    if same:
        cut = max(k - s, 0) // 2
        y = y[:, cut:cut + h * s, cut:cut + width * s]
    return y + b


def batch_norm(x, g, b, m, v, eps=1e-3):
    return (x - m) / np.sqrt(v + eps) * g + b


def layer_norm(x, g, b, eps=1e-3):
    m = x.mean(-1, keepdims=True)
    return (x - m) / np.sqrt(((x - m)**2).mean(-1, keepdims=True) + eps) * g + b


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def hard_sigmoid(x):
    return np.clip(0.2 * x + 0.5, 0, 1)


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def lstm(x, k, w, b, gate=sigmoid):
    u, out = w.shape[0], []
    h = c = np.zeros((len(x), u))
    for t in range(x.shape[1]):
        i, f, g, o = np.split(x[:, t] @ k + h @ w + b, 4, 1)
        c = gate(f) * c + gate(i) * np.tanh(g)
        h = gate(o) * np.tanh(c)
        out.append(h)
    return np.stack(out, 1)


def gru(x, k, w, b, after, gate=sigmoid):
    u, out = w.shape[0], []
    h = np.zeros((len(x), u))
    for t in range(x.shape[1]):
        a = x[:, t] @ k + (b[0] if after else b)
        q = h @ w + b[1] if after else h @ w
        z = gate(a[:, :u] + q[:, :u])
        s = gate(a[:, u:2 * u] + q[:, u:2 * u])
        n = np.tanh(a[:, 2 * u:] + (s * q[:, 2 * u:] if after else (s * h) @ w[:, 2 * u:]))
        h = z * h + (1 - z) * n
        out.append(h)
    return np.stack(out, 1)


def attention(q, v, p):
    def part(x, w, b):
        return np.einsum("ntd,dhk->nhtk", x, w) + b[:, None]
    s = np.einsum("nhqk,nhvk->nhqv", part(q, p[0], p[1]), part(v, p[2], p[3])) / math.sqrt(p[0].shape[2])
    return np.einsum("nhqv,nhvk,hko->nqo", softmax(s), part(v, p[4], p[5]), p[6]) + p[7]


# --- files ----------------------------------------------------------------------------------------------------------------

def save2(name, config, layers, whole=True):
    """layers: {layer: [(weight name, array)]}, in order."""
    with h5py.File(at(name), "w") as f:
        root = f.create_group("model_weights") if whole else f
        if whole:
            f.attrs["model_config"] = json.dumps(config)
            f.attrs["keras_version"] = "2.4.0"
        root.attrs["layer_names"] = [n.encode() for n in layers]
        for layer, weights in layers.items():
            g = root.create_group(layer)
            g.attrs["weight_names"] = [n.encode() for n, _ in weights]
            for n, w in weights:
                g.create_dataset(n, data=w)


def save3(name, config, paths):
    """paths: {layers/dense/vars: [array]}"""
    h5 = at(name + ".tmp")
    with h5py.File(h5, "w") as f:
        for path, weights in paths.items():
            for i, w in enumerate(weights):
                f[path + "/%d" % i] = w
    with zipfile.ZipFile(at(name), "w") as z:
        z.writestr("metadata.json", '{"keras_version": "3.0.5"}')
        z.writestr("config.json", json.dumps(config))
        z.write(h5, "model.weights.h5")
    os.remove(h5)


def layer(kind, name, node=None, **config):
    one = {"class_name": kind, "config": dict(config, name=name, trainable=True, dtype="float32")}
    if node is not None:
        one["name"] = name
        one["inbound_nodes"] = node
    return one


def to(*names, **kwargs):  # inbound_nodes of version 2
    return [[[n, 0, 0, kwargs if i == 0 else {}] for i, n in enumerate(names)]]


def answer(name, y):
    expected.append(name + " " + " ".join("%.9g" % v for v in np.asarray(y).flatten()))


# --- a picture net, Sequential, versions 2 and 3 --------------------------------------------------------------------------

p = {"conv": [r(3, 3, 2, 4), r(4)], "bn": [1 + r(4), r(4), r(4), 1 + abs(r(4))], "dw": [r(3, 3, 4, 2), r(8)],
     "sep": [r(3, 3, 8, 1), r(1, 1, 8, 5), r(5)], "up": [r(3, 3, 3, 5), r(3)], "dense": [r(3 * 6 * 8, 3), r(3)]}
p = {k: [np.float32(w) for w in v] for k, v in p.items()}
x = ((np.arange(2 * 10 * 13 * 2) * 7 % 11) / 5 - 1).reshape(2, 10, 13, 2)
d = {k: [np.float64(w) for w in v] for k, v in p.items()}
y = np.maximum(conv2d(x, *d["conv"], s=2), 0)  # 5 x 7
y = batch_norm(y, *d["bn"])
y = np.clip(depthwise(y, *d["dw"]), 0, 6)
y = max_pool(y, 3, 2, True)  # 3 x 4
y = np.pad(y, ((0, 0), (0, 1), (1, 0), (0, 0)))  # 4 x 5
s = depthwise(y, d["sep"][0], 0, same=False)  # 2 x 3
y = conv2d(s, d["sep"][1], d["sep"][2])
y = conv_transpose(y, *d["up"], 2, True)  # 4 x 6
y = np.concatenate([y, y[:, :2]], 1)[:, :6]
y = avg_pool(y[:, :4], 2, 1, True)  # 4 x 6
y = np.pad(y, ((0, 0), (1, 1), (1, 1), (0, 0)))  # 6 x 8
y = softmax(y.reshape(2, -1) @ d["dense"][0] + d["dense"][1])
answer("picture", y)


def picture_layers(three):
    dw = "kernel" if three else "depthwise_kernel"
    del dw
    same = dict(padding="same", data_format="channels_last")
    first = {"batch_shape" if three else "batch_input_shape": [None, 10, 13, 2]}
    return [
        layer("InputLayer", "in", **first),
        layer("Conv2D", "conv", filters=4, kernel_size=[3, 3], strides=[2, 2], dilation_rate=[1, 1], groups=1,
              activation="relu", use_bias=True, **same),
        layer("BatchNormalization", "bn", axis=[3] if not three else -1, momentum=0.99, epsilon=0.001, center=True,
              scale=True),
        layer("DepthwiseConv2D", "dw", kernel_size=[3, 3], strides=[1, 1], depth_multiplier=2, dilation_rate=[1, 1],
              activation="linear", use_bias=True, **same),
        layer("ReLU", "relu", max_value=6.0, negative_slope=0.0, threshold=0.0),
        layer("MaxPooling2D", "pool", pool_size=[3, 3], strides=[2, 2], **same),
        layer("ZeroPadding2D", "pad", padding=[[0, 1], [1, 0]], data_format="channels_last"),
        layer("SeparableConv2D", "sep", filters=5, kernel_size=[3, 3], strides=[1, 1], dilation_rate=[1, 1],
              depth_multiplier=1, activation="linear", use_bias=True, padding="valid", data_format="channels_last"),
        layer("Conv2DTranspose", "up", filters=3, kernel_size=[3, 3], strides=[2, 2], dilation_rate=[1, 1],
              output_padding=None, activation="linear", use_bias=True, **same),
        layer("AveragePooling2D", "mean", pool_size=[2, 2], strides=[1, 1], **same),
        layer("ZeroPadding2D", "pad2", padding=[1, 1], data_format="channels_last"),
        layer("Flatten", "flat", data_format="channels_last"),
        layer("Dropout", "drop", rate=0.5),
        layer("Dense", "dense", units=3, activation="softmax", use_bias=True)]


weight = {"conv": ["kernel", "bias"], "bn": ["gamma", "beta", "moving_mean", "moving_variance"],
          "dw": ["depthwise_kernel", "bias"], "sep": ["depthwise_kernel", "pointwise_kernel", "bias"],
          "up": ["kernel", "bias"], "dense": ["kernel", "bias"]}
v2 = {}
for one in picture_layers(False):
    n = one["config"]["name"]
    v2[n] = [("%s/%s:0" % (n, w), a) for w, a in zip(weight.get(n, []), p.get(n, []))]
save2("picture.h5", {"class_name": "Sequential", "config": {"name": "picture", "layers": picture_layers(False)}}, v2)
names3 = {"conv": "conv2d", "bn": "batch_normalization", "dw": "depthwise_conv2d", "sep": "separable_conv2d",
          "up": "conv2d_transpose", "dense": "dense"}
save3("picture.keras", {"module": "keras", "class_name": "Sequential", "registered_name": "Sequential", "config": {
    "name": "picture", "layers": [dict(l, module="keras.layers", registered_name=None) for l in picture_layers(True)]}},
    {"layers/%s/vars" % names3[n]: p[n] for n in p})

# --- words: Functional, two directions, both forms of GRU, attention ------------------------------------------------------

q = {"emb": [r(7, 4) * 2], "both": [r(4, 12), r(3, 12), r(12), r(4, 12), r(3, 12), r(12)],
     "gru": [r(6, 15), r(5, 15), r(15)], "gru2": [r(5, 18), r(6, 18), r(2, 18)], "norm": [1 + r(6), r(6)],
     "mha": [r(6, 2, 3), r(2, 3), r(6, 2, 3), r(2, 3), r(6, 2, 4), r(2, 4), r(2, 4, 6), r(6)],
     "old": [r(6, 8), r(2, 8), r(8)], "out": [r(2, 2), r(2)]}
q = {k: [np.float32(w) for w in v] for k, v in q.items()}
d = {k: [np.float64(w) for w in v] for k, v in q.items()}
ids = np.array([[0, 3, 6, 1, 1], [2, 2, 5, 4, 0]])
e = d["emb"][0][ids]
both = np.concatenate([lstm(e, *d["both"][:3]), lstm(e[:, ::-1], *d["both"][3:])[:, ::-1]], -1)
g = gru(gru(both, *d["gru"], False), *d["gru2"], True)
n = layer_norm(g, *d["norm"])
z = attention(n, both, d["mha"]) + g
last = lstm(z, *d["old"], gate=hard_sigmoid)[:, -1]
answer("words", sigmoid(np.tanh(last) @ d["out"][0] + d["out"][1]))
answer("words_mean", z.mean(1))


def words_layers():
    rnn = dict(use_bias=True, activation="tanh", recurrent_activation="sigmoid", return_state=False, go_backwards=False,
               stateful=False, unroll=False)
    inner = dict(layer("LSTM", "lstm", units=3, return_sequences=True, unit_forget_bias=True, **rnn))
    return [
        layer("InputLayer", "ids", [], batch_input_shape=[None, None], sparse=False),
        layer("Embedding", "emb", to("ids"), input_dim=7, output_dim=4, mask_zero=False, input_length=None),
        layer("Bidirectional", "both", to("emb"), layer=inner, merge_mode="concat"),
        layer("GRU", "gru", to("both"), units=5, return_sequences=True, reset_after=False, **rnn),
        layer("GRU", "gru2", to("gru"), units=6, return_sequences=True, reset_after=True, **rnn),
        layer("LayerNormalization", "norm", to("gru2"), axis=[2], epsilon=0.001, center=True, scale=True),
        layer("MultiHeadAttention", "mha", to("norm", value=["both", 0, 0]), num_heads=2, key_dim=3, value_dim=4,
              dropout=0.0, use_bias=True, output_shape=None, attention_axes=[1]),
        layer("Add", "add", to("mha", "gru2")),
        layer("LSTM", "old", to("add"), units=2, return_sequences=False,
              **dict(rnn, recurrent_activation="hard_sigmoid")),
        layer("Activation", "act", to("old"), activation="tanh"),
        layer("Dense", "out", to("act"), units=2, activation="sigmoid", use_bias=True),
        layer("GlobalAveragePooling1D", "mean", to("add"), data_format="channels_last")]


rnn_names = ["kernel", "recurrent_kernel", "bias"]
weight = {"emb": ["emb/embeddings"], "both": ["both/forward_lstm/lstm_cell_1/" + w for w in rnn_names] +
          ["both/backward_lstm/lstm_cell_2/" + w for w in rnn_names], "gru": ["gru/gru_cell/" + w for w in rnn_names],
          "gru2": ["gru2/gru_cell_1/" + w for w in rnn_names], "norm": ["norm/gamma", "norm/beta"],
          "mha": ["mha/%s/%s" % (a, w) for a in ("query", "key", "value", "attention_output") for w in ("kernel", "bias")],
          "old": ["old/lstm_cell/" + w for w in rnn_names], "out": ["out/kernel", "out/bias"]}
save2("words.h5", {"class_name": "Functional", "config": {
    "name": "words", "layers": words_layers(), "input_layers": [["ids", 0, 0]],
    "output_layers": [["out", 0, 0], ["mean", 0, 0]]}},
    {one["name"]: [(w + ":0", a) for w, a in zip(weight.get(one["name"], []), q.get(one["name"], []))]
     for one in words_layers()})

# The same in version 3: other calls, other paths, other hard_sigmoid: the gate is sigmoid here.
tensors = {}


def kt(name):
    return {"class_name": "__keras_tensor__", "config": {"shape": [None, 5, 4], "dtype": "float32",
                                                         "keras_history": [name, 0, 0]}}


three = []
for one in words_layers():
    one = json.loads(json.dumps(one))
    node = one["inbound_nodes"]
    if one["name"] == "ids":
        one["config"]["batch_shape"] = one["config"].pop("batch_input_shape")
    elif one["name"] == "mha":
        one["inbound_nodes"] = [{"args": [kt("norm"), kt("both")], "kwargs": {"use_causal_mask": False}}]
    elif one["name"] == "add":
        one["inbound_nodes"] = [{"args": [[kt("mha"), kt("gru2")]], "kwargs": {}}]
    else:
        one["inbound_nodes"] = [{"args": [kt(node[0][0][0])], "kwargs": {}}]
    if one["name"] == "old":
        one["config"]["recurrent_activation"] = "sigmoid"
    three.append(one)
last3 = lstm(z, *d["old"])[:, -1]
answer("words3", sigmoid(np.tanh(last3) @ d["out"][0] + d["out"][1]))
paths = {"layers/embedding/vars": q["emb"], "layers/bidirectional/forward_layer/cell/vars": q["both"][:3],
         "layers/bidirectional/backward_layer/cell/vars": q["both"][3:], "layers/gru/cell/vars": q["gru"],
         "layers/gru_1/cell/vars": q["gru2"], "layers/layer_normalization/vars": q["norm"],
         "layers/multi_head_attention/query_dense/vars": q["mha"][0:2],
         "layers/multi_head_attention/key_dense/vars": q["mha"][2:4],
         "layers/multi_head_attention/value_dense/vars": q["mha"][4:6],
         "layers/multi_head_attention/output_dense/vars": q["mha"][6:8], "layers/lstm/cell/vars": q["old"],
         "layers/dense/vars": q["out"], "optimizer/vars": [np.array(3)]}
save3("words.keras", {"module": "keras.src.models.functional", "class_name": "Functional", "config": {
    "name": "words", "layers": three, "input_layers": [["ids", 0, 0]],
    "output_layers": [["out", 0, 0], ["mean", 0, 0]]}}, paths)

# --- a model within a model, a shared layer, weights in a file of their own -----------------------------------------------

w = {"a": [r(3, 3), r(3)], "n": [1 + r(3), r(3), r(3), 1 + abs(r(3))], "b": [r(3, 3), r(3)], "c": [r(6, 2), r(2)]}
w = {k: [np.float32(v) for v in one] for k, one in w.items()}
d = {k: [np.float64(v) for v in one] for k, one in w.items()}


def inner_net(v):
    return batch_norm(np.maximum(v @ d["a"][0] + d["a"][1], 0), *d["n"]) @ d["b"][0] + d["b"][1]


x1, x2 = np.array([[1.0, -2, 0.5], [0, 1, 2]]), np.array([[0.5, 0.25, -1], [2, 0, 1]])
answer("nested", np.concatenate([inner_net(x1), inner_net(x2)], 1) @ d["c"][0] + d["c"][1])
inner = {"class_name": "Sequential", "name": "inner", "config": {"name": "inner", "layers": [
    layer("Dense", "a", units=3, activation="relu", use_bias=True, batch_input_shape=[None, 3]),
    layer("BatchNormalization", "n", axis=[1], epsilon=0.001, center=True, scale=True),
    layer("Dense", "b", units=3, activation="linear", use_bias=True)]},
    "inbound_nodes": [[["x1", 0, 0, {}]], [["x2", 0, 0, {}]]]}
nested = {"class_name": "Model", "config": {"name": "nested", "layers": [
    layer("InputLayer", "x1", [], batch_input_shape=[None, 3]), layer("InputLayer", "x2", [], batch_input_shape=[None, 3]),
    inner, layer("Concatenate", "cat", [[["inner", 1, 0, {}], ["inner", 2, 0, {}]]], axis=-1),
    layer("Dense", "c", to("cat"), units=2, activation="linear", use_bias=True)],
    "input_layers": [["x1", 0, 0], ["x2", 0, 0]], "output_layers": [["c", 0, 0]]}}
# Keras counts a Sequential's own call as the first: its nodes begin at 1
inner["inbound_nodes"] = [[["x1", 0, 0, {}]], [["x2", 0, 0, {}]]]
with open(at("nested.json"), "w") as f:
    json.dump(nested, f)
save2("nested_weights.h5", None, {"x1": [], "x2": [], "inner": [
    ("a/kernel:0", w["a"][0]), ("a/bias:0", w["a"][1]), ("n/gamma:0", w["n"][0]), ("n/beta:0", w["n"][1]),
    ("b/kernel:0", w["b"][0]), ("b/bias:0", w["b"][1]), ("n/moving_mean:0", w["n"][2]),
    ("n/moving_variance:0", w["n"][3])], "cat": [], "c": [("c/kernel:0", w["c"][0]), ("c/bias:0", w["c"][1])]}, whole=False)

with open(at("expected.txt"), "w") as f:
    f.write("\n".join(expected) + "\n")
