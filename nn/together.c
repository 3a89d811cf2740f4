/* together.c: see together.h. */
#include "together.h"

#include "mem.h"

#include <stddef.h>

const Together *nn_together = NULL;

bool together_divisor(const char *what, double mine, double *divisor, Err *e) {
  const Together *t = nn_together;
  *divisor = mine;
  if (!t || !t->sharing) return true;
  const size_t bytes = (size_t)t->size * sizeof(double);
  double *all = mem_alloc(bytes), sum = 0;
  if (!all) return err_set(e, "%s: out of memory", what);
  const double counted = t->counts ? mine : 0;
  const bool ok = t->gather(what, &counted, 1, all, e);
  for (int r = 0; ok && r < t->size; r++) sum += all[r];
  mem_free(all, bytes);
  *divisor = t->counts ? sum * t->share / t->size : 1; /* what counts 0 must still be a number */
  return ok;
}
