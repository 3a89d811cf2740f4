/* op_extreme.c: see op_extreme.h; max, min, argmax, argmin, softmax, log_softmax: ops along one dimension. */
#include "op_extreme.h"

#include "kernel.h"
#include "op_move.h"
#include "parallel.h"
#include "pointwise.h"
#include "reduce.h"

#include <math.h>
#include <string.h>

enum Kind { MAX, MIN, ARGMAX, ARGMIN };
enum { PROBABILITY, LOGARITHM }; /* of softmax */
PARAMS(extreme, (DIM, dim, OP_NONE, "dimension; all elements without one"),
       (BOOL, keepdim, false, "the dimension stays as 1"))
PARAMS(softmax, (DIM, dim, -1, "dimension whose probabilities sum to 1"))

static bool is_arg(const OpCall *c) { return c->op->flavour >= ARGMAX; }
static bool is_max(const OpCall *c) { return c->op->flavour == MAX || c->op->flavour == ARGMAX; }

/* y0: values (or indices, for arg); y1: indices, when a dim is given; save[0]: indices of a full reduction. */
static bool extreme_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[0];
  char text[TEXT];
  struct extreme_params *p = PARAM(extreme, c);
  bool all = !op_given(p->dim);
  if (!all && !op_dim(c, &p->dim, x->nd, e)) return false;
  int64_t shape[DIMS];
  int nd = 0;
  for (int i = 0; i < x->nd && !all; i++)
    if (i != p->dim) shape[nd++] = x->shape[i];
    else if (p->keepdim) shape[nd++] = 1;
  if ((all ? x->n : x->shape[p->dim]) == 0)
    return err_set(e, "%s: %s has no element to choose from", c->op->name, tensor_text(text, x));
  if (!op_output(c, 0, is_arg(c) ? I64 : x->dtype, nd, shape, e)) return false;
  if (!all && !is_arg(c)) return op_output(c, 1, I64, nd, shape, e) != NULL;
  return true;
}

static bool extreme_forward(OpCall *c, Err *e) {
  const int dim = PARAM(extreme, c)->dim;
  bool over[DIMS] = {false};
  for (int i = 0; i < c->x[0]->nd; i++) over[i] = !op_given(dim) || i == dim;
  Tensor *index = is_arg(c) ? c->y[0] : c->y[1], *value = is_arg(c) ? NULL : c->y[0];
  return reduce_extremes(is_max(c), index, value, c->x[0], over, e);
}

/* dx and x: n reals in a row; where the best is NaN, the NaNs are it. */
#define SPREAD(T)                                                                                            \
  static int64_t ties_##T(int64_t n, const T *x, T best) {                                                   \
    int64_t ties = 0;                                                                                        \
    for (int64_t i = 0; i < n; i++) ties += best == best ? x[i] == best : x[i] != x[i];                      \
    return ties;                                                                                             \
  }                                                                                                          \
  static void spread_##T(int64_t n, T *dx, const T *x, T best, double dy, bool add) {                        \
    const T share = (T)(dy / (double)ties_##T(n, x, best));                                                  \
    for (int64_t i = 0; i < n; i++) {                                                                        \
      const T g = (best == best ? x[i] == best : x[i] != x[i]) ? share : 0;                                  \
      dx[i] = add ? dx[i] + g : g;                                                                           \
    }                                                                                                        \
  }
SPREAD(float)
SPREAD(double)

/* Each dy[outer, inner] to where its row of dx[outer, n, inner] had the best, counted from 1. */
static void to_best(const Tensor *dy, const int64_t *at, Tensor *dx, int dim) {
  const int64_t n = dx->shape[dim], inner = op_behind(dx, dim);
  int64_t k = 0;
  for (int64_t row = 0; k < dy->n; row += n * inner)
    for (int64_t i = 0; i < inner; i++, k++) {
      const int64_t to = row + (at[k] - 1) * inner + i;
      tensor_set_real(dx, to, tensor_real(dx, to) + tensor_real(dy, k));
    }
}

bool extreme_spread(Tensor *dx, Tensor *x, const Tensor *best, const Tensor *dy, bool add, Err *e) {
  Tensor *rows = tensor_contiguous(x, e);
  if (!rows) return false;
  const double chosen = tensor_real(best, 0), g = tensor_real(dy, 0);
  if (dx->dtype == F32) spread_float(dx->n, dx->data, rows->data, (float)chosen, g, add);
  else spread_double(dx->n, dx->data, rows->data, chosen, g, add);
  tensor_release(rows);
  return true;
}

