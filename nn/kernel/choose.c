/* choose.c: hands out the copy of this room's kernels that suits the processor; the choice is
 * tensor/kernel/choose.c's. */
#include "nn_kernel.h"

#include "kernel.h"

#include <string.h>

extern const NnKernels nn_kernels_f32_base, nn_kernels_f64_base;
#ifdef LUNETTE_X86
extern const NnKernels nn_kernels_f32_v3, nn_kernels_f64_v3, nn_kernels_f32_v4, nn_kernels_f64_v4;
#endif

const NnKernels *nn_kernels(Dtype d) {
  static const NnKernels *chosen[2];
  if (!chosen[0]) {
    const NnKernels *narrow = &nn_kernels_f32_base, *wide = &nn_kernels_f64_base;
#ifdef LUNETTE_X86
    bool v3 = strcmp(kernel_isa(), "x86-64-v3") == 0, v4 = strcmp(kernel_isa(), "x86-64-v4") == 0;
    if (v3 || v4) {
      narrow = v4 ? &nn_kernels_f32_v4 : &nn_kernels_f32_v3;
      wide = v4 ? &nn_kernels_f64_v4 : &nn_kernels_f64_v3;
    }
#endif
    chosen[1] = wide;
    chosen[0] = narrow;
  }
  return chosen[d == F64];
}
