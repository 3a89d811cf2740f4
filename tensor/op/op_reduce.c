/* op_reduce.c: sums, means, extremes, norms over dimensions; arithmetic in reduce.c.
 *
 * `dim` absent means all dimensions and a 0-d result.  Integers are summed exactly in i64; their means are
 * f32. */
#include "lay.h"
#include "norms.h"
#include "op.h"
#include "parallel.h"
#include "pointwise.h"
#include "reduce.h"

#include <math.h>
#include <string.h>

enum Kind { SUM, MEAN, PROD, ANY, ALL, COUNT, VAR, STD, NORM, LOGSUMEXP };

#define OVER                                                                                                 \
  (DIMS, dim, OP_NONE, "dimensions to reduce; all"), (BOOL, keepdim, false, "reduced dimensions stay as 1")
PARAMS(reduce, OVER)
PARAMS(var, OVER, (BOOL, unbiased, true, "divide by n - 1 instead of n"))
PARAMS(norm, (NUMBER, p, 2, "any number; 0 counts, inf and -inf are extremes"), OVER)

static const IntList *dims_of(const OpCall *c) {
  switch (c->op->flavour) {
  case NORM: return &PARAM(norm, c)->dim;
  case VAR:
  case STD: return &PARAM(var, c)->dim;
  default: return &PARAM(reduce, c)->dim;
  }
}
static bool keeps(const OpCall *c) {
  switch (c->op->flavour) {
  case NORM: return PARAM(norm, c)->keepdim;
  case VAR:
  case STD: return PARAM(var, c)->keepdim;
  default: return PARAM(reduce, c)->keepdim;
  }
}

static void over_of(const OpCall *c, bool over[DIMS]) {
  const IntList *dims = dims_of(c);
  memset(over, 0, DIMS * sizeof *over);
  for (int i = 0; i < dims->n; i++) over[dims->v[i]] = true;
}

/* The shape of the result; with `keep` reduced dimensions stay as 1. */
static int result_shape(const OpCall *c, bool keep, int64_t *shape) {
  bool over[DIMS];
  over_of(c, over);
  int nd = 0;
  for (int i = 0; i < c->x[0]->nd; i++) {
    if (!over[i]) shape[nd++] = c->x[0]->shape[i];
    else if (keep) shape[nd++] = 1;
  }
  return nd;
}

static int64_t reduced_count(const OpCall *c) {
  const IntList *dims = dims_of(c);
  int64_t n = 1;
  for (int i = 0; i < dims->n; i++) n *= c->x[0]->shape[dims->v[i]];
  return n;
}

static Dtype result_dtype(const OpCall *c) {
  Dtype d = c->x[0]->dtype;
  if (c->op->flavour == ANY || c->op->flavour == ALL) return BOOL;
  if (c->op->flavour == COUNT) return I64;
  if (dtype_is_float(d)) return d;
  return c->op->flavour == SUM || c->op->flavour == PROD ? I64 : F32;
}

static bool reduce_shape(OpCall *c, Err *e) {
  int64_t shape[DIMS];
  if (!op_dims(c, (IntList *)(uintptr_t)dims_of(c), c->x[0]->nd, e)) return false;
  int nd = result_shape(c, keeps(c), shape);
  return op_output(c, 0, result_dtype(c), nd, shape, e) != NULL;
}

/* --- exact and logical reductions over any dtype --------------------------------------------------------- */

/* What counts comes in any order (OP_STRIDES): a matrix is read as fast in either, and all dimensions are; several of
 * more go better by rows. */
static bool count_shape(OpCall *c, Err *e) {
  Tensor *x = c->x[0];
  return reduce_shape(c, e) && (x->nd == 2 || PARAM(reduce, c)->dim.n == x->nd || lay_dense(x, e));
}

static bool plain_forward(OpCall *c, Err *e) {
  bool over[DIMS];
  over_of(c, over);
  Tensor *y = c->y[0];
  switch (c->op->flavour) {
  case SUM: return reduce_elements(E_SUM, y->data, NULL, c->x[0], over, e);
  case PROD: return reduce_elements(E_PROD, y->data, NULL, c->x[0], over, e);
  case COUNT: return reduce_elements(E_COUNT, y->data, NULL, c->x[0], over, e);
  }
  if (reduced_count(c) == 1) {
    Tensor to = reduce_shaped(y, c->x[0]);
    tensor_copy(&to, c->x[0]);
    return true;
  }
  Tensor *count = tensor_new(I64, y->nd, y->shape, e);
  const bool ok = count && reduce_elements(E_COUNT, count->data, NULL, c->x[0], over, e);
  const int64_t *n = ok ? count->data : NULL, all = reduced_count(c);
  for (int64_t i = 0; ok && i < y->n; i++)
    ((unsigned char *)y->data)[i] = c->op->flavour == ANY ? n[i] > 0 : n[i] == all;
  tensor_release(count);
  return ok;
}

