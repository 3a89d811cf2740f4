/* together.h: what an op may ask of the other processes of a run; who they are, and how they are reached, is not known here. */
#ifndef LUNETTE_TOGETHER_H
#define LUNETTE_TOGETHER_H
#include "err.h"

#include <stdint.h>

typedef struct Together {
  int size;    /* processes; row r of what is gathered is process r's          */
  bool counts; /* false: this process's rows of the batch are another's (0 of it) */
  bool (*gather)(const double *mine, int64_t n, double *all, Err *e); /* all: [size][n] */
} Together;

extern const Together *nn_together; /* NULL: a process of its own */

#endif
