/* test_gemm.c: matrix products against a naive sum in f64: random shapes and strides, both sides of every
 * threshold of gemm.c and product.c, the same bits on one thread and on two, nothing written outside C, and what happens
 * when scratch memory runs out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gemm.h"
#include "mem.h"
#include "parallel.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state = 88172645463325252u;
static uint64_t next_random(void) { /* xorshift */
  state ^= state << 13;
  state ^= state >> 7;
  return state ^= state << 17;
}
static int64_t below(int64_t n) { return (int64_t)(next_random() % (uint64_t)n); }
static double uniform(void) { return (double)(next_random() >> 11) * 0x1p-52 - 1; }

static void assert_near(double got, double want, double limit) {
  if (!(fabs(got - want) <= limit)) fail_msg("%.9g is not %.9g", got, want);
}

/* A matrix in a buffer of its own, with guard elements between and around its elements where strides leave
 * some. */
typedef struct Matrix {
  Dtype d;
  int64_t rows, cols, rs, cs, first, total;
  void *data;
} Matrix;

enum Layout { ROWS, COLUMNS, ROWS_APART, COLUMNS_APART, SPARSE, REVERSED, LAYOUTS };

static void *element(const Matrix *m, int64_t i, int64_t j) {
  return (char *)m->data + (m->first + i * m->rs + j * m->cs) * (int64_t)dtype_size[m->d];
}
static double get(const Matrix *m, int64_t i, int64_t j) {
  const void *p = element(m, i, j);
  return m->d == F32 ? (double)*(const float *)p : *(const double *)p;
}
static void put(const Matrix *m, int64_t i, int64_t j, double v) {
  void *p = element(m, i, j);
  if (m->d == F32) *(float *)p = (float)v;
  else *(double *)p = v;
}
static Mat as_mat(const Matrix *m) { return (Mat){element(m, 0, 0), m->rs, m->cs}; }

static Matrix matrix(Dtype d, int64_t rows, int64_t cols, enum Layout layout) {
  Matrix m = {.d = d, .rows = rows, .cols = cols};
  switch (layout) {
  case ROWS: m.rs = cols, m.cs = 1; break;
  case COLUMNS: m.rs = 1, m.cs = rows; break;
  case ROWS_APART: m.rs = cols + 5, m.cs = 1; break;
  case COLUMNS_APART: m.rs = 1, m.cs = rows + 3; break;
  case SPARSE: m.rs = 3 * cols + 1, m.cs = 2; break;
  default: m.rs = -(cols + 2), m.cs = 1; break;
  }
  m.first = layout == REVERSED ? rows * (cols + 2) : 0;
  m.total = (rows + 1) * (3 * cols + 6) + 16 * (rows + 4);
  m.data = malloc((size_t)m.total * dtype_size[d]);
  assert_non_null(m.data);
  for (int64_t i = 0; i < m.total; i++)
    if (d == F32) ((float *)m.data)[i] = (float)uniform();
    else ((double *)m.data)[i] = uniform();
  return m;
}

typedef struct Case {
  Dtype d;
  int64_t M, N, K;
  enum Layout a, b, c;
  double alpha, beta;
} Case;

static double *naive(const Case *t, const Matrix *A, const Matrix *B, const Matrix *C) {
  double *y = malloc((size_t)(t->M * t->N + 1) * sizeof *y);
  assert_non_null(y);
  for (int64_t i = 0; i < t->M; i++)
    for (int64_t j = 0; j < t->N; j++) {
      long double s = 0; /* f64 products are judged, too */
      for (int64_t k = 0; k < t->K; k++) s += (long double)get(A, i, k) * get(B, k, j);
      y[i * t->N + j] = (double)(t->alpha * s + (t->beta != 0 ? t->beta * get(C, i, j) : 0));
    }
  return y;
}

