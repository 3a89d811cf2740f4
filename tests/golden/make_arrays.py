#!/usr/bin/env python3
"""make_arrays.py: the files of arrays/ beside it, written by h5py, SciPy and NumPy.

What lunette itself does not write: chunks, gzip, big-endian, f16, attributes, compressed elements, cells, Fortran order.
"""
import os
import sys

import h5py
import numpy as np
import scipy.io
import scipy.sparse

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

# Parts that a tensor cannot hold, among others that it can.
with h5py.File(at("mixed.h5"), "w") as f:
    f["good"] = np.arange(3, dtype="i4")
    f["pair"] = np.zeros(2, [("a", "f4"), ("b", "i4")])
    f["complex"] = np.array([1 + 2j])
    f.create_dataset("ragged", (2,), h5py.vlen_dtype(np.dtype("i4")))[0] = [1, 2]
    f["large"] = np.array([2**63 + 1], "u8")
    f["colours"] = np.array([0, 2], h5py.enum_dtype({"RED": 0, "GREEN": 2}, "u1"))
    f["deep"] = np.zeros([1] * 9, "f4")
    f["group/x"] = np.array([7.0])
    f["group"].attrs["rate"] = np.float64(2.5)
    f["group"].attrs["limits"] = np.array([1, 5], "i8")
    f["twice"] = f["good"]
    f["soft"] = h5py.SoftLink("/group/x")
    f["nowhere"] = h5py.SoftLink("/gone")
    f["outside"] = h5py.ExternalLink("other.h5", "/x")
    f["through"] = h5py.SoftLink("/outside")
    f["group/up"] = f["group"]
    f["type"] = np.dtype("f4")
    f["reference"] = np.array([f["good"].ref], h5py.ref_dtype)
np.savez(at("mixed.npz"), good=np.arange(3), complex=np.array([1j]), large=np.array([2**63], "u8"),
         objects=np.array([{}], object), text=np.array(["a"]))
scipy.io.savemat(at("mixed.mat"), {
    "good": np.array([[1.0, 2.0]]), "complex": np.array([[1 + 2j]]), "sparse": scipy.sparse.csc_matrix(np.eye(2)),
    "large": np.array([[2**63]], "u8"), "deep": np.zeros([1] * 9), "caf\u00e9"[:3]: "caf\u00e9 \u4e2d",
    "part": {"inner": np.array([[7.0]]), "complex": np.array([[1j]])}, "last": np.array([[3.0]])})

# MATLAB 7.3 as MATLAB lays it out: a user block of 512 bytes, sizes in reverse, classes, references into #refs#.
with h5py.File(at("v73.mat"), "w", userblock_size=512) as f:
    def put(group, name, value, cls):
        group[name] = value
        group[name].attrs["MATLAB_class"] = np.bytes_(cls)
        return group[name]

    def text(group, name, rows):
        return put(group, name, np.array([[ord(c) for c in r] for r in rows], "u2").T, "char")

    put(f, "X", ramp.astype("f8").T, "double")
    put(f, "u2", ramp[0].astype("u2").T, "uint16")
    put(f, "flag", np.array([[1, 0]], "u1").T, "logical")
    text(f, "word", ["caf\u00e9", "two "])
    put(f, "none", np.array([0, 3], "u8"), "double").attrs["MATLAB_empty"] = np.uint8(1)
    put(f, "complex", np.zeros((1, 1), [("real", "f8"), ("imag", "f8")]), "double")
    part = f.create_group("part")
    part.attrs["MATLAB_class"] = np.bytes_("struct")
    put(part, "inner", np.array([[7.0]]), "double")
    refs = f.create_group("#refs#")
    a, b = put(refs, "a", np.array([[1.0], [2.0]]), "double"), text(refs, "b", ["text"])
    put(f, "cell", np.array([[a.ref], [b.ref]], h5py.ref_dtype), "cell")
    several = f.create_group("several")
    several.attrs["MATLAB_class"] = np.bytes_("struct")
    several["w"] = np.array([[a.ref], [a.ref]], h5py.ref_dtype)
    sparse = f.create_group("sparse")
    sparse.attrs["MATLAB_class"] = np.bytes_("double")
    sparse.attrs["MATLAB_sparse"] = np.uint64(2)
    sparse["data"] = np.array([1.0])
head = b"MATLAB 7.3 MAT-file, Platform: GLNXA64, Created on: Mon Jan 01 00:00:00 2024 HDF5 schema 1.00 ."
with open(at("v73.mat"), "r+b") as f:
    f.write(head.ljust(124) + b"\x00\x02IM")
np.savez_compressed(at("bomb.npz"), x=np.zeros(96 << 20, "u1"))
