/* grad.c: derivatives of the pointwise ops: dx from d = dy and s (the saved input or output), or a and b;
 * which they are stands in map_kernel.h. */
#include "gamma.h"
#include "kernel.h"
#include "map_kernel.h"
#include "map_loop.h"

extern const PointwiseFn K(grad_table)[G_COUNT];

/* d/dx x Phi(x) = Phi(x) + x phi(x) */
INLINE vr gelu_slope(vr x) {
  vr cdf = (real)0.5 * (1 + v_erf(x * (real)0.70710678118654752));
  return cdf + x * (real)0.39894228040143268 * v_exp((real)-0.5 * x * x);
}
INLINE vr gelu_tanh_slope(vr x) {
  const real c = (real)0.79788456080286536, k = (real)0.044715;
  vr t = v_tanh(c * (x + k * x * x * x));
  return (real)0.5 * (1 + t) + (real)0.5 * x * (1 - t * t) * c * (1 + 3 * k * x * x);
}
INLINE vr silu_slope(vr x) {
  vr s = v_sigmoid(x);
  return s * (1 + x * (1 - s));
}

/* clang-format off */
INLINE vr copy_(vr d, const double *p) { (void)p; return d; }
INLINE vr neg_(vr d, const double *p) { (void)p; return -d; }
INLINE vr mul_(vr d, vr s, const double *p) { (void)p; return d * s; }
INLINE vr abs_(vr d, vr s, const double *p) { (void)p; return v_select((vb)(s == 0), v_all(0), d * v_copysign(v_all(1), s)); }
INLINE vr expm1_(vr d, vr s, const double *p) { (void)p; return d * (s + 1); }
INLINE vr log_(vr d, vr s, const double *p) { (void)p; return d / s; }
INLINE vr log2_(vr d, vr s, const double *p) { (void)p; return d / (s * (real)0.69314718055994531); }
INLINE vr log10_(vr d, vr s, const double *p) { (void)p; return d / (s * (real)2.3025850929940457); }
INLINE vr log1p_(vr d, vr s, const double *p) { (void)p; return d / (1 + s); }
INLINE vr sqrt_(vr d, vr s, const double *p) { (void)p; return d * (real)0.5 / s; }
INLINE vr rsqrt_(vr d, vr s, const double *p) { (void)p; return d * (real)-0.5 * s * s * s; }
INLINE vr square_(vr d, vr s, const double *p) { (void)p; return 2 * d * s; }
INLINE vr cube_(vr d, vr s, const double *p) { (void)p; return 3 * d * s * s; }
INLINE vr reciprocal_(vr d, vr s, const double *p) { (void)p; return -d * s * s; }
INLINE vr sin_(vr d, vr s, const double *p) { (void)p; return d * v_cos(s); }
INLINE vr cos_(vr d, vr s, const double *p) { (void)p; return -d * v_sin(s); }
INLINE vr tan_(vr d, vr s, const double *p) { (void)p; return d * (1 + s * s); }
INLINE vr asin_(vr d, vr s, const double *p) { (void)p; return d / v_sqrt(1 - s * s); }
INLINE vr acos_(vr d, vr s, const double *p) { (void)p; return -d / v_sqrt(1 - s * s); }
INLINE vr atan_(vr d, vr s, const double *p) { (void)p; return d / (1 + s * s); }
INLINE vr sinh_(vr d, vr s, const double *p) { (void)p; return d * v_map(s, R_(cosh)); }
INLINE vr cosh_(vr d, vr s, const double *p) { (void)p; return d * v_map(s, R_(sinh)); }
INLINE vr tanh_(vr d, vr s, const double *p) { (void)p; return d * (1 - s * s); }
INLINE vr sigmoid_(vr d, vr s, const double *p) { (void)p; return d * s * (1 - s); }
INLINE vr relu_(vr d, vr s, const double *p) { (void)p; return v_select((vb)(s > 0), d, v_all(0)); }
INLINE vr leaky_relu_(vr d, vr s, const double *p) { return v_select((vb)(s < 0), d * (real)p[0], d); }
INLINE vr elu_(vr d, vr s, const double *p) { return v_select((vb)(s < 0), d * (s + (real)p[0]), d); }
INLINE vr gelu_(vr d, vr s, const double *p) { (void)p; return d * gelu_slope(s); }
INLINE vr gelu_tanh_(vr d, vr s, const double *p) { (void)p; return d * gelu_tanh_slope(s); }
INLINE vr silu_(vr d, vr s, const double *p) { (void)p; return d * silu_slope(s); }
INLINE vr softplus_(vr d, vr s, const double *p) { return d * v_select((vb)(s * (real)p[0] > 20), v_all(1), v_sigmoid(s * (real)p[0])); }
INLINE vr clamp_(vr d, vr s, const double *p) { return v_select((vb)(s >= (real)p[0]) & (vb)(s <= (real)p[1]), d, v_all(0)); }
INLINE vr erf_(vr d, vr s, const double *p) { (void)p; return d * (real)1.1283791670955126 * v_exp(-s * s); }
INLINE vr exp2_(vr d, vr s, const double *p) { (void)p; return d * s * (real)0.69314718055994531; }
INLINE vr cbrt_(vr d, vr s, const double *p) { (void)p; return d / (3 * s * s); }
INLINE vr asinh_(vr d, vr s, const double *p) { (void)p; return d / v_sqrt(s * s + 1); }
INLINE vr acosh_(vr d, vr s, const double *p) { (void)p; return d / v_sqrt(s * s - 1); }
INLINE vr atanh_(vr d, vr s, const double *p) { (void)p; return d / (1 - s * s); }
INLINE vr erfc_(vr d, vr s, const double *p) { (void)p; return d * (real)-1.1283791670955126 * v_exp(-s * s); }
INLINE vr lgamma_(vr d, vr s, const double *p) { (void)p; return d * v_map(s, digamma); }
INLINE vr tgamma_(vr d, vr s, const double *p) { (void)p; return d * v_map(s, R_(tgamma)) * v_map(s, digamma); }
INLINE vr digamma_(vr d, vr s, const double *p) { (void)p; return d * v_map(s, trigamma); }
INLINE vr erfinv_(vr d, vr s, const double *p) { (void)p; return d * (real)0.88622692545275801 * v_exp(s * s); }
INLINE vr sinc_(vr d, vr s, const double *p) {
  (void)p;
  const vr t = s * (real)3.14159265358979324;
  return v_select((vb)(s == 0), v_all(0), d * (v_map(t, R_(cos)) - v_map(t, R_(sin)) / t) / s);
}
INLINE vr copysign_(vr d, vr a, vr b, const double *p) { (void)p; return v_select((vb)(a == 0), v_all(0), d * v_copysign(v_all(1), a) * v_copysign(v_all(1), b)); }
INLINE vr ldexp_(vr d, vr b, const double *p) { (void)p; return d * v_map(b, R_(exp2)); }
INLINE vr fdim_a_(vr d, vr a, vr b, const double *p) { (void)p; return v_select((vb)(a > b), d, v_all(0)); }
INLINE vr fdim_b_(vr d, vr a, vr b, const double *p) { (void)p; return v_select((vb)(a > b), -d, v_all(0)); }
INLINE vr logaddexp_(vr d, vr a, vr b, const double *p) { (void)p; return d * v_sigmoid(v_select((vb)(a == b), v_all(0), a - b)); }
INLINE vr div_a_(vr d, vr s, const double *p) { (void)p; return d / s; }
INLINE vr keep_(vr d, vr s, const double *p) { (void)p; return v_select((vb)(s != 0), d, v_all(0)); }
INLINE vr drop_(vr d, vr s, const double *p) { (void)p; return v_select((vb)(s != 0), v_all(0), d); }
INLINE vr lerp_a_(vr d, vr s, const double *p) { (void)p; return d * (1 - s); }
INLINE vr div_b_(vr d, vr a, vr b, const double *p) { (void)p; return -d * a / b; }
INLINE vr rem_b_(vr d, vr a, vr b, const double *p) { (void)p; return -d * v_floor(a / b); }
INLINE vr fmod_b_(vr d, vr a, vr b, const double *p) { (void)p; return -d * v_map(a / b, R_(trunc)); }
INLINE vr hypot_(vr d, vr a, vr y, const double *p) { (void)p; return d * a / y; }
INLINE vr pow_a_(vr d, vr a, vr b, const double *p) { (void)p; return v_select((vb)(b == 0), v_all(0), d * b * v_map2(a, b - 1, R_(pow))); }
INLINE vr pow_b_(vr d, vr a, vr b, const double *p) { (void)p; return v_select((vb)(a == 0), v_all(0), d * a * v_log(b)); }
INLINE vr max_(vr d, vr a, vr b, const double *p) { (void)p; return v_select((vb)(a > b), d, v_select((vb)(a == b), d * (real)0.5, v_all(0))); }
INLINE vr min_(vr d, vr a, vr b, const double *p) { (void)p; return v_select((vb)(a < b), d, v_select((vb)(a == b), d * (real)0.5, v_all(0))); }
INLINE vr atan2_a_(vr d, vr a, vr b, const double *p) { (void)p; return d * b / (a * a + b * b); }
INLINE vr atan2_b_(vr d, vr a, vr b, const double *p) { (void)p; return -d * a / (a * a + b * b); }
INLINE vr lerp_w_(vr d, vr a, vr b, const double *p) { (void)p; return d * (b - a); }

