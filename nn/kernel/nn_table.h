/* nn_table.h: the kernels of this copy, for kernel files only: what each is for says NnKernels (nn_kernel.h), and
 * conv_kernel.h of convolutions. */
#ifndef LUNETTE_NN_TABLE_H
#define LUNETTE_NN_TABLE_H
#include "conv_kernel.h"
#include "nn_kernel.h"
#include "vec.h"

extern const NnKernels K(nn_kernels);
extern const LossFn K(loss_table)[L_COUNT];
extern const LossGradFn K(loss_grad_x_table)[L_COUNT], K(loss_grad_t_table)[L_COUNT];
extern const NormKernels K(norm_kernels);
extern const RecurrentKernels K(recurrent_kernels);
extern const AttentionKernels K(attention_kernels);
extern const ConvKernels K(conv_kernels);
extern const PoolKernels K(pool_kernels);

/* cross_entropy.c */
void K(logsumexp)(int64_t rows, int64_t C, const void *x, void *lse);
double K(xent)(int64_t C, const void *x, double lse, const ClassWeights *b, double *total);
void K(xent_grad)(int64_t C, void *dx, const void *x, double lse, double a, const ClassWeights *b, bool add);
void K(xent_grad_t)(int64_t C, void *dt, const void *x, double lse, const void *w, double scale, bool add);
/* dropout.c */
void K(dropout)(int64_t n, void *y, const void *x, const uint64_t *kept, double scale, bool add);
void K(scale_rows)(int64_t rows, int64_t C, void *y, const void *x, const void *m, bool add);
/* optim.c */
void K(sgd)(int64_t n, void *p, const void *g, void *m, const OptimStep *s);
void K(adam)(int64_t n, void *p, const void *g, void *m, void *v, void *top, const OptimStep *s);
void K(rmsprop)(int64_t n, void *p, const void *g, void *v, void *m, void *mean, const OptimStep *s);
void K(adagrad)(int64_t n, void *p, const void *g, void *v, const OptimStep *s);
double K(sum_squares)(int64_t n, const void *x);
void K(scale)(int64_t n, void *x, double k);
void K(approach)(int64_t n, void *y, const void *x, double k);
/* rows.c */
double K(row_sum)(int64_t n, const void *x);
double K(row_dot)(int64_t n, const void *a, const void *b);
double K(row_distance2)(int64_t n, const void *a, const void *b);
void K(row_mix)(int64_t n, void *y, const void *a, double ka, const void *b, double kb, double c, bool add);
void K(row_add)(int64_t n, void *y, const void *x);
void K(row_combine)(int64_t rows, const RowMixture *m, int64_t C, const void *x, int64_t pitch, void *y,
                    bool add);
/* depthwise.c */
void K(depth_row)(const DepthRow *r, void *y);
void K(depth_dx)(const DepthRow *r, void *dx, bool add);
void K(depth_dw)(const DepthRow *r, const void *dy, void *dw);
void K(depth_spread)(const DepthSpread *s, const void *x, void *to);
/* tiny.c */
#if defined(KERNEL_v4)
enum { TINY_MOST = VL / 2 < TINY_CHANNELS ? VL / 2 : TINY_CHANNELS };
#elif defined(KERNEL_v3)
enum { TINY_MOST = VL / 2 };
#else
enum { TINY_MOST = 0 };
#endif
void K(tiny)(int64_t n, const TinyRun *r, const void *x, void *y);
/* thin.c */
enum { THIN_MOST = (int)VL < (int)CONV_FEW ? (int)VL : (int)CONV_FEW };
void K(thin)(int64_t n, const TinyRun *r, const void *x, void *y);
/* planes.c */
#if defined(KERNEL_v4)
enum { PLANE_OUTPUTS = 8 };
#else
enum { PLANE_OUTPUTS = 6 };
#endif
void K(to_planes)(const PlaneRow *r, const void *x, void *to);
void K(plane_sums)(const PlaneSums *s, void *y);
void K(of_planes)(int64_t n, int64_t outputs, const void *from, int64_t plane, void *y, int64_t step,
                  const void *residual);
#if defined(KERNEL_f32) /* winograd.c */
void K(wino_weights)(int m, int64_t C, int64_t O, int64_t panel, bool rotate, int64_t c0, int64_t c1,
                     const void *w, void *u, int64_t f_step);
void K(wino_in)(int m, const void *image, int64_t H, int64_t W, int64_t C, int64_t y, int64_t x, int64_t n,
                void *v, int64_t f_step);
bool K(wino_out)(int m, const void *sums, int64_t f_step, void *image, int64_t OH, int64_t OW, int64_t O,
                 int64_t y, int64_t x, int64_t first, int64_t cols, bool add, const ConvFinish *f);
void K(wino_dy)(const void *image, int64_t OH, int64_t OW, int64_t O, int64_t y, int64_t x, int64_t n,
                void *v, int64_t f_step);
bool K(wino_dw)(const void *sums, int64_t f_step, int64_t O, void *dw, int64_t w_step, bool add);
float K(wino_peak)(int64_t n, const void *x);
#endif

#endif
