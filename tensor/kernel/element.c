/* element.c: reductions of elements of any dtype: counts, exact sums and products, places of extremes.  The copies
 * for f32 hold the dtypes of up to four bytes, those for f64 the dtypes of eight. */
#include "table.h"

enum { TILE = 512 }; /* columns whose results stay in the cache while the rows go by */

/* Is a better than b?  NaN is better than all numbers; of equals the first stays. */
#define GREATER_WHOLE(a, b) ((a) > (b))
#define LESS_WHOLE(a, b)    ((a) < (b))
#define GREATER_REAL(a, b)  (((a) > (b)) | (((a) != (a)) & ((b) == (b))))
#define LESS_REAL(a, b)     (((a) < (b)) | (((a) != (a)) & ((b) == (b))))

/* clang-format off */
/* Truths are added up in lanes as wide as the elements, RUN at most in one, so that a byte holds them. */
#define COUNT(T, S)                                                                                         \
  static int64_t count_##T(int64_t n, const void *xv) {                                                     \
    enum { L = VBYTES / (int)sizeof(T), RUN = 255 };                                                        \
    typedef S lanes __attribute__((vector_size(VBYTES)));                                                   \
    typedef T values __attribute__((vector_size(VBYTES), aligned(sizeof(T)), may_alias));                   \
    const T *x = xv;                                                                                        \
    int64_t total = 0, i = 0;                                                                               \
    while (i + L <= n) {                                                                                    \
      lanes sum = {0};                                                                                      \
      const int64_t most = (n - i) / L < RUN ? (n - i) / L : RUN, end = i + most * L;                       \
      for (; i < end; i += L) sum -= (lanes)(*(const values *)(const void *)(x + i) != 0);                  \
      for (int l = 0; l < L; l++) total += (int64_t)sum[l];                                                 \
    }                                                                                                       \
    for (; i < n; i++) total += x[i] != 0;                                                                  \
    return total;                                                                                           \
  }                                                                                                         \
  static void count_columns_##T(int64_t rows, int64_t n, int64_t ld, int64_t *y, const void *xv) {          \
    const T *x = xv;                                                                                        \
    for (int64_t c0 = 0; c0 < n; c0 += TILE) {                                                              \
      const int64_t m = n - c0 < TILE ? n - c0 : TILE;                                                      \
      uint32_t sum[TILE] = {0}; /* rows come in blocks, of far fewer than it holds */                       \
      for (int64_t r = 0; r < rows; r++)                                                                    \
        for (int64_t c = 0; c < m; c++) sum[c] += x[r * ld + c0 + c] != 0;                                  \
      for (int64_t c = 0; c < m; c++) y[c0 + c] = sum[c];                                                   \
    }                                                                                                       \
  }

/* The place of the first element that is `best`, or the first NaN. */
#define FIRST(T)                                                                                            \
  static int64_t first_##T(int64_t n, const T *x, T best) {                                                 \
    enum { L = VBYTES / (int)sizeof(T) };                                                                   \
    typedef T values __attribute__((vector_size(VBYTES), aligned(sizeof(T)), may_alias));                   \
    int64_t i = 0;                                                                                          \
    for (; i + L <= n; i += L) {                                                                            \
      const values v = *(const values *)(const void *)(x + i);                                              \
      if (v_any((vb)(v == best) | (vb)(v != v))) break;                                                   \
    }                                                                                                       \
    while (i < n - 1 && x[i] != best && x[i] == x[i]) i++;                                                  \
    return i;                                                                                               \
  }

