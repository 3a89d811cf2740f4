/* map_loop.h: the loops that carry a vector function over contiguous arrays; inlined for each function.
 * p holds the op's parameters; `add` adds to y. */
#ifndef LUNETTE_MAP_LOOP_H
#define LUNETTE_MAP_LOOP_H
#include "kernel.h"
#include "vec.h"

typedef vr (*F1)(vr, const double *);
typedef vr (*F2)(vr, vr, const double *);
typedef vr (*F3)(vr, vr, vr, const double *);

INLINE void put(real *y, vr v, int64_t left, bool add) {
  if (left >= VL) v_store(y, add ? v + v_load(y) : v);
  else v_store_part(y, add ? v + v_load_part(y, left) : v, left);
}
INLINE vr take(const real *x, int64_t left) { return left >= VL ? v_load(x) : v_load_part(x, left); }

/* What there is of a vector, `fill` beyond. */
INLINE vr take_or(const real *x, int64_t left, real fill) {
  if (left >= VL) return v_load(x);
  vb lane;
  for (int i = 0; i < VL; i++) lane[i] = i;
  return v_select((vb)(lane < (bits)left), v_load_part(x, left), v_all(fill));
}
/* The greatest of n numbers; NaN is passed over, -inf where there is nothing else. */
INLINE real row_max(int64_t n, const real *x) {
  vr m = v_all(-(real)INFINITY);
  for (int64_t j = 0; j < n; j += VL) m = v_at_least(m, take_or(x + j, n - j, -(real)INFINITY));
  return v_most(m);
}
/* e^x; what is kept of it (`keep`) is 0 below e^-87, where v_exp_bounded stops: a sum does not notice. */
INLINE vr exp_below(vr x, bool keep) {
  const vr e = v_exp_bounded(x);
  return keep ? v_select((vb)(x < -87), v_all(0), e) : e;
}
/* The sum of e^(x - shift) of n numbers, `shift` the greatest or near it, in y each where there is one.  Summed in
 * `real`, and from 1024 to 1024 in a double. */
INLINE double row_exp(int64_t n, real *y, const real *x, real shift) {
  double total = 0;
  for (int64_t start = 0; start < n; start += 1024) {
    const int64_t end = n - start < 1024 ? n : start + 1024;
    int64_t j = start;
    vr sum = v_all(0);
    for (; j + VL <= end; j += VL) {
      const vr e = exp_below(v_load(x + j) - shift, y);
      if (y) v_store(y + j, e);
      sum += e;
    }
    if (j < end) {
      const vr e = exp_below(v_load_part(x + j, end - j) - shift, y);
      if (y) v_store_part(y + j, e, end - j);
      sum += v_load_part((const real *)&e, end - j);
    }
    total += (double)v_sum(sum);
  }
  return total;
}

/* Whole vectors; of what is light four a turn, since the end of few turns is foreseen (a row of 2 KB took a tenth longer). */
#define WHOLE(light, step)                                                                                   \
  if (light) {                                                                                               \
    _Pragma("GCC unroll 4") for (; i + VL <= n; i += VL) step;                                               \
  } else                                                                                                     \
    for (; i + VL <= n; i += VL) step

/* What comes so far behind is asked for: reading would wait else until stores past the caches are done. */
INLINE vr read_ahead(const real *x) {
  enum { AHEAD = 4096 / sizeof(real) };
  __builtin_prefetch(x + AHEAD);
  return v_load(x);
}

INLINE void map1(int64_t n, void *yv, const void *const *x, unsigned scalar, const double *p, bool add,
                 bool light, F1 f) {
  real *y = yv;
  const real *a = x[0];
  int64_t i = 0;
  if (scalar & POINTWISE_PAST)
    for (; i + VL <= n; i += VL) v_stream(y + i, f(read_ahead(a + i), p));
  else if (!add) { WHOLE(light, v_store(y + i, f(v_load(a + i), p))); }
  for (; i < n; i += VL) put(y + i, f(take(a + i, n - i), p), n - i, add);
}

/* The same of two, either of which may be one for all. */
INLINE int64_t map2_past(int64_t n, real *y, const real *a, const real *b, unsigned scalar, const double *p,
                         F2 f) {
  const int64_t as = scalar & 1 ? 0 : VL, bs = scalar & 2 ? 0 : VL;
  real one[VL], other[VL];
  if (!as) v_store(one, v_all(*a)), a = one;
  if (!bs) v_store(other, v_all(*b)), b = other;
  int64_t i = 0;
  for (; i + VL <= n; i += VL, a += as, b += bs) v_stream(y + i, f(read_ahead(a), read_ahead(b), p));
  return i;
}

INLINE void map2(int64_t n, void *yv, const void *const *x, unsigned scalar, const double *p, bool add,
                 bool light, F2 f) {
  real *y = yv;
  const real *a = x[0], *b = x[1];
  int64_t i = 0;
  if (__builtin_expect(scalar & POINTWISE_PAST, 0)) i = map2_past(n, y, a, b, scalar, p, f);
  if ((scalar & 3) == 3) {
    vr v = f(v_all(*a), v_all(*b), p);
    for (; i < n; i += VL) put(y + i, v, n - i, add);
  } else if (scalar & 1) {
    vr s = v_all(*a);
    if (!add) { WHOLE(light, v_store(y + i, f(s, v_load(b + i), p))); }
    for (; i < n; i += VL) put(y + i, f(s, take(b + i, n - i), p), n - i, add);
  } else if (scalar & 2) {
    vr s = v_all(*b);
    if (!add) { WHOLE(light, v_store(y + i, f(v_load(a + i), s, p))); }
    for (; i < n; i += VL) put(y + i, f(take(a + i, n - i), s, p), n - i, add);
  } else {
    if (!add) { WHOLE(light, v_store(y + i, f(v_load(a + i), v_load(b + i), p))); }
    for (; i < n; i += VL) put(y + i, f(take(a + i, n - i), take(b + i, n - i), p), n - i, add);
  }
}

INLINE void map3(int64_t n, void *yv, const void *const *x, unsigned scalar, const double *p, bool add,
                 bool light, F3 f) {
  real *y = yv;
  const real *a = x[0], *b = x[1], *c = x[2];
  int64_t i = 0;
  if (scalar & POINTWISE_PAST)
    for (; i + VL <= n; i += VL)
      v_stream(y + i, f(read_ahead(a + i), read_ahead(b + i), read_ahead(c + i), p));
  else if (!add) { WHOLE(light, v_store(y + i, f(v_load(a + i), v_load(b + i), v_load(c + i), p))); }
  for (; i < n; i += VL)
    put(y + i, f(take(a + i, n - i), take(b + i, n - i), take(c + i, n - i), p), n - i, add);
}
#endif
