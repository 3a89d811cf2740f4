/* op_index.c: picking by index tensors and masks, one-hot.  Indices count from 1, negative from the
 * end. Gradients are added back in the order of the indices, so repeated ones are deterministic. */
#include "index.h"
#include "kernel.h"
#include "op.h"
#include "parallel.h"
#include "places.h"
#include "reduce.h"
#include "slices.h"

#include <string.h>

enum { ROWS, ALONG_DIM }; /* what index and index_select count */
PARAMS(index_select, (DIM, dim, 1, "dimension"))
PARAMS(gather, (DIM, dim, OP_REQUIRED, "dimension"))
PARAMS(one_hot, (INT, classes, OP_REQUIRED, "number of classes"))

/* --- elements by their numbers ---------------------------------------------------------------------------- */

/* t, of any shape, as one row; its elements lie beside each other. */
static Tensor as_row(const Tensor *t) {
  Tensor row = *t;
  row.nd = 1;
  row.shape[0] = t->n;
  row.stride[0] = 1;
  return row;
}

/* y = row[ids], elements of a row by number; or the row += y there. */
static bool through_numbers(const OpCall *c, const Tensor *row, const Tensor *y, bool back, Err *e) {
  Tensor *ids = index_rows(c->x[1], e);
  if (!ids) return false;
  const PlaceSides s = {as_row(ids), *row, as_row(y), 0};
  bool ok = true;
  if (back) places_add(&s);
  else ok = places_take(&s);
  tensor_release(ids);
  return ok || index_check(c->x[1], row->n, c->op->name, e);
}

static bool take_backward(const OpCall *c, Tensor *const *dys, Tensor **dx, unsigned add, Err *e) {
  Tensor *dy = tensor_contiguous(dys[0], e), row = as_row(dx[0]);
  if (!dy) return false;
  if (!(add & 1)) tensor_fill(dx[0], 0);
  const bool ok = through_numbers(c, &row, dy, true, e);
  tensor_release(dy);
  return ok;
}

/* --- x[ids] and x:index_select(ids, dim): slices along one dimension ------------------------------------ */

static int select_dim(const OpCall *c) {
  return c->op->flavour == ALONG_DIM ? PARAM(index_select, c)->dim : 0;
}

static bool index_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[0], *ids = c->x[1];
  char text[TEXT], it[TEXT];
  if (!op_want_ints(c, 1, e)) return false;
  if (x->nd == 0) return err_set(e, "%s: x has no dimension", c->op->name);
  if (c->op->flavour == ALONG_DIM && !op_dim(c, &PARAM(index_select, c)->dim, x->nd, e)) return false;
  int dim = select_dim(c);
  if (c->op->flavour == ALONG_DIM && ids->nd > 1)
    return err_set(e, "index_select: ids must have one dimension, got %s", tensor_text(it, ids));
  if (x->nd - 1 + ids->nd > DIMS)
    return err_set(e, "index: %s by %s has more than %d dimensions", tensor_text(text, x),
                   tensor_text(it, ids), DIMS);
  const bool later = !tensor_is_meta(x); /* while they are used */
  if (!later && !index_check(ids, x->shape[dim], c->op->name, e)) return false;
  int64_t shape[DIMS];
  int nd = 0;
  for (int i = 0; i < dim; i++) shape[nd++] = x->shape[i];
  for (int i = 0; i < ids->nd; i++) shape[nd++] = ids->shape[i];
  for (int i = dim + 1; i < x->nd; i++) shape[nd++] = x->shape[i];
  return op_output(c, 0, x->dtype, nd, shape, e) != NULL;
}

static bool index_forward(OpCall *c, Err *e) {
  Tensor *x = c->x[0], *y = c->y[0];
  if (x->nd == 1) return through_numbers(c, x, y, false, e);
  Tensor *pos = index_positions(c->x[1], x->shape[select_dim(c)], c->op->name, e);
  const bool ok = pos && slices_pick(y, x, select_dim(c), pos->data, pos->n, e);
  tensor_release(pos);
  return ok;
}

