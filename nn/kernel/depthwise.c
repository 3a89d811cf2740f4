/* depthwise.c: convolutions whose channels belong to small groups, row by row: the channels of a vector need not share
 * anything.
 *
 *   y[ox][c] = sum over ky, kx and the group's inputs i of x[ky][i][ox sw + kx dw - left][c] w[ky][kx][i][c]
 *
 * x[ky][i] is a row of pixels in which channel c is input i of c's group: the row itself where each channel is a group
 * of its own, else what `spread` makes of it. */
#include "conv_act.h"
#include "keep.h"
#include "nn_table.h"

enum { AT_ONCE = 8, RUN = 3 }; /* outputs whose sums are in registers; taps that share the pixels they load */
enum { AT_ONCE_5 = 7 };

INLINE vr get(const real *p, const bool part, int64_t k) { return part ? v_load_part(p, k) : v_load(p); }
INLINE void set(real *p, vr v, const bool part, int64_t k) {
  if (part) v_store_part(p, v, k);
  else v_store(p, v);
}

/* n sums of neighbouring pixels, of which [from, to) are stored, to y; c: their first channel's number. */
INLINE void put_pixels(vr *sum, const int n, int64_t from, int64_t to, real *y, int64_t c, const DepthRow *r,
                       const bool part, int64_t left) {
  const ConvFinish *f = r->finish;
  const int64_t C = r->C;
  if (f && f->bias) {
    const vr bias = get((const real *)f->bias + c, part, left);
#pragma GCC unroll 8
    for (int q = 0; q < n; q++) sum[q] += bias;
  }
  if (f && f->residual) {
    const real *res = (const real *)f->residual + (y - (const real *)f->y);
#pragma GCC unroll 8
    for (int q = 0; q < n; q++)
      if (q >= from && q < to) sum[q] += get(res + q * C, part, left);
  }
  if (f) activate_all(sum, n, f->act, (real)f->slope);
#pragma GCC unroll 8
  for (int q = 0; q < n; q++)
    if (q >= from && q < to) set(y + q * C, sum[q], part, left);
}

/* Which pixels of x may lie outside of its row, of those that taps have in common: none; `edge` at each end; any. */
enum { INSIDE = 0, ANYWHERE = -1 };

typedef struct Place { /* of a vector's inputs in a row of x: the pixel ix of the first tap and output */
  const real *x, *w;
  int64_t ix, left; /* channels from here on */
} Place;

/* m taps from p on: stride 1 or 2 without dilation, or with `stride` 0 any, one tap. */
INLINE void taps(const DepthRow *r, vr *sum, const int n, const int stride, const int m, Place p,
                 int64_t w_step, const int edge, const bool part) {
  enum { STEPS = 5 }; /* pixels that one address reaches */
  static const real outside[VL];
  const int64_t step = stride ? 1 : r->sw;
  vr w[RUN];
#pragma GCC unroll 3
  for (int t = 0; t < m; t++) w[t] = get(p.w + t * w_step, part, p.left);
  const int span = (n - 1) * (stride ? stride : 1) + m;
  int64_t next = step * r->pitch;
  KEEP_ADDRESS(next);
  const real *at = p.x;
#pragma GCC unroll 17
  for (int j = 0; j < span; j++) {
    const bool ask = edge == ANYWHERE || j < edge || j >= span - edge;
    const real *pixel = at + j % STEPS * next;
    vr x = get(ask && (uint64_t)(p.ix + j * step) >= (uint64_t)r->W ? outside : pixel, part, p.left);
    KEEP(x);
    if (j % STEPS == STEPS - 1) {
      at += STEPS * next;
      KEEP_ADDRESS(at);
    }
#pragma GCC unroll 3
    for (int t = 0; t < m; t++) {
      const int q = stride == 2 ? (j - t) / 2 : j - t;
      if (q >= 0 && q < n && (stride != 2 || (j - t) % 2 == 0)) sum[q] += w[t] * x;
    }
  }
}

/* The taps of one row of the kernel. */
INLINE void taps_of_row(const DepthRow *r, vr *sum, const int n, const int kw, const int stride, Place p,
                        const int edge, const bool part) {
  const int64_t w_step = (kw ? 1 : r->inputs) * r->C;
  int64_t k = kw ? kw : r->kw;
  if (stride)
    for (; k >= RUN; k -= RUN, p.x += RUN * r->pitch, p.w += RUN * w_step, p.ix += RUN)
      taps(r, sum, n, stride, RUN, p, w_step, edge, part);
  if (kw) {
    if (kw % RUN) taps(r, sum, n, stride, kw % RUN, p, w_step, edge, part);
  } else {
    for (; k > 0; k--, p.x += r->dw * r->pitch, p.w += w_step, p.ix += r->dw)
      taps(r, sum, n, stride, 1, p, w_step, edge, part);
  }
}

