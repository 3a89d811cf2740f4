/* grad.c: the gradients of the elementwise ops of elementwise.def: dx from d = dy and what its letters say. */
#include "gamma.h"
#include "map_loop.h"
#include "power.h"
#include "table.h"

/* Where a slope has long reached its limit: the infinities as numbers. */
INLINE vr bounded(vr x) { return v_clamp(x, -200, 200); }

/* d/dx x Phi(x) = Phi(x) + x phi(x) */
INLINE vr gelu_slope(vr x) {
  x = bounded(x);
  vr cdf = (real)0.5 * (1 + v_erf(x * (real)0.70710678118654752));
  return cdf + x * (real)0.39894228040143268 * v_exp((real)-0.5 * x * x);
}
INLINE vr gelu_tanh_slope(vr x) {
  const real c = (real)0.79788456080286536, k = (real)0.044715;
  x = bounded(x);
  vr t = v_tanh(c * (x + k * x * x * x));
  return (real)0.5 * (1 + t) + (real)0.5 * x * (1 - t * t) * c * (1 + 3 * k * x * x);
}
INLINE vr silu_slope(vr x) {
  x = v_clamp(x, (real)-1e30, (real)1e30);
  vr s = v_sigmoid(x);
  return s * (1 + x * (1 - s));
}

INLINE vr sinc_slope(vr d, vr x) {
  const vr t = x * (real)3.14159265358979324;
  return v_select((vb)(x == 0), v_all(0), d * (v_cos(t) - v_sin(t) / t) / x);
}

/* Loops over d and the operands that a gradient reads, in their order: x or a b c, then y. */
/* clang-format off */
#define D1() UNUSED vr d, UNUSED vr x, UNUSED vr b_, UNUSED vr c_, UNUSED vr y
#define D2() UNUSED vr d, UNUSED vr a, UNUSED vr b, UNUSED vr c_, UNUSED vr y
#define D3() UNUSED vr d, UNUSED vr a, UNUSED vr b, UNUSED vr c, UNUSED vr y
#define LOOP_d(f)  INLINE vr f##_loop(vr d, const double *p) { const vr o = v_all(0); return f(d, o, o, o, o, p); } KERNEL_OF(f, map1(n, to, x, k, p, add, false, f##_loop))
#define LOOP_1(f, ...) INLINE vr f##_loop(vr d, vr s, const double *p) { const vr o = v_all(0); return f(d, __VA_ARGS__, p); } KERNEL_OF(f, map2(n, to, x, k, p, add, false, f##_loop))
#define LOOP_2(f, ...) INLINE vr f##_loop(vr d, vr s, vr t, const double *p) { const vr o = v_all(0); return f(d, __VA_ARGS__, p); } KERNEL_OF(f, map3(n, to, x, k, p, add, false, f##_loop))
#define KERNEL_OF(f, loop) static void f##_all(int64_t n, void *to, const void *const *x, unsigned k, const double *p, bool add) { loop; }
#define LOOP_x(f)  LOOP_1(f, s, o, o, o)
#define LOOP_a(f)  LOOP_1(f, s, o, o, o)
#define LOOP_b(f)  LOOP_1(f, o, s, o, o)
#define LOOP_c(f)  LOOP_1(f, o, o, s, o)
#define LOOP_y(f)  LOOP_1(f, o, o, o, s)
#define LOOP_ab(f) LOOP_2(f, s, t, o, o)
#define LOOP_bc(f) LOOP_2(f, o, s, t, o)
#define LOOP_ay(f) LOOP_2(f, s, o, o, t)
#define LOOP_by(f) LOOP_2(f, o, s, o, t)
#define LOOP_none(f)

#define NO_PARAMS
#define WITH(...)      NUMBERS_AT_P(real, __VA_ARGS__)
#define G(letters, dx) letters, dx
#define PASS           d, d
#define FLAT           none, v_all(0)
#define NONE           none, v_all(0)
#define GRAD(...)      GRAD_(__VA_ARGS__)
#define GRAD_(name, D, params, letters, dx) INLINE vr name(D(), UNUSED const double *p) { params return dx; } LOOP_##letters(name)

#define KERNEL(name, price, integers, y, dx)  GRAD(name##_1, D1, , dx)
#define UNARY(name, who, eq, doc, dtype, flags, params, price, integers, y, dx, ...)  GRAD(name##_1, D1, params, dx)
#define BINARY(name, who, eq, doc, dtype, flags, params, in, price, integers, y, da, db, ...) \
  GRAD(name##_1, D2, params, da) GRAD(name##_2, D2, params, db)
#define TERNARY(name, who, eq, doc, dtype, flags, params, in, price, integers, y, da, db, dc, ...) \
  GRAD(name##_1, D3, params, da) GRAD(name##_2, D3, params, db) GRAD(name##_3, D3, params, dc)
#include "elementwise.def"

#undef G
#undef PASS
#undef FLAT
#undef NONE
#define THERE(f)       f##_all
#define MISSING(f)     NULL
#define G(letters, dx) THERE
#define PASS           THERE
#define FLAT           MISSING
#define NONE           MISSING
const PointwiseFn K(grad_table)[M_COUNT][MAP_INPUTS] = {
#define KERNEL(name, price, integers, y, dx) {dx(name##_1)},
#define UNARY(name, who, eq, doc, dtype, flags, params, price, integers, y, dx, ...) {dx(name##_1)},
#define BINARY(name, who, eq, doc, dtype, flags, params, in, price, integers, y, da, db, ...) {da(name##_1), db(name##_2)},
#define TERNARY(name, who, eq, doc, dtype, flags, params, in, price, integers, y, da, db, dc, ...) \
  {da(name##_1), db(name##_2), dc(name##_3)},
#include "elementwise.def"
};
/* clang-format on */
