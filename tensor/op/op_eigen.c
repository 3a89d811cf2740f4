/* op_eigen.c: svd and eigh, of one matrix or of batches, by LAPACK (lapack.c); gradients in f64.
 *
 *   svd:  A = U diag(S) V^T, S falling; G = U^T dU, H = V^T dV, skew(X) = X - X^T, E_ij = s_j^2 - s_i^2
 *         dA = U [(skew(G) / E) S + S (skew(H) / E) + diag(dS)] V^T
 *              + (1 - U U^T) dU S^-1 V^T + U S^-1 dV^T (1 - V V^T)
 *   eigh: (A + A^T) / 2 = V diag(w) V^T, w rising; F_ij = w_j - w_i
 *         dA = the symmetric part of V [diag(dw) + (V^T dV) / F] V^T
 *
 * (Giles 2008, "An extended collection of matrix derivative results".)  The signs, which the mathematics
 * leave open, are those that make the greatest component of each column of V positive.  Gradients of the
 * vectors exist for values that differ only.  ^C ends the work (aside.h). */
#include "lapack.h"
#include "matrices.h"
#include "parallel.h"
#include "pointwise.h"

#include <math.h>
#include <string.h>

/* For each real type, with its bits as a whole number:
 *   points_down: is the greatest of the n components negative, the first of those that differ by rounding?
 *   flip: n numbers, `step` apart. */
#define OF_REALS(T, Bits, S)                                                                                 \
  static bool points_down_##S(int64_t n, const void *at) {                                                   \
    const T *x = at;                                                                                         \
    Bits most = 0, size; /* which rises with its bits */                                                     \
    for (int64_t i = 0; i < n; i++) {                                                                        \
      memcpy(&size, &x[i], sizeof size);                                                                     \
      size &= ~(Bits)0 >> 1;                                                                                 \
      most = size > most ? size : most;                                                                      \
    }                                                                                                        \
    T greatest;                                                                                              \
    memcpy(&greatest, &most, sizeof greatest);                                                               \
    int64_t i = 0;                                                                                           \
    while (i < n && (x[i] < 0 ? -x[i] : x[i]) < greatest * (T)(1 - 1e-6)) i++;                               \
    return i < n && x[i] < 0;                                                                                \
  }                                                                                                          \
  static void flip_##S(int64_t n, int64_t step, void *at) {                                                  \
    T *x = at;                                                                                               \
    for (int64_t i = 0; i < n; i++) x[i * step] = -x[i * step];                                              \
  }
OF_REALS(float, uint32_t, f32)
OF_REALS(double, uint64_t, f64)

static bool points_down(Dtype d, int64_t n, const void *x) {
  return d == F32 ? points_down_f32(n, x) : points_down_f64(n, x);
}
static void flip(Dtype d, int64_t n, int64_t step, void *x) {
  if (d == F32) flip_f32(n, step, x);
  else flip_f64(n, step, x);
}

/* --- forward -------------------------------------------------------------------------------------------- */

static bool svd_shape(OpCall *c, Err *e) {
  const Tensor *a = c->x[0];
  if (!matrices_want(c, false, e)) return false;
  int nd = a->nd;
  int64_t shape[DIMS], m = a->shape[nd - 2], n = a->shape[nd - 1], k = m < n ? m : n;
  memcpy(shape, a->shape, sizeof shape);
  shape[nd - 1] = k;
  if (!op_output(c, 0, a->dtype, nd, shape, e)) return false;
  shape[nd - 2] = n;
  if (!op_output(c, 2, a->dtype, nd, shape, e)) return false;
  shape[nd - 2] = k;
  return op_output(c, 1, a->dtype, nd - 1, shape, e) != NULL;
}

static bool svd_forward(OpCall *c, Err *e) {
  const Tensor *x = c->x[0];
  int64_t m = x->shape[x->nd - 2], n = x->shape[x->nd - 1], k = m < n ? m : n, one[] = {k, n};
  Tensor *a = tensor_clone(x, e), *vt = a ? tensor_new(x->dtype, 2, one, e) : NULL, *u = c->y[0],
         *v = c->y[2];
  bool ok = vt && matrices_finite(c, a, e);
  int failed = 0;
  for (int64_t i = 0; ok && k && i < matrices_count(x) && !interrupt_pending(); i++) {
    ok = lapack_svd(x->dtype, m, n, matrices_at(a, i * m * n), matrices_at(c->y[1], i * k),
                    matrices_at(u, i * m * k), vt->data, &failed, e);
    if (ok && failed) ok = err_set(e, "svd: matrix %lld did not converge", (long long)i + 1);
    for (int64_t j = 0; ok && j < k && !interrupt_pending(); j++)
      if (points_down(x->dtype, n, matrices_at(vt, j * n))) {
        flip(x->dtype, n, 1, matrices_at(vt, j * n));
        flip(x->dtype, m, k, matrices_at(u, i * m * k + j));
      }
    if (ok) elements_turn(dtype_size[x->dtype], n, k, matrices_at(v, i * n * k), k, vt->data, n);
  }
  tensor_release(a);
  tensor_release(vt);
  return ok;
}

