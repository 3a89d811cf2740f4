/* rows.c: sums and combinations of single rows, for losses that compare whole vectors. */
#include "map_loop.h"
#include "nn_table.h"

enum { BLOCK = 1024 }; /* elements summed in `real` before they go to a double */

typedef vr (*Term)(vr a, vr b);
INLINE vr first(vr a, vr b) {
  (void)b;
  return a;
}
INLINE vr product(vr a, vr b) { return a * b; }
INLINE vr distance(vr a, vr b) { return (a - b) * (a - b); }

INLINE double sum_of(int64_t n, const real *a, const real *b, Term f) {
  double total = 0;
  for (int64_t start = 0; start < n; start += BLOCK) {
    int64_t end = n - start < BLOCK ? n : start + BLOCK;
    vr s = v_all(0);
    for (int64_t i = start; i < end; i += VL)
      s += f(take(a + i, end - i), take(b + i, end - i)); /* f(0, 0) = 0 */
    total += (double)v_sum(s);
  }
  return total;
}

double K(row_sum)(int64_t n, const void *x) { return sum_of(n, x, x, first); }
double K(row_dot)(int64_t n, const void *a, const void *b) { return sum_of(n, a, b, product); }
double K(row_distance2)(int64_t n, const void *a, const void *b) { return sum_of(n, a, b, distance); }

void K(row_mix)(int64_t n, void *yv, const void *av, double ka, const void *bv, double kb, double c,
                bool add) {
  const real *a = av, *b = bv;
  real *y = yv;
  for (int64_t i = 0; i < n; i++) y[i] = (real)ka * a[i] + (real)kb * b[i] + (real)c + (add ? y[i] : 0);
}

void K(row_add)(int64_t n, void *yv, const void *xv) {
  const real *x = xv;
  real *y = yv;
  for (int64_t i = 0; i < n; i++) y[i] += x[i];
}
