/* order.h: putting elements of any dtype in order.  An element becomes an unsigned key that orders as it
 * does: exact for every dtype, -0 equal to 0, NaN after all.  Sorting is by digits (stable, linear). */
#ifndef LUNETTE_ORDER_H
#define LUNETTE_ORDER_H
#include "tensor.h"

typedef struct Entry {
  uint64_t key;
  int64_t at; /* where it stood, from 0 */
} Entry;

/* Keys of n neighbouring elements; down: the greatest has the least key. */
void order_keys(uint64_t *key, const void *data, Dtype d, int64_t n, bool down);
/* The same as entries 0..n-1. */
void order_entries(Entry *row, const void *data, Dtype d, int64_t n, bool down);
/* Sorts by key, which is of dtype d, equal keys in their old order; `scratch` holds n entries.  Those of integers may become
 * what they are above the least. */
void order_sort(Entry *row, Entry *scratch, Dtype d, int64_t n);
/* Both at once; short rows of narrow elements take half the time. */
void order_row(Entry *row, Entry *scratch, const void *data, Dtype d, int64_t n, bool down);
/* The k first of these, in order, at the front of `row`; `scratch` holds n entries. */
void order_first(Entry *row, Entry *scratch, const void *data, Dtype d, int64_t n, int64_t k, bool down);
/* The key that would stand at place k (from 0) in order; `work` holds n keys.  After an interrupt all of these leave
 * garbage. */
uint64_t order_select(const uint64_t *key, uint64_t *work, int64_t n, int64_t k);

#endif
