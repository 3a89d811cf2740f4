/* gemm_int.c: see gemm_int.h */
#include "gemm_int.h"

#include "kernel.h"
#include "parallel.h"

typedef struct Job {
  int64_t M, N, K, share, shares; /* rows of a task, tasks of a product */
  Mat a, b;
  int64_t sa, sb, sc, c_rs, c_cs;
  int64_t *C;
  bool add;
} Job;

static void products(void *context, int64_t begin, int64_t end) {
  const Job *j = context;
  for (int64_t t = begin; t < end; t++) {
    const int64_t item = t / j->shares, r = t % j->shares * j->share,
                  rows = j->M - r < j->share ? j->M - r : j->share;
    const WholeMatrix a = {(const int64_t *)j->a.data + item * j->sa + r * j->a.rs, j->a.rs, j->a.cs},
                      b = {(const int64_t *)j->b.data + item * j->sb, j->b.rs, j->b.cs};
    kernels(F64)->whole_product(rows, j->N, j->K, a, b, j->C + item * j->sc + r * j->c_rs, j->c_rs, j->c_cs,
                                j->add);
  }
}

void gemm_int(int64_t batch, int64_t M, int64_t N, int64_t K, Mat A, int64_t sa, Mat B, int64_t sb, bool add,
              void *C, int64_t c_rs, int64_t c_cs, int64_t sc) {
  enum { LEAST = 32 }; /* rows for which B is packed */
  if (!M || !N || !batch) return;
  const int64_t work = N * K > 0 ? N * K : 1, few = GRAIN / work + 1, share = few < LEAST ? LEAST : few;
  Job j = {M, N, K, share, (M + share - 1) / share, A, B, sa, sb, sc, c_rs, c_cs, C, add};
  parallel_for(batch * j.shares, GRAIN / (work * (M < share ? M : share)) + 1, products, &j);
}
