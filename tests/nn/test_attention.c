/* test_attention.c: attention against PyTorch 1.13 (f64), a naive loop, central differences and thread
 * counts.
 *
 * The constants: wave(seed) = .8 sin(1.3 i + seed); q, k, v = wave(1), wave(2), wave(3) as [1,3,4] in 2
 * heads; S = q k^T / sqrt(2) + [[0,1,2],[.5,0,.1],[.2,.1,-1]], masked above the diagonal; y = softmax(S) v;
 * (y * wave(4)).sum().backward() */
#include "nn_test.h"

static Tensor *wave(Dtype d, double seed, int nd, const int64_t *shape) {
  Tensor *t = t_new(d, nd, shape);
  for (int64_t i = 0; i < t->n; i++) tensor_set(t, i, 0.8 * sin(1.3 * (double)i + seed));
  return t;
}

static const double Y[] = {0.1128960064, -0.7329327494, -0.5050133103, 0.4627518115,
                           0.4183983566, -0.411611322,  -0.6338266184, 0.08401908809,
                           0.4654300725, -0.1808521319, -0.5544985539, -0.1529087989};
static const double DX[3][12] = {
    {0, 0, 0, 0, 0.0058657855, -0.04850884487, -0.01582098747, 0.01565612261, -0.01843872932, 0.06075649921,
     0.04182016704, -0.03749582688},
    {0.05298556431, 0.03929421257, -0.04696748885, -0.04048663119, -0.04220951001, -0.04085591296,
     0.0442974269, 0.03941726511, -0.0107760543, 0.001561700385, 0.002670061942, 0.001069366081},
    {-0.2042665955, -1.030930476, -0.3369641048, 0.862852084, 0.3949596943, -0.3335452791, -0.5630661917,
     0.02028064795, 0.1547030574, 0.001275740649, -0.174674674, -0.09489735868}};

static void test_pytorch_numbers(void **state) {
  (void)state;
  for (Dtype d = F32; d <= F64; d++) {
    double tolerance = d == F32 ? 2e-6 : 1e-9;
    Tensor *x[4] = {wave(d, 1, SHAPE(1, 3, 4)), wave(d, 2, SHAPE(1, 3, 4)), wave(d, 3, SHAPE(1, 3, 4)),
                    t_of(d, SHAPE(3, 3), (double[]){0, 1, 2, .5, 0, .1, .2, .1, -1})};
    OpCall c;
    t_run(&c, "attention", x, 4, (Named[]){{"heads", 2}, {"causal", 1}, {0}});
    t_close(c.y[0], Y, tolerance);
    Tensor *dy = wave(d, 4, SHAPE(1, 3, 4));
    for (int i = 0; i < 3; i++) {
      Tensor *dx = t_backward(&c, &dy, i, false);
      t_close(dx, DX[i], tolerance);
      tensor_release(dx);
    }
    tensor_release(dy);
    op_drop_outputs(&c);
    t_free(x, 4);
  }
}

/* y by loops for [N,h,T,D]; mask over [Tq,Tk] or NULL */
static void check_naive(Tensor **x, const double *mask, bool causal, const Tensor *y) {
  int64_t N = x[0]->shape[0] * x[0]->shape[1], Tq = x[0]->shape[2], D = x[0]->shape[3], Tk = x[1]->shape[2],
          Dv = x[2]->shape[3];
  for (int64_t u = 0; u < N; u++)
    for (int64_t i = 0; i < Tq; i++) {
      double p[512], sum = 0, y_want;
      for (int64_t j = 0; j < Tk; j++) {
        double s = 0;
        for (int64_t d = 0; d < D; d++)
          s += tensor_get(x[0], (u * Tq + i) * D + d) * tensor_get(x[1], (u * Tk + j) * D + d);
        bool seen = (!mask || mask[i * Tk + j] != 0) && (!causal || j <= i + Tk - Tq);
        sum += p[j] = seen ? exp(s / sqrt((double)D)) : 0;
      }
      for (int64_t d = 0; d < Dv; d++) {
        y_want = 0;
        for (int64_t j = 0; j < Tk && sum > 0; j++)
          y_want += p[j] / sum * tensor_get(x[2], (u * Tk + j) * Dv + d);
        assert_true(fabs(tensor_get(y, (u * Tq + i) * Dv + d) - y_want) < 1e-5);
      }
    }
}

