/* op_binary.c: y = f(a, b) and y = f(a, b, c) with broadcasting; kernels in kernel/map.c and kernel/grad.c.
 */
#include "op.h"

#include "op_map.h"
#include "pointwise.h"
#include "reduce.h"

#include <string.h>

/* A gradient: its kernel and its inputs in order: d = dy, y, a b c = the op's inputs. */
typedef struct InputGrad {
  int kernel;
  const char *reads;
} InputGrad;

static const InputGrad grads[M_COUNT][3] = {
    [M_ADD] = {{G_COPY, "d"}, {G_COPY, "d"}},
    [M_SUB] = {{G_COPY, "d"}, {G_NEG, "d"}},
    [M_MUL] = {{G_MUL, "db"}, {G_MUL, "da"}},
    [M_DIV] = {{G_DIV_A, "db"}, {G_DIV_B, "dyb"}},
    [M_REMAINDER] = {{G_COPY, "d"}, {G_REM_B, "dab"}},
    [M_POW] = {{G_POW_A, "dab"}, {G_POW_B, "dya"}},
    [M_SQUARE] = {{G_SQUARE, "da"}, {G_POW_B, "dya"}}, /* and what else stands for a power */
    [M_CUBE] = {{G_CUBE, "da"}, {G_POW_B, "dya"}},
    [M_SQRT] = {{G_SQRT, "dy"}, {G_POW_B, "dya"}},
    [M_RSQRT] = {{G_RSQRT, "dy"}, {G_POW_B, "dya"}},
    [M_RECIPROCAL] = {{G_RECIPROCAL, "dy"}, {G_POW_B, "dya"}},
    [M_MAXIMUM] = {{G_MAX, "dab"}, {G_MAX, "dba"}},
    [M_MINIMUM] = {{G_MIN, "dab"}, {G_MIN, "dba"}},
    [M_ATAN2] = {{G_ATAN2_A, "dab"}, {G_ATAN2_B, "dab"}},
    [M_FMOD] = {{G_COPY, "d"}, {G_FMOD_B, "dab"}},
    [M_HYPOT] = {{G_HYPOT, "day"}, {G_HYPOT, "dby"}},
    [M_COPYSIGN] = {{G_COPYSIGN, "dab"}, {0, NULL}},
    [M_LDEXP] = {{G_LDEXP, "db"}, {G_EXP2, "dy"}},
    [M_FDIM] = {{G_FDIM_A, "dab"}, {G_FDIM_B, "dab"}},
    [M_LOGADDEXP] = {{G_LOGADDEXP, "dab"}, {G_LOGADDEXP, "dba"}},
    [M_WHERE] = {{0, NULL}, {G_KEEP, "da"}, {G_DROP, "da"}},
    [M_FMA] = {{G_MUL, "db"}, {G_MUL, "da"}, {G_COPY, "d"}},
    [M_LERP] = {{G_LERP_A, "dc"}, {G_MUL, "dc"}, {G_LERP_W, "dab"}},
    [M_MASKED_FILL] = {{G_DROP, "db"}},
};

static bool is_truth(int kernel) { return kernel >= M_EQ && kernel <= M_XOR; }

static Dtype result(const OpCall *c) {
  if (is_truth(c->op->kernel)) return BOOL;
  if (c->op->kernel == M_MASKED_FILL) return c->x[0]->dtype;
  int from = c->op->kernel == M_WHERE ? 1 : 0;
  Dtype d = dtype_promote(c->x[from]->dtype, c->x[from + 1]->dtype);
  if (c->op->flags & OP_FLOAT && !dtype_is_float(d)) return F32;
  return d == BOOL && c->op->kernel != M_WHERE ? I64 : d;
}

static bool clash(OpCall *c, const Tensor *a, const Tensor *b, Err *e) {
  char left[TEXT], right[TEXT];
  return err_set(e, "%s: shapes do not broadcast: left %s, right %s", c->op->name, tensor_text(left, a),
                 tensor_text(right, b));
}

