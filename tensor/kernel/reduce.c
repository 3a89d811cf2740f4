/* reduce.c: reductions of contiguous rows and of columns (logsumexp: softmax.c). */
#include "lanes.h"
#include "reduce_kernel.h"
#include "table.h"
#include "wide.h"

typedef vr (*Join)(vr a, vr b);
typedef vr (*Load)(vr x);

INLINE vr plus(vr a, vr b) { return a + b; }
INLINE vr times(vr a, vr b) { return a * b; }
INLINE vr greater(vr a, vr b) { return v_max(a, b); }
INLINE vr lesser(vr a, vr b) { return v_min(a, b); }
INLINE vr same(vr x) { return x; }
INLINE vr squared(vr x) { return x * x; }
INLINE vr magnitude(vr x) { return v_abs(x); }

/* NaN is better than all numbers. */
INLINE bool better(real a, real b, bool most) { return (most ? a > b : a < b) | (a != a); }

/* Elements `apart` are gathered part by part: steps of vectors end where parts do. */
enum { PART = 512 };
INLINE const real *part_of(const real *x, int64_t at, int64_t n, int64_t apart, real *buffer) {
  if (apart == 1) return x + at;
  K(gather)(n, buffer, x + at * apart, apart);
  return buffer;
}

INLINE void add_part(int64_t n, const real *x, Load f, vr sum[4]) {
  int64_t i = 0;
  for (; i + 4 * VL <= n; i += 4 * VL)
    for (int k = 0; k < 4; k++) sum[k] += f(v_load(x + i + k * VL));
  for (; i + VL <= n; i += VL) sum[0] += f(v_load(x + i));
  if (i < n) sum[0] += f(v_load_part(x + i, n - i));
}

/* Lanes are joined in double where they are sums: blocks of 4096 in vectors, blocks added in double. */
INLINE void row_sum(int64_t n, const int64_t apart, double *y, const real *x, Load f) {
  enum { BLOCK = 4096 };
  if (apart == 1 && n < 4 * VL) { /* the same, at once */
    vr few[4] = {{0}};
    add_part(n, x, f, few);
    *y = 0 + lanes_added(few[0]);
    return;
  }
  real buffer[PART];
  double total = 0;
  for (int64_t at = 0; at < n; at += BLOCK) {
    const int64_t end = at + BLOCK < n ? at + BLOCK : n;
    vr sum[4] = {{0}};
    if (apart == 1) add_part(end - at, x + at, f, sum);
    for (int64_t p = at; apart != 1 && p < end; p += PART) {
      const int64_t m = end - p < PART ? end - p : PART;
      add_part(m, part_of(x, p, m, apart, buffer), f, sum);
    }
    total += lanes_added((sum[0] + sum[1]) + (sum[2] + sum[3]));
  }
  *y = total;
}

enum { DL = VBYTES / (int)sizeof(double) };

INLINE double lanes_multiplied(wd v) {
#if defined(KERNEL_v4)
  return _mm512_reduce_mul_pd((__m512d)v);
#elif defined(KERNEL_v3)
  const __m128d h = _mm256_castpd256_pd128((__m256d)v) * _mm256_extractf128_pd((__m256d)v, 1);
  return h[0] * h[1];
#else
  double p = 1;
  for (int l = 0; l < DL; l++) p *= v[l];
  return p;
#endif
}

/* The first k of x, 1 behind them. */
INLINE wd some_in_double(const real *x, int64_t k) {
  const wd ones = (wd){0} + 1;
#if defined(KERNEL_v4) && defined(KERNEL_f32)
  const __mmask8 first = (__mmask8)((1u << k) - 1);
  return (wd)_mm512_cvtps_pd(_mm256_mask_loadu_ps(_mm512_cvtpd_ps((__m512d)ones), first, x));
#elif defined(KERNEL_v4)
  return (wd)_mm512_mask_loadu_pd((__m512d)ones, (__mmask8)((1u << k) - 1), x);
#else
  wd v = ones;
  for (int l = 0; l < DL; l++)
    if (l < k) v[l] = (double)x[l];
  return v;
#endif
}

