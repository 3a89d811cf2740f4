/* map.c: y = f(x...) for the pointwise ops; f is one line each.  Comparisons give 1 or 0. */
#include "gamma.h"
#include "kernel.h"
#include "map_kernel.h"
#include "map_loop.h"

extern const PointwiseFn K(map_table)[M_COUNT];

INLINE vr truth(vb mask) { return v_select(mask, v_all(1), v_all(0)); }

/* log(1 + exp(b x)) / b without overflow; linear where b x > 20, as PyTorch's. */
INLINE vr softplus(vr x, real b) {
  vr t = x * b;
  vr y = (v_max(t, v_all(0)) + v_log1p(v_exp(-v_abs(t)))) / b;
  return v_select((vb)(t > 20), x, y);
}
/* The logarithm of |gamma|; C's own writes the sign into a global, which threads may not. */
static real log_gamma(real x) {
  int sign;
  return (real)lgamma_r((double)x, &sign);
}
/* Sign of the divisor, as Lua's and Python's %. */
INLINE vr remainder_of(vr a, vr b) {
  vr r = v_fmod(a, b);
  return v_select((vb)(r != 0) & ((vb)(r < 0) ^ (vb)(b < 0)), r + b, r);
}

/* clang-format off */
INLINE vr copy_(vr x, const double *p) { (void)p; return x; }
INLINE vr neg_(vr x, const double *p) { (void)p; return -x; }
INLINE vr abs_(vr x, const double *p) { (void)p; return v_abs(x); }
INLINE vr sign_(vr x, const double *p) { (void)p; return v_select((vb)(x == 0) | (vb)(x != x), x, v_copysign(v_all(1), x)); }
INLINE vr exp_(vr x, const double *p) { (void)p; return v_exp(x); }
INLINE vr expm1_(vr x, const double *p) { (void)p; return v_map(x, R_(expm1)); }
INLINE vr log_(vr x, const double *p) { (void)p; return v_log(x); }
INLINE vr log2_(vr x, const double *p) { (void)p; return v_map(x, R_(log2)); }
INLINE vr log10_(vr x, const double *p) { (void)p; return v_map(x, R_(log10)); }
INLINE vr log1p_(vr x, const double *p) { (void)p; return v_log1p(x); }
INLINE vr sqrt_(vr x, const double *p) { (void)p; return v_sqrt(x); }
INLINE vr rsqrt_(vr x, const double *p) { (void)p; return 1 / v_sqrt(x); }
INLINE vr square_(vr x, const double *p) { (void)p; return x * x; }
INLINE vr cube_(vr x, const double *p) { (void)p; return x * x * x; }
INLINE vr reciprocal_(vr x, const double *p) { (void)p; return 1 / x; }
INLINE vr sin_(vr x, const double *p) { (void)p; return v_sin(x); }
INLINE vr cos_(vr x, const double *p) { (void)p; return v_cos(x); }
INLINE vr tan_(vr x, const double *p) { (void)p; return v_map(x, R_(tan)); }
INLINE vr asin_(vr x, const double *p) { (void)p; return v_map(x, R_(asin)); }
INLINE vr acos_(vr x, const double *p) { (void)p; return v_map(x, R_(acos)); }
INLINE vr atan_(vr x, const double *p) { (void)p; return v_map(x, R_(atan)); }
INLINE vr sinh_(vr x, const double *p) { (void)p; return v_map(x, R_(sinh)); }
INLINE vr cosh_(vr x, const double *p) { (void)p; return v_map(x, R_(cosh)); }
INLINE vr tanh_(vr x, const double *p) { (void)p; return v_tanh(x); }
INLINE vr sigmoid_(vr x, const double *p) { (void)p; return v_sigmoid(x); }
INLINE vr relu_(vr x, const double *p) { (void)p; return v_select((vb)(x < 0), v_all(0), x); }
INLINE vr leaky_relu_(vr x, const double *p) { return v_select((vb)(x < 0), x * (real)p[0], x); }
INLINE vr elu_(vr x, const double *p) { return v_select((vb)(x < 0), v_map(x, R_(expm1)) * (real)p[0], x); }
INLINE vr gelu_(vr x, const double *p) { (void)p; return x * (real)0.5 * (1 + v_erf(x * (real)0.70710678118654752)); }
INLINE vr gelu_tanh_(vr x, const double *p) { (void)p; return x * (real)0.5 * (1 + v_tanh((real)0.79788456080286536 * (x + (real)0.044715 * x * x * x))); }
INLINE vr silu_(vr x, const double *p) { (void)p; return x * v_sigmoid(x); }
INLINE vr softplus_(vr x, const double *p) { return softplus(x, (real)p[0]); }
INLINE vr clamp_(vr x, const double *p) { return v_clamp(x, (real)p[0], (real)p[1]); }
INLINE vr erf_(vr x, const double *p) { (void)p; return v_erf(x); }
INLINE vr exp2_(vr x, const double *p) { (void)p; return v_map(x, R_(exp2)); }
INLINE vr cbrt_(vr x, const double *p) { (void)p; return v_map(x, R_(cbrt)); }
INLINE vr asinh_(vr x, const double *p) { (void)p; return v_map(x, R_(asinh)); }
INLINE vr acosh_(vr x, const double *p) { (void)p; return v_map(x, R_(acosh)); }
INLINE vr atanh_(vr x, const double *p) { (void)p; return v_map(x, R_(atanh)); }
INLINE vr erfc_(vr x, const double *p) { (void)p; return v_map(x, R_(erfc)); }
INLINE vr lgamma_(vr x, const double *p) { (void)p; return v_map(x, log_gamma); }
INLINE vr tgamma_(vr x, const double *p) { (void)p; return v_map(x, R_(tgamma)); }
INLINE vr digamma_(vr x, const double *p) { (void)p; return v_map(x, digamma); }
INLINE vr erfinv_(vr x, const double *p) { (void)p; return v_map(x, erf_inverse); }
INLINE vr frac_(vr x, const double *p) { (void)p; return x - v_map(x, R_(trunc)); }
INLINE vr logb_(vr x, const double *p) { (void)p; return v_map(x, R_(logb)); }
INLINE vr sinc_(vr x, const double *p) { (void)p; const vr t = x * (real)3.14159265358979324; return v_select((vb)(x == 0), v_all(1), v_map(t, R_(sin)) / t); }
INLINE vr signbit_(vr x, const double *p) { (void)p; return truth((vb)(v_copysign(v_all(1), x) < 0)); }
INLINE vr copysign_(vr a, vr b, const double *p) { (void)p; return v_copysign(v_abs(a), b); }
INLINE vr ldexp_(vr a, vr b, const double *p) { (void)p; return a * v_map(b, R_(exp2)); }
INLINE vr nextafter_(vr a, vr b, const double *p) { (void)p; return v_map2(a, b, R_(nextafter)); }
INLINE vr fdim_(vr a, vr b, const double *p) { (void)p; return v_map2(a, b, R_(fdim)); }
INLINE vr logaddexp_(vr a, vr b, const double *p) { (void)p; return v_max(a, b) + v_select((vb)(a == b), v_all((real)0.69314718055994531), v_log1p(v_exp(-v_abs(a - b)))); }
INLINE vr floor_(vr x, const double *p) { (void)p; return v_floor(x); }
INLINE vr ceil_(vr x, const double *p) { (void)p; return v_ceil(x); }
INLINE vr round_(vr x, const double *p) { (void)p; return v_round(x); }
INLINE vr trunc_(vr x, const double *p) { (void)p; return v_map(x, R_(trunc)); }
INLINE vr isnan_(vr x, const double *p) { (void)p; return truth((vb)(x != x)); }
INLINE vr isinf_(vr x, const double *p) { (void)p; return truth((vb)(v_abs(x) == (real)INFINITY)); }
INLINE vr isfinite_(vr x, const double *p) { (void)p; return truth((vb)(v_abs(x) < (real)INFINITY)); }
INLINE vr not_(vr x, const double *p) { (void)p; return truth((vb)(x == 0)); }
INLINE vr add_(vr a, vr b, const double *p) { (void)p; return a + b; }
INLINE vr sub_(vr a, vr b, const double *p) { (void)p; return a - b; }
INLINE vr mul_(vr a, vr b, const double *p) { (void)p; return a * b; }
INLINE vr div_(vr a, vr b, const double *p) { (void)p; return a / b; }
INLINE vr floordiv_(vr a, vr b, const double *p) { (void)p; return v_floor(a / b); }
INLINE vr remainder_(vr a, vr b, const double *p) { (void)p; return remainder_of(a, b); }
INLINE vr pow_(vr a, vr b, const double *p) { (void)p; return v_map2(a, b, R_(pow)); }
INLINE vr maximum_(vr a, vr b, const double *p) { (void)p; return v_max(a, b); }
INLINE vr minimum_(vr a, vr b, const double *p) { (void)p; return v_min(a, b); }
INLINE vr atan2_(vr a, vr b, const double *p) { (void)p; return v_map2(a, b, R_(atan2)); }
INLINE vr fmod_(vr a, vr b, const double *p) { (void)p; return v_fmod(a, b); }
INLINE vr hypot_(vr a, vr b, const double *p) { (void)p; return v_map2(a, b, R_(hypot)); }
INLINE vr eq_(vr a, vr b, const double *p) { (void)p; return truth((vb)(a == b)); }
INLINE vr ne_(vr a, vr b, const double *p) { (void)p; return truth((vb)(a != b)); }
INLINE vr lt_(vr a, vr b, const double *p) { (void)p; return truth((vb)(a < b)); }
INLINE vr le_(vr a, vr b, const double *p) { (void)p; return truth((vb)(a <= b)); }
INLINE vr gt_(vr a, vr b, const double *p) { (void)p; return truth((vb)(a > b)); }
INLINE vr ge_(vr a, vr b, const double *p) { (void)p; return truth((vb)(a >= b)); }
INLINE vr and_(vr a, vr b, const double *p) { (void)p; return truth((vb)(a != 0) & (vb)(b != 0)); }
INLINE vr or_(vr a, vr b, const double *p) { (void)p; return truth((vb)(a != 0) | (vb)(b != 0)); }
INLINE vr xor_(vr a, vr b, const double *p) { (void)p; return truth((vb)(a != 0) ^ (vb)(b != 0)); }
INLINE vr masked_fill_(vr a, vr b, const double *p) { return v_select((vb)(b != 0), v_all((real)p[0]), a); }
INLINE vr where_(vr a, vr b, vr c, const double *p) { (void)p; return v_select((vb)(a != 0), b, c); }
INLINE vr fma_(vr a, vr b, vr c, const double *p) {
  (void)p;
  vr r = a;
  for (int i = 0; i < VL; i++) r[i] = R_(fma)(a[i], b[i], c[i]); /* becomes one instruction, or the exact function */
  return r;
}
INLINE vr lerp_(vr a, vr b, vr c, const double *p) { (void)p; return a + c * (b - a); }

