#!/usr/bin/python3
"""Write tests/golden/onnx_text/ and onnx_text.lua: small ONNX files of strings, seeds and training, and the outputs that
NumPy, PyTorch and the formulas of ONNX's documentation give.  Needs python3-torch and python3-onnx.

    /usr/bin/python3 tests/golden/make_onnx_text.py
"""
import itertools
import pathlib

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

here = pathlib.Path(__file__).resolve().parent
out = here / "onnx_text"
out.mkdir(exist_ok=True)
cases = []
TRAINING = "ai.onnx.preview.training"
KINDS = {"U": TensorProto.STRING, "O": TensorProto.STRING}
node = helper.make_node


def text(*rows):
    return np.array(rows, dtype=object)


def kind(a):
    return TensorProto.STRING if a.dtype.kind in "UO" else onnx.mapping.NP_TYPE_TO_TENSOR_TYPE[a.dtype]


def lua(value):
    if isinstance(value, str):
        return '"' + "".join(chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\{b:03d}" for b in value.encode()) + '"'
    if isinstance(value, (bool, np.bool_)):
        return "1" if value else "0"
    if isinstance(value, np.integer):
        return str(value)
    short = f"{value:.9g}" if isinstance(value, np.float32) and value else repr(float(value))
    return {"nan": "0/0", "inf": "math.huge", "-inf": "-math.huge"}.get(short, short)


def array(a):
    a = np.asarray(a)
    dtype = "string" if a.dtype.kind in "UO" else {"float32": "f32", "float64": "f64", "float16": "f32", "int64": "i64",
        "int32": "i32", "bool": "bool"}[str(a.dtype)]
    return f"{{ dtype = \"{dtype}\", shape = {{ {', '.join(map(str, a.shape))} }}, {', '.join(lua(v) for v in a.ravel())} }}"


def case(name, nodes, inputs, outputs, constants=None, opset=17, functions=()):
    """inputs, outputs, constants: name -> array."""
    info = lambda n, a: helper.make_tensor_value_info(n, kind(np.asarray(a)), ["d%d" % i for i in range(np.ndim(a))])
    tensors = [numpy_helper.from_array(np.asarray(a), n) for n, a in (constants or {}).items()]
    graph = helper.make_graph(nodes, name, [info(n, a) for n, a in inputs.items()], [info(n, a) for n, a in outputs.items()],
                              tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset), helper.make_opsetid(TRAINING, 1),
                              *[helper.make_opsetid(f.domain, 1) for f in functions]], functions=functions)
    model.ir_version = 8
    if opset <= 17:
        onnx.checker.check_model(model)
    (out / f"{name}.onnx").write_bytes(model.SerializeToString())
    both = [f"{side} = {{\n" + "".join(f"    {n} = {array(a)},\n" for n, a in values.items()) + "  }"
            for side, values in (("inputs", inputs), ("outputs", outputs))]
    cases.append(f"{{ name = \"{name}\", {', '.join(both)} }},\n")


