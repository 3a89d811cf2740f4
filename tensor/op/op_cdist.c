/* op_cdist.c: distances of every row of x from every row of y: x [..., P, M], y [..., R, M] give [..., P, R].
 *
 *   d = (sum over m of |x_m - y_m|^p)^(1/p); p = inf: the greatest difference, 0: how many differ
 *   dx = sum over r of dy / d^(p-1) sign(x - y) |x - y|^(p-1), 0 where d or the difference is 0, as PyTorch has it
 * From the differences themselves: near points keep their digits; in f64, but for p = 2 where no square leaves the
 * range of f32, and p = 1. */
#include "kernel.h"
#include "matrices.h"
#include "parallel.h"

#include <math.h>
#include <string.h>

PARAMS(cdist, (NUMBER, p, 2, "which norm, from 0 on"))

static bool cdist_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[0], *y = c->x[1];
  char left[TEXT], right[TEXT];
  const double p = PARAM(cdist, c)->p;
  if (!(p >= 0)) return err_set(e, "cdist: p must be a number from 0 on, got %g", isnan(p) ? (double)NAN : p);
  bool fits = x->nd >= 2 && y->nd == x->nd && x->shape[x->nd - 1] == y->shape[x->nd - 1];
  for (int i = 0; fits && i < x->nd - 2; i++) fits = x->shape[i] == y->shape[i];
  if (!fits)
    return err_set(e, "cdist: x %s and y %s do not fit; [..., P, M] and [..., R, M] are wanted",
                   tensor_text(left, x), tensor_text(right, y));
  int64_t shape[DIMS];
  memcpy(shape, x->shape, sizeof shape);
  shape[x->nd - 1] = y->shape[y->nd - 2];
  return op_output(c, 0, x->dtype, x->nd, shape, e) != NULL;
}

typedef struct Cdist {
  double p;
  bool single;         /* d was rounded to f32 */
  int64_t P, R, M;     /* rows of a, rows of b */
  const double *a, *b; /* [batch, P, M]; forward: [batch, M, R], else [batch, R, M] */
  const double *d, *g; /* distances and dy, at row * d_row + r * d_step in their batch */
  int64_t d_row, d_step;
  double *to; /* forward: [batch, P, R], else [batch, P, M] */
} Cdist;

/* p = 1 and 2, in the inputs' own type: a [batch, P, M], b [batch, M, R], y [batch, P, R]. */
typedef struct Euclid {
  bool square;
  const Tensor *a, *b, *y;
  int64_t P, R, M;
} Euclid;

/* One distance in f64: in f32 its square is nothing, or too much, or has lost digits. */
static double distance_of(const Euclid *j, int64_t row, int64_t r) {
  double sum = 0;
  for (int64_t m = 0; m < j->M; m++) {
    const double d =
        tensor_real(j->a, row * j->M + m) - tensor_real(j->b, (row / j->P * j->M + m) * j->R + r);
    sum += d * d;
  }
  return sqrt(sum);
}

static bool in_range(float square) { return square > 1e-30f && square < 1e38f; }

static void finish_f32(const Euclid *j, int64_t row) {
  enum { FEW = 32 };
  float *y = (float *)(void *)matrices_at(j->y, row * j->R);
  for (int64_t r0 = 0; r0 < j->R; r0 += FEW) {
    const int64_t end = j->R - r0 < FEW ? j->R : r0 + FEW;
    int odd = 0;
    for (int64_t r = r0; r < end; r++) odd |= !in_range(y[r]);
    for (int64_t r = r0; odd && r < end; r++)
      y[r] = in_range(y[r]) ? sqrtf(y[r]) : (float)distance_of(j, row, r);
    for (int64_t r = r0; !odd && r < end; r++) y[r] = sqrtf(y[r]);
  }
}

static void finish_f64(const Euclid *j, int64_t row) {
  double *y = (double *)(void *)matrices_at(j->y, row * j->R);
  for (int64_t r = 0; r < j->R; r++) y[r] = sqrt(y[r]);
}

