/* op_matmul.c: products of vectors, matrices and batches.
 *
 *   y[.., m, n] = sum_k a[.., m, k] b[.., k, n]      da = dy b', db = a' dy, summed where a or b was repeated
 *
 * Nothing is copied: transposes and slices go to contract.c as strides. */
#include "op.h"
#include "pointwise.h"

#include "contract.h"
#include "gemm_kernel.h"
#include "kernel.h"
#include "parallel.h"
#include "reduce.h"

#include <stdio.h>
#include <string.h>

/* A vector on the left is a row, on the right a column; that dimension is missing in y. */
static Mat left_matrix(const Tensor *a) {
  if (a->nd == 1) return (Mat){a->data, 0, a->stride[0]};
  return (Mat){a->data, a->stride[a->nd - 2], a->stride[a->nd - 1]};
}
static Mat right_matrix(const Tensor *b) {
  if (b->nd == 1) return (Mat){b->data, b->stride[0], 0};
  return (Mat){b->data, b->stride[b->nd - 2], b->stride[b->nd - 1]};
}
static Mat result_matrix(const Tensor *y, const Tensor *a, const Tensor *b) {
  const int rows = y->nd - 1 - (b->nd > 1), columns = y->nd - 1;
  return (Mat){y->data, a->nd > 1 ? y->stride[rows] : 0, b->nd > 1 ? y->stride[columns] : 0};
}
static Mat flipped(Mat m) { return (Mat){m.data, m.cs, m.rs}; }

static int64_t rows_of(const Tensor *a) { return a->nd > 1 ? a->shape[a->nd - 2] : 1; }
static int64_t inner_of(const Tensor *a) { return a->shape[a->nd - 1]; }
static int64_t columns_of(const Tensor *b) { return b->nd > 1 ? b->shape[b->nd - 1] : 1; }
static int batch_dims(const Tensor *t) { return t->nd > 2 ? t->nd - 2 : 0; }

/* Stride of batch dimension i of `nb`; 0 where t repeats. */
static int64_t batch_stride(const Tensor *t, int i, int nb) {
  int own = i - (nb - batch_dims(t));
  return own < 0 || t->shape[own] == 1 ? 0 : t->stride[own];
}

/* The product C = A B of tensors a and b of which one, both or none may be gradients; y has all batch
 * dimensions, t[0..2] say whose batch strides A, B and C have. */
static bool multiply(const Tensor *y, int nb, int64_t M, int64_t N, int64_t K, Mat A, Mat B, Mat C,
                     const Tensor *const t[3], bool add, Err *e) {
  Contraction c = {.dtype = y->dtype,
                   .M = M,
                   .N = N,
                   .K = K,
                   .A = A,
                   .B = B,
                   .C = (void *)(uintptr_t)C.data,
                   .c_rs = C.rs,
                   .c_cs = C.cs,
                   .add = add,
                   .n = nb};
  for (int i = 0; i < nb; i++) {
    int64_t s[3];
    for (int k = 0; k < 3; k++) s[k] = t[k] == y ? y->stride[i] : batch_stride(t[k], i, nb);
    c.axis[i] = (Axis){y->shape[i], s[0], s[1], s[2]};
  }
  return contract(&c, e);
}

/* --- shapes --------------------------------------------------------------------------------------------- */
/* Integers come as i64 (OP_WHOLE), where sums of products stay exact. */
static bool same_dtype(OpCall *c, Err *e) {
  const bool whole = c->op->flags & OP_WHOLE && c->x[0]->dtype == I64 && c->x[1]->dtype == I64;
  if (!whole && (!op_want_float(c, 0, e) || !op_want_float(c, 1, e))) return false;
  char left[TEXT], right[TEXT];
  return c->x[0]->dtype == c->x[1]->dtype || err_set(e, "%s: dtypes differ: left %s, right %s", c->op->name,
                                                     tensor_text(left, c->x[0]), tensor_text(right, c->x[1]));
}

static bool differ_as(const char *name, const OpCall *c, const char *what, const char *hint, Err *e) {
  char left[TEXT], right[TEXT];
  return err_set(e, "%s: %s: left %s, right %s%s", name, what, tensor_text(left, c->x[0]),
                 tensor_text(right, c->x[1]), hint);
}

static bool differ(const OpCall *c, const char *what, const char *hint, Err *e) {
  return differ_as(c->op->name, c, what, hint, e);
}

