/* op_cdist.c: distances of every row of x from every row of y: x [..., P, M], y [..., R, M] give [..., P, R].
 *
 *   d = (sum over m of |x_m - y_m|^p)^(1/p); p = inf: the greatest difference, 0: how many differ
 *   dx = sum over r of dy / d^(p-1) sign(x - y) |x - y|^(p-1), 0 where d or the difference is 0, as PyTorch has it
 * From the differences themselves: near points keep their digits; in f64, but for p = 0, 1, inf, and 2 where no square
 * leaves the range of f32; so are gradients whose parts stay in it. */
#include "kernel.h"
#include "matrices.h"
#include "norms.h"
#include "parallel.h"
#include "pointwise.h"

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

/* p = 0, 1, 2 and inf, in the inputs' own type: a [batch, P, M], b [batch, M, R], y [batch, P, R]. */
typedef struct Plain {
  enum Distance how;
  const Tensor *a, *b, *y;
  int64_t P, R, M;
} Plain;

static bool is_plain(double p, enum Distance *how) {
  *how = p == 0 ? DISTANCE_COUNT : p == 1 ? DISTANCE_CITY : p == 2 ? DISTANCE_EUCLID : DISTANCE_FARTHEST;
  return p == 0 || p == 1 || p == 2 || isinf(p);
}

/* One distance in f64: in f32 its square is nothing, or too much, or has lost digits. */
static double distance_of(const Plain *j, int64_t row, int64_t r) {
  double sum = 0;
  for (int64_t m = 0; m < j->M; m++) {
    const double d =
        tensor_real(j->a, row * j->M + m) - tensor_real(j->b, (row / j->P * j->M + m) * j->R + r);
    sum += d * d;
  }
  return sqrt(sum);
}

static bool in_range(float square) { return square > 1e-30f && square < 1e38f; }

