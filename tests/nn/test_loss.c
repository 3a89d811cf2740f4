/* test_loss.c: losses against PyTorch's numbers (1.13, f64), central differences and naive loops.
 *
 * The constants: x = tensor([[1.5,-.3,.2],[.1,2,-1]]), t = tensor([[1,0,.3],[0,1,.6]]), w = [1,2,.5],
 * pos_weight = [3,1,2], ids = [2,0], all float64; l = F.LOSS(x, t, ...); l.backward(); print(l.item(),
 * x.grad.flatten()) */
#include "nn_test.h"

static const double X[] = {1.5, -0.3, 0.2, 0.1, 2, -1}, T[] = {1, 0, 0.3, 0, 1, 0.6}, W[] = {1, 2, 0.5},
                    POS[] = {3, 1, 2}, IDS[] = {3, 1};

typedef struct Case {
  const char *name;
  Named p[4];
  int nx; /* inputs: x, t, w, pos_weight */
  double value, dx[6];
} Case;

static const Case cases[] = {
    {"mse",
     {{0}},
     2,
     0.6533333333,
     {0.1666666667, -0.1, -0.03333333333, 0.03333333333, 0.3333333333, -0.5333333333}},
    {"l1",
     {{0}},
     2,
     0.6,
     {0.1666666667, -0.1666666667, -0.1666666667, 0.1666666667, 0.1666666667, -0.1666666667}},
    {"smooth_l1",
     {{"beta", 0.5}},
     2,
     0.41,
     {0.1666666667, -0.1, -0.03333333333, 0.03333333333, 0.1666666667, -0.1666666667}},
    {"huber",
     {{"delta", 0.4}},
     2,
     0.1758333333,
     {0.06666666667, -0.05, -0.01666666667, 0.01666666667, 0.06666666667, -0.06666666667}},
    {"bce_logits",
     {{0}},
     2,
     0.5464156251,
     {-0.03040425397, 0.0709262472, 0.04163899955, 0.08749653125, -0.01986715367, -0.05517642977}},
    {"bce_logits",
     {{"reduction", 1}},
     4,
     4.02060262,
     {-0.5472765714, 0.8511149664, 0.05739209825, 0.5249791875, -0.238405844, -0.3848468629}},
    {"kl_div", {{"reduction", 3}}, 2, -1.813843608, {-0.5, 0, -0.15, 0, -0.5, -0.3}},
};

static void check_case(const Case *k, Dtype d, double tolerance) {
  Tensor *x[4] = {t_of(d, SHAPE(2, 3), X), t_of(d, SHAPE(2, 3), T), t_of(d, SHAPE(3), W),
                  t_of(d, SHAPE(3), POS)};
  OpCall c;
  t_run(&c, k->name, x, k->nx, k->p);
  t_close(c.y[0], &k->value, tolerance);
  Tensor *dy = t_of(d, 0, NULL, (double[]){1}), *dx = t_backward(&c, &dy, 0, false);
  t_close(dx, k->dx, tolerance);
  RELEASE(dx, dy);
  op_drop_outputs(&c);
  t_free(x, 4);
}

static void test_pytorch_numbers(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    check_case(&cases[i], F64, 1e-9);
    check_case(&cases[i], F32, 2e-6);
  }
  Tensor *x[2] = {t_of(F64, SHAPE(3), (double[]){0.9, 0.2, 0.6}), t_of(F64, SHAPE(3), (double[]){1, 0, 0.5})};
  OpCall c;
  t_run(&c, "bce", x, 2, NULL);
  t_close(c.y[0], (double[]){0.34735408159736963}, 1e-12);
  op_drop_outputs(&c);
  t_free(x, 2);
}

