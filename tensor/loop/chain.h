/* chain.h: several pointwise kernels on one block after another, the blocks small enough for the cache. */
#ifndef LUNETTE_CHAIN_H
#define LUNETTE_CHAIN_H
#include "kernel.h"
#include "tensor.h"

enum { CHAIN_STEPS = 24, CHAIN_LEAVES = 24, CHAIN_INPUTS = 3, CHAIN_PARAMS = 2 };

/* Values are numbered: the leaves, then the results of the steps in their order. */
typedef struct ChainStep {
  PointwiseFn fn;
  const double *p;
  int nx, x[CHAIN_INPUTS];
  int output; /* which of the chain's outputs this is, or -1: nobody keeps it */
  int buffer; /* where its block lies, unless it is an output that is not streamed  */
  bool read;  /* by a later step */
} ChainStep;

typedef struct Chain {
  Dtype dtype;
  int leaves, steps, outputs;
  bool stream; /* are the outputs so large that they pass the caches by (kernel.h)? */
  const Tensor *leaf[CHAIN_LEAVES];
  ChainStep step[CHAIN_STEPS];
  Tensor
      *y[CHAIN_STEPS]; /* the outputs: dense in one order, all of one shape, to which every leaf broadcasts */
} Chain;

/* Finds out which blocks may share a buffer, once steps and outputs are complete. */
void chain_place(Chain *c);
/* n elements of every output from byte `at` on; leaf k has them at x[k], or one for all where bit k of
 * `scalar` is set (leaves that only steps of two inputs read). */
void chain_run(const Chain *c, size_t at, int64_t n, const void *const *x, unsigned scalar);
/* Is leaf k read by steps of two inputs only? */
bool chain_scalar_ok(const Chain *c, int k);

#endif
