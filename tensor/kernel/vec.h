/* vec.h: vectors of `real` and their mathematics, for the files under kernel/ only.
 *
 * Those files are compiled once for each real (f32, f64) and instruction set (base, v3, v4); K(name) gives
 * each copy its own name.  Vector length is the only difference.  f32 functions are our own
 * (error against f64, over the whole range: exp 1 ulp, log 1 ulp, tanh 2 ulp, sigmoid 2 ulp, erf 3 ulp);
 * f64, and what f32 has no function for, are libm's (4 ulp in vectors).  NaN goes in, NaN comes out. */
#ifndef LUNETTE_VEC_H
#define LUNETTE_VEC_H
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#if defined(KERNEL_v3) || defined(KERNEL_v4)
#include <immintrin.h>
#endif

#define K_JOIN2(a, b) a##_##b
#define K_JOIN(a, b)  K_JOIN2(a, b)
#define K(name)       K_JOIN(name, KERNEL_SUFFIX)
#define INLINE        static inline __attribute__((always_inline))
#define UNUSED        __attribute__((unused))

#if defined(KERNEL_f32)
typedef float real;
typedef int32_t bits;
typedef uint32_t unsigned_bits;
#else
typedef double real;
typedef int64_t bits;
typedef uint64_t unsigned_bits;
#endif
#if defined(KERNEL_v4)
enum { VBYTES = 64 };
#elif defined(KERNEL_v3)
enum { VBYTES = 32 };
#else
enum { VBYTES = 16 };
#endif
enum { VL = VBYTES / (int)sizeof(real) };

typedef real vr __attribute__((vector_size(VBYTES)));
typedef bits vb __attribute__((vector_size(VBYTES)));
typedef real vr_unaligned __attribute__((vector_size(VBYTES), aligned(sizeof(real)), may_alias));