# --- strings that are only moved (Unique leaves an output out before Loop leaves an input out) ---------------------------
x = text(["one", "", "three"], ["vier", "fünf", "one"])
w = text(["a", "", "\0b"], ["one", "é", "one"])
i64 = lambda *v: np.array(v, np.int64)
pads = np.full((4, 5), "", dtype=object)
pads[1:3, 1:4] = x
scattered = x.copy()
scattered[[1, 0], [0, 2]] = ["A", "B"]
flat = x.ravel()
order = sorted(set(flat), key=str.encode)
first = list(dict.fromkeys(flat))
case("moves", [
    node("Transpose", ["x"], ["transpose"]), node("Reshape", ["x", "six"], ["reshape"]), node("Flatten", ["x"], ["flatten"]),
    node("Unsqueeze", ["x", "one"], ["unsqueeze"]), node("Squeeze", ["unsqueeze", "one"], ["squeeze"]),
    node("Concat", ["x", "w", "x"], ["concat"], axis=0), node("Gather", ["x", "picks"], ["gather"], axis=1),
    node("GatherElements", ["x", "places"], ["gather_elements"], axis=1), node("GatherND", ["x", "pairs"], ["gather_nd"]),
    node("Slice", ["x", "zero", "three", "one", "two"], ["slice"]),
    node("Slice", ["x", "last", "far", "one", "last"], ["back"]), node("Split", ["x"], ["split1", "split2"], axis=0),
    node("Expand", ["row", "wide"], ["expand"]), node("Tile", ["x", "twice"], ["tile"]),
    node("Where", ["mask", "x", "w"], ["where"]), node("Pad", ["x", "around"], ["pad"]),
    node("Pad", ["x", "around", "star"], ["pad_star"]), node("ScatterND", ["x", "pairs", "AB"], ["scatter_nd"]),
    node("Compress", ["x", "mask1"], ["compress"], axis=1), node("Equal", ["x", "w"], ["equal"]),
    node("Shape", ["x"], ["shape"]), node("Size", ["x"], ["size"]), node("NonZero", ["x"], ["nonzero"]),
    node("Unique", ["x"], ["unique", "", "inverse", "counts"]), node("Unique", ["x"], ["unsorted"], sorted=0),
    node("OneHot", ["hots", "depth", "words"], ["onehot"]), node("Identity", ["x"], ["identity"]),
    node("SequenceConstruct", ["x", "w"], ["list"]), node("ConcatFromSequence", ["list"], ["stack"], axis=0, new_axis=1),
    node("SequenceAt", ["list", "scalar1"], ["second"]),
    node("If", ["flag"], ["chosen"], then_branch=helper.make_graph([node("Identity", ["x"], ["t"])], "t", [],
         [helper.make_tensor_value_info("t", 8, None)]), else_branch=helper.make_graph(
             [node("Transpose", ["x"], ["e"])], "e", [], [helper.make_tensor_value_info("e", 8, None)])),
    node("Loop", ["scalar2", ""], ["looped"], body=helper.make_graph(
        [node("Gather", ["x", "i"], ["r"]), node("Identity", ["c"], ["go"])], "b",
        [helper.make_tensor_value_info("i", 7, []), helper.make_tensor_value_info("c", 9, [])],
        [helper.make_tensor_value_info("go", 9, []), helper.make_tensor_value_info("r", 8, None)])),
    node("Constant", [], ["said"], value_string="said"), node("Constant", [], ["pair"], value_strings=["p", "q"]),
    node("Concat", ["pair", "pair"], ["pairs4"], axis=0),
], {"x": x}, {
    "transpose": x.T, "reshape": flat, "flatten": x, "unsqueeze": x[:, None], "squeeze": x, "concat": np.concatenate([x, w, x]),
    "gather": x[:, [2, 0]], "gather_elements": np.take_along_axis(x, np.array([[2, 1], [0, 0]]), 1),
    "gather_nd": text(x[1, 0], x[0, 2]), "slice": x[:, 0:3:2], "back": x[:, ::-1], "split1": x[:1], "split2": x[1:],
    "expand": np.broadcast_to(text("r", "", "s"), (2, 3)), "tile": np.tile(x, (2, 1)),
    "where": np.where([[True, False, True], [False, True, False]], x, w), "pad": pads,
    "pad_star": np.pad(x, 1, constant_values="*"), "scatter_nd": scattered, "compress": x[:, [0, 2]],
    "equal": x == w, "shape": i64(2, 3), "size": np.int64(6), "nonzero": np.array(np.nonzero(x != ""), np.int64),
    "unique": text(*order), "inverse": i64(*[order.index(t) for t in flat]), "counts": i64(*[list(flat).count(t) for t in order]),
    "unsorted": text(*first), "onehot": text(["off", "on", "off"], ["on", "off", "off"]), "identity": x,
    "stack": np.stack([x, w]), "second": w, "chosen": x.T, "looped": x, "said": np.array("said", dtype=object),
    "pairs4": text("p", "q", "p", "q"),
}, {"six": i64(6), "one": i64(1), "w": w, "picks": i64(2, 0), "places": np.array([[2, 1], [0, 0]]),
    "pairs": np.array([[1, 0], [0, 2]]), "zero": i64(0), "three": i64(3), "two": i64(2), "last": i64(-1), "far": i64(-9),
    "row": text("r", "", "s"), "wide": i64(2, 1), "twice": i64(2, 1), "mask": np.array([[True, False, True], [False, True, False]]),
    "around": i64(1, 1, 1, 1), "star": np.array("*", dtype=object), "AB": text("A", "B"), "mask1": np.array([True, False, True]),
    "hots": i64(1, 0), "depth": i64(3), "words": text("off", "on"), "scalar1": np.int64(1), "scalar2": np.int64(2),
    "flag": np.bool_(False)}, opset=19)