static bool index_backward(const OpCall *c, Tensor *const *dys, Tensor **dx, unsigned add, Err *e) {
  if (dx[0]->nd == 1) return take_backward(c, dys, dx, add, e);
  Tensor *d = dx[0], *pos = index_positions(c->x[1], d->shape[select_dim(c)], c->op->name, e);
  if (pos && !(add & 1)) tensor_fill(d, 0);
  const bool ok = pos && slices_add(d, dys[0], select_dim(c), pos->data, pos->n, e);
  tensor_release(pos);
  return ok;
}

/* --- x[mask] -------------------------------------------------------------------------------------------- */

static bool mask_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[0], *m = c->x[1];
  char left[TEXT], right[TEXT];
  if (m->dtype != BOOL)
    return err_set(e, "masked_select: mask is %s; it must be bool (x:ne(0) converts)", tensor_text(left, m));
  bool fits = m->nd <= x->nd;
  for (int i = 0; fits && i < m->nd; i++) fits = m->shape[i] == x->shape[i];
  if (!fits)
    return err_set(e, "masked_select: mask %s for x %s", tensor_text(left, m), tensor_text(right, x));
  if (tensor_is_meta(m))
    return err_set(e, "masked_select: the mask has a shape only, and the result's size depends on it");
  bool all[DIMS];
  memset(all, true, sizeof all);
  int64_t shape[DIMS] = {0};
  int nd = 1;
  if (!reduce_elements(E_COUNT, shape, NULL, m, all, e)) return false;
  for (int i = m->nd; i < x->nd; i++) shape[nd++] = x->shape[i];
  return op_output(c, 0, x->dtype, nd, shape, e) != NULL;
}

enum { MASK_BLOCK = 1024 };

typedef struct Masked {
  const bool *mask;
  unsigned char *x, *y;            /* n rows of `bytes`; those where mask holds */
  int64_t n, inner, bytes, *first; /* row of y with which each block of mask begins */
  Dtype dtype;
  bool back;
} Masked;

/* Without branches, which no processor could foresee: each element is written, and stays if it is chosen. */
#define CHOOSE(T)                                                                                            \
  static void choose_##T(int64_t n, const bool *mask, const T *x, T *y) {                                    \
    T chosen[MASK_BLOCK + 1];                                                                                \
    int64_t k = 0;                                                                                           \
    for (int64_t i = 0; i < n; i++) {                                                                        \
      chosen[k] = x[i];                                                                                      \
      k += mask[i];                                                                                          \
    }                                                                                                        \
    memcpy(y, chosen, (size_t)k * sizeof(T));                                                                \
  }
CHOOSE(uint8_t)
CHOOSE(uint32_t)
CHOOSE(uint64_t)

static void add_row(const Masked *j, unsigned char *to, const unsigned char *from) {
  if (j->dtype == F32)
    for (int64_t i = 0; i < j->inner; i++) ((float *)(void *)to)[i] += ((const float *)(const void *)from)[i];
  else
    for (int64_t i = 0; i < j->inner; i++)
      ((double *)(void *)to)[i] += ((const double *)(const void *)from)[i];
}

static void masked_blocks(void *context, int64_t begin, int64_t end) {
  const Masked *j = context;
  for (int64_t b = begin; b < end; b++) {
    const int64_t at = b * MASK_BLOCK, n = j->n - at < MASK_BLOCK ? j->n - at : MASK_BLOCK;
    const bool *mask = j->mask + at;
    unsigned char *x = j->x + at * j->bytes, *y = j->y + j->first[b] * j->bytes;
    if (!j->back && j->inner == 1) {
      if (j->bytes == 4) choose_uint32_t(n, mask, (void *)x, (void *)y);
      else if (j->bytes == 8) choose_uint64_t(n, mask, (void *)x, (void *)y);
      else choose_uint8_t(n, mask, x, y);
      continue;
    }
    for (int64_t i = 0; i < n; i++) {
      if (!mask[i]) continue;
      if (j->back) add_row(j, x + i * j->bytes, y);
      else bytes_copy((size_t)j->bytes, y, x + i * j->bytes);
      y += j->bytes;
    }
  }
}