/* Block by block the best value, in four vectors; then the place within the first block that has it. */
#define BEST(T, S, name, BETTER)                                                                            \
  static int64_t name##_##T(int64_t n, const void *xv) {                                                    \
    enum { L = VBYTES / (int)sizeof(T), BLOCK = 1024 };                                                     \
    typedef S lanes __attribute__((vector_size(VBYTES)));                                                   \
    typedef T some __attribute__((vector_size(VBYTES)));                                                    \
    typedef T values __attribute__((vector_size(VBYTES), aligned(sizeof(T)), may_alias));                   \
    const T *x = xv;                                                                                        \
    T best = x[0];                                                                                          \
    int64_t block = 0;                                                                                      \
    for (int64_t at = 0; at < n; at += BLOCK) {                                                             \
      const int64_t end = n - at < BLOCK ? n : at + BLOCK;                                                  \
      int64_t i = at;                                                                                       \
      T here = x[at];                                                                                       \
      if (end - at >= 4 * L) {                                                                              \
        some m[4];                                                                                          \
        for (int k = 0; k < 4; k++) m[k] = (some)*(const values *)(const void *)(x + at + k * L);           \
        for (i += 4 * L; i + 4 * L <= end; i += 4 * L)                                                      \
          for (int k = 0; k < 4; k++) {                                                                     \
            const some v = (some)*(const values *)(const void *)(x + i + k * L);                            \
            const lanes take = (lanes)BETTER(v, m[k]);                                                      \
            m[k] = (some)((take & (lanes)v) | (~take & (lanes)m[k]));                                       \
          }                                                                                                 \
        for (int k = 1; k < 4; k++) { \
          const lanes take = (lanes)BETTER(m[k], m[0]); \
          m[0] = (some)((take & (lanes)m[k]) | (~take & (lanes)m[0])); \
        } \
        for (int l = 0; l < L; l++) here = BETTER(m[0][l], here) ? m[0][l] : here; \
      }                                                                                                     \
      for (; i < end; i++) here = BETTER(x[i], here) ? x[i] : here;                                         \
      if (here != here) return at + first_##T(end - at, x + at, here);                                      \
      if (BETTER(here, best)) {                                                                             \
        best = here;                                                                                        \
        block = at;                                                                                         \
      }                                                                                                     \
    }                                                                                                       \
    return block + first_##T(n - block < BLOCK ? n - block : BLOCK, x + block, best);                       \
  }                                                                                                         \
  static void name##_wide_##T(int64_t rows, int64_t n, int64_t ld, int64_t *y, const void *xv) {            \
    const T *x = xv;                                                                                        \
    for (int64_t c0 = 0; c0 < n; c0 += TILE) {                                                              \
      const int64_t m = n - c0 < TILE ? n - c0 : TILE;                                                      \
      T best[TILE];                                                                                         \
      ROW_##S at[TILE] = {0};                                                                               \
      memcpy(best, x + c0, (size_t)m * sizeof(T));                                                          \
      for (int64_t r = 1; r < rows; r++) {                                                                  \
        const T *v = x + r * ld + c0;                                                                       \
        for (int64_t c = 0; c < m; c++) {                                                                   \
          const int take = BETTER(v[c], best[c]);                                                           \
          best[c] = take ? v[c] : best[c];                                                                  \
          at[c] = take ? (ROW_##S)r : at[c];                                                                \
        }                                                                                                   \
      }                                                                                                     \
      for (int64_t c = 0; c < m; c++) y[c0 + c] = (int64_t)at[c];                                           \
    }                                                                                                       \
  }                                                                                                         \
  /* Few columns without gaps as many beside each other; of equals the first row's. */                      \
  static void name##_columns_##T(int64_t rows, int64_t n, int64_t ld, int64_t *y, const void *xv) {         \
    enum { FEW = 16, FOLDED = 64 };                                                                         \
    const T *x = xv;                                                                                        \
    int64_t at[FOLDED];                                                                                     \
    const bool folded = ld == n && n <= FEW && rows >= 2 * FOLDED;                                          \
    const int64_t beside = folded ? FOLDED / n : 1, deep = rows / beside;                                   \
    name##_wide_##T(deep, n * beside, ld * beside, folded ? at : y, x);                                     \
    for (int64_t c = 0; folded && c < n; c++) {                                                             \
      int64_t best = at[c] * beside;                                                                        \
      for (int64_t k = 1; k < beside + rows % beside; k++) {                                                \
        const int64_t r = k < beside ? at[k * n + c] * beside + k : deep * beside + k - beside;             \
        const T v = x[r * n + c], b = x[best * n + c];                                                      \
        if (BETTER(v, b) | (!BETTER(b, v) & (r < best))) best = r;                                          \
      }                                                                                                     \
      y[c] = best;                                                                                          \
    }                                                                                                       \
  }
/* As wide as the elements where that holds a block's rows. */
#define ROW_uint8_t int32_t
#define ROW_int32_t int32_t
#define ROW_int64_t int64_t