/* The product on one thread and on two; both must be right, equal to the bit, and leave the gaps of C alone. */
static void check(const Case *t) {
  Matrix A = matrix(t->d, t->M, t->K, t->a), B = matrix(t->d, t->K, t->N, t->b),
         C = matrix(t->d, t->M, t->N, t->c);
  const size_t bytes = (size_t)C.total * dtype_size[t->d];
  if (t->beta == 0 && t->M && t->N) put(&C, t->M - 1, t->N - 1, NAN); /* beta 0 must not read C */
  double *want = naive(t, &A, &B, &C);
  Matrix before = C, first = C;
  before.data = malloc(bytes);
  first.data = malloc(bytes);
  memcpy(before.data, C.data, bytes);
  const double eps = t->d == F32 ? 1.2e-7 : 2.3e-16,
               limit =
                   eps * (1 + fabs(t->alpha)) * (4 + (t->K < 512 ? (double)t->K : sqrt(512. * (double)t->K)));
  for (int threads = 1; threads <= 2; threads++) {
    Err e;
    parallel_set_threads(threads);
    memcpy(C.data, before.data, bytes);
    Matrix c0 = C;
    assert_true(gemm(t->d, t->M, t->N, t->K, t->alpha, as_mat(&A), as_mat(&B), t->beta,
                     t->M && t->N ? element(&c0, 0, 0) : C.data, C.rs, C.cs, &e));
    if (threads == 1) memcpy(first.data, C.data, bytes);
  }
  if (memcmp(first.data, C.data, bytes) != 0)
    fail_msg("%s %lldx%lldx%lld layouts %d %d %d: two threads differ from one", dtype_name[t->d],
             (long long)t->M, (long long)t->N, (long long)t->K, t->a, t->b, t->c);
  for (int64_t i = 0; i < t->M; i++)
    for (int64_t j = 0; j < t->N; j++) {
      double got = get(&C, i, j);
      if (!(fabs(got - want[i * t->N + j]) <= limit))
        fail_msg("%s %lldx%lldx%lld layouts %d %d %d alpha %g beta %g: C[%lld,%lld] is %.9g, not %.9g",
                 dtype_name[t->d], (long long)t->M, (long long)t->N, (long long)t->K, t->a, t->b, t->c,
                 t->alpha, t->beta, (long long)i, (long long)j, got, want[i * t->N + j]);
      put(&C, i, j, 0);
      put(&before, i, j, 0);
    }
  assert_memory_equal(C.data, before.data, bytes);
  free(want);
  free(before.data);
  free(first.data);
  free(A.data);
  free(B.data);
  free(C.data);
}

static void test_random_shapes(void **unused) {
  (void)unused;
  static const int64_t sizes[] = {0, 1, 2, 3, 4, 5, 7, 8, 12, 13, 16, 17, 31, 32, 33, 48, 61, 64, 65, 97};
  enum { SIZES = sizeof sizes / sizeof *sizes };
  static const double alphas[] = {1, 1, 0.5, -2}, betas[] = {0, 0, 1, 0.25};
  for (int i = 0; i < 900; i++) {
    Case t = {(Dtype)below(2),
              sizes[below(SIZES)],
              sizes[below(SIZES)],
              sizes[below(SIZES)],
              (enum Layout)below(LAYOUTS),
              (enum Layout)below(LAYOUTS),
              (enum Layout)below(LAYOUTS),
              alphas[below(4)],
              betas[below(4)]};
    if (below(8) == 0) t.K = 500 + below(800);
    check(&t);
  }
}

