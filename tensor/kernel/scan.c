/* scan.c: running sums in double: prefixes within a vector in log2 steps (Hillis and Steele 1986), so that only the sum of
 * all vectors before waits for the one before it. */
#include "table.h"
#include "wide.h"

enum { WIDE = VBYTES / 8 };

/* Lanes `by` places up, 0 behind them. */
#if defined(KERNEL_v4)
#define UP(v, by)                                                                                            \
  __builtin_shufflevector((wd){0}, v, 8 - by, 9 - by, 10 - by, 11 - by, 12 - by, 13 - by, 14 - by, 15 - by)
#elif defined(KERNEL_v3)
#define UP(v, by) __builtin_shufflevector((wd){0}, v, 4 - by, 5 - by, 6 - by, 7 - by)
#else
#define UP(v, by) __builtin_shufflevector((wd){0}, v, 2 - by, 3 - by)
#endif
INLINE wd prefixes(wd v) {
  v += UP(v, 1);
#if defined(KERNEL_v3) || defined(KERNEL_v4)
  v += UP(v, 2);
#endif
#if defined(KERNEL_v4)
  v += UP(v, 4);
#endif
  return v;
}

/* A part of a sum may leave the range where the sum itself does not, or once it has: such vectors are added one by one. */
INLINE bool stays(UNUSED wd v) {
#if defined(KERNEL_f64)
  return !wd_any((wb)(v - v != (wd){0}));
#else
  return true; /* sums of f32 are far from the end of double */
#endif
}

/* y[i] = first + x[0] + ... + x[i]; the last of them.  y may be x. */
double K(running)(int64_t n, void *y_, const void *x_, double first) {
  const real *x = x_;
  real *y = y_;
  wd sum = wd_all(first);
  int64_t i = 0;
  for (; i + WIDE <= n; i += WIDE) {
    const wd from = wd_load(x + i);
    const wd v = prefixes(from);
    wd to = sum + v;
    if (stays(to)) {
      sum += wd_all(v[WIDE - 1]);
    } else {
      double one = sum[0];
      for (int l = 0; l < WIDE; l++) to[l] = one += from[l];
      sum = wd_all(one);
    }
    wd_store(y + i, to);
  }
  double last = sum[0];
  for (; i < n; i++) y[i] = (real)(last += (double)x[i]);
  return last;
}
