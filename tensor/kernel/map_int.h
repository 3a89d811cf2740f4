/* map_int.h: the elementwise kernels on whole numbers of type T, for map_int.c, which includes it once for each.  An entry
 * that is missing is computed in f64.  Division by zero, which map_forward refuses, gives 0. */

/* Unsigned arithmetic wraps without being undefined. */
INLINE T R(plus)(T a, T b) { return (T)((UT)a + (UT)b); }
INLINE T R(minus)(T a, T b) { return (T)((UT)a - (UT)b); }
INLINE T R(times)(T a, T b) { return (T)((UT)a * (UT)b); }
#if defined(KERNEL_f64)
INLINE T R(floor_divided)(T a, T b) {
  if (b == 0) return 0;
  if (b == -1) return R(minus)(0, a);
  T q = a / b;
  return q - (a % b != 0 && (a % b < 0) != (b < 0));
}
#else /* in double, whose quotients of 32 bits are on the right side of every whole number */
INLINE T R(floor_divided)(T a, T b) {
  const bool odd = (b == 0) | ((int64_t)b == -1);
  const T q = (T)__builtin_floor((double)a / (double)(odd ? 1 : b));
  return odd ? b == 0 ? 0 : R(minus)(0, a) : q;
}
#endif
#if defined(KERNEL_f64) && (defined(KERNEL_v3) || defined(KERNEL_v4))
/* x as a number, |x| < 2^51, and back: added to 1.5 2^52 it stands in the lowest bits. */
INLINE double R(as_double)(T x) {
  double v;
  const T sum = x + 0x4338000000000000;
  memcpy(&v, &sum, sizeof v);
  return v - 0x1.8p52;
}
INLINE T R(as_whole)(double v) {
  T sum;
  v += 0x1.8p52;
  memcpy(&sum, &v, sizeof sum);
  return sum - 0x4338000000000000;
}

/* Are all within 2^51, and, if they divide, none 0? */
INLINE bool R(within)(int64_t n, const T *x, bool divide) {
  T far = 0, zero = 0;
  _Pragma("omp simd reduction(| : far, zero)") for (int64_t i = 0; i < n; i++) {
    far |= x[i] < -((T)1 << 51) + 1;
    far |= x[i] > ((T)1 << 51) - 1;
    zero |= x[i] == 0;
  }
  return !far && !(divide && zero);
}

/* Quotients and rests in double, where it holds both numbers: it rounds no quotient over a whole number then. */
INLINE bool R(divided)(int map, int64_t n, T *y, const T *a, int64_t as, const T *b, int64_t bs, bool add) {
  if ((map != M_floordiv && map != M_remainder) || add) return false;
  if (!R(within)(as ? n : 1, a, false) || !R(within)(bs ? n : 1, b, true)) return false;
#define BOTH(ai, bi)                                                                                         \
  _Pragma("omp simd") for (int64_t i = 0; i < n; i++) {                                                      \
    const double u = R(as_double)(ai), v = R(as_double)(bi), q = __builtin_floor(u / v);                     \
    y[i] = R(as_whole)(map == M_floordiv ? q : u - q * v);                                                   \
  }
  if (as && bs) BOTH(a[i], b[i])
  else if (as) BOTH(a[i], *b)
  else BOTH(*a, b[i * bs])
#undef BOTH
  return true;
}
#else
INLINE bool R(divided)(int map, int64_t n, T *y, const T *a, int64_t as, const T *b, int64_t bs, bool add) {
  (void)map, (void)n, (void)y, (void)a, (void)as, (void)b, (void)bs, (void)add;
  return false;
}
#endif
INLINE T R(rest)(T a, T b) { return b == 0 ? 0 : R(minus)(a, R(times)(R(floor_divided)(a, b), b)); }
/* As C's: the sign of a; the least number has no quotient by -1. */
INLINE T R(c_rest)(T a, T b) { return b == 0 || (int64_t)b == -1 ? 0 : (T)(a % b); }
/* By squares; what has no whole value is 0. */
INLINE T R(raised)(T a, T b) {
  if (b < 0) return a == 1 ? 1 : (int64_t)a == -1 ? (b % 2 ? a : 1) : 0;
  T y = 1;
  for (; b; b = (T)(b >> 1), a = R(times)(a, a))
    if (b & 1) y = R(times)(y, a);
  return y;
}
/* The same of some at a time, whose bits are gone through together: none of them branches. */
INLINE bool R(powers)(int map, int64_t n, T *y, const T *a, int64_t as, const T *b, int64_t bs, bool add) {
  enum { SOME = 256 };
  T base[SOME], left[SOME], product[SOME];
  const T first_a = *a, first_b = *b; /* y may be where they lie */
  if (map != M_pow) return false;
  if (!as) a = &first_a;
  if (!bs) b = &first_b;
  for (int64_t at = 0, m; at < n; at += m) {
    m = n - at < SOME ? n - at : SOME;
    T any = 0;
    _Pragma("omp simd reduction(| : any)") for (int64_t i = 0; i < m; i++) {
      base[i] = a[(at + i) * as];
      left[i] = b[(at + i) * bs];
      product[i] = 1;
      any |= left[i];
    }
    for (; any > 0; any = (T)(any >> 1)) {
      _Pragma("omp simd") for (int64_t i = 0; i < m; i++) {
        product[i] = left[i] & 1 ? R(times)(product[i], base[i]) : product[i];
        base[i] = R(times)(base[i], base[i]);
        left[i] = (T)(left[i] >> 1);
      }
    }
    for (int64_t i = 0; any < 0 && i < m; i++) product[i] = R(raised)(base[i], left[i]);
    _Pragma("omp simd") for (int64_t i = 0; i < m; i++) {
      y[at + i] = add ? R(plus)(y[at + i], product[i]) : product[i];
    }
  }
  return true;
}
/* A parameter, cut to what there is. */
INLINE T R(whole)(double v) { return v >= BEYOND ? MOST : v < (double)LEAST ? LEAST : (T)v; }

