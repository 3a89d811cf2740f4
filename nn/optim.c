/* optim.c: see optim.h.  Kernels in kernel/optim.c; small parameters run in the calling thread at once. */
#include "optim.h"

#include "nn_kernel.h"
#include "parallel.h"
#include "pointwise.h"

#include <math.h>

enum { STATES = 3, NORM_TILES = 256 };

typedef struct Update {
  const NnKernels *k;
  void (*rule)(const struct Update *u, int64_t begin, int64_t n);
  OptimStep s;
  unsigned char *p, *state[STATES];
  const unsigned char *g;
  int64_t size;
} Update;

static void *at(const Update *u, unsigned char *data, int64_t i) { return data ? data + i * u->size : NULL; }
static void *state_at(const Update *u, int k, int64_t i) { return at(u, u->state[k], i); }

static void rule_sgd(const Update *u, int64_t i, int64_t n) {
  u->k->sgd(n, at(u, u->p, i), u->g + i * u->size, state_at(u, 0, i), &u->s);
}
static void rule_adam(const Update *u, int64_t i, int64_t n) {
  u->k->adam(n, at(u, u->p, i), u->g + i * u->size, state_at(u, 0, i), state_at(u, 1, i), state_at(u, 2, i),
             &u->s);
}
static void rule_rmsprop(const Update *u, int64_t i, int64_t n) {
  u->k->rmsprop(n, at(u, u->p, i), u->g + i * u->size, state_at(u, 0, i), state_at(u, 1, i),
                state_at(u, 2, i), &u->s);
}
static void rule_adagrad(const Update *u, int64_t i, int64_t n) {
  u->k->adagrad(n, at(u, u->p, i), u->g + i * u->size, state_at(u, 0, i), &u->s);
}
static void rule_approach(const Update *u, int64_t i, int64_t n) {
  u->k->approach(n, at(u, u->p, i), u->g + i * u->size, u->s.lr);
}

static void tile(void *context, int64_t begin, int64_t end) {
  const Update *u = context;
  u->rule(u, begin, end - begin);
}

static bool alike(const char *name, const char *what, const Tensor *p, const Tensor *t, Err *e) {
  char left[TEXT], right[TEXT];
  if (p->dtype == t->dtype && tensor_same_shape(p, t)) return true;
  return err_set(e, "%s: parameter %s, %s %s: shape and dtype must agree", name, tensor_text(left, p), what,
                 tensor_text(right, t));
}

static bool check(const char *name, const Tensor *p, const Tensor *g, Tensor *const state[STATES], Err *e) {
  char text[TEXT];
  if (!dtype_is_float(p->dtype))
    return err_set(e, "%s: parameter %s must be f32 or f64", name, tensor_text(text, p));
  if (!alike(name, "gradient", p, g, e)) return false;
  for (int k = 0; k < STATES; k++) {
    if (!state[k]) continue;
    if (!alike(name, "state", p, state[k], e)) return false;
    if (!tensor_is_contiguous(state[k])) return err_set(e, "%s: state must be contiguous", name);
  }
  return true;
}

/* Runs the rule; a strided gradient or parameter is worked on as a copy. */
static bool run_update(Update *u, const char *name, Tensor *p, const Tensor *g, Tensor *const state[STATES],
                       Err *e) {
  if (!check(name, p, g, state, e)) return false;
  bool direct = tensor_is_contiguous(p);
  Tensor *grad = tensor_is_contiguous(g) ? NULL : tensor_clone(g, e);
  Tensor *work = direct ? NULL : tensor_clone(p, e);
  bool ok = (grad || tensor_is_contiguous(g)) && (direct || work);
  if (ok) {
    u->k = nn_kernels(p->dtype);
    u->size = (int64_t)dtype_size[p->dtype];
    u->p = work ? work->data : p->data;
    u->g = grad ? grad->data : g->data;
    for (int k = 0; k < STATES; k++) {
      u->state[k] = state[k] ? state[k]->data : NULL;
      if (state[k]) tensor_touch(state[k]);
    }
    tensor_touch(p);
    parallel_for(p->n, GRAIN, tile, u);
    if (work) tensor_copy(p, work);
  }
  tensor_release(grad);
  tensor_release(work);
  return ok;
}

