/* depthwise.c: convolutions in which each channel has a kernel of its own, row by row.
 *
 *   y[ox][c] = sum over ky, kx of x[ky][ox sw + kx dw - left][c] w[ky kw + kx][c]
 *
 * 3 x 3 keeps its nine weights in registers and makes four outputs (two for stride 2) at a time. */
#include "conv_act.h"
#include "nn_table.h"

INLINE vr get(const real *p, const bool part, int64_t k) { return part ? v_load_part(p, k) : v_load(p); }
INLINE void set(real *p, vr v, const bool part, int64_t k) {
  if (part) v_store_part(p, v, k);
  else v_store(p, v);
}

/* n sums of neighbouring pixels to y, whose first channel has the number c. */
INLINE void put_pixels(vr *sum, const int n, real *y, int64_t c, const DepthRow *r, const bool part) {
  const ConvFinish *f = r->finish;
  const int64_t C = r->C, left = C - c;
  if (f && f->bias) {
    const vr bias = get((const real *)f->bias + c, part, left);
#pragma GCC unroll 4
    for (int q = 0; q < n; q++) sum[q] += bias;
  }
  if (f && f->residual) {
    const real *res = (const real *)f->residual + (y - (const real *)f->y);
#pragma GCC unroll 4
    for (int q = 0; q < n; q++) sum[q] += get(res + q * C, part, left);
  }
  if (f) activate_all(sum, n, f->act, (real)f->slope);
#pragma GCC unroll 4
  for (int q = 0; q < n; q++) set(y + q * C, sum[q], part, left);
}

/* Outputs [from, to) of one vector of channels: any kernel, edges included. */
INLINE void any(const DepthRow *r, real *y, int64_t c, int64_t from, int64_t to, const bool part) {
  const int64_t C = r->C, n = C - c;
  const real *w = (const real *)r->w + c;
  for (int64_t ox = from; ox < to; ox++) {
    vr sum = {0};
    for (int64_t ky = 0; ky < r->kh; ky++) {
      if (!r->x[ky]) continue;
      const real *row = (const real *)r->x[ky] + c;
      for (int64_t kx = 0; kx < r->kw; kx++) {
        const int64_t ix = ox * r->sw + kx * r->dw - r->left;
        if (ix >= 0 && ix < r->W) sum += get(row + ix * C, part, n) * get(w + (ky * r->kw + kx) * C, part, n);
      }
    }
    put_pixels(&sum, 1, y + ox * C + c, c, r, part);
  }
}

/* Inside the row, 3 x 3, dilation 1: `at_once` outputs whose windows overlap. */
INLINE int64_t inner(const DepthRow *r, real *y, int64_t c, int64_t from, int64_t to, const int stride,
                     const int at_once, const bool part) {
  enum { MOST = 6 };
  const int64_t C = r->C, n = C - c;
  const int span = (at_once - 1) * stride + 3;
  const real *w = (const real *)r->w + c;
  vr k[9];
#pragma GCC unroll 9
  for (int i = 0; i < 9; i++) k[i] = get(w + i * C, part, n);
  int64_t ox = from;
  for (; ox + at_once <= to; ox += at_once) {
    vr sum[4] = {{0}, {0}, {0}, {0}};
#pragma GCC unroll 3
    for (int ky = 0; ky < 3; ky++) {
      if (!r->x[ky]) continue;
      const real *p = (const real *)r->x[ky] + (ox * stride - r->left) * C + c;
      vr v[MOST];
#pragma GCC unroll 6
      for (int j = 0; j < span; j++) v[j] = get(p + j * C, part, n);
#pragma GCC unroll 4
      for (int q = 0; q < at_once; q++)
        sum[q] +=
            k[ky * 3] * v[q * stride] + k[ky * 3 + 1] * v[q * stride + 1] + k[ky * 3 + 2] * v[q * stride + 2];
    }
    put_pixels(sum, at_once, y + ox * C + c, c, r, part);
  }
  return ox;
}

