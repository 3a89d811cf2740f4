/* test_matmul.c: mm, bmm, dot, outer and linear, forward and backward, against loops over every index:
 * vectors, matrices, batches that broadcast, transposed, sliced and repeated inputs; and the errors. */
#include "op_test.h"

#include "kernel.h"
#include "mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char *openblas_get_corename(void) __attribute__((weak)); /* of OpenBLAS alone */

static uint64_t state = 1234567;
static double uniform(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (double)(state >> 11) * 0x1p-52 - 1;
}

static void assert_near(const char *what, const Tensor *got, const double *want, double limit) {
  for (int64_t i = 0; i < got->n; i++)
    if (!(fabs(tensor_get(got, i) - want[i]) <= limit))
      fail_msg("%s element %lld is %.9g, not %.9g", what, (long long)i, tensor_get(got, i), want[i]);
}

/* How a test input lies in memory. */
enum Lay {
  AS_IT_IS,
  TURNED,
  /* last two dimensions swapped in memory */ SLICED,
  /* every second element */ LAYS
};

static Tensor *filled(Dtype d, Shape s, enum Lay lay) {
  Err e;
  Shape own = s;
  if (lay == TURNED && s.nd > 1) own.d[s.nd - 1] = s.d[s.nd - 2], own.d[s.nd - 2] = s.d[s.nd - 1];
  if (lay == SLICED && s.nd > 0) own.d[s.nd - 1] *= 2;
  Tensor *t = t_new(d, own.nd, own.d);
  for (int64_t i = 0; i < t->n; i++) tensor_set(t, i, uniform());
  int64_t stride[DIMS];
  memcpy(stride, t->stride, sizeof stride);
  if (lay == TURNED && s.nd > 1)
    stride[s.nd - 1] = t->stride[s.nd - 2], stride[s.nd - 2] = t->stride[s.nd - 1];
  if (lay == SLICED && s.nd > 0) stride[s.nd - 1] = 2;
  Tensor *v = tensor_view(t, s.nd, s.d, stride, 0, &e);
  tensor_release(t);
  assert_non_null(v);
  return v;
}

/* Sizes of the product and how its indices reach into a, b and y: flat positions in row-major order. */
typedef struct Loops {
  Shape batch;
  int64_t M, N, K;
} Loops;

static int64_t position(const Tensor *t, const Loops *l, const int64_t *batch, int matrix_dims, int64_t row,
                        int64_t col) {
  int64_t at = 0;
  const int own = t->nd - matrix_dims;
  for (int i = 0; i < own; i++) {
    const int64_t index = batch[l->batch.nd - own + i];
    at = at * t->shape[i] + (t->shape[i] == 1 ? 0 : index);
  }
  if (matrix_dims == 2) at = at * t->shape[own] + row;
  if (matrix_dims >= 1) at = at * t->shape[t->nd - 1] + col;
  return at;
}

/* y, da and db by definition. */
static void by_loops(const Loops *l, const Tensor *a, const Tensor *b, const Tensor *dy, double *y,
                     double *da, double *db) {
  int64_t batches = 1, index[DIMS] = {0};
  for (int i = 0; i < l->batch.nd; i++) batches *= l->batch.d[i];
  for (int64_t t = 0; t < batches; t++) {
    int64_t rest = t;
    for (int i = l->batch.nd - 1; i >= 0; i--) index[i] = rest % l->batch.d[i], rest /= l->batch.d[i];
    for (int64_t m = 0; m < l->M; m++)
      for (int64_t n = 0; n < l->N; n++) {
        const int64_t py = (t * l->M + m) * l->N + n;
        const double g = tensor_get(dy, py);
        for (int64_t k = 0; k < l->K; k++) {
          const int64_t pa = position(a, l, index, a->nd > 1 ? 2 : 1, m, k);
          const int64_t pb = position(b, l, index, b->nd > 1 ? 2 : 1, k, b->nd > 1 ? n : k);
          const double va = tensor_get(a, pa), vb = tensor_get(b, pb);
          y[py] += va * vb;
          da[pa] += g * vb;
          db[pb] += g * va;
        }
      }
  }
}

enum { MOST = 60000 };

