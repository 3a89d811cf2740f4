/* gemm.c: which way a matrix product goes: product.h has the ways. */
#include "gemm.h"

#include "gemm_int.h"
#include "ledger.h"
#include "mem.h"
#include "parallel.h"
#include "product.h"
#include "sizes.h"

#include <string.h>

enum {
  THIN = 4, /* a side for which dot products pay */
  SHORT = 16,
  RUN = 64,       /* two sides, and what is summed up, for which they pay; */
  LONG_RUN = 256, /* of one such side */
  TALL = 128,     /* rows beside which packing two columns is nothing */
  TINY = 16,      /* multiply-adds of each of many products, which take less than planning does; */
  TINY_RUNS = 64  /* and where they are dot products of runs */
};

/* C' = B' A' is the same product. */
static Product transposed(const Product *p) {
  Product t = *p;
  t.M = p->N;
  t.N = p->M;
  t.A = (Mat){p->B.data, p->B.cs, p->B.rs};
  t.B = (Mat){p->A.data, p->A.cs, p->A.rs};
  t.D = (Mat){p->D.data, p->D.cs, p->D.rs};
  t.c_rs = p->c_cs;
  t.c_cs = p->c_rs;
  return t;
}

static bool products(const Product *p, int64_t items, int64_t sa, int64_t sb, int64_t sc, Err *e);

/* C (or D) is strided both ways: through a contiguous copy. */
static bool by_copy(const Product *p, Err *e) {
  Product q = *p;
  const size_t bytes = (size_t)(p->M * p->N) * p->size;
  if (!(q.C = mem_alloc(bytes))) return no_memory(e, (double)bytes, "scratch of a matrix product");
  q.c_rs = p->N;
  q.c_cs = 1;
  q.beta = 0;
  bool ok = products(&q, 1, 0, 0, 0, e);
  if (ok) product_finish(p, q.C);
  mem_free(q.C, bytes);
  return ok;
}

static bool one_by_one(const Product *p, int64_t items, int64_t sa, int64_t sb, int64_t sc, Err *e) {
  Product q = *p;
  for (int64_t i = 0; i < items; i++) {
    if (!products(&q, 1, 0, 0, 0, e)) return false;
    q.A.data = product_at(p, q.A.data, sa);
    q.B.data = product_at(p, q.B.data, sb);
    q.C += sc * (int64_t)p->size;
    q.D.data = product_at(p, q.D.data, sc);
  }
  return true;
}

/* Strides of dimensions of size 1 mean nothing: call them 1. */
static void tidy_strides(Product *p) {
  if (p->M == 1) p->A.rs = p->c_rs = p->D.rs = 1;
  if (p->N == 1) p->B.cs = p->c_cs = p->D.cs = 1;
  if (p->K == 1) p->A.cs = p->B.rs = 1;
}

/* Both sides so short that their panels and strips would be empty for the most part, and runs long enough. */
static bool is_compact(const Product *p) {
  if (p->A.cs != 1 || p->B.rs != 1) return false;
  return p->N <= SHORT && ((p->M <= SHORT && p->K >= RUN) || (p->N <= SHORT / 2 && p->K >= LONG_RUN));
}
static bool wants_dots(const Product *p) {
  if (is_compact(p)) return true;
  if (p->N > THIN || p->A.cs != 1) return false;
  if (p->N == 1 || (p->M <= THIN && p->B.rs == 1)) return p->K >= 24 || p->M == 1;
  return p->K >= (p->N == 2 && p->M >= TALL ? 24 : 128);
}

/* One unit stride, and the other one a leading dimension as BLAS knows it. */
static bool blas_reads(Mat m, int64_t rows, int64_t cols) {
  return (m.cs == 1 && m.rs >= cols && m.rs < INT32_MAX) || (m.rs == 1 && m.cs >= rows && m.cs < INT32_MAX);
}
static bool wants_blas(const Product *p, int64_t items) {
  return items == 1 && (double)p->M * (double)p->N * (double)p->K >= p->kernel->blas_from &&
         p->D.data == p->C && p->c_rs >= p->N && p->c_rs < INT32_MAX && p->K < INT32_MAX &&
         blas_reads(p->A, p->M, p->K) && blas_reads(p->B, p->K, p->N);
}

/* Products of tiny networks, where planning would cost more than the arithmetic: as they lie, on this thread.
 * False: it wants packing, copying or threads. */
