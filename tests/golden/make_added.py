#!/usr/bin/env python3
"""make_added.py > added.lua: what PyTorch's users expect beside the basics: kthvalue, searchsorted, movedim, cross,
diff, tensordot, pixel_shuffle ..., from PyTorch (1.13) in f64.  See golden.py."""
import math
import torch
import torch.nn.functional as F
from golden import case, ints, uniform, write

torch.manual_seed(11)

V, A, B = uniform(-2, 2, 5), uniform(-2, 2, 3, 4), uniform(-2, 2, 2, 3, 4)
ONE, EMPTY = uniform(-2, 2, 1), torch.zeros(0, 3)

# --- tile and repeats
case("tile fewer numbers", "a:tile(2)", lambda a: a.tile(2), B)
case("tile two of three", "a:tile(2, 3)", lambda a: a.tile(2, 3), B)
case("tile none", "a:tile(0)", lambda a: a.tile(0), A)
case("repeat_interleave", "a:repeat_interleave(3)", lambda a: a.repeat_interleave(3), A)
case("repeat_interleave rows", "a:repeat_interleave(2, {dim = 2})", lambda a: a.repeat_interleave(2, 1), B)
case("repeat_interleave of a view", "a:t()['::-1']:repeat_interleave(2, {dim = -1})",
     lambda a: a.t().flip(0).repeat_interleave(2, -1), A)
case("repeat_interleave each", "a:repeat_interleave(b, {dim = 2})", lambda a, b: a.repeat_interleave(b, 1), B,
     torch.tensor([2, 0, 3]))
case("repeat_interleave one number for each", "a:repeat_interleave(b)", lambda a, b: a.repeat_interleave(b), V,
     torch.tensor([2]))
case("repeat_interleave none", "a:repeat_interleave(0)", lambda a: a.repeat_interleave(0), V)
case("repeat_interleave of none", "a:repeat_interleave(2, {dim = 1})", lambda a: a.repeat_interleave(2, 0), EMPTY)

# --- order
for k in (1, 3, 4):
    case("kthvalue %d" % k, "(a:kthvalue(%d))" % k, lambda a, k=k: a.kthvalue(k)[0], A)
    case("kthvalue %d index" % k, "(select(2, a:kthvalue(%d)))" % k, lambda a, k=k: a.kthvalue(k)[1] + 1, A)
case("kthvalue dim", "(a:kthvalue(2, 2, true))", lambda a: a.kthvalue(2, 1, True)[0], B)
case("kthvalue of a view", "(a:t()['::-1']:kthvalue(2, {dim = 1}))", lambda a: a.t().flip(0).kthvalue(2, 0)[0], A)
case("kthvalue with NaN", "(a:detach():kthvalue(3))", lambda a: a.detach().kthvalue(3)[0],
     torch.tensor([[1.0, float("nan"), -3.0, 2.0], [2.0, float("inf"), 0.0, float("nan")]]))
case("kthvalue of one", "(a:kthvalue(1))", lambda a: a.kthvalue(1)[0], ONE)
SORTED = torch.tensor([-1.0, 0.0, 0.0, 0.5, 2.0])
for side in ("false", "true"):
    right = side == "true"
    case("searchsorted one row " + side, "a:searchsorted(b, %s)" % side,
         lambda a, b, r=right: torch.searchsorted(a.detach(), b.detach(), right=r) + 1, SORTED,
         torch.tensor([[-2.0, -1.0, 0.0], [0.25, 2.0, 9.0]]))
    case("searchsorted rows " + side, "a:sort():searchsorted(b:t(), {right = %s})" % side,
         lambda a, b, r=right: torch.searchsorted(a.detach().sort()[0], b.detach().t().contiguous(), right=r) + 1, A,
         uniform(-2, 2, 5, 3))
    case("searchsorted ints " + side, "a:searchsorted(b, {right = %s})" % side,
         lambda a, b, r=right: torch.searchsorted(a, b, right=r) + 1, torch.tensor([1, 3, 3, 7]), ints(0, 8, 6))
case("searchsorted in none", "a:searchsorted(b)", lambda a, b: torch.searchsorted(a.detach(), b.detach()) + 1,
     torch.zeros(0), V)
case("searchsorted of none", "a:searchsorted(b)", lambda a, b: torch.searchsorted(a.detach(), b.detach()) + 1,
     SORTED, torch.zeros(0))