static void test_naive(void **state) {
  (void)state;
  static const int64_t sizes[][3] = {{5, 7, 3}, {100, 130, 40}, {1, 200, 8}, {60, 1, 1}}; /* Tq, Tk, D */
  for (int k = 0; k < 4; k++)
    for (int causal = 0; causal < 2; causal++) {
      int64_t Tq = sizes[k][0], Tk = sizes[k][1], D = sizes[k][2];
      Tensor *x[4] = {
          t_random(F32, SHAPE(2, 2, Tq, D), -1, 1, 1), t_random(F32, SHAPE(2, 2, Tk, D), -1, 1, 2),
          t_random(F32, SHAPE(2, 2, Tk, D + 2), -1, 1, 3), t_random(BOOL, SHAPE(Tq, Tk), 0, 1, 4)};
      double *mask = malloc((size_t)(Tq * Tk) * sizeof *mask);
      for (int64_t i = 0; i < Tq * Tk; i++) {
        mask[i] = i % 3 != 0 && i / Tk != 2; /* row 2 sees nothing */
        tensor_set(x[3], i, mask[i]);
      }
      OpCall c;
      t_run(&c, "attention", x, 3, (Named[]){{"causal", causal}, {0}});
      check_naive(x, NULL, causal, c.y[0]);
      op_drop_outputs(&c);
      t_run(&c, "attention", x, 4, (Named[]){{"causal", causal}, {0}});
      check_naive(x, mask, causal, c.y[0]);
      op_drop_outputs(&c);
      free(mask);
      t_free(x, 4);
    }
}

static void test_differences(void **state) {
  (void)state;
  for (int causal = 0; causal < 2; causal++) {
    Named p[] = {{"causal", causal}, {"heads", 2}, {0}};
    Tensor *x[4] = {t_random(F64, SHAPE(2, 3, 4), -1, 1, 1), t_random(F64, SHAPE(2, 5, 4), -1, 1, 2),
                    t_random(F64, SHAPE(2, 5, 6), -1, 1, 3), t_random(F64, SHAPE(2, 1, 5), -1, 1, 4)};
    t_gradcheck("attention", x, 4, p, 7);
    tensor_release(x[3]);
    x[3] = t_of(BOOL, SHAPE(3, 5), (double[]){1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 1, 1});
    t_gradcheck("attention", x, 4, p, 7);
    t_free(x, 4);
  }
  Tensor *x[3] = {t_random(F64, SHAPE(1, 2, 51, 3), -1, 1, 1), t_random(F64, SHAPE(1, 2, 4, 3), -1, 1, 2),
                  t_random(F64, SHAPE(1, 2, 4, 2), -1, 1, 3)};
  t_gradcheck("attention", x, 3, (Named[]){{"scale", 0.7}, {0}}, 7);
  t_free(x, 3);
}

/* [N,T,h,D] turned to [N,h,T,D] gives what heads=h gives on [N,T,hD]. */
static void test_strided(void **state) {
  (void)state;
  Err e;
  Tensor *flat[3], *turned[3];
  for (int i = 0; i < 3; i++) {
    flat[i] = t_random(F64, SHAPE(2, 9, 12), -1, 1, (uint64_t)i);
    turned[i] = tensor_view(flat[i], SHAPE(2, 3, 9, 4), (int64_t[]){108, 4, 12, 1}, 0, &e);
  }
  OpCall a, b;
  t_run(&a, "attention", flat, 3, (Named[]){{"heads", 3}, {0}});
  t_run(&b, "attention", turned, 3, NULL);
  Tensor *back = tensor_view(b.y[0], SHAPE(2, 9, 3, 4), (int64_t[]){108, 4, 36, 1}, 0, &e);
  for (int64_t i = 0; i < 216; i++) assert_true(fabs(tensor_get(back, i) - tensor_get(a.y[0], i)) < 1e-12);
  tensor_release(back);
  op_drop_outputs(&a);
  op_drop_outputs(&b);
  t_gradcheck("attention", turned, 3, (Named[]){{"causal", 1}, {0}}, 7);
  t_free(flat, 3);
  t_free(turned, 3);
}