static void count_blocks(void *context, int64_t begin, int64_t end) {
  const Masked *j = context;
  for (int64_t b = begin; b < end; b++) {
    const int64_t at = b * MASK_BLOCK, n = j->n - at < MASK_BLOCK ? j->n - at : MASK_BLOCK;
    j->first[b + 1] = element_kernels(BOOL)->row[E_COUNT](n, j->mask + at);
  }
}

/* Copies rows of x where mask holds to y, or adds y's rows back there. */
static bool through_mask(unsigned char *x, unsigned char *y, Tensor *mask, int64_t inner, Dtype d, bool back,
                         Err *e) {
  const int64_t blocks = (mask->n + MASK_BLOCK - 1) / MASK_BLOCK, ends = blocks + 1;
  Tensor *m = tensor_contiguous(mask, e), *first = m ? tensor_new(I64, 1, &ends, e) : NULL;
  if (first) {
    Masked j = {m->data, x, y, m->n, inner, inner * (int64_t)dtype_size[d], first->data, d, back};
    j.first[0] = 0;
    parallel_for(blocks, GRAIN / MASK_BLOCK, count_blocks, &j);
    for (int64_t b = 0; b < blocks; b++) j.first[b + 1] += j.first[b];
    if (!interrupt_pending()) parallel_for(blocks, 1 + GRAIN / MASK_BLOCK / (inner + 1), masked_blocks, &j);
  }
  tensor_release(m);
  tensor_release(first);
  return first != NULL;
}

static int64_t row_size(const OpCall *c) {
  int64_t n = 1;
  for (int i = c->x[1]->nd; i < c->x[0]->nd; i++) n *= c->x[0]->shape[i];
  return n;
}

static bool mask_forward(OpCall *c, Err *e) {
  Tensor *x = tensor_contiguous(c->x[0], e);
  if (!x) return false;
  const bool ok = through_mask(x->data, c->y[0]->data, c->x[1], row_size(c), x->dtype, false, e);
  tensor_release(x);
  return ok;
}

static bool mask_backward(const OpCall *c, Tensor *const *dys, Tensor **dx, unsigned add, Err *e) {
  Tensor *dy = tensor_contiguous(dys[0], e);
  if (!dy) return false;
  if (!(add & 1)) tensor_fill(dx[0], 0);
  const bool ok = through_mask(dx[0]->data, dy->data, c->x[1], row_size(c), dy->dtype, true, e);
  tensor_release(dy);
  return ok;
}

/* --- gather: y[i,j] = x[ids[i,j], j] along dim ---------------------------------------------------------- */

static bool gather_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[0], *ids = c->x[1];
  char left[TEXT], right[TEXT];
  struct gather_params *p = PARAM(gather, c);
  if (!op_want_ints(c, 1, e) || !op_dim(c, &p->dim, x->nd, e)) return false;
  const int dim = p->dim;
  bool fits = ids->nd == x->nd;
  for (int i = 0; fits && i < x->nd; i++) fits = i == dim || ids->shape[i] <= x->shape[i];
  if (!fits)
    return err_set(e, "gather: ids %s for x %s along dim %d", tensor_text(left, ids), tensor_text(right, x),
                   dim + 1);
  const bool later = !tensor_is_meta(x) && x->shape[dim] > 0; /* while they are used */
  if (!later && !index_check(ids, x->shape[dim], "gather", e)) return false;
  return op_output(c, 0, x->dtype, ids->nd, ids->shape, e) != NULL;
}

static bool gather_forward(OpCall *c, Err *e) {
  Tensor *x = c->x[0], *ids = index_rows(c->x[1], e);
  if (!ids) return false;
  const PlaceSides s = {*ids, *x, *c->y[0], PARAM(gather, c)->dim};
  const bool ok = places_take(&s);
  tensor_release(ids);
  return ok || index_check(c->x[1], x->shape[s.dim], "gather", e);
}

static bool gather_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  Tensor *ids = index_rows(c->x[1], e), *d = dx[0];
  if (!ids) return false;
  if (!(add & 1)) tensor_fill(d, 0);
  const PlaceSides s = {*ids, *d, *dy[0], PARAM(gather, c)->dim};
  places_add(&s);
  tensor_release(ids);
  return true;
}