/* The common shape of all inputs. */
static bool broadcast_shape(OpCall *c, Err *e) {
  Tensor so_far = *c->x[0];
  for (int i = 1; i < c->nx; i++) {
    Shape s;
    if (!shape_broadcast(&so_far, c->x[i], &s)) return clash(c, &so_far, c->x[i], e);
    so_far.nd = s.nd;
    memcpy(so_far.shape, s.d, sizeof so_far.shape);
  }
  return op_output(c, 0, result(c), so_far.nd, so_far.shape, e) != NULL;
}

static bool masked_fill_shape(OpCall *c, Err *e) {
  if (!shape_expands_to(c->x[1], c->x[0]->nd, c->x[0]->shape)) return clash(c, c->x[0], c->x[1], e);
  return op_output(c, 0, c->x[0]->dtype, c->x[0]->nd, c->x[0]->shape, e) != NULL;
}

static bool map_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  const int kernel = map_call(c).kernel;
  for (int i = 0; i < c->nx; i++) {
    const InputGrad *g = &grads[kernel][i];
    if (!dx[i]) continue;
    if (!g->reads) { /* flat in this input */
      if (!(add >> i & 1)) tensor_fill(dx[i], 0);
      continue;
    }
    const Tensor *in[POINTWISE_INPUTS];
    int n = 0;
    for (const char *r = g->reads; *r; r++)
      in[n++] = *r == 'd' ? dy[0] : *r == 'y' ? c->y[0] : c->x[*r - 'a'];
    if (!reduce_grad_to(g->kernel, dx[i], in, n, c->p, add >> i & 1, e)) return false;
  }
  return true;
}

/* A sum hands its gradient on as it is. */
static Tensor *add_pass(const OpCall *c, int i, Tensor *dy, Err *e) {
  (void)e;
  const Tensor *x = c->x[i];
  return x->dtype == dy->dtype && tensor_same_shape(x, dy) ? tensor_retain(dy) : NULL;
}
static Tensor *sub_pass(const OpCall *c, int i, Tensor *dy, Err *e) {
  return i == 0 ? add_pass(c, i, dy, e) : NULL;
}

static double map_flops(const OpCall *c) { return c->y[0] ? (double)c->y[0]->n : 0; }

/* clang-format off */
const Op op_add = {
    .name = "add", .where = "tm", .eq = "y = a + b", .doc = "sum, also a + b", .in = {"a", "b"},
    .flags = OP_IN_PLACE, .saves = 0, .kernel = M_ADD,
    .shape = broadcast_shape, .forward = map_forward, .flops = map_flops, .backward = map_backward, .pass = add_pass,
    .check = {{2, {{2, {3, 4}}, {2, {3, 4}}}}, {2, {{3, {2, 3, 4}}, {2, {3, 1}}}}},
    .example = "print(tensor{1, 2, 3}:add(tensor{3, 2, 1}))"};
const Op op_sub = {
    .name = "sub", .where = "tm", .eq = "y = a - b", .doc = "difference, also a - b", .in = {"a", "b"},
    .flags = OP_IN_PLACE, .saves = 0, .kernel = M_SUB,
    .shape = broadcast_shape, .forward = map_forward, .flops = map_flops, .backward = map_backward, .pass = sub_pass,
    .check = {{2, {{2, {3, 4}}, {2, {3, 4}}}}, {2, {{3, {2, 3, 4}}, {2, {3, 1}}}}},
    .example = "print(tensor{1, 2, 3}:sub(tensor{3, 2, 1}))"};
const Op op_mul = {
    .name = "mul", .where = "tm", .eq = "y = a b", .doc = "elementwise product, also a * b", .in = {"a", "b"},
    .flags = OP_IN_PLACE, .saves = SAVE_X0 | SAVE_X1, .kernel = M_MUL,
    .shape = broadcast_shape, .forward = map_forward, .flops = map_flops, .backward = map_backward,
    .check = {{2, {{2, {3, 4}}, {2, {3, 4}}}}, {2, {{3, {2, 3, 4}}, {2, {3, 1}}}}},
    .example = "print(tensor{1, 2, 3}:mul(tensor{3, 2, 1}))"};
