/* op_fft.c: discrete Fourier transforms along the last dimension of numbers.
 *
 *   rfft:      x [..., T] to X [..., n/2 + 1, 2], X_k = sum x_t e^(-2 pi i k t / n); x is cut or filled with 0 to n
 *   irfft:     X [..., K, 2] to x [..., n], its inverse (scaled by 1/n)
 *   fft, ifft: [..., T, 2] to [..., T, 2]
 *
 * There is no complex dtype: a complex number is a last dimension of 2, (re, im), as torch.view_as_real shows it.
 * Gradients are transforms the other way: of rfft sum over its own k only, hence the halves below. */
#include "fft.h"
#include "op.h"
#include "parallel.h"
#include "pointwise.h"

#include <string.h>

enum Kind { RFFT, IRFFT, FFT, IFFT };
PARAMS(rfft, (INT, n, OP_NONE, "points; x is cut or filled with 0; T"))
PARAMS(irfft, (INT, n, OP_NONE, "points of the result; 2 (K - 1)"))

/* What the user says of the points of a transform from or to reals, or `otherwise`. */
static int64_t points_of(const OpCall *c, int64_t otherwise) {
  if (c->op->flavour != RFFT && c->op->flavour != IRFFT) return otherwise;
  const int64_t n = c->op->flavour == RFFT ? PARAM(rfft, c)->n : PARAM(irfft, c)->n;
  return op_given(n) ? n : otherwise;
}

static bool is_pairs(const Tensor *x) { return x->nd >= 2 && x->shape[x->nd - 1] == 2; }

static bool fft_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[0];
  char text[TEXT];
  int kind = c->op->flavour, nd = x->nd;
  if (!op_want_float(c, 0, e)) return false;
  if (kind == RFFT ? nd < 1 || nd == DIMS : !is_pairs(x))
    return err_set(e, "%s: x must be %s, got %s%s", c->op->name,
                   kind == RFFT ? "[..., time]" : "[..., numbers, 2], pairs of real and imaginary part",
                   tensor_text(text, x),
                   strcmp(c->op->name, "fft") == 0 ? "; of real numbers it is x:rfft()" : "");
  int64_t shape[DIMS], points = x->shape[kind == RFFT ? nd - 1 : nd - 2];
  if (kind == IRFFT) points = 2 * (points - 1);
  points = points_of(c, points);
  if (points < 1 || points > FFT_MOST)
    return err_set(e, "%s: %lld points for %s; 1 to %d are possible", c->op->name, (long long)points,
                   tensor_text(text, x), FFT_MOST);
  memcpy(shape, x->shape, sizeof shape);
  if (kind == RFFT) {
    shape[nd - 1] = points / 2 + 1;
    shape[nd++] = 2;
  } else if (kind == IRFFT) {
    shape[--nd - 1] = points;
  }
  return op_output(c, 0, x->dtype, nd, shape, e) != NULL;
}

/* t with dimension d cut to at most n, as a view. */
static Tensor cut(const Tensor *t, int d, int64_t n) {
  Tensor v = *t;
  if (v.shape[d] > n) {
    v.n = v.n / v.shape[d] * n;
    v.shape[d] = n;
  }
  return v;
}

/* to (+)= from along dimension d as far as both reach; 0 beyond. */
static void refit(Tensor *to, const Tensor *from, int d, bool add) {
  Tensor a = cut(to, d, from->shape[d]), b = cut(from, d, to->shape[d]);
  const Tensor *in = &b;
  if (a.n != to->n && !add) tensor_fill(to, 0);
  if (a.n) pointwise_map(M_copy, &a, &in, 1, NULL, add);
}

/* A new contiguous tensor: x with dimension d cut or filled to n. */
static Tensor *refitted(const Tensor *x, int d, int64_t n, Err *e) {
  int64_t shape[DIMS];
  memcpy(shape, x->shape, sizeof shape);
  shape[d] = n;
  Tensor *t = tensor_new(x->dtype, x->nd, shape, e);
  if (t) refit(t, x, d, false);
  return t;
}

