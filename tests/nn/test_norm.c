/* test_norm.c: normalisation against PyTorch 1.13 in f64 (tests/nn/torch_norm.py prints the constants),
 * central differences, and the same bytes at every thread count. */
#include "nn_test.h"

static const double X[] = {1, -2, 0.5, 3, 0, 0.25, -1, 2, 2, 1, -0.5, -3}, G[] = {1, 2, 0.5, -1},
                    B[] = {0, 0.1, 0.2, 0.3}, DY[] = {1, 2, -1, 0.5, 0, 1, 0.3, -1, 0.7, -0.2, 1, 2};

typedef struct Case {
  const char *name;
  Named p[4];
  int nd;
  int64_t shape[3];
  double y[12], dx[12], dg[4], db[4];
} Case;

#define BATCH_Y                                                                                              \
  {                                                                                                          \
    0, -2.645617444, 0.8681445144, -0.5890002438, -1.224735686, 0.8844621268, -0.3345156115, -0.2080001393,  \
        1.224735686, 2.061155317, 0.06637109712, 1.697000383                                                 \
  }
#define BATCH_DX                                                                                             \
  {                                                                                                          \
    0.5307187972, -0.1568811614, -0.1947340726, -0.3226205879, -0.2653658284, 0.6275664832, -0.3894186657,   \
        0.3871455351, -0.2653529688, -0.4706853218, 0.5841527383, -0.06452494717                             \
  }
#define BATCH_DG                                                                                             \
  { 0.8573149801, -2.549501912, -1.924256201, -2.857500784 }
#define BATCH_DB                                                                                             \
  { 1.7, 2.8, 0.3, 1.5 }

static const Case cases[] = {
    {"batch_norm", {{"train", 1}}, 2, {3, 4}, BATCH_Y, BATCH_DX, BATCH_DG, BATCH_DB},
    {"instance_norm", {{0}}, 3, {1, 3, 4}, BATCH_Y, BATCH_DX, BATCH_DG, BATCH_DB},
    {"group_norm",
     {{"groups", 2}},
     3,
     {1, 3, 4},
     {0.5042178432, -3.732055609, 0.2845153168, -1.136760386, -0.3025307059, -0.1016871373, -0.09580360884,
      -0.6296684849, 1.310966392, 1.108435686, 0.03096936638, 1.905791019},
     {0.2757501028, 0.5333767657, -0.1834584924, -0.5135201399, -1.251871441, 0.5418439058, 0.3441882316,
      0.3791423704, 0.7545985329, -0.8536978661, 0.4556580674, -0.4820100373},
     {1.421894318, -4.033742746, -0.6845740662, -3.422870331},
     BATCH_DB},
    {"layer_norm",
     {{0}},
     2,
     {3, 4},
     {0.21055839, -2.84781746, 0.164906935, -1.03353647, -0.2891562281, -0.01566249125, -0.4072280791,
      -1.261443632, 1.128328039, 1.294700277, 0.1004416436, 1.826561465},
     {0.1867014321, 0.3775570955, -0.9044673706, 0.3402088431, -0.6441518288, 1.138830538, -0.2348868678,
      -0.2597918418, 0.006083165086, -0.3309832384, 0.5174108034, -0.1925107301},
     {1.000388017, -3.125118733, -0.4932674302, -3.947798326},
     BATCH_DB},
};

static void check_case(const Case *k, Dtype d, double tolerance) {
  Tensor *x[3] = {t_of(d, k->nd, k->shape, X), t_of(d, SHAPE(4), G), t_of(d, SHAPE(4), B)};
  Tensor *dy = t_of(d, k->nd, k->shape, DY);
  const double *want[3] = {k->dx, k->dg, k->db};
  OpCall c;
  t_run(&c, k->name, x, 3, k->p);
  t_close(c.y[0], k->y, tolerance);
  for (int i = 0; i < 3; i++) {
    Tensor *dx = t_backward(&c, &dy, i, false);
    t_close(dx, want[i], tolerance);
    tensor_release(dx);
  }
  op_drop_outputs(&c);
  tensor_release(dy);
  t_free(x, 3);
}

static void test_pytorch_numbers(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    check_case(&cases[i], F64, 1e-9);
    check_case(&cases[i], F32, 3e-6);
  }
}