bool optim_sgd(Tensor *p, const Tensor *g, Tensor *m, const OptimSgd *o, int64_t step, Err *e) {
  if (o->momentum != 0 && !m) return err_set(e, "sgd: momentum needs a buffer");
  Update u = {.rule = rule_sgd,
              .s = {.lr = o->lr,
                    .momentum = o->momentum,
                    .keep = 1 - o->dampening,
                    .weight_decay = o->weight_decay,
                    .nesterov = o->nesterov,
                    .first = step <= 1}};
  return run_update(&u, "sgd", p, g, (Tensor *[STATES]){o->momentum != 0 ? m : NULL}, e);
}

bool optim_adam(Tensor *p, const Tensor *g, Tensor *m, Tensor *v, const OptimAdam *o, int64_t step, Err *e) {
  return optim_amsgrad(p, g, m, v, NULL, o, step, e);
}
bool optim_amsgrad(Tensor *p, const Tensor *g, Tensor *m, Tensor *v, Tensor *top, const OptimAdam *o,
                   int64_t step, Err *e) {
  double t = (double)(step < 1 ? 1 : step);
  Update u = {.rule = rule_adam,
              .s = {.lr = o->lr / (1 - pow(o->beta1, t)),
                    .bias2 = sqrt(1 - pow(o->beta2, t)),
                    .beta1 = o->beta1,
                    .beta2 = o->beta2,
                    .eps = o->eps,
                    .weight_decay = o->decoupled ? 0 : o->weight_decay,
                    .keep = o->decoupled ? 1 - o->lr * o->weight_decay : 1}};
  return run_update(&u, o->decoupled ? "adamw" : "adam", p, g, (Tensor *[STATES]){m, v, top}, e);
}

/* Adam's step of size 1 from 0 is -d without decay; the rest is two norms and a sum. */
bool optim_lamb(Tensor *p, const Tensor *g, Tensor *m, Tensor *v, const OptimAdam *o, int64_t step, Err *e) {
  if (!check("lamb", p, g, (Tensor *[STATES]){m, v}, e)) return false;
  Tensor *d = tensor_zeros(p->dtype, p->nd, p->shape, e), *x = d ? tensor_contiguous(p, e) : NULL;
  OptimAdam unit = {.lr = 1, .beta1 = o->beta1, .beta2 = o->beta2, .eps = o->eps};
  bool ok = x && optim_adam(d, g, m, v, &unit, step, e);
  if (ok) {
    const NnKernels *k = nn_kernels(p->dtype);
    k->row_mix(p->n, d->data, d->data, 1, x->data, -o->weight_decay, 0, false);
    double size = sqrt(k->sum_squares(p->n, x->data)), length = sqrt(k->sum_squares(p->n, d->data));
    double ratio = size > 0 && length > 0 ? size / length : 1;
    k->row_mix(p->n, x->data, x->data, 1, d->data, o->lr * ratio, 0, false);
    if (x != p) tensor_copy(p, x);
  }
  tensor_release(d);
  tensor_release(x);
  return ok;
}

bool optim_rmsprop(Tensor *p, const Tensor *g, Tensor *v, Tensor *m, Tensor *mean, const OptimRmsprop *o,
                   Err *e) {
  Update u = {.rule = rule_rmsprop,
              .s = {.lr = o->lr,
                    .beta2 = o->alpha,
                    .eps = o->eps,
                    .weight_decay = o->weight_decay,
                    .momentum = o->momentum}};
  return run_update(&u, "rmsprop", p, g, (Tensor *[STATES]){v, m, mean}, e);
}

bool optim_adagrad(Tensor *p, const Tensor *g, Tensor *v, const OptimAdagrad *o, int64_t step, Err *e) {
  double t = (double)(step < 1 ? 1 : step);
  Update u = {
      .rule = rule_adagrad,
      .s = {.lr = o->lr / (1 + (t - 1) * o->lr_decay), .eps = o->eps, .weight_decay = o->weight_decay}};
  return run_update(&u, "adagrad", p, g, (Tensor *[STATES]){v}, e);
}