/* One dim: to the chosen element. */
static bool extreme_backward(const OpCall *c, Tensor *const *dys, Tensor **dx, unsigned add, Err *e) {
  const int dim = PARAM(extreme, c)->dim;
  if (!op_given(dim)) return extreme_spread(dx[0], c->x[0], c->y[0], dys[0], add & 1, e);
  Tensor *dy = tensor_contiguous(dys[0], e);
  if (!dy) return false;
  if (!(add & 1)) tensor_fill(dx[0], 0);
  to_best(dy, c->y[1]->data, dx[0], dim);
  tensor_release(dy);
  return true;
}

/* --- softmax -------------------------------------------------------------------------------------------- */

static bool softmax_shape(OpCall *c, Err *e) {
  if (!op_want_float(c, 0, e)) return false;
  if (c->x[0]->nd == 0) return err_set(e, "%s: x has no dimension", c->op->name);
  if (!op_dim(c, &PARAM(softmax, c)->dim, c->x[0]->nd, e)) return false;
  return op_output(c, 0, c->x[0]->dtype, c->x[0]->nd, c->x[0]->shape, e) != NULL;
}

/* a and b (none: forward) and `out`: [outer, n, inner], along n. */
typedef struct Softmax {
  const SoftmaxKernels *k;
  bool log, add;
  int64_t n, inner, tiles, size;
  unsigned char *out;
  const unsigned char *a, *b;
} Softmax;

enum { TILE = 128 }; /* columns beside each other: one task */

static void softmax_tasks(void *context, int64_t begin, int64_t end) {
  const Softmax *j = context;
  if (j->inner == 1 && !j->b) {
    const int64_t at = begin * j->n * j->size;
    j->k->rows[j->log](end - begin, j->n, j->out + at, j->a + at);
    return;
  }
  for (int64_t t = begin; t < end; t++) {
    const int64_t c = t % j->tiles * TILE, at = (t / j->tiles * j->n * j->inner + c) * j->size;
    const int64_t wide = j->inner - c < TILE ? j->inner - c : TILE;
    if (j->inner == 1) j->k->row_grad[j->log](j->n, j->out + at, j->a + at, j->b + at, j->add);
    else if (j->b) j->k->column_grad[j->log](j->n, wide, j->inner, j->out + at, j->a + at, j->b + at, j->add);
    else j->k->column[j->log](j->n, wide, j->inner, j->out + at, j->a + at);
  }
}

/* How many columns lie beside each other along dim; 0: few, or x is turned so that rows lie ready. */
static int64_t columns_of(const Tensor *x, int dim) {
  enum { FEW = 4 };
  const int64_t inner = op_behind(x, dim);
  return inner != 1 && (inner < FEW || (x->stride[dim] == 1 && !tensor_is_contiguous(x))) ? 0 : inner;
}

static Tensor *rows_of(const Tensor *t, int dim, Err *e) { /* contiguous, dim last */
  Tensor *v = move_dim_last(t, dim, e), *c = v ? tensor_contiguous(v, e) : NULL;
  tensor_release(v);
  return c;
}

static bool put_back(const Tensor *rows, Tensor *t, int dim, bool add, Err *e) {
  Tensor *v = move_dim_last(t, dim, e);
  if (!v) return false;
  pointwise_map(M_copy, v, &rows, 1, NULL, add);
  tensor_release(v);
  return true;
}

/* to (+)= softmax of x, or with dy its gradient where x is the softmax. */
static bool softmax_run(const OpCall *c, Tensor *to, Tensor *x, Tensor *dy, bool add, Err *e) {
  const int dim = PARAM(softmax, c)->dim;
  const int64_t columns = columns_of(x, dim), inner = columns ? columns : 1;
  const bool direct = columns > 0;
  Tensor *a = direct ? tensor_contiguous(x, e) : rows_of(x, dim, e), *b = NULL, *out = NULL;
  bool ok = a && (out = direct ? tensor_retain(to) : tensor_new(a->dtype, a->nd, a->shape, e));
  if (ok && dy) ok = (b = direct ? tensor_contiguous(dy, e) : rows_of(dy, dim, e)) != NULL;
  if (ok && x->n) {
    Softmax j = {kernels(x->dtype)->softmax,
                 c->op->flavour == LOGARITHM,
                 direct && add,
                 x->shape[dim],
                 inner,
                 (inner + TILE - 1) / TILE,
                 (int64_t)dtype_size[x->dtype],
                 out->data,
                 a->data,
                 b ? b->data : NULL};
    const int64_t a_task = j.n * (inner < TILE ? inner : TILE);
    parallel_for(x->n / j.n / inner * j.tiles, 1 + GRAIN_HEAVY / a_task, softmax_tasks, &j);
    if (!direct) ok = put_back(out, to, dim, add, e);
  }
  tensor_release(a);
  tensor_release(b);
  tensor_release(out);
  return ok;
}

