/* gamma.h: log gamma, its derivatives, and the inverse of erf, in double (f32 too: wide.h); for map.c and grad.c.
 *
 * Error of f64 against exact values: of x > 0 lgamma 6 ulp (beside its zeros 1 and 2, too), trigamma 6 ulp, digamma 6 ulp
 * of the greater of its value and 1; of x < 0 1e-15 of the greatest summand of the reflection; erfinv 6 ulp.  f32: the
 * value of f64, rounded. */
#ifndef LUNETTE_GAMMA_H
#define LUNETTE_GAMMA_H
#include "wide.h"

#define PI 3.14159265358979323846
#define POLY(x, ...)                                                                                         \
  wd_poly(x, (const double[]){__VA_ARGS__}, sizeof((double[]){__VA_ARGS__}) / sizeof(double))

/* Of x >= 8.5: (x - 1/2) ln x - x + ln(2 pi) / 2 and Stirling's series; log = ln x. */
INLINE wd stirling(wd x, wd log) {
  const wd i = 1 / x;
  const wd series =
      POLY(i * i, 1.0 / 156, -691.0 / 360360, 1.0 / 1188, -1.0 / 1680, 1.0 / 1260, -1.0 / 360, 1.0 / 12);
  return (x - 0.5) * (log - 1) + (0.41893853320467274178 + series * i);
}

/* Of x >= 0: ln gamma(2 + t) = t p(t) for |t| <= 1/2, x = k + t; the rest is a product of k - 1 factors, or a quotient
 * where k < 2, which loses no digits beside the zeros. */
INLINE wd wide_lgamma_above(wd x) {
  const wb far = (wb)(x >= 8.5);
  const wd k = wd_round(x), t = x - k;
  wd a = wd_select((wb)(k < 1), t * (t + 1), wd_select((wb)(k < 2), x, wd_all(1)));
#pragma GCC unroll 6
  for (int i = 2; i < 8; i++) a = wd_select((wb)(k > i), a * (t + i), a);
  const wd log = wd_log(wd_select(far, x, a));
  /* Chebyshev's points on [-1/2, 1/2]: 2e-17 */
  const wd p =
      POLY(t, 2.7475390051909663e-07, -5.811277768921246e-07, 9.242852225162277e-07, -1.9743106888421067e-06,
           4.3828545383846665e-06, -9.45628851510172e-06, 2.050601970174762e-05, -4.4923727564247656e-05,
           9.945761692157133e-05, -2.2315497746292723e-4, 5.096695196526673e-4, -1.1927539009983087e-3,
           2.890510330865901e-3, -7.385551028935545e-3, 2.058080842778338e-2, -6.735230105319563e-2,
           3.224670334241132e-1, 4.2278433509846713e-1);
  const wd near = t * p + wd_select((wb)(k < 2), -log, log);
  return wd_any(far) ? wd_select(far, stirling(x, log), near) : near;
}

/* sin pi x, and -- of its sign no more than that -- tan pi x: of x less the nearest whole number. */
INLINE wd sin_pi(wd x) { return wd_sin(PI * (x - wd_round(x))); }
INLINE wd tan_pi(wd x) { return wd_tan(PI * (x - wd_round(x))); }

/* Below 0 by gamma(x) gamma(1 - x) = pi / sin pi x. */
INLINE wd wide_lgamma(wd x) {
  const wb below = (wb)(x < 0);
  if (!wd_any(below)) return wide_lgamma_above(x);
  const wd y = wide_lgamma_above(wd_select(below, 1 - x, x));
  const wb tiny = (wb)(x > -0x1p-60); /* sin pi x = pi x, of which denormals lose digits */
  const wd r = wd_select(tiny, wd_all(0), wd_all(1.1447298858494001741)) /* ln pi */ -
               wd_log(wd_abs(wd_select(tiny, x, sin_pi(x)))) - y;
  return wd_select((wb)(x == -INFINITY), -x, wd_select(below, r, y));
}

