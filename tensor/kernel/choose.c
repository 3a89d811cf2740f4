/* choose.c: chooses, once, the best copy of the kernels for this processor. */
#include "kernel.h"
#include "reduce_kernel.h"

#include <stdlib.h>

extern const Kernels kernels_f32_base, kernels_f64_base;
#ifdef LUNETTE_X86
extern const Kernels kernels_f32_v3, kernels_f64_v3, kernels_f32_v4, kernels_f64_v4;
#endif

static const Kernels *chosen[2];
static const char *isa;

/* LUNETTE_ISA=portable|v3|v4 in the environment asks for less than the processor has. */
__attribute__((constructor)) static void choose(void) {
  chosen[F32] = &kernels_f32_base;
  chosen[F64] = &kernels_f64_base;
  isa = "portable";
#ifdef LUNETTE_X86
  __builtin_cpu_init();
  const char *wish = getenv("LUNETTE_ISA");
  int most = !wish ? 4 : wish[0] == 'p' ? 0 : wish[0] == 'v' && wish[1] == '3' ? 3 : 4;
  if (most >= 3 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
      __builtin_cpu_supports("bmi2")) {
    chosen[F32] = &kernels_f32_v3;
    chosen[F64] = &kernels_f64_v3;
    isa = "x86-64-v3";
    if (most >= 4 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512cd")) {
      chosen[F32] = &kernels_f32_v4;
      chosen[F64] = &kernels_f64_v4;
      isa = "x86-64-v4";
    }
  }
#endif
}

const Kernels *kernels(Dtype d) { return chosen[d == F64]; }
const ElementKernels *element_kernels(Dtype d) { return &chosen[d == F64 || d == I64]->element[d]; }
const PointwiseFn *whole_kernels(Dtype d) { return chosen[d == I64]->whole[d]; }
const char *kernel_isa(void) { return isa; }
