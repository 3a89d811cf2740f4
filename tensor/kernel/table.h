/* table.h: the kernels of this copy, for kernel files only: what each is for says Kernels (kernel.h). */
#ifndef LUNETTE_TABLE_H
#define LUNETTE_TABLE_H
#include "elementwise.h"
#include "kernel.h"
#include "reduce_kernel.h"
#include "vec.h"

extern const Kernels K(kernels);
extern const PointwiseFn K(map_table)[M_COUNT], K(grad_table)[M_COUNT][MAP_INPUTS];
extern const PointwiseFn *const K(whole_tables)[DTYPES];
extern const GemmKernels K(gemm_kernels);
extern const ReduceKernels K(reduce_kernels);
extern const SoftmaxKernels K(softmax_kernels);
extern const ElementKernels K(element_kernels)[DTYPES];

/* softmax.c: rows of the table of reductions */
void K(rows_logsumexp)(int64_t rows, int64_t n, int64_t step, int64_t apart, double *y, const void *x);
void K(column_logsumexp)(int64_t rows, int64_t n, int64_t ld, void *y, const void *x);
/* convert.c */
void K(load)(int64_t n, void *y, const void *x, Dtype from, int64_t s);
void K(store)(int64_t n, void *y, Dtype to, int64_t s, const void *x);
void K(cast)(int64_t n, void *y, Dtype to, int64_t ts, const void *x, Dtype from, int64_t fs);
void K(ramp)(int64_t n, int64_t *y, uint64_t first, uint64_t step);
void K(range)(int64_t n, void *y, int64_t first, double from, double by, double of);
/* random.c */
void K(uniform)(int64_t n, void *y, uint64_t seed, uint64_t offset);
void K(normal)(int64_t n, void *y, uint64_t seed, uint64_t offset);
void K(wide)(int64_t n, uint64_t *y, uint64_t seed, uint64_t offset);
void K(keeps)(int64_t n, uint64_t *kept, uint64_t seed, uint64_t offset, double p);
void K(below)(int64_t n, int64_t *y, uint64_t lo, uint64_t span, uint64_t seed, uint64_t offset);
void K(words)(uint64_t seed, uint64_t counter, uint32_t y[4]);
/* stream.c */
void K(copy)(size_t bytes, void *to, const void *from);
void K(stream)(size_t bytes, void *to, const void *from);
void K(streamed)(void);
void K(fill)(size_t bytes, void *to, const void *line);
/* distance.c */
void K(distance)(enum Distance how, int rows, int64_t M, int64_t R, const void *a, const void *b, void *y);
void K(slopes)(enum Distance how, int64_t M, int64_t R, const void *a, const void *b, const void *w,
               const void *d, void *y);
/* factor.c */
void K(substitute)(int n, const void *t, int64_t t_rs, int64_t t_cs, bool unit, int64_t k, void *b,
                   int64_t b_rs);
int K(lu_panel)(int64_t m, int n, void *a, int64_t ld, void *columns, int32_t *pivot);
int K(cholesky_block)(int n, void *a, int64_t ld);
/* reflect.c */
void K(qr_panel)(int64_t m, int n, void *a, int64_t ld, void *v, int64_t v_ld, void *t, int64_t t_ld,
                 void *columns);
/* scan.c */
double K(running)(int64_t n, void *y, const void *x, double first);
/* product.c */
void K(whole_product)(int64_t M, int64_t N, int64_t depth, WholeMatrix a, WholeMatrix b, int64_t *c,
                      int64_t crs, int64_t ccs, bool add);
/* spaced.c */
void K(gather)(int64_t n, void *y, const void *x, int64_t apart);
void K(scatter)(int64_t n, void *y, int64_t apart, const void *x);
/* turn.c */
void K(turn)(void *y, int64_t ys, const void *x, int64_t xs, enum TurnStore how);
void K(turn_bytes)(uint8_t *y, int64_t ys, const uint8_t *x, int64_t xs);

#endif
