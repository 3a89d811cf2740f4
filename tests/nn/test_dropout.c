/* test_dropout.c: shares, scale, the same mask in backward, and independence of threads. */
#include "nn_test.h"

#include "kernel.h"

static void test_mask(void **state) {
  (void)state;
  for (Dtype d = F32; d <= F64; d++) {
    int64_t n = 40001;
    Tensor *x = t_random(d, 1, &n, 1, 2, 1);
    OpCall c;
    t_run(&c, "dropout", &x, 1, (Named[]){{"p", 0.3}, {"seed", 9}, {"offset", 4}, {0}});
    Tensor *dy = t_random(d, 1, &n, 1, 2, 2), *dx = t_backward(&c, &dy, 0, false),
           *more = t_backward(&c, &dy, 0, true);
    uint64_t *stays = malloc((size_t)(n / 64 + 1) * sizeof *stays);
    kernels(F32)->keeps(n, stays, 9, 4, 0.3);
    int64_t kept = 0;
    for (int64_t i = 0; i < n; i++) {
      double m = stays[i / 64] >> i % 64 & 1 ? 1 / 0.7 : 0;
      kept += m > 0;
      assert_true(fabs(tensor_get(c.y[0], i) - m * tensor_get(x, i)) < 1e-6);
      assert_true(fabs(tensor_get(dx, i) - m * tensor_get(dy, i)) < 1e-6);
      assert_true(fabs(tensor_get(more, i) - 10 - m * tensor_get(dy, i)) < 1e-5);
    }
    assert_true(fabs((double)kept / (double)n - 0.7) < 0.01);
    free(stays);
    RELEASE(x, dy, dx, more);
    op_drop_outputs(&c);
  }
}

static void test_channels(void **state) {
  (void)state;
  Tensor *x = t_random(F64, SHAPE(3, 4, 5, 50), 1, 2, 1);
  OpCall c;
  t_run(&c, "dropout2d", &x, 1, (Named[]){{"p", 0.5}, {"seed", 3}, {0}});
  int64_t kept = 0;
  for (int64_t n = 0; n < 3; n++)
    for (int64_t ch = 0; ch < 50; ch++) {
      bool on = tensor_get(c.y[0], n * 1000 + ch) != 0;
      kept += on;
      for (int64_t i = 0; i < 20; i++) {
        int64_t k = (n * 20 + i) * 50 + ch;
        assert_true(tensor_get(c.y[0], k) == (on ? 2 * tensor_get(x, k) : 0));
      }
    }
  assert_true(kept > 50 && kept < 100);
  op_drop_outputs(&c);
  t_gradcheck("dropout2d", &x, 1, (Named[]){{"p", 0.5}, {"seed", 3}, {0}}, 1);
  tensor_release(x);
}

static void test_edges(void **state) {
  (void)state;
  OpCall c;
  for (int64_t n = 0; n < 2; n++) {
    Tensor *x = t_random(F32, 1, &n, 1, 2, 1);
    t_run(&c, "dropout", &x, 1, (Named[]){{"train", 0}, {0}});
    t_same(c.y[0], x, 0);
    op_drop_outputs(&c);
    t_run(&c, "dropout", &x, 1, (Named[]){{"p", 1}, {0}});
    if (n) assert_true(tensor_get(c.y[0], 0) == 0);
    op_drop_outputs(&c);
    tensor_release(x);
  }
  Tensor *x = t_random(F32, SHAPE(100003), -1, 1, 1), *maps = t_random(F32, SHAPE(2, 100, 100, 3), -1, 1, 1),
         *none = t_new(F32, SHAPE(2, 0, 3));
  t_same_at_any_thread_count("dropout", &x, 1, NULL, 1);
  t_same_at_any_thread_count("dropout2d", &maps, 1, NULL, 1);
  t_run(&c, "dropout2d", &none, 1, NULL);
  op_drop_outputs(&c);
  tensor_set(x, 5, NAN);
  t_run(&c, "dropout", &x, 1, NULL);
  assert_true(isnan(tensor_get(c.y[0], 5)));
  op_drop_outputs(&c);
  t_refuse("dropout", &x, 1, (Named[]){{"p", 1.5}, {0}}, "dropout: p = 1.5 outside 0..1");
  t_refuse("dropout2d", &x, 1, NULL,
           "dropout2d: x must be [N, ..., C] with 3 dimensions or more, got f32[100003]");
  RELEASE(x, maps, none);
}

int main(void) {
  nn_register();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_mask),
      cmocka_unit_test(test_channels),
      cmocka_unit_test(test_edges),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
