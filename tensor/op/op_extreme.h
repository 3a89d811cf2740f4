/* op_extreme.h: the gradient of one element that was chosen among all. */
#ifndef LUNETTE_OP_EXTREME_H
#define LUNETTE_OP_EXTREME_H
#include "op.h"

/* dx (+)= dy, of one element, spread evenly over those of x that are `best`, as PyTorch; NaN is NaN.  dx lies row by row.
 * False: no memory. */
bool extreme_spread(Tensor *dx, Tensor *x, const Tensor *best, const Tensor *dy, bool add, Err *e);

#endif
