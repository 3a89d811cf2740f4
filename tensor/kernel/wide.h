/* wide.h: vectors of double as wide as those of `real`: an f32 function whose digits would be lost on the way is one of
 * double, on the halves of its vector. */
#ifndef LUNETTE_WIDE_H
#define LUNETTE_WIDE_H
#include "vec.h"

typedef double wd __attribute__((vector_size(VBYTES)));
typedef uint64_t wb __attribute__((vector_size(VBYTES)));
#if defined(KERNEL_f32)
typedef float half_vr __attribute__((vector_size(VBYTES / 2))); /* two wd hold the doubles of a vr */
typedef half_vr wd_reals;                                       /* a wd as reals */
#else
typedef wd wd_reals;
#endif
typedef real wd_reals_unaligned
    __attribute__((vector_size(sizeof(wd_reals)), aligned(sizeof(real)), may_alias));
typedef wd (*OfWide)(wd);

/* Of GCC's own conversion each vector of 64 bytes would be put together of two. */
#if defined(KERNEL_v4) && defined(KERNEL_f32)
INLINE wd wd_of(wd_reals x) { return (wd)_mm512_cvtps_pd((__m256)x); }
INLINE wd_reals wd_narrow(wd x) { return (wd_reals)_mm512_cvtpd_ps((__m512d)x); }
#else
INLINE wd wd_of(wd_reals x) { return __builtin_convertvector(x, wd); }
INLINE wd_reals wd_narrow(wd x) { return __builtin_convertvector(x, wd_reals); }
#endif
INLINE wd wd_load(const real *p) { return wd_of((wd_reals) * (const wd_reals_unaligned *)p); }
INLINE UNUSED void wd_store(real *p, wd x) { *(wd_reals_unaligned *)p = (wd_reals_unaligned)wd_narrow(x); }

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
  for (int h = 0; h < 2; h++) u.half[h] = wd_narrow(f(wd_of(u.half[h])));
  return u.whole;
#else
  return (vr)f((wd)x);
#endif
}
#endif
