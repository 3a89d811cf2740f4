/* op_map.c: see op_map.h */
#include "op_map.h"

#include "fuse.h"
#include "kernel.h"
#include "reduce.h"

/* x^2 costs a fortieth of pow; what differs are the signs of zero and infinity under the roots, as PyTorch's
 * do. */
static int power(const Tensor *exponent) {
  if (exponent->n != 1 || tensor_is_meta(exponent)) return M_pow;
  tensor_settle(exponent);
  const double b = tensor_get(exponent, 0);
  return b == 2      ? M_square
         : b == 3    ? M_cube
         : b == 0.5  ? M_sqrt
         : b == -0.5 ? M_rsqrt
         : b == -1   ? M_reciprocal
                     : M_pow;
}

/* Parameters of elementwise ops are numbers, every one: op_elementwise.c asserts it. */
static const double *numbers(const OpCall *c) { return (const double *)(const void *)c->param; }

/* The kernel that computes a call: the op's own, or of a power with a plain exponent a cheaper one. */
static PointwiseCall map_call(const OpCall *c) {
  PointwiseCall m = {c->op->map, c->nx, numbers(c), c->op->params};
  if (m.kernel == M_bitwise_not && c->x[0]->dtype == BOOL) m.kernel = M_logical_not; /* a truth is one bit */
  if (m.kernel == M_pow && (m.kernel = power(c->x[1])) != M_pow) m.nx = 1;
  return m;
}

/* --- where integers have no result ------------------------------------------------------------------------ */

/* Has b a divisor of 0, or for a power an exponent below 0?  Of few, or without memory: perhaps. */
static bool may_be_undefined(const Tensor *b, bool power) {
  enum { FEW = 64 };
  const enum ElementKind kind = power ? E_LEAST : E_COUNT;
  bool over[DIMS];
  int64_t found = 0, least = 0;
  double value = 0; /* room for any dtype's */
  const void *at = &value;
  Err e;
  if (b->loose || tensor_is_contiguous(b)) {
    found = element_kernels(b->dtype)->row[kind](b->n, b->data);
    at = b->data + (size_t)found * dtype_size[b->dtype];
  } else {
    for (int i = 0; i < b->nd; i++) over[i] = true;
    if (b->n < FEW || !reduce_elements(kind, &found, power ? &value : NULL, b, over, &e)) return true;
  }
  if (!power) return found < b->n;
  elements_copy(1, &least, I64, 1, at, b->dtype, 1);
  return least < 0;
}

/* The first element of b, in row-major order, at which integers have no result.  -1: there is none. */
static int64_t first_undefined(const OpCall *c) {
  const int map = c->op->map;
  const bool power = map == M_pow, quotient = map == M_floordiv || map == M_remainder || map == M_fmod;
  if (!(power || quotient) || dtype_is_float(c->y[0]->dtype) || c->y[0]->n == 0) return -1;
  const Tensor *b = c->x[1];
  tensor_settle(b);
  for (int64_t i = 0, some = may_be_undefined(b, power); some && i < b->n; i++) {
    const int64_t v = tensor_get_int(b, i);
    if (power ? v < 0 : v == 0) return i;
  }
  return -1;
}

static bool refuse_undefined(const OpCall *c, int64_t at, Err *e) {
  char left[TEXT], right[TEXT];
  const Tensor *a = c->x[0], *b = c->x[1];
  if (c->op->map == M_pow)
    return err_set(
        e, "%s: integers have no negative powers, and element %lld of %s is %lld (x:to\"f32\" converts)",
        c->op->name, (long long)at + 1, tensor_text(right, b), (long long)tensor_get_int(b, at));
  if (b->nd == 0)
    return err_set(e, "%s: integer division by zero: %s by 0", c->op->name, tensor_text(left, a));
  return err_set(e, "%s: integer division by zero: %s by %s, whose element %lld is 0", c->op->name,
                 tensor_text(left, a), tensor_text(right, b), (long long)at + 1);
}

/* Whole numbers are finite: nobody reads them to say so. */
static bool known(const OpCall *c) {
  const int map = c->op->map;
  if ((map != M_isnan && map != M_isinf && map != M_isfinite) || dtype_is_float(c->x[0]->dtype)) return false;
  tensor_fill(c->y[0], map == M_isfinite);
  return true;
}

bool map_forward(OpCall *c, Err *e) {
  if (known(c)) return true;
  const int64_t at = first_undefined(c);
  if (at >= 0) return refuse_undefined(c, at, e);
  const PointwiseCall m = map_call(c);
  pointwise_map(m.kernel, c->y[0], (const Tensor *const *)c->x, m.nx, m.p, false);
  return true;
}

bool map_defer(OpCall *c) {
  if (!c->no_record || !fuse_worth(c->y[0]))
    return false; /* integers never wait: map_forward may refuse them */
  const PointwiseCall m = map_call(c);
  return fuse_defer(c->y[0], c->x, &m);
}

bool map_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e) {
  const int cheaper = map_call(c).kernel;
  for (int i = 0; i < c->nx; i++) {
    const int map = i == 0 ? cheaper : c->op->map, reads = map_rows[map].reads[i];
    if (!dx[i]) continue;
    if (reads == READ_NONE) {
      if (!(add >> i & 1)) tensor_fill(dx[i], 0);
      continue;
    }
    const Tensor *in[POINTWISE_INPUTS] = {dy[0]};
    int n = 1;
    for (int k = 0; k < c->nx; k++)
      if (reads >> k & 1) in[n++] = c->x[k];
    if (reads & READ_Y) in[n++] = c->y[0];
    if (!reduce_grad_to(map, i, dx[i], in, n, numbers(c), add >> i & 1, e)) return false;
  }
  return true;
}

/* A sum hands its gradient on as it is. */
Tensor *map_pass(const OpCall *c, int i, Tensor *dy, Err *e) {
  (void)e;
  const Tensor *x = c->x[i];
  bool as_it_is =
      map_rows[c->op->map].reads[i] == READ_PASS && x->dtype == dy->dtype && tensor_same_shape(x, dy);
  return as_it_is ? tensor_retain(dy) : NULL;
}

double map_flops(const OpCall *c) { return c->y[0] ? (double)c->y[0]->n : 0; }