static bool eigh_shape(OpCall *c, Err *e) {
  const Tensor *a = c->x[0];
  return matrices_want(c, true, e) && op_output(c, 0, a->dtype, a->nd - 1, a->shape, e) &&
         op_output(c, 1, a->dtype, a->nd, a->shape, e);
}

static bool eigh_forward(OpCall *c, Err *e) {
  const Tensor *x = c->x[0];
  int64_t n = x->shape[x->nd - 1];
  Tensor *a = tensor_clone(x, e), *v = c->y[1];
  bool ok = a && matrices_finite(c, a, e);
  int failed = 0;
  for (int64_t i = 0; ok && i < matrices_count(x) && n && !interrupt_pending(); i++) {
    int64_t base = i * n * n;
    matrices_mean(x->dtype, n, matrices_at(a, base));
    ok = lapack_eigh(x->dtype, n, matrices_at(a, base), matrices_at(c->y[0], i * n), &failed, e);
    if (ok && failed) ok = err_set(e, "eigh: matrix %lld did not converge", (long long)i + 1);
    for (int64_t j = 0; ok && j < n && !interrupt_pending(); j++)
      if (points_down(x->dtype, n, matrices_at(a, base + j * n)))
        flip(x->dtype, n, 1, matrices_at(a, base + j * n));
    if (ok) elements_turn(dtype_size[x->dtype], n, n, matrices_at(v, base), n, matrices_at(a, base), n);
  }
  tensor_release(a);
  return ok;
}

/* --- backward: small dense products in f64 -------------------------------------------------------------- */

/* What is not used has no gradient, however near two values are. */
static double over(double numerator, double by) { return numerator == 0 ? 0 : numerator / by; }

/* x_ij = (x_ij - x_ji) / (f_j - f_i), 0 on the diagonal; f = w or w^2.  `half`: x_ij / (f_j - f_i) instead. */
static void divide_skew(double *x, const double *w, int64_t k, bool squares, bool half) {
  for (int64_t i = 0; i < k; i++) {
    x[i * k + i] = 0;
    for (int64_t j = 0; j < i; j++) {
      double fi = squares ? w[i] * w[i] : w[i], fj = squares ? w[j] * w[j] : w[j], lower = x[i * k + j],
             upper = x[j * k + i];
      x[i * k + j] = over(half ? lower : lower - upper, fj - fi);
      x[j * k + i] = over(half ? upper : upper - lower, fi - fj);
    }
  }
}

typedef struct Svd {
  int64_t m, n, k;
  const double *u, *s, *v, *du, *ds, *dv;
  double *g, *h, *t, *da; /* k x k; k x k; max(m, n) x k twice; m x n: the gradient */
} Svd;

/* (1 - Q Q^T) dQ S^-1 in t [rows, k]. */
static bool beside(const Svd *p, int64_t rows, const double *q, const double *dq, Err *e) {
  memcpy(p->t, dq, (size_t)(rows * p->k) * sizeof *p->t);
  bool ok = matrices_product(p->k, p->k, rows, 1, q, true, dq, false, false, p->h, e) &&
            matrices_product(rows, p->k, p->k, -1, q, false, p->h, false, true, p->t, e);
  for (int64_t i = 0; i < rows * p->k; i++) p->t[i] = over(p->t[i], p->s[i % p->k]);
  return ok;
}

static bool svd_gradient(const Svd *p, Err *e) {
  int64_t m = p->m, n = p->n, k = p->k;
  if (!matrices_product(k, k, m, 1, p->u, true, p->du, false, false, p->g, e) ||
      !matrices_product(k, k, n, 1, p->v, true, p->dv, false, false, p->h, e))
    return false;
  divide_skew(p->g, p->s, k, true, false);
  divide_skew(p->h, p->s, k, true, false);
  for (int64_t i = 0; i < k; i++)
    for (int64_t j = 0; j < k; j++)
      p->g[i * k + j] = p->g[i * k + j] * p->s[j] + p->s[i] * p->h[i * k + j] + (i == j ? p->ds[i] : 0);
  bool ok = matrices_product(m, k, k, 1, p->u, false, p->g, false, false, p->t, e) &&
            matrices_product(m, n, k, 1, p->t, false, p->v, true, false, p->da, e);
  if (ok && m > k)
    ok =
        beside(p, m, p->u, p->du, e) && matrices_product(m, n, k, 1, p->t, false, p->v, true, true, p->da, e);
  if (ok && n > k)
    ok =
        beside(p, n, p->v, p->dv, e) && matrices_product(m, n, k, 1, p->u, false, p->t, true, true, p->da, e);
  return ok;
}

static const double *row(const Tensor *t, int64_t i) { return (const double *)t->data + i; }

/* Of svd and its backward: the outputs, their gradients, and room for work. */
enum { SVD_U, SVD_S, SVD_V, SVD_DU, SVD_DS, SVD_DV, SVD_WORK, SVD_ALL, SVD_OUTPUTS = SVD_DU };
enum { EIGH_W, EIGH_V, EIGH_DW, EIGH_DV, EIGH_WORK, EIGH_ALL, EIGH_OUTPUTS = EIGH_DW };

