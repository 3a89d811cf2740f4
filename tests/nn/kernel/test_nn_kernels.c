/* test_nn_kernels.c: every copy of the kernels of networks that this processor runs against sums and formulas in double,
 * for lengths around a vector's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nn_kernel.h"
#include "numbers.h"

extern const NnKernels nn_kernels_f32_base, nn_kernels_f64_base;
extern const NnKernels nn_kernels_f32_v3 __attribute__((weak)), nn_kernels_f64_v3 __attribute__((weak));
extern const NnKernels nn_kernels_f32_v4 __attribute__((weak)), nn_kernels_f64_v4 __attribute__((weak));

static const NnKernels *copy(Dtype d, int c) {
  const NnKernels *const narrow[] = {&nn_kernels_f32_base, &nn_kernels_f32_v3, &nn_kernels_f32_v4};
  const NnKernels *const wide[] = {&nn_kernels_f64_base, &nn_kernels_f64_v3, &nn_kernels_f64_v4};
  return d == F64 ? wide[c] : narrow[c];
}

static void near(Dtype d, const char *what, int n, double got, double want) {
  if (!(fabs(got - want) <= (d == F64 ? 1e-12 : 1e-5) * (1 + fabs(want))))
    fail_msg("%s of %d numbers: %.17g, wanted %.17g", what, n, got, want);
}

static void each_copy(void (*look)(Dtype d, const NnKernels *k, int n)) {
  const Dtype dtypes[] = {F32, F64};
  for (int t = 0; t < 2; t++) {
    assert_ptr_equal(nn_kernels(dtypes[t]),
                     copy(dtypes[t], copies_here() - 1)); /* the best; it links the others, too */
    for (int c = 0; c < copies_here(); c++)
      for (int n = 1; n < NUMBERS; n++) look(dtypes[t], copy(dtypes[t], c), n);
  }
}

static void sums_of(Dtype d, const NnKernels *k, int n) {
  Numbers a, b;
  fill(d, &a, 1, -1, 1);
  fill(d, &b, 2, -1, 1);
  double sum = 0, dot = 0, apart = 0, squares = 0;
  for (int i = 0; i < n; i++) {
    const double u = number(d, &a, i), v = number(d, &b, i);
    sum += u, dot += u * v, apart += (u - v) * (u - v), squares += u * u;
  }
  near(d, "row_sum", n, k->row_sum(n, &a), sum);
  near(d, "row_dot", n, k->row_dot(n, &a, &b), dot);
  near(d, "row_distance2", n, k->row_distance2(n, &a, &b), apart);
  near(d, "sum_squares", n, k->sum_squares(n, &a), squares);
}

/* Logits of hundreds: exp of them would be infinite. */
static void logsumexp_of(Dtype d, const NnKernels *k, int n) {
  Numbers x, lse;
  fill(d, &x, 3, -2, 2);
  for (int i = 0; i < n; i++) set_number(d, &x, i, number(d, &x, i) + 500);
  double most = -INFINITY, sum = 0;
  for (int i = 0; i < n; i++) most = fmax(most, number(d, &x, i));
  for (int i = 0; i < n; i++) sum += exp(number(d, &x, i) - most);
  k->logsumexp(1, n, &x, &lse);
  near(d, "logsumexp", n, number(d, &lse, 0), most + log(sum));
}

/* One step of each rule by its formula (optim.h), nothing beyond n. */
static void sgd_of(Dtype d, const NnKernels *k, int n) {
  Numbers p, g, m, p0, m0;
  fill(d, &p, 1, -0.5, 0.5), fill(d, &g, 2, -0.5, 0.5), fill(d, &m, 3, -0.5, 0.5);
  p0 = p, m0 = m;
  const OptimStep s = {.lr = 0.1, .momentum = 0.9, .keep = 1, .nesterov = true};
  k->sgd(n, &p, &g, &m, &s);
  for (int i = 0; i < NUMBERS; i++) {
    const double old = number(d, &m0, i), grad = number(d, &g, i), moved = 0.9 * old + grad;
    near(d, "sgd's m", n, number(d, &m, i), i < n ? moved : old);
    near(d, "sgd", n, number(d, &p, i), number(d, &p0, i) - (i < n ? 0.1 * (grad + 0.9 * moved) : 0));
  }
}

static void rows_of(Dtype d, const NnKernels *k, int n) {
  Numbers y, x, old;
  fill(d, &y, 1, -0.5, 0.5), fill(d, &x, 2, -0.5, 0.5);
  old = y;
  k->approach(n, &y, &x, 0.25);
  for (int i = 0; i < NUMBERS; i++) {
    const double from = number(d, &old, i);
    near(d, "approach", n, number(d, &y, i), from + (i < n ? 0.25 * (number(d, &x, i) - from) : 0));
  }
  old = y;
  k->row_mix(n, &y, &x, 2, &old, -3, 0.5, false);
  for (int i = 0; i < NUMBERS; i++) {
    const double was = number(d, &old, i);
    near(d, "row_mix", n, number(d, &y, i), i < n ? 2 * number(d, &x, i) - 3 * was + 0.5 : was);
  }
}

static void sums(void **state) { (void)state, each_copy(sums_of); }
static void large_logits(void **state) { (void)state, each_copy(logsumexp_of); }
static void sgd_step(void **state) { (void)state, each_copy(sgd_of); }
static void rows(void **state) { (void)state, each_copy(rows_of); }

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(sums), cmocka_unit_test(large_logits),
                                     cmocka_unit_test(sgd_step), cmocka_unit_test(rows)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
