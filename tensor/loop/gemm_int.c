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

/* A row of C.  Unsigned arithmetic wraps without being undefined. */
static void row(const Job *j, const int64_t *A, const int64_t *B, int64_t *C) {
  for (int64_t n = 0; n < j->N && !j->add; n++) C[n * j->c_cs] = 0;
  for (int64_t k = 0; k < j->K; k++) {
    const uint64_t a = (uint64_t)A[k * j->a.cs];
    const int64_t *b = B + k * j->b.rs;
    if (j->b.cs == 1 && j->c_cs == 1)
      for (int64_t n = 0; n < j->N; n++) C[n] = (int64_t)((uint64_t)C[n] + a * (uint64_t)b[n]);
    else
      for (int64_t n = 0; n < j->N; n++)
        C[n * j->c_cs] = (int64_t)((uint64_t)C[n * j->c_cs] + a * (uint64_t)b[n * j->b.cs]);
  }
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
