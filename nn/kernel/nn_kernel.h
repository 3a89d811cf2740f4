/* nn_kernel.h: this room's inner loops, one table for each real type and instruction set.
 *
 * nn_kernels(F32) and nn_kernels(F64) give the best copy for this processor.  Data are contiguous; `add`:
 * y += result.  Sums come back as double and are made of blocks of fixed size, so that they depend on n alone. */
#ifndef LUNETTE_NN_KERNEL_H
#define LUNETTE_NN_KERNEL_H
#include "dtype.h"

/* clang-format off */
enum LossKernel { /* elementwise losses */
  L_MSE, L_L1, L_SMOOTH_L1, L_HUBER, L_HINGE, L_BCE, L_BCE_LOGITS,
  L_KL, L_KL_LOG, L_FOCAL, L_COUNT
};
/* clang-format on */

/* x predictions, t targets, w weights or NULL (ones), q weights of the positive class or NULL (ones) */
typedef struct LossData {
  const void *x, *t, *w, *q;
} LossData;

/* What the losses of these names are given. */
typedef struct LossNumbers {
  double beta, delta, margin, alpha, gamma;
} LossNumbers;

/* sum of the n values w f(x, t, q); into y as well unless NULL */
typedef double (*LossFn)(int64_t n, void *y, const LossData *d, const LossNumbers *p);
/* dx (+)= scale dy w f'(x, t, q); dy NULL: ones */
typedef void (*LossGradFn)(int64_t n, void *dx, const LossData *d, const void *dy, double scale,
                           const LossNumbers *p, bool add);

/* Weights B_j = w_j (u t_j + v) of the classes of one row in a cross entropy; t or w NULL: t_j = 0, w_j = 1. */
typedef struct ClassWeights {
  const void *t, *w;
  double u, v;
} ClassWeights;

/* Constants of one optimizer step, prepared by optim.c; which are used says each rule. */
typedef struct OptimStep {
  double lr, weight_decay, momentum, beta1, beta2, eps, keep, bias2;
  bool nesterov, first, centered;
} OptimStep;

/* Which rows make up each of some others: a matrix with few entries in a row; weights of the table's type. */
typedef struct RowMixture {
  const int64_t *start, *place;
  const void *weight;
} RowMixture;

typedef struct NormKernels NormKernels;           /* norm_kernel.h      */
typedef struct RecurrentKernels RecurrentKernels; /* recurrent_kernel.h */
typedef struct AttentionKernels AttentionKernels; /* attention_kernel.h */
typedef struct ConvKernels ConvKernels;           /* conv_kernel.h      */
typedef struct PoolKernels PoolKernels;           /* pool_kernel.h      */

typedef struct NnKernels {
  const LossFn *loss; /* by enum LossKernel                                    */
  const LossGradFn *loss_grad_x, *loss_grad_t;
  /* rows of C logits: lse[r] = log sum_j exp x[r,j] */
  void (*logsumexp)(int64_t rows, int64_t C, const void *x, void *lse);
  /* sum_j B_j (lse - x_j); *total = sum_j B_j */
  double (*xent)(int64_t C, const void *x, double lse, const ClassWeights *b, double *total);
  /* dx_j (+)= a exp(x_j - lse) - B_j */
  void (*xent_grad)(int64_t C, void *dx, const void *x, double lse, double a, const ClassWeights *b,
                    bool add);
  /* dt_j (+)= scale w_j (lse - x_j) */
  void (*xent_grad_t)(int64_t C, void *dt, const void *x, double lse, const void *w, double scale, bool add);
  /* y (+)= scale x where bit i % 64 of kept[i / 64] is 1, else 0 x */
  void (*dropout)(int64_t n, void *y, const void *x, const uint64_t *kept, double scale, bool add);
  /* y (+)= x m, m repeated every C elements */
  void (*scale_rows)(int64_t rows, int64_t C, void *y, const void *x, const void *m, bool add);

  /* optimizers: p parameter, g gradient, the rest state (optim.h has the formulas) */
  void (*sgd)(int64_t n, void *p, const void *g, void *m, const OptimStep *s);
  void (*adam)(int64_t n, void *p, const void *g, void *m, void *v, void *top,
               const OptimStep *s); /* top or NULL */
  void (*rmsprop)(int64_t n, void *p, const void *g, void *v, void *m, void *mean, const OptimStep *s);
  void (*adagrad)(int64_t n, void *p, const void *g, void *v, const OptimStep *s);
  double (*sum_squares)(int64_t n, const void *x);
  void (*scale)(int64_t n, void *x, double k);
  void (*approach)(int64_t n, void *y, const void *x, double k); /* y += k (x - y) */

  double (*row_sum)(int64_t n, const void *x);
  double (*row_dot)(int64_t n, const void *a, const void *b);
  double (*row_distance2)(int64_t n, const void *a, const void *b); /* sum (a - b)^2         */
  /* y (+)= ka a + kb b + c */
  void (*row_mix)(int64_t n, void *y, const void *a, double ka, const void *b, double kb, double c, bool add);
  void (*row_add)(int64_t n, void *y, const void *x); /* y += x                */
  /* rows y[i] of C elements (+)= sum over k in [start[i], start[i + 1]) of weight[k] x[place[k] pitch ..] */
  void (*row_combine)(int64_t rows, const RowMixture *m, int64_t C, const void *x, int64_t pitch, void *y,
                      bool add);

  const NormKernels *norm;
  const RecurrentKernels *recurrent;
  const AttentionKernels *attention;
  const ConvKernels *conv;
  const PoolKernels *pool;
} NnKernels;

const NnKernels *nn_kernels(Dtype d); /* F32 or F64 */

#endif