INLINE vr v_load(const real *p) { return (vr) * (const vr_unaligned *)p; }
INLINE void v_store(real *p, vr v) { *(vr_unaligned *)p = (vr_unaligned)v; }
/* Past the caches, where p is a multiple of the vector's size; behind the last of them K(streamed). */
INLINE void v_stream(real *p, vr v) {
#if defined(KERNEL_v4)
  _mm512_stream_si512((__m512i *)(void *)p, (__m512i)v);
#elif defined(KERNEL_v3)
  _mm256_stream_si256((__m256i *)(void *)p, (__m256i)v);
#else
  v_store(p, v);
#endif
}
INLINE vr v_all(real x) { return x - (vr){0}; }
/* The first k < VL elements; the other lanes are 0 and are not touched in memory. */
#if defined(KERNEL_v4) && defined(KERNEL_f32)
INLINE __mmask16 v_first(int64_t k) { return (__mmask16)((1u << k) - 1); }
INLINE vr v_load_part(const real *p, int64_t k) { return (vr)_mm512_maskz_loadu_ps(v_first(k), p); }
INLINE void v_store_part(real *p, vr v, int64_t k) { _mm512_mask_storeu_ps(p, v_first(k), (__m512)v); }
#elif defined(KERNEL_v4)
INLINE __mmask8 v_first(int64_t k) { return (__mmask8)((1u << k) - 1); }
INLINE vr v_load_part(const real *p, int64_t k) { return (vr)_mm512_maskz_loadu_pd(v_first(k), p); }
INLINE void v_store_part(real *p, vr v, int64_t k) { _mm512_mask_storeu_pd(p, v_first(k), (__m512d)v); }
#elif defined(KERNEL_v3) && defined(KERNEL_f32)
INLINE __m256i v_first(int64_t k) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)k), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
INLINE vr v_load_part(const real *p, int64_t k) { return (vr)_mm256_maskload_ps(p, v_first(k)); }
/* In pieces: some processors take a dozen steps for a masked store. */
INLINE void v_store_part(real *p, vr v, int64_t k) {
  __m128 q = _mm256_castps256_ps128((__m256)v);
  if (k & 4) {
    _mm_storeu_ps(p, q);
    q = _mm256_extractf128_ps((__m256)v, 1);
    p += 4;
  }
  if (k & 2) {
    _mm_storel_pi((__m64 *)(void *)p, q);
    q = _mm_movehl_ps(q, q);
    p += 2;
  }
  if (k & 1) _mm_store_ss(p, q);
}
#elif defined(KERNEL_v3)
INLINE __m256i v_first(int64_t k) {
  return _mm256_cmpgt_epi64(_mm256_set1_epi64x(k), _mm256_setr_epi64x(0, 1, 2, 3));
}
INLINE vr v_load_part(const real *p, int64_t k) { return (vr)_mm256_maskload_pd(p, v_first(k)); }
INLINE void v_store_part(real *p, vr v, int64_t k) {
  __m128d q = _mm256_castpd256_pd128((__m256d)v);
  if (k & 2) {
    _mm_storeu_pd(p, q);
    q = _mm256_extractf128_pd((__m256d)v, 1);
    p += 2;
  }
  if (k & 1) _mm_store_sd(p, q);
}
#else
INLINE vr v_load_part(const real *p, int64_t k) {
  vr v = {0};
  memcpy(&v, p, (size_t)k * sizeof(real));
  return v;
}
INLINE void v_store_part(real *p, vr v, int64_t k) { memcpy(p, &v, (size_t)k * sizeof(real)); }
#endif
INLINE vr v_of(vb b) { return (vr)b; }
INLINE vb v_bits(vr v) { return (vb)v; }
INLINE vr v_select(vb mask, vr a, vr b) {
#if defined(KERNEL_f64) &&                                                                                   \
    defined(KERNEL_base) /* SSE2 compares no 64-bit integers: GCC 12 gives up on the blend */
  vr r;
  for (int i = 0; i < VL; i++) r[i] = mask[i] ? a[i] : b[i];
  return r;
#else
  return v_of((mask & v_bits(a)) | (~mask & v_bits(b)));
#endif
}
INLINE bool v_any(vb mask) { /* is a bit set anywhere? */
#if defined(KERNEL_v4)
  return _mm512_test_epi64_mask((__m512i)mask, (__m512i)mask) != 0;
#elif defined(KERNEL_v3)
  return _mm256_movemask_epi8((__m256i)mask) != 0;
#else
  uint64_t w[VBYTES / 8], all = 0;
  memcpy(w, &mask, sizeof w);
  for (int i = 0; i < VBYTES / 8; i++) all |= w[i];
  return all != 0;
#endif
}
INLINE vr v_pick(vr v, vb lane) { /* v[lane[i]] */
#if defined(__clang__)
  vr r = v;
  for (int i = 0; i < VL; i++) r[i] = v[lane[i]];
  return r;
#else
  return __builtin_shuffle(v, lane);
#endif
}
/* Halves of 2 `by` lanes change places: v[i ^ by]; `by` a constant. */
INLINE vr v_swapped(vr v, const int by) {
#if defined(KERNEL_v4) && defined(KERNEL_f32)
  const __m512 x = (__m512)v;
  return (vr)(by == 8   ? _mm512_shuffle_f32x4(x, x, 0x4e)
              : by == 4 ? _mm512_shuffle_f32x4(x, x, 0xb1)
              : by == 2 ? _mm512_permute_ps(x, 0x4e)
                        : _mm512_permute_ps(x, 0xb1));
#elif defined(KERNEL_v4)
  const __m512d x = (__m512d)v;
  return (vr)(by == 4   ? _mm512_shuffle_f64x2(x, x, 0x4e)
              : by == 2 ? _mm512_shuffle_f64x2(x, x, 0xb1)
                        : _mm512_permute_pd(x, 0x55));
#elif defined(KERNEL_v3) && defined(KERNEL_f32)
  const __m256 x = (__m256)v;
  return (vr)(by == 4   ? _mm256_permute2f128_ps(x, x, 1)
              : by == 2 ? _mm256_permute_ps(x, 0x4e)
                        : _mm256_permute_ps(x, 0xb1));
#elif defined(KERNEL_v3)
  const __m256d x = (__m256d)v;
  return (vr)(by == 2 ? _mm256_permute2f128_pd(x, x, 1) : _mm256_permute_pd(x, 5));
#elif defined(KERNEL_f32)
  return by == 2 ? v_pick(v, (vb){2, 3, 0, 1}) : v_pick(v, (vb){1, 0, 3, 2});
#else
  return by == 1 ? v_pick(v, (vb){1, 0}) : v;
#endif
}
INLINE real v_sum(vr v) { /* in the same order at every vector length: halves */
#pragma GCC unroll 4
  for (int w = VL / 2; w > 0; w /= 2) v += v_swapped(v, w);
  return v[0];
}
INLINE vr v_max(vr a, vr b) { return v_select((vb)(a < b) | (vb)(b != b), b, a); } /* NaN wins */
INLINE vr v_min(vr a, vr b) { return v_select((vb)(a > b) | (vb)(b != b), b, a); }
/* x, or the bound where it lies beyond; x stays where it is NaN or equal, as in maxps, whose second operand wins. */
#if defined(KERNEL_v4) && defined(KERNEL_f32)
INLINE vr v_at_least(vr x, vr lo) { return (vr)_mm512_max_ps((__m512)lo, (__m512)x); }
INLINE vr v_at_most(vr x, vr hi) { return (vr)_mm512_min_ps((__m512)hi, (__m512)x); }
#elif defined(KERNEL_v4)
INLINE vr v_at_least(vr x, vr lo) { return (vr)_mm512_max_pd((__m512d)lo, (__m512d)x); }
INLINE vr v_at_most(vr x, vr hi) { return (vr)_mm512_min_pd((__m512d)hi, (__m512d)x); }
#elif defined(KERNEL_v3) && defined(KERNEL_f32)
INLINE vr v_at_least(vr x, vr lo) { return (vr)_mm256_max_ps((__m256)lo, (__m256)x); }
INLINE vr v_at_most(vr x, vr hi) { return (vr)_mm256_min_ps((__m256)hi, (__m256)x); }
#elif defined(KERNEL_v3)
INLINE vr v_at_least(vr x, vr lo) { return (vr)_mm256_max_pd((__m256d)lo, (__m256d)x); }
INLINE vr v_at_most(vr x, vr hi) { return (vr)_mm256_min_pd((__m256d)hi, (__m256d)x); }
#else
INLINE vr v_at_least(vr x, vr lo) { return v_select((vb)(x < lo), lo, x); }
INLINE vr v_at_most(vr x, vr hi) { return v_select((vb)(x > hi), hi, x); }
#endif
INLINE real v_most(vr v) { /* where none is NaN */
#pragma GCC unroll 4
  for (int w = VL / 2; w > 0; w /= 2) v = v_at_least(v, v_swapped(v, w));
  return v[0];
}
INLINE vr v_clamp(vr x, real lo, real hi) { return v_at_most(v_at_least(x, v_all(lo)), v_all(hi)); }
INLINE vr v_abs(vr x) {
  vb sign = v_bits(v_all((real)-0.0));
  return v_of(v_bits(x) & ~sign);
}
INLINE vr v_copysign(vr x, vr s) {
  vb sign = v_bits(v_all((real)-0.0));
  return v_of((v_bits(x) & ~sign) | (v_bits(s) & sign));
}
INLINE vr v_map(vr x, real (*f)(real)) {
  vr r = x; /* so that no compiler sees it unset */
  for (int i = 0; i < VL; i++) r[i] = f(x[i]);
  return r;
}
INLINE vr v_map2(vr x, vr y, real (*f)(real, real)) {
  vr r = x;
  for (int i = 0; i < VL; i++) r[i] = f(x[i], y[i]);
  return r;
}

