/* loader.h: batches of pictures, read and changed by threads.
 *
 * The thread that owns the Loader sends batches (which samples, into which tensor) and takes them back in the
 * order sent.  A job is one sample: a path or a row of a tensor, the list of changes, and (seed, epoch,
 * sample), from which all its random numbers come: results do not depend on the number of workers. Workers
 * touch bytes only: they allocate no tensors, raise nothing, and take no signals. */
#ifndef LUNETTE_LOADER_H
#define LUNETTE_LOADER_H
#include "augment.h"

typedef struct Loader Loader;

typedef struct LoaderPlan {
  int64_t n;               /* samples                                                         */
  const char *const *path; /* n files, or NULL: rows of x                                     */
  Tensor *x;               /* u8 or f32 [n,h,w] or [n,h,w,c], contiguous; retained            */
  int channels;            /* of files: 0 as they have them                                   */
  AugmentList list;
  uint64_t seed;
  int workers; /* 0: the work is done in loader_take                              */
} LoaderPlan;

enum { LOADER_WORKERS = 64, LOADER_BATCHES = 64 };

/* Copies the plan, paths included. */
Loader *loader_new(const LoaderPlan *plan, Err *e);
/* out: u8 or f32 [count,h,w] or [count,h,w,c], contiguous; retained until taken.  sample: 1 .. n, copied. */
bool loader_send(Loader *l, const int64_t *sample, int64_t count, int64_t epoch, Tensor *out, Err *e);
/* Waits for the batch sent first.  False: the message of its first sample that failed, with its file. */
bool loader_take(Loader *l, Err *e);
void loader_drop(Loader *l); /* forgets all batches not taken */
void loader_free(Loader *l); /* ends the workers; NULL is fine */

#endif
