/* op_unary.c: y = f(x), element by element; kernels in kernel/map.c, derivatives in kernel/grad.c. */
#include "op.h"

#include "op_map.h"
#include "pointwise.h"

/* What a unary op's gradient needs: its kernel and whether that reads x or y. */
typedef struct UnaryGrad {
  int kernel; /* -1: the gradient is zero everywhere */
  char reads; /* 'x', 'y' or 0                       */
} UnaryGrad;

static Dtype result(const OpCall *c) {
  Dtype d = c->x[0]->dtype;
  if (c->op->kernel >= M_ISNAN && c->op->kernel <= M_NOT) return BOOL;
  if (c->op->flags & OP_FLOAT) return dtype_is_float(d) ? d : F32;
  return d == BOOL ? I64 : d;
}

static bool unary_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[0];
  return op_output(c, 0, result(c), x->nd, x->shape, e) != NULL;
}

static const UnaryGrad grads[M_COUNT] = {
    [M_NEG] = {G_NEG, 0},           [M_ABS] = {G_ABS, 'x'},           [M_EXP] = {G_MUL, 'y'},
    [M_EXPM1] = {G_EXPM1, 'y'},     [M_LOG] = {G_LOG, 'x'},           [M_LOG2] = {G_LOG2, 'x'},
    [M_LOG10] = {G_LOG10, 'x'},     [M_LOG1P] = {G_LOG1P, 'x'},       [M_SQRT] = {G_SQRT, 'y'},
    [M_RSQRT] = {G_RSQRT, 'y'},     [M_SQUARE] = {G_SQUARE, 'x'},     [M_RECIPROCAL] = {G_RECIPROCAL, 'y'},
    [M_SIN] = {G_SIN, 'x'},         [M_COS] = {G_COS, 'x'},           [M_TAN] = {G_TAN, 'y'},
    [M_ASIN] = {G_ASIN, 'x'},       [M_ACOS] = {G_ACOS, 'x'},         [M_ATAN] = {G_ATAN, 'x'},
    [M_SINH] = {G_SINH, 'x'},       [M_COSH] = {G_COSH, 'x'},         [M_TANH] = {G_TANH, 'y'},
    [M_SIGMOID] = {G_SIGMOID, 'y'}, [M_RELU] = {G_RELU, 'y'},         [M_LEAKY_RELU] = {G_LEAKY_RELU, 'x'},
    [M_ELU] = {G_ELU, 'y'},         [M_GELU] = {G_GELU, 'x'},         [M_GELU_TANH] = {G_GELU_TANH, 'x'},
    [M_SILU] = {G_SILU, 'x'},       [M_SOFTPLUS] = {G_SOFTPLUS, 'x'}, [M_CLAMP] = {G_CLAMP, 'x'},
    [M_ERF] = {G_ERF, 'x'},         [M_EXP2] = {G_EXP2, 'y'},         [M_CBRT] = {G_CBRT, 'y'},
    [M_ASINH] = {G_ASINH, 'x'},     [M_ACOSH] = {G_ACOSH, 'x'},       [M_ATANH] = {G_ATANH, 'x'},
    [M_ERFC] = {G_ERFC, 'x'},       [M_LGAMMA] = {G_LGAMMA, 'x'},     [M_TGAMMA] = {G_TGAMMA, 'x'},
    [M_DIGAMMA] = {G_DIGAMMA, 'x'}, [M_ERFINV] = {G_ERFINV, 'y'},     [M_FRAC] = {G_COPY, 0},
    [M_SINC] = {G_SINC, 'x'},
};

static bool unary_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  (void)e;
  UnaryGrad g = grads[c->op->kernel];
  const Tensor *in[2] = {dy[0], g.reads == 'y' ? c->y[0] : c->x[0]};
  pointwise_grad(g.kernel, dx[0], in, g.reads ? 2 : 1, map_call(c).p, add & 1);
  return true;
}

static double unary_flops(const OpCall *c) { return (double)c->x[0]->n; }

