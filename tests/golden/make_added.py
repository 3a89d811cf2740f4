#!/usr/bin/env python3
"""make_added.py > added.lua: what PyTorch's users expect beside the basics: kthvalue, searchsorted, movedim, cross,
diff, tensordot, pixel_shuffle ..., from PyTorch (1.13) in f64.  See golden.py."""
import golden
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.manual_seed(11)
cases = []


def case(name, lua, f, *inputs):
    cases.append((name, lua, f, inputs))


def uniform(lo, hi, *shape):
    return torch.rand(*shape) * (hi - lo) + lo


def ints(lo, hi, *shape):
    return torch.randint(lo, hi + 1, shape)


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

golden.write(cases, "make_added.py")