/* Shapes around every rule of gemm.c: M, N, K, and the layouts of A and B. */
static void test_thresholds(void **unused) {
  (void)unused;
  static const int64_t shapes[][3] = {
      {50, 50, 51},     {50, 50, 53},                 /* one thread, two                     */
      {1, 300, 500},    {300, 1, 500},   {300, 1, 3}, /* matrix and vector                    */
      {127, 2, 24},     {128, 2, 23},    {128, 2, 24},    {300, 2, 40},   {91, 3, 129},   {91, 7, 255},
      {91, 7, 256},     {91, 8, 300},    {91, 9, 300},    {90, 4, 127},   {90, 4, 129},   {90, 5, 129},
      {4, 90, 129},                                       /* thin sides                    */
      {127, 127, 127},  {128, 128, 128}, {129, 131, 133}, /* packed                              */
      {1, 1, 16383},    {1, 1, 40000},   {13, 7, 16384},  {3, 33, 17000}, /* slices of k              */
      {60, 40, 1024},   {60, 33, 2048},  /* rows a multiple of 4 KB apart        */
      {130, 140, 1100}, {300, 260, 512}, /* several runs of k, many tiles        */
      {1, 20, 9000},    {20, 1, 9000},   {400, 2, 2},     {6, 200, 30},   {7, 200, 30},   {15, 64, 40},
      {16, 64, 40},     {16, 63, 40},    {16, 32, 40},    {256, 256, 20}, {257, 256, 20}, {257, 255, 20},
      {259, 270, 530},  {17, 31, 40},    {19, 131, 70},   {200, 131, 1},  {700, 1000, 1}, {50, 27, 1},
      {50, 3, 1},       {7, 16, 1},      {5, 33, 1}, /* nothing to sum */
      {40, 100, 16},    {40, 100, 17},   {9, 32, 64},     {9, 32, 65},    {6, 4, 512},    {24, 40, 2048},
      {25, 40, 2048},   {25, 90, 2047},  {60, 70, 3100},  {70, 20, 2049}, /* k by depths */
      {6, 4, 513}}; /* operands small enough for the stack, and not */
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
    for (int k = 0; k < 16; k++) {
      const double work = (double)(shapes[i][0] * shapes[i][1] * shapes[i][2]);
      if (work > 2e6 && k % 5 != 0) continue;
      check(&(Case){k / 8 ? F64 : F32, shapes[i][0], shapes[i][1], shapes[i][2], k & 1 ? COLUMNS : ROWS,
                    k & 2 ? COLUMNS : ROWS, k & 4 ? COLUMNS : ROWS, 1, k & 1 ? 0.5 : 0});
    }
}

/* Rows of B a page apart, few strips of A and many, whole panels and a last one in part. */
static void test_rows_a_page_apart(void **unused) {
  (void)unused;
  static const int64_t rows[] = {5, 17, 30, 31, 35, 36, 37, 71}, depths[] = {1, 40, 520};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    for (size_t k = 0; k < sizeof depths / sizeof *depths; k++)
      for (int d = F32; d <= F64; d++) {
        const int64_t N = 4096 / (int64_t)dtype_size[d];
        check(&(Case){(Dtype)d, rows[i], N, depths[k], ROWS, ROWS, ROWS, 1, 0});
        check(&(Case){(Dtype)d, rows[i], N - 5, depths[k], ROWS, ROWS_APART, ROWS, 0.5, 1});
      }
}

/* x W^T with fewer rows in x than in W, as many, and more; squares in whole and in part; with a bias, C itself, and what
 * lies elsewhere added. */
static void test_rows_times_rows(void **unused) {
  (void)unused;
  static const int64_t rows[] = {5, 8, 15, 16, 17, 32, 47, 48, 90, 100};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    for (int d = F32; d <= F64; d++)
      for (int64_t K = 96; K <= 600; K += 252) {
        check(&(Case){(Dtype)d, rows[i], 97, K, ROWS, COLUMNS, ROWS, 1, 0});
        check(&(Case){(Dtype)d, rows[i], 96, K, ROWS_APART, COLUMNS_APART, ROWS_APART, 0.5, 1});
        check(&(Case){(Dtype)d, rows[i], 131, K, ROWS, COLUMNS, ROWS, -1, 0.25});
      }
}

