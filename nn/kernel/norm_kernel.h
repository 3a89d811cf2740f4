/* norm_kernel.h: inner loops of normalisation; nn_kernels(d)->norm.  x is rows x C, contiguous. */
#ifndef LUNETTE_NORM_KERNEL_H
#define LUNETTE_NORM_KERNEL_H
#include "conv_kernel.h"

typedef struct NormKernels {
  /* of each column: mean and sum (x - mean)^2 */
  void (*col_stats)(int64_t rows, int64_t C, const void *x, double *mean, double *m2);
  /* of each column: s1 = sum dy, s2 = sum dy (x - m) */
  void (*col_sums)(int64_t rows, int64_t C, const void *dy, const void *x, const void *m, double *s1,
                   double *s2);
  /* y = act((x - m) a + b + residual); residual may be NULL */
  void (*col_apply)(int64_t rows, int64_t C, void *y, const void *x, const void *m, const void *a,
                    const void *b, const void *residual, ConvAct act, double slope);
  /* dx (+)= a dy + k (x - m) + c */
  void (*col_grad)(int64_t rows, int64_t C, void *dx, const void *dy, const void *x, const void *m,
                   const void *a, const void *k, const void *c, bool add);
  /* y = (x - mean) rstd g + b over each row, mean 0 unless `centred`; stats[r] = {mean, rstd}; g, b may be NULL */
  void (*row_forward)(int64_t rows, int64_t C, void *y, const void *x, const void *g, const void *b,
                      double eps, bool centred, void *stats);
  /* dx (+)= ...; dg += sum dy xhat, db += sum dy over these rows; each may be NULL */
  void (*row_backward)(int64_t rows, int64_t C, void *dx, const void *dy, const void *x, const void *stats,
                       const void *g, void *dg, void *db, bool centred, bool add);
  /* y (+)= sum of the rows, which lie ld elements apart */
  void (*sum_rows)(int64_t rows, int64_t C, int64_t ld, void *y, const void *x, bool add);
  /* y = x / max(|x|_p, eps) for each row */
  void (*normalize)(int64_t rows, int64_t C, void *y, const void *x, double p, double eps);
  void (*normalize_grad)(int64_t rows, int64_t C, void *dx, const void *dy, const void *x, double p,
                         double eps, bool add);
} NormKernels;

#endif
