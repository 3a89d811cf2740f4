/* quarter.h: vectors of 32 bytes, and squares of as many elements each way turned in registers; for kernel files only.
 *
 * QUARTERS says whether the instruction set has them. */
#ifndef LUNETTE_QUARTER_H
#define LUNETTE_QUARTER_H
#include "vec.h"

#if defined(KERNEL_v3) || defined(KERNEL_v4)
#define QUARTERS
enum { Q = 32 / (int)sizeof(real) }; /* a small square: Q vectors of Q elements */

#if defined(KERNEL_f32)
typedef __m256 quarter;
#define Q_OP(name) _mm256_##name##_ps
INLINE UNUSED __m256i q_first(int64_t k) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)k), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
INLINE void q_turn(quarter v[Q]) {
  __m256 a[Q], b[Q];
  for (int i = 0; i < Q; i += 2) { /* pairs of rows */
    a[i] = _mm256_unpacklo_ps(v[i], v[i + 1]);
    a[i + 1] = _mm256_unpackhi_ps(v[i], v[i + 1]);
  }
  for (int i = 0; i < Q; i += 4)
    for (int k = 0; k < 2; k++) {
      b[i + 2 * k] = _mm256_shuffle_ps(a[i + k], a[i + k + 2], 0x44);
      b[i + 2 * k + 1] = _mm256_shuffle_ps(a[i + k], a[i + k + 2], 0xee);
    }
  for (int i = 0; i < 4; i++) {
    v[i] = _mm256_permute2f128_ps(b[i], b[i + 4], 0x20);
    v[i + 4] = _mm256_permute2f128_ps(b[i], b[i + 4], 0x31);
  }
}
#else
typedef __m256d quarter;
#define Q_OP(name) _mm256_##name##_pd
INLINE UNUSED __m256i q_first(int64_t k) {
  return _mm256_cmpgt_epi64(_mm256_set1_epi64x(k), _mm256_setr_epi64x(0, 1, 2, 3));
}
INLINE void q_turn(quarter v[Q]) {
  const __m256d a = _mm256_unpacklo_pd(v[0], v[1]), b = _mm256_unpackhi_pd(v[0], v[1]),
                c = _mm256_unpacklo_pd(v[2], v[3]), d = _mm256_unpackhi_pd(v[2], v[3]);
  v[0] = _mm256_permute2f128_pd(a, c, 0x20);
  v[1] = _mm256_permute2f128_pd(b, d, 0x20);
  v[2] = _mm256_permute2f128_pd(a, c, 0x31);
  v[3] = _mm256_permute2f128_pd(b, d, 0x31);
}
#endif
INLINE UNUSED quarter q_load(const real *p) { return Q_OP(loadu)(p); }
INLINE UNUSED void q_store(real *p, quarter v) { Q_OP(storeu)(p, v); }
INLINE UNUSED void q_stream(real *p, quarter v) { Q_OP(stream)(p, v); }
INLINE UNUSED quarter q_load_part(const real *p, __m256i first) { return Q_OP(maskload)(p, first); }
INLINE UNUSED void q_store_part(real *p, quarter v, int64_t k) {
#if defined(KERNEL_v4)
  Q_OP(mask_storeu)(p, (__mmask8)((1u << k) - 1), v);
#else
  v_store_part(p, (vr)v, k);
#endif
}
#endif
#endif
