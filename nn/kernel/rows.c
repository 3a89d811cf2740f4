/* rows.c: sums and combinations of rows, for losses that compare whole vectors, and for resizing. */
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

/* y[c] (+)= sum over k < count of w[k] x[place[k] pitch + c]; `few` (at most 2) instead of count where it is not 0. */
INLINE void combine(const int few, int64_t count, const real *w, const int64_t *place, int64_t C,
                    const real *x, int64_t pitch, real *y, bool add) {
  vr weight[2];
  const real *from[2];
  for (int k = 0; k < few; k++) {
    weight[k] = v_all(w[k]);
    from[k] = x + place[k] * pitch;
  }
  for (int64_t c = 0; c < C; c += VL) {
    vr sum = v_all(0);
    for (int k = 0; k < few; k++) sum += weight[k] * take(from[k] + c, C - c);
    for (int64_t k = 0; !few && k < count; k++) sum += v_all(w[k]) * take(x + place[k] * pitch + c, C - c);
    put(y + c, sum, C - c, add);
  }
}

void K(row_combine)(int64_t rows, const RowMixture *m, int64_t C, const void *xv, int64_t pitch, void *yv,
                    bool add) {
  const real *w = m->weight, *x = xv;
  real *y = yv;
  for (int64_t i = 0; i < rows; i++, y += C) {
    const int64_t from = m->start[i], count = m->start[i + 1] - from;
    if (count == 1) combine(1, 1, w + from, m->place + from, C, x, pitch, y, add);
    else if (count == 2) combine(2, 2, w + from, m->place + from, C, x, pitch, y, add);
    else combine(0, count, w + from, m->place + from, C, x, pitch, y, add);
  }
}
