/* viz_test.h: what the tests of the window room include. */
#ifndef VIZ_TEST_H
#define VIZ_TEST_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline Viz *test_viz(const char *mode) {
  VizErr e;
  Viz *v = viz_new();
  assert_non_null(v);
  assert_true(viz_set_mode(v, mode, &e));
  return v;
}

static inline void assert_near(double a, double b, double tolerance) {
  if (!(fabs(a - b) <= tolerance)) fail_msg("%.12g is not within %g of %.12g", a, tolerance, b);
}
#endif