/* --- take: elements by their number in row-major order -------------------------------------------------- */

static bool take_shape(OpCall *c, Err *e) {
  if (!op_want_ints(c, 1, e)) return false;
  if (tensor_is_meta(c->x[0]) && !index_check(c->x[1], c->x[0]->n, "take", e)) return false;
  return op_output(c, 0, c->x[0]->dtype, c->x[1]->nd, c->x[1]->shape, e) != NULL;
}
/* Where in memory the elements of these numbers are, from 0, in dimensions of x that are stepped through as one. */
static void offsets_of(const Tensor *x, int64_t n, const int64_t *id, int64_t *at) {
  uint64_t shape[DIMS];
  int64_t stride[DIMS];
  int m = 0;
  for (int i = 0; i < x->nd; i++) {
    if (x->shape[i] == 1) continue;
    const bool joins = m && stride[m - 1] == x->stride[i] * x->shape[i];
    shape[m - joins] = (uint64_t)x->shape[i] * (joins ? shape[m - 1] : 1);
    stride[m - joins] = x->stride[i];
    m += !joins;
  }
  for (int64_t k = 0; k < n; k++) {
    uint64_t rest = index_place(id[k], x->n);
    at[k] = 0;
    for (int i = m - 1; i > 0; i--) {
      const uint64_t before = rest / shape[i];
      at[k] += (int64_t)(rest - before * shape[i]) * stride[i];
      rest = before;
    }
    if (m) at[k] += (int64_t)rest * stride[0];
  }
}

#define PUT_ELEMENTS(T)                                                                                      \
  for (int64_t k = 0; k < n; k++) ((T *)(void *)y)[k] = ((const T *)(const void *)x->data)[at[k]]
static bool take_few(OpCall *c, Err *e) {
  enum { RUN = 256 };
  const Tensor *x = c->x[0], *ids = c->x[1];
  const size_t size = dtype_size[x->dtype];
  if (!index_check(ids, x->n, "take", e)) return false;
  for (int64_t first = 0, n; first < ids->n; first += n) {
    int64_t room[RUN], at[RUN];
    n = ids->n - first < RUN ? ids->n - first : RUN;
    offsets_of(x, n, index_ids(ids, first, n, room), at);
    unsigned char *y = c->y[0]->data + first * (int64_t)size;
    if (size == sizeof(uint32_t)) PUT_ELEMENTS(uint32_t);
    else if (size == sizeof(uint64_t)) PUT_ELEMENTS(uint64_t);
    else PUT_ELEMENTS(uint8_t);
  }
  return true;
}
static bool take_forward(OpCall *c, Err *e) {
  enum { CALL = 16 }; /* elements copied while one is read */
  if (!tensor_is_contiguous(c->x[0]) && c->x[1]->n * CALL < c->x[0]->n) return take_few(c, e);
  Tensor *x = tensor_contiguous(c->x[0], e);
  if (!x) return false;
  Tensor row = as_row(x);
  const bool ok = through_numbers(c, &row, c->y[0], false, e);
  tensor_release(x);
  return ok;
}
/* --- one_hot -------------------------------------------------------------------------------------------- */

static bool one_hot_shape(OpCall *c, Err *e) {
  const Tensor *ids = c->x[0];
  if (!op_want_ints(c, 0, e)) return false;
  const int64_t classes = PARAM(one_hot, c)->classes;
  if (classes < 1) return err_set(e, "one_hot: classes must be a whole number from 1 on");
  if (ids->nd == DIMS) return err_set(e, "one_hot: too many dimensions");
  if (!tensor_is_meta(ids))
    for (int64_t i = 0; i < ids->n; i++) {
      int64_t v = tensor_get_int(ids, i);
      if (v < 1 || v > classes)
        return err_set(
            e, "one_hot: label %lld outside 1..%lld (labels are 1-based; data.labels{base=0} converts)",
            (long long)v, (long long)classes);
    }
  int64_t shape[DIMS];
  for (int i = 0; i < ids->nd; i++) shape[i] = ids->shape[i];
  shape[ids->nd] = classes;
  return op_output(c, 0, F32, ids->nd + 1, shape, e) != NULL;
}

