/* test_curve.c: the pyramid against a plain scan, the smoothing against its formula. */
#include "curve.h"
#include "viz.h"
#include "viz_test.h"

#include <time.h>

static unsigned state = 1;
static double uniform(void) {
  state = state * 1664525u + 1013904223u;
  return (double)(state >> 8) / 16777216.0;
}

static void bands_equal_a_scan(void **unused) {
  (void)unused;
  enum { N = 5000 };
  Curve c = {0};
  for (int i = 0; i < N; i++) assert_true(curve_add(&c, NAN, i % 97 == 0 ? NAN : uniform() * 10 - 5, i));
  for (int trial = 0; trial < 3000; trial++) {
    size_t from = (size_t)(uniform() * N), to = (size_t)(uniform() * (N + 1));
    double lo = INFINITY, hi = -INFINITY;
    for (size_t i = from; i < to; i++) {
      if (isnan(c.y.v[i])) continue;
      lo = fmin(lo, c.y.v[i]);
      hi = fmax(hi, c.y.v[i]);
    }
    Band b = pyramid_band(&c.y, from, to);
    assert_true(b.lo == lo && b.hi == hi);
  }
  assert_int_equal(c.nans, (N + 96) / 97);
  assert_true(c.nan_x[1] == 98);
  curve_free(&c);
}

static void smoothing_is_debiased(void **unused) {
  (void)unused;
  enum { N = 400 };
  double y[N], m = 0, b = 0.9;
  Curve c = {0};
  curve_smooth(&c, b);
  for (int i = 0; i < N; i++) curve_add(&c, NAN, y[i] = i == 7 ? NAN : uniform(), 0);
  int seen = 0;
  for (int i = 0; i < N; i++) { /* mean with weights b^age, straight from the definition */
    if (i == 7) {
      assert_true(isnan(c.smooth.v[i]));
      continue;
    }
    m = 0;
    double weight = 0;
    int age = 0;
    for (int k = i; k >= 0; k--) {
      if (k == 7) continue;
      m += pow(b, age) * y[k];
      weight += pow(b, age++);
    }
    assert_near(c.smooth.v[i], m / weight, 1e-12);
    seen++;
  }
  assert_int_equal(seen, N - 1);
  curve_smooth(&c, 5); /* capped */
  assert_true(c.beta == 0.999);
  curve_smooth(&c, 0);
  assert_int_equal(c.smooth.n, 0);
  curve_free(&c);
}

static void steps_even_and_uneven(void **unused) {
  (void)unused;
  Curve c = {0};
  for (int i = 0; i < 100; i++) curve_add(&c, 10 * i, i, i);
  assert_null(c.x); /* evenly spaced: nothing stored */
  assert_true(curve_x(&c, 42, false) == 420);
  curve_add(&c, 995, 1, 100);
  assert_non_null(c.x);
  assert_true(curve_x(&c, 42, false) == 420 && curve_x(&c, 100, false) == 995);
  assert_int_equal(curve_find(&c, 421, false), 43);
  assert_int_equal(curve_find(&c, 1e9, false), c.n);
  assert_int_equal(curve_find(&c, 50, true), 50);
  assert_true(c.sorted);
  curve_add(&c, 5, 1, 101);
  assert_false(c.sorted);
  curve_free(&c);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* A picture's columns of three million points cost as little as those of thirty thousand. */
static void queries_do_not_grow_with_the_points(void **unused) {
  (void)unused;
  double cost[2];
  for (int k = 0; k < 2; k++) {
    size_t n = k ? 3000000 : 30000;
    Curve c = {0};
    for (size_t i = 0; i < n; i++) curve_add(&c, NAN, uniform(), 0);
    double start = now();
    double sum = 0;
    for (int round = 0; round < 20; round++)
      for (size_t x = 0; x < 1280; x++) sum += pyramid_band(&c.y, n * x / 1280, n * (x + 1) / 1280).hi;
    cost[k] = now() - start;
    assert_true(sum > 0);
    curve_free(&c);
  }
  assert_true(cost[1] < 20 * cost[0] + 0.02); /* a hundred times the points */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bands_equal_a_scan), cmocka_unit_test(smoothing_is_debiased),
      cmocka_unit_test(steps_even_and_uneven), cmocka_unit_test(queries_do_not_grow_with_the_points)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
