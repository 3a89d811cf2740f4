/* index.h: reading 1-based index tensors, and assignment through masks and indices. */
#ifndef LUNETTE_INDEX_H
#define LUNETTE_INDEX_H
#include "tensor.h"

/* Element `flat` of ids as a position 0..size-1 (negative counts from the end); -1: outside. */
int64_t index_at(const Tensor *ids, int64_t flat, int64_t size);
/* All of ids inside 1..size or -size..-1; the message names op, value and range. */
bool index_check(const Tensor *ids, int64_t size, const char *op, Err *e);

/* Positions 0..size-1 of all ids, row-major: a new contiguous i64 tensor; NULL, with index_check's message: one is
 * outside. */
Tensor *index_positions(const Tensor *ids, int64_t size, const char *op, Err *e);
/* ids as i64, row by row; one reference. */
Tensor *index_rows(Tensor *ids, Err *e);

/* Number v of 1..size, or from the end, as a place from 0; of what is outside, no number below size. */
static inline uint64_t index_place(int64_t v, int64_t size) { return (uint64_t)(v < 0 ? v + size : v - 1); }
/* n ids from element `first` on, as they stand: where they lie, or in `room`. */
const int64_t *index_ids(const Tensor *ids, int64_t first, int64_t n, int64_t *room);

/* x[mask] = value: mask bool of x's shape (or of its first dimensions); value broadcasts, or has one row for
 * each true. */
bool tensor_put_mask(Tensor *x, const Tensor *mask, const Tensor *value, Err *e);
/* x[ids] = value along the first dimension; value broadcasts to [ids shape, rest]. */
bool tensor_put_rows(Tensor *x, const Tensor *ids, const Tensor *value, Err *e);

#endif