/* --- sum, mean, prod ------------------------------------------------------------------------------------ */

/* Means of whole numbers whose sums i64 holds. */
static bool whole_mean(const OpCall *c, const bool over[DIMS], Err *e) {
  Tensor *y = c->y[0], *sum = tensor_new(I64, y->nd, y->shape, e);
  const bool ok = sum && reduce_elements(E_SUM, sum->data, NULL, c->x[0], over, e);
  const int64_t *v = ok ? sum->data : NULL;
  const double n = (double)reduced_count(c);
  for (int64_t i = 0; ok && i < y->n; i++) ((float *)y->data)[i] = (float)((double)v[i] / n);
  tensor_release(sum);
  return ok;
}

static bool sum_forward(OpCall *c, Err *e) {
  bool over[DIMS];
  over_of(c, over);
  Tensor *x = c->x[0], *y = c->y[0];
  if (!dtype_is_float(y->dtype)) return plain_forward(c, e);
  if (c->op->flavour == MEAN && !dtype_is_float(x->dtype) && x->dtype != I64) return whole_mean(c, over, e);
  Tensor *real = tensor_cast(x, y->dtype, e);
  if (!real) return false;
  bool ok = reduce_run(c->op->flavour == PROD ? R_PROD : R_SUM, y, real, over, false, e);
  tensor_release(real);
  double n = (double)reduced_count(c);
  if (ok && c->op->flavour == MEAN) {
    const Tensor *in = y;
    double scale = 1 / n;
    Tensor one = {.dtype = F64, .n = 1, .data = (unsigned char *)&scale};
    const Tensor *two[2] = {in, &one};
    pointwise_map(M_mul, y, two, 2, NULL, false);
  }
  return ok;
}

/* dy with the reduced dimensions put back as 1, so that it broadcasts to x. */
static Tensor *spread(const OpCall *c, const Tensor *dy, Err *e) {
  bool over[DIMS];
  over_of(c, over);
  int64_t shape[DIMS], stride[DIMS];
  int from = 0;
  for (int i = 0; i < c->x[0]->nd; i++) {
    bool there = !over[i] || keeps(c);
    shape[i] = over[i] ? 1 : c->x[0]->shape[i];
    stride[i] = there && !over[i] ? dy->stride[from] : 0;
    from += there;
  }
  return tensor_view(dy, c->x[0]->nd, shape, stride, 0, e);
}

static bool sum_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  Tensor *g = spread(c, dy[0], e);
  if (!g) return false;
  double scale = c->op->flavour == MEAN ? 1 / (double)reduced_count(c) : 1;
  Tensor one = {.dtype = g->dtype == F64 ? F64 : F32, .n = 1};
  float small = (float)scale;
  one.data = one.dtype == F64 ? (unsigned char *)&scale : (unsigned char *)&small;
  const Tensor *in[2] = {g, &one};
  if (c->op->flavour == MEAN) pointwise_grad(M_mul, 0, dx[0], in, 2, NULL, add & 1);
  else pointwise_grad(M_copy, 0, dx[0], in, 1, NULL, add & 1);
  tensor_release(g);
  return true;
}

/* A sum's gradient is dy repeated: a view with strides of 0. */
static Tensor *sum_pass(const OpCall *c, int i, Tensor *dy, Err *e) {
  (void)i;
  const Tensor *x = c->x[0];
  if (dy->dtype != x->dtype) return NULL;
  Tensor *g = spread(c, dy, e);
  if (!g) return NULL;
  int64_t stride[DIMS];
  shape_expand_strides(g, x->nd, x->shape, stride);
  Tensor *v = tensor_view(g, x->nd, x->shape, stride, 0, e);
  tensor_release(g);
  return v;
}

