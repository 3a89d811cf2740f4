/* optim_table.c: the optimisers; see optim_table.h.  Defaults and ranges are PyTorch's. */
#include "optim_table.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* --- which state each keeps, and its step ---------------------------------------------------------------- */

static unsigned sgd_states(const OptimSettings *o) { return o->sgd.momentum != 0 ? 1u : 0u; }
static bool sgd_update(Tensor *p, const Tensor *g, Tensor *const s[OPTIM_STATES], const OptimSettings *o,
                       int64_t step, Err *e) {
  return optim_sgd(p, g, s[0], &o->sgd, step, e);
}
static bool sgd_agrees(const OptimSettings *o, Err *e) {
  if (!o->sgd.nesterov || (o->sgd.momentum > 0 && o->sgd.dampening == 0)) return true;
  return err_set(e, "optim.SGD: nesterov wants momentum above 0 and dampening 0, got %g and %g",
                 o->sgd.momentum, o->sgd.dampening);
}

static unsigned adam_states(const OptimSettings *o) { return o->adam.amsgrad ? 7u : 3u; }
static bool adam_update(Tensor *p, const Tensor *g, Tensor *const s[OPTIM_STATES], const OptimSettings *o,
                        int64_t step, Err *e) {
  return optim_amsgrad(p, g, s[0], s[1], s[2], &o->adam, step, e);
}
static bool adamw_update(Tensor *p, const Tensor *g, Tensor *const s[OPTIM_STATES], const OptimSettings *o,
                         int64_t step, Err *e) {
  OptimAdam own = o->adam;
  own.decoupled = true;
  return optim_amsgrad(p, g, s[0], s[1], s[2], &own, step, e);
}
static bool lamb_update(Tensor *p, const Tensor *g, Tensor *const s[OPTIM_STATES], const OptimSettings *o,
                        int64_t step, Err *e) {
  return optim_lamb(p, g, s[0], s[1], &o->adam, step, e);
}

static unsigned rmsprop_states(const OptimSettings *o) {
  return 1u | (o->rmsprop.momentum != 0 ? 2u : 0u) | (o->rmsprop.centered ? 4u : 0u);
}
static bool rmsprop_update(Tensor *p, const Tensor *g, Tensor *const s[OPTIM_STATES], const OptimSettings *o,
                           int64_t step, Err *e) {
  (void)step;
  return optim_rmsprop(p, g, s[0], s[1], s[2], &o->rmsprop, e);
}

static unsigned adagrad_states(const OptimSettings *o) { return (void)o, 1u; }
static double adagrad_start(const OptimSettings *o) { return o->adagrad.initial_accumulator; }
static bool adagrad_update(Tensor *p, const Tensor *g, Tensor *const s[OPTIM_STATES], const OptimSettings *o,
                           int64_t step, Err *e) {
  return optim_adagrad(p, g, s[0], &o->adagrad, step, e);
}

/* --- the table ------------------------------------------------------------------------------------------- */

/* clang-format off */
#define NUMBER(type, field, def, below, doc) {#field, OPTIM_NUMBER, offsetof(type, field), {def}, below, doc}
#define LR(type, def)    NUMBER(type, lr, def, INFINITY, "learning rate")
#define DECAY(type, def) NUMBER(type, weight_decay, def, INFINITY, "pulls weights towards 0")
#define EPS(type, def)   NUMBER(type, eps, def, INFINITY, "keeps the quotient finite")
#define MOMENTUM(type)   NUMBER(type, momentum, 0, INFINITY, "share of the last step kept")
#define BETAS            {"betas", OPTIM_PAIR, offsetof(OptimAdam, beta1), {0.9, 0.999}, 1, "decay of both moments"}
#define AMSGRAD          {"amsgrad", OPTIM_FLAG, offsetof(OptimAdam, amsgrad), {0}, 0, "v never falls; arXiv:1904.09237"}

