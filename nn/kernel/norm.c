/* norm.c: statistics and gradients of normalisation over columns (channels last) and over rows.
 * Columns go in panels of four vectors, whose sums stay in registers while the rows stream by. */
#include "conv_act.h"
#include "map_loop.h"
#include "nn_table.h"
#include "norm_kernel.h"

enum { U = 4 }; /* vectors in a panel */

/* One panel of u vectors: mean, then squared distances from it, while the block is in the cache.  The
 * distances' own mean repairs what the first sum lost to rounding. */
INLINE void stats_panel(int u, int64_t rows, int64_t C, const real *x, double *mean, double *m2) {
  vr s[U], q[U], rest[U];
  for (int k = 0; k < u; k++) s[k] = q[k] = rest[k] = v_all(0);
  for (int64_t r = 0; r < rows; r++)
    for (int k = 0; k < u; k++) s[k] += v_load(x + r * C + k * VL);
  for (int k = 0; k < u; k++) s[k] /= (real)rows;
  for (int64_t r = 0; r < rows; r++)
    for (int k = 0; k < u; k++) {
      vr d = v_load(x + r * C + k * VL) - s[k];
      q[k] += d * d;
      rest[k] += d;
    }
  for (int k = 0; k < u; k++)
    for (int i = 0; i < VL; i++) {
      double off = (double)rest[k][i] / (double)rows;
      mean[k * VL + i] = (double)s[k][i] + off;
      m2[k * VL + i] = (double)q[k][i] - (double)rows * off * off;
    }
}

static void col_stats(int64_t rows, int64_t C, const void *xv, double *mean, double *m2) {
  const real *x = xv;
  int64_t j = 0;
  for (; j + U * VL <= C; j += U * VL) stats_panel(U, rows, C, x + j, mean + j, m2 + j);
  for (; j + VL <= C; j += VL) stats_panel(1, rows, C, x + j, mean + j, m2 + j);
  if (j == C) return;
  for (int64_t k = j; k < C; k++) mean[k] = m2[k] = 0;
  for (int64_t r = 0; r < rows; r++)
    for (int64_t k = j; k < C; k++) mean[k] += (double)x[r * C + k];
  for (int64_t k = j; k < C; k++) mean[k] /= (double)rows;
  for (int64_t r = 0; r < rows; r++)
    for (int64_t k = j; k < C; k++) {
      double d = (double)x[r * C + k] - mean[k];
      m2[k] += d * d;
    }
}

INLINE void sums_panel(int u, int64_t rows, int64_t C, const real *dy, const real *x, const real *m,
                       double *s1, double *s2) {
  vr s[U], q[U], mean[U];
  for (int k = 0; k < u; k++) {
    s[k] = q[k] = v_all(0);
    mean[k] = v_load(m + k * VL);
  }
  for (int64_t r = 0; r < rows; r++)
    for (int k = 0; k < u; k++) {
      vr d = v_load(dy + r * C + k * VL);
      s[k] += d;
      q[k] += d * (v_load(x + r * C + k * VL) - mean[k]);
    }
  for (int k = 0; k < u; k++)
    for (int i = 0; i < VL; i++) {
      s1[k * VL + i] = (double)s[k][i];
      s2[k * VL + i] = (double)q[k][i];
    }
}

static void col_sums(int64_t rows, int64_t C, const void *dyv, const void *xv, const void *mv, double *s1,
                     double *s2) {
  const real *dy = dyv, *x = xv, *m = mv;
  int64_t j = 0;
  for (; j + U * VL <= C; j += U * VL) sums_panel(U, rows, C, dy + j, x + j, m + j, s1 + j, s2 + j);
  for (; j + VL <= C; j += VL) sums_panel(1, rows, C, dy + j, x + j, m + j, s1 + j, s2 + j);
  for (int64_t k = j; k < C; k++) s1[k] = s2[k] = 0;
  for (int64_t r = 0; r < rows && j < C; r++)
    for (int64_t k = j; k < C; k++) {
      double d = (double)dy[r * C + k];
      s1[k] += d;
      s2[k] += d * (double)(x[r * C + k] - m[k]);
    }
}