static void test_differences(void **state) {
  (void)state;
  static const struct {
    const char *name;
    Named p[4];
    double lo, hi;
    int nx;
  } list[] = {
      {"mse", {{0}}, -1, 1, 2},
      {"l1", {{"reduction", 2}}, -1, 1, 2},
      {"smooth_l1", {{"beta", 0.3}, {"reduction", 2}}, -1, 1, 2},
      {"huber", {{"delta", 0.3}, {"reduction", 1}}, -1, 1, 2},
      {"hinge", {{"margin", 0.2}, {"reduction", 2}}, -1, 1, 2},
      {"bce", {{"reduction", 2}}, 0.1, 0.9, 3},
      {"bce", {{0}}, 0.1, 0.9, 2},
      {"bce_logits", {{0}}, -3, 3, 2},
      {"bce_logits", {{"reduction", 2}}, -3, 3, 3},
      {"bce_logits", {{0}}, -3, 3, 3},
      {"kl_div", {{0}}, 0.1, 0.9, 2},
      {"kl_div", {{"log_target", 1}, {"reduction", 2}}, -2, -0.1, 2},
      {"focal", {{0}}, 0.1, 0.9, 2},
      {"focal", {{"alpha", -1}, {"gamma", 1.5}, {"reduction", 2}}, 0.1, 0.9, 2},
      {"focal", {{"gamma", 0}}, 0.1, 0.9, 2},
  };
  for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
    Tensor *x[3] = {t_random(F64, SHAPE(3, 7), list[i].lo, list[i].hi, 1),
                    t_random(F64, SHAPE(3, 7), list[i].lo, list[i].hi, 2),
                    t_random(F64, SHAPE(7), 0.5, 2, 3)};
    t_gradcheck(list[i].name, x, list[i].nx, list[i].p, 7);
    t_free(x, 3);
  }
  Tensor *x[4] = {t_random(F64, SHAPE(3, 7), -3, 3, 1), t_random(F64, SHAPE(3, 7), 0, 1, 2), NULL,
                  t_random(F64, SHAPE(7), 0.5, 2, 3)};
  t_gradcheck("bce_logits", x, 4, NULL, 3);
  t_free(x, 4);
}

static void test_sizes_threads_and_nan(void **state) {
  (void)state;
  OpCall c;
  for (int64_t n = 0; n < 2; n++) {
    Tensor *x[2] = {t_random(F32, 1, &n, -1, 1, 1), t_random(F32, 1, &n, -1, 1, 2)};
    t_run(&c, "mse", x, 2, NULL);
    if (n == 0) assert_true(isnan(tensor_get(c.y[0], 0)));
    else assert_true(tensor_get(c.y[0], 0) > 0);
    op_drop_outputs(&c);
    t_free(x, 2);
  }
  Tensor *x[2] = {t_random(F32, SHAPE(300001), 0, 1, 1), t_random(F32, SHAPE(300001), -1, 1, 2)};
  t_same_at_any_thread_count("mse", x, 2, NULL, 3);
  t_same_at_any_thread_count("bce_logits", x, 2, NULL, 3);
  double sum = 0;
  for (int64_t i = 0; i < x[0]->n; i++) sum += pow(tensor_get(x[0], i) - tensor_get(x[1], i), 2);
  t_run(&c, "mse", x, 2, NULL);
  t_close(c.y[0], (double[]){sum / 300001}, 1e-6);
  op_drop_outputs(&c);
  static const char *const names[] = {"mse", "l1",         "smooth_l1", "huber", "hinge",
                                      "bce", "bce_logits", "kl_div",    "focal"};
  tensor_set(x[0], 300000, NAN);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    t_run(&c, names[i], x, 2, NULL);
    assert_true(isnan(tensor_get(c.y[0], 0)));
    Tensor *dy = t_of(F32, 0, NULL, (double[]){1}), *dx = t_backward(&c, &dy, 0, false);
    if (strcmp(names[i], "kl_div") != 0) assert_true(isnan(tensor_get(dx, 300000)));
    RELEASE(dx, dy);
    op_drop_outputs(&c);
  }
  t_free(x, 2);
}