/* clang-format off */
const Op op_neg = {
    .name = "neg", .where = "tm", .eq = "y = -x", .doc = "negative", .in = {"x"},
    .flags = OP_IN_PLACE, .saves = 0, .kernel = M_NEG,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}}},
    .example = "print(tensor{0.1, 0.5, 0.9}:neg())"};
const Op op_abs = {
    .name = "abs", .where = "tm", .eq = "y = |x|", .doc = "absolute value", .in = {"x"},
    .flags = OP_IN_PLACE, .saves = SAVE_X0, .kernel = M_ABS,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}}},
    .example = "print(tensor{0.1, 0.5, 0.9}:abs())"};
const Op op_sign = {
    .name = "sign", .where = "tm", .eq = "y = -1, 0 or 1", .doc = "sign of each element", .in = {"x"},
    .flags = OP_NO_GRAD | OP_IN_PLACE, .saves = 0, .kernel = M_SIGN,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops,
    .example = "print(tensor{0.1, 0.5, 0.9}:sign())"};
const Op op_exp = {
    .name = "exp", .where = "tm", .eq = "y = e^x", .doc = "exponential", .in = {"x"},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_Y0, .kernel = M_EXP,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}}},
    .example = "print(tensor{0.1, 0.5, 0.9}:exp())"};
const Op op_expm1 = {
    .name = "expm1", .where = "tm", .eq = "y = e^x - 1", .doc = "exponential minus 1, exact near 0", .in = {"x"},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_Y0, .kernel = M_EXPM1,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}}},
    .example = "print(tensor{0.1, 0.5, 0.9}:expm1())"};
const Op op_log = {
    .name = "log", .where = "tm", .eq = "y = ln x", .doc = "natural logarithm", .in = {"x"},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_X0, .kernel = M_LOG,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}, .lo = 0.5, .hi = 3}},
    .example = "print(tensor{0.1, 0.5, 0.9}:log())"};
const Op op_log2 = {
    .name = "log2", .where = "tm", .eq = "y = log2 x", .doc = "logarithm to base 2", .in = {"x"},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_X0, .kernel = M_LOG2,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}, .lo = 0.5, .hi = 3}},
    .example = "print(tensor{0.1, 0.5, 0.9}:log2())"};
const Op op_log10 = {
    .name = "log10", .where = "tm", .eq = "y = log10 x", .doc = "logarithm to base 10", .in = {"x"},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_X0, .kernel = M_LOG10,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}, .lo = 0.5, .hi = 3}},
    .example = "print(tensor{0.1, 0.5, 0.9}:log10())"};
const Op op_log1p = {
    .name = "log1p", .where = "tm", .eq = "y = ln(1 + x)", .doc = "logarithm of 1 + x, exact near 0", .in = {"x"},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_X0, .kernel = M_LOG1P,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}, .lo = -0.5, .hi = 2}},
    .example = "print(tensor{0.1, 0.5, 0.9}:log1p())"};
const Op op_sqrt = {
    .name = "sqrt", .where = "tm", .eq = "y = sqrt(x)", .doc = "square root", .in = {"x"},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_Y0, .kernel = M_SQRT,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}, .lo = 0.5, .hi = 3}},
    .example = "print(tensor{0.1, 0.5, 0.9}:sqrt())"};
const Op op_rsqrt = {
    .name = "rsqrt", .where = "tm", .eq = "y = 1 / sqrt(x)", .doc = "reciprocal square root", .in = {"x"},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_Y0, .kernel = M_RSQRT,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}, .lo = 0.5, .hi = 3}},
    .example = "print(tensor{0.1, 0.5, 0.9}:rsqrt())"};
const Op op_square = {
    .name = "square", .where = "tm", .eq = "y = x^2", .doc = "square", .in = {"x"},
    .flags = OP_IN_PLACE, .saves = SAVE_X0, .kernel = M_SQUARE,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}}},
    .example = "print(tensor{0.1, 0.5, 0.9}:square())"};