/* dx (+)= part, which is in the order of reduce_gathered. */
static bool from_gathered(Tensor *dx, const Tensor *part, const bool over[DIMS], bool add, Err *e) {
  int64_t shape[DIMS], stride[DIMS];
  int k = 0;
  for (int pass = 0; pass < 2; pass++)
    for (int i = 0; i < dx->nd; i++)
      if (over[i] == (pass == 1)) {
        shape[k] = dx->shape[i];
        stride[k++] = dx->stride[i];
      }
  Tensor *v = tensor_view(dx, dx->nd, shape, stride, 0, e);
  if (v) pointwise_map(M_copy, v, &part, 1, NULL, add);
  tensor_release(v);
  return v != NULL;
}

/* dx[i] = dy * product of x before i * product behind i, n in a row: no division, which is right beside a 0 and an infinity,
 * too.  Products of quarters first, so that the four do not wait for each other. */
#define OTHERS(T)                                                                                            \
  static void others_##T(int64_t n, T *dx, const T *x, double dy) {                                          \
    enum { PARTS = 4 };                                                                                      \
    const int64_t part = n / PARTS, rest = PARTS * part;                                                     \
    double of[PARTS] = {1, 1, 1, 1}, before[PARTS + 1] = {1}, behind[PARTS + 1];                             \
    for (int64_t i = 0; i < part; i++)                                                                       \
      for (int k = 0; k < PARTS; k++) of[k] *= (double)x[k * part + i];                                      \
    for (int k = 0; k < PARTS; k++) before[k + 1] = before[k] * of[k];                                       \
    behind[PARTS] = dy;                                                                                      \
    for (int64_t i = rest; i < n; i++) {                                                                     \
      dx[i] = (T)before[PARTS];                                                                              \
      before[PARTS] *= (double)x[i];                                                                         \
    }                                                                                                        \
    for (int64_t i = n; i-- > rest; behind[PARTS] *= (double)x[i])                                           \
      dx[i] = (T)((double)dx[i] * behind[PARTS]);                                                            \
    for (int k = PARTS; k-- > 0;) behind[k] = k + 1 < PARTS ? behind[k + 1] * of[k + 1] : behind[PARTS];     \
    for (int64_t i = 0; i < part; i++)                                                                       \
      for (int k = 0; k < PARTS; k++) {                                                                      \
        dx[k * part + i] = (T)before[k];                                                                     \
        before[k] *= (double)x[k * part + i];                                                                \
      }                                                                                                      \
    for (int64_t i = part; i-- > 0;)                                                                         \
      for (int k = 0; k < PARTS; k++) {                                                                      \
        dx[k * part + i] = (T)((double)dx[k * part + i] * behind[k]);                                        \
        behind[k] *= (double)x[k * part + i];                                                                \
      }                                                                                                      \
  }
OTHERS(float)
OTHERS(double)

typedef struct ProductGrad {
  const Tensor *x, *dy; /* [outer][inner], [outer] */
  Tensor *part;
  int64_t inner;
} ProductGrad;

static void product_rows(void *context, int64_t begin, int64_t end) {
  const ProductGrad *j = context;
  for (int64_t o = begin; o < end && !interrupt_pending(); o++) {
    const int64_t at = o * j->inner;
    const double dy = tensor_real(j->dy, o);
    if (j->x->dtype == F32)
      others_float(j->inner, (float *)j->part->data + at, (const float *)j->x->data + at, dy);
    else others_double(j->inner, (double *)j->part->data + at, (const double *)j->x->data + at, dy);
  }
}

static bool prod_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  bool over[DIMS];
  over_of(c, over);
  int64_t outer, inner;
  Tensor *x = reduce_gathered(c->x[0], over, &outer, &inner, e), *g = tensor_contiguous(dy[0], e),
         *part = NULL;
  bool ok = x && g && (part = tensor_new(x->dtype, x->nd, x->shape, e));
  if (ok) {
    ProductGrad j = {x, g, part, inner};
    parallel_for(outer, 1 + GRAIN / (inner + 1), product_rows, &j);
  }
  ok = ok && from_gathered(dx[0], part, over, add & 1, e);
  tensor_release(x);
  tensor_release(g);
  tensor_release(part);
  return ok;
}

/* --- var, std: two passes; save[0]: the means, kept as dimensions of 1 ---------------------------------- */

static bool var_shape(OpCall *c, Err *e) {
  if (!reduce_shape(c, e)) return false;
  if (tensor_is_meta(c->x[0])) return true;
  int64_t shape[DIMS];
  int nd = result_shape(c, true, shape);
  return (c->save[0] = tensor_new(c->y[0]->dtype, nd, shape, e)) != NULL;
}

