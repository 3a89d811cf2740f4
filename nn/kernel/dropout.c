/* dropout.c: elements and channels times a mask. */
#include "kernel.h"
#include "map_loop.h"
#include "nn_table.h"

/* `scale` in the lanes whose bits are set, else 0 */
INLINE vr where_set(uint64_t set, vr scale) {
#if defined(KERNEL_v4) && defined(KERNEL_f32)
  return (vr)_mm512_maskz_mov_ps((__mmask16)set, (__m512)scale);
#elif defined(KERNEL_v4)
  return (vr)_mm512_maskz_mov_pd((__mmask8)set, (__m512d)scale);
#else
  vb lane;
  for (int i = 0; i < VL; i++) lane[i] = (bits)1 << i;
  const vb here = ((vb){0} + (bits)set) & lane;
  return v_of(v_bits(scale) & (vb)(here == lane));
#endif
}

void K(dropout)(int64_t n, void *yv, const void *xv, const uint64_t *kept, double scale, bool add) {
  const real *x = xv;
  real *y = yv;
  const vr all = v_all((real)scale);
  for (int64_t i = 0; i < n; i += KEEP_WORD) {
    const int64_t m = n - i;
    const uint64_t word = kept[i / KEEP_WORD];
    if (m >= KEEP_WORD && !add) {
#pragma GCC unroll 16
      for (int j = 0; j < KEEP_WORD; j += VL)
        v_store(y + i + j, v_load(x + i + j) * where_set(word >> j, all));
    } else {
      for (int j = 0; j < KEEP_WORD && j < m; j += VL)
        put(y + i + j, take(x + i + j, m - j) * where_set(word >> j, all), m - j, add);
    }
  }
}

void K(scale_rows)(int64_t rows, int64_t C, void *yv, const void *xv, const void *mv, bool add) {
  const real *x = xv, *m = mv;
  real *y = yv;
  for (int64_t r = 0; r < rows; r++, x += C, y += C)
    for (int64_t j = 0; j < C; j++) y[j] = x[j] * m[j] + (add ? y[j] : 0);
}