static void check_product(const char *name, Dtype d, Shape sa, Shape sb, Loops l, enum Lay la, enum Lay lb,
                          bool dy_repeats, unsigned add) {
  static double y[MOST], da[MOST], db[MOST];
  Err e;
  Tensor *a = filled(d, sa, la), *b = filled(d, sb, lb), *x[2] = {a, b};
  OpCall c;
  t_run(&c, name, x, 2, NULL);
  Shape sy = {.nd = c.y[0]->nd};
  memcpy(sy.d, c.y[0]->shape, sizeof sy.d);
  Tensor *dy = filled(d, sy, AS_IT_IS);
  if (dy_repeats) memset(dy->stride, 0, sizeof dy->stride); /* as a sum's gradient: one number everywhere */
  Tensor *dx[2] = {filled(d, sa, AS_IT_IS), filled(d, sb, AS_IT_IS)};
  assert_true(a->n <= MOST && b->n <= MOST && c.y[0]->n <= MOST);
  memset(y, 0, sizeof y);
  for (int64_t i = 0; i < a->n; i++) da[i] = add & 1 ? tensor_get(dx[0], i) : 0;
  for (int64_t i = 0; i < b->n; i++) db[i] = add & 2 ? tensor_get(dx[1], i) : 0;
  by_loops(&l, a, b, dy, y, da, db);
  assert_true(c.op->backward(&c, &dy, dx, add, &e));
  const double limit = d == F32 ? 2e-5 : 1e-13;
  char what[TEXT + 64], left[TEXT], right[TEXT];
  snprintf(what, sizeof what, "%s of %.60s %.60s:", name, tensor_text(left, a), tensor_text(right, b));
  assert_near(what, c.y[0], y, limit);
  assert_near(what, dx[0], da, limit);
  assert_near(what, dx[1], db, limit);
  Tensor *only[2] = {NULL, dx[1]};
  for (int64_t i = 0; i < b->n; i++) tensor_set(dx[1], i, 0);
  assert_true(c.op->backward(&c, &dy, only, 2, &e)); /* dx[0] unwanted */
  if (!(add & 2)) assert_near(what, dx[1], db, limit);
  RELEASE(a, b, dy, dx[0], dx[1]);
  op_drop_outputs(&c);
}

typedef struct Product {
  const char *name;
  Shape a, b;
  Loops l;
} Product;

static const Product products[] = {
    {"mm", {2, {3, 4}}, {2, {4, 5}}, {{0, {0}}, 3, 5, 4}},
    {"mm", {2, {37, 65}}, {2, {65, 40}}, {{0, {0}}, 37, 40, 65}},
    {"mm", {1, {7}}, {1, {7}}, {{0, {0}}, 1, 1, 7}},
    {"mm", {1, {7}}, {2, {7, 5}}, {{0, {0}}, 1, 5, 7}},
    {"mm", {2, {5, 7}}, {1, {7}}, {{0, {0}}, 5, 1, 7}},
    {"mm", {3, {6, 3, 4}}, {2, {4, 5}}, {{1, {6}}, 3, 5, 4}},
    {"mm", {3, {6, 3, 4}}, {1, {4}}, {{1, {6}}, 3, 1, 4}},
    {"mm", {2, {3, 4}}, {3, {6, 4, 5}}, {{1, {6}}, 3, 5, 4}},
    {"mm", {1, {4}}, {3, {6, 4, 5}}, {{1, {6}}, 1, 5, 4}},
    {"mm", {3, {6, 3, 4}}, {3, {6, 4, 5}}, {{1, {6}}, 3, 5, 4}},
    {"mm", {3, {1, 3, 4}}, {3, {6, 4, 5}}, {{1, {6}}, 3, 5, 4}},
    {"mm", {4, {2, 1, 3, 4}}, {3, {5, 4, 2}}, {{2, {2, 5}}, 3, 2, 4}},
    {"mm", {4, {2, 3, 8, 9}}, {4, {2, 3, 9, 7}}, {{2, {2, 3}}, 8, 7, 9}},
    {"mm", {4, {1, 3, 8, 9}}, {4, {2, 1, 9, 7}}, {{2, {2, 3}}, 8, 7, 9}},
    {"mm", {2, {3, 0}}, {2, {0, 5}}, {{0, {0}}, 3, 5, 0}},
    {"mm", {2, {0, 4}}, {2, {4, 5}}, {{0, {0}}, 0, 5, 4}},
    {"mm", {3, {0, 3, 4}}, {2, {4, 5}}, {{1, {0}}, 3, 5, 4}},
    {"bmm", {3, {5, 3, 4}}, {3, {5, 4, 6}}, {{1, {5}}, 3, 6, 4}},
    {"dot", {1, {300}}, {1, {300}}, {{0, {0}}, 1, 1, 300}},
    {"outer", {1, {7}}, {1, {9}}, {{0, {0}}, 7, 9, 1}},
    {"linear", {2, {6, 4}}, {2, {4, 5}}, {{0, {0}}, 6, 5, 4}},
    {"linear", {1, {4}}, {2, {4, 5}}, {{0, {0}}, 1, 5, 4}},
    {"linear", {4, {2, 3, 5, 4}}, {2, {4, 5}}, {{2, {2, 3}}, 5, 5, 4}},
};

