/* softmax.c: softmax, its logarithm and log sum e^x, of rows and of columns that run side by side.  All are shifted by
 * the greatest number; of softmax an infinite one leaves NaN in the whole row. */
#include "lanes.h"
#include "map_loop.h"
#include "reduce_kernel.h"
#include "table.h"

/* --- rows ------------------------------------------------------------------------------------------------- */

INLINE real greatest(int64_t n, const real *x) { /* NaN if there is one */
  vr a = v_all((real)-INFINITY), b = a;
  int64_t i = 0;
  for (; i + 2 * VL <= n; i += 2 * VL) {
    a = v_max(a, v_load(x + i));
    b = v_max(b, v_load(x + i + VL));
  }
  if (i + VL <= n) a = v_max(a, v_load(x + i));
  if (n >= VL) b = v_max(b, v_load(x + n - VL)); /* the last ones, some of them again */
  else b = v_select(lanes_mask(n), v_load_part(x, n), b);
  return lanes_greatest(v_max(a, b));
}

/* Sum of e^(x - shift), in y where there is one. */
INLINE double exp_row(int64_t n, real *y, const real *x, real shift) {
  vr m = v_all(shift), s = {0};
  int64_t i = 0;
  for (; i + VL <= n; i += VL) {
    vr e = v_exp(v_load(x + i) - m);
    if (y) v_store(y + i, e);
    s += e;
  }
  double total = n < VL ? 0 : lanes_added(s);
  if (i < n) {
    vr e = v_exp(v_load_part(x + i, n - i) - m);
    if (y) v_store_part(y + i, e, n - i);
    total += lanes_added(lanes_first(e, n - i));
  }
  return total;
}

/* Rows of k vectors, the last of them not whole, which stay in a buffer until logarithms or quotients of many are taken.
 * Behind a row is what costs no exponential its speed. */
INLINE void narrow_rows(const int k, int64_t rows, int64_t n, real *y, const real *x, bool log) {
  enum { ROWS = 32, NARROW = 2 };
  _Alignas(64) real kept[ROWS * NARROW * VL], sum[ROWS];
  const int64_t last = n - (k - 1) * VL;
  for (int64_t m; rows > 0; rows -= m, x += m * n, y += m * n) {
    m = rows < ROWS ? rows : ROWS;
    for (int64_t r = 0; r < m; r++) {
      vr v[NARROW], most = v_all((real)-INFINITY), s = {0};
      for (int i = 0; i < k; i++) {
        v[i] = take_or(x + r * n + i * VL, i < k - 1 ? VL : last, (real)-INFINITY);
        most = v_at_least(v[i], most);
      }
      const vr shift = v_all(v_most(most));
      for (int i = 0; i < k; i++) {
        const int64_t there = i < k - 1 ? VL : last;
        const vr d = lanes_first(v[i] - shift, there), e = v_exp_falling(d);
        v_store(kept + (r * k + i) * VL, log ? d : e);
        s += lanes_first(e, there);
      }
      sum[r] = (real)lanes_added(s);
    }
    for (int64_t r = m; r % VL; r++) sum[r] = 1;
    for (int64_t r = 0; r < m; r += VL) v_store(sum + r, log ? v_log(v_load(sum + r)) : 1 / v_load(sum + r));
    for (int64_t r = 0; r < m; r++)
      for (int i = 0; i < k; i++) {
        const vr e = v_load(kept + (r * k + i) * VL), of = v_all(sum[r]);
        put(y + r * n + i * VL, log ? e - of : e * of, i < k - 1 ? VL : last, false);
      }
  }
}

/* Logarithms and quotients are those of many rows at once: as many as the first cache holds until their second pass. */
INLINE void softmax_rows(int64_t rows, int64_t n, real *y, const real *x, bool log) {
  enum { ROWS = 64, ELEMENTS = 4096 };
  if (n <= VL) {
    narrow_rows(1, rows, n, y, x, log);
    return;
  }
  if (n <= 2 * VL) {
    narrow_rows(2, rows, n, y, x, log);
    return;
  }
  _Alignas(64) real shift[ROWS], sum[ROWS];
  const int64_t most = n > ELEMENTS ? 1 : n * ROWS < ELEMENTS ? ROWS : ELEMENTS / n;
  for (int64_t m; rows > 0; rows -= m, x += m * n, y += m * n) {
    m = rows < most ? rows : most;
    for (int64_t r = 0; r < m; r++) {
      shift[r] = greatest(n, x + r * n);
      sum[r] = (real)exp_row(n, log ? NULL : y + r * n, x + r * n, shift[r]);
    }
    for (int64_t r = m; r % VL; r++) sum[r] = 1;
    for (int64_t r = 0; r < m; r += VL) v_store(sum + r, log ? v_log(v_load(sum + r)) : 1 / v_load(sum + r));
    for (int64_t r = 0; r < m; r++) {
      const real *from = log ? x + r * n : y + r * n;
      const vr a = v_all(shift[r]), b = v_all(sum[r]);
      int64_t i = 0;
      for (; i + VL <= n; i += VL)
        v_store(y + r * n + i, log ? (v_load(from + i) - a) - b : v_load(from + i) * b);
      if (i == n) continue;
      const vr v = v_load_part(from + i, n - i);
      v_store_part(y + r * n + i, log ? (v - a) - b : v * b, n - i);
    }
  }
}
static void softmax(int64_t rows, int64_t n, void *y, const void *x) { softmax_rows(rows, n, y, x, false); }
static void log_softmax(int64_t rows, int64_t n, void *y, const void *x) {
  softmax_rows(rows, n, y, x, true);
}

