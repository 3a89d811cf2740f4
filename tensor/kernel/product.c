/* product.c: products of matrices of whole numbers modulo 2^64, beside the f64 kernels.  Parts of A and B that the first
 * caches hold are packed, the numbers of a step beside each other; where they have 32 bits one multiplication does. */
#include "table.h"

#if defined(KERNEL_f64)
enum { ROWS = 4, WIDE = 2, COLUMNS = WIDE * VL, DEEP = 128, GROUP = 32 };
typedef uint64_t some __attribute__((vector_size(VBYTES)));
typedef uint64_t some_unaligned __attribute__((vector_size(VBYTES), aligned(8), may_alias));

INLINE some product(some a, some b, bool narrow) {
#if defined(KERNEL_v4)
  if (narrow) return (some)_mm512_mul_epi32((__m512i)a, (__m512i)b);
#elif defined(KERNEL_v3)
  if (narrow) return (some)_mm256_mul_epi32((__m256i)a, (__m256i)b);
#endif
  (void)narrow;
  return a * b;
}

/* y = the sums over `deep` steps, `rows` <= ROWS of them. */
INLINE void tile(const int rows, bool narrow, int64_t deep, const uint64_t *a, const uint64_t *b,
                 uint64_t *y) {
  some sum[ROWS][WIDE] = {{{0}}};
  for (int64_t k = 0; k < deep; k++, a += ROWS, b += COLUMNS)
    for (int r = 0; r < rows; r++)
      for (int v = 0; v < WIDE; v++)
        sum[r][v] += product(a[r] - (some){0}, *(const some_unaligned *)(b + v * VL), narrow);
  for (int r = 0; r < rows; r++)
    for (int v = 0; v < WIDE; v++) *(some_unaligned *)(y + r * COLUMNS + v * VL) = sum[r][v];
}

/* n x deep numbers as steps of `wide`, 0 beyond n; does each have 32 bits? */
INLINE bool pack(int64_t n, int64_t deep, int wide, uint64_t *to, const int64_t *from, int64_t along,
                 int64_t down) {
  uint64_t far = 0;
  for (int64_t k = 0; k < deep; k++, to += wide, from += down)
    for (int i = 0; i < wide; i++) {
      const int64_t x = i < n ? from[i * along] : 0;
      to[i] = (uint64_t)x;
      far |= (uint64_t)x ^ (uint64_t)(int64_t)(int32_t)x;
    }
  return !far;
}

INLINE void put(int64_t m, int64_t n, int64_t *c, int64_t crs, int64_t ccs, const uint64_t *y, bool add) {
  for (int64_t r = 0; r < m; r++)
    for (int64_t i = 0; i < n; i++) {
      int64_t *to = c + r * crs + i * ccs;
      *to = (int64_t)(y[r * COLUMNS + i] + (add ? (uint64_t)*to : 0));
    }
}

/* So many rows of A, up to GROUP, and steps, up to DEEP, times all columns of B. */
static void group(int64_t m, int64_t N, int64_t deep, WholeMatrix a, WholeMatrix b, int64_t *c, int64_t crs,
                  int64_t ccs, bool add) {
  _Alignas(64) uint64_t left[GROUP * DEEP], right[COLUMNS * DEEP], y[ROWS * COLUMNS];
  bool small[GROUP / ROWS];
  for (int64_t r = 0; r < m; r += ROWS)
    small[r / ROWS] = pack(m - r, deep, ROWS, left + r * deep, a.x + r * a.rs, a.rs, a.cs);
  for (int64_t n = 0; n < N; n += COLUMNS) {
    const bool narrow = b.cs == 1 && N - n >= COLUMNS
                            ? pack(COLUMNS, deep, COLUMNS, right, b.x + n, 1, b.rs)
                            : pack(N - n, deep, COLUMNS, right, b.x + n * b.cs, b.cs, b.rs);
    const int64_t wide = N - n < COLUMNS ? N - n : COLUMNS;
    for (int64_t r = 0; r < m; r += ROWS) {
      const uint64_t *from = left + r * deep;
      if (m - r == 1) tile(1, false, deep, from, right, y);
      else if (narrow && small[r / ROWS]) tile(ROWS, true, deep, from, right, y);
      else tile(ROWS, false, deep, from, right, y);
      put(m - r < ROWS ? m - r : ROWS, wide, c + r * crs + n * ccs, crs, ccs, y, add);
    }
  }
}

static int64_t dot(int64_t n, const int64_t *a, int64_t as, const int64_t *b, int64_t bs) {
  uint64_t sum = 0;
  if (as == 1 && bs == 1)
    for (int64_t i = 0; i < n; i++) sum += (uint64_t)a[i] * (uint64_t)b[i];
  else
    for (int64_t i = 0; i < n; i++) sum += (uint64_t)a[i * as] * (uint64_t)b[i * bs];
  return (int64_t)sum;
}

/* Few rows, too few for packing: sums down columns of B as it lies. */
static void thin(int64_t N, int64_t depth, const int64_t *a, int64_t as, const int64_t *b, int64_t bs,
                 int64_t *c, int64_t cs, bool add) {
  enum { MANY = 8 };
  uint64_t y[MANY * VL];
  for (int64_t n = 0, wide; n < N; n += wide) {
    some sum[MANY] = {{0}};
    wide = N - n < MANY * VL ? N - n : MANY * VL;
    if (wide == MANY * VL) {
      for (int64_t k = 0; k < depth; k++)
        for (int v = 0; v < MANY; v++)
          sum[v] += product((uint64_t)a[k * as] - (some){0},
                            *(const some_unaligned *)(const void *)(b + k * bs + n + v * VL), false);
      memcpy(y, sum, sizeof y);
    } else {
      for (int64_t i = 0; i < wide; i++) y[i] = 0;
      for (int64_t k = 0; k < depth; k++)
        for (int64_t i = 0; i < wide; i++) y[i] += (uint64_t)a[k * as] * (uint64_t)b[k * bs + n + i];
    }
    put(1, wide, c + n * cs, 0, cs, y, add);
  }
}

void K(whole_product)(int64_t M, int64_t N, int64_t depth, WholeMatrix a, WholeMatrix b, int64_t *c,
                      int64_t crs, int64_t ccs, bool add) {
  if (N == 1 || depth == 0 || (M < ROWS && b.rs == 1)) {
    for (int64_t r = 0; r < M; r++)
      for (int64_t n = 0; n < N; n++) {
        const uint64_t v = (uint64_t)dot(depth, a.x + r * a.rs, a.cs, b.x + n * b.cs, b.rs);
        int64_t *to = c + r * crs + n * ccs;
        *to = (int64_t)(v + (add ? (uint64_t)*to : 0));
      }
    return;
  }
  if (M < ROWS && b.cs == 1) {
    for (int64_t r = 0; r < M; r++) thin(N, depth, a.x + r * a.rs, a.cs, b.x, b.rs, c + r * crs, ccs, add);
    return;
  }
  for (int64_t k = 0; k < depth; k += DEEP)
    for (int64_t r = 0; r < M; r += GROUP)
      group(M - r < GROUP ? M - r : GROUP, N, depth - k < DEEP ? depth - k : DEEP,
            (WholeMatrix){a.x + r * a.rs + k * a.cs, a.rs, a.cs}, (WholeMatrix){b.x + k * b.rs, b.rs, b.cs},
            c + r * crs, crs, ccs, add || k > 0);
}
#endif
