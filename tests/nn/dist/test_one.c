/* test_one.c: a process that nobody launched is a world of one: nothing is loaded, nothing changes, and what needs
 * another process is an error that says so.  tests/dist: several. */
#include "nn_test.h"

#include "collective.h"
#include "world.h"

static void world(void **state) {
  (void)state;
  Err e;
  assert_true(world_start(&e));
  assert_true(world_is_first());
  assert_false(world_is_many());
  assert_int_equal(world_rank(), 0);
  assert_int_equal(world_size(), 1);
  assert_null(world_mpi());
  assert_string_equal(world_name(), "");
  assert_false(world_stop_asked());
  assert_true(dist_barrier(&e));
}

static void reductions(void **state) {
  (void)state;
  Err e;
  Tensor *t = t_random(F32, SHAPE(2, 3), -1, 1, 1), *was = t_random(F32, SHAPE(2, 3), -1, 1, 1);
  for (int how = 0; how < REDUCTIONS; how++) {
    assert_true(dist_all_reduce(t, (Reduction)how, &e));
    assert_memory_equal(t->data, was->data, 6 * sizeof(float));
  }
  assert_true(dist_broadcast(t, 0, &e));
  assert_memory_equal(t->data, was->data, 6 * sizeof(float));
  Tensor *all = dist_all_gather(t, &e), *part = dist_reduce_scatter(t, REDUCE_SUM, &e);
  assert_non_null(all);
  assert_int_equal(all->nd, 3);
  assert_int_equal(all->shape[0], 1);
  assert_memory_equal(all->data, was->data, 6 * sizeof(float));
  assert_non_null(part);
  assert_int_equal(part->nd, 2);
  assert_int_equal(part->shape[0], 2);
  assert_memory_equal(part->data, was->data, 6 * sizeof(float));
  const double mine[2] = {3, 4};
  double numbers[2] = {0};
  assert_true(dist_gather_numbers("test", mine, 2, numbers, &e));
  assert_true(numbers[0] == 3 && numbers[1] == 4);
  tensor_release(all), tensor_release(part), tensor_release(t), tensor_release(was);
}

static void refused(void **state) {
  (void)state;
  Err e;
  Tensor *t = t_new(F32, SHAPE(2)), *whole = t_new(I64, SHAPE(2));
  assert_false(dist_broadcast(t, 1, &e));
  assert_non_null(strstr(e.message, "1"));
  assert_false(dist_send(t, 1, &e));
  assert_false(dist_recv(t, 1, &e));
  assert_false(dist_all_reduce(whole, REDUCE_MEAN, &e));
  assert_non_null(strstr(e.message, "mean"));
  tensor_release(t), tensor_release(whole);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(world), cmocka_unit_test(reductions),
                                     cmocka_unit_test(refused)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