#define LOOP1(f) static void k_##f(int64_t n, void *y, const void *const *x, unsigned s, const double *p, bool add) { (void)s; map1(n, y, x, p, add, f##_); }
#define LOOP2(f) static void k_##f(int64_t n, void *y, const void *const *x, unsigned s, const double *p, bool add) { map2(n, y, x, s, p, add, f##_); }
#define LOOP3(f) static void k_##f(int64_t n, void *y, const void *const *x, unsigned s, const double *p, bool add) { (void)s; map3(n, y, x, p, add, f##_); }
LOOP1(copy) LOOP1(neg)
LOOP2(mul) LOOP2(abs) LOOP2(expm1) LOOP2(log) LOOP2(log2) LOOP2(log10) LOOP2(log1p) LOOP2(sqrt) LOOP2(rsqrt)
LOOP2(square) LOOP2(cube) LOOP2(reciprocal) LOOP2(sin) LOOP2(cos) LOOP2(tan) LOOP2(asin) LOOP2(acos) LOOP2(atan)
LOOP2(sinh) LOOP2(cosh) LOOP2(tanh) LOOP2(sigmoid) LOOP2(relu) LOOP2(leaky_relu) LOOP2(elu) LOOP2(gelu)
LOOP2(gelu_tanh) LOOP2(silu) LOOP2(softplus) LOOP2(exp2) LOOP2(cbrt) LOOP2(asinh) LOOP2(acosh) LOOP2(atanh) LOOP2(erfc) LOOP2(lgamma)
LOOP3(fmod_b) LOOP3(hypot)
LOOP2(tgamma) LOOP2(digamma) LOOP2(erfinv) LOOP2(sinc) LOOP2(ldexp) LOOP3(copysign) LOOP3(fdim_a) LOOP3(fdim_b) LOOP3(logaddexp)
LOOP2(clamp) LOOP2(erf) LOOP2(div_a) LOOP2(keep) LOOP2(drop)
LOOP2(lerp_a)
LOOP3(div_b) LOOP3(rem_b) LOOP3(pow_a) LOOP3(pow_b) LOOP3(max) LOOP3(min) LOOP3(atan2_a) LOOP3(atan2_b)
LOOP3(lerp_w)

