/* reduce.h: sums and other reductions over any set of dimensions; deterministic: blocks of fixed size are
 * joined in a fixed order, whatever the number of threads. */
#ifndef LUNETTE_REDUCE_H
#define LUNETTE_REDUCE_H
#include "reduce_kernel.h"
#include "tensor.h"

/* y = kind of x over the dimensions where `over` is true; y is contiguous, has the remaining dimensions (or
 * all, with 1 where reduced), is of x's dtype (float) and is overwritten, or added to.  x is float.  False:
 * no memory. */
bool reduce_run(enum ReduceKind kind, Tensor *y, const Tensor *x, const bool over[DIMS], bool add, Err *e);

/* to (+)= the sum of `from` over the dimensions that `to` lacks or has with size 1 (the inverse of
 * broadcasting). `to` is contiguous.  False: no scratch memory. */
bool reduce_sum_to(Tensor *to, const Tensor *from, bool add, Err *e);

/* pointwise_grad, summed over the dimensions along which dx was broadcast to x[0]'s shape. */
bool reduce_grad_to(int map, int i, Tensor *dx, const Tensor *const *x, int nx, const double *p, bool add,
                    Err *e);

/* x with the reduced dimensions moved last, contiguous: [outer..., reduced...].  One reference. */
Tensor *reduce_gathered(const Tensor *x, const bool over[DIMS], int64_t *outer, int64_t *inner, Err *e);

#endif