const Op op_div = {
    .name = "div", .where = "tm", .eq = "y = a / b", .doc = "quotient, also a / b; integers give f32", .in = {"a", "b"},
    .flags = OP_IN_PLACE | OP_FLOAT, .saves = SAVE_X1 | SAVE_Y0, .kernel = M_DIV,
    .shape = broadcast_shape, .forward = map_forward, .flops = map_flops, .backward = map_backward,
    .check = {{2, {{2, {3, 4}}, {2, {3, 4}}}, .lo = 0.5, .hi = 2}, {2, {{3, {2, 3, 4}}, {2, {3, 1}}}, .lo = 0.5, .hi = 2}},
    .example = "print(tensor{1, 2, 3}:div(tensor{3, 2, 1}))"};
const Op op_floordiv = {
    .name = "floordiv", .where = "tm", .eq = "y = floor(a / b)", .doc = "quotient rounded down, also a // b; integers stay integers, x // 0 is 0 for them", .in = {"a", "b"},
    .flags = OP_IN_PLACE | OP_NO_GRAD, .saves = 0, .kernel = M_FLOORDIV,
    .shape = broadcast_shape, .forward = map_forward, .flops = map_flops,
    .example = "print(tensor{1, 2, 3}:floordiv(tensor{3, 2, 1}))"};
const Op op_remainder = {
    .name = "remainder", .where = "tm", .eq = "y = a - b floor(a / b)", .doc = "rest with the sign of b, also a % b", .in = {"a", "b"},
    .flags = OP_IN_PLACE, .saves = SAVE_X0 | SAVE_X1, .kernel = M_REMAINDER,
    .shape = broadcast_shape, .forward = map_forward, .flops = map_flops, .backward = map_backward,
    .check = {{2, {{2, {3, 4}}, {2, {3, 4}}}, .lo = 0.6, .hi = 2}, {2, {{3, {2, 3, 4}}, {2, {3, 1}}}, .lo = 0.6, .hi = 2}},
    .example = "print(tensor{1, 2, 3}:remainder(tensor{3, 2, 1}))"};
const Op op_pow = {
    .name = "pow", .where = "tm", .eq = "y = a^b", .doc = "power, also a ^ b; integers give f32", .in = {"a", "b"},
    .flags = OP_IN_PLACE | OP_FLOAT, .saves = SAVE_X0 | SAVE_X1 | SAVE_Y0, .kernel = M_POW,
    .shape = broadcast_shape, .forward = map_forward, .flops = map_flops, .backward = map_backward,
    .check = {{2, {{2, {3, 4}}, {2, {3, 4}}}, .lo = 0.5, .hi = 2}, {2, {{3, {2, 3, 4}}, {2, {3, 1}}}, .lo = 0.5, .hi = 2}},
    .example = "print(tensor{1, 2, 3}:pow(tensor{3, 2, 1}))"};
const Op op_maximum = {
    .name = "maximum", .where = "tm", .eq = "y = max(a, b)", .doc = "the greater of two tensors, element by element", .in = {"a", "b"},
    .flags = OP_IN_PLACE, .saves = SAVE_X0 | SAVE_X1, .kernel = M_MAXIMUM,
    .shape = broadcast_shape, .forward = map_forward, .flops = map_flops, .backward = map_backward,
    .check = {{2, {{2, {3, 4}}, {2, {3, 4}}}}, {2, {{3, {2, 3, 4}}, {2, {3, 1}}}}},
    .example = "print(tensor{1, 2, 3}:maximum(tensor{3, 2, 1}))"};
