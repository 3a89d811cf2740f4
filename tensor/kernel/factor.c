/* factor.c: where the recursions of ../loop/factor.c end, at FACTOR_SIDE rows or columns. */
#include "table.h"

enum { SIDE = FACTOR_SIDE };

/* --- triangular systems --------------------------------------------------------------------------------- */
typedef struct Corner { /* of a lower triangular matrix; its diagonal */
  real below[SIDE][SIDE], on[SIDE];
  bool unit;
} Corner;

/* nv vectors of each row: x_i = (b_i - sum over j < i of t_ij x_j) / t_ii.  `part` > 0: of the last vector the first
 * elements only. */
INLINE void solve_columns(const Corner *t, const int n, const int nv, int64_t part, real *b, int64_t b_rs) {
  vr x[SIDE][2];
#pragma GCC unroll 8
  for (int i = 0; i < n; i++) {
    real *row = b + i * b_rs;
#pragma GCC unroll 2
    for (int v = 0; v < nv; v++) x[i][v] = part ? v_load_part(row, part) : v_load(row + v * VL);
#pragma GCC unroll 8
    for (int j = 0; j < i; j++) {
      const vr by = v_all(t->below[i][j]);
#pragma GCC unroll 2
      for (int v = 0; v < nv; v++) x[i][v] -= by * x[j][v];
    }
#pragma GCC unroll 2
    for (int v = 0; v < nv; v++) {
      if (!t->unit) x[i][v] /= v_all(t->on[i]);
      if (part) v_store_part(row, x[i][v], part);
      else v_store(row + v * VL, x[i][v]);
    }
  }
}
INLINE void solve_rows(const Corner *t, const int n, int64_t k, real *b, int64_t b_rs) {
  for (; k >= 2 * VL; k -= 2 * VL, b += 2 * VL) solve_columns(t, n, 2, 0, b, b_rs);
  for (; k >= VL; k -= VL, b += VL) solve_columns(t, n, 1, 0, b, b_rs);
  if (k) solve_columns(t, n, 1, k, b, b_rs);
}
void K(substitute)(int n, const void *t_, int64_t t_rs, int64_t t_cs, bool unit, int64_t k, void *b,
                   int64_t b_rs) {
  const real *t = t_;
  Corner c = {.unit = unit};
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < i; j++) c.below[i][j] = t[i * t_rs + j * t_cs];
    c.on[i] = t[i * (t_rs + t_cs)];
  }
  if (n == SIDE) solve_rows(&c, SIDE, k, b, b_rs);
  else solve_rows(&c, n, k, b, b_rs);
}

/* --- a panel of LU -------------------------------------------------------------------------------------- */
/* The first of the greatest |x[i]|; 0 where x[0] is NaN. */
static int64_t greatest(int64_t n, const real *x) {
  vr most = {0};
  real m = 0;
  int64_t i = 0;
  for (; i + VL <= n; i += VL) {
    const vr a = v_abs(v_load(x + i));
    most = v_select((vb)(a > most), a, most);
  }
  for (int l = 0; l < VL; l++) m = most[l] > m ? most[l] : m;
  for (; i < n; i++) m = R_(fabs)(x[i]) > m ? R_(fabs)(x[i]) : m;
  if (x[0] != x[0]) return 0;
  for (i = 0; i < n; i++)
    if (R_(fabs)(x[i]) == m) return i;
  return 0;
}

static void exchange(int n, int64_t m, real *columns, int64_t i, int64_t p) {
  for (int j = 0; j < n; j++, columns += m) {
    const real v = columns[i];
    columns[i] = columns[p];
    columns[p] = v;
  }
}

int K(lu_panel)(int64_t m, int n, void *a_, int64_t ld, void *columns, int32_t *pivot) {
  real *a = a_, *c = columns;
  int zero = 0;
  for (int64_t i = 0; i < m; i++)
    for (int j = 0; j < n; j++) c[j * m + i] = a[i * ld + j];
  for (int k = 0; k < n && k < m; k++) {
    real *column = c + k * m;
    const int64_t p = k + greatest(m - k, column + k);
    pivot[k] = (int32_t)(p + 1);
    if (p != k) exchange(n, m, c, k, p);
    const real by = column[k];
    if (by == 0) {
      if (!zero) zero = k + 1;
      continue;
    }
    for (int64_t i = k + 1; i < m; i++) column[i] /= by;
    for (int j = k + 1; j < n; j++) {
      const real v = c[j * m + k];
      real *to = c + j * m;
      for (int64_t i = k + 1; i < m; i++) to[i] -= column[i] * v;
    }
  }
  for (int64_t i = 0; i < m; i++)
    for (int j = 0; j < n; j++) a[i * ld + j] = c[j * m + i];
  return zero;
}

/* --- a block of Cholesky: A = U^T U, of which the upper triangle is read and written --------------------- */
int K(cholesky_block)(int n, void *a_, int64_t ld) {
  real *a = a_;
  for (int k = 0; k < n; k++) {
    real *row = a + k * ld;
    if (!(row[k] > 0)) return k + 1;
    row[k] = R_(sqrt)(row[k]);
    for (int j = k + 1; j < n; j++) row[j] /= row[k];
    for (int i = k + 1; i < n; i++)
      for (int j = i; j < n; j++) a[i * ld + j] -= row[i] * row[j];
  }
  return 0;
}
