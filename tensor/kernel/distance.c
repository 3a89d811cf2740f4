/* distance.c: squared distances, or sums of magnitudes, from the differences themselves, many rows of b at once. */
#include "table.h"

enum { GROUP = 4, WIDE = 2, STEPS = 64 };

/* What `steps` squares, or magnitudes, add: rounding grows with STEPS and with M / STEPS, not with their product. */
INLINE void part(bool square, int rows, int wide, int64_t most, int64_t steps, bool add, int64_t M, int64_t R,
                 const real *a, const real *b, real *y) {
  vr sum[GROUP][WIDE] = {{{0}}};
  for (int64_t m = 0; m < steps; m++) {
    vr v[WIDE];
    for (int k = 0; k < wide; k++)
      v[k] = most < VL ? v_load_part(b + m * R, most) : v_load(b + m * R + k * VL);
    for (int i = 0; i < rows; i++)
      for (int k = 0; k < wide; k++) {
        const vr d = v_all(a[i * M + m]) - v[k];
        sum[i][k] += square ? d * d : v_abs(d);
      }
  }
  for (int i = 0; i < rows; i++)
    for (int k = 0; k < wide; k++) {
      real *to = y + i * R + k * VL;
      if (most < VL) v_store_part(to, (add ? v_load_part(to, most) : v_all(0)) + sum[i][k], most);
      else v_store(to, (add ? v_load(to) : v_all(0)) + sum[i][k]);
    }
}

/* Columns of y that share a part of b, which stays in the first cache for all rows of a. */
INLINE void columns(bool square, int rows, int wide, int64_t most, int64_t M, int64_t R, const real *a,
                    const real *b, real *y) {
  for (int64_t m = 0; m < M; m += STEPS) {
    const int64_t steps = M - m < STEPS ? M - m : STEPS;
    int i = 0;
    for (; i + GROUP <= rows; i += GROUP)
      part(square, GROUP, wide, most, steps, m > 0, M, R, a + i * M + m, b + m * R, y + i * R);
    for (; i < rows; i++)
      part(square, 1, wide, most, steps, m > 0, M, R, a + i * M + m, b + m * R, y + i * R);
  }
}

INLINE void distance(bool square, int rows, int64_t M, int64_t R, const real *a, const real *b, real *y) {
  int64_t r = 0;
  for (; r + WIDE * VL <= R; r += WIDE * VL) columns(square, rows, WIDE, VL, M, R, a, b + r, y + r);
  for (; r < R; r += VL) columns(square, rows, 1, R - r, M, R, a, b + r, y + r);
}

void K(distance)(bool square, int rows, int64_t M, int64_t R, const void *a, const void *b, void *y) {
  if (square) distance(true, rows, M, R, a, b, y);
  else distance(false, rows, M, R, a, b, y);
}
