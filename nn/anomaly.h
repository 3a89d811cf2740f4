/* anomaly.h: where a value that is no number was born. */
#ifndef LUNETTE_ANOMALY_H
#define LUNETTE_ANOMALY_H
#include "op.h"

/* True when all of `list` (n tensors, NULL allowed) are finite; else an error that names the op, the first
 * tensor that is not, what it holds, and the ranges of the inputs that are still known:
 *
 *   log: result f32[2,4] has 3 NaN in 8 elements; x f32[2,4] is -0.93..0.31
 *
 * gradient: `list` are the gradients of the inputs; `born`, when not NULL, tells where the op ran forward. */
bool anomaly_check(const OpCall *c, Tensor *const *list, int n, bool gradient, const char *born, Err *e);

#endif
