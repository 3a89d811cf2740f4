/* test_lay.c: which pointwise results lie as their inputs do (lay.h), and how they come to lie row by row. */
#include "op_test.h"

#include "fuse.h"
#include "lay.h"

static int results_lie_as_inputs(void **state) {
  (void)state;
  lay_set(2, false);
  return 0;
}
static int as_ever(void **state) {
  (void)state;
  lay_set(LAY_FROM, false);
  fuse_set(FUSE_FROM, false);
  return 0;
}

/* 0, 1, 2 .. in memory, seen with dimension order[i] of `shape` in place i. */
static Tensor *permuted(int nd, const int64_t *shape, const int *order) {
  Err e;
  int64_t to[DIMS], stride[DIMS];
  Tensor *t = t_new(F32, nd, shape);
  tensor_ramp_int(t, 0, 1);
  for (int i = 0; i < nd; i++) {
    to[i] = t->shape[order[i]];
    stride[i] = t->stride[order[i]];
  }
  Tensor *v = tensor_view(t, nd, to, stride, 0, &e);
  assert_non_null(v);
  tensor_release(t);
  return v;
}
static Tensor *turned(int64_t rows, int64_t columns) {
  return permuted(2, (int64_t[]){columns, rows}, (int[]){1, 0});
}
static Tensor *plain(int nd, const int64_t *shape) { return permuted(nd, shape, (int[]){0, 1, 2, 3}); }

/* Is t loose, and are its strides these? */
static bool lies(const Tensor *t, const int64_t *stride) {
  for (int i = 0; i < t->nd; i++)
    if (t->stride[i] != stride[i]) return false;
  return t->loose;
}

static void one_input_gives_its_order(void **state) {
  (void)state;
  Tensor *x = turned(3, 5), *y = t_call("neg", x, NULL), *z = t_call("square", y, NULL);
  assert_true(lies(y, (int64_t[]){1, 3}));
  assert_true(lies(z, (int64_t[]){1, 3}));
  for (int i = 0; i < 15; i++) assert_true(tensor_get(z, i) == tensor_get(x, i) * tensor_get(x, i));
  RELEASE(x, y, z);
}

static void dimensions_of_one_do_not_count(void **state) {
  (void)state;
  Tensor *x = permuted(4, (int64_t[]){5, 1, 3, 1}, (int[]){2, 1, 0, 3}), *y = t_call("neg", x, NULL);
  assert_true(y->loose && y->stride[0] == 1 && y->stride[2] == 3);
  Tensor *column = permuted(2, (int64_t[]){1, 6}, (int[]){1, 0}), *z = t_call("neg", column, NULL);
  assert_false(z->loose); /* a column lies as a row does */
  RELEASE(column, x, y, z);
}

static void only_turns_of_the_last_dimension_are_kept(void **state) {
  (void)state;
  Tensor *x = permuted(3, (int64_t[]){4, 2, 3}, (int[]){1, 0, 2}), *y = t_call("neg", x, NULL),
         *w = permuted(3, (int64_t[]){2, 3, 4}, (int[]){2, 0, 1}), *z = t_call("neg", w, NULL);
  assert_false(y->loose);
  assert_true(tensor_is_contiguous(y));
  assert_true(lies(z, (int64_t[]){1, 12, 4}));
  RELEASE(w, x, y, z);
}

static void what_is_repeated_does_not_decide(void **state) {
  (void)state;
  Err e;
  Tensor *x = turned(3, 5), *row = plain(2, (int64_t[]){1, 5}), *y = t_call("add", x, row);
  assert_true(lies(y, (int64_t[]){1, 3}));
  Tensor *rows = tensor_view(row, 2, (int64_t[]){3, 5}, (int64_t[]){0, 1}, 0, &e),
         *z = t_call("add", rows, x);
  assert_true(lies(z, (int64_t[]){1, 3}));
  for (int i = 0; i < 15; i++) assert_true(tensor_get(z, i) == tensor_get(y, i));
  Tensor *alone = t_call("neg", rows, NULL);
  assert_false(alone->loose);
  RELEASE(rows, z, alone, x, row, y);
}

static void beside_rows_all_lie_row_by_row(void **state) {
  (void)state;
  Tensor *x = turned(3, 5), *y = t_call("neg", x, NULL), *rows = plain(2, (int64_t[]){3, 5}),
         *z = t_call("add", y, rows);
  assert_true(tensor_is_contiguous(z) && !z->loose);
  assert_true(tensor_is_contiguous(y) && !y->loose);
  for (int i = 0; i < 15; i++) {
    assert_true(tensor_get(y, i) == -tensor_get(x, i));
    assert_true(tensor_get(z, i) == i - tensor_get(x, i));
  }
  RELEASE(rows, x, y, z);
}

static void other_ops_find_rows(void **state) {
  (void)state;
  Tensor *x = turned(3, 5), *y = t_call("neg", x, NULL), *sums = t_call("any", y, NULL);
  assert_true(y->loose); /* a count reads any order; a sum rounds in its own */
  Tensor *shares = t_call("softmax", y, NULL);
  assert_true(tensor_is_contiguous(y) && !y->loose);
  RELEASE(shares, sums, x, y);
}