static bool direct(const Product *p) {
  if ((p->M | p->N | p->K) >> 12 || p->M * p->N * p->K >= PARALLEL_FROM) return false;
  if (wants_dots(p)) {
    if (p->B.rs != 1) return false;
    p->kernel->dots(p->M, p->N, p->K, p->alpha, p->A.data, p->A.rs, p->B.data, p->B.cs, p->beta, p->D.data,
                    p->D.rs, p->D.cs, p->C, p->c_rs, p->c_cs);
    return true;
  }
  if (p->B.cs != 1 || p->c_cs != 1 || (p->beta != 0 && p->D.cs != 1)) return false;
  if (p->N == 1 && p->M > 1 && p->A.rs == 1 && p->A.cs != 1) return false; /* better as a row times B */
  const GemmArgs g = product_args(p, product_strip(p, false));
  p->kernel->block(&g, 0, p->M, 0, p->N);
  return true;
}

/* --- x W^T ---------------------------------------------------------------------------------------------- */
/* Both operands have contiguous rows.  W x^T needs x packed alone where x W^T needs W; its sums are turned on their way to
 * C. */
typedef struct Turning {
  const Product *p;
  const char *from; /* N x ld */
  int64_t ld;
} Turning;

static void turn_square(const Turning *t, int64_t i, int64_t j) {
  const Product *p = t->p;
  const Kernels *k = kernels(p->size == sizeof(float) ? F32 : F64);
  const int64_t rows = least(TURN_SIDE, p->M - i), cols = least(TURN_SIDE, p->N - j);
  const void *from = product_at(p, t->from, j * t->ld + i);
  char *to = p->C + (i * p->c_rs + j) * (int64_t)p->size;
  double square[TURN_SIDE * TURN_SIDE];
  if (p->beta == 0 && rows == TURN_SIDE && cols == TURN_SIDE) {
    k->turn(to, p->c_rs, from, t->ld, TURN_HERE);
    return;
  }
  k->turn(square, TURN_SIDE, from, t->ld, TURN_HERE);
  Product part = *p;
  part.M = 1;
  part.N = cols;
  for (int64_t r = 0; r < rows; r++) {
    part.C = to + r * p->c_rs * (int64_t)p->size;
    part.D.data = product_at(p, p->D.data, (i + r) * p->D.rs + j * p->D.cs);
    product_finish(&part, product_at(p, square, r * TURN_SIDE));
  }
}

static void turn_strips(void *context, int64_t begin, int64_t end) {
  const Turning *t = context;
  for (int64_t i = begin * TURN_SIDE; i < least(t->p->M, end * TURN_SIDE); i += TURN_SIDE)
    for (int64_t j = 0; j < t->p->N; j += TURN_SIDE) turn_square(t, i, j);
}

static bool wants_turning(const Product *p) {
  return p->A.cs == 1 && p->B.rs == 1 && p->B.cs != 1 &&
         (double)p->M * (double)(p->K + p->N) < (double)p->K * (double)p->N;
}

static bool by_turning(const Product *p, Err *e) {
  Product t = transposed(p);
  const int64_t ld = ceil_div(p->M, TURN_SIDE) * TURN_SIDE;
  const size_t bytes = (size_t)(ceil_div(p->N, TURN_SIDE) * TURN_SIDE * ld) * p->size;
  if (!(t.C = mem_alloc(bytes))) return no_memory(e, (double)bytes, "scratch of a matrix product");
  t.c_rs = ld;
  t.c_cs = 1;
  t.beta = 0;
  const bool ok = product_by_blocks(&t, 1, 0, 0, 0, e);
  Turning turning = {p, t.C, ld};
  if (ok) parallel_for(ceil_div(p->M, TURN_SIDE), 1 + GRAIN / (TURN_SIDE * p->N), turn_strips, &turning);
  mem_free(t.C, bytes);
  return ok;
}

static bool nothing_to_multiply(const Product *p, int64_t items, int64_t sc) {
  if (p->M > 0 && p->N > 0 && p->K > 0 && p->alpha != 0) return false;
  Product q = *p;
  for (int64_t i = 0; i < items; i++) {
    product_finish(&q, NULL);
    q.C += sc * (int64_t)q.size;
    q.D.data = product_at(&q, q.D.data, sc);
  }
  return true;
}

/* --- many tiny ones ------------------------------------------------------------------------------------- */
typedef struct Many {
  const Product *p;
  int64_t sa, sb, sc;
} Many;

#define TINY_PRODUCT(T)                                                                                      \
  static void tiny_##T(const Product *p, const T *a, const T *b, const T *d, T *c) {                         \
    const T alpha = (T)p->alpha, beta = (T)p->beta;                                                          \
    for (int64_t i = 0; i < p->M; i++, a += p->A.rs)                                                         \
      for (int64_t j = 0; j < p->N; j++) {                                                                   \
        T sum = 0;                                                                                           \
        for (int64_t k = 0; k < p->K; k++) sum += a[k * p->A.cs] * b[k * p->B.rs + j * p->B.cs];             \
        sum *= alpha;                                                                                        \
        c[i * p->c_rs + j * p->c_cs] = beta != 0 ? sum + beta * d[i * p->D.rs + j * p->D.cs] : sum;          \
      }                                                                                                      \
  }