/* kw: the sides of a square kernel of single channels, or 0.
 *
 * Outputs ox + [from, to) of n from ox on, of the vector of channels from c on. */
INLINE void pixels(const DepthRow *r, real *y, int64_t c, int64_t ox, int64_t from, int64_t to, const int n,
                   const int kw, const int stride, const int edge, const bool part) {
  const void *const *x = r->x;
  const real *w = (const real *)r->w + r->first + c;
  const int64_t ix = ox * r->sw - r->left, at = ix * r->pitch + c, left = r->channels - c;
  vr sum[AT_ONCE] = {{0}};
  if (c % (CONV_LINE / (int64_t)sizeof(real)) == 0) /* where the next ones go */
    for (int q = 0; q < n; q++) __builtin_prefetch(y + (ox + n + q) * r->C + c, 1);
  if (kw)
#pragma GCC unroll 3
    for (int ky = 0; ky < kw; ky++, w += kw * r->C) {
      if (!x[ky]) continue;
      taps_of_row(r, sum, n, kw, stride, (Place){(const real *)x[ky] + at, w, ix, left}, edge, part);
    }
  else
    for (int64_t ky = 0; ky < r->kh; ky++, w += (r->kw - 1) * r->inputs * r->C)
      for (int64_t i = 0; i < r->inputs; i++, x++, w += r->C) {
        if (!*x) continue;
        taps_of_row(r, sum, n, 0, stride, (Place){(const real *)*x + at, w, ix, left}, edge, part);
      }
  put_pixels(sum, n, from, to, y + ox * r->C + c, r->first + c, r, part, left);
}

/* Outputs ox + [from, to) of n from ox on, all channels. */
INLINE void channels(const DepthRow *r, real *y, int64_t ox, int64_t from, int64_t to, const int n,
                     const int kw, const int stride, const int edge) {
  int64_t c = 0;
  for (; c + VL <= r->channels; c += VL) pixels(r, y, c, ox, from, to, n, kw, stride, edge, false);
  if (c < r->channels) pixels(r, y, c, ox, from, to, n, kw, stride, edge, true);
}

/* n outputs at once */
INLINE void row(const DepthRow *r, real *y, const int n, const int kw, const int stride) {
  const int half = n / 2;
  const int near = kw ? 2 : 3;
  const int64_t last = r->W - 1 + r->left - (r->kw - 1) * r->dw; /* within the row */
  for (int64_t at = 0, to; at < r->OW; at = to) {
    /* the last ones begin early, so that all are there */
    const int64_t ox = at + n <= r->OW || r->OW < n ? at : r->OW - n;
    const int64_t first = ox * r->sw - r->left, end = (ox + n - 1) * r->sw;
    to = ox + n < r->OW ? ox + n : r->OW;
    if (first >= 0 && end <= last && ox == at) channels(r, y, ox, 0, n, n, kw, stride, INSIDE);
    else if (stride && first >= -near && end <= last + near)
      channels(r, y, ox, at - ox, to - ox, n, kw, stride, near);
    else {
      to = at + half < r->OW ? at + half : r->OW;
      channels(r, y, at, 0, to - at, half, 0, 0, ANYWHERE);
    }
  }
}

/* Rows of a kernel of 3 x 3, so many outputs at a time that the last ones are not mostly computed twice: the fewest
 * steps, each as long as its outputs and some weights to load. */
INLINE void row_3(const DepthRow *r, real *y, const int stride) {
  enum { WEIGHTS = 1 };
  static const int choices[] = {AT_ONCE, 5, 7};
  int best = 0;
  int64_t least = INT64_MAX;
  for (int i = 0; i < 3; i++) {
    const int64_t price = (r->OW + choices[i] - 1) / choices[i] * (choices[i] + WEIGHTS);
    if (price >= least) continue;
    least = price;
    best = i;
  }
  if (best == 0) row(r, y, AT_ONCE, 3, stride);
  else if (best == 1) row(r, y, 5, 3, stride);
  else row(r, y, 7, 3, stride);
}

void K(depth_row)(const DepthRow *r, void *y) {
  const int64_t square = r->inputs == 1 && r->kh == r->kw ? r->kw : 0;
  if (r->dw > 1 || r->sw > 2) row(r, y, AT_ONCE, 0, 0);
  else if (square == 3 && r->sw == 1) row_3(r, y, 1);
  else if (square == 3) row_3(r, y, 2);
  else if (square == 5 && r->sw == 1) row(r, y, AT_ONCE_5, 5, 1);
  else if (r->sw == 1) row(r, y, AT_ONCE, 0, 1);
  else row(r, y, AT_ONCE, 0, 2);
}

