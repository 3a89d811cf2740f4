/* op_scatter.c: adding through indices: index_add, scatter_add.  In the order of the indices, so that
 * repeated ones are deterministic. */
#include "index.h"
#include "op.h"
#include "parallel.h"
#include "pointwise.h"

#include <string.h>

enum { SLICES, ELEMENTS }; /* what an index places */
PARAMS(scatter, (DIM, dim, 1, "dimension"))

static int dim_of(const OpCall *c) { return PARAM(scatter, c)->dim; }

static bool ready(OpCall *c, Err *e) {
  const Tensor *x = c->x[0], *src = c->x[2];
  char left[TEXT], right[TEXT];
  if (!op_want_ints(c, 1, e) || !op_dim(c, &PARAM(scatter, c)->dim, x->nd, e)) return false;
  int dim = dim_of(c);
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
  for (int i = 0; fits && i < x->nd; i++) fits = src->shape[i] == (i == dim_of(c) ? ids->n : x->shape[i]);
  if (!fits)
    return err_set(e, "index_add: x %s, ids %s, src %s do not fit along dim %d", tensor_text(a, x),
                   tensor_text(b, ids), tensor_text(d, src), dim_of(c) + 1);
  return op_output(c, 0, x->dtype, x->nd, x->shape, e) != NULL;
}

static bool scatter_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[0], *ids = c->x[1], *src = c->x[2];
  char a[TEXT], b[TEXT], d[TEXT];
  if (!ready(c, e)) return false;
  bool fits = src->nd == x->nd && ids->nd == x->nd;
  for (int i = 0; fits && i < x->nd; i++)
    fits = ids->shape[i] <= src->shape[i] && (i == dim_of(c) || ids->shape[i] <= x->shape[i]);
  if (!fits)
    return err_set(e, "scatter_add: x %s, ids %s, src %s do not fit along dim %d", tensor_text(a, x),
                   tensor_text(b, ids), tensor_text(d, src), dim_of(c) + 1);
  return op_output(c, 0, x->dtype, x->nd, x->shape, e) != NULL;
}

static bool whole(const OpCall *c) { return c->op->flavour == SLICES; } /* index_add: one index for a slice */

/* y[to] += src[from] over a row. */
static void add_row(Tensor *y, IndexRun to, const Tensor *src, IndexRun from, int64_t n) {
  for (int64_t k = 0; k < n; k++) {
    int64_t t = to.base + k * to.step + (to.p ? to.p[k] * to.jump : 0), f = from.base + k * from.step;
    switch (y->dtype) {
    case F32: ((float *)y->data)[t] += ((const float *)src->data)[f]; break;
    case F64: ((double *)y->data)[t] += ((const double *)src->data)[f]; break;
    case I64: ((int64_t *)y->data)[t] += ((const int64_t *)src->data)[f]; break;
    case I32: ((int32_t *)y->data)[t] += ((const int32_t *)src->data)[f]; break;
    default:
      ((unsigned char *)y->data)[t] =
          (unsigned char)(((unsigned char *)y->data)[t] + ((unsigned char *)src->data)[f]);
    }
  }
}

static bool add_forward(OpCall *c, Err *e) {
  Tensor *pos = index_positions(c->x[1], c->x[0]->shape[dim_of(c)], e);
  if (!pos) return false;
  tensor_copy(c->y[0], c->x[0]);
  IndexWalk w = {c->x[whole(c) ? 2 : 1], dim_of(c), whole(c), (const int64_t *)pos->data};
  int64_t n, rows = index_rows(&w, &n);
  for (int64_t row = 0; row < rows && !interrupt_pending(); row++)
    add_row(c->y[0], index_run(&w, row, c->y[0]), c->x[2], index_plain_run(&w, row, c->x[2]), n);
  tensor_release(pos);
  return true;
}

/* dsrc[from] += dy[to] over a row. */
static void take_row(Tensor *d, IndexRun from, const Tensor *g, IndexRun to, int64_t n) {
  for (int64_t k = 0; k < n; k++) {
    int64_t t = to.base + k * to.step + (to.p ? to.p[k] * to.jump : 0), f = from.base + k * from.step;
    if (d->dtype == F32) ((float *)d->data)[f] += ((const float *)g->data)[t];
    else ((double *)d->data)[f] += ((const double *)g->data)[t];
  }
}

static bool add_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  const Tensor *g = dy[0];
  if (dx[0]) pointwise_map(M_copy, dx[0], &g, 1, NULL, add & 1);
  if (!dx[2]) return true;
  Tensor *pos = index_positions(c->x[1], g->shape[dim_of(c)], e);
  if (!pos) return false;
  if (!(add & 4)) tensor_fill(dx[2], 0);
  IndexWalk w = {whole(c) ? dx[2] : c->x[1], dim_of(c), whole(c), (const int64_t *)pos->data};
  int64_t n, rows = index_rows(&w, &n);
  for (int64_t row = 0; row < rows && !interrupt_pending(); row++)
    take_row(dx[2], index_plain_run(&w, row, dx[2]), g, index_run(&w, row, g), n);
  tensor_release(pos);
  return true;
}

/* clang-format off */
const Op op_index_add = {
    .name = "index_add", .where = "tm", .eq = "y = x; y[ids[k]] += src[k] along dim",
    .doc = "adds slices of src at the places of ids", .in = {"x", "ids#", "src"},
    .param = TAKES(scatter),
    .saves = SAVE_X1, .flavour = SLICES,
    .shape = index_add_shape, .forward = add_forward, .backward = add_backward,
    .check = {{3, {{2, {4, 3}}, {1, {5}}, {2, {5, 3}}}, .args = "dim=1"}},
    .example = "print(tensor.zeros(3):index_add(1, tensor({1, 1}, {dtype=\"i64\"}), tensor{2, 3}))",
    .see = "scatter_add"};
const Op op_scatter_add = {
    .name = "scatter_add", .where = "tm", .eq = "y = x; y[ids[i,j], j] += src[i,j] along dim",
    .doc = "adds single elements of src at the places of ids", .in = {"x", "ids#", "src"},
    .param = TAKES(scatter),
    .saves = SAVE_X1, .flavour = ELEMENTS,
    .shape = scatter_shape, .forward = add_forward, .backward = add_backward,
    .check = {{3, {{2, {4, 4}}, {2, {3, 2}}, {2, {3, 3}}}, .args = "dim=1"}},
    .example = "print(tensor.zeros(3):scatter_add(1, tensor({1, 3}, {dtype=\"i64\"}), tensor{2, 3}))",
    .see = "index_add, gather"};