static void test_products(void **unused) {
  (void)unused;
  for (size_t i = 0; i < sizeof products / sizeof *products; i++) {
    const Product *p = &products[i];
    if (strcmp(p->name, "outer") == 0) continue; /* its vectors are a column and a row: test_outer */
    for (int k = 0; k < LAYS * LAYS * 2; k++)
      check_product(p->name, k & 1 ? F64 : F32, p->a, p->b, p->l, (enum Lay)(k / 2 % LAYS),
                    (enum Lay)(k / 2 / LAYS), k % 5 == 4, (unsigned)(k % 4));
  }
}

static void test_outer(void **unused) {
  (void)unused;
  Err e;
  for (int lay = 0; lay < 2; lay++) {
    Tensor *a = filled(F64, (Shape){1, {7}}, lay ? SLICED : AS_IT_IS),
           *b = filled(F64, (Shape){1, {40}}, AS_IT_IS);
    Tensor *x[2] = {a, b}, *dy = filled(F64, (Shape){2, {7, 40}}, lay ? TURNED : AS_IT_IS);
    Tensor *dx[2] = {filled(F64, (Shape){1, {7}}, AS_IT_IS), filled(F64, (Shape){1, {40}}, AS_IT_IS)};
    double y[280], da[7] = {0}, db[40] = {0};
    for (int64_t i = 0; i < 40; i++) db[i] = tensor_get(dx[1], i); /* added to */
    for (int64_t i = 0; i < 280; i++) {
      y[i] = tensor_get(a, i / 40) * tensor_get(b, i % 40);
      da[i / 40] += tensor_get(dy, i) * tensor_get(b, i % 40);
      db[i % 40] += tensor_get(dy, i) * tensor_get(a, i / 40);
    }
    OpCall c;
    t_run(&c, "outer", x, 2, NULL);
    assert_true(c.op->backward(&c, &dy, dx, 2, &e));
    assert_near("outer", c.y[0], y, 1e-15);
    assert_near("outer da", dx[0], da, 1e-13);
    assert_near("outer db", dx[1], db, 1e-13);
    op_drop_outputs(&c);
    RELEASE(a, b, dy, dx[0], dx[1]);
  }
}

/* The bias, for rows that fold into one product and for rows that do not. */
static void test_linear_bias(void **unused) {
  (void)unused;
  Err e;
  for (int lay = 0; lay < LAYS; lay++) {
    Tensor *x = filled(F64, (Shape){3, {3, 5, 4}}, (enum Lay)lay),
           *w = filled(F64, (Shape){2, {4, 6}}, AS_IT_IS);
    Tensor *b = filled(F64, (Shape){1, {6}}, lay == SLICED ? SLICED : AS_IT_IS), *in[3] = {x, w, b};
    Tensor *dy = filled(F64, (Shape){3, {3, 5, 6}}, AS_IT_IS), *db = filled(F64, (Shape){1, {6}}, AS_IT_IS);
    double y[90] = {0}, want[6];
    for (int i = 0; i < 6; i++) want[i] = lay ? tensor_get(db, i) : 0;
    for (int i = 0; i < 90; i++) {
      y[i] = tensor_get(b, i % 6);
      for (int k = 0; k < 4; k++) y[i] += tensor_get(x, i / 6 * 4 + k) * tensor_get(w, k * 6 + i % 6);
      want[i % 6] += tensor_get(dy, i);
    }
    OpCall c;
    t_run(&c, "linear", in, 3, NULL);
    assert_near("linear", c.y[0], y, 1e-14);
    assert_true(c.op->backward(&c, &dy, (Tensor *[]){NULL, NULL, db}, lay ? 4 : 0, &e));
    assert_near("linear db", db, want, 1e-13);
    op_drop_outputs(&c);
    RELEASE(x, w, b, dy, db);
  }
}

