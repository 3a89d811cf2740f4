/* choose.c: chooses, once, the best copy of the kernels for this processor. */
#include "kernel.h"
#include "reduce_kernel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const Kernels kernels_f32_base, kernels_f64_base;
#ifdef LUNETTE_X86
extern const Kernels kernels_f32_v3, kernels_f64_v3, kernels_f32_v4, kernels_f64_v4;
#endif

#ifdef LUNETTE_X86
#include <cpuid.h>
/* Leaf 4 (AMD: 0x8000001d): a cache a subleaf, the first one of data first, until the type is 0; ways, partitions, lines
 * and sets, less one. */
static int64_t cache_of(unsigned leaf, int *first_ways) {
  int64_t most = 0;
  unsigned a, b, c, d;
  for (unsigned i = 0; __get_cpuid_count(leaf, i, &a, &b, &c, &d) && (a & 31); i++) {
    const int64_t size =
        (int64_t)((b >> 22) + 1) * ((b >> 12 & 1023) + 1) * ((b & 4095) + 1) * ((int64_t)c + 1);
    if (i == 0) *first_ways = (int)(b >> 22) + 1;
    if (size > most) most = size;
  }
  return most;
}
#endif

static int64_t cache;
static int ways = 8;
static const Kernels *chosen[2];
static const char *isa;

/* LUNETTE_ISA=portable|v3|v4 in the environment, or as kernel_isa() has them, asks for less than the processor has. */
__attribute__((constructor(1000))) static void choose(void) {
  chosen[F32] = &kernels_f32_base;
  chosen[F64] = &kernels_f64_base;
  isa = "portable";
#ifdef LUNETTE_X86
  __builtin_cpu_init();
  cache = cache_of(__builtin_cpu_is("amd") ? 0x8000001d : 4, &ways);
  const char *wish = getenv("LUNETTE_ISA");
  if (wish && strncmp(wish, "x86-64-", 7) == 0) wish += 7;
  int most = !wish || !*wish || strcmp(wish, "v4") == 0 ? 4 : strcmp(wish, "v3") == 0 ? 3 : 0;
  if (most == 0 && strcmp(wish, "portable") != 0)
    fprintf(stderr, "LUNETTE_ISA=%s: portable, v3 or v4 expected; portable is taken\n", wish);
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
int64_t kernel_cache(void) { return cache; }
int kernel_cache_ways(void) { return ways; }
const char *kernel_isa(void) { return isa; }