const Op op_minimum = {
    .name = "minimum", .where = "tm", .eq = "y = min(a, b)", .doc = "the lesser of two tensors, element by element", .in = {"a", "b"},
    .flags = OP_IN_PLACE, .saves = SAVE_X0 | SAVE_X1, .kernel = M_MINIMUM,
    .shape = broadcast_shape, .forward = map_forward, .flops = map_flops, .backward = map_backward,
    .check = {{2, {{2, {3, 4}}, {2, {3, 4}}}}, {2, {{3, {2, 3, 4}}, {2, {3, 1}}}}},
    .example = "print(tensor{1, 2, 3}:minimum(tensor{3, 2, 1}))"};
const Op op_atan2 = {
    .name = "atan2", .where = "tm", .eq = "y = angle of the point (b, a)", .doc = "angle in radians, -pi..pi", .in = {"a", "b"},
    .flags = OP_IN_PLACE | OP_FLOAT, .saves = SAVE_X0 | SAVE_X1, .kernel = M_ATAN2,
    .shape = broadcast_shape, .forward = map_forward, .flops = map_flops, .backward = map_backward,
    .check = {{2, {{2, {3, 4}}, {2, {3, 4}}}}, {2, {{3, {2, 3, 4}}, {2, {3, 1}}}}},
    .example = "print(tensor{1, 2, 3}:atan2(tensor{3, 2, 1}))"};
const Op op_fmod = {
    .name = "fmod", .where = "tm", .eq = "y = a - b trunc(a / b)", .doc = "remainder with the sign of a, as C's; a % b has that of b", .in = {"a", "b"},
    .flags = OP_IN_PLACE | OP_FLOAT, .saves = SAVE_X0 | SAVE_X1, .kernel = M_FMOD,
    .shape = broadcast_shape, .forward = map_forward, .flops = map_flops, .backward = map_backward,
    .check = {{2, {{2, {3, 4}}, {2, {3, 4}}}, .lo = 0.5, .hi = 2}},
    .example = "print(tensor{-7, 7}:fmod(tensor{3, 3}))", .see = "remainder"};
const Op op_hypot = {
    .name = "hypot", .where = "tm", .eq = "y = sqrt(a^2 + b^2)", .doc = "length of the hypotenuse, without overflow", .in = {"a", "b"},
    .flags = OP_IN_PLACE | OP_FLOAT, .saves = SAVE_X0 | SAVE_X1 | SAVE_Y0, .kernel = M_HYPOT,
    .shape = broadcast_shape, .forward = map_forward, .flops = map_flops, .backward = map_backward,
    .check = {{2, {{2, {3, 4}}, {2, {3, 4}}}}, {2, {{3, {2, 3, 4}}, {2, {3, 1}}}}},
    .example = "print(tensor{3}:hypot(tensor{4}))", .see = "norm, atan2"};
const Op op_copysign = {
    .name = "copysign", .where = "tm", .eq = "y = |a| with the sign of b", .doc = "size of one, sign of the other; b gets no gradient", .in = {"a", "b"},
    .flags = OP_IN_PLACE | OP_FLOAT, .saves = SAVE_X0 | SAVE_X1, .kernel = M_COPYSIGN,
    .shape = broadcast_shape, .forward = map_forward, .flops = map_flops, .backward = map_backward,
    .check = {{2, {{2, {3, 4}}, {2, {3, 4}}}, .lo = 0.5, .hi = 2}},
    .example = "print(tensor{1, -2}:copysign(tensor{-1, 1}))", .see = "signbit, sign"};
const Op op_ldexp = {
    .name = "ldexp", .where = "tm", .eq = "y = a 2^b", .doc = "scales by a power of two", .in = {"a", "b"},
    .flags = OP_IN_PLACE | OP_FLOAT, .saves = SAVE_X1 | SAVE_Y0, .kernel = M_LDEXP,
    .shape = broadcast_shape, .forward = map_forward, .flops = map_flops, .backward = map_backward,
    .check = {{2, {{2, {3, 4}}, {2, {3, 4}}}, .lo = 0.5, .hi = 2}},
    .example = "print(tensor{1, 3}:ldexp(tensor{2, -1}))", .see = "exp2, logb"};