static void test_strided_inputs(void **state) {
  (void)state;
  Err e;
  Tensor *big = t_random(F64, SHAPE(5, 4), -1, 1, 1);
  Tensor *x[2] = {tensor_view(big, SHAPE(4, 5), (int64_t[]){1, 4}, 0, &e),
                  t_random(F64, SHAPE(4, 5), -1, 1, 2)};
  t_gradcheck("mse", x, 2, NULL, 3);
  t_free(x, 2);
  tensor_release(big);
}

static void test_refusals(void **state) {
  (void)state;
  Tensor *x[4] = {t_random(F32, SHAPE(4), -1, 1, 1), t_random(F32, SHAPE(4, 1), -1, 1, 2),
                  t_random(F32, SHAPE(3), -1, 1, 2), NULL};
  t_refuse("mse", x, 2, NULL, "mse: shapes differ: f32[4] and f32[4,1] (a loss does not broadcast)");
  Tensor *y[3] = {x[0], x[0], x[2]};
  t_refuse("bce", y, 3, NULL, "bce: weight f32[3] does not broadcast to f32[4]");
  t_free(x, 4);
}

/* --- cross entropy -------------------------------------------------------------------------------------- */

static void check_cross_entropy(Dtype d, const Named *p, Tensor *target, bool weight, double value,
                                const double *grad, double tolerance) {
  Tensor *x[3] = {t_of(d, SHAPE(2, 3), X), target, weight ? t_of(d, SHAPE(3), W) : NULL};
  OpCall c;
  t_run(&c, "cross_entropy", x, 3, p);
  t_close(c.y[0], &value, tolerance);
  Tensor *dy = t_of(d, 0, NULL, (double[]){1}), *dx = t_backward(&c, &dy, 0, false);
  t_close(dx, grad, tolerance);
  RELEASE(dx, dy);
  op_drop_outputs(&c);
  t_free(x, 3);
}

static void test_cross_entropy_pytorch(void **state) {
  (void)state;
  for (int k = 0; k < 2; k++) {
    Dtype d = k ? F32 : F64;
    double tol = k ? 2e-6 : 1e-9;
    check_cross_entropy(
        d, NULL, t_of(I64, SHAPE(2), IDS), false, 1.872459996,
        (double[]){0.3477460917, 0.05748204235, -0.4052281341, -0.4376462626, 0.4168905064, 0.02075575615},
        tol);
    check_cross_entropy(
        d, (Named[]){{"smoothing", 0.1}, {0}}, t_of(I32, SHAPE(2), IDS), true, 1.960394009,
        (double[]){0.2405192693, -0.001013568003, -0.2395057013, -0.5376982671, 0.5206737976, 0.01702446944},
        tol);
    check_cross_entropy(d, (Named[]){{"smoothing", 0.2}, {0}}, t_of(d, SHAPE(2, 3), T), true, 1.090858059,
                        (double[]){-0.03226617419, -0.0003707111574, 0.03263688534, 0.09594674891,
                                   -0.002313683317, -0.09363306559},
                        tol);
    check_cross_entropy(d, (Named[]){{"ignore", 1}, {"reduction", 1}, {0}}, t_of(U8, SHAPE(2), IDS), false,
                        1.663135506, (double[]){0.6954921835, 0.1149640847, -0.8104562682, 0, 0, 0}, tol);
  }
}

static void test_cross_entropy_differences(void **state) {
  (void)state;
  static const Named options[][3] = {
      {{0}}, {{"reduction", 2}, {"smoothing", 0.1}}, {{"reduction", 1}, {"ignore", 2}}};
  for (size_t i = 0; i < 3; i++)
    for (int w = 0; w < 2; w++) {
      Tensor *x[3] = {t_random(F64, SHAPE(2, 3, 19), -3, 3, 1),
                      t_of(I64, SHAPE(2, 3), (double[]){1, 19, 2, 7, 2, 18}),
                      w ? t_random(F64, SHAPE(19), 0.5, 2, 3) : NULL};
      t_gradcheck("cross_entropy", x, 3, options[i], 1);
      tensor_release(x[1]);
      x[1] = t_random(F64, SHAPE(2, 3, 19), 0, 1, 4);
      if (i < 2) t_gradcheck("cross_entropy", x, 3, options[i], 3);
      t_free(x, 3);
    }
}

