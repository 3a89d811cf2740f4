/* op_map.h: the forward pass that all pointwise ops share. */
#ifndef LUNETTE_OP_MAP_H
#define LUNETTE_OP_MAP_H
#include "op.h"

#include "pointwise.h"

/* y = kernel(x...). */
bool map_forward(OpCall *c, Err *e);
/* Lets it wait until y is read, where no gradient is recorded (fuse.h); false: compute it. */
bool map_defer(OpCall *c);
/* The kernel that computes a call: the op's own, or of a power with a plain exponent a cheaper one. */
PointwiseCall map_call(const OpCall *c);

#endif
