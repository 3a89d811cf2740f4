/* gemm_int.c: see gemm_int.h */
#include "gemm_int.h"

#include "parallel.h"

typedef struct Job {
  int64_t M, N, K;
  const int64_t *A, *B;
  Mat a, b; /* their strides */
  int64_t sa, sb, sc, c_rs, c_cs;
  int64_t *C;
  bool add;
} Job;

/* One element of C.  Unsigned arithmetic wraps without being undefined. */
static void element(const Job *j, const int64_t *A, const int64_t *B, int64_t *C) {
  uint64_t sum = j->add ? (uint64_t)*C : 0;
  for (int64_t k = 0; k < j->K; k++) sum += (uint64_t)A[k * j->a.cs] * (uint64_t)B[k * j->b.rs];
  *C = (int64_t)sum;
}

/* c + a b[n] for n columns; c NULL: 0. */
static void times_row(int64_t n, uint64_t a, const int64_t *b, int64_t bs, const int64_t *c, int64_t *y,
                      int64_t ys) {
  if (bs == 1 && ys == 1 && c)
    for (int64_t i = 0; i < n; i++) y[i] = (int64_t)((uint64_t)c[i] + a * (uint64_t)b[i]);
  else if (bs == 1 && ys == 1)
    for (int64_t i = 0; i < n; i++) y[i] = (int64_t)(a * (uint64_t)b[i]);
  else
    for (int64_t i = 0; i < n; i++)
      y[i * ys] = (int64_t)((c ? (uint64_t)c[i * ys] : 0) + a * (uint64_t)b[i * bs]);
}

/* A row of C. */
static void row(const Job *j, const int64_t *A, const int64_t *B, int64_t *C) {
  if (j->N == 1) {
    element(j, A, B, C);
    return;
  }
  for (int64_t n = 0; n < j->N && !j->add && j->K == 0; n++) C[n * j->c_cs] = 0;
  for (int64_t k = 0; k < j->K; k++)
    times_row(j->N, (uint64_t)A[k * j->a.cs], B + k * j->b.rs, j->b.cs, j->add || k > 0 ? C : NULL, C,
              j->c_cs);
}

static void rows(void *context, int64_t begin, int64_t end) {
  const Job *j = context;
  for (int64_t i = begin; i < end; i++) {
    const int64_t item = i / j->M, m = i % j->M;
    row(j, j->A + item * j->sa + m * j->a.rs, j->B + item * j->sb, j->C + item * j->sc + m * j->c_rs);
  }
}

void gemm_int(int64_t batch, int64_t M, int64_t N, int64_t K, Mat A, int64_t sa, Mat B, int64_t sb, bool add,
              void *C, int64_t c_rs, int64_t c_cs, int64_t sc) {
  Job j = {M, N, K, A.data, B.data, A, B, sa, sb, sc, c_rs, c_cs, C, add};
  const int64_t work = N * K > 0 ? N * K : 1;
  parallel_for(batch * M, work < GRAIN ? GRAIN / work : 1, rows, &j);
}