/* Modulo 2^64.  Sums of small ones in 32 bits first, which MOST of them cannot fill. */
#define WHOLE(T, MOST, SMALL)                                                                               \
  static int64_t sum_##T(int64_t n, const void *xv) {                                                       \
    const T *x = xv;                                                                                        \
    uint64_t total = 0;                                                                                     \
    for (int64_t at = 0; at < n; at += MOST) {                                                              \
      const int64_t end = n - at < MOST ? n : at + MOST;                                                    \
      SMALL sum = 0;                                                                                        \
      for (int64_t i = at; i < end; i++) sum += (SMALL)x[i];                                                \
      total += (uint64_t)sum;                                                                               \
    }                                                                                                       \
    return (int64_t)total;                                                                                  \
  }                                                                                                         \
  static int64_t prod_##T(int64_t n, const void *xv) {                                                      \
    const T *x = xv;                                                                                        \
    uint64_t y = 1;                                                                                         \
    for (int64_t i = 0; i < n; i++) y *= (uint64_t)(int64_t)x[i];                                           \
    return (int64_t)y;                                                                                      \
  }                                                                                                         \
  static void sum_columns_##T(int64_t rows, int64_t n, int64_t ld, int64_t *yv, const void *xv) {           \
    const T *x = xv;                                                                                        \
    uint64_t *y = (uint64_t *)yv;                                                                           \
    int64_t r = 0;                                                                                          \
    for (int64_t c = 0; c < n; c++) y[c] = 0;                                                               \
    for (; r + 4 <= rows; r += 4, x += 4 * ld)                                                              \
      for (int64_t c = 0; c < n; c++)                                                                       \
        y[c] += (uint64_t)(int64_t)x[c] + (uint64_t)(int64_t)x[ld + c] + (uint64_t)(int64_t)x[2 * ld + c] + \
                (uint64_t)(int64_t)x[3 * ld + c];                                                           \
    for (; r < rows; r++, x += ld)                                                                          \
      for (int64_t c = 0; c < n; c++) y[c] += (uint64_t)(int64_t)x[c];                                      \
  }                                                                                                         \
  static void prod_columns_##T(int64_t rows, int64_t n, int64_t ld, int64_t *yv, const void *xv) {          \
    const T *x = xv;                                                                                        \
    uint64_t *y = (uint64_t *)yv;                                                                           \
    for (int64_t c = 0; c < n; c++) y[c] = 1;                                                               \
    for (int64_t r = 0; r < rows; r++)                                                                      \
      for (int64_t c = 0; c < n; c++) y[c] *= (uint64_t)(int64_t)x[r * ld + c];                             \
  }

#define EXTREMES(T, S, KIND)                                                                                \
  COUNT(T, S)                                                                                               \
  FIRST(T)                                                                                                  \
  BEST(T, S, most, GREATER_##KIND)                                                                          \
  BEST(T, S, least, LESS_##KIND)
#define KERNELS_OF(T)                                                                                       \
  .row = {[E_COUNT] = count_##T, [E_MOST] = most_##T, [E_LEAST] = least_##T},                               \
  .column = {[E_COUNT] = count_columns_##T, [E_MOST] = most_columns_##T, [E_LEAST] = least_columns_##T}
#define WHOLE_KERNELS_OF(T)                                                                                 \
  .row = {count_##T, sum_##T, prod_##T, most_##T, least_##T},                                               \
  .column = {count_columns_##T, sum_columns_##T, prod_columns_##T, most_columns_##T, least_columns_##T}

#if defined(KERNEL_f32)
EXTREMES(float, int32_t, REAL)
EXTREMES(int32_t, int32_t, WHOLE)
EXTREMES(uint8_t, uint8_t, WHOLE)
WHOLE(int32_t, 1048576, int64_t)
WHOLE(uint8_t, 1048576, uint32_t)
const ElementKernels K(element_kernels)[DTYPES] = {
    [F32] = {KERNELS_OF(float)},
    [I32] = {WHOLE_KERNELS_OF(int32_t)},
    [U8] = {WHOLE_KERNELS_OF(uint8_t)},
    [BOOL] = {WHOLE_KERNELS_OF(uint8_t)},
};
#else
EXTREMES(double, int64_t, REAL)
EXTREMES(int64_t, int64_t, WHOLE)
WHOLE(int64_t, INT64_MAX, uint64_t)
const ElementKernels K(element_kernels)[DTYPES] = {
    [F64] = {KERNELS_OF(double)},
    [I64] = {WHOLE_KERNELS_OF(int64_t)},
};
#endif
