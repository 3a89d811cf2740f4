/* lanes.h: the lanes of one vector, joined. */
#ifndef LUNETTE_LANES_H
#define LUNETTE_LANES_H
#include "vec.h"

/* Their sum in double, halves added to halves. */
INLINE double lanes_added(vr v) {
#if defined(KERNEL_v4) && defined(KERNEL_f32)
  return _mm512_reduce_add_pd(
      _mm512_cvtps_pd(_mm512_castps512_ps256((__m512)v)) +
      _mm512_cvtps_pd(_mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd((__m512)v), 1))));
#elif defined(KERNEL_v4)
  return _mm512_reduce_add_pd((__m512d)v);
#elif defined(KERNEL_v3)
#if defined(KERNEL_f32)
  const __m256d w = _mm256_cvtps_pd(_mm256_castps256_ps128((__m256)v)) +
                    _mm256_cvtps_pd(_mm256_extractf128_ps((__m256)v, 1));
#else
  const __m256d w = (__m256d)v;
#endif
  const __m128d h = _mm256_castpd256_pd128(w) + _mm256_extractf128_pd(w, 1);
  return h[0] + h[1];
#else
  double s[VL];
  for (int l = 0; l < VL; l++) s[l] = (double)v[l];
  for (int w = VL / 2; w > 0; w /= 2)
    for (int l = 0; l < w; l++) s[l] += s[l + w];
  return s[0];
#endif
}

/* The first k lanes, 0 behind them. */
INLINE vr lanes_first(vr v, int64_t k) {
  static const bits mask[2 * VL] = {[0 ... VL - 1] = -1};
  vb m;
  memcpy(&m, mask + VL - k, sizeof m);
  return v_of(v_bits(v) & m);
}
#endif