static bool inner_differ(const OpCall *c, int64_t left, int64_t right, Err *e) {
  char hint[64];
  snprintf(hint, sizeof hint, "   (%lld must equal %lld)", (long long)left, (long long)right);
  bool layer = strcmp(c->op->name, "linear") == 0; /* nn.linear(x, w, b) is x:mm(w) + b to its user */
  return differ_as(layer ? "mm" : c->op->name, c, "inner sizes differ", hint, e);
}

static bool mm_shape(OpCall *c, Err *e) {
  const Tensor *a = c->x[0], *b = c->x[1];
  if (!same_dtype(c, e)) return false;
  if (!a->nd || !b->nd)
    return differ(c, "a 0-d tensor has no inner size", "   (* multiplies by a number)", e);
  const int64_t k = b->shape[b->nd > 1 ? b->nd - 2 : 0];
  if (inner_of(a) != k) return inner_differ(c, inner_of(a), k, e);
  Tensor ab = *a, bb = *b;
  Shape s;
  ab.nd = batch_dims(a);
  bb.nd = batch_dims(b);
  if (!shape_broadcast(&ab, &bb, &s)) return differ(c, "batch sizes do not broadcast", "", e);
  if (a->nd > 1) s.d[s.nd++] = rows_of(a);
  if (b->nd > 1) s.d[s.nd++] = columns_of(b);
  return op_output(c, 0, a->dtype, s.nd, s.d, e) != NULL;
}

static bool bmm_shape(OpCall *c, Err *e) {
  const Tensor *a = c->x[0], *b = c->x[1];
  if (a->nd != 3 || b->nd != 3) return differ(c, "both must be batch x rows x columns", "", e);
  if (a->shape[0] != b->shape[0]) return differ(c, "batch sizes differ", "", e);
  return mm_shape(c, e);
}

static bool dot_shape(OpCall *c, Err *e) {
  if (c->x[0]->nd != 1 || c->x[1]->nd != 1) return differ(c, "both must be vectors", "", e);
  return mm_shape(c, e);
}

static bool outer_shape(OpCall *c, Err *e) {
  const Tensor *a = c->x[0], *b = c->x[1];
  if (!same_dtype(c, e)) return false;
  if (a->nd != 1 || b->nd != 1) return differ(c, "both must be vectors", "", e);
  return op_output(c, 0, a->dtype, 2, (int64_t[]){a->shape[0], b->shape[0]}, e) != NULL;
}

static bool linear_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[0], *w = c->x[1], *b = c->nx > 2 ? c->x[2] : NULL;
  char text[2][TEXT];
  if (!same_dtype(c, e)) return false;
  if (w->nd != 2 || !x->nd) return differ(c, "wants x[.., in] and w[in, out]", "", e);
  if (inner_of(x) != w->shape[0]) return inner_differ(c, inner_of(x), w->shape[0], e);
  if (b && (b->nd != 1 || b->shape[0] != w->shape[1] || b->dtype != x->dtype))
    return err_set(e, "linear: bias %s does not fit w %s", tensor_text(text[0], b), tensor_text(text[1], w));
  Shape s = {.nd = x->nd};
  memcpy(s.d, x->shape, sizeof s.d);
  s.d[s.nd - 1] = w->shape[1];
  return op_output(c, 0, x->dtype, s.nd, s.d, e) != NULL;
}

/* --- mm, bmm, dot --------------------------------------------------------------------------------------- */
static bool mm_forward(OpCall *c, Err *e) {
  const Tensor *a = c->x[0], *b = c->x[1], *y = c->y[0];
  const int nb = y->nd - (a->nd > 1) - (b->nd > 1);
  return multiply(y, nb, rows_of(a), columns_of(b), inner_of(a), left_matrix(a), right_matrix(b),
                  result_matrix(y, a, b), (const Tensor *[]){a, b, y}, false, e);
}

/* Vectors with gaps: parts of both are brought together and multiplied in the first cache. */
enum { DOT_PART = 1024 };
typedef struct SpacedDot {
  const Tensor *x[2];
  unsigned char *part; /* one sum for each */
} SpacedDot;

