/* op_join.c: cat and stack, with the rows of all inputs side by side. */
#include "kernel.h"
#include "op.h"
#include "parallel.h"

#include <string.h>

enum { CAT, STACK };
PARAMS(cat, (DIM, dim, 1, "dimension"))
PARAMS(stack, (DIM, dim, 1, "where the new dimension stands"))

static bool is_stack(const OpCall *c) { return c->op->flavour == STACK; }
static int join_dim(const OpCall *c) { return is_stack(c) ? PARAM(stack, c)->dim : PARAM(cat, c)->dim; }
static int64_t length_of(const OpCall *c, int i) { return is_stack(c) ? 1 : c->x[i]->shape[join_dim(c)]; }

/* Where input i begins.  Of many, each of which has a gradient, it is kept rather than counted from the first. */
enum { STARTS, MANY = 16 };
static int64_t start_of(const OpCall *c, int i) {
  if (is_stack(c)) return i;
  if (c->save[STARTS]) return ((const int64_t *)(const void *)c->save[STARTS]->data)[i];
  int64_t at = 0;
  for (int k = 0; k < i; k++) at += length_of(c, k);
  return at;
}
static bool keep_starts(OpCall *c, Err *e) {
  const int64_t n = c->nx;
  if (is_stack(c) || n <= MANY) return true;
  Tensor *starts = tensor_new(I64, 1, &n, e);
  if (!starts) return false;
  int64_t at = 0;
  for (int i = 0; i < c->nx; at += length_of(c, i++)) ((int64_t *)(void *)starts->data)[i] = at;
  c->save[STARTS] = starts;
  return true;
}

static bool join_shape(OpCall *c, Err *e) {
  char left[TEXT], right[TEXT];
  if (c->nx < 1) return err_set(e, "%s: no tensors", c->op->name);
  const Tensor *first = c->x[0];
  if (is_stack(c) ? !op_dim_insert(c, &PARAM(stack, c)->dim, first->nd, e)
                  : !op_dim(c, &PARAM(cat, c)->dim, first->nd, e))
    return false;
  const int dim = join_dim(c);
  if (is_stack(c) && first->nd == DIMS)
    return err_set(e, "stack: %s has %d dimensions already", tensor_text(left, first), DIMS);
  int64_t shape[DIMS], total = 0;
  Dtype d = first->dtype;
  for (int k = 0; k < c->nx; k++) {
    const Tensor *x = c->x[k];
    bool fits = x->nd == first->nd;
    for (int i = 0; fits && i < x->nd; i++)
      fits = x->shape[i] == first->shape[i] || (!is_stack(c) && i == dim);
    if (!fits)
      return err_set(e, "%s: tensor %d is %s, the first is %s (dim %d)", c->op->name, k + 1,
                     tensor_text(left, x), tensor_text(right, first), dim + 1);
    d = dtype_promote(d, x->dtype);
    total += length_of(c, k);
  }
  int nd = 0;
  for (int i = 0; i < first->nd + is_stack(c); i++) {
    if (i == dim) shape[nd++] = total;
    else shape[nd++] = first->shape[is_stack(c) && i > dim ? i - 1 : i];
  }
  return keep_starts(c, e) && op_output(c, 0, d, nd, shape, e) != NULL;
}

/* The part of `whole` (y, or dy) that input i fills; for stack without the new dimension. */
static Tensor *part_of(const OpCall *c, int i, const Tensor *whole, Err *e) {
  int dim = join_dim(c), nd = 0;
  int64_t shape[DIMS], stride[DIMS];
  for (int k = 0; k < whole->nd; k++) {
    if (is_stack(c) && k == dim) continue;
    shape[nd] = k == dim ? c->x[i]->shape[dim] : whole->shape[k];
    stride[nd++] = whole->stride[k];
  }
  return tensor_view(whole, nd, shape, stride, start_of(c, i) * whole->stride[dim], e);
}

