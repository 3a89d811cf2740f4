/* op_factor.c: cholesky (factor.c) and qr (qr.c), of one matrix or of batches; gradients in f64.
 *
 *   cholesky: A = L L^T; Phi(X) = the lower triangle of X with half its diagonal
 *             dA = the symmetric part of L^-T Phi(L^T dL) L^-1                    (Murray 2016, arXiv:1602.07527)
 *   qr:       A = Q R; copyltu(M) = the symmetric matrix with M's lower triangle
 *             dA = (dQ + Q copyltu(R dR^T - dQ^T Q)) R^-T                  (Walter and Lehmann 2018, arXiv:1802.05845)
 *             of a wide A = [X Y], R = [U V]: X's is that of Q U with dQ + Q V dV^T, Y's is Q dV
 * ^C ends the work. */
#include "factor.h"
#include "matrices.h"
#include "parallel.h"
#include "qr.h"

#include <string.h>

static const Triangle upper_form = {F64, false, false};

PARAMS(cholesky, (BOOL, upper, false, "L^T instead of L"))

/* --- cholesky ------------------------------------------------------------------------------------------- */

static bool cholesky_shape(OpCall *c, Err *e) {
  return matrices_want(c, true, e) && op_output(c, 0, c->x[0]->dtype, c->x[0]->nd, c->x[0]->shape, e);
}

/* Phi(a). */
static void half_lower(double *a, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    memset(a + i * n + i + 1, 0, (size_t)(n - i - 1) * sizeof *a);
    a[i * n + i] *= 0.5;
  }
}

/* What is left of the diagonal becomes 0. */
static void upper_of(unsigned char *a, Dtype d, int64_t n) {
  for (int64_t i = 0; i < n; i++) memset(a + i * n * (int64_t)dtype_size[d], 0, (size_t)i * dtype_size[d]);
}

static bool cholesky_forward(OpCall *c, Err *e) {
  const Tensor *x = c->x[0];
  char text[TEXT];
  const bool upper = PARAM(cholesky, c)->upper;
  Tensor *u = upper ? tensor_retain(c->y[0]) : tensor_new(x->dtype, x->nd, x->shape, e);
  if (!u) return false;
  tensor_copy(u, x);
  const int64_t n = matrices_rows(x);
  bool ok = true;
  for (int64_t i = 0; ok && n && i < matrices_count(x) && !interrupt_pending(); i++) {
    unsigned char *a = matrices_at(u, i * n * n);
    matrices_mean(x->dtype, n, a);
    const int at = factor_cholesky(x->dtype, n, a, e);
    upper_of(a, x->dtype, n);
    if (at > 0)
      err_set(e, "cholesky: matrix %lld of %s is not positive definite (leading minor %d)", (long long)i + 1,
              tensor_text(text, x), at);
    ok = at == 0;
  }
  if (ok && !upper) {
    Tensor v = tensor_turned(u);
    tensor_copy(c->y[0], &v);
  }
  tensor_release(u);
  return ok;
}

static bool cholesky_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  const bool upper = PARAM(cholesky, c)->upper;
  const int64_t n = matrices_rows(dx[0]), room = 2 * n * n;
  Tensor *l = matrices_wide(c->y[0], upper, e), *dl = l ? matrices_wide(dy[0], upper, e) : NULL,
         *work = dl ? tensor_new(F64, 1, &room, e) : NULL;
  bool ok = work != NULL;
  for (int64_t i = 0; ok && n && i < matrices_count(dx[0]) && !interrupt_pending(); i++) {
    double *phi = work->data, *s = phi + n * n;
    const double *L = (const double *)l->data + i * n * n;
    const Mat lt = {L, 1, n};
    ok = matrices_product(n, n, n, 1, L, true, (const double *)dl->data + i * n * n, false, false, phi, e);
    half_lower(phi, n);
    ok = ok && factor_triangle(upper_form, n, lt, n, phi, 1, n, e); /* Phi L^-1 */
    elements_turn(sizeof *s, n, n, s, n, phi, n);
    ok = ok && factor_triangle(upper_form, n, lt, n, s, 1, n, e); /* (L^-T Phi L^-1)^T */
    for (int64_t r = 0; r < n; r++)
      for (int64_t k = 0; k <= r; k++) s[r * n + k] = s[k * n + r] = 0.5 * (s[r * n + k] + s[k * n + r]);
    if (ok) matrices_put(dx[0], i * n * n, s, n * n, add & 1);
  }
  tensor_release(l);
  tensor_release(dl);
  tensor_release(work);
  return ok;
}

