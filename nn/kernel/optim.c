/* optim.c: one pass over parameter, gradient and state for each update rule; formulas in ../optim.h. */
#include "map_loop.h"
#include "nn_table.h"

void K(sgd)(int64_t n, void *pv, const void *gv, void *mv, const OptimStep *s) {
  real *p = pv, *m = mv;
  const real *g = gv;
  const real lr = (real)s->lr, wd = (real)s->weight_decay, mu = (real)s->momentum;
  const real old = s->first ? 0 : mu, new = s->first ? 1 : (real)s->keep;
  for (int64_t i = 0; i < n; i += VL) {
    int64_t left = n - i;
    vr w = take(p + i, left), d = take(g + i, left) + wd * w;
    if (m) {
      vr b = s->first ? d : old * take(m + i, left) + new *d; /* first: m is not read, it may be anything */
      put(m + i, b, left, false);
      d = s->nesterov ? d + mu * b : b;
    }
    put(p + i, w - lr * d, left, false);
  }
}

void K(adam)(int64_t n, void *pv, const void *gv, void *mv, void *vv, void *topv, const OptimStep *s) {
  real *p = pv, *m = mv, *v = vv, *top = topv;
  const real *g = gv;
  const real lr = (real)s->lr, wd = (real)s->weight_decay, keep = (real)s->keep, eps = (real)s->eps;
  const real b1 = (real)s->beta1, b2 = (real)s->beta2, c1 = (real)(1 - s->beta1), c2 = (real)(1 - s->beta2);
  const real bias2 = (real)s->bias2;
  for (int64_t i = 0; i < n; i += VL) {
    int64_t left = n - i;
    vr w = take(p + i, left), d = take(g + i, left) + wd * w;
    vr a = b1 * take(m + i, left) + c1 * d, b = b2 * take(v + i, left) + c2 * (d * d);
    put(m + i, a, left, false);
    put(v + i, b, left, false);
    if (top) {
      b = v_max(b, take(top + i, left));
      put(top + i, b, left, false);
    }
    put(p + i, keep * w - lr * a / (v_sqrt(b) / bias2 + eps), left, false);
  }
}

void K(rmsprop)(int64_t n, void *pv, const void *gv, void *vv, void *mv, void *meanv, const OptimStep *s) {
  real *p = pv, *v = vv, *m = mv, *mean = meanv;
  const real *g = gv;
  const real lr = (real)s->lr, wd = (real)s->weight_decay, mu = (real)s->momentum, eps = (real)s->eps;
  const real b2 = (real)s->beta2, c2 = (real)(1 - s->beta2);
  for (int64_t i = 0; i < n; i += VL) {
    int64_t left = n - i;
    vr w = take(p + i, left), d = take(g + i, left) + wd * w;
    vr b = b2 * take(v + i, left) + c2 * (d * d), spread = b;
    put(v + i, b, left, false);
    if (mean) {
      vr a = b2 * take(mean + i, left) + c2 * d;
      put(mean + i, a, left, false);
      spread = b - a * a;
    }
    d = d / (v_sqrt(spread) + eps);
    if (m) {
      d = mu * take(m + i, left) + d;
      put(m + i, d, left, false);
    }
    put(p + i, w - lr * d, left, false);
  }
}

void K(adagrad)(int64_t n, void *pv, const void *gv, void *vv, const OptimStep *s) {
  real *p = pv, *v = vv;
  const real *g = gv;
  const real lr = (real)s->lr, wd = (real)s->weight_decay, eps = (real)s->eps;
  for (int64_t i = 0; i < n; i += VL) {
    int64_t left = n - i;
    vr w = take(p + i, left), d = take(g + i, left) + wd * w, b = take(v + i, left) + d * d;
    put(v + i, b, left, false);
    put(p + i, w - lr * d / (v_sqrt(b) + eps), left, false);
  }
}

double K(sum_squares)(int64_t n, const void *xv) { /* in double: squares of large gradients overflow f32 */
  const real *x = xv;
  double s[VL] = {0}, total = 0;
  int64_t i = 0;
  for (; i + VL <= n; i += VL)
    for (int j = 0; j < VL; j++) s[j] += (double)x[i + j] * (double)x[i + j];
  for (; i < n; i++) total += (double)x[i] * (double)x[i];
  for (int j = 0; j < VL; j++) total += s[j];
  return total;
}

void K(scale)(int64_t n, void *xv, double k) {
  real *x = xv;
  for (int64_t i = 0; i < n; i++) x[i] *= (real)k;
}

void K(approach)(int64_t n, void *yv, const void *xv, double k) {
  real *y = yv;
  const real *x = xv;
  for (int64_t i = 0; i < n; i++) y[i] += (real)k * (x[i] - y[i]);
}
