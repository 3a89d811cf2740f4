/* reflect.c: a panel of QR by Householder's reflections, where the recursion of ../loop/qr.c ends. */
#include "table.h"

enum { SIDE = FACTOR_SIDE };

INLINE real dot(int64_t n, const real *x, const real *y) {
  vr s[4] = {{0}};
  int64_t i = 0;
  for (; i + 4 * VL <= n; i += 4 * VL)
#pragma GCC unroll 4
    for (int u = 0; u < 4; u++) s[u] += v_load(x + i + u * VL) * v_load(y + i + u * VL);
  for (; i + VL <= n; i += VL) s[0] += v_load(x + i) * v_load(y + i);
  if (i < n) s[1] += v_load_part(x + i, n - i) * v_load_part(y + i, n - i);
  return v_sum((s[0] + s[1]) + (s[2] + s[3]));
}

/* |x|, of any size: the squares of what is multiplied by a power of 2, if they could leave the range. */
static real norm(int64_t n, const real *x, real *scratch) {
  vr most = {0};
  real m = 0;
  int64_t i = 0;
  for (; i + VL <= n; i += VL) most = v_max(most, v_abs(v_load(x + i)));
  for (int l = 0; l < VL; l++) m = most[l] > m || most[l] != most[l] ? most[l] : m;
  for (; i < n; i++) m = R_(fabs)(x[i]) > m || x[i] != x[i] ? R_(fabs)(x[i]) : m;
  const real far = sizeof(real) == 4 ? (real)1e15 : (real)1e140;
  if (m == 0 || m != m || (m < far && m > 1 / far)) return m == 0 ? 0 : R_(sqrt)(dot(n, x, x));
  int power;
  R_(frexp)(m, &power);
  for (i = 0; i < n; i++) scratch[i] = R_(ldexp)(x[i], -power);
  return R_(ldexp)(R_(sqrt)(dot(n, scratch, scratch)), power);
}

/* x becomes beta, v[2..]; v[1] = 1: (1 - tau v v^T) x = (beta, 0, ...)^T.  tau.  Numbers so small that they have lost
 * digits are multiplied by a power of 2 for v and tau. */
static real reflection(int64_t n, real *x, real *scratch) {
  const real rest = norm(n - 1, x + 1, scratch);
  if (rest == 0) return 0;
  const int up = sizeof(real) == 4 ? 100 : 900;
  const real whole = R_(hypot)(x[0], rest), beta = x[0] >= 0 ? -whole : whole, by = x[0] - beta;
  if (whole < R_(ldexp)(1, -up)) {
    for (int64_t i = 0; i < n; i++) x[i] = R_(ldexp)(x[i], up);
    const real tau = reflection(n, x, scratch);
    x[0] = R_(ldexp)(x[0], -up);
    return tau;
  }
  const real tau = (beta - x[0]) / beta;
  x[0] = beta;
  for (int64_t i = 1; i < n; i++) x[i] /= by;
  return tau;
}

void K(qr_panel)(int64_t m, int n, void *a_, int64_t ld, void *v_, int64_t v_ld, void *t_, int64_t t_ld,
                 void *columns) {
  real *a = a_, *v = v_, *t = t_, *c = columns, *scratch = c + n * m, tau[SIDE] = {0};
  for (int64_t i = 0; i < m; i++)
    for (int j = 0; j < n; j++) c[j * m + i] = a[i * ld + j];
  for (int k = 0; k < n && k < m; k++) {
    real *x = c + k * m + k;
    tau[k] = reflection(m - k, x, scratch);
    for (int j = k + 1; j < n && tau[k] != 0; j++) {
      real *y = c + j * m + k;
      const real w = tau[k] * (y[0] + dot(m - k - 1, x + 1, y + 1));
      y[0] -= w;
      for (int64_t i = 1; i < m - k; i++) y[i] -= w * x[i];
    }
  }
  for (int64_t i = 0; i < m; i++)
    for (int j = 0; j < n; j++) a[i * ld + j] = i <= j ? c[j * m + i] : 0;
  for (int j = 0; j < n; j++) { /* V alone: zeros, a one, what is below */
    for (int64_t i = 0; i < j; i++) c[j * m + i] = 0;
    if (j < m) c[j * m + j] = 1;
  }
  for (int64_t i = 0; i < m; i++)
    for (int j = 0; j < n; j++) v[i * v_ld + j] = c[j * m + i];
  /* H_1 ... H_k = 1 - V T V^T: column k of T is -tau_k T (V^T v_k), and tau_k on the diagonal */
  for (int k = 0; k < n; k++) {
    real w[SIDE];
    for (int i = 0; i < k; i++) w[i] = -tau[k] * dot(m, c + i * m, c + k * m);
    for (int i = 0; i < n; i++) {
      real sum = i == k ? tau[k] : 0;
      for (int j = i; i < k && j < k; j++) sum += t[i * t_ld + j] * w[j];
      t[i * t_ld + k] = sum;
    }
  }
}
