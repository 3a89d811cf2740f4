/* index.h: reading 1-based index tensors, and assignment through masks and indices. */
#ifndef LUNETTE_INDEX_H
#define LUNETTE_INDEX_H
#include "tensor.h"

/* Element `flat` of ids as a position 0..size-1 (negative counts from the end); -1: outside. */
int64_t index_at(const Tensor *ids, int64_t flat, int64_t size);
/* All of ids inside 1..size or -size..-1; the message names op, value and range. */
bool index_check(const Tensor *ids, int64_t size, const char *op, Err *e);

/* Positions 0..size-1 of all ids (which index_check has passed), row-major: a new contiguous i64 tensor. */
Tensor *index_positions(const Tensor *ids, int64_t size, Err *e);

/* Number v of 1..size, or from the end, as a place from 0; of what is outside, no number below size. */
static inline uint64_t index_place(int64_t v, int64_t size) { return (uint64_t)(v < 0 ? v + size : v - 1); }
/* n ids from element `first` on, as they stand: where they lie, or in `room`. */
const int64_t *index_ids(const Tensor *ids, int64_t first, int64_t n, int64_t *room);

/* n elements, the k-th of x or y at k step + (place of ids[k] in `places`) jump, the other side's at k, or k from: picked,
 * put, or added (ids NULL: at k step alone).  True: an id was outside; picking took place 0 then, the others nothing. */
bool index_pick(size_t size, int64_t n, void *y, const void *x, int64_t step, int64_t jump,
                const int64_t *ids, int64_t places);
bool index_put(size_t size, int64_t n, void *y, int64_t step, int64_t jump, const void *x, int64_t from,
               const int64_t *ids, int64_t places);
bool index_join(Dtype d, int64_t n, void *y, int64_t step, int64_t jump, const void *x, int64_t from,
                const int64_t *ids, int64_t places);

/* A walk over the elements of `over` (ids, or the slices that 1-d ids place), a row of its last dimension at
 * a time, and where each of them is in a tensor that is indexed along dim. */
typedef struct IndexWalk {
  const Tensor *over;
  int dim;
  bool whole;         /* one index for a slice along dim; else one for each element */
  const int64_t *pos; /* from index_positions                                      */
} IndexWalk;
/* Element k of a row: at base + k step + (p ? p[k] jump : 0), in elements. */
typedef struct IndexRun {
  int64_t base, step, jump;
  const int64_t *p;
} IndexRun;
int64_t index_rows(const IndexWalk *w, int64_t *length); /* how many rows, and of how many elements */
IndexRun index_run(const IndexWalk *w, int64_t row, const Tensor *indexed);
IndexRun index_plain_run(const IndexWalk *w, int64_t row,
                         const Tensor *t); /* of a tensor shaped as over, or larger */

/* x[mask] = value: mask bool of x's shape (or of its first dimensions); value broadcasts, or has one row for
 * each true. */
bool tensor_put_mask(Tensor *x, const Tensor *mask, const Tensor *value, Err *e);
/* x[ids] = value along the first dimension; value broadcasts to [ids shape, rest]. */
bool tensor_put_rows(Tensor *x, const Tensor *ids, const Tensor *value, Err *e);

#endif
