/* map_int.c: the elementwise kernels on 64-bit integers (elementwise.def), for dtypes i64, i32, u8 and bool;
 * i32 and u8 wrap when they are stored.  An entry that is missing is computed in f64.  Division by zero,
 * which map_forward refuses, gives 0. */
#include "kernel.h"

extern const PointwiseFn map_int_table[M_COUNT];

#define INLINE static inline __attribute__((always_inline))
#define UNUSED __attribute__((unused))

/* Unsigned arithmetic wraps without being undefined. */
INLINE int64_t plus(int64_t a, int64_t b) { return (int64_t)((uint64_t)a + (uint64_t)b); }
INLINE int64_t minus(int64_t a, int64_t b) { return (int64_t)((uint64_t)a - (uint64_t)b); }
INLINE int64_t times(int64_t a, int64_t b) { return (int64_t)((uint64_t)a * (uint64_t)b); }
INLINE int64_t floor_divided(int64_t a, int64_t b) {
  if (b == 0) return 0;
  if (b == -1) return minus(0, a);
  int64_t q = a / b;
  return q - (a % b != 0 && (a % b < 0) != (b < 0));
}
INLINE int64_t rest(int64_t a, int64_t b) { return b == 0 ? 0 : minus(a, times(floor_divided(a, b), b)); }
/* By squares; what has no whole value is 0. */
INLINE int64_t raised(int64_t a, int64_t b) {
  if (b < 0) return a == 1 ? 1 : a == -1 ? (b % 2 ? -1 : 1) : 0;
  int64_t y = 1;
  for (; b; b >>= 1, a = times(a, a))
    if (b & 1) y = times(y, a);
  return y;
}
/* A parameter, cut to what there is. */
INLINE int64_t whole(double v) { return v >= 0x1p63 ? INT64_MAX : v < -0x1p63 ? INT64_MIN : (int64_t)v; }

typedef int64_t (*Int1)(int64_t x, const double *p);
typedef int64_t (*Int2)(int64_t a, int64_t b, const double *p);
typedef int64_t (*Int3)(int64_t a, int64_t b, int64_t c, const double *p);

INLINE void each1(int64_t n, int64_t *y, const void *const *xs, const double *p, bool add, Int1 f) {
  const int64_t *x = xs[0];
  for (int64_t i = 0; i < n; i++) y[i] = f(x[i], p) + (add ? y[i] : 0);
}
INLINE void each2(int64_t n, int64_t *y, const void *const *xs, unsigned s, const double *p, bool add,
                  Int2 f) {
  const int64_t *a = xs[0], *b = xs[1], as = !(s & 1), bs = !(s & 2);
  for (int64_t i = 0; i < n; i++) y[i] = f(a[i * as], b[i * bs], p) + (add ? y[i] : 0);
}
INLINE void each3(int64_t n, int64_t *y, const void *const *xs, const double *p, bool add, Int3 f) {
  const int64_t *a = xs[0], *b = xs[1], *c = xs[2];
  for (int64_t i = 0; i < n; i++) y[i] = f(a[i], b[i], c[i], p) + (add ? y[i] : 0);
}

/* clang-format off */
#define LOOP(name, loop) \
  UNUSED static void k_##name(int64_t n, void *y, const void *const *x, UNUSED unsigned s, const double *p, bool add) { loop; }
#define NO_PARAMS
#define WITH(...) NUMBERS_AT_P(double, __VA_ARGS__)
#define I(y)   y
#define NO_INT 0
#define KERNEL(name, price, integers, y, dx)  UNARY(name, , , , , , , price, integers, y, dx)
#define UNARY(name, who, eq, doc, dtype, flags, params, price, integers, ...) \
  INLINE int64_t f_##name(UNUSED int64_t x, UNUSED const double *p) { params return integers; } \
  LOOP(name, each1(n, y, x, p, add, f_##name))
#define BINARY(name, who, eq, doc, dtype, flags, params, in, price, integers, ...) \
  INLINE int64_t f_##name(UNUSED int64_t a, UNUSED int64_t b, UNUSED const double *p) { params return integers; } \
  LOOP(name, each2(n, y, x, s, p, add, f_##name))
#define TERNARY(name, who, eq, doc, dtype, flags, params, in, price, integers, ...) \
  INLINE int64_t f_##name(UNUSED int64_t a, UNUSED int64_t b, UNUSED int64_t c, UNUSED const double *p) { params return integers; } \
  LOOP(name, each3(n, y, x, p, add, f_##name))
#include "elementwise.def"

#undef I
#undef NO_INT
#define THERE(f)   f
#define MISSING(f) NULL
#define I(y)       THERE
#define NO_INT     MISSING
const PointwiseFn map_int_table[M_COUNT] = {
#define KERNEL(name, price, integers, y, dx) integers(k_##name),
#define UNARY(name, who, eq, doc, dtype, flags, params, price, integers, ...) integers(k_##name),
#define BINARY(name, who, eq, doc, dtype, flags, params, in, price, integers, ...) integers(k_##name),
#define TERNARY(name, who, eq, doc, dtype, flags, params, in, price, integers, ...) integers(k_##name),
#include "elementwise.def"
};
/* clang-format on */