/* clang-format off */
#define plus          R(plus)
#define minus         R(minus)
#define times         R(times)
#define floor_divided R(floor_divided)
#define rest          R(rest)
#define c_rest        R(c_rest)
#define raised        R(raised)
#define whole         R(whole)

/* y[i] = the row's expression for all i, where a row's inputs are declared by `inputs`; y may be an input. */
#define EVERY(inputs, integers) \
  _Pragma("omp simd") for (int64_t i = 0; i < n; i++) { inputs y[i] = (T)(integers); }
#define ADDED(inputs, integers) \
  _Pragma("omp simd") for (int64_t i = 0; i < n; i++) { inputs y[i] = plus(y[i], (T)(integers)); }
#define IN(name, value) UNUSED const T name = value;
#define LOOP(name, ...) \
  UNUSED static void R(k_##name)(int64_t n, void *yv, const void *const *xs, UNUSED unsigned s, UNUSED const double *p, bool add) { \
    T *y = yv; __VA_ARGS__ }
#define NO_PARAMS
#define WITH(...) NUMBERS_AT_P(double, __VA_ARGS__)
#define I(y)   y
#define NO_INT 0
#define KERNEL(name, price, integers, y, dx)  UNARY(name, , , , , , , price, integers, y, dx)
#define UNARY(name, who, eq, doc, dtype, flags, params, price, integers, ...) \
  LOOP(name, const T *xv = xs[0]; params \
    if (add) { ADDED(IN(x, xv[i]), integers) } else { EVERY(IN(x, xv[i]), integers) })
#define BINARY(name, who, eq, doc, dtype, flags, params, in, price, integers, ...) \
  LOOP(name, const T *av = xs[0], *bv = xs[1]; const int64_t as = !(s & 1), bs = !(s & 2); params \
    if (R(divided)(M_##name, n, y, av, as, bv, bs, add)) return; \
    if (R(powers)(M_##name, n, y, av, as, bv, bs, add)) return; \
    if (add) { ADDED(IN(a, av[i * as]) IN(b, bv[i * bs]), integers) } \
    else if (as && bs) { EVERY(IN(a, av[i]) IN(b, bv[i]), integers) } \
    else if (as) { IN(b, bv[0]) EVERY(IN(a, av[i]), integers) } \
    else if (bs) { IN(a, av[0]) EVERY(IN(b, bv[i]), integers) } \
    else { IN(a, av[0]) IN(b, bv[0]) EVERY(, integers) })
#define TERNARY(name, who, eq, doc, dtype, flags, params, in, price, integers, ...) \
  LOOP(name, const T *av = xs[0], *bv = xs[1], *cv = xs[2]; params \
    if (add) { ADDED(IN(a, av[i]) IN(b, bv[i]) IN(c, cv[i]), integers) } \
    else { EVERY(IN(a, av[i]) IN(b, bv[i]) IN(c, cv[i]), integers) })
#include "elementwise.def"

#undef I
#undef NO_INT
#define THERE(f)   f
#define MISSING(f) NULL
#define I(y)       THERE
#define NO_INT     MISSING
static const PointwiseFn R(table)[M_COUNT] = {
#define KERNEL(name, price, integers, y, dx) integers(R(k_##name)),
#define UNARY(name, who, eq, doc, dtype, flags, params, price, integers, ...) integers(R(k_##name)),
#define BINARY(name, who, eq, doc, dtype, flags, params, in, price, integers, ...) integers(R(k_##name)),
#define TERNARY(name, who, eq, doc, dtype, flags, params, in, price, integers, ...) integers(R(k_##name)),
#include "elementwise.def"
};
/* clang-format on */
#undef plus
#undef minus
#undef times
#undef floor_divided
#undef rest
#undef c_rest
#undef raised
#undef whole
#undef EVERY
#undef ADDED
#undef IN
#undef LOOP
#undef NO_PARAMS
#undef WITH
#undef I
#undef NO_INT
#undef THERE
#undef MISSING
#undef T
#undef UT
#undef LEAST
#undef MOST
#undef BEYOND
#undef R
