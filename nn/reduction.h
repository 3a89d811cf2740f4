/* reduction.h: what a loss does with its elements, rows or samples. */
#ifndef LUNETTE_REDUCTION_H
#define LUNETTE_REDUCTION_H
#include "op.h"
#include "parallel.h"

CHOICES(REDUCTION, mean, sum, none)

/* How a loss finds the value of each row: tiles of `grain` rows put them where *value then points. */
typedef struct RowValues {
  int64_t rows, grain;
  TileFn tile;
  void *context;
  double **value;
} RowValues;

/* c->y[0] = the rows' values, or their sum divided by `divisor`, which is 1 unless they are averaged. */
bool reduce_rows(OpCall *c, int reduction, const RowValues *v, double divisor, Err *e);
/* In forward: what the mean divides by (together.h), of which this process has `mine`, for backward. */
bool reduction_keep_divisor(const char *what, double mine, Tensor *saved, Err *e);
/* What is divided by, forward and backward: what was kept where rows do not count alike, else their number; 1 without a
 * mean. */
double reduction_divisor(const Tensor *kept, int reduction, int64_t rows);

#endif