/* In double, so that a product of many stays above the slow denormal numbers on its way to 0. */
INLINE wd wide_lanes(int64_t n, const real *x) {
  wd a = (wd){0} + 1, b = a, c = a, d = a;
  int64_t i = 0;
  for (; i + 4 * DL <= n; i += 4 * DL) {
    a *= wd_load(x + i);
    b *= wd_load(x + i + DL);
    c *= wd_load(x + i + 2 * DL);
    d *= wd_load(x + i + 3 * DL);
  }
  for (; i + DL <= n; i += DL) a *= wd_load(x + i);
  if (i < n) b *= some_in_double(x + i, n - i);
  return (a * b) * (c * d);
}
INLINE double wide_prod(int64_t n, const real *x) { return lanes_multiplied(wide_lanes(n, x)); }

/* The lanes of DL vectors multiplied, of all at once and as lanes_multiplied does it: halves by halves. */
#define BESIDE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
INLINE wd all_multiplied(const wd v[DL]) {
#if defined(KERNEL_v4)
  wd w[4], u[2];
  for (int i = 0; i < 4; i++)
    w[i] =
        BESIDE(v[i], v[i + 4], 0, 1, 2, 3, 8, 9, 10, 11) * BESIDE(v[i], v[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  for (int i = 0; i < 2; i++)
    u[i] =
        BESIDE(w[i], w[i + 2], 0, 1, 8, 9, 4, 5, 12, 13) * BESIDE(w[i], w[i + 2], 2, 3, 10, 11, 6, 7, 14, 15);
  return BESIDE(u[0], u[1], 0, 8, 2, 10, 4, 12, 6, 14) * BESIDE(u[0], u[1], 1, 9, 3, 11, 5, 13, 7, 15);
#elif defined(KERNEL_v3)
  wd w[2];
  for (int i = 0; i < 2; i++) w[i] = BESIDE(v[i], v[i + 2], 0, 1, 4, 5) * BESIDE(v[i], v[i + 2], 2, 3, 6, 7);
  return BESIDE(w[0], w[1], 0, 4, 2, 6) * BESIDE(w[0], w[1], 1, 5, 3, 7);
#else
  wd p;
  for (int i = 0; i < DL; i++) p[i] = lanes_multiplied(v[i]);
  return p;
#endif
}

/* y[r] *= the product of row r. */
static void multiply_rows(int64_t rows, int64_t n, int64_t step, double *y, const real *x) {
  int64_t r = 0;
  for (; r + DL <= rows; r += DL) {
    wd v[DL];
    if (n <= DL)
      for (int i = 0; i < DL; i++) v[i] = some_in_double(x + (r + i) * step, n);
    else
      for (int i = 0; i < DL; i++) v[i] = wide_lanes(n, x + (r + i) * step);
    const wd p = all_multiplied(v);
    for (int i = 0; i < DL; i++) y[r + i] *= p[i];
  }
  for (; r < rows; r++) y[r] *= wide_prod(n, x + r * step);
}

/* A row as pieces of at most PIECE elements, its last by itself where it holds LEAST; the rest is too short for one. */
enum { STEP = 4 * VL, PIECE = 16 * STEP, LEAST = 4 * STEP };

INLINE int64_t piece_at(int64_t n, int64_t at) {
  const int64_t m = n - at < PIECE ? (n - at) / STEP * STEP : PIECE;
  return m >= LEAST ? m : 0;
}

#if defined(KERNEL_f32) && (defined(KERNEL_v3) || defined(KERNEL_v4))
/* Its lanes in f32. */
INLINE vr narrow_lanes(int64_t n, const real *x) {
  vr a = v_load(x), b = v_load(x + VL), c = v_load(x + 2 * VL), d = v_load(x + 3 * VL);
  for (int64_t i = STEP; i < n; i += STEP) {
    a *= v_load(x + i);
    b *= v_load(x + i + VL);
    c *= v_load(x + i + 2 * VL);
    d *= v_load(x + i + 3 * VL);
  }
  return (a * b) * (c * d);
}

/* Numbers other than 0 in all lanes? */
INLINE bool stayed_within(vr a) {
  const vr far = a - a; /* 0, and NaN of what is infinite */
#if defined(KERNEL_v4)
  return !(_mm512_cmp_ps_mask((__m512)a, _mm512_setzero_ps(), _CMP_EQ_OQ) |
           _mm512_cmp_ps_mask((__m512)far, (__m512)far, _CMP_UNORD_Q));
#else
  return !_mm256_movemask_ps(_mm256_or_ps(_mm256_cmp_ps((__m256)a, _mm256_setzero_ps(), _CMP_EQ_OQ),
                                          _mm256_cmp_ps((__m256)far, (__m256)far, _CMP_UNORD_Q)));
#endif
}

INLINE void multiply_lanes(double y[DL], const real *lanes) {
  wd v[DL];
  for (int i = 0; i < DL; i++) v[i] = wd_load(lanes + i * VL) * wd_load(lanes + i * VL + DL);
  const wd p = all_multiplied(v);
  memcpy(y, &p, sizeof p);
}

/* Products of pieces, k-th of the row k / each, in f32 first.  What falls below its range is flushed to 0 on the way, what
 * leaves it above is infinite: both for good, so that a product that is neither, nor NaN, never left the range.  Many
 * pieces at a time, since the processor waits where the flushing begins and ends. */
static __attribute__((noinline)) void multiply_pieces(int64_t rows, int64_t n, int64_t step, int64_t each,
                                                      double *y, const real *x) {
  enum { FLUSH = 0x8000, MANY = 32 };
  real lanes[MANY * VL] = {0};
  double of_piece[MANY];
  bool within[MANY];
  for (int64_t k = 0, m; k < rows * each; k += m) {
    m = rows * each - k < MANY ? rows * each - k : MANY;
    const unsigned before = _mm_getcsr();
    int64_t r = k / each, at = k % each * PIECE;
    _mm_setcsr(before | FLUSH);
    __asm__ volatile("" ::: "memory");
    for (int64_t i = 0; i < m; i++) {
      const vr v = narrow_lanes(piece_at(n, at), x + r * step + at);
      v_store(lanes + i * VL, v);
      within[i] = stayed_within(v);
      at += PIECE;
      if (!piece_at(n, at)) at = 0, r++;
    }
    __asm__ volatile("" ::: "memory");
    _mm_setcsr(before);
    for (int64_t i = 0; i < m; i += DL) multiply_lanes(of_piece + i, lanes + i * VL);
    r = k / each, at = k % each * PIECE;
    for (int64_t i = 0; i < m; i++) {
      y[r] *= within[i] ? of_piece[i] : wide_prod(piece_at(n, at), x + r * step + at);
      at += PIECE;
      if (!piece_at(n, at)) at = 0, r++;
    }
  }
}
#else
static void multiply_pieces(int64_t rows, int64_t n, int64_t step, int64_t each, double *y, const real *x) {
  for (int64_t r = 0; r < rows; r++)
    for (int64_t i = 0; i < each; i++) y[r] *= wide_prod(piece_at(n, i * PIECE), x + r * step + i * PIECE);
}
#endif

/* Numbers in 1 .. 2 and exponents of 2 apart from them, which no product leaves. */
typedef int64_t exponents __attribute__((vector_size(VBYTES)));
INLINE wd apart(wd v, exponents *sum, exponents *odd) {
  enum { FIELD = 0x7ff, BIAS = 1023 };
  const exponents bits_of = (exponents)v, e = bits_of >> 52 & FIELD;
  *sum += e - BIAS;
  *odd |= (e == 0) | (e == FIELD);
  return (wd)((bits_of & ~((int64_t)FIELD << 52)) | (int64_t)BIAS << 52);
}

static double scaled(double m, int64_t exponent) {
  return ldexp(m, exponent > 4096 ? 4096 : exponent < -4096 ? -4096 : (int)exponent);
}

/* False: some are 0, denormal or not finite. */
static bool scaled_lanes(int64_t n, const real *x, double *y) {
  enum { SIDES = 4, STEPS = 256 }; /* 2^STEPS is in range */
  wd m[SIDES];
  exponents sum[SIDES] = {{0}}, odd = {0};
  for (int k = 0; k < SIDES; k++) m[k] = (wd){0} + 1;
  for (int64_t at = 0; at < n; at += SIDES * STEPS * DL) {
    const int64_t end = n - at < SIDES * STEPS * DL ? n : at + SIDES * STEPS * DL;
    int64_t i = at;
    for (; i + SIDES * DL <= end; i += SIDES * DL)
      for (int k = 0; k < SIDES; k++) m[k] *= apart(wd_load(x + i + k * DL), &sum[k], &odd);
    for (int64_t part; i < end; i += part) {
      part = end - i < DL ? end - i : DL;
      m[0] *= apart(some_in_double(x + i, part), &sum[0], &odd);
    }
    for (int k = 0; k < SIDES; k++) m[k] = apart(m[k], &sum[k], &odd);
  }
  const exponents all = (sum[0] + sum[1]) + (sum[2] + sum[3]);
  int64_t exponent = 0, any = 0;
  for (int l = 0; l < DL; l++) {
    exponent += all[l];
    any |= odd[l];
  }
  *y = scaled(lanes_multiplied((m[0] * m[1]) * (m[2] * m[3])), exponent);
  return !any;
}

static double scaled_prod(int64_t n, const real *x) {
  double m = 1;
  int64_t exponent = 0;
  if (n >= 4 * DL && scaled_lanes(n, x, &m)) return m;
  m = 1;
  for (int64_t i = 0; i < n; i++) {
    int of_x = 0, of_m = 0;
    m = frexp(m * frexp((double)x[i], &of_x), &of_m);
    exponent += of_x + of_m;
  }
  return scaled(m, exponent);
}

/* Could p, 0 or no number, come of partial products that left the range, and the whole be within?  Not if it has a 0, or a
 * NaN; a 0 of many numbers is taken for one. */
static bool is_doubtful(double p, int64_t n, const real *x) {
  enum { MANY = 1024 };
  int zeros = 0, nans = 0;
  if (p == 0 && n > MANY) return false;
  _Pragma("omp simd reduction(+ : zeros, nans)") for (int64_t i = 0; i < n; i++) {
    zeros += x[i] == 0;
    nans += x[i] != x[i];
  }
  return p == 0 ? !zeros : !nans;
}

static void rows_prod(int64_t rows, int64_t n, int64_t step, UNUSED int64_t apart, double *y,
                      const void *xv) {
  const real *x = xv;
  const int64_t each = n / PIECE + (piece_at(n, n / PIECE * PIECE) > 0), last = each ? (each - 1) * PIECE : 0,
                at = last + piece_at(n, last);
  for (int64_t r = 0; r < rows; r++) y[r] = 1;
  if (each) multiply_pieces(rows, n, step, each, y, x);
  if (at < n) multiply_rows(rows, n - at, step, y, x + at);
  for (int64_t r = 0; r < rows; r++, x += step)
    if ((y[r] == 0 || y[r] - y[r] != 0) && is_doubtful(y[r], n, x)) y[r] = scaled_prod(n, x);
}

INLINE void row_best(int64_t n, const int64_t apart, double *y, const real *x, bool most) {
  const int64_t part = apart == 1 ? n : PART;
  const real start = most ? (real)-INFINITY : (real)INFINITY;
  real buffer[PART], best = start;
  vr a = v_all(start), b = a, c = a, d = a;
  for (int64_t p = 0; p < n; p += part) {
    const int64_t m = n - p < part ? n - p : part;
    const real *v = part_of(x, p, m, apart, buffer);
    int64_t i = 0;
    for (; i + 4 * VL <= m; i += 4 * VL) {
      a = most ? v_max(a, v_load(v + i)) : v_min(a, v_load(v + i));
      b = most ? v_max(b, v_load(v + i + VL)) : v_min(b, v_load(v + i + VL));
      c = most ? v_max(c, v_load(v + i + 2 * VL)) : v_min(c, v_load(v + i + 2 * VL));
      d = most ? v_max(d, v_load(v + i + 3 * VL)) : v_min(d, v_load(v + i + 3 * VL));
    }
    for (; i + VL <= m; i += VL) a = most ? v_max(a, v_load(v + i)) : v_min(a, v_load(v + i));
    for (; i < m; i++) best = better(v[i], best, most) ? v[i] : best;
  }
  a = most ? v_max(v_max(a, b), v_max(c, d)) : v_min(v_min(a, b), v_min(c, d));
  real s[VL];
  memcpy(s, &a, sizeof s);
  for (int l = 0; l < VL; l++) best = better(s[l], best, most) ? s[l] : best;
  *y = (double)best;
}

/* m rows, joined one after another with what is in y: they are read side by side, each as a run of memory. */
INLINE void some_rows(const int m, int64_t n, int64_t ld, real *y, const real *x, Join f, Load g) {
  int64_t i = 0;
  for (; i + VL <= n; i += VL) {
    vr v = v_load(y + i);
    for (int r = 0; r < m; r++) v = f(v, g(v_load(x + r * ld + i)));
    v_store(y + i, v);
  }
  if (i == n) return;
  vr v = v_load_part(y + i, n - i);
  for (int r = 0; r < m; r++) v = f(v, g(v_load_part(x + r * ld + i, n - i)));
  v_store_part(y + i, v, n - i);
}

/* Every `join` rows the partial result is joined: of sums every 256, which bounds their error; of products only once, since
 * each part would pass through the slow denormal numbers on its way to 0. */
INLINE void wide_columns(int64_t rows, int64_t n, int64_t ld, real *y, const real *x, real start,
                         int64_t join, Join f, Load g) {
  enum { WIDE = 256, ROWS = 8 };
  _Alignas(64) real part[WIDE];
  for (int64_t c = 0; c < n; c += WIDE) {
    const int64_t m = n - c < WIDE ? n - c : WIDE;
    for (int64_t i = 0; i < m; i++) y[c + i] = start;
    for (int64_t r0 = 0; r0 < rows; r0 += join) {
      const int64_t r1 = rows - r0 < join ? rows : r0 + join;
      int64_t r = r0;
      for (int64_t i = 0; i < m; i++) part[i] = start;
      for (; r + ROWS <= r1; r += ROWS) some_rows(ROWS, m, ld, part, x + r * ld + c, f, g);
      for (; r < r1; r++) some_rows(1, m, ld, part, x + r * ld + c, f, g);
      some_rows(1, m, 0, y + c, part, f, same);
    }
  }
}

/* Few columns without gaps are as many rows beside each other as fill several vectors, then joined. */
INLINE void columns(int64_t rows, int64_t n, int64_t ld, real *y, const real *x, real start, int64_t join,
                    Join f, Load g) {
  enum { FEW = 16, FOLDED = 64 };
  real part[FOLDED];
  const bool folded = ld == n && n <= FEW && rows >= 2 * FOLDED;
  const int64_t beside = folded ? FOLDED / n : 1, deep = rows / beside;
  wide_columns(deep, n * beside, ld * beside, folded ? part : y, x, start, join, f, g);
  if (!folded) return;
  memcpy(y, part, (size_t)n * sizeof *y);
  for (int64_t k = 1; k < beside; k++) some_rows(1, n, 0, y, part + k * n, f, same);
  for (int64_t r = deep * beside; r < rows; r++) some_rows(1, n, 0, y, x + r * n, f, g);
}

/* Neighbours by code of their own: of short rows the gathering's took half as long again. */
#define ROWS(name, row, how)                                                                                 \
  static void name(int64_t rows, int64_t n, int64_t step, int64_t apart, double *y, const void *xv) {        \
    const real *x = xv;                                                                                      \
    if (apart == 1)                                                                                          \
      for (int64_t r = 0; r < rows; r++, x += step, y++) row(n, 1, y, x, how);                               \
    else                                                                                                     \
      for (int64_t r = 0; r < rows; r++, x += step, y++) row(n, apart, y, x, how);                           \
  }
ROWS(rows_sum, row_sum, same)
ROWS(rows_sumsq, row_sum, squared)
ROWS(rows_sumabs, row_sum, magnitude)
ROWS(rows_max, row_best, true)
ROWS(rows_min, row_best, false)

static void column_sum(int64_t r, int64_t n, int64_t ld, void *y, const void *x) {
  columns(r, n, ld, y, x, 0, 256, plus, same);
}
static void column_sumsq(int64_t r, int64_t n, int64_t ld, void *y, const void *x) {
  columns(r, n, ld, y, x, 0, 256, plus, squared);
}
static void column_sumabs(int64_t r, int64_t n, int64_t ld, void *y, const void *x) {
  columns(r, n, ld, y, x, 0, 256, plus, magnitude);
}
static void column_prod(int64_t r, int64_t n, int64_t ld, void *y, const void *x) {
  columns(r, n, ld, y, x, 1, INT64_MAX / 2, times, same);
}
static void column_max(int64_t r, int64_t n, int64_t ld, void *y, const void *x) {
  columns(r, n, ld, y, x, (real)-INFINITY, INT64_MAX / 2, greater, same);
}
static void column_min(int64_t r, int64_t n, int64_t ld, void *y, const void *x) {
  columns(r, n, ld, y, x, (real)INFINITY, INT64_MAX / 2, lesser, same);
}

const ReduceKernels K(reduce_kernels) = {
    .rows = {rows_sum, rows_sumsq, rows_sumabs, rows_prod, rows_max, rows_min, K(rows_logsumexp)},
    .column = {column_sum, column_sumsq, column_sumabs, column_prod, column_max, column_min,
               K(column_logsumexp)},
};