# --- strings in graphs inside: a loop's state, a function's input, a sequence that is made of them ---------------------------
x = text("a", "é")
info = helper.make_tensor_value_info
case("inside", [
    node("Loop", ["three", "", "x"], ["grown"], body=helper.make_graph(
        [node("Concat", ["s", "x"], ["longer"], axis=0), node("Identity", ["c"], ["go"])], "b",
        [info("i", 7, []), info("c", 9, []), info("s", 8, None)], [info("go", 9, []), info("longer", 8, None)])),
    node("Loud", ["x"], ["loud"], domain="own"), node("SplitToSequence", ["grown", "two"], ["parts"]),
    node("SequenceInsert", ["parts", "loud"], ["more"]), node("ConcatFromSequence", ["more"], ["all"], axis=0)],
    {"x": x}, {"grown": np.tile(x, 4), "loud": text("A", "É"), "all": np.concatenate([np.tile(x, 4), text("A", "É")])},
    {"three": np.int64(3), "two": np.int64(2)}, functions=[helper.make_function("own", "Loud", ["v"], ["w"], [
        node("StringNormalizer", ["v"], ["w"], case_change_action="UPPER")], [helper.make_opsetid("", 17)])])

# --- casts -----------------------------------------------------------------------------------------------------------
numbers = np.array([0, -0.0, 1, -1.5, 0.1, 1 / 3, 1e-4, 9.9e-5, 1e15, 1e16, 123456789, 5e-324, 1.7e308, 2**-20, np.nan, np.inf,
                    -np.inf, 1234.5])
narrow = np.array([0, 0.1, 65504, 6e-8, -1.5, 1 / 3, 6.1e-5, 1000], np.float16)
spelled = text(*(str(v) for v in [3, "-4.5", "1e3", "2.5E-1", "+7", ".5", "6."]))
special = text("NaN", "INF", "+inf", "-Inf", "nan", " 12 ")
f32 = numbers.astype(np.float32)
edges = np.array([1e-8, 2.9e-8, 3e-8, -6e-8, 9e-8, 6.1e-5, 6.09e-5, 65519, 65520, 1e5, 1.00390625, 1.01171875, 0.48033667, 1e38,
                  3.4028e38, 1.17e-38, -1e-40, 1.2e30, np.nan, -np.inf], np.float32) # near subnormals, halves, overflow