/* What libm has: v_tan(x), ... lane by lane, or by glibc's vector forms of it (libmvec), within 4 ulp. */
#if defined(KERNEL_f32)
#define R_(name) name##f
#else
#define R_(name) name
#endif
#if defined(LUNETTE_MVEC) && defined(KERNEL_v4) && defined(KERNEL_f32)
#define VECTOR_FORM(v, name) _ZGVeN16##v##_##name##f
typedef __m512 vector_form;
#elif defined(LUNETTE_MVEC) && defined(KERNEL_v4)
#define VECTOR_FORM(v, name) _ZGVeN8##v##_##name
typedef __m512d vector_form;
#elif defined(LUNETTE_MVEC) && defined(KERNEL_v3) && defined(KERNEL_f32)
#define VECTOR_FORM(v, name) _ZGVdN8##v##_##name##f
typedef __m256 vector_form;
#elif defined(LUNETTE_MVEC) && defined(KERNEL_v3)
#define VECTOR_FORM(v, name) _ZGVdN4##v##_##name
typedef __m256d vector_form;
#endif
#if defined(VECTOR_FORM)
#define PLAIN_LIBRARY(called, name)                                                                          \
  vector_form VECTOR_FORM(v, name)(vector_form);                                                             \
  INLINE UNUSED vr called(vr x) { return (vr)VECTOR_FORM(v, name)((vector_form)x); }
