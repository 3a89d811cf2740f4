/* accumulate.h: how gradients gather.  A slot holds the sum so far, NULL before the first gradient comes.
 *
 * For each input of an op the tape asks gradients_prepare for the place where the op's backward writes; what the
 * backward passes on as a view of dy instead (Op.pass) goes to gradients_accept. */
#ifndef LUNETTE_ACCUMULATE_H
#define LUNETTE_ACCUMULATE_H
#include "op.h"

/* Work space of one op's backward. */
typedef struct Gradients {
  Tensor **dx;     /* where backward writes                         */
  Tensor **passed; /* gradients that are views of dy, owned         */
  unsigned add;    /* bit i: dx[i] is added to, not written         */
  bool any;        /* is there a dx at all?                         */
} Gradients;

/* Input i of c, whose gradient gathers in *slot: its gradient is passed, or its place made new, or made ready to be
 * added to. */
bool gradients_prepare(Gradients *g, const OpCall *c, int i, Tensor *dy, Tensor **slot, Err *e);
/* Gathers g, which is dy or a view of it, into input x's slot: no arithmetic when it is the first. */
bool gradients_accept(Tensor **slot, Tensor *g, const Tensor *x, const Tensor *dy, Err *e);

#endif