#define LOOP1(f) static void k_##f(int64_t n, void *y, const void *const *x, unsigned s, const double *p, bool add) { (void)s; map1(n, y, x, p, add, f##_); }
#define LOOP2(f) static void k_##f(int64_t n, void *y, const void *const *x, unsigned s, const double *p, bool add) { map2(n, y, x, s, p, add, f##_); }
#define LOOP3(f) static void k_##f(int64_t n, void *y, const void *const *x, unsigned s, const double *p, bool add) { (void)s; map3(n, y, x, p, add, f##_); }
LOOP1(copy) LOOP1(neg) LOOP1(abs) LOOP1(sign) LOOP1(exp) LOOP1(expm1) LOOP1(log) LOOP1(log2) LOOP1(log10)
LOOP1(log1p) LOOP1(sqrt) LOOP1(rsqrt) LOOP1(square) LOOP1(cube) LOOP1(reciprocal) LOOP1(sin) LOOP1(cos) LOOP1(tan)
LOOP1(asin) LOOP1(acos) LOOP1(atan) LOOP1(sinh) LOOP1(cosh) LOOP1(tanh) LOOP1(sigmoid) LOOP1(relu)
LOOP1(leaky_relu) LOOP1(elu) LOOP1(gelu) LOOP1(gelu_tanh) LOOP1(silu) LOOP1(softplus) LOOP1(clamp) LOOP1(erf)
LOOP1(floor) LOOP1(ceil) LOOP1(round) LOOP1(trunc) LOOP1(isnan) LOOP1(isinf) LOOP1(isfinite) LOOP1(not)
LOOP1(exp2) LOOP1(cbrt) LOOP1(asinh) LOOP1(acosh) LOOP1(atanh) LOOP1(erfc) LOOP1(lgamma)
LOOP2(fmod) LOOP2(hypot) LOOP2(add) LOOP2(sub) LOOP2(mul) LOOP2(div) LOOP2(floordiv) LOOP2(remainder) LOOP2(pow) LOOP2(maximum)
LOOP2(minimum) LOOP2(atan2) LOOP2(eq) LOOP2(ne) LOOP2(lt) LOOP2(le) LOOP2(gt) LOOP2(ge) LOOP2(and) LOOP2(or)
LOOP2(xor) LOOP2(masked_fill)
LOOP1(tgamma) LOOP1(digamma) LOOP1(erfinv) LOOP1(frac) LOOP1(logb) LOOP1(sinc) LOOP1(signbit)
LOOP2(copysign) LOOP2(ldexp) LOOP2(nextafter) LOOP2(fdim) LOOP2(logaddexp)
LOOP3(where) LOOP3(lerp) LOOP3(fma)

