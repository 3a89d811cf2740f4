/* op_solve.c: inverse and solve, of one matrix or of batches [..., n, n], by LU factors (factor.c).
 *
 *   inverse: Y = A^-1, dA = -Y^T dY Y^T       solve: A X = B, dB = A^-T dX, dA = -dB X^T
 * A matrix with a pivot of 0 is an error; ^C ends the work. */
#include "factor.h"
#include "matrices.h"
#include "parallel.h"
#include "pointwise.h"

#include <string.h>

static int64_t side(const Tensor *a) { return a->shape[a->nd - 1]; }
static int64_t batch(const Tensor *a) { return side(a) ? a->n / side(a) / side(a) : 0; }
static bool factor(const OpCall *c, Tensor *lu, int64_t i, int32_t *pivot, Err *e) {
  int64_t n = side(lu);
  char text[TEXT];
  int at = factor_lu(lu->dtype, n, matrices_at(lu, i * n * n), pivot, e);
  if (at <= 0) return at == 0;
  return err_set(e, "%s: matrix %lld of %s is singular (pivot %d is 0)", c->op->name, (long long)i + 1,
                 tensor_text(text, c->x[0]), at);
}

/* --- inverse -------------------------------------------------------------------------------------------- */

static bool inverse_shape(OpCall *c, Err *e) {
  return matrices_want(c, true, e) && op_output(c, 0, c->x[0]->dtype, c->x[0]->nd, c->x[0]->shape, e);
}

static bool inverse_forward(OpCall *c, Err *e) {
  Tensor *y = c->y[0];
  int64_t n = side(y);
  tensor_copy(y, c->x[0]);
  Tensor *pivot = tensor_new(I32, 1, &n, e);
  bool ok = pivot != NULL;
  for (int64_t i = 0; ok && i < batch(y) && !interrupt_pending(); i++) {
    int32_t *p = pivot->data;
    ok = factor(c, y, i, p, e) && factor_invert(y->dtype, n, matrices_at(y, i * n * n), p, e);
  }
  tensor_release(pivot);
  return ok;
}

static bool inverse_backward(const OpCall *c, Tensor *const *dys, Tensor **dx, unsigned add, Err *e) {
  Tensor *y = tensor_contiguous(c->y[0], e), *dy = y ? tensor_contiguous(dys[0], e) : NULL;
  Tensor *t = dy ? tensor_new(y->dtype, y->nd, y->shape, e) : NULL;
  int64_t n = y ? side(y) : 0;
  Mat yt = {y ? y->data : NULL, 1, n}, g = {dy ? dy->data : NULL, n, 1}, m = {t ? t->data : NULL, n, 1};
  bool ok = t &&
            gemm_batched(y->dtype, batch(y), n, n, n, 1, g, n * n, yt, n * n, 0, t->data, n, 1, n * n, e) &&
            gemm_batched(y->dtype, batch(y), n, n, n, -1, yt, n * n, m, n * n, add & 1, dx[0]->data, n, 1,
                         n * n, e);
  tensor_release(y);
  tensor_release(dy);
  tensor_release(t);
  return ok;
}

/* --- solve: save[0] the factors, save[1] their pivots --------------------------------------------------- */

enum { LU, PIVOT };

/* Right sides of one matrix: k, 1 for vectors. */
static int64_t sides(const Tensor *a, const Tensor *b) { return b->nd == a->nd ? b->shape[b->nd - 1] : 1; }

static bool solve_shape(OpCall *c, Err *e) {
  const Tensor *a = c->x[0], *b = c->x[1];
  char left[TEXT], right[TEXT];
  if (!matrices_want(c, true, e)) return false;
  bool fits = b->dtype == a->dtype && (b->nd == a->nd || b->nd == a->nd - 1);
  for (int i = 0; fits && i < a->nd - 1; i++) fits = b->shape[i] == a->shape[i];
  if (!fits)
    return err_set(
        e, "solve: %s and %s do not fit; a [..., n, n] and b [..., n] or [..., n, k] of one dtype are wanted",
        tensor_text(left, a), tensor_text(right, b));
  if (!op_output(c, 0, b->dtype, b->nd, b->shape, e)) return false;
  if (tensor_is_meta(c->y[0])) return true;
  return (c->save[LU] = tensor_new(a->dtype, a->nd, a->shape, e)) &&
         (c->save[PIVOT] = tensor_new(I32, a->nd - 1, a->shape, e));
}