# --- dimensions
case("movedim", "a:movedim(1, -1)", lambda a: a.movedim(0, -1), B)
case("movedim lists", "a:movedim({1, 2}, {3, 1})", lambda a: a.movedim((0, 1), (2, 0)), B)
case("movedim back", "a:movedim(-1, 1)", lambda a: a.movedim(-1, 0), B)
case("meshgrid", "(tensor.meshgrid(a, b))", lambda a, b: torch.meshgrid(a, b, indexing="ij")[0], V, uniform(0, 1, 3))
case("meshgrid xy", "(select(2, tensor.meshgrid(a, b, {indexing = 'xy'})))",
     lambda a, b: torch.meshgrid(a, b, indexing="xy")[1], V, uniform(0, 1, 3))
case("meshgrid three", "(select(2, tensor.meshgrid{a, b, c}))", lambda a, b, c: torch.meshgrid(a, b, c, indexing="ij")[1],
     V, uniform(0, 1, 3), ONE)
case("trace", "a:trace()", torch.trace, A)
case("trace of a view", "a:t()['::-1']:trace()", lambda a: a.t().flip(0).trace(), A)
case("diff", "a:diff()", torch.diff, A)
case("diff twice, dim", "a:diff{n = 2, dim = 2}", lambda a: a.diff(n=2, dim=1), B)
case("diff more than there is", "a:diff{n = 7}", lambda a: a.diff(n=7), A)
case("diff between", "a:diff{prepend = b, append = b}", lambda a, b: a.diff(prepend=b, append=b), A, uniform(-1, 1, 3, 2))

# --- products
X3, Y3 = uniform(-1, 1, 4, 3), uniform(-1, 1, 4, 3)
case("cross", "a:cross(b)", lambda a, b: torch.linalg.cross(a, b), X3, Y3)
case("cross dim", "a:cross(b, {dim = 1})", lambda a, b: torch.linalg.cross(a, b, dim=0), uniform(-1, 1, 3, 2), uniform(-1, 1, 3, 2))
case("cross broadcast", "a:cross(b)", lambda a, b: torch.linalg.cross(a, b.expand(4, 3)), X3, uniform(-1, 1, 1, 3))
case("tensordot", "tensor.tensordot(a, b)", lambda a, b: torch.tensordot(a, b, 2), B, uniform(-1, 1, 3, 4, 2))
case("tensordot 0", "tensor.tensordot(a, b, 0)", lambda a, b: torch.tensordot(a, b, 0), V, A)
case("tensordot dims", "tensor.tensordot(a, b, {dims = {{3, 1}, {1, 2}}})", lambda a, b: torch.tensordot(a, b, ([2, 0], [0, 1])),
     B, uniform(-1, 1, 4, 2, 3))
case("tensordot all", "tensor.tensordot(a, b, 3)", lambda a, b: torch.tensordot(a, b, 3), B, uniform(-1, 1, 2, 3, 4))
case("cosine_similarity", "a:cosine_similarity(b)", lambda a, b: F.cosine_similarity(a, b, dim=-1), A, uniform(-1, 1, 3, 4))
case("cosine_similarity dim", "a:cosine_similarity(b, {dim = 2})", lambda a, b: F.cosine_similarity(a, b, dim=1), B,
     uniform(-1, 1, 2, 3, 4))
case("cosine_similarity broadcast", "a:cosine_similarity(b)", lambda a, b: F.cosine_similarity(a, b, dim=-1), B,
     uniform(-1, 1, 4))
IMG = uniform(-1, 1, 2, 3, 2, 8)  # N H W C
case("pixel_shuffle", "a:pixel_shuffle(2)", lambda a: F.pixel_shuffle(a.permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1), IMG)
case("pixel_shuffle 1", "a:pixel_shuffle(1)", lambda a: a, IMG)
case("pixel_unshuffle", "a:pixel_unshuffle(2)",
     lambda a: F.pixel_unshuffle(a.permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1), uniform(-1, 1, 1, 4, 6, 3))

# --- matrices
def spd(a, size):
    return a @ a.transpose(-1, -2) + torch.eye(size)