/* One tensor as q, k and v: its gradient is the sum of three. */
static void test_self(void **state) {
  (void)state;
  Err e;
  Tensor *x = t_random(F64, SHAPE(1, 4, 3), -1, 1, 1), *all[3] = {x, x, x},
         *sum = tensor_zeros(F64, 3, x->shape, &e);
  OpCall c;
  t_run(&c, "attention", all, 3, NULL);
  Tensor *dy = t_random(F64, SHAPE(1, 4, 3), -1, 1, 2), *one = t_new(F64, 3, x->shape);
  for (int i = 0; i < 3; i++) {
    Tensor *dx = t_backward(&c, &dy, i, false);
    for (int64_t k = 0; k < x->n; k++) tensor_set(sum, k, tensor_get(sum, k) + tensor_get(dx, k));
    tensor_release(dx);
  }
  Tensor *together[3] = {one, one, one};
  assert_true(c.op->backward(&c, &dy, together, 6, &e));
  t_same(one, sum, 1e-12);
  op_drop_outputs(&c);
  RELEASE(x, sum, dy, one);
}

static void test_threads_nan_and_sizes(void **state) {
  (void)state;
  Tensor *x[3] = {t_random(F32, SHAPE(3, 70, 40), -1, 1, 1), t_random(F32, SHAPE(3, 55, 40), -1, 1, 2),
                  t_random(F32, SHAPE(3, 55, 40), -1, 1, 3)};
  t_same_at_any_thread_count("attention", x, 3, (Named[]){{"heads", 4}, {0}}, 7);
  OpCall c;
  tensor_set(x[1], 0, NAN);
  t_run(&c, "attention", x, 3, NULL);
  assert_true(isnan(tensor_get(c.y[0], 0)) && !isnan(tensor_get(c.y[0], 70 * 40)));
  op_drop_outputs(&c);
  t_free(x, 3);
  static const int64_t sizes[][4] = {{0, 3, 3, 2}, {1, 0, 3, 2}, {1, 3, 0, 2}, {1, 1, 1, 1}}; /* N Tq Tk D */
  for (int i = 0; i < 4; i++) {
    Tensor *y[3] = {t_random(F64, SHAPE(sizes[i][0], sizes[i][1], sizes[i][3]), -1, 1, 1),
                    t_random(F64, SHAPE(sizes[i][0], sizes[i][2], sizes[i][3]), -1, 1, 2),
                    t_random(F64, SHAPE(sizes[i][0], sizes[i][2], sizes[i][3]), -1, 1, 3)};
    t_gradcheck("attention", y, 3, NULL, 7);
    t_run(&c, "attention", y, 3, NULL);
    if (sizes[i][2] == 0)
      for (int64_t k = 0; k < c.y[0]->n; k++) assert_true(tensor_get(c.y[0], k) == 0);
    op_drop_outputs(&c);
    t_free(y, 3);
  }
}

static void test_refusals(void **state) {
  (void)state;
  Tensor *x[4] = {t_random(F32, SHAPE(2, 3, 4), -1, 1, 1), t_random(F32, SHAPE(2, 5, 3), -1, 1, 2),
                  t_random(F32, SHAPE(2, 5, 4), -1, 1, 2), t_random(F32, SHAPE(4, 4), -1, 1, 2)};
  t_refuse("attention", (Tensor *[]){x[0], x[1], x[2]}, 3, NULL,
           "attention: q, k, v must be [N,T,D] or [N,heads,T,D] of one dtype, got f32[2,3,4], f32[2,5,3], "
           "f32[2,5,4]");
  t_refuse("attention", (Tensor *[]){x[0], x[2], x[2], x[3]}, 4, NULL,
           "attention: mask f32[4,4] does not broadcast to the scores of q f32[2,3,4]");
  t_refuse("attention", (Tensor *[]){x[0], x[2], x[2]}, 3, (Named[]){{"heads", 3}, {0}},
           "attention: f32[2,3,4] and v f32[2,5,4] do not split into 3 heads");
  t_free(x, 4);
}

int main(void) {
  nn_register();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_pytorch_numbers),
      cmocka_unit_test(test_naive),
      cmocka_unit_test(test_differences),
      cmocka_unit_test(test_strided),
      cmocka_unit_test(test_self),
      cmocka_unit_test(test_threads_nan_and_sizes),
      cmocka_unit_test(test_refusals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
