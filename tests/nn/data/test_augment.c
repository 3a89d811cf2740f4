/* test_augment.c: changes of pictures by their definition, and the same numbers for (seed, epoch, sample) whoever does
 * the work: a bench that has done other work before, no workers or several. */
#include "nn_test.h"

#include "loader.h"

enum { H = 3, W = 4, C = 2, SIZE = H * W * C };

static void fill(float *x) {
  for (int i = 0; i < SIZE; i++) x[i] = (float)i / SIZE;
}

/* x changed by the list, in y; its size in *h and *w. */
static void run(Bench *b, const AugmentList *list, Draw draw, const float *x, Tensor **y) {
  Err e;
  Picture p = {0};
  int64_t h = H, w = W;
  assert_true(augment_size(list, &h, &w, &e));
  assert_true(augment_begin(b, &p, H, W, C, F32, x, &e));
  assert_true(augment_run(b, &p, list, draw, NULL, &e));
  assert_int_equal(p.h, h);
  assert_int_equal(p.w, w);
  *y = t_new(F32, SHAPE(h, w, C));
  augment_store(&p, F32, (*y)->data);
}

static void flips(void **state) {
  (void)state;
  float x[SIZE];
  fill(x);
  for (int vertical = 0; vertical < 2; vertical++) {
    Bench b = {0};
    Tensor *y;
    const AugmentList list = {1, {{.kind = FLIP, .flip = {.p = 1, .vertical = vertical}}}};
    run(&b, &list, (Draw){1, 1, 1}, x, &y);
    for (int64_t i = 0; i < H; i++)
      for (int64_t j = 0; j < W; j++)
        for (int64_t c = 0; c < C; c++) {
          const int64_t from = (vertical ? H - 1 - i : i) * W + (vertical ? j : W - 1 - j);
          assert_true(tensor_get(y, (i * W + j) * C + c) == x[from * C + c]);
        }
    tensor_release(y);
    augment_free(&b);
  }
}

static void crops(void **state) {
  (void)state;
  float x[SIZE];
  fill(x);
  Bench b = {0};
  Tensor *y;
  const AugmentList list = {1, {{.kind = CROP, .crop = {.h = 1, .w = 2, .centre = 1}}}};
  run(&b, &list, (Draw){1, 1, 1}, x, &y);
  for (int64_t k = 0; k < 2 * C; k++) assert_true(tensor_get(y, k) == x[(1 * W + 1) * C + k]);
  tensor_release(y);
  augment_free(&b);
  const AugmentList large = {1, {{.kind = CROP, .crop = {.h = H + 1, .w = 1}}}};
  int64_t h = H, w = W;
  Err e;
  assert_false(augment_size(&large, &h, &w, &e));
  assert_non_null(strstr(e.message, "crop"));
}

static const AugmentList random_list = {3,
                                        {{.kind = FLIP, .flip = {.p = 0.5}},
                                         {.kind = NOISE, .noise = {.deviation = 0.2}},
                                         {.kind = CROP, .crop = {.h = 2, .w = 2}}}};

static void draws(void **state) {
  (void)state;
  float x[SIZE];
  fill(x);
  Bench used = {0};
  int differ = 0;
  Tensor *first = NULL;
  for (int64_t sample = 1; sample <= 8; sample++) {
    Bench fresh = {0};
    Tensor *a, *b;
    run(&used, &random_list, (Draw){5, 2, sample}, x, &a);
    run(&fresh, &random_list, (Draw){5, 2, sample}, x, &b);
    assert_memory_equal(a->data, b->data, (size_t)a->n * sizeof(float));
    if (first) differ += memcmp(first->data, a->data, (size_t)a->n * sizeof(float)) != 0;
    else first = tensor_retain(a);
    RELEASE(a, b);
    augment_free(&fresh);
  }
  assert_int_equal(differ, 7); /* each sample has numbers of its own */
  tensor_release(first);
  augment_free(&used);
}

static Tensor *batch(int workers) {
  enum { N = 6 };
  Err e;
  Tensor *x = t_random(F32, SHAPE(N, H, W, C), 0, 1, 3), *out = t_new(F32, SHAPE(N, 2, 2, C));
  const LoaderPlan plan = {.n = N, .x = x, .list = random_list, .seed = 9, .workers = workers};
  Loader *l = loader_new(&plan, &e);
  assert_non_null(l);
  const int64_t order[N] = {3, 1, 6, 2, 2, 5};
  assert_true(loader_send(l, order, N, 1, out, &e));
  assert_true(loader_take(l, &e));
  loader_free(l);
  tensor_release(x);
  return out;
}

static void workers(void **state) {
  (void)state;
  Tensor *alone = batch(0);
  for (int n = 1; n <= 3; n++) {
    Tensor *many = batch(n);
    assert_memory_equal(alone->data, many->data, (size_t)alone->n * sizeof(float));
    tensor_release(many);
  }
  tensor_release(alone);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(flips), cmocka_unit_test(crops),
                                     cmocka_unit_test(draws), cmocka_unit_test(workers)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
