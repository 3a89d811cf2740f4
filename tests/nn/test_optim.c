/* test_optim.c: update rules against ten steps of PyTorch 1.13 in f64.
 *
 * p = tensor([1,-2,.5]); for k in 1..10: ((p*p).sum()/2 + k (p*[.1,.3,-.2]).sum()).backward(); o.step()
 * so the gradient of step k is p + k [.1,.3,-.2]. */
#include "nn_test.h"

#include "optim.h"

typedef bool (*StepFn)(Tensor *p, Tensor *g, Tensor *const *s, int64_t step, Err *e);

static bool sgd(Tensor *p, Tensor *g, Tensor *const *s, int64_t step, Err *e) {
  (void)s;
  return optim_sgd(p, g, NULL, &(OptimSgd){.lr = 0.1}, step, e);
}
static bool sgd_nesterov(Tensor *p, Tensor *g, Tensor *const *s, int64_t step, Err *e) {
  return optim_sgd(p, g, s[0],
                   &(OptimSgd){.lr = 0.1, .momentum = 0.9, .nesterov = true, .weight_decay = 0.01}, step, e);
}
static bool sgd_dampened(Tensor *p, Tensor *g, Tensor *const *s, int64_t step, Err *e) {
  return optim_sgd(p, g, s[0], &(OptimSgd){.lr = 0.1, .momentum = 0.9, .dampening = 0.5}, step, e);
}
static bool adam(Tensor *p, Tensor *g, Tensor *const *s, int64_t step, Err *e) {
  return optim_adam(p, g, s[0], s[1], &(OptimAdam){.lr = 0.1, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8},
                    step, e);
}
static bool adam_decay(Tensor *p, Tensor *g, Tensor *const *s, int64_t step, Err *e) {
  OptimAdam o = {.lr = 0.1, .beta1 = 0.8, .beta2 = 0.95, .eps = 1e-6, .weight_decay = 0.1};
  return optim_adam(p, g, s[0], s[1], &o, step, e);
}
static bool adamw(Tensor *p, Tensor *g, Tensor *const *s, int64_t step, Err *e) {
  OptimAdam o = {
      .lr = 0.1, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8, .weight_decay = 0.1, .decoupled = true};
  return optim_adam(p, g, s[0], s[1], &o, step, e);
}
static bool rmsprop(Tensor *p, Tensor *g, Tensor *const *s, int64_t step, Err *e) {
  (void)step;
  return optim_rmsprop(p, g, s[0], NULL, NULL, &(OptimRmsprop){.lr = 0.05, .alpha = 0.99, .eps = 1e-8}, e);
}
static bool rmsprop_centered(Tensor *p, Tensor *g, Tensor *const *s, int64_t step, Err *e) {
  (void)step;
  OptimRmsprop o = {.lr = 0.05, .alpha = 0.9, .eps = 1e-8, .momentum = 0.5, .weight_decay = 0.01};
  return optim_rmsprop(p, g, s[0], s[1], s[2], &o, e);
}
static bool adagrad(Tensor *p, Tensor *g, Tensor *const *s, int64_t step, Err *e) {
  OptimAdagrad o = {.lr = 0.1, .lr_decay = 0.05, .eps = 1e-10, .weight_decay = 0.01};
  return optim_adagrad(p, g, s[0], &o, step, e);
}

static const struct {
  StepFn step;
  double want[3];
} rules[] = {
    {sgd, {-0.06513215599, -1.93878866847, 1.00196041223}},
    {sgd_nesterov, {-1.3398521126, -2.30242173518, 1.82113692389}},
    {sgd_dampened, {-1.10282998637, -1.20387088271, 1.15335043454}},
    {adam, {8.82879651332e-09, -1.46930519762, 0.889223835864}},
    {adam_decay, {0.004302493218, -1.50488749879, 0.926696073103}},
    {adamw, {-0.0498157671478, -1.34804311977, 0.846584855275}},
    {rmsprop, {-0.771937098364, -2.13911456831, 1.87087933106}},
    {rmsprop_centered, {-0.670390745132, -1.82237090272, 1.71550757577}},
    {adagrad, {0.540691513076, -1.85053275249, 0.792557422322}},
};

/* Ten steps on the three numbers repeated to n elements, so that whole vectors and rests are both seen. */
static void ten_steps(StepFn step, Dtype d, int64_t n, const double want[3], double tolerance, bool strided) {
  static const double start[3] = {1, -2, 0.5}, slope[3] = {0.1, 0.3, -0.2};
  Err e;
  int64_t wide[2] = {n, 2};
  Tensor *room = t_new(d, 2, wide), *room_g = t_new(d, 2, wide), *s[3];
  int64_t gap = strided ? 2 : 1;
  Tensor *p = tensor_view(room, 1, &n, &gap, 0, &e), *g = tensor_view(room_g, 1, &n, &gap, 0, &e);
  for (int i = 0; i < 3; i++) s[i] = tensor_zeros(d, 1, &n, &e);
  for (int64_t i = 0; i < n; i++) tensor_set(p, i, start[i % 3]);
  for (int k = 1; k <= 10; k++) {
    for (int64_t i = 0; i < n; i++) tensor_set(g, i, tensor_get(p, i) + k * slope[i % 3]);
    uint32_t version = room->store->version;
    assert_true(step(p, g, s, k, &e));
    assert_true(room->store->version > version);
  }
  for (int64_t i = 0; i < n; i++) assert_true(fabs(tensor_get(p, i) - want[i % 3]) < tolerance);
  t_free(s, 3);
  RELEASE(p, g, room, room_g);
}

