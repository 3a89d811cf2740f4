/* gemm_kernel.h: the small matrix product's inner loops (see ../gemm.c). */
#ifndef LUNETTE_GEMM_KERNEL_H
#define LUNETTE_GEMM_KERNEL_H
#include <stdbool.h>
#include <stdint.h>

struct GemmKernels {
  /* C[M,N] (+)= A[M,K] B[K,N]; A at strides a_rs, a_cs; B and C with unit column stride. */
  void (*small)(int64_t M, int64_t N, int64_t K, const void *A, int64_t a_rs, int64_t a_cs, const void *B,
                int64_t ldb, void *C, int64_t ldc, bool add);
};
#endif