SQ, BATCH, TALL, WIDE = uniform(-1, 1, 4, 4), uniform(-1, 1, 2, 2, 3, 3), uniform(-1, 1, 5, 3), uniform(-1, 1, 2, 2, 4)
LOW, NONE = SQ.clone(), torch.zeros(0, 3, 3)
LOW[3] = LOW[0] + 2 * LOW[1]
POSITIVE = "(a:mm(a:transpose(-1, -2)) + tensor.eye(%d):to(a.dtype))"
for what, x, n in (("", SQ, 4), (" batches", BATCH, 3), (" one", uniform(1, 2, 1, 1), 1), (" larger", uniform(-1, 1, 20, 20), 20)):
    case("cholesky" + what, POSITIVE % n + ":cholesky()", lambda a, n=n: torch.linalg.cholesky(spd(a, n)), x)
    case("cholesky upper" + what, POSITIVE % n + ":cholesky{upper = true}",
         lambda a, n=n: torch.linalg.cholesky(spd(a, n)).transpose(-1, -2), x)
case("cholesky none", "a:cholesky()", torch.linalg.cholesky, NONE)
for i, part in enumerate("qr"):
    for what, x in (("square", SQ), ("tall", TALL), ("wide batches", WIDE), ("row", uniform(-1, 1, 1, 4)), ("batches", BATCH)):
        case("qr %s %s" % (part, what), "(select(%d, a:qr()))" % (i + 1), lambda a, i=i: torch.linalg.qr(a)[i], x)
    case("qr %s of a view" % part, "(select(%d, a:t()['::-1']:qr()))" % (i + 1), lambda a, i=i: torch.linalg.qr(a.t().flip(0))[i], WIDE[0])
for what, x in (("", SQ), (" batches", BATCH), (" one", uniform(1, 2, 1, 1)), (" none", NONE), (" larger", uniform(-1, 1, 12, 12))):
    case("det" + what, "a:det()", torch.linalg.det, x)
    case("slogdet" + what, "(select(2, a:slogdet()))", lambda a: torch.linalg.slogdet(a)[1], x)
    case("slogdet sign" + what, "(a:slogdet()):detach()", lambda a: torch.linalg.slogdet(a)[0].detach(), x)
case("det of a singular one", "a:det()", lambda a: sum(  # by minors: PyTorch's gradient is that of a perturbed matrix
    (-1) ** j * a[0, j] * torch.stack([torch.cat([a[i, :j], a[i, j + 1:]]) for i in range(1, 4)]).det()
    for j in range(4)), LOW)
case("lstsq vector", "a:lstsq(b)", lambda a, b: torch.linalg.lstsq(a, b[:, None]).solution[:, 0], TALL, uniform(-1, 1, 5))
case("lstsq matrix", "a:lstsq(b)", lambda a, b: torch.linalg.lstsq(a, b).solution, TALL, uniform(-1, 1, 5, 2))
case("lstsq wide", "a:lstsq(b)", lambda a, b: a.transpose(-1, -2) @ torch.linalg.solve(a @ a.transpose(-1, -2), b), WIDE, uniform(-1, 1, 2, 2, 3))

# --- norms and distances
for p in ("0", "0.5", "1", "3", "1/0", "-1/0", "-2"):
    v = float("inf") if p == "1/0" else -float("inf") if p == "-1/0" else float(p)
    case("norm %s" % p, "a:norm(%s)" % p, lambda a, v=v: torch.linalg.vector_norm(a, v), A)
    case("norm %s dim" % p, "a:norm{p = %s, dim = {1, 3}, keepdim = true}" % p,
         lambda a, v=v: torch.linalg.vector_norm(a, v, dim=(0, 2), keepdim=True), B)
    if v >= 0:
        case("cdist %s" % p, "a:cdist(b, {p = %s})" % p, lambda a, b, v=v: torch.cdist(a, b, p=v,
             compute_mode="donot_use_mm_for_euclid_dist"), A, uniform(-1, 1, 5, 4))
        case("cdist %s batches" % p, "a:cdist(b:transpose(2, 3), %s)" % p, lambda a, b, v=v: torch.cdist(a,
             b.transpose(1, 2).contiguous(), p=v), B, uniform(-1, 1, 2, 4, 2))
TIES = torch.tensor([[1.0, -1.0, 0.5], [0.0, 0.0, 0.0]])
case("norm of ties", "a:norm{p = 1/0, dim = 2}", lambda a: torch.linalg.vector_norm(a, math.inf, dim=1), TIES[:1])
case("norm of zeros", "a:norm{p = 3, dim = 2}", lambda a: torch.linalg.vector_norm(a, 3, dim=1), TIES)
case("cdist of equal rows", "a:cdist(b)", lambda a, b: torch.cdist(a, b), TIES, TIES)
case("cdist of none", "a:cdist(b)", lambda a, b: torch.cdist(a, b), torch.zeros(0, 3), TIES)