void K(depth_spread)(const DepthSpread *s, const void *x, void *to) {
  const int64_t n = s->groups * s->inputs, row = (s->before + s->W + s->after) * VL;
  vb source;
  for (int j = 0; j < VL; j++)
    source[j] = (bits)(j < s->groups * s->outputs ? j / s->outputs * s->inputs : 0);
  for (int64_t i = 0; i < s->inputs; i++, source += 1) {
    real *out = (real *)to + i * row;
    const real *in = x;
    for (int64_t p = 0; p < s->before; p++, out += VL) v_store(out, (vr){0});
    if (n < VL)
      for (int64_t p = 0; p < s->W; p++, in += s->pitch, out += VL)
        v_store(out, v_pick(v_load_part(in, n), source));
    else
      for (int64_t p = 0; p < s->W; p++, in += s->pitch, out += VL) v_store(out, v_pick(v_load(in), source));
    for (int64_t p = 0; p < s->after; p++, out += VL) v_store(out, (vr){0});
  }
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

/* --- the gradient of the weights ------------------------------------------------------------------------ */
enum { TAPS = 9, FEW = 4 }; /* weights whose sums are in registers */

/* A weight, and the outputs [lo, hi) that use it: dw += sum over ox of x[ox step] dy[ox C]. */
typedef struct Tap {
  const real *x;
  real *dw;
  int64_t lo, hi;
} Tap;
typedef struct Taps {
  Tap at[TAPS];
  int n;
  int64_t lo, hi; /* outputs that use them all */
} Taps;

INLINE vr outputs(const DepthRow *r, const real *x, const real *dy, int64_t from, int64_t to, vr sum,
                  const bool part, int64_t left) {
  for (int64_t ox = from; ox < to; ox++)
    sum += get(x + ox * r->sw * r->pitch, part, left) * get(dy + ox * r->C, part, left);
  return sum;
}

/* `size` sums, of which those behind t->n are for nothing. */
INLINE void sum_taps(const DepthRow *r, const Taps *t, const int size, const real *dy, int64_t c,
                     const bool part) {
  const int64_t C = r->C, step = r->sw * r->pitch, left = r->channels - c;
  const real *x[TAPS];
  vr sum[TAPS];
#pragma GCC unroll 9
  for (int i = 0; i < size; i++) {
    const Tap *tap = &t->at[i < t->n ? i : 0];
    x[i] = tap->x + c;
    sum[i] = outputs(r, x[i], dy + c, tap->lo, tap->hi < t->lo ? tap->hi : t->lo,
                     get(tap->dw + c, part, left), part, left);
    sum[i] = outputs(r, x[i], dy + c, tap->lo > t->hi ? tap->lo : t->hi, tap->hi, sum[i], part, left);
  }
  for (int64_t ox = t->lo; ox < t->hi; ox++) {
    const vr v = get(dy + c + ox * C, part, left);
#pragma GCC unroll 9
    for (int i = 0; i < size; i++) sum[i] += v * get(x[i] + ox * step, part, left);
  }
#pragma GCC unroll 9
  for (int i = 0; i < size; i++)
    if (i < t->n) set(t->at[i].dw + c, sum[i], part, left);
}

static void some_taps(const DepthRow *r, Taps *t, const real *dy) {
  t->lo = 0;
  t->hi = r->OW;
  for (int i = 0; i < t->n; i++) {
    if (t->at[i].lo > t->lo) t->lo = t->at[i].lo;
    if (t->at[i].hi < t->hi) t->hi = t->at[i].hi;
  }
  if (t->hi < t->lo) t->hi = t->lo;
  int64_t c = 0;
  for (; c + VL <= r->channels; c += VL)
    if (t->n > FEW) sum_taps(r, t, TAPS, dy, c, false);
    else sum_taps(r, t, FEW, dy, c, false);
  if (c == r->channels) return;
  if (t->n > FEW) sum_taps(r, t, TAPS, dy, c, true);
  else sum_taps(r, t, FEW, dy, c, true);
}

void K(depth_dw)(const DepthRow *r, const void *dy, void *dw) {
  Taps t = {.n = 0};
  for (int64_t k = 0; k < r->kh * r->inputs; k++)
    for (int64_t kx = 0; r->x[k] && kx < r->kw; kx++) {
      const int64_t shift = kx * r->dw - r->left, last = r->W - 1 - shift;
      const int64_t hi = last < 0 ? 0 : last / r->sw + 1;
      t.at[t.n++] = (Tap){.x = (const real *)r->x[k] + shift * r->pitch,
                          .dw = (real *)dw +
                                ((k / r->inputs * r->kw + kx) * r->inputs + k % r->inputs) * r->C + r->first,
                          .lo = shift < 0 ? (-shift + r->sw - 1) / r->sw : 0,
                          .hi = hi < r->OW ? hi : r->OW};
      if (t.n < TAPS) continue;
      some_taps(r, &t, dy);
      t.n = 0;
    }
  if (t.n > 0) some_taps(r, &t, dy);
}
