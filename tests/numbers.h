/* numbers.h: rows of numbers of either real type, for tests of kernels, and which copies of the kernels run here.  Included
 * behind cmocka.h. */
#ifndef NUMBERS_H
#define NUMBERS_H
#include "kernel.h"

#include <math.h>
#include <string.h>

enum { NUMBERS = 70 };
typedef union Numbers {
  float f32[NUMBERS];
  double f64[NUMBERS];
} Numbers;

static inline double number(Dtype d, const Numbers *x, int i) {
  return d == F64 ? x->f64[i] : (double)x->f32[i];
}
static inline void set_number(Dtype d, Numbers *x, int i, double v) {
  if (d == F64) x->f64[i] = v;
  else x->f32[i] = (float)v;
}
/* Between lo and hi, without a pattern, others for each seed. */
static inline void fill(Dtype d, Numbers *x, int seed, double lo, double hi) {
  for (int i = 0; i < NUMBERS; i++)
    set_number(d, x, i, lo + (hi - lo) * fmod(0.618034 * (i + 1) + 0.37 * seed, 1));
}

/* How many of the copies `portable`, v3, v4 this processor runs, 1 to 3. */
static inline int copies_here(void) {
  return strcmp(kernel_isa(), "x86-64-v4") == 0 ? 3 : strcmp(kernel_isa(), "x86-64-v3") == 0 ? 2 : 1;
}

#endif