#define LIBRARY2(name)                                                                                       \
  vector_form VECTOR_FORM(vv, name)(vector_form, vector_form);                                               \
  INLINE UNUSED vr v_##name(vr x, vr y) { return (vr)VECTOR_FORM(vv, name)((vector_form)x, (vector_form)y); }
#else
#define PLAIN_LIBRARY(called, name)                                                                          \
  INLINE UNUSED vr called(vr x) { return v_map(x, R_(name)); }
#define LIBRARY2(name)                                                                                       \
  INLINE UNUSED vr v_##name(vr x, vr y) { return v_map2(x, y, R_(name)); }
#endif
#define LIBRARY(name) PLAIN_LIBRARY(v_##name, name)
/* Where one lane is out of the ordinary, the vector forms leave all of them to the scalar function, at up to thirty times
 * the price: there they get a number that is not, and the answer is given here. */
#define GUARDED(name, ordinary, instead, answer)                                                             \
  PLAIN_LIBRARY(library_##name, name)                                                                        \
  INLINE UNUSED vr v_##name(vr x) {                                                                          \
    const vb odd = ~(vb)(ordinary);                                                                          \
    if (!v_any(odd)) return library_##name(x);                                                               \
    return v_select(odd, answer, library_##name(v_select(odd, v_all(instead), x)));                          \
  }
#define INF             v_all((real)INFINITY)
#define NONE_SUCH       v_all((real)NAN)
#define TO_INF(least)   v_select((vb)(x > 0), INF, v_select((vb)(x < 0), v_all(least), x))
#define OF_0_UP         v_select((vb)(x == 0), -INF, v_select((vb)(x < 0), NONE_SUCH, x))
#define REALS(f32, f64) (sizeof(real) == sizeof(float) ? (real)(f32) : (real)(f64))
LIBRARY(expm1)
GUARDED(log2, (x > 0) & (x < (real)INFINITY), 1, OF_0_UP)
GUARDED(log10, (x > 0) & (x < (real)INFINITY), 1, OF_0_UP)
GUARDED(exp2, (x < REALS(128, 1024)) & (x > REALS(-150, -1075)), 0, TO_INF(0))
LIBRARY(tan)
GUARDED(asin, v_abs(x) <= 1, 0, NONE_SUCH)
GUARDED(acos, v_abs(x) <= 1, 0, NONE_SUCH)
LIBRARY(atan)
LIBRARY(sinh)
LIBRARY(cosh)
LIBRARY(asinh)
GUARDED(acosh, (x >= 1) & (x < (real)INFINITY), 2, v_select((vb)(x < 1), NONE_SUCH, x))
GUARDED(atanh, v_abs(x) < 1, 0, v_select((vb)(v_abs(x) == 1), x *INF, NONE_SUCH))
LIBRARY(cbrt)
LIBRARY(erfc)
LIBRARY2(atan2)
LIBRARY2(hypot)

#if defined(KERNEL_f32)
INLINE vr v_sqrt(vr x) {
  vr r;
  for (int i = 0; i < VL; i++) r[i] = __builtin_sqrtf(x[i]); /* becomes one vsqrtps */
  return r;
}
INLINE vr v_floor(vr x) { return v_map(x, floorf); }
INLINE vr v_ceil(vr x) { return v_map(x, ceilf); }
INLINE vr v_round(vr x) { return v_map(x, rintf); } /* halves to even, as PyTorch's */

/* exp: Cody and Waite reduction, degree 6; `scale2` scales in two steps so that the ends of the range
 * overflow to inf and underflow gradually. */
INLINE vr v_exp_core(vr x, bool scale2) {
  const vr magic = v_all(12582912.f); /* adding it rounds to an integer */
  vr n = (x * 1.44269504088896341f + magic) - magic;
  vr r = x - n * 0.693145751953125f;
  r = r - n * 1.428606765330187e-06f;
  vr p = v_all(1.9875691500E-4f);
  p = p * r + 1.3981999507E-3f;
  p = p * r + 8.3334519073E-3f;
  p = p * r + 4.1665795894E-2f;
  p = p * r + 1.6666665459E-1f;
  p = p * r + 5.0000001201E-1f;
  p = p * (r * r) + r + 1.f;
  vb k = __builtin_convertvector(n, vb);
  if (!scale2) return v_of(v_bits(p) + (k << 23));
  vb k1 = k >> 1, k2 = k - k1;
  return p * v_of((k1 + 127) << 23) * v_of((k2 + 127) << 23);
}
INLINE vr v_exp(vr x) {
  vr y = v_exp_core(v_clamp(x, -104.f, 89.f), true);
  return v_select((vb)(x != x), x, y);
}
/* For arguments that cannot overflow (softmax, sigmoid): one scaling.  exp(-87) is the least value. */
INLINE vr v_exp_bounded(vr x) { return v_exp_core(v_clamp(x, -87.f, 88.f), false); }

/* For arguments that are not above 0. */
INLINE vr v_exp_falling(vr x) { return v_exp_core(v_at_least(x, v_all(-104.f)), true); }

/* log: Cephes logf, mantissa in [sqrt(1/2), sqrt(2)); of x 2^-shift, x normal and above 0. */
INLINE vr v_log_core(vr x, vr shift) {
  vb b = v_bits(x);
  vb e = ((b >> 23) & 0xff) - 126;
  vr m = v_of((b & 0x007fffff) | 0x3f000000); /* [0.5, 1) */
  vb low = (vb)(m < 0.707106781186547524f);
  vr ef = __builtin_convertvector(e + low, vr) + shift; /* low is -1 where true */
  m = m + v_select(low, m, v_all(0.f)) - 1.f;
  vr z = m * m, p = v_all(7.0376836292E-2f);
  p = p * m - 1.1514610310E-1f;
  p = p * m + 1.1676998740E-1f;
  p = p * m - 1.2420140846E-1f;
  p = p * m + 1.4249322787E-1f;
  p = p * m - 1.6668057665E-1f;
  p = p * m + 2.0000714765E-1f;
  p = p * m - 2.4999993993E-1f;
  p = p * m + 3.3333331174E-1f;
  vr y = p * m * z + ef * -2.12194440e-4f - 0.5f * z;
  return m + y + ef * 0.693359375f;
}
INLINE vr v_log(vr x) {
  const vb tiny = (vb)(x < 1.17549435e-38f);
  vr y =
      v_log_core(x * v_select(tiny, v_all(8388608.f), v_all(1.f)), v_select(tiny, v_all(-23.f), v_all(0.f)));
  y = v_select((vb)(x == __builtin_inff()), x, y);
  y = v_select((vb)(x == 0.f), v_all(-__builtin_inff()), y);
  return v_select(~(vb)(x >= 0.f), v_all(__builtin_nanf("")), y);
}
/* 1 - tanh x = 2 / (e^2x + 1) beyond 7.9, in steps of 2^-24: how many are left, by where each rounds away. */
INLINE vr v_tanh_end(vr a) {
  vb steps =
      (vb)(a < 7.91165f) + (vb)(a < 8.03730f) + (vb)(a < 8.20554f) + (vb)(a < 8.46095f) + (vb)(a < 9.01026f);
  return 1.f + __builtin_convertvector(steps, vr) * 0x1p-24f; /* a mask is -1 */
}
/* tanh: rational minimax (as in Eigen), then the steps to 1. */
INLINE vr v_tanh(vr x0) {
  vr x = v_clamp(x0, -7.90531110763549805f, 7.90531110763549805f), z = x * x;
  vr p = v_all(-2.76076847742355e-16f);
  p = p * z + 2.00018790482477e-13f;
  p = p * z + -8.60467152213735e-11f;
  p = p * z + 5.12229709037114e-08f;
  p = p * z + 1.48572235717979e-05f;
  p = p * z + 6.37261928875436e-04f;
  p = p * z + 4.89352455891786e-03f;
  vr q = v_all(1.19825839466702e-06f);
  q = q * z + 1.18534705686654e-04f;
  q = q * z + 2.26843463243900e-03f;
  q = q * z + 4.89352518554385e-03f;
  vr a = v_abs(x0), y = v_select((vb)(a < 4e-4f), x0, x * p / q);
  return v_select((vb)(a > 7.9f), v_copysign(v_tanh_end(a), x0), y);
}
INLINE vr v_sigmoid(vr x) { return 1.f / (1.f + v_exp(-x)); } /* down to 0 */
INLINE vr v_erf(vr x0) {                                      /* rational minimax on [-4, 4] (as in Eigen) */
  vr x = v_clamp(x0, -4.f, 4.f), z = x * x;
  vr p = v_all(-2.72614225801306e-10f);
  p = p * z + 2.77068142495902e-08f;
  p = p * z + -2.10102402082508e-06f;
  p = p * z + -5.69250639462346e-05f;
  p = p * z + -7.34990630326855e-04f;
  p = p * z + -2.95459980854025e-03f;
  p = p * z + -1.60960333262415e-02f;
  vr q = v_all(-1.45660718464996e-05f);
  q = q * z + -2.13374055278905e-04f;
  q = q * z + -1.68282697438203e-03f;
  q = q * z + -7.37332916720468e-03f;
  q = q * z + -1.42647390514189e-02f;
  return v_clamp(x * (p / q), -1.f, 1.f); /* x p leaves the range before x does */
}
/* log(1 + x) corrected by what 1 + x lost (Kahan); 1.5 ulp. */
INLINE vr v_log1p(vr x) {
  vr u = 1.f + x, y = v_log(u), z = y * (x / (u - 1.f));
  z = v_select((vb)(u == 1.f), x, z);
  return v_select((vb)(u == __builtin_inff()), u, z);
}
/* The same of what is within 0 and 1. */
INLINE vr v_log1p_unit(vr x) {
  vr u = 1.f + x, z = v_log_core(u, v_all(0.f)) * (x / (u - 1.f));
  return v_select((vb)(u == 1.f), x, z);
}
/* sin (quarter 0) and cos (quarter 1): Cephes sinf, cosf, x less n pi/2 in three parts; 1.5 ulp.  Far out by
 * the C library. */
INLINE vr v_wave(vr x, int32_t quarter) {
  const vr magic = v_all(12582912.f);
  vr n = (x * 0.636619772367581343f + magic) - magic;
  vr r = x - n * 1.5703125f;
  r = r - n * 4.837512969970703125e-4f;
  r = r - n * 7.54978995489188216e-8f;
  vb q = __builtin_convertvector(n, vb) + quarter;
  vr z = r * r, s = v_all(-1.9515295891E-4f), c = v_all(2.443315711809948E-5f);
  s = s * z + 8.3321608736E-3f;
  s = s * z - 1.6666654611E-1f;
  s = s * z * r + r;
  c = c * z - 1.388731625493765E-3f;
  c = c * z + 4.166664568298827E-2f;
  c = c * z * z - 0.5f * z + 1.f;
  vr y = v_select((q & 1) != 0, c, s);
  return v_of(v_bits(y) ^ ((q & 2) << 30));
}
/* Beyond 8192 by libm, each lane alone: what it is beside changes no number. */
INLINE vr v_sin(vr x) {
  const vb far = (vb)(v_abs(x) > 8192.f);
  const vr y = v_select((vb)(x == 0), x, v_wave(x, 0)); /* -0 is its own sine */
  return v_any(far) ? v_select(far, v_map(x, sinf), y) : y;
}
INLINE vr v_cos(vr x) {
  const vb far = (vb)(v_abs(x) > 8192.f);
  return v_any(far) ? v_select(far, v_map(x, cosf), v_wave(x, 1)) : v_wave(x, 1);
}
#else
INLINE vr v_sqrt(vr x) { return v_map(x, sqrt); }
INLINE vr v_floor(vr x) { return v_map(x, floor); }
INLINE vr v_ceil(vr x) { return v_map(x, ceil); }
INLINE vr v_round(vr x) { return v_map(x, rint); }
GUARDED(exp, (x < 710) & (x > -746), 0, TO_INF(0))
GUARDED(log, (x > 0) & (x < INFINITY), 1, OF_0_UP)
LIBRARY(tanh)
LIBRARY(erf)
GUARDED(log1p, (x > -1) & (x < INFINITY), 0,
        v_select((vb)(x == -1), -INF, v_select((vb)(x < -1), NONE_SUCH, x)))
LIBRARY(sin)
LIBRARY(cos)
LIBRARY2(pow)
INLINE vr v_exp_bounded(vr x) { return v_exp(x); }
INLINE vr v_exp_falling(vr x) { return v_exp(x); }
INLINE vr v_log1p_unit(vr x) { return v_log1p(x); }
INLINE vr v_sigmoid(vr x) { return 1. / (1. + v_exp(-x)); }
#endif

#undef INF
#undef NONE_SUCH
#undef TO_INF
#undef OF_0_UP
#undef REALS

/* a b + c, rounded once. */
INLINE vr v_fma(vr a, vr b, vr c) {
  vr r;
  for (int i = 0; i < VL; i++) r[i] = R_(fma)(a[i], b[i], c[i]);
  return r;
}

#if defined(KERNEL_base)
INLINE vr v_fmod(vr a, vr b) { return v_map2(a, b, R_(fmod)); }
#else
/* a - b trunc(a / b) is exact in one fused operation when the quotient is: where rounding made that 1 too
 * great, the sign tells. */
INLINE vr v_fmod(vr a, vr b) {
  const real exact = sizeof(real) == sizeof(float) ? (real)0x1p22 : (real)0x1p51;
  vr q = a / b;
  if (v_any(~(vb)(v_abs(q) < exact) | (vb)(v_abs(b) == (real)INFINITY))) return v_map2(a, b, R_(fmod));
  vr r = v_fma(-v_map(q, R_(trunc)), b, a);
  vb wrong = (vb)(r * a < 0);
  r = v_select(wrong, r + v_copysign(b, a), r);
  return v_copysign(v_abs(r), a);
}
#endif

/* The number after a, towards b. */
INLINE vr v_nextafter(vr a, vr b) {
  const vb away = (vb)(b > a) ^ (vb)(a < 0); /* -1 where its magnitude grows, which its bits count */
  typedef unsigned_bits vu __attribute__((vector_size(VBYTES)));
  vr y = v_of((vb)((vu)v_bits(a) - 2 * (vu)away - 1));
  y = v_select((vb)(a == 0), v_copysign(v_of((vb){0} + 1), b), y);
  return v_select((vb)(a == b), b, v_select((vb)(a != a) | (vb)(b != b), a + b, y));
}

#endif