/* Big enough for OpenBLAS where it is used, and for packing in several pieces. */
static void test_large(void **unused) {
  (void)unused;
  check(&(Case){F32, 300, 300, 300, ROWS, COLUMNS, ROWS, 1, 0});
  check(&(Case){F64, 301, 270, 300, COLUMNS, ROWS, ROWS, -1, 1});
  check(&(Case){F32, 263, 270, 1100, COLUMNS, ROWS, ROWS, 1, 0.5});      /* A packed, several runs of k */
  check(&(Case){F32, 40, 256, 520, COLUMNS_APART, COLUMNS, ROWS, 1, 0}); /* columns just so far apart */
  check(&(Case){F64, 3100, 257, 530, COLUMNS, ROWS, ROWS, 1, 0.5});      /* and k in pieces, then rows */
  check(&(Case){F32, 6150, 256, 30, COLUMNS, ROWS, ROWS, -1, 1});
  check(&(Case){F32, 2100, 260, 1540, COLUMNS, COLUMNS, ROWS, 1, 0});
  check(&(Case){F32, 128, 1700, 2100, ROWS, ROWS, ROWS, 1, 0}); /* B exceeds what is packed at a time */
  check(&(Case){F64, 1500, 128, 1100, ROWS, ROWS, ROWS, 1, 0.5});
  check(&(Case){F64, 20, 30, 9000, ROWS, COLUMNS, ROWS, 1, 1}); /* runs of k in OpenBLAS */
  check(&(Case){F32, 3, 40, 90000, COLUMNS, COLUMNS, ROWS, 1, 1});
  check(&(Case){F32, 1, 4109, 700, ROWS, ROWS, ROWS, -1, 0}); /* a row with more of B than the caches hold */
  check(&(Case){F32, 1, 5003, 513, ROWS, ROWS_APART, ROWS, 1, 0.5});
  check(&(Case){F64, 1, 1031, 1100, ROWS, ROWS, ROWS, 2, 1});
  check(&(Case){F64, 1100, 1, 1031, COLUMNS, ROWS, ROWS, 1, 0});
}

static void test_bias(void **unused) {
  (void)unused;
  enum { M = 37, N = 129, MOST_K = 1200 };
  static const int64_t depths[] = {0, 1, 5, 130, 700, MOST_K};
  for (size_t i = 0; i < sizeof depths / sizeof *depths; i++)
    for (int thin = 0; thin < 2; thin++) {
      const int64_t K = depths[i], n = thin ? 3 : N;
      Matrix A = matrix(F32, M, K, ROWS), B = matrix(F32, K, n, i % 2 ? COLUMNS : ROWS),
             C = matrix(F32, M, n, thin ? COLUMNS : ROWS), bias = matrix(F32, 1, n, ROWS);
      Err e;
      assert_true(gemm_plus(F32, M, n, K, 1, as_mat(&A), as_mat(&B), 1, (Mat){bias.data, 0, 1}, C.data, C.rs,
                            C.cs, &e));
      Case t = {F32, M, n, K, ROWS, ROWS, ROWS, 1, 0};
      double *want = naive(&t, &A, &B, &C);
      for (int64_t r = 0; r < M; r++)
        for (int64_t j = 0; j < n; j++)
          assert_near(get(&C, r, j), want[r * n + j] + get(&bias, 0, j), 1e-5 * (1 + sqrt((double)K)));
      free(want);
      free(A.data);
      free(B.data);
      free(C.data);
      free(bias.data);
    }
}