/* x, contiguous, becomes A^-1 x or A^-T x, for every matrix. */
static bool solve_each(const OpCall *c, Tensor *x, bool transposed, Err *e) {
  const Tensor *lu = c->save[LU];
  const int64_t n = side(lu), k = sides(lu, x);
  bool ok = true;
  for (int64_t i = 0; ok && i < batch(lu) && k && !interrupt_pending(); i++)
    ok = factor_solve(x->dtype, transposed, n, k, matrices_at(lu, i * n * n),
                      (int32_t *)c->save[PIVOT]->data + i * n, matrices_at(x, i * n * k), e);
  return ok;
}

static bool solve_forward(OpCall *c, Err *e) {
  Tensor *lu = c->save[LU];
  tensor_copy(lu, c->x[0]);
  for (int64_t i = 0; i < batch(lu) && !interrupt_pending(); i++)
    if (!factor(c, lu, i, (int32_t *)c->save[PIVOT]->data + i * side(lu), e)) return false;
  if (interrupt_pending()) return true; /* not all are factored */
  tensor_copy(c->y[0], c->x[1]);
  return solve_each(c, c->y[0], false, e);
}

static bool solve_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  Tensor *db = tensor_clone(dy[0], e), *y = db && dx[0] ? tensor_contiguous(c->y[0], e) : NULL;
  bool ok = db && (y || !dx[0]) && solve_each(c, db, true, e);
  int64_t n = side(c->save[LU]), k = sides(c->save[LU], dy[0]);
  if (ok && dx[0]) { /* dA[i,j] = -sum over sides of db[i,side] y[j,side] */
    Mat left = {db->data, k, 1}, right = {y->data, 1, k};
    if (k == 0 && !(add & 1)) tensor_fill(dx[0], 0);
    ok = k == 0 || gemm_batched(y->dtype, batch(c->save[LU]), n, n, k, -1, left, n * k, right, n * k, add & 1,
                                dx[0]->data, n, 1, n * n, e);
  }
  if (ok && dx[1]) {
    const Tensor *in = db;
    pointwise_map(M_copy, dx[1], &in, 1, NULL, add >> 1 & 1);
  }
  tensor_release(db);
  tensor_release(y);
  return ok;
}

/* clang-format off */
const Op op_inverse = {
    .name = "inverse", .where = "tm", .eq = "y x = 1", .doc = "inverse of square matrices [..., n, n]",
    .in = {"x"},
    .saves = SAVE_Y0,
    .shape = inverse_shape, .forward = inverse_forward, .backward = inverse_backward,
    .check = {{1, {{2, {3, 3}}}, .lo = 0.1, .hi = 2}, {1, {{3, {2, 2, 2}}}, .lo = 0.5, .hi = 3},
              {1, {{2, {1, 1}}}, .lo = 1, .hi = 2}},
    .example = "print(tensor{{2, 0}, {0, 4}}:inverse())",
    .see = "solve"};
const Op op_solve = {
    .name = "solve", .where = "tm", .eq = "a y = b",
    .doc = "solves linear equations, of one matrix or of batches; better than inverse and product",
    .in = {"a", "b"},
    .flags = OP_PROMOTE | OP_FLOAT, .saves = SAVE_Y0,
    .shape = solve_shape, .forward = solve_forward, .backward = solve_backward,
    .check = {{2, {{2, {3, 3}}, {1, {3}}}, .lo = 0.1, .hi = 2},
              {2, {{2, {3, 3}}, {2, {3, 2}}}, .lo = 0.1, .hi = 2},
              {2, {{3, {2, 2, 2}}, {3, {2, 2, 3}}}, .lo = 0.5, .hi = 3},
              {2, {{3, {2, 2, 2}}, {2, {2, 2}}}, .lo = 0.5, .hi = 3}},
    .example = "print(tensor{{2, 0}, {0, 4}}:solve(tensor{2, 4}))",
    .see = "inverse"};