strs = lambda a: text(*map(str, a))
case("casts", [
    node("Cast", ["f64"], ["from_f64"], to=8), node("Cast", ["f32"], ["from_f32"], to=8), node("Cast", ["f16"], ["from_f16"], to=8),
    node("Cast", ["i64"], ["from_i64"], to=8), node("Cast", ["bool"], ["from_bool"], to=8),
    node("CastLike", ["f32", "spelled"], ["like_text"]), node("CastLike", ["spelled", "f32"], ["like_f32"]),
    node("Cast", ["spelled"], ["to_f64"], to=11), node("Cast", ["spelled"], ["to_f16"], to=10),
    node("Cast", ["spelled"], ["to_i64"], to=7), node("Cast", ["special"], ["to_f32"], to=1),
    node("Cast", ["from_i64"], ["back_i64"], to=7), node("Cast", ["from_bool"], ["back_bool"], to=9),
    node("Cast", ["from_f64"], ["back_f64"], to=11), node("Cast", ["spelled"], ["same"], to=8),
    node("Cast", ["edges"], ["as_f16"], to=10), node("Cast", ["as_f16"], ["edges_f16"], to=1),
    node("Cast", ["edges"], ["as_bf16"], to=16), node("Cast", ["as_bf16"], ["edges_bf16"], to=1),
], {"f64": numbers, "f32": f32, "f16": narrow, "i64": i64(0, -5, 2**62), "bool": np.array([True, False]), "spelled": spelled,
    "special": special, "edges": edges}, {
    "edges_f16": edges.astype(np.float16).astype(np.float32), "edges_bf16": torch.from_numpy(edges).bfloat16().float().numpy(),
    "from_f64": strs(numbers), "from_f32": strs(f32), "from_f16": strs(narrow), "from_i64": strs(i64(0, -5, 2**62)),
    "from_bool": text("True", "False"), "like_text": strs(f32), "like_f32": np.array([float(t) for t in spelled], np.float32),
    "to_f64": np.array([float(t) for t in spelled]), "to_f16": np.array([float(t) for t in spelled], np.float16),
    "to_i64": i64(*[int(float(t)) for t in spelled]), "to_f32": np.array([float(t) for t in special], np.float32),
    "back_i64": i64(0, -5, 2**62), "back_bool": np.array([True, False]), "back_f64": numbers, "same": spelled})

# --- StringNormalizer ------------------------------------------------------------------------------------------------
words = text("Straße", "ÉLÈVE", "Жук", "the", "THE", "", "İ")
lower = lambda a: text(*(v if v == "İ" else v.lower() for v in a))
upper = lambda a: text(*("STRAßE" if v == "Straße" else v.upper() for v in a))
case("normalise", [
    node("StringNormalizer", ["x"], ["lower"], case_change_action="LOWER", stopwords=["THE", "жук"]),
    node("StringNormalizer", ["x"], ["upper"], case_change_action="UPPER", is_case_sensitive=1, stopwords=["THE", ""]),
    node("StringNormalizer", ["x"], ["kept"]), node("Unsqueeze", ["x", "zero"], ["row"]),
    node("StringNormalizer", ["row"], ["gone"], stopwords=list(words)),
    node("StringNormalizer", ["row"], ["row_upper"], case_change_action="UPPER", stopwords=["the"]),
], {"x": words}, {"lower": lower(words[[0, 1, 5, 6]]), "upper": upper(words[[0, 1, 2, 3, 6]]), "kept": words,
    "gone": text([""]), "row_upper": upper(words[[0, 1, 2, 5, 6]])[None]}, {"zero": i64(0)})

# --- TfIdfVectorizer -------------------------------------------------------------------------------------------------


def tfidf(rows, mode, lengths, skips, pool, places, weights):
    """As the documentation says it: n-grams whose words lie 1 .. skips + 1 apart; pool: tuples."""
    y = np.zeros((len(rows), max(places) + 1), np.float32)
    for r, row in enumerate(rows):
        for size in range(lengths[0], lengths[1] + 1):
            for step in range(1, 2 if size == 1 else skips + 2):
                for at in range(len(row) - (size - 1) * step):
                    gram = tuple(row[at + k * step] for k in range(size))
                    if gram in pool:
                        y[r, places[pool.index(gram)]] += 1
        for k, place in enumerate(places):
            if mode == "IDF":
                y[r, place] = min(y[r, place], 1)
            if mode != "TF":
                y[r, place] *= weights[k]
    return y


