/* anomaly.c: the search for values that are no numbers, and the sentence about them. */
#include "anomaly.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct Census {
  int64_t nan, inf;
  double lo, hi; /* of the finite ones; lo > hi: there is none */
} Census;

static Census census(const Tensor *t) {
  Census s = {.lo = INFINITY, .hi = -INFINITY};
  for (int64_t i = 0; i < t->n; i++) {
    const double v = tensor_get(t, i);
    if (isnan(v)) s.nan++;
    else if (isinf(v)) s.inf++;
    else s.lo = fmin(s.lo, v), s.hi = fmax(s.hi, v);
  }
  return s;
}

static bool countable(const Tensor *t) { return t && !tensor_is_meta(t) && t->store; }

/* " 3 NaN and 1 inf" */
static int strange_text(char *at, size_t room, const Census *s) {
  if (s->nan && s->inf)
    return snprintf(at, room, " %lld NaN and %lld inf", (long long)s->nan, (long long)s->inf);
  if (s->nan) return snprintf(at, room, " %lld NaN", (long long)s->nan);
  return snprintf(at, room, " %lld inf", (long long)s->inf);
}

static void add_range(char *out, size_t size, const char *name, const Tensor *t) {
  char text[TEXT];
  const Census s = census(t);
  size_t used = strlen(out);
  snprintf(out + used, size - used, "; %.*s %s", op_input_length(name), name, tensor_text(text, t));
  used = strlen(out);
  if (s.lo <= s.hi) snprintf(out + used, size - used, " is %.4g..%.4g", s.lo, s.hi);
  else if (t->n) snprintf(out + used, size - used, " holds no number");
  used = strlen(out);
  if (s.nan || s.inf) {
    snprintf(out + used, size - used, " with");
    strange_text(out + used + 5, size - used - 5, &s);
  }
}

static bool say(const OpCall *c, int i, const Tensor *t, const Census *s, bool gradient, const char *born,
                Err *e) {
  char text[TEXT], ranges[600] = "", strange[80];
  strange_text(strange, sizeof strange, s);
  for (int k = 0; k < c->nx && k < OP_INPUTS && strlen(ranges) < sizeof ranges - 200; k++) {
    const bool list = c->op->flags & OP_INPUT_LIST;
    if (countable(c->x[k])) add_range(ranges, sizeof ranges, list ? c->op->in[0] : c->op->in[k], c->x[k]);
  }
  if (!gradient)
    return err_set(e, "%s: result %s has%s in %lld elements%s", c->op->name, tensor_text(text, t), strange,
                   (long long)t->n, ranges);
  const char *name = c->op->in[c->op->flags & OP_INPUT_LIST ? 0 : i];
  return err_set(e, "%s: the gradient of %.*s, %s, has%s in %lld elements%s%s", c->op->name,
                 op_input_length(name), name, tensor_text(text, t), strange, (long long)t->n, ranges,
                 born ? born : "");
}

bool anomaly_check(const OpCall *c, Tensor *const *list, int n, bool gradient, const char *born, Err *e) {
  for (int i = 0; i < n; i++) {
    if (!countable(list[i]) || !dtype_is_float(list[i]->dtype)) continue;
    const Census s = census(list[i]);
    if (s.nan || s.inf) return say(c, i, list[i], &s, gradient, born, e);
  }
  return true;
}