static void scale(Tensor *t, double by) {
  Tensor one = {.dtype = F64, .n = 1, .data = (unsigned char *)&by};
  const Tensor *in[2] = {t, &one};
  if (by != 1) pointwise_map(M_mul, t, in, 2, NULL, false);
}

/* Pairs k of every row [K, 2] times `inner`, the first and (n even) the last times `outer`, their imaginary
 * parts times 0: they count for nothing in a real signal. */
static void weigh(Tensor *t, int64_t n, double inner, double outer) {
  int64_t K = t->shape[t->nd - 2];
  for (int64_t i = 0; i < t->n / 2; i++) {
    int64_t k = i % K;
    bool edge = k == 0 || 2 * k == n;
    double re = edge ? outer : inner, im = edge ? 0 : inner;
    if (t->dtype == F32) {
      float *p = (float *)t->data + 2 * i;
      p[0] *= (float)re;
      p[1] = im == 0 ? 0 : p[1] * (float)im;
    } else {
      double *p = (double *)t->data + 2 * i;
      p[0] *= re;
      p[1] = im == 0 ? 0 : p[1] * im;
    }
  }
}

static int64_t rows_of(const Tensor *pairs, int64_t per_row) { return per_row ? pairs->n / 2 / per_row : 0; }

/* Reals [..., T] to pairs [..., n/2 + 1, 2]. */
static bool forward_real(const Tensor *x, int64_t n, Tensor *y, Err *e) {
  bool whole = x->shape[x->nd - 1] == n;
  Tensor *in = whole ? tensor_contiguous((Tensor *)(uintptr_t)x, e) : refitted(x, x->nd - 1, n, e);
  bool ok = in && fft_rows(FFT_REAL, x->dtype, n, rows_of(y, n / 2 + 1), in->data, y->data, e);
  tensor_release(in);
  return ok;
}

/* Pairs [..., K, 2], weighed, to reals [..., n]. */
static bool back_real(const Tensor *x, int64_t n, double inner, double outer, Tensor *y, Err *e) {
  Tensor *in = refitted(x, x->nd - 2, n / 2 + 1, e);
  if (in) weigh(in, n, inner, outer);
  bool ok = in && fft_rows(FFT_UNREAL, x->dtype, n, rows_of(in, n / 2 + 1), in->data, y->data, e);
  tensor_release(in);
  return ok;
}

static bool both_pairs(FftKind kind, const Tensor *x, Tensor *y, Err *e) {
  Tensor *in = tensor_contiguous((Tensor *)(uintptr_t)x, e);
  int64_t n = x->shape[x->nd - 2];
  bool ok = in && fft_rows(kind, x->dtype, n, rows_of(y, n), in->data, y->data, e);
  tensor_release(in);
  return ok;
}

static bool fft_forward(OpCall *c, Err *e) {
  const Tensor *x = c->x[0];
  Tensor *y = c->y[0];
  int64_t n = c->op->flavour == IRFFT ? y->shape[y->nd - 1] : points_of(c, x->shape[x->nd - 1]);
  switch (c->op->flavour) {
  case RFFT: return forward_real(x, n, y, e);
  case IRFFT: return back_real(x, n, 1.0 / (double)n, 1.0 / (double)n, y, e);
  case FFT: return both_pairs(FFT_FORWARD, x, y, e);
  default: {
    bool ok = both_pairs(FFT_BACKWARD, x, y, e);
    if (ok) scale(y, 1 / (double)x->shape[x->nd - 2]);
    return ok;
  }
  }
}