def rms(a, g=None, dims=(-1,), eps=2 ** -52):
    y = a * (a.square().mean(dims, keepdim=True) + eps).rsqrt()
    return y if g is None else y * g


case("rms_norm", "nn.rms_norm(a, b, {eps = 1e-3})", lambda a, b: rms(a, b, eps=1e-3), B, uniform(0.5, 2, 4))
case("rms_norm plain", "nn.rms_norm(a)", rms, A)
case("rms_norm two dims", "nn.rms_norm(a, b)", lambda a, b: rms(a, b, (-2, -1)), B, uniform(0.5, 2, 3, 4))
case("layer_norm two dims", "nn.layer_norm(a, b, c)", lambda a, b, c: F.layer_norm(a, (3, 4), b, c), B, uniform(0.5, 2, 3, 4),
     uniform(-1, 1, 3, 4))
case("layer_norm all dims", "nn.layer_norm{a, dims = 3}", lambda a: F.layer_norm(a, (2, 3, 4)), B)

# --- scatter
IDS = torch.tensor([[2, 4, 1], [3, 3, 2]])  # rows of 4
ROWS = torch.tensor([[2, 1, 3], [1, 3, 3]])
case("scatter", "a:scatter(2, b, c)", lambda a, b, c: a.scatter(1, b - 1, c), uniform(-1, 1, 2, 4), torch.tensor([[2, 4, 1], [3, 1, 2]]), uniform(-1, 1, 2, 3))
case("scatter dim 1", "a:scatter(b, c)", lambda a, b, c: a.scatter(0, b - 1, c[:2]), A, torch.tensor([[2, 1, 3], [1, 3, 2]]), uniform(-1, 1, 3, 3))
case("scatter a number", "a:scatter(2, b, 7)", lambda a, b: a.scatter(1, b - 1, 7.0), uniform(-1, 1, 2, 4), IDS)
case("scatter of a view", "a:t()['::-1']:scatter(1, b, c:t())", lambda a, b, c: a.t().flip(0).scatter(0, b - 1, c.t()), A,
     torch.tensor([[2, 1], [4, 3]]), uniform(-1, 1, 2, 2))
case("scatter nothing", "a:scatter(1, b, c)", lambda a, b, c: a.scatter(0, b, c), A, torch.zeros(0, 4, dtype=torch.int64), torch.zeros(0, 4))
for how in ("sum", "prod", "mean", "amax", "amin"):
    for own in ("true", "false"):
        case("scatter_reduce %s %s" % (how, own), "a:scatter_reduce(2, b, c, {reduce = '%s', include_self = %s})" % (how, own),
             lambda a, b, c, how=how, own=own: a.scatter_reduce(1, b - 1, c[:, :3], how, include_self=own == "true"),
             uniform(0.5, 2, 2, 4), IDS, uniform(0.5, 2, 2, 4))
        case("scatter_reduce %s %s rows" % (how, own), "a:t():scatter_reduce(1, b, c, {reduce = '%s', include_self = %s})" % (how, own),
             lambda a, b, c, how=how, own=own: a.t().scatter_reduce(0, b - 1, c, how, include_self=own == "true"),
             uniform(0.5, 2, 3, 4), ROWS, uniform(0.5, 2, 2, 3))

# --- convolutions: PyTorch has channels first, kernels [o,c,...], transposed ones [c,o,...]
def first(x):
    return x.movedim(-1, 1).contiguous()


def last(x):
    return x.movedim(1, -1)


def conv(f, **opt):
    return lambda a, w, b=None: last(f(first(a), w.movedim(-1, 0).movedim(-1, 1).contiguous(), b, **opt))


def wide(f, **opt):
    return lambda a, w, b=None: last(f(first(a), w.movedim(-1, 0).movedim(-1, 0).contiguous(), b, **opt))


VOL, SEQ, PIC = uniform(-1, 1, 2, 4, 5, 3, 4), uniform(-1, 1, 2, 5, 4), uniform(-1, 1, 2, 4, 3, 4)
case("conv3d", "nn.conv3d(a, b, c)", conv(F.conv3d), VOL, uniform(-1, 1, 2, 3, 2, 4, 5), uniform(-1, 1, 5))
case("conv3d steps", "nn.conv3d{a, b, stride = {2, 1, 1}, padding = {1, 2, 0}, dilation = {1, 2, 1}}",
     conv(F.conv3d, stride=(2, 1, 1), padding=(1, 2, 0), dilation=(1, 2, 1)), VOL, uniform(-1, 1, 3, 2, 3, 4, 2))