pool = [("b",), ("a",), ("a", "b"), ("c", "a"), ("", "é"), ("a", "b", "c"), ("a", "a", "a")]
places = [2, 0, 5, 1, 3, 4, 7]
weights = [0.5, 2, 0.25, 3, 1.5, 7, 0.125]
common = dict(ngram_counts=[0, 2, 8], ngram_indexes=places, pool_strings=list(itertools.chain(*pool)))
rows = text(["a", "b", "c", "a", "b", "é"], ["", "é", "a", "a", "a", "c"], ["z"] * 6)
nodes, outputs = [], {}
for mode, least, most, skips in [("TF", 1, 3, 0), ("TF", 1, 3, 2), ("IDF", 1, 2, 1), ("TFIDF", 2, 3, 9), ("TFIDF", 1, 1, 5),
                                 ("TF", 3, 3, 0)]:
    name = f"{mode}{least}{most}{skips}"
    more = {} if mode == "TF" else {"weights": [float(v) for v in weights]}
    nodes.append(node("TfIdfVectorizer", ["x"], [name], mode=mode, min_gram_length=least, max_gram_length=most,
                      max_skip_count=skips, **common, **more))
    outputs[name] = tfidf(rows, mode, (least, most), skips, pool, places, weights)
nodes += [node("Gather", ["x", "first"], ["row"]), node("TfIdfVectorizer", ["row"], ["flat"], mode="TF", min_gram_length=1,
                                                        max_gram_length=3, max_skip_count=0, **common)]
outputs["flat"] = outputs["TF130"][0]
case("tfidf", nodes, {"x": rows}, outputs, {"first": np.int64(0)})

# --- StringConcat, StringSplit (set 20; python3-onnx 1.12 cannot check it) ----------------------------------------------
a = text(["a,b,,c"], ["é"], [" x  y z "])
case("joins", [node("StringConcat", ["x", "tails"], ["concat"]), node("StringSplit", ["x"], ["commas", "n_commas"], delimiter=","),
               node("StringSplit", ["x"], ["blanks", "n_blanks"]),
               node("StringSplit", ["x"], ["few", "n_few"], delimiter=",", maxsplit=1)],
     {"x": a}, {"concat": text(*[[u + t for t in ("1", "")] for u in a[:, 0]]),
                "commas": text([["a", "b", "", "c"]], [["é", "", "", ""]], [[" x  y z ", "", "", ""]]), "n_commas": np.array([[4], [1], [1]]),
                "blanks": text([["a,b,,c", "", ""]], [["é", "", ""]], [["x", "y", "z"]]), "n_blanks": np.array([[1], [1], [3]]),
                "few": text([["a", "b,,c"]], [["é", ""]], [[" x  y z ", ""]]), "n_few": np.array([[2], [1], [1]])},
     {"tails": text("1", "")}, opset=20)

# --- random numbers of a seed ----------------------------------------------------------------------------------------
x = np.linspace(-1, 1, 700, dtype=np.float32)
p = np.linspace(0, 1, 40)
state = np.random.RandomState
kept = state(5).uniform(0, 1, 700) >= 0.25
case("seeds", [
    node("Dropout", ["x", "r", "t"], ["dropped", "mask"], seed=5), node("RandomUniform", [], ["uniform"], shape=[3, 5], low=-1.0, high=3.0, seed=7.0),
    node("RandomNormal", [], ["normal"], shape=[9], mean=1.0, scale=2.0, seed=11.0, dtype=11),
    node("RandomUniformLike", ["p"], ["uniform_like"], seed=13.0), node("Bernoulli", ["p"], ["coins"], seed=17.0),
    node("Bernoulli", ["p"], ["whole"], seed=19.0, dtype=7)],
    {"x": x, "p": p, "t": np.bool_(True)}, {
    "dropped": np.where(kept, x / np.float32(0.75), 0).astype(np.float32), "mask": kept,
    "uniform": (state(7).rand(3, 5) * 4 - 1).astype(np.float32), "normal": state(11).randn(9) * 2 + 1,
    "uniform_like": state(13).rand(40), "coins": state(17).binomial(1, p).astype(np.float64), "whole": state(19).binomial(1, p)},
    {"r": np.float32(0.25)})

