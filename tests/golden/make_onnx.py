#!/usr/bin/python3
"""Write tests/golden/onnx/: small ONNX files with seeded weights, inputs, and the outputs that PyTorch (in f64) and
NumPy give.  Needs python3-torch and python3-onnx.

    /usr/bin/python3 tests/golden/make_onnx.py
"""
import io
import pathlib

import numpy as np
import onnx
import torch
import torch.nn as nn
from onnx import TensorProto, helper, numpy_helper

out = pathlib.Path(__file__).resolve().parent / "onnx"
out.mkdir(exist_ok=True)


def value(name, array):
    (out / name).write_bytes(numpy_helper.from_array(np.ascontiguousarray(array)).SerializeToString())


def export(name, model, x, dynamic=True, opset=14):
    """model in eval mode, with running statistics of many samples; `x` has two rows at least."""
    model.eval()
    buffer = io.BytesIO()
    torch.onnx.export(model, x[:1], buffer, opset_version=opset, input_names=["x"], output_names=["y"],
                      dynamic_axes={"x": {0: "batch"}, "y": {0: "batch"}} if dynamic else None)
    graph = onnx.load_model_from_string(buffer.getvalue())
    for node in graph.graph.node:
        node.doc_string = ""
    (out / f"{name}.onnx").write_bytes(graph.SerializeToString())
    with torch.no_grad():
        wide = model.double()(x.double() if x.is_floating_point() else x)
    value(f"{name}.in.pb", x.numpy())
    value(f"{name}.out.pb", wide.numpy().astype(np.float32))


