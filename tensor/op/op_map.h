/* op_map.h: the passes that all elementwise ops (elementwise.def) share. */
#ifndef LUNETTE_OP_MAP_H
#define LUNETTE_OP_MAP_H
#include "op.h"

bool map_forward(OpCall *c, Err *e); /* y = kernel(x...) */
bool map_backward(const OpCall *c, Tensor *const *dy, Tensor **dx, unsigned add, Err *e);
Tensor *map_pass(const OpCall *c, int i, Tensor *dy, Err *e);
double map_flops(const OpCall *c);
/* Lets y wait until it is read, where no gradient is recorded (fuse.h); false: compute it. */
bool map_defer(OpCall *c);

#endif
