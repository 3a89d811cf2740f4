/* lay.h: pointwise results that lie as their inputs do.
 *
 * Inputs that are turned alike (transposed, permuted) are passed over fastest in their own order, and a result in that
 * order costs nothing: so it takes it, and is `loose`.  Nothing else may notice: whoever could lays it row by row first
 * (lay_dense): op_run for all ops but the pointwise ones and those that read any order as fast (OP_STRIDES), vm for
 * the values that it hands to C.  So a program's results lie row by row, and have views.  A loose tensor has the only
 * header that is ever written through. */
#ifndef LUNETTE_LAY_H
#define LUNETTE_LAY_H
#include "tensor.h"

enum { LAY_FROM = 4096 }; /* elements: below that, a result lies row by row */

/* Strides of a dense result of this shape that lies as the x of its size do; false: row by row, as those that are turned
 * are not turned alike.  Inputs may be NULL. */
bool lay_alike(const Tensor *const *x, int nx, int nd, const int64_t *shape, int64_t *stride);
bool lay_same(const Tensor *a, const Tensor *b); /* of one shape: in one order? */
Tensor *lay_new(Dtype d, int nd, const int64_t *shape, const int64_t *stride, Err *e); /* loose */
/* Lays t row by row where it is loose, in memory of its own; fails for want of that only. */
bool lay_rows(Tensor *t, Err *e);
static inline bool lay_dense(Tensor *t, Err *e) { return !t->loose || lay_rows(t, e); }
/* From how many elements on; < 0: never.  A setting of the process, for tests and comparisons.  `odd` turns all results
 * round, whatever the inputs: a test of the law above. */
void lay_set(int64_t from, bool odd);
int64_t lay_from(void);

#endif
