/* table.c: gathers this copy's kernels into one table. */
#include "table.h"

const Kernels K(kernels) = {
    .map = K(map_table),
    .grad = K(grad_table),
    .whole = K(whole_tables),
    .gemm = &K(gemm_kernels),
    .reduce = &K(reduce_kernels),
    .softmax = &K(softmax_kernels),
    .element = K(element_kernels),
    .load = K(load),
    .store = K(store),
#if defined(KERNEL_f32)
    .cast = K(cast),
    .ramp = K(ramp),
    .turn_bytes = K(turn_bytes),
#else
    .whole_product = K(whole_product),
#endif
    .range = K(range),
    .uniform = K(uniform),
    .normal = K(normal),
    .wide = K(wide),
    .keeps = K(keeps),
    .below = K(below),
    .words = K(words),
    .copy = K(copy),
    .stream = K(stream),
    .streamed = K(streamed),
    .fill = K(fill),
    .gather = K(gather),
    .scatter = K(scatter),
    .turn = K(turn),
    .distance = K(distance),
    .slopes = K(slopes),
    .running = K(running),
    .substitute = K(substitute),
    .lu_panel = K(lu_panel),
    .cholesky_block = K(cholesky_block),
    .qr_panel = K(qr_panel),
};
