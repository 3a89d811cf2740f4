/* thin.c: pixels times a matrix of few outputs.  Vectors hold channels; so many pixels at once that their outputs fill
 * one, whose lanes are the sums of the lanes of as many vectors (lane_sums.h). */
#include "conv_act.h"
#include "lane_sums.h"
#include "nn_table.h"

INLINE vr some(const real *p, int64_t n) { return n >= VL ? v_load(p) : v_load_part(p, n); }

/* Channels c .. c + n of `pixels` pixels. */
INLINE void thin_step(const real *const *x, const real *w, int64_t w_o, int64_t c, int64_t n, vr *acc,
                      const int pixels, const int O) {
  vr row[THIN_MOST];
#pragma GCC unroll 4
  for (int o = 0; o < O; o++) row[o] = v_load(w + o * w_o + c);
#pragma GCC unroll 16
  for (int i = 0; i < pixels; i++) {
    const vr v = some(x[i] + c, n);
#pragma GCC unroll 4
    for (int o = 0; o < O; o++) acc[i * O + o] += v * row[o];
  }
}

INLINE void thin(int64_t n, const TinyRun *r, const real *x, real *y, const int O) {
  const int pixels = VL / O;
  const real *bias = r->finish->bias, *res = r->finish->residual;
  vr begin = {0};
  for (int i = 0; bias && i < pixels * O; i++) begin[i] = bias[i % O];
  for (int64_t left = n; left > 0; left -= pixels, x += pixels * r->C, y += pixels * O) {
    const int64_t count = (left < pixels ? left : pixels) * O;
    const real *at[VL];
    vr acc[VL], sums;
#pragma GCC unroll 16
    for (int i = 0; i < VL; i++) {
      at[i] = x + (i < left ? i : left - 1) * r->C;
      acc[i] = (vr){0};
    }
    int64_t c = 0;
    for (; c + VL <= r->C; c += VL) thin_step(at, r->w, r->w_o, c, VL, acc, pixels, O);
    if (c < r->C) thin_step(at, r->w, r->w_o, c, r->C - c, acc, pixels, O);
    sums = v_lane_sums(acc) + begin;
    if (res) sums += some(res + (y - (const real *)r->finish->y), count);
    sums = activate(sums, r->finish->act, v_all((real)r->finish->slope));
    if (count == VL) v_store(y, sums);
    else v_store_part(y, sums, count);
  }
}

void K(thin)(int64_t n, const TinyRun *r, const void *x, void *y) {
  switch (r->O) {
  case 1: thin(n, r, x, y, 1); break;
  case 2: thin(n, r, x, y, 2); break;
#if !defined(KERNEL_base) || defined(KERNEL_f32)
  case 3: thin(n, r, x, y, 3); break;
  case 4: thin(n, r, x, y, 4); break;
#endif
  default: break;
  }
}