void K(rows_logsumexp)(int64_t rows, int64_t n, int64_t step, UNUSED int64_t apart, double *y,
                       const void *xv) {
  const real *x = xv;
  for (int64_t r = 0; r < rows; r++, x += step) {
    real shift = greatest(n, x);
    if (isinf(shift)) shift = 0;
    y[r] = (double)shift + log(exp_row(n, NULL, x, shift));
  }
}

INLINE double dot_row(int64_t n, const real *a, const real *b) { /* b NULL: ones */
  double total = 0;
  for (int64_t at = 0; at < n; at += 1024) {
    int64_t end = at + 1024 < n ? at + 1024 : n, i = at;
    vr s = {0};
    for (; i + VL <= end; i += VL) s += v_load(a + i) * (b ? v_load(b + i) : v_all(1));
    if (i < end) s += v_load_part(a + i, end - i) * (b ? v_load_part(b + i, end - i) : v_all(1));
    total += lanes_added(s);
  }
  return total;
}

static void softmax_grad(int64_t n, void *dxv, const void *yv, const void *dyv, bool add) {
  real *dx = dxv;
  const real *y = yv, *dy = dyv;
  real s = (real)dot_row(n, y, dy);
  if (add)
    for (int64_t i = 0; i < n; i++) dx[i] += y[i] * (dy[i] - s);
  else
    for (int64_t i = 0; i < n; i++) dx[i] = y[i] * (dy[i] - s);
}

static void log_softmax_grad(int64_t n, void *dxv, const void *yv, const void *dyv, bool add) {
  real *dx = dxv;
  const real *y = yv, *dy = dyv;
  const vr s = v_all((real)dot_row(n, dy, NULL));
  for (int64_t i = 0; i < n; i += VL) {
    int64_t k = n - i;
    vr v = k >= VL ? v_load(dy + i) - v_exp(v_load(y + i)) * s
                   : v_load_part(dy + i, k) - v_exp(v_load_part(y + i, k)) * s;
    if (add) v += k >= VL ? v_load(dx + i) : v_load_part(dx + i, k);
    if (k >= VL) v_store(dx + i, v);
    else v_store_part(dx + i, v, k);
  }
}

/* --- columns: WIDE vectors of them at a time, then one by one, of the last the first k lanes ----------------- */

enum {
  WIDE = 4,
  JOIN = 256
}; /* sums of more rows are joined from those of so many, which bounds their error */

#define EACH_VECTOR for (int v = 0; v < vectors; v++)
INLINE vr lanes(const real *p, int v, int64_t k) {
  return k >= VL ? v_load(p + v * VL) : v_load_part(p + v * VL, k);
}
INLINE void put_lanes(real *p, int v, int64_t k, vr x, bool add) {
  if (add) x += lanes(p, v, k);
  if (k >= VL) v_store(p + v * VL, x);
  else v_store_part(p + v * VL, x, k);
}

INLINE void column_greatest(int64_t n, int64_t ld, const real *x, int vectors, int64_t k, vr most[WIDE]) {
  EACH_VECTOR most[v] = v_all((real)-INFINITY);
  for (int64_t r = 0; r < n; r++) EACH_VECTOR most[v] = v_max(most[v], lanes(x + r * ld, v, k));
}

/* sum = that of e^(x - shift), in y where there is one. */
INLINE void column_exp(int64_t n, int64_t ld, real *y, const real *x, int vectors, int64_t k,
                       const vr shift[WIDE], vr sum[WIDE]) {
  EACH_VECTOR sum[v] = (vr){0};
  for (int64_t at = 0; at < n; at += JOIN) {
    const int64_t end = n - at < JOIN ? n : at + JOIN;
    vr part[WIDE] = {{0}};
    for (int64_t r = at; r < end; r++) EACH_VECTOR {
        const vr e = v_exp(lanes(x + r * ld, v, k) - shift[v]);
        part[v] += e;
        if (y) put_lanes(y + r * ld, v, k, e, false);
      }
    EACH_VECTOR sum[v] += part[v];
  }
}

