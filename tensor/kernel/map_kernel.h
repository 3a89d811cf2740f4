/* map_kernel.h: names of the pointwise kernels.  map.c computes y = f(x...); grad.c computes dx from dy and
 * what the letters say: x input, y output, a b first and second input, w third. */
#ifndef LUNETTE_MAP_KERNEL_H
#define LUNETTE_MAP_KERNEL_H

/* clang-format off */
enum MapKernel {
  /* one input */
  M_COPY, M_NEG, M_ABS, M_SIGN, M_EXP, M_EXPM1, M_LOG, M_LOG2, M_LOG10, M_LOG1P, M_SQRT, M_RSQRT, M_SQUARE, M_CUBE,
  M_RECIPROCAL, M_SIN, M_COS, M_TAN, M_ASIN, M_ACOS, M_ATAN, M_SINH, M_COSH, M_TANH, M_SIGMOID, M_RELU,
  M_LEAKY_RELU, M_ELU, M_GELU, M_GELU_TANH, M_SILU, M_SOFTPLUS, M_CLAMP, M_ERF, M_EXP2, M_CBRT, M_ASINH,
  M_ACOSH, M_ATANH, M_ERFC, M_LGAMMA, M_TGAMMA, M_DIGAMMA, M_ERFINV, M_FRAC, M_LOGB, M_SINC, M_FLOOR, M_CEIL, M_ROUND, M_TRUNC,
  M_ISNAN, M_ISINF, M_ISFINITE, M_SIGNBIT, M_NOT,
  /* two */
  M_ADD, M_SUB, M_MUL, M_DIV, M_FLOORDIV, M_REMAINDER, M_POW, M_MAXIMUM, M_MINIMUM, M_ATAN2, M_FMOD, M_HYPOT,
  M_COPYSIGN, M_LDEXP, M_NEXTAFTER, M_FDIM, M_LOGADDEXP,
  M_EQ, M_NE, M_LT, M_LE, M_GT, M_GE, M_AND, M_OR, M_XOR, M_MASKED_FILL,
  /* three */
  M_WHERE, M_LERP, M_FMA,
  M_COUNT
};
/* clang-format on */

/* clang-format off */
enum GradKernel { /* the letters are the inputs in their order; d is dy */
  G_COPY,       /* d */
  G_NEG,        /* d */
  G_MUL,        /* d, b      d * b                     */
  G_ABS, G_EXPM1, G_LOG, G_LOG2, G_LOG10, G_LOG1P, G_SQRT, G_RSQRT, G_SQUARE, G_CUBE, G_RECIPROCAL, G_SIN, G_COS, G_TAN,
  G_ASIN, G_ACOS, G_ATAN, G_SINH, G_COSH, G_TANH, G_SIGMOID, G_RELU, G_LEAKY_RELU, G_ELU, G_GELU, G_GELU_TANH,
  G_SILU, G_SOFTPLUS, G_CLAMP, G_ERF, G_EXP2, G_CBRT, G_ASINH, G_ACOSH, G_ATANH, G_ERFC, G_LGAMMA, /* d, x or d, y */
  G_DIV_A,      /* d, b      d / b                     */
  G_DIV_B,      /* d, y, b   -d y / b                  */
  G_REM_B,      /* d, a, b   -d floor(a / b)           */
  G_FMOD_B,     /* d, a, b   -d trunc(a / b)           */
  G_HYPOT,      /* d, a, y   d a / y                   */
  G_TGAMMA, G_DIGAMMA, G_ERFINV, G_SINC, /* d, x or d, y */
  G_COPYSIGN,   /* d, a, b   d sign(a) sign(b)         */
  G_LDEXP,      /* d, b      d 2^b                     */
  G_FDIM_A,     /* d, a, b   d where a > b             */
  G_FDIM_B,     /* d, a, b   -d where a > b            */
  G_LOGADDEXP,  /* d, a, b   d sigmoid(a - b)          */
  G_POW_A,      /* d, a, b   d b a^(b-1)               */
  G_POW_B,      /* d, y, a   d y log a                 */
  G_MAX,        /* d, a, b   d where a > b, d/2 at a tie */
  G_MIN,        /* d, a, b   d where a < b, d/2 at a tie */
  G_ATAN2_A,    /* d, a, b   d b / (a^2 + b^2)         */
  G_ATAN2_B,    /* d, a, b   -d a / (a^2 + b^2)        */
  G_KEEP,       /* d, c      d where c                 */
  G_DROP,       /* d, c      d where not c             */
  G_LERP_A,     /* d, w      d (1 - w)                 */
  G_LERP_W,     /* d, a, b   d (b - a)                 */
  G_COUNT
};
/* clang-format on */
#endif