static void col_apply(int64_t rows, int64_t C, void *yv, const void *xv, const void *mv, const void *av,
                      const void *bv, const void *rv, ConvAct act, double slope) {
  const real *x = xv, *m = mv, *a = av, *b = bv, *res = rv;
  const vr below = v_all((real)slope);
  real *y = yv;
  for (int64_t r = 0; r < rows; r++, x += C, y += C) {
    for (int64_t j = 0; j < C; j += VL) {
      vr v = (take(x + j, C - j) - take(m + j, C - j)) * take(a + j, C - j) + take(b + j, C - j);
      if (res) v += take(res + r * C + j, C - j);
      put(y + j, activate(v, act, below), C - j, false);
    }
  }
}

static void col_grad(int64_t rows, int64_t C, void *dxv, const void *dyv, const void *xv, const void *mv,
                     const void *av, const void *kv, const void *cv, bool add) {
  const real *dy = dyv, *x = xv, *m = mv, *a = av, *f = kv, *c = cv;
  real *dx = dxv;
  for (int64_t r = 0; r < rows; r++, dx += C, dy += C, x += C) {
    int64_t j = 0;
    for (; j + VL <= C; j += VL) {
      vr d = v_load(a + j) * v_load(dy + j) + v_load(f + j) * (v_load(x + j) - v_load(m + j)) + v_load(c + j);
      v_store(dx + j, add ? d + v_load(dx + j) : d);
    }
    for (; j < C; j++) {
      real d = a[j] * dy[j] + f[j] * (x[j] - m[j]) + c[j];
      dx[j] = add ? d + dx[j] : d;
    }
  }
}

/* --- rows -------------------------------------------------------------------------------------------------- */

INLINE vr mask_rest(vr v, int64_t left) { return left >= VL ? v : v_load_part((const real *)&v, left); }

static void row_forward(int64_t rows, int64_t C, void *yv, const void *xv, const void *gv, const void *bv,
                        double eps, bool centred, void *statsv) {
  const real *x = xv, *g = gv, *b = bv;
  real *y = yv, *stats = statsv;
  for (int64_t r = 0; r < rows; r++, x += C, y += C) {
    vr s = v_all(0), q = v_all(0);
    for (int64_t j = 0; centred && j < C; j += VL) s += take(x + j, C - j);
    real mean = v_sum(s) / (real)C;
    for (int64_t j = 0; j < C; j += VL) {
      vr d = mask_rest(take(x + j, C - j) - mean, C - j);
      q += d * d;
    }
    real rstd = (real)(1 / sqrt((double)v_sum(q) / (double)C + eps));
    stats[2 * r] = mean;
    stats[2 * r + 1] = rstd;
    for (int64_t j = 0; j < C; j += VL) {
      vr v = (take(x + j, C - j) - mean) * rstd;
      if (g) v *= take(g + j, C - j);
      put(y + j, b ? v + take(b + j, C - j) : v, C - j, false);
    }
  }
}

INLINE void row_dx(int64_t C, real *dx, const real *dy, const real *x, real mean, real rstd, const real *g,
                   bool centred, bool add) {
  vr s = v_all(0), q = v_all(0);
  for (int64_t j = 0; j < C; j += VL) {
    vr d = take(dy + j, C - j);
    if (g) d *= take(g + j, C - j);
    s += d;
    q += d * (take(x + j, C - j) - mean);
  }
  real a = centred ? v_sum(s) / (real)C : 0, b = v_sum(q) * rstd * rstd / (real)C;
  for (int64_t j = 0; j < C; j += VL) {
    vr d = take(dy + j, C - j);
    if (g) d *= take(g + j, C - j);
    put(dx + j, rstd * (d - a - (take(x + j, C - j) - mean) * b), C - j, add);
  }
}

static void row_backward(int64_t rows, int64_t C, void *dxv, const void *dyv, const void *xv,
                         const void *statsv, const void *gv, void *dgv, void *dbv, bool centred, bool add) {
  const real *dy = dyv, *x = xv, *stats = statsv, *g = gv;
  real *dx = dxv, *dg = dgv, *db = dbv;
  for (int64_t r = 0; r < rows; r++, dy += C, x += C) {
    real mean = stats[2 * r], rstd = stats[2 * r + 1];
    if (dx) row_dx(C, dx + r * C, dy, x, mean, rstd, g, centred, add);
    for (int64_t j = 0; dg && j < C; j += VL)
      put(dg + j, take(dy + j, C - j) * (take(x + j, C - j) - mean) * rstd, C - j, true);
    for (int64_t j = 0; db && j < C; j += VL) put(db + j, take(dy + j, C - j), C - j, true);
  }
}

