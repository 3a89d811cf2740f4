/* reduce.h: sums and other reductions over any set of dimensions; deterministic: blocks of fixed size are
 * added in a fixed order, whatever the number of threads. */
#ifndef LUNETTE_REDUCE_H
#define LUNETTE_REDUCE_H
#include "tensor.h"

/* to (+)= the sum of `from` over the dimensions that `to` lacks or has with size 1 (the inverse of
 * broadcasting). `to` is contiguous.  False: no scratch memory. */
bool reduce_sum_to(Tensor *to, const Tensor *from, bool add, Err *e);

#endif