/* Units: DISTANCE_ROWS rows of a, or what is left of a batch's. */
static void euclidean(void *context, int64_t begin, int64_t end) {
  const Euclid *j = context;
  const int64_t units = (j->P + DISTANCE_ROWS - 1) / DISTANCE_ROWS;
  for (int64_t u = begin; u < end && !interrupt_pending(); u++) {
    const int64_t batch = u / units, first = u % units * DISTANCE_ROWS, row = batch * j->P + first;
    const int rows = (int)(j->P - first < DISTANCE_ROWS ? j->P - first : DISTANCE_ROWS);
    kernels(j->y->dtype)
        ->distance(j->square, rows, j->M, j->R, matrices_at(j->a, row * j->M),
                   matrices_at(j->b, batch * j->M * j->R), matrices_at(j->y, row * j->R));
    for (int i = 0; j->square && i < rows; i++) (j->y->dtype == F32 ? finish_f32 : finish_f64)(j, row + i);
  }
}

static bool forward_euclidean(const OpCall *c, Err *e) {
  const Tensor turned = tensor_turned(c->x[1]);
  Tensor *a = tensor_contiguous(c->x[0], e),
         *b = a ? tensor_new(turned.dtype, turned.nd, turned.shape, e) : NULL;
  if (b) {
    tensor_copy(b, &turned);
    const int k = a->nd - 1;
    Euclid j = {PARAM(cdist, c)->p == 2, a, b, c->y[0], a->shape[k - 1], b->shape[k], a->shape[k]};
    const int64_t units = (j.P + DISTANCE_ROWS - 1) / DISTANCE_ROWS * matrices_count(a);
    parallel_for(units, 1 + GRAIN / (j.M * j.R * DISTANCE_ROWS), euclidean, &j);
  }
  tensor_release(a);
  tensor_release(b);
  return b != NULL;
}

static double power_of(double v, double p) {
  return p == 2 ? v * v : p == 1 ? v : p == 0 ? (double)(v != 0) : pow(v, p);
}

/* d of one row of a from all rows of b: a column of b at a time, so that R of them go together. */
static void distances(void *context, int64_t begin, int64_t end) {
  const Cdist *j = context;
  for (int64_t row = begin; row < end && !interrupt_pending(); row++) {
    const double *a = j->a + row * j->M, *b = j->b + row / j->P * j->M * j->R;
    double *d = j->to + row * j->R;
    memset(d, 0, (size_t)j->R * sizeof *d);
    for (int64_t m = 0; m < j->M; m++, b += j->R) {
      const double v = a[m];
      if (j->p == 2)
        for (int64_t r = 0; r < j->R; r++) d[r] += (v - b[r]) * (v - b[r]);
      else if (isinf(j->p))
        for (int64_t r = 0; r < j->R; r++) {
          const double far = fabs(v - b[r]);
          d[r] = far > d[r] || isnan(far) ? far : d[r];
        }
      else
        for (int64_t r = 0; r < j->R; r++) d[r] += power_of(fabs(v - b[r]), j->p);
    }
    if (j->p == 2)
      for (int64_t r = 0; r < j->R; r++) d[r] = sqrt(d[r]);
    else if (!isinf(j->p) && j->p != 0 && j->p != 1)
      for (int64_t r = 0; r < j->R; r++) d[r] = pow(d[r], 1 / j->p);
  }
}

/* What one difference has of dy / d^(p-1). */
static double slope(const Cdist *j, double difference, double d) {
  const double v = fabs(difference), sign = difference > 0 ? 1 : difference < 0 ? -1 : 0;
  if (isinf(j->p)) return (j->single ? (float)v == (float)d : v == d) ? sign : 0;
  if (j->p == 1) return sign;
  return v == 0 ? 0 : sign * pow(v / d, j->p - 1);
}

static void gradients(void *context, int64_t begin, int64_t end) {
  const Cdist *j = context;
  for (int64_t row = begin; row < end && !interrupt_pending(); row++) {
    const int64_t batch = row / j->P;
    const double *a = j->a + row * j->M, *b = j->b + batch * j->R * j->M;
    double *to = j->to + row * j->M;
    memset(to, 0, (size_t)j->M * sizeof *to);
    for (int64_t r = 0; r < j->R; r++, b += j->M) {
      const int64_t at = batch * j->P * j->R + row % j->P * j->d_row + r * j->d_step;
      const double d = j->d[at], g = j->g[at];
      if (d == 0 || j->p == 0) continue;
      if (j->p == 2)
        for (int64_t m = 0; m < j->M; m++) to[m] += g / d * (a[m] - b[m]);
      else
        for (int64_t m = 0; m < j->M; m++) to[m] += g * slope(j, a[m] - b[m], d);
    }
  }
}