INLINE void channels(const DepthRow *r, real *y, int64_t c, const bool part) {
  int64_t ox = 0;
  if (r->kh == 3 && r->kw == 3 && r->dw == 1 && r->sw <= 2) {
    int64_t lo = (r->left + r->sw - 1) / r->sw, hi = (r->W - 3 + r->left) / r->sw + 1;
    if (r->W - 3 + r->left < 0) hi = 0;
    hi = hi < r->OW ? hi : r->OW;
    lo = lo < hi ? lo : hi;
    any(r, y, c, 0, lo, part);
    ox = r->sw == 1 ? inner(r, y, c, lo, hi, 1, 4, part) : inner(r, y, c, lo, hi, 2, 2, part);
  }
  any(r, y, c, ox, r->OW, part);
}

void K(depth_row)(const DepthRow *r, void *y) {
  int64_t c = 0;
  for (; c + VL <= r->C; c += VL) channels(r, y, c, false);
  if (c < r->C) channels(r, y, c, true);
}

/* dx[ix] gathers from every output that looked at it. */
INLINE void gather(const real *const *dy, const real *const *w, int n, real *dx, int64_t C, const bool add) {
  int64_t c = 0;
  for (; c + VL <= C; c += VL) {
    vr sum = add ? v_load(dx + c) : (vr){0};
    for (int q = 0; q < n; q++) sum += v_load(dy[q] + c) * v_load(w[q] + c);
    v_store(dx + c, sum);
  }
  for (; c < C; c++) {
    real sum = add ? dx[c] : 0;
    for (int q = 0; q < n; q++) sum += dy[q][c] * w[q][c];
    dx[c] = sum;
  }
}

void K(depth_dx)(const DepthRow *r, void *dx, bool add) {
  enum { MOST = 16 };
  const real *dy[MOST], *w[MOST];
  for (int64_t ix = 0; ix < r->W; ix++) {
    real *out = (real *)dx + ix * r->C;
    int n = 0;
    bool more = add;
    for (int64_t ky = 0; ky < r->kh; ky++) {
      if (!r->x[ky]) continue;
      for (int64_t kx = 0; kx < r->kw; kx++) {
        const int64_t t = ix + r->left - kx * r->dw;
        if (t < 0 || t % r->sw || t / r->sw >= r->OW) continue;
        if (n == MOST) {
          gather(dy, w, n, out, r->C, more);
          more = true;
          n = 0;
        }
        dy[n] = (const real *)r->x[ky] + t / r->sw * r->C;
        w[n++] = (const real *)r->w + (ky * r->kw + kx) * r->C;
      }
    }
    gather(dy, w, n, out, r->C, more);
  }
}

/* One tap: sum over ox in [lo, hi) of x[ox sw + shift] dy[ox], two chains. */
INLINE vr tap(const real *x, const real *dy, int64_t lo, int64_t hi, int64_t step, int64_t C, vr sum,
              const bool part, int64_t n) {
  vr other = {0};
  int64_t ox = lo;
  for (; ox + 2 <= hi; ox += 2) {
    sum += get(x + ox * step, part, n) * get(dy + ox * C, part, n);
    other += get(x + (ox + 1) * step, part, n) * get(dy + (ox + 1) * C, part, n);
  }
  if (ox < hi) sum += get(x + ox * step, part, n) * get(dy + ox * C, part, n);
  return sum + other;
}

INLINE void weights(const DepthRow *r, const real *dy, real *dw, int64_t c, const bool part) {
  const int64_t C = r->C, n = C - c;
  for (int64_t ky = 0; ky < r->kh; ky++) {
    if (!r->x[ky]) continue;
    for (int64_t kx = 0; kx < r->kw; kx++) {
      const int64_t shift = kx * r->dw - r->left, last = r->W - 1 - shift;
      const int64_t lo = shift < 0 ? (-shift + r->sw - 1) / r->sw : 0;
      const int64_t hi = last < 0 ? 0 : last / r->sw + 1 < r->OW ? last / r->sw + 1 : r->OW;
      real *to = dw + (ky * r->kw + kx) * C + c;
      const real *x = (const real *)r->x[ky] + shift * C + c;
      set(to, tap(x, dy + c, lo, hi, r->sw * C, C, get(to, part, n), part, n), part, n);
    }
  }
}

void K(depth_dw)(const DepthRow *r, const void *dy, void *dw) {
  int64_t c = 0;
  for (; c + VL <= r->C; c += VL) weights(r, dy, dw, c, false);
  if (c < r->C) weights(r, dy, dw, c, true);
}