/* The gradient of a transform from or to reals, of the size of the transform, then cut or filled to x's. */
static bool real_backward(const OpCall *c, const Tensor *dy, Tensor *dx, bool add, Err *e) {
  bool rfft = c->op->flavour == RFFT;
  int64_t n = rfft ? points_of(c, dx->shape[dx->nd - 1]) : dy->shape[dy->nd - 1], shape[DIMS];
  int d = rfft ? dx->nd - 1 : dx->nd - 2;
  memcpy(shape, dx->shape, sizeof shape);
  shape[d] = rfft ? n : n / 2 + 1;
  Tensor *g = tensor_new(dx->dtype, dx->nd, shape, e);
  bool ok = g && (rfft ? back_real(dy, n, 0.5, 1, g, e) : forward_real(dy, n, g, e));
  if (ok && !rfft) weigh(g, n, 2.0 / (double)n, 1.0 / (double)n);
  if (ok) refit(dx, g, d, add);
  tensor_release(g);
  return ok;
}

static bool fft_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  if (c->op->flavour < FFT) return real_backward(c, dy[0], dx[0], add & 1, e);
  bool forward = c->op->flavour == FFT;
  Tensor *g = tensor_new(dx[0]->dtype, dx[0]->nd, dx[0]->shape, e);
  bool ok = g && both_pairs(forward ? FFT_BACKWARD : FFT_FORWARD, dy[0], g, e);
  if (ok) {
    scale(g, forward ? 1 : 1 / (double)dx[0]->shape[dx[0]->nd - 2]);
    refit(dx[0], g, 0, add & 1);
  }
  tensor_release(g);
  return ok;
}

/* clang-format off */
#define FFT_OP(kind) .flavour = kind, .shape = fft_shape, .forward = fft_forward, .backward = fft_backward
const Op op_rfft = {
    .name = "rfft", .where = "tm", .eq = "y[k] = sum of x[t] e^(-2 pi i (k-1) (t-1) / n)",
    .doc = "Fourier transform of reals [..., T] to [..., n/2 + 1, 2], pairs of real and imaginary part",
    .in = {"x"},
    .param = TAKES(rfft), FFT_OP(RFFT),
    .check = {{1, {{1, {6}}}}, {1, {{2, {2, 5}}}}, {1, {{2, {2, 5}}}, .args = "n=8"},
              {1, {{2, {2, 6}}}, .args = "n=3"}},
    .example = "print(tensor{1, 2, 1, 0}:rfft())",
    .see = "irfft, fft"};
const Op op_irfft = {
    .name = "irfft", .where = "tm", .eq = "x = irfft(rfft(x))",
    .doc = "inverse of rfft: pairs [..., K, 2] to reals [..., n]", .in = {"x"},
    .param = TAKES(irfft), FFT_OP(IRFFT),
    .check = {{1, {{2, {4, 2}}}}, {1, {{3, {2, 3, 2}}}, .args = "n=5"}, {1, {{2, {3, 2}}}, .args = "n=8"},
              {1, {{2, {5, 2}}}, .args = "n=4"}},
    .example = "print(tensor{1, 2, 1, 0}:rfft():irfft())",
    .see = "rfft"};
const Op op_fft = {
    .name = "fft", .where = "tm", .eq = "y[k] = sum of x[t] e^(-2 pi i (k-1) (t-1) / n)",
    .doc = "Fourier transform of complex numbers, pairs of real and imaginary part: [..., n, 2] to [..., n, "
           "2]", .in = {"x"},
    FFT_OP(FFT),
    .check = {{1, {{2, {5, 2}}}}, {1, {{3, {2, 4, 2}}}}},
    .example = "print(tensor{{1, 0}, {0, 1}}:fft())",
    .see = "ifft, rfft"};
const Op op_ifft = {
    .name = "ifft", .where = "tm", .eq = "x = ifft(fft(x))",
    .doc = "inverse of fft: [..., n, 2] to [..., n, 2]", .in = {"x"},
    FFT_OP(IFFT),
    .check = {{1, {{2, {5, 2}}}}, {1, {{3, {2, 4, 2}}}}},
    .example = "print(tensor{{1, 0}, {0, 1}}:fft():ifft())",
    .see = "fft"};
