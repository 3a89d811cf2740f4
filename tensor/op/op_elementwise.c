/* op_elementwise.c: the ops of elementwise.def: shapes, dtypes, records. */
#include "op.h"

#include "op_map.h"
#include "pointwise.h"

#include <math.h>
#include <string.h>

/* clang-format off */
#define NO_PARAMS           NO_ROWS,
#define WITH(...)           SOME_ROWS, __VA_ARGS__
#define ROWS(name, ...)     ROWS_(name, __VA_ARGS__)
#define ROWS_(name, which, ...) which(name, __VA_ARGS__)
#define NO_ROWS(...)
#define SOME_ROWS(name, ...) \
  PARAMS(name, __VA_ARGS__) \
  _Static_assert(sizeof(struct name##_params) == sizeof name##_table / sizeof *name##_table * sizeof(double), \
                 "kernels read the parameters of " #name " as an array of numbers");
#define UNARY(name, who, eq, doc, dtype, flags, params, ...) ROWS(name, params)
#define BINARY              UNARY
#define TERNARY             UNARY
#define KERNEL(...)
#include "elementwise.def"
/* clang-format on */

static bool clash(const OpCall *c, const Tensor *a, const Tensor *b, Err *e) {
  char left[TEXT], right[TEXT];
  return err_set(e, "%s: shapes do not broadcast: left %s, right %s", c->op->name, tensor_text(left, a),
                 tensor_text(right, b));
}

/* y has the common shape of all inputs. */
static bool broadcast_to(OpCall *c, Dtype d, Err *e) {
  if (c->nx == 1) return op_output_alike(c, 0, d, c->x[0]->nd, c->x[0]->shape, e) != NULL;
  Tensor so_far = *c->x[0];
  for (int i = 1; i < c->nx; i++) {
    Shape s;
    if (!shape_broadcast(&so_far, c->x[i], &s)) return clash(c, &so_far, c->x[i], e);
    so_far.nd = s.nd;
    memcpy(so_far.shape, s.d, sizeof so_far.shape);
  }
  return op_output_alike(c, 0, d, so_far.nd, so_far.shape, e) != NULL;
}

static Dtype promoted(const OpCall *c, int from) {
  Dtype d = c->x[from]->dtype;
  for (int i = from + 1; i < c->nx; i++) d = dtype_promote(d, c->x[i]->dtype);
  return d;
}

/* --- the dtypes of y: what stands in the rows ------------------------------------------------------------- */

static bool map_shape(OpCall *c, Err *e) {
  const Dtype d = promoted(c, 0);
  return broadcast_to(c, dtype_is_float(d) ? d : c->op->flags & OP_FLOAT ? F32 : d == BOOL ? I64 : d, e);
}
/* Powers of integers are integers, which i64 keeps exact far beyond f32; as products do, they wrap beyond 2^63.
 * One negative exponent, beside which no element stays whole, gives f32. */
static bool power_shape(OpCall *c, Err *e) {
  const Tensor *b = c->x[1];
  bool whole = !dtype_is_float(promoted(c, 0));
  if (whole && b->nd == 0 && !tensor_is_meta(b)) {
    tensor_settle(b);
    whole = tensor_get_int(b, 0) >= 0;
  }
  return whole ? broadcast_to(c, I64, e) : map_shape(c, e);
}
/* Limits are numbers like those beside an operator: a fraction makes integers f32, a whole limit beyond their
 * range that some element could take makes them i64. */
static Dtype clamped(Dtype d, double lo, double hi) {
  if (dtype_is_float(d)) return d;
  if (d == BOOL) d = I64;
  const bool low = lo > -INFINITY, high = hi < INFINITY;
  if ((low && lo != floor(lo)) || (high && hi != floor(hi)) || lo == INFINITY || hi == -INFINITY) return F32;
  const bool lifts = low && lo > 0 && !dtype_holds(d, lo), sinks = high && hi <= 0 && !dtype_holds(d, hi);
  if (!lifts && !sinks) return d;
  return (!lifts || dtype_holds(I64, lo)) && (!sinks || dtype_holds(I64, hi)) ? I64 : F32;
}
static bool clamp_shape(OpCall *c, Err *e) {
  const struct clamp_params *p = PARAM(clamp, c);
  if (p->min != p->min || p->max != p->max)
    return err_set(e, "%s: min and max must be numbers, got nan", c->op->name);
  return broadcast_to(c, clamped(c->x[0]->dtype, p->min, p->max), e);
}
static bool kept_shape(OpCall *c, Err *e) { return broadcast_to(c, c->x[0]->dtype, e); }
/* A factor that is no whole number makes integers f32. */
static bool scaled_shape(OpCall *c, Err *e) {
  const double by = PARAM(addcmul, c)->value;
  return by != floor(by) && !dtype_is_float(promoted(c, 0)) ? broadcast_to(c, F32, e) : map_shape(c, e);
}
/* A float has no bits to speak of. */
static bool bits_shape(OpCall *c, Err *e) {
  for (int i = 0; i < c->nx; i++)
    if (c->x[i]->dtype != BOOL && !op_want_ints(c, i, e)) return false;
  return broadcast_to(c, promoted(c, 0), e);
}
static bool truth_shape(OpCall *c, Err *e) { return broadcast_to(c, BOOL, e); }
static bool where_shape(OpCall *c, Err *e) { return broadcast_to(c, promoted(c, 1), e); }
static bool fill_shape(OpCall *c, Err *e) {
  const Tensor *x = c->x[0], *mask = c->x[1];
  if (!shape_expands_to(mask, x->nd, x->shape)) return clash(c, x, mask, e);
  if (!op_holds(c, 0, PARAM(masked_fill, c)->value, e)) return false;
  return op_output_alike(c, 0, x->dtype, x->nd, x->shape, e) != NULL;
}

/* --- the records ---------------------------------------------------------------------------------------- */

/* clang-format off */
enum { FROM_d = 0, FROM_x = SAVE_X0, FROM_a = SAVE_X0, FROM_b = SAVE_X1, FROM_c = SAVE_X2, FROM_y = SAVE_Y0 };
enum { FROM_ab = FROM_a | FROM_b, FROM_ay = FROM_a | FROM_y, FROM_by = FROM_b | FROM_y, FROM_bc = FROM_b | FROM_c };
enum { SAVED = FROM_ab | FROM_c | FROM_y, NONE = 1 << 16, PASS = 1 << 17, FLAT = 0 };
#define G(letters, dx) FROM_##letters

#define TAKEN(name, ...)             TAKEN_(name, __VA_ARGS__)
#define TAKEN_(name, which, ...)     which##_TAKEN(name)
#define NO_ROWS_TAKEN(name)          NULL
#define SOME_ROWS_TAKEN(name)        TAKES(name)
#define AB                           {"a", "b"}
#define NAMES(...)                   {__VA_ARGS__}
#define CHECK(least, most, ...)      .lo = least, .hi = most, .args = "" __VA_ARGS__
#define NO_CHECK                     .lo = 0

/* An example where the row has none of its own, and what it says to see. */
#define ONE_EXAMPLE(name)            "print(tensor{0.1, 0.5, 0.9}:" #name "())"
#define TWO_EXAMPLE(name)            "print(tensor{1, 2, 3}:" #name "(tensor{3, 2, 1}))"
#define SECOND(one, two, ...)        two
#define THIRD(one, two, three, ...)  three
#define TEXTS(plain, ...)            .example = SECOND(0, ##__VA_ARGS__, plain, 0), \
                                     .see = THIRD(0, ##__VA_ARGS__, 0, 0, 0)

#define SAYS(name_, who, eq_, doc_) .name = #name_, .where = who, .eq = eq_, .doc = doc_
#define DOES(name_, dtype, flags_, grads) \
  .flags = OP_ELEMENTWISE | (flags_) | ((grads) & NONE ? OP_NO_GRAD : 0), .saves = (grads) & SAVED, \
  .map = M_##name_, .shape = dtype##_shape, .forward = map_forward, \
  .backward = (grads) & NONE ? NULL : map_backward, .pass = (grads) & PASS ? map_pass : NULL, \
  .flops = map_flops
#define CASE(nx, grads, ...) {(grads) & NONE ? 0 : nx, __VA_ARGS__}

#define KERNEL(...)
#define UNARY(name, who, eq, doc, dtype, flags, takes, price, integers, y, dx, check_, ...) \
  const Op op_##name = { \
    SAYS(name, who, eq, doc), .in = {"x"}, .param = TAKEN(name, takes), DOES(name, dtype, flags, dx), \
    .check = {CASE(1, dx, {{2, {3, 5}}}, check_)}, \
    TEXTS(ONE_EXAMPLE(name), ##__VA_ARGS__)};
#define BINARY(name, who, eq, doc, dtype, flags, takes, in_, price, integers, y, da, db, check_, ...) \
  const Op op_##name = { \
    SAYS(name, who, eq, doc), .in = in_, .param = TAKEN(name, takes), DOES(name, dtype, flags, da | db), \
    .check = {CASE(2, da | db, {{2, {3, 4}}, {2, {3, 4}}}, check_), \
              CASE(2, da | db, {{3, {2, 3, 4}}, {2, {3, 1}}}, check_)}, \
    TEXTS(TWO_EXAMPLE(name), ##__VA_ARGS__)};
#define TERNARY(name, who, eq, doc, dtype, flags, takes, in_, price, integers, y, da, db, dc, check_, ...) \
  const Op op_##name = { \
    SAYS(name, who, eq, doc), .in = in_, .param = TAKEN(name, takes), \
    DOES(name, dtype, flags, da | db | dc), \
    .check = {CASE(3, da | db | dc, {{2, {3, 4}}, {2, {3, 4}}, {1, {4}}}, check_)}, \
    TEXTS(NULL, ##__VA_ARGS__)};
#include "elementwise.def"
/* clang-format on */