/* --- qr ------------------------------------------------------------------------------------------------- */

static bool qr_shape(OpCall *c, Err *e) {
  const Tensor *a = c->x[0];
  if (!matrices_want(c, false, e)) return false;
  const int64_t m = matrices_rows(a), n = matrices_columns(a), k = m < n ? m : n;
  int64_t shape[DIMS];
  memcpy(shape, a->shape, sizeof shape);
  shape[a->nd - 1] = k;
  if (!op_output(c, 0, a->dtype, a->nd, shape, e)) return false;
  shape[a->nd - 2] = k;
  shape[a->nd - 1] = n;
  return op_output(c, 1, a->dtype, a->nd, shape, e) != NULL;
}

static bool qr_forward(OpCall *c, Err *e) {
  const Tensor *x = c->x[0];
  const int64_t m = matrices_rows(x), n = matrices_columns(x), k = m < n ? m : n;
  Tensor *a = tensor_clone(x, e);
  bool ok = a && matrices_finite(c, a, e);
  for (int64_t i = 0; ok && k && i < matrices_count(x) && !interrupt_pending(); i++)
    ok = qr(x->dtype, m, n, matrices_at(a, i * m * n), matrices_at(c->y[0], i * m * k),
            matrices_at(c->y[1], i * k * n), e);
  tensor_release(a);
  return ok;
}

typedef struct Qr {
  int64_t m, n, k; /* k = min(m, n)                                                    */
  const double *q, *r, *dq, *dr;
  double *u, *v, *s, *g, *da; /* k x k; k x (n - k) twice: of R and of dR; k x k; m x k; m x n */
  double *dv;
} Qr;

static void columns_of(double *to, const double *from, int64_t rows, int64_t n, int64_t first,
                       int64_t count) {
  for (int64_t i = 0; i < rows; i++) memcpy(to + i * count, from + i * n + first, (size_t)count * sizeof *to);
}

/* g = dQ + Q V dV^T, then (g + Q copyltu(U dU^T - g^T Q)) U^-T; s is scratch. */
static bool qr_gradient(const Qr *p, Err *e) {
  const int64_t m = p->m, k = p->k, rest = p->n - k;
  memcpy(p->g, p->dq, (size_t)(m * k) * sizeof *p->g);
  columns_of(p->v, p->r, k, p->n, k, rest);
  columns_of(p->dv, p->dr, k, p->n, k, rest);
  columns_of(p->u, p->dr, k, p->n, 0, k); /* dU for now */
  if (rest > 0 && (!matrices_product(k, k, rest, 1, p->v, false, p->dv, true, false, p->s, e) ||
                   !matrices_product(m, k, k, 1, p->q, false, p->s, false, true, p->g, e)))
    return false;
  double *du = p->da; /* m x n is room enough */
  memcpy(du, p->u, (size_t)(k * k) * sizeof *du);
  columns_of(p->u, p->r, k, p->n, 0, k);
  if (!matrices_product(k, k, k, 1, p->u, false, du, true, false, p->s, e) ||
      !matrices_product(k, k, m, -1, p->g, true, p->q, false, true, p->s, e))
    return false;
  for (int64_t i = 0; i < k; i++)
    for (int64_t j = 0; j < i; j++) p->s[j * k + i] = p->s[i * k + j];
  if (!matrices_product(m, k, k, 1, p->q, false, p->s, false, true, p->g, e) ||
      !factor_triangle(upper_form, k, (Mat){p->u, k, 1}, m, p->g, 1, k, e))
    return false;
  for (int64_t i = 0; i < m; i++) memcpy(p->da + i * p->n, p->g + i * k, (size_t)k * sizeof *p->g);
  if (rest > 0) { /* Q dV, in g: m x rest needs no more than m x n */
    double *y = p->da + m * p->n;
    if (!matrices_product(m, rest, k, 1, p->q, false, p->dv, false, false, y, e)) return false;
    for (int64_t i = 0; i < m; i++) memcpy(p->da + i * p->n + k, y + i * rest, (size_t)rest * sizeof *y);
  }
  return true;
}