const Op op_reciprocal = {
    .name = "reciprocal", .where = "tm", .eq = "y = 1 / x", .doc = "reciprocal", .in = {"x"},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_Y0, .kernel = M_RECIPROCAL,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}, .lo = 0.5, .hi = 3}},
    .example = "print(tensor{0.1, 0.5, 0.9}:reciprocal())"};
const Op op_sin = {
    .name = "sin", .where = "tm", .eq = "y = sin x", .doc = "sine of radians", .in = {"x"},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_X0, .kernel = M_SIN,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}}},
    .example = "print(tensor{0.1, 0.5, 0.9}:sin())"};
const Op op_cos = {
    .name = "cos", .where = "tm", .eq = "y = cos x", .doc = "cosine of radians", .in = {"x"},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_X0, .kernel = M_COS,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}}},
    .example = "print(tensor{0.1, 0.5, 0.9}:cos())"};
const Op op_tan = {
    .name = "tan", .where = "tm", .eq = "y = tan x", .doc = "tangent of radians", .in = {"x"},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_Y0, .kernel = M_TAN,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}}},
    .example = "print(tensor{0.1, 0.5, 0.9}:tan())"};
const Op op_asin = {
    .name = "asin", .where = "tm", .eq = "y = asin x", .doc = "inverse sine", .in = {"x"},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_X0, .kernel = M_ASIN,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}, .lo = -0.8, .hi = 0.8}},
    .example = "print(tensor{0.1, 0.5, 0.9}:asin())"};
const Op op_acos = {
    .name = "acos", .where = "tm", .eq = "y = acos x", .doc = "inverse cosine", .in = {"x"},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_X0, .kernel = M_ACOS,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}, .lo = -0.8, .hi = 0.8}},
    .example = "print(tensor{0.1, 0.5, 0.9}:acos())"};
const Op op_atan = {
    .name = "atan", .where = "tm", .eq = "y = atan x", .doc = "inverse tangent", .in = {"x"},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_X0, .kernel = M_ATAN,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}}},
    .example = "print(tensor{0.1, 0.5, 0.9}:atan())"};
const Op op_sinh = {
    .name = "sinh", .where = "tm", .eq = "y = sinh x", .doc = "hyperbolic sine", .in = {"x"},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_X0, .kernel = M_SINH,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}}},
    .example = "print(tensor{0.1, 0.5, 0.9}:sinh())"};
const Op op_cosh = {
    .name = "cosh", .where = "tm", .eq = "y = cosh x", .doc = "hyperbolic cosine", .in = {"x"},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_X0, .kernel = M_COSH,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}}},
    .example = "print(tensor{0.1, 0.5, 0.9}:cosh())"};
const Op op_tanh = {
    .name = "tanh", .where = "tmn", .eq = "y = tanh x", .doc = "hyperbolic tangent", .in = {"x"},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_Y0, .kernel = M_TANH,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}}},
    .example = "print(tensor{0.1, 0.5, 0.9}:tanh())"};
const Op op_sigmoid = {
    .name = "sigmoid", .where = "tmn", .eq = "y = 1 / (1 + e^-x)", .doc = "logistic function", .in = {"x"},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_Y0, .kernel = M_SIGMOID,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}}},
    .example = "print(tensor{0.1, 0.5, 0.9}:sigmoid())"};
const Op op_relu = {
    .name = "relu", .where = "tmn", .eq = "y = max(x, 0)", .doc = "rectified linear unit", .in = {"x"},
    .flags = OP_IN_PLACE, .saves = SAVE_Y0, .kernel = M_RELU,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}}},
    .example = "print(tensor{0.1, 0.5, 0.9}:relu())"};