const PointwiseFn K(grad_table)[G_COUNT] = {
  [G_COPY] = k_copy, [G_NEG] = k_neg, [G_MUL] = k_mul, [G_ABS] = k_abs, [G_EXPM1] = k_expm1, [G_LOG] =
  k_log, [G_LOG2] = k_log2, [G_LOG10] = k_log10, [G_LOG1P] = k_log1p, [G_SQRT] = k_sqrt, [G_RSQRT] =
  k_rsqrt, [G_SQUARE] = k_square, [G_CUBE] = k_cube, [G_RECIPROCAL] = k_reciprocal, [G_SIN] = k_sin, [G_COS] = k_cos, [G_TAN] =
  k_tan, [G_ASIN] = k_asin, [G_ACOS] = k_acos, [G_ATAN] = k_atan, [G_SINH] = k_sinh, [G_COSH] = k_cosh,
  [G_TANH] = k_tanh, [G_SIGMOID] = k_sigmoid, [G_RELU] = k_relu, [G_LEAKY_RELU] = k_leaky_relu, [G_ELU] =
  k_elu, [G_GELU] = k_gelu, [G_GELU_TANH] = k_gelu_tanh, [G_SILU] = k_silu, [G_SOFTPLUS] = k_softplus,
  [G_CLAMP] = k_clamp, [G_ERF] = k_erf, [G_EXP2] = k_exp2, [G_CBRT] = k_cbrt, [G_ASINH] = k_asinh, [G_ACOSH] =
  k_acosh, [G_ATANH] = k_atanh, [G_ERFC] = k_erfc, [G_LGAMMA] = k_lgamma, [G_FMOD_B] = k_fmod_b, [G_HYPOT] = k_hypot, [G_DIV_A] = k_div_a, [G_KEEP] = k_keep, [G_DROP] = k_drop,
  [G_LERP_A] = k_lerp_a, [G_DIV_B] = k_div_b, [G_REM_B] = k_rem_b, [G_POW_A] = k_pow_a, [G_POW_B] = k_pow_b,
  [G_MAX] = k_max, [G_MIN] = k_min, [G_ATAN2_A] = k_atan2_a, [G_ATAN2_B] = k_atan2_b, [G_LERP_W] = k_lerp_w,
  [G_TGAMMA] = k_tgamma, [G_DIGAMMA] = k_digamma, [G_ERFINV] = k_erfinv, [G_SINC] = k_sinc, [G_COPYSIGN] = k_copysign,
  [G_LDEXP] = k_ldexp, [G_FDIM_A] = k_fdim_a, [G_FDIM_B] = k_fdim_b, [G_LOGADDEXP] = k_logaddexp,
};
/* clang-format on */
