/* test_fuse.c: ops that wait (fuse.h): what is settled when, with poison in what waits, so that a read that comes too
 * early shows. */
#include "op_test.h"

#include "fuse.h"

static Tensor *of(double value) {
  Tensor *t = t_new(F32, SHAPE(1000));
  tensor_fill(t, value);
  return t;
}

static void is(const Tensor *t, double value) {
  tensor_settle(t);
  for (int64_t i = 0; i < t->n; i++) assert_true(tensor_get(t, i) == value);
}

static int every_op_waits(void **state) {
  (void)state;
  fuse_set(1, true);
  return 0;
}
static int none_waits(void **state) {
  (void)state;
  fuse_set(FUSE_FROM, false);
  return 0;
}

static void a_chain_is_computed_when_its_end_is_read(void **state) {
  (void)state;
  const int64_t before = fuse_computed();
  Tensor *a = of(3), *b = of(4), *sum = t_call("add", a, b), *square = t_call("square", sum, NULL);
  assert_non_null(sum->store->pending);
  assert_non_null(square->store->pending);
  assert_true(tensor_get(square, 0) != tensor_get(square, 0)); /* poison: nothing was computed yet */
  assert_int_equal(fuse_computed(), before);
  is(square, 49);
  assert_null(square->store->pending);
  assert_int_equal(fuse_computed(), before + 2);
  is(sum, 7); /* what lay between is there when it is asked for */
  RELEASE(square, sum, a, b);
}

static void a_change_of_an_input_comes_after(void **state) {
  (void)state;
  Tensor *a = of(3), *y = t_call("neg", a, NULL), *z = t_call("square", y, NULL);
  assert_int_equal(a->store->readers, 1);
  tensor_touch(a);
  tensor_fill(a, 100);
  assert_null(y->store->pending);
  is(y, -3);
  is(z, 9);
  RELEASE(z, y, a);
}

static void what_nobody_reads_is_not_computed(void **state) {
  (void)state;
  const int64_t before = fuse_computed(), live = tensor_live();
  Tensor *a = of(3), *y = t_call("neg", a, NULL);
  tensor_release(a); /* the op that waits holds it */
  assert_int_equal(tensor_live(), live + 2);
  tensor_release(y);
  assert_int_equal(tensor_live(), live);
  assert_int_equal(fuse_computed(), before);
}

static void all_can_be_settled(void **state) {
  (void)state;
  Tensor *a = of(9), *y = t_call("sqrt", a, NULL), *z = t_call("neg", a, NULL);
  fuse_settle_all();
  assert_null(y->store->pending);
  assert_null(z->store->pending);
  is(y, 3);
  is(z, -9);
  RELEASE(y, z, a);
}

static void long_chains_are_cut(void **state) {
  (void)state;
  Tensor *one = of(1), *y = of(0);
  for (int i = 0; i < 5 * CHAIN_STEPS; i++) {
    Tensor *next = t_call("add", y, one);
    tensor_release(y);
    y = next;
  }
  is(y, 5 * CHAIN_STEPS);
  RELEASE(y, one);
}

static void small_slow_and_recorded_ops_do_not_wait(void **state) {
  (void)state;
  Tensor *a = of(0.5), *slow = t_call("lgamma", a, NULL);
  assert_null(slow->store->pending);
  tensor_release(slow);
  fuse_set(1001, true);
  Tensor *small = t_call("neg", a, NULL);
  assert_null(small->store->pending);
  tensor_release(small);
  fuse_set(-1, false);
  Tensor *off = t_call("neg", a, NULL);
  assert_null(off->store->pending);
  is(off, -0.5);
  tensor_release(off);
  fuse_set(1, true);
  OpCall c;
  t_run(&c, "neg", &a, 1, NULL);
  assert_null(c.y[0]->store->pending);
  op_drop_outputs(&c);
  tensor_release(a);
}

#define WAITING(test) cmocka_unit_test_setup_teardown(test, every_op_waits, none_waits)
int main(void) {
  const struct CMUnitTest tests[] = {
      WAITING(a_chain_is_computed_when_its_end_is_read),
      WAITING(a_change_of_an_input_comes_after),
      WAITING(what_nobody_reads_is_not_computed),
      WAITING(all_can_be_settled),
      WAITING(long_chains_are_cut),
      WAITING(small_slow_and_recorded_ops_do_not_wait),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