const Op op_leaky_relu = {
    .name = "leaky_relu", .where = "tmn", .eq = "y = x if x > 0 else slope x", .doc = "leaky rectified linear unit; Maas et al. 2013", .in = {"x"},
    .param = {{"slope", P_NUMBER, 0.01, "factor for x < 0", NULL}},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_X0, .kernel = M_LEAKY_RELU,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}, .args = "slope=0.2"}},
    .example = "print(tensor{-1, 1}:leaky_relu{slope=0.1})"};
const Op op_elu = {
    .name = "elu", .where = "tmn", .eq = "y = x if x > 0 else alpha (e^x - 1)", .doc = "exponential linear unit; Clevert et al. 2015, arXiv:1511.07289", .in = {"x"},
    .param = {{"alpha", P_NUMBER, 1, "limit for x to -inf is -alpha", NULL}},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_Y0, .kernel = M_ELU,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}, .args = "alpha=0.7"}},
    .example = "print(tensor{0.1, 0.5, 0.9}:elu())"};
const Op op_gelu = {
    .name = "gelu", .where = "tmn", .eq = "y = x Phi(x)", .doc = "Gaussian error linear unit; Hendrycks and Gimpel 2016, arXiv:1606.08415", .in = {"x"},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_X0, .kernel = M_GELU,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}}},
    .example = "print(tensor{0.1, 0.5, 0.9}:gelu())"};
const Op op_gelu_tanh = {
    .name = "gelu_tanh", .where = "tmn", .eq = "y = x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))", .doc = "tanh form of gelu", .in = {"x"},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_X0, .kernel = M_GELU_TANH,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}}},
    .example = "print(tensor{0.1, 0.5, 0.9}:gelu_tanh())"};
const Op op_silu = {
    .name = "silu", .where = "tmn", .eq = "y = x sigmoid(x)", .doc = "sigmoid linear unit, also swish", .in = {"x"},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_X0, .kernel = M_SILU,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}}},
    .example = "print(tensor{0.1, 0.5, 0.9}:silu())"};
const Op op_softplus = {
    .name = "softplus", .where = "tmn", .eq = "y = ln(1 + e^(beta x)) / beta", .doc = "smooth relu", .in = {"x"},
    .param = {{"beta", P_NUMBER, 1, "sharpness", NULL}},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_X0, .kernel = M_SOFTPLUS,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}, .args = "beta=2"}},
    .example = "print(tensor{0.1, 0.5, 0.9}:softplus())"};
const Op op_clamp = {
    .name = "clamp", .where = "tm", .eq = "y = x limited to min..max", .doc = "limits to min..max", .in = {"x"},
    .param = {{"min", P_NUMBER, -__builtin_inf(), "least value", NULL}, {"max", P_NUMBER, __builtin_inf(), "greatest value", NULL}},
    .flags = OP_IN_PLACE, .saves = SAVE_X0, .kernel = M_CLAMP,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}, .args = "min=-0.5, max=0.5"}},
    .example = "print(tensor{-2, 0.5, 3}:clamp(0, 1))"};
const Op op_relu6 = {
    .name = "relu6", .where = "tmn", .eq = "y = min(max(x, 0), 6)", .doc = "relu limited to 6; Krizhevsky 2010", .in = {"x"},
    .flags = OP_IN_PLACE, .saves = SAVE_X0, .kernel = M_CLAMP, .limits = (const double[]){0, 6},
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}}},
    .example = "print(tensor{0.1, 0.5, 0.9}:relu6())"};
const Op op_hardtanh = {
    .name = "hardtanh", .where = "tmn", .eq = "y = min(max(x, -1), 1)", .doc = "limits to -1..1", .in = {"x"},
    .flags = OP_IN_PLACE, .saves = SAVE_X0, .kernel = M_CLAMP, .limits = (const double[]){-1, 1},
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}}},
    .example = "print(tensor{0.1, 0.5, 0.9}:hardtanh())"};
const Op op_erf = {
    .name = "erf", .where = "tm", .eq = "y = erf x", .doc = "error function", .in = {"x"},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_X0, .kernel = M_ERF,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}}},
    .example = "print(tensor{0.1, 0.5, 0.9}:erf())"};