# --- a step of an optimiser ------------------------------------------------------------------------------------------
rng = np.random.default_rng(3)
v = {n: rng.uniform(0.5, 2, shape).astype(np.float32) for n, shape in
     (("x1", (3,)), ("x2", (2, 2)), ("g1", (3,)), ("g2", (2, 2)), ("v1", (3,)), ("v2", (2, 2)), ("h1", (3,)), ("h2", (2, 2)))}
R, T = np.float32(0.3), np.int64(2)
norm, post, alpha, beta, eps, decay = 0.01, 0.02, 0.8, 0.7, 1e-3, 0.5
new = {}
for k in "12":
    x, V, H = (v[n + k].astype(np.float64) for n in "xvh")
    g = norm * x + v["g" + k]
    new[f"ah{k}"] = H + g * g
    new[f"ax{k}"] = x - R / (1 + T * decay) * g / (np.sqrt(new[f"ah{k}"]) + eps)
    new[f"dv{k}"], new[f"dh{k}"] = alpha * V + (1 - alpha) * g, beta * H + (1 - beta) * g * g
    rate = R * np.sqrt(1 - beta**T) / (1 - alpha**T)
    new[f"dx{k}"] = (1 - post) * (x - rate * new[f"dv{k}"] / (np.sqrt(new[f"dh{k}"]) + eps))
    new[f"mv{k}"] = new[f"nv{k}"] = alpha * V + beta * g
    new[f"mx{k}"], new[f"nx{k}"] = x - R * new[f"mv{k}"], x - R * (g + alpha * new[f"mv{k}"])
names = lambda letters, prefix="": [prefix + c + k for c in letters for k in "12"]
momentum = dict(alpha=alpha, beta=beta, norm_coefficient=norm, domain=TRAINING)
case("steps", [
    node("Adagrad", ["R", "T"] + names("xgh"), names("xh", "a"), norm_coefficient=norm, epsilon=eps, decay_factor=decay, domain=TRAINING),
    node("Adam", ["R", "T"] + names("xgvh"), names("xvh", "d"), norm_coefficient=norm, norm_coefficient_post=post, alpha=alpha,
         beta=beta, epsilon=eps, domain=TRAINING),
    node("Momentum", ["R", "T"] + names("xgv"), names("xv", "m"), mode="standard", **momentum),
    node("Momentum", ["R", "T"] + names("xgv"), names("xv", "n"), mode="nesterov", **momentum)],
    {"R": R, "T": T, **v}, {n: a.astype(np.float32) for n, a in sorted(new.items())})

# --- gradients: by an input, by a constant, by a value on the way, and at other values than the graph's -------------------
x = torch.randn(2, 3, generator=torch.Generator().manual_seed(1), requires_grad=True)
w = torch.randn(3, 4, generator=torch.Generator().manual_seed(2), requires_grad=True)
h = x @ w
h.retain_grad()
y = (torch.tanh(h) * h).sum(1)
y.sum().backward()
at = torch.randn(2, 3, generator=torch.Generator().manual_seed(3), requires_grad=True)
k = at @ w.detach()
(torch.tanh(k) * k).sum().backward()
gradient = lambda inputs, outputs, **more: node("Gradient", inputs, outputs, y="y", domain=TRAINING, **more)
case("gradient", [
    node("MatMul", ["x", "w"], ["h"]), node("Tanh", ["h"], ["t"]), node("Mul", ["t", "h"], ["m"]),
    node("ReduceSum", ["m", "axis"], ["y"], keepdims=0), node("Exp", ["x"], ["unused"]),
    gradient(["x", "w"], ["dx", "dw"], xs=["x", "w"]), gradient(["h"], ["dh"], xs=["h"]),
    gradient(["other", "w"], ["d_other"], xs=["x"], zs=["w"]), node("Gradient", ["x", "w"], ["none"], xs=["w"], zs=["x"], y="unused", domain=TRAINING)],
    {"x": x.detach().numpy(), "other": at.detach().numpy()}, {
    "y": y.detach().numpy(), "dx": x.grad.numpy(), "dw": w.grad.numpy(), "dh": h.grad.numpy(), "d_other": at.grad.numpy(),
    }, {"w": w.detach().numpy(), "axis": i64(1)})

