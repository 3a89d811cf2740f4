/* test_row_loss.c: losses of whole rows and the embedding, against PyTorch 1.13 (f64), differences and naive
 * loops.
 *
 * a = tensor([[1,-2,.5],[0,.25,-1]]), b = tensor([[.5,1,.2],[.3,-.5,1]]), n = tensor([[.9,-1,.2],[.3,0,-1]]);
 * cosine_embedding_loss(a, b, [1,-1], margin=-.9), nll_loss(a, [2,0], weight=[1,2,.5]),
 * (((a-b)**2).sum(1) - ((a-n)**2).sum(1) + .2).clamp(min=0).mean() */
#include "nn_test.h"

static const double A[] = {1, -2, .5, 0, .25, -1}, B[] = {.5, 1, .2, .3, -.5, 1},
                    N[] = {.9, -1, .2, .3, 0, -1};

static void check(const char *name, Tensor **x, int nx, const Named *p, double value, const double *grad) {
  OpCall c;
  t_run(&c, name, x, nx, p);
  t_close(c.y[0], &value, 1e-9);
  Tensor *dy = t_of(F64, 0, NULL, (double[]){1}), *dx = t_backward(&c, &dy, 0, false);
  if (grad) t_close(dx, grad, 1e-9);
  RELEASE(dx, dy);
  op_drop_outputs(&c);
  t_free(x, nx);
}

static void test_pytorch_numbers(void **state) {
  (void)state;
  Named margin[] = {{"margin", -0.9}, {0}};
  check("cosine_embedding",
        (Tensor *[]){t_of(F64, SHAPE(2, 3), A), t_of(F64, SHAPE(2, 3), B),
                     t_of(F64, SHAPE(2), (double[]){1, -1})},
        3, margin, 0.7689821949, (double[]){-0.1472997734, -0.08966073164, -0.06404337974, 0, 0, 0});
  check("cosine_embedding",
        (Tensor *[]){t_of(F64, SHAPE(2, 3), A), t_of(F64, SHAPE(2, 3), B),
                     t_of(I32, SHAPE(2), (double[]){-1, 1})},
        3, margin, 1.152435259,
        (double[]){0.1472997734, 0.08966073164, 0.06404337974, -0.1257113211, 0.09859711461, 0.02464927865});
  check("nll",
        (Tensor *[]){t_of(F64, SHAPE(2, 3), A), t_of(I64, SHAPE(2), (double[]){3, 1}),
                     t_of(F64, SHAPE(3), (double[]){1, 2, .5})},
        3, NULL, -0.1666666667, (double[]){0, 0, -1 / 3., -2 / 3., 0, 0});
  check("triplet",
        (Tensor *[]){t_of(F64, SHAPE(2, 3), A), t_of(F64, SHAPE(2, 3), B), t_of(F64, SHAPE(2, 3), N)}, 3,
        NULL, 6.57, (double[]){0.4, -2, 0, 0, 0.5, -2});
}

static void test_differences(void **state) {
  (void)state;
  for (int none = 0; none <= 2; none += 2) {
    Tensor *x[3] = {t_random(F64, SHAPE(2, 3, 19), 0.1, 0.9, 1), t_random(F64, SHAPE(2, 3, 19), 0.1, 0.9, 2),
                    t_random(F64, SHAPE(2, 3, 19), 0.1, 0.9, 3)};
    Tensor *labels[3] = {x[0], x[1], t_of(I64, SHAPE(2, 3), (double[]){1, -1, -1, 1, 1, -1})};
    Tensor *ids[2] = {x[0], t_of(I64, SHAPE(2, 3), (double[]){1, 19, 2, 7, 2, 18})};
    Named p[] = {{"reduction", none}, {0}}, wide[] = {{"reduction", none}, {"margin", 2}, {0}},
          skip[] = {{"reduction", none}, {"ignore", 2}, {0}};
    t_gradcheck("triplet", x, 3, wide, 7);
    t_gradcheck("triplet", x, 3, p, 7);
    t_gradcheck("dice", x, 2, p, 3);
    t_gradcheck("cosine_embedding", labels, 3, p, 3);
    t_gradcheck("nll", ids, 2, skip, 1);
    RELEASE(labels[2], ids[1]);
    t_free(x, 3);
  }
}

static void test_dice_by_hand(void **state) {
  (void)state;
  Tensor *x[2] = {t_of(F32, SHAPE(2, 2), (double[]){0.5, 1, 0, 0}),
                  t_of(F32, SHAPE(2, 2), (double[]){1, 1, 0, 0})};
  OpCall c;
  t_run(&c, "dice", x, 2, (Named[]){{"reduction", 2}, {0}});
  t_close(c.y[0], (double[]){1 - 4 / 4.5, 0}, 1e-6);
  op_drop_outputs(&c);
  t_free(x, 2);
}

