/* wide.h: vectors of double as wide as those of `real`: an f32 function whose digits would be lost on the way is one of
 * double, on the halves of its vector. */
#ifndef LUNETTE_WIDE_H
#define LUNETTE_WIDE_H
#include "vec.h"

typedef double wd __attribute__((vector_size(VBYTES)));
typedef uint64_t wb __attribute__((vector_size(VBYTES)));
#if defined(KERNEL_f32)
typedef float half_vr __attribute__((vector_size(VBYTES / 2))); /* two wd hold the doubles of a vr */
#endif
typedef wd (*OfWide)(wd);

INLINE wd wd_all(double x) { return x - (wd){0}; }
INLINE wd wd_select(wb mask, wd a, wd b) { return (wd)((mask & (wb)a) | (~mask & (wb)b)); }
INLINE bool wd_any(wb mask) { return v_any((vb)mask); }
INLINE wd wd_abs(wd x) { return (wd)((wb)x & ~(wb)wd_all(-0.0)); }
INLINE wd wd_round(wd x) { /* halves to even; |x| < 2^51, or as it is */
  const wd magic = wd_all(0x1.8p52);
  return wd_select((wb)(wd_abs(x) < 0x1p51), x + magic - magic, x);
}
INLINE wd wd_sqrt(wd x) {
  for (int i = 0; i < VBYTES / 8; i++) x[i] = __builtin_sqrt(x[i]);
  return x;
}
/* Coefficients from the highest down. */
INLINE wd wd_poly(wd x, const double *c, int n) {
  wd y = wd_all(c[0]);
#pragma GCC unroll 32
  for (int i = 1; i < n; i++) y = y * x + c[i];
  return y;
}

/* What libm has, as in vec.h. */
#if defined(LUNETTE_MVEC) && defined(KERNEL_v4)
#define WIDE(name)                                                                                           \
  __m512d _ZGVeN8v_##name(__m512d);                                                                          \
  INLINE UNUSED wd wd_##name(wd x) { return (wd)_ZGVeN8v_##name((__m512d)x); }
#elif defined(LUNETTE_MVEC) && defined(KERNEL_v3)
#define WIDE(name)                                                                                           \
  __m256d _ZGVdN4v_##name(__m256d);                                                                          \
  INLINE UNUSED wd wd_##name(wd x) { return (wd)_ZGVdN4v_##name((__m256d)x); }
#else
#define WIDE(name)                                                                                           \
  INLINE UNUSED wd wd_##name(wd x) {                                                                         \
    for (int i = 0; i < VBYTES / 8; i++) x[i] = name(x[i]);                                                  \
    return x;                                                                                                \
  }
#endif
WIDE(log)
WIDE(sin)
WIDE(tan)

INLINE vr v_by_wide(vr x, OfWide f) {
#if defined(KERNEL_f32)
  union {
    vr whole;
    half_vr half[2];
  } u = {x};
  for (int h = 0; h < 2; h++)
    u.half[h] = __builtin_convertvector(f(__builtin_convertvector(u.half[h], wd)), half_vr);
  return u.whole;
#else
  return (vr)f((wd)x);
#endif
}
#endif
