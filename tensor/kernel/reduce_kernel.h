/* reduce_kernel.h: the inner loops of reductions (see ../reduce.c).  Data are contiguous but where it says so. */
#ifndef LUNETTE_REDUCE_KERNEL_H
#define LUNETTE_REDUCE_KERNEL_H
#include <stdbool.h>
#include <stdint.h>

enum ReduceKind { R_SUM, R_SUMSQ, R_SUMABS, R_PROD, R_MAX, R_MIN, R_LOGSUMEXP, R_KINDS };

struct ReduceKernels {
  /* y[r] = f(x[r step + i apart], i < n) of so many rows; sums in blocks, so that the error grows with the root of n at
   * most; apart is 1 of products and logsumexp. */
  void (*rows[R_KINDS])(int64_t rows, int64_t n, int64_t step, int64_t apart, double *y, const void *x);
  /* y[i] = f over the rows of x[r * ld + i], i < n. */
  void (*column[R_KINDS])(int64_t rows, int64_t n, int64_t ld, void *y, const void *x);
};

/* Softmax (0) and its logarithm (1) of rows of n numbers, and a row's gradients from y and dy; add: dx += */
struct SoftmaxKernels {
  void (*rows[2])(int64_t rows, int64_t n, void *y, const void *x);
  void (*row_grad[2])(int64_t n, void *dx, const void *y, const void *dy, bool add);
  /* Of each of `wide` columns, whose rows are ld apart. */
  void (*column[2])(int64_t n, int64_t wide, int64_t ld, void *y, const void *x);
  void (*column_grad[2])(int64_t n, int64_t wide, int64_t ld, void *dx, const void *y, const void *dy,
                         bool add);
};

/* Of elements of one dtype: how many are not 0; sum and product modulo 2^64 (integers only, else NULL); the place of
 * the greatest and of the least, from 0: of equals the first, NaN before all. */
enum ElementKind { E_COUNT, E_SUM, E_PROD, E_MOST, E_LEAST, E_KINDS };

struct ElementKernels {
  int64_t (*row[E_KINDS])(int64_t n, const void *x); /* n >= 1 for places */
  /* y[i] over the rows of x[r * ld + i], i < n; at most 2^31 rows (places: from 1 on). */
  void (*column[E_KINDS])(int64_t rows, int64_t n, int64_t ld, int64_t *y, const void *x);
};
#endif