static void dot_parts(void *context, int64_t begin, int64_t end) {
  const SpacedDot *j = context;
  const Dtype d = j->x[0]->dtype;
  const int64_t size = (int64_t)dtype_size[d];
  double room[2][DOT_PART];
  for (int64_t t = begin; t < end; t++) {
    const int64_t at = t * DOT_PART, n = j->x[0]->n - at < DOT_PART ? j->x[0]->n - at : DOT_PART;
    const void *in[2];
    for (int i = 0; i < 2; i++) {
      const int64_t step = j->x[i]->stride[0];
      in[i] = j->x[i]->data + at * step * size;
      if (step == 1) continue;
      elements_copy(n, room[i], d, 1, in[i], d, step);
      in[i] = room[i];
    }
    kernels(d)->gemm->dots(1, 1, n, 1, in[0], n, in[1], n, 0, NULL, 0, 0, j->part + t * size, 1, 1);
  }
}

static bool dot_forward(OpCall *c, Err *e) {
  enum { FEW = 64 };
  const Tensor *a = c->x[0], *b = c->x[1];
  if (a->n <= FEW || (a->stride[0] == 1 && b->stride[0] == 1) || !dtype_is_float(a->dtype))
    return mm_forward(c, e);
  const int64_t parts = (a->n + DOT_PART - 1) / DOT_PART;
  SpacedDot j = {{a, b}, c->y[0]->data};
  if (parts == 1) {
    dot_parts(&j, 0, 1);
    return true;
  }
  Tensor *part = tensor_new(a->dtype, 1, &parts, e);
  if (!part) return false;
  j.part = part->data;
  parallel_for(parts, GRAIN / DOT_PART, dot_parts, &j);
  const bool ok = reduce_sum_to(c->y[0], part, false, e);
  tensor_release(part);
  return ok;
}

static bool mm_backward(const OpCall *c, Tensor *const *dys, Tensor **dx, unsigned add, Err *e) {
  const Tensor *a = c->x[0], *b = c->x[1], *dy = dys[0];
  const int nb = dy->nd - (a->nd > 1) - (b->nd > 1);
  const int64_t M = rows_of(a), N = columns_of(b), K = inner_of(a);
  const Mat Y = result_matrix(dy, a, b);
  if (dx[0] && !multiply(dy, nb, M, K, N, Y, flipped(right_matrix(b)), left_matrix(dx[0]),
                         (const Tensor *[]){dy, b, dx[0]}, add & 1, e))
    return false;
  return !dx[1] || multiply(dy, nb, K, N, M, flipped(left_matrix(a)), Y, right_matrix(dx[1]),
                            (const Tensor *[]){a, dy, dx[1]}, add >> 1 & 1, e);
}

static bool dot_backward(const OpCall *c, Tensor *const *dys, Tensor **dx, unsigned add, Err *e) {
  (void)e;
  for (int i = 0; i < 2; i++)
    if (dx[i]) pointwise_map(M_mul, dx[i], (const Tensor *[]){c->x[1 - i], dys[0]}, 2, NULL, add >> i & 1);
  return true;
}

static double mm_flops(const OpCall *c) {
  return c->y[0] ? 2 * (double)c->y[0]->n * (double)inner_of(c->x[0]) : 0;
}

/* --- outer: a column times a row ------------------------------------------------------------------------ */
static bool outer_forward(OpCall *c, Err *e) {
  const Tensor *a = c->x[0], *b = c->x[1];
  Tensor *column = tensor_view(a, 2, (int64_t[]){a->n, 1}, (int64_t[]){a->stride[0], 0}, 0, e),
         *row = column ? tensor_view(b, 2, (int64_t[]){1, b->n}, (int64_t[]){0, b->stride[0]}, 0, e) : NULL;
  if (row) pointwise_map(M_mul, c->y[0], (const Tensor *[]){column, row}, 2, NULL, false);
  tensor_release(column);
  tensor_release(row);
  return row != NULL;
}

static bool outer_backward(const OpCall *c, Tensor *const *dys, Tensor **dx, unsigned add, Err *e) {
  const Tensor *a = c->x[0], *b = c->x[1], *dy = dys[0];
  const Mat Y = {dy->data, dy->stride[0], dy->stride[1]};
  if (dx[0] &&
      !gemm(dy->dtype, a->n, 1, b->n, 1, Y, (Mat){b->data, b->stride[0], 0}, add & 1, dx[0]->data, 1, 1, e))
    return false;
  return !dx[1] || gemm(dy->dtype, 1, b->n, a->n, 1, (Mat){a->data, 0, a->stride[0]}, Y, add >> 1 & 1,
                        dx[1]->data, b->n, 1, e);
}