const OptimRule optim_rules[] = {
  {.name = "SGD", .doc = "gradient descent, with momentum or Nesterov's form; Sutskever et al. 2013",
   .eq = "m = momentum m + (1 - dampening) g;  p -= lr m, or lr (g + momentum m)", .more = "momentum = 0.9",
   .option = {LR(OptimSgd, 1e-2), MOMENTUM(OptimSgd),
              NUMBER(OptimSgd, dampening, 0, INFINITY, "weakens the new gradient in the momentum"),
              {"nesterov", OPTIM_FLAG, offsetof(OptimSgd, nesterov), {0}, 0, "looks ahead; wants momentum, no dampening"},
              DECAY(OptimSgd, 0)},
   .agrees = sgd_agrees, .states = sgd_states, .update = sgd_update},
  {.name = "Adam", .doc = "steps scaled by running moments of the gradient; Kingma and Ba 2015, arXiv:1412.6980",
   .eq = "m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;  p -= lr m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps)",
   .option = {LR(OptimAdam, 1e-3), BETAS, EPS(OptimAdam, 1e-8), DECAY(OptimAdam, 0), AMSGRAD},
   .states = adam_states, .update = adam_update},
  {.name = "AdamW", .doc = "Adam with weight decay apart from the gradient; Loshchilov and Hutter 2019, arXiv:1711.05101",
   .eq = "p -= lr weight_decay p, then Adam's step of the plain gradient",
   .option = {LR(OptimAdam, 1e-3), BETAS, EPS(OptimAdam, 1e-8), DECAY(OptimAdam, 1e-2), AMSGRAD},
   .states = adam_states, .update = adamw_update},
  {.name = "LAMB", .doc = "Adam's direction, as long as the parameter is, for large batches; You et al. 2020, arXiv:1904.00962",
   .eq = "d = Adam's direction + weight_decay p;  p -= lr |p| / |d| d",
   .option = {LR(OptimAdam, 1e-3), BETAS, EPS(OptimAdam, 1e-6), DECAY(OptimAdam, 1e-2)},
   .states = adam_states, .update = lamb_update},
  {.name = "RMSProp", .doc = "steps scaled by the running mean of squared gradients; Tieleman and Hinton 2012",
   .eq = "v = alpha v + (1 - alpha) g^2;  p -= lr g / (sqrt(v) + eps)",
   .option = {LR(OptimRmsprop, 1e-2), NUMBER(OptimRmsprop, alpha, 0.99, 1, "decay of the mean"),
              EPS(OptimRmsprop, 1e-8), MOMENTUM(OptimRmsprop),
              {"centered", OPTIM_FLAG, offsetof(OptimRmsprop, centered), {0}, 0, "subtracts the mean gradient"},
              DECAY(OptimRmsprop, 0)},
   .states = rmsprop_states, .update = rmsprop_update},
  {.name = "Adagrad", .doc = "steps scaled by the sum of squared gradients; Duchi et al. 2011",
   .eq = "v += g^2;  p -= lr / (1 + (t - 1) lr_decay) g / (sqrt(v) + eps)",
   .option = {LR(OptimAdagrad, 1e-2),
              NUMBER(OptimAdagrad, lr_decay, 0, INFINITY, "the rate is lr / (1 + lr_decay (t - 1))"),
              EPS(OptimAdagrad, 1e-10), DECAY(OptimAdagrad, 0),
              NUMBER(OptimAdagrad, initial_accumulator, 0, INFINITY, "what v starts as")},
   .start = adagrad_start, .states = adagrad_states, .update = adagrad_update},
  {.name = NULL}};
/* clang-format on */

/* --- reading it ------------------------------------------------------------------------------------------ */

const OptimRule *optim_rule(const char *name) {
  for (const OptimRule *r = optim_rules; r->name; r++)
    if (strcmp(r->name, name) == 0) return r;
  return NULL;
}

const OptimOption *optim_option(const OptimRule *r, const char *name) {
  for (const OptimOption *o = r->option; o < r->option + OPTIM_OPTIONS && o->kind; o++)
    if (strcmp(o->name, name) == 0) return o;
  return NULL;
}

static void put(OptimSettings *s, const OptimOption *o, const double v[2]) {
  char *at = (char *)s + o->at;
  if (o->kind == OPTIM_FLAG) *(bool *)at = v[0] != 0;
  else memcpy(at, v, (o->kind == OPTIM_PAIR ? 2 : 1) * sizeof *v);
}

void optim_defaults(const OptimRule *r, OptimSettings *s) {
  memset(s, 0, sizeof *s);
  for (const OptimOption *o = r->option; o < r->option + OPTIM_OPTIONS && o->kind; o++) put(s, o, o->def);
}

bool optim_set(const OptimRule *r, OptimSettings *s, const OptimOption *o, const double v[2], Err *e) {
  const int count = o->kind == OPTIM_PAIR ? 2 : 1;
  for (int i = 0; i < count && o->kind != OPTIM_FLAG; i++) {
    if (v[i] >= 0 && v[i] < o->below) continue;          /* false for NaN */
    const double got = isnan(v[i]) ? (double)NAN : v[i]; /* without a sign */
    if (isfinite(o->below))
      return err_set(e, "optim.%s: %s must be at least 0 and below %g, got %g", r->name, o->name, o->below,
                     got);
    return err_set(e, "optim.%s: %s must be at least 0 and finite, got %g", r->name, o->name, got);
  }
  put(s, o, v);
  return true;
}

bool optim_agrees(const OptimRule *r, const OptimSettings *s, Err *e) {
  return !r->agrees || r->agrees(s, e);
}