typedef struct Interleave {
  const OpCall *c;
  int64_t outer, row, unit; /* rows of y, the bytes of one, and of what is joined in it */
  bool past;                /* y is so large that it is streamed past the caches */
} Interleave;

/* Elements of two inputs beside each other, in rows of y that are `row` bytes apart. */
#define TWO(T)                                                                                               \
  static void two_##T(int64_t n, unsigned char *y, int64_t row, const T *a, const T *b) {                    \
    for (int64_t r = 0; r < n; r++) {                                                                        \
      const T both[2] = {a[r], b[r]};                                                                        \
      memcpy(y + r * row, both, sizeof both);                                                                \
    }                                                                                                        \
  }
TWO(uint8_t)
TWO(uint32_t)
TWO(uint64_t)
static void two_by_two(int64_t size, int64_t n, unsigned char *y, int64_t row, const void *a, const void *b) {
  if (size == 1) two_uint8_t(n, y, row, a, b);
  else if (size == 4) two_uint32_t(n, y, row, a, b);
  else two_uint64_t(n, y, row, a, b);
}

/* Rows of y from all inputs, few enough to stay in the cache until each has put its part; of long parts one by one, so that
 * y is written as it lies. */
static void interleave(void *context, int64_t begin, int64_t end) {
  enum { FEW = 256, SHORT = 256, LONG = 1024 };
  const Interleave *j = context;
  const size_t size = dtype_size[j->c->y[0]->dtype];
  const int64_t wide = (int64_t)size, few = j->row < LONG * j->c->nx ? FEW : 1;
  for (int64_t r0 = begin; r0 < end; r0 += few) {
    const int64_t r1 = end - r0 < few ? end : r0 + few;
    unsigned char *y = j->c->y[0]->data;
    for (int k = 0; k < j->c->nx; k++) {
      const Tensor *x = j->c->x[k];
      const int64_t part = length_of(j->c, k) * j->unit;
      const unsigned char *from = x->data;
      if ((part == 1 || part == 4 || part == 8) && k + 1 < j->c->nx && j->c->x[k + 1]->n == x->n) {
        two_by_two(part, r1 - r0, y + r0 * j->row, j->row, from + r0 * part,
                   (const unsigned char *)j->c->x[++k]->data + r0 * part);
        y += part;
      } else if (part == 4)
        for (int64_t r = r0; r < r1; r++) memcpy(y + r * j->row, from + r * 4, 4);
      else if (part == 8)
        for (int64_t r = r0; r < r1; r++) memcpy(y + r * j->row, from + r * 8, 8);
      else if (part < SHORT)
        elements_rows(size, r1 - r0, part / wide, y + r0 * j->row, j->row / wide, from + r0 * part,
                      part / wide, 1);
      else
        for (int64_t r = r0; r < r1; r++) bytes_put(j->past, (size_t)part, y + r * j->row, from + r * part);
      y += part;
    }
  }
  if (j->past) kernels(F32)->streamed();
}

/* One row only: each input is a part of y, cut for the threads. */
typedef struct Part {
  unsigned char *y;
  const unsigned char *x;
} Part;
static void put_piece(void *context, int64_t begin, int64_t end) {
  const Part *p = context;
  bytes_put(true, (size_t)(end - begin), p->y + begin, p->x + begin);
  kernels(F32)->streamed();
}
static void one_after_another(const OpCall *c) {
  enum { PIECE = 256 << 10 };
  Part p = {c->y[0]->data, NULL};
  for (int k = 0; k < c->nx; k++) {
    const int64_t bytes = c->x[k]->n * (int64_t)dtype_size[c->x[k]->dtype];
    p.x = c->x[k]->data;
    parallel_for(bytes, PIECE, put_piece, &p);
    p.y += bytes;
  }
}

/* Do neighbours in memory lie along another dimension than the last? */
static bool is_turned(const Tensor *x) {
  for (int i = 1; i < x->nd; i++)
    if (x->shape[i] > 1 && x->shape[i - 1] > 1 && x->stride[i - 1] < x->stride[i]) return true;
  return false;
}