const Op op_nextafter = {
    .name = "nextafter", .where = "tm", .eq = "y = the next number after a, towards b", .doc = "the neighbour of a number as it is stored", .in = {"a", "b"},
    .flags = OP_IN_PLACE | OP_FLOAT | OP_NO_GRAD, .saves = 0, .kernel = M_NEXTAFTER,
    .shape = broadcast_shape, .forward = map_forward, .flops = map_flops,
    .example = "print(tensor{1}:nextafter(tensor{2}) - 1)", .see = "logb"};
const Op op_fdim = {
    .name = "fdim", .where = "tm", .eq = "y = max(a - b, 0)", .doc = "difference where it is positive", .in = {"a", "b"},
    .flags = OP_IN_PLACE | OP_FLOAT, .saves = SAVE_X0 | SAVE_X1, .kernel = M_FDIM,
    .shape = broadcast_shape, .forward = map_forward, .flops = map_flops, .backward = map_backward,
    .check = {{2, {{2, {3, 4}}, {2, {3, 4}}}, .lo = 0.5, .hi = 2}},
    .example = "print(tensor{1, 3}:fdim(tensor{2, 2}))", .see = "relu"};
const Op op_logaddexp = {
    .name = "logaddexp", .where = "tm", .eq = "y = log(exp a + exp b)", .doc = "sum in logarithms, without overflow", .in = {"a", "b"},
    .flags = OP_IN_PLACE | OP_FLOAT, .saves = SAVE_X0 | SAVE_X1, .kernel = M_LOGADDEXP,
    .shape = broadcast_shape, .forward = map_forward, .flops = map_flops, .backward = map_backward,
    .check = {{2, {{2, {3, 4}}, {2, {3, 4}}}, .lo = -2, .hi = 2}},
    .example = "print(tensor{1000}:logaddexp(tensor{1000}))", .see = "logsumexp"};
const Op op_eq = {
    .name = "eq", .where = "tm", .eq = "y = a == b", .doc = "bool: compares element by element", .in = {"a", "b"},
    .flags = OP_NO_GRAD, .kernel = M_EQ, .shape = broadcast_shape, .forward = map_forward, .flops = map_flops,
    .example = "print(tensor{1, 2, 3}:eq(2))"};
const Op op_ne = {
    .name = "ne", .where = "tm", .eq = "y = a != b", .doc = "bool: compares element by element", .in = {"a", "b"},
    .flags = OP_NO_GRAD, .kernel = M_NE, .shape = broadcast_shape, .forward = map_forward, .flops = map_flops,
    .example = "print(tensor{1, 2, 3}:ne(2))"};
const Op op_lt = {
    .name = "lt", .where = "tm", .eq = "y = a < b", .doc = "bool: compares element by element", .in = {"a", "b"},
    .flags = OP_NO_GRAD, .kernel = M_LT, .shape = broadcast_shape, .forward = map_forward, .flops = map_flops,
    .example = "print(tensor{1, 2, 3}:lt(2))"};
const Op op_le = {
    .name = "le", .where = "tm", .eq = "y = a <= b", .doc = "bool: compares element by element", .in = {"a", "b"},
    .flags = OP_NO_GRAD, .kernel = M_LE, .shape = broadcast_shape, .forward = map_forward, .flops = map_flops,
    .example = "print(tensor{1, 2, 3}:le(2))"};
const Op op_gt = {
    .name = "gt", .where = "tm", .eq = "y = a > b", .doc = "bool: compares element by element", .in = {"a", "b"},
    .flags = OP_NO_GRAD, .kernel = M_GT, .shape = broadcast_shape, .forward = map_forward, .flops = map_flops,
    .example = "print(tensor{1, 2, 3}:gt(2))"};
const Op op_ge = {
    .name = "ge", .where = "tm", .eq = "y = a >= b", .doc = "bool: compares element by element", .in = {"a", "b"},
    .flags = OP_NO_GRAD, .kernel = M_GE, .shape = broadcast_shape, .forward = map_forward, .flops = map_flops,
    .example = "print(tensor{1, 2, 3}:ge(2))"};
