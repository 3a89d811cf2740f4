#!/usr/bin/env python3
"""make_arrays.py: the files of arrays/ beside it, written by h5py, SciPy and NumPy.

What lunette itself does not write: chunks, gzip, big-endian, f16, attributes, compressed elements, cells, Fortran order.
"""
import os
import sys

import h5py
import numpy as np
import scipy.io

folder = os.path.join(os.path.dirname(os.path.abspath(sys.argv[0])), "arrays")
os.makedirs(folder, exist_ok=True)


def at(name):
    return os.path.join(folder, name)


ramp = np.arange(24).reshape(2, 3, 4)
with h5py.File(at("arrays.h5"), "w") as f:
    f.create_dataset("chunked", data=ramp.astype("u1"), chunks=(1, 2, 2), compression="gzip", shuffle=True)
    for name in ["<i1", "<i2", ">i2", ">i4", "<i8", "<u2", "<u4", "<u8", "<f2", ">f4", ">f8"]:
        f["type/" + name[1:] + ("b" if name[0] == ">" else "")] = ramp.astype(name) + np.array(1, name)
    f["bool"] = np.array([True, False])
    f["scalar"] = np.float64(2.5)
    f["empty"] = np.zeros((0, 3), "f4")
    f["classes"] = np.array([b"non-cat", b"cat"])
    f["words"] = ["caf\u00e9", ""]
    f["pair"] = np.zeros(2, [("a", "f4"), ("b", "i4")])
with h5py.File(at("u64.h5"), "w") as f:
    f["large"] = np.array([2**63 + 1, 1], "u8")
with h5py.File(at("deep.h5"), "w") as f:  # twenty-three dimensions
    f["x"] = np.zeros([1] * 23, "f4")
with h5py.File(at("bomb.h5"), "w") as f:  # a terabyte of which no chunk was ever written
    f.create_dataset("x", (1 << 40,), "u1", chunks=(1 << 20,), compression="gzip")
with h5py.File(at("outside.h5"), "w") as f:  # numbers in another file
    f.create_dataset("x", (4,), "u1", external=[("other.bin", 0, 4)])
with h5py.File(at("keras.h5"), "w") as f:  # Keras 2's weights
    f.attrs["layer_names"] = [b"conv1", b"fc"]
    f.attrs["backend"] = "tensorflow"
    for layer, shape in [("conv1", (3, 3, 1, 2)), ("fc", (4, 2))]:
        g = f.create_group(layer)
        g.attrs["weight_names"] = [(layer + "/kernel:0").encode(), (layer + "/bias:0").encode()]
        g[layer + "/kernel:0"] = np.arange(np.prod(shape)).reshape(shape).astype("f4")
        g[layer + "/bias:0"] = np.array([1, 2], "f4")

cell = np.empty((1, 2), object)
cell[0, 0], cell[0, 1] = np.array([[1.0, 2.0]]), "text"
scipy.io.savemat(
    at("arrays.mat"),
    {"X": ramp[0].astype("f8"), "i1": ramp.astype("i1"), "u2": ramp.astype("u2"), "f4": ramp.astype("f4"),
     "flag": np.array([[True, False]]), "word": "hello", "part": {"inner": np.array([[7.0]])}, "cell": cell,
     "none": np.zeros((0, 3))},
    do_compression=True,
)
with np.errstate(all="ignore"):
    np.savez_compressed(at("packed.npz"), turned=np.asfortranarray(ramp.astype(">f4")), half=ramp.astype("f2"))
np.savez_compressed(at("bomb.npz"), x=np.zeros(96 << 20, "u1"))