static double degrees(const OpCall *c) {
  double n = (double)reduced_count(c);
  return !PARAM(var, c)->unbiased ? n : n > 1 ? n - 1 : 0; /* 0: of too few numbers there is none, NaN */
}

static void scale_by(Tensor *t, double v) {
  Tensor one = {.dtype = F64, .n = 1, .data = (unsigned char *)&v};
  const Tensor *in[2] = {t, &one};
  pointwise_map(M_mul, t, in, 2, NULL, false);
}

static bool var_forward(OpCall *c, Err *e) {
  bool over[DIMS];
  over_of(c, over);
  Tensor *mean = c->save[0], *y = c->y[0], *x = tensor_cast(c->x[0], y->dtype, e), *d = NULL;
  bool ok = x && (d = tensor_new(y->dtype, x->nd, x->shape, e)) && reduce_run(R_SUM, mean, x, over, false, e);
  if (ok) {
    scale_by(mean, 1 / (double)reduced_count(c));
    const Tensor *in[2] = {x, mean};
    pointwise_map(M_sub, d, in, 2, NULL, false);
    ok = reduce_run(R_SUMSQ, y, d, over, false, e);
  }
  if (ok) {
    scale_by(y, 1 / degrees(c));
    const Tensor *in = y;
    if (c->op->flavour == STD) pointwise_map(M_sqrt, y, &in, 1, NULL, false);
  }
  tensor_release(x);
  tensor_release(d);
  return ok;
}

static bool var_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  Tensor *g = spread(c, dy[0], e), *d = NULL, *s = NULL, *h = NULL;
  bool ok = g && (d = tensor_new(dx[0]->dtype, dx[0]->nd, dx[0]->shape, e)) && (h = tensor_clone(g, e));
  if (ok) {
    const Tensor *in[2] = {c->x[0], c->save[0]};
    pointwise_map(M_sub, d, in, 2, NULL, false);
    scale_by(h, (c->op->flavour == STD ? 1 : 2) / degrees(c));
    if (c->op->flavour == STD && (ok = (s = spread(c, c->y[0], e)) != NULL)) {
      double none = 0;
      const Tensor zero = {.dtype = F64, .n = 1, .data = &none}, *q[2] = {h, s};
      const Tensor *where[3] = {s, h, &zero}; /* of equal numbers: 0, as PyTorch's */
      pointwise_map(M_div, h, q, 2, NULL, false);
      pointwise_map(M_where, h, where, 3, NULL, false);
    }
  }
  if (ok) {
    const Tensor *in[2] = {h, d};
    pointwise_grad(M_mul, 0, dx[0], in, 2, NULL, add & 1);
  }
  tensor_release(g);
  tensor_release(d);
  tensor_release(s);
  tensor_release(h);
  return ok;
}

/* --- norm: p = 1 and 2 by kernels, any other in f64 (norms.h) ----------------------------------------- */

static bool norm_shape(OpCall *c, Err *e) {
  const double p = PARAM(norm, c)->p;
  if (isnan(p)) return err_set(e, "norm: p must be a number, got nan");
  if (!op_want_float(c, 0, e) || !reduce_shape(c, e)) return false;
  if (isinf(p) && reduced_count(c) == 0 && c->y[0]->n > 0)
    return err_set(e, "norm: an empty dimension has no %s element", p > 0 ? "greatest" : "least");
  return true;
}

static bool plain_norm(const OpCall *c) { return PARAM(norm, c)->p == 1 || PARAM(norm, c)->p == 2; }

static bool norm_forward(OpCall *c, Err *e) {
  bool over[DIMS];
  over_of(c, over);
  if (!plain_norm(c)) {
    int64_t outer, inner;
    Tensor *x = reduce_gathered(c->x[0], over, &outer, &inner, e);
    if (x) norms_of(PARAM(norm, c)->p, c->y[0], x, outer, inner);
    tensor_release(x);
    return x != NULL;
  }
  const bool two = PARAM(norm, c)->p == 2;
  if (!reduce_run(two ? R_SUMSQ : R_SUMABS, c->y[0], c->x[0], over, false, e)) return false;
  const Tensor *in = c->y[0];
  if (two) pointwise_map(M_sqrt, c->y[0], &in, 1, NULL, false);
  return true;
}

