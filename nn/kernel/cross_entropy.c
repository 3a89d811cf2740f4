/* cross_entropy.c: rows of logits: log of the sum of exponentials, and the gradient of the cross entropy. */
#include "map_loop.h"
#include "nn_table.h"

enum { BLOCK = 1024 }; /* elements summed in `real` before they go to a double */

INLINE vr take_or(const real *x, int64_t left, real fill) {
  if (left >= VL) return v_load(x);
  vr v = v_all(fill);
  memcpy(&v, x, (size_t)left * sizeof(real));
  return v;
}

INLINE real row_max(int64_t C, const real *x) {
  vr m = v_all(-(real)INFINITY);
  for (int64_t j = 0; j < C; j += VL) m = v_max(m, take_or(x + j, C - j, -(real)INFINITY));
  real most = m[0];
  for (int i = 1; i < VL; i++) most = m[i] > most || m[i] != m[i] ? m[i] : most;
  return most;
}

INLINE double row_sum_exp(int64_t C, const real *x, real shift) {
  double total = 0;
  for (int64_t b = 0; b < C; b += BLOCK) {
    int64_t end = C - b < BLOCK ? C : b + BLOCK;
    vr sum = v_all(0);
    for (int64_t j = b; j < end; j += VL) {
      vr v = v_exp_bounded(take(x + j, end - j) - shift);
      sum += end - j >= VL ? v : v_load_part((const real *)&v, end - j);
    }
    total += (double)v_sum(sum);
  }
  return total;
}

void K(logsumexp)(int64_t rows, int64_t C, const void *xv, void *lsev) {
  const real *x = xv;
  real *lse = lsev;
  for (int64_t r = 0; r < rows; r++) {
    real m = row_max(C, x + r * C);
    lse[r] = m == m ? (real)((double)m + log(row_sum_exp(C, x + r * C, m))) : m;
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
