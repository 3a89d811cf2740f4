#!/usr/bin/python3
"""Write tests/golden/onnx/wake_mel.onnx, which stands in for openWakeWord's melspectrogram.onnx in
tests/scripts/wake_files.lua: samples [1, n] as i16 has them to log energies [1, 1, (n - 512) // 160 + 1, 32], by 8
cosines under a Hann window, each told four times.  Needs python3-onnx and python3-numpy.

    /usr/bin/python3 tests/golden/make_wake.py
"""
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIZE, HOP, RATE, TONES = 512, 160, 16000, 8
t = np.arange(SIZE)
window = 0.5 - 0.5 * np.cos(2 * np.pi * t / SIZE)
kernel = np.stack([window * np.cos(2 * np.pi * 400 * (k + 1) / RATE * t) for k in range(TONES)]) / 32767


def constant(name, array):
    return numpy_helper.from_array(np.ascontiguousarray(array), name)


nodes = [
    helper.make_node("Unsqueeze", ["samples", "one"], ["channel"]),
    helper.make_node("Conv", ["channel", "kernel"], ["tones"], strides=[HOP]),
    helper.make_node("Mul", ["tones", "tones"], ["energy"]),
    helper.make_node("Add", ["energy", "floor"], ["above"]),
    helper.make_node("Log", ["above"], ["logs"]),
    helper.make_node("Concat", ["logs"] * 4, ["bands"], axis=1),
    helper.make_node("Transpose", ["bands"], ["rows"], perm=[0, 2, 1]),
    helper.make_node("Unsqueeze", ["rows", "one"], ["mel"]),
]
graph = helper.make_graph(
    nodes, "wake_mel",
    [helper.make_tensor_value_info("samples", TensorProto.FLOAT, ["batch", "n"])],
    [helper.make_tensor_value_info("mel", TensorProto.FLOAT, ["batch", 1, "frames", 32])],
    [constant("one", np.array([1], np.int64)), constant("kernel", kernel[:, None].astype(np.float32)),
     constant("floor", np.array(1e-3, np.float32))])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)])
model.ir_version = 8
onnx.checker.check_model(model)
path = pathlib.Path(__file__).resolve().parent / "onnx" / "wake_mel.onnx"
path.write_bytes(model.SerializeToString())