static double outer_flops(const OpCall *c) { return c->y[0] ? (double)c->y[0]->n : 0; }

/* --- linear --------------------------------------------------------------------------------------------- */
/* All dimensions of x but the last are batch: rows come from folding them. */
static Contraction linear_rows(const Tensor *y, int64_t M, int64_t N, int64_t K) {
  return (Contraction){.dtype = y->dtype, .M = M, .N = N, .K = K, .n = y->nd - 1};
}

static bool linear_forward(OpCall *c, Err *e) {
  const Tensor *x = c->x[0], *w = c->x[1], *b = c->nx > 2 ? c->x[2] : NULL, *y = c->y[0];
  Contraction k = linear_rows(y, 1, w->shape[1], w->shape[0]);
  k.A = (Mat){x->data, 0, x->stride[x->nd - 1]};
  k.B = right_matrix(w);
  k.C = y->data;
  k.c_cs = 1;
  for (int i = 0; i < k.n; i++) k.axis[i] = (Axis){y->shape[i], x->stride[i], 0, y->stride[i]};
  if (b) k.bias = b->data, k.bias_stride = b->stride[0];
  return contract(&k, e);
}

static bool linear_backward(const OpCall *c, Tensor *const *dys, Tensor **dx, unsigned add, Err *e) {
  const Tensor *x = c->x[0], *w = c->x[1], *dy = dys[0];
  const int64_t in = w->shape[0], out = w->shape[1];
  const int last = dy->nd - 1;
  if (dx[0]) { /* dy w' */
    Contraction k = linear_rows(dy, 1, in, out);
    k.A = (Mat){dy->data, 0, dy->stride[last]};
    k.B = flipped(right_matrix(w));
    k.C = dx[0]->data;
    k.c_cs = 1;
    k.add = add & 1;
    for (int i = 0; i < k.n; i++) k.axis[i] = (Axis){dy->shape[i], dy->stride[i], 0, dx[0]->stride[i]};
    if (!contract(&k, e)) return false;
  }
  if (dx[1]) { /* x' dy: the rows are what is summed */
    Contraction k = linear_rows(dy, in, out, 1);
    k.A = (Mat){x->data, x->stride[last], 0};
    k.B = (Mat){dy->data, 0, dy->stride[last]};
    k.C = dx[1]->data;
    k.c_rs = out;
    k.c_cs = 1;
    k.add = add >> 1 & 1;
    for (int i = 0; i < k.n; i++) k.axis[i] = (Axis){dy->shape[i], x->stride[i], dy->stride[i], 0};
    if (!contract(&k, e)) return false;
  }
  return c->nx < 3 || !dx[2] || reduce_sum_to(dx[2], dy, add >> 2 & 1, e);
}

/* --- a matrix and its own transpose --------------------------------------------------------------------- */
/* y = l l', where l is x or x turned: y is symmetric, so one triangle is multiplied, and dl = (dy + dy') l is one
 * product where mm would take two. */
enum { TURNED_LEFT, TURNED_RIGHT };

static Mat left_factor(const OpCall *c, const Tensor *x) {
  return c->op->flavour == TURNED_LEFT ? flipped(right_matrix(x)) : left_matrix(x);
}
static int64_t symmetric_rows(const OpCall *c) {
  const Tensor *x = c->x[0];
  return c->op->flavour == TURNED_LEFT ? columns_of(x) : rows_of(x);
}
static int64_t symmetric_inner(const OpCall *c) {
  const Tensor *x = c->x[0];
  return c->op->flavour == TURNED_LEFT ? rows_of(x) : columns_of(x);
}

static bool symmetric_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[0];
  Shape s = {.nd = x->nd};
  memcpy(s.d, x->shape, sizeof s.d);
  s.d[s.nd - 1] = s.d[s.nd - 2] = symmetric_rows(c);
  return op_output(c, 0, x->dtype, s.nd, s.d, e) != NULL;
}

static Mat part(const Tensor *y, Mat m, int64_t row, int64_t column) {
  m.data = (const char *)m.data + (row * m.rs + column * m.cs) * (int64_t)dtype_size[y->dtype];
  return m;
}

