/* map.c: y = f(x...) for the elementwise ops of elementwise.def.  Comparisons give 1 or 0. */
#include "gamma.h"
#include "map_loop.h"
#include "power.h"
#include "table.h"

INLINE vr truth(vb mask) { return v_select(mask, v_all(1), v_all(0)); }

/* log(1 + e^-|x|) */
INLINE vr log1p_exp(vr x) { return v_log1p_unit(v_exp_falling(-v_abs(x))); }
/* log(1 + exp(b x)) / b without overflow; linear where b x > 20, as PyTorch's. */
INLINE vr softplus(vr x, real b) {
  vr t = x * b;
  vr y = v_max(t, v_all(0)) + log1p_exp(t);
  if (b != 1) y = y / b;
  return v_select((vb)(t > 20), x, y);
}
/* -inf as a number, where it is multiplied by a 0. */
INLINE vr lifted(vr x) { return v_max(x, v_all((real)-1e30)); }
/* Sign of the divisor, as Lua's and Python's %. */
INLINE vr remainder_of(vr a, vr b) {
  vr r = v_fmod(a, b);
  return v_select((vb)(r != 0) & ((vb)(r < 0) ^ (vb)(b < 0)), r + b, r);
}

/* The exponential only where some number asks for it. */
INLINE vr elu_of(vr x, real alpha) {
  const vb below = (vb)(x < 0);
  return v_any(below) ? v_select(below, v_expm1(x) * alpha, x) : x;
}
/* A limit that is NaN has not been given. */
INLINE vr made_finite(vr x, real nan, real most, real least) {
  const real greatest = sizeof(real) == sizeof(float) ? (real)__FLT_MAX__ : (real)__DBL_MAX__;
  const vr up = v_select((vb)(x == (real)INFINITY), v_all(most == most ? most : greatest), x);
  return v_select((vb)(x != x), v_all(nan),
                  v_select((vb)(x == (real)-INFINITY), v_all(least == least ? least : -greatest), up));
}
/* One logarithm, as the quotient is rounded less than a logarithm is. */
INLINE vr logit_of(vr x) { return v_log(x / (1 - x)); }
/* sin(pi x) / (pi x) */
INLINE vr sinc_of(vr x) {
  const vr t = x * (real)3.14159265358979324;
  return v_select((vb)(x == 0), v_all(1), v_sin(t) / t);
}
/* clang-format off */
#define NO_PARAMS
#define WITH(...)  NUMBERS_AT_P(real, __VA_ARGS__)
#define KERNEL(name, price, integers, y, dx)  UNARY(name, , , , , , , price, integers, y, dx)
#define UNARY(name, who, eq, doc, dtype, flags, params, price, integers, y, ...) \
  INLINE vr f_##name(vr x, UNUSED const double *p) { params return y; } \
  static void k_##name(int64_t n, void *to, const void *const *x, unsigned s, const double *p, bool add) { map1(n, to, x, s, p, add, price == PLAIN, f_##name); }
#define BINARY(name, who, eq, doc, dtype, flags, params, in, price, integers, y, ...) \
  INLINE vr f_##name(vr a, vr b, UNUSED const double *p) { params return y; } \
  static void k_##name(int64_t n, void *to, const void *const *x, unsigned s, const double *p, bool add) { map2(n, to, x, s, p, add, price == PLAIN, f_##name); }
#define TERNARY(name, who, eq, doc, dtype, flags, params, in, price, integers, y, ...) \
  INLINE vr f_##name(vr a, vr b, vr c, UNUSED const double *p) { params return y; } \
  static void k_##name(int64_t n, void *to, const void *const *x, unsigned s, const double *p, bool add) { map3(n, to, x, s, p, add, price == PLAIN, f_##name); }
#include "elementwise.def"

const PointwiseFn K(map_table)[M_COUNT] = {
#define KERNEL(name, ...)  k_##name,
#define UNARY(name, ...)   k_##name,
#define BINARY(name, ...)  k_##name,
#define TERNARY(name, ...) k_##name,
#include "elementwise.def"
};
/* clang-format on */
