/* gamma.h: derivatives of log gamma, and the inverse of erf, a number at a time; for map.c and grad.c. */
#ifndef LUNETTE_GAMMA_H
#define LUNETTE_GAMMA_H
#include "vec.h"

/* d/dx log gamma(x): upwards to 8 by psi(x) = psi(x + 1) - 1/x, then the asymptotic series (Bernardo 1976);
 * below 0 by reflection. */
static inline real digamma(real at) {
  const double pi = 3.14159265358979323846;
  double x = (double)at, y = 0;
  if (x <= 0) {
    if (x == floor(x)) return (real)NAN;
    y = -pi / tan(pi * x);
    x = 1 - x;
  }
  while (x < 8) {
    y -= 1 / x;
    x++;
  }
  double r = 1 / (x * x);
  y += log(x) - 0.5 / x;
  y -= r *
       (1.0 / 12 -
        r * (1.0 / 120 - r * (1.0 / 252 - r * (1.0 / 240 - r * (1.0 / 132 - r * (691.0 / 32760 - r / 12))))));
  return (real)y;
}

/* d/dx digamma(x), in the same way: psi1(x) = psi1(x + 1) + 1/x^2. */
static inline real trigamma(real at) {
  const double pi = 3.14159265358979323846;
  double x = (double)at, y = 0, sign = 1;
  if (x <= 0) {
    if (x == floor(x)) return (real)INFINITY;
    double s = pi / sin(pi * x);
    y = s * s;
    x = 1 - x;
    sign = -1;
  }
  while (x < 10) {
    y += sign / (x * x);
    x += 1;
  }
  double r = 1 / (x * x);
  y += sign * (1 / x + 0.5 * r +
               r / x * (1.0 / 6 - r * (1.0 / 30 - r * (1.0 / 42 - r * (1.0 / 30 - r * 5.0 / 66)))));
  return (real)y;
}

/* Giles 2010, "Approximating the erfinv function", and two steps of Newton's. */
static inline real erf_inverse(real at) {
  double x = (double)at, w = -log((1 - x) * (1 + x)), y;
  if (!(fabs(x) < 1)) return fabs(x) == 1 ? (real)copysign(INFINITY, x) : (real)NAN;
  if (w < 5) {
    static const double c[] = {2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087,
                               -0.00125372503, -0.00417768164, 0.246640727,    1.50140941};
    w -= 2.5;
    y = c[0];
    for (int i = 1; i < 9; i++) y = c[i] + y * w;
  } else {
    static const double c[] = {-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773,
                               -0.0076224613,   0.00943887047,  1.00167406,    2.83297682};
    w = sqrt(w) - 3;
    y = c[0];
    for (int i = 1; i < 9; i++) y = c[i] + y * w;
  }
  y *= x;
  for (int i = 0; i < 2; i++) y -= (erf(y) - x) / (1.1283791670955126 * exp(-y * y));
  return (real)y;
}
#endif