const PointwiseFn K(map_table)[M_COUNT] = {
  [M_COPY] = k_copy, [M_NEG] = k_neg, [M_ABS] = k_abs, [M_SIGN] = k_sign, [M_EXP] = k_exp, [M_EXPM1] =
  k_expm1, [M_LOG] = k_log, [M_LOG2] = k_log2, [M_LOG10] = k_log10, [M_LOG1P] = k_log1p, [M_SQRT] = k_sqrt,
  [M_RSQRT] = k_rsqrt, [M_SQUARE] = k_square, [M_CUBE] = k_cube, [M_RECIPROCAL] = k_reciprocal, [M_SIN] = k_sin, [M_COS] =
  k_cos, [M_TAN] = k_tan, [M_ASIN] = k_asin, [M_ACOS] = k_acos, [M_ATAN] = k_atan, [M_SINH] = k_sinh,
  [M_COSH] = k_cosh, [M_TANH] = k_tanh, [M_SIGMOID] = k_sigmoid, [M_RELU] = k_relu, [M_LEAKY_RELU] =
  k_leaky_relu, [M_ELU] = k_elu, [M_GELU] = k_gelu, [M_GELU_TANH] = k_gelu_tanh, [M_SILU] = k_silu,
  [M_SOFTPLUS] = k_softplus, [M_CLAMP] = k_clamp, [M_ERF] = k_erf, [M_EXP2] = k_exp2, [M_CBRT] = k_cbrt, [M_ASINH] = k_asinh, [M_ACOSH] =
  k_acosh, [M_ATANH] = k_atanh, [M_ERFC] = k_erfc, [M_LGAMMA] = k_lgamma, [M_FMOD] = k_fmod, [M_HYPOT] = k_hypot, [M_FLOOR] = k_floor, [M_CEIL] = k_ceil,
  [M_ROUND] = k_round, [M_TRUNC] = k_trunc, [M_ISNAN] = k_isnan, [M_ISINF] = k_isinf, [M_ISFINITE] =
  k_isfinite, [M_NOT] = k_not, [M_ADD] = k_add, [M_SUB] = k_sub, [M_MUL] = k_mul, [M_DIV] = k_div,
  [M_FLOORDIV] = k_floordiv, [M_REMAINDER] = k_remainder, [M_POW] = k_pow, [M_MAXIMUM] = k_maximum,
  [M_MINIMUM] = k_minimum, [M_ATAN2] = k_atan2, [M_EQ] = k_eq, [M_NE] = k_ne, [M_LT] = k_lt, [M_LE] = k_le,
  [M_GT] = k_gt, [M_GE] = k_ge, [M_AND] = k_and, [M_OR] = k_or, [M_XOR] = k_xor, [M_MASKED_FILL] =
  k_masked_fill, [M_WHERE] = k_where, [M_LERP] = k_lerp, [M_FMA] = k_fma,
  [M_TGAMMA] = k_tgamma, [M_DIGAMMA] = k_digamma, [M_ERFINV] = k_erfinv, [M_FRAC] = k_frac, [M_LOGB] = k_logb, [M_SINC] = k_sinc,
  [M_SIGNBIT] = k_signbit, [M_COPYSIGN] = k_copysign, [M_LDEXP] = k_ldexp, [M_NEXTAFTER] = k_nextafter, [M_FDIM] = k_fdim,
  [M_LOGADDEXP] = k_logaddexp,
};
/* clang-format on */
