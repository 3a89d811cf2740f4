/* op_shift.c: the same elements in other places: flip, roll, repeat, and the triangles of matrices. */
#include "op.h"
#include "pointwise.h"
#include "reduce.h"

#include <string.h>

enum { LOWER, UPPER }; /* triangles */
enum { REPEAT, TILE }; /* of a tile, numbers that are missing in front are 1 */
PARAMS(flip, (DIMS, dims, OP_NONE, "dimensions; all"))
PARAMS(roll, (INT, shift, OP_REQUIRED, "places"), (DIM, dim, 1, "dimension"))
PARAMS(repeat, (INTS, reps, OP_REQUIRED, "how often along each dimension"))
PARAMS(tril, (INT, k, 0, "diagonal; above 0 keeps more"))
PARAMS(triu, (INT, k, 0, "diagonal; above 0 keeps less"))

static bool same_shape(OpCall *c, Err *e) {
  return op_output(c, 0, c->x[0]->dtype, c->x[0]->nd, c->x[0]->shape, e) != NULL;
}

/* to (+)= from, where `to` and `from` have one shape. */
static void move_to(Tensor *to, const Tensor *from, bool add) {
  if (add) pointwise_map(M_copy, to, &from, 1, NULL, true);
  else tensor_copy(to, from);
}

/* --- flip: a view with negative strides, copied ----------------------------------------------------------- */

static bool flip_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[0];
  return op_dims(c, &PARAM(flip, c)->dims, x->nd, e) &&
         op_output_alike(c, 0, x->dtype, x->nd, x->shape, e) != NULL;
}

static bool flip_into(const OpCall *c, const Tensor *from, Tensor *to, bool add, Err *e) {
  const IntList *dims = &PARAM(flip, c)->dims;
  int64_t stride[DIMS], offset = 0;
  memcpy(stride, from->stride, sizeof stride);
  for (int i = 0; i < dims->n && from->n; i++) {
    int64_t d = dims->v[i];
    offset += (from->shape[d] - 1) * stride[d];
    stride[d] = -stride[d];
  }
  Tensor *v = tensor_view(from, from->nd, from->shape, stride, offset, e);
  if (!v) return false;
  move_to(to, v, add);
  tensor_release(v);
  return true;
}
static bool flip_forward(OpCall *c, Err *e) { return flip_into(c, c->x[0], c->y[0], false, e); }
static bool flip_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  return flip_into(c, dy[0], dx[0], add & 1, e);
}

/* --- roll along one dimension: two runs change places --------------------------------------------------- */

static bool roll_shape(OpCall *c, Err *e) {
  if (c->x[0]->nd == 0) return err_set(e, "roll: x has no dimension");
  return op_dim(c, &PARAM(roll, c)->dim, c->x[0]->nd, e) && same_shape(c, e);
}

static Tensor run_of(const Tensor *t, int dim, int64_t first, int64_t count) {
  Tensor v = *t;
  v.data += first * t->stride[dim] * (int64_t)dtype_size[t->dtype];
  v.shape[dim] = count;
  v.n = t->shape[dim] ? t->n / t->shape[dim] * count : 0;
  return v;
}

static void roll_into(const Tensor *from, Tensor *to, int dim, int64_t shift, bool add) {
  int64_t size = from->shape[dim];
  if (!size) return;
  shift = ((shift % size) + size) % size;
  Tensor head = run_of(from, dim, 0, size - shift), tail = run_of(from, dim, size - shift, shift);
  Tensor to_head = run_of(to, dim, shift, size - shift), to_tail = run_of(to, dim, 0, shift);
  if (head.n) move_to(&to_head, &head, add);
  if (tail.n) move_to(&to_tail, &tail, add);
}
static bool roll_forward(OpCall *c, Err *e) {
  (void)e;
  roll_into(c->x[0], c->y[0], PARAM(roll, c)->dim, PARAM(roll, c)->shift, false);
  return true;
}
static bool roll_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  (void)e;
  roll_into(dy[0], dx[0], PARAM(roll, c)->dim, -PARAM(roll, c)->shift, add & 1);
  return true;
}

/* --- repeat: y seen as [r1, n1, r2, n2, ...] is x repeated along every r -------------------------------- */

static bool repeat_sizes(const OpCall *c, int64_t *shape, int64_t *reps, Err *e) {
  const Tensor *x = c->x[0];
  char text[TEXT];
  const IntList *want = &PARAM(repeat, c)->reps;
  int n = want->n, shift = n - x->nd;
  if (shift < 0) return err_set(e, "repeat: %d numbers for %s", n, tensor_text(text, x));
  for (int i = 0; i < n; i++) {
    reps[i] = want->v[i];
    if (reps[i] < 0) return err_set(e, "repeat: numbers must not be negative");
    shape[i] = reps[i] * (i < shift ? 1 : x->shape[i - shift]);
  }
  return true;
}

