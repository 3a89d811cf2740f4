/* spaced.c: elements some places apart to and from vectors of neighbours: each of the `apart` vectors that hold those of
 * one gives or takes its lanes, all by one order of them. */
#include "table.h"

enum { APART = 8 };

#if defined(KERNEL_v3) || defined(KERNEL_v4)
/* Lane l of the vector is at place l apart, which is lane (l apart) % VL of the (l apart) / VL-th. */
INLINE vb lanes_of(int64_t apart) {
  vb at;
  for (int l = 0; l < VL; l++) at[l] = (bits)(l * apart % VL);
  return at;
}
#endif

#if defined(KERNEL_v4)
#if defined(KERNEL_f32)
typedef __mmask16 mask;
typedef __m512 lane_vector;
#define MERGED(v, m, at, x) _mm512_mask_permutexvar_ps(v, m, (__m512i)(at), x)
#define STORED(y, m, v)     _mm512_mask_storeu_ps(y, m, v)
#else
typedef __mmask8 mask;
typedef __m512d lane_vector;
#define MERGED(v, m, at, x) _mm512_mask_permutexvar_pd(v, m, (__m512i)(at), x)
#define STORED(y, m, v)     _mm512_mask_storeu_pd(y, m, v)
#endif
INLINE int64_t gathered(int64_t n, real *y, const real *x, const int64_t apart) {
  const vb at = lanes_of(apart);
  mask from[APART] = {0};
  for (int l = 0; l < VL; l++) from[l * apart / VL] |= (mask)(1u << l);
  int64_t i = 0;
  for (; i + VL < n;
       i += VL, x += VL * apart) { /* the last vector of all would end beyond the last element */
    lane_vector v = (lane_vector)v_load(x);
    v = MERGED(v, from[0], at, v);
#pragma GCC unroll 8
    for (int k = 1; k < apart; k++) v = MERGED(v, from[k], at, (lane_vector)v_load(x + k * VL));
    v_store(y + i, (vr)v);
  }
  return i;
}
INLINE int64_t scattered(int64_t n, real *y, const real *x, const int64_t apart) {
  vb at[APART];
  mask to[APART] = {0};
  for (int k = 0; k < apart; k++)
    for (int l = 0; l < VL; l++) {
      at[k][l] = (bits)((k * VL + l) / apart);
      if ((k * VL + l) % apart == 0) to[k] |= (mask)(1u << l);
    }
  int64_t i = 0;
  for (; i + VL <= n; i += VL, y += VL * apart) {
    const lane_vector v = (lane_vector)v_load(x + i);
#pragma GCC unroll 8
    for (int k = 0; k < apart; k++) STORED(y + k * VL, to[k], MERGED(v, to[k], at[k], v));
  }
  return i;
}
#elif defined(KERNEL_v3)
INLINE int64_t gathered(int64_t n, real *y, const real *x, const int64_t apart) {
  const vb lane = lanes_of(apart);
  const int halves = (int)sizeof(real) / 4; /* the instruction moves 32 bits */
  int32_t at[VBYTES / 4], from[APART][VBYTES / 4] = {{0}};
  for (int l = 0; l < VBYTES / 4; l++) {
    at[l] = (int32_t)lane[l / halves] * halves + l % halves;
    from[l / halves * apart / VL][l] = -1;
  }
  const __m256i order = _mm256_loadu_si256((const __m256i *)(const void *)at);
  int64_t i = 0;
  for (; i + VL < n;
       i += VL, x += VL * apart) { /* the last vector of all would end beyond the last element */
    __m256 v = _mm256_setzero_ps();
#pragma GCC unroll 8
    for (int k = 0; k < apart; k++)
      v = _mm256_blendv_ps(v, _mm256_permutevar8x32_ps((__m256)v_load(x + k * VL), order),
                           _mm256_loadu_ps((const float *)(const void *)from[k]));
    v_store(y + i, (vr)v);
  }
  return i;
}
#endif

void K(gather)(int64_t n, void *yv, const void *xv, int64_t apart) {
  real *y = yv;
  const real *x = xv;
  int64_t i = 0;
#if defined(KERNEL_v3) || defined(KERNEL_v4)
  switch (apart) {
  case 2: i = gathered(n, y, x, 2); break;
  case 3: i = gathered(n, y, x, 3); break;
  case 4: i = gathered(n, y, x, 4); break;
  case 5:
  case 6:
  case 7:
  case APART: i = gathered(n, y, x, apart); break;
  }
#endif
  for (; i < n; i++) y[i] = x[i * apart];
}

void K(scatter)(int64_t n, void *yv, int64_t apart, const void *xv) {
  real *y = yv;
  const real *x = xv;
  int64_t i = 0;
#if defined(KERNEL_v4)
  switch (apart) {
  case 2: i = scattered(n, y, x, 2); break;
  case 3: i = scattered(n, y, x, 3); break;
  case 4: i = scattered(n, y, x, 4); break;
  }
#endif
  for (; i < n; i++) y[i * apart] = x[i];
}
