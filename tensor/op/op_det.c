/* op_det.c: det and slogdet, of one matrix or of batches [..., n, n], by LU factors (factor.c), in f64.
 *
 *   det:     dA = dy cof(A); cof(A) = det(A) A^-T, and of a matrix that is (nearly) singular, by A = U S V^T,
 *            det(U) det(V) U diag(prod over j != i of s_j) V^T
 *   slogdet: dA = d(log|det|) A^-T */
#include "factor.h"
#include "lapack.h"
#include "matrices.h"
#include "parallel.h"

#include <math.h>
#include <string.h>

enum { DET, SLOGDET };
static const double NEAR = 1e-6; /* a least pivot that small beside the greatest: nearly singular */

static bool det_shape(OpCall *c, Err *e) {
  const Tensor *a = c->x[0];
  if (!matrices_want(c, true, e)) return false;
  if (!op_output(c, 0, a->dtype, a->nd - 2, a->shape, e)) return false;
  return c->op->flavour == DET || op_output(c, 1, a->dtype, a->nd - 2, a->shape, e);
}

typedef struct Factors {
  int64_t n;
  double *a, *copy, *u, *s, *vt; /* n x n, but s: n */
  int32_t *pivot;
  bool logarithm;                         /* is log_abs asked for? */
  double det, sign, log_abs, least, most; /* of a's determinant and pivots */
} Factors;

/* a becomes its factors. */
static bool factor(Factors *f, Err *e) {
  const int64_t n = f->n;
  if (factor_lu(F64, n, f->a, f->pivot, e) < 0) return false;
  f->det = f->sign = 1;
  f->log_abs = f->most = 0;
  f->least = INFINITY;
  for (int64_t i = 0; i < n; i++) {
    const double v = f->a[i * n + i], turn = f->pivot[i] == i + 1 ? 1 : -1;
    f->det *= v * turn;
    f->sign *= turn * (v > 0 ? 1 : v < 0 ? -1 : v);
    if (f->logarithm) f->log_abs += log(fabs(v));
    f->least = fmin(f->least, fabs(v));
    f->most = fmax(f->most, fabs(v));
  }
  return true;
}

/* Room for matrices of n; one reference. */
static Tensor *factors_room(Factors *f, const OpCall *c, int64_t n, Err *e) {
  int64_t words = 4 * n * n + 2 * n + 1;
  Tensor *t = tensor_new(F64, 1, &words, e);
  *f = (Factors){.n = n, .logarithm = c->op->flavour == SLOGDET};
  if (!t) return NULL;
  f->a = t->data;
  f->copy = f->a + n * n;
  f->u = f->copy + n * n;
  f->vt = f->u + n * n;
  f->s = f->vt + n * n;
  f->pivot = (int32_t *)(void *)(f->s + n);
  return t;
}

static void load(Factors *f, const Tensor *wide, int64_t i) {
  const size_t bytes = (size_t)(f->n * f->n) * sizeof *f->a;
  memcpy(f->a, (const double *)wide->data + i * f->n * f->n, bytes);
  memcpy(f->copy, f->a, bytes);
}

static bool det_forward(OpCall *c, Err *e) {
  Factors f;
  Tensor *x = matrices_wide(c->x[0], false, e), *room = x ? factors_room(&f, c, matrices_rows(x), e) : NULL;
  bool ok = room != NULL;
  for (int64_t i = 0; ok && i < matrices_count(x) && !interrupt_pending(); i++) {
    load(&f, x, i);
    if (!(ok = factor(&f, e))) break;
    tensor_set(c->y[0], i, c->op->flavour == DET ? f.det : f.sign);
    if (c->op->flavour == SLOGDET) tensor_set(c->y[1], i, f.log_abs);
  }
  tensor_release(x);
  tensor_release(room);
  return ok;
}

static double determinant_of(Factors *f, const double *a, Err *e,
                             bool *ok) { /* of an orthogonal matrix: 1 or -1 */
  memcpy(f->a, a, (size_t)(f->n * f->n) * sizeof *a);
  *ok = *ok && factor(f, e);
  return f->sign;
}