const Op op_logical_and = {
    .name = "logical_and", .where = "tm", .eq = "y = a and b", .doc = "bool: not zero counts as true, also a & b", .in = {"a", "b"},
    .flags = OP_NO_GRAD, .kernel = M_AND, .shape = broadcast_shape, .forward = map_forward, .flops = map_flops,
    .example = "print(tensor{1, 0, 2}:logical_and(tensor{1, 1, 0}))"};
const Op op_logical_or = {
    .name = "logical_or", .where = "tm", .eq = "y = a or b", .doc = "bool: not zero counts as true, also a | b", .in = {"a", "b"},
    .flags = OP_NO_GRAD, .kernel = M_OR, .shape = broadcast_shape, .forward = map_forward, .flops = map_flops,
    .example = "print(tensor{1, 0, 2}:logical_or(tensor{1, 1, 0}))"};
const Op op_logical_xor = {
    .name = "logical_xor", .where = "tm", .eq = "y = a xor b", .doc = "bool: not zero counts as true", .in = {"a", "b"},
    .flags = OP_NO_GRAD, .kernel = M_XOR, .shape = broadcast_shape, .forward = map_forward, .flops = map_flops,
    .example = "print(tensor{1, 0, 2}:logical_xor(tensor{1, 1, 0}))"};
const Op op_where = {
    .name = "where", .where = "tm", .eq = "y = c ? a : b", .doc = "picks from a where c is not zero, else from b",
    .in = {"c", "a", "b"}, .saves = SAVE_X0, .kernel = M_WHERE,
    .shape = broadcast_shape, .forward = map_forward, .backward = map_backward, .flops = map_flops,
    .check = {{3, {{2, {3, 4}}, {2, {3, 4}}, {1, {4}}}}},
    .example = "local x = tensor{-1, 2}\nprint(tensor.where(x:gt(0), x, 0))"};
const Op op_lerp = {
    .name = "lerp", .where = "tm", .eq = "y = a + w (b - a)", .doc = "linear interpolation", .in = {"a", "b", "w"},
    .flags = OP_IN_PLACE, .saves = SAVE_X0 | SAVE_X1 | SAVE_X2, .kernel = M_LERP,
    .shape = broadcast_shape, .forward = map_forward, .backward = map_backward, .flops = map_flops,
    .check = {{3, {{2, {3, 4}}, {2, {3, 4}}, {1, {4}}}}},
    .example = "print(tensor{0, 10}:lerp(tensor{10, 20}, 0.5))"};
const Op op_fma = {
    .name = "fma", .where = "tm", .eq = "y = a b + c", .doc = "product and sum, rounded once", .in = {"a", "b", "c"},
    .flags = OP_IN_PLACE, .saves = SAVE_X0 | SAVE_X1, .kernel = M_FMA,
    .shape = broadcast_shape, .forward = map_forward, .backward = map_backward, .flops = map_flops,
    .check = {{3, {{2, {3, 4}}, {2, {3, 4}}, {1, {4}}}}},
    .example = "print(tensor{1, 2}:fma(tensor{3, 4}, 0.5))", .see = "addcmul"};
const Op op_masked_fill = {
    .name = "masked_fill", .where = "tm", .eq = "y = value where mask, else x", .doc = "fills where mask is not zero",
    .in = {"x", "mask"}, .param = {{"value", P_NUMBER, OP_REQUIRED, "the number to put there", NULL}},
    .flags = OP_IN_PLACE, .saves = SAVE_X1, .kernel = M_MASKED_FILL,
    .shape = masked_fill_shape, .forward = map_forward, .backward = map_backward, .flops = map_flops,
    .check = {{2, {{2, {3, 4}}, {1, {4}}}, .args = "value=2"}},
    .example = "local x = tensor{-1, 2}\nprint(x:masked_fill(x:lt(0), 0))"};