static bool one_hot_forward(OpCall *c, Err *e) {
  (void)e;
  tensor_fill(c->y[0], 0);
  int64_t classes = PARAM(one_hot, c)->classes;
  for (int64_t i = 0; i < c->x[0]->n; i++)
    ((float *)c->y[0]->data)[i * classes + tensor_get_int(c->x[0], i) - 1] = 1;
  return true;
}

/* clang-format off */
const Op op_index = {
    .name = "index", .where = "", .eq = "y = x[ids]", .doc = "rows of x by number; x[ids] is written with it",
    .in = {"x", "ids#"},
    .saves = SAVE_X1, .flavour = ROWS,
    .shape = index_shape, .forward = index_forward, .backward = index_backward,
    .check = {{2, {{2, {4, 3}}, {1, {5}}}}},
    .example = "print(tensor{10, 20, 30}[tensor({3, 1}, {dtype=\"i64\"})])",
    .see = "index_select, gather"};
const Op op_index_select = {
    .name = "index_select", .where = "tm", .eq = "y = x at ids along dim",
    .doc = "slices of x along dim by number", .in = {"x", "ids#"},
    .param = TAKES(index_select),
    .saves = SAVE_X1, .flavour = ALONG_DIM,
    .shape = index_shape, .forward = index_forward, .backward = index_backward,
    .check = {{2, {{3, {2, 4, 3}}, {1, {5}}}, .args = "dim=2"}},
    .example = "print(tensor{{1, 2}, {3, 4}}:index_select(tensor({2}, {dtype=\"i64\"}), 2))",
    .see = "gather"};
const Op op_masked_select = {
    .name = "masked_select", .where = "tm", .eq = "y = x where mask",
    .doc = "elements (or rows) where mask is true, in order; also x[mask]", .in = {"x", "mask"},
    .saves = SAVE_X1,
    .shape = mask_shape, .forward = mask_forward, .backward = mask_backward,
    .check = {{2, {{2, {3, 4}}, {2, {3, 4}}}}},
    .example = "local x = tensor{1, -2, 3}\nprint(x[x:gt(0)])",
    .see = "where, masked_fill"};
const Op op_gather = {
    .name = "gather", .where = "tm", .eq = "y[i,j] = x[ids[i,j], j] along dim",
    .doc = "picks elements along dim, one for each of ids", .in = {"x", "ids#"},
    .param = TAKES(gather),
    .saves = SAVE_X1,
    .shape = gather_shape, .forward = gather_forward, .backward = gather_backward,
    .check = {{2, {{2, {4, 4}}, {2, {3, 2}}}, .args = "dim=1"}},
    .example = "print(tensor{{1, 2}, {3, 4}}:gather(tensor({{2}, {1}}, {dtype=\"i64\"}), 2))",
    .see = "index_select"};
const Op op_take = {
    .name = "take", .where = "tm", .eq = "y = x[ids], x's elements numbered row by row",
    .doc = "elements by number, x seen as one row", .in = {"x", "ids#"},
    .saves = SAVE_X1,
    .shape = take_shape, .forward = take_forward, .backward = take_backward,
    .check = {{2, {{2, {3, 4}}, {2, {2, 3}}}}},
    .example = "print(tensor{{1, 2}, {3, 4}}:take(tensor({4, 1}, {dtype=\"i64\"})))",
    .see = "index_select, gather"};
const Op op_one_hot = {
    .name = "one_hot", .where = "tm", .eq = "y[..., k] = 1 where ids = k, else 0",
    .doc = "labels (from 1) as rows of one 1; f32", .in = {"ids#"},
    .param = TAKES(one_hot),
    .flags = OP_NO_GRAD,
    .shape = one_hot_shape, .forward = one_hot_forward,
    .example = "print(tensor({1, 3}, {dtype=\"i64\"}):one_hot(3))",
    .see = "cross_entropy"};
