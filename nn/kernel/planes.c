/* planes.c: convolutions to few outputs, whose vectors hold pixels: every lane has work however few the outputs are.
 *
 * Channels lie apart, each a plane of rows, so that the pixels that meet one weight follow each other.  Pixels are turned
 * to planes and back in small squares. */
#include "conv_act.h"
#include "keep.h"
#include "nn_table.h"
#include "quarter.h"

/* --- pixels to planes and back ------------------------------------------------------------------------------ */
INLINE void put_zeros(real *to, int64_t n) {
  for (int64_t i = 0; i < n; i += VL) v_store(to + i, (vr){0});
}

#if defined(QUARTERS)
/* Channels c .. c + cn of n <= Q pixels. */
INLINE void square_to_planes(const real *x, int64_t step, const int n, int64_t cn, bool part, __m256i first,
                             real *to, int64_t plane) {
  quarter v[Q];
#pragma GCC unroll 8
  for (int i = 0; i < Q; i++)
    v[i] = i >= n ? (quarter){0} : part ? q_load_part(x + i * step, first) : q_load(x + i * step);
  q_turn(v);
#pragma GCC unroll 8
  for (int c = 0; c < Q; c++)
    if (c < cn) q_store(to + c * plane, v[c]);
}

static void some_to_planes(const PlaneRow *r, const real *x, int64_t cn, real *to) {
  const __m256i first = q_first(cn);
  const int64_t n = r->pixels, step = r->step, plane = r->plane;
  int64_t i = 0;
  for (; i + Q <= n; i += Q, x += Q * step)
    if (cn < Q) square_to_planes(x, step, Q, cn, true, first, to + i, plane);
    else square_to_planes(x, step, Q, Q, false, first, to + i, plane);
  if (i < n) square_to_planes(x, step, (int)(n - i), cn, true, first, to + i, plane);
}

INLINE void square_of_planes(const real *from, int64_t plane, const int on, const int n, real *y,
                             int64_t step, const real *residual) {
  const __m256i first = q_first(on);
  quarter v[Q];
#pragma GCC unroll 8
  for (int o = 0; o < Q; o++) v[o] = o < on ? q_load(from + o * plane) : (quarter){0};
  q_turn(v);
#pragma GCC unroll 8
  for (int i = 0; i < Q; i++) {
    if (i >= n) continue;
    if (residual) v[i] += q_load_part(residual + i * step, first);
    if (on == Q) q_store(y + i * step, v[i]);
    else q_store_part(y + i * step, v[i], on);
  }
}

INLINE void some_of_planes(int64_t n, const int on, const real *from, int64_t plane, real *y, int64_t step,
                           const real *residual) {
  int64_t i = 0;
  for (; i + Q <= n; i += Q, y += Q * step, residual += residual ? Q * step : 0)
    square_of_planes(from + i, plane, on, Q, y, step, residual);
  if (i < n) square_of_planes(from + i, plane, on, (int)(n - i), y, step, residual);
}
#else
enum { Q = 4 };
static void some_to_planes(const PlaneRow *r, const real *x, int64_t cn, real *to) {
  for (int64_t i = 0; i < r->pixels; i++)
    for (int64_t c = 0; c < cn; c++) to[c * r->plane + i] = x[i * r->step + c];
}
INLINE void some_of_planes(int64_t n, const int on, const real *from, int64_t plane, real *y, int64_t step,
                           const real *residual) {
  for (int64_t i = 0; i < n; i++)
    for (int o = 0; o < on; o++)
      y[i * step + o] = from[o * plane + i] + (residual ? residual[i * step + o] : 0);
}
#endif

void K(to_planes)(const PlaneRow *r, const void *x, void *to) {
  real *plane = to;
  for (int64_t c = 0; r->before && c < r->channels; c++) put_zeros(plane + c * r->plane, r->before);
  for (int64_t c = 0; c < r->channels; c += Q)
    some_to_planes(r, (const real *)x + c, r->channels - c < Q ? r->channels - c : Q,
                   plane + c * r->plane + r->before);
  for (int64_t c = 0; r->after && c < r->channels; c++)
    put_zeros(plane + c * r->plane + r->before + r->pixels, r->after);
}

