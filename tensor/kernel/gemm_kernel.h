/* gemm_kernel.h: the matrix product's inner loops (see ../loop/product.c, which cuts the work and packs).
 *
 * A is read in strips of `strip` rows, B in panels of `nr` columns:
 *   A(i, k) = a[i / strip * a_panel + i % strip * a_rs + k * a_cs]
 *   B(k, j) = b[j / nr * b_panel + k * b_rs + j % nr]
 * so that packed and unpacked ones are the same to the kernel.  Strides count elements. */
#ifndef LUNETTE_GEMM_KERNEL_H
#define LUNETTE_GEMM_KERNEL_H
#include <stdbool.h>
#include <stdint.h>

enum {
  GEMM_FAR = 3072
}; /* bytes from a row of B to the next: further apart, rows are packed, or go in shorter runs of k */

/* C = alpha A B + beta D; C and D have unit column stride.  D is C itself, or a bias with d_rs 0; where beta
 * is 0 it is not looked at. */
typedef struct GemmArgs {
  int64_t M, N, K;
  const void *a;
  int64_t strip, a_panel, a_rs, a_cs;
  const void *b;
  int64_t b_panel, b_rs;
  const void *d;
  int64_t d_rs;
  void *c;
  int64_t c_rs;
  double alpha, beta;
  /* What is read after this B, laid out alike, or NULL: strips call it into the second cache while they
   * compute, for memory's latency is longer than the hardware's own look-ahead bridges. */
  const void *ahead;
} GemmArgs;

struct GemmKernels {
  int mr, nr;       /* most rows of a strip; columns of a panel                 */
  double blas_from; /* multiply-adds from which OpenBLAS is faster               */
  /* Rows [m0, m1) and columns [n0, n1) of C; m0 a multiple of strip, n0 of nr.             */
  void (*block)(const GemmArgs *g, int64_t m0, int64_t m1, int64_t n0, int64_t n1);
  /* C[i c_rs + j c_cs] = alpha dot(row i of A, column j of B) + beta D[i d_rs + j d_cs];
   * rows of A and columns of B are contiguous runs of K elements, a_rs and b_cs apart.      */
  void (*dots)(int64_t M, int64_t N, int64_t K, double alpha, const void *a, int64_t a_rs, const void *b,
               int64_t b_cs, double beta, const void *d, int64_t d_rs, int64_t d_cs, void *c, int64_t c_rs,
               int64_t c_cs);
  /* to[k * width + j] = from[k * k_stride + j * j_stride] for j < n, 0 for n <= j < width. */
  void (*pack)(int64_t width, int64_t n, int64_t K, const void *from, int64_t k_stride, int64_t j_stride,
               void *to);
};
#endif
