/* slices.h: slices of a tensor along one dimension, by their places: picked, and added to. */
#ifndef LUNETTE_SLICES_H
#define LUNETTE_SLICES_H
#include "tensor.h"

/* The slice of t at place `at` of dimension dim, which stays with size 1. */
Tensor slice_at(const Tensor *t, int dim, int64_t at);
/* y, of x's shape but for n slices along dim, row by row: those of x at pos[k] from 0.  False: no memory. */
bool slices_pick(Tensor *y, const Tensor *x, int dim, const int64_t *pos, int64_t n, Err *e);
/* The slices of y at pos[k], in the order of k, += those of x, which has n; y lies row by row.  False: no memory. */
bool slices_add(Tensor *y, const Tensor *x, int dim, const int64_t *pos, int64_t n, Err *e);

#endif
