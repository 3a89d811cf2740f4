/* reduction.c: see reduction.h. */
#include "reduction.h"

#include "mem.h"
#include "together.h"

bool reduce_rows(OpCall *c, int reduction, const RowValues *v, double divisor, Err *e) {
  double few[256];
  const size_t bytes = (size_t)v->rows * sizeof(double);
  double *value = v->rows <= 256 ? few : mem_alloc(bytes);
  if (!value) return err_set(e, "%s: out of memory", c->op->name);
  *v->value = value;
  parallel_for(v->rows, v->grain, v->tile, v->context);
  double sum = 0;
  for (int64_t i = 0; i < v->rows; i++) {
    sum += value[i];
    if (reduction == REDUCTION_none) tensor_set(c->y[0], i, value[i]);
  }
  if (reduction != REDUCTION_none) tensor_set(c->y[0], 0, sum / divisor);
  if (value != few) mem_free(value, bytes);
  *v->value = NULL;
  return true;
}

bool reduction_keep_divisor(const char *what, double mine, Tensor *saved, Err *e) {
  double divisor;
  if (!together_divisor(what, mine, &divisor, e)) return false;
  tensor_set_real(saved, 0, divisor);
  return true;
}

double reduction_divisor(const Tensor *kept, int reduction, int64_t rows) {
  if (kept) return tensor_real(kept, 0);
  return reduction == REDUCTION_mean ? (double)rows : 1;
}