void K(of_planes)(int64_t n, int64_t outputs, const void *from, int64_t plane, void *y, int64_t step,
                  const void *residual) {
  const real *p = from, *res = residual;
  real *to = y;
  for (; outputs > 0; outputs -= Q, p += Q * plane, to += Q, res += res ? Q : 0)
    switch (outputs < Q ? outputs : Q) {
    case 1: some_of_planes(n, 1, p, plane, to, step, res); break;
    case 2: some_of_planes(n, 2, p, plane, to, step, res); break;
    case 3: some_of_planes(n, 3, p, plane, to, step, res); break;
    case 4: some_of_planes(n, 4, p, plane, to, step, res); break;
#if defined(QUARTERS) && defined(KERNEL_f32)
    case 5: some_of_planes(n, 5, p, plane, to, step, res); break;
    case 6: some_of_planes(n, 6, p, plane, to, step, res); break;
    case 7: some_of_planes(n, 7, p, plane, to, step, res); break;
    case 8: some_of_planes(n, 8, p, plane, to, step, res); break;
#endif
    default: break;
    }
}

/* --- sums ----------------------------------------------------------------------------------------------------- */
/* nv vectors of pixels from i on */
INLINE void tile(const PlaneSums *s, real *y, int64_t i, const int nv, const int no) {
  vr acc[32];
#pragma GCC unroll 8
  for (int o = 0; o < no; o++) {
    const vr b = v_all(s->bias ? ((const real *)s->bias)[o] : 0);
#pragma GCC unroll 8
    for (int p = 0; p < nv; p++) acc[o * nv + p] = b;
  }
  const int64_t C = s->C, plane = s->plane, w_step = s->w_step;
  for (int64_t t = 0; t < s->taps; t++) {
    const real *x = (const real *)s->x[t] + i, *w = s->w[t];
    for (int64_t c = 0; c < C; c++, x += plane, w += w_step) {
      vr v[8];
#pragma GCC unroll 8
      for (int p = 0; p < nv; p++) {
        v[p] = v_load(x + p * VL);
        if (no > 1) KEEP(v[p]);
      }
#pragma GCC unroll 8
      for (int o = 0; o < no; o++) {
        const vr b = v_all(w[o]);
#pragma GCC unroll 8
        for (int p = 0; p < nv; p++) acc[o * nv + p] += v[p] * b;
      }
    }
  }
  activate_all(acc, no * nv, s->act, (real)s->slope);
#pragma GCC unroll 32
  for (int k = 0; k < no * nv; k++) v_store(y + k / nv * s->y_plane + i + k % nv * VL, acc[k]);
}

INLINE void all_tiles(const PlaneSums *s, real *y, const int nv, const int no) {
  int64_t i = 0;
  for (; i + nv * VL <= s->n; i += nv * VL) tile(s, y, i, nv, no);
  for (; i < s->n; i += VL) tile(s, y, i, 1, no);
}

/* So many vectors that sums, pixels and a weight fill the registers. */
void K(plane_sums)(const PlaneSums *s, void *y) {
  switch (s->outputs) {
#if defined(KERNEL_v4)
  case 1: all_tiles(s, y, 8, 1); break;
  case 2: all_tiles(s, y, 8, 2); break;
  case 3: all_tiles(s, y, 7, 3); break;
  case 4: all_tiles(s, y, 6, 4); break;
  case 5: all_tiles(s, y, 5, 5); break;
  case 6: all_tiles(s, y, 4, 6); break;
  case 7: all_tiles(s, y, 3, 7); break;
  default: all_tiles(s, y, 3, 8); break;
#else
  case 1: all_tiles(s, y, 8, 1); break;
  case 2: all_tiles(s, y, 5, 2); break;
  case 3: all_tiles(s, y, 3, 3); break;
  case 4: all_tiles(s, y, 2, 4); break;
  case 5: all_tiles(s, y, 2, 5); break;
  default: all_tiles(s, y, 2, 6); break;
#endif
  }
}
