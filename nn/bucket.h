/* bucket.h: gradients in buckets, each reduced over all processes as soon as its last gradient is final.
 *
 * A bucket is one contiguous tensor of a few MB that several parameters' gradients share.  While backward runs
 * (buckets_watch), a parameter whose gradient is final is copied into its bucket, divided by the number of processes,
 * and its gradient is from then on a view of it; a full bucket starts on its way while earlier layers are still at work.
 * Buckets start in the same order in all processes: that of the plan, which is the order in which gradients got ready in
 * the first backward (Li et al. 2020, arXiv:2006.15704).  A parameter without a gradient in this process counts as zero
 * where another has one, and stays without one where nobody has.
 *
 * Does NOT: know how a bucket is reduced, or by whom (Reducer). */
#ifndef LUNETTE_BUCKET_H
#define LUNETTE_BUCKET_H
#include "tape.h"

typedef struct Reducer { /* sums a contiguous f32 or f64 in place over `share` processes */
  void *context;
  int share;
  bool (*start)(void *context, Tensor *flat, void **request, Err *e);
  bool (*look)(void *context, void **request, bool *done, Err *e); /* lets it move on    */
  bool (*wait)(void *context, void **request, Err *e);
} Reducer;

typedef struct Buckets Buckets;

/* Of n leaves, f32 or f64, retained; a bucket ends beyond `bytes`. */
Buckets *buckets_new(Tensor *const *leaves, int n, size_t bytes, const Reducer *r, Err *e);
void buckets_free(Buckets *b);
int buckets_leaves(const Buckets *b);
/* The order in which gradients got ready in the last watched backward: n numbers from 0 on, those without one last. */
const int *buckets_order(Buckets *b);
bool buckets_planned(const Buckets *b);
bool buckets_plan(Buckets *b, const int *order, Err *e); /* what all processes agreed on */

/* Before backward, or before buckets_finish without one.  flag: whether this process raises it. */
void buckets_begin(Buckets *b, bool flag);
const TapeWatch *buckets_watch(const Buckets *b); /* for tape_watch; one for all the life of b */
/* Starts what has not started and waits for all.  *flag: does any process raise it. */
bool buckets_finish(Buckets *b, bool *flag, Err *e);

typedef struct BucketTimes { /* seconds from buckets_begin on; of the last pass */
  double started, done;
  size_t bytes;
} BucketTimes;
int buckets_count(const Buckets *b);
BucketTimes buckets_times(const Buckets *b, int i);
double buckets_waited_from(const Buckets *b); /* when buckets_finish was called */

#endif
