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

/* All bits of the first k lanes. */
INLINE vb lanes_mask(int64_t k) {
  static const bits mask[2 * VL] = {[0 ... VL - 1] = -1};
  vb m;
  memcpy(&m, mask + VL - k, sizeof m);
  return m;
}
/* The first k lanes, 0 behind them. */
INLINE vr lanes_first(vr v, int64_t k) { return v_of(v_bits(v) & lanes_mask(k)); }

/* The greatest of them; NaN if there is one. */
INLINE real lanes_greatest(vr v) {
#if defined(KERNEL_v4) && defined(KERNEL_f32)
  return _mm512_cmp_ps_mask((__m512)v, (__m512)v, _CMP_UNORD_Q) ? (real)NAN : _mm512_reduce_max_ps((__m512)v);
#elif defined(KERNEL_v4)
  return _mm512_cmp_pd_mask((__m512d)v, (__m512d)v, _CMP_UNORD_Q) ? (real)NAN
                                                                  : _mm512_reduce_max_pd((__m512d)v);
#elif defined(KERNEL_v3) && defined(KERNEL_f32)
  if (_mm256_movemask_ps(_mm256_cmp_ps((__m256)v, (__m256)v, _CMP_UNORD_Q))) return (real)NAN;
  __m128 h = _mm_max_ps(_mm256_castps256_ps128((__m256)v), _mm256_extractf128_ps((__m256)v, 1));
  h = _mm_max_ps(h, _mm_movehl_ps(h, h));
  return _mm_cvtss_f32(_mm_max_ss(h, _mm_movehdup_ps(h)));
#elif defined(KERNEL_v3)
  if (_mm256_movemask_pd(_mm256_cmp_pd((__m256d)v, (__m256d)v, _CMP_UNORD_Q))) return (real)NAN;
  const __m128d h = _mm_max_pd(_mm256_castpd256_pd128((__m256d)v), _mm256_extractf128_pd((__m256d)v, 1));
  return _mm_cvtsd_f64(_mm_max_sd(h, _mm_unpackhi_pd(h, h)));
#else
  real s = v[0];
  for (int l = 1; l < VL; l++) s = v[l] > s || v[l] != v[l] ? v[l] : s;
  return s;
#endif
}
#endif
