/* nn_table.c: gathers this copy's kernels into one table. */
#include "nn_kernel.h"
#include "vec.h"

extern const LossFn K(loss_table)[L_COUNT];
extern const LossGradFn K(loss_grad_x_table)[L_COUNT], K(loss_grad_t_table)[L_COUNT];
void K(logsumexp)(int64_t rows, int64_t C, const void *x, void *lse);
double K(xent)(int64_t C, const void *x, double lse, const ClassWeights *b, double *total);
void K(xent_grad)(int64_t C, void *dx, const void *x, double lse, double a, const ClassWeights *b, bool add);
void K(xent_grad_t)(int64_t C, void *dt, const void *x, double lse, const void *w, double scale, bool add);
void K(dropout)(int64_t n, void *y, const void *x, const float *u, double p, double scale, bool add);
void K(scale_rows)(int64_t rows, int64_t C, void *y, const void *x, const void *m, bool add);
void K(sgd)(int64_t n, void *p, const void *g, void *m, const OptimStep *s);
void K(adam)(int64_t n, void *p, const void *g, void *m, void *v, void *top, const OptimStep *s);
void K(rmsprop)(int64_t n, void *p, const void *g, void *v, void *m, void *mean, const OptimStep *s);
void K(adagrad)(int64_t n, void *p, const void *g, void *v, const OptimStep *s);
double K(sum_squares)(int64_t n, const void *x);
void K(scale)(int64_t n, void *x, double k);
void K(approach)(int64_t n, void *y, const void *x, double k);
double K(row_sum)(int64_t n, const void *x);
double K(row_dot)(int64_t n, const void *a, const void *b);
double K(row_distance2)(int64_t n, const void *a, const void *b);
void K(row_mix)(int64_t n, void *y, const void *a, double ka, const void *b, double kb, double c, bool add);
void K(row_add)(int64_t n, void *y, const void *x);
extern const NormKernels K(norm_kernels);
extern const RecurrentKernels K(recurrent_kernels);
extern const AttentionKernels K(attention_kernels);
extern const ConvKernels K(conv_kernels);
extern const PoolKernels K(pool_kernels);
extern const NnKernels K(nn_kernels);

const NnKernels K(nn_kernels) = {
    .loss = K(loss_table),
    .loss_grad_x = K(loss_grad_x_table),
    .loss_grad_t = K(loss_grad_t_table),
    .logsumexp = K(logsumexp),
    .xent = K(xent),
    .xent_grad = K(xent_grad),
    .xent_grad_t = K(xent_grad_t),
    .dropout = K(dropout),
    .scale_rows = K(scale_rows),
    .sgd = K(sgd),
    .adam = K(adam),
    .rmsprop = K(rmsprop),
    .adagrad = K(adagrad),
    .sum_squares = K(sum_squares),
    .scale = K(scale),
    .approach = K(approach),
    .row_sum = K(row_sum),
    .row_dot = K(row_dot),
    .row_distance2 = K(row_distance2),
    .row_mix = K(row_mix),
    .row_add = K(row_add),
    .norm = &K(norm_kernels),
    .recurrent = &K(recurrent_kernels),
    .attention = &K(attention_kernels),
    .conv = &K(conv_kernels),
    .pool = &K(pool_kernels),
};