INLINE void sum_panel(int u, int64_t rows, int64_t ld, double *sum, const real *x) {
  vr s[U];
  for (int k = 0; k < u; k++) s[k] = v_all(0);
  for (int64_t r = 0; r < rows; r++)
    for (int k = 0; k < u; k++) s[k] += v_load(x + r * ld + k * VL);
  for (int k = 0; k < u; k++)
    for (int i = 0; i < VL; i++) sum[k * VL + i] += (double)s[k][i];
}

static void sum_rows(int64_t rows, int64_t C, int64_t ld, void *yv, const void *xv, bool add) {
  enum { RUN = 256, WIDTH = U * VL };
  const real *x = xv;
  real *y = yv;
  for (int64_t j = 0; j < C; j += WIDTH) {
    int64_t n = C - j < WIDTH ? C - j : WIDTH;
    double sum[WIDTH] = {0};
    for (int64_t r = 0; r < rows; r += RUN) {
      int64_t run = rows - r < RUN ? rows - r : RUN, k = 0;
      const real *from = x + r * ld + j;
      if (n == WIDTH) {
        sum_panel(U, run, ld, sum, from);
        continue;
      }
      for (; k + VL <= n; k += VL) sum_panel(1, run, ld, sum + k, from + k);
      for (int64_t i = 0; i < run; i++)
        for (int64_t q = k; q < n; q++) sum[q] += (double)from[i * ld + q];
    }
    for (int64_t k = 0; k < n; k++) y[j + k] = (real)sum[k] + (add ? y[j + k] : 0);
  }
}

/* --- lengths -------------------------------------------------------------------------------------------- */

static double power_sum(int64_t C, const real *x, double p) {
  double s = 0;
  if (p == 2) {
    vr q = v_all(0);
    for (int64_t j = 0; j < C; j += VL) {
      vr v = take(x + j, C - j);
      q += v * v;
    }
    return (double)v_sum(q);
  }
  for (int64_t j = 0; j < C; j++) s += pow(fabs((double)x[j]), p);
  return s;
}

static void row_normalize(int64_t rows, int64_t C, void *yv, const void *xv, double p, double eps) {
  const real *x = xv;
  real *y = yv;
  for (int64_t r = 0; r < rows; r++, x += C, y += C) {
    double length = pow(power_sum(C, x, p), 1 / p);
    real f = (real)(1 / (length < eps ? eps : length));
    for (int64_t j = 0; j < C; j++) y[j] = x[j] * f;
  }
}

/* dx = dy / n - (dy . x) / n^2 dn/dx, dn/dx = sign(x) (|x| / n)^(p - 1); below eps the length is a constant. */
static void row_normalize_grad(int64_t rows, int64_t C, void *dxv, const void *dyv, const void *xv, double p,
                               double eps, bool add) {
  const real *x = xv, *dy = dyv;
  real *dx = dxv;
  for (int64_t r = 0; r < rows; r++, x += C, dy += C, dx += C) {
    double length = pow(power_sum(C, x, p), 1 / p), dot = 0;
    if (length < eps) {
      for (int64_t j = 0; j < C; j++) dx[j] = dy[j] / (real)eps + (add ? dx[j] : 0);
      continue;
    }
    for (int64_t j = 0; j < C; j++) dot += (double)dy[j] * (double)x[j];
    double f = dot / (length * length);
    for (int64_t j = 0; j < C; j++) {
      double at = (double)x[j] / length;
      double slope = p == 2 ? at : at == 0 ? 0 : copysign(pow(fabs(at), p - 1), at);
      dx[j] = (real)((double)dy[j] / length - f * slope) + (add ? dx[j] : 0);
    }
  }
}

const NormKernels K(norm_kernels) = {
    .col_stats = col_stats,
    .col_sums = col_sums,
    .col_apply = col_apply,
    .col_grad = col_grad,
    .row_forward = row_forward,
    .row_backward = row_backward,
    .sum_rows = sum_rows,
    .normalize = row_normalize,
    .normalize_grad = row_normalize_grad,
};