static void test_cross_entropy_edges(void **state) {
  (void)state;
  OpCall c;
  Tensor *far[2] = {t_of(F32, SHAPE(2, 3), (double[]){1000, 0, -1000, -1e30, 0, 0}),
                    t_of(I64, SHAPE(2), (double[]){1, 2})};
  t_run(&c, "cross_entropy", far, 2, (Named[]){{"reduction", 2}, {0}});
  t_close(c.y[0], (double[]){0, 0.693147181}, 1e-6);
  op_drop_outputs(&c);
  tensor_set(far[0], 0, NAN);
  t_run(&c, "cross_entropy", far, 2, NULL);
  assert_true(isnan(tensor_get(c.y[0], 0)));
  op_drop_outputs(&c);
  t_free(far, 2);
  Tensor *large[2] = {t_random(F32, SHAPE(700, 101), -5, 5, 1), t_new(I64, SHAPE(700))};
  for (int64_t i = 0; i < 700; i++) tensor_set(large[1], i, (double)(1 + i * 37 % 101));
  t_same_at_any_thread_count("cross_entropy", large, 2, NULL, 1);
  t_run(&c, "cross_entropy", large, 2, NULL);
  double total = 0;
  for (int64_t i = 0; i < 700; i++) {
    double sum = 0;
    for (int64_t j = 0; j < 101; j++) sum += exp(tensor_get(large[0], i * 101 + j));
    total += log(sum) - tensor_get(large[0], i * 101 + i * 37 % 101);
  }
  t_close(c.y[0], (double[]){total / 700}, 1e-6);
  op_drop_outputs(&c);
  t_free(large, 2);
  Tensor *none[2] = {t_new(F32, SHAPE(0, 4)), t_new(I64, SHAPE(0))};
  t_run(&c, "cross_entropy", none, 2, (Named[]){{"reduction", 1}, {0}});
  t_close(c.y[0], (double[]){0}, 0);
  op_drop_outputs(&c);
  t_free(none, 2);
  Tensor *row[2] = {t_of(F32, SHAPE(1), (double[]){3}), t_of(I64, 0, NULL, (double[]){1})};
  t_run(&c, "cross_entropy", row, 2, NULL);
  t_close(c.y[0], (double[]){0}, 1e-7);
  op_drop_outputs(&c);
  t_free(row, 2);
}

static void test_cross_entropy_refusals(void **state) {
  (void)state;
  Tensor *x[3] = {t_new(F32, SHAPE(2, 10)), t_of(I64, SHAPE(2), (double[]){3, 0}), t_new(F32, SHAPE(9))};
  tensor_fill(x[0], 0);
  t_refuse("cross_entropy", x, 2, NULL,
           "cross_entropy: target 0 outside 1..10 (labels are 1-based; data.labels{base=0} converts)");
  t_refuse("cross_entropy", x, 3, NULL, "cross_entropy: weight must be f32[10] for f32[2,10], got f32[9]");
  Tensor *y[2] = {x[0], t_new(F32, SHAPE(2))};
  t_refuse("cross_entropy", y, 2, NULL,
           "cross_entropy: target is f32[2]; it must hold integers (x:to\"i64\" converts)");
  tensor_release(y[1]);
  y[1] = x[2];
  t_refuse("cross_entropy", y, 2, NULL,
           "cross_entropy: logits f32[2,10] need class ids of shape [2] or probabilities of their own shape, "
           "got f32[9]");
  t_free(x, 3);
}

int main(void) {
  nn_register();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_pytorch_numbers),
      cmocka_unit_test(test_differences),
      cmocka_unit_test(test_sizes_threads_and_nan),
      cmocka_unit_test(test_strided_inputs),
      cmocka_unit_test(test_refusals),
      cmocka_unit_test(test_cross_entropy_pytorch),
      cmocka_unit_test(test_cross_entropy_differences),
      cmocka_unit_test(test_cross_entropy_edges),
      cmocka_unit_test(test_cross_entropy_refusals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
