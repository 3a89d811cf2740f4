/* table.c: gathers this copy's kernels into one table. */
#include "table.h"

const Kernels K(kernels) = {
    .map = K(map_table),
    .grad = K(grad_table),
    .gemm = &K(gemm_kernels),
    .reduce = &K(reduce_kernels),
    .softmax = &K(softmax_kernels),
    .element = K(element_kernels),
    .load = K(load),
    .store = K(store),
    .uniform = K(uniform),
    .normal = K(normal),
    .wide = K(wide),
    .words = K(words),
    .copy = K(copy),
    .stream = K(stream),
    .streamed = K(streamed),
};