static void finish_f32(const Plain *j, int64_t row) {
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

static void finish_f64(const Plain *j, int64_t row) {
  double *y = (double *)(void *)matrices_at(j->y, row * j->R);
  for (int64_t r = 0; r < j->R; r++) y[r] = sqrt(y[r]);
}

/* Units: DISTANCE_ROWS rows of a, or what is left of a batch's. */
static void plain_rows(void *context, int64_t begin, int64_t end) {
  const Plain *j = context;
  const int64_t units = (j->P + DISTANCE_ROWS - 1) / DISTANCE_ROWS;
  for (int64_t u = begin; u < end && !interrupt_pending(); u++) {
    const int64_t batch = u / units, first = u % units * DISTANCE_ROWS, row = batch * j->P + first;
    const int rows = (int)(j->P - first < DISTANCE_ROWS ? j->P - first : DISTANCE_ROWS);
    kernels(j->y->dtype)
        ->distance(j->how, rows, j->M, j->R, matrices_at(j->a, row * j->M),
                   matrices_at(j->b, batch * j->M * j->R), matrices_at(j->y, row * j->R));
    for (int i = 0; j->how == DISTANCE_EUCLID && i < rows; i++)
      (j->y->dtype == F32 ? finish_f32 : finish_f64)(j, row + i);
  }
}

static bool forward_plain(const OpCall *c, enum Distance how, Err *e) {
  const Dtype d = c->y[0]->dtype;
  Tensor *a = matrices_laid(c->x[0], d, false, e), *b = a ? matrices_laid(c->x[1], d, true, e) : NULL;
  if (b) {
    const int k = a->nd - 1;
    Plain j = {how, a, b, c->y[0], a->shape[k - 1], b->shape[k], a->shape[k]};
    const int64_t units = (j.P + DISTANCE_ROWS - 1) / DISTANCE_ROWS * matrices_count(a);
    parallel_for(units, 1 + GRAIN / (j.M * j.R * DISTANCE_ROWS), plain_rows, &j);
  }
  tensor_release(a);
  tensor_release(b);
  return b != NULL;
}

enum { SOME = NORMS_SOME };

/* d of one row of a from `wide` rows of b: a column of b at a time, so that they go together. */
static void some_distances(const Cdist *j, int64_t wide, const double *a, const double *b, double *d) {
  double v[SOME];
  memset(d, 0, (size_t)wide * sizeof *d);
  for (int64_t m = 0; m < j->M; m++, b += j->R) {
    for (int64_t r = 0; r < wide; r++) v[r] = fabs(a[m] - b[r]);
    norms_raise(wide, v, j->p);
    for (int64_t r = 0; r < wide; r++) d[r] += v[r];
  }
  if (j->p != 0 && !isinf(j->p)) norms_raise(wide, d, 1 / j->p);
}

static void distances(void *context, int64_t begin, int64_t end) {
  const Cdist *j = context;
  for (int64_t row = begin; row < end && !interrupt_pending(); row++)
    for (int64_t r = 0; r < j->R; r += SOME)
      some_distances(j, j->R - r < SOME ? j->R - r : SOME, j->a + row * j->M,
                     j->b + row / j->P * j->M * j->R + r, j->to + row * j->R + r);
}

/* What differences a - b have of dy / d^(p-1), `rows` of b at once, `wide` coordinates of each. */
static void some_slopes(const Cdist *j, int64_t rows, int64_t wide, const double *a, const double *b,
                        const double *d, const double *g, double *to) {
  const bool linear = j->p == 2; /* 0 / NaN is NaN then */
  double v[SOME];
  for (int64_t r = 0; r < rows; r++)
    for (int64_t m = 0; m < wide; m++) {
      const double far = fabs(a[m] - b[r * j->M + m]), of = d[r * j->d_step];
      v[r * wide + m] = !isinf(j->p) ? far / of : (j->single ? (float)far == (float)of : far == of) ? 1 : 0;
    }
  if (!isinf(j->p)) norms_raise(rows * wide, v, j->p - 1);
  for (int64_t r = 0; r < rows; r++) {
    const double slope = g[r * j->d_step];
    if (d[r * j->d_step] == 0) continue;
    for (int64_t m = 0; m < wide; m++) {
      const double e = a[m] - b[r * j->M + m], f = e == 0 && !linear ? 0 : v[r * wide + m];
      to[m] += slope * (e > 0 ? f : e < 0 ? -f : f * 0); /* no branch: signs cannot be foreseen */
    }
  }
}

static void gradients(void *context, int64_t begin, int64_t end) {
  const Cdist *j = context;
  for (int64_t row = begin; row < end && !interrupt_pending(); row++) {
    const int64_t batch = row / j->P, first = batch * j->P * j->R + row % j->P * j->d_row;
    const double *a = j->a + row * j->M, *b = j->b + batch * j->R * j->M;
    double *to = j->to + row * j->M;
    memset(to, 0, (size_t)j->M * sizeof *to);
    for (int64_t m = 0; m < j->M && j->p != 0; m += SOME) {
      const int64_t wide = j->M - m < SOME ? j->M - m : SOME, most = SOME / wide;
      for (int64_t r = 0; r < j->R; r += most)
        some_slopes(j, j->R - r < most ? j->R - r : most, wide, a + m, b + r * j->M + m,
                    j->d + first + r * j->d_step, j->g + first + r * j->d_step, to + m);
    }
  }
}

static bool cdist_forward(OpCall *c, Err *e) {
  const Tensor *x = c->x[0], *y = c->y[0];
  enum Distance how;
  if (is_plain(PARAM(cdist, c)->p, &how) && x->n && y->n) return forward_plain(c, how, e);
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

/* --- gradients in the inputs' own type ----------------------------------------------------------------------- */

typedef struct Slopes {
  enum Distance how;
  const Tensor *a, *b, *w, *d, *to; /* [batch, P, M], [batch, M, R], [batch, P, R] twice, as a */
  int64_t P, R, M;
} Slopes;

/* w = dy, of p = 2 dy / d; 0 where d is.  False: parts of the gradient may leave the range.  S: as wide as T. */
#define WEIGHTS(T, S, LEAST, MOST)                                                                           \
  static bool weights_##T(bool square, int64_t n, T *w, const T *d, const T *g) {                            \
    S bad = 0;                                                                                               \
    for (int64_t i = 0; i < n; i++) {                                                                        \
      const T v = square ? g[i] / d[i] : g[i], size = v < 0 ? -v : v;                                        \
      const S none = d[i] == 0, in = (d[i] > LEAST) & (d[i] < MOST) & (size < MOST),                         \
              counts = (size > LEAST) | (g[i] == 0), finite = g[i] - g[i] == 0;                              \
      bad |= 1 ^ ((none | (in & counts)) & finite);                                                          \
      w[i] = none ? 0 : v;                                                                                   \
    }                                                                                                        \
    return !bad;                                                                                             \
  }
WEIGHTS(float, int32_t, 1e-30f, 1e30f)
WEIGHTS(double, int64_t, 1e-300, 1e300)

/* Those of all differences, [batch, P, R].  NULL: no memory. */
static Tensor *weights_of(Tensor *y, Tensor *dy, bool square, bool *in_range, Err *e) {
  Tensor *d = matrices_laid(y, y->dtype, false, e), *g = d ? matrices_laid(dy, y->dtype, false, e) : NULL,
         *w = g ? tensor_new(d->dtype, d->nd, d->shape, e) : NULL;
  if (w)
    *in_range = w->dtype == F32
                    ? weights_float(square, w->n, (float *)w->data, (float *)d->data, (float *)g->data)
                    : weights_double(square, w->n, (double *)w->data, (double *)d->data, (double *)g->data);
  tensor_release(d);
  tensor_release(g);
  return w;
}

static void slopes_rows(void *context, int64_t begin, int64_t end) {
  const Slopes *j = context;
  for (int64_t row = begin; row < end && !interrupt_pending(); row++)
    kernels(j->a->dtype)
        ->slopes(j->how, j->M, j->R, matrices_at(j->a, row * j->M),
                 matrices_at(j->b, row / j->P * j->M * j->R), matrices_at(j->w, row * j->R),
                 matrices_at(j->d, row * j->R), matrices_at(j->to, row * j->M));
}

/* The gradient of x[i] from them, of y's from them turned; distances are read where p is inf. */
static bool plain_gradient(enum Distance how, const OpCall *c, int i, Tensor *weights, Tensor *dx, bool add,
                           Err *e) {
  const Dtype type = weights->dtype;
  Tensor *a = matrices_laid(c->x[i], type, false, e),
         *b = a ? matrices_laid(c->x[i == A ? B : A], type, true, e) : NULL,
         *w = b ? matrices_laid(weights, type, i == B, e) : NULL,
         *d = !w                         ? NULL
              : how == DISTANCE_FARTHEST ? matrices_laid(c->y[0], type, i == B, e)
                                         : tensor_retain(w),
         *to = d ? tensor_new(a->dtype, a->nd, a->shape, e) : NULL;
  if (to) {
    const int k = a->nd - 1;
    Slopes j = {how, a, b, w, d, to, a->shape[k - 1], b->shape[k], a->shape[k]};
    parallel_for(a->n / j.M, 1 + GRAIN / (j.M * j.R), slopes_rows, &j);
    const Tensor *from = to;
    pointwise_map(M_copy, dx, &from, 1, NULL, add);
  }
  Tensor *all[] = {a, b, d, w, to};
  for (int k = 0; k < 5; k++) tensor_release(all[k]);
  return to != NULL;
}

static bool cdist_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  Tensor *t[ALL] = {NULL};
  Tensor *const from[ALL] = {c->x[A], c->x[B], c->y[0], dy[0]};
  Tensor *y = c->y[0];
  enum Distance how;
  const bool tries = is_plain(PARAM(cdist, c)->p, &how) && how != DISTANCE_COUNT && y->n && c->x[A]->n &&
                     dy[0]->dtype == y->dtype;
  bool plain = false;
  Tensor *w = tries ? weights_of(y, dy[0], how == DISTANCE_EUCLID, &plain, e) : NULL;
  bool ok = w || !tries;
  for (int i = A; ok && i <= B; i++) {
    if (!dx[i]) continue;
    if (plain) ok = plain_gradient(how, c, i, w, dx[i], add >> i & 1, e);
    for (int k = 0; ok && !plain && k < ALL; k++) ok = t[k] || (t[k] = matrices_wide(from[k], false, e));
    if (ok && !plain) ok = one_gradient(c, i, (const Tensor *const *)t, dx[i], add >> i & 1, e);
  }
  tensor_release(w);
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