/* sb 0: one B for all; the layouts of a batch are rows, columns, or (C) both ways apart. */
static void check_batch(Dtype d, int64_t batch, int64_t M, int64_t N, int64_t K, bool one_b, enum Layout la,
                        enum Layout lb, enum Layout lc, double beta) {
  const int64_t sa = M * K + 3, sb = one_b ? 0 : K * N + 1, sc = 8 * (M + 1) * (N + 1);
  Matrix A = matrix(d, 1, batch * sa + M * K, ROWS), B = matrix(d, 1, batch * sb + K * N, ROWS),
         C = matrix(d, 1, batch * sc, ROWS), first = C;
  Matrix a = matrix(d, M, K, la), b = matrix(d, K, N, lb), c = matrix(d, M, N, lc);
  first.data = malloc((size_t)C.total * dtype_size[d]);
  memcpy(first.data, C.data, (size_t)C.total * dtype_size[d]);
  Matrix origin = C;
  origin.data = malloc((size_t)C.total * dtype_size[d]);
  memcpy(origin.data, C.data, (size_t)C.total * dtype_size[d]);
  Err e;
  const Mat ma = {A.data, a.rs, a.cs}, mb = {B.data, b.rs, b.cs};
  parallel_set_threads(1);
  assert_true(gemm_batched(d, batch, M, N, K, 1, ma, sa, mb, sb, beta, first.data, c.rs, c.cs, sc, &e));
  parallel_set_threads(2);
  assert_true(gemm_batched(d, batch, M, N, K, 1, ma, sa, mb, sb, beta, C.data, c.rs, c.cs, sc, &e));
  assert_memory_equal(first.data, C.data, (size_t)C.total * dtype_size[d]);
  for (int64_t i = 0; i < batch; i++)
    for (int64_t r = 0; r < M; r++)
      for (int64_t j = 0; j < N; j++) {
        const int64_t to = i * sc + r * c.rs + j * c.cs;
        double s = beta * get(&origin, 0, to);
        for (int64_t k = 0; k < K; k++)
          s += get(&A, 0, i * sa + r * a.rs + k * a.cs) * get(&B, 0, i * sb + k * b.rs + j * b.cs);
        assert_near(get(&C, 0, to), s, (d == F32 ? 1e-6 : 1e-14) * (4 + sqrt((double)K)));
      }
  free(A.data);
  free(B.data);
  free(C.data);
  free(a.data);
  free(b.data);
  free(c.data);
  free(first.data);
  free(origin.data);
}

static void test_batches(void **unused) {
  (void)unused;
  static const enum Layout two[] = {ROWS, COLUMNS}, three[] = {ROWS, COLUMNS, SPARSE};
  static const int64_t shapes[][4] = {
      {1, 4, 4, 4},   {7, 4, 4, 4},       {60, 5, 33, 18}, {40, 16, 16, 16}, {9, 1, 30, 40}, {9, 30, 1, 40},
      {5, 3, 3, 200}, {2, 170, 160, 165}, {3, 2, 5, 0},    {0, 3, 3, 3},     {33, 2, 2, 4},  {33, 2, 2, 5},
      {9, 4, 4, 1},   {9, 3, 5, 1},       {9000, 2, 2, 2}, {5, 16, 1, 1},    {5, 1, 1, 17},  {5, 1, 4, 4},
      {5, 9, 2, 140}, {5, 2, 9, 140},     {30, 9, 3, 140}, {9, 4, 4, 5},     {9, 3, 4, 5},   {9, 17, 1, 2},
      {9, 2, 2, 16},  {9, 2, 2, 17}};
  for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
    for (int k = 0; k < 24; k++) {
      if (shapes[s][1] > 100 && k % 7) continue;
      check_batch(k & 4 ? F64 : F32, shapes[s][0], shapes[s][1], shapes[s][2], shapes[s][3], k / 12,
                  two[k & 1], two[k >> 1 & 1], three[k % 3], k & 8 ? 0.5 : 0);
    }
}

