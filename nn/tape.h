/* tape.h: reverse-mode differentiation over the op table; the only autograd.
 *
 * tape_run runs an op and, when an input needs a gradient and recording is on, notes it in a list in order of
 * creation.  tape_backward walks that list back from the loss, calls each op's backward once, adds into the
 * leaves' grad, and frees what each record saved as it passes.  A record dies with the last tensor that it
 * made, so a forward pass nobody differentiates frees itself.
 *
 * Saved tensors remember their version: a change in place after the forward pass is an error, not a wrong
 * number. */
#ifndef LUNETTE_TAPE_H
#define LUNETTE_TAPE_H
#include "op.h"

typedef struct Tape Tape;

Tape *tape_new(Err *e);
void tape_free(Tape *t); /* records still held by tensors stay valid until they are released */
bool tape_recording(const Tape *t);
void tape_set_recording(Tape *t, bool on);
/* op_run plus a record.  c->y[i] carry requires_grad and fn where they are differentiable. */
bool tape_run(Tape *t, OpCall *c, Err *e);
/* `loss` must need a gradient; `seed` has its shape, or NULL for 1 (then loss has one element).  keep: the
 * graph stays usable for a second backward. */
bool tape_backward(Tape *t, Tensor *loss, Tensor *seed, bool keep, Err *e);
/* May this tensor be changed in place now?  Not while recording if gradients flow through it. */
bool tape_may_change(const Tape *t, const Tensor *x, const char *what, Err *e);
int64_t tape_length(const Tape *t); /* records alive                                                  */
/* The anomaly mode: the first result or gradient that holds NaN or inf is an error (anomaly.h).  `place`
 * writes where an op runs, "" when nobody knows; backward's errors quote what it said when the op ran
 * forward. */
typedef void TapePlace(void *context, char *text, size_t size);
void tape_set_anomaly(Tape *t, bool on);
void tape_set_place(Tape *t, TapePlace *place, void *context);

/* Who wants to know during backward when gradients are final.  A leaf's is when the last op that uses it has been
 * passed; a leaf that the loss does not depend on, or whose last op got no gradient, is not reported. */
typedef struct TapeWatch {
  void *context;
  int leaves;
  int (*leaf)(void *context, const Tensor *x);    /* its number from 0 on; -1: none of theirs */
  bool (*ready)(void *context, int leaf, Err *e); /* its gradient is final                    */
  bool (*between)(void *context, Err *e);         /* after each op                            */
} TapeWatch;
void tape_watch(Tape *t, const TapeWatch *w); /* for the backwards that follow; NULL: nobody */
int64_t tape_backwards(const Tape *t);        /* how often tape_backward has begun           */

#endif