/* y[.., from + i, to + j] = y[.., to + j, from + i], a block of rows x columns */
static bool mirror(const Tensor *y, int64_t from, int64_t rows, int64_t to, int64_t columns, Err *e) {
  int64_t shape[DIMS], turned[DIMS];
  const int r = y->nd - 2, k = y->nd - 1;
  memcpy(shape, y->shape, sizeof shape);
  memcpy(turned, y->stride, sizeof turned);
  shape[r] = rows;
  shape[k] = columns;
  turned[r] = y->stride[k];
  turned[k] = y->stride[r];
  Tensor *lower = tensor_view(y, y->nd, shape, y->stride, from * y->stride[r] + to * y->stride[k], e),
         *upper =
             lower ? tensor_view(y, y->nd, shape, turned, to * y->stride[r] + from * y->stride[k], e) : NULL;
  if (upper) tensor_copy(lower, upper);
  tensor_release(lower);
  tensor_release(upper);
  return upper != NULL;
}

/* Rows and columns [from, from + n) of y: halves, between which one product serves both of its places. */
static bool symmetric_block(const OpCall *c, int64_t from, int64_t n, Err *e) {
  enum { LEAST = 128 };
  const Tensor *x = c->x[0], *y = c->y[0], *const t[3] = {x, x, y};
  const Mat L = left_factor(c, x), Y = result_matrix(y, y, y), top = part(x, L, from, 0);
  const int64_t K = symmetric_inner(c), half = n / 2, rest = n - half, middle = from + half;
  if (n < LEAST)
    return multiply(y, y->nd - 2, n, n, K, top, flipped(top), part(y, Y, from, from), t, false, e);
  return symmetric_block(c, from, half, e) && symmetric_block(c, middle, rest, e) &&
         multiply(y, y->nd - 2, half, rest, K, top, flipped(part(x, L, middle, 0)), part(y, Y, from, middle),
                  t, false, e) &&
         mirror(y, middle, rest, from, half, e);
}
static bool symmetric_forward(OpCall *c, Err *e) { return symmetric_block(c, 0, symmetric_rows(c), e); }

static bool symmetric_backward(const OpCall *c, Tensor *const *dys, Tensor **dx, unsigned add, Err *e) {
  const Tensor *dy = dys[0];
  int64_t turned[DIMS];
  memcpy(turned, dy->stride, sizeof turned);
  turned[dy->nd - 2] = dy->stride[dy->nd - 1];
  turned[dy->nd - 1] = dy->stride[dy->nd - 2];
  Tensor *t = tensor_view(dy, dy->nd, dy->shape, turned, 0, e),
         *sum = t ? tensor_new(dy->dtype, dy->nd, dy->shape, e) : NULL;
  bool ok = sum != NULL;
  if (ok) {
    pointwise_map(M_add, sum, (const Tensor *[]){dy, t}, 2, NULL, false);
    const int64_t M = symmetric_rows(c);
    ok = multiply(sum, sum->nd - 2, M, symmetric_inner(c), M, result_matrix(sum, sum, sum),
                  left_factor(c, c->x[0]), left_factor(c, dx[0]), (const Tensor *[]){sum, c->x[0], dx[0]},
                  add & 1, e);
  }
  tensor_release(t);
  tensor_release(sum);
  return ok;
}

static double symmetric_flops(const OpCall *c) {
  return c->y[0] ? 2 * (double)c->y[0]->n * (double)symmetric_inner(c) : 0;
}

#define SYMMETRIC(turned)                                                                                    \
  {                                                                                                          \
    .name = "mm", .in = {"x"}, .flavour = turned, .saves = SAVE_X0, .shape = symmetric_shape,                \
    .forward = symmetric_forward, .backward = symmetric_backward, .flops = symmetric_flops                   \
  }
static const Op symmetric[] = {SYMMETRIC(TURNED_LEFT), SYMMETRIC(TURNED_RIGHT)};

/* a is b with its last two dimensions exchanged, in the same memory. */
static bool is_turned(const Tensor *a, const Tensor *b) {
  const int r = a->nd - 2, k = a->nd - 1;
  if (a->nd < 2 || a->nd != b->nd || a->dtype != b->dtype || !a->data || a->data != b->data) return false;
  if (a->stride[r] != b->stride[k] || a->stride[k] != b->stride[r]) return false;
  if (a->shape[r] != b->shape[k] || a->shape[k] != b->shape[r]) return false;
  for (int i = 0; i < r; i++)
    if (a->shape[i] != b->shape[i] || a->stride[i] != b->stride[i]) return false;
  return true;
}

