/* rng.h: the random generator (Philox4x32-10, kernel/random.c): a seed and a position, no other state.
 * A fill of n numbers takes (n + 3) / 4 counters; element i comes from counter offset + i / 4, so the numbers
 * are the same at every thread count.  Tensors are filled in row-major order, any strides and dtype. */
#ifndef LUNETTE_RNG_H
#define LUNETTE_RNG_H
#include "tensor.h"

typedef struct Rng {
  uint64_t seed, offset;
} Rng;

uint64_t rng_take(Rng *g, int64_t n);                      /* first counter of n numbers           */
void rng_uniform(Tensor *t, Rng *g, double lo, double hi); /* [lo, hi)                             */
void rng_normal(Tensor *t, Rng *g, double mean, double std);
void rng_randint(Tensor *t, Rng *g, int64_t lo, int64_t hi); /* lo..hi, both included                */
void rng_randperm(Tensor *t, Rng *g); /* i64[n]: 1..n in random order (Fisher, Yates) */

#endif
