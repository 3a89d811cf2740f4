/* together.h: what an op may ask of the other processes of a run; who they are, and how they are reached, is not known here. */
#ifndef LUNETTE_TOGETHER_H
#define LUNETTE_TOGETHER_H
#include "err.h"

#include <stdint.h>

typedef struct Together {
  int size;     /* processes; row r of what is gathered is process r's          */
  bool counts;  /* false: this process's rows of the batch are another's (0 of it) */
  bool sharing; /* the rows at hand are this process's part of a batch of all */
  double share; /* its part of the rows, times the processes */
  bool (*gather)(const char *what, const double *mine, int64_t n, double *all, Err *e); /* all: [size][n] */
} Together;

extern const Together *nn_together; /* NULL: a process of its own */

/* What a mean over counted rows divides by, of which this process has `mine`.  Where a batch is shared that is the count
 * of all, so that the processes' means, averaged by their shares of the rows, are the mean over the whole batch:
 * 1/P sum_r s_r (S_r / D_r) = sum_r S_r / sum_r n_r, with D_r = s_r / P sum_r n_r. */
bool together_divisor(const char *what, double mine, double *divisor, Err *e);

#endif