static bool repeat_shape(OpCall *c, Err *e) {
  IntList *want = &PARAM(repeat, c)->reps;
  const int missing = c->x[0]->nd - want->n;
  if (c->op->flavour == TILE && missing > 0) {
    memmove(want->v + missing, want->v, (size_t)want->n * sizeof *want->v);
    for (int i = 0; i < missing; i++) want->v[i] = 1;
    want->n += missing;
  }
  int64_t shape[DIMS], reps[DIMS];
  return repeat_sizes(c, shape, reps, e) &&
         op_output(c, 0, c->x[0]->dtype, PARAM(repeat, c)->reps.n, shape, e);
}

/* The copy number `k` of x in y (or in dy), as a view. */
static Tensor copy_at(const OpCall *c, const Tensor *y, const int64_t *reps, int64_t k) {
  const Tensor *x = c->x[0];
  Tensor v = *y;
  int n = PARAM(repeat, c)->reps.n, shift = n - x->nd;
  for (int i = n - 1; i >= 0; i--) {
    int64_t size = i < shift ? 1 : x->shape[i - shift];
    v.data += k % reps[i] * size * y->stride[i] * (int64_t)dtype_size[y->dtype];
    k /= reps[i];
    v.shape[i] = size;
  }
  v.n = x->n;
  return v;
}

static int64_t copies(const OpCall *c, const int64_t *reps) {
  int64_t n = c->x[0]->n ? 1 : 0;
  for (int i = 0; i < PARAM(repeat, c)->reps.n; i++) n *= reps[i];
  return n;
}

static bool repeat_forward(OpCall *c, Err *e) {
  int64_t shape[DIMS], reps[DIMS];
  if (!repeat_sizes(c, shape, reps, e)) return false;
  for (int64_t k = 0; k < copies(c, reps); k++) {
    Tensor to = copy_at(c, c->y[0], reps, k);
    tensor_copy(&to, c->x[0]);
  }
  return true;
}

static bool repeat_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  int64_t shape[DIMS], reps[DIMS];
  if (!repeat_sizes(c, shape, reps, e)) return false;
  if (!(add & 1)) tensor_fill(dx[0], 0);
  for (int64_t k = 0; k < copies(c, reps); k++) {
    Tensor from = copy_at(c, dy[0], reps, k);
    if (!reduce_sum_to(dx[0], &from, true, e)) return false;
  }
  return true;
}

/* --- tril, triu ----------------------------------------------------------------------------------------- */

static bool triangle_shape(OpCall *c, Err *e) {
  char text[TEXT];
  if (c->x[0]->nd < 2) return err_set(e, "%s: %s is no matrix", c->op->name, tensor_text(text, c->x[0]));
  return same_shape(c, e);
}

/* The rows and columns of a matrix outside of which all is zeroed. */
typedef struct Box {
  int64_t row, rows, column, columns;
} Box;
static int64_t within(int64_t v, int64_t end) { return v < 0 ? 0 : v < end ? v : end; }
static bool is_lower(const OpCall *c) { return c->op->flavour == LOWER; }
static int64_t diagonal(const OpCall *c) { return is_lower(c) ? PARAM(tril, c)->k : PARAM(triu, c)->k; }
static Box box_of(const OpCall *c, const Tensor *t) {
  const int64_t rows = t->shape[t->nd - 2], columns = t->shape[t->nd - 1], k = diagonal(c);
  const int64_t down = within(-k, rows), right = within(k, columns);
  return is_lower(c) ? (Box){down, rows - down, 0, within(rows + k, columns)}
                     : (Box){0, within(columns - k, rows), right, columns - right};
}

/* Zeroes what lies beyond diagonal k in these rows of every matrix of t (contiguous). */
static void cut(const OpCall *c, Tensor *t, int64_t first, int64_t count) {
  int64_t rows = t->shape[t->nd - 2], columns = t->shape[t->nd - 1], size = (int64_t)dtype_size[t->dtype];
  const bool lower = is_lower(c);
  const int64_t k = diagonal(c), matrices = t->n ? t->n / rows / columns : 0;
  for (int64_t m = 0; m < matrices; m++)
    for (int64_t r = first; r < first + count; r++) {
      const int64_t edge = within(r + k + (lower ? 1 : 0), columns); /* columns before it are lower */
      unsigned char *row = t->data + (m * rows + r) * columns * size;
      if (lower) memset(row + edge * size, 0, (size_t)((columns - edge) * size));
      else memset(row, 0, (size_t)(edge * size));
    }
}

