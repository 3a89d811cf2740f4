/* table.c: gathers this copy's kernels into one table. */
#include "elementwise.h"
#include "kernel.h"
#include "reduce_kernel.h"
#include "vec.h"

extern const PointwiseFn K(map_table)[M_COUNT], K(grad_table)[M_COUNT][MAP_INPUTS];
extern const GemmKernels K(gemm_kernels);
extern const ReduceKernels K(reduce_kernels);
extern const ElementKernels K(element_kernels)[DTYPES];
void K(load)(int64_t n, void *y, const void *x, Dtype from, int64_t s);
void K(store)(int64_t n, void *y, Dtype to, int64_t s, const void *x);
void K(uniform)(int64_t n, void *y, uint64_t seed, uint64_t offset);
void K(normal)(int64_t n, void *y, uint64_t seed, uint64_t offset);
void K(wide)(int64_t n, uint64_t *y, uint64_t seed, uint64_t offset);
void K(words)(uint64_t seed, uint64_t counter, uint32_t y[4]);
void K(stream)(size_t bytes, void *to, const void *from);
extern const Kernels K(kernels);

const Kernels K(kernels) = {
    .map = K(map_table),
    .grad = K(grad_table),
    .gemm = &K(gemm_kernels),
    .reduce = &K(reduce_kernels),
    .element = K(element_kernels),
    .load = K(load),
    .store = K(store),
    .uniform = K(uniform),
    .normal = K(normal),
    .wide = K(wide),
    .words = K(words),
    .stream = K(stream),
};