case("conv3d groups", "nn.conv3d{a, b, c, groups = 2, padding = 1}", conv(F.conv3d, groups=2, padding=1), VOL,
     uniform(-1, 1, 3, 3, 2, 2, 6), uniform(-1, 1, 6))
case("conv3d a group a channel", "nn.conv3d{a, b, groups = 4}", conv(F.conv3d, groups=4), VOL, uniform(-1, 1, 2, 1, 3, 1, 4))
case("conv3d of one slice", "nn.conv3d{a, b}", conv(F.conv3d), VOL, uniform(-1, 1, 1, 3, 3, 4, 2))
case("conv3d same", "nn.conv3d{a, b, same = true}", conv(F.conv3d, padding="same"), VOL, uniform(-1, 1, 3, 2, 1, 4, 2))
case("conv3d of none", "nn.conv3d{a, b}", conv(F.conv3d), torch.zeros(0, 4, 5, 3, 4), uniform(-1, 1, 2, 3, 2, 4, 5))
for n, x, name, f in ((1, SEQ, "1d", F.conv_transpose1d), (2, PIC, "2d", F.conv_transpose2d), (3, VOL[:, :2, :3], "3d", F.conv_transpose3d)):
    k = [3, 2, 3][:n]
    case("conv_transpose%s" % name, "nn.conv_transpose%s(a, b, c)" % name, wide(f), x, uniform(-1, 1, *k, 4, 3), uniform(-1, 1, 3))
    case("conv_transpose%s steps" % name, "nn.conv_transpose%s{a, b, stride = 2, padding = %s, output_padding = 1}" % (name, "1" if n < 3 else "{1, 1, 1}"),
         wide(f, stride=2, padding=1, output_padding=1), x, uniform(-1, 1, *k, 4, 3))
    case("conv_transpose%s groups" % name, "nn.conv_transpose%s{a, b, c, groups = 2, dilation = 2}" % name,
         wide(f, groups=2, dilation=2), x, uniform(-1, 1, *k, 4, 3), uniform(-1, 1, 6))
    case("conv_transpose%s a group a channel" % name, "nn.conv_transpose%s{a, b, groups = 4, stride = 2}" % name,
         wide(f, groups=4, stride=2), x, uniform(-1, 1, *k, 4, 1))
    # same: TensorFlow's, which cuts max(k - s, 0) off, the odd one at the end
    case("conv_transpose%s same" % name, "nn.conv_transpose%s{a, b, stride = 2, same = true}" % name,
         lambda a, w, f=f, k=k: last(f(first(a), w.movedim(-1, 0).movedim(-1, 0).contiguous(), stride=2))[
             tuple([slice(None)] + [slice((kk - 2) // 2, (kk - 2) // 2 + 2 * m) for kk, m in zip(k, a.shape[1:])])],
         x, uniform(-1, 1, *k, 4, 3))

# --- pools
def pool(f, **opt):
    return lambda a: last(f(first(a), **opt))


NAN = uniform(-1, 1, 1, 6, 2)
NAN[0, 2, 1] = math.nan
for d, x in (("1d", SEQ), ("2d", uniform(-1, 1, 2, 7, 6, 3)), ("3d", uniform(-1, 1, 1, 5, 6, 4, 2))):
    big, mean = getattr(F, "max_pool" + d), getattr(F, "avg_pool" + d)
    case("max_pool%s" % d, "nn.max_pool%s{a, kernel = 2}" % d, pool(big, kernel_size=2), x)
    case("max_pool%s steps" % d, "nn.max_pool%s{a, kernel = 3, stride = 2, padding = 1, ceil_mode = true}" % d,
         pool(big, kernel_size=3, stride=2, padding=1, ceil_mode=True), x)
    case("max_pool%s dilation" % d, "nn.max_pool%s{a, kernel = 2, stride = 1, padding = 1, dilation = 3}" % d,
         pool(big, kernel_size=2, stride=1, padding=1, dilation=3), x)
    case("avg_pool%s" % d, "nn.avg_pool%s{a, kernel = 2}" % d, pool(mean, kernel_size=2), x)
    case("avg_pool%s steps" % d, "nn.avg_pool%s{a, kernel = 3, stride = 2, padding = 1, ceil_mode = true}" % d,
         pool(mean, kernel_size=3, stride=2, padding=1, ceil_mode=True), x)
    case("avg_pool%s without the border" % d, "nn.avg_pool%s{a, kernel = 3, stride = 1, padding = 1, count_include_pad = false}" % d,
         pool(mean, kernel_size=3, stride=1, padding=1, count_include_pad=False), x)
case("max_pool1d both ends", "nn.max_pool1d{a, kernel = 3, stride = 2, padding = {2, 1}}",
     lambda a: last(F.max_pool1d(F.pad(first(a), (2, 1), value=-math.inf), 3, 2)), SEQ)
case("max_pool1d NaN", "nn.max_pool1d{a, kernel = 2}", pool(F.max_pool1d, kernel_size=2), NAN)
case("max_pool2d indices", "(select(2, nn.max_pool2d{a, kernel = 3, stride = 2, padding = 1, indices = true}))",
     lambda a: last(F.max_pool2d(first(a), 3, 2, 1, return_indices=True)[1]) + 1, uniform(-1, 1, 2, 7, 6, 3))
case("max_pool3d indices", "(select(2, nn.max_pool3d{a, kernel = 2, indices = true}))",
     lambda a: last(F.max_pool3d(first(a), 2, return_indices=True)[1]) + 1, uniform(-1, 1, 1, 5, 6, 4, 2))
case("avg_pool2d divisor", "nn.avg_pool2d{a, kernel = 2, divisor = 3}", pool(F.avg_pool2d, kernel_size=2, divisor_override=3), PIC)

# --- the distance form of the triplet loss
for n, more in (("", ""), (" far", ", margin = 3")):
    case("triplet distance" + n, "nn.triplet(a, b, c, {distance = 'euclidean'%s})" % more,
         lambda a, b, c, m=3.0 if more else 0.2: F.triplet_margin_loss(a, b, c, margin=m), uniform(-1, 1, 4, 3),
         uniform(-1, 1, 4, 3), uniform(-1, 1, 4, 3))

# --- bits of integers
X, Y = ints(-100, 100, 3, 4), ints(-100, 100, 3, 4)
for name in ("and", "or", "xor"):
    f = getattr(torch, "bitwise_" + name)
    case("bitwise_%s" % name, "a:bitwise_%s(b)" % name, f, X, Y)
    case("bitwise_%s row" % name, "a:bitwise_%s(b)" % name, f, X, ints(-(1 << 40), 1 << 40, 4))
    case("bitwise_%s number" % name, "a:bitwise_%s(-6)" % name, lambda a, f=f: f(a, torch.tensor(-6)), X)
case("bitwise_not", "a:bitwise_not()", torch.bitwise_not, X)
case("bitwise_not view", "a:t():bitwise_not()", lambda a: torch.bitwise_not(a.t()), X)
case("bitwise_not twice", "a:bitwise_not():bitwise_not()", lambda a: a, Y)

# --- activations
WIDE = uniform(-5, 5, 3, 7)
for n, f in (("hardsigmoid", lambda a: F.relu6(a + 3) / 6), ("hardswish", F.hardswish)):
    case(n, "a:%s()" % n, f, WIDE)
    case(n + " of a view", "a:t():%s()" % n, lambda a, f=f: f(a.t()), WIDE)
    case(n + " of many", "nn.%s(a)" % n, f, uniform(-4, 4, 37))
for what, x, w in (("", (4, 3), (3,)), (" one weight", (2, 3, 2), (1,)), (" a weight each", (2, 3), (2, 3)), (" column", (3, 5), (3, 1)), (" widened", (3,), (2, 3)), (" none", (0, 3), (3,))):
    case("prelu" + what, "a:prelu(b)", lambda a, b: torch.where(a > 0, a, a * b), uniform(-2, 2, *x), uniform(-1, 1, *w))

# --- logarithms
PART = uniform(0.05, 0.95, 4, 3)
case("logit of a view", "a:t():logit()", lambda a: torch.logit(a.t()), PART)
case("logit of many", "a:logit(0.2)", lambda a: torch.logit(a, 0.2), uniform(0.05, 0.95, 37))
for what, x, y in (("", (4, 3), (3,)), (" column", (3, 5), (3, 1)), (" widened", (3,), (2, 3)), (" of none", (0, 3), (3,))):
    case("xlogy" + what + " with slopes", "a:relu():xlogy(b)", lambda a, b: torch.xlogy(a.relu(), b), uniform(-2, 2, *x), uniform(0.5, 3, *y))

write("make_added.py")
