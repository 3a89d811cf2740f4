/* test_tape.c: the tape: gradients of leaves, what is refused, and what lives how long. */
#include "nn_test.h"

#include <pthread.h>
#include <semaphore.h>

/* sum(w w + w): dw = 2 w + 1, added where a gradient is already. */
static void gradients_add_into_leaves(void **state) {
  (void)state;
  Err e;
  Tape *tape = tape_new(&e);
  Tensor *w = t_leaf(3);
  for (int pass = 1; pass <= 2; pass++) {
    Tensor *square = t_record(tape, "mul", w, w), *y = t_record(tape, "add", square, w),
           *loss = t_record(tape, "sum", y, NULL);
    assert_int_equal(tape_length(tape), 3);
    assert_true(loss->requires_grad && loss->fn && !w->fn);
    assert_true(tape_backward(tape, loss, NULL, false, &e));
    assert_true(tensor_get(w->grad, 0) == pass * 7);
    assert_true(tensor_get(w->grad, 1) == pass * 13);
    RELEASE(square, y, loss);
    assert_int_equal(tape_length(tape), 0);
  }
  tensor_release(w);
  tape_free(tape);
}

static void a_graph_serves_once_unless_it_is_kept(void **state) {
  (void)state;
  Err e;
  Tape *tape = tape_new(&e);
  Tensor *w = t_leaf(3), *loss = t_record(tape, "sum", w, NULL);
  assert_true(tape_backward(tape, loss, NULL, true, &e));
  assert_true(tape_backward(tape, loss, NULL, false, &e));
  assert_true(tensor_get(w->grad, 0) == 2);
  assert_false(tape_backward(tape, loss, NULL, false, &e));
  RELEASE(loss, w);
  tape_free(tape);
}

static void a_changed_input_is_an_error(void **state) {
  (void)state;
  Err e;
  Tape *tape = tape_new(&e);
  Tensor *w = t_leaf(3), *x = t_of(F64, SHAPE(2), (double[]){1, 1}), *y = t_record(tape, "mul", w, x),
         *loss = t_record(tape, "sum", y, NULL);
  tensor_touch(x);
  tensor_fill(x, 5);
  assert_false(tape_backward(tape, loss, NULL, false, &e));
  assert_non_null(strstr(e.message, "changed in place"));
  RELEASE(loss, y, x, w);
  tape_free(tape);
}

static void nothing_is_noted_without_need(void **state) {
  (void)state;
  Err e;
  Tape *tape = tape_new(&e);
  Tensor *w = t_leaf(3), *plain = t_of(F64, SHAPE(2), (double[]){1, 1}),
         *y = t_record(tape, "neg", plain, NULL);
  assert_false(y->requires_grad);
  tensor_release(y);
  tape_set_recording(tape, false);
  assert_false(tape_recording(tape));
  y = t_record(tape, "neg", w, NULL);
  assert_false(y->requires_grad);
  assert_true(tape_may_change(tape, w, "w", &e));
  tensor_release(y);
  tape_set_recording(tape, true);
  assert_false(tape_may_change(tape, w, "w", &e));
  y = t_record(tape, "neg", w, NULL);
  assert_int_equal(tape_length(tape), 1);
  tensor_release(y); /* a record dies with what it made */
  assert_int_equal(tape_length(tape), 0);
  RELEASE(plain, w);
  tape_free(tape);
}

static void a_seed_stands_for_the_gradient(void **state) {
  (void)state;
  Err e;
  Tape *tape = tape_new(&e);
  Tensor *w = t_leaf(3), *y = t_record(tape, "square", w, NULL),
         *seed = t_of(F64, SHAPE(2), (double[]){10, 100});
  assert_false(tape_backward(tape, y, NULL, true, &e)); /* two elements need one */
  assert_true(tape_backward(tape, y, seed, false, &e));
  assert_true(tensor_get(w->grad, 0) == 60);
  assert_true(tensor_get(w->grad, 1) == 1200);
  RELEASE(seed, y, w);
  tape_free(tape);
}

/* A tensor whose end can be awaited, and held up. */
static sem_t reached, go_on;
static void hold(Pending *n) {
  (void)n;
  sem_post(&reached);
  sem_wait(&go_on);
}

static void *free_held(void *graph) {
  tensor_release(graph);
  return NULL;
}

/* One thread stands still in the middle of freeing a graph: what another frees meanwhile is free. */
static void one_that_stands_still_keeps_nobody(void **state) {
  (void)state;
  Err e;
  pthread_t other;
  const Waiting holding = {.drop = hold}, *before = tensor_waiting;
  Tape *left = tape_new(&e), *own = tape_new(&e);
  Tensor *w = t_leaf(3), *x = t_of(F64, SHAPE(2), (double[]){1, 1}), *y = t_record(left, "mul", w, x);
  tensor_waiting = &holding;
  x->store->pending = (Pending *)(void *)&holding;
  sem_init(&reached, 0, 0);
  sem_init(&go_on, 0, 0);
  tensor_release(x); /* the graph has the last one */
  assert_int_equal(pthread_create(&other, NULL, free_held, y), 0);
  sem_wait(&reached);
  tensor_waiting = before;
  const int64_t tensors = tensor_live();
  Tensor *square = t_record(own, "mul", w, w), *loss = t_record(own, "sum", square, NULL);
  RELEASE(square, loss);
  assert_int_equal(tensor_live(), tensors);
  sem_post(&go_on);
  pthread_join(other, NULL);
  tensor_release(w);
  tape_free(own);
  tape_free(left);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gradients_add_into_leaves),
      cmocka_unit_test(a_graph_serves_once_unless_it_is_kept),
      cmocka_unit_test(a_changed_input_is_an_error),
      cmocka_unit_test(nothing_is_noted_without_need),
      cmocka_unit_test(a_seed_stands_for_the_gradient),
      cmocka_unit_test(one_that_stands_still_keeps_nobody),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
