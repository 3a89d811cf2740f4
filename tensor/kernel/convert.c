/* convert.c: elements of any dtype and stride to contiguous reals and back, and whole numbers to each other. */
#include "table.h"

void K(load)(int64_t n, void *yv, const void *x, Dtype from, int64_t s) {
  real *y = yv;
  switch (from) {
  case F32:
    for (int64_t i = 0; i < n; i++) y[i] = (real)((const float *)x)[i * s];
    break;
  case F64:
    for (int64_t i = 0; i < n; i++) y[i] = (real)((const double *)x)[i * s];
    break;
  case I64:
    for (int64_t i = 0; i < n; i++) y[i] = (real)((const int64_t *)x)[i * s];
    break;
  case I32:
    for (int64_t i = 0; i < n; i++) y[i] = (real)((const int32_t *)x)[i * s];
    break;
  default:
    for (int64_t i = 0; i < n; i++) y[i] = (real)((const uint8_t *)x)[i * s];
  }
}

/* Out of range would be undefined in C: saturate to 64 bits, then cut as an integer does; NaN becomes 0. */
INLINE int64_t whole(real v) {
  if (v != v) return 0;
  if (v >= (real)9223372036854775807.0) return INT64_MAX;
  return v <= (real)-9223372036854775808.0 ? INT64_MIN : (int64_t)v;
}

/* Do all fit 32 bits?  Then vectors convert them. */
INLINE bool small(int64_t n, const real *x) {
  int beyond = 0;
  _Pragma("omp simd reduction(+ : beyond)") for (int64_t i = 0; i < n; i++) beyond +=
      !((x[i] > (real)-2147483648.0) & (x[i] < (real)2147483520.0));
  return beyond == 0;
}

/* Elements of one type from one of another by an expression of v, the element; in vectors where both lie dense. */
#define CONVERT(to, ts, from, fs, expression)                                                                \
  do {                                                                                                       \
    to *out = y;                                                                                             \
    const from *in = x;                                                                                      \
    if ((ts) == 1 && (fs) == 1) {                                                                            \
      _Pragma("omp simd") for (int64_t i = 0; i < n; i++) {                                                  \
        const from v = in[i];                                                                                \
        out[i] = (to)(expression);                                                                           \
      }                                                                                                      \
    } else {                                                                                                 \
      for (int64_t i = 0; i < n; i++) {                                                                      \
        const from v = in[i * (fs)];                                                                         \
        out[i * (ts)] = (to)(expression);                                                                    \
      }                                                                                                      \
    }                                                                                                        \
  } while (0)

static void store_block(int64_t n, void *y, Dtype to, int64_t s, const real *x) {
  const bool fits = to != F32 && to != F64 && to != BOOL && small(n, x);
  switch (to) {
  case F32: CONVERT(float, s, real, 1, v); break;
  case F64: CONVERT(double, s, real, 1, v); break;
  case I64:
    if (fits) CONVERT(int64_t, s, real, 1, (int32_t)v);
    else CONVERT(int64_t, s, real, 1, whole(v));
    break;
  case I32:
    if (fits) CONVERT(int32_t, s, real, 1, (int32_t)v);
    else CONVERT(int32_t, s, real, 1, whole(v));
    break;
  case U8:
    if (fits) CONVERT(uint8_t, s, real, 1, (int32_t)v);
    else CONVERT(uint8_t, s, real, 1, whole(v));
    break;
  default: CONVERT(uint8_t, s, real, 1, v != 0);
  }
}

void K(store)(int64_t n, void *y, Dtype to, int64_t s, const void *x) {
  enum { BLOCK = 1024 };
  for (int64_t at = 0; at < n; at += BLOCK)
    store_block(n - at < BLOCK ? n - at : BLOCK, (unsigned char *)y + at * s * (int64_t)dtype_size[to], to, s,
                (const real *)x + at);
}

#if defined(KERNEL_f32)
#define TO_ANY(from)                                                                                         \
  switch (to) {                                                                                              \
  case I64: CONVERT(int64_t, ts, from, fs, v); break;                                                        \
  case I32: CONVERT(int32_t, ts, from, fs, v); break;                                                        \
  case U8: CONVERT(uint8_t, ts, from, fs, v); break;                                                         \
  default: CONVERT(uint8_t, ts, from, fs, v != 0);                                                           \
  }
void K(cast)(int64_t n, void *y, Dtype to, int64_t ts, const void *x, Dtype from, int64_t fs) {
  if (from == I64) {
    TO_ANY(int64_t)
  } else if (from == I32) {
    TO_ANY(int32_t)
  } else {
    TO_ANY(uint8_t)
  }
}

void K(ramp)(int64_t n, int64_t *y, uint64_t first, uint64_t step) {
  enum { LANES = 8 };
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES, first += LANES * step)
    for (int k = 0; k < LANES; k++) y[i + k] = (int64_t)(first + (uint64_t)k * step);
  for (; i < n; i++, first += step) y[i] = (int64_t)first;
}
#endif

/* --- from + by i / of, rounded after each step -------------------------------------------------------------- */

typedef double vd __attribute__((vector_size(VBYTES)));
enum { DL = VBYTES / (int)sizeof(double) };
typedef real some __attribute__((vector_size(DL * sizeof(real)), aligned(sizeof(real)), may_alias));

/* p / of, the nearest number, by r = 1 / of: a product corrected twice by what it lacks (Markstein 1990); it wants fused
 * operations, and nothing near the ends of the range. */
INLINE vd fused(vd a, double b, vd c) {
  for (int i = 0; i < DL; i++) a[i] = __builtin_fma(a[i], b, c[i]);
  return a;
}
INLINE vd divided(vd p, double of) {
  const double r = 1 / of;
  vd q = p * r;
  for (int i = 0; i < 2; i++) q = fused(fused(-q, of, p), r, q);
  return q;
}

UNUSED INLINE bool is_tame(double x) { return fabs(x) > 0x1p-400 && fabs(x) < 0x1p400; }

void K(range)(int64_t n, void *yv, int64_t first, double from, double by, double of) {
  real *y = yv;
#if defined(KERNEL_base)
  const bool quick = false;
#else
  const bool quick = is_tame(by) && is_tame(of) && (from != 0 || by > 0); /* -0 + -0 */
#endif
  vd at = {0};
  for (int l = 0; l < DL; l++) at[l] = (double)(first + l);
  int64_t i = 0;
  for (; quick && i + DL <= n; i += DL, at += (double)DL)
    *(some *)(void *)(y + i) = __builtin_convertvector(from + divided(by * at, of), some);
  for (; i < n; i++) {
    const double steps = (double)(first + i);
    y[i] = (real)(from + by * steps / of);
  }
}
