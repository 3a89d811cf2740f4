/* fuse.h: chains of pointwise operations in one pass over memory.
 *
 * A pointwise op on large tensors moves bytes far longer than it computes.  So one whose result no gradient
 * needs is only noted: the result has its shape and its memory, and remembers the op and its inputs.  Ops on
 * it lengthen the chain.  Whoever wants the elements settles it (tensor_settle): the whole chain runs block
 * by block, what lies between staying in the cache.  The kernels are those of the single ops, so the numbers
 * are the same, bit for bit.
 *
 * Nothing else may notice: a tensor is settled before its elements are read (op_run does it for its inputs,
 * vm for the values it hands to C), and before the bytes of an input change in place everything that still
 * waits for them is settled (tensor_touch, so it comes before the change).  Settling needs no memory and
 * cannot fail; it does not listen to ^C, so chains are kept to a few hundredths of a second. */
#ifndef LUNETTE_FUSE_H
#define LUNETTE_FUSE_H
#include "pointwise.h"

enum { FUSE_FROM = 32768 }; /* elements: smaller tensors stay in the cache anyway */

bool fuse_worth(const Tensor *y); /* is y real and large enough, and may ops wait? */
/* Notes that y = kernel(x...) instead of computing it, if that is of a kind that can wait; false: compute it. */
bool fuse_defer(Tensor *y, Tensor *const *x, const PointwiseCall *m);
/* Settles every chain whose end nobody has read: for clocks, so that they measure the work. */
void fuse_settle_all(void);
/* From how many elements on ops wait; < 0: never.  A setting of the process, as the number of threads is.
 * `poison` fills what waits with NaN: a test of the law above. */
void fuse_set(int64_t from, bool poison);
int64_t fuse_from(void);
/* Ops that waited and were computed since the start, as often as they were. */
int64_t fuse_computed(void);

#endif