const Op op_exp2 = {
    .name = "exp2", .where = "tm", .eq = "y = 2^x", .doc = "power of 2", .in = {"x"},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_Y0, .kernel = M_EXP2,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}}},
    .example = "print(tensor{0.1, 0.5, 0.9}:exp2())"};
const Op op_cbrt = {
    .name = "cbrt", .where = "tm", .eq = "y = x^(1/3)", .doc = "cube root", .in = {"x"},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_Y0, .kernel = M_CBRT,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}, .lo = 0.5, .hi = 3}},
    .example = "print(tensor{0.1, 0.5, 0.9}:cbrt())"};
const Op op_asinh = {
    .name = "asinh", .where = "tm", .eq = "y = asinh x", .doc = "inverse hyperbolic sine", .in = {"x"},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_X0, .kernel = M_ASINH,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}}},
    .example = "print(tensor{0.1, 0.5, 0.9}:asinh())"};
const Op op_acosh = {
    .name = "acosh", .where = "tm", .eq = "y = acosh x", .doc = "inverse hyperbolic cosine", .in = {"x"},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_X0, .kernel = M_ACOSH,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}, .lo = 1.5, .hi = 3}},
    .example = "print(tensor{1.1, 2, 3}:acosh())"};
const Op op_atanh = {
    .name = "atanh", .where = "tm", .eq = "y = atanh x", .doc = "inverse hyperbolic tangent", .in = {"x"},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_X0, .kernel = M_ATANH,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}, .lo = -0.8, .hi = 0.8}},
    .example = "print(tensor{0.1, 0.5, 0.9}:atanh())"};
const Op op_erfc = {
    .name = "erfc", .where = "tm", .eq = "y = 1 - erf x", .doc = "complement of the error function, exact where that is near 1", .in = {"x"},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_X0, .kernel = M_ERFC,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}}},
    .example = "print(tensor{0.1, 0.5, 0.9}:erfc())"};
const Op op_lgamma = {
    .name = "lgamma", .where = "tm", .eq = "y = ln |gamma(x)|", .doc = "logarithm of the gamma function", .in = {"x"},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_X0, .kernel = M_LGAMMA,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}, .lo = 0.2, .hi = 9}},
    .example = "print(tensor{0.1, 0.5, 0.9}:lgamma())"};
const Op op_tgamma = {
    .name = "tgamma", .where = "tm", .eq = "y = gamma(x)", .doc = "gamma function: (x - 1)! of whole numbers", .in = {"x"},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_X0, .kernel = M_TGAMMA,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}, .lo = 0.3, .hi = 4}},
    .example = "print(tensor{1, 2, 5}:tgamma())"};
const Op op_digamma = {
    .name = "digamma", .where = "tm", .eq = "y = gamma'(x) / gamma(x)", .doc = "derivative of lgamma", .in = {"x"},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_X0, .kernel = M_DIGAMMA,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}, .lo = 0.3, .hi = 4}},
    .example = "print(tensor{1, 2, 5}:digamma())"};
const Op op_erfinv = {
    .name = "erfinv", .where = "tm", .eq = "x = erf(y)", .doc = "inverse of the error function, on -1..1", .in = {"x"},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_Y0, .kernel = M_ERFINV,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}, .lo = -0.8, .hi = 0.8}},
    .example = "print(tensor{-0.5, 0, 0.9}:erfinv())"};
const Op op_frac = {
    .name = "frac", .where = "tm", .eq = "y = x - trunc(x)", .doc = "what is behind the point, with its sign", .in = {"x"},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = 0, .kernel = M_FRAC,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}, .lo = 0.1, .hi = 0.9}},
    .example = "print(tensor{-1.25, 0.5, 2}:frac())"};
