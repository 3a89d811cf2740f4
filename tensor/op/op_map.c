/* op_map.c: see op_map.h */
#include "op_map.h"

#include "fuse.h"

/* x^2 costs a fortieth of pow; what differs are the signs of zero and infinity under the roots, as PyTorch's
 * do. */
static int power(const Tensor *exponent) {
  if (exponent->n != 1 || tensor_is_meta(exponent)) return M_POW;
  tensor_settle(exponent);
  const double b = tensor_get(exponent, 0);
  return b == 2      ? M_SQUARE
         : b == 3    ? M_CUBE
         : b == 0.5  ? M_SQRT
         : b == -0.5 ? M_RSQRT
         : b == -1   ? M_RECIPROCAL
                     : M_POW;
}

PointwiseCall map_call(const OpCall *c) {
  PointwiseCall m = {c->op->kernel, c->nx, c->p, 0};
  while (c->op->param[m.np].kind) m.np++; /* numbers: a slot each */
  if (c->op->limits) {
    m.p = c->op->limits;
    m.np = 2;
  } else if (m.kernel == M_POW && (m.kernel = power(c->x[1])) != M_POW) {
    m.nx = 1;
  }
  return m;
}

bool map_forward(OpCall *c, Err *e) {
  (void)e;
  const PointwiseCall m = map_call(c);
  pointwise_map(m.kernel, c->y[0], (const Tensor *const *)c->x, m.nx, m.p, false);
  return true;
}

bool map_defer(OpCall *c) {
  if (!c->no_record || !fuse_worth(c->y[0])) return false;
  const PointwiseCall m = map_call(c);
  return fuse_defer(c->y[0], c->x, &m);
}
