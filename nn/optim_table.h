/* optim_table.h: the optimisers, each declared once: its rule, its state, its options with defaults, ranges
 * and doc.  The bindings, their checks and help are made from it; a new one is a record here and a rule in
 * optim.c.
 *
 * Does NOT: hold parameters or state (vm/bind/bind_optim.c), schedule rates (nn/lua/optim.lua). */
#ifndef LUNETTE_OPTIM_TABLE_H
#define LUNETTE_OPTIM_TABLE_H
#include "optim.h"

enum { OPTIM_STATES = 3, OPTIM_OPTIONS = 8 };

typedef union OptimSettings { /* `lr` comes first in each */
  double lr;
  OptimSgd sgd;
  OptimAdam adam;
  OptimRmsprop rmsprop;
  OptimAdagrad adagrad;
} OptimSettings;

typedef enum OptimKind { OPTIM_NONE, OPTIM_NUMBER, OPTIM_PAIR, OPTIM_FLAG } OptimKind;

typedef struct OptimOption {
  const char *name;
  OptimKind kind;
  size_t at;     /* where it lies in the settings: a double, the first of two, a bool */
  double def[2]; /* a flag's: 0                                                       */
  double below;  /* numbers are at least 0 and below this; INFINITY: finite           */
  const char *doc;
} OptimOption;

typedef struct OptimRule {
  const char *name; /* as users see it: "Adam"                          */
  const char *doc;  /* one line, with the paper                         */
  const char *eq;   /* one step: p parameter, g gradient, t step from 1 */
  const char *more; /* options of a second example, or NULL             */
  OptimOption option[OPTIM_OPTIONS];
  bool (*agrees)(const OptimSettings *o, Err *e); /* NULL: any options go together */
  unsigned (*states)(const OptimSettings *o);     /* which of the state tensors it keeps, as bits */
  double (*start)(const OptimSettings *o);        /* what its state starts as; NULL: 0 */
  bool (*update)(Tensor *p, const Tensor *g, Tensor *const s[OPTIM_STATES], const OptimSettings *o,
                 int64_t step, Err *e);
} OptimRule;

extern const OptimRule optim_rules[];          /* NULL name ends */
const OptimRule *optim_rule(const char *name); /* NULL: there is none */
void optim_defaults(const OptimRule *r, OptimSettings *s);
const OptimOption *optim_option(const OptimRule *r, const char *name); /* NULL: it has none of that name */
/* Sets an option (v[1] counts for pairs only).  False: out of its range, and nothing has changed. */
bool optim_set(const OptimRule *r, OptimSettings *s, const OptimOption *o, const double v[2], Err *e);
/* False: options that do not go together. */
bool optim_agrees(const OptimRule *r, const OptimSettings *s, Err *e);

#endif