static void test_running_statistics(void **state) {
  (void)state;
  Tensor *x[5] = {t_of(F64, SHAPE(3, 4), X), NULL, NULL, t_of(F64, SHAPE(4), (double[]){0, 0, 0, 0}),
                  t_of(F64, SHAPE(4), (double[]){1, 1, 1, 1})};
  OpCall c;
  uint32_t version = x[3]->store->version;
  t_run(&c, "batch_norm", x, 5, (Named[]){{"train", 1}, {0}});
  t_close(x[3], (double[]){0.1, -0.025, -0.03333333333, 0.06666666667}, 1e-9);
  t_close(x[4], (double[]){1, 1.14375, 0.9583333333, 1.933333333}, 1e-9);
  assert_true(x[3]->store->version > version);
  op_drop_outputs(&c);
  t_free(x, 5);
}

static void test_evaluation(void **state) {
  (void)state;
  Tensor *x[5] = {t_of(F64, SHAPE(3, 4), X), t_of(F64, SHAPE(4), G), t_of(F64, SHAPE(4), B),
                  t_of(F64, SHAPE(4), (double[]){0.1, 0.2, 0.3, 0.4}),
                  t_of(F64, SHAPE(4), (double[]){1, 2, 3, 4})};
  OpCall c;
  t_run(&c, "batch_norm", x, 5, NULL);
  t_close(c.y[0],
          (double[]){0.8999955, -3.011262059, 0.2577349307, -0.999998375, -0.0999995, 0.1707105013,
                     -0.1752770495, -0.499999, 1.8999905, 1.231368021, -0.03093972278, 1.999997875},
          1e-9);
  t_close(x[3], (double[]){0.1, 0.2, 0.3, 0.4}, 0);
  op_drop_outputs(&c);
  t_gradcheck("batch_norm", x, 5, NULL, 31);
  t_free(x, 5);
}

static void test_differences(void **state) {
  (void)state;
  static const int64_t channels[] = {1, 5, 16, 67}; /* rests, one vector, panels */
  for (int i = 0; i < 4; i++) {
    int64_t C = channels[i];
    Tensor *x[3] = {t_random(F64, 3, (int64_t[]){2, 3, C}, -1, 1, 1), t_random(F64, 1, &C, 0.5, 2, 2),
                    t_random(F64, 1, &C, -1, 1, 3)};
    t_gradcheck("batch_norm", x, 3, (Named[]){{"train", 1}, {0}}, 7);
    t_gradcheck("instance_norm", x, 3, (Named[]){{"eps", 0.01}, {0}}, 7);
    t_gradcheck("group_norm", x, 1, (Named[]){{"groups", 1}, {0}}, 1);
    if (C > 1) t_gradcheck("layer_norm", x, 3, NULL, 7);
    t_gradcheck("normalize", x, 1, NULL, 1);
    t_gradcheck("normalize", x, 1, (Named[]){{"p", 3}, {"dim", 2}, {0}}, 1);
    t_free(x, 3);
  }
}

static void test_strided(void **state) {
  (void)state;
  Err e;
  Tensor *base = t_random(F64, SHAPE(5, 4, 3), -1, 1, 1);
  Tensor *x = tensor_view(base, SHAPE(3, 4, 5), (int64_t[]){1, 3, 12}, 0, &e);
  t_gradcheck("batch_norm", &x, 1, (Named[]){{"train", 1}, {0}}, 1);
  t_gradcheck("layer_norm", &x, 1, NULL, 1);
  t_gradcheck("normalize", &x, 1, (Named[]){{"dim", 1}, {0}}, 1);
  RELEASE(x, base);
}

static void test_lengths(void **state) {
  (void)state;
  Tensor *x = t_of(F64, SHAPE(3, 4), X), *zero = t_of(F64, SHAPE(1, 2), (double[]){0, 0});
  OpCall c;
  t_run(&c, "normalize", &x, 1, (Named[]){{"p", 3}, {"dim", 1}, {0}});
  t_close(c.y[0],
          (double[]){0.4807498568, -0.9609439332, 0.4641588834, 0.7579793223, 0, 0.1201179917, -0.9283177667,
                     0.5053195482, 0.9614997135, 0.4804719666, -0.4641588834, -0.7579793223},
          1e-9);
  op_drop_outputs(&c);
  t_run(&c, "normalize", &zero, 1, NULL);
  t_close(c.y[0], (double[]){0, 0}, 0);
  op_drop_outputs(&c);
  RELEASE(x, zero);
}

