/* norms.c: see norms.h */
#include "norms.h"

#include "kernel.h"
#include "parallel.h"
#include "reduce_kernel.h"

#include <math.h>
#include <string.h>

void norms_raise(int64_t n, double *v, double p) {
  double old[NORMS_SOME];
  const void *in[2] = {old, &p};
  if (p == 1) return;
  memcpy(old, v, (size_t)n * sizeof *v);
  if (p == 2 || p == 3)
    for (int64_t i = 0; i < n; i++) v[i] *= p == 2 ? old[i] : old[i] * old[i];
  else if (p == 4)
    for (int64_t i = 0; i < n; i++) v[i] = old[i] * old[i] * (old[i] * old[i]);
  else kernels(F64)->map[M_pow](n, v, in, 2, NULL, false);
}

typedef struct Norms {
  double p;
  const Tensor *x, *y, *dy;
  Tensor *to;
  int64_t inner;
} Norms;

enum { SOME = NORMS_SOME, LANES = 8 };

/* |x| of elements from `at` on in v, at most SOME; how many. */
static int64_t magnitudes(const Norms *j, int64_t at, int64_t n, double *v) {
  const int64_t m = n < SOME ? n : SOME, size = (int64_t)dtype_size[j->x->dtype];
  elements_copy(m, v, F64, 1, j->x->data + at * size, j->x->dtype, 1);
  for (int64_t i = 0; i < m; i++) v[i] = fabs(v[i]);
  return m;
}

/* The greatest or least |x| of row o, or NaN. */
static double extreme_of(const Norms *j, int64_t o) {
  const bool most = j->p > 0;
  double v[SOME], best = 0;
  for (int64_t i = 0, m; i < j->inner; i += m) {
    m = magnitudes(j, o * j->inner + i, j->inner - i, v);
    const double b = v[element_kernels(F64)->row[most ? E_MOST : E_LEAST](m, v)];
    if (i == 0 || b != b || (most ? b > best : b < best)) best = b;
  }
  return best;
}

/* The sum of |x|^p of row o, of p = 0 how many are not 0. */
static double power_sum(const Norms *j, int64_t o) {
  double v[SOME], sum[LANES] = {0}, total = 0;
  for (int64_t i = 0, m; i < j->inner; i += m) {
    m = magnitudes(j, o * j->inner + i, j->inner - i, v);
    if (j->p != 0) norms_raise(m, v, j->p);
    else
      for (int64_t k = 0; k < m; k++) v[k] = v[k] != 0 ? 1 : 0;
    int64_t k = 0;
    for (; k + LANES <= m; k += LANES)
      for (int l = 0; l < LANES; l++) sum[l] += v[k + l];
    for (; k < m; k++) sum[0] += v[k];
  }
  for (int l = 0; l < LANES; l++) total += sum[l];
  return total;
}

/* Rows too short for vectors of their own, from o on: as many at once as there is room for. */
static int64_t short_rows(const Norms *j, int64_t o, int64_t end) {
  const int64_t fit = SOME / j->inner, rows = end - o < fit ? end - o : fit;
  double v[SOME], y[SOME];
  magnitudes(j, o * j->inner, rows * j->inner, v);
  norms_raise(rows * j->inner, v, j->p);
  for (int64_t r = 0; r < rows; r++) {
    y[r] = 0;
    for (int64_t i = r * j->inner; i < (r + 1) * j->inner; i++) y[r] += v[i];
  }
  norms_raise(rows, y, 1 / j->p);
  elements_copy(rows, j->to->data + o * (int64_t)dtype_size[j->to->dtype], j->to->dtype, 1, y, F64, 1);
  return rows;
}

static void norm_rows(void *context, int64_t begin, int64_t end) {
  enum { SHORT = 64 };
  const Norms *j = context;
  if (j->inner > 0 && j->inner <= SHORT && j->p != 0 && !isinf(j->p)) {
    for (int64_t o = begin; o < end && !interrupt_pending();) o += short_rows(j, o, end);
    return;
  }
  for (int64_t o = begin; o < end && !interrupt_pending(); o++) {
    const double y = isinf(j->p) ? extreme_of(j, o) : power_sum(j, o);
    tensor_set_real(j->to, o, isinf(j->p) || j->p == 0 ? y : pow(y, 1 / j->p));
  }
}

/* p: dx = dy sign(x) (|x| / y)^(p - 1), 0 where y is 0, and of p below 1 where x is; inf: dy sign(x), shared by
 * the extremes, which dy here is already; 0: 0.  In the place of m elements of x. */
static void norm_slopes(const Norms *j, int64_t m, double *v, double y, double dy) {
  double part[SOME];
  const bool none = j->p == 0 || y == 0;
  if (isinf(j->p)) {
    for (int64_t i = 0; i < m; i++) part[i] = fabs(v[i]) == y ? 1 : 0;
  } else {
    for (int64_t i = 0; i < m; i++) part[i] = fabs(v[i]) / y;
    norms_raise(m, part, j->p - 1);
    for (int64_t i = 0; i < m; i++) part[i] = none || v[i] == 0 ? 0 : part[i];
  }
  for (int64_t i = 0; i < m; i++) {
    const double g = dy * (v[i] > 0 ? 1 : v[i] < 0 ? -1 : v[i]) * part[i];
    v[i] = part[i] == 0 ? 0 : g;
  }
}

static void norm_grad_rows(void *context, int64_t begin, int64_t end) {
  const Norms *j = context;
  const Dtype d = j->x->dtype;
  double v[SOME];
  for (int64_t o = begin; o < end && !interrupt_pending(); o++) {
    const double y = tensor_real(j->y, o), dy = tensor_real(j->dy, o);
    int64_t ties = 0;
    for (int64_t i = 0, m; isinf(j->p) && i < j->inner; i += m) {
      m = magnitudes(j, o * j->inner + i, j->inner - i, v);
      for (int64_t k = 0; k < m; k++) ties += v[k] == y;
    }
    for (int64_t i = 0, m; i < j->inner; i += m) {
      const int64_t at = (o * j->inner + i) * (int64_t)dtype_size[d];
      m = j->inner - i < SOME ? j->inner - i : SOME;
      elements_copy(m, v, F64, 1, j->x->data + at, d, 1);
      norm_slopes(j, m, v, y, isinf(j->p) ? dy / (double)ties : dy);
      elements_copy(m, j->to->data + at, d, 1, v, F64, 1);
    }
  }
}

static int64_t grain(int64_t inner) { return 1 + GRAIN / 4 / (inner + 1); }

void norms_of(double p, Tensor *y, const Tensor *x, int64_t outer, int64_t inner) {
  Norms j = {.p = p, .x = x, .to = y, .inner = inner};
  parallel_for(outer, grain(inner), norm_rows, &j);
}

void norms_back(double p, Tensor *dx, const Tensor *x, const Tensor *y, const Tensor *dy, int64_t outer,
                int64_t inner) {
  Norms j = {.p = p, .x = x, .y = y, .dy = dy, .to = dx, .inner = inner};
  parallel_for(outer, grain(inner), norm_grad_rows, &j);
}