static bool any_norm_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  bool over[DIMS];
  over_of(c, over);
  int64_t outer, inner;
  Tensor *x = reduce_gathered(c->x[0], over, &outer, &inner, e), *g = x ? tensor_contiguous(dy[0], e) : NULL,
         *part = g ? tensor_new(x->dtype, x->nd, x->shape, e) : NULL;
  bool ok = part != NULL;
  if (ok) {
    norms_back(PARAM(norm, c)->p, part, x, c->y[0], g, outer, inner);
    ok = from_gathered(dx[0], part, over, add & 1, e);
  }
  tensor_release(x);
  tensor_release(g);
  tensor_release(part);
  return ok;
}

/* p 2: dx = dy x / y (0 where y is 0); p 1: dy sign(x). */
static bool norm_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  if (!plain_norm(c)) return any_norm_backward(c, dy, dx, add, e);
  Tensor *g = spread(c, dy[0], e), *y = spread(c, c->y[0], e), *r = NULL;
  bool ok = g && y && (r = tensor_new(dx[0]->dtype, y->nd, y->shape, e));
  if (ok && PARAM(norm, c)->p == 2) {
    for (int64_t i = 0; i < r->n; i++) {
      double n = tensor_get(y, i);
      tensor_set(r, i, n != 0 ? tensor_get(g, i) / n : 0); /* NaN is passed on */
    }
    const Tensor *in[2] = {r, c->x[0]};
    pointwise_grad(M_mul, 0, dx[0], in, 2, NULL, add & 1);
  } else if (ok) {
    const Tensor *in[2] = {g, c->x[0]};
    pointwise_grad(M_abs, 0, dx[0], in, 2, NULL, add & 1);
  }
  tensor_release(g);
  tensor_release(y);
  tensor_release(r);
  return ok;
}

/* --- logsumexp ------------------------------------------------------------------------------------------ */

static bool logsumexp_forward(OpCall *c, Err *e) {
  bool over[DIMS];
  over_of(c, over);
  Tensor *x = tensor_cast(c->x[0], c->y[0]->dtype, e);
  const bool ok = x && reduce_run(R_LOGSUMEXP, c->y[0], x, over, false, e);
  tensor_release(x);
  return ok;
}

static bool logsumexp_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  Tensor *g = spread(c, dy[0], e), *y = spread(c, c->y[0], e), *d = NULL;
  bool ok = g && y && (d = tensor_new(dx[0]->dtype, dx[0]->nd, dx[0]->shape, e));
  if (ok) {
    const Tensor *in[2] = {c->x[0], y}, *t = d, *q[2] = {g, d};
    pointwise_map(M_sub, d, in, 2, NULL, false);
    pointwise_map(M_exp, d, &t, 1, NULL, false);
    pointwise_grad(M_mul, 0, dx[0], q, 2, NULL, add & 1);
  }
  tensor_release(g);
  tensor_release(y);
  tensor_release(d);
  return ok;
}

static double reduce_flops(const OpCall *c) { return (double)c->x[0]->n; }

/* clang-format off */
#define CHECKS {1, {{3, {2, 3, 4}}}}, {1, {{3, {2, 3, 4}}}, .args = "dim=2"}, {1, {{3, {2, 3, 4}}}, \
    .args = "dim={1,3}, keepdim=true"}
const Op op_sum = {
    .name = "sum", .where = "tm", .eq = "y = sum of x over dim", .doc = "sum; integers exactly in i64",
    .in = {"x"},
    .param = TAKES(reduce),
    .flavour = SUM,
    .shape = reduce_shape, .forward = sum_forward, .backward = sum_backward, .pass = sum_pass,
    .flops = reduce_flops,
    .check = {CHECKS},
    .example = "print(tensor{{1, 2}, {3, 4}}:sum(2))",
    .see = "mean, cumsum"};
const Op op_mean = {
    .name = "mean", .where = "tm", .eq = "y = sum of x over dim / count", .doc = "mean; integers give f32",
    .in = {"x"},
    .param = TAKES(reduce),
    .flavour = MEAN,
    .shape = reduce_shape, .forward = sum_forward, .backward = sum_backward, .flops = reduce_flops,
    .check = {CHECKS},
    .example = "print(tensor{{1, 2}, {3, 4}}:mean())",
    .see = "sum, var"};