static bool full_rank(const OpCall *c, const double *r, int64_t n, int64_t k, Err *e) {
  for (int64_t i = 0; i < k; i++)
    if (r[i * n + i] == 0)
      return err_set(e, "%s: a matrix without full rank (R[%lld,%lld] is 0) has no gradient", c->op->name,
                     (long long)i + 1, (long long)i + 1);
  return true;
}

static bool qr_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  const int64_t m = matrices_rows(dx[0]), n = matrices_columns(dx[0]), k = m < n ? m : n, rest = n - k;
  int64_t room = 2 * k * k + 2 * k * rest + m * k + m * n + m * rest;
  Tensor *t[5] = {NULL};
  bool ok = (t[4] = tensor_new(F64, 1, &room, e)) != NULL;
  for (int i = 0; ok && i < 4; i++)
    ok = (t[i] = matrices_wide(i < 2 ? c->y[i] : dy[i - 2], false, e)) != NULL;
  if (ok && !k && !(add & 1)) tensor_fill(dx[0], 0);
  for (int64_t i = 0; ok && k && i < matrices_count(dx[0]) && !interrupt_pending(); i++) {
    double *w = t[4]->data;
    Qr p = {.m = m, .n = n, .k = k, .u = w, .s = w + k * k, .v = w + 2 * k * k};
    p.dv = p.v + k * rest;
    p.g = p.dv + k * rest;
    p.da = p.g + m * k;
    p.q = (const double *)t[0]->data + i * m * k;
    p.r = (const double *)t[1]->data + i * k * n;
    p.dq = (const double *)t[2]->data + i * m * k;
    p.dr = (const double *)t[3]->data + i * k * n;
    ok = full_rank(c, p.r, n, k, e) && qr_gradient(&p, e);
    if (ok) matrices_put(dx[0], i * m * n, p.da, m * n, add & 1);
  }
  for (int i = 0; i < 5; i++) tensor_release(t[i]);
  return ok;
}

/* clang-format off */
const Op op_cholesky = {
    .name = "cholesky", .where = "tm", .eq = "x = y y^T, y lower triangular",
    .doc = "Cholesky's factor of symmetric positive definite matrices [..., n, n]; of (x + x^T) / 2 where x "
           "is not symmetric",
    .in = {"x"},
    .param = TAKES(cholesky),
    .saves = SAVE_Y0,
    .shape = cholesky_shape, .forward = cholesky_forward, .backward = cholesky_backward,
    .check = {{1, {{2, {1, 1}}}, .lo = 1, .hi = 2}, {1, {{3, {2, 1, 1}}}, .lo = 1, .hi = 2},
              {1, {{3, {3, 1, 1}}}, .args = "upper=true", .lo = 1, .hi = 2}},
    .example = "print(tensor{{4, 2}, {2, 5}}:cholesky())",
    .see = "qr, eigh, solve"};
const Op op_qr = {
    .name = "qr", .where = "tm", .eq = "x = q r, q^T q = 1, r upper triangular",
    .doc = "QR factors of matrices [..., m, n]: q [..., m, k], r [..., k, n], k = min(m, n)",
    .in = {"x"},
    .saves = SAVE_Y0 | SAVE_Y1,
    .shape = qr_shape, .forward = qr_forward, .backward = qr_backward,
    .check = {{1, {{2, {3, 3}}}}, {1, {{2, {4, 2}}}}, {1, {{3, {2, 2, 4}}}}, {1, {{2, {1, 3}}}}},
    .example = "local q, r = tensor{{3, 1}, {4, 2}}:qr()\nprint(q:mm(r))",
    .see = "svd, lstsq"};
