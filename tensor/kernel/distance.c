/* distance.c: what differences of coordinates add to distances, from the differences themselves, many rows of b at once;
 * and the gradients. */
#include "lanes.h"
#include "table.h"

enum { GROUP = 4, WIDE = 2, STEPS = 64 };

INLINE vr added(enum Distance how, vr d) {
  if (how == DISTANCE_COUNT) return v_select((vb)(d != 0), v_all(1), v_all(0));
  return how == DISTANCE_EUCLID ? d * d : v_abs(d);
}
INLINE vr joined(enum Distance how, vr a, vr b) { return how == DISTANCE_FARTHEST ? v_max(a, b) : a + b; }

/* What `steps` differences add: rounding grows with STEPS and with M / STEPS, not with their product. */
INLINE void part(enum Distance how, int rows, int wide, int64_t most, int64_t steps, bool add, int64_t M,
                 int64_t R, const real *a, const real *b, real *y) {
  vr sum[GROUP][WIDE] = {{{0}}};
  for (int64_t m = 0; m < steps; m++) {
    vr v[WIDE];
    for (int k = 0; k < wide; k++)
      v[k] = most < VL ? v_load_part(b + m * R, most) : v_load(b + m * R + k * VL);
    for (int i = 0; i < rows; i++)
      for (int k = 0; k < wide; k++)
        sum[i][k] = joined(how, sum[i][k], added(how, v_all(a[i * M + m]) - v[k]));
  }
  for (int i = 0; i < rows; i++)
    for (int k = 0; k < wide; k++) {
      real *to = y + i * R + k * VL;
      if (most < VL) v_store_part(to, joined(how, add ? v_load_part(to, most) : v_all(0), sum[i][k]), most);
      else v_store(to, joined(how, add ? v_load(to) : v_all(0), sum[i][k]));
    }
}

/* Columns of y that share a part of b, which stays in the first cache for all rows of a. */
INLINE void columns(enum Distance how, int rows, int wide, int64_t most, int64_t M, int64_t R, const real *a,
                    const real *b, real *y) {
  for (int64_t m = 0; m < M; m += STEPS) {
    const int64_t steps = M - m < STEPS ? M - m : STEPS;
    int i = 0;
    for (; i + GROUP <= rows; i += GROUP)
      part(how, GROUP, wide, most, steps, m > 0, M, R, a + i * M + m, b + m * R, y + i * R);
    for (; i < rows; i++) part(how, 1, wide, most, steps, m > 0, M, R, a + i * M + m, b + m * R, y + i * R);
  }
}

INLINE void distance(enum Distance how, int rows, int64_t M, int64_t R, const real *a, const real *b,
                     real *y) {
  int64_t r = 0;
  for (; r + WIDE * VL <= R; r += WIDE * VL) columns(how, rows, WIDE, VL, M, R, a, b + r, y + r);
  for (; r < R; r += VL) columns(how, rows, 1, R - r, M, R, a, b + r, y + r);
}

void K(distance)(enum Distance how, int rows, int64_t M, int64_t R, const void *a, const void *b, void *y) {
  switch (how) {
  case DISTANCE_CITY: distance(DISTANCE_CITY, rows, M, R, a, b, y); break;
  case DISTANCE_EUCLID: distance(DISTANCE_EUCLID, rows, M, R, a, b, y); break;
  case DISTANCE_COUNT: distance(DISTANCE_COUNT, rows, M, R, a, b, y); break;
  case DISTANCE_FARTHEST: distance(DISTANCE_FARTHEST, rows, M, R, a, b, y); break;
  }
}

/* w e, or w with the sign of e where it has one. */
INLINE vr sloped(enum Distance how, vr e, vr w, vr d) {
  if (how == DISTANCE_EUCLID) return w * e;
  vb there = (vb)(e > 0) | (vb)(e < 0);
  if (how == DISTANCE_FARTHEST) there &= (vb)(v_abs(e) == d);
  return v_of((v_bits(w) ^ (v_bits(e) & v_bits(v_all((real)-0.0)))) & there);
}

/* `many` neighbours in m; lanes are joined in double every BLOCK rows of b. */
INLINE void slopes_of(enum Distance how, int many, int64_t R, const real *a, const real *b, const real *w,
                      const real *d, real *y) {
  enum { BLOCK = 64 * VL };
  double total[GROUP] = {0};
  for (int64_t r0 = 0; r0 < R; r0 += BLOCK) {
    const int64_t end = R - r0 < BLOCK ? R : r0 + BLOCK;
    vr sum[GROUP] = {{0}};
    int64_t r = r0;
    for (; r + VL <= end; r += VL)
      for (int k = 0; k < many; k++)
        sum[k] += sloped(how, v_all(a[k]) - v_load(b + k * R + r), v_load(w + r), v_load(d + r));
    for (int k = 0; k < many && r < end; k++)
      sum[k] += sloped(how, v_all(a[k]) - v_load_part(b + k * R + r, end - r), v_load_part(w + r, end - r),
                       v_load_part(d + r, end - r));
    for (int k = 0; k < many; k++) total[k] += lanes_added(sum[k]);
  }
  for (int k = 0; k < many; k++) y[k] = (real)total[k];
}

INLINE void slopes(enum Distance how, int64_t M, int64_t R, const real *a, const real *b, const real *w,
                   const real *d, real *y) {
  int64_t m = 0;
  for (; m + GROUP <= M; m += GROUP) slopes_of(how, GROUP, R, a + m, b + m * R, w, d, y + m);
  for (; m < M; m++) slopes_of(how, 1, R, a + m, b + m * R, w, d, y + m);
}

void K(slopes)(enum Distance how, int64_t M, int64_t R, const void *a, const void *b, const void *w,
               const void *d, void *y) {
  if (how == DISTANCE_EUCLID) slopes(DISTANCE_EUCLID, M, R, a, b, w, d, y);
  else if (how == DISTANCE_FARTHEST) slopes(DISTANCE_FARTHEST, M, R, a, b, w, d, y);
  else slopes(DISTANCE_CITY, M, R, a, b, w, d, y);
}
