/* lane_sums.h: sums of the lanes of many vectors at once; for kernel files only.
 *
 * Two vectors become one whose lanes are sums of two of theirs each, until a vector is left: VL - 1 steps for VL vectors.
 * Halves meet first, then quarters, so each sum's order is that of one vector folded alone. */
#ifndef LUNETTE_LANE_SUMS_H
#define LUNETTE_LANE_SUMS_H
#include "vec.h"

enum {
  LANE = 16 / (int)sizeof(real),
  LANES_OF = VBYTES / 16
}; /* of 16 bytes: elements, how many in a vector */

/* [a a b b] of 16 bytes each, halves of a and of b summed */
#if defined(KERNEL_v4)
INLINE __m512 fold_halves(vr a, vr b) {
  const __m512 x = (__m512)a, y = (__m512)b;
  return (__m512)((vr)_mm512_shuffle_f32x4(x, y, 0x44) + (vr)_mm512_shuffle_f32x4(x, y, 0xee));
}
INLINE vr fold_to_lane(const vr *v) { /* of v[0], v[LANE] .. to 16 bytes each */
  const __m512 a = fold_halves(v[0], v[LANE]), b = fold_halves(v[2 * LANE], v[3 * LANE]);
  return (vr)_mm512_shuffle_f32x4(a, b, 0x88) + (vr)_mm512_shuffle_f32x4(a, b, 0xdd);
}
#define LANE_OP(name) _mm512_##name
typedef __m512 lane_f32;
typedef __m512d lane_f64;
#elif defined(KERNEL_v3)
INLINE vr fold_to_lane(const vr *v) {
  const __m256 a = (__m256)v[0], b = (__m256)v[LANE];
  return (vr)_mm256_permute2f128_ps(a, b, 0x20) + (vr)_mm256_permute2f128_ps(a, b, 0x31);
}
#define LANE_OP(name) _mm256_##name
typedef __m256 lane_f32;
typedef __m256d lane_f64;
#else
INLINE vr fold_to_lane(const vr *v) { return v[0]; }
#endif

/* Within 16 bytes: of f32 [a0+a2 b0+b2 a1+a3 b1+b3], of f64 [a0+a1 b0+b1]. */
INLINE vr fold_pair(vr a, vr b) {
#if defined(LANE_OP) && defined(KERNEL_f32)
  return (vr)LANE_OP(unpacklo_ps)((lane_f32)a, (lane_f32)b) +
         (vr)LANE_OP(unpackhi_ps)((lane_f32)a, (lane_f32)b);
#elif defined(LANE_OP)
  return (vr)LANE_OP(unpacklo_pd)((lane_f64)a, (lane_f64)b) +
         (vr)LANE_OP(unpackhi_pd)((lane_f64)a, (lane_f64)b);
#elif defined(KERNEL_f32)
  return __builtin_shufflevector(a, b, 0, 4, 1, 5) + __builtin_shufflevector(a, b, 2, 6, 3, 7);
#else
  return __builtin_shufflevector(a, b, 0, 2) + __builtin_shufflevector(a, b, 1, 3);
#endif
}

/* Lane i: the sum of v[i]'s lanes. */
INLINE vr v_lane_sums(const vr v[VL]) {
  vr lane[LANE];
#pragma GCC unroll 4
  for (int i = 0; i < LANE; i++) lane[i] = fold_to_lane(v + i);
#if defined(KERNEL_f64)
  return fold_pair(lane[0], lane[1]);
#else
  const vr ab = fold_pair(lane[0], lane[1]), cd = fold_pair(lane[2], lane[3]);
#if defined(LANE_OP)
  return (vr)LANE_OP(unpacklo_pd)((lane_f64)ab, (lane_f64)cd) +
         (vr)LANE_OP(unpackhi_pd)((lane_f64)ab, (lane_f64)cd);
#else
  return __builtin_shufflevector(ab, cd, 0, 1, 4, 5) + __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
#endif
#endif
}
#endif
