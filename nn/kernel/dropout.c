/* dropout.c: masks made of uniform numbers. */
#include "map_loop.h"
#include "nn_table.h"

void K(dropout)(int64_t n, void *yv, const void *xv, const float *u, double p, double scale, bool add) {
  const real *x = xv;
  real *y = yv;
  const float limit = (float)p;
  const real kept = (real)scale;
  if (add)
    for (int64_t i = 0; i < n; i++) y[i] += x[i] * (u[i] < limit ? 0 : kept);
  else
    for (int64_t i = 0; i < n; i++) y[i] = x[i] * (u[i] < limit ? 0 : kept);
}

void K(scale_rows)(int64_t rows, int64_t C, void *yv, const void *xv, const void *mv, bool add) {
  const real *x = xv, *m = mv;
  real *y = yv;
  for (int64_t r = 0; r < rows; r++, x += C, y += C)
    for (int64_t j = 0; j < C; j++) y[j] = x[j] * m[j] + (add ? y[j] : 0);
}
