/* test_bucket.c: gradients in buckets: what is told while backward runs, in which order buckets start, what comes back. */
#include "nn_test.h"

#include "bucket.h"

enum { LEAVES = 3 };

static struct {
  int started;
  size_t bytes[8];
} seen;

/* Another process with the same gradients: the sum is twice. */
static bool start_twice(void *context, Tensor *flat, void **request, Err *e) {
  (void)context, (void)e;
  seen.bytes[seen.started++] = (size_t)flat->n * dtype_size[flat->dtype];
  for (int64_t i = 0; i < flat->n; i++) tensor_set_real(flat, i, 2 * tensor_real(flat, i));
  *request = NULL;
  return true;
}
static bool look(void *context, void **request, bool *done, Err *e) {
  (void)context, (void)request, (void)e;
  *done = true;
  return true;
}
static bool wait_none(void *context, void **request, Err *e) {
  (void)context, (void)request;
  return err_set(e, "it had come already");
}
static const Reducer reducer = {NULL, 2, start_twice, look, wait_none};

/* loss = sum(((x w0) w1) w0): w1's gradient is final first, w0's, which is used twice, last; w2 is not used. */
static void backward_of(Tape *tape, Buckets *b, Tensor **w) {
  Err e;
  Tensor *first = t_record(tape, "mul", w[0], w[0]), *then = t_record(tape, "mul", first, w[1]),
         *loss = t_record(tape, "sum", then, NULL);
  buckets_begin(b, false);
  tape_watch(tape, buckets_watch(b));
  assert_true(tape_backward(tape, loss, NULL, false, &e));
  tape_watch(tape, NULL);
  RELEASE(first, then, loss);
}

static void make(Tensor **w) {
  for (int i = 0; i < LEAVES; i++) w[i] = t_leaf(i + 2);
}
static void clear(Tensor **w) {
  for (int i = 0; i < LEAVES; i++) {
    tensor_release(w[i]->grad);
    w[i]->grad = NULL;
  }
}

static void buckets_start_in_the_order_of_readiness(void **state) {
  (void)state;
  Err e;
  Tape *tape = tape_new(&e);
  Tensor *w[LEAVES];
  make(w);
  Buckets *b = buckets_new(w, LEAVES, 1, &reducer, &e); /* each leaf a bucket of its own */
  assert_non_null(b);
  backward_of(tape, b, w);
  assert_int_equal(seen.started, 0); /* nothing is agreed on */
  const int *order = buckets_order(b);
  assert_true(order[0] == 1 && order[1] == 0 && order[2] == 2);
  assert_false(buckets_planned(b));
  assert_true(buckets_plan(b, order, &e));
  for (int pass = 0; pass < 2; pass++) {
    bool flag = true;
    clear(w);
    seen.started = 0;
    backward_of(tape, b, w);
    assert_int_equal(seen.started, 2); /* while backward ran; w2 is never ready */
    assert_true(tensor_get(w[1]->grad, 0) == 4 && w[0]->grad != NULL && w[2]->grad == NULL);
    for (int i = 0; i < LEAVES; i++)
      assert_true(i == 2 || w[i]->grad->store->refs > 1); /* views of buckets */
    assert_false(
        buckets_finish(b, &flag, &e)); /* w2's bucket started only now, and this reducer waits for none */
    assert_int_equal(seen.started, 3);
  }
  buckets_free(b);
  for (int i = 0; i < LEAVES; i++) tensor_release(w[i]);
  tape_free(tape);
}

static bool wait_well(void *context, void **request, Err *e) {
  (void)context, (void)request, (void)e;
  return true;
}

static void gradients_are_means_and_what_nobody_has_stays_away(void **state) {
  (void)state;
  Err e;
  Tape *tape = tape_new(&e);
  Tensor *w[LEAVES];
  make(w);
  Reducer r = reducer;
  r.wait = wait_well;
  Buckets *b = buckets_new(w, LEAVES, (size_t)4 << 20, &r, &e);
  backward_of(tape, b, w);
  assert_true(buckets_plan(b, buckets_order(b), &e));
  bool flag = true;
  buckets_begin(b, false);
  seen.started = 0;
  assert_true(buckets_finish(b, &flag, &e));
  assert_int_equal(seen.started, 1); /* all share one */
  assert_int_equal(buckets_count(b), 1);
  assert_false(flag);
  /* d/dw0 = 2 w0 w1, d/dw1 = w0^2; half of each, twice */
  assert_true(tensor_get(w[0]->grad, 0) == 2 * 2 * 3 && tensor_get(w[0]->grad, 1) == 2 * 4 * 6);
  assert_true(tensor_get(w[1]->grad, 0) == 4 && tensor_get(w[1]->grad, 1) == 16);
  assert_null(w[2]->grad);
  clear(w);
  buckets_begin(b, true);
  assert_true(buckets_finish(b, &flag, &e));
  assert_true(flag && !w[0]->grad);
  buckets_free(b);
  for (int i = 0; i < LEAVES; i++) tensor_release(w[i]);
  tape_free(tape);
}

static void an_order_that_is_none_is_refused(void **state) {
  (void)state;
  Err e;
  Tensor *w[LEAVES];
  make(w);
  Buckets *b = buckets_new(w, LEAVES, 1, &reducer, &e);
  assert_false(buckets_plan(b, (int[]){0, 0, 1}, &e));
  buckets_free(b);
  for (int i = 0; i < LEAVES; i++) tensor_release(w[i]);
}

int main(void) {
  nn_register();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(buckets_start_in_the_order_of_readiness),
      cmocka_unit_test(gradients_are_means_and_what_nobody_has_stays_away),
      cmocka_unit_test(an_order_that_is_none_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