/* Worth it where the inner dimension is not so short that adding dy and dy' takes longer than a product. */
static const Op *mm_of_one(const OpCall *c, int i) {
  enum { SHORT = 16 };
  const Tensor *a = c->x[0];
  if (!dtype_is_float(a->dtype) || a->n == 0 || !is_turned(a, c->x[1]) || inner_of(a) < SHORT) return NULL;
  return &symmetric[i ? TURNED_LEFT : TURNED_RIGHT];
}

/* clang-format off */
const Op op_mm = {
    .name = "mm", .where = "tm", .eq = "y[.., m, n] = sum_k a[.., m, k] b[.., k, n]",
    .doc = "product of vectors, matrices and batches of matrices; batch sizes broadcast", .in = {"a", "b"},
    .flags = OP_PROMOTE | OP_WHOLE | OP_STRIDES, .saves = SAVE_X0 | SAVE_X1,
    .shape = mm_shape, .forward = mm_forward, .backward = mm_backward, .of_one = mm_of_one,
    .flops = mm_flops,
    .check = {{2, {{2, {3, 4}}, {2, {4, 5}}}}, {2, {{3, {2, 3, 4}}, {1, {4}}}},
              {2, {{1, {4}}, {3, {2, 4, 3}}}}, {2, {{4, {2, 1, 3, 4}}, {3, {3, 4, 2}}}}},
    .example = "print(tensor{{1, 2}, {3, 4}}:mm(tensor{1, -1}))",
    .see = "bmm, dot, outer, nn.linear"};
const Op op_bmm = {
    .name = "bmm", .where = "tm", .eq = "y[i, m, n] = sum_k a[i, m, k] b[i, k, n]",
    .doc = "products of two batches of matrices of the same length", .in = {"a", "b"},
    .flags = OP_PROMOTE | OP_WHOLE | OP_STRIDES, .saves = SAVE_X0 | SAVE_X1,
    .shape = bmm_shape, .forward = mm_forward, .backward = mm_backward, .of_one = mm_of_one,
    .flops = mm_flops,
    .check = {{2, {{3, {2, 3, 4}}, {3, {2, 4, 5}}}}},
    .example = "print(tensor.ones(2, 1, 3):bmm(tensor.ones(2, 3, 1)))",
    .see = "mm"};
const Op op_dot = {
    .name = "dot", .where = "tm", .eq = "y = sum_k a[k] b[k]", .doc = "inner product of two vectors",
    .in = {"a", "b"},
    .flags = OP_PROMOTE | OP_WHOLE, .saves = SAVE_X0 | SAVE_X1,
    .shape = dot_shape, .forward = dot_forward, .backward = dot_backward, .flops = mm_flops,
    .check = {{2, {{1, {5}}, {1, {5}}}}},
    .example = "print(tensor{1, 2, 3}:dot(tensor{3, 2, 1}))",
    .see = "mm, outer"};
const Op op_outer = {
    .name = "outer", .where = "tm", .eq = "y[m, n] = a[m] b[n]",
    .doc = "every product of an element of a with one of b", .in = {"a", "b"},
    .flags = OP_PROMOTE | OP_WHOLE, .saves = SAVE_X0 | SAVE_X1,
    .shape = outer_shape, .forward = outer_forward, .backward = outer_backward, .flops = outer_flops,
    .check = {{2, {{1, {3}}, {1, {4}}}}},
    .example = "print(tensor{1, 2}:outer(tensor{3, 4, 5}))",
    .see = "mm, dot"};
const Op op_linear = {
    .name = "linear", .where = "n", .eq = "y[.., j] = sum_i x[.., i] w[i, j] + b[j]",
    .doc = "weighted sums of the last dimension, w is in x out", .in = {"x", "w", "b?"},
    .flags = OP_PROMOTE | OP_FLOAT | OP_STRIDES, .saves = SAVE_X0 | SAVE_X1,
    .shape = linear_shape, .forward = linear_forward, .backward = linear_backward, .flops = mm_flops,
    .check = {{3, {{2, {3, 4}}, {2, {4, 5}}, {1, {5}}}}, {2, {{1, {4}}, {2, {4, 2}}}},
              {3, {{3, {2, 3, 4}}, {2, {4, 2}}, {1, {2}}}}},
    .example = "print(nn.linear(tensor{1, 2}, tensor{{1, 0}, {0, 1}}, tensor{10, 20}))",
    .see = "mm"};
/* clang-format on */