TINY_PRODUCT(float)
TINY_PRODUCT(double)

static bool is_tiny(const Product *p) {
  const int64_t most = p->B.rs == 1 ? TINY_RUNS : TINY;
  return p->M <= SHORT && p->N <= THIN && p->K <= SHORT && p->M * p->N * p->K <= most;
}

static void tiny_products(void *context, int64_t begin, int64_t end) {
  const Many *m = context;
  const Product *p = m->p;
  for (int64_t i = begin; i < end; i++) {
    const void *a = product_at(p, p->A.data, i * m->sa), *b = product_at(p, p->B.data, i * m->sb);
    const void *d = product_at(p, p->D.data, i * m->sc);
    void *c = p->C + i * m->sc * (int64_t)p->size;
    if (p->size == sizeof(float)) tiny_float(p, a, b, d, c);
    else tiny_double(p, a, b, d, c);
  }
}

static bool products(const Product *given, int64_t items, int64_t sa, int64_t sb, int64_t sc, Err *e) {
  Product p = *given;
  if (nothing_to_multiply(&p, items, sc)) return true;
  tidy_strides(&p);
  if (items > 1 && is_tiny(&p)) {
    Many many = {&p, sa, sb, sc};
    parallel_for(items, PARALLEL_FROM / TINY, tiny_products, &many);
    return true;
  }
  if (items == 1 && direct(&p)) return true;
  Product t = transposed(&p);
  if (items == 1 && direct(&t)) return true;
  if (wants_dots(&p)) return product_by_dots(&p, items, sa, sb, sc, e);
  if (wants_dots(&t)) return product_by_dots(&t, items, sb, sa, sc, e);
  if (p.c_cs != 1 || (p.N == 1 && p.M > 1 && p.A.rs == 1 && p.c_rs == 1)) {
    if (p.c_rs == 1) return products(&t, items, sb, sa, sc, e);
    return items == 1 ? by_copy(&p, e) : one_by_one(&p, items, sa, sb, sc, e);
  }
  if (p.beta != 0 && p.D.cs != 1) return items == 1 ? by_copy(&p, e) : one_by_one(&p, items, sa, sb, sc, e);
  if (wants_blas(&p, items)) {
    product_by_blas(&p);
    return true;
  }
  if (items == 1 && p.K < SLICE && product_by_few(&p)) return true;
  if (items > 1 && p.M * p.N * p.K >= (1 << 22)) return one_by_one(&p, items, sa, sb, sc, e);
  if (items == 1 && wants_turning(&p)) return by_turning(&p, e);
  return product_by_blocks(&p, items, sa, sb, sc, e);
}

/* --- the three doors ------------------------------------------------------------------------------------ */
static Product product_of(Dtype d, int64_t M, int64_t N, int64_t K, double alpha, Mat A, Mat B, double beta,
                          Mat D, void *C, int64_t c_rs, int64_t c_cs) {
  return (Product){kernels(d)->gemm, dtype_size[d], M, N, K, alpha, beta, A, B, D, C, c_rs, c_cs};
}

bool gemm_plus(Dtype d, int64_t M, int64_t N, int64_t K, double alpha, Mat A, Mat B, double beta, Mat D,
               void *C, int64_t c_rs, int64_t c_cs, Err *e) {
  if (beta == 0) D = (Mat){C, c_rs, c_cs};
  Product p = product_of(d, M, N, K, alpha, A, B, beta, D, C, c_rs, c_cs);
  return products(&p, 1, 0, 0, 0, e);
}

bool gemm(Dtype d, int64_t M, int64_t N, int64_t K, double alpha, Mat A, Mat B, double beta, void *C,
          int64_t c_rs, int64_t c_cs, Err *e) {
  if (d == I64) return gemm_int(1, M, N, K, A, 0, B, 0, beta != 0, C, c_rs, c_cs, 0), true;
  return gemm_plus(d, M, N, K, alpha, A, B, beta, (Mat){C, c_rs, c_cs}, C, c_rs, c_cs, e);
}

bool gemm_batched(Dtype d, int64_t batch, int64_t M, int64_t N, int64_t K, double alpha, Mat A, int64_t sa,
                  Mat B, int64_t sb, double beta, void *C, int64_t c_rs, int64_t c_cs, int64_t sc, Err *e) {
  if (d == I64) return gemm_int(batch, M, N, K, A, sa, B, sb, beta != 0, C, c_rs, c_cs, sc), true;
  Product p = product_of(d, M, N, K, alpha, A, B, beta, (Mat){C, c_rs, c_cs}, C, c_rs, c_cs);
  if (batch > 1 && sb == 0 && sa == M * A.rs && sc == M * c_rs) { /* one tall product */
    p.M *= batch;
    batch = 1;
  }
  return batch <= 0 || products(&p, batch, sa, sb, sc, e);
}