const Op op_prod = {
    .name = "prod", .where = "tm", .eq = "y = product of x over dim",
    .doc = "product; integers exactly in i64", .in = {"x"},
    .param = TAKES(reduce),
    .saves = SAVE_X0, .flavour = PROD,
    .shape = reduce_shape, .forward = sum_forward, .backward = prod_backward, .flops = reduce_flops,
    .check = {CHECKS},
    .example = "print(tensor{1, 2, 3, 4}:prod())",
    .see = "sum, cumprod"};
const Op op_any = {
    .name = "any", .where = "tm", .eq = "y = some x is not 0", .doc = "bool: is any element true",
    .in = {"x"},
    .param = TAKES(reduce),
    .flags = OP_NO_GRAD | OP_STRIDES, .flavour = ANY,
    .shape = count_shape, .forward = plain_forward,
    .example = "print(tensor{0, 1}:any())",
    .see = "all"};
const Op op_all = {
    .name = "all", .where = "tm", .eq = "y = every x is not 0", .doc = "bool: are all elements true",
    .in = {"x"},
    .param = TAKES(reduce),
    .flags = OP_NO_GRAD | OP_STRIDES, .flavour = ALL,
    .shape = count_shape, .forward = plain_forward,
    .example = "print(tensor{0, 1}:all())",
    .see = "any"};
const Op op_count_nonzero = {
    .name = "count_nonzero", .where = "tm", .eq = "y = number of x that are not 0",
    .doc = "counts elements that are not 0; i64", .in = {"x"},
    .param = TAKES(reduce),
    .flags = OP_NO_GRAD | OP_STRIDES, .flavour = COUNT,
    .shape = count_shape, .forward = plain_forward,
    .example = "print(tensor{0, 1, 2}:count_nonzero())",
    .see = "any"};
const Op op_var = {
    .name = "var", .where = "tm", .eq = "y = sum (x - mean)^2 / (n - 1)", .doc = "variance over dim",
    .in = {"x"},
    .param = TAKES(var),
    .saves = SAVE_X0, .flavour = VAR,
    .shape = var_shape, .forward = var_forward, .backward = var_backward, .flops = reduce_flops,
    .check = {CHECKS, {1, {{2, {3, 4}}}, .args = "dim=1, unbiased=false"}},
    .example = "print(tensor{1, 2, 3, 4}:var())",
    .see = "std, mean"};
const Op op_std = {
    .name = "std", .where = "tm", .eq = "y = sqrt(var(x))", .doc = "standard deviation over dim", .in = {"x"},
    .param = TAKES(var),
    .saves = SAVE_X0 | SAVE_Y0, .flavour = STD,
    .shape = var_shape, .forward = var_forward, .backward = var_backward, .flops = reduce_flops,
    .check = {CHECKS},
    .example = "print(tensor{1, 2, 3, 4}:std())",
    .see = "var, mean"};
const Op op_norm = {
    .name = "norm", .where = "tm", .eq = "y = (sum |x|^p)^(1/p)",
    .doc = "vector norm over dim; p = inf and -inf: the greatest and the least |x|, 0: how many are not 0",
    .in = {"x"},
    .param = TAKES(norm),
    .saves = SAVE_X0 | SAVE_Y0, .flavour = NORM,
    .shape = norm_shape, .forward = norm_forward, .backward = norm_backward, .flops = reduce_flops,
    .check = {{1, {{2, {3, 4}}}}, {1, {{2, {3, 4}}}, .args = "p=1, dim=2"},
              {1, {{3, {2, 3, 4}}}, .args = "p=3, dim={1,3}, keepdim=true"},
              {1, {{3, {2, 3, 4}}}, .args = "p=-0.5, dim=2"}},
    .example = "print(tensor{3, 4}:norm(), tensor{3, 4}:norm(1/0))",
    .see = "normalize"};
const Op op_logsumexp = {
    .name = "logsumexp", .where = "tm", .eq = "y = log sum e^x",
    .doc = "logarithm of a sum of exponentials, without overflow", .in = {"x"},
    .param = TAKES(reduce),
    .saves = SAVE_X0 | SAVE_Y0, .flavour = LOGSUMEXP,
    .shape = reduce_shape, .forward = logsumexp_forward, .backward = logsumexp_backward,
    .flops = reduce_flops,
    .check = {CHECKS},
    .example = "print(tensor{1, 2, 3}:logsumexp())",
    .see = "log_softmax"};