const Op op_sinc = {
    .name = "sinc", .where = "tm", .eq = "y = sin(pi x) / (pi x)", .doc = "normalised sinc, 1 at 0", .in = {"x"},
    .flags = OP_FLOAT | OP_IN_PLACE, .saves = SAVE_X0, .kernel = M_SINC,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops, .backward = unary_backward,
    .check = {{1, {{2, {3, 5}}}, .lo = 0.2, .hi = 2}},
    .example = "print(tensor{0, 0.5, 1}:sinc())"};
const Op op_logb = {
    .name = "logb", .where = "tm", .eq = "y = floor(log2 |x|)", .doc = "exponent of the number as it is stored", .in = {"x"},
    .flags = OP_FLOAT | OP_IN_PLACE | OP_NO_GRAD, .saves = 0, .kernel = M_LOGB,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops,
    .example = "print(tensor{0.5, 1, 10}:logb())"};
const Op op_floor = {
    .name = "floor", .where = "tm", .eq = "y = greatest integer <= x", .doc = "rounds down", .in = {"x"},
    .flags = OP_NO_GRAD | OP_IN_PLACE, .saves = 0, .kernel = M_FLOOR,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops,
    .example = "print(tensor{0.1, 0.5, 0.9}:floor())"};
const Op op_ceil = {
    .name = "ceil", .where = "tm", .eq = "y = least integer >= x", .doc = "rounds up", .in = {"x"},
    .flags = OP_NO_GRAD | OP_IN_PLACE, .saves = 0, .kernel = M_CEIL,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops,
    .example = "print(tensor{0.1, 0.5, 0.9}:ceil())"};
const Op op_round = {
    .name = "round", .where = "tm", .eq = "y = nearest integer, halves to even", .doc = "rounds", .in = {"x"},
    .flags = OP_NO_GRAD | OP_IN_PLACE, .saves = 0, .kernel = M_ROUND,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops,
    .example = "print(tensor{0.1, 0.5, 0.9}:round())"};
const Op op_trunc = {
    .name = "trunc", .where = "tm", .eq = "y = x without its fraction", .doc = "rounds towards 0", .in = {"x"},
    .flags = OP_NO_GRAD | OP_IN_PLACE, .saves = 0, .kernel = M_TRUNC,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops,
    .example = "print(tensor{0.1, 0.5, 0.9}:trunc())"};
const Op op_isnan = {
    .name = "isnan", .where = "tm", .eq = "y = x is NaN", .doc = "bool: not a number", .in = {"x"},
    .flags = OP_NO_GRAD, .saves = 0, .kernel = M_ISNAN,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops,
    .example = "print(tensor{0.1, 0.5, 0.9}:isnan())"};
const Op op_signbit = {
    .name = "signbit", .where = "tm", .eq = "y = x has a minus", .doc = "bool: negative, -0 too", .in = {"x"},
    .flags = OP_NO_GRAD, .saves = 0, .kernel = M_SIGNBIT,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops,
    .example = "print(tensor{-1, 0, 2}:signbit())"};
const Op op_isinf = {
    .name = "isinf", .where = "tm", .eq = "y = |x| is infinite", .doc = "bool: infinite", .in = {"x"},
    .flags = OP_NO_GRAD, .saves = 0, .kernel = M_ISINF,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops,
    .example = "print(tensor{0.1, 0.5, 0.9}:isinf())"};
const Op op_isfinite = {
    .name = "isfinite", .where = "tm", .eq = "y = x is finite", .doc = "bool: neither infinite nor NaN", .in = {"x"},
    .flags = OP_NO_GRAD, .saves = 0, .kernel = M_ISFINITE,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops,
    .example = "print(tensor{0.1, 0.5, 0.9}:isfinite())"};
const Op op_logical_not = {
    .name = "logical_not", .where = "tm", .eq = "y = x == 0", .doc = "bool: negation, also ~x", .in = {"x"},
    .flags = OP_NO_GRAD, .saves = 0, .kernel = M_NOT,
    .shape = unary_shape, .forward = map_forward, .flops = unary_flops,
    .example = "print(tensor{0.1, 0.5, 0.9}:logical_not())"};
