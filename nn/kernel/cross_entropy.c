/* cross_entropy.c: rows of logits: log of the sum of exponentials, and the gradient of the cross entropy. */
#include "map_loop.h"
#include "nn_table.h"

enum { BLOCK = 1024 }; /* elements summed in `real` before they go to a double */

/* Logarithms of many rows at once; NaN, which the maximum passes over, makes the sum NaN. */
void K(logsumexp)(int64_t rows, int64_t C, const void *xv, void *lsev) {
  enum { MANY = 64 };
  const real *x = xv;
  real *lse = lsev, sum[MANY];
  for (int64_t first = 0; first < rows; first += MANY) {
    const int64_t n = rows - first < MANY ? rows - first : MANY;
    for (int64_t r = 0; r < n; r++) {
      const real *row = x + (first + r) * C;
      lse[first + r] = row_max(C, row);
      sum[r] = (real)row_exp(C, NULL, row, lse[first + r]);
    }
    for (int64_t r = 0; r < n; r += VL)
      put(lse + first + r, take(lse + first + r, n - r) + v_log(take(sum + r, n - r)), n - r, false);
  }
}

INLINE vr weight_of(const ClassWeights *b, int64_t j, int64_t left) {
  vr v = v_all((real)b->v);
  if (b->t) v += (real)b->u * take((const real *)b->t + j, left);
  return b->w ? v * take((const real *)b->w + j, left) : v;
}

double K(xent)(int64_t C, const void *xv, double lse, const ClassWeights *b, double *total) {
  const real *x = xv;
  double sum = 0;
  *total = 0;
  for (int64_t start = 0; start < C; start += BLOCK) {
    int64_t end = C - start < BLOCK ? C : start + BLOCK;
    vr part = v_all(0), weights = v_all(0);
    for (int64_t j = start; j < end; j += VL) {
      vr w = weight_of(b, j, end - j), v = w * ((real)lse - take(x + j, end - j));
      if (end - j < VL) {
        w = v_load_part((const real *)&w, end - j);
        v = v_load_part((const real *)&v, end - j);
      }
      part += v;
      weights += w;
    }
    sum += (double)v_sum(part);
    *total += (double)v_sum(weights);
  }
  return sum;
}

void K(xent_grad)(int64_t C, void *dxv, const void *xv, double lse, double a, const ClassWeights *b,
                  bool add) {
  const real *x = xv;
  real *dx = dxv;
  for (int64_t j = 0; j < C; j += VL) {
    vr v = (real)a * v_exp(take(x + j, C - j) - (real)lse) - weight_of(b, j, C - j);
    put(dx + j, v, C - j, add);
  }
}

void K(xent_grad_t)(int64_t C, void *dtv, const void *xv, double lse, const void *wv, double scale,
                    bool add) {
  const real *x = xv, *w = wv;
  real *dt = dtv;
  for (int64_t j = 0; j < C; j += VL) {
    vr v = (real)scale * ((real)lse - take(x + j, C - j));
    put(dt + j, w ? v * take(w + j, C - j) : v, C - j, add);
  }
}
