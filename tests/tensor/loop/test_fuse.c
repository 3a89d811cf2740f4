/* test_fuse.c: ops that wait (fuse.h): what is settled when, with poison in what waits, so that a read that comes too
 * early shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fuse.h"
#include "op.h"

static Tensor *of(double value) {
  Err e;
  Tensor *t = tensor_new(F32, 1, (int64_t[]){1000}, &e);
  assert_non_null(t);
  tensor_fill(t, value);
  return t;
}

/* y = name(a, b), of which no gradient will be asked. */
static Tensor *call(const char *name, Tensor *a, Tensor *b) {
  Err e;
  OpCall c;
  Tensor *x[] = {a, b};
  op_init(&c, op_find(name), x, b ? 2 : 1);
  c.no_record = true;
  if (!op_run(&c, &e)) fail_msg("%s", e.message);
  return c.y[0];
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
  Tensor *a = of(3), *b = of(4), *sum = call("add", a, b), *square = call("square", sum, NULL);
  assert_non_null(sum->store->pending);
  assert_non_null(square->store->pending);
  assert_true(tensor_get(square, 0) != tensor_get(square, 0)); /* poison: nothing was computed yet */
  assert_int_equal(fuse_computed(), before);
  is(square, 49);
  assert_null(square->store->pending);
  assert_int_equal(fuse_computed(), before + 2);
  is(sum, 7); /* what lay between is there when it is asked for */
  tensor_release(square);
  tensor_release(sum);
  tensor_release(a);
  tensor_release(b);
}

static void a_change_of_an_input_comes_after(void **state) {
  (void)state;
  Tensor *a = of(3), *y = call("neg", a, NULL), *z = call("square", y, NULL);
  assert_int_equal(a->store->readers, 1);
  tensor_touch(a);
  tensor_fill(a, 100);
  assert_null(y->store->pending);
  is(y, -3);
  is(z, 9);
  tensor_release(z);
  tensor_release(y);
  tensor_release(a);
}

static void what_nobody_reads_is_not_computed(void **state) {
  (void)state;
  const int64_t before = fuse_computed(), live = tensor_live();
  Tensor *a = of(3), *y = call("neg", a, NULL);
  tensor_release(a); /* the op that waits holds it */
  assert_int_equal(tensor_live(), live + 2);
  tensor_release(y);
  assert_int_equal(tensor_live(), live);
  assert_int_equal(fuse_computed(), before);
}

static void all_can_be_settled(void **state) {
  (void)state;
  Tensor *a = of(9), *y = call("sqrt", a, NULL), *z = call("neg", a, NULL);
  fuse_settle_all();
  assert_null(y->store->pending);
  assert_null(z->store->pending);
  is(y, 3);
  is(z, -9);
  tensor_release(y);
  tensor_release(z);
  tensor_release(a);
}

static void long_chains_are_cut(void **state) {
  (void)state;
  Tensor *one = of(1), *y = of(0);
  for (int i = 0; i < 5 * CHAIN_STEPS; i++) {
    Tensor *next = call("add", y, one);
    tensor_release(y);
    y = next;
  }
  is(y, 5 * CHAIN_STEPS);
  tensor_release(y);
  tensor_release(one);
}

static void small_slow_and_recorded_ops_do_not_wait(void **state) {
  (void)state;
  Tensor *a = of(0.5), *slow = call("lgamma", a, NULL);
  assert_null(slow->store->pending);
  tensor_release(slow);
  fuse_set(1001, true);
  Tensor *small = call("neg", a, NULL);
  assert_null(small->store->pending);
  tensor_release(small);
  fuse_set(-1, false);
  Tensor *off = call("neg", a, NULL);
  assert_null(off->store->pending);
  is(off, -0.5);
  tensor_release(off);
  fuse_set(1, true);
  Err e;
  OpCall c;
  op_init(&c, op_find("neg"), &a, 1);
  assert_true(op_run(&c, &e));
  assert_null(c.y[0]->store->pending);
  op_drop_outputs(&c);
  tensor_release(a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_chain_is_computed_when_its_end_is_read, every_op_waits, none_waits),
      cmocka_unit_test_setup_teardown(a_change_of_an_input_comes_after, every_op_waits, none_waits),
      cmocka_unit_test_setup_teardown(what_nobody_reads_is_not_computed, every_op_waits, none_waits),
      cmocka_unit_test_setup_teardown(all_can_be_settled, every_op_waits, none_waits),
      cmocka_unit_test_setup_teardown(long_chains_are_cut, every_op_waits, none_waits),
      cmocka_unit_test_setup_teardown(small_slow_and_recorded_ops_do_not_wait, every_op_waits, none_waits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