static void test_rules(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
    for (int64_t n = 1; n <= 35; n += 17) ten_steps(rules[i].step, F64, n, rules[i].want, 1e-10, false);
    ten_steps(rules[i].step, F32, 50000, rules[i].want, 2e-6, false);
    ten_steps(rules[i].step, F64, 7, rules[i].want, 1e-10, true);
    ten_steps(rules[i].step, F32, 0, rules[i].want, 0, false);
  }
}

static void test_first_momentum_ignores_buffer(void **state) {
  (void)state;
  Err e;
  Tensor *p = t_of(F32, SHAPE(2), (double[]){1, 2}), *g = t_of(F32, SHAPE(2), (double[]){1, 1}),
         *m = t_of(F32, SHAPE(2), (double[]){NAN, INFINITY});
  assert_true(optim_sgd(p, g, m, &(OptimSgd){.lr = 0.5, .momentum = 0.9}, 1, &e));
  t_close(p, (double[]){0.5, 1.5}, 0);
  RELEASE(p, g, m);
}

static void test_norms(void **state) {
  (void)state;
  Err e;
  Tensor *g[3] = {t_of(F32, SHAPE(2), (double[]){3e30, 0}), NULL, t_of(F64, SHAPE(1, 1), (double[]){4e30})};
  assert_true(fabs(optim_grad_norm(g, 3) / 5e30 - 1) < 1e-6);
  assert_true(optim_clip_norm(g, 3, 10) > 4.9e30);
  t_close(g[0], (double[]){6, 0}, 1e-6);
  t_close(g[2], (double[]){8}, 1e-6);
  assert_true(optim_clip_norm(g, 3, 11) < 10.001);
  t_close(g[2], (double[]){8}, 1e-6);
  optim_clip_value(g, 3, 7);
  t_close(g[0], (double[]){6, 0}, 1e-6);
  t_close(g[2], (double[]){7}, 1e-6);
  t_free(g, 3);
  Tensor *wide = t_random(F32, SHAPE(5000000), -1, 1, 3), *turned = t_random(F64, SHAPE(3, 4), -1, 1, 3);
  double sum = 0, one;
  for (int64_t i = 0; i < wide->n; i++) sum += tensor_get(wide, i) * tensor_get(wide, i);
  parallel_set_threads(1);
  one = optim_grad_norm(&wide, 1);
  parallel_set_threads(3);
  assert_true(one == optim_grad_norm(&wide, 1));
  assert_true(fabs(one / sqrt(sum) - 1) < 1e-12);
  Tensor *t = tensor_view(turned, SHAPE(4, 3), (int64_t[]){1, 4}, 0, &e);
  assert_true(fabs(optim_grad_norm(&t, 1) - optim_grad_norm(&turned, 1)) < 1e-12);
  optim_clip_norm(&t, 1, 0.5);
  assert_true(fabs(optim_grad_norm(&turned, 1) - 0.5) < 1e-5);
  RELEASE(wide, turned, t);
}

static void test_ema_and_refusals(void **state) {
  (void)state;
  Err e;
  Tensor *a = t_of(F32, SHAPE(2), (double[]){1, 2}), *x = t_of(F32, SHAPE(2), (double[]){2, 0}),
         *y = t_of(F64, SHAPE(2), (double[]){2, 0}), *ids = t_of(I64, SHAPE(2), (double[]){2, 0});
  assert_true(optim_ema(a, x, 0.75, &e));
  t_close(a, (double[]){1.25, 1.5}, 1e-7);
  assert_false(optim_ema(a, y, 0.75, &e));
  assert_string_equal(e.message, "ema: parameter f32[2], gradient f64[2]: shape and dtype must agree");
  assert_false(optim_ema(ids, ids, 0.75, &e));
  assert_false(optim_sgd(a, x, NULL, &(OptimSgd){.lr = 1, .momentum = 0.5}, 1, &e));
  assert_string_equal(e.message, "sgd: momentum needs a buffer");
  t_close(a, (double[]){1.25, 1.5}, 1e-7);
  RELEASE(a, x, y, ids);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_rules),
      cmocka_unit_test(test_first_momentum_ignores_buffer),
      cmocka_unit_test(test_norms),
      cmocka_unit_test(test_ema_and_refusals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
