"""make_distilbert.py DIR: a small random model with DistilBERT's names, and what it gives for some ids, from PyTorch in
f64: DIR/model.safetensors, DIR/config.json, DIR/expected.safetensors.  Sanh et al. 2019, arXiv:1910.01108."""
import json, math, os, struct, sys
import torch
import torch.nn.functional as F

V, P, D, H, FF, L = 30, 12, 16, 4, 24, 2
torch.manual_seed(7)


def write(path, tensors):
    header, data = {}, b""
    for name, t in tensors.items():
        kind = {torch.float32: "F32", torch.int64: "I64"}[t.dtype]
        raw = t.contiguous().numpy().tobytes()
        header[name] = {"dtype": kind, "shape": list(t.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


def rand(*shape, scale=0.3):
    return torch.randn(*shape) * scale


w = {}
e = "distilbert.embeddings."
w[e + "word_embeddings.weight"] = rand(V, D)
w[e + "position_embeddings.weight"] = rand(P, D)
w[e + "LayerNorm.weight"], w[e + "LayerNorm.bias"] = 1 + rand(D), rand(D)
for i in range(L):
    n = f"distilbert.transformer.layer.{i}."
    for part in ("q_lin", "k_lin", "v_lin", "out_lin"):
        w[n + f"attention.{part}.weight"], w[n + f"attention.{part}.bias"] = rand(D, D), rand(D)
    w[n + "ffn.lin1.weight"], w[n + "ffn.lin1.bias"] = rand(FF, D), rand(FF)
    w[n + "ffn.lin2.weight"], w[n + "ffn.lin2.bias"] = rand(D, FF), rand(D)
    for part in ("sa_layer_norm", "output_layer_norm"):
        w[n + part + ".weight"], w[n + part + ".bias"] = 1 + rand(D), rand(D)
w["qa_outputs.weight"], w["qa_outputs.bias"] = rand(2, D), rand(2)
w["vocab_projector.bias"] = rand(V)

ids = torch.tensor([[2, 5, 9, 3, 29, 7, 3], [2, 11, 3, 8, 3, 0, 0]])
mask = torch.tensor([[1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 0, 0]])
d = {k: v.double() for k, v in w.items()}


def norm(x, name):
    return F.layer_norm(x, (D,), d[name + ".weight"], d[name + ".bias"], 1e-12)


def linear(x, name):
    return x @ d[name + ".weight"].T + d[name + ".bias"]


def split(x):
    return x.view(x.shape[0], x.shape[1], H, D // H).transpose(1, 2)


x = norm(d[e + "word_embeddings.weight"][ids] + d[e + "position_embeddings.weight"][: ids.shape[1]], e + "LayerNorm")
for i in range(L):
    n = f"distilbert.transformer.layer.{i}."
    q, k, v = (split(linear(x, n + f"attention.{p}_lin")) for p in "qkv")
    s = q / math.sqrt(D // H) @ k.transpose(2, 3)
    s = s.masked_fill((mask == 0)[:, None, None, :], -math.inf)
    y = (s.softmax(-1) @ v).transpose(1, 2).reshape(x.shape)
    x = norm(linear(y, n + "attention.out_lin") + x, n + "sa_layer_norm")
    y = linear(F.gelu(linear(x, n + "ffn.lin1")), n + "ffn.lin2")
    x = norm(y + x, n + "output_layer_norm")

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
write(folder + "/model.safetensors", w)
write(folder + "/expected.safetensors", {"ids": ids, "mask": mask, "hidden": x.float(),
    "scores": linear(x, "qa_outputs").float()})
with open(folder + "/config.json", "w") as f:
    json.dump({"activation": "gelu", "dim": D, "n_layers": L, "n_heads": H, "hidden_dim": FF,
        "max_position_embeddings": P, "vocab_size": V}, f, indent=2)
    f.write("\n")