static void test_edges(void **state) {
  (void)state;
  OpCall c;
  static const char *const names[] = {"triplet", "dice", "nll", "cosine_embedding"};
  static const int nx[] = {3, 2, 2, 3};
  for (int i = 0; i < 4; i++) {
    Tensor *t = t_new(F32, SHAPE(0, 4)), *ids = t_new(I64, SHAPE(0));
    Tensor *x[3] = {t, i == 2 ? ids : t, i == 3 ? ids : t};
    t_run(&c, names[i], x, nx[i], (Named[]){{"reduction", 1}, {0}});
    t_close(c.y[0], (double[]){0}, 0);
    op_drop_outputs(&c);
    RELEASE(t, ids);
  }
  Tensor *x[3] = {t_random(F32, SHAPE(900, 64), -1, 1, 1), t_random(F32, SHAPE(900, 64), -1, 1, 2),
                  t_random(F32, SHAPE(900, 64), -1, 1, 3)};
  t_same_at_any_thread_count("triplet", x, 3, NULL, 7);
  t_same_at_any_thread_count("dice", x, 2, NULL, 3);
  tensor_set(x[0], 99, NAN);
  t_run(&c, "triplet", x, 3, NULL);
  assert_true(isnan(tensor_get(c.y[0], 0)));
  op_drop_outputs(&c);
  t_free(x, 3);
}

static void test_refusals(void **state) {
  (void)state;
  Tensor *x[3] = {t_random(F32, SHAPE(2, 4), -1, 1, 1), t_of(I64, SHAPE(2), (double[]){1, 5}),
                  t_random(F32, SHAPE(2), 1, 2, 1)};
  t_refuse("nll", x, 2, NULL,
           "nll: target 5 outside 1..4 (labels are 1-based; data.labels{base=0} converts)");
  t_refuse("nll", (Tensor *[]){x[0], x[2]}, 2, NULL,
           "nll: target is f32[2]; it must hold integers (x:to\"i64\" converts)");
  t_refuse("dice", (Tensor *[]){x[0], x[2]}, 2, NULL,
           "dice: shapes or dtypes differ: f32[2,4] and f32[2] (a loss does not broadcast)");
  t_free(x, 3);
}

/* --- embedding ------------------------------------------------------------------------------------------ */

static void test_embedding(void **state) {
  (void)state;
  for (Dtype d = F32; d <= F64; d++) {
    Tensor *x[2] = {t_of(I32, SHAPE(2, 2), (double[]){3, 1, 3, 2}),
                    t_of(d, SHAPE(3, 2), (double[]){1, 2, 3, 4, 5, 6})};
    OpCall c;
    t_run(&c, "embedding", x, 2, (Named[]){{"padding", 2}, {0}});
    assert_int_equal(c.y[0]->nd, 3);
    t_close(c.y[0], (double[]){5, 6, 1, 2, 5, 6, 3, 4}, 0);
    Tensor *dy = t_of(d, SHAPE(2, 2, 2), (double[]){1, 2, 3, 4, 5, 6, 7, 8}),
           *dw = t_backward(&c, &dy, 1, false), *more = t_backward(&c, &dy, 1, true);
    t_close(dw, (double[]){3, 4, 0, 0, 6, 8}, 0);
    t_close(more, (double[]){13, 14, 10, 10, 16, 18}, 0);
    RELEASE(dy, dw, more);
    op_drop_outputs(&c);
    t_free(x, 2);
  }
  Tensor *x[2] = {t_of(I64, SHAPE(4), (double[]){1, 5, 5, 2}), t_random(F64, SHAPE(5, 37), -1, 1, 1)};
  t_gradcheck("embedding", x, 2, NULL, 2);
  t_free(x, 2);
}

static void test_embedding_edges(void **state) {
  (void)state;
  OpCall c;
  Tensor *x[2] = {t_new(I64, SHAPE(3000)), t_random(F32, SHAPE(50, 70), -1, 1, 1)};
  for (int64_t i = 0; i < 3000; i++) tensor_set(x[0], i, (double)(1 + i * i % 50));
  t_same_at_any_thread_count("embedding", x, 2, NULL, 2);
  tensor_set(x[0], 7, 51);
  t_refuse("embedding", x, 2, NULL,
           "embedding: id 51 outside 1..50 (ids are 1-based; data.labels{base=0} converts)");
  t_free(x, 2);
  Tensor *none[2] = {t_new(I64, SHAPE(0)), t_random(F32, SHAPE(5, 7), -1, 1, 1)};
  t_run(&c, "embedding", none, 2, NULL);
  Tensor *dw = t_backward(&c, &c.y[0], 1, false);
  for (int64_t i = 0; i < dw->n; i++) assert_true(tensor_get(dw, i) == 0);
  tensor_release(dw);
  op_drop_outputs(&c);
  t_free(none, 2);
}

int main(void) {
  nn_register();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_pytorch_numbers), cmocka_unit_test(test_differences),
      cmocka_unit_test(test_dice_by_hand),    cmocka_unit_test(test_edges),
      cmocka_unit_test(test_refusals),        cmocka_unit_test(test_embedding),
      cmocka_unit_test(test_embedding_edges),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