static void small_ones_and_shapes_alone_are_as_ever(void **state) {
  (void)state;
  Err e;
  lay_set(16, false);
  Tensor *x = turned(3, 5), *y = t_call("neg", x, NULL);
  assert_false(y->loose);
  lay_set(-1, false);
  Tensor *big = turned(30, 50), *z = t_call("neg", big, NULL);
  assert_false(z->loose);
  lay_set(2, false);
  Tensor *shape = tensor_meta(F32, 2, (int64_t[]){3, 5}, &e), *w = t_call("add", shape, x);
  assert_true(tensor_is_meta(w) && !w->loose);
  RELEASE(big, shape, w, x, y, z);
}

static void who_waits_and_who_saved_keep_what_they_found(void **state) {
  (void)state;
  Err e;
  fuse_set(1, true);
  Tensor *x = turned(3, 5), *y = t_call("neg", x, NULL), *z = t_call("square", y, NULL);
  assert_non_null(z->store->pending);
  assert_true(z->loose);
  tensor_settle(y);
  y->store->version = 7;
  Tensor *saved = tensor_alias(y, &e), *w = t_call("exp", y, NULL);
  assert_int_equal(y->store->readers, 2); /* z and w */
  assert_true(lay_dense(y, &e));
  assert_true(tensor_is_contiguous(y) && !y->loose && y->store->version == 7);
  assert_true(y->store != saved->store && y->store->readers == 0);
  assert_null(w->store->pending);
  tensor_touch(y);
  tensor_fill(y, 1);
  tensor_settle(z);
  for (int i = 0; i < 15; i++) {
    assert_true(tensor_get(saved, i) == -tensor_get(x, i));
    assert_true(tensor_get(z, i) == tensor_get(x, i) * tensor_get(x, i));
  }
  RELEASE(saved, w, x, y, z);
}

static void what_waits_is_laid_before_it_is_computed(void **state) {
  (void)state;
  fuse_set(1, true);
  const int64_t before = fuse_computed();
  Tensor *x = turned(3, 5), *y = t_call("neg", x, NULL), *square = t_call("square", y, NULL),
         *rows = plain(2, (int64_t[]){3, 5}), *sum = t_call("add", y, rows);
  assert_true(tensor_is_contiguous(y) && tensor_is_contiguous(sum) && square->loose);
  assert_non_null(y->store->pending);
  assert_int_equal(fuse_computed(), before);
  Tensor *both = t_call("mul", square, sum);
  assert_true(tensor_is_contiguous(both) && !square->loose);
  tensor_settle(square);
  tensor_settle(both);
  tensor_settle(sum);
  tensor_settle(y);
  for (int i = 0; i < 15; i++) {
    const double v = tensor_get(x, i);
    assert_true(tensor_get(y, i) == -v && tensor_get(square, i) == v * v);
    assert_true(tensor_get(sum, i) == i - v && tensor_get(both, i) == v * v * (i - v));
  }
  RELEASE(rows, sum, both, x, y, square);
}

/* A result between is needed again by one chain that lies as it does, and one that does not. */
static void chains_keep_what_lies_as_their_end_only(void **state) {
  (void)state;
  fuse_set(1, true);
  Tensor *x = turned(3, 5), *y = t_call("neg", x, NULL), *first = t_call("abs", y, NULL),
         *second = t_call("square", y, NULL), *third = t_call("exp", y, NULL),
         *rows = plain(2, (int64_t[]){3, 5});
  tensor_settle(first);
  Tensor *sum = t_call("add", second, rows); /* lays second, which waits */
  assert_true(!second->loose && y->loose && third->loose);
  tensor_settle(sum);
  assert_non_null(y->store->pending);
  tensor_settle(third);
  assert_null(y->store->pending);
  for (int i = 0; i < 15; i++) {
    const double v = tensor_get(x, i);
    assert_true(tensor_get(y, i) == -v && tensor_get(first, i) == v);
    assert_true(tensor_get(sum, i) == v * v + i);
  }
  RELEASE(rows, sum, third, x, y, first, second);
}

#define LAID(test) cmocka_unit_test_setup_teardown(test, results_lie_as_inputs, as_ever)
int main(void) {
  const struct CMUnitTest tests[] = {
      LAID(one_input_gives_its_order),
      LAID(dimensions_of_one_do_not_count),
      LAID(only_turns_of_the_last_dimension_are_kept),
      LAID(what_is_repeated_does_not_decide),
      LAID(beside_rows_all_lie_row_by_row),
      LAID(other_ops_find_rows),
      LAID(small_ones_and_shapes_alone_are_as_ever),
      LAID(who_waits_and_who_saved_keep_what_they_found),
      LAID(what_waits_is_laid_before_it_is_computed),
      LAID(chains_keep_what_lies_as_their_end_only),
  };
  return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