class Cnn(nn.Module):
    """Everything that a picture classifier has: residual, depthwise, padding, unequal sides, view by size."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
        self.a = nn.Sequential(nn.Conv2d(8, 8, 3, 1, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
                               nn.Conv2d(8, 8, 3, 1, 1, bias=False), nn.BatchNorm2d(8))
        self.b = nn.Sequential(nn.Conv2d(8, 16, 1), nn.ReLU6(), nn.Conv2d(16, 16, 3, 2, 1, groups=16), nn.BatchNorm2d(16),
                               nn.LeakyReLU(0.1))
        self.fc = nn.Linear(16 * 2 * 3, 5)

    def forward(self, x):
        x = self.stem(x)
        x = torch.relu(self.a(x) + x)
        x = self.b(x)
        return self.fc(x.view(x.size(0), -1)).softmax(1)


class Unet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down, self.mid = nn.Conv2d(2, 4, 3, 2, 1), nn.Conv2d(4, 6, 3, 1, 1)
        self.up, self.end = nn.ConvTranspose2d(6, 4, 2, 2), nn.Conv2d(6, 3, 1)

    def forward(self, x):
        y = torch.sigmoid(self.down(x))
        z = nn.functional.interpolate(torch.tanh(self.mid(y)), scale_factor=2, mode="bilinear", align_corners=False)
        z = nn.functional.avg_pool2d(z, 2)
        return self.end(torch.cat([self.up(z), x], 1)).softmax(1)


class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.lstm = nn.Embedding(11, 6), nn.LSTM(6, 5, batch_first=True, bidirectional=True)
        self.gru, self.fc = nn.GRU(10, 4, batch_first=True), nn.Linear(4, 3)

    def forward(self, ids):
        y, _ = self.lstm(self.embed(ids))
        y, _ = self.gru(y)
        return self.fc(y[:, -1])


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(12, 3, 20, 0.0, batch_first=True)
        self.net = nn.Sequential(nn.TransformerEncoder(layer, 2, enable_nested_tensor=False), nn.GELU(), nn.LayerNorm(12),
                                 nn.Linear(12, 4))

    def forward(self, x):
        return self.net(x)


def statistics(model, x):
    """Running statistics as of real data: else rounding grows over layers."""
    for m in model.modules():
        if isinstance(m, nn.BatchNorm2d):
            m.momentum = None
            nn.init.uniform_(m.weight, 0.5, 1.5)
            nn.init.uniform_(m.bias, -0.5, 0.5)
    model.train()
    with torch.no_grad():
        model(x)
    return model


torch.manual_seed(1)
export("cnn", statistics(Cnn(), torch.randn(64, 3, 14, 18)), torch.randn(3, 3, 14, 18))
export("unet", Unet(), torch.randn(2, 2, 8, 12))
export("words", Words(), torch.randint(0, 11, (2, 7)), dynamic=False)
# in train mode, since the fused path of inference has no form in ONNX; there is no dropout in it
encoder = Encoder()
encoder.eval = lambda: encoder
export("encoder", encoder, torch.randn(2, 5, 12))

# --- by hand: what no exporter of ours writes ------------------------------------------------------------------------


def save(name, nodes, inputs, outputs, constants=(), opset=17, **more):
    graph = helper.make_graph(nodes, name, inputs, outputs, list(constants), **more)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    model.ir_version = 8
    return model


f32 = TensorProto.FLOAT
info = helper.make_tensor_value_info
constant = numpy_helper.from_array

# Collatz steps: a loop whose body sees a value from outside and holds an If.
body = helper.make_graph(
    [helper.make_node("Mod", ["n", "two"], ["odd"]), helper.make_node("Equal", ["odd", "one"], ["is_odd"]),
     helper.make_node("If", ["is_odd"], ["next"], then_branch=helper.make_graph(
         [helper.make_node("Mul", ["n", "three"], ["m"]), helper.make_node("Add", ["m", "one"], ["up"])], "then", [],
         [info("up", 7, [])]), else_branch=helper.make_graph(
             [helper.make_node("Div", ["n", "two"], ["half"])], "else", [], [info("half", 7, [])])),
     helper.make_node("Greater", ["next", "one"], ["go"])],
    "body", [info("i", 7, []), info("c", 9, []), info("n", 7, [])],
    [info("go", 9, []), info("next", 7, []), info("next", 7, [])])
model = save("loop", [helper.make_node("Loop", ["", "", "start"], ["last", "all"], body=body)], [info("start", 7, [])],
             [info("last", 7, []), info("all", 7, ["steps"])],
             [constant(np.int64(v), n) for v, n in ((1, "one"), (2, "two"), (3, "three"))])
onnx.checker.check_model(model)
(out / "loop.onnx").write_bytes(model.SerializeToString())

# Weights beside the model, in a file of its folder; and three that would lie elsewhere.
rng = np.random.default_rng(2)
weights = rng.standard_normal((4, 3)).astype(np.float32)
(out / "outside.bin").write_bytes(b"\0" * 16 + weights.tobytes())


def beside(name, location, length=48, offset=16):
    w = TensorProto(name="w", data_type=f32, dims=[4, 3], data_location=TensorProto.EXTERNAL)
    for key, text in (("location", location), ("offset", str(offset)), ("length", str(length))):
        w.external_data.add(key=key, value=text)
    model = save(name, [helper.make_node("MatMul", ["x", "w"], ["y"])], [info("x", f32, ["n", 4])],
                 [info("y", f32, ["n", 3])], [w])
    (out / f"{name}.onnx").write_bytes(model.SerializeToString())


beside("outside", "outside.bin")
beside("outside_above", "../make_onnx.py")
beside("outside_root", "/etc/passwd")
beside("outside_short", "outside.bin", offset=32)
x = rng.standard_normal((2, 4)).astype(np.float32)
value("outside.in.pb", x)
value("outside.out.pb", x @ weights)

# Operators that nobody has, several times.
model = save("unknown", [helper.make_node("Frobnicate", ["x"], ["a"], name="first"),
                         helper.make_node("Frobnicate", ["a"], ["b"], name="second"),
                         helper.make_node("Relu", ["b"], ["c"]),
                         helper.make_node("RegexFullMatch", ["c"], ["y"], name="third")],
             [info("x", f32, [2])], [info("y", f32, [2])])
(out / "unknown.onnx").write_bytes(model.SerializeToString())

# Names that mean something else to a module, two inputs, five outputs, and a value that is not needed.
w = rng.standard_normal(3).astype(np.float32)
model = save("names", [helper.make_node("Mul", ["a", "train"], ["p"]), helper.make_node("Add", ["p", "_graph"], ["y1"]),
                       helper.make_node("Sub", ["a", "b"], ["y2"]), helper.make_node("Mul", ["a", "b"], ["y3"]),
                       helper.make_node("Exp", ["b"], ["unused"]), helper.make_node("Neg", ["b"], ["y4"]),
                       helper.make_node("Shape", ["b"], ["y5"])],
             [info("a", f32, ["n", 3]), info("b", f32, ["n", 3])],
             [info(f"y{i}", 7 if i == 5 else f32, None) for i in range(1, 6)],
             [constant(w, "train"), constant(2 * w, "_graph")])
(out / "names.onnx").write_bytes(model.SerializeToString())
value("names.w.pb", w)

# A function of the file's own, with an attribute of its own.
function = helper.make_function("own", "Twice", ["x"], ["y"], [
    helper.make_node("Add", ["x", "x"], ["d"]),
    helper.make_node("LeakyRelu", ["d"], ["y"])], [helper.make_opsetid("", 17)], ["alpha"])
function.node[1].attribute.add(name="alpha", ref_attr_name="alpha", type=onnx.AttributeProto.FLOAT)
graph = helper.make_graph([helper.make_node("Twice", ["x"], ["y"], domain="own", alpha=0.5)], "f", [info("x", f32, ["n"])],
                          [info("y", f32, ["n"])])
model = helper.make_model(graph, functions=[function],
                          opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("own", 1)])
model.ir_version = 8
(out / "function.onnx").write_bytes(model.SerializeToString())
