/* op_embedding.c: rows of a table by number, y[..., :] = w[ids[...], :], ids from 1.
 *
 * The gradient adds rows of dy into rows of dw in the order of the ids; threads share the columns, so that
 * the sums are the same at every thread count. */
#include "op.h"

#include "classes.h"
#include "nn_kernel.h"
#include "parallel.h"

#include <string.h>

enum { IDS, TABLE };
PARAMS(embedding, (INT, padding, OP_NONE, "row that never gets a gradient"))
enum { COLUMNS = 32 }; /* of a tile in backward */

static bool embedding_shape(OpCall *c, Err *e) {
  char text[TEXT];
  const Tensor *ids = c->x[IDS], *w = c->x[TABLE];
  if (!op_want_ints(c, IDS, e) || !op_want_float(c, TABLE, e)) return false;
  if (w->nd != 2) return err_set(e, "%s: w must be [rows, D], got %s", c->op->name, tensor_text(text, w));
  if (ids->nd + 1 > DIMS)
    return err_set(e, "%s: ids %s have too many dimensions", c->op->name, tensor_text(text, ids));
  const bool known = tensor_is_meta(ids) || classes_all_within(ids, w->shape[0]);
  for (int64_t i = 0; !known && i < ids->n; i++) {
    int64_t id = tensor_get_int(ids, i);
    if (id < 1 || id > w->shape[0])
      return err_set(e, "%s: id %lld outside 1..%lld (ids are 1-based; data.labels{base=0} converts)",
                     c->op->name, (long long)id, (long long)w->shape[0]);
  }
  int64_t shape[DIMS];
  memcpy(shape, ids->shape, sizeof shape);
  shape[ids->nd] = w->shape[1];
  return op_output(c, 0, w->dtype, ids->nd + 1, shape, e) != NULL;
}

typedef struct Lookup {
  const NnKernels *k;
  const int64_t *ids;
  int64_t count, D, size;
  int64_t padding; /* id without gradient, or none */
  const unsigned char *from;
  unsigned char *to;
} Lookup;

/* The ids as contiguous i64; the reference is ours. */
static Tensor *plain_ids(Tensor *ids, Err *e) {
  Tensor *wide = tensor_cast(ids, I64, e), *plain = wide ? tensor_contiguous(wide, e) : NULL;
  tensor_release(wide);
  return plain;
}

static void copy_tile(void *context, int64_t begin, int64_t end) {
  const Lookup *j = context;
  size_t bytes = (size_t)(j->D * j->size);
  if (bytes == sizeof(float)) /* a call for each number costs more than the number */
    for (int64_t i = begin; i < end; i++) ((float *)j->to)[i] = ((const float *)j->from)[j->ids[i] - 1];
  else if (bytes == sizeof(double))
    for (int64_t i = begin; i < end; i++) ((double *)j->to)[i] = ((const double *)j->from)[j->ids[i] - 1];
  else
    for (int64_t i = begin; i < end; i++)
      memcpy(j->to + (size_t)i * bytes, j->from + (size_t)(j->ids[i] - 1) * bytes, bytes);
}

static void zero_tile(void *context, int64_t begin, int64_t end) {
  const Lookup *j = context;
  memset(j->to + begin * j->size, 0, (size_t)((end - begin) * j->size));
}

static void add_tile(void *context, int64_t begin, int64_t end) { /* columns */
  const Lookup *j = context;
  for (int64_t i = 0; i < j->count; i++) {
    int64_t row = j->ids[i] - 1;
    if (row + 1 != j->padding)
      j->k->row_add(end - begin, j->to + (row * j->D + begin) * j->size,
                    j->from + (i * j->D + begin) * j->size);
  }
}

static bool embedding_forward(OpCall *c, Err *e) {
  Tensor *ids = plain_ids(c->x[IDS], e), *w = ids ? tensor_contiguous(c->x[TABLE], e) : NULL;
  if (w && c->y[0]->n) {
    Lookup j = {.ids = ids->data,
                .D = w->shape[1],
                .size = (int64_t)dtype_size[w->dtype],
                .from = w->data,
                .to = c->y[0]->data};
    parallel_for(ids->n, j.D >= GRAIN ? 1 : GRAIN / j.D, copy_tile, &j);
  }
  tensor_release(w);
  tensor_release(ids);
  return w != NULL;
}

static bool embedding_backward(const OpCall *c, Tensor *const *dys, Tensor **dx, unsigned add, Err *e) {
  Tensor *dw = dx[TABLE];
  if (!dw) return true;
  Tensor *ids = plain_ids(c->x[IDS], e), *dy = ids ? tensor_contiguous(dys[0], e) : NULL;
  if (dy) {
    Lookup j = {.k = nn_kernels(dw->dtype),
                .ids = ids->data,
                .count = ids->n,
                .D = dw->shape[1],
                .size = (int64_t)dtype_size[dw->dtype],
                .from = dy->data,
                .to = dw->data,
                .padding = PARAM(embedding, c)->padding};
    if (!(add >> TABLE & 1)) parallel_for(dw->n, 16 * GRAIN, zero_tile, &j);
    parallel_for(j.D, ids->n * COLUMNS >= GRAIN ? COLUMNS : j.D, add_tile, &j);
  }
  tensor_release(dy);
  tensor_release(ids);
  return dy != NULL;
}

static double embedding_flops(const OpCall *c) {
  (void)c;
  return 0;
}

/* clang-format off */
const Op op_embedding = {
    .name = "embedding", .where = "n", .eq = "y = w[ids]",
    .doc = "rows of w [rows, D] by number from 1; y is [..., D]", .in = {"ids#", "w"},
    .param = TAKES(embedding),
    .saves = SAVE_X0,
    .shape = embedding_shape, .forward = embedding_forward, .backward = embedding_backward,
    .flops = embedding_flops,
    .check = {{2, {{1, {4}}, {2, {5, 3}}}}, {2, {{2, {2, 3}}, {2, {4, 17}}}}},
    .example = "local w = tensor{{1, 2}, {3, 4}, {5, 6}}\nprint(nn.embedding(tensor{3, 1}:to\"i64\", w))"};
