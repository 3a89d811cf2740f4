/* curve.h: one series of points that grows at its end, and the least and greatest of any stretch of it. */
#ifndef LUNETTE_CURVE_H
#define LUNETTE_CURVE_H
#include <stdbool.h>
#include <stddef.h>

enum { CURVE_LEVELS = 12, CURVE_NAN_TICKS = 256 };

typedef struct Band {
  double lo, hi; /* lo > hi: nothing but NaN */
} Band;

/* Values with the bands of 8, 64, 512 ... of them; appending is O(1) amortised, a query O(log n). */
typedef struct Pyramid {
  double *v;
  size_t n, room;
  Band *level[CURVE_LEVELS];
  size_t level_n[CURVE_LEVELS], level_room[CURVE_LEVELS];
} Pyramid;

typedef struct Curve {
  char *name;
  Pyramid y, smooth; /* smooth: same length when beta > 0, else empty */
  double x0, dx, *x; /* x is NULL while steps are evenly spaced       */
  float *time;       /* seconds since the start                       */
  size_t n, room, x_room;
  bool sorted;              /* steps never went back                         */
  double beta, ema, weight; /* of the smoothing                              */
  size_t nans;
  double nan_x[CURVE_NAN_TICKS];
  bool hidden;
  int color; /* theme_series */
  bool twin; /* of the curve in training: dashed */
} Curve;

bool pyramid_add(Pyramid *p, double v);                      /* false: out of memory, nothing added  */
Band pyramid_band(const Pyramid *p, size_t from, size_t to); /* of [from, to)                        */
void pyramid_free(Pyramid *p);

bool curve_add(Curve *c, double x, double y, double seconds); /* x NAN: one more than the last        */
double curve_x(const Curve *c, size_t i, bool by_time);
size_t curve_find(const Curve *c, double x, bool by_time); /* first point at or after x; n if none */
size_t curve_at(const Curve *c, double seconds);           /* the last point that had come then; n if none */
/* Debiased exponential mean over all points, beta clamped to 0..0.999; 0 switches it off. */
bool curve_smooth(Curve *c, double beta);
/* Points that came after a moment go to `tail`, which begins with the one before them; false: none did, or no memory,
 * and c is as it was.  tail has neither name nor colour. */
bool curve_split(Curve *c, double seconds, Curve *tail);
void curve_free(Curve *c); /* what it owns, not c                  */
#endif
