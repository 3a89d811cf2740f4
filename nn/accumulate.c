/* accumulate.c: see accumulate.h. */
#include "accumulate.h"

#include "lay.h"
#include "pointwise.h"

/* A gradient that can be added to: ours alone and contiguous, or in any order that is dense. */
static bool make_own(Tensor **slot, bool any, Err *e) {
  Tensor *g = *slot;
  if (g->refs == 1 && g->store->refs == 1 && (tensor_is_contiguous(g) || (any && g->loose))) return true;
  Tensor *copy = tensor_clone(g, e);
  if (!copy) return false;
  *slot = copy;
  tensor_release(g);
  return true;
}

static bool add_to(Tensor **slot, Tensor *g, Err *e) {
  if (!make_own(slot, true, e)) return false;
  const Tensor *in = g;
  pointwise_map(M_copy, *slot, &in, 1, NULL, true);
  return true;
}

/* Pointwise gradients lie as what they are computed from; a leaf's, which programs see, row by row. */
static Tensor *gradient_new(const OpCall *c, const Tensor *x, const Tensor *dy, Err *e) {
  int64_t stride[DIMS];
  const Tensor *from[OP_INPUTS + 2] = {dy, c->y[0]};
  for (int i = 0; i < c->nx && i < OP_INPUTS; i++) from[2 + i] = c->x[i];
  if (x->fn && c->op->flags & OP_ELEMENTWISE && tensor_same_shape(x, dy) &&
      lay_alike(from, 2 + c->nx, x->nd, x->shape, stride))
    return lay_new(x->dtype, x->nd, x->shape, stride, e);
  return tensor_new(x->dtype, x->nd, x->shape, e);
}

bool gradients_prepare(Gradients *g, const OpCall *c, int i, Tensor *dy, Tensor **slot, Err *e) {
  const Op *op = c->op;
  e->message[0] = 0;
  if (op->pass && (g->passed[i] = op->pass(c, i, dy, e))) return true;
  if (e->message[0]) return false;
  if (*slot) {
    if (!make_own(slot, op->flags & OP_ELEMENTWISE, e)) return false;
    g->add |= 1u << i;
  } else if (!(*slot = gradient_new(c, c->x[i], dy, e))) {
    return false;
  }
  g->dx[i] = *slot;
  g->any = true;
  return true;
}

/* Is g, row by row, all of a dy that nobody else holds? */
static bool last_of(const Tensor *dy, const Tensor *g) {
  const int more = g == dy;
  return dy->refs == 1 + more && g->store->refs == 2 - more && tensor_fills(g) && tensor_is_contiguous(g);
}

/* A leaf gets a copy of its own, if need be. */
bool gradients_accept(Tensor **slot, Tensor *g, const Tensor *x, const Tensor *dy, Err *e) {
  if (*slot) return add_to(slot, g, e);
  *slot = x->fn || last_of(dy, g) ? tensor_retain(g) : tensor_clone(g, e);
  return *slot != NULL;
}
