/* op_scatter.c: adding through indices: index_add, scatter_add.  In the order of the indices, so that
 * repeated ones are deterministic. */
#include "index.h"
#include "op.h"
#include "pointwise.h"

#include <string.h>

static bool ready(OpCall *c, Err *e) {
  const Tensor *x = c->x[0], *src = c->x[2];
  char left[TEXT], right[TEXT];
  if (!op_want_ints(c, 1, e) || !op_dim(c, 0, x->nd, e)) return false;
  int dim = op_int(c, 0);
  if (src->dtype != x->dtype)
    return err_set(e, "%s: dtypes differ: x %s, src %s", c->op->name, tensor_text(left, x),
                   tensor_text(right, src));
  return index_check(c->x[1], x->shape[dim], c->op->name, e);
}

static bool index_add_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[0], *ids = c->x[1], *src = c->x[2];
  char a[TEXT], b[TEXT], d[TEXT];
  if (!ready(c, e)) return false;
  bool fits = src->nd == x->nd && ids->nd == 1;
  for (int i = 0; fits && i < x->nd; i++) fits = src->shape[i] == (i == op_int(c, 0) ? ids->n : x->shape[i]);
  if (!fits)
    return err_set(e, "index_add: x %s, ids %s, src %s do not fit along dim %d", tensor_text(a, x),
                   tensor_text(b, ids), tensor_text(d, src), op_int(c, 0) + 1);
  return op_output(c, 0, x->dtype, x->nd, x->shape, e) != NULL;
}

static bool scatter_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[0], *ids = c->x[1], *src = c->x[2];
  char a[TEXT], b[TEXT], d[TEXT];
  if (!ready(c, e)) return false;
  bool fits = src->nd == x->nd && ids->nd == x->nd;
  for (int i = 0; fits && i < x->nd; i++)
    fits = ids->shape[i] <= src->shape[i] && (i == op_int(c, 0) || ids->shape[i] <= x->shape[i]);
  if (!fits)
    return err_set(e, "scatter_add: x %s, ids %s, src %s do not fit along dim %d", tensor_text(a, x),
                   tensor_text(b, ids), tensor_text(d, src), op_int(c, 0) + 1);
  return op_output(c, 0, x->dtype, x->nd, x->shape, e) != NULL;
}

/* One element of src and where it goes in x: positions in elements.  False at the end. */
typedef struct Walk {
  const OpCall *c;
  const Tensor *x, *src; /* whose strides count */
  int64_t at, n;
} Walk;

static bool step(Walk *w, int64_t *to, int64_t *from) {
  if (w->at >= w->n) return false;
  const Tensor *ids = w->c->x[1];
  int dim = op_int(w->c, 0);
  bool whole = w->c->op->kernel == 0; /* index_add: one index for a slice */
  const Tensor *over = whole ? w->src : ids;
  int64_t rest = w->at++;
  *to = *from = 0;
  int64_t flat = rest;
  for (int i = over->nd - 1; i >= 0; i--) {
    int64_t k = rest % over->shape[i];
    rest /= over->shape[i];
    *from += k * w->src->stride[i];
    *to += (i == dim ? index_at(ids, whole ? k : flat, w->x->shape[dim]) : k) * w->x->stride[i];
  }
  return true;
}

static double value_at(const Tensor *t, int64_t element) {
  return t->dtype == F32 ? (double)((const float *)(const void *)t->data)[element]
                         : ((const double *)(const void *)t->data)[element];
}

static void add_at(Tensor *t, int64_t element, const Tensor *from, int64_t at) {
  switch (t->dtype) {
  case F32: ((float *)(void *)t->data)[element] += ((const float *)(const void *)from->data)[at]; break;
  case F64: ((double *)(void *)t->data)[element] += ((const double *)(const void *)from->data)[at]; break;
  case I64: ((int64_t *)(void *)t->data)[element] += ((const int64_t *)(const void *)from->data)[at]; break;
  case I32: ((int32_t *)(void *)t->data)[element] += ((const int32_t *)(const void *)from->data)[at]; break;
  default: t->data[element] = (unsigned char)(t->data[element] + from->data[at]);
  }
}

static bool add_forward(OpCall *c, Err *e) {
  (void)e;
  tensor_copy(c->y[0], c->x[0]);
  Walk w = {c, c->y[0], c->x[2], 0, c->op->kernel == 0 ? c->x[2]->n : c->x[1]->n};
  for (int64_t to, from; step(&w, &to, &from);) add_at(c->y[0], to, c->x[2], from);
  return true;
}

static bool add_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  (void)e;
  const Tensor *g = dy[0];
  if (dx[0]) pointwise_map(M_COPY, dx[0], &g, 1, NULL, add & 1);
  if (!dx[2]) return true;
  if (!(add & 4)) tensor_fill(dx[2], 0);
  Walk w = {c, g, dx[2], 0, c->op->kernel == 0 ? dx[2]->n : c->x[1]->n};
  for (int64_t to, from; step(&w, &to, &from);) {
    double v = value_at(g, to);
    if (dx[2]->dtype == F32) ((float *)(void *)dx[2]->data)[from] += (float)v;
    else ((double *)(void *)dx[2]->data)[from] += v;
  }
  return true;
}

/* clang-format off */
const Op op_index_add = {
    .name = "index_add", .where = "tm", .eq = "y = x; y[ids[k]] += src[k] along dim", .doc = "adds slices of src at the places of ids", .in = {"x", "ids#", "src"},
    .param = {{"dim", P_DIM, 1, "dimension", NULL}}, .saves = SAVE_X1, .kernel = 0, .shape = index_add_shape, .forward = add_forward, .backward = add_backward,
    .check = {{3, {{2, {4, 3}}, {1, {5}}, {2, {5, 3}}}, .args = "dim=1"}},
    .example = "print(tensor.zeros(3):index_add(1, tensor({1, 1}, {dtype=\"i64\"}), tensor{2, 3}))", .see = "scatter_add"};
const Op op_scatter_add = {
    .name = "scatter_add", .where = "tm", .eq = "y = x; y[ids[i,j], j] += src[i,j] along dim", .doc = "adds single elements of src at the places of ids", .in = {"x", "ids#", "src"},
    .param = {{"dim", P_DIM, 1, "dimension", NULL}}, .saves = SAVE_X1, .kernel = 1, .shape = scatter_shape, .forward = add_forward, .backward = add_backward,
    .check = {{3, {{2, {4, 4}}, {2, {3, 2}}, {2, {3, 3}}}, .args = "dim=1"}},
    .example = "print(tensor.zeros(3):scatter_add(1, tensor({1, 3}, {dtype=\"i64\"}), tensor{2, 3}))", .see = "index_add, gather"};
