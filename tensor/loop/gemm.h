/* gemm.h: C = alpha A B + beta C on strided matrices of f32 or f64; of i64 where alpha is 1, beta 0 or 1 and no D is
 * given, modulo 2^64.
 *
 * A is M x K, B is K x N, C is M x N; `rs`, `cs` are the strides of rows and columns in elements (any of
 * them may be the unit one, so that a transpose costs nothing to say).  beta 0 overwrites C without reading
 * it.  Runs in our own kernels, and in OpenBLAS where that is faster (large, with vectors of 16 bytes).  The
 * result does not depend on the number of threads.  Scratch memory is taken from mem.h: false when there is
 * none. */
#ifndef LUNETTE_GEMM_H
#define LUNETTE_GEMM_H
#include "tensor.h"

typedef struct Mat {
  const void *data;
  int64_t rs, cs;
} Mat;

bool gemm(Dtype d, int64_t M, int64_t N, int64_t K, double alpha, Mat A, Mat B, double beta, void *C,
          int64_t c_rs, int64_t c_cs, Err *e);
/* C = alpha A B + beta D; D may repeat a row (rs 0: a bias) and is read only where beta is not 0. */
bool gemm_plus(Dtype d, int64_t M, int64_t N, int64_t K, double alpha, Mat A, Mat B, double beta, Mat D,
               void *C, int64_t c_rs, int64_t c_cs, Err *e);
/* `batch` products; the matrices of A, B and C lie sa, sb, sc elements apart (0 repeats the same one). */
bool gemm_batched(Dtype d, int64_t batch, int64_t M, int64_t N, int64_t K, double alpha, Mat A, int64_t sa,
                  Mat B, int64_t sb, double beta, void *C, int64_t c_rs, int64_t c_cs, int64_t sc, Err *e);

#endif