static bool cdist_forward(OpCall *c, Err *e) {
  const Tensor *x = c->x[0], *y = c->y[0];
  const double p = PARAM(cdist, c)->p;
  if ((p == 1 || p == 2) && x->n && y->n) return forward_euclidean(c, e);
  Tensor *a = matrices_wide(c->x[0], false, e), *b = a ? matrices_wide(c->x[1], true, e) : NULL,
         *to = b ? tensor_new(F64, y->nd, y->shape, e) : NULL;
  if (to) {
    Cdist j = {.p = PARAM(cdist, c)->p,
               .P = x->shape[x->nd - 2],
               .R = y->shape[y->nd - 1],
               .M = x->shape[x->nd - 1],
               .a = a->data,
               .b = b->data,
               .to = to->data};
    const int64_t rows = j.R ? y->n / j.R : 0;
    parallel_for(rows, 1 + GRAIN / (j.M * j.R + 1), distances, &j);
    tensor_copy(c->y[0], to);
  }
  tensor_release(a);
  tensor_release(b);
  tensor_release(to);
  return to != NULL;
}

enum { A, B, DISTANCE, GRADIENT, ALL }; /* what backward reads: the inputs, y, dy, in f64 */

/* The gradient of x[i]: of y it is that of x with both changed. */
static bool one_gradient(const OpCall *c, int i, const Tensor *const t[ALL], Tensor *dx, bool add, Err *e) {
  const Tensor *a = t[i], *b = t[i == A ? B : A];
  Tensor *to = tensor_new(F64, a->nd, a->shape, e);
  if (!to) return false;
  const int64_t P = a->shape[a->nd - 2], R = b->shape[b->nd - 2];
  Cdist j = {.p = PARAM(cdist, c)->p,
             .single = dx->dtype == F32,
             .P = P,
             .R = R,
             .M = a->shape[a->nd - 1],
             .a = a->data,
             .b = b->data,
             .d = t[DISTANCE]->data,
             .g = t[GRADIENT]->data,
             .d_row = i == B ? 1 : R,
             .d_step = i == B ? P : 1,
             .to = to->data};
  if (a->n) parallel_for(a->n / j.M, 1 + GRAIN / (j.M * R + 1), gradients, &j);
  if (add) {
    for (int64_t k = 0; k < to->n; k++) tensor_set(dx, k, tensor_get(dx, k) + ((double *)to->data)[k]);
  } else tensor_copy(dx, to);
  tensor_release(to);
  return true;
}

static bool cdist_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  Tensor *t[ALL] = {NULL};
  Tensor *const from[ALL] = {c->x[A], c->x[B], c->y[0], dy[0]};
  bool ok = true;
  for (int i = 0; ok && i < ALL; i++) ok = (t[i] = matrices_wide(from[i], false, e)) != NULL;
  for (int i = A; ok && i <= B; i++)
    if (dx[i]) ok = one_gradient(c, i, (const Tensor *const *)t, dx[i], add >> i & 1, e);
  for (int i = 0; i < ALL; i++) tensor_release(t[i]);
  return ok;
}

static double cdist_flops(const OpCall *c) {
  return 3 * (double)c->y[0]->n * (double)c->x[0]->shape[c->x[0]->nd - 1];
}

/* clang-format off */
const Op op_cdist = {
    .name = "cdist", .where = "tm", .eq = "d[i,j] = (sum |x[i] - y[j]|^p)^(1/p)",
    .doc = "distances of every row of x [..., P, M] from every row of y [..., R, M]; p = inf: the greatest "
           "difference, 0: how many differ",
    .in = {"x", "y"},
    .param = TAKES(cdist),
    .flags = OP_PROMOTE | OP_FLOAT, .saves = SAVE_X0 | SAVE_X1 | SAVE_Y0,
    .shape = cdist_shape, .forward = cdist_forward, .backward = cdist_backward, .flops = cdist_flops,
    .check = {{2, {{2, {3, 4}}, {2, {5, 4}}}}, {2, {{3, {2, 3, 2}}, {3, {2, 1, 2}}}, .args = "p=3"},
              {2, {{2, {2, 3}}, {2, {4, 3}}}, .args = "p=1/0"},
              {2, {{2, {2, 3}}, {2, {4, 3}}}, .args = "p=0.5"}},
    .example = "print(tensor{{0, 0}, {3, 4}}:cdist(tensor{{0, 0}}))",
    .see = "norm, cosine_similarity"};