static bool svd_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  int nd = dx[0]->nd;
  int64_t m = dx[0]->shape[nd - 2], n = dx[0]->shape[nd - 1], k = m < n ? m : n, most = m > n ? m : n;
  int64_t room = 2 * k * k + most * k + m * n;
  Tensor *t[SVD_ALL] = {NULL};
  bool ok = (t[SVD_WORK] = tensor_new(F64, 1, &room, e)) != NULL;
  for (int i = 0; ok && i < SVD_OUTPUTS; i++)
    ok = (t[i] = matrices_wide(c->y[i], false, e)) && (t[SVD_DU + i] = matrices_wide(dy[i], false, e));
  for (int64_t i = 0; ok && i < matrices_count(dx[0]) && !interrupt_pending(); i++) {
    double *work = t[SVD_WORK]->data;
    Svd p = {.m = m,
             .n = n,
             .k = k,
             .u = row(t[SVD_U], i * m * k),
             .s = row(t[SVD_S], i * k),
             .v = row(t[SVD_V], i * n * k),
             .du = row(t[SVD_DU], i * m * k),
             .ds = row(t[SVD_DS], i * k),
             .dv = row(t[SVD_DV], i * n * k),
             .g = work,
             .h = work + k * k,
             .t = work + 2 * k * k,
             .da = work + 2 * k * k + most * k};
    ok = svd_gradient(&p, e);
    if (ok && k) matrices_put(dx[0], i * m * n, p.da, m * n, add & 1);
  }
  for (int i = 0; i < SVD_ALL; i++) tensor_release(t[i]);
  return ok;
}

static bool eigh_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  int64_t n = dx[0]->shape[dx[0]->nd - 1], room = 3 * n * n;
  Tensor *t[EIGH_ALL] = {NULL};
  bool ok = (t[EIGH_WORK] = tensor_new(F64, 1, &room, e)) != NULL;
  for (int i = 0; ok && i < EIGH_OUTPUTS; i++)
    ok = (t[i] = matrices_wide(c->y[i], false, e)) && (t[EIGH_DW + i] = matrices_wide(dy[i], false, e));
  for (int64_t i = 0; ok && i < matrices_count(dx[0]) && !interrupt_pending(); i++) {
    double *g = t[EIGH_WORK]->data, *h = g + n * n, *da = h + n * n;
    const double *w = row(t[EIGH_W], i * n), *v = row(t[EIGH_V], i * n * n), *dw = row(t[EIGH_DW], i * n),
                 *dv = row(t[EIGH_DV], i * n * n);
    ok = matrices_product(n, n, n, 1, v, true, dv, false, false, g, e);
    divide_skew(g, w, n, false, true);
    for (int64_t j = 0; j < n; j++) g[j * n + j] = dw[j];
    ok = ok && matrices_product(n, n, n, 1, v, false, g, false, false, h, e) &&
         matrices_product(n, n, n, 1, h, false, v, true, false, da, e);
    for (int64_t r = 0; r < n; r++)
      for (int64_t s = 0; s < r; s++) da[r * n + s] = da[s * n + r] = 0.5 * (da[r * n + s] + da[s * n + r]);
    if (ok) matrices_put(dx[0], i * n * n, da, n * n, add & 1);
  }
  for (int i = 0; i < EIGH_ALL; i++) tensor_release(t[i]);
  return ok;
}

/* clang-format off */
const Op op_svd = {
    .name = "svd", .where = "tm", .eq = "x = u diag(s) v^T",
    .doc = "singular values (falling) and vectors of matrices [..., m, n], k = min(m, n) of them",
    .in = {"x"},
    .saves = SAVE_Y0 | SAVE_Y1 | SAVE_Y2,
    .shape = svd_shape, .forward = svd_forward, .backward = svd_backward,
    .check = {{1, {{2, {3, 3}}}}, {1, {{2, {4, 2}}}}, {1, {{3, {2, 2, 4}}}}, {1, {{2, {1, 3}}}}},
    .example = "local u, s, v = tensor{{3, 0}, {0, 2}, {0, 0}}:svd()\nprint(s, u:mm(s:diag()):mm(v:t()))",
    .see = "eigh"};
const Op op_eigh = {
    .name = "eigh", .where = "tm", .eq = "x = v diag(w) v^T",
    .doc = "eigenvalues w (rising) and eigenvectors v (columns) of symmetric matrices; of (x + x^T) / 2 "
           "where x is not",
    .in = {"x"},
    .saves = SAVE_Y0 | SAVE_Y1,
    .shape = eigh_shape, .forward = eigh_forward, .backward = eigh_backward,
    .check = {{1, {{2, {3, 3}}}}, {1, {{3, {2, 2, 2}}}}, {1, {{2, {1, 1}}}}},
    .example = "print(tensor{{2, 1}, {1, 2}}:eigh())",
    .see = "svd"};