static void assert_refused(const char *name, Dtype da, Shape sa, Dtype db, Shape sb, const char *message) {
  Err e;
  Tensor *a = tensor_zeros(da, sa.nd, sa.d, &e), *b = tensor_zeros(db, sb.nd, sb.d, &e), *x[2] = {a, b};
  t_refuse(name, x, 2, NULL, message);
  RELEASE(a, b);
}

static void test_errors(void **unused) {
  (void)unused;
  assert_refused("mm", F32, (Shape){2, {32, 100}}, F32, (Shape){2, {784, 128}},
                 "mm: inner sizes differ: left f32[32,100], right f32[784,128]   (100 must equal 784)");
  assert_refused("mm", F32, (Shape){0, {0}}, F32, (Shape){1, {3}},
                 "mm: a 0-d tensor has no inner size: left f32[], right f32[3]   (* multiplies by a number)");
  assert_refused("mm", F32, (Shape){3, {2, 3, 4}}, F32, (Shape){3, {3, 4, 5}},
                 "mm: batch sizes do not broadcast: left f32[2,3,4], right f32[3,4,5]");
  assert_refused("mm", F32, (Shape){1, {3}}, F64, (Shape){1, {3}},
                 "mm: dtypes differ: left f32[3], right f64[3]");
  assert_refused("mm", I64, (Shape){1, {3}}, F32, (Shape){1, {3}},
                 "mm: a is i64[3]; it must be f32 or f64 (x:to\"f32\" converts)");
  assert_refused("bmm", F32, (Shape){2, {3, 4}}, F32, (Shape){3, {1, 4, 4}},
                 "bmm: both must be batch x rows x columns: left f32[3,4], right f32[1,4,4]");
  assert_refused("bmm", F32, (Shape){3, {1, 3, 4}}, F32, (Shape){3, {2, 4, 4}},
                 "bmm: batch sizes differ: left f32[1,3,4], right f32[2,4,4]");
  assert_refused("dot", F32, (Shape){1, {3}}, F32, (Shape){1, {4}},
                 "dot: inner sizes differ: left f32[3], right f32[4]   (3 must equal 4)");
  assert_refused("outer", F32, (Shape){2, {3, 1}}, F32, (Shape){1, {4}},
                 "outer: both must be vectors: left f32[3,1], right f32[4]");
  assert_refused("linear", F32, (Shape){2, {32, 100}}, F32, (Shape){2, {784, 128}},
                 "mm: inner sizes differ: left f32[32,100], right f32[784,128]   (100 must equal 784)");
  assert_refused("linear", F32, (Shape){2, {3, 4}}, F32, (Shape){1, {4}},
                 "linear: wants x[.., in] and w[in, out]: left f32[3,4], right f32[4]");
}

/* Shapes are inferred without bytes. */
static void test_meta(void **unused) {
  (void)unused;
  Err e;
  Tensor *a = tensor_meta(F32, 3, (int64_t[]){5, 3, 4}, &e), *b = tensor_zeros(F32, 2, (int64_t[]){4, 7}, &e);
  OpCall c;
  t_run(&c, "mm", (Tensor *[]){a, b}, 2, NULL);
  assert_true(tensor_is_meta(c.y[0]));
  assert_int_equal(c.y[0]->nd, 3);
  assert_int_equal(c.y[0]->shape[2], 7);
  assert_true(c.op->flops(&c) == 2. * 5 * 3 * 4 * 7);
  op_drop_outputs(&c);
  RELEASE(a, b);
}

static void test_nothing_leaks(void **unused) {
  (void)unused;
  assert_int_equal(tensor_live(), 0);
  assert_int_equal(mem_stats()->live, 0);
}

/* OpenBLAS calls a Prescott what it does not know: not on a processor with longer vectors than that had. */
static void test_openblas_uses_the_vectors(void **unused) {
  (void)unused;
  if (!openblas_get_corename || getenv("OPENBLAS_CORETYPE") || strcmp(kernel_isa(), "portable") == 0) return;
  assert_string_not_equal(openblas_get_corename(), "Prescott");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_products),     cmocka_unit_test(test_outer),
      cmocka_unit_test(test_linear_bias),  cmocka_unit_test(test_errors),
      cmocka_unit_test(test_meta),         cmocka_unit_test(test_openblas_uses_the_vectors),
      cmocka_unit_test(test_nothing_leaks)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