INLINE void some_softmax(int64_t n, int64_t ld, real *y, const real *x, int vectors, int64_t k, bool log) {
  vr most[WIDE], sum[WIDE];
  column_greatest(n, ld, x, vectors, k, most);
  column_exp(n, ld, log ? NULL : y, x, vectors, k, most, sum);
  EACH_VECTOR sum[v] = log ? v_log(sum[v]) : 1 / sum[v];
  for (int64_t r = 0; r < n; r++)
    EACH_VECTOR put_lanes(
        y + r * ld, v, k,
        log ? (lanes(x + r * ld, v, k) - most[v]) - sum[v] : lanes(y + r * ld, v, k) * sum[v], false);
}

INLINE void some_logsumexp(int64_t n, int64_t ld, real *y, const real *x, int vectors, int64_t k) {
  vr shift[WIDE], sum[WIDE];
  column_greatest(n, ld, x, vectors, k, shift);
  EACH_VECTOR shift[v] = v_select((vb)(v_abs(shift[v]) == (real)INFINITY), (vr){0}, shift[v]);
  column_exp(n, ld, NULL, x, vectors, k, shift, sum);
  EACH_VECTOR put_lanes(y, v, k, shift[v] + v_log(sum[v]), false);
}

/* Of softmax y (dy - sum of y dy), of its logarithm dy - e^y sum of dy. */
INLINE void some_grad(int64_t n, int64_t ld, real *dx, const real *y, const real *dy, int vectors, int64_t k,
                      bool add, bool log) {
  vr sum[WIDE] = {{0}};
  for (int64_t at = 0; at < n; at += JOIN) {
    const int64_t end = n - at < JOIN ? n : at + JOIN;
    vr part[WIDE] = {{0}};
    for (int64_t r = at; r < end; r++)
      EACH_VECTOR part[v] += lanes(dy + r * ld, v, k) * (log ? v_all(1) : lanes(y + r * ld, v, k));
    EACH_VECTOR sum[v] += part[v];
  }
  for (int64_t r = 0; r < n; r++) EACH_VECTOR {
      const vr g = lanes(dy + r * ld, v, k), p = lanes(y + r * ld, v, k);
      put_lanes(dx + r * ld, v, k, log ? g - v_exp(p) * sum[v] : p * (g - sum[v]), add);
    }
}

/* CALL(vectors, k) for columns c.. of n: with numbers that are known where it is compiled. */
#define COLUMNS(n, CALL)                                                                                     \
  int64_t c = 0;                                                                                             \
  for (; c + WIDE * VL <= (n); c += WIDE * VL) CALL(WIDE, VL);                                               \
  for (; c + VL <= (n); c += VL) CALL(1, VL);                                                                \
  if (c < (n)) CALL(1, (n)-c)

INLINE void softmax_columns(int64_t n, int64_t wide, int64_t ld, real *y, const real *x, bool log) {
#define CALL(vectors, k) some_softmax(n, ld, y + c, x + c, vectors, k, log)
  COLUMNS(wide, CALL);
#undef CALL
}
static void column_softmax(int64_t n, int64_t wide, int64_t ld, void *y, const void *x) {
  softmax_columns(n, wide, ld, y, x, false);
}
static void column_log_softmax(int64_t n, int64_t wide, int64_t ld, void *y, const void *x) {
  softmax_columns(n, wide, ld, y, x, true);
}
void K(column_logsumexp)(int64_t rows, int64_t n, int64_t ld, void *yv, const void *xv) {
  real *y = yv;
  const real *x = xv;
#define CALL(vectors, k) some_logsumexp(rows, ld, y + c, x + c, vectors, k)
  COLUMNS(n, CALL);
#undef CALL
}
INLINE void grad_columns(int64_t n, int64_t wide, int64_t ld, real *dx, const real *y, const real *dy,
                         bool add, bool log) {
#define CALL(vectors, k) some_grad(n, ld, dx + c, y + c, dy + c, vectors, k, add, log)
  COLUMNS(wide, CALL);
#undef CALL
}
static void column_softmax_grad(int64_t n, int64_t wide, int64_t ld, void *dx, const void *y, const void *dy,
                                bool add) {
  grad_columns(n, wide, ld, dx, y, dy, add, false);
}
static void column_log_softmax_grad(int64_t n, int64_t wide, int64_t ld, void *dx, const void *y,
                                    const void *dy, bool add) {
  grad_columns(n, wide, ld, dx, y, dy, add, true);
}

const SoftmaxKernels K(softmax_kernels) = {
    .rows = {softmax, log_softmax},
    .row_grad = {softmax_grad, log_softmax_grad},
    .column = {column_softmax, column_log_softmax},
    .column_grad = {column_softmax_grad, column_log_softmax_grad},
};