/* Can the inputs be put as rows of y side by side: are they such, or short ones of which some are better turned first? */
static bool interleaves(const OpCall *c, Interleave *j, bool *copied) {
  enum { SHORT = 64 };
  const Tensor *y = c->y[0];
  *j = (Interleave){c, 1, 0, 0, tensor_streams(y, y->n * (int64_t)dtype_size[y->dtype])};
  for (int i = 0; i < join_dim(c); i++) j->outer *= y->shape[i];
  if ((j->outer < 2 && !j->past) || y->n == 0) return false;
  j->row = y->n / j->outer * (int64_t)dtype_size[y->dtype];
  j->unit = j->row / y->shape[join_dim(c)];
  bool near = true;
  *copied = false;
  for (int k = 0; k < c->nx; k++) {
    if (c->x[k]->dtype != y->dtype) return false;
    if (tensor_is_contiguous(c->x[k])) continue;
    if (length_of(c, k) * j->unit > SHORT || c->nx > OP_INPUTS) return false;
    near &= !is_turned(c->x[k]) && dtype_size[y->dtype] > 1; /* bytes apart are dear */
    *copied = true;
  }
  return !*copied || !near;
}

static void interleave_all(Interleave j) { parallel_for(j.outer, 1 + 4 * GRAIN / j.row, interleave, &j); }

static bool interleave_copied(Interleave j, Err *e) {
  OpCall rows = *j.c;
  Tensor *x[OP_INPUTS] = {NULL};
  bool ok = true;
  for (int k = 0; ok && k < rows.nx; k++) ok = (x[k] = tensor_contiguous(rows.x[k], e)) != NULL;
  rows.x = x;
  j.c = &rows;
  if (ok) interleave_all(j);
  for (int k = 0; k < rows.nx; k++) tensor_release(x[k]);
  return ok;
}

static bool join_forward(OpCall *c, Err *e) {
  Interleave j;
  bool copied;
  if (interleaves(c, &j, &copied)) {
    if (copied) return interleave_copied(j, e);
    if (j.outer == 1) one_after_another(c);
    else interleave_all(j);
    return true;
  }
  for (int i = 0; i < c->nx; i++) {
    Tensor *v = part_of(c, i, c->y[0], e);
    if (!v) return false;
    tensor_copy(v, c->x[i]);
    tensor_release(v);
  }
  return true;
}

/* All of dx: inputs of several dtypes were cast before, by ops of their own, so dy is of theirs. */
static Tensor *join_pass(const OpCall *c, int i, Tensor *dy, Err *e) { return part_of(c, i, dy, e); }

/* clang-format off */
const Op op_cat = {
    .name = "cat", .where = "t", .eq = "y = x1, x2, ... one after another along dim",
    .doc = "joins tensors along a dimension", .in = {"x"},
    .param = TAKES(cat),
    .flags = OP_INPUT_LIST, .flavour = CAT,
    .shape = join_shape, .forward = join_forward, .pass = join_pass,
    .check = {{2, {{2, {2, 3}}, {2, {4, 3}}}}, {2, {{2, {2, 3}}, {2, {2, 1}}}, .args = "dim=2"}},
    .example = "print(tensor.cat{tensor{1, 2}, tensor{3}, dim=1})",
    .see = "stack, split"};
const Op op_stack = {
    .name = "stack", .where = "t", .eq = "y[i] = xi along a new dim",
    .doc = "joins tensors of one shape along a new dimension", .in = {"x"},
    .param = TAKES(stack),
    .flags = OP_INPUT_LIST, .flavour = STACK,
    .shape = join_shape, .forward = join_forward, .pass = join_pass,
    .check = {{2, {{2, {2, 3}}, {2, {2, 3}}}, .args = "dim=2"}},
    .example = "print(tensor.stack{tensor{1, 2}, tensor{3, 4}})",
    .see = "cat, unbind"};