# --- what is refused -------------------------------------------------------------------------------------------------


def odd(name, nodes, constants=(), x=TensorProto.STRING, dims=("n", 2), y=TensorProto.FLOAT):
    graph = helper.make_graph(nodes, name, [helper.make_tensor_value_info("x", x, dims)],
                              [helper.make_tensor_value_info("y", y, None)], list(constants))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid(TRAINING, 1)])
    model.ir_version = 8
    (out / f"odd_{name}.onnx").write_bytes(model.SerializeToString())


one = numpy_helper.from_array(np.ones((1, 2), np.float32), "one")
odd("relu", [node("Relu", ["x"], ["y"], name="bend")])
odd("concat", [node("Concat", ["x", "one"], ["y"], name="join", axis=0)], [one])
odd("gather", [node("Gather", ["one", "x"], ["y"], name="pick")], [one])
odd("normal", [node("StringNormalizer", ["x"], ["y"], name="clean")], y=TensorProto.STRING)
odd("numbers", [node("StringNormalizer", ["x"], ["y"], name="clean")], x=TensorProto.FLOAT, y=TensorProto.STRING)
odd("pool", [node("TfIdfVectorizer", ["x"], ["y"], name="count", mode="TF", min_gram_length=1, max_gram_length=1, max_skip_count=0,
                  ngram_counts=[0], ngram_indexes=[0], pool_int64s=[7])])
odd("counts", [node("TfIdfVectorizer", ["x"], ["y"], name="count", mode="TF", min_gram_length=1, max_gram_length=2, max_skip_count=0,
                    ngram_counts=[0, 9], ngram_indexes=[0], pool_strings=["a"])])
odd("wide", [node("TfIdfVectorizer", ["x"], ["y"], name="count", mode="TF", min_gram_length=1, max_gram_length=1, max_skip_count=0,
                  ngram_counts=[0], ngram_indexes=[2**40], pool_strings=["a"])])
odd("cast", [node("Cast", ["x"], ["y"], name="read", to=1)])
few = TensorProto(name="few", data_type=TensorProto.STRING, dims=[3], string_data=[b"a", b"b"])
odd("nine", [node("Identity", ["nine"], ["y"])], [TensorProto(name="nine", data_type=8, dims=[1] * 9, string_data=[b"a"])])
odd("kind", [node("Cast", ["x"], ["y"], name="read", to=99)])
odd("few", [node("Concat", ["x", "few"], ["y"], axis=0)], [few], y=TensorProto.STRING)
odd("gradient", [node("If", ["c"], ["z"], name="fork", then_branch=helper.make_graph(
    [node("Identity", ["x"], ["t"])], "t", [], [helper.make_tensor_value_info("t", 1, None)]), else_branch=helper.make_graph(
        [node("Neg", ["x"], ["e"])], "e", [], [helper.make_tensor_value_info("e", 1, None)])),
    node("Gradient", ["x"], ["y"], name="slope", xs=["x"], y="z", domain=TRAINING)],
    [numpy_helper.from_array(np.bool_(True), "c")], x=TensorProto.FLOAT)

(here / "onnx_text.lua").write_text("-- Made by make_onnx_text.py; expected values from NumPy, PyTorch and ONNX's documentation.  Do not edit.\n"
                                    "return {\n" + "".join(cases) + "}\n")