static bool softmax_forward(OpCall *c, Err *e) { return softmax_run(c, c->y[0], c->x[0], NULL, false, e); }
static bool softmax_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  return softmax_run(c, dx[0], c->y[0], dy[0], add & 1, e);
}

static double softmax_flops(const OpCall *c) { return 5 * (double)c->x[0]->n; }

/* clang-format off */
#define CHECKS {1, {{2, {3, 4}}}}, {1, {{3, {2, 3, 4}}}, .args = "dim=2"}, {1, {{3, {2, 3, 4}}}, \
    .args = "dim=-1, keepdim=true"}
const Op op_max = {
    .name = "max", .where = "tm", .eq = "y, i = greatest of x along dim and where",
    .doc = "greatest element; with dim also its index (from 1); NaN wins", .in = {"x"},
    .param = TAKES(extreme),
    .saves = SAVE_X0 | SAVE_Y0 | SAVE_Y1, .flavour = MAX,
    .shape = extreme_shape, .forward = extreme_forward, .backward = extreme_backward,
    .check = {CHECKS},
    .example = "print(tensor{{1, 5}, {4, 3}}:max(2))",
    .see = "argmax, maximum, topk"};
const Op op_min = {
    .name = "min", .where = "tm", .eq = "y, i = least of x along dim and where",
    .doc = "least element; with dim also its index (from 1); NaN wins", .in = {"x"},
    .param = TAKES(extreme),
    .saves = SAVE_X0 | SAVE_Y0 | SAVE_Y1, .flavour = MIN,
    .shape = extreme_shape, .forward = extreme_forward, .backward = extreme_backward,
    .check = {CHECKS},
    .example = "print(tensor{{1, 5}, {4, 3}}:min(2))",
    .see = "argmin, minimum"};
const Op op_argmax = {
    .name = "argmax", .where = "tm", .eq = "i = where x is greatest along dim",
    .doc = "index of the greatest element, from 1", .in = {"x"},
    .param = TAKES(extreme),
    .flags = OP_NO_GRAD, .flavour = ARGMAX,
    .shape = extreme_shape, .forward = extreme_forward,
    .example = "print(tensor{{1, 5}, {4, 3}}:argmax(2))",
    .see = "max, argmin"};
const Op op_argmin = {
    .name = "argmin", .where = "tm", .eq = "i = where x is least along dim",
    .doc = "index of the least element, from 1", .in = {"x"},
    .param = TAKES(extreme),
    .flags = OP_NO_GRAD, .flavour = ARGMIN,
    .shape = extreme_shape, .forward = extreme_forward,
    .example = "print(tensor{{1, 5}, {4, 3}}:argmin(2))",
    .see = "min, argmax"};
#define SOFTMAX_CHECKS {1, {{2, {3, 4}}}}, {1, {{3, {2, 3, 4}}}, .args = "dim=2"}
const Op op_softmax = {
    .name = "softmax", .where = "tmn", .eq = "y = e^x / sum of e^x along dim",
    .doc = "probabilities along dim", .in = {"x"},
    .param = TAKES(softmax),
    .saves = SAVE_Y0, .flavour = PROBABILITY,
    .shape = softmax_shape, .forward = softmax_forward, .backward = softmax_backward, .flops = softmax_flops,
    .check = {SOFTMAX_CHECKS},
    .example = "print(tensor{1, 2, 3}:softmax())",
    .see = "log_softmax, cross_entropy"};
const Op op_log_softmax = {
    .name = "log_softmax", .where = "tmn", .eq = "y = x - log sum of e^x along dim",
    .doc = "logarithms of probabilities along dim", .in = {"x"},
    .param = TAKES(softmax),
    .saves = SAVE_Y0, .flavour = LOGARITHM,
    .shape = softmax_shape, .forward = softmax_forward, .backward = softmax_backward, .flops = softmax_flops,
    .check = {SOFTMAX_CHECKS},
    .example = "print(tensor{1, 2, 3}:log_softmax())",
    .see = "softmax, nll"};