/* Every place that fetches scratch memory fails cleanly: an error, and nothing kept. */
static void test_out_of_memory(void **unused) {
  (void)unused;
  static const Case cases[] = {{F32, 130, 130, 130, ROWS, ROWS, ROWS, 1, 0},
                               {F32, 40, 70, 40, ROWS, COLUMNS, ROWS, 1, 0},
                               {F32, 90, 4, 2000, ROWS, ROWS, ROWS, 1, 0},
                               {F32, 5, 6, 7, ROWS, ROWS, SPARSE, 1, 1},
                               {F64, 3, 7, 20000, COLUMNS, ROWS, ROWS, 1, 0},
                               {F32, 280, 290, 40, COLUMNS, COLUMNS, ROWS, 1, 0}}; /* both packed */
  int failures = 0;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const Case *t = &cases[i];
    Matrix A = matrix(t->d, t->M, t->K, t->a), B = matrix(t->d, t->K, t->N, t->b),
           C = matrix(t->d, t->M, t->N, t->c);
    const size_t live = mem_stats()->live;
    for (int64_t n = 0; n < 8; n++) {
      Err e = {.message = ""};
      mem_fail_after(n);
      bool ok =
          gemm(t->d, t->M, t->N, t->K, t->alpha, as_mat(&A), as_mat(&B), t->beta, C.data, C.rs, C.cs, &e);
      mem_fail_after(-1);
      assert_int_equal(mem_stats()->live, live);
      if (ok) break;
      failures++;
      assert_non_null(strstr(e.message, "out of memory"));
    }
    free(A.data);
    free(B.data);
    free(C.data);
  }
  assert_true(failures >= 4); /* the first may go to OpenBLAS, which has memory of its own */
}

/* NaN and infinity go through; alpha 0 and K 0 give beta C. */
static void test_special_values(void **unused) {
  (void)unused;
  float a[4] = {1, NAN, 0, 2}, b[4] = {1, 2, 3, 4}, c[4] = {5, 6, 7, 8};
  Err e;
  const Mat A = {a, 2, 1}, B = {b, 2, 1};
  assert_true(gemm(F32, 2, 2, 2, 1, A, B, 0, c, 2, 1, &e));
  assert_true(isnan(c[0]) && isnan(c[1]));
  assert_float_equal(c[2], 6, 0);
  assert_float_equal(c[3], 8, 0);
  c[0] = c[1] = 1;
  assert_true(gemm(F32, 2, 2, 0, 1, A, B, 2, c, 2, 1, &e));
  assert_float_equal(c[3], 16, 0);
  assert_true(gemm(F32, 2, 2, 2, 0, A, B, 0.5, c, 2, 1, &e));
  assert_float_equal(c[3], 8, 0);
  c[0] = NAN;
  assert_true(gemm(F32, 2, 2, 0, 1, A, B, 0, c, 2, 1, &e));
  for (int i = 0; i < 4; i++) assert_float_equal(c[i], 0, 0);
}

/* Once the flag is up, the tiles are left out and the call comes back. */
static void test_interrupt(void **unused) {
  (void)unused;
  enum { N = 260 };
  static float a[N * N], b[N * N], c[N * N];
  Err e;
  c[0] = c[N * N - 1] = 7;
  for (int threads = 1; threads <= 2; threads++) {
    parallel_set_threads(threads);
    interrupt_raise();
    assert_true(gemm(F32, N, N, N, 1, (Mat){a, N, 1}, (Mat){b, N, 1}, 0, c, N, 1, &e));
    interrupt_clear();
    assert_float_equal(c[0], 7, 0);
    assert_float_equal(c[N * N - 1], 7, 0);
  }
  assert_true(gemm(F32, N, N, N, 1, (Mat){a, N, 1}, (Mat){b, N, 1}, 0, c, N, 1, &e));
  assert_float_equal(c[0], 0, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_shapes),
                                     cmocka_unit_test(test_thresholds),
                                     cmocka_unit_test(test_rows_a_page_apart),
                                     cmocka_unit_test(test_rows_times_rows),
                                     cmocka_unit_test(test_large),
                                     cmocka_unit_test(test_bias),
                                     cmocka_unit_test(test_batches),
                                     cmocka_unit_test(test_out_of_memory),
                                     cmocka_unit_test(test_special_values),
                                     cmocka_unit_test(test_interrupt)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