/* Where little is kept, no more is read. */
static void cut_copy(const OpCall *c, Tensor *y, const Tensor *x) {
  const int last = x->nd - 1;
  const int64_t rows = x->shape[last - 1], columns = x->shape[last];
  const Box b = box_of(c, x);
  if (2 * b.rows * b.columns > rows * columns) {
    tensor_copy(y, x);
    cut(c, y, 0, rows);
    return;
  }
  Tensor from = run_of(x, last - 1, b.row, b.rows), to = run_of(y, last - 1, b.row, b.rows);
  from = run_of(&from, last, b.column, b.columns);
  to = run_of(&to, last, b.column, b.columns);
  tensor_fill(y, 0);
  tensor_copy(&to, &from);
  cut(c, y, b.row, b.rows);
}

static bool triangle_forward(OpCall *c, Err *e) {
  (void)e;
  cut_copy(c, c->y[0], c->x[0]);
  return true;
}

static bool triangle_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  if (!(add & 1)) {
    cut_copy(c, dx[0], dy[0]);
    return true;
  }
  Tensor *g = tensor_new(dy[0]->dtype, dy[0]->nd, dy[0]->shape, e);
  if (!g) return false;
  cut_copy(c, g, dy[0]);
  move_to(dx[0], g, true);
  tensor_release(g);
  return true;
}

/* clang-format off */
const Op op_flip = {
    .name = "flip", .where = "tm", .eq = "y[i] = x[n + 1 - i] along dims",
    .doc = "reverses the order along dimensions", .in = {"x"},
    .param = TAKES(flip),
    .flags = OP_STRIDES,
    .shape = flip_shape, .forward = flip_forward, .backward = flip_backward,
    .check = {{1, {{3, {2, 3, 4}}}, .args = "dims={1,3}"}},
    .example = "print(tensor{1, 2, 3}:flip(1))",
    .see = "roll"};
const Op op_roll = {
    .name = "roll", .where = "tm", .eq = "y[i + shift] = x[i] along dim, round the end",
    .doc = "moves elements along a dimension, round its end", .in = {"x"},
    .param = TAKES(roll),
    .shape = roll_shape, .forward = roll_forward, .backward = roll_backward,
    .check = {{1, {{2, {3, 4}}}, .args = "shift=-1, dim=2"}},
    .example = "print(tensor{1, 2, 3}:roll(1))",
    .see = "flip"};
const Op op_repeat = {
    .name = "repeat", .where = "t", .eq = "y = x, x, ... along every dim",
    .doc = "copies side by side; x:tile in methods, since repeat is a word of Lua", .in = {"x"},
    .param = TAKES(repeat),
    .shape = repeat_shape, .forward = repeat_forward, .backward = repeat_backward,
    .check = {{1, {{2, {2, 3}}}, .args = "reps={2,1,3}"}},
    .example = "print(tensor{1, 2}:tile(3))",
    .see = "expand, tile"};
const Op op_tile = {
    .name = "tile", .where = "tm", .eq = "y = x, x, ... along every dim",
    .doc = "copies side by side along each dimension; fewer numbers than dimensions are for the last ones",
    .in = {"x"},
    .param = TAKES(repeat), .flavour = TILE,
    .shape = repeat_shape, .forward = repeat_forward, .backward = repeat_backward,
    .check = {{1, {{2, {2, 3}}}, .args = "reps={2,2}"}, {1, {{3, {2, 1, 3}}}, .args = "reps={3}"}},
    .example = "print(tensor{1, 2}:tile(2, 2))",
    .see = "expand"};
const Op op_tril = {
    .name = "tril", .where = "tm", .eq = "y[i,j] = x[i,j] where j <= i + k, else 0",
    .doc = "lower triangle of matrices", .in = {"x"},
    .param = TAKES(tril),
    .flavour = LOWER,
    .shape = triangle_shape, .forward = triangle_forward, .backward = triangle_backward,
    .check = {{1, {{3, {2, 3, 4}}}, .args = "k=1"}},
    .example = "print(tensor.ones(3, 3):tril())",
    .see = "triu"};
const Op op_triu = {
    .name = "triu", .where = "tm", .eq = "y[i,j] = x[i,j] where j >= i + k, else 0",
    .doc = "upper triangle of matrices", .in = {"x"},
    .param = TAKES(triu),
    .flavour = UPPER,
    .shape = triangle_shape, .forward = triangle_forward, .backward = triangle_backward,
    .check = {{1, {{3, {2, 3, 4}}}, .args = "k=-1"}},
    .example = "print(tensor.ones(3, 3):triu())",
    .see = "tril"};
