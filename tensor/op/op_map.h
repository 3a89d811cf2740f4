/* op_map.h: the forward pass that all pointwise ops share. */
#ifndef LUNETTE_OP_MAP_H
#define LUNETTE_OP_MAP_H
#include "op.h"

typedef struct MapCall {
  int kernel, nx;  /* MapKernel, and how many of the call's inputs it reads */
  const double *p; /* its parameters                                        */
} MapCall;

/* y = kernel(x...), which may wait until y is read (fuse.h). */
bool map_forward(OpCall *c, Err *e);
/* The kernel that computes a call: the op's own, or of a power with a plain exponent a cheaper one. */
MapCall map_call(const OpCall *c);

#endif