bool optim_ema(Tensor *avg, const Tensor *x, double decay, Err *e) {
  Update u = {.rule = rule_approach, .s = {.lr = 1 - decay}};
  return run_update(&u, "ema", avg, x, (Tensor *[STATES]){NULL}, e);
}

/* --- norms ----------------------------------------------------------------------------------------------- */

typedef struct Squares {
  const NnKernels *k;
  const unsigned char *data;
  int64_t size;
  double part[NORM_TILES];
} Squares;

static void squares_tile(void *context, int64_t begin, int64_t end) {
  Squares *s = context;
  s->part[begin / GRAIN] = s->k->sum_squares(end - begin, s->data + begin * s->size);
}

/* Batches of NORM_TILES tiles, their sums added in order. */
static double sum_squares(const Tensor *t) {
  Squares s = {.k = nn_kernels(t->dtype), .size = (int64_t)dtype_size[t->dtype]};
  double total = 0;
  for (int64_t b = 0; b < t->n; b += (int64_t)NORM_TILES * GRAIN) {
    int64_t n = t->n - b < (int64_t)NORM_TILES * GRAIN ? t->n - b : (int64_t)NORM_TILES * GRAIN;
    s.data = t->data + b * s.size;
    parallel_for(n, GRAIN, squares_tile, &s);
    for (int64_t i = 0; i * GRAIN < n; i++) total += s.part[i];
  }
  return total;
}

static double sum_squares_strided(const Tensor *t) {
  double total = 0;
  for (int64_t i = 0; i < t->n; i++) total += tensor_get(t, i) * tensor_get(t, i);
  return total;
}

double optim_grad_norm(Tensor *const *g, int n) {
  double total = 0;
  for (int i = 0; i < n; i++) {
    if (!g[i]) continue;
    bool fast = dtype_is_float(g[i]->dtype) && tensor_is_contiguous(g[i]);
    total += fast ? sum_squares(g[i]) : sum_squares_strided(g[i]);
  }
  return sqrt(total);
}

static void rule_scale(const Update *u, int64_t i, int64_t n) { u->k->scale(n, at(u, u->p, i), u->s.lr); }

static void scale(Tensor *t, double k) {
  tensor_touch(t);
  if (!tensor_is_contiguous(t)) {
    for (int64_t i = 0; i < t->n; i++) tensor_set(t, i, k * tensor_get(t, i));
    return;
  }
  Update u = {.k = nn_kernels(t->dtype),
              .rule = rule_scale,
              .s = {.lr = k},
              .p = t->data,
              .size = (int64_t)dtype_size[t->dtype]};
  parallel_for(t->n, GRAIN, tile, &u);
}

double optim_grad_norm_p(Tensor *const *g, int n, double p) {
  if (p == 2) return optim_grad_norm(g, n);
  double total = 0;
  for (int i = 0; i < n; i++)
    for (int64_t k = 0; g[i] && k < g[i]->n; k++) {
      const double v = fabs(tensor_get(g[i], k));
      if (isinf(p)) total = v > total || isnan(v) ? v : total;
      else total += p == 1 ? v : pow(v, p);
    }
  return isinf(p) ? total : pow(total, 1 / p);
}

double optim_clip_norm(Tensor *const *g, int n, double most) { return optim_clip_norm_p(g, n, most, 2); }
double optim_clip_norm_p(Tensor *const *g, int n, double most, double p) {
  double norm = optim_grad_norm_p(g, n, p), k = most / (norm + 1e-6);
  if (k >= 1) return norm;
  for (int i = 0; i < n; i++)
    if (g[i]) scale(g[i], k);
  return norm;
}

void optim_clip_value(Tensor *const *g, int n, double most) {
  double limits[2] = {-most, most};
  for (int i = 0; i < n; i++) {
    if (!g[i]) continue;
    const Tensor *in = g[i];
    tensor_touch(g[i]);
    pointwise_map(M_clamp, g[i], &in, 1, limits, false);
  }
}