/* Mean 1000, deviation 0.01: sums of squares would lose everything in f32. */
static void test_large_mean(void **state) {
  (void)state;
  Tensor *x = t_random(F32, SHAPE(3000, 20), 1000, 1000.03, 1);
  OpCall c;
  t_run(&c, "batch_norm", &x, 1, (Named[]){{"train", 1}, {"eps", 0}, {0}});
  for (int64_t j = 0; j < 20; j++) {
    double mean = 0, square = 0;
    for (int64_t i = 0; i < 3000; i++) mean += tensor_get(c.y[0], i * 20 + j) / 3000;
    for (int64_t i = 0; i < 3000; i++) square += pow(tensor_get(c.y[0], i * 20 + j), 2) / 3000;
    assert_true(fabs(mean) < 0.01 && fabs(square - 1) < 0.01);
  }
  op_drop_outputs(&c);
  tensor_release(x);
}

static void test_threads_nan_and_sizes(void **state) {
  (void)state;
  OpCall c;
  Tensor *x[3] = {t_random(F32, SHAPE(3, 40, 41, 37), -1, 1, 1), t_random(F32, SHAPE(37), -1, 1, 1),
                  t_random(F32, SHAPE(37), -1, 1, 1)};
  t_same_at_any_thread_count("batch_norm", x, 3, (Named[]){{"train", 1}, {0}}, 7);
  t_same_at_any_thread_count("instance_norm", x, 3, NULL, 7);
  t_same_at_any_thread_count("layer_norm", x, 3, NULL, 7);
  tensor_set(x[0], 1000, NAN);
  static const char *const names[] = {"batch_norm", "instance_norm", "layer_norm", "normalize"};
  for (int i = 0; i < 4; i++) {
    t_run(&c, names[i], x, i < 3 ? 3 : 1, i ? NULL : (Named[]){{"train", 1}, {0}});
    assert_true(isnan(tensor_get(c.y[0], 1000)));
    op_drop_outputs(&c);
  }
  t_free(x, 3);
  Tensor *none = t_new(F32, SHAPE(0, 3, 4)), *hollow = t_new(F32, SHAPE(2, 3, 0));
  for (int i = 1; i < 4; i++) {
    t_run(&c, names[i], &none, 1, NULL);
    op_drop_outputs(&c);
    t_run(&c, names[i], &hollow, 1, NULL);
    op_drop_outputs(&c);
  }
  RELEASE(none, hollow);
}

static void test_refusals(void **state) {
  (void)state;
  Tensor *x[2] = {t_random(F32, SHAPE(1, 4), -1, 1, 1), t_random(F32, SHAPE(3), -1, 1, 1)};
  t_refuse("batch_norm", x, 1, (Named[]){{"train", 1}, {0}},
           "batch_norm: more than one value a channel is needed to train, got f32[1,4]");
  t_refuse("batch_norm", x, 1, NULL, "batch_norm: train=false needs mean and var");
  t_refuse("batch_norm", x, 2, NULL, "batch_norm: gamma must be f32[4] for f32[1,4], got f32[3]");
  t_refuse("layer_norm", x, 2, NULL, "layer_norm: gamma must be f32[4] for f32[1,4], got f32[3]");
  t_refuse("group_norm", x, 1, (Named[]){{"groups", 3}, {0}},
           "group_norm: 4 channels do not split into 3 groups");
  t_refuse("group_norm", x, 1, (Named[]){{"groups", 1e15}, {0}},
           "group_norm: 4 channels do not split into 1000000000000000 groups");
  t_refuse("normalize", x, 1, (Named[]){{"p", INFINITY}, {0}},
           "normalize: p = inf must be above 0 and finite");
  t_free(x, 2);
}

int main(void) {
  nn_register();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_pytorch_numbers), cmocka_unit_test(test_running_statistics),
      cmocka_unit_test(test_evaluation),      cmocka_unit_test(test_differences),
      cmocka_unit_test(test_strided),         cmocka_unit_test(test_lengths),
      cmocka_unit_test(test_large_mean),      cmocka_unit_test(test_threads_nan_and_sizes),
      cmocka_unit_test(test_refusals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