/* a = the cofactors of copy. */
static bool cofactors(Factors *f, Err *e) {
  const int64_t n = f->n;
  int failed = 0;
  if (!(f->least <= NEAR * f->most)) {
    if (!factor_invert(F64, n, f->a, f->pivot, e)) return false;
    for (int64_t i = 0; i < n; i++)
      for (int64_t j = 0; j <= i; j++) {
        const double lower = f->a[i * n + j], upper = f->a[j * n + i];
        f->a[i * n + j] = f->det * upper;
        f->a[j * n + i] = f->det * lower;
      }
    return true;
  }
  if (!lapack_svd(F64, n, n, f->copy, f->s, f->u, f->vt, &failed, e)) return false;
  if (failed) return err_set(e, "det: the singular values of a singular matrix did not converge");
  bool ok = true;
  const double turn = determinant_of(f, f->u, e, &ok) * determinant_of(f, f->vt, e, &ok);
  for (int64_t i = 0; i < n; i++) {
    double others = turn;
    for (int64_t j = 0; j < n; j++) others *= j == i ? 1 : f->s[j];
    for (int64_t r = 0; r < n; r++) f->u[r * n + i] *= others;
  }
  return ok && matrices_product(n, n, n, 1, f->u, false, f->vt, false, false, f->a, e);
}

static bool det_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  Factors f;
  const bool logarithm = c->op->flavour == SLOGDET;
  Tensor *x = matrices_wide(c->x[0], false, e), *room = x ? factors_room(&f, c, matrices_rows(x), e) : NULL;
  bool ok = room != NULL;
  for (int64_t i = 0; ok && f.n && i < matrices_count(x) && !interrupt_pending(); i++) {
    load(&f, x, i);
    if (!(ok = factor(&f, e))) break;
    double g = tensor_get(dy[logarithm], i);
    if (logarithm) {
      if (f.least == 0) {
        ok = err_set(e, "slogdet: matrix %lld is singular: its logarithm has no gradient", (long long)i + 1);
        break;
      }
      f.det = 1;            /* A^-T alone, */
      f.least = f.most = 1; /* by the inverse */
    }
    ok = cofactors(&f, e);
    for (int64_t k = 0; k < f.n * f.n; k++) f.a[k] *= g;
    if (ok) matrices_put(dx[0], i * f.n * f.n, f.a, f.n * f.n, add & 1);
  }
  tensor_release(x);
  tensor_release(room);
  return ok;
}

/* clang-format off */
const Op op_det = {
    .name = "det", .where = "tm", .eq = "y = determinant of x",
    .doc = "determinants of square matrices [..., n, n]; the gradient of a singular one is right too",
    .in = {"x"},
    .saves = SAVE_X0, .flavour = DET,
    .shape = det_shape, .forward = det_forward, .backward = det_backward,
    .check = {{1, {{2, {3, 3}}}}, {1, {{3, {2, 2, 2}}}}, {1, {{2, {1, 1}}}}},
    .example = "print(tensor{{1, 2}, {3, 4}}:det())",
    .see = "slogdet, inverse"};
const Op op_slogdet = {
    .name = "slogdet", .where = "tm", .eq = "y1 = sign of det x, y2 = log |det x|",
    .doc = "sign and logarithm of determinants, where the determinant itself would overflow; 0 and -inf of "
           "singular matrices",
    .in = {"x"},
    .saves = SAVE_X0, .flavour = SLOGDET,
    .shape = det_shape, .forward = det_forward, .backward = det_backward,
    .check = {{1, {{2, {3, 3}}}}, {1, {{3, {2, 2, 2}}}}, {1, {{2, {1, 1}}}, .lo = 1, .hi = 2}},
    .example = "print(tensor{{1, 2}, {3, 4}}:slogdet())",
    .see = "det, cholesky"};
