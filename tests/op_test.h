/* op_test.h: what tests of ops share: small tensors, one call of an op, its gradients by central differences.  Every
 * test program includes it once. */
#ifndef OP_TEST_H
#define OP_TEST_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "op.h"
#include "parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static inline Tensor *t_new(Dtype d, int nd, const int64_t *shape) {
  Err e;
  Tensor *t = tensor_new(d, nd, shape, &e);
  assert_non_null(t);
  return t;
}
/* Filled with values[0..n-1]. */
static inline Tensor *t_of(Dtype d, int nd, const int64_t *shape, const double *values) {
  Tensor *t = t_new(d, nd, shape);
  for (int64_t i = 0; i < t->n; i++) tensor_set(t, i, values[i]);
  return t;
}
/* Numbers between lo and hi from a fixed sequence that `seed` starts. */
static inline Tensor *t_random(Dtype d, int nd, const int64_t *shape, double lo, double hi, uint64_t seed) {
  Tensor *t = t_new(d, nd, shape);
  uint64_t s = seed * 2654435761u + 12345;
  for (int64_t i = 0; i < t->n; i++) {
    s = s * 6364136223846793005u + 1442695040888963407u;
    tensor_set(t, i, lo + (hi - lo) * (double)(s >> 11) / 9007199254740992.0);
  }
  return t;
}
#define SHAPE(...)                                                                                           \
  (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (int64_t[]) { __VA_ARGS__ }

typedef struct Named {
  const char *name;
  double value;
} Named;

static inline void set_param(OpCall *c, const char *name, double value) {
  for (int i = 0; i < c->op->params; i++)
    if (strcmp(c->op->param[i].name, name) == 0) {
      param_set(c->param, &c->op->param[i], value);
      return;
    }
  fail_msg("%s has no parameter %s", c->op->name, name);
}

/* c keeps pointers into x. */
static inline bool t_try(OpCall *c, const char *name, Tensor **x, int nx, const Named *p, Err *e) {
  const Op *op = op_find(name);
  if (!op) fail_msg("no op %s", name);
  op_init(c, op, x, nx);
  for (; p && p->name; p++) set_param(c, p->name, p->value);
  return op_run(c, e);
}
static inline void t_run(OpCall *c, const char *name, Tensor **x, int nx, const Named *p) {
  Err e;
  if (!t_try(c, name, x, nx, p, &e)) fail_msg("%s", e.message);
}
/* name(a, b), of which no gradient will be asked: it may wait.  b: NULL where the op takes one tensor. */
static inline Tensor *t_call(const char *name, Tensor *a, Tensor *b) {
  Err e;
  OpCall c;
  Tensor *x[] = {a, b};
  op_init(&c, op_find(name), x, b ? 2 : 1);
  c.no_record = true;
  if (!op_run(&c, &e)) fail_msg("%s", e.message);
  return c.y[0];
}

static inline void t_refuse(const char *name, Tensor **x, int nx, const Named *p, const char *message) {
  Err e;
  OpCall c;
  assert_false(t_try(&c, name, x, nx, p, &e));
  assert_string_equal(e.message, message);
}

static inline void t_close(const Tensor *t, const double *want, double tolerance) {
  for (int64_t i = 0; i < t->n; i++) {
    double got = tensor_get(t, i);
    if (isnan(want[i]) && isnan(got)) continue;
    if (!(fabs(got - want[i]) <= tolerance * (1 + fabs(want[i]))))
      fail_msg("element %lld: %.9g, wanted %.9g", (long long)i, got, want[i]);
  }
}
static inline void t_same(const Tensor *a, const Tensor *b, double tolerance) {
  assert_true(tensor_same_shape(a, b));
  for (int64_t i = 0; i < a->n; i++) {
    double want = tensor_get(b, i);
    if (!(fabs(tensor_get(a, i) - want) <= tolerance * (1 + fabs(want))))
      fail_msg("element %lld: %.9g, wanted %.9g", (long long)i, tensor_get(a, i), want);
  }
}

/* Gradients of sum(dy * y) in input i by the op's backward; `add`: on top of tens. */
static inline Tensor *t_backward(const OpCall *c, Tensor *const *dy, int i, bool add) {
  Err e;
  Tensor *dx[OP_INPUTS] = {NULL};
  dx[i] = t_new(c->x[i]->dtype, c->x[i]->nd, c->x[i]->shape);
  tensor_fill(dx[i], add ? 10 : NAN);
  if (!c->op->backward(c, dy, dx, add ? 1u << i : 0, &e)) fail_msg("%s", e.message);
  return dx[i];
}

static inline double t_weighted(const OpCall *c, Tensor *const *dy) {
  double sum = 0;
  for (int k = 0; k < OP_OUTPUTS; k++)
    for (int64_t i = 0; dy[k] && i < c->y[k]->n; i++) sum += tensor_get(c->y[k], i) * tensor_get(dy[k], i);
  return sum;
}

/* Compares backward with central differences in f64, for every float input in `which` (bits), with and
 * without add. */
static inline void t_gradcheck(const char *name, Tensor **x, int nx, const Named *p, unsigned which) {
  OpCall c, near;
  Tensor *dy[OP_OUTPUTS] = {NULL};
  t_run(&c, name, x, nx, p);
  for (int k = 0; k < OP_OUTPUTS; k++)
    if (c.y[k] && dtype_is_float(c.y[k]->dtype))
      dy[k] = t_random(c.y[k]->dtype, c.y[k]->nd, c.y[k]->shape, -1, 1, 7u + (uint64_t)k);
  for (int i = 0; i < nx; i++) {
    if (!x[i] || !(which >> i & 1)) continue;
    Tensor *dx = t_backward(&c, dy, i, false), *more = t_backward(&c, dy, i, true);
    for (int64_t j = 0; j < x[i]->n; j++) {
      double at = tensor_get(x[i], j), h = 1e-5, side[2];
      for (int s = 0; s < 2; s++) {
        tensor_set(x[i], j, at + (s ? -h : h));
        t_run(&near, name, x, nx, p);
        side[s] = t_weighted(&near, dy);
        op_drop_outputs(&near);
      }
      tensor_set(x[i], j, at);
      double want = (side[0] - side[1]) / (2 * h), got = tensor_get(dx, j);
      if (!(fabs(got - want) <= 1e-6 * (1 + fabs(want))))
        fail_msg("%s: d/d%s[%lld] is %.9g, differences give %.9g", name, c.op->in[i], (long long)j, got,
                 want);
      if (!(fabs(tensor_get(more, j) - 10 - got) < 1e-9)) fail_msg("%s: add is not honoured", name);
    }
    tensor_release(dx);
    tensor_release(more);
  }
  for (int k = 0; k < OP_OUTPUTS; k++) tensor_release(dy[k]);
  op_drop_outputs(&c);
}

/* The same bytes with one thread and with four. */
static inline void t_same_at_any_thread_count(const char *name, Tensor **x, int nx, const Named *p,
                                              unsigned which) {
  int before = parallel_threads();
  OpCall c[2];
  Tensor *dx[2][OP_INPUTS] = {{NULL}};
  for (int r = 0; r < 2; r++) {
    parallel_set_threads(r ? 4 : 1);
    Tensor *dy[OP_OUTPUTS] = {NULL};
    t_run(&c[r], name, x, nx, p);
    for (int k = 0; k < OP_OUTPUTS; k++)
      if (c[r].y[k]) dy[k] = t_random(c[r].y[k]->dtype, c[r].y[k]->nd, c[r].y[k]->shape, -1, 1, 5);
    for (int i = 0; i < nx; i++)
      if (which >> i & 1) dx[r][i] = t_backward(&c[r], dy, i, false);
    for (int k = 0; k < OP_OUTPUTS; k++) tensor_release(dy[k]);
  }
  for (int k = 0; k < OP_OUTPUTS; k++)
    if (c[0].y[k])
      assert_memory_equal(c[0].y[k]->data, c[1].y[k]->data,
                          (size_t)c[0].y[k]->n * dtype_size[c[0].y[k]->dtype]);
  for (int i = 0; i < nx; i++)
    if (dx[0][i])
      assert_memory_equal(dx[0][i]->data, dx[1][i]->data, (size_t)dx[0][i]->n * dtype_size[dx[0][i]->dtype]);
  for (int r = 0; r < 2; r++) {
    op_drop_outputs(&c[r]);
    for (int i = 0; i < nx; i++) tensor_release(dx[r][i]);
  }
  parallel_set_threads(before);
}

static inline void t_free(Tensor **x, int n) {
  for (int i = 0; i < n; i++) tensor_release(x[i]);
}
#define RELEASE(...)                                                                                         \
  t_free((Tensor *[]){__VA_ARGS__}, (int)(sizeof((Tensor *[]){__VA_ARGS__}) / sizeof(Tensor *)))

#endif