/* Of x >= 0: upwards to 10 by psi(x) = psi(x + 1) - 1 / x, all fractions as one, then the asymptotic series. */
INLINE wd wide_digamma_above(wd x) {
  wd over = wd_all(0), under = wd_all(1);
#pragma GCC unroll 10
  for (int i = 0; i < 10; i++) {
    const wb low = (wb)(x < 10);
    over = wd_select(low, over * x + under, over);
    under = wd_select(low, under * x, under);
    x = wd_select(low, x + 1, x);
  }
  const wd i = 1 / x, r = i * i;
  const wd series = POLY(r, 1.0 / 12, -691.0 / 32760, 1.0 / 132, -1.0 / 240, 1.0 / 252, -1.0 / 120, 1.0 / 12);
  return wd_log(x) - 0.5 * i - r * series - over / under;
}
/* d/dx ln gamma(x); at the poles below 0 it is no number, at 0 that of its side. */
INLINE wd wide_digamma(wd x) {
  const wb below = (wb)(x < 0);
  if (!wd_any(below | (wb)(x == 0))) return wide_digamma_above(x);
  const wd y = wide_digamma_above(wd_select(below, 1 - x, x)), s = tan_pi(x);
  const wd r = wd_select((wb)(s == 0), wd_all(NAN), y - PI / s);
  return wd_select(below, r, wd_select((wb)(x == 0), -1 / x, y));
}

/* psi'(x) in the same way: psi'(x) = psi'(x + 1) + 1 / x^2. */
INLINE wd wide_trigamma_above(wd x) {
  wd over = wd_all(0), under = wd_all(1);
#pragma GCC unroll 10
  for (int i = 0; i < 10; i++) {
    const wb low = (wb)(x < 10);
    const wd q = x * x;
    over = wd_select(low, over * q + under, over);
    under = wd_select(low, under * q, under);
    x = wd_select(low, x + 1, x);
  }
  const wd i = 1 / x, r = i * i;
  const wd series =
      POLY(r, -3617.0 / 510, 7.0 / 6, -691.0 / 2730, 5.0 / 66, -1.0 / 30, 1.0 / 42, -1.0 / 30, 1.0 / 6);
  return i + 0.5 * r + r * i * series + over / under;
}
INLINE wd wide_trigamma(wd x) {
  const wb below = (wb)(x < 0);
  if (!wd_any(below)) return wide_trigamma_above(x);
  const wd y = wide_trigamma_above(wd_select(below, 1 - x, x)), s = PI / sin_pi(x);
  return wd_select(below, s * s - y, y);
}

/* Wichura 1988, "Algorithm AS 241": the normal quantile of (1 + x) / 2, by three pairs of polynomials. */
INLINE wd wide_erfinv(wd x) {
  const wd a = wd_abs(x), q = 0.5 * a, r = 0.180625 - q * q;
  const wd middle =
      q *
      POLY(r, 2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
           13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608) /
      POLY(r, 5226.495278852545925, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
           5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0);
  wd y = middle;
  const wb tail = (wb)(a > 0.85);
  if (wd_any(tail)) {
    const wd rest = wd_select((wb)(a < 1), 0.5 - q, wd_all(0.25)); /* the logarithm likes no others */
    const wd s = wd_sqrt(-wd_log(rest)), u = s - 1.6, v = s - 5;
    const wd outer = POLY(u, 7.7454501427834140764e-4, .0227238449892691845833, .24178072517745061177,
                          1.27045825245236838258, 3.64784832476320460504, 5.7694972214606914055,
                          4.6303378461565452959, 1.42343711074968357734) /
                     POLY(u, 1.05075007164441684324e-9, 5.475938084995344946e-4, .0151986665636164571966,
                          .14810397642748007459, .68976733498510000455, 1.6763848301838038494,
                          2.05319162663775882187, 1.0);
    const wb last = (wb)(s > 5);
    y = wd_select(tail, outer, y);
    if (wd_any(tail & last))
      y = wd_select(tail & last,
                    POLY(v, 2.01033439929228813265e-7, 2.71155556874348757815e-5, .0012426609473880784386,
                         .026532189526576123093, .29656057182850489123, 1.7848265399172913358,
                         5.4637849111641143699, 6.6579046435011037772) /
                        POLY(v, 2.04426310338993978564e-15, 1.4215117583164458887e-7,
                             1.8463183175100546818e-5, 7.868691311456132591e-4, .0148753612908506148525,
                             .13692988092273580531, .59983220655588793769, 1.0),
                    y);
    y = wd_select((wb)(a < 1), y, wd_select((wb)(a == 1), wd_all(INFINITY), wd_all(NAN)));
  }
  return (wd)((wb)(y * 0.70710678118654752440) ^ ((wb)x & (wb)wd_all(-0.0)));
}

INLINE vr v_lgamma(vr x) { return v_by_wide(x, wide_lgamma); }
INLINE vr v_digamma(vr x) { return v_by_wide(x, wide_digamma); }
INLINE vr v_trigamma(vr x) { return v_by_wide(x, wide_trigamma); }
INLINE vr v_erfinv(vr x) { return v_by_wide(x, wide_erfinv); }
#undef PI
#undef POLY
#endif
