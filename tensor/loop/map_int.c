/* map_int.c: pointwise kernels on 64-bit integers, for dtypes i64, i32, u8 and bool; i32 and u8 wrap when
 * they are stored.  An entry that is missing is computed in f64.  Division by zero gives 0. */
#include "kernel.h"
#include "map_kernel.h"

extern const PointwiseFn map_int_table[M_COUNT];

typedef int64_t (*Int2)(int64_t a, int64_t b);

static inline __attribute__((always_inline)) void map2(int64_t n, void *yv, const void *const *x,
                                                       unsigned scalar, bool add, Int2 f) {
  int64_t *y = yv;
  const int64_t *a = x[0], *b = x[1];
  int64_t as = !(scalar & 1), bs = !(scalar & 2);
  for (int64_t i = 0; i < n; i++) y[i] = f(a[i * as], b[i * bs]) + (add ? y[i] : 0);
}

/* Unsigned arithmetic wraps without being undefined. */
static inline int64_t add_(int64_t a, int64_t b) { return (int64_t)((uint64_t)a + (uint64_t)b); }
static inline int64_t sub_(int64_t a, int64_t b) { return (int64_t)((uint64_t)a - (uint64_t)b); }
static inline int64_t mul_(int64_t a, int64_t b) { return (int64_t)((uint64_t)a * (uint64_t)b); }
static inline int64_t floordiv_(int64_t a, int64_t b) {
  if (b == 0) return 0;
  if (b == -1) return sub_(0, a);
  int64_t q = a / b;
  return q - (a % b != 0 && (a % b < 0) != (b < 0));
}
static inline int64_t remainder_(int64_t a, int64_t b) {
  return b == 0 ? 0 : sub_(a, mul_(floordiv_(a, b), b));
}
static inline int64_t max_(int64_t a, int64_t b) { return a > b ? a : b; }
static inline int64_t min_(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t eq_(int64_t a, int64_t b) { return a == b; }
static inline int64_t ne_(int64_t a, int64_t b) { return a != b; }
static inline int64_t lt_(int64_t a, int64_t b) { return a < b; }
static inline int64_t le_(int64_t a, int64_t b) { return a <= b; }
static inline int64_t gt_(int64_t a, int64_t b) { return a > b; }
static inline int64_t ge_(int64_t a, int64_t b) { return a >= b; }
static inline int64_t and_(int64_t a, int64_t b) { return a != 0 && b != 0; }
static inline int64_t or_(int64_t a, int64_t b) { return a != 0 || b != 0; }
static inline int64_t xor_(int64_t a, int64_t b) { return (a != 0) != (b != 0); }

#define LOOP2(f)                                                                                             \
  static void k_##f(int64_t n, void *y, const void *const *x, unsigned s, const double *p, bool add) {       \
    (void)p;                                                                                                 \
    map2(n, y, x, s, add, f##_);                                                                             \
  }
/* clang-format off */
LOOP2(add) LOOP2(sub) LOOP2(mul) LOOP2(floordiv) LOOP2(remainder) LOOP2(max) LOOP2(min) LOOP2(eq) LOOP2(ne)
LOOP2(lt) LOOP2(le) LOOP2(gt) LOOP2(ge) LOOP2(and) LOOP2(or) LOOP2(xor)
    /* clang-format on */

    static void each(int64_t n, int64_t *y, const int64_t *a, bool add, int64_t (*f)(int64_t)) {
  for (int64_t i = 0; i < n; i++) y[i] = f(a[i]) + (add ? y[i] : 0);
}
static int64_t same(int64_t a) { return a; }
static int64_t negative(int64_t a) { return sub_(0, a); }
static int64_t magnitude(int64_t a) { return a < 0 ? sub_(0, a) : a; }
static int64_t sign(int64_t a) { return (a > 0) - (a < 0); }
static int64_t squared(int64_t a) { return mul_(a, a); }
static int64_t not_(int64_t a) { return a == 0; }
static int64_t zero(int64_t a) { return a * 0; }
static int64_t one(int64_t a) { return a * 0 + 1; }
static int64_t positive(int64_t a) { return a < 0 ? 0 : a; }

#define LOOP1(f)                                                                                             \
  static void k_##f(int64_t n, void *y, const void *const *x, unsigned s, const double *p, bool add) {       \
    (void)s;                                                                                                 \
    (void)p;                                                                                                 \
    each(n, y, x[0], add, f);                                                                                \
  }
/* clang-format off */
LOOP1(same) LOOP1(negative) LOOP1(magnitude) LOOP1(sign) LOOP1(squared) LOOP1(not_) LOOP1(zero) LOOP1(one) LOOP1(positive)
    /* clang-format on */

    static void k_clamp(int64_t n, void *yv, const void *const *x, unsigned s, const double *p, bool add) {
  (void)s;
  int64_t *y = yv;
  const int64_t *a = x[0];
  for (int64_t i = 0; i < n; i++) {
    int64_t v = (double)a[i] < p[0] ? (int64_t)p[0] : (double)a[i] > p[1] ? (int64_t)p[1] : a[i];
    y[i] = v + (add ? y[i] : 0);
  }
}
static void k_masked_fill(int64_t n, void *yv, const void *const *x, unsigned s, const double *p, bool add) {
  int64_t *y = yv;
  const int64_t *a = x[0], *m = x[1];
  for (int64_t i = 0; i < n; i++) {
    int64_t v = m[s & 2 ? 0 : i] ? (int64_t)p[0] : a[s & 1 ? 0 : i];
    y[i] = v + (add ? y[i] : 0);
  }
}
static void k_where(int64_t n, void *yv, const void *const *x, unsigned s, const double *p, bool add) {
  (void)s;
  (void)p;
  int64_t *y = yv;
  const int64_t *c = x[0], *a = x[1], *b = x[2];
  for (int64_t i = 0; i < n; i++) y[i] = (c[i] ? a[i] : b[i]) + (add ? y[i] : 0);
}

const PointwiseFn map_int_table[M_COUNT] = {
    [M_COPY] = k_same,
    [M_NEG] = k_negative,
    [M_ABS] = k_magnitude,
    [M_SIGN] = k_sign,
    [M_SQUARE] = k_squared,
    [M_NOT] = k_not_,
    [M_FLOOR] = k_same,
    [M_CEIL] = k_same,
    [M_ROUND] = k_same,
    [M_TRUNC] = k_same,
    [M_ISNAN] = k_zero,
    [M_ISINF] = k_zero,
    [M_ISFINITE] = k_one,
    [M_RELU] = k_positive,
    [M_CLAMP] = k_clamp,
    [M_ADD] = k_add,
    [M_SUB] = k_sub,
    [M_MUL] = k_mul,
    [M_FLOORDIV] = k_floordiv,
    [M_REMAINDER] = k_remainder,
    [M_MAXIMUM] = k_max,
    [M_MINIMUM] = k_min,
    [M_EQ] = k_eq,
    [M_NE] = k_ne,
    [M_LT] = k_lt,
    [M_LE] = k_le,
    [M_GT] = k_gt,
    [M_GE] = k_ge,
    [M_AND] = k_and,
    [M_OR] = k_or,
    [M_XOR] = k_xor,
    [M_MASKED_FILL] = k_masked_fill,
    [M_WHERE] = k_where,
};
